//! Ship: whether a fix is in customers' hands, and since which version (G5, shipped means in users' hands).
//!
//! The judgement is pure (`shipping::judge`). Its evidence is gathered in `ship/evidence.rs`: the releases of every
//! repository that holds a commit of the fix, and whether each contains each commit. Whenever we learn of a release,
//! the fix sets of that repository's unfinished topics are read again.

mod evidence;

use std::time::Duration;

use tracing::info;

use super::{
    advance::{Step, fixes_count_from, take_step},
    app::App,
    error::{Error, Stop},
    jobs, quota,
};
use crate::{
    model::{
        fix::Fix,
        id::{ReleaseId, TopicId},
        issue::{CloseReason, Repository, TopicIssue},
        milestone::{Confidence, MilestoneKind},
        release::{Release, ReleaseCandidate, ReleaseSource},
        topic::{Topic, TopicState},
    },
    settings::RepositorySettings,
    shipping::{self, ReleasePolicy, ShippingVerdict},
    store::{Tx, failures, fixes, issues, milestones, releases, topics, update_moves, updates},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// How far back releases are read if nothing has waited longer.
const LOOK_BACK: Duration = Duration::from_hours(30 * 24);
/// How soon a topic that moved on while it was judged is judged again.
const JUDGE_AGAIN: Duration = Duration::from_millis(200);
/// How long after shipping we still watch for a revert or a withdrawn release.
const SECOND_THOUGHTS: Duration = Duration::from_hours(14 * 24);

/// Reads a repository's releases, tags or deployments, whichever count according to its settings.
pub async fn releases(app: &App, name: &str) -> Result<(), Stop> {
    let (Some(tracker), Some(repository)) = (app.tracker.as_deref(), Repository::parse(name)) else { return Ok(()) };
    let Some(settings) = app.repository(name) else { return Ok(()) };
    quota::admit(app, TrackerCall::Read).await?;
    let since = app.clock.now().minus(LOOK_BACK);
    let listed = tracker.releases(&repository, settings.release, &settings.environment, since);
    let found = quota::call(app, listed).await?;
    let vanished = vanished(app, tracker, settings, &found).await?;
    let mut tx = app.database.begin().await?;
    failures::solved(&mut tx, "renamed", settings.name.as_str()).await?;
    let mut news = false;
    for candidate in found {
        news |= keep(app, &mut tx, settings, candidate).await?;
    }
    for id in vanished {
        news |= releases::withdraw(&mut tx, settings.name.as_str(), settings.release, &id, app.clock.now()).await?;
    }
    if news {
        reconsider(app, &mut tx, &repository).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The releases that counted as out and are not listed any more, though no webhook said so (G10, webhooks are hints). A
/// list can lag or be cut off, so each is looked at by itself before it counts as withdrawn.
async fn vanished(
    app: &App,
    tracker: &dyn Tracker,
    settings: &RepositorySettings,
    found: &[ReleaseCandidate],
) -> Result<Vec<String>, Stop> {
    const LOOKED_AT: i64 = 50;
    let mut vanished = Vec::new();
    if settings.release != ReleaseSource::Releases {
        return Ok(vanished);
    }
    let since = app.clock.now().minus(SECOND_THOUGHTS);
    let mut conn = app.database.read().await?;
    let standing = releases::standing(&mut conn, settings.name.as_str(), settings.release, since, LOOKED_AT).await?;
    drop(conn);
    for external_id in standing {
        if found.iter().any(|one| one.external_id == external_id && !one.draft) {
            continue;
        }
        let out = quota::call(app, tracker.is_out(&settings.name, &external_id)).await?;
        if !out {
            info!(repository = %settings.name, release = external_id, "A release is not out any more, and no webhook had said so");
            vanished.push(external_id);
        }
    }
    Ok(vanished)
}

/// Stores a release that is out. True if that is news. Drafts, and tags without a commit, are not out.
async fn keep(app: &App, tx: &mut Tx, settings: &RepositorySettings, found: ReleaseCandidate) -> Result<bool, Error> {
    let Some(sha) = found.sha.filter(|_| !found.draft) else { return Ok(false) };
    let now = app.clock.now();
    let component = settings.components.iter().find(|one| one.tag.is_match(&found.version)).map(|one| one.name.clone());
    let release = Release {
        id: ReleaseId::generate(now),
        repository: settings.name.to_string(),
        version: found.version,
        sha: Some(sha),
        url: found.url,
        component,
        environment: found.environment,
        prerelease: found.prerelease,
        source: settings.release,
        // A tag has no date, so the time when we learned of it counts. A time from an earlier look stays.
        published_at: found.published_at.unwrap_or(now),
        withdrawn_at: None,
    };
    Ok(if found.published_at.is_some() {
        releases::put(tx, &release, &found.external_id).await?.1
    } else {
        releases::put_undated(tx, &release, &found.external_id).await?
    })
}

/// Judges again everything in a repository that may have shipped or been taken back.
pub async fn reconsider(app: &App, tx: &mut Tx, repository: &Repository) -> Result<(), Error> {
    for topic in topics::waiting_in(tx, repository.as_str()).await? {
        app.queue.add(tx, jobs::Follow { topic }).await?;
        app.queue.add(tx, jobs::Ship { topic }).await?;
    }
    let since = app.clock.now().minus(SECOND_THOUGHTS);
    for shipped in milestones::shipped_since(tx, repository.as_str(), since).await? {
        app.queue.add(tx, jobs::Ship { topic: shipped.topic }).await?;
    }
    Ok(())
}

/// Judges whether a topic's fix has shipped.
pub async fn run(app: &App, id: TopicId) -> Result<(), Stop> {
    let Some(tracker) = app.tracker.as_deref() else { return Ok(()) };
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::get(&mut tx, id).await? else { return Ok(()) };
    let begun = fixes_count_from(&mut tx, &topic).await?;
    let issue = issues::of_topic(&mut tx, id).await?;
    let set = fixes::of_topic(&mut tx, id).await?;
    drop(tx);
    if matches!(topic.state, TopicState::Merged | TopicState::Declined) {
        return Ok(());
    }
    let counts = |fix: &Fix| begun.is_none_or(|begun| fix.merged_at.is_some_and(|at| at > begun));
    let counting: Vec<Fix> = set.into_iter().filter(counts).collect();
    if counting.is_empty() {
        return ask(app, &topic, issue.as_ref()).await;
    }
    let Some(settings) = counting.iter().find_map(|fix| app.repository(fix.repository.as_str())) else {
        return Ok(());
    };
    let policy = ReleasePolicy {
        source: settings.release,
        prereleases: settings.include_prereleases,
        environment: settings.environment.clone(),
    };
    let since = counting.iter().filter_map(|fix| fix.merged_at).min().unwrap_or(app.clock.now().minus(LOOK_BACK));
    let fixes = evidence::components(app, tracker, counting).await?;
    let known = evidence::releases(app, tracker, &fixes, since).await?;
    conclude(app, tracker.about().word, &topic, shipping::judge(&fixes, &known, &policy)).await
}

/// There is no commit that could prove anything: where the issue was closed as done, a person is asked once.
async fn ask(app: &App, topic: &Topic, issue: Option<&TopicIssue>) -> Result<(), Stop> {
    let closed = issue.and_then(TopicIssue::seen).is_some_and(|seen| seen.closed_as == Some(CloseReason::Completed));
    let subject = topic.id.to_string();
    let mut tx = app.database.begin().await?;
    if closed && !topic.state.is_finished() {
        let sentence = format!(
            "The issue of \u{201c}{}\u{201d} was closed as done, and no commit says what fixed it. Say in which version it is out, or that nothing was shipped; nobody is told meanwhile.",
            topic.title
        );
        failures::note(&mut tx, "closed_without_code", &subject, &sentence, None, app.clock.now()).await?;
    } else {
        failures::solved(&mut tx, "closed_without_code", &subject).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Acts on the verdict, unless the topic has moved on meanwhile. A customer's "still broken" may have begun the next
/// cycle while the tracker was asked, and proof of one cycle's fix says nothing about the next (G4, one update per
/// customer and milestone; G5).
async fn conclude(app: &App, by: &str, judged: &Topic, verdict: ShippingVerdict) -> Result<(), Stop> {
    let id = judged.id;
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, id).await? else { return Ok(()) };
    if (topic.cycle, topic.state) != (judged.cycle, judged.state) {
        return Err(Stop::Wait(JUDGE_AGAIN));
    }
    failures::solved(&mut tx, "closed_without_code", &id.to_string()).await?;
    match verdict {
        ShippingVerdict::Shipped { release, confidence, why } => {
            let found = releases::get(&mut tx, release).await?;
            let at = found.map_or(app.clock.now(), |found| found.published_at);
            let shipped = Step::now(MilestoneKind::Shipped, at, by);
            let step = Step { release: Some(release), confidence: Some(confidence), ..shipped };
            if take_step(app, &mut tx, &topic, step).await? {
                info!(topic.id = %id, %confidence, why, "Shipped");
            }
        }
        ShippingVerdict::TakenBack(why) => take_back(app, &mut tx, &topic, by, &why).await?,
        ShippingVerdict::NotYet(why) => {
            info!(topic.id = %id, why, "Not shipped yet");
            take_back(app, &mut tx, &topic, by, &why).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// A fix that was proven to be out no longer is. Customers who were not told yet are not told, and those who were get a
/// correction, which a person approves. What a person stated is not doubted.
async fn take_back(app: &App, tx: &mut Tx, topic: &Topic, by: &str, why: &str) -> Result<(), Error> {
    if topic.state != TopicState::Shipped {
        return Ok(());
    }
    let Some(shipped) = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await? else {
        return Ok(());
    };
    if shipped.confidence == Some(Confidence::Stated) {
        return Ok(());
    }
    update_moves::cancel_unsent(tx, shipped.id, "The fix was taken back before this was sent.").await?;
    let told = updates::of_milestone(tx, shipped.id).await?;
    let told = told.iter().any(|update| update.state().may_have_arrived());
    if told {
        take_step(app, tx, topic, Step::now(MilestoneKind::Correction, app.clock.now(), by)).await?;
    }
    take_step(app, tx, topic, Step::now(MilestoneKind::Reopened, app.clock.now(), by)).await?;
    let sentence = format!("\u{201c}{}\u{201d} had shipped and is not out any more: {why}.", topic.title);
    failures::note(tx, "taken_back", &topic.id.to_string(), &sentence, None, app.clock.now()).await?;
    Ok(())
}
