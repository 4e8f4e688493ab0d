//! What the grouping decided about a ticket, and why. It is stored with the link as it is.

use serde::{Deserialize, Serialize};

use crate::ticket::{TicketKey, TicketKind, TopicKey};

/// What the machine does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineVerdict {
    /// Sure enough to put the ticket into the topic.
    Join,
    /// A person should say which of the candidates it is, if any.
    Ask,
    /// No earlier ticket is about this.
    New,
}

/// A topic that the ticket may belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicCandidate {
    /// The topic.
    pub topic: TopicKey,
    /// The topic's most similar ticket.
    pub ticket: TicketKey,
    /// How probable it is that the ticket belongs there.
    pub score: f64,
    /// The pair and topic features behind the score. A later correction is learned from with them.
    #[serde(rename = "evidence", default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<f32>,
}

/// One term of the best candidate's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionReason {
    /// The feature's name, such as `words_in_subject`.
    pub name: String,
    /// The feature's value.
    pub value: f64,
    /// What it added to the log-odds, compared with a usual candidate.
    pub weight: f64,
}

/// A word or code that both tickets have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchedTerm {
    /// The word's term, as [`crate::highlights`] finds it in a text, or the code.
    pub term: String,
    /// Its share in the similarity of the two.
    pub weight: f64,
}

/// What was decided about a ticket, given everything placed before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketDecision {
    /// The ticket.
    pub ticket: TicketKey,
    /// What the machine does by itself.
    pub verdict: MachineVerdict,
    /// The best candidate's topic.
    pub topic: Option<TopicKey>,
    /// How probable it is that the best candidate is right; 0 without one.
    pub score: f64,
    /// Log-odds that the best candidate is right if duplicates and new topics were equally common, that is without this
    /// installation's duplicate prior. `None` without a candidate.
    #[serde(rename = "belief")]
    pub match_log_odds: Option<f32>,
    /// Up to ten topics, best first; a question offers the first [`CHOICES`](crate::CHOICES).
    pub candidates: Vec<TopicCandidate>,
    /// The ticket's kind: as stated, or the likeliest.
    pub kind: TicketKind,
    /// How probable that kind is.
    pub kind_score: f64,
    /// The terms of the best candidate's score, strongest first.
    pub reasons: Vec<DecisionReason>,
    /// Words shared with the best candidate's ticket, strongest first.
    pub words: Vec<MatchedTerm>,
    /// Codes shared with it.
    pub codes: Vec<MatchedTerm>,
    /// The ticket's fingerprint.
    pub fingerprint: String,
    /// The version of the weights that decided.
    pub weights: String,
    /// The mark that decided, if one did: see [`TicketDecision::mark`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// The ticket that has it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked: Option<TicketKey>,
    /// The calibration features of the best candidate, to learn from.
    #[serde(rename = "evidence", default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<f32>,
}

/// From this probability on a question counts as answered "same" wherever the likeliest answer is needed.
const EVEN_ODDS: f64 = 0.5;

impl TicketDecision {
    /// The earlier topic that the ticket probably belongs to, if there is one.
    #[must_use]
    pub fn likely_topic(&self) -> Option<&TopicKey> {
        self.topic.as_ref().filter(|_| self.verdict == MachineVerdict::Join || self.score >= EVEN_ODDS)
    }

    /// A mark that has proven itself says more than was found: with this share, the ticket is in the topic of an earlier one that has
    /// it, too. It makes a likely topic and never a join. Nothing is changed about the candidates, from which a correction is learned.
    pub fn mark(&mut self, mark: &str, topic: &TopicKey, ticket: &TicketKey, share: f64) {
        if self.verdict == MachineVerdict::Join || share <= self.score {
            return;
        }
        self.verdict = MachineVerdict::Ask;
        self.topic = Some(topic.clone());
        self.score = rounded_share(share);
        self.mark = Some(mark.to_owned());
        self.reasons.retain(|reason| Some(&reason.name) != self.mark.as_ref());
        let weight = rounded_share((share / (1.0 - share)).ln());
        self.reasons.insert(0, DecisionReason { name: mark.to_owned(), value: 1.0, weight });
        self.marked = Some(ticket.clone());
    }

    /// The candidate that a mark names.
    #[must_use]
    pub fn said_by_a_mark(&self) -> Option<TopicCandidate> {
        let (topic, ticket) = self.mark.as_ref().and(self.topic.clone().zip(self.marked.clone()))?;
        Some(TopicCandidate { topic, ticket, score: self.score, features: Vec::new() })
    }

    /// The part of it that placing the ticket needs.
    #[must_use]
    pub fn placement(&self) -> Placement {
        Placement { match_log_odds: self.match_log_odds, likely: self.likely_topic().cloned(), kind: Some(self.kind) }
    }
}

/// The part of a decision that placing its ticket needs. A start reads nothing else of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Placement {
    /// [`TicketDecision::match_log_odds`]
    pub match_log_odds: Option<f32>,
    /// [`TicketDecision::likely_topic`]
    pub likely: Option<TopicKey>,
    /// [`TicketDecision::kind`]. Given as [`TicketText::kind`](crate::TicketText::kind), it need not be predicted again.
    pub kind: Option<TicketKind>,
}

/// Scores are compared and stored with four digits.
pub(crate) fn rounded(score: f32) -> f64 {
    (f64::from(score) * 10_000.0).round() / 10_000.0
}

fn rounded_share(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Features and log-odds are stored with three digits.
pub(crate) fn shortened(feature: f32) -> f32 {
    (feature * 1000.0).round() / 1000.0
}
