//! The words that a ticket adds to what this installation says (G6, nothing private leaves).

use crate::{
    flow::error::Error,
    model::ticket::{MessageAuthor, Ticket},
    store::{Tx, customers, tickets, vocabulary},
    wording::permit,
};

/// Keeps the terms of what the customer wrote in a ticket, and how its people are called, as both are now.
pub(super) async fn keep(tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    let messages = tickets::messages(tx, ticket.id).await?;
    let theirs = messages.iter().filter(|message| message.public && message.author == MessageAuthor::Customer);
    let mut said = ticket.subject.clone();
    for message in theirs {
        said.push('\n');
        said.push_str(&message.body);
    }
    let customer = customers::get(tx, ticket.customer).await?.map(|customer| customer.name);
    let people = [customer, ticket.agent_name.clone()];
    let names = people.iter().flatten().flat_map(|name| permit::name_parts(name)).collect::<Vec<_>>();
    let terms = permit::terms_of(&said);
    vocabulary::keep(tx, ticket.id, terms.iter().map(String::as_str), names.iter().map(String::as_str)).await?;
    Ok(())
}

/// Whether a ticket says something else than before, or for somebody else.
pub(super) fn is_another(before: &Ticket, now: &Ticket) -> bool {
    (&before.subject, before.customer, before.organization, &before.agent_name)
        != (&now.subject, now.customer, now.organization, &now.agent_name)
}
