//! A connection of which everything is refused shows on the health page, and a stranger's requests do no harm there.

use std::time::Duration;

use super::{github, zendesk};
use crate::{
    databases,
    story::stopped_clock,
    web::session,
    world::{Options, World},
};

impl World {
    /// The health page as an admin sees it.
    async fn health_page(&self, cookie: &str) -> String {
        let request = self.anonymous().get(format!("{}/health", self.url())).header("cookie", cookie);
        request.send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_on_the_health_page_until_a_good_delivery_comes() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let (body, secret) = (r#"{"heard":1,"ticket_id":"1"}"#, world.helpdesks_secret());
        let good = async || world.knocks("/hooks/acme", &zendesk(secret, world.clock.now(), body), body).await;
        assert_eq!(good().await, 202);
        world.settles().await;
        let cookie = session(&world).await;
        let shown = world.health_page(&cookie).await;
        assert!(!shown.contains("refuses what") && !shown.contains("refused since"), "{shown}");

        world.clock.advance(Duration::from_mins(1));
        for _ in 0..3 {
            let wrong = zendesk("a secret that was there before", world.clock.now(), body);
            assert_eq!(world.knocks("/hooks/acme", &wrong, body).await, 401);
        }
        let shown = world.health_page(&cookie).await;
        for sentence in [
            "refuses what is delivered",
            "3 deliveries were refused since",
            "did not make their signature",
            "heard check",
        ] {
            assert!(shown.contains(sentence), "{sentence}: {shown}");
        }
        let badge = shown.split("refuses what is delivered").next().and_then(|before| before.rsplit("badge ").next());
        assert!(badge.unwrap().starts_with("amber"), "anybody may have sent them: {shown}");

        world.clock.advance(Duration::from_mins(1));
        assert_eq!(good().await, 202);
        let shown = world.health_page(&cookie).await;
        assert!(!shown.contains("refuses what") && !shown.contains("refused since"), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_at_all_and_what_is_signed_at_another_time_is_said_so() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let cookie = session(&world).await;
        assert_eq!(world.knocks("/hooks/github", &Vec::new(), "{}").await, 401);
        let late = zendesk(world.helpdesks_secret(), world.clock.now().minus(Duration::from_secs(301)), "{}");
        assert_eq!(world.knocks("/hooks/acme", &late, "{}").await, 401);
        let shown = world.health_page(&cookie).await;
        for sentence in ["1 delivery was refused since", "they had no signature", "the clock of this machine"] {
            assert!(shown.contains(sentence), "{sentence}: {shown}");
        }
        let genuine = github(world.githubs_secret(), "ping", "1", "{}");
        assert_eq!(world.knocks("/hooks/github", &genuine, "{}").await, 202);
        let shown = world.health_page(&cookie).await;
        assert!(!shown.contains("they had no signature"), "{shown}");
        assert!(shown.contains("the clock of this machine"), "each connection has its own: {shown}");
    })
    .await;
}
