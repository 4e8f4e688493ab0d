//! Of a fix that was only likely to be out more is known now: its drafts are written anew, and go out in time where it is
//! certain.

use std::{collections::BTreeMap, time::Duration};

use super::{
    compose,
    members::is_written_as_likely,
    plan::{PlannedState, planned},
    waiting::{
        self, CERTAIN_BY_NOW, TAKEN_BACK_BEFORE, WRITTEN_BEFORE, before_it_was_cancelled, is_doubted, together,
        with_doubt, without_doubt,
    },
};
use crate::{
    base::clock::Time,
    flow::{advance, app::App, error::Error},
    model::{
        id::{CustomerId, TopicId},
        milestone::{Confidence, Milestone, MilestoneKind},
        recipient::{Recipient, RecipientTicket},
        release::Release,
        topic::Topic,
        update::{CANCELLED_BY_A_PERSON, Update, UpdateStanding, UpdateState},
    },
    store::{
        Tx,
        recipients::{self, RecipientsWalk},
        releases, updates,
    },
};

/// How many recipients are loaded at a time.
const RECIPIENTS_AT_ONCE: i64 = 200;

/// Whether somebody may still be told that it shipped, by itself or by a person, who has to know what is doubted.
pub async fn somebody_waits(tx: &mut Tx, topic: TopicId) -> Result<bool, Error> {
    let is_to_come = |update: &Update| {
        update.kind == MilestoneKind::Shipped && (update.state().is_owed() || waiting::was_taken_back(&update.standing))
    };
    Ok(updates::of_topic(tx, topic).await?.iter().any(is_to_come))
}

/// Whoever was to be told after the hold waits for a person: it is doubted by now that the fix is out. Whoever waits for one already,
/// or for another try, goes on waiting, and the doubt stands first among the reasons. So it is for whoever came with a topic that
/// was merged into this one. What is being sent in this moment is asked for again if it was not.
pub async fn hold_back(tx: &mut Tx, topic: &Topic, after: &Milestone) -> Result<(), Error> {
    let Some(doubt) = &after.doubt else { return Ok(()) };
    for update in updates::of_topic(tx, topic.id).await?.into_iter().filter(|update| update.kind == after.kind) {
        say_doubt(tx, &update, doubt).await?;
    }
    Ok(())
}

/// What is doubted by now of the fix that an update tells of, and nobody has read who approved it: it may have come up while a sending
/// was unclear or had failed, or after the approval.
pub async fn unread_doubt(tx: &mut Tx, update: &Update) -> Result<Option<String>, Error> {
    let Some(doubt) = advance::doubt_about(tx, update).await? else { return Ok(None) };
    let read = updates::approved_doubt(tx, update.id).await?;
    Ok((read.as_ref() != Some(&doubt)).then_some(doubt))
}

/// Says of an unsent update what is doubted of its fix by now.
pub async fn say_doubt(tx: &mut Tx, update: &Update, doubt: &str) -> Result<(), Error> {
    match &update.standing {
        UpdateStanding::Held { .. } => {
            let waits = UpdateStanding::Draft(waiting::doubted(doubt));
            updates::turn(tx, update.id, UpdateState::Held, &waits).await?;
        }
        UpdateStanding::Draft(reasons) | UpdateStanding::Failed(reasons) | UpdateStanding::InDoubt(reasons) => {
            updates::explain(tx, update.id, update.state(), &with_doubt(doubt, reasons)).await?;
        }
        _ => {}
    }
    Ok(())
}

/// A step as it was and as it is, with the release of each.
struct Clearer<'m> {
    before: (&'m Milestone, Option<Release>),
    after: (&'m Milestone, Option<Release>),
    /// When what is certain now goes out.
    due: Time,
}

impl Clearer<'_> {
    fn is_certain(&self) -> bool {
        self.after.0.confidence != Some(Confidence::Likely)
    }

    /// Whether an update waits for a person because of the doubt, whatever else it waits for.
    fn concerns(&self, update: &Update) -> bool {
        if update.kind != self.after.0.kind {
            return false;
        }
        match &update.standing {
            UpdateStanding::Draft(reasons) | UpdateStanding::Failed(reasons) | UpdateStanding::InDoubt(reasons) => {
                is_doubted(reasons)
            }
            cancelled => {
                let before = before_it_was_cancelled(cancelled, CANCELLED_BY_A_PERSON);
                self.is_certain() && before.is_some_and(|reasons| is_doubted(&reasons))
            }
        }
    }
}

/// Writes the drafts anew that wait because it was not certain. If it is certain now, the doubt is no reason any more: those that have
/// no other go out after `hold`, and what else a person has to look at goes on waiting for that. So does what a person has edited, and
/// what a person took back while nobody knew waits for them again. `before` is the step as it was, and `after` as it is.
pub async fn let_go(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    (before, after): (&Milestone, &Milestone),
    hold: Duration,
) -> Result<(), Error> {
    let clearer = Clearer {
        before: (before, releases::of_step(tx, before).await?),
        after: (after, releases::of_step(tx, after).await?),
        due: app.clock.now().plus(hold),
    };
    let mut waiting: BTreeMap<CustomerId, Vec<Update>> = BTreeMap::new();
    for update in updates::of_topic(tx, topic.id).await?.into_iter().filter(|update| clearer.concerns(update)) {
        waiting.entry(update.customer).or_default().push(update);
    }
    let mut walk = RecipientsWalk::default();
    while !waiting.is_empty() {
        let page = recipients::walk_on(tx, topic.id, &mut walk, None, RECIPIENTS_AT_ONCE).await?;
        if page.is_empty() {
            break;
        }
        for recipient in &page {
            for update in waiting.get(&recipient.customer.id).into_iter().flatten() {
                if let Some(ticket) = recipient.tickets.iter().find(|one| one.ticket.id == update.ticket) {
                    let_one_go(app, tx, topic, &clearer, (recipient, ticket), update).await?;
                }
            }
        }
    }
    Ok(())
}

async fn let_one_go(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    clearer: &Clearer<'_>,
    (recipient, ticket): (&Recipient, &RecipientTicket),
    update: &Update,
) -> Result<(), Error> {
    let Clearer { before, after, due } = clearer;
    let still = after.0.doubt.as_deref().filter(|_| !clearer.is_certain());
    let reasons = match &update.standing {
        UpdateStanding::Failed(reasons) | UpdateStanding::InDoubt(reasons) => {
            // They are sent again by a person only, who has their text written anew.
            let reasons = still.map_or_else(|| without_doubt(reasons), |doubt| with_doubt(doubt, reasons));
            updates::explain(tx, update.id, update.state(), &reasons).await?;
            return Ok(());
        }
        UpdateStanding::Draft(reasons) => reasons.clone(),
        cancelled => before_it_was_cancelled(cancelled, CANCELLED_BY_A_PERSON).unwrap_or_default(),
    };
    let written_for = (ticket, is_written_as_likely(update, ticket));
    let was = compose::text(app, topic, before.0, before.1.as_ref(), recipient, written_for)?;
    let text = compose::text(app, topic, after.0, after.1.as_ref(), recipient, written_for)?;
    let taken_back = update.state() == UpdateState::Cancelled;
    let unread = was.text == update.text && !taken_back;
    let standing = if let Some(doubt) = still {
        UpdateStanding::Draft(with_doubt(doubt, &reasons))
    } else {
        let policy = app.settings.tell.policy(update.kind);
        let asked = match (clearer.is_certain() && !(unread && text.reviewed), taken_back) {
            (false, _) => "",
            (true, true) => TAKEN_BACK_BEFORE,
            (true, false) if unread => CERTAIN_BY_NOW,
            (true, false) => WRITTEN_BEFORE,
        };
        // What they may know already is what all others told them.
        let mut told = recipient.clone();
        told.updates.retain(|one| one.for_another || one.milestone != update.milestone);
        goes_on(planned(&told, ticket, after.0, policy).with_text(text.reviewed), *due, &reasons, asked)
    };
    updates::turn(tx, update.id, update.state(), &standing).await?;
    if unread || taken_back {
        updates::edit(tx, update.id, &text.text, &text.html).await?;
    }
    Ok(())
}

/// Where an update goes whose doubt is settled: as it would be planned now, unless it has waited for something else as well, or a
/// person is asked for this.
fn goes_on(planned: PlannedState, due: Time, before: &str, asked: &str) -> UpdateStanding {
    let standing = planned.standing(due, None);
    let of_the_plan = if let UpdateStanding::Draft(reasons) = &standing { reasons.as_str() } else { "" };
    let reasons = together([of_the_plan, &waiting::beside_the_plan(before), asked]);
    let is_out_of_it = matches!(standing, UpdateStanding::Skipped(_));
    if reasons.is_empty() || is_out_of_it { standing } else { UpdateStanding::Draft(reasons) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tell::waiting::{DraftReason, STILL_BROKEN};

    #[test]
    fn only_what_waited_for_nothing_else_goes_out_when_the_doubt_is_settled() {
        let due = Time::from_seconds(7);
        let doubt = with_doubt("the text denies it", "");
        assert_eq!(goes_on(PlannedState::Held, due, &doubt, ""), UpdateStanding::held(due));
        let late = PlannedState::Draft(vec![DraftReason::LinkedLate]);
        let UpdateStanding::Draft(why) = goes_on(late, due, &doubt, "") else { panic!("a draft") };
        assert_eq!(why, DraftReason::LinkedLate.sentence());
        let others = goes_on(PlannedState::Held, due, &with_doubt("the text denies it", STILL_BROKEN), "");
        assert_eq!(others, UpdateStanding::Draft(STILL_BROKEN.to_owned()));
        let edited = goes_on(PlannedState::Held, due, &doubt, CERTAIN_BY_NOW);
        assert_eq!(edited, UpdateStanding::Draft(CERTAIN_BY_NOW.to_owned()));
    }
}
