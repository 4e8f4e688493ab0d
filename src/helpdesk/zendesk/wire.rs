//! The answers of Zendesk's REST API, read leniently. `meaning` translates them into our terms.
//!
//! Field names were checked against Zendesk's own "Support API" 2.0.0 description: `TicketObject`,
//! `TicketCommentObject`, `UserForAdmin`, `OrganizationObject`, `TicketUpdateResponse`,
//! `CursorBasedExportIncrementalTicketsResponse`. The `users` and `organizations` next to a ticket are sideloads. If they are
//! missing, only their ids are known.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{base::clock::Time, helpdesk::lenient};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TicketAnswer {
    pub(super) ticket: ZendeskTicket,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) users: Vec<ZendeskUser>,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) organizations: Vec<ZendeskOrganization>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TicketsAnswer {
    pub(super) tickets: Option<Vec<ZendeskTicket>>,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) users: Vec<ZendeskUser>,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) organizations: Vec<ZendeskOrganization>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZendeskTicket {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) url: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) brand_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) subject: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) description: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) status: Option<String>,
    #[serde(deserialize_with = "lenient::de_words")]
    pub(super) tags: Vec<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) requester_id: Option<String>,
    /// Who wrote the description.
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) submitter_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) assignee_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) organization_id: Option<String>,
    /// For an incident, the problem ticket that an agent linked it to.
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) problem_id: Option<String>,
    /// Whom every public comment is mailed to beside the requester.
    #[serde(deserialize_with = "lenient::de_words")]
    pub(super) email_cc_ids: Vec<String>,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) custom_fields: Vec<CustomField>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) via: TicketVia,
    #[serde(deserialize_with = "lenient::de_time")]
    pub(super) created_at: Option<Time>,
    #[serde(deserialize_with = "lenient::de_time")]
    pub(super) updated_at: Option<Time>,
}

/// How a ticket came about: <https://developer.zendesk.com/documentation/ticketing/reference-guides/via-object-reference/>.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TicketVia {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) channel: Option<String>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) source: TicketSource,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TicketSource {
    #[serde(deserialize_with = "lenient::de_text")]
    rel: Option<String>,
    from: Value,
}

impl TicketSource {
    /// What it is to its channel, such as `message` or `post`.
    pub(super) fn rel(&self) -> Option<&str> {
        self.rel.as_deref()
    }

    /// The closed ticket that this one continues.
    pub(super) fn follow_up_of(&self) -> Option<String> {
        let follows = self.rel.as_deref() == Some("follow_up");
        follows.then(|| lenient::text(&self.from["ticket_id"])).flatten()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CustomField {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    pub(super) value: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZendeskUser {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) email: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) locale: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) iana_time_zone: Option<String>,
    /// Rails' own name of the same zone, such as `Eastern Time (US & Canada)`.
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) time_zone: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) role: Option<String>,
    /// Whether any of their identities is verified, which need not be the address.
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) verified: Option<bool>,
    /// False once they were deleted.
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) active: Option<bool>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) external_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) suspended: Option<bool>,
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) only_private_comments: Option<bool>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) ticket_restriction: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) organization_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_or_default", rename = "user_fields")]
    pub(super) fields: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct IdentitiesAnswer {
    pub(super) identities: Option<Vec<ZendeskIdentity>>,
}

/// <https://developer.zendesk.com/api-reference/ticketing/users/user_identities/>
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZendeskIdentity {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) user_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text", rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) value: Option<String>,
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) verified: Option<bool>,
    /// `owned`, or `shared` by several users.
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) ownership: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) deliverable_state: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZendeskOrganization {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "lenient::de_or_default", rename = "organization_fields")]
    pub(super) fields: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CommentsAnswer {
    pub(super) comments: Option<Vec<ZendeskComment>>,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) users: Vec<ZendeskUser>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) meta: PageMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PageMeta {
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) has_more: Option<bool>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) after_cursor: Option<String>,
}

impl PageMeta {
    /// The cursor of the next page, if there is one.
    pub(super) fn next(self) -> Option<String> {
        self.after_cursor.filter(|_| self.has_more == Some(true))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZendeskComment {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) author_id: Option<String>,
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) public: Option<bool>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) body: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) html_body: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) plain_body: Option<String>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) metadata: WriteMetadata,
    #[serde(deserialize_with = "lenient::de_time")]
    pub(super) created_at: Option<Time>,
}

/// What was sent along as `metadata` of a ticket, which Zendesk keeps as `custom`, and what it says of a comment itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WriteMetadata {
    /// Why Zendesk does not trust a comment.
    #[serde(deserialize_with = "lenient::de_words")]
    pub(super) flags: Vec<String>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) custom: OwnMetadata,
}

/// What Heard sends along.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnMetadata {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) heard: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditsAnswer {
    pub(super) audits: Option<Vec<ZendeskAudit>>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) meta: PageMeta,
}

/// The answer to an update or a creation: the ticket, and the audit with what the write did.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WriteAnswer {
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) ticket: ZendeskTicket,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) audit: ZendeskAudit,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZendeskAudit {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) metadata: WriteMetadata,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) events: Vec<AuditEvent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditEvent {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text", rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MeAnswer {
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) user: ZendeskUser,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangesAnswer {
    pub(super) tickets: Option<Vec<ZendeskTicket>>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) after_cursor: Option<String>,
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) end_of_stream: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WebhooksAnswer {
    pub(super) webhooks: Option<Vec<ZendeskWebhook>>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) meta: PageMeta,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ZendeskWebhook {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) endpoint: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) http_method: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) request_format: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) status: Option<String>,
    #[serde(deserialize_with = "lenient::de_words")]
    pub(super) subscriptions: Vec<String>,
}

/// A trigger or a macro. What an action's value looks like depends on its field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ZendeskRule {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) title: Option<String>,
    #[serde(deserialize_with = "lenient::de_flag")]
    pub(super) active: Option<bool>,
    #[serde(deserialize_with = "lenient::de_rows")]
    pub(super) actions: Vec<RuleAction>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RuleAction {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) field: Option<String>,
    pub(super) value: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RulesAnswer {
    #[serde(alias = "macros", alias = "triggers")]
    pub(super) rules: Option<Vec<ZendeskRule>>,
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) meta: PageMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CategoriesAnswer {
    pub(super) trigger_categories: Option<Vec<NewRecord>>,
}

/// The answer to what was made: a webhook, a trigger or a macro.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MadeAnswer {
    #[serde(alias = "macro", alias = "trigger", alias = "webhook", deserialize_with = "lenient::de_or_default")]
    pub(super) made: NewRecord,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewRecord {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SigningSecretAnswer {
    #[serde(deserialize_with = "lenient::de_or_default")]
    pub(super) signing_secret: SigningSecret,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SigningSecret {
    #[serde(deserialize_with = "lenient::de_text")]
    pub(super) secret: Option<String>,
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
