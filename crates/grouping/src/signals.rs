//! What speaks for and against a ticket and an earlier one telling of the same thing.
//!
//! All signals are computed from what came before the ticket; none needs a label. They are named,
//! because they are stored with decisions and shown to people.

use super::bags::{AskedBag, Bag, LANES, Leaders};
use super::index::{Asked, Held, Index, Member, Rarity, Scan, Shelf, bm25, weight};
use super::names::pair;
use super::read::{CodeKind, Reading};
use super::text::Kind;

/// How many signals a pair of tickets has.
pub(crate) const PAIR_SIGNALS: usize = pair::TABLE.len();

const MICROSECONDS_PER_DAY: f32 = 86_400_000_000.0;
/// So many nearest candidates say how dense a neighbourhood is.
const NEIGHBOURS: usize = 4;
/// So many leading candidates are compared with all others: by vectors cheaply, by words not.
const MEANING_LEADERS: usize = 24;
const WORD_LEADERS: usize = 6;
const _: () = assert!(WORD_LEADERS <= LANES);

/// How many kinds of codes there are.
const CODE_KINDS: usize = 5;

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

/// What is looked up of a ticket once, not for each candidate.
struct Own<'a> {
    bag: AskedBag,
    rarity: Rarity<'a>,
    runs: Runs,
    /// What it would score against itself by BM25.
    bm25: f32,
    /// The words of its subject, sorted.
    subject: Vec<&'a Asked>,
    codes: Vec<AskedCode>,
    /// Its area, if it has one and it was seen before.
    area: Option<u32>,
    customer: Option<u32>,
    organization: Option<u32>,
    kind: Kind,
    kind_certainty: f32,
}

impl Comparing<'_> {
    /// The signals of all candidates, in the order given.
    pub(crate) fn pairs(&self, candidates: &[u32]) -> Vec<Pair> {
        let own = self.own();
        self.call_up(candidates);
        let bags: Vec<Bag> = candidates.iter().map(|c| Bag::held(self.member(*c), own.rarity)).collect();
        let mut pairs: Vec<Pair> = candidates
            .iter()
            .zip(&bags)
            .map(|(member, bag)| Pair { member: *member, signals: self.alone(&own, bag, *member) })
            .collect();
        self.add_meaning(&mut pairs);
        self.add_neighbours(&mut pairs, &bags);
        add_standing(&mut pairs);
        pairs
    }

    /// Reads a little of every cache line that comparing will read. Candidates lie all over the memory: so it is waited
    /// for once, and not once for each of them.
    fn call_up(&self, candidates: &[u32]) {
        const HELD_PER_LINE: usize = 64 / size_of::<Held>();
        const SHINGLES_PER_LINE: usize = 64 / size_of::<u16>();
        let read = candidates.iter().fold(0u32, |read, candidate| {
            let member = self.member(*candidate);
            let held = member.held.iter().step_by(HELD_PER_LINE).fold(read, |sum, held| sum.wrapping_add(held.term));
            member.shingles.iter().step_by(SHINGLES_PER_LINE).fold(held, |sum, run| sum.wrapping_add(u32::from(*run)))
        });
        std::hint::black_box(read);
    }

    fn member(&self, number: u32) -> &Member {
        &self.index.members[number as usize]
    }

    /// What is the same for all candidates.
    fn own(&self) -> Own<'_> {
        let (reading, people) = (self.reading, &self.index.people);
        let (kind, kind_certainty) = match reading.stated_kind {
            Some(kind) => (kind, 1.0),
            None => reading.kind.likeliest(),
        };
        Own {
            bag: AskedBag::of(self.asked),
            rarity: self.shelf.rarity(),
            runs: Runs::of(&reading.shingles),
            bm25: self.own_bm25(),
            subject: self.asked_subject(),
            codes: self.asked_codes(),
            area: reading.area.as_deref().and_then(|area| self.index.areas.find(area)),
            customer: reading.customer.as_deref().and_then(|customer| people.find(customer)),
            organization: reading.organization.as_deref().and_then(|organization| people.find(organization)),
            kind,
            kind_certainty,
        }
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
    fn alone(&self, own: &Own<'_>, held: &Bag, number: u32) -> [f32; PAIR_SIGNALS] {
        let asked = &own.bag.bag;
        let member = self.member(number);
        let mut s = [0.0; PAIR_SIGNALS];
        let shared = own.bag.shared(held);
        s[pair::WORDS] = shared.whole / (asked.whole * held.whole).max(1e-6);
        s[pair::WORDS_IN_SUBJECT] = shared.subject / (asked.subject * held.subject).max(1e-6);
        s[pair::ASKED_WORDS_FOUND] = shared.asked_mass / asked.mass.max(1e-6);
        s[pair::EARLIER_WORDS_FOUND] = shared.held_mass / held.mass.max(1e-6);
        s[pair::WORDS_BM25] = if own.bm25 > 0.0 { (shared.bm25 / own.bm25).min(2.0) } else { 0.0 };
        s[pair::SPELLING] = own.runs.dice(&member.shingles);
        s[pair::RARE_WORD] = shared.rarest / 8.0;
        s[pair::SAME_TEXT] =
            f32::from(self.reading.fingerprint.hash == member.fingerprint && self.reading.fingerprint.term_count > 0);
        let codes = self.compare_codes(&own.codes, member);
        s[pair::CODES_SHARED] = codes.shared;
        s[pair::CODES_CONFLICT] = codes.conflict;
        s[pair::VERSION_CONFLICT] = codes.version_conflict;
        if self.reading.area.is_some() && member.area.is_some() {
            s[pair::SAME_AREA] = f32::from(own.area == member.area);
            s[pair::OTHER_AREA] = f32::from(own.area != member.area);
        }
        let apart_us = (self.reading.created_at_us - member.created_at_us).abs();
        s[pair::DAYS_BETWEEN] = (1.0 + apart_us as f32 / MICROSECONDS_PER_DAY).ln();
        s[pair::SAME_CUSTOMER] = f32::from(own.customer.is_some() && own.customer == member.customer);
        s[pair::SAME_ORGANIZATION] = f32::from(own.organization.is_some() && own.organization == member.organization);
        s[pair::OTHER_KIND] = if own.kind == member.kind { 0.0 } else { own.kind_certainty };
        let (a, b) = (asked.len() as f32 + 1.0, held.len() as f32 + 1.0);
        s[pair::LENGTH_RATIO] = (a / b).ln().abs();
        let age = self.index.members.len() as f32 - number as f32;
        s[pair::NEWNESS] = (1.0 + age).ln();
        let swap = self.subject_swap(own, member);
        s[pair::OTHER_WORDS_IN_SUBJECT] = swap.words;
        s[pair::OTHER_NUMBERS] = swap.numbers;
        s[pair::WORDS_ONLY_ASKED] = shared.asked_only / 8.0;
        s[pair::WORDS_ONLY_EARLIER] = shared.held_only / 8.0;
        s
    }

    /// Subjects that are alike but for a word or number in the same place name different causes:
    /// "build for Centos 7" and "build for Centos 8".
    fn subject_swap(&self, own: &Own<'_>, member: &Member) -> Swap {
        let subject = &own.subject;
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
                held_only = held_only.max(own.rarity.idf(Some(held.term)));
                held_numbers |= self.shelf.is_number(held.term);
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

    /// The codes of the ticket by number, where they were seen before.
    #[expect(clippy::cast_precision_loss, reason = "few codes")]
    fn asked_codes(&self) -> Vec<AskedCode> {
        let total = self.index.members.len() as f32;
        let codes = self.reading.codes.iter().map(|code| {
            let rarity = ((total + 1.0) / (self.index.codes.count(code) as f32 + 1.0)).ln();
            AskedCode { number: self.index.codes.find(code), kind: code.kind, rarity: rarity.max(0.0) / 8.0 }
        });
        codes.collect()
    }

    fn compare_codes(&self, asked: &[AskedCode], member: &Member) -> Codes {
        let mut codes = Codes::default();
        if asked.is_empty() || member.codes.is_empty() {
            return codes;
        }
        // For each kind: whether the ticket, the earlier one, and both have one of it.
        let mut kinds = [(false, false, false); CODE_KINDS];
        for code in asked {
            let shared = code.number.is_some_and(|number| member.codes.binary_search(&number).is_ok());
            let kind = &mut kinds[code.kind as usize];
            kind.0 = true;
            kind.2 |= shared;
            if shared && code.kind != CodeKind::Version {
                codes.shared += code.rarity;
            }
        }
        for held in &member.codes {
            kinds[self.index.codes.code(*held).kind as usize].1 = true;
        }
        let conflicts = |kind: CodeKind| f32::from(matches!(kinds[kind as usize], (true, true, false)));
        codes.shared = codes.shared.min(2.0);
        codes.conflict =
            conflicts(CodeKind::Error) + conflicts(CodeKind::Exception) + 0.5 * conflicts(CodeKind::Identifier);
        codes.version_conflict = conflicts(CodeKind::Version);
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
            pair.signals[pair::MEANING] = cosine;
            pair.signals[pair::MEANING_CENTRED] = (cosine - asked_along - held_along + mean_square)
                / (centred_length(asked_along) * centred_length(held_along));
            pair.signals[pair::MEANING_STANDING] = (cosine - self.scan.mean) / self.scan.deviation.max(0.02);
        }
    }

    /// How close a candidate is to the other candidates: one that all resemble says little, one
    /// that lies among others that also resemble the ticket says more.
    fn add_neighbours(&self, pairs: &mut [Pair], bags: &[Bag]) {
        let rows = &self.shelf.rows;
        let row_of: Vec<Option<usize>> = pairs.iter().map(|p| rows.row_of(p.member)).collect();
        let leaders = leading(pairs, pair::MEANING, MEANING_LEADERS);
        let meaning = closeness(pairs, pair::MEANING, &leaders, |at, rank| match (row_of[at], row_of[leaders[rank]]) {
            (Some(a), Some(b)) => rows.between(a, b),
            _ => 0.0,
        });
        let leaders = leading(pairs, pair::WORDS, WORD_LEADERS);
        let of_leaders = Leaders::of(leaders.iter().map(|leader| &bags[*leader]));
        let products: Vec<[f32; LANES]> = bags.iter().map(|bag| of_leaders.products(bag)).collect();
        let words = closeness(pairs, pair::WORDS, &leaders, |at, rank| {
            products[at][rank] / (bags[at].whole * bags[leaders[rank]].whole).max(1e-6)
        });
        for (pair, (meaning, words)) in pairs.iter_mut().zip(meaning.into_iter().zip(words)) {
            pair.signals[pair::MEANING_LOCAL] = pair.signals[pair::MEANING] - meaning.local;
            pair.signals[pair::NEIGHBOURS_MEANING] = meaning.support;
            pair.signals[pair::NEIGHBOURS_WORDS] = words.support;
        }
    }
}

/// A code of the ticket; one that was never seen has no number.
#[derive(Debug, Clone, Copy)]
struct AskedCode {
    number: Option<u32>,
    kind: CodeKind,
    /// What it adds when an earlier ticket has it too.
    rarity: f32,
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

/// The leading candidates by a signal, best first, ties by age.
fn leading(pairs: &[Pair], signal: usize, count: usize) -> Vec<usize> {
    let mut leaders: Vec<usize> = (0..pairs.len()).collect();
    leaders.sort_by(|a, b| {
        let (a, b) = (&pairs[*a], &pairs[*b]);
        b.signals[signal].total_cmp(&a.signals[signal]).then_with(|| b.member.cmp(&a.member))
    });
    leaders.truncate(count);
    leaders
}

/// How close each candidate is to the others, given how similar it is to the leader of a rank. Only leaders are asked:
/// cost is bounded.
#[expect(clippy::cast_precision_loss, reason = "a handful of neighbours")]
fn closeness(
    pairs: &[Pair],
    signal: usize,
    leaders: &[usize],
    similarity: impl Fn(usize, usize) -> f32,
) -> Vec<Closeness> {
    let best = leaders.first().map_or(0.0, |l| pairs[*l].signals[signal]);
    let weights: Vec<f32> = leaders.iter().map(|l| ((pairs[*l].signals[signal] - best) * 8.0).exp()).collect();
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

/// Where each candidate's words stand among the list's.
#[expect(clippy::cast_precision_loss, reason = "some dozen candidates")]
fn add_standing(pairs: &mut [Pair]) {
    let count = pairs.len().max(1) as f32;
    let mean = pairs.iter().map(|p| p.signals[pair::WORDS]).sum::<f32>() / count;
    let square = pairs.iter().map(|p| (p.signals[pair::WORDS] - mean).powi(2)).sum::<f32>() / count;
    let deviation = square.sqrt().max(0.02);
    for pair in pairs {
        pair.signals[pair::WORDS_STANDING] = (pair.signals[pair::WORDS] - mean) / deviation;
    }
}

/// The runs of letters of what is asked, to be found among an earlier ticket's.
struct Runs {
    /// A bit for each hash that a run may have.
    among: Vec<u64>,
    count: usize,
}

impl Runs {
    fn of(shingles: &[u16]) -> Self {
        let mut among = vec![0u64; (usize::from(u16::MAX) + 1) / 64];
        for run in shingles {
            among[usize::from(*run) / 64] |= 1 << (run % 64);
        }
        Self { among, count: shingles.len() }
    }

    /// Twice the shared share of both.
    #[expect(clippy::cast_precision_loss, reason = "some dozen shingles")]
    fn dice(&self, held: &[u16]) -> f32 {
        if self.count == 0 || held.is_empty() {
            return 0.0;
        }
        let shared: u64 = held.iter().map(|run| self.among[usize::from(*run) / 64] >> (run % 64) & 1).sum();
        2.0 * shared as f32 / (self.count + held.len()) as f32
    }
}
