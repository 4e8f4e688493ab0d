//! How long what a helpdesk calls its own may be: ids, names, addresses, tags.
//!
//! They are keys of our tables. PostgreSQL refuses a key of some 2,700 bytes and more, where SQLite takes any, so the length is held
//! here, once, before either database is asked. An id that is too long is refused with what it belongs to, because a part of an id is
//! another id. A name is cut. An address, a link, a language or a tag that is too long is none, and is left out.

use super::{HelpdeskEvent, MessageSnapshot, PersonSnapshot, TicketChange, TicketSnapshot};
use crate::{
    base::limits,
    model::{delivery::UnreadableDelivery, key},
};

fn id(whose: &str, id: &str) -> Result<(), UnreadableDelivery> {
    if key::fits(id) {
        return Ok(());
    }
    let (length, most) = (id.chars().count(), limits::KEY_CHARACTERS);
    Err(UnreadableDelivery(format!("{whose} id has {length} characters, and at most {most} are taken")))
}

fn optional_id(whose: &str, known: Option<&str>) -> Result<(), UnreadableDelivery> {
    known.map_or(Ok(()), |known| id(whose, known))
}

fn none_if_long(text: &mut Option<String>) {
    *text = text.take().filter(|text| key::fits(text));
}

impl HelpdeskEvent {
    /// The event with nothing in it that is too long.
    ///
    /// # Errors
    /// Which id is too long.
    pub fn bounded(self) -> Result<Self, UnreadableDelivery> {
        optional_id("a ticket's", self.ticket())?;
        optional_id("a person's", self.person())?;
        Ok(match self {
            Self::Merged { ticket, into } => {
                id("a ticket's", &into)?;
                Self::Merged { ticket, into }
            }
            Self::PeopleMerged { one, other } => {
                id("a person's", &other)?;
                Self::PeopleMerged { one, other }
            }
            Self::Ticket(change) => {
                let TicketChange { ticket, actor, snapshot, messages } = *change;
                let snapshot = snapshot.map(TicketSnapshot::bounded).transpose()?;
                messages.iter().try_for_each(MessageSnapshot::check_bounds)?;
                Self::Ticket(Box::new(TicketChange { ticket, actor, snapshot, messages }))
            }
            other => other,
        })
    }
}

impl TicketSnapshot {
    /// The ticket with nothing in it that is too long.
    ///
    /// # Errors
    /// Which id is too long. A brand counts as one: tickets of different brands never share a topic.
    pub fn bounded(mut self) -> Result<Self, UnreadableDelivery> {
        id("the ticket's", &self.external_id)?;
        optional_id("the brand's", self.brand.as_deref())?;
        optional_id("the other ticket's", self.merged_into.as_deref())?;
        optional_id("the earlier ticket's", self.follow_up_of.as_deref())?;
        optional_id("the problem ticket's", self.problem.as_deref())?;
        optional_id("its first writer's", self.described_by.as_deref())?;
        self.requester.bound("the requester's")?;
        if let Some(agent) = &mut self.agent {
            agent.bound("the agent's")?;
        }
        if let Some(organization) = &mut self.organization {
            id("the organization's", &organization.external_id)?;
            key::cut(&mut organization.name);
            organization.plan.iter_mut().for_each(key::cut);
            organization.segment.iter_mut().for_each(key::cut);
        }
        none_if_long(&mut self.url);
        self.tags.retain(|tag| key::fits(tag));
        Ok(self)
    }
}

impl PersonSnapshot {
    fn bound(&mut self, whose: &str) -> Result<(), UnreadableDelivery> {
        id(whose, &self.external_id)?;
        optional_id(&format!("{whose} company's"), self.company_id.as_deref())?;
        key::cut(&mut self.name);
        none_if_long(&mut self.email);
        none_if_long(&mut self.locale);
        none_if_long(&mut self.time_zone);
        Ok(())
    }
}

impl MessageSnapshot {
    /// Whether nothing in it is too long.
    ///
    /// # Errors
    /// Which id is too long.
    pub fn check_bounds(&self) -> Result<(), UnreadableDelivery> {
        id("a message's", &self.external_id)?;
        optional_id("a message's writer's", self.author_external_id.as_deref())
    }
}
