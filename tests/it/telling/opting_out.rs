//! Whoever opens a link speaks for its customer at the helpdesk whose message it was in, and nowhere else: people in copy read
//! a ticket, too. What support notes of a person counts everywhere.

use serde_json::{Value, json};

use super::identity::{ADDRESS, TwoDesks};
use crate::{
    databases,
    story::{BODY, SUBJECT, page_in},
};

const DARK: &str = "Please add a dark theme to the editor.";

/// Ana, whom both helpdesks know by a verified address, and the link in a message of the first.
struct Ana {
    desks: TwoDesks,
    agent: u64,
    here: u64,
    there: u64,
    page: String,
}

impl Ana {
    async fn new(database: &str, tell: &str, verified: bool) -> Self {
        let desks = TwoDesks::told_by(database, "", tell).await;
        let (world, beta) = (&desks.world, &desks.beta);
        let agent = world.helpdesk.agent("Sam Okafor");
        let here = world.helpdesk.customer("Ana Sousa").email(ADDRESS).add();
        let there = beta.customer("A. Sousa").email(ADDRESS);
        let there = if verified { there } else { there.unverified() }.add();
        let first = world.helpdesk.ticket_from(here).subject(SUBJECT).body(BODY).send();
        let topic = world.grouped_into(first).await;
        world.helpdesk.agent_tags(agent, first, "escalate");
        world.ships(world.issue_of(&topic).await, "v2.4.0");
        if tell.contains("draft") {
            world.approves(&world.update_that_is("shipped", "draft").await).await;
        }
        let page = page_in(&world.told_in(first).await);
        desks.settles().await;
        Self { desks, agent, here, there, page }
    }

    /// She asks both helpdesks for the same, the first one last.
    async fn asks_both(&self, subject: &str, body: &str) -> (u64, u64, String) {
        let there = self.desks.beta.ticket_from(self.there).subject(subject).body(body).send();
        self.desks.settles().await;
        let here = self.asks_here(subject, body).await;
        let found = self.desks.world.get(&format!("/api/v1/tickets?connection=beta&external_id={there}")).await;
        let id = found["tickets"][0]["id"].as_str().unwrap().to_owned();
        self.desks.world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": here.1 })).await;
        self.desks.settles().await;
        (here.0, there, here.1)
    }

    async fn asks_here(&self, subject: &str, body: &str) -> (u64, String) {
        let world = &self.desks.world;
        let here = world.helpdesk.ticket_from(self.here).subject(subject).body(body).send();
        let topic = world.grouped_into(here).await;
        (here, topic)
    }

    /// What she asked for is out.
    async fn is_given(&self, ticket: u64, topic: &str, version: &str) {
        let world = &self.desks.world;
        world.helpdesk.agent_tags(self.agent, ticket, "escalate");
        world.ships(world.issue_of(topic).await, version);
        world.becomes(topic, "shipped").await;
        self.desks.settles().await;
    }

    /// How many messages each helpdesk wrote to her.
    fn heard(&self) -> (usize, usize) {
        (self.desks.world.helpdesk.heard_by(self.here).len(), self.desks.beta.heard_by(self.there).len())
    }

    async fn record(&self) -> Value {
        self.desks.world.get(&format!("/api/v1/customers?email={ADDRESS}")).await["customers"][0].clone()
    }

    async fn reads(&self) -> String {
        self.desks.world.anonymous().get(&self.page).send().await.unwrap().text().await.unwrap()
    }

    async fn presses(&self, act: &str) {
        assert_eq!(self.desks.world.says_on(&self.page, &[("act", act)]).await, 303);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_opts_out_with_a_link_is_told_nothing_there_and_goes_on_being_told_elsewhere() {
    databases::for_each(async |database| {
        let ana = Ana::new(database, "", true).await;
        let (ticket, _, topic) = ana.asks_both("Dark theme", DARK).await;
        ana.presses("stop").await;
        let page = ana.reads().await;
        assert!(page.contains("value=\"resume\"") && !page.contains("value=\"stop\""), "{page}");
        assert_eq!(ana.record().await["opted_out_at"], json!(null), "one helpdesk still tells her");
        ana.is_given(ticket, &topic, "v2.5.0").await;
        ana.desks.world.until("the other one tells her", async || ana.heard() == (1, 1)).await;
        let (ticket, topic) = ana.asks_here("Billing page is slow", "The billing page takes a minute to open.").await;
        ana.is_given(ticket, &topic, "v2.6.0").await;
        ana.desks.world.update_that_is("shipped", "skipped").await;
        ana.presses("resume").await;
        let (ticket, topic) = ana.asks_here("Login loops", "Signing in leads back to the login form.").await;
        ana.is_given(ticket, &topic, "v2.7.0").await;
        ana.desks.world.until("she is told again", async || ana.heard() == (2, 1)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_support_notes_of_a_person_counts_at_every_helpdesk() {
    databases::for_each(async |database| {
        let ana = Ana::new(database, "", true).await;
        let world = &ana.desks.world;
        let (ticket, _, topic) = ana.asks_both("Dark theme", DARK).await;
        let path = format!("/api/v1/customers/{}", ana.record().await["id"].as_str().unwrap());
        let notes = async |opted_out: bool| {
            let request = world.anonymous().patch(format!("{}{path}", world.url())).bearer_auth(crate::world::ADMIN);
            let request = request.header("content-type", "application/json");
            let answer = request.body(json!({ "opted_out": opted_out }).to_string()).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
        };
        notes(true).await;
        assert!(ana.record().await["opted_out_at"].is_string());
        let page = ana.reads().await;
        assert!(page.contains("as you asked our support") && !page.contains("value=\"resume\""), "{page}");
        ana.presses("resume").await;
        assert!(ana.record().await["opted_out_at"].is_string(), "a link does not take back what support noted");
        ana.is_given(ticket, &topic, "v2.5.0").await;
        world.update_that_is("shipped", "skipped").await;
        assert_eq!(ana.heard(), (1, 0));
        notes(false).await;
        assert!(ana.record().await["opted_out_at"].is_null());
        assert!(!ana.reads().await.contains("as you asked our support"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_to_be_told_in_the_silent_helpdesk_is_told_in_the_other() {
    databases::for_each(async |database| {
        let ana = Ana::new(database, "shipped = \"draft\"\n", true).await;
        let (ticket, _, topic) = ana.asks_both("Dark theme", DARK).await;
        ana.is_given(ticket, &topic, "v2.5.0").await;
        let draft = ana.desks.world.update_that_is("shipped", "draft").await;
        ana.presses("stop").await;
        ana.desks.world.approves(&draft).await;
        ana.desks.world.until("the other one tells her", async || ana.heard() == (1, 1)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_profiles_that_become_one_keep_what_each_asked_of_its_helpdesk() {
    databases::for_each(async |database| {
        let ana = Ana::new(database, "shipped = \"draft\"\n", false).await;
        let world = &ana.desks.world;
        ana.presses("stop").await;
        let (ticket, _, topic) = ana.asks_both("Dark theme", DARK).await;
        ana.is_given(ticket, &topic, "v2.5.0").await;
        world.update_that_is("shipped", "skipped").await;
        world.update_that_is("shipped", "draft").await;
        ana.desks.beta.address_is_verified(ana.there, true);
        world
            .until("they are one", async || world.counts("SELECT count(DISTINCT customer_id) FROM ticket").await == 1)
            .await;
        ana.desks.settles().await;
        assert_eq!(ana.record().await["opted_out_at"], json!(null));
        assert!(ana.reads().await.contains("value=\"resume\""));
        world.approves(&world.update_that_is("shipped", "draft").await).await;
        world.until("the other one tells her", async || ana.heard() == (1, 1)).await;
        ana.desks.beta.address_is_verified(ana.there, false);
        ana.desks.settles().await;
        assert!(ana.reads().await.contains("value=\"resume\""), "and however often they are compared");
    })
    .await;
}
