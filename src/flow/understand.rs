//! Understand: turns deliveries into tickets, messages, customers and organizations.
//!
//! A delivery is a hint (G10, webhooks are hints). If the helpdesk lets us read tickets, a delivery only names the
//! ticket to look at, and what we read there is the truth, in whatever order the hints came. If it does not, the same
//! code takes over what the delivery says. A delivery that cannot be read is kept and shown with the reason, and can be
//! replayed.

mod changes;
mod keys;

use tracing::{debug, info};

use super::{
    advance,
    app::{App, Connection},
    calls, confirm,
    error::{CallFailed, Error, Stop},
    escalate, hints, jobs,
    tell::send,
};
use crate::{
    base::limits,
    helpdesk::{
        Authentic, FOLLOW_UP_TAG, HelpdeskEvent, HelpdeskRefusal, MessageSnapshot, TicketChange, TicketSnapshot,
    },
    model::{
        customer::normal_email,
        delivery::{Delivery, DeliveryState},
        id::TicketId,
        refusal::Refusal,
        ticket::{MessageAuthor, Ticket, TicketStatus},
    },
    store::{
        Tx, customers, decisions, deliveries, own_writes,
        tickets::{self, MessageNews},
        updates,
    },
};

/// How many deliveries are read at a time.
const CHUNK: i64 = 64;

/// Reads the unread deliveries until none is left.
pub async fn run(app: &App) -> Result<(), Stop> {
    let began = app.clock.now();
    loop {
        let mut conn = app.database.read().await?;
        let unread = deliveries::unread(&mut conn, CHUNK).await?;
        drop(conn);
        if unread.is_empty() {
            return Ok(());
        }
        for delivery in unread {
            understand(app, &delivery).await?;
        }
        if app.clock.now().since(began) > limits::JOB_TIMEOUT / 2 {
            // This was long enough for one job. Another goes on, and this one ends well within its time limit.
            let mut tx = app.database.begin().await?;
            app.queue.add(&mut tx, jobs::Understand {}).await?;
            tx.commit().await?;
            return Ok(());
        }
    }
}

/// Handles one delivery in one transaction, with the jobs that follow from it. Twice is harmless, because only one
/// settles it.
async fn understand(app: &App, delivery: &Delivery) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let taken = match (app.tracker_called(&delivery.connection), app.connections.get(&delivery.connection)) {
        (Some(tracker), _) => hints::take(app, &mut tx, tracker, delivery).await,
        (None, Some(connection)) => take(app, &mut tx, connection, delivery).await,
        (None, None) => Err(Refusal::ConnectionRemoved(delivery.connection.clone()).into()),
    };
    let (state, error) = match taken {
        Ok(true) => (DeliveryState::Understood, None),
        Ok(false) => (DeliveryState::Ignored, None),
        Err(Error::Store(error)) if !error.is_about_the_values() => return Err(error.into()),
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
        if state != DeliveryState::Unreadable
            && let Some(masked) = keys::masked(&delivery.body)
        {
            deliveries::mask(&mut tx, delivery.id, masked).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Takes over what a helpdesk's delivery says. False if it says nothing that concerns us.
async fn take(app: &App, tx: &mut Tx, connection: &Connection, delivery: &Delivery) -> Result<bool, Error> {
    let events = connection.helpdesk.read(&Authentic::stored(delivery)).map_err(Refusal::DeliveryUnreadable)?;
    let mut concerns = false;
    for event in events {
        match event {
            HelpdeskEvent::Ignored(name) => {
                debug!(connection = %connection.settings.name, event = name, "Nothing that concerns us");
            }
            HelpdeskEvent::Ticket(change) => {
                concerns = true;
                changed(app, tx, connection, *change).await?;
            }
            HelpdeskEvent::Deleted { ticket } => {
                concerns = true;
                ended(app, tx, connection, &ticket, TicketStatus::Deleted, None).await?;
            }
            HelpdeskEvent::Merged { ticket, into } => {
                concerns = true;
                ended(app, tx, connection, &ticket, TicketStatus::Merged, Some(&into)).await?;
                refresh_later(app, tx, connection, &into).await?;
            }
            HelpdeskEvent::Rated { ticket, good } => {
                concerns = true;
                confirm::rated(app, tx, connection, &ticket, good).await?;
            }
        }
    }
    Ok(concerns)
}

async fn refresh_later(app: &App, tx: &mut Tx, connection: &Connection, ticket: &str) -> Result<(), Error> {
    if connection.helpdesk.about().reads_tickets {
        let job = jobs::Refresh { connection: connection.settings.name.clone(), ticket: ticket.to_owned() };
        app.queue.add(tx, job).await?;
    }
    Ok(())
}

async fn changed(app: &App, tx: &mut Tx, connection: &Connection, change: TicketChange) -> Result<(), Error> {
    if connection.helpdesk.about().reads_tickets {
        return refresh_later(app, tx, connection, &change.ticket).await;
    }
    let Some(snapshot) = change.snapshot else {
        if tickets::find(tx, &connection.settings.name, &change.ticket).await?.is_some() {
            return take_messages(app, tx, connection, &change.ticket, &change.messages, false, None).await;
        }
        return Err(Refusal::DeliveryWithoutFields { ticket: change.ticket }.into());
    };
    take_over(app, tx, connection, &snapshot, &change.messages, false, None).await
}

/// Reads a ticket in the helpdesk and takes it over as it is now.
pub async fn refresh(app: &App, connection: &str, external_id: &str) -> Result<(), Stop> {
    let connection = app.connection(connection)?;
    let Some(call) = connection.helpdesk.ticket(external_id) else { return Ok(()) };
    let snapshot = match calls::send(app, connection, call).await {
        Ok(snapshot) => snapshot,
        Err(CallFailed::Refused(HelpdeskRefusal::Gone(_))) => {
            let mut tx = app.database.begin().await?;
            ended(app, &mut tx, connection, external_id, TicketStatus::Deleted, None).await?;
            tx.commit().await?;
            return Ok(());
        }
        Err(failed) => return Err(failed.stop(&connection.settings.name)),
    };
    let mut snapshot = snapshot;
    if snapshot.status == TicketStatus::Merged
        && snapshot.merged_into.is_none()
        && let Some(call) = connection.helpdesk.merged_into(external_id)
    {
        snapshot.merged_into =
            calls::send(app, connection, call).await.map_err(|failed| failed.stop(&connection.settings.name))?;
    }
    let us = calls::identity(app, connection).await.map_err(|failed| failed.stop(&connection.settings.name))?;
    let thread = calls::thread(app, connection, external_id).await?;
    let mut tx = app.database.begin().await?;
    let us = us.map(|us| us.external_id.as_str());
    take_over(app, &mut tx, connection, &snapshot, &thread.messages, thread.complete, us).await?;
    tx.commit().await?;
    Ok(())
}

/// Stores a ticket with its people and messages, and enqueues what follows: grouping, escalating, reading an answer.
async fn take_over(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    snapshot: &TicketSnapshot,
    messages: &[MessageSnapshot],
    whole: bool,
    us: Option<&str>,
) -> Result<(), Error> {
    let now = app.clock.now();
    let name = &connection.settings.name;
    let snapshot = &kept(snapshot);
    let email = snapshot.requester.email.as_deref().and_then(normal_email);
    let requester = customers::Requester {
        connection: name,
        external_id: &snapshot.requester.external_id,
        name: &snapshot.requester.name,
        email: email.as_deref(),
        locale: snapshot.requester.locale.as_deref(),
    };
    let customer = customers::behind(tx, &requester, now).await?;
    let organization = match &snapshot.organization {
        None => None,
        Some(seen) => {
            let attributes = customers::Attributes {
                plan: seen.plan.clone(),
                revenue_cents: seen.revenue_cents,
                renewal_at: seen.renewal_at,
                segment: seen.segment.clone(),
            };
            Some(customers::organization(tx, name, &seen.external_id, &seen.name, &attributes, now).await?)
        }
    };
    let ticket = Ticket {
        id: TicketId::generate(now),
        connection: name.clone(),
        external_id: snapshot.external_id.clone(),
        url: snapshot.url.clone(),
        brand: connection.settings.brand.clone().or_else(|| snapshot.brand.clone()),
        subject: snapshot.subject.clone(),
        status: snapshot.status,
        tags: snapshot.tags.clone(),
        customer,
        requester_external_id: snapshot.requester.external_id.clone(),
        organization,
        agent_external_id: snapshot.agent.as_ref().map(|agent| agent.external_id.clone()),
        agent_name: snapshot.agent.as_ref().map(|agent| agent.name.clone()).filter(|name| !name.trim().is_empty()),
        created_at: snapshot.created_at,
        changed_at: snapshot.changed_at,
        merged_into: snapshot.merged_into.clone(),
        follow_up_of: snapshot.follow_up_of.clone().filter(|source| *source != snapshot.external_id),
        internal: false,
    };
    let before = tickets::find(tx, name, &snapshot.external_id).await?;
    // What we have may be newer (G2, twice, late or out of order changes nothing). Messages are stored one by one all
    // the same.
    tickets::put(tx, &ticket).await?;
    if let Some(before) = before.filter(|before| before.customer != customer) {
        changes::of_requester(app, tx, &before).await?;
    }
    let first = snapshot.description.as_deref().filter(|text| messages.is_empty() && !text.trim().is_empty());
    let described: Vec<MessageSnapshot> = first
        .map(|body| MessageSnapshot {
            external_id: "description".to_owned(),
            author: MessageAuthor::Customer,
            author_external_id: Some(snapshot.requester.external_id.clone()),
            public: true,
            body: body.to_owned(),
            as_shown: body.to_owned(),
            written_with: None,
            created_at: snapshot.created_at,
        })
        .into_iter()
        .collect();
    let messages = if messages.is_empty() { &described } else { messages };
    take_messages(app, tx, connection, &snapshot.external_id, messages, whole, us).await
}

/// Who wrote a message. Only the requester speaks for the customer, and only in public, whatever their role is: an agent may
/// be a customer of their own helpdesk, and another customer in copy answers nothing for them.
fn author(message: &MessageSnapshot, requesters: &[String], ours: bool) -> MessageAuthor {
    let Some(by) = message.author_external_id.as_ref().filter(|_| !ours && !requesters.is_empty()) else {
        return if ours { MessageAuthor::Heard } else { message.author };
    };
    match message.author {
        _ if requesters.contains(by) && message.public => MessageAuthor::Customer,
        _ if requesters.contains(by) => MessageAuthor::Agent,
        MessageAuthor::Customer => MessageAuthor::Copied,
        other => other,
    }
}

/// A ticket as databases can hold it: PostgreSQL's text has no NUL.
fn kept(seen: &TicketSnapshot) -> TicketSnapshot {
    let clean = |text: &str| text.replace('\0', "");
    let mut kept = seen.clone();
    kept.subject = clean(&kept.subject);
    kept.description = kept.description.as_deref().map(clean);
    kept.requester.name = clean(&kept.requester.name);
    kept.tags.iter_mut().for_each(|tag| *tag = clean(tag));
    kept
}

/// Stores messages as they are now and enqueues what follows from them. `whole` says that they are the whole thread: one that
/// is not among them is not there any more.
async fn take_messages(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    external_id: &str,
    messages: &[MessageSnapshot],
    whole: bool,
    us: Option<&str>,
) -> Result<(), Error> {
    let now = app.clock.now();
    let name = &connection.settings.name;
    let Some(ticket) = tickets::find(tx, name, external_id).await? else { return Ok(()) };
    let requesters = customers::requesters_in(tx, ticket.customer, name).await?;
    let (mut customer_wrote, mut words_changed) = (false, false);
    let follow_up = ticket.follow_up_of.is_some() || ticket.tags.iter().any(|tag| tag == FOLLOW_UP_TAG);
    for message in messages {
        // A report that mail came back quotes the link as well, and is neither ours nor theirs.
        let by = author(message, &requesters, false);
        if message.public && by != MessageAuthor::Copied {
            let ours = (by == MessageAuthor::Agent).then_some(message.external_id.as_str());
            for key in keys::of(&message.as_shown) {
                send::seen(app, tx, key, &ticket, ours).await?;
            }
        }
        if follow_up {
            updates::found_in(tx, name, &message.external_id, ticket.id).await?;
        }
        let ours = message.author_external_id.as_deref().is_some_and(|author| us == Some(author))
            || own_writes::is_ours(tx, name, &message.external_id).await?;
        let stored = tickets::NewMessage {
            ticket: ticket.id,
            external_id: &message.external_id,
            author: author(message, &requesters, ours),
            author_external_id: message.author_external_id.as_deref(),
            public: message.public,
            body: &keys::without(&message.body),
            created_at: message.created_at,
        };
        let news = tickets::keep_message(tx, &stored, now).await?;
        customer_wrote |= news == MessageNews::New && stored.author == MessageAuthor::Customer && stored.public;
        words_changed |= news == MessageNews::Changed;
    }
    if whole && let Some(newest) = messages.iter().map(|message| message.created_at).max() {
        let listed: Vec<&str> = messages.iter().map(|message| message.external_id.as_str()).collect();
        words_changed |= tickets::forget_missing_messages(tx, ticket.id, &listed, newest).await?;
    }
    tickets::note_publicity(tx, ticket.id).await?;
    if words_changed {
        changes::of_words(app, tx, &ticket).await?;
    }
    if ticket.status == TicketStatus::Deleted || ticket.status == TicketStatus::Merged {
        return Ok(());
    }
    let grouped = decisions::link(tx, ticket.id).await?.is_some();
    if !grouped {
        app.queue.add(tx, jobs::Group { ticket: ticket.id }).await?;
    } else if escalate::is_wanted(connection, &ticket) {
        escalate::by_tag(app, tx, &ticket).await?;
    }
    if customer_wrote && (grouped || follow_up) {
        app.queue.add(tx, jobs::Answer { ticket: ticket.id }).await?;
    }
    Ok(())
}

/// The helpdesk says that a ticket is gone, or carries on in another.
async fn ended(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    external_id: &str,
    status: TicketStatus,
    into: Option<&str>,
) -> Result<(), Error> {
    let Some(ticket) = tickets::find(tx, &connection.settings.name, external_id).await? else { return Ok(()) };
    tickets::ended(tx, ticket.id, status, into).await?;
    if status == TicketStatus::Deleted {
        // What the helpdesk deleted speaks here no longer (G6, nothing private leaves).
        tickets::forget_messages(tx, ticket.id).await?;
        changes::of_words(app, tx, &ticket).await?;
    }
    if let Some(link) = decisions::link(tx, ticket.id).await? {
        // The customer may still be reached in another of their tickets; sending finds out.
        advance::replan_updates(app, tx, link.topic).await?;
    }
    Ok(())
}
