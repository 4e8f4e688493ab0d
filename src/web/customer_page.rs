//! The customer's own page: everything they asked, where each stands, and their word on it.
//!
//! The link is the key, so it is never logged, sent as a referrer or indexed. A GET changes nothing, because mail scanners
//! follow links; only what the customer sends from the page does. Every sentence comes from
//! [`crate::wording::page`], in their language. The page shows nothing about anybody else.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::clock::Time,
    flow::{
        self, App, confirm,
        customer_page::{self, CustomerPage, PageEntry},
    },
    model::{
        customer::person_name,
        id::UpdateId,
        refusal::Missing,
        update::{CustomerVerdict, Via},
    },
    store::StoreError,
    web::ui,
    wording::{
        language::Language,
        page::{self, PagePhrases, TopicStanding},
        tongue,
    },
};

/// How much of what they wrote is quoted.
const QUOTE: usize = 400;

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
struct PageQuery {
    /// What the link in the message asks about: `works`, `still_broken` or `stop`. It only opens the form.
    answer: Option<String>,
    /// What was just said, after the page's own POST.
    said: Option<String>,
}

/// One thing they asked, as it is shown.
struct ShownEntry {
    ring: &'static str,
    tone: &'static str,
    state: String,
    asked: String,
    words: String,
    meaning: String,
    from_us: Option<String>,
    /// The update whose fix they can answer.
    answers: Option<String>,
    verdict: Option<CustomerVerdict>,
    /// Whether they only pressed "still broken" and are asked what they see.
    asks_for_words: bool,
    just_said: bool,
}

#[derive(Template)]
#[template(path = "public/customer_page.html")]
#[expect(clippy::struct_excessive_bools, reason = "each decides about one part of what is shown")]
struct ShownPage {
    lang: &'static str,
    labels: &'static PagePhrases,
    heading: String,
    thanks: Option<&'static str>,
    open: Vec<ShownEntry>,
    done: Vec<ShownEntry>,
    broken_open: bool,
    stop_open: bool,
    opted_out: bool,
    opted_out_of_all: bool,
    read_by: Option<String>,
}

#[derive(Template)]
#[template(path = "public/error.html")]
struct CustomerErrorPage {
    lang: &'static str,
    title: &'static str,
    sentence: &'static str,
}

async fn show(app: web::Data<App>, token: web::Path<String>, asked: web::Query<PageQuery>) -> HttpResponse {
    match customer_page::read(&app, &token).await {
        Ok(Some(page)) => private(ui::page(&ShownPage::new(page, &asked, app.clock.now()))),
        Ok(None) => unknown(),
        Err(error) => failed(&error),
    }
}

impl ShownPage {
    fn new(page: CustomerPage, asked: &PageQuery, now: Time) -> Self {
        let CustomerPage { customer, organization, agent, opted_out, opted_out_of_all, open, done } = page;
        let wrote = open.iter().chain(&done).map(|entry| entry.words.as_str()).collect::<Vec<_>>().join("\n");
        let language = tongue::of_reader(customer.locale.as_deref(), &wrote);
        let labels = page::labels(language);
        let said = asked.said.is_some();
        let shown =
            |entries: Vec<PageEntry>| entries.iter().map(|entry| ShownEntry::new(entry, said, language, now)).collect();
        Self {
            lang: language.code(),
            labels,
            heading: page::heading(
                person_name(&customer.name, organization.as_deref()).as_ref().and_then(|name| name.first.as_deref()),
                language,
            ),
            thanks: match asked.said.as_deref() {
                Some("works") => Some(&labels.thanks_works),
                Some("still_broken") => Some(&labels.thanks_still_broken),
                Some("word") => Some(&labels.thanks_word),
                Some("stopped") if opted_out => Some(&labels.stopped),
                _ => None,
            },
            open: shown(open),
            done: shown(done),
            broken_open: asked.answer.as_deref() == Some("still_broken"),
            stop_open: asked.answer.as_deref() == Some("stop"),
            opted_out,
            opted_out_of_all,
            read_by: agent.as_deref().map(|agent| page::read_by(agent, language)),
        }
    }
}

impl ShownEntry {
    fn new(entry: &PageEntry, said: bool, language: Language, now: Time) -> Self {
        let from_us = entry.from_us.as_deref().and_then(|said| tongue::said_in(said, language));
        let standing = TopicStanding {
            state: entry.state_for_them(),
            kind: entry.kind,
            has_workaround: entry.has_workaround && from_us.is_some(),
            version: entry.version.as_deref().map(ui::version),
            verdict: entry.verdict,
        };
        let (ring, tone) = ui::states::standing(&standing);
        let plain = entry.words.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            ring,
            tone,
            state: page::state(&standing, language),
            asked: page::asked(entry.asked_at, now, language),
            words: ui::shortened(&plain, QUOTE),
            meaning: if entry.works_not_for_all() {
                page::labels(language).works_not_for_all.clone()
            } else {
                page::meaning(&standing, language).to_owned()
            },
            asks_for_words: entry.verdict == Some(CustomerVerdict::StillBroken) && !entry.has_words,
            answers: entry.answers.map(|update| update.to_string()),
            verdict: entry.verdict,
            just_said: said && entry.is_linked,
            from_us,
        }
    }
}

/// What the page's forms send.
#[derive(Deserialize)]
struct PageForm {
    act: String,
    update: Option<String>,
    words: Option<String>,
    feeling: Option<i64>,
}

async fn say(app: web::Data<App>, token: web::Path<String>, form: web::Form<PageForm>) -> HttpResponse {
    let said = match form.act.as_str() {
        "works" => verdict(&app, &token, &form, CustomerVerdict::Works).await.map(|()| "works"),
        "still_broken" => verdict(&app, &token, &form, CustomerVerdict::StillBroken).await.map(|()| "still_broken"),
        // A feeling and a word of their own after they said that it works: kept with that verdict.
        "word" => verdict(&app, &token, &form, CustomerVerdict::Works).await.map(|()| "word"),
        "stop" => confirm::opt_out(&app, &token, true).await.map(|_| "stopped"),
        "resume" => confirm::opt_out(&app, &token, false).await.map(|_| "resumed"),
        _ => Err(Missing::Link.into()),
    };
    match said {
        Ok(said) => private(
            HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/c/{}?said={said}", *token))).finish(),
        ),
        Err(flow::Error::Store(error)) => failed(&error),
        Err(_) => unknown(),
    }
}

async fn verdict(app: &App, token: &str, form: &PageForm, verdict: CustomerVerdict) -> Result<(), flow::Error> {
    let update = form.update.as_deref().and_then(UpdateId::parse).ok_or(Missing::Link)?;
    let said = confirm::CustomerAnswer { verdict, feeling: form.feeling, words: form.words.clone(), via: Via::Page };
    confirm::confirm(app, token, update, said).await
}

/// A link that is too old or was never ours. The answer is kind and does not say which.
fn unknown() -> HttpResponse {
    refusal(StatusCode::NOT_FOUND, |labels| &labels.unknown_link)
}

fn failed(error: &StoreError) -> HttpResponse {
    tracing::error!(%error, "The store failed under a customer's page");
    let status = if error.is_momentary() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
    refusal(status, |labels| &labels.failed)
}

fn refusal(status: StatusCode, sentence: fn(&'static PagePhrases) -> &'static str) -> HttpResponse {
    let labels = page::labels(Language::English);
    let page = CustomerErrorPage { lang: Language::English.code(), title: &labels.title, sentence: sentence(labels) };
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
