//! A person's answers about tickets, which are revealed one by one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use grouping::TicketKey;

/// What a person said about a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) enum RevealedAnswer<'a> {
    /// It is about the same as this ticket.
    SameAs(&'a TicketKey),
    /// No earlier ticket is about the same.
    Alone,
}

/// The answer for each answered ticket: a ticket about the same, or that there is none.
#[derive(Debug, Default)]
pub(super) struct Answers {
    answers: HashMap<TicketKey, Option<TicketKey>>,
}

#[derive(Deserialize)]
struct RevealedLine {
    id: Value,
    same_as: Option<Value>,
}

impl Answers {
    /// Reads one `{"id", "same_as"}` per line.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut answers = HashMap::new();
        for (line, number) in BufReader::new(file).lines().zip(1..) {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let answer: RevealedLine = serde_json::from_str(&line)
                .with_context(|| format!("line {number} of {} is not an answer", path.display()))?;
            answers.insert(key(&answer.id), answer.same_as.as_ref().map(key));
        }
        Ok(Self { answers })
    }

    /// The answer about a ticket, if there is one.
    pub(super) fn about(&self, ticket: &TicketKey) -> Option<RevealedAnswer<'_>> {
        self.answers.get(ticket).map(|same_as| same_as.as_ref().map_or(RevealedAnswer::Alone, RevealedAnswer::SameAs))
    }
}

fn key(value: &Value) -> TicketKey {
    match value {
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}
