//! The cells of a line, and the ticket made of them.

use super::column_words::ExportColumn;
use super::mime::decoded;
use super::times::Times;
use grouping::{BODY_LIMIT_BYTES, TicketKind, TicketText};

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
        let filled = |(column, text): &&(ExportColumn, String)| *column == wanted && !text.trim().is_empty();
        self.taken.iter().find(filled).map(|(_, text)| text.as_str())
    }
}

/// State that is kept from one line to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct CarriedState {
    pub(super) times: Times,
    /// The date of the last ticket that had one. A ticket without a date is assumed to follow it.
    pub(super) last_us: i64,
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
    let text = |column: ExportColumn| cells.get(column).map(|text| decoded(text).trim().to_owned());
    let id = cells.get(ExportColumn::Id).map_or_else(|| format!("line-{line}"), |id| id.trim().to_owned());
    let subject = decoded(subject.unwrap_or_default());
    let mut ticket = TicketText::new(id, within(&subject), within(body.unwrap_or_default()));
    ticket.created_at_us = carried.last_us;
    ticket.customer = text(ExportColumn::Customer);
    ticket.organization = text(ExportColumn::Organization);
    ticket.kind = cells.get(ExportColumn::Kind).and_then(TicketKind::from_word);
    ticket.area = text(ExportColumn::Area);
    ticket.brand = text(ExportColumn::Brand);
    Ok(ticket)
}

/// As much of a text as the grouping reads, so that waiting tickets take a bounded amount of memory.
fn within(text: &str) -> &str {
    &text[..text.ceil_char_boundary(BODY_LIMIT_BYTES)]
}
