//! How often tickets repeat earlier ones in this installation, estimated without any label.
//!
//! The same likeness means more where most tickets repeat than where few do. The estimate is the
//! share of repeats under which the latest beliefs make most sense (expectation maximisation over
//! the class prior, Saerens, Latinne and Decaestecker 2002), begun at what is usual for texts of
//! that length: short messages to a shop or a bank repeat far more often than reports to a tracker.
//!
//! Beliefs are learned on streams thinned to many rates, so that they mean nearly the same at every
//! rate. On those streams the estimate is right to about half a unit of log-odds, but for trackers
//! whose tickets resemble each other without repeating; there, and wherever repeats seem rare, a
//! topic too many is the lesser harm, and the estimate is taken lower.

use super::judge::probability;

/// So many latest tickets are looked at.
const WINDOW: usize = 1000;
/// What is usual, before anything was seen, is worth so many tickets.
const USUAL_TICKETS: f32 = 50.0;
/// Log-odds of a repeat that are usual for long reports, and how they grow with brevity.
const USUAL_LONG: f32 = -0.5;
const LONG_BREVITY: f32 = 0.25;
const USUAL_GAIN: f32 = 5.0;
/// No stream is taken to repeat more than this.
const MOST: f32 = 1.0;
/// Each step is held back by so much: where beliefs are clear this changes little, where they are
/// not, the estimate stays low.
const HELD_BACK: f32 = 0.2;
/// Below here repeats are rare, and each unit further counts so many times.
const RARE: f32 = -1.5;
const RARE_GAIN: f32 = 3.0;
/// After so many tickets the estimate is renewed; in so many steps.
const RENEWED_EVERY: u64 = 10;
const STEPS: usize = 20;
/// So many tickets are added up side by side, so that the compiler divides several numbers with one instruction.
const ADDED_AT_ONCE: usize = 16;

/// The running estimate.
#[derive(Debug, Clone)]
pub(crate) struct Repeats {
    /// Of the latest tickets, in no order, how many times likelier than right it was at even rates that the best candidate
    /// was wrong.
    against: Vec<f32>,
    /// Which of them came first, once there are as many as are looked at.
    oldest: usize,
    brevity: f32,
    seen: u64,
    estimate: f32,
}

impl Default for Repeats {
    fn default() -> Self {
        Self { against: Vec::new(), oldest: 0, brevity: LONG_BREVITY, seen: 0, estimate: USUAL_LONG }
    }
}

impl Repeats {
    /// Takes in a ticket: the log-odds at even rates that its best candidate was right, and how
    /// brief it was.
    #[expect(clippy::cast_precision_loss, reason = "a mean over a window of tickets")]
    pub(crate) fn saw(&mut self, belief: f32, brevity: f32) {
        self.seen += 1;
        self.brevity += (brevity - self.brevity) / self.seen.min(WINDOW as u64) as f32;
        let against = (-belief).exp();
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
            let share = (self.repeats() + USUAL_TICKETS * probability(usual)) / tickets;
            self.estimate = ((share / (1.0 - share).max(1e-4)).ln() - HELD_BACK).min(MOST);
        }
    }

    /// How many of the latest tickets are repeats if the estimate is right.
    fn repeats(&self) -> f32 {
        let odds_against = (-self.estimate).exp();
        let repeats = |against: &f32| 1.0 / (1.0 + against * odds_against);
        let (blocks, rest) = self.against.as_chunks::<ADDED_AT_ONCE>();
        let mut sums = [0f32; ADDED_AT_ONCE];
        for block in blocks {
            for (sum, against) in sums.iter_mut().zip(block) {
                *sum += repeats(against);
            }
        }
        sums.into_iter().chain(rest.iter().map(repeats)).sum()
    }

    /// The log-odds of a repeat, to be added to a belief at even rates.
    pub(crate) fn log_odds(&self) -> f32 {
        let rare = (self.estimate - RARE).min(0.0);
        self.estimate + rare * (RARE_GAIN - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is estimated when of a hundred tickets so many are surely repeats and the rest surely not.
    fn estimated(repeats_percent: u64) -> f32 {
        let mut repeats = Repeats::default();
        for ticket in 0..1000 {
            repeats.saw(if ticket % 100 < repeats_percent { 8.0 } else { -8.0 }, LONG_BREVITY);
        }
        probability(repeats.log_odds())
    }

    #[test]
    fn clear_beliefs_give_the_share_of_repeats() {
        for (percent, from, to) in [(30, 0.24, 0.32), (50, 0.43, 0.52), (70, 0.62, 0.72)] {
            let share = estimated(percent);
            assert!((from..to).contains(&share), "{percent} % were taken for {share}");
        }
    }

    #[test]
    fn only_the_latest_tickets_count() {
        let mut repeats = Repeats::default();
        (0..3 * WINDOW).for_each(|ticket| repeats.saw(if ticket < 2 * WINDOW { -8.0 } else { 8.0 }, LONG_BREVITY));
        assert!(probability(repeats.log_odds()) > 0.7);
    }

    #[test]
    fn rare_repeats_are_taken_for_rarer() {
        assert!(estimated(3) < 0.03);
    }

    #[test]
    fn beliefs_that_say_nothing_prove_no_repeats() {
        let mut repeats = Repeats::default();
        (0..1000).for_each(|_| repeats.saw(0.0, LONG_BREVITY));
        assert!(probability(repeats.log_odds()) < 0.1);
    }
}
