//! Translates our nouns into the grouping's, and back.

use crate::{
    base::limits,
    model::{
        decision::RankedTopic,
        id::{TicketId, TopicId},
        ticket::Ticket,
        topic::TopicKind,
    },
    store::{
        Conn, Result as Stored,
        tickets::{self, Opening},
    },
};
use grouping::{TicketKey, TicketKind, TicketText, TopicCandidate, TopicKey};

pub(super) async fn text_of(conn: &mut Conn, ticket: &Ticket) -> Stored<TicketText> {
    Ok(text_opened(&Opening {
        ticket: ticket.id,
        subject: ticket.subject.clone(),
        body: tickets::first_words(conn, ticket.id).await?,
        customer: ticket.customer,
        organization: ticket.organization,
        brand: ticket.brand.clone(),
        created_at: ticket.created_at,
        vector: None,
    }))
}

pub(super) fn text_opened(opening: &Opening) -> TicketText {
    let body = opening.body.as_deref().unwrap_or_default();
    let read = body.char_indices().nth(limits::GROUPING_CHARACTERS).map_or(body, |(end, _)| &body[..end]);
    let mut text = TicketText::new(ticket_key(opening.ticket), &opening.subject, read);
    text.created_at_us = opening.created_at.as_micros();
    text.customer = Some(opening.customer.to_string());
    text.organization = opening.organization.map(|organization| organization.to_string());
    text.brand.clone_from(&opening.brand);
    text
}

/// The longest title that the machine gives.
const TITLE_CHARACTERS: usize = 120;

/// What the machine calls a topic after a ticket.
pub(in crate::flow) fn title_of(ticket: &Ticket) -> String {
    let subject: String = ticket.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut title: String = subject.chars().take(TITLE_CHARACTERS).collect();
    if title.is_empty() {
        title.push_str("(no subject)");
    }
    title
}

pub(super) fn model_kind(kind: TicketKind) -> TopicKind {
    match kind {
        TicketKind::Bug => TopicKind::Bug,
        TicketKind::FeatureRequest => TopicKind::FeatureRequest,
        TicketKind::Question => TopicKind::Question,
    }
}

pub(super) fn grouping_kind(kind: TopicKind) -> TicketKind {
    match kind {
        TopicKind::Bug => TicketKind::Bug,
        TopicKind::FeatureRequest => TicketKind::FeatureRequest,
        TopicKind::Question => TicketKind::Question,
    }
}

/// A candidate as people are shown it.
pub(super) fn ranked(candidate: &TopicCandidate) -> Option<RankedTopic> {
    let (topic, ticket) = (topic_id(&candidate.topic)?, TicketId::parse(candidate.ticket.as_str())?);
    Some(RankedTopic { topic, ticket, score: candidate.score })
}

pub(super) fn key(topic: TopicId) -> TopicKey {
    TopicKey::from(topic.to_string().as_str())
}

pub(super) fn ticket_key(ticket: TicketId) -> TicketKey {
    TicketKey::from(ticket.to_string().as_str())
}

pub(super) fn topic_id(key: &TopicKey) -> Option<TopicId> {
    TopicId::parse(key.as_str())
}
