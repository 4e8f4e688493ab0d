//! Follow: what becomes of an issue turns into milestones of its topic.
//!
//! A webhook only says where to look; the same look is taken by the sweep, so both give the same result (G10). A closed
//! issue is not a fix: what ships is judged in [`super::ship`] (G5). Our own writes coming back find nothing new (G7).

use std::time::Duration;

use tracing::info;

use super::{App, Error, Stop, budget, confirm, correct, effects, file, jobs, ship, tell, watch};
use crate::{
    base::clock::Time,
    github::{Found, Issue, command, command::Command, gate::Act},
    model::{
        decision::Actor,
        id::{MilestoneId, ReleaseId, TopicId},
        issue::{CloseReason, Filing, IssueState, Repository},
        milestone::{Confidence, Milestone, MilestoneKind},
        topic::{Topic, TopicState},
    },
    store::{Tx, failures, fixes, issues, milestones, topics},
};

/// Who reports a milestone that was read from GitHub.
pub const GITHUB: &str = "github";
/// How soon a look is taken again that was overtaken by another.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A step that a topic is about to take.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The step.
    pub kind: MilestoneKind,
    /// When, by the clock of whoever reported it.
    pub at: Time,
    /// Who or what said so.
    pub by: String,
    /// The release, for what shipped.
    pub release: Option<ReleaseId>,
    /// How sure.
    pub confidence: Option<Confidence>,
    /// A person's sentence for customers.
    pub words: Option<String>,
}

impl Reached {
    /// A step with nothing but its time and source.
    pub fn now(kind: MilestoneKind, at: Time, by: &str) -> Self {
        Self { kind, at, by: by.to_owned(), release: None, confidence: None, words: None }
    }
}

/// The topic takes a step: once in a cycle, with its state, its issue and its customers following. False when it had taken
/// it, or cannot from where it is.
pub async fn reached(app: &App, tx: &mut Tx, topic: &Topic, step: Reached) -> Result<bool, Error> {
    let next = topic.state.after(step.kind);
    let stays = matches!(step.kind, MilestoneKind::Workaround | MilestoneKind::Correction | MilestoneKind::Silence);
    if next.is_none() && !stays {
        return Ok(false);
    }
    let cycle = if step.kind == MilestoneKind::Reopened { topic.cycle + 1 } else { topic.cycle };
    let now = app.clock.now();
    let milestone = Milestone {
        id: MilestoneId::generate(now),
        topic: topic.id,
        kind: step.kind,
        cycle,
        at: step.at,
        release: step.release,
        confidence: step.confidence,
        words: step.words,
        by: step.by,
        recorded_at: now,
    };
    if !milestones::add(tx, &milestone).await? {
        return Ok(false);
    }
    if step.kind == MilestoneKind::Reopened {
        // The sentence for customers was about a fix that did not hold, or a decline that does not.
        topics::set_summary(tx, topic.id, None).await?;
    }
    if let Some(next) = next {
        topics::set_state(tx, topic.id, next, cycle).await?;
        tell::overtake(tx, topic, next).await?;
    }
    if matches!(step.kind, MilestoneKind::Escalated | MilestoneKind::Reopened) {
        watch::promise(app, tx, &milestone).await?;
    }
    file::wanted(app, tx, topic.id).await?;
    app.queue.add(tx, jobs::Tell { topic: topic.id }).await?;
    metrics::counter!("heard_milestones_total", "kind" => step.kind.as_str()).increment(1);
    info!(topic.id = %topic.id, milestone = %step.kind, cycle, "A topic took a step");
    Ok(true)
}

/// Looks at the issue of a topic.
pub async fn run(app: &App, id: TopicId) -> Result<(), Stop> {
    let Some(github) = &app.github else { return Ok(()) };
    let mut conn = app.database.read().await?;
    let issue = issues::of_topic(&mut conn, id).await?;
    drop(conn);
    let Some(issue) = issue.filter(|issue| issue.filing == Filing::Filed) else { return Err(Stop::Nothing) };
    let (Some(repository), Some(number)) = (Repository::parse(&issue.repository), issue.number) else { return Ok(()) };
    budget::admit(app, Act::Read).await?;
    let found = match budget::call(app, github.issue(&repository, number)).await? {
        Found::Here(found) => found,
        Found::Moved { repository, number } => return moved(app, id, &repository, number).await,
        Found::Gone => return gone(app, id).await,
    };
    let set = budget::call(app, github.fix_set(&found.repository, number)).await?;
    let fixed: Vec<fixes::Fix> = set
        .fixes
        .iter()
        .map(|fix| fixes::Fix {
            topic: id,
            repository: fix.repository.to_string(),
            sha: fix.sha.clone(),
            pull_request: fix.pull_request,
            how: format!("{:?}", fix.how),
            sure: fix.sure && set.doubts.is_empty(),
            merged_at: fix.merged_at,
            stands_for: fix.stands_for.clone(),
            reverted_by: fix.reverted_by.clone(),
        })
        .collect();
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, id).await? else { return Ok(()) };
    // Somebody else looked while we did, and may have seen something newer: an old "open" over their "closed" would read
    // as a reopening.
    if issues::of_topic(&mut tx, id).await?.as_ref() != Some(&issue) {
        return Err(Stop::Wait(LOOK_AGAIN));
    }
    let was = issue.state;
    if !store_issue(app, &mut tx, id, &found, Some(found.state)).await? {
        return Ok(());
    }
    fixes::replace(&mut tx, id, &fixed).await?;
    progress(app, &mut tx, topic, &found, was, !set.open_pull_requests.is_empty(), &fixed).await?;
    app.queue.add(&mut tx, jobs::Ship { topic: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// The milestones that follow from the issue's state.
async fn progress(
    app: &App,
    tx: &mut Tx,
    topic: Topic,
    found: &Issue,
    was: Option<IssueState>,
    pull_request_open: bool,
    fixed: &[fixes::Fix],
) -> Result<(), Error> {
    let at = found.updated_at;
    let mut topic = topic;
    if found.state == IssueState::Open && was == Some(IssueState::Closed) {
        reached(app, tx, &topic, Reached::now(MilestoneKind::Reopened, at, GITHUB)).await?;
        topic = again(tx, topic).await?;
    }
    if found.milestone.is_some() {
        reached(app, tx, &topic, Reached::now(MilestoneKind::Planned, at, GITHUB)).await?;
        topic = again(tx, topic).await?;
    }
    if found.state == IssueState::Open && (pull_request_open || !found.assignees.is_empty()) {
        reached(app, tx, &topic, Reached::now(MilestoneKind::InProgress, at, GITHUB)).await?;
        topic = again(tx, topic).await?;
    }
    let begun = ship::counts_from(tx, &topic).await?;
    let merged: Vec<Time> =
        fixed.iter().filter(|fix| fix.reverted_by.is_none()).filter_map(|fix| fix.merged_at).collect();
    if let Some(merged_at) = merged.iter().max()
        && begun.is_none_or(|begun| *merged_at > begun)
    {
        reached(app, tx, &topic, Reached::now(MilestoneKind::FixMerged, *merged_at, GITHUB)).await?;
        topic = again(tx, topic).await?;
    }
    match (found.state, found.closed_as()) {
        (IssueState::Closed, Some(CloseReason::NotPlanned)) => {
            let declined = Reached::now(MilestoneKind::Declined, found.closed_at.unwrap_or(at), GITHUB);
            reached(app, tx, &topic, declined).await?;
        }
        (IssueState::Closed, Some(CloseReason::Duplicate)) if !topic.state.is_finished() => {
            let sentence = format!(
                "Issue {}#{} was closed as a duplicate. Merge its topic into the topic of the issue it repeats; nobody is told anything meanwhile.",
                found.repository, found.number
            );
            failures::note(tx, "duplicate", &topic.id.to_string(), &sentence, None, app.clock.now()).await?;
        }
        _ => failures::solved(tx, "duplicate", &topic.id.to_string()).await?,
    }
    Ok(())
}

async fn again(tx: &mut Tx, topic: Topic) -> Result<Topic, Error> {
    Ok(topics::get(tx, topic.id).await?.unwrap_or(topic))
}

/// Takes over what GitHub says of an issue. False when another topic has it.
///
/// Whether it is open is taken over where `state` says so: by the look that turns a change of it into milestones, and by
/// whoever changed it.
pub async fn store_issue(
    app: &App,
    tx: &mut Tx,
    topic: TopicId,
    issue: &Issue,
    state: Option<IssueState>,
) -> Result<bool, crate::store::StoreError> {
    let seen = issues::Seen {
        repository: issue.repository.as_str(),
        number: issue.number,
        github_id: issue.id,
        url: &issue.url,
        title: &issue.title,
        state,
        state_reason: issue.closed_as(),
        changed_at: issue.updated_at,
    };
    issues::seen(tx, topic, &seen, app.clock.now()).await
}

/// Looks at an issue by its number: a webhook named it.
pub async fn look(app: &App, repository: &str, number: i64) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let known = issues::find(&mut conn, repository, number).await?;
    drop(conn);
    match known {
        Some(issue) => run(app, issue.topic).await,
        None => Ok(()),
    }
}

/// The issue was transferred: it is followed to where it is now.
pub async fn moved(app: &App, topic: TopicId, repository: &Repository, number: i64) -> Result<(), Stop> {
    let Some(github) = &app.github else { return Ok(()) };
    let found = github.issue(repository, number).await.map_err(|trouble| Stop::github(trouble, app.clock.now()))?;
    let Found::Here(found) = found else { return gone(app, topic).await };
    let mut tx = app.database.begin().await?;
    if store_issue(app, &mut tx, topic, &found, None).await? {
        topics::set_repository(&mut tx, topic, found.repository.as_str()).await?;
        app.queue.add(&mut tx, jobs::Follow { topic }).await?;
        app.queue.add(&mut tx, jobs::File { topic }).await?;
    }
    tx.commit().await?;
    info!(topic.id = %topic, repository = %found.repository, number, "Followed a transferred issue");
    Ok(())
}

/// The issue was deleted, or is out of our sight: shown, and a person decides (G11).
pub async fn gone(app: &App, topic: TopicId) -> Result<(), Stop> {
    let why = "It was deleted, or Heard may not see it any more.";
    let mut tx = app.database.begin().await?;
    issues::ended(&mut tx, topic, Filing::Gone, why).await?;
    tx.commit().await?;
    Err(Stop::GiveUp(format!("The topic's issue is gone: {why} Try again files a new one.")))
}

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
        Command::Shipped(version) => ship::state_shipped(app, issue.topic, &version, actor).await.map(drop),
        Command::Workaround(words) => workaround(app, issue.topic, &words, actor).await.map(drop),
        Command::Kind(kind) => correct::set_kind(app, issue.topic, kind, actor).await.map(drop),
        Command::Merge { repository: elsewhere, number } => {
            let home = elsewhere.as_ref().unwrap_or(repository);
            let mut conn = app.database.read().await?;
            let other = issues::find(&mut conn, home.as_str(), number).await?;
            drop(conn);
            match other {
                Some(other) => correct::merge(app, issue.topic, other.topic, actor).await.map(drop),
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
        effects::comment(app, &mut tx, issue.topic, &format!("refused:{comment}"), sentence).await?;
        tx.commit().await?;
        return Ok(());
    }
    Ok(done?)
}

async fn lock(app: &App, topic: TopicId) -> Result<(Tx, Topic), Error> {
    let missing = || Error::NotFound(format!("There is no topic {topic}."));
    let mut tx = app.database.begin().await?;
    let current = topics::current(&mut tx, topic).await?.ok_or_else(missing)?;
    let found = topics::lock(&mut tx, current.id).await?.ok_or_else(missing)?;
    Ok((tx, found))
}

/// A person says there is a way around. It waits for support's approval unless the policy sends it.
pub async fn workaround(app: &App, topic: TopicId, words: &str, actor: &Actor) -> Result<TopicId, Error> {
    let words = sentence(words)?;
    let (mut tx, found) = lock(app, topic).await?;
    let step =
        Reached { words: Some(words), ..Reached::now(MilestoneKind::Workaround, app.clock.now(), actor.as_str()) };
    if !reached(app, &mut tx, &found, step).await? {
        return Err(Error::Refused("The topic has a workaround already; edit its updates instead.".to_owned()));
    }
    tx.commit().await?;
    Ok(found.id)
}

/// A person decides against it, with the reason that customers will read. Each text waits for approval.
pub async fn decline(app: &App, topic: TopicId, words: &str, actor: &Actor) -> Result<TopicId, Error> {
    let words = sentence(words)?;
    let (mut tx, found) = lock(app, topic).await?;
    if found.state == TopicState::Declined {
        // GitHub said so first, without words: the person's are what its drafts were waiting for.
        if let Some(declined) = milestones::find(&mut tx, found.id, MilestoneKind::Declined, found.cycle).await? {
            milestones::set_words(&mut tx, declined.id, &words).await?;
            tell::compose::write_anew(app, &mut tx, declined.id).await?;
        }
    } else {
        let step =
            Reached { words: Some(words), ..Reached::now(MilestoneKind::Declined, app.clock.now(), actor.as_str()) };
        if !reached(app, &mut tx, &found, step).await? {
            return Err(Error::Refused("The topic has shipped; reopen it first.".to_owned()));
        }
    }
    tx.commit().await?;
    Ok(found.id)
}

fn sentence(words: &str) -> Result<String, Error> {
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(1_000).collect();
    if words.is_empty() {
        return Err(Error::Refused("Say it in a sentence that customers can read.".to_owned()));
    }
    Ok(words)
}

/// The topic came back: a customer says it is still broken, or a person reopens it.
pub async fn reopen(app: &App, tx: &mut Tx, topic: &Topic, by: &str) -> Result<bool, Error> {
    let reopened = reached(app, tx, topic, Reached::now(MilestoneKind::Reopened, app.clock.now(), by)).await?;
    if reopened {
        confirm::hold_back(tx, topic).await?;
    }
    Ok(reopened)
}
