//! How often tickets repeat earlier ones in this installation, estimated without any label.
//!
//! The same likeness means more where most tickets repeat than where few do. The estimate is the
//! share of repeats under which the latest beliefs make most sense (expectation maximisation over
//! the class prior, Saerens et al. 2002), held towards what is usual for texts of that length:
//! short messages to a shop or a bank repeat far more often than reports to a tracker. People's
//! answers, where there are any, replace it by recalibrating the belief itself.

use std::collections::VecDeque;

/// So many latest tickets are looked at.
const WINDOW: usize = 500;
/// The usual share has the weight of so many tickets, and of more where messages are brief: how far
/// short messages resemble each other says less.
const PRIOR_TICKETS: f32 = 70.0;
const BRIEF_WEIGHT: f32 = 60.0;
const BRIEF_FROM: f32 = 0.3;
/// After so many tickets the estimate is renewed; in so many steps.
const RENEWED_EVERY: u64 = 10;
const STEPS: usize = 20;
/// Usual log-odds of a repeat: of long reports, and how much more for the shortest messages.
const LONG_LOG_ODDS: f32 = -0.5;
const BRIEF_GAIN: f32 = 7.5;
const LONG_BREVITY: f32 = 0.17;
const USUAL_BOUNDS: (f32, f32) = (-1.5, 1.5);
/// Estimates of this kind exaggerate, most where repeats are rare; measured on the training files:
/// an estimate of `PIVOT` stands for `AT_PIVOT`, and differences from it count so much.
const PIVOT: f32 = -0.2;
const AT_PIVOT: f32 = 0.0;
const BELOW: f32 = 3.2;
const ABOVE: f32 = 0.6;
const LOG_ODDS_BOUNDS: (f32, f32) = (-4.0, 3.5);

/// The running estimate.
#[derive(Debug, Clone)]
pub(crate) struct Repeats {
    beliefs: VecDeque<f32>,
    brevity: f32,
    seen: u64,
    estimate: f32,
}

impl Default for Repeats {
    fn default() -> Self {
        Self { beliefs: VecDeque::new(), brevity: 0.0, seen: 0, estimate: LONG_LOG_ODDS }
    }
}

impl Repeats {
    /// Takes in a ticket: the log-odds at even rates that its best candidate was right, and how
    /// brief it was.
    #[expect(clippy::cast_precision_loss, reason = "a mean over many tickets")]
    pub(crate) fn saw(&mut self, belief: f32, brevity: f32) {
        self.seen += 1;
        self.brevity += (brevity - self.brevity) / (self.seen.min(WINDOW as u64) as f32);
        self.beliefs.push_back(belief);
        if self.beliefs.len() > WINDOW {
            self.beliefs.pop_front();
        }
        if self.seen == 1 {
            self.estimate = self.usual();
        }
        if self.seen.is_multiple_of(RENEWED_EVERY) {
            self.renew();
        }
    }

    /// What is usual for texts of this length.
    fn usual(&self) -> f32 {
        (LONG_LOG_ODDS + BRIEF_GAIN * (self.brevity - LONG_BREVITY)).clamp(USUAL_BOUNDS.0, USUAL_BOUNDS.1)
    }

    #[expect(clippy::cast_precision_loss, reason = "a window of tickets")]
    fn renew(&mut self) {
        let tickets = PRIOR_TICKETS * (1.0 + BRIEF_WEIGHT * (self.brevity - BRIEF_FROM).max(0.0));
        let usual = tickets / (1.0 + (-self.usual()).exp());
        for _ in 0..STEPS {
            let repeats: f32 = self.beliefs.iter().map(|b| 1.0 / (1.0 + (-b - self.estimate).exp())).sum();
            let rate = (repeats + usual) / (self.beliefs.len() as f32 + tickets);
            self.estimate = (rate / (1.0 - rate).max(1e-4)).ln();
        }
    }

    /// The log-odds of a repeat, to be added to a belief at even rates.
    pub(crate) fn log_odds(&self) -> f32 {
        let above = self.estimate - PIVOT;
        let trust = AT_PIVOT + above * if above < 0.0 { BELOW } else { ABOVE };
        trust.clamp(LOG_ODDS_BOUNDS.0, LOG_ODDS_BOUNDS.1)
    }
}
