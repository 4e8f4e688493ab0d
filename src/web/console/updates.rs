//! Updates: what each customer is told. Drafts wait for a person, held ones for their time.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts,
    shell::{self, Answer, Said, Shell, Sorry, back},
};
use crate::{
    base::clock::Time,
    flow::{App, confirm as answers, people::updates as people, tell::compose::PAGE},
    model::{
        customer::Customer,
        id::{TopicId, UpdateId},
        milestone::MilestoneTone,
        update::{CustomerVerdict, Update, UpdateState},
    },
    store::{Conn, StoreError, customers, milestones, releases, tickets, topics, updates},
    web::ui::{self, Html},
};

/// How many updates one page lists.
const LISTED: i64 = 200;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/updates", web::get().to(show))
        .route("/updates/{id}/approve", web::post().to(approve))
        .route("/updates/{id}/edit", web::post().to(edit))
        .route("/updates/{id}/cancel", web::post().to(cancel))
        .route("/updates/{id}/arrived", web::post().to(arrived))
        .route("/updates/{id}/confirm", web::post().to(confirm));
}

#[derive(Deserialize)]
struct Asked {
    state: Option<String>,
    topic: Option<String>,
    id: Option<String>,
    #[serde(flatten)]
    said: Said,
}

/// The states in the order a person cares, each with its name.
const STATES: [(UpdateState, &str); 8] = [
    (UpdateState::Draft, "Drafts"),
    (UpdateState::Held, "Held"),
    (UpdateState::Sending, "Sending"),
    (UpdateState::Sent, "Sent"),
    (UpdateState::Noted, "Noted"),
    (UpdateState::Failed, "Failed"),
    (UpdateState::Cancelled, "Cancelled"),
    (UpdateState::Skipped, "Skipped"),
];

struct Tab {
    name: &'static str,
    address: String,
    count: i64,
    current: bool,
}

struct Listed {
    address: String,
    current: bool,
    ring: &'static str,
    tone: &'static str,
    step: &'static str,
    name: String,
    topic: String,
    state: &'static str,
    when: Html,
}

struct Shown {
    id: String,
    ring: Html,
    topic: (String, String),
    name: String,
    person: Html,
    ticket: (String, String),
    paragraphs: Html,
    text: String,
    state: UpdateState,
    state_name: &'static str,
    when: Html,
    confidence: Option<String>,
    reason: Option<String>,
    can_edit: bool,
}

#[derive(Template)]
#[template(path = "console/updates.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    of_topic: Option<(String, String)>,
    list: Vec<Listed>,
    shown: Option<Shown>,
    more: bool,
}

async fn show(app: web::Data<App>, asked: web::Query<Asked>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, "updates", &asked.said).await?;
    let counts = updates::counts(&mut conn).await?;
    let of = |state: UpdateState| counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
    let topic = match asked.topic.as_deref().and_then(TopicId::parse) {
        Some(topic) => topics::current(&mut conn, topic).await?,
        None => None,
    };
    let named = asked.state.as_deref().and_then(UpdateState::parse);
    // Where nobody asks: the first state that a person has to do with.
    let waiting = STATES.iter().map(|(state, _)| *state).find(|state| of(*state) > 0).unwrap_or(UpdateState::Draft);
    let state = named.unwrap_or(waiting);
    let rows = match &topic {
        Some(topic) => updates::of_topic(&mut conn, topic.id).await?,
        None => updates::list(&mut conn, Some(state), None, LISTED).await?,
    };
    let chosen = asked.id.as_deref().and_then(UpdateId::parse);
    let open = rows.iter().find(|update| Some(update.id) == chosen).or(rows.first()).cloned();
    let query = match &topic {
        Some(topic) => format!("topic={}", topic.id),
        None => format!("state={state}"),
    };
    let mut list = Vec::new();
    for update in &rows {
        list.push(listed(&mut conn, update, &query, open.as_ref().map(|open| open.id), now).await?);
    }
    let shown = match open {
        Some(update) => Some(shown(&mut conn, update, now).await?),
        None => None,
    };
    let tabs = STATES
        .into_iter()
        .filter(|(one, _)| of(*one) > 0 || matches!(one, UpdateState::Draft | UpdateState::Held | UpdateState::Sent));
    Ok(ui::page(&Page {
        shell,
        tabs: tabs
            .map(|(one, name)| Tab {
                name,
                address: format!("/updates?state={one}"),
                count: of(one),
                current: topic.is_none() && one == state,
            })
            .collect(),
        of_topic: topic.map(|topic| (topic.id.to_string(), topic.title)),
        more: rows.len() >= usize::try_from(LISTED).unwrap_or(usize::MAX),
        list,
        shown,
    }))
}

fn name_of(state: UpdateState) -> &'static str {
    match state {
        UpdateState::Draft => "waits for approval",
        UpdateState::Held => "held",
        UpdateState::Sending => "being sent",
        UpdateState::Sent => "sent",
        UpdateState::Noted => "noted for the agent",
        UpdateState::Skipped => "not for this customer",
        UpdateState::Cancelled => "cancelled",
        UpdateState::Failed => "waits for you",
    }
}

/// The time that matters in an update's state.
fn when(update: &Update, now: Time) -> Html {
    match (update.sent_at, update.due_at.filter(|_| update.state == UpdateState::Held)) {
        (Some(at), _) | (None, Some(at)) => ui::when(at, now),
        (None, None) => Html::default(),
    }
}

async fn listed(
    conn: &mut Conn,
    update: &Update,
    query: &str,
    open: Option<UpdateId>,
    now: Time,
) -> Result<Listed, StoreError> {
    let customer = customers::get(conn, update.customer).await?;
    let topic = topics::get(conn, update.topic).await?;
    let rules = update.kind.rules();
    Ok(Listed {
        address: format!("/updates?{query}&id={}", update.id),
        current: open == Some(update.id),
        ring: rules.icon,
        tone: rules.tone.as_str(),
        step: rules.label,
        name: ui::name(customer.as_ref().map_or("", Customer::called)).to_owned(),
        topic: topic.map(|topic| topic.title).unwrap_or_default(),
        state: name_of(update.state),
        when: when(update, now),
    })
}

async fn shown(conn: &mut Conn, update: Update, now: Time) -> Result<Shown, StoreError> {
    let customer = customers::get(conn, update.customer).await?;
    let customer = customer.as_ref().map_or("", Customer::called);
    let topic = topics::get(conn, update.topic).await?;
    let ticket = tickets::get(conn, update.ticket).await?;
    let milestone = milestones::get(conn, update.milestone).await?;
    let release = match milestone.as_ref().and_then(|milestone| milestone.release) {
        Some(release) => releases::get(conn, release).await?,
        None => None,
    };
    let confidence = milestone.and_then(|milestone| milestone.confidence).map(|confidence| match release {
        Some(release) => format!("{confidence}, {}", ui::version(&release.version)),
        None => confidence.to_string(),
    });
    let rules = update.kind.rules();
    let good = if rules.tone == MilestoneTone::Done { " good" } else { "" };
    Ok(Shown {
        id: update.id.to_string(),
        ring: ui::ring_and_word(rules.icon, rules.label, good),
        topic: (update.topic.to_string(), topic.map(|topic| topic.title).unwrap_or_default()),
        person: ui::person(customer),
        name: ui::name(customer).to_owned(),
        ticket: (
            update.ticket.to_string(),
            ticket.map(|ticket| format!("{} {}", ticket.connection, ticket.external_id)).unwrap_or_default(),
        ),
        paragraphs: ui::letter(&update.text.replace(PAGE, "…")),
        state_name: name_of(update.state),
        when: when(&update, now),
        confidence,
        can_edit: update.state.is_unsent(),
        state: update.state,
        reason: update.reason,
        text: update.text,
    })
}

fn update_id(text: &str) -> Result<UpdateId, Sorry> {
    UpdateId::parse(text).ok_or_else(|| Sorry::missing("There is no such update."))
}

async fn approve(app: web::Data<App>, path: web::Path<String>) -> Answer {
    people::approve(&app, update_id(&path)?, &acts::actor()).await?;
    Ok(back("/updates?state=draft", "approved"))
}

#[derive(Deserialize)]
struct Better {
    text: String,
}

async fn edit(app: web::Data<App>, path: web::Path<String>, better: web::Form<Better>) -> Answer {
    let update = update_id(&path)?;
    // Browsers send line ends as CR LF.
    people::edit(&app, update, better.text.replace("\r\n", "\n").trim(), &acts::actor()).await?;
    let state =
        updates::get(&mut app.database.read().await?, update).await?.map_or(UpdateState::Draft, |update| update.state);
    Ok(back(&format!("/updates?state={state}&id={update}"), "edited"))
}

async fn cancel(app: web::Data<App>, path: web::Path<String>) -> Answer {
    people::cancel(&app, update_id(&path)?, &acts::actor()).await?;
    Ok(back("/updates", "cancelled"))
}

/// Somebody looked: the message stands in the ticket.
async fn arrived(app: web::Data<App>, path: web::Path<String>) -> Answer {
    let update = update_id(&path)?;
    people::arrived(&app, update, &acts::actor()).await?;
    Ok(back(&format!("/updates?state=sent&id={update}"), "arrived"))
}

#[derive(Deserialize)]
struct Answered {
    verdict: CustomerVerdict,
    words: String,
}

/// What the customer said to somebody of ours.
async fn confirm(app: web::Data<App>, path: web::Path<String>, answered: web::Form<Answered>) -> Answer {
    let update = update_id(&path)?;
    let Answered { verdict, words } = answered.into_inner();
    answers::on_behalf(&app, update, verdict, Some(words), &acts::actor()).await?;
    Ok(back(&format!("/updates?state=sent&id={update}"), "answered"))
}
