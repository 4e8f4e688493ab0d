//! Tickets as a list: everybody's, a customer's, an organization's, or a topic's; and the customers of a topic.
//!
//! What is filtered, in which order and with which columns stands in the address.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts::topic_id,
    columns::{ChosenColumns, ColumnName, address},
    shell::{self, Answer, ConsoleError, FlashQuery, Shell},
};
use crate::{
    base::clock::Time,
    model::{
        currency::Currency,
        customer::Customer,
        id::{CustomerId, OrganizationId, TicketId, TopicId},
        impact::days_until_renewal,
        role::right,
    },
    store::{
        Conn, customers,
        listed::{self, ListedCustomer, ListedTicket, TicketListFilter, TicketsOf},
        topics,
    },
    web::{
        may::May,
        ui::{self, Html},
    },
};

/// How many rows one page shows.
const PAGE: usize = 50;

/// The columns of the list of tickets that can be left out.
const TICKET_COLUMNS: &[ColumnName] = &[
    ("number", "Number"),
    ("customer", "Customer"),
    ("organization", "Organization"),
    ("topic", "Topic"),
    ("status", "Status"),
    ("written", "Written"),
];

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/tickets", web::get().to(show)).route("/topics/{id}/customers", web::get().to(show_customers));
}

/// What the address of the list says.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct TicketsAddress {
    customer: Option<String>,
    organization: Option<String>,
    topic: Option<String>,
    connection: Option<String>,
    sort: Option<String>,
    after: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

impl TicketsAddress {
    /// Which tickets it asks for. An id that is none asks for nothing.
    pub fn filter(&self) -> Result<TicketListFilter, ConsoleError> {
        let missing = || ConsoleError::missing("There is nobody and nothing of this id whose tickets could be listed.");
        let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        let of = if let Some(id) = given(self.customer.as_ref()) {
            TicketsOf::Customer(CustomerId::parse(&id).ok_or_else(missing)?)
        } else if let Some(id) = given(self.organization.as_ref()) {
            TicketsOf::Organization(OrganizationId::parse(&id).ok_or_else(missing)?)
        } else if let Some(id) = given(self.topic.as_ref()) {
            TicketsOf::Topic(TopicId::parse(&id).ok_or_else(missing)?)
        } else {
            TicketsOf::Everybody
        };
        let oldest_first = self.sort.as_deref() == Some("oldest");
        Ok(TicketListFilter { of, connection: given(self.connection.as_ref()), oldest_first })
    }

    /// What it says but for the page.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("customer", &self.customer),
            ("organization", &self.organization),
            ("topic", &self.topic),
            ("connection", &self.connection),
            ("sort", &self.sort),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// A place in a list: the time and the id of its last row.
fn place<T>(after: Option<&str>, parse: fn(&str) -> Option<T>) -> Option<(Time, T)> {
    let (at, id) = after?.split_once('-')?;
    Some((Time::from_micros(at.parse().ok()?), parse(id)?))
}

fn after(at: Time, id: impl std::fmt::Display) -> String {
    format!("{}-{id}", at.as_micros())
}

/// Who or what the list is about.
struct ListHead {
    name: String,
    note: String,
    /// Where more of it stands.
    address: Option<String>,
}

struct TicketRow {
    id: String,
    subject: String,
    number: String,
    customer: (String, String),
    organization: String,
    topic: Option<(String, String)>,
    state: Html,
    status: String,
    written: Html,
}

#[derive(Template)]
#[template(path = "console/tickets.html")]
struct TicketsPage {
    shell: Shell,
    head: Option<ListHead>,
    rows: Vec<TicketRow>,
    columns: ChosenColumns,
    /// What the form that chooses order and columns keeps: names and values.
    kept: Vec<(&'static str, String)>,
    connection: String,
    connections: Vec<(String, bool)>,
    oldest_first: bool,
    csv: String,
    jsonl: String,
    later: Option<String>,
}

async fn show(
    May { app, caller, .. }: May<right::ReadCustomers>,
    asked: web::Query<TicketsAddress>,
    pairs: web::Query<Vec<(String, String)>>,
) -> Answer {
    let now = app.clock.now();
    let filter = asked.filter()?;
    let (mut conn, shell) = shell::open(&app, &caller, "topics", &asked.said).await?;
    let head = head(&mut conn, filter.of, app.settings.currency, now).await?;
    let from = place(asked.after.as_deref(), TicketId::parse);
    let mut found = listed::tickets(&mut conn, &filter, from, i64::try_from(PAGE + 1).unwrap_or(i64::MAX)).await?;
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let columns = ChosenColumns::of(TICKET_COLUMNS, &pairs);
    let said = asked.pairs();
    let later = found.last().filter(|_| is_more).map(|row| after(row.created_at, row.id));
    let export = |format: &str| address("/export/tickets", said.iter().cloned().chain([("format", format.to_owned())]));
    Ok(ui::page(&TicketsPage {
        shell,
        head,
        csv: export("csv"),
        jsonl: export("jsonl"),
        later: later
            .map(|after| address("/tickets", said.iter().cloned().chain(columns.pairs()).chain([("after", after)]))),
        kept: said.iter().filter(|(name, _)| !matches!(*name, "sort" | "connection")).cloned().collect(),
        connections: app
            .connections
            .keys()
            .map(|name| (name.clone(), filter.connection.as_deref() == Some(name.as_str())))
            .collect(),
        connection: filter.connection.unwrap_or_default(),
        oldest_first: filter.oldest_first,
        rows: found.into_iter().map(|row| TicketRow::new(row, now)).collect(),
        columns,
    }))
}

async fn head(
    conn: &mut Conn,
    of: TicketsOf,
    currency: Option<Currency>,
    now: Time,
) -> Result<Option<ListHead>, ConsoleError> {
    let missing = || ConsoleError::missing("There is nobody and nothing of this id whose tickets could be listed.");
    Ok(match of {
        TicketsOf::Everybody => None,
        TicketsOf::Customer(id) => {
            let customer = customers::get(conn, id).await?.ok_or_else(missing)?;
            let left =
                customer.opted_out_at.map(|at| format!("wants to be told nothing more since {}", ui::said(at, now)));
            let email = customer.email.clone().filter(|email| *email != Customer::called(&customer));
            let facts = [email, customer.locale.clone(), left].into_iter().flatten().collect::<Vec<_>>();
            Some(ListHead { name: ui::name(customer.called()).to_owned(), note: facts.join(" · "), address: None })
        }
        TicketsOf::Organization(id) => {
            let organization = customers::get_organization(conn, id).await?.ok_or_else(missing)?;
            let revenue = organization.revenue_cents.filter(|cents| *cents > 0);
            let renews = organization.renewal_at.and_then(|at| days_until_renewal(at, now));
            let facts = [
                organization.plan,
                organization.segment,
                revenue.map(|cents| format!("{} revenue a year", ui::amount(cents, currency))),
                renews.map(|days| format!("renews in {}", ui::count(days, "day", "days"))),
            ];
            let note = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
            Some(ListHead { name: organization.name, note, address: None })
        }
        TicketsOf::Topic(id) => {
            let topic = topics::get(conn, id).await?.ok_or_else(missing)?;
            Some(ListHead { name: topic.title, note: String::new(), address: Some(format!("/topics/{}", topic.id)) })
        }
    })
}

impl TicketRow {
    fn new(row: ListedTicket, now: Time) -> Self {
        let subject = row.subject.trim();
        Self {
            id: row.id.to_string(),
            subject: if subject.is_empty() { "A ticket without a subject".to_owned() } else { subject.to_owned() },
            number: format!("{} {}", row.connection, row.external_id),
            customer: (row.customer.to_string(), ui::name(&row.customer_name).to_owned()),
            organization: row.organization_name.unwrap_or_default(),
            state: row.topic_state.map(|state| ui::states::topic_state(state, 0)).unwrap_or_default(),
            topic: row.topic.map(|topic| topic.to_string()).zip(row.topic_title.map(|title| ui::shortened(&title, 40))),
            status: row.status.to_string(),
            written: ui::when(row.created_at, now),
        }
    }
}

struct CustomerRow {
    id: String,
    person: Html,
    name: String,
    organization: String,
    plan: String,
    revenue: String,
    renews_in: Option<i64>,
    tickets: i64,
    last: Html,
    told: Option<Html>,
    verdict: Option<String>,
}

#[derive(Template)]
#[template(path = "console/customers.html")]
struct CustomersPage {
    shell: Shell,
    topic: (String, String),
    /// The heading of what they pay.
    revenue: String,
    rows: Vec<CustomerRow>,
    csv: String,
    jsonl: String,
    later: Option<String>,
}

#[derive(Deserialize)]
struct CustomersAddress {
    after: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

async fn show_customers(
    May { app, caller, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    asked: web::Query<CustomersAddress>,
) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "topics", &asked.said).await?;
    let topic = topics::current(&mut conn, topic_id(&path)?).await?;
    let topic = topic.ok_or_else(|| ConsoleError::missing("There is no such topic."))?;
    let from = place(asked.after.as_deref(), CustomerId::parse);
    let mut found = listed::customers(&mut conn, topic.id, from, i64::try_from(PAGE + 1).unwrap_or(i64::MAX)).await?;
    let is_more = found.len() > PAGE;
    found.truncate(PAGE);
    let later = found.last().filter(|_| is_more).map(|row| after(row.last_at, row.id));
    let export = |format: &str| format!("/export/topics/{}/customers?format={format}", topic.id);
    Ok(ui::page(&CustomersPage {
        shell,
        csv: export("csv"),
        jsonl: export("jsonl"),
        later: later.map(|after| address(&format!("/topics/{}/customers", topic.id), [("after", after)])),
        topic: (topic.id.to_string(), topic.title),
        revenue: ui::revenue(app.settings.currency),
        rows: found.into_iter().map(|row| customer_row(row, now)).collect(),
    }))
}

fn customer_row(row: ListedCustomer, now: Time) -> CustomerRow {
    let named = Some(row.name.trim()).filter(|name| !name.is_empty());
    let called = named.or(row.email.as_deref()).unwrap_or_default();
    CustomerRow {
        id: row.id.to_string(),
        person: ui::person(called),
        name: ui::name(called).to_owned(),
        organization: row.organization_name.unwrap_or_default(),
        plan: row.plan.unwrap_or_default(),
        revenue: ui::money(row.revenue_cents.unwrap_or_default()),
        renews_in: row.renewal_at.and_then(|at| days_until_renewal(at, now)),
        tickets: row.tickets,
        last: ui::when(row.last_at, now),
        told: row.told_at.map(|at| ui::when(at, now)),
        verdict: row.verdict.map(|verdict| verdict.as_str().replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_list_reads_back() {
        let id = TicketId::generate(Time::from_seconds(7));
        let there = after(Time::from_micros(1_234_567), id);
        assert_eq!(place(Some(&there), TicketId::parse), Some((Time::from_micros(1_234_567), id)));
        for nowhere in ["", "7", "x-y", "-"] {
            assert_eq!(place(Some(nowhere), TicketId::parse), None, "{nowhere:?}");
        }
    }

    #[test]
    fn an_address_asks_for_one_owner_and_a_wrong_id_for_nothing() {
        let id = CustomerId::generate(Time::from_seconds(7));
        let asked =
            TicketsAddress { customer: Some(id.to_string()), sort: Some("oldest".into()), ..TicketsAddress::default() };
        let filter = asked.filter().unwrap();
        assert_eq!((filter.of, filter.oldest_first), (TicketsOf::Customer(id), true));
        let wrong = TicketsAddress { topic: Some("x".into()), ..TicketsAddress::default() };
        assert!(wrong.filter().is_err());
        let empty = TicketsAddress { topic: Some(String::new()), ..TicketsAddress::default() };
        assert_eq!(empty.filter().unwrap().of, TicketsOf::Everybody);
    }
}
