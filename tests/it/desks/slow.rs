//! A delivery that is not taken over in time, and everybody behind it (SupportFlow/supportflow#249: "and the next, and the next").
//!
//! SQLite has one writer and nothing that sleeps, so these are played on PostgreSQL.

use heard::store::{Database, Session as _};
use serde_json::{Value, json};

use super::{ANN, ann, ben, connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

impl World {
    /// The desk sends something, and nobody waits until it is read.
    async fn desk_hands_in(&self, body: &Value) {
        let door = format!("{}/hooks/desk/only-the-sender-knows", self.url());
        let status = self.anonymous().post(door).body(body.to_string()).send().await.unwrap().status().as_u16();
        assert_eq!(status, 202);
    }

    async fn unreadable(&self) -> Vec<Value> {
        self.get("/api/v1/deliveries?state=unreadable").await["deliveries"].as_array().unwrap().clone()
    }
}

/// A world on PostgreSQL with one ticket. `None` on the other engine.
async fn on_postgresql(database: &str, desk: &Desk) -> Option<World> {
    let world = World::with(database, Options { tell: &connection(desk), ..Options::default() }).await;
    matches!(world.app().database, Database::Postgres(_)).then_some(())?;
    world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
    Some(world)
}

/// Each run began with the oldest, was cut off after twenty seconds, and began again.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_takes_too_long_is_shown_and_holds_up_no_other() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let Some(world) = on_postgresql(database, &desk).await else { return };
        let mut slows = world.app().database.begin().await.unwrap();
        for statement in [
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$",
            "CREATE TRIGGER slow BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.body = 'slow') EXECUTE FUNCTION slow()",
        ] {
            slows.query(statement).execute().await.unwrap();
        }
        slows.commit().await.unwrap();
        let mut long = ticket(2, "7", &ann(), ANN, &json!({}));
        long["messages"] = (0..300)
            .map(|number| {
                json!({"id": format!("l{number}"), "author": "customer", "author_id": "42", "public": true, "body": "slow",
                    "created_at": "2026-11-22T03:00:00Z"})
            })
            .collect();
        world.desk_hands_in(&long).await;
        world.desk_hands_in(&ticket(3, "8", &ben(), super::BEN, &json!({}))).await;
        world.until("the other is read", async || world.desks("8").await.is_object()).await;
        let shown = world.until_some("it is shown", async || world.unreadable().await.first().cloned()).await;
        assert!(shown.to_string().contains("was not taken over within"), "{shown}");
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE body = 'slow'").await, 0, "nothing of it by halves");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_whose_ticket_somebody_else_holds_waits_alone() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let Some(world) = on_postgresql(database, &desk).await else { return };
        let mut holds = world.app().database.begin().await.unwrap();
        holds.query("UPDATE ticket SET subject = subject").execute().await.unwrap();
        world.desk_hands_in(&ticket(2, "7", &ann(), ANN, &json!({}))).await;
        world.desk_hands_in(&ticket(3, "8", &ben(), super::BEN, &json!({}))).await;
        world.until("the other is read", async || world.desks("8").await.is_object()).await;
        world.fails("understand", "lock").await;
        drop(holds);
        world
            .until("it is read", async || {
                world.counts("SELECT count(*) FROM delivery WHERE state = 'received'").await == 0
                    && world.failures().await.is_empty()
            })
            .await;
        assert!(world.unreadable().await.is_empty(), "it had only to wait");
    })
    .await;
}
