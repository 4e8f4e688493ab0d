//! Commands to Heard in a comment of an issue, from somebody who may write to the repository.

use std::time::Duration;

use tracing::info;

use super::{milestones, topics};
use crate::{
    flow::{
        app::App,
        error::{Error, Stop},
        outbox,
    },
    github::{command, command::Command},
    model::{decision::Actor, issue::Repository},
    store::issues,
};

/// Reads a comment for a command of somebody who may give one.
pub async fn obey(app: &App, repository: &str, number: i64, comment: i64) -> Result<(), Stop> {
    let (Some(github), Some(repository)) = (&app.github, Repository::parse(repository)) else { return Ok(()) };
    let mut conn = app.database.read().await?;
    let known = issues::find(&mut conn, repository.as_str(), number).await?;
    drop(conn);
    let Some(issue) = known else { return Ok(()) };
    let later = |trouble| Stop::github(trouble, app.clock.now());
    let since = app.clock.now().minus(Duration::from_hours(72));
    let comments = github.comments_since(&repository, number, since).await.map_err(later)?;
    let Some(found) = comments.into_iter().find(|one| one.id == comment) else { return Ok(()) };
    let Some(login) = found.author_login.filter(|_| found.author_app_id.is_none() && !found.author_is_bot) else {
        return Ok(());
    };
    let Some(command) = command::parse(&found.body) else { return Ok(()) };
    if !github.permission(&repository, &login).await.map_err(later)?.may_write() {
        info!(topic.id = %issue.topic, "Left a command alone: its author may not write to the repository");
        return Ok(());
    }
    carry_out(app, &issue, &repository, command, &Actor::github(&login), comment).await
}

async fn carry_out(
    app: &App,
    issue: &issues::Issue,
    repository: &Repository,
    command: Command,
    actor: &Actor,
    comment: i64,
) -> Result<(), Stop> {
    let done = match command {
        Command::Shipped(version) => milestones::state_shipped(app, issue.topic, &version, actor).await.map(drop),
        Command::Workaround(words) => milestones::workaround(app, issue.topic, &words, actor).await.map(drop),
        Command::Kind(kind) => {
            topics::change(app, issue.topic, &topics::Change { kind: Some(kind), ..Default::default() }, actor)
                .await
                .map(drop)
        }
        Command::Merge { repository: elsewhere, number } => {
            let home = elsewhere.as_ref().unwrap_or(repository);
            let mut conn = app.database.read().await?;
            let other = issues::find(&mut conn, home.as_str(), number).await?;
            drop(conn);
            match other {
                Some(other) => topics::merge(app, issue.topic, other.topic, actor).await.map(drop),
                None => Err(Error::Refused(format!("#{number} is not an issue of a topic."))),
            }
        }
        Command::Ask(_) => {
            Err(Error::Refused("Asking customers from an issue is not possible yet; ask in the console.".to_owned()))
        }
        Command::Misread(said) => Err(Error::Refused(said)),
    };
    if let Err(Error::Refused(sentence) | Error::NotFound(sentence)) = &done {
        let mut tx = app.database.begin().await?;
        outbox::comment(app, &mut tx, issue.topic, &format!("refused:{comment}"), sentence).await?;
        tx.commit().await?;
        return Ok(());
    }
    Ok(done?)
}
