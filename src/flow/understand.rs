//! Understand: turns deliveries into tickets, messages, customers and organizations.
//!
//! A delivery is a hint (G10, webhooks are hints). If the helpdesk lets us read tickets, a delivery only names the
//! ticket to look at, and what we read there is the truth, in whatever order the hints came. If it does not, the same
//! code takes over what the delivery says. A delivery that cannot be read is kept and shown with the reason, and can be
//! replayed.

mod authors;
pub(super) mod changes;
mod erased;
mod lost_thread;
mod messages;
pub(super) mod named;
mod people;
mod reader;
mod reading;
mod take_over;
mod taken;
mod vocabulary;

use std::time::Duration;

use tracing::{debug, info};

pub use self::reading::{refresh, refresh_many};
use self::{
    authors::OwnIds,
    messages::SeenMessages,
    reader::TicketReader,
    take_over::{ended, take_over},
    taken::Taken,
};
use super::{
    app::{App, Connection},
    confirm,
    error::{Error, Stop},
    hints,
    inbox::WasAsked,
    jobs,
};
use crate::{
    base::{clock::Time, limits, mistake},
    helpdesk::{Authentic, HelpdeskEvent, TicketChange},
    model::{
        delivery::{Delivery, DeliveryState, UnreadableDelivery},
        refusal::Refusal,
        ticket::TicketStatus,
    },
    store::{StoreError, Tx, deliveries, tickets},
};

/// How many deliveries are read at a time.
const CHUNK: i64 = 64;
/// How long one may take. What takes longer holds up everybody behind it, and would not be done by a second try.
const TAKEN_WITHIN: Duration = Duration::from_secs(8);
/// How long it waits for somebody else's change of the same rows. Less than the above: a call that waits cannot be taken back.
const LOCKED_FOR: Duration = Duration::from_secs(4);

/// Reads the unread deliveries until none is left. One that the database will not have waits for a later run, and no other waits
/// for it (G12, intake never stops). Where this process reads already, it looks again before it ends.
pub async fn run(app: &App) -> Result<(), Stop> {
    let (reading, began) = (&app.inbox.reading, app.clock.now());
    reading.ask();
    let mut ended = Err(Stop::Nothing);
    while let Some(turn) = reading.turn() {
        ended = read(app, began).await;
        let is_asked_again = turn.ends() == WasAsked::Yes;
        if took_long(app, began) {
            // This was long enough for one job. Another goes on, and this one ends well within its time limit.
            let mut tx = app.database.begin().await?;
            app.queue.add(&mut tx, jobs::Understand {}).await?;
            tx.commit().await?;
            break;
        }
        if !is_asked_again || matches!(ended, Err(Stop::Store(_))) {
            break;
        }
    }
    ended
}

fn took_long(app: &App, began: Time) -> bool {
    app.clock.now().since(began) > limits::JOB_TIMEOUT / 2
}

/// Reads until none is left, or for so long that another job has to go on.
async fn read(app: &App, began: Time) -> Result<(), Stop> {
    let mut own_ids = OwnIds::default();
    let mut read_up_to = None;
    let mut failed = None;
    loop {
        let mut conn = app.database.read().await?;
        let unread = deliveries::unread(&mut conn, read_up_to, CHUNK).await?;
        drop(conn);
        let Some(last) = unread.last() else { break };
        read_up_to = Some(last.id);
        for delivery in named::together(app, unread, LOCKED_FOR).await? {
            let us = own_ids.at(app, &delivery.connection).await;
            match Box::pin(understand(app, &delivery, us.as_deref())).await {
                Err(error) if error.is_out_of_reach() => return Err(error.into()),
                Err(error) => failed = Some(error),
                Ok(()) => {}
            }
        }
        if took_long(app, began) {
            break;
        }
    }
    failed.map_or(Ok(()), |error| {
        let sentence = format!("The database failed over a delivery: {error}. It is tried again.");
        Err(Stop::Later { after: None, sentence })
    })
}

/// Handles one delivery in one transaction, with the jobs that follow from it. Twice is harmless, because only one
/// settles it.
async fn understand(app: &App, delivery: &Delivery, us: Option<&str>) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    tx.wait_for_locks_at_most(LOCKED_FOR).await?;
    let taking = async {
        match (app.tracker_called(&delivery.connection), app.connections.get(&delivery.connection)) {
            (Some(tracker), _) => hints::take(app, &mut tx, tracker, delivery).await.map(Taken::of),
            (None, Some(connection)) => take(app, &mut tx, connection, delivery, us).await,
            (None, None) => Err(Refusal::ConnectionRemoved(delivery.connection.clone()).into()),
        }
    };
    let unreadable = |why: String| Err(Refusal::DeliveryUnreadable(UnreadableDelivery(why)).into());
    let taken = match Box::pin(tokio::time::timeout(TAKEN_WITHIN, mistake::caught(taking))).await {
        Ok(Ok(taken)) => taken,
        Ok(Err(mistake)) => unreadable(mistake.to_string()),
        Err(_) => unreadable(format!(
            "It was not taken over within {} seconds. Replay it when there is less to do. If it happens again, its sender puts too much into one delivery.",
            TAKEN_WITHIN.as_secs()
        )),
    };
    let forgets = matches!(taken, Ok(Taken::Forgotten));
    let (state, error) = match taken {
        Ok(Taken::Concerns | Taken::Forgotten) => (DeliveryState::Understood, None),
        Ok(Taken::Ignored) => (DeliveryState::Ignored, None),
        Err(Error::Store(error)) if !error.is_about_the_values() => return Err(error),
        Err(error) => {
            let sentence = error.to_string();
            // Nothing half-read stays: what the transaction did so far is dropped with it.
            drop(tx);
            tx = app.database.begin().await?;
            info!(connection = %delivery.connection, delivery.id = %delivery.id, reason = %sentence, "A delivery could not be read");
            metrics::counter!("heard_deliveries_unreadable_total").increment(1);
            (DeliveryState::Unreadable, Some(sentence))
        }
    };
    if deliveries::settle(&mut tx, delivery.id, state, error.as_deref(), now).await? {
        // An unreadable delivery is kept as it came, because any byte may be what is wrong with it.
        if forgets {
            deliveries::forget(&mut tx, delivery.id).await?;
        } else if state != DeliveryState::Unreadable
            && let Some(masked) = named::masked(&delivery.body)
        {
            deliveries::mask(&mut tx, delivery.id, masked).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Takes over what a helpdesk's delivery says.
async fn take(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    delivery: &Delivery,
    us: Option<&str>,
) -> Result<Taken, Error> {
    let events = connection.helpdesk.read(&Authentic::stored(delivery)).map_err(Refusal::DeliveryUnreadable)?;
    let events: Result<Vec<_>, _> = events.into_iter().map(HelpdeskEvent::bounded).collect();
    let events = events.map_err(Refusal::DeliveryUnreadable)?;
    let mut taken = Taken::Ignored;
    for event in &events {
        let about = event.ticket().map(str::to_owned).or_else(|| event.person().map(deliveries::about_person));
        if let Some(about) = about {
            deliveries::set_about(tx, delivery.id, &about).await?;
        }
    }
    for event in events {
        let this = match event {
            HelpdeskEvent::Ignored(name) => {
                debug!(connection = %connection.settings.name, event = name, "Nothing that concerns us");
                Taken::Ignored
            }
            HelpdeskEvent::Ticket(change) => changed(app, tx, connection, *change, us).await?,
            HelpdeskEvent::Deleted { ticket } => {
                ended(app, tx, connection, &ticket, TicketStatus::Deleted, None).await?;
                Taken::Forgotten
            }
            HelpdeskEvent::Merged { ticket, into } => {
                ended(app, tx, connection, &ticket, TicketStatus::Merged, Some(&into)).await?;
                refresh_later(app, tx, connection, &into).await?;
                Taken::Concerns
            }
            HelpdeskEvent::Person { person } => {
                people::changed(app, tx, connection, &person).await?;
                Taken::Concerns
            }
            HelpdeskEvent::PersonGone { person } => {
                people::gone(app, tx, connection, &person).await?;
                Taken::Forgotten
            }
            HelpdeskEvent::PeopleMerged { one, other } => {
                people::merged(app, tx, connection, &one, &other).await?;
                Taken::Concerns
            }
            HelpdeskEvent::Rated { ticket, good } => {
                confirm::rated(app, tx, connection, &ticket, good).await?;
                Taken::Concerns
            }
        };
        taken = taken.max(this);
    }
    Ok(taken)
}

async fn refresh_later(app: &App, tx: &mut Tx, connection: &Connection, ticket: &str) -> Result<(), Error> {
    if connection.helpdesk.about().reads_tickets {
        let job = jobs::Refresh { connection: connection.settings.name.clone(), ticket: ticket.to_owned() };
        app.queue.add(tx, job).await?;
    }
    Ok(())
}

async fn changed(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    change: TicketChange,
    us: Option<&str>,
) -> Result<Taken, Error> {
    if connection.helpdesk.about().reads_tickets {
        refresh_later(app, tx, connection, &change.ticket).await?;
        return Ok(Taken::Concerns);
    }
    let change = authors::with_its_author(change);
    let Some(snapshot) = change.snapshot else {
        if tickets::find(tx, &connection.settings.name, &change.ticket).await?.is_some() {
            let seen =
                SeenMessages { messages: &change.messages, whole: false, is_new: false, as_of: None, requester: None };
            return messages::take(app, tx, connection, &change.ticket, seen, TicketReader::of_one(us)).await;
        }
        if erased::is_erased_ticket(app, tx, &connection.settings.name, &change.ticket).await? {
            return Ok(Taken::Forgotten);
        }
        return Err(Refusal::DeliveryWithoutFields { ticket: change.ticket }.into());
    };
    take_over(app, tx, connection, &snapshot, &change.messages, false, TicketReader::of_one(us)).await
}
