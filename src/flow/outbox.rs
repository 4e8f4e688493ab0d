//! Notes, reopenings and comments: what Heard writes outside besides updates and issues.
//!
//! A message is stored in the transaction that makes it necessary, and its key makes wanting it twice harmless. A call
//! whose end is unclear is looked up in the thread before it is made again; where nobody lets us look, it waits until the helpdesk
//! shows it, or for a person. So a message is written at most once, and none is forgotten.

use std::time::Duration;

use tracing::info;

use super::{
    app::{App, Connection},
    calls::{self, WriteLookup},
    error::{CallFailed, Error, Stop},
    jobs, quota,
    whereabouts::{self, Whereabouts},
};
use crate::{
    base::{characters::letters, limits},
    helpdesk::{HelpdeskRefusal, MessageSnapshot, WriteReceipt},
    model::{
        id::{OutboxMessageId, TicketId, TopicId},
        outbox::{OutboxContent, OutboxKind, OutboxMessage, OutboxState},
        ticket::{Ticket, TicketStatus},
        tracker::error::TrackerError,
    },
    store::{
        Session, Tx, failures, issues,
        outbox::{self, WantedMessage, WantedNote},
        own_writes, tickets,
    },
    tracker::{Marker, rate_limiter::TrackerCall},
    wording::note as words,
};

/// Longer than any call takes: a call that is unclear for this long has ended.
const CUT_OFF: Duration = limits::JOB_TIMEOUT;

/// Why a message waits for a person where nobody lets us look.
const NOBODY_SAW: &str = "The helpdesk did not say whether it took this, and Heard cannot look there. Look into the ticket, and try again \
                          only if it is missing.";

/// How soon a note looks again whether the one before it is written.
const TURN: Duration = Duration::from_millis(300);

/// Wants an internal note in a ticket.
pub async fn note(app: &App, tx: &mut Tx, ticket: &Ticket, key: &str, text: &str) -> Result<(), Error> {
    want(app, tx, WantedMessage::Note { ticket: ticket.id, text, after: None }, key).await
}

/// As [`note`], for a note that comes after everything else: no reply waits for it.
pub async fn note_afterwards(app: &App, tx: &mut Tx, ticket: &Ticket, key: &str, text: &str) -> Result<(), Error> {
    let note = WantedNote { ticket: ticket.id, unique: key.to_owned(), text: text.to_owned() };
    notes_afterwards(app, tx, &[note]).await
}

/// As [`note_afterwards`], for many notes at once.
pub async fn notes_afterwards(app: &App, tx: &mut Tx, notes: &[WantedNote]) -> Result<(), Error> {
    let new = outbox::want_notes(tx, notes, app.clock.now()).await?;
    let jobs = new.into_iter().map(|message| jobs::Write { message }).collect();
    Ok(app.queue.add_afterwards(tx, jobs).await?)
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
    let after = outbox::key(OutboxKind::Note, after);
    want(app, tx, WantedMessage::Note { ticket: ticket.id, text, after: Some(&after) }, key).await
}

/// What makes the note of an escalation the same note: the filing's follows it.
pub fn escalation_note_key(topic: TopicId, ticket: TicketId) -> String {
    format!("escalated:{topic}:{ticket}")
}

/// Wants a ticket to be open again.
pub async fn reopen(app: &App, tx: &mut Tx, ticket: &Ticket, key: &str) -> Result<(), Error> {
    want(app, tx, WantedMessage::Reopen { ticket: ticket.id }, key).await
}

/// Wants a comment on a topic's issue. A topic gets a handful of comments a week; one more than that is left out, because
/// the issue's section says the same.
pub async fn comment(app: &App, tx: &mut Tx, topic: TopicId, key: &str, text: &str) -> Result<(), Error> {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    const HANDFUL: i64 = 5;
    if outbox::comments_since(tx, topic, app.clock.now().minus(WEEK)).await? >= HANDFUL {
        info!(topic.id = %topic, "Left a comment out: the issue had its handful this week, and its section says the same");
        return Ok(());
    }
    want(app, tx, WantedMessage::Comment { topic, text }, key).await
}

async fn want(app: &App, tx: &mut Tx, message: WantedMessage<'_>, key: &str) -> Result<(), Error> {
    if let Some(message) = outbox::want(tx, message, key, app.clock.now()).await? {
        app.queue.add(tx, jobs::Write { message }).await?;
    }
    Ok(())
}

/// Writes one message.
pub async fn run(app: &App, id: OutboxMessageId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(message) = outbox::get(&mut conn, id).await?.filter(|message| !message.state.is_finished()) else {
        return Ok(());
    };
    if let OutboxContent::Note { after: Some(earlier), .. } = &message.content
        && is_to_come(&mut conn, earlier).await?
    {
        return Err(Stop::Wait(TURN));
    }
    drop(conn);
    if let OutboxContent::Unreadable { kind } = &message.content {
        // Shown, and never dropped without a word (G11, nothing fails silently). Whoever can read it may still take it.
        return Err(Stop::GiveUp(format!("This version of Heard cannot write a message of the kind {kind:?}.")));
    }
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if !outbox::claim(&mut tx, id, now.minus(CUT_OFF), now).await? {
        return Err(Stop::Wait(CUT_OFF / 4));
    }
    tx.commit().await?;
    match &message.content {
        OutboxContent::Note { ticket, text, .. } => write_note(app, &message, *ticket, text).await,
        OutboxContent::Reopen { ticket } => reopen_ticket(app, &message, *ticket).await,
        OutboxContent::Comment { topic, text } => write_comment(app, &message, *topic, text).await,
        OutboxContent::Unreadable { .. } => Ok(()),
    }
}

/// Whether the message of this key is still to be written. One that was given up is not waited for: a person may never
/// press its button.
async fn is_to_come(conn: &mut impl Session, key: &str) -> Result<bool, Stop> {
    let Some(earlier) = outbox::pending(conn, key).await? else { return Ok(false) };
    let subject = serde_json::to_string(&jobs::Write { message: earlier }).unwrap_or_default();
    Ok(!failures::is_given_up(conn, "write", &subject).await?)
}

async fn write_note(app: &App, message: &OutboxMessage, ticket: TicketId, text: &str) -> Result<(), Stop> {
    let Some((ticket, connection)) = place(app, ticket).await? else { return drop_message(app, message.id).await };
    if message.state == OutboxState::Unclear {
        if !connection.helpdesk.about().finds_replies {
            return give_up(app, message.id, NOBODY_SAW.to_owned()).await;
        }
        match find_note(app, connection, &ticket, text, &message.key).await? {
            WriteLookup::Found(ids) => return done(app, message.id, ids.first().map(String::as_str)).await,
            WriteLookup::Absent => {}
            // There is nobody left to note it for.
            WriteLookup::Gone => return drop_message(app, message.id).await,
            WriteLookup::Unknown => {
                let sentence =
                    "Nobody knows whether this note was written: the ticket has more messages than Heard reads.";
                return give_up(app, message.id, sentence.to_owned()).await;
            }
        }
    }
    let written = send(app, connection, connection.helpdesk.note(&ticket.external_id, text, &message.key)).await;
    settle(app, connection, message.id, written).await
}

async fn reopen_ticket(app: &App, message: &OutboxMessage, ticket: TicketId) -> Result<(), Stop> {
    let Some((ticket, connection)) = place(app, ticket).await? else { return drop_message(app, message.id).await };
    if message.state == OutboxState::Unclear && !connection.helpdesk.about().finds_replies {
        // Some helpdesks log each opening (django-helpdesk), so it is not done again and again.
        return match ticket.status {
            TicketStatus::Open => done(app, message.id, None).await,
            _ => give_up(app, message.id, NOBODY_SAW.to_owned()).await,
        };
    }
    let opened = send(app, connection, connection.helpdesk.reopen(&ticket.external_id)).await;
    settle(app, connection, message.id, opened).await
}

/// An internal message of a ticket reads as a note of ours that was not known to be there: it is written.
pub async fn seen(app: &App, tx: &mut Tx, ticket: &Ticket, body: &str, external_id: &str) -> Result<(), Error> {
    let there = letters(body);
    for message in outbox::waiting_notes(tx, ticket.id).await? {
        let OutboxContent::Note { text, .. } = &message.content else { continue };
        if message.state == OutboxState::Unclear && shows(&there, text) {
            own_writes::add(tx, &ticket.connection, &[external_id.to_owned()], app.clock.now()).await?;
            outbox::done(tx, message.id, Some(external_id), app.clock.now()).await?;
            jobs::is_settled(&app.queue, tx, jobs::Write { message: message.id }).await?;
            return Ok(());
        }
    }
    Ok(())
}

/// Whether what stands in a ticket, as its letters, is this note: it has each paragraph of it. Words of somebody may have been taken out
/// of ours since.
fn shows(there: &str, text: &str) -> bool {
    text.split("\n\n").all(|paragraph| there.contains(&letters(paragraph)))
}

/// What somebody wrote in a ticket is taken back: notes that are not known to be written quote nobody there any more (G6, nothing
/// private leaves). They still say what happened.
pub async fn forget_words(tx: &mut Tx, ticket: TicketId) -> Result<(), Error> {
    for message in outbox::waiting_notes(tx, ticket).await? {
        rewrite(tx, &message, words::without_words).await?;
    }
    Ok(())
}

/// A topic is not called so any more: notes that are not known to be written call it by its new title.
pub async fn retitle(tx: &mut Tx, topic: TopicId, (old, new): (&str, &str)) -> Result<(), Error> {
    for message in outbox::waiting_notes_that_say(tx, &topic.to_string()).await? {
        rewrite(tx, &message, |text| words::retitled(text, old, new)).await?;
    }
    Ok(())
}

async fn rewrite(tx: &mut Tx, message: &OutboxMessage, anew: impl Fn(&str) -> String) -> Result<(), Error> {
    let OutboxContent::Note { text, after, .. } = &message.content else { return Ok(()) };
    let written = anew(text);
    if written != *text {
        outbox::rewrite_note(tx, message.id, &written, after.as_deref()).await?;
    }
    Ok(())
}

/// A person has a message written again. Where only people can see whether it was written, they have looked.
pub async fn again(app: &App, tx: &mut Tx, id: OutboxMessageId) -> Result<(), Error> {
    let Some(message) = outbox::get(tx, id).await? else { return Ok(()) };
    outbox::take_up(tx, id).await?;
    let (OutboxContent::Note { ticket, .. } | OutboxContent::Reopen { ticket }) = message.content else {
        return Ok(());
    };
    let Some(ticket) = tickets::get(tx, ticket).await? else { return Ok(()) };
    if app.connections.get(&ticket.connection).is_some_and(|found| !found.helpdesk.about().finds_replies) {
        outbox::unclaim(tx, id).await?;
    }
    Ok(())
}

/// The ticket and its connection; `None` when the ticket was forgotten.
async fn place(app: &App, ticket: TicketId) -> Result<Option<(Ticket, &Connection)>, Stop> {
    let mut conn = app.database.read().await?;
    let Some(ticket) = tickets::get(&mut conn, ticket).await? else { return Ok(None) };
    let connection = app.connection(&ticket.connection)?;
    Ok(Some((ticket, connection)))
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
    id: OutboxMessageId,
    done: Result<Option<WriteReceipt>, CallFailed>,
) -> Result<(), Stop> {
    match done {
        Ok(written) => {
            let mut tx = app.database.begin().await?;
            let external_id = written.as_ref().and_then(|written| written.external_ids.first());
            if let Some(written) = &written {
                own_writes::add(&mut tx, &connection.settings.name, &written.external_ids, app.clock.now()).await?;
            }
            outbox::done(&mut tx, id, external_id.map(String::as_str), app.clock.now()).await?;
            tx.commit().await?;
            Ok(())
        }
        // Gone or locked: there is nobody left to note it for.
        Err(CallFailed::Refused(HelpdeskRefusal::Gone(_) | HelpdeskRefusal::Closed(_))) => drop_message(app, id).await,
        Err(CallFailed::Unclear(why)) => Err(Stop::later(format!("{}: {why}", connection.settings.name))),
        Err(failed) => {
            unclaim(app, id).await?;
            match failed.stop(&connection.settings.name) {
                // It may have kept the note all the same, and would keep one at every try.
                Stop::GiveUp(sentence) => give_up(app, id, sentence).await,
                stop => Err(stop),
            }
        }
    }
}

/// It waits for a person, and is not begun again before one says so.
async fn give_up(app: &App, id: OutboxMessageId, sentence: String) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    outbox::give_up(&mut tx, id).await?;
    tx.commit().await?;
    Err(Stop::GiveUp(sentence))
}

/// Our note, if the ticket has it: by its words in whatever form the helpdesk shows them, or by our key.
async fn find_note(
    app: &App,
    connection: &Connection,
    ticket: &Ticket,
    text: &str,
    key: &str,
) -> Result<WriteLookup, Stop> {
    let is_ours = |message: &MessageSnapshot| {
        !message.public && (shows(&letters(&message.body), text) || shows(&letters(&message.as_shown), text))
    };
    let wanted = calls::WrittenThing { key, is_ours };
    calls::find_written(app, connection, &ticket.external_id, wanted).await
}

async fn done(app: &App, id: OutboxMessageId, external_id: Option<&str>) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    outbox::done(&mut tx, id, external_id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn drop_message(app: &App, id: OutboxMessageId) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    outbox::drop(&mut tx, id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// It was not written; it may be tried again without looking.
async fn unclaim(app: &App, id: OutboxMessageId) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    outbox::unclaim(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

async fn write_comment(app: &App, message: &OutboxMessage, topic: TopicId, text: &str) -> Result<(), Stop> {
    let Some(tracker) = app.tracker.as_deref() else { return drop_message(app, message.id).await };
    let mut conn = app.database.read().await?;
    let issue = issues::of_topic(&mut conn, topic).await?;
    drop(conn);
    let issue = issue.filter(|issue| !issue.quiet).and_then(|issue| Some((issue.at()?, issue.identity)));
    let Some((last, identity)) = issue else { return drop_message(app, message.id).await };
    let at = match whereabouts::find(app, tracker, identity, &last).await {
        Ok(Whereabouts::Here(found) | Whereabouts::Moved(found)) => found.at,
        Ok(Whereabouts::Gone | Whereabouts::Taken) => return drop_message(app, message.id).await,
        Err(stop) => {
            if message.state != OutboxState::Unclear {
                unclaim(app, message.id).await?;
            }
            return Err(stop);
        }
    };
    let marker = Marker::comment(&app.keys.markers, message.id);
    if message.state == OutboxState::Unclear {
        let since = message.attempted_at.unwrap_or(app.clock.now()).minus(Duration::from_mins(10));
        let found = tracker.find_comment(&at, &marker, since).await;
        if let Some(found) = found.map_err(|error| Stop::tracker(error, app.clock.now()))? {
            return done(app, message.id, Some(&found.to_string())).await;
        }
    }
    if let Err(stop) = quota::admit(app, TrackerCall::Create).await {
        unclaim(app, message.id).await?;
        return Err(stop);
    }
    match tracker.comment(&at, &format!("{text}\n\n{}", marker.render())).await {
        Ok(id) => done(app, message.id, Some(&id.to_string())).await,
        Err(TrackerError::NotFound(_)) => drop_message(app, message.id).await,
        // Locked or archived: nobody can comment, and trying again would not help.
        Err(TrackerError::Invalid(call)) => {
            let mut tx = app.database.begin().await?;
            outbox::drop(&mut tx, message.id, app.clock.now()).await?;
            let sentence = format!("A comment for {at} was left out: {call}. The issue's section says the same.");
            failures::note(&mut tx, "comment", &message.id.to_string(), &sentence, None, app.clock.now()).await?;
            tx.commit().await?;
            info!(topic.id = %topic, why = %call, "Left a comment out that the tracker refuses");
            Ok(())
        }
        Err(error @ TrackerError::Unclear(_)) => Err(Stop::tracker(error, app.clock.now())),
        Err(error) => {
            unclaim(app, message.id).await?;
            Err(quota::stop(app, error).await)
        }
    }
}
