//! Health: what arrives, what failed and why, what waits, and a button to try again. It shows G11 (nothing fails
//! silently).

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::shell::{self, Answer, FlashQuery, Shell, back};
use crate::{
    base::clock::Time,
    flow::{
        connections::{self, ConnectionReport},
        people::retry,
    },
    model::{
        connection::ConnectionHealth,
        delivery::{DeliveryState, Forged},
        id::DeliveryId,
        pause::PausedPart,
        role::right,
        update::UpdateState,
    },
    store::{deliveries, failures, rate_limits, sweeps, updates, waits},
    web::{
        may::May,
        ui::{self, Html, states},
    },
};

/// How many deliveries and failures are listed.
const LISTED: i64 = 50;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/health", web::get().to(show)).route("/failures/retry", web::post().to(retry_all));
}

#[derive(Deserialize)]
struct HealthQuery {
    deliveries: Option<String>,
    before: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

struct ConnectionLine {
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
    /// Why it fails and what is safe meanwhile, if it does.
    failing: Option<(String, &'static str)>,
    /// What was refused because of its signature, and what to do, if nothing good came since.
    refused: Option<Html>,
    /// What pauses messages there; `None` for what is no helpdesk.
    pause_key: Option<String>,
    can: Vec<(&'static str, bool)>,
}

struct RepositoryLine {
    name: String,
    /// What pauses messages about its topics.
    pause_key: String,
}

struct FailedWork {
    work: String,
    count: i64,
    sentence: String,
    times: i64,
    since: Html,
    next: Option<Html>,
    given_up: bool,
}

/// What is shown of a delivery wherever one is.
pub(super) struct DeliveryLine {
    pub(super) id: String,
    pub(super) connection: String,
    pub(super) when: Html,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) error: Option<String>,
    pub(super) size: String,
    /// The helpdesk's id of the ticket that it speaks of.
    pub(super) ticket: Option<String>,
    pub(super) can_replay: bool,
}

struct SweepLine {
    source: String,
    when: Html,
    error: Option<String>,
}

struct WaitLine {
    name: String,
    until: Html,
    reason: String,
}

#[derive(Template)]
#[template(path = "console/health.html")]
struct HealthPage {
    shell: Shell,
    connections: Vec<ConnectionLine>,
    repositories: Vec<RepositoryLine>,
    failed: Vec<FailedWork>,
    worst: Option<String>,
    waiting: Vec<(String, String)>,
    waits: Vec<WaitLine>,
    sweeps: Vec<SweepLine>,
    chosen: Option<DeliveryState>,
    states: Vec<(&'static str, &'static str, String, bool)>,
    arrived: Vec<DeliveryLine>,
    later: Option<String>,
}

async fn show(May { app, caller, .. }: May<right::ReadHealth>, asked: web::Query<HealthQuery>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "health", &asked.said).await?;
    let reports = connections::report(&app, &mut conn, now).await?;
    let sweeps = sweeps::list(&mut conn).await?;
    let waits = rate_limits::blocks(&mut conn, now).await?;
    let failed = failures::causes(&mut conn, LISTED).await?;
    let counts = waits::delivery_counts(&mut conn).await?;
    let (unread, oldest) = deliveries::unread_count(&mut conn).await?;
    let told = updates::owed_counts(&mut conn).await?;
    let chosen = asked.deliveries.as_deref().and_then(DeliveryState::parse);
    let before = asked.before.as_deref().and_then(DeliveryId::parse);
    let arrived = deliveries::list(&mut conn, chosen, before, LISTED).await?;
    let full = arrived.len() >= usize::try_from(LISTED).unwrap_or(usize::MAX);
    let word = chosen.map(|state| format!("deliveries={state}&")).unwrap_or_default();
    Ok(ui::page(&HealthPage {
        shell,
        connections: reports.into_iter().map(|report| ConnectionLine::new(&report, now)).collect(),
        repositories: app
            .settings
            .repositories
            .iter()
            .map(|one| RepositoryLine {
                name: one.name.to_string(),
                pause_key: PausedPart::Repository(one.name.clone()).key(),
            })
            .collect(),
        worst: failed.iter().find(|failure| failure.given_up).map(|failure| failure.sentence.clone()),
        failed: failed.into_iter().map(|failure| FailedWork::new(failure, now)).collect(),
        waiting: waiting(unread, oldest, &told, now),
        waits: waits
            .into_iter()
            .map(|wait| WaitLine { name: wait.name, until: ui::when(wait.until, now), reason: wait.reason })
            .collect(),
        sweeps: sweeps
            .into_iter()
            .map(|sweep| SweepLine {
                source: sweep.source,
                when: sweep.swept_at.map_or_else(|| ui::text("not yet"), |at| ui::when(at, now)),
                error: sweep.error,
            })
            .collect(),
        chosen,
        states: counts
            .into_iter()
            .map(|(state, count)| {
                (state.as_str(), states::delivery_state(state).0, counted(count), chosen == Some(state))
            })
            .collect(),
        later: arrived.last().filter(|_| full).map(|last| format!("/health?{word}before={}#deliveries", last.id)),
        arrived: arrived.into_iter().map(|delivery| DeliveryLine::new(delivery, now)).collect(),
    }))
}

impl DeliveryLine {
    pub(super) fn new(delivery: deliveries::Summary, now: Time) -> Self {
        Self {
            id: delivery.id.to_string(),
            ticket: delivery.ticket().map(str::to_owned),
            connection: delivery.connection,
            when: ui::when(delivery.received_at, now),
            state: states::delivery_state(delivery.state).0,
            tone: states::delivery_state(delivery.state).1,
            error: delivery.error,
            size: size(delivery.bytes),
            can_replay: delivery.state.can_be_replayed(),
        }
    }
}

/// How many deliveries are in a state, as far as they are counted.
fn counted(count: i64) -> String {
    if count > waits::DELIVERIES_COUNTED { format!("{}+", waits::DELIVERIES_COUNTED) } else { count.to_string() }
}

fn size(bytes: i64) -> String {
    if bytes < 1_024 { format!("{bytes} B") } else { format!("{} KB", (bytes + 1_023) / 1_024) }
}

impl FailedWork {
    fn new(failure: failures::FailureCause, now: Time) -> Self {
        Self {
            work: failure.work,
            count: failure.count,
            sentence: failure.sentence,
            times: failure.times,
            since: ui::when(failure.first_at, now),
            next: failure.next_at.map(|at| ui::when(at, now)),
            given_up: failure.given_up,
        }
    }
}

impl ConnectionLine {
    fn new(report: &ConnectionReport<'_>, now: Time) -> Self {
        let (tone, icon) = states::connection_sign(&report.health);
        let state = match &report.health {
            ConnectionHealth::Failing(_) => "does not answer as it should".to_owned(),
            ConnectionHealth::AskedToWait(reason) => format!("asked us to wait: {reason}"),
            ConnectionHealth::Refusing => "refuses what is delivered".to_owned(),
            ConnectionHealth::Silent => "nothing arrived yet".to_owned(),
            ConnectionHealth::Quiet(since) => format!("quiet for {}", ui::age(*since, now)),
            ConnectionHealth::Working => "working".to_owned(),
        };
        let at = |time: Option<Time>| time.map_or_else(|| ui::text("–"), |at| ui::when(at, now));
        let can = report.about.map(|about| {
            vec![
                ("reads tickets", about.reads_tickets),
                ("finds replies whose answer was lost", about.finds_replies),
                ("sweeps", about.sweeps),
                ("replies", about.replies),
                ("signs as the agent", about.signs_as_agent),
                ("notes", about.notes),
                ("tags", about.tags),
                ("reopens", about.reopens),
                ("follows up", about.follows_up),
            ]
        });
        Self {
            name: report.name.to_owned(),
            path: format!("/hooks/{}", report.name),
            helpdesk: report.program.to_owned(),
            preview: report.is_preview(),
            tone,
            icon,
            state,
            last: at(report.last_delivery),
            deliveries: report.deliveries,
            unreadable: report.unreadable,
            swept: at(report.swept_at),
            failing: match &report.health {
                ConnectionHealth::Failing(why) => Some((why.clone(), safe_meanwhile(report.about.is_some()))),
                _ => None,
            },
            refused: refused(report, now),
            pause_key: report.about.map(|_| PausedPart::Connection(report.name.to_owned()).key()),
            can: can.unwrap_or_default(),
        }
    }
}

/// What was refused of a connection because of its signature, and what to do.
fn refused(report: &ConnectionReport<'_>, now: Time) -> Option<Html> {
    let refused = report.refused?;
    let program = report.program;
    let count = ui::count(i64::try_from(refused.count).unwrap_or(i64::MAX), "delivery was", "deliveries were");
    let since = ui::said(refused.since, now);
    let (why, to_do) = match refused.why {
        Forged::Wrong => (
            "the secret in the settings did not make their signature",
            format!(
                "`heard check` compares it with the one that {program} has, where {program} says it. Put the right one into the \
                 settings, as `heard connect` does for what it has connected, and start Heard again."
            ),
        ),
        Forged::Missing => {
            ("they had no signature", format!("Give the webhook in {program} the secret that is in the settings."))
        }
        Forged::Stale => (
            "they were signed too long ago, or in the future",
            "Look whether the clock of this machine is right.".to_owned(),
        ),
    };
    Some(ui::with_code(&format!(
        "{count} refused since {since}, because {why}, and no good one has come since. {to_do} If {program} did not send them, \
         somebody else did: nothing of them is kept, and the next good delivery ends this note."
    )))
}

/// What goes on while a helpdesk or the tracker does not answer as it should.
fn safe_meanwhile(is_helpdesk: bool) -> &'static str {
    if is_helpdesk {
        "Webhooks are still taken and kept. What is to be written there waits and is tried again; what was given up stands below."
    } else {
        "Tickets are still read and grouped. Issues wait, and nobody is told of a fix before it is proven."
    }
}

fn waiting(unread: i64, oldest: Option<Time>, told: &[(UpdateState, i64)], now: Time) -> Vec<(String, String)> {
    let of = |state| told.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
    let since = oldest.map(|oldest| format!(", oldest {}", ui::age(oldest, now))).unwrap_or_default();
    let mut waiting = vec![("Deliveries to read".to_owned(), format!("{unread}{since}"))];
    waiting.extend(states::UPDATES_UNDER_WAY.map(|(state, name)| (name.to_owned(), of(state).to_string())));
    waiting
}

/// One cause, as its row on the page says it.
#[derive(Deserialize)]
struct CauseForm {
    work: String,
    sentence: String,
}

async fn retry_all(May { app, by, .. }: May<right::Operate>, form: web::Form<CauseForm>) -> Answer {
    // Browsers send line ends as CR LF.
    let sentence = form.sentence.replace("\r\n", "\n");
    let left = retry::retry_all(&app, &form.work, &sentence, &by).await?;
    Ok(back("/health", if left > 0 { "retried-some" } else { "retried" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_deliveries_that_is_not_counted_to_its_end_says_so() {
        let most = waits::DELIVERIES_COUNTED;
        assert_eq!((counted(0), counted(most), counted(most + 1)), ("0".into(), "10000".into(), "10000+".into()));
    }
}
