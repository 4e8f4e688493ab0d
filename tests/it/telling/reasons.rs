//! What a draft waits for is not lost because it waits for something else as well, because it is cancelled and wanted after all, or
//! because a doubt comes and goes. A doubt stands first (G4, one update per customer and milestone; G5, shipped means in users'
//! hands).

use std::time::Duration;

use heard::{
    flow::people::updates::{WithAll, with_all},
    model::{decision::Actor, id::TopicId},
};
use serde_json::json;
use simulator::MergeMethod;

use crate::{
    databases,
    story::{Complaint, page_in, stopped_clock},
    world::{Options, World},
};

const DENIES: &str = "This does NOT fix #1, sorry; only the log is written.";
const FIXES: &str = "Fixes #1";

fn options(tell: &str) -> Options<'_> {
    Options { clock: stopped_clock(), graphql: true, tell, ..Options::default() }
}

impl World {
    /// A pull request of this text is merged and released.
    pub(super) async fn ships_saying(&self, complaint: &Complaint, text: &str) -> u64 {
        assert_eq!(complaint.issue, 1, "the texts name it");
        let pull = self.product().pull_request("Write the last row too").saying(text).open();
        let fix = self.product().merge(pull, MergeMethod::Squash).unwrap();
        self.clock.advance(Duration::from_mins(1));
        self.product().release("v2.4.0").at(&fix).publish();
        self.becomes(&complaint.topic, "shipped").await;
        self.settles().await;
        pull
    }

    /// Somebody else's ticket, of which nobody knows yet that it is of the topic.
    async fn somebody_writes_too(&self, complaint: &Complaint) -> u64 {
        let bob = self.helpdesk.customer("Bob Stone").add();
        let words = "Please add a dark theme to the editor.";
        let ticket = self.helpdesk.ticket_from(bob).subject("Dark mode").body(words).send();
        assert_ne!(self.topic_of(ticket).await["id"], complaint.topic.as_str());
        self.settles().await;
        ticket
    }

    /// It is found to be of the topic long after what was known before.
    async fn joins(&self, ticket: u64, complaint: &Complaint) {
        self.clock.advance(Duration::from_mins(20));
        let id = self.id_of(ticket).await;
        self.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": complaint.topic })).await;
        self.settles().await;
    }

    async fn all(&self, complaint: &Complaint, act: WithAll) {
        let topic = TopicId::parse(&complaint.topic).unwrap();
        with_all(self.app(), topic, None, act, &Actor::admin()).await.unwrap();
        self.settles().await;
    }

    /// The reason that one waits for who is called like this.
    async fn reason_of(&self, name: &str) -> (String, String) {
        let all = self.updates().await;
        let is_theirs = |text: &str| text.starts_with(&format!("Hi {name},"));
        let theirs = all.iter().find(|one| one["milestone"] == "shipped" && is_theirs(one["text"].as_str().unwrap()));
        let update = theirs.unwrap_or_else(|| panic!("nothing for {name}: {all:#?}"));
        let text = |field: &str| update[field].as_str().unwrap_or_default().to_owned();
        (text("state"), text("reason"))
    }

    pub(super) async fn is_doubted_now(&self, complaint: &Complaint, doubted: bool) {
        self.until("the fix is looked at again", async || {
            let topic = self.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
            topic["evidence"].to_string().contains("denies") == doubted
        })
        .await;
        self.settles().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_be_looked_at_by_itself_still_has_to_after_all_was_cancelled_and_wanted_after_all() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let bobs = world.somebody_writes_too(&complaint).await;
        world.ships_saying(&complaint, FIXES).await;
        world.told_in(complaint.ticket).await;
        world.joins(bobs, &complaint).await;
        world.all(&complaint, WithAll::Cancel).await;
        assert_eq!(world.reason_of("Bob").await, ("cancelled".to_owned(), "Cancelled by a person.".to_owned()));
        world.all(&complaint, WithAll::Restore).await;
        let (state, why) = world.reason_of("Bob").await;
        assert!(state == "draft" && why.contains("linked after the release") && why.contains("cancelled"), "{why}");
        world.all(&complaint, WithAll::Approve).await;
        assert!(world.helpdesk.replies_by_heard(bobs).is_empty(), "{:#?}", world.updates().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_doubted_by_now_is_said_of_what_is_wanted_after_all() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"draft\"\n")).await;
        let complaint = world.an_escalated_complaint().await;
        let pull = world.ships_saying(&complaint, FIXES).await;
        world.all(&complaint, WithAll::Cancel).await;
        world.product().rewrites(pull, DENIES);
        world.is_doubted_now(&complaint, true).await;
        world.all(&complaint, WithAll::Restore).await;
        let (state, why) = world.reason_of("Ana").await;
        assert!(state == "draft" && why.starts_with("It may be out, and this is not certain: "), "{state}: {why}");
        assert!(why.contains("policy") && why.contains("had been cancelled"), "{why}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_linked_late_waits_for_a_person_when_it_is_certain_that_the_fix_is_out() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let bobs = world.somebody_writes_too(&complaint).await;
        let pull = world.ships_saying(&complaint, DENIES).await;
        world.asks_first(&complaint, "it says that it is no fix").await;
        world.joins(bobs, &complaint).await;
        let (_, why) = world.reason_of("Bob").await;
        assert!(why.starts_with("It may be out") && why.contains("linked after the release"), "{why}");
        world.product().rewrites(pull, FIXES);
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.settles().await;
        let (state, why) = world.reason_of("Bob").await;
        assert!(state == "draft" && why.contains("linked after") && !why.contains("It may be out"), "{state}: {why}");
        assert!(world.helpdesk.replies_by_heard(bobs).is_empty(), "{why}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_is_said_first_of_a_draft_that_waits_for_another_reason_and_goes_alone() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"draft\"\n")).await;
        let complaint = world.an_escalated_complaint().await;
        let pull = world.ships_saying(&complaint, FIXES).await;
        let (state, why) = world.reason_of("Ana").await;
        assert_eq!((state.as_str(), why.as_str()), ("draft", "The policy for this milestone is a draft."));
        for _ in 0..2 {
            world.product().rewrites(pull, DENIES);
            world.is_doubted_now(&complaint, true).await;
            let (state, why) = world.reason_of("Ana").await;
            assert!(state == "draft" && why.starts_with("It may be out, and this is not certain: "), "{state}: {why}");
            assert!(why.contains("denies") && why.ends_with("The policy for this milestone is a draft."), "{why}");
            world.clock.advance(Duration::from_secs(10));
            world.product().rewrites(pull, FIXES);
            world.is_doubted_now(&complaint, false).await;
            let (state, why) = world.reason_of("Ana").await;
            assert_eq!((state.as_str(), why.as_str()), ("draft", "The policy for this milestone is a draft."));
            world.clock.advance(Duration::from_secs(10));
        }
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_is_doubted_from_the_beginning_says_so_before_its_policy() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"draft\"\n")).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships_saying(&complaint, DENIES).await;
        let why = world.asks_first(&complaint, "it says that it is no fix").await;
        assert!(why.contains("denies") && why.ends_with("The policy for this milestone is a draft."), "{why}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_is_not_sent_again_because_a_doubt_came_and_went() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let pull = world.ships_saying(&complaint, FIXES).await;
        let told = world.told_in(complaint.ticket).await;
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let report = format!(
            "Undelivered Mail Returned to Sender\n\n<ana.sousa@customer.test>: 550 5.1.1 no such user\n\n> see {}",
            page_in(&told)
        );
        world.helpdesk.mail_comes_back(complaint.ticket, &report);
        world.update_that_is("shipped", "failed").await;
        world.settles().await;
        world.product().rewrites(pull, DENIES);
        world.is_doubted_now(&complaint, true).await;
        let (state, why) = world.reason_of("Ana").await;
        assert!(state == "failed" && why.starts_with("It may be out") && why.contains("came back"), "{state}: {why}");
        world.clock.advance(Duration::from_secs(10));
        world.product().rewrites(pull, FIXES);
        world.is_doubted_now(&complaint, false).await;
        world.clock.advance(Duration::from_mins(40));
        world.settles().await;
        let (state, why) = world.reason_of("Ana").await;
        assert!(state == "failed" && why.contains("came back") && !why.contains("It may be out"), "{state}: {why}");
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1, "nothing by itself");
        world.fails("send", "came back").await;
    })
    .await;
}

/// Two halves of a fix, or a template: the draft asked, long after the merge, and agents had promised it meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn agents_hear_at_the_merge_that_it_is_not_certain_that_this_is_the_fix() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let line = format!("Fixes #{}, as the others do", complaint.issue);
        world.github.hooks().drop_all(true);
        for title in ["Write the last row too", "Spell the readme right"] {
            let pull = world.product().pull_request(title).saying(&line).open();
            world.product().merge(pull, MergeMethod::Squash).unwrap();
        }
        world.github.hooks().drop_all(false);
        world.clock.advance(Duration::from_mins(10));
        world.sweeps().await;
        world.becomes(&complaint.topic, "fix_merged").await;
        world.settles().await;
        let notes = world.helpdesk.notes_by_heard(complaint.ticket);
        let says = |text: &str| text.contains("merged is not shipped") && text.contains("It is not certain that this");
        assert!(notes.iter().any(|note| says(&note.plain_body)), "{notes:#?}");
    })
    .await;
}
