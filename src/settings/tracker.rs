//! How Heard connects to the tracker, whichever section of the settings names one.

use std::time::Duration;

use crate::{
    base::{http::Origin, secret::Secret},
    model::tracker::TrackerAccess,
};

/// The tracker.
#[derive(Clone, Debug)]
pub struct TrackerSettings {
    /// Which: its word, and the name of its section.
    pub word: &'static str,
    /// Its API.
    pub api_url: Origin,
    /// The credentials.
    pub access: TrackerAccess,
    /// The secrets its webhooks may be signed with, newest first. Without any, no webhook is accepted.
    pub webhook_secrets: Vec<Secret>,
    /// How often the tracker is asked for what webhooks missed.
    pub sweep: Duration,
}
