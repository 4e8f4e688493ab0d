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

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_and_a_ticket_are_offered_the_other_topics_most_customers_first() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let opened = async |name, subject, body| {
            let ticket = a_ticket(&world, name, subject, body).await;
            let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
            (ticket, topic)
        };
        let (one, few) = opened("Ann Doe", "CSV export", "A row is missing from the file.").await;
        let (_, own) = opened("Cleo Ray", "Invoices arrive twice", "We were charged two times in May.").await;
        let (two, _) = opened("Bob Stone", "Login fails", "The password is refused since Monday.").await;
        let (three, _) = opened("Dan Wu", "Cannot sign in", "It refuses my password.").await;
        world.support_says_they_are_the_same(three, two).await;
        let many = world.topic_of(two).await["id"].as_str().unwrap().to_owned();
        let ticket = world.id_of(one).await;
        let cookie = session(&world).await;
        for (path, left_out) in [(format!("/topics/{own}"), &own), (format!("/tickets/{ticket}"), &few)] {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            let html = request.send().await.unwrap().text().await.unwrap();
            let place = |topic: &str| html.find(&format!(r#"<option value="{topic}""#));
            assert!(place(left_out).is_none(), "it is there already: {html}");
            assert!(place(&many).is_some(), "{html}");
            if path.starts_with("/topics") {
                assert!(place(&many) < place(&few), "two customers come before one: {html}");
                assert!(html.contains("(2 customers)"), "{html}");
            }
        }
    })
    .await;
}
