//! Explains a decision: the terms of the best candidate's score, and the words and codes it shares with the ticket.

use crate::analysis::AnalyzedTicket;
use crate::decision::{DecisionReason, MatchedTerm, rounded};
use crate::engine::Engine;
use crate::feature_table::{Feature, calibration, pair, topic};
use crate::index::{Partition, QueryTerm, weight};
use crate::pair_features::PAIR_FEATURES;
use crate::ranking::{RankedCandidate, Situation};
use crate::scorer::{CALIBRATION_FEATURES, ScorerModels, expanded};

/// How many words, codes and reasons a decision names.
const NAMED_LIMIT: usize = 12;

/// What one feature did to the log-odds.
struct Contribution {
    feature: Feature,
    value: f32,
    usual: f32,
    weight: f32,
}

/// The strongest terms of a score that a person can make sense of: what the pair's features contributed through the match
/// score, and the other calibration features.
pub(crate) fn reasons(
    models: &ScorerModels,
    best: &RankedCandidate,
    situation: Situation,
    features: &[f32; CALIBRATION_FEATURES],
) -> Vec<DecisionReason> {
    let mut terms: Vec<Contribution> = Vec::new();
    for term in pair_terms(models, best, situation).into_iter().chain(calibration_terms(models, features)) {
        match terms.iter_mut().find(|known| known.feature.name == term.feature.name) {
            Some(known) => known.weight += term.weight,
            None => terms.push(term),
        }
    }
    terms
        .retain(|term| term.feature.rule.is_reason(term.value, term.usual, term.weight) && rounded(term.weight) != 0.0);
    terms.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.feature.name.cmp(b.feature.name)));
    terms.truncate(NAMED_LIMIT);
    let reason = |term: Contribution| DecisionReason {
        name: term.feature.name.to_owned(),
        value: rounded(term.value),
        weight: rounded(term.weight),
    };
    terms.into_iter().map(reason).collect()
}

/// The match score weighs most in the calibration, and it is made of the pair's features. So each of them gets its share.
fn pair_terms(models: &ScorerModels, best: &RankedCandidate, situation: Situation) -> Vec<Contribution> {
    let of_match_score = |at: usize| models.calibration.weights[at] / models.calibration.deviation[at];
    let slope = (of_match_score(calibration::MATCH_SCORE)
        + of_match_score(calibration::MATCH_SCORE_IF_BRIEF) * (situation.brevity - 0.5))
        * models.topic.weights[topic::BEST]
        / models.topic.deviation[topic::BEST];
    let both = expanded(&best.pair.features, situation.brevity);
    let parts: Vec<f32> = models.pair.contributions(&both).collect();
    let term = |(at, feature): (usize, &Feature)| Contribution {
        feature: *feature,
        value: best.pair.features[at],
        usual: models.pair.mean[at],
        weight: (parts[at] + parts[at + PAIR_FEATURES]) * slope,
    };
    pair::TABLE.iter().enumerate().map(term).collect()
}

fn calibration_terms(models: &ScorerModels, features: &[f32; CALIBRATION_FEATURES]) -> Vec<Contribution> {
    let parts = models.calibration.contributions(features);
    let term = |((at, feature), weight): ((usize, &Feature), f32)| Contribution {
        feature: *feature,
        value: features[at],
        usual: models.calibration.mean[at],
        weight,
    };
    calibration::TABLE.iter().enumerate().zip(parts).map(term).collect()
}

/// The words that the ticket and the best candidate's ticket share, strongest first.
pub(crate) fn shared_words(
    engine: &Engine,
    partition: &Partition,
    query: &[QueryTerm],
    best: &RankedCandidate,
) -> Vec<MatchedTerm> {
    let member = &engine.index.members[best.pair.member as usize];
    let mut shared: Vec<(f32, &str)> = query
        .iter()
        .filter_map(|term| {
            let at = member.terms.binary_search_by_key(&term.term?, |known| known.term).ok()?;
            let both = f32::from(weight(term.count)).min(f32::from(weight(member.terms[at].count)));
            Some((term.idf * term.idf * both.ln_1p(), partition.name(member.terms[at].term)))
        })
        .collect();
    let total: f32 = shared.iter().map(|s| s.0).sum();
    shared.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    shared.truncate(NAMED_LIMIT);
    let named = |(weight, term): (f32, &str)| MatchedTerm { term: term.to_owned(), weight: rounded(weight / total) };
    shared.into_iter().map(named).collect()
}

/// The codes that both tickets name.
pub(crate) fn shared_codes(engine: &Engine, analyzed: &AnalyzedTicket, best: &RankedCandidate) -> Vec<MatchedTerm> {
    let member = &engine.index.members[best.pair.member as usize];
    let codes = &engine.index.codes;
    analyzed
        .codes
        .iter()
        .filter(|code| member.codes.iter().any(|number| codes.code(*number) == *code))
        .take(NAMED_LIMIT)
        .map(|code| MatchedTerm { term: code.name.clone(), weight: 1.0 / f64::from(codes.count(code).max(1)) })
        .collect()
}
