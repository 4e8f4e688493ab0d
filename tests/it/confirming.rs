//! What customers answer, and what follows: on their page, by a reply, and by nothing else (G6, G8).

use std::time::Duration;

use heard::{model::id::DeliveryId, store::Session as _};
use serde_json::{Value, json};
use simulator::CloseReason;

use crate::{
    databases,
    story::{Complaint, page_in, stopped_clock},
    world::{Options, World},
};

/// A fix that shipped, and the page of the customer who was told.
async fn a_told_customer(database: &str) -> (World, Complaint, String, String) {
    a_told_customer_of(World::new(database).await).await
}

async fn a_told_customer_of(world: World) -> (World, Complaint, String, String) {
    let complaint = world.an_escalated_complaint().await;
    world.ships(complaint.issue, "v2.4.0");
    let page = page_in(&world.told_in(complaint.ticket).await);
    let update = world.update_that_is("shipped", "sent").await;
    world.settles().await;
    let update = update["id"].as_str().unwrap().to_owned();
    (world, complaint, page, update)
}

impl World {
    async fn looks_at(&self, page: &str) -> (u16, String) {
        let answer = self.anonymous().get(page).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn told(&self, topic: &str) -> Value {
        self.get(&format!("/api/v1/topics/{topic}")).await["updates"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_the_page_changes_nothing_however_often_and_by_whichever_link() {
    databases::for_each(async |database| {
        let (world, complaint, page, _) = a_told_customer(database).await;
        let written = world.helpdesk.thread(complaint.ticket).len();
        for _ in 0..5 {
            for link in ["", "?answer=works", "?answer=still_broken", "?answer=stop", "?said=works", "?act=works"] {
                let (status, text) = world.looks_at(&format!("{page}{link}")).await;
                assert_eq!(status, 200, "{link}: {text}");
                assert!(text.contains("missing its last row"), "their own words stand there");
            }
            assert!(world.anonymous().head(&page).send().await.unwrap().status().as_u16() < 500);
        }
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE opted_out_at IS NOT NULL").await, 0);
        assert_eq!(world.helpdesk.thread(complaint.ticket).len(), written, "and nobody hears of it");
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_says_that_it_works_and_how_they_feel_about_it() {
    databases::for_each(async |database| {
        let (world, complaint, page, update) = a_told_customer(database).await;
        for _ in 0..2 {
            assert_eq!(world.says_on(&page, &[("act", "works"), ("update", &update)]).await, 303);
        }
        let kind_word = [("act", "word"), ("update", &update), ("feeling", "5"), ("words", "Thanks, made my week")];
        assert_eq!(world.says_on(&page, &kind_word).await, 303);
        world.settles().await;
        let told = world.told(&complaint.topic).await;
        assert_eq!((&told["confirmed"], &told["still_broken"]), (&json!(1), &json!(0)), "{told}");
        let confirmed = "SELECT count(*) FROM confirmation WHERE feeling = 5 AND words = 'Thanks, made my week'";
        assert_eq!(world.counts(confirmed).await, 1, "kept with the verdict");
        assert_eq!(world.topic_of(complaint.ticket).await["state"], "shipped");
        let said = world.looks_at(&page).await.1;
        assert!(!said.contains("value=\"works\""), "they are not asked again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn still_broken_opens_the_topic_again_and_tells_support_and_engineers() {
    databases::for_each(async |database| {
        let timeless = Options { clock: stopped_clock(), ..Options::default() };
        let (world, complaint, page, update) = a_told_customer_of(World::with(database, timeless).await).await;
        world.clock.advance(Duration::from_mins(5));
        world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
        let said =
            [("act", "still_broken"), ("update", &*update), ("words", "Row 400 is lost, says Ana from Lovelace")];
        assert_eq!(world.says_on(&page, &said).await, 303);
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        world.settles().await;
        assert_ne!(world.topic_of(complaint.ticket).await["state"], "shipped");
        let notes = world.helpdesk.notes_by_heard(complaint.ticket);
        assert!(notes.iter().any(|note| note.plain_body.contains("Row 400 is lost")), "support reads it: {notes:#?}");
        assert_eq!(world.helpdesk.ticket(complaint.ticket).unwrap().status, "open");
        let issue = world.product().issue(complaint.issue).unwrap();
        let comments: Vec<_> = issue.comments.iter().map(|(_, text)| text.as_str()).collect();
        assert!(comments.iter().any(|text| text.contains("still broken")), "engineers read it: {comments:?}");
        assert_eq!(issue.state, "open", "and it is theirs again");
        let everything = world.said_to_github();
        let section = &issue.body;
        assert!(section.contains("still broken, in customers' words") && section.contains("is lost"), "{section}");
        for private in ["Ana", "Sousa", "Lovelace"] {
            assert!(!everything.contains(private), "{private} never reaches an issue");
        }
        // A second fix ships in the new cycle, and is told once more.
        world.clock.advance(Duration::from_mins(5));
        world.ships(complaint.issue, "v2.4.1");
        world
            .until("they are told of the second fix", async || world.helpdesk.heard_by(complaint.customer).len() == 2)
            .await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_said_that_it_works_is_not_told_of_the_fix_for_those_for_whom_it_did_not() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let (bob, other) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(other).await["id"], complaint.topic.as_str());
        world.settles().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.told_in(other).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(5));
        world.helpdesk.customer_replies(other, "It works now, thank you!");
        world.settles().await;
        world.helpdesk.customer_replies(complaint.ticket, "It is still broken.");
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(5));
        let preview = world.get(&format!("/api/v1/topics/{}/recipients?version=v2.4.1", complaint.topic)).await;
        let left_out = preview["recipients"].as_array().unwrap().iter().filter(|one| one["left_out"].is_string());
        assert_eq!(left_out.count(), 1, "which the preview says: {preview}");
        world.ships(complaint.issue, "v2.4.1");
        world.until("Ana is told again", async || world.helpdesk.heard_by(complaint.customer).len() == 2).await;
        let skipped = world.update_that_is("shipped", "skipped").await;
        assert!(skipped["reason"].as_str().unwrap().contains("it works for them"), "{skipped}");
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(bob).len(), 1, "Bob has what he asked for");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_engineers_close_after_it_was_still_broken_stays_closed() {
    databases::for_each(async |database| {
        let timeless = Options { clock: stopped_clock(), ..Options::default() };
        let (world, complaint, page, update) = a_told_customer_of(World::with(database, timeless).await).await;
        world.clock.advance(Duration::from_mins(5));
        let said = [("act", "still_broken"), ("update", &*update), ("words", "The last row is missing")];
        assert_eq!(world.says_on(&page, &said).await, 303);
        let state = |world: &World| world.product().issue(complaint.issue).unwrap().state;
        world.until("the issue is open again", async || state(&world) == "open").await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(5));
        world.product().close_as(complaint.issue, CloseReason::Completed);
        world.settles().await;
        let (_, another) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(another).await["id"], complaint.topic.as_str());
        world.settles().await;
        assert_eq!(state(&world), "closed", "what they decide counts, whatever else is new in the topic");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_reply_is_an_answer_too() {
    databases::for_each(async |database| {
        let (world, complaint, ..) = a_told_customer(database).await;
        world.helpdesk.customer_replies(complaint.ticket, "Thanks, I will try it on Monday.");
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0, "that says neither yes nor no");
        world.helpdesk.customer_replies(complaint.ticket, "It works now, thank you!");
        world.until("it is confirmed", async || world.told(&complaint.topic).await["confirmed"] == 1).await;
        world.helpdesk.customer_replies(complaint.ticket, "Sorry, it is still broken for the big report.");
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1, "and nothing is answered by itself");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_notes_what_a_customer_said_some_other_way() {
    databases::for_each(async |database| {
        let (world, complaint, _, update) = a_told_customer(database).await;
        let confirm = format!("/api/v1/updates/{update}/confirm");
        let on_the_phone = json!({"verdict": "works", "words": "All rows are there, she says"});
        world.does(&confirm, &on_the_phone).await;
        assert_eq!(world.told(&complaint.topic).await["confirmed"], 1);
        let noted = "SELECT count(*) FROM confirmation WHERE via = 'agent' AND words = 'All rows are there, she says'";
        assert_eq!(world.counts(noted).await, 1);
        world.does(&confirm, &json!({"verdict": "still_broken"})).await;
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        let told = world.told(&complaint.topic).await;
        assert_eq!(told["confirmed"], 0, "the latest verdict counts: {told}");
        let (status, problem) = world.post(&confirm, &json!({"verdict": "perhaps"})).await;
        assert_eq!(status, 400, "{problem}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_have_answered_what_was_not_sent() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        let draft = world.update_that_is("declined", "draft").await;
        let confirm = format!("/api/v1/updates/{}/confirm", draft["id"].as_str().unwrap());
        let (status, problem) = world.post(&confirm, &json!({"verdict": "works"})).await;
        assert_eq!(status, 409, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("only have answered what was sent"), "{problem}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_in_a_follow_up_answers_the_update_that_was_sent_there() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.helpdesk.agent_sets_status(complaint.agent, complaint.ticket, "solved");
        world.helpdesk.close(complaint.ticket);
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let follow_up = *world.helpdesk.tickets().last().unwrap();
        assert_ne!(follow_up, complaint.ticket);
        world.helpdesk.customer_replies(follow_up, "It is still broken.");
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        world.until("the topic is open again", async || world.get(&topic).await["cycle"] == 1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_not_ours_opens_nothing() {
    databases::for_each(async |database| {
        let (world, _, page, update) = a_told_customer(database).await;
        let wrong = format!("{}/c/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", world.url());
        assert_eq!(world.looks_at(&wrong).await.0, 404);
        assert_eq!(world.says_on(&wrong, &[("act", "works"), ("update", &update)]).await, 404);
        assert_eq!(world.says_on(&wrong, &[("act", "stop")]).await, 404);
        let others = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(world.says_on(&page, &[("act", "works"), ("update", others)]).await, 404, "nor another's update");
        assert_eq!(world.says_on(&page, &[("act", "delete"), ("update", &update)]).await, 404);
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_page_is_kept_nowhere() {
    databases::for_each(async |database| {
        let (world, complaint, page, _) = a_told_customer(database).await;
        world.helpdesk.customer_replies(complaint.ticket, &format!("You sent me {page}?answer=works, what is it?"));
        world.settles().await;
        let key = page.rsplit('/').next().unwrap();
        assert!(key.len() > 40, "{key}");
        let mut conn = world.app().database.read().await.unwrap();
        for (table, text) in [
            ("update", r#"SELECT text FROM "update" UNION ALL SELECT html FROM "update""#),
            ("message", "SELECT body FROM message"),
            ("outbox_message", "SELECT CAST(detail AS TEXT) FROM outbox_message"),
            ("decision", "SELECT CAST(detail AS TEXT) FROM decision"),
            ("confirmation", "SELECT words FROM confirmation WHERE words IS NOT NULL"),
        ] {
            for (row,) in conn.query(text).all::<(String,)>().await.unwrap() {
                assert!(!row.contains(key), "{table} holds it: {row}");
            }
        }
        let deliveries = "SELECT id, body FROM delivery WHERE state IN ('understood', 'ignored')";
        let mut quoting = Vec::new();
        for (id, body) in conn.query(deliveries).all::<(DeliveryId, Vec<u8>)>().await.unwrap() {
            let body = String::from_utf8(body).unwrap();
            assert!(!body.contains(key), "a delivery that was read holds it: {body}");
            quoting.extend(body.contains("PAGE-TOKEN").then_some(id));
        }
        drop(conn);
        assert!(!quoting.is_empty(), "the helpdesk's webhooks did quote it");
        assert!(world.counts("SELECT count(*) FROM page_token WHERE length(hash) = 32").await >= 1, "only its hash");
        let written = world.counts("SELECT count(*) FROM message").await;
        for id in &quoting {
            world.does(&format!("/api/v1/deliveries/{id}/replay"), &json!({})).await;
        }
        world.settles().await;
        assert_eq!(
            world.counts("SELECT count(*) FROM delivery WHERE state = 'unreadable'").await,
            0,
            "each reads again"
        );
        assert_eq!(world.counts("SELECT count(*) FROM message").await, written, "and changes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_answers_is_kept_without_the_mail_they_answer() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let message = world.told_in(complaint.ticket).await;
        let page = page_in(&message);
        world.settles().await;
        let answer = format!(
            "Sorry, it is still broken. Row 400 is missing.\n\nAna\n\nOn Sun, 22 Nov 2026 at 17:33, Help wrote:\n> Is it right for you now?\n> Yes: {page}"
        );
        world.helpdesk.customer_replies(complaint.ticket, &answer);
        let noted = |text: &str| {
            world.helpdesk.notes_by_heard(complaint.ticket).iter().any(|note| note.plain_body.contains(text))
        };
        world.until("support reads it", async || noted("Row 400 is missing")).await;
        assert!(!noted("Is it right for you now"), "their own words, and not ours");
        let quoting = "SELECT count(*) FROM confirmation WHERE words LIKE '%right for you%'";
        assert_eq!(world.counts(quoting).await, 0);
    })
    .await;
}

/// What they say of a way around is no word on the fix.
#[tokio::test(flavor = "multi_thread")]
async fn still_broken_after_the_fix_opens_the_topic_also_for_whoever_said_so_of_a_way_around() {
    databases::for_each(async |database| {
        let options = Options { tell: "workaround = \"send\"\n", clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().comments_on(complaint.issue, "/heard workaround Export to XLSX instead; it has every row.");
        world.update_that_is("workaround", "sent").await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(2));
        world.helpdesk.customer_replies(complaint.ticket, "No, it is still broken: XLSX has no last row either.");
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["cycle"], 0, "nothing had shipped");
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(2));
        world.helpdesk.customer_replies(complaint.ticket, "No, it is still broken: the last row is missing still.");
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["cycle"], 1);
    })
    .await;
}
