//! Customers, their records in helpdesks, and their organizations.
//!
//! Records with the same e-mail address are one customer. When two customers turn out to be one, what either was told
//! counts for both (G4, one update per customer and milestone).

use super::{
    Result, Session, Tx,
    columns::{record, unsent},
};
use crate::{
    base::clock::Time,
    model::{
        customer::{Customer, Organization},
        id::{CustomerId, OrganizationId},
    },
};

record!(Customer { id, name, email, locale, opted_out_at, created_at });
record!(Organization { id, name, plan, revenue_cents, renewal_at, segment });

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
    /// BCP 47.
    pub locale: Option<&'r str>,
}

/// The customer behind a requester, created if there is none.
pub async fn behind(tx: &mut Tx, requester: &Requester<'_>, now: Time) -> Result<CustomerId> {
    let known = tx
        .query("SELECT customer_id FROM requester WHERE connection = $1 AND external_id = $2")
        .bind(requester.connection)
        .bind(requester.external_id)
        .optional::<(CustomerId,)>()
        .await?;
    let same_address = match requester.email {
        None => None,
        Some(email) => {
            tx.query("SELECT id FROM customer WHERE email = $1").bind(email).optional::<(CustomerId,)>().await?
        }
    };
    let id = match (known, same_address) {
        (Some((known,)), Some((same,))) if known != same && !has_email(tx, known).await? => {
            unite(tx, known, same).await?;
            same
        }
        (Some((known,)), _) => known,
        (None, Some((same,))) => same,
        (None, None) => add(tx, requester, now).await?,
    };
    if known.is_none() {
        tx.query(
            "INSERT INTO requester (connection, external_id, customer_id) VALUES ($1, $2, $3)
             ON CONFLICT (connection, external_id) DO NOTHING",
        )
        .bind(requester.connection)
        .bind(requester.external_id)
        .bind(id)
        .execute()
        .await?;
    }
    refresh(tx, id, requester).await?;
    Ok(id)
}

async fn add(tx: &mut Tx, requester: &Requester<'_>, now: Time) -> Result<CustomerId> {
    let fresh = CustomerId::generate(now);
    tx.query(
        "INSERT INTO customer (id, name, email, locale, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(fresh)
    .bind(requester.name)
    .bind(requester.email)
    .bind(requester.locale)
    .bind(now)
    .execute()
    .await?;
    // Another replica may have created the same customer between our look and our insert.
    let (id,) = tx
        .query("SELECT id FROM customer WHERE id = $1 OR email = $2")
        .bind(fresh)
        .bind(requester.email)
        .one::<(CustomerId,)>()
        .await?;
    Ok(id)
}

async fn has_email(tx: &mut Tx, id: CustomerId) -> Result<bool> {
    let (email,) = tx.query("SELECT email FROM customer WHERE id = $1").bind(id).one::<(Option<String>,)>().await?;
    Ok(email.is_some())
}

async fn refresh(tx: &mut Tx, id: CustomerId, requester: &Requester<'_>) -> Result<()> {
    if !requester.name.trim().is_empty() {
        // Where they have records in several helpdesks, the first to name them does: another never renames them.
        tx.query(
            "UPDATE customer SET name = $2 WHERE id = $1 AND name <> $2
               AND (name = '' OR NOT EXISTS (SELECT 1 FROM requester WHERE customer_id = $1 AND connection <> $3))",
        )
        .bind(id)
        .bind(requester.name.trim())
        .bind(requester.connection)
        .execute()
        .await?;
    }
    tx.query(
        "UPDATE customer SET locale = coalesce($2, locale),
                email = CASE WHEN email IS NULL AND NOT EXISTS (SELECT 1 FROM customer other WHERE other.email = $3)
                             THEN $3 ELSE email END
         WHERE id = $1",
    )
    .bind(id)
    .bind(requester.locale)
    .bind(requester.email)
    .execute()
    .await?;
    Ok(())
}

/// Makes two customers one: `into` gets every record and ticket, and the updates and confirmations it does not have
/// yet.
async fn unite(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<()> {
    for sql in [
        "UPDATE requester SET customer_id = $2 WHERE customer_id = $1",
        "UPDATE ticket SET customer_id = $2 WHERE customer_id = $1",
        r#"UPDATE "update" SET customer_id = $2 WHERE customer_id = $1 AND NOT EXISTS (
               SELECT 1 FROM "update" told WHERE told.customer_id = $2 AND told.topic_id = "update".topic_id
                  AND told.kind = "update".kind AND told.cycle = "update".cycle)"#,
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
        "UPDATE page_token SET customer_id = $2 WHERE customer_id = $1",
    ] {
        tx.query(sql).bind(from).bind(into).execute().await?;
    }
    Ok(())
}

/// What an organization's record says.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// The plan.
    pub plan: Option<String>,
    /// Revenue per year, in cents.
    pub revenue_cents: Option<i64>,
    /// The renewal.
    pub renewal_at: Option<Time>,
    /// The segment.
    pub segment: Option<String>,
}

/// The organization of a helpdesk's record. What a person set is not overwritten.
pub async fn organization(
    tx: &mut Tx,
    connection: &str,
    external_id: &str,
    name: &str,
    attributes: &Attributes,
    now: Time,
) -> Result<OrganizationId> {
    let (id,) = tx
        .query(
            "INSERT INTO organization (id, connection, external_id, name, plan, revenue_cents, renewal_at, segment, set_by_person)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (connection, external_id) DO UPDATE SET name = excluded.name,
                plan = CASE WHEN organization.set_by_person THEN organization.plan ELSE excluded.plan END,
                revenue_cents = CASE WHEN organization.set_by_person THEN organization.revenue_cents ELSE excluded.revenue_cents END,
                renewal_at = CASE WHEN organization.set_by_person THEN organization.renewal_at ELSE excluded.renewal_at END,
                segment = CASE WHEN organization.set_by_person THEN organization.segment ELSE excluded.segment END
             RETURNING id",
        )
        .bind(OrganizationId::generate(now))
        .bind(connection)
        .bind(external_id)
        .bind(name)
        .bind(attributes.plan.as_deref())
        .bind(attributes.revenue_cents)
        .bind(attributes.renewal_at)
        .bind(attributes.segment.as_deref())
        .bind(false)
        .one::<(OrganizationId,)>()
        .await?;
    Ok(id)
}

/// Stores what a person said an organization is worth. False if there is none with this id.
pub async fn set_attributes(tx: &mut Tx, id: OrganizationId, attributes: &Attributes) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE organization SET plan = $2, revenue_cents = $3, renewal_at = $4, segment = $5, set_by_person = $6
             WHERE id = $1",
        )
        .bind(id)
        .bind(attributes.plan.as_deref())
        .bind(attributes.revenue_cents)
        .bind(attributes.renewal_at)
        .bind(attributes.segment.as_deref())
        .bind(true)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The customer of this id.
pub async fn get(session: &mut impl Session, id: CustomerId) -> Result<Option<Customer>> {
    session
        .query("SELECT id, name, email, locale, opted_out_at, created_at FROM customer WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// Every record of a customer in a connection: the helpdesk's ids.
pub async fn requesters_in(session: &mut impl Session, customer: CustomerId, connection: &str) -> Result<Vec<String>> {
    let rows = session
        .query("SELECT external_id FROM requester WHERE customer_id = $1 AND connection = $2 ORDER BY external_id")
        .bind(customer)
        .bind(connection)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(external_id,)| external_id).collect())
}

/// Customers by id.
pub async fn list(session: &mut impl Session, after: Option<CustomerId>, limit: i64) -> Result<Vec<Customer>> {
    session
        .query(
            "SELECT id, name, email, locale, opted_out_at, created_at FROM customer
             WHERE ($1 IS NULL OR id > $1) ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .all()
        .await
}

/// The organization of this id.
pub async fn get_organization(session: &mut impl Session, id: OrganizationId) -> Result<Option<Organization>> {
    session
        .query("SELECT id, name, plan, revenue_cents, renewal_at, segment FROM organization WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// Organizations by id.
pub async fn list_organizations(
    session: &mut impl Session,
    after: Option<OrganizationId>,
    limit: i64,
) -> Result<Vec<Organization>> {
    session
        .query(
            "SELECT id, name, plan, revenue_cents, renewal_at, segment FROM organization
             WHERE ($1 IS NULL OR id > $1) ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .all()
        .await
}

/// The customer wants to be told nothing more, or wants to be told again.
pub async fn opt_out(tx: &mut Tx, id: CustomerId, at: Option<Time>) -> Result<()> {
    tx.query("UPDATE customer SET opted_out_at = $2 WHERE id = $1").bind(id).bind(at).execute().await?;
    Ok(())
}
