//! Triage: what the grouping asks, a topic at a time, the question whose answer changes most first. Are these the same problem?

use std::time::Duration;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{
    acts::{self, ticket_id, topic_id},
    entry::TicketEntry,
    first_steps::{self, FirstStepLine},
    question::{Choice, ShownQuestion},
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    base::clock::Time,
    flow::people::{likely_members, topics as people, triage as answers},
    model::{
        currency::Currency,
        id::{TicketId, TopicId},
        role::right,
    },
    store::{
        Conn, StoreError, actor_names, decisions, impacts, likely_members as places, ticket_views, topics,
        triage::{self, AskedGroup},
    },
    web::{
        may::May,
        ui::{self, Html},
    },
};

/// How many questions are offered: nobody answers more in one sitting.
const QUESTIONS: i64 = 200;
/// How many tickets one question asks about.
const TICKETS: i64 = 100;
/// After how long a topic that engineers do not know, and about which nobody writes, is not asked about any more.
const QUIET: Duration = Duration::from_hours(24 * 30);

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/triage", web::get().to(show))
        .route("/triage/undo", web::post().to(undo))
        .route("/triage/topics/{id}", web::post().to(answer_group))
        .route("/triage/{ticket}", web::post().to(answer));
}

#[derive(Deserialize)]
struct TriageQuery {
    /// Which question is shown: its topic, or its ticket if there is none.
    at: Option<String>,
    /// One ticket, whatever it is asked about with.
    ticket: Option<String>,
    topic: Option<String>,
    find: Option<String>,
    /// The topic about which somebody has just answered, and the question that it was.
    undo: Option<String>,
    was: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

/// Several tickets that look like one topic.
struct ShownGroup {
    id: String,
    title: String,
    kind: Html,
    state: Html,
    customers: i64,
    finished: bool,
    /// The customers and the yearly revenue that an answer brings.
    joining: i64,
    revenue: Option<String>,
    likely: Vec<TicketEntry>,
    /// How many more there are than are shown.
    more: i64,
}

enum Shown {
    One(Box<ShownQuestion>),
    Group(ShownGroup),
    Nothing,
}

#[derive(Template)]
#[template(path = "console/triage.html")]
struct TriagePage {
    shell: Shell,
    /// What is to be done first, until that is done.
    first_steps: Option<Vec<FirstStepLine>>,
    /// How many were answered today; it only grows.
    answered: i64,
    shown: Shown,
    /// Where the question before is, where the next one is, and what the address calls that.
    before: Option<String>,
    later: Option<String>,
    following: Option<String>,
    /// The topic whose newest answer can be taken back, and the question that it was.
    undo: Option<(String, String)>,
}

/// What an address calls a question.
fn name(group: &AskedGroup) -> String {
    let lone = || group.lone.map(|ticket| ticket.to_string());
    group.place.map(|topic| topic.to_string()).or_else(lone).unwrap_or_default()
}

async fn show(May { app, caller, .. }: May<right::ReadCustomers>, asked: web::Query<TriageQuery>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "triage", &asked.said).await?;
    let open = triage::asked(&mut conn, now.minus(QUIET), QUESTIONS).await?;
    let names: Vec<String> = open.iter().map(name).collect();
    // A question about one ticket is called by that ticket, also where it is asked about with others.
    let called = asked.ticket.as_ref().or_else(|| asked.at.as_ref().filter(|at| !names.contains(at)));
    let wanted = called.and_then(|called| TicketId::parse(called));
    let named = match wanted {
        Some(ticket) => Some(of_ticket(&mut conn, ticket).await?),
        None => asked.at.clone(),
    };
    let mut place = named.and_then(|named| names.iter().position(|name| *name == named)).unwrap_or(0);
    let find = asked.find.as_deref().map(str::trim).unwrap_or_default();
    let choice = Choice { topic: asked.topic.as_deref().and_then(TopicId::parse), find };
    let mut shown = match wanted {
        Some(ticket) => ShownQuestion::read(&mut conn, ticket, &choice, now).await?.map(Box::new).map(Shown::One),
        None => None,
    };
    // Of some, nothing is left to ask since they were opened.
    for _ in 0..open.len() {
        if shown.is_some() {
            break;
        }
        shown = read(&mut conn, &open[place], &choice, app.settings.currency, now).await?;
        if shown.is_none() {
            place = (place + 1) % open.len();
        }
    }
    let beside = |steps: usize| names.get((place + steps) % names.len().max(1)).filter(|_| names.len() > 1);
    let address = |name: &String| format!("/triage?at={name}");
    Ok(ui::page(&TriagePage {
        shell,
        first_steps: first_steps::left(&app, &mut conn, &caller).await?,
        answered: triage::answered_since(&mut conn, now.day_began()).await?,
        before: beside(names.len().saturating_sub(1)).map(address),
        later: beside(1).map(address),
        following: beside(1).cloned(),
        shown: shown.unwrap_or(Shown::Nothing),
        undo: asked.undo.as_deref().and_then(TopicId::parse).map(|topic| (topic.to_string(), id(asked.was.as_deref()))),
    }))
}

/// A topic's or a ticket's id as an address of ours may hold it; anything else is left out.
fn id(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    if TopicId::parse(text).is_some() || TicketId::parse(text).is_some() { text.to_owned() } else { String::new() }
}

/// The question in which a ticket is asked about.
async fn of_ticket(conn: &mut Conn, ticket: TicketId) -> Result<String, StoreError> {
    let place = match decisions::link(conn, ticket).await? {
        Some(link) => places::stands_in(conn, link.topic).await?,
        None => None,
    };
    Ok(place.map_or_else(|| ticket.to_string(), |place| place.to_string()))
}

/// A question as it is shown: one ticket beside another, or all that look like one topic.
async fn read(
    conn: &mut Conn,
    group: &AskedGroup,
    choice: &Choice<'_>,
    currency: Option<Currency>,
    now: Time,
) -> Result<Option<Shown>, StoreError> {
    let Some(place) = group.place else {
        let Some(lone) = group.lone else { return Ok(None) };
        return Ok(ShownQuestion::read(conn, lone, choice, now).await?.map(Box::new).map(Shown::One));
    };
    let names = actor_names::all(conn).await?;
    let views = ticket_views::likely_of_topic(conn, place, TICKETS).await?;
    if let [only] = views.as_slice() {
        return Ok(ShownQuestion::read(conn, only.ticket, choice, now).await?.map(Box::new).map(Shown::One));
    }
    let Some(topic) = topics::get(conn, place).await?.filter(|_| !views.is_empty()) else { return Ok(None) };
    let impact = impacts::get(conn, place, now).await?;
    Ok(Some(Shown::Group(ShownGroup {
        id: topic.id.to_string(),
        kind: ui::kind_badge(topic.kind),
        state: ui::states::topic_state(topic.state, topic.cycle),
        finished: topic.state.is_finished(),
        title: topic.title,
        customers: impact.customers,
        joining: group.customers,
        revenue: (group.revenue_cents > 0).then(|| ui::amount(group.revenue_cents, currency)),
        more: group.tickets - i64::try_from(views.len()).unwrap_or(group.tickets),
        likely: views.iter().map(|view| TicketEntry::new(view, &names, now)).collect(),
    })))
}

/// Leads to the next question, and offers to take back what was answered.
fn answered(next: Option<&str>, undo: TopicId, was: &str, done: &str) -> HttpResponse {
    let at = id(next);
    let at = if at.is_empty() || at == was { String::new() } else { format!("at={at}&") };
    back(&format!("/triage?{at}undo={undo}&was={was}"), done)
}

#[derive(Deserialize)]
struct TriageAnswer {
    answer: String,
    topic: String,
    next: Option<String>,
}

/// Same: its topic merges into the candidate. Not the same: never these two. New: nobody said this before.
async fn answer(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<TriageAnswer>,
) -> Answer {
    let ticket = ticket_id(&path)?;
    let (topic, done) = match form.answer.as_str() {
        "same" => (answers::same(&app, ticket, topic_id(&form.topic)?, &by).await?, "same"),
        "not_same" => {
            let topic = topic_id(&form.topic)?;
            people::not_same(&app, ticket, topic, &by).await?;
            (topic, "not-same")
        }
        "new" => (people::move_ticket(&app, ticket, None, &by).await?, "new"),
        _ => return Err(ConsoleError::refused("That is not an answer to this question.")),
    };
    Ok(answered(form.next.as_deref(), topic, &ticket.to_string(), done))
}

/// The chosen tickets belong to the topic, or they do not; those that were not chosen stay as they are.
async fn answer_group(
    May { app, by, .. }: May<right::Triage>,
    path: web::Path<String>,
    form: web::Form<Vec<(String, String)>>,
) -> Answer {
    let topic = topic_id(&path)?;
    let (same, not_same, done) = acts::likely_answer(&form)?;
    likely_members::answer(&app, topic, &same, &not_same, &by).await?;
    let next = form.iter().find(|(name, _)| name == "next").map(|(_, next)| next.as_str());
    Ok(answered(next, topic, &topic.to_string(), done))
}

#[derive(Deserialize)]
struct TakenBack {
    topic: String,
    was: Option<String>,
}

async fn undo(May { app, by, .. }: May<right::Triage>, form: web::Form<TakenBack>) -> Answer {
    answers::take_back(&app, topic_id(&form.topic)?, &by).await?;
    let was = id(form.was.as_deref());
    Ok(back(&if was.is_empty() { "/triage".to_owned() } else { format!("/triage?at={was}") }, "undone"))
}
