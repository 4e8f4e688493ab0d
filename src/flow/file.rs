//! File: creates a topic's one issue and keeps its section current (G3, one open issue per topic; G6, nothing private
//! leaves).
//!
//! The intent is a row before the call is made. If the answer to a creation was lost, we look for the issue by our
//! marker, and create it again only after several looks found nothing. What the issue says is a function of the topic:
//! the same facts give the same text, and the same text is not written again.

use std::time::Duration;

use tracing::{info, warn};

pub mod review;
mod text;
mod vocabulary;

use self::text::{render, visibility};
use super::{
    advance::sync_issue,
    app::App,
    error::{Error, Stop},
    follow, jobs, outbox, quota, whereabouts,
};
use crate::{
    base::signature::sha256,
    model::{
        id::TopicId,
        issue::{CloseReason, IssueEdit, IssueFiling, IssueRef, IssueSnapshot, IssueState, NewIssue, TopicIssue},
        milestone::{BY_HEARD, Milestone, MilestoneKind},
        topic::Topic,
        tracker::error::TrackerError,
    },
    settings::{RepositorySettings, RoutedTopic},
    store::{Tx, escalations, failures, impacts, issues, leases, milestones, tickets, topics},
    tracker::{
        Marker, Tracker,
        rate_limiter::TrackerCall,
        section::{self, PlacedSection},
    },
    wording::{issue as words, note, redact},
};

/// How long one run may file a topic while the others wait.
const LEASE_SPAN: Duration = Duration::from_secs(30);
/// How long a run waits for another to end.
const TURN: Duration = Duration::from_millis(500);
/// After an unclear creation, we look in the list after these times. Lists lag by minutes at worst.
const LOOKS: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(30), Duration::from_mins(2)];
/// How many of the escalated tickets get a note that the issue exists.
const NOTED: i64 = 50;
/// What the health page calls a repository that was made public.
const OPENED: &str = "opened";
/// The label that tells us to leave an issue alone.
const LEAVE_ALONE: &str = "no-heard";

/// Records the intent to file the topic's issue, in the transaction of the escalation. Calling it twice is harmless.
pub async fn intend(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    if app.tracker.is_none() {
        return Ok(());
    }
    let Some(found) = topics::get(tx, topic).await? else { return Ok(()) };
    let Some(repository) = repository_of(app, tx, &found).await? else { return Ok(()) };
    if issues::want(tx, topic, repository.name.as_str(), repository.review).await? {
        topics::set_repository(tx, topic, repository.name.as_str()).await?;
    }
    sync_issue(app, tx, topic).await
}

/// Whether a person looks at the topic's issue before it is filed.
pub async fn is_reviewed(app: &App, tx: &mut Tx, topic: &Topic) -> Result<bool, Error> {
    Ok(repository_of(app, tx, topic).await?.is_some_and(|repository| repository.review))
}

/// Where the topic's issue goes.
async fn repository_of<'a>(app: &'a App, tx: &mut Tx, topic: &Topic) -> Result<Option<&'a RepositorySettings>, Error> {
    let members = tickets::of_topic(tx, topic.id).await?;
    let tags: Vec<String> = members.iter().flat_map(|ticket| ticket.tags.iter().cloned()).collect();
    let asked = RoutedTopic { brand: topic.brand.as_deref(), kind: topic.kind, tags: &tags };
    Ok(app.settings.repository_for(&asked))
}

/// Records the intent once more after a refusal or a deletion, because a person wants it. False where there was neither.
pub async fn intend_again(app: &App, tx: &mut Tx, topic: TopicId) -> Result<bool, Error> {
    let Some(repository) = topics::get(tx, topic).await?.and_then(|topic| topic.repository) else { return Ok(false) };
    let again = issues::want_again(tx, topic, &repository, app.is_reviewed(&repository)).await?;
    if again {
        failures::solved(tx, follow::GONE, &topic.to_string()).await?;
        sync_issue(app, tx, topic).await?;
    }
    Ok(again)
}

/// Brings the issue up to date.
pub async fn run(app: &App, topic: TopicId) -> Result<(), Stop> {
    let Some(tracker) = app.tracker.as_deref() else { return Ok(()) };
    if !is_behind(app, topic).await? {
        // If it was refused or given up, the health page already shows that (G11, nothing fails silently).
        return Err(Stop::Nothing);
    }
    // Each run holds the lease for itself, so two jobs of one process keep each other out too (G3).
    let lease = format!("file:{topic}");
    if !leases::take_alone(&app.database, &lease, app.holder, app.clock.now(), LEASE_SPAN).await? {
        return Err(Stop::Wait(TURN));
    }
    let done = alone(app, tracker, topic).await;
    leases::release(&app.database, &lease, app.holder).await?;
    done
}

/// Whether the topic says something that its issue does not say yet.
async fn is_behind(app: &App, topic: TopicId) -> Result<bool, Stop> {
    let mut conn = app.database.read().await?;
    let issue = issues::of_topic(&mut conn, topic).await?;
    let (wanted, filed) = topics::versions(&mut conn, topic).await?;
    Ok(wanted > filed && issue.is_some_and(|issue| !issue.is_left_alone()))
}

/// Runs while nobody else is working on this topic's issue. The issue is read only now, because another run may just
/// have filed it.
async fn alone(app: &App, tracker: &dyn Tracker, topic: TopicId) -> Result<(), Stop> {
    if !is_behind(app, topic).await? {
        return Err(Stop::Nothing);
    }
    let mut conn = app.database.read().await?;
    let Some(issue) = issues::of_topic(&mut conn, topic).await? else { return Ok(()) };
    let (wanted, _) = topics::versions(&mut conn, topic).await?;
    let is_merged = topics::get(&mut conn, topic).await?.is_some_and(|topic| topic.merged_into.is_some());
    drop(conn);
    if is_merged && issue.is_to_be_filed() {
        return Err(Stop::Nothing); // the topic that carries on has the issue
    }
    let done = bring(app, tracker, &issue, wanted).await;
    if let Err(Stop::GiveUp(_)) = &done {
        // It waits for a person, or until the topic says something else, but not for the next look around.
        let mut tx = app.database.begin().await?;
        topics::filed(&mut tx, topic, wanted).await?;
        tx.commit().await?;
    }
    done
}

async fn bring(app: &App, tracker: &dyn Tracker, issue: &TopicIssue, version: i64) -> Result<(), Stop> {
    let now = app.clock.now();
    let (topic, repository) = (issue.topic, &issue.repository);
    if let Some(at) = issue.at() {
        return keep_current(app, tracker, issue, &at, version).await;
    }
    if whereabouts::is_replaced(&mut app.database.read().await?, repository).await? {
        return Err(Stop::Nothing);
    }
    let facts = tracker.repository(repository).await;
    let facts = match facts {
        Ok(facts) => facts,
        Err(TrackerError::NotFound(call)) => {
            let why = format!("{repository} cannot be seen: {call}; check its name and the App's installation");
            return refuse(app, tracker, topic, &why).await;
        }
        Err(error) => return Err(quota::stop(app, error).await),
    };
    let mut tx = app.database.begin().await?;
    let is_meant = whereabouts::is_meant(app, &mut tx, repository, Some(&facts)).await?;
    tx.commit().await?;
    if !is_meant {
        return Err(Stop::Nothing);
    }
    let attempted_at = match issue.filing {
        IssueFiling::Unclear { since } => Some(since),
        _ => None,
    };
    if let Some(since) = attempted_at {
        let marker = Marker::topic(&app.keys.markers, topic);
        let found = tracker.find_issue(&facts.name, &marker, since.minus(Duration::from_mins(5))).await;
        if let Some(found) = found.map_err(|error| Stop::tracker(error, now))? {
            info!(topic.id = %topic, number = found.at.number, "Found the issue whose creation had been unclear");
            return filed(app, topic, &found, Some(found.state), facts.external_id, version).await;
        }
        let age = now.since(since);
        if let Some(next) = LOOKS.iter().find(|look| age < **look) {
            return Err(Stop::Wait(next.saturating_sub(age).max(Duration::from_millis(200))));
        }
    }
    let text = render(app, tracker, topic, visibility(&facts)).await?;
    let settings = app.repository(repository.as_str());
    let seen = issue.approval.as_ref().is_some_and(|approval| approval.words == text.words());
    if app.is_reviewed(repository.as_str()) && !seen {
        let mut tx = app.database.begin().await?;
        issues::to_review(&mut tx, topic).await?;
        tx.commit().await?;
        info!(topic.id = %topic, "The issue would say what nobody has seen; it waits for a review");
        return Err(Stop::Nothing);
    }
    let marker = Marker::topic(&app.keys.markers, topic);
    let longest = tracker.about().body_characters;
    // What stands above it was written for these words, and for who may read them there.
    let approval = issue.approval.as_ref().filter(|_| seen);
    let introduction = approval.and_then(|approval| approval.introduction.as_deref());
    let introduced = introduction.and_then(|words| section::adopt(words, &text.section, &marker, longest));
    let body = introduced.unwrap_or_else(|| section::fresh(&text.section, &marker, longest));
    let labels = settings.map(|one| one.labels.clone());
    let new = NewIssue { title: text.title, body, labels: labels.unwrap_or_default() };
    quota::admit(app, TrackerCall::Create).await?;
    let mut tx = app.database.begin().await?;
    if !issues::attempting(&mut tx, topic, attempted_at, now).await? {
        return Err(Stop::Wait(Duration::from_secs(1)));
    }
    tx.commit().await?;
    match tracker.create_issue(&facts.name, &new).await {
        Ok(found) => {
            info!(topic.id = %topic, number = found.at.number, "Filed the topic's issue");
            metrics::counter!("heard_issues_filed_total").increment(1);
            filed(app, topic, &found, Some(found.state), facts.external_id, version).await
        }
        Err(TrackerError::Unclear(call)) => {
            warn!(topic.id = %topic, why = %call, "It is unclear whether the issue was created; looking for it");
            let sentence = format!("{}: {call}; looking for the issue", call.tracker);
            Err(Stop::Later { after: Some(LOOKS[0]), sentence })
        }
        Err(TrackerError::NotFound(call) | TrackerError::Invalid(call)) => {
            refuse(app, tracker, topic, &call.to_string()).await
        }
        Err(error) => {
            let mut tx = app.database.begin().await?;
            issues::not_attempted(&mut tx, topic).await?;
            tx.commit().await?;
            Err(quota::stop(app, error).await)
        }
    }
}

/// The tracker refuses it, and a person has to act (G11).
async fn refuse(app: &App, tracker: &dyn Tracker, topic: TopicId, why: &str) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    issues::not_made(&mut tx, topic, why).await?;
    tx.commit().await?;
    Err(Stop::GiveUp(format!("{} refused the topic's issue: {why}.", tracker.about().name)))
}

/// Whether the topic's issue is the one that was read. It may have been found to be gone meanwhile, and a person may have started over:
/// what was read before brings nothing back.
async fn is_still(tx: &mut Tx, topic: TopicId, at: &IssueRef) -> Result<bool, Stop> {
    topics::lock(tx, topic).await?;
    let known = issues::of_topic(tx, topic).await?.and_then(|issue| issue.at());
    Ok(known.is_some_and(|known| known.number == at.number))
}

/// People's text in the issue leaves no room for our section. That is no wish to be left alone: it is shown, and taken up
/// again once there is room (G11).
async fn no_room(app: &App, topic: TopicId, at: &IssueRef, version: i64) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    topics::filed(&mut tx, topic, version).await?;
    let sentence = format!(
        "{at} is so long that Heard's section has no room in it, so its numbers are not kept up. Shorten the text around the section, such as a pasted log; Heard goes on by itself then."
    );
    failures::note(&mut tx, follow::NO_ROOM, &topic.to_string(), &sentence, None, app.clock.now()).await?;
    app.queue.add(&mut tx, jobs::Follow { topic }).await?;
    tx.commit().await?;
    Ok(())
}

/// The issue says what the topic's `version` wants; `state` is what became of it by our own hand, and `repository` the tracker's id of
/// where it is.
async fn filed(
    app: &App,
    topic: TopicId,
    issue: &IssueSnapshot,
    state: Option<IssueState>,
    repository: Option<i64>,
    version: i64,
) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    let before = issues::of_topic(&mut tx, topic).await?;
    if !follow::store_issue(app, &mut tx, topic, issue, state, false).await? {
        if make_room(app, &mut tx, issue).await? {
            tx.commit().await?;
            return Err(Stop::Wait(LOOKS[0]));
        }
        return Err(Stop::GiveUp(format!("Issue {} belongs to another topic.", issue.at)));
    }
    issues::in_repository(&mut tx, topic, repository).await?;
    topics::filed(&mut tx, topic, version).await?;
    if before.is_none_or(|before| before.at().is_none()) {
        let reference = issue.at.to_string();
        for ticket in escalations::tickets(&mut tx, topic, NOTED).await? {
            let text = note::write(&note::Note::Filed { issue_url: &issue.url, issue: &reference });
            let key = format!("filed:{topic}:{}:{}", issue.at.number, ticket.id);
            let after = outbox::escalation_note_key(topic, ticket.id);
            outbox::note_after(app, &mut tx, &ticket, &key, &after, &text).await?;
        }
    } else {
        tell_of_more_customers(app, &mut tx, topic).await?;
    }
    app.queue.add(&mut tx, jobs::Follow { topic }).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether another topic only had an issue of this name and number: another repository was called so then. It looks for its own.
async fn make_room(app: &App, tx: &mut Tx, issue: &IssueSnapshot) -> Result<bool, Stop> {
    let holder = issues::find(tx, issue.at.repository.as_str(), issue.at.number).await?;
    let Some(holder) = holder.filter(|holder| holder.identity.is_another(issue)) else { return Ok(false) };
    if let IssueFiling::Gone { .. } = holder.filing {
        issues::is_not_there(tx, holder.topic).await?;
    } else {
        app.queue.add(tx, jobs::Follow { topic: holder.topic }).await?;
    }
    Ok(true)
}

/// Comments once the number of customers passes a threshold, unless it was passed before engineers first heard of the
/// topic.
async fn tell_of_more_customers(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Stop> {
    let unfinished = topics::get(tx, topic).await?.is_some_and(|found| !found.state.is_finished());
    let steps = milestones::of_topic(tx, topic).await?;
    let escalated = steps.iter().filter(|step| step.kind == MilestoneKind::Escalated);
    let Some(first_heard) = escalated.map(|step| step.recorded_at).min().filter(|_| unfinished) else {
        return Ok(());
    };
    let impact = impacts::get(tx, topic, app.clock.now()).await?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let before = count(topics::customers_linked_by(tx, topic, first_heard).await?);
    if let Some(threshold) = words::passed_threshold(before, count(impact.customers)) {
        let comment = words::IssueComment::Customers {
            customer_count: count(impact.customers),
            organization_count: count(impact.organizations),
        };
        let text = words::comment(&comment, &redact::KnownPeople::default());
        outbox::comment(app, tx, topic, &format!("customers:{topic}:{threshold}"), &text).await?;
    }
    Ok(())
}

/// Writes the managed section if it would say something new, and touches nothing else.
async fn keep_current(
    app: &App,
    tracker: &dyn Tracker,
    issue: &TopicIssue,
    at: &IssueRef,
    version: i64,
) -> Result<(), Stop> {
    let topic = issue.topic;
    quota::admit(app, TrackerCall::Read).await?;
    let found = follow::here(app, tracker, issue, at).await?;
    let facts = quota::call(app, tracker.repository(&found.at.repository)).await?;
    let mut conn = app.database.read().await?;
    let known = issues::of_topic(&mut conn, topic).await?;
    drop(conn);
    let is_unseen = known.as_ref().is_some_and(TopicIssue::is_adopted) && app.is_reviewed(at.repository.as_str());
    // Nobody saw what would go into an issue that a person linked, so it gets what everybody may read.
    let who = if is_unseen { words::RepositoryVisibility::Public } else { visibility(&facts) };
    let text = render(app, tracker, topic, who).await?;
    let marker = Marker::topic(&app.keys.markers, topic);
    let hash = sha256(&[text.section.as_bytes()]);
    if found.labels.iter().any(|label| label.eq_ignore_ascii_case(LEAVE_ALONE)) {
        // Nothing is written into it, and what becomes of it is followed all the same.
        let mut tx = app.database.begin().await?;
        if !is_still(&mut tx, topic, at).await? {
            return Err(Stop::Nothing);
        }
        if follow::store_issue(app, &mut tx, topic, &found, None, false).await? {
            app.queue.add(&mut tx, jobs::Follow { topic }).await?;
        }
        issues::set_quiet(&mut tx, topic, true).await?;
        tx.commit().await?;
        return Ok(());
    }
    let longest = tracker.about().body_characters;
    let ours_before = known.as_ref().is_some_and(|known| known.section_hash.is_some());
    let placed = if known.as_ref().is_some_and(|known| known.is_adopted() && known.section_hash.is_none()) {
        match section::adopt(&found.body, &text.section, &marker, longest) {
            Some(body) if body == found.body => PlacedSection::Same,
            Some(body) => PlacedSection::Changed(body),
            None => PlacedSection::NoRoom,
        }
    } else {
        section::place(&found.body, &text.section, &marker, longest)
    };
    let body = match placed {
        PlacedSection::Removed if ours_before => {
            let mut tx = app.database.begin().await?;
            issues::set_quiet(&mut tx, topic, true).await?;
            tx.commit().await?;
            info!(topic.id = %topic, "People took our section out of the issue; it is left alone");
            return Ok(());
        }
        PlacedSection::Same | PlacedSection::Removed => None,
        PlacedSection::NoRoom => return no_room(app, topic, &found.at, version).await,
        PlacedSection::Changed(body) => Some(body),
    };
    let came_back = came_back(app, tracker, topic, &found).await?;
    let is_public = visibility(&facts) == words::RepositoryVisibility::Public;
    let title = if is_public { text.title_instead_of(&found) } else { None };
    let opened = is_public && (title.is_some() || words::quotes_somebody(&found.body));
    let edit = IssueEdit { title, body, state: came_back.then_some(IssueState::Open) };
    let reopened = edit.state;
    let repository = found.at.repository.clone();
    let now_found = if edit == IssueEdit::default() {
        found
    } else {
        quota::admit(app, TrackerCall::Write).await?;
        quota::call(app, tracker.edit_issue(&IssueRef::new(found.at.repository, at.number), &edit)).await?
    };
    let mut tx = app.database.begin().await?;
    if !is_still(&mut tx, topic, at).await? {
        return Err(Stop::Nothing);
    }
    issues::wrote(&mut tx, topic, &hash).await?;
    failures::solved(&mut tx, follow::NO_ROOM, &topic.to_string()).await?;
    if opened {
        let sentence = format!(
            "{repository} can be read by everybody now. Heard took customers' words out of its issues there, but GitHub keeps every earlier text of an issue and of a title for whoever looks. Delete those issues, or make the repository private again."
        );
        failures::note(&mut tx, OPENED, repository.as_str(), &sentence, None, app.clock.now()).await?;
    } else if !is_public {
        failures::solved(&mut tx, OPENED, repository.as_str()).await?;
    }
    tx.commit().await?;
    filed(app, topic, &now_found, reopened, facts.external_id, version).await
}

/// Whether the issue was closed, as done or as not planned, before customers, or support for them, said that it is still
/// broken or wanted. An issue that engineers close after that stays closed.
async fn came_back(app: &App, tracker: &dyn Tracker, topic: TopicId, issue: &IssueSnapshot) -> Result<bool, Stop> {
    let came_to_an_end = matches!(issue.closed_as, Some(CloseReason::Completed | CloseReason::NotPlanned));
    if issue.state != IssueState::Closed || !came_to_an_end {
        return Ok(false);
    }
    let mut conn = app.database.read().await?;
    let Some(found) = topics::get(&mut conn, topic).await?.filter(|found| !found.state.is_finished()) else {
        return Ok(false);
    };
    let reopened = milestones::find(&mut conn, topic, MilestoneKind::Reopened, found.cycle).await?;
    let by_a_person = |step: &Milestone| step.by != tracker.about().word && step.by != BY_HEARD;
    Ok(reopened.is_some_and(|step| by_a_person(&step) && issue.closed_at.is_some_and(|at| at < step.at)))
}

/// Enqueues filings that a lost job left behind, and those that nobody is asked to review any more.
pub async fn stranded(app: &App) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let mut behind = topics::unfiled(&mut conn, 200).await?;
    let mut waiting = issues::in_review(&mut conn).await?;
    drop(conn);
    waiting.retain(|waits| !app.is_reviewed(waits.repository.as_str()));
    if behind.is_empty() && waiting.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for waits in waiting {
        issues::without_review(&mut tx, waits.topic).await?;
        behind.push(waits.topic);
    }
    for topic in behind {
        app.queue.add_once(&mut tx, jobs::File { topic }).await?;
    }
    tx.commit().await?;
    Ok(())
}
