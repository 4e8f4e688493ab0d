//! The same stream with fewer duplicates. How probable a match is must not depend on how often the tickets of the
//! training files happen to repeat.

use std::collections::HashMap;

use super::scorer::LabeledStream;
use crate::hash::hash_of;

/// Shares of all duplicates that are kept.
const KEPT_PERCENT: [u64; 3] = [50, 20, 5];
/// Or: how many of each topic's first tickets are kept.
const KEPT_OF_TOPIC: [usize; 3] = [2, 5, 15];
/// A subsample that loses a smaller percentage of its tickets than this is not worth fitting.
const LOST_PERCENT: usize = 10;

impl LabeledStream {
    /// Subsamples of this stream; those that would change little are left out.
    pub(super) fn subsamples(&self) -> Vec<Self> {
        let by_share =
            KEPT_PERCENT.map(|kept| self.keeping(|earlier, id| earlier == 0 || hash_of(&["kept", id]) % 100 < kept));
        let by_topic = KEPT_OF_TOPIC.map(|most| self.keeping(|earlier, _| earlier < most));
        let enough = self.tickets.len() * (100 - LOST_PERCENT) / 100;
        by_share.into_iter().chain(by_topic).filter(|stream| stream.tickets.len() <= enough).collect()
    }

    /// Keeps tickets by how many of their topic came before, and by their key.
    fn keeping(&self, keeps: impl Fn(usize, &str) -> bool) -> Self {
        let mut earlier: HashMap<&str, usize> = HashMap::new();
        let kept = self.tickets.iter().filter(|(analyzed, topic)| {
            let count = earlier.entry(topic).or_default();
            *count += 1;
            keeps(*count - 1, analyzed.id.as_str())
        });
        Self { tickets: kept.cloned().collect() }
    }
}
