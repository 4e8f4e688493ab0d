//! Time in rough weather: it leaps where Heard only waits for it, and goes its way while anything is under way.
//!
//! So a story in which every call is tried again takes a second instead of minutes, and nothing that rests on how long a
//! call may take is cheated. Heard's clock and the queue's times are moved together.

use std::time::Duration;

use heard::{
    base::clock::{Clock, Time},
    flow::jobs,
    store::{Database, Session as _},
};

use crate::{chance::number, world::World};

/// The seed of the weather in which every story is played, if the environment wants it rough: `HEARD_WEATHER=7`.
pub fn seed() -> Option<u64> {
    number("HEARD_WEATHER")
}

/// A clock that goes its way and can leap: what rough weather needs.
pub fn clock() -> Clock {
    Clock::behind(Duration::from_hours(90 * 24))
}

/// How much time passes at once, if no job waits for an earlier moment.
const STEP: Duration = Duration::from_mins(1);
/// What is due so soon is waited for: time goes on by itself, too.
const SOON: Duration = Duration::from_secs(2);

/// Brings the times of jobs nearer by so many seconds, and makes those that are due available.
const POSTGRES: [&str; 2] = [
    "UPDATE river_job SET scheduled_at = scheduled_at - make_interval(secs => $1)
     WHERE state IN ('scheduled', 'retryable', 'available')",
    "UPDATE river_job SET state = 'available' WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= now()",
];
const SQLITE: [&str; 2] = [
    "UPDATE river_job SET scheduled_at = strftime('%Y-%m-%d %H:%M:%f', scheduled_at, '-' || $1 || ' seconds')
     WHERE state IN ('scheduled', 'retryable', 'available')",
    "UPDATE river_job SET state = 'available'
     WHERE state IN ('scheduled', 'retryable') AND scheduled_at <= strftime('%Y-%m-%d %H:%M:%f', 'now')",
];

impl World {
    /// A little time passes, if nothing is under way.
    pub async fn lets_time_pass(&self) {
        if !self.is_idle().await {
            return;
        }
        let is_postgres = matches!(self.app().database, Database::Postgres(_));
        let step = self.until_the_next_job().await.map_or(STEP, |next| next.min(STEP));
        if step <= SOON {
            return;
        }
        self.clock.advance(step);
        let mut tx = self.app().database.begin().await.unwrap();
        // A job that waits for a moment only stands as available, with its time.
        let [nearer, due] = if is_postgres { POSTGRES } else { SQLITE };
        tx.query(nearer).bind(step.as_secs_f64()).execute().await.unwrap();
        tx.query(due).execute().await.unwrap();
        // What looks at the clock now and then looks now, and whoever fetches jobs is told that there are some.
        self.app().queue.add(&mut tx, jobs::Sweeps {}).await.unwrap();
        self.app().queue.add(&mut tx, jobs::Watch {}).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How long it is until the next job that waits for its time.
    async fn until_the_next_job(&self) -> Option<Duration> {
        let sql = if matches!(self.app().database, Database::Postgres(_)) {
            "SELECT CAST(ceil(extract(epoch FROM min(scheduled_at) - now())) AS BIGINT) FROM river_job
             WHERE state IN ('scheduled', 'retryable', 'available')"
        } else {
            "SELECT CAST((julianday(min(scheduled_at)) - julianday('now')) * 86400 + 1 AS INTEGER) FROM river_job
             WHERE state IN ('scheduled', 'retryable', 'available')"
        };
        let mut conn = self.app().database.read().await.unwrap();
        let (seconds,) = conn.query(sql).one::<(Option<i64>,)>().await.unwrap();
        seconds.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }

    /// Whether no webhook is on its way, none is unread, and no job runs or could.
    async fn is_idle(&self) -> bool {
        let busy = if matches!(self.app().database, Database::Postgres(_)) {
            "SELECT (SELECT count(*) FROM delivery WHERE state = 'received')
                  + (SELECT count(*) FROM river_job
                     WHERE state = 'running' OR (state = 'available' AND scheduled_at <= now()))"
        } else {
            "SELECT (SELECT count(*) FROM delivery WHERE state = 'received')
                  + (SELECT count(*) FROM river_job
                     WHERE state = 'running'
                     OR (state = 'available' AND scheduled_at <= strftime('%Y-%m-%d %H:%M:%f', 'now')))"
        };
        self.helpdesk.hooks().is_quiet() && self.github.hooks().is_quiet() && self.counts(busy).await == 0
    }

    /// The weather clears, everything that was missed is found, and nothing is left to do.
    pub async fn comes_to_rest(&self) {
        self.helpdesk.fair_weather();
        self.github.fair_weather();
        let cleared = self.clock.now();
        let mut quiet_since = None;
        self.until("Heard comes to rest", async || {
            if self.left_to_do().await > 0 {
                quiet_since = None;
                return false;
            }
            // A sweep of both sides has found nothing new.
            let since: Time = *quiet_since.get_or_insert_with(|| self.clock.now());
            since > cleared && self.clock.now().since(since) > Duration::from_mins(6) && self.is_idle().await
        })
        .await;
    }

    async fn left_to_do(&self) -> i64 {
        self.counts(
            r#"SELECT (SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND kind NOT IN ('watch', 'sweeps', 'sweep', 'follow', 'look', 'releases', 'ship', 'tell'))
                 + (SELECT count(*) FROM delivery WHERE state = 'received')
                 + (SELECT count(*) FROM "update" WHERE state IN ('held', 'sending'))
                 + (SELECT count(*) FROM outbox_message WHERE state IN ('wanted', 'unclear'))
                 + (SELECT count(*) FROM issue WHERE filing IN ('wanted', 'unclear'))"#,
        )
        .await
    }
}
