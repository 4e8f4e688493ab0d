//! Which placeholder stands for which private words, the same throughout one issue.

use std::collections::HashMap;

use crate::wording::redact::PrivateKind;

/// What stands in the place of words that may not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hole {
    /// A sentence about credentials.
    Credentials,
    /// Something known by its shape, or by what is known of the customer.
    Private(PrivateKind),
    /// Anything else.
    Word,
}

impl Hole {
    fn label(self) -> &'static str {
        match self {
            Self::Credentials => "[credentials]",
            Self::Private(kind) => kind.word(),
            Self::Word => "[word]",
        }
    }
}

/// The placeholders that were given in one issue.
#[derive(Debug, Default)]
pub struct Placeholders {
    given: HashMap<(Hole, String), usize>,
    counts: HashMap<Hole, usize>,
}

impl Placeholders {
    /// The placeholder of these words: the first of its kind is `[name]`, another one `[name 2]`.
    pub(super) fn placeholder(&mut self, hole: Hole, words: &str) -> String {
        let key = (hole, words.trim().to_lowercase());
        let count = self.counts.entry(hole).or_default();
        let number = *self.given.entry(key).or_insert_with(|| {
            *count += 1;
            *count
        });
        let label = hole.label();
        if number == 1 || hole == Hole::Credentials {
            label.to_owned()
        } else {
            format!("{} {number}]", label.trim_end_matches(']'))
        }
    }
}
