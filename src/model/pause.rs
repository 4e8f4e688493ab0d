//! The brake: messages to customers wait, all of them or a part, until somebody lets them go on.

use super::{id::TopicId, issue::Repository};
use crate::base::clock::Time;

/// Which messages to customers wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PausedPart {
    /// All.
    Everything,
    /// Those that go out in this helpdesk, by its connection's name.
    Connection(String),
    /// Those about topics whose issue is in this repository.
    Repository(Repository),
    /// Those about this topic.
    Topic(TopicId),
}

/// Everything, as stored.
const EVERYTHING: &str = "everything";

impl PausedPart {
    /// What makes it the same part, as stored and in forms. Upper and lower case make no difference in a repository.
    pub fn key(&self) -> String {
        match self {
            Self::Everything => EVERYTHING.to_owned(),
            Self::Connection(name) => format!("connection:{name}"),
            Self::Repository(name) => format!("repository:{}", name.as_str().to_lowercase()),
            Self::Topic(id) => format!("topic:{id}"),
        }
    }

    /// The part of a key. `None` if it is none of ours.
    pub fn parse(key: &str) -> Option<Self> {
        if key == EVERYTHING {
            return Some(Self::Everything);
        }
        match key.split_once(':')? {
            ("connection", name) => Some(Self::Connection(name.to_owned())),
            ("repository", name) => Repository::parse(name).map(Self::Repository),
            ("topic", id) => TopicId::parse(id).map(Self::Topic),
            _ => None,
        }
    }

    /// The topic, if it is one.
    pub fn topic(&self) -> Option<TopicId> {
        match self {
            Self::Topic(id) => Some(*id),
            _ => None,
        }
    }
}

/// A pause. It lasts until somebody ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What waits.
    pub part: PausedPart,
    /// Since when.
    pub since: Time,
    /// Who paused it.
    pub by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_reads_as_it_was_written() {
        let topic = TopicId::generate(Time::from_seconds(1));
        let repository = Repository::parse("acme/product").expect("that is one");
        let odd = PausedPart::Connection("a:b".to_owned());
        for part in [PausedPart::Everything, odd, PausedPart::Repository(repository), PausedPart::Topic(topic)] {
            assert_eq!(PausedPart::parse(&part.key()), Some(part));
        }
        for none in ["", "everything:", "topic:7", "repository:acme", "letter:7"] {
            assert_eq!(PausedPart::parse(none), None, "{none:?}");
        }
    }
}
