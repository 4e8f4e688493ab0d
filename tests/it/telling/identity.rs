//! Which records of people are one customer, and what becomes of somebody who is deleted (G4, one update per customer and
//! milestone; G6, nothing private leaves). The simulator's `people.rs` names the reports.

use std::sync::Arc;

use heard::{
    flow::understand,
    store::{Database, Session as _},
};
use serde_json::json;
use simulator::{Zendesk, ZendeskOptions};

use crate::{
    databases,
    story::{BODY, SUBJECT, page_in, stopped_clock},
    world::{Options, World},
};

/// An address that everybody knows.
pub(super) const ADDRESS: &str = "ana@lovelace.test";

/// Heard with a second helpdesk, `beta`, whose connection has more settings.
pub(super) struct TwoDesks {
    pub world: World,
    pub beta: Zendesk,
}

impl TwoDesks {
    pub async fn new(database: &str, shared: &str) -> Self {
        Self::told_by(database, shared, "").await
    }

    /// With more settings of what is told.
    pub async fn told_by(database: &str, shared: &str, tell: &str) -> Self {
        let clock = heard::base::clock::Clock::system();
        let theirs = clock.clone();
        let mut options = ZendeskOptions::new(Arc::new(move || theirs.now().as_micros()));
        options.export_lag_s = 0;
        options.account_id += 1;
        let beta = Zendesk::start(options).unwrap();
        let more = format!(
            "[[connections]]\nname = \"beta\"\nhelpdesk = \"zendesk\"\nurl = \"{}\"\nuser = \"{}\"\ntoken = \"{}\"\nwebhook_secret = \"{}\"\n{shared}\n",
            beta.url(),
            beta.options().user,
            beta.options().token,
            beta.options().webhook_secret
        );
        let first = format!("name = \"acme\"\n{shared}\n");
        let told = format!("[tell]\n{tell}");
        let changes = [("name = \"acme\"\n", first.as_str()), ("[tell]\n", told.as_str())];
        let options = Options { tell: &more, clock, changes: &changes, ..Options::default() };
        let world = World::with(database, options).await;
        beta.send_webhooks_to(&format!("{}/hooks/beta", world.url()));
        Self { world, beta }
    }

    /// Both sides have said everything, and it was read.
    pub async fn settles(&self) {
        self.beta.hooks().settled().await;
        self.world.settles().await;
        self.beta.hooks().settled().await;
        self.world.rests().await;
    }

    /// The usual complaint in `beta`.
    pub fn complains(&self, customer: u64) -> u64 {
        self.beta.ticket_from(customer).subject(SUBJECT).body(BODY).send()
    }

    /// How many people a topic has, once it has so many tickets.
    pub async fn people_of(&self, topic: &str, tickets: u64) -> u64 {
        let path = format!("/api/v1/topics/{topic}");
        self.world
            .until("its tickets are there", async || self.world.get(&path).await["ticket_count"] == json!(tickets))
            .await;
        self.settles().await;
        self.world.get(&path).await["customer_count"].as_u64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_two_helpdesks_is_one_customer() {
    databases::for_each(async |database| {
        let desks = TwoDesks::new(database, "").await;
        let (world, beta) = (&desks.world, &desks.beta);
        let agent = world.helpdesk.agent("Sam Okafor");
        let here = world.helpdesk.customer("Ana Sousa").email(ADDRESS).add();
        let there = beta.customer("A. Sousa").email("Ana@Lovelace.test").add();
        let first = world.helpdesk.ticket_from(here).subject(SUBJECT).body(BODY).send();
        let topic = world.grouped_into(first).await;
        desks.complains(there);
        assert_eq!(desks.people_of(&topic, 2).await, 1);
        world.helpdesk.agent_tags(agent, first, "escalate");
        let issue = world.issue_of(&topic).await;
        world.ships(issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        desks.settles().await;
        let told = (world.helpdesk.heard_by(here).len(), beta.heard_by(there).len());
        assert_eq!(told.0 + told.1, 1, "told once over both helpdesks: {told:?}");
        assert_eq!(world.updates().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_one_helpdesk_does_not_verify_makes_nobody_somebody_else() {
    for by_something_else in [false, true] {
        databases::for_each(async |database| {
            let desks = TwoDesks::new(database, "").await;
            let (world, beta) = (&desks.world, &desks.beta);
            let complaint = world.an_escalated_complaint().await;
            let ana = world.get("/api/v1/customers").await["customers"][0].clone();
            let typed = beta.customer("Mallory").email(ana["email"].as_str().unwrap());
            let typed = if by_something_else { typed.verified_by_something_else() } else { typed.unverified() };
            let mallory = typed.add();
            let theirs = desks.complains(mallory);
            assert_eq!(desks.people_of(&complaint.topic, 2).await, 2, "anybody can type an address");
            world.ships(complaint.issue, "v2.4.0");
            let first = world.told_in(complaint.ticket).await;
            assert!(first.starts_with("Hi Ana"), "{first}");
            world.until("both were told", async || beta.replies_by_heard(theirs).len() == 1).await;
            desks.settles().await;
            let told = beta.replies_by_heard(theirs)[0].plain_body.clone();
            assert!(!told.contains("Ana"), "{told}");
            assert_eq!(world.says_on(&page_in(&told), &[("act", "stop")]).await, 303);
            let path = format!("/api/v1/customers/{}", ana["id"].as_str().unwrap());
            let after = world.get(&path).await;
            assert_eq!(after["name"], ana["name"], "nobody renames her");
            assert_eq!(after["opted_out_at"], json!(null), "nor speaks for her");
            let page = world.anonymous().get(page_in(&first)).send().await.unwrap();
            assert_eq!(page.status().as_u16(), 200, "her own link opens her own page");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_verified_later_unites_them_and_what_either_was_told_holds() {
    databases::for_each(async |database| {
        let desks = TwoDesks::new(database, "").await;
        let (world, beta) = (&desks.world, &desks.beta);
        let complaint = world.an_escalated_complaint().await;
        let ana = world.get("/api/v1/customers").await["customers"][0]["email"].as_str().unwrap().to_owned();
        let there = beta.customer("Ana S.").email(&ana).unverified().add();
        world.ships(complaint.issue, "v2.4.0");
        let told = world.told_in(complaint.ticket).await;
        world.settles().await;
        let other = beta.ticket_from(there).subject("Dark mode").body("Please add a dark theme to the editor.").send();
        desks.settles().await;
        beta.address_is_verified(there, true);
        let customers = async || world.counts("SELECT count(DISTINCT customer_id) FROM ticket").await;
        world.until("they are one", async || customers().await == 1).await;
        // Their other ticket joins the topic they were told of.
        let found = world.get(&format!("/api/v1/tickets?connection=beta&external_id={other}")).await;
        let id = found["tickets"][0]["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": complaint.topic })).await;
        desks.settles().await;
        assert_eq!(beta.heard_by(there).len(), 0, "they know it from the other helpdesk");
        let page = world.anonymous().get(page_in(&told)).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("monthly report") && !page.contains("dark theme"), "a link opens its own ticket: {page}");
        beta.address_is_verified(there, false);
        desks.settles().await;
        assert_eq!(customers().await, 1, "nothing is split by itself");
        assert_eq!(world.says_on(&page_in(&told), &[("act", "stop")]).await, 303, "and the link still is theirs");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_the_company_makes_one_customer_where_the_settings_say_so() {
    for (shared, people) in [("customer_ids = \"crm\"", 1), ("", 2)] {
        databases::for_each(async |database| {
            let desks = TwoDesks::new(database, shared).await;
            let (world, beta) = (&desks.world, &desks.beta);
            let here = world.helpdesk.customer("Ana Sousa").external_id("C-77").add();
            let there = beta.customer("A. Sousa").email("a.sousa@other.test").unverified().external_id("C-77").add();
            let first = world.helpdesk.ticket_from(here).subject(SUBJECT).body(BODY).send();
            let topic = world.grouped_into(first).await;
            desks.complains(there);
            assert_eq!(desks.people_of(&topic, 2).await, people, "{shared:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_profiles_that_are_merged_without_a_change_of_any_ticket_are_one_customer_and_told_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let into = world.helpdesk.customer("Ana S.").email("ana.private@customer.test").add();
        let other = world.helpdesk.ticket_from(into).subject("Dark mode").body("Please add a dark theme.").send();
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.helpdesk.agent_merges_profiles_silently(complaint.customer, into);
        world.settles().await;
        assert_eq!(world.counts("SELECT count(DISTINCT customer_id) FROM ticket").await, 1);
        assert!(world.counts("SELECT count(*) FROM message").await >= 3, "what they wrote is theirs still");
        let id = world.id_of(other).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": complaint.topic })).await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(into).len(), 1, "they were told under the other profile");
        assert_eq!(world.updates().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deleted_user_wrote_is_forgotten_with_their_name() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { hold_minutes: 600, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let (bob, second) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(second, complaint.ticket).await;
        world.ships(complaint.issue, "v2.4.0");
        world.settles().await;
        world.helpdesk.agent_deletes_user(complaint.customer);
        world
            .until("she is forgotten", async || {
                world.counts("SELECT count(*) FROM customer WHERE name = ''").await == 1
            })
            .await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name LIKE '%Ana%' OR email LIKE 'ana%'").await, 0);
        assert_eq!(world.counts("SELECT count(DISTINCT ticket_id) FROM message").await, 1, "only Bob's words are kept");
        assert_eq!(world.weight(&complaint.topic).await, json!([1, 1]));
        let updates = world.updates().await;
        let states: Vec<&str> = updates.iter().filter_map(|update| update["state"].as_str()).collect();
        assert!(states.contains(&"held"), "Bob is told: {updates:?}");
        world.helpdesk.announces(complaint.ticket, "subject_changed", json!({}));
        world.settles().await;
        assert_eq!(
            world.counts("SELECT count(DISTINCT ticket_id) FROM message").await,
            1,
            "and nothing brings hers back"
        );
        let _ = bob;
    })
    .await;
}

/// Each brand of a Zendesk has an address of its own, and each gives every ticket of the account.
#[tokio::test(flavor = "multi_thread")]
async fn one_account_under_two_addresses_is_read_and_told_once() {
    databases::for_each(async |database| {
        let options = Options { clock: stopped_clock(), tell: "shipped = \"send\"\n", ..Options::default() };
        let mut world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.stops().await;
        world.settings_change("[grouping]", &the_other_brand(&world));
        world.starts_again().await;
        world.sweeps().await;
        let asked = world.fails("refresh", "both read one account").await;
        assert!(asked.sentence.contains("\"acme\""), "{asked:?}");
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.sweeps().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 1);
    })
    .await;
}

/// Two webhooks of it arrive together. SQLite has one writer, so this is played on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn one_account_under_two_addresses_that_bring_a_ticket_at_once_is_read_once() {
    databases::for_each(async |database| {
        let mut world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        if !matches!(world.app().database, Database::Postgres(_)) {
            return;
        }
        world.stops().await;
        world.settings_change("[grouping]", &the_other_brand(&world));
        world.starts_again().await;
        world.is_swept().await;
        world.settles().await;
        world.helpdesk.hooks().drop_all(true);
        let (_, ticket) = world.complains("Ana Sousa");
        let ticket = ticket.to_string();
        let mut holds = world.app().database.begin().await.unwrap();
        holds.query("UPDATE counter SET value = value WHERE name = 'requester'").execute().await.unwrap();
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let both_wait = async {
            world.until("both wait for each other", async || world.counts(waiting).await >= 2).await;
            drop(holds);
        };
        let app = world.app();
        let (one, other, ()) = tokio::join!(
            Box::pin(understand::refresh(app, "acme", &ticket)),
            Box::pin(understand::refresh(app, "mobile", &ticket)),
            both_wait
        );
        assert_ne!(one.is_ok(), other.is_ok(), "one of them is told that the other has it");
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 1);
    })
    .await;
}

/// The settings of a second connection to the same account.
fn the_other_brand(world: &World) -> String {
    format!(
        "[[connections]]\nname = \"mobile\"\nhelpdesk = \"zendesk\"\nurl = \"{}\"\nuser = \"{}\"\ntoken = \"{}\"\n\
         webhook_secret = \"the-secret-of-the-other-brand\"\nsweep_minutes = 5\n[grouping]",
        world.helpdesk.url().replace("127.0.0.1", "localhost"),
        world.helpdesk.options().user,
        world.helpdesk.options().token
    )
}
