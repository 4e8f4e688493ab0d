//! Ranks the topics that a ticket may belong to.
//!
//! While questions are open, tickets of one topic lie in many: each question opens a topic of its own.
//! Those that are one if every open question is answered by its likelihood are a *family*. Topics are
//! what is ranked and named, so that one wrong likelihood hides no topic behind another; but each is
//! seen twice, by itself and as its whole family, and what it is judged by is the mean of both. How
//! far the best stands out is asked among families: a lead over a likely twin would say nothing.

use std::collections::{HashMap, HashSet};

use super::judge::{BELIEF_SIGNALS, Models, TOPIC_SIGNALS, expanded};
use super::names::{belief, pair, topic};
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
            signals[topic::FINISHED_BEFORE] = alone[topic::FINISHED_BEFORE];
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
fn topic_signals(gathered: &Gathered, list: &List, standing: Standing, situation: Situation) -> [f32; TOPIC_SIGNALS] {
    let best = gathered.pairs[0].0;
    let three = &gathered.pairs[..gathered.pairs.len().min(3)];
    let floor = list.best.last().copied().unwrap_or(best);
    let in_list = gathered.pairs.iter().filter(|p| p.0 >= floor).count() as f32;
    let three = three.iter().map(|p| p.0).sum::<f32>() / three.len() as f32 - best;
    let all = gathered.pairs.iter().map(|p| (p.0 - best).exp()).sum::<f32>().ln();
    let size = (standing.count as f32).ln_1p();
    let cover = ((gathered.pairs.len() as f32 + 0.5) / (standing.count as f32 + 0.5)).ln();
    let brief = situation.brevity - 0.5;
    let mut s = [0.0; TOPIC_SIGNALS];
    s[topic::BEST] = best;
    s[topic::BEST_THREE] = three;
    s[topic::ALL_TICKETS] = all;
    s[topic::SHARE_OF_LIST] = in_list / list.best.len().max(1) as f32;
    s[topic::SIZE] = size;
    s[topic::DAYS_IDLE] = standing.days_idle;
    s[topic::FINISHED_BEFORE] = standing.finished_before;
    s[topic::CENTRE] = standing.centre;
    s[topic::CENTRE_FIT] = standing.fit;
    s[topic::COVER] = cover;
    s[topic::MASS] = (list.mass(gathered) + MASS_FLOOR).ln();
    s[topic::BEST_THREE_IF_BRIEF] = three * brief;
    s[topic::ALL_TICKETS_IF_BRIEF] = all * brief;
    s[topic::SIZE_IF_BRIEF] = size * brief;
    s[topic::CENTRE_IF_BRIEF] = standing.centre * brief;
    s[topic::CENTRE_FIT_IF_BRIEF] = standing.fit * brief;
    s
}

/// What the belief in the first of the ranked topics rests on.
pub(crate) fn belief_signals(judged: &[Judged], situation: Situation) -> Option<[f32; BELIEF_SIGNALS]> {
    let best = judged.first()?;
    let rivals = Rivals::of(judged, best);
    let (between, of_topic) = (&best.pair.signals, &best.signals);
    let brief = situation.brevity - 0.5;
    let mut s = [0.0; BELIEF_SIGNALS];
    s[belief::STRENGTH] = best.strength;
    s[belief::LEAD] = rivals.lead;
    s[belief::LEAD_OVER_THIRD] = rivals.lead_over_third;
    s[belief::LIST_LEVEL] = rivals.level;
    s[belief::SHARE_OF_LIST] = of_topic[topic::SHARE_OF_LIST];
    s[belief::SIZE] = of_topic[topic::SIZE];
    s[belief::DAYS_IDLE] = of_topic[topic::DAYS_IDLE];
    s[belief::FINISHED_BEFORE] = of_topic[topic::FINISHED_BEFORE];
    s[belief::WORDS] = between[pair::WORDS];
    s[belief::WORDS_BM25] = between[pair::WORDS_BM25];
    s[belief::WORDS_STANDING] = between[pair::WORDS_STANDING];
    s[belief::SPELLING] = between[pair::SPELLING];
    s[belief::MEANING] = between[pair::MEANING];
    s[belief::MEANING_CENTRED] = between[pair::MEANING_CENTRED];
    s[belief::MEANING_STANDING] = between[pair::MEANING_STANDING];
    s[belief::MEANING_LOCAL] = between[pair::MEANING_LOCAL];
    s[belief::NEIGHBOURS_MEANING] = between[pair::NEIGHBOURS_MEANING];
    s[belief::CODES_SHARED] = between[pair::CODES_SHARED];
    s[belief::CODES_CONFLICT] = between[pair::CODES_CONFLICT];
    s[belief::DAYS_BETWEEN] = between[pair::DAYS_BETWEEN];
    s[belief::SAME_TEXT] = between[pair::SAME_TEXT];
    s[belief::HISTORY] = situation.history;
    s[belief::BREVITY] = situation.brevity;
    s[belief::STRENGTH_IF_BRIEF] = best.strength * brief;
    s[belief::OTHER_WORDS_IN_SUBJECT] = between[pair::OTHER_WORDS_IN_SUBJECT];
    s[belief::OTHER_NUMBERS] = between[pair::OTHER_NUMBERS];
    s[belief::VERSION_CONFLICT] = between[pair::VERSION_CONFLICT];
    s[belief::ASKED_WORDS_FOUND] = between[pair::ASKED_WORDS_FOUND];
    s[belief::EARLIER_WORDS_FOUND] = between[pair::EARLIER_WORDS_FOUND];
    s[belief::WORDS_IN_SUBJECT] = between[pair::WORDS_IN_SUBJECT];
    s[belief::CENTRE] = of_topic[topic::CENTRE];
    s[belief::CENTRE_FIT] = of_topic[topic::CENTRE_FIT];
    s[belief::COVER] = of_topic[topic::COVER];
    s[belief::ALL_TICKETS] = of_topic[topic::ALL_TICKETS];
    s[belief::BEST_THREE] = of_topic[topic::BEST_THREE];
    s[belief::CENTRE_FIT_IF_BRIEF] = of_topic[topic::CENTRE_FIT] * brief;
    s[belief::MASS] = of_topic[topic::MASS];
    s[belief::MASS_IF_BRIEF] = of_topic[topic::MASS] * brief;
    s[belief::MASS_ELSEWHERE] = rivals.mass_elsewhere;
    s[belief::SPREAD] = rivals.spread;
    Some(s)
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
        let mass = |j: &Judged| (j.signals[topic::MASS].exp() - MASS_FLOOR).max(1e-6);
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
