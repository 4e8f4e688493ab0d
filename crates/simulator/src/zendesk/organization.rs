//! A customer's company, with the fields that support keeps about it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::seconds_text;

/// A company.
#[derive(Debug, Clone)]
pub(super) struct Organization {
    pub(super) id: u64,
    pub(super) name: String,
    /// `organization_fields`: `plan`, `arr`, `renewal_date` and so on.
    pub(super) fields: BTreeMap<String, Value>,
    pub(super) domain_names: Vec<String>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

impl Organization {
    pub(super) fn json(&self, base: &str) -> Value {
        json!({
            "id": self.id,
            "url": format!("{base}/api/v2/organizations/{}.json", self.id),
            "name": self.name,
            "organization_fields": self.fields,
            "domain_names": self.domain_names,
            "created_at": seconds_text(self.created_at),
            "updated_at": seconds_text(self.updated_at),
            "external_id": null, "details": "", "notes": "", "group_id": null, "tags": [],
            "shared_tickets": false, "shared_comments": false,
        })
    }
}
