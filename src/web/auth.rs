//! Who may come in: the bearer token of the API, and the session of the console.
//!
//! A session is 256 random bits in a cookie; the store holds their HMAC with the admin token. It ends after twelve hours, by
//! signing out, with every other by `heard sessions end`, and when the admin token changes.

use std::time::Duration;

use actix_web::{
    Error, HttpRequest, HttpResponse, ResponseError as _,
    body::{EitherBody, MessageBody},
    cookie::{Cookie, SameSite, time::Duration as CookieDuration},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};

use super::{
    guard,
    guesses::{Guesses, WrongToken},
    problem::{Problem, ProblemType},
};
use crate::{
    base::{
        random,
        signature::{Hash, hmac},
    },
    flow::App,
    store::{StoreError, pages, sessions},
};

/// The cookie's name.
const COOKIE: &str = "heard_session";
/// How long a session lasts.
const SESSION: Duration = Duration::from_hours(12);
/// When somebody who guessed too often may guess again, in seconds.
pub const GUESS_AGAIN: u64 = 60;

/// Lets the request through that carries the admin token, compared in constant time.
pub fn bearer(request: &HttpRequest, app: &App) -> Result<(), Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
    let token =
        value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) if app.keys.is_admin(token.trim()) => Ok(()),
        // Who brings nothing guesses nothing.
        None if values_are_absent(request) => Err(Problem::of(ProblemType::Unauthorized)),
        _ => Err(match Guesses::wrong(request, "api") {
            WrongToken::Counted => Problem::of(ProblemType::Unauthorized),
            WrongToken::TooMany => Problem::of(ProblemType::TooMany).retry_after(GUESS_AGAIN),
        }),
    }
}

fn values_are_absent(request: &HttpRequest) -> bool {
    !request.headers().contains_key(header::AUTHORIZATION)
}

/// The answer of a middleware that lets a request go no further. It is an answer like any other and not an error, so that it
/// gets our headers, a line in the log, and is counted.
fn refused<B>(request: ServiceRequest, problem: &Problem) -> ServiceResponse<EitherBody<B>> {
    request.into_response(problem.error_response()).map_into_right_body()
}

/// Middleware of the API.
pub async fn require_bearer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let allowed = match request.app_data::<web::Data<App>>() {
        Some(app) => bearer(request.request(), app),
        None => Err(Problem::of(ProblemType::Internal)),
    };
    match allowed {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(problem) => Ok(refused(request, &problem)),
    }
}

/// Middleware of the console: without a session, a request changes nothing and is sent to the sign-in page.
pub async fn require_session(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let signed_in = match request.app_data::<web::Data<App>>() {
        Some(app) => has_session(request.request(), app).await,
        None => Ok(false),
    };
    let signed_in = match signed_in {
        Ok(signed_in) => signed_in,
        Err(error) => return Ok(refused(request, &error.into())),
    };
    if !signed_in && !may_be_sent_to_sign_in(&request) {
        return Ok(refused(request, &Problem::of(ProblemType::NotFound)));
    }
    if !signed_in {
        let target = sign_in_address(&request);
        let response = HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish();
        return Ok(request.into_response(response).map_into_right_body());
    }
    if !is_ours(request.request()) {
        let problem = Problem::saying(ProblemType::Refused, "Another site's page sent this; nothing was changed.");
        return Ok(refused(request, &problem));
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Whether somebody who is not signed in is sent to the sign-in page: who asks for a page, or posts one of the console's forms.
/// Anything else was meant for another address, such as a webhook's, and would take the sign-in page for an answer.
fn may_be_sent_to_sign_in(request: &ServiceRequest) -> bool {
    if request.method().is_safe() {
        return true;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_form = kind.is_empty() || kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form");
    *request.method() == Method::POST && is_form && request.match_pattern().is_some_and(|pattern| pattern != "/")
}

/// Whether this form was sent by one of our own pages.
pub fn is_ours(request: &HttpRequest) -> bool {
    let home = request.app_data::<web::Data<App>>().map(|app| app.link("/")).unwrap_or_default();
    guard::may_change(request.method(), request.headers(), &home)
}

fn sign_in_address(request: &ServiceRequest) -> String {
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    if *request.method() == Method::GET && asked != "/" {
        let escaped = percent_encoding::utf8_percent_encode(asked, percent_encoding::NON_ALPHANUMERIC);
        format!("/login?next={escaped}")
    } else {
        "/login".to_owned()
    }
}

/// Whether the request carries a session that is still open.
pub async fn has_session(request: &HttpRequest, app: &App) -> Result<bool, StoreError> {
    let Some(cookie) = request.cookie(COOKIE) else { return Ok(false) };
    let mut conn = app.database.read().await?;
    pages::has_session(&mut conn, &kept(app, cookie.value()), app.clock.now()).await
}

/// Begins a session and gives its cookie. `secure` when the console is reached by https.
pub async fn begin(app: &App, secure: bool) -> Result<Cookie<'static>, Problem> {
    let token = random::token().map_err(|error| {
        tracing::error!(%error, "The system gives no randomness");
        Problem::of(ProblemType::Internal)
    })?;
    let mut tx = app.database.begin().await?;
    pages::begin_session(&mut tx, &kept(app, &token), app.clock.now().plus(SESSION)).await?;
    tx.commit().await?;
    Ok(cookie(token, secure).max_age(CookieDuration::seconds(i64::try_from(SESSION.as_secs()).unwrap_or(0))).finish())
}

/// Ends the request's session and gives the cookie that takes its place.
pub async fn end(request: &HttpRequest, app: &App, secure: bool) -> Result<Cookie<'static>, Problem> {
    if let Some(held) = request.cookie(COOKIE) {
        let mut tx = app.database.begin().await?;
        pages::end_session(&mut tx, &kept(app, held.value()), app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(cookie(String::new(), secure).max_age(CookieDuration::ZERO).finish())
}

/// Ends every session, and says how many there were.
pub async fn end_all(app: &App) -> Result<u64, StoreError> {
    let mut tx = app.database.begin().await?;
    let ended = sessions::end_all(&mut tx).await?;
    tx.commit().await?;
    Ok(ended)
}

/// What is kept of a session. With another admin token nobody finds it again.
fn kept(app: &App, session: &str) -> Vec<u8> {
    hmac(Hash::Sha256, app.keys.admin.expose().as_bytes(), &[b"session:", session.as_bytes()])
}

fn cookie(value: String, secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).secure(secure)
}
