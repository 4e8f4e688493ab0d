//! One brand's terms and vectors, where candidates are found.
//!
//! Members have the numbers of the engine's list. A partition only ever adds larger numbers, so postings and rows stay
//! sorted. Document frequencies cover what came before.

use std::cell::RefCell;

use foldhash::HashMap;

use super::dense::EmbeddingRows;
use super::logarithm::ln;
use super::top_k::{ScoreAccumulator, ScoredMember};
use crate::analysis::{AnalyzedTicket, TermCount};

/// How many postings are scored for one ticket at most, rarest terms first. This bounds the cost of a ticket however
/// many came before it.
const POSTING_BUDGET: usize = 30_000;
/// A term in more than this percentage of tickets is not searched by, but still counts when tickets are compared.
const COMMON_SHARE_PERCENT: usize = 20;
/// With fewer tickets than this every term is searched by.
const SMALL_PARTITION: usize = 400;

/// A member that has a term, with the term's weight (subject counts double) and the member's length.
#[derive(Debug, Clone, Copy)]
struct Posting {
    member: u32,
    weight: u16,
    /// The sum of the weights of the member's terms. The limit on bodies keeps it far below 2^16.
    length: u16,
}

/// A term of an earlier ticket, kept for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DocumentTerm {
    pub(crate) term: u32,
    pub(crate) count: TermCount,
}

/// A term of the ticket that is being decided; unknown terms have no number.
#[derive(Debug, Clone)]
pub(crate) struct QueryTerm {
    pub(crate) term: Option<u32>,
    pub(crate) count: TermCount,
    pub(crate) idf: f32,
    pub(crate) is_number: bool,
}

thread_local! {
    /// Kept between tickets, because with a million members it is too large to allocate for each.
    static SCORES: RefCell<ScoreAccumulator> = RefCell::default();
}

#[derive(Debug, Default)]
pub(crate) struct Partition {
    terms: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    postings: Vec<Vec<Posting>>,
    /// The logarithm of each term's document frequency plus one. It has its own list because comparing needs thousands
    /// of them in random order.
    commonness: Vec<f32>,
    /// Whether each term contains a digit.
    is_number: Vec<bool>,
    length_total: u64,
    member_count: usize,
    by_fingerprint: HashMap<u64, Vec<u32>>,
    by_customer: HashMap<Box<str>, Vec<u32>>,
    pub(crate) rows: EmbeddingRows,
}

/// Inverse document frequencies of the tickets so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdfTable<'a> {
    commonness: &'a [f32],
    /// The logarithm of the number of tickets, plus one.
    all: f32,
}

impl IdfTable<'_> {
    /// Inverse document frequency, smoothed. A term that nobody has used is the rarest.
    #[inline]
    pub(crate) fn idf(self, term: Option<u32>) -> f32 {
        self.all - term.map_or(0.0, |term| self.commonness[term as usize]) + 0.1
    }
}

impl Partition {
    /// How many tickets it holds.
    pub(crate) fn len(&self) -> usize {
        self.member_count
    }

    /// Adds a ticket and returns its terms by number, sorted.
    pub(crate) fn add(&mut self, member: u32, analyzed: &AnalyzedTicket) -> Box<[DocumentTerm]> {
        let mut document: Vec<DocumentTerm> = Vec::with_capacity(analyzed.terms.len());
        let length: u64 = analyzed.terms.iter().map(|(_, count)| u64::from(weight(count))).sum();
        self.length_total += length;
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        for (name, count) in analyzed.terms.iter() {
            let term = self.number_of(name);
            self.postings[term as usize].push(Posting { member, weight: weight(count), length });
            self.commonness[term as usize] = ln(self.postings[term as usize].len() + 1);
            document.push(DocumentTerm { term, count });
        }
        document.sort_unstable_by_key(|h| h.term);
        self.by_fingerprint.entry(analyzed.fingerprint.hash).or_default().push(member);
        if let Some(customer) = &analyzed.customer {
            self.by_customer.entry(customer.as_str().into()).or_default().push(member);
        }
        if let Some(vector) = &analyzed.vector {
            self.rows.push(member, vector);
        }
        self.member_count += 1;
        document.into()
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

    /// The name of a known term.
    pub(crate) fn name(&self, term: u32) -> &str {
        self.names.get(term as usize).map_or("", |name| name)
    }

    /// Whether a known term contains a digit.
    pub(crate) fn is_number(&self, term: u32) -> bool {
        self.is_number[term as usize]
    }

    /// The inverse document frequencies so far.
    pub(crate) fn idf_table(&self) -> IdfTable<'_> {
        IdfTable { commonness: &self.commonness, all: ln(self.member_count + 1) }
    }

    /// The terms of a ticket with their inverse document frequencies, ordered by name.
    pub(crate) fn query(&self, analyzed: &AnalyzedTicket) -> Vec<QueryTerm> {
        let idf_table = self.idf_table();
        analyzed
            .terms
            .iter()
            .map(|(name, count)| {
                let term = self.terms.get(name).copied();
                QueryTerm { term, count, idf: idf_table.idf(term), is_number: name.bytes().any(|b| b.is_ascii_digit()) }
            })
            .collect()
    }

    /// The `limit` best of the first `members` by BM25, best first.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
    pub(crate) fn lexical(&self, query: &[QueryTerm], members: usize, limit: usize) -> Vec<ScoredMember> {
        if self.member_count == 0 {
            return Vec::new();
        }
        let common = self.member_count * COMMON_SHARE_PERCENT / 100;
        let mut used: Vec<(usize, &QueryTerm, &[Posting])> = query
            .iter()
            .filter_map(|a| {
                let term = a.term? as usize;
                let df = self.postings[term].len();
                let is_rare = self.member_count < SMALL_PARTITION || df <= common;
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
            scores.start(members);
            for (_, a, postings) in &used {
                add_pieces(scores, postings, f32::from(weight(a.count)).sqrt() * a.idf, average);
            }
            scores.best(used.iter().flat_map(|(.., postings)| postings.iter().map(|posting| posting.member)), limit)
        })
    }

    /// For each term of a ticket, the `limit` latest members that have it. During an outage its words are too common to
    /// search by, but the latest tickets are the ones about it.
    pub(crate) fn latest_with(&self, query: &[QueryTerm], limit: usize) -> impl Iterator<Item = u32> {
        let postings = query.iter().filter_map(|a| self.postings.get(a.term? as usize));
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

/// How many postings are scored at once, so that the compiler can divide several numbers with one instruction.
const WEIGHED_AT_ONCE: usize = 32;

/// Adds a term's score to each member that has it.
fn add_pieces(scores: &mut ScoreAccumulator, postings: &[Posting], query_weight: f32, average: f32) {
    let (blocks, rest) = postings.as_chunks::<WEIGHED_AT_ONCE>();
    for block in blocks {
        let pieces = block.map(|posting| piece(posting, query_weight, average));
        for (posting, piece) in block.iter().zip(pieces) {
            scores.add(posting.member, piece);
        }
    }
    for posting in rest {
        scores.add(posting.member, piece(*posting, query_weight, average));
    }
}

#[inline]
fn piece(posting: Posting, query_weight: f32, average: f32) -> f32 {
    query_weight * bm25(f32::from(posting.weight), f32::from(posting.length) / average)
}

/// A term's weight within one ticket; the subject counts double.
pub(crate) fn weight(count: TermCount) -> u16 {
    2 * u16::from(count.subject) + u16::from(count.body)
}

/// The saturating part of BM25 with k1 = 1.2 and b = 0.75.
pub(crate) fn bm25(weight: f32, relative_length: f32) -> f32 {
    weight * 2.2 / (weight + 1.2 * (0.25 + 0.75 * relative_length))
}
