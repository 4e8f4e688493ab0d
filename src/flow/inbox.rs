//! Where verified deliveries wait until a commit has written them to disk, and whose turn it is to commit or to read them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Mutex, MutexGuard, mpsc, oneshot};

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
    /// Whether it only tells of what we ourselves wrote: then reading it may come after everything else.
    pub(super) by_us: bool,
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
    pub(super) since: Instant,
    pub(super) stored: oneshot::Sender<Result<Receipt, ()>>,
}

/// Deliveries that wait for their commit, and the turn to commit them.
pub struct Inbox {
    pub(super) entrance: mpsc::Sender<Waiting>,
    pub(super) turn: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    pub(super) reading: Reading,
    /// Whether those whose turn came last had waited for long.
    is_slow: AtomicBool,
}

impl Inbox {
    /// Whether nothing more may wait: there is no room, or whoever came now would wait too long. If that were noticed only when their
    /// time is up, all would be stored just too late to be told so.
    pub(super) fn is_full(&self) -> bool {
        let room = self.entrance.capacity();
        let waiting = self.entrance.max_capacity().saturating_sub(room);
        room == 0 || (waiting >= limits::COMMIT_GROUP && self.is_slow.load(Ordering::Relaxed))
    }

    /// Says how long those had waited whose turn it is.
    pub(super) fn waited(&self, long: Duration) {
        self.is_slow.store(long > limits::RECEIVE_WAIT, Ordering::Relaxed);
    }
}

impl Default for Inbox {
    fn default() -> Self {
        let (entrance, exit) = mpsc::channel(limits::RECEIVE_QUEUE);
        Self {
            entrance,
            turn: Arc::new(Mutex::new(exit)),
            reading: Reading::default(),
            is_slow: AtomicBool::new(false),
        }
    }
}

/// Whose turn it is to read what is kept. Two jobs of one process would read the same deliveries, and each would throw away what the
/// other was quicker with. What a job was for is lost with its process only if the one that reads is, and that one is done again.
#[derive(Default)]
pub(super) struct Reading {
    alone: Mutex<()>,
    asked: AtomicU64,
}

impl Reading {
    /// Says that there is something to read. It has to be said before the turn is asked for.
    pub(super) fn ask(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
    }

    /// The turn, unless somebody has it. They look again before they end.
    pub(super) fn turn(&self) -> Option<ReadingTurn<'_>> {
        let alone = self.alone.try_lock().ok()?;
        Some(ReadingTurn { reading: self, asked: self.asked.load(Ordering::SeqCst), alone })
    }
}

/// The turn to read.
pub(super) struct ReadingTurn<'r> {
    reading: &'r Reading,
    asked: u64,
    alone: MutexGuard<'r, ()>,
}

impl ReadingTurn<'_> {
    /// Ends the turn, and says whether somebody asked meanwhile.
    pub(super) fn ends(self) -> WasAsked {
        let Self { reading, asked, alone } = self;
        drop(alone);
        if reading.asked.load(Ordering::SeqCst) == asked { WasAsked::No } else { WasAsked::Yes }
    }
}

/// Whether somebody asked for another look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WasAsked {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_many_wait_for_long_nobody_else_may() {
        let inbox = Inbox::default();
        let long = limits::RECEIVE_WAIT + Duration::from_millis(1);
        inbox.waited(long);
        assert!(!inbox.is_full(), "nobody waits");
        let comes = || inbox.entrance.clone().try_reserve_owned().unwrap();
        let mut waiting: Vec<_> = (1..limits::COMMIT_GROUP).map(|_| comes()).collect();
        assert!(!inbox.is_full(), "the next transaction stores them all");
        waiting.push(comes());
        assert!(inbox.is_full());
        inbox.waited(limits::RECEIVE_WAIT);
        assert!(!inbox.is_full());
        waiting.extend((waiting.len()..limits::RECEIVE_QUEUE).map(|_| comes()));
        assert!(inbox.is_full(), "there is no room");
    }

    #[test]
    fn whoever_asks_while_somebody_reads_is_read_for() {
        let reading = Reading::default();
        reading.ask();
        let turn = reading.turn().expect("nobody reads");
        assert!(reading.turn().is_none(), "one reads at a time");
        assert_eq!(turn.ends(), WasAsked::No);
        let turn = reading.turn().expect("nobody reads any more");
        reading.ask();
        assert!(reading.turn().is_none());
        assert_eq!(turn.ends(), WasAsked::Yes);
    }
}
