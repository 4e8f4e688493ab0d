//! Replies that no person wrote: vacation notes, bounces, receipts of other helpdesks, questions of spam filters.
//!
//! A subject or a first line that only machines write is enough. In the text, some phrases are certain; of the likely ones it
//! takes two, or one in a message that came within a minute of ours.

use std::time::Duration;

use super::{
    clause::Sentence,
    fold,
    phrase_book::{self, PhraseBook, PhraseList},
    reading::CustomerReply,
};

/// Nobody reads a mail, tries what it says and answers within this time.
const AT_ONCE: Duration = Duration::from_mins(1);

/// The longest line that may be a heading.
const HEADING_BYTES: usize = 1_000;

/// How many sentences are looked at. What comes later is a footer.
const SENTENCES: usize = 8;

/// Whether the subject, or the first line, is one of a machine.
pub(super) fn is_by_its_heading(reply: &CustomerReply<'_>) -> bool {
    let first = reply.body.lines().map(str::trim).find(|line| !line.is_empty());
    [reply.subject, first].into_iter().flatten().any(is_heading)
}

/// Whether a line is the subject of a machine's mail: one of its phrases stands there alone, or before a colon or the like. A
/// ticket about "Vacation requests" is none.
fn is_heading(line: &str) -> bool {
    if line.len() > HEADING_BYTES {
        return false;
    }
    let folded = fold::folded(line);
    let mut heading = folded.trim();
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| heading.strip_prefix(prefix)) {
        heading =
            if heading.starts_with('[') { rest.split_once(']').map_or("", |(_, behind)| behind) } else { rest }.trim();
    }
    let alone = heading.split([':', '(', '|', '】']).next().unwrap_or_default();
    let alone = alone.split(" - ").next().unwrap_or_default().trim_start_matches('【');
    phrase_book::all().iter().any(|book| {
        let words = book.words(alone);
        let (text, length) = if book.spaced { ("", words.len()) } else { (alone, alone.trim().len()) };
        length > 0
            && book.automatic.subject.places(&words, text).iter().any(|place| place.start == 0 && place.end == length)
    })
}

/// What stands before a subject.
const PREFIXES: &[&str] = &["re:", "aw:", "sv:", "antw:", "odp:", "rif:", "subject:", "betreff:", "["];

/// What speaks for a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MachineEvidence {
    /// Nothing.
    None,
    /// Several phrases that people may write too, or one that came at once.
    Likely,
    /// A phrase that only machines write.
    Certain,
}

/// What in the words speaks for a machine.
pub(super) fn evidence(sentences: &[Sentence], after: Option<Duration>) -> MachineEvidence {
    let texts: Vec<String> = sentences.iter().take(SENTENCES).map(Sentence::folded).collect();
    let most = |list: fn(&PhraseBook) -> &PhraseList| -> usize {
        let in_book = |book: &PhraseBook| texts.iter().map(|text| count(book, list(book), text)).sum::<usize>();
        phrase_book::all().iter().map(in_book).max().unwrap_or(0)
    };
    let enough = if after.is_some_and(|after| after < AT_ONCE) { 1 } else { 2 };
    if most(|book| &book.automatic.certain) > 0 {
        MachineEvidence::Certain
    } else if most(|book| &book.automatic.likely) >= enough {
        MachineEvidence::Likely
    } else {
        MachineEvidence::None
    }
}

fn count(book: &PhraseBook, list: &PhraseList, text: &str) -> usize {
    list.places(&book.words(text), if book.spaced { "" } else { text }).len()
}
