//! One text for all updates of a topic's step that are not sent yet: looked at for three of them, then kept.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::id;
use crate::{
    flow::people::same_text::{self, SameText, SameTextKept, SameTextPreview},
    model::{
        id::{CustomerId, TicketId, TopicId},
        milestone::MilestoneKind,
        role::right,
    },
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
    wording::language::Language,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(begin_text).service(preview_text).service(keep_text);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BegunQuery {
    /// Of which step: `shipped`, and so on.
    #[param(value_type = MilestoneKind, inline)]
    milestone: String,
    /// In which language, as its code. Without it, the one that most of them are in.
    #[param(value_type = Option<Language>, inline)]
    language: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct LanguageCount {
    /// The language's code.
    language: &'static str,
    /// How many updates are in it.
    count: u64,
}

#[derive(Serialize, ToSchema)]
struct BegunText {
    /// The languages of what waits, the most frequent first.
    languages: Vec<LanguageCount>,
    /// The language of the text.
    language: &'static str,
    /// What they are told as it stands. What differs between them stands as a fact, such as `{{ works_url }}`.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TextToPreview {
    /// Of which step.
    milestone: MilestoneKind,
    /// In which language, as its code.
    #[schema(value_type = Language)]
    language: String,
    /// The text, as those of `tell.templates` are written. It may use `name` and `full_name` as well.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TextToKeep {
    /// Of which step.
    milestone: MilestoneKind,
    /// In which language, as its code.
    #[schema(value_type = Language)]
    language: String,
    /// The text that was looked at.
    text: String,
    /// What its preview said in `seen`.
    seen: String,
}

#[derive(Serialize, ToSchema)]
struct PreviewedText {
    /// Three of those who would read it.
    recipients: Vec<PreviewedRecipient>,
    /// How many get it.
    count: u64,
    /// How many a person wrote to one by one. They keep those words.
    edited_alone: u64,
    /// How many are in other languages.
    in_other_languages: u64,
    /// To be passed on where it is kept.
    seen: String,
}

#[derive(Serialize, ToSchema)]
struct PreviewedRecipient {
    /// Who.
    customer: CustomerId,
    /// In which ticket.
    ticket: TicketId,
    /// What they would read.
    text: String,
}

#[derive(Serialize, ToSchema)]
struct KeptText {
    /// How many have the text now.
    done: u64,
    /// How many a person wrote to one by one. They keep those words.
    edited_alone: u64,
}

fn language(code: &str) -> Result<Language, Problem> {
    let codes = || Language::ALL.iter().map(|language| language.code()).collect::<Vec<_>>().join(", ");
    let unknown = || Problem::saying(ProblemType::Malformed, format!("`language` is one of {}.", codes()));
    Language::parse(code).ok_or_else(unknown)
}

/// Get the text of a step's updates that are not sent yet, to go on with.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The topic's id"), BegunQuery),
    responses((status = 200, description = "The text", body = BegunText)))]
#[get("/topics/{id}/updates/text")]
async fn begin_text(
    May { app, .. }: May<right::Tell>,
    path: web::Path<String>,
    asked: web::Query<BegunQuery>,
) -> Result<web::Json<BegunText>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let unknown = || Problem::saying(ProblemType::Malformed, "`milestone` is a step of a topic, such as `shipped`.");
    let step = MilestoneKind::parse(&asked.milestone).ok_or_else(unknown)?;
    let wanted = asked.language.as_deref().map(language).transpose()?;
    let begun = same_text::begin(&app, topic, step, wanted).await?;
    let counted = |(language, count): (Language, u64)| LanguageCount { language: language.code(), count };
    Ok(web::Json(BegunText {
        languages: begun.languages.into_iter().map(counted).collect(),
        language: begun.language.code(),
        text: begun.text,
    }))
}

/// Show what three customers would read, were this the text of all of a step's updates that are not sent yet. Nothing is stored.
#[utoipa::path(tag = "updates", request_body = TextToPreview, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "What they would read", body = PreviewedText)))]
#[post("/topics/{id}/updates/text/preview")]
async fn preview_text(
    May { app, .. }: May<right::Tell>,
    path: web::Path<String>,
    asked: web::Json<TextToPreview>,
) -> Result<web::Json<PreviewedText>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let text = SameText::new(asked.milestone, language(&asked.language)?, &asked.text);
    let preview = same_text::preview(&app, topic, &text).await?;
    let SameTextPreview { letters, count, edited_alone, in_other_languages, seen } = preview;
    let recipients = letters.into_iter().map(|letter| PreviewedRecipient {
        customer: letter.customer.id,
        ticket: letter.ticket.id,
        text: letter.text,
    });
    Ok(web::Json(PreviewedText { recipients: recipients.collect(), count, edited_alone, in_other_languages, seen }))
}

/// Give all of a step's updates that are not sent yet this text, in one language.
///
/// It is kept only as it was looked at. What a person wrote to one customer alone stays, and so does who approved what.
#[utoipa::path(tag = "updates", request_body = TextToKeep, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "They have it", body = KeptText)))]
#[post("/topics/{id}/updates/text")]
async fn keep_text(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    asked: web::Json<TextToKeep>,
) -> Result<web::Json<KeptText>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let text = SameText::new(asked.milestone, language(&asked.language)?, &asked.text);
    let SameTextKept { done, edited_alone } = same_text::keep(&app, topic, &text, &asked.seen, &by).await?;
    Ok(web::Json(KeptText { done, edited_alone }))
}
