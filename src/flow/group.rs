//! Group: a ticket joins its topic, or a person is asked, or it opens a new topic.
//!
//! The engine is pure and lives in memory. The decisions in the database are the truth. The engine follows them in
//! their order, including those of other replicas and of people. One process at a time commits decisions, which a lease
//! ensures and not the queue. What a person decided is never decided again (G8, a person's decision beats the
//! machine's).

mod begin;
mod follow;
mod keys;
mod marked;
pub(super) mod memory;
mod turns;

use std::{sync::Arc, time::Duration};

use serde_json::value::to_raw_value;
use tokio::sync::OwnedMutexGuard;
use tracing::info;

pub use begin::begin;

pub(super) use self::keys::title_of;
use self::{
    follow::{follow, given, refused},
    keys::{model_kind, text_of, topic_id},
    memory::Grouping,
    turns::{LEASE, TURN, corrupt, turn},
};
use super::{
    advance,
    app::App,
    error::{Error, Stop},
    escalate, jobs, ties,
};
use crate::{
    base::{clock::Time, mistake},
    helpdesk::FOLLOW_UP_TAG,
    model::{
        decision::{Actor, Decided, Grouped, GroupedPlacement, GroupingOutcome, Maker},
        id::{TicketId, TopicId},
        refusal::Missing,
        ticket::{Ticket, TicketStatus},
        topic::{Topic, TopicKind, TopicState},
    },
    store::{
        Conn, StoreError, Tx,
        decisions::{self, Link},
        leases, likely_members, queue, tickets, topics, ungrouped,
    },
};
use grouping::{AnalyzedTicket, CHOICES, MachineVerdict, SentenceVector, TicketDecision, TicketKey, TicketText};

/// How many tickets without a topic are taken up at a time.
const STRANDED: i64 = 500;
/// How often all tickets are looked through for those without a topic.
const LOOKS_AT_ALL_AFTER: Duration = Duration::from_hours(1);
/// Which tickets are looked through each time.
const NEWEST: Duration = Duration::from_hours(24);
/// How long a ticket may wait among many.
const MANY_WAIT_FOR: Duration = Duration::from_mins(10);
/// How long one job finds topics before another goes on. It leaves time for one that is slow.
const MANY_WITHIN: Duration = Duration::from_secs(5);
/// How probable a kind is of which the machine is sure: four times as probable as all others together. Customers read "fixed" or
/// "there now" only then.
const KIND_BOUND: f64 = 0.8;

/// Finds the topic of a ticket.
pub async fn run(app: &App, id: TicketId) -> Result<(), Stop> {
    find(app, id, false).await
}

/// Finds the topics of several tickets, one after the other, in one turn. One that cannot be placed is left to a job of its own, which
/// says why.
pub async fn run_many(app: &App, tickets: &[TicketId]) -> Result<(), Stop> {
    turn(app).await?;
    let began = app.clock.now();
    let (mut left, mut alone) = (tickets.iter().copied(), Vec::new());
    for id in left.by_ref() {
        match mistake::caught(Box::pin(find(app, id, true))).await {
            Ok(Ok(()) | Err(Stop::Nothing)) => {}
            Ok(Err(Stop::Wait(span))) => return Err(Stop::Wait(span)),
            Ok(Err(Stop::Store(error))) if error.is_out_of_reach() => return Err(Stop::Store(error)),
            Ok(Err(_)) | Err(_) => alone.push(jobs::Group { ticket: id }),
        }
        if app.clock.now().since(began) > MANY_WITHIN {
            break;
        }
    }
    let later: Vec<TicketId> = left.collect();
    if alone.is_empty() && later.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    app.queue.add_all(&mut tx, alone).await?;
    if !later.is_empty() {
        app.queue.add(&mut tx, jobs::GroupMany { tickets: later }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Finds the topic of a ticket, in a turn that was taken before, or in one of its own.
async fn find(app: &App, id: TicketId, has_turn: bool) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(ticket) = tickets::get(&mut conn, id).await? else { return Ok(()) };
    if ticket.status == TicketStatus::Deleted
        || ticket.status == TicketStatus::Merged && !ties::speaks_elsewhere(&mut conn, &ticket).await?
    {
        return Ok(());
    }
    if decisions::link(&mut conn, id).await?.is_some() {
        drop(conn);
        return marked::again(app, id).await;
    }
    if ticket.tags.iter().any(|tag| tag == FOLLOW_UP_TAG) && !tickets::is_spoken_in(&mut conn, id).await? {
        // We opened it ourselves, to answer in a ticket that was closed. It holds no complaint.
        return Ok(());
    }
    let text = text_of(&mut conn, &ticket).await?;
    let known = KnownPlace {
        continued: continued(&mut conn, &ticket).await?,
        is_theirs: tickets::may_be_written_to(&mut conn, id).await?,
    };
    drop(conn);

    if app.embeddings.is_some() && !has_turn {
        // Without the turn, the vector could not be used, so none is asked for.
        turn(app).await?;
    }
    let given = given(app, &text).await?;
    let memory = Arc::clone(&app.grouping).lock_owned().await;
    if !has_turn {
        turn(app).await?;
    }
    let memory = follow(app, memory).await?;
    let (mut memory, analyzed, decision) = decide(memory, text, given).await?;
    let mut decision = known.weigh(decision);
    if known.leaves_open() {
        decision = marked::weigh(&mut app.database.read().await?, &ticket, decision, None).await?;
    }
    let brand = ticket.brand.as_deref().unwrap_or_default();
    let joined = decision.topic.as_ref().filter(|_| decision.verdict == MachineVerdict::Join);
    let portrait = joined.map(|topic| Portrait {
        medoid: memory.engine.medoid(topic, brand).cloned(),
        kind: model_kind(memory.engine.majority_kind_with(topic, decision.kind)),
        this: model_kind(decision.kind),
        this_is_sure: decision.kind_score >= KIND_BOUND,
    });
    if let Some((topic, seq)) = commit(app, &ticket, &analyzed, &decision, portrait).await? {
        memory.placed(&analyzed, topic, &decision, seq);
    }
    Ok(())
}

/// What is known of a ticket's place beyond its words.
struct KnownPlace {
    /// The topic of the closed ticket that it continues.
    continued: Option<TopicId>,
    /// Whether it holds public words of its customer, or may hold some.
    is_theirs: bool,
}

impl KnownPlace {
    /// A follow-up belongs to the topic of what it continues. What an agent wrote about a customer never joins a topic by
    /// itself, and nobody is asked about it: the customer has not said it.
    fn weigh(&self, mut decision: TicketDecision) -> TicketDecision {
        if let Some(topic) = self.continued {
            decision.verdict = MachineVerdict::Join;
            decision.topic = Some(keys::key(topic));
            decision.score = 1.0;
        } else if !self.is_theirs {
            decision.verdict = MachineVerdict::New;
        }
        decision
    }

    /// Whether the marks of the ticket may say something of its place.
    fn leaves_open(&self) -> bool {
        self.continued.is_none() && self.is_theirs
    }
}

/// The topic of the closed ticket that this one continues, in the same brand.
async fn continued(conn: &mut Conn, ticket: &Ticket) -> Result<Option<TopicId>, StoreError> {
    let Some(source) = &ticket.follow_up_of else { return Ok(None) };
    let Some(source) = tickets::find(conn, &ticket.connection, source).await? else { return Ok(None) };
    let link = decisions::link(conn, source.id).await?.filter(|_| source.brand == ticket.brand);
    Ok(link.map(|link| link.topic))
}

/// Stores the decision with its reasons and enqueues what follows. A ticket with a portrait joins its topic. `None` if
/// somebody else placed the ticket.
async fn commit(
    app: &App,
    ticket: &Ticket,
    analyzed: &AnalyzedTicket,
    decision: &TicketDecision,
    portrait: Option<Portrait>,
) -> Result<Option<(TopicId, i64)>, Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if !leases::holds(&mut tx, LEASE, app.holder, now).await? {
        return Err(Stop::Wait(TURN));
    }
    if decisions::link(&mut tx, ticket.id).await?.is_some() {
        return Ok(None);
    }
    let kind = model_kind(decision.kind);
    let joined = match (portrait, decision.topic.as_ref().and_then(topic_id)) {
        (Some(portrait), Some(topic)) => topics::lock_current(&mut tx, topic).await?.map(|topic| (topic, portrait)),
        _ => None,
    };
    let is_new = joined.is_none();
    let topic = match joined {
        Some((topic, portrait)) => {
            describe(&mut tx, &topic, portrait).await?;
            topic.id
        }
        None => {
            let topic = Topic {
                id: TopicId::generate(now),
                kind,
                kind_is_sure: decision.kind_score >= KIND_BOUND,
                title: title_of(ticket),
                summary: None,
                brand: ticket.brand.clone(),
                state: TopicState::Open,
                cycle: 0,
                merged_into: None,
                repository: None,
                first_seen_at: ticket.created_at,
                last_seen_at: ticket.created_at,
            };
            topics::add(&mut tx, &topic).await?;
            topic.id
        }
    };
    let outcome = match decision.verdict {
        MachineVerdict::Join => GroupingOutcome::Join,
        MachineVerdict::Ask => GroupingOutcome::Ask,
        MachineVerdict::New => GroupingOutcome::New,
    };
    let likely = decision.likely_topic().and_then(topic_id);
    let grouped = Decided::Grouped(Grouped {
        outcome,
        ticket: ticket.id,
        topic,
        score: decision.score,
        placement: GroupedPlacement { match_log_odds: decision.match_log_odds, likely, kind },
        reasons: to_raw_value(decision).map_err(corrupt)?,
    });
    let (id, seq) = decisions::add(&mut tx, &grouped, &Actor::machine(), now).await?;
    let is_placed = decisions::place(&mut tx, ticket.id, topic, Maker::Machine, id, now).await?;
    if outcome == GroupingOutcome::Ask {
        decisions::ask(&mut tx, ticket.id, &marked::choices(decision), now).await?;
        likely_members::settle(&mut tx, topic).await?;
        if let Some(place) = likely_members::stands_in(&mut tx, topic).await? {
            advance::likely_changed(app, &mut tx, place).await?;
        }
    }
    if let Some(vector) = analyzed.vector() {
        decisions::keep_vector(&mut tx, ticket.id, &app.vectors_of, vector.to_bytes()).await?;
    }
    if !is_new {
        topics::heard_at(&mut tx, topic, ticket.created_at).await?;
    }
    let connection = app.connection(&ticket.connection)?;
    let escalates = escalate::is_wanted(connection, ticket) && ticket.status != TicketStatus::Merged;
    if escalates {
        escalate::by_tag(app, &mut tx, ticket).await?;
    }
    if !is_new || escalates {
        // A new topic has no issue, and nobody is told of it.
        advance::sync_issue(app, &mut tx, topic).await?;
        advance::replan_updates(app, &mut tx, topic).await?;
    }
    let link = if is_placed {
        Some(Link { ticket: ticket.id, topic, maker: Maker::Machine, decision: id })
    } else {
        decisions::link(&mut tx, ticket.id).await?
    };
    ties::follow(app, &mut tx, ticket, link).await?;
    tx.commit().await?;
    metrics::counter!("heard_tickets_grouped_total", "verdict" => outcome.as_str()).increment(1);
    info!(ticket.id = %ticket.id, topic.id = %topic, verdict = %outcome, score = decision.score, "Grouped a ticket");
    Ok(Some((topic, seq)))
}

/// What the machine calls a topic that a ticket joins.
struct Portrait {
    /// The topic's most typical ticket.
    medoid: Option<TicketKey>,
    /// The kind of most of its tickets.
    kind: TopicKind,
    /// The kind of the ticket that joins.
    this: TopicKind,
    /// Whether the machine is sure of that.
    this_is_sure: bool,
}

/// Names a topic after its most typical ticket and gives it its commonest kind, until a person says better, or until
/// engineers know it by these. The topic is locked: where that is what it is called already, nothing is written.
async fn describe(tx: &mut Tx, topic: &Topic, portrait: Portrait) -> Result<(), Stop> {
    if topic.state != TopicState::Open {
        return Ok(());
    }
    let is_sure = portrait.this_is_sure && portrait.this == portrait.kind;
    if topic.kind != portrait.kind || is_sure && !topic.kind_is_sure {
        topics::set_kind(tx, topic.id, portrait.kind, is_sure, Maker::Machine).await?;
    }
    let Some(medoid) = portrait.medoid.and_then(|ticket| TicketId::parse(ticket.as_str())) else { return Ok(()) };
    // What an agent called a ticket that its customer does not know of is no name for others to read.
    if let Some(ticket) = tickets::get(tx, medoid).await?.filter(|ticket| !ticket.internal) {
        let title = title_of(&ticket);
        if topic.title != title {
            topics::set_title(tx, topic.id, &title, Maker::Machine).await?;
        }
    }
    Ok(())
}

/// Decides on a thread that serves no requests, because the sentence model takes its time.
async fn decide(
    memory: OwnedMutexGuard<Grouping>,
    text: TicketText,
    given: Option<SentenceVector>,
) -> Result<(OwnedMutexGuard<Grouping>, AnalyzedTicket, TicketDecision), Stop> {
    tokio::task::spawn_blocking(move || {
        let analyzed = match given {
            Some(vector) => memory.engine.analyzer().analyze_with(&text, vector),
            None => memory.engine.analyzer().analyze(&text),
        };
        let decision = memory.engine.decide_analyzed(&analyzed);
        (memory, analyzed, decision)
    })
    .await
    .map_err(|_| Stop::later("the grouping broke off; the ticket is grouped again"))
}

/// The likely topics of a ticket now, for an agent to choose from. Nothing is decided.
pub async fn candidates(app: &App, ticket: TicketId) -> Result<Vec<(TopicId, f64)>, Error> {
    let mut conn = app.database.read().await?;
    let Some(found) = tickets::get(&mut conn, ticket).await? else {
        return Err(Missing::Ticket(ticket).into());
    };
    let text = text_of(&mut conn, &found).await?;
    let own = decisions::link(&mut conn, ticket).await?.map(|link| link.topic);
    drop(conn);
    let given = given(app, &text).await.map_err(refused)?;
    let memory = follow(app, Arc::clone(&app.grouping).lock_owned().await).await.map_err(refused)?;
    let (memory, _, decision) = decide(memory, text, given).await.map_err(refused)?;
    drop(memory);
    let likely =
        decision.candidates.iter().filter_map(|candidate| Some((topic_id(&candidate.topic)?, candidate.score)));
    Ok(likely.filter(|(topic, _)| Some(*topic) != own).take(CHOICES).collect())
}

/// Enqueues tickets that a lost job left without a topic, and puts likely members right whose place is not there any more. All
/// tickets are looked through now and then, and the newest each time.
pub async fn stranded(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut all_looked_at = app.all_looked_at.lock().await;
    let all = all_looked_at.is_none_or(|at| now.since(at) >= LOOKS_AT_ALL_AFTER);
    let since = TicketId::first_at(if all { Time::from_micros(0) } else { now.minus(NEWEST) });
    let mut conn = app.database.read().await?;
    let are_many = queue::waits(&mut conn, <jobs::GroupMany as jobs::Work>::NAME).await?;
    let read_before = if are_many { now.minus(MANY_WAIT_FOR) } else { now };
    let left = ungrouped::list(&mut conn, FOLLOW_UP_TAG, since, read_before, STRANDED).await?;
    if all && left.len() < usize::try_from(STRANDED).unwrap_or(0) {
        *all_looked_at = Some(now);
    }
    drop(all_looked_at);
    let misplaced = likely_members::misplaced(&mut conn, STRANDED).await?;
    drop(conn);
    if left.is_empty() && misplaced.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for topic in misplaced {
        likely_members::settle(&mut tx, topic).await?;
    }
    for ticket in left {
        app.queue.add_once(&mut tx, jobs::Group { ticket }).await?;
    }
    tx.commit().await?;
    Ok(())
}
