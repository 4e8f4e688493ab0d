//! Where verified deliveries wait until a commit has written them to disk.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{base::limits, model::delivery::Delivery};

/// A delivery is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is new.
    Stored,
    /// It was stored before; nothing changes (G2, twice, late or out of order changes nothing).
    Known,
}

/// A delivery whose sender waits for an answer.
pub(super) struct Waiting {
    pub(super) delivery: Delivery,
    pub(super) stored: oneshot::Sender<Result<Receipt, ()>>,
}

/// Deliveries that wait for their commit, and the turn to commit them.
pub struct Inbox {
    pub(super) entrance: mpsc::Sender<Waiting>,
    pub(super) turn: Arc<Mutex<mpsc::Receiver<Waiting>>>,
}

impl Default for Inbox {
    fn default() -> Self {
        let (entrance, exit) = mpsc::channel(limits::RECEIVE_QUEUE);
        Self { entrance, turn: Arc::new(Mutex::new(exit)) }
    }
}
