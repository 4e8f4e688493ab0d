//! One text for all updates of a topic's step: written, looked at for three customers, then kept.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    flow::{
        self, App,
        people::same_text::{self as people, SameText, SameTextLetter, SameTextPreview},
    },
    model::{id::TopicId, milestone::MilestoneKind, role::right},
    store::topics,
    web::{
        caller::Caller,
        may::May,
        ui::{self, Html},
    },
    wording::{language::Language, page_key::PLACEHOLDER},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/topics/{id}/updates/text", web::get().to(show))
        .route("/topics/{id}/updates/text", web::post().to(keep))
        .route("/topics/{id}/updates/text/preview", web::post().to(preview));
}

struct ReadLetter {
    person: Html,
    name: String,
    ticket: (String, String),
    paragraphs: Html,
}

/// What the text does to the updates of the step.
struct PreviewedAll {
    letters: Vec<ReadLetter>,
    count: i64,
    edited_alone: i64,
    in_other_languages: i64,
    seen: String,
}

struct LanguageLink {
    name: &'static str,
    address: String,
    count: i64,
    current: bool,
}

#[derive(Template)]
#[template(path = "console/same_text.html")]
struct SameTextPage {
    shell: Shell,
    topic: (String, String),
    milestone: &'static str,
    step: &'static str,
    code: &'static str,
    language: &'static str,
    languages: Vec<LanguageLink>,
    text: String,
    /// How a fact is written that differs between customers, and one that is not always there.
    examples: (&'static str, &'static str),
    /// Why the text cannot be used.
    refused: Option<String>,
    previewed: Option<PreviewedAll>,
}

#[derive(Deserialize)]
struct SameTextQuery {
    milestone: MilestoneKind,
    language: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

#[derive(Deserialize)]
struct SameTextForm {
    milestone: MilestoneKind,
    language: String,
    text: String,
    /// What the preview was of; none before the first.
    seen: Option<String>,
}

fn language(code: &str) -> Result<Language, ConsoleError> {
    Language::parse(code).ok_or_else(|| ConsoleError::missing("Heard does not write in that language."))
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn show(
    May { app, caller, .. }: May<right::Tell>,
    path: web::Path<String>,
    asked: web::Query<SameTextQuery>,
) -> Answer {
    let topic = acts::topic_id(&path)?;
    let SameTextQuery { milestone, language: code, said } = asked.into_inner();
    let wanted = code.as_deref().map(language).transpose()?;
    let begun = people::begin(&app, topic, milestone, wanted).await?;
    let link = |(language, count): (Language, u64)| LanguageLink {
        name: language.name(),
        address: format!("{}?milestone={milestone}&language={}", address(topic), language.code()),
        count: number(count),
        current: language == begun.language,
    };
    let languages = begun.languages.iter().copied().map(link).collect();
    page(
        &app,
        &caller,
        topic,
        WrittenText { milestone, language: begun.language, text: begun.text },
        languages,
        None,
        &said,
    )
    .await
}

async fn preview(
    May { app, caller, .. }: May<right::Tell>,
    path: web::Path<String>,
    form: web::Form<SameTextForm>,
) -> Answer {
    let topic = acts::topic_id(&path)?;
    let SameTextForm { milestone, language: code, text, .. } = form.into_inner();
    let language = language(&code)?;
    let looked = people::preview(&app, topic, &SameText::new(milestone, language, &text)).await;
    let said = FlashQuery::default();
    page(&app, &caller, topic, WrittenText { milestone, language, text }, Vec::new(), Some(looked), &said).await
}

/// Keeps what was looked at. Whoever has changed it since sees the preview of that first.
async fn keep(
    May { app, by, caller, .. }: May<right::Tell>,
    path: web::Path<String>,
    form: web::Form<SameTextForm>,
) -> Answer {
    let topic = acts::topic_id(&path)?;
    let SameTextForm { milestone, language: code, text, seen } = form.into_inner();
    let language = language(&code)?;
    let same_text = SameText::new(milestone, language, &text);
    let looked = people::preview(&app, topic, &same_text).await;
    let is_as_seen = looked.as_ref().is_ok_and(|looked| Some(&looked.seen) == seen.as_ref());
    if !is_as_seen {
        let said = FlashQuery::default();
        return page(&app, &caller, topic, WrittenText { milestone, language, text }, Vec::new(), Some(looked), &said)
            .await;
    }
    people::keep(&app, topic, &same_text, seen.as_deref().unwrap_or_default(), &by).await?;
    Ok(back(&format!("/updates?topic={topic}"), "all-edited"))
}

fn address(topic: TopicId) -> String {
    format!("/topics/{topic}/updates/text")
}

/// A text as it stands in the form.
struct WrittenText {
    milestone: MilestoneKind,
    language: Language,
    text: String,
}

/// The page with what was written, so that nothing of it is lost where it cannot be used.
async fn page(
    app: &App,
    caller: &Caller,
    topic: TopicId,
    written: WrittenText,
    languages: Vec<LanguageLink>,
    looked: Option<Result<SameTextPreview, flow::Error>>,
    said: &FlashQuery,
) -> Answer {
    let (previewed, refused) = match looked {
        None => (None, None),
        Some(Ok(looked)) => (Some(PreviewedAll::new(looked)), None),
        Some(Err(flow::Error::Refused(refusal))) => (None, Some(refusal.to_string())),
        Some(Err(error)) => return Err(error.into()),
    };
    let (mut conn, shell) = shell::open(app, caller, "updates", said).await?;
    let found = topics::current(&mut conn, topic).await?;
    let found = found.ok_or_else(|| ConsoleError::missing("There is no such topic."))?;
    Ok(ui::page(&SameTextPage {
        shell,
        topic: (found.id.to_string(), found.title),
        milestone: written.milestone.as_str(),
        step: written.milestone.rules().label,
        code: written.language.code(),
        language: written.language.name(),
        languages,
        text: written.text,
        examples: ("{{ works_url }}", "{% if name %}{{ name }}{% endif %}"),
        refused,
        previewed,
    }))
}

impl PreviewedAll {
    fn new(looked: SameTextPreview) -> Self {
        let SameTextPreview { letters, count, edited_alone, in_other_languages, seen } = looked;
        let read = |letter: SameTextLetter| ReadLetter {
            person: ui::person(letter.customer.called()),
            name: ui::name(letter.customer.called()).to_owned(),
            ticket: (
                letter.ticket.id.to_string(),
                format!("{} {}", letter.ticket.connection, letter.ticket.external_id),
            ),
            paragraphs: ui::letter(&letter.text.replace(PLACEHOLDER, "…")),
        };
        Self {
            letters: letters.into_iter().map(read).collect(),
            count: number(count),
            edited_alone: number(edited_alone),
            in_other_languages: number(in_other_languages),
            seen,
        }
    }
}
