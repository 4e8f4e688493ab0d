//! Which kind a ticket is of: bug, feature request or question.

use super::text::Kind;

/// Words that speak for each kind, in the order of [`Kind::ALL`].
const CUES: [&[&str]; 3] = [
    &[
        "error",
        "crash",
        "fail",
        "broken",
        "bug",
        "exception",
        "wrong",
        "not work",
        "doesn't",
        "cannot",
        "stopped",
        "missing",
        "fehler",
        "geht nicht",
        "erreur",
        "no funciona",
    ],
    &[
        "add",
        "support for",
        "feature",
        "would be nice",
        "would like",
        "allow",
        "request",
        "enhancement",
        "option to",
        "improve",
        "please make",
        "wish",
        "wunsch",
        "ajouter",
    ],
    &[
        "how do",
        "how to",
        "how can",
        "what is",
        "is there",
        "is it possible",
        "can i",
        "why",
        "where",
        "?",
        "question",
        "wie kann",
        "comment",
        "cómo",
    ],
];

/// How likely each kind is; sums to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindOdds {
    pub(crate) shares: [f32; 3],
}

impl KindOdds {
    /// Judges by the words of subject and body.
    #[must_use]
    pub fn of(subject: &str, body: &str) -> Self {
        let (subject, body) = (subject.to_lowercase(), body.to_lowercase());
        let mut weights = [0f32; 3];
        for (weight, cues) in weights.iter_mut().zip(CUES) {
            for cue in cues {
                *weight += f32::from(subject.contains(cue)) + 0.4 * f32::from(body.contains(cue));
            }
        }
        let total: f32 = weights.iter().map(|w| w.exp()).sum();
        Self { shares: weights.map(|w| w.exp() / total) }
    }

    /// The likeliest kind and how likely it is.
    #[must_use]
    pub fn likeliest(&self) -> (Kind, f32) {
        let mut best = (Kind::Bug, self.shares[0]);
        for (kind, share) in Kind::ALL.into_iter().zip(self.shares) {
            if share > best.1 {
                best = (kind, share);
            }
        }
        best
    }
}
