//! The best of many without sorting all of them.

use std::cmp::Ordering;

/// A member that was found, and its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoredMember {
    pub(crate) member: u32,
    pub(crate) score: f32,
}

/// Keeps the best by score; of equal scores, the newer member. The order in which they are offered makes no difference.
#[derive(Debug, Clone)]
pub(crate) struct TopK {
    limit: usize,
    kept: Vec<ScoredMember>,
    /// What scores less is not among the best.
    floor: f32,
}

impl TopK {
    /// Keeps up to `limit` that score at least `floor`.
    pub(crate) fn new(limit: usize, floor: f32) -> Self {
        Self { limit, kept: Vec::with_capacity(2 * limit + 1), floor }
    }

    /// Takes in one more.
    #[inline]
    pub(crate) fn offer(&mut self, found: ScoredMember) {
        if found.score >= self.floor {
            self.keep(found);
        }
    }

    fn keep(&mut self, found: ScoredMember) {
        self.kept.push(found);
        if self.kept.len() > 2 * self.limit {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.limit > 0 && self.kept.len() > self.limit {
            let (_, last, _) = self.kept.select_nth_unstable_by(self.limit - 1, |a, b| a.order(*b));
            self.floor = last.score;
        }
        self.kept.truncate(self.limit);
    }

    /// The best, best first.
    pub(crate) fn sorted(mut self) -> Vec<ScoredMember> {
        self.cut();
        self.kept.sort_unstable_by(|a, b| a.order(*b));
        self.kept
    }
}

impl ScoredMember {
    /// Best first.
    fn order(self, other: Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| other.member.cmp(&self.member))
    }
}

/// Scores of members that are added up piece by piece.
///
/// Invariant: between tickets every score is zero.
#[derive(Debug, Default)]
pub(crate) struct ScoreAccumulator {
    of: Vec<f32>,
}

impl ScoreAccumulator {
    /// Makes room for this many members.
    pub(crate) fn start(&mut self, members: usize) {
        if self.of.len() < members {
            self.of.resize(members.next_power_of_two(), 0.0);
        }
    }

    /// Adds a piece, which must be above zero, to a member's score.
    #[inline]
    pub(crate) fn add(&mut self, member: u32, piece: f32) {
        self.of[member as usize] += piece;
    }

    /// The best, best first, given every member that has a score (repeats do no harm). Afterwards all scores are zero
    /// again.
    pub(crate) fn best(&mut self, members: impl Iterator<Item = u32>, limit: usize) -> Vec<ScoredMember> {
        let mut best = TopK::new(limit, f32::MIN_POSITIVE);
        for member in members {
            best.offer(ScoredMember { member, score: std::mem::take(&mut self.of[member as usize]) });
        }
        best.sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores with many ties, in a tangled order.
    fn many() -> Vec<ScoredMember> {
        (0..5000u32)
            .map(|member| ScoredMember { member, score: f32::from((member * 7919 % 97) as u16) - 48.0 })
            .collect()
    }

    #[test]
    fn the_best_are_those_that_sorting_gives() {
        for limit in [0, 1, 50, 4999, 5000, 6000] {
            let mut best = TopK::new(limit, f32::NEG_INFINITY);
            for found in many() {
                best.offer(found);
            }
            let mut all = many();
            all.sort_by(|a, b| a.order(*b));
            all.truncate(limit);
            assert_eq!(best.sorted(), all, "the best {limit}");
        }
    }

    #[test]
    fn scores_of_one_ticket_do_not_leak_into_the_next() {
        let mut scores = ScoreAccumulator::default();
        scores.start(10);
        for (member, piece) in [(3, 1.0), (9, 0.5), (3, 1.0)] {
            scores.add(member, piece);
        }
        let found = |member, score| ScoredMember { member, score };
        assert_eq!(scores.best([3, 9, 3].into_iter(), 5), [found(3, 2.0), found(9, 0.5)]);
        scores.start(20);
        scores.add(9, 0.25);
        assert_eq!(scores.best([9].into_iter(), 5), [found(9, 0.25)]);
    }
}
