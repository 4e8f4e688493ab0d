//! How much a topic matters: one number, and the terms it is the sum of.
//!
//! Each term grows with the logarithm of what it counts, so the first customers weigh more than the hundredth. It is
//! rounded before it is added, so what is shown always adds up. A topic can have 100 at most.
//!
//! | term | most | reached at |
//! |---|---|---|
//! | customers | 30 | 100 customers |
//! | organizations | 15 | 50 organizations |
//! | revenue | 25 | a million a year |
//! | renewals | 15 | 5 organizations that renew within 90 days |
//! | growth | 10 | three times the week before |
//! | waiting | 5 | half a year, while the topic is not finished |

use std::time::Duration;

use super::{impact::Impact, topic::TopicState};
use crate::base::clock::Time;

/// One term of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreTerm {
    /// What it counts: `customers`, `organizations`, `revenue`, `renewals`, `growth`, `waiting`.
    pub name: &'static str,
    /// How much it counts, in its own unit: people, cents, percent of the week before, days.
    pub value: i64,
    /// What it adds.
    pub points: i64,
    /// What it can add at most.
    pub most: i64,
}

/// A topic's score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// From 0 to 100.
    pub total: i64,
    /// Its terms: always all of them, in the same order.
    pub terms: Vec<ScoreTerm>,
}

/// The score of a topic at `now`.
pub fn score(impact: &Impact, state: TopicState, first_seen_at: Time, now: Time) -> Score {
    let days = if state.is_finished() { 0 } else { days_since(first_seen_at, now) };
    let growth = growth_percent(impact.recent, impact.before);
    let terms = vec![
        term("customers", impact.customers, 30, share(impact.customers, 100)),
        term("organizations", impact.organizations, 15, share(impact.organizations, 50)),
        term("revenue", impact.revenue_cents, 25, share(impact.revenue_cents / 100_000, 1_000)),
        term("renewals", impact.renewals, 15, share(impact.renewals, 5)),
        term("growth", growth, 10, linear(growth - 100, 200)),
        waiting(days),
    ];
    Score { total: terms.iter().map(|term| term.points).sum(), terms }
}

/// After so many days, waiting longer adds nothing.
const WAITING_DAYS: i64 = 182;

fn waiting(days: i64) -> ScoreTerm {
    term("waiting", days, 5, share(days, WAITING_DAYS))
}

fn days_since(at: Time, now: Time) -> i64 {
    i64::try_from(now.since(at).as_secs() / 86_400).unwrap_or(i64::MAX)
}

/// Until when waiting adds as much as it does at `now`. `None` if it never adds more.
pub fn waits_until(state: TopicState, first_seen_at: Time, now: Time) -> Option<Time> {
    if state.is_finished() {
        return None;
    }
    let days = days_since(first_seen_at, now);
    let adds_now = waiting(days).points;
    let next = (days.saturating_add(1)..=WAITING_DAYS).find(|later| waiting(*later).points != adds_now)?;
    Some(first_seen_at.plus(Duration::from_hours(u64::try_from(next).ok()? * 24)))
}

/// The tickets of the last week as a percentage of the week before; 100 if there are too few to speak of growth.
fn growth_percent(recent: i64, before: i64) -> i64 {
    const TOO_FEW: i64 = 2;
    if recent < TOO_FEW { 100 } else { recent.saturating_mul(100) / before.max(1) }
}

fn term(name: &'static str, value: i64, most: i64, share: f64) -> ScoreTerm {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of at most 30 points")]
    let points = (most as f64 * share).round() as i64;
    ScoreTerm { name, value, points, most }
}

/// From 0 for nothing to 1 for `full`, by logarithm.
fn share(count: i64, full: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a logarithm does not see the last bits")]
    let logarithm = |count: i64| (count.max(0) as f64).ln_1p();
    (logarithm(count) / logarithm(full)).clamp(0.0, 1.0)
}

/// From 0 for nothing to 1 for `full`, in proportion.
fn linear(count: i64, full: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "clamped to one")]
    let share = count.max(0) as f64 / full as f64;
    share.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::impact::LikelyImpact;

    fn begin() -> Time {
        Time::from_seconds(0)
    }

    fn now() -> Time {
        begin().plus(Duration::from_hours(24 * 1_000))
    }

    #[test]
    fn the_total_is_the_sum_of_what_is_shown() {
        let impact = Impact {
            customers: 23,
            organizations: 14,
            revenue_cents: 41_200_000,
            renewals: 3,
            recent: 6,
            before: 3,
            ..Impact::default()
        };
        let score = score(&impact, TopicState::FixMerged, now().minus(Duration::from_hours(35 * 24)), now());
        assert_eq!(score.total, score.terms.iter().map(|term| term.points).sum::<i64>());
        assert_eq!(score.terms.iter().map(|term| term.points).collect::<Vec<_>>(), [21, 10, 22, 12, 5, 3]);
    }

    #[test]
    fn a_topic_of_nobody_scores_nothing_and_none_scores_more_than_a_hundred() {
        assert_eq!(score(&Impact::default(), TopicState::Open, now(), now()).total, 0);
        let all = i64::MAX / 200;
        let impact = Impact {
            customers: all,
            organizations: all,
            revenue_cents: all,
            renewals: all,
            recent: all,
            ..Impact::default()
        };
        assert_eq!(score(&impact, TopicState::Open, begin(), now()).total, 100);
    }

    #[test]
    fn for_whoever_may_not_know_it_a_score_is_the_same_whatever_customers_pay() {
        let worth = |cents| {
            let likely = LikelyImpact { customers: 2, revenue_cents: cents, ..LikelyImpact::default() };
            Impact { customers: 3, organizations: 1, revenue_cents: cents, likely, ..Impact::default() }
        };
        let seen = |impact: &Impact| score(&impact.expected(), TopicState::Open, now(), now()).total;
        assert_ne!(seen(&worth(4_800_000)), seen(&worth(0)));
        assert_eq!(seen(&worth(4_800_000).without_amounts()), seen(&worth(0)));
    }

    #[test]
    fn waiting_counts_only_while_something_is_awaited() {
        let waited = |state| score(&Impact::default(), state, begin(), now()).total;
        assert_eq!((waited(TopicState::Open), waited(TopicState::Shipped), waited(TopicState::Declined)), (5, 0, 0));
    }

    #[test]
    fn waiting_adds_the_same_until_it_is_said_to_add_more() {
        let waits = |now| score(&Impact::default(), TopicState::Open, begin(), now).total;
        let mut at = begin();
        let mut steps = 0;
        while let Some(next) = waits_until(TopicState::Open, begin(), at) {
            assert_eq!(waits(next.minus(Duration::from_secs(1))), waits(at));
            assert_eq!(waits(next), waits(at) + 1);
            (at, steps) = (next, steps + 1);
        }
        assert_eq!((steps, waits(at)), (5, 5));
        assert_eq!(waits_until(TopicState::Shipped, begin(), begin()), None);
    }

    #[test]
    fn one_more_customer_never_lowers_the_score() {
        let total = |customers| score(&Impact { customers, ..Impact::default() }, TopicState::Open, now(), now()).total;
        for customers in 0..200 {
            assert!(total(customers) <= total(customers + 1));
        }
    }
}
