//! Turns a delivery of the tracker's into jobs that go and look (G10, webhooks are hints).

use tracing::debug;

use super::{app::App, error::Error, jobs, ship};
use crate::{
    model::{
        command::IssueCommand,
        delivery::Delivery,
        issue::{IssueRef, Repository},
        refusal::Refusal,
        release::ReleaseSource,
        tracker::TrackerHint,
    },
    store::{Tx, failures, issues, pauses, releases, topics},
    tracker::{Marker, Tracker},
};

/// Takes one delivery. False if it says nothing that concerns us.
pub async fn take(app: &App, tx: &mut Tx, tracker: &dyn Tracker, delivery: &Delivery) -> Result<bool, Error> {
    let hints = tracker.read(delivery).map_err(Refusal::DeliveryUnreadable)?;
    let mut concerns = false;
    for hint in hints {
        if let TrackerHint::Ignored(name) = &hint {
            debug!(event = %name, "Nothing that concerns us");
        } else if !is_of_ours(app, tx, &hint).await? {
            debug!("Left alone what happened in a repository of somebody else's");
        } else {
            concerns = true;
            follow_up(app, tx, hint).await?;
        }
    }
    Ok(concerns)
}

/// Whether it happened in a repository of an owner that the settings name, or in one that has an issue of ours. A tracker signs what
/// happens wherever our App is installed, which may be somebody else's account, and there they may write what they like: that their
/// pull request closes each of our issues, so that all of them are looked at.
async fn is_of_ours(app: &App, tx: &mut Tx, hint: &TrackerHint) -> Result<bool, Error> {
    for repository in hint.repositories() {
        let is_their_owner = |one: &Repository| one.owner().eq_ignore_ascii_case(repository.owner());
        if app.settings.repositories.iter().any(|one| is_their_owner(&one.name))
            || !issues::of_repository(tx, repository.as_str()).await?.is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn follow_up(app: &App, tx: &mut Tx, hint: TrackerHint) -> Result<(), Error> {
    match hint {
        TrackerHint::Issue { at, body } => {
            if issues::find(tx, at.repository.as_str(), at.number).await?.is_none()
                && let Some(topic) = Marker::topic_in(&app.keys.markers, &body)
            {
                // An issue of ours whose creation was unclear: filing looks for it now (G3, one open issue per topic).
                app.queue.add(tx, jobs::File { topic }).await?;
            }
            look(app, tx, &at).await
        }
        TrackerHint::IssueGone(at) => look(app, tx, &at).await,
        TrackerHint::Comment { at, comment, new, by_person, body } => {
            if new && by_person && IssueCommand::parse(&body).is_some() {
                let job = jobs::Obey { repository: at.repository.to_string(), number: at.number, comment };
                app.queue.add(tx, job).await?;
            }
            Ok(())
        }
        TrackerHint::PullRequest { closes, .. } => {
            for issue in closes {
                look(app, tx, &issue).await?;
            }
            Ok(())
        }
        TrackerHint::Release { repository, source } => {
            let counts = source_of(app, &repository) == Some(source);
            if source == ReleaseSource::Milestone {
                // What an issue's milestone is now, its own look says.
                if counts {
                    ship::reconsider(app, tx, &repository).await?;
                }
                return Ok(());
            }
            if counts || source == ReleaseSource::Releases {
                app.queue.add(tx, jobs::Releases { repository: repository.to_string() }).await?;
            }
            Ok(())
        }
        TrackerHint::ReleaseWithdrawn { repository, external_id } => {
            let (named, now) = (app.spelled(&repository), app.clock.now());
            if releases::withdraw(tx, named.as_str(), ReleaseSource::Releases, &external_id, now).await? {
                ship::reconsider(app, tx, &repository).await?;
            }
            Ok(())
        }
        TrackerHint::Repository { repository, renamed_from } => changed(app, tx, &repository, renamed_from).await,
        TrackerHint::Ignored(_) => Ok(()),
    }
}

/// A repository changed.
async fn changed(
    app: &App,
    tx: &mut Tx,
    repository: &Repository,
    renamed_from: Option<Repository>,
) -> Result<(), Error> {
    // Spelled otherwise, it has the name that it had.
    if let Some(old) = renamed_from.filter(|old| !old.is(repository)) {
        issues::rename(tx, old.as_str(), repository.as_str()).await?;
        pauses::rename(tx, &old, repository).await?;
        let known = |name: &Repository| app.settings.repositories.iter().any(|one| one.name.is(name));
        if known(&old) && !known(repository) {
            // A repository that the settings do not name is not followed, so a person has to enter its new name (G11,
            // nothing fails silently).
            let sentence = format!(
                "{old} is called {repository} now. Change its name in the settings and restart; nothing that ships there is told until then."
            );
            failures::note(tx, "renamed", repository.as_str(), &sentence, None, app.clock.now()).await?;
        }
    }
    // Who may read it may have changed, and with that what may be written there (G6, nothing private leaves).
    for topic in issues::of_repository(tx, repository.as_str()).await? {
        topics::want(tx, topic).await?;
        app.queue.add(tx, jobs::File { topic }).await?;
    }
    Ok(())
}

fn source_of(app: &App, repository: &Repository) -> Option<ReleaseSource> {
    app.settings.repositories.iter().find(|one| one.name.is(repository)).map(|one| one.release)
}

async fn look(app: &App, tx: &mut Tx, at: &IssueRef) -> Result<(), Error> {
    if issues::find(tx, at.repository.as_str(), at.number).await?.is_some() {
        app.queue.add(tx, jobs::Look { repository: at.repository.to_string(), number: at.number }).await?;
    }
    Ok(())
}
