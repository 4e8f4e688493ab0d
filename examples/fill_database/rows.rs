//! Writes rows of any table as fast as an engine takes them: many in a statement on SQLite, `COPY` on PostgreSQL.

use std::{fmt::Write as _, str::FromStr as _};

use anyhow::Context as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, Sqlite, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};
use uuid::Uuid;

/// How many rows a statement of SQLite takes.
const ROWS: usize = 64;
/// What drops and what makes each index that is no key.
const INDEXES_OF_SQLITE: &str = "SELECT 'DROP INDEX \"' || name || '\"', sql FROM sqlite_master
     WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
const INDEXES_OF_POSTGRES: &str =
    "SELECT format('DROP INDEX %s', CAST(i.indexrelid AS regclass)), pg_get_indexdef(i.indexrelid)
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
     ORDER BY 2";

/// A value in a row.
pub enum Cell {
    Null,
    Id(Uuid),
    /// Text, or JSON.
    Text(String),
    Number(i64),
    Share(f64),
    Flag(bool),
    /// Microseconds since 1970.
    Time(i64),
    Bytes(Vec<u8>),
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Rows that wait to be written to a table.
pub struct Table {
    name: &'static str,
    columns: &'static str,
    cells: Vec<Cell>,
}

impl Table {
    /// A table as statements name it, and the columns that are written.
    pub fn new(name: &'static str, columns: &'static str) -> Self {
        Self { name, columns, cells: Vec::new() }
    }

    pub fn add<const N: usize>(&mut self, row: [Cell; N]) {
        self.cells.extend(row);
    }

    fn width(&self) -> usize {
        self.columns.split(',').count()
    }
}

/// The database that is filled.
pub enum Target {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Target {
    /// A connection on which nothing is safe before it is closed, and everything is quick. `checked` says whether the engine looks
    /// whether what a row points to is there.
    pub async fn open(url: &str, checked: bool) -> anyhow::Result<Self> {
        if !url.starts_with("sqlite:") {
            let mut connection = PgConnection::connect(url).await?;
            connection.execute("SET synchronous_commit = off").await?;
            connection.execute("SET maintenance_work_mem = '512MB'").await?;
            // Whoever does not run the server may not.
            if !checked && connection.execute("SET session_replication_role = replica").await.is_err() {
                eprintln!("Only who runs the server can fill it without looking at every key; so this takes longer.");
            }
            return Ok(Self::Postgres(connection));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(checked)
            .pragma("cache_size", "-262144")
            .pragma("wal_autocheckpoint", "20000");
        Ok(Self::Sqlite(SqliteConnection::connect_with(&options).await?))
    }

    /// Writes what waits in one transaction, table by table.
    pub async fn write<'t>(&mut self, tables: impl IntoIterator<Item = &'t mut Table>) -> anyhow::Result<()> {
        self.run("BEGIN").await?;
        for table in tables {
            let cells = std::mem::take(&mut table.cells);
            if cells.is_empty() {
                continue;
            }
            let written = match self {
                Self::Sqlite(connection) => insert(connection, table, &cells).await,
                Self::Postgres(connection) => copy(connection, table, &cells).await,
            };
            written.with_context(|| format!("writing to {}", table.name))?;
        }
        self.run("COMMIT").await
    }

    /// Runs a statement that both engines know.
    pub async fn run(&mut self, statement: &'static str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(connection) => {
                connection.execute(statement).await?;
            }
            Self::Postgres(connection) => {
                connection.execute(statement).await?;
            }
        }
        Ok(())
    }

    /// Runs a statement that was put together.
    pub async fn run_made(&mut self, statement: String) -> anyhow::Result<()> {
        let statement = AssertSqlSafe(statement);
        match self {
            Self::Sqlite(connection) => {
                connection.execute(statement).await?;
            }
            Self::Postgres(connection) => {
                connection.execute(statement).await?;
            }
        }
        Ok(())
    }

    /// Takes out every index that is no key, and gives what makes them again: sorted at the end they take far less time.
    pub async fn without_indexes(&mut self) -> anyhow::Result<Vec<String>> {
        let indexes: Vec<(String, String)> = match self {
            Self::Sqlite(connection) => sqlx::query_as(INDEXES_OF_SQLITE).fetch_all(connection).await?,
            Self::Postgres(connection) => sqlx::query_as(INDEXES_OF_POSTGRES).fetch_all(connection).await?,
        };
        let mut again = Vec::with_capacity(indexes.len());
        for (drop, make) in indexes {
            self.run_made(drop).await?;
            again.push(make);
        }
        Ok(again)
    }

    /// What an engine does by itself in a database that grew by and by: count for its plans, and, on PostgreSQL, note which pages
    /// all can see.
    pub async fn tidy(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(_) => {
                // As much as Heard has it look at.
                self.run("PRAGMA analysis_limit = 400").await?;
                self.run("ANALYZE").await
            }
            Self::Postgres(_) => {
                self.run("VACUUM (ANALYZE)").await?;
                // Only so that the server need not do it meanwhile; not everybody may.
                let _ = self.run("CHECKPOINT").await;
                Ok(())
            }
        }
    }

    /// How many rows a statement counts.
    pub async fn count(&mut self, statement: &'static str) -> anyhow::Result<i64> {
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(statement).fetch_one(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(statement).fetch_one(connection).await?,
        })
    }

    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(mut connection) => {
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
                connection.close().await?;
            }
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

async fn insert(connection: &mut SqliteConnection, table: &Table, cells: &[Cell]) -> anyhow::Result<()> {
    let width = table.width();
    for rows in cells.chunks(ROWS * width) {
        let row = format!("({})", vec!["?"; width].join(", "));
        let list = vec![row.as_str(); rows.len() / width].join(", ");
        let statement = format!("INSERT INTO {} ({}) VALUES {list}", table.name, table.columns);
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(statement)).persistent(rows.len() == ROWS * width);
        for cell in rows {
            query = match cell {
                Cell::Null => query.bind(None::<i64>),
                Cell::Id(id) => query.bind(*id),
                Cell::Text(text) => query.bind(text.as_str()),
                Cell::Number(number) | Cell::Time(number) => query.bind(*number),
                Cell::Share(share) => query.bind(*share),
                Cell::Flag(flag) => query.bind(*flag),
                Cell::Bytes(bytes) => query.bind(bytes.as_slice()),
            };
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn copy(connection: &mut PgConnection, table: &Table, cells: &[Cell]) -> anyhow::Result<()> {
    let width = table.width();
    let mut lines = String::new();
    for row in cells.chunks(width) {
        for (place, cell) in row.iter().enumerate() {
            if place > 0 {
                lines.push('\t');
            }
            write(&mut lines, cell)?;
        }
        lines.push('\n');
    }
    let statement = format!("COPY {} ({}) FROM STDIN", table.name, table.columns);
    let mut copy = connection.copy_in_raw(&statement).await?;
    copy.send(lines.into_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

/// A value as `COPY` reads it: <https://www.postgresql.org/docs/current/sql-copy.html>.
fn write(lines: &mut String, cell: &Cell) -> anyhow::Result<()> {
    match cell {
        Cell::Null => lines.push_str("\\N"),
        Cell::Id(id) => write!(lines, "{id}")?,
        Cell::Number(number) => write!(lines, "{number}")?,
        Cell::Share(share) => write!(lines, "{share}")?,
        Cell::Flag(flag) => lines.push(if *flag { 't' } else { 'f' }),
        Cell::Time(micros) => write!(lines, "{}", jiff::Timestamp::from_microsecond(*micros)?)?,
        Cell::Bytes(bytes) => write!(lines, "\\\\x{}", hex::encode(bytes))?,
        Cell::Text(text) => {
            for character in text.chars() {
                match character {
                    '\\' => lines.push_str("\\\\"),
                    '\t' => lines.push_str("\\t"),
                    '\n' => lines.push_str("\\n"),
                    '\r' => lines.push_str("\\r"),
                    other => lines.push(other),
                }
            }
        }
    }
    Ok(())
}
