//! Reads a body of any shape as tickets and messages, by the mapping in the settings.
//!
//! A field that the mapping does not name, or that the body does not have, is absent. Only the ticket's id, its requester and
//! one instant are required; if one is missing, the error says which.

use serde::Deserialize;
use serde_json::Value;
use tracing::debug;

use super::{
    condition::{Condition, ConditionAnswer, one_of},
    field::{FieldWord, MappedField},
    place::BodyPlace,
};
use crate::{
    base::clock::Time,
    helpdesk::{
        HelpdeskEvent, MessageSnapshot, OrganizationSnapshot, PersonSnapshot, TicketChange, TicketSnapshot,
        UnreadableDelivery, account_value, lenient, markup,
    },
    model::{
        customer,
        ticket::{MessageAuthor, MessageTrust, TicketChannel, TicketStatus},
    },
};

/// The mapping of one body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    /// The delivery's name for itself, shown if it is ignored.
    event: Option<MappedField>,
    /// The delivery's id, for senders that do not sign.
    key: Option<MappedField>,
    /// Who made the change.
    actor: Option<MappedField>,
    /// `good` or `bad`, if the delivery is a rating.
    rating: Option<MappedField>,
    /// A delivery for which one of these is true is ignored.
    #[serde(default)]
    ignore: Vec<Condition>,
    ticket: TicketMapping,
    pub(super) messages: Option<MessageMapping>,
    /// Whether every address is known to be its person's, by the connection's settings.
    #[serde(skip)]
    pub(super) verified_addresses: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TicketMapping {
    id: MappedField,
    url: Option<MappedField>,
    brand: Option<MappedField>,
    subject: Option<MappedField>,
    status: Option<MappedField>,
    tags: Option<MappedField>,
    description: Option<MappedField>,
    channel: Option<MappedField>,
    created_at: Option<MappedField>,
    changed_at: Option<MappedField>,
    merged_into: Option<MappedField>,
    follow_up_of: Option<MappedField>,
    problem: Option<MappedField>,
    /// A ticket for which one of these is true is read by others than its requester.
    #[serde(default)]
    shared_when: Vec<Condition>,
    requester: Option<PersonMapping>,
    organization: Option<OrganizationMapping>,
    agent: Option<PersonMapping>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonMapping {
    id: Option<MappedField>,
    name: Option<MappedField>,
    email: Option<MappedField>,
    /// Whether the address is known to be theirs.
    verified: Option<MappedField>,
    company_id: Option<MappedField>,
    locale: Option<MappedField>,
    time_zone: Option<MappedField>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationMapping {
    id: Option<MappedField>,
    name: Option<MappedField>,
    plan: Option<MappedField>,
    revenue: Option<MappedField>,
    renewal: Option<MappedField>,
    segment: Option<MappedField>,
}

/// Which bodies are HTML: all or none, or those of rows for which one of these is true.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum HtmlRows {
    All(bool),
    When(Vec<Condition>),
}

impl Default for HtmlRows {
    fn default() -> Self {
        Self::All(false)
    }
}

impl HtmlRows {
    fn has(&self, row: &Value, top: &Value) -> bool {
        match self {
            Self::All(all) => *all,
            Self::When(conditions) => one_of(conditions, row, top) == ConditionAnswer::Yes,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageMapping {
    /// The list of messages, or the one message.
    each: BodyPlace,
    /// A row for which one of these is true is no message.
    #[serde(default)]
    ignore: Vec<Condition>,
    id: MappedField,
    author: Option<MappedField>,
    /// If the author is not given: a row for which one of these is true is the customer's.
    #[serde(default)]
    customer_when: Vec<Condition>,
    author_id: Option<MappedField>,
    /// The author's address, where the id is none: it tells a mail system from a person.
    author_email: Option<MappedField>,
    public: Option<MappedField>,
    trust: Option<MappedField>,
    body: MappedField,
    /// Whether the body is HTML.
    #[serde(default)]
    html: HtmlRows,
    created_at: Option<MappedField>,
}

fn text(field: Option<&MappedField>, row: &Value, top: &Value) -> Option<String> {
    field.and_then(|field| field.text(row, top))
}

impl Mapping {
    pub(super) fn key(&self, body: &Value) -> Option<String> {
        text(self.key.as_ref(), body, body)
    }

    /// What a delivery says. With `reads_tickets`, it is without the ticket and its messages, which will be read
    /// anyway.
    pub(super) fn events(&self, body: &Value, reads_tickets: bool) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
        match one_of(&self.ignore, body, body) {
            ConditionAnswer::Yes => {
                let event = text(self.event.as_ref(), body, body);
                return Ok(vec![HelpdeskEvent::Ignored(event.unwrap_or_else(|| "without a name".to_owned()))]);
            }
            ConditionAnswer::Unclear => {
                let why = "it cannot be told whether it is to be ignored: a condition in ignore finds neither yes nor no, or the \
                           words it looks for only as names within a value";
                return Err(UnreadableDelivery(why.to_owned()));
            }
            ConditionAnswer::No => {}
        }
        let ticket = self.ticket.id(body).map_err(UnreadableDelivery)?;
        let status = self.ticket.status(body);
        let into = text(self.ticket.merged_into.as_ref(), body, body).filter(|into| *into != ticket);
        match (status, into) {
            (TicketStatus::Deleted, _) => return Ok(vec![HelpdeskEvent::Deleted { ticket }]),
            (_, Some(into)) => return Ok(vec![HelpdeskEvent::Merged { ticket, into }]),
            _ => {}
        }
        match text(self.rating.as_ref(), body, body).as_deref() {
            Some("good") => return Ok(vec![HelpdeskEvent::Rated { ticket, good: true }]),
            Some("bad") => return Ok(vec![HelpdeskEvent::Rated { ticket, good: false }]),
            _ => {}
        }
        let actor = text(self.actor.as_ref(), body, body);
        let change = if reads_tickets {
            TicketChange { ticket, actor, ..TicketChange::default() }
        } else {
            let messages = self.messages(body);
            // A delivery about a message does not have to repeat the ticket.
            let snapshot = match self.ticket(body) {
                Ok(snapshot) => Some(snapshot),
                Err(_) if !messages.is_empty() => None,
                Err(lacking) => return Err(UnreadableDelivery(lacking)),
            };
            TicketChange { ticket, actor, snapshot, messages }
        };
        Ok(vec![HelpdeskEvent::Ticket(Box::new(change))])
    }

    /// The ticket in a body.
    ///
    /// # Errors
    /// Which part of a ticket is missing.
    pub(super) fn ticket(&self, body: &Value) -> Result<TicketSnapshot, String> {
        let map = &self.ticket;
        let get = |field: &Option<MappedField>| text(field.as_ref(), body, body);
        let time = |field: &Option<MappedField>| field.as_ref()?.value(body, body).as_ref().and_then(lenient::time);
        let external_id = map.id(body)?;
        let (created_at, changed_at) = (time(&map.created_at), time(&map.changed_at));
        let absent = |what: &str| {
            format!(
                "ticket {external_id} has no {what} where the mapping looks for it; if such tickets are right, leave them out with \
                 a condition in ignore"
            )
        };
        let merged_into = get(&map.merged_into).filter(|into| *into != external_id);
        Ok(TicketSnapshot {
            url: get(&map.url).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            brand: get(&map.brand),
            subject: get(&map.subject).unwrap_or_default(),
            status: if merged_into.is_some() { TicketStatus::Merged } else { map.status(body) },
            tags: map
                .tags
                .as_ref()
                .and_then(|tags| tags.values(body, body))
                .map_or_else(Vec::new, |t| lenient::words(&t)),
            requester: self.requester(body).ok_or_else(|| absent("requester"))?,
            organization: map.organization.as_ref().and_then(|map| map.organization(body)),
            agent: map.agent.as_ref().and_then(|map| map.person(body)),
            // Whoever sets a helpdesk up knows what its replies do.
            channel: get(&map.channel).map_or(TicketChannel::Mail, |word| {
                TicketChannel::parse(&word.to_lowercase()).unwrap_or(TicketChannel::Unknown)
            }),
            created_at: created_at.or(changed_at).ok_or_else(|| absent("created_at or changed_at"))?,
            changed_at: changed_at.or(created_at).ok_or_else(|| absent("created_at or changed_at"))?,
            merged_into,
            follow_up_of: get(&map.follow_up_of),
            problem: get(&map.problem),
            // What is unclear counts as shared: then nothing personal is sent there.
            reaches_others: one_of(&map.shared_when, body, body) != ConditionAnswer::No,
            description: get(&map.description).as_deref().map(markup::tidy),
            described_by: None,
            external_id,
        })
    }

    fn requester(&self, body: &Value) -> Option<PersonSnapshot> {
        let person = self.ticket.requester.as_ref()?.person(body)?;
        Some(PersonSnapshot { verified: person.verified || self.verified_addresses, ..person })
    }

    /// The messages in a body, in its order. A row without an id is no message, nor is one without a text unless a customer
    /// sent it.
    pub(super) fn messages(&self, body: &Value) -> Vec<MessageSnapshot> {
        let Some(map) = &self.messages else { return Vec::new() };
        map.read(&map.rows(body), body, self.changed_at(body))
    }

    /// When the ticket in a body changed; messages without a time of their own are of then.
    pub(super) fn changed_at(&self, body: &Value) -> Option<Time> {
        self.ticket(body).ok().map(|ticket| ticket.changed_at)
    }
}

impl TicketMapping {
    fn id(&self, body: &Value) -> Result<String, String> {
        self.id.text(body, body).ok_or_else(|| "there is no ticket's id where the mapping looks for it".to_owned())
    }

    fn status(&self, body: &Value) -> TicketStatus {
        text(self.status.as_ref(), body, body).map_or(TicketStatus::Open, |word| status(&word))
    }
}

/// Our own words, and common ones of other helpdesks.
fn status(word: &str) -> TicketStatus {
    let word = word.to_lowercase();
    TicketStatus::parse(&word).unwrap_or_else(|| match word.as_str() {
        "new" | "reopened" | "active" => TicketStatus::Open,
        "hold" | "on_hold" | "on hold" | "stalled" | "waiting" => TicketStatus::Pending,
        "resolved" | "done" | "completed" | "rejected" => TicketStatus::Solved,
        "spam" => TicketStatus::Deleted,
        unknown => {
            debug!(status = unknown, "A status is not in the mapping's words; it counts as open");
            TicketStatus::Open
        }
    })
}

impl PersonMapping {
    /// A person who has an id, or at least a mail address.
    fn person(&self, body: &Value) -> Option<PersonSnapshot> {
        let get = |field: &Option<MappedField>| text(field.as_ref(), body, body);
        let email = get(&self.email);
        let external_id = get(&self.id).or_else(|| email.clone())?;
        Some(PersonSnapshot {
            external_id,
            name: get(&self.name).unwrap_or_default(),
            email,
            verified: self.verified.as_ref().and_then(|field| field.flag(body, body)) == Some(true),
            company_id: get(&self.company_id),
            locale: get(&self.locale),
            time_zone: get(&self.time_zone),
            standing: None,
        })
    }
}

impl OrganizationMapping {
    fn organization(&self, body: &Value) -> Option<OrganizationSnapshot> {
        let get = |field: &Option<MappedField>| text(field.as_ref(), body, body);
        let value = |field: &Option<MappedField>| field.as_ref().and_then(|field| field.value(body, body));
        let name = get(&self.name);
        let external_id = get(&self.id).or_else(|| name.clone())?;
        let revenue = value(&self.revenue);
        Some(OrganizationSnapshot {
            external_id,
            name: name.unwrap_or_default(),
            plan: get(&self.plan),
            revenue_cents: revenue.as_ref().and_then(account_value::cents),
            revenue_currency: revenue.as_ref().and_then(account_value::currency),
            renewal_at: value(&self.renewal).as_ref().and_then(account_value::day),
            segment: get(&self.segment),
        })
    }
}

impl MessageMapping {
    /// The rows of a body, messages or not.
    pub(super) fn rows(&self, body: &Value) -> Vec<Value> {
        self.each.rows(body, body).into_iter().cloned().collect()
    }

    /// The messages among rows of a body, in their order. Those without a time of their own are of `changed_at`.
    pub(super) fn read(&self, rows: &[Value], body: &Value, changed_at: Option<Time>) -> Vec<MessageSnapshot> {
        rows.iter().filter_map(|row| self.message(row, body, changed_at)).collect()
    }

    fn message(&self, row: &Value, top: &Value, changed_at: Option<Time>) -> Option<MessageSnapshot> {
        let ignored = one_of(&self.ignore, row, top);
        if ignored == ConditionAnswer::Yes {
            return None;
        }
        let get = |field: &Option<MappedField>| text(field.as_ref(), row, top);
        let value = |field: &Option<MappedField>| field.as_ref().and_then(|field| field.value(row, top));
        let body = self.body.text(row, top).unwrap_or_default();
        let author_id = get(&self.author_id);
        let by_word = self.author.as_ref().and_then(|field| match field.said(row, top) {
            FieldWord::Word(word) => lenient::text(&word).and_then(|word| MessageAuthor::parse(&word.to_lowercase())),
            FieldWord::Unclear => Some(MessageAuthor::Agent),
            FieldWord::Nothing => None,
        });
        let by_condition = || {
            let customer = self.customer_when.iter().any(|condition| condition.holds_for_all(row, top));
            if customer { MessageAuthor::Customer } else { MessageAuthor::Agent }
        };
        let author = by_word.unwrap_or_else(by_condition);
        // A message that is not explicitly public is internal (G6, nothing private leaves). So is one of which it is unclear
        // whether it is to be left out.
        let public = self.public.as_ref().and_then(|field| field.flag(row, top)) == Some(true);
        let public = public && ignored == ConditionAnswer::No;
        // A customer who sends a picture alone, or has said it all in the subject, has written as well.
        if body.is_empty() && !(public && author == MessageAuthor::Customer) {
            return None;
        }
        Some(MessageSnapshot {
            external_id: self.id.text(row, top)?,
            author,
            by_mailer: get(&self.author_email)
                .or_else(|| author_id.clone())
                .is_some_and(|address| address.contains('@') && customer::is_mailer("", &address)),
            author_external_id: author_id,
            // A word that is none of ours says that there is something about it.
            trust: get(&self.trust).map_or(MessageTrust::Trusted, |word| {
                MessageTrust::parse(&word.to_lowercase()).unwrap_or(MessageTrust::Doubted)
            }),
            public,
            body: if self.html.has(row, top) { markup::plain(&body) } else { markup::tidy(&body) },
            as_shown: body,
            written_with: None,
            created_at: value(&self.created_at).as_ref().and_then(lenient::time).or(changed_at)?,
        })
    }
}
