//! Deliveries that arrive together: one statement stores all of them, and those that only name what to read are understood in one
//! transaction. Each is taken as if it had come alone.

use bytes::Bytes;
use heard::{
    base::clock::Time,
    flow::{Stop, understand},
    model::{
        delivery::{Delivery, DeliveryState},
        id::DeliveryId,
    },
    store::{Conn, Database, Session as _, deliveries},
};

use super::{Headers, OTHERS, generic, zendesk};
use crate::{
    databases,
    world::{Options, World},
};

/// What arrives now, with the sender's id and what was signed.
fn delivery(key: Option<&str>, signed: Option<u8>) -> Delivery {
    let now = Time::from_seconds(1_790_000_000);
    Delivery {
        id: DeliveryId::generate(now),
        connection: "acme".to_owned(),
        key: key.map(str::to_owned),
        signed: signed.map(|byte| vec![byte; 32]),
        headers: vec![("x-event".to_owned(), "ping \u{fffd}".to_owned())],
        body: Bytes::from(vec![0, 255, b'{', 39, b'"', signed.unwrap_or(7)]),
        received_at: now,
        state: DeliveryState::Received,
        error: None,
    }
}

async fn stored(database: &Database, all: &[Delivery]) -> Vec<bool> {
    let mut tx = database.begin().await.unwrap();
    let new = deliveries::add(&mut tx, &all.iter().map(|one| (one, None)).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn unread(database: &Database) -> Vec<Delivery> {
    deliveries::unread(&mut database.read().await.unwrap(), None, 10_000).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_together_is_stored_byte_by_byte_and_read_in_the_order_in_which_it_came() {
    databases::for_each(async |url| {
        let database = Database::open(url).await.unwrap();
        let mut sent = Vec::new();
        for count in [1, 2, 3, 63, 64, 65, 255, 256, 257, 600] {
            let group: Vec<Delivery> = (0..count).map(|nth| delivery(Some(&format!("{count}-{nth}")), None)).collect();
            assert_eq!(stored(&database, &group).await, vec![true; count]);
            sent.extend(group);
        }
        let read = unread(&database).await;
        let whole = |one: &Delivery| (one.id, one.key.clone(), one.headers.clone(), one.body.clone(), one.received_at);
        assert_eq!(read.iter().map(whole).collect::<Vec<_>>(), sent.iter().map(whole).collect::<Vec<_>>());
        database.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_arrives_together_each_is_told_from_what_was_there_and_from_its_neighbours() {
    databases::for_each(async |url| {
        let database = Database::open(url).await.unwrap();
        let known = [delivery(Some("known"), Some(1))];
        assert_eq!(stored(&database, &known).await, [true]);
        let group = [
            delivery(Some("a"), Some(2)),
            delivery(Some("known"), Some(3)),
            delivery(Some("a"), Some(4)),
            delivery(Some("b"), Some(2)),
            delivery(Some("c"), Some(1)),
            delivery(None, Some(5)),
            delivery(None, None),
            delivery(None, None),
        ];
        assert_eq!(stored(&database, &group).await, [true, false, false, false, false, true, true, true]);
        let kept: Vec<DeliveryId> = unread(&database).await.into_iter().map(|one| one.id).collect();
        assert_eq!(kept, [known[0].id, group[0].id, group[5].id, group[6].id, group[7].id]);
        database.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_who_send_the_same_at_once_are_all_told_that_it_is_kept_and_it_is_read_once() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: OTHERS, ..Options::default() }).await;
        let door = "/hooks/desk/only-the-sender-knows";
        let bodies: Vec<String> = (0..60)
            .map(|nth| generic(&format!("evt-{}", nth % 6), &format!("{}", nth % 6), true).to_string())
            .collect();
        let none = Headers::new();
        let answers = bodies.iter().map(|body| world.knocks(door, &none, body));
        assert_eq!(futures::future::join_all(answers).await, [202; 60]);
        world.rests().await;
        assert_eq!(world.counts("SELECT count(*) FROM delivery").await, 6);
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 6);
        assert_eq!(world.counts("SELECT count(*) FROM message").await, 6);
    })
    .await;
}

impl World {
    /// Deliveries of the helpdesk that wait to be read, as after a night in which nobody read.
    async fn wait(&self, bodies: &[String]) {
        let now = self.clock.now();
        let waiting = bodies.iter().enumerate().map(|(nth, body)| Delivery {
            id: DeliveryId::generate(now),
            body: Bytes::from(body.clone()),
            received_at: now,
            ..delivery(Some(&format!("waits-{nth}")), None)
        });
        let waiting: Vec<Delivery> = waiting.collect();
        assert_eq!(stored(&self.app().database, &waiting).await, vec![true; bodies.len()]);
    }

    /// How many of those were read so far, and how many jobs there were to read a ticket.
    async fn read_so_far(&self) -> (i64, i64) {
        let read = "SELECT count(*) FROM delivery WHERE key LIKE 'waits-%' AND state = 'understood'";
        (self.counts(read).await, self.counts("SELECT count(*) FROM river_job WHERE kind = 'refresh'").await)
    }

    async fn database_is_told(&self, on_sqlite: &[&'static str], on_postgres: &[&'static str]) {
        let is_sqlite = matches!(self.app().database.read().await.unwrap(), Conn::Sqlite(_));
        let mut tx = self.app().database.begin().await.unwrap();
        let statements = if is_sqlite { on_sqlite } else { on_postgres };
        for &statement in statements {
            tx.query(statement).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// What the trigger of our set-up page sends.
fn names(ticket: u64) -> String {
    format!(r#"{{"heard":1,"ticket_id":"{ticket}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_names_tickets_is_understood_all_at_once_and_each_ticket_is_read_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let mut tickets = Vec::new();
        for name in ["Ana Sousa", "Ben Rossi", "Cleo Tan"] {
            let (customer, ticket) = world.complains(name);
            world.topic_of(ticket).await;
            tickets.push((customer, ticket));
        }
        world.settles().await;
        let (_, before) = world.read_so_far().await;
        let mut bodies: Vec<String> = (0..57).map(|nth| names(tickets[nth % 3].1)).collect();
        for (customer, _) in &tickets {
            bodies.push(format!(
                r#"{{"id":"p{customer}","type":"zen:event-type:user.name_changed","detail":{{"id":"{customer}"}},"event":{{}}}}"#
            ));
        }
        bodies.insert(20, r#"{"heard":1,"#.to_owned());
        bodies.insert(40, r#"{"id":"o1","type":"zen:event-type:organization.created","detail":{},"event":{}}"#.to_owned());
        world.wait(&bodies).await;
        Box::pin(understand::run(world.app())).await.unwrap();
        let (read, jobs) = world.read_so_far().await;
        assert_eq!((read, jobs - before), (60, 3), "each ticket is read once, whoever named it");
        assert_eq!(world.kept("?state=unreadable").await.len(), 1);
        assert_eq!(world.counts("SELECT count(*) FROM delivery WHERE key LIKE 'waits-%' AND state = 'ignored'").await, 1);
        let about = "SELECT count(*) FROM delivery WHERE key LIKE 'waits-%' AND about IS NOT NULL AND settled_at IS NOT NULL";
        assert_eq!(world.counts(about).await, 60);
        world.settles().await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_that_are_understood_together_the_one_that_the_database_refuses_waits_alone() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        let (_, before) = world.read_so_far().await;
        world
            .database_is_told(
                &["CREATE TRIGGER refuses BEFORE UPDATE ON delivery WHEN NEW.key = 'waits-7' BEGIN SELECT json('{'); END"],
                &[
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$",
                    "CREATE TRIGGER refuses BEFORE UPDATE ON delivery FOR EACH ROW WHEN (NEW.key = 'waits-7')
                     EXECUTE FUNCTION refuse()",
                ],
            )
            .await;
        world.wait(&vec![names(ticket); 20]).await;
        let stopped = Box::pin(understand::run(world.app())).await;
        assert!(matches!(stopped, Err(Stop::Later { .. })), "{stopped:?}");
        let (read, jobs) = world.read_so_far().await;
        assert_eq!((read, jobs - before), (19, 19), "what failed left no job behind");
        world.database_is_told(&["DROP TRIGGER refuses"], &["DROP TRIGGER refuses ON delivery"]).await;
        Box::pin(understand::run(world.app())).await.unwrap();
        let (read, jobs) = world.read_so_far().await;
        assert_eq!((read, jobs - before), (20, 20), "and nothing is read twice");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_names_a_ticket_is_understood_once_it_is_kept_and_read_once_however_often_it_comes() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        let reads = async || world.counts("SELECT count(*) FROM river_job WHERE kind = 'refresh'").await;
        let wakes = async || world.counts("SELECT count(*) FROM river_job WHERE kind = 'understand'").await;
        let (read, woken) = (reads().await, wakes().await);
        let body = names(ticket);
        let headers = zendesk(world.helpdesks_secret(), world.clock.now(), &body);
        for _ in 0..3 {
            assert_eq!(world.knocks("/hooks/acme", &headers, &body).await, 202);
            assert_eq!(world.counts("SELECT count(*) FROM delivery WHERE state = 'received'").await, 0);
        }
        assert_eq!((reads().await - read, wakes().await - woken), (1, 0));
        let kept = world.kept("").await;
        assert_eq!(kept[0]["state"], "understood", "{kept:?}");
        world.settles().await;
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_tickets_that_are_named_at_once_each_is_read_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, before) = world.read_so_far().await;
        let (secret, now) = (world.helpdesks_secret(), world.clock.now());
        let sent: Vec<(String, Headers)> = (0..60)
            .map(|nth| {
                let body = names(900_000 + nth);
                let headers = zendesk(secret, now, &body);
                (body, headers)
            })
            .collect();
        let answers = sent.iter().map(|(body, headers)| world.knocks("/hooks/acme", headers, body));
        assert_eq!(futures::future::join_all(answers).await, [202; 60]);
        world.rests().await;
        assert_eq!(world.counts("SELECT count(*) FROM delivery WHERE state = 'understood'").await, 60);
        let (_, jobs) = world.read_so_far().await;
        assert_eq!(jobs - before, 60);
        assert!(world.failures().await.is_empty(), "a ticket that is not there is nothing to read");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tickets_that_are_named_at_once_are_read_by_a_job_for_many() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let bodies: Vec<String> = (0..100).map(|nth| names(900_000 + nth)).collect();
        world.wait(&bodies).await;
        Box::pin(understand::run(world.app())).await.unwrap();
        world.rests().await;
        let many = "SELECT count(*) FROM river_job WHERE kind = 'refresh_many'";
        assert_eq!(world.counts(many).await, 2, "deliveries are read 64 at a time");
        let (read, jobs) = world.read_so_far().await;
        assert_eq!((read, jobs), (100, 100), "none of them is there, and each is asked for by itself to know that");
    })
    .await;
}
