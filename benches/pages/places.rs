//! What is asked about: the largest topic, the busiest customer, a rare word, rows in the middle of long lists.

use heard::{
    base::clock::Time,
    flow::Keys,
    store::{Conn, Database, Session as _},
};
use uuid::Uuid;

/// What opens the busiest customer's page.
pub const LINK: &str = "the-link-of-the-benches";
/// Until when it does: the year 2100.
const UNTIL_SECONDS: i64 = 4_102_444_800;

/// A row that a list can go on after.
pub struct Middle {
    pub id: Uuid,
    /// As the console's lists write it.
    pub after: String,
}

/// What is asked about.
pub struct Places {
    /// The topic with the most tickets.
    pub large: Uuid,
    /// An open one that was heard of last.
    pub common: Uuid,
    /// One whose customers were told.
    pub told: Uuid,
    /// The topic of an issue, and its number.
    pub issue: (Uuid, i64),
    /// A ticket of the largest topic.
    pub ticket: Uuid,
    /// The helpdesk's number of one.
    pub number: String,
    /// Who wrote most.
    pub customer: Uuid,
    pub email: String,
    /// Of which company most was written.
    pub organization: Uuid,
    pub organization_name: String,
    pub update: Uuid,
    pub version: String,
    /// The longest word of a subject.
    pub rare: String,
    pub ticket_in_the_middle: Middle,
    pub customer_in_the_middle: Uuid,
    pub organization_in_the_middle: Uuid,
    pub update_in_the_middle: Uuid,
    pub delivery_in_the_middle: Uuid,
    /// How many topics the board has at least.
    pub topics: i64,
}

impl Places {
    /// Looks for them in a database of `examples/fill_database`, and gives the busiest customer a link.
    pub async fn find(url: &str) -> Self {
        let database = Database::open(url).await.unwrap();
        let mut conn = database.read().await.unwrap();
        let large = id(&mut conn, "SELECT topic_id FROM link GROUP BY topic_id ORDER BY count(*) DESC LIMIT 1").await;
        let busiest = "SELECT customer_id FROM ticket GROUP BY customer_id ORDER BY count(*) DESC LIMIT 1";
        let customer = id(&mut conn, busiest).await;
        let company = "SELECT organization_id FROM ticket WHERE organization_id IS NOT NULL
                       GROUP BY organization_id ORDER BY count(*) DESC LIMIT 1";
        let organization = id(&mut conn, company).await;
        let (topics,) = conn.query("SELECT count(*) FROM topic").one::<(i64,)>().await.unwrap();
        let (tickets,) = conn.query("SELECT count(*) FROM ticket").one::<(i64,)>().await.unwrap();
        let (at, ticket, number, subject) = conn
            .query(
                "SELECT created_at, id, external_id, subject FROM ticket WHERE organization_id IS NOT NULL
                 ORDER BY created_at LIMIT 1 OFFSET $1",
            )
            .bind(tickets / 2)
            .one::<(Time, Uuid, String, String)>()
            .await
            .expect("a ticket in the middle");
        let places = Self {
            large,
            common: id(
                &mut conn,
                "SELECT id FROM topic WHERE state = 'open' AND merged_into IS NULL AND likely_in IS NULL
                 ORDER BY last_seen_at DESC LIMIT 1",
            )
            .await,
            told: id(&mut conn, r#"SELECT topic_id FROM "update" ORDER BY id LIMIT 1"#).await,
            issue: conn
                .query("SELECT topic_id, number FROM issue WHERE number IS NOT NULL ORDER BY topic_id LIMIT 1")
                .one()
                .await
                .expect("an issue"),
            ticket: {
                let of_large = conn.query("SELECT ticket_id FROM link WHERE topic_id = $1 LIMIT 1").bind(large);
                of_large.one::<(Uuid,)>().await.expect("a ticket").0
            },
            number,
            customer,
            email: text(&mut conn, "SELECT email FROM customer WHERE id = $1", customer).await,
            organization,
            organization_name: text(&mut conn, "SELECT name FROM organization WHERE id = $1", organization).await,
            update: id(&mut conn, r#"SELECT id FROM "update" ORDER BY id LIMIT 1"#).await,
            version: conn
                .query("SELECT version FROM release ORDER BY id DESC LIMIT 1")
                .one::<(String,)>()
                .await
                .expect("a release")
                .0,
            rare: subject
                .split(|c: char| !c.is_alphanumeric())
                .max_by_key(|word| word.len())
                .unwrap_or("export")
                .to_owned(),
            ticket_in_the_middle: Middle { id: ticket, after: format!("{}-{ticket}", at.as_micros()) },
            customer_in_the_middle: id(&mut conn, MIDDLE_CUSTOMER).await,
            organization_in_the_middle: id(&mut conn, MIDDLE_ORGANIZATION).await,
            update_in_the_middle: id(&mut conn, MIDDLE_UPDATE).await,
            delivery_in_the_middle: id(&mut conn, MIDDLE_DELIVERY).await,
            topics,
        };
        drop(conn);
        let mut tx = database.begin().await.unwrap();
        tx.query(
            "INSERT INTO page_token (hash, customer_id, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(Keys::hash(LINK).as_slice())
        .bind(customer)
        .bind(Time::from_seconds(UNTIL_SECONDS))
        .execute()
        .await
        .unwrap();
        tx.commit().await.unwrap();
        database.close().await;
        places
    }
}

const MIDDLE_CUSTOMER: &str = "SELECT id FROM customer ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM customer)";
const MIDDLE_ORGANIZATION: &str =
    "SELECT id FROM organization ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM organization)";
const MIDDLE_UPDATE: &str = r#"SELECT id FROM "update" ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM "update")"#;
const MIDDLE_DELIVERY: &str = "SELECT id FROM delivery ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM delivery)";

async fn id(conn: &mut Conn, statement: &'static str) -> Uuid {
    conn.query(statement).one::<(Uuid,)>().await.unwrap_or_else(|error| panic!("{statement}: {error}")).0
}

async fn text(conn: &mut Conn, statement: &'static str, of: Uuid) -> String {
    conn.query(statement).bind(of).one::<(String,)>().await.expect("a text").0
}
