//! The findings as one page that stands alone: no script, nothing loaded, charts as inline SVG.

use askama::Template;

use super::findings::{Findings, Part, TopicLine, percent};
use super::tally::Quote;
use super::wording::{Reading, count, kind, likelihood};

/// The chart over time, in SVG units that are drawn as pixels: its width, where its columns stand on, how high
/// the highest is, and what is left for the numbers beside it.
const WIDTH: usize = 690;
const FLOOR: usize = 168;
const HEIGHT: usize = 140;
const MARGIN: usize = 36;
/// The room for the numbers of the grid, and what a character of them takes at most.
const NUMBER: usize = 28;
const CHARACTER: usize = 7;
/// A column is at most so wide.
const COLUMN: usize = 26;
/// At most so many labels stand below the columns.
const LABELS: usize = 12;
/// Height and width of a topic's small chart.
const SPARK: usize = 24;
const SPARK_WIDTH: usize = 96;
/// Length of the longest bar.
const BAR: usize = 220;
/// So many topics are shown with what customers wrote.
const QUOTED: usize = 10;

#[derive(Template)]
#[template(path = "analyze/page.html")]
struct Page<'a> {
    findings: &'a Findings,
    reading: &'a Reading,
    tiles: Vec<(String, String, &'static str)>,
    chart: Chart,
    top: Vec<Row>,
    risers: Vec<Row>,
    kinds: Vec<(&'static str, String, usize)>,
    unsure: Vec<(&'a str, &'a str, String)>,
    caveats: Vec<String>,
}

/// Tickets over time: those of a topic that was known by then, and the others on top of them.
struct Chart {
    /// What the numbers of the grid need beyond the room that small ones have.
    room: usize,
    lines: Vec<Line>,
    columns: Vec<Column>,
    heading: &'static str,
}

/// A line of the grid with its number.
struct Line {
    y: usize,
    number: String,
}

struct Column {
    x: usize,
    middle: usize,
    width: usize,
    top: usize,
    all: usize,
    known_y: usize,
    known: usize,
    label: String,
    is_labelled: bool,
    is_open: bool,
    tickets: String,
    explained: String,
    percent: usize,
}

struct Row {
    title: String,
    kind: &'static str,
    /// How many of its tickets came lately, of a riser.
    lately: Option<String>,
    customers: String,
    organizations: String,
    tickets: String,
    bar: usize,
    spark: Vec<Stick>,
    quotes: Vec<Quote>,
}

struct Stick {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// The page.
pub(super) fn page(findings: &Findings, reading: &Reading) -> anyhow::Result<String> {
    let f = findings;
    let share = |part: usize| format!("{} %", percent(part, f.tickets));
    let page = Page {
        findings,
        reading,
        tiles: vec![
            (count(f.explained), share(f.explained), "tickets of topics that came up more than once"),
            (count(f.recurring), String::new(), "topics came up more than once"),
            (count(f.joined), share(f.joined), "tickets Heard would have joined by itself"),
            (count(f.asked), share(f.asked), "tickets it would have asked a person about"),
        ],
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
    let column = |(at, part): (usize, &Part)| {
        let (all, known) = (part.tickets * HEIGHT / full, part.explained * HEIGHT / full);
        let width = (apart * 2 / 3).clamp(4, COLUMN);
        let middle = MARGIN + at * apart + apart / 2;
        Column {
            x: middle - width / 2,
            middle,
            width,
            top: FLOOR - all,
            all: all - known,
            known_y: FLOOR - known,
            known,
            label: part.label.clone(),
            is_labelled: at % every == 0,
            is_open: f.timeline.is_last_open && at + 1 == f.parts.len(),
            tickets: count(part.tickets),
            explained: count(part.explained),
            percent: percent(part.explained, part.tickets),
        }
    };
    let lines: Vec<Line> =
        (0..=lines).map(|at| Line { y: FLOOR - at * HEIGHT / lines, number: count(at * step) }).collect();
    Chart {
        room: room_for(&lines),
        lines,
        columns: f.parts.iter().enumerate().map(column).collect(),
        heading: f.timeline.unit.heading(),
    }
}

/// The room that the numbers of a grid need beyond what small ones have.
fn room_for(lines: &[Line]) -> usize {
    let longest = lines.iter().map(|line| line.number.len()).max().unwrap_or(0);
    (longest * CHARACTER).saturating_sub(NUMBER)
}

/// A round number that fits the largest value at most four times.
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

fn rows(f: &Findings, lines: &[TopicLine], are_risers: bool) -> Vec<Row> {
    let size = |topic: &TopicLine| if f.customers > 0 { topic.customers } else { topic.tickets };
    let most = lines.iter().map(size).max().unwrap_or(1).max(1);
    let row = |(rank, topic): (usize, &TopicLine)| Row {
        title: topic.title.clone(),
        kind: kind(topic.kind),
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

fn spark(parts: &[usize]) -> Vec<Stick> {
    let peak = parts.iter().copied().max().unwrap_or(1).max(1);
    let apart = (SPARK_WIDTH / parts.len().max(1)).max(2);
    let sticks = parts.iter().enumerate().filter(|(_, tickets)| **tickets > 0);
    sticks
        .map(|(at, tickets)| {
            let height = (tickets * SPARK / peak).max(2);
            Stick { x: at * apart, y: SPARK - height, width: apart - 1, height }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_of_a_grid_are_not_cut_off() {
        let room = |number: &str| room_for(&[Line { y: 0, number: "0".into() }, Line { y: 9, number: number.into() }]);
        assert_eq!([room("40"), room("1,500"), room("250,000")], [0, 7, 21]);
    }

    #[test]
    fn a_grid_has_round_numbers_and_at_most_four_lines() {
        for (largest, step) in [(0, 1), (3, 1), (4, 1), (5, 2), (21, 10), (310, 100), (8_400, 5_000)] {
            assert_eq!(grid_step(largest), step, "{largest}");
        }
    }
}
