//! The same stream with fewer repeats: how likely a likeness means sameness must not hang on how
//! often the tickets of the training files happen to repeat.

use std::collections::HashMap;

use super::judging::Stream;
use crate::hash::hash_of;

/// Shares of all repeats that are kept.
const KEPT_PERCENT: [u64; 3] = [50, 20, 5];
/// Or: only so many of each topic's first tickets.
const KEPT_OF_TOPIC: [usize; 3] = [2, 5, 15];
/// A stream that loses fewer of its tickets than this percentage is not worth a second look.
const LOST_PERCENT: usize = 10;

impl Stream {
    /// This stream thinned in several ways; those that would change little are left out.
    pub(super) fn thinned(&self) -> Vec<Self> {
        let by_share =
            KEPT_PERCENT.map(|kept| self.keeping(|earlier, id| earlier == 0 || hash_of(&["kept", id]) % 100 < kept));
        let by_topic = KEPT_OF_TOPIC.map(|most| self.keeping(|earlier, _| earlier < most));
        let enough = self.tickets.len() * (100 - LOST_PERCENT) / 100;
        by_share.into_iter().chain(by_topic).filter(|stream| stream.tickets.len() <= enough).collect()
    }

    /// Keeps a ticket by how many of its topic came before it, and its key.
    fn keeping(&self, keeps: impl Fn(usize, &str) -> bool) -> Self {
        let mut earlier: HashMap<&str, usize> = HashMap::new();
        let kept = self.tickets.iter().filter(|(reading, topic)| {
            let count = earlier.entry(topic).or_default();
            *count += 1;
            keeps(*count - 1, reading.id.as_str())
        });
        Self { tickets: kept.cloned().collect() }
    }
}
