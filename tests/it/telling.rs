//! What customers are told, when, and when not (G4, G5).
//!
//! Here: what each policy does with each milestone. `telling/shipping.rs`: what counts as out. `telling/proof/`: what
//! is no proof of it. `telling/holding.rs`: the
//! time between planning and sending. `telling/held_longer.rs`: when a person says that it goes out. `telling/same_text.rs`:
//! one text for all. `telling/merging.rs`: topics that become one. `telling/people.rs`: who is told
//! where. `telling/identity.rs`: which records are one person. `telling/opting_out.rs`: who
//! wants to be told nothing more. `telling/overtaken.rs`: what comes up before a planned message is there.
//! `telling/reasons.rs`: what a draft waits for. `telling/cycles.rs`: topics of different cycles that become one.
//! `telling/pausing.rs`: what waits for the brake. `telling/reach.rs`: whom nothing reaches.
//! `telling/spoken_of.rs`: what a message may not say. `telling/silence.rs`: who heard nothing.
//! `telling/timing.rs`: at which hour, and how many at once. `telling/first_told.rs`: what the others wait for after the
//! first. `telling/many.rs`: many customers of one fix, and agents' notes meanwhile. `telling/kinds.rs`: for which kind a message is
//! written.

mod again;
mod approved;
mod cycles;
mod first_told;
mod held_longer;
mod holding;
mod identity;
mod kinds;
mod many;
mod merging;
mod opting_out;
mod overtaken;
mod pausing;
mod people;
mod proof;
mod reach;
mod reasons;
mod same_text;
mod shipping;
mod silence;
mod spoken_of;
mod timing;
mod truths;

use serde_json::json;
use simulator::CloseReason;

use crate::{
    databases,
    world::{Options, World},
};

const EVERYTHING: &str = r#"
escalated = "send"
planned = "send"
in_progress = "send"
fix_merged = "send"
workaround = "send"
"#;

/// A world where only the policies differ.
async fn telling(database: &str, tell: &str) -> World {
    World::with(database, Options { tell, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_milestone_that_is_to_be_sent_reaches_the_customer_with_its_own_text() {
    databases::for_each(async |database| {
        let world = telling(database, EVERYTHING).await;
        let told = async |count: usize, words: &str| {
            world.settles().await;
            let all = world.helpdesk.replies_by_heard(world.helpdesk.tickets()[0]);
            assert_eq!(all.len(), count, "{words:?} is message {count}: {all:#?}");
            let last = &all[count - 1].plain_body;
            assert!(last.starts_with("Hi Ana,") && last.contains(words), "{last}");
        };
        let complaint = world.an_escalated_complaint().await;
        told(1, "This is now with our engineers").await;
        let product = world.product();
        product.plans(complaint.issue, product.milestone("Next"));
        world.becomes(&complaint.topic, "planned").await;
        told(2, "We mean to put this right.").await;
        product.assigns(complaint.issue, "octocat");
        world.becomes(&complaint.topic, "in_progress").await;
        told(3, "Somebody is working on this now.").await;
        product.comments_on(complaint.issue, "/heard workaround Export to XLSX instead; it has every row.");
        world.update_that_is("workaround", "sent").await;
        told(4, "Export to XLSX instead; it has every row.").await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.becomes(&complaint.topic, "fix_merged").await;
        told(5, "but you do not have it yet").await;
        product.release("v2.4.0").at(&fix).publish();
        world.becomes(&complaint.topic, "shipped").await;
        told(6, "It is in version 2.4.0").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milestone_is_silent_or_noted_or_a_draft_as_its_policy_says() {
    databases::for_each(async |database| {
        let policies = "escalated = \"silent\"\nin_progress = \"note\"\nfix_merged = \"draft\"\nshipped = \"draft\"\n";
        let world = telling(database, policies).await;
        let complaint = world.an_escalated_complaint().await;
        let notes = || world.helpdesk.notes_by_heard(complaint.ticket).len();
        let before = notes();
        assert!(world.updates().await.is_empty(), "silent leaves no update");
        world.product().assigns(complaint.issue, "octocat");
        world.becomes(&complaint.topic, "in_progress").await;
        world.until("a note says so", async || notes() == before + 1).await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.update_that_is("fix_merged", "draft").await;
        world.product().release("v2.4.0").at(&fix).publish();
        let draft = world.update_that_is("shipped", "draft").await;
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "nobody approved anything yet");
        world.approves(&draft).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        world.settles().await;
        assert_eq!(world.updates().await.len(), 2, "one for each milestone that has a text");
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_waits_for_a_person_and_for_their_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, CloseReason::NotPlanned);
        world.becomes(&complaint.topic, "declined").await;
        let draft = world.update_that_is("declined", "draft").await;
        world.settles().await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "a decline never goes by itself");
        let text = draft["text"].as_str().unwrap();
        assert!(!text.contains("fixed") && !text.contains("is in version"), "a decline never reads as a fix: {text}");
        let path = format!("/api/v1/updates/{}", draft["id"].as_str().unwrap());
        if text.contains("[...]") {
            let (status, why) = world.post(&format!("{path}/approve"), &json!({})).await;
            assert_eq!(status, 409, "a text with a gap is not sent: {why}");
        }
        let words = "Hi Ana,\n\nWe will not change the export, since its last row is empty by design.";
        world.does(&format!("{path}/edit"), &json!({ "text": words })).await;
        world.does(&format!("{path}/approve"), &json!({})).await;
        let told = world.told_in(complaint.ticket).await;
        assert_eq!(told.split_whitespace().collect::<Vec<_>>(), words.split_whitespace().collect::<Vec<_>>());
        let (status, _) = world.post(&format!("{path}/approve"), &json!({})).await;
        world.settles().await;
        assert_eq!((status, world.helpdesk.replies_by_heard(complaint.ticket).len()), (409, 1), "once is enough");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_issue_or_a_duplicate_tells_nobody_and_asks_a_person() {
    databases::for_each(async |database| {
        let world = telling(database, EVERYTHING.replace("escalated = \"send\"", "").as_str()).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().close_as(complaint.issue, CloseReason::Completed);
        world.fails("closed_without_code", "was closed as done").await;
        world.product().reopen(complaint.issue);
        let canonical = world.product().files_issue("The last row is missing", "Seen in CI");
        world.product().close_as_duplicate_of(complaint.issue, canonical);
        world.fails("duplicate", "was closed as a duplicate").await;
        world.product().release("v2.4.0").publish();
        world.settles().await;
        assert_ne!(world.topic_of(complaint.ticket).await["state"], "shipped");
        assert!(world.updates().await.is_empty());
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_would_read_is_shown_before_anybody_says_that_it_shipped() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, again) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(again).await["id"], complaint.topic.as_str());
        let path = format!("/api/v1/topics/{}/recipients?version=v2.4.0", complaint.topic);
        let recipients = world.get(&path).await["recipients"].as_array().unwrap().clone();
        let texts: Vec<&str> = recipients.iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(texts.len(), 2);
        assert!(
            texts.iter().any(|text| text.starts_with("Hi Ana,"))
                && texts.iter().any(|text| text.starts_with("Hi Bob,"))
        );
        assert!(texts.iter().all(|text| text.contains("2.4.0")), "{texts:#?}");
        assert!(world.updates().await.is_empty(), "looking plans nothing");
        // And it is what they read then.
        world.does(&format!("/api/v1/topics/{}/escalate", complaint.topic), &json!({})).await;
        world.ships(complaint.issue, "v2.4.0");
        let told = world.told_in(complaint.ticket).await;
        let begins = |text: &str| text.split(", which is out now").next().unwrap().to_owned();
        assert!(texts.iter().any(|text| begins(text) == begins(&told)), "{told}\n{texts:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_own_texts_are_what_customers_read_and_need_nobody_elses_review() {
    databases::for_each(async |database| {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in heard::wording::templates::MessageTemplates::sources() {
            if ["shipped/de", "frame/de"].contains(&name.as_str()) {
                let path = folder.path().join(format!("{name}.txt"));
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text.replace("Oder antworten Sie", "Oder schreiben Sie")).unwrap();
            }
        }
        let tell = format!("templates = {:?}\n", folder.path().display().to_string());
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let lea = world.helpdesk.customer("Lea Vogt").locale("de").add();
        let ticket = world.helpdesk.ticket_from(lea).subject("CSV").body("Im CSV fehlt die letzte Zeile.").send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        world.ships(issue, "v2.4.0");
        let told = world.told_in(ticket).await;
        assert!(told.contains("Guten Tag") && told.contains("Oder schreiben Sie einfach"), "{told}");
    })
    .await;
}
