//! Keywords of each kind, as customers write them to a helpdesk. The learned model knows only developers' issues.
//!
//! They are added to the model's logits, so that a clear word decides the close cases and most brief tickets. The model
//! is trained with them in place and corrects them where they mislead.

/// Keywords of each kind, in the order of `TicketKind::ALL`: bug, feature request, question.
const KEYWORDS: [&[&str]; 3] = [
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
/// What one keyword adds in a subject. In a body it adds less, because a body says many things.
const IN_SUBJECT: f32 = 1.2;
const IN_BODY: f32 = 0.5;
/// The most that all keywords together add.
const MOST: f32 = 2.4;
/// Up to this many bytes, a ticket says one thing, and says it plainly. Then every keyword counts as if it were in the
/// subject, and more, because the issues that the model learned from are longer.
const BRIEF_BYTES: usize = 200;
const BRIEF_GAIN: f32 = 2.5;

/// What the keywords of a ticket say for each kind; sums to zero.
pub(crate) fn logits(subject: &str, body: &str) -> [f32; 3] {
    let (subject, body) = (subject.to_lowercase(), body.to_lowercase());
    let brief = subject.len() + body.len() <= BRIEF_BYTES;
    let (in_body, gain) = if brief { (IN_SUBJECT, BRIEF_GAIN) } else { (IN_BODY, 1.0) };
    let said = KEYWORDS.map(|keywords| {
        let count = |text: &str, each: f32| {
            keywords.iter().filter(|keyword| text.contains(**keyword)).map(|_| each).sum::<f32>()
        };
        gain * (count(&subject, IN_SUBJECT) + count(&body, in_body)).min(MOST)
    });
    let mean = said.iter().sum::<f32>() / 3.0;
    said.map(|each| each - mean)
}

#[cfg(test)]
mod tests {
    use crate::{kind::KindOdds, ticket::TicketKind};

    /// What customers of shops, banks and other software write. The model learned from none of it, but the keywords
    /// were chosen with it. So it guards them and measures nothing.
    const TOLD: [(&str, &str, TicketKind); 19] = [
        (
            "CSV export is missing its last row",
            "Hello, every CSV export is missing its last row. Can you look at it?",
            TicketKind::Bug,
        ),
        ("CSV export crashes", "Every export of our monthly report crashes with error 500.", TicketKind::Bug),
        (
            "The app crashes when I open my invoices",
            "Since yesterday's update it closes as soon as I tap on Invoices.",
            TicketKind::Bug,
        ),
        ("Charged twice for one order", "I was charged twice for order 48213. Please correct this.", TicketKind::Bug),
        (
            "Password reset mail never arrives",
            "I asked for a new password three times and nothing came.",
            TicketKind::Bug,
        ),
        (
            "Login page stays blank",
            "After signing in, the page stays blank in Firefox. In Chrome it works.",
            TicketKind::Bug,
        ),
        ("", "The calendar shows the wrong day for all our meetings in Lisbon.", TicketKind::Bug),
        (
            "Dark mode, please",
            "Could you add a dark mode? It would be great for working at night.",
            TicketKind::FeatureRequest,
        ),
        ("Please add Apple Pay", "We would like to pay with Apple Pay in your shop.", TicketKind::FeatureRequest),
        (
            "Allow more than one billing address",
            "Our company has two offices and each needs its own invoices.",
            TicketKind::FeatureRequest,
        ),
        (
            "Feature request: export to PDF",
            "It would be nice if reports could be exported to PDF as well.",
            TicketKind::FeatureRequest,
        ),
        (
            "Support for Polish",
            "Half of our team speaks Polish. A translation would help us a lot.",
            TicketKind::FeatureRequest,
        ),
        ("", "I wish I could sort the list of customers by city.", TicketKind::FeatureRequest),
        ("How do I change who approves overtime?", "Where do I find this setting?", TicketKind::Question),
        (
            "How do I cancel my subscription?",
            "I do not need it any more and cannot see where to cancel.",
            TicketKind::Question,
        ),
        ("Question about your prices", "What does the team plan cost for thirty people?", TicketKind::Question),
        ("", "Can I use my card abroad?", TicketKind::Question),
        ("Where can I download my invoices?", "Our accountant asks for those of last year.", TicketKind::Question),
        ("Is it possible to have two accounts?", "One is for me and the other for my wife.", TicketKind::Question),
    ];

    #[test]
    fn the_kinds_of_what_customers_write_are_told_apart_without_a_sentence_model() {
        let mistaken: Vec<_> = TOLD
            .into_iter()
            .map(|(subject, body, kind)| (subject, body, kind, KindOdds::of(subject, body).likeliest()))
            .filter(|(_, _, kind, ranked)| *kind != ranked.0)
            .collect();
        assert!(mistaken.is_empty(), "{mistaken:#?}");
    }

    #[test]
    fn a_courteous_complaint_is_a_bug_and_not_a_question() {
        for courtesy in ["Can you look at it?", "Could you please help?", "Thank you very much!"] {
            let body = format!("Hello, every CSV export is missing its last row. {courtesy}");
            assert_eq!(
                KindOdds::of("CSV export is missing its last row", &body).likeliest().0,
                TicketKind::Bug,
                "{courtesy}"
            );
        }
    }
}
