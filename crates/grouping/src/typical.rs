//! What a topic is, by its tickets: which of them says best what it is about, because the others resemble it most, and of
//! which kind they are.

use super::engine::Engine;
use super::index::Held;
use super::text::{Kind, TicketKey, TopicKey};

/// Of one or two tickets none is more typical than the first.
const TICKETS_NEEDED: usize = 3;
/// So many of a topic's latest tickets are compared.
const COMPARED: usize = 32;

impl Engine {
    /// The ticket that says best what a topic of a brand is about; `None` where too few tickets are in it to tell.
    #[must_use]
    pub fn typical(&self, topic: &TopicKey, brand: &str) -> Option<&TicketKey> {
        typical(self, topic, brand)
    }

    /// The kind of most tickets of a topic once a ticket of this kind has joined it.
    #[must_use]
    pub fn kind_with(&self, topic: &TopicKey, joining: Kind) -> Kind {
        kind_with(self, topic, joining)
    }
}

/// The most typical ticket of a topic, the earlier of two that are as typical; `None` where there are too few to tell.
fn typical<'a>(engine: &'a Engine, topic: &TopicKey, brand: &str) -> Option<&'a TicketKey> {
    let all = engine.members_of(topic);
    let latest = &all[all.len().saturating_sub(COMPARED)..];
    if latest.len() < TICKETS_NEEDED {
        return None;
    }
    let rows = &engine.index.shelf(brand)?.rows;
    let likeness = |a: u32, b: u32| match (rows.row_of(a), rows.row_of(b)) {
        (Some(a), Some(b)) => rows.between(a, b),
        _ => in_common(&engine.index.members[a as usize].held, &engine.index.members[b as usize].held),
    };
    let mut best: Option<(f32, u32)> = None;
    for member in latest {
        let alike = latest.iter().filter(|other| *other != member).map(|other| likeness(*member, *other)).sum::<f32>();
        if best.is_none_or(|(most, earliest)| alike > most + 1e-4 || (alike > most - 1e-4 && *member < earliest)) {
            best = Some((alike, *member));
        }
    }
    best.map(|(_, member)| &engine.index.members[member as usize].key)
}

/// The kind of most of a topic's latest tickets and of one more that joins them; of the earliest's where as many are of
/// another.
fn kind_with(engine: &Engine, topic: &TopicKey, joining: Kind) -> Kind {
    let all = engine.members_of(topic);
    let kinds =
        all[all.len().saturating_sub(COMPARED)..].iter().map(|member| engine.index.members[*member as usize].kind);
    let kinds: Vec<Kind> = kinds.chain([joining]).collect();
    let count = |kind: &Kind| kinds.iter().filter(|other| *other == kind).count();
    // Of several that are as many, the one that `max_by_key` takes is the last.
    kinds.iter().rev().max_by_key(|kind| count(kind)).copied().unwrap_or(joining)
}

/// The share of words that two tickets have in common, both sorted by word.
#[expect(clippy::cast_precision_loss, reason = "some hundred words")]
fn in_common(a: &[Held], b: &[Held]) -> f32 {
    let shared = a.iter().filter(|held| b.binary_search_by_key(&held.term, |other| other.term).is_ok()).count();
    shared as f32 / ((a.len() * b.len()) as f32).sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use crate::{Engine, Kind, Options, SentenceModel, Text};

    fn typical_of(model: SentenceModel, subjects: &[&str]) -> Option<String> {
        let mut engine = Engine::new(Options { model, ..Options::default() }).unwrap();
        for (at, subject) in subjects.iter().enumerate() {
            engine.place(&Text::new(at.to_string(), subject, ""), "topic");
        }
        engine.typical(&"topic".into(), "").map(ToString::to_string)
    }

    const SUBJECTS: [&str; 4] =
        ["Help me please", "Export loses the last row", "The last row of the export is lost", "Export is lost"];

    #[test]
    fn a_topic_is_of_the_kind_of_most_of_its_tickets() {
        use Kind::{Bug, FeatureRequest, Question};
        for (kinds, joining, expected) in [
            (&[][..], Question, Question),
            (&[Bug], Question, Bug),
            (&[Bug, Question], Question, Question),
            (&[FeatureRequest, Question, Bug], Bug, Bug),
            (&[Question, FeatureRequest, FeatureRequest], Question, Question),
        ] {
            let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() }).unwrap();
            for (at, kind) in kinds.iter().enumerate() {
                let mut text = Text::new(at.to_string(), "Export", "");
                text.kind = Some(*kind);
                engine.place(&text, "topic");
            }
            assert_eq!(engine.kind_with(&"topic".into(), joining), expected, "{kinds:?} and {joining:?}");
        }
    }

    #[test]
    fn what_the_others_resemble_is_typical() {
        for model in [SentenceModel::None, SentenceModel::Builtin] {
            let typical = typical_of(model, &SUBJECTS);
            assert!(["1", "2"].contains(&typical.as_deref().unwrap()), "{typical:?}");
        }
    }

    #[test]
    fn among_equals_the_first_is_typical_and_among_two_none() {
        assert_eq!(typical_of(SentenceModel::None, &["Export fails"; 5]).as_deref(), Some("0"));
        assert_eq!(typical_of(SentenceModel::None, &SUBJECTS[..2]), None);
    }
}
