//! What a topic weighs: how many people raise it, and what they are worth to the company.

use std::time::Duration;

use crate::base::clock::Time;

/// A renewal is near if it is this close.
const RENEWAL_IS_NEAR: Duration = Duration::from_hours(90 * 24);

/// What a topic weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Its tickets.
    pub tickets: i64,
    /// Customers who raised it.
    pub customers: i64,
    /// Organizations behind them.
    pub organizations: i64,
    /// Their revenue per year, in cents.
    pub revenue_cents: i64,
    /// What its likely members add to that.
    pub likely: LikelyImpact,
    /// How many organizations renew within the next 90 days, those of likely members too.
    pub renewals: i64,
    /// Tickets of the last seven days, likely members too.
    pub recent: i64,
    /// Tickets of the seven days before, likely members too.
    pub before: i64,
}

/// What the likely members of a topic add: nobody who is among its sure ones counts again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LikelyImpact {
    /// Tickets that most probably belong to the topic, and of which nobody has said so.
    pub tickets: i64,
    /// Customers who raise it only in those.
    pub customers: i64,
    /// Organizations that are behind those only.
    pub organizations: i64,
    /// Their revenue per year, in cents.
    pub revenue_cents: i64,
}

impl Impact {
    /// As somebody sees it who may not know what customers pay. What is reckoned from it tells nothing of that either.
    #[must_use]
    pub fn without_amounts(&self) -> Self {
        Self { revenue_cents: 0, likely: LikelyImpact { revenue_cents: 0, ..self.likely }, ..*self }
    }

    /// The weight if every likely member is one: what the topic most probably weighs.
    #[must_use]
    pub fn expected(&self) -> Self {
        Self {
            tickets: self.tickets + self.likely.tickets,
            customers: self.customers + self.likely.customers,
            organizations: self.organizations + self.likely.organizations,
            revenue_cents: self.revenue_cents + self.likely.revenue_cents,
            likely: LikelyImpact::default(),
            ..*self
        }
    }
}

/// Whole days until a renewal. `None` if it has passed or is not near.
pub fn days_until_renewal(renewal_at: Time, now: Time) -> Option<i64> {
    let left = renewal_at.since(now);
    let is_near = renewal_at > now && left.as_secs() / 86_400 < RENEWAL_IS_NEAR.as_secs() / 86_400;
    is_near.then(|| i64::try_from(left.as_secs() / 86_400).unwrap_or(0))
}

/// How many of the latest weeks are compared with the earlier ones.
pub const LATEST_WEEKS: usize = 4;

/// Whether tickets come in faster than before. The latest weeks together must bring more than half of what all earlier
/// weeks brought, and enough tickets to matter.
pub fn is_rising(weeks: &[i64]) -> bool {
    const ENOUGH: i64 = 4;
    let (earlier, latest) = weeks.split_at(weeks.len().saturating_sub(LATEST_WEEKS));
    let (earlier, latest) = (earlier.iter().sum::<i64>(), latest.iter().sum::<i64>());
    latest >= ENOUGH && latest * 2 > earlier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewal_is_near_for_ninety_days() {
        let now = Time::from_seconds(0);
        let days = |days: u64| days_until_renewal(now.plus(Duration::from_hours(days * 24)), now);
        assert_eq!((days(1), days(89), days(90)), (Some(1), Some(89), None));
        assert_eq!(days_until_renewal(now, now.plus(Duration::from_hours(1))), None);
    }

    #[test]
    fn a_few_tickets_are_no_trend() {
        assert!(!is_rising(&[0, 0, 0, 0, 1, 1, 1, 0]));
        assert!(is_rising(&[1, 1, 1, 1, 1, 1, 1, 1]));
        assert!(!is_rising(&[5, 5, 5, 5, 1, 1, 1, 1]));
    }
}
