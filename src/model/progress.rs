//! How far a topic has got on its way back to its customers: which steps it has passed, and how many customers were
//! told.

use super::milestone::{Milestone, MilestoneKind, MilestonePlace};

/// How many customers of a topic were told that it shipped, and what they answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToldCounts {
    /// Told that it shipped.
    pub told: i64,
    /// Said that it works.
    pub confirmed: i64,
    /// Said that it is still broken.
    pub still_broken: i64,
    /// Not told yet: the update is a draft, held or being sent.
    pub waiting: i64,
    /// Could not be told.
    pub failed: i64,
}

impl ToldCounts {
    /// How many were told and did not answer.
    pub fn silent(&self) -> i64 {
        (self.told - self.confirmed - self.still_broken).max(0)
    }

    /// How many of a topic's customers were not told. A customer can answer without having been told, such as in a
    /// reply to an agent. They count as told.
    pub fn untold(&self, customers: i64) -> i64 {
        (customers - self.told.max(self.confirmed + self.still_broken)).max(0)
    }
}

/// One step of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedStep<'m> {
    /// Which step.
    pub kind: MilestoneKind,
    /// Its milestone, if it was reported.
    pub milestone: Option<&'m Milestone>,
    /// Whether the topic is past it.
    pub passed: bool,
    /// Whether the topic is here now.
    pub current: bool,
}

/// A topic's steps in its present cycle. A fix that shipped has passed every earlier step, including those that nobody
/// reported. Once a customer has confirmed it, the topic is at none of these steps any more.
pub fn passed_steps<'m>(milestones: &'m [Milestone], cycle: i64, told: &ToldCounts) -> Vec<PassedStep<'m>> {
    let way = MilestoneKind::ALL.iter().copied().filter(|kind| kind.rules().place == MilestonePlace::Track);
    let reported = |kind| milestones.iter().find(|milestone| milestone.kind == kind && milestone.cycle == cycle);
    let steps: Vec<_> = way.map(|kind| (kind, reported(kind))).collect();
    let last = steps.iter().rposition(|(_, milestone)| milestone.is_some());
    let placed = steps.into_iter().enumerate().map(|(place, (kind, milestone))| PassedStep {
        kind,
        milestone,
        passed: last.is_some_and(|last| place <= last),
        current: last == Some(place) && told.confirmed == 0,
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::clock::Time,
        model::id::{MilestoneId, TopicId},
    };

    fn milestone(kind: MilestoneKind, cycle: i64) -> Milestone {
        let at = Time::from_seconds(0);
        Milestone {
            id: MilestoneId::generate(at),
            topic: TopicId::generate(at),
            kind,
            cycle,
            at,
            release: None,
            confidence: None,
            doubt: None,
            words: None,
            by: String::new(),
            recorded_at: at,
        }
    }

    #[test]
    fn what_shipped_passed_every_step_before() {
        let milestones = [milestone(MilestoneKind::Escalated, 0), milestone(MilestoneKind::Shipped, 0)];
        let steps = passed_steps(&milestones, 0, &ToldCounts::default());
        assert!(steps.iter().all(|step| step.passed));
        assert!(steps.iter().filter(|step| step.current).all(|step| step.kind == MilestoneKind::Shipped));
        assert_eq!(steps.iter().filter(|step| step.milestone.is_some()).count(), 2);
        let confirmed = ToldCounts { told: 1, confirmed: 1, ..ToldCounts::default() };
        assert!(passed_steps(&milestones, 0, &confirmed).iter().all(|step| step.passed && !step.current));
    }

    #[test]
    fn a_topic_that_came_back_begins_its_way_again() {
        let milestones = [milestone(MilestoneKind::Shipped, 0), milestone(MilestoneKind::Escalated, 1)];
        let passed = passed_steps(&milestones, 1, &ToldCounts::default());
        assert_eq!(passed.iter().filter(|step| step.passed).count(), 1);
        assert!(passed_steps(&milestones, 2, &ToldCounts::default()).iter().all(|step| !step.passed));
    }

    #[test]
    fn who_answers_without_being_told_counts_as_told() {
        let told = ToldCounts { told: 1, confirmed: 2, still_broken: 1, ..ToldCounts::default() };
        assert_eq!((told.silent(), told.untold(5)), (0, 2));
        let told = ToldCounts { told: 4, confirmed: 1, ..ToldCounts::default() };
        assert_eq!((told.silent(), told.untold(6), told.untold(1)), (3, 2, 0));
    }
}
