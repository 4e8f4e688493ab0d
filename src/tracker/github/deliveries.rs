//! The App's delivery log. GitHub never sends a failed webhook again by itself, but it does if we ask (G10, webhooks
//! are hints).

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;

use super::{
    client::Github,
    transport::{As, Ask},
    wire,
};
use crate::{base::clock::Time, model::tracker::error::TrackerError};

/// How many pages of a hundred deliveries are looked through.
const PAGES: usize = 10;
/// After this many attempts a webhook is left to the sweep, which finds by itself what it said.
const ATTEMPTS: usize = 3;
/// How many are asked for again at once.
const AT_ONCE: usize = 50;

#[derive(Deserialize)]
struct DeliveryWire {
    id: i64,
    guid: String,
    status_code: Option<i64>,
    #[serde(default, deserialize_with = "wire::time")]
    delivered_at: Option<Time>,
}

/// What is known about one webhook.
#[derive(Default)]
struct Attempts {
    count: usize,
    arrived: bool,
    /// The latest attempt's id.
    id: i64,
}

impl Github {
    /// Asks GitHub to send again what has failed to arrive since then, and returns how many. GitHub keeps deliveries
    /// for three days.
    ///
    /// A redelivery has the same delivery id, so one that did arrive changes nothing (G2, twice, late or out of order
    /// changes nothing). A token has no such log.
    pub async fn redeliver(&self, since: Time) -> Result<usize, TrackerError> {
        if !self.transport().is_app() {
            return Ok(0);
        }
        let mut asked = 0;
        for id in self.undelivered(since).await?.into_iter().take(AT_ONCE) {
            let path = format!("/app/hook/deliveries/{id}/attempts");
            let doing = "asking for a webhook again";
            let ask = Ask { by: As::Ourselves, method: Method::POST, path, body: None, doing };
            match self.transport().call(ask).await {
                Ok(_) => asked += 1,
                Err(TrackerError::NotFound(_) | TrackerError::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(asked)
    }

    async fn undelivered(&self, since: Time) -> Result<Vec<i64>, TrackerError> {
        let path = "/app/hook/deliveries?per_page=100".to_owned();
        let doing = "reading the App's delivery log";
        let old = |one: &DeliveryWire| one.delivered_at.is_none_or(|at| at < since);
        let listed = self
            .transport()
            .list::<DeliveryWire>(As::Ourselves, path, PAGES, doing, |page| page.last().is_some_and(old))
            .await;
        let log = match listed {
            Ok((log, _)) => log,
            Err(TrackerError::NotFound(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut webhooks: BTreeMap<String, Attempts> = BTreeMap::new();
        for one in log.into_iter().filter(|one| !old(one)) {
            let attempts = webhooks.entry(one.guid).or_default();
            attempts.count += 1;
            attempts.arrived |= one.status_code.is_some_and(|code| (200..300).contains(&code));
            attempts.id = attempts.id.max(one.id);
        }
        let missing = webhooks.into_values().filter(|webhook| !webhook.arrived && webhook.count < ATTEMPTS);
        Ok(missing.map(|webhook| webhook.id).collect())
    }
}
