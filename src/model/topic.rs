//! A topic: one recurring bug, feature request or question, with every ticket that raises it.

use serde::{Deserialize, Serialize};

use super::{id::TopicId, words::words};
use crate::base::clock::Time;

words! {
    /// What a topic is about.
    pub enum TopicKind {
        /// Something does not do what it should.
        Bug = "bug",
        /// Something is wished for.
        FeatureRequest = "feature_request",
        /// Something is not understood.
        Question = "question",
    }
}

words! {
    /// Where a topic is on its way back to the customers who raised it.
    pub enum TopicState {
        /// Customers told us; nobody in engineering has seen it.
        Open = "open",
        /// Support asked engineering to look; the issue may not exist yet.
        Escalated = "escalated",
        /// Engineering means to do it.
        Planned = "planned",
        /// Somebody works on it.
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
    /// Whether the topic waits for nothing more from engineering.
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
    /// What people call it.
    pub title: String,
    /// One sentence that may be told to customers about what was done, written or approved by a person.
    pub summary: Option<String>,
    /// Tickets of different brands never share a topic.
    pub brand: Option<String>,
    /// Where it is.
    pub state: TopicState,
    /// How often it was reopened after it had shipped or was declined; part of the key of an update (G4).
    pub cycle: i64,
    /// The topic it was merged into.
    pub merged_into: Option<TopicId>,
    /// The repository its issue belongs into, once chosen.
    pub repository: Option<String>,
    /// When the first ticket was written.
    pub first_seen_at: Time,
    /// When the newest ticket was written.
    pub last_seen_at: Time,
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
