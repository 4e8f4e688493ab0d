//! Weighed words of a ticket and of its candidates, compared thousands of times a ticket.
//!
//! Invariant: words stand in the order of their terms and sums are added in that order, so that a
//! faster way to the same words gives the same bits.

use std::sync::LazyLock;

use super::index::{Asked, Member, Rarity, bm25, ln, weight};

/// So many bags are compared with others at once.
pub(crate) const LANES: usize = 8;

/// A word of a bag.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    term: u32,
    /// Its weight in the whole text and in the subject.
    whole: f32,
    subject: f32,
    /// Of what is asked: its rarity; of what is held: how far its frequency saturates BM25.
    bm25: f32,
}

/// Weighed words, sorted by term, with the lengths of both weights.
pub(crate) struct Bag {
    words: Vec<Weighed>,
    pub(crate) whole: f32,
    pub(crate) subject: f32,
    /// The sum of the weights in the whole text.
    pub(crate) mass: f32,
}

/// What two bags have in common, and the heaviest word that only one has.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Shared {
    pub(crate) whole: f32,
    pub(crate) subject: f32,
    pub(crate) asked_mass: f32,
    pub(crate) held_mass: f32,
    pub(crate) rarest: f32,
    pub(crate) asked_only: f32,
    pub(crate) held_only: f32,
    pub(crate) bm25: f32,
}

impl Bag {
    /// Of the ticket that is being decided.
    pub(crate) fn asked(asked: &[Asked]) -> Self {
        let weighed = asked.iter().map(|a| Weighed {
            term: a.term.unwrap_or(u32::MAX),
            whole: tf(weight(a.count)) * a.idf,
            subject: tf(u16::from(a.count.subject)) * a.idf,
            bm25: a.idf,
        });
        let mut words: Vec<Weighed> = weighed.collect();
        words.sort_unstable_by_key(|word| word.term);
        Self::of(words.into_iter())
    }

    /// Of an earlier ticket, whose words are sorted.
    pub(crate) fn held(member: &Member, rarity: Rarity<'_>) -> Self {
        let dampening: &Dampening = &DAMPENING;
        Self::of(member.held.iter().map(|held| {
            let idf = rarity.idf(Some(held.term));
            let (weight, subject) = (usize::from(weight(held.count)), usize::from(held.count.subject));
            Weighed {
                term: held.term,
                whole: dampening.tf[weight % DAMPENED] * idf,
                subject: dampening.tf[subject % DAMPENED] * idf,
                bm25: dampening.bm25[weight % DAMPENED],
            }
        }))
    }

    fn of(weighed: impl ExactSizeIterator<Item = Weighed>) -> Self {
        let mut words = Vec::with_capacity(weighed.len());
        let (mut whole, mut subject, mut mass) = (0f32, 0f32, 0f32);
        words.extend(weighed.inspect(|word| {
            whole += word.whole.powi(2);
            subject += word.subject.powi(2);
            mass += word.whole;
        }));
        Self { words, whole: whole.sqrt(), subject: subject.sqrt(), mass }
    }

    /// How many words it has.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }
}

/// Terms with a number each, found by open addressing: comparing looks up thousands for each ticket.
#[derive(Debug)]
struct Places {
    /// `FREE` where nothing stands.
    slots: Vec<(u32, u32)>,
}

/// No term has this number; words that were never seen go by it.
const FREE: u32 = u32::MAX;

impl Places {
    /// Room for so many terms, most of it left empty.
    fn for_terms(count: usize) -> Self {
        Self { slots: vec![(FREE, 0); (4 * count).next_power_of_two()] }
    }

    /// Where a term stands, or the free slot where it would.
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

    /// The number of a term; if it has none, it gets this one.
    fn find_or_set(&mut self, term: u32, number: usize) -> usize {
        let slot = self.slot(term);
        if self.slots[slot].0 == FREE {
            self.slots[slot] = (term, u32::try_from(number).unwrap_or(FREE));
        }
        self.slots[slot].1 as usize
    }
}

/// The words of the ticket that is being decided, to be compared with many earlier ones.
pub(crate) struct AskedBag {
    pub(crate) bag: Bag,
    /// Where each word that was seen before stands in the bag.
    places: Places,
    /// The words from the heaviest on, by where they stand.
    heaviest: Vec<usize>,
}

impl AskedBag {
    pub(crate) fn of(asked: &[Asked]) -> Self {
        Self::from(Bag::asked(asked))
    }

    fn from(bag: Bag) -> Self {
        let mut places = Places::for_terms(bag.len());
        for (at, word) in bag.words.iter().enumerate().filter(|(_, word)| word.term != FREE) {
            places.find_or_set(word.term, at);
        }
        let mut heaviest: Vec<usize> = (0..bag.len()).collect();
        heaviest.sort_unstable_by(|a, b| bag.words[*b].whole.total_cmp(&bag.words[*a].whole));
        Self { bag, places, heaviest }
    }

    /// What it and an earlier ticket's bag have in common. Of a word that only one has, it counts how heavy the heaviest
    /// is, as far as the other's words reach.
    pub(crate) fn shared(&self, held: &Bag) -> Shared {
        let mut shared = Shared::default();
        let (Some(last_asked), Some(last_held)) = (self.bag.words.last(), held.words.last()) else {
            return shared;
        };
        let mut is_shared = vec![false; self.bag.len()];
        for word in &held.words {
            if let Some(at) = self.places.find(word.term) {
                let asked = &self.bag.words[at];
                is_shared[at] = true;
                shared.whole += asked.whole * word.whole;
                shared.subject += asked.subject * word.subject;
                shared.asked_mass += asked.whole;
                shared.held_mass += word.whole;
                shared.rarest = shared.rarest.max(asked.whole.min(word.whole));
                shared.bm25 += asked.bm25 * word.bm25;
            } else if word.whole > shared.held_only && word.term < last_asked.term {
                shared.held_only = word.whole;
            }
        }
        let is_only_asked = |at: &&usize| !is_shared[**at] && self.bag.words[**at].term < last_held.term;
        shared.asked_only = self.heaviest.iter().find(is_only_asked).map_or(0.0, |at| self.bag.words[*at].whole);
        shared
    }
}

/// The words of a few bags by term, to compare many bags with all of them at once.
pub(crate) struct Leaders {
    places: Places,
    weights: Vec<[f32; LANES]>,
}

impl Leaders {
    /// Of the first [`LANES`] of these bags.
    pub(crate) fn of<'a>(bags: impl Iterator<Item = &'a Bag> + Clone) -> Self {
        let bags = bags.take(LANES);
        let words: usize = bags.clone().map(Bag::len).sum();
        let mut leaders = Self { places: Places::for_terms(words), weights: Vec::with_capacity(words) };
        for (lane, bag) in bags.enumerate() {
            for word in &bag.words {
                let at = leaders.places.find_or_set(word.term, leaders.weights.len());
                if at == leaders.weights.len() {
                    leaders.weights.push([0.0; LANES]);
                }
                leaders.weights[at][lane] = word.whole;
            }
        }
        leaders
    }

    /// The products of the weights of a bag's whole text with those of each leader.
    pub(crate) fn products(&self, bag: &Bag) -> [f32; LANES] {
        let mut sums = [0f32; LANES];
        for word in &bag.words {
            if let Some(at) = self.places.find(word.term) {
                for (sum, weight) in sums.iter_mut().zip(&self.weights[at]) {
                    *sum += word.whole * weight;
                }
            }
        }
        sums
    }
}

/// More than the largest weight: a count has a byte, and the subject's counts double.
const DAMPENED: usize = 1024;

/// What frequencies within a text are worth, for every weight that a term can have.
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

    fn bag(terms: impl Iterator<Item = u32>) -> Bag {
        let weighed = |term: u32| {
            let weight = |by: u32| 1.0 / f32::from(u16::try_from(1 + term % by).unwrap());
            Weighed { term, whole: weight(13), subject: weight(5), bm25: weight(7) }
        };
        let mut words: Vec<Weighed> = terms.map(weighed).collect();
        words.sort_unstable_by_key(|word| word.term);
        Bag::of(words.into_iter())
    }

    /// Bags of made-up words, tangled enough to share some and not others.
    fn bags() -> Vec<Bag> {
        let terms = |seed: u32| {
            let terms: std::collections::BTreeSet<u32> = (0..60).map(|n| (n * seed * 7 + n * n) % 151).collect();
            terms.into_iter()
        };
        (1..20).map(|seed| bag(terms(seed))).collect()
    }

    /// What two bags have in common, found by going through both side by side.
    fn side_by_side(asked: &Bag, held: &Bag) -> Shared {
        let mut shared = Shared::default();
        let (mut i, mut j) = (0, 0);
        while i < asked.words.len() && j < held.words.len() {
            let (a, b) = (&asked.words[i], &held.words[j]);
            match a.term.cmp(&b.term) {
                Ordering::Less => shared.asked_only = shared.asked_only.max(a.whole),
                Ordering::Greater => shared.held_only = shared.held_only.max(b.whole),
                Ordering::Equal => {
                    shared.whole += a.whole * b.whole;
                    shared.subject += a.subject * b.subject;
                    shared.asked_mass += a.whole;
                    shared.held_mass += b.whole;
                    shared.rarest = shared.rarest.max(a.whole.min(b.whole));
                    shared.bm25 += a.bm25 * b.bm25;
                }
            }
            (i, j) = (i + usize::from(a.term <= b.term), j + usize::from(b.term <= a.term));
        }
        shared
    }

    #[test]
    fn looking_words_up_finds_what_going_through_both_bags_finds_to_the_bit() {
        let unknown = || bag((0..40).map(|n| if n % 3 == 0 { FREE } else { n * 3 }));
        let empty = || bag([].into_iter());
        for held in bags().iter().chain([&empty()]) {
            for bag in bags().into_iter().chain([unknown(), empty()]) {
                let expected = side_by_side(&bag, held);
                assert_eq!(AskedBag::from(bag).shared(held), expected);
            }
        }
    }

    #[test]
    fn bags_compared_all_at_once_have_the_products_of_one_by_one_to_the_bit() {
        let bags = bags();
        let leaders = Leaders::of(bags.iter().skip(3));
        for bag in &bags {
            for (product, leader) in leaders.products(bag).into_iter().zip(bags.iter().skip(3)) {
                assert_eq!(product.to_bits(), side_by_side(bag, leader).whole.to_bits());
            }
        }
    }

    #[test]
    fn no_leader_is_near_to_nothing() {
        assert_eq!(Leaders::of([].iter()).products(&bags()[0]).map(f32::to_bits), [0; LANES]);
    }
}
