//! Spikes: far more people raise a topic within hours than its past lets expect.
//!
//! How often a topic is raised is not known; its past only makes some rates likelier than others. With a gamma distribution over the
//! rate, what is to be expected of the last hours is negative binomial, and a spike is a count that has practically no chance
//! there. Time is measured in the installation's own rhythm: an hour on Monday morning counts for more than one at night.

#[cfg(test)]
mod tests;

use std::ops::Range;

/// Hours in a week.
pub const WEEK: usize = 168;
/// How far back a topic's past goes: whole weeks, because a week has its rhythm.
pub const PAST_S: i64 = 4 * 7 * 24 * HOUR_S;
/// How long an installation has to know its tickets before anything counts as unusual.
pub const LEARNS_FOR_S: i64 = 7 * 24 * HOUR_S;
/// The longest stretch in which a spike is looked for.
pub const LONGEST_S: i64 = 24 * HOUR_S;

const HOUR_S: i64 = 3_600;
/// The stretches, in hours, the longest first, which holds most of a spike. A slow one is clear in a long stretch only, and a sudden
/// one of a busy topic in a short one.
const STRETCHES: [i64; 4] = [24, 8, 3, 1];
/// Fewer people than this are never a spike: two may know each other.
const LEAST: usize = 3;
/// How improbable a count has to be. A topic is looked at in some thousand stretches a month, and there are some hundred topics.
const CHANCE: f64 = 1e-6;
/// More than this many times as much as usual, and this many people more, is a flood. An installation's days differ by half as much.
const FLOOD: f64 = 4.0;
const FLOOD_LEAST: f64 = 20.0;
/// In a flood, what fewer than one in so many of the others raise is a part of it.
const ONE_IN: usize = 20;
/// What is believed of a topic without a past: it is raised once in ten days, give or take much.
const SHAPE: f64 = 0.5;
const SPAN_H: f64 = 120.0;
/// However long its past is, a topic is not raised at the same rate every day: rates differ by a third.
const STEADIEST: f64 = 9.0;

/// When in the week an installation's tickets are written.
#[derive(Clone, Debug)]
pub struct Rhythm {
    /// How many average hours have passed by the end of each hour of the week, which begins with Thursday, as Unix time does.
    by_end_of: [f64; WEEK],
}

impl Rhythm {
    /// From the number of tickets in each hour of the week (Unix time in hours, modulo [`WEEK`]).
    pub fn of(tickets: &[u64; WEEK]) -> Self {
        // What few tickets say about an hour is evened out with the hours beside it and with the average.
        let count = |hour: usize| {
            let [before, at, after] = [hour + WEEK - 1, hour, hour + 1].map(|hour| as_f64(tickets[hour % WEEK]));
            (before + 2.0 * at + after) / 4.0 + 1.0
        };
        let average = (0..WEEK).map(count).sum::<f64>() / as_f64(WEEK as u64);
        let mut passed = 0.0;
        let by_end_of = std::array::from_fn(|hour| {
            passed += count(hour) / average;
            passed
        });
        Self { by_end_of }
    }

    /// How many average hours there are in a stretch of Unix time in seconds.
    #[must_use]
    pub fn hours(&self, stretch: Range<i64>) -> f64 {
        self.until(stretch.end) - self.until(stretch.start)
    }

    fn until(&self, at_s: i64) -> f64 {
        let hours = at_s.div_euclid(HOUR_S);
        let week = i64::try_from(WEEK).unwrap_or(i64::MAX);
        let hour = usize::try_from(hours.rem_euclid(week)).unwrap_or_default();
        let begun = if hour == 0 { 0.0 } else { self.by_end_of[hour - 1] };
        let part = signed(at_s.rem_euclid(HOUR_S)) / signed(HOUR_S);
        signed(hours.div_euclid(week) * week) + begun + part * (self.by_end_of[hour] - begun)
    }
}

/// Everybody who writes, whatever it is about. Where far more of everything comes than usual, as when a helpdesk was moved and says of
/// old tickets that they were written today, much of one thing is not unusual.
#[derive(Debug, Clone, Default)]
pub struct Influx {
    /// How many tickets are written in an average hour, if it is known.
    usual_an_hour: Option<f64>,
    /// When each person of the last day first wrote in it, oldest first, in Unix time in seconds.
    lately: Vec<i64>,
}

impl Influx {
    /// From how many tickets there were in so many average hours before the last day, and when each person of the last day first
    /// wrote in it, oldest first.
    #[must_use]
    pub fn new(before: u64, hours: f64, lately: Vec<i64>) -> Self {
        let is_known = before > 0 && hours > 0.0;
        Self { usual_an_hour: is_known.then(|| as_f64(before) / hours), lately }
    }

    /// How many times as long as it is a stretch counts in which these people raise one topic: as many as others write more than usual,
    /// if they do so in a flood. `None` if these are too few in it.
    fn stretches(&self, begins_s: i64, people: usize, hours: f64) -> Option<f64> {
        let Some(usual) = self.usual_an_hour else { return Some(1.0) };
        let within = self.lately.len() - self.lately.partition_point(|at| *at <= begins_s);
        let others = within.saturating_sub(people);
        let (wrote, expected) = (as_f64(others as u64), usual * hours);
        if wrote <= FLOOD * expected + FLOOD_LEAST {
            return Some(1.0);
        }
        (people * ONE_IN >= others).then(|| wrote / expected.max(1.0))
    }
}

/// More people than there would be by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spike {
    /// How many people.
    pub people: usize,
    /// When the first of them wrote, in Unix time in seconds.
    pub since_s: i64,
    /// How many a week there were before.
    pub usual_a_week: f64,
}

/// Whether a topic is raised by far more people than usual. `raised` is when each person wrote about it first, oldest first, in
/// Unix time in seconds and since `now_s` less [`PAST_S`]. `known_since_s` is when the installation's oldest ticket was written.
pub fn find(raised: &[i64], known_since_s: i64, now_s: i64, rhythm: &Rhythm, influx: &Influx) -> Option<Spike> {
    if now_s - known_since_s < LEARNS_FOR_S {
        return None;
    }
    let since = known_since_s.max(now_s - PAST_S);
    STRETCHES.into_iter().find_map(|hours| {
        let begins = now_s - hours * HOUR_S;
        let before = raised.partition_point(|at| *at <= begins);
        let within = &raised[before..];
        if within.len() < LEAST {
            return None;
        }
        let (past, hours) = (rhythm.hours(since..begins), rhythm.hours(begins..now_s));
        let stretch = hours * influx.stretches(begins, within.len(), hours)?;
        let shape = SHAPE + as_f64(before as u64);
        let rate = shape / (SPAN_H + past);
        let steady = shape.min(STEADIEST);
        let chance = at_least(within.len(), steady, rate * stretch / steady);
        (chance < CHANCE).then(|| Spike {
            people: within.len(),
            since_s: within[0],
            usual_a_week: as_f64(before as u64) / (past / as_f64(WEEK as u64)),
        })
    })
}

/// How probable a count of at least `count` is, where the rate has a gamma distribution of this shape and the mean is `shape` times
/// `scale`.
fn at_least(count: usize, shape: f64, scale: f64) -> f64 {
    let more = scale / (1.0 + scale);
    // How probable it is to count none, and then one more each time.
    let mut exactly = (1.0 + scale).powf(-shape);
    let mut below = 0.0;
    let mut reached = 0.0;
    let mut counted = 0.0;
    // What follows behind these is nothing beside what was summed up.
    for nth in 0..count + 1_000 {
        if nth < count {
            below += exactly;
        } else {
            reached += exactly;
        }
        exactly *= more * (shape + counted) / (counted + 1.0);
        counted += 1.0;
        if nth >= count && exactly < reached * 1e-12 {
            break;
        }
    }
    // The sum of the smaller part is the exacter one.
    if below < 0.5 { 1.0 - below } else { reached }
}

#[expect(clippy::cast_precision_loss, reason = "counts of people and hours are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "hours since 1970 are far below 2^53")]
fn signed(count: i64) -> f64 {
    count as f64
}
