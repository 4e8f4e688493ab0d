//! Reads tickets from an export: JSON objects, one per line or in a list, or a table with a header.
//!
//! A line that cannot be read is reported with its number and skipped. No more than one line is kept in memory, whatever the
//! file looks like.

use std::fs::File;
use std::io::{BufRead, Cursor, Read};
use std::path::Path;

use anyhow::bail;
use csv::StringRecord;
use encoding_rs::{Encoding, UTF_8};
use serde_json::{Map, Value};

use super::cells::{CarriedState, ExportCells, is_nothing, ticket, unescaped};
use super::column_words::ExportColumn;
use super::columns::{NameMeaning, NamedColumn, in_order, of_heading};
use super::decode::Decoding;
use super::fields::FieldMeanings;
use super::heading::TablePlace;
use super::objects::{JsonPlace, Objects};
use super::source::{LINE_LIMIT_BYTES, TextSource};
use super::times::Times;
use crate::base::clock::Clock;
use grouping::TicketText;

/// How many columns an error lists.
const NAMED_COLUMNS: usize = 12;
/// How much of a file, and how many of its tickets, are looked at before it is read: for how its times are to be read.
const SAMPLE_BYTES: usize = 1 << 19;
const SAMPLE_TICKETS: usize = 2_000;
/// Of how many of these the fields are named, and how many fields.
const NAMED_TICKETS: usize = 200;
const NAMED_FIELDS: usize = 500;

/// What somebody says of a file that it does not say itself.
#[derive(Debug, Clone, Default)]
pub(super) struct ExportHints {
    pub(super) named: Vec<NamedColumn>,
    pub(super) encoding: Option<&'static Encoding>,
}

/// A line, or several, of a file.
#[derive(Debug)]
pub(super) struct ExportRecord {
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// How much text was read up to its end.
    pub(super) read_bytes: u64,
    /// The ticket, or why the line is none.
    pub(super) ticket: Result<TicketText, String>,
    /// The people and companies that it names.
    pub(super) people: Vec<String>,
    /// Whether its cells fit the heading, if it is of a table.
    pub(super) fits: bool,
}

/// How a file is read.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnsRead {
    /// What a ticket is made of, with the names of what it is taken from, the one that counts first.
    pub(super) taken: Vec<(ExportColumn, Vec<String>)>,
    /// What is left out.
    pub(super) left_out: Vec<String>,
    /// The encoding, where it is not the usual one.
    pub(super) encoding: Option<&'static str>,
}

/// The tickets of a file, one after the other.
pub(super) struct ExportRecords {
    layout: ExportLayout,
    carried: CarriedState,
    /// The estimated length of the file's text; 0 if it is not known.
    pub(super) text_bytes: u64,
    pub(super) columns: ColumnsRead,
}

/// What kind of file it is.
enum ExportShape {
    /// One JSON object per line.
    Lines,
    /// JSON objects that span several lines or are in a list.
    Objects(JsonPlace),
    /// A table with a heading.
    Table(TablePlace),
}

/// A file while it is read.
enum ExportLayout {
    Lines { source: TextSource, line: u64, read_bytes: u64, fields: FieldMeanings },
    Objects { objects: Objects, fields: FieldMeanings },
    Table { rows: Box<csv::Reader<TextSource>>, columns: TableColumns },
}

/// The columns of a table by their places.
#[derive(Debug, Default)]
struct TableColumns {
    taken: Vec<(usize, ExportColumn)>,
    people: Vec<usize>,
    heading: StringRecord,
    lines_before: u64,
    bytes_before: u64,
}

/// What a line says before a ticket is made of it.
struct RawRecord {
    line: u64,
    read_bytes: u64,
    cells: Result<ExportCells, String>,
    fits: bool,
}

impl ExportRecords {
    /// Opens a file and detects its layout from its beginning.
    pub(super) fn open(path: &Path, hints: &ExportHints) -> anyhow::Result<Self> {
        if path.is_dir() {
            bail!("it is a folder; name one file of tickets in it");
        }
        let file = File::open(path)?;
        let file_bytes = file.metadata().map_or(0, |about| about.len());
        let decoding = Decoding::new(file, hints.encoding)?;
        let text_bytes = decoding.text_bytes(file_bytes);
        if let Some(what) = decoding.foreign() {
            bail!("{what}");
        }
        let encoding = Some(decoding.encoding()).filter(|encoding| *encoding != UTF_8).map(Encoding::name);
        let mut source: TextSource = Box::new(decoding);
        let head = source.fill_buf()?;
        let head = head[..head.len().min(SAMPLE_BYTES)].to_vec();
        let Some(first) = head.iter().copied().find(|byte| !byte.is_ascii_whitespace()) else {
            bail!("it is empty");
        };
        let named_lines = path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| matches!(e.to_ascii_lowercase().as_str(), "jsonl" | "ndjson" | "json"));
        let shape = match JsonPlace::in_text(&head, &hints.named) {
            Some(place) => ExportShape::Objects(place),
            None if first == b'{' || named_lines => ExportShape::Lines,
            None => ExportShape::Table(TablePlace::in_text(&head, &hints.named)),
        };
        let names = shape.names(&head, hints)?;
        for said in &hints.named {
            if !names.iter().any(|(name, _)| said.is(name)) {
                bail!("it has no column named {}; {}", said.name, listed(&names));
            }
        }
        let is_told =
            |column: ExportColumn| names.iter().any(|(_, meaning)| meaning.fit.is_some_and(|fit| fit.column == column));
        let is_table = matches!(shape, ExportShape::Table(_));
        if is_table && !is_told(ExportColumn::Subject) && !is_told(ExportColumn::Body) {
            bail!(
                "it has no column named subject or body; {}. If one is, say which: --column subject=NAME",
                listed(&names)
            );
        }
        let times = Times::of_column(&shape.dates(&head, hints)?, Clock::system().now().as_micros());
        Ok(Self {
            layout: shape.open(source, hints)?,
            carried: CarriedState { times, last_us: 0, unnamed: (0, 0) },
            text_bytes,
            columns: ColumnsRead::of(&names, encoding),
        })
    }
}

impl Iterator for ExportRecords {
    type Item = ExportRecord;

    fn next(&mut self) -> Option<ExportRecord> {
        let RawRecord { line, read_bytes, cells, fits } = self.layout.next()?;
        let (ticket, people) = match cells {
            Ok(cells) => (ticket(&cells, line, &mut self.carried), cells.people),
            Err(why) => (Err(why), Vec::new()),
        };
        Some(ExportRecord { line, read_bytes, ticket, people, fits })
    }
}

impl ColumnsRead {
    fn of(names: &[(String, NameMeaning)], encoding: Option<&'static str>) -> Self {
        let fits = names.iter().enumerate().filter_map(|(at, (_, meaning))| Some((at, meaning.fit?)));
        let mut taken: Vec<(ExportColumn, Vec<String>)> = Vec::new();
        for (at, column) in in_order(fits) {
            let name = names[at].0.clone();
            match taken.iter_mut().find(|(known, _)| *known == column) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name),
                None => taken.push((column, vec![name])),
            }
        }
        let mut left_out: Vec<String> = Vec::new();
        for (name, _) in names.iter().filter(|(name, meaning)| meaning.fit.is_none() && !name.trim().is_empty()) {
            // A column may be there once for each of several values.
            if !left_out.contains(name) {
                left_out.push(name.clone());
            }
        }
        Self { taken, left_out, encoding }
    }
}

impl ExportShape {
    fn open(&self, mut source: TextSource, hints: &ExportHints) -> anyhow::Result<ExportLayout> {
        let fields = FieldMeanings::new(hints.named.clone());
        Ok(match self {
            Self::Lines => ExportLayout::Lines { source, line: 0, read_bytes: 0, fields },
            Self::Objects(place) => ExportLayout::Objects { objects: Objects::new(source, place), fields },
            Self::Table(place) => {
                source.consume(place.bytes_before);
                let mut rows = csv::ReaderBuilder::new().delimiter(place.separator).flexible(true).from_reader(source);
                let heading = rows.headers()?.clone();
                let meanings: Vec<NameMeaning> = heading.iter().map(|name| of_heading(name, &hints.named)).collect();
                let columns = TableColumns {
                    taken: in_order(meanings.iter().enumerate().filter_map(|(at, meaning)| Some((at, meaning.fit?)))),
                    people: (0..meanings.len()).filter(|at| meanings[*at].is_of_people).collect(),
                    heading,
                    lines_before: place.lines_before,
                    bytes_before: place.bytes_before as u64,
                };
                ExportLayout::Table { rows: Box::new(rows), columns }
            }
        })
    }

    /// The file's beginning, as if it were the whole of it.
    fn sample(&self, head: &[u8], hints: &ExportHints) -> anyhow::Result<ExportLayout> {
        self.open(Box::new(Cursor::new(head.to_vec())), hints)
    }

    /// The names of a table's columns, or of the fields of the first tickets.
    fn names(&self, head: &[u8], hints: &ExportHints) -> anyhow::Result<Vec<(String, NameMeaning)>> {
        let mut names: Vec<(String, NameMeaning)> = Vec::new();
        let mut layout = self.sample(head, hints)?;
        if let ExportLayout::Table { rows, .. } = &mut layout {
            names.extend(rows.headers()?.iter().map(|name| (name.to_owned(), of_heading(name, &hints.named))));
            return Ok(names);
        }
        for _ in 0..NAMED_TICKETS {
            let Some((text, fields)) = layout.next_object() else { break };
            let Ok(Value::Object(ticket)) = serde_json::from_str(&text) else { continue };
            for (path, meaning) in fields.paths(&ticket) {
                if names.iter().all(|(known, _)| *known != path) && names.len() < NAMED_FIELDS {
                    names.push((path, meaning));
                }
            }
        }
        Ok(names)
    }

    /// What stands where the first tickets have their time.
    fn dates(&self, head: &[u8], hints: &ExportHints) -> anyhow::Result<Vec<String>> {
        let mut layout = self.sample(head, hints)?;
        let records = std::iter::from_fn(|| layout.next()).take(SAMPLE_TICKETS);
        let cells = records.filter_map(|record| record.cells.ok());
        Ok(cells.filter_map(|cells| cells.get(ExportColumn::CreatedAt).map(str::to_owned)).collect())
    }
}

/// The names of columns, for whoever named one that is not there.
fn listed(names: &[(String, NameMeaning)]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED_COLUMNS).map(|(name, _)| name.as_str()).collect();
    format!("it has: {}", first.join(", "))
}

impl ExportLayout {
    fn next(&mut self) -> Option<RawRecord> {
        match self {
            Self::Lines { source, line, read_bytes, fields } => {
                let text = next_line(source, line, read_bytes)?;
                let cells = text.and_then(|text| from_json(&text, fields));
                Some(RawRecord { line: *line, read_bytes: *read_bytes, cells, fits: true })
            }
            Self::Objects { objects, fields } => {
                let text = objects.next()?;
                let cells = text.and_then(|text| from_json(&text, fields));
                Some(RawRecord { line: objects.line(), read_bytes: objects.read_bytes(), cells, fits: true })
            }
            Self::Table { rows, columns } => next_row(rows, columns),
        }
    }

    /// The text of the next object that can be read, and what its fields mean. `None` for a table.
    fn next_object(&mut self) -> Option<(String, &mut FieldMeanings)> {
        match self {
            Self::Lines { source, line, read_bytes, fields } => {
                let text = std::iter::from_fn(|| next_line(source, line, read_bytes)).find_map(Result::ok)?;
                Some((text, fields))
            }
            Self::Objects { objects, fields } => Some((objects.find_map(Result::ok)?, fields)),
            Self::Table { .. } => None,
        }
    }
}

fn next_row(rows: &mut csv::Reader<TextSource>, columns: &TableColumns) -> Option<RawRecord> {
    let mut row = StringRecord::new();
    let began = rows.position().clone();
    let read = rows.read_record(&mut row);
    let line = row.position().map_or(began.line(), csv::Position::line) + columns.lines_before;
    let read_bytes = rows.position().byte();
    let cells = match read {
        Ok(false) => return None,
        Err(error) if error.is_io_error() => return None,
        Err(error) => Err(error.to_string()),
        Ok(true) if read_bytes - began.byte() > LINE_LIMIT_BYTES as u64 => {
            Err("it is longer than 16 MiB: perhaps a quote was not closed".into())
        }
        Ok(true) if is_the_same_line(&row, &columns.heading) => Err("it is the heading again".into()),
        Ok(true) => {
            let cell = |at: usize| row.get(at).map(str::to_owned);
            let people = columns.people.iter().filter_map(|at| row.get(*at)).filter(|name| !is_nothing(name));
            Ok(ExportCells {
                taken: columns.taken.iter().filter_map(|(at, column)| Some((*column, cell(*at)?))).collect(),
                people: people.map(|name| unescaped(name).into_owned()).collect(),
            })
        }
    };
    let fits = fits(&row, columns.heading.len());
    Some(RawRecord { line, read_bytes: read_bytes + columns.bytes_before, cells, fits })
}

/// Whether a line repeats the heading: exports that were put together have one for each, and a mark before it.
fn is_the_same_line(row: &StringRecord, heading: &StringRecord) -> bool {
    let bare = |cell: &str| cell.trim_matches(|c: char| matches!(c, '\u{feff}' | '"') || c.is_whitespace()).to_owned();
    heading.len() > 1 && row.iter().map(bare).eq(heading.iter().map(bare))
}

/// Whether the cells of a line may be those of the heading. They are not if there are more of them, or if there are fewer and one goes on
/// over several lines: a quote that is not closed takes what follows into its cell. Empty cells at the end may be missing.
fn fits(row: &StringRecord, heading: usize) -> bool {
    let has_more = row.iter().skip(heading).any(|cell| !cell.trim().is_empty());
    let runs_on = row.len() < heading && row.iter().any(|cell| cell.contains('\n'));
    !has_more && !runs_on
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

fn from_json(text: &str, fields: &mut FieldMeanings) -> Result<ExportCells, String> {
    let ticket: Map<String, Value> = serde_json::from_str(text).map_err(|error| match error.line() {
        0 | 1 => format!("it is not a JSON object (from character {} on)", error.column()),
        _ => "it is not a JSON object".into(),
    })?;
    Ok(fields.cells(&ticket))
}
