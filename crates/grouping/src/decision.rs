//! What the grouping decided about a ticket, and why: stored with the link as it is.

use serde::{Deserialize, Serialize};

use super::text::{Kind, TicketKey, TopicKey};

/// What the machine does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Sure enough to put the ticket into the topic.
    Join,
    /// A person should say which of the candidates it is, if any.
    Ask,
    /// Nothing earlier tells of this.
    New,
}

/// A topic the ticket may belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The topic.
    pub topic: TopicKey,
    /// Its ticket that is most similar.
    pub ticket: TicketKey,
    /// How probable it is that the ticket belongs there.
    pub score: f64,
    /// The signals the score was made of; a later correction is learned from with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<f32>,
}

/// One term of the best candidate's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What was compared, such as `words_in_subject`.
    pub name: String,
    /// How much it was there.
    pub value: f64,
    /// What it added to the log-odds, compared with a usual candidate.
    pub weight: f64,
}

/// A word or code that stands in both tickets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// The word's term, as [`crate::marks`] finds it in a text, or the code.
    pub term: String,
    /// Its share in the similarity of both.
    pub weight: f64,
}

/// What was decided about a ticket, on what came before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The ticket.
    pub ticket: TicketKey,
    /// What the machine does by itself.
    pub verdict: Verdict,
    /// The best candidate's topic.
    pub topic: Option<TopicKey>,
    /// How probable it is that the best candidate is right; 0 without one.
    pub score: f64,
    /// Log-odds at even rates that the best candidate is right, before it was taken into account
    /// how often tickets repeat here; `None` without a candidate.
    pub belief: Option<f32>,
    /// Up to ten topics, best first; a question offers the first [`CHOICES`](super::CHOICES).
    pub candidates: Vec<Candidate>,
    /// The ticket's kind: as stated, or the likeliest.
    pub kind: Kind,
    /// How probable that kind is.
    pub kind_score: f64,
    /// The terms of the best candidate's score, strongest first.
    pub reasons: Vec<Reason>,
    /// Words in common with the best candidate's ticket, strongest first.
    pub words: Vec<Match>,
    /// Codes in common with it.
    pub codes: Vec<Match>,
    /// The ticket's fingerprint.
    pub fingerprint: String,
    /// Which weights decided.
    pub weights: String,
    /// The signals that the best candidate's probability was made of, for learning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<f32>,
}

/// A question that is at least this likely to be answered "same" counts as answered so, where a
/// likelihood is needed.
const EVEN_ODDS: f64 = 0.5;

impl Decision {
    /// The topic that the ticket likely belongs to, if it is one that came before.
    #[must_use]
    pub fn likely_topic(&self) -> Option<&TopicKey> {
        self.topic.as_ref().filter(|_| self.verdict == Verdict::Join || self.score >= EVEN_ODDS)
    }

    /// What of it is needed to place the ticket.
    #[must_use]
    pub fn gist(&self) -> Gist {
        Gist { belief: self.belief, likely: self.likely_topic().cloned(), kind: Some(self.kind) }
    }
}

/// What of a decision is needed to place its ticket. It is all that a start reads of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gist {
    /// [`Decision::belief`]
    pub belief: Option<f32>,
    /// [`Decision::likely_topic`]
    pub likely: Option<TopicKey>,
    /// [`Decision::kind`]: as [`Text::kind`](super::Text::kind) it need not be judged again.
    pub kind: Option<Kind>,
}

/// Scores are compared and stored with four digits.
pub(crate) fn rounded(score: f32) -> f64 {
    (f64::from(score) * 10_000.0).round() / 10_000.0
}
