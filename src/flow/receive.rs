//! Receive: a request becomes a verified delivery on disk, and only then is it answered 2xx (G1, a 2xx means kept; G2,
//! twice, late or out of order changes nothing; G9, no secret, no route).
//!
//! Deliveries that arrive together are committed together: the first one to find that nobody is committing takes all
//! that wait into one transaction, with one wake-up job for [`super::understand`]. That keeps a durable answer cheap on
//! both engines, and each answer waits for one commit only.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::oneshot;
use tracing::{debug, error};

use super::{
    app::App,
    inbox::{Receipt, Waiting},
    jobs,
};
use crate::{
    base::limits,
    helpdesk::Incoming,
    model::{
        delivery::{Delivery, DeliveryState, Forged, Headers},
        id::DeliveryId,
        key,
    },
    store::{StoreError, deliveries},
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
    let authentic = authentic.inspect_err(|forged| refused(connection, *forged))?;
    store(
        app,
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
        },
    )
    .await
}

/// Counts a delivery that is not known by its signature.
fn refused(connection: &str, forged: Forged) {
    debug!(connection, %forged, "Refused a delivery");
    metrics::counter!("heard_deliveries_refused_total", "connection" => connection.to_owned()).increment(1);
}

/// Takes the tracker's webhook. Its deliveries are kept under the tracker's word.
pub async fn from_tracker(app: &Arc<App>, word: &str, headers: &Headers, body: Bytes) -> Result<Receipt, Refused> {
    let tracker = app.tracker_called(word).ok_or(Refused::UnknownConnection)?;
    let verified = tracker.verify(headers, &body).inspect_err(|forged| refused(word, *forged))?;
    let now = app.clock.now();
    store(
        app,
        Delivery {
            id: DeliveryId::generate(now),
            connection: word.to_owned(),
            key: verified.key.map(key::kept),
            signed: Some(verified.signed.to_vec()),
            headers: verified.headers,
            body,
            received_at: now,
            state: DeliveryState::Received,
            error: None,
        },
    )
    .await
}

/// Waits until some commit has written the delivery to disk, but not longer than senders wait (G1).
async fn store(app: &Arc<App>, delivery: Delivery) -> Result<Receipt, Refused> {
    let busy = Refused::Busy { retry_after: RETRY_AFTER };
    let (stored, mut outcome) = oneshot::channel();
    app.inbox.entrance.try_send(Waiting { delivery, stored }).map_err(|_| busy)?;
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
        _ => Err(busy),
    }
}

/// One transaction for the whole group, with one wake-up job. If the database refuses what one of them holds, each gets a
/// transaction of its own, so that one poisoned delivery fails alone.
async fn commit(app: &Arc<App>, group: Vec<Waiting>) {
    let begun = std::time::Instant::now();
    match write(app, &group).await {
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
                let stored = write(app, std::slice::from_ref(&waiting)).await;
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

/// Writes a group by one statement in one transaction, and says what is new of it.
async fn write(app: &Arc<App>, group: &[Waiting]) -> Result<Vec<Receipt>, StoreError> {
    let mut tx = app.database.begin().await?;
    let together: Vec<&Delivery> = group.iter().map(|waiting| &waiting.delivery).collect();
    let new = deliveries::add(&mut tx, &together).await?;
    if new.contains(&true) {
        app.queue.add(&mut tx, jobs::Understand {}).await?;
    }
    tx.commit().await?;
    Ok(new.into_iter().map(|new| if new { Receipt::Stored } else { Receipt::Known }).collect())
}
