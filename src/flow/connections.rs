//! What arrived through each connection of late, and how each does: for the page of its health.

use super::{app::App, receive::GITHUB};
use crate::{
    base::clock::Time,
    helpdesk::About,
    model::connection::{ConnectionHealth, QUIET_AFTER},
    store::{
        Conn, StoreError, board,
        rate_limits::{self, Block},
        sweeps::{self, Sweep},
    },
};

/// A connection and how it does.
#[derive(Clone, Debug)]
pub struct ConnectionReport<'a> {
    /// Its name; `github` for GitHub.
    pub name: &'a str,
    /// What its helpdesk can do; `None` for GitHub.
    pub about: Option<&'a About>,
    /// How it does.
    pub health: ConnectionHealth,
    /// The newest delivery.
    pub last_delivery: Option<Time>,
    /// Deliveries of the last day.
    pub deliveries: i64,
    /// Of these, unreadable.
    pub unreadable: i64,
    /// The last sweep that reached it.
    pub swept_at: Option<Time>,
}

/// Every connection of the settings, then GitHub, where it is set up.
///
/// # Errors
/// When the database fails.
pub async fn report<'a>(app: &'a App, conn: &mut Conn, now: Time) -> Result<Vec<ConnectionReport<'a>>, StoreError> {
    let traffic = board::traffic(conn, now.minus(QUIET_AFTER)).await?;
    let sweeps = sweeps::list(conn).await?;
    let pauses = rate_limits::blocks(conn, now).await?;
    let report = |name: &'a str, about, sweep: Option<&Sweep>, pause: Option<&Block>| {
        let seen = traffic.iter().find(|seen| seen.connection == name);
        let last_delivery = seen.and_then(|seen| seen.last_at);
        let failed = sweep.is_some_and(|sweep| sweep.error.is_some());
        let waits = pause.map(|pause| pause.reason.as_str());
        ConnectionReport {
            name,
            about,
            health: ConnectionHealth::judge(failed, waits, last_delivery, now),
            last_delivery,
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
        reports.push(report(name, Some(connection.helpdesk.about()), sweep, pause));
    }
    if app.github.is_some() {
        let repositories = sweeps.iter().filter(|sweep| sweep.source.starts_with("github:"));
        let pause = pauses.iter().find(|pause| pause.name == GITHUB);
        reports.push(report(GITHUB, None, repositories.max_by_key(|sweep| sweep.swept_at), pause));
    }
    Ok(reports)
}
