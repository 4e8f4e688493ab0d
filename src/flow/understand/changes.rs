//! What the helpdesk changed in a ticket after we had read it, and everything that we had made of it (G6, nothing private
//! leaves): words that were redacted, made private or deleted are replaced wherever they went, and a ticket that belongs to
//! somebody else now is told to nobody twice.

use crate::{
    flow::{advance, app::App, error::Error, group::title_of, outbox, tell::compose},
    model::{decision::Maker, ticket::Ticket, update::UpdateState},
    store::{Tx, decisions, deliveries, ticket_views, tickets, topics, updates},
    wording::quote,
};

/// Its words are not what they were: the issue, what waits to be sent, what was noted of answers, and the machine's reasons
/// are made anew, and the deliveries that brought the old words are forgotten.
pub(in crate::flow) async fn of_words(app: &App, tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    decisions::forget_words(tx, ticket.id).await?;
    deliveries::forget_what_they_said(tx, &ticket.connection, &ticket.external_id).await?;
    updates::forget_replies(tx, ticket.id).await?;
    outbox::forget_words(tx, ticket.id).await?;
    texts_of_words(app, tx, ticket).await?;
    if let Some(link) = decisions::link(tx, ticket.id).await? {
        advance::take_words_back(app, tx, link.topic).await?;
    }
    Ok(())
}

/// What was written to the customer of a ticket whose words are not what they were. An update may quote another ticket than the
/// one it was sent in.
async fn texts_of_words(app: &App, tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    let written = ticket_views::words_of(tx, ticket.customer).await?;
    let mut updates = updates::of_ticket(tx, ticket.id).await?;
    let elsewhere = updates::of_customer(tx, ticket.customer).await?;
    updates.extend(elsewhere.into_iter().filter(|update| update.ticket != ticket.id));
    for update in updates {
        let here = update.ticket == ticket.id;
        let stands = quote::stands(&update.text, written.iter().map(String::as_str)).unwrap_or(!here);
        match update.state() {
            // In this ticket they may be addressed by another name by now.
            UpdateState::Draft | UpdateState::Held if here => {
                compose::quote_anew(app, tx, &update).await?;
            }
            _ if stands => {}
            UpdateState::Draft | UpdateState::Held | UpdateState::Failed | UpdateState::InDoubt => {
                compose::quote_anew(app, tx, &update).await?;
            }
            // What is under way cannot be called back. If it turns out that it was not sent, it is written anew. What was told
            // is only forgotten.
            UpdateState::Sending | UpdateState::Sent | UpdateState::Skipped | UpdateState::Cancelled => {
                updates::forget_text(tx, update.id).await?;
            }
        }
    }
    Ok(())
}

/// It was deleted, or its customer was: what was deleted speaks here no longer (G6, nothing private leaves).
pub(in crate::flow) async fn of_ending(app: &App, tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    tickets::forget_messages(tx, ticket.id).await?;
    of_subject(tx, ticket).await?;
    of_words(app, tx, ticket).await?;
    of_place(app, tx, ticket).await
}

/// Its subject is not what it was. A topic that the machine called so is called as another of its tickets. `before` is the
/// ticket as it was.
pub(in crate::flow) async fn of_subject(tx: &mut Tx, before: &Ticket) -> Result<(), Error> {
    let Some(link) = decisions::link(tx, before.id).await? else { return Ok(()) };
    let Some(topic) = topics::get(tx, link.topic).await?.filter(|topic| topic.title == title_of(before)) else {
        return Ok(());
    };
    let title = match tickets::to_name(tx, topic.id).await? {
        Some(named) => title_of(&named),
        None => "(no subject)".to_owned(),
    };
    topics::set_title(tx, topic.id, &title, Maker::Machine).await?;
    outbox::retitle(tx, topic.id, (&topic.title, &title)).await
}

/// It is gone, or carries on in another. The customer may still be reached in another of their tickets; sending finds out.
pub(super) async fn of_place(app: &App, tx: &mut Tx, ticket: &Ticket) -> Result<(), Error> {
    if let Some(link) = decisions::link(tx, ticket.id).await? {
        advance::replan_updates(app, tx, link.topic).await?;
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
