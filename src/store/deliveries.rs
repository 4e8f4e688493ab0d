//! Deliveries: stored before they are acknowledged, read in order, kept, and replayable.

use std::{collections::HashSet, sync::LazyLock};

use bytes::Bytes;
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Result, Session, Tx,
    columns::record,
    many::{ManyRows, ROWS_MAX},
};
use crate::{
    base::clock::Time,
    model::{
        delivery::{Delivery, DeliveryState, Headers},
        id::DeliveryId,
    },
};

struct DeliveryRow {
    id: DeliveryId,
    connection: String,
    key: Option<String>,
    signed: Option<Vec<u8>>,
    headers: Headers,
    body: Vec<u8>,
    received_at: Time,
    state: DeliveryState,
    error: Option<String>,
}
record!(DeliveryRow { id, connection, key, signed, json headers, body, received_at, state, error });

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            connection: row.connection,
            key: row.key,
            signed: row.signed,
            headers: row.headers,
            body: Bytes::from(row.body),
            received_at: row.received_at,
            state: row.state,
            error: row.error,
        }
    }
}

/// What a delivery turned out to be, and the ticket or the person that it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAs<'d> {
    /// Where it is now that it was read.
    pub state: DeliveryState,
    /// What it speaks of, as [`set_about`] notes it.
    pub about: Option<&'d str>,
}

/// Stores those that are not stored yet, in their order.
static ADD: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH arrived (id, connection, key, signed, headers, body, received_at, state, about, settled_at) AS (VALUES ",
        10,
        ") INSERT INTO delivery (id, connection, key, signed, headers, body, received_at, state, about, settled_at)
         SELECT id, connection, key, signed, headers, body, received_at, state, about, settled_at FROM arrived
         WHERE id IS NOT NULL ON CONFLICT DO NOTHING",
    )
});

/// Which of these ids are there.
static FIND: LazyLock<ManyRows> =
    LazyLock::new(|| ManyRows::new("SELECT id FROM delivery WHERE id IN (VALUES ", 1, ")"));

/// Stores deliveries, by one statement for up to 256 of them, and says of each whether it is new: one that is stored already, by
/// its key or by what was signed, stays as it is, also where the other one came with it (G2, twice, late or out of order changes
/// nothing). One with a meaning was read already.
pub async fn add(tx: &mut Tx, deliveries: &[(&Delivery, Option<ReadAs<'_>>)]) -> Result<Vec<bool>> {
    let mut new = Vec::with_capacity(deliveries.len());
    for some in deliveries.chunks(ROWS_MAX) {
        let insert = tx.query_many(&ADD, some, |insert, row| {
            let meaning = row.and_then(|(_, meaning)| *meaning);
            let row = row.map(|(one, _)| *one);
            insert
                .bind(row.map(|one| one.id))
                .bind(row.map(|one| one.connection.as_str()))
                .bind(row.and_then(|one| one.key.as_deref()))
                .bind(row.and_then(|one| one.signed.as_deref()))
                .bind(row.map(|one| Json(&one.headers)))
                .bind(row.map(|one| &one.body[..]))
                .bind(row.map(|one| one.received_at))
                .bind(row.map(|one| meaning.map_or(one.state, |meaning| meaning.state)))
                .bind(meaning.and_then(|meaning| meaning.about))
                .bind(meaning.and(row).map(|one| one.received_at))
        });
        if insert.execute().await? == some.len() as u64 {
            new.extend(some.iter().map(|_| true));
            continue;
        }
        let find = tx.query_many(&FIND, some, |find, row| find.bind(row.map(|(one, _)| one.id)));
        let there: HashSet<DeliveryId> = find.all::<(DeliveryId,)>().await?.into_iter().map(|(id,)| id).collect();
        new.extend(some.iter().map(|(one, _)| there.contains(&one.id)));
    }
    Ok(new)
}

/// The oldest deliveries that have not been read, of those that came after another if one is named.
pub async fn unread(session: &mut impl Session, after: Option<DeliveryId>, limit: i64) -> Result<Vec<Delivery>> {
    let rows = session
        .query(
            "SELECT id, connection, key, signed, headers, body, received_at, state, error FROM delivery
             WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(DeliveryState::Received)
        .bind(after.unwrap_or_else(|| Uuid::nil().into()))
        .bind(limit)
        .all::<DeliveryRow>()
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Records what a delivery turned out to be. False if somebody else recorded it first.
pub async fn settle(tx: &mut Tx, id: DeliveryId, state: DeliveryState, error: Option<&str>, now: Time) -> Result<bool> {
    let rows = tx
        .query("UPDATE delivery SET state = $2, error = $3, settled_at = $4 WHERE id = $1 AND state = $5")
        .bind(id)
        .bind(state)
        .bind(error)
        .bind(now)
        .bind(DeliveryState::Received)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Settles those that nobody else has settled.
static SETTLE: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH was (id, state, about, settled_at) AS (VALUES ",
        4,
        ") UPDATE delivery SET state = was.state, about = coalesce(was.about, delivery.about), error = NULL,
              settled_at = was.settled_at
           FROM was WHERE delivery.id = was.id AND delivery.state = 'received'",
    )
});

/// Records what deliveries turned out to be, by one statement for up to 256 of them. False if somebody else recorded one of them
/// first: then nothing of the transaction may stay.
pub async fn settle_all(tx: &mut Tx, meanings: &[(DeliveryId, ReadAs<'_>)], now: Time) -> Result<bool> {
    let mut settled = 0;
    for some in meanings.chunks(ROWS_MAX) {
        let update = tx.query_many(&SETTLE, some, |update, row| {
            update
                .bind(row.map(|(id, _)| *id))
                .bind(row.map(|(_, meaning)| meaning.state))
                .bind(row.and_then(|(_, meaning)| meaning.about))
                .bind(row.map(|_| now))
        });
        settled += update.execute().await?;
    }
    Ok(settled == meanings.len() as u64)
}

/// Puts a delivery back to be read again. False if there is none with this id, or its bytes are no longer kept.
pub async fn replay(tx: &mut Tx, id: DeliveryId) -> Result<bool> {
    let rows = tx
        .query("UPDATE delivery SET state = $2, error = NULL, settled_at = NULL WHERE id = $1 AND state <> $3")
        .bind(id)
        .bind(DeliveryState::Received)
        .bind(DeliveryState::Forgotten)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Deliveries that were read and arrived before `before`, at most `limit` of each state.
pub async fn old(session: &mut impl Session, before: Time, limit: i64) -> Result<Vec<DeliveryId>> {
    let mut old = Vec::new();
    for state in [DeliveryState::Understood, DeliveryState::Ignored] {
        // Ids sort by arrival, so the oldest are found without reading the others.
        let rows = session
            .query("SELECT id, received_at FROM delivery WHERE state = $1 ORDER BY id LIMIT $2")
            .bind(state)
            .bind(limit)
            .all::<(DeliveryId, Time)>()
            .await?;
        old.extend(rows.into_iter().filter(|(_, received_at)| *received_at < before).map(|(id, _)| id));
    }
    Ok(old)
}

/// Replaces the bytes that a delivery came with, after it was read. What was signed stays its key (G2).
pub async fn mask(tx: &mut Tx, id: DeliveryId, body: Vec<u8>) -> Result<()> {
    tx.query("UPDATE delivery SET body = $2 WHERE id = $1").bind(id).bind(body).execute().await?;
    Ok(())
}

/// Forgets what a delivery said, and of whom. Its keys stay, so it still counts once (G2).
pub async fn forget(tx: &mut Tx, id: DeliveryId) -> Result<()> {
    tx.query("UPDATE delivery SET state = $2, headers = $3, body = $4, about = NULL, error = NULL WHERE id = $1")
        .bind(id)
        .bind(DeliveryState::Forgotten)
        .bind(Json(Headers::new()))
        .bind(Vec::<u8>::new())
        .execute()
        .await?;
    Ok(())
}

/// Forgets what the deliveries of a connection said that were read and speak of this ticket or person: the helpdesk took back
/// words.
pub async fn forget_what_they_said(tx: &mut Tx, connection: &str, about: &str) -> Result<()> {
    tx.query(
        "UPDATE delivery SET state = $4, headers = $5, body = $6, about = NULL, error = NULL
         WHERE connection = $1 AND about = $2 AND state = $3",
    )
    .bind(connection)
    .bind(about)
    .bind(DeliveryState::Understood)
    .bind(DeliveryState::Forgotten)
    .bind(Json(Headers::new()))
    .bind(Vec::<u8>::new())
    .execute()
    .await?;
    Ok(())
}

/// Notes the ticket or the person that a delivery speaks of.
pub async fn set_about(tx: &mut Tx, id: DeliveryId, about: &str) -> Result<()> {
    tx.query("UPDATE delivery SET about = $2 WHERE id = $1").bind(id).bind(about).execute().await?;
    Ok(())
}

/// What is noted of a person begins with this.
const PERSON: &str = "person:";

/// What a delivery speaks of if it is a person.
pub fn about_person(id: &str) -> String {
    format!("{PERSON}{id}")
}

/// The delivery of this id.
pub async fn get(session: &mut impl Session, id: DeliveryId) -> Result<Option<Delivery>> {
    let row = session
        .query(
            "SELECT id, connection, key, signed, headers, body, received_at, state, error FROM delivery WHERE id = $1",
        )
        .bind(id)
        .optional::<DeliveryRow>()
        .await?;
    Ok(row.map(Delivery::from))
}

/// What lists show of a delivery: everything except what it said.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Our id.
    pub id: DeliveryId,
    /// The connection's name.
    pub connection: String,
    /// The sender's id for it.
    pub key: Option<String>,
    /// Where it is.
    pub state: DeliveryState,
    /// Why it could not be read.
    pub error: Option<String>,
    /// How many bytes of it are kept.
    pub bytes: i64,
    /// When it arrived.
    pub received_at: Time,
    /// What it speaks of.
    about: Option<String>,
}
record!(Summary { id, connection, key, state, error, bytes, received_at, about });

impl Summary {
    /// The helpdesk's id of the ticket that it speaks of.
    pub fn ticket(&self) -> Option<&str> {
        self.about.as_deref().filter(|about| !about.starts_with(PERSON))
    }
}

/// What a list would show of one delivery.
pub async fn summary(session: &mut impl Session, id: DeliveryId) -> Result<Option<Summary>> {
    session
        .query(
            "SELECT id, connection, key, state, error, CAST(length(body) AS BIGINT) AS bytes, received_at, about FROM delivery
             WHERE id = $1",
        )
        .bind(id)
        .optional()
        .await
}

/// Deliveries, newest first, in one state or in all, for the health page and the API.
pub async fn list(
    session: &mut impl Session,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Summary>> {
    // One statement for each, so that each goes by an index.
    let statement = if state.is_some() {
        "SELECT id, connection, key, state, error, CAST(length(body) AS BIGINT) AS bytes, received_at, about FROM delivery
         WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    } else {
        "SELECT id, connection, key, state, error, CAST(length(body) AS BIGINT) AS bytes, received_at, about FROM delivery
         WHERE $1 IS NULL AND id < $2 ORDER BY id DESC LIMIT $3"
    };
    let before = before.unwrap_or(DeliveryId::from(Uuid::max()));
    session.query(statement).bind(state).bind(before).bind(limit).all().await
}

/// How many deliveries have not been read, and since when the oldest has waited. Ids sort by arrival, so the oldest is the first.
pub async fn unread_count(session: &mut impl Session) -> Result<(i64, Option<Time>)> {
    session
        .query(
            "SELECT (SELECT count(*) FROM delivery WHERE state = 'received'),
                    (SELECT received_at FROM delivery WHERE state = 'received' ORDER BY id LIMIT 1)",
        )
        .one()
        .await
}
