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
    model::{
        command::{IssueCommand, MisreadCommand},
        decision::Actor,
        id::TopicId,
        issue::{IssueRef, Repository},
        refusal::Refusal,
    },
    store::issues,
    tracker::Tracker,
};

/// Carries out the command in a comment, if its author may give one.
pub async fn obey(app: &App, repository: &str, number: i64, comment: i64) -> Result<(), Stop> {
    let (Some(tracker), Some(repository)) = (app.tracker.as_deref(), Repository::parse(repository)) else {
        return Ok(());
    };
    let mut conn = app.database.read().await?;
    let known = issues::find(&mut conn, repository.as_str(), number).await?;
    drop(conn);
    let Some(issue) = known else { return Ok(()) };
    let later = |error| Stop::tracker(error, app.clock.now());
    let since = app.clock.now().minus(Duration::from_hours(72));
    let at = IssueRef::new(repository, number);
    let comments = tracker.comments_since(&at, since).await.map_err(later)?;
    let Some(found) = comments.into_iter().find(|one| one.external_id == comment) else { return Ok(()) };
    let Some(login) = found.author.filter(|_| found.by_person) else { return Ok(()) };
    let Some(command) = IssueCommand::parse(&found.body) else { return Ok(()) };
    if !tracker.permission(&at.repository, &login).await.map_err(later)?.may_write() {
        info!(topic.id = %issue.topic, "Left a command alone: its author may not write to the repository");
        return Ok(());
    }
    let actor = Actor::engineer(tracker.about().word, &login);
    if let Err(error) = carry_out(app, tracker, issue.topic, &at, command, &actor).await {
        let sentence = match error {
            Error::Refused(refusal) => refusal.to_string(),
            Error::NotFound(missing) => missing.to_string(),
            Error::Store(error) => return Err(error.into()),
        };
        let mut tx = app.database.begin().await?;
        outbox::comment(app, &mut tx, issue.topic, &format!("refused:{comment}"), &sentence).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn carry_out(
    app: &App,
    tracker: &dyn Tracker,
    topic: TopicId,
    at: &IssueRef,
    command: IssueCommand,
    actor: &Actor,
) -> Result<(), Error> {
    match command {
        IssueCommand::Shipped(version) => milestones::state_shipped(app, topic, &version, actor).await.map(drop),
        IssueCommand::Workaround(words) => milestones::workaround(app, topic, &words, actor).await.map(drop),
        IssueCommand::Kind(kind) => {
            let change = topics::Change { kind: Some(kind), ..Default::default() };
            topics::change(app, topic, &change, actor).await.map(drop)
        }
        IssueCommand::Merge(target) => {
            let Some(other) = tracker.reference(&target, Some(&at.repository)) else {
                return Err(Refusal::CommandMisread(MisreadCommand::Merge).into());
            };
            let mut conn = app.database.read().await?;
            let found = issues::find(&mut conn, other.repository.as_str(), other.number).await?;
            drop(conn);
            topics::merge(app, topic, found.ok_or(Refusal::IssueWithoutTopic(other.number))?.topic, actor)
                .await
                .map(drop)
        }
        IssueCommand::Ask(_) => Err(Refusal::AskInIssue.into()),
        IssueCommand::Misread(said) => Err(Refusal::CommandMisread(said).into()),
    }
}
