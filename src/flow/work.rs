//! Work: gives each kind of job to the step that does it, and records how the job ended.
//!
//! No number of failures makes a job give up. If the cause may pass, the job is tried again with a growing delay for as
//! long as it lasts, and is on the health page meanwhile (G11, nothing fails silently; G12, intake never stops).

use std::{sync::Arc, time::Duration};

use riverqueue::{
    Client, ClientBuilder, IntervalSchedule, Job, JobRow, MaintenanceConfig, PeriodicJob, PeriodicJobOpts, QueueConfig,
    Retention, RetryPolicy, RunHandle, WorkContext, WorkError, WorkOutcome, Workers,
};
use tracing::{error, info, warn};

use super::{
    app::App,
    confirm,
    error::Stop,
    file, follow, group,
    jobs::{
        Answer, File, Follow, Group, GroupMany, Look, Obey, Refresh, RefreshMany, Releases, Send, SendMany, Ship,
        Sweep, Sweeps, Tell, Understand, Watch, Work, Write,
    },
    outbox,
    people::commands,
    ship, sweep, tell, understand, watch,
};
use crate::{
    base::{limits, mistake},
    store::{StoreError, failures, queue},
};

/// Says which step does which kind of work.
macro_rules! work {
    ($($job:ident => |$app:ident, $args:ident| $run:expr;)+) => {
        fn workers(app: &Arc<App>) -> Result<Workers, riverqueue::Error> {
            let mut workers = Workers::new();
            $({
                let app = Arc::clone(app);
                workers.add_fn(move |_context: WorkContext, job: Job<$job>| {
                    let $app = Arc::clone(&app);
                    async move {
                        let subject = serde_json::to_string(&job.args).unwrap_or_default();
                        let $args = job.args;
                        let ended = to_its_end($run).await;
                        end(&$app, <$job as Work>::NAME, &subject, ended).await
                    }
                })?;
            })+
            Ok(workers)
        }
    };
}

work! {
    Understand => |app, _job| understand::run(&app);
    Refresh => |app, job| understand::refresh(&app, &job.connection, &job.ticket);
    RefreshMany => |app, job| understand::refresh_many(&app, &job.connection, &job.tickets, job.urgency);
    Group => |app, job| group::run(&app, job.ticket);
    GroupMany => |app, job| group::run_many(&app, &job.tickets);
    File => |app, job| file::run(&app, job.topic);
    Follow => |app, job| follow::run(&app, job.topic);
    Look => |app, job| follow::look(&app, &job.repository, job.number);
    Obey => |app, job| commands::obey(&app, &job.repository, job.number, job.comment);
    Releases => |app, job| ship::releases(&app, &job.repository);
    Ship => |app, job| ship::run(&app, job.topic);
    Tell => |app, job| tell::run(&app, job.topic);
    Send => |app, job| tell::send::run(&app, job.update);
    SendMany => |app, job| tell::send_many::run(&app, &job.connection, &job.updates);
    Write => |app, job| outbox::run(&app, job.message);
    Answer => |app, job| confirm::answer::run(&app, job.ticket);
    Sweep => |app, job| sweep::run(&app, &job.source);
    Sweeps => |app, _job| sweep::begin(&app);
    Watch => |app, _job| watch::run(&app);
}

/// Does a step to its end, whatever happens in it. A mistake of ours, or a step that takes too long, would else be tried again
/// by River alone, and stand nowhere (G11).
async fn to_its_end(step: impl Future<Output = Result<(), Stop>>) -> Result<(), Stop> {
    let later = |sentence: String| Err(Stop::Later { after: None, sentence });
    match tokio::time::timeout(limits::JOB_TIMEOUT, mistake::caught(step)).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(mistake)) => later(format!("{mistake} It is tried again.")),
        Err(_) => {
            later(format!("It was not done within {} seconds. It is tried again.", limits::JOB_TIMEOUT.as_secs()))
        }
    }
}

/// The first delay after a failure; it doubles up to [`DELAY_MAX`].
const DELAY_FIRST: Duration = Duration::from_secs(2);
/// The longest delay between two tries.
const DELAY_MAX: Duration = Duration::from_mins(5);

fn delay(times: i64) -> Duration {
    let doublings = u32::try_from(times.clamp(0, 16)).unwrap_or(16);
    DELAY_FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(DELAY_MAX)
}

/// Records how a job ended and tells River.
async fn end(app: &App, work: &'static str, subject: &str, ended: Result<(), Stop>) -> Result<WorkOutcome, JobFailed> {
    match ended {
        Ok(()) => {
            let mut conn = app.database.read().await.map_err(JobFailed::from)?;
            if failures::times(&mut conn, work, subject).await.map_err(JobFailed::from)? > 0 {
                drop(conn);
                let mut tx = app.database.begin().await.map_err(JobFailed::from)?;
                failures::solved(&mut tx, work, subject).await.map_err(JobFailed::from)?;
                tx.commit().await.map_err(JobFailed::from)?;
                info!(work, subject, "Work that had failed is done");
            }
            metrics::counter!("heard_jobs_total", "work" => work, "ended" => "done").increment(1);
            Ok(WorkOutcome::Complete)
        }
        Err(Stop::Later { after, sentence }) => {
            let mut tx = app.database.begin().await.map_err(JobFailed::from)?;
            let now = app.clock.now();
            let times = failures::times(&mut tx, work, subject).await.map_err(JobFailed::from)?;
            let wait = after.unwrap_or_else(|| delay(times)).max(Duration::from_millis(100));
            failures::note(&mut tx, work, subject, &sentence, Some(now.plus(wait)), now)
                .await
                .map_err(JobFailed::from)?;
            tx.commit().await.map_err(JobFailed::from)?;
            warn!(work, subject, reason = %sentence, wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "Work is tried again later");
            metrics::counter!("heard_jobs_total", "work" => work, "ended" => "later").increment(1);
            Ok(WorkOutcome::Snooze(wait))
        }
        Err(Stop::GiveUp(sentence)) => {
            let mut tx = app.database.begin().await.map_err(JobFailed::from)?;
            failures::note(&mut tx, work, subject, &sentence, None, app.clock.now()).await.map_err(JobFailed::from)?;
            tx.commit().await.map_err(JobFailed::from)?;
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
        Err(Stop::Store(error)) if error.is_momentary() => Err(JobFailed::from(error)),
        Err(Stop::Store(error)) => {
            let sentence = format!("The database failed: {error}. It is tried again.");
            Box::pin(end(app, work, subject, Err(Stop::Later { after: None, sentence }))).await
        }
    }
}

/// The database failed, so River tries the job again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct JobFailed(String);

impl From<StoreError> for JobFailed {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// How many jobs of what may come after everything else are worked at once.
const AFTERWARDS_AT_ONCE: usize = 2;
/// A job that runs for this long lost its process: one that is alive ends at [`limits::JOB_TIMEOUT`].
const RESCUE_AFTER: Duration = Duration::from_secs(25);

/// Jobs whose database call failed come back soon, as long as it takes: the database is the only thing they wait for. A
/// job whose process died comes back at once.
struct Soon;

impl RetryPolicy for Soon {
    fn next_retry(&self, job: &JobRow, _: &WorkError, now: jiff::Timestamp) -> Duration {
        let ran_for = job.attempted_at.and_then(|at| Duration::try_from(now.duration_since(at)).ok());
        if ran_for.is_some_and(|ran| ran >= RESCUE_AFTER) {
            return Duration::ZERO;
        }
        delay(i64::from(job.attempt).saturating_sub(1))
    }
}

/// Tries at once what failed and waits for its next try: the settings may have changed, such as a token that was wrong, and nobody
/// should wonder for minutes whether it is right now. Who asked us to wait is waited for all the same.
pub async fn at_start(app: &App) -> Result<(), StoreError> {
    let mut tx = app.database.begin().await?;
    queue::try_now(&mut tx).await?;
    tx.commit().await
}

/// Starts working the queue until the handle is stopped. `eager` runs periodic work every second or two, for a demo and
/// for tests, whose time passes quickly.
pub fn start(app: &Arc<App>, eager: bool) -> Result<RunHandle, StoreError> {
    let quick = Duration::from_millis(5);
    let busy = |workers| QueueConfig::new(workers).with_fetch_cooldown(quick);
    let watch_every = if eager { Duration::from_secs(1) } else { Duration::from_secs(15) };
    let periodic = |id: &str, every: Duration| -> Result<_, riverqueue::Error> {
        Ok((IntervalSchedule::new(every)?, PeriodicJobOpts::new().with_id(id).with_run_on_start(true)))
    };
    let (watching, watch_opts) = periodic("watch", watch_every)?;
    let (sweeping, sweep_opts) =
        periodic("sweeps", if eager { Duration::from_secs(2) } else { Duration::from_secs(30) })?;
    let replies = |queues: ClientBuilder, name: String| queues.queue(name, busy(tell::send_many::JOBS_AT_ONCE));
    let client: Client = tell::send_many::queues(app)
        .into_iter()
        .fold(queue::worker(&app.database), replies)
        // The process's sign of life says whose jobs these are (see `store::liveness`).
        .id(app.holder.to_string())
        .workers(workers(app)?)
        .queue("default", busy(8))
        .queue(queue::AFTERWARDS, busy(AFTERWARDS_AT_ONCE))
        .fetch_cooldown(quick)
        // `to_its_end` stops it before, and says so.
        .job_timeout(limits::JOB_TIMEOUT + Duration::from_secs(1))
        .retry_policy(Soon)
        .maintenance(
            MaintenanceConfig::default()
                .with_rescue_after(RESCUE_AFTER)
                .with_rescuer_interval(Duration::from_secs(5))
                .with_elect_interval(Duration::from_secs(5))
                .with_scheduler_interval(if eager { Duration::from_millis(200) } else { Duration::from_secs(1) })
                .with_completed_job_retention(Retention::DeleteAfter(Duration::from_hours(1)))
                .with_discarded_job_retention(Retention::Keep),
        )
        .periodic_job(PeriodicJob::with_options(watching, || Watch {}, watch_opts))
        .periodic_job(PeriodicJob::with_options(sweeping, || Sweeps {}, sweep_opts))
        .build()?;
    Ok(client.start()?)
}
