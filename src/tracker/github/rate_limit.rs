//! The rate-limit headers: how many calls are left, as GitHub said in its last answers.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::classify::date;
use crate::{base::clock::Time, tracker::rate_limiter::Quota};

/// What the headers of the last answers said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RateLimitHeaders {
    /// The quotas by GitHub's own names (`core`, `graphql`, `search`), one for each that was in an answer.
    quotas: BTreeMap<String, Quota>,
    /// GitHub's clock when it last answered.
    pub date: Option<Time>,
}

impl RateLimitHeaders {
    /// The quota for everything except search and GraphQL.
    pub fn core(&self) -> Option<Quota> {
        self.quotas.get("core").copied()
    }

    pub fn read(&mut self, headers: &HeaderMap) {
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
        self.quotas.insert(name, Quota { limit, remaining, reset_at });
    }
}
