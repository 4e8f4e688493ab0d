//! One brand's words and vectors: where candidates are found.
//!
//! Members are named by their number in the engine's list; a shelf only ever grows by larger
//! numbers, so postings and rows stay sorted. Document frequencies are of what came before.

use std::collections::HashMap;

use super::dense::Rows;
use super::logarithm::ln;
use crate::grouping::read::{Count, Reading};

/// Most postings that are added up for one ticket, rarest terms first: bounds the cost of a
/// ticket however many came before it.
const POSTING_BUDGET: usize = 30_000;
/// A term in more than this percentage of tickets finds nothing (it still counts in comparing).
const COMMON_SHARE_PERCENT: usize = 20;
/// Below this many tickets every term may find candidates.
const SMALL_SHELF: usize = 400;

/// A member that has a term, with how much of it (subject counts double).
#[derive(Debug, Clone, Copy)]
struct Posting {
    member: u32,
    weight: u16,
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

/// A candidate and its BM25 score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) member: u32,
    pub(crate) score: f32,
}

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    terms: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    postings: Vec<Vec<Posting>>,
    length_total: u64,
    member_count: usize,
    by_fingerprint: HashMap<u64, Vec<u32>>,
    by_customer: HashMap<Box<str>, Vec<u32>>,
    pub(crate) rows: Rows,
}

impl Shelf {
    /// How many tickets were put on this shelf.
    pub(crate) fn len(&self) -> usize {
        self.member_count
    }

    /// Puts a ticket on the shelf and gives its terms by number, sorted.
    pub(crate) fn add(&mut self, member: u32, reading: &Reading) -> Box<[Held]> {
        let mut held: Vec<Held> = Vec::with_capacity(reading.terms.len());
        for (name, count) in &reading.terms {
            let term = self.number_of(name);
            let weight = weight(*count);
            self.length_total += u64::from(weight);
            self.postings[term as usize].push(Posting { member, weight });
            held.push(Held { term, count: *count });
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
        term
    }

    /// The name of a term that members hold.
    pub(crate) fn name(&self, term: u32) -> &str {
        self.names.get(term as usize).map_or("", |name| name)
    }

    /// Inverse document frequency, smoothed; what nobody wrote before is the rarest.
    pub(crate) fn idf(&self, term: Option<u32>) -> f32 {
        let held_by = term.map_or(0, |term| self.postings[term as usize].len());
        ln(self.member_count + 1) - ln(held_by + 1) + 0.1
    }

    /// The terms of a ticket with their rarity so far, by name.
    pub(crate) fn asked(&self, reading: &Reading) -> Vec<Asked> {
        reading
            .terms
            .iter()
            .map(|(name, count)| {
                let term = self.terms.get(name.as_str()).copied();
                Asked { term, count: *count, idf: self.idf(term), is_number: name.bytes().any(|b| b.is_ascii_digit()) }
            })
            .collect()
    }

    /// The `limit` best members by BM25, best first, given how long each member is.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
    pub(crate) fn lexical(&self, asked: &[Asked], lengths: &[f32], limit: usize) -> Vec<Found> {
        if self.member_count == 0 {
            return Vec::new();
        }
        let common = self.member_count * COMMON_SHARE_PERCENT / 100;
        let mut used: Vec<(usize, &Asked, &[Posting])> = asked
            .iter()
            .filter_map(|a| {
                let postings = self.postings[a.term? as usize].as_slice();
                Some((postings.len(), a, postings))
            })
            .filter(|(df, ..)| self.member_count < SMALL_SHELF || *df <= common)
            .collect();
        used.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.term.cmp(&b.1.term)));
        let average = self.length_total as f32 / self.member_count as f32;
        let mut scores = vec![0f32; lengths.len()];
        let mut touched: Vec<u32> = Vec::new();
        let mut spent = 0;
        for (df, a, postings) in used {
            spent += df;
            if spent > POSTING_BUDGET && !touched.is_empty() {
                break;
            }
            let asked_weight = f32::from(weight(a.count)).sqrt() * a.idf;
            for posting in postings {
                let score = &mut scores[posting.member as usize];
                if *score == 0.0 {
                    touched.push(posting.member);
                }
                *score += asked_weight * bm25(f32::from(posting.weight), lengths[posting.member as usize] / average);
            }
        }
        let found = touched.into_iter().map(|member| Found { member, score: scores[member as usize] }).collect();
        best(found, limit)
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

/// A term's weight within one ticket: the subject counts double.
pub(crate) fn weight(count: Count) -> u16 {
    2 * u16::from(count.subject) + u16::from(count.body)
}

/// The saturating part of BM25 with k1 = 1.2 and b = 0.75.
pub(crate) fn bm25(weight: f32, relative_length: f32) -> f32 {
    weight * 2.2 / (weight + 1.2 * (0.25 + 0.75 * relative_length))
}

/// The best by score, ties by age: the same whatever order they were found in.
pub(crate) fn best(mut found: Vec<Found>, limit: usize) -> Vec<Found> {
    let order = |a: &Found, b: &Found| b.score.total_cmp(&a.score).then_with(|| b.member.cmp(&a.member));
    if found.len() > limit && limit > 0 {
        found.select_nth_unstable_by(limit - 1, order);
        found.truncate(limit);
    }
    found.sort_unstable_by(order);
    found
}
