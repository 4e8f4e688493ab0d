//! Follow: turns what happens to an issue into milestones of its topic.
//!
//! A webhook only says where to look, and the sweep takes the same look, so both give the same result (G10, webhooks
//! are hints). A closed issue is not a fix: [`super::ship`] judges what shipped (G5, shipped means in users' hands).
//! When our own writes come back, they say nothing new (G7, our own writes change nothing).

use std::time::Duration;

use tracing::info;

use super::{
    advance::{Step, fixes_count_from, take_step},
    app::App,
    error::{Error, Stop},
    jobs, quota,
};
use crate::{
    model::{
        fix::FixSet,
        id::TopicId,
        issue::{CloseReason, IssueFiling, IssueLookup, IssueRef, IssueSnapshot, IssueState},
        milestone::MilestoneKind,
        topic::Topic,
    },
    shipping,
    store::{Tx, failures, fixes, issues, releases, topics},
    tracker::{rate_limiter::TrackerCall, section},
};

/// Under which name it is shown that an issue leaves no room for our section.
pub const NO_ROOM: &str = "no_room";

/// How soon to look again after another look overtook this one.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Looks at the issue of a topic.
pub async fn run(app: &App, id: TopicId) -> Result<(), Stop> {
    let Some(tracker) = &app.tracker else { return Ok(()) };
    let mut conn = app.database.read().await?;
    let issue = issues::of_topic(&mut conn, id).await?;
    // What is learned of releases from now on, this look has not seen.
    let learned = releases::learned(&mut conn).await?;
    drop(conn);
    let Some((issue, filed)) = issue.and_then(|issue| match issue.filing.clone() {
        IssueFiling::Filed(filed) => Some((issue, filed)),
        _ => None,
    }) else {
        return Err(Stop::Nothing);
    };
    let at = IssueRef::new(issue.repository.clone(), filed.number);
    quota::admit(app, TrackerCall::Read).await?;
    let found = match quota::call(app, tracker.issue(&at)).await? {
        IssueLookup::Here(found) => found,
        IssueLookup::Moved(there) => return moved(app, id, &there).await,
        IssueLookup::Gone => return gone(app, id).await,
    };
    let mut set = shipping::assemble(&quota::call(app, tracker.fix_evidence(&at)).await?);
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, id).await? else { return Ok(()) };
    // Somebody else looked meanwhile and may have seen something newer. Our old "open" over their "closed" would read
    // as a reopening.
    if issues::of_topic(&mut tx, id).await?.as_ref() != Some(&issue) {
        return Err(Stop::Wait(LOOK_AGAIN));
    }
    let was = filed.state;
    if !store_issue(app, &mut tx, id, &found, Some(found.state)).await? {
        return Ok(());
    }
    set.keep_known(&fixes::of_topic(&mut tx, id).await?);
    fixes::replace(&mut tx, id, &set.fixes).await?;
    topics::looked(&mut tx, id, learned).await?;
    if failures::is_given_up(&mut tx, NO_ROOM, &id.to_string()).await?
        && section::has_room(&found.body, tracker.about().body_characters)
    {
        topics::want(&mut tx, id).await?;
        app.queue.add(&mut tx, jobs::File { topic: id }).await?;
    }
    progress(app, &mut tx, topic, &found, was, &set, tracker.about().word).await?;
    app.queue.add(&mut tx, jobs::Ship { topic: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the milestones that follow from the issue's state.
async fn progress(
    app: &App,
    tx: &mut Tx,
    topic: Topic,
    found: &IssueSnapshot,
    was: Option<IssueState>,
    set: &FixSet,
    by: &str,
) -> Result<(), Error> {
    let at = found.updated_at;
    let mut topic = topic;
    if found.state == IssueState::Open && was == Some(IssueState::Closed) {
        take_step(app, tx, &topic, Step::now(MilestoneKind::Reopened, at, by)).await?;
        topic = reload(tx, topic).await?;
    }
    if found.milestone.is_some() {
        take_step(app, tx, &topic, Step::now(MilestoneKind::Planned, at, by)).await?;
        topic = reload(tx, topic).await?;
    }
    if found.state == IssueState::Open && (set.under_way || found.assigned) {
        take_step(app, tx, &topic, Step::now(MilestoneKind::InProgress, at, by)).await?;
        topic = reload(tx, topic).await?;
    }
    let begun = fixes_count_from(tx, &topic).await?;
    let standing = set.fixes.iter().filter(|fix| fix.reverted_by.is_none());
    if let Some(merged_at) = standing.filter_map(|fix| fix.merged_at).max()
        && begun.is_none_or(|begun| merged_at > begun)
    {
        take_step(app, tx, &topic, Step::now(MilestoneKind::FixMerged, merged_at, by)).await?;
        topic = reload(tx, topic).await?;
    }
    match (found.state, found.closed_as) {
        (IssueState::Closed, Some(CloseReason::NotPlanned)) => {
            let declined = Step::now(MilestoneKind::Declined, found.closed_at.unwrap_or(at), by);
            take_step(app, tx, &topic, declined).await?;
        }
        (IssueState::Closed, Some(CloseReason::Duplicate)) if !topic.state.is_finished() => {
            let sentence = format!(
                "Issue {} was closed as a duplicate. Merge its topic into the topic of the issue it repeats; nobody is told anything meanwhile.",
                found.at
            );
            failures::note(tx, "duplicate", &topic.id.to_string(), &sentence, None, app.clock.now()).await?;
        }
        _ => failures::solved(tx, "duplicate", &topic.id.to_string()).await?,
    }
    Ok(())
}

async fn reload(tx: &mut Tx, topic: Topic) -> Result<Topic, Error> {
    Ok(topics::get(tx, topic.id).await?.unwrap_or(topic))
}

/// Takes over what the tracker says of an issue. False if it belongs to another topic.
///
/// Whether the issue is open is only taken over if `state` says so: from the look that turns a change of it into
/// milestones, and from the code that changed it.
pub async fn store_issue(
    app: &App,
    tx: &mut Tx,
    topic: TopicId,
    issue: &IssueSnapshot,
    state: Option<IssueState>,
) -> Result<bool, crate::store::StoreError> {
    let seen = issues::Seen {
        repository: issue.at.repository.as_str(),
        number: issue.at.number,
        external_id: issue.external_id,
        url: &issue.url,
        title: &issue.title,
        state,
        state_reason: issue.closed_as,
        changed_at: issue.updated_at,
    };
    issues::seen(tx, topic, &seen, app.clock.now()).await
}

/// Looks at an issue by its number, because a webhook named it.
pub async fn look(app: &App, repository: &str, number: i64) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let known = issues::find(&mut conn, repository, number).await?;
    drop(conn);
    match known {
        Some(issue) => run(app, issue.topic).await,
        None => Ok(()),
    }
}

/// Follows an issue that was transferred to where it is now.
pub async fn moved(app: &App, topic: TopicId, there: &IssueRef) -> Result<(), Stop> {
    let Some(tracker) = &app.tracker else { return Ok(()) };
    let found = tracker.issue(there).await.map_err(|error| Stop::tracker(error, app.clock.now()))?;
    let IssueLookup::Here(found) = found else { return gone(app, topic).await };
    let mut tx = app.database.begin().await?;
    if store_issue(app, &mut tx, topic, &found, None).await? {
        topics::set_repository(&mut tx, topic, found.at.repository.as_str()).await?;
        app.queue.add(&mut tx, jobs::Follow { topic }).await?;
        app.queue.add(&mut tx, jobs::File { topic }).await?;
    }
    tx.commit().await?;
    info!(topic.id = %topic, repository = %found.at.repository, number = there.number, "Followed a transferred issue");
    Ok(())
}

/// The issue was deleted, or we may not see it any more. That is shown, and a person decides (G11, nothing fails
/// silently).
pub async fn gone(app: &App, topic: TopicId) -> Result<(), Stop> {
    let why = "It was deleted, or Heard may not see it any more.";
    let mut tx = app.database.begin().await?;
    issues::gone(&mut tx, topic, why).await?;
    tx.commit().await?;
    Err(Stop::GiveUp(format!("The topic's issue is gone: {why} Try again files a new one.")))
}
