//! What is known about fixes and about the releases that may carry them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    carried::{carried_by, compared, lacking},
    remembered::{between, contained, files, made_of},
};
use crate::{
    base::clock::Time,
    flow::{app::App, error::Stop},
    model::{
        commit::CommitList,
        fix::{Containment, Fix, FixSource},
        issue::{IssueRef, Repository},
        release::ReleaseSource,
    },
    shipping::{self, CommitsSince, ComponentFix, ReleaseContents, ReleasePolicy, commits_to_compare},
    store::releases as stored,
    tracker::Tracker,
};

/// How many commits that take something back without naming it are looked into for one release. One that is not may have
/// taken back a fix.
const NAMELESS: usize = 10;
/// How many names of releases are looked at to see whether they are of several packages.
const NAMES: i64 = 100;

/// The fixes with the components that they change: a fix of two components has to be out in both. If its files are in
/// no component, or are not known, a fix has no component.
pub(super) async fn components(
    app: &App,
    tracker: &dyn Tracker,
    found: Vec<Fix>,
    issue: Option<&IssueRef>,
) -> Result<Vec<ComponentFix>, Stop> {
    let mut all = Vec::with_capacity(found.len());
    for fix in found.iter().cloned() {
        let made_of = made_of(app, tracker, &fix).await?;
        let fix = weighed(tracker, fix, made_of.as_ref(), issue);
        let made_of = made_of.map(|list| list.commits).unwrap_or_default();
        let fix = match carried_by(&found, &fix) {
            Some(original) => compared(app, tracker, fix, &made_of, original).await?,
            None => fix,
        };
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
        let packages = packages(app, repository, policy.source).await?;
        for release in out {
            let Some(tip) = release.sha.clone().filter(|_| shipping::refused(&release, policy).is_none()) else {
                // What does not count is not asked about.
                let (contains, since) = (BTreeMap::new(), CommitsSince::default());
                known.push(ReleaseContents { release, contains, since, packages: Vec::new() });
                continue;
            };
            let mut contains = BTreeMap::new();
            for commit in &commits {
                contains.insert((*commit).to_owned(), contained(app, tracker, repository, commit, &tip).await?);
            }
            let since = since_the_fixes(app, tracker, repository, &here, &contains, &tip).await?;
            known.push(ReleaseContents { release, contains, since, packages: packages.clone() });
        }
    }
    Ok(known)
}

/// The packages that a repository's tags name, where the settings name no components.
async fn packages(app: &App, repository: &Repository, source: ReleaseSource) -> Result<Vec<String>, Stop> {
    if app.repository(repository.as_str()).is_none_or(|settings| !settings.components.is_empty()) {
        return Ok(Vec::new());
    }
    let mut conn = app.database.read().await?;
    let names = stored::versions(&mut conn, repository.as_str(), source, NAMES).await?;
    let found: BTreeSet<String> =
        names.iter().filter_map(|name| shipping::package(name, repository.as_str())).collect();
    Ok(found.into_iter().collect())
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
    let mut since = shipping::commits_since(here, &between, &changed, repository);
    for part in here {
        let all: Vec<&str> =
            since.carriers.iter().filter(|one| one.fix == part.fix.sha).map(|one| one.by.as_str()).collect();
        if since.carriers.iter().all(|one| one.fix != part.fix.sha || one.doubt.is_some()) {
            continue;
        }
        let lacking = lacking(app, tracker, &part.fix, &part.made_of, &all).await?;
        for carrier in since.carriers.iter_mut().filter(|one| one.fix == part.fix.sha && one.doubt.is_none()) {
            carrier.doubt.clone_from(&lacking);
        }
    }
    Ok(since)
}
