//! Tokens for programs: shown once, kept as hashes, no more than their makers, and ended at once.

use std::time::Duration;

use heard::{
    base::clock::Clock,
    model::{api_token::is_token, role::Role},
};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    databases,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_kept_as_a_hash_and_ended_at_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let token = world.makes_token(&maya.cookie, "reports", Role::Agent, "read").await;
        assert!(is_token(&token), "{token}");
        assert_eq!(world.asks_with(&token, "/api/v1/topics").await.status(), StatusCode::OK);
        let page = world.opens_page(&maya.cookie, "/account").await.text().await.unwrap();
        assert!(page.contains("reports") && !page.contains(&token) && !page.contains("last used never"), "{page}");
        let kept = databases::backup(database).await;
        assert!(!databases::stands_in(&kept, &token), "the token itself stands in the database");
        let (_, rest) = page.split_once("/account/tokens/").unwrap();
        let id = rest.split('/').next().unwrap();
        let ended = world.sends_form(&maya.cookie, &format!("/account/tokens/{id}/revoke"), &[]).await;
        assert_eq!(ended.status(), StatusCode::SEE_OTHER);
        assert_eq!(world.asks_with(&token, "/api/v1/topics").await.status(), StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_no_more_than_its_scope_and_its_maker_now() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let pia = world.joins_team("Pia Product", Role::Product).await;
        let fields = [("name", "more"), ("role", "agent"), ("scope", "write"), ("days", "90")];
        let above = world.sends_form(&pia.cookie, "/account/tokens", &fields).await;
        assert_eq!(above.status(), StatusCode::CONFLICT, "an agent may what product may not");
        let read = world.makes_token(&pia.cookie, "reads", Role::Product, "read").await;
        let write = world.makes_token(&pia.cookie, "writes", Role::Product, "write").await;
        let pauses = async |token: &str| {
            let request = world.anonymous().post(format!("{}/api/v1/pauses", world.url())).bearer_auth(token);
            request.json(&json!({})).send().await.unwrap().status()
        };
        assert_eq!((pauses(&read).await, pauses(&write).await), (StatusCode::FORBIDDEN, StatusCode::OK));
        for path in ["/api/v1/people", "/api/v1/audit", "/api/v1/tokens"] {
            assert_eq!(world.asks_with(&write, path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        let request = world.anonymous().patch(format!("{}/api/v1/people/{}", world.url(), pia.id));
        request.bearer_auth(crate::world::ADMIN).json(&json!({ "role": "engineer" })).send().await.unwrap();
        assert_eq!(pauses(&write).await, StatusCode::FORBIDDEN, "its maker may less by now");
        assert_eq!(world.asks_with(&write, "/api/v1/topics").await.status(), StatusCode::OK);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_it_was_said_to_and_none_lasts_longer_than_a_year() {
    let database = databases::sqlite();
    let clock = Clock::at(Clock::system().now());
    let world = World::with(&database.url, Options { clock: clock.clone(), ..Options::default() }).await;
    let wish = |days: u32| json!({ "name": "reports", "role": "product", "scope": "read", "days": days });
    for days in [0, 367] {
        let (status, problem) = world.post("/api/v1/tokens", &wish(days)).await;
        assert_eq!(status, 400, "{days}: {problem}");
    }
    let (status, made) =
        world.post("/api/v1/tokens", &json!({ "name": "reports", "role": "product", "scope": "read" })).await;
    assert_eq!(status, 200, "{made}");
    let token = made["secret"].as_str().unwrap();
    clock.advance(Duration::from_hours(24 * 90 - 1));
    assert_eq!(world.asks_with(token, "/api/v1/topics").await.status(), StatusCode::OK);
    clock.advance(Duration::from_hours(2));
    assert_eq!(world.asks_with(token, "/api/v1/topics").await.status(), StatusCode::UNAUTHORIZED, "90 days are over");
}
