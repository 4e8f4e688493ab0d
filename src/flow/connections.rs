//! What arrived through each connection lately, and how each is doing, for the health page.

use super::{app::App, refused::RefusedSoFar};
use crate::{
    base::clock::Time,
    helpdesk::About,
    model::connection::{ConnectionHealth, QUIET_AFTER},
    store::{
        Conn, StoreError,
        rate_limits::{self, Block},
        sweeps::{self, Sweep},
        waits,
    },
};

/// A connection and how it is doing.
#[derive(Clone, Debug)]
pub struct ConnectionReport<'a> {
    /// Its name; the tracker's word for the tracker.
    pub name: &'a str,
    /// The program behind it, as people call it.
    pub program: &'a str,
    /// What its helpdesk can do; `None` for the tracker.
    pub about: Option<&'a About>,
    /// How it is doing.
    pub health: ConnectionHealth,
    /// The newest delivery.
    pub last_delivery: Option<Time>,
    /// What was refused since then because of its signature.
    pub refused: Option<RefusedSoFar>,
    /// Deliveries in the last day.
    pub deliveries: i64,
    /// How many of them could not be read.
    pub unreadable: i64,
    /// The last sweep that reached it.
    pub swept_at: Option<Time>,
}

impl ConnectionReport<'_> {
    /// Whether its helpdesk's code has not been run against the real one yet.
    pub fn is_preview(&self) -> bool {
        self.about.is_some_and(About::is_preview)
    }
}

/// Every connection in the settings, then the tracker, if one is set up.
///
/// # Errors
/// When the database fails.
pub async fn report<'a>(app: &'a App, conn: &mut Conn, now: Time) -> Result<Vec<ConnectionReport<'a>>, StoreError> {
    let traffic = waits::traffic(conn, now.minus(QUIET_AFTER)).await?;
    let sweeps = sweeps::list(conn).await?;
    let pauses = rate_limits::blocks(conn, now).await?;
    let report = |name: &'a str, program: &'a str, about, sweep: Option<&Sweep>, pause: Option<&Block>| {
        let seen = traffic.iter().find(|seen| seen.connection == name);
        let last_delivery = seen.and_then(|seen| seen.last_at);
        let failed = sweep.and_then(|sweep| sweep.error.as_deref());
        let waits = pause.map(|pause| pause.reason.as_str());
        let refused = app.refused.of(name, last_delivery);
        ConnectionReport {
            name,
            program,
            about,
            health: ConnectionHealth::judge(failed, waits, refused.is_some(), last_delivery, now),
            last_delivery,
            refused,
            deliveries: seen.map_or(0, |seen| seen.deliveries),
            unreadable: seen.map_or(0, |seen| seen.unreadable),
            swept_at: sweep.and_then(|sweep| sweep.swept_at),
        }
    };
    let mut reports = Vec::new();
    for (name, connection) in &app.connections {
        let source = format!("helpdesk:{name}");
        let sweep = sweeps.iter().find(|sweep| sweep.source == source);
        let pause = pauses.iter().find(|pause| pause.name == source);
        let about = connection.helpdesk.about();
        reports.push(report(name, &about.name, Some(about), sweep, pause));
    }
    if let Some(tracker) = &app.tracker {
        let about = tracker.about();
        let of_it = |sweep: &&Sweep| sweep.source.split_once(':').is_some_and(|(source, _)| source == about.word);
        // One repository that cannot be read is enough to say so.
        let sweep = sweeps.iter().filter(of_it).max_by_key(|sweep| (sweep.error.is_some(), sweep.swept_at));
        let pause = pauses.iter().find(|pause| pause.name == about.word);
        reports.push(report(about.word, about.name, None, sweep, pause));
    }
    Ok(reports)
}
