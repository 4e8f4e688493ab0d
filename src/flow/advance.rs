//! Advance: moves a topic one step on its way back to its customers, and enqueues everything that follows from it.
//!
//! Steps, people's buttons and the outbox's echoes all end here, so a topic's state, issue, promises and updates change
//! together, in the caller's transaction.

use tracing::info;

use super::{app::App, error::Error, jobs, tell::waiting::STILL_BROKEN};
use crate::{
    base::clock::Time,
    model::{
        id::{MilestoneId, PromiseId, ReleaseId, TopicId},
        milestone::{BY_HEARD, Confidence, Milestone, MilestoneKind, StateChange},
        topic::{Topic, TopicState},
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{
        Session, StoreError, Tx, failures, issues, likely_members, milestones, outbox,
        promises::{self, Promise},
        releases, topics, update_moves, updates,
    },
};

/// Under which names it is shown what a person has to say or set right while a topic is not finished: that its issue was
/// closed as done and no commit fixed it, as a duplicate, or by a machine, and that it or its fix is in a repository that the
/// settings do not name.
pub const CLOSED_WITHOUT_CODE: &str = "closed_without_code";
pub const CLOSED_AS_DUPLICATE: &str = "duplicate";
pub const CLOSED_BY_MACHINE: &str = "closed_by_machine";
pub const UNNAMED_REPOSITORY: &str = "unnamed_repository";
/// What is doubted of a fix whose topic was merged into one without any.
const OTHER_IS_UNFIXED: &str = "its topic is part of another one now, whose fix is not out";
/// Under which name it is shown that an issue is left alone which may quote words that were taken back.
const LEFT_ALONE: &str = "left_alone";

/// How it is said of an update that its release is gone.
const WITHDRAWN: &str = "was withdrawn before this was sent.";
/// And so, that its release is not for everybody any more.
const EARLY_AGAIN: &str = "was made a prerelease before this was sent.";

/// A step that a topic is about to take.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which step.
    pub kind: MilestoneKind,
    /// When, by the reporter's clock.
    pub at: Time,
    /// Who or what said so.
    pub by: String,
    /// The release, for what shipped.
    pub release: Option<ReleaseId>,
    /// How sure we are.
    pub confidence: Option<Confidence>,
    /// What is not certain about it.
    pub doubt: Option<String>,
    /// A person's sentence for customers.
    pub words: Option<String>,
}

impl Step {
    /// A step with nothing but its time and source.
    pub fn now(kind: MilestoneKind, at: Time, by: &str) -> Self {
        Self { kind, at, by: by.to_owned(), release: None, confidence: None, doubt: None, words: None }
    }
}

/// Takes the topic one step further, at most once per cycle. Its state, its issue and its customers follow. False if it
/// had taken the step already, or cannot take it from where it is.
pub async fn take_step(app: &App, tx: &mut Tx, topic: &Topic, step: Step) -> Result<bool, Error> {
    let next = topic.state.after(step.kind);
    if next.is_none() && step.kind.rules().state != StateChange::Stays {
        return Ok(false);
    }
    let now = app.clock.now();
    let cycle = if step.kind == MilestoneKind::Reopened { topic.cycle + 1 } else { topic.cycle };
    let milestone = Milestone {
        id: MilestoneId::generate(now),
        topic: topic.id,
        kind: step.kind,
        cycle,
        at: step.at,
        recorded_at: now,
        release: step.release,
        confidence: step.confidence,
        doubt: step.doubt,
        words: step.words,
        by: step.by,
    };
    if !milestones::add(tx, &milestone).await? {
        return Ok(false);
    }
    if step.kind == MilestoneKind::Reopened {
        // The sentence for customers was about a fix that did not hold, or about a decline that was taken back.
        topics::set_summary(tx, topic.id, None).await?;
        let why = "It was opened again before this was sent.";
        update_moves::cancel_unsent_of_kind(tx, topic.id, MilestoneKind::Declined, topic.cycle, why).await?;
    }
    if step.kind == MilestoneKind::Shipped && step.confidence != Some(Confidence::Likely) {
        needs_no_correction(tx, topic).await?;
    }
    if let Some(next) = next {
        topics::set_state(tx, topic.id, next, cycle).await?;
        if step.kind != MilestoneKind::Joined {
            // Whoever merges settles the two topics once they are one.
            likely_members::settle(tx, topic.id).await?;
        }
        cancel_overtaken(tx, topic, next, now).await?;
        if next.is_finished() {
            for work in [CLOSED_WITHOUT_CODE, CLOSED_AS_DUPLICATE, CLOSED_BY_MACHINE, UNNAMED_REPOSITORY] {
                failures::solved(tx, work, &topic.id.to_string()).await?;
            }
        }
    }
    if step.kind.rules().promises_an_answer {
        promise_an_answer(app, tx, &milestone).await?;
    }
    sync_issue(app, tx, topic.id).await?;
    app.queue.add(tx, jobs::Tell { topic: topic.id }).await?;
    metrics::counter!("heard_milestones_total", "kind" => step.kind.as_str()).increment(1);
    info!(topic.id = %topic.id, milestone = %step.kind, cycle, "A topic took a step");
    Ok(true)
}

/// The step by which a topic's cycle began, if what had shipped was not out any more.
pub async fn gone_again(session: &mut impl Session, topic: &Topic) -> Result<Option<Milestone>, StoreError> {
    let reopened = milestones::find(session, topic.id, MilestoneKind::Reopened, topic.cycle).await?;
    Ok(reopened.filter(|step| step.by == BY_HEARD))
}

/// What had gone away is out again: that is certain, or a person said so. Nobody who was told needs a correction any more.
pub async fn needs_no_correction(tx: &mut Tx, topic: &Topic) -> Result<(), Error> {
    if gone_again(tx, topic).await?.is_some() {
        let why = "What had gone away is out again.";
        update_moves::cancel_unsent_of_kind(tx, topic.id, MilestoneKind::Correction, topic.cycle - 1, why).await?;
    }
    Ok(())
}

/// Reopens the topic: a customer says it is still broken, or a person reopens it. Unsent updates about the fix wait for
/// a person.
pub async fn reopen(app: &App, tx: &mut Tx, topic: &Topic, by: &str) -> Result<bool, Error> {
    let reopened = take_step(app, tx, topic, Step::now(MilestoneKind::Reopened, app.clock.now(), by)).await?;
    if reopened {
        hold_back_the_fix(tx, topic).await?;
    }
    Ok(reopened)
}

async fn hold_back_the_fix(tx: &mut Tx, topic: &Topic) -> Result<(), Error> {
    // Also those that a merge carried over, whose step is the other topic's.
    for update in updates::of_topic(tx, topic.id).await? {
        if update.kind == MilestoneKind::Shipped && update.state() == UpdateState::Held {
            let waits = UpdateStanding::Draft(STILL_BROKEN.to_owned());
            updates::turn(tx, update.id, UpdateState::Held, &waits).await?;
        }
    }
    Ok(())
}

/// An update that was not sent yet is cancelled when the topic has moved past it.
async fn cancel_overtaken(tx: &mut Tx, topic: &Topic, next: TopicState, now: Time) -> Result<(), Error> {
    for kind in MilestoneKind::ALL.iter().filter(|kind| kind.rules().overtaken_by.contains(&next)) {
        let why = format!("The topic is {next} by now.");
        update_moves::cancel_unsent_of_kind(tx, topic.id, *kind, topic.cycle, &why).await?;
        // So is a note for agents: where the customer is told, they read it there.
        let notes = format!("reached:{}:{kind}:{}:", topic.id, topic.cycle);
        outbox::drop_notes_that_begin(tx, &notes, now).await?;
    }
    Ok(())
}

/// A topic that was escalated or came back owes its customers an answer. Calling this twice is harmless.
async fn promise_an_answer(app: &App, tx: &mut Tx, step: &Milestone) -> Result<(), Error> {
    let Some(silence) = app.settings.tell.silence else { return Ok(()) };
    let now = app.clock.now();
    let what = match step.cycle {
        0 => "Answer its customers".to_owned(),
        1 => "Answer its customers after it came back".to_owned(),
        times => format!("Answer its customers after it came back {times} times"),
    };
    let promise = Promise {
        id: PromiseId::generate(now),
        topic: step.topic,
        what,
        due_at: now.plus(silence),
        kept_at: None,
        made_by: step.by.clone(),
    };
    Ok(promises::make(tx, &promise).await?)
}

/// Asks for the topic's issue to be brought up to date, if there is one or one is wanted.
pub async fn sync_issue(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    if issues::of_topic(tx, topic).await?.is_some() {
        topics::want(tx, topic).await?;
        app.queue.add(tx, jobs::File { topic }).await?;
    }
    Ok(())
}

/// As [`sync_issue`], because words were taken back that the issue may quote. What it is left alone in cannot be written, so a
/// person is asked to (G6, nothing private leaves; G11, nothing fails silently).
pub async fn take_words_back(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    let issue = issues::of_topic(tx, topic).await?;
    let left_alone = issue.filter(|issue| issue.quiet);
    if let Some(at) = left_alone.and_then(|issue| issue.at()) {
        let sentence = format!(
            "{at} is left alone, as somebody asked, and may quote a customer's words that were taken back since. Look there, and take them out."
        );
        failures::note(tx, LEFT_ALONE, &topic.to_string(), &sentence, None, app.clock.now()).await?;
    }
    sync_issue(app, tx, topic).await
}

/// The likely members of a topic are others than before: its issue counts them, and where the settings say so they are told.
pub async fn likely_changed(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    sync_issue(app, tx, topic).await?;
    if app.settings.tell.likely_above.is_some() {
        replan_updates(app, tx, topic).await?;
    }
    Ok(())
}

/// Plans the topic's updates again, because tickets came or went and other customers may have to be told.
pub async fn replan_updates(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    let Some(found) = topics::get(tx, topic).await? else { return Ok(()) };
    if found.state != TopicState::Open {
        app.queue.add(tx, jobs::Tell { topic }).await?;
    }
    Ok(())
}

/// The time from which a fix counts: what was merged before customers or engineers said that it came back did not fix it.
/// That a release went away says nothing against the fix.
pub async fn fixes_count_from(tx: &mut Tx, topic: &Topic) -> Result<Option<Time>, Error> {
    for cycle in (1..=topic.cycle).rev() {
        match milestones::find(tx, topic.id, MilestoneKind::Reopened, cycle).await? {
            Some(reopened) if reopened.by == BY_HEARD => {}
            Some(reopened) => return Ok(Some(reopened.at)),
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// Whether an update was cancelled because its release did not stand any more.
pub fn fell_with_its_release(standing: &UpdateStanding) -> bool {
    let UpdateStanding::Cancelled(why) = standing else { return false };
    why.lines().next().is_some_and(|why| why.ends_with(WITHDRAWN) || why.ends_with(EARLY_AGAIN))
}

/// Why the release that a step names does not stand any more.
async fn why_its_release_fell(app: &App, tx: &mut Tx, step: &Milestone) -> Result<Option<String>, Error> {
    let Some(release) = step.release else { return Ok(None) };
    let Some(release) = releases::get(tx, release).await? else { return Ok(None) };
    if release.withdrawn_at.is_some() {
        return Ok(Some(format!("Release {} {WITHDRAWN}", release.version)));
    }
    let is_for_everybody =
        !release.prerelease || app.repository(&release.repository).is_none_or(|settings| settings.include_prereleases);
    let is_stated = step.confidence == Some(Confidence::Stated);
    Ok((!is_for_everybody && !is_stated).then(|| format!("Release {} {EARLY_AGAIN}", release.version)))
}

/// Why what an update tells of no longer holds, asked just before it is told. `None` if it still holds.
pub async fn why_it_fell(app: &App, tx: &mut Tx, update: &Update) -> Result<Option<String>, Error> {
    let Some(milestone) = milestones::get(tx, update.milestone).await? else {
        return Ok(Some("What it told of was taken back.".to_owned()));
    };
    if let Some(why) = why_its_release_fell(app, tx, &milestone).await? {
        return Ok(Some(why));
    }
    let Some(topic) = topics::get(tx, milestone.topic).await? else { return Ok(None) };
    if milestone.kind == MilestoneKind::Joined && topic.merged_into.is_none() {
        return Ok(Some("The topics were parted again before this was sent.".to_owned()));
    }
    let current = topics::current(tx, topic.id).await?.unwrap_or(topic);
    if milestone.kind.rules().overtaken_by.contains(&current.state) {
        return Ok(Some(format!("The topic is {} by now.", current.state)));
    }
    if milestone.kind == MilestoneKind::Declined && current.state != TopicState::Declined {
        return Ok(Some(format!("It is not declined any more: the topic is {} by now.", current.state)));
    }
    // The topic that it is in by now, whichever topic's step it tells of: nothing more becomes known of a merged one.
    if milestone.kind == MilestoneKind::Shipped && update_moves::is_of_an_earlier_cycle(tx, update.id).await? {
        return Ok(Some("The topic was reopened before this was sent.".to_owned()));
    }
    Ok(None)
}

/// What is not certain by now about the fix that an update tells of, whether or not a person knows it. Of a topic that was merged
/// nothing more becomes known, so the one that carries on is asked, and the other too unless it is certain of the same release.
pub async fn doubt_about(tx: &mut Tx, update: &Update) -> Result<Option<String>, Error> {
    let doubt = |step: &Milestone| {
        let doubted = step.confidence == Some(Confidence::Likely);
        doubted.then(|| step.doubt.clone().unwrap_or_else(|| "nobody can say".to_owned()))
    };
    if update.kind != MilestoneKind::Shipped {
        return Ok(None);
    }
    let Some(step) = milestones::get(tx, update.milestone).await? else { return Ok(None) };
    let carries_on = topics::current(tx, step.topic).await?.filter(|topic| topic.id != step.topic);
    let Some(topic) = carries_on else { return Ok(doubt(&step)) };
    let Some(now) = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await? else {
        return Ok(Some(OTHER_IS_UNFIXED.to_owned()));
    };
    let is_the_same = now.release.is_some() && now.release == step.release;
    Ok(doubt(&now).or_else(|| doubt(&step).filter(|_| !is_the_same)))
}
