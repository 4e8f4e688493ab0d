//! Who reads tickets, and how those that need a topic get one: each by a job of its own, or all that were read together by one.

use std::sync::{Mutex, PoisonError};

use crate::{
    flow::{app::App, jobs},
    model::id::TicketId,
    store::{Result, Tx},
};

/// Who reads.
#[derive(Clone, Copy)]
pub(super) struct TicketReader<'r> {
    /// Our own id in the helpdesk, where it is known.
    pub(super) us: Option<&'r str>,
    /// Where the tickets that need a topic are gathered. `None` where one ticket is read.
    ungrouped: Option<&'r Ungrouped>,
}

/// Tickets that were taken over together and need a topic.
#[derive(Default)]
pub(super) struct Ungrouped(Mutex<Vec<TicketId>>);

impl<'r> TicketReader<'r> {
    /// Reads one ticket.
    pub(super) const fn of_one(us: Option<&'r str>) -> Self {
        Self { us, ungrouped: None }
    }

    /// Reads many, and gathers those that need a topic until [`Ungrouped::enqueue`].
    pub(super) const fn of_many(us: Option<&'r str>, ungrouped: &'r Ungrouped) -> Self {
        Self { us, ungrouped: Some(ungrouped) }
    }

    /// A ticket needs a topic.
    pub(super) async fn group(&self, app: &App, tx: &mut Tx, ticket: TicketId) -> Result<()> {
        match self.ungrouped {
            Some(ungrouped) => {
                ungrouped.add(ticket);
                Ok(())
            }
            None => app.queue.add(tx, jobs::Group { ticket }).await,
        }
    }
}

impl Ungrouped {
    fn add(&self, ticket: TicketId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(ticket);
    }

    /// Enqueues what finds their topics, in the order in which they were read.
    pub(super) async fn enqueue(self, app: &App, tx: &mut Tx) -> Result<()> {
        let tickets = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() > 1 && app.embeddings.is_none() {
            return app.queue.add(tx, jobs::GroupMany { tickets }).await;
        }
        // An endpoint is asked for several vectors at a time, each by a job.
        let each = tickets.into_iter().map(|ticket| jobs::Group { ticket }).collect();
        app.queue.add_all(tx, each).await
    }
}
