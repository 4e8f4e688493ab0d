//! From a ticket to its decision: find candidates, compare, judge, explain.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::decision::{Candidate, Decision, Match, Reason, Verdict, rounded};
use super::engine::Engine;
use super::index::{Asked, Begun, Scan, Shelf, weight};
use super::judge::{BELIEF_SIGNALS, Models, expanded, probability};
use super::names::{Signal, belief, pair, topic};
use super::ranking::{self, Judged, Situation, Together, belief_signals};
use super::read::Reading;
use super::sentence::Vector;
use super::signals::{Comparing, PAIR_SIGNALS, Pair};
use super::standing::{Placed, Standing, Viewpoint};
use super::text::Text;

/// How many tickets each way of searching contributes.
const LEXICAL_LIMIT: usize = 50;
const DENSE_LIMIT: usize = 50;
const SAME_CUSTOMER_LIMIT: usize = 5;
const SAME_TEXT_LIMIT: usize = 5;
/// How many of the latest tickets with a word count, where all words are too common to find by.
const RECENT_LIMIT: usize = 10;
/// How many topics a decision names.
const CANDIDATE_LIMIT: usize = 10;
/// How many of them a question offers.
pub const CHOICES: usize = 5;
/// How many of them may be of one family: the others are likely the same, and hide what else it may be.
const SIBLING_LIMIT: usize = 3;
/// How many of them keep their evidence, for learning.
const EVIDENCE_LIMIT: usize = 5;
/// How many words and reasons a decision names.
const NAMED_LIMIT: usize = 12;
/// Below this probability a person is not asked.
const ASK_FROM: f32 = 0.2;
/// A shorter text that is the same by chance, such as "help", does not join by its fingerprint.
const FINGERPRINT_FROM_TERMS: u32 = 4;
/// From this probability on a fresh installation joins: stricter than what is promised.
const FRESH_BOUND: f32 = 0.985;

/// A ticket's candidates, compared but not yet judged.
pub(crate) struct Considered<'a> {
    pub(crate) pairs: Vec<Pair>,
    asked: Vec<Asked>,
    shelf: Option<&'a Shelf>,
    pub(crate) situation: Situation,
}

/// What a ticket has in common by meaning with those that were placed so far, found for many tickets at once. It is
/// completed when the ticket is decided.
#[derive(Debug)]
pub struct Glance(Begun);

impl Engine {
    /// Decides about a ticket on what was placed before; changes nothing.
    #[must_use]
    pub fn decide(&self, text: &Text) -> Decision {
        self.decide_reading(&self.reader.read(text))
    }

    /// Decides about a ticket that was read before.
    #[must_use]
    pub fn decide_reading(&self, reading: &Reading) -> Decision {
        self.decide_glanced(reading, None)
    }

    /// Looks at tickets that are decided one after the other, which saves time where many came before. What is placed in
    /// the meantime is not missed: the decisions are the same.
    #[must_use]
    pub fn glance(&self, readings: &[&Reading]) -> Vec<Option<Glance>> {
        glance(self, readings)
    }

    /// The same as [`Engine::decide_reading`], after a glance at this reading by this engine.
    #[must_use]
    pub fn decide_glanced(&self, reading: &Reading, glance: Option<Glance>) -> Decision {
        decide(self, reading, glance)
    }
}

/// Looks at tickets that are decided soon.
pub(crate) fn glance(engine: &Engine, readings: &[&Reading]) -> Vec<Option<Glance>> {
    let mut by_brand: BTreeMap<&str, (Vec<usize>, Vec<&Vector>)> = BTreeMap::new();
    for (at, reading) in readings.iter().enumerate() {
        if let Some(vector) = &reading.vector {
            let (places, vectors) = by_brand.entry(&reading.brand).or_default();
            places.push(at);
            vectors.push(vector);
        }
    }
    let mut glances: Vec<Option<Glance>> = readings.iter().map(|_| None).collect();
    for (brand, (places, vectors)) in by_brand {
        let begun = engine.index.shelf(brand).map(|shelf| shelf.rows.begin(&vectors, DENSE_LIMIT));
        for (at, begun) in places.into_iter().zip(begun.into_iter().flatten()) {
            glances[at] = Some(Glance(begun));
        }
    }
    glances
}

pub(crate) fn decide(engine: &Engine, reading: &Reading, glance: Option<Glance>) -> Decision {
    let considered = consider(engine, reading, glance);
    let models = engine.models(reading);
    let judged = rank(engine, reading, &considered, models);
    let rests_on = belief_signals(&judged, considered.situation);
    let even = rests_on.map(|signals| shortened(models.belief.logit(&signals)));
    let logit = even.map_or(f32::MIN, |even| even + engine.repeats.log_odds());
    let (kind, kind_score) = match reading.stated_kind {
        Some(kind) => (kind, 1.0),
        None => reading.kind.likeliest(),
    };
    let mut decision = Decision {
        ticket: reading.id.clone(),
        verdict: verdict(engine, reading, judged.first(), logit),
        topic: None,
        score: 0.0,
        belief: even,
        candidates: candidates(engine, &judged, logit),
        kind,
        kind_score: rounded(kind_score),
        reasons: Vec::new(),
        words: Vec::new(),
        codes: Vec::new(),
        fingerprint: reading.fingerprint.as_hex(),
        weights: engine.weights.version.clone(),
        evidence: rests_on.map(|signals| signals.iter().map(|s| shortened(*s)).collect()).unwrap_or_default(),
    };
    if let (Some(best), Some(shelf), Some(rests_on)) = (judged.first(), considered.shelf, rests_on) {
        decision.topic = Some(engine.topics[best.topic as usize].key.clone());
        decision.score = rounded(probability(logit));
        decision.reasons = reasons(models, best, considered.situation, &rests_on);
        decision.words = shared_words(engine, shelf, &considered.asked, best);
        decision.codes = shared_codes(engine, reading, best);
    }
    decision
}

/// Finds and compares the candidates of a ticket.
pub(crate) fn consider<'a>(engine: &'a Engine, reading: &Reading, glance: Option<Glance>) -> Considered<'a> {
    let index = &engine.index;
    let mut considered = Considered {
        pairs: Vec::new(),
        asked: Vec::new(),
        shelf: index.shelf(&reading.brand),
        situation: situation(reading, index.shelf(&reading.brand).map_or(0, Shelf::len)),
    };
    let Some(shelf) = considered.shelf else {
        return considered;
    };
    considered.asked = shelf.asked(reading);
    let mut found: BTreeSet<u32> = BTreeSet::new();
    let lexical = shelf.lexical(&considered.asked, index.members.len(), LEXICAL_LIMIT);
    found.extend(lexical.iter().map(|f| f.member));
    let begun = glance.map_or_else(|| Begun::new(DENSE_LIMIT), |Glance(begun)| begun);
    let scan = reading.vector.as_ref().map_or_else(Scan::default, |vector| shelf.rows.finish(vector, begun));
    if lexical.is_empty() && reading.vector.is_none() {
        found.extend(shelf.latest_with(&considered.asked, RECENT_LIMIT));
    }
    found.extend(scan.nearest.iter().map(|f| f.member));
    let same_text = shelf.same_fingerprint(reading.fingerprint.hash);
    found.extend(same_text.iter().rev().take(SAME_TEXT_LIMIT));
    if let Some(customer) = &reading.customer {
        found.extend(shelf.same_customer(customer).iter().rev().take(SAME_CUSTOMER_LIMIT));
    }
    let own = engine.topic_of(&reading.id);
    found.retain(|member| {
        let topic = engine.topic_of[*member as usize];
        index.members[*member as usize].key != reading.id
            && topic.is_some_and(|topic| !engine.ledger.parted(&reading.id, &engine.topics[topic as usize].key, own))
    });
    let comparing = Comparing { index, shelf, reading, asked: &considered.asked, scan: &scan };
    considered.pairs = comparing.pairs(&found.into_iter().collect::<Vec<u32>>());
    considered
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
fn situation(reading: &Reading, history: usize) -> Situation {
    Situation { history: (1.0 + history as f32).ln(), brevity: 8.0 / (8.0 + reading.terms.len() as f32) }
}

/// Ranks the topics of compared candidates.
pub(crate) fn rank(engine: &Engine, reading: &Reading, considered: &Considered<'_>, models: &Models) -> Vec<Judged> {
    let view = Viewpoint::of(reading, considered.shelf);
    ranking::rank(models, &considered.pairs, &Seen { engine, view, shelf: considered.shelf }, considered.situation)
}

/// The engine's topics as one ticket sees them.
struct Seen<'a> {
    engine: &'a Engine,
    view: Viewpoint,
    shelf: Option<&'a Shelf>,
}

impl Seen<'_> {
    fn standing(&self, members: &[u32], finished: bool) -> Standing {
        let latest = members.iter().rev().map(|member| Placed {
            created_at_us: self.engine.index.members[*member as usize].created_at_us,
            vector: self.shelf.and_then(|shelf| shelf.rows.row_of(*member).map(|row| shelf.rows.row(row))),
        });
        self.view.standing(members.len(), finished, latest)
    }
}

impl Together for Seen<'_> {
    fn topic_of(&self, member: u32) -> u32 {
        self.engine.topic_of[member as usize].unwrap_or(u32::MAX)
    }

    fn family_of(&self, topic: u32) -> u32 {
        self.engine.families.of(topic)
    }

    fn topic(&self, topic: u32) -> Standing {
        let known = &self.engine.topics[topic as usize];
        let finished = known.facts.finished_at_us.is_some_and(|at| at < self.view.now_us());
        self.standing(&known.members, finished)
    }

    fn family(&self, family: u32) -> Standing {
        self.standing(self.engine.families.members(family), false)
    }
}

fn verdict(engine: &Engine, reading: &Reading, best: Option<&Judged>, logit: f32) -> Verdict {
    let Some(best) = best else {
        return Verdict::New;
    };
    let same_text =
        best.pair.signals[pair::SAME_TEXT] > 0.0 && reading.fingerprint.term_count >= FINGERPRINT_FROM_TERMS;
    let sure = match engine.lessons.bound {
        Some(proven) => probability(logit) >= proven,
        // That most tickets repeat here is an estimate until people's answers prove it.
        None => probability(logit - engine.repeats.log_odds().max(0.0)) >= FRESH_BOUND,
    };
    if same_text || sure {
        Verdict::Join
    } else if probability(logit) >= ASK_FROM {
        Verdict::Ask
    } else {
        Verdict::New
    }
}

/// The first topics with their probabilities: the best has what is believed, each other as much
/// less as its strength is less.
fn candidates(engine: &Engine, judged: &[Judged], logit: f32) -> Vec<Candidate> {
    let strongest = judged.first().map_or(0.0, |best| best.strength);
    named(judged)
        .take(CANDIDATE_LIMIT)
        .enumerate()
        .map(|(rank, j)| Candidate {
            topic: engine.topics[j.topic as usize].key.clone(),
            ticket: engine.index.members[j.pair.member as usize].key.clone(),
            score: rounded(probability(logit - (strongest - j.strength))),
            evidence: if rank < EVIDENCE_LIMIT {
                j.pair.signals.iter().chain(&j.signals).map(|s| shortened(*s)).collect()
            } else {
                Vec::new()
            },
        })
        .collect()
}

/// The ranked topics as they are named: by strength, but siblings beyond a few stand behind all others.
fn named(judged: &[Judged]) -> impl Iterator<Item = &Judged> {
    let mut siblings: HashMap<u32, usize> = HashMap::new();
    let (few, others): (Vec<_>, Vec<_>) = judged.iter().partition(|one| {
        let of_family = siblings.entry(one.family).or_default();
        *of_family += 1;
        *of_family <= SIBLING_LIMIT
    });
    few.into_iter().chain(others)
}

/// What one signal did to the log-odds.
struct Term {
    signal: Signal,
    value: f32,
    usual: f32,
    weight: f32,
}

/// The strongest terms of a score that are reasons to a person: what the pair's signals did to its
/// strength, and the rest of what the belief rests on.
fn reasons(models: &Models, best: &Judged, situation: Situation, signals: &[f32; BELIEF_SIGNALS]) -> Vec<Reason> {
    let mut terms: Vec<Term> = Vec::new();
    for term in pair_terms(models, best, situation).into_iter().chain(belief_terms(models, signals)) {
        match terms.iter_mut().find(|known| known.signal.name == term.signal.name) {
            Some(known) => known.weight += term.weight,
            None => terms.push(term),
        }
    }
    terms.retain(|term| term.signal.told.is_reason(term.value, term.usual, term.weight) && rounded(term.weight) != 0.0);
    terms.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.signal.name.cmp(b.signal.name)));
    terms.truncate(NAMED_LIMIT);
    let reason = |term: Term| Reason {
        name: term.signal.name.to_owned(),
        value: rounded(term.value),
        weight: rounded(term.weight),
    };
    terms.into_iter().map(reason).collect()
}

/// Strength is what the belief rests on most, and the pair's signals are what made it.
fn pair_terms(models: &Models, best: &Judged, situation: Situation) -> Vec<Term> {
    let of_strength = |at: usize| models.belief.weights[at] / models.belief.deviation[at];
    let slope = (of_strength(belief::STRENGTH) + of_strength(belief::STRENGTH_IF_BRIEF) * (situation.brevity - 0.5))
        * models.topic.weights[topic::BEST]
        / models.topic.deviation[topic::BEST];
    let both = expanded(&best.pair.signals, situation.brevity);
    let parts: Vec<f32> = models.pair.contributions(&both).collect();
    let term = |(at, signal): (usize, &Signal)| Term {
        signal: *signal,
        value: best.pair.signals[at],
        usual: models.pair.mean[at],
        weight: (parts[at] + parts[at + PAIR_SIGNALS]) * slope,
    };
    pair::TABLE.iter().enumerate().map(term).collect()
}

fn belief_terms(models: &Models, signals: &[f32; BELIEF_SIGNALS]) -> Vec<Term> {
    let parts = models.belief.contributions(signals);
    let term = |((at, signal), weight): ((usize, &Signal), f32)| Term {
        signal: *signal,
        value: signals[at],
        usual: models.belief.mean[at],
        weight,
    };
    belief::TABLE.iter().enumerate().zip(parts).map(term).collect()
}

/// Evidence is stored with three digits.
fn shortened(signal: f32) -> f32 {
    (signal * 1000.0).round() / 1000.0
}

fn shared_words(engine: &Engine, shelf: &Shelf, asked: &[Asked], best: &Judged) -> Vec<Match> {
    let member = &engine.index.members[best.pair.member as usize];
    let mut shared: Vec<(f32, &str)> = asked
        .iter()
        .filter_map(|a| {
            let at = member.held.binary_search_by_key(&a.term?, |h| h.term).ok()?;
            let both = f32::from(weight(a.count)).min(f32::from(weight(member.held[at].count)));
            Some((a.idf * a.idf * both.ln_1p(), shelf.name(member.held[at].term)))
        })
        .collect();
    let total: f32 = shared.iter().map(|s| s.0).sum();
    shared.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    shared.truncate(NAMED_LIMIT);
    shared.into_iter().map(|(weight, term)| Match { term: term.to_owned(), weight: rounded(weight / total) }).collect()
}

fn shared_codes(engine: &Engine, reading: &Reading, best: &Judged) -> Vec<Match> {
    let member = &engine.index.members[best.pair.member as usize];
    reading
        .codes
        .iter()
        .filter(|code| member.codes.iter().any(|held| engine.index.codes.code(*held) == *code))
        .take(NAMED_LIMIT)
        .map(|code| Match { term: code.name.clone(), weight: 1.0 / f64::from(engine.index.codes.count(code).max(1)) })
        .collect()
}
