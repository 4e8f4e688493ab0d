//! The seam to the helpdesks: one folder per vendor, pure and without I/O.
//!
//! A vendor's code checks who signed a delivery ([`Helpdesk::verify`]), says what it means ([`Helpdesk::read`]), and
//! *describes* the calls that read and write tickets. Each is a [`Call`]: a request, and a function that reads the answer.
//! `flow` sends them, so retries, limits, timeouts and tracing exist once. Nobody can forget to check a signature: `verify`
//! has no default, and nothing else turns a request into an [`Authentic`] (G9, no secret, no route).
//!
//! A new vendor is one folder and one line in [`registry`]; `conformance!` in its tests proves that it works.

mod about;
mod account_value;
mod bounds;
mod call;
#[cfg(test)]
mod conformance;
mod event;
mod generic;
mod lenient;
pub(crate) mod markup;
mod path;
mod refusal;
pub mod registry;
pub mod zendesk;

pub use about::{About, Maturity, Signing};
pub use call::{Call, CallAnswer, HelpdeskRefusal, expect_json, outcome};
pub use event::{
    AddressSnapshot, ChangedTickets, HelpdeskEvent, Identity, KeyedWrite, MessageSnapshot, OrganizationSnapshot,
    PersonSnapshot, SnapshotPage, TicketChange, TicketSnapshot, WriteReceipt,
};

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use crate::{
    base::{clock::Time, secret::Secret},
    model::delivery::{Delivery, Forged, Headers, UnreadableDelivery},
};

/// The tag of follow-up tickets, which Heard opens to answer the customer of a closed one. It tells them from complaints.
pub const FOLLOW_UP_TAG: &str = "heard_follow_up";

/// How many tickets one call reads at most: as many as Zendesk gives.
pub const TICKETS_AT_ONCE: usize = 100;

/// What a vendor needs of a connection's settings.
#[derive(Clone, Debug)]
pub struct HelpdeskCredentials {
    /// The connection's name.
    pub connection: String,
    /// The user for the API, if the vendor needs one.
    pub user: Option<String>,
    /// The API token.
    pub token: Option<Secret>,
    /// The secrets deliveries may be signed with, newest first. There are two while one is being replaced.
    pub webhook_secrets: Vec<Secret>,
    /// The secret in the URL's path, only for senders that cannot sign.
    pub path_secret: Option<Secret>,
    /// The vendor's own settings in the connection's table: mappings, field names, templates.
    pub options: toml::Table,
}

/// A webhook request that was not verified yet.
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
    /// The value of a header. `None` if it is absent or occurs several times, which no honest sender does.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// A delivery whose sender was verified: by [`Helpdesk::verify`], now or before it was stored.
///
/// Its private field keeps the rest of this crate from making one.
#[derive(Clone, Debug)]
pub struct Authentic {
    /// The sender's id of the delivery, if it has one: the first key (G2, twice, late or out of order changes nothing).
    pub key: Option<String>,
    /// SHA-256 of what was signed: the second key (G2). Absent if the sender cannot sign, or if the first key follows from what was
    /// signed: then nobody can send the same with another.
    pub signed: Option<[u8; 32]>,
    /// The headers that [`Helpdesk::read`] needs; never signatures or credentials.
    pub headers: Headers,
    /// The raw bytes.
    pub body: Bytes,
    /// What was read of the body to verify it, so that [`Helpdesk::read`] need not read it again.
    said: Option<Value>,
}

impl Authentic {
    /// For the vendors' `verify`, after the signature was checked.
    fn vouch(key: Option<String>, signed: Option<[u8; 32]>, headers: Headers, body: Bytes) -> Self {
        Self { key, signed, headers, body, said: None }
    }

    /// Keeps what was read of the body.
    fn having_read(mut self, said: Option<Value>) -> Self {
        self.said = said;
        self
    }

    /// A stored delivery. It was verified before it was stored, and nothing else gets into the table.
    pub fn stored(delivery: &Delivery) -> Self {
        Self::vouch(delivery.key.clone(), None, delivery.headers.clone(), delivery.body.clone())
    }
}

/// A reply to a customer.
#[derive(Clone, Debug)]
pub struct Reply<'r> {
    /// The reply as plain text.
    pub text: &'r str,
    /// The reply as HTML.
    pub html: &'r str,
    /// The helpdesk's id of the agent who signs, if the vendor allows that.
    pub author: Option<&'r str>,
    /// Our key for the reply, the same for every attempt.
    pub idempotency_key: &'r str,
    /// When the ticket last changed, as far as we know. Vendors that can refuse the reply with
    /// [`HelpdeskRefusal::Conflict`] if it has changed since: its requester may be another by now.
    pub seen_at: Option<Time>,
}

/// About how many people is asked by one call.
pub const PEOPLE_AT_ONCE: usize = 100;

/// What a helpdesk says of the addresses of people, by the people's ids.
pub type AddressesByPerson = BTreeMap<String, Vec<AddressSnapshot>>;

/// One account at one vendor. Every method is pure.
///
/// A method that describes a call returns `None` if the vendor cannot do it; [`About`] tells people the same.
pub trait Helpdesk: Send + Sync {
    /// What this vendor can do. It is shown to users and checked by the conformance suite.
    fn about(&self) -> &About;

    /// Checks who sent the request: over the raw bytes, in constant time, against every secret of the connection.
    ///
    /// # Errors
    /// [`Forged`]; nothing of the request is kept.
    fn verify(&self, request: &Incoming<'_>, now: Time) -> Result<Authentic, Forged>;

    /// What the delivery says. An unknown event is [`HelpdeskEvent::Ignored`] with its name, never an error.
    ///
    /// # Errors
    /// [`UnreadableDelivery`] if the body is not what the vendor sends.
    fn read(&self, delivery: &Authentic) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery>;

    /// Who we are there. This proves the credentials and gives the author of our own writes (G7, our own writes change
    /// nothing).
    fn identity(&self) -> Option<Call<Identity>>;

    /// The ticket as it is now, with its requester and organization.
    fn ticket(&self, external_id: &str) -> Option<Call<TicketSnapshot>>;

    /// Several tickets as they are now, each as [`Self::ticket`] has it, in any order; at most [`TICKETS_AT_ONCE`] are asked for.
    /// The answer says nothing of a ticket that is not in it: that one has to be asked for by itself.
    fn tickets(&self, external_ids: &[&str]) -> Option<Call<Vec<TicketSnapshot>>>;

    /// The addresses of a person, for vendors whose [`PersonSnapshot::verified`] speaks of the person and not of the address.
    fn addresses(&self, person: &str) -> Option<Call<Vec<AddressSnapshot>>>;

    /// The addresses of up to [`PEOPLE_AT_ONCE`] people, by their ids, for vendors with [`Helpdesk::addresses`]. Whoever is missing
    /// in the answer has to be asked about alone.
    fn addresses_of_many(&self, people: &[&str]) -> Option<Call<AddressesByPerson>>;

    /// The ticket that another was merged into, for vendors whose [`TicketSnapshot::merged_into`] does not say. It is asked
    /// when a ticket turns out to be merged and no event said into which. The answer `None` means that it cannot be known.
    fn merged_into(&self, external_id: &str) -> Option<Call<Option<String>>>;

    /// The messages of a ticket, oldest first; `after` is the cursor from the previous page.
    fn messages(&self, external_id: &str, after: Option<&str>) -> Option<Call<SnapshotPage<MessageSnapshot>>>;

    /// The writes to a ticket that the helpdesk remembers with our keys, for vendors that keep such a record apart from the
    /// messages. A message whose answer was lost is looked for there, too (G4, one update per customer and milestone).
    fn keyed_writes(&self, external_id: &str, after: Option<&str>) -> Option<Call<SnapshotPage<KeyedWrite>>>;

    /// The tickets that changed since then, for the sweep (G10, webhooks are hints); `cursor` continues an earlier
    /// answer.
    fn changed_since(&self, since: Time, cursor: Option<&str>) -> Option<Call<ChangedTickets>>;

    /// A reply the customer sees.
    fn reply(&self, external_id: &str, reply: &Reply<'_>) -> Option<Call<WriteReceipt>>;

    /// A note that only agents see.
    fn note(&self, external_id: &str, text: &str, idempotency_key: &str) -> Option<Call<WriteReceipt>>;

    /// Adds tags and keeps the others.
    fn tag(&self, external_id: &str, tags: &[&str]) -> Option<Call<()>>;

    /// Reopens a solved ticket.
    fn reopen(&self, external_id: &str) -> Option<Call<WriteReceipt>>;

    /// A new ticket that continues a closed one. Its first message is the reply. It is created solved, unless `solved` is
    /// false: an account may require fields before a ticket is solved. `requester` is the
    /// helpdesk's id of the customer. Without it, vendors make the caller the requester, and the customer never gets the
    /// message.
    fn follow_up(
        &self,
        external_id: &str,
        requester: Option<&str>,
        subject: &str,
        reply: &Reply<'_>,
        solved: bool,
    ) -> Option<Call<WriteReceipt>>;

    /// What is wrong with the account's webhooks for this address, for `heard check`: a sentence for each problem.
    fn webhooks(&self, address: &str) -> Option<Call<Vec<String>>>;
}
