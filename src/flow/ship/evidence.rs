//! What is known of fixes and of the releases that may carry them. What GitHub once answered about a commit never changes,
//! so it is asked once and remembered.

use std::collections::BTreeMap;

use crate::{
    base::clock::Time,
    flow::{app::App, budget, error::Stop},
    github::{Containment, Fix, Github, How, Trouble, gate::Act, shipping},
    model::{issue::Repository, release::ReleaseSource},
    store::{Conn, Result as Stored, Tx, fixes, releases as stored},
};

/// The fixes with the components of their repositories that they change: a fix of two components has to be out in both. A
/// fix whose files are in no component, or are not known, stays without one.
pub(super) async fn components(
    app: &App,
    github: &Github,
    states: Vec<shipping::FixState>,
) -> Result<Vec<shipping::FixState>, Stop> {
    let mut all = Vec::with_capacity(states.len());
    for state in states {
        let components = app.repository(state.repository.as_str()).map_or(&[][..], |settings| &settings.components);
        let files = if components.is_empty() { Vec::new() } else { files(app, github, &state).await? };
        let changed = components.iter().filter(|component| files.iter().any(|file| component.holds(file)));
        let before = all.len();
        all.extend(changed.map(|one| shipping::FixState { component: Some(one.name.clone()), ..state.clone() }));
        if all.len() == before {
            all.push(state);
        }
    }
    Ok(all)
}

async fn files(app: &App, github: &Github, fix: &shipping::FixState) -> Result<Vec<String>, Stop> {
    let (repository, sha) = (fix.repository.as_str(), fix.sha.as_str());
    let known = async |conn: &mut Conn| fixes::files(conn, repository, sha).await;
    let keep = async |tx: &mut Tx, files: &Vec<String>| fixes::remember_files(tx, repository, sha, files).await;
    let ask = Box::pin(github.changed_files(&fix.repository, sha));
    Ok(once(app, known, ask, keep).await?.unwrap_or_default())
}

/// What GitHub says of commits never changes: it is asked once and remembered. Nothing is no answer, and is asked again.
async fn once<T>(
    app: &App,
    known: impl AsyncFnOnce(&mut Conn) -> Stored<Option<T>>,
    ask: impl Future<Output = Result<Option<T>, Trouble>>,
    keep: impl AsyncFnOnce(&mut Tx, &T) -> Stored<()>,
) -> Result<Option<T>, Stop> {
    let mut conn = app.database.read().await?;
    let before = known(&mut conn).await?;
    drop(conn);
    if before.is_some() {
        return Ok(before);
    }
    budget::admit(app, Act::Read).await?;
    let Some(answer) = budget::call(app, ask).await? else { return Ok(None) };
    let mut tx = app.database.begin().await?;
    keep(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok(Some(answer))
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
                stated: release.source == ReleaseSource::Stated,
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
    let name = repository.as_str();
    let known = async |conn: &mut Conn| fixes::contained(conn, name, commit, tip).await;
    let ask = Box::pin(async {
        Ok(match github.contains(repository, commit, tip).await? {
            Containment::Contained => Some(true),
            Containment::NotContained => Some(false),
            Containment::Unknown => None,
        })
    });
    let keep = async |tx: &mut Tx, contained: &bool| fixes::remember(tx, name, commit, tip, *contained).await;
    Ok(match once(app, known, ask, keep).await? {
        Some(true) => Containment::Contained,
        Some(false) => Containment::NotContained,
        None => Containment::Unknown,
    })
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
    budget::call(app, github.reverts(repository, &earliest.sha, tip, &fixes)).await
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
