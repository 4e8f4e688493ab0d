//! Both engines have the same tables, columns and keys.

use std::collections::BTreeSet;

use heard::store::{self, Conn, Database, Session as _};

use crate::databases;

/// Tables of River and of sqlx are theirs. SQLite's index of the words of tickets is a table with others behind it, and numbers what it
/// finds; PostgreSQL's is an index.
const COLUMNS_OF_SQLITE: &str = "SELECT t.name, c.name, c.type, CAST(c.\"notnull\" AS BIGINT) FROM sqlite_master t
     JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'river%' AND t.name NOT LIKE 'sqlite_%'
       AND t.name <> '_sqlx_migrations' AND t.name NOT LIKE 'ticket_text_index%' AND NOT (t.name = 'ticket_text' AND c.name = 'number')";
const COLUMNS_OF_POSTGRES: &str = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT),
            CAST(CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS BIGINT)
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'river%'
       AND table_name <> '_sqlx_migrations'";
const KEYS_OF_SQLITE: &str = "SELECT t.name, (SELECT group_concat(name, ', ') FROM
            (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)), CAST(i.partial AS BIGINT)
     FROM sqlite_master t JOIN pragma_index_list(t.name) i
     WHERE i.\"unique\" = 1 AND t.type = 'table' AND t.name NOT LIKE 'river%' AND t.name <> '_sqlx_migrations'
       AND t.name NOT LIKE 'ticket_text_index%'";
const KEYS_OF_POSTGRES: &str =
    "SELECT CAST(t.relname AS TEXT), (SELECT string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.place)
            FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number),
            CAST(CASE WHEN i.indpred IS NULL THEN 0 ELSE 1 END AS BIGINT)
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     WHERE i.indisunique AND t.relnamespace = CAST('public' AS regnamespace) AND t.relname NOT LIKE 'river%'
       AND t.relname <> '_sqlx_migrations'";
const REFERENCES_OF_SQLITE: &str = "SELECT t.name, f.\"from\", f.\"table\" FROM sqlite_master t
     JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' AND t.name NOT LIKE 'river%'";
const REFERENCES_OF_POSTGRES: &str = "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), CAST(f.relname AS TEXT)
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND t.relnamespace = CAST('public' AS regnamespace) AND t.relname NOT LIKE 'river%'";

/// How SQLite keeps what PostgreSQL calls by this name.
fn kept_as(name: &str) -> &str {
    match name {
        "uuid" | "bytea" => "BLOB",
        "bigint" | "boolean" | "timestamp with time zone" => "INTEGER",
        "text" | "jsonb" => "TEXT",
        "double precision" | "real" => "REAL",
        other => other,
    }
}

/// What stands in a migrated database, a line for each column, unique key and reference.
async fn schema(url: &str) -> BTreeSet<String> {
    let database = Database::open(url).await.unwrap();
    store::migrate(&database).await.unwrap();
    let mut conn = database.read().await.unwrap();
    let (columns, keys, references) = match &conn {
        Conn::Sqlite(_) => (COLUMNS_OF_SQLITE, KEYS_OF_SQLITE, REFERENCES_OF_SQLITE),
        Conn::Postgres(_) => (COLUMNS_OF_POSTGRES, KEYS_OF_POSTGRES, REFERENCES_OF_POSTGRES),
    };
    let columns = conn.query(columns).all::<(String, String, String, i64)>().await.unwrap();
    let keys = conn.query(keys).all::<(String, String, i64)>().await.unwrap();
    let references = conn.query(references).all::<(String, String, String)>().await.unwrap();
    drop(conn);
    database.close().await;
    let columns = columns.into_iter().map(|(table, column, kind, needed)| {
        format!("{table}.{column} {}{}", kept_as(&kind), if needed == 1 { " NOT NULL" } else { "" })
    });
    let keys = keys.into_iter().map(|(table, columns, partial)| {
        format!("{table} UNIQUE ({columns}){}", if partial == 1 { " WHERE" } else { "" })
    });
    let references = references.into_iter().map(|(table, column, other)| format!("{table}.{column} -> {other}"));
    columns.chain(keys).chain(references).collect()
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_keys() {
    let mut schemas = Vec::new();
    for database in databases::each_empty() {
        schemas.push((database.name, schema(&database.url).await));
    }
    let (first, expected) = &schemas[0];
    for must in ["topic.desired_version INTEGER NOT NULL", "ticket UNIQUE (connection, external_id)"] {
        assert!(expected.contains(must), "{must} is not among {expected:#?}");
    }
    for (other, found) in &schemas[1..] {
        let difference: Vec<_> = expected.symmetric_difference(found).collect();
        assert!(difference.is_empty(), "{first} and {other} differ: {difference:#?}");
    }
}

/// SQLite was built once so that a statement which changed more than a megabyte failed, because "the disk is full".
#[tokio::test(flavor = "multi_thread")]
async fn one_statement_changes_thousands_of_rows() {
    databases::for_each(async |url| {
        let database = Database::open(url).await.unwrap();
        let mut tx = database.begin().await.unwrap();
        tx.query("CREATE TABLE long_row (number BIGINT PRIMARY KEY, words TEXT NOT NULL)").execute().await.unwrap();
        tx.query(
            "INSERT INTO long_row (number, words)
             WITH RECURSIVE counted (number) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT number + 1 FROM counted WHERE number < 4000)
             SELECT number, CAST($1 AS TEXT) FROM counted",
        )
        .bind("x".repeat(1_500))
        .execute()
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let mut tx = database.begin().await.unwrap();
        let changed = tx.query("UPDATE long_row SET words = words || 'y'").execute().await.unwrap();
        assert_eq!(changed, 4_000);
        tx.commit().await.unwrap();
        database.close().await;
    })
    .await;
}

/// At each start PostgreSQL notices that tables are there already, and that would be the first line of the log.
#[tokio::test]
async fn postgresql_notices_nothing_into_the_log() {
    databases::for_each(async |url| {
        let database = Database::open(url).await.unwrap();
        let mut conn = database.read().await.unwrap();
        if !conn.is_on_sqlite() {
            let least = "SELECT current_setting('client_min_messages')";
            assert_eq!(conn.query(least).one::<(String,)>().await.unwrap().0, "warning");
        }
    })
    .await;
}
