//! What a customer reads on the way there.

use heard::{model::milestone::MilestoneKind, wording::update::UpdateFacts};
use insta::assert_snapshot;

use super::{at, bug, question, text, wish};

#[test]
fn a_customer_reads_of_a_workaround() {
    let words = Some(
        "choose “A4, landscape” and “two pages” before printing, and the file is complete: https://acme.test/help/print.",
    );
    assert_snapshot!(text(&UpdateFacts { words, ..bug(MilestoneKind::Workaround) }), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    We do not have the fix yet. Until then there is a way around. Choose “A4, landscape” and “two pages” before printing, and the file is complete: https://acme.test/help/print.

    This is not the fix. You will hear from us here when the real one is in your hands.

    Does it get you through until then? If it does not, just reply to this message and tell us where it stops.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&UpdateFacts { words, ..wish(MilestoneKind::Workaround) }), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    We do not have this yet. Until then there is a way to come close. Choose “A4, landscape” and “two pages” before printing, and the file is complete: https://acme.test/help/print.

    This is not all you asked for. You will hear from us here when the rest is in your hands.

    Does it get you through until then? If it does not, just reply to this message and tell us where it stops.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::Workaround)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    It is not done yet. Until then this helps. Just reply to this message, and we will take you through it.

    This is not the end of it. You will hear from us here when there is more to say.

    Does it get you through until then? If it does not, just reply to this message and tell us where it stops.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_it_is_with_our_engineers() {
    assert_snapshot!(text(&bug(MilestoneKind::Escalated)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    This is now with our engineers, together with what you told us. We do not know yet how long it will take, and would rather not guess.

    You do not need to write again to keep it alive. When there is something new, we will tell you here. If you can think of anything else that helps us see what you see, just reply to this message.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&wish(MilestoneKind::Escalated)), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    This is now with the people who decide what is built next, together with what you wrote. We do not know yet how long it will take, and would rather not guess.

    You do not need to write again to keep it alive. When there is something new, we will tell you here. If you can think of anything else that helps us see what you see, just reply to this message.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::Escalated)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    This is now with our engineers, together with what you told us. We do not know yet how long it will take, and would rather not guess.

    You do not need to write again to keep it alive. When there is something new, we will tell you here. If you can think of anything else that helps us see what you see, just reply to this message.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_it_is_planned() {
    assert_snapshot!(text(&bug(MilestoneKind::Planned)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    We mean to put this right. Nobody has begun yet, so we have no date, and would rather not guess one.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&wish(MilestoneKind::Planned)), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    We mean to build this. Nobody has begun yet, so we have no date, and would rather not guess one.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::Planned)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    We mean to change something about it. Nobody has begun yet, so we have no date, and would rather not guess one.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_somebody_is_working_on_it() {
    assert_snapshot!(text(&bug(MilestoneKind::InProgress)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    Somebody is working on this now. We have no date yet, and would rather not guess one.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&wish(MilestoneKind::InProgress)), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    This is being built now. We have no date yet, and would rather not guess one.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::InProgress)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    Somebody is working on it now. We have no date yet, and would rather not guess one.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_a_fix_is_written_but_not_out() {
    assert_snapshot!(text(&bug(MilestoneKind::FixMerged)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    The change that should put this right is written, but you do not have it yet: it comes with one of the next versions. We cannot name the day.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&wish(MilestoneKind::FixMerged)), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    The work on this is done on our side, but you do not have it yet: it comes with one of the next versions. We cannot name the day.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::FixMerged)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    The change for it is written, but you do not have it yet: it comes with one of the next versions. We cannot name the day.

    You do not need to do anything. We will write to you here when it is in your hands, and ask you then whether it is right for you.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_their_topic_was_merged() {
    assert_snapshot!(text(&bug(MilestoneKind::Joined)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    This turned out to be part of something we are already looking at, so we have put the two together. Nothing you told us is lost by that, and you do not need to write again.

    You will hear from us here, about what you asked, as you would have before.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_we_are_still_on_it() {
    let later = at("2026-04-02T08:00:00Z");
    assert_snapshot!(text(&UpdateFacts { now: later, words: Some("Our engineers can see it happen since Monday, which is the hard part"), ..bug(MilestoneKind::Silence) }), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    It has been four weeks, and you deserve a word. It is not fixed yet. Our engineers can see it happen since Monday, which is the hard part.

    We have no date, and would rather not guess one. If it has become more pressing for you, or no longer matters, just reply to this message; that helps us to put things in the right order.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&UpdateFacts { now: later, ..wish(MilestoneKind::Silence) }), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    It has been three months, and you deserve a word. It is not there yet. It has not been forgotten: it is still on our list, with what you wrote.

    We have no date, and would rather not guess one. If it has become more pressing for you, or no longer matters, just reply to this message; that helps us to put things in the right order.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&UpdateFacts { now: later, ..question(MilestoneKind::Silence) }), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    It has been two weeks, and you deserve a word. It is not done yet. It has not been forgotten: it is still on our list, with what you wrote.

    We have no date, and would rather not guess one. If it has become more pressing for you, or no longer matters, just reply to this message; that helps us to put things in the right order.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}
