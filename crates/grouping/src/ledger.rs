//! What people said about tickets and topics. It beats every score, and it holds until a person undoes it.
//!
//! The ledger is append-only: a correction is never changed, only marked as undone. Everything else follows from the
//! corrections and from where the machine placed each ticket:
//!
//! - a **pin** (must-link) says where a person put a ticket; the machine cannot move it;
//! - a **cannot-link** says which topic a ticket does not belong to;
//! - a **redirect** says which topic was merged into which.
//!
//! When two corrections contradict each other, the later one holds.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::ticket::{TicketKey, TopicKey};

/// What a person decided. Tickets and topics have the caller's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "said")]
pub enum Correction {
    /// The ticket is about this topic.
    Same {
        /// The ticket.
        ticket: TicketKey,
        /// Where it belongs.
        topic: TopicKey,
    },
    /// The ticket is not about this topic.
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
        /// The tickets that stay; the machine never puts them into `to`.
        stay: Vec<TicketKey>,
    },
    /// An earlier correction no longer holds.
    Undo {
        /// The correction's key.
        correction: String,
    },
}

/// A topic that a ticket does not belong to, with the number of the correction that said so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CannotLink {
    topic: TopicKey,
    at: usize,
}

/// People's corrections, and what follows from those that hold.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: Vec<(String, Correction)>,
    /// Which of them hold.
    holds: Vec<bool>,
    numbers: HashMap<String, usize>,
    pins: HashMap<TicketKey, TopicKey>,
    cannot_links: HashMap<TicketKey, Vec<CannotLink>>,
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

    /// Derives everything again from the corrections that hold. Undoing an undo makes its target hold again.
    fn derive(&mut self) {
        self.pins.clear();
        self.cannot_links.clear();
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

    /// Whether the correction with this number holds.
    pub(crate) fn holds(&self, number: usize) -> bool {
        self.holds.get(number).is_some_and(|holds| *holds)
    }

    fn apply(&mut self, at: usize, correction: &Correction) {
        match correction {
            Correction::Same { ticket, topic } => self.pin(ticket, topic),
            Correction::NotSame { ticket, topic } => self.add_cannot_link(ticket, topic, at),
            Correction::Move { ticket, from, to } => {
                if self.resolve(from) != self.resolve(to) {
                    self.add_cannot_link(ticket, from, at);
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
                    self.add_cannot_link(ticket, from, at);
                    self.pin(ticket, to);
                }
                for ticket in stay {
                    self.add_cannot_link(ticket, to, at);
                }
            }
            Correction::Undo { .. } => {}
        }
    }

    fn pin(&mut self, ticket: &TicketKey, topic: &TopicKey) {
        let root = self.resolve(topic);
        if let Some(mut cannot_links) = self.cannot_links.remove(ticket) {
            cannot_links.retain(|link| self.resolve(&link.topic) != root);
            if !cannot_links.is_empty() {
                self.cannot_links.insert(ticket.clone(), cannot_links);
            }
        }
        self.pins.insert(ticket.clone(), topic.clone());
    }

    /// Whether a person put the ticket where it is.
    pub(crate) fn is_pinned(&self, ticket: &TicketKey) -> bool {
        self.pins.contains_key(ticket)
    }

    fn add_cannot_link(&mut self, ticket: &TicketKey, topic: &TopicKey, at: usize) {
        if self.pins.get(ticket).is_some_and(|pinned| self.resolve(pinned) == self.resolve(topic)) {
            self.pins.remove(ticket);
        }
        self.cannot_links.entry(ticket.clone()).or_default().push(CannotLink { topic: topic.clone(), at });
    }

    /// What a topic has become through merges.
    pub(crate) fn resolve(&self, topic: &TopicKey) -> TopicKey {
        self.resolve_before(topic, usize::MAX)
    }

    /// The same, through only those merges that came before a correction. A redirect always leads to what was not
    /// redirected at that time, so following redirects ends.
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
    /// A later merge that brought the ticket's own topic and the other together overrules that.
    pub(crate) fn is_cannot_link(&self, ticket: &TicketKey, topic: &TopicKey, own: Option<&TopicKey>) -> bool {
        let Some(cannot_links) = self.cannot_links.get(ticket) else {
            return false;
        };
        let root = self.resolve(topic);
        let own = self.pins.get(ticket).or(own);
        cannot_links.iter().any(|link| {
            self.resolve(&link.topic) == root
                && own.is_none_or(|own| {
                    self.resolve(own) != root
                        || self.resolve_before(own, link.at) == self.resolve_before(&link.topic, link.at)
                })
        })
    }

    /// Where a ticket is, given where the machine placed it; `None` when a person took it out.
    pub(crate) fn whereabouts(&self, ticket: &TicketKey, placed: &TopicKey) -> Option<TopicKey> {
        if let Some(pinned) = self.pins.get(ticket) {
            return Some(self.resolve(pinned));
        }
        (!self.is_cannot_link(ticket, placed, Some(placed))).then(|| self.resolve(placed))
    }
}
