//! Tell: a milestone becomes an update for each customer of its topic, exactly once (G4), truthfully (G5).
//!
//! The update is a row before anything is sent; customer, topic, milestone and cycle are its key. What its text says is
//! written from the customer's own words. The link to the customer's page stands in it as [`PAGE`] until it is sent, so
//! that no key to a page is kept.

mod batch;
pub mod compose;
pub mod send;
pub mod texts;

use tracing::info;

use super::{App, Error, Stop, effects, jobs};
use crate::{
    base::clock::Time,
    model::{
        customer::Customer,
        decision::Actor,
        id::{CustomerId, MilestoneId, TicketId, TopicId, UpdateId},
        milestone::{Confidence, Milestone, MilestoneKind, TellPolicy},
        release::Release,
        ticket::{Ticket, TicketStatus},
        topic::{Topic, TopicState},
        update::{CustomerVerdict, Update, UpdateState},
    },
    store::{Session, Tx, customers, failures, milestones, promises, releases, tickets, topics, updates},
    wording::{html, note},
};

/// Stands in a stored text where the link's secret part will be.
pub const PAGE: &str = "PAGE-TOKEN";

/// Who is told has changed: tickets came or went.
pub async fn again(app: &App, tx: &mut Tx, topic: TopicId) -> Result<(), Error> {
    let Some(found) = topics::get(tx, topic).await? else { return Ok(()) };
    if found.state != TopicState::Open && found.state != TopicState::Merged {
        app.queue.add(tx, jobs::Tell { topic }).await?;
    }
    Ok(())
}

/// Plans what the customers of a topic are told about the milestones of its cycle.
pub async fn run(app: &App, topic: TopicId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(found) = topics::get(&mut conn, topic).await? else { return Ok(()) };
    if found.state == TopicState::Merged {
        return settle(app, topic).await;
    }
    let steps = milestones::of_topic(&mut conn, topic).await?;
    let mut customers: Vec<CustomerId> =
        tickets::of_topic(&mut conn, topic).await?.iter().map(|ticket| ticket.customer).collect();
    drop(conn);
    customers.sort_unstable();
    customers.dedup();
    for step in steps.iter().filter(|step| step.cycle == found.cycle || step.kind == MilestoneKind::Correction) {
        let policy = app.settings.tell.policy(step.kind);
        if policy == TellPolicy::Silent || overtaken(found.state).contains(&step.kind) {
            continue;
        }
        for (place, customer) in customers.iter().enumerate() {
            let mut tx = app.database.begin().await?;
            plan(app, &mut tx, &found, step, policy, *customer, place).await?;
            tx.commit().await?;
        }
    }
    settle(app, topic).await
}

async fn settle(app: &App, topic: TopicId) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    promises::settle(&mut tx, topic, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// What is no news any more where a topic is in this state: that somebody works on it, once it is finished.
fn overtaken(state: TopicState) -> &'static [MilestoneKind] {
    match state {
        TopicState::Shipped => &[
            MilestoneKind::Escalated,
            MilestoneKind::Planned,
            MilestoneKind::InProgress,
            MilestoneKind::FixMerged,
            MilestoneKind::Workaround,
            MilestoneKind::Silence,
        ],
        TopicState::Declined => &[
            MilestoneKind::Escalated,
            MilestoneKind::Planned,
            MilestoneKind::InProgress,
            MilestoneKind::FixMerged,
            MilestoneKind::Silence,
        ],
        _ => &[],
    }
}

/// What was not sent yet and is no news any more where the topic is now, is not sent.
pub async fn overtake(tx: &mut Tx, topic: &Topic, now: TopicState) -> Result<(), Error> {
    for kind in overtaken(now) {
        if let Some(step) = milestones::find(tx, topic.id, *kind, topic.cycle).await? {
            updates::cancel_unsent(tx, step.id, &format!("The topic is {now} by now.")).await?;
        }
    }
    Ok(())
}

/// What one customer is told about one milestone.
async fn plan(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    step: &Milestone,
    policy: TellPolicy,
    customer: CustomerId,
    place: usize,
) -> Result<(), Error> {
    let theirs = tickets::of_customer(tx, customer, topic.id).await?;
    let reachable: Vec<&Ticket> = theirs.iter().filter(|ticket| ticket.status != TicketStatus::Deleted).collect();
    let Some(ticket) = reachable.first() else { return Ok(()) };
    if policy == TellPolicy::Note {
        for ticket in &reachable {
            note_step(app, tx, topic, step, ticket).await?;
        }
        return Ok(());
    }
    if step.kind == MilestoneKind::Correction && !was_told(tx, customer, topic.id, step.cycle).await? {
        return Ok(());
    }
    if step.kind == MilestoneKind::Silence && !waits_for_long(app, tx, topic, step, &theirs).await? {
        return Ok(());
    }
    let Some(person) = customers::get(tx, customer).await? else { return Ok(()) };
    let first_wrote = theirs.iter().map(|ticket| ticket.created_at).min().unwrap_or(ticket.created_at);
    if step.kind == MilestoneKind::Shipped && first_wrote > step.at {
        // Written after the release: for them it is not fixed, or not known to be. The agent hears, nobody is told (G5).
        let release = release_of(tx, step).await?;
        let version = release.as_ref().map(|release| release.version.as_str());
        let topic_url = app.link(&format!("/topics/{}", topic.id));
        let regression = note::Note::Regression { title: &topic.title, topic_url: &topic_url, version };
        let key = format!("regression:{}:{}:{}", topic.id, step.cycle, ticket.id);
        return effects::note(app, tx, ticket, &key, &note::write(&regression)).await;
    }
    let release = release_of(tx, step).await?;
    let text = compose::text(app, tx, topic, step, release.as_ref(), &person, ticket).await?;
    let now = app.clock.now();
    let (state, reason) = standing(tx, step, policy, &person, &theirs, text.reviewed).await?;
    let canary = app.settings.tell.canary.filter(|_| place > 0).unwrap_or_default();
    let update = Update {
        id: UpdateId::generate(now),
        customer,
        topic: topic.id,
        milestone: step.id,
        kind: step.kind,
        cycle: step.cycle,
        ticket: ticket.id,
        state,
        due_at: (state == UpdateState::Held)
            .then(|| now.plus(hold(app, topic, step.kind)).plus(canary).plus(batch::wait(app, step.kind))),
        text: text.text,
        html: text.html,
        reason,
        sent_at: None,
        external_id: None,
    };
    if updates::add(tx, &update, now).await? {
        info!(update.id = %update.id, topic.id = %topic.id, milestone = %step.kind, state = %state, "Planned an update");
        if update.due_at.is_some_and(|due| due <= now) {
            app.queue.add(tx, jobs::Send { update: update.id }).await?;
        }
    }
    Ok(())
}

async fn was_told(tx: &mut Tx, customer: CustomerId, topic: TopicId, cycle: i64) -> Result<bool, Error> {
    let told = updates::of_customer(tx, customer).await?;
    Ok(told.iter().any(|update| {
        update.topic == topic
            && update.cycle == cycle
            && update.kind == MilestoneKind::Shipped
            && update.state == UpdateState::Sent
    }))
}

/// Whether a customer wrote long before a silence was noticed, and heard nothing of the topic since.
async fn waits_for_long(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    step: &Milestone,
    theirs: &[Ticket],
) -> Result<bool, Error> {
    let Some(silence) = app.settings.tell.silence else { return Ok(false) };
    let since = step.at.minus(silence);
    let Some(first) = theirs.iter().min_by_key(|ticket| ticket.created_at) else { return Ok(false) };
    let told = updates::of_customer(tx, first.customer).await?;
    let heard = told.iter().any(|update| update.topic == topic.id && update.sent_at.is_some_and(|at| at > since));
    Ok(first.created_at <= since && !heard)
}

/// Why a customer is told nothing of a step.
async fn left_out(tx: &mut Tx, step: &Milestone, person: &Customer) -> Result<Option<&'static str>, Error> {
    if person.opted_out_at.is_some() {
        return Ok(Some("They asked not to be told anything more."));
    }
    // A fix for those for whom it did not work is no news to those for whom it did.
    let said = updates::confirmations(tx, step.topic).await?;
    let newest = said.iter().find(|one| one.customer == person.id);
    let works = step.kind == MilestoneKind::Shipped && newest.is_some_and(|one| one.verdict == CustomerVerdict::Works);
    Ok(works.then_some("They had said that it works for them."))
}

/// How a new update stands, and why.
async fn standing(
    tx: &mut Tx,
    step: &Milestone,
    policy: TellPolicy,
    person: &Customer,
    theirs: &[Ticket],
    reviewed: bool,
) -> Result<(UpdateState, Option<String>), Error> {
    let because = |state, why: &str| Ok((state, Some(why.to_owned())));
    if let Some(why) = left_out(tx, step, person).await? {
        return because(UpdateState::Skipped, why);
    }
    if policy == TellPolicy::Draft {
        return because(UpdateState::Draft, "The policy for this milestone is a draft.");
    }
    if step.kind == MilestoneKind::Shipped && step.confidence == Some(Confidence::Likely) {
        return because(UpdateState::Draft, "The release looks as if it had the fix; a person has to say.");
    }
    if !reviewed {
        return because(
            UpdateState::Draft,
            "The text needs a person: its language is not reviewed, or a person's words are missing.",
        );
    }
    if step.kind == MilestoneKind::Shipped {
        let grace = std::time::Duration::from_mins(5);
        let mut linked_late = true;
        for ticket in theirs {
            linked_late &=
                linked_at(tx, ticket.id).await?.is_some_and(|at| at > step.at.max(step.recorded_at).plus(grace));
        }
        if linked_late {
            return because(
                UpdateState::Draft,
                "Their ticket was linked after the release was known; see whether it is the same.",
            );
        }
    }
    Ok((UpdateState::Held, None))
}

async fn linked_at(tx: &mut Tx, ticket: TicketId) -> Result<Option<Time>, Error> {
    let row = tx.query("SELECT linked_at FROM link WHERE ticket_id = $1").bind(ticket).optional::<(Time,)>().await?;
    Ok(row.map(|(at,)| at))
}

fn hold(app: &App, topic: &Topic, kind: MilestoneKind) -> std::time::Duration {
    let repository = topic.repository.as_deref().filter(|_| kind == MilestoneKind::Shipped);
    let own = repository.and_then(|name| app.settings.repositories.iter().find(|one| one.name.as_str() == name));
    own.map_or(app.settings.tell.hold, |one| one.hold)
}

async fn release_of(tx: &mut Tx, step: &Milestone) -> Result<Option<Release>, Error> {
    Ok(match step.release {
        Some(release) => releases::get(tx, release).await?,
        None => None,
    })
}

async fn note_step(app: &App, tx: &mut Tx, topic: &Topic, step: &Milestone, ticket: &Ticket) -> Result<(), Error> {
    if step.kind == MilestoneKind::Escalated {
        // The escalation's own note says it already, in the ticket that was escalated.
        let row = tx
            .query("SELECT 1 FROM escalation WHERE topic_id = $1 AND ticket_id = $2")
            .bind(topic.id)
            .bind(ticket.id)
            .optional::<(i32,)>()
            .await?;
        if row.is_some() {
            return Ok(());
        }
    }
    let release = release_of(tx, step).await?;
    let reached = note::Note::Reached {
        milestone: step.kind,
        title: &topic.title,
        topic_url: &app.link(&format!("/topics/{}", topic.id)),
        version: release.as_ref().map(|release| release.version.as_str()),
        words: step.words.as_deref(),
    };
    let key = format!("reached:{}:{}:{}:{}", topic.id, step.kind, step.cycle, ticket.id);
    effects::note(app, tx, ticket, &key, &note::write(&reached)).await
}

/// One recipient, as a preview shows them.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Who.
    pub customer: Customer,
    /// In which ticket.
    pub ticket: Ticket,
    /// What they would read.
    pub text: String,
    /// Why they would not be told after all.
    pub left_out: Option<&'static str>,
}

/// Who would be told that a topic shipped, and what, were it to ship in `version` now. Nothing is stored.
pub async fn preview(app: &App, topic: TopicId, version: &str) -> Result<Vec<Recipient>, Error> {
    const PREVIEWED: usize = 50;
    let missing = || Error::NotFound(format!("There is no topic {topic}."));
    let mut tx = app.database.begin().await?;
    let found = topics::current(&mut tx, topic).await?.ok_or_else(missing)?;
    let now = app.clock.now();
    let step = Milestone {
        id: MilestoneId::generate(now),
        topic: found.id,
        kind: MilestoneKind::Shipped,
        cycle: found.cycle,
        at: now,
        release: None,
        confidence: Some(Confidence::Stated),
        words: None,
        by: "preview".to_owned(),
        recorded_at: now,
    };
    let release = Release::stated(String::new(), version, now);
    let mut told: Vec<Recipient> = Vec::new();
    for ticket in tickets::of_topic(&mut tx, found.id).await? {
        if told.len() >= PREVIEWED || told.iter().any(|one| one.customer.id == ticket.customer) {
            continue;
        }
        if let Some(customer) = customers::get(&mut tx, ticket.customer).await? {
            let text = compose::text(app, &mut tx, &found, &step, Some(&release), &customer, &ticket).await?;
            let left_out = left_out(&mut tx, &step, &customer).await?;
            told.push(Recipient { customer, ticket, text: text.text, left_out });
        }
    }
    Ok(told)
}

async fn existing(tx: &mut Tx, id: UpdateId) -> Result<Update, Error> {
    updates::get(tx, id).await?.ok_or_else(|| Error::NotFound(format!("There is no update {id}.")))
}

/// A person lets a draft go out.
pub async fn approve(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let from = match update.state {
        UpdateState::Draft | UpdateState::Held | UpdateState::Failed => update.state,
        state => return Err(Error::Refused(format!("The update is {state}; only what waits can be approved."))),
    };
    if update.text.contains("[...]") {
        return Err(Error::Refused("The draft has a gap marked [...]; edit it first.".to_owned()));
    }
    if !updates::turn(&mut tx, id, from, UpdateState::Held, None, Some(now)).await? {
        return Err(Error::Refused("The update has just changed; load it again.".to_owned()));
    }
    updates::approved(&mut tx, id, actor.as_str()).await?;
    failures::audit(&mut tx, actor.as_str(), "approve", &id.to_string(), now).await?;
    app.queue.add(&mut tx, jobs::Send { update: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// A person writes a better text.
pub async fn edit(app: &App, id: UpdateId, text: &str, actor: &Actor) -> Result<(), Error> {
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() || text.chars().count() > 10_000 {
        return Err(Error::Refused("An update needs a text of at most 10,000 characters.".to_owned()));
    }
    let mut tx = app.database.begin().await?;
    existing(&mut tx, id).await?;
    if !updates::edit(&mut tx, id, text.trim(), &html::of_text(text.trim())).await? {
        return Err(Error::Refused("The update is on its way or sent; it cannot be edited any more.".to_owned()));
    }
    failures::audit(&mut tx, actor.as_str(), "edit", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// A person takes an update back before it is sent.
pub async fn cancel(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let may = matches!(update.state, UpdateState::Draft | UpdateState::Held | UpdateState::Failed);
    if !may
        || !updates::turn(&mut tx, id, update.state, UpdateState::Cancelled, Some("Cancelled by a person."), None)
            .await?
    {
        return Err(Error::Refused(format!("The update is {}; only what waits can be cancelled.", update.state)));
    }
    promises::settle(&mut tx, update.topic, app.clock.now()).await?;
    failures::audit(&mut tx, actor.as_str(), "cancel", &id.to_string(), app.clock.now()).await?;
    // Where it had failed, doing nothing takes it off the health page.
    app.queue.add(&mut tx, jobs::Send { update: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// A person saw in the ticket that the customer has an update whose sending was unclear.
pub async fn arrived(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let ticket = tickets::get(&mut tx, update.ticket).await?;
    let ticket = ticket.ok_or_else(|| Error::NotFound("The update's ticket is not known any more.".to_owned()))?;
    if !send::arrived(app, &mut tx, &update, &ticket, None).await? {
        return Err(Error::Refused(format!("The update is {}; there is no doubt about it.", update.state)));
    }
    failures::audit(&mut tx, actor.as_str(), "arrived", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
