//! An update: what one customer is told about one milestone of one topic, and what they answer.

use serde::{Deserialize, Serialize};

use super::{
    id::{CustomerId, MilestoneId, TicketId, TopicId, UpdateId},
    milestone,
    words::words,
};
use crate::base::clock::Time;

words! {
    /// Where an update is. None is ever lost: it ends as sent, skipped, cancelled, failed or in doubt, each with its reason
    /// (G4, told once).
    pub enum UpdateState {
        /// Waits for a person's approval.
        Draft = "draft",
        /// Will be sent when its time comes.
        Held = "held",
        /// The call is running, or its outcome is being looked up.
        Sending = "sending",
        /// The customer has it.
        Sent = "sent",
        /// Not for this customer: they opted out, asked after the fact, or were told together with the next update.
        Skipped = "skipped",
        /// Cancelled before it was sent.
        Cancelled = "cancelled",
        /// It could not be sent. A person can try again.
        Failed = "failed",
        /// Nobody knows whether the customer has it, and the helpdesk cannot be read. It is never sent again before a
        /// person has looked in the ticket (G4).
        InDoubt = "in_doubt",
    }
}

/// Why an update is not for somebody who opted out.
pub const WANTS_SILENCE: &str = "They asked not to be told anything more.";
/// Why an update was cancelled that a person took back.
pub const CANCELLED_BY_A_PERSON: &str = "Cancelled by a person.";
/// Why an update was cancelled that a person took back without knowing whether it was sent.
pub const CANCELLED_IN_DOUBT: &str = "Cancelled by a person, while nobody knew whether it was sent.";

impl UpdateState {
    /// In the order in which people care: what waits for them, what is being sent, what was told, what was not.
    pub const BY_CONCERN: [Self; 8] = [
        Self::Draft,
        Self::InDoubt,
        Self::Held,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Cancelled,
        Self::Skipped,
    ];

    /// Whether a person can approve it.
    pub fn can_be_approved(self) -> bool {
        self == Self::Draft || self.waits_for_a_person()
    }

    /// Whether a person can say when it goes out.
    pub fn can_be_timed(self) -> bool {
        self == Self::Held
    }

    /// Whether a person can take it back.
    pub fn can_be_cancelled(self) -> bool {
        self.is_unsent() || self.waits_for_a_person()
    }

    /// Whether a person can note what the customer said about it.
    pub fn can_be_answered(self) -> bool {
        self == Self::Sent
    }

    /// Whether it can still be changed or taken back.
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Draft | Self::Held)
    }

    /// Whether the customer may still get it without anybody trying again.
    pub fn is_waiting(self) -> bool {
        self.is_unsent() || self == Self::Sending
    }

    /// Whether it goes out only once a person acts.
    fn waits_for_a_person(self) -> bool {
        matches!(self, Self::Failed | Self::InDoubt)
    }

    /// Whether the customer has it, or may have it.
    pub fn may_have_arrived(self) -> bool {
        matches!(self, Self::Sending | Self::Sent | Self::InDoubt)
    }

    /// Whether the customer is still owed it.
    pub fn is_owed(self) -> bool {
        self.is_waiting() || self.waits_for_a_person()
    }
}

words! {
    /// The customer's verdict on a fix.
    pub enum CustomerVerdict {
        /// It works for them.
        Works = "works",
        /// It does not.
        StillBroken = "still_broken",
    }
}

words! {
    /// How the verdict reached us.
    pub enum Via {
        /// The customer's own page.
        Page = "page",
        /// A reply in the ticket.
        Reply = "reply",
        /// A satisfaction rating in the helpdesk.
        Rating = "rating",
        /// An agent noted it on their behalf.
        Agent = "agent",
    }
}

/// Where an update is, with what is known there. A reason is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpdateStanding {
    /// It waits for a person, for this reason.
    Draft(String),
    /// It is sent when its time comes.
    Held {
        /// The earliest time.
        until: Time,
        /// Why that is later than planned.
        why: Option<String>,
    },
    /// The call is running, or its outcome is being looked up.
    Sending,
    /// The customer has it, since this time.
    Sent(Time),
    /// It is not for this customer, for this reason.
    Skipped(String),
    /// It was cancelled before it was sent, for this reason.
    Cancelled(String),
    /// It could not be sent, for this reason.
    Failed(String),
    /// Nobody knows whether the customer has it, for this reason.
    InDoubt(String),
}

impl UpdateStanding {
    /// Held until this time, as planned.
    pub fn held(until: Time) -> Self {
        Self::Held { until, why: None }
    }

    /// The state.
    pub fn state(&self) -> UpdateState {
        match self {
            Self::Draft(_) => UpdateState::Draft,
            Self::Held { .. } => UpdateState::Held,
            Self::Sending => UpdateState::Sending,
            Self::Sent(_) => UpdateState::Sent,
            Self::Skipped(_) => UpdateState::Skipped,
            Self::Cancelled(_) => UpdateState::Cancelled,
            Self::Failed(_) => UpdateState::Failed,
            Self::InDoubt(_) => UpdateState::InDoubt,
        }
    }

    /// Why it is there, with a line for each reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Draft(why) | Self::Skipped(why) | Self::Cancelled(why) | Self::Failed(why) | Self::InDoubt(why) => {
                Some(why)
            }
            Self::Held { why, .. } => why.as_deref(),
            Self::Sending | Self::Sent(_) => None,
        }
    }

    /// The same for people, in one line. Of one that was cancelled, not what it had waited for before.
    pub fn says_why(&self) -> Option<String> {
        let cancelled = matches!(self, Self::Cancelled(_));
        self.reason().map(|why| why.lines().take(if cancelled { 1 } else { usize::MAX }).collect::<Vec<_>>().join(" "))
    }

    /// When it may be sent at the earliest. Only of one that will be.
    pub fn due_at(&self) -> Option<Time> {
        if let Self::Held { until, .. } = self { Some(*until) } else { None }
    }

    /// When the customer got it.
    pub fn sent_at(&self) -> Option<Time> {
        if let Self::Sent(at) = self { Some(*at) } else { None }
    }
}

/// An update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Our id.
    pub id: UpdateId,
    /// The customer it is for. Unique together with the step (G4).
    pub customer: CustomerId,
    /// The topic it is about: the one that carries on, where its own was merged.
    pub topic: TopicId,
    /// The step it is about. It stays the step of the topic that it was planned in.
    pub milestone: MilestoneId,
    /// The kind of that step.
    pub kind: milestone::MilestoneKind,
    /// In which cycle of the topic it counts. It is -1 if a merge brought it there and it was of an earlier cycle already.
    pub cycle: i64,
    /// The ticket it is for.
    pub ticket: TicketId,
    /// Where it is.
    pub standing: UpdateStanding,
    /// Plain text as it is or was sent. A person's edit replaces it.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// What the customer answered, while a person has to say what it means.
    pub unclear: Option<String>,
    /// When a person wants it sent, while it is held.
    pub wish: Option<TimeWish>,
    /// Whether it was planned for a likely member, of whom nobody had said that they ask for the same: it does not claim to know.
    pub likely: bool,
}

/// When a person wants an update sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeWish {
    /// Not before the time until which it is held, as this person said.
    NotBefore(String),
    /// At once, whatever the hour.
    AtOnce,
}

impl Update {
    /// Its state.
    pub fn state(&self) -> UpdateState {
        self.standing.state()
    }

    /// Who holds it until its time, if a person does.
    pub fn held_by(&self) -> Option<&str> {
        if let Some(TimeWish::NotBefore(by)) = &self.wish { Some(by) } else { None }
    }
}
