//! Deliveries that arrive together: one statement stores all of them, and each is taken as if it had come alone.

use bytes::Bytes;
use heard::{
    base::clock::Time,
    model::{
        delivery::{Delivery, DeliveryState},
        id::DeliveryId,
    },
    store::{Database, deliveries},
};

use super::{Headers, OTHERS, generic};
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
    let new = deliveries::add(&mut tx, &all.iter().collect::<Vec<_>>()).await.unwrap();
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
