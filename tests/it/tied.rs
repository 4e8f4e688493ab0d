//! What agents did in the helpdesk says which tickets are about the same, and the grouping learns from it for nothing (G8).

use heard::{
    flow::{group, people::topics},
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
    },
};
use serde_json::{Value, json};

use crate::{
    databases,
    story::{BODY, SUBJECT},
    world::World,
};

/// The same complaint in words of which the machine is not sure.
const ALIKE: (&str, &str) = ("Rows are missing", "The export to CSV loses the last one.");

impl World {
    /// A ticket of a new customer, with its topic.
    async fn writes_in(&self, name: &str, (subject, body): (&str, &str)) -> (u64, String) {
        let customer = self.helpdesk.customer(name).add();
        let ticket = self.helpdesk.ticket_from(customer).subject(subject).body(body).send();
        (ticket, self.is_in(ticket).await)
    }

    async fn is_in(&self, ticket: u64) -> String {
        // Not by the topic's page: it may be left by everybody between two calls.
        let of = format!("/api/v1/tickets?connection=acme&external_id={ticket}");
        let topic = async || self.get(&of).await["tickets"][0]["topic"].as_str().map(str::to_owned);
        self.until_some("the ticket has a topic", topic).await
    }

    async fn comes_into(&self, ticket: u64, topic: &str) {
        self.until("the ticket is in the topic", async || self.is_in(ticket).await == topic).await;
    }

    /// Heard has read everything that agents did, and left the ticket where it is.
    async fn stays_in(&self, ticket: u64, topic: &str) {
        self.settles().await;
        assert_eq!(self.is_in(ticket).await, topic);
    }

    /// Who placed a ticket, and what they decided.
    async fn placed(&self, ticket: u64) -> (Value, Value) {
        let (topic, id) = (self.is_in(ticket).await, self.id_of(ticket).await);
        let page = self.get(&format!("/api/v1/topics/{topic}")).await;
        let links = page["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["ticket"] == id.as_str()).unwrap();
        (link["maker"].clone(), link["decision"].clone())
    }

    /// From how many answers the grouping has learned.
    async fn has_learned(&self, ticket: u64) -> usize {
        let ticket = TicketId::parse(&self.id_of(ticket).await).unwrap();
        group::candidates(self.app(), ticket).await.unwrap();
        self.app().grouping.lock().await.answers()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_goes_into_the_topic_of_its_problem_and_the_grouping_learns_from_it() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        assert_ne!(own, topic, "the machine is not sure");
        assert_eq!(world.has_learned(ana).await, 0);
        world.helpdesk.agent_links(agent, bob, Some(ana));
        world.comes_into(bob, &topic).await;
        assert_eq!(world.placed(bob).await, (json!("agent"), json!("incident")));
        assert_eq!(world.topic_of(ana).await["customer_count"], 2, "an agent said so, so it is sure");
        assert_eq!(world.has_learned(ana).await, 1);
        world.stops().await;
        world.starts_again().await;
        world.stays_in(bob, &topic).await;
        assert_eq!(world.has_learned(ana).await, 1, "a restart learns the same");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_that_is_unlinked_goes_back_to_where_it_was() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        let likely = world.topic_of(ana).await["likely"]["ticket_count"].clone();
        world.helpdesk.agent_links(agent, bob, Some(ana));
        world.comes_into(bob, &topic).await;
        world.helpdesk.agent_links(agent, bob, None);
        world.comes_into(bob, &own).await;
        assert_eq!(world.topic_of(ana).await["likely"]["ticket_count"], likely, "the question is open as before");
        // The problem of the next outage is another one.
        let (cyd, other) = world.writes_in("Cyd Ray", ("Totals look odd", "The sum is too small.")).await;
        world.helpdesk.agent_links(agent, bob, Some(cyd));
        world.comes_into(bob, &other).await;
        world.helpdesk.agent_links(agent, bob, Some(ana));
        world.comes_into(bob, &topic).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_said_to_heard_beats_what_an_agent_did_in_the_helpdesk() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        let (cyd, other) = world.writes_in("Cyd Ray", ("Totals look odd", "The sum is too small.")).await;
        let id = TicketId::parse(&world.id_of(bob).await).unwrap();
        topics::not_same(world.app(), id, TopicId::parse(&topic).unwrap(), &Actor::admin()).await.unwrap();
        world.helpdesk.agent_links(agent, bob, Some(ana));
        world.stays_in(bob, &own).await;
        // Of the other topic nobody has said anything.
        world.helpdesk.agent_links(agent, bob, Some(cyd));
        world.comes_into(bob, &other).await;
        assert_eq!(world.post(&format!("/api/v1/topics/{other}/undo"), &json!({})).await.0, 204);
        world.comes_into(bob, &own).await;
        world.helpdesk.agent_notes(agent, bob, "Still the same.");
        world.stays_in(bob, &own).await;
        let ticket = world.id_of(cyd).await;
        world.does(&format!("/api/v1/tickets/{ticket}/move"), &json!({ "topic": topic })).await;
        // Nobody has parted her from what this one is about.
        let (dan, _) = world.writes_in("Dan Lee", ("Login loops", "I am sent back to the login page.")).await;
        world.helpdesk.agent_links(agent, cyd, Some(dan));
        world.stays_in(cyd, &topic).await;
    })
    .await;
}

/// Zendesk's own support opens a problem ticket itself, and links what customers wrote to it (support.zendesk.com, "Lifecycle of a
/// Problem (and Incident) ticket"). What agents wrote there is no topic of customers, and its subject no name for one.
#[tokio::test(flavor = "multi_thread")]
async fn incidents_of_a_problem_that_no_customer_knows_of_are_with_the_first_of_them() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let us = world.helpdesk.customer("Problem Queue").add();
        let problem =
            world.helpdesk.agent_opens_internally(agent, us, "INC-7 exporter broken by Bill", "Bill broke it");
        let hidden = world.is_in(problem).await;
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        world.helpdesk.agent_links(agent, ana, Some(problem));
        world.stays_in(ana, &topic).await;
        assert_ne!(topic, hidden);
        assert_ne!(own, topic);
        world.helpdesk.agent_links(agent, bob, Some(problem));
        world.comes_into(bob, &topic).await;
        assert_eq!(world.topic_of(ana).await["title"], SUBJECT);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_merged_into_another_customers_is_about_the_same() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        assert_ne!(own, topic);
        world.helpdesk.merge(agent, bob, ana);
        world.comes_into(bob, &topic).await;
        assert_eq!(world.placed(bob).await, (json!("agent"), json!("merged_ticket")));
        assert_eq!(world.topic_of(ana).await["customer_count"], 2, "two have raised it");
        assert_eq!(world.has_learned(ana).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_merged_before_heard_saw_it_is_about_the_same_as_well() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let (_, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        world.settles().await;
        world.stops().await;
        let [cyd, dan] = ["Cyd Ray", "Dan Wu"].map(|name| world.helpdesk.customer(name).add());
        let [carries_on, merged, own] =
            [(cyd, SUBJECT, BODY), (dan, ALIKE.0, ALIKE.1), (cyd, "Invoice", "No tax on it.")]
                .map(|(who, subject, body)| world.helpdesk.ticket_from(who).subject(subject).body(body).send());
        world.helpdesk.merge(agent, merged, carries_on);
        world.helpdesk.merge(agent, own, carries_on);
        world.starts_again().await;
        world.comes_into(carries_on, &topic).await;
        world.comes_into(merged, &topic).await;
        assert_eq!(world.placed(merged).await, (json!("agent"), json!("merged_ticket")));
        world.settles().await;
        assert_eq!(world.get(&format!("/api/v1/topics/{topic}")).await["customer_count"], 3);
        assert!(!world.is_grouped(own).await, "what one customer's tickets were merged for is not known");
    })
    .await;
}

/// Programs merge whatever somebody writes within 30 days into their first ticket (support.swifteq.com, "Setting up the Merging
/// Rules"), agents put spam into somebody's newest one, and Zendesk cannot undo a merge (eesel.ai, "Zendesk ticket merge
/// requirements").
#[tokio::test(flavor = "multi_thread")]
async fn that_a_customers_tickets_were_merged_says_nothing_of_what_they_are_about() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let customer = world.helpdesk.customer("Ana Sousa").add();
        let first = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).send();
        let topic = world.is_in(first).await;
        let invoice = world.helpdesk.ticket_from(customer).subject("Invoice").body("My invoice shows no tax.").send();
        let other = world.is_in(invoice).await;
        assert_ne!(other, topic);
        world.helpdesk.merge(agent, invoice, first);
        world.stays_in(invoice, &other).await;
        assert_eq!(world.has_learned(first).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_with_the_same_issue_in_a_note_are_about_the_same_unless_more_is_said_beside_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let issue = "https://github.com/acme/product/issues/7";
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        let (cyd, other) = world.writes_in("Cyd Ray", ("Totals look odd", "The sum is too small.")).await;
        assert_ne!(own, topic);
        world.helpdesk.agent_notes(agent, ana, issue);
        world.settles().await;
        world.helpdesk.agent_notes(agent, cyd, &format!("Not to be mistaken for {issue}"));
        world.helpdesk.agent_notes(agent, cyd, "https://github.com/somebody/else/issues/7");
        world.helpdesk.agent_notes(agent, cyd, &format!("Related: {issue}"));
        world.stays_in(cyd, &other).await;
        world.helpdesk.agent_notes(agent, bob, &format!("Bug: {issue}"));
        world.comes_into(bob, &topic).await;
        assert_eq!(world.placed(bob).await, (json!("agent"), json!("same_issue")));
        // Two issues point nowhere.
        world.helpdesk.agent_notes(agent, bob, "https://github.com/acme/product/issues/8");
        world.comes_into(bob, &own).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_wrote_and_an_agent_made_private_ties_nothing() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let issue = "https://github.com/acme/product/issues/7";
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        world.helpdesk.agent_notes(agent, ana, issue);
        world.settles().await;
        let bobs = world.helpdesk.customer("Bob Stone").add();
        let bob = world.helpdesk.ticket_from(bobs).subject(ALIKE.0).body(ALIKE.1).send();
        let own = world.is_in(bob).await;
        assert_ne!(own, topic);
        world.helpdesk.customer_replies(bob, issue);
        world.settles().await;
        world.helpdesk.agent_makes_private(agent, bob, bobs);
        world.stays_in(bob, &own).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_an_issue_that_a_topic_has_brings_the_ticket_there_and_no_note_of_heards_does() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let (ana, topic) = world.writes_in("Ana Sousa", (SUBJECT, BODY)).await;
        let (bob, own) = world.writes_in("Bob Stone", ALIKE).await;
        world.helpdesk.agent_tags(agent, ana, "escalate");
        let url = world
            .until_some("the issue is filed", async || {
                world.topic_of(ana).await["issue"]["url"].as_str().map(str::to_owned)
            })
            .await;
        world.stays_in(bob, &own).await;
        world.helpdesk.agent_notes(agent, bob, &url);
        world.comes_into(bob, &topic).await;
        assert_eq!(world.topic_of(ana).await["customer_count"], 2);
        // What was escalated stays there: engineers know of it under that issue.
        let (cyd, other) = world.writes_in("Cyd Ray", ("Totals look odd", "The sum is too small.")).await;
        world.helpdesk.agent_links(agent, ana, Some(cyd));
        world.stays_in(ana, &topic).await;
        world.helpdesk.agent_links(agent, cyd, Some(ana));
        world.comes_into(cyd, &topic).await;
        assert_ne!(other, topic);
    })
    .await;
}
