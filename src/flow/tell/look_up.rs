//! An attempt whose end is unclear: whether the customer has the update (G4, one update per customer and milestone).

use std::time::Duration;

use tracing::info;

use super::{arrival, compose};
use crate::{
    base::{characters::letters, clock::Time, limits},
    flow::{
        app::{App, Keys},
        calls::{self, WriteLookup},
        error::Stop,
        jobs,
    },
    helpdesk::{MessageSnapshot, WriteReceipt},
    model::{
        attempt::write_key,
        standing::Doubt,
        ticket::{Ticket, TicketStatus},
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Tx, attempts, own_writes, pages, tickets, updates},
    wording::{
        doubt,
        page_key::{self, PLACEHOLDER},
    },
};

/// The longest a job may run: an update that has been at sending for longer is not being sent any more.
pub const CUT_OFF: Duration = limits::JOB_TIMEOUT;
/// How many looks find nothing before an update counts as not sent, and how long a list may lag behind what was written.
const LOOK_UPS: i64 = 2;
const LISTS_LAG: Duration = Duration::from_secs(10);
/// How soon an update that changed while it was looked at is looked at again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A sending was cut off. The thread tells whether the customer has it.
pub(super) async fn look_up(app: &App, update: Update) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let Some(attempt) = attempts::reclaim(&mut tx, update.id, now.minus(CUT_OFF), now).await? else {
        // Another job may still be sending it.
        return Err(Stop::Wait(CUT_OFF));
    };
    // Where it was written if it was: their most recent ticket may be another one by now.
    let links = pages::of_update(&mut tx, update.id).await?;
    let written_in =
        tickets::get(&mut tx, update.ticket).await?.filter(|ticket| ticket.status != TicketStatus::Deleted);
    tx.commit().await?;
    let Some(ticket) = written_in else { return in_doubt(app, &update, Doubt::TicketGone).await };
    let connection = app.connection(&ticket.connection)?;
    if !connection.helpdesk.about().finds_replies {
        return in_doubt(app, &update, Doubt::CannotBeRead).await;
    }
    let keeps_keys = connection.helpdesk.keyed_writes(&ticket.external_id, None).is_some();
    let is_link = |key: &str| links.iter().any(|link| link[..] == Keys::hash(key));
    // Where others read along there is no link, and the words themselves have to do.
    let words = (!update.text.contains(PLACEHOLDER)).then(|| letters(&update.text)).filter(|words| !words.is_empty());
    let says_it = |message: &MessageSnapshot| words.as_ref().is_some_and(|said| letters(&message.body).contains(said));
    let is_ours = |message: &MessageSnapshot| {
        message.public && (page_key::of(&message.as_shown).into_iter().any(is_link) || says_it(message))
    };
    let wanted = calls::WrittenThing { key: &write_key(update.id, attempt.number), is_ours };
    match calls::find_written(app, connection, &ticket.external_id, wanted).await {
        Err(stop) => {
            // Nothing was written meanwhile, so the next look need not wait for the end of a call.
            look_again(app, &update, now, now.minus(CUT_OFF), false).await?;
            Err(stop)
        }
        Ok(WriteLookup::Found(external_ids)) => {
            if words.is_some() && are_known(app, &ticket.connection, &external_ids).await? {
                // It is another update's, in the same words.
                return in_doubt(app, &update, Doubt::NoLink).await;
            }
            info!(update.id = %update.id, "Found the reply whose sending had been unclear");
            let written = WriteReceipt { external_ids, ticket: ticket.external_id.clone() };
            arrival::sent(app, connection, &update, &ticket, &written).await
        }
        Ok(WriteLookup::Absent) if !keeps_keys && !update.text.is_empty() && !update.text.contains(PLACEHOLDER) => {
            in_doubt(app, &update, Doubt::NoLink).await
        }
        Ok(WriteLookup::Absent) if attempt.in_vain + 1 < LOOK_UPS => {
            // A list may lag behind what was written.
            look_again(app, &update, now, now.minus(CUT_OFF).plus(LISTS_LAG), true).await?;
            Err(Stop::Wait(LISTS_LAG))
        }
        Ok(WriteLookup::Absent) => is_not_there(app, &update, &ticket, now).await,
        Ok(WriteLookup::Gone) => {
            let mut tx = app.database.begin().await?;
            tickets::ended(&mut tx, ticket.id, TicketStatus::Deleted, None).await?;
            // Whoever reads it forgets what it said.
            app.queue.add(&mut tx, jobs::Refresh::of(&ticket)).await?;
            asks_a_person(tx, &update, Doubt::TicketGone).await
        }
        Ok(WriteLookup::Unknown) => in_doubt(app, &update, Doubt::TooLong).await,
    }
}

/// Whether one of these messages is known to be ours already.
async fn are_known(app: &App, connection: &str, external_ids: &[String]) -> Result<bool, Stop> {
    let mut conn = app.database.read().await?;
    for id in external_ids {
        if own_writes::is_ours(&mut conn, connection, id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// It is sent again, in the same words: a ticket that was opened for it is known by its key together with them. Only what was
/// taken back while it was sent is written anew.
async fn is_not_there(app: &App, update: &Update, ticket: &Ticket, looked_at: Time) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    let taken_back = updates::get(&mut tx, update.id).await?.filter(|update| update.text.is_empty());
    // A closed ticket is answered in a new one, which is found by its key alone; a solved one may have been closed meanwhile.
    let may_be_elsewhere = matches!(ticket.status, TicketStatus::Solved | TicketStatus::Closed | TicketStatus::Merged);
    if taken_back.is_some() && may_be_elsewhere {
        drop(tx);
        return in_doubt(app, update, Doubt::InOtherWords).await;
    }
    if attempts::was_not_sent(&mut tx, update.id, looked_at, may_be_elsewhere).await?
        && let Some(update) = taken_back
    {
        compose::quote_anew(app, &mut tx, &Update { standing: UpdateStanding::held(looked_at), ..update }).await?;
    }
    tx.commit().await?;
    Err(Stop::Wait(LOOK_AGAIN))
}

/// Nobody can see whether the customer has it. Asking a person is better than telling the customer twice (G4).
pub(super) async fn in_doubt(app: &App, update: &Update, why: Doubt) -> Result<(), Stop> {
    asks_a_person(app.database.begin().await?, update, why).await
}

async fn asks_a_person(mut tx: Tx, update: &Update, why: Doubt) -> Result<(), Stop> {
    let why = doubt::sentence(why);
    updates::turn(&mut tx, update.id, UpdateState::Sending, &UpdateStanding::InDoubt(why.to_owned())).await?;
    tx.commit().await?;
    Err(Stop::GiveUp(why.to_owned()))
}

/// Gives back a look that began at `looked_at`; the next one waits as if the call had begun at `attempted_at`.
async fn look_again(app: &App, update: &Update, looked_at: Time, attempted_at: Time, absent: bool) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    attempts::look_up_again(&mut tx, update.id, looked_at, attempted_at, absent).await?;
    tx.commit().await?;
    Ok(())
}
