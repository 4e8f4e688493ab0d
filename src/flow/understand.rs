//! Understand: turns deliveries into tickets, messages, customers and organizations.
//!
//! A delivery is a hint (G10, webhooks are hints). If the helpdesk lets us read tickets, a delivery only names the
//! ticket to look at, and what we read there is the truth, in whatever order the hints came. If it does not, the same
//! code takes over what the delivery says. A delivery that cannot be read is kept and shown with the reason, and can be
//! replayed.

mod authors;
pub(super) mod changes;
mod erased;
mod people;
mod taken;
mod vocabulary;

use tracing::{debug, info};

use self::{
    authors::{OwnIds, author, described, is_automatic},
    taken::Taken,
};
use super::{
    app::{App, Connection},
    calls, confirm,
    error::{CallFailed, Error, Stop},
    escalate, hints, jobs,
    tell::{arrival, returned},
};
use crate::{
    base::{clock::Time, limits},
    helpdesk::{
        Authentic, FOLLOW_UP_TAG, HelpdeskEvent, HelpdeskRefusal, MessageSnapshot, TicketChange, TicketSnapshot,
    },
    model::{
        customer::normal_email,
        delivery::{Delivery, DeliveryState, UnreadableDelivery},
        id::TicketId,
        refusal::Refusal,
        standing::Standing,
        ticket::{MessageAuthor, MessageTrust, Ticket, TicketStatus},
    },
    store::{
        Tx, customers, decisions, deliveries, own_writes, requesters,
        tickets::{self, MessageNews},
        ungrouped, updates,
    },
    tracker::section,
    wording::{bounce, note, page_key},
};

/// How many deliveries are read at a time.
const CHUNK: i64 = 64;

/// Reads the unread deliveries until none is left.
pub async fn run(app: &App) -> Result<(), Stop> {
    let began = app.clock.now();
    let mut own_ids = OwnIds::default();
    loop {
        let mut conn = app.database.read().await?;
        let unread = deliveries::unread(&mut conn, CHUNK).await?;
        drop(conn);
        if unread.is_empty() {
            return Ok(());
        }
        for delivery in unread {
            let us = own_ids.at(app, &delivery.connection).await;
            understand(app, &delivery, us.as_deref()).await?;
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
async fn understand(app: &App, delivery: &Delivery, us: Option<&str>) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let taken = match (app.tracker_called(&delivery.connection), app.connections.get(&delivery.connection)) {
        (Some(tracker), _) => hints::take(app, &mut tx, tracker, delivery).await.map(Taken::of),
        (None, Some(connection)) => take(app, &mut tx, connection, delivery, us).await,
        (None, None) => Err(Refusal::ConnectionRemoved(delivery.connection.clone()).into()),
    };
    let forgets = matches!(taken, Ok(Taken::Forgotten));
    let (state, error) = match taken {
        Ok(Taken::Concerns | Taken::Forgotten) => (DeliveryState::Understood, None),
        Ok(Taken::Ignored) => (DeliveryState::Ignored, None),
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
        if forgets {
            deliveries::forget(&mut tx, delivery.id).await?;
        } else if state != DeliveryState::Unreadable {
            let without_keys = page_key::masked(&delivery.body);
            let body = without_keys.as_deref().unwrap_or(&delivery.body);
            if let Some(masked) = section::masked(body).or_else(|| without_keys.clone()) {
                deliveries::mask(&mut tx, delivery.id, masked).await?;
            }
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
            let seen = SeenMessages { messages: &change.messages, whole: false, as_of: None };
            return take_messages(app, tx, connection, &change.ticket, seen, us).await;
        }
        if erased::is_erased_ticket(app, tx, &connection.settings.name, &change.ticket).await? {
            return Ok(Taken::Forgotten);
        }
        return Err(Refusal::DeliveryWithoutFields { ticket: change.ticket }.into());
    };
    take_over(app, tx, connection, &snapshot, &change.messages, false, us).await
}

/// Reads a ticket in the helpdesk and takes it over as it is now.
pub async fn refresh(app: &App, connection: &str, external_id: &str) -> Result<(), Stop> {
    let connection = app.connection(connection)?;
    let Some(call) = connection.helpdesk.ticket(external_id) else { return Ok(()) };
    if erased::is_erased_ticket(app, &mut app.database.read().await?, &connection.settings.name, external_id).await? {
        // Nothing of it would be kept.
        let mut tx = app.database.begin().await?;
        deliveries::forget_what_they_said(&mut tx, &connection.settings.name, external_id).await?;
        tx.commit().await?;
        return Ok(());
    }
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
    let too_long = |why: UnreadableDelivery| {
        Stop::GiveUp(format!("{}: ticket {external_id} is not read: {why}.", connection.settings.name))
    };
    let mut snapshot = snapshot.bounded().map_err(too_long)?;
    people::look_up_address(app, connection, &mut snapshot.requester).await?;
    if snapshot.status == TicketStatus::Merged
        && snapshot.merged_into.is_none()
        && let Some(call) = connection.helpdesk.merged_into(external_id)
    {
        snapshot.merged_into =
            calls::send(app, connection, call).await.map_err(|failed| failed.stop(&connection.settings.name))?;
    }
    let us = calls::identity(app, connection).await.map_err(|failed| failed.stop(&connection.settings.name))?;
    let thread = calls::thread(app, connection, external_id).await?;
    thread.messages.iter().try_for_each(MessageSnapshot::check_bounds).map_err(too_long)?;
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
) -> Result<Taken, Error> {
    let now = app.clock.now();
    let name = &connection.settings.name;
    if erased::is_erased(app, tx, name, snapshot).await? {
        return Ok(Taken::Forgotten);
    }
    let email = snapshot.requester.email.as_deref().and_then(normal_email);
    let company_id = people::company_id(connection, &snapshot.requester);
    let requester = requesters::Requester {
        connection: name,
        external_id: &snapshot.requester.external_id,
        name: &snapshot.requester.name,
        email: email.as_deref(),
        verified: snapshot.requester.verified && email.is_some(),
        company_id: company_id.as_deref(),
        locale: snapshot.requester.locale.as_deref(),
        standing: snapshot.requester.standing,
    };
    let behind = requesters::behind(tx, &requester, now).await?;
    let customer = behind.customer;
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
        channel: snapshot.channel,
        created_at: snapshot.created_at,
        changed_at: snapshot.changed_at,
        merged_into: snapshot.merged_into.clone(),
        follow_up_of: snapshot.follow_up_of.clone().filter(|source| *source != snapshot.external_id),
        reaches_others: snapshot.reaches_others,
        internal: false,
    };
    let mut before = tickets::find(tx, name, &snapshot.external_id).await?;
    if let Some(another) = before.as_ref().filter(|before| is_another(before, &ticket)) {
        // A helpdesk that was reset or restored counts from the beginning again.
        info!(ticket.id = %another.id, connection = %name, "The helpdesk gave a ticket's number to another ticket");
        tickets::retire(tx, another.id).await?;
        changes::of_ending(app, tx, another).await?;
        before = None;
    }
    // What we have may be newer (G2, twice, late or out of order changes nothing). Messages are stored one by one all
    // the same.
    tickets::put(tx, &ticket, now).await?;
    let moved = before.as_ref().is_some_and(|before| vocabulary::is_another(before, &ticket));
    if let Some(before) = before.as_ref().filter(|before| before.subject != ticket.subject) {
        changes::of_subject(tx, before).await?;
    }
    if let Some(before) = before.filter(|before| before.customer != customer) {
        changes::of_requester(app, tx, &before).await?;
    }
    if behind.united {
        people::united(app, tx, customer).await?;
    }
    if requesters::standing(tx, name, &ticket.requester_external_id).await? == Some(Standing::Gone) {
        people::forget(app, tx, connection, &ticket.requester_external_id, &ticket.external_id).await?;
        return Ok(Taken::Forgotten);
    }
    let described: Vec<MessageSnapshot> = described(snapshot).into_iter().collect();
    let messages = if messages.is_empty() { &described } else { messages };
    let seen = SeenMessages { messages, whole, as_of: Some(snapshot.changed_at) };
    let taken = take_messages(app, tx, connection, &snapshot.external_id, seen, us).await?;
    if moved && let Some(ticket) = tickets::find(tx, name, &snapshot.external_id).await? {
        vocabulary::keep(tx, &ticket).await?;
    }
    Ok(taken)
}

/// Whether a ticket under a known number is another one: it was opened after the known one last changed, by somebody else, about
/// something else (`statevde/statev_v5_issues#952`).
fn is_another(known: &Ticket, seen: &Ticket) -> bool {
    seen.created_at > known.changed_at
        && seen.requester_external_id != known.requester_external_id
        && seen.subject.trim() != known.subject.trim()
        && !known.subject.is_empty()
}

/// Messages as the helpdesk had them.
struct SeenMessages<'m> {
    messages: &'m [MessageSnapshot],
    /// Whether they are the whole thread: one that is not among them is not there any more.
    whole: bool,
    /// When the helpdesk had them so, if it says.
    as_of: Option<Time>,
}

/// Stores messages as they are now and enqueues what follows from them.
async fn take_messages(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    external_id: &str,
    seen: SeenMessages<'_>,
    us: Option<&str>,
) -> Result<Taken, Error> {
    let SeenMessages { messages, whole, as_of } = seen;
    let now = app.clock.now();
    let as_of = as_of.unwrap_or(now);
    let name = &connection.settings.name;
    let Some(ticket) = tickets::find(tx, name, external_id).await? else { return Ok(Taken::Concerns) };
    if ticket.status == TicketStatus::Deleted {
        // What was forgotten with it does not come back with a delivery that is late.
        return Ok(Taken::Forgotten);
    }
    let requesters = requesters::of_customer(tx, ticket.customer, name).await?;
    let (mut customer_wrote, mut words_changed) = (false, false);
    let was_reachable = tickets::may_be_written_to(tx, ticket.id).await?;
    let follow_up = ticket.follow_up_of.is_some() || ticket.tags.iter().any(|tag| tag == FOLLOW_UP_TAG);
    if whole && let Some(first) = messages.first() {
        tickets::first_is_listed(tx, ticket.id, &first.external_id).await?;
    }
    let kept = erased::not_erased(app, tx, name, external_id, messages).await?;
    let taken = if kept.len() < messages.len() { Taken::Forgotten } else { Taken::Concerns };
    for message in kept {
        // A report that mail came back quotes the link as well, and is neither ours nor theirs.
        let by = author(message, &requesters, false);
        // What agents note among themselves is none.
        let is_report = (message.public || message.by_mailer) && bounce::is_one(message.by_mailer, &message.body);
        if message.public && by != MessageAuthor::Copied && !is_report {
            let ours = (by == MessageAuthor::Agent).then_some(message.external_id.as_str());
            for key in page_key::of(&message.as_shown) {
                arrival::seen(app, tx, key, &ticket, ours).await?;
            }
        }
        if follow_up {
            updates::found_in(tx, name, &message.external_id, ticket.id).await?;
        }
        // Some helpdesks count messages anew in each ticket: what the customer wrote is not ours, whatever number it has.
        let by_them = message.author_external_id.as_ref().is_some_and(|author| requesters.contains(author));
        let ours = message.author_external_id.as_deref().is_some_and(|author| us == Some(author))
            || !by_them && own_writes::is_ours(tx, name, &message.external_id).await?;
        // A note of ours names topics by their titles, which are other customers' subjects. It stands in the helpdesk, and no copy
        // of it is kept, so that nothing of it is left here where somebody is forgotten (G6, nothing private leaves).
        let is_note = !message.public && (ours || note::is_one(&message.body));
        let body = if is_note { String::new() } else { page_key::without(&message.body) };
        let stored = tickets::NewMessage {
            ticket: ticket.id,
            external_id: &message.external_id,
            author: author(message, &requesters, ours),
            author_external_id: message.author_external_id.as_deref(),
            public: message.public,
            trust: message.trust,
            body: &body,
            created_at: message.created_at,
            as_of,
        };
        let news = tickets::keep_message(tx, &stored, now).await?;
        if is_report || is_automatic(&ticket, message) {
            ungrouped::machine_wrote(tx, ticket.id, &message.external_id).await?;
        }
        if is_report && news == MessageNews::New && stored.author != MessageAuthor::Heard {
            let keys = page_key::of(&message.as_shown);
            let is_theirs = stored.author != MessageAuthor::Copied && stored.trust == MessageTrust::Trusted;
            if is_theirs || message.by_mailer {
                returned::came_back(app, tx, &ticket, keys, message.by_mailer, message.created_at).await?;
            } else {
                returned::said_to_have_come_back(app, tx, &ticket, keys).await?;
            }
        }
        customer_wrote |= news == MessageNews::New && stored.author == MessageAuthor::Customer && stored.public;
        words_changed |= news == MessageNews::Changed && !is_note;
    }
    if whole && let Some(newest) = messages.iter().map(|message| message.created_at).max() {
        let listed: Vec<&str> = messages.iter().map(|message| message.external_id.as_str()).collect();
        words_changed |= tickets::forget_missing_messages(tx, ticket.id, &listed, newest).await?;
    }
    tickets::note_publicity(tx, ticket.id).await?;
    if customer_wrote || words_changed {
        vocabulary::keep(tx, &ticket).await?;
    }
    if words_changed {
        changes::of_words(app, tx, &ticket).await?;
    }
    if !was_reachable && customer_wrote {
        // Until now they were told nothing here, because nothing public of theirs was known.
        changes::of_place(app, tx, &ticket).await?;
    }
    if ticket.status == TicketStatus::Merged {
        return Ok(taken);
    }
    let grouped = decisions::link(tx, ticket.id).await?.is_some();
    // A report that mail came back (freescout#4250) or an automatic reply (django-helpdesk#756), in a ticket of its own, is
    // nobody's complaint.
    let is_a_machines =
        |message: &MessageSnapshot| bounce::is_one(message.by_mailer, &message.body) || is_automatic(&ticket, message);
    let says_something = messages.is_empty() || !messages.iter().all(is_a_machines);
    if !grouped && !says_something {
        return Ok(taken);
    }
    if !grouped {
        app.queue.add(tx, jobs::Group { ticket: ticket.id }).await?;
    } else if escalate::is_wanted(connection, &ticket) {
        escalate::by_tag(app, tx, &ticket).await?;
    }
    if customer_wrote && (grouped || follow_up) {
        app.queue.add(tx, jobs::Answer { ticket: ticket.id }).await?;
    }
    Ok(taken)
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
    if !connection.helpdesk.about().reads_tickets {
        // What was sent before and arrives later does not bring it back.
        tickets::changed_by(tx, ticket.id, app.clock.now()).await?;
    }
    if status == TicketStatus::Deleted {
        return changes::of_ending(app, tx, &ticket).await;
    }
    changes::of_place(app, tx, &ticket).await
}
