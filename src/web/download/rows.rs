//! The lists that can be exported, a page at a time, each with its columns.

use std::vec::IntoIter;

use super::table::Cell;
use crate::{
    base::clock::Time,
    flow::{App, ranking::ScoredTopic},
    model::id::{CustomerId, TicketId, TopicId, UpdateId},
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
    pub(super) async fn next(&mut self, app: &App) -> Result<Vec<Vec<Cell>>, StoreError> {
        match self {
            Self::Topics { rest, with_amounts } => {
                let page = rest.by_ref().take(usize::try_from(AT_ONCE).unwrap_or_default());
                Ok(page.map(|found| topic(found, *with_amounts)).collect())
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
                Ok(page.into_iter().map(customer).collect())
            }
        }
    }
}

fn word(word: &str) -> Cell {
    Cell::Text(word.to_owned())
}

fn topic(ScoredTopic { weighed, score }: ScoredTopic, with_amounts: bool) -> Vec<Cell> {
    let WeighedTopic { topic, impact, issue, .. } = weighed;
    let (name, url) = match issue {
        Some(issue) => (Some(format!("{}#{}", issue.repository, issue.number)), issue.url),
        None => (None, None),
    };
    vec![
        Cell::Text(topic.id.to_string()),
        word(topic.kind.as_str()),
        Cell::Text(topic.title),
        word(topic.state.as_str()),
        Cell::text(topic.brand),
        Cell::Number(impact.customers),
        Cell::Number(impact.likely.customers),
        Cell::Number(impact.organizations),
        Cell::Number(impact.tickets),
        Cell::number(Some(impact.revenue_cents).filter(|_| with_amounts)),
        Cell::Number(impact.renewals),
        Cell::Number(score.total),
        Cell::text(name),
        Cell::text(url),
        Cell::At(topic.first_seen_at),
        Cell::At(topic.last_seen_at),
    ]
}

fn ticket(row: ListedTicket) -> Vec<Cell> {
    vec![
        Cell::Text(row.id.to_string()),
        Cell::Text(row.connection),
        Cell::Text(row.external_id),
        Cell::Text(row.subject),
        word(row.status.as_str()),
        Cell::text(row.brand),
        Cell::Text(row.customer.to_string()),
        Cell::Text(row.customer_name),
        Cell::text(row.customer_email),
        Cell::text(row.organization_name),
        Cell::text(row.topic.map(|topic| topic.to_string())),
        Cell::text(row.topic_title),
        Cell::At(row.created_at),
        Cell::text(row.url),
    ]
}

fn update(row: ListedUpdate) -> Vec<Cell> {
    vec![
        Cell::Text(row.id.to_string()),
        word(row.kind.as_str()),
        word(row.state.as_str()),
        Cell::text(row.reason),
        Cell::Text(row.topic.to_string()),
        Cell::Text(row.topic_title),
        Cell::Text(row.customer.to_string()),
        Cell::Text(row.customer_name),
        Cell::text(row.customer_email),
        Cell::Text(row.connection),
        Cell::Text(row.external_id),
        Cell::at(row.due_at),
        Cell::at(row.sent_at),
    ]
}

fn customer(row: ListedCustomer) -> Vec<Cell> {
    vec![
        Cell::Text(row.id.to_string()),
        Cell::Text(row.name),
        Cell::text(row.email),
        Cell::text(row.organization_name),
        Cell::text(row.plan),
        Cell::number(row.revenue_cents),
        Cell::at(row.renewal_at),
        Cell::Number(row.tickets),
        Cell::At(row.first_at),
        Cell::At(row.last_at),
        Cell::at(row.told_at),
        Cell::text(row.verdict.map(|verdict| verdict.as_str().to_owned())),
    ]
}
