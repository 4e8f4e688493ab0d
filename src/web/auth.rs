//! Who may come in: the bearer token of the API, and the session of the console.
//!
//! A session is 256 random bits in a cookie; the store holds its hash. It ends after twelve hours or by signing out.

use std::{num::NonZeroU32, time::Duration};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    cookie::{Cookie, SameSite, time::Duration as CookieDuration},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{
    guard,
    problem::{Problem, ProblemType},
};
use crate::{
    base::random,
    flow::{App, Keys},
    store::{StoreError, pages},
};

/// The cookie's name.
const COOKIE: &str = "heard_session";
/// How long a session lasts.
const SESSION: Duration = Duration::from_hours(12);
/// How often one address may try to sign in at once, and after that in each minute.
const TRIES: NonZeroU32 = NonZeroU32::MIN.saturating_add(7);
/// Once the limit knows this many addresses, it forgets those that were quiet.
const ADDRESSES: usize = 10_000;

/// Lets the request through that carries the admin token, compared in constant time.
pub fn bearer(request: &HttpRequest, app: &App) -> Result<(), Problem> {
    let mut values = request.headers().get_all(header::AUTHORIZATION);
    let value = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
    let token =
        value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) if app.keys.is_admin(token.trim()) => Ok(()),
        _ => Err(Problem::of(ProblemType::Unauthorized)),
    }
}

/// Middleware of the API.
pub async fn require_bearer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(app) = request.app_data::<web::Data<App>>() {
        bearer(request.request(), app)?;
        return next.call(request).await;
    }
    Err(Problem::of(ProblemType::Internal).into())
}

/// Middleware of the console: without a session, a request changes nothing and is sent to the sign-in page.
pub async fn require_session(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let signed_in = match request.app_data::<web::Data<App>>() {
        Some(app) => has_session(request.request(), app).await.map_err(Problem::from)?,
        None => false,
    };
    if !signed_in {
        let target = sign_in_address(&request);
        let response = HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish();
        return Ok(request.into_response(response).map_into_right_body());
    }
    if !is_ours(request.request()) {
        return Err(Problem::saying(ProblemType::Refused, "Another site's page sent this; nothing was changed.").into());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Whether this form was sent by one of our own pages.
pub fn is_ours(request: &HttpRequest) -> bool {
    guard::may_change(request.method(), request.headers(), request.connection_info().host())
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
    pages::has_session(&mut conn, &Keys::hash(cookie.value()), app.clock.now()).await
}

/// Begins a session and gives its cookie. `secure` when the console is reached by https.
pub async fn begin(app: &App, secure: bool) -> Result<Cookie<'static>, Problem> {
    let token = random::token().map_err(|error| {
        tracing::error!(%error, "The system gives no randomness");
        Problem::of(ProblemType::Internal)
    })?;
    let mut tx = app.database.begin().await?;
    pages::begin_session(&mut tx, &Keys::hash(&token), app.clock.now().plus(SESSION)).await?;
    tx.commit().await?;
    Ok(cookie(token, secure).max_age(CookieDuration::seconds(i64::try_from(SESSION.as_secs()).unwrap_or(0))).finish())
}

/// Ends the request's session and gives the cookie that takes its place.
pub async fn end(request: &HttpRequest, app: &App, secure: bool) -> Result<Cookie<'static>, Problem> {
    if let Some(held) = request.cookie(COOKIE) {
        let mut tx = app.database.begin().await?;
        pages::end_session(&mut tx, &Keys::hash(held.value()), app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(cookie(String::new(), secure).max_age(CookieDuration::ZERO).finish())
}

fn cookie(value: String, secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).secure(secure)
}

/// Limits how often an address may try to sign in.
pub struct LoginLimit(DefaultKeyedRateLimiter<String>);

impl LoginLimit {
    /// A limit that has not counted anybody yet.
    pub fn new() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(TRIES)))
    }

    /// Counts one try of an address; false when it has to wait.
    pub fn allows(&self, address: &str) -> bool {
        if self.0.len() > ADDRESSES {
            self.0.retain_recent();
        }
        self.0.check_key(&address.to_owned()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_keeps_guessing_has_to_wait_and_others_do_not() {
        let limit = LoginLimit::new();
        assert!((0..TRIES.get()).all(|_| limit.allows("10.0.0.1")));
        assert!(!limit.allows("10.0.0.1"));
        assert!(limit.allows("10.0.0.2"));
    }
}
