//! The board as a product manager reads it.

use reqwest::header;

use super::{a_ticket, session};
use crate::{databases, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn the_board_names_its_columns_in_plain_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ticket = a_ticket(&world, "Ann Doe", "CSV export", "A row is missing.").await;
        world.topic_of(ticket).await;
        let cookie = session(&world).await;
        let request = world.anonymous().get(format!("{}/topics", world.url())).header(header::COOKIE, &cookie);
        let html = request.send().await.unwrap().text().await.unwrap();
        for heading in ["Customers", "Revenue", "Renewals at risk", "Score", "State", "Age"] {
            assert!(html.contains(&format!(">{heading}<")), "{heading}: {html}");
        }
    })
    .await;
}
