//! The cells of a line, and the ticket made of them.

use std::borrow::Cow;
use std::sync::LazyLock;

use html_escape::decode_html_entities;
use regex::Regex;

use super::column_words::ExportColumn;
use super::mime::decoded;
use super::times::Times;
use crate::helpdesk::markup;
use grouping::{BODY_LIMIT_BYTES, TicketKind, TicketText};

/// What exports write into a cell that holds nothing. None of it is anybody's name, company or number.
const NOTHING: [&str; 13] =
    ["-", "--", "–", "—", "n/a", "#n/a", "null", "nan", "none", "undefined", "(none)", "(blank)", "\\n"];

/// What is only in HTML, and not in what somebody types: where a line or a paragraph ends.
static HTML: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)<br\s*/?>|</(?:p|div|span|ul|ol|li|table|tr|td|h[1-6]|body|html)\s*>").ok());

/// What a line says.
#[derive(Debug, Clone, Default)]
pub(super) struct ExportCells {
    /// What a ticket is made of, in the order in which it counts: of each column the first that holds something.
    pub(super) taken: Vec<(ExportColumn, String)>,
    /// The people and companies that it names, who are not named in what is shown.
    pub(super) people: Vec<String>,
}

impl ExportCells {
    /// The text of a column.
    pub(super) fn get(&self, wanted: ExportColumn) -> Option<&str> {
        let filled = |(column, text): &&(ExportColumn, String)| *column == wanted && !is_nothing(text);
        self.taken.iter().find(filled).map(|(_, text)| text.as_str())
    }
}

/// Whether a cell holds nothing, or what stands for nothing.
pub(super) fn is_nothing(cell: &str) -> bool {
    let bare = cell.trim();
    bare.is_empty() || NOTHING.iter().any(|nothing| bare.eq_ignore_ascii_case(nothing))
}

/// State that is kept from one line to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct CarriedState {
    pub(super) times: Times,
    /// The date of the last ticket that had one. A ticket without a date is assumed to follow it.
    pub(super) last_us: i64,
    /// The line of the last ticket without an id, and how many there were in it.
    pub(super) unnamed: (u64, u64),
}

impl CarriedState {
    /// What a ticket is called that has no id. A whole list may be written in one line.
    fn name(&mut self, line: u64) -> String {
        let nth = if self.unnamed.0 == line { self.unnamed.1 + 1 } else { 1 };
        self.unnamed = (line, nth);
        if nth == 1 { format!("line-{line}") } else { format!("line-{line}-{nth}") }
    }
}

/// Makes a ticket of a line's cells, or says why that is not possible.
pub(super) fn ticket(cells: &ExportCells, line: u64, carried: &mut CarriedState) -> Result<TicketText, String> {
    let (subject, body) = (cells.get(ExportColumn::Subject), cells.get(ExportColumn::Body));
    if subject.is_none() && body.is_none() {
        return Err("it has neither subject nor body".into());
    }
    if let Some(written) = cells.get(ExportColumn::CreatedAt).and_then(|written| carried.times.microseconds(written)) {
        carried.last_us = written;
    }
    let text = |column: ExportColumn| cells.get(column).map(|text| unescaped(&decoded(text)).trim().to_owned());
    let id = cells.get(ExportColumn::Id).map_or_else(|| carried.name(line), |id| id.trim().to_owned());
    let subject = decoded(subject.unwrap_or_default());
    let (subject, body) = (unescaped(&subject), as_shown(within(body.unwrap_or_default())));
    let mut ticket = TicketText::new(id, within(&subject), within(&body));
    ticket.created_at_us = carried.last_us;
    ticket.customer = text(ExportColumn::Customer).map(|written| one_person(&written));
    ticket.organization = text(ExportColumn::Organization);
    ticket.kind = cells.get(ExportColumn::Kind).and_then(TicketKind::from_word);
    ticket.area = text(ExportColumn::Area);
    ticket.brand = text(ExportColumn::Brand);
    Ok(ticket)
}

/// A customer as one line writes them, in the form in which all lines have them: `Ada@X.test` and `Ada Roe <ada@x.test>` are one
/// person. Where there is no address, or more than one, it is as it is written: numbers may differ in their capitals alone.
fn one_person(written: &str) -> String {
    let parts = written.split(|c: char| c.is_whitespace() || "<>()[],;\"".contains(c));
    let mut addresses =
        parts.filter(|part| part.split_once('@').is_some_and(|(name, place)| !name.is_empty() && !place.is_empty()));
    match (addresses.next(), addresses.next()) {
        (Some(address), None) => address.to_lowercase(),
        _ => written.to_owned(),
    }
}

/// A text without what HTML writes for some letters, such as `&amp;`.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('&') { decode_html_entities(text) } else { Cow::Borrowed(text) }
}

/// A body as people see it: many exports have it in HTML, with lines and letters that are written otherwise. Somebody who types a tag
/// does not write HTML.
fn as_shown(body: &str) -> Cow<'_, str> {
    let is_html = HTML.as_ref().is_some_and(|html| {
        let least = if body.trim_start().starts_with('<') { 1 } else { 2 };
        html.find_iter(body).take(least).count() == least
    });
    if is_html { Cow::Owned(markup::plain(body)) } else { unescaped(body) }
}

/// As much of a text as the grouping reads, so that waiting tickets take a bounded amount of memory.
fn within(text: &str) -> &str {
    &text[..text.ceil_char_boundary(BODY_LIMIT_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_one_however_a_line_writes_their_address() {
        for written in
            ["ada@x.test", "Ada@X.test", "Ada Roe <ada@x.test>", "Ada Roe (ADA@x.test)", "\"Roe, Ada\" <ada@x.test>"]
        {
            assert_eq!(one_person(written), "ada@x.test", "{written}");
        }
        for other in ["Ada Roe", "0035g00000ABCDe", "@ada", "Ada @ Initech", "ada@x.test, bob@x.test"] {
            assert_eq!(one_person(other), other);
        }
    }

    #[test]
    fn a_body_is_read_as_people_see_it() {
        let html = "<div>Hello,</div><div>the R&amp;D export doesn&#39;t end&nbsp;today: &lt;b&gt;</div>";
        assert_eq!(as_shown(html), "Hello,\n\nthe R&D export doesn't end today: <b>");
        for typed in
            ["a < b and b > c", "It shows <b> and Vec<p> & more", "There is a </div> too many:\n\nsee the page"]
        {
            assert_eq!(as_shown(typed), typed);
        }
        assert_eq!(as_shown("Bed &amp; breakfast"), "Bed & breakfast");
    }

    #[test]
    fn what_stands_for_nothing_is_nothing() {
        for cell in ["", "  ", "-", "NULL", "N/A", "NaN", " (none) ", "\\N"] {
            assert!(is_nothing(cell), "{cell}");
        }
        for cell in ["0", "Nan Moor", "none of it works", "--help fails"] {
            assert!(!is_nothing(cell), "{cell}");
        }
    }
}
