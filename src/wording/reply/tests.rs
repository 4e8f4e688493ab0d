//! The labelled replies of `tests/data/replies.jsonl`, which are ours, written after real patterns. One half was there to build
//! with. The other was written before the code and only measures it.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabeledReply {
    half: String,
    right: String,
    language: String,
    kind: String,
    source: String,
    subject: Option<String>,
    seconds: Option<u64>,
    sent: Option<String>,
    reply: String,
}

/// How many of each half have to be read right.
const ACCURACY: f64 = 0.95;

fn labeled() -> Vec<LabeledReply> {
    let lines = include_str!("../../../tests/data/replies.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

fn meaning(reply: &LabeledReply) -> &'static str {
    read(&CustomerReply {
        body: &reply.reply,
        subject: reply.subject.as_deref(),
        answers: reply.sent.as_deref(),
        after: reply.seconds.map(Duration::from_secs),
    })
    .as_str()
}

fn measure(half: &str) {
    let (mut right, mut all) = (0_u32, 0_u32);
    let (mut wrong, mut harmful) = (Vec::new(), Vec::new());
    for reply in labeled().iter().filter(|reply| reply.half == half) {
        let read = meaning(reply);
        all += 1;
        if read == reply.right {
            right += 1;
            continue;
        }
        let line = format!("{} read for {} ({}, {}): {}", read, reply.right, reply.language, reply.kind, reply.reply);
        let verdict = matches!(read, "works" | "still_broken");
        let is_harmful = reply.right == "automatic" && verdict || reply.right == "still_broken" && read == "works";
        if is_harmful { harmful.push(line) } else { wrong.push(line) }
    }
    let accuracy = f64::from(right) / f64::from(all);
    let report = format!("{right} of {all} right, {accuracy:.3}\n{}", [harmful.clone(), wrong].concat().join("\n"));
    assert!(harmful.is_empty(), "no machine gives a verdict, and no \"works\" is read where it is broken: {report}");
    assert!(accuracy >= ACCURACY, "{report}");
}

#[test]
fn what_replies_mean_is_read_right_in_the_half_to_build_with() {
    measure("build");
}

#[test]
fn what_replies_mean_is_read_right_in_the_half_that_only_measures() {
    measure("test");
}

#[test]
fn the_labeled_replies_are_many_and_each_says_where_it_comes_from() {
    let all = labeled();
    let mut halves: BTreeMap<&str, usize> = BTreeMap::new();
    for reply in &all {
        *halves.entry(&reply.half).or_default() += 1;
        assert!(reply.source == "pattern" || reply.source.contains('#'), "{}", reply.source);
    }
    assert!(all.len() >= 240 && halves.values().all(|count| *count >= 120), "{halves:?}");
}

#[test]
fn a_reply_of_any_length_is_read() {
    for piece in ["the export fails here. ", "/a", "1 ", "\u{fdfa}", "It works. ", "a@", "> a\n", "not "] {
        let body = piece.repeat(1_000_000 / piece.len());
        assert!(!is_automatic(&body, &body));
    }
}

#[test]
fn what_was_not_read_of_a_long_reply_does_not_make_it_a_yes() {
    let body = format!("It works, thank you, but not for Bob{}", " and Ann".repeat(1_000));
    assert_ne!(read(&CustomerReply { body: &body, ..CustomerReply::default() }), ReplyReading::Works);
}
