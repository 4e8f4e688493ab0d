//! A decision: why a ticket is in its topic, and who said so. Decisions are only ever added; an undo is one more.

use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// What was decided about a ticket or a topic.
    pub enum Verdict {
        /// By the machine: this is the topic.
        Join = "join",
        /// By the machine: likely, a person should say.
        Ask = "ask",
        /// By the machine: nobody said this before.
        New = "new",
        /// By a person: the ticket belongs there.
        Move = "move",
        /// By a person: the two topics are one.
        Merge = "merge",
        /// By a person: these tickets are a topic of their own.
        Split = "split",
        /// By a person: the ticket is not about that topic.
        NotSame = "not_same",
        /// By a person: the topic is of this kind.
        Kind = "kind",
        /// By a person: the topic is called this.
        Title = "title",
        /// By a person: an earlier decision does not hold.
        Undo = "undo",
    }
}

words! {
    /// Who made a link or a decision.
    pub enum Maker {
        /// The grouping.
        Machine = "machine",
        /// A person, whose decision beats the machine's for ever (G8).
        Person = "person",
    }
}

/// Who acts: `machine`, `admin`, an agent's id, a GitHub login, a customer. Holds no personal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// The grouping, or Heard acting by its rules.
    pub fn machine() -> Self {
        Self("machine".to_owned())
    }

    /// Whoever holds the admin token.
    pub fn admin() -> Self {
        Self("admin".to_owned())
    }

    /// An agent of a helpdesk.
    pub fn agent(connection: &str, external_id: &str) -> Self {
        Self(format!("agent:{connection}:{external_id}"))
    }

    /// Somebody on GitHub.
    pub fn github(login: &str) -> Self {
        Self(format!("github:{login}"))
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads it back.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}
