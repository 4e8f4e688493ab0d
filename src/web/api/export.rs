//! Everything that is kept of a customer, for their right to know.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{customers::Customer, request::id};
use crate::{
    base::clock::Time,
    flow::people::export::{self, CustomerExport},
    model::{
        id::{CustomerId, TopicId, UpdateId},
        milestone::MilestoneKind,
        role::right,
        ticket::Message,
        update::{CustomerVerdict, UpdateState},
    },
    web::{may::May, problem::Problem},
    wording::page_key::PLACEHOLDER,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(export_customer);
}

#[derive(Serialize, ToSchema)]
struct Export {
    /// The person.
    customer: Customer,
    /// Their records in helpdesks.
    records: Vec<ExportedRecord>,
    /// Their tickets.
    tickets: Vec<ExportedTicket>,
    /// What they were told, or are to be told.
    updates: Vec<ExportedUpdate>,
    /// What they answered.
    answers: Vec<ExportedAnswer>,
    /// How many links to their page work.
    links: i64,
}

#[derive(Serialize, ToSchema)]
struct ExportedRecord {
    /// The connection's name.
    connection: String,
    /// The helpdesk's id.
    external_id: String,
}

#[derive(Serialize, ToSchema)]
struct ExportedTicket {
    /// The connection's name.
    connection: String,
    /// The helpdesk's number.
    external_id: String,
    /// The subject.
    subject: String,
    /// The helpdesk's address of it.
    url: Option<String>,
    /// The tags.
    tags: Vec<String>,
    /// When it was opened.
    created_at: Time,
    /// The topic it is in.
    topic: Option<TopicId>,
    /// What was written in it, notes among agents too.
    messages: Vec<ExportedMessage>,
}

#[derive(Serialize, ToSchema)]
struct ExportedMessage {
    /// Who wrote it: `customer`, `agent`, `copied` or `heard`.
    author: &'static str,
    /// Whether the customer sees it.
    public: bool,
    /// The text.
    body: String,
    /// When it was written.
    created_at: Time,
}

#[derive(Serialize, ToSchema)]
struct ExportedUpdate {
    /// Its id.
    id: UpdateId,
    /// About which topic.
    topic: TopicId,
    /// About which step of it.
    milestone: MilestoneKind,
    /// Where it is.
    state: UpdateState,
    /// The text, without the key of their link.
    text: String,
    /// When they got it.
    sent_at: Option<Time>,
}

#[derive(Serialize, ToSchema)]
struct ExportedAnswer {
    /// About which topic.
    topic: TopicId,
    /// Whether it works.
    verdict: CustomerVerdict,
    /// How it came: `page`, `reply`, `rating` or `agent`.
    via: &'static str,
    /// One to five, if they tapped one.
    feeling: Option<i64>,
    /// Their words.
    words: Option<String>,
    /// When.
    said_at: Time,
}

impl From<CustomerExport> for Export {
    fn from(export: CustomerExport) -> Self {
        let CustomerExport { customer, records, tickets, updates, answers, links } = export;
        let record = |(connection, external_id)| ExportedRecord { connection, external_id };
        Self {
            customer: customer.into(),
            records: records.into_iter().map(record).collect(),
            tickets: tickets.into_iter().map(ExportedTicket::from).collect(),
            updates: updates
                .into_iter()
                .map(|update| ExportedUpdate {
                    id: update.id,
                    topic: update.topic,
                    milestone: update.kind,
                    state: update.state(),
                    text: update.text.replace(PLACEHOLDER, "…"),
                    sent_at: update.standing.sent_at(),
                })
                .collect(),
            answers: answers
                .into_iter()
                .map(|said| ExportedAnswer {
                    topic: said.topic,
                    verdict: said.verdict,
                    via: said.via.as_str(),
                    feeling: said.feeling,
                    words: said.words,
                    said_at: said.confirmed_at,
                })
                .collect(),
            links,
        }
    }
}

impl From<export::ExportedTicket> for ExportedTicket {
    fn from(exported: export::ExportedTicket) -> Self {
        let export::ExportedTicket { ticket, topic, messages } = exported;
        let message = |said: Message| ExportedMessage {
            author: said.author.as_str(),
            public: said.public,
            body: said.body,
            created_at: said.created_at,
        };
        Self {
            connection: ticket.connection,
            external_id: ticket.external_id,
            subject: ticket.subject,
            url: ticket.url,
            tags: ticket.tags,
            created_at: ticket.created_at,
            topic,
            messages: messages.into_iter().map(message).collect(),
        }
    }
}

/// Export a customer: everything that is kept of them.
#[utoipa::path(tag = "customers", params(("id" = String, Path, description = "The customer's id")),
    responses((status = 200, description = "Everything that is kept of them", body = Export)))]
#[get("/customers/{id}/export")]
async fn export_customer(
    May { app, by, .. }: May<right::Privacy>,
    path: web::Path<String>,
) -> Result<web::Json<Export>, Problem> {
    let asked = id(&path, CustomerId::parse, "customer")?;
    Ok(web::Json(export::export(&app, asked, &by).await?.into()))
}
