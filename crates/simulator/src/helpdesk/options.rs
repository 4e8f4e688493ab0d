//! How a simulated helpdesk is to be.

use crate::clock::Clock;

/// How the account's webhook is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookMode {
    /// Subscribed to event types: one webhook per change, with the change in it.
    Events,
    /// Connected to a trigger: one thin webhook per update.
    Trigger,
}

/// How a practice helpdesk is to be.
#[derive(Clone)]
pub struct HelpdeskOptions {
    /// The time it lives in.
    pub clock: Clock,
    /// Determines ids that vendors draw by lot.
    pub seed: u64,
    /// 0 takes a free one.
    pub port: u16,
    /// In the envelope and headers of webhooks.
    pub account_id: u64,
    /// The e-mail address of the product's own user.
    pub user: String,
    /// The API token of that user; also accepted as a bearer token.
    pub token: String,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// How webhooks are connected.
    pub webhook_mode: WebhookMode,
    /// How much of the newest past the incremental export withholds. Zendesk withholds a minute.
    pub export_lag_s: i64,
}

impl HelpdeskOptions {
    /// The account `acme`: user `heard@acme.test`, token `zendesk-token`, webhook secret `zendesk-webhook-secret`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            seed: 1,
            port: 0,
            account_id: 22_129_848,
            user: "heard@acme.test".to_owned(),
            token: "zendesk-token".to_owned(),
            webhook_secret: "zendesk-webhook-secret".to_owned(),
            webhook_mode: WebhookMode::Events,
            export_lag_s: 60,
        }
    }
}
