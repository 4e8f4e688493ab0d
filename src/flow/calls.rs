//! Sends the calls that a helpdesk described: one place for pauses, limits and the log.

use tracing::{debug, warn};

use super::{
    app::{App, Connection},
    error::{CallFailed, Stop},
};
use crate::{
    base::limits,
    helpdesk::{Call, HelpdeskRefusal, Identity, MessageSnapshot},
    store::{StoreError, rate_limits},
};

/// Sends a call unless the other side asked us to wait, and reads its answer.
pub async fn send<T>(app: &App, connection: &Connection, call: Call<T>) -> Result<T, CallFailed> {
    let gate = connection.gate();
    let now = app.clock.now();
    if let Some(until) = paused(app, &gate).await? {
        return Err(CallFailed::Paused(until.since(now), "asked us to wait".to_owned()));
    }
    let (method, path) = (call.request.method.clone(), call.request.path.clone());
    let answer = app.outgoing.send(&connection.settings.url, call.request).await;
    let path = path.split('?').next().unwrap_or_default();
    match &answer {
        Ok(answer) => {
            debug!(connection = %connection.settings.name, %method, path, status = answer.status, "Called the helpdesk");
        }
        Err(error) => {
            warn!(connection = %connection.settings.name, %method, path, %error, "The helpdesk gave no answer");
        }
    }
    let outcome = (call.read)(&answer?);
    if let Err(HelpdeskRefusal::Limited(after)) = &outcome {
        let mut tx = app.database.begin().await.map_err(unclear)?;
        rate_limits::block(&mut tx, &gate, now.plus(*after), "too many calls").await.map_err(unclear)?;
        tx.commit().await.map_err(unclear)?;
    }
    Ok(outcome?)
}

/// Who we are in a helpdesk, asked once. `None` if the vendor cannot say.
pub async fn identity<'c>(app: &App, connection: &'c Connection) -> Result<Option<&'c Identity>, CallFailed> {
    let known = connection.identity.get_or_try_init(async || match connection.helpdesk.identity() {
        Some(call) => send(app, connection, call).await.map(Some),
        None => Ok(None),
    });
    Ok(known.await?.as_ref())
}

async fn paused(app: &App, gate: &str) -> Result<Option<crate::base::clock::Time>, CallFailed> {
    let read = async {
        let mut conn = app.database.read().await?;
        rate_limits::blocked_until(&mut conn, gate, app.clock.now()).await
    };
    read.await.map_err(|error: StoreError| CallFailed::NotSent(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn unclear(error: StoreError) -> CallFailed {
    CallFailed::Unclear(error.to_string())
}

/// Every message of a ticket, page by page, up to the limit.
pub async fn all_messages(app: &App, connection: &Connection, external_id: &str) -> Result<Vec<MessageSnapshot>, Stop> {
    let mut messages = Vec::new();
    let mut after: Option<String> = None;
    while messages.len() < limits::MESSAGES_PER_TICKET {
        let Some(call) = connection.helpdesk.messages(external_id, after.as_deref()) else { break };
        let page = send(app, connection, call).await.map_err(|failed| failed.stop(&connection.settings.name))?;
        let empty = page.rows.is_empty();
        messages.extend(page.rows);
        after = page.next;
        if after.is_none() || empty {
            break;
        }
    }
    messages.truncate(limits::MESSAGES_PER_TICKET);
    Ok(messages)
}
