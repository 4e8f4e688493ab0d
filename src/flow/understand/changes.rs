//! What the helpdesk changed in a ticket after we had read it, and everything that we had made of it (G6, nothing private
//! leaves): words that were redacted, made private or deleted are replaced wherever they went, and a ticket that belongs to
//! somebody else now is told to nobody twice.

use crate::{
    flow::{advance, app::App, error::Error, tell::compose},
    model::ticket::Ticket,
    store::{Tx, decisions, deliveries, updates},
};

/// Its words are not what they were: the issue, what waits to be sent, what was noted of answers, and the machine's reasons
/// are made anew, and the deliveries that brought the old words are forgotten.
pub(super) async fn of_words(app: &App, tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    decisions::forget_words(tx, ticket.id).await?;
    deliveries::forget_what_they_said(tx, &ticket.connection, &ticket.external_id).await?;
    updates::forget_replies(tx, ticket.id).await?;
    for update in updates::unsent_in(tx, ticket.id).await? {
        compose::quote_anew(app, tx, &update).await?;
    }
    if let Some(link) = decisions::link(tx, ticket.id).await? {
        advance::sync_issue(app, tx, link.topic).await?;
    }
    Ok(())
}

/// It belongs to another person, or to another profile of the same person. `before` is the ticket as it was.
pub(super) async fn of_requester(app: &App, tx: &mut Tx, before: &Ticket) -> Result<(), Error> {
    if let Some(link) = decisions::link(tx, before.id).await? {
        advance::sync_issue(app, tx, link.topic).await?;
        advance::replan_updates(app, tx, link.topic).await?;
    }
    Ok(())
}
