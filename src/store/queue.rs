//! Enqueueing: a job is put into River in the transaction that makes it necessary, and nowhere else.
//!
//! The client here only inserts. The client that works is in `flow`, on the same tables.

use riverqueue::{Client, InsertOpts, JobArgs, JobState, UniqueOpts};

use super::{Database, Result, Session, Tx};

/// So many attempts that a failing database never discards a job: at the longest delay they take years.
const ATTEMPTS: i32 = 1_000_000;

/// River's priority after the usual one.
const BEHIND: i16 = 2;

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
        match tx {
            Tx::Sqlite(tx) => self.client.insert(job).tx(tx).await?,
            Tx::Postgres(tx) => self.client.insert(job).tx(tx).await?,
        };
        Ok(())
    }

    /// Enqueues jobs of one kind together with what `tx` changes, as [`Queue::add`] does each.
    pub async fn add_all<A: JobArgs>(&self, tx: &mut Tx, jobs: Vec<A>) -> Result<()> {
        // River refuses to enqueue nothing.
        if jobs.is_empty() {
            return Ok(());
        }
        match tx {
            Tx::Sqlite(tx) => self.client.insert_many::<A, _>(jobs).tx(tx).await?,
            Tx::Postgres(tx) => self.client.insert_many::<A, _>(jobs).tx(tx).await?,
        };
        Ok(())
    }

    /// Enqueues jobs of one kind as [`Queue::add_all`] does, behind whatever else waits: what is found by looking back, however much it
    /// is, holds up nothing that was just said.
    pub async fn add_behind<A: JobArgs>(&self, tx: &mut Tx, jobs: Vec<A>) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let behind = jobs.into_iter().map(|job| (job, InsertOpts::default().with_priority(BEHIND)));
        match tx {
            Tx::Sqlite(tx) => self.client.insert_many::<A, _>(behind).tx(tx).await?,
            Tx::Postgres(tx) => self.client.insert_many::<A, _>(behind).tx(tx).await?,
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
        match tx {
            Tx::Sqlite(tx) => self.client.insert(job).opts(once).tx(tx).await?,
            Tx::Postgres(tx) => self.client.insert(job).opts(once).tx(tx).await?,
        };
        Ok(())
    }
}

/// How many jobs are not done yet, but for those that only look around.
pub async fn unfinished(session: &mut impl Session) -> Result<i64> {
    let jobs = session
        .query("SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND kind NOT IN ('watch', 'sweeps')")
        .one::<(i64,)>()
        .await?;
    Ok(jobs.0)
}

/// A client builder on the same tables, for the process that works the jobs.
pub fn worker(database: &Database) -> riverqueue::ClientBuilder {
    match database {
        Database::Sqlite { write, .. } => Client::builder(write.clone()),
        Database::Postgres(pool) => Client::builder(pool.clone()),
    }
}
