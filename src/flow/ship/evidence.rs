//! What is known about fixes and about the releases that may carry them. What the tracker once said about a commit
//! never changes, so we ask once and remember.

use std::collections::BTreeMap;

use crate::{
    base::clock::Time,
    flow::{app::App, error::Stop, quota},
    model::{
        fix::{Containment, Fix, RevertScan},
        issue::Repository,
        tracker::error::TrackerError,
    },
    shipping::{ComponentFix, ReleaseContents, commits_to_compare},
    store::{Conn, Result as Stored, Tx, fixes, releases as stored},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// The fixes with the components that they change: a fix of two components has to be out in both. If its files are in
/// no component, or are not known, a fix has no component.
pub(super) async fn components(app: &App, tracker: &dyn Tracker, found: Vec<Fix>) -> Result<Vec<ComponentFix>, Stop> {
    let mut all = Vec::with_capacity(found.len());
    for fix in found {
        let components = app.repository(fix.repository.as_str()).map_or(&[][..], |settings| &settings.components);
        let files = if components.is_empty() { Vec::new() } else { files(app, tracker, &fix).await? };
        let changed = components.iter().filter(|component| files.iter().any(|file| component.holds(file)));
        let before = all.len();
        all.extend(changed.map(|one| ComponentFix { component: Some(one.name.clone()), fix: fix.clone() }));
        if all.len() == before {
            all.push(ComponentFix { component: None, fix });
        }
    }
    Ok(all)
}

async fn files(app: &App, tracker: &dyn Tracker, fix: &Fix) -> Result<Vec<String>, Stop> {
    let (repository, sha) = (fix.repository.as_str(), fix.sha.as_str());
    let known = async |conn: &mut Conn| fixes::files(conn, repository, sha).await;
    let keep = async |tx: &mut Tx, files: &Vec<String>| fixes::remember_files(tx, repository, sha, files).await;
    let ask = tracker.changed_files(&fix.repository, sha);
    Ok(once(app, known, ask, keep).await?.unwrap_or_default())
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
            let mut contains = BTreeMap::new();
            for commit in &commits {
                let contained = match &release.sha {
                    Some(tip) => contained(app, tracker, repository, commit, tip).await?,
                    None => Containment::Unknown,
                };
                contains.insert((*commit).to_owned(), contained);
            }
            let fixes: Vec<Fix> = here.iter().map(|part| part.fix.clone()).collect();
            // A revert of one that is in the release comes after it; of the others nothing can be taken back.
            let has = |fix: &&Fix| contains.get(&fix.sha) == Some(&Containment::Contained);
            let earliest = fixes.iter().filter(has).min_by_key(|fix| fix.merged_at);
            let reverts = match (&release.sha, earliest) {
                (Some(tip), Some(earliest)) => {
                    quota::admit(app, TrackerCall::Read).await?;
                    quota::call(app, tracker.reverts(repository, &earliest.sha, tip, &fixes)).await?
                }
                _ => RevertScan { reverted: Vec::new(), complete: false },
            };
            known.push(ReleaseContents { release, contains, reverts });
        }
    }
    Ok(known)
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
