//! The kinds of durable work, and how each ends.
//!
//! A job's argument is an id. Whatever its step stops for, nothing is given up by counting: a cause that may pass is tried
//! again for ever with a growing delay, and stands on the health page meanwhile (G11, G12).

use std::{sync::Arc, time::Duration};

use riverqueue::{
    Client, IntervalSchedule, Job, JobArgs, JobRow, MaintenanceConfig, PeriodicJob, PeriodicJobOpts, QueueConfig,
    Retention, RetryPolicy, RunHandle, WorkContext, WorkError, WorkOutcome, Workers,
};
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use super::{App, Stop, confirm, effects, file, follow, group, ship, sweep, tell, understand, watch};
use crate::{
    base::limits,
    model::id::{EffectId, TicketId, TopicId, UpdateId},
    store::{Result as Stored, failures, queue},
};

/// Declares the kinds of work: name, arguments, and the step that does it.
macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? } => |$app:ident, $job:ident| $run:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
            #[river(kind = $kind)]
            pub struct $name {
                $(
                    /// What the job is about.
                    pub $field: $type
                ),*
            }
        )+

        fn workers(app: &Arc<App>) -> Result<Workers, riverqueue::Error> {
            let mut workers = Workers::new();
            $({
                let app = Arc::clone(app);
                workers.add_fn(move |_context: WorkContext, job: Job<$name>| {
                    let $app = Arc::clone(&app);
                    async move {
                        let subject = serde_json::to_string(&job.args).unwrap_or_default();
                        let $job = job.args;
                        let ended = $run.await;
                        end(&$app, $kind, &subject, ended).await
                    }
                })?;
            })+
            Ok(workers)
        }

        /// Puts failed work back into the queue by its kind and argument; false where the kind is not known.
        pub async fn again(app: &App, tx: &mut crate::store::Tx, work: &str, subject: &str) -> Stored<bool> {
            match work {
                $($kind => match serde_json::from_str::<$name>(subject) {
                    Ok(job) => app.queue.add(tx, job).await.map(|()| true),
                    Err(_) => Ok(false),
                },)+
                _ => Ok(false),
            }
        }
    };
}

jobs! {
    /// Read the deliveries that were not read yet.
    Understand = "understand" {} => |app, _job| understand::run(&app);
    /// Take a ticket over as the helpdesk has it now.
    Refresh = "refresh" { connection: String, ticket: String } => |app, job| understand::refresh(&app, &job.connection, &job.ticket);
    /// Find the topic a ticket speaks of.
    Group = "group" { ticket: TicketId } => |app, job| group::run(&app, job.ticket);
    /// Bring a topic's issue to what it should say.
    File = "file" { topic: TopicId } => |app, job| file::run(&app, job.topic);
    /// Look at a topic's issue and what became of it.
    Follow = "follow" { topic: TopicId } => |app, job| follow::run(&app, job.topic);
    /// Look at an issue of which GitHub told us something.
    Look = "look" { repository: String, number: i64 } => |app, job| follow::look(&app, &job.repository, job.number);
    /// Read a comment for a command to Heard.
    Obey = "obey" { repository: String, number: i64, comment: i64 } => |app, job| follow::obey(&app, &job.repository, job.number, job.comment);
    /// Look at a repository's releases.
    Releases = "releases" { repository: String } => |app, job| ship::releases(&app, &job.repository);
    /// Judge whether a topic's fix has shipped.
    Ship = "ship" { topic: TopicId } => |app, job| ship::run(&app, job.topic);
    /// Plan what a topic's customers are told.
    Tell = "tell" { topic: TopicId } => |app, job| tell::run(&app, job.topic);
    /// Send one update.
    Send = "send" { update: UpdateId } => |app, job| tell::send::run(&app, job.update);
    /// Write one note, tag or comment.
    Effect = "effect" { effect: EffectId } => |app, job| effects::run(&app, job.effect);
    /// Read a customer's reply for a verdict.
    Answer = "answer" { ticket: TicketId } => |app, job| confirm::answer(&app, job.ticket);
    /// Ask both sides what webhooks missed.
    Sweep = "sweep" { source: String } => |app, job| sweep::run(&app, &job.source);
    /// Begin the sweeps that are due.
    Sweeps = "sweeps" {} => |app, _job| sweep::begin(&app);
    /// See that nothing is forgotten.
    Watch = "watch" {} => |app, _job| watch::run(&app);
}

/// The first delay after a failure; it doubles up to [`DELAY_MAX`].
const DELAY_FIRST: Duration = Duration::from_secs(2);
/// The longest delay between two tries.
const DELAY_MAX: Duration = Duration::from_mins(5);

fn delay(times: i64) -> Duration {
    let doublings = u32::try_from(times.clamp(0, 16)).unwrap_or(16);
    DELAY_FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(DELAY_MAX)
}

/// Records how a job ended and says so to River.
async fn end(app: &App, work: &'static str, subject: &str, ended: Result<(), Stop>) -> Result<WorkOutcome, Failed> {
    match ended {
        Ok(()) => {
            let mut conn = app.database.read().await.map_err(Failed::from)?;
            if failures::times(&mut conn, work, subject).await.map_err(Failed::from)? > 0 {
                drop(conn);
                let mut tx = app.database.begin().await.map_err(Failed::from)?;
                failures::solved(&mut tx, work, subject).await.map_err(Failed::from)?;
                tx.commit().await.map_err(Failed::from)?;
                info!(work, subject, "Work that had failed is done");
            }
            metrics::counter!("heard_jobs_total", "work" => work, "ended" => "done").increment(1);
            Ok(WorkOutcome::Complete)
        }
        Err(Stop::Later { after, sentence }) => {
            let mut tx = app.database.begin().await.map_err(Failed::from)?;
            let now = app.clock.now();
            let times = failures::times(&mut tx, work, subject).await.map_err(Failed::from)?;
            let wait = after.unwrap_or_else(|| delay(times)).max(Duration::from_millis(100));
            failures::note(&mut tx, work, subject, &sentence, Some(now.plus(wait)), now).await.map_err(Failed::from)?;
            tx.commit().await.map_err(Failed::from)?;
            warn!(work, subject, reason = %sentence, wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "Work is tried again later");
            metrics::counter!("heard_jobs_total", "work" => work, "ended" => "later").increment(1);
            Ok(WorkOutcome::Snooze(wait))
        }
        Err(Stop::GiveUp(sentence)) => {
            let mut tx = app.database.begin().await.map_err(Failed::from)?;
            failures::note(&mut tx, work, subject, &sentence, None, app.clock.now()).await.map_err(Failed::from)?;
            tx.commit().await.map_err(Failed::from)?;
            error!(work, subject, reason = %sentence, "Work waits for a person");
            metrics::counter!("heard_jobs_total", "work" => work, "ended" => "given_up").increment(1);
            Ok(WorkOutcome::Complete)
        }
        Err(Stop::Nothing) => Ok(WorkOutcome::Complete),
        Err(Stop::Wait(span)) => Ok(WorkOutcome::Snooze(span)),
        Err(Stop::Store(error)) if error.is_about_the_values() => {
            let sentence = format!("The database refuses what there is to store: {error}.");
            Box::pin(end(app, work, subject, Err(Stop::GiveUp(sentence)))).await
        }
        Err(Stop::Store(error)) => Err(Failed::from(error)),
    }
}

/// The database failed: River tries the job again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(String);

impl From<crate::store::StoreError> for Failed {
    fn from(error: crate::store::StoreError) -> Self {
        Self(error.to_string())
    }
}

/// Jobs whose database call failed come back soon, for ever: the database is the only thing they wait for.
struct Soon;

impl RetryPolicy for Soon {
    fn next_retry(&self, job: &JobRow, error: &WorkError, _now: jiff::Timestamp) -> Duration {
        if error.to_string().contains("Stuck job rescued") {
            return Duration::ZERO;
        }
        delay(i64::from(job.attempt).saturating_sub(1))
    }
}

/// Starts working the queue until the handle is stopped. `eager` makes periodic work come every second, for a demo and
/// for tests, whose time passes quickly.
pub fn start(app: &Arc<App>, eager: bool) -> Result<RunHandle, crate::store::StoreError> {
    let quick = Duration::from_millis(5);
    let busy = |workers| QueueConfig::new(workers).with_fetch_cooldown(quick);
    let watch_every = if eager { Duration::from_secs(1) } else { Duration::from_secs(15) };
    let periodic = |id: &str, every: Duration| -> Result<_, riverqueue::Error> {
        Ok((IntervalSchedule::new(every)?, PeriodicJobOpts::new().with_id(id).with_run_on_start(true)))
    };
    let (watching, watch_opts) = periodic("watch", watch_every)?;
    let (sweeping, sweep_opts) =
        periodic("sweeps", if eager { Duration::from_secs(2) } else { Duration::from_secs(30) })?;
    let client: Client = queue::worker(&app.database)
        // Whose jobs these are is known by the sign that the process shows (see `store::liveness`).
        .id(app.holder.to_string())
        .workers(workers(app)?)
        .queue("default", busy(8))
        .fetch_cooldown(quick)
        .job_timeout(limits::JOB_TIMEOUT)
        .retry_policy(Soon)
        .maintenance(
            MaintenanceConfig::default()
                .with_rescue_after(Duration::from_secs(25))
                .with_rescuer_interval(Duration::from_secs(5))
                .with_elect_interval(Duration::from_secs(5))
                .with_scheduler_interval(Duration::from_secs(1))
                .with_completed_job_retention(Retention::DeleteAfter(Duration::from_hours(1)))
                .with_discarded_job_retention(Retention::Keep),
        )
        .periodic_job(PeriodicJob::with_options(watching, || Watch {}, watch_opts))
        .periodic_job(PeriodicJob::with_options(sweeping, || Sweeps {}, sweep_opts))
        .build()?;
    Ok(client.start()?)
}
