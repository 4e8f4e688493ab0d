//! A milestone: one step of a topic on its way back to customers, and how far each is told.

use serde::{Deserialize, Serialize};

use super::{
    id::{MilestoneId, ReleaseId, TopicId},
    words::words,
};
use crate::base::clock::Time;

words! {
    /// The steps.
    pub enum MilestoneKind {
        /// Support asked engineering to look.
        Escalated = "escalated",
        /// Engineering means to do it.
        Planned = "planned",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// The fix is merged. Not shipped.
        FixMerged = "fix_merged",
        /// There is a way around until the fix is out.
        Workaround = "workaround",
        /// A release that customers can use contains every commit of the fix, or a person or CI stated it (G5).
        Shipped = "shipped",
        /// Decided against.
        Declined = "declined",
        /// Merged into another topic.
        Joined = "joined",
        /// Came back after it had shipped, was declined or was merged.
        Reopened = "reopened",
        /// What was told is not true any more.
        Correction = "correction",
        /// Nothing was heard of it for long, and its customers deserve a word.
        Silence = "silence",
    }
}

words! {
    /// How a milestone is told to the customers of its topic.
    pub enum TellPolicy {
        /// Not at all; the customer's own page still shows it.
        Silent = "silent",
        /// An internal note in the ticket, for the agent.
        Note = "note",
        /// A text that waits for a person's approval.
        Draft = "draft",
        /// A reply to the customer, after the hold.
        Send = "send",
    }
}

words! {
    /// How sure we are that something shipped. Only the first two may send (G5).
    pub enum Confidence {
        /// The release contains every commit of the fix.
        Proven = "proven",
        /// A person or CI said so.
        Stated = "stated",
        /// It looks like it; a person has to say.
        Likely = "likely",
    }
}

impl MilestoneKind {
    /// The policy where the settings say nothing.
    pub fn default_policy(self) -> TellPolicy {
        match self {
            Self::Shipped => TellPolicy::Send,
            Self::Declined | Self::Workaround | Self::Correction | Self::Silence => TellPolicy::Draft,
            Self::Escalated | Self::InProgress | Self::FixMerged => TellPolicy::Note,
            Self::Planned | Self::Joined | Self::Reopened => TellPolicy::Silent,
        }
    }

    /// What the policy may be at most: a decline and a correction always need a person.
    pub fn bounded(self, policy: TellPolicy) -> TellPolicy {
        match (self, policy) {
            (Self::Declined | Self::Correction, TellPolicy::Send) => TellPolicy::Draft,
            _ => policy,
        }
    }
}

/// A step that a topic took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Our id.
    pub id: MilestoneId,
    /// The topic.
    pub topic: TopicId,
    /// The step.
    pub kind: MilestoneKind,
    /// The topic's cycle at that time.
    pub cycle: i64,
    /// When it happened, by the clock of whoever reported it.
    pub at: Time,
    /// The release that carries the fix, for [`MilestoneKind::Shipped`].
    pub release: Option<ReleaseId>,
    /// How sure we are, for [`MilestoneKind::Shipped`].
    pub confidence: Option<Confidence>,
    /// A sentence for customers, from a person: the workaround, the reason of a decline.
    pub words: Option<String>,
    /// Who or what said so: `github`, `ci`, `console`, or a person's login.
    pub by: String,
    /// When Heard learned of it.
    pub recorded_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decline_always_needs_a_person() {
        assert_eq!(MilestoneKind::Declined.bounded(TellPolicy::Send), TellPolicy::Draft);
        assert_eq!(MilestoneKind::Shipped.bounded(TellPolicy::Send), TellPolicy::Send);
        for kind in MilestoneKind::ALL {
            assert_eq!(kind.bounded(kind.default_policy()), kind.default_policy());
        }
    }
}
