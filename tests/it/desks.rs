//! What two real helpdesks did to Heard that ours do not do by themselves: a ticket that several people read, a ticket that is
//! closed only by its name, our own words in another's mouth (G4, one update per customer and milestone; G6, nothing private
//! leaves; G7, our own writes change nothing).

mod brake;
mod conditions;
mod crowded;
mod gone;
mod joined;
mod lost_thread;
mod notes;
mod others;
mod returning;
mod server;
mod slow;
mod spikes;
mod wordless;

use std::time::Duration;

use serde_json::{Value, json};

use self::server::Desk;
use crate::{
    databases,
    story::stopped_clock,
    world::{ADMIN, Options, World},
};

/// A connection to the desk, without what reads it.
fn connection(desk: &Desk) -> String {
    format!(
        r#"shipped = "send"
[[connections]]
name = "desk"
helpdesk = "generic"
url = "{}"
token = "the-desks-own-token"
path_secret = "only-the-sender-knows"
identity = {{ path = "/me", id = "id" }}
reply = {{ path = "/tickets/{{ticket}}/replies", json = {{ text = "{{text}}", html = "{{html}}" }}, id_in_body = "id" }}
note = {{ path = "/tickets/{{ticket}}/notes", json = {{ text = "{{text}}" }}, id_in_body = "id" }}
"#,
        desk.url
    )
}

/// A connection to the desk that can be read, in the shape in which it sends.
fn connection_that_reads(desk: &Desk) -> String {
    let reads = "[connections.read]\nticket = \"/tickets/{ticket}\"\nmessages = \"/tickets/{ticket}\"\n";
    let own_shape: toml::Table = toml::from_str(include_str!("../../src/helpdesk/generic/own_shape.toml")).unwrap();
    let map = toml::Table::from_iter([("map".to_owned(), toml::Value::Table(own_shape))]);
    let read = toml::Table::from_iter([("read".to_owned(), toml::Value::Table(map))]);
    let connections = toml::Value::Array(vec![toml::Value::Table(read)]);
    let written = toml::to_string(&toml::Table::from_iter([("connections".to_owned(), connections)])).unwrap();
    let map = written.replace("[[connections]]", "");
    [connection(desk).as_str(), reads, &map].concat()
}

const ANN: &str = "Our nightly export loses its last row";
const BEN: &str = "The nightly export of ours loses the last row";

/// A ticket with its customer's message. `more` is what else the ticket says.
fn ticket(minute: u32, id: &str, requester: &Value, words: &str, more: &Value) -> Value {
    let mut ticket = json!({"id": id, "subject": "Nightly export loses its last row", "status": "open",
        "created_at": "2026-11-22T03:00:00Z", "changed_at": format!("2026-11-22T03:{minute:02}:00Z"),
        "requester": requester});
    ticket.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"id": format!("e{minute}"), "event": "ticket.updated", "ticket": ticket,
        "messages": [{"id": format!("m{id}"), "author": "customer", "author_id": requester["id"], "public": true,
            "body": words, "created_at": "2026-11-22T03:00:00Z"}]})
}

fn ann() -> Value {
    json!({"id": "42", "name": "Ann Doe", "email": "ann@acme.test"})
}

fn ben() -> Value {
    json!({"id": "43", "name": "Ben Poe", "email": "ben@other.test"})
}

impl World {
    /// The desk sends something, and it is read.
    async fn desk_says(&self, body: &Value) {
        let door = format!("{}/hooks/desk/only-the-sender-knows", self.url());
        let status = self.anonymous().post(door).body(body.to_string()).send().await.unwrap().status().as_u16();
        assert_eq!(status, 202);
        self.rests().await;
    }

    /// A ticket of the desk, as the API shows it.
    async fn desks(&self, ticket: &str) -> Value {
        let found = self.get(&format!("/api/v1/tickets?connection=desk&external_id={ticket}")).await;
        found["tickets"][0].clone()
    }

    /// Somebody asks to be forgotten.
    async fn forgets(&self, email: &str) {
        let found = self.get(&format!("/api/v1/customers?email={email}")).await;
        let path = format!("{}/api/v1/customers/{}", self.url(), found["customers"][0]["id"].as_str().unwrap());
        let answer = self.anonymous().delete(path).bearer_auth(ADMIN).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        self.settles().await;
    }

    /// The topic of a ticket of the desk is escalated; its issue.
    async fn desk_escalates(&self, ticket: &str) -> u64 {
        let topic = self.desks(ticket).await["topic"].as_str().unwrap().to_owned();
        self.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        let issue = self.issue_of(&topic).await;
        self.settles().await;
        issue
    }

    /// Ann and Ben are in one topic, each with a ticket.
    async fn both_complain(&self) {
        self.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        self.desk_says(&ticket(2, "8", &ben(), BEN, &json!({}))).await;
        let (one, two) = (self.desks("7").await, self.desks("8").await);
        if one["topic"] != two["topic"] {
            let merge = format!("/api/v1/topics/{}/merge", two["topic"].as_str().unwrap());
            self.does(&merge, &json!({ "into": one["topic"] })).await;
        }
        self.rests().await;
    }
}

/// It says what happened, and nothing of anybody.
fn says_nothing_personal(reply: &Value) {
    for form in ["text", "html"] {
        let said = reply[form].as_str().unwrap();
        assert!(said.contains("2.4.0"), "{said}");
        for theirs in ["Ann", "Ben", "/c/", "PAGE-TOKEN", "last row", "=>"] {
            assert!(!said.contains(theirs), "{theirs}: {said}");
        }
    }
}

/// Request Tracker mails a reply to every requestor of a ticket, and merging makes the one's requestors the other's too: a
/// personal reply and its link reached another customer.
#[tokio::test(flavor = "multi_thread")]
async fn where_two_customers_read_a_ticket_neither_ones_name_words_or_link_is_sent() {
    for says_so in [true, false] {
        databases::for_each(async |database| {
            let desk = Desk::start();
            let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
            world.both_complain().await;
            let issue = world.desk_escalates("7").await;
            world.desk_says(&json!({"id": "e3", "ticket": {"id": "8", "merged_into": "7"}})).await;
            let read_by_both = ticket(4, "7", &ann(), ANN, &json!({ "shared": says_so }));
            world.desk_says(&read_by_both).await;
            world.ships(issue, "v2.4.0");
            world.until("the ticket is told", async || !desk.replies().is_empty()).await;
            world.update_that_is("shipped", "sent").await;
            let asked = world.fails("send", "merged into ticket 7").await;
            assert!(asked.sentence.contains("ticket 8"), "{asked:?}");
            world.settles().await;
            let [told] = &desk.replies()[..] else { panic!("{:?}", desk.replies()) };
            assert_eq!(told.ticket, "7");
            says_nothing_personal(&told.body);
            let of_ben = world.update_that_is("shipped", "failed").await;
            world.does(&format!("/api/v1/updates/{}/cancel", of_ben["id"].as_str().unwrap()), &json!({})).await;
            world.until("nothing is asked any more", async || world.failures().await.is_empty()).await;
        })
        .await;
    }
}

/// Whoever is put in copy after the words were written does not read them either.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_others_will_read_is_sent_without_anything_of_its_customers() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = connection(&desk).replace("shipped = \"send\"", "shipped = \"draft\"");
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["text"].as_str().unwrap().contains("Ann"), "as long as only she reads it: {draft}");
        world.desk_says(&ticket(4, "7", &ann(), ANN, &json!({ "shared": true }))).await;
        world.approves(&draft).await;
        world.update_that_is("shipped", "sent").await;
        says_nothing_personal(&desk.replies()[0].body);
    })
    .await;
}

/// What a person wrote for one reader is not sent to several before they have seen it.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_a_person_wrote_for_one_reader_wait_where_several_read_them() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = connection(&desk).replace("shipped = \"send\"", "shipped = \"draft\"");
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        let path = format!("/api/v1/updates/{}/edit", draft["id"].as_str().unwrap());
        let words = format!("Dear Ann, {}", draft["text"].as_str().unwrap());
        world.does(&path, &json!({ "text": words })).await;
        world.desk_says(&ticket(4, "7", &ann(), ANN, &json!({ "shared": true }))).await;
        world.approves(&draft).await;
        let what = "it waits with its reason";
        let waiting = world.until_some(what, async || {
            let now = world.get(&format!("/api/v1/updates/{}", draft["id"].as_str().unwrap())).await;
            (now["state"] == "draft" && now["reason"].as_str().unwrap_or_default().contains("Others read"))
                .then_some(now)
        });
        let waiting = waiting.await;
        assert!(!waiting["text"].as_str().unwrap().contains("Ann"), "{waiting}");
        assert!(desk.replies().is_empty());
        world.approves(&waiting).await;
        world.update_that_is("shipped", "sent").await;
        says_nothing_personal(&desk.replies()[0].body);
    })
    .await;
}

/// Nothing in it is a link of ours, so that nothing was asked.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_a_person_wrote_without_a_link_wait_where_several_read_them() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = connection(&desk);
        let options = Options { tell: &tell, clock: stopped_clock(), hold_minutes: 30, ..Options::default() };
        let world = World::with(database, options).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        let held = world.update_that_is("shipped", "held").await;
        let path = format!("/api/v1/updates/{}/edit", held["id"].as_str().unwrap());
        world.does(&path, &json!({ "text": "Dear Ann, the last row is there from 2.4.0 on." })).await;
        world.desk_says(&ticket(4, "7", &ann(), ANN, &json!({ "shared": true }))).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(31));
        let waiting = world.update_that_is("shipped", "draft").await;
        assert!(waiting["reason"].as_str().unwrap().contains("Others read"), "{waiting}");
        assert!(desk.replies().is_empty());
        world.approves(&waiting).await;
        world.update_that_is("shipped", "sent").await;
    })
    .await;
}

/// A reply without a link is known by its words. Where they are not found a person looks, and it is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_reply_without_a_link_is_a_question_and_no_second_reply() {
    for is_listed in [true, false] {
        databases::for_each(async |database| a_reply_without_a_link_is_lost(database, is_listed).await).await;
    }
}

async fn a_reply_without_a_link_is_lost(database: &str, is_listed: bool) {
    let desk = Desk::start();
    let tell = connection_that_reads(&desk);
    let options = Options { tell: &tell, clock: stopped_clock(), ..Options::default() };
    let world = World::with(database, options).await;
    let shared = ticket(1, "7", &ann(), ANN, &json!({ "shared": true }));
    desk.shows(shared.clone());
    world.desk_says(&shared).await;
    let issue = world.desk_escalates("7").await;
    desk.answers(Some(500));
    world.ships(issue, "v2.4.0");
    world.update_that_is("shipped", "sending").await;
    world.until("the answer is lost", async || !desk.replies().is_empty()).await;
    world.fails("send", "looking for the reply").await;
    desk.answers(None);
    if is_listed {
        let mut with_reply = shared.clone();
        let said = format!(" {} ", desk.replies()[0].body["text"].as_str().unwrap().replace("\n\n", "\r\n"));
        with_reply["messages"].as_array_mut().unwrap().push(json!({"id": "r1", "author": "agent", "author_id": "99",
                "public": true, "body": said, "created_at": "2026-11-22T03:09:00Z"}));
        desk.shows(with_reply);
    }
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(31));
        world.rests().await;
    }
    if is_listed {
        world.update_that_is("shipped", "sent").await;
        assert_eq!(desk.replies().len(), 1, "it was not sent again");
        return;
    }
    world.update_that_is("shipped", "in_doubt").await;
    world.fails("send", "no link").await;
    assert_eq!(desk.replies().len(), 1, "it was not sent again");
    // Once the helpdesk shows it after all, nobody has to look.
    let mut with_reply = ticket(2, "7", &ann(), ANN, &json!({ "shared": true }));
    with_reply["messages"].as_array_mut().unwrap().push(json!({"id": "r1", "author": "agent", "author_id": "99",
        "public": true, "body": desk.replies()[0].body["text"], "created_at": "2026-11-22T03:09:00Z"}));
    desk.shows(with_reply.clone());
    world.desk_says(&with_reply).await;
    world.update_that_is("shipped", "sent").await;
}

/// Request Tracker's `rejected` and django-helpdesk's `closed` take replies.
#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_no_follow_ups_a_closed_ticket_is_answered_if_the_helpdesk_lets_us() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.desk_says(&ticket(2, "7", &ann(), ANN, &json!({ "status": "closed" }))).await;
        desk.answers(Some(423));
        world.ships(issue, "v2.4.0");
        let refused = world.fails("send", "closed").await;
        desk.answers(None);
        world.tries_again(&refused).await;
        world.update_that_is("shipped", "sent").await;
        assert_eq!(desk.replies().len(), 2, "asked once in vain, and once by the button");
        world.until("nothing is asked any more", async || world.failures().await.is_empty()).await;
    })
    .await;
}

/// The helpdesk's own webhook tells of a reply before its answer to us does.
#[tokio::test(flavor = "multi_thread")]
async fn our_own_words_are_known_by_their_author_where_tickets_cannot_be_read() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let by = |id: &str, author: Value, actor: &str| {
            json!({"id": id, "event": "note", "actor": actor, "ticket": {"id": "7"}, "messages": [
                {"id": id, "author": "agent", "author_id": author, "public": false, "body": "Linked to acme/product#12",
                 "created_at": "2026-11-22T03:05:00Z"}]})
        };
        world.desk_says(&by("n1", json!("99"), "99")).await;
        world.desk_says(&by("n2", Value::Null, "99")).await;
        world.desk_says(&by("n3", json!("84"), "84")).await;
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE author = 'heard'").await, 2);
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE author = 'agent'").await, 1);
    })
    .await;
}

/// Nobody but who settles an update takes it off the health page (G11, nothing fails silently).
#[tokio::test(flavor = "multi_thread")]
async fn a_second_job_for_an_update_in_doubt_leaves_the_question_where_it_is() {
    use heard::flow::jobs;
    databases::for_each(async |database| {
        let desk = Desk::start();
        let options = Options { tell: &connection(&desk), clock: stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        desk.answers(Some(500));
        world.ships(issue, "v2.4.0");
        let update = world.update_that_is("shipped", "sending").await;
        world.fails("send", "looking for the reply").await;
        let id = heard::model::id::UpdateId::parse(update["id"].as_str().unwrap()).unwrap();
        for seconds in [1, 21, 1] {
            world.clock.advance(Duration::from_secs(seconds));
            let mut tx = world.app().database.begin().await.unwrap();
            world.app().queue.add(&mut tx, jobs::Send { update: id }).await.unwrap();
            tx.commit().await.unwrap();
            world.rests().await;
            let asked = world.failures().await.iter().filter(|failure| failure.work == "send").count();
            assert_eq!(asked, 1, "it is asked until somebody has answered");
        }
        world.update_that_is("shipped", "in_doubt").await;
        assert_eq!(desk.replies().len(), 1, "it was not sent again");
    })
    .await;
}

/// A helpdesk that counts messages anew in each ticket gives a customer's the number that a reply of ours has elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_writes_is_theirs_whatever_number_it_has() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.both_complain().await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        world.until("both are told", async || desk.replies().len() == 2).await;
        world
            .until("both count", async || {
                world.counts(r#"SELECT count(*) FROM "update" WHERE state = 'sent'"#).await == 2
            })
            .await;
        let elsewhere = 1 + desk.written_before_the_reply_in("7");
        let message = json!({"id": format!("w{elsewhere}"), "author": "customer", "author_id": "43", "public": true,
            "body": "It is still broken, the last row is missing.", "created_at": "2027-01-01T00:00:00Z"});
        world.desk_says(&json!({"id": "e9", "ticket": {"id": "8"}, "messages": [message]})).await;
        world.until("it is heard", async || world.counts("SELECT count(*) FROM confirmation").await == 1).await;
    })
    .await;
}

/// It takes connections and says nothing, as behind a firewall that drops what it does not like.
#[tokio::test(flavor = "multi_thread")]
async fn helpdesks_that_keep_silent_hold_up_nobody_elses_tickets() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    std::thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let connection = |name: &str| {
        format!(
            r#"
[[connections]]
name = "{name}"
helpdesk = "generic"
url = "{url}"
token = "the-desks-own-token"
path_secret = "only-the-sender-knows"
identity = {{ path = "/me", id = "id" }}
"#
        )
    };
    databases::for_each(async |database| {
        let tell = connection("first") + &connection("second");
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        for nth in 0..6 {
            for name in ["first", "second"] {
                let body = ticket(nth, &format!("{name}-{nth}"), &ann(), ANN, &json!({})).to_string();
                let door = format!("{}/hooks/{name}/only-the-sender-knows", world.url());
                assert_eq!(world.anonymous().post(door).body(body).send().await.unwrap().status(), 202);
            }
        }
        let begun = std::time::Instant::now();
        let (_, theirs) = world.complains("Ana Sousa");
        world.topic_of(theirs).await;
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(12), "shorter than one call to a helpdesk may take, and it took {took:?}");
        world.rests().await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 13, "what they sent is taken over all the same");
    })
    .await;
}
