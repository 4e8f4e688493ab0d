//! What the grouping is told about a ticket, and the names of its tickets and topics.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The key as the caller wrote it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(key: &str) -> Self {
                Self(key.into())
            }
        }

        impl From<String> for $name {
            fn from(key: String) -> Self {
                Self(key.into())
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> Self {
                key.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key!(
    /// The caller's name for a ticket, unique within an engine.
    TicketKey
);
key!(
    /// The caller's name for a topic, unique within an engine.
    TopicKey
);

/// What a ticket asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// Something does not work as it should.
    Bug,
    /// Something is missing or should be different.
    FeatureRequest,
    /// Somebody wants to know something.
    Question,
}

impl TicketKind {
    /// All kinds, in the order of the kind model's outputs.
    pub const ALL: [Self; 3] = [Self::Bug, Self::FeatureRequest, Self::Question];

    /// The word for it in the API, in SQL and in exports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::FeatureRequest => "feature_request",
            Self::Question => "question",
        }
    }

    /// Reads the words that helpdesks and exports use; anything else is unknown.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "bug" | "problem" | "incident" | "defect" | "error" => Some(Self::Bug),
            "feature_request" | "feature request" | "feature" | "enhancement" | "idea" | "improvement" => {
                Some(Self::FeatureRequest)
            }
            "question" | "how-to" | "how to" | "support" => Some(Self::Question),
            _ => None,
        }
    }
}

/// A ticket as the grouping sees it: the customer's first message and a few hints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketText {
    /// The ticket.
    pub id: TicketKey,
    /// When the customer wrote, in UTC microseconds since 1970.
    pub created_at_us: i64,
    /// The subject line; may be empty.
    pub subject: String,
    /// The first message; may be empty.
    pub body: String,
    /// The customer, by any stable name.
    pub customer: Option<String>,
    /// The customer's company, by any stable name.
    pub organization: Option<String>,
    /// The kind, if a person or the helpdesk stated it or it was predicted before.
    pub kind: Option<TicketKind>,
    /// A hint about where it belongs, such as a product or component.
    pub area: Option<String>,
    /// Tickets of different brands never share a topic.
    pub brand: Option<String>,
}

impl TicketText {
    /// A ticket with a subject and a body and no hints.
    #[must_use]
    pub fn new(id: impl Into<TicketKey>, subject: &str, body: &str) -> Self {
        Self {
            id: id.into(),
            created_at_us: 0,
            subject: subject.to_owned(),
            body: body.to_owned(),
            customer: None,
            organization: None,
            kind: None,
            area: None,
            brand: None,
        }
    }
}
