//! The customer has an update: its sending ended well, or it was found or seen where it was sent.

use std::collections::BTreeSet;

use tracing::info;

use crate::{
    base::characters::letters,
    flow::{
        advance,
        app::{App, Connection, Keys},
        error::{Error, Stop},
        jobs, outbox,
    },
    helpdesk::WriteReceipt,
    model::{
        id::UpdateId,
        ticket::{Ticket, TicketStatus},
        update::Update,
    },
    store::{
        Tx, attempts,
        many_updates::{self, WrittenUpdate},
        own_writes, pages, promises, tickets, updates,
    },
    wording::{note, page_key::PLACEHOLDER},
};

/// The customer has it. The reply's ids are recorded as ours, and the agents of their other tickets hear of it.
pub(super) async fn sent(
    app: &App,
    connection: &Connection,
    update: &Update,
    ticket: &Ticket,
    written: &WriteReceipt,
) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    own_writes::add(&mut tx, &connection.settings.name, &written.external_ids, now).await?;
    let external_id = written.external_ids.first().map(String::as_str);
    if attempts::sent(&mut tx, update.id, ticket.id, external_id, now).await? {
        told(app, &mut tx, update, ticket).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// As [`sent`], of many updates in one helpdesk at once.
pub(super) async fn all_sent(
    app: &App,
    connection: &Connection,
    written: &[(&Update, &Ticket, WriteReceipt)],
) -> Result<(), Stop> {
    if written.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let ours: Vec<&str> =
        written.iter().flat_map(|(_, _, receipt)| receipt.external_ids.iter().map(String::as_str)).collect();
    let rows: Vec<WrittenUpdate<'_>> = written
        .iter()
        .map(|(update, ticket, receipt)| WrittenUpdate {
            id: update.id,
            ticket: ticket.id,
            external_id: receipt.external_ids.first().map(String::as_str),
        })
        .collect();
    let ids: Vec<UpdateId> = rows.iter().map(|row| row.id).collect();
    let mut tx = app.database.begin().await?;
    own_writes::add_many(&mut tx, &connection.settings.name, &ours, now).await?;
    let news = many_updates::sent(&mut tx, &rows, now).await?;
    let with_others = many_updates::with_other_tickets(&mut tx, &ids).await?;
    let mut topics = BTreeSet::new();
    for (update, ticket, _) in written.iter().filter(|(update, _, _)| news.contains(&update.id)) {
        if with_others.contains(&update.id) {
            note_elsewhere(app, &mut tx, update, ticket).await?;
        }
        topics.insert(update.topic);
        count(update);
    }
    for topic in topics {
        promises::settle(&mut tx, topic, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes in their other tickets that they were told, and settles the promise.
async fn told(app: &App, tx: &mut Tx, update: &Update, ticket: &Ticket) -> Result<(), Error> {
    note_elsewhere(app, tx, update, ticket).await?;
    promises::settle(tx, update.topic, app.clock.now()).await?;
    count(update);
    Ok(())
}

fn count(update: &Update) {
    metrics::counter!("heard_updates_sent_total", "milestone" => update.kind.as_str()).increment(1);
    info!(update.id = %update.id, topic.id = %update.topic, milestone = %update.kind, "Told a customer");
}

/// Notes in their other tickets in this one's topic that they were told.
async fn note_elsewhere(app: &App, tx: &mut Tx, update: &Update, ticket: &Ticket) -> Result<(), Error> {
    let url = ticket.url.clone().unwrap_or_else(|| app.link(&format!("/tickets/{}", ticket.id)));
    for other in tickets::of_customer(tx, update.customer, update.topic).await? {
        if other.id != ticket.id
            && matches!(other.status, TicketStatus::Open | TicketStatus::Pending | TicketStatus::Solved)
        {
            let text = note::write(&note::Note::ToldElsewhere { ticket_url: &url, milestone: update.kind });
            outbox::note_afterwards(app, tx, &other, &format!("told:{}:{}", update.id, other.id), &text).await?;
        }
    }
    Ok(())
}

/// Records that the customer has an update whose sending was unclear. False if there was no doubt. `external_id` is our
/// reply's, if it was seen.
pub async fn arrived(
    app: &App,
    tx: &mut Tx,
    update: &Update,
    ticket: &Ticket,
    external_id: Option<&str>,
) -> Result<bool, Error> {
    if !attempts::arrived(tx, update.id, ticket.id, external_id).await? {
        return Ok(false);
    }
    let ours: Vec<String> = external_id.map(str::to_owned).into_iter().collect();
    own_writes::add(tx, &ticket.connection, &ours, app.clock.now()).await?;
    told(app, tx, update, ticket).await?;
    // Who turns out to have it may be owed a correction that was planned for those who were known to have it.
    advance::replan_updates(app, tx, update.topic).await?;
    jobs::is_settled(&app.queue, tx, jobs::Send { update: update.id }).await?;
    Ok(true)
}

/// The key of a customer's page is in a public message of a ticket. Whoever wrote the message, the update with that key
/// has arrived.
pub async fn seen(app: &App, tx: &mut Tx, key: &str, ticket: &Ticket, external_id: Option<&str>) -> Result<(), Error> {
    let page = pages::find(tx, &Keys::hash(key)).await?;
    let Some(update) = page.filter(|page| !page.returned).and_then(|page| page.update) else { return Ok(()) };
    if let Some(update) = updates::get(tx, update).await?.filter(|update| update.customer == ticket.customer) {
        arrived(app, tx, &update, ticket, external_id).await?;
    }
    Ok(())
}

/// A public message of ours is in a ticket. Where others read along there is no key in it, and the whole text has to do: the update
/// with that text has arrived, if it was being sent there.
pub async fn said(app: &App, tx: &mut Tx, body: &str, ticket: &Ticket, external_id: &str) -> Result<(), Error> {
    let there = letters(body);
    for update in updates::unclear_in(tx, ticket.id).await? {
        let ours = letters(&update.text);
        let has_no_key = !update.text.contains(PLACEHOLDER) && !ours.is_empty();
        if has_no_key && update.customer == ticket.customer && there.contains(&ours) {
            arrived(app, tx, &update, ticket, Some(external_id)).await?;
        }
    }
    Ok(())
}
