//! Likely members who are told of a fix by themselves (`tell.likely_above`): of whom nobody has said that they ask for the same, and who
//! most probably do. They are told in words that do not claim to know, and of nothing else but that it was taken back.

use std::time::Duration;

use super::{
    plan::{Plan, PlannedState},
    waiting::DraftReason,
};
use crate::{
    base::clock::Time,
    flow::{app::App, error::Error},
    model::{
        milestone::{Milestone, MilestoneKind},
        recipient::{Recipient, RecipientTicket},
        ticket::Ticket,
        update::Update,
    },
    settings::TellSettings,
    store::{Tx, recipients, tickets},
};

/// Whoever is planned later than this after a fix was known waits for a person, as when the setting is new.
const NEWS_FOR: Duration = Duration::from_hours(24);

/// What is planned for a recipient, without what is for those alone who are sure: notes for agents, and steps on the way.
pub(super) fn only_if_told<'r>(
    tell: &TellSettings,
    recipient: &Recipient,
    step: &Milestone,
    now: Time,
    planned: Plan<'r>,
) -> Plan<'r> {
    let goes = match &planned {
        Plan::Update { ticket, .. } => is_told(tell, ticket, step.kind),
        _ => !recipient.is_likely(),
    };
    let is_old = is_no_news(step, now);
    match planned {
        _ if !goes => Plan::Nothing,
        Plan::Update { ticket, planned: PlannedState::Held } if is_old && ticket.is_likely() => {
            Plan::Update { ticket, planned: PlannedState::Draft(vec![DraftReason::LikelyLate]) }
        }
        planned => planned,
    }
}

/// Whether a fix was known for so long that nobody is told of it who is only likely to ask for it before a person has looked.
fn is_no_news(step: &Milestone, now: Time) -> bool {
    step.kind == MilestoneKind::Shipped && step.at.max(step.recorded_at).plus(NEWS_FOR) < now
}

/// Whether a customer may be told of such a step in a ticket. A correction is for whoever was told, whatever the bound is by now.
pub(super) fn is_told(tell: &TellSettings, one: &RecipientTicket, kind: MilestoneKind) -> bool {
    let Some(likelihood) = one.likely else { return true };
    match kind {
        MilestoneKind::Shipped => tell.likely_above.is_some_and(|least| likelihood >= least),
        MilestoneKind::Correction => true,
        _ => false,
    }
}

/// The tickets in which an update may be told: those of the customer in the topic. Of what was planned for a likely member, where none
/// is in it, those that are still likely enough to be about it.
pub(super) async fn theirs(app: &App, tx: &mut Tx, update: &Update) -> Result<Vec<Ticket>, Error> {
    let sure = tickets::of_customer(tx, update.customer, update.topic).await?;
    if !sure.is_empty() || !update.likely {
        return Ok(sure);
    }
    let Some(recipient) = recipients::one(tx, update.topic, update.customer).await? else { return Ok(Vec::new()) };
    let likely = recipient.tickets.into_iter().filter(|one| is_told(&app.settings.tell, one, update.kind));
    Ok(likely.map(|one| one.ticket).collect())
}

/// Whether an update is written for a ticket as for a likely member's: what was planned for one never claims to know, also where somebody
/// has said since that it is the same.
pub(super) fn is_written_as_likely(update: &Update, one: &RecipientTicket) -> bool {
    update.likely || one.is_likely()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        id::{MilestoneId, TopicId},
        milestone::Confidence,
    };

    #[test]
    fn a_fix_is_news_to_a_likely_member_for_a_day_from_when_it_happened_and_was_known() {
        let second = Duration::from_secs(1);
        let (happened, known) = (Time::from_seconds(1_000_000), Time::from_seconds(1_003_600));
        let step = |kind, at, recorded_at| Milestone {
            id: MilestoneId::generate(known),
            topic: TopicId::generate(known),
            kind,
            cycle: 0,
            at,
            release: None,
            confidence: Some(Confidence::Proven),
            doubt: None,
            words: None,
            by: "github".to_owned(),
            recorded_at,
        };
        for (at, recorded_at) in [(happened, known), (known, happened)] {
            let shipped = step(MilestoneKind::Shipped, at, recorded_at);
            assert!(!is_no_news(&shipped, known.plus(NEWS_FOR)));
            assert!(is_no_news(&shipped, known.plus(NEWS_FOR).plus(second)));
        }
        let taken_back = step(MilestoneKind::Correction, happened, known);
        assert!(
            !is_no_news(&taken_back, known.plus(NEWS_FOR * 9)),
            "whoever was told hears of that whenever it happens"
        );
    }
}
