//! Sweep: asks both sides for what webhooks missed (G10, webhooks are hints). It is handled like what a webhook says.

use std::{collections::BTreeSet, time::Duration};

use tracing::{debug, info};

use super::{app::App, calls, error::Stop, jobs, quota, understand::named};
use crate::{
    base::clock::Time,
    model::{issue::Repository, key},
    store::{StoreError, issues, sweeps, tickets},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// How far a sweep goes back before the end of the last one, because clocks differ and lists lag.
const OVERLAP: Duration = Duration::from_mins(2);
/// How many pages of a helpdesk one sweep reads before it lets others work.
const PAGES: usize = 20;
/// How long it lets them.
const NEXT_PAGES: Duration = Duration::from_secs(1);
/// How many unfinished issues one sweep of a repository looks at.
const ISSUES: i64 = 50;

/// Enqueues the sweeps that are due.
pub async fn begin(app: &App) -> Result<(), Stop> {
    Ok(enqueue(app, |swept_at, now, every| swept_at.is_none_or(|swept_at| now.since(swept_at) >= every)).await?)
}

/// Sweeps every source that was swept before, because nobody knows what was missed while no process ran. [`begin`]
/// begins with new sources.
pub async fn at_start(app: &App) -> Result<(), StoreError> {
    enqueue(app, |swept_at, _, _| swept_at.is_some()).await
}

async fn enqueue(app: &App, is_due: impl Fn(Option<Time>, Time, Duration) -> bool) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    for (source, every) in sources(app) {
        let stands = sweeps::begin(&mut tx, &source, now).await?;
        if is_due(stands.swept_at, now, every) {
            app.queue.add_once(&mut tx, jobs::Sweep { source }).await?;
        }
    }
    tx.commit().await
}

/// What is swept by these settings, each with how often.
pub(super) fn sources(app: &App) -> Vec<(String, Duration)> {
    let swept = app.connections.values().filter(|connection| connection.helpdesk.about().sweeps);
    let mut sources: Vec<_> = swept.map(|connection| (connection.gate(), connection.settings.sweep)).collect();
    if let Some(tracker) = &app.settings.tracker {
        let repositories = app.settings.repositories.iter();
        sources.extend(repositories.map(|one| (format!("{}:{}", tracker.word, one.name), tracker.sweep)));
    }
    sources
}

/// Sweeps one source.
pub async fn run(app: &App, source: &str) -> Result<(), Stop> {
    let swept = match source.split_once(':') {
        Some(("helpdesk", name)) => helpdesk(app, source, name).await,
        Some((word, name)) => match (app.tracker_called(word), Repository::parse(name)) {
            (Some(tracker), Some(repository)) => repository_of(app, tracker, source, &repository).await,
            _ => Ok(()),
        },
        None => Ok(()),
    };
    if let Err(Stop::Later { sentence, .. } | Stop::GiveUp(sentence)) = &swept {
        let mut tx = app.database.begin().await?;
        sweeps::failed(&mut tx, source, sentence).await?;
        tx.commit().await?;
    }
    swept
}

async fn stands(app: &App, source: &str) -> Result<sweeps::Sweep, Stop> {
    let mut tx = app.database.begin().await?;
    let stands = sweeps::begin(&mut tx, source, app.clock.now()).await?;
    tx.commit().await?;
    Ok(stands)
}

/// A ticket that was read sooner after its change is read once more: more may have changed within the same second, and lists
/// lag behind what was written.
const SETTLED_AFTER: Duration = Duration::from_secs(30);

async fn helpdesk(app: &App, source: &str, name: &str) -> Result<(), Stop> {
    let Ok(connection) = app.connection(name) else { return Ok(()) };
    let from = stands(app, source).await?;
    let began = app.clock.now();
    let (mut cursor, mut newest, mut found) = (from.cursor.clone(), from.since, 0_usize);
    for _ in 0..PAGES {
        let Some(call) = connection.helpdesk.changed_since(from.since.minus(OVERLAP), cursor.as_deref()) else {
            return Ok(());
        };
        let page = calls::send(app, connection, call).await.map_err(|failed| failed.stop(name))?;
        let mut tx = app.database.begin().await?;
        let mut unread = BTreeSet::new();
        for (ticket, changed_at) in page.tickets.iter().filter(|(ticket, _)| key::fits(ticket)) {
            let settled = changed_at.plus(SETTLED_AFTER);
            if !tickets::is_read(&mut tx, name, ticket, *changed_at, settled).await? {
                found += 1;
                unread.insert((name.to_owned(), ticket.clone()));
            }
            newest = newest.max(*changed_at);
        }
        named::read_behind(app, &mut tx, unread).await?;
        let advanced = page.cursor.is_some() && page.cursor != cursor;
        cursor = page.cursor.or(cursor);
        sweeps::advance(&mut tx, source, cursor.as_deref(), newest.min(began), app.clock.now()).await?;
        tx.commit().await?;
        if !page.more || !advanced {
            debug!(source, found, "Swept a helpdesk");
            return Ok(());
        }
    }
    debug!(source, found, "There is more to sweep");
    Err(Stop::Wait(NEXT_PAGES))
}

async fn repository_of(app: &App, tracker: &dyn Tracker, source: &str, repository: &Repository) -> Result<(), Stop> {
    let from = stands(app, source).await?;
    let began = app.clock.now();
    quota::admit(app, TrackerCall::Read).await?;
    // Failed deliveries are only sent again if we ask, and a comment with a command comes no other way.
    quota::call(app, tracker.resend_missed(from.since.minus(OVERLAP))).await?;
    let changed = quota::call(app, tracker.issues_changed_since(repository, from.since.minus(OVERLAP))).await?;
    let mut tx = app.database.begin().await?;
    let mut newest: Time = from.since;
    let mut found = 0_usize;
    for issue in changed {
        newest = newest.max(issue.updated_at);
        let known = issues::find(&mut tx, issue.at.repository.as_str(), issue.at.number).await?;
        if known
            .is_some_and(|known| known.seen().and_then(|seen| seen.changed_at).is_none_or(|at| at < issue.updated_at))
        {
            found += 1;
            let job = jobs::Look { repository: issue.at.repository.to_string(), number: issue.at.number };
            app.queue.add(&mut tx, job).await?;
        }
    }
    // A merge or a manual link does not change the issue, so unfinished issues are looked at one by one, the longest
    // unseen first.
    for topic in issues::unfinished(&mut tx, repository.as_str(), ISSUES).await? {
        app.queue.add_once(&mut tx, jobs::Follow { topic }).await?;
    }
    app.queue.add_once(&mut tx, jobs::Releases { repository: repository.to_string() }).await?;
    sweeps::advance(&mut tx, source, None, newest.min(began), app.clock.now()).await?;
    tx.commit().await?;
    if found > 0 {
        info!(source, found, "The sweep found what no webhook had said");
    }
    Ok(())
}
