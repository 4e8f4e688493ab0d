//! The customer's own page: everything they asked, where each stands, and their word on it.
//!
//! The link is the key, so it is never logged, no referrer is sent, and nobody's index has it. A GET changes nothing,
//! since mail scanners follow links; only what the customer sends from the page does. Every sentence comes from
//! [`crate::wording::page`], in their language. The page shows nothing about anybody else.

mod things;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use serde::Deserialize;

use self::things::{Reading, Thing};
use crate::{
    flow::{self, App, confirm},
    model::{
        customer::first_name,
        id::UpdateId,
        update::{CustomerVerdict, Via},
    },
    store::{StoreError, customers, ticket_views, tickets, updates},
    web::ui,
    wording::{
        language::Language,
        page::{self, PagePhrases},
    },
};

/// How many tickets of one customer are shown.
const TICKETS: i64 = 100;
/// The longest word of their own that is taken.
const WORDS: usize = 4_000;

/// `/c/{token}`
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/c/{token}")
            .route(web::get().to(show))
            .route(web::post().to(say))
            .default_service(web::to(async || HttpResponse::MethodNotAllowed().finish())),
    );
}

#[derive(Deserialize)]
struct Asked {
    /// What the link in the message asks about: `works`, `still_broken` or `stop`. It only opens the form.
    answer: Option<String>,
    /// What was just said, after the page's own POST.
    said: Option<String>,
}

#[derive(Template)]
#[template(path = "public/own_page.html")]
struct Page {
    lang: &'static str,
    labels: &'static PagePhrases,
    heading: String,
    thanks: Option<&'static str>,
    things: Vec<Thing>,
    earlier: Vec<Thing>,
    broken_open: bool,
    stop_open: bool,
    opted_out: bool,
    read_by: Option<String>,
}

#[derive(Template)]
#[template(path = "public/sorry.html")]
struct Sorry {
    lang: &'static str,
    title: &'static str,
    sentence: &'static str,
}

async fn show(app: web::Data<App>, token: web::Path<String>, asked: web::Query<Asked>) -> HttpResponse {
    match read(&app, &token, &asked).await {
        Ok(Some(page)) => private(ui::page(&page)),
        Ok(None) => unknown(),
        Err(error) => failed(&error),
    }
}

async fn read(app: &App, token: &str, asked: &Asked) -> Result<Option<Page>, StoreError> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let page = match confirm::page(app, &mut conn, token).await {
        Ok(page) => page,
        Err(flow::Error::Store(error)) => return Err(error),
        Err(_) => None,
    };
    let Some(page) = page else { return Ok(None) };
    let Some(customer) = customers::get(&mut conn, page.customer).await? else { return Ok(None) };
    let language = Language::for_locale(customer.locale.as_deref());
    let views = ticket_views::of_customer(&mut conn, customer.id, TICKETS).await?;
    let told = updates::of_customer(&mut conn, customer.id).await?;
    // The topic that the link was sent about stands first.
    let first = page.update.and_then(|update| told.iter().find(|one| one.id == update)).map(|update| update.topic);
    let newest = match views.first() {
        Some(view) => tickets::get(&mut conn, view.ticket).await?,
        None => None,
    };
    let agent = newest.and_then(|ticket| ticket.agent_name);
    let said = asked.said.is_some();
    let mut reading = Reading { conn, customer: &customer, told: &told, language, now, said, page, agent };
    let mut things = reading.things(&views, first).await?;
    let earlier = things.split_off(things.iter().position(|thing| !thing.open).unwrap_or(things.len()));
    Ok(Some(lay_out(&reading, things, earlier, &views, asked)))
}

fn lay_out(
    reading: &Reading<'_>,
    things: Vec<Thing>,
    earlier: Vec<Thing>,
    views: &[ticket_views::TicketView],
    asked: &Asked,
) -> Page {
    let labels = page::labels(reading.language);
    let organization = views.first().and_then(|view| view.organization_name.as_deref());
    Page {
        lang: reading.language.code(),
        labels,
        heading: page::heading(first_name(&reading.customer.name, organization), reading.language),
        thanks: match asked.said.as_deref() {
            Some("works") => Some(&labels.thanks_works),
            Some("still_broken") => Some(&labels.thanks_still_broken),
            Some("word") => Some(&labels.thanks_word),
            Some("stopped") if reading.customer.opted_out_at.is_some() => Some(&labels.stopped),
            _ => None,
        },
        things,
        earlier,
        broken_open: asked.answer.as_deref() == Some("still_broken"),
        stop_open: asked.answer.as_deref() == Some("stop"),
        opted_out: reading.customer.opted_out_at.is_some(),
        read_by: reading.agent.as_deref().map(|agent| page::read_by(agent, reading.language)),
    }
}

/// What the page's forms send.
#[derive(Deserialize)]
struct Form {
    act: String,
    update: Option<String>,
    words: Option<String>,
    feeling: Option<i64>,
}

async fn say(app: web::Data<App>, token: web::Path<String>, form: web::Form<Form>) -> HttpResponse {
    let said = match form.act.as_str() {
        "works" => verdict(&app, &token, &form, CustomerVerdict::Works).await.map(|()| "works"),
        "still_broken" => verdict(&app, &token, &form, CustomerVerdict::StillBroken).await.map(|()| "still_broken"),
        // A feeling and a word of their own after they said that it works: kept with that verdict.
        "word" => verdict(&app, &token, &form, CustomerVerdict::Works).await.map(|()| "word"),
        "stop" => confirm::opt_out(&app, &token, true).await.map(|_| "stopped"),
        "resume" => confirm::opt_out(&app, &token, false).await.map(|_| "resumed"),
        _ => Err(flow::Error::NotFound(String::new())),
    };
    match said {
        Ok(said) => private(
            HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/c/{}?said={said}", *token))).finish(),
        ),
        Err(flow::Error::Store(error)) => failed(&error),
        Err(_) => unknown(),
    }
}

async fn verdict(app: &App, token: &str, form: &Form, verdict: CustomerVerdict) -> Result<(), flow::Error> {
    let unknown = || flow::Error::NotFound("There is no such update.".to_owned());
    let update = form.update.as_deref().and_then(UpdateId::parse).ok_or_else(unknown)?;
    let words = form.words.as_ref().map(|words| words.trim().chars().take(WORDS).collect::<String>());
    let said = confirm::Said {
        verdict,
        feeling: form.feeling,
        words: words.filter(|words| !words.is_empty()),
        via: Via::Page,
    };
    confirm::confirm(app, token, update, said).await
}

/// A link that is too old, or that was never ours: said kindly, and nothing about why.
fn unknown() -> HttpResponse {
    sorry(StatusCode::NOT_FOUND, |labels| &labels.unknown_link)
}

fn failed(error: &StoreError) -> HttpResponse {
    tracing::error!(%error, "The store failed under a customer's page");
    sorry(StatusCode::INTERNAL_SERVER_ERROR, |labels| &labels.failed)
}

fn sorry(status: StatusCode, sentence: fn(&'static PagePhrases) -> &'static str) -> HttpResponse {
    let labels = page::labels(Language::English);
    let page = Sorry { lang: Language::English.code(), title: &labels.title, sentence: sentence(labels) };
    let mut response = ui::page(&page);
    *response.status_mut() = status;
    private(response)
}

/// What every answer under a customer's link says: tell nobody where you came from, and keep nothing.
fn private(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::HeaderName::from_static("x-robots-tag"), header::HeaderValue::from_static("noindex"));
    response
}
