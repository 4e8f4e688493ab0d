//! Enqueueing: a job is put into River in the transaction that makes it necessary, and nowhere else.
//!
//! The client here only inserts. The client that works is in `flow`, on the same tables.

use std::{collections::BTreeSet, iter};

use riverqueue::{Client, InsertOpts, JobArgs, JobState, UniqueOpts};
use serde::{Deserialize, Serialize};

use super::{
    Database, Result, Session, Tx,
    database::{OpenTx, Query},
};

/// So many attempts that a failing database never discards a job: at the longest delay they take years.
const ATTEMPTS: i32 = 1_000_000;

/// River's priority after the usual one.
const BEHIND: i16 = 2;
/// What the queues of replies to customers begin with. They have workers of their own, so they wait for no other work, and none for
/// them. The queue that is called so itself is for helpdesks that the settings do not name.
pub const REPLIES: &str = "replies";
/// The queue of what may come after everything else: notes about steps, and what our own writes made of a ticket. It has few workers,
/// so however much it is, it takes little from the others.
pub const AFTERWARDS: &str = "afterwards";

/// The queue of replies in one helpdesk, so that one whose calls hang delays no other's. River takes no two hyphens side by side, and none
/// at the end; names that differ in nothing else share a queue.
pub fn replies_in(connection: &str) -> String {
    let words = connection.split('-').filter(|word| !word.is_empty());
    iter::once(REPLIES).chain(words).collect::<Vec<_>>().join("-")
}

/// When a job is done among the others that wait. Whoever leaves a part of it to other jobs hands it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// In its turn.
    #[default]
    Usual,
    /// Behind whatever else waits: what is found by looking back, however much it is, holds up nothing that was just said.
    Behind,
    /// After everything else, by workers of its own.
    Afterwards,
}

/// Puts jobs into the queue.
#[derive(Clone)]
pub struct Queue {
    client: Client,
}

impl Queue {
    /// A queue over the database.
    ///
    /// # Errors
    /// When River refuses the configuration.
    pub fn new(database: &Database) -> Result<Self> {
        let builder = match database {
            Database::Sqlite { write, .. } => Client::builder(write.clone()),
            Database::Postgres(pool) => Client::builder(pool.clone()),
        };
        Ok(Self { client: builder.allow_unregistered_job_kinds().default_max_attempts(ATTEMPTS).build()? })
    }

    /// Enqueues a job together with what `tx` changes: it exists if and only if `tx` commits.
    pub async fn add<A: JobArgs>(&self, tx: &mut Tx, job: A) -> Result<()> {
        match &mut tx.open {
            OpenTx::Sqlite(tx) => self.client.insert(job).tx(tx).await?,
            OpenTx::Postgres(tx) => self.client.insert(job).tx(tx).await?,
        };
        Ok(())
    }

    /// Enqueues jobs of one kind together with what `tx` changes, as [`Queue::add`] does each.
    pub async fn add_all<A: JobArgs>(&self, tx: &mut Tx, jobs: Vec<A>) -> Result<()> {
        // River refuses to enqueue nothing.
        if jobs.is_empty() {
            return Ok(());
        }
        match &mut tx.open {
            OpenTx::Sqlite(tx) => self.client.insert_many::<A, _>(jobs).tx(tx).await?,
            OpenTx::Postgres(tx) => self.client.insert_many::<A, _>(jobs).tx(tx).await?,
        };
        Ok(())
    }

    /// As [`Queue::add_all`], for what may come after everything else.
    pub async fn add_afterwards<A: JobArgs>(&self, tx: &mut Tx, jobs: Vec<A>) -> Result<()> {
        self.add_all_as(tx, jobs, &InsertOpts::default().with_queue(AFTERWARDS)).await
    }

    /// As [`Queue::add_all`], for jobs that are not all as urgent.
    pub async fn add_all_by<A: JobArgs>(&self, tx: &mut Tx, jobs: Vec<A>, urgency: Urgency) -> Result<()> {
        match urgency {
            Urgency::Usual => self.add_all(tx, jobs).await,
            Urgency::Behind => self.add_all_as(tx, jobs, &InsertOpts::default().with_priority(BEHIND)).await,
            Urgency::Afterwards => self.add_afterwards(tx, jobs).await,
        }
    }

    /// As [`Queue::add_all`], for jobs that answer customers, in one of the queues for that.
    pub async fn add_replies<A: JobArgs>(&self, tx: &mut Tx, queue: &str, jobs: Vec<A>) -> Result<()> {
        self.add_all_as(tx, jobs, &InsertOpts::default().with_queue(queue)).await
    }

    async fn add_all_as<A: JobArgs>(&self, tx: &mut Tx, jobs: Vec<A>, opts: &InsertOpts) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let jobs = jobs.into_iter().map(|job| (job, opts.clone()));
        match &mut tx.open {
            OpenTx::Sqlite(tx) => self.client.insert_many::<A, _>(jobs).tx(tx).await?,
            OpenTx::Postgres(tx) => self.client.insert_many::<A, _>(jobs).tx(tx).await?,
        };
        Ok(())
    }

    /// Enqueues a job unless one that was enqueued so is still to be done. It is for whoever looks around again and again
    /// while something waits: a helpdesk that is down for a day does not fill the queue. A change needs [`Queue::add`],
    /// because a job that runs may have read what was before it.
    pub async fn add_once<A: JobArgs>(&self, tx: &mut Tx, job: A) -> Result<()> {
        let once = InsertOpts::default().with_unique(UniqueOpts::new().with_by_args(true).with_by_state(vec![
            JobState::Available,
            JobState::Pending,
            JobState::Running,
            JobState::Retryable,
            JobState::Scheduled,
        ]));
        match &mut tx.open {
            OpenTx::Sqlite(tx) => self.client.insert(job).opts(once).tx(tx).await?,
            OpenTx::Postgres(tx) => self.client.insert(job).opts(once).tx(tx).await?,
        };
        Ok(())
    }
}

/// How many jobs are not done yet, without those of the kinds that only look around.
pub async fn unfinished(session: &mut impl Session, that_only_look: [&str; 2]) -> Result<i64> {
    let unfinished = "SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND kind NOT IN ($1, $2)";
    let query = that_only_look.into_iter().fold(session.query(unfinished), Query::bind);
    Ok(query.one::<(i64,)>().await?.0)
}

/// Whether a job of this kind is not done yet.
pub async fn waits(session: &mut impl Session, kind: &str) -> Result<bool> {
    let row = session
        .query("SELECT 1 FROM river_job WHERE kind = $1 AND finalized_at IS NULL LIMIT 1")
        .bind(kind)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Has what failed and waits for its next try tried at once: all jobs of the kinds that fail. Among them are some that wait for
/// another reason; these look, and wait on.
pub async fn try_now(tx: &mut Tx) -> Result<u64> {
    tx.query(
        "UPDATE river_job SET state = 'available', scheduled_at = CURRENT_TIMESTAMP
         WHERE state IN ('scheduled', 'retryable') AND kind IN (SELECT work FROM failure WHERE NOT given_up)",
    )
    .execute()
    .await
}

/// Has replies, which are jobs of this kind, that wait in a queue which nobody works, because the settings do not name its helpdesk any
/// more, done by those who work the queue of all.
pub async fn leave_to_all(tx: &mut Tx, kind: &str, worked: &BTreeSet<String>) -> Result<()> {
    let waiting = tx
        .query("SELECT DISTINCT queue FROM river_job WHERE kind = $1 AND finalized_at IS NULL")
        .bind(kind)
        .all::<(String,)>()
        .await?;
    for (queue,) in waiting.into_iter().filter(|(queue,)| !worked.contains(queue)) {
        tx.query("UPDATE river_job SET queue = $2 WHERE queue = $1 AND finalized_at IS NULL")
            .bind(queue)
            .bind(REPLIES)
            .execute()
            .await?;
    }
    Ok(())
}

/// A client builder on the same tables, for the process that works the jobs.
pub fn worker(database: &Database) -> riverqueue::ClientBuilder {
    match database {
        Database::Sqlite { write, .. } => Client::builder(write.clone()),
        Database::Postgres(pool) => Client::builder(pool.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::replies_in;

    #[test]
    fn each_helpdesk_has_a_queue_whose_name_river_takes() {
        for (connection, queue) in [
            ("acme", "replies-acme"),
            ("acme-eu-2", "replies-acme-eu-2"),
            ("-acme--eu-", "replies-acme-eu"),
            ("", "replies"),
        ] {
            assert_eq!(replies_in(connection), queue);
        }
    }
}
