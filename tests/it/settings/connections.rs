//! What `[[connections]]` changes.

use std::sync::Arc;

use heard::base::clock::Clock;
use simulator::{Zendesk, ZendeskOptions};

use crate::{
    databases,
    story::{BODY, SUBJECT},
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_different_brands_never_share_a_topic() {
    for (brand, same) in [("", true), ("brand = \"other\"", false)] {
        let database = databases::sqlite();
        let clock = Clock::system();
        let theirs = clock.clone();
        let mut options = ZendeskOptions::new(Arc::new(move || theirs.now().as_micros()));
        options.account_id += 1;
        let beta = Zendesk::start(options).unwrap();
        let options = beta.options();
        let more = format!(
            "[[connections]]\nname = \"beta\"\nhelpdesk = \"zendesk\"\nurl = {:?}\nuser = {:?}\ntoken = {:?}\n\
             webhook_secret = {:?}\n{brand}\n",
            beta.url(),
            options.user,
            options.token,
            options.webhook_secret
        );
        let world = World::with(&database.url, Options { tell: &more, clock, ..Options::default() }).await;
        beta.send_webhooks_to(&format!("{}/hooks/beta", world.url()));
        let (_, here) = world.complains("Ana Sousa");
        let topic = world.topic_of(here).await["id"].as_str().unwrap().to_owned();
        let customer = beta.customer("Bob Stone").add();
        beta.ticket_from(customer).subject(SUBJECT).body(BODY).send();
        let topics = async || {
            let found = world.get("/api/v1/tickets?connection=beta").await;
            found["tickets"][0]["topic"].as_str().map(str::to_owned)
        };
        let there = world.until_some("the other ticket has a topic", topics).await;
        assert_eq!(there == topic, same, "{brand:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_escalated_by_the_tag_of_the_settings() {
    let database = databases::sqlite();
    let changes = [("escalate_tag = \"escalate\"", "escalate_tag = \"to-engineering\"")];
    let world = World::with(&database.url, Options { changes: &changes, ..Options::default() }).await;
    let agent = world.helpdesk.agent("Sam Okafor");
    let (_, ticket) = world.complains("Ana Sousa");
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(agent, ticket, "escalate");
    world.settles().await;
    assert_eq!(world.topic_of(ticket).await["state"], "open");
    world.helpdesk.agent_tags(agent, ticket, "to-engineering");
    world.issue_of(&topic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_anybody_else_heard_is_not_let_into_the_helpdesk() {
    for wrong in ["user", "token"] {
        let database = databases::sqlite();
        let mut world = World::new(&database.url).await;
        world.stops().await;
        let options = world.helpdesk.options();
        let right = format!("{wrong} = {:?}", if wrong == "user" { &options.user } else { &options.token });
        world.settings_change(&right, &format!("{wrong} = \"stranger@acme.test\""));
        world.starts_again().await;
        world.complains("Ana Sousa");
        world.fails("refresh", "refuses our credentials").await;
    }
}
