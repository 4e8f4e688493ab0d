//! One database over the two engines that we ship: a closed façade, so SQL is written once.

use std::time::Duration;

use sqlx::{
    Arguments, Encode, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction, Type,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnection, PgRow},
    sqlite::{SqliteArguments, SqliteConnection, SqliteRow},
};

use super::{many::ManyRows, touched::Touched, without_nul::WithoutNul};

/// Why the store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed; the work is tried again.
    #[error("the database failed: {}", said(.0))]
    Database(#[from] sqlx::Error),
    /// The job could not be enqueued with its change.
    #[error("the queue failed: {0}")]
    Queue(#[from] riverqueue::Error),
    /// A newer version of Heard has changed the tables.
    #[error(
        "a newer Heard has brought this database up to date (its migration {0} is not known here); start that version or a later \
         one, or restore a backup from before it"
    )]
    Newer(i64),
    /// The tables were made by a Heard that is neither older nor newer.
    #[error(
        "another build of Heard has made this database (its migration {0} is a different one here); start the version that made \
         it, or begin with an empty database"
    )]
    OfAnotherBuild(i64),
    /// Another process serves the same SQLite file.
    #[error(
        "another Heard runs on {0} already; stop that one first, or move to PostgreSQL, on which several can run (docs/operating.md)"
    )]
    Served(String),
    /// The file whose lock keeps a second process away cannot be opened.
    #[error(
        "{path} cannot be opened, which keeps a second Heard away from the database: {why}; make its folder writable for Heard"
    )]
    NoLock {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A row has a value that it must not have.
    #[error("the database holds what it must not: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Whether the database could not be reached at all.
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)))
    }

    /// Whether the same may succeed a moment later: the database is out of reach, gave way to somebody who changed the same
    /// rows (a deadlock), or has too much to do.
    pub fn is_momentary(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        self.is_out_of_reach() || code.is_some_and(|code| is_of_the_moment(&code))
    }

    /// Whether a unique key refused it: somebody else was first.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database(error) if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation))
    }
}

impl StoreError {
    /// Whether the values themselves are refused, so trying again cannot help: text that the engine cannot hold, a
    /// value out of range or too large, a rule of the table. A unique key is not one of these: somebody else was first, and a
    /// second look finds their row.
    pub fn is_about_the_values(&self) -> bool {
        use sqlx::error::ErrorKind;
        let Self::Database(error) = self else { return false };
        let Some(refusal) = error.as_database_error() else { return matches!(error, sqlx::Error::Encode(_)) };
        matches!(
            refusal.kind(),
            ErrorKind::NotNullViolation | ErrorKind::CheckViolation | ErrorKind::ForeignKeyViolation
        ) || refusal.code().is_some_and(|code| is_of_values(&code))
    }
}

/// What went wrong, as the engine says it: without its code, and without the line of its own source.
pub(super) fn said(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |refusal| refusal.message().to_owned())
}

/// Whether a code of the engine speaks of values. PostgreSQL's have five characters: class 22 is data exceptions, class 54 a limit
/// of the program, such as the size of a key (<https://www.postgresql.org/docs/current/errcodes-appendix.html>). SQLite's are
/// numbers: 18 is a value that is too large, 20 one of another type (<https://www.sqlite.org/rescode.html>).
fn is_of_values(code: &str) -> bool {
    (code.len() == 5 && (code.starts_with("22") || code.starts_with("54"))) || matches!(code, "18" | "20")
}

/// Whether a code of the engine speaks of the moment. PostgreSQL: class 40 is a transaction that gave way, 53 a lack of resources,
/// 55P03 a lock that is not free, 57P0x a server that stops or starts. SQLite: 5 and 6 are locks of others, and stand in the lowest
/// eight bits of a longer code.
fn is_of_the_moment(code: &str) -> bool {
    if code.len() == 5 {
        return ["40", "53", "57P0", "55P03"].iter().any(|begin| code.starts_with(begin));
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

/// The store's result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A value that both engines can store. It may be borrowed, because binding copies it.
pub trait Param<'q>: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}
impl<'q, T> Param<'q> for T where T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> {}

/// A row shape that both engines can produce.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The open database. Cheap to clone; clones share the pools.
#[derive(Clone, Debug)]
pub enum Database {
    /// SQLite: one writer, for which others queue in the process instead of failing, and readers that never wait for
    /// it.
    Sqlite {
        /// The one connection that writes; River shares it.
        write: SqlitePool,
        /// Opened read-only, so a stray write is an error.
        read: SqlitePool,
    },
    /// PostgreSQL.
    Postgres(PgPool),
}

impl Database {
    /// A connection for reading.
    ///
    /// # Errors
    /// When none becomes free within the pool's time limit.
    pub async fn read(&self) -> Result<Conn> {
        Ok(match self {
            Self::Sqlite { read, .. } => Conn::Sqlite(read.acquire().await?),
            Self::Postgres(pool) => Conn::Postgres(pool.acquire().await?),
        })
    }

    /// A read-write transaction. Dropping it rolls it back. On SQLite it takes the write lock at once.
    ///
    /// It begins in a task of its own: if a `begin` is cancelled half-way (a client hangs up, a timeout), its
    /// connection would go back to the pool inside a transaction (transact-rs/sqlx #4393).
    ///
    /// # Errors
    /// When no connection becomes free within the pool's time limit.
    pub async fn begin(&self) -> Result<Tx> {
        let database = self.clone();
        let begun = tokio::spawn(async move {
            Ok::<_, sqlx::Error>(match database {
                Self::Sqlite { write, .. } => OpenTx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
                Self::Postgres(pool) => OpenTx::Postgres(pool.begin().await?),
            })
        });
        let open = begun.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(Tx { open, touched: Touched::default() })
    }

    /// Empties SQLite's log of changes into its file, so that what was just deleted does not stand there any more. If somebody
    /// reads meanwhile, a later change does it. On PostgreSQL that is the server's to do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn empty_log(&self) -> Result<()> {
        if let Self::Sqlite { write, .. } = self {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await?;
        }
        Ok(())
    }

    /// Whether the database answers within `limit`.
    pub async fn answers(&self, limit: Duration) -> bool {
        let ask = async {
            let mut conn = self.read().await?;
            conn.query("SELECT value FROM counter WHERE name = $1").bind("decision").one::<(i64,)>().await
        };
        matches!(tokio::time::timeout(limit, ask).await, Ok(Ok(_)))
    }

    /// Closes the pools once running work is done.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection for reading.
#[derive(Debug)]
pub enum Conn {
    /// On SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// On PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// An open transaction, and what was changed in it of what topics weigh: that is counted as it commits.
#[derive(Debug)]
pub struct Tx {
    pub(super) open: OpenTx,
    pub(super) touched: Touched,
}

/// An open transaction of either engine.
#[derive(Debug)]
pub(super) enum OpenTx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Whoever else changes the same rows is waited for so long, then the change fails for the moment. On SQLite nobody can: there is
    /// one writer.
    pub async fn wait_for_locks_at_most(&mut self, span: Duration) -> Result<()> {
        if self.is_on_sqlite() {
            return Ok(());
        }
        let set = self.query("SELECT set_config('lock_timeout', $1, true)");
        set.bind(format!("{}ms", span.as_millis())).one::<(String,)>().await?;
        Ok(())
    }

    /// Makes what was done durable. [`Tx::commit`] counts first what was touched.
    pub(super) async fn end(self) -> Result<()> {
        match self.open {
            OpenTx::Sqlite(tx) => tx.commit().await?,
            OpenTx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// What SQL can be run on: a reader or a transaction.
pub trait Session: Send {
    /// A statement, written with `$1`.
    fn query(&mut self, sql: &'static str) -> Query<'_>;

    /// Whether it runs on SQLite.
    fn is_on_sqlite(&self) -> bool;

    /// A statement over these rows, at most 256. `bind` sets the values of one row, or of an empty one: such stand behind them.
    fn query_many<'s, R>(
        &'s mut self,
        statement: &'static ManyRows,
        rows: &[R],
        bind: impl Fn(Query<'s>, Option<&R>) -> Query<'s>,
    ) -> Query<'s> {
        let (on_sqlite, on_postgres) = statement.texts(rows.len());
        let sql = if self.is_on_sqlite() { on_sqlite } else { on_postgres };
        (0..statement.to_bind(rows.len())).fold(self.query(sql), |query, place| bind(query, rows.get(place)))
    }
}

impl Session for Conn {
    fn query(&mut self, sql: &'static str) -> Query<'_> {
        match self {
            Self::Sqlite(conn) => Query::new(sql, Target::Sqlite(conn, SqliteArguments::default())),
            Self::Postgres(conn) => Query::new(sql, Target::Postgres(conn, PgArguments::default())),
        }
    }

    fn is_on_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

impl Session for Tx {
    fn query(&mut self, sql: &'static str) -> Query<'_> {
        match &mut self.open {
            OpenTx::Sqlite(tx) => Query::new(sql, Target::Sqlite(tx, SqliteArguments::default())),
            OpenTx::Postgres(tx) => Query::new(sql, Target::Postgres(tx, PgArguments::default())),
        }
    }

    fn is_on_sqlite(&self) -> bool {
        matches!(self.open, OpenTx::Sqlite(_))
    }
}

/// A statement and its values.
#[must_use = "a query does nothing until it is executed or fetched"]
pub struct Query<'c> {
    sql: &'static str,
    target: Result<Target<'c>, sqlx::Error>,
}

enum Target<'c> {
    Sqlite(&'c mut SqliteConnection, SqliteArguments),
    Postgres(&'c mut PgConnection, PgArguments),
}

/// The one place where the engines are told apart when a statement runs.
macro_rules! run {
    ($query:expr, |$conn:ident, $args:ident| $call:expr) => {
        match $query.target? {
            Target::Sqlite($conn, $args) => $call,
            Target::Postgres($conn, $args) => $call,
        }
    };
}

impl<'c> Query<'c> {
    fn new(sql: &'static str, target: Target<'c>) -> Self {
        Self { sql, target: Ok(target) }
    }

    /// Sets the value of the next `$n`.
    pub fn bind<'q>(mut self, value: impl Param<'q>) -> Self {
        if let Ok(target) = &mut self.target {
            let added = match target {
                Target::Sqlite(_, args) => args.add(value),
                Target::Postgres(_, args) => args.add(WithoutNul(value)),
            };
            if let Err(error) = added {
                self.target = Err(sqlx::Error::Encode(error));
            }
        }
        self
    }

    /// Runs it and says how many rows it changed.
    pub async fn execute(self) -> Result<u64> {
        Ok(run!(self, |conn, args| sqlx::query_with(self.sql, args).execute(conn).await?.rows_affected()))
    }

    /// The only row.
    pub async fn one<R: Record>(self) -> Result<R> {
        Ok(run!(self, |conn, args| sqlx::query_as_with(self.sql, args).fetch_one(conn).await?))
    }

    /// The row, if there is one.
    pub async fn optional<R: Record>(self) -> Result<Option<R>> {
        Ok(run!(self, |conn, args| sqlx::query_as_with(self.sql, args).fetch_optional(conn).await?))
    }

    /// Every row.
    pub async fn all<R: Record>(self) -> Result<Vec<R>> {
        Ok(run!(self, |conn, args| sqlx::query_as_with(self.sql, args).fetch_all(conn).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_the_moment;

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        for code in ["40001", "40P01", "53300", "55P03", "57P01", "5", "6", "261", "517", "262"] {
            assert!(is_of_the_moment(code), "{code}");
        }
        for code in ["22001", "23505", "42P01", "57014", "P0001", "1", "11", "787", "2067", ""] {
            assert!(!is_of_the_moment(code), "{code}");
        }
    }
}
