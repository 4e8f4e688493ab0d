//! The history of a topic: each time that a fix of it shipped, who was told, and what they answered.

use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        milestone::{Milestone, MilestoneKind},
        progress::ToldCounts,
    },
    store::{Conn, StoreError, releases, updates},
};

/// One cycle of a topic in which a fix shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicCycle {
    /// How often the topic had been reopened by then.
    pub cycle: i64,
    /// When the fix shipped.
    pub shipped_at: Time,
    /// In which version.
    pub version: Option<String>,
    /// Who was told, and what they answered.
    pub told: ToldCounts,
    /// When the topic was reopened after it.
    pub reopened_at: Option<Time>,
}

/// The cycles of a topic in which a fix shipped, oldest first. `milestones` are the topic's.
///
/// # Errors
/// When the database fails.
pub async fn of_topic(
    conn: &mut Conn,
    topic: TopicId,
    milestones: &[Milestone],
) -> Result<Vec<TopicCycle>, StoreError> {
    let mut cycles = Vec::new();
    for shipped in milestones.iter().filter(|step| step.kind == MilestoneKind::Shipped) {
        let version = match shipped.release {
            Some(release) => releases::get(conn, release).await?.map(|release| release.version),
            None => None,
        };
        let reopened = |step: &&Milestone| step.kind == MilestoneKind::Reopened && step.cycle == shipped.cycle + 1;
        cycles.push(TopicCycle {
            cycle: shipped.cycle,
            shipped_at: shipped.at,
            version,
            told: updates::told(conn, topic, shipped.cycle).await?,
            reopened_at: milestones.iter().find(reopened).map(|step| step.at),
        });
    }
    cycles.sort_by_key(|cycle| cycle.cycle);
    Ok(cycles)
}
