//! The machine's reasons as the API shows them: numbers for programs, and a sentence for people beside each.
//!
//! They are read as the grouping stored them. What cannot be read is left out, so that a newer grouping's reasons never
//! take an answer down.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    model::id::{TicketId, TopicId},
    wording::reason,
};

/// Why the machine decided as it did.
#[derive(Serialize, ToSchema)]
pub(super) struct Why {
    /// What was compared with the best candidate's ticket and topic, the strongest first.
    reasons: Vec<Reason>,
    /// Words in common, the strongest first.
    words: Vec<Shared>,
    /// Codes and names in common.
    codes: Vec<Shared>,
    /// Up to ten topics it may belong to, the likeliest first.
    candidates: Vec<Candidate>,
}

/// One thing that was compared.
#[derive(Serialize, ToSchema)]
struct Reason {
    /// The signal's name, which stays the same.
    name: String,
    /// How much of it there was, in the signal's own unit: mostly 0 for nothing to 1 for everything; logarithms for days,
    /// sizes and counts.
    value: f64,
    /// What it added to the log-odds that the ticket belongs there, compared with a usual candidate: positive speaks for it,
    /// negative against it; 0.7 doubles the odds.
    weight: f64,
    /// The same as a sentence.
    says: String,
}

/// A word or code that both have.
#[derive(Serialize, ToSchema)]
struct Shared {
    /// The word's stem, or the code.
    term: String,
    /// Its share in what both have in common, from 0 to 1.
    weight: f64,
}

/// A topic that the ticket may belong to.
#[derive(Serialize, ToSchema)]
struct Candidate {
    /// The topic, as it was called then: it may be merged into another by now.
    topic: TopicId,
    /// Its most similar ticket.
    ticket: Option<TicketId>,
    /// How likely it is, from 0 to 1.
    score: f64,
}

impl Why {
    /// Reads what the grouping stored.
    pub(super) fn read(stored: &Value) -> Self {
        let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |row: &Value, name: &str| row.get(name).and_then(Value::as_f64);
        let shared = |row: &Value| Some(Shared { term: text(row, "term")?, weight: number(row, "weight")? });
        Self {
            reasons: rows(stored, "reasons", |row| {
                let (name, weight) = (text(row, "name")?, number(row, "weight")?);
                Some(Reason { value: number(row, "value")?, says: reason::says(&name, weight), name, weight })
            }),
            words: rows(stored, "words", shared),
            codes: rows(stored, "codes", shared),
            candidates: rows(stored, "candidates", |row| {
                Some(Candidate {
                    topic: TopicId::parse(&text(row, "topic")?)?,
                    ticket: text(row, "ticket").as_deref().and_then(TicketId::parse),
                    score: number(row, "score")?,
                })
            }),
        }
    }
}

fn rows<T>(stored: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    stored.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_reason_has_its_sentence_and_what_cannot_be_read_is_left_out() {
        let why = Why::read(&json!({
            "reasons": [{"name": "same_customer", "value": 1.0, "weight": 0.8}, {"name": 7}],
            "words": [{"term": "export", "weight": 0.6}, "odd"],
            "candidates": [{"topic": "not an id", "score": 0.4}],
        }));
        let shown = serde_json::to_value(&why).expect("plain values");
        let reason = json!({"name": "same_customer", "value": 1.0, "weight": 0.8,
            "says": "The same customer wrote both tickets."});
        assert_eq!(
            shown,
            json!({"reasons": [reason], "words": [{"term": "export", "weight": 0.6}], "codes": [], "candidates": []})
        );
        let nothing = serde_json::to_value(Why::read(&json!(null))).expect("plain values");
        assert_eq!(nothing, json!({"reasons": [], "words": [], "codes": [], "candidates": []}));
    }
}
