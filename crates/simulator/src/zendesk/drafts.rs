//! Builders for customers and tickets.

use serde_json::{Value, json};

use super::change::{TicketDraft, ZendeskActor};
use super::comment::CommentDraft;
use super::instance::Zendesk;

/// A customer to be added.
#[must_use = "`add` adds the customer"]
pub struct NewCustomer<'a> {
    pub(super) helpdesk: &'a Zendesk,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) locale: String,
    pub(super) zone: Option<String>,
    pub(super) zone_name: Option<String>,
    pub(super) company: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) verified: [bool; 2],
    pub(super) fields: Vec<(String, Value)>,
}

impl NewCustomer<'_> {
    /// The email address. By default it is made from the name.
    pub fn email(mut self, email: &str) -> Self {
        self.email = Some(email.to_owned());
        self
    }

    /// They typed an address, and nobody knows whether it is theirs (chatwoot/chatwoot#2762, chatwoot/chatwoot#4728).
    pub fn unverified(mut self) -> Self {
        self.verified = [false, false];
        self
    }

    /// Something of theirs is verified, and not the address.
    pub fn verified_by_something_else(mut self) -> Self {
        self.verified = [true, false];
        self
    }

    /// Zendesk knows no address of theirs: a caller, a visitor.
    pub fn without_address(self) -> Self {
        self.email("")
    }

    /// The id that the company itself gave them.
    pub fn external_id(mut self, id: &str) -> Self {
        self.external_id = Some(id.to_owned());
        self
    }

    /// Their language: `de`, `en-US`.
    pub fn locale(mut self, locale: &str) -> Self {
        locale.clone_into(&mut self.locale);
        self
    }

    /// Their time zone as Zendesk calls it for machines: `Europe/Berlin`. Without it, it is the account's.
    pub fn zone(mut self, zone: &str) -> Self {
        self.zone = Some(zone.to_owned());
        self
    }

    /// Their time zone as Rails calls it, and nothing else: `Eastern Time (US & Canada)`.
    pub fn zone_named(mut self, name: &str) -> Self {
        self.zone_name = Some(name.to_owned());
        self
    }

    /// Their company, created if it is new.
    pub fn of(mut self, company: &str) -> Self {
        self.company = Some(company.to_owned());
        self
    }

    /// The company's plan: organization field `plan`.
    pub fn plan(self, plan: &str) -> Self {
        self.company_field("plan", json!(plan))
    }

    /// What the company pays per year, as somebody wrote it into the field.
    pub fn revenue_written(self, text: &str) -> Self {
        self.company_field("arr", json!(text))
    }

    /// What the company pays per year, in whole currency units: organization field `arr`.
    pub fn revenue(self, revenue: u64) -> Self {
        self.company_field("arr", json!(revenue))
    }

    /// When the contract is renewed, such as `2026-12-31`: organization field `renewal_date`.
    pub fn renewal(self, date: &str) -> Self {
        self.company_field("renewal_date", json!(date))
    }

    fn company_field(mut self, key: &str, value: Value) -> Self {
        self.fields.push((key.to_owned(), value));
        self
    }

    /// Adds the customer and returns their user id.
    pub fn add(self) -> u64 {
        let Self { helpdesk, name, email, locale, zone, zone_name, company, external_id, verified, fields } = self;
        helpdesk.act(|state| {
            let email = email.unwrap_or_else(|| address_for(&name));
            let id = state.add_user(&name, &email, "end-user");
            let organization_id = company.map(|company| {
                let organization = state.organization(&company);
                organization.fields.extend(fields);
                organization.id
            });
            if let Some(user) = state.users.get_mut(&id) {
                user.locale = locale;
                user.zone = zone;
                user.zone_name = zone_name;
                user.external_id = external_id;
                user.verified = verified;
                user.organization_id = organization_id;
            }
            id
        })
    }
}

pub(super) fn address_for(name: &str) -> String {
    let local: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    format!("{local}@customer.test")
}

/// A ticket to be opened by a customer.
#[must_use = "`send` opens the ticket"]
pub struct NewTicket<'a> {
    pub(super) helpdesk: &'a Zendesk,
    pub(super) opening: TicketDraft,
    pub(super) body: String,
    pub(super) channel: &'static str,
}

impl NewTicket<'_> {
    /// The subject.
    pub fn subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.opening.subject);
        self
    }

    /// The message.
    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// Adds a tag.
    pub fn tag(mut self, tag: &str) -> Self {
        self.opening.tags.insert(tag.to_owned());
        self
    }

    /// The channel it comes through: `whatsapp`, `native_messaging`, `voice`.
    pub fn through(mut self, channel: &'static str) -> Self {
        self.channel = channel;
        self
    }

    /// The agent it is assigned to.
    pub fn assigned_to(mut self, agent: u64) -> Self {
        self.opening.assignee_id = Some(agent);
        self
    }

    /// Opens the ticket and returns its id.
    pub fn send(self) -> u64 {
        let Self { helpdesk, mut opening, body, channel } = self;
        let actor = ZendeskActor { user_id: opening.requester_id, channel };
        opening.words = Some(CommentDraft::plain(&body, true));
        helpdesk.act(|state| state.open(actor, opening))
    }
}
