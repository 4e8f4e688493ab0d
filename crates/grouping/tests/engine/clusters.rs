//! Topics that are probably one while the question about it is open.

use grouping::{CHOICES, Correction, Engine, MachineVerdict, TicketDecision, TicketKey, TicketText, TopicKey};

use super::{engine, ticket};

/// Opens a topic with a ticket whose question has this probability of the answer "same".
fn opened_with_a_question(engine: &mut Engine, text: &TicketText, topic: &str, score: f64) -> TicketDecision {
    let analyzed = engine.analyzer().analyze(text);
    let decision = TicketDecision { verdict: MachineVerdict::Ask, score, ..engine.decide_analyzed(&analyzed) };
    engine.place_analyzed(&analyzed, topic, Some(&decision));
    decision
}

fn cluster(engine: &Engine, topic: &str) -> Option<TopicKey> {
    engine.cluster_of(&TopicKey::from(topic)).cloned()
}

fn two_probably_the_same(score: f64) -> Engine {
    let mut engine = engine();
    engine.place(&ticket("1", "Export to CSV crashes with error 500"), "topic-1");
    let decision =
        opened_with_a_question(&mut engine, &ticket("2", "CSV export stops with error 500"), "topic-2", score);
    assert_eq!(decision.topic, Some("topic-1".into()));
    engine
}

#[test]
fn a_topic_opened_with_a_question_is_in_the_cluster_it_probably_belongs_to() {
    assert_eq!(cluster(&two_probably_the_same(0.8), "topic-2"), Some("topic-1".into()));
}

#[test]
fn an_improbable_match_starts_a_cluster_of_its_own() {
    assert_eq!(cluster(&two_probably_the_same(0.4), "topic-2"), Some("topic-2".into()));
}

#[test]
fn the_question_opens_no_cluster_once_a_person_said_no() {
    let mut engine = two_probably_the_same(0.8);
    engine.learn("no", &Correction::NotSame { ticket: "2".into(), topic: "topic-1".into() }, None);
    assert_eq!(cluster(&engine, "topic-2"), Some("topic-2".into()));
}

#[test]
fn a_merge_makes_one_cluster_of_two() {
    let mut engine = two_probably_the_same(0.8);
    engine.place(&ticket("3", "Rows are missing from exported files"), "topic-3");
    engine.learn("merge", &Correction::Merge { from: "topic-1".into(), into: "topic-3".into() }, None);
    assert_eq!(cluster(&engine, "topic-2"), Some("topic-3".into()));
    assert_eq!(engine.topic_of(&TicketKey::from("1")), Some(&TopicKey::from("topic-3")));
}

#[test]
fn probable_twins_do_not_crowd_other_topics_out_of_a_question() {
    let mut engine = engine();
    engine.place(&ticket("0", "Export to CSV crashes with error 500 on large files"), "topic-0");
    for number in 1..12 {
        let subject = format!("Export to CSV crashes with error 500 on large files in week {number}");
        opened_with_a_question(&mut engine, &ticket(&number.to_string(), &subject), &format!("topic-{number}"), 0.9);
    }
    engine.place(&ticket("other", "Export to PDF is slow on large files"), "topic-other");
    let decision = engine.decide(&ticket("asked", "Export to CSV crashes with error 500 on huge files"));
    let named: Vec<&str> = decision.candidates.iter().map(|candidate| candidate.topic.as_str()).collect();
    assert!(named[..CHOICES].contains(&"topic-other"), "three of the cluster and the other: {named:?}");
    assert_eq!(named.len(), 10, "whoever wants to see more sees ten: {named:?}");
}
