//! What a customer reads of another fix: not the words of the first one once more.

use heard::{
    model::{milestone::MilestoneKind, topic::TopicKind},
    wording::{
        language::Language,
        update::{EarlierFix, UpdateFacts},
    },
};
use insta::assert_snapshot;

use super::{at, bug, question, text, wish};

fn still_broken() -> EarlierFix {
    EarlierFix::StillBroken(at("2026-03-13T10:00:00Z"))
}

fn unanswered() -> EarlierFix {
    EarlierFix::Unanswered(at("2026-03-12T10:00:00Z"))
}

fn another(earlier: EarlierFix, facts: &UpdateFacts<'static>) -> String {
    text(&UpdateFacts { earlier: Some(earlier), summary: None, ..facts.clone() })
}

/// The paragraphs that tell of the fix and thank for what came before it.
fn told(text: &str) -> String {
    text.split("\n\n").skip(3).take(2).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn whoever_said_that_it_still_did_not_work_reads_that_they_were_heard() {
    assert_snapshot!(another(still_broken(), &bug(MilestoneKind::Shipped)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    On Friday 13 March you told us that it still did not work. We went back to it, and there is a new fix. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for telling us. We are sorry that it took another try.

    Is it right for you now?

    Yes, it works: https://heard.acme.test/c/9f2k?works
    It is still broken: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(told(&another(still_broken(), &wish(MilestoneKind::Shipped))), @"
    On Friday 13 March you told us that something was still missing. We went back to it and have changed it again. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for telling us. We are sorry that it took another try.
    ");
    assert_snapshot!(told(&another(still_broken(), &question(MilestoneKind::Shipped))), @"
    On Friday 13 March you told us that it was not right for you yet. We went back to it, and there is a further change. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for telling us. We are sorry that it took another try.
    ");
}

#[test]
fn whoever_never_answered_the_first_fix_reads_that_we_went_back_to_it() {
    assert_snapshot!(told(&another(unanswered(), &bug(MilestoneKind::Shipped))), @"
    On Thursday 12 March we told you that this was fixed. We went back to it, and there is a new fix. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    If all was well already, you need do nothing.
    ");
    assert_snapshot!(told(&another(unanswered(), &wish(MilestoneKind::Shipped))), @"
    On Thursday 12 March we told you that this was there. We went back to it and have changed it again. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    If all was well already, you need do nothing.
    ");
    assert_snapshot!(told(&another(unanswered(), &question(MilestoneKind::Shipped))), @"
    On Thursday 12 March we told you of a change. We went back to it, and there is a further one. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    If all was well already, you need do nothing.
    ");
}

#[test]
fn no_language_says_of_another_fix_what_it_said_of_the_first() {
    for language in Language::ALL {
        for kind in TopicKind::ALL {
            let facts = |earlier| UpdateFacts {
                kind: *kind,
                locale: Some(language.code()),
                earlier,
                ..bug(MilestoneKind::Shipped)
            };
            let [first, broken, silent] =
                [None, Some(still_broken()), Some(unanswered())].map(|earlier| text(&facts(earlier)));
            assert!(first != broken && first != silent && broken != silent, "{language:?} {kind}");
            for (text, day) in [(&broken, "13"), (&silent, "12")] {
                assert!(text.contains(day), "{language:?} says when: {text}");
            }
            assert!(!first.contains("13") && !first.contains("12"), "{first}");
        }
    }
}
