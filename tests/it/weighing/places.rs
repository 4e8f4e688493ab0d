//! What topics weigh in which hundreds of tickets are likely members, and what they weigh when these stand elsewhere.

use heard::{
    model::{id::TopicId, topic::TopicState},
    store::{Session as _, decisions, impacts, likely_members, topics},
};

use super::Hundreds;
use crate::{databases, world::World};

impl World {
    /// How many tickets are likely members of a topic.
    async fn likely_in(&self, topic: TopicId) -> i64 {
        let app = self.app();
        let mut conn = app.database.read().await.unwrap();
        impacts::get(&mut conn, topic, app.clock.now()).await.unwrap().likely.tickets
    }
}

/// A topic that was opened with a question stands in another one, with all that joined it since, until it moves on.
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_that_stand_elsewhere_with_their_topic_weigh_what_is_found_anew() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let Hundreds { topic, other, first, decision, .. } = world.hundreds_write(database).await;
        let app = world.app();

        let mut tx = app.database.begin().await.unwrap();
        let asked = "UPDATE decision SET verdict = 'ask', likely_topic_id = $2 WHERE id = $1";
        tx.query(asked).bind(decision).bind(other).execute().await.unwrap();
        decisions::ask(&mut tx, first, &[], app.clock.now()).await.unwrap();
        likely_members::settle(&mut tx, topic).await.unwrap();
        tx.commit().await.unwrap();
        assert!(world.likely_in(other).await > 600);
        world.weighs_as_found_anew().await;

        let mut tx = app.database.begin().await.unwrap();
        topics::set_state(&mut tx, topic, TopicState::Escalated, 0).await.unwrap();
        likely_members::settle(&mut tx, topic).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.likely_in(other).await, 0);
        world.weighs_as_found_anew().await;
    })
    .await;
}

/// A topic for each of the tickets that are like one, with its id, which stands in a topic.
const A_TOPIC_EACH: &str = "INSERT INTO topic (id, kind, kind_by, kind_is_sure, title, title_by, brand, state, cycle, first_seen_at,
                                               last_seen_at, desired_version, observed_version, looked, likely_in)
    SELECT ticket.id, place.kind, place.kind_by, place.kind_is_sure, place.title, place.title_by, place.brand, place.state, place.cycle,
           ticket.created_at, ticket.created_at, 0, 0, 0, place.id
    FROM ticket CROSS JOIN topic place WHERE ticket.external_id LIKE 'like%' AND place.id = $1";
const IN_ITS_OWN: &str = "UPDATE link SET topic_id = ticket_id
    WHERE ticket_id IN (SELECT ticket.id FROM ticket WHERE ticket.external_id LIKE 'like%')";

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_topics_that_stand_elsewhere_at_once_weigh_what_is_found_anew() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let Hundreds { other, .. } = world.hundreds_write(database).await;
        let app = world.app();
        let mut tx = app.database.begin().await.unwrap();
        tx.query(A_TOPIC_EACH).bind(other).execute().await.unwrap();
        tx.query(IN_ITS_OWN).execute().await.unwrap();
        impacts::rebuild(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.likely_in(other).await, 600);

        let mut tx = app.database.begin().await.unwrap();
        let standing = tx.query("SELECT id FROM topic WHERE likely_in = $1").bind(other).all::<(TopicId,)>().await;
        for (topic,) in standing.unwrap() {
            // No question was asked about any of them.
            likely_members::settle(&mut tx, topic).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(world.likely_in(other).await, 0);
        world.weighs_as_found_anew().await;
    })
    .await;
}
