//! The console's sessions end with the token that opened them, and whenever somebody says so.

use serde_json::json;

use crate::{
    databases,
    web::session,
    world::{ADMIN, World},
};

impl World {
    async fn is_let_in(&self, cookie: &str) -> bool {
        let request = self.anonymous().get(format!("{}/topics", self.url())).header("cookie", cookie);
        request.send().await.unwrap().status() == 200
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_admin_token_ends_every_session() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let cookie = session(&world).await;
        assert!(world.is_let_in(&cookie).await);
        world.stops().await;
        world.starts_again().await;
        assert!(world.is_let_in(&cookie).await, "a restart alone ends none");
        world.stops().await;
        world.settings_change(&format!("admin_token = {ADMIN:?}"), "admin_token = \"another-token-of-the-tests\"");
        world.starts_again().await;
        assert!(!world.is_let_in(&cookie).await, "whoever had the old token is out");
        world.stops().await;
        world.settings_change("another-token-of-the-tests", ADMIN);
        world.starts_again().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_ends_when_somebody_says_so() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (one, other) = (session(&world).await, session(&world).await);
        let (status, answer) = world.post("/api/v1/sessions/end", &json!({})).await;
        assert_eq!((status, &answer["ended"]), (200, &json!(2)));
        assert!(!world.is_let_in(&one).await && !world.is_let_in(&other).await);
        let stranger = world.anonymous().post(format!("{}/api/v1/sessions/end", world.url())).send().await.unwrap();
        assert_eq!(stranger.status(), 401);
        assert!(world.is_let_in(&session(&world).await).await, "and one signs in again");
    })
    .await;
}
