//! The company's own sign-in: it brings in whom an admin has invited, and nobody else.

use heard::model::role::Role;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    PASSWORD, Teammate, cookies,
    provider::{Provider, Signed},
};
use crate::{
    databases,
    world::{ADMIN, Options, World},
};

async fn with_provider(database: &str, provider: &Provider) -> World {
    World::with(database, Options { tell: &provider.section(), ..Options::default() }).await
}

/// What the provider says of Maya.
fn maya() -> Value {
    json!({ "sub": "248289761001", "email": "Maya.Lindgren@acme.test", "email_verified": true })
}

/// What it says of her, but for this.
fn maya_but(other: &Value) -> Value {
    let mut says = maya();
    says.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    says
}

fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// A browser sets out: its cookie, and the provider's page.
async fn sets_out(world: &World, next: &str) -> (String, String) {
    let answer = world.opens_page("", &format!("/login/provider?next={next}")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    (cookies(&answer), location(&answer))
}

/// A browser goes there and comes back.
async fn signs_on(world: &World, provider: &Provider, says: &Value, signed: Signed) -> Response {
    let (cookie, page) = sets_out(world, "/updates").await;
    world.opens_page(&cookie, &provider.sends_back(&page, says, signed)).await
}

/// Whether an answer begins a session.
fn lets_in(answer: &Response) -> bool {
    answer.status() == StatusCode::SEE_OTHER && cookies(answer).contains("heard_session=")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_invited_comes_in_and_is_known_by_the_providers_word_from_then_on() {
    databases::for_each(async |database| {
        // The section has an issuer, a client_id, a client_secret and a name; the provider refuses others than its own.
        let provider = Provider::start();
        let world = with_provider(database, &provider).await;
        let invited = world.invites("Maya Lindgren", Role::Agent).await;
        let page = world.opens_page("", "/login?next=/updates").await.text().await.unwrap();
        assert!(page.contains("Sign in with Acme ID") && page.contains("/login/provider?next=%2Fupdates"), "{page}");

        let answer = signs_on(&world, &provider, &maya(), Signed::Well).await;
        assert!(lets_in(&answer), "{}", answer.status());
        assert_eq!(location(&answer), "/updates");
        let account = world.opens_page(&cookies(&answer), "/account").await.text().await.unwrap();
        assert!(account.contains("Maya Lindgren"), "{account}");
        assert_eq!(world.follows(&invited, PASSWORD).await.status(), StatusCode::NOT_FOUND, "the invitation has ended");
        let written = world.get("/api/v1/audit?action=bind_provider").await;
        assert_eq!(written["acts"][0]["name"], "Maya Lindgren", "{written}");

        let married = maya_but(&json!({ "email": "maya.stone@acme.test", "email_verified": false }));
        assert!(lets_in(&signs_on(&world, &provider, &married, Signed::Well).await), "her address may change");
        let successor = maya_but(&json!({ "sub": "another" }));
        assert!(
            !lets_in(&signs_on(&world, &provider, &successor, Signed::Well).await),
            "and whoever has it next is not her"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_brings_nobody_in_whom_the_provider_or_an_admin_does_not_vouch_for() {
    let database = databases::sqlite();
    let provider = Provider::start();
    let world = with_provider(&database.url, &provider).await;
    world.invites("Maya Lindgren", Role::Admin).await;
    let Teammate { id, .. } = world.joins_team("Ben Stone", Role::Agent).await;
    let off = world.anonymous().patch(format!("{}/api/v1/people/{id}", world.url())).bearer_auth(ADMIN);
    assert_eq!(off.json(&json!({ "active": false })).send().await.unwrap().status(), StatusCode::OK);
    for says in [
        json!({ "email_verified": false }),
        json!({ "email_verified": null }),
        json!({ "email_verified": "no" }),
        json!({ "email": null }),
        json!({ "email": "nobody@acme.test" }),
        json!({ "email": "ben.stone@acme.test" }),
    ] {
        let answer = signs_on(&world, &provider, &maya_but(&says), Signed::Well).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{says}");
        assert!(!lets_in(&answer), "{says}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_counts_in_the_browser_that_set_out_and_as_it_was_signed_for_us() {
    let database = databases::sqlite();
    let provider = Provider::start();
    let world = with_provider(&database.url, &provider).await;
    world.invites("Maya Lindgren", Role::Agent).await;
    for (wrong, signed) in [
        (json!({ "nonce": "of another sign-in" }), Signed::Well),
        (json!({ "aud": "somebody else" }), Signed::Well),
        (json!({ "azp": "somebody else" }), Signed::Well),
        (json!({ "iss": "https://elsewhere.test" }), Signed::Well),
        (json!({ "exp": 1_000_000_000 }), Signed::Well),
        (json!({}), Signed::Not),
        (json!({}), Signed::WithThePublicKey),
    ] {
        let answer = signs_on(&world, &provider, &maya_but(&wrong), signed).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{wrong}, signed {signed:?}");
    }

    let (cookie, page) = sets_out(&world, "/updates").await;
    let back = provider.sends_back(&page, &maya(), Signed::Well);
    let (of_another, _) = sets_out(&world, "/updates").await;
    for other in ["", of_another.as_str()] {
        assert_eq!(world.opens_page(other, &back).await.status(), StatusCode::UNAUTHORIZED, "{other:?}");
    }
    let refused = back.replace("code=", "error=access_denied&was=");
    assert_eq!(world.opens_page(&cookie, &refused).await.status(), StatusCode::UNAUTHORIZED);
    let let_in = world.opens_page(&cookie, &back).await;
    assert!(lets_in(&let_in), "nothing of this used it up");
    assert!(!lets_in(&world.opens_page(&cookie, &back).await), "a code is good for once");
    let session = cookies(&let_in);
    let gone_back = world.opens_page(&session, &back).await;
    assert_eq!((gone_back.status(), location(&gone_back).as_str()), (StatusCode::SEE_OTHER, "/topics"));
    assert!(!lets_in(&gone_back) && world.is_signed_in(&session).await, "whoever goes back stays signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_in_leads_to_no_page_of_somebody_else() {
    let database = databases::sqlite();
    let provider = Provider::start();
    let world = with_provider(&database.url, &provider).await;
    world.invites("Maya Lindgren", Role::Agent).await;
    let (cookie, page) = sets_out(&world, "//evil.test").await;
    let answer = world.opens_page(&cookie, &provider.sends_back(&page, &maya(), Signed::Well)).await;
    assert_eq!((lets_in(&answer), location(&answer).as_str()), (true, "/topics"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_invitation_lets_the_provider_say_anew_who_somebody_is() {
    databases::for_each(async |database| {
        let provider = Provider::start();
        let world = with_provider(database, &provider).await;
        let maya_herself = world.joins_team("Maya Lindgren", Role::Agent).await;
        assert!(lets_in(&signs_on(&world, &provider, &maya(), Signed::Well).await));
        let moved = maya_but(&json!({ "sub": "at-the-new-provider" }));
        assert!(!lets_in(&signs_on(&world, &provider, &moved, Signed::Well).await));
        let (_, again) = world.post(&format!("/api/v1/people/{}/invite", maya_herself.id), &json!({})).await;
        assert_eq!(world.follows(&again, PASSWORD).await.status(), StatusCode::SEE_OTHER, "{again}");
        assert!(lets_in(&signs_on(&world, &provider, &moved, Signed::Well).await));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_comes_by_the_companys_sign_in_is_one_who_can_sign_in() {
    databases::for_each(async |database| {
        let provider = Provider::start();
        let world = with_provider(database, &provider).await;
        let ada = world.joins_team("Ada Byron", Role::Admin).await;
        let invitation = world.invites("Maya Lindgren", Role::Admin).await;
        let maya_id = invitation["person"]["id"].as_str().unwrap().to_owned();
        let came = signs_on(&world, &provider, &maya(), Signed::Well).await;
        assert!(lets_in(&came), "{}", came.status());
        let session = cookies(&came);
        let page = world.opens_page(&session, "/people").await.text().await.unwrap();
        assert!(page.contains("comes by Acme ID") && !page.contains("the invitation has ended"), "{page}");
        // Ada has left the company.
        let off = world.sends_form(&session, &format!("/people/{}/off", ada.id), &[]).await;
        assert_eq!(off.status(), StatusCode::SEE_OTHER, "{}", off.text().await.unwrap());
        assert!(!world.is_signed_in(&ada.cookie).await, "whoever was let go is out");
        // Now Maya is the last one.
        for (path, fields) in [("role", &[("role", "agent")][..]), ("off", &[][..])] {
            let answer = world.sends_form(&session, &format!("/people/{maya_id}/{path}"), fields).await;
            assert_eq!(answer.status(), StatusCode::CONFLICT, "{path}");
        }
        assert!(world.is_signed_in(&session).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_came_by_a_sign_in_that_is_not_set_up_any_more_is_not_one_who_can_sign_in() {
    let database = databases::sqlite();
    let provider = Provider::start();
    let mut world = with_provider(&database.url, &provider).await;
    let ada = world.joins_team("Ada Byron", Role::Admin).await;
    world.invites("Maya Lindgren", Role::Admin).await;
    let came = signs_on(&world, &provider, &maya(), Signed::Well).await;
    assert!(lets_in(&came), "{}", came.status());
    world.stops().await;
    world.settings_change(&provider.section(), "");
    world.starts_again().await;
    let off = world.sends_form(&ada.cookie, &format!("/people/{}/off", ada.id), &[]).await;
    assert_eq!(off.status(), StatusCode::CONFLICT, "nobody else could come in");
    assert!(world.is_signed_in(&ada.cookie).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_provider_does_not_answer_passwords_do() {
    let database = databases::sqlite();
    let nobody = "[sign_on]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"heard\"\n";
    let world = World::with(&database.url, Options { tell: nobody, ..Options::default() }).await;
    let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
    let answer = world.opens_page("", "/login/provider").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let page = answer.text().await.unwrap();
    assert!(page.contains("does not answer") && page.contains("Sign in with your company"), "{page}");
    assert!(lets_in(&world.signs_in(&maya.login, PASSWORD).await));
}
