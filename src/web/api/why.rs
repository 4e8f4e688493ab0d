//! The machine's reasons as the API shows them: numbers for programs, and a sentence for people beside each.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::{
        decision::{GroupingReasons, SharedTerm},
        id::{TicketId, TopicId},
    },
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
    /// What the grouping found, for programs.
    pub(super) fn of(found: &GroupingReasons) -> Self {
        let shared = |shared: &SharedTerm| Shared { term: shared.term.clone(), weight: shared.weight };
        Self {
            reasons: found
                .reasons
                .iter()
                .map(|term| Reason {
                    name: term.name.clone(),
                    value: term.value,
                    weight: term.weight,
                    says: reason::explain(&term.name, term.weight),
                })
                .collect(),
            words: found.words.iter().map(shared).collect(),
            codes: found.codes.iter().map(shared).collect(),
            candidates: found
                .candidates
                .iter()
                .map(|ranked| Candidate { topic: ranked.topic, ticket: Some(ranked.ticket), score: ranked.score })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::decision::ReasonTerm;

    #[test]
    fn every_reason_has_its_sentence() {
        let found = GroupingReasons {
            reasons: vec![ReasonTerm { name: "same_customer".to_owned(), value: 1.0, weight: 0.8 }],
            words: vec![SharedTerm { term: "export".to_owned(), weight: 0.6 }],
            ..GroupingReasons::default()
        };
        let shown = serde_json::to_value(Why::of(&found)).expect("plain values");
        let reason = json!({"name": "same_customer", "value": 1.0, "weight": 0.8,
            "says": "The same customer wrote both tickets."});
        assert_eq!(
            shown,
            json!({"reasons": [reason], "words": [{"term": "export", "weight": 0.6}], "codes": [], "candidates": []})
        );
    }
}
