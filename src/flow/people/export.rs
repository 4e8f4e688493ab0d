//! Everything that is kept of a customer, for their right to know (GDPR, article 15).

use crate::{
    flow::{app::App, error::Error},
    model::{
        customer::Customer,
        decision::Actor,
        id::{CustomerId, TopicId},
        refusal::Missing,
        ticket::{Message, Ticket},
        update::Update,
    },
    store::{
        audit,
        confirmations::{self, Confirmation},
        customers, decisions, erasure, pages, tickets, updates,
    },
};

/// What is kept of a customer.
#[derive(Debug)]
pub struct CustomerExport {
    /// The person.
    pub customer: Customer,
    /// Their records in helpdesks: connection and the helpdesk's id.
    pub records: Vec<(String, String)>,
    /// Their tickets.
    pub tickets: Vec<ExportedTicket>,
    /// What they were told, or are to be told.
    pub updates: Vec<Update>,
    /// What they answered.
    pub answers: Vec<Confirmation>,
    /// How many links to their page were sent and have not expired.
    pub links: i64,
}

/// A ticket of theirs.
#[derive(Debug)]
pub struct ExportedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The topic it is in.
    pub topic: Option<TopicId>,
    /// What was written in it, notes among agents too.
    pub messages: Vec<Message>,
}

/// Gathers what is kept of a customer, and writes down who asked for it.
pub async fn export(app: &App, id: CustomerId, actor: &Actor) -> Result<CustomerExport, Error> {
    let mut conn = app.database.read().await?;
    let customer = customers::get(&mut conn, id).await?.ok_or(Missing::Customer(id))?;
    let mut theirs = Vec::new();
    for ticket in erasure::tickets(&mut conn, id).await? {
        let Some(ticket) = tickets::get(&mut conn, ticket).await? else { continue };
        let messages = tickets::messages(&mut conn, ticket.id).await?;
        let topic = decisions::link(&mut conn, ticket.id).await?.map(|link| link.topic);
        theirs.push(ExportedTicket { ticket, topic, messages });
    }
    let export = CustomerExport {
        records: erasure::records(&mut conn, id).await?,
        updates: updates::of_customer(&mut conn, id).await?,
        answers: confirmations::all_of_customer(&mut conn, id).await?,
        links: pages::count(&mut conn, id, app.clock.now()).await?,
        customer,
        tickets: theirs,
    };
    drop(conn);
    let mut tx = app.database.begin().await?;
    audit::add(&mut tx, actor, "export", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(export)
}
