//! What the look for spikes remembers. A restart loses nothing by losing it.

use std::{ops::Range, time::Duration};

use crate::base::clock::Time;
use grouping::spikes::{Rhythm, WEEK};

/// How long a rhythm is good for.
const GOOD_FOR: Duration = Duration::from_hours(1);

/// What was looked at, and when tickets are usually written.
#[derive(Debug, Default)]
pub struct SpikeMemory {
    /// The newest decision that was there at the last look.
    pub(super) looked_at: Option<i64>,
    rhythm: Option<(Time, Rhythm)>,
    /// How many tickets there were before the last day, in which stretch of Unix time in seconds.
    pub(super) before: (u64, Range<i64>),
}

impl SpikeMemory {
    /// The rhythm, if it is still good.
    pub(super) fn rhythm(&self, now: Time) -> Option<&Rhythm> {
        self.rhythm.as_ref().filter(|(made_at, _)| now.since(*made_at) < GOOD_FOR).map(|(_, rhythm)| rhythm)
    }

    /// Learns the rhythm from when tickets were written.
    pub(super) fn learn(&mut self, written: &[Time], now: Time) {
        let mut by_hour = [0; WEEK];
        for at in written {
            let hour = at.as_seconds().div_euclid(3_600).rem_euclid(168);
            by_hour[usize::try_from(hour).unwrap_or_default()] += 1;
        }
        self.rhythm = Some((now, Rhythm::of(&by_hour)));
    }
}
