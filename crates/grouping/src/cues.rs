//! Plain words that tell a kind: what customers write to a helpdesk, where the learned model knows developers' issues.
//!
//! They are added to the model's logits, so that a clear word decides a close case of a long text
//! and most brief ones. The model is trained beside them: what it learns corrects them where they mislead.

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
        "never",
        "nothing",
        "twice",
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
/// Within so many bytes a ticket says one thing, and says it plainly: every cue counts as in a
/// subject, and more, since the issues that the model learned from are longer.
const BRIEF_BYTES: usize = 200;
const BRIEF_GAIN: f32 = 2.5;

/// What the cues of a ticket say for each kind beside the others; sums to zero.
pub(super) fn logits(subject: &str, body: &str) -> [f32; 3] {
    let (subject, body) = (subject.to_lowercase(), body.to_lowercase());
    let brief = subject.len() + body.len() <= BRIEF_BYTES;
    let (in_body, gain) = if brief { (IN_SUBJECT, BRIEF_GAIN) } else { (IN_BODY, 1.0) };
    let said = CUES.map(|cues| {
        let count = |text: &str, each: f32| cues.iter().filter(|cue| text.contains(**cue)).map(|_| each).sum::<f32>();
        gain * (count(&subject, IN_SUBJECT) + count(&body, in_body)).min(MOST)
    });
    let mean = said.iter().sum::<f32>() / 3.0;
    said.map(|each| each - mean)
}

#[cfg(test)]
mod tests {
    use super::super::{kind::KindOdds, text::Kind};

    /// What customers of shops, banks and other software write. The model learned from none of it, but the cues were
    /// chosen with it: it guards them and measures nothing.
    const TOLD: [(&str, &str, Kind); 19] = [
        (
            "CSV export is missing its last row",
            "Hello, every CSV export is missing its last row. Can you look at it?",
            Kind::Bug,
        ),
        ("CSV export crashes", "Every export of our monthly report crashes with error 500.", Kind::Bug),
        (
            "The app crashes when I open my invoices",
            "Since yesterday's update it closes as soon as I tap on Invoices.",
            Kind::Bug,
        ),
        ("Charged twice for one order", "I was charged twice for order 48213. Please correct this.", Kind::Bug),
        ("Password reset mail never arrives", "I asked for a new password three times and nothing came.", Kind::Bug),
        ("Login page stays blank", "After signing in, the page stays blank in Firefox. In Chrome it works.", Kind::Bug),
        ("", "The calendar shows the wrong day for all our meetings in Lisbon.", Kind::Bug),
        (
            "Dark mode, please",
            "Could you add a dark mode? It would be great for working at night.",
            Kind::FeatureRequest,
        ),
        ("Please add Apple Pay", "We would like to pay with Apple Pay in your shop.", Kind::FeatureRequest),
        (
            "Allow more than one billing address",
            "Our company has two offices and each needs its own invoices.",
            Kind::FeatureRequest,
        ),
        (
            "Feature request: export to PDF",
            "It would be nice if reports could be exported to PDF as well.",
            Kind::FeatureRequest,
        ),
        (
            "Support for Polish",
            "Half of our team speaks Polish. A translation would help us a lot.",
            Kind::FeatureRequest,
        ),
        ("", "I wish I could sort the list of customers by city.", Kind::FeatureRequest),
        ("How do I change who approves overtime?", "Where do I find this setting?", Kind::Question),
        (
            "How do I cancel my subscription?",
            "I do not need it any more and cannot see where to cancel.",
            Kind::Question,
        ),
        ("Question about your prices", "What does the team plan cost for thirty people?", Kind::Question),
        ("", "Can I use my card abroad?", Kind::Question),
        ("Where can I download my invoices?", "Our accountant asks for those of last year.", Kind::Question),
        ("Is it possible to have two accounts?", "One is for me and the other for my wife.", Kind::Question),
    ];

    #[test]
    fn what_customers_write_is_told_apart_without_a_sentence_model() {
        let mistaken: Vec<_> = TOLD
            .into_iter()
            .map(|(subject, body, kind)| (subject, body, kind, KindOdds::of(subject, body).likeliest()))
            .filter(|(_, _, kind, judged)| *kind != judged.0)
            .collect();
        assert!(mistaken.is_empty(), "{mistaken:#?}");
    }

    #[test]
    fn a_courteous_complaint_is_a_bug_and_not_a_question() {
        for courtesy in ["Can you look at it?", "Could you please help?", "Thank you very much!"] {
            let body = format!("Hello, every CSV export is missing its last row. {courtesy}");
            assert_eq!(
                KindOdds::of("CSV export is missing its last row", &body).likeliest().0,
                Kind::Bug,
                "{courtesy}"
            );
        }
    }
}
