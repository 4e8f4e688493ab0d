//! Signing in and out: a login and a password, or the admin token, are exchanged for a session. The company's own sign-in is in
//! `sign_on.rs`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::{
    flow::{self, App, sign_in},
    model::{person::PersonAccount, refusal::Refusal},
    store::people,
    web::{
        auth, guard,
        guesses::{self, Guesses, NotCompared, WrongToken},
        problem::Problem,
        ui,
    },
};

/// `/login` and `/logout`.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/login", web::get().to(form))
        .route("/login", web::post().to(enter))
        .route("/logout", web::post().to(leave));
}

#[derive(Template)]
#[template(path = "console/login.html")]
struct LoginPage {
    next: String,
    wrong: Option<&'static str>,
    /// Whether anybody has an account; else only the admin token opens.
    accounts: bool,
    /// Whether the admin token was tried last.
    by_token: bool,
    /// What was given as the login, to be put right.
    login: String,
    /// The way to the company's own sign-in, if there is one, and why it did not work.
    provider: Option<WayToProvider>,
    not_by_provider: Option<&'static str>,
}

/// A link to the company's own sign-in.
struct WayToProvider {
    name: String,
    address: String,
}

impl LoginPage {
    async fn of(app: &App, next: String) -> Result<Self, Problem> {
        let accounts = people::are_there(&mut app.database.read().await?).await?;
        let escaped = utf8_percent_encode(&next, NON_ALPHANUMERIC);
        let address = format!("/login/provider?next={escaped}");
        let provider = app.settings.sign_on.as_ref();
        let provider = provider.map(|settings| WayToProvider { name: settings.name.clone(), address });
        let login = String::new();
        Ok(Self { next, wrong: None, accounts, by_token: false, login, provider, not_by_provider: None })
    }
}

/// The sign-in page for whom the company's own sign-in did not let in.
pub(super) async fn not_by_provider(app: &App, next: String, why: &'static str) -> Result<HttpResponse, Problem> {
    let mut page = shown(&LoginPage { not_by_provider: Some(why), ..LoginPage::of(app, next).await? });
    *page.status_mut() = StatusCode::UNAUTHORIZED;
    Ok(page)
}

#[derive(Deserialize)]
pub(super) struct LoginQuery {
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    token: Option<String>,
    login: Option<String>,
    password: Option<String>,
    next: Option<String>,
}

/// The page may run our script, as those behind it may.
fn shown(page: &LoginPage) -> HttpResponse {
    let mut shown = ui::page(page);
    let policy = header::HeaderValue::from_static(guard::CONSOLE_POLICY);
    shown.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    shown
}

async fn form(
    app: web::Data<App>,
    request: HttpRequest,
    asked: web::Query<LoginQuery>,
) -> Result<HttpResponse, Problem> {
    let next = own_path(asked.next.as_deref());
    if auth::who_signed_in(&request, &app).await?.is_some() {
        return Ok(see_other(&next));
    }
    Ok(shown(&LoginPage::of(&app, next).await?))
}

/// Why somebody does not come in.
enum KeptOut {
    /// The form came from somewhere else.
    Foreign,
    /// It is wrong.
    Wrong(&'static str),
    /// It was wrong too often.
    TooMany(&'static str),
    /// Too many come at once.
    Busy,
}

async fn enter(
    app: web::Data<App>,
    request: HttpRequest,
    entry: web::Form<Credentials>,
) -> Result<HttpResponse, Problem> {
    let next = own_path(entry.next.as_deref());
    let why = match who(&app, &request, &entry).await? {
        Ok(person) => return let_in(&app, &request, person, &next).await,
        Err(why) => why,
    };
    let (status, wrong) = match why {
        KeptOut::Foreign => (StatusCode::FORBIDDEN, "Another site's page sent this. Please sign in here."),
        KeptOut::Wrong(sentence) => (StatusCode::UNAUTHORIZED, sentence),
        KeptOut::TooMany(sentence) => (StatusCode::TOO_MANY_REQUESTS, sentence),
        KeptOut::Busy => {
            (StatusCode::SERVICE_UNAVAILABLE, "Too many people sign in just now. Please try again in a moment.")
        }
    };
    let mut page = shown(&LoginPage {
        wrong: Some(wrong),
        by_token: entry.token.is_some(),
        login: entry.login.clone().unwrap_or_default(),
        ..LoginPage::of(&app, next).await?
    });
    *page.status_mut() = status;
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        page.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(auth::GUESS_AGAIN));
    }
    Ok(page)
}

/// Who comes in: `None` is the admin token's holder.
async fn who(
    app: &App,
    request: &HttpRequest,
    entry: &Credentials,
) -> Result<Result<Option<PersonAccount>, KeptOut>, Problem> {
    const TOKEN: [&str; 2] = [
        "That is not the admin token. It is admin_token in heard.toml, or what heard serve printed at its first start.",
        "That is not the admin token. Please wait a minute.",
    ];
    const PASSWORD: [&str; 2] = [
        "The address or the password is not right.",
        "The address or the password is not right, or was not right too often. Please wait a minute.",
    ];
    if !auth::is_ours(request) {
        return Ok(Err(KeptOut::Foreign));
    }
    let kept_out = |sentences: [&'static str; 2]| match Guesses::wrong(request, "console") {
        WrongToken::Counted => KeptOut::Wrong(sentences[0]),
        WrongToken::TooMany => KeptOut::TooMany(sentences[1]),
    };
    if let Some(token) = &entry.token {
        let is_admin = app.keys.is_admin(token.trim());
        return Ok(if is_admin { Ok(None) } else { Err(kept_out(TOKEN)) });
    }
    let (login, password) = (entry.login.as_deref().unwrap_or_default(), entry.password.as_deref().unwrap_or_default());
    let turn = match Guesses::turn(request, login) {
        Ok(turn) => turn,
        Err(NotCompared::TooOften) => return Ok(Err(KeptOut::TooMany(PASSWORD[1]))),
        Err(NotCompared::TooMany) => return Ok(Err(KeptOut::Busy)),
    };
    match sign_in::with_password(app, login, password, turn).await {
        Ok(Some(person)) => Ok(Ok(Some(person))),
        Ok(None) => Ok(Err(kept_out(PASSWORD))),
        Err(flow::Error::Refused(Refusal::PasswordsBusy)) => Ok(Err(KeptOut::Busy)),
        Err(error) => Err(error.into()),
    }
}

/// Begins a session and goes on to a page.
pub(super) async fn let_in(
    app: &App,
    request: &HttpRequest,
    person: Option<PersonAccount>,
    next: &str,
) -> Result<HttpResponse, Problem> {
    let mut response = see_other(next);
    if let Some(person) = &person
        && let Some(cookie) = guesses::known_browser(app, &person.login, auth::is_secure(app))
    {
        add_cookie(&mut response, &cookie);
    }
    add_cookie(&mut response, &auth::begin(request, app, person).await?);
    Ok(response)
}

async fn leave(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut response = see_other("/login");
    if auth::is_ours(&request) {
        add_cookie(&mut response, &auth::end(&request, &app).await?);
    }
    Ok(response)
}

pub(super) fn add_cookie(response: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "A cookie cannot be written");
    }
}

pub(super) fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path.to_owned())).finish()
}

/// A path of ours to go on to; anything else leads to the start, so that no link to us leads elsewhere.
pub(super) fn own_path(next: Option<&str>) -> String {
    let fine = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && !path.chars().any(char::is_control)
            && path.is_ascii()
    };
    next.filter(fine).unwrap_or("/topics").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_somebody_elses_page() {
        for elsewhere in ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "/a\r\nb: c", ""] {
            assert_eq!(own_path(Some(elsewhere)), "/topics", "{elsewhere:?}");
        }
        assert_eq!(own_path(Some("/triage?skip=2")), "/triage?skip=2");
    }
}
