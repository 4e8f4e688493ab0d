//! A ticket.
//!
//! Invariant: a closed ticket accepts no update. A deleted one is not found, but the incremental export lists it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::comment::{Audit, TicketComment};
use crate::clock::seconds_text;

/// A customer's request, with its comments.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The number that people see.
    pub(super) id: u64,
    /// What it is about.
    pub subject: String,
    /// The first message.
    pub description: String,
    /// `new`, `open`, `pending`, `hold`, `solved`, `closed` or `deleted`.
    pub status: String,
    /// `problem`, `incident`, `question`, `task`, if set.
    pub(super) kind: Option<String>,
    /// `low`, `normal`, `high`, `urgent`, if set.
    pub(super) priority: Option<String>,
    /// In alphabetical order.
    pub tags: BTreeSet<String>,
    /// Field id -> value.
    pub(super) custom_fields: BTreeMap<u64, Value>,
    /// The customer.
    pub requester_id: u64,
    /// Who opened the ticket.
    pub(super) submitter_id: u64,
    /// The agent it is assigned to.
    pub(super) assignee_id: Option<u64>,
    /// The customer's company.
    pub(super) organization_id: Option<u64>,
    /// The brand it came in through.
    pub(super) brand_id: u64,
    /// The closed ticket this one continues.
    pub followup_of: Option<u64>,
    /// The tickets that continue this one.
    pub followup_ids: Vec<u64>,
    /// The problem ticket of which it is an incident.
    pub(super) problem_id: Option<u64>,
    /// The ticket it was merged into.
    pub(super) merged_into: Option<u64>,
    /// `web`, `email` or `api`.
    pub(super) channel: &'static str,
    /// The id another system gave it.
    pub(super) external_id: Option<String>,
    /// `good` or `bad`, and the customer's comment.
    pub(super) rating: Option<(String, Option<String>)>,
    /// In microseconds.
    pub(super) created_at: i64,
    /// In microseconds.
    pub(super) updated_at: i64,
    pub(super) comments: Vec<TicketComment>,
    pub(super) audits: Vec<Audit>,
    /// Its position in the incremental export.
    pub(super) change: u64,
}

impl Ticket {
    pub(super) fn is_deleted(&self) -> bool {
        self.status == "deleted"
    }

    pub(super) fn json(&self, base: &str) -> Value {
        let custom_fields: Vec<Value> =
            self.custom_fields.iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
        json!({
            "id": self.id,
            "url": format!("{base}/api/v2/tickets/{}.json", self.id),
            "external_id": self.external_id,
            "via": self.via(),
            "created_at": seconds_text(self.created_at),
            "updated_at": seconds_text(self.updated_at),
            "generated_timestamp": self.updated_at / 1_000_000,
            "type": self.kind,
            "subject": self.subject,
            "raw_subject": self.subject,
            "description": self.description,
            "priority": self.priority,
            "status": self.status,
            "recipient": null,
            "requester_id": self.requester_id,
            "submitter_id": self.submitter_id,
            "assignee_id": self.assignee_id,
            "organization_id": self.organization_id,
            "group_id": null,
            "collaborator_ids": [], "follower_ids": [], "email_cc_ids": [],
            "forum_topic_id": null, "problem_id": self.problem_id, "has_incidents": false,
            "is_public": self.comments.iter().any(|comment| comment.public),
            "due_at": null,
            "tags": self.tags,
            "custom_fields": custom_fields,
            "fields": custom_fields,
            "satisfaction_rating": self.rating_json(),
            "sharing_agreement_ids": [],
            "custom_status_id": null,
            "followup_ids": self.followup_ids,
            "ticket_form_id": 8_646_151_517_822_u64,
            "brand_id": self.brand_id,
            "allow_channelback": false,
            "allow_attachments": true,
            "from_messaging_channel": false,
        })
    }

    fn via(&self) -> Value {
        match self.followup_of {
            Some(source) => json!({
                "channel": self.channel,
                "source": {"from": {"ticket_id": source, "channel": "web"}, "to": {}, "rel": "follow_up"},
            }),
            None => json!({"channel": self.channel, "source": {"from": {}, "to": {}, "rel": self.rel()}}),
        }
    }

    /// What is written in public has the same channel as a message, and another `rel`:
    /// <https://developer.zendesk.com/documentation/ticketing/reference-guides/via-object-reference/>; `post` and `mention` are from
    /// memory.
    fn rel(&self) -> Option<&'static str> {
        match self.channel {
            "facebook" => Some("post"),
            "twitter" => Some("mention"),
            _ => None,
        }
    }

    fn rating_json(&self) -> Value {
        match &self.rating {
            Some((score, comment)) => json!({"score": score, "comment": comment}),
            None => json!({"score": "unoffered"}),
        }
    }
}
