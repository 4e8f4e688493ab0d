//! What is known of a topic besides its tickets in the list: how large, how recent, and whether the
//! ticket lies as near to its middle as its own tickets do.
//!
//! A topic that grew by chains of likeness has a wide middle that every ticket is somewhat near to;
//! what tells a member from a neighbour is its nearness compared with that of the members.

use super::index::Shelf;
use super::read::Reading;
use super::sentence::Vector;

/// So many of a topic's latest tickets make its middle.
const MIDDLE_OF: usize = 16;
/// So many say when it was last spoken of.
const LATEST: usize = 3;
const MICROSECONDS_PER_DAY: f32 = 86_400_000_000.0;

/// A topic as one ticket sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// How many tickets it has.
    pub(crate) count: usize,
    /// Natural logarithm of the days since it was last spoken of, plus one.
    pub(crate) days_idle: f32,
    /// One when it was finished before the ticket came.
    pub(crate) finished_before: f32,
    /// Cosine between the ticket and the topic's middle, both seen from the middle of all tickets.
    pub(crate) centre: f32,
    /// How much nearer the ticket is to the middle than the topic's own tickets are on average.
    pub(crate) fit: f32,
}

/// A ticket of a topic: when it came, and its vector's values and scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) created_at_us: i64,
    pub(crate) vector: Option<(&'a [i8], f32)>,
}

/// Where a ticket looks at topics from.
#[derive(Debug, Clone)]
pub(crate) struct Viewpoint {
    now_us: i64,
    /// The ticket's vector less the middle of all, at length one; empty without vectors.
    direction: Vec<f32>,
    middle: Vec<f32>,
}

impl Viewpoint {
    /// Of a ticket that looks at what stands on its shelf.
    pub(crate) fn of(reading: &Reading, shelf: Option<&Shelf>) -> Self {
        let now_us = reading.created_at_us;
        let middle = shelf.map(|shelf| shelf.rows.mean()).unwrap_or_default();
        match &reading.vector {
            Some(vector) if vector.dimensions() == middle.len() => {
                Self { now_us, direction: direction_from(vector, &middle), middle }
            }
            _ => Self { now_us, direction: Vec::new(), middle: Vec::new() },
        }
    }

    /// When the ticket came.
    pub(crate) fn now_us(&self) -> i64 {
        self.now_us
    }

    /// How a topic stands, given its tickets from the latest on.
    pub(crate) fn standing<'a>(
        &self,
        count: usize,
        finished: bool,
        latest: impl Iterator<Item = Placed<'a>> + Clone,
    ) -> Standing {
        let last_us = latest.clone().take(LATEST).map(|placed| placed.created_at_us).max().unwrap_or(self.now_us);
        #[expect(clippy::cast_precision_loss, reason = "days need no more precision")]
        let days_idle = ((self.now_us - last_us).abs() as f32 / MICROSECONDS_PER_DAY).ln_1p();
        let (centre, fit) = self.nearness(latest.take(MIDDLE_OF).filter_map(|placed| placed.vector));
        Standing { count, days_idle, finished_before: f32::from(finished), centre, fit }
    }

    #[expect(clippy::cast_precision_loss, reason = "at most sixteen")]
    fn nearness<'a>(&self, vectors: impl Iterator<Item = (&'a [i8], f32)>) -> (f32, f32) {
        let dimensions = self.direction.len();
        if dimensions == 0 {
            return (0.0, 0.0);
        }
        let mut sum = vec![0f32; dimensions];
        let mut count = 0u32;
        for (values, scale) in vectors.filter(|(values, _)| values.len() == dimensions) {
            count += 1;
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += f32::from(*value) * scale;
            }
        }
        if count == 0 {
            return (0.0, 0.0);
        }
        let (mut along, mut square) = (0f32, 0f32);
        for ((sum, middle), direction) in sum.iter().zip(&self.middle).zip(&self.direction) {
            let offset = sum / count as f32 - middle;
            along += offset * direction;
            square += offset * offset;
        }
        let length = square.sqrt().max(1e-3);
        let centre = along / length;
        // The members' own mean nearness to their middle is, up to rounding, how long its vector is.
        (centre, if count > 1 { centre - length } else { 0.0 })
    }
}

fn direction_from(vector: &Vector, middle: &[f32]) -> Vec<f32> {
    let mut offset: Vec<f32> =
        vector.values.iter().zip(middle).map(|(value, middle)| f32::from(*value) * vector.scale - middle).collect();
    let length = offset.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-3);
    for value in &mut offset {
        *value /= length;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: [f32; 2]) -> Vector {
        Vector::quantise(&values)
    }

    fn view(asked: [f32; 2]) -> Viewpoint {
        let middle = vec![0.1, 0.1];
        Viewpoint { now_us: 0, direction: direction_from(&vector(asked), &middle), middle }
    }

    fn standing(view: &Viewpoint, members: &[Vector]) -> Standing {
        let placed = members.iter().map(|v| Placed { created_at_us: 0, vector: Some((&v.values, v.scale)) });
        view.standing(members.len(), false, placed)
    }

    #[test]
    fn a_ticket_amid_a_topic_fits_better_than_one_beside_it() {
        let members = [vector([1.0, 0.0]), vector([0.95, 0.1]), vector([0.95, -0.1])];
        let (amid, beside) = (standing(&view([1.0, 0.0]), &members), standing(&view([0.6, 0.8]), &members));
        assert!(amid.centre > beside.centre && amid.fit > beside.fit);
    }

    #[test]
    fn without_vectors_nothing_is_said_of_the_middle() {
        let view = Viewpoint { now_us: 0, direction: Vec::new(), middle: Vec::new() };
        let standing = standing(&view, &[vector([1.0, 0.0])]);
        assert_eq!((standing.centre, standing.fit), (0.0, 0.0));
    }
}
