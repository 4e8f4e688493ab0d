//! Topics: list, one with everything about it, and what a person may do with them.

use actix_web::{get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::{Cut, cursor_at, place_at},
    request::{VIA, id},
    shape::Topic,
    topic_filter::TopicQuery,
    topic_page::{TopicPage, page},
};
use crate::{
    flow::{
        escalate,
        people::{likely_members, topics},
        ranking::ranked,
        tell::{self, Previews},
    },
    model::{
        id::{CustomerId, TicketId, TopicId},
        role::{Privilege, right},
        topic::TopicKind,
    },
    store::{
        board::{self, BoardCut},
        recipients::RecipientsWalk,
    },
    web::{may::May, problem::Problem},
    wording::undelivered,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_topics)
        .service(get_topic)
        .service(change_topic)
        .service(escalate_topic)
        .service(answer_likely)
        .service(merge_topic)
        .service(split_topic)
        .service(undo_topic)
        .service(list_recipients);
}

#[derive(Serialize, ToSchema)]
struct TopicList {
    topics: Vec<Topic>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List topics.
#[utoipa::path(tag = "topics", params(TopicQuery, Cut), responses((status = 200, description = "Topics", body = TopicList)))]
#[get("/topics")]
async fn list_topics(
    May { app, caller, .. }: May<right::ReadTopics>,
    filter: web::Query<TopicQuery>,
    cut: web::Query<Cut>,
) -> Result<web::Json<TopicList>, Problem> {
    let knows_customers = caller.may(Privilege::ReadCustomers);
    let (wanted, order) = filter.read(knows_customers)?;
    let skip = i64::try_from(cut.after(place_at)?.unwrap_or(0)).unwrap_or(i64::MAX);
    let limit = cut.limit()?;
    let part = BoardCut { order, with_amounts: knows_customers, skip, limit };
    let (mut conn, now) = (app.database.read().await?, app.clock.now());
    let found = ranked(&mut conn, &wanted, part, now).await?;
    let end = skip.saturating_add(limit);
    let is_full = i64::try_from(found.len()).is_ok_and(|shown| shown == limit);
    let is_last = match &wanted.words {
        _ if !is_full => true,
        // Counted in any order: in this one, each topic that was passed over would be asked again whether it has the words.
        Some(words) => !board::count_found(&mut conn, &wanted, words, end, end).await?.1,
        None => ranked(&mut conn, &wanted, BoardCut { skip: end, limit: 1, ..part }, now).await?.is_empty(),
    };
    let next = (!is_last).then(|| cursor_at(u64::try_from(end).unwrap_or(u64::MAX)));
    let shown = |topic: Topic| if knows_customers { topic } else { topic.without_amounts() };
    let topics = found.into_iter().map(Topic::from).map(shown).collect();
    Ok(web::Json(TopicList { topics, next }))
}

/// Get a topic, with its score's terms, links, milestones and who was told. A merged topic answers with the one that
/// carries on.
#[utoipa::path(tag = "topics", params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The topic", body = TopicPage)))]
#[get("/topics/{id}")]
async fn get_topic(
    May { app, caller, .. }: May<right::ReadTopics>,
    path: web::Path<String>,
) -> Result<web::Json<TopicPage>, Problem> {
    page(&app, &caller, id(&path, TopicId::parse, "topic")?).await.map(web::Json)
}

/// What a person says about a topic; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// What people call it.
    title: Option<String>,
    /// What it is about.
    kind: Option<TopicKind>,
    /// One sentence that may be told to customers about what was done: in one language, or a line for each that begins with its
    /// code, such as `de:`. Customers of other languages are told without it.
    summary: Option<String>,
}

/// Name a topic, or say what it is about. The machine does not overrule this.
#[utoipa::path(tag = "topics", request_body = Change, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The topic", body = TopicPage)))]
#[patch("/topics/{id}")]
async fn change_topic(
    May { app, by, caller, .. }: May<right::Name>,
    path: web::Path<String>,
    change: web::Json<Change>,
) -> Result<web::Json<TopicPage>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let Change { title, kind, summary } = &*change;
    let change = topics::Change { title: title.as_deref(), kind: *kind, summary: summary.as_deref() };
    topics::change(&app, topic, &change, &by).await?;
    page(&app, &caller, topic).await.map(web::Json)
}

/// Which of a topic's likely members belong to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LikelyAnswer {
    /// These do.
    #[serde(default)]
    same: Vec<TicketId>,
    /// These do not, and never will by the machine.
    #[serde(default)]
    not_same: Vec<TicketId>,
}

/// Say which likely members belong to a topic. Tickets that are no likely members any more are left as they are.
#[utoipa::path(tag = "topics", request_body = LikelyAnswer, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The topic", body = TopicPage)))]
#[post("/topics/{id}/likely")]
async fn answer_likely(
    May { app, by, caller, .. }: May<right::Triage>,
    path: web::Path<String>,
    answer: web::Json<LikelyAnswer>,
) -> Result<web::Json<TopicPage>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    likely_members::answer(&app, topic, &answer.same, &answer.not_same, &by).await?;
    page(&app, &caller, topic).await.map(web::Json)
}

#[derive(Serialize, ToSchema)]
pub(super) struct Escalated {
    /// The topic.
    pub topic: TopicId,
    /// Whether it was escalated before; then nothing changed.
    pub again: bool,
}

/// Escalate a topic: engineering gets its issue.
#[utoipa::path(tag = "topics", params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "Escalated, now or before", body = Escalated)))]
#[post("/topics/{id}/escalate")]
async fn escalate_topic(
    May { app, by, .. }: May<right::Escalate>,
    path: web::Path<String>,
) -> Result<web::Json<Escalated>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let escalated = escalate::topic(&app, topic, &by, VIA).await?;
    Ok(web::Json(Escalated { topic: escalated.topic, again: escalated.again }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// The topic that carries on.
    into: TopicId,
}

/// Merge a topic into another.
#[utoipa::path(tag = "topics", request_body = Merge, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The topic that carries on", body = TopicPage)))]
#[post("/topics/{id}/merge")]
async fn merge_topic(
    May { app, by, caller, .. }: May<right::Merge>,
    path: web::Path<String>,
    merge: web::Json<Merge>,
) -> Result<web::Json<TopicPage>, Problem> {
    topics::merge(&app, id(&path, TopicId::parse, "topic")?, merge.into, &by).await?;
    page(&app, &caller, merge.into).await.map(web::Json)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Split {
    /// The tickets that become a topic of their own.
    tickets: Vec<TicketId>,
}

/// Split tickets off into a topic of their own.
#[utoipa::path(tag = "topics", request_body = Split, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "The new topic", body = TopicPage)))]
#[post("/topics/{id}/split")]
async fn split_topic(
    May { app, by, caller, .. }: May<right::Merge>,
    path: web::Path<String>,
    split: web::Json<Split>,
) -> Result<web::Json<TopicPage>, Problem> {
    let topic = topics::split(&app, id(&path, TopicId::parse, "topic")?, &split.tickets, &by).await?;
    page(&app, &caller, topic).await.map(web::Json)
}

/// Undo a person's newest decision about a topic.
#[utoipa::path(tag = "topics", params(("id" = String, Path, description = "The topic's id")),
    responses((status = 204, description = "Undone")))]
#[post("/topics/{id}/undo")]
async fn undo_topic(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
) -> Result<actix_web::HttpResponse, Problem> {
    topics::undo(&app, id(&path, TopicId::parse, "topic")?, &by).await?;
    Ok(actix_web::HttpResponse::NoContent().finish())
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Shipping {
    /// The version it would ship in.
    version: String,
}

#[derive(Serialize, ToSchema)]
struct Recipient {
    /// Who.
    customer: CustomerId,
    /// In which ticket.
    ticket: TicketId,
    /// What they would read.
    text: String,
    /// Why they would not be told after all.
    left_out: Option<String>,
    /// How they would be told, by what is known now: `mail`, `messenger`, or `follow_up` where their ticket is closed. Null where they
    /// would not be reached.
    reached_by: Option<&'static str>,
    /// Why they would not be reached, or why that is not known.
    not_reached: Option<&'static str>,
    /// How likely it is that they ask for it, from 0 to 1, where nobody has said so and they would be told by themselves all the same, as
    /// `tell.likely_above` says. Null where it is sure.
    likely: Option<f64>,
}

#[derive(Serialize, ToSchema)]
struct RecipientList {
    recipients: Vec<Recipient>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List who would be told, what each would read and how, were the topic to ship in this version now. Nothing is stored or sent.
#[utoipa::path(tag = "topics", params(("id" = String, Path, description = "The topic's id"), Shipping, Cut),
    responses((status = 200, description = "Recipients", body = RecipientList)))]
#[get("/topics/{id}/recipients")]
async fn list_recipients(
    May { app, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    shipping: web::Query<Shipping>,
    cut: web::Query<Cut>,
) -> Result<web::Json<RecipientList>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let (after, limit) = (cut.after(RecipientsWalk::parse)?, cut.limit()?);
    let Previews { recipients, next } = tell::preview(&app, topic, &shipping.version, after, limit).await?;
    let recipients = recipients.into_iter().map(|told| Recipient {
        reached_by: told.reached.by(),
        not_reached: told.reached.by().is_none().then(|| undelivered::reached(told.reached)),
        customer: told.customer.id,
        ticket: told.ticket.id,
        text: told.text,
        left_out: told.left_out.map(str::to_owned),
        likely: told.likely,
    });
    Ok(web::Json(RecipientList { recipients: recipients.collect(), next: next.map(|next| next.to_string()) }))
}
