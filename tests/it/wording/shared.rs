//! What is written where others read along: what happened, and nothing of the one who asked (G6, nothing private leaves).

use heard::{model::milestone::MilestoneKind, wording::update::UpdateFacts};
use insta::assert_snapshot;

use super::{bug, question, text, wish, written};

const LANGUAGES: [&str; 8] = ["en", "de", "es", "fr", "it", "ja", "nl", "pt"];

#[test]
fn nobody_is_named_quoted_or_linked_where_others_read_along() {
    for locale in LANGUAGES {
        for milestone in MilestoneKind::ALL.iter().copied() {
            for facts in [bug(milestone), wish(milestone), question(milestone)] {
                let shared =
                    written(&UpdateFacts { locale: Some(locale), words: Some("A word."), shared: true, ..facts });
                for said in [&shared.text, &shared.html] {
                    for theirs in
                        ["Ana", "Tom", "Léa", "heard.acme.test", "last row", "kiosk be dark", "overtime?", ": \n"]
                    {
                        assert!(!said.contains(theirs), "{locale} {milestone} {theirs:?}: {said}");
                    }
                    assert!(!said.trim().is_empty() && !said.contains("href=\"\""), "{locale} {milestone}: {said}");
                }
            }
        }
    }
}

#[test]
fn several_readers_of_a_ticket_read_what_was_fixed() {
    assert_snapshot!(text(&UpdateFacts { shared: true, ..bug(MilestoneKind::Shipped) }), @"
    Hello,

    This is about what was written to us here.

    That is fixed. The export writes the complete file again, and files made before can simply be exported once more. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for taking the time to tell us; it is how we come to know of such things.

    Is it right for you now?

    Just reply to this message. If anything is still not right, we will take it up again.

    Sam, Acme support
    ");
}
