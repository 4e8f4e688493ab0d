//! The hidden line by which we recognise what we wrote: an HTML comment with an id and an HMAC of ours.
//!
//! Nobody can make a marker for an id that has none yet. But anybody who reads the source of an issue can paste a copy
//! of an existing one, so a search prefers what we wrote ourselves.

use crate::{
    base::{
        secret::Secret,
        signature::{self, Hash},
    },
    model::id::{OutboxMessageId, TopicId},
};

const OPEN: &str = "<!-- heard:v1 ";
const CLOSE: &str = " -->";
const TOPIC: &str = "topic";
const COMMENT: &str = "comment";

/// A marker for one topic's issue, or for one comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    noun: &'static str,
    id: String,
    mac: String,
}

impl Marker {
    /// The marker of a topic's issue.
    pub fn topic(key: &Secret, topic: TopicId) -> Self {
        Self::new(key, TOPIC, topic.to_string())
    }

    /// The marker of a comment, by its message of the outbox.
    pub fn comment(key: &Secret, message: OutboxMessageId) -> Self {
        Self::new(key, COMMENT, message.to_string())
    }

    fn new(key: &Secret, noun: &'static str, id: String) -> Self {
        let parts: [&[u8]; 5] = [b"heard marker v1 ", noun.as_bytes(), b" ", id.as_bytes(), b""];
        let mac = signature::hmac(Hash::Sha256, key.expose().as_bytes(), &parts);
        Self { noun, id, mac: hex::encode(mac.get(..16).unwrap_or_default()) }
    }

    /// The line to write.
    pub fn render(&self) -> String {
        format!("{OPEN}{}={} mac={}{CLOSE}", self.noun, self.id, self.mac)
    }

    /// Whether a text has this marker with the right HMAC.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        lines(text).any(|(noun, id, mac)| {
            noun == self.noun && id == self.id && signature::same(mac.as_bytes(), self.mac.as_bytes())
        })
    }

    /// The topic whose genuine marker a text has. An issue's own webhook leads us to its topic by it.
    pub(crate) fn topic_in(key: &Secret, text: &str) -> Option<TopicId> {
        lines(text).filter(|(noun, _, _)| *noun == TOPIC).find_map(|(_, id, mac)| {
            let topic = TopicId::parse(id)?;
            signature::same(mac.as_bytes(), Self::topic(key, topic).mac.as_bytes()).then_some(topic)
        })
    }
}

/// Everything in a text that has the form of a marker: noun, id, HMAC.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    text.split(OPEN).skip(1).filter_map(|rest| {
        let (inner, _) = rest.split_once(CLOSE)?;
        let (named, mac) = inner.split_once(" mac=")?;
        let (noun, id) = named.split_once('=')?;
        Some((noun, id, mac))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;

    fn key() -> Secret {
        Secret::new("a key of ours")
    }

    #[test]
    fn a_marker_is_found_in_the_text_that_carries_it() {
        let topic = TopicId::generate(Time::from_seconds(1));
        let marker = Marker::topic(&key(), topic);
        let body = format!("Hello\r\n{}\r\nmore", marker.render());
        assert!(marker.is_in(&body));
        assert_eq!(Marker::topic_in(&key(), &body), Some(topic));
    }

    #[test]
    fn a_marker_made_with_another_key_counts_for_nothing() {
        let topic = TopicId::generate(Time::from_seconds(1));
        let forged = Marker::topic(&Secret::new("a guess"), topic).render();
        assert!(!Marker::topic(&key(), topic).is_in(&forged));
        assert_eq!(Marker::topic_in(&key(), &forged), None);
        let genuine = Marker::topic(&key(), topic).render();
        assert_eq!(Marker::topic_in(&key(), &format!("{forged}\n{genuine}")), Some(topic));
    }

    #[test]
    fn a_comments_marker_is_not_an_issues() {
        let message = OutboxMessageId::generate(Time::from_seconds(1));
        let marker = Marker::comment(&key(), message);
        assert!(marker.is_in(&marker.render()));
        let turned = marker.render().replace("comment=", "topic=");
        assert!(!marker.is_in(&turned));
        assert_eq!(Marker::topic_in(&key(), &turned), None);
    }
}
