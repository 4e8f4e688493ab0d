//! A milestone: one step of a topic on its way back to customers.

mod fact;
mod table;

use serde::{Deserialize, Serialize};

pub use self::{
    fact::MessageFact,
    table::{MilestoneAudience, MilestoneKind, MilestonePlace, MilestoneRules, MilestoneTone, StateChange, TellPolicy},
};
use super::{
    id::{MilestoneId, ReleaseId, TopicId},
    words::words,
};
use crate::base::clock::Time;

words! {
    /// How sure we are that something shipped. Only the first two may send (G5, shipped means in users' hands).
    pub enum Confidence {
        /// The release contains every commit of the fix.
        Proven = "proven",
        /// A person or CI said so.
        Stated = "stated",
        /// It looks like it, and something about it is doubted; a person has to say. It says nothing of likely members.
        Likely = "likely",
    }
}

/// Who takes a step that follows from what Heard found out about a release: it is gone, and no customer and no engineer has
/// said anything against the fix.
pub const BY_HEARD: &str = "heard";

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
    /// When it happened, according to whoever reported it.
    pub at: Time,
    /// The release that carries the fix, for [`MilestoneKind::Shipped`].
    pub release: Option<ReleaseId>,
    /// How sure we are, for [`MilestoneKind::Shipped`].
    pub confidence: Option<Confidence>,
    /// What is not certain about it, as a part of a sentence, where it is only likely.
    pub doubt: Option<String>,
    /// A person's sentence for customers: the workaround, or the reason for a decline.
    pub words: Option<String>,
    /// Who or what said so: `github`, `ci`, `console`, or a person's login.
    pub by: String,
    /// When Heard learned of it.
    pub recorded_at: Time,
}
