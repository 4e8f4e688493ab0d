//! Customers and tickets about to be: what is said about them before they are there.

use serde_json::{Value, json};

use super::Helpdesk;
use super::change::{Actor, Opening};
use super::comment::Words;

/// A customer about to be known to the helpdesk.
#[must_use = "`add` makes the customer"]
pub struct NewCustomer<'a> {
    pub(super) helpdesk: &'a Helpdesk,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) locale: String,
    pub(super) company: Option<String>,
    pub(super) fields: Vec<(String, Value)>,
}

impl NewCustomer<'_> {
    /// The address; made from the name if it is not set.
    pub fn email(mut self, email: &str) -> Self {
        self.email = Some(email.to_owned());
        self
    }

    /// The language they are written to in: `de`, `en-US`.
    pub fn locale(mut self, locale: &str) -> Self {
        locale.clone_into(&mut self.locale);
        self
    }

    /// The company they write for, made if it is new.
    pub fn of(mut self, company: &str) -> Self {
        self.company = Some(company.to_owned());
        self
    }

    /// The company's plan: organization field `plan`.
    pub fn plan(self, plan: &str) -> Self {
        self.company_field("plan", json!(plan))
    }

    /// What the company pays in a year, in whole currency units: organization field `arr`.
    pub fn revenue(self, revenue: u64) -> Self {
        self.company_field("arr", json!(revenue))
    }

    /// When the company decides to stay, as `2026-12-31`: organization field `renewal_date`.
    pub fn renewal(self, date: &str) -> Self {
        self.company_field("renewal_date", json!(date))
    }

    /// Any other organization field.
    pub fn company_field(mut self, key: &str, value: Value) -> Self {
        self.fields.push((key.to_owned(), value));
        self
    }

    /// Makes the customer and returns their user id.
    pub fn add(self) -> u64 {
        let Self { helpdesk, name, email, locale, company, fields } = self;
        helpdesk.state.act(|desk| {
            let email = email.unwrap_or_else(|| address_for(&name));
            let id = desk.add_user(&name, &email, "end-user");
            let organization_id = company.map(|company| {
                let organization = desk.organization(&company);
                organization.fields.extend(fields);
                organization.id
            });
            if let Some(user) = desk.users.get_mut(&id) {
                user.locale = locale;
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

/// A ticket about to be written.
#[must_use = "`send` opens the ticket"]
pub struct NewTicket<'a> {
    pub(super) helpdesk: &'a Helpdesk,
    pub(super) opening: Opening,
    pub(super) body: String,
}

impl NewTicket<'_> {
    /// The first line.
    pub fn subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.opening.subject);
        self
    }

    /// The message.
    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// A tag it has from the start.
    pub fn tag(mut self, tag: &str) -> Self {
        self.opening.tags.insert(tag.to_owned());
        self
    }

    /// The brand it came in through.
    pub fn brand(mut self, brand_id: u64) -> Self {
        self.opening.brand_id = Some(brand_id);
        self
    }

    /// A custom field it has from the start.
    pub fn field(mut self, id: u64, value: Value) -> Self {
        self.opening.custom_fields.push((id, value));
        self
    }

    /// The agent who looks after it.
    pub fn assigned_to(mut self, agent: u64) -> Self {
        self.opening.assignee_id = Some(agent);
        self
    }

    /// Opens the ticket and returns its id.
    pub fn send(self) -> u64 {
        let Self { helpdesk, mut opening, body } = self;
        let actor = Actor { user_id: opening.requester_id, channel: "email" };
        opening.words = Some(Words::plain(&body, true));
        helpdesk.state.act(|desk| desk.open(actor, opening))
    }
}
