//! What a delivery of GitHub's says, as jobs that go and look (G10).

use tracing::debug;

use super::{app::App, error::Error, jobs, ship};
use crate::{
    github::{
        Marker, command, keywords,
        webhook::{self, Hint, RepositoryChange},
    },
    model::{delivery::Delivery, issue::Repository, release::ReleaseSource},
    store::{Tx, failures, issues, releases, topics},
};

/// Takes one delivery; false when it says nothing that concerns us.
pub async fn take(app: &App, tx: &mut Tx, delivery: &Delivery) -> Result<bool, Error> {
    let event =
        delivery.headers.iter().find(|(name, _)| name == "x-github-event").map_or("", |(_, event)| event.as_str());
    let hints = webhook::read(event, &delivery.body).map_err(|why| Error::Refused(why.0))?;
    let mut concerns = false;
    for hint in hints {
        if let Hint::Ignored(name) = &hint {
            debug!(event = %name, "Nothing that concerns us");
        } else {
            concerns = true;
            follow_up(app, tx, hint).await?;
        }
    }
    Ok(concerns)
}

async fn follow_up(app: &App, tx: &mut Tx, hint: Hint) -> Result<(), Error> {
    match hint {
        Hint::Issue { repository, number, body, .. } => {
            if issues::find(tx, repository.as_str(), number).await?.is_none()
                && let Some(topic) = Marker::topic_in(&app.keys.markers, &body)
            {
                // An issue of ours whose creation was unclear: filing looks for it now (G3).
                app.queue.add(tx, jobs::File { topic }).await?;
            }
            look(app, tx, &repository, number).await
        }
        Hint::IssueMoved { from, from_number, .. } => look(app, tx, &from, from_number).await,
        Hint::IssueDeleted { repository, number } => look(app, tx, &repository, number).await,
        Hint::Comment { repository, number, comment_id, new, by, body } => {
            if new && by.app.is_none() && !by.bot && command::parse(&body).is_some() {
                let job = jobs::Obey { repository: repository.to_string(), number, comment: comment_id };
                app.queue.add(tx, job).await?;
            }
            Ok(())
        }
        Hint::PullRequest { repository, body, .. } => {
            for (named, number) in keywords::parse_closing_keywords(&body, &repository) {
                look(app, tx, &named, number).await?;
            }
            Ok(())
        }
        Hint::Release { repository, .. } => look_at_releases(app, tx, &repository).await,
        Hint::ReleaseWithdrawn { repository, id, .. } => {
            let external = format!("release:{id}");
            if releases::withdraw(tx, repository.as_str(), ReleaseSource::Releases, &external, app.clock.now()).await? {
                ship::reconsider(app, tx, &repository).await?;
            }
            Ok(())
        }
        Hint::Tag { repository, .. } if source_of(app, &repository) == Some(ReleaseSource::Tags) => {
            look_at_releases(app, tx, &repository).await
        }
        Hint::Deployment { repository, .. } if source_of(app, &repository) == Some(ReleaseSource::Deployments) => {
            look_at_releases(app, tx, &repository).await
        }
        Hint::Repository { repository, change } => {
            if let RepositoryChange::Renamed(old) = &change {
                issues::rename(tx, old.as_str(), repository.as_str()).await?;
                let known = |name: &Repository| {
                    let named = app.settings.repositories.iter().map(|one| one.name.as_str());
                    named.into_iter().any(|one| one.eq_ignore_ascii_case(name.as_str()))
                };
                if known(old) && !known(&repository) {
                    // What the settings do not name is not followed: a person has to say its new name there (G11).
                    let sentence = format!(
                        "{old} is called {repository} now. Change its name in the settings and restart; nothing that ships there is told until then."
                    );
                    failures::note(tx, "renamed", repository.as_str(), &sentence, None, app.clock.now()).await?;
                }
            }
            // Who may read it may have changed, and with that what may stand there (G6).
            for topic in issues::of_repository(tx, repository.as_str()).await? {
                topics::want(tx, topic).await?;
                app.queue.add(tx, jobs::File { topic }).await?;
            }
            Ok(())
        }
        Hint::Tag { .. }
        | Hint::Deployment { .. }
        | Hint::Push { .. }
        | Hint::Milestone { .. }
        | Hint::Installation { .. }
        | Hint::Ignored(_) => Ok(()),
    }
}

fn source_of(app: &App, repository: &Repository) -> Option<ReleaseSource> {
    let named =
        |one: &&crate::settings::RepositorySettings| one.name.as_str().eq_ignore_ascii_case(repository.as_str());
    app.settings.repositories.iter().find(named).map(|one| one.release)
}

async fn look(app: &App, tx: &mut Tx, repository: &Repository, number: i64) -> Result<(), Error> {
    if issues::find(tx, repository.as_str(), number).await?.is_some() {
        app.queue.add(tx, jobs::Look { repository: repository.to_string(), number }).await?;
    }
    Ok(())
}

async fn look_at_releases(app: &App, tx: &mut Tx, repository: &Repository) -> Result<(), Error> {
    Ok(app.queue.add(tx, jobs::Releases { repository: repository.to_string() }).await?)
}
