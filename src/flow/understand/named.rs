//! Deliveries that only name what is to be read (G10, webhooks are hints). Nothing of them is taken over, so many of them are
//! understood in one transaction, with a statement or two for all, and a ticket that several of them name is read once.
//!
//! They can come in any order. What may make us forget what deliveries said is none of these: it is understood by itself, after
//! those that came with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tracing::debug;

use crate::{
    base::mistake,
    flow::{
        app::{App, Connection},
        inbox::Naming,
        jobs,
    },
    helpdesk::{Authentic, HelpdeskEvent, TICKETS_AT_ONCE},
    model::delivery::Delivery,
    store::{Result, Tx, Urgency, deliveries, requesters},
    tracker::section,
    wording::page_key,
};

/// So many tickets are read by a job each, at once and without their neighbours.
pub(super) const FEW: usize = 8;
/// The longest id that is read among many: a number. What a job is about is a key of the health page, and may not be long.
const SHORT: usize = 20;

/// A ticket by its connection and the helpdesk's id.
pub(in crate::flow) type TicketAt = (String, String);

/// Understands all at once what only names what to read, and gives back what has to be understood by itself, in its order: the
/// others, or all of them if this failed over one of them.
pub(super) async fn together(app: &App, unread: Vec<Delivery>, locked_for: Duration) -> Result<Vec<Delivery>> {
    let (mut naming, mut others) = (Vec::new(), Vec::new());
    for delivery in unread {
        match of_stored(app, &delivery).await {
            Some(named) => naming.push((delivery, named)),
            None => others.push(delivery),
        }
    }
    match understand(app, &naming, locked_for).await {
        Ok(true) => {}
        Err(error) if error.is_out_of_reach() => return Err(error),
        Ok(false) | Err(_) => {
            others.extend(naming.into_iter().map(|(delivery, _)| delivery));
            others.sort_unstable_by_key(|delivery| delivery.id);
        }
    }
    Ok(others)
}

/// What a stored delivery names. `None` if it says more than that, or cannot be read: then it is understood by itself.
async fn of_stored(app: &App, delivery: &Delivery) -> Option<Naming> {
    if app.tracker_called(&delivery.connection).is_some() {
        return None;
    }
    let connection = app.connections.get(&delivery.connection)?;
    of(connection, &Authentic::stored(delivery)).await
}

/// What a delivery of a helpdesk names. `None` if it says more than that, or cannot be read.
pub(in crate::flow) async fn of(connection: &Connection, delivery: &Authentic) -> Option<Naming> {
    if !connection.helpdesk.about().reads_tickets {
        return None;
    }
    mistake::caught(async { read(connection, delivery) }).await.ok().flatten()
}

fn read(connection: &Connection, delivery: &Authentic) -> Option<Naming> {
    let mut named = Naming::default();
    let us = connection.identity.get().and_then(Option::as_ref).map(|us| us.external_id.as_str());
    let mut by_us = us.is_some();
    for event in connection.helpdesk.read(delivery).ok()? {
        let event = event.bounded().ok()?;
        let person = || event.person().map(deliveries::about_person);
        named.about = event.ticket().map(str::to_owned).or_else(person).or(named.about);
        match event {
            HelpdeskEvent::Ignored(name) => {
                debug!(connection = %connection.settings.name, event = name, "Nothing that concerns us");
            }
            HelpdeskEvent::Ticket(change) => {
                by_us &= change.actor.as_deref() == us;
                named.tickets.push(change.ticket);
            }
            HelpdeskEvent::Person { person } => {
                by_us = false;
                named.people.push(person);
            }
            HelpdeskEvent::Deleted { .. }
            | HelpdeskEvent::Merged { .. }
            | HelpdeskEvent::Rated { .. }
            | HelpdeskEvent::PersonGone { .. }
            | HelpdeskEvent::PeopleMerged { .. } => return None,
        }
    }
    named.by_us = by_us && !named.tickets.is_empty();
    named.concerns = !named.tickets.is_empty() || !named.people.is_empty();
    Some(named)
}

/// Understands these deliveries in one transaction, with the jobs that follow from them. False if somebody else has understood one
/// of them meanwhile: then nothing was done.
async fn understand(app: &App, all: &[(Delivery, Naming)], locked_for: Duration) -> Result<bool> {
    if all.is_empty() {
        return Ok(true);
    }
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    tx.wait_for_locks_at_most(locked_for).await?;
    let named: Vec<_> = all.iter().map(|(delivery, named)| (delivery.connection.as_str(), named)).collect();
    let tickets = tickets_of(&mut tx, &named).await?.into_iter();
    let by_whom = tickets.zip(&named).map(|(tickets, (_, named))| (named.by_us, tickets)).collect();
    read_in_order(app, &mut tx, by_whom).await?;
    let meanings: Vec<_> = all.iter().map(|(delivery, named)| (delivery.id, named.meaning())).collect();
    if !deliveries::settle_all(&mut tx, &meanings, now).await? {
        return Ok(false);
    }
    for (delivery, _) in all {
        if let Some(masked) = masked(&delivery.body) {
            deliveries::mask(&mut tx, delivery.id, masked).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// The tickets that each of these deliveries has read: those that it names, and the newest of each person that it names.
pub(in crate::flow) async fn tickets_of(tx: &mut Tx, all: &[(&str, &Naming)]) -> Result<Vec<Vec<TicketAt>>> {
    let mut people = BTreeSet::new();
    for (connection, named) in all {
        people.extend(named.people.iter().map(|person| (*connection, person.as_str())));
    }
    let people: Vec<(&str, &str)> = people.into_iter().collect();
    let newest = requesters::newest_tickets(tx, &people).await?;
    let of_one = |(connection, named): &(&str, &Naming)| {
        let at = |id: &String| ((*connection).to_owned(), id.clone());
        let named_itself = named.tickets.iter().map(at);
        let of_people = named.people.iter().filter_map(|person| newest.get(&at(person)).map(at));
        named_itself.chain(of_people).collect::<Vec<TicketAt>>()
    };
    Ok(all.iter().map(of_one).collect())
}

/// Enqueues the reading of tickets, each once; beside each delivery's tickets stands whether it only tells of what we wrote. These are
/// read after everything else, unless somebody else wrote there, too.
pub(in crate::flow) async fn read_in_order(app: &App, tx: &mut Tx, all: Vec<(bool, Vec<TicketAt>)>) -> Result<()> {
    let (mut first, mut afterwards) = (BTreeSet::new(), BTreeSet::new());
    for (by_us, tickets) in all {
        if by_us { afterwards.extend(tickets) } else { first.extend(tickets) }
    }
    let afterwards = afterwards.difference(&first).cloned().collect();
    read_by(app, tx, afterwards, Urgency::Afterwards).await?;
    read_later(app, tx, first).await
}

/// Enqueues the reading of tickets, each once: a few by a job each, many of one helpdesk by one job, if it gives many at once.
pub(in crate::flow) async fn read_later(app: &App, tx: &mut Tx, tickets: BTreeSet<TicketAt>) -> Result<()> {
    read_by(app, tx, tickets, Urgency::Usual).await
}

/// The same for tickets that were found by looking back: whatever was just said is read first.
pub(in crate::flow) async fn read_behind(app: &App, tx: &mut Tx, tickets: BTreeSet<TicketAt>) -> Result<()> {
    read_by(app, tx, tickets, Urgency::Behind).await
}

async fn read_by(app: &App, tx: &mut Tx, tickets: BTreeSet<TicketAt>, urgency: Urgency) -> Result<()> {
    let (few, many) = readings(app, tickets, urgency);
    app.queue.add_all_by(tx, few, urgency).await?;
    app.queue.add_all_by(tx, many, urgency).await
}

fn readings(app: &App, tickets: BTreeSet<TicketAt>, urgency: Urgency) -> (Vec<jobs::Refresh>, Vec<jobs::RefreshMany>) {
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (connection, ticket) in tickets {
        of.entry(connection).or_default().push(ticket);
    }
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for (connection, tickets) in of {
        let gives_many = app.connections.get(&connection).is_some_and(|one| one.helpdesk.tickets(&[]).is_some());
        let is_short = |ticket: &String| gives_many && ticket.len() <= SHORT;
        let (mut together, mut alone): (Vec<String>, Vec<String>) = tickets.into_iter().partition(is_short);
        if together.len() <= FEW {
            alone.append(&mut together);
        }
        few.extend(alone.into_iter().map(|ticket| jobs::Refresh { connection: connection.clone(), ticket }));
        let job =
            |some: &[String]| jobs::RefreshMany { connection: connection.clone(), tickets: some.to_vec(), urgency };
        many.extend(together.chunks(TICKETS_AT_ONCE).map(job));
    }
    (few, many)
}

/// A delivery's bytes without keys of customers' pages and without what our section says; `None` if there are none of these.
pub(in crate::flow) fn masked(body: &[u8]) -> Option<Vec<u8>> {
    let without_keys = page_key::masked(body);
    section::masked(without_keys.as_deref().unwrap_or(body)).or(without_keys)
}
