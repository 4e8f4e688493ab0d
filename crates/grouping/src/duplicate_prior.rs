//! How often a ticket here belongs to a topic that exists already, estimated without any labels.
//!
//! The same similarity means more where most tickets are duplicates than where few are. The estimate is the share of
//! duplicates that makes the latest match log-odds most plausible (expectation maximisation over the class prior,
//! Saerens, Latinne and Decaestecker 2002). It starts from what is usual for texts of this length: short messages to a
//! shop or a bank repeat far more often than reports to a tracker.
//!
//! The calibration is fitted on streams that were subsampled to several rates of duplicates, so that its log-odds mean
//! nearly the same at every rate. On those streams the estimate is right to about half a unit of log-odds. The
//! exception are trackers whose tickets resemble each other without being duplicates. There, and wherever duplicates
//! seem rare, the estimate is lowered, because a topic too many does less harm than a wrong join.

use crate::scorer::probability;

/// How many of the latest tickets count.
const WINDOW: usize = 1000;
/// How many tickets the usual rate weighs as much as, before anything was seen.
const USUAL_TICKETS: f32 = 50.0;
/// The usual log-odds of a duplicate among long reports, and how they grow with brevity.
const USUAL_LONG: f32 = -0.5;
const LONG_BREVITY: f32 = 0.25;
const USUAL_GAIN: f32 = 5.0;
/// The highest log-odds that are ever estimated.
const MOST: f32 = 1.0;
/// What each step subtracts. Where matches are clear this changes little; where they are not, it keeps the estimate
/// low.
const HELD_BACK: f32 = 0.2;
/// Below these log-odds duplicates are rare, and each further unit counts `RARE_GAIN` times.
const RARE: f32 = -1.5;
const RARE_GAIN: f32 = 3.0;
/// The estimate is renewed after this many tickets, in this many steps.
const RENEWED_EVERY: u64 = 10;
const STEPS: usize = 20;
/// How many tickets are summed side by side, so that the compiler can divide several numbers with one instruction.
const ADDED_AT_ONCE: usize = 16;

/// The running estimate.
#[derive(Debug, Clone)]
pub(crate) struct DuplicatePrior {
    /// For each of the latest tickets, in no particular order, the odds against its best candidate, without any prior.
    against: Vec<f32>,
    /// The place of the oldest of them, once the window is full.
    oldest: usize,
    brevity: f32,
    seen: u64,
    estimate: f32,
}

impl Default for DuplicatePrior {
    fn default() -> Self {
        Self { against: Vec::new(), oldest: 0, brevity: LONG_BREVITY, seen: 0, estimate: USUAL_LONG }
    }
}

impl DuplicatePrior {
    /// Takes in a ticket: the match log-odds of its best candidate, and how brief it was.
    #[expect(clippy::cast_precision_loss, reason = "a mean over a window of tickets")]
    pub(crate) fn observe(&mut self, match_log_odds: f32, brevity: f32) {
        self.seen += 1;
        self.brevity += (brevity - self.brevity) / self.seen.min(WINDOW as u64) as f32;
        let against = (-match_log_odds).exp();
        if self.against.len() < WINDOW {
            self.against.push(against);
        } else {
            self.against[self.oldest] = against;
            self.oldest = (self.oldest + 1) % WINDOW;
        }
        if self.seen.is_multiple_of(RENEWED_EVERY) {
            self.renew();
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a window of tickets")]
    fn renew(&mut self) {
        let usual = (USUAL_LONG + USUAL_GAIN * (self.brevity - LONG_BREVITY)).min(MOST);
        let tickets = self.against.len() as f32 + USUAL_TICKETS;
        for _ in 0..STEPS {
            let share = (self.expected_duplicates() + USUAL_TICKETS * probability(usual)) / tickets;
            self.estimate = ((share / (1.0 - share).max(1e-4)).ln() - HELD_BACK).min(MOST);
        }
    }

    /// The expected number of duplicates among the latest tickets if the estimate is right.
    fn expected_duplicates(&self) -> f32 {
        let odds_against = (-self.estimate).exp();
        let duplicate = |against: &f32| 1.0 / (1.0 + against * odds_against);
        let (blocks, rest) = self.against.as_chunks::<ADDED_AT_ONCE>();
        let mut sums = [0f32; ADDED_AT_ONCE];
        for block in blocks {
            for (sum, against) in sums.iter_mut().zip(block) {
                *sum += duplicate(against);
            }
        }
        sums.into_iter().chain(rest.iter().map(duplicate)).sum()
    }

    /// The log-odds of a duplicate, to be added to a ticket's match log-odds.
    pub(crate) fn log_odds(&self) -> f32 {
        let rare = (self.estimate - RARE).min(0.0);
        self.estimate + rare * (RARE_GAIN - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The estimate when this many of a hundred tickets are surely duplicates and the others surely are not.
    fn estimated(duplicates_percent: u64) -> f32 {
        let mut prior = DuplicatePrior::default();
        for ticket in 0..1000 {
            prior.observe(if ticket % 100 < duplicates_percent { 8.0 } else { -8.0 }, LONG_BREVITY);
        }
        probability(prior.log_odds())
    }

    #[test]
    fn clear_matches_give_the_share_of_duplicates() {
        for (percent, from, to) in [(30, 0.24, 0.32), (50, 0.43, 0.52), (70, 0.62, 0.72)] {
            let share = estimated(percent);
            assert!((from..to).contains(&share), "{percent} % were taken for {share}");
        }
    }

    #[test]
    fn only_the_latest_tickets_count() {
        let mut prior = DuplicatePrior::default();
        (0..3 * WINDOW).for_each(|ticket| prior.observe(if ticket < 2 * WINDOW { -8.0 } else { 8.0 }, LONG_BREVITY));
        assert!(probability(prior.log_odds()) > 0.7);
    }

    #[test]
    fn rare_duplicates_are_estimated_rarer_than_they_are() {
        assert!(estimated(3) < 0.03);
    }

    #[test]
    fn unclear_matches_prove_no_duplicates() {
        let mut prior = DuplicatePrior::default();
        (0..1000).for_each(|_| prior.observe(0.0, LONG_BREVITY));
        assert!(probability(prior.log_odds()) < 0.1);
    }
}
