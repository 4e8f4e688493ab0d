//! Whoever else is in a ticket: a second requester, the customer's other address, a mail system, and who had the ticket before.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ANN, ann, ben, connection, server::Desk, ticket};
use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

/// Somebody writes in ticket 7 in public, some minutes after now.
fn writes(world: &World, id: &str, author: &Value, body: &str) -> Value {
    let at = world.clock.now().plus(Duration::from_mins(2)).to_string();
    let mut message = json!({"id": id, "author": "customer", "public": true, "body": body, "created_at": at});
    message.as_object_mut().unwrap().extend(author.as_object().unwrap().clone());
    json!({"id": format!("e-{id}"), "ticket": {"id": "7"}, "messages": [message]})
}

fn notes_that_say(desk: &Desk, words: &str) -> usize {
    desk.notes().iter().filter(|note| note.body["text"].as_str().unwrap().contains(words)).count()
}

/// Ann has ticket 7 and was told that it is fixed.
async fn ann_was_told(database: &str, desk: &Desk) -> World {
    let options = Options { tell: &connection(desk), clock: stopped_clock(), ..Options::default() };
    let world = World::with(database, options).await;
    world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
    let issue = world.desk_escalates("7").await;
    world.ships(issue, "v2.4.0");
    world.update_that_is("shipped", "sent").await;
    world.clock.advance(Duration::from_mins(5));
    world
}

/// A second requestor of Request Tracker, or the customer from their other address, was heard by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn still_broken_by_somebody_else_in_the_ticket_is_noted_once_and_counts_for_nobody() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = ann_was_told(database, &desk).await;
        let by = json!({"author_id": "ann@private.test"});
        world.desk_says(&writes(&world, "m8", &by, "Thank you!")).await;
        world.settles().await;
        assert_eq!(notes_that_say(&desk, "somebody else"), 0, "that says nothing of it");
        world.desk_says(&writes(&world, "m9", &by, "No, it is still broken. The last row is missing.")).await;
        world.until("the agent reads it", async || notes_that_say(&desk, "somebody else in this ticket") == 1).await;
        assert_eq!(notes_that_say(&desk, "The last row is missing."), 1);
        world.desk_says(&writes(&world, "m10", &by, "It is still broken!")).await;
        world.settles().await;
        assert_eq!(notes_that_say(&desk, "somebody else"), 1, "once for each update, however much they write");
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        let topic = world.desks("7").await["topic"].as_str().unwrap().to_owned();
        let topic = world.get(&format!("/api/v1/topics/{topic}")).await;
        assert_eq!((&topic["cycle"], &topic["state"]), (&json!(0), &json!("shipped")), "{topic:#}");
        assert_eq!(world.get("/api/v1/updates?state=sent").await["updates"][0]["unclear"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_says_is_no_news_once_the_customer_has_answered_nor_from_a_machine() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = ann_was_told(database, &desk).await;
        let machine = json!({"author_id": "ben@other.test", "trust": "automatic"});
        world.desk_says(&writes(&world, "m8", &machine, "Your request is still broken down by our team.")).await;
        world.desk_says(&writes(&world, "m9", &json!({"author_id": "42"}), "It works now, thank you.")).await;
        world.until("she is heard", async || world.counts("SELECT count(*) FROM confirmation").await == 1).await;
        let ben = json!({"author_id": "ben@other.test"});
        world.desk_says(&writes(&world, "m10", &ben, "No, it is still broken.")).await;
        world.settles().await;
        assert_eq!(notes_that_say(&desk, "somebody else"), 0);
    })
    .await;
}

/// django-helpdesk keeps nobody's address with what its form opened, and the name is a field of the ticket: after an agent gave the
/// ticket to another customer, both were taken for theirs.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_a_ticket_is_told_neither_in_the_words_nor_by_the_name_of_who_had_it() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        let with_anns_name = json!({"id": "43", "name": "Ann Doe", "email": "ben@other.test"});
        for minute in [2, 3] {
            world.desk_says(&ticket(minute, "7", &with_anns_name, ANN, &json!({}))).await;
        }
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = 'Ann Doe'").await, 1, "and that is Ann");
        assert_eq!(
            world.counts("SELECT count(*) FROM message WHERE external_id = 'm7' AND author = 'copied'").await,
            1,
            "she wrote it, whoever has the ticket"
        );
        let by_ben = json!({"id": "e4", "ticket": {"id": "7"}, "messages": [{"id": "m8", "author": "customer",
            "author_id": "43", "public": true, "body": "We see that, too.", "created_at": "2026-11-22T03:04:00Z"}]});
        world.desk_says(&by_ben).await;
        world.ships(issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        let [told] = &desk.replies()[..] else { panic!("{:?}", desk.replies()) };
        for form in ["text", "html"] {
            let said = told.body[form].as_str().unwrap();
            assert!(said.contains("2.4.0") && said.contains("We see that"), "{said}");
            assert!(!said.contains("Ann") && !said.contains("last row"), "{said}");
        }
    })
    .await;
}

/// The same for a helpdesk that sends what was written first as a field of the ticket.
#[tokio::test(flavor = "multi_thread")]
async fn a_description_stays_whose_it_was() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        let described = |minute, requester: &Value| {
            let mut body = ticket(minute, "7", requester, ANN, &json!({ "description": ANN }));
            body["messages"] = json!([]);
            body
        };
        world.desk_says(&described(1, &ann())).await;
        let issue = world.desk_escalates("7").await;
        world.desk_says(&described(2, &ben())).await;
        world.ships(issue, "v2.4.0");
        world.until("the agent reads how it stands", async || notes_that_say(&desk, "2.4.0") == 1).await;
        world.settles().await;
        assert!(desk.replies().is_empty(), "Ben has written nothing: {:?}", desk.replies());
    })
    .await;
}

/// A ticket whose message names nobody.
fn unnamed(minute: u32, id: &str, requester: &Value) -> Value {
    let mut body = ticket(minute, id, requester, ANN, &json!({}));
    body["messages"][0].as_object_mut().unwrap().remove("author_id");
    body
}

/// Ticket 7 as a sender writes it that lists no messages, only what the ticket says.
fn without_messages(minute: u32, requester: &Value) -> Value {
    let mut body = unnamed(minute, "7", requester);
    body["messages"] = json!([]);
    body
}

/// Some senders leave out who wrote a message, also where they list it again.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_is_named_for_stays_whose_ticket_it_was_and_is_forgotten_with_them() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&unnamed(1, "7", &ann())).await;
        let issue = world.desk_escalates("7").await;
        for minute in [3, 4] {
            world.desk_says(&unnamed(minute, "7", &ben())).await;
        }
        // What was sent before comes later, and a delivery need not list what is known.
        world.desk_says(&unnamed(2, "7", &ann())).await;
        world.desk_says(&without_messages(5, &ben())).await;
        let of_ann = "SELECT count(*) FROM message WHERE author = 'copied' AND author_external_id = '42'";
        assert_eq!(world.counts(of_ann).await, 1, "she wrote it, whoever has the ticket");
        world.ships(issue, "v2.4.0");
        world.until("the agent reads how it stands", async || notes_that_say(&desk, "2.4.0") == 1).await;
        world.settles().await;
        assert!(desk.replies().is_empty(), "Ben has written nothing: {:?}", desk.replies());
        world.desk_says(&unnamed(6, "8", &ann())).await;
        world.forgets("ann@acme.test").await;
        world.desk_says(&unnamed(7, "7", &ben())).await;
        world.desk_says(&without_messages(8, &ben())).await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE body <> ''").await, 0, "and it does not come back");
    })
    .await;
}

/// The same where the helpdesk can be asked: what it does not say there either stays as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_helpdesk_that_is_asked_and_names_nobody_gives_nobodys_words_to_another() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = super::connection_that_reads(&desk);
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        for (minute, requester) in [(1, ann()), (2, ben()), (3, ben())] {
            desk.shows(unnamed(minute, "7", &requester));
            world.desk_says(&ticket(minute, "7", &requester, ANN, &json!({}))).await;
        }
        let of_ann = "SELECT count(*) FROM message WHERE author = 'copied' AND author_external_id = '42'";
        assert_eq!(world.counts(of_ann).await, 1);
    })
    .await;
}

/// Many helpdesks have what was written first as a field of the ticket, and list only what came after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_description_that_is_read_again_stays_whose_it_was_and_is_forgotten_with_them() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = super::connection_that_reads(&desk);
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        let says = async |minute, id: &str, requester: &Value| {
            let mut described = ticket(minute, id, requester, ANN, &json!({ "description": ANN }));
            described["messages"] = json!([]);
            desk.shows(described.clone());
            world.desk_says(&described).await;
        };
        says(1, "7", &ann()).await;
        let issue = world.desk_escalates("7").await;
        for minute in [2, 3, 4] {
            says(minute, "7", &ben()).await;
            let of_the_customer = "SELECT count(*) FROM message WHERE author = 'customer'";
            assert_eq!(world.counts(of_the_customer).await, 0, "Ben has written nothing");
        }
        world.ships(issue, "v2.4.0");
        world.settles().await;
        assert!(desk.replies().is_empty(), "{:?}", desk.replies());
        says(5, "8", &ann()).await;
        world.forgets("ann@acme.test").await;
        says(6, "7", &ben()).await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE body <> ''").await, 0, "and it does not come back");
    })
    .await;
}

/// What is read may have the name as a field of the ticket, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_stayed_in_a_ticket_that_is_read_is_nobodys() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = super::connection_that_reads(&desk);
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        let with_anns_name = json!({"id": "43", "name": "Ann Doe", "email": "ben@other.test"});
        for (minute, requester) in [(1, ann()), (2, with_anns_name.clone()), (3, with_anns_name)] {
            desk.shows(ticket(minute, "7", &requester, ANN, &json!({})));
            world.desk_says(&ticket(minute, "7", &requester, ANN, &json!({}))).await;
        }
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = 'Ann Doe'").await, 1, "and that is Ann");
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = ''").await, 1, "Ben's is not known");
    })
    .await;
}

/// What she is called by now is not what the ticket called her.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_stayed_in_a_ticket_is_nobodys_whatever_who_had_it_is_called_by_now() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &json!({"id": "42", "name": "Ann"}), ANN, &json!({}))).await;
        world.desk_says(&ticket(2, "9", &ann(), ANN, &json!({}))).await;
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = 'Ann Doe'").await, 1);
        let with_anns_name = json!({"id": "43", "name": "Ann ", "email": "ben@other.test"});
        for minute in [3, 4] {
            world.desk_says(&ticket(minute, "7", &with_anns_name, ANN, &json!({}))).await;
            assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = ''").await, 1, "Ben's is not known");
        }
        world.desk_says(&ticket(5, "7", &ben(), ANN, &json!({}))).await;
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = 'Ben Poe'").await, 1, "now it is");
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = 'Ann Doe'").await, 1);
    })
    .await;
}

/// Request Tracker's ids of people are numbers, so a mail system was a customer like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_system_is_known_by_its_address_where_ids_are_numbers() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = ann_was_told(database, &desk).await;
        let told = desk.replies()[0].body["text"].as_str().unwrap().to_owned();
        let link = told.split_whitespace().find(|word| word.contains("/c/")).unwrap();
        let by = json!({"author_id": "77", "author_email": "MAILER-DAEMON@mx.acme.test"});
        let report = format!("I'm sorry to have to inform you that your message could not be delivered.\n\n> {link}");
        world.desk_says(&writes(&world, "m8", &by, &report)).await;
        world.update_that_is("shipped", "failed").await;
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
    })
    .await;
}

/// Some senders list only what is new, so what is known is not said again when a ticket is given to somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_listed_again_is_nobodys_but_whose_it_was() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&unnamed(1, "7", &ann())).await;
        let issue = world.desk_escalates("7").await;
        world.desk_says(&without_messages(2, &ben())).await;
        let of_the_customer = "SELECT count(*) FROM message WHERE author = 'customer'";
        assert_eq!(world.counts(of_the_customer).await, 0, "Ben has written nothing");
        world.ships(issue, "v2.4.0");
        world.until("the agent reads how it stands", async || notes_that_say(&desk, "2.4.0") == 1).await;
        world.settles().await;
        assert!(desk.replies().is_empty(), "{:?}", desk.replies());
        world.desk_says(&without_messages(3, &ann())).await;
        assert_eq!(world.counts(of_the_customer).await, 1, "and it is hers again once she has the ticket");
    })
    .await;
}
