//! A start takes up what was decided before it.

use heard::{flow::group, model::id::TicketId};

use crate::{databases, world::World};

/// Recurring complaints in words of their own, with something else between them.
const TOLD: [(&str, &str); 6] = [
    ("CSV export is missing its last row", "Every export to CSV is missing the last row since the update."),
    ("Rows are missing", "The export to CSV loses its last one."),
    ("Dark mode, please", "Could you add a dark mode? It would be great for working at night."),
    ("Export loses a row", "When I export my report to CSV, the last row is gone."),
    ("Please add a dark theme", "We would like to work with a dark mode at night."),
    ("The last row of the export is gone", "It is missing in CSV and there in the table."),
];

impl World {
    /// What the grouping would offer for a ticket now.
    async fn offered(&self, ticket: u64) -> Vec<(String, f64)> {
        let ticket = TicketId::parse(&self.id_of(ticket).await).unwrap();
        let offered = group::candidates(self.app(), ticket).await.unwrap();
        offered.into_iter().map(|(topic, score)| (topic.to_string(), score)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_offers_the_same_topics_as_before() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let mut asked = 0;
        for (number, (subject, body)) in TOLD.into_iter().cycle().take(2 * TOLD.len()).enumerate() {
            let customer = world.helpdesk.customer(&format!("Customer {number}")).add();
            let body = format!("{body} It is the case of number {number}.");
            asked = world.helpdesk.ticket_from(customer).subject(subject).body(&body).send();
            world.topic_of(asked).await;
        }
        let before = world.offered(asked).await;
        assert!(before.len() > 1, "{before:?}");

        world.stops().await;
        world.starts_again().await;
        assert_eq!(world.offered(asked).await, before);
    })
    .await;
}
