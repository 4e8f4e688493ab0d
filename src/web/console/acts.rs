//! What the console's forms do. Each makes one call of `flow`, then leads back to the page, which says what was done.

use actix_web::web;
use serde::Deserialize;

use super::{
    asked::ChosenTickets,
    refused::FormRefusal,
    shell::{Answer, ConsoleError, Undo, back, back_with_undo},
    ticket as ticket_page, topic as topic_page,
};
use crate::{
    flow::{
        App, escalate,
        people::{
            issues, likely_members, milestones,
            topics::{self, Change},
        },
    },
    model::{
        decision::Actor,
        id::{TicketId, TopicId, UpdateId},
        role::right,
        topic::TopicKind,
    },
    web::{caller::Caller, may::May},
};

pub(super) use super::asked::{ticket_id, topic_id};

/// What the decision log calls an act of the console.
pub(super) const VIA: &str = "console";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/topics/{id}/escalate", web::post().to(escalate_topic))
        .route("/topics/{id}/split", web::post().to(split))
        .route("/topics/{id}/undo", web::post().to(undo))
        .route("/topics/{id}/likely", web::post().to(answer_likely))
        .route("/topics/{id}/title", web::post().to(title))
        .route("/topics/{id}/kind", web::post().to(kind))
        .route("/topics/{id}/summary", web::post().to(summary))
        .route("/topics/{id}/merge", web::post().to(merge))
        .route("/topics/{id}/workaround", web::post().to(workaround))
        .route("/topics/{id}/shipped", web::post().to(shipped))
        .route("/topics/{id}/decline", web::post().to(decline))
        .route("/tickets/{id}/escalate", web::post().to(escalate_ticket))
        .route("/tickets/{id}/move", web::post().to(move_ticket))
        .route("/tickets/{id}/not_same", web::post().to(not_same))
        .route("/tickets/{id}/link_issue", web::post().to(link_issue));
}

fn of_topic(topic: TopicId) -> String {
    format!("/topics/{topic}")
}

fn of_ticket(ticket: TicketId) -> String {
    format!("/tickets/{ticket}")
}

/// A form of one field.
#[derive(Deserialize)]
struct TextForm {
    text: String,
}

impl TextForm {
    /// What was written, unless that is nothing.
    fn words(&self) -> Result<&str, ConsoleError> {
        let words = self.text.trim();
        if words.is_empty() { Err(ConsoleError::refused("Please write something first.")) } else { Ok(words) }
    }
}

async fn escalate_topic(May { app, by, .. }: May<right::Escalate>, path: web::Path<String>) -> Answer {
    let escalated = escalate::topic(&app, topic_id(&path)?, &by, VIA).await?;
    let done = if escalated.again { "escalated-again" } else { "escalated" };
    Ok(back(&of_topic(escalated.topic), done))
}

async fn escalate_ticket(May { app, by, .. }: May<right::Escalate>, path: web::Path<String>) -> Answer {
    let ticket = ticket_id(&path)?;
    let escalated = escalate::escalate(&app, ticket, &by, VIA).await?;
    let done = if escalated.again { "escalated-again" } else { "escalated" };
    Ok(back(&of_ticket(ticket), done))
}

/// The topic's page again where a form of it was refused.
async fn topic_or_again(
    app: &App,
    caller: &Caller,
    topic: &str,
    (act, form): (&str, &TextForm),
    answer: Answer,
) -> Answer {
    match answer {
        Err(why) if why.is_refusal() => {
            topic_page::again(app, caller, topic, ChosenTickets::default(), (act, &form.text), why).await
        }
        answer => answer,
    }
}

async fn title(
    May { app, by, caller, .. }: May<right::Name>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let change = form.words().map(|words| Change { title: Some(words), ..Change::default() });
    let answer = changed(&app, &path, change, &by, "titled").await;
    topic_or_again(&app, &caller, &path, ("title", &form), answer).await
}

#[derive(Deserialize)]
struct KindForm {
    text: String,
    /// The update beside which it was said.
    update: Option<String>,
}

async fn kind(May { app, by, .. }: May<right::Name>, path: web::Path<String>, form: web::Form<KindForm>) -> Answer {
    let kind = TopicKind::parse(form.text.trim());
    let kind = kind.ok_or_else(|| ConsoleError::refused("That is not a kind of topic."))?;
    let answer = changed(&app, &path, Ok(Change { kind: Some(kind), ..Change::default() }), &by, "kind").await?;
    match form.update.as_deref().and_then(UpdateId::parse) {
        Some(update) => Ok(back(&format!("/updates?topic={}&id={update}", topic_id(&path)?), "kind")),
        None => Ok(answer),
    }
}

async fn summary(
    May { app, by, caller, .. }: May<right::Name>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let change = form.words().map(|words| Change { summary: Some(words), ..Change::default() });
    let answer = changed(&app, &path, change, &by, "summary").await;
    topic_or_again(&app, &caller, &path, ("summary", &form), answer).await
}

async fn changed(app: &App, topic: &str, change: Result<Change<'_>, ConsoleError>, by: &Actor, done: &str) -> Answer {
    let topic = topic_id(topic)?;
    topics::change(app, topic, &change?, by).await?;
    Ok(back(&of_topic(topic), done))
}

async fn merge(
    May { app, by, caller, .. }: May<right::Merge>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let answer = merged(&app, &path, &form, &by).await;
    topic_or_again(&app, &caller, &path, ("merge", &form), answer).await
}

async fn merged(app: &App, topic: &str, form: &TextForm, by: &Actor) -> Answer {
    let (topic, into, since) = (topic_id(topic)?, topic_id(form.words()?)?, app.clock.now());
    let carries_on = topics::merge(app, topic, into, by).await?;
    let undo = Undo { topic: carries_on, since, from: &of_topic(topic) };
    Ok(back_with_undo(&of_topic(into), "merged", undo))
}

async fn workaround(
    May { app, by, caller, .. }: May<right::Tell>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let answer = noted(&app, &path, &form, &by).await;
    topic_or_again(&app, &caller, &path, ("workaround", &form), answer).await
}

async fn noted(app: &App, topic: &str, form: &TextForm, by: &Actor) -> Answer {
    let topic = topic_id(topic)?;
    milestones::workaround(app, topic, form.words()?, by).await?;
    Ok(back(&of_topic(topic), "workaround"))
}

async fn shipped(
    May { app, by, caller, .. }: May<right::Ship>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let answer = stated(&app, &path, &form, &by).await;
    topic_or_again(&app, &caller, &path, ("shipped", &form), answer).await
}

async fn stated(app: &App, topic: &str, form: &TextForm, by: &Actor) -> Answer {
    let topic = topic_id(topic)?;
    milestones::state_shipped(app, topic, form.words()?, by).await?;
    Ok(back(&of_topic(topic), "shipped"))
}

async fn decline(
    May { app, by, caller, .. }: May<right::Decline>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let answer = declined(&app, &path, &form, &by).await;
    topic_or_again(&app, &caller, &path, ("decline", &form), answer).await
}

async fn declined(app: &App, topic: &str, form: &TextForm, by: &Actor) -> Answer {
    let topic = topic_id(topic)?;
    milestones::decline(app, topic, form.words()?, by).await?;
    Ok(back(&of_topic(topic), "declined"))
}

/// The chosen tickets; a form that repeats a field is read as pairs.
async fn split(
    May { app, by, caller, .. }: May<right::Merge>,
    path: web::Path<String>,
    form: web::Form<Vec<(String, String)>>,
) -> Answer {
    let chosen = ChosenTickets::of(&form);
    match left(&app, &path, &chosen, &by).await {
        Err(why) if why.is_refusal() => topic_page::again(&app, &caller, &path, chosen, ("several", ""), why).await,
        answer => answer,
    }
}

async fn left(app: &App, topic: &str, chosen: &ChosenTickets, by: &Actor) -> Answer {
    let (left, tickets, since) = (topic_id(topic)?, chosen.ids()?, app.clock.now());
    let own = topics::split(app, left, &tickets, by).await?;
    Ok(back_with_undo(&of_topic(own), "split", Undo { topic: own, since, from: &of_topic(left) }))
}

/// The chosen likely members belong to the topic, or they do not; those that were not chosen stay as they are.
async fn answer_likely(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<Vec<(String, String)>>,
) -> Answer {
    let topic = topic_id(&path)?;
    let (same, not_same, done) = likely_answer(&form)?;
    let (here, since) = (of_topic(topic), app.clock.now());
    let counted = likely_members::answer(&app, topic, &same, &not_same, &by).await?;
    if counted == 0 {
        return Ok(back(&here, done));
    }
    Ok(back_with_undo(&here, done, Undo { topic, since, from: &here }))
}

/// Which of the chosen tickets belong to a topic and which do not, and what is said afterwards.
pub(super) fn likely_answer(
    form: &[(String, String)],
) -> Result<(Vec<TicketId>, Vec<TicketId>, &'static str), ConsoleError> {
    let chosen = form.iter().filter(|(name, _)| name == "ticket").map(|(_, id)| ticket_id(id));
    let tickets = chosen.collect::<Result<Vec<_>, _>>()?;
    let answer = form.iter().find(|(name, _)| name == "answer").map(|(_, answer)| answer.as_str());
    let answered = match answer {
        Some("same") => (tickets, Vec::new(), "likely-same"),
        Some("not_same") => (Vec::new(), tickets, "likely-not-same"),
        _ => return Err(ConsoleError::refused("That is not an answer to this question.")),
    };
    if answered.0.is_empty() && answered.1.is_empty() {
        return Err(ConsoleError::refused("Please choose the tickets that you mean first."));
    }
    Ok(answered)
}

async fn undo(May { app, by, .. }: May<right::Triage>, path: web::Path<String>) -> Answer {
    let topic = topic_id(&path)?;
    topics::undo(&app, topic, &by).await?;
    Ok(back(&of_topic(topic), "undone"))
}

/// The ticket's page again where a form of it was refused.
async fn ticket_or_again(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    (act, form): (&str, &TextForm),
    answer: Answer,
) -> Answer {
    match answer {
        Err(why) if why.is_refusal() => {
            ticket_page::again(app, caller, ticket, FormRefusal::new(act, &form.text, &why)).await
        }
        answer => answer,
    }
}

async fn move_ticket(
    May { app, by, caller, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let ticket = ticket_id(&path)?;
    let answer = moved(&app, ticket, &form, &by).await;
    ticket_or_again(&app, &caller, ticket, ("move", &form), answer).await
}

async fn moved(app: &App, ticket: TicketId, form: &TextForm, by: &Actor) -> Answer {
    let to = if form.text.is_empty() { None } else { Some(topic_id(&form.text)?) };
    let (here, since) = (of_ticket(ticket), app.clock.now());
    let topic = topics::move_ticket(app, ticket, to, by).await?;
    Ok(back_with_undo(&here, "moved", Undo { topic, since, from: &here }))
}

async fn not_same(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let ticket = ticket_id(&path)?;
    let topic = topic_id(form.words()?)?;
    let (here, since) = (of_ticket(ticket), app.clock.now());
    topics::not_same(&app, ticket, topic, &by).await?;
    Ok(back_with_undo(&here, "not-same", Undo { topic, since, from: &here }))
}

async fn link_issue(
    May { app, by, caller, .. }: May<right::Escalate>,
    path: web::Path<String>,
    form: web::Form<TextForm>,
) -> Answer {
    let ticket = ticket_id(&path)?;
    let answer = linked(&app, ticket, &form, &by).await;
    ticket_or_again(&app, &caller, ticket, ("link_issue", &form), answer).await
}

async fn linked(app: &App, ticket: TicketId, form: &TextForm, by: &Actor) -> Answer {
    issues::link_issue(app, ticket, form.words()?, by).await?;
    Ok(back(&of_ticket(ticket), "linked"))
}
