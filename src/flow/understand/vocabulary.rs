//! The words that a ticket adds to what this installation says (G6, nothing private leaves).

use crate::{
    flow::error::Error,
    model::ticket::{Message, MessageAuthor, Ticket},
    store::{Tx, customers, vocabulary},
    wording::permit,
};

/// Keeps the terms of what the customer wrote in a ticket, and how its people are called, as both are now. `written` are its messages.
pub(super) async fn keep(tx: &mut Tx, ticket: &Ticket, written: &[Message]) -> Result<(), Error> {
    let theirs = written.iter().filter(|message| message.public && message.author == MessageAuthor::Customer);
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
