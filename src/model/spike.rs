//! A spike: far more customers than usual raise a topic within hours.

use std::time::Duration;

use crate::base::clock::Time;

/// A spike is over after so long without another complaint. What comes later is another one.
pub const OVER_AFTER: Duration = Duration::from_hours(24);

/// The last time that far more customers than usual raised a topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicSpike {
    /// When the first complaint of it was written.
    pub began_at: Time,
    /// When the newest complaint of it was written.
    pub last_at: Time,
    /// How many customers wrote in between, likely members too.
    pub customers: i64,
    /// How many customers a week there were before.
    pub usual: f64,
}
