//! What follows once a likely member was told by itself, and what they are told of who become one later: a person says where their
//! ticket belongs, they answer twice, or the fix was out before.

use std::time::Duration;

use serde_json::{Value, json};

use super::{WRITTEN, told::from_95};
use crate::{
    databases,
    story::{page_in, stopped_clock},
    world::{Options, World},
};

/// How an agent is asked whether theirs is something else.
const MAY_BE_ANOTHER: &str = "theirs may be something else";

fn timeless() -> Options<'static> {
    Options { clock: stopped_clock(), ..from_95() }
}

/// How many of Heard's notes in a ticket say this.
fn notes_saying(world: &World, ticket: u64, words: &str) -> usize {
    world.helpdesk.notes_by_heard(ticket).iter().filter(|note| note.plain_body.contains(words)).count()
}

/// What a customer reads on the page of a link.
async fn page_of(world: &World, link: &str) -> String {
    world.anonymous().get(link).send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_as_likely_hears_it_once_whichever_way_a_person_puts_them_there_and_counts_from_then_on() {
    databases::for_each(async |database| {
        let world = World::with(database, timeless()).await;
        let heard = world.hears_them().await;
        let (first, bob, cem) = (heard[0].1.as_str(), heard[1].0, heard[2].0);
        for (ticket, likelihood) in [(bob, 0.97), (cem, 0.97), (heard[3].0, 0.6)] {
            world.was_likely(ticket, likelihood).await;
        }
        world.clock.advance(Duration::from_mins(1));
        world.fixes(first).await;
        world.told_in(bob).await;
        world.told_in(cem).await;
        world.settles().await;

        world.clock.advance(Duration::from_mins(2));
        let moved = world.id_of(bob).await;
        world.does(&format!("/api/v1/tickets/{moved}/move"), &json!({ "topic": first })).await;
        world.does(&format!("/api/v1/topics/{}/merge", heard[2].1), &json!({ "into": first })).await;
        world.settles().await;
        assert_eq!([bob, cem].map(|ticket| world.replies(ticket)), [1, 1], "nobody hears it twice");
        assert_eq!(world.updates().await.len(), 3, "Ana, Bob and Cem, once each");
        let topic = world.get(&format!("/api/v1/topics/{first}")).await;
        assert_eq!((&topic["customer_count"], &topic["updates"]["told"]), (&json!(3), &json!(3)), "{topic}");

        // A person has said that theirs is the same, so what they answer is about this fix.
        world.helpdesk.customer_replies(cem, "It is still broken: the last row is missing in the file.");
        world.until("the topic is open again", async || world.topic_of(cem).await["cycle"] == 1).await;
        world.settles().await;
        assert_eq!(notes_saying(&world, cem, MAY_BE_ANOTHER), 0);

        world.clock.advance(Duration::from_mins(5));
        let issue = world.issue_of(first).await;
        world.ships(issue, "v2.4.1");
        for ticket in [bob, cem] {
            world.until("they are told of the second fix", async || world.replies(ticket) == 2).await;
            let told = world.told_in(ticket).await;
            assert!(told.contains("2.4.1") && !told.contains("We believe"), "they are sure now: {told}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_to_a_likely_member_does_not_claim_to_know_though_a_person_says_so_before_it_is_sent() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { hold_minutes: 30, ..timeless() }).await;
        let heard = world.hears_them().await;
        let (first, bob) = (heard[0].1.as_str(), heard[1].0);
        world.was_likely(bob, 0.97).await;
        world.clock.advance(Duration::from_mins(1));
        world.fixes(first).await;
        let likely = world.likely_updates().await;
        assert!(likely[0]["text"].as_str().unwrap().contains("monthly"), "it quotes them: {likely:?}");
        let same = world.id_of(bob).await;
        world.says_of_likely(first, &[&same], &[]).await;
        world.settles().await;

        // It is written again, now that their ticket is in the topic.
        let agent = world.helpdesk.agent("Sam Okafor");
        world.helpdesk.agent_redacts(agent, bob, "monthly");
        world
            .until("it quotes what is left", async || {
                !world.likely_updates().await[0]["text"].as_str().unwrap().contains("monthly")
            })
            .await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        let told = world.told_in(bob).await;
        world.settles().await;
        assert!(told.contains("We believe that it ") && !told.contains("monthly"), "{told}");
        assert_eq!(world.replies(bob), 1, "it is told once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_that_it_works_and_later_that_it_does_not_counts_for_nothing_and_an_agent_is_asked_once() {
    databases::for_each(async |database| {
        let world = World::with(database, from_95()).await;
        let heard = world.hears_them().await;
        let (first, bob) = (heard[0].1.as_str(), heard[1].0);
        world.was_likely(bob, 0.97).await;
        world.fixes(first).await;
        world.told_in(bob).await;
        world.settles().await;
        let topic = format!("/api/v1/topics/{first}");
        world.helpdesk.customer_replies(bob, "It works now, thank you!");
        world.until("it is confirmed", async || world.get(&topic).await["updates"]["confirmed"] == 1).await;
        world.settles().await;
        assert_eq!(notes_saying(&world, bob, MAY_BE_ANOTHER), 0);

        let answers = [
            ("Sorry, it is still broken for the big report.", "big report"),
            ("It is still broken, the last row is missing.", "last row is missing"),
        ];
        for (answer, said) in answers {
            world.helpdesk.customer_replies(bob, answer);
            world
                .until("what they said waits to be read", async || {
                    world.likely_updates().await[0]["unclear"].as_str().is_some_and(|words| words.contains(said))
                })
                .await;
            world.settles().await;
        }
        assert_eq!(notes_saying(&world, bob, MAY_BE_ANOTHER), 1, "an agent is asked, and asked once");
        let shown = world.get(&topic).await;
        assert_eq!((&shown["state"], &shown["cycle"]), (&json!("shipped"), &json!(0)), "{shown}");
        let answers = &shown["updates"];
        assert_eq!((&answers["confirmed"], &answers["still_broken"]), (&json!(0), &json!(0)), "{shown}");
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0, "it is kept as nobody's verdict");
        let number = world.issue_of(first).await;
        let issue = || world.product().issue(number).unwrap();
        world.until("engineers read no answer", async || !issue().body.contains("says that it works")).await;
        let issue = issue();
        assert!(!issue.comments.iter().any(|(_, text)| text.contains("still broken")), "{:?}", issue.comments);
        assert!(!issue.body.contains("still broken"), "{}", issue.body);
    })
    .await;
}

/// The fourth is held to be the second, and becomes a likely member of the first topic so many hours after its fix was known: a person
/// says then that the second is the same.
async fn known_late(database: &str, hours: u64) -> (World, Vec<(u64, String)>) {
    let world = World::with(database, timeless()).await;
    let heard = world.hears_them().await;
    let first = heard[0].1.as_str();
    for (ticket, likelihood) in [(heard[1].0, 0.6), (heard[2].0, 0.6), (heard[3].0, 0.97)] {
        world.was_likely(ticket, likelihood).await;
    }
    world.clock.advance(Duration::from_mins(1));
    world.fixes(first).await;
    world.told_in(heard[0].0).await;
    assert_eq!(world.updates().await.len(), 1, "only Ana is sure, and nobody else is likely enough");
    world.clock.advance(Duration::from_hours(hours));
    let bob = world.id_of(heard[1].0).await;
    world.says_of_likely(first, &[&bob], &[]).await;
    world.settles().await;
    (world, heard)
}

/// The one update for a likely member.
async fn only_likely_update(world: &World) -> Value {
    let likely = world.likely_updates().await;
    assert_eq!(likely.len(), 1, "{likely:?}");
    likely[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_becomes_a_likely_member_once_the_fix_is_out_is_told_within_a_day_and_later_a_person_decides() {
    databases::for_each(async |database| {
        let (world, heard) = known_late(database, 23).await;
        let told = world.told_in(heard[3].0).await;
        assert!(told.contains("We believe that it "), "{told}");
        let update = only_likely_update(&world).await;
        assert_eq!((&update["state"], world.replies(heard[3].0)), (&json!("sent"), 1), "{update}");
    })
    .await;
    databases::for_each(async |database| {
        let (world, heard) = known_late(database, 25).await;
        let update = only_likely_update(&world).await;
        assert_eq!((&update["state"], world.replies(heard[3].0)), (&json!("draft"), 0), "{update}");
        assert!(update["reason"].as_str().unwrap().contains("known for more than a day"), "{update}");
        world.approves(&update).await;
        let told = world.told_in(heard[3].0).await;
        world.settles().await;
        assert!(told.contains("We believe that it "), "{told}");
        assert_eq!(world.replies(heard[3].0), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_approves_for_somebody_who_is_not_likely_enough_any_more_is_not_sent() {
    databases::for_each(async |database| {
        let (world, heard) = known_late(database, 25).await;
        let update = only_likely_update(&world).await;
        world.was_likely(heard[3].0, 0.8).await;
        world.approves(&update).await;
        world.until("it is looked at again", async || only_likely_update(&world).await["state"] == "cancelled").await;
        world.settles().await;
        let update = only_likely_update(&world).await;
        assert!(update["reason"].as_str().unwrap().contains("not likely enough"), "{update}");
        assert_eq!(world.replies(heard[3].0), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_likely_member_who_first_wrote_after_the_release_is_told_nothing_and_no_agent_hears_that_it_came_back() {
    databases::for_each(async |database| {
        let options = Options { tell: "likely_above = 0.5\n", clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        let writes = async |at: usize| {
            let (name, _, subject, body) = WRITTEN[at];
            let customer = world.helpdesk.customer(name).add();
            let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(body).send();
            let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
            world.settles().await;
            (ticket, topic)
        };
        let (ana, first) = writes(0).await;
        world.clock.advance(Duration::from_mins(1));
        world.fixes(&first).await;
        world.told_in(ana).await;
        world.clock.advance(Duration::from_mins(10));
        let (bob, own) = writes(1).await;
        assert_eq!(world.get(&format!("/api/v1/topics/{own}")).await["likely_in"], json!(first));
        let preview = world.get(&format!("/api/v1/topics/{first}/recipients?version=2.4.1")).await;
        assert!(preview["recipients"][1]["likely"].is_number(), "the next release would be told to them: {preview}");
        assert_eq!((world.replies(bob), world.updates().await.len()), (0, 1), "they may have that version already");
        assert_eq!(notes_saying(&world, bob, "had shipped"), 0, "nobody has said that it is the same");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_whoever_was_told_as_likely_shows_neither_that_topic_nor_where_their_ticket_went() {
    databases::for_each(async |database| {
        let world = World::with(database, timeless()).await;
        let heard = world.hears_them().await;
        let (first, bob, dark) = (heard[0].1.as_str(), heard[1].0, heard[4].1.as_str());
        world.was_likely(bob, 0.97).await;
        world.clock.advance(Duration::from_mins(1));
        world.fixes(first).await;
        let link = page_in(&world.told_in(bob).await);
        let told = only_likely_update(&world).await["id"].as_str().unwrap().to_owned();
        let moved = world.id_of(bob).await;
        world.does(&format!("/api/v1/tickets/{moved}/move"), &json!({ "topic": dark })).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.fixes_in(dark, "v3.0.0").await;
        world.until("they are told of what theirs is about", async || world.replies(bob) == 2).await;

        let shown = page_of(&world, &link).await;
        assert!(shown.contains("the last row is not in the file"), "their own words stand there: {shown}");
        assert!(shown.contains("With our support team") && shown.contains("value=\"works\""), "{shown}");
        for other in ["2.4.0", "3.0.0", "Hello, every CSV export", "dark colours", "Dark colours"] {
            assert!(!shown.contains(other), "{other}: {shown}");
        }
        let newest = world.told_in(bob).await;
        assert!(newest.contains("3.0.0") && !newest.contains("We believe"), "{newest}");
        let shown = page_of(&world, &page_in(&newest)).await;
        assert!(shown.contains("3.0.0") && !shown.contains("2.4.0") && !shown.contains(&told), "{shown}");
        let updates = world.updates().await;
        let theirs = updates.iter().find(|one| one["topic"] == dark && one["ticket"] == moved.as_str()).unwrap();
        let other = theirs["id"].as_str().unwrap();
        assert_eq!(world.says_on(&link, &[("act", "works"), ("update", other)]).await, 404, "nor does it answer that");

        // What the link was sent with is still theirs to answer, and says nothing against a fix of something else.
        let said = [("act", "still_broken"), ("update", &*told), ("words", "The last row is lost.")];
        assert_eq!(world.says_on(&link, &said).await, 303);
        world.settles().await;
        assert_eq!(notes_saying(&world, bob, MAY_BE_ANOTHER), 1);
        for topic in [first, dark] {
            let topic = world.get(&format!("/api/v1/topics/{topic}")).await;
            assert_eq!((&topic["state"], &topic["updates"]["still_broken"]), (&json!("shipped"), &json!(0)), "{topic}");
        }
    })
    .await;
}
