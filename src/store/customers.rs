//! Customers and their organizations. Whose a helpdesk's record of a person is stands in `requesters.rs`.

use uuid::Uuid;

use super::{Result, Session, Tx, columns::record, search_words};
use crate::{
    base::clock::Time,
    model::{
        customer::{Customer, Organization},
        id::{CustomerId, OrganizationId},
    },
};

record!(Customer { id, name, email, locale, time_zone, opted_out_at, created_at });

/// The columns of a customer, for every statement that reads one. Whoever opted out of each of their helpdesks has opted out.
macro_rules! columns_of_customer {
    () => {
        "customer.id, customer.name, customer.email, customer.locale, customer.time_zone, customer.created_at, coalesce(customer.opted_out_at,
           (SELECT max(requester.opted_out_at) FROM requester WHERE requester.customer_id = customer.id
               AND NOT EXISTS (SELECT 1 FROM requester told WHERE told.customer_id = customer.id
                   AND NOT EXISTS (SELECT 1 FROM requester same WHERE same.customer_id = told.customer_id
                       AND same.connection = told.connection AND same.opted_out_at IS NOT NULL)))) AS opted_out_at"
    };
}
pub(super) use columns_of_customer;
record!(Organization { id, name, plan, revenue_cents, renewal_at, segment });

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
    // Held, so that what it paid before is what is compared.
    let before = tx
        .query(
            "UPDATE organization SET name = name WHERE connection = $1 AND external_id = $2 RETURNING name, revenue_cents, renewal_at",
        )
        .bind(connection)
        .bind(external_id)
        .optional::<(String, Option<i64>, Option<Time>)>()
        .await?;
    let (id, revenue_cents, renewal_at) = tx
        .query(
            "INSERT INTO organization (id, connection, external_id, name, plan, revenue_cents, renewal_at, segment, set_by_person)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (connection, external_id) DO UPDATE SET name = excluded.name,
                plan = CASE WHEN organization.set_by_person THEN organization.plan ELSE excluded.plan END,
                revenue_cents = CASE WHEN organization.set_by_person THEN organization.revenue_cents ELSE excluded.revenue_cents END,
                renewal_at = CASE WHEN organization.set_by_person THEN organization.renewal_at ELSE excluded.renewal_at END,
                segment = CASE WHEN organization.set_by_person THEN organization.segment ELSE excluded.segment END
             RETURNING id, revenue_cents, renewal_at",
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
        .one::<(OrganizationId, Option<i64>, Option<Time>)>()
        .await?;
    let paid = before.as_ref().map(|(_, revenue_cents, renewal_at)| (*revenue_cents, *renewal_at));
    if paid.is_some_and(|paid| paid != (revenue_cents, renewal_at)) {
        tx.touched.organizations.insert(id);
    }
    if before.is_none_or(|(called, ..)| called != name) {
        search_words::of_organization(tx, id, name).await?;
    }
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
    tx.touched.organizations.insert(id);
    Ok(rows == 1)
}

/// Nobody else makes this customer one with another before the transaction ends.
pub async fn hold(tx: &mut Tx, id: CustomerId) -> Result<()> {
    tx.query("UPDATE customer SET created_at = created_at WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// The customer of this id.
pub async fn get(session: &mut impl Session, id: CustomerId) -> Result<Option<Customer>> {
    session.query(concat!("SELECT ", columns_of_customer!(), " FROM customer WHERE id = $1")).bind(id).optional().await
}

/// Customers by id, all of them or those of an address.
pub async fn list(
    session: &mut impl Session,
    email: Option<&str>,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>> {
    // One statement for each, so that each goes by an index.
    let statement = if email.is_some() {
        concat!(
            "SELECT ",
            columns_of_customer!(),
            " FROM customer WHERE id > $1 AND id IN (SELECT known.id FROM customer known WHERE known.email = $3
                 UNION SELECT requester.customer_id FROM requester WHERE requester.email = $3)
             ORDER BY id LIMIT $2"
        )
    } else {
        concat!("SELECT ", columns_of_customer!(), " FROM customer WHERE id > $1 AND $3 IS NULL ORDER BY id LIMIT $2")
    };
    let after = after.unwrap_or(CustomerId::from(Uuid::nil()));
    session.query(statement).bind(after).bind(limit).bind(email).all().await
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
            "SELECT id, name, plan, revenue_cents, renewal_at, segment FROM organization WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after.unwrap_or(OrganizationId::from(Uuid::nil())))
        .bind(limit)
        .all()
        .await
}
