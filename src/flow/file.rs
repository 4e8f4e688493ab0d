//! File: creates a topic's one issue and keeps its section current (G3, one open issue per topic; G6, nothing private
//! leaves).
//!
//! The intent is a row before the call is made. If the answer to a creation was lost, we look for the issue by our
//! marker, and create it again only after several looks found nothing. What the issue says is a function of the topic:
//! the same facts give the same text, and the same text is not written again.

use std::time::Duration;

use tracing::{info, warn};

use super::{
    advance::sync_issue,
    app::App,
    error::{Error, Stop},
    follow, jobs, outbox, quota,
};
use crate::{
    base::signature::sha256,
    model::{
        id::TopicId,
        impact::Impact,
        issue::{
            CloseReason, IssueEdit, IssueFiling, IssueLookup, IssueRef, IssueSnapshot, IssueState, NewIssue, TopicIssue,
        },
        milestone::{BY_HEARD, Milestone, MilestoneKind},
        tracker::{RepositoryFacts, error::TrackerError},
    },
    settings::RoutedTopic,
    store::{
        Tx, confirmations, customers, escalations, failures, issues, leases, milestones, tickets, topics, updates,
    },
    tracker::{
        Marker, Tracker,
        rate_limiter::TrackerCall,
        section::{self, PlacedSection},
    },
    wording::{issue as words, named, note, quote, redact, reply},
};

/// How long one run may file a topic while the others wait.
const LEASE_SPAN: Duration = Duration::from_secs(30);
/// How long a run waits for another to end.
const TURN: Duration = Duration::from_millis(500);
/// After an unclear creation, we look in the list after these times. Lists lag by minutes at worst.
const LOOKS: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(30), Duration::from_mins(2)];
/// How many of the escalated tickets get a note that the issue exists.
const NOTED: i64 = 50;
/// The label that tells us to leave an issue alone.
const LEAVE_ALONE: &str = "no-heard";

/// Records the intent to file the topic's issue, in the transaction of the escalation. Calling it twice is harmless.
pub async fn intend(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    if app.tracker.is_none() {
        return Ok(());
    }
    let Some(found) = topics::get(tx, topic).await? else { return Ok(()) };
    let members = tickets::of_topic(tx, topic).await?;
    let tags: Vec<String> = members.iter().flat_map(|ticket| ticket.tags.iter().cloned()).collect();
    let asked = RoutedTopic { brand: found.brand.as_deref(), kind: found.kind, tags: &tags };
    let Some(repository) = app.settings.repository_for(&asked) else { return Ok(()) };
    if issues::want(tx, topic, repository.name.as_str()).await? {
        topics::set_repository(tx, topic, repository.name.as_str()).await?;
    }
    sync_issue(app, tx, topic).await
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
    drop(conn);
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
        return keep_current(app, tracker, topic, &at, version).await;
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
    let attempted_at = match issue.filing {
        IssueFiling::Unclear { since } => Some(since),
        _ => None,
    };
    if let Some(since) = attempted_at {
        let marker = Marker::topic(&app.keys.markers, topic);
        let found = tracker.find_issue(&facts.name, &marker, since.minus(Duration::from_mins(5))).await;
        if let Some(found) = found.map_err(|error| Stop::tracker(error, now))? {
            info!(topic.id = %topic, number = found.at.number, "Found the issue whose creation had been unclear");
            return filed(app, topic, &found, Some(found.state), version).await;
        }
        let age = now.since(since);
        if let Some(next) = LOOKS.iter().find(|look| age < **look) {
            return Err(Stop::Wait(next.saturating_sub(age).max(Duration::from_millis(200))));
        }
    }
    let text = render(app, tracker, topic, visibility(&facts)).await?;
    let marker = Marker::topic(&app.keys.markers, topic);
    let body = section::fresh(&text.section, &marker, tracker.about().body_characters);
    let labels = app.settings.repositories.iter().find(|one| one.name == *repository).map(|one| one.labels.clone());
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
            filed(app, topic, &found, Some(found.state), version).await
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

/// The issue says what the topic's `version` wants; `state` is what became of it by our own hand.
async fn filed(
    app: &App,
    topic: TopicId,
    issue: &IssueSnapshot,
    state: Option<IssueState>,
    version: i64,
) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    let before = issues::of_topic(&mut tx, topic).await?;
    if !follow::store_issue(app, &mut tx, topic, issue, state).await? {
        return Err(Stop::GiveUp(format!("Issue {} belongs to another topic.", issue.at)));
    }
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

/// Comments once the number of customers passes a threshold, unless it was passed before engineers first heard of the
/// topic.
async fn tell_of_more_customers(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Stop> {
    let unfinished = topics::get(tx, topic).await?.is_some_and(|found| !found.state.is_finished());
    let steps = milestones::of_topic(tx, topic).await?;
    let escalated = steps.iter().filter(|step| step.kind == MilestoneKind::Escalated);
    let Some(first_heard) = escalated.map(|step| step.recorded_at).min().filter(|_| unfinished) else {
        return Ok(());
    };
    let impact = topics::impact(tx, topic, app.clock.now()).await?;
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
    topic: TopicId,
    at: &IssueRef,
    version: i64,
) -> Result<(), Stop> {
    quota::admit(app, TrackerCall::Read).await?;
    let found = match quota::call(app, tracker.issue(at)).await? {
        IssueLookup::Here(found) => found,
        IssueLookup::Moved(there) => return follow::moved(app, topic, &there).await,
        IssueLookup::Gone => return follow::gone(app, topic).await,
    };
    let facts = quota::call(app, tracker.repository(&found.at.repository)).await?;
    let text = render(app, tracker, topic, visibility(&facts)).await?;
    let marker = Marker::topic(&app.keys.markers, topic);
    let hash = sha256(&[text.section.as_bytes()]);
    if found.labels.iter().any(|label| label.eq_ignore_ascii_case(LEAVE_ALONE)) {
        // Nothing is written into it, and what becomes of it is followed all the same.
        let mut tx = app.database.begin().await?;
        if follow::store_issue(app, &mut tx, topic, &found, None).await? {
            app.queue.add(&mut tx, jobs::Follow { topic }).await?;
        }
        issues::set_quiet(&mut tx, topic, true).await?;
        tx.commit().await?;
        return Ok(());
    }
    let mut conn = app.database.read().await?;
    let known = issues::of_topic(&mut conn, topic).await?;
    drop(conn);
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
    let edit = IssueEdit { body, state: came_back.then_some(IssueState::Open) };
    let reopened = edit.state;
    let now_found = if edit == IssueEdit::default() {
        found
    } else {
        quota::admit(app, TrackerCall::Write).await?;
        quota::call(app, tracker.edit_issue(&IssueRef::new(found.at.repository, at.number), &edit)).await?
    };
    let mut tx = app.database.begin().await?;
    issues::wrote(&mut tx, topic, &hash).await?;
    failures::solved(&mut tx, follow::NO_ROOM, &topic.to_string()).await?;
    tx.commit().await?;
    filed(app, topic, &now_found, reopened, version).await
}

/// Whether the issue was closed as done before customers, or support for them, said that it is still broken. An issue
/// that engineers close after that stays closed.
async fn came_back(app: &App, tracker: &dyn Tracker, topic: TopicId, issue: &IssueSnapshot) -> Result<bool, Stop> {
    if (issue.state, issue.closed_as) != (IssueState::Closed, Some(CloseReason::Completed)) {
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

/// The issue as it should read now.
struct Rendered {
    title: String,
    section: String,
}

/// Who can read the issue.
fn visibility(facts: &RepositoryFacts) -> words::RepositoryVisibility {
    if facts.private { words::RepositoryVisibility::Private } else { words::RepositoryVisibility::Public }
}

async fn render(
    app: &App,
    tracker: &dyn Tracker,
    topic: TopicId,
    visibility: words::RepositoryVisibility,
) -> Result<Rendered, Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let Some(found) = topics::get(&mut conn, topic).await? else {
        return Err(Stop::GiveUp(format!("There is no topic {topic}.")));
    };
    let impact = topics::impact(&mut conn, topic, now).await?;
    // After it was reopened, what was said of the fix before is what engineers have to know, until another ships.
    let mut cycle = found.cycle;
    let mut told = updates::told(&mut conn, topic, cycle).await?;
    if told.told == 0 && told.confirmed + told.still_broken == 0 && cycle > 0 {
        cycle -= 1;
        told = updates::told(&mut conn, topic, cycle).await?;
    }
    let broken = confirmations::still_broken_words(&mut conn, topic, cycle, words::QUOTES_MAX).await?;
    let members = tickets::of_topic(&mut conn, topic).await?;
    let mut people: Vec<(String, Option<String>)> = Vec::new();
    let mut companies: Vec<String> = Vec::new();
    let mut spoken: Vec<String> = Vec::new();
    let mut bodies: Vec<String> = Vec::new();
    for (place, ticket) in members.iter().enumerate() {
        if let Some(customer) = customers::get(&mut conn, ticket.customer).await? {
            people.push((customer.name, customer.email));
        }
        if let Some(agent) = &ticket.agent_name {
            people.push((agent.clone(), None));
        }
        if let Some(organization) = ticket.organization
            && let Some(organization) = customers::get_organization(&mut conn, organization).await?
        {
            companies.push(organization.name);
        }
        if (place < TICKETS_READ || spoken.len() < words::QUOTES_MAX)
            && let Some(body) = tickets::first_words(&mut conn, ticket.id).await?
        {
            if spoken.len() < words::QUOTES_MAX && !reply::is_automatic(&ticket.subject, &body) {
                spoken.extend(quote::best(&body, &found.title, QUOTE_CHARACTERS));
            }
            bodies.push(body);
        }
    }
    drop(conn);
    let names: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
    let emails: Vec<&str> = people.iter().filter_map(|(_, email)| email.as_deref()).collect();
    let organizations: Vec<&str> = companies.iter().map(String::as_str).collect();
    // Only exactly this address may stay: an id in any other would be taken for a key.
    let console_url = app.link(&format!("/topics/{topic}"));
    let own_urls = [console_url.as_str()];
    let known =
        redact::KnownPeople { names: &names, organizations: &organizations, emails: &emails, own_urls: &own_urls };
    let quotes: Vec<String> = match visibility {
        words::RepositoryVisibility::Public => Vec::new(),
        words::RepositoryVisibility::Private => {
            spoken.iter().map(|spoken| tracker.neutral(&redact::redact(spoken, &known).text)).collect()
        }
    };
    let broken: Vec<String> = broken
        .iter()
        .filter_map(|said| quote::best(said, &found.title, QUOTE_CHARACTERS))
        .map(|said| redact::without_capitals(&redact::redact(&said, &known).text, &found.title))
        .map(|said| tracker.neutral(&said))
        .collect();
    let texts = || bodies.iter().map(String::as_str);
    let (versions, platforms) = (named::versions(texts()), named::platforms(texts()));
    let (versions, platforms): (Vec<&str>, Vec<&str>) =
        (versions.iter().map(String::as_str).collect(), platforms.iter().map(String::as_str).collect());
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let facts = words::IssueFacts {
        kind: found.kind,
        title: &found.title,
        known,
        customer_count: count(impact.customers),
        organization_count: count(impact.organizations),
        ticket_count: count(impact.tickets),
        trend: trend(&impact),
        first_seen_at: found.first_seen_at,
        last_seen_at: found.last_seen_at,
        versions: &versions,
        platforms: &platforms,
        quotes: &quotes,
        console_url: &console_url,
        confirmed_count: count(told.confirmed),
        still_broken_count: count(told.still_broken),
        still_broken_quotes: &broken,
    };
    let title = tracker.neutral_title(&words::title(&facts, visibility));
    let section = words::section(&facts, visibility);
    // A mechanical gate behind the redaction: text in which it still finds something is not sent (G6).
    let ours = words::our_own_words(&facts, visibility);
    for text in [&title, &section] {
        redact::check_beside(&ours, text, &known).map_err(|found| {
            Stop::GiveUp(format!(
                "The issue's text still holds {found:?} and was not sent; give the topic a title without it."
            ))
        })?;
    }
    Ok(Rendered { title, section })
}

/// How many of the newest tickets are read for versions and platforms.
const TICKETS_READ: usize = 100;

/// The longest quotation in an issue.
const QUOTE_CHARACTERS: usize = 240;

fn trend(impact: &Impact) -> Option<words::Trend> {
    const ENOUGH: i64 = 4;
    if impact.recent + impact.before < ENOUGH {
        return None;
    }
    Some(if impact.recent * 2 > impact.before * 3 {
        words::Trend::Rising
    } else if impact.recent * 3 < impact.before * 2 {
        words::Trend::Falling
    } else {
        words::Trend::Steady
    })
}

/// Enqueues filings that a lost job left behind.
pub async fn stranded(app: &App) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let behind = topics::unfiled(&mut conn, 200).await?;
    drop(conn);
    if behind.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for topic in behind {
        app.queue.add(&mut tx, jobs::File { topic }).await?;
    }
    tx.commit().await?;
    Ok(())
}
