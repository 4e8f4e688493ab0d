//! The lists that can be exported, a page at a time, each with its columns.

use std::vec::IntoIter;

use super::table::ListCell;
use crate::{
    base::clock::Time,
    flow::{App, ranking::ScoredTopic},
    model::{
        currency::Currency,
        id::{CustomerId, TicketId, TopicId, UpdateId},
    },
    store::{
        StoreError,
        board::WeighedTopic,
        listed::{self, ListedCustomer, ListedTicket, ListedUpdate, TicketListFilter, UpdatesOf},
    },
};

/// How many rows are read at a time.
const AT_ONCE: i64 = 500;

/// A list that is being exported.
pub enum ListedRows {
    /// The board: topics in its order.
    Topics {
        /// Those that are not written yet.
        rest: IntoIter<ScoredTopic>,
        /// Whether the reader may know what customers pay.
        with_amounts: bool,
    },
    /// Tickets.
    Tickets {
        /// Which.
        filter: TicketListFilter,
        /// The last one that was written.
        after: Option<(Time, TicketId)>,
    },
    /// Updates.
    Updates {
        /// Which.
        of: UpdatesOf,
        /// The last one that was written.
        after: Option<UpdateId>,
    },
    /// The customers of a topic.
    Customers {
        /// Which topic.
        topic: TopicId,
        /// The last one who was written.
        after: Option<(Time, CustomerId)>,
    },
}

impl ListedRows {
    /// What the rows are.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Topics { .. } => "topics",
            Self::Tickets { .. } => "tickets",
            Self::Updates { .. } => "updates",
            Self::Customers { .. } => "customers",
        }
    }

    pub(super) fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::Topics { .. } => &[
                "id",
                "kind",
                "title",
                "state",
                "brand",
                "customers",
                "likely_customers",
                "organizations",
                "tickets",
                "revenue_cents",
                "currency",
                "renewals",
                "score",
                "issue",
                "issue_url",
                "first_seen_at",
                "last_seen_at",
            ],
            Self::Tickets { .. } => &[
                "id",
                "connection",
                "external_id",
                "subject",
                "status",
                "brand",
                "customer",
                "customer_name",
                "customer_email",
                "organization",
                "topic",
                "topic_title",
                "created_at",
                "url",
            ],
            Self::Updates { .. } => &[
                "id",
                "milestone",
                "state",
                "reason",
                "topic",
                "topic_title",
                "customer",
                "customer_name",
                "customer_email",
                "connection",
                "ticket",
                "due_at",
                "sent_at",
            ],
            Self::Customers { .. } => &[
                "id",
                "name",
                "email",
                "organization",
                "plan",
                "revenue_cents",
                "currency",
                "renewal_at",
                "tickets",
                "first_at",
                "last_at",
                "told_at",
                "verdict",
            ],
        }
    }

    /// The next rows; none at the end.
    pub(super) async fn next(&mut self, app: &App) -> Result<Vec<Vec<ListCell>>, StoreError> {
        match self {
            Self::Topics { rest, with_amounts } => {
                let page = rest.by_ref().take(usize::try_from(AT_ONCE).unwrap_or_default());
                Ok(page.map(|found| topic(found, *with_amounts, app.settings.currency)).collect())
            }
            Self::Tickets { filter, after } => {
                let mut conn = app.database.read().await?;
                let page = listed::tickets(&mut conn, filter, *after, AT_ONCE).await?;
                *after = page.last().map(|row| (row.created_at, row.id)).or(*after);
                Ok(page.into_iter().map(ticket).collect())
            }
            Self::Updates { of, after } => {
                let mut conn = app.database.read().await?;
                let page = listed::updates(&mut conn, *of, *after, AT_ONCE).await?;
                *after = page.last().map(|row| row.id).or(*after);
                Ok(page.into_iter().map(update).collect())
            }
            Self::Customers { topic, after } => {
                let mut conn = app.database.read().await?;
                let page = listed::customers(&mut conn, *topic, *after, AT_ONCE).await?;
                *after = page.last().map(|row| (row.last_at, row.id)).or(*after);
                Ok(page.into_iter().map(|row| customer(row, app.settings.currency)).collect())
            }
        }
    }
}

fn word(word: &str) -> ListCell {
    ListCell::Text(word.to_owned())
}

/// The currency of an amount; nothing where there is no amount, or the settings say none.
fn currency(cents: Option<i64>, currency: Option<Currency>) -> ListCell {
    currency.filter(|_| cents.is_some()).map_or(ListCell::Nothing, |currency| word(currency.as_str()))
}

fn topic(ScoredTopic { weighed, score }: ScoredTopic, with_amounts: bool, paid_in: Option<Currency>) -> Vec<ListCell> {
    let WeighedTopic { topic, impact, issue, .. } = weighed;
    let (name, url) = match issue {
        Some(issue) => (Some(format!("{}#{}", issue.repository, issue.number)), issue.url),
        None => (None, None),
    };
    let revenue = Some(impact.revenue_cents).filter(|_| with_amounts);
    vec![
        ListCell::Text(topic.id.to_string()),
        word(topic.kind.as_str()),
        ListCell::Text(topic.title),
        word(topic.state.as_str()),
        ListCell::text(topic.brand),
        ListCell::Number(impact.customers),
        ListCell::Number(impact.likely.customers),
        ListCell::Number(impact.organizations),
        ListCell::Number(impact.tickets),
        ListCell::number(revenue),
        currency(revenue, paid_in),
        ListCell::Number(impact.renewals),
        ListCell::Number(score.total),
        ListCell::text(name),
        ListCell::text(url),
        ListCell::At(topic.first_seen_at),
        ListCell::At(topic.last_seen_at),
    ]
}

fn ticket(row: ListedTicket) -> Vec<ListCell> {
    vec![
        ListCell::Text(row.id.to_string()),
        ListCell::Text(row.connection),
        ListCell::Text(row.external_id),
        ListCell::Text(row.subject),
        word(row.status.as_str()),
        ListCell::text(row.brand),
        ListCell::Text(row.customer.to_string()),
        ListCell::Text(row.customer_name),
        ListCell::text(row.customer_email),
        ListCell::text(row.organization_name),
        ListCell::text(row.topic.map(|topic| topic.to_string())),
        ListCell::text(row.topic_title),
        ListCell::At(row.created_at),
        ListCell::text(row.url),
    ]
}

fn update(row: ListedUpdate) -> Vec<ListCell> {
    vec![
        ListCell::Text(row.id.to_string()),
        word(row.kind.as_str()),
        word(row.state.as_str()),
        ListCell::text(row.reason),
        ListCell::Text(row.topic.to_string()),
        ListCell::Text(row.topic_title),
        ListCell::Text(row.customer.to_string()),
        ListCell::Text(row.customer_name),
        ListCell::text(row.customer_email),
        ListCell::Text(row.connection),
        ListCell::Text(row.external_id),
        ListCell::at(row.due_at),
        ListCell::at(row.sent_at),
    ]
}

fn customer(row: ListedCustomer, paid_in: Option<Currency>) -> Vec<ListCell> {
    vec![
        ListCell::Text(row.id.to_string()),
        ListCell::Text(row.name),
        ListCell::text(row.email),
        ListCell::text(row.organization_name),
        ListCell::text(row.plan),
        ListCell::number(row.revenue_cents),
        currency(row.revenue_cents, paid_in),
        ListCell::at(row.renewal_at),
        ListCell::Number(row.tickets),
        ListCell::At(row.first_at),
        ListCell::At(row.last_at),
        ListCell::at(row.told_at),
        ListCell::text(row.verdict.map(|verdict| verdict.as_str().to_owned())),
    ]
}
