//! Deliveries: stored before they are acknowledged, drained in order, kept and replayable.

use bytes::Bytes;
use sqlx::types::Json;

use super::{Result, Session, Tx, columns::record};
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

/// Stores a delivery; false when it is here already, by its key or by what was signed (G2).
pub async fn add(tx: &mut Tx, delivery: &Delivery) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO delivery (id, connection, key, signed, headers, body, received_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(delivery.id)
        .bind(delivery.connection.as_str())
        .bind(delivery.key.as_deref())
        .bind(delivery.signed.as_deref())
        .bind(Json(&delivery.headers))
        .bind(&delivery.body[..])
        .bind(delivery.received_at)
        .bind(delivery.state)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The oldest deliveries that were not read yet.
pub async fn unread(session: &mut impl Session, limit: i64) -> Result<Vec<Delivery>> {
    let rows = session
        .query(
            "SELECT id, connection, key, signed, headers, body, received_at, state, error FROM delivery
             WHERE state = $1 ORDER BY id LIMIT $2",
        )
        .bind(DeliveryState::Received)
        .bind(limit)
        .all::<DeliveryRow>()
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// Says what became of a delivery; false when somebody else said so first.
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

/// Puts a delivery back to be read again; false when there is none of this id, or its bytes are not kept any more.
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

/// Deliveries that were read and arrived before `before`, so many of each state at most.
pub async fn old(session: &mut impl Session, before: Time, limit: i64) -> Result<Vec<DeliveryId>> {
    let mut old = Vec::new();
    for state in [DeliveryState::Understood, DeliveryState::Ignored] {
        // Ids sort by arrival, so the oldest are found without looking at the others.
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

/// Keeps a delivery that was read with other bytes than it came with. What was signed stays its key (G2).
pub async fn mask(tx: &mut Tx, id: DeliveryId, body: Vec<u8>) -> Result<()> {
    tx.query("UPDATE delivery SET body = $2 WHERE id = $1").bind(id).bind(body).execute().await?;
    Ok(())
}

/// Forgets what a delivery said. Its keys stay, so that it still counts once (G2).
pub async fn forget(tx: &mut Tx, id: DeliveryId) -> Result<()> {
    tx.query("UPDATE delivery SET state = $2, headers = $3, body = $4 WHERE id = $1")
        .bind(id)
        .bind(DeliveryState::Forgotten)
        .bind(Json(Headers::new()))
        .bind(Vec::<u8>::new())
        .execute()
        .await?;
    Ok(())
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

/// What lists show of a delivery: all but what it said.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Our id.
    pub id: DeliveryId,
    /// The connection's name.
    pub connection: String,
    /// The sender's id of it.
    pub key: Option<String>,
    /// Where it is.
    pub state: DeliveryState,
    /// Why it could not be read.
    pub error: Option<String>,
    /// How many bytes of it are kept.
    pub bytes: i64,
    /// When it arrived.
    pub received_at: Time,
}
record!(Summary { id, connection, key, state, error, bytes, received_at });

/// What a list would show of one delivery.
pub async fn summary(session: &mut impl Session, id: DeliveryId) -> Result<Option<Summary>> {
    session
        .query(
            "SELECT id, connection, key, state, error, CAST(length(body) AS BIGINT) AS bytes, received_at FROM delivery
             WHERE id = $1",
        )
        .bind(id)
        .optional()
        .await
}

/// Deliveries from the newest on, of one state or of all, for the health page and the API.
pub async fn list(
    session: &mut impl Session,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Summary>> {
    session
        .query(
            "SELECT id, connection, key, state, error, CAST(length(body) AS BIGINT) AS bytes, received_at FROM delivery
             WHERE ($1 IS NULL OR state = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        )
        .bind(state)
        .bind(before)
        .bind(limit)
        .all()
        .await
}

/// How many deliveries are not read yet, and since when the oldest of them waits.
pub async fn unread_count(session: &mut impl Session) -> Result<(i64, Option<Time>)> {
    let query = session.query("SELECT count(*), min(received_at) FROM delivery WHERE state = $1");
    query.bind(DeliveryState::Received).one().await
}
