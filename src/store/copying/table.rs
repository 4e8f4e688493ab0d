//! The tables, and how a column of each is read and written on either engine.
//!
//! Which tables and columns there are is read from PostgreSQL, so a new table is copied without a word here; a test holds SQLite to the
//! same tables and columns. A type that no rule knows stops the copy before it begins.

use super::cell::CellKind;
use crate::store::{Engine, Result, Session as _, StoreError, Tx};

/// Every table of ours with its columns in order. River's and sqlx's are theirs.
const COLUMNS: &str = "SELECT CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT), CAST(c.udt_name AS TEXT)
     FROM information_schema.columns c
     JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'river%'
       AND c.table_name <> '_sqlx_migrations'
     ORDER BY c.table_name, c.ordinal_position";

/// A table that is copied.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    columns: Vec<TableColumn>,
    /// Which of its rows, and in which order.
    which: &'static str,
}

/// A column. `$x` stands for the value in what writes it.
#[derive(Debug)]
struct TableColumn {
    name: String,
    kind: CellKind,
    reads: OnEngine,
    writes: OnEngine,
}

/// SQL of both engines.
#[derive(Debug)]
struct OnEngine {
    sqlite: String,
    postgres: String,
}

impl OnEngine {
    fn of(&self, engine: Engine) -> &str {
        match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        }
    }
}

/// The jobs that are still to be done. River keeps the same of them on both engines, in other types: JSON as SQLite's own bytes and as
/// `jsonb`, times as text and as times, a set of states as a number and as bits. So they go on where they stood. One that was running
/// when its process died is to be done again, as at every start; a process that is gone and what it failed at stay behind.
/// PostgreSQL counts attempts in 16 bits.
const JOBS: &[(&str, CellKind, [&str; 2], [&str; 2])] = &[
    ("kind", CellKind::Text, ["kind", "kind"], ["$x", "$x"]),
    ("queue", CellKind::Text, ["queue", "queue"], ["$x", "$x"]),
    (
        "state",
        CellKind::Text,
        [
            "CASE state WHEN 'running' THEN 'available' ELSE state END",
            "CASE state::text WHEN 'running' THEN 'available' ELSE state::text END",
        ],
        ["$x", "$x::river_job_state"],
    ),
    ("priority", CellKind::Whole, ["priority", "priority::bigint"], ["$x", "$x"]),
    ("attempt", CellKind::Whole, ["min(attempt, 32767)", "attempt::bigint"], ["$x", "$x"]),
    ("max_attempts", CellKind::Whole, ["min(max_attempts, 32767)", "max_attempts::bigint"], ["$x", "$x"]),
    (
        "scheduled_at",
        CellKind::Text,
        [
            "strftime('%Y-%m-%d %H:%M:%f', scheduled_at)",
            "to_char(scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')",
        ],
        ["$x", "$x::timestamp AT TIME ZONE 'UTC'"],
    ),
    (
        "created_at",
        CellKind::Text,
        [
            "strftime('%Y-%m-%d %H:%M:%f', created_at)",
            "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS')",
        ],
        ["$x", "$x::timestamp AT TIME ZONE 'UTC'"],
    ),
    ("args", CellKind::Json, ["json(args)", "args::text"], ["jsonb($x)", "$x::jsonb"]),
    ("metadata", CellKind::Json, ["json(metadata)", "metadata::text"], ["jsonb($x)", "$x::jsonb"]),
    (
        "tags",
        CellKind::Json,
        ["json(tags)", "to_jsonb(tags)::text"],
        ["jsonb($x)", "ARRAY(SELECT jsonb_array_elements_text($x::jsonb))"],
    ),
    ("unique_key", CellKind::Bytes, ["unique_key", "unique_key"], ["$x", "$x"]),
    ("unique_states", CellKind::Whole, ["unique_states", "unique_states::int::bigint"], ["$x", "$x::int::bit(8)"]),
];

/// Every table that is copied, in the order of their names.
///
/// # Errors
/// When the database fails, or has a column whose type no rule knows.
pub(super) async fn tables(postgres: &mut Tx) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    for (table, column, kind) in postgres.query(COLUMNS).all::<(String, String, String)>().await? {
        let column = TableColumn::of_ours(column, &kind)?;
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => tables.push(Table { name: table, columns: vec![column], which: "" }),
        }
    }
    if tables.is_empty() {
        return Err(StoreError::Corrupt("PostgreSQL shows none of our tables".to_owned()));
    }
    tables.push(jobs());
    Ok(tables)
}

fn jobs() -> Table {
    let engines = |[sqlite, postgres]: [&str; 2]| OnEngine { sqlite: sqlite.to_owned(), postgres: postgres.to_owned() };
    let columns = JOBS.iter().map(|(name, kind, reads, writes)| TableColumn {
        name: (*name).to_owned(),
        kind: *kind,
        reads: engines(*reads),
        writes: engines(*writes),
    });
    Table { name: "river_job".to_owned(), columns: columns.collect(), which: " WHERE finalized_at IS NULL ORDER BY id" }
}

impl TableColumn {
    /// A column of ours, by its type in PostgreSQL. SQLite holds what both know (`store::columns`).
    fn of_ours(name: String, postgres_type: &str) -> Result<Self> {
        let column = quoted(&name);
        let (kind, read, write) = match postgres_type {
            "text" => (CellKind::Text, column.clone(), "$x"),
            "jsonb" => (CellKind::Json, format!("{column}::text"), "$x::jsonb"),
            "int8" => (CellKind::Whole, column.clone(), "$x"),
            "bool" => (CellKind::Whole, format!("{column}::int::bigint"), "$x <> 0"),
            "timestamptz" => (
                CellKind::Whole,
                format!("(extract(epoch FROM {column}) * 1000000)::bigint"),
                "timestamptz 'epoch' + $x * interval '1 microsecond'",
            ),
            "float8" => (CellKind::Real, column.clone(), "$x"),
            // What is stored here is no more exact on SQLite either.
            "float4" => (CellKind::Real, format!("{column}::float8"), "$x::real"),
            "bytea" => (CellKind::Bytes, column.clone(), "$x"),
            "uuid" => (CellKind::Bytes, format!("uuid_send({column})"), "encode($x, 'hex')::uuid"),
            other => {
                return Err(StoreError::Corrupt(format!(
                    "the column {name} has the type {other}, which is not copied"
                )));
            }
        };
        Ok(Self {
            kind,
            reads: OnEngine { sqlite: column, postgres: read },
            writes: OnEngine { sqlite: "$x".to_owned(), postgres: write.to_owned() },
            name,
        })
    }
}

impl Table {
    /// What its columns hold, in order.
    pub(super) fn kinds(&self) -> impl Iterator<Item = CellKind> + '_ {
        self.columns.iter().map(|column| column.kind)
    }

    /// Reads every row.
    pub(super) fn select(&self, engine: Engine) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.reads.of(engine)).collect();
        format!("SELECT {} FROM {}{}", columns.join(", "), quoted(&self.name), self.which)
    }

    /// Adds one row to SQLite.
    pub(super) fn insert_one(&self) -> String {
        let values = self.columns.iter().enumerate();
        let values: Vec<String> =
            values.map(|(place, column)| column.writes.sqlite.replace("$x", &format!("${}", place + 1))).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", quoted(&self.name), self.names(), values.join(", "))
    }

    /// Adds many rows to PostgreSQL: each column is an array.
    pub(super) fn insert_many(&self) -> String {
        let mut arrays = Vec::new();
        let mut given = Vec::new();
        let mut values = Vec::new();
        for (place, column) in self.columns.iter().enumerate() {
            let array = match column.kind {
                CellKind::Text | CellKind::Json => "text[]",
                CellKind::Whole => "bigint[]",
                CellKind::Real => "float8[]",
                CellKind::Bytes => "bytea[]",
            };
            arrays.push(format!("${}::{array}", place + 1));
            given.push(format!("v{place}"));
            values.push(column.writes.postgres.replace("$x", &format!("given.v{place}")));
        }
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS given ({})",
            quoted(&self.name),
            self.names(),
            values.join(", "),
            arrays.join(", "),
            given.join(", ")
        )
    }

    /// Finds a row that somebody wrote. The counters begin with rows of their own.
    pub(super) fn find_one(&self) -> String {
        let which = if self.name == COUNTERS { " WHERE value <> 0" } else { "" };
        format!("SELECT count(*) FROM (SELECT 1 FROM {}{which} LIMIT 1) AS found", quoted(&self.name))
    }

    fn names(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }
}

/// The table to which the migrations add rows.
pub(super) const COUNTERS: &str = "counter";

/// A name in SQL, whatever word it is.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = [("id", "uuid"), ("at", "timestamptz"), ("quiet", "bool"), ("detail", "jsonb")];
        let columns = columns.map(|(name, kind)| TableColumn::of_ours(name.to_owned(), kind).unwrap());
        Table { name: "update".to_owned(), columns: columns.into(), which: "" }
    }

    #[test]
    fn what_one_engine_knows_is_said_in_what_both_do() {
        assert_eq!(table().select(Engine::Sqlite), r#"SELECT "id", "at", "quiet", "detail" FROM "update""#);
        assert_eq!(
            table().select(Engine::Postgres),
            r#"SELECT uuid_send("id"), (extract(epoch FROM "at") * 1000000)::bigint, "quiet"::int::bigint, "detail"::text FROM "update""#
        );
        assert_eq!(
            table().insert_one(),
            r#"INSERT INTO "update" ("id", "at", "quiet", "detail") VALUES ($1, $2, $3, $4)"#
        );
        assert_eq!(
            table().insert_many(),
            "INSERT INTO \"update\" (\"id\", \"at\", \"quiet\", \"detail\") SELECT encode(given.v0, 'hex')::uuid, \
             timestamptz 'epoch' + given.v1 * interval '1 microsecond', given.v2 <> 0, given.v3::jsonb \
             FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[]) AS given (v0, v1, v2, v3)"
        );
    }

    #[test]
    fn a_type_that_no_rule_knows_is_not_copied_somehow() {
        assert!(TableColumn::of_ours("price".to_owned(), "numeric").is_err());
    }
}
