//! How a table is written: RFC 4180 with what spreadsheets would run taken the edge off, or a JSON object on each line.

use std::{borrow::Cow, error::Error};

use serde_json::Value;

use crate::base::{characters::no_formula, clock::Time};

/// What says that a file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a file breaks off.
pub(super) type BreaksOff = Box<dyn Error>;

/// Who a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who opens it in a spreadsheet, which takes it for UTF-8 only where it begins with a mark that says so.
    Person,
    /// A program, for which that mark would be a part of the first column's name.
    Program,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ListCell {
    /// Text, which may be anybody's.
    Text(String),
    /// A number of ours.
    Number(i64),
    /// A moment.
    At(Time),
    /// Nothing is known.
    Nothing,
}

impl ListCell {
    /// Text that may be absent.
    pub fn text(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }

    /// A number that may be absent.
    pub fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }

    /// A moment that may be absent.
    pub fn at(at: Option<Time>) -> Self {
        at.map_or(Self::Nothing, Self::At)
    }

    fn in_csv(&self) -> Cow<'_, str> {
        match self {
            // Numbers of ours are no text, so that they can be added up.
            Self::Text(text) => no_formula(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::At(at) => Cow::Owned(at.to_string()),
            Self::Nothing => Cow::Borrowed(""),
        }
    }

    fn in_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::from(*number),
            Self::At(at) => Value::from(at.to_string()),
            Self::Nothing => Value::Null,
        }
    }
}

/// In what form a list is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values.
    Csv,
    /// A JSON object on each line.
    JsonLines,
}

impl TableFormat {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Csv, Self::JsonLines];

    /// The word, as in addresses and names of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    /// The form for a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    /// What stands before the rows.
    pub(super) fn head(self, columns: &[&str], reader: Reader) -> Result<Vec<u8>, BreaksOff> {
        match self {
            Self::JsonLines => Ok(Vec::new()),
            Self::Csv => {
                let mut head = if reader == Reader::Person { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
                head.extend(records(std::iter::once(columns.iter().map(|name| Cow::Borrowed(*name)).collect()))?);
                Ok(head)
            }
        }
    }

    /// Some rows, whose cells are in the order of the columns.
    pub(super) fn lines(self, columns: &[&str], rows: &[Vec<ListCell>]) -> Result<Vec<u8>, BreaksOff> {
        match self {
            Self::Csv => records(rows.iter().map(|row| row.iter().map(ListCell::in_csv).collect())),
            Self::JsonLines => Ok(rows.iter().map(|row| object(columns, row)).collect::<String>().into_bytes()),
        }
    }

    /// That there are more rows than these.
    pub(super) fn cut(self, after: usize) -> Result<Vec<u8>, BreaksOff> {
        match self {
            Self::Csv => records(std::iter::once(vec![Cow::Owned(format!(
                "There are more than these {after} rows. Narrow the filters, and export the rest by itself."
            ))])),
            Self::JsonLines => Ok(format!("{{\"cut_after\":{after}}}\n").into_bytes()),
        }
    }
}

/// Records as RFC 4180 has them, each ended by CR LF. A last one may be shorter than those before it.
fn records<'c>(rows: impl Iterator<Item = Vec<Cow<'c, str>>>) -> Result<Vec<u8>, BreaksOff> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_bytes()))?;
    }
    Ok(writer.into_inner()?)
}

/// A row as an object whose names are in the order of the columns.
fn object(columns: &[&str], row: &[ListCell]) -> String {
    let pairs = columns.iter().zip(row).map(|(name, cell)| format!("{}:{}", Value::from(*name), cell.in_json()));
    format!("{{{}}}\n", pairs.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 3] = ["subject", "customers", "heard_at"];

    fn written(format: TableFormat, subject: &str) -> String {
        let row = vec![ListCell::Text(subject.to_owned()), ListCell::Number(-3), ListCell::Nothing];
        String::from_utf8(format.lines(&COLUMNS, &[row]).unwrap()).unwrap()
    }

    #[test]
    fn what_begins_like_a_formula_is_text_and_numbers_stay_numbers() {
        for formula in ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "\tx", "\u{ff1d}1"] {
            let line = written(TableFormat::Csv, formula);
            assert!(line.trim_start_matches('"').starts_with(&format!("'{formula}")), "{line:?}");
            assert!(line.ends_with(",-3,\r\n"), "{line:?}");
            assert!(written(TableFormat::JsonLines, formula).starts_with("{\"subject\":\""), "JSON is for programs");
        }
        assert_eq!(written(TableFormat::Csv, "a=b"), "a=b,-3,\r\n");
    }

    #[test]
    fn quotes_commas_and_line_ends_stay_in_their_cell() {
        assert_eq!(written(TableFormat::Csv, "a \"b\", c\r\nd"), "\"a \"\"b\"\", c\r\nd\",-3,\r\n");
        assert_eq!(
            written(TableFormat::JsonLines, "a \"b\"\n"),
            "{\"subject\":\"a \\\"b\\\"\\n\",\"customers\":-3,\"heard_at\":null}\n"
        );
    }

    #[test]
    fn a_file_for_a_spreadsheet_says_that_it_is_utf_8_and_one_for_a_program_does_not() {
        let head = |reader| TableFormat::Csv.head(&COLUMNS, reader).unwrap();
        assert_eq!(head(Reader::Program), b"subject,customers,heard_at\r\n");
        assert_eq!(head(Reader::Person), ["\u{feff}".as_bytes(), b"subject,customers,heard_at\r\n"].concat());
        assert!(TableFormat::JsonLines.head(&COLUMNS, Reader::Person).unwrap().is_empty());
        assert!(TableFormat::ALL.into_iter().all(|format| TableFormat::parse(format.as_str()) == Some(format)));
    }
}
