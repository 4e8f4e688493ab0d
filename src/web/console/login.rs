//! Signing in and out: until people have accounts, the admin token is exchanged for a session.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use serde::Deserialize;

use crate::{
    flow::App,
    web::{
        auth, guard,
        guesses::{Guesses, WrongToken},
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
}

#[derive(Deserialize)]
struct LoginQuery {
    next: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
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
    if auth::has_session(&request, &app).await? {
        return Ok(see_other(&next));
    }
    Ok(shown(&LoginPage { next, wrong: None }))
}

async fn enter(
    app: web::Data<App>,
    request: HttpRequest,
    entry: web::Form<Credentials>,
) -> Result<HttpResponse, Problem> {
    let next = own_path(entry.next.as_deref());
    let again = |status, wrong| {
        let mut page = shown(&LoginPage { next: next.clone(), wrong: Some(wrong) });
        *page.status_mut() = status;
        Ok(page)
    };
    if !auth::is_ours(&request) {
        return again(StatusCode::FORBIDDEN, "Another site's page sent this. Please sign in here.");
    }
    if !app.keys.is_admin(entry.token.trim()) {
        return match Guesses::wrong(&request, "console") {
            WrongToken::Counted => {
                again(StatusCode::UNAUTHORIZED, "That is not the admin token. It is admin_token in heard.toml.")
            }
            WrongToken::TooMany => {
                let mut page =
                    again(StatusCode::TOO_MANY_REQUESTS, "That is not the admin token. Please wait a minute.")?;
                page.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(auth::GUESS_AGAIN));
                Ok(page)
            }
        };
    }
    let mut response = see_other(&next);
    add_cookie(&mut response, &auth::begin(&app, is_secure(&app)).await?);
    Ok(response)
}

async fn leave(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut response = see_other("/login");
    if auth::is_ours(&request) {
        add_cookie(&mut response, &auth::end(&request, &app, is_secure(&app)).await?);
    }
    Ok(response)
}

fn add_cookie(response: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "The session's cookie cannot be written");
    }
}

fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path.to_owned())).finish()
}

/// Whether the console is reached by https, so that its cookie is never sent otherwise.
fn is_secure(app: &App) -> bool {
    app.link("/").starts_with("https://")
}

/// A path of ours to go on to; anything else leads to the start, so that no link to us leads elsewhere.
fn own_path(next: Option<&str>) -> String {
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
