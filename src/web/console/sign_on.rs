//! Signing in by the company's own sign-in: a link leads there, and the browser comes back with a code.
//!
//! The way there is a link and not a form, because the pages' policy lets no form lead elsewhere. Whoever is sent here by another site
//! comes in as who they are at their provider, or not at all.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration as CookieDuration},
    web,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use super::login::{LoginQuery, add_cookie, let_in, not_by_provider, own_path, see_other};
use crate::{
    flow::{
        App,
        sign_on::{self, BroughtBack, ROUND_TRIP, SignOnError},
    },
    web::{
        auth,
        guesses::{self, Guesses},
        problem::{Problem, ProblemType},
    },
};

/// The cookie of a browser that is on its way there and back: the seed, and where to go on to.
const COOKIE: &str = "heard_sign_on";

/// `/login/provider`
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/login/provider", web::get().to(set_out)).route("/login/provider/back", web::get().to(come_back));
}

async fn set_out(app: web::Data<App>, asked: web::Query<LoginQuery>) -> Result<HttpResponse, Problem> {
    let next = own_path(asked.next.as_deref());
    match sign_on::way_there(&app).await {
        Ok(way) => {
            let mut response = see_other(&way.address);
            let held = format!("{}.{}", way.seed, BASE64_URL_SAFE_NO_PAD.encode(&next));
            let lasts = CookieDuration::seconds(i64::try_from(ROUND_TRIP.as_secs()).unwrap_or(0));
            add_cookie(&mut response, &cookie(&app, held).max_age(lasts).finish());
            Ok(response)
        }
        Err(error) => kept_out(&app, next, error).await,
    }
}

async fn come_back(
    app: web::Data<App>,
    request: HttpRequest,
    brought: web::Query<BroughtBack>,
) -> Result<HttpResponse, Problem> {
    let held = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let (seed, next) = held.rsplit_once('.').unwrap_or_default();
    let next = BASE64_URL_SAFE_NO_PAD.decode(next).ok().and_then(|next| String::from_utf8(next).ok());
    let next = own_path(next.as_deref());
    let address = guesses::address_of(&request);
    let mut response = match sign_on::who_came_back(&app, seed, &brought, address).await {
        Ok(person) => let_in(&app, &request, Some(person), &next).await?,
        Err(error) => {
            let is_unproven = matches!(error, SignOnError::Unproven(_));
            if is_unproven && auth::who_signed_in(&request, &app).await?.is_some() {
                // They went back in their browser to where they came in.
                see_other(&next)
            } else {
                if is_unproven || matches!(error, SignOnError::Uninvited) {
                    Guesses::wrong(&request, "provider");
                }
                kept_out(&app, next, error).await?
            }
        }
    };
    // However it ended, the same way is not gone twice.
    add_cookie(&mut response, &cookie(&app, String::new()).max_age(CookieDuration::ZERO).finish());
    Ok(response)
}

async fn kept_out(app: &App, next: String, error: SignOnError) -> Result<HttpResponse, Problem> {
    let why = match error {
        SignOnError::NotSetUp => return Err(Problem::of(ProblemType::NotFound)),
        SignOnError::Store(error) => return Err(error.into()),
        SignOnError::Provider(sentence) => {
            tracing::warn!(sentence, "The company's sign-in does not answer as it should");
            "Your company\u{2019}s sign-in does not answer. Please try again, or use your password."
        }
        SignOnError::Unproven(sentence) => {
            tracing::warn!(sentence, "Somebody was not signed in by the company's sign-in");
            "This did not sign you in. Please try again."
        }
        SignOnError::Uninvited => "Nobody has invited you here. Ask an admin for an invitation to the same address.",
    };
    not_by_provider(app, next, why).await
}

/// `Lax`, because the way back begins at another site.
fn cookie(app: &App, value: String) -> actix_web::cookie::CookieBuilder<'static> {
    let path = "/login/provider";
    Cookie::build(COOKIE, value).path(path).http_only(true).same_site(SameSite::Lax).secure(auth::is_secure(app))
}
