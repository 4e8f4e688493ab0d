//! A user of the helpdesk: a customer (`end-user`) or a member of the support team.

use serde_json::{Value, json};

use crate::clock::seconds_text;

/// A customer or an agent.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) email: String,
    /// `end-user`, `agent` or `admin`.
    pub(super) role: &'static str,
    pub(super) locale: String,
    /// The time zone that they chose, or somebody for them. Without one, Zendesk gives them the account's.
    pub(super) zone: Option<String>,
    /// What Rails calls their time zone, where that is all that Zendesk says.
    pub(super) zone_name: Option<String>,
    pub(super) organization_id: Option<u64>,
    pub(super) created_at: i64,
    /// A deleted user can still be read, but is not active.
    pub(super) deleted: bool,
    /// Whether any identity of theirs is verified, which need not be the address; and whether the address is.
    pub(super) verified: [bool; 2],
    /// A suspended user gets no mail.
    pub(super) suspended: bool,
    /// Whether mail to the address came back for good.
    pub(super) bounced: bool,
    /// The id that the company itself gave them.
    pub(super) external_id: Option<String>,
}

impl User {
    pub(super) fn is_staff(&self) -> bool {
        self.role != "end-user"
    }

    pub(super) fn json(&self, base: &str) -> Value {
        let (zone_name, zone) = match (self.zone_name.as_deref(), self.zone.as_deref()) {
            (None, None) => ("UTC", Some("Etc/UTC")),
            (None, zone) => ("Eastern Time (US & Canada)", zone),
            (Some(name), zone) => (name, zone),
        };
        json!({
            "id": self.id,
            "url": format!("{base}/api/v2/users/{}.json", self.id),
            "name": self.name,
            "email": if self.email.is_empty() { Value::Null } else { json!(self.email) },
            "role": self.role,
            "locale": self.locale,
            "locale_id": 1,
            // The first is one of Rails' own names, and was alone before the second came (zendesk-java-client#594).
            "time_zone": zone_name,
            "iana_time_zone": zone,
            "organization_id": self.organization_id,
            "created_at": seconds_text(self.created_at),
            "updated_at": seconds_text(self.created_at),
            "active": !self.deleted,
            "verified": self.verified[0],
            "suspended": self.suspended,
            "moderator": self.is_staff(),
            "restricted_agent": !self.is_staff(),
            "ticket_restriction": if self.is_staff() { Value::Null } else { json!("requested") },
            "alias": null, "phone": null, "photo": null, "external_id": self.external_id, "details": "", "notes": "",
            "signature": null, "tags": [], "shared": false, "shared_agent": false, "user_fields": {},
        })
    }

    /// The address as an identity: <https://developer.zendesk.com/api-reference/ticketing/users/user_identities/>.
    pub(super) fn identities(&self, base: &str) -> Value {
        if self.email.is_empty() {
            return json!([]);
        }
        let id = self.id + 1_000_000;
        json!([{
            "id": id,
            "url": format!("{base}/api/v2/users/{}/identities/{id}.json", self.id),
            "user_id": self.id,
            "type": "email",
            "value": self.email,
            "verified": self.verified[1],
            "primary": true,
            "ownership": "owned",
            "deliverable_state": if self.bounced { "undeliverable" } else { "deliverable" },
            "undeliverable_count": u8::from(self.bounced),
        }])
    }
}
