//! An answer that opened a ticket of its own: a mail program left out the header that names the thread, or the helpdesk looked for it
//! in another queue (django-helpdesk#756, django-helpdesk#1279). It quotes the link of what it answers.

use super::authors::{author, is_automatic};
use crate::{
    flow::app::Keys,
    helpdesk::MessageSnapshot,
    model::ticket::{MessageAuthor, MessageTrust, Ticket},
    store::{Result, Tx, decisions, pages, tickets, updates},
    wording::{bounce, page_key},
};

/// The helpdesk's id of the ticket in which its customer was told what they quote here. `None` if the ticket has its place
/// already, names its own source, or quotes nothing that this customer was told in this helpdesk: with somebody else's link
/// nobody answers for them.
pub(super) async fn find(
    tx: &mut Tx,
    ticket: &Ticket,
    requesters: &[String],
    messages: &[&MessageSnapshot],
) -> Result<Option<String>> {
    if ticket.follow_up_of.is_some() {
        return Ok(None);
    }
    let theirs = messages.iter().filter(|message| {
        message.public
            && message.trust == MessageTrust::Trusted
            && author(message, requesters, false) == MessageAuthor::Customer
            && !bounce::is_one(message.by_mailer, &message.body)
            && !is_automatic(ticket, message)
    });
    let quoted: Vec<&str> = theirs.flat_map(|message| page_key::of(&message.as_shown)).collect();
    // Most tickets quote nothing, and then nothing has to be read.
    if quoted.is_empty() {
        return Ok(None);
    }
    if decisions::link(tx, ticket.id).await?.is_some() {
        return Ok(None);
    }
    for key in quoted {
        let Some(update) = pages::find(tx, &Keys::hash(key)).await?.and_then(|page| page.update) else { continue };
        let Some(update) = updates::get(tx, update).await? else { continue };
        if update.customer != ticket.customer || update.standing.sent_at().is_none() {
            continue;
        }
        let source = tickets::get(tx, update.ticket).await?;
        let here = source.filter(|source| source.connection == ticket.connection && source.id != ticket.id);
        if let Some(source) = here {
            return Ok(Some(source.external_id));
        }
    }
    Ok(None)
}
