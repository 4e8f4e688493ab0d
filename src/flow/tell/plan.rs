//! What one recipient hears of one step of a topic. It depends on the two and on the policy, and on nothing else.

use std::time::Duration;

use super::waiting::{DraftReason, doubted, together};
use crate::{
    base::clock::Time,
    model::{
        milestone::{Confidence, Milestone, MilestoneAudience, MilestoneKind, TellPolicy},
        recipient::{Recipient, RecipientTicket},
        ticket::TicketStatus,
        update::{CustomerVerdict, UpdateStanding, WANTS_SILENCE},
    },
};

/// A ticket that was linked within this time of the release counts as linked before it.
const LINKED_IN_TIME: Duration = Duration::from_mins(5);

/// What to do for one recipient.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plan<'r> {
    /// Nothing.
    Nothing,
    /// The agents of these tickets get an internal note. The customer hears nothing.
    Notes(Vec<&'r RecipientTicket>),
    /// They first wrote after the release: for them it is not fixed, or not known to be. The ticket's agent gets a
    /// note, and the customer hears nothing (G5, shipped means in users' hands).
    Regression(&'r RecipientTicket),
    /// An update is written for this ticket.
    Update {
        /// The ticket whose words are quoted. They are answered in it, unless another is more recent when the update is
        /// sent.
        ticket: &'r RecipientTicket,
        /// Where the update starts.
        planned: PlannedState,
    },
}

/// Where a new update starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlannedState {
    /// It goes out by itself when its time comes.
    Held,
    /// It waits for a person, for each of these reasons.
    Draft(Vec<DraftReason>),
    /// This recipient is left out.
    Skipped(SkipReason),
}

/// Why a recipient is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SkipReason {
    /// They asked for it.
    OptedOut,
    /// It already works for them. A fix for the others is no news to them.
    WorksForThem,
}

impl SkipReason {
    /// The reason as support reads it.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::OptedOut => WANTS_SILENCE,
            Self::WorksForThem => "They had said that it works for them.",
        }
    }
}

impl PlannedState {
    /// The state once the text is written. A doubt is told in words that are certain, so they wait for a person in any case.
    pub(super) fn with_text(self, reviewed: bool) -> Self {
        match self {
            Self::Held if !reviewed => Self::Draft(vec![DraftReason::Unreviewed]),
            Self::Draft(mut reasons) if !reviewed && !reasons.contains(&DraftReason::Doubted) => {
                reasons.push(DraftReason::Unreviewed);
                Self::Draft(reasons)
            }
            other => other,
        }
    }

    /// Where the update is once it is stored. `due` is when it may go out.
    /// `doubt` is what is not certain about a fix that is only likely to be out.
    pub(super) fn standing(self, due: Time, doubt: Option<&str>) -> UpdateStanding {
        match self {
            Self::Held => UpdateStanding::held(due),
            Self::Draft(reasons) => {
                let doubt = doubt.map(doubted);
                let sentence = |reason: &DraftReason| match (reason, &doubt) {
                    (DraftReason::Doubted, Some(doubt)) => doubt.clone(),
                    (reason, _) => reason.sentence().to_owned(),
                };
                let sentences: Vec<String> = reasons.iter().map(sentence).collect();
                UpdateStanding::Draft(together(sentences.iter().map(String::as_str)))
            }
            Self::Skipped(reason) => UpdateStanding::Skipped(reason.sentence().to_owned()),
        }
    }
}

/// Decides what a recipient hears of a step. Customers are told of a silence once nothing was heard of the topic for
/// `silence`; without it, never.
pub(super) fn plan<'r>(
    recipient: &'r Recipient,
    step: &Milestone,
    policy: TellPolicy,
    silence: Option<Duration>,
) -> Plan<'r> {
    // A doubt is a question to whoever releases its drafts, and no fact for anybody else.
    let doubted = step.kind == MilestoneKind::Shipped && step.confidence == Some(Confidence::Likely);
    let Some(ticket) = recipient.reachable().next() else {
        return if doubted { Plan::Nothing } else { notes_for_the_unreachable(recipient, policy) };
    };
    match policy {
        TellPolicy::Silent => return Plan::Nothing,
        TellPolicy::Note if doubted => return Plan::Nothing,
        TellPolicy::Note => return notes(recipient, step),
        TellPolicy::Draft | TellPolicy::Send => {}
    }
    let concerns_them = match step.kind.rules().audience {
        MilestoneAudience::Everybody => true,
        MilestoneAudience::StillWaiting => !recipient.knows_where_it_went(),
        MilestoneAudience::ToldOfTheFix => recipient.was_told_of_the_fix(step.cycle),
        MilestoneAudience::WaitingForLong => silence.is_some_and(|silence| waits_for_long(recipient, step, silence)),
    };
    if !concerns_them {
        return Plan::Nothing;
    }
    if step.kind == MilestoneKind::Shipped && recipient.first_wrote_at().is_some_and(|at| at > step.at) {
        return if doubted { Plan::Nothing } else { Plan::Regression(ticket) };
    }
    if recipient.has_update(step) {
        return Plan::Nothing;
    }
    let Some(ticket) = recipient.untold(step).next() else { return Plan::Nothing };
    Plan::Update { ticket, planned: planned(recipient, ticket, step, policy) }
}

/// A ticket that an agent opened, and in which the customer has written nothing: they are not written to by Heard, and the
/// agent, who can tell them, reads how it stands.
fn notes_for_the_unreachable(recipient: &Recipient, policy: TellPolicy) -> Plan<'_> {
    let known: Vec<&RecipientTicket> = recipient.existing().collect();
    if known.is_empty() || policy == TellPolicy::Silent { Plan::Nothing } else { Plan::Notes(known) }
}

/// The tickets whose agents get a note: those that somebody works on. The ticket that was escalated already has the escalation's own
/// note.
fn notes<'r>(recipient: &'r Recipient, step: &Milestone) -> Plan<'r> {
    let is_news = |one: &&RecipientTicket| step.kind != MilestoneKind::Escalated || !one.escalated;
    Plan::Notes(recipient.existing().filter(is_news).filter(|one| is_worked_on(one)).collect())
}

/// Whether somebody of support works on a ticket, as far as the helpdesk says: it is not solved, and somebody looks after it, has
/// answered in it, or has escalated its topic from it. What the helpdesk does not say is not taken for yes: a note that nobody waits
/// for takes a call from a reply, and whoever takes the ticket up sees in the console how it stands.
fn is_worked_on(one: &RecipientTicket) -> bool {
    let is_open = matches!(one.ticket.status, TicketStatus::Open | TicketStatus::Pending);
    is_open && (one.ticket.agent_external_id.is_some() || one.answered || one.escalated)
}

/// Whether they wrote long before the silence was noticed, and have heard nothing of the topic since.
fn waits_for_long(recipient: &Recipient, step: &Milestone, silence: Duration) -> bool {
    let since = step.at.minus(silence);
    recipient.first_wrote_at().is_some_and(|at| at <= since) && !recipient.heard_after(since)
}

/// Why a recipient is told nothing about a step in a ticket of theirs.
pub(super) fn left_out(recipient: &Recipient, ticket: &RecipientTicket, kind: MilestoneKind) -> Option<SkipReason> {
    if recipient.customer.opted_out_at.is_some() || ticket.opted_out {
        return Some(SkipReason::OptedOut);
    }
    let works = recipient.verdicts.first().is_some_and(|said| said.verdict == CustomerVerdict::Works);
    (works && kind == MilestoneKind::Shipped).then_some(SkipReason::WorksForThem)
}

/// Where an update about a step starts, whether or not they have one already.
pub(super) fn planned(
    recipient: &Recipient,
    ticket: &RecipientTicket,
    step: &Milestone,
    policy: TellPolicy,
) -> PlannedState {
    if let Some(reason) = left_out(recipient, ticket, step.kind) {
        return PlannedState::Skipped(reason);
    }
    let mut reasons = Vec::new();
    let mut linked_late = false;
    if step.kind == MilestoneKind::Shipped {
        if step.confidence == Some(Confidence::Likely) {
            reasons.push(DraftReason::Doubted);
        }
        let known_at = step.at.max(step.recorded_at).plus(LINKED_IN_TIME);
        linked_late = recipient.tickets.iter().all(|one| one.linked_at > known_at);
    }
    if recipient.may_know(step) {
        reasons.push(DraftReason::MayKnow);
    }
    if recipient.may_know_from_a_merge(step) {
        reasons.push(DraftReason::ToldInMerged);
    }
    if linked_late {
        reasons.push(DraftReason::LinkedLate);
    }
    if policy == TellPolicy::Draft {
        reasons.push(DraftReason::Policy);
    }
    if reasons.is_empty() { PlannedState::Held } else { PlannedState::Draft(reasons) }
}

#[cfg(test)]
mod tests;
