//! Every ticket that was placed, in a form that can be searched and compared.
//!
//! Invariant: a member's number is its place in the list and never changes; removing a ticket
//! leaves its place empty. The index follows the order of placing, nothing else.

mod best;
mod dense;
mod logarithm;
mod shelf;

use std::collections::BTreeMap;

use foldhash::HashMap;

pub(crate) use dense::{Begun, Scan};
pub(crate) use logarithm::ln;
pub(crate) use shelf::{Asked, Held, Rarity, Shelf, bm25, weight};

use super::read::{Code, Reading};
use super::text::{Kind, TicketKey};

/// A placed ticket.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: TicketKey,
    pub(crate) alive: bool,
    pub(crate) created_at_us: i64,
    pub(crate) fingerprint: u64,
    pub(crate) kind: Kind,
    pub(crate) customer: Option<u32>,
    pub(crate) organization: Option<u32>,
    pub(crate) area: Option<u32>,
    pub(crate) held: Box<[Held]>,
    pub(crate) codes: Box<[u32]>,
    pub(crate) shingles: Box<[u16]>,
}

/// Gives strings that return often a number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
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

    /// In how many tickets a code stood.
    pub(crate) fn count(&self, code: &Code) -> u32 {
        self.numbers.get(code).map_or(0, |number| self.counts[*number as usize])
    }
}

/// All members and the shelves that find them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) members: Vec<Member>,
    pub(crate) shelves: Vec<Shelf>,
    by_brand: BTreeMap<String, u32>,
    by_key: HashMap<TicketKey, u32>,
    pub(crate) people: Names,
    pub(crate) areas: Names,
    pub(crate) codes: CodeBook,
}

impl Index {
    /// Adds a ticket; one that is there already is replaced.
    pub(crate) fn add(&mut self, reading: &Reading) -> u32 {
        self.remove(&reading.id);
        let number = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        let place = if let Some(known) = self.by_brand.get(&reading.brand) {
            *known
        } else {
            let opened = u32::try_from(self.shelves.len()).unwrap_or(u32::MAX);
            self.by_brand.insert(reading.brand.clone(), opened);
            self.shelves.push(Shelf::default());
            opened
        };
        let held = self.shelves[place as usize].add(number, reading);
        let mut codes: Vec<u32> = reading.codes.iter().map(|c| self.codes.add(c)).collect();
        codes.sort_unstable();
        self.members.push(Member {
            key: reading.id.clone(),
            alive: true,
            created_at_us: reading.created_at_us,
            fingerprint: reading.fingerprint.hash,
            kind: reading.stated_kind.unwrap_or(reading.kind.likeliest().0),
            customer: reading.customer.as_deref().map(|c| self.people.number(c)),
            organization: reading.organization.as_deref().map(|o| self.people.number(o)),
            area: reading.area.as_deref().map(|a| self.areas.number(a)),
            held,
            codes: codes.into(),
            shingles: reading.shingles.clone(),
        });
        self.by_key.insert(reading.id.clone(), number);
        number
    }

    /// Takes a ticket out; its number stays empty.
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

    /// The shelf of a brand, once a ticket of it was placed.
    pub(crate) fn shelf(&self, brand: &str) -> Option<&Shelf> {
        self.by_brand.get(brand).map(|shelf| &self.shelves[*shelf as usize])
    }
}
