//! People as helpdesks have them: whose an address is, two records that are one, a person who was deleted.

use tracing::info;

use super::changes;
use crate::{
    flow::{
        advance,
        app::{App, Connection},
        calls,
        error::{CallFailed, Error, Stop},
        jobs,
    },
    helpdesk::{HelpdeskRefusal, PersonSnapshot},
    model::{customer::normal_email, id::CustomerId, standing::Standing, ticket::TicketStatus},
    store::{Tx, deliveries, requesters, tickets, topics},
};

/// The company's own id of a person, with who gives such ids: the same id of another company is somebody else.
pub(super) fn company_id(connection: &Connection, person: &PersonSnapshot) -> Option<String> {
    let (word, id) = (connection.settings.customer_ids.as_ref()?, person.company_id.as_ref()?);
    (!id.trim().is_empty()).then(|| format!("{word}:{}", id.trim()))
}

/// Whether the address itself is verified, where the helpdesk's ticket only says so of the person. It is asked where there is
/// another helpdesk in which the person may have a record.
pub(super) async fn look_up_address(
    app: &App,
    connection: &Connection,
    person: &mut PersonSnapshot,
) -> Result<(), Stop> {
    let Some(email) = person.email.as_deref().and_then(normal_email) else { return Ok(()) };
    if app.connections.len() < 2 {
        // Nobody else has a record of theirs, and what was not asked is not known.
        person.verified = false;
    }
    if !person.verified {
        return Ok(());
    }
    let Some(call) = connection.helpdesk.addresses(&person.external_id) else { return Ok(()) };
    match calls::send(app, connection, call).await {
        Ok(addresses) => {
            let theirs = addresses.iter().find(|one| normal_email(&one.email).as_ref() == Some(&email));
            person.verified = theirs.is_some_and(|one| one.verified);
            if theirs.is_some_and(|one| one.undeliverable) && person.standing == Some(Standing::Reachable) {
                person.standing = Some(Standing::Undeliverable);
            }
        }
        // A helpdesk without such a list says it of the person, who then has the one address.
        Err(CallFailed::Refused(HelpdeskRefusal::Gone(_))) => {}
        // What is not known is not verified.
        Err(CallFailed::Refused(HelpdeskRefusal::Invalid(_) | HelpdeskRefusal::Unauthorized(_))) => {
            person.verified = false;
        }
        Err(failed) => return Err(failed.stop(&connection.settings.name)),
    }
    Ok(())
}

/// Something about a person changed. Each of their tickets says what they are like, so reading the newest is enough, however
/// many tickets a mailbox that many share may have.
pub(super) async fn changed(app: &App, tx: &mut Tx, connection: &Connection, person: &str) -> Result<(), Error> {
    read_again(app, tx, connection, person, 1).await
}

/// Reads a person's newest tickets again, at most so many of them.
async fn read_again(app: &App, tx: &mut Tx, connection: &Connection, person: &str, most: usize) -> Result<(), Error> {
    if connection.helpdesk.about().reads_tickets {
        for ticket in tickets::of_requester(tx, &connection.settings.name, person).await?.into_iter().take(most) {
            let job = jobs::Refresh { connection: connection.settings.name.clone(), ticket };
            app.queue.add(tx, job).await?;
        }
    }
    Ok(())
}

/// Two records are one person. Their tickets are read again, because they say whose they are now.
pub(super) async fn merged(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    one: &str,
    other: &str,
) -> Result<(), Error> {
    if let Some(customer) = requesters::are_one(tx, &connection.settings.name, one, other).await? {
        info!(customer.id = %customer, connection = %connection.settings.name, "Two records are one customer");
        united(app, tx, customer).await?;
    }
    for person in [one, other] {
        read_again(app, tx, connection, person, usize::MAX).await?;
    }
    Ok(())
}

/// Two customers became one: issues count anew, and what was planned for the one may be no news to the other.
pub(super) async fn united(app: &App, tx: &mut Tx, customer: CustomerId) -> Result<(), Error> {
    for topic in topics::of_customer(tx, customer).await? {
        advance::sync_issue(app, tx, topic).await?;
        advance::replan_updates(app, tx, topic).await?;
    }
    Ok(())
}

/// A person was deleted. Their tickets are read again first: after a merge of two records they are another person's by now.
pub(super) async fn gone(app: &App, tx: &mut Tx, connection: &Connection, person: &str) -> Result<(), Error> {
    let name = &connection.settings.name;
    if !requesters::set_standing(tx, name, person, Standing::Gone).await? {
        return Ok(());
    }
    if connection.helpdesk.about().reads_tickets {
        return read_again(app, tx, connection, person, usize::MAX).await;
    }
    for ticket in tickets::of_requester(tx, name, person).await? {
        forget(app, tx, connection, person, &ticket).await?;
    }
    Ok(())
}

/// Forgets a deleted person, and what they wrote in a ticket (G6, nothing private leaves). The rows stay, so that nobody is
/// told twice.
pub(super) async fn forget(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    person: &str,
    ticket: &str,
) -> Result<(), Error> {
    requesters::forget(tx, &connection.settings.name, person).await?;
    let about = deliveries::about_person(person);
    deliveries::forget_what_they_said(tx, &connection.settings.name, &about).await?;
    let Some(ticket) = tickets::find(tx, &connection.settings.name, ticket).await? else { return Ok(()) };
    tickets::ended(tx, ticket.id, TicketStatus::Deleted, None).await?;
    changes::of_ending(app, tx, &ticket).await
}
