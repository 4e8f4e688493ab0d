//! The findings as one page that stands alone: no script, nothing loaded, charts as inline SVG.

use askama::Template;

use super::report::word;
use super::tally::{Findings, PARTS, TopicLine};

/// Height of the timeline's chart and of a topic's small one, in SVG units.
const CHART: usize = 120;
const SPARK: usize = 24;
/// Width of one part in both.
const CHART_STEP: usize = 60;
const SPARK_STEP: usize = 8;
/// Length of the longest bar.
const BAR: usize = 220;

#[derive(Template)]
#[template(path = "analyze/page.html")]
struct Page<'a> {
    file: &'a str,
    findings: &'a Findings,
    span: String,
    timeline: Vec<Column>,
    timeline_width: usize,
    top: Vec<Row>,
    risers: Vec<Row>,
    kinds: Vec<(String, usize, u32)>,
}

/// One part of the time: all tickets, and those that a known topic explains.
struct Column {
    x: usize,
    all_y: usize,
    all_height: usize,
    explained_y: usize,
    explained_height: usize,
    label: String,
}

struct Row {
    title: String,
    kind: String,
    customers: usize,
    tickets: usize,
    bar: usize,
    spark: Vec<Stick>,
}

struct Stick {
    x: usize,
    y: usize,
    height: usize,
}

/// The page.
pub(super) fn page(file: &str, findings: &Findings) -> anyhow::Result<String> {
    let most = findings.parts.iter().map(|(all, _)| *all).max().unwrap_or(1).max(1);
    let timeline = findings
        .parts
        .iter()
        .enumerate()
        .map(|(at, (all, explained))| {
            let (all_height, explained_height) = (all * CHART / most, explained * CHART / most);
            Column {
                x: at * CHART_STEP,
                all_y: CHART - all_height,
                all_height,
                explained_y: CHART - explained_height,
                explained_height,
                label: format!("{all} tickets, {explained} of a known topic"),
            }
        })
        .collect();
    let span = match (&findings.from, &findings.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        _ => String::new(),
    };
    let page = Page {
        file,
        findings,
        span,
        timeline,
        timeline_width: PARTS * CHART_STEP,
        top: rows(&findings.top),
        risers: rows(&findings.risers),
        kinds: findings.kinds.iter().map(|(kind, count, percent)| (word(kind).to_owned(), *count, *percent)).collect(),
    };
    Ok(page.render()?)
}

fn rows(lines: &[TopicLine]) -> Vec<Row> {
    let most = lines.iter().map(|t| t.customers).max().unwrap_or(1).max(1);
    lines
        .iter()
        .map(|topic| {
            let peak = topic.parts.iter().copied().max().unwrap_or(1).max(1);
            Row {
                title: topic.title.clone(),
                kind: word(topic.kind).to_owned(),
                customers: topic.customers,
                tickets: topic.tickets,
                bar: (topic.customers * BAR / most).max(2),
                spark: topic
                    .parts
                    .iter()
                    .enumerate()
                    .filter(|(_, count)| **count > 0)
                    .map(|(at, count)| {
                        let height = (count * SPARK / peak).max(2);
                        Stick { x: at * SPARK_STEP, y: SPARK - height, height }
                    })
                    .collect(),
            }
        })
        .collect()
}
