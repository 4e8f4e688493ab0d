//! The grouping engine through its public interface: corrections hold, decisions repeat, nothing panics.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop, in helpers too")]

mod boilerplate;
mod clusters;
mod floors;
mod moves;
mod own_model;
mod precision;

use std::collections::HashMap;

use grouping::{Correction, Engine, EngineOptions, MachineVerdict, SentenceModel, TicketKey, TicketText, TopicKey};
use proptest::prelude::*;

fn engine() -> Engine {
    Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() }).unwrap()
}

fn ticket(id: &str, subject: &str) -> TicketText {
    TicketText::new(id, subject, "")
}

const SUBJECTS: [&str; 6] = [
    "Export to CSV crashes with error 500",
    "CSV export stops with error 500",
    "Cannot log in after the password reset",
    "Password reset mail never arrives",
    "Please add a dark mode to the editor",
    "How do I change the currency of an invoice",
];

#[test]
fn the_same_words_again_join_their_topic() {
    let mut engine = engine();
    let first = ticket("1", SUBJECTS[0]);
    engine.place(&first, "topic-1");
    let decision = engine.decide(&ticket("2", SUBJECTS[0]));
    assert_eq!(decision.verdict, MachineVerdict::Join);
    assert_eq!(decision.topic, Some(TopicKey::from("topic-1")));
}

/// What a form calls all that is sent by it is the same text, and only people know that it is about different things.
#[test]
fn a_text_that_people_put_into_several_topics_joins_none_by_itself() {
    let form = |id: &str| ticket(id, "New message from the contact form of our website about an order");
    let moved = |id: &str, to: &str| Correction::Move { ticket: id.into(), from: "a".into(), to: to.into() };
    let mut few = engine();
    for id in ["1", "2", "3"] {
        few.place(&form(id), "a");
    }
    assert_eq!(few.decide(&form("4")).verdict, MachineVerdict::Join);
    few.learn("first", &moved("2", "b"), None);
    few.learn("second", &moved("3", "c"), None);
    assert_ne!(few.decide(&form("4")).verdict, MachineVerdict::Join);
    few.learn("third", &Correction::Undo { correction: "first".into() }, None);
    few.learn("fourth", &Correction::Undo { correction: "second".into() }, None);
    assert_eq!(few.decide(&form("4")).verdict, MachineVerdict::Join);

    let mut many = engine();
    for number in 0..30 {
        many.place(&form(&number.to_string()), "a");
    }
    many.learn("first", &moved("2", "b"), None);
    let decision = many.decide(&form("asked"));
    assert_eq!((decision.verdict, decision.topic), (MachineVerdict::Join, Some(TopicKey::from("a"))));
}

#[test]
fn tickets_of_different_brands_never_share_a_topic() {
    let mut engine = engine();
    let mut first = ticket("1", SUBJECTS[0]);
    first.brand = Some("north".into());
    engine.place(&first, "topic-1");
    let mut second = ticket("2", SUBJECTS[0]);
    second.brand = Some("south".into());
    assert_eq!(engine.decide(&second).candidates, vec![]);
}

#[test]
fn a_stored_decision_keeps_the_names_of_its_fields() {
    let mut engine = engine();
    engine.place(&ticket("1", SUBJECTS[0]), "topic-1");
    let stored = serde_json::to_value(engine.decide(&ticket("2", SUBJECTS[1]))).unwrap();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let decision =
        "belief candidates codes evidence fingerprint kind kind_score reasons score ticket topic verdict weights words";
    assert_eq!(names(&stored), decision);
    assert_eq!(names(&stored["candidates"][0]), "evidence score ticket topic");
    assert_eq!(names(&stored["reasons"][0]), "name value weight");
    assert_eq!(names(&stored["words"][0]), "term weight");
}

#[test]
fn a_decision_names_the_words_behind_it() {
    let mut engine = engine();
    engine.place(&ticket("1", SUBJECTS[0]), "topic-1");
    engine.place(&ticket("2", SUBJECTS[3]), "topic-2");
    let decision = engine.decide(&ticket("3", SUBJECTS[1]));
    let words: Vec<&str> = decision.words.iter().map(|word| word.term.as_str()).collect();
    assert!(words.contains(&"csv") && words.contains(&"export"), "{words:?}");
    assert!(!decision.reasons.is_empty());
    assert!(decision.codes.iter().any(|code| code.term == "500"));
}

/// How many tickets there are, how short this one is, how well the rest of the list fits: the same for every candidate.
#[test]
fn what_holds_for_every_candidate_is_no_reason() {
    let mut engine = engine();
    let mut names = std::collections::BTreeSet::new();
    for (at, subject) in SUBJECTS.iter().cycle().take(24).enumerate() {
        let text = ticket(&at.to_string(), subject);
        let decision = engine.decide(&text);
        assert!(decision.reasons.iter().all(|reason| reason.weight != 0.0), "{:?}", decision.reasons);
        names.extend(decision.reasons.into_iter().map(|reason| reason.name));
        engine.place(&text, at.to_string());
    }
    assert!(names.contains("words") || names.contains("words_bm25"), "{names:?}");
    for situation in ["history", "brevity", "list_level", "strength", "strength_if_brief", "neighbours_words"] {
        assert!(!names.contains(situation), "{names:?}");
    }
}

/// Words of a third of all tickets are too common to search by, but an outage has no others.
#[test]
fn an_outage_is_grouped_however_many_report_it() {
    let mut engine = engine();
    for number in 0..600 {
        let subject = if number % 3 == 0 { format!("Login page white {number}") } else { format!("Matter {number}") };
        engine.place(&ticket(&number.to_string(), &subject), if number % 3 == 0 { "outage" } else { "other" });
    }
    assert_eq!(engine.decide(&ticket("asked", "white login page")).topic, Some("outage".into()));
}

#[test]
fn a_refused_topic_is_never_offered_again() {
    let mut engine = engine();
    engine.place(&ticket("1", SUBJECTS[0]), "topic-1");
    let refused = ticket("2", SUBJECTS[0]);
    let said = Correction::NotSame { ticket: "2".into(), topic: "topic-1".into() };
    engine.learn("c1", &said, None);
    assert_eq!(engine.decide(&refused).candidates, vec![]);
    assert_eq!(engine.place(&refused, "topic-1"), None);
    engine.learn("c2", &Correction::Undo { correction: "c1".into() }, None);
    assert_eq!(engine.topic_of(&"2".into()), Some(&"topic-1".into()));
}

#[test]
fn a_merge_moves_everything_and_its_undo_moves_it_back() {
    let mut engine = engine();
    engine.place(&ticket("1", SUBJECTS[0]), "a");
    engine.place(&ticket("2", SUBJECTS[2]), "b");
    engine.learn("m", &Correction::Merge { from: "a".into(), into: "b".into() }, None);
    assert_eq!(engine.topic_of(&"1".into()), Some(&"b".into()));
    assert_eq!(engine.place(&ticket("3", SUBJECTS[1]), "a"), Some("b".into()));
    engine.learn("u", &Correction::Undo { correction: "m".into() }, None);
    assert_eq!(engine.topic_of(&"1".into()), Some(&"a".into()));
    assert_eq!(engine.topic_of(&"3".into()), Some(&"a".into()));
    assert_eq!(engine.topic_of(&"2".into()), Some(&"b".into()));
}

#[test]
fn a_split_keeps_tickets_apart_until_somebody_merges() {
    let mut engine = engine();
    for (id, subject) in [("1", 0), ("2", 1), ("3", 2)] {
        engine.place(&ticket(id, SUBJECTS[subject]), "a");
    }
    let split = Correction::Split {
        tickets: vec!["3".into()],
        from: "a".into(),
        to: "b".into(),
        stay: vec!["1".into(), "2".into()],
    };
    engine.learn("s", &split, None);
    assert_eq!(engine.topic_of(&"3".into()), Some(&"b".into()));
    assert_eq!(engine.place(&ticket("3", SUBJECTS[2]), "a"), Some("b".into()), "the machine cannot move it back");
    engine.learn("m", &Correction::Merge { from: "b".into(), into: "a".into() }, None);
    assert_eq!(engine.topic_of(&"3".into()), Some(&"a".into()));
    assert_eq!(engine.topic_of(&"1".into()), Some(&"a".into()));
}

#[test]
fn other_languages_are_grouped_by_their_own_inflections() {
    let mut engine = engine();
    engine.place(&ticket("1", "Die Rechnung wird nicht gedruckt"), "druck");
    engine.place(&ticket("2", "Das Passwort kann ich nicht zurücksetzen"), "passwort");
    engine.place(&ticket("3", "无法登录系统"), "login");
    let best = |id: &str, subject: &str| engine.decide(&ticket(id, subject)).topic;
    assert_eq!(best("4", "Rechnungen lassen sich nicht drucken"), Some("druck".into()));
    assert_eq!(best("5", "Wie setze ich Passwörter zurück"), Some("passwort".into()));
    assert_eq!(best("6", "登录失败"), Some("login".into()));
}

#[derive(Debug, Clone)]
enum EngineStep {
    Place { ticket: u8, topic: u8, subject: usize },
    Remove { ticket: u8 },
    Same { ticket: u8, topic: u8 },
    NotSame { ticket: u8, topic: u8 },
    Merge { from: u8, into: u8 },
    Undo { step: usize },
}

fn steps() -> impl Strategy<Value = Vec<EngineStep>> {
    let (ticket, topic) = (0u8..6, 0u8..4);
    let step = prop_oneof![
        4 => (ticket.clone(), topic.clone(), 0usize..6).prop_map(|(ticket, topic, subject)| EngineStep::Place { ticket, topic, subject }),
        1 => ticket.clone().prop_map(|ticket| EngineStep::Remove { ticket }),
        2 => (ticket.clone(), topic.clone()).prop_map(|(ticket, topic)| EngineStep::Same { ticket, topic }),
        2 => (ticket, topic.clone()).prop_map(|(ticket, topic)| EngineStep::NotSame { ticket, topic }),
        1 => (topic.clone(), topic).prop_map(|(from, into)| EngineStep::Merge { from, into }),
        1 => (0usize..30).prop_map(|step| EngineStep::Undo { step }),
    ];
    prop::collection::vec(step, 1..30)
}

fn apply(engine: &mut Engine, at: usize, step: &EngineStep) {
    let ticket_key = |n: u8| TicketKey::from(format!("t{n}"));
    let topic_key = |n: u8| TopicKey::from(format!("topic{n}"));
    let correction = match step {
        EngineStep::Place { ticket: n, topic, subject } => {
            engine.place(&ticket(ticket_key(*n).as_str(), SUBJECTS[*subject]), topic_key(*topic));
            return;
        }
        EngineStep::Remove { ticket } => return engine.remove(&ticket_key(*ticket)),
        EngineStep::Same { ticket, topic } => {
            Correction::Same { ticket: ticket_key(*ticket), topic: topic_key(*topic) }
        }
        EngineStep::NotSame { ticket, topic } => {
            Correction::NotSame { ticket: ticket_key(*ticket), topic: topic_key(*topic) }
        }
        EngineStep::Merge { from, into } => Correction::Merge { from: topic_key(*from), into: topic_key(*into) },
        EngineStep::Undo { step } => Correction::Undo { correction: step.to_string() },
    };
    engine.learn(&at.to_string(), &correction, None);
}

fn whereabouts(engine: &Engine) -> HashMap<TicketKey, Option<TopicKey>> {
    (0..6u8)
        .map(|n| TicketKey::from(format!("t{n}")))
        .map(|key| (key.clone(), engine.topic_of(&key).cloned()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever came before, what a person says last about a ticket holds at once and against everything the machine
    /// does afterwards.
    #[test]
    fn the_last_word_of_a_person_holds(before in steps(), subject in 0usize..6, topic in 0u8..4, wanted in 0u8..4) {
        let mut engine = engine();
        for (at, step) in before.iter().enumerate() {
            apply(&mut engine, at, step);
        }
        let key = TicketKey::from("t0");
        let wanted = TopicKey::from(format!("topic{wanted}"));
        engine.learn("last", &Correction::Same { ticket: key.clone(), topic: wanted.clone() }, None);
        let now = engine.place(&ticket("t0", SUBJECTS[subject]), format!("topic{topic}"));
        prop_assert_eq!(now, Some(engine.resolve(&wanted)));
        engine.learn("never", &Correction::NotSame { ticket: key.clone(), topic: wanted.clone() }, None);
        let banned = engine.resolve(&wanted);
        prop_assert_ne!(engine.topic_of(&key), Some(&banned));
        let offered = engine.decide(&ticket("t0", SUBJECTS[subject]));
        prop_assert!(offered.candidates.iter().all(|c| c.topic != banned));
    }

    /// Every placed ticket is in at most one topic, and that topic was not merged into another.
    #[test]
    fn no_ticket_is_in_a_topic_that_ended(all in steps()) {
        let mut engine = engine();
        for (at, step) in all.iter().enumerate() {
            apply(&mut engine, at, step);
            for topic in whereabouts(&engine).into_values().flatten() {
                prop_assert_eq!(&engine.resolve(&topic), &topic);
            }
        }
    }

    /// The same calls in the same order give the same decisions, to the last bit.
    #[test]
    fn the_same_calls_give_the_same_decisions(all in steps(), subject in 0usize..6) {
        let run = || {
            let mut engine = engine();
            for (at, step) in all.iter().enumerate() {
                apply(&mut engine, at, step);
            }
            serde_json::to_string(&engine.decide(&ticket("new", SUBJECTS[subject]))).unwrap()
        };
        prop_assert_eq!(run(), run());
    }

    /// Undoing the last correction puts everything back where it was.
    #[test]
    fn an_undone_correction_leaves_no_trace(before in steps(), extra in steps()) {
        let mut engine = engine();
        for (at, step) in before.iter().enumerate() {
            apply(&mut engine, at, step);
        }
        let was = whereabouts(&engine);
        let correction = extra.iter().find(|s| matches!(s, EngineStep::Same { .. } | EngineStep::NotSame { .. } | EngineStep::Merge { .. }));
        if let Some(step) = correction {
            apply(&mut engine, 1000, step);
            engine.learn("undo", &Correction::Undo { correction: "1000".into() }, None);
            prop_assert_eq!(whereabouts(&engine), was);
        }
    }

    /// No text makes the engine panic.
    #[test]
    fn any_text_is_analyzed(subject in ".{0,80}", body in "(?s).{0,400}") {
        let mut engine = engine();
        let text = TicketText::new("x", &subject, &body);
        engine.place(&TicketText::new("y", &body, &subject), "topic");
        let decision = engine.decide(&text);
        prop_assert!((0.0..=1.0).contains(&decision.score));
        let terms: Vec<String> = decision.words.into_iter().map(|word| word.term).collect();
        for range in grouping::highlights(&body, &terms) {
            prop_assert!(body.get(range).is_some());
        }
        let _ = grouping::passage(&body, &terms);
    }
}
