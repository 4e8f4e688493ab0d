//! Sending what a helpdesk described: one place for pauses, limits, and the log.

use tracing::{debug, warn};

use super::{App, Connection, trouble::CallFailed};
use crate::{
    helpdesk::{Call, HelpdeskRefusal},
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
