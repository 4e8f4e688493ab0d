//! Trains the scorer on streams of tickets whose topics are known.
//!
//! The pair model ranks a ticket's candidates, and the topic model ranks topics. The calibration model is fitted with
//! each stream's rate of duplicates as a known offset, so that its log-odds leave that rate out, and on subsamples of
//! every stream with several rates, so that this holds at any rate.
//!
//! Topic and calibration are fitted on three histories at once: the true topics (as after people's corrections), the
//! topics that the machine makes by itself while every question stays open, and those that it would make if it joined
//! sooner. The machine's topics depend on the models, so the rows are collected over several rounds.

use std::collections::HashMap;

use crate::analysis::AnalyzedTicket;
use crate::candidates::consider;
use crate::engine::{Engine, EngineError, EngineOptions};
use crate::logistic_regression::TrainingRows;
use crate::pair_features::{PAIR_FEATURES, PairFeatures};
use crate::ranking::{RankedCandidate, Situation, TopicLookup, calibration_features, rank};
use crate::scorer::{CALIBRATION_FEATURES, LogisticModel, ScorerModels, ScorerWeights, TOPIC_FEATURES, expanded};
use crate::sentence::SentenceModel;
use crate::sentence::SentenceVector;
use crate::topic_profile::{PlacedTicket, TopicProfile, TopicProfiler};

/// A stream weighs as much as its tickets, up to this.
const STREAM_WEIGHT: f32 = 2000.0;
/// How strongly weights are held to zero. The pair model has the most weights and its lists resemble each other: unseen
/// files are ranked best when it is held hardest.
const PAIR_RIDGE: f64 = 20.0;
const TOPIC_RIDGE: f64 = 3.0;
const CALIBRATION_RIDGE: f64 = 1.0;
const ROUNDS: usize = 2;
/// Log-odds from which a topic joins a cluster during training. They are above even, so that clusters stay clean enough
/// to learn from.
const SURE: f32 = 1.0;
/// Log-odds from which the machine joins by itself, close to the bound of a fresh installation.
const VERY_SURE: f32 = 4.0;

/// Tickets in their order, each with the name of its true topic.
#[derive(Debug, Clone)]
pub struct LabeledStream {
    /// The tickets.
    pub tickets: Vec<(AnalyzedTicket, String)>,
}

/// Which topics earlier tickets are in while a stream is run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum TrainingHistory {
    True,
    /// Joined from these log-odds on. From `SURE` on, a ticket opens a topic in the cluster.
    Open(f32),
}

/// A stream with its candidates compared, which needs no weights.
struct ComparedStream {
    topics: Vec<u32>,
    views: Vec<TopicProfiler>,
    placed: Vec<(i64, Option<SentenceVector>)>,
    pairs: Vec<Vec<PairFeatures>>,
    situations: Vec<Situation>,
    /// Log-odds that the best candidate is right.
    rate: f32,
}

/// Trains both modes and returns the weights to ship, in JSON.
///
/// # Errors
/// When the engine cannot be made or the weights cannot be written.
pub fn train_scorer(streams: &[LabeledStream], version: &str) -> Result<String, EngineError> {
    let words = fit(streams, false)?;
    let meaning = fit(streams, true)?;
    let weights = ScorerWeights { version: version.to_owned(), words, meaning };
    serde_json::to_string(&weights).map_err(|e| EngineError::Weights(e.to_string()))
}

fn fit(streams: &[LabeledStream], with_vectors: bool) -> Result<ScorerModels, EngineError> {
    let mut compared = Vec::new();
    let mut pairs = TrainingRows::new(2 * PAIR_FEATURES);
    for stream in streams {
        let whole = ComparedStream::of(stream, with_vectors)?;
        pairs.append(&whole.pair_rows(), STREAM_WEIGHT);
        compared.push(whole);
        for subsamples in stream.subsamples() {
            compared.push(ComparedStream::of(&subsamples, with_vectors)?);
        }
    }
    let mut models = ScorerModels { pair: pairs.ranking(PAIR_RIDGE), ..ScorerModels::untrained() };
    drop(pairs);
    for stream in &mut compared {
        stream.measure_rate(&models);
    }
    for round in 0..ROUNDS {
        let histories: &[(TrainingHistory, f32)] = match round {
            0 => &[(TrainingHistory::True, 1.0)],
            _ => &[
                (TrainingHistory::True, 0.5),
                (TrainingHistory::Open(SURE), 0.7),
                (TrainingHistory::Open(VERY_SURE), 1.0),
            ],
        };
        let (mut topics, mut calibrations) =
            (TrainingRows::new(TOPIC_FEATURES), TrainingRows::new(CALIBRATION_FEATURES));
        for (stream, (history, share)) in each(&compared, histories) {
            topics.append(&stream.topic_rows(&models, *history), stream.weight() * share);
        }
        models.topic = topics.ranking(TOPIC_RIDGE);
        for (stream, (history, share)) in each(&compared, histories) {
            calibrations.append(&stream.calibration_rows(&models, *history), stream.weight() * share);
        }
        models.calibration = calibrations.logistic(CALIBRATION_RIDGE);
    }
    Ok(models)
}

fn each<'a>(
    streams: &'a [ComparedStream],
    histories: &'a [(TrainingHistory, f32)],
) -> impl Iterator<Item = (&'a ComparedStream, &'a (TrainingHistory, f32))> {
    streams.iter().flat_map(move |stream| histories.iter().map(move |history| (stream, history)))
}

impl ScorerModels {
    /// Models that pass their first feature on, where training starts.
    fn untrained() -> Self {
        let first_only = |width: usize, bias: f32| {
            let mut weights = vec![0.0; width];
            weights[0] = 1.0;
            LogisticModel { mean: vec![0.0; width], deviation: vec![1.0; width], weights, bias }
        };
        Self {
            pair: first_only(2 * PAIR_FEATURES, 0.0),
            topic: first_only(TOPIC_FEATURES, 0.0),
            calibration: first_only(CALIBRATION_FEATURES, -3.0),
        }
    }
}

impl ComparedStream {
    fn of(stream: &LabeledStream, with_vectors: bool) -> Result<Self, EngineError> {
        let options = EngineOptions { model: SentenceModel::None, ..EngineOptions::default() };
        let untrained = ScorerWeights {
            version: String::new(),
            words: ScorerModels::untrained(),
            meaning: ScorerModels::untrained(),
        };
        let mut engine = Engine::with_weights(untrained, options)?;
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut compared = Self {
            topics: Vec::new(),
            views: Vec::new(),
            placed: Vec::new(),
            pairs: Vec::new(),
            situations: Vec::new(),
            rate: 0.0,
        };
        for (analyzed, topic) in &stream.tickets {
            let mut analyzed = analyzed.clone();
            if !with_vectors {
                analyzed.vector = None;
            }
            let considered = consider(&engine, &analyzed, None);
            compared.views.push(TopicProfiler::of(&analyzed, engine.index.partition(&analyzed.brand)));
            compared.placed.push((analyzed.created_at_us, analyzed.vector.clone()));
            compared.pairs.push(considered.pairs);
            compared.situations.push(considered.situation);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            compared.topics.push(*numbers.entry(topic).or_insert(next));
            engine.place_analyzed(&analyzed, "all", None);
        }
        Ok(compared)
    }

    /// A short stream weighs less than a long one.
    #[expect(clippy::cast_precision_loss, reason = "some thousand tickets")]
    fn weight(&self) -> f32 {
        (self.topics.len() as f32).min(STREAM_WEIGHT)
    }

    fn right(&self, ticket: usize, member: u32) -> bool {
        self.topics[ticket] == self.topics[member as usize]
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of some thousand tickets")]
    fn measure_rate(&mut self, models: &ScorerModels) {
        let mut right = 0;
        self.run(models, TrainingHistory::True, |ticket, ranked, _| {
            right += usize::from(ranked.first().is_some_and(|best| self.right(ticket, best.pair.member)));
        });
        let share = (right as f32 / self.topics.len().max(1) as f32).clamp(0.02, 0.98);
        self.rate = (share / (1.0 - share)).ln();
    }

    fn run(
        &self,
        models: &ScorerModels,
        history: TrainingHistory,
        mut each: impl FnMut(usize, &[RankedCandidate], Option<(&[f32; CALIBRATION_FEATURES], bool)>),
    ) {
        let mut so_far = SimulatedTopics::default();
        let mut true_topics: HashMap<u32, u32> = HashMap::new();
        for ticket in 0..self.topics.len() {
            let seen = StreamTopics { stream: self, ticket, so_far: &so_far };
            let ranked = rank(models, &self.pairs[ticket], &seen, self.situations[ticket]);
            let calibration = calibration_features(&ranked, self.situations[ticket]);
            let right = ranked.first().is_some_and(|best| self.right(ticket, best.pair.member));
            each(ticket, &ranked, calibration.as_ref().map(|features| (features, right)));
            let best = ranked.first();
            let odds = calibration.map_or(f32::MIN, |features| models.calibration.logit(&features) + self.rate);
            let topic = match history {
                TrainingHistory::True => true_topics.get(&self.topics[ticket]).copied(),
                TrainingHistory::Open(from) => best.filter(|_| odds >= from).map(|best| best.topic),
            };
            let cluster = match history {
                TrainingHistory::True => None,
                TrainingHistory::Open(_) => best.filter(|_| odds >= SURE).map(|best| best.cluster),
            };
            let topic = so_far.place(ticket, topic, cluster);
            true_topics.entry(self.topics[ticket]).or_insert(topic);
        }
    }

    fn profile(&self, members: &[usize], ticket: usize) -> TopicProfile {
        let latest = members.iter().rev().map(|member| {
            let (created_at_us, vector) = &self.placed[*member];
            PlacedTicket { created_at_us: *created_at_us, vector: vector.as_ref().map(|v| (&v.values[..], v.scale)) }
        });
        self.views[ticket].profile(members.len(), latest)
    }

    fn pair_rows(&self) -> TrainingRows {
        let mut rows = TrainingRows::new(2 * PAIR_FEATURES);
        for (ticket, pairs) in self.pairs.iter().enumerate() {
            let brevity = self.situations[ticket].brevity;
            let all: Vec<_> =
                pairs.iter().map(|p| (expanded(&p.features, brevity), self.right(ticket, p.member))).collect();
            rows.push_list(all.iter().map(|(features, right)| (&features[..], *right)), 1.0, 0.0);
        }
        rows
    }

    fn topic_rows(&self, models: &ScorerModels, history: TrainingHistory) -> TrainingRows {
        let mut rows = TrainingRows::new(TOPIC_FEATURES);
        self.run(models, history, |ticket, ranked, _| {
            let list = ranked.iter().map(|j| (&j.features[..], self.right(ticket, j.pair.member)));
            rows.push_list(list, 1.0, 0.0);
        });
        rows
    }

    fn calibration_rows(&self, models: &ScorerModels, history: TrainingHistory) -> TrainingRows {
        let mut rows = TrainingRows::new(CALIBRATION_FEATURES);
        self.run(models, history, |_, _, calibration| {
            if let Some((features, right)) = calibration {
                rows.push_list(std::iter::once((&features[..], right)), 1.0, self.rate);
            }
        });
        rows
    }
}

/// The topics and clusters of a stream's earlier tickets.
#[derive(Default)]
struct SimulatedTopics {
    topic_of: Vec<u32>,
    cluster_of: Vec<u32>,
    topics: Vec<Vec<usize>>,
    clusters: Vec<Vec<usize>>,
}

impl SimulatedTopics {
    fn place(&mut self, ticket: usize, topic: Option<u32>, cluster: Option<u32>) -> u32 {
        let topic = topic.unwrap_or_else(|| {
            let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
            self.topics.push(Vec::new());
            self.clusters.push(Vec::new());
            self.cluster_of.push(cluster.unwrap_or(number));
            number
        });
        self.topic_of.push(topic);
        self.topics[topic as usize].push(ticket);
        self.clusters[self.cluster_of[topic as usize] as usize].push(ticket);
        topic
    }
}

struct StreamTopics<'a> {
    stream: &'a ComparedStream,
    ticket: usize,
    so_far: &'a SimulatedTopics,
}

impl TopicLookup for StreamTopics<'_> {
    fn topic_of(&self, member: u32) -> u32 {
        self.so_far.topic_of[member as usize]
    }

    fn cluster_of(&self, topic: u32) -> u32 {
        self.so_far.cluster_of[topic as usize]
    }

    fn topic(&self, topic: u32) -> TopicProfile {
        self.stream.profile(&self.so_far.topics[topic as usize], self.ticket)
    }

    fn cluster(&self, cluster: u32) -> TopicProfile {
        self.stream.profile(&self.so_far.clusters[cluster as usize], self.ticket)
    }
}
