//! What is known of fixes and of the releases that may carry them. What GitHub once answered about a commit never changes,
//! so it is asked once and remembered.

use std::collections::BTreeMap;

use super::{
    super::{App, Stop, budget},
    settings_of,
};
use crate::{
    base::clock::Time,
    github::{Containment, Fix, Github, How, gate::Act, shipping},
    model::{issue::Repository, release::Source},
    store::{fixes, releases as stored},
};

/// The fixes with the parts of their repositories that they change: a fix of two parts has to be out in both. A fix whose
/// files are in no part, or are not known, stays without one.
pub(super) async fn parts(
    app: &App,
    github: &Github,
    states: Vec<shipping::FixState>,
) -> Result<Vec<shipping::FixState>, Stop> {
    let mut all = Vec::with_capacity(states.len());
    for state in states {
        let components = settings_of(app, state.repository.as_str()).map_or(&[][..], |settings| &settings.components);
        let files = if components.is_empty() { Vec::new() } else { files(app, github, &state).await? };
        let changed = components.iter().filter(|part| files.iter().any(|file| part.holds(file)));
        let before = all.len();
        all.extend(changed.map(|part| shipping::FixState { component: Some(part.name.clone()), ..state.clone() }));
        if all.len() == before {
            all.push(state);
        }
    }
    Ok(all)
}

async fn files(app: &App, github: &Github, fix: &shipping::FixState) -> Result<Vec<String>, Stop> {
    let mut conn = app.database.read().await?;
    let known = fixes::files(&mut conn, fix.repository.as_str(), &fix.sha).await?;
    drop(conn);
    if let Some(known) = known {
        return Ok(known);
    }
    budget::admit(app, Act::Read).await?;
    let files = match github.changed_files(&fix.repository, &fix.sha).await {
        Ok(Some(files)) => files,
        Ok(None) => return Ok(Vec::new()),
        Err(trouble) => return Err(budget::stop(app, trouble).await),
    };
    let mut tx = app.database.begin().await?;
    fixes::remember_files(&mut tx, fix.repository.as_str(), &fix.sha, &files).await?;
    tx.commit().await?;
    Ok(files)
}

/// The releases of the fixes' repositories, each with what it contains.
pub(super) async fn releases(
    app: &App,
    github: &Github,
    states: &[shipping::FixState],
    pulls: &BTreeMap<&str, i64>,
    since: Time,
) -> Result<Vec<shipping::ReleaseState>, Stop> {
    let mut repositories: Vec<&Repository> = states.iter().map(|fix| &fix.repository).collect();
    repositories.sort_unstable();
    repositories.dedup();
    let mut known = Vec::new();
    for repository in repositories {
        let here: Vec<shipping::FixState> =
            states.iter().filter(|fix| fix.repository == *repository).cloned().collect();
        let commits = shipping::commits_to_compare(&here);
        let mut conn = app.database.read().await?;
        let out = stored::of_repository(&mut conn, repository.as_str(), since).await?;
        drop(conn);
        for release in out {
            let mut contains = BTreeMap::new();
            for commit in &commits {
                contains.insert((*commit).to_owned(), contained(app, github, repository, commit, &release.sha).await?);
            }
            // A backport is an alternative to the fix it carries over, not one more that must be in.
            let original = |sha: &str| here.iter().any(|fix| fix.sha == sha);
            let mut needed = here.iter().filter(|fix| fix.stands_for.as_deref().is_none_or(|of| !original(of)));
            let all_in = needed.all(|fix| contains.get(&fix.sha) == Some(&Containment::Contained));
            let reverted =
                if all_in { reverts(app, github, repository, &here, pulls, &release.sha).await? } else { Vec::new() };
            known.push(shipping::ReleaseState {
                id: release.id.to_string(),
                repository: repository.clone(),
                version: release.version,
                component: release.component,
                environment: release.environment,
                prerelease: release.prerelease,
                draft: false,
                withdrawn: release.withdrawn_at.is_some(),
                stated: release.source == Source::Stated,
                published_at: release.published_at,
                contains,
                reverted,
            });
        }
    }
    Ok(known)
}

async fn contained(
    app: &App,
    github: &Github,
    repository: &Repository,
    commit: &str,
    tip: &str,
) -> Result<Containment, Stop> {
    let mut conn = app.database.read().await?;
    let known = fixes::contained(&mut conn, repository.as_str(), commit, tip).await?;
    drop(conn);
    if let Some(contained) = known {
        return Ok(if contained { Containment::Contained } else { Containment::NotContained });
    }
    budget::admit(app, Act::Read).await?;
    let answer = match github.contains(repository, commit, tip).await {
        Ok(answer) => answer,
        Err(trouble) => return Err(budget::stop(app, trouble).await),
    };
    if answer != Containment::Unknown {
        let mut tx = app.database.begin().await?;
        fixes::remember(&mut tx, repository.as_str(), commit, tip, answer == Containment::Contained).await?;
        tx.commit().await?;
    }
    Ok(answer)
}

async fn reverts(
    app: &App,
    github: &Github,
    repository: &Repository,
    here: &[shipping::FixState],
    pulls: &BTreeMap<&str, i64>,
    tip: &str,
) -> Result<Vec<String>, Stop> {
    let Some(earliest) = here.iter().min_by_key(|fix| fix.merged_at) else { return Ok(Vec::new()) };
    let fixes: Vec<Fix> = here.iter().map(|fix| named(fix, pulls.get(fix.sha.as_str()).copied())).collect();
    budget::admit(app, Act::Read).await?;
    match github.reverts(repository, &earliest.sha, tip, &fixes).await {
        Ok(reverted) => Ok(reverted),
        Err(trouble) => Err(budget::stop(app, trouble).await),
    }
}

/// The fix as GitHub's half of the house names it.
fn named(fix: &shipping::FixState, pull_request: Option<i64>) -> Fix {
    Fix {
        repository: fix.repository.clone(),
        sha: fix.sha.clone(),
        pull_request,
        merged_at: fix.merged_at,
        how: How::ClosingCommit,
        sure: fix.sure,
        stands_for: fix.stands_for.clone(),
        reverted_by: fix.reverted_by.clone(),
    }
}
