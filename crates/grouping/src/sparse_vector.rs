//! Sparse vectors of a ticket's weighted terms. Thousands are compared for every ticket.
//!
//! Invariant: terms are sorted, and sums are added in that order. So a faster way to the same terms gives the same
//! bits.

use std::sync::LazyLock;

use crate::index::{IdfTable, Member, QueryTerm, bm25, ln, weight};

/// How many leaders a vector is compared with at once.
pub(crate) const LANES: usize = 8;

/// A term of a sparse vector.
#[derive(Debug, Clone, Copy)]
struct WeightedTerm {
    term: u32,
    /// Its weight in the whole text and in the subject.
    whole: f32,
    subject: f32,
    /// For the query, its inverse document frequency; for a document, its saturated frequency in BM25.
    bm25: f32,
}

/// Weighted terms sorted by number, with the lengths of both vectors.
pub(crate) struct SparseVector {
    words: Vec<WeightedTerm>,
    pub(crate) whole: f32,
    pub(crate) subject: f32,
    /// The sum of the weights in the whole text.
    pub(crate) mass: f32,
}

/// What two vectors have in common, and the heaviest term that only one of them has.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Overlap {
    pub(crate) whole: f32,
    pub(crate) subject: f32,
    pub(crate) query_mass: f32,
    pub(crate) document_mass: f32,
    pub(crate) rarest: f32,
    pub(crate) query_only: f32,
    pub(crate) document_only: f32,
    pub(crate) bm25: f32,
}

impl SparseVector {
    /// Of the ticket that is being decided.
    pub(crate) fn query(query: &[QueryTerm]) -> Self {
        let weighed = query.iter().map(|a| WeightedTerm {
            term: a.term.unwrap_or(u32::MAX),
            whole: tf(weight(a.count)) * a.idf,
            subject: tf(u16::from(a.count.subject)) * a.idf,
            bm25: a.idf,
        });
        let mut words: Vec<WeightedTerm> = weighed.collect();
        words.sort_unstable_by_key(|word| word.term);
        Self::of(words.into_iter())
    }

    /// Of an earlier ticket, whose terms are sorted.
    pub(crate) fn document(member: &Member, idf_table: IdfTable<'_>) -> Self {
        let dampening: &Dampening = &DAMPENING;
        Self::of(member.terms.iter().map(|document| {
            let idf = idf_table.idf(Some(document.term));
            let (weight, subject) = (usize::from(weight(document.count)), usize::from(document.count.subject));
            WeightedTerm {
                term: document.term,
                whole: dampening.tf[weight % DAMPENED] * idf,
                subject: dampening.tf[subject % DAMPENED] * idf,
                bm25: dampening.bm25[weight % DAMPENED],
            }
        }))
    }

    fn of(weighed: impl ExactSizeIterator<Item = WeightedTerm>) -> Self {
        let mut words = Vec::with_capacity(weighed.len());
        let (mut whole, mut subject, mut mass) = (0f32, 0f32, 0f32);
        words.extend(weighed.inspect(|word| {
            whole += word.whole.powi(2);
            subject += word.subject.powi(2);
            mass += word.whole;
        }));
        Self { words, whole: whole.sqrt(), subject: subject.sqrt(), mass }
    }

    /// How many terms it has.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }
}

/// Numbers of terms in a hash table with open addressing, because comparing looks up thousands for each ticket.
#[derive(Debug)]
struct TermSlots {
    /// `FREE` in an empty slot.
    slots: Vec<(u32, u32)>,
}

/// No term has this number; terms that were never seen use it.
const FREE: u32 = u32::MAX;

impl TermSlots {
    /// Room for this many terms, with most slots left empty.
    fn for_terms(count: usize) -> Self {
        Self { slots: vec![(FREE, 0); (4 * count).next_power_of_two()] }
    }

    /// The slot of a term, or the free slot where it belongs.
    #[inline]
    fn slot(&self, term: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (term.wrapping_mul(0x9e37_79b1) >> 7) as usize & mask;
        while self.slots[slot].0 != term && self.slots[slot].0 != FREE {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The number of a term, if it has one.
    #[inline]
    fn find(&self, term: u32) -> Option<usize> {
        let (found, number) = self.slots[self.slot(term)];
        (found != FREE).then_some(number as usize)
    }

    /// The number of a term; a term without one gets this one.
    fn find_or_set(&mut self, term: u32, number: usize) -> usize {
        let slot = self.slot(term);
        if self.slots[slot].0 == FREE {
            self.slots[slot] = (term, u32::try_from(number).unwrap_or(FREE));
        }
        self.slots[slot].1 as usize
    }
}

/// The vector of the ticket that is being decided, prepared for many comparisons.
pub(crate) struct QueryVector {
    pub(crate) sparse: SparseVector,
    /// The place of each known term in the vector.
    places: TermSlots,
    /// Places in the vector, the heaviest term first.
    heaviest: Vec<usize>,
}

impl QueryVector {
    pub(crate) fn of(query: &[QueryTerm]) -> Self {
        Self::from(SparseVector::query(query))
    }

    fn from(sparse: SparseVector) -> Self {
        let mut places = TermSlots::for_terms(sparse.len());
        for (at, word) in sparse.words.iter().enumerate().filter(|(_, word)| word.term != FREE) {
            places.find_or_set(word.term, at);
        }
        let mut heaviest: Vec<usize> = (0..sparse.len()).collect();
        heaviest.sort_unstable_by(|a, b| sparse.words[*b].whole.total_cmp(&sparse.words[*a].whole));
        Self { sparse, places, heaviest }
    }

    /// What it and a document's vector have in common. Of the terms that only one of them has, it records the heaviest
    /// within the range of the other's terms.
    pub(crate) fn shared(&self, document: &SparseVector) -> Overlap {
        let mut shared = Overlap::default();
        let (Some(last_query), Some(last_document)) = (self.sparse.words.last(), document.words.last()) else {
            return shared;
        };
        let mut is_shared = vec![false; self.sparse.len()];
        for word in &document.words {
            if let Some(at) = self.places.find(word.term) {
                let query = &self.sparse.words[at];
                is_shared[at] = true;
                shared.whole += query.whole * word.whole;
                shared.subject += query.subject * word.subject;
                shared.query_mass += query.whole;
                shared.document_mass += word.whole;
                shared.rarest = shared.rarest.max(query.whole.min(word.whole));
                shared.bm25 += query.bm25 * word.bm25;
            } else if word.whole > shared.document_only && word.term < last_query.term {
                shared.document_only = word.whole;
            }
        }
        let is_only_query = |at: &&usize| !is_shared[**at] && self.sparse.words[**at].term < last_document.term;
        shared.query_only = self.heaviest.iter().find(is_only_query).map_or(0.0, |at| self.sparse.words[*at].whole);
        shared
    }
}

/// The weights of a few vectors by term, to compare many vectors with all of them at once.
pub(crate) struct Leaders {
    places: TermSlots,
    weights: Vec<[f32; LANES]>,
}

impl Leaders {
    /// Of the first [`LANES`] of these vectors.
    pub(crate) fn of<'a>(sparse_vectors: impl Iterator<Item = &'a SparseVector> + Clone) -> Self {
        let sparse_vectors = sparse_vectors.take(LANES);
        let words: usize = sparse_vectors.clone().map(SparseVector::len).sum();
        let mut leaders = Self { places: TermSlots::for_terms(words), weights: Vec::with_capacity(words) };
        for (inference, sparse) in sparse_vectors.enumerate() {
            for word in &sparse.words {
                let at = leaders.places.find_or_set(word.term, leaders.weights.len());
                if at == leaders.weights.len() {
                    leaders.weights.push([0.0; LANES]);
                }
                leaders.weights[at][inference] = word.whole;
            }
        }
        leaders
    }

    /// The products of a vector's whole-text weights with those of each leader.
    pub(crate) fn products(&self, sparse: &SparseVector) -> [f32; LANES] {
        let mut sums = [0f32; LANES];
        for word in &sparse.words {
            if let Some(at) = self.places.find(word.term) {
                for (sum, weight) in sums.iter_mut().zip(&self.weights[at]) {
                    *sum += word.whole * weight;
                }
            }
        }
        sums
    }
}

/// More than the largest weight: a count is one byte, and counts in the subject are doubled.
const DAMPENED: usize = 1024;

/// Dampened frequencies within a text, for every weight that a term can have.
struct Dampening {
    tf: [f32; DAMPENED],
    bm25: [f32; DAMPENED],
}

static DAMPENING: LazyLock<Dampening> = LazyLock::new(|| {
    let of_weight = |worth: fn(u16) -> f32| std::array::from_fn(|weight| u16::try_from(weight).map_or(0.0, worth));
    Dampening { tf: of_weight(tf), bm25: of_weight(|weight| bm25(f32::from(weight), 1.0)) }
});

/// Dampened frequency within a text.
fn tf(count: u16) -> f32 {
    if count == 0 { 0.0 } else { 1.0 + ln(usize::from(count)) }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn sparse(terms: impl Iterator<Item = u32>) -> SparseVector {
        let weighed = |term: u32| {
            let weight = |by: u32| 1.0 / f32::from(u16::try_from(1 + term % by).unwrap());
            WeightedTerm { term, whole: weight(13), subject: weight(5), bm25: weight(7) }
        };
        let mut words: Vec<WeightedTerm> = terms.map(weighed).collect();
        words.sort_unstable_by_key(|word| word.term);
        SparseVector::of(words.into_iter())
    }

    /// Made-up vectors that share some terms and not others.
    fn sparse_vectors() -> Vec<SparseVector> {
        let terms = |seed: u32| {
            let terms: std::collections::BTreeSet<u32> = (0..60).map(|n| (n * seed * 7 + n * n) % 151).collect();
            terms.into_iter()
        };
        (1..20).map(|seed| sparse(terms(seed))).collect()
    }

    /// What two vectors have in common, found by merging both.
    fn side_by_side(query: &SparseVector, document: &SparseVector) -> Overlap {
        let mut shared = Overlap::default();
        let (mut i, mut j) = (0, 0);
        while i < query.words.len() && j < document.words.len() {
            let (a, b) = (&query.words[i], &document.words[j]);
            match a.term.cmp(&b.term) {
                Ordering::Less => shared.query_only = shared.query_only.max(a.whole),
                Ordering::Greater => shared.document_only = shared.document_only.max(b.whole),
                Ordering::Equal => {
                    shared.whole += a.whole * b.whole;
                    shared.subject += a.subject * b.subject;
                    shared.query_mass += a.whole;
                    shared.document_mass += b.whole;
                    shared.rarest = shared.rarest.max(a.whole.min(b.whole));
                    shared.bm25 += a.bm25 * b.bm25;
                }
            }
            (i, j) = (i + usize::from(a.term <= b.term), j + usize::from(b.term <= a.term));
        }
        shared
    }

    #[test]
    fn looking_terms_up_finds_to_the_bit_what_merging_finds() {
        let unknown = || sparse((0..40).map(|n| if n % 3 == 0 { FREE } else { n * 3 }));
        let empty = || sparse([].into_iter());
        for document in sparse_vectors().iter().chain([&empty()]) {
            for sparse in sparse_vectors().into_iter().chain([unknown(), empty()]) {
                let expected = side_by_side(&sparse, document);
                assert_eq!(QueryVector::from(sparse).shared(document), expected);
            }
        }
    }

    #[test]
    fn comparing_with_all_leaders_at_once_gives_to_the_bit_what_one_by_one_gives() {
        let sparse_vectors = sparse_vectors();
        let leaders = Leaders::of(sparse_vectors.iter().skip(3));
        for sparse in &sparse_vectors {
            for (product, leader) in leaders.products(sparse).into_iter().zip(sparse_vectors.iter().skip(3)) {
                assert_eq!(product.to_bits(), side_by_side(sparse, leader).whole.to_bits());
            }
        }
    }

    #[test]
    fn without_leaders_all_products_are_zero() {
        assert_eq!(Leaders::of([].iter()).products(&sparse_vectors()[0]).map(f32::to_bits), [0; LANES]);
    }
}
