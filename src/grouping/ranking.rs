//! Ranks the topics that a ticket may belong to.
//!
//! While questions are open, tickets of one topic lie in many: each question opens a topic of its own.
//! Those that are one if every open question is answered by its likelihood are a *family*. Topics are
//! what is ranked and named, so that one wrong likelihood hides no topic behind another; but each is
//! seen twice, by itself and as its whole family, and what it is judged by is the mean of both. How
//! far the best stands out is asked among families: a lead over a likely twin would say nothing.

use std::collections::{HashMap, HashSet};

use super::judge::{BELIEF_SIGNALS, Models, TOPIC_SIGNALS, expanded};
use super::signals::Pair;
use super::standing::Standing;

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
    pub(crate) family: u32,
    pub(crate) pair: Pair,
    pub(crate) signals: [f32; TOPIC_SIGNALS],
    pub(crate) strength: f32,
}

/// How earlier tickets stand together while one is judged.
pub(crate) trait Together {
    /// The topic of a ticket.
    fn topic_of(&self, member: u32) -> u32;
    /// The family of a topic: the topics that are one if every open question is answered by its
    /// likelihood.
    fn family_of(&self, topic: u32) -> u32;
    /// How a topic stands.
    fn topic(&self, topic: u32) -> Standing;
    /// How a family stands, as if it were one topic.
    fn family(&self, family: u32) -> Standing;
}

/// The members of a topic or family in the list, best first, each with its pair score.
struct Gathered {
    of: u32,
    pairs: Vec<(f32, usize)>,
}

/// How many of the list's best pairs say how strong the list is.
const LEVEL_OVER: usize = 10;
/// A topic's share of the list is told from nothing down to here.
const MASS_FLOOR: f32 = 0.01;
/// Where two signals of a topic stand.
const FINISHED_BEFORE: usize = 6;
const MASS: usize = 10;

/// Ranks every topic among the candidates; best first, ties by age of the topic.
pub(crate) fn rank(models: &Models, pairs: &[Pair], together: &impl Together, situation: Situation) -> Vec<Judged> {
    let scored = scored(models, pairs, situation);
    let topics = gathered(&scored, |at| together.topic_of(pairs[at].member));
    let families = gathered(&scored, |at| together.family_of(together.topic_of(pairs[at].member)));
    let list = List::of(&scored);
    let of_families: HashMap<u32, [f32; TOPIC_SIGNALS]> = families
        .iter()
        .map(|family| (family.of, topic_signals(family, &list, together.family(family.of), situation)))
        .collect();
    let mut judged: Vec<Judged> = topics
        .iter()
        .map(|topic| {
            let family = together.family_of(topic.of);
            let alone = topic_signals(topic, &list, together.topic(topic.of), situation);
            let as_family = of_families.get(&family).unwrap_or(&alone);
            let mut signals = std::array::from_fn(|at| alone[at].midpoint(as_family[at]));
            signals[FINISHED_BEFORE] = alone[FINISHED_BEFORE];
            Judged {
                topic: topic.of,
                family,
                pair: pairs[topic.pairs[0].1].clone(),
                strength: models.topic.logit(&signals),
                signals,
            }
        })
        .collect();
    judged.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.topic.cmp(&b.topic)));
    judged
}

/// The pairs with their scores, best first, ties by age.
fn scored(models: &Models, pairs: &[Pair], situation: Situation) -> Vec<(f32, usize)> {
    let mut scored: Vec<(f32, usize)> = pairs
        .iter()
        .enumerate()
        .map(|(at, pair)| (models.pair.logit(&expanded(&pair.signals, situation.brevity)), at))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| pairs[b.1].member.cmp(&pairs[a.1].member)));
    scored
}

/// Scored pairs by what they are `of`, best first.
fn gathered(scored: &[(f32, usize)], of: impl Fn(usize) -> u32) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = Vec::new();
    for (score, at) in scored {
        let of = of(*at);
        match gathered.iter_mut().find(|g| g.of == of) {
            Some(known) => known.pairs.push((*score, *at)),
            None => gathered.push(Gathered { of, pairs: vec![(*score, *at)] }),
        }
    }
    gathered
}

/// The list as a whole, beside which a topic is seen.
struct List {
    /// The best pairs' scores, best first.
    best: Vec<f32>,
    /// Sum of the odds of all pairs, taken relative to the best pair.
    odds: f32,
}

impl List {
    fn of(scored: &[(f32, usize)]) -> Self {
        let mut best: Vec<f32> = scored.iter().map(|s| s.0).collect();
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
    let rivals = Rivals::of(judged, best);
    let pair = &best.pair.signals;
    let brief = situation.brevity - 0.5;
    Some([
        best.strength,
        rivals.lead,
        rivals.lead_over_third,
        rivals.level,
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
        rivals.mass_elsewhere,
        rivals.spread,
    ])
}

/// How the best topic stands among the families, each by its best topic.
struct Rivals {
    lead: f32,
    lead_over_third: f32,
    level: f32,
    mass_elsewhere: f32,
    spread: f32,
}

impl Rivals {
    fn of(judged: &[Judged], best: &Judged) -> Self {
        let mut seen = HashSet::new();
        let families: Vec<&Judged> = judged.iter().filter(|j| seen.insert(j.family)).collect();
        // Without a rival nothing is known of how far the best stands out: it counts as not at all.
        let lead = |rank: usize| families.get(rank).map_or(0.0, |other| (best.strength - other.strength).min(6.0));
        let mass = |j: &Judged| (j.signals[MASS].exp() - MASS_FLOOR).max(1e-6);
        let leading = &families[..families.len().min(LEVEL_OVER)];
        #[expect(clippy::cast_precision_loss, reason = "some dozen families")]
        let level = leading.iter().map(|j| j.strength).sum::<f32>() / leading.len().max(1) as f32;
        Self {
            lead: lead(1),
            lead_over_third: lead(2),
            level,
            mass_elsewhere: families.iter().map(|j| mass(j)).fold(0.0, f32::max) - mass(best),
            spread: families.iter().map(|j| -mass(j) * mass(j).ln()).sum(),
        }
    }
}
