//! Answer: reads what a customer replied after they were told.
//!
//! A clear yes or no is their verdict. What is neither goes to a person: a note in the ticket shows both readings, and the
//! update waits for a button. "Still broken" by somebody else, who reads the ticket, was given it, or follows up on it, such as a second
//! requester or the customer's other address, is noted for the agent and counts for nobody. What a machine sent changes nothing. Each message
//! is read once, and none is skipped because another followed it.

use std::time::Duration;

use tracing::info;

use super::{CustomerAnswer, record};
use crate::{
    base::clock::Time,
    flow::{
        app::App,
        error::{Error, Stop},
        outbox,
        tell::first_told,
    },
    helpdesk::FOLLOW_UP_TAG,
    model::{
        id::TicketId,
        ticket::{Message, MessageAuthor, MessageTrust, Ticket},
        update::{CustomerVerdict, Update, Via},
    },
    store::{Tx, confirmations, tickets, updates},
    wording::{
        note,
        reply::{self, CustomerReply, ReplyReading},
    },
};

/// The most that is kept of an answer that a person has to read.
const WORDS_CHARACTERS: usize = 1_000;

/// Reads the replies in a ticket that nobody has read yet.
pub async fn run(app: &App, id: TicketId) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    let Some(ticket) = tickets::get(&mut tx, id).await? else { return Ok(()) };
    let opening = tickets::messages(&mut tx, id).await?.first().map(|first| first.id);
    // What opened a ticket is what they asked, however soon it was answered. A follow-up, theirs or ours, asks nothing.
    let follows_up = ticket.follow_up_of.is_some() || ticket.tags.iter().any(|tag| tag == FOLLOW_UP_TAG);
    for message in tickets::unread_answers(&mut tx, id).await? {
        let opens = Some(message.id) == opening;
        if opens && !follows_up {
            continue;
        }
        // Helpdesks give times in whole seconds, so a quick reply may look older than what it answers.
        let written_at = message.created_at.plus(Duration::from_secs(1));
        let Some(update) = told_in_thread(&mut tx, id, written_at).await? else { continue };
        // Whoever has the ticket now, or a follow-up of it, may be another than was told in it.
        let is_theirs = update.customer == ticket.customer;
        if message.author == MessageAuthor::Customer && is_theirs {
            let subject = opens.then_some(ticket.subject.as_str());
            read(app, &mut tx, &ticket, &update, &message, subject).await?;
        } else if !opens || message.author == MessageAuthor::Customer {
            read_of_another(app, &mut tx, &ticket, &update, &message).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The newest update that the customer got in this ticket, or in one that it continues.
async fn told_in_thread(tx: &mut Tx, id: TicketId, before: Time) -> Result<Option<Update>, Error> {
    const LONGEST_CHAIN: usize = 10;
    let mut ticket = tickets::get(tx, id).await?;
    for _ in 0..LONGEST_CHAIN {
        let Some(current) = ticket else { break };
        if let Some(mut update) = updates::last_told(tx, current.id, before).await? {
            // What follows is noted where they wrote now. The update stays where it was told: another follow-up of the same
            // ticket answers it, too.
            update.ticket = id;
            return Ok(Some(update));
        }
        ticket = match &current.follow_up_of {
            Some(source) => tickets::find(tx, &current.connection, source).await?,
            None => None,
        };
    }
    Ok(None)
}

/// Reads one reply to an update. `subject` is the subject of the ticket that it opened.
async fn read(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    update: &Update,
    message: &Message,
    subject: Option<&str>,
) -> Result<(), Error> {
    let written = CustomerReply {
        body: &message.body,
        subject,
        answers: Some(&update.text),
        after: update.standing.sent_at().map(|sent_at| message.created_at.since(sent_at)),
    };
    let reading = trusted(message.trust, reply::read(&written), &written);
    if !tickets::set_reading(tx, message.id, reading.as_str()).await? {
        // Another process has just read it.
        return Ok(());
    }
    metrics::counter!("heard_replies_read_total", "reading" => reading.as_str()).increment(1);
    info!(update.id = %update.id, reading = reading.as_str(), "Read a customer's reply");
    let words = reply::own_words(&written);
    match reading {
        ReplyReading::Works => heard(app, tx, update, CustomerVerdict::Works, words).await,
        ReplyReading::StillBroken => heard(app, tx, update, CustomerVerdict::StillBroken, words).await,
        ReplyReading::Unclear { works, still_broken } => {
            let readings = Readings { works: &works, still_broken: &still_broken };
            ask(app, tx, ticket, update, message, &words, readings).await
        }
        ReplyReading::Nothing | ReplyReading::Automatic => Ok(()),
    }
}

/// Reads what somebody in copy wrote after an update. Only the customer answers for themselves; of others an agent is told once that
/// it may be broken still, and decides whether they speak for them.
async fn read_of_another(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    update: &Update,
    message: &Message,
) -> Result<(), Error> {
    let written = CustomerReply {
        body: &message.body,
        subject: None,
        answers: Some(&update.text),
        after: update.standing.sent_at().map(|sent_at| message.created_at.since(sent_at)),
    };
    let reading = trusted(message.trust, reply::read(&written), &written);
    if !tickets::set_reading(tx, message.id, reading.as_str()).await? {
        return Ok(());
    }
    let words = match reading {
        ReplyReading::StillBroken => reply::own_words(&written),
        ReplyReading::Unclear { still_broken, .. } if !still_broken.is_empty() => still_broken,
        _ => return Ok(()),
    };
    if confirmations::of_customer(tx, update.customer, update.topic, update.cycle).await?.is_some() {
        return Ok(());
    }
    info!(update.id = %update.id, "Somebody in copy says that it is still broken");
    let update_url = app.link(&format!("/updates?state=sent&id={}", update.id));
    let text = note::write(&note::Note::AnotherSaysStillBroken { words: &words, update_url: &update_url });
    outbox::note(app, tx, ticket, &format!("another_says:{}", update.id), &text).await
}

/// What a reading is worth: of a message that the helpdesk itself does not trust, a person says what it means.
fn trusted(trust: MessageTrust, reading: ReplyReading, written: &CustomerReply<'_>) -> ReplyReading {
    let words = || reply::own_words(written);
    match (trust, reading) {
        (MessageTrust::Trusted, reading) => reading,
        (MessageTrust::Automatic, _) => ReplyReading::Automatic,
        (MessageTrust::Doubted, ReplyReading::Works) => {
            ReplyReading::Unclear { works: words(), still_broken: String::new() }
        }
        (MessageTrust::Doubted, ReplyReading::StillBroken) => {
            ReplyReading::Unclear { works: String::new(), still_broken: words() }
        }
        (MessageTrust::Doubted, other) => other,
    }
}

async fn heard(app: &App, tx: &mut Tx, update: &Update, verdict: CustomerVerdict, words: String) -> Result<(), Error> {
    record(app, tx, update, CustomerAnswer { verdict, feeling: None, words: Some(words), via: Via::Reply }).await
}

/// The words for each reading.
struct Readings<'r> {
    works: &'r str,
    still_broken: &'r str,
}

/// A person has to say what the answer means.
async fn ask(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    update: &Update,
    message: &Message,
    words: &str,
    readings: Readings<'_>,
) -> Result<(), Error> {
    let Readings { works, still_broken } = readings;
    let has_answered = confirmations::of_customer(tx, update.customer, update.topic, update.cycle).await?.is_some();
    if has_answered && still_broken.is_empty() {
        // They have said what they had to say, and now write of something else.
        return Ok(());
    }
    let kept: String = words.chars().take(WORDS_CHARACTERS).collect();
    updates::set_unclear(tx, update.id, Some(&kept)).await?;
    first_told::somebody_has_to_read(app, tx, update).await?;
    let update_url = app.link(&format!("/updates?state=unclear&id={}", update.id));
    let text = note::write(&note::Note::UnclearAnswer { works, still_broken, update_url: &update_url });
    outbox::note(app, tx, ticket, &format!("unclear:{}:{}", update.id, message.id), &text).await
}
