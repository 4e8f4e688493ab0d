//! A customer of a topic, with everything that decides whether and how they are told of one of its milestones.
//!
//! Recipients are loaded for many customers at once. Planning is a function of them: the database is not asked while it
//! is decided who hears what.

use super::{
    customer::Customer,
    id::{MilestoneId, ReleaseId, TicketId},
    milestone::{Milestone, MilestoneKind},
    ticket::{Ticket, TicketStatus},
    update::{CustomerVerdict, UpdateState},
};
use crate::base::clock::Time;

/// A customer of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipient {
    /// The person.
    pub customer: Customer,
    /// Their tickets in the topic: first those where they still want to be told, and of these the one they last wrote in.
    /// Never empty.
    pub tickets: Vec<RecipientTicket>,
    /// Their updates about the topic, sent or not, from every cycle.
    pub updates: Vec<UpdateSoFar>,
    /// What they said about fixes of the topic, newest first.
    pub verdicts: Vec<VerdictSoFar>,
}

/// One of a recipient's tickets in the topic.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is known or not of a ticket by itself")]
pub struct RecipientTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// When it was linked to the topic.
    pub linked_at: Time,
    /// Whether support escalated the topic from this ticket. If so, its agent got the escalation's own note.
    pub escalated: bool,
    /// The first thing the customer wrote in it publicly; empty if they sent messages without a text alone.
    pub first_words: Option<String>,
    /// Whether no message of it is known: the helpdesk does not say what was written.
    pub is_unread: bool,
    /// Whether an agent ever answered it publicly. If so, they may sign the update.
    pub answered: bool,
    /// The company the ticket was written for.
    pub organization_name: Option<String>,
    /// Whether they want to be told nothing more by the helpdesk of this ticket.
    pub opted_out: bool,
    /// Whether a reply in it reaches other people as well: the helpdesk says so, or another customer's ticket was merged into
    /// it.
    pub is_shared: bool,
    /// How likely it is that it is about the topic, from 0 to 1, while nobody has said so; `None` if it is in the topic.
    pub likely: Option<f64>,
}

/// A recipient's update about the topic, as far as planning needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateSoFar {
    /// About which step. It is another topic's if a merge brought it along.
    pub milestone: MilestoneId,
    /// Of which kind.
    pub kind: MilestoneKind,
    /// In which cycle of the topic it counts. It is negative if a merge brought it along and it was of an earlier cycle already.
    pub cycle: i64,
    /// The release that it tells of. Where somebody stated that version, it is the one that the topic's own step names.
    pub release: Option<ReleaseId>,
    /// Its state.
    pub state: UpdateState,
    /// When the customer got it.
    pub sent_at: Option<Time>,
    /// The ticket it is for.
    pub ticket: TicketId,
    /// Whether it was for somebody else, to whom the ticket belonged then. It may have been another record of the same
    /// person.
    pub for_another: bool,
}

/// A recipient's verdict on a fix of the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictSoFar {
    /// What they said.
    pub verdict: CustomerVerdict,
    /// In which cycle.
    pub cycle: i64,
    /// When.
    pub said_at: Time,
}

impl UpdateSoFar {
    /// Whether it is of this step, or tells the same in this cycle, and a merge brought it along. Of a fix only the same release is
    /// the same.
    fn is_about(&self, step: &Milestone) -> bool {
        let is_the_same = step.kind != MilestoneKind::Shipped || step.release.is_some() && self.release == step.release;
        self.milestone == step.id || (self.kind, self.cycle) == (step.kind, step.cycle) && is_the_same
    }
}

impl RecipientTicket {
    /// Whether it is only likely to be about the topic: nobody has said so.
    pub fn is_likely(&self) -> bool {
        self.likely.is_some()
    }
}

impl Recipient {
    /// Whether they are a likely member alone: none of their tickets is in the topic.
    pub fn is_likely(&self) -> bool {
        self.tickets.first().is_some_and(RecipientTicket::is_likely)
    }

    /// The tickets that still exist and that the customer may be written to in: what they wrote there is public, or nothing is
    /// known of what was written there (G6, nothing private leaves).
    pub fn reachable(&self) -> impl Iterator<Item = &RecipientTicket> {
        self.existing().filter(|one| one.first_words.is_some() || one.is_unread)
    }

    /// The tickets that still exist and that the customer knows of.
    pub fn existing(&self) -> impl Iterator<Item = &RecipientTicket> {
        self.tickets.iter().filter(|one| one.ticket.status != TicketStatus::Deleted && !one.ticket.internal)
    }

    /// Whether a ticket of theirs was told of this step while it belonged to somebody else.
    pub fn may_know(&self, step: &Milestone) -> bool {
        let knows = |update: &UpdateSoFar| update.for_another && update.state.may_have_arrived();
        self.updates.iter().any(|update| knows(update) && update.is_about(step))
    }

    /// Whether a merge brought an update along that told them of a fix in this cycle, or may yet: one topic is told by itself once.
    pub fn may_know_from_a_merge(&self, step: &Milestone) -> bool {
        self.brought_along(step).any(|update| update.state.is_owed() || update.state.may_have_arrived())
    }

    /// The updates of a shipped fix that a merge brought along, and that count in the cycle of this step.
    fn brought_along(&self, step: &Milestone) -> impl Iterator<Item = &UpdateSoFar> {
        self.updates.iter().filter(move |update| {
            step.kind == MilestoneKind::Shipped
                && update.milestone != step.id
                && (update.kind, update.cycle) == (step.kind, step.cycle)
        })
    }

    /// The tickets in which they can be told of a step: those that were not told of it yet, whoever it was for (G4, one update
    /// per customer and milestone).
    pub fn untold(&self, step: &Milestone) -> impl Iterator<Item = &RecipientTicket> {
        self.reachable().filter(move |one| {
            !self.updates.iter().any(|update| {
                update.ticket == one.ticket.id && update.is_about(step) && update.state.may_have_arrived()
            })
        })
    }

    /// When they first wrote about the topic.
    pub fn first_wrote_at(&self) -> Option<Time> {
        self.tickets.iter().map(|one| one.ticket.created_at).min()
    }

    /// Whether they already have an update about this step, sent or not. A second one is never planned (G4, one update
    /// per customer and milestone).
    pub fn has_update(&self, step: &Milestone) -> bool {
        self.updates.iter().any(|update| !update.for_another && update.is_about(step))
    }

    /// Whether they were told in this cycle that the topic shipped.
    pub fn was_told_of_the_fix(&self, cycle: i64) -> bool {
        self.fixes_told().any(|update| update.cycle == cycle)
    }

    /// Whether they were told in this cycle that it shipped and heard nothing against it since: neither was it corrected,
    /// nor did they say that it is still broken.
    pub fn still_believes(&self, cycle: i64) -> bool {
        let corrected = |update: &UpdateSoFar| {
            update.kind == MilestoneKind::Correction && update.cycle == cycle && update.state.may_have_arrived()
        };
        let broken = |said: &VerdictSoFar| said.verdict == CustomerVerdict::StillBroken && said.cycle >= cycle;
        self.was_told_of_the_fix(cycle) && !self.updates.iter().any(corrected) && !self.verdicts.iter().any(broken)
    }

    /// The updates that told them of a fix, or may have.
    pub fn fixes_told(&self) -> impl Iterator<Item = &UpdateSoFar> {
        self.updates.iter().filter(|update| {
            update.kind == MilestoneKind::Shipped && matches!(update.state, UpdateState::Sent | UpdateState::InDoubt)
        })
    }

    /// Whether they have an update about a merge, or were told how the topic ended, in whatever cycle.
    pub fn knows_where_it_went(&self) -> bool {
        self.updates.iter().any(|update| match update.kind {
            MilestoneKind::Joined => true,
            MilestoneKind::Shipped | MilestoneKind::Declined => update.state.may_have_arrived(),
            _ => false,
        })
    }

    /// Whether any update about the topic reached them after this time.
    pub fn heard_after(&self, since: Time) -> bool {
        self.updates.iter().any(|update| update.sent_at.is_some_and(|at| at > since))
    }
}
