//! Sending many updates: what is so of nearly all of them is asked, claimed and settled by a few statements for all (G4, one update per
//! customer and milestone).
//!
//! Only updates of which nothing has to be weighed are sent here: `many_updates::plain` says which these are, once before the helpdesk
//! is asked about their addresses, and again in the transaction that claims them. Every other one gets a job of its own, and so does
//! one whose reply was refused, or of which nobody knows how its call ended. So no customer waits for another's trouble, and what is
//! rare is decided in one place, `send.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter, mem,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, future, stream::FuturesUnordered};
use tokio::sync::mpsc;

use super::{
    arrival, batch, quiet,
    reach::{self, WAIT_MIN},
    send,
};
use crate::{
    base::{clock::Time, random, secret::Secret},
    flow::{
        app::{App, Connection, Keys},
        error::{CallFailed, Stop},
        jobs::{self, Work as _},
    },
    helpdesk::{HelpdeskRefusal, WriteReceipt},
    model::{
        attempt::Attempt,
        id::{CustomerId, TicketId, UpdateId},
        milestone::MilestoneKind,
        ticket::Ticket,
        topic::TopicState,
        update::{Update, UpdateStanding},
    },
    store::{
        Result as StoreResult, Session, Tx, failures,
        many_updates::{self, PlainUpdate},
        pages, queue, rate_limits, updates,
    },
};

/// How many updates one job sends. Their calls are made at once.
const AT_ONCE: usize = 16;
/// How many of these jobs a process works at once for each helpdesk. Each has a queue of its own: one whose calls hang holds up these
/// workers and no other's.
pub const JOBS_AT_ONCE: usize = 2;
/// From this number on updates are sent together.
pub const MANY: usize = 8;

/// The queues of replies that this process works: one for each helpdesk, and one for those that the settings do not name.
pub fn queues(app: &App) -> BTreeSet<String> {
    let of_each = app.connections.keys().map(|connection| queue::replies_in(connection));
    iter::once(queue::REPLIES.to_owned()).chain(of_each).collect()
}

/// Takes over what waits for helpdesks that the settings do not name any more, before any work starts.
pub async fn at_start(app: &App) -> StoreResult<()> {
    let mut tx = app.database.begin().await?;
    queue::leave_to_all(&mut tx, jobs::SendMany::NAME, &queues(app)).await?;
    tx.commit().await
}

/// Has due updates of one helpdesk sent: many together, a few each by itself.
pub async fn enqueue(app: &App, tx: &mut Tx, connection: &str, updates: &[UpdateId]) -> StoreResult<()> {
    if updates.len() < MANY {
        let jobs = updates.iter().map(|update| jobs::Send { update: *update });
        return app.queue.add_all(tx, jobs.collect()).await;
    }
    let job = |some: &[UpdateId]| jobs::SendMany { connection: connection.to_owned(), updates: some.to_vec() };
    let is_known = app.connections.contains_key(connection);
    let name = if is_known { queue::replies_in(connection) } else { queue::REPLIES.to_owned() };
    app.queue.add_replies(tx, &name, updates.chunks(AT_ONCE).map(job).collect()).await
}

/// An update that is being sent.
struct Claimed {
    update: Update,
    ticket: Ticket,
    attempt: Attempt,
}

/// How a call ended; `None` if it was too late to begin it.
type Ended<'c> = (&'c Claimed, Option<Result<WriteReceipt, CallFailed>>);

/// Sends these updates of one helpdesk as far as they are due.
pub async fn run(app: &App, name: &str, ids: &[UpdateId]) -> Result<(), Stop> {
    let Some(connection) = app.connections.get(name) else { return alone(app, ids, &[]).await };
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let blocked = rate_limits::blocked_until(&mut conn, &connection.gate(), now).await?;
    if let Some(until) = blocked {
        return Err(Stop::Wait(until.since(now).max(WAIT_MIN)));
    }
    let found = plain(app, &mut conn, name, ids, now).await?;
    drop(conn);
    let people: BTreeSet<&str> = found.iter().map(|one| one.person.as_str()).collect();
    let people: Vec<&str> = people.into_iter().collect();
    let answered = reach::ask_many(app, connection, &people).await?;
    let asked: Vec<&PlainUpdate> = found.iter().filter(|one| answered.contains(one.person.as_str())).collect();
    let begun = Instant::now();
    let claimed = claim(app, name, &asked).await?;
    let wait = send_all(app, connection, &claimed, begun).await?;
    let seen_to: Vec<UpdateId> = claimed.iter().map(|one| one.update.id).collect();
    alone(app, ids, &seen_to).await?;
    wait.map_or(Ok(()), |wait| Err(Stop::Wait(wait.max(WAIT_MIN))))
}

/// Those of these updates of which nothing has to be weighed, by what is stored and by the settings.
async fn plain(
    app: &App,
    session: &mut impl Session,
    connection: &str,
    ids: &[UpdateId],
    now: Time,
) -> StoreResult<Vec<PlainUpdate>> {
    let tell = &app.settings.tell;
    if tell.daily_cap.is_some() {
        return Ok(Vec::new());
    }
    let mut plain = many_updates::plain(session, ids, now).await?;
    plain.retain(|one| {
        one.connection == connection
            && one.kind != MilestoneKind::Joined
            && (one.kind != MilestoneKind::Declined || one.topic_state == TopicState::Declined)
            && !one.kind.rules().overtaken_by.contains(&one.topic_state)
            && batch::wait(app, one.kind).is_zero()
            && quiet::around(tell, one.time_zone.as_deref(), now).is_none()
    });
    Ok(plain)
}

/// Claims those that are still plain, and gives them as they are sent: from now on their words cannot change.
async fn claim(app: &App, connection: &str, asked: &[&PlainUpdate]) -> Result<Vec<Claimed>, Stop> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<UpdateId> = asked.iter().map(|one| one.id).collect();
    // In one order everywhere, so that two who hold the same customers do not wait for each other.
    let customers: BTreeSet<CustomerId> = asked.iter().map(|one| one.customer).collect();
    let customers: Vec<CustomerId> = customers.into_iter().collect();
    let mut tx = app.database.begin().await?;
    let now = app.clock.now();
    many_updates::hold(&mut tx, &customers).await?;
    let mut fresh = Vec::with_capacity(ids.len());
    for one in plain(app, &mut tx, connection, &ids, now).await? {
        // Whoever became one with somebody else before they were held is looked at by themselves.
        let is_as_asked =
            |before: &&PlainUpdate| (before.id, before.customer, &before.person) == (one.id, one.customer, &one.person);
        if asked.iter().any(is_as_asked) {
            let key = random::token().map_err(|error| Stop::later(format!("A link could not be made: {error}")))?;
            fresh.push((one, Secret::new(key)));
        }
    }
    let attempts = many_updates::claim(&mut tx, &fresh, now).await?;
    let customer_of: BTreeMap<UpdateId, CustomerId> = fresh.iter().map(|(one, _)| (one.id, one.customer)).collect();
    let link = |(id, attempt): &(UpdateId, Attempt)| {
        let hash = Keys::hash(attempt.page_key.expose()).to_vec();
        customer_of.get(id).map(|customer| (hash, *customer, *id))
    };
    let links: Vec<(Vec<u8>, CustomerId, UpdateId)> = attempts.iter().filter_map(link).collect();
    pages::add_many(&mut tx, &links, now.plus(send::LINK_SPAN)).await?;
    let claimed_ids: Vec<UpdateId> = attempts.iter().map(|(id, _)| *id).collect();
    let sending = updates::get_many(&mut tx, &claimed_ids).await?;
    let in_tickets: Vec<TicketId> = sending.iter().map(|update| update.ticket).collect();
    let tickets = many_updates::tickets(&mut tx, &in_tickets).await?;
    tx.commit().await?;
    let tickets: BTreeMap<TicketId, Ticket> = tickets.into_iter().map(|ticket| (ticket.id, ticket)).collect();
    let mut attempts: BTreeMap<UpdateId, Attempt> = attempts.into_iter().collect();
    let claimed = sending.into_iter().filter_map(|update| {
        let (ticket, attempt) = (tickets.get(&update.ticket)?.clone(), attempts.remove(&update.id)?);
        Some(Claimed { update, ticket, attempt })
    });
    Ok(claimed.collect())
}

/// Makes all calls at once, and settles each as soon as it has ended, with those that ended meanwhile. Gives how long the helpdesk
/// wants us to wait, if it does.
///
/// What is settled waits for the database, and so may a call that is under way: it notes that it opens a ticket, or that the helpdesk
/// asked us to wait. So the calls go on meanwhile. If they did not, each would wait for the connection that the other has.
async fn send_all(
    app: &App,
    connection: &Connection,
    claimed: &[Claimed],
    begun: Instant,
) -> Result<Option<Duration>, Stop> {
    let (ended, mut to_settle) = mpsc::unbounded_channel();
    let calling = async move {
        let mut under_way = FuturesUnordered::new();
        for one in claimed {
            under_way.push(answer(app, connection, one, begun));
        }
        while let Some(answer) = under_way.next().await {
            // Whoever settles listens until the last one has ended.
            let _ = ended.send(answer);
        }
    };
    let settling = async {
        let (mut wait, mut failed): (Option<Duration>, Option<Stop>) = (None, None);
        let mut answers = Vec::with_capacity(AT_ONCE);
        while to_settle.recv_many(&mut answers, AT_ONCE).await > 0 {
            // What cannot be stored is looked up later. The others' calls still end.
            match settle(app, connection, mem::take(&mut answers)).await {
                Ok(asked_to_wait) => wait = wait.max(asked_to_wait),
                Err(stop) => failed = Some(stop),
            }
        }
        failed.map_or(Ok(wait), Err)
    };
    let ((), settled) = future::join(calling, settling).await;
    settled
}

async fn answer<'c>(app: &App, connection: &Connection, one: &'c Claimed, begun: Instant) -> Ended<'c> {
    if begun.elapsed() > send::BEGIN_WITHIN {
        return (one, None);
    }
    (one, Some(send::reply(app, connection, &one.update, &one.ticket, &one.attempt).await))
}

/// Records how calls ended.
async fn settle(app: &App, connection: &Connection, answers: Vec<Ended<'_>>) -> Result<Option<Duration>, Stop> {
    let (mut written, mut others) = (Vec::new(), Vec::new());
    for (one, answer) in answers {
        match answer {
            Some(Ok(receipt)) => written.push((&one.update, &one.ticket, receipt)),
            Some(Err(failed)) => others.push((one, Some(failed))),
            None => others.push((one, None)),
        }
    }
    arrival::all_sent(app, connection, &written).await?;
    let mut wait: Option<Duration> = None;
    for (one, failed) in others {
        let asked_to_wait = match &failed {
            Some(CallFailed::Paused(after, _) | CallFailed::Refused(HelpdeskRefusal::Limited(after))) => Some(*after),
            _ => None,
        };
        let is_unclear = matches!(failed, None | Some(CallFailed::Unclear(_)));
        let stopped = match failed {
            Some(failed) => send::not_written(app, connection, &one.update, &one.ticket, failed).await,
            None => Err(Stop::Nothing),
        };
        match stopped {
            Err(Stop::Store(error)) => return Err(Stop::Store(error)),
            // It is held again, and this job comes back for all of them.
            _ if asked_to_wait.is_some() => wait = wait.max(asked_to_wait),
            Ok(()) => {}
            Err(stop) => goes_on_alone(app, one.update.id, is_unclear, stop).await?,
        }
    }
    Ok(wait)
}

/// An update stands on the health page as if a job of its own had sent it, and gets that job. One of which nobody knows how its call
/// ended is looked up once the call is over, by whoever looks around.
async fn goes_on_alone(app: &App, update: UpdateId, is_unclear: bool, stop: Stop) -> Result<(), Stop> {
    let now = app.clock.now();
    let job = jobs::Send { update };
    let subject = serde_json::to_string(&job).unwrap_or_default();
    let (sentence, again) = match stop {
        Stop::GiveUp(sentence) => (Some(sentence), None),
        Stop::Later { after, sentence } => (Some(sentence), Some(after.unwrap_or(WAIT_MIN))),
        Stop::Wait(after) => (None, Some(after)),
        Stop::Nothing => (None, None),
        Stop::Store(error) => return Err(Stop::Store(error)),
    };
    let mut tx = app.database.begin().await?;
    if let Some(sentence) = sentence {
        let next_at = again.map(|after| now.plus(after));
        failures::note(&mut tx, "send", &subject, &sentence, next_at, now).await?;
    }
    if again.is_some() && !is_unclear {
        app.queue.add_once(&mut tx, job).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Those of these updates that are due get a job of their own, but for those that were seen to.
async fn alone(app: &App, ids: &[UpdateId], seen_to: &[UpdateId]) -> Result<(), Stop> {
    let left: Vec<UpdateId> = ids.iter().copied().filter(|id| !seen_to.contains(id)).collect();
    if left.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let mut left = updates::get_many(&mut conn, &left).await?;
    drop(conn);
    // One that is being sent may have been cut off: whoever looks around has it looked up.
    left.retain(|update| matches!(update.standing, UpdateStanding::Held { until, .. } if until <= now));
    if left.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for update in left {
        app.queue.add_once(&mut tx, jobs::Send { update: update.id }).await?;
    }
    tx.commit().await?;
    Ok(())
}
