//! Reads tickets from an export: JSON objects, one per line or in a list, or a table with a header.
//!
//! A line that cannot be read is reported with its number and skipped. No more than one line is kept in memory, whatever the
//! file looks like.

use std::fs::File;
use std::io::{BufRead, Read};
use std::path::Path;

use anyhow::bail;
use csv::StringRecord;
use serde_json::{Map, Value};

use super::columns::{CarriedState, ExportColumn, text_of, ticket};
use super::decode::Decoding;
use super::objects::{Objects, begins_with_objects};
use super::source::{LINE_LIMIT_BYTES, TextSource};
use super::times::Times;
use grouping::TicketText;

/// How many columns an error lists.
const NAMED_COLUMNS: usize = 12;

/// A line, or several, of a file.
#[derive(Debug)]
pub(super) struct ExportRecord {
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// How much text was read up to its end.
    pub(super) read_bytes: u64,
    /// The ticket, or why the line is none.
    pub(super) ticket: Result<TicketText, String>,
}

/// The tickets of a file, one after the other.
pub(super) struct ExportRecords {
    layout: Layout,
    carried: CarriedState,
    /// The estimated length of the file's text; 0 if it is not known.
    pub(super) text_bytes: u64,
}

enum Layout {
    /// One JSON object per line.
    Lines { source: TextSource, line: u64, read_bytes: u64 },
    /// JSON objects that span several lines or are in a list.
    Objects(Objects),
    /// Values separated by commas, semicolons or tabs, with a header.
    Table { rows: Box<csv::Reader<TextSource>>, columns: Vec<Option<ExportColumn>> },
}

impl ExportRecords {
    /// Opens a file and detects its layout from its beginning.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if path.is_dir() {
            bail!("it is a folder; name one file of tickets in it");
        }
        let file = File::open(path)?;
        let file_bytes = file.metadata().map_or(0, |about| about.len());
        let decoding = Decoding::new(file)?;
        let text_bytes = decoding.text_bytes(file_bytes);
        if let Some(what) = decoding.foreign() {
            bail!("{what}");
        }
        let mut source: TextSource = Box::new(decoding);
        let head = source.fill_buf()?;
        let Some(first) = head.iter().copied().find(|b| !b.is_ascii_whitespace()) else {
            bail!("it is empty");
        };
        let carried = CarriedState { times: Times::of_file(&String::from_utf8_lossy(head)), last_us: 0 };
        let named_lines = path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| matches!(e.to_ascii_lowercase().as_str(), "jsonl" | "ndjson" | "json"));
        let layout = if begins_with_objects(head) {
            Layout::Objects(Objects::new(source))
        } else if first == b'{' || named_lines {
            Layout::Lines { source, line: 0, read_bytes: 0 }
        } else {
            table(source)?
        };
        Ok(Self { layout, carried, text_bytes })
    }
}

fn table(mut source: TextSource) -> anyhow::Result<Layout> {
    let delimiter = delimiter(source.fill_buf()?);
    let mut rows = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(source);
    let columns: Vec<Option<ExportColumn>> = rows.headers()?.iter().map(ExportColumn::of).collect();
    let has = |wanted: ExportColumn| columns.contains(&Some(wanted));
    if !has(ExportColumn::Subject) && !has(ExportColumn::Body) {
        let heading: Vec<&str> = rows.headers()?.iter().take(NAMED_COLUMNS).collect();
        bail!("it has no column named subject or body; its first line is: {}", heading.join(", "));
    }
    Ok(Layout::Table { rows: Box::new(rows), columns })
}

impl Iterator for ExportRecords {
    type Item = ExportRecord;

    fn next(&mut self) -> Option<ExportRecord> {
        let carried = &mut self.carried;
        match &mut self.layout {
            Layout::Lines { source, line, read_bytes } => {
                let text = next_line(source, line, read_bytes)?;
                let ticket = text.and_then(|text| from_json(&text, *line, carried));
                Some(ExportRecord { line: *line, read_bytes: *read_bytes, ticket })
            }
            Layout::Objects(objects) => {
                let text = objects.next()?;
                let line = objects.line();
                let ticket = text.and_then(|text| from_json(&text, line, carried));
                Some(ExportRecord { line, read_bytes: objects.read_bytes(), ticket })
            }
            Layout::Table { rows, columns } => next_row(rows, columns, carried),
        }
    }
}

fn next_row(
    rows: &mut csv::Reader<TextSource>,
    columns: &[Option<ExportColumn>],
    carried: &mut CarriedState,
) -> Option<ExportRecord> {
    let mut row = StringRecord::new();
    let began = rows.position().clone();
    let read = rows.read_record(&mut row);
    let line = row.position().map_or(began.line(), csv::Position::line);
    let read_bytes = rows.position().byte();
    let ticket = match read {
        Ok(false) => return None,
        Err(error) if error.is_io_error() => return None,
        Err(error) => Err(error.to_string()),
        Ok(true) if read_bytes - began.byte() > LINE_LIMIT_BYTES as u64 => {
            Err("it is longer than 16 MiB: perhaps a quote was not closed".into())
        }
        Ok(true) => {
            let cells = row.iter().zip(columns).filter_map(|(cell, column)| Some(((*column)?, cell.to_owned())));
            ticket(&cells.collect::<Vec<_>>(), line, carried)
        }
    };
    Some(ExportRecord { line, read_bytes, ticket })
}

/// The next line that is not blank.
fn next_line(source: &mut TextSource, line: &mut u64, read_bytes: &mut u64) -> Option<Result<String, String>> {
    loop {
        let mut bytes = Vec::new();
        let mut count = source.by_ref().take(LINE_LIMIT_BYTES as u64).read_until(b'\n', &mut bytes).ok()?;
        if count == 0 {
            return None;
        }
        *line += 1;
        *read_bytes += count as u64;
        if count == LINE_LIMIT_BYTES && bytes.last() != Some(&b'\n') {
            while count == LINE_LIMIT_BYTES && bytes.last() != Some(&b'\n') {
                bytes.clear();
                count = source.by_ref().take(LINE_LIMIT_BYTES as u64).read_until(b'\n', &mut bytes).ok()?;
                *read_bytes += count as u64;
            }
            return Some(Err("it is longer than 16 MiB".into()));
        }
        let text = String::from_utf8_lossy(&bytes);
        if !text.trim().is_empty() {
            return Some(Ok(text.into_owned()));
        }
    }
}

fn from_json(text: &str, line: u64, carried: &mut CarriedState) -> Result<TicketText, String> {
    let fields: Map<String, Value> = serde_json::from_str(text).map_err(|error| match error.line() {
        0 | 1 => format!("it is not a JSON object (from character {} on)", error.column()),
        _ => "it is not a JSON object".into(),
    })?;
    let cells = fields.iter().filter_map(|(name, value)| Some((ExportColumn::of(name)?, text_of(value)?)));
    ticket(&cells.collect::<Vec<_>>(), line, carried)
}

/// The separator that the first line uses most.
fn delimiter(head: &[u8]) -> u8 {
    let first = head.split(|b| *b == b'\n').next().unwrap_or(head);
    let count = |delimiter: u8| first.split(|b| *b == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}
