//! Enqueueing: a job is put into River in the transaction that makes it necessary, and nowhere else.
//!
//! The client here only inserts. The client that works is in `flow`, on the same tables.

use riverqueue::{Client, JobArgs};

use super::{Database, Result, Tx};

/// So many attempts that a failing database never discards a job: at the longest delay they take years.
const ATTEMPTS: i32 = 1_000_000;

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
}

/// A client builder on the same tables, for the process that works the jobs.
pub fn worker(database: &Database) -> riverqueue::ClientBuilder {
    match database {
        Database::Sqlite { write, .. } => Client::builder(write.clone()),
        Database::Postgres(pool) => Client::builder(pool.clone()),
    }
}
