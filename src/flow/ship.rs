//! Ship: whether a fix is in customers' hands, and since which version (G5).
//!
//! The judgement is pure ([`shipping::judge`]); its evidence is gathered in `ship/evidence.rs`: the releases of every repository
//! that holds a commit of the fix, and whether each contains each commit. Any release, however learned, makes the fix sets of that repository's unfinished topics be read
//! again.

mod evidence;

use std::{collections::BTreeMap, time::Duration};

use tracing::info;

use super::{App, Error, Stop, budget, follow, jobs};
use crate::{
    base::clock::Time,
    github::{Candidate, Github, gate::Act, shipping},
    model::{
        decision::Actor,
        id::{MilestoneId, ReleaseId, TopicId},
        issue::{CloseReason, Repository},
        milestone::{Confidence, MilestoneKind},
        release::{Release, ReleaseSource},
        topic::{Topic, TopicState},
        update::UpdateState,
    },
    settings::RepositorySettings,
    store::{Tx, failures, fixes, issues, milestones, releases, topics, updates},
};

/// How far back releases are read when nothing waits for longer.
const LOOK_BACK: Duration = Duration::from_hours(30 * 24);
/// How soon a topic is judged again that moved on while it was judged.
const JUDGE_AGAIN: Duration = Duration::from_millis(200);
/// How long after shipping a revert or a withdrawn release is still looked for.
const SECOND_THOUGHTS: Duration = Duration::from_hours(14 * 24);

fn settings_of<'a>(app: &'a App, repository: &str) -> Option<&'a RepositorySettings> {
    app.settings.repositories.iter().find(|one| one.name.as_str().eq_ignore_ascii_case(repository))
}

/// Reads a repository's releases, tags or deployments, as its settings say what counts.
pub async fn releases(app: &App, name: &str) -> Result<(), Stop> {
    let (Some(github), Some(repository)) = (&app.github, Repository::parse(name)) else { return Ok(()) };
    let Some(settings) = settings_of(app, name) else { return Ok(()) };
    budget::admit(app, Act::Read).await?;
    let listed = async {
        match settings.release {
            ReleaseSource::Releases => github.releases(&repository, Some(app.clock.now().minus(LOOK_BACK))).await,
            ReleaseSource::Tags => github.tags(&repository).await,
            ReleaseSource::Deployments => github.deployments(&repository, &settings.environment).await,
            ReleaseSource::Milestone | ReleaseSource::Stated => Ok(Vec::new()),
        }
    };
    let found = budget::call(app, listed).await?;
    let vanished = vanished(app, github, settings, &found).await?;
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

/// What stood as out and is not listed any more, though no webhook said so (G10). A list can lag or be cut off, so each
/// is looked at by itself before it counts as withdrawn.
async fn vanished(
    app: &App,
    github: &Github,
    settings: &RepositorySettings,
    found: &[Candidate],
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
        let Some(id) = external_id.strip_prefix("release:") else { continue };
        let out = budget::call(app, github.is_out(&settings.name, id)).await?;
        if !out {
            info!(repository = %settings.name, release = id, "A release is not out any more, and no webhook had said so");
            vanished.push(external_id);
        }
    }
    Ok(vanished)
}

/// Stores what is out; true when that is news. Drafts and tags without a commit are not out.
async fn keep(app: &App, tx: &mut Tx, settings: &RepositorySettings, found: Candidate) -> Result<bool, Error> {
    let Some(sha) = found.sha.filter(|_| !found.draft) else { return Ok(false) };
    let now = app.clock.now();
    let component = settings.components.iter().find(|one| one.tag.is_match(&found.version)).map(|one| one.name.clone());
    let release = Release {
        id: ReleaseId::generate(now),
        repository: settings.name.to_string(),
        version: found.version,
        sha,
        url: found.url,
        component,
        environment: found.environment,
        prerelease: found.prerelease,
        source: settings.release,
        // A tag does not say when it came out; we learned of it now, and an earlier learning stays.
        published_at: found.published_at.unwrap_or(now),
        withdrawn_at: None,
    };
    Ok(if found.published_at.is_some() {
        releases::put(tx, &release, &found.external_id).await?.1
    } else {
        releases::put_undated(tx, &release, &found.external_id).await?
    })
}

/// Everything that may have shipped, or may be taken back, in a repository is judged again.
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

/// From when on a fix counts: what was merged before a topic was reopened did not fix it.
pub async fn counts_from(tx: &mut Tx, topic: &Topic) -> Result<Option<Time>, Error> {
    let reopened = milestones::find(tx, topic.id, MilestoneKind::Reopened, topic.cycle).await?;
    Ok(reopened.map(|milestone| milestone.at))
}

/// Judges whether a topic's fix has shipped.
pub async fn run(app: &App, id: TopicId) -> Result<(), Stop> {
    let Some(github) = &app.github else { return Ok(()) };
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::get(&mut tx, id).await? else { return Ok(()) };
    let begun = counts_from(&mut tx, &topic).await?;
    let issue = issues::of_topic(&mut tx, id).await?;
    let set = fixes::of_topic(&mut tx, id).await?;
    drop(tx);
    if matches!(topic.state, TopicState::Merged | TopicState::Declined) {
        return Ok(());
    }
    let counting: Vec<&fixes::Fix> =
        set.iter().filter(|fix| begun.is_none_or(|begun| fix.merged_at.is_some_and(|at| at > begun))).collect();
    let states: Vec<shipping::FixState> = counting.iter().filter_map(|fix| state_of(fix)).collect();
    let pulls: BTreeMap<&str, i64> =
        counting.iter().filter_map(|fix| Some((fix.sha.as_str(), fix.pull_request?))).collect();
    if states.is_empty() {
        return ask(app, &topic, issue.as_ref()).await;
    }
    let Some(settings) = states.iter().find_map(|fix| settings_of(app, fix.repository.as_str())) else {
        return Ok(());
    };
    let policy = shipping::Policy {
        source: settings.release,
        prereleases: settings.include_prereleases,
        environment: settings.environment.clone(),
        // The hold is on the updates, where it is visible and can be cancelled.
        hold: Duration::ZERO,
    };
    let since = states.iter().filter_map(|fix| fix.merged_at).min().unwrap_or(app.clock.now().minus(LOOK_BACK));
    let states = evidence::components(app, github, states).await?;
    let known = evidence::releases(app, github, &states, &pulls, since).await?;
    let verdict = shipping::judge(&states, &known, &policy, app.clock.now());
    conclude(app, &topic, verdict).await
}

fn state_of(fix: &fixes::Fix) -> Option<shipping::FixState> {
    Some(shipping::FixState {
        repository: Repository::parse(&fix.repository)?,
        sha: fix.sha.clone(),
        merged_at: fix.merged_at,
        sure: fix.sure,
        stands_for: fix.stands_for.clone(),
        reverted_by: fix.reverted_by.clone(),
        component: None,
    })
}

/// There is no commit that could prove anything: where the issue was closed as done, a person is asked once.
async fn ask(app: &App, topic: &Topic, issue: Option<&issues::Issue>) -> Result<(), Stop> {
    let closed = issue.is_some_and(|issue| issue.state_reason == Some(CloseReason::Completed));
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

/// Acts on what was judged of a topic, unless the topic has moved on meanwhile: what proved one cycle's fix says nothing of
/// the next, which a customer's "still broken" may have begun while GitHub was asked (G4, G5).
async fn conclude(app: &App, judged: &Topic, verdict: shipping::Verdict) -> Result<(), Stop> {
    let id = judged.id;
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, id).await? else { return Ok(()) };
    if (topic.cycle, topic.state) != (judged.cycle, judged.state) {
        return Err(Stop::Wait(JUDGE_AGAIN));
    }
    failures::solved(&mut tx, "closed_without_code", &id.to_string()).await?;
    match verdict {
        shipping::Verdict::Shipped { release, confidence, why, .. } => {
            let release = ReleaseId::parse(&release);
            let found = match release {
                Some(release) => releases::get(&mut tx, release).await?,
                None => None,
            };
            let at = found.map_or(app.clock.now(), |found| found.published_at);
            let step = follow::Reached {
                release,
                confidence: Some(confidence),
                ..follow::Reached::now(MilestoneKind::Shipped, at, follow::GITHUB)
            };
            if follow::reached(app, &mut tx, &topic, step).await? {
                info!(topic.id = %id, %confidence, why, "Shipped");
            }
        }
        shipping::Verdict::TakenBack { why, .. } => take_back(app, &mut tx, &topic, &why).await?,
        shipping::Verdict::NotYet(why) => {
            info!(topic.id = %id, why, "Not shipped yet");
            take_back(app, &mut tx, &topic, &why).await?;
        }
        shipping::Verdict::Holding { .. } | shipping::Verdict::AskAPerson(_) => {}
    }
    tx.commit().await?;
    Ok(())
}

/// What was proven to be out is not any more: whoever was not told yet is not told, and whoever was gets a correction,
/// which a person approves. What a person stated is not doubted.
async fn take_back(app: &App, tx: &mut Tx, topic: &Topic, why: &str) -> Result<(), Error> {
    if topic.state != TopicState::Shipped {
        return Ok(());
    }
    let Some(shipped) = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await? else {
        return Ok(());
    };
    if shipped.confidence == Some(Confidence::Stated) {
        return Ok(());
    }
    updates::cancel_unsent(tx, shipped.id, "The fix was taken back before this was sent.").await?;
    let told = updates::of_milestone(tx, shipped.id).await?;
    let told = told.iter().any(|update| matches!(update.state, UpdateState::Sent | UpdateState::Sending));
    if told {
        let correction = follow::Reached {
            words: None,
            ..follow::Reached::now(MilestoneKind::Correction, app.clock.now(), follow::GITHUB)
        };
        follow::reached(app, tx, topic, correction).await?;
    }
    follow::reached(app, tx, topic, follow::Reached::now(MilestoneKind::Reopened, app.clock.now(), follow::GITHUB))
        .await?;
    let sentence = format!("\u{201c}{}\u{201d} had shipped and is not out any more: {why}.", topic.title);
    failures::note(tx, "taken_back", &topic.id.to_string(), &sentence, None, app.clock.now()).await?;
    Ok(())
}

/// What CI says of a version.
#[derive(Clone, Debug)]
pub struct StatedRelease {
    /// `owner/name`.
    pub repository: String,
    /// The version in words for people.
    pub version: String,
    /// Its commit.
    pub sha: String,
    /// The component of a repository that is released component by component.
    pub component: Option<String>,
    /// Where it was deployed.
    pub environment: Option<String>,
    /// Where to read about it.
    pub url: Option<String>,
}

/// CI states that a version is out. Containment of the fixes is still checked.
pub async fn state_release(app: &App, stated: StatedRelease) -> Result<ReleaseId, Error> {
    let unknown = || Error::Refused(format!("{:?} is not among the repositories of the settings.", stated.repository));
    let settings = settings_of(app, &stated.repository).ok_or_else(unknown)?;
    let is_sha = (7..=64).contains(&stated.sha.len()) && stated.sha.chars().all(|c| c.is_ascii_hexdigit());
    if !is_sha || stated.version.trim().is_empty() {
        return Err(Error::Refused("A release needs a version and the full commit it was built from.".to_owned()));
    }
    let now = app.clock.now();
    let external = format!(
        "stated:{}:{}:{}",
        stated.version,
        stated.component.as_deref().unwrap_or_default(),
        stated.environment.as_deref().unwrap_or_default()
    );
    let release = Release {
        id: ReleaseId::generate(now),
        repository: settings.name.to_string(),
        version: stated.version,
        sha: stated.sha.to_lowercase(),
        url: stated.url,
        component: stated.component,
        environment: stated.environment,
        prerelease: false,
        source: ReleaseSource::Stated,
        published_at: now,
        withdrawn_at: None,
    };
    let mut tx = app.database.begin().await?;
    let (id, _) = releases::put(&mut tx, &release, &external).await?;
    reconsider(app, &mut tx, &settings.name).await?;
    tx.commit().await?;
    Ok(id)
}

/// A person states that the fix itself is out in a version: nothing is compared.
pub async fn state_shipped(app: &App, topic: TopicId, version: &str, actor: &Actor) -> Result<TopicId, Error> {
    let version = version.trim();
    if version.is_empty() || version.chars().count() > 80 {
        return Err(Error::Refused("Say in which version it is out.".to_owned()));
    }
    let now = app.clock.now();
    let missing = || Error::NotFound(format!("There is no topic {topic}."));
    let mut tx = app.database.begin().await?;
    let current = topics::current(&mut tx, topic).await?.ok_or_else(missing)?;
    let found = topics::lock(&mut tx, current.id).await?.ok_or_else(missing)?;
    let release = Release::stated(found.repository.clone().unwrap_or_default(), version, now);
    let (id, _) = releases::put(&mut tx, &release, &format!("person:{}:{}:{version}", found.id, found.cycle)).await?;
    let step = follow::Reached {
        release: Some(id),
        confidence: Some(Confidence::Stated),
        ..follow::Reached::now(MilestoneKind::Shipped, now, actor.as_str())
    };
    if !follow::reached(app, &mut tx, &found, step).await? {
        return Err(Error::Refused("The topic has shipped or was declined already; reopen it first.".to_owned()));
    }
    tx.commit().await?;
    Ok(found.id)
}

/// Whether what a shipped update says still holds, just before it is sent.
pub async fn still_holds(tx: &mut Tx, milestone: MilestoneId) -> Result<Result<(), String>, Error> {
    let Some(milestone) = milestones::get(tx, milestone).await? else {
        return Ok(Err("What it told of was taken back.".to_owned()));
    };
    if let Some(release) = milestone.release
        && let Some(release) = releases::get(tx, release).await?
        && release.withdrawn_at.is_some()
    {
        return Ok(Err(format!("Release {} was withdrawn before this was sent.", release.version)));
    }
    let Some(topic) = topics::get(tx, milestone.topic).await? else { return Ok(Ok(())) };
    let current = topics::current(tx, topic.id).await?.map_or(topic.cycle, |current| current.cycle);
    if milestone.kind == MilestoneKind::Shipped && current > milestone.cycle && topic.merged_into.is_none() {
        return Ok(Err("The topic was reopened before this was sent.".to_owned()));
    }
    Ok(Ok(()))
}
