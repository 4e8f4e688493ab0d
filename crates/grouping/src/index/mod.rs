//! Every placed ticket, in a form that can be searched and compared.
//!
//! Invariant: a member's number is its place in the list and never changes. Removing a ticket leaves its place empty.
//! The index depends on the order of placing and on nothing else.

mod dense;
mod logarithm;
mod partition;
mod top_k;

use std::collections::BTreeMap;

use foldhash::HashMap;

pub use dense::PartialScan;
pub(crate) use dense::ScanResult;
pub(crate) use logarithm::ln;
pub(crate) use partition::{DocumentTerm, IdfTable, Partition, QueryTerm, bm25, weight};

use super::analysis::{AnalyzedTicket, Code};
use super::ticket::{TicketKey, TicketKind};

/// A placed ticket.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: TicketKey,
    pub(crate) alive: bool,
    pub(crate) created_at_us: i64,
    pub(crate) fingerprint: u64,
    pub(crate) kind: TicketKind,
    pub(crate) customer: Option<u32>,
    pub(crate) organization: Option<u32>,
    pub(crate) area: Option<u32>,
    pub(crate) terms: Box<[DocumentTerm]>,
    pub(crate) codes: Box<[u32]>,
    pub(crate) trigrams: Box<[u16]>,
}

/// Gives recurring strings a number.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    numbers: HashMap<Box<str>, u32>,
}

impl Interner {
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.into(), number);
        number
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }
}

/// The codes that were seen, by number.
#[derive(Debug, Default)]
pub(crate) struct CodeBook {
    numbers: HashMap<Code, u32>,
    codes: Vec<Code>,
    counts: Vec<u32>,
}

impl CodeBook {
    fn add(&mut self, code: &Code) -> u32 {
        let number = if let Some(number) = self.numbers.get(code) {
            *number
        } else {
            let number = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
            self.numbers.insert(code.clone(), number);
            self.codes.push(code.clone());
            self.counts.push(0);
            number
        };
        self.counts[number as usize] += 1;
        number
    }

    pub(crate) fn code(&self, number: u32) -> &Code {
        &self.codes[number as usize]
    }

    /// The number of a code, if it was seen.
    pub(crate) fn find(&self, code: &Code) -> Option<u32> {
        self.numbers.get(code).copied()
    }

    /// In how many tickets a code appeared.
    pub(crate) fn count(&self, code: &Code) -> u32 {
        self.numbers.get(code).map_or(0, |number| self.counts[*number as usize])
    }
}

/// All members, and the partitions that find them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) members: Vec<Member>,
    pub(crate) partitions: Vec<Partition>,
    by_brand: BTreeMap<String, u32>,
    by_key: HashMap<TicketKey, u32>,
    pub(crate) people: Interner,
    pub(crate) areas: Interner,
    pub(crate) codes: CodeBook,
}

impl Index {
    /// Adds a ticket. One that exists already is replaced.
    pub(crate) fn add(&mut self, analyzed: &AnalyzedTicket) -> u32 {
        self.remove(&analyzed.id);
        let number = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        let place = if let Some(known) = self.by_brand.get(&analyzed.brand) {
            *known
        } else {
            let opened = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX);
            self.by_brand.insert(analyzed.brand.clone(), opened);
            self.partitions.push(Partition::default());
            opened
        };
        let terms = self.partitions[place as usize].add(number, analyzed);
        let mut codes: Vec<u32> = analyzed.codes.iter().map(|c| self.codes.add(c)).collect();
        codes.sort_unstable();
        self.members.push(Member {
            key: analyzed.id.clone(),
            alive: true,
            created_at_us: analyzed.created_at_us,
            fingerprint: analyzed.fingerprint.hash,
            kind: analyzed.stated_kind.unwrap_or(analyzed.kind.likeliest().0),
            customer: analyzed.customer.as_deref().map(|c| self.people.number(c)),
            organization: analyzed.organization.as_deref().map(|o| self.people.number(o)),
            area: analyzed.area.as_deref().map(|a| self.areas.number(a)),
            terms,
            codes: codes.into(),
            trigrams: analyzed.trigrams.clone(),
        });
        self.by_key.insert(analyzed.id.clone(), number);
        number
    }

    /// Removes a ticket; its number stays empty.
    pub(crate) fn remove(&mut self, ticket: &TicketKey) -> Option<u32> {
        let number = self.by_key.remove(ticket)?;
        self.members[number as usize].alive = false;
        Some(number)
    }

    /// The number of a ticket.
    pub(crate) fn find(&self, ticket: &TicketKey) -> Option<u32> {
        self.by_key.get(ticket).copied()
    }

    /// How many tickets are placed.
    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// The partition of a brand, once one of its tickets was placed.
    pub(crate) fn partition(&self, brand: &str) -> Option<&Partition> {
        self.by_brand.get(brand).map(|partition| &self.partitions[*partition as usize])
    }
}
