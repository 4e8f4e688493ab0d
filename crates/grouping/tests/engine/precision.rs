//! What the promised precision changes: after enough answers, it sets the bound above which tickets join.

use std::collections::HashMap;

use grouping::{Correction, Engine, EngineOptions, MachineVerdict, SentenceModel, TicketText, TopicKey};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answered {
    id: String,
    created_at: jiff::Timestamp,
    subject: String,
    #[serde(default)]
    body: String,
    group: String,
}

/// How many of a bank's tickets join a topic when a person answers about every one after its decision.
fn joined(precision: f64) -> usize {
    let mut engine = Engine::new(EngineOptions { model: SentenceModel::None, precision }).unwrap();
    let mut topics: HashMap<String, TopicKey> = HashMap::new();
    let mut joined = 0;
    for line in include_str!("banking77.jsonl").lines() {
        let line: Answered = serde_json::from_str(line).unwrap();
        let mut text = TicketText::new(line.id.as_str(), &line.subject, &line.body);
        text.created_at_us = line.created_at.as_microsecond();
        let decision = engine.decide(&text);
        joined += usize::from(decision.verdict == MachineVerdict::Join);
        let topic = topics.entry(line.group).or_insert_with(|| line.id.as_str().into()).clone();
        let said = Correction::Same { ticket: text.id.clone(), topic: topic.clone() };
        engine.place(&text, topic);
        engine.learn(&line.id, &said, Some(&decision));
    }
    joined
}

#[test]
fn the_less_is_promised_the_more_joins_by_itself() {
    let (strict, lenient) = (joined(0.999), joined(0.6));
    assert!(lenient > strict, "{lenient} of 900 at a precision of 0.6, {strict} at one of 0.999");
}
