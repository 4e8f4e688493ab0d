//! Learns the judge from streams of tickets whose topics are known.
//!
//! The pair model ranks a ticket's candidates; the topic model ranks topics; the belief model is
//! fitted with each stream's rate of repeats as a known offset, so that it speaks at even rates, and
//! on every stream thinned to several rates, so that it does so whatever the rate is.
//! Topic and belief are fitted on three histories at once: the true topics (as after people's
//! corrections), the topics the machine makes by itself while every question stays open, and those it
//! would make if it joined sooner. The machine's topics depend on the models, so rows are gathered
//! over some rounds.

use std::collections::HashMap;

use crate::candidates::consider;
use crate::engine::{Engine, EngineError, Options};
use crate::fitting::Rows;
use crate::judge::{BELIEF_SIGNALS, Logistic, Models, TOPIC_SIGNALS, Weights, expanded};
use crate::ranking::{Judged, Situation, Together, belief_signals, rank};
use crate::read::Reading;
use crate::sentence::SentenceModel;
use crate::sentence::Vector;
use crate::signals::{PAIR_SIGNALS, Pair};
use crate::standing::{Placed, Standing, Viewpoint};

/// A stream weighs as much as its tickets, and at most so many.
const STREAM_WEIGHT: f32 = 2000.0;
/// How strongly weights are held towards zero. The pair model has the most weights and sees lists
/// that resemble each other: left-out files are ranked best when it is held hardest.
const PAIR_RIDGE: f64 = 20.0;
const TOPIC_RIDGE: f64 = 3.0;
const BELIEF_RIDGE: f64 = 1.0;
const ROUNDS: usize = 2;
/// Log-odds from which a topic is taken into a family while learning: surer than even, so that
/// families stay clean enough to learn from.
const SURE: f32 = 1.0;
/// Log-odds from which the machine joins by itself, nearly the bound of a fresh installation.
const VERY_SURE: f32 = 4.0;

/// Tickets in their order, each with the name of its true topic.
#[derive(Debug, Clone)]
pub struct Stream {
    /// The tickets.
    pub tickets: Vec<(Reading, String)>,
}

/// Which topics earlier tickets are in while a stream is run.
#[derive(Debug, Clone, Copy, PartialEq)]
enum History {
    True,
    /// Joined from these log-odds on; what is at least `SURE` opens a topic in the family.
    Open(f32),
}

/// A stream with its candidates compared, which needs no weights.
struct Compared {
    topics: Vec<u32>,
    views: Vec<Viewpoint>,
    placed: Vec<(i64, Option<Vector>)>,
    pairs: Vec<Vec<Pair>>,
    situations: Vec<Situation>,
    /// Log-odds that the best candidate is right.
    rate: f32,
}

/// Learns both modes and gives the weights as they are shipped, in JSON.
///
/// # Errors
/// When the engine cannot be made or the weights cannot be written.
pub fn train_judge(streams: &[Stream], version: &str) -> Result<String, EngineError> {
    let words = fit(streams, false)?;
    let meaning = fit(streams, true)?;
    let weights = Weights { version: version.to_owned(), words, meaning };
    serde_json::to_string(&weights).map_err(|e| EngineError::Weights(e.to_string()))
}

fn fit(streams: &[Stream], with_vectors: bool) -> Result<Models, EngineError> {
    let mut compared = Vec::new();
    let mut pairs = Rows::new(2 * PAIR_SIGNALS);
    for stream in streams {
        let whole = Compared::of(stream, with_vectors)?;
        pairs.append(&whole.pair_rows(), STREAM_WEIGHT);
        compared.push(whole);
        for thinned in stream.thinned() {
            compared.push(Compared::of(&thinned, with_vectors)?);
        }
    }
    let mut models = Models { pair: pairs.ranking(PAIR_RIDGE), ..Models::untaught() };
    drop(pairs);
    for stream in &mut compared {
        stream.measure_rate(&models);
    }
    for round in 0..ROUNDS {
        let histories: &[(History, f32)] = match round {
            0 => &[(History::True, 1.0)],
            _ => &[(History::True, 0.5), (History::Open(SURE), 0.7), (History::Open(VERY_SURE), 1.0)],
        };
        let (mut topics, mut beliefs) = (Rows::new(TOPIC_SIGNALS), Rows::new(BELIEF_SIGNALS));
        for (stream, (history, share)) in each(&compared, histories) {
            topics.append(&stream.topic_rows(&models, *history), stream.weight() * share);
        }
        models.topic = topics.ranking(TOPIC_RIDGE);
        for (stream, (history, share)) in each(&compared, histories) {
            beliefs.append(&stream.belief_rows(&models, *history), stream.weight() * share);
        }
        models.belief = beliefs.logistic(BELIEF_RIDGE);
    }
    Ok(models)
}

fn each<'a>(
    streams: &'a [Compared],
    histories: &'a [(History, f32)],
) -> impl Iterator<Item = (&'a Compared, &'a (History, f32))> {
    streams.iter().flat_map(move |stream| histories.iter().map(move |history| (stream, history)))
}

impl Models {
    /// Models that pass their first signal on: where learning begins.
    fn untaught() -> Self {
        let first_only = |width: usize, bias: f32| {
            let mut weights = vec![0.0; width];
            weights[0] = 1.0;
            Logistic { mean: vec![0.0; width], deviation: vec![1.0; width], weights, bias }
        };
        Self {
            pair: first_only(2 * PAIR_SIGNALS, 0.0),
            topic: first_only(TOPIC_SIGNALS, 0.0),
            belief: first_only(BELIEF_SIGNALS, -3.0),
        }
    }
}

impl Compared {
    fn of(stream: &Stream, with_vectors: bool) -> Result<Self, EngineError> {
        let options = Options { model: SentenceModel::None, ..Options::default() };
        let untaught = Weights { version: String::new(), words: Models::untaught(), meaning: Models::untaught() };
        let mut engine = Engine::judging_by(untaught, options)?;
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut compared = Self {
            topics: Vec::new(),
            views: Vec::new(),
            placed: Vec::new(),
            pairs: Vec::new(),
            situations: Vec::new(),
            rate: 0.0,
        };
        for (reading, topic) in &stream.tickets {
            let mut reading = reading.clone();
            if !with_vectors {
                reading.vector = None;
            }
            let considered = consider(&engine, &reading, None);
            compared.views.push(Viewpoint::of(&reading, engine.index.shelf(&reading.brand)));
            compared.placed.push((reading.created_at_us, reading.vector.clone()));
            compared.pairs.push(considered.pairs);
            compared.situations.push(considered.situation);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            compared.topics.push(*numbers.entry(topic).or_insert(next));
            engine.place_reading(&reading, "all", None);
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
    fn measure_rate(&mut self, models: &Models) {
        let mut right = 0;
        self.run(models, History::True, |ticket, judged, _| {
            right += usize::from(judged.first().is_some_and(|best| self.right(ticket, best.pair.member)));
        });
        let share = (right as f32 / self.topics.len().max(1) as f32).clamp(0.02, 0.98);
        self.rate = (share / (1.0 - share)).ln();
    }

    fn run(
        &self,
        models: &Models,
        history: History,
        mut each: impl FnMut(usize, &[Judged], Option<(&[f32; BELIEF_SIGNALS], bool)>),
    ) {
        let mut so_far = SoFar::default();
        let mut true_topics: HashMap<u32, u32> = HashMap::new();
        for ticket in 0..self.topics.len() {
            let seen = Seen { stream: self, ticket, so_far: &so_far };
            let judged = rank(models, &self.pairs[ticket], &seen, self.situations[ticket]);
            let belief = belief_signals(&judged, self.situations[ticket]);
            let right = judged.first().is_some_and(|best| self.right(ticket, best.pair.member));
            each(ticket, &judged, belief.as_ref().map(|signals| (signals, right)));
            let best = judged.first();
            let odds = belief.map_or(f32::MIN, |signals| models.belief.logit(&signals) + self.rate);
            let topic = match history {
                History::True => true_topics.get(&self.topics[ticket]).copied(),
                History::Open(from) => best.filter(|_| odds >= from).map(|best| best.topic),
            };
            let family = match history {
                History::True => None,
                History::Open(_) => best.filter(|_| odds >= SURE).map(|best| best.family),
            };
            let topic = so_far.place(ticket, topic, family);
            true_topics.entry(self.topics[ticket]).or_insert(topic);
        }
    }

    fn standing(&self, members: &[usize], ticket: usize) -> Standing {
        let latest = members.iter().rev().map(|member| {
            let (created_at_us, vector) = &self.placed[*member];
            Placed { created_at_us: *created_at_us, vector: vector.as_ref().map(|v| (&v.values[..], v.scale)) }
        });
        self.views[ticket].standing(members.len(), false, latest)
    }

    fn pair_rows(&self) -> Rows {
        let mut rows = Rows::new(2 * PAIR_SIGNALS);
        for (ticket, pairs) in self.pairs.iter().enumerate() {
            let brevity = self.situations[ticket].brevity;
            let all: Vec<_> =
                pairs.iter().map(|p| (expanded(&p.signals, brevity), self.right(ticket, p.member))).collect();
            rows.push_list(all.iter().map(|(signals, right)| (&signals[..], *right)), 1.0, 0.0);
        }
        rows
    }

    fn topic_rows(&self, models: &Models, history: History) -> Rows {
        let mut rows = Rows::new(TOPIC_SIGNALS);
        self.run(models, history, |ticket, judged, _| {
            let list = judged.iter().map(|j| (&j.signals[..], self.right(ticket, j.pair.member)));
            rows.push_list(list, 1.0, 0.0);
        });
        rows
    }

    fn belief_rows(&self, models: &Models, history: History) -> Rows {
        let mut rows = Rows::new(BELIEF_SIGNALS);
        self.run(models, history, |_, _, belief| {
            if let Some((signals, right)) = belief {
                rows.push_list(std::iter::once((&signals[..], right)), 1.0, self.rate);
            }
        });
        rows
    }
}

/// How the earlier tickets of a stream stand together.
#[derive(Default)]
struct SoFar {
    topic_of: Vec<u32>,
    family_of: Vec<u32>,
    topics: Vec<Vec<usize>>,
    families: Vec<Vec<usize>>,
}

impl SoFar {
    fn place(&mut self, ticket: usize, topic: Option<u32>, family: Option<u32>) -> u32 {
        let topic = topic.unwrap_or_else(|| {
            let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
            self.topics.push(Vec::new());
            self.families.push(Vec::new());
            self.family_of.push(family.unwrap_or(number));
            number
        });
        self.topic_of.push(topic);
        self.topics[topic as usize].push(ticket);
        self.families[self.family_of[topic as usize] as usize].push(ticket);
        topic
    }
}

struct Seen<'a> {
    stream: &'a Compared,
    ticket: usize,
    so_far: &'a SoFar,
}

impl Together for Seen<'_> {
    fn topic_of(&self, member: u32) -> u32 {
        self.so_far.topic_of[member as usize]
    }

    fn family_of(&self, topic: u32) -> u32 {
        self.so_far.family_of[topic as usize]
    }

    fn topic(&self, topic: u32) -> Standing {
        self.stream.standing(&self.so_far.topics[topic as usize], self.ticket)
    }

    fn family(&self, family: u32) -> Standing {
        self.stream.standing(&self.so_far.families[family as usize], self.ticket)
    }
}
