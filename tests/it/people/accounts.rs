//! Accounts: made by an invitation that is used once, and gone at once with everything that hangs on them.

use std::time::Duration;

use heard::{base::clock::Clock, model::role::Role};
use reqwest::StatusCode;
use serde_json::json;

use super::{PASSWORD, cookies};
use crate::{
    databases,
    web::session,
    world::{Options, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_used_once_and_opening_it_changes_nothing() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let invitation = world.invites("Maya Lindgren", Role::Agent).await;
        let url = invitation["url"].as_str().unwrap();
        // A mail program, a preview and a scanner that presses the button look at it first.
        for _ in 0..3 {
            let page = world.anonymous().get(url).send().await.unwrap();
            assert_eq!(page.headers()["referrer-policy"], "no-referrer");
            assert!(page.text().await.unwrap().contains("Welcome, Maya Lindgren."));
            world.anonymous().head(url).send().await.unwrap();
        }
        assert_eq!(world.follows(&invitation, "").await.status(), StatusCode::CONFLICT, "an empty form");
        let joined = world.follows(&invitation, PASSWORD).await;
        assert_eq!(joined.status(), StatusCode::SEE_OTHER);
        assert!(world.is_signed_in(&cookies(&joined)).await);
        assert_eq!(world.follows(&invitation, "another long password").await.status(), StatusCode::NOT_FOUND);
        let again = world.anonymous().get(url).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
        assert!(!again.text().await.unwrap().contains("Maya"), "whoever finds the link later learns nothing");
        assert_eq!(world.signs_in("maya.lindgren@acme.test", PASSWORD).await.status(), StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_after_three_days_and_when_there_is_a_newer_one() {
    let database = databases::sqlite();
    let clock = Clock::at(Clock::system().now());
    let world = World::with(&database.url, Options { clock: clock.clone(), ..Options::default() }).await;
    let old = world.invites("Maya Lindgren", Role::Agent).await;
    let id = old["person"]["id"].as_str().unwrap();
    let (status, newer) = world.post(&format!("/api/v1/people/{id}/invite"), &json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(world.follows(&old, PASSWORD).await.status(), StatusCode::NOT_FOUND, "a newer one took its place");
    clock.advance(Duration::from_hours(72));
    assert_eq!(world.follows(&newer, PASSWORD).await.status(), StatusCode::NOT_FOUND, "three days are over");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_is_made_by_who_signs_in_with_the_admin_token() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let admin = session(&world).await;
        let page = world.opens_page(&admin, "/topics").await.text().await.unwrap();
        assert!(page.contains("Nobody has an account yet."), "{page}");
        let elsewhere = world.opens_page(&admin, "/health").await.text().await.unwrap();
        assert!(
            !elsewhere.contains("Nobody has an account yet."),
            "it is said where one begins, and not on every page"
        );
        let fields = [("name", "Ada Byron"), ("login", "ada@acme.test"), ("role", "admin")];
        let led = world.sends_form(&admin, "/people", &fields).await;
        let to = led.headers()["location"].to_str().unwrap().to_owned();
        assert!(to.starts_with("/invitation/"), "the first one sets their own password: {to}");
        let joined = world.sends_form(&admin, &to, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        let ada = cookies(&joined);
        let page = world.opens_page(&ada, "/people").await.text().await.unwrap();
        assert!(page.contains("Ada Byron") && !page.contains("Nobody has an account yet."), "{page}");
        assert!(!world.is_signed_in(&admin).await, "the session of the token ended when another began in the browser");
        let login = world.anonymous().get(format!("{}/login", world.url())).send().await.unwrap().text().await.unwrap();
        assert!(login.contains(r#"name="login""#) && login.contains(r#"name="token""#), "both ways in: {login}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_switched_off_is_out_at_once() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let token = world.makes_token(&maya.cookie, "reports", Role::Agent, "read").await;
        assert_eq!(world.asks_with(&token, "/api/v1/topics").await.status(), StatusCode::OK);
        let switch = async |active: bool| {
            let request = world.anonymous().patch(format!("{}/api/v1/people/{}", world.url(), maya.id));
            let request = request.bearer_auth(crate::world::ADMIN).json(&json!({ "active": active }));
            assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
        };
        switch(false).await;
        assert!(!world.is_signed_in(&maya.cookie).await);
        assert_eq!(world.asks_with(&token, "/api/v1/topics").await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(world.signs_in(&maya.login, PASSWORD).await.status(), StatusCode::UNAUTHORIZED);
        switch(true).await;
        assert_eq!(world.signs_in(&maya.login, PASSWORD).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            world.asks_with(&token, "/api/v1/topics").await.status(),
            StatusCode::UNAUTHORIZED,
            "a token stays ended"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_and_a_new_role_end_every_other_session() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let elsewhere = cookies(&world.signs_in(&maya.login, PASSWORD).await);
        let new = "eleven green boots dance";
        let fields = [("old", PASSWORD), ("password", new), ("again", new)];
        let changed = world.sends_form(&elsewhere, "/account/password", &fields).await;
        assert_eq!(changed.status(), StatusCode::SEE_OTHER, "{}", changed.text().await.unwrap());
        let here = cookies(&changed);
        assert!(world.is_signed_in(&here).await, "whoever changed it goes on");
        assert!(!world.is_signed_in(&maya.cookie).await && !world.is_signed_in(&elsewhere).await);
        let wrong = world.sends_form(&here, "/account/password", &fields).await;
        assert_eq!(wrong.status(), StatusCode::CONFLICT, "the old one is not theirs any more");

        // Whoever lost their password gets another invitation. Until it is followed, nothing changes.
        let (_, invitation) = world.post(&format!("/api/v1/people/{}/invite", maya.id), &json!({})).await;
        assert!(world.is_signed_in(&here).await);
        let joined = cookies(&world.follows(&invitation, PASSWORD).await);
        assert!(world.is_signed_in(&joined).await && !world.is_signed_in(&here).await);

        let request = world.anonymous().patch(format!("{}/api/v1/people/{}", world.url(), maya.id));
        request.bearer_auth(crate::world::ADMIN).json(&json!({ "role": "product" })).send().await.unwrap();
        assert!(!world.is_signed_in(&joined).await, "with another role one signs in again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_is_neither_switched_off_nor_made_less() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ada = world.joins_team("Ada Byron", Role::Admin).await;
        for (path, fields) in [("off", &[][..]), ("role", &[("role", "agent")][..])] {
            let answer = world.sends_form(&ada.cookie, &format!("/people/{}/{path}", ada.id), fields).await;
            assert_eq!(answer.status(), StatusCode::CONFLICT, "{path}");
            assert!(answer.text().await.unwrap().contains("make somebody else an admin first"));
        }
        let grace = world.joins_team("Grace Hopper", Role::Admin).await;
        let off = world.sends_form(&grace.cookie, &format!("/people/{}/off", ada.id), &[]).await;
        assert_eq!(off.status(), StatusCode::SEE_OTHER);
        assert!(!world.is_signed_in(&ada.cookie).await && world.is_signed_in(&grace.cookie).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_have_no_login_in_common_and_a_password_is_not_guessed_first() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let invitation = world.invites("Maya Lindgren", Role::Agent).await;
        let again = json!({ "name": "Another", "login": "MAYA.Lindgren@acme.test", "role": "agent" });
        let (status, problem) = world.post("/api/v1/people", &again).await;
        assert_eq!((status, &problem["type"]), (409, &json!("urn:heard:problem:refused:login-taken")));
        for (password, why) in [
            ("short", "at least 12 characters"),
            ("passwordpassword1", "guessed first"),
            ("Maya Lindgren 1", "name or address"),
        ] {
            let answer = world.follows(&invitation, password).await;
            assert_eq!(answer.status(), StatusCode::CONFLICT, "{password}");
            assert!(answer.text().await.unwrap().contains(why), "{password}");
        }
        assert_eq!(world.follows(&invitation, "ein grünes Fahrrad im Regen").await.status(), StatusCode::SEE_OTHER);
    })
    .await;
}
