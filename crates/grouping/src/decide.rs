//! From a ticket to its decision: find candidates, rank their topics, calibrate, explain.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::analysis::AnalyzedTicket;
use crate::candidates::{ComparedCandidates, DENSE_LIMIT, consider};
use crate::decision::{MachineVerdict, TicketDecision, TopicCandidate, rounded, shortened};
use crate::engine::Engine;
use crate::explain::{reasons, shared_codes, shared_words};
use crate::feature_table::pair;
use crate::index::{PartialScan, Partition};
use crate::ranking::{self, RankedCandidate, TopicLookup, calibration_features};
use crate::scorer::{ScorerModels, probability};
use crate::sentence::SentenceVector;
use crate::ticket::TicketText;
use crate::topic_profile::{PlacedTicket, TopicProfile, TopicProfiler};

/// How many topics a decision names.
const CANDIDATE_LIMIT: usize = 10;
/// How many of them a question offers.
pub const CHOICES: usize = 5;
/// How many of them may come from one provisional cluster. The rest of a cluster is probably the same topic and would
/// crowd out what else the ticket may be about.
const CLUSTER_LIMIT: usize = 3;
/// How many of them keep their features, to learn from later.
const FEATURES_LIMIT: usize = 5;
/// Below this probability nobody is asked.
const ASK_FROM: f32 = 0.2;
/// A text with fewer terms, such as "help", may be equal by chance and does not join by its fingerprint.
const FINGERPRINT_FROM_TERMS: u32 = 4;
/// A text whose tickets people have put into so many topics says nothing: it is what a form or a telephone system calls all of them.
const SEVERAL: usize = 3;
/// It still does where for each ticket elsewhere there are so many in one topic. The latest tickets are looked at.
const OUTWEIGHS: usize = 10;
const SAME_TEXT_LOOKED_AT: usize = 500;
/// The probability from which a fresh installation joins. It is stricter than the promised precision.
const FRESH_BOUND: f32 = 0.985;

impl Engine {
    /// Decides about a ticket, given everything placed so far. Changes nothing.
    #[must_use]
    pub fn decide(&self, text: &TicketText) -> TicketDecision {
        self.decide_analyzed(&self.analyzer.analyze(text))
    }

    /// Decides about a ticket that was analyzed before.
    #[must_use]
    pub fn decide_analyzed(&self, analyzed: &AnalyzedTicket) -> TicketDecision {
        self.decide_scanned(analyzed, None)
    }

    /// Scans the vectors for several tickets at once, before they are decided one after the other. That saves time with a
    /// large history. Tickets placed in the meantime are not missed: the decisions stay the same.
    #[must_use]
    pub fn start_scans(&self, tickets: &[&AnalyzedTicket]) -> Vec<Option<PartialScan>> {
        start_scans(self, tickets)
    }

    /// Like [`Engine::decide_analyzed`], with the scan that this engine started for this ticket.
    #[must_use]
    pub fn decide_scanned(&self, analyzed: &AnalyzedTicket, partial: Option<PartialScan>) -> TicketDecision {
        decide(self, analyzed, partial)
    }
}

fn start_scans(engine: &Engine, tickets: &[&AnalyzedTicket]) -> Vec<Option<PartialScan>> {
    let mut by_brand: BTreeMap<&str, (Vec<usize>, Vec<&SentenceVector>)> = BTreeMap::new();
    for (at, analyzed) in tickets.iter().enumerate() {
        if let Some(vector) = &analyzed.vector {
            let (places, vectors) = by_brand.entry(&analyzed.brand).or_default();
            places.push(at);
            vectors.push(vector);
        }
    }
    let mut scans: Vec<Option<PartialScan>> = tickets.iter().map(|_| None).collect();
    for (brand, (places, vectors)) in by_brand {
        let started = engine.index.partition(brand).map(|partition| partition.rows.start(&vectors, DENSE_LIMIT));
        for (at, partial) in places.into_iter().zip(started.into_iter().flatten()) {
            scans[at] = Some(partial);
        }
    }
    scans
}

fn decide(engine: &Engine, analyzed: &AnalyzedTicket, partial: Option<PartialScan>) -> TicketDecision {
    let considered = consider(engine, analyzed, partial);
    let models = engine.models(analyzed);
    let ranked = rank(engine, analyzed, &considered, models);
    let features = calibration_features(&ranked, considered.situation);
    let match_log_odds = features.map(|features| shortened(models.calibration.logit(&features)));
    let logit = match_log_odds.map_or(f32::MIN, |log_odds| log_odds + engine.duplicate_prior.log_odds());
    let (kind, kind_score) = match analyzed.stated_kind {
        Some(kind) => (kind, 1.0),
        None => analyzed.kind.likeliest(),
    };
    let mut decision = TicketDecision {
        ticket: analyzed.id.clone(),
        verdict: verdict(engine, analyzed, considered.partition, ranked.first(), logit),
        topic: None,
        score: 0.0,
        match_log_odds,
        candidates: candidates(engine, &ranked, logit),
        kind,
        kind_score: rounded(kind_score),
        reasons: Vec::new(),
        words: Vec::new(),
        codes: Vec::new(),
        fingerprint: analyzed.fingerprint.as_hex(),
        weights: engine.weights.version.clone(),
        mark: None,
        marked: None,
        features: features.map(|all| all.iter().map(|feature| shortened(*feature)).collect()).unwrap_or_default(),
    };
    if let (Some(best), Some(partition), Some(features)) = (ranked.first(), considered.partition, features) {
        decision.topic = Some(engine.topics[best.topic as usize].key.clone());
        decision.score = rounded(probability(logit));
        decision.reasons = reasons(models, best, considered.situation, &features);
        decision.words = shared_words(engine, partition, &considered.query, best);
        decision.codes = shared_codes(engine, analyzed, best);
    }
    decision
}

/// Ranks the topics of compared candidates.
fn rank(
    engine: &Engine,
    analyzed: &AnalyzedTicket,
    considered: &ComparedCandidates<'_>,
    models: &ScorerModels,
) -> Vec<RankedCandidate> {
    let profiler = TopicProfiler::of(analyzed, considered.partition);
    let topics = EngineTopics { engine, profiler, partition: considered.partition };
    ranking::rank(models, &considered.pairs, &topics, considered.situation)
}

/// The engine's topics, seen from one ticket.
struct EngineTopics<'a> {
    engine: &'a Engine,
    profiler: TopicProfiler,
    partition: Option<&'a Partition>,
}

impl EngineTopics<'_> {
    fn profile(&self, members: &[u32]) -> TopicProfile {
        let latest = members.iter().rev().map(|member| PlacedTicket {
            created_at_us: self.engine.index.members[*member as usize].created_at_us,
            vector: self
                .partition
                .and_then(|partition| partition.rows.row_of(*member).map(|row| partition.rows.row(row))),
        });
        self.profiler.profile(members.len(), latest)
    }
}

impl TopicLookup for EngineTopics<'_> {
    fn topic_of(&self, member: u32) -> u32 {
        self.engine.topic_of[member as usize].unwrap_or(u32::MAX)
    }

    fn cluster_of(&self, topic: u32) -> u32 {
        self.engine.clusters.of(topic)
    }

    fn topic(&self, topic: u32) -> TopicProfile {
        self.profile(&self.engine.topics[topic as usize].members)
    }

    fn cluster(&self, cluster: u32) -> TopicProfile {
        self.profile(self.engine.clusters.members(cluster))
    }
}

fn verdict(
    engine: &Engine,
    analyzed: &AnalyzedTicket,
    partition: Option<&Partition>,
    best: Option<&RankedCandidate>,
    logit: f32,
) -> MachineVerdict {
    let Some(best) = best else {
        return MachineVerdict::New;
    };
    let is_same = best.pair.features[pair::SAME_TEXT] > 0.0;
    let is_parted = is_same && is_parted(engine, analyzed, partition, best.topic);
    let same_text = is_same && analyzed.fingerprint.term_count >= FINGERPRINT_FROM_TERMS;
    let sure = match engine.learner.bound {
        Some(proven) => probability(logit) >= proven,
        // Until people's answers prove it, that most tickets here are duplicates is only an estimate.
        None => probability(logit - engine.duplicate_prior.log_odds().max(0.0)) >= FRESH_BOUND,
    };
    if (same_text || sure) && !is_parted {
        MachineVerdict::Join
    } else if probability(logit) >= ASK_FROM {
        MachineVerdict::Ask
    } else {
        MachineVerdict::New
    }
}

/// Whether people have put tickets with the same text into several topics.
fn is_parted(engine: &Engine, analyzed: &AnalyzedTicket, partition: Option<&Partition>, topic: u32) -> bool {
    let same = partition.map(|partition| partition.same_fingerprint(analyzed.fingerprint.hash)).unwrap_or_default();
    let (mut topics, mut pinned, mut here, mut elsewhere) = (BTreeSet::new(), 0, 0, 0);
    for member in same.iter().rev().take(SAME_TEXT_LOOKED_AT) {
        let ticket = &engine.index.members[*member as usize].key;
        let Some(of_ticket) = engine.topic_of[*member as usize].filter(|_| *ticket != analyzed.id) else { continue };
        topics.insert(of_ticket);
        pinned += usize::from(engine.ledger.is_pinned(ticket));
        *if of_ticket == topic { &mut here } else { &mut elsewhere } += 1;
    }
    topics.len() >= SEVERAL && pinned + 1 >= SEVERAL && OUTWEIGHS * elsewhere > here
}

/// The first topics with their probabilities. The best has the calibrated log-odds; each other one has less by as much as
/// its match score is lower.
fn candidates(engine: &Engine, ranked: &[RankedCandidate], logit: f32) -> Vec<TopicCandidate> {
    let highest = ranked.first().map_or(0.0, |best| best.match_score);
    in_order_of_naming(ranked)
        .take(CANDIDATE_LIMIT)
        .enumerate()
        .map(|(place, ranked)| TopicCandidate {
            topic: engine.topics[ranked.topic as usize].key.clone(),
            ticket: engine.index.members[ranked.pair.member as usize].key.clone(),
            score: rounded(probability(logit - (highest - ranked.match_score))),
            features: if place < FEATURES_LIMIT {
                ranked.pair.features.iter().chain(&ranked.features).map(|feature| shortened(*feature)).collect()
            } else {
                Vec::new()
            },
        })
        .collect()
}

/// The ranked topics by match score, except that topics beyond the first few of a cluster come after all others.
fn in_order_of_naming(ranked: &[RankedCandidate]) -> impl Iterator<Item = &RankedCandidate> {
    let mut seen: HashMap<u32, usize> = HashMap::new();
    let (first, others): (Vec<_>, Vec<_>) = ranked.iter().partition(|one| {
        let of_cluster = seen.entry(one.cluster).or_default();
        *of_cluster += 1;
        *of_cluster <= CLUSTER_LIMIT
    });
    first.into_iter().chain(others)
}
