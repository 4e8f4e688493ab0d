//! Tell: a milestone becomes an update for each customer of its topic, exactly once (G4, one update per customer and
//! milestone) and truthfully (G5, shipped means in users' hands).
//!
//! Recipients are loaded many at a time. `plan.rs` decides what each hears without asking the database, the texts are
//! written, and only then a transaction stores them. The update is a row before anything is sent. Customer, topic,
//! milestone and cycle are its key. Its text has [`crate::wording::page_key::PLACEHOLDER`] instead of the key to the customer's
//! page, which is stored only while an attempt to send it lasts.

pub mod arrival;
mod batch;
pub mod certain;
pub mod compose;
pub mod first_told;
pub mod forgotten;
pub mod look_up;
mod members;
pub mod named_anew;
mod plan;
mod quiet;
mod reach;
pub mod returned;
pub mod send;
pub mod send_many;
pub mod texts;
pub mod unremembered;
pub mod waiting;
mod zone_names;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tracing::info;

use self::plan::{Plan, left_out, plan};
use super::{
    advance,
    app::App,
    error::{Error, Stop},
    outbox,
};
use crate::{
    base::clock::Time,
    model::{
        customer::Customer,
        fix::Fix,
        id::{MilestoneId, TicketId, TopicId, UpdateId},
        milestone::{Confidence, Milestone, MilestoneKind, TellPolicy},
        recipient::{Recipient, RecipientTicket},
        refusal::Missing,
        release::Release,
        standing::Reached,
        ticket::Ticket,
        topic::{Topic, TopicState},
        update::Update,
    },
    store::{
        Conn, Result as Stored, Tx, decisions, fixes, many_updates, milestones,
        outbox::{self as stored_notes, WantedNote},
        promises,
        recipients::{self, RecipientsWalk},
        releases, topics,
    },
    wording::note,
};

/// How many recipients are loaded and planned first, so that the first of many is told while the others are planned.
const RECIPIENTS_FIRST: i64 = 100;
/// How many are at a time after that: each time the whole topic is looked through.
const RECIPIENTS_AT_ONCE: i64 = 1_000;
/// For how many it is stored in one transaction: so few that other writers do not wait long.
const STORED_AT_ONCE: usize = 100;
/// How soon a topic that moved on meanwhile is planned again.
const PLAN_AGAIN: Duration = Duration::from_millis(200);

/// A step that customers or agents hear of.
struct ToldStep {
    step: Milestone,
    policy: TellPolicy,
    release: Option<Release>,
    /// Whether it is the same fix once more, whose release had gone away.
    again: bool,
    /// Why it is not certain that what was merged is the fix, if that is the step.
    doubt: Option<String>,
}

/// Something to store for one recipient.
enum Planned<'r> {
    /// A note in a ticket.
    Note(WantedNote),
    /// A note about a step, which a note about a later step makes needless.
    StepNote(WantedNote),
    /// A note that is needless.
    NoNote { unique: String },
    /// An update, and the helpdesk it is for.
    Update(Box<Update>, &'r str),
}

/// What there is to tell about a topic, and to whom.
struct Telling {
    /// The topic as its customers know it, with the id and the state of the topic they are in now.
    topic: Topic,
    steps: Vec<ToldStep>,
    /// The tickets it concerns; `None` means every ticket of the topic.
    tickets: Option<BTreeSet<TicketId>>,
    /// The topic that it goes back to where a merge is undone.
    origin: TopicId,
}

/// Plans what a topic's customers are told about the milestones of its cycle.
pub async fn run(app: &App, topic: TopicId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(found) = topics::get(&mut conn, topic).await? else { return Ok(()) };
    let telling = match found.state {
        TopicState::Merged => told_of_the_merge(app, &mut conn, found).await?,
        _ => {
            let steps = told_steps(app, &mut conn, &found).await?;
            Telling { steps, topic: found, tickets: None, origin: topic }
        }
    };
    drop(conn);
    let (mut walk, mut is_first, mut at_once) = (RecipientsWalk::default(), true, RECIPIENTS_FIRST);
    let least = app.settings.tell.likely_above;
    while !telling.steps.is_empty() {
        let mut conn = app.database.read().await?;
        let mut page = recipients::walk_on(&mut conn, telling.topic.id, &mut walk, least, at_once).await?;
        drop(conn);
        at_once = RECIPIENTS_AT_ONCE;
        if page.is_empty() {
            break;
        }
        if let Some(tickets) = &telling.tickets {
            for recipient in &mut page {
                recipient.tickets.retain(|theirs| tickets.contains(&theirs.ticket.id));
            }
            page.retain(|recipient| !recipient.tickets.is_empty());
        }
        for some in page.chunks(STORED_AT_ONCE) {
            let mut planned = Vec::new();
            for recipient in some {
                let mut theirs = Vec::new();
                for told in &telling.steps {
                    theirs.extend(planned_for(app, &telling.topic, told, recipient, is_first)?);
                }
                planned.extend(with_one_note_a_ticket(theirs));
                is_first = false;
            }
            store(app, &telling, planned).await?;
        }
    }
    settle(app, topic).await
}

/// What the customers of a topic that was merged are told: that it is part of another one now, unless either of the two was
/// finished. Their update is about the topic that carries on. Whoever heard of one merge hears of no other, and whoever was
/// told how it ended does not hear that somebody is still looking at it.
async fn told_of_the_merge(app: &App, conn: &mut Conn, merged: Topic) -> Stored<Telling> {
    let kind = MilestoneKind::Joined;
    let policy = app.settings.tell.policy(kind);
    let steps = milestones::of_topic(conn, merged.id).await?;
    let was_finished = steps.iter().any(|step| {
        step.cycle == merged.cycle && matches!(step.kind, MilestoneKind::Shipped | MilestoneKind::Declined)
    });
    let step = steps.into_iter().find(|step| step.kind == kind && step.cycle == merged.cycle);
    let carries_on = topics::current(conn, merged.id).await?.unwrap_or_else(|| merged.clone());
    let is_news =
        policy != TellPolicy::Silent && !was_finished && !kind.rules().overtaken_by.contains(&carries_on.state);
    let cycle = carries_on.cycle;
    let step = step.filter(|_| is_news).map(|step| ToldStep {
        step: Milestone { cycle, ..step },
        policy,
        release: None,
        again: false,
        doubt: None,
    });
    Ok(Telling {
        origin: merged.id,
        steps: step.into_iter().collect(),
        tickets: Some(decisions::merged_tickets(conn, merged.id).await?.into_iter().collect()),
        topic: Topic { kind: merged.kind, kind_is_sure: merged.kind_is_sure, title: merged.title, ..carries_on },
    })
}

/// The steps of the topic's cycle that are still news, and corrections of any cycle, in the order in which they were taken. By their
/// times they may stand otherwise: GitHub says in whole seconds when something was merged, and so before it was begun.
async fn told_steps(app: &App, conn: &mut Conn, topic: &Topic) -> Stored<Vec<ToldStep>> {
    let mut told = Vec::new();
    for step in milestones::of_topic(conn, topic.id).await? {
        let of_this_cycle = step.cycle == topic.cycle || step.kind == MilestoneKind::Correction;
        let policy = app.settings.tell.policy(step.kind);
        // A merge is told by the merged topic; here it may only be one that was undone.
        let is_told_here = step.kind != MilestoneKind::Joined;
        if of_this_cycle
            && is_told_here
            && policy != TellPolicy::Silent
            && !step.kind.rules().overtaken_by.contains(&topic.state)
        {
            let release = releases::of_step(conn, &step).await?;
            let again = step.kind == MilestoneKind::Shipped && advance::gone_again(conn, topic).await?.is_some();
            let doubt = match step.kind {
                MilestoneKind::FixMerged => {
                    let fixes = fixes::of_topic(conn, topic.id).await?;
                    fixes.iter().find_map(Fix::own_doubt).map(str::to_owned)
                }
                _ => None,
            };
            told.push(ToldStep { step, policy, release, again, doubt });
        }
    }
    told.sort_unstable_by_key(|told| told.step.id);
    Ok(told)
}

/// What one recipient hears of one step, written out. `first` is the recipient who is told alone, if the settings want
/// that.
fn planned_for<'r>(
    app: &App,
    topic: &Topic,
    told: &ToldStep,
    recipient: &'r Recipient,
    first: bool,
) -> Result<Vec<Planned<'r>>, Error> {
    let ToldStep { step, policy, release, .. } = told;
    let version = release.as_ref().map(|release| release.version.as_str());
    let topic_url = app.link(&format!("/topics/{}", topic.id));
    if told.again && recipient.still_believes(step.cycle - 1) {
        return Ok(Vec::new());
    }
    let planned = plan(recipient, step, *policy, app.settings.tell.silence);
    Ok(match members::only_if_told(&app.settings.tell, recipient, step, app.clock.now(), planned) {
        Plan::Nothing => Vec::new(),
        Plan::Notes(tickets) => {
            let words = step.words.as_deref();
            let reached = note::Note::Reached {
                milestone: step.kind,
                title: &topic.title,
                topic_url: &topic_url,
                version,
                words,
                doubt: told.doubt.as_deref(),
            };
            let text = note::write(&reached);
            let stays = step.kind.rules().outlives_the_next;
            let noted = |one: &RecipientTicket| {
                let unique = format!("reached:{}:{}:{}:{}", topic.id, step.kind, step.cycle, one.ticket.id);
                let note = WantedNote { ticket: one.ticket.id, unique, text: text.clone() };
                if stays { Planned::Note(note) } else { Planned::StepNote(note) }
            };
            tickets.into_iter().map(noted).collect()
        }
        Plan::Regression(one) => {
            let regression = note::Note::Regression { title: &topic.title, topic_url: &topic_url, version };
            let unique = format!("regression:{}:{}:{}", topic.id, step.cycle, one.ticket.id);
            vec![Planned::Note(WantedNote { ticket: one.ticket.id, unique, text: note::write(&regression) })]
        }
        Plan::Update { ticket, planned } => {
            let text = compose::text(app, topic, step, release.as_ref(), recipient, (ticket, ticket.is_likely()))?;
            let now = app.clock.now();
            // Whoever is told alone shows whether the fix helps, so it is somebody who is sure to ask for it.
            let first = first && !recipient.is_likely();
            let alone = app.settings.tell.canary.filter(|_| !first).unwrap_or_default();
            let due = now.plus(hold(app, topic, step.kind)).plus(alone).plus(batch::wait(app, step.kind));
            let update = Update {
                id: UpdateId::generate(now),
                customer: recipient.customer.id,
                topic: topic.id,
                milestone: step.id,
                kind: step.kind,
                cycle: step.cycle,
                ticket: ticket.ticket.id,
                standing: planned.with_text(text.reviewed).standing(due, step.doubt.as_deref()),
                text: text.text,
                html: text.html,
                unclear: None,
                wish: None,
                likely: ticket.is_likely(),
            };
            vec![Planned::Update(Box::new(update), &ticket.ticket.connection)]
        }
    })
}

/// What is planned for one recipient, in the order of the steps, with the newest of a ticket's notes about steps alone: it says how it
/// stands, and the others say how it stood.
fn with_one_note_a_ticket(planned: Vec<Planned<'_>>) -> Vec<Planned<'_>> {
    let mut noted = BTreeSet::new();
    let mut kept: Vec<Planned<'_>> = planned
        .into_iter()
        .rev()
        .map(|one| match one {
            Planned::StepNote(note) if !noted.insert(note.ticket) => Planned::NoNote { unique: note.unique },
            other => other,
        })
        .collect();
    kept.reverse();
    kept
}

/// Whether a step names another release by now than the texts do that were written for it, or calls it otherwise.
async fn names_another_release(tx: &mut Tx, told: &ToldStep) -> Stored<bool> {
    let Some(step) = milestones::get(tx, told.step.id).await? else { return Ok(true) };
    let named = |release: &Release| (release.id, release.version.clone());
    Ok(releases::of_step(tx, &step).await?.as_ref().map(named) != told.release.as_ref().map(named))
}

/// Stores what was planned for some recipients, unless the topic has moved on since they were loaded, or a step names another
/// release: what was true then may not be told now.
async fn store(app: &App, telling: &Telling, planned: Vec<Planned<'_>>) -> Result<(), Stop> {
    if planned.is_empty() {
        return Ok(());
    }
    let (now, planned_of) = (app.clock.now(), &telling.topic);
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, planned_of.id).await? else { return Ok(()) };
    if (topic.state, topic.cycle) != (planned_of.state, planned_of.cycle) {
        return Err(Stop::Wait(PLAN_AGAIN));
    }
    for told in &telling.steps {
        if names_another_release(&mut tx, told).await? {
            return Err(Stop::Wait(PLAN_AGAIN));
        }
    }
    let (mut to_tell, mut connections, mut notes, mut needless) = (Vec::new(), BTreeMap::new(), Vec::new(), Vec::new());
    for one in planned {
        match one {
            Planned::Note(note) | Planned::StepNote(note) => notes.push(note),
            Planned::NoNote { unique } => needless.push(unique),
            Planned::Update(update, connection) => {
                connections.insert(update.id, connection);
                to_tell.push(*update);
            }
        }
    }
    let to_tell = forgotten::weigh(app, &mut tx, to_tell).await?;
    let to_tell = unremembered::weigh(&mut tx, to_tell).await?;
    let to_tell = first_told::weigh(app, &mut tx, &topic, to_tell).await?;
    let new = many_updates::add(&mut tx, &to_tell, telling.origin, now).await?;
    let mut due: BTreeMap<&str, Vec<UpdateId>> = BTreeMap::new();
    for update in to_tell.iter().filter(|update| new.contains(&update.id)) {
        info!(update.id = %update.id, topic.id = %topic.id, milestone = %update.kind, state = %update.state(), "Planned an update");
        if let Some(connection) = connections.get(&update.id).copied()
            && update.standing.due_at().is_some_and(|due| due <= now)
        {
            due.entry(connection).or_default().push(update.id);
        }
    }
    for (connection, updates) in due {
        send_many::enqueue(app, &mut tx, connection, &updates).await?;
    }
    stored_notes::drop_notes(&mut tx, &needless, now).await?;
    outbox::notes_afterwards(app, &mut tx, &notes).await?;
    tx.commit().await?;
    Ok(())
}

async fn settle(app: &App, topic: TopicId) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    promises::settle(&mut tx, topic, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

fn hold(app: &App, topic: &Topic, kind: MilestoneKind) -> Duration {
    let repository = topic.repository.as_deref().filter(|_| kind == MilestoneKind::Shipped);
    repository.and_then(|name| app.repository(name)).map_or(app.settings.tell.hold, |one| one.hold)
}

/// One recipient as a preview shows them.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Who.
    pub customer: Customer,
    /// In which ticket.
    pub ticket: Ticket,
    /// What they would read.
    pub text: String,
    /// Why they would not be told.
    pub left_out: Option<&'static str>,
    /// How they would be told, by what is known now.
    pub reached: Reached,
    /// How likely it is that they ask for it, from 0 to 1, where nobody has said so and they would be told all the same.
    pub likely: Option<f64>,
}

/// Some of those who would be told.
#[derive(Clone, Debug)]
pub struct Previews {
    /// They, in the order in which they are told.
    pub recipients: Vec<Preview>,
    /// Where the next ones are, if there are more.
    pub next: Option<RecipientsWalk>,
}

/// Who would be told, what and how, if the topic shipped in `version` now: so many of those who come after this one, or fewer where they
/// have very many tickets in it. Nothing is stored.
pub async fn preview(
    app: &App,
    topic: TopicId,
    version: &str,
    after: Option<RecipientsWalk>,
    limit: i64,
) -> Result<Previews, Error> {
    let mut conn = app.database.read().await?;
    let found = topics::current(&mut conn, topic).await?.ok_or(Missing::Topic(topic))?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut walk = after.unwrap_or_default();
    let (mut page, mut is_cut) = (Vec::<Recipient>::new(), false);
    while page.len() <= most && !is_cut {
        let wanted = i64::try_from(most - page.len()).unwrap_or(limit).saturating_add(1);
        let some =
            recipients::walk_to_show(&mut conn, found.id, &mut walk, app.settings.tell.likely_above, wanted).await?;
        if some.recipients.is_empty() {
            break;
        }
        is_cut = some.is_cut;
        page.extend(some.recipients);
    }
    let is_more = page.len() > most || is_cut;
    page.truncate(most);
    let next = page.last().filter(|_| is_more).map(RecipientsWalk::behind);
    let now = app.clock.now();
    let step = shipped_now(&found, now);
    let release = Release::stated(String::new(), version, now);
    let mut previews = Vec::new();
    for recipient in page {
        let Some(ticket) = recipient.reachable().next() else { continue };
        if !members::is_told(&app.settings.tell, ticket, step.kind) {
            continue;
        }
        let likely = ticket.likely;
        let text = compose::text(app, &found, &step, Some(&release), &recipient, (ticket, ticket.is_likely()))?.text;
        let left_out = left_out(&recipient, ticket, step.kind).map(plan::SkipReason::sentence);
        let ticket = ticket.ticket.clone();
        let reached = reach::how(app, &mut conn, &ticket, now).await?;
        previews.push(Preview { customer: recipient.customer, ticket, text, left_out, reached, likely });
    }
    Ok(Previews { recipients: previews, next })
}

/// The step that a topic would take if somebody said now that it shipped.
fn shipped_now(topic: &Topic, now: Time) -> Milestone {
    Milestone {
        id: MilestoneId::generate(now),
        topic: topic.id,
        kind: MilestoneKind::Shipped,
        cycle: topic.cycle,
        at: now,
        recorded_at: now,
        release: None,
        confidence: Some(Confidence::Stated),
        doubt: None,
        words: None,
        by: "preview".to_owned(),
    }
}
