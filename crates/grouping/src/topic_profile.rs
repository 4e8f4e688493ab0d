//! What is known of a topic besides its candidates: how large and how recent it is, and whether the ticket is as close
//! to its centre as its own tickets are.
//!
//! A topic that grew by chains of similar tickets has a wide centre, and every ticket is fairly close to it. What tells
//! a member from a neighbour is how close it is compared with the other members.

use crate::analysis::AnalyzedTicket;
use crate::index::Partition;
use crate::sentence::SentenceVector;

/// How many of a topic's latest tickets make up its centre.
const CENTRE_OF: usize = 16;
/// How many of them tell when the topic was last active.
const LATEST: usize = 3;
const MICROSECONDS_PER_DAY: f32 = 86_400_000_000.0;

/// A topic, seen from one ticket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TopicProfile {
    /// How many tickets it has.
    pub(crate) count: usize,
    /// Natural logarithm of the days since its last ticket, plus one.
    pub(crate) days_idle: f32,
    /// Cosine between the ticket and the topic's centre, both relative to the mean of all tickets.
    pub(crate) centre: f32,
    /// How much closer the ticket is to the centre than the topic's own tickets are on average.
    pub(crate) fit: f32,
}

/// A ticket of a topic: when it came, and its vector's values and scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedTicket<'a> {
    pub(crate) created_at_us: i64,
    pub(crate) vector: Option<(&'a [i8], f32)>,
}

/// Profiles topics from the point of view of one ticket.
#[derive(Debug, Clone)]
pub(crate) struct TopicProfiler {
    now_us: i64,
    /// The ticket's vector minus the mean of all, scaled to length one; empty without vectors.
    direction: Vec<f32>,
    mean: Vec<f32>,
}

impl TopicProfiler {
    /// For a ticket that is compared with this partition.
    pub(crate) fn of(analyzed: &AnalyzedTicket, partition: Option<&Partition>) -> Self {
        let now_us = analyzed.created_at_us;
        let mean = partition.map(|partition| partition.rows.mean()).unwrap_or_default();
        match &analyzed.vector {
            Some(vector) if vector.dimensions() == mean.len() => {
                Self { now_us, direction: direction_from(vector, &mean), mean }
            }
            _ => Self { now_us, direction: Vec::new(), mean: Vec::new() },
        }
    }

    /// The profile of a topic with `count` tickets, given the latest of them, newest first.
    pub(crate) fn profile<'a>(
        &self,
        count: usize,
        latest: impl Iterator<Item = PlacedTicket<'a>> + Clone,
    ) -> TopicProfile {
        let last_us = latest.clone().take(LATEST).map(|placed| placed.created_at_us).max().unwrap_or(self.now_us);
        #[expect(clippy::cast_precision_loss, reason = "days need no more precision")]
        let days_idle = ((self.now_us - last_us).abs() as f32 / MICROSECONDS_PER_DAY).ln_1p();
        let (centre, fit) = self.closeness(latest.take(CENTRE_OF).filter_map(|placed| placed.vector));
        TopicProfile { count, days_idle, centre, fit }
    }

    #[expect(clippy::cast_precision_loss, reason = "at most sixteen")]
    fn closeness<'a>(&self, vectors: impl Iterator<Item = (&'a [i8], f32)>) -> (f32, f32) {
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
        for ((sum, mean), direction) in sum.iter().zip(&self.mean).zip(&self.direction) {
            let offset = sum / count as f32 - mean;
            along += offset * direction;
            square += offset * offset;
        }
        let length = square.sqrt().max(1e-3);
        let centre = along / length;
        // The members' own mean closeness to their centre is the length of its vector, up to rounding.
        (centre, if count > 1 { centre - length } else { 0.0 })
    }
}

fn direction_from(vector: &SentenceVector, mean: &[f32]) -> Vec<f32> {
    let mut offset: Vec<f32> =
        vector.values.iter().zip(mean).map(|(value, mean)| f32::from(*value) * vector.scale - mean).collect();
    let length = offset.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-3);
    for value in &mut offset {
        *value /= length;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: [f32; 2]) -> SentenceVector {
        SentenceVector::quantise(&values)
    }

    fn view(query: [f32; 2]) -> TopicProfiler {
        let mean = vec![0.1, 0.1];
        TopicProfiler { now_us: 0, direction: direction_from(&vector(query), &mean), mean }
    }

    fn profile(view: &TopicProfiler, members: &[SentenceVector]) -> TopicProfile {
        let placed = members.iter().map(|v| PlacedTicket { created_at_us: 0, vector: Some((&v.values, v.scale)) });
        view.profile(members.len(), placed)
    }

    #[test]
    fn a_ticket_in_the_middle_of_a_topic_fits_better_than_one_beside_it() {
        let members = [vector([1.0, 0.0]), vector([0.95, 0.1]), vector([0.95, -0.1])];
        let (amid, beside) = (profile(&view([1.0, 0.0]), &members), profile(&view([0.6, 0.8]), &members));
        assert!(amid.centre > beside.centre && amid.fit > beside.fit);
    }

    #[test]
    fn without_vectors_the_centre_is_unknown() {
        let view = TopicProfiler { now_us: 0, direction: Vec::new(), mean: Vec::new() };
        let profile = profile(&view, &[vector([1.0, 0.0])]);
        assert_eq!((profile.centre, profile.fit), (0.0, 0.0));
    }
}
