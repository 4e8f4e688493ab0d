//! What the shipped weights must reach on two excerpts of public data, with words alone and with the built-in model.
//!
//! `banking77.jsonl` is the first 900 messages of a long-tailed sample of BANKING77 (`PolyAI`, CC BY 4.0; customers'
//! messages to a bank, by intent). `hadoop.jsonl` has, from the Hadoop tracker of `GitBugs` (CC BY 4.0), all tickets
//! with a duplicate and every tenth of the others, cut to 500 characters. The weights were fitted on both files, so
//! this test only guards against getting worse.

use std::collections::HashMap;

use grouping::{Engine, EngineOptions, MachineVerdict, SentenceModel, TicketKey, TicketText};
use serde::Deserialize;

#[derive(Deserialize)]
struct LabeledLine {
    id: String,
    created_at: jiff::Timestamp,
    subject: String,
    #[serde(default)]
    body: String,
    group: String,
}

/// How often the right topic of a repeat came first or among the first five, and how many of the machine's joins were
/// right.
#[derive(Debug, Default)]
struct Tally {
    repeats: usize,
    first: usize,
    among_five: usize,
    joined: usize,
    joined_right: usize,
}

fn counted(lines: &str, model: SentenceModel) -> Tally {
    let mut engine = Engine::new(EngineOptions { model, ..EngineOptions::default() }).unwrap();
    let mut groups: HashMap<TicketKey, String> = HashMap::new();
    let mut tally = Tally::default();
    for line in lines.lines() {
        let line: LabeledLine = serde_json::from_str(line).unwrap();
        let mut text = TicketText::new(line.id.as_str(), &line.subject, &line.body);
        text.created_at_us = line.created_at.as_microsecond();
        let analyzed = engine.analyzer().analyze(&text);
        let decision = engine.decide_analyzed(&analyzed);
        let right = |ticket: &TicketKey| groups[ticket] == line.group;
        if groups.values().any(|group| *group == line.group) {
            tally.repeats += 1;
            tally.first += usize::from(decision.candidates.first().is_some_and(|c| right(&c.ticket)));
            tally.among_five += usize::from(decision.candidates.iter().take(5).any(|c| right(&c.ticket)));
        }
        let joins = decision.verdict == MachineVerdict::Join;
        if joins {
            tally.joined += 1;
            tally.joined_right += usize::from(right(&decision.candidates[0].ticket));
        }
        let joined = decision.topic.clone().filter(|_| joins);
        engine.place_analyzed(&analyzed, joined.unwrap_or_else(|| line.id.as_str().into()), Some(&decision));
        groups.insert(text.id, line.group);
    }
    tally
}

#[test]
fn a_banks_repeats_have_their_topic_among_the_first_five() {
    let tally = counted(include_str!("banking77.jsonl"), SentenceModel::None);
    assert!(tally.among_five * 100 >= tally.repeats * 85, "{tally:?}");
    // There are too few joins to measure a precision.
    assert!(tally.joined >= 10 && tally.joined - tally.joined_right <= 2, "{tally:?}");
}

#[test]
fn with_the_sentence_model_four_of_five_of_a_banks_repeats_have_their_topic_first() {
    let tally = counted(include_str!("banking77.jsonl"), SentenceModel::Builtin);
    assert!(tally.first * 100 >= tally.repeats * 80, "{tally:?}");
    assert!(tally.among_five * 100 >= tally.repeats * 93, "{tally:?}");
    assert!(tally.joined >= 40 && tally.joined_right * 100 >= tally.joined * 93, "{tally:?}");
}

#[test]
fn a_trackers_repeats_have_their_topic_among_the_first_five() {
    for model in [SentenceModel::None, SentenceModel::Builtin] {
        let tally = counted(include_str!("hadoop.jsonl"), model);
        assert!(tally.repeats >= 60 && tally.among_five * 100 >= tally.repeats * 90, "{tally:?}");
    }
}
