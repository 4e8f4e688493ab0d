//! What a person's moves teach: which candidate is right. They never say how often the first one is, because people move only what
//! is in the wrong place.

use std::collections::HashMap;

use grouping::{Correction, Engine, EngineOptions, MachineVerdict, SentenceModel, TicketKey, TicketText, TopicKey};
use serde_json::Value;

/// How many of the tickets are put right by a person.
const MOVED_AMONG: usize = 500;

/// What the machine does with the tickets that came after the moves.
#[derive(Debug, Default)]
struct Later {
    moves: usize,
    joined: usize,
    joined_right: usize,
    first_right: usize,
}

/// A bank's tickets, of which a person moves the first ones to their topics as they come.
fn after_moves(taught: bool) -> Later {
    let mut engine = Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() }).unwrap();
    let (mut first, mut groups) = (HashMap::<String, TicketKey>::new(), HashMap::<TicketKey, String>::new());
    let mut later = Later::default();
    for (at, line) in include_str!("banking77.jsonl").lines().enumerate() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (id, group) = (line["id"].as_str().unwrap(), line["group"].as_str().unwrap().to_owned());
        let mut text = TicketText::new(id, line["subject"].as_str().unwrap(), "");
        text.created_at_us = i64::try_from(at).unwrap() * 60_000_000;
        let decision = engine.decide(&text);
        let joins = decision.verdict == MachineVerdict::Join;
        let own = TopicKey::from(id);
        let placed = decision.topic.clone().filter(|_| joins).unwrap_or(own);
        engine.place(&text, placed);
        groups.insert(text.id.clone(), group.clone());
        let opened = first.entry(group.clone()).or_insert_with(|| text.id.clone()).clone();
        if at < MOVED_AMONG {
            let (from, to) = (engine.topic_of(&text.id).unwrap().clone(), engine.topic_of(&opened).unwrap().clone());
            if from != to {
                later.moves += 1;
                let moved = Correction::Move { ticket: text.id.clone(), from, to };
                engine.learn(id, &moved, Some(&decision).filter(|_| taught));
            }
            continue;
        }
        let right = decision.candidates.first().is_some_and(|best| groups[&best.ticket] == group);
        later.first_right += usize::from(right);
        later.joined += usize::from(joins);
        later.joined_right += usize::from(joins && right);
    }
    later
}

#[test]
fn moves_teach_which_topic_is_right_and_make_the_machine_neither_bolder_nor_shyer_than_it_promised() {
    let (untaught, taught) = (after_moves(false), after_moves(true));
    let both = format!("{untaught:?}, and taught {taught:?}");
    assert!(taught.moves > 200, "{both}");
    assert!(taught.first_right > untaught.first_right, "the right topic comes first more often: {both}");
    assert!(taught.joined >= untaught.joined, "{both}");
    assert!(taught.joined_right * 100 >= taught.joined * 95, "{both}");
}
