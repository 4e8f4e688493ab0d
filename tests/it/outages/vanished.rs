//! What was deleted, merged, transferred or renamed on the other side.

use std::time::Duration;

use simulator::{Failure, MergeMethod, RepositoryOptions};

use super::{helpdesk::ships_while, timeless};
use crate::{
    databases,
    story::{Complaint, stopped_clock},
    world::{Options, World},
};

/// A world in which what shipped is held for half an hour, on a clock that the test moves.
async fn holding(database: &str) -> World {
    World::with(database, Options { clock: stopped_clock(), hold_minutes: 30, ..Options::default() }).await
}

async fn the_hold_passes(world: &World) {
    world.clock.advance(Duration::from_mins(31));
    world.sweeps().await;
}

/// The ticket of a held update is deleted, and the hold passes.
async fn an_update_loses_its_ticket(database: &str, unsaid: bool) {
    let world = holding(database).await;
    let complaint = world.an_escalated_complaint().await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(complaint.issue, "v2.4.0");
    world.update_that_is("shipped", "held").await;
    world.helpdesk.hooks().drop_all(unsaid);
    world.helpdesk.delete(complaint.agent, complaint.ticket);
    world.settles().await;
    world.clock.advance(Duration::from_mins(31));
    let cancelled = world.update_that_is("shipped", "cancelled").await;
    assert!(cancelled["reason"].as_str().is_some_and(|why| why.contains("deleted")), "{cancelled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_for_a_ticket_that_was_deleted_is_cancelled_with_its_reason() {
    databases::for_each(async |database| an_update_loses_its_ticket(database, false).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_cancelled_even_if_no_webhook_said_that_its_ticket_was_deleted() {
    databases::for_each(async |database| an_update_loses_its_ticket(database, true).await).await;
}

/// What customers and agents wrote.
const KEPT: &str = "SELECT count(*) FROM message";

impl World {
    /// A ticket is deleted, and neither a webhook nor a sweep finds out.
    async fn loses_unheard(&self, complaint: &Complaint) {
        self.helpdesk.hooks().drop_all(true);
        self.helpdesk.faults().all("GET /api/v2/incremental/**", Failure::Status(500));
        self.helpdesk.delete(complaint.agent, complaint.ticket);
        assert!(self.counts(KEPT).await > 0, "its words are still there");
    }

    async fn forgets_every_word(&self) {
        self.until("its words are forgotten", async || self.counts(KEPT).await == 0).await;
        assert_eq!(self.counts("SELECT count(*) FROM ticket WHERE subject <> ''").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_a_ticket_that_is_gone_is_forgotten_as_soon_as_somebody_is_answered_there() {
    databases::for_each(async |database| {
        let world = holding(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        world.settles().await;
        world.loses_unheard(&complaint).await;
        world.clock.advance(Duration::from_mins(31));
        world.forgets_every_word().await;
        world.update_that_is("shipped", "cancelled").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_in_a_ticket_that_is_gone_is_forgotten_as_soon_as_a_reply_is_looked_for_there() {
    databases::for_each(async |database| {
        let world = timeless(database).await;
        let complaint = ships_while(&world, Failure::ResponseLost).await;
        world.fails("send", "looking for the reply").await;
        world.loses_unheard(&complaint).await;
        world.clock.advance(Duration::from_secs(21));
        world.forgets_every_word().await;
        let update = world.update_that_is("shipped", "in_doubt").await;
        assert!(update["reason"].as_str().unwrap().contains("deleted"), "{update}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_their_ticket_merged_into_another_of_theirs_is_told_there() {
    databases::for_each(async |database| {
        let world = holding(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        let target =
            world.helpdesk.ticket_from(complaint.customer).subject("Dark mode").body("Please add a dark theme.").send();
        world.topic_of(target).await;
        world.helpdesk.merge(complaint.agent, complaint.ticket, target);
        world.settles().await;
        the_hold_passes(&world).await;
        assert!(world.told_in(target).await.contains("2.4.0"));
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_answered_in_the_ticket_of_somebody_else() {
    databases::for_each(async |database| {
        let world = holding(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        let bob = world.helpdesk.customer("Bob Stone").add();
        let target = world.helpdesk.ticket_from(bob).subject("Dark mode").body("Please add a dark theme.").send();
        world.topic_of(target).await;
        world.helpdesk.merge(complaint.agent, complaint.ticket, target);
        world.settles().await;
        world.clock.advance(Duration::from_mins(31));
        world.update_that_is("shipped", "failed").await;
        world.settles().await;
        let asked = world.fails("send", &format!("merged into ticket {target}")).await;
        assert!(asked.given_up, "a person is asked: {asked:?}");
        assert!(world.helpdesk.heard_by(bob).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_deleted_is_shown_and_trying_again_files_a_new_one() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().deletes(complaint.issue);
        let failed = world.fails("gone", "Try again files a new one").await;
        assert!(failed.given_up, "{failed:?}");
        world.settles().await;
        assert_eq!(world.github.issues_filed_by_heard(), 0, "nothing is filed anew by itself");
        world.tries_again(&failed).await;
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        let another = world.until_some("there is a new issue", async || {
            world.get(&topic).await["issue"]["number"].as_u64().filter(|number| *number != complaint.issue)
        });
        let anew = another.await;
        world.until("it is off the health page", async || world.failures().await.is_empty()).await;
        world.ships(anew, "v2.4.0");
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_transferred_is_followed_to_where_it_is() {
    databases::for_each(async |database| {
        let more = "[[repositories]]\nname = \"acme/exporter\"\nhold_minutes = 0\n";
        let world = World::with(database, Options { tell: more, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let exporter = world.github.add_repository(&RepositoryOptions::private("acme/exporter"));
        let moved = world.product().transfers(complaint.issue, &exporter).unwrap();
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        world
            .until("it is known where it is", async || {
                let issue = world.get(&topic).await["issue"].clone();
                issue["repository"] == "acme/exporter" && issue["number"] == moved
            })
            .await;
        let pull_request = exporter.pull_request("Write the last row too").fixing(moved).open();
        let fix = exporter.merge(pull_request, MergeMethod::Squash).unwrap();
        exporter.release("v7.0.0").at(&fix).publish();
        assert!(world.told_in(complaint.ticket).await.contains("7.0.0"));
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_renamed_is_named_until_the_settings_have_its_new_name() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().renames_to("goods");
        let failed = world.fails("renamed", "acme/product is called acme/goods now").await;
        assert!(failed.given_up, "{failed:?}");
        let goods = world.github.repository("acme/goods");
        let pull_request = goods.pull_request("Write the last row too").fixing(complaint.issue).open();
        let fix = goods.merge(pull_request, MergeMethod::Squash).unwrap();
        goods.release("v2.4.0").at(&fix).publish();
        world.settles().await;
        world.stops().await;
        world.settings_change("acme/product", "acme/goods");
        world.starts_again().await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.until("it is off the health page", async || world.failures().await.is_empty()).await;
        // Somebody else's ticket finds its way into the same issue, and no second one is filed.
        let (_, other) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(other).await["issue"]["repository"], "acme/goods");
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}
