//! Reads the rows of a table one after the other, adds them up, and writes them in chunks.

use std::sync::Arc;

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Postgres, Row, Sqlite};

use super::{
    cell::{CellKind, CopiedCell},
    table::Table,
};
use crate::{
    base::signature::sha256,
    store::{Engine, Result, StoreError, Tx, database::OpenTx},
};

/// What is written in one go, at most: whichever is reached first.
const ROWS: usize = 500;
const BYTES: usize = 4 * 1024 * 1024;

/// What a table holds: how many rows, and the sum of their hashes. A sum, because the engines have rows in orders of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) rows: u64,
    sum: u128,
}

impl Content {
    fn add(&mut self, row: &[CopiedCell]) -> Result<()> {
        let mut spelled = Vec::new();
        for cell in row {
            let wrong =
                |error: serde_json::Error| StoreError::Corrupt(format!("a value should be JSON and is not: {error}"));
            cell.spell(&mut spelled).map_err(wrong)?;
        }
        let hash = sha256(&[&spelled]);
        let number = hash.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        self.rows += 1;
        self.sum = self.sum.wrapping_add(number);
        Ok(())
    }

    /// The sum, for people who compare.
    pub(super) fn checksum(&self) -> String {
        format!("{:032x}", self.sum)
    }
}

/// Rows that wait to be written.
#[derive(Default)]
struct Chunk {
    rows: Vec<Vec<CopiedCell>>,
    bytes: usize,
}

impl Chunk {
    fn add(&mut self, row: Vec<CopiedCell>) {
        self.bytes += row.iter().map(CopiedCell::size).sum::<usize>();
        self.rows.push(row);
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || self.bytes >= BYTES
    }
}

/// Reads every row of a table and says what it holds. Where there is somewhere to write them, they are written there.
pub(super) async fn read(from: &mut Tx, table: &Table, mut into: Option<&mut Tx>) -> Result<Content> {
    let mut content = Content::default();
    let mut chunk = Chunk::default();
    macro_rules! each {
        ($tx:ident, $engine:expr) => {{
            let mut rows = sqlx::query(AssertSqlSafe(table.select($engine))).fetch(&mut **$tx);
            while let Some(row) = rows.try_next().await? {
                let mut cells = Vec::with_capacity(row.len());
                for (place, kind) in table.kinds().enumerate() {
                    cells.push(CopiedCell::read(&row, place, kind)?);
                }
                content.add(&cells)?;
                if let Some(into) = into.as_deref_mut() {
                    chunk.add(cells);
                    if chunk.is_full() {
                        write(into, table, &chunk.rows).await?;
                        chunk = Chunk::default();
                    }
                }
            }
        }};
    }
    match &mut from.open {
        OpenTx::Sqlite(tx) => each!(tx, Engine::Sqlite),
        OpenTx::Postgres(tx) => each!(tx, Engine::Postgres),
    }
    if let Some(into) = into {
        write(into, table, &chunk.rows).await?;
    }
    Ok(content)
}

async fn write(into: &mut Tx, table: &Table, rows: &[Vec<CopiedCell>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    match &mut into.open {
        OpenTx::Sqlite(tx) => {
            let sql: Arc<str> = table.insert_one().into();
            for row in rows {
                let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(Arc::clone(&sql)));
                for cell in row {
                    query = match cell {
                        CopiedCell::Null => query.bind(None::<i64>),
                        CopiedCell::Text(text) | CopiedCell::Json(text) => query.bind(text.as_str()),
                        CopiedCell::Whole(number) => query.bind(*number),
                        CopiedCell::Real(number) => query.bind(*number),
                        CopiedCell::Bytes(bytes) => query.bind(bytes.as_slice()),
                    };
                }
                query.execute(&mut **tx).await?;
            }
        }
        OpenTx::Postgres(tx) => {
            let mut query = sqlx::query::<Postgres>(AssertSqlSafe(table.insert_many()));
            for (place, kind) in table.kinds().enumerate() {
                let cells = rows.iter().map(|row| row.get(place));
                query = match kind {
                    CellKind::Text | CellKind::Json => {
                        query.bind(cells.map(|cell| cell.and_then(CopiedCell::text)).collect::<Vec<Option<&str>>>())
                    }
                    CellKind::Whole => {
                        query.bind(cells.map(|cell| cell.and_then(CopiedCell::whole)).collect::<Vec<_>>())
                    }
                    CellKind::Real => query.bind(cells.map(|cell| cell.and_then(CopiedCell::real)).collect::<Vec<_>>()),
                    CellKind::Bytes => {
                        query.bind(cells.map(|cell| cell.and_then(CopiedCell::bytes)).collect::<Vec<Option<&[u8]>>>())
                    }
                };
            }
            query.execute(&mut **tx).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(rows: &[&[CopiedCell]]) -> Content {
        let mut content = Content::default();
        for row in rows {
            content.add(row).unwrap();
        }
        content
    }

    #[test]
    fn a_checksum_is_that_of_all_rows_in_whatever_order_and_of_nothing_else() {
        let (one, two): (&[CopiedCell], &[CopiedCell]) =
            (&[CopiedCell::Whole(1), CopiedCell::Null], &[CopiedCell::Whole(2), CopiedCell::Text("a".into())]);
        assert_eq!(content(&[one, two]), content(&[two, one]));
        assert_ne!(content(&[one, two]), content(&[one, one]));
        assert_ne!(content(&[one]), content(&[one, one]));
        assert_ne!(content(&[&[CopiedCell::Null, CopiedCell::Whole(1)]]), content(&[one]));
        assert_eq!(content(&[]).checksum(), "0".repeat(32));
    }

    #[test]
    fn a_chunk_is_full_of_rows_or_of_bytes() {
        let mut chunk = Chunk::default();
        chunk.add(vec![CopiedCell::Bytes(vec![0; BYTES])]);
        assert!(chunk.is_full());
        let mut chunk = Chunk::default();
        for _ in 1..ROWS {
            chunk.add(vec![CopiedCell::Whole(1)]);
        }
        assert!(!chunk.is_full());
        chunk.add(vec![CopiedCell::Null]);
        assert!(chunk.is_full());
    }
}
