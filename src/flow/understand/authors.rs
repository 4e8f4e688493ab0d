//! Who wrote a message: the customer, somebody in copy, an agent, or Heard.

use std::collections::HashMap;

use tracing::warn;

use crate::{
    flow::{app::App, calls},
    helpdesk::{MessageSnapshot, TicketChange, TicketSnapshot},
    model::ticket::{MessageAuthor, MessageTrust, Ticket},
    store::tickets,
    wording::reply,
};

/// Who we are in the helpdesks whose tickets cannot be read, asked at most once for many deliveries. In the others the reader
/// of a ticket asks.
#[derive(Default)]
pub(super) struct OwnIds(HashMap<String, Option<String>>);

impl OwnIds {
    /// Our id there. `None` if the helpdesk cannot say, or does not just now: what it sent is taken over all the same (G12,
    /// intake never stops), and what we wrote is still known by its own id.
    pub(super) async fn at(&mut self, app: &App, connection: &str) -> Option<String> {
        if let Some(known) = self.0.get(connection) {
            return known.clone();
        }
        let us = match app.connections.get(connection) {
            Some(found) if !found.helpdesk.about().reads_tickets => match calls::identity_soon(app, found).await {
                Ok(us) => us.map(|us| us.external_id.clone()),
                Err(failed) => {
                    let stop = failed.stop(connection);
                    warn!(connection, error = ?stop, "The helpdesk does not say who we are; only ids tell what we wrote");
                    None
                }
            },
            _ => None,
        };
        self.0.insert(connection.to_owned(), us.clone());
        us
    }
}

/// A change that brings a single message without its author: whoever made the change wrote it.
pub(super) fn with_its_author(mut change: TicketChange) -> TicketChange {
    if let ([message], Some(actor)) = (change.messages.as_mut_slice(), &change.actor)
        && message.author_external_id.is_none()
        && message.author == MessageAuthor::Agent
    {
        message.author_external_id = Some(actor.clone());
    }
    change
}

/// Who wrote a message. Only the requester speaks for the customer, and only in public, whatever their role is: an agent may
/// be a customer of their own helpdesk, and another customer in copy answers nothing for them.
pub(super) fn author(message: &MessageSnapshot, requesters: &[String], ours: bool) -> MessageAuthor {
    let Some(by) = message.author_external_id.as_ref().filter(|_| !ours && !requesters.is_empty()) else {
        return if ours { MessageAuthor::Heard } else { message.author };
    };
    match message.author {
        _ if requesters.contains(by) && message.public => MessageAuthor::Customer,
        // So is what a customer wrote and an agent made private: it is nobody's answer, and no agent's note.
        MessageAuthor::Customer => MessageAuthor::Copied,
        other => other,
    }
}

/// Whether a machine answered for a customer. Nobody complains in a ticket that such an answer opened.
pub(super) fn is_automatic(ticket: &Ticket, message: &MessageSnapshot) -> bool {
    let says_so = message.trust == MessageTrust::Automatic;
    message.author == MessageAuthor::Customer && reply::opens_automatically(&ticket.subject, &message.body, says_so)
}

/// The first message of a ticket whose list of messages shows none: the helpdesk has no list, or it lags. It stands in
/// until the message itself is listed. Whoever opened the ticket wrote it, and that may be an agent, or Heard. Whether their
/// words are for the customer is not known, so they are not.
pub(super) fn described(snapshot: &TicketSnapshot) -> Option<MessageSnapshot> {
    let text = snapshot.description.as_deref().filter(|text| !text.trim().is_empty())?;
    // Where the helpdesk does not say who, it is of whoever had the ticket when it was first read: that is known, or the requester.
    let by = snapshot.described_by.as_ref();
    let by_them = by.is_none_or(|by| *by == snapshot.requester.external_id);
    Some(MessageSnapshot {
        external_id: tickets::DESCRIPTION.to_owned(),
        author: if by_them { MessageAuthor::Customer } else { MessageAuthor::Agent },
        author_external_id: by.cloned(),
        by_mailer: false,
        trust: MessageTrust::Trusted,
        public: by_them,
        body: text.to_owned(),
        as_shown: text.to_owned(),
        written_with: None,
        created_at: snapshot.created_at,
    })
}
