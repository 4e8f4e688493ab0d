//! Plain words that tell a kind: what customers write to a helpdesk, where the learned model knows developers' issues.
//!
//! They are added to the model's logits, so that a clear word decides a close case and never an
//! obvious one. The model is trained beside them: what it learns corrects them where they mislead.

/// Words for each kind, in the order of `Kind::ALL`: bug, feature request, question.
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
        "does not",
        "cannot",
        "stopped",
        "missing",
        "lost",
        "never arrives",
        "fehler",
        "geht nicht",
        "kaputt",
        "erreur",
        "ne marche pas",
        "no funciona",
    ],
    &[
        "could you add",
        "please add",
        "support for",
        "feature",
        "would be nice",
        "would be great",
        "would like",
        "allow us",
        "enhancement",
        "option to",
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
        "is it normal",
        "can i",
        "where do",
        "?",
        "wie kann",
        "comment faire",
        "cómo",
    ],
];
/// What one cue in a subject adds; in a body it adds less, since a body says many things.
const IN_SUBJECT: f32 = 1.2;
const IN_BODY: f32 = 0.5;
/// However many cues there are.
const MOST: f32 = 2.4;

/// What the cues of a ticket add to each kind's logit.
pub(super) fn logits(subject: &str, body: &str) -> [f32; 3] {
    let (subject, body) = (subject.to_lowercase(), body.to_lowercase());
    CUES.map(|cues| {
        let count = |text: &str, each: f32| cues.iter().filter(|cue| text.contains(**cue)).map(|_| each).sum::<f32>();
        (count(&subject, IN_SUBJECT) + count(&body, IN_BODY)).min(MOST)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{kind::KindOdds, text::Kind};

    #[test]
    fn a_courteous_complaint_is_a_bug_and_not_a_question() {
        let told = [
            (
                "CSV export is missing its last row",
                "Hello, every CSV export is missing its last row. Can you look at it?",
                Kind::Bug,
            ),
            ("CSV export crashes", "Every export of our monthly report crashes with error 500.", Kind::Bug),
            (
                "Dark mode, please",
                "Could you add a dark mode? It would be great for working at night.",
                Kind::FeatureRequest,
            ),
            ("How do I change who approves overtime?", "Where do I find this setting?", Kind::Question),
        ];
        for (subject, body, kind) in told {
            assert_eq!(KindOdds::of(subject, body).likeliest().0, kind, "{subject}");
        }
    }
}
