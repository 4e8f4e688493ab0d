//! What people's answers teach the judge.

use super::decision::Decision;
use super::ledger::Correction;
use super::text::TopicKey;

/// One answer next to what the machine had thought: each candidate's evidence and whether a person
/// said that it was right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lesson {
    pub(crate) shown: Vec<(Vec<f32>, bool)>,
}

impl Lesson {
    /// The lesson of a correction about the ticket of a decision. What a person chose is right and
    /// everything else that was shown is wrong; a refusal says only what is wrong.
    pub(crate) fn of(correction: &Correction, decision: &Decision) -> Self {
        let verdict = |topic: &TopicKey| match correction {
            Correction::Same { topic: right, .. }
            | Correction::Move { to: right, .. }
            | Correction::Merge { into: right, .. } => Some(topic == right),
            Correction::NotSame { topic: wrong, .. } | Correction::Split { from: wrong, .. } => {
                (topic == wrong).then_some(false)
            }
            Correction::Undo { .. } => None,
        };
        let shown = decision
            .candidates
            .iter()
            .filter_map(|candidate| Some((candidate.evidence.clone(), verdict(&candidate.topic)?)))
            .collect();
        Self { shown }
    }
}
