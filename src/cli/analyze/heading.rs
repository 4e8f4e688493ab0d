//! Where a table begins: behind a line for the spreadsheet and a title, with the line that names its columns.

use super::column_words::ExportColumn;
use super::columns::{NamedColumn, of_heading};

/// In how many of the first lines the heading is looked for.
const LINES: usize = 12;
/// How long a heading may be.
const HEADING_BYTES: usize = 64 * 1024;
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The place of a table's heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TablePlace {
    pub(super) separator: u8,
    /// How much stands in front of it.
    pub(super) bytes_before: usize,
    pub(super) lines_before: u64,
}

impl TablePlace {
    /// The line that names most columns of a ticket, by the separator by which it does. Where none does, it is the first.
    pub(super) fn in_text(head: &[u8], named: &[NamedColumn]) -> Self {
        let (separator, from) = said_by_excel(head);
        let separators: Vec<u8> = separator.map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator]);
        let mut best: Option<(usize, usize, Self)> = None;
        let (mut bytes_before, mut lines_before) = (from, u64::from(from > 0));
        for line in head[from..].split_inclusive(|byte| *byte == b'\n').take(LINES) {
            for separator in &separators {
                let place = Self { separator: *separator, bytes_before, lines_before };
                let (known, cells) = place.known(head, named);
                let is_better = best.is_none_or(|(most, widest, than)| {
                    known > most || known == most && cells > widest && than.bytes_before == bytes_before
                });
                if is_better {
                    best = Some((known, cells, place));
                }
            }
            bytes_before += line.len();
            lines_before += 1;
        }
        let first = Self { separator: separators[0], bytes_before: from, lines_before: u64::from(from > 0) };
        best.map_or(first, |(.., place)| place)
    }

    /// How many columns of a ticket the line names that begins here, and how many cells it has. None are known if there is nothing
    /// to read in a ticket.
    fn known(self, head: &[u8], named: &[NamedColumn]) -> (usize, usize) {
        let end = head.len().min(self.bytes_before + HEADING_BYTES);
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(self.separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(&head[self.bytes_before..end]);
        let Some(Ok(row)) = rows.records().next() else { return (0, 0) };
        let mut columns: Vec<ExportColumn> =
            row.iter().filter_map(|name| of_heading(name, named).fit.map(|fit| fit.column)).collect();
        columns.sort_unstable();
        columns.dedup();
        let says_something = columns.iter().any(|column| matches!(column, ExportColumn::Subject | ExportColumn::Body));
        (if says_something { columns.len() } else { 0 }, row.len())
    }
}

/// The separator that a first line `sep=;` names for the spreadsheet, and how long that line is.
fn said_by_excel(head: &[u8]) -> (Option<u8>, usize) {
    let line = head.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let bare: Vec<u8> = line.iter().copied().filter(|byte| !matches!(byte, b'"' | b'\r' | b'\n')).collect();
    match bare.as_slice() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] if separator.is_ascii() => {
            (Some(*separator), line.len())
        }
        _ => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(head: &str) -> (char, usize, u64) {
        let TablePlace { separator, bytes_before, lines_before } = TablePlace::in_text(head.as_bytes(), &[]);
        (char::from(separator), bytes_before, lines_before)
    }

    #[test]
    fn a_table_begins_with_the_line_that_names_its_columns() {
        for (head, expected) in [
            ("ID,Subject\n1,a;b;c\n", (',', 0, 0)),
            ("ID;Subject;Body\n1;a,b,c;d\n", (';', 0, 0)),
            ("ID\tSubject\n1\ta\n", ('\t', 0, 0)),
            ("ID|Subject\n1|a\n", ('|', 0, 0)),
            ("sep=;\r\nID;Subject\r\n1;a\r\n", (';', 7, 1)),
            ("\"sep=,\"\nID,Subject\n", (',', 8, 1)),
            ("All tickets of March\n\nID,Subject,Email\n1,Summary,a@x.test\n", (',', 21, 1)),
            ("Summary;;\nID;Subject;Email\n1;a;a@x.test\n", (';', 10, 1)),
            ("subject\nExport fails, again\n", (',', 0, 0)),
            ("colour,size\nred,1\n", (',', 0, 0)),
        ] {
            assert_eq!(place(head), expected, "{head}");
        }
    }

    #[test]
    fn a_heading_may_have_a_line_break_in_a_name() {
        assert_eq!(place("\"Ticket\nID\",Subject\n1,a\n"), (',', 0, 0));
    }
}
