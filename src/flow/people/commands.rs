//! Commands to Heard in a comment of an issue, from somebody who may write to the repository.

use std::time::Duration;

use tracing::info;

use super::{milestones, topics};
use crate::{
    flow::{
        app::App,
        error::{Error, Stop},
        outbox,
        whereabouts::{self, Whereabouts},
    },
    model::{
        command::{IssueCommand, MisreadCommand},
        decision::Actor,
        id::TopicId,
        issue::{IssueRef, Repository},
        refusal::Refusal,
    },
    store::{self, issues},
    tracker::Tracker,
};

/// Carries out the command in a comment, if its author may give one.
pub async fn obey(app: &App, repository: &str, number: i64, comment: i64) -> Result<(), Stop> {
    let (Some(tracker), Some(repository)) = (app.tracker.as_deref(), Repository::parse(repository)) else {
        return Ok(());
    };
    let mut conn = app.database.read().await?;
    let Some(issue) = issues::find(&mut conn, repository.as_str(), number).await? else { return Ok(()) };
    let Some(topic) = store::topics::current(&mut conn, issue.topic).await? else { return Ok(()) };
    let carried_on = issues::of_topic(&mut conn, topic.id).await?.map(|issue| issue.repository);
    drop(conn);
    let later = |error| Stop::tracker(error, app.clock.now());
    let since = app.clock.now().minus(Duration::from_hours(72));
    let named = IssueRef::new(repository, number);
    let at = match whereabouts::find(app, tracker, issue.identity, &named).await? {
        Whereabouts::Here(found) | Whereabouts::Moved(found) => found.at,
        Whereabouts::Gone | Whereabouts::Taken => {
            info!(topic.id = %topic.id, "Left a command alone: it is in an issue that is not the topic's");
            return Ok(());
        }
    };
    let comments = tracker.comments_since(&at, since).await.map_err(later)?;
    let Some(found) = comments.into_iter().find(|one| one.external_id == comment) else { return Ok(()) };
    let Some(login) = found.author.filter(|_| found.by_person) else { return Ok(()) };
    let Some(command) = IssueCommand::parse(&found.body) else { return Ok(()) };
    // A topic that was merged carries on in another issue, and another repository has other people.
    for repository in [Some(&at.repository), carried_on.as_ref()].into_iter().flatten() {
        if !tracker.permission(repository, &login).await.map_err(later)?.may_write() {
            info!(topic.id = %topic.id, "Left a command alone: its author may not write to the topic's repository");
            return Ok(());
        }
    }
    let actor = Actor::engineer(tracker.about().word, &login);
    let done = match command {
        IssueCommand::Shipped(version) => milestones::state_shipped(app, topic.id, &version, &actor).await.map(drop),
        IssueCommand::Workaround(words) => milestones::workaround(app, topic.id, &words, &actor).await.map(drop),
        IssueCommand::Kind(kind) => {
            let change = topics::Change { kind: Some(kind), ..Default::default() };
            topics::change(app, topic.id, &change, &actor).await.map(drop)
        }
        IssueCommand::Merge(target) => merge(app, tracker, topic.id, &at, &target, &login).await?,
        IssueCommand::Ask(_) => Err(Refusal::AskInIssue.into()),
        IssueCommand::Misread(said) => Err(Refusal::CommandMisread(said).into()),
    };
    if let Err(error) = done {
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

/// Merges into the topic of an issue whose repository the author may write to as well. Of any other, they do not even hear
/// whether it has a topic.
async fn merge(
    app: &App,
    tracker: &dyn Tracker,
    topic: TopicId,
    at: &IssueRef,
    target: &str,
    login: &str,
) -> Result<Result<(), Error>, Stop> {
    let Some(other) = tracker.reference(target, Some(&at.repository)) else {
        return Ok(Err(Refusal::CommandMisread(MisreadCommand::Merge).into()));
    };
    let unknown = || Ok(Err(Refusal::IssueWithoutTopic(other.number).into()));
    let mut conn = app.database.read().await?;
    let Some(found) = issues::find(&mut conn, other.repository.as_str(), other.number).await? else { return unknown() };
    let Some(into) = store::topics::current(&mut conn, found.topic).await? else { return unknown() };
    let carried_on = issues::of_topic(&mut conn, into.id).await?.map(|issue| issue.repository);
    drop(conn);
    for repository in [Some(&other.repository), carried_on.as_ref()].into_iter().flatten() {
        let allowed = tracker.permission(repository, login).await;
        if !allowed.map_err(|error| Stop::tracker(error, app.clock.now()))?.may_write() {
            return unknown();
        }
    }
    if let Whereabouts::Moved(_) | Whereabouts::Taken = whereabouts::find(app, tracker, found.identity, &other).await? {
        // What they mean by this name and number is another issue than the topic's.
        return unknown();
    }
    let actor = Actor::engineer(tracker.about().word, login);
    Ok(topics::merge(app, topic, into.id, &actor).await.map(drop))
}
