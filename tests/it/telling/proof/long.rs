//! What customers write is more than one answer of the helpdesk may have: Zendesk's export has five hundred tickets on a page, each
//! with its first message of up to a quarter of a megabyte. `tests/it/github/long.rs` has GitHub's lists.

use std::time::Duration;

use crate::{
    databases,
    story::{BODY, SUBJECT, stopped_clock},
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn long_tickets_stop_no_sweep() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        world.is_swept().await;
        world.helpdesk.hooks().drop_all(true);
        let ana = world.helpdesk.customer("Ana Sousa").add();
        let ticket = world.helpdesk.ticket_from(ana).subject(SUBJECT).body(BODY).send();
        let mallory = world.helpdesk.customer("Mallory Moe").add();
        // Together these are more than the sixteen megabytes that are read of an answer.
        let long = "spam ".repeat(12_000);
        for nth in 0..290 {
            world.helpdesk.ticket_from(mallory).subject(&format!("Spam {nth}")).body(&long).send();
        }
        world.clock.advance(Duration::from_mins(6));
        world.until("it is found", async || world.is_grouped(ticket).await).await;
    })
    .await;
}
