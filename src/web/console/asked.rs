//! What an address or a form of the console names: a topic, a ticket, or several tickets.

use super::shell::ConsoleError;
use crate::{
    flow::people::several::SEVERAL_MAX,
    model::id::{TicketId, TopicId},
};

pub(super) fn topic_id(text: &str) -> Result<TopicId, ConsoleError> {
    TopicId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such topic."))
}

pub(super) fn ticket_id(text: &str) -> Result<TicketId, ConsoleError> {
    TicketId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such ticket."))
}

/// The tickets that the boxes of a page chose, where a field is repeated for each.
#[derive(Clone, Debug, Default)]
pub(super) struct ChosenTickets(Vec<String>);

impl ChosenTickets {
    /// Reads them from an address or a form.
    pub fn of(pairs: &[(String, String)]) -> Self {
        let chosen = pairs.iter().filter(|(name, _)| name == "ticket").map(|(_, id)| id.clone());
        Self(chosen.take(SEVERAL_MAX).collect())
    }

    /// Whether a ticket is among them.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|chosen| chosen == id)
    }

    /// Their ids.
    pub fn ids(&self) -> Result<Vec<TicketId>, ConsoleError> {
        if self.0.is_empty() {
            return Err(ConsoleError::refused("Please choose the tickets that you mean first: tick their boxes."));
        }
        self.0.iter().map(|id| ticket_id(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_chosen_by_a_field_for_each() {
        let pairs =
            [("ticket", "a"), ("find", "b"), ("ticket", "c")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let chosen = ChosenTickets::of(&pairs);
        assert!(chosen.has("a") && chosen.has("c") && !chosen.has("b"));
        assert!(ChosenTickets::of(&[]).ids().is_err(), "nothing was chosen");
    }
}
