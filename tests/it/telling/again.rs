//! A fix after the first: everybody reads of it what is true for them.

use std::time::Duration;

use heard::{
    flow::people::topics,
    model::{decision::Actor, id::TopicId},
};

use crate::{
    databases,
    story::stopped_clock,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_second_fix_everybody_reads_what_came_of_the_first_for_them() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, silent) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(silent).await["id"], complaint.topic.as_str());
        world.settles().await;
        let topic = TopicId::parse(&complaint.topic).unwrap();
        let change = topics::Change { summary: Some("The last row is written again."), ..topics::Change::default() };
        topics::change(world.app(), topic, &change, &Actor::admin()).await.unwrap();
        world.ships(complaint.issue, "v2.4.0");
        let first = world.told_in(complaint.ticket).await;
        world.told_in(silent).await;
        assert!(first.contains("That is fixed. The last row is written"), "{first}");
        world.settles().await;
        world.clock.advance(Duration::from_hours(24 * 3));
        world.helpdesk.customer_replies(complaint.ticket, "It is still broken.");
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        let (_, late) = world.complains("Cyd Lund");
        assert_eq!(world.topic_of(late).await["id"], complaint.topic.as_str());
        world.settles().await;
        world.clock.advance(Duration::from_hours(24 * 4));
        world.ships(complaint.issue, "v2.4.1");
        let second = |ticket| {
            let world = &world;
            async move {
                let read =
                    || world.helpdesk.replies_by_heard(ticket).into_iter().find(|it| it.plain_body.contains("2.4.1"));
                world.until_some("they are told of the second fix", async || read()).await.plain_body
            }
        };
        let (to_ana, to_bob, to_cyd) = (second(complaint.ticket).await, second(silent).await, second(late).await);
        assert!(
            to_ana.contains("you told us that it still did not work. We went back to it, and there is a new fix."),
            "{to_ana}"
        );
        assert!(
            to_bob.contains("we told you that this was fixed. We went back to it, and there is a new fix."),
            "{to_bob}"
        );
        assert!(to_cyd.contains("That is fixed. It is in version 2.4.1"), "{to_cyd}");
        for text in [&to_ana, &to_bob, &to_cyd] {
            assert!(!text.contains("The last row is written"), "that was said of the fix which did not hold: {text}");
        }
    })
    .await;
}
