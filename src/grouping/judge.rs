//! The judge: two small logistic models, one for pairs of tickets and one for topics.
//!
//! The pair model says how much an earlier ticket resembles the new one. The topic model sees a
//! topic's best members, how far they lead over other topics, and the situation (history, length,
//! size), and gives the probability that the ticket belongs there. The weights are learned offline
//! (`examples/train_grouping.rs`) and ship as the prior of what an installation learns itself.

use serde::{Deserialize, Serialize};

use super::signals::{PAIR_SIGNALS, Pair};
use super::standing::Standing;

/// How many signals a topic is ranked by.
pub(crate) const TOPIC_SIGNALS: usize = 16;

/// How many signals the best topic is believed by.
pub(crate) const BELIEF_SIGNALS: usize = 40;

/// Their names, in order.
pub(crate) const BELIEF_NAMES: [&str; BELIEF_SIGNALS] = [
    "strength",
    "lead",
    "lead_over_third",
    "list_level",
    "share_of_list",
    "size",
    "days_idle",
    "finished_before",
    "words",
    "words_bm25",
    "words_stand_out",
    "spelling",
    "meaning",
    "meaning_centred",
    "meaning_stands_out",
    "meaning_local",
    "neighbours",
    "codes_shared",
    "codes_conflict",
    "days_between",
    "same_text",
    "history",
    "brevity",
    "strength_if_brief",
    "other_words_in_subject",
    "other_numbers",
    "version_conflict",
    "asked_words_found",
    "earlier_words_found",
    "words_in_subject",
    "centre",
    "centre_fit",
    "cover",
    "all_tickets",
    "best_three",
    "centre_fit_if_brief",
    "mass",
    "mass_if_brief",
    "mass_elsewhere",
    "spread",
];

/// A logistic model over standardised signals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Logistic {
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f32,
}

impl Logistic {
    /// The log-odds.
    pub(crate) fn logit(&self, signals: &[f32]) -> f32 {
        self.bias + self.contributions(signals).sum::<f32>()
    }

    /// What each signal adds to the log-odds.
    pub(crate) fn contributions<'a>(&'a self, signals: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        signals
            .iter()
            .zip(&self.mean)
            .zip(&self.deviation)
            .zip(&self.weights)
            .map(|(((signal, mean), deviation), weight)| ((signal - mean) / deviation).clamp(-6.0, 6.0) * weight)
    }
}

/// The models of one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Models {
    /// How much two tickets resemble each other; over [`expanded`] signals.
    pub(crate) pair: Logistic,
    /// Which topic comes first.
    pub(crate) topic: Logistic,
    /// How probable it is that the first one is right, at even odds of a repeat.
    pub(crate) belief: Logistic,
}

/// All shipped weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weights {
    /// Which training made them; stored with every decision.
    pub(crate) version: String,
    /// When words alone decide.
    pub(crate) words: Models,
    /// With sentence vectors.
    pub(crate) meaning: Models,
}

/// The situation a ticket is decided in; the same for all its candidates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    /// Natural logarithm of how many tickets came before.
    pub(crate) history: f32,
    /// Near one for a message of a few words, near zero for a long report.
    pub(crate) brevity: f32,
}

/// A topic with the signals of its rank.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) topic: u32,
    pub(crate) pair: Pair,
    pub(crate) signals: [f32; TOPIC_SIGNALS],
    pub(crate) strength: f32,
}

/// A topic's members in the list, best first, each with its pair score.
struct Gathered {
    topic: u32,
    pairs: Vec<(f32, usize)>,
}

/// How many of the list's best pairs say how strong the list is.
const LEVEL_OVER: usize = 10;
/// A topic's share of the list is told from nothing down to here.
const MASS_FLOOR: f32 = 0.01;

/// Pair signals, and each once more for how brief the ticket is: what matters between two short
/// messages is not what matters between two long reports.
pub(crate) fn expanded(signals: &[f32; PAIR_SIGNALS], brevity: f32) -> [f32; 2 * PAIR_SIGNALS] {
    let mut both = [0.0; 2 * PAIR_SIGNALS];
    both[..PAIR_SIGNALS].copy_from_slice(signals);
    for (at, signal) in signals.iter().enumerate() {
        both[PAIR_SIGNALS + at] = signal * (brevity - 0.5);
    }
    both
}

impl Models {
    /// Ranks every topic among the candidates; best first, ties by age of the topic.
    pub(crate) fn rank(
        &self,
        pairs: &[Pair],
        topic_of: impl Fn(u32) -> u32,
        standing_of: impl Fn(u32) -> Standing,
        situation: Situation,
    ) -> Vec<Judged> {
        let gathered = self.gather(pairs, topic_of, situation);
        let list = List::of(&gathered);
        let mut judged: Vec<Judged> = gathered
            .iter()
            .map(|topic| {
                let signals = topic_signals(topic, &list, standing_of(topic.topic), situation);
                Judged {
                    topic: topic.topic,
                    pair: pairs[topic.pairs[0].1].clone(),
                    strength: self.topic.logit(&signals),
                    signals,
                }
            })
            .collect();
        judged.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.topic.cmp(&b.topic)));
        judged
    }

    /// Topics by their best pair, best first.
    fn gather(&self, pairs: &[Pair], topic_of: impl Fn(u32) -> u32, situation: Situation) -> Vec<Gathered> {
        let mut scored: Vec<(f32, usize)> = pairs
            .iter()
            .enumerate()
            .map(|(at, pair)| (self.pair.logit(&expanded(&pair.signals, situation.brevity)), at))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| pairs[b.1].member.cmp(&pairs[a.1].member)));
        let mut gathered: Vec<Gathered> = Vec::new();
        for (score, at) in scored {
            let topic = topic_of(pairs[at].member);
            match gathered.iter_mut().find(|g| g.topic == topic) {
                Some(known) => known.pairs.push((score, at)),
                None => gathered.push(Gathered { topic, pairs: vec![(score, at)] }),
            }
        }
        gathered
    }
}

/// The list as a whole, beside which a topic is seen.
struct List {
    /// The best pairs' scores, best first.
    best: Vec<f32>,
    /// Sum of the odds of all pairs, taken relative to the best pair.
    odds: f32,
}

impl List {
    fn of(gathered: &[Gathered]) -> Self {
        let mut best: Vec<f32> = gathered.iter().flat_map(|g| g.pairs.iter().map(|p| p.0)).collect();
        best.sort_unstable_by(|a, b| b.total_cmp(a));
        let odds = best.iter().map(|score| (score - best[0]).exp()).sum();
        best.truncate(LEVEL_OVER);
        Self { best, odds }
    }

    /// A topic's share in the odds of all pairs: how probable it is among those in the list.
    fn mass(&self, topic: &Gathered) -> f32 {
        let top = self.best.first().copied().unwrap_or(0.0);
        topic.pairs.iter().map(|p| (p.0 - top).exp()).sum::<f32>() / self.odds.max(1e-6)
    }
}

#[expect(clippy::cast_precision_loss, reason = "some dozen pairs")]
fn topic_signals(topic: &Gathered, list: &List, standing: Standing, situation: Situation) -> [f32; TOPIC_SIGNALS] {
    let best = topic.pairs[0].0;
    let three = &topic.pairs[..topic.pairs.len().min(3)];
    let floor = list.best.last().copied().unwrap_or(best);
    let in_list = topic.pairs.iter().filter(|p| p.0 >= floor).count() as f32;
    let three = three.iter().map(|p| p.0).sum::<f32>() / three.len() as f32 - best;
    let all = topic.pairs.iter().map(|p| (p.0 - best).exp()).sum::<f32>().ln();
    let size = (standing.count as f32).ln_1p();
    let cover = ((topic.pairs.len() as f32 + 0.5) / (standing.count as f32 + 0.5)).ln();
    let brief = situation.brevity - 0.5;
    [
        best,
        three,
        all,
        in_list / list.best.len().max(1) as f32,
        size,
        standing.days_idle,
        standing.finished_before,
        standing.centre,
        standing.fit,
        cover,
        (list.mass(topic) + MASS_FLOOR).ln(),
        three * brief,
        all * brief,
        size * brief,
        standing.centre * brief,
        standing.fit * brief,
    ]
}

/// What the belief in the first of the ranked topics rests on.
pub(crate) fn belief_signals(judged: &[Judged], situation: Situation) -> Option<[f32; BELIEF_SIGNALS]> {
    let best = judged.first()?;
    // Without a rival nothing is known of how far the best stands out: it counts as not at all.
    let lead = |rank: usize| judged.get(rank).map_or(0.0, |other| (best.strength - other.strength).min(6.0));
    #[expect(clippy::cast_precision_loss, reason = "some dozen topics")]
    let level = judged.iter().take(LEVEL_OVER).map(|j| j.strength).sum::<f32>() / judged.len().min(LEVEL_OVER) as f32;
    let pair = &best.pair.signals;
    let masses = || judged.iter().map(|j| (j.signals[10].exp() - MASS_FLOOR).max(1e-6));
    let most = masses().fold(0.0, f32::max);
    let spread: f32 = masses().map(|mass| -mass * mass.ln()).sum();
    let brief = situation.brevity - 0.5;
    Some([
        best.strength,
        lead(1),
        lead(2),
        level,
        best.signals[3],
        best.signals[4],
        best.signals[5],
        best.signals[6],
        pair[0],
        pair[4],
        pair[5],
        pair[6],
        pair[9],
        pair[10],
        pair[11],
        pair[12],
        pair[13],
        pair[15],
        pair[16],
        pair[20],
        pair[8],
        situation.history,
        situation.brevity,
        best.strength * brief,
        pair[26],
        pair[27],
        pair[17],
        pair[2],
        pair[3],
        pair[1],
        best.signals[7],
        best.signals[8],
        best.signals[9],
        best.signals[2],
        best.signals[1],
        best.signals[8] * brief,
        best.signals[10],
        best.signals[10] * brief,
        most - (best.signals[10].exp() - MASS_FLOOR).max(1e-6),
        spread,
    ])
}

/// Turns log-odds into a probability.
pub(crate) fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The shipped weights.
pub(crate) fn shipped() -> Result<Weights, serde_json::Error> {
    serde_json::from_str(include_str!("weights.json"))
}

impl Logistic {
    /// Whether it has a weight for each of `count` signals and divides by nothing.
    pub(crate) fn fits(&self, count: usize) -> bool {
        self.weights.len() == count
            && self.mean.len() == count
            && self.deviation.len() == count
            && self.deviation.iter().all(|d| *d > 0.0)
    }
}

impl Weights {
    /// Whether all models fit the signals of this build.
    pub(crate) fn fits(&self) -> bool {
        [&self.words, &self.meaning].into_iter().all(|models| {
            models.pair.fits(2 * PAIR_SIGNALS) && models.topic.fits(TOPIC_SIGNALS) && models.belief.fits(BELIEF_SIGNALS)
        })
    }
}
