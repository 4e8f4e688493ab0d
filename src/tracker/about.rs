//! What a tracker is given, and what it says about itself.

use super::rate_limiter::CallLimits;
use crate::{
    base::{http::Origin, secret::Secret},
    model::{delivery::Headers, tracker::TrackerAccess},
};

/// What the settings say about a tracker.
#[derive(Clone, Debug)]
pub struct TrackerCredentials {
    /// Its API.
    pub api_url: Origin,
    /// How we sign in.
    pub access: TrackerAccess,
    /// What its webhooks are signed with, newest first. There are two while one is being replaced.
    pub webhook_secrets: Vec<Secret>,
}

/// What a tracker says about itself.
#[derive(Clone, Debug)]
pub struct TrackerAbout {
    /// Its word in the settings, in `/hooks/WORD` and in the database.
    pub word: &'static str,
    /// Its name, as people know it.
    pub name: &'static str,
    /// The largest webhook that it sends.
    pub webhook_bytes: usize,
    /// The longest issue body that we write.
    pub body_characters: usize,
    /// How often we call it.
    pub limits: CallLimits,
}

/// A webhook whose sender is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedWebhook {
    /// The tracker's id for it, which is the same when it is sent again: the first key (G2, twice, late or out of order
    /// changes nothing).
    pub key: Option<String>,
    /// SHA-256 of what was signed: the second key (G2).
    pub signed: [u8; 32],
    /// The headers that [`super::Tracker::read`] needs, never signatures.
    pub headers: Headers,
}
