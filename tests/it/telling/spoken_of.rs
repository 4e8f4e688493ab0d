//! What a message may not say: where a private repository is, what a tag says beside its version, and a kind that is only
//! guessed (G6, nothing private leaves).

use serde_json::json;

use crate::{
    databases,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn no_message_links_into_a_private_repository_or_tells_more_of_a_tag_than_its_version() {
    for public in [false, true] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { public, ..Options::default() }).await;
            let complaint = world.an_escalated_complaint().await;
            world.ships(complaint.issue, "v2.4.0-initech-hotfix");
            world.until("it is planned", async || !world.updates().await.is_empty()).await;
            world.settles().await;
            let planned = world.updates().await.remove(0);
            if planned["state"] == "draft" {
                // A word that nobody knows in a tag is a doubt, and a person sends it.
                world.approves(&planned).await;
            }
            let told = world.told_in(complaint.ticket).await;
            let html = world.helpdesk.replies_by_heard(complaint.ticket)[0].html_body.clone();
            assert!(told.contains("2.4.0"), "{told}");
            assert!(public || !told.contains("initech"), "{told}");
            assert_eq!(html.contains("/acme/product/releases/"), public, "{html}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_only_guessed_is_not_said() {
    for says in [None, Some("bug"), Some("feature_request")] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let agent = world.helpdesk.agent("Sam Okafor");
            let ana = world.helpdesk.customer("Ana Sousa").add();
            let ticket = world.helpdesk.ticket_from(ana).subject("About rows").body("The rows of the table.").send();
            let topic = world.grouped_into(ticket).await;
            if let Some(kind) = says {
                let request = world.anonymous().patch(format!("{}/api/v1/topics/{topic}", world.url()));
                let request = request.bearer_auth(crate::world::ADMIN).json(&json!({ "kind": kind }));
                assert!(request.send().await.unwrap().status().is_success());
            }
            world.helpdesk.agent_tags(agent, ticket, "escalate");
            let issue = world.issue_of(&topic).await;
            world.ships(issue, "v2.4.0");
            let told = world.told_in(ticket).await;
            assert_eq!(told.contains("That is fixed"), says == Some("bug"), "{says:?}: {told}");
            assert_eq!(told.contains("That is there now"), says == Some("feature_request"), "{says:?}: {told}");
        })
        .await;
    }
}

/// An engineer's link with our placeholder took each customer's key along.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_the_placeholder_of_the_key_is_given_none() {
    databases::for_each(async |database| {
        let tell = "workaround = \"send\"\n";
        let world = World::with(database, Options { tell, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let words =
            "/heard workaround Export it as XLSX, see https://evil.test/c/PAGE-TOKEN and /c/PAGE-TOKEN for how.";
        world.product().with_engineer("erin", "write").comments_on(complaint.issue, words);
        let told = world.told_in(complaint.ticket).await;
        assert!(told.contains("https://evil.test/c/PAGE\u{2011}TOKEN and /c/PAGE\u{2011}TOKEN for"), "{told}");
        assert!(told.contains(&format!("{}/c/", world.url())), "their own link is there: {told}");
    })
    .await;
}
