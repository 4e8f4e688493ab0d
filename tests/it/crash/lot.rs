//! A helpdesk of which nothing is sure: what happens to each of its requests is drawn by lot, from a seed.

use std::{collections::BTreeMap, time::Duration};

use simulator::{Failure, Zendesk};

use crate::chance::Chance;

/// Where replies and notes go.
pub const REPLIES: &str = "PUT /api/v2/tickets/*";
/// Where follow-ups of closed tickets go.
pub const FOLLOW_UPS: &str = "POST /api/v2/tickets";
/// Where a lost reply is looked for.
const LISTS: [&str; 2] = ["GET /api/v2/tickets/*/comments", "GET /api/v2/tickets/*/audits"];
/// How far lists lag behind what was written.
const LAG_SECONDS: i64 = 6;

/// What was drawn for the requests of one kind, in their order.
pub struct AnswersByLot {
    writes: BTreeMap<&'static str, Vec<&'static str>>,
}

impl AnswersByLot {
    /// From now on nothing is sure at this helpdesk: answers are late, cut, lost or wrong, with their effect or without,
    /// lists lag, and no form of a message shows where its links lead. `requests` is for how many it is drawn.
    pub fn begin(helpdesk: &Zendesk, requests: u64, chance: &mut Chance) -> Self {
        helpdesk.shows_no_addresses();
        helpdesk.lists_lag(LAG_SECONDS);
        let mut writes = BTreeMap::new();
        for pattern in [REPLIES, FOLLOW_UPS] {
            let most = if pattern == REPLIES { requests } else { requests / 4 };
            let drawn = (0..most).map(|_| {
                let (name, failure) = write(chance);
                helpdesk.faults().next(1, pattern, failure);
                name
            });
            writes.insert(pattern, drawn.collect());
        }
        for pattern in LISTS {
            for _ in 0..requests {
                helpdesk.faults().next(1, pattern, read(chance));
            }
        }
        Self { writes }
    }

    /// What happened to the writes so far, and how often.
    pub fn met(&self, helpdesk: &Zendesk) -> BTreeMap<&'static str, usize> {
        let mut met = BTreeMap::new();
        for (pattern, drawn) in &self.writes {
            for name in drawn.iter().take(helpdesk.faults().count(pattern)) {
                *met.entry(*name).or_default() += 1;
            }
        }
        met
    }
}

/// What happens to a write: three in ten go wrong.
fn write(chance: &mut Chance) -> (&'static str, Failure) {
    let status = [500, 502, 503, 504][usize::try_from(chance.below(4)).unwrap()];
    match chance.below(1_000) {
        0..70 => ("the answer was lost", Failure::ResponseLost),
        70..120 => ("the answer was cut", Failure::ResponseCut),
        120..180 => ("done, and answered as if it had failed", Failure::EffectThenStatus(status)),
        180..220 => ("failed", Failure::Status(status)),
        220..250 => ("the connection broke before", Failure::Reset),
        250..265 => ("answered with a page, not done", Failure::Garbage),
        265..280 => ("asked to wait", Failure::RetryAfter(429, 1)),
        280..285 => ("asked to wait by 503", Failure::RetryAfter(503, 1)),
        285..300 => ("done, and answered very late", Failure::Slow(Duration::from_secs(3))),
        300..303 => ("never answered", Failure::NeverAnswers),
        _ => ("done", Failure::Slow(Duration::from_millis(5 + chance.below(60)))),
    }
}

/// What happens to a list that is read.
fn read(chance: &mut Chance) -> Failure {
    match chance.below(1_000) {
        0..30 => Failure::Status(500),
        30..50 => Failure::Reset,
        50..60 => Failure::Garbage,
        60..75 => Failure::ResponseCut,
        75..78 => Failure::RetryAfter(429, 1),
        78..88 => Failure::Slow(Duration::from_secs(3)),
        _ => Failure::Slow(Duration::from_millis(chance.below(10))),
    }
}
