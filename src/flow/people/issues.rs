//! A person says that a ticket is about an issue that exists.

use super::topics as people_topics;
use crate::{
    base::clock::Time,
    flow::{
        advance::{self, Step, take_step},
        app::App,
        error::Error,
        escalate, follow,
    },
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
        issue::{IssueFiling, IssueRef, Repository},
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
        ticket::Ticket,
        topic::TopicState,
    },
    store::{Tx, audit, decisions, escalations, issues, tickets, topics},
};

/// A person says that a ticket is about an issue that exists. The issue is adopted, and only our section in it is kept
/// up.
pub async fn link_issue(app: &App, ticket: TicketId, url: &str, actor: &Actor) -> Result<TopicId, Error> {
    let pasted = app.tracker.as_ref().and_then(|tracker| tracker.reference(url, None));
    let IssueRef { repository, number } = pasted.ok_or_else(|| Refusal::IssueUnreadable(url.to_owned()))?;
    known_repository(app, &repository)?;
    follow::make_way(app, &IssueRef::new(repository.clone(), number)).await?;
    let now = app.clock.now();
    let address = format!("{repository}#{number}");
    let mut tx = app.database.begin().await?;
    let found = tickets::get(&mut tx, ticket).await?.ok_or(Missing::Ticket(ticket))?;
    let link = decisions::link(&mut tx, ticket).await?;
    let link = link.ok_or(Refusal::TicketNotGrouped)?;
    if let Some(other) = issues::find(&mut tx, repository.as_str(), number).await? {
        // The issue already belongs to a topic, so the ticket does too.
        if other.topic != link.topic {
            people_topics::move_within(app, &mut tx, ticket, Some(other.topic), actor, app.clock.now()).await?;
        }
        escalate::escalate_within(app, &mut tx, &found, actor, "link_issue").await?;
        note_link(&mut tx, actor, &found, &address, now).await?;
        tx.commit().await?;
        return Ok(other.topic);
    }
    let topic = topics::lock_current(&mut tx, link.topic).await?.ok_or(Missing::Topic(link.topic))?;
    if !issues::want(&mut tx, topic.id, repository.as_str(), false).await? {
        let has = issues::of_topic(&mut tx, topic.id).await?;
        if has.as_ref().is_some_and(|issue| matches!(issue.filing, IssueFiling::Filed(_) | IssueFiling::Unclear { .. }))
        {
            return Err(Refusal::IssueExists.into());
        }
        issues::want_again(&mut tx, topic.id, repository.as_str(), false).await?;
    }
    topics::set_repository(&mut tx, topic.id, repository.as_str()).await?;
    if !issues::adopt(&mut tx, topic.id, &IssueRef::new(repository, number)).await? {
        return Err(Refusal::IssueExists.into());
    }
    escalations::add(&mut tx, topic.id, found.id, actor, "link_issue", now).await?;
    if topic.state == TopicState::Open {
        take_step(app, &mut tx, &topic, Step::now(MilestoneKind::Escalated, now, actor.as_str())).await?;
    }
    advance::sync_issue(app, &mut tx, topic.id).await?;
    note_link(&mut tx, actor, &found, &address, now).await?;
    tx.commit().await?;
    Ok(topic.id)
}

async fn note_link(tx: &mut Tx, actor: &Actor, ticket: &Ticket, issue: &str, now: Time) -> Result<(), Error> {
    Ok(audit::change(tx, actor, "link_issue", &ticket.id.to_string(), (None, Some(issue)), now).await?)
}

fn known_repository(app: &App, repository: &Repository) -> Result<(), Error> {
    let known = app.settings.repositories.iter().any(|one| one.name.is(repository));
    if known { Ok(()) } else { Err(Refusal::RepositoryNotAdded(repository.clone()).into()) }
}
