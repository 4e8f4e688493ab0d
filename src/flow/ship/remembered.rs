//! What the tracker says about commits. It never changes, so we ask once and remember.

use crate::{
    flow::{app::App, error::Stop, quota},
    model::{
        commit::CommitList,
        fix::{Containment, Fix},
        issue::Repository,
        tracker::error::TrackerError,
    },
    shipping,
    store::{Conn, Result as Stored, Tx, fixes},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// How much of a subject is kept that says nothing of fixes.
const SUBJECT_KEPT: usize = 200;

/// The commits that a fix is made of.
pub(super) async fn made_of(app: &App, tracker: &dyn Tracker, fix: &Fix) -> Result<Option<CommitList>, Stop> {
    let (repository, sha) = (fix.repository.as_str(), fix.sha.as_str());
    let known = async |conn: &mut Conn| fixes::made_of(conn, repository, sha).await;
    let keep = async |tx: &mut Tx, list: &CommitList| fixes::remember_made_of(tx, repository, sha, list).await;
    once(app, known, tracker.made_of(fix), keep).await
}

/// The files that a commit changes.
pub(super) async fn files(
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

/// The commits that `head` has and `base` lacks. Of those that say nothing of fixes only the subject is kept.
pub(super) async fn between(
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

/// Whether `tip` contains `commit`.
pub(super) async fn contained(
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
