//! How a simulated Zendesk is set up.

use crate::clock::Clock;

/// How the account's webhook is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookMode {
    /// Subscribed to event types: one webhook per change, with the change in it.
    Events,
    /// Connected to a trigger: one thin webhook per update.
    Trigger,
}

/// The options of a simulated Zendesk.
#[derive(Clone)]
pub struct ZendeskOptions {
    /// What it takes as the time.
    pub(super) clock: Clock,
    /// Determines the ids that Zendesk draws at random.
    pub(super) seed: u64,
    /// 0 means any free one.
    pub(super) port: u16,
    /// Appears in the envelope and the headers of webhooks.
    pub account_id: u64,
    /// The email address of the product's own user.
    pub user: String,
    /// The API token of that user. It is also accepted as a bearer token.
    pub token: String,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// How webhooks are connected.
    pub webhook_mode: WebhookMode,
    /// How many seconds of the newest changes the incremental export withholds. Zendesk withholds a minute.
    pub export_lag_s: i64,
}

impl ZendeskOptions {
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
