//! A helpdesk that is down with more to look up than one list holds, and everybody who is told elsewhere (G12, intake never stops).

use std::time::Duration;

use heard::{
    model::id::{MilestoneId, UpdateId},
    store::Session as _,
};
use serde_json::json;
use simulator::Failure;

use super::{ANN, ann, connection, server::Desk, ticket};
use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

/// How many whoever looks around picks up at a time.
const LIST: i64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_helpdesk_that_is_down_with_a_list_full_of_unclear_replies_holds_up_no_other() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let tell = connection(&desk);
        let options = Options { tell: &tell, clock: stopped_clock(), hold_minutes: 30, ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.desk_says(&ticket(1, "7", &ann(), ANN, &json!({}))).await;
        let other = world.desk_escalates("7").await;
        assert_ne!(other, complaint.issue);
        world.ships(complaint.issue, "v2.4.0");
        world.ships(other, "v2.5.0");
        let held = r#"SELECT count(*) FROM "update" WHERE kind = 'shipped' AND state = 'held'"#;
        world.until("both are held", async || world.counts(held).await == 2).await;
        world.settles().await;
        world.helpdesk.faults().all("* /**", Failure::RetryAfter(429, 3_000));
        let mut tx = world.app().database.begin().await.unwrap();
        for nth in 1..=LIST {
            let step = MilestoneId::generate(world.clock.now());
            tx.query(
                "INSERT INTO milestone (id, topic_id, kind, cycle, at, by_whom, recorded_at)
                 SELECT $1, step.topic_id, step.kind, step.cycle + $2, step.at, step.by_whom, step.recorded_at
                 FROM milestone step JOIN link ON link.topic_id = step.topic_id JOIN ticket ON ticket.id = link.ticket_id
                 WHERE ticket.connection = 'acme' AND step.kind = 'shipped' AND step.cycle = 0",
            )
            .bind(step)
            .bind(nth)
            .execute()
            .await
            .unwrap();
            tx.query(
                r#"INSERT INTO "update" (id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state,
                       due_at, text, html, page_key, attempted_at, created_at)
                   SELECT $1, told.customer_id, told.topic_id, told.origin_topic_id, $3, told.kind, told.cycle + $2,
                       told.ticket_id, 'sending', told.created_at, told.text, told.html, 'a-key', told.created_at, told.created_at
                   FROM "update" told JOIN ticket ON ticket.id = told.ticket_id
                   WHERE ticket.connection = 'acme' AND told.kind = 'shipped' AND told.state = 'held'"#,
            )
            .bind(UpdateId::generate(world.clock.now()))
            .bind(nth)
            .bind(step)
            .execute()
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        world.clock.advance(Duration::from_mins(31));
        world.until("she is told", async || desk.replies().len() == 1).await;
        assert!(desk.replies()[0].body["text"].as_str().unwrap().contains("2.5.0"));
    })
    .await;
}
