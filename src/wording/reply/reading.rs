//! A reply, and what it means.

use std::time::Duration;

/// A reply, and what is known around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct CustomerReply<'r> {
    /// The text.
    pub body: &'r str,
    /// The subject of the mail, or of the ticket that it opened.
    pub subject: Option<&'r str>,
    /// What we had written. Lines of it are not theirs, also where no mark says that they are quoted.
    pub answers: Option<&'r str>,
    /// How long after our message it came.
    pub after: Option<Duration>,
}

/// What a reply means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyReading {
    /// It works for them.
    Works,
    /// It does not.
    StillBroken,
    /// A person has to read it: here are the words that say the one, and those that say the other. Both may be empty.
    Unclear {
        /// The words that say that it works.
        works: String,
        /// The words that say that it does not.
        still_broken: String,
    },
    /// They said nothing about it: thanks, a question, or that they will try.
    Nothing,
    /// No person wrote it.
    Automatic,
}

impl ReplyReading {
    /// Its word, as it is stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::StillBroken => "still_broken",
            Self::Unclear { .. } => "unclear",
            Self::Nothing => "nothing",
            Self::Automatic => "automatic",
        }
    }
}
