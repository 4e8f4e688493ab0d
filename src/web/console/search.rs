//! Finds anything: topics, tickets, customers, organizations and issues, by words, a number, or an address that was pasted.
//!
//! The palette that Ctrl K opens asks this same page, and takes over what it found. Whoever may not know customers finds topics only.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::shell::{self, Answer, FlashQuery, Shell};
use crate::{
    base::clock::Time,
    flow::search::{self, Hits, SearchResults},
    model::{
        currency::Currency,
        role::{Privilege, right},
    },
    store::search::{COUNTED, CustomerHit, OrganizationHit, TicketHit, TopicHit},
    web::{
        may::May,
        ui::{self, Html},
    },
};

/// How many of each kind are shown.
const SHOWN: usize = 8;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/search", web::get().to(show));
}

#[derive(Deserialize)]
struct SearchAddress {
    q: Option<String>,
    /// Only what belongs to this brand.
    brand: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

/// Something that was found.
struct HitLine {
    address: String,
    picture: Html,
    name: String,
    state: Html,
    /// What tells it from others of this name.
    note: String,
}

/// What was found of one kind.
struct HitGroup {
    name: &'static str,
    lines: Vec<HitLine>,
    more: bool,
    /// Where all of them are listed, if anywhere.
    all: Option<String>,
}

#[derive(Template)]
#[template(path = "console/search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    brand: String,
    groups: Vec<HitGroup>,
    is_cut: bool,
}

async fn show(May { app, caller, .. }: May<right::ReadTopics>, asked: web::Query<SearchAddress>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "search", &asked.said).await?;
    let q = asked.q.as_deref().unwrap_or_default().trim().to_owned();
    let brand = asked.brand.as_deref().map(str::trim).filter(|brand| !brand.is_empty());
    let found = search::search(&mut conn, &q, brand, SHOWN, caller.may(Privilege::ReadCustomers)).await?;
    Ok(ui::page(&SearchPage {
        shell,
        brand: brand.unwrap_or_default().to_owned(),
        is_cut: found.is_cut,
        groups: groups(found, &q, app.settings.currency, now),
        q,
    }))
}

fn groups(found: SearchResults, q: &str, currency: Option<Currency>, now: Time) -> Vec<HitGroup> {
    let SearchResults { topics, tickets, customers, organizations, .. } = found;
    let words = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    let groups = [
        group("Topics", topics, Some(format!("/topics?{words}")), |hit| topic(hit, now)),
        group("Tickets", tickets, None, |hit| ticket(hit, now)),
        group("Customers", customers, None, |hit| customer(hit, now)),
        group("Organizations", organizations, None, |hit| organization(hit, currency, now)),
    ];
    groups.into_iter().filter(|group| !group.lines.is_empty()).collect()
}

fn group<T>(name: &'static str, hits: Hits<T>, all: Option<String>, line: impl Fn(T) -> HitLine) -> HitGroup {
    HitGroup { name, more: hits.more, all, lines: hits.rows.into_iter().map(line).collect() }
}

/// A number that was counted up to a bound.
fn counted(number: i64, one: &str, many: &str) -> String {
    if number < COUNTED { ui::count(number, one, many) } else { format!("{COUNTED} {many} or more") }
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

fn topic(hit: TopicHit, now: Time) -> HitLine {
    HitLine {
        address: format!("/topics/{}", hit.id),
        picture: ui::kind(hit.kind),
        name: hit.title,
        state: ui::states::topic_state(hit.state, hit.cycle),
        note: joined([
            ui::brand(hit.brand.as_deref()).map(str::to_owned),
            Some(ui::count(hit.customers, "customer", "customers")),
            hit.repository.zip(hit.number).map(|(repository, number)| format!("{repository}#{number}")),
            Some(format!("last heard {}", ui::said(hit.last_seen_at, now))),
        ]),
    }
}

fn ticket(hit: TicketHit, now: Time) -> HitLine {
    let name = if hit.internal { "An internal ticket".to_owned() } else { hit.subject };
    HitLine {
        address: format!("/tickets/{}", hit.id),
        picture: ui::icon("ticket"),
        name: if name.trim().is_empty() { "A ticket without a subject".to_owned() } else { name },
        state: Html::default(),
        note: joined([
            Some(format!("{} {}", hit.connection, hit.external_id)),
            ui::brand(hit.brand.as_deref()).map(str::to_owned),
            Some(ui::name(&hit.customer_name).to_owned()),
            Some(hit.status.to_string()),
            Some(format!("written {}", ui::said(hit.created_at, now))),
            hit.topic_title.map(|title| format!("in {}", ui::shortened(&title, 60))),
        ]),
    }
}

fn customer(hit: CustomerHit, now: Time) -> HitLine {
    let CustomerHit { id, name, email, organization, tickets, last_at } = hit;
    let named = Some(name.trim()).filter(|name| !name.is_empty());
    let called = named.or(email.as_deref()).unwrap_or_default().to_owned();
    HitLine {
        address: format!("/tickets?customer={id}"),
        picture: ui::person(&called),
        name: ui::name(&called).to_owned(),
        state: Html::default(),
        note: joined([
            email.filter(|email| *email != called),
            organization,
            Some(counted(tickets, "ticket", "tickets")),
            last_at.map(|at| format!("last wrote {}", ui::said(at, now))),
        ]),
    }
}

fn organization(hit: OrganizationHit, currency: Option<Currency>, now: Time) -> HitLine {
    HitLine {
        address: format!("/tickets?organization={}", hit.id),
        picture: ui::icon("org"),
        name: if hit.name.trim().is_empty() { "An organization without a name".to_owned() } else { hit.name },
        state: Html::default(),
        note: joined([
            hit.plan,
            hit.revenue_cents
                .filter(|cents| *cents > 0)
                .map(|cents| format!("{} revenue a year", ui::amount(cents, currency))),
            Some(counted(hit.customers, "customer", "customers")),
            hit.last_at.map(|at| format!("last wrote {}", ui::said(at, now))),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_up_to_a_bound_says_so() {
        assert_eq!(counted(1, "ticket", "tickets"), "1 ticket");
        assert_eq!(counted(COUNTED, "ticket", "tickets"), "1000 tickets or more");
        assert_eq!(joined([Some("a".to_owned()), None, Some(String::new()), Some("b".to_owned())]), "a · b");
    }
}
