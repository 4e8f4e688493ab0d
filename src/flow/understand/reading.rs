//! Reads tickets in the helpdesk and takes them over as they are now: one by itself, or many in few calls and transactions.
//!
//! One of many that cannot be read or kept holds up none of the others: it is left to a job of its own, or all of them to two jobs
//! for half of them each, where nobody knows which one it is. So whatever fails does so under its own name.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tracing::info;

use super::{
    erased,
    named::FEW,
    people,
    reader::{TicketReader, Ungrouped},
    take_over::{ended, take_over},
};
use crate::{
    base::mistake,
    flow::{
        app::{App, Connection},
        calls::{self, Thread},
        error::{CallFailed, Error, Stop},
        jobs,
    },
    helpdesk::{HelpdeskRefusal, MessageSnapshot, TicketSnapshot},
    model::{delivery::UnreadableDelivery, ticket::TicketStatus},
    store::{StoreError, Tx, Urgency, deliveries, erasure, tickets},
};

/// Of how many tickets the messages are read at a time: as many as there would be jobs that read one each.
const AT_A_TIME: usize = 8;
/// How many are kept in one transaction. On SQLite whoever writes waits for it, also a sender who waits for an answer.
const KEPT_AT_ONCE: usize = 16;
/// For how long threads are begun with. What a slow helpdesk has not given by then another job reads: what was read is kept.
const BEGUN_WITHIN: Duration = Duration::from_secs(7);
/// How long many may take. What takes longer is done in two halves. It is well within a job's time limit.
const MANY_WITHIN: Duration = Duration::from_secs(14);
/// How long many wait for somebody else's change of the same rows.
const LOCKED_FOR: Duration = Duration::from_secs(4);

/// Reads a ticket in the helpdesk and takes it over as it is now.
pub async fn refresh(app: &App, connection: &str, external_id: &str) -> Result<(), Stop> {
    let connection = app.connection(connection)?;
    let name = &connection.settings.name;
    let Some(call) = connection.helpdesk.ticket(external_id) else {
        return ends_if_gone(app, connection, external_id).await;
    };
    if erased::is_erased_ticket(app, &mut app.database.read().await?, name, external_id).await? {
        // Nothing of it would be kept.
        let mut tx = app.database.begin().await?;
        deliveries::forget_what_they_said(&mut tx, name, external_id).await?;
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
        Err(failed) => return Err(failed.stop(name)),
    };
    let read = WholeTicket::read(app, connection, external_id, snapshot).await?;
    let us = calls::identity(app, connection).await.map_err(|failed| failed.stop(name))?;
    let mut tx = app.database.begin().await?;
    read.keep(app, &mut tx, connection, TicketReader::of_one(us.map(|us| us.external_id.as_str()))).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a ticket that cannot be read and was not there any more when somebody was answered in it.
async fn ends_if_gone(app: &App, connection: &Connection, external_id: &str) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    let known = tickets::find(&mut tx, &connection.settings.name, external_id).await?;
    if known.is_some_and(|ticket| ticket.status == TicketStatus::Deleted) {
        ended(app, &mut tx, connection, external_id, TicketStatus::Deleted, None).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A ticket with all that was read of it.
struct WholeTicket {
    snapshot: TicketSnapshot,
    thread: Thread,
}

impl WholeTicket {
    /// Reads what belongs to a ticket and does not come with it.
    async fn read(
        app: &App,
        connection: &Connection,
        external_id: &str,
        snapshot: TicketSnapshot,
    ) -> Result<Self, Stop> {
        let name = &connection.settings.name;
        let too_long =
            |why: UnreadableDelivery| Stop::GiveUp(format!("{name}: ticket {external_id} is not read: {why}."));
        let mut snapshot = snapshot.bounded().map_err(too_long)?;
        if snapshot.status == TicketStatus::Deleted {
            // Nothing of it is kept, and what belongs to it may not be there any more.
            return Ok(Self { snapshot, thread: Thread { messages: Vec::new(), complete: false } });
        }
        people::look_up_address(app, connection, &mut snapshot.requester).await?;
        if snapshot.status == TicketStatus::Merged
            && snapshot.merged_into.is_none()
            && let Some(call) = connection.helpdesk.merged_into(external_id)
        {
            snapshot.merged_into = calls::send(app, connection, call).await.map_err(|failed| failed.stop(name))?;
        }
        let thread = calls::thread(app, connection, external_id).await?;
        thread.messages.iter().try_for_each(MessageSnapshot::check_bounds).map_err(too_long)?;
        Ok(Self { snapshot, thread })
    }

    async fn keep(
        &self,
        app: &App,
        tx: &mut Tx,
        connection: &Connection,
        reader: TicketReader<'_>,
    ) -> Result<(), Error> {
        let Thread { messages, complete } = &self.thread;
        Box::pin(take_over(app, tx, connection, &self.snapshot, messages, *complete, reader)).await?;
        Ok(())
    }
}

/// Why many tickets are not read together.
enum NotTogether {
    /// None of them can be read just now, together or not.
    Stopped(Stop),
    /// It is not known of which of them that comes.
    Apart,
}

impl From<StoreError> for NotTogether {
    fn from(error: StoreError) -> Self {
        if error.is_out_of_reach() { Self::Stopped(error.into()) } else { Self::Apart }
    }
}

impl From<Error> for NotTogether {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            Error::NotFound(_) | Error::Refused(_) => Self::Apart,
        }
    }
}

impl NotTogether {
    fn called(failed: CallFailed, whom: &str) -> Self {
        match failed {
            CallFailed::Paused(..) | CallFailed::NotSent(_) | CallFailed::Refused(HelpdeskRefusal::Limited(_)) => {
                Self::Stopped(failed.stop(whom))
            }
            CallFailed::Unclear(_) | CallFailed::Refused(_) => Self::Apart,
        }
    }
}

/// Reads many tickets of a helpdesk and takes them over as they are now. What is left to other jobs is as urgent as this one.
pub async fn refresh_many(app: &App, connection: &str, tickets: &[String], urgency: Urgency) -> Result<(), Stop> {
    let connection = app.connection(connection)?;
    if forget_erased(app, connection, tickets, urgency).await? {
        return Ok(());
    }
    let reading = mistake::caught(Box::pin(read_many(app, connection, tickets, urgency)));
    match tokio::time::timeout(MANY_WITHIN, reading).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(NotTogether::Stopped(stop)))) => Err(stop),
        Ok(Ok(Err(NotTogether::Apart)) | Err(_)) | Err(_) => {
            info!(connection = %connection.settings.name, tickets = tickets.len(), "Tickets are not read together");
            in_halves(app, connection, tickets, urgency).await
        }
    }
}

/// Leaves out tickets that were forgotten meanwhile: nothing of them would be kept, and no job names them any longer than it has to.
/// True if there are such; then another job reads the others.
async fn forget_erased(app: &App, connection: &Connection, tickets: &[String], urgency: Urgency) -> Result<bool, Stop> {
    let name = &connection.settings.name;
    let mut conn = app.database.read().await?;
    if !erasure::is_used(&mut conn).await? {
        return Ok(false);
    }
    let (mut erased, mut others) = (Vec::new(), Vec::new());
    for ticket in tickets {
        let is_erased = erased::is_erased_ticket(app, &mut conn, name, ticket).await?;
        let same = if is_erased { &mut erased } else { &mut others };
        same.push(ticket.clone());
    }
    drop(conn);
    if erased.is_empty() {
        return Ok(false);
    }
    let mut tx = app.database.begin().await?;
    for ticket in erased {
        deliveries::forget_what_they_said(&mut tx, name, &ticket).await?;
    }
    Left { connection, urgency }.many(app, &mut tx, others).await?;
    tx.commit().await?;
    Ok(true)
}

async fn in_halves(app: &App, connection: &Connection, tickets: &[String], urgency: Urgency) -> Result<(), Stop> {
    let left = Left { connection, urgency };
    let mut tx = app.database.begin().await?;
    let (one, other) = tickets.split_at(tickets.len() / 2);
    if one.len() < FEW {
        left.alone(app, &mut tx, tickets.to_vec()).await?;
    } else {
        left.many(app, &mut tx, one.to_vec()).await?;
        left.many(app, &mut tx, other.to_vec()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Tickets that are left to other jobs.
#[derive(Clone, Copy)]
struct Left<'c> {
    connection: &'c Connection,
    urgency: Urgency,
}

impl Left<'_> {
    fn name(self) -> String {
        self.connection.settings.name.clone()
    }

    async fn many(self, app: &App, tx: &mut Tx, tickets: Vec<String>) -> Result<(), StoreError> {
        if tickets.is_empty() {
            return Ok(());
        }
        let job = jobs::RefreshMany { connection: self.name(), tickets, urgency: self.urgency };
        app.queue.add_all_by(tx, vec![job], self.urgency).await
    }

    async fn alone(self, app: &App, tx: &mut Tx, tickets: Vec<String>) -> Result<(), StoreError> {
        let alone = tickets.into_iter().map(|ticket| jobs::Refresh { connection: self.name(), ticket }).collect();
        app.queue.add_all_by(tx, alone, self.urgency).await
    }
}

/// What became of many tickets.
#[derive(Default)]
struct Found {
    read: Vec<WholeTicket>,
    /// Those that are read by themselves: the helpdesk left them out, or something is wrong with them.
    alone: Vec<String>,
    /// Those that were not begun with, because the helpdesk asked us to wait, or is slow.
    later: Vec<String>,
}

async fn read_many(
    app: &App,
    connection: &Connection,
    tickets: &[String],
    urgency: Urgency,
) -> Result<(), NotTogether> {
    let (name, began) = (&connection.settings.name, Instant::now());
    let ids: Vec<&str> = tickets.iter().map(String::as_str).collect();
    let Some(call) = connection.helpdesk.tickets(&ids) else { return Err(NotTogether::Apart) };
    let called = |failed| NotTogether::called(failed, name);
    let us = calls::identity(app, connection).await.map_err(called)?;
    let snapshots = calls::send(app, connection, call).await.map_err(called)?;
    let mut given: BTreeMap<String, TicketSnapshot> = BTreeMap::new();
    for snapshot in snapshots {
        given.entry(snapshot.external_id.clone()).or_insert(snapshot);
    }
    let mut found = Found::default();
    let mut asked = Vec::new();
    for ticket in tickets {
        match given.remove(ticket) {
            Some(snapshot) => asked.push(snapshot),
            None => found.alone.push(ticket.clone()),
        }
    }
    found.read_threads(app, connection, asked, began).await;
    found.keep(app, Left { connection, urgency }, us.map(|us| us.external_id.as_str())).await
}

impl Found {
    /// At least a few are read, however late it is, so that whoever reads the others has fewer of them.
    async fn read_threads(&mut self, app: &App, connection: &Connection, asked: Vec<TicketSnapshot>, began: Instant) {
        let mut asked = asked.into_iter();
        loop {
            let some: Vec<_> =
                asked.by_ref().take(AT_A_TIME).map(|one| Box::pin(read_one(app, connection, one))).collect();
            if some.is_empty() {
                return;
            }
            let mut is_to_wait = false;
            for read in join_all(some).await {
                match read {
                    Ok(read) => self.read.push(read),
                    Err((ticket, waits)) => {
                        is_to_wait |= waits;
                        self.alone.push(ticket);
                    }
                }
            }
            if is_to_wait || began.elapsed() > BEGUN_WITHIN {
                self.later.extend(asked.by_ref().map(|one| one.external_id));
            }
        }
    }

    /// Keeps what was read, with the jobs that follow.
    async fn keep(self, app: &App, left: Left<'_>, us: Option<&str>) -> Result<(), NotTogether> {
        let Self { read, mut alone, later } = self;
        let connection = left.connection;
        for some in read.chunks(KEPT_AT_ONCE) {
            match keep_some(app, connection, us, some).await {
                Err(NotTogether::Apart) => alone.extend(keep_each(app, connection, us, some).await?),
                kept => kept?,
            }
        }
        if alone.is_empty() && later.is_empty() {
            return Ok(());
        }
        let mut tx = app.database.begin().await?;
        left.alone(app, &mut tx, alone).await?;
        left.many(app, &mut tx, later).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Keeps each in a transaction of its own, because it cannot be done in one: another process has changed the same customers in another
/// order, or the database refuses one of them. Nothing is read for that a second time. Gives those that cannot be kept so, either.
async fn keep_each(
    app: &App,
    connection: &Connection,
    us: Option<&str>,
    read: &[WholeTicket],
) -> Result<Vec<String>, NotTogether> {
    let mut alone = Vec::new();
    for one in read.chunks(1) {
        match keep_some(app, connection, us, one).await {
            Err(NotTogether::Apart) => alone.extend(one.iter().map(|one| one.snapshot.external_id.clone())),
            kept => kept?,
        }
    }
    Ok(alone)
}

async fn keep_some(
    app: &App,
    connection: &Connection,
    us: Option<&str>,
    read: &[WholeTicket],
) -> Result<(), NotTogether> {
    let ungrouped = Ungrouped::default();
    let _turn = app.keeps_many.lock().await;
    let mut tx = app.database.begin().await?;
    tx.wait_for_locks_at_most(LOCKED_FOR).await?;
    for one in read {
        one.keep(app, &mut tx, connection, TicketReader::of_many(us, &ungrouped)).await?;
    }
    ungrouped.enqueue(app, &mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads what belongs to one of many. If that fails, the job that reads it by itself says why. Whether the others have to wait as well,
/// because the helpdesk said for how long, stands beside its id.
async fn read_one(app: &App, connection: &Connection, snapshot: TicketSnapshot) -> Result<WholeTicket, (String, bool)> {
    let ticket = snapshot.external_id.clone();
    match mistake::caught(WholeTicket::read(app, connection, &ticket, snapshot)).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(Stop::Later { after: Some(_), .. })) => Err((ticket, true)),
        Ok(Err(_)) | Err(_) => Err((ticket, false)),
    }
}
