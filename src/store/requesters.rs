//! The helpdesks' records of people, and which of them are one customer.
//!
//! Two records are one customer only by an address that both helpdesks call verified, by an id of the company's own, or
//! because their helpdesk says that they are one. Anybody can type an address into a form. When two customers turn out to be
//! one, what either was told counts for both (G4, one update per customer and milestone).

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Result, Session, Tx,
    columns::{record, unsent},
    customers,
    many::{ManyRows, ROWS_MAX},
    search_words, vocabulary,
};
use crate::{
    base::clock::Time,
    model::{
        id::{CustomerId, TicketId},
        standing::Standing,
        update::WANTS_SILENCE,
    },
};

/// A helpdesk's record of a person.
#[derive(Clone, Debug)]
pub struct Requester<'r> {
    /// The connection.
    pub connection: &'r str,
    /// The helpdesk's id.
    pub external_id: &'r str,
    /// The name; may be empty.
    pub name: &'r str,
    /// The address, normalised.
    pub email: Option<&'r str>,
    /// Whether the helpdesk says that the address is theirs. What it does not say, it does not say.
    pub verified: bool,
    /// The company's own id of the person, with the word that says who gives such ids. Absent if nobody says that the ids of
    /// two connections mean the same.
    pub company_id: Option<&'r str>,
    /// BCP 47.
    pub locale: Option<&'r str>,
    /// The name of their time zone.
    pub time_zone: Option<&'r str>,
    /// What the helpdesk says of the record itself, if anything.
    pub standing: Option<Standing>,
}

/// The customer behind a requester.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Who.
    pub customer: CustomerId,
    /// Whether two customers have just become this one.
    pub united: bool,
    /// What is kept of the record's standing now.
    pub standing: Standing,
}

/// What is known of a record, and what people see of its customer.
struct KnownRecord {
    customer: CustomerId,
    email: Option<String>,
    verified: bool,
    company_id: Option<String>,
    standing: Standing,
    shown_name: String,
    shown_email: Option<String>,
}
record!(KnownRecord { customer = "customer_id", email, verified, company_id, standing, shown_name, shown_email });

async fn known(session: &mut impl Session, connection: &str, external_id: &str) -> Result<Option<KnownRecord>> {
    session
        .query(
            "SELECT requester.customer_id, requester.email, requester.verified, requester.company_id, requester.standing,
                    customer.name AS shown_name, customer.email AS shown_email
             FROM requester JOIN customer ON customer.id = requester.customer_id
             WHERE requester.connection = $1 AND requester.external_id = $2",
        )
        .bind(connection)
        .bind(external_id)
        .optional()
        .await
}

/// The customer behind a requester, created if there is none.
pub async fn behind(tx: &mut Tx, requester: &Requester<'_>, now: Time) -> Result<Behind> {
    let mut before = known(tx, requester.connection, requester.external_id).await?;
    let is_news = before.as_ref().is_none_or(|known| {
        known.email.as_deref() != requester.email
            || known.verified != requester.verified
            || known.company_id.as_deref() != requester.company_id
    });
    let mut same = None;
    if is_news {
        // Two records of one person that arrive at once see each other.
        one_at_a_time(tx).await?;
        before = known(tx, requester.connection, requester.external_id).await?;
        same = same_person(tx, requester).await?;
    }
    let (customer, united) = match (&before, same) {
        (Some(known), Some(same)) if known.customer != same && !is_of_two(tx, requester, known.customer).await? => {
            let (from, into) = (known.customer.max(same), known.customer.min(same));
            unite(tx, from, into).await?;
            (into, true)
        }
        (Some(known), _) => (known.customer, false),
        (None, Some(same)) => (same, false),
        (None, None) => (add(tx, requester, now).await?, false),
    };
    let standing = match (before.as_ref().map(|known| known.standing), requester.standing) {
        // A record without an address is what is left of somebody who is gone.
        (Some(Standing::Gone), None | Some(Standing::NoAddress)) => Standing::Gone,
        (before, said) => said.or(before).unwrap_or(Standing::Reachable),
    };
    keep(tx, requester, customer, standing).await?;
    let shown = show(tx, customer, requester).await?;
    if is_news || before.map(|known| (known.shown_name, known.shown_email)) != shown {
        search_words::of_customer(tx, customer).await?;
    }
    Ok(Behind { customer, united, standing })
}

/// Whoever holds this row is the only one who compares records, until the transaction ends.
pub async fn one_at_a_time(tx: &mut Tx) -> Result<()> {
    tx.query("UPDATE counter SET value = value + 1 WHERE name = 'requester'").execute().await?;
    Ok(())
}

/// The customer of another record with the same verified address, or with the same id of the company's own.
async fn same_person(tx: &mut Tx, requester: &Requester<'_>) -> Result<Option<CustomerId>> {
    if requester.standing == Some(Standing::Gone) {
        return Ok(None);
    }
    let row = tx
        .query(
            "SELECT customer_id FROM requester
             WHERE NOT (connection = $1 AND external_id = $2) AND standing <> $3
               AND ((verified AND email = $4) OR company_id = $5)
             ORDER BY customer_id LIMIT 1",
        )
        .bind(requester.connection)
        .bind(requester.external_id)
        .bind(Standing::Gone)
        .bind(requester.email.filter(|_| requester.verified))
        .bind(requester.company_id)
        .optional::<(CustomerId,)>()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Whether the customer of a record is known by another verified address in their other records: the record was given to
/// somebody else, or it is shared. Then nobody is united by what it says now.
async fn is_of_two(tx: &mut Tx, requester: &Requester<'_>, customer: CustomerId) -> Result<bool> {
    let row = tx
        .query(
            "SELECT 1 FROM requester WHERE customer_id = $1 AND NOT (connection = $2 AND external_id = $3)
               AND verified AND email <> $4 LIMIT 1",
        )
        .bind(customer)
        .bind(requester.connection)
        .bind(requester.external_id)
        .bind(requester.email.unwrap_or_default())
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

async fn add(tx: &mut Tx, requester: &Requester<'_>, now: Time) -> Result<CustomerId> {
    let id = CustomerId::generate(now);
    tx.query("INSERT INTO customer (id, name, email, locale, created_at, time_zone) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(requester.name.trim())
        .bind(requester.email)
        .bind(requester.locale)
        .bind(now)
        .bind(requester.time_zone)
        .execute()
        .await?;
    Ok(id)
}

async fn keep(tx: &mut Tx, requester: &Requester<'_>, customer: CustomerId, standing: Standing) -> Result<()> {
    tx.query(
        "INSERT INTO requester (connection, external_id, customer_id, email, verified, company_id, standing)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (connection, external_id) DO UPDATE SET email = excluded.email, verified = excluded.verified,
            company_id = excluded.company_id, standing = excluded.standing",
    )
    .bind(requester.connection)
    .bind(requester.external_id)
    .bind(customer)
    .bind(requester.email)
    .bind(requester.verified)
    .bind(requester.company_id)
    .bind(standing)
    .execute()
    .await?;
    Ok(())
}

/// What people see of a customer follows their record. Where they have records in several helpdesks, the first one does: a
/// foreign record never renames anybody. Gives the name and the address that they see.
async fn show(tx: &mut Tx, id: CustomerId, requester: &Requester<'_>) -> Result<Option<(String, Option<String>)>> {
    tx.query(
        "UPDATE customer SET name = CASE WHEN $2 = '' THEN name ELSE $2 END, email = coalesce($3, email),
                locale = coalesce($4, locale), time_zone = coalesce($6, time_zone)
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM requester WHERE customer_id = $1 AND connection <> $5)",
    )
    .bind(id)
    .bind(requester.name.trim())
    .bind(requester.email)
    .bind(requester.locale)
    .bind(requester.connection)
    .bind(requester.time_zone)
    .execute()
    .await?;
    tx.query(
        "UPDATE customer SET name = CASE WHEN name = '' THEN $2 ELSE name END, email = coalesce(email, $3),
                locale = coalesce(locale, $4), time_zone = coalesce(time_zone, $5)
         WHERE id = $1 RETURNING name, email",
    )
    .bind(id)
    .bind(requester.name.trim())
    .bind(requester.email)
    .bind(requester.locale)
    .bind(requester.time_zone)
    .optional()
    .await
}

/// Whether a name is of somebody else who wrote in a ticket: one that stayed there when the ticket was given to this person.
pub async fn is_anothers_name(
    session: &mut impl Session,
    (connection, ticket): (&str, &str),
    person: &str,
    name: &str,
) -> Result<bool> {
    let row = session
        .query(
            "SELECT 1 FROM ticket JOIN message ON message.ticket_id = ticket.id
                    JOIN requester ON requester.connection = ticket.connection
                     AND requester.external_id = message.author_external_id
                    JOIN customer ON customer.id = requester.customer_id
             WHERE ticket.connection = $1 AND ticket.external_id = $2 AND requester.external_id <> $3 AND customer.name = $4
             LIMIT 1",
        )
        .bind(connection)
        .bind(ticket)
        .bind(person)
        .bind(name.trim())
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// The updates of `$2` that were not told, where `$1` was told the same.
macro_rules! untold {
    () => {
        r#"FROM "update" WHERE customer_id = $2 AND state NOT IN ('sending', 'sent', 'in_doubt') AND EXISTS (
               SELECT 1 FROM "update" told WHERE told.customer_id = $1 AND told.milestone_id = "update".milestone_id
                  AND told.state IN ('sending', 'sent', 'in_doubt'))
             AND NOT EXISTS (SELECT 1 FROM confirmation WHERE confirmation.update_id = "update".id)"#
    };
}

/// Makes two customers one: `into` gets every record and ticket, and the updates and confirmations it does not have
/// yet. What one of them was told, the other is not told again.
async fn unite(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<()> {
    // What was not told where they want to hear nothing is told by the other helpdesk.
    tx.query(concat!(
        r#"DELETE FROM "update" WHERE customer_id = $2 AND state = 'skipped' AND reason = $3 AND EXISTS (
               SELECT 1 FROM "update" other WHERE other.customer_id = $1 AND other.milestone_id = "update".milestone_id
                  AND other.state IN "#,
        unsent!(),
        ")"
    ))
    .bind(from)
    .bind(into)
    .bind(WANTS_SILENCE)
    .execute()
    .await?;
    let tickets = tx.query("SELECT id FROM ticket WHERE customer_id = $1").bind(from).all::<(TicketId,)>().await?;
    tx.touched.tickets.extend(tickets.into_iter().map(|(id,)| id));
    // What is being sent to either of them is claimed before this, or not before it is done. They are held in the order of their ids, as
    // whoever sends to many holds them.
    for customer in [from.min(into), from.max(into)] {
        customers::hold(tx, customer).await?;
    }
    for sql in [
        "UPDATE requester SET customer_id = $2 WHERE customer_id = $1",
        "UPDATE ticket SET customer_id = $2 WHERE customer_id = $1",
        // Where one was told and the other was not, or not yet, the one that was told is kept.
        concat!("DELETE FROM page_token WHERE update_id IN (SELECT id ", untold!(), ")"),
        concat!("DELETE ", untold!()),
        r#"UPDATE "update" SET customer_id = $2 WHERE customer_id = $1 AND NOT EXISTS (
               SELECT 1 FROM "update" told WHERE told.customer_id = $2 AND told.milestone_id = "update".milestone_id)"#,
        r"UPDATE confirmation SET customer_id = $2 WHERE customer_id = $1 AND NOT EXISTS (
               SELECT 1 FROM confirmation said WHERE said.customer_id = $2 AND said.topic_id = confirmation.topic_id
                  AND said.cycle = confirmation.cycle AND said.verdict = confirmation.verdict)",
        r"UPDATE customer SET opted_out_at = (SELECT one.opted_out_at FROM customer one WHERE one.id = $1)
           WHERE id = $2 AND opted_out_at IS NULL",
        concat!(
            r#"UPDATE "update" SET state = 'cancelled', reason = 'The same person under another record.'
               WHERE customer_id = $1 AND $2 = $2 AND state IN "#,
            unsent!()
        ),
        // A link goes where its update goes, and nowhere else.
        r#"UPDATE page_token SET customer_id = $2 WHERE customer_id = $1
             AND (update_id IS NULL OR update_id IN (SELECT id FROM "update" WHERE customer_id = $2))"#,
        // Nobody is called so any more.
        "UPDATE customer SET name = '', email = NULL, locale = NULL, time_zone = NULL WHERE id = $1 AND $2 = $2",
    ] {
        tx.query(sql).bind(from).bind(into).execute().await?;
    }
    for customer in [from, into] {
        search_words::of_customer(tx, customer).await?;
    }
    vocabulary::unite(tx, from, into).await?;
    Ok(())
}

/// The helpdesk says that two of its records are one person. Gives the customer if two became one.
pub async fn are_one(tx: &mut Tx, connection: &str, one: &str, other: &str) -> Result<Option<CustomerId>> {
    one_at_a_time(tx).await?;
    let (first, second) = (known(tx, connection, one).await?, known(tx, connection, other).await?);
    let (absent, customer) = match (first, second) {
        (Some(first), Some(second)) if first.customer == second.customer => return Ok(None),
        (Some(first), Some(second)) => {
            let into = first.customer.min(second.customer);
            unite(tx, first.customer.max(second.customer), into).await?;
            return Ok(Some(into));
        }
        (Some(first), None) => (other, first.customer),
        (None, Some(second)) => (one, second.customer),
        (None, None) => return Ok(None),
    };
    // Nothing is known of the other record but whose it is. Its first ticket will say the rest.
    tx.query(
        "INSERT INTO requester (connection, external_id, customer_id, verified, standing) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(connection)
    .bind(absent)
    .bind(customer)
    .bind(false)
    .bind(Standing::Reachable)
    .execute()
    .await?;
    Ok(None)
}

/// Notes what the helpdesk says of a record. False if the record is not known.
pub async fn set_standing(tx: &mut Tx, connection: &str, external_id: &str, standing: Standing) -> Result<bool> {
    let rows = tx
        .query("UPDATE requester SET standing = $3 WHERE connection = $1 AND external_id = $2")
        .bind(connection)
        .bind(external_id)
        .bind(standing)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Forgets who a record is. If it was the customer's last one, the customer's name and address are forgotten as well.
pub async fn forget(tx: &mut Tx, connection: &str, external_id: &str) -> Result<()> {
    let Some(known) = known(tx, connection, external_id).await? else { return Ok(()) };
    tx.query(
        "UPDATE requester SET email = NULL, company_id = NULL, verified = $3, standing = $4
         WHERE connection = $1 AND external_id = $2",
    )
    .bind(connection)
    .bind(external_id)
    .bind(false)
    .bind(Standing::Gone)
    .execute()
    .await?;
    tx.query(
        "UPDATE customer SET name = '', email = NULL, locale = NULL, time_zone = NULL WHERE id = $1
           AND NOT EXISTS (SELECT 1 FROM requester WHERE customer_id = $1 AND standing <> $2)",
    )
    .bind(known.customer)
    .bind(Standing::Gone)
    .execute()
    .await?;
    search_words::of_customer(tx, known.customer).await
}

/// What the helpdesk last said of a record.
pub async fn standing(session: &mut impl Session, connection: &str, external_id: &str) -> Result<Option<Standing>> {
    Ok(known(session, connection, external_id).await?.map(|known| known.standing))
}

/// Every record of a customer in a connection: the helpdesk's ids.
pub async fn of_customer(session: &mut impl Session, customer: CustomerId, connection: &str) -> Result<Vec<String>> {
    let rows = session
        .query("SELECT external_id FROM requester WHERE customer_id = $1 AND connection = $2 ORDER BY external_id")
        .bind(customer)
        .bind(connection)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(external_id,)| external_id).collect())
}

/// The newest ticket of each record, found through its customer. Of a record that is not there nothing is said: most people of a
/// helpdesk have no ticket here.
static NEWEST: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH named (connection, external_id) AS (VALUES ",
        2,
        ") SELECT named.connection, named.external_id,
              (SELECT ticket.external_id FROM requester JOIN ticket ON ticket.customer_id = requester.customer_id
               WHERE requester.connection = named.connection AND requester.external_id = named.external_id
                 AND ticket.connection = named.connection AND ticket.requester_external_id = named.external_id
               ORDER BY ticket.created_at DESC, ticket.id DESC LIMIT 1) AS newest
           FROM named WHERE named.connection IS NOT NULL AND
              (SELECT requester.customer_id FROM requester
               WHERE requester.connection = named.connection AND requester.external_id = named.external_id) IS NOT NULL",
    )
});

/// The helpdesk's id of the newest ticket of each of these records, as far as they have one. A record is a connection and the
/// helpdesk's id of the person.
pub async fn newest_tickets(
    session: &mut impl Session,
    records: &[(&str, &str)],
) -> Result<HashMap<(String, String), String>> {
    let mut newest = HashMap::new();
    for some in records.chunks(ROWS_MAX) {
        let query = session.query_many(&NEWEST, some, |query, row| {
            query.bind(row.map(|(connection, _)| *connection)).bind(row.map(|(_, person)| *person))
        });
        let rows = query.all::<(String, String, Option<String>)>().await?;
        newest
            .extend(rows.into_iter().filter_map(|(connection, person, ticket)| Some(((connection, person), ticket?))));
    }
    Ok(newest)
}
