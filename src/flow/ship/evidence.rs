//! What is known about fixes and about the releases that may carry them. What the tracker once said about a commit
//! never changes, so we ask once and remember.

use std::collections::BTreeMap;

use crate::{
    base::clock::Time,
    flow::{app::App, error::Stop, quota},
    model::{
        commit::CommitList,
        fix::{Containment, Fix, FixSource},
        issue::{IssueRef, Repository},
        tracker::error::TrackerError,
    },
    shipping::{self, CommitsSince, ComponentFix, ReleaseContents, ReleasePolicy, commits_to_compare},
    store::{Conn, Result as Stored, Tx, fixes, releases as stored},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// How many commits that take something back without naming it are looked into for one release. One that is not may have
/// taken back a fix.
const NAMELESS: usize = 10;
/// How much of a subject is kept that says nothing of fixes.
const SUBJECT_KEPT: usize = 200;

/// The fixes with the components that they change: a fix of two components has to be out in both. If its files are in
/// no component, or are not known, a fix has no component.
pub(super) async fn components(
    app: &App,
    tracker: &dyn Tracker,
    found: Vec<Fix>,
    issue: Option<&IssueRef>,
) -> Result<Vec<ComponentFix>, Stop> {
    let mut all = Vec::with_capacity(found.len());
    for fix in found {
        let made_of = made_of(app, tracker, &fix).await?;
        let fix = weighed(tracker, fix, made_of.as_ref(), issue);
        let made_of = made_of.map(|list| list.commits).unwrap_or_default();
        let components = app.repository(fix.repository.as_str()).map_or(&[][..], |settings| &settings.components);
        let files = if components.is_empty() {
            Vec::new()
        } else {
            files(app, tracker, &fix.repository, &fix.sha).await?.unwrap_or_default()
        };
        let changed = components.iter().filter(|component| files.iter().any(|file| component.holds(file)));
        let before = all.len();
        all.extend(changed.map(|one| ComponentFix {
            component: Some(one.name.clone()),
            fix: fix.clone(),
            made_of: made_of.clone(),
        }));
        if all.len() == before {
            all.push(ComponentFix { component: None, fix, made_of });
        }
    }
    Ok(all)
}

/// The commits that a fix is made of.
async fn made_of(app: &App, tracker: &dyn Tracker, fix: &Fix) -> Result<Option<CommitList>, Stop> {
    let (repository, sha) = (fix.repository.as_str(), fix.sha.as_str());
    let known = async |conn: &mut Conn| fixes::made_of(conn, repository, sha).await;
    let keep = async |tx: &mut Tx, list: &CommitList| fixes::remember_made_of(tx, repository, sha, list).await;
    once(app, known, tracker.made_of(fix), keep).await
}

/// The fix, doubted if not all of it is known, or if a commit that closed the issue denies that it fixes it.
fn weighed(tracker: &dyn Tracker, fix: Fix, made_of: Option<&CommitList>, issue: Option<&IssueRef>) -> Fix {
    let Some(list) = made_of.filter(|list| list.complete) else {
        let commit: String = fix.sha.chars().take(8).collect();
        return fix.doubted(&format!("the tracker does not show everything that came in with commit {commit}, and a part of it may have been taken back"));
    };
    let own = list.commits.iter().find(|commit| commit.sha == fix.sha);
    let denied = fix.source == FixSource::ClosingCommit
        && own.zip(issue).is_some_and(|(commit, issue)| tracker.denies(&commit.message, &fix.repository, issue));
    if denied {
        fix.doubted("the message of the commit that closed the issue denies or limits that it fixes it")
    } else {
        fix
    }
}

async fn files(
    app: &App,
    tracker: &dyn Tracker,
    repository: &Repository,
    sha: &str,
) -> Result<Option<Vec<String>>, Stop> {
    let (asked, repository) = (repository, repository.as_str());
    let known = async |conn: &mut Conn| fixes::files(conn, repository, sha).await;
    let keep = async |tx: &mut Tx, files: &Vec<String>| fixes::remember_files(tx, repository, sha, files).await;
    let ask = tracker.changed_files(asked, sha);
    once(app, known, ask, keep).await
}

/// Asks the tracker about commits once and remembers the answer, which never changes. No answer is asked for again.
async fn once<T>(
    app: &App,
    known: impl AsyncFnOnce(&mut Conn) -> Stored<Option<T>>,
    ask: impl Future<Output = Result<Option<T>, TrackerError>>,
    keep: impl AsyncFnOnce(&mut Tx, &T) -> Stored<()>,
) -> Result<Option<T>, Stop> {
    let mut conn = app.database.read().await?;
    let before = known(&mut conn).await?;
    drop(conn);
    if before.is_some() {
        return Ok(before);
    }
    quota::admit(app, TrackerCall::Read).await?;
    let Some(answer) = quota::call(app, ask).await? else { return Ok(None) };
    let mut tx = app.database.begin().await?;
    keep(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok(Some(answer))
}

/// The releases of the fixes' repositories, each with what it contains.
pub(super) async fn releases(
    app: &App,
    tracker: &dyn Tracker,
    parts: &[ComponentFix],
    since: Time,
    policy: &ReleasePolicy,
) -> Result<Vec<ReleaseContents>, Stop> {
    let mut repositories: Vec<&Repository> = parts.iter().map(|part| &part.fix.repository).collect();
    repositories.sort_unstable();
    repositories.dedup();
    let mut known = Vec::new();
    for repository in repositories {
        let here: Vec<ComponentFix> = parts.iter().filter(|part| part.fix.repository == *repository).cloned().collect();
        let commits = commits_to_compare(&here);
        let mut conn = app.database.read().await?;
        let out = stored::of_repository(&mut conn, repository.as_str(), since).await?;
        drop(conn);
        for release in out {
            let Some(tip) = release.sha.clone().filter(|_| shipping::refused(&release, policy).is_none()) else {
                // What does not count is not asked about.
                known.push(ReleaseContents { release, contains: BTreeMap::new(), since: CommitsSince::default() });
                continue;
            };
            let mut contains = BTreeMap::new();
            for commit in &commits {
                contains.insert((*commit).to_owned(), contained(app, tracker, repository, commit, &tip).await?);
            }
            let since = since_the_fixes(app, tracker, repository, &here, &contains, &tip).await?;
            known.push(ReleaseContents { release, contains, since });
        }
    }
    Ok(known)
}

/// What the commits that a release has beyond the fixes say of them.
async fn since_the_fixes(
    app: &App,
    tracker: &dyn Tracker,
    repository: &Repository,
    here: &[ComponentFix],
    contains: &BTreeMap<String, Containment>,
    tip: &str,
) -> Result<CommitsSince, Stop> {
    // What takes back a fix that is in the release comes after it, and what carries one over that is not comes after both
    // parted.
    let has = |fix: &&Fix| contains.get(&fix.sha) == Some(&Containment::Contained);
    let fixes = || here.iter().map(|part| &part.fix);
    let earliest = fixes().filter(has).min_by_key(|fix| fix.merged_at);
    let Some(base) = earliest.or_else(|| fixes().min_by_key(|fix| fix.merged_at)) else {
        return Ok(CommitsSince::default());
    };
    let between = between(app, tracker, repository, &base.sha, tip).await?;
    let mut changed = BTreeMap::new();
    let asked = shipping::nameless(&between, repository);
    for sha in asked.iter().take(NAMELESS).chain(fixes().map(|fix| &fix.sha).filter(|_| !asked.is_empty())) {
        if let Some(files) = files(app, tracker, repository, sha).await? {
            changed.insert(sha.clone(), files);
        }
    }
    Ok(shipping::commits_since(here, &between, &changed, repository))
}

/// The commits that `head` has and `base` lacks. Of those that say nothing of fixes only the subject is kept.
async fn between(
    app: &App,
    tracker: &dyn Tracker,
    repository: &Repository,
    base: &str,
    head: &str,
) -> Result<CommitList, Stop> {
    let name = repository.as_str();
    let mut conn = app.database.read().await?;
    let before = fixes::between(&mut conn, name, base, head).await?;
    drop(conn);
    if let Some(before) = before {
        return Ok(before);
    }
    quota::admit(app, TrackerCall::Read).await?;
    let mut list = quota::call(app, tracker.commits_between(repository, base, head)).await?;
    for commit in &mut list.commits {
        if !shipping::speaks_of_fixes(&commit.message, repository) {
            commit.message = commit.subject().chars().take(SUBJECT_KEPT).collect();
        }
    }
    if list.complete {
        let mut tx = app.database.begin().await?;
        fixes::remember_between(&mut tx, name, base, head, &list.commits).await?;
        tx.commit().await?;
    }
    Ok(list)
}

async fn contained(
    app: &App,
    tracker: &dyn Tracker,
    repository: &Repository,
    commit: &str,
    tip: &str,
) -> Result<Containment, Stop> {
    let name = repository.as_str();
    let known = async |conn: &mut Conn| fixes::contained(conn, name, commit, tip).await;
    let ask = async {
        Ok(match tracker.contains(repository, commit, tip).await? {
            Containment::Contained => Some(true),
            Containment::NotContained => Some(false),
            Containment::Unknown => None,
        })
    };
    let keep = async |tx: &mut Tx, contained: &bool| fixes::remember(tx, name, commit, tip, *contained).await;
    Ok(match once(app, known, ask, keep).await? {
        Some(true) => Containment::Contained,
        Some(false) => Containment::NotContained,
        None => Containment::Unknown,
    })
}
