//! The helpdesk seam: one folder per vendor, pure and without input or output.
//!
//! A vendor says who signed a delivery ([`Helpdesk::verify`]), what it means ([`Helpdesk::read`]), and *describes* the
//! calls that read and write tickets: each a [`Call`], a request and a function that reads the answer. `flow` sends
//! them, so retries, limits, timeouts and tracing exist once. There is no way to be unsigned by forgetting something:
//! `verify` has no default, and nothing else makes an [`Authentic`] from a request (G9).
//!
//! To add a vendor: one folder, one line in [`registry`], and `conformance!` in its tests, which proves it.

mod about;
mod account_value;
mod call;
#[cfg(test)]
mod conformance;
mod event;
mod generic;
mod lenient;
mod markup;
mod path;
pub mod registry;
mod zendesk;

pub use about::{About, Maturity, Signing};
pub use call::{Call, HelpdeskRefusal, expect_json, outcome};
pub use event::{
    ChangedTickets, HelpdeskEvent, Identity, MessageSnapshot, OrganizationSnapshot, PersonSnapshot, SnapshotPage,
    TicketChange, TicketSnapshot, WriteReceipt,
};

use bytes::Bytes;

use crate::{
    base::{clock::Time, secret::Secret},
    model::delivery::{Delivery, Headers},
};

/// The tag of the tickets that we open to tell the customer of a closed one: by it they are told from complaints.
pub const FOLLOW_UP_TAG: &str = "heard_follow_up";

/// What a connection of the settings gives a vendor.
#[derive(Clone, Debug)]
pub struct HelpdeskCredentials {
    /// The connection's name.
    pub connection: String,
    /// The account's user for the API, where the vendor wants one.
    pub user: Option<String>,
    /// The API token.
    pub token: Option<Secret>,
    /// The secrets deliveries are signed with, newest first: two at once while one is being rotated.
    pub webhook_secrets: Vec<Secret>,
    /// The secret in the URL's path, only for senders that cannot sign.
    pub path_secret: Option<Secret>,
    /// The vendor's own settings, as the connection's table has them (mappings, field names, templates).
    pub options: toml::Table,
}

/// A webhook request before anybody vouched for it.
#[derive(Clone, Debug)]
pub struct Incoming<'r> {
    /// Names in lower case.
    pub headers: &'r Headers,
    /// The last part of `/hooks/{connection}/{secret}`.
    pub path_secret: Option<&'r str>,
    /// The raw bytes.
    pub body: &'r Bytes,
}

impl Incoming<'_> {
    /// The only value of a header; `None` when it is absent or there are several, which nobody honest sends.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// Why a request is not believed. It is answered 401 and told to nobody but the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// No signature where one belongs.
    #[error("the signature is missing")]
    Missing,
    /// A signature that none of our secrets made.
    #[error("the signature is wrong")]
    Wrong,
    /// Signed too long ago, or in the future.
    #[error("the signature is stale")]
    Stale,
}

/// A delivery whose sender is known. Made by [`Helpdesk::verify`], or read back from what that once let in.
#[derive(Clone, Debug)]
#[expect(clippy::manual_non_exhaustive, reason = "the private field keeps the rest of this crate from making one, too")]
pub struct Authentic {
    /// The sender's id of the delivery, where it has one (G2's first key).
    pub key: Option<String>,
    /// SHA-256 of what was signed (G2's second key); absent where the sender cannot sign.
    pub signed: Option<[u8; 32]>,
    /// The headers that [`Helpdesk::read`] needs; never signatures or credentials.
    pub headers: Headers,
    /// The raw bytes.
    pub body: Bytes,
    _only_by_verification: (),
}

impl Authentic {
    /// For the vendors' `verify`, once the signature held.
    fn vouch(key: Option<String>, signed: Option<[u8; 32]>, headers: Headers, body: Bytes) -> Self {
        Self { key, signed, headers, body, _only_by_verification: () }
    }

    /// A stored delivery was verified before it was stored: there is no other way into the table.
    pub fn stored(delivery: &Delivery) -> Self {
        Self::vouch(delivery.key.clone(), None, delivery.headers.clone(), delivery.body.clone())
    }
}

/// A delivery that cannot be read: kept, shown with this reason, replayable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableDelivery(pub String);

/// A reply to a customer.
#[derive(Clone, Debug)]
pub struct Reply<'r> {
    /// Plain text; reads as well as the HTML.
    pub text: &'r str,
    /// The same as HTML.
    pub html: &'r str,
    /// The agent to sign as, where the vendor allows it: the helpdesk's id.
    pub author: Option<&'r str>,
    /// A key of ours that is the same for every attempt at this reply.
    pub idempotency_key: &'r str,
}

/// One vendor with one account's credentials. Every method is pure.
///
/// A method that describes a call answers `None` where the vendor cannot do it; [`About`] says so to people.
pub trait Helpdesk: Send + Sync {
    /// What this vendor can do, shown to users and asserted by the conformance suite.
    fn about(&self) -> &About;

    /// Checks who sent the request, in constant time, over the raw bytes, against every secret of the connection.
    ///
    /// # Errors
    /// [`Forged`], and nothing of the request is kept.
    fn verify(&self, request: &Incoming<'_>, now: Time) -> Result<Authentic, Forged>;

    /// What the delivery says. Unknown events are [`HelpdeskEvent::Ignored`] by name, never an error.
    ///
    /// # Errors
    /// [`UnreadableDelivery`] when the body is not what the vendor sends.
    fn read(&self, delivery: &Authentic) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery>;

    /// Who we are there: proves the credentials and names the author of our own writes (G7).
    fn identity(&self) -> Option<Call<Identity>>;

    /// The ticket as it is now, with its requester and organization.
    fn ticket(&self, external_id: &str) -> Option<Call<TicketSnapshot>>;

    /// Where a ticket that was merged carries on, for vendors whose [`TicketSnapshot::merged_into`] cannot say: asked
    /// when a ticket is found merged and no event told the target. An answer of `None` means that nobody knows.
    fn merged_into(&self, external_id: &str) -> Option<Call<Option<String>>>;

    /// The messages of a ticket, oldest first; `after` is the cursor of the page before.
    fn messages(&self, external_id: &str, after: Option<&str>) -> Option<Call<SnapshotPage<MessageSnapshot>>>;

    /// The tickets changed since then, for the sweep (G10); `cursor` continues an earlier answer.
    fn changed_since(&self, since: Time, cursor: Option<&str>) -> Option<Call<ChangedTickets>>;

    /// A reply the customer sees.
    fn reply(&self, external_id: &str, reply: &Reply<'_>) -> Option<Call<WriteReceipt>>;

    /// A note that only agents see.
    fn note(&self, external_id: &str, text: &str, idempotency_key: &str) -> Option<Call<WriteReceipt>>;

    /// Adds tags and leaves the others alone.
    fn tag(&self, external_id: &str, tags: &[&str]) -> Option<Call<()>>;

    /// Opens a solved ticket again.
    fn reopen(&self, external_id: &str) -> Option<Call<WriteReceipt>>;

    /// A new ticket that carries on a closed one; created solved, its first message is the reply. `requester` is the
    /// helpdesk's id of the customer: vendors that are not told make the caller the requester, and the customer
    /// never hears.
    fn follow_up(
        &self,
        external_id: &str,
        requester: Option<&str>,
        subject: &str,
        reply: &Reply<'_>,
    ) -> Option<Call<WriteReceipt>>;

    /// What is wrong with the webhooks that the account has for this address, for `heard check`: each a sentence, none
    /// when all is well.
    fn webhooks(&self, address: &str) -> Option<Call<Vec<String>>>;
}
