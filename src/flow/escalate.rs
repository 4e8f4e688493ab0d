//! Escalate: support decides that engineering must look, in one action.
//!
//! A tag in the helpdesk, a button, the API and the command line all end here. Pressing twice is harmless, because the
//! escalation is a row of its own. The note that tells the agent what was done also names likely duplicates.

use tracing::info;

use super::{
    advance::{Step, take_step},
    app::{App, Connection},
    error::Error,
    file, outbox, twins,
};
use crate::{
    model::{
        decision::{Actor, GroupingReasons},
        id::{TicketId, TopicId},
        issue::TopicIssue,
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
        ticket::Ticket,
        topic::TopicState,
    },
    store::{Tx, audit, decisions, escalations, issues, raised, tickets, topics},
    wording::note,
};

/// What an escalation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalated {
    /// The topic.
    pub topic: TopicId,
    /// Whether this ticket had been escalated before.
    pub again: bool,
}

/// Whether the ticket has the tag that asks for it.
pub fn is_wanted(connection: &Connection, ticket: &Ticket) -> bool {
    ticket.tags.iter().any(|tag| tag.eq_ignore_ascii_case(&connection.settings.escalate_tag))
}

/// Escalates the topic of a ticket.
pub async fn escalate(app: &App, ticket: TicketId, actor: &Actor, via: &str) -> Result<Escalated, Error> {
    let mut tx = app.database.begin().await?;
    let found = tickets::get(&mut tx, ticket).await?.ok_or(Missing::Ticket(ticket))?;
    let escalated = by_a_person(app, &mut tx, &found, actor, via).await?;
    tx.commit().await?;
    Ok(escalated)
}

/// Escalates, and has an issue filed anew that was refused or deleted. A tag that stays on a ticket does not ask for that.
async fn by_a_person(app: &App, tx: &mut Tx, ticket: &Ticket, actor: &Actor, via: &str) -> Result<Escalated, Error> {
    let escalated = escalate_within(app, tx, ticket, actor, via).await?;
    if !escalated.again {
        let topic = escalated.topic.to_string();
        audit::change(tx, actor, "escalate", &ticket.id.to_string(), (None, Some(topic.as_str())), app.clock.now())
            .await?;
    }
    let anew = file::intend_again(app, tx, escalated.topic).await?;
    Ok(Escalated { again: escalated.again && !anew, ..escalated })
}

/// Escalates a topic by its newest ticket.
pub async fn topic(app: &App, topic: TopicId, actor: &Actor, via: &str) -> Result<Escalated, Error> {
    let mut tx = app.database.begin().await?;
    let current = topics::lock_current(&mut tx, topic).await?.ok_or(Missing::Topic(topic))?;
    let newest = tickets::of_topic(&mut tx, current.id).await?.into_iter().next();
    let newest = newest.ok_or(Refusal::TopicWithoutTicket)?;
    let escalated = by_a_person(app, &mut tx, &newest, actor, via).await?;
    tx.commit().await?;
    Ok(escalated)
}

/// Escalates because the tag was found on a ticket, inside the transaction that stored the ticket.
pub async fn by_tag(app: &App, tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    let agent = ticket.agent_external_id.as_deref().unwrap_or("somebody");
    escalate_within(app, tx, ticket, &Actor::agent(&ticket.connection, agent), "tag").await.map(drop)
}

/// Escalates inside a transaction that does more.
pub(super) async fn escalate_within(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    actor: &Actor,
    via: &str,
) -> Result<Escalated, Error> {
    let now = app.clock.now();
    let link = decisions::link(tx, ticket.id).await?;
    let link = link.ok_or(Refusal::TicketNotGrouped)?;
    let topic = topics::lock_current(tx, link.topic).await?;
    let topic = topic.ok_or(Missing::Topic(link.topic))?;
    if !escalations::add(tx, topic.id, ticket.id, actor, via, now).await? {
        return Ok(Escalated { topic: topic.id, again: true });
    }
    let issue = issues::of_topic(tx, topic.id).await?;
    let issue_url = issue.as_ref().and_then(TopicIssue::url);
    let topic_url = app.link(&format!("/topics/{}", topic.id));
    let impact = topics::impact(tx, topic.id, now).await?;
    let likely = likely_lines(app, tx, ticket.id).await?;
    let likely: Vec<note::PossibleDuplicate> = likely
        .iter()
        .map(|line| note::PossibleDuplicate { title: &line.title, url: &line.url, customer_count: line.customer_count })
        .collect();
    let text = note::write(&note::Note::Escalated {
        in_review: file::is_reviewed(app, tx, &topic).await?,
        title: &topic.title,
        topic_url: &topic_url,
        customer_count: u64::try_from(impact.customers).unwrap_or(0),
        likely_customer_count: u64::try_from(impact.likely.customers).unwrap_or(0),
        likely_told_from: app.settings.tell.likely_percent(),
        issue_url,
        likely: &likely,
    });
    outbox::note(app, tx, ticket, &outbox::escalation_note_key(topic.id, ticket.id), &text).await?;
    // Whoever escalates what was declined wants engineering to look once more: a decline that waits is no answer then.
    let step = match topic.state {
        TopicState::Open => Some(MilestoneKind::Escalated),
        TopicState::Declined => Some(MilestoneKind::Reopened),
        _ => None,
    };
    if let Some(step) = step {
        take_step(app, tx, &topic, Step::now(step, now, actor.as_str())).await?;
    }
    file::intend(app, tx, topic.id).await?;
    info!(topic.id = %topic.id, ticket.id = %ticket.id, via, "Escalated a topic");
    Ok(Escalated { topic: topic.id, again: false })
}

/// The likely duplicates as the grouping saw them when it placed the ticket, since nothing is computed while a
/// transaction is open.
async fn likely_lines(app: &App, tx: &mut Tx, ticket: TicketId) -> Result<Vec<Line>, Error> {
    const LINES: usize = 3;
    let own = decisions::link(tx, ticket).await?.map(|link| link.topic);
    let grouped = decisions::of_machine(tx, ticket).await?;
    let found = grouped.map(|grouped| GroupingReasons::read(&grouped.reasons)).unwrap_or_default();
    let mut lines = Vec::new();
    for likely in found.candidates.iter().filter(|candidate| candidate.score >= twins::WORTH_A_LOOK) {
        let Some(topic) = raised::offered(tx, likely.topic).await? else { continue };
        if Some(topic.id) == own || lines.len() == LINES {
            continue;
        }
        let issue = issues::of_topic(tx, topic.id).await?;
        let impact = topics::impact(tx, topic.id, app.clock.now()).await?;
        lines.push(Line {
            title: topic.title.clone(),
            url: match issue.as_ref().and_then(TopicIssue::url) {
                Some(url) => url.to_owned(),
                None => app.link(&format!("/topics/{}", topic.id)),
            },
            customer_count: u64::try_from(impact.customers).unwrap_or(0),
        });
    }
    Ok(lines)
}

/// A likely duplicate in the note: its issue if it has one, else its topic.
struct Line {
    title: String,
    url: String,
    customer_count: u64,
}
