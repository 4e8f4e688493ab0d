//! What a customer reads when something has shipped, was declined, or was taken back.

use heard::{
    model::{milestone::MilestoneKind, topic::TopicKind},
    wording::update::UpdateFacts,
};
use insta::assert_snapshot;

use super::{REASON, bare, bug, question, text, wish, written};

#[test]
fn a_customer_reads_that_their_bug_is_fixed() {
    assert_snapshot!(text(&bug(MilestoneKind::Shipped)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    That is fixed. The export writes the complete file again, and files made before can simply be exported once more. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for taking the time to tell us; it is how we come to know of such things.

    Is it right for you now?

    Yes, it works: https://heard.acme.test/c/9f2k?works
    It is still broken: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_their_wish_is_there() {
    assert_snapshot!(text(&wish(MilestoneKind::Shipped)), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    That is there now. The kiosk can dim itself between two times of day, under Settings, Screen. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for taking the time to write.

    Does it do what you hoped for?

    Yes, it does: https://heard.acme.test/c/9f2k?works
    Something is missing: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_their_question_led_to_a_change() {
    assert_snapshot!(text(&question(MilestoneKind::Shipped)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    We have changed something about it, and it is in your hands now. Who approves overtime now stands on the team's own page. It is in version 2.4.0, which came out a few hours ago: https://acme.test/releases/2.4.0

    Thank you for taking the time to write.

    Is it right for you now?

    Yes, it does: https://heard.acme.test/c/9f2k?works
    Not yet: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_we_know_little_about_reads_only_that_it_is_out() {
    assert_snapshot!(text(&bare(TopicKind::Bug, MilestoneKind::Shipped)), @"
    Hello,

    On Tuesday 3 March you wrote to us about something that did not work.

    That is fixed. The version that has it is out now.

    Thank you for taking the time to tell us; it is how we come to know of such things.

    Is it right for you now?

    Yes, it works: https://heard.acme.test/c/9f2k?works
    It is still broken: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(text(&bare(TopicKind::FeatureRequest, MilestoneKind::Shipped)), @"
    Hello,

    On Tuesday 3 March you wrote to us about something you would like to have.

    That is there now. The version that has it is out now.

    Thank you for taking the time to write.

    Does it do what you hoped for?

    Yes, it does: https://heard.acme.test/c/9f2k?works
    Something is missing: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(text(&bare(TopicKind::Question, MilestoneKind::Shipped)), @"
    Hello,

    On Tuesday 3 March you wrote to us.

    We have changed something about it, and it is in your hands now. The version that has it is out now.

    Thank you for taking the time to write.

    Is it right for you now?

    Yes, it does: https://heard.acme.test/c/9f2k?works
    Not yet: https://heard.acme.test/c/9f2k?still_broken

    Or just reply to this message. If anything is still not right, we will take it up again.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn the_html_of_an_update_says_the_same_with_links() {
    assert_snapshot!(written(&bug(MilestoneKind::Shipped)).html, @r#"
    <p>Hi Ana,</p>
    <p>On Tuesday 3 March you wrote to us:</p>
    <blockquote><p>every CSV export of our monthly report is missing its last row.</p></blockquote>
    <p>That is fixed. The export writes the complete file again, and files made before can simply be exported once more. It is in version 2.4.0, which came out a few hours ago: <a href="https://acme.test/releases/2.4.0">https://acme.test/releases/2.4.0</a></p>
    <p>Thank you for taking the time to tell us; it is how we come to know of such things.</p>
    <p>Is it right for you now?</p>
    <p><a href="https://heard.acme.test/c/9f2k?works">Yes, it works</a> · <a href="https://heard.acme.test/c/9f2k?still_broken">It is still broken</a></p>
    <p>Or just reply to this message. If anything is still not right, we will take it up again.</p>
    <p>Sam, Acme support</p>
    <p><a href="https://heard.acme.test/c/9f2k">How it stands</a> · <a href="https://heard.acme.test/c/9f2k/stop">No more updates like this</a></p>
    "#);
}

#[test]
fn a_customer_reads_that_we_decided_against_it() {
    assert_snapshot!(text(&UpdateFacts { words: REASON, ..wish(MilestoneKind::Declined) }), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    We have decided not to build it. Most kiosks stand in bright rooms, and we want to put the time into working without a connection, which more of you need.

    I know that is not the answer you hoped for, and I would rather tell you plainly than leave you waiting.

    If it matters more to you than we have understood, reply to this message and tell me a little about it, and I will take it back to the people who decide.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&UpdateFacts { words: Some("The last row is a total that other programs would read as data"), ..bug(MilestoneKind::Declined) }), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    We have decided to leave this as it is. The last row is a total that other programs would read as data.

    I know that is not the answer you hoped for, and I would rather tell you plainly than leave you waiting.

    If it matters more to you than we have understood, reply to this message and tell me a little about it, and I will take it back to the people who decide.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::Declined)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    We have decided not to change anything here.

    We know that is not the answer you hoped for, and would rather tell you plainly than leave you waiting.

    If it matters more to you than we have understood, reply to this message and tell us a little about it, and we will take it back to the people who decide.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_we_took_it_up_again() {
    assert_snapshot!(text(&bug(MilestoneKind::Reopened)), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    We have taken this up again, so what we last told you about it no longer holds. We do not know yet how long it will take, and would rather not guess.

    You do not need to do anything. When there is something new, we will tell you here.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&UpdateFacts { words: Some("Some of you told us that it still happens"), ..wish(MilestoneKind::Reopened) }), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    We have taken this up again. Some of you told us that it still happens. We do not know yet how long it will take, and would rather not guess.

    You do not need to do anything. When there is something new, we will tell you here.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}

#[test]
fn a_customer_reads_that_it_is_not_fixed_after_all() {
    let words = Some("It slowed large exports down.");
    assert_snapshot!(text(&UpdateFacts { words, ..bug(MilestoneKind::Correction) }), @"
    Hi Ana,

    On Tuesday 3 March you wrote to us:

    > every CSV export of our monthly report is missing its last row.

    Since then we told you that this was fixed in version 2.4.0. That is no longer true: we have had to take the change back. It slowed large exports down.

    We are sorry to have to say so. We are still on it, and you will hear from us here when it is really done.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&UpdateFacts { version: None, ..wish(MilestoneKind::Correction) }), @"
    Hi Tomás,

    In December 2025 you wrote to us:

    > Could the kiosk be dark at night?

    Since then we told you that this was there. That is no longer true: we have had to take the change back.

    We are sorry to have to say so. We are still on it, and you will hear from us here when it is really done.

    Sam, Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
    assert_snapshot!(text(&question(MilestoneKind::Correction)), @"
    Hi Léa,

    On Thursday 19 March you wrote to us:

    > How do I change who approves overtime? I cannot find it anywhere.

    Since then we told you that something about it had changed in version 2.4.0. That is no longer true: we have had to take the change back.

    We are sorry to have to say so. We are still on it, and you will hear from us here when it is really done.

    Acme support

    How it stands: https://heard.acme.test/c/9f2k
    No more updates like this: https://heard.acme.test/c/9f2k/stop
    ");
}
