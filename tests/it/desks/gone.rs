//! A ticket that the helpdesk calls deleted while it still has it, and one that is found gone where tickets cannot be read: what they said
//! is forgotten as if a webhook had told of it (G6, nothing private leaves).

use serde_json::{Value, json};

use super::{ANN, BEN, ann, ben, connection, connection_that_reads, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

/// Texts of customers.
const SAID: &str = "SELECT count(*) FROM message WHERE body <> ''";

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_read_as_deleted_is_forgotten_until_it_is_restored() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = connection_that_reads(&desk);
        let world = World::with(database, Options { tell: &tell, ..Options::default() }).await;
        let is_read_as = async |minute: u32, id: &str, person: &Value, words: &str, status: &str| {
            desk.shows(ticket(minute, id, person, words, &json!({ "status": status })));
            // The webhook only names it.
            world.desk_says(&ticket(minute, id, person, words, &json!({}))).await;
            world.settles().await;
        };
        is_read_as(1, "7", &ann(), ANN, "open").await;
        assert_eq!(world.counts(SAID).await, 1);
        is_read_as(2, "7", &ann(), ANN, "deleted").await;
        assert_eq!(world.counts(SAID).await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM ticket WHERE subject = '' AND status = 'deleted'").await, 1);
        is_read_as(3, "8", &ben(), BEN, "deleted").await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 1, "nothing is begun with one that is gone");
        is_read_as(4, "7", &ann(), ANN, "open").await;
        assert_eq!(world.counts(SAID).await, 1, "it was restored");
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_tickets_cannot_be_read_one_that_a_reply_finds_gone_is_forgotten_all_the_same() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        assert_eq!(world.counts(SAID).await, 1);
        desk.answers(Some(404));
        world.ships(issue, "v2.4.0");
        world.until("what it said is forgotten", async || world.counts(SAID).await == 0).await;
        assert!(!desk.replies().is_empty(), "it was found out by a reply");
    })
    .await;
}
