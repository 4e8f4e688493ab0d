//! What people said about tickets and topics. It beats every score, for ever, and can be undone.
//!
//! The ledger is append-only: a correction is never changed, only marked as undone. Everything
//! else is derived from it and from where the machine placed each ticket:
//!
//! - a **pin** says where a person put a ticket; the machine cannot move it;
//! - a **parting** says which topic a ticket does not belong to;
//! - a **redirect** says which topic went into which.
//!
//! When two corrections contradict each other, the later one holds.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::text::{TicketKey, TopicKey};

/// What a person decided. Tickets and topics are named as the caller names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "said")]
pub enum Correction {
    /// The ticket speaks of this topic.
    Same {
        /// The ticket.
        ticket: TicketKey,
        /// Where it belongs.
        topic: TopicKey,
    },
    /// The ticket does not speak of this topic.
    NotSame {
        /// The ticket.
        ticket: TicketKey,
        /// Where it does not belong.
        topic: TopicKey,
    },
    /// The ticket goes from one topic to another and stays out of the first.
    Move {
        /// The ticket.
        ticket: TicketKey,
        /// Where it was.
        from: TopicKey,
        /// Where it belongs.
        to: TopicKey,
    },
    /// Both are one topic; `from` becomes a redirect to `into`.
    Merge {
        /// The topic that ends.
        from: TopicKey,
        /// The topic that stays.
        into: TopicKey,
    },
    /// These tickets are a topic of their own, apart from those that stay.
    Split {
        /// The tickets that leave.
        tickets: Vec<TicketKey>,
        /// The topic they leave.
        from: TopicKey,
        /// The topic they become.
        to: TopicKey,
        /// The tickets that stay; they never join `to` by machine.
        stay: Vec<TicketKey>,
    },
    /// An earlier correction does not hold any more.
    Undo {
        /// The correction's key.
        correction: String,
    },
}

/// Where the parting of a ticket and a topic stands in the order of corrections.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parting {
    topic: TopicKey,
    at: usize,
}

/// The corrections of people and what follows from those that hold.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: Vec<(String, Correction)>,
    /// Which of them hold.
    holds: Vec<bool>,
    numbers: HashMap<String, usize>,
    pins: HashMap<TicketKey, TopicKey>,
    partings: HashMap<TicketKey, Vec<Parting>>,
    redirects: HashMap<TopicKey, (TopicKey, usize)>,
}

impl Ledger {
    /// Appends a correction under a key of the caller. The same key again changes nothing.
    pub(crate) fn append(&mut self, key: &str, correction: &Correction) -> bool {
        if self.numbers.contains_key(key) {
            return false;
        }
        let at = self.entries.len();
        self.numbers.insert(key.to_owned(), at);
        self.entries.push((key.to_owned(), correction.clone()));
        self.holds.push(true);
        if matches!(correction, Correction::Undo { .. }) {
            self.derive();
        } else {
            self.apply(at, correction);
        }
        true
    }

    /// Works everything out anew from the corrections that hold. An undone undo lets its target
    /// hold again.
    fn derive(&mut self) {
        self.pins.clear();
        self.partings.clear();
        self.redirects.clear();
        let mut holds = vec![true; self.entries.len()];
        for at in (0..self.entries.len()).rev() {
            if let (true, Correction::Undo { correction }) = (holds[at], &self.entries[at].1)
                && let Some(target) = self.numbers.get(correction).filter(|target| **target < at)
            {
                holds[*target] = false;
            }
        }
        for (at, held) in holds.iter().enumerate() {
            if *held {
                let correction = self.entries[at].1.clone();
                self.apply(at, &correction);
            }
        }
        self.holds = holds;
    }

    /// The number of the latest correction.
    pub(crate) fn latest(&self) -> usize {
        self.entries.len().saturating_sub(1)
    }

    /// Whether a correction holds, by its number.
    pub(crate) fn holds(&self, number: usize) -> bool {
        self.holds.get(number).is_some_and(|holds| *holds)
    }

    fn apply(&mut self, at: usize, correction: &Correction) {
        match correction {
            Correction::Same { ticket, topic } => self.pin(ticket, topic),
            Correction::NotSame { ticket, topic } => self.part(ticket, topic, at),
            Correction::Move { ticket, from, to } => {
                if self.resolve(from) != self.resolve(to) {
                    self.part(ticket, from, at);
                }
                self.pin(ticket, to);
            }
            Correction::Merge { from, into } => {
                let (from, into) = (self.resolve(from), self.resolve(into));
                if from != into {
                    self.redirects.insert(from, (into, at));
                }
            }
            Correction::Split { tickets, from, to, stay } => {
                for ticket in tickets {
                    self.part(ticket, from, at);
                    self.pin(ticket, to);
                }
                for ticket in stay {
                    self.part(ticket, to, at);
                }
            }
            Correction::Undo { .. } => {}
        }
    }

    fn pin(&mut self, ticket: &TicketKey, topic: &TopicKey) {
        let root = self.resolve(topic);
        if let Some(mut partings) = self.partings.remove(ticket) {
            partings.retain(|parting| self.resolve(&parting.topic) != root);
            if !partings.is_empty() {
                self.partings.insert(ticket.clone(), partings);
            }
        }
        self.pins.insert(ticket.clone(), topic.clone());
    }

    fn part(&mut self, ticket: &TicketKey, topic: &TopicKey, at: usize) {
        if self.pins.get(ticket).is_some_and(|pinned| self.resolve(pinned) == self.resolve(topic)) {
            self.pins.remove(ticket);
        }
        self.partings.entry(ticket.clone()).or_default().push(Parting { topic: topic.clone(), at });
    }

    /// A correction with the topics that those it names have become.
    pub(crate) fn as_of_now(&self, correction: &Correction) -> Correction {
        let mut now = correction.clone();
        match &mut now {
            Correction::Same { topic, .. } | Correction::NotSame { topic, .. } => *topic = self.resolve(topic),
            Correction::Move { from, to, .. } | Correction::Split { from, to, .. } => {
                (*from, *to) = (self.resolve(from), self.resolve(to));
            }
            Correction::Merge { into, .. } => *into = self.resolve(into),
            Correction::Undo { .. } => {}
        }
        now
    }

    /// The topic that a topic has become.
    pub(crate) fn resolve(&self, topic: &TopicKey) -> TopicKey {
        self.resolve_before(topic, usize::MAX)
    }

    /// The same, through the merges that came before a correction alone. A redirect always leads
    /// to what was a root at its time, so following them ends.
    fn resolve_before(&self, topic: &TopicKey, before: usize) -> TopicKey {
        let mut root = topic;
        while let Some((into, at)) = self.redirects.get(root) {
            if *at >= before {
                break;
            }
            root = into;
        }
        root.clone()
    }

    /// Whether a person said that the ticket does not belong to this topic.
    ///
    /// A later merge that brought the ticket's own topic and the other together overrules it.
    pub(crate) fn parted(&self, ticket: &TicketKey, topic: &TopicKey, own: Option<&TopicKey>) -> bool {
        let Some(partings) = self.partings.get(ticket) else {
            return false;
        };
        let root = self.resolve(topic);
        let own = self.pins.get(ticket).or(own);
        partings.iter().any(|parting| {
            self.resolve(&parting.topic) == root
                && own.is_none_or(|own| {
                    self.resolve(own) != root
                        || self.resolve_before(own, parting.at) == self.resolve_before(&parting.topic, parting.at)
                })
        })
    }

    /// Where a ticket is, given where the machine placed it: `None` when a person took it out.
    pub(crate) fn whereabouts(&self, ticket: &TicketKey, placed: &TopicKey) -> Option<TopicKey> {
        if let Some(pinned) = self.pins.get(ticket) {
            return Some(self.resolve(pinned));
        }
        (!self.parted(ticket, placed, Some(placed))).then(|| self.resolve(placed))
    }
}
