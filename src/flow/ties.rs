//! Ties: what agents did in the helpdesk says which tickets are about the same, for nothing.
//!
//! An agent who links an incident to its problem has said that the two are about the same, and so has one who merges a ticket into
//! another customer's, or notes the same issue in both and nothing else. The ticket goes into the topic of the other, and the
//! grouping learns from it. It is a person's word, so whoever is there then is told as anybody else. But it is the weaker one: what
//! was said to Heard stands, and a tie that the helpdesk takes back is taken back here (G8, a person's decision beats the
//! machine's). What is not known ties nothing: see [`Tie`].

use super::{app::App, error::Error, jobs, placing};
use crate::{
    model::{
        decision::{Actor, Decided, GroupingOutcome, Maker},
        id::{TicketId, TopicId},
        issue::IssueRef,
        ticket::{Message, MessageAuthor, MessageTrust, Ticket, TicketStatus},
        tie::{Tie, lone_address},
        topic::TopicState,
    },
    store::{
        Session, StoreError, Tx,
        decisions::{self, Link},
        issues, tickets, ties, topics,
    },
};

/// Where a tie says that a ticket belongs.
struct Anchor {
    tie: Tie,
    topic: TopicId,
    /// The ticket that it is tied to, if it is one.
    ticket: Option<TicketId>,
}

/// What is known of a ticket's link once its ties were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkAfterTies {
    /// It is as it was.
    AsItWas,
    /// It was changed, or may have been by somebody else meanwhile: it has to be read again.
    ToReadAgain,
}

/// Keeps which issue the notes in a ticket point to: one, or none.
pub(super) async fn note_issue(app: &App, tx: &mut Tx, ticket: TicketId, thread: &[Message]) -> Result<(), Error> {
    let Some(tracker) = &app.tracker else { return Ok(()) };
    let mut found: Vec<IssueRef> = Vec::new();
    for message in thread {
        if message.public || message.author != MessageAuthor::Agent || message.trust == MessageTrust::Automatic {
            continue;
        }
        let issue = lone_address(&message.body).and_then(|address| tracker.reference(address, None));
        found.extend(issue.filter(|issue| app.settings.repositories.iter().any(|one| one.name.is(&issue.repository))));
    }
    let issue = found.pop().filter(|issue| found.iter().all(|other| other.is(issue)));
    ties::keep(tx, ticket, Tie::SameIssue, issue.map(|issue| key(&issue)).as_deref()).await?;
    Ok(())
}

fn key(issue: &IssueRef) -> String {
    issue.to_string().to_lowercase()
}

/// Puts a ticket where its ties say that it belongs, and those that are tied to it. It is at `link` now.
pub(super) async fn follow(app: &App, tx: &mut Tx, ticket: &Ticket, link: Option<Link>) -> Result<(), Error> {
    let Some(mut link) = link else {
        // Its grouping comes here again.
        if ticket.status == TicketStatus::Merged && speaks_elsewhere(tx, ticket).await? {
            app.queue.add(tx, jobs::Group { ticket: ticket.id }).await?;
        }
        return Ok(());
    };
    let held = ties::of(tx, ticket.id).await?;
    if place(app, tx, ticket, Some(link), &held).await? == LinkAfterTies::ToReadAgain {
        let Some(anew) = decisions::link(tx, ticket.id).await? else { return Ok(()) };
        link = anew;
    }
    for merged in ties::merged_unseen(tx, ticket).await? {
        app.queue.add(tx, jobs::Group { ticket: merged }).await?;
    }
    let mut apart = ties::apart(tx, &ticket.connection, Tie::Incident, &ticket.external_id, link.topic).await?;
    apart.extend(ties::merged_apart(tx, ticket, link.topic).await?);
    for (tie, key) in &held {
        apart.extend(ties::apart(tx, &ticket.connection, *tie, key, link.topic).await?);
    }
    for other in apart.iter().filter(|other| other.id != ticket.id) {
        let link = decisions::link(tx, other.id).await?;
        let held = ties::of(tx, other.id).await?;
        place(app, tx, other, link, &held).await?;
    }
    Ok(())
}

/// Whether a ticket that was merged away belongs to a topic: that of another customer's ticket, into which it was merged. It is grouped
/// for that, also where it was merged before we saw it.
pub(super) async fn speaks_elsewhere(session: &mut impl Session, ticket: &Ticket) -> Result<bool, StoreError> {
    Ok(merged(session, ticket).await?.is_some())
}

/// Puts one ticket where its ties (`held`) say that it belongs, if nobody said anything else. It is at `link`.
async fn place(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    link: Option<Link>,
    held: &[(Tie, String)],
) -> Result<LinkAfterTies, Error> {
    let Some(link) = link.filter(|link| link.maker != Maker::Person) else {
        return Ok(LinkAfterTies::AsItWas);
    };
    if ticket.status == TicketStatus::Deleted {
        return Ok(LinkAfterTies::AsItWas);
    }
    let Some(anchor) = anchor(tx, ticket, held).await? else {
        return take_back(app, tx, ticket, link, held).await;
    };
    let Some(to) = topics::lock_current(tx, anchor.topic).await? else { return Ok(LinkAfterTies::AsItWas) };
    let was_escalated = topics::get(tx, link.topic).await?.is_some_and(|own| own.state != TopicState::Open);
    if to.id == link.topic
        // Engineers know of it there, and whoever merges the two topics knows why.
        || was_escalated && link.maker == Maker::Machine
        || to.brand != ticket.brand
        || ties::are_parted(tx, ticket.id, (link.topic, to.id), anchor.ticket).await?
    {
        // Whoever held the topic may have moved the ticket meanwhile.
        return Ok(LinkAfterTies::ToReadAgain);
    }
    let tied = Decided::Tied { ticket: ticket.id, from: link.topic, to: to.id, tie: anchor.tie };
    let by = Actor::helpdesk(&ticket.connection);
    placing::put(app, tx, ticket, (Some(link.topic), to.id), &tied, &by, app.clock.now()).await?;
    Ok(LinkAfterTies::ToReadAgain)
}

/// Where a ticket's ties say that it belongs.
async fn anchor(tx: &mut Tx, ticket: &Ticket, held: &[(Tie, String)]) -> Result<Option<Anchor>, Error> {
    if let Some(anchor) = merged(tx, ticket).await? {
        return Ok(Some(anchor));
    }
    for (tie, key) in held {
        let known = match tie {
            Tie::Incident => problem(tx, ticket, key).await?,
            Tie::SameIssue => issue(tx, key).await?,
            Tie::MergedTicket => None,
        };
        if known.is_some() {
            return Ok(known);
        }
        // The problem or the issue has no topic that customers raise: one of the tickets that have it in common leads.
        let leading = ties::leading(tx, &ticket.connection, *tie, key).await?;
        if let Some(leading) = leading.filter(|leading| leading.id != ticket.id)
            && let Some(anchor) = at(tx, *tie, &leading).await?
        {
            return Ok(Some(anchor));
        }
    }
    Ok(None)
}

/// The ticket of another customer into which this one was merged.
async fn merged(session: &mut impl Session, ticket: &Ticket) -> Result<Option<Anchor>, StoreError> {
    let Some(into) = ticket.merged_into.as_deref().filter(|_| ticket.status == TicketStatus::Merged) else {
        return Ok(None);
    };
    match tickets::find(session, &ticket.connection, into).await? {
        Some(target) if target.customer != ticket.customer && !target.internal => {
            at(session, Tie::MergedTicket, &target).await
        }
        _ => Ok(None),
    }
}

/// The problem ticket, unless its customer does not know of it: agents open such themselves, and what they call it is no topic's name.
async fn problem(tx: &mut Tx, ticket: &Ticket, key: &str) -> Result<Option<Anchor>, Error> {
    match tickets::find(tx, &ticket.connection, key).await? {
        Some(problem) if problem.id != ticket.id && !problem.internal => Ok(at(tx, Tie::Incident, &problem).await?),
        _ => Ok(None),
    }
}

/// The topic of an issue.
async fn issue(tx: &mut Tx, key: &str) -> Result<Option<Anchor>, Error> {
    let Some((repository, number)) = key.rsplit_once('#') else { return Ok(None) };
    let Ok(number) = number.parse() else { return Ok(None) };
    let found = issues::find(tx, repository, number).await?;
    Ok(found.map(|issue| Anchor { tie: Tie::SameIssue, topic: issue.topic, ticket: None }))
}

async fn at(session: &mut impl Session, tie: Tie, other: &Ticket) -> Result<Option<Anchor>, StoreError> {
    if other.status == TicketStatus::Deleted {
        return Ok(None);
    }
    let link = decisions::link(session, other.id).await?;
    Ok(link.map(|link| Anchor { tie, topic: link.topic, ticket: Some(other.id) }))
}

/// If the helpdesk has taken back what tied a ticket to its topic, it goes back to where it was.
async fn take_back(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    link: Link,
    held: &[(Tie, String)],
) -> Result<LinkAfterTies, Error> {
    if link.maker != Maker::Agent {
        // No tie put it there.
        return Ok(LinkAfterTies::AsItWas);
    }
    let made = decisions::get(tx, link.decision).await?.filter(|made| !made.is_undone);
    let Some(made) = made else { return Ok(LinkAfterTies::AsItWas) };
    let Decided::Tied { from, tie, .. } = made.decided else { return Ok(LinkAfterTies::AsItWas) };
    let holds = match tie {
        Tie::MergedTicket => ticket.status == TicketStatus::Merged,
        Tie::Incident | Tie::SameIssue => held.iter().any(|(held, _)| *held == tie),
    };
    if holds {
        return Ok(LinkAfterTies::AsItWas);
    }
    let Some(back) = topics::lock_current(tx, from).await? else { return Ok(LinkAfterTies::AsItWas) };
    let now = app.clock.now();
    let undone = Decided::Undone { decision: made.id, about: made.decided.subjects() };
    let (decision, _) = decisions::add(tx, &undone, &Actor::helpdesk(&ticket.connection), now).await?;
    decisions::undone(tx, made.id, decision).await?;
    decisions::place(tx, ticket.id, back.id, Maker::Agent, decision, now).await?;
    let asked = decisions::of_machine(tx, ticket.id).await?;
    if asked.is_some_and(|asked| asked.outcome == GroupingOutcome::Ask && asked.topic == back.id) {
        decisions::ask_again(tx, ticket.id, made.made_at).await?;
    }
    placing::came_from(app, tx, ticket, Some(link.topic), back.id).await?;
    Ok(LinkAfterTies::ToReadAgain)
}
