//! How a decision is stored in the columns of the decision log.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{Result, StoreError};
use crate::{
    base::json,
    model::{
        decision::{Decided, Grouped, GroupedPlacement, GroupingOutcome, Subjects, Verdict},
        id::{DecisionId, TicketId, TopicId},
        tie::Tie,
        topic::{TopicKind, TopicState},
    },
};

/// The columns that hold what was decided.
pub(super) struct DecidedColumns {
    pub(super) verdict: Verdict,
    pub(super) about: Subjects,
    pub(super) score: Option<f64>,
    pub(super) match_log_odds: Option<f32>,
    pub(super) likely: Option<TopicId>,
    pub(super) ticket_kind: Option<TopicKind>,
    /// What the other columns do not hold, as JSON.
    pub(super) detail: Box<RawValue>,
}

/// The detail of a merge.
#[derive(Serialize, Deserialize)]
struct MergeDetail {
    tickets: Vec<TicketId>,
    state: TopicState,
}

/// The detail of a split.
#[derive(Serialize, Deserialize)]
struct SplitDetail {
    tickets: Vec<TicketId>,
    stay: Vec<TicketId>,
}

/// The detail of an undo.
#[derive(Serialize, Deserialize)]
struct UndoDetail {
    undoes: DecisionId,
}

/// For a decision that the other columns hold completely.
#[derive(Serialize, Deserialize)]
struct NoDetail {}

impl DecidedColumns {
    pub(super) fn of(decided: &Decided) -> Result<Self> {
        let detail = match decided {
            Decided::Grouped(grouped) => Ok(grouped.reasons.clone()),
            Decided::Merged { tickets, state, .. } => {
                to_raw_value(&MergeDetail { tickets: tickets.clone(), state: *state })
            }
            Decided::Split { tickets, stay, .. } => {
                to_raw_value(&SplitDetail { tickets: tickets.clone(), stay: stay.clone() })
            }
            Decided::Undone { decision, .. } => to_raw_value(&UndoDetail { undoes: *decision }),
            Decided::Moved { .. }
            | Decided::Tied { .. }
            | Decided::NotSame { .. }
            | Decided::KindSet { .. }
            | Decided::Titled { .. } => to_raw_value(&NoDetail {}),
        };
        let grouped = if let Decided::Grouped(grouped) = decided { Some(grouped) } else { None };
        Ok(Self {
            verdict: decided.verdict(),
            about: decided.subjects(),
            score: grouped.map(|grouped| grouped.score),
            match_log_odds: grouped.and_then(|grouped| grouped.placement.match_log_odds),
            likely: grouped.and_then(|grouped| grouped.placement.likely),
            ticket_kind: grouped.map(|grouped| grouped.placement.kind),
            detail: detail.map_err(corrupt)?,
        })
    }

    pub(super) fn read(self) -> Result<Decided> {
        let Subjects { ticket, topic, other } = self.about;
        Ok(match self.verdict {
            Verdict::Join => self.grouped(GroupingOutcome::Join)?,
            Verdict::Ask => self.grouped(GroupingOutcome::Ask)?,
            Verdict::New => self.grouped(GroupingOutcome::New)?,
            Verdict::Move => Decided::Moved { ticket: needed(ticket)?, from: other, to: needed(topic)? },
            Verdict::Incident => self.tied(Tie::Incident)?,
            Verdict::MergedTicket => self.tied(Tie::MergedTicket)?,
            Verdict::SameIssue => self.tied(Tie::SameIssue)?,
            Verdict::NotSame => Decided::NotSame { ticket: needed(ticket)?, topic: needed(topic)? },
            Verdict::Merge => {
                let MergeDetail { tickets, state } = self.detail()?;
                Decided::Merged { from: needed(other)?, into: needed(topic)?, tickets, state }
            }
            Verdict::Split => {
                let SplitDetail { tickets, stay } = self.detail()?;
                Decided::Split { from: needed(other)?, to: needed(topic)?, tickets, stay }
            }
            Verdict::Kind => Decided::KindSet { topic: needed(topic)? },
            Verdict::Title => Decided::Titled { topic: needed(topic)? },
            Verdict::Undo => {
                let UndoDetail { undoes } = self.detail()?;
                Decided::Undone { decision: undoes, about: self.about }
            }
        })
    }

    /// What a start needs of a machine's decision.
    pub(super) fn placement(&self) -> Result<GroupedPlacement> {
        Ok(GroupedPlacement {
            match_log_odds: self.match_log_odds,
            likely: self.likely,
            kind: needed(self.ticket_kind)?,
        })
    }

    fn grouped(self, outcome: GroupingOutcome) -> Result<Decided> {
        Ok(Decided::Grouped(Grouped {
            outcome,
            ticket: needed(self.about.ticket)?,
            topic: needed(self.about.topic)?,
            score: needed(self.score)?,
            placement: self.placement()?,
            reasons: self.detail,
        }))
    }

    fn tied(&self, tie: Tie) -> Result<Decided> {
        let Subjects { ticket, topic, other } = self.about;
        Ok(Decided::Tied { ticket: needed(ticket)?, from: needed(other)?, to: needed(topic)?, tie })
    }

    fn detail<'d, T: Deserialize<'d>>(&'d self) -> Result<T> {
        serde_json::from_str(self.detail.get()).map_err(corrupt)
    }
}

/// A column's value that every decision of this kind has.
pub(super) fn needed<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| StoreError::Corrupt("a decision without what it is about".to_owned()))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn corrupt(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("a decision whose detail cannot be read: {}", json::why(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;

    fn now() -> Time {
        Time::from_seconds(1_000)
    }

    /// One decision of every kind.
    fn every_kind() -> Vec<Decided> {
        let ticket = || TicketId::generate(now());
        let [topic, other] = [(); 2].map(|()| TopicId::generate(now()));
        let placement = GroupedPlacement { match_log_odds: Some(-0.5), likely: Some(other), kind: TopicKind::Question };
        let grouped = GroupingOutcome::ALL.iter().map(|outcome| {
            let reasons = RawValue::from_string(r#"{"words":[]}"#.to_owned()).expect("JSON");
            Decided::Grouped(Grouped { outcome: *outcome, ticket: ticket(), topic, score: 0.25, placement, reasons })
        });
        let about = Subjects { ticket: Some(ticket()), topic: Some(topic), other: None };
        let by_people = [
            Decided::Moved { ticket: ticket(), from: None, to: topic },
            Decided::Moved { ticket: ticket(), from: Some(other), to: topic },
            Decided::NotSame { ticket: ticket(), topic },
            Decided::Merged {
                from: other,
                into: topic,
                tickets: vec![ticket(), ticket()],
                state: TopicState::Escalated,
            },
            Decided::Split { from: other, to: topic, tickets: vec![ticket()], stay: vec![ticket(), ticket()] },
            Decided::KindSet { topic },
            Decided::Titled { topic },
            Decided::Undone { decision: DecisionId::generate(now()), about },
        ];
        let tied = Tie::ALL.iter().map(|tie| Decided::Tied { ticket: ticket(), from: other, to: topic, tie: *tie });
        grouped.chain(tied).chain(by_people).collect()
    }

    #[test]
    fn what_was_decided_reads_back_as_it_was() {
        let all = every_kind();
        assert!(Verdict::ALL.iter().all(|verdict| all.iter().any(|decided| decided.verdict() == *verdict)));
        for decided in all {
            let columns = DecidedColumns::of(&decided).expect("columns");
            assert_eq!(columns.verdict, decided.verdict());
            let read = columns.read().expect("what was decided");
            assert_eq!(format!("{read:?}"), format!("{decided:?}"));
        }
    }

    #[test]
    fn a_decision_that_lacks_something_is_an_error_that_shows() {
        for decided in every_kind() {
            let mut columns = DecidedColumns::of(&decided).expect("columns");
            columns.about.topic = None;
            let undone = matches!(decided, Decided::Undone { .. });
            assert_eq!(columns.read().is_ok(), undone, "{decided:?}");
            let mut columns = DecidedColumns::of(&decided).expect("columns");
            columns.detail = RawValue::NULL.to_owned();
            let has_detail = matches!(decided, Decided::Merged { .. } | Decided::Split { .. } | Decided::Undone { .. });
            assert_eq!(columns.read().is_err(), has_detail, "{decided:?}");
        }
    }
}
