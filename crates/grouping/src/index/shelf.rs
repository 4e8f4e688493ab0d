//! One brand's words and vectors: where candidates are found.
//!
//! Members are named by their number in the engine's list; a shelf only ever grows by larger
//! numbers, so postings and rows stay sorted. Document frequencies are of what came before.

use std::cell::RefCell;

use foldhash::HashMap;

use super::best::{Found, Scores};
use super::dense::Rows;
use super::logarithm::ln;
use crate::read::{Count, Reading};

/// Most postings that are added up for one ticket, rarest terms first: bounds the cost of a
/// ticket however many came before it.
const POSTING_BUDGET: usize = 30_000;
/// A term in more than this percentage of tickets finds nothing (it still counts in comparing).
const COMMON_SHARE_PERCENT: usize = 20;
/// Below this many tickets every term may find candidates.
const SMALL_SHELF: usize = 400;

/// A member that has a term, with how much of it (subject counts double) and how long the member is.
#[derive(Debug, Clone, Copy)]
struct Posting {
    member: u32,
    weight: u16,
    /// The sum of the weights of all terms of the member: what is read of a ticket keeps it far below 2^16.
    length: u16,
}

/// A term of a member as it is kept for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) term: u32,
    pub(crate) count: Count,
}

/// A term of the ticket that is being decided; unknown terms have no number.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) term: Option<u32>,
    pub(crate) count: Count,
    pub(crate) idf: f32,
    pub(crate) is_number: bool,
}

thread_local! {
    /// Kept between tickets: at a million members it is too large to be made for each.
    static SCORES: RefCell<Scores> = RefCell::default();
}

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    terms: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    postings: Vec<Vec<Posting>>,
    /// The logarithm of how many members hold each term, plus one; apart, because comparing asks it of thousands in no
    /// order.
    commonness: Vec<f32>,
    /// Whether each term carries a number.
    is_number: Vec<bool>,
    length_total: u64,
    member_count: usize,
    by_fingerprint: HashMap<u64, Vec<u32>>,
    by_customer: HashMap<Box<str>, Vec<u32>>,
    pub(crate) rows: Rows,
}

/// How rare terms are among the tickets so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rarity<'a> {
    commonness: &'a [f32],
    /// The logarithm of how many tickets there are, plus one.
    all: f32,
}

impl Rarity<'_> {
    /// Inverse document frequency, smoothed; what nobody wrote before is the rarest.
    #[inline]
    pub(crate) fn idf(self, term: Option<u32>) -> f32 {
        self.all - term.map_or(0.0, |term| self.commonness[term as usize]) + 0.1
    }
}

impl Shelf {
    /// How many tickets were put on this shelf.
    pub(crate) fn len(&self) -> usize {
        self.member_count
    }

    /// Puts a ticket on the shelf and gives its terms by number, sorted.
    pub(crate) fn add(&mut self, member: u32, reading: &Reading) -> Box<[Held]> {
        let mut held: Vec<Held> = Vec::with_capacity(reading.terms.len());
        let length: u64 = reading.terms.iter().map(|(_, count)| u64::from(weight(count))).sum();
        self.length_total += length;
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        for (name, count) in reading.terms.iter() {
            let term = self.number_of(name);
            self.postings[term as usize].push(Posting { member, weight: weight(count), length });
            self.commonness[term as usize] = ln(self.postings[term as usize].len() + 1);
            held.push(Held { term, count });
        }
        held.sort_unstable_by_key(|h| h.term);
        self.by_fingerprint.entry(reading.fingerprint.hash).or_default().push(member);
        if let Some(customer) = &reading.customer {
            self.by_customer.entry(customer.as_str().into()).or_default().push(member);
        }
        if let Some(vector) = &reading.vector {
            self.rows.push(member, vector);
        }
        self.member_count += 1;
        held.into()
    }

    fn number_of(&mut self, name: &str) -> u32 {
        if let Some(term) = self.terms.get(name) {
            return *term;
        }
        let term = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.terms.insert(name.into(), term);
        self.names.push(name.into());
        self.postings.push(Vec::new());
        self.commonness.push(ln(1));
        self.is_number.push(name.bytes().any(|b| b.is_ascii_digit()));
        term
    }

    /// The name of a term that members hold.
    pub(crate) fn name(&self, term: u32) -> &str {
        self.names.get(term as usize).map_or("", |name| name)
    }

    /// Whether a term that members hold carries a number.
    pub(crate) fn is_number(&self, term: u32) -> bool {
        self.is_number[term as usize]
    }

    /// How rare terms are so far.
    pub(crate) fn rarity(&self) -> Rarity<'_> {
        Rarity { commonness: &self.commonness, all: ln(self.member_count + 1) }
    }

    /// The terms of a ticket with their rarity so far, by name.
    pub(crate) fn asked(&self, reading: &Reading) -> Vec<Asked> {
        let rarity = self.rarity();
        reading
            .terms
            .iter()
            .map(|(name, count)| {
                let term = self.terms.get(name).copied();
                Asked { term, count, idf: rarity.idf(term), is_number: name.bytes().any(|b| b.is_ascii_digit()) }
            })
            .collect()
    }

    /// The `limit` best of the first `members` by BM25, best first.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
    pub(crate) fn lexical(&self, asked: &[Asked], members: usize, limit: usize) -> Vec<Found> {
        if self.member_count == 0 {
            return Vec::new();
        }
        let common = self.member_count * COMMON_SHARE_PERCENT / 100;
        let mut used: Vec<(usize, &Asked, &[Posting])> = asked
            .iter()
            .filter_map(|a| {
                let term = a.term? as usize;
                let df = self.postings[term].len();
                let is_rare = self.member_count < SMALL_SHELF || df <= common;
                is_rare.then(|| (df, a, self.postings[term].as_slice()))
            })
            .collect();
        used.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.term.cmp(&b.1.term)));
        let average = self.length_total as f32 / self.member_count as f32;
        let (mut spent, mut affordable) = (0, 0);
        for (df, ..) in &used {
            spent += df;
            if spent > POSTING_BUDGET && affordable > 0 {
                break;
            }
            affordable += 1;
        }
        used.truncate(affordable);
        SCORES.with_borrow_mut(|scores| {
            scores.begin(members);
            for (_, a, postings) in &used {
                add_pieces(scores, postings, f32::from(weight(a.count)).sqrt() * a.idf, average);
            }
            scores.best(used.iter().flat_map(|(.., postings)| postings.iter().map(|posting| posting.member)), limit)
        })
    }

    /// For each word of a ticket the `limit` latest members that hold it. In an outage its own words are too common to
    /// find by, and what came last is what it is about.
    pub(crate) fn latest_with(&self, asked: &[Asked], limit: usize) -> impl Iterator<Item = u32> {
        let postings = asked.iter().filter_map(|a| self.postings.get(a.term? as usize));
        postings.flat_map(move |postings| postings.iter().rev().take(limit).map(|posting| posting.member))
    }

    /// Earlier tickets with the same fingerprint, newest last.
    pub(crate) fn same_fingerprint(&self, hash: u64) -> &[u32] {
        self.by_fingerprint.get(&hash).map_or(&[], Vec::as_slice)
    }

    /// Earlier tickets of the same customer, newest last.
    pub(crate) fn same_customer(&self, customer: &str) -> &[u32] {
        self.by_customer.get(customer).map_or(&[], Vec::as_slice)
    }
}

/// So many postings are weighed at once, so that the compiler divides several numbers with one instruction.
const WEIGHED_AT_ONCE: usize = 32;

/// Adds what a term is worth to each member that has it.
fn add_pieces(scores: &mut Scores, postings: &[Posting], asked_weight: f32, average: f32) {
    let (blocks, rest) = postings.as_chunks::<WEIGHED_AT_ONCE>();
    for block in blocks {
        let pieces = block.map(|posting| piece(posting, asked_weight, average));
        for (posting, piece) in block.iter().zip(pieces) {
            scores.add(posting.member, piece);
        }
    }
    for posting in rest {
        scores.add(posting.member, piece(*posting, asked_weight, average));
    }
}

#[inline]
fn piece(posting: Posting, asked_weight: f32, average: f32) -> f32 {
    asked_weight * bm25(f32::from(posting.weight), f32::from(posting.length) / average)
}

/// A term's weight within one ticket: the subject counts double.
pub(crate) fn weight(count: Count) -> u16 {
    2 * u16::from(count.subject) + u16::from(count.body)
}

/// The saturating part of BM25 with k1 = 1.2 and b = 0.75.
pub(crate) fn bm25(weight: f32, relative_length: f32) -> f32 {
    weight * 2.2 / (weight + 1.2 * (0.25 + 0.75 * relative_length))
}
