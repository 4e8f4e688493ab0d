//! The hidden line by which we know our own writing again: an HTML comment with an id and an HMAC of ours.
//!
//! Nobody can make a marker for an id that has none yet; a copy of an existing one can be pasted by anybody who reads
//! the source of an issue, so whoever searches prefers what our App wrote.

use crate::{
    base::{
        secret::Secret,
        signature::{self, Hash},
    },
    model::id::{EffectId, TopicId},
};

const OPEN: &str = "<!-- heard:v1 ";
const CLOSE: &str = " -->";

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
        Self::new(key, "topic", topic.to_string())
    }

    /// The marker of a comment, by the effect it is.
    pub fn comment(key: &Secret, effect: EffectId) -> Self {
        Self::new(key, "comment", effect.to_string())
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

    /// Whether a text carries this marker with the right HMAC.
    pub fn is_in(&self, text: &str) -> bool {
        lines(text).any(|(noun, id, mac)| {
            noun == self.noun && id == self.id && signature::same(mac.as_bytes(), self.mac.as_bytes())
        })
    }

    /// The topic whose genuine marker a text carries: how an issue is adopted from its own webhook.
    pub fn topic_in(key: &Secret, text: &str) -> Option<TopicId> {
        genuine(text, "topic", |id| TopicId::parse(id).map(|topic| (topic, Self::topic(key, topic))))
    }

    /// The effect whose genuine marker a comment carries: how our own comments are known again (G7).
    pub fn comment_in(key: &Secret, text: &str) -> Option<EffectId> {
        genuine(text, "comment", |id| EffectId::parse(id).map(|effect| (effect, Self::comment(key, effect))))
    }
}

/// The first id of this noun whose HMAC is the one `expected` makes.
fn genuine<T>(text: &str, noun: &str, expected: impl Fn(&str) -> Option<(T, Marker)>) -> Option<T> {
    lines(text).filter(|line| line.0 == noun).find_map(|(_, id, mac)| {
        let (id, marker) = expected(id)?;
        signature::same(mac.as_bytes(), marker.mac.as_bytes()).then_some(id)
    })
}

/// Everything in a text that has a marker's form: noun, id, HMAC.
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
        assert_eq!(Marker::comment_in(&key(), &body), None);
    }

    #[test]
    fn a_marker_made_with_another_key_is_nobodys() {
        let topic = TopicId::generate(Time::from_seconds(1));
        let forged = Marker::topic(&Secret::new("a guess"), topic).render();
        assert!(!Marker::topic(&key(), topic).is_in(&forged));
        assert_eq!(Marker::topic_in(&key(), &forged), None);
        let genuine = Marker::topic(&key(), topic).render();
        assert_eq!(Marker::topic_in(&key(), &format!("{forged}\n{genuine}")), Some(topic));
    }

    #[test]
    fn a_comments_marker_is_not_an_issues() {
        let effect = EffectId::generate(Time::from_seconds(1));
        let text = Marker::comment(&key(), effect).render();
        assert_eq!(Marker::comment_in(&key(), &text), Some(effect));
        let turned = text.replace("comment=", "topic=");
        assert_eq!(Marker::topic_in(&key(), &turned), None);
    }
}
