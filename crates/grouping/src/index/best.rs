//! The best of many, without sorting the many.

use std::cmp::Ordering;

/// A member that was found and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) member: u32,
    pub(crate) score: f32,
}

/// Keeps the best by score, ties by age, the youngest first: the same whatever order they are offered in.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    limit: usize,
    kept: Vec<Found>,
    /// What scores less is not among the best.
    floor: f32,
}

impl Best {
    /// Of so many that score at least so much.
    pub(crate) fn new(limit: usize, floor: f32) -> Self {
        Self { limit, kept: Vec::with_capacity(2 * limit + 1), floor }
    }

    /// Takes in one more.
    #[inline]
    pub(crate) fn offer(&mut self, found: Found) {
        if found.score >= self.floor {
            self.keep(found);
        }
    }

    fn keep(&mut self, found: Found) {
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
    pub(crate) fn sorted(mut self) -> Vec<Found> {
        self.cut();
        self.kept.sort_unstable_by(|a, b| a.order(*b));
        self.kept
    }
}

impl Found {
    /// Best first.
    fn order(self, other: Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| other.member.cmp(&self.member))
    }
}

/// Scores of members that are added up in pieces.
///
/// Invariant: between tickets every score is zero.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    of: Vec<f32>,
}

impl Scores {
    /// Makes room for so many members.
    pub(crate) fn begin(&mut self, members: usize) {
        if self.of.len() < members {
            self.of.resize(members.next_power_of_two(), 0.0);
        }
    }

    /// Adds a piece, which is above zero, to a member's score.
    #[inline]
    pub(crate) fn add(&mut self, member: u32, piece: f32) {
        self.of[member as usize] += piece;
    }

    /// The best, best first, given every member that has a score, as often as one likes; then all scores are zero again.
    pub(crate) fn best(&mut self, members: impl Iterator<Item = u32>, limit: usize) -> Vec<Found> {
        let mut best = Best::new(limit, f32::MIN_POSITIVE);
        for member in members {
            best.offer(Found { member, score: std::mem::take(&mut self.of[member as usize]) });
        }
        best.sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores with many ties, in a tangled order.
    fn many() -> Vec<Found> {
        (0..5000u32).map(|member| Found { member, score: f32::from((member * 7919 % 97) as u16) - 48.0 }).collect()
    }

    #[test]
    fn the_best_are_those_of_sorting_all() {
        for limit in [0, 1, 50, 4999, 5000, 6000] {
            let mut best = Best::new(limit, f32::NEG_INFINITY);
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
    fn scores_of_one_ticket_say_nothing_of_the_next() {
        let mut scores = Scores::default();
        scores.begin(10);
        for (member, piece) in [(3, 1.0), (9, 0.5), (3, 1.0)] {
            scores.add(member, piece);
        }
        let found = |member, score| Found { member, score };
        assert_eq!(scores.best([3, 9, 3].into_iter(), 5), [found(3, 2.0), found(9, 0.5)]);
        scores.begin(20);
        scores.add(9, 0.25);
        assert_eq!(scores.best([9].into_iter(), 5), [found(9, 0.25)]);
    }
}
