//! Ranks the topics that a ticket may belong to.
//!
//! While questions are open, tickets of one topic lie in several, because every question opens a topic of its own.
//! Topics that are one if every open question gets its likeliest answer form a *provisional cluster*. Topics are what
//! is ranked and named, so that one wrong guess does not hide a topic behind another. But each topic is looked at
//! twice, by itself and as its whole cluster, and its features are the mean of both. Then the topics of a cluster vote for each
//! other, so that a large cluster gets its ticket although none of its many topics stands out. How far the best topic stands out
//! is measured among clusters, because a lead over a probable twin would mean nothing.

use std::collections::{HashMap, HashSet};

use crate::feature_table::{calibration, pair, topic};
use crate::pair_features::PairFeatures;
use crate::scorer::{CALIBRATION_FEATURES, ScorerModels, TOPIC_FEATURES, expanded};
use crate::topic_profile::TopicProfile;

/// The situation in which a ticket is decided. It is the same for all its candidates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation {
    /// Natural logarithm of the number of tickets before it, plus one.
    pub(crate) history: f32,
    /// Near one for a message of a few words, near zero for a long report.
    pub(crate) brevity: f32,
}

/// A topic with the features it is ranked by.
#[derive(Debug, Clone)]
pub(crate) struct RankedCandidate {
    pub(crate) topic: u32,
    pub(crate) cluster: u32,
    pub(crate) pair: PairFeatures,
    pub(crate) features: [f32; TOPIC_FEATURES],
    pub(crate) match_score: f32,
}

/// How the earlier tickets are grouped at the moment a ticket is decided.
pub(crate) trait TopicLookup {
    /// The topic of a ticket.
    fn topic_of(&self, member: u32) -> u32;
    /// The provisional cluster of a topic.
    fn cluster_of(&self, topic: u32) -> u32;
    /// The profile of a topic.
    fn topic(&self, topic: u32) -> TopicProfile;
    /// The profile of a cluster, as if it were one topic.
    fn cluster(&self, cluster: u32) -> TopicProfile;
}

/// The candidates of one topic or cluster, best first, each with its pair score.
struct GroupedPairs {
    of: u32,
    pairs: Vec<(f32, usize)>,
}

/// How many of the best pairs are averaged for the level of the whole list.
const LEVEL_OVER: usize = 10;
/// Added to a topic's share of the odds before its logarithm is taken.
const MASS_FLOOR: f32 = 0.01;
/// How much of its cluster's score is added to a topic's.
const CLUSTER_VOTES: f32 = 0.3;
/// A cluster with a smaller part of the best topic's odds counts as if it had that.
const LEAST_ODDS: f32 = 1e-3;

/// Ranks the topics of all candidates, best first. Of equal topics the older comes first.
pub(crate) fn rank(
    models: &ScorerModels,
    pairs: &[PairFeatures],
    lookup: &impl TopicLookup,
    situation: Situation,
) -> Vec<RankedCandidate> {
    let scored = scored(models, pairs, situation);
    let topics = grouped(&scored, |at| lookup.topic_of(pairs[at].member));
    let clusters = grouped(&scored, |at| lookup.cluster_of(lookup.topic_of(pairs[at].member)));
    let list = CandidateList::of(&scored);
    let of_clusters: HashMap<u32, [f32; TOPIC_FEATURES]> = clusters
        .iter()
        .map(|cluster| (cluster.of, topic_features(cluster, &list, lookup.cluster(cluster.of), situation)))
        .collect();
    let mut ranked: Vec<RankedCandidate> = topics
        .iter()
        .map(|topic| {
            let cluster = lookup.cluster_of(topic.of);
            let alone = topic_features(topic, &list, lookup.topic(topic.of), situation);
            let as_cluster = of_clusters.get(&cluster).unwrap_or(&alone);
            let features = std::array::from_fn(|at| alone[at].midpoint(as_cluster[at]));
            RankedCandidate {
                topic: topic.of,
                cluster,
                pair: pairs[topic.pairs[0].1].clone(),
                match_score: models.topic.logit(&features),
                features,
            }
        })
        .collect();
    add_votes(&mut ranked);
    ranked.sort_by(|a, b| b.match_score.total_cmp(&a.match_score).then_with(|| a.topic.cmp(&b.topic)));
    ranked
}

/// Adds a part of its cluster's score to each topic's: the logarithm of the sum of the odds of the cluster's topics, as parts of the
/// best topic's odds.
fn add_votes(ranked: &mut [RankedCandidate]) {
    let best = ranked.iter().map(|one| one.match_score).fold(f32::MIN, f32::max);
    let mut odds: HashMap<u32, f32> = HashMap::new();
    for one in &*ranked {
        *odds.entry(one.cluster).or_default() += (one.match_score - best).exp();
    }
    for one in ranked {
        let of_cluster = odds.get(&one.cluster).copied().unwrap_or_default();
        one.match_score += CLUSTER_VOTES * of_cluster.max(LEAST_ODDS).ln();
    }
}

/// The pairs with their scores, best first. Of equal pairs the newer comes first.
fn scored(models: &ScorerModels, pairs: &[PairFeatures], situation: Situation) -> Vec<(f32, usize)> {
    let mut scored: Vec<(f32, usize)> = pairs
        .iter()
        .enumerate()
        .map(|(at, pair)| (models.pair.logit(&expanded(&pair.features, situation.brevity)), at))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| pairs[b.1].member.cmp(&pairs[a.1].member)));
    scored
}

/// Scored pairs by the topic or cluster that `of` gives, best first.
fn grouped(scored: &[(f32, usize)], of: impl Fn(usize) -> u32) -> Vec<GroupedPairs> {
    let mut grouped: Vec<GroupedPairs> = Vec::new();
    for (score, at) in scored {
        let of = of(*at);
        match grouped.iter_mut().find(|g| g.of == of) {
            Some(known) => known.pairs.push((*score, *at)),
            None => grouped.push(GroupedPairs { of, pairs: vec![(*score, *at)] }),
        }
    }
    grouped
}

/// The whole list of candidates, which a topic is compared with.
struct CandidateList {
    /// The best pairs' scores, best first.
    best: Vec<f32>,
    /// The sum of the odds of all pairs, relative to the best pair.
    odds: f32,
}

impl CandidateList {
    fn of(scored: &[(f32, usize)]) -> Self {
        let mut best: Vec<f32> = scored.iter().map(|s| s.0).collect();
        let odds = best.iter().map(|score| (score - best[0]).exp()).sum();
        best.truncate(LEVEL_OVER);
        Self { best, odds }
    }

    /// A topic's share of the odds of all pairs, which is its probability within the list.
    fn mass(&self, topic: &GroupedPairs) -> f32 {
        let top = self.best.first().copied().unwrap_or(0.0);
        topic.pairs.iter().map(|p| (p.0 - top).exp()).sum::<f32>() / self.odds.max(1e-6)
    }
}

#[expect(clippy::cast_precision_loss, reason = "some dozen pairs")]
fn topic_features(
    grouped: &GroupedPairs,
    list: &CandidateList,
    profile: TopicProfile,
    situation: Situation,
) -> [f32; TOPIC_FEATURES] {
    let best = grouped.pairs[0].0;
    let three = &grouped.pairs[..grouped.pairs.len().min(3)];
    let floor = list.best.last().copied().unwrap_or(best);
    let in_list = grouped.pairs.iter().filter(|p| p.0 >= floor).count() as f32;
    let three = three.iter().map(|p| p.0).sum::<f32>() / three.len() as f32 - best;
    let all = grouped.pairs.iter().map(|p| (p.0 - best).exp()).sum::<f32>().ln();
    let size = (profile.count as f32).ln_1p();
    let cover = ((grouped.pairs.len() as f32 + 0.5) / (profile.count as f32 + 0.5)).ln();
    let brief = situation.brevity - 0.5;
    let mut s = [0.0; TOPIC_FEATURES];
    s[topic::BEST] = best;
    s[topic::BEST_THREE] = three;
    s[topic::ALL_TICKETS] = all;
    s[topic::SHARE_OF_LIST] = in_list / list.best.len().max(1) as f32;
    s[topic::SIZE] = size;
    s[topic::DAYS_IDLE] = profile.days_idle;
    s[topic::CENTRE] = profile.centre;
    s[topic::CENTRE_FIT] = profile.fit;
    s[topic::COVER] = cover;
    s[topic::MASS] = (list.mass(grouped) + MASS_FLOOR).ln();
    s[topic::BEST_THREE_IF_BRIEF] = three * brief;
    s[topic::ALL_TICKETS_IF_BRIEF] = all * brief;
    s[topic::SIZE_IF_BRIEF] = size * brief;
    s[topic::CENTRE_IF_BRIEF] = profile.centre * brief;
    s[topic::CENTRE_FIT_IF_BRIEF] = profile.fit * brief;
    s
}

/// The features that decide how probable the first of the ranked topics is.
pub(crate) fn calibration_features(
    ranked: &[RankedCandidate],
    situation: Situation,
) -> Option<[f32; CALIBRATION_FEATURES]> {
    let best = ranked.first()?;
    let rivals = Rivals::of(ranked, best);
    let (between, of_topic) = (&best.pair.features, &best.features);
    let brief = situation.brevity - 0.5;
    let mut s = [0.0; CALIBRATION_FEATURES];
    s[calibration::MATCH_SCORE] = best.match_score;
    s[calibration::LEAD] = rivals.lead;
    s[calibration::LEAD_OVER_THIRD] = rivals.lead_over_third;
    s[calibration::LIST_LEVEL] = rivals.level;
    s[calibration::SHARE_OF_LIST] = of_topic[topic::SHARE_OF_LIST];
    s[calibration::SIZE] = of_topic[topic::SIZE];
    s[calibration::DAYS_IDLE] = of_topic[topic::DAYS_IDLE];
    s[calibration::WORDS] = between[pair::WORDS];
    s[calibration::WORDS_BM25] = between[pair::WORDS_BM25];
    s[calibration::WORDS_STANDING] = between[pair::WORDS_STANDING];
    s[calibration::SPELLING] = between[pair::SPELLING];
    s[calibration::MEANING] = between[pair::MEANING];
    s[calibration::MEANING_CENTRED] = between[pair::MEANING_CENTRED];
    s[calibration::MEANING_STANDING] = between[pair::MEANING_STANDING];
    s[calibration::MEANING_LOCAL] = between[pair::MEANING_LOCAL];
    s[calibration::NEIGHBOURS_MEANING] = between[pair::NEIGHBOURS_MEANING];
    s[calibration::CODES_SHARED] = between[pair::CODES_SHARED];
    s[calibration::CODES_CONFLICT] = between[pair::CODES_CONFLICT];
    s[calibration::DAYS_BETWEEN] = between[pair::DAYS_BETWEEN];
    s[calibration::SAME_TEXT] = between[pair::SAME_TEXT];
    s[calibration::HISTORY] = situation.history;
    s[calibration::BREVITY] = situation.brevity;
    s[calibration::MATCH_SCORE_IF_BRIEF] = best.match_score * brief;
    s[calibration::OTHER_WORDS_IN_SUBJECT] = between[pair::OTHER_WORDS_IN_SUBJECT];
    s[calibration::OTHER_NUMBERS] = between[pair::OTHER_NUMBERS];
    s[calibration::VERSION_CONFLICT] = between[pair::VERSION_CONFLICT];
    s[calibration::ASKED_WORDS_FOUND] = between[pair::ASKED_WORDS_FOUND];
    s[calibration::EARLIER_WORDS_FOUND] = between[pair::EARLIER_WORDS_FOUND];
    s[calibration::WORDS_IN_SUBJECT] = between[pair::WORDS_IN_SUBJECT];
    s[calibration::CENTRE] = of_topic[topic::CENTRE];
    s[calibration::CENTRE_FIT] = of_topic[topic::CENTRE_FIT];
    s[calibration::COVER] = of_topic[topic::COVER];
    s[calibration::ALL_TICKETS] = of_topic[topic::ALL_TICKETS];
    s[calibration::BEST_THREE] = of_topic[topic::BEST_THREE];
    s[calibration::CENTRE_FIT_IF_BRIEF] = of_topic[topic::CENTRE_FIT] * brief;
    s[calibration::MASS] = of_topic[topic::MASS];
    s[calibration::MASS_IF_BRIEF] = of_topic[topic::MASS] * brief;
    s[calibration::MASS_ELSEWHERE] = rivals.mass_elsewhere;
    s[calibration::SPREAD] = rivals.spread;
    Some(s)
}

/// How the best topic compares with the other clusters, each represented by its best topic.
struct Rivals {
    lead: f32,
    lead_over_third: f32,
    level: f32,
    mass_elsewhere: f32,
    spread: f32,
}

impl Rivals {
    fn of(ranked: &[RankedCandidate], best: &RankedCandidate) -> Self {
        let mut seen = HashSet::new();
        let clusters: Vec<&RankedCandidate> = ranked.iter().filter(|j| seen.insert(j.cluster)).collect();
        // Without a rival, how far the best stands out is unknown and counts as zero.
        let lead =
            |rank: usize| clusters.get(rank).map_or(0.0, |other| (best.match_score - other.match_score).min(6.0));
        let mass = |j: &RankedCandidate| (j.features[topic::MASS].exp() - MASS_FLOOR).max(1e-6);
        let leading = &clusters[..clusters.len().min(LEVEL_OVER)];
        #[expect(clippy::cast_precision_loss, reason = "some dozen clusters")]
        let level = leading.iter().map(|j| j.match_score).sum::<f32>() / leading.len().max(1) as f32;
        Self {
            lead: lead(1),
            lead_over_third: lead(2),
            level,
            mass_elsewhere: clusters.iter().map(|j| mass(j)).fold(0.0, f32::max) - mass(best),
            spread: clusters.iter().map(|j| -mass(j) * mass(j).ln()).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pair_features::PAIR_FEATURES;

    fn candidate(topic: u32, cluster: u32, match_score: f32) -> RankedCandidate {
        let pair = PairFeatures { member: topic, features: [0.0; PAIR_FEATURES] };
        RankedCandidate { topic, cluster, pair, features: [0.0; TOPIC_FEATURES], match_score }
    }

    #[test]
    fn many_topics_of_one_cluster_outvote_one_that_is_a_little_better() {
        let mut ranked = vec![candidate(0, 0, 2.0)];
        ranked.extend((1..=5).map(|topic| candidate(topic, 1, 1.8)));
        add_votes(&mut ranked);
        assert!(ranked[1].match_score > ranked[0].match_score, "{:?}", (ranked[1].match_score, ranked[0].match_score));
    }

    #[test]
    fn a_topic_alone_in_its_cluster_keeps_its_score_if_it_is_the_best() {
        let mut ranked = vec![candidate(0, 0, 2.0), candidate(1, 1, -40.0)];
        add_votes(&mut ranked);
        assert!((ranked[0].match_score - 2.0).abs() < 1e-6);
        assert!(ranked[1].match_score.is_finite() && ranked[1].match_score < -40.0, "an odd one stays last");
    }
}
