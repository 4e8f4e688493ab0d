//! Who may come in: the bearer token of the API, and the session of the console.
//!
//! A session is 256 random bits in a cookie; the store holds their HMAC with the admin token. It ends after twelve hours, by
//! signing out, with every other by `heard sessions end`, when the admin token changes, and when the password, the role or the account
//! of whoever began it does. Signing in always begins another one, so nobody can have chosen it before.

use std::time::Duration;

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _,
    body::{EitherBody, MessageBody},
    cookie::{Cookie, SameSite, time::Duration as CookieDuration},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};

use super::{
    caller::Caller,
    guard,
    guesses::{self, Guesses, WrongToken},
    problem::{Problem, ProblemType},
};
use crate::{
    base::{
        random,
        signature::{Hash, hmac},
    },
    flow::{App, sign_in},
    model::{id::SessionId, person::PersonAccount},
    store::{
        StoreError, audit,
        sessions::{self, ConsoleSession},
    },
};

/// The cookie's name.
const COOKIE: &str = "heard_session";
/// How long a session lasts.
const SESSION: Duration = Duration::from_hours(12);
/// When somebody who guessed too often may guess again, in seconds.
pub const GUESS_AGAIN: u64 = 60;

/// Who brings a bearer token: the admin token, compared in constant time, or one that somebody made.
pub async fn bearer(request: &HttpRequest, app: &App) -> Result<Caller, Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
    let token =
        value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let address = guesses::address_of(request);
    if let Some((_, token)) = token {
        if app.keys.is_admin(token.trim()) {
            return Ok(Caller::with_admin_token(address));
        }
        if let Some((token, owner)) = sign_in::with_token(app, token.trim()).await? {
            return Ok(Caller::with_token(token, owner, address));
        }
    }
    // Who brings nothing guesses nothing.
    if token.is_none() && values_are_absent(request) {
        return Err(Problem::of(ProblemType::Unauthorized));
    }
    Err(match Guesses::wrong(request, "api") {
        WrongToken::Counted => Problem::of(ProblemType::Unauthorized),
        WrongToken::TooMany => Problem::of(ProblemType::TooMany).retry_after(GUESS_AGAIN),
    })
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
    let caller = match request.app_data::<web::Data<App>>() {
        Some(app) => bearer(request.request(), app).await,
        None => Err(Problem::of(ProblemType::Internal)),
    };
    match caller {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(problem) => Ok(refused(request, &problem)),
    }
}

/// Middleware of the console: without a session, a request changes nothing and is sent to the sign-in page.
pub async fn require_session(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let caller = match request.app_data::<web::Data<App>>() {
        Some(app) => who_signed_in(request.request(), app).await,
        None => Ok(None),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(error) => return Ok(refused(request, &error.into())),
    };
    let Some(caller) = caller else {
        if !may_be_sent_to_sign_in(&request) {
            return Ok(refused(request, &Problem::of(ProblemType::NotFound)));
        }
        let target = sign_in_address(&request);
        let response = HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish();
        return Ok(request.into_response(response).map_into_right_body());
    };
    if !is_ours(request.request()) {
        let problem = Problem::saying(ProblemType::Refused, "Another site's page sent this; nothing was changed.");
        return Ok(refused(request, &problem));
    }
    request.extensions_mut().insert(caller);
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

/// Where to sign in, and the page to come back to. An address that is no page of ours is not carried along, for it may hold a key that
/// was pasted with a stroke too many, and this one stands in a proxy's log; nor is GitHub's way back, whose code is used once.
fn sign_in_address(request: &ServiceRequest) -> String {
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let is_page = request.match_pattern().is_some_and(|pattern| pattern != "/connect/github/back");
    if *request.method() == Method::GET && asked != "/" && is_page {
        let escaped = percent_encoding::utf8_percent_encode(asked, percent_encoding::NON_ALPHANUMERIC);
        format!("/login?next={escaped}")
    } else {
        "/login".to_owned()
    }
}

/// Whose session the request carries, if it is still open.
pub async fn who_signed_in(request: &HttpRequest, app: &App) -> Result<Option<Caller>, StoreError> {
    let Some(cookie) = request.cookie(COOKIE) else { return Ok(None) };
    let mut conn = app.database.read().await?;
    let open = sessions::open(&mut conn, &kept(app, cookie.value()), app.clock.now()).await?;
    let address = guesses::address_of(request);
    Ok(open.map(|(session, person)| Caller::with_session(&session, person, address)))
}

/// Begins a session, of a person or of the admin token, and gives its cookie. The one that the request carries ends.
pub async fn begin(
    request: &HttpRequest,
    app: &App,
    person: Option<PersonAccount>,
) -> Result<Cookie<'static>, Problem> {
    let token = random::token().map_err(|error| {
        tracing::error!(%error, "The system gives no randomness");
        Problem::of(ProblemType::Internal)
    })?;
    let now = app.clock.now();
    let session = ConsoleSession {
        id: SessionId::generate(now),
        person: person.as_ref().map(|person| person.id),
        began_at: now,
        address: guesses::address_of(request),
        expires_at: now.plus(SESSION),
    };
    let actor = Caller::with_session(&session, person, session.address.clone()).actor();
    let mut tx = app.database.begin().await?;
    if let Some(held) = request.cookie(COOKIE) {
        sessions::end(&mut tx, &kept(app, held.value()), now).await?;
    }
    sessions::begin(&mut tx, &kept(app, &token), &session).await?;
    audit::add(&mut tx, &actor, "sign_in", &session.id.to_string(), now).await?;
    tx.commit().await?;
    let lasts = CookieDuration::seconds(i64::try_from(SESSION.as_secs()).unwrap_or(0));
    Ok(cookie(token, is_secure(app)).max_age(lasts).finish())
}

/// Ends the request's session and gives the cookie that takes its place.
pub async fn end(request: &HttpRequest, app: &App) -> Result<Cookie<'static>, Problem> {
    if let Some(held) = request.cookie(COOKIE) {
        let mut tx = app.database.begin().await?;
        sessions::end(&mut tx, &kept(app, held.value()), app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(cookie(String::new(), is_secure(app)).max_age(CookieDuration::ZERO).finish())
}

/// What is kept of a session. With another admin token nobody finds it again.
fn kept(app: &App, session: &str) -> Vec<u8> {
    hmac(Hash::Sha256, app.keys.admin.expose().as_bytes(), &[b"session:", session.as_bytes()])
}

/// Whether the console is reached by https, so that its cookies are never sent otherwise.
pub fn is_secure(app: &App) -> bool {
    app.link("/").starts_with("https://")
}

fn cookie(value: String, secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).secure(secure)
}
