//! A repository was renamed, nobody said so, and another one has its old name: its issues have the names and numbers of ours
//! (`packagecontrol/thecrawl#22`; GitHub: "do not reuse the original name of the renamed repository").

use std::time::Duration;

use serde_json::json;
use simulator::{Failure, MergeMethod, Repository, RepositoryOptions};

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

async fn with_a_complaint(database: &str) -> (World, Complaint) {
    let world = World::with(database, Options { clock: stopped_clock(), graphql: true, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    (world, complaint)
}

/// The team keeps its code under another name and begins anew under the old one, while no webhook arrives.
fn begins_anew(world: &World) -> Repository<'_> {
    world.github.hooks().drop_all(true);
    world.product().renames_to("legacy");
    world.github.add_repository(&RepositoryOptions::private("acme/product"))
}

/// The same, and the new repository has an issue of the same number.
fn begins_anew_with_an_issue<'w>(world: &'w World, complaint: &Complaint) -> Repository<'w> {
    let anew = begins_anew(world);
    let issue = anew.files_issue("Set up the build", "Nothing is built yet.");
    assert_eq!(issue, complaint.issue, "numbers begin at one everywhere");
    anew
}

/// Heard wrote nothing into the issue of the new repository.
fn is_untouched(anew: &Repository<'_>, issue: u64) {
    let there = anew.issue(issue).unwrap();
    assert_eq!((there.title.as_str(), there.body.as_str()), ("Set up the build", "Nothing is built yet."));
    assert!(there.comments.is_empty(), "{:?}", there.comments);
}

impl World {
    /// A person says that the repository is meant that has the name now, and whatever waits for that is done.
    async fn this_one_is_meant(&self) {
        let asked = self.fails("replaced", "acme/product is another repository than before").await;
        self.tries_again(&asked).await;
        self.settles().await;
        self.sweeps().await;
    }
}

async fn repository_of(world: &World, topic: &str) -> String {
    world.get(&format!("/api/v1/topics/{topic}")).await["issue"]["repository"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fixes_an_issue_of_a_repository_that_took_the_name_fixes_nothing_here() {
    databases::for_each(async |database| {
        let (mut world, complaint) = with_a_complaint(database).await;
        {
            let anew = begins_anew_with_an_issue(&world, &complaint);
            world.clock.advance(Duration::from_mins(1));
            let pull = anew.pull_request("Set up the build").fixing(complaint.issue).open();
            let build = anew.merge(pull, MergeMethod::Squash).unwrap();
            world.clock.advance(Duration::from_mins(1));
            anew.release("v0.1.0").at(&build).publish();
            for _ in 0..3 {
                world.sweeps().await;
            }
            let said = world.helpdesk.replies_by_heard(complaint.ticket);
            assert!(said.is_empty(), "{}", said[0].plain_body);
            is_untouched(&anew, complaint.issue);
        }
        assert_eq!(repository_of(&world, &complaint.topic).await, "acme/legacy", "it is found by its repository's id");
        world.fails("unnamed_repository", "acme/legacy").await;
        world.stops().await;
        world.settings_change("acme/product", "acme/legacy");
        world.github.hooks().drop_all(false);
        world.starts_again().await;
        let legacy = world.github.repository("acme/legacy");
        let pull = legacy.pull_request("Write the last row too").fixing(complaint.issue).open();
        let fix = legacy.merge(pull, MergeMethod::Squash).unwrap();
        world.becomes(&complaint.topic, "fix_merged").await;
        world.clock.advance(Duration::from_mins(1));
        legacy.release("v2.4.0").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

/// GitHub may not say where a repository is that has an id: it was deleted, or is somebody else's by now.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_whose_name_another_has_is_gone_where_nobody_knows_where_it_is() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let anew = begins_anew_with_an_issue(&world, &complaint);
        world.github.faults().all("GET /repositories/*", Failure::Status(404));
        world.sweeps().await;
        let failed = world.fails("gone", "Another repository is called acme/product by now").await;
        assert!(failed.given_up, "a person decides: {failed:?}");
        is_untouched(&anew, complaint.issue);
        world.tries_again(&failed).await;
        world.this_one_is_meant().await;
        let filed = world.issue_of(&complaint.topic).await;
        assert_ne!(filed, complaint.issue, "a new one, because a person wants it there");
        is_untouched(&anew, complaint.issue);
    })
    .await;
}

/// Whoever may write to the new repository may not speak for the old one's issues.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_a_repository_that_took_the_name_is_nobodys() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let anew = begins_anew_with_an_issue(&world, &complaint);
        world.github.hooks().settled().await;
        world.github.hooks().drop_all(false);
        let engineer = anew.with_engineer("mona", "write");
        engineer.comments_on(complaint.issue, "/heard shipped v0.1.0");
        world.settles().await;
        let topic = world.topic_of(complaint.ticket).await;
        assert_eq!(topic["state"], "escalated", "{topic:#}");
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customers_say_is_not_written_into_a_repository_that_took_the_name() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let anew = begins_anew_with_an_issue(&world, &complaint);
        world.clock.advance(Duration::from_mins(2));
        world.helpdesk.customer_replies(complaint.ticket, "No, it is still broken: the last row is missing.");
        world.settles().await;
        is_untouched(&anew, complaint.issue);
        let legacy = world.github.repository("acme/legacy");
        world
            .until("engineers hear of it where the issue is", async || {
                let comments = legacy.issue(complaint.issue).unwrap().comments;
                comments.iter().any(|(_, text)| text.contains("still broken"))
            })
            .await;
    })
    .await;
}

/// What Heard files there itself has the number of an issue of the old one, which nobody looks at any more.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_filed_under_a_name_and_number_of_old_is_its_topics() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let anew = begins_anew(&world);
        let ben = world.helpdesk.customer("Ben Poe").add();
        let ticket = world.helpdesk.ticket_from(ben).subject("Printer").body("Please print invoices in colour.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        assert_ne!(topic, complaint.topic);
        world.helpdesk.agent_tags(complaint.agent, ticket, "escalate");
        world.fails("replaced", "acme/product is another repository than before").await;
        world.sweeps().await;
        assert!(anew.issues().is_empty(), "nothing is filed where nobody said so");
        world.this_one_is_meant().await;
        assert_eq!(world.issue_of(&topic).await, complaint.issue, "numbers begin at one everywhere");
        world.settles().await;
        assert_eq!(repository_of(&world, &topic).await, "acme/product");
        assert_eq!(repository_of(&world, &complaint.topic).await, "acme/legacy");
        assert!(world.failures().await.iter().all(|failure| failure.work != "file"), "{:?}", world.failures().await);
    })
    .await;
}

/// Support pastes the address of an issue that is there, and means that one.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_linked_to_an_issue_of_a_name_that_was_taken_comes_to_no_other_topic() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        begins_anew_with_an_issue(&world, &complaint);
        let ben = world.helpdesk.customer("Ben Poe").add();
        let ticket =
            world.helpdesk.ticket_from(ben).subject("Build").body("Your build of last night does not start.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let id = world.id_of(ticket).await;
        let pasted = json!({ "url": format!("acme/product#{}", complaint.issue) });
        world.does(&format!("/api/v1/tickets/{id}/link_issue"), &pasted).await;
        world.settles().await;
        assert_eq!(world.topic_of(ticket).await["id"], topic.as_str());
        assert_eq!(repository_of(&world, &topic).await, "acme/product");
        assert_eq!(repository_of(&world, &complaint.topic).await, "acme/legacy");
    })
    .await;
}

/// old name has no release yet. Releases of the old one are looked for in it, are not there, and count as withdrawn.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_not_cancelled_because_another_repository_has_the_name_and_no_release() {
    databases::for_each(async |database| {
        let options = Options { clock: stopped_clock(), graphql: true, hold_minutes: 30, ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        world.settles().await;
        begins_anew(&world);
        world.sweeps().await;
        let gone = world.counts("SELECT count(*) FROM release WHERE withdrawn_at IS NOT NULL").await;
        assert_eq!(gone, 0, "nobody withdrew it: it is where it was, under another name");
        let updates = world.updates().await;
        assert!(updates.iter().all(|one| one["state"] != "cancelled"), "{updates:#?}");
        world.fails("replaced", "acme/product is another repository than before").await;
    })
    .await;
}

/// The same once they were told: nobody is asked to tell them that it is not out any more, and their page does not say so.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_corrected_because_another_repository_has_the_name_and_no_release() {
    databases::for_each(async |database| {
        let world =
            World::with(database, Options { clock: stopped_clock(), graphql: true, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        begins_anew(&world);
        world.sweeps().await;
        let updates = world.updates().await;
        assert!(updates.iter().all(|one| one["milestone"] != "correction"), "{updates:#?}");
        assert_eq!(world.get(&format!("/api/v1/topics/{}", complaint.topic)).await["state"], "shipped");
    })
    .await;
}
