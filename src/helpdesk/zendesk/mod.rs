//! Zendesk Support: event subscriptions and triggers come in, calls to the REST API v2 go out.
//!
//! It was written from Zendesk's documentation and API description and not run against an account: `preview`.

pub mod admin;
mod calls;
mod check;
pub mod connect;
mod fields;
mod meaning;
mod people;
#[cfg(test)]
mod tests;
mod webhook;
mod wire;

use std::{borrow::Cow, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

use self::fields::AccountFields;
use super::{
    About, AddressSnapshot, AddressesByPerson, Authentic, Call, ChangedTickets, Forged, Helpdesk, HelpdeskCredentials,
    HelpdeskEvent, Identity, Incoming, KeyedWrite, Maturity, MessageSnapshot, Reply, Signing, SnapshotPage,
    TicketSnapshot, UnreadableDelivery, WriteReceipt,
};
use crate::base::{clock::Time, secret::Secret};

/// One Zendesk account.
pub(super) struct Zendesk {
    credential: Secret,
    webhook_secrets: Vec<Secret>,
    account: Option<String>,
    fields: Arc<AccountFields>,
}

/// The connection's options.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ZendeskOptions {
    account_id: Option<AccountId>,
    fields: AccountFields,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AccountId {
    Number(u64),
    Text(String),
}

/// Opens the account.
///
/// # Errors
/// What is missing or wrong, without the connection's name.
pub(super) fn open(credentials: HelpdeskCredentials) -> Result<Box<dyn Helpdesk>, String> {
    let options: ZendeskOptions =
        credentials.options.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let token = credentials.token.ok_or("token is missing: an API token of Zendesk's Admin Center")?;
    if credentials.webhook_secrets.is_empty() {
        return Err("webhook_secret is missing: Zendesk shows it on the webhook's own page".to_owned());
    }
    if credentials.webhook_secrets.iter().any(|secret| secret.expose() == webhook::PUBLISHED_TEST_SECRET) {
        return Err(
            "webhook_secret is the one that Zendesk published for tests, which anybody can sign with".to_owned()
        );
    }
    if credentials.path_secret.is_some() {
        return Err("path_secret is only for senders that cannot sign; Zendesk does".to_owned());
    }
    let account = options.account_id.map(|id| match id {
        AccountId::Number(id) => id.to_string(),
        AccountId::Text(id) => id,
    });
    Ok(Box::new(Zendesk {
        credential: authorization(credentials.user.as_deref(), &token),
        webhook_secrets: credentials.webhook_secrets,
        account,
        fields: Arc::new(options.fields),
    }))
}

/// With a user, the token is an API token. Without one, it is an OAuth access token.
fn authorization(user: Option<&str>, token: &Secret) -> Secret {
    match user {
        Some(user) => Secret::new(format!(
            "Basic {}",
            BASE64_STANDARD.encode(format!("{}/token:{}", user.trim(), token.expose()))
        )),
        None => Secret::new(format!("Bearer {}", token.expose())),
    }
}

static ABOUT: About = About {
    word: "zendesk",
    name: Cow::Borrowed("Zendesk"),
    maturity: Maturity::Preview,
    signing: Signing::TimestampedSignature,
    reads_tickets: true,
    has_people: true,
    finds_replies: true,
    sweeps: true,
    replies: true,
    signs_as_agent: true,
    notes: true,
    tags: true,
    reopens: true,
    follows_up: true,
};

impl Helpdesk for Zendesk {
    fn about(&self) -> &About {
        &ABOUT
    }

    fn verify(&self, request: &Incoming<'_>, now: Time) -> Result<Authentic, Forged> {
        webhook::verify(&self.webhook_secrets, self.account.as_deref(), request, now)
    }

    fn read(&self, delivery: &Authentic) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
        webhook::read(delivery)
    }

    fn identity(&self) -> Option<Call<Identity>> {
        Some(self.describe_identity())
    }

    fn ticket(&self, external_id: &str) -> Option<Call<TicketSnapshot>> {
        Some(self.describe_ticket(external_id))
    }

    fn tickets(&self, external_ids: &[&str]) -> Option<Call<Vec<TicketSnapshot>>> {
        Some(self.describe_tickets(external_ids))
    }

    fn addresses(&self, person: &str) -> Option<Call<Vec<AddressSnapshot>>> {
        Some(self.describe_addresses(person))
    }

    fn addresses_of_many(&self, people: &[&str]) -> Option<Call<AddressesByPerson>> {
        Some(self.describe_addresses_of_many(people))
    }

    fn merged_into(&self, external_id: &str) -> Option<Call<Option<String>>> {
        Some(self.describe_merged_into(external_id))
    }

    fn keyed_writes(&self, external_id: &str, after: Option<&str>) -> Option<Call<SnapshotPage<KeyedWrite>>> {
        Some(self.describe_keyed_writes(external_id, after))
    }

    fn messages(&self, external_id: &str, after: Option<&str>) -> Option<Call<SnapshotPage<MessageSnapshot>>> {
        Some(self.describe_messages(external_id, after))
    }

    fn changed_since(&self, since: Time, cursor: Option<&str>) -> Option<Call<ChangedTickets>> {
        Some(self.describe_changed_since(since, cursor))
    }

    fn reply(&self, external_id: &str, reply: &Reply<'_>) -> Option<Call<WriteReceipt>> {
        Some(self.describe_reply(external_id, reply))
    }

    fn note(&self, external_id: &str, text: &str, idempotency_key: &str) -> Option<Call<WriteReceipt>> {
        Some(self.describe_note(external_id, text, idempotency_key))
    }

    fn tag(&self, external_id: &str, tags: &[&str]) -> Option<Call<()>> {
        Some(self.describe_tag(external_id, tags))
    }

    fn reopen(&self, external_id: &str) -> Option<Call<WriteReceipt>> {
        Some(self.describe_reopen(external_id))
    }

    fn follow_up(
        &self,
        external_id: &str,
        requester: Option<&str>,
        subject: &str,
        reply: &Reply<'_>,
        solved: bool,
    ) -> Option<Call<WriteReceipt>> {
        Some(self.describe_follow_up(external_id, requester, subject, reply, solved))
    }

    fn webhooks(&self, address: &str) -> Option<Call<Vec<String>>> {
        Some(self.describe_webhooks(address))
    }
}
