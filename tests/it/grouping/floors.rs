//! What the shipped weights must reach on two excerpts of public data, by words alone and with the built-in model.
//!
//! `banking77.jsonl`: the first 900 of a long-tailed sample of BANKING77 (`PolyAI`, CC BY 4.0; customers' messages to
//! a bank, by intent). `hadoop.jsonl`: from the Hadoop tracker of `GitBugs` (CC BY 4.0) all tickets with a duplicate
//! and every tenth of the others, cut to 500 characters. The weights were fitted on the whole of both: this guards
//! against getting worse, it measures nothing new.

use std::collections::HashMap;

use grouping::{Engine, Options, SentenceModel, Text, TicketKey, Verdict};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    id: String,
    created_at: jiff::Timestamp,
    subject: String,
    #[serde(default)]
    body: String,
    group: String,
}

/// Of how many repeats the right topic came first and was among the first five, and of the machine's joins, how many were right.
#[derive(Debug, Default)]
struct Counts {
    repeats: usize,
    first: usize,
    among_five: usize,
    joined: usize,
    joined_right: usize,
}

fn counted(lines: &str, model: SentenceModel) -> Counts {
    let mut engine = Engine::new(Options { model, ..Options::default() }).unwrap();
    let mut groups: HashMap<TicketKey, String> = HashMap::new();
    let mut counts = Counts::default();
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        let mut text = Text::new(line.id.as_str(), &line.subject, &line.body);
        text.created_at_us = line.created_at.as_microsecond();
        let reading = engine.reader().read(&text);
        let decision = engine.decide_reading(&reading);
        let right = |ticket: &TicketKey| groups[ticket] == line.group;
        if groups.values().any(|group| *group == line.group) {
            counts.repeats += 1;
            counts.first += usize::from(decision.candidates.first().is_some_and(|c| right(&c.ticket)));
            counts.among_five += usize::from(decision.candidates.iter().take(5).any(|c| right(&c.ticket)));
        }
        let joins = decision.verdict == Verdict::Join;
        if joins {
            counts.joined += 1;
            counts.joined_right += usize::from(right(&decision.candidates[0].ticket));
        }
        let joined = decision.topic.clone().filter(|_| joins);
        engine.place_reading(&reading, joined.unwrap_or_else(|| line.id.as_str().into()), Some(&decision));
        groups.insert(text.id, line.group);
    }
    counts
}

#[test]
fn a_banks_repeats_find_their_topic_among_the_first_five() {
    let counts = counted(include_str!("banking77.jsonl"), SentenceModel::None);
    assert!(counts.among_five * 100 >= counts.repeats * 85, "{counts:?}");
    // Too few joins to measure a precision on.
    assert!(counts.joined >= 10 && counts.joined - counts.joined_right <= 2, "{counts:?}");
}

#[test]
fn with_the_sentence_model_four_of_five_of_a_banks_repeats_find_their_topic_first() {
    let counts = counted(include_str!("banking77.jsonl"), SentenceModel::Builtin);
    assert!(counts.first * 100 >= counts.repeats * 80, "{counts:?}");
    assert!(counts.among_five * 100 >= counts.repeats * 93, "{counts:?}");
    assert!(counts.joined >= 40 && counts.joined_right * 100 >= counts.joined * 93, "{counts:?}");
}

#[test]
fn a_trackers_repeats_find_their_topic_among_the_first_five() {
    for model in [SentenceModel::None, SentenceModel::Builtin] {
        let counts = counted(include_str!("hadoop.jsonl"), model);
        assert!(counts.repeats >= 60 && counts.among_five * 100 >= counts.repeats * 90, "{counts:?}");
    }
}
