//! Who wrote, and whom they write for.
//!
//! A requester is the helpdesk's record of a person; the customer is the person, who may have several records.

mod name;

use serde::{Deserialize, Serialize};

pub use self::name::{PersonName, person_name};
use super::id::{CustomerId, OrganizationId};
use crate::base::clock::Time;

/// The person behind one or more requesters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Our id.
    pub id: CustomerId,
    /// The name as the helpdesk has it; empty if there is none.
    pub name: String,
    /// The address, lower-cased; absent for customers who write by chat or phone.
    pub email: Option<String>,
    /// BCP 47, such as `de` or `pt-BR`; absent if the helpdesk does not know.
    pub locale: Option<String>,
    /// The name of their time zone as the helpdesk says it, such as `Europe/Berlin`. It may name none.
    pub time_zone: Option<String>,
    /// When they asked to be told nothing more, by any of their helpdesks.
    pub opted_out_at: Option<Time>,
    /// When Heard first saw them.
    pub created_at: Time,
}

impl Customer {
    /// What our own people call them: their name, or their address if the helpdesk knows no name. Empty without either.
    #[must_use]
    pub fn called(&self) -> &str {
        let name = Some(self.name.trim()).filter(|name| !name.is_empty());
        name.or(self.email.as_deref()).unwrap_or_default()
    }
}

/// The customer's company, with what makes it important.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Our id.
    pub id: OrganizationId,
    /// The name as the helpdesk has it.
    pub name: String,
    /// The plan they pay for, as the company names it.
    pub plan: Option<String>,
    /// Revenue per year, in cents of the company's currency.
    pub revenue_cents: Option<i64>,
    /// The day their contract renews.
    pub renewal_at: Option<Time>,
    /// The kind of customer, as the company names it.
    pub segment: Option<String>,
}

/// An e-mail address in the form in which two records are compared.
pub fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    (text.contains('@') && !text.contains(char::is_whitespace)).then_some(text)
}

/// Whether somebody is a mail system, which reports what it could not deliver. The address says so; a name, which anybody may choose,
/// counts only where there is no address.
pub fn is_mailer(name: &str, email: &str) -> bool {
    let local = email.split('@').next().unwrap_or_default().trim().to_lowercase();
    let name = name.trim().to_lowercase();
    let is_system = |text: &str| {
        ["mailer-daemon", "mailerdaemon", "postmaster", "mail delivery s", "mail-daemon"]
            .iter()
            .any(|word| text.starts_with(word))
    };
    if local.is_empty() { is_system(&name) } else { is_system(&local) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_its_case_and_space() {
        assert_eq!(normal_email(" Ann@Acme.Test "), Some("ann@acme.test".into()));
        assert_eq!(normal_email("ann"), None);
    }

    #[test]
    fn a_mail_system_is_known_by_its_address() {
        assert!(is_mailer("Mail Delivery Subsystem", "mailer-daemon@mx.test") && is_mailer("", "Postmaster@acme.test"));
        assert!(is_mailer("Mail Delivery System", ""), "nothing else is known");
        assert!(!is_mailer("Mail Delivery Subsystem", "mallory@evil.test"));
        assert!(!is_mailer("Ann Doe", "ann@acme.test"));
    }
}
