//! Where verified deliveries wait until a commit has written them to disk.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{
    base::limits,
    model::delivery::{Delivery, DeliveryState},
    store::deliveries::ReadAs,
};

/// A delivery is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is new.
    Stored,
    /// It was stored before; nothing changes (G2, twice, late or out of order changes nothing).
    Known,
}

/// What a delivery says that only names what is to be read (G10, webhooks are hints).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Naming {
    /// The ticket or the person that it speaks of, as deliveries keep it.
    pub(super) about: Option<String>,
    /// Whether it concerns us.
    pub(super) concerns: bool,
    /// The helpdesk's ids of tickets to read.
    pub(super) tickets: Vec<String>,
    /// The helpdesk's ids of people of whom one ticket is to be read.
    pub(super) people: Vec<String>,
}

impl Naming {
    /// What the delivery turned out to be.
    pub(super) fn meaning(&self) -> ReadAs<'_> {
        let state = if self.concerns { DeliveryState::Understood } else { DeliveryState::Ignored };
        ReadAs { state, about: self.about.as_deref() }
    }
}

/// A delivery whose sender waits for an answer.
pub(super) struct Waiting {
    pub(super) delivery: Delivery,
    /// What it names, if it only names what is to be read.
    pub(super) named: Option<Naming>,
    pub(super) stored: oneshot::Sender<Result<Receipt, ()>>,
}

/// Deliveries that wait for their commit, and the turn to commit them.
pub struct Inbox {
    pub(super) entrance: mpsc::Sender<Waiting>,
    pub(super) turn: Arc<Mutex<mpsc::Receiver<Waiting>>>,
}

impl Inbox {
    /// Whether nothing more may wait.
    pub(super) fn is_full(&self) -> bool {
        self.entrance.capacity() == 0
    }
}

impl Default for Inbox {
    fn default() -> Self {
        let (entrance, exit) = mpsc::channel(limits::RECEIVE_QUEUE);
        Self { entrance, turn: Arc::new(Mutex::new(exit)) }
    }
}
