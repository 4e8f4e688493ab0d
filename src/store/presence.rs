//! Who lives: what a killed process left behind is taken up at once, not when its leases have run out.
//!
//! On SQLite a process is alone: what runs at its start runs nowhere. On PostgreSQL each process shows a sign: an advisory
//! lock on a connection of its own, which the server takes away however the process ends. Jobs, leases and River's
//! leadership of whoever shows none are nobody's.
//!
//! It only makes things quicker. Where a sign is lost and its process lives, work may be begun twice, which the intents of
//! G3 and G4 bear; where a sign outlives its process, leases and River's rescue run out as ever.

use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use super::{Database, Result};

/// The class of our advisory locks, in SQL: `HEAR` in ASCII.
macro_rules! class {
    () => {
        "1212498258"
    };
}

/// Whether nobody shows the sign of `$holder`. One statement reads the rows before the locks, so that whoever has just
/// come and taken something up is seen.
macro_rules! gone {
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

/// This process's sign among those that share a PostgreSQL.
#[derive(Debug)]
pub struct Presence {
    pool: PgPool,
    holder: Uuid,
    sign: Option<PgConnection>,
}

/// Takes up what was left behind, before any work begins, and says how many jobs that were. Gives the sign to keep up,
/// where processes share a database.
///
/// # Errors
/// When the database fails.
pub async fn begin(database: &Database, holder: Uuid) -> Result<(Option<Presence>, u64)> {
    match database {
        Database::Sqlite { write, .. } => {
            let jobs = sqlx::query("UPDATE river_job SET state = 'available' WHERE state = 'running'");
            let put_back = jobs.execute(write).await?.rows_affected();
            sqlx::query("DELETE FROM river_leader").execute(write).await?;
            sqlx::query("DELETE FROM lease").execute(write).await?;
            Ok((None, put_back))
        }
        Database::Postgres(pool) => {
            let mut presence = Presence { pool: pool.clone(), holder, sign: None };
            let put_back = presence.keep().await?;
            Ok((Some(presence), put_back))
        }
    }
}

impl Presence {
    /// Shows the sign, anew if it was lost, and takes up what those without one left behind. Gives how many jobs were.
    ///
    /// # Errors
    /// When the database fails; the next call shows the sign again.
    pub async fn keep(&mut self) -> Result<u64> {
        let mut sign = match self.sign.take() {
            Some(sign) => sign,
            None => self.show().await?,
        };
        sign.ping().await?;
        let jobs = sqlx::query(concat!(
            "UPDATE river_job SET state = 'available' WHERE state = 'running' AND ",
            gone!("attempted_by[array_upper(attempted_by, 1)]")
        ));
        let put_back = jobs.execute(&mut sign).await?.rows_affected();
        sqlx::query(concat!("DELETE FROM river_leader WHERE ", gone!("leader_id"))).execute(&mut sign).await?;
        sqlx::query(concat!("DELETE FROM lease WHERE ", gone!("holder::text"))).execute(&mut sign).await?;
        self.sign = Some(sign);
        Ok(put_back)
    }

    async fn show(&self) -> Result<PgConnection> {
        let mut sign = PgConnection::connect_with(&self.pool.connect_options()).await?;
        // Shared, so that two whose hashes are the same do not wait for each other.
        sqlx::query(concat!("SELECT pg_advisory_lock_shared(", class!(), ", hashtext($1))"))
            .bind(self.holder.to_string())
            .execute(&mut sign)
            .await?;
        Ok(sign)
    }
}
