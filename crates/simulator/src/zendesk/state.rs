//! Everything the simulated Zendesk knows, and where its ids come from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::options::{WebhookMode, ZendeskOptions};
use super::organization::Organization;
use super::ticket::Ticket;
use super::user::User;
use super::webhook::Webhook;
use crate::clock::Clock;
use crate::hooks::WebhookDraft;
use crate::random::Random;

/// The state behind the lock.
pub(super) struct ZendeskState {
    pub(super) clock: Clock,
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    pub(super) account_id: u64,
    pub(super) export_lag_s: i64,
    /// How many seconds of the newest comments and audits their lists withhold.
    pub(super) lists_lag_s: i64,
    /// Whether the HTML of comments has the addresses of its links.
    pub(super) shows_addresses: bool,
    /// The field without which no ticket can be solved.
    pub(super) required_when_solving: Option<String>,
    /// The tickets that are not among many, although they are there.
    pub(super) left_out_of_many: BTreeSet<u64>,
    /// The tickets over which every answer with many breaks.
    pub(super) breaks_many: BTreeSet<u64>,
    /// Whether people and organizations are sent beside many tickets.
    pub(super) sends_beside_many: bool,
    pub(super) mode: WebhookMode,
    /// The id of the first webhook.
    pub(super) webhook_id: String,
    /// What the first webhook signs with.
    pub(super) webhook_secret: String,
    /// The webhooks, oldest first. Only the newest that is active is sent to.
    pub(super) webhooks: Vec<Webhook>,
    /// How many webhooks there may be.
    pub(super) webhooks_most: usize,
    /// Whether a webhook can be subscribed to the events of tickets.
    pub(super) ticket_events: bool,
    /// Triggers, as the API shows them.
    pub(super) triggers: Vec<Value>,
    /// Macros, as the API shows them.
    pub(super) macros: Vec<Value>,
    /// The categories of triggers, by id. `None` where the account has none of them at all.
    pub(super) trigger_categories: Option<Vec<u64>>,
    /// The user whose token the API accepts.
    pub(super) api_user: u64,
    pub(super) email: String,
    pub(super) token: String,
    pub(super) users: BTreeMap<u64, User>,
    pub(super) organizations: BTreeMap<u64, Organization>,
    pub(super) tickets: BTreeMap<u64, Ticket>,
    pub(super) fields: Vec<Value>,
    pub(super) ratings: Vec<Value>,
    /// Idempotency key -> (body of the request, the ticket it created).
    pub(super) idempotent: BTreeMap<String, (Value, u64)>,
    /// Webhooks that are not handed over for sending yet.
    pub(super) pending_webhooks: Vec<WebhookDraft>,
    pub(super) random: Random,
    next_ticket: u64,
    next_id: u64,
    next_change: u64,
}

impl ZendeskState {
    pub(super) fn new(options: &ZendeskOptions, base: String) -> Self {
        let mut random = Random::new(options.seed);
        let mut state = Self {
            clock: options.clock.clone(),
            base,
            account_id: options.account_id,
            export_lag_s: options.export_lag_s,
            lists_lag_s: 0,
            shows_addresses: true,
            required_when_solving: None,
            left_out_of_many: BTreeSet::new(),
            breaks_many: BTreeSet::new(),
            sends_beside_many: true,
            mode: options.webhook_mode,
            webhook_id: random.ulid(),
            webhook_secret: options.webhook_secret.clone(),
            webhooks: Vec::new(),
            webhooks_most: usize::MAX,
            ticket_events: true,
            triggers: Vec::new(),
            macros: Vec::new(),
            trigger_categories: Some(vec![10_026]),
            api_user: 0,
            email: options.user.clone(),
            token: options.token.clone(),
            users: BTreeMap::new(),
            organizations: BTreeMap::new(),
            tickets: BTreeMap::new(),
            fields: Vec::new(),
            ratings: Vec::new(),
            idempotent: BTreeMap::new(),
            pending_webhooks: Vec::new(),
            random,
            next_ticket: 5001,
            // Of another account are other people.
            next_id: 8_447_388_090_000 + options.account_id.abs_diff(22_129_848) * 1_000_000,
            next_change: 0,
        };
        state.api_user = state.add_user("Heard", &options.user, "admin");
        state.fields = standard_fields(&state.base);
        state
    }

    pub(super) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Ids beyond 32 bits, as Zendesk's are.
    pub(super) const fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) const fn new_ticket_id(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket - 1
    }

    /// Orders changes for the incremental export.
    pub(super) const fn new_change(&mut self) -> u64 {
        self.next_change += 1;
        self.next_change
    }

    pub(super) fn add_user(&mut self, name: &str, email: &str, role: &'static str) -> u64 {
        let id = self.new_id();
        let user = User {
            id,
            name: name.to_owned(),
            email: email.to_owned(),
            role,
            locale: "en-US".to_owned(),
            zone: None,
            zone_name: None,
            organization_id: None,
            created_at: self.now(),
            deleted: false,
            verified: [true, true],
            suspended: false,
            bounced: false,
            external_id: None,
        };
        self.users.insert(id, user);
        id
    }

    /// The organization of this name, created if it is new.
    pub(super) fn organization(&mut self, name: &str) -> &mut Organization {
        let found = self.organizations.values().find(|known| known.name == name).map(|known| known.id);
        let id = found.unwrap_or_else(|| self.new_id());
        let now = self.now();
        self.organizations.entry(id).or_insert_with(|| Organization {
            id,
            name: name.to_owned(),
            fields: BTreeMap::new(),
            domain_names: Vec::new(),
            created_at: now,
            updated_at: now,
        })
    }

    /// The users and organizations that these tickets refer to, each once, as far as `include` asks for them.
    pub(super) fn side_loads(&self, include: Option<&str>, tickets: &[&Ticket]) -> Vec<(&'static str, Value)> {
        let wanted: BTreeSet<&str> = include.unwrap_or_default().split(',').map(str::trim).collect();
        let mut loads = Vec::new();
        if wanted.contains("users") {
            let ids: BTreeSet<u64> = tickets
                .iter()
                .flat_map(|ticket| [Some(ticket.requester_id), Some(ticket.submitter_id), ticket.assignee_id])
                .flatten()
                .collect();
            loads.push(("users", self.users_json(ids.iter())));
        }
        if wanted.contains("organizations") {
            let ids: BTreeSet<u64> = tickets.iter().filter_map(|ticket| ticket.organization_id).collect();
            let known = ids.iter().filter_map(|id| self.organizations.get(id));
            loads.push(("organizations", known.map(|known| known.json(&self.base)).collect()));
        }
        loads
    }

    pub(super) fn users_json<'a>(&self, ids: impl Iterator<Item = &'a u64>) -> Value {
        ids.filter_map(|id| self.users.get(id)).map(|user| user.json(&self.base)).collect()
    }

    /// The identities of these users, all in one list (support.zendesk.com, 4410103990042).
    pub(super) fn identities_json<'a>(&self, ids: impl Iterator<Item = &'a u64>) -> Value {
        let of_each = ids.filter_map(|id| self.users.get(id)).map(|user| user.identities(&self.base));
        of_each.filter_map(|list| list.as_array().cloned()).flatten().collect()
    }
}

/// The custom field `plan`, a drop-down.
pub(super) const PLAN_FIELD: u64 = 360_001;
/// The custom field in which a caller may keep its own state.
pub(super) const STATE_FIELD: u64 = 360_002;

fn standard_fields(base: &str) -> Vec<Value> {
    let field = |id: u64, kind: &str, title: &str, removable: bool| {
        json!({
            "id": id, "url": format!("{base}/api/v2/ticket_fields/{id}.json"), "type": kind, "title": title,
            "raw_title": title, "key": null, "active": true, "required": false, "removable": removable,
            "position": 1, "tag": null, "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z",
        })
    };
    vec![
        field(360_000, "subject", "Subject", false),
        field(PLAN_FIELD, "tagger", "Plan", true),
        field(STATE_FIELD, "text", "Heard", true),
    ]
}
