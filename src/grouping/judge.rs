//! The judge: two small logistic models, one for pairs of tickets and one for topics.
//!
//! The pair model says how much an earlier ticket resembles the new one. The topic model sees a
//! topic's best members, how far they lead over other topics, and the situation (history, length,
//! size), and gives the probability that the ticket belongs there. The weights are learned offline
//! (`examples/train_grouping.rs`) and ship as the prior of what an installation learns itself.

use serde::{Deserialize, Serialize};

use super::signals::{PAIR_SIGNALS, Pair};

/// How many signals a topic has.
pub(crate) const TOPIC_SIGNALS: usize = 16;

/// Their names, in order.
pub(crate) const TOPIC_NAMES: [&str; TOPIC_SIGNALS] = [
    "best_ticket",
    "best_three",
    "all_tickets",
    "lead",
    "share_of_list",
    "size",
    "days_idle",
    "finished_before",
    "list_level",
    "history",
    "brevity",
    "meaning_stands_out",
    "best_ticket_if_brief",
    "lead_if_brief",
    "words_stand_out",
    "same_text",
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

/// The two models of one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Models {
    pub(crate) pair: Logistic,
    pub(crate) topic: Logistic,
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

/// What is known of a topic besides its members in the list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) size: f32,
    pub(crate) days_idle: f32,
    pub(crate) finished_before: f32,
}

/// A topic with the signals of its score.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) topic: u32,
    pub(crate) pair: Pair,
    pub(crate) signals: [f32; TOPIC_SIGNALS],
    pub(crate) logit: f32,
}

/// A topic's members in the list, best first, each with its pair log-odds.
struct Gathered {
    topic: u32,
    pairs: Vec<(f32, usize)>,
}

/// How many of the list's best pairs say how strong the list is.
const LEVEL_OVER: usize = 10;

impl Models {
    /// Scores every topic among the candidates; best first, ties by age of the topic.
    pub(crate) fn judge(
        &self,
        pairs: &[Pair],
        topic_of: impl Fn(u32) -> u32,
        standing_of: impl Fn(u32) -> Standing,
        situation: Situation,
    ) -> Vec<Judged> {
        let gathered = self.gather(pairs, topic_of);
        let mut ranked: Vec<f32> = gathered.iter().flat_map(|g| g.pairs.iter().map(|p| p.0)).collect();
        ranked.sort_unstable_by(|a, b| b.total_cmp(a));
        ranked.truncate(LEVEL_OVER);
        let mut judged: Vec<Judged> = gathered
            .iter()
            .enumerate()
            .map(|(at, topic)| {
                let rival = if at == 0 { gathered.get(1) } else { gathered.first() };
                let signals = topic_signals(topic, rival, &ranked, pairs, standing_of(topic.topic), situation);
                Judged {
                    topic: topic.topic,
                    pair: pairs[topic.pairs[0].1].clone(),
                    logit: self.topic.logit(&signals),
                    signals,
                }
            })
            .collect();
        judged.sort_by(|a, b| b.logit.total_cmp(&a.logit).then_with(|| a.topic.cmp(&b.topic)));
        judged
    }

    /// Topics by their best pair, best first.
    fn gather(&self, pairs: &[Pair], topic_of: impl Fn(u32) -> u32) -> Vec<Gathered> {
        let mut scored: Vec<(f32, usize)> =
            pairs.iter().enumerate().map(|(at, pair)| (self.pair.logit(&pair.signals), at)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| pairs[b.1].member.cmp(&pairs[a.1].member)));
        let mut gathered: Vec<Gathered> = Vec::new();
        for (logit, at) in scored {
            let topic = topic_of(pairs[at].member);
            match gathered.iter_mut().find(|g| g.topic == topic) {
                Some(known) => known.pairs.push((logit, at)),
                None => gathered.push(Gathered { topic, pairs: vec![(logit, at)] }),
            }
        }
        gathered
    }
}

#[expect(clippy::cast_precision_loss, reason = "some dozen pairs")]
fn topic_signals(
    topic: &Gathered,
    rival: Option<&Gathered>,
    ranked: &[f32],
    pairs: &[Pair],
    standing: Standing,
    situation: Situation,
) -> [f32; TOPIC_SIGNALS] {
    let best = topic.pairs[0].0;
    let three = &topic.pairs[..topic.pairs.len().min(3)];
    let lead = rival.map_or(3.0, |rival| best - rival.pairs[0].0);
    let floor = ranked.last().copied().unwrap_or(best);
    let in_list = topic.pairs.iter().filter(|p| p.0 >= floor).count() as f32;
    let signals = &pairs[topic.pairs[0].1].signals;
    [
        best,
        three.iter().map(|p| p.0).sum::<f32>() / three.len() as f32,
        topic.pairs.iter().map(|p| p.0.exp()).sum::<f32>().ln(),
        lead.clamp(-6.0, 6.0),
        in_list / ranked.len().max(1) as f32,
        standing.size,
        standing.days_idle,
        standing.finished_before,
        ranked.iter().sum::<f32>() / ranked.len().max(1) as f32,
        situation.history,
        situation.brevity,
        signals[11],
        best * situation.brevity,
        lead.clamp(-6.0, 6.0) * situation.brevity,
        signals[5],
        signals[8],
    ]
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
        [&self.words, &self.meaning]
            .into_iter()
            .all(|models| models.pair.fits(PAIR_SIGNALS) && models.topic.fits(TOPIC_SIGNALS))
    }
}
