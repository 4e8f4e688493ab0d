//! Follow: turns what happens to an issue into milestones of its topic.
//!
//! A webhook only says where to look, and the sweep takes the same look, so both give the same result (G10, webhooks
//! are hints). A closed issue is not a fix: [`super::ship`] judges what shipped (G5, shipped means in users' hands).
//! When our own writes come back, they say nothing new (G7, our own writes change nothing).

use std::time::Duration;

use tracing::{debug, error, info};

use super::{
    advance::{CLOSED_AS_DUPLICATE, CLOSED_BY_MACHINE, Step, UNNAMED_REPOSITORY, fixes_count_from, take_step},
    app::App,
    error::{Error, Stop},
    jobs, quota,
    whereabouts::{self, Whereabouts},
};
use crate::{
    model::{
        fix::{Fix, FixSet},
        id::TopicId,
        issue::{CloseReason, IssueFiling, IssueLookup, IssueRef, IssueSnapshot, IssueState, Repository, TopicIssue},
        milestone::{BY_HEARD, MilestoneKind},
        topic::{Topic, TopicState},
    },
    shipping,
    store::{Tx, failures, fixes, issues, milestones, pauses, releases, topics},
    tracker::{Tracker, rate_limiter::TrackerCall, section},
};

/// Under which name it is shown that an issue leaves no room for our section.
pub const NO_ROOM: &str = "no_room";

/// Under which name it is shown that an issue is gone.
pub const GONE: &str = "gone";

/// How soon to look again after another look overtook this one.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Looks at the issue of a topic.
pub async fn run(app: &App, id: TopicId) -> Result<(), Stop> {
    let Some(tracker) = app.tracker.as_deref() else { return Ok(()) };
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
    let found = here(app, tracker, &issue, &at).await?;
    let mut set = shipping::assemble(&quota::call(app, tracker.fix_evidence(&at)).await?);
    for fix in &mut set.fixes {
        // Releases are kept by the name that the settings have.
        fix.repository = app.spelled(&fix.repository).clone();
    }
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, id).await? else { return Ok(()) };
    // Somebody else looked meanwhile and may have seen something newer. Our old "open" over their "closed" would read
    // as a reopening.
    if issues::of_topic(&mut tx, id).await?.as_ref() != Some(&issue) {
        return Err(Stop::Wait(LOOK_AGAIN));
    }
    let was = filed.state;
    if !store_issue(app, &mut tx, id, &found, Some(found.state), false).await? {
        return Ok(());
    }
    set.keep_known(&fixes::of_topic(&mut tx, id).await?);
    doubt_what_was_declined(&mut tx, &topic, &mut set).await?;
    fixes::replace(&mut tx, id, &set.fixes).await?;
    topics::looked(&mut tx, id, learned).await?;
    say_what_is_not_named(app, &mut tx, &topic, &found.at, &set).await?;
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

/// An issue that moved to a repository that the settings do not name, or a fix that is in one: what ships there is not read,
/// so it is shown with what to do (G11, nothing fails silently).
async fn say_what_is_not_named(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    at: &IssueRef,
    set: &FixSet,
) -> Result<(), Error> {
    let places = set.fixes.iter().map(|fix| &fix.repository).chain([&at.repository]);
    let mut unnamed: Vec<&str> = places.map(Repository::as_str).filter(|name| app.repository(name).is_none()).collect();
    unnamed.sort_unstable();
    unnamed.dedup();
    let subject = topic.id.to_string();
    if unnamed.is_empty() || topic.state.is_finished() {
        failures::solved(tx, UNNAMED_REPOSITORY, &subject).await?;
        return Ok(());
    }
    let sentence = format!(
        "The issue of the topic {} or what fixes it is in {}, which the settings do not name. Name it there under `[[repositories]]` and restart; what ships there is not seen until then.",
        app.link(&format!("/topics/{}", topic.id)),
        unnamed.join(" and in ")
    );
    failures::note(tx, UNNAMED_REPOSITORY, &subject, &sentence, None, app.clock.now()).await?;
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
    if topic.state == TopicState::Declined
        && let Some(declined) = milestones::find(tx, topic.id, MilestoneKind::Declined, topic.cycle).await?
        && standing(set).any(|fix| fix.merged_at > Some(declined.at))
    {
        // It was declined and is done all the same. Whether that is what was asked for, a person says once it is out.
        take_step(app, tx, &topic, Step::now(MilestoneKind::Reopened, app.clock.now(), BY_HEARD)).await?;
        topic = reload(tx, topic).await?;
    }
    let begun = fixes_count_from(tx, &topic).await?;
    if let Some(merged_at) = standing(set).filter_map(|fix| fix.merged_at).max()
        && begun.is_none_or(|begun| merged_at > begun)
    {
        take_step(app, tx, &topic, Step::now(MilestoneKind::FixMerged, merged_at, by)).await?;
        topic = reload(tx, topic).await?;
    }
    let work = topic.id.to_string();
    let by_machine = found.closed_as == Some(CloseReason::NotPlanned) && found.closed_by_machine;
    if by_machine && !topic.state.is_finished() {
        let sentence = format!(
            "Issue {} was closed as not planned by a machine, which is nobody's decision. Decline the topic {} if it will not be done, or open the issue again; nobody is told anything meanwhile.",
            found.at,
            app.link(&format!("/topics/{}", topic.id))
        );
        failures::note(tx, CLOSED_BY_MACHINE, &work, &sentence, None, app.clock.now()).await?;
    } else {
        failures::solved(tx, CLOSED_BY_MACHINE, &work).await?;
    }
    let is_decided = !by_machine && !is_fixed_after_all(set, found) && !is_from_before(tx, &topic, found).await?;
    match (found.state, found.closed_as) {
        (IssueState::Closed, Some(CloseReason::NotPlanned)) if is_decided => {
            let declined = Step::now(MilestoneKind::Declined, found.closed_at.unwrap_or(at), by);
            take_step(app, tx, &topic, declined).await?;
        }
        (IssueState::Closed, Some(CloseReason::Duplicate)) if !topic.state.is_finished() => {
            let sentence = format!(
                "Issue {} was closed as a duplicate. Merge its topic into the topic of the issue it repeats; nobody is told anything meanwhile.",
                found.at
            );
            failures::note(tx, CLOSED_AS_DUPLICATE, &work, &sentence, None, app.clock.now()).await?;
        }
        _ => failures::solved(tx, CLOSED_AS_DUPLICATE, &work).await?,
    }
    Ok(())
}

/// Whether an issue was closed before the topic was opened again, so that this says nothing new.
async fn is_from_before(tx: &mut Tx, topic: &Topic, found: &IssueSnapshot) -> Result<bool, Error> {
    let reopened = milestones::find(tx, topic.id, MilestoneKind::Reopened, topic.cycle).await?;
    Ok(reopened.is_some_and(|step| found.closed_at.is_some_and(|closed| closed <= step.at)))
}

/// Whether something that fixes an issue was merged after it was closed.
fn is_fixed_after_all(set: &FixSet, found: &IssueSnapshot) -> bool {
    found.closed_at.is_some() && standing(set).any(|fix| fix.merged_at > found.closed_at)
}

/// The fixes by which something has happened: merged, not reverted, and more than somebody's words.
fn standing(set: &FixSet) -> impl Iterator<Item = &Fix> {
    let counts = |fix: &&Fix| fix.reverted_by.is_none() && fix.is_on_its_way_out() && fix.is_more_than_claimed();
    set.fixes.iter().filter(counts)
}

/// Doubts what was merged after the topic had been declined.
async fn doubt_what_was_declined(tx: &mut Tx, topic: &Topic, set: &mut FixSet) -> Result<(), Error> {
    let was = match topic.state {
        TopicState::Declined => topic.cycle,
        _ => topic.cycle - 1,
    };
    if milestones::find(tx, topic.id, MilestoneKind::Declined, was).await?.is_none() {
        return Ok(());
    }
    let reopened = milestones::find(tx, topic.id, MilestoneKind::Reopened, topic.cycle).await?;
    if topic.state == TopicState::Declined || reopened.is_some_and(|step| step.by == BY_HEARD) {
        let why = "it was declined before this was merged";
        set.fixes = std::mem::take(&mut set.fixes).into_iter().map(|fix| fix.doubted(why)).collect();
    }
    Ok(())
}

async fn reload(tx: &mut Tx, topic: Topic) -> Result<Topic, Error> {
    Ok(topics::get(tx, topic.id).await?.unwrap_or(topic))
}

/// Takes over what the tracker says of an issue. False if it belongs to another topic, or is not the topic's.
///
/// Whether the issue is open is only taken over if `state` says so: from the look that turns a change of it into
/// milestones, and from the code that changed it. `moved` says that the tracker led to it from where the topic's issue was.
pub async fn store_issue(
    app: &App,
    tx: &mut Tx,
    topic: TopicId,
    issue: &IssueSnapshot,
    state: Option<IssueState>,
    moved: bool,
) -> Result<bool, crate::store::StoreError> {
    let was = issues::of_topic(tx, topic).await?.map(|known| known.repository);
    let seen = issues::Seen {
        repository: issue.at.repository.as_str(),
        number: issue.at.number,
        external_id: issue.external_id,
        url: &issue.url,
        title: &issue.title,
        state,
        state_reason: issue.closed_as,
        changed_at: issue.updated_at,
        moved,
    };
    if !issues::seen(tx, topic, &seen, app.clock.now()).await? {
        return Ok(false);
    }
    if let Some(was) = was.filter(|was| !was.is(&issue.at.repository)) {
        pauses::leave(tx, topic, &was, &issue.at.repository).await?;
    }
    Ok(true)
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

/// A person speaks of an issue that may have the name and number that another had: then the topic of that one looks for its own first.
/// What the tracker does not say now, the next look finds.
pub async fn make_way(app: &App, at: &IssueRef) -> Result<(), Error> {
    let Some(tracker) = app.tracker.as_deref() else { return Ok(()) };
    let mut conn = app.database.read().await?;
    let known = issues::find(&mut conn, at.repository.as_str(), at.number).await?;
    drop(conn);
    if let Some(known) = known
        && let Ok(IssueLookup::Here(found)) = tracker.issue(at).await
        && known.identity.is_another(&found)
        && let Err(stop) = here(app, tracker, &known, at).await
    {
        debug!(issue = %at, ?stop, "Made way for an issue that has the name and number of another");
    }
    Ok(())
}

/// The topic's issue, if it is where it was. What became of it otherwise is taken over, and there is nothing more to do with it now.
pub async fn here(app: &App, tracker: &dyn Tracker, issue: &TopicIssue, at: &IssueRef) -> Result<IssueSnapshot, Stop> {
    match whereabouts::find(app, tracker, issue.identity, at).await? {
        Whereabouts::Here(found) => return Ok(found),
        Whereabouts::Moved(found) => moved(app, tracker, issue, at, &found).await?,
        Whereabouts::Gone => {
            gone(app, issue.topic, at, "It was deleted, or Heard may not see it any more.", false).await?;
        }
        Whereabouts::Taken => {
            let why =
                format!("Another repository is called {} by now, and has an issue of that number.", at.repository);
            gone(app, issue.topic, at, &why, true).await?;
        }
    }
    Err(Stop::Nothing)
}

/// Follows an issue to where it is now. The brake goes along: with a repository that has another name, or with this topic.
async fn moved(
    app: &App,
    tracker: &dyn Tracker,
    issue: &TopicIssue,
    from: &IssueRef,
    found: &IssueSnapshot,
) -> Result<(), Stop> {
    let topic = issue.topic;
    let facts = quota::call(app, tracker.repository(&found.at.repository)).await?;
    // Whatever is transferred gets another id, and another number.
    let is_renamed = found.at.number == from.number && !issue.identity.is_another(found);
    let mut tx = app.database.begin().await?;
    if is_renamed {
        pauses::rename(&mut tx, &from.repository, &found.at.repository).await?;
    }
    if store_issue(app, &mut tx, topic, found, None, true).await? {
        issues::in_repository(&mut tx, topic, facts.external_id).await?;
        topics::set_repository(&mut tx, topic, found.at.repository.as_str()).await?;
        app.queue.add(&mut tx, jobs::Follow { topic }).await?;
        app.queue.add(&mut tx, jobs::File { topic }).await?;
    }
    tx.commit().await?;
    info!(topic.id = %topic, issue = %found.at, "Followed an issue to where it is now");
    Ok(())
}

/// The issue is not there any more. That is shown, and a person decides (G11, nothing fails silently). Whoever finds it first, it
/// stands on the health page once. Where its name and number are another issue's, nothing leads there any more.
async fn gone(app: &App, topic: TopicId, at: &IssueRef, why: &str, is_taken: bool) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    if issues::gone(&mut tx, topic, at.repository.as_str(), at.number, why).await? {
        if is_taken {
            issues::is_not_there(&mut tx, topic).await?;
        }
        let sentence = format!("The topic's issue is gone: {why} Try again files a new one.");
        failures::note(&mut tx, GONE, &topic.to_string(), &sentence, None, app.clock.now()).await?;
        error!(topic.id = %topic, issue = %at, "The topic's issue is gone and waits for a person");
    }
    tx.commit().await?;
    Ok(())
}
