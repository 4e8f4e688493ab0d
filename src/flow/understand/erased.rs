//! What was forgotten on request does not come back with what the helpdesk still has of it: neither tickets, nor what they
//! wrote in tickets of others.

use std::collections::BTreeSet;

use crate::{
    flow::{app::App, error::Error},
    helpdesk::{MessageSnapshot, TicketSnapshot},
    store::{Session, StoreError, Tx, deliveries, erasure},
};

/// Whether a ticket was forgotten, or is an old one of somebody who was. What a delivery said of it is forgotten as well.
/// Whoever writes again later is somebody new.
pub(super) async fn is_erased(app: &App, tx: &mut Tx, connection: &str, seen: &TicketSnapshot) -> Result<bool, Error> {
    if !erasure::is_used(tx).await? {
        return Ok(false);
    }
    let person = app.keys.trace(&["person", connection, &seen.requester.external_id]);
    let is_known = is_erased_ticket(app, tx, connection, &seen.external_id).await?;
    let is_theirs = erasure::erased_at(tx, &person).await?.is_some_and(|at| seen.created_at <= at);
    if !is_known && !is_theirs {
        return Ok(false);
    }
    deliveries::forget_what_they_said(tx, connection, &seen.external_id).await?;
    Ok(true)
}

/// The messages of a ticket that may be kept: all but those that somebody wrote before they were forgotten. Where there are such,
/// what deliveries said of the ticket is forgotten as well. Of some messages the helpdesk does not say who wrote them, or names whoever
/// has the ticket by now (`is_named` is false): they are known by their ids.
pub(super) async fn not_erased<'m>(
    app: &App,
    tx: &mut Tx,
    connection: &str,
    ticket: &str,
    messages: &'m [MessageSnapshot],
    is_named: impl Fn(&MessageSnapshot) -> bool,
) -> Result<Vec<&'m MessageSnapshot>, Error> {
    let mut kept: Vec<&MessageSnapshot> = messages.iter().collect();
    if !erasure::is_used(tx).await? {
        return Ok(kept);
    }
    let authors: BTreeSet<&str> = kept.iter().filter_map(|message| message.author_external_id.as_deref()).collect();
    for author in authors {
        let person = app.keys.trace(&["person", connection, author]);
        if let Some(at) = erasure::erased_at(tx, &person).await? {
            kept.retain(|one| one.author_external_id.as_deref() != Some(author) || one.created_at > at);
        }
    }
    for message in messages.iter().filter(|message| !is_named(message)) {
        let trace = app.keys.trace(&["message", connection, ticket, &message.external_id]);
        if erasure::erased_at(tx, &trace).await?.is_some() {
            kept.retain(|other| other.external_id != message.external_id);
        }
    }
    if kept.len() < messages.len() {
        deliveries::forget_what_they_said(tx, connection, ticket).await?;
    }
    Ok(kept)
}

/// Whether a ticket was forgotten. What speaks of it later may name nothing but its number.
pub(super) async fn is_erased_ticket(
    app: &App,
    session: &mut impl Session,
    connection: &str,
    ticket: &str,
) -> Result<bool, StoreError> {
    Ok(erasure::erased_at(session, &app.keys.trace(&["ticket", connection, ticket])).await?.is_some())
}
