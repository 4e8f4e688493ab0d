//! Tickets out of an export: JSON lines or CSV, by any of the column names that helpdesks use.
//!
//! A line that cannot be read becomes a [`Skipped`] with its number, never an end.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::decode::Decoding;
use crate::grouping::{Kind, Text};

/// Longer lines are skipped: no ticket is that long, and memory stays bounded.
const LINE_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// A line that is not a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    /// Its number, from 1.
    pub(super) line: u64,
    /// What was wrong with it.
    pub(super) why: String,
}

/// What a ticket is made of, and the names it goes by in exports (in lower case, `_` for spaces).
const COLUMNS: [(Column, &[&str]); 9] = [
    (Column::Id, &["id", "ticket_id", "ticket", "key", "issue_key", "number", "conversation_id", "case_number", "#"]),
    (
        Column::CreatedAt,
        &["created_at", "created", "created_date", "created_time", "creation_date", "date", "opened_at", "timestamp"],
    ),
    (Column::Subject, &["subject", "title", "summary", "ticket_subject", "issue_title"]),
    (
        Column::Body,
        &[
            "body",
            "description",
            "message",
            "text",
            "content",
            "comment",
            "first_message",
            "ticket_description",
            "question",
        ],
    ),
    (
        Column::Customer,
        &["customer", "customer_id", "requester", "requester_id", "requester_email", "email", "user_id", "reporter"],
    ),
    (Column::Organization, &["organization", "organization_id", "company", "company_id", "account", "account_id"]),
    (Column::Kind, &["kind", "type", "ticket_type", "issue_type"]),
    (Column::Area, &["area", "component", "product", "category"]),
    (Column::Brand, &["brand", "brand_id"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    CreatedAt,
    Subject,
    Body,
    Customer,
    Organization,
    Kind,
    Area,
    Brand,
}

/// The tickets of a file, one after another.
pub(super) enum Records {
    /// One JSON object a line.
    Lines { source: Box<dyn BufRead + Send>, line: u64, last_us: i64 },
    /// Comma, semicolon or tab separated values with a heading.
    Table { rows: Box<csv::Reader<Box<dyn BufRead + Send>>>, columns: Vec<Option<Column>>, last_us: i64 },
}

impl Records {
    /// Opens a file; its beginning says whether it is JSON lines or a table.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut source: Box<dyn BufRead + Send> = Box::new(Decoding::new(File::open(path)?)?);
        let head = source.fill_buf()?;
        let first = head.iter().copied().find(|b| !b.is_ascii_whitespace());
        let delimiter = delimiter(head);
        if first.is_none() {
            anyhow::bail!("{} is empty", path.display());
        }
        let named_lines = path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| matches!(e.to_ascii_lowercase().as_str(), "jsonl" | "ndjson" | "json"));
        if first == Some(b'{') || named_lines {
            return Ok(Self::Lines { source, line: 0, last_us: 0 });
        }
        let mut rows = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(source);
        let columns: Vec<Option<Column>> = rows.headers()?.iter().map(column).collect();
        let has = |wanted: Column| columns.contains(&Some(wanted));
        if !has(Column::Subject) && !has(Column::Body) {
            anyhow::bail!(
                "{} has no column named subject or body; its first line is: {}",
                path.display(),
                rows.headers()?.iter().take(12).collect::<Vec<_>>().join(", ")
            );
        }
        Ok(Self::Table { rows: Box::new(rows), columns, last_us: 0 })
    }
}

impl Iterator for Records {
    type Item = Result<Text, Skipped>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Lines { source, line, last_us } => {
                let read = next_line(source, line)?;
                Some(read.and_then(|text| from_json(&text, *line, last_us)))
            }
            Self::Table { rows, columns, last_us } => {
                let mut row = StringRecord::new();
                let line = rows.position().line();
                match rows.read_record(&mut row) {
                    Ok(false) => None,
                    Ok(true) => {
                        let line = row.position().map_or(line, csv::Position::line);
                        Some(from_row(&row, columns, line, last_us))
                    }
                    Err(error) if error.is_io_error() => None,
                    Err(error) => Some(Err(Skipped { line, why: error.to_string() })),
                }
            }
        }
    }
}

/// The next line that is not blank.
fn next_line(source: &mut Box<dyn BufRead + Send>, line: &mut u64) -> Option<Result<String, Skipped>> {
    loop {
        let mut bytes = Vec::new();
        let count = source.by_ref().take(LINE_LIMIT_BYTES as u64).read_until(b'\n', &mut bytes).ok()?;
        if count == 0 {
            return None;
        }
        *line += 1;
        if count == LINE_LIMIT_BYTES {
            let mut rest = Vec::new();
            while source.by_ref().take(LINE_LIMIT_BYTES as u64).read_until(b'\n', &mut rest).ok()? == LINE_LIMIT_BYTES {
                rest.clear();
            }
            return Some(Err(Skipped { line: *line, why: "the line is longer than 16 MiB".into() }));
        }
        let text = String::from_utf8_lossy(&bytes);
        if !text.trim().is_empty() {
            return Some(Ok(text.into_owned()));
        }
    }
}

fn from_json(text: &str, line: u64, last_us: &mut i64) -> Result<Text, Skipped> {
    let skip = |why: String| Skipped { line, why };
    let fields: Map<String, Value> =
        serde_json::from_str(text).map_err(|e| skip(format!("not a JSON object ({e})")))?;
    let mut cells: Vec<(Column, String)> = Vec::new();
    for (name, value) in &fields {
        let cell = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        if let Some(column) = column(name) {
            cells.push((column, cell));
        }
    }
    ticket(&cells, line, last_us)
}

fn from_row(row: &StringRecord, columns: &[Option<Column>], line: u64, last_us: &mut i64) -> Result<Text, Skipped> {
    let cells: Vec<(Column, String)> =
        row.iter().zip(columns).filter_map(|(cell, column)| column.map(|column| (column, cell.to_owned()))).collect();
    ticket(&cells, line, last_us)
}

fn ticket(cells: &[(Column, String)], line: u64, last_us: &mut i64) -> Result<Text, Skipped> {
    let cell = |wanted: Column| {
        cells.iter().find(|(column, text)| *column == wanted && !text.trim().is_empty()).map(|(_, text)| text.as_str())
    };
    let (subject, body) = (cell(Column::Subject), cell(Column::Body));
    if subject.is_none() && body.is_none() {
        return Err(Skipped { line, why: "it has neither subject nor body".into() });
    }
    if let Some(written) = cell(Column::CreatedAt).and_then(microseconds) {
        *last_us = written;
    }
    let id = cell(Column::Id).map_or_else(|| format!("line-{line}"), |id| id.trim().to_owned());
    let mut ticket = Text::new(id, subject.unwrap_or_default(), body.unwrap_or_default());
    ticket.created_at_us = *last_us;
    ticket.customer = cell(Column::Customer).map(str::to_owned);
    ticket.organization = cell(Column::Organization).map(str::to_owned);
    ticket.kind = cell(Column::Kind).and_then(Kind::from_word);
    ticket.area = cell(Column::Area).map(str::to_owned);
    ticket.brand = cell(Column::Brand).map(str::to_owned);
    Ok(ticket)
}

fn column(name: &str) -> Option<Column> {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column)
}

/// The separator that the first line uses most.
fn delimiter(head: &[u8]) -> u8 {
    let first = head.split(|b| *b == b'\n').next().unwrap_or(head);
    let count = |delimiter: u8| first.split(|b| *b == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Reads the ways in which exports write a time; without a zone it is taken as UTC.
fn microseconds(written: &str) -> Option<i64> {
    let written = written.trim();
    if let Ok(time) = written.parse::<Timestamp>() {
        return Some(time.as_microsecond());
    }
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_microsecond());
    if let Ok(time) = written.parse::<DateTime>() {
        return utc(time);
    }
    for pattern in ["%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d"] {
        if let Ok(time) = DateTime::strptime(pattern, written) {
            return utc(time);
        }
        if let Ok(date) = Date::strptime(pattern, written) {
            return utc(date.to_datetime(jiff::civil::Time::midnight()));
        }
    }
    let seconds: i64 = written.parse().ok()?;
    let scale = if seconds > 100_000_000_000 { 1_000 } else { 1_000_000 };
    seconds.checked_mul(scale)
}
