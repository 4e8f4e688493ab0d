//! Health: what arrives, what failed and why, what waits, and a button to try again. Nothing fails silently (G11).

use std::time::Duration;

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts,
    shell::{self, Answer, Said, Shell, Sorry, back},
};
use crate::{
    base::clock::Time,
    flow::{App, people::retry, receive::GITHUB},
    model::{
        delivery::DeliveryState,
        id::{DeliveryId, FailureId},
        update,
    },
    store::{board, deliveries, failures, rate_limits, sweeps, updates},
    web::ui::{self, Html},
};

/// How far the figures look back.
const DAY: Duration = Duration::from_hours(24);
/// How many deliveries and failures are listed.
const LISTED: i64 = 50;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/health", web::get().to(show))
        .route("/failures/{id}/retry", web::post().to(retry))
        .route("/deliveries/{id}/replay", web::post().to(replay));
}

#[derive(Deserialize)]
struct Asked {
    deliveries: Option<String>,
    before: Option<String>,
    #[serde(flatten)]
    said: Said,
}

struct Connection {
    name: String,
    path: String,
    helpdesk: String,
    preview: bool,
    tone: &'static str,
    icon: &'static str,
    state: String,
    last: Html,
    deliveries: i64,
    unreadable: i64,
    swept: Html,
    can: Vec<(&'static str, bool)>,
}

struct Failed {
    id: String,
    work: String,
    sentence: String,
    times: i64,
    since: Html,
    next: Option<Html>,
    given_up: bool,
}

struct Arrived {
    id: String,
    connection: String,
    when: Html,
    state: &'static str,
    tone: &'static str,
    error: Option<String>,
    size: String,
    can_replay: bool,
}

struct Swept {
    source: String,
    when: Html,
    error: Option<String>,
}

struct Pause {
    name: String,
    until: Html,
    reason: String,
}

#[derive(Template)]
#[template(path = "console/health.html")]
struct Page {
    shell: Shell,
    connections: Vec<Connection>,
    failed: Vec<Failed>,
    worst: Option<String>,
    waiting: Vec<(String, String)>,
    pauses: Vec<Pause>,
    sweeps: Vec<Swept>,
    chosen: Option<DeliveryState>,
    states: Vec<(&'static str, &'static str, i64, bool)>,
    arrived: Vec<Arrived>,
    later: Option<String>,
}

async fn show(app: web::Data<App>, asked: web::Query<Asked>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, "health", &asked.said).await?;
    let traffic = board::traffic(&mut conn, now.minus(DAY)).await?;
    let sweeps = sweeps::list(&mut conn).await?;
    let pauses = rate_limits::blocks(&mut conn, now).await?;
    let failed = failures::list(&mut conn, LISTED).await?;
    let counts = board::delivery_counts(&mut conn).await?;
    let (unread, oldest) = deliveries::count(&mut conn, DeliveryState::Received).await?;
    let told = updates::counts(&mut conn).await?;
    let chosen = asked.deliveries.as_deref().and_then(DeliveryState::parse);
    let before = asked.before.as_deref().and_then(DeliveryId::parse);
    let arrived = deliveries::list(&mut conn, chosen, before, LISTED).await?;
    let of = |state: DeliveryState| counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
    let full = arrived.len() >= usize::try_from(LISTED).unwrap_or(usize::MAX);
    let word = chosen.map(|state| format!("deliveries={state}&")).unwrap_or_default();
    Ok(ui::page(&Page {
        shell,
        connections: connections(&app, &traffic, &sweeps, &pauses, now),
        worst: failed.iter().find(|failure| failure.given_up).map(|failure| failure.sentence.clone()),
        failed: failed.into_iter().map(|failure| Failed::new(failure, now)).collect(),
        waiting: waiting(unread, oldest, &told, now),
        pauses: pauses
            .into_iter()
            .map(|pause| Pause { name: pause.name, until: ui::when(pause.until, now), reason: pause.reason })
            .collect(),
        sweeps: sweeps
            .into_iter()
            .map(|sweep| Swept {
                source: sweep.source,
                when: sweep.swept_at.map_or_else(|| ui::text("not yet"), |at| ui::when(at, now)),
                error: sweep.error,
            })
            .collect(),
        chosen,
        states: DeliveryState::ALL
            .iter()
            .map(|state| (state.as_str(), named(*state).0, of(*state), chosen == Some(*state)))
            .collect(),
        later: arrived.last().filter(|_| full).map(|last| format!("/health?{word}before={}#deliveries", last.id)),
        arrived: arrived
            .into_iter()
            .map(|delivery| Arrived {
                id: delivery.id.to_string(),
                connection: delivery.connection,
                when: ui::when(delivery.received_at, now),
                state: named(delivery.state).0,
                tone: named(delivery.state).1,
                error: delivery.error,
                size: size(delivery.bytes),
                can_replay: !matches!(delivery.state, DeliveryState::Received | DeliveryState::Forgotten),
            })
            .collect(),
    }))
}

/// What a delivery's state is called, and its tone.
fn named(state: DeliveryState) -> (&'static str, &'static str) {
    match state {
        DeliveryState::Received => ("not read yet", "blue"),
        DeliveryState::Understood => ("understood", "green"),
        DeliveryState::Ignored => ("nothing for us", ""),
        DeliveryState::Unreadable => ("unreadable", "red"),
        DeliveryState::Forgotten => ("understood long ago", ""),
    }
}

fn size(bytes: i64) -> String {
    if bytes < 1_024 { format!("{bytes} B") } else { format!("{} KB", (bytes + 1_023) / 1_024) }
}

impl Failed {
    fn new(failure: failures::Failure, now: Time) -> Self {
        Self {
            id: failure.id.to_string(),
            work: failure.work,
            sentence: failure.sentence,
            times: failure.times,
            since: ui::when(failure.first_at, now),
            next: failure.next_at.map(|at| ui::when(at, now)),
            given_up: failure.given_up,
        }
    }
}

/// Every connection of the settings, and GitHub, with what arrived from it.
fn connections(
    app: &App,
    traffic: &[board::Traffic],
    sweeps: &[sweeps::Sweep],
    pauses: &[rate_limits::Block],
    now: Time,
) -> Vec<Connection> {
    let mut shown = Vec::new();
    for (name, connection) in &app.connections {
        let about = connection.helpdesk.about();
        let can = vec![
            ("reads tickets", about.reads_tickets),
            ("sweeps", about.sweeps),
            ("replies", about.replies),
            ("signs as the agent", about.signs_as_agent),
            ("notes", about.notes),
            ("tags", about.tags),
            ("reopens", about.reopens),
            ("follows up", about.follows_up),
        ];
        let preview = about.is_preview();
        let gate = format!("helpdesk:{name}");
        let sweep = sweeps.iter().find(|sweep| sweep.source == gate);
        let waits = pauses.iter().find(|pause| pause.name == gate);
        let seen = traffic.iter().find(|seen| seen.connection == *name);
        shown.push(Connection::new(name, about.name, preview, can, seen, sweep, waits, now));
    }
    if app.github.is_some() {
        let sweep =
            sweeps.iter().filter(|sweep| sweep.source.starts_with("github:")).max_by_key(|sweep| sweep.swept_at);
        let waits = pauses.iter().find(|pause| pause.name == GITHUB);
        let seen = traffic.iter().find(|seen| seen.connection == GITHUB);
        shown.push(Connection::new(GITHUB, "GitHub", false, Vec::new(), seen, sweep, waits, now));
    }
    shown
}

impl Connection {
    #[expect(clippy::too_many_arguments, reason = "what is known of one connection, from as many sources")]
    fn new(
        name: &str,
        helpdesk: &str,
        preview: bool,
        can: Vec<(&'static str, bool)>,
        seen: Option<&board::Traffic>,
        sweep: Option<&sweeps::Sweep>,
        paused: Option<&rate_limits::Block>,
        now: Time,
    ) -> Self {
        let failing = sweep.and_then(|sweep| sweep.error.clone());
        let last = seen.and_then(|seen| seen.last_at);
        let (tone, icon, state) = match (failing, paused, last) {
            (Some(_), _, _) => ("red", "alert", "does not answer".to_owned()),
            (None, Some(pause), _) => ("amber", "pause", format!("asked us to wait: {}", pause.reason)),
            (None, None, None) => ("amber", "clock", "nothing arrived yet".to_owned()),
            (None, None, Some(last)) if now.since(last) > DAY => {
                ("amber", "clock", format!("quiet for {}", ui::age(last, now)))
            }
            (None, None, Some(_)) => ("green", "check", "working".to_owned()),
        };
        Self {
            name: name.to_owned(),
            path: format!("/hooks/{name}"),
            helpdesk: helpdesk.to_owned(),
            preview,
            tone,
            icon,
            state,
            last: last.map_or_else(|| ui::text("–"), |at| ui::when(at, now)),
            deliveries: seen.map_or(0, |seen| seen.deliveries),
            unreadable: seen.map_or(0, |seen| seen.unreadable),
            swept: sweep.and_then(|sweep| sweep.swept_at).map_or_else(|| ui::text("–"), |at| ui::when(at, now)),
            can,
        }
    }
}

fn waiting(unread: i64, oldest: Option<Time>, told: &[(update::UpdateState, i64)], now: Time) -> Vec<(String, String)> {
    let of = |state| told.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
    let since = oldest.map(|oldest| format!(", oldest {}", ui::age(oldest, now))).unwrap_or_default();
    vec![
        ("Deliveries to read".to_owned(), format!("{unread}{since}")),
        ("Updates held".to_owned(), of(update::UpdateState::Held).to_string()),
        ("Updates being sent".to_owned(), of(update::UpdateState::Sending).to_string()),
        ("Drafts to approve".to_owned(), of(update::UpdateState::Draft).to_string()),
        ("Updates that failed".to_owned(), of(update::UpdateState::Failed).to_string()),
    ]
}

async fn retry(app: web::Data<App>, path: web::Path<String>) -> Answer {
    let failure = FailureId::parse(&path).ok_or_else(|| Sorry::missing("There is no such failed work."))?;
    retry::retry(&app, failure, &acts::actor()).await?;
    Ok(back("/health", "retried"))
}

async fn replay(app: web::Data<App>, path: web::Path<String>) -> Answer {
    let delivery = DeliveryId::parse(&path).ok_or_else(|| Sorry::missing("There is no such delivery."))?;
    retry::replay(&app, delivery, &acts::actor()).await?;
    Ok(back("/health", "replayed"))
}
