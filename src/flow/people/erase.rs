//! A customer is forgotten, because they asked for it (GDPR, article 17). What is left are rows that count, without a name, a
//! word or a number of the helpdesk.
//!
//! Keyed traces keep what the helpdesk still has from coming back, and what they were told from being told again (G4, one
//! update per customer and milestone). What stands in the helpdesk, on GitHub and in backups is not Heard's to take back;
//! docs/privacy.md says what to do there.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use tracing::info;

use crate::{
    base::json,
    flow::{
        advance,
        app::App,
        error::Error,
        jobs::{self, Work as _},
        outbox,
        tell::forgotten,
        understand::changes,
    },
    model::{
        decision::Actor,
        delivery::DeliveryState,
        id::{CustomerId, TicketId},
        refusal::Missing,
        ticket::TicketStatus,
    },
    store::{Tx, audit, customers, deliveries, erasure, issues, tickets, topics},
};

/// Why an update of a customer who was forgotten is not sent.
const FORGOTTEN: &str = "The customer asked to be forgotten.";
/// How many deliveries are looked through at a time.
const DELIVERIES_AT_ONCE: i64 = 200;
/// Shorter names and numbers stand in too much that is not about them.
const SHORTEST: usize = 4;

/// Forgets a customer.
pub async fn erase(app: &App, id: CustomerId, actor: &Actor) -> Result<(), Error> {
    // First, while it is known what to look for: if this is cut off, asking once more does it.
    forget_deliveries_of(app, id).await?;
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    customers::hold(&mut tx, id).await?;
    let records = erasure::records(&mut tx, id).await?;
    let in_topics = topics::of_customer(&mut tx, id).await?;
    let told = erasure::told(&mut tx, id).await?;
    for address in erasure::topic_addresses(&mut tx, id).await? {
        erasure::forget_notes_about(&mut tx, &address).await?;
    }
    for (connection, record) in &records {
        let mut traces = vec![app.keys.trace(&["person", connection, record])];
        traces.extend(told.iter().map(|fact| forgotten::trace(app, connection, record, fact)));
        for trace in traces {
            erasure::keep_trace(&mut tx, &trace, now).await?;
        }
        deliveries::forget_what_they_said(&mut tx, connection, &deliveries::about_person(record)).await?;
        erase_written_elsewhere(app, &mut tx, id, connection, record).await?;
    }
    let updates = erasure::updates(&mut tx, id).await?;
    let mut speaks_of_them: Vec<String> = updates.iter().map(ToString::to_string).collect();
    for ticket in erasure::tickets(&mut tx, id).await? {
        if let Some(ticket) = tickets::get(&mut tx, ticket).await? {
            let refresh = jobs::Refresh { connection: ticket.connection, ticket: ticket.external_id };
            erasure::failure_of(&mut tx, &serde_json::to_string(&refresh).unwrap_or_default()).await?;
            let named = serde_json::to_string(&refresh.ticket).unwrap_or_default();
            erasure::failures_that_name(&mut tx, jobs::RefreshMany::NAME, &named).await?;
        }
        erase_ticket(app, &mut tx, ticket).await?;
        speaks_of_them.push(ticket.to_string());
    }
    erasure::customer(&mut tx, id, FORGOTTEN, now).await?;
    erasure::failures(&mut tx, speaks_of_them).await?;
    for topic in in_topics {
        issues::forget_introduction(&mut tx, topic).await?;
        advance::take_words_back(app, &mut tx, topic).await?;
    }
    audit::add(&mut tx, actor, "erase", &id.to_string(), now).await?;
    tx.commit().await?;
    app.database.empty_log().await?;
    info!(customer.id = %id, "Forgot a customer");
    Ok(())
}

/// Whether a subject is long enough that whoever repeats it speaks of that ticket, or of its topic that is called so.
fn is_telling(subject: &str) -> bool {
    const TELLING: usize = 12;
    subject.chars().count() >= TELLING
}

/// Forgets the deliveries that speak of a customer.
async fn forget_deliveries_of(app: &App, id: CustomerId) -> Result<(), Error> {
    let mut conn = app.database.read().await?;
    let customer = customers::get(&mut conn, id).await?.ok_or(Missing::Customer(id))?;
    let mut numbers: Vec<String> =
        erasure::records(&mut conn, id).await?.into_iter().map(|(_, record)| record).collect();
    let subjects = erasure::own_subjects(&mut conn, id).await?;
    let topics = erasure::topic_addresses(&mut conn, id).await?;
    for ticket in erasure::tickets(&mut conn, id).await? {
        numbers.extend(tickets::get(&mut conn, ticket).await?.map(|ticket| ticket.external_id));
    }
    drop(conn);
    let long = |word: &String| word.chars().count() >= SHORTEST;
    let names = [Some(customer.name), customer.email].into_iter().flatten();
    let subjects = subjects.into_iter().filter(|subject| is_telling(subject));
    let names: Vec<String> =
        names.chain(subjects).chain(topics).map(|name| letters_and_digits(&name)).filter(long).collect();
    let numbers: Vec<String> = numbers.iter().map(|number| letters_and_digits(number)).filter(long).collect();
    forget_deliveries(app, &names, &numbers).await
}

async fn erase_ticket(app: &App, tx: &mut Tx, id: TicketId) -> Result<(), Error> {
    let Some(ticket) = tickets::get(tx, id).await? else { return Ok(()) };
    let trace = app.keys.trace(&["ticket", &ticket.connection, &ticket.external_id]);
    erasure::keep_trace(tx, &trace, app.clock.now()).await?;
    tickets::ended(tx, id, TicketStatus::Deleted, None).await?;
    changes::of_ending(app, tx, &ticket).await?;
    erasure::ticket(tx, id, &format!("erased-{}", BASE64_URL_SAFE_NO_PAD.encode(&trace))).await?;
    Ok(())
}

/// What they wrote in tickets of others goes as well; what the others wrote stays.
async fn erase_written_elsewhere(
    app: &App,
    tx: &mut Tx,
    id: CustomerId,
    connection: &str,
    record: &str,
) -> Result<(), Error> {
    for (of_another, was_the_customers_word) in erasure::written_elsewhere(tx, id, connection, record).await? {
        let forgotten = erasure::forget_written(tx, of_another, record).await?;
        tickets::note_contents(tx, of_another).await?;
        outbox::forget_words(tx, of_another).await?;
        let Some(ticket) = tickets::get(tx, of_another).await? else { continue };
        // Whose it was, the helpdesk may not say again, nor that the ticket's description is the first of it.
        let standing_in = (!forgotten.is_empty()).then(|| tickets::DESCRIPTION.to_owned());
        for message in forgotten.into_iter().chain(standing_in) {
            let trace = app.keys.trace(&["message", connection, &ticket.external_id, &message]);
            erasure::keep_trace(tx, &trace, app.clock.now()).await?;
        }
        if was_the_customers_word {
            changes::of_words(app, tx, &ticket).await?;
        } else {
            deliveries::forget_what_they_said(tx, connection, &ticket.external_id).await?;
        }
    }
    Ok(())
}

/// Forgets the deliveries that speak of somebody: those with a name of theirs, those in which a number of theirs is a value, also
/// where they could not be read, and what was read and has such a number in it. Some of the last may be about something else, and
/// nothing is lost with them: they were read.
async fn forget_deliveries(app: &App, names: &[String], numbers: &[String]) -> Result<(), Error> {
    let mut after = None;
    loop {
        let mut conn = app.database.read().await?;
        let page = deliveries::list(&mut conn, None, after, DELIVERIES_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        let mut theirs = Vec::new();
        let to_look_at = |state| !matches!(state, DeliveryState::Forgotten | DeliveryState::Received);
        for one in page.iter().filter(|one| to_look_at(one.state)) {
            let Some(delivery) = deliveries::get(&mut conn, one.id).await? else { continue };
            let spellings = spellings(&delivery.body);
            let holds =
                |words: &[String]| words.iter().any(|word| spellings.iter().any(|body| body.contains(word.as_str())));
            let was_read = one.state != DeliveryState::Unreadable;
            if holds(names) || (was_read && holds(numbers)) || has_value(&delivery.body, numbers) {
                theirs.push(one.id);
            }
        }
        drop(conn);
        for id in theirs {
            let mut tx = app.database.begin().await?;
            deliveries::forget(&mut tx, id).await?;
            tx.commit().await?;
        }
    }
}

/// A body, as its letters and digits: as it came, and as what JSON (`Zo\u00eb`, `\"`) and forms (`Zo%C3%AB+Roth`) spell otherwise reads.
fn spellings(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let spaced = text.replace('+', " ");
    let form = percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy();
    let mut said = String::new();
    if let Ok(value) = json::read::<Value>(body) {
        add_texts(&value, &mut said);
    }
    vec![
        letters_and_digits(&text),
        letters_and_digits(&json::unescaped(&text)),
        letters_and_digits(&form),
        letters_and_digits(&said),
    ]
}

/// Whether one of these numbers is a value of its own in a body of JSON, however it is written there.
fn has_value(body: &[u8], numbers: &[String]) -> bool {
    fn is_among(value: &Value, numbers: &[String]) -> bool {
        match value {
            Value::String(text) => numbers.contains(&letters_and_digits(text)),
            Value::Number(number) => numbers.contains(&letters_and_digits(&number.to_string())),
            Value::Array(members) => members.iter().any(|member| is_among(member, numbers)),
            Value::Object(members) => members.values().any(|member| is_among(member, numbers)),
            Value::Null | Value::Bool(_) => false,
        }
    }
    json::read(body).is_ok_and(|value: Value| is_among(&value, numbers))
}

/// Every text within a value of JSON.
fn add_texts(value: &Value, texts: &mut String) {
    match value {
        Value::String(text) => {
            texts.push_str(text);
            texts.push('\n');
        }
        Value::Array(members) => members.iter().for_each(|member| add_texts(member, texts)),
        Value::Object(members) => members.values().for_each(|member| add_texts(member, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What is left of a text however it is spaced, quoted and capitalised: its letters and digits.
fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_a_body_spells_it() {
        for body in [
            r#"{"name": "Zo\u00eb Roth""#,
            r#"{"name": "Zoë Roth"}"#,
            "name=Zo%C3%AB+Roth&x=1",
            r#"{"name": "Zo\u00EB Roth \ud83d"#,
            r#"{"subject": "\"ZOË\"\t\\Roth\\"}"#,
        ] {
            assert!(
                spellings(body.as_bytes()).iter().any(|spelled| spelled.contains(&letters_and_digits("Zoë Roth"))),
                "{body}"
            );
        }
    }
}
