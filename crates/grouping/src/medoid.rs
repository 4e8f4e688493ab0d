//! A topic's medoid, which is the ticket most similar to the others, and the kind of most of its tickets.

use crate::engine::Engine;
use crate::index::DocumentTerm;
use crate::ticket::{TicketKey, TicketKind, TopicKey};

/// With one or two tickets the first is as good as any.
const TICKETS_NEEDED: usize = 3;
/// How many of a topic's latest tickets are compared.
const COMPARED: usize = 32;

impl Engine {
    /// The ticket that is most similar to the other tickets of a topic; `None` when there are too few to tell.
    #[must_use]
    pub fn medoid(&self, topic: &TopicKey, brand: &str) -> Option<&TicketKey> {
        medoid(self, topic, brand)
    }

    /// The kind of most of a topic's tickets after a ticket of this kind has joined.
    #[must_use]
    pub fn majority_kind_with(&self, topic: &TopicKey, joining: TicketKind) -> TicketKind {
        majority_kind_with(self, topic, joining)
    }
}

/// The medoid of a topic; of two equal tickets the earlier.
fn medoid<'a>(engine: &'a Engine, topic: &TopicKey, brand: &str) -> Option<&'a TicketKey> {
    let all = engine.members_of(topic);
    let latest = &all[all.len().saturating_sub(COMPARED)..];
    if latest.len() < TICKETS_NEEDED {
        return None;
    }
    let rows = &engine.index.partition(brand)?.rows;
    let likeness = |a: u32, b: u32| match (rows.row_of(a), rows.row_of(b)) {
        (Some(a), Some(b)) => rows.between(a, b),
        _ => in_common(&engine.index.members[a as usize].terms, &engine.index.members[b as usize].terms),
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

/// The kind of most of a topic's latest tickets and the joining one. When two kinds are equally common, the one seen
/// first wins.
fn majority_kind_with(engine: &Engine, topic: &TopicKey, joining: TicketKind) -> TicketKind {
    let all = engine.members_of(topic);
    let kinds =
        all[all.len().saturating_sub(COMPARED)..].iter().map(|member| engine.index.members[*member as usize].kind);
    let kinds: Vec<TicketKind> = kinds.chain([joining]).collect();
    let count = |kind: &TicketKind| kinds.iter().filter(|other| *other == kind).count();
    // Of equal kinds `max_by_key` takes the last.
    kinds.iter().rev().max_by_key(|kind| count(kind)).copied().unwrap_or(joining)
}

/// The share of terms that two tickets have in common; both lists are sorted by term.
#[expect(clippy::cast_precision_loss, reason = "some hundred words")]
fn in_common(a: &[DocumentTerm], b: &[DocumentTerm]) -> f32 {
    let shared = a.iter().filter(|document| b.binary_search_by_key(&document.term, |other| other.term).is_ok()).count();
    shared as f32 / ((a.len() * b.len()) as f32).sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use crate::{Engine, EngineOptions, SentenceModel, TicketKind, TicketText};

    fn medoid_of(model: SentenceModel, subjects: &[&str]) -> Option<String> {
        let mut engine = Engine::new(EngineOptions { model, ..EngineOptions::default() }).unwrap();
        for (at, subject) in subjects.iter().enumerate() {
            engine.place(&TicketText::new(at.to_string(), subject, ""), "topic");
        }
        engine.medoid(&"topic".into(), "").map(ToString::to_string)
    }

    const SUBJECTS: [&str; 4] =
        ["Help me please", "Export loses the last row", "The last row of the export is lost", "Export is lost"];

    #[test]
    fn a_topic_has_the_kind_of_most_of_its_tickets() {
        use TicketKind::{Bug, FeatureRequest, Question};
        for (kinds, joining, expected) in [
            (&[][..], Question, Question),
            (&[Bug], Question, Bug),
            (&[Bug, Question], Question, Question),
            (&[FeatureRequest, Question, Bug], Bug, Bug),
            (&[Question, FeatureRequest, FeatureRequest], Question, Question),
        ] {
            let mut engine =
                Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() }).unwrap();
            for (at, kind) in kinds.iter().enumerate() {
                let mut text = TicketText::new(at.to_string(), "Export", "");
                text.kind = Some(*kind);
                engine.place(&text, "topic");
            }
            assert_eq!(engine.majority_kind_with(&"topic".into(), joining), expected, "{kinds:?} and {joining:?}");
        }
    }

    #[test]
    fn the_ticket_most_similar_to_the_others_is_the_medoid() {
        for model in [SentenceModel::None, SentenceModel::Builtin] {
            let medoid = medoid_of(model, &SUBJECTS);
            assert!(["1", "2"].contains(&medoid.as_deref().unwrap()), "{medoid:?}");
        }
    }

    #[test]
    fn of_equal_tickets_the_first_is_the_medoid_and_two_tickets_have_none() {
        assert_eq!(medoid_of(SentenceModel::None, &["Export fails"; 5]).as_deref(), Some("0"));
        assert_eq!(medoid_of(SentenceModel::None, &SUBJECTS[..2]), None);
    }
}
