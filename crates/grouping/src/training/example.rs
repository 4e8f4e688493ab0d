//! What the kinds are learned from.

use crate::analysis::cleaned;
use crate::sentence::SentenceVector;
use crate::ticket::TicketKind;

/// A ticket of a known kind.
#[derive(Debug, Clone)]
pub struct KindExample {
    /// The subject.
    pub subject: String,
    /// The body.
    pub body: String,
    /// Its sentence vector.
    pub vector: Option<SentenceVector>,
    /// Its kind.
    pub kind: TicketKind,
}

impl KindExample {
    /// The same in lower case and without any marks. It has no vector, because the vector belongs to the original text.
    pub(super) fn plain(&self) -> Self {
        let bare = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != '\'', " ");
        let plain = |text: &str| bare(text).split_whitespace().collect::<Vec<_>>().join(" ");
        Self { subject: plain(&self.subject), body: plain(&cleaned(&self.body)), vector: None, kind: self.kind }
    }
}

/// The place of a kind in [`TicketKind::ALL`].
pub(super) fn number(kind: TicketKind) -> usize {
    TicketKind::ALL.iter().position(|k| *k == kind).unwrap_or(0)
}
