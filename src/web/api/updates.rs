//! Updates: what each customer is told, before and after it is sent.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    lists::{Cut, all_words, word},
    request::id,
};
use crate::{
    base::clock::Time,
    flow::{
        App, confirm,
        people::{
            times,
            updates::{self as people, DoneWithAll, WithAll},
        },
    },
    model::{
        id::{CustomerId, TicketId, TopicId, UpdateId},
        milestone::MilestoneKind,
        role::right,
        update::{self, CustomerVerdict, UpdateState},
    },
    store::updates,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_updates)
        .service(get_update)
        .service(approve_update)
        .service(edit_update)
        .service(cancel_update)
        .service(restore_update)
        .service(hold_update)
        .service(send_update_now)
        .service(act_on_updates)
        .service(arrived_update)
        .service(confirm_update);
}

#[derive(Serialize, ToSchema)]
struct Update {
    /// Its id.
    id: UpdateId,
    /// To whom.
    customer: CustomerId,
    /// About which topic.
    topic: TopicId,
    /// About which step of it.
    milestone: MilestoneKind,
    /// In which cycle of the topic it counts; -1 if it came with a topic that was merged into it, and was from an earlier cycle.
    cycle: i64,
    /// In which ticket.
    ticket: TicketId,
    /// Where it is.
    state: UpdateState,
    /// When it may be sent at the earliest. Only of one that will be sent.
    due_at: Option<Time>,
    /// Who holds it until then, if a person does.
    held_by: Option<String>,
    /// The text, as it is or was sent.
    text: String,
    /// Names this text and what a person has to look at in it, for whoever approves it.
    seen: String,
    /// Why it is where it is.
    reason: Option<String>,
    /// When the customer got it.
    sent_at: Option<Time>,
    /// What the customer answered, while a person has to say whether it means that it works.
    unclear: Option<String>,
    /// Whether it is for a likely member, who is told by themselves as `tell.likely_above` says, in words that do not claim to know.
    likely: bool,
}

impl From<update::Update> for Update {
    fn from(update: update::Update) -> Self {
        Self {
            id: update.id,
            customer: update.customer,
            topic: update.topic,
            milestone: update.kind,
            cycle: update.cycle,
            ticket: update.ticket,
            state: update.state(),
            due_at: update.standing.due_at(),
            held_by: update.held_by().map(str::to_owned),
            reason: update.standing.says_why(),
            sent_at: update.standing.sent_at(),
            seen: people::seen(&update),
            text: update.text,
            unclear: update.unclear,
            likely: update.likely,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UpdateQuery {
    /// Only this state.
    #[param(value_type = Option<UpdateState>, inline)]
    state: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct UpdateList {
    updates: Vec<Update>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List updates, oldest first.
#[utoipa::path(tag = "updates", params(UpdateQuery, Cut), responses((status = 200, description = "Updates", body = UpdateList)))]
#[get("/updates")]
async fn list_updates(
    May { app, .. }: May<right::ReadCustomers>,
    filter: web::Query<UpdateQuery>,
    cut: web::Query<Cut>,
) -> Result<web::Json<UpdateList>, Problem> {
    let state = word("state", filter.state.as_deref(), UpdateState::parse, all_words!(UpdateState))?;
    let after = cut.after(UpdateId::parse)?;
    let rows = updates::list(&mut app.database.read().await?, state, after, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |update| update.id.to_string());
    Ok(web::Json(UpdateList { updates: rows.into_iter().map(Update::from).collect(), next }))
}

/// Get an update.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[get("/updates/{id}")]
async fn get_update(
    May { app, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
) -> Result<web::Json<Update>, Problem> {
    one(&app, id(&path, UpdateId::parse, "update")?).await
}

async fn one(app: &App, asked: UpdateId) -> Result<web::Json<Update>, Problem> {
    let found = updates::get(&mut app.database.read().await?, asked).await?;
    let found = found.ok_or_else(|| Problem::saying(ProblemType::NotFound, format!("There is no update {asked}.")))?;
    Ok(web::Json(found.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReadText {
    /// The `seen` of the update as it was read. If its text is another one by now, or something else has to be looked at, it is not
    /// approved.
    seen: Option<String>,
}

/// Approve a draft: it is sent.
///
/// What is held already, approved or not, goes out at its time: approving it changes nothing.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id"), ReadText),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/approve")]
async fn approve_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    read: web::Query<ReadText>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    people::approve(&app, update, read.seen.as_deref(), &by).await?;
    one(&app, update).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// The better text.
    text: String,
}

/// Write a better text, while it is not sent.
#[utoipa::path(tag = "updates", request_body = Edit, params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/edit")]
async fn edit_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    edit: web::Json<Edit>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    people::edit(&app, update, &edit.text, &by).await?;
    one(&app, update).await
}

/// Cancel an update that is not sent: this customer is not told.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/cancel")]
async fn cancel_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    people::cancel(&app, update, &by).await?;
    one(&app, update).await
}

/// Want an update after all that a person had cancelled: it waits for approval again. Refused once what it tells holds no more.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/restore")]
async fn restore_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    people::restore(&app, update, &by).await?;
    one(&app, update).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Hold {
    /// Until when, at most 30 days from now.
    until: Time,
}

/// Hold an update until a time.
///
/// It goes out then at the earliest, and no release or setting makes that sooner. What takes it back still does. An approval of it stays.
#[utoipa::path(tag = "updates", request_body = Hold, params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/hold")]
async fn hold_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    hold: web::Json<Hold>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    times::hold(&app, update, hold.until, &by).await?;
    one(&app, update).await
}

/// Send a held update now.
///
/// Its hold ends, and quiet hours and weekends do not count. A pause still stops it, and so does a doubt about the fix.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/send_now")]
async fn send_update_now(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    times::send_now(&app, update, &by).await?;
    one(&app, update).await
}

/// What is done with all of them.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActOnEach {
    /// Approve the drafts.
    Approve,
    /// Cancel what waits to be sent.
    Cancel,
    /// Want after all what a person had cancelled.
    Restore,
    /// Hold what is held, until a time.
    Hold,
    /// Send what is held.
    SendNow,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActOnAll {
    /// `approve` (the drafts), `cancel` (what waits to be sent), `restore` (what a person had cancelled), `hold` (what is held, until a
    /// time) or `send_now` (what is held).
    act: ActOnEach,
    /// Only of this step. Without it, of every step.
    milestone: Option<MilestoneKind>,
    /// For `hold`, and needed there: until when, at most 30 days from now.
    until: Option<Time>,
}

#[derive(Serialize, ToSchema)]
struct ActedOnAll {
    /// How many it was done with.
    done: u64,
    /// How many could not be: words are missing, the topic has moved on, or somebody else changed them meanwhile.
    left: u64,
}

fn acted(DoneWithAll { done, left }: DoneWithAll) -> web::Json<ActedOnAll> {
    web::Json(ActedOnAll { done, left })
}

/// Approve, cancel, restore, hold or send all updates of a topic at once, or of one of its steps.
#[utoipa::path(tag = "updates", request_body = ActOnAll, params(("id" = String, Path, description = "The topic's id")),
    responses((status = 200, description = "It is done", body = ActedOnAll)))]
#[post("/topics/{id}/updates")]
async fn act_on_updates(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    asked: web::Json<ActOnAll>,
) -> Result<web::Json<ActedOnAll>, Problem> {
    let topic = id(&path, TopicId::parse, "topic")?;
    let refused = |sentence: &str| Problem::saying(ProblemType::Refused, sentence);
    let ActOnAll { act, milestone, until } = asked.into_inner();
    let all = |done: u64| DoneWithAll { done, left: 0 };
    let act = match (act, until) {
        (ActOnEach::Hold, None) => return Err(refused("`hold` needs `until`.")),
        (ActOnEach::Hold, Some(until)) => {
            return Ok(acted(all(times::hold_all(&app, topic, milestone, until, &by).await?)));
        }
        (_, Some(_)) => return Err(refused("`until` is only for `hold`.")),
        (ActOnEach::SendNow, None) => {
            return Ok(acted(all(times::send_all_now(&app, topic, milestone, &by).await?)));
        }
        (ActOnEach::Approve, None) => WithAll::Approve,
        (ActOnEach::Cancel, None) => WithAll::Cancel,
        (ActOnEach::Restore, None) => WithAll::Restore,
    };
    Ok(acted(people::with_all(&app, topic, milestone, act, &by).await?))
}

/// Say that the customer has an update whose sending had no clear end: it counts as sent, and is not sent again.
#[utoipa::path(tag = "updates", params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/arrived")]
async fn arrived_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    people::arrived(&app, update, &by).await?;
    one(&app, update).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Answered {
    /// What the customer said of it.
    verdict: CustomerVerdict,
    /// In their own words.
    words: Option<String>,
}

/// Note what a customer said of a sent update, where it reached you some other way than their page or a reply.
#[utoipa::path(tag = "updates", request_body = Answered, params(("id" = String, Path, description = "The update's id")),
    responses((status = 200, description = "The update", body = Update)))]
#[post("/updates/{id}/confirm")]
async fn confirm_update(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    answered: web::Json<Answered>,
) -> Result<web::Json<Update>, Problem> {
    let update = id(&path, UpdateId::parse, "update")?;
    let Answered { verdict, words } = answered.into_inner();
    confirm::on_behalf(&app, update, verdict, words, &by).await?;
    one(&app, update).await
}
