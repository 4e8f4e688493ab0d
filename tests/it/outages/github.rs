//! GitHub fails in every way it can, at the creation of an issue and elsewhere.

use std::time::Duration;

use serde_json::json;
use simulator::Failure;

use super::{rash, timeless};
use crate::{databases, world::World};

const CREATES: &str = "POST /repos/*/*/issues";

/// Different complaints, each of which becomes a topic of its own.
const COMPLAINTS: [(&str, &str); 4] = [
    ("CSV export is missing its last row", "Every CSV export of our report is missing its last row."),
    ("Dark mode", "Please add a dark theme to the editor."),
    ("Cannot log in with SSO", "Single sign-on answers with a blank page since Tuesday."),
    ("Invoice shows the wrong VAT", "The tax on invoice 2231 is computed at nineteen percent."),
];

/// And who has them.
const NAMES: [&str; 4] = ["Ana Sousa", "Bob Stone", "Cyd Ray", "Dora Lind"];

impl World {
    /// A complaint of its own kind, escalated while something is wrong with GitHub. Gives its topic.
    async fn escalates_another(&self, number: usize) -> String {
        let (subject, body) = COMPLAINTS[number];
        let customer = self.helpdesk.customer(NAMES[number]).add();
        let ticket = self.helpdesk.ticket_from(customer).subject(subject).body(body).send();
        let topic = self.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        self.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        topic
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_whose_creation_was_answered_wrongly_or_not_at_all_is_found_and_not_filed_again() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        // The webhook about our own issue would say it as well: here it has to be looked for.
        world.github.hooks().drop_all(true);
        let lost = [Failure::ResponseLost, Failure::ResponseCut, Failure::EffectThenStatus(502)];
        for (number, failure) in lost.into_iter().enumerate() {
            world.github.faults().next(1, CREATES, failure.clone());
            let topic = world.escalates_another(number).await;
            world.issue_of(&topic).await;
            assert_eq!(world.github.issues_filed_by_heard(), number + 1, "after {failure:?}");
        }
        world.until("nothing stands on the health page", async || world.failures().await.is_empty()).await;
        assert_eq!(world.github.faults().count(CREATES), 3, "each was asked for once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_github_could_not_make_is_made_later_once_it_is_sure_that_it_is_not_there() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let not_made = [Failure::Status(500), Failure::Status(503), Failure::Reset, Failure::Garbage];
        for (number, failure) in not_made.into_iter().enumerate() {
            world.github.faults().next(1, CREATES, failure.clone());
            let topic = world.escalates_another(number).await;
            let failed = world.fails("file", "GitHub").await;
            assert!(!failed.given_up, "{failure:?} may pass: {failed:?}");
            // GitHub's lists lag by minutes: nothing is made again before.
            world.clock.advance(Duration::from_mins(3));
            world.tries_again(&failed).await;
            world.issue_of(&topic).await;
            world.settles().await;
            assert_eq!(world.github.issues_filed_by_heard(), number + 1, "after {failure:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_that_finds_no_issue_is_not_enough_to_make_another() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        world.github.faults().next(1, CREATES, Failure::Status(500));
        let topic = world.escalates_another(0).await;
        let failed = world.fails("file", "GitHub").await;
        world.clock.advance(Duration::from_secs(6));
        world.tries_again(&failed).await;
        world.settles().await;
        assert_eq!(world.github.faults().count(CREATES), 1, "a list that lags does not show it yet, if it was made");
        world.clock.advance(Duration::from_mins(3));
        world.issue_of(&topic).await;
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_whose_creation_was_never_answered_is_filed_once_whether_it_was_made_or_not() {
    databases::for_each_case(&[Failure::Held, Failure::NeverAnswers], async |database, failure| {
        let world = timeless(database).await;
        world.github.hooks().drop_all(true);
        world.github.faults().next(1, CREATES, failure.clone());
        let topic = world.escalates_another(0).await;
        // The call's own time has to pass, or the step's on a busy machine: it is the machine's, not the world's. What was
        // made may be found at once by a second run of the same work, and then nothing stands on the health page any more.
        let path = format!("/api/v1/topics/{topic}");
        let failed = world
            .until_some("it is unclear whether the issue was made, or it was found", async || {
                let failed = world.failures().await.into_iter().find(|failure| failure.work == "file");
                let is_found = world.get(&path).await["issue"]["number"].is_u64();
                (failed.is_some() || is_found).then_some(failed)
            })
            .await;
        if let Some(failed) = failed {
            assert!(!failed.given_up, "{failed:?}");
            world.clock.advance(Duration::from_mins(3));
            world.tries_again_unless_done(&failed).await;
        }
        world.issue_of(&topic).await;
        world.settles().await;
        assert_eq!(world.github.issues_filed_by_heard(), 1, "after {failure:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_refuses_waits_for_a_person_with_a_clear_sentence() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let refusals =
            [(401, "refuses our credentials"), (404, "refused the topic's issue"), (422, "refused the topic's issue")];
        for (number, (status, sentence)) in refusals.into_iter().enumerate() {
            world.github.faults().all(CREATES, Failure::Status(status));
            let topic = world.escalates_another(number).await;
            let failed = world.fails("file", sentence).await;
            assert_eq!(failed.given_up, status != 401, "a wrong token is tried again by itself: {failed:?}");
            world.github.faults().heal();
            world.tries_again(&failed).await;
            world.issue_of(&topic).await;
            world.settles().await;
            assert_eq!(world.github.issues_filed_by_heard(), number + 1, "after {status}");
        }
        world.until("nothing stands on the health page", async || world.failures().await.is_empty()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_calls_github_before_it_said() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (number, status) in [429, 403, 503].into_iter().enumerate() {
            world.github.faults().next(1, "* /**", Failure::RetryAfter(status, 2));
            // The first is kept for the complaint below, which is like it.
            let topic = world.escalates_another(number + 1).await;
            world.issue_of(&topic).await;
        }
        let complaint = world.an_escalated_complaint().await;
        world.github.faults().next(1, "GET /repos/*/*/compare/*", Failure::RetryAfter(429, 2));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        assert_eq!(rash(&world.github.faults().violations()), Vec::<&String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_github_answers_while_a_fix_ships_it_is_told_once_it_answers_right() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        for failure in
            [Failure::Status(500), Failure::Garbage, Failure::Reset, Failure::Slow(Duration::from_millis(300))]
        {
            world.github.faults().next(2, "GET /**", failure);
        }
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_that_is_down_has_its_issue_when_it_is_back() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        world.github.goes_down().await;
        let topic = world.escalates_another(0).await;
        let failed = world.fails("file", "GitHub").await;
        assert!(!failed.given_up && failed.next_at.is_some(), "{failed:?}");
        world.github.comes_back().unwrap();
        world.issue_of(&topic).await;
        world.settles().await;
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_whose_answer_was_lost_is_not_written_again() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = world.an_escalated_complaint().await;
        let comments = |world: &World| world.product().issue(complaint.issue).unwrap().comments.len();
        world.github.faults().next(1, "POST /repos/*/*/issues/*/comments", Failure::ResponseLost);
        world.product().comments_on(complaint.issue, "/heard merge #4711");
        let failed = world.fails("write", "GitHub").await;
        assert_eq!(comments(&world), 2, "it stands there, unknown to us");
        world.clock.advance(Duration::from_secs(61));
        world.tries_again(&failed).await;
        world.until("it works again", async || world.failures().await.is_empty()).await;
        assert_eq!(comments(&world), 2, "found, and not written again");
    })
    .await;
}

/// Anybody may copy an issue's text, with its marker.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_with_a_copied_marker_is_not_taken_for_ours() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = world.an_escalated_complaint().await;
        let body = world.product().issue(complaint.issue).unwrap().body;
        let theirs = world.product().with_stranger("mallory").files_issue("CSV export", &body);
        world.settles().await;
        world.product().deletes(complaint.issue);
        let gone = world.fails("gone", "is gone").await;
        world.github.faults().next(1, CREATES, Failure::Status(502));
        world.tries_again(&gone).await;
        let failed = world.fails("file", "").await;
        world.clock.advance(Duration::from_mins(3));
        world.tries_again(&failed).await;
        let path = format!("/api/v1/topics/{}", complaint.topic);
        let filed = async || world.get(&path).await["issue"]["number"].as_u64().filter(|one| *one != complaint.issue);
        assert_ne!(world.until_some("it is filed anew", filed).await, theirs);
    })
    .await;
}
