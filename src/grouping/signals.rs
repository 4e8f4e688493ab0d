//! What speaks for and against a ticket and an earlier one telling of the same thing.
//!
//! All signals are computed from what came before the ticket; none needs a label. They are named,
//! because they are stored with decisions and shown to people.

use std::collections::HashMap;

use super::index::{Asked, Index, Member, Scan, Shelf, bm25, ln, weight};
use super::names::pair;
use super::read::{Code, CodeKind, Reading};

/// How many signals a pair of tickets has.
pub(crate) const PAIR_SIGNALS: usize = pair::TABLE.len();

const MICROSECONDS_PER_DAY: f32 = 86_400_000_000.0;
/// So many nearest candidates say how dense a neighbourhood is.
const NEIGHBOURS: usize = 4;
/// So many leading candidates are compared with all others: by vectors cheaply, by words not.
const MEANING_LEADERS: usize = 24;
const WORD_LEADERS: usize = 6;

/// The signals of one candidate.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) member: u32,
    pub(crate) signals: [f32; PAIR_SIGNALS],
}

/// Compares one ticket with its candidates.
pub(crate) struct Comparing<'a> {
    pub(crate) index: &'a Index,
    pub(crate) shelf: &'a Shelf,
    pub(crate) reading: &'a Reading,
    pub(crate) asked: &'a [Asked],
    pub(crate) scan: &'a Scan,
}

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
struct Bag {
    words: Vec<Weighed>,
    whole: f32,
    subject: f32,
}

impl Comparing<'_> {
    /// The signals of all candidates, in the order given.
    pub(crate) fn pairs(&self, candidates: &[u32]) -> Vec<Pair> {
        let (asked, own_bm25, subject) = (self.asked_bag(), self.own_bm25(), self.asked_subject());
        let bags: Vec<Bag> = candidates.iter().map(|c| self.held_bag(self.member(*c))).collect();
        let mut pairs: Vec<Pair> = candidates
            .iter()
            .zip(&bags)
            .map(|(member, bag)| Pair {
                member: *member,
                signals: self.alone(&asked, own_bm25, &subject, bag, *member),
            })
            .collect();
        self.add_meaning(&mut pairs);
        self.add_neighbours(&mut pairs, &bags);
        add_standing(&mut pairs);
        pairs
    }

    fn member(&self, number: u32) -> &Member {
        &self.index.members[number as usize]
    }

    fn asked_bag(&self) -> Bag {
        Bag::new(self.asked.iter().map(|a| Weighed {
            term: a.term.unwrap_or(u32::MAX),
            whole: tf(weight(a.count)) * a.idf,
            subject: tf(u16::from(a.count.subject)) * a.idf,
            bm25: a.idf,
        }))
    }

    fn held_bag(&self, member: &Member) -> Bag {
        Bag::new(member.held.iter().map(|h| {
            let idf = self.shelf.idf(Some(h.term));
            Weighed {
                term: h.term,
                whole: tf(weight(h.count)) * idf,
                subject: tf(u16::from(h.count.subject)) * idf,
                bm25: bm25(f32::from(weight(h.count)), 1.0),
            }
        }))
    }

    /// What a ticket would score against itself by BM25.
    fn own_bm25(&self) -> f32 {
        self.asked.iter().map(|a| a.idf * bm25(f32::from(weight(a.count)), 1.0)).sum()
    }

    /// The words of the subject that were seen before, sorted.
    fn asked_subject(&self) -> Vec<&Asked> {
        let mut subject: Vec<&Asked> = self.asked.iter().filter(|a| a.count.subject > 0).collect();
        subject.sort_unstable_by_key(|a| a.term);
        subject
    }

    /// What can be said without looking at the other candidates.
    #[expect(clippy::cast_precision_loss, reason = "days need no more precision")]
    fn alone(&self, asked: &Bag, own_bm25: f32, subject: &[&Asked], held: &Bag, number: u32) -> [f32; PAIR_SIGNALS] {
        let member = self.member(number);
        let mut s = [0.0; PAIR_SIGNALS];
        let shared = asked.shared(held);
        s[0] = shared.whole / (asked.whole * held.whole).max(1e-6);
        s[1] = shared.subject / (asked.subject * held.subject).max(1e-6);
        s[2] = shared.asked_mass / asked.mass().max(1e-6);
        s[3] = shared.held_mass / held.mass().max(1e-6);
        s[4] = if own_bm25 > 0.0 { (shared.bm25 / own_bm25).min(2.0) } else { 0.0 };
        s[6] = dice(&self.reading.shingles, &member.shingles);
        s[7] = shared.rarest / 8.0;
        s[8] =
            f32::from(self.reading.fingerprint.hash == member.fingerprint && self.reading.fingerprint.term_count > 0);
        let codes = self.compare_codes(member);
        s[15] = codes.shared;
        s[16] = codes.conflict;
        s[17] = codes.version_conflict;
        let area = self.reading.area.as_deref().map(|a| self.index.areas.find(a));
        if let (Some(asked), Some(held)) = (area, member.area) {
            s[18] = f32::from(asked == Some(held));
            s[19] = f32::from(asked != Some(held));
        }
        let apart_us = (self.reading.created_at_us - member.created_at_us).abs();
        s[20] = (1.0 + apart_us as f32 / MICROSECONDS_PER_DAY).ln();
        s[21] = f32::from(same(self.reading.customer.as_deref(), member.customer, self.index));
        s[22] = f32::from(same(self.reading.organization.as_deref(), member.organization, self.index));
        let (kind, certainty) = match self.reading.stated_kind {
            Some(kind) => (kind, 1.0),
            None => self.reading.kind.likeliest(),
        };
        s[23] = if kind == member.kind { 0.0 } else { certainty };
        let (a, b) = (asked.words.len() as f32 + 1.0, held.words.len() as f32 + 1.0);
        s[24] = (a / b).ln().abs();
        let age = self.index.members.len() as f32 - number as f32;
        s[25] = (1.0 + age).ln();
        let swap = self.subject_swap(subject, member);
        s[26] = swap.words;
        s[27] = swap.numbers;
        s[28] = shared.asked_only / 8.0;
        s[29] = shared.held_only / 8.0;
        s
    }

    /// Subjects that are alike but for a word or number in the same place name different causes:
    /// "build for Centos 7" and "build for Centos 8".
    fn subject_swap(&self, subject: &[&Asked], member: &Member) -> Swap {
        let (mut shared, mut asked_only, mut held_only) = (0.0f32, 0.0f32, 0.0f32);
        let (mut asked_numbers, mut held_numbers, mut numbers_shared) = (false, false, false);
        for asked in subject {
            let held = asked
                .term
                .and_then(|term| member.held.binary_search_by_key(&term, |h| h.term).ok())
                .is_some_and(|at| member.held[at].count.subject > 0);
            if held {
                shared += asked.idf;
                numbers_shared |= asked.is_number;
            } else {
                asked_only = asked_only.max(asked.idf);
                asked_numbers |= asked.is_number;
            }
        }
        for held in member.held.iter().filter(|h| h.count.subject > 0) {
            if subject.binary_search_by_key(&Some(held.term), |a| a.term).is_err() {
                held_only = held_only.max(self.shelf.idf(Some(held.term)));
                held_numbers |= is_number(self.shelf.name(held.term));
            }
        }
        let swapped = asked_only.min(held_only);
        Swap {
            words: if swapped > 0.0 { shared / (shared + asked_only + held_only) * swapped / 8.0 } else { 0.0 },
            numbers: if asked_numbers && held_numbers && shared > 0.0 {
                if numbers_shared { 0.5 } else { 1.0 }
            } else {
                0.0
            },
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "few codes")]
    fn compare_codes(&self, member: &Member) -> Codes {
        let held: Vec<&Code> = member.codes.iter().map(|c| self.index.codes.code(*c)).collect();
        let mut codes = Codes::default();
        let total = self.index.members.len() as f32;
        let mut by_kind: HashMap<CodeKind, (bool, bool)> = HashMap::new();
        for code in &self.reading.codes {
            let entry = by_kind.entry(code.kind).or_default();
            entry.0 = true;
            if held.contains(&code) {
                entry.1 = true;
                if code.kind != CodeKind::Version {
                    let rarity = ((total + 1.0) / (self.index.codes.count(code) as f32 + 1.0)).ln();
                    codes.shared += rarity.max(0.0) / 8.0;
                }
            }
        }
        let conflicts = |kind: CodeKind| {
            by_kind.get(&kind).is_some_and(|(_, shared)| !shared) && held.iter().any(|code| code.kind == kind)
        };
        codes.shared = codes.shared.min(2.0);
        codes.conflict = f32::from(conflicts(CodeKind::Error))
            + f32::from(conflicts(CodeKind::Exception))
            + 0.5 * f32::from(conflicts(CodeKind::Identifier));
        codes.version_conflict = f32::from(conflicts(CodeKind::Version));
        codes
    }

    /// Cosines of the sentence vectors: plain, with the common part of all tickets taken away,
    /// and in relation to all other tickets.
    fn add_meaning(&self, pairs: &mut [Pair]) {
        let (Some(vector), rows) = (&self.reading.vector, &self.shelf.rows) else {
            return;
        };
        let mean = rows.mean();
        let mean_square: f32 = mean.iter().map(|m| m * m).sum();
        let along = |values: &[i8], scale: f32| -> f32 {
            values.iter().zip(&mean).map(|(v, m)| f32::from(*v) * m).sum::<f32>() * scale
        };
        let asked_along = along(&vector.values, vector.scale);
        let centred_length = |along: f32| (1.0 - 2.0 * along + mean_square).max(1e-3).sqrt();
        for pair in pairs {
            let Some(row) = rows.row_of(pair.member) else { continue };
            let cosine = rows.cosine(vector, row);
            let (values, scale) = rows.row(row);
            let held_along = along(values, scale);
            pair.signals[9] = cosine;
            pair.signals[10] = (cosine - asked_along - held_along + mean_square)
                / (centred_length(asked_along) * centred_length(held_along));
            pair.signals[11] = (cosine - self.scan.mean) / self.scan.deviation.max(0.02);
        }
    }

    /// How close a candidate is to the other candidates: one that all resemble says little, one
    /// that lies among others that also resemble the ticket says more.
    fn add_neighbours(&self, pairs: &mut [Pair], bags: &[Bag]) {
        let rows = &self.shelf.rows;
        let row_of: Vec<Option<usize>> = pairs.iter().map(|p| rows.row_of(p.member)).collect();
        let meaning = closeness(pairs, 9, MEANING_LEADERS, |a, b| match (row_of[a], row_of[b]) {
            (Some(a), Some(b)) => rows.between(a, b),
            _ => 0.0,
        });
        let words = closeness(pairs, 0, WORD_LEADERS, |a, b| {
            bags[a].product(&bags[b]) / (bags[a].whole * bags[b].whole).max(1e-6)
        });
        for (pair, (meaning, words)) in pairs.iter_mut().zip(meaning.into_iter().zip(words)) {
            pair.signals[12] = pair.signals[9] - meaning.local;
            pair.signals[13] = meaning.support;
            pair.signals[14] = words.support;
        }
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Codes {
    shared: f32,
    conflict: f32,
    version_conflict: f32,
}

#[derive(Debug, Default, Clone, Copy)]
struct Swap {
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

/// How close each candidate is to the others. Only the leading ones are asked: cost is bounded.
#[expect(clippy::cast_precision_loss, reason = "a handful of neighbours")]
fn closeness(pairs: &[Pair], signal: usize, leading: usize, between: impl Fn(usize, usize) -> f32) -> Vec<Closeness> {
    let mut leaders: Vec<usize> = (0..pairs.len()).collect();
    leaders.sort_by(|a, b| {
        let (a, b) = (&pairs[*a], &pairs[*b]);
        b.signals[signal].total_cmp(&a.signals[signal]).then_with(|| b.member.cmp(&a.member))
    });
    leaders.truncate(leading);
    let best = leaders.first().map_or(0.0, |l| pairs[*l].signals[signal]);
    let weights: Vec<f32> = leaders.iter().map(|l| ((pairs[*l].signals[signal] - best) * 8.0).exp()).collect();
    (0..pairs.len())
        .map(|at| {
            let mut similar: Vec<f32> = Vec::with_capacity(leaders.len());
            let (mut sum, mut total) = (0.0, 1e-6);
            for (leader, weight) in leaders.iter().zip(&weights) {
                if *leader != at {
                    let similarity = between(at, *leader);
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

/// Where each candidate's words stand among the list's.
#[expect(clippy::cast_precision_loss, reason = "some dozen candidates")]
fn add_standing(pairs: &mut [Pair]) {
    let count = pairs.len().max(1) as f32;
    let mean = pairs.iter().map(|p| p.signals[0]).sum::<f32>() / count;
    let square = pairs.iter().map(|p| (p.signals[0] - mean).powi(2)).sum::<f32>() / count;
    let deviation = square.sqrt().max(0.02);
    for pair in pairs {
        pair.signals[5] = (pair.signals[0] - mean) / deviation;
    }
}

/// Whether a term is a number or carries one.
fn is_number(term: &str) -> bool {
    term.bytes().any(|b| b.is_ascii_digit())
}

/// Dampened frequency within a text.
fn tf(count: u16) -> f32 {
    if count == 0 { 0.0 } else { 1.0 + ln(usize::from(count)) }
}

fn same(asked: Option<&str>, held: Option<u32>, index: &Index) -> bool {
    asked.is_some_and(|asked| held.is_some() && index.people.find(asked) == held)
}

/// Twice the shared share of two sorted lists.
#[expect(clippy::cast_precision_loss, reason = "some dozen shingles")]
fn dice(a: &[u16], b: &[u16]) -> f32 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut shared) = (0, 0, 0usize);
    while i < a.len() && j < b.len() {
        let (left, right) = (a[i], b[j]);
        shared += usize::from(left == right);
        i += usize::from(left <= right);
        j += usize::from(right <= left);
    }
    2.0 * shared as f32 / (a.len() + b.len()) as f32
}

#[derive(Debug, Default)]
struct Shared {
    whole: f32,
    subject: f32,
    asked_mass: f32,
    held_mass: f32,
    rarest: f32,
    asked_only: f32,
    held_only: f32,
    bm25: f32,
}

impl Bag {
    fn new(words: impl Iterator<Item = Weighed>) -> Self {
        let mut words: Vec<Weighed> = words.collect();
        words.sort_unstable_by_key(|word| word.term);
        let length = |part: fn(&Weighed) -> f32| words.iter().map(|w| part(w).powi(2)).sum::<f32>().sqrt();
        Self { whole: length(|w| w.whole), subject: length(|w| w.subject), words }
    }

    fn mass(&self) -> f32 {
        self.words.iter().map(|w| w.whole).sum()
    }

    fn shared(&self, other: &Self) -> Shared {
        let mut shared = Shared::default();
        let (mut i, mut j) = (0, 0);
        while i < self.words.len() && j < other.words.len() {
            let (a, b) = (&self.words[i], &other.words[j]);
            match a.term.cmp(&b.term) {
                std::cmp::Ordering::Less => {
                    shared.asked_only = shared.asked_only.max(a.whole);
                    i += 1;
                }
                std::cmp::Ordering::Greater => {
                    shared.held_only = shared.held_only.max(b.whole);
                    j += 1;
                }
                std::cmp::Ordering::Equal => {
                    shared.whole += a.whole * b.whole;
                    shared.subject += a.subject * b.subject;
                    shared.asked_mass += a.whole;
                    shared.held_mass += b.whole;
                    shared.rarest = shared.rarest.max(a.whole.min(b.whole));
                    shared.bm25 += a.bm25 * b.bm25;
                    i += 1;
                    j += 1;
                }
            }
        }
        shared
    }

    /// The product of the weights of both bags' whole texts. No branch hangs on which word comes
    /// first: this is where a ticket's time goes.
    fn product(&self, other: &Self) -> f32 {
        let (mut i, mut j, mut sum) = (0, 0, 0f32);
        while i < self.words.len() && j < other.words.len() {
            let (a, b) = (&self.words[i], &other.words[j]);
            if a.term == b.term {
                sum += a.whole * b.whole;
            }
            i += usize::from(a.term <= b.term);
            j += usize::from(b.term <= a.term);
        }
        sum
    }
}
