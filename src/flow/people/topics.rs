//! What people decide about topics: move, merge, split, name, and take back. It beats the machine, can be undone, and
//! the grouping learns from it (G8, a person's decision beats the machine's).

use super::told_once;
use crate::{
    base::clock::Time,
    flow::{
        advance::{self, Step},
        app::App,
        error::Error,
        file,
        placing::{self, quote_what_stayed, settle},
        tell::{certain, compose, first_told, waiting},
    },
    model::{
        decision::{Actor, Decided, Maker},
        id::{TicketId, TopicId},
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
        ticket::Ticket,
        topic::{Topic, TopicKind, TopicState},
    },
    store::{Tx, audit, decisions, issues, milestones, pauses, tickets, topics, update_moves, updates},
};

/// The most tickets one split may name.
const SPLIT_MAX: usize = 1_000;
/// The longest title.
const TITLE_CHARACTERS: usize = 200;
/// The longest sentence for customers.
const SUMMARY_CHARACTERS: usize = 500;
/// In how many languages it may be written.
const LANGUAGES: usize = 8;

async fn current(tx: &mut Tx, id: TopicId) -> Result<Topic, Error> {
    Ok(topics::lock_current(tx, id).await?.ok_or(Missing::Topic(id))?)
}

/// Moves a ticket to another topic, or to a topic of its own.
pub async fn move_ticket(app: &App, ticket: TicketId, to: Option<TopicId>, actor: &Actor) -> Result<TopicId, Error> {
    let mut tx = app.database.begin().await?;
    let topic = move_within(app, &mut tx, ticket, to, actor, app.clock.now()).await?;
    tx.commit().await?;
    Ok(topic)
}

/// Moves a ticket inside a transaction that does more.
pub(super) async fn move_within(
    app: &App,
    tx: &mut Tx,
    ticket: TicketId,
    to: Option<TopicId>,
    actor: &Actor,
    now: Time,
) -> Result<TopicId, Error> {
    let found = tickets::get(tx, ticket).await?.ok_or(Missing::Ticket(ticket))?;
    let from = decisions::link(tx, ticket).await?.map(|link| link.topic);
    let topic = match to {
        Some(to) => {
            let topic = current(tx, to).await?;
            if topic.brand != found.brand {
                return Err(Refusal::BrandsDiffer.into());
            }
            topic.id
        }
        None => open_topic(app, tx, &found.subject, found.brand.as_deref(), from).await?,
    };
    let moved = Decided::Moved { ticket, from, to: topic };
    placing::put(app, tx, &found, (from, topic), &moved, actor, now).await?;
    Ok(topic)
}

/// A topic for tickets that a person took out of another.
async fn open_topic(
    app: &App,
    tx: &mut Tx,
    subject: &str,
    brand: Option<&str>,
    from: Option<TopicId>,
) -> Result<TopicId, Error> {
    let now = app.clock.now();
    let from = match from {
        Some(from) => topics::get(tx, from).await?,
        None => None,
    };
    let topic = Topic {
        id: TopicId::generate(now),
        kind: from.as_ref().map_or(TopicKind::Bug, |topic| topic.kind),
        // What is sure of the rest need not be of these.
        kind_is_sure: false,
        title: subject.split_whitespace().collect::<Vec<_>>().join(" "),
        summary: None,
        brand: brand.map(str::to_owned),
        state: TopicState::Open,
        cycle: 0,
        merged_into: None,
        repository: None,
        first_seen_at: now,
        last_seen_at: now,
    };
    topics::add(tx, &topic).await?;
    Ok(topic.id)
}

/// A ticket is not about this topic. It leaves the topic if it is in it, and the machine never puts it there.
pub async fn not_same(app: &App, ticket: TicketId, topic: TopicId, actor: &Actor) -> Result<TopicId, Error> {
    not_same_at(app, ticket, topic, actor, app.clock.now()).await
}

/// As [`not_same`], as part of an answer of this time.
pub(super) async fn not_same_at(
    app: &App,
    ticket: TicketId,
    topic: TopicId,
    actor: &Actor,
    now: Time,
) -> Result<TopicId, Error> {
    let mut tx = app.database.begin().await?;
    let topic = current(&mut tx, topic).await?.id;
    let link = decisions::link(&mut tx, ticket).await?;
    let link = link.ok_or(Missing::GroupedTicket(ticket))?;
    decisions::add(&mut tx, &Decided::NotSame { ticket, topic }, actor, now).await?;
    decisions::answer(&mut tx, ticket, now).await?;
    let stands_in =
        if link.topic == topic { move_within(app, &mut tx, ticket, None, actor, now).await? } else { link.topic };
    settle(app, &mut tx, &[Some(stands_in), Some(topic)]).await?;
    is_told_no_more(app, &mut tx, ticket, topic).await?;
    tx.commit().await?;
    Ok(stands_in)
}

/// What waits to be told to a likely member is for somebody else, as a person has said. With that, what they answered is read.
async fn is_told_no_more(app: &App, tx: &mut Tx, ticket: TicketId, topic: TopicId) -> Result<(), Error> {
    let Some(ticket) = tickets::get(tx, ticket).await? else { return Ok(()) };
    if !tickets::of_customer(tx, ticket.customer, topic).await?.is_empty() {
        return Ok(());
    }
    update_moves::cancel_for(tx, ticket.customer, topic, waiting::NOT_THE_SAME).await?;
    for update in updates::of_customer(tx, ticket.customer).await? {
        if update.topic == topic && update.likely && update.unclear.is_some() {
            updates::set_unclear(tx, update.id, None).await?;
            first_told::somebody_is_content(app, tx, &update).await?;
        }
    }
    Ok(())
}

/// Two topics are one. `from` becomes a redirect to `into`, and what was told in it counts there (G4, one update per
/// customer and milestone).
pub async fn merge(app: &App, from: TopicId, into: TopicId, actor: &Actor) -> Result<TopicId, Error> {
    let mut tx = app.database.begin().await?;
    let topic = merge_within(app, &mut tx, from, into, actor, app.clock.now()).await?;
    tx.commit().await?;
    Ok(topic)
}

/// Merges inside a transaction that does more.
pub(super) async fn merge_within(
    app: &App,
    tx: &mut Tx,
    from: TopicId,
    into: TopicId,
    actor: &Actor,
    now: Time,
) -> Result<TopicId, Error> {
    let (from, into) = locked_pair(tx, from, into).await?;
    if from.id == into.id {
        return Err(Refusal::AlreadyMerged.into());
    }
    if from.brand != into.brand {
        return Err(Refusal::BrandsDiffer.into());
    }
    let moved: Vec<TicketId> = decisions::links(tx, from.id).await?.iter().map(|link| link.ticket).collect();
    let merged = Decided::Merged { from: from.id, into: into.id, tickets: moved.clone(), state: from.state };
    decisions::add(tx, &merged, actor, now).await?;
    decisions::move_all(tx, from.id, into.id).await?;
    told_once::carry_over(app, tx, from.id, into.id).await?;
    pauses::follow(tx, from.id, into.id).await?;
    advance::take_step(app, tx, &from, Step::now(MilestoneKind::Joined, now, actor.as_str())).await?;
    topics::redirect(tx, from.id, Some(into.id), TopicState::Merged).await?;
    one_truth(tx, &into).await?;
    if issues::of_topic(tx, from.id).await?.is_some_and(|issue| issue.is_to_be_filed()) {
        // Engineering was asked, and gets the issue of the topic that carries on.
        file::intend(app, tx, into.id).await?;
    }
    for ticket in moved {
        decisions::answer(tx, ticket, now).await?;
    }
    settle(app, tx, &[Some(into.id), Some(from.id)]).await?;
    Ok(into.id)
}

/// What was about to be told of a topic that is part of `into` now, and would contradict where that stands, is cancelled, or waits for
/// a person.
async fn one_truth(tx: &mut Tx, into: &Topic) -> Result<(), Error> {
    let no_news = |kind: MilestoneKind| match kind {
        MilestoneKind::Declined => into.state != TopicState::Declined,
        _ => kind.rules().overtaken_by.contains(&into.state),
    };
    for update in updates::of_topic(tx, into.id).await?.into_iter().filter(|update| update.state().is_unsent()) {
        if no_news(update.kind) {
            let cancelled = waiting::cancelled(told_once::CANCELLED_BY_A_MERGE, &update.standing);
            updates::turn(tx, update.id, update.state(), &cancelled).await?;
        } else if let Some(doubt) = certain::unread_doubt(tx, &update).await? {
            certain::say_doubt(tx, &update, &doubt).await?;
        }
    }
    Ok(())
}

/// The topics that carry on for two others, locked. They are locked in one order, so that two merges the other way round
/// wait for each other; and what another merge did meanwhile is seen, so that no topic is merged into one that is not there
/// any more.
pub(super) async fn locked_pair(tx: &mut Tx, from: TopicId, into: TopicId) -> Result<(Topic, Topic), Error> {
    let mut pair = [from, into];
    loop {
        let mut found = Vec::new();
        for id in pair {
            found.push(topics::current(tx, id).await?.ok_or(Missing::TopicToMerge)?.id);
        }
        let mut order = found.clone();
        order.sort_unstable();
        let mut moved = false;
        for id in &order {
            moved |= topics::lock(tx, *id).await?.is_none_or(|topic| topic.merged_into.is_some());
        }
        pair = [found[0], found[1]];
        if !moved {
            let mut get = async |id| topics::get(tx, id).await?.ok_or(Error::from(Missing::TopicToMerge));
            return Ok((get(pair[0]).await?, get(pair[1]).await?));
        }
    }
}

/// These tickets are a topic of their own.
pub async fn split(app: &App, topic: TopicId, leaving: &[TicketId], actor: &Actor) -> Result<TopicId, Error> {
    let now = app.clock.now();
    if leaving.is_empty() || leaving.len() > SPLIT_MAX {
        return Err(Refusal::SplitOutOfBounds { most: SPLIT_MAX }.into());
    }
    let mut tx = app.database.begin().await?;
    let topic = current(&mut tx, topic).await?;
    let members = tickets::of_topic(&mut tx, topic.id).await?;
    let (leave, stay): (Vec<_>, Vec<_>) = members.iter().partition(|ticket| leaving.contains(&ticket.id));
    if leave.len() != leaving.len() {
        return Err(Refusal::TicketsNotInTopic.into());
    }
    if stay.is_empty() {
        return Err(Refusal::SplitLeavesNone.into());
    }
    let subject = leave.last().map_or("", |ticket| ticket.subject.as_str());
    let to = open_topic(app, &mut tx, subject, topic.brand.as_deref(), Some(topic.id)).await?;
    let ids = |tickets: &[&Ticket]| tickets.iter().map(|ticket| ticket.id).collect();
    let split = Decided::Split { from: topic.id, to, tickets: ids(&leave), stay: ids(&stay) };
    let (decision, _) = decisions::add(&mut tx, &split, actor, now).await?;
    for ticket in &leave {
        decisions::place(&mut tx, ticket.id, to, Maker::Person, decision, now).await?;
        decisions::answer(&mut tx, ticket.id, now).await?;
        quote_what_stayed(app, &mut tx, ticket, to).await?;
        if !stay.iter().any(|other| other.customer == ticket.customer) {
            update_moves::cancel_for(&mut tx, ticket.customer, topic.id, waiting::SPLIT_OFF).await?;
        }
    }
    settle(app, &mut tx, &[Some(to), Some(topic.id)]).await?;
    tx.commit().await?;
    Ok(to)
}

/// Takes back a person's newest decision about a topic, or what an agent's doing in the helpdesk decided. A question that it answered
/// is open again.
pub async fn undo(app: &App, topic: TopicId, actor: &Actor) -> Result<TopicId, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let topic = current(&mut tx, topic).await?.id;
    let last = decisions::last_of_a_person(&mut tx, topic).await?;
    let last = last.ok_or(Refusal::NothingToUndo)?;
    let about = last.decided.subjects();
    let undone = Decided::Undone { decision: last.id, about };
    let (decision, _) = decisions::add(&mut tx, &undone, actor, now).await?;
    if !decisions::undone(&mut tx, last.id, decision).await? {
        return Err(Refusal::AlreadyUndone.into());
    }
    let answered = last.decided.tickets();
    let mut parted = None;
    let back = match last.decided {
        Decided::Moved { ticket, from: Some(from), .. } | Decided::Tied { ticket, from, .. } => {
            Some((vec![ticket], from))
        }
        Decided::Split { from, tickets, .. } => Some((tickets, from)),
        Decided::Merged { from, into, tickets, state } => {
            part(&mut tx, from, into, state).await?;
            parted = Some((from, into));
            Some((tickets, from))
        }
        _ => None,
    };
    if let Some((back, to)) = back {
        decisions::place_all(&mut tx, &back, to, Maker::Person, decision, now).await?;
    }
    if let Some((from, into)) = parted {
        told_once::ask_again(app, &mut tx, from, into).await?;
    }
    let mut touched = vec![about.topic, about.other];
    for ticket in answered {
        if decisions::ask_again(&mut tx, ticket, last.made_at).await? {
            touched.push(decisions::link(&mut tx, ticket).await?.map(|link| link.topic));
        }
    }
    settle(app, &mut tx, &touched).await?;
    tx.commit().await?;
    Ok(topic)
}

/// Parts a merged topic from the other again.
async fn part(tx: &mut Tx, from: TopicId, into: TopicId, state: TopicState) -> Result<(), Error> {
    topics::redirect(tx, from, None, state).await?;
    if let Some(parted) = topics::get(tx, from).await?
        && let Some(joined) = milestones::find(tx, from, MilestoneKind::Joined, parted.cycle).await?
    {
        update_moves::cancel_unsent(tx, joined.id, "The topics were parted again before this was sent.").await?;
    }
    update_moves::carry_back(tx, from, into).await?;
    Ok(())
}

/// What a person changes about a topic: all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct Change<'c> {
    /// What it is called.
    pub title: Option<&'c str>,
    /// What it is about.
    pub kind: Option<TopicKind>,
    /// The sentence that customers may be told; an empty one removes it.
    pub summary: Option<&'c str>,
}

/// A person names a topic, says what it is about, or writes the sentence that customers may be told.
pub async fn change(app: &App, topic: TopicId, change: &Change<'_>, actor: &Actor) -> Result<TopicId, Error> {
    let mut tx = app.database.begin().await?;
    let topic = current(&mut tx, topic).await?;
    if let Some(title) = change.title {
        let title = shortened(title, TITLE_CHARACTERS);
        if title.is_empty() {
            return Err(Refusal::TitleEmpty.into());
        }
        topics::set_title(&mut tx, topic.id, &title, Maker::Person).await?;
        decisions::add(&mut tx, &Decided::Titled { topic: topic.id }, actor, app.clock.now()).await?;
        advance::sync_issue(app, &mut tx, topic.id).await?;
    }
    if let Some(kind) = change.kind {
        topics::set_kind(&mut tx, topic.id, kind, true, Maker::Person).await?;
        decisions::add(&mut tx, &Decided::KindSet { topic: topic.id }, actor, app.clock.now()).await?;
        let kinds = (Some(topic.kind.as_str()), Some(kind.as_str()));
        audit::change(&mut tx, actor, "kind", &topic.id.to_string(), kinds, app.clock.now()).await?;
        advance::sync_issue(app, &mut tx, topic.id).await?;
        // What waits was written for the other kind, or for both.
        for step in milestones::of_topic(&mut tx, topic.id).await? {
            compose::write_anew(app, &mut tx, step.id).await?;
        }
    }
    if let Some(summary) = change.summary {
        summarise(app, &mut tx, &topic, summary, actor).await?;
    }
    tx.commit().await?;
    Ok(topic.id)
}

/// Each run of white space becomes one space, and a text that is too long is cut.
fn shortened(words: &str, characters: usize) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(characters).collect()
}

/// Sets the sentence that customers may be told, and writes unsent updates again with it.
async fn summarise(app: &App, tx: &mut Tx, topic: &Topic, sentence: &str, actor: &Actor) -> Result<(), Error> {
    app.for_others(sentence)?;
    // A line for each language stays a line.
    let lines = sentence.lines().map(|line| shortened(line, SUMMARY_CHARACTERS)).filter(|line| !line.is_empty());
    let sentence: String = lines.collect::<Vec<_>>().join("\n").chars().take(SUMMARY_CHARACTERS * LANGUAGES).collect();
    topics::set_summary(tx, topic.id, Some(sentence.as_str()).filter(|sentence| !sentence.is_empty())).await?;
    audit::add(tx, actor, "summarise", &topic.id.to_string(), app.clock.now()).await?;
    if let Some(shipped) = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await? {
        compose::write_anew(app, tx, shipped.id).await?;
    }
    Ok(())
}
