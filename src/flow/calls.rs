//! Sends the calls that a helpdesk described: one place for pauses, limits and the log.

use std::time::{Duration, Instant};

use tracing::{debug, warn};

use super::{
    app::{App, Connection},
    error::{CallFailed, Stop},
};
use crate::{
    base::{http::CallError, limits},
    helpdesk::{Call, CallAnswer, HelpdeskRefusal, Identity, KeyedWrite, MessageSnapshot, SnapshotPage},
    store::{StoreError, rate_limits},
};

/// The status that says that a call was not done because there were too many.
const TOO_MANY_CALLS: u16 = 429;

/// Sends a call, and those that its answers lead to, and reads what they say.
pub async fn send<T>(app: &App, connection: &Connection, call: Call<T>) -> Result<T, CallFailed> {
    let mut answer = send_one(app, connection, call).await?;
    loop {
        match answer {
            CallAnswer::Whole(value) => return Ok(value),
            CallAnswer::More(call) => answer = send_one(app, connection, *call).await?,
        }
    }
}

/// Sends a call unless the other side asked us to wait, and reads its answer.
async fn send_one<T>(app: &App, connection: &Connection, mut call: Call<T>) -> Result<CallAnswer<T>, CallFailed> {
    let gate = connection.gate();
    let now = app.clock.now();
    if let Some(until) = paused(app, &gate).await? {
        return Err(CallFailed::Paused(until.since(now), "asked us to wait".to_owned()));
    }
    let writes = call.request.method != http::Method::GET;
    let (method, path) = (call.request.method.clone(), call.request.path.clone());
    let answer = app.outgoing.send(&connection.settings.url, call.request.clone()).await;
    let path = path.split('?').next().unwrap_or_default();
    match &answer {
        Ok(answer) => {
            debug!(connection = %connection.settings.name, %method, path, status = answer.status, "Called the helpdesk");
        }
        Err(error) => {
            warn!(connection = %connection.settings.name, %method, path, %error, "The helpdesk gave no answer");
        }
    }
    if let (Err(CallError::TooLong(_)), Some(shorter)) = (&answer, call.shorter.take()) {
        return Box::pin(send_one(app, connection, *shorter)).await;
    }
    let answer = answer?;
    let outcome = call.read(&answer);
    if let Err(HelpdeskRefusal::Limited(after)) = &outcome {
        let mut tx = app.database.begin().await.map_err(unclear)?;
        rate_limits::block(&mut tx, &gate, now.plus(*after), "too many calls").await.map_err(unclear)?;
        tx.commit().await.map_err(unclear)?;
        if writes && answer.status != TOO_MANY_CALLS {
            // Something on the way may have answered although the write was done.
            return Err(CallFailed::Unclear(format!("answered {} to a write", answer.status)));
        }
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

/// How long what has arrived waits for a helpdesk to say who we are.
const IDENTITY_WITHIN: Duration = Duration::from_secs(2);
/// How long a helpdesk that did not say it is not asked again by what has arrived.
const IDENTITY_PAUSE: Duration = Duration::from_mins(1);

/// Who we are in a helpdesk, for reading what it sent: that waits for nobody long, and once for many (G12, intake never stops).
pub async fn identity_soon<'c>(app: &App, connection: &'c Connection) -> Result<Option<&'c Identity>, CallFailed> {
    let silent = || CallFailed::NotSent("does not say who we are just now".to_owned());
    let known = connection.identity.get_or_try_init(async || {
        let Some(call) = connection.helpdesk.identity() else { return Ok(None) };
        if connection.kept_silent_at.lock().await.is_some_and(|at| at.elapsed() < IDENTITY_PAUSE) {
            return Err(silent());
        }
        let said = tokio::time::timeout(IDENTITY_WITHIN, send(app, connection, call)).await;
        let said = said.map_err(|_| silent()).and_then(|said| said.map(Some));
        if said.is_err() {
            *connection.kept_silent_at.lock().await = Some(Instant::now());
        }
        said
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

/// The messages of a ticket as far as they were read.
pub struct Thread {
    /// The messages, oldest first.
    pub messages: Vec<MessageSnapshot>,
    /// Whether these are all. A ticket may have more than the limit.
    pub complete: bool,
}

/// Every message of a ticket, page by page, up to the limit.
pub async fn thread(app: &App, connection: &Connection, external_id: &str) -> Result<Thread, Stop> {
    let describe = |after: Option<&str>| connection.helpdesk.messages(external_id, after);
    let read = pages(app, connection, limits::MESSAGES_PER_TICKET, describe).await;
    let (messages, complete) = read.map_err(|failed| failed.stop(&connection.settings.name))?;
    Ok(Thread { messages, complete })
}

/// Whether something that we wrote is there.
#[derive(Debug, PartialEq, Eq)]
pub enum WriteLookup {
    /// It is, with these ids.
    Found(Vec<String>),
    /// Everything was read, and it is not.
    Absent,
    /// There is more than is read, so it may be there.
    Unknown,
    /// The ticket is not there any more.
    Gone,
}

/// What is looked for in a ticket.
pub struct WrittenThing<'w, F> {
    /// Our key of it.
    pub key: &'w str,
    /// Whether a message is it.
    pub is_ours: F,
}

/// Looks in a ticket for what we wrote there: among the messages for one that is ours, then for our key in the record of
/// writes that some helpdesks keep.
pub async fn find_written(
    app: &App,
    connection: &Connection,
    external_id: &str,
    wanted: WrittenThing<'_, impl Fn(&MessageSnapshot) -> bool>,
) -> Result<WriteLookup, Stop> {
    let WrittenThing { key, is_ours } = wanted;
    let describe = |after: Option<&str>| connection.helpdesk.messages(external_id, after);
    let (messages, all_messages) = match pages(app, connection, limits::MESSAGES_PER_TICKET, describe).await {
        Err(CallFailed::Refused(HelpdeskRefusal::Gone(_))) => return Ok(WriteLookup::Gone),
        read => read.map_err(|failed| failed.stop(&connection.settings.name))?,
    };
    let ours = |message: &&MessageSnapshot| message.written_with.as_deref() == Some(key) || is_ours(message);
    if let Some(found) = messages.iter().find(ours) {
        return Ok(WriteLookup::Found(vec![found.external_id.clone()]));
    }
    let describe = |after: Option<&str>| connection.helpdesk.keyed_writes(external_id, after);
    let read = pages(app, connection, limits::MESSAGES_PER_TICKET, describe).await;
    let (writes, all_writes) = read.map_err(|failed| failed.stop(&connection.settings.name))?;
    let is_that = |write: &KeyedWrite| write.key == key;
    let keeps_writes = connection.helpdesk.keyed_writes(external_id, None).is_some();
    Ok(match writes.into_iter().find(is_that) {
        Some(found) => WriteLookup::Found(found.external_ids),
        None if all_messages || (keeps_writes && all_writes) => WriteLookup::Absent,
        None => WriteLookup::Unknown,
    })
}

/// The rows of a list, page by page, and whether these are all. At most `most` are kept, and a page of a list may have no
/// rows for us, so pages are counted as well.
async fn pages<T>(
    app: &App,
    connection: &Connection,
    most: usize,
    describe: impl Fn(Option<&str>) -> Option<Call<SnapshotPage<T>>>,
) -> Result<(Vec<T>, bool), CallFailed> {
    let (mut rows, mut after): (Vec<T>, Option<String>) = (Vec::new(), None);
    for _ in 0..limits::PAGES_PER_LIST {
        let Some(call) = describe(after.as_deref()) else { return Ok((rows, true)) };
        let page = send(app, connection, call).await?;
        rows.extend(page.rows);
        if rows.len() > most {
            rows.truncate(most);
            return Ok((rows, false));
        }
        after = page.next.filter(|next| after.as_ref() != Some(next));
        if after.is_none() {
            return Ok((rows, true));
        }
    }
    Ok((rows, false))
}
