//! What a topic and a ticket look like in the API: the contract of every program that reads them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    base::clock::Time,
    flow::ranking::ScoredTopic,
    model::{
        decision::{Maker, Verdict},
        id::{CustomerId, TicketId, TopicId},
        impact::LikelyImpact,
        issue,
        spike::TopicSpike,
        topic::{TopicKind, TopicState},
    },
    store::{
        board::{IssueLine, WeighedTopic},
        ticket_views::TicketView,
    },
};

/// A topic.
#[derive(Serialize, ToSchema)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// What it is about.
    pub kind: TopicKind,
    /// What people call it.
    pub title: String,
    /// Where it is.
    pub state: TopicState,
    /// Tickets linked.
    pub ticket_count: i64,
    /// Customers behind them.
    pub customer_count: i64,
    /// Organizations behind them.
    pub organization_count: i64,
    /// Revenue a year of those organizations; null for a role that may not know amounts.
    pub revenue_cents: Option<i64>,
    /// What those tickets add that most probably belong here, and of which nobody has said so.
    pub likely: LikelyCounts,
    /// From 0 to 100; the topic's own page has the terms. What customers pay is no part of it for a role that may not know amounts.
    pub score: i64,
    /// Its issue, once GitHub has it.
    pub issue: Option<Issue>,
    /// That far more customers than usual raise it, while they do; null otherwise.
    pub spike: Option<Spike>,
    /// When the first ticket was written.
    pub first_seen_at: Time,
    /// When the newest ticket was written.
    pub last_seen_at: Time,
}

/// What the likely members of a topic add to it. Who is among its sure ones does not count again.
#[derive(Serialize, ToSchema)]
pub struct LikelyCounts {
    /// Tickets.
    pub ticket_count: i64,
    /// Customers.
    pub customer_count: i64,
    /// Organizations.
    pub organization_count: i64,
    /// Their revenue a year; null for a role that may not know amounts.
    pub revenue_cents: Option<i64>,
}

impl From<LikelyImpact> for LikelyCounts {
    fn from(likely: LikelyImpact) -> Self {
        let LikelyImpact { tickets, customers, organizations, revenue_cents } = likely;
        Self {
            ticket_count: tickets,
            customer_count: customers,
            organization_count: organizations,
            revenue_cents: Some(revenue_cents),
        }
    }
}

/// That far more customers than usual raise a topic.
#[derive(Serialize, ToSchema)]
pub struct Spike {
    /// When the first complaint of it was written.
    pub began_at: Time,
    /// When the newest complaint of it was written. It is over a day after that.
    pub last_at: Time,
    /// How many customers wrote in between, likely members too.
    pub customer_count: i64,
    /// How many customers a week there were before.
    pub usual_per_week: f64,
}

impl From<TopicSpike> for Spike {
    fn from(spike: TopicSpike) -> Self {
        let TopicSpike { began_at, last_at, customers, usual } = spike;
        Self { began_at, last_at, customer_count: customers, usual_per_week: usual }
    }
}

/// A topic's issue.
#[derive(Serialize, ToSchema)]
pub struct Issue {
    /// `owner/name`.
    pub repository: String,
    /// Its number.
    pub number: i64,
    /// Where to read it.
    pub url: Option<String>,
    /// Open or closed. Closed is not shipped.
    pub state: Option<issue::IssueState>,
}

impl From<IssueLine> for Issue {
    fn from(issue: IssueLine) -> Self {
        Self { repository: issue.repository, number: issue.number, url: issue.url, state: issue.state }
    }
}

impl From<ScoredTopic> for Topic {
    fn from(ScoredTopic { weighed, score }: ScoredTopic) -> Self {
        let WeighedTopic { topic, impact, issue, spike, .. } = weighed;
        Self {
            id: topic.id,
            kind: topic.kind,
            title: topic.title,
            state: topic.state,
            ticket_count: impact.tickets,
            customer_count: impact.customers,
            organization_count: impact.organizations,
            revenue_cents: Some(impact.revenue_cents),
            likely: impact.likely.into(),
            score: score.total,
            issue: issue.map(Issue::from),
            spike: spike.map(Spike::from),
            first_seen_at: topic.first_seen_at,
            last_seen_at: topic.last_seen_at,
        }
    }
}

impl Topic {
    /// As a role sees it that may not know amounts.
    pub fn without_amounts(mut self) -> Self {
        self.revenue_cents = None;
        self.likely.revenue_cents = None;
        self
    }
}

/// A ticket.
#[derive(Serialize, ToSchema)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The connection it came through.
    pub connection: String,
    /// The helpdesk's id.
    pub external_id: String,
    /// Where an agent opens it.
    pub url: Option<String>,
    /// As the customer or the helpdesk put it.
    pub subject: String,
    /// Its topic; null until it is grouped.
    pub topic: Option<TopicId>,
    /// What the machine decided: join, ask or new; null until it is grouped.
    pub decision: Option<Verdict>,
    /// Who has the last word on its topic, and since when; null until it is grouped.
    pub placed: Option<Placed>,
    /// Who wrote.
    pub customer: CustomerId,
    /// When the customer wrote.
    pub created_at: Time,
}

/// Who has the last word on a ticket's topic.
#[derive(Serialize, ToSchema)]
pub struct Placed {
    /// A person, or an agent by what they did in the helpdesk, or the machine until one decides.
    pub maker: Maker,
    /// What they decided.
    pub decision: Option<Verdict>,
    /// Who they are: `machine`, `admin`, `person:ID`, `token:ID`, `agent:CONNECTION:ID`, `helpdesk:CONNECTION` or `github:LOGIN`.
    pub by: Option<String>,
    /// When.
    pub at: Option<Time>,
}

impl From<TicketView> for Ticket {
    fn from(view: TicketView) -> Self {
        Self {
            id: view.ticket,
            connection: view.connection,
            external_id: view.external_id,
            url: view.url,
            subject: view.subject,
            decision: view.guess.filter(|_| view.topic.is_some()).map(|guess| guess.outcome.into()),
            placed: view.last_word.map(|word| Placed {
                maker: word.maker,
                decision: Some(word.verdict),
                by: Some(word.actor.as_str().to_owned()),
                at: Some(word.at),
            }),
            topic: view.topic,
            customer: view.customer,
            created_at: view.created_at,
        }
    }
}
