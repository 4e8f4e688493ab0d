//! What GitHub last said of our budget, read from every answer's headers.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::trouble::date;
use crate::base::clock::Time;

/// The budgets by GitHub's own names (`core`, `graphql`, `search`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// One line for each budget that was heard of.
    pub budgets: BTreeMap<String, Budget>,
    /// GitHub's clock at the last answer.
    pub date: Option<Time>,
}

/// One budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Calls allowed until the reset.
    pub limit: u64,
    /// Calls left until the reset.
    pub remaining: u64,
    /// When it is full again.
    pub reset_at: Time,
}

impl Meter {
    pub(super) fn read(&mut self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let number = |name: &str| text(name).and_then(|value| value.parse::<u64>().ok());
        self.date = date(headers).or(self.date);
        let (Some(limit), Some(remaining), Some(reset)) =
            (number("x-ratelimit-limit"), number("x-ratelimit-remaining"), number("x-ratelimit-reset"))
        else {
            return;
        };
        let reset_at = Time::from_seconds(i64::try_from(reset).unwrap_or(i64::MAX));
        let name = text("x-ratelimit-resource").unwrap_or("core").chars().take(40).collect();
        self.budgets.insert(name, Budget { limit, remaining, reset_at });
    }
}
