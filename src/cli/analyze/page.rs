//! The findings as one self-contained page: no script, nothing loaded, charts as inline SVG.

use askama::Template;

use super::findings::{Findings, PeriodCounts, TopicLine, percent};
use super::tally::Quote;
use super::wording::{ReadingSummary, count, kind, likelihood};

/// The size of the chart over time in SVG units, which are pixels: its width, the baseline of its columns, the height of the
/// highest, and the space for the numbers at the side.
const WIDTH: usize = 690;
const FLOOR: usize = 168;
const HEIGHT: usize = 140;
const MARGIN: usize = 36;
/// The space for the numbers of the grid, and the width of one character.
const NUMBER: usize = 28;
const CHARACTER: usize = 7;
/// The maximum width of a column.
const COLUMN: usize = 26;
/// The maximum number of labels below the columns.
const LABELS: usize = 12;
/// How wide the share above a column is, with a space.
const SHARE: usize = 36;
/// Height and width of a topic's small chart.
const SPARK: usize = 24;
const SPARK_WIDTH: usize = 96;
/// Length of the longest bar.
const BAR: usize = 220;
/// How many topics are shown with what customers wrote.
const QUOTED: usize = 10;

#[derive(Template)]
#[template(path = "analyze/page.html")]
struct ReportPage<'a> {
    findings: &'a Findings,
    reading: &'a ReadingSummary,
    tiles: Vec<(String, String, &'static str)>,
    read: Vec<String>,
    chart: Chart,
    top: Vec<TopicRow>,
    risers: Vec<TopicRow>,
    kinds: Vec<(&'static str, String, usize)>,
    unsure: Vec<(&'a str, &'a str, String)>,
    caveats: Vec<String>,
}

/// Tickets over time: those of a topic that was known already, and the others on top of them.
struct Chart {
    /// The extra space that long numbers of the grid need.
    room: usize,
    lines: Vec<GridLine>,
    columns: Vec<ChartColumn>,
    heading: &'static str,
}

/// A line of the grid with its number.
struct GridLine {
    y: usize,
    number: String,
}

struct ChartColumn {
    x: usize,
    middle: usize,
    width: usize,
    top: usize,
    all: usize,
    known_y: usize,
    known: usize,
    label: String,
    is_labelled: bool,
    has_share: bool,
    is_open: bool,
    tickets: String,
    explained: String,
    percent: usize,
}

struct TopicRow {
    title: String,
    kind: &'static str,
    /// How many of its tickets are likely about it, and not sure.
    likely: Option<String>,
    /// For a rising topic, how many of its tickets are in the last part.
    lately: Option<String>,
    customers: String,
    organizations: String,
    tickets: String,
    bar: usize,
    spark: Vec<SparkBar>,
    quotes: Vec<Quote>,
}

struct SparkBar {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// The page.
pub(super) fn page(findings: &Findings, reading: &ReadingSummary) -> anyhow::Result<String> {
    let f = findings;
    let share = |part: usize| format!("{} %", percent(part, f.tickets));
    let page = ReportPage {
        findings,
        reading,
        tiles: vec![
            (count(f.explained), share(f.explained), "tickets of topics that came up more than once"),
            (count(f.recurring), String::new(), "topics came up more than once"),
            (count(f.joined), share(f.joined), "tickets Heard would have joined by itself"),
            (count(f.asked), share(f.asked), "tickets it would have asked a person about"),
        ],
        read: reading.how_it_was_read(),
        chart: chart(f),
        top: rows(f, &f.top, false),
        risers: rows(f, &f.risers, true),
        kinds: f.kinds.iter().map(|(of, tickets)| (kind(*of), count(*tickets), percent(*tickets, f.tickets))).collect(),
        unsure: f.unsure.iter().map(|q| (q.subject.as_str(), q.topic_title.as_str(), likelihood(q.percent))).collect(),
        caveats: f.caveats(reading),
    };
    Ok(page.render()?)
}

fn chart(f: &Findings) -> Chart {
    let step = grid_step(f.parts.iter().map(|part| part.tickets).max().unwrap_or(0));
    let lines = f.parts.iter().map(|part| part.tickets).max().unwrap_or(0).div_ceil(step).max(1);
    let full = lines * step;
    let apart = (WIDTH - MARGIN) / f.parts.len().max(1);
    let every = f.parts.len().div_ceil(LABELS).max(1);
    let every_share = SHARE.div_ceil(apart.max(1)).max(1);
    let last = f.parts.len().saturating_sub(1);
    let column = |(at, part): (usize, &PeriodCounts)| {
        let (all, known) = (part.tickets * HEIGHT / full, part.explained * HEIGHT / full);
        let width = (apart * 2 / 3).clamp(4, COLUMN);
        let middle = MARGIN + at * apart + apart / 2;
        ChartColumn {
            x: middle - width / 2,
            middle,
            width,
            top: FLOOR - all,
            all: all - known,
            known_y: FLOOR - known,
            known,
            label: part.label.clone(),
            // "so far" stands below the last one, and needs its place.
            is_labelled: at % every == 0 && !(f.timeline.is_last_open && at < last && at + every > last),
            has_share: (last - at).is_multiple_of(every_share),
            is_open: f.timeline.is_last_open && at + 1 == f.parts.len(),
            tickets: count(part.tickets),
            explained: count(part.explained),
            percent: percent(part.explained, part.tickets),
        }
    };
    let lines: Vec<GridLine> =
        (0..=lines).map(|at| GridLine { y: FLOOR - at * HEIGHT / lines, number: count(at * step) }).collect();
    Chart {
        room: room_for(&lines),
        lines,
        columns: f.parts.iter().enumerate().map(column).collect(),
        heading: f.timeline.unit.heading(),
    }
}

/// The extra space that long numbers of a grid need.
fn room_for(lines: &[GridLine]) -> usize {
    let longest = lines.iter().map(|line| line.number.len()).max().unwrap_or(0);
    (longest * CHARACTER).saturating_sub(NUMBER)
}

/// A round number of which the largest value is at most four times as large.
fn grid_step(largest: usize) -> usize {
    let mut decade = 1;
    loop {
        for step in [decade, decade * 2, decade * 5] {
            if step * 4 >= largest {
                return step;
            }
        }
        decade *= 10;
    }
}

fn rows(f: &Findings, lines: &[TopicLine], are_risers: bool) -> Vec<TopicRow> {
    let size = |topic: &TopicLine| if f.customers > 0 { topic.customers } else { topic.tickets };
    let most = lines.iter().map(size).max().unwrap_or(1).max(1);
    let row = |(rank, topic): (usize, &TopicLine)| TopicRow {
        title: topic.title.clone(),
        kind: kind(topic.kind),
        likely: (!are_risers && topic.likely > 0).then(|| count(topic.likely)),
        lately: are_risers.then(|| format!("{} of {}", count(topic.latest), count(topic.tickets))),
        customers: count(topic.customers),
        organizations: if topic.organizations == 0 { "–".to_owned() } else { count(topic.organizations) },
        tickets: count(topic.tickets),
        bar: (size(topic) * BAR / most).max(2),
        spark: spark(&topic.parts),
        quotes: if rank < QUOTED { topic.quotes.clone() } else { Vec::new() },
    };
    lines.iter().enumerate().map(row).collect()
}

fn spark(parts: &[usize]) -> Vec<SparkBar> {
    let peak = parts.iter().copied().max().unwrap_or(1).max(1);
    let apart = (SPARK_WIDTH / parts.len().max(1)).max(2);
    let sticks = parts.iter().enumerate().filter(|(_, tickets)| **tickets > 0);
    sticks
        .map(|(at, tickets)| {
            let height = (tickets * SPARK / peak).max(2);
            SparkBar { x: at * apart, y: SPARK - height, width: apart - 1, height }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_of_a_grid_are_not_cut_off() {
        let room =
            |number: &str| room_for(&[GridLine { y: 0, number: "0".into() }, GridLine { y: 9, number: number.into() }]);
        assert_eq!([room("40"), room("1,500"), room("250,000")], [0, 7, 21]);
    }

    #[test]
    fn a_grid_has_round_numbers_and_at_most_four_lines() {
        for (largest, step) in [(0, 1), (3, 1), (4, 1), (5, 2), (21, 10), (310, 100), (8_400, 5_000)] {
            assert_eq!(grid_step(largest), step, "{largest}");
        }
    }
}
