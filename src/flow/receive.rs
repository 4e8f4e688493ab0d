//! Receive: a request becomes a verified delivery on disk, and only then is it answered 2xx (G1, a 2xx means kept; G2,
//! twice, late or out of order changes nothing; G9, no secret, no route).
//!
//! Deliveries that arrive together are committed together: the first one to find that nobody is committing takes all
//! that wait into one transaction, with one wake-up job for [`super::understand`]. That keeps a durable answer cheap on
//! both engines, and each answer waits for one commit only.
//!
//! What only names tickets is understood in the transaction that stores it: its row is written once, and not read and
//! written again, and its ticket is read without waiting for anybody. What names many, or says more, waits for its turn.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::oneshot;
use tracing::{debug, error, warn};

use super::{
    app::App,
    inbox::{Naming, Receipt, Waiting},
    jobs,
    understand::named::{self, TicketAt},
};
use crate::{
    base::{clock::Time, limits},
    helpdesk::{Authentic, Incoming},
    model::{
        delivery::{Delivery, DeliveryState, Forged, Headers},
        id::DeliveryId,
        key,
    },
    store::{StoreError, Tx, deliveries},
};

/// Why a delivery is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No connection has this name: 404.
    #[error("there is no such connection")]
    UnknownConnection,
    /// The signature is missing, wrong or stale: 401.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// It cannot be stored in time: 503, try again.
    #[error("it cannot be stored just now")]
    Busy {
        /// After this long.
        retry_after: Duration,
    },
}

/// How long a sender is asked to wait when we are busy. It is less than the minute that Zendesk's retries allow.
const RETRY_AFTER: Duration = Duration::from_secs(10);
const BUSY: Refused = Refused::Busy { retry_after: RETRY_AFTER };

/// So many tickets are named at most by what one transaction stores and understands: more would hold up the answers.
const READ_AT_ONCE: usize = 64;

/// Takes a helpdesk's webhook.
pub async fn receive(
    app: &Arc<App>,
    connection: &str,
    path_secret: Option<&str>,
    headers: Headers,
    body: Bytes,
) -> Result<Receipt, Refused> {
    let opened = app.connections.get(connection).ok_or(Refused::UnknownConnection)?;
    let request = Incoming { headers: &headers, path_secret, body: &body };
    let now = app.clock.now();
    // Where senders sign, an address with anything behind it is none of ours.
    let has_path = path_secret.is_none() || opened.settings.path_secret.is_some();
    let authentic = if has_path { opened.helpdesk.verify(&request, now) } else { Err(Forged::Wrong) };
    let authentic = authentic.inspect_err(|forged| refused(app, connection, *forged, now))?;
    app.refused.end(connection);
    if app.inbox.is_full() {
        // Nobody reads what cannot be kept just now.
        return Err(BUSY);
    }
    // What has something to mask is read from its own bytes first, and masked by whoever has read it.
    let named = named::of(opened, &authentic).await.filter(|_| named::masked(&authentic.body).is_none());
    store(app, arrived(connection, authentic, now), named).await
}

/// What is kept of a delivery, and no more: many may wait.
fn arrived(connection: &str, authentic: Authentic, now: Time) -> Delivery {
    Delivery {
        id: DeliveryId::generate(now),
        connection: connection.to_owned(),
        key: authentic.key.map(key::kept),
        signed: authentic.signed.map(|hash| hash.to_vec()),
        headers: authentic.headers,
        body: authentic.body,
        received_at: now,
        state: DeliveryState::Received,
        error: None,
    }
}

/// Counts a delivery that is not known by its signature.
fn refused(app: &App, connection: &str, forged: Forged, now: Time) {
    debug!(connection, %forged, "Refused a delivery");
    metrics::counter!("heard_deliveries_refused_total", "connection" => connection.to_owned()).increment(1);
    if let Some(so_far) = app.refused.add(connection, forged, now) {
        let (count, since) = (so_far.count, so_far.since);
        warn!(connection, count, %since, %forged, "Deliveries are refused, and none that is signed as it should be has come since; heard check looks at the secret");
    }
}

/// Takes the tracker's webhook. Its deliveries are kept under the tracker's word.
pub async fn from_tracker(app: &Arc<App>, word: &str, headers: &Headers, body: Bytes) -> Result<Receipt, Refused> {
    let tracker = app.tracker_called(word).ok_or(Refused::UnknownConnection)?;
    let now = app.clock.now();
    let verified = tracker.verify(headers, &body).inspect_err(|forged| refused(app, word, *forged, now))?;
    app.refused.end(word);
    let delivery = Delivery {
        id: DeliveryId::generate(now),
        connection: word.to_owned(),
        key: verified.key.map(key::kept),
        signed: Some(verified.signed.to_vec()),
        headers: verified.headers,
        body,
        received_at: now,
        state: DeliveryState::Received,
        error: None,
    };
    store(app, delivery, None).await
}

/// Waits until some commit has written the delivery to disk, but not longer than senders wait (G1).
async fn store(app: &Arc<App>, delivery: Delivery, named: Option<Naming>) -> Result<Receipt, Refused> {
    let (stored, mut outcome) = oneshot::channel();
    let waiting = Waiting { delivery, named, since: Instant::now(), stored };
    app.inbox.entrance.try_send(waiting).map_err(|_| BUSY)?;
    let stored = async {
        tokio::select! {
            biased;
            outcome = &mut outcome => outcome,
            mut exit = app.inbox.turn.clone().lock_owned() => {
                // It is our turn: commit everything that waits, including ours. A task does it, so a client that hangs
                // up cannot stop it.
                let app = Arc::clone(app);
                let commit = tokio::spawn(async move {
                    while let Ok(first) = exit.try_recv() {
                        app.inbox.waited(first.since.elapsed());
                        let mut group = vec![first];
                        while group.len() < limits::COMMIT_GROUP && let Ok(next) = exit.try_recv() {
                            group.push(next);
                        }
                        commit(&app, group).await;
                    }
                });
                drop(commit);
                outcome.await
            }
        }
    };
    match tokio::time::timeout(limits::ACKNOWLEDGE_WITHIN, stored).await {
        Ok(Ok(Ok(receipt))) => Ok(receipt),
        _ => Err(BUSY),
    }
}

/// One transaction for the whole group. If it fails over what follows from one of them, they are stored and read later. If the
/// database refuses what one of them holds, each gets a transaction of its own, so that one poisoned delivery fails alone.
async fn commit(app: &Arc<App>, group: Vec<Waiting>) {
    let begun = Instant::now();
    let mut written = write(app, &group, true).await;
    let may_be_what_follows = written.as_ref().is_err_and(|error| !error.is_momentary());
    if may_be_what_follows && group.iter().any(|waiting| waiting.named.is_some()) {
        written = write(app, &group, false).await;
    }
    match written {
        Ok(receipts) => {
            metrics::histogram!("heard_receive_commit_seconds").record(begun.elapsed().as_secs_f64());
            metrics::counter!("heard_deliveries_stored_total").increment(group.len() as u64);
            for (waiting, receipt) in group.into_iter().zip(receipts) {
                // A sender that hung up meanwhile tries again, and is told that its delivery is known.
                let _ = waiting.stored.send(Ok(receipt));
            }
        }
        Err(error) if error.is_about_the_values() && group.len() > 1 => {
            for waiting in group {
                let stored = write(app, std::slice::from_ref(&waiting), false).await;
                let stored = stored.inspect_err(|error| error!(%error, "A delivery could not be stored"));
                let _ = waiting
                    .stored
                    .send(stored.map_err(|_| ()).and_then(|receipts| receipts.first().copied().ok_or(())));
            }
        }
        Err(error) => {
            error!(%error, deliveries = group.len(), "Deliveries could not be stored; their senders are told to come back");
            for waiting in group {
                let _ = waiting.stored.send(Err(()));
            }
        }
    }
}

/// Writes a group by one statement in one transaction, with what follows from those that are understood `at_once`, or a job that
/// reads the others. Says what is new of it.
async fn write(app: &Arc<App>, group: &[Waiting], at_once: bool) -> Result<Vec<Receipt>, StoreError> {
    let mut tx = app.database.begin().await?;
    let understood = if at_once { read_at_once(&mut tx, group).await? } else { vec![None; group.len()] };
    let rows = group.iter().zip(&understood).map(|(waiting, tickets)| {
        let named = waiting.named.as_ref().filter(|_| tickets.is_some());
        (&waiting.delivery, named.map(Naming::meaning))
    });
    let rows: Vec<_> = rows.collect();
    let new = deliveries::add(&mut tx, &rows).await?;
    let (mut to_read, mut is_unread) = (Vec::new(), false);
    for (waiting, (_, tickets)) in group.iter().zip(new.iter().zip(understood)).filter(|(_, (is_new, _))| **is_new) {
        let by_us = waiting.named.as_ref().is_some_and(|named| named.by_us);
        match tickets {
            Some(tickets) => to_read.push((by_us, tickets)),
            None => is_unread = true,
        }
    }
    named::read_in_order(app, &mut tx, to_read).await?;
    if is_unread {
        app.queue.add(&mut tx, jobs::Understand {}).await?;
    }
    tx.commit().await?;
    Ok(new.into_iter().map(|new| if new { Receipt::Stored } else { Receipt::Known }).collect())
}

/// The tickets to read after each delivery that can be understood at once. `None` for one that says more than what to read, or names
/// more tickets than there is room for.
async fn read_at_once(tx: &mut Tx, group: &[Waiting]) -> Result<Vec<Option<Vec<TicketAt>>>, StoreError> {
    let named: Vec<(&str, &Naming)> = group
        .iter()
        .filter_map(|waiting| Some((waiting.delivery.connection.as_str(), waiting.named.as_ref()?)))
        .collect();
    let mut tickets = named::tickets_of(tx, &named).await?.into_iter();
    let mut all = BTreeSet::new();
    let of_one = |waiting: &Waiting| {
        let tickets = waiting.named.as_ref().and_then(|_| tickets.next())?;
        let more = tickets.iter().filter(|ticket| !all.contains(*ticket)).count();
        if all.len() + more > READ_AT_ONCE {
            return None;
        }
        all.extend(tickets.iter().cloned());
        Some(tickets)
    };
    Ok(group.iter().map(of_one).collect())
}
