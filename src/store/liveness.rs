//! Which processes are alive. What a killed process left behind is taken over at once, instead of when its leases and
//! jobs run out.
//!
//! On SQLite there is only one process, so whatever is marked as running when it starts runs nowhere. On PostgreSQL
//! each process holds an advisory lock on a connection of its own, which the server releases however the process ends.
//! If a process has lost its lock, its jobs, its leases and River's leadership belong to nobody.
//!
//! Correctness does not depend on this. If a live process loses its lock, some work may start twice. The rows that are
//! written before each outside effect allow for that (G3, one open issue per topic; G4, one update per customer and
//! milestone). Without the locks, work would resume once River's time limits and the leases run out, which takes about
//! half a minute. With them it takes a second or two.

use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use super::{Database, Result, Session as _, Tx};

/// The class of our advisory locks, in SQL: `HEAR` in ASCII.
macro_rules! class {
    () => {
        "1212498258"
    };
}

/// Whether the process `$holder` is dead. One statement reads the rows before the locks, so a process that has just
/// started and taken something is seen as alive.
macro_rules! is_dead {
    ($holder:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
              WHERE pg_database.datname = current_database() AND pg_locks.locktype = 'advisory'
                AND pg_locks.classid = ",
            class!(),
            " AND pg_locks.objsubid = 2 AND pg_locks.objid = (hashtext(",
            $holder,
            ")::bigint & 4294967295)::oid)"
        )
    };
}

/// How many processes serve a PostgreSQL just now.
pub(super) async fn alive(tx: &mut Tx) -> Result<i64> {
    let locks = tx.query(concat!(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
         WHERE pg_database.datname = current_database() AND pg_locks.locktype = 'advisory'
           AND pg_locks.objsubid = 2 AND pg_locks.classid = ",
        class!()
    ));
    Ok(locks.one::<(i64,)>().await?.0)
}

/// How many processes serve this database just now. Whoever serves a SQLite has its file alone.
pub async fn processes(tx: &mut Tx) -> Result<i64> {
    if tx.is_on_sqlite() { Ok(0) } else { alive(tx).await }
}

/// Shows the other processes on one PostgreSQL that this one is alive.
#[derive(Debug)]
pub struct Liveness {
    pool: PgPool,
    holder: Uuid,
    locked: Option<PgConnection>,
}

/// Takes over what was left behind, before any work starts, and returns how many jobs that were. If processes share a
/// database, it also returns the [`Liveness`] to keep up.
///
/// # Errors
/// When the database fails.
pub async fn begin(database: &Database, holder: Uuid) -> Result<(Option<Liveness>, u64)> {
    match database {
        Database::Sqlite { write, .. } => {
            let jobs = sqlx::query("UPDATE river_job SET state = 'available' WHERE state = 'running'");
            let put_back = jobs.execute(write).await?.rows_affected();
            sqlx::query("DELETE FROM river_leader").execute(write).await?;
            sqlx::query("DELETE FROM lease").execute(write).await?;
            Ok((None, put_back))
        }
        Database::Postgres(pool) => {
            let mut liveness = Liveness { pool: pool.clone(), holder, locked: None };
            let put_back = liveness.keep().await?;
            Ok((Some(liveness), put_back))
        }
    }
}

impl Liveness {
    /// Holds the lock, taking it again if its connection was lost, and takes over what dead processes left behind. Returns
    /// how many jobs that were.
    ///
    /// # Errors
    /// When the database fails; the next call takes the lock again.
    pub async fn keep(&mut self) -> Result<u64> {
        let mut locked = match self.locked.take() {
            Some(locked) => locked,
            None => self.lock().await?,
        };
        locked.ping().await?;
        let jobs = sqlx::query(concat!(
            "UPDATE river_job SET state = 'available' WHERE state = 'running' AND ",
            is_dead!("attempted_by[array_upper(attempted_by, 1)]")
        ));
        let put_back = jobs.execute(&mut locked).await?.rows_affected();
        sqlx::query(concat!("DELETE FROM river_leader WHERE ", is_dead!("leader_id"))).execute(&mut locked).await?;
        sqlx::query(concat!("DELETE FROM lease WHERE ", is_dead!("holder::text"))).execute(&mut locked).await?;
        self.locked = Some(locked);
        Ok(put_back)
    }

    async fn lock(&self) -> Result<PgConnection> {
        let mut connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        // Shared, so that two processes whose hashes are equal do not wait for each other.
        sqlx::query(concat!("SELECT pg_advisory_lock_shared(", class!(), ", hashtext($1))"))
            .bind(self.holder.to_string())
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }
}
