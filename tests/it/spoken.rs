//! Who spoke, to whom, and whether it still stands (G6, nothing private leaves; G4, one update per customer and milestone).
//! Each story is a report of somebody whose integration got it wrong; the simulator's `trouble.rs` names them.

use std::time::Duration;

use heard::store::Session as _;
use serde_json::{Value, json};

use crate::{
    databases,
    story::{BODY, SUBJECT, page_in, stopped_clock},
    world::{ADMIN, Options, World},
};

/// A word that no other text holds.
const CANARY: &str = "Zephyrine";

impl World {
    /// How often the canary stands in what is kept.
    async fn canaries(&self) -> Vec<(&'static str, i64)> {
        let mut found = Vec::new();
        for (place, sql) in [
            ("message", "SELECT count(*) FROM message WHERE body LIKE '%Zephyrine%'"),
            ("update", r#"SELECT count(*) FROM "update" WHERE text LIKE '%Zephyrine%' OR html LIKE '%Zephyrine%'"#),
            ("decision", "SELECT count(*) FROM decision WHERE lower(CAST(detail AS TEXT)) LIKE '%zephyrin%'"),
            ("confirmation", "SELECT count(*) FROM confirmation WHERE words LIKE '%Zephyrine%'"),
            ("topic", "SELECT count(*) FROM topic WHERE title LIKE '%Zephyrine%' OR summary LIKE '%Zephyrine%'"),
        ] {
            found.push((place, self.counts(sql).await));
        }
        let mut conn = self.app().database.read().await.unwrap();
        let bodies = conn.query("SELECT body FROM delivery").all::<(Vec<u8>,)>().await.unwrap();
        let holds = |body: &[u8]| String::from_utf8_lossy(body).contains(CANARY);
        found.push(("delivery", i64::try_from(bodies.iter().filter(|(body,)| holds(body)).count()).unwrap()));
        found.retain(|(_, count)| *count > 0);
        found
    }

    /// The id of a ticket's topic, once it has one.
    pub async fn grouped_into(&self, ticket: u64) -> String {
        self.topic_of(ticket).await["id"].as_str().unwrap().to_owned()
    }

    /// What somebody said counts for nobody.
    async fn nobody_has_answered(&self, topic: &str, said: &str) {
        assert_eq!(self.counts("SELECT count(*) FROM confirmation").await, 0, "the customer has said nothing: {said}");
        assert_eq!(self.counts(r#"SELECT count(*) FROM "update" WHERE unclear IS NOT NULL"#).await, 0);
        let shown = self.get(&format!("/api/v1/topics/{topic}")).await;
        assert_eq!((&shown["state"], &shown["cycle"]), (&json!("shipped"), &json!(0)), "{shown}");
    }

    /// The customers and tickets of a topic.
    pub async fn weight(&self, topic: &str) -> Value {
        let shown = self.get(&format!("/api/v1/topics/{topic}")).await;
        json!([shown["customer_count"], shown["ticket_count"]])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_redacted_in_the_helpdesk_are_gone_from_everything_that_was_made_of_them() {
    databases::for_each(async |database| {
        let options = Options { hold_minutes: 600, clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let customer = world.helpdesk.customer("Ana Sousa").add();
        let body = format!("{BODY} The report of project {CANARY} is missing its last row, too.");
        let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(&body).send();
        let topic = world.grouped_into(ticket).await;
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(issue, "v2.4.0");
        let held = world.update_that_is("shipped", "held").await;
        assert!(world.canaries().await.iter().any(|(place, _)| *place == "message"), "it was there");
        world.helpdesk.agent_redacts(agent, ticket, CANARY);
        world.until("its words are replaced", async || world.canaries().await.is_empty()).await;
        world.settles().await;
        assert_eq!(world.canaries().await, []);
        assert!(!world.body_of(issue).contains(CANARY), "{}", world.body_of(issue));
        let waiting = world.get(&format!("/api/v1/updates/{}", held["id"].as_str().unwrap())).await;
        assert_eq!(waiting["state"], "held");
        assert!(waiting["text"].as_str().unwrap().contains("last row"), "it quotes what still stands: {waiting}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_private_is_quoted_to_nobody_and_its_customer_is_not_written_to() {
    databases::for_each(async |database| {
        let options = Options { hold_minutes: 600, clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        let held = world.update_that_is("shipped", "held").await["id"].as_str().unwrap().to_owned();
        world.helpdesk.agent_makes_private(complaint.agent, complaint.ticket, complaint.customer);
        world.update_that_is("shipped", "cancelled").await;
        world.settles().await;
        let cancelled = world.get(&format!("/api/v1/updates/{held}")).await;
        assert!(cancelled["reason"].as_str().unwrap().contains("not public any more"), "{cancelled}");
        assert_eq!(cancelled["text"], "");
        assert!(!world.body_of(complaint.issue).contains("monthly report"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_its_customer_does_not_know_of_counts_nowhere_and_tells_them_nothing() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let about = world.helpdesk.customer("Cleo Vance").add();
        let subject = format!("Churn risk! Difficult customer: {SUBJECT}");
        let internal = world.helpdesk.agent_opens_internally(
            complaint.agent,
            about,
            &subject,
            "Handle with care. She is leaving.",
        );
        let apart = world.grouped_into(internal).await;
        assert_ne!(apart, complaint.topic, "nobody but the agent has said it");
        let id = world.id_of(internal).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": complaint.topic })).await;
        world.settles().await;
        assert_eq!(world.weight(&complaint.topic).await, json!([1, 1]));
        world.ships(complaint.issue, "v2.4.0");
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.settles().await;
        assert!(world.helpdesk.heard_by(about).is_empty());
        assert!(world.helpdesk.notes_by_heard(internal).is_empty());
        assert!(!world.told_in(complaint.ticket).await.contains("Churn"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_opened_a_ticket_with_is_not_the_customers_word_because_it_is_not_listed_yet() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.lists_lag(600);
        let about = world.helpdesk.customer("Cleo Vance").add();
        let internal = world.helpdesk.agent_opens_internally(complaint.agent, about, SUBJECT, BODY);
        let apart = world.grouped_into(internal).await;
        assert_ne!(apart, complaint.topic, "nobody but the agent has said it");
        let theirs = world.helpdesk.ticket_from(about).subject(SUBJECT).body(BODY).send();
        assert_eq!(world.grouped_into(theirs).await, complaint.topic, "what they opened themselves is theirs");
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE author = 'customer' AND public").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_only_agents_speak_of_is_on_no_board_until_one_escalates_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let about = world.helpdesk.customer("Cleo Vance").add();
        let internal =
            world.helpdesk.agent_opens_internally(agent, about, "Export loses rows", "Seen on their screen.");
        let topic = world.grouped_into(internal).await;
        world.settles().await;
        let listed = async || world.get("/api/v1/topics").await["topics"].as_array().unwrap().len();
        assert_eq!(listed().await, 0);
        world.helpdesk.agent_tags(agent, internal, "escalate");
        world.issue_of(&topic).await;
        world.settles().await;
        assert_eq!(listed().await, 1);
        assert_eq!(world.weight(&topic).await, json!([0, 0]));
        assert!(!world.helpdesk.notes_by_heard(internal).is_empty(), "the agent who asked is answered");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_asks_as_a_customer_speaks_for_themselves() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (sam, kim) = (world.helpdesk.agent("Sam Okafor"), world.helpdesk.agent("Kim Berg"));
        let first =
            world.helpdesk.ticket_from(sam).subject("A question").body("How do I change the invoice address?").send();
        let second =
            world.helpdesk.ticket_from(kim).subject("A question").body("The PDF export crashes on page 2.").send();
        let (one, other) = (world.grouped_into(first).await, world.grouped_into(second).await);
        world.settles().await;
        assert_ne!(one, other, "the words differ, whatever the subject");
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE author = 'customer' AND public").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_called_as_its_ticket_is_called_now_unless_a_person_named_it() {
    for named in [false, true] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let agent = world.helpdesk.agent("Sam Okafor");
            let zoe = world.helpdesk.customer("Zoe Adler").add();
            let before = "Zoe Adler of Initech cannot export";
            let ticket = world.helpdesk.ticket_from(zoe).subject(before).body("The export has no last row.").send();
            let topic = world.topic_of(ticket).await;
            assert_eq!(topic["title"], before);
            if named {
                let path = format!("{}/api/v1/topics/{}", world.url(), topic["id"].as_str().unwrap());
                let request = world.anonymous().patch(path).bearer_auth(ADMIN);
                let request = request.header("content-type", "application/json");
                let answer = request.body(json!({ "title": before }).to_string()).send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 200);
            }
            world.helpdesk.agent_renames(agent, ticket, "The export has no last row");
            world
                .until("the ticket is called otherwise", async || {
                    let id = world.id_of(ticket).await;
                    world.get(&format!("/api/v1/tickets/{id}")).await["subject"] == "The export has no last row"
                })
                .await;
            world.settles().await;
            let title = world.topic_of(ticket).await["title"].clone();
            assert_eq!(title, if named { before } else { "The export has no last row" });
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_copy_answers_nothing_for_the_customer() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        let colleague = world.helpdesk.customer("Bob Stone").add();
        world.helpdesk.writes_in_copy(colleague, complaint.ticket, "It works for me.");
        world.settles().await;
        let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
        assert_eq!(topic["updates"]["confirmed"], json!(0), "{topic}");
        world.helpdesk.customer_replies(complaint.ticket, "It works now, thank you!");
        let confirmed =
            async || world.get(&format!("/api/v1/topics/{}", complaint.topic)).await["updates"]["confirmed"] == 1;
        world.until("their own answer counts", confirmed).await;
    })
    .await;
}

/// An agent makes somebody else the requester after its customer was told (glpi-project/glpi#3514), or the helpdesk does, where somebody
/// in copy answers (freescout-help-desk/freescout#3551).
#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_a_ticket_answers_nothing_for_who_was_told_in_it() {
    for answer in [Some("It works now, thank you!"), Some("No, it is still broken. The last row is missing."), None] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            world.ships(complaint.issue, "v2.4.0");
            world.told_in(complaint.ticket).await;
            world.settles().await;
            let bob = world.helpdesk.customer("Bob Stone").add();
            world.helpdesk.agent_gives_to(complaint.agent, complaint.ticket, bob);
            world.settles().await;
            match answer {
                Some(words) => {
                    world.helpdesk.customer_replies(complaint.ticket, words);
                }
                None => world.helpdesk.customer_rates(complaint.ticket, "good", None),
            }
            world.settles().await;
            world.nobody_has_answered(&complaint.topic, answer.unwrap_or("a rating")).await;
        })
        .await;
    }
}

/// Whoever has the mail answers it, and the ticket that this opens goes on with the customer's (zammad/zammad#5064).
#[tokio::test(flavor = "multi_thread")]
async fn who_follows_up_on_somebody_elses_closed_ticket_answers_nothing_for_them() {
    for answer in ["It works now, thank you!", "No, it is still broken. The last row is missing."] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            world.ships(complaint.issue, "v2.4.0");
            world.told_in(complaint.ticket).await;
            world.settles().await;
            world.helpdesk.close(complaint.ticket);
            world.settles().await;
            let bob = world.helpdesk.customer("Bob Stone").add();
            let follow_up = world.helpdesk.follows_up_as(bob, complaint.ticket, answer);
            assert_ne!(follow_up, complaint.ticket);
            world.settles().await;
            world.nobody_has_answered(&complaint.topic, answer).await;
            let is_asked = answer.contains("broken");
            let notes = world.helpdesk.notes_by_heard(follow_up);
            let asks = notes.iter().any(|note| note.plain_body.contains("somebody else in this ticket says"));
            assert_eq!(asks, is_asked, "{notes:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_answers_in_the_follow_up_of_a_closed_ticket_is_heard() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.helpdesk.close(complaint.ticket);
        let follow_up =
            world.helpdesk.customer_replies(complaint.ticket, "It is still broken, the last row is missing.");
        assert_ne!(follow_up, complaint.ticket);
        world.until("it is heard", async || world.topic_of(complaint.ticket).await["cycle"] == json!(1)).await;
        world.settles().await;
        assert_eq!(world.grouped_into(follow_up).await, complaint.topic, "it belongs where the closed one is");
        let notes = world.helpdesk.notes_by_heard(follow_up);
        assert!(
            notes.iter().any(|note| note.plain_body.contains("still broken")),
            "the agent reads it there: {notes:?}"
        );
        assert_eq!(world.weight(&complaint.topic).await, json!([1, 2]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_under_another_profile_is_not_told_again_by_itself() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let merged = world.helpdesk.customer("Ana S.").email("ana.private@customer.test").add();
        world.helpdesk.agent_merges_profiles(complaint.agent, complaint.customer, merged);
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
        let again = world.helpdesk.ticket_from(merged).subject(SUBJECT).body(BODY).send();
        let id = world.id_of(again).await;
        world.topic_of(again).await;
        world.post(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": complaint.topic })).await;
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(merged).len(), 1, "the one message that stands in the ticket they have now");
        let asked = world.update_that_is("shipped", "draft").await;
        assert!(asked["reason"].as_str().unwrap().contains("whether they know it already"), "{asked}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_field_is_required_to_solve_a_ticket_the_follow_up_stays_open() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.requires_when_solving("Root cause");
        world.helpdesk.close(complaint.ticket);
        world.settles().await;
        world.ships(complaint.issue, "v2.4.0");
        let told = async || world.helpdesk.heard_by(complaint.customer).len() == 1;
        world.until("they are told in a follow-up", told).await;
        world.settles().await;
        assert_eq!(world.failures().await, [], "and nothing waits for a person");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_given_to_somebody_else_a_moment_ago_is_not_told_what_was_meant_for_the_first() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let other = world.helpdesk.customer("Bob Stone").add();
        world.helpdesk.hooks().drop_all(true);
        // Zendesk's stamps have whole seconds.
        world.clock.advance(Duration::from_mins(1));
        world.helpdesk.agent_gives_to(complaint.agent, complaint.ticket, other);
        world.ships(complaint.issue, "v2.4.0");
        world
            .until("it is settled", async || {
                let all = world.updates().await;
                all.iter()
                    .any(|one| one["milestone"] == "shipped" && one["state"] != "held" && one["state"] != "sending")
            })
            .await;
        world.settles().await;
        for said in world.helpdesk.replies_by_heard(complaint.ticket) {
            assert!(!said.plain_body.contains("Hi Ana"), "{}", said.plain_body);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_in_the_helpdesk_is_quoted_in_no_issue_and_counts_no_more() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, second) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(second, complaint.ticket).await;
        world.settles().await;
        assert!(world.body_of(complaint.issue).contains("monthly report"));
        for ticket in [complaint.ticket, second] {
            world.helpdesk.delete(complaint.agent, ticket);
        }
        world.until("it is quoted no more", async || !world.body_of(complaint.issue).contains("monthly report")).await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM message").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM ticket WHERE subject <> ''").await, 0);
        let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
        assert_eq!(topic["customer_count"], json!(0), "{topic}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_only_the_topic_that_it_was_sent_about() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let private = "Please let my manager not read along. I look for another position.";
        let other = world.helpdesk.ticket_from(complaint.customer).subject("Who reads my mail?").body(private).send();
        let another = world.grouped_into(other).await;
        assert_ne!(another, complaint.topic);
        world.does(&format!("/api/v1/topics/{another}/escalate"), &json!({})).await;
        for (issue, version) in [(complaint.issue, "v2.4.0"), (world.issue_of(&another).await, "v2.5.0")] {
            world.ships(issue, version);
            world.settles().await;
        }
        let page = page_in(&world.told_in(complaint.ticket).await);
        let seen = world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
        assert!(seen.contains("monthly report"), "{seen}");
        assert!(!seen.contains("manager"), "whoever is in copy reads the link, too: {seen}");
        let updates = world.updates().await;
        let told =
            updates.iter().find(|one| one["milestone"] == "shipped" && one["topic"] == another.as_str()).unwrap();
        let id = told["id"].as_str().unwrap();
        assert_eq!(
            world.says_on(&page, &[("act", "works"), ("update", id)]).await,
            404,
            "nor does it answer the other"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_rating_does_not_replace_what_the_customer_said_of_the_fix() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.helpdesk.customer_replies(complaint.ticket, "It is still broken, the last row is missing.");
        world.settles().await;
        world.helpdesk.customer_rates(complaint.ticket, "good", None);
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM confirmation WHERE verdict = 'still_broken'").await, 1);
        assert_eq!(world.counts("SELECT count(*) FROM confirmation WHERE verdict = 'works'").await, 0);
    })
    .await;
}
