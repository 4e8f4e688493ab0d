//! Triage in the console: what is asked at once, in which order, what is asked no more, and how an answer is taken back.

use std::time::Duration;

use heard::{
    base::clock::{Clock, Time},
    model::id::{TicketId, TopicId},
    store::{Session as _, decisions},
};
use serde_json::json;

use super::WRITTEN;
use crate::{
    databases,
    web::{filled, session},
    world::{Options, World},
};

/// Two smaller topics of two tickets each.
const SMALLER: [(&str, &str, &str); 4] = [
    (
        "Flo Roe",
        "Calendar sync drops shared meetings",
        "Our calendar sync drops every shared meeting since Tuesday. Colleagues do not see them.",
    ),
    (
        "Gus Lee",
        "Shared meetings vanish from the calendar",
        "Since Tuesday the calendar sync drops meetings that are shared. Nobody sees the shared meetings.",
    ),
    (
        "Hal Ives",
        "Invoice address cannot be changed",
        "The address on the invoice cannot be changed in the settings page.",
    ),
    (
        "Ida Moss",
        "Cannot change the address on an invoice",
        "In the settings page I cannot change the address on our invoice.",
    ),
];

/// Somebody at the console.
struct Reader<'w> {
    world: &'w World,
    cookie: String,
}

impl<'w> Reader<'w> {
    async fn of(world: &'w World) -> Self {
        Self { world, cookie: session(world).await }
    }

    async fn reads(&self, path: &str) -> String {
        let page = self.world.anonymous().get(format!("{}{path}", self.world.url())).header("cookie", &self.cookie);
        let answer = page.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form, and gives where it leads.
    async fn sends(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let form = self.world.anonymous().post(format!("{}{path}", self.world.url())).header("cookie", &self.cookie);
        let answer = filled(form, fields).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{path}: {}", answer.text().await.unwrap());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// The titles of the topics that are asked about, in order, each question put off until later.
    async fn is_asked_about(&self, titles: &[&str]) -> Vec<String> {
        let mut asked = Vec::new();
        let mut page = self.reads("/triage").await;
        for _ in 0..8 {
            let found = titles.iter().find(|title| page.contains(&format!(">{title}</a>")));
            let Some(found) = found.map(|title| (*title).to_owned()).filter(|title| !asked.contains(title)) else {
                break;
            };
            asked.push(found);
            let Some((_, after)) = page.split_once(r#"<a class="btn quiet" href="/triage?at="#) else { break };
            let next = after.split('"').next().unwrap().to_owned();
            page = self.reads(&format!("/triage?at={next}")).await;
        }
        asked
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn triage_asks_about_all_that_look_like_one_at_once_and_one_answer_is_taken_back_at_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let first = heard[0].1.as_str();
        let reader = Reader::of(&world).await;
        let page = reader.reads("/triage").await;
        assert!(page.contains("These 3 look like one. Are they?") && page.contains("3 customers"), "{page}");
        for (name, ..) in &WRITTEN[1..4] {
            assert!(page.contains(&format!("The ticket of {name} is about the same")), "{name}: {page}");
        }
        assert!(!page.contains("answered today") && !page.contains("/triage/undo"), "{page}");

        let mut fields = vec![("answer".to_owned(), "same".to_owned())];
        for (ticket, _) in &heard[1..4] {
            fields.push(("ticket".to_owned(), world.id_of(*ticket).await));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = format!("/triage/topics/{first}");
        let leads_to = reader.sends(&path, &fields).await;
        assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 4, 0), "one answer settles three");
        let page = reader.reads(&leads_to).await;
        assert!(page.contains("They belong here now.") && page.contains("3 answered today"), "{page}");
        assert!(page.contains("Nothing needs an answer") && page.contains("/triage/undo"), "{page}");

        let leads_to = reader.sends("/triage/undo", &[("topic", first), ("was", first)]).await;
        assert_eq!(leads_to, format!("/triage?at={first}&said=undone"));
        assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 1, 3), "all three are asked about again");
        assert!(reader.reads(&leads_to).await.contains("These 3 look like one. Are they?"));

        let parted = [("answer", "not_same"), fields[1]];
        reader.sends(&path, &parted).await;
        reader.sends("/triage/undo", &[("topic", first), ("was", "")]).await;
        assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 1, 3), "so is one that was parted");
        let again = world.anonymous().post(format!("{}/triage/undo", world.url())).header("cookie", &reader.cookie);
        let again = filled(again, &[("topic", first)]).send().await.unwrap();
        assert_eq!(again.status(), 409, "there is nothing left to take back");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ticket_is_answered_about_alone_and_that_is_taken_back_too() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let (first, second) = (heard[0].1.as_str(), world.id_of(heard[1].0).await);
        let reader = Reader::of(&world).await;
        let page = reader.reads(&format!("/triage?ticket={second}")).await;
        assert!(page.contains("Is this the same problem?") && page.contains(WRITTEN[1].2), "{page}");
        for answer in ["same", "not_same", "new"] {
            let leads_to = reader.sends(&format!("/triage/{second}"), &[("answer", answer), ("topic", first)]).await;
            let undo = leads_to.split("undo=").nth(1).unwrap().split('&').next().unwrap();
            assert!(leads_to.contains(&format!("was={second}")), "{leads_to}");
            assert_ne!(world.board().await[0], (WRITTEN[0].2.to_owned(), 1, 3), "{answer}");
            let page = reader.reads(&leads_to).await;
            assert!(page.contains(&format!(r#"name="topic" value="{undo}""#)), "{page}");
            reader.sends("/triage/undo", &[("topic", undo), ("was", &second)]).await;
            assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 1, 3), "{answer} is taken back");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_whose_answer_changes_most_comes_first() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let mut topics = Vec::new();
        for (name, subject, body) in SMALLER {
            let customer = world.helpdesk.customer(name);
            // The invoices are what the paying ones write about.
            let customer =
                if subject.contains("nvoice") { customer.of(name).revenue(90_000).add() } else { customer.add() };
            let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(body).send();
            topics.push(world.topic_of(ticket).await["id"].as_str().unwrap().to_owned());
        }
        world.hears_them().await;
        let reader = Reader::of(&world).await;
        let (rows, meetings, invoices) = (WRITTEN[0].2, SMALLER[0].1, SMALLER[2].1);
        let titles = [rows, meetings, invoices];
        assert_eq!(reader.is_asked_about(&titles).await, [rows, invoices, meetings], "by customers, then by revenue");

        world.does(&format!("/api/v1/topics/{}/escalate", topics[0]), &json!({})).await;
        let issue = world.issue_of(&topics[0]).await;
        assert_eq!(reader.is_asked_about(&titles).await, [meetings, rows, invoices], "engineers know it");
        world.does(&format!("/api/v1/topics/{}/escalate", topics[2]), &json!({})).await;
        world.issue_of(&topics[2]).await;
        assert_eq!(reader.is_asked_about(&titles).await, [invoices, meetings, rows]);
        world.an_engineer_merges_the_fix_of(issue);
        world
            .until("the fix is merged", async || {
                world.get(&format!("/api/v1/topics/{}", topics[0])).await["state"] == "fix_merged"
            })
            .await;
        assert_eq!(reader.is_asked_about(&titles).await, [meetings, invoices, rows], "a release is about to go out");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_writes_about_any_more_is_not_asked_until_it_matters() {
    databases::for_each(async |database| {
        let clock = Clock::at(Time::parse("2026-03-02T09:00:00Z").unwrap());
        let world = World::with(database, Options { clock: clock.clone(), ..Options::default() }).await;
        let heard = world.hears_them().await;
        assert!(Reader::of(&world).await.reads("/triage").await.contains("These 3 look like one"));
        clock.advance(Duration::from_hours(24 * 31));
        let reader = Reader::of(&world).await;
        assert!(reader.reads("/triage").await.contains("Nothing needs an answer"));
        assert_eq!(world.board().await[0], (WRITTEN[0].2.to_owned(), 1, 3), "they still count");
        world.does(&format!("/api/v1/topics/{}/escalate", heard[0].1), &json!({})).await;
        assert!(reader.reads("/triage").await.contains("These 3 look like one"), "engineers know it now");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_topic_is_found_by_its_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let (first, dark) = (heard[0].1.as_str(), heard[4].1.as_str());
        let second = world.id_of(heard[1].0).await;
        let reader = Reader::of(&world).await;
        let page = reader.reads(&format!("/triage?ticket={second}&find=dARK")).await;
        let choose = format!("/triage?ticket={second}&amp;topic={dark}");
        let choose = if page.contains(&choose) { choose } else { choose.replace("&amp;", "&#38;") };
        assert!(page.contains(&choose), "{page}");
        let none = reader.reads(&format!("/triage?ticket={second}&find=nothing+like+it")).await;
        assert!(none.contains("No other topic has these words."), "{none}");
        let page = reader.reads(&format!("/triage?ticket={second}&topic={dark}")).await;
        assert!(page.contains("You found this one") && page.contains("I would like dark colours at night."), "{page}");
        reader.sends(&format!("/triage/{second}"), &[("answer", "same"), ("topic", dark)]).await;
        let board = world.board().await;
        assert!(board.iter().any(|(title, sure, _)| title == WRITTEN[4].2 && *sure == 2), "{board:?}");

        let option = format!(r#"<option value="{first}">"#);
        for (find, is_there) in [("misses", true), ("nothing+like+it", false), ("", true)] {
            let ticket = reader.reads(&format!("/tickets/{second}?find={find}")).await;
            assert_eq!(ticket.contains(&option), is_there, "{find}: {ticket}");
            let topic = reader.reads(&format!("/topics/{dark}?find={find}")).await;
            assert_eq!(topic.contains(&option), is_there, "{find}: {topic}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topics_page_names_what_may_be_the_same_until_somebody_says_that_it_is_not() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let (first, third) = (heard[0].1.as_str(), heard[2].1.as_str());
        let reader = Reader::of(&world).await;
        // An escalated topic stands by itself, and what it was held to be is what it may be the same as.
        world.does(&format!("/api/v1/topics/{third}/escalate"), &json!({})).await;
        world.settles().await;
        let merge = format!(r#"action="/topics/{first}/merge""#);
        let page = reader.reads(&format!("/topics/{third}")).await;
        assert!(page.contains("Perhaps the same topic") && page.contains(&merge), "{page}");
        let ticket = world.id_of(heard[2].0).await;
        reader.sends(&format!("/tickets/{ticket}/not_same"), &[("text", first)]).await;
        let page = reader.reads(&format!("/topics/{third}")).await;
        assert!(!page.contains(&merge), "{page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_often_guesses_were_right_here_is_counted_from_what_people_answered() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let heard = world.hears_them().await;
        let mut tickets = Vec::new();
        for (ticket, _) in &heard[1..4] {
            tickets.push(world.id_of(*ticket).await);
        }
        let guesses = async || {
            let mut conn = world.app().database.read().await.unwrap();
            decisions::answered_guesses(&mut conn, 0.0, 1.1).await.unwrap()
        };
        assert_eq!(guesses().await, (0, 0), "nobody has answered yet");
        world.says_of_likely(&heard[0].1, &[&tickets[0], &tickets[1]], &[&tickets[2]]).await;
        assert_eq!(guesses().await, (3, 2));
    })
    .await;
}

/// Each alike in urgency, customers and revenue, so that only the tickets tell them apart.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_questions_that_are_alike_in_all_else_the_one_that_implies_more_tickets_comes_first() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let topics = hears_the_smaller(&world).await;
        let reader = Reader::of(&world).await;
        let (meetings, invoices) = (SMALLER[0].1, SMALLER[2].1);
        let titles = [meetings, invoices];
        assert_eq!(reader.is_asked_about(&titles).await, [meetings, invoices], "who has waited longer comes first");
        let mut tx = world.app().database.begin().await.unwrap();
        let more = tx.query("UPDATE impact SET asked = asked + 1 WHERE topic_id = $1 AND asked = 1");
        assert_eq!(more.bind(TopicId::parse(&topics[2]).unwrap()).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(reader.is_asked_about(&titles).await, [invoices, meetings], "one answer settles more");
    })
    .await;
}

/// Hears [`SMALLER`], of people who pay nothing, and gives the topic of each ticket.
async fn hears_the_smaller(world: &World) -> Vec<String> {
    let mut topics = Vec::new();
    for (name, subject, body) in SMALLER {
        let customer = world.helpdesk.customer(name).add();
        let ticket = world.helpdesk.ticket_from(customer).subject(subject).body(body).send();
        topics.push(world.topic_of(ticket).await["id"].as_str().unwrap().to_owned());
    }
    world.settles().await;
    topics
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_says_how_often_guesses_like_it_were_right_here() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let smaller = hears_the_smaller(&world).await;
        let heard = world.hears_them().await;
        let ticket_of = async |topic: &str| {
            let page = world.get(&format!("/api/v1/topics/{topic}")).await;
            page["links"][0]["ticket"].as_str().unwrap().to_owned()
        };
        let (gus, ida) = (ticket_of(&smaller[1]).await, ticket_of(&smaller[3]).await);
        let mut tickets = Vec::new();
        for (ticket, _) in &heard[..4] {
            tickets.push(world.id_of(*ticket).await);
        }
        world.says_of_likely(&heard[0].1, &[&tickets[1], &tickets[2]], &[&tickets[3]]).await;
        world.says_of_likely(&smaller[0], &[&gus], &[]).await;
        let reader = Reader::of(&world).await;
        let asked = format!("/triage?ticket={ida}");
        let page = reader.reads(&asked).await;
        assert!(page.contains("Is this the same problem?") && !page.contains("guesses like this"), "four are too few");

        // A fifth, which was right.
        let ana = TicketId::parse(&tickets[0]).unwrap();
        let mut tx = world.app().database.begin().await.unwrap();
        let guessed = "UPDATE decision SET verdict = 'ask', likely_topic_id = topic_id
                       WHERE ticket_id = $1 AND maker = 'machine'";
        assert_eq!(tx.query(guessed).bind(ana).execute().await.unwrap(), 1);
        let answered = "INSERT INTO question (ticket_id, candidates, asked_at, answered_at)
                        SELECT $1, candidates, asked_at, asked_at FROM question ORDER BY asked_at LIMIT 1";
        assert_eq!(tx.query(answered).bind(ana).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        let sentence = "Of 5 guesses like this here, people confirmed 4.";
        let mut said = Vec::new();
        for likelihood in [0.3, 0.6, 0.9, 0.97] {
            let mut tx = world.app().database.begin().await.unwrap();
            let all = tx.query("UPDATE decision SET score = $1 WHERE verdict = 'ask'").bind(likelihood);
            all.execute().await.unwrap();
            tx.commit().await.unwrap();
            said.push(reader.reads(&asked).await.contains(sentence));
        }
        assert_eq!(said.iter().filter(|said| **said).count(), 1, "only those of its own likelihood count: {said:?}");
    })
    .await;
}
