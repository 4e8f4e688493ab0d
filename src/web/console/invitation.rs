//! The page that an invitation leads to: somebody sets their password there, and is signed in.
//!
//! Opening it changes nothing, because mail programs and messengers open links before people do; only a password that is sent from it
//! uses the invitation up.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use serde::Deserialize;

use super::login::add_cookie;
use crate::{
    flow::{self, App, people::accounts},
    model::person::{PASSWORD_LONGEST, PASSWORD_SHORTEST, PersonAccount},
    web::{
        auth,
        guesses::{self, Guesses},
        problem::Problem,
        ui,
    },
};

/// `/invitation/{token}`
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/invitation/{token}", web::get().to(show)).route("/invitation/{token}", web::post().to(accept));
}

#[derive(Template)]
#[template(path = "console/invitation.html")]
struct InvitationPage {
    /// Who is invited; `None` where the invitation is not known any more.
    person: Option<PersonAccount>,
    wrong: Option<String>,
    shortest: usize,
    longest: usize,
}

fn page(person: Option<PersonAccount>, wrong: Option<String>, status: StatusCode) -> HttpResponse {
    let shown = InvitationPage { person, wrong, shortest: PASSWORD_SHORTEST, longest: PASSWORD_LONGEST };
    let mut response = ui::page(&shown);
    *response.status_mut() = status;
    // The link is the key until it is used.
    response.headers_mut().insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    response
}

async fn show(app: web::Data<App>, request: HttpRequest, token: web::Path<String>) -> Result<HttpResponse, Problem> {
    match accounts::invited(&app, &token).await {
        Ok(person) => Ok(page(Some(person), None, StatusCode::OK)),
        Err(error) => unknown(&request, error),
    }
}

/// A link that is not known is a guess, as a wrong token is.
fn unknown(request: &HttpRequest, error: flow::Error) -> Result<HttpResponse, Problem> {
    match error {
        flow::Error::NotFound(missing) => {
            let _ = Guesses::wrong(request, "invitation");
            Ok(page(None, Some(missing.to_string()), StatusCode::NOT_FOUND))
        }
        other => Err(other.into()),
    }
}

#[derive(Deserialize)]
struct ChosenPassword {
    password: String,
    again: String,
}

async fn accept(
    app: web::Data<App>,
    request: HttpRequest,
    token: web::Path<String>,
    chosen: web::Form<ChosenPassword>,
) -> Result<HttpResponse, Problem> {
    let person = match accounts::invited(&app, &token).await {
        Ok(person) => person,
        Err(error) => return unknown(&request, error),
    };
    let again = |why: String, status| Ok(page(Some(person.clone()), Some(why), status));
    if !auth::is_ours(&request) {
        return again(
            "Another site's page sent this. Please set your password here.".to_owned(),
            StatusCode::FORBIDDEN,
        );
    }
    if chosen.password != chosen.again {
        return again("The two are not the same. Please write your password twice.".to_owned(), StatusCode::CONFLICT);
    }
    match accounts::accept(&app, &token, &chosen.password, guesses::address_of(&request)).await {
        Ok(person) => {
            let mut response = HttpResponse::SeeOther().insert_header((header::LOCATION, "/topics")).finish();
            if let Some(cookie) = guesses::known_browser(&app, &person.login, auth::is_secure(&app)) {
                add_cookie(&mut response, &cookie);
            }
            add_cookie(&mut response, &auth::begin(&request, &app, Some(person)).await?);
            Ok(response)
        }
        Err(flow::Error::Refused(refusal)) => again(refusal.to_string(), StatusCode::CONFLICT),
        Err(error) => unknown(&request, error),
    }
}
