//! A topic: one recurring bug, feature request or question, with every ticket that raises it.

use serde::{Deserialize, Serialize};

use super::{id::TopicId, words::words};
use crate::base::clock::Time;

words! {
    /// What a topic is about.
    pub enum TopicKind {
        /// Something does not do what it should.
        Bug = "bug",
        /// Somebody wishes for something.
        FeatureRequest = "feature_request",
        /// Somebody does not understand something.
        Question = "question",
    }
}

words! {
    /// How far a topic is on its way back to the customers who raised it.
    pub enum TopicState {
        /// Customers told us; nobody in engineering has seen it.
        Open = "open",
        /// Support asked engineering to look; the issue may not exist yet.
        Escalated = "escalated",
        /// Engineering intends to do it.
        Planned = "planned",
        /// Somebody is working on it.
        InProgress = "in_progress",
        /// A fix is merged, but no customer has it yet.
        FixMerged = "fix_merged",
        /// In a release customers can use.
        Shipped = "shipped",
        /// Decided against.
        Declined = "declined",
        /// Merged into another topic, which carries on.
        Merged = "merged",
    }
}

impl TopicState {
    /// Whether engineering has nothing more to do for it.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Shipped | Self::Declined | Self::Merged)
    }

    /// How far along it is. Only a merge comes after the end.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Escalated => 1,
            Self::Planned => 2,
            Self::InProgress => 3,
            Self::FixMerged => 4,
            Self::Shipped | Self::Declined => 5,
            Self::Merged => 6,
        }
    }
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Our id.
    pub id: TopicId,
    /// What it is about.
    pub kind: TopicKind,
    /// Whether a person said so, or the machine is sure above its bound.
    pub kind_is_sure: bool,
    /// What people call it.
    pub title: String,
    /// One sentence about what was done, which customers may be told. A person wrote or approved it.
    pub summary: Option<String>,
    /// Tickets of different brands never share a topic.
    pub brand: Option<String>,
    /// How far it is.
    pub state: TopicState,
    /// How often it was reopened. Part of an update's key (G4, one update per customer and milestone).
    pub cycle: i64,
    /// The topic it was merged into.
    pub merged_into: Option<TopicId>,
    /// The repository for its issue, once chosen.
    pub repository: Option<String>,
    /// When the first ticket was written.
    pub first_seen_at: Time,
    /// When the newest ticket was written.
    pub last_seen_at: Time,
}

impl Topic {
    /// Its kind for customers. Where it is not sure they read words that are true of a bug and of a wish alike.
    #[must_use]
    pub fn spoken_kind(&self) -> TopicKind {
        if self.kind_is_sure { self.kind } else { TopicKind::Question }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for state in TopicState::ALL {
            assert_eq!(TopicState::parse(state.as_str()), Some(*state));
        }
        assert_eq!(TopicKind::parse("feature"), None);
    }
}
