//! What Heard wrote comes back as mail, because an address of the support team is in copy (django-helpdesk#825, brimir#341).

use serde_json::json;

use super::{ann, connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

/// It asks whether it works and names "still broken", and is nobody's answer.
#[tokio::test(flavor = "multi_thread")]
async fn our_own_words_that_come_back_from_an_address_of_the_team_are_nobodys_answer() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with(database, Options { tell: &connection(&desk), ..Options::default() }).await;
        world.desk_says(&ticket(1, "7", &ann(), super::ANN, &json!({}))).await;
        let issue = world.desk_escalates("7").await;
        world.ships(issue, "v2.4.0");
        world.update_that_is("shipped", "sent").await;
        let told = desk.replies()[0].body["text"].as_str().unwrap().to_owned();
        let now = world.clock.now().to_string();
        let returned = json!({"id": "e2", "ticket": {"id": "7"}, "messages": [{"id": "m8", "author": "customer",
            "author_id": "support@acme.test", "public": true, "created_at": now,
            "body": format!("Ticket 7 has been updated by Heard:\n\n{told}")}]});
        world.desk_says(&returned).await;
        world.settles().await;
        let topic = world.desks("7").await["topic"].as_str().unwrap().to_owned();
        let topic = world.get(&format!("/api/v1/topics/{topic}")).await;
        assert_eq!((&topic["cycle"], &topic["state"]), (&json!(0), &json!("shipped")), "{topic:#}");
        assert_eq!(world.counts("SELECT count(*) FROM confirmation").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM customer").await, 1, "nobody else complains");
        assert_eq!(desk.replies().len(), 1);
    })
    .await;
}
