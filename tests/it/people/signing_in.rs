//! Signing in: it tells nothing to whoever guesses, and keeps nobody out who does not.

use heard::model::role::Role;
use reqwest::StatusCode;

use super::{PASSWORD, cookies};
use crate::{
    databases,
    web::{filled, session},
    world::{Options, World},
};

/// What a page says, without what was typed into it.
async fn said(answer: reqwest::Response, typed: &str) -> (StatusCode, String) {
    let status = answer.status();
    (status, answer.text().await.unwrap().replace(typed, ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_whether_somebody_has_the_login_or_not() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let invited = world.invites("Ben Stone", Role::Agent).await;
        let ben = invited["person"]["login"].as_str().unwrap();
        let known = said(world.signs_in(&maya.login, "a wrong password").await, &maya.login).await;
        assert_eq!(known.0, StatusCode::UNAUTHORIZED);
        for other in ["nobody@acme.test", ben, "no address", ""] {
            let unknown = said(world.signs_in(other, "a wrong password").await, other).await;
            assert_eq!(unknown, known, "{other:?}");
        }
        let long = "long ".repeat(1_000);
        assert_eq!(world.signs_in(&maya.login, &long).await.status(), StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_an_account_wait_and_its_owner_comes_in_with_their_own_browser() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
    let mut last = StatusCode::OK;
    for nth in 0..12 {
        last = world.signs_in(&maya.login, &format!("guess number {nth}")).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        world.signs_in(&maya.login, PASSWORD).await.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "from a browser that nobody knows, even the right one waits"
    );
    let known =
        world.sends_form(&maya.cookie, "/login", &[("login", maya.login.as_str()), ("password", PASSWORD)]).await;
    assert_eq!(known.status(), StatusCode::SEE_OTHER, "her own browser has the cookie of her first sign-in");
    let of_another = world.joins_team("Ben Stone", Role::Agent).await;
    let borrowed =
        world.sends_form(&of_another.cookie, "/login", &[("login", maya.login.as_str()), ("password", PASSWORD)]).await;
    assert_eq!(borrowed.status(), StatusCode::TOO_MANY_REQUESTS, "the cookie of somebody else is none of hers");
    session(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_floods_the_sign_in_is_not_compared_for_and_keeps_nobody_out_who_uses_their_own_browser() {
    databases::for_each(async |database| {
        let trusted = [("database = ", "trusted_proxies = [\"127.0.0.0/8\"]\ndatabase = ")];
        let world = World::with(database, Options { changes: &trusted, ..Options::default() }).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let signs_in = async |from: &str, cookie: &str, login: &str, password: &str| {
            let request = world.anonymous().post(format!("{}/login", world.url()));
            let request = request.header("x-forwarded-for", from).header("cookie", cookie);
            filled(request, &[("login", login), ("password", password)]).send().await.unwrap().status()
        };
        let flood = "203.0.113.9";
        for nth in 0..40 {
            let nobody = format!("nobody-{nth}@elsewhere.test");
            signs_in(flood, "", &nobody, "whatever it may be").await;
        }
        let new_there = signs_in(flood, "", &maya.login, PASSWORD).await;
        assert_eq!(new_there, StatusCode::TOO_MANY_REQUESTS, "nothing is compared for it, not even what is right");
        let known_there = signs_in(flood, &maya.cookie, &maya.login, PASSWORD).await;
        assert_eq!(known_there, StatusCode::SEE_OTHER, "her own browser has the cookie of her first sign-in");
        let new_elsewhere = signs_in("198.51.100.1", "", &maya.login, PASSWORD).await;
        assert_eq!(new_elsewhere, StatusCode::SEE_OTHER, "a new browser elsewhere");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_signs_nobody_in_and_sets_no_password() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
    let invitation = world.invites("Ben Stone", Role::Agent).await;
    let login = format!("{}/login", world.url());
    for (url, fields) in [
        (login.as_str(), [("login", maya.login.as_str()), ("password", PASSWORD)]),
        (invitation["url"].as_str().unwrap(), [("password", PASSWORD), ("again", PASSWORD)]),
    ] {
        let request = world.anonymous().post(url).header("sec-fetch-site", "cross-site");
        let answer = filled(request, &fields).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{url}");
        assert!(!answer.headers().contains_key("set-cookie"), "{url}");
    }
    assert_eq!(world.follows(&invitation, PASSWORD).await.status(), StatusCode::SEE_OTHER, "it was not used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_brings_is_never_the_one_they_get() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
    let fixed = "heard_session=chosen-by-somebody-else";
    let fields = [("login", maya.login.as_str()), ("password", PASSWORD)];
    let mine = cookies(&world.sends_form(fixed, "/login", &fields).await);
    assert!(world.is_signed_in(&mine).await && !world.is_signed_in(fixed).await);
    let next = cookies(&world.sends_form(&mine, "/login", &fields).await);
    assert!(world.is_signed_in(&next).await && !world.is_signed_in(&mine).await, "the one before ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_where_one_is_signed_in_and_ends_it_and_an_admin_sees_all() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let ben = world.joins_team("Ben Stone", Role::Agent).await;
        let elsewhere = cookies(&world.signs_in(&maya.login, PASSWORD).await);
        let page = world.opens_page(&maya.cookie, "/account").await.text().await.unwrap();
        assert!(page.contains("127.0.0.1") && page.contains("this one"), "{page}");
        let theirs = page.split("/account/sessions/").skip(1).filter_map(|rest| rest.split('/').next());
        let others: Vec<_> = theirs.filter(|id| id.len() == 36).collect();
        assert_eq!(others.len(), 1, "only her own: {page}");
        let foreign = world.sends_form(&ben.cookie, &format!("/account/sessions/{}/end", others[0]), &[]).await;
        assert_eq!(foreign.status(), StatusCode::NOT_FOUND, "nobody ends another's");
        world.sends_form(&maya.cookie, &format!("/account/sessions/{}/end", others[0]), &[]).await;
        assert!(!world.is_signed_in(&elsewhere).await && world.is_signed_in(&maya.cookie).await);

        let all = world.get("/api/v1/sessions").await;
        let of_ben = all["sessions"].as_array().unwrap().iter().find(|one| one["person"] == ben.id.as_str()).unwrap();
        let id = of_ben["id"].as_str().unwrap();
        let ended = world.anonymous().delete(format!("{}/api/v1/sessions/{id}", world.url()));
        assert_eq!(ended.bearer_auth(crate::world::ADMIN).send().await.unwrap().status(), StatusCode::NO_CONTENT);
        assert!(!world.is_signed_in(&ben.cookie).await);
    })
    .await;
}

/// The same cookies, with the mark of the known browser spelled otherwise: digits of a number in base 16 may be small or large.
fn spelled(cookies: &str, nth: u32) -> String {
    let (before, known) = cookies.split_once("heard_known=").expect("the browser is known");
    let (known, after) = known.split_once(';').unwrap_or((known, ""));
    let (chance, mark) = known.split_once('.').expect("a mark");
    let mut place = 0;
    let letter = |c: char| {
        if !c.is_ascii_alphabetic() || place > 30 {
            return c;
        }
        place += 1;
        if (nth >> (place - 1)) & 1 == 1 { c.to_ascii_uppercase() } else { c }
    };
    let mark: String = mark.chars().map(letter).collect();
    format!("{before}heard_known={chance}.{mark};{after}")
}

/// goiabada#219: "ten case spellings: 100/100 attempts reached the handler".
#[tokio::test(flavor = "multi_thread")]
async fn however_a_known_browser_is_spelled_it_has_the_guesses_of_one() {
    databases::for_each(async |database| {
        let trusted = [("database = ", "trusted_proxies = [\"127.0.0.0/8\"]\ndatabase = ")];
        let world = World::with(database, Options { changes: &trusted, ..Options::default() }).await;
        let ada = world.joins_team("Ada Byron", Role::Admin).await;
        let signs_in = async |nth: u32, cookie: &str, login: &str, password: &str| {
            let request = world.anonymous().post(format!("{}/login", world.url()));
            // From an address of its own, so that only the account and the browser are counted.
            let request = request.header("x-forwarded-for", format!("203.0.113.{nth}")).header("cookie", cookie);
            filled(request, &[("login", login), ("password", password)]).send().await.unwrap()
        };
        // Ada signed in at this browser once; somebody else has it by now.
        for nth in 0..12 {
            signs_in(nth, &spelled(&ada.cookie, nth), &ada.login, &format!("guess number {nth}")).await;
        }
        let found = signs_in(20, &spelled(&ada.cookie, 20), &ada.login, PASSWORD).await;
        assert_eq!(found.status(), StatusCode::TOO_MANY_REQUESTS, "ten were wrong, by whatever spelling");
        assert!(!cookies(&found).contains("heard_session"), "nobody is signed in");

        // Whoever was let go has their own cookie still.
        let ben = world.joins_team("Ben Stone", Role::Agent).await;
        let off = world.sends_form(&ada.cookie, &format!("/people/{}/off", ben.id), &[]).await;
        assert_eq!(off.status(), StatusCode::SEE_OTHER);
        let mut last = StatusCode::OK;
        for nth in 0..12 {
            last = signs_in(100 + nth, &spelled(&ben.cookie, nth), &ben.login, PASSWORD).await.status();
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "nothing more is computed for them");
    })
    .await;
}

/// The key of a customer's page with a stroke behind it is no page, and would stand in the proxy's log.
#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_first_is_led_back_to_pages_only() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    for (asked, leads_to) in [
        ("/triage", "/login?next=%2Ftriage"),
        ("/c/a-key-of-a-customer/", "/login"),
        ("/invitation/a-key-of-an-account/", "/login"),
        ("/connect/github/back?code=used-once&state=of-somebody", "/login"),
    ] {
        let answer = world.anonymous().get(format!("{}{asked}", world.url())).send().await.unwrap();
        let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        assert_eq!((answer.status(), location.as_deref()), (StatusCode::SEE_OTHER, Some(leads_to)), "{asked}");
    }
}
