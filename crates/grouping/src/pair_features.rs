//! What speaks for and against two tickets being about the same thing.
//!
//! All features are computed from what came before the ticket, and none needs a label. They have names, because they
//! are stored with decisions and shown to people.

use crate::analysis::{AnalyzedTicket, CodeKind};
use crate::feature_table::pair;
use crate::index::{DocumentTerm, IdfTable, Index, Member, Partition, QueryTerm, ScanResult, bm25, weight};
use crate::sparse_vector::{LANES, Leaders, QueryVector, SparseVector};
use crate::ticket::TicketKind;

/// How many features a pair of tickets has.
pub(crate) const PAIR_FEATURES: usize = pair::TABLE.len();

const MICROSECONDS_PER_DAY: f32 = 86_400_000_000.0;
/// How many of the nearest candidates measure how dense a neighbourhood is.
const NEIGHBOURS: usize = 4;
/// How many leading candidates are compared with all others. That is cheap with vectors and expensive with words.
const MEANING_LEADERS: usize = 24;
const WORD_LEADERS: usize = 6;
const _: () = assert!(WORD_LEADERS <= LANES);

/// How many kinds of codes there are.
const CODE_KINDS: usize = 5;

/// The features of one candidate.
#[derive(Debug, Clone)]
pub(crate) struct PairFeatures {
    pub(crate) member: u32,
    pub(crate) features: [f32; PAIR_FEATURES],
}

/// Compares one ticket with its candidates.
pub(crate) struct PairComparison<'a> {
    pub(crate) index: &'a Index,
    pub(crate) partition: &'a Partition,
    pub(crate) analyzed: &'a AnalyzedTicket,
    pub(crate) query: &'a [QueryTerm],
    pub(crate) scan: &'a ScanResult,
}

/// What is looked up once for a ticket and not again for each candidate.
struct QueryContext<'a> {
    sparse: QueryVector,
    idf_table: IdfTable<'a>,
    runs: TrigramSet,
    /// The BM25 score it would have against itself.
    bm25: f32,
    /// The terms of its subject, sorted.
    subject: Vec<&'a QueryTerm>,
    codes: Vec<QueryCode>,
    /// Its area, if it has one that was seen before.
    area: Option<u32>,
    customer: Option<u32>,
    organization: Option<u32>,
    kind: TicketKind,
    kind_certainty: f32,
}

impl PairComparison<'_> {
    /// The features of all candidates, in the given order.
    pub(crate) fn pairs(&self, candidates: &[u32]) -> Vec<PairFeatures> {
        let own = self.own();
        self.call_up(candidates);
        let sparse_vectors: Vec<SparseVector> =
            candidates.iter().map(|c| SparseVector::document(self.member(*c), own.idf_table)).collect();
        let mut pairs: Vec<PairFeatures> = candidates
            .iter()
            .zip(&sparse_vectors)
            .map(|(member, sparse)| PairFeatures { member: *member, features: self.alone(&own, sparse, *member) })
            .collect();
        self.add_meaning(&mut pairs);
        self.add_neighbours(&mut pairs, &sparse_vectors);
        add_standing(&mut pairs);
        pairs
    }

    /// Reads a little of every cache line that the comparison will need. Candidates are spread all over memory: this
    /// way the wait happens once, and not once for each of them.
    fn call_up(&self, candidates: &[u32]) {
        const TERMS_PER_LINE: usize = 64 / size_of::<DocumentTerm>();
        const TRIGRAMS_PER_LINE: usize = 64 / size_of::<u16>();
        let read = candidates.iter().fold(0u32, |read, candidate| {
            let member = self.member(*candidate);
            let document =
                member.terms.iter().step_by(TERMS_PER_LINE).fold(read, |sum, document| sum.wrapping_add(document.term));
            member
                .trigrams
                .iter()
                .step_by(TRIGRAMS_PER_LINE)
                .fold(document, |sum, run| sum.wrapping_add(u32::from(*run)))
        });
        std::hint::black_box(read);
    }

    fn member(&self, number: u32) -> &Member {
        &self.index.members[number as usize]
    }

    /// What is the same for all candidates.
    fn own(&self) -> QueryContext<'_> {
        let (analyzed, people) = (self.analyzed, &self.index.people);
        let (kind, kind_certainty) = match analyzed.stated_kind {
            Some(kind) => (kind, 1.0),
            None => analyzed.kind.likeliest(),
        };
        QueryContext {
            sparse: QueryVector::of(self.query),
            idf_table: self.partition.idf_table(),
            runs: TrigramSet::of(&analyzed.trigrams),
            bm25: self.own_bm25(),
            subject: self.query_subject(),
            codes: self.query_codes(),
            area: analyzed.area.as_deref().and_then(|area| self.index.areas.find(area)),
            customer: analyzed.customer.as_deref().and_then(|customer| people.find(customer)),
            organization: analyzed.organization.as_deref().and_then(|organization| people.find(organization)),
            kind,
            kind_certainty,
        }
    }

    /// The BM25 score that a ticket would have against itself.
    fn own_bm25(&self) -> f32 {
        self.query.iter().map(|a| a.idf * bm25(f32::from(weight(a.count)), 1.0)).sum()
    }

    /// The terms of the subject, sorted.
    fn query_subject(&self) -> Vec<&QueryTerm> {
        let mut subject: Vec<&QueryTerm> = self.query.iter().filter(|a| a.count.subject > 0).collect();
        subject.sort_unstable_by_key(|a| a.term);
        subject
    }

    /// The features that do not depend on the other candidates.
    #[expect(clippy::cast_precision_loss, reason = "days need no more precision")]
    fn alone(&self, own: &QueryContext<'_>, document: &SparseVector, number: u32) -> [f32; PAIR_FEATURES] {
        let query = &own.sparse.sparse;
        let member = self.member(number);
        let mut s = [0.0; PAIR_FEATURES];
        let shared = own.sparse.shared(document);
        s[pair::WORDS] = shared.whole / (query.whole * document.whole).max(1e-6);
        s[pair::WORDS_IN_SUBJECT] = shared.subject / (query.subject * document.subject).max(1e-6);
        s[pair::ASKED_WORDS_FOUND] = shared.query_mass / query.mass.max(1e-6);
        s[pair::EARLIER_WORDS_FOUND] = shared.document_mass / document.mass.max(1e-6);
        s[pair::WORDS_BM25] = if own.bm25 > 0.0 { (shared.bm25 / own.bm25).min(2.0) } else { 0.0 };
        s[pair::SPELLING] = own.runs.dice(&member.trigrams);
        s[pair::RARE_WORD] = shared.rarest / 8.0;
        s[pair::SAME_TEXT] =
            f32::from(self.analyzed.fingerprint.hash == member.fingerprint && self.analyzed.fingerprint.term_count > 0);
        let codes = self.compare_codes(&own.codes, member);
        s[pair::CODES_SHARED] = codes.shared;
        s[pair::CODES_CONFLICT] = codes.conflict;
        s[pair::VERSION_CONFLICT] = codes.version_conflict;
        if self.analyzed.area.is_some() && member.area.is_some() {
            s[pair::SAME_AREA] = f32::from(own.area == member.area);
            s[pair::OTHER_AREA] = f32::from(own.area != member.area);
        }
        let apart_us = (self.analyzed.created_at_us - member.created_at_us).abs();
        s[pair::DAYS_BETWEEN] = (1.0 + apart_us as f32 / MICROSECONDS_PER_DAY).ln();
        s[pair::SAME_CUSTOMER] = f32::from(own.customer.is_some() && own.customer == member.customer);
        s[pair::SAME_ORGANIZATION] = f32::from(own.organization.is_some() && own.organization == member.organization);
        s[pair::OTHER_KIND] = if own.kind == member.kind { 0.0 } else { own.kind_certainty };
        let (a, b) = (query.len() as f32 + 1.0, document.len() as f32 + 1.0);
        s[pair::LENGTH_RATIO] = (a / b).ln().abs();
        let age = self.index.members.len() as f32 - number as f32;
        s[pair::NEWNESS] = (1.0 + age).ln();
        let swap = self.subject_swap(own, member);
        s[pair::OTHER_WORDS_IN_SUBJECT] = swap.words;
        s[pair::OTHER_NUMBERS] = swap.numbers;
        s[pair::WORDS_ONLY_ASKED] = shared.query_only / 8.0;
        s[pair::WORDS_ONLY_EARLIER] = shared.document_only / 8.0;
        s
    }

    /// Subjects that are equal except for one word or number name different causes, such as "build for Centos 7" and
    /// "build for Centos 8".
    fn subject_swap(&self, own: &QueryContext<'_>, member: &Member) -> SubjectSwap {
        let subject = &own.subject;
        let (mut shared, mut query_only, mut document_only) = (0.0f32, 0.0f32, 0.0f32);
        let (mut query_numbers, mut document_numbers, mut numbers_shared) = (false, false, false);
        for query in subject {
            let document = query
                .term
                .and_then(|term| member.terms.binary_search_by_key(&term, |h| h.term).ok())
                .is_some_and(|at| member.terms[at].count.subject > 0);
            if document {
                shared += query.idf;
                numbers_shared |= query.is_number;
            } else {
                query_only = query_only.max(query.idf);
                query_numbers |= query.is_number;
            }
        }
        for document in member.terms.iter().filter(|h| h.count.subject > 0) {
            if subject.binary_search_by_key(&Some(document.term), |a| a.term).is_err() {
                document_only = document_only.max(own.idf_table.idf(Some(document.term)));
                document_numbers |= self.partition.is_number(document.term);
            }
        }
        let swapped = query_only.min(document_only);
        SubjectSwap {
            words: if swapped > 0.0 { shared / (shared + query_only + document_only) * swapped / 8.0 } else { 0.0 },
            numbers: if query_numbers && document_numbers && shared > 0.0 {
                if numbers_shared { 0.5 } else { 1.0 }
            } else {
                0.0
            },
        }
    }

    /// The codes of the ticket, by number where they were seen before.
    #[expect(clippy::cast_precision_loss, reason = "few codes")]
    fn query_codes(&self) -> Vec<QueryCode> {
        let total = self.index.members.len() as f32;
        let codes = self.analyzed.codes.iter().map(|code| {
            let idf_table = ((total + 1.0) / (self.index.codes.count(code) as f32 + 1.0)).ln();
            QueryCode { number: self.index.codes.find(code), kind: code.kind, idf_table: idf_table.max(0.0) / 8.0 }
        });
        codes.collect()
    }

    fn compare_codes(&self, query: &[QueryCode], member: &Member) -> CodeOverlap {
        let mut codes = CodeOverlap::default();
        if query.is_empty() || member.codes.is_empty() {
            return codes;
        }
        // For each kind: whether the ticket, the earlier one, and both name a code of it.
        let mut kinds = [(false, false, false); CODE_KINDS];
        for code in query {
            let shared = code.number.is_some_and(|number| member.codes.binary_search(&number).is_ok());
            let kind = &mut kinds[code.kind as usize];
            kind.0 = true;
            kind.2 |= shared;
            if shared && code.kind != CodeKind::Version {
                codes.shared += code.idf_table;
            }
        }
        for document in &member.codes {
            kinds[self.index.codes.code(*document).kind as usize].1 = true;
        }
        let conflicts = |kind: CodeKind| f32::from(matches!(kinds[kind as usize], (true, true, false)));
        codes.shared = codes.shared.min(2.0);
        codes.conflict =
            conflicts(CodeKind::Error) + conflicts(CodeKind::Exception) + 0.5 * conflicts(CodeKind::Identifier);
        codes.version_conflict = conflicts(CodeKind::Version);
        codes
    }

    /// Cosines of the sentence vectors: plain, with the mean of all tickets subtracted, and relative to all other
    /// tickets.
    fn add_meaning(&self, pairs: &mut [PairFeatures]) {
        let (Some(vector), rows) = (&self.analyzed.vector, &self.partition.rows) else {
            return;
        };
        let mean = rows.mean();
        let mean_square: f32 = mean.iter().map(|m| m * m).sum();
        let along = |values: &[i8], scale: f32| -> f32 {
            values.iter().zip(&mean).map(|(v, m)| f32::from(*v) * m).sum::<f32>() * scale
        };
        let query_along = along(&vector.values, vector.scale);
        let centred_length = |along: f32| (1.0 - 2.0 * along + mean_square).max(1e-3).sqrt();
        for pair in pairs {
            let Some(row) = rows.row_of(pair.member) else { continue };
            let cosine = rows.cosine(vector, row);
            let (values, scale) = rows.row(row);
            let document_along = along(values, scale);
            pair.features[pair::MEANING] = cosine;
            pair.features[pair::MEANING_CENTRED] = (cosine - query_along - document_along + mean_square)
                / (centred_length(query_along) * centred_length(document_along));
            pair.features[pair::MEANING_STANDING] = (cosine - self.scan.mean) / self.scan.deviation.max(0.02);
        }
    }

    /// How close a candidate is to the other candidates. One that is similar to all of them says little; one whose
    /// neighbours are similar to the ticket as well says more.
    fn add_neighbours(&self, pairs: &mut [PairFeatures], sparse_vectors: &[SparseVector]) {
        let rows = &self.partition.rows;
        let row_of: Vec<Option<usize>> = pairs.iter().map(|p| rows.row_of(p.member)).collect();
        let leaders = leading(pairs, pair::MEANING, MEANING_LEADERS);
        let meaning = closeness(pairs, pair::MEANING, &leaders, |at, rank| match (row_of[at], row_of[leaders[rank]]) {
            (Some(a), Some(b)) => rows.between(a, b),
            _ => 0.0,
        });
        let leaders = leading(pairs, pair::WORDS, WORD_LEADERS);
        let of_leaders = Leaders::of(leaders.iter().map(|leader| &sparse_vectors[*leader]));
        let products: Vec<[f32; LANES]> = sparse_vectors.iter().map(|sparse| of_leaders.products(sparse)).collect();
        let words = closeness(pairs, pair::WORDS, &leaders, |at, rank| {
            products[at][rank] / (sparse_vectors[at].whole * sparse_vectors[leaders[rank]].whole).max(1e-6)
        });
        for (pair, (meaning, words)) in pairs.iter_mut().zip(meaning.into_iter().zip(words)) {
            pair.features[pair::MEANING_LOCAL] = pair.features[pair::MEANING] - meaning.local;
            pair.features[pair::NEIGHBOURS_MEANING] = meaning.support;
            pair.features[pair::NEIGHBOURS_WORDS] = words.support;
        }
    }
}

/// A code of the ticket; a code that was never seen has no number.
#[derive(Debug, Clone, Copy)]
struct QueryCode {
    number: Option<u32>,
    kind: CodeKind,
    /// What it adds when an earlier ticket has it too.
    idf_table: f32,
}

#[derive(Debug, Default, Clone, Copy)]
struct CodeOverlap {
    shared: f32,
    conflict: f32,
    version_conflict: f32,
}

#[derive(Debug, Default, Clone, Copy)]
struct SubjectSwap {
    words: f32,
    numbers: f32,
}

#[derive(Debug, Default, Clone, Copy)]
struct Closeness {
    /// Mean similarity to the nearest other candidates.
    local: f32,
    /// Mean similarity to all candidates, weighted by how similar those are to the ticket.
    support: f32,
}

/// The leading candidates by one feature, best first. Of equal ones the newer comes first.
fn leading(pairs: &[PairFeatures], feature: usize, count: usize) -> Vec<usize> {
    let mut leaders: Vec<usize> = (0..pairs.len()).collect();
    leaders.sort_by(|a, b| {
        let (a, b) = (&pairs[*a], &pairs[*b]);
        b.features[feature].total_cmp(&a.features[feature]).then_with(|| b.member.cmp(&a.member))
    });
    leaders.truncate(count);
    leaders
}

/// How close each candidate is to the leaders, given its similarity to the leader at a rank. Comparing with the leaders
/// only keeps the cost bounded.
#[expect(clippy::cast_precision_loss, reason = "a handful of neighbours")]
fn closeness(
    pairs: &[PairFeatures],
    feature: usize,
    leaders: &[usize],
    similarity: impl Fn(usize, usize) -> f32,
) -> Vec<Closeness> {
    let best = leaders.first().map_or(0.0, |l| pairs[*l].features[feature]);
    let weights: Vec<f32> = leaders.iter().map(|l| ((pairs[*l].features[feature] - best) * 8.0).exp()).collect();
    let mut similar: Vec<f32> = Vec::with_capacity(leaders.len());
    (0..pairs.len())
        .map(|at| {
            similar.clear();
            let (mut sum, mut total) = (0.0, 1e-6);
            for (rank, (leader, weight)) in leaders.iter().zip(&weights).enumerate() {
                if *leader != at {
                    let similarity = similarity(at, rank);
                    similar.push(similarity);
                    sum += similarity * weight;
                    total += weight;
                }
            }
            similar.sort_unstable_by(|a, b| b.total_cmp(a));
            similar.truncate(NEIGHBOURS);
            Closeness { local: similar.iter().sum::<f32>() / similar.len().max(1) as f32, support: sum / total }
        })
        .collect()
}

/// How each candidate's word similarity compares with the list's mean, in standard deviations.
#[expect(clippy::cast_precision_loss, reason = "some dozen candidates")]
fn add_standing(pairs: &mut [PairFeatures]) {
    let count = pairs.len().max(1) as f32;
    let mean = pairs.iter().map(|p| p.features[pair::WORDS]).sum::<f32>() / count;
    let square = pairs.iter().map(|p| (p.features[pair::WORDS] - mean).powi(2)).sum::<f32>() / count;
    let deviation = square.sqrt().max(0.02);
    for pair in pairs {
        pair.features[pair::WORDS_STANDING] = (pair.features[pair::WORDS] - mean) / deviation;
    }
}

/// The trigrams of the ticket's subject, to be looked up for each earlier ticket.
struct TrigramSet {
    /// A bit for each possible hash of a trigram.
    among: Vec<u64>,
    count: usize,
}

impl TrigramSet {
    fn of(trigrams: &[u16]) -> Self {
        let mut among = vec![0u64; (usize::from(u16::MAX) + 1) / 64];
        for run in trigrams {
            among[usize::from(*run) / 64] |= 1 << (run % 64);
        }
        Self { among, count: trigrams.len() }
    }

    /// The Dice coefficient with an earlier ticket's trigrams.
    #[expect(clippy::cast_precision_loss, reason = "some dozen trigrams")]
    fn dice(&self, document: &[u16]) -> f32 {
        if self.count == 0 || document.is_empty() {
            return 0.0;
        }
        let shared: u64 = document.iter().map(|run| self.among[usize::from(*run) / 64] >> (run % 64) & 1).sum();
        2.0 * shared as f32 / (self.count + document.len()) as f32
    }
}
