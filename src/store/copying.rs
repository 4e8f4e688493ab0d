//! Copies everything that is kept from one engine to the other: from SQLite to PostgreSQL, or back.
//!
//! Nobody may serve either of them meanwhile, and both are locked, so that nothing is written that is not copied. All is written in one
//! transaction of the target, read again in it, and compared; only then does it count. So the target has all of it or nothing, and the
//! source is only read.
//!
//! Rows are copied as they are, with their ids, times and keys, so whatever a message, an issue or a link is known by stays the same
//! (G3, one open issue per topic; G4, one update per customer and milestone), and the audit log's hashes still follow from its rows.
//! Jobs that are still to be done go along: each reads what should be when it runs, so one that is done twice does nothing twice.

mod cell;
mod rows;
mod table;

use std::time::Duration;

use sqlx::AssertSqlSafe;

use self::table::{COUNTERS, Table, quoted};
use super::{Database, Result, Session as _, StoreError, Tx, database::OpenTx, liveness};

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Both are of the same engine.
    #[error(
        "both databases are of one kind; for that, docs/operating.md says how to back one up and restore it elsewhere"
    )]
    OneEngine,
    /// Somebody wrote to the target before.
    #[error("the target is not empty: there are rows in its table {0}; name a database in which nothing was kept yet")]
    NotEmpty(String),
    /// Processes serve the PostgreSQL.
    #[error("Heard runs on the PostgreSQL just now (processes: {0}); stop it first")]
    Running(i64),
    /// What stands in the target now is something else.
    #[error("the table {0} reads otherwise after it was copied; nothing was copied")]
    Differs(String),
    /// A database failed.
    #[error("{0}; nothing was copied")]
    Store(#[from] StoreError),
}

/// What was copied of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: String,
    /// How many rows both have.
    pub rows: u64,
    /// What both add up to.
    pub checksum: String,
}

/// Whoever holds one of the locks that the copy needs is waited for so long.
const LOCKS_WITHIN: Duration = Duration::from_secs(10);

/// Every foreign key: how it is dropped, and how it is made again.
const FOREIGN_KEYS: &str =
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', CAST(c.conrelid AS regclass), c.conname),
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', CAST(c.conrelid AS regclass), c.conname, pg_get_constraintdef(c.oid))
     FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
     WHERE c.contype = 'f' AND n.nspname = current_schema() ORDER BY c.conname";

/// Whether a Heard ever started on this database: it made keys of its own then. Asked before a database is brought up to date only to
/// be refused.
///
/// # Errors
/// When no connection is to be had.
pub async fn was_served(database: &Database) -> Result<bool> {
    let mut conn = database.read().await?;
    let keys = conn.query("SELECT count(*) FROM own_key").one::<(i64,)>().await;
    // Where there are no tables yet, nobody can have.
    Ok(keys.is_ok_and(|(count,)| count > 0))
}

/// Copies everything from `source` to `target`, both of this version, and says what. `begins` is told the name of each table when its
/// turn comes.
///
/// # Errors
/// Why nothing was copied.
pub async fn copy(
    source: &Database,
    target: &Database,
    mut begins: impl FnMut(&str),
) -> Result<Vec<CopiedTable>, CopyError> {
    let mut from = source.begin().await?;
    let mut into = target.begin().await?;
    let (is_from, is_into) = (matches!(from.open, OpenTx::Postgres(_)), matches!(into.open, OpenTx::Postgres(_)));
    if is_from == is_into {
        return Err(CopyError::OneEngine);
    }
    let postgres = if is_into { &mut into } else { &mut from };
    let running = liveness::alive(postgres).await?;
    if running > 0 {
        return Err(CopyError::Running(running));
    }
    let tables = table::tables(postgres).await?;
    lock(postgres, &tables).await?;
    for table in &tables {
        if count(&mut into, table.find_one()).await? > 0 {
            return Err(CopyError::NotEmpty(table.name.clone()));
        }
    }
    let keys = without_keys(&mut into).await?;
    let mut copied = Vec::new();
    for table in &tables {
        begins(&table.name);
        let read = rows::read(&mut from, table, Some(&mut into)).await?;
        let written = rows::read(&mut into, table, None).await?;
        if read != written {
            return Err(CopyError::Differs(table.name.clone()));
        }
        copied.push(CopiedTable { name: table.name.clone(), rows: read.rows, checksum: read.checksum() });
    }
    for key in keys {
        run(&mut into, key).await?;
    }
    into.commit().await?;
    Ok(copied)
}

/// Nobody else writes to the PostgreSQL from now on, or reads half of what is written there. However long that takes, the server does
/// not cut it short: some are set to end statements, or transactions that wait for the other engine.
async fn lock(postgres: &mut Tx, tables: &[Table]) -> Result<()> {
    for limit in ["statement_timeout", "idle_in_transaction_session_timeout"] {
        run(postgres, format!("SET LOCAL {limit} = 0")).await?;
    }
    postgres.wait_for_locks_at_most(LOCKS_WITHIN).await?;
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    run(postgres, format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", "))).await
}

/// Makes the target take rows in any order, and takes out those that the migrations put there. Gives what makes its foreign keys again
/// once all rows are there, which looks at each of them. SQLite has a word for that, and does it when it commits.
///
/// Rows of one table point to each other both ways (a topic to the one it was merged into, and that one to where it likely belongs), so
/// no order of rows would do.
async fn without_keys(into: &mut Tx) -> Result<Vec<String>> {
    let mut again = Vec::new();
    if into.is_on_sqlite() {
        run(into, "PRAGMA defer_foreign_keys = ON".to_owned()).await?;
    } else {
        for (drop, add) in into.query(FOREIGN_KEYS).all::<(String, String)>().await? {
            run(into, drop).await?;
            again.push(add);
        }
    }
    run(into, format!("DELETE FROM {COUNTERS}")).await?;
    Ok(again)
}

/// Runs a statement that is made of names of the catalogue alone.
async fn run(tx: &mut Tx, sql: String) -> Result<()> {
    let sql = AssertSqlSafe(sql);
    match &mut tx.open {
        OpenTx::Sqlite(tx) => {
            sqlx::query(sql).execute(&mut **tx).await?;
        }
        OpenTx::Postgres(tx) => {
            sqlx::query(sql).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// The number that such a statement gives.
async fn count(tx: &mut Tx, sql: String) -> Result<i64> {
    let sql = AssertSqlSafe(sql);
    let (count,) = match &mut tx.open {
        OpenTx::Sqlite(tx) => sqlx::query_as::<_, (i64,)>(sql).fetch_one(&mut **tx).await?,
        OpenTx::Postgres(tx) => sqlx::query_as::<_, (i64,)>(sql).fetch_one(&mut **tx).await?,
    };
    Ok(count)
}
