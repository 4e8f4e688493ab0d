//! The bound for joining: how probable a topic must be for its ticket to join by itself, so that the promised share of joins is right.
//!
//! What joins is not asked about, so of the surest tickets there are hardly any answers, and those just above the bound would speak
//! for all. So the answers only say how many times as often the machine errs as it says. How often it says that it errs is known of
//! every ticket above the bound, whether somebody was asked about it or not.

use crate::scorer::probability;

/// How many errors that come out as the model says are added to those of the answers. They keep the bound from jumping.
const ERRORS_AS_SAID: f64 = 8.0;
/// One-sided 95 % confidence, for how often the model errs.
const CONFIDENCE_Z: f64 = 1.645;
/// A bound needs at least this many tickets above it.
const BOUND_NEEDS: usize = 10;
/// How many times as often as is promised of all joins a single one may be wrong by what the model says, with vectors and by words
/// alone. Where hardly anybody is asked any more, the model errs more often than its answers tell, and by words most of all.
const ERRS_AT_MOST: f64 = 2.4;
const ERRS_AT_MOST_BY_WORDS: f64 = 1.4;

/// A ticket's best candidate: how probable it was that it is right, and whether it was, if a person said so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoredBest {
    pub(crate) score: f32,
    pub(crate) was_right: Option<bool>,
}

impl ScoredBest {
    /// A candidate with these log-odds about which nobody was asked.
    pub(crate) fn unanswered(log_odds: f32) -> Self {
        Self { score: probability(log_odds), was_right: None }
    }
}

/// The bound is never lower, whatever the answers say.
pub(crate) fn lowest(precision: f64, has_vectors: bool) -> f64 {
    let times = if has_vectors { ERRS_AT_MOST } else { ERRS_AT_MOST_BY_WORDS };
    (1.0 - times * (1.0 - precision)).max(0.5)
}

/// The lowest bound above which the promised share is right with confidence.
#[expect(clippy::cast_precision_loss, reason = "some thousand tickets")]
pub(crate) fn proven(mut scored: Vec<ScoredBest>, precision: f64, lowest: f64) -> Option<f32> {
    scored.retain(|one| f64::from(one.score) >= lowest);
    scored.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (mut said_of_all, mut said_of_answers, mut wrong, mut bound) = (0.0, 0.0, 0.0, None);
    for (at, one) in scored.iter().enumerate() {
        let error = f64::from(1.0 - one.score);
        said_of_all += error;
        if let Some(was_right) = one.was_right {
            said_of_answers += error;
            wrong += f64::from(u8::from(!was_right));
        }
        let count = at + 1;
        let last_of_tie = scored.get(count).is_none_or(|next| next.score < one.score);
        let expected = errs_times(wrong, said_of_answers) * said_of_all / count as f64;
        if last_of_tie && count >= BOUND_NEEDS && expected <= 1.0 - precision {
            bound = Some(one.score);
        }
    }
    bound
}

/// How many times as often as it says the model errs at most, with confidence: the upper limit of a Poisson rate. It is never taken to
/// err less often than it says.
fn errs_times(wrong: f64, said: f64) -> f64 {
    let errors = ERRORS_AS_SAID + wrong;
    ((errors + CONFIDENCE_Z * errors.sqrt()) / (ERRORS_AS_SAID + said)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(count: usize, score: f32, was_right: impl Fn(usize) -> Option<bool>) -> Vec<ScoredBest> {
        (0..count).map(|number| ScoredBest { score, was_right: was_right(number) }).collect()
    }

    fn bound(scored: &[Vec<ScoredBest>]) -> Option<f32> {
        proven(scored.concat(), 0.95, lowest(0.95, true))
    }

    #[test]
    fn few_tickets_prove_no_bound() {
        assert!(bound(&[tickets(BOUND_NEEDS, 0.98, |_| Some(true))]).is_some());
        assert_eq!(bound(&[tickets(BOUND_NEEDS - 1, 0.98, |_| Some(true))]), None);
    }

    #[test]
    fn many_errors_prove_no_bound() {
        assert!(bound(&[tickets(100, 0.97, |_| Some(true))]).is_some());
        assert_eq!(bound(&[tickets(100, 0.97, |number| Some(number % 2 == 0))]), None);
    }

    #[test]
    fn what_joined_without_a_question_counts_as_the_model_says() {
        let asked = tickets(60, 0.9, |number| Some(number % 10 != 0));
        assert_eq!(bound(std::slice::from_ref(&asked)), None, "nine of ten are right, and more is promised");
        assert_eq!(
            bound(&[asked.clone(), tickets(200, 0.995, |_| None)]),
            Some(0.9),
            "most joins are surer than those asked about"
        );
        assert_eq!(bound(&[asked, tickets(100, 0.94, |_| None)]), None);
    }

    #[test]
    fn joins_count_for_less_where_the_model_errs_more_often_than_it_says() {
        let sure = || tickets(100, 0.985, |_| None);
        let asked = |wrong_each: usize| tickets(60, 0.93, move |number| Some(number % wrong_each != 0));
        assert_eq!(bound(&[sure(), asked(20)]), Some(0.93));
        assert_eq!(bound(&[sure(), asked(4)]), Some(0.985));
    }

    #[test]
    fn the_more_is_promised_the_less_may_a_single_join_err() {
        let both = |precision: f64| [true, false].map(|has_vectors| format!("{:.3}", lowest(precision, has_vectors)));
        assert_eq!([0.5, 0.95, 0.99].map(both), [["0.500", "0.500"], ["0.880", "0.930"], ["0.976", "0.986"]]);
        let right = |score: f32| tickets(500, score, |_| Some(true));
        assert_eq!(bound(&[right(0.99), right(0.87)]), Some(0.99), "whatever the answers say");
    }
}
