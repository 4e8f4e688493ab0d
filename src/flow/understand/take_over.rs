//! Takes a ticket over as the helpdesk has it: with its people and messages, or with its end.

use tracing::info;

use super::{
    authors::described,
    changes, erased,
    messages::{self, SeenMessages},
    people,
    reader::TicketReader,
    taken::Taken,
    vocabulary,
};
use crate::{
    flow::{
        app::{App, Connection},
        error::Error,
        ties::follow as follow_ties,
    },
    helpdesk::{MessageSnapshot, PersonSnapshot, TicketSnapshot},
    model::{
        customer::normal_email,
        id::{OrganizationId, TicketId},
        refusal::Refusal,
        standing::Standing,
        ticket::{Ticket, TicketStatus},
        tie::Tie,
    },
    store::{StoreError, Tx, accounts, customers, decisions, requesters, ticket_names, tickets, ties},
};

/// Stores a ticket with its people and messages, and enqueues what follows: grouping, escalating, reading an answer.
pub(super) async fn take_over(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    snapshot: &TicketSnapshot,
    messages: &[MessageSnapshot],
    whole: bool,
    reader: TicketReader<'_>,
) -> Result<Taken, Error> {
    let now = app.clock.now();
    let name = &connection.settings.name;
    if erased::is_erased(app, tx, name, snapshot).await? {
        return Ok(Taken::Forgotten);
    }
    if snapshot.status == TicketStatus::Deleted {
        return is_deleted(app, tx, connection, snapshot).await;
    }
    if let Some(known_from) = known_from(app, tx, name, snapshot).await? {
        return Err(Refusal::SameAccount { ticket: snapshot.external_id.clone(), known_from }.into());
    }
    let email = snapshot.requester.email.as_deref().and_then(normal_email);
    let company_id = people::company_id(connection, &snapshot.requester);
    let named = SeenName::of(app, tx, connection, snapshot).await?;
    let requester = requesters::Requester {
        connection: name,
        external_id: &snapshot.requester.external_id,
        name: if named.by_another { "" } else { &snapshot.requester.name },
        email: email.as_deref(),
        verified: snapshot.requester.verified && email.is_some(),
        company_id: company_id.as_deref(),
        locale: snapshot.requester.locale.as_deref(),
        time_zone: snapshot.requester.time_zone.as_deref(),
        standing: snapshot.requester.standing,
    };
    let behind = requesters::behind(tx, &requester, now).await?;
    let customer = behind.customer;
    let organization = organization_of(app, tx, name, snapshot).await?;
    let ticket = Ticket {
        id: TicketId::generate(now),
        connection: name.clone(),
        external_id: snapshot.external_id.clone(),
        url: snapshot.url.clone(),
        brand: connection.settings.brand.clone().or_else(|| snapshot.brand.clone()),
        subject: snapshot.subject.clone(),
        status: snapshot.status,
        tags: snapshot.tags.clone(),
        customer,
        requester_external_id: snapshot.requester.external_id.clone(),
        organization,
        agent_external_id: snapshot.agent.as_ref().map(|agent| agent.external_id.clone()),
        agent_name: snapshot.agent.as_ref().map(|agent| agent.name.clone()).filter(|name| !name.trim().is_empty()),
        channel: snapshot.channel,
        created_at: snapshot.created_at,
        changed_at: snapshot.changed_at,
        merged_into: snapshot.merged_into.clone(),
        follow_up_of: snapshot.follow_up_of.clone().filter(|source| *source != snapshot.external_id),
        reaches_others: snapshot.reaches_others,
        internal: false,
    };
    let mut before = tickets::find(tx, name, &snapshot.external_id).await?;
    if let Some(another) = before.as_ref().filter(|before| is_another(before, &ticket)) {
        // A helpdesk that was reset or restored counts from the beginning again.
        info!(ticket.id = %another.id, connection = %name, "The helpdesk gave a ticket's number to another ticket");
        tickets::retire(tx, another.id).await?;
        changes::of_ending(app, tx, another).await?;
        before = None;
    }
    // What we have may be newer (G2, twice, late or out of order changes nothing). Messages are stored one by one all
    // the same.
    let kept = tickets::put(tx, &ticket, now).await?;
    let is_new = kept == Some(ticket.id);
    if let Some(id) = kept {
        let problem = snapshot.problem.as_deref().filter(|problem| *problem != snapshot.external_id);
        if problem.is_some() || !is_new {
            ties::keep(tx, id, Tie::Incident, problem).await?;
        }
        if let Some(trace) = &named.trace {
            ticket_names::keep(tx, id, trace, named.by_another).await?;
        }
    }
    let moved = before.as_ref().is_some_and(|before| vocabulary::is_another(before, &ticket));
    if let Some(before) = before.as_ref().filter(|before| before.subject != ticket.subject) {
        changes::of_subject(tx, before).await?;
    }
    if let Some(before) = before.filter(|before| before.customer != customer) {
        changes::of_requester(app, tx, &before).await?;
    }
    if behind.united {
        people::united(app, tx, customer).await?;
    }
    if behind.standing == Standing::Gone {
        people::forget(app, tx, connection, &ticket.requester_external_id, &ticket.external_id).await?;
        return Ok(Taken::Forgotten);
    }
    let described: Vec<MessageSnapshot> = described(snapshot).into_iter().collect();
    let messages = if messages.is_empty() { &described } else { messages };
    let requester = Some(snapshot.requester.external_id.as_str());
    let seen = SeenMessages { messages, whole, is_new, as_of: Some(snapshot.changed_at), requester };
    let taken = messages::take(app, tx, connection, &snapshot.external_id, seen, reader).await?;
    if moved && let Some(ticket) = tickets::find(tx, name, &snapshot.external_id).await? {
        let written = tickets::messages(tx, ticket.id).await?;
        vocabulary::keep(tx, &ticket, &written).await?;
    }
    Ok(taken)
}

/// The organization that a ticket is of.
async fn organization_of(
    app: &App,
    tx: &mut Tx,
    connection: &str,
    snapshot: &TicketSnapshot,
) -> Result<Option<OrganizationId>, StoreError> {
    let Some(seen) = &snapshot.organization else { return Ok(None) };
    let attributes = customers::Attributes {
        plan: seen.plan.clone(),
        revenue_cents: seen.revenue_cents.filter(|_| app.settings.counts(seen.revenue_currency)),
        renewal_at: seen.renewal_at,
        segment: seen.segment.clone(),
    };
    let now = app.clock.now();
    Ok(Some(customers::organization(tx, connection, &seen.external_id, &seen.name, &attributes, now).await?))
}

/// The name that a ticket came with. Where the customer's name is a field of the ticket, it stays there when the ticket is given to
/// somebody else.
#[derive(Default)]
struct SeenName {
    /// What is kept of it: nothing that can be read.
    trace: Option<Vec<u8>>,
    /// Whether it is not the requester's, but of whoever had the ticket before.
    by_another: bool,
}

impl SeenName {
    async fn of(
        app: &App,
        tx: &mut Tx,
        connection: &Connection,
        snapshot: &TicketSnapshot,
    ) -> Result<Self, StoreError> {
        let PersonSnapshot { external_id, name, .. } = &snapshot.requester;
        if name.trim().is_empty() || connection.helpdesk.about().has_people {
            return Ok(Self::default());
        }
        let ticket = (connection.settings.name.as_str(), snapshot.external_id.as_str());
        let trace = app.keys.trace(&["name", ticket.0, ticket.1, &name.trim().to_lowercase()]);
        let by_another = ticket_names::stayed(tx, ticket, external_id, &trace).await?
            || requesters::is_anothers_name(tx, ticket, external_id, name).await?;
        Ok(Self { trace: Some(trace), by_another })
    }
}

/// The other connection that has this ticket already. Each brand of a Zendesk has an address of its own, and each gives every ticket of
/// the account (dust-tt/dust#14255).
async fn known_from(
    app: &App,
    tx: &mut Tx,
    connection: &str,
    snapshot: &TicketSnapshot,
) -> Result<Option<String>, StoreError> {
    if app.connections.len() < 2 || tickets::find(tx, connection, &snapshot.external_id).await?.is_some() {
        return Ok(None);
    }
    // One ticket that both bring at once is seen by whoever comes second.
    requesters::one_at_a_time(tx).await?;
    let seen = accounts::SeenTicket {
        connection,
        external_id: &snapshot.external_id,
        requester: &snapshot.requester.external_id,
        subject: &snapshot.subject,
        created_at: snapshot.created_at,
    };
    let others = accounts::others_with(tx, &seen).await?;
    Ok(others.into_iter().find(|other| app.connections.contains_key(other)))
}

/// Whether a ticket under a known number is another one: it was opened after the known one last changed, by somebody else, about
/// something else (`statevde/statev_v5_issues#952`).
fn is_another(known: &Ticket, seen: &Ticket) -> bool {
    seen.created_at > known.changed_at
        && seen.requester_external_id != known.requester_external_id
        && seen.subject.trim() != known.subject.trim()
        && !known.subject.is_empty()
}

/// A ticket that is there and called deleted ends as one that is gone, and none of its words are taken over. Of one that changed later
/// than this, something else is known (G2, twice, late or out of order changes nothing).
async fn is_deleted(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    snapshot: &TicketSnapshot,
) -> Result<Taken, Error> {
    let known = tickets::find(tx, &connection.settings.name, &snapshot.external_id).await?;
    if let Some(known) = known.filter(|known| known.changed_at <= snapshot.changed_at) {
        ended(app, tx, connection, &snapshot.external_id, TicketStatus::Deleted, None).await?;
        tickets::changed_by(tx, known.id, snapshot.changed_at).await?;
    }
    Ok(Taken::Forgotten)
}

/// The helpdesk says that a ticket is gone, or carries on in another.
pub(super) async fn ended(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    external_id: &str,
    status: TicketStatus,
    into: Option<&str>,
) -> Result<(), Error> {
    let Some(ticket) = tickets::find(tx, &connection.settings.name, external_id).await? else { return Ok(()) };
    tickets::ended(tx, ticket.id, status, into).await?;
    if !connection.helpdesk.about().reads_tickets {
        // What was sent before and arrives later does not bring it back.
        tickets::changed_by(tx, ticket.id, app.clock.now()).await?;
    }
    if status == TicketStatus::Deleted {
        return changes::of_ending(app, tx, &ticket).await;
    }
    changes::of_place(app, tx, &ticket).await?;
    match tickets::get(tx, ticket.id).await? {
        Some(merged) => {
            let link = decisions::link(tx, merged.id).await?;
            follow_ties(app, tx, &merged, link).await
        }
        None => Ok(()),
    }
}
