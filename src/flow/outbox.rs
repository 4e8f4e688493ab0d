//! Notes, tags, reopenings and comments: what we write outside besides updates and issues.
//!
//! The row is written with what makes it necessary; its key makes wanting it twice harmless. A call whose outcome is
//! unclear is looked up in the thread before it is made again: an effect happens at most once, and is never forgotten.

use std::time::Duration;

use serde_json::json;
use tracing::info;

use super::{
    app::{App, Connection},
    calls,
    error::{CallFailed, Error, Stop},
    jobs, quota,
};
use crate::{
    base::limits,
    helpdesk::{HelpdeskRefusal, WriteReceipt},
    model::{
        id::{EffectId, TicketId, TopicId},
        issue::{IssueRef, Repository},
        ticket::Ticket,
        tracker::error::TrackerError,
    },
    store::{Session, Tx, effects, failures, issues, tickets},
    tracker::{Marker, rate_limiter::TrackerCall},
};

/// Longer than any call takes: what is unclear for this long is not under way any more.
const CUT_OFF: Duration = limits::JOB_TIMEOUT;

/// How soon an effect looks again whether the one it follows is done.
const TURN: Duration = Duration::from_millis(300);

/// Wants an internal note in a ticket.
pub async fn note(app: &App, tx: &mut Tx, ticket: &Ticket, key: &str, text: &str) -> Result<(), Error> {
    want(app, tx, "note", &format!("note:{key}"), &ticket.id.to_string(), json!({ "text": text })).await
}

/// Wants an internal note that is written after the one of another key, so that a thread reads in the order of what happened.
pub async fn note_after(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    key: &str,
    after: &str,
    text: &str,
) -> Result<(), Error> {
    let detail = json!({ "text": text, "after": format!("note:{after}") });
    want(app, tx, "note", &format!("note:{key}"), &ticket.id.to_string(), detail).await
}

/// What makes the note of an escalation the same note: the filing's follows it.
pub fn escalation_note_key(topic: TopicId, ticket: TicketId) -> String {
    format!("escalated:{topic}:{ticket}")
}

/// Wants a ticket to be open again.
pub async fn reopen(app: &App, tx: &mut Tx, ticket: &Ticket, key: &str) -> Result<(), Error> {
    want(app, tx, "reopen", &format!("reopen:{key}"), &ticket.id.to_string(), json!({})).await
}

/// Wants a comment on a topic's issue; `None` for a text keeps to the weekly handful silently.
pub async fn comment(app: &App, tx: &mut Tx, topic: TopicId, key: &str, text: &str) -> Result<(), Error> {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    const HANDFUL: i64 = 5;
    let since = app.clock.now().minus(WEEK);
    if effects::done_since(tx, "comment", &topic.to_string(), since).await? >= HANDFUL {
        info!(topic.id = %topic, "Left a comment out: the issue had its handful this week, and its section says the same");
        return Ok(());
    }
    want(app, tx, "comment", &format!("comment:{key}"), &topic.to_string(), json!({ "text": text })).await
}

async fn want(
    app: &App,
    tx: &mut Tx,
    kind: &str,
    key: &str,
    subject: &str,
    detail: serde_json::Value,
) -> Result<(), Error> {
    if let Some(effect) = effects::want(tx, kind, key, subject, detail, app.clock.now()).await? {
        app.queue.add(tx, jobs::Effect { effect }).await?;
    }
    Ok(())
}

/// Does one effect.
pub async fn run(app: &App, id: EffectId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(effect) = effects::get(&mut conn, id).await? else { return Ok(()) };
    if matches!(effect.state.as_str(), "done" | "dropped") {
        return Ok(());
    }
    if let Some(earlier) = effect.detail.get("after").and_then(|key| key.as_str())
        && is_to_come(&mut conn, earlier).await?
    {
        return Err(Stop::Wait(TURN));
    }
    drop(conn);
    let look_first = effect.state == "unclear";
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if !effects::claim(&mut tx, id, now.minus(CUT_OFF), now).await? {
        return Err(Stop::Wait(CUT_OFF / 4));
    }
    tx.commit().await?;
    if effect.kind == "comment" {
        write_comment(app, &effect, look_first).await
    } else {
        write_in_ticket(app, &effect, look_first).await
    }
}

/// Whether the effect of this key is still to be done. One that was given up is not waited for: a person may never press
/// its button.
async fn is_to_come(conn: &mut impl Session, key: &str) -> Result<bool, Stop> {
    let Some(earlier) = effects::pending(conn, key).await? else { return Ok(false) };
    let subject = serde_json::to_string(&jobs::Effect { effect: earlier }).unwrap_or_default();
    Ok(!failures::is_given_up(conn, "effect", &subject).await?)
}

async fn write_in_ticket(app: &App, effect: &effects::Effect, look_first: bool) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let ticket = match TicketId::parse(&effect.subject) {
        Some(ticket) => tickets::get(&mut conn, ticket).await?,
        None => None,
    };
    drop(conn);
    let Some(ticket) = ticket else { return finish(app, effect.id, false, None).await };
    let connection = app.connection(&ticket.connection)?;
    if effect.kind == "note" && look_first {
        let text = effect.detail.get("text").and_then(|text| text.as_str()).unwrap_or_default();
        if let Some(written) = find_note(app, connection, &ticket, text).await? {
            return finish(app, effect.id, true, Some(&written)).await;
        }
    }
    let done = match (effect.kind.as_str(), effect.detail.get("text").and_then(|text| text.as_str())) {
        ("note", Some(text)) => {
            send(app, connection, connection.helpdesk.note(&ticket.external_id, text, &effect.key)).await
        }
        ("reopen", _) => send(app, connection, connection.helpdesk.reopen(&ticket.external_id)).await,
        // A row that this version did not write: shown, never dropped without a word (G11).
        (kind, _) => return Err(Stop::GiveUp(format!("This version of Heard cannot write {kind:?} into a ticket."))),
    };
    settle(app, connection, effect.id, done).await
}

async fn send(
    app: &App,
    connection: &Connection,
    call: Option<crate::helpdesk::Call<WriteReceipt>>,
) -> Result<Option<WriteReceipt>, CallFailed> {
    match call {
        Some(call) => calls::send(app, connection, call).await.map(Some),
        // The vendor cannot: its capabilities say so where people see them.
        None => Ok(None),
    }
}

async fn settle(
    app: &App,
    connection: &Connection,
    id: EffectId,
    done: Result<Option<WriteReceipt>, CallFailed>,
) -> Result<(), Stop> {
    match done {
        Ok(written) => {
            let mut tx = app.database.begin().await?;
            let external_id = written.as_ref().and_then(|written| written.external_ids.first());
            if let Some(written) = &written {
                effects::wrote(&mut tx, &connection.settings.name, &written.external_ids, app.clock.now()).await?;
            }
            effects::finish(&mut tx, id, true, external_id.map(String::as_str), app.clock.now()).await?;
            tx.commit().await?;
            Ok(())
        }
        // Gone or locked: there is nobody left to note it for.
        Err(CallFailed::Refused(HelpdeskRefusal::Gone(_) | HelpdeskRefusal::Closed(_))) => {
            finish(app, id, false, None).await
        }
        Err(CallFailed::Unclear(why)) => Err(Stop::later(format!("{}: {why}", connection.settings.name))),
        Err(failed) => {
            let mut tx = app.database.begin().await?;
            effects::unclaim(&mut tx, id).await?;
            tx.commit().await?;
            Err(failed.stop(&connection.settings.name))
        }
    }
}

/// Our note, if the thread has it: by its words, which carry a link of ours.
async fn find_note(app: &App, connection: &Connection, ticket: &Ticket, text: &str) -> Result<Option<String>, Stop> {
    let squeeze = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let wanted = squeeze(text);
    let messages = calls::all_messages(app, connection, &ticket.external_id).await?;
    let found = messages.into_iter().find(|message| !message.public && squeeze(&message.body).contains(&wanted));
    Ok(found.map(|message| message.external_id))
}

async fn finish(app: &App, id: EffectId, done: bool, external_id: Option<&str>) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    effects::finish(&mut tx, id, done, external_id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn write_comment(app: &App, effect: &effects::Effect, look_first: bool) -> Result<(), Stop> {
    let Some(tracker) = &app.tracker else { return finish(app, effect.id, false, None).await };
    let mut conn = app.database.read().await?;
    let issue = match TopicId::parse(&effect.subject) {
        Some(topic) => issues::of_topic(&mut conn, topic).await?,
        None => None,
    };
    drop(conn);
    let place = issue
        .filter(|issue| !issue.quiet)
        .and_then(|issue| Some(IssueRef::new(Repository::parse(&issue.repository)?, issue.number?)));
    let Some(at) = place else { return finish(app, effect.id, false, None).await };
    let marker = Marker::comment(&app.keys.markers, effect.id);
    if look_first {
        let since = effect.attempted_at.unwrap_or(app.clock.now()).minus(Duration::from_mins(10));
        let found = tracker.find_comment(&at, &marker, since).await;
        if let Some(found) = found.map_err(|error| Stop::tracker(error, app.clock.now()))? {
            return finish(app, effect.id, true, Some(&found.to_string())).await;
        }
    }
    let text = effect.detail.get("text").and_then(|text| text.as_str()).unwrap_or_default();
    if let Err(stop) = quota::admit(app, TrackerCall::Create).await {
        let mut tx = app.database.begin().await?;
        effects::unclaim(&mut tx, effect.id).await?;
        tx.commit().await?;
        return Err(stop);
    }
    match tracker.comment(&at, &format!("{text}\n\n{}", marker.render())).await {
        Ok(id) => finish(app, effect.id, true, Some(&id.to_string())).await,
        Err(TrackerError::NotFound(_)) => finish(app, effect.id, false, None).await,
        Err(error @ TrackerError::Unclear(_)) => Err(Stop::tracker(error, app.clock.now())),
        Err(error) => {
            let mut tx = app.database.begin().await?;
            effects::unclaim(&mut tx, effect.id).await?;
            tx.commit().await?;
            Err(quota::stop(app, error).await)
        }
    }
}
