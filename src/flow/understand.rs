//! Understand: turns deliveries into tickets, messages, customers and organizations.
//!
//! A delivery is a hint (G10, webhooks are hints). If the helpdesk lets us read tickets, a delivery only names the
//! ticket to look at, and what we read there is the truth, in whatever order the hints came. If it does not, the same
//! code takes over what the delivery says. A delivery that cannot be read is kept and shown with the reason, and can be
//! replayed.

mod authors;
pub(super) mod changes;
mod erased;
mod lost_thread;
mod messages;
pub(super) mod named;
mod people;
mod taken;
mod vocabulary;

use std::time::Duration;

use tracing::{debug, info};

use self::{
    authors::{OwnIds, described},
    messages::SeenMessages,
    taken::Taken,
};
use super::{
    app::{App, Connection},
    calls, confirm,
    error::{CallFailed, Error, Stop},
    hints,
    inbox::WasAsked,
    jobs,
    ties::follow as follow_ties,
};
use crate::{
    base::{clock::Time, limits, mistake},
    helpdesk::{
        Authentic, HelpdeskEvent, HelpdeskRefusal, MessageSnapshot, PersonSnapshot, TicketChange, TicketSnapshot,
    },
    model::{
        customer::normal_email,
        delivery::{Delivery, DeliveryState, UnreadableDelivery},
        id::TicketId,
        refusal::Refusal,
        standing::Standing,
        ticket::{Ticket, TicketStatus},
        tie::Tie,
    },
    store::{StoreError, Tx, accounts, customers, deliveries, requesters, ticket_names, tickets, ties},
};

/// How many deliveries are read at a time.
const CHUNK: i64 = 64;
/// How long one may take. What takes longer holds up everybody behind it, and would not be done by a second try.
const TAKEN_WITHIN: Duration = Duration::from_secs(8);
/// How long it waits for somebody else's change of the same rows. Less than the above: a call that waits cannot be taken back.
const LOCKED_FOR: Duration = Duration::from_secs(4);

/// Reads the unread deliveries until none is left. One that the database will not have waits for a later run, and no other waits
/// for it (G12, intake never stops). Where this process reads already, it looks again before it ends.
pub async fn run(app: &App) -> Result<(), Stop> {
    let (reading, began) = (&app.inbox.reading, app.clock.now());
    reading.ask();
    let mut ended = Err(Stop::Nothing);
    while let Some(turn) = reading.turn() {
        ended = read(app, began).await;
        let is_asked_again = turn.ends() == WasAsked::Yes;
        if took_long(app, began) {
            // This was long enough for one job. Another goes on, and this one ends well within its time limit.
            let mut tx = app.database.begin().await?;
            app.queue.add(&mut tx, jobs::Understand {}).await?;
            tx.commit().await?;
            break;
        }
        if !is_asked_again || matches!(ended, Err(Stop::Store(_))) {
            break;
        }
    }
    ended
}

fn took_long(app: &App, began: Time) -> bool {
    app.clock.now().since(began) > limits::JOB_TIMEOUT / 2
}

/// Reads until none is left, or for so long that another job has to go on.
async fn read(app: &App, began: Time) -> Result<(), Stop> {
    let mut own_ids = OwnIds::default();
    let mut read_up_to = None;
    let mut failed = None;
    loop {
        let mut conn = app.database.read().await?;
        let unread = deliveries::unread(&mut conn, read_up_to, CHUNK).await?;
        drop(conn);
        let Some(last) = unread.last() else { break };
        read_up_to = Some(last.id);
        for delivery in named::together(app, unread, LOCKED_FOR).await? {
            let us = own_ids.at(app, &delivery.connection).await;
            match Box::pin(understand(app, &delivery, us.as_deref())).await {
                Err(error) if error.is_out_of_reach() => return Err(error.into()),
                Err(error) => failed = Some(error),
                Ok(()) => {}
            }
        }
        if took_long(app, began) {
            break;
        }
    }
    failed.map_or(Ok(()), |error| {
        let sentence = format!("The database failed over a delivery: {error}. It is tried again.");
        Err(Stop::Later { after: None, sentence })
    })
}

/// Handles one delivery in one transaction, with the jobs that follow from it. Twice is harmless, because only one
/// settles it.
async fn understand(app: &App, delivery: &Delivery, us: Option<&str>) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    tx.wait_for_locks_at_most(LOCKED_FOR).await?;
    let taking = async {
        match (app.tracker_called(&delivery.connection), app.connections.get(&delivery.connection)) {
            (Some(tracker), _) => hints::take(app, &mut tx, tracker, delivery).await.map(Taken::of),
            (None, Some(connection)) => take(app, &mut tx, connection, delivery, us).await,
            (None, None) => Err(Refusal::ConnectionRemoved(delivery.connection.clone()).into()),
        }
    };
    let unreadable = |why: String| Err(Refusal::DeliveryUnreadable(UnreadableDelivery(why)).into());
    let taken = match Box::pin(tokio::time::timeout(TAKEN_WITHIN, mistake::caught(taking))).await {
        Ok(Ok(taken)) => taken,
        Ok(Err(mistake)) => unreadable(mistake.to_string()),
        Err(_) => unreadable(format!(
            "It was not taken over within {} seconds. Replay it when there is less to do. If it happens again, its sender puts too much into one delivery.",
            TAKEN_WITHIN.as_secs()
        )),
    };
    let forgets = matches!(taken, Ok(Taken::Forgotten));
    let (state, error) = match taken {
        Ok(Taken::Concerns | Taken::Forgotten) => (DeliveryState::Understood, None),
        Ok(Taken::Ignored) => (DeliveryState::Ignored, None),
        Err(Error::Store(error)) if !error.is_about_the_values() => return Err(error),
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
        } else if state != DeliveryState::Unreadable
            && let Some(masked) = named::masked(&delivery.body)
        {
            deliveries::mask(&mut tx, delivery.id, masked).await?;
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
            let seen = SeenMessages { messages: &change.messages, whole: false, as_of: None, requester: None };
            return messages::take(app, tx, connection, &change.ticket, seen, us).await;
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
    if let Some(known_from) = known_from(app, tx, name, snapshot).await? {
        return Err(Refusal::SameAccount { ticket: snapshot.external_id.clone(), known_from }.into());
    }
    let email = snapshot.requester.email.as_deref().and_then(normal_email);
    let company_id = people::company_id(connection, &snapshot.requester);
    let named = SeenName::of(app, tx, connection, snapshot).await?;
    let requester = requesters::Requester {
        connection: name,
        external_id: &snapshot.requester.external_id,
        name: if named.by_another { "" } else { &snapshot.requester.name },
        email: email.as_deref(),
        verified: snapshot.requester.verified && email.is_some(),
        company_id: company_id.as_deref(),
        locale: snapshot.requester.locale.as_deref(),
        time_zone: snapshot.requester.time_zone.as_deref(),
        standing: snapshot.requester.standing,
    };
    let behind = requesters::behind(tx, &requester, now).await?;
    let customer = behind.customer;
    let organization = match &snapshot.organization {
        None => None,
        Some(seen) => {
            let attributes = customers::Attributes {
                plan: seen.plan.clone(),
                revenue_cents: seen.revenue_cents.filter(|_| app.settings.counts(seen.revenue_currency)),
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
    if let Some(id) = tickets::put(tx, &ticket, now).await? {
        let problem = snapshot.problem.as_deref().filter(|problem| *problem != snapshot.external_id);
        ties::keep(tx, id, Tie::Incident, problem).await?;
        if let Some(trace) = &named.trace {
            ticket_names::keep(tx, id, trace, named.by_another).await?;
        }
    }
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
    let requester = Some(snapshot.requester.external_id.as_str());
    let seen = SeenMessages { messages, whole, as_of: Some(snapshot.changed_at), requester };
    let taken = messages::take(app, tx, connection, &snapshot.external_id, seen, us).await?;
    if moved && let Some(ticket) = tickets::find(tx, name, &snapshot.external_id).await? {
        vocabulary::keep(tx, &ticket).await?;
    }
    Ok(taken)
}

/// The name that a ticket came with. Where the customer's name is a field of the ticket, it stays there when the ticket is given to
/// somebody else.
#[derive(Default)]
struct SeenName {
    /// What is kept of it: nothing that can be read.
    trace: Option<Vec<u8>>,
    /// Whether it is not the requester's, but of whoever had the ticket before.
    by_another: bool,
}

impl SeenName {
    async fn of(
        app: &App,
        tx: &mut Tx,
        connection: &Connection,
        snapshot: &TicketSnapshot,
    ) -> Result<Self, StoreError> {
        let PersonSnapshot { external_id, name, .. } = &snapshot.requester;
        if name.trim().is_empty() || connection.helpdesk.about().has_people {
            return Ok(Self::default());
        }
        let ticket = (connection.settings.name.as_str(), snapshot.external_id.as_str());
        let trace = app.keys.trace(&["name", ticket.0, ticket.1, &name.trim().to_lowercase()]);
        let by_another = ticket_names::stayed(tx, ticket, external_id, &trace).await?
            || requesters::is_anothers_name(tx, ticket, external_id, name).await?;
        Ok(Self { trace: Some(trace), by_another })
    }
}

/// The other connection that has this ticket already. Each brand of a Zendesk has an address of its own, and each gives every ticket of
/// the account (dust-tt/dust#14255).
async fn known_from(
    app: &App,
    tx: &mut Tx,
    connection: &str,
    snapshot: &TicketSnapshot,
) -> Result<Option<String>, StoreError> {
    if app.connections.len() < 2 || tickets::find(tx, connection, &snapshot.external_id).await?.is_some() {
        return Ok(None);
    }
    // One ticket that both bring at once is seen by whoever comes second.
    requesters::one_at_a_time(tx).await?;
    let seen = accounts::SeenTicket {
        connection,
        external_id: &snapshot.external_id,
        requester: &snapshot.requester.external_id,
        subject: &snapshot.subject,
        created_at: snapshot.created_at,
    };
    let others = accounts::others_with(tx, &seen).await?;
    Ok(others.into_iter().find(|other| app.connections.contains_key(other)))
}

/// Whether a ticket under a known number is another one: it was opened after the known one last changed, by somebody else, about
/// something else (`statevde/statev_v5_issues#952`).
fn is_another(known: &Ticket, seen: &Ticket) -> bool {
    seen.created_at > known.changed_at
        && seen.requester_external_id != known.requester_external_id
        && seen.subject.trim() != known.subject.trim()
        && !known.subject.is_empty()
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
    changes::of_place(app, tx, &ticket).await?;
    match tickets::get(tx, ticket.id).await? {
        Some(merged) => follow_ties(app, tx, &merged).await,
        None => Ok(()),
    }
}
