//! The console's sessions. Only hashes of their cookies are kept.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        id::{PersonId, SessionId},
        person::PersonAccount,
    },
};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSession {
    /// By which it is named.
    pub id: SessionId,
    /// Who signed in; `None` if the admin token did.
    pub person: Option<PersonId>,
    /// When.
    pub began_at: Time,
    /// From which address.
    pub address: Option<String>,
    /// When it ends by itself.
    pub expires_at: Time,
}
record!(ConsoleSession { id, person = "person_id", began_at, address, expires_at });

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, person_id, began_at, address, expires_at FROM session ", $rest)
    };
}

/// Begins a session.
pub async fn begin(tx: &mut Tx, hash: &[u8], session: &ConsoleSession) -> Result<()> {
    tx.query(
        "INSERT INTO session (hash, id, person_id, began_at, address, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash)
    .bind(session.id)
    .bind(session.person)
    .bind(session.began_at)
    .bind(session.address.as_deref())
    .bind(session.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The session of this hash and whose it is, unless it has expired or its person is switched off.
pub async fn open(
    session: &mut impl Session,
    hash: &[u8],
    now: Time,
) -> Result<Option<(ConsoleSession, Option<PersonAccount>)>> {
    let found = session.query(select!("WHERE hash = $1 AND expires_at > $2")).bind(hash).bind(now);
    let Some(open) = found.optional::<ConsoleSession>().await? else { return Ok(None) };
    let Some(person) = open.person else { return Ok(Some((open, None))) };
    let person = super::people::get(session, person).await?.filter(|person| person.active);
    Ok(person.map(|person| (open, Some(person))))
}

/// The sessions that are open, the newest first: a person's, or all.
pub async fn list(session: &mut impl Session, person: Option<PersonId>, now: Time) -> Result<Vec<ConsoleSession>> {
    let rows = session
        .query(select!("WHERE expires_at > $1 AND ($2 IS NULL OR person_id = $2) ORDER BY began_at DESC, id DESC"));
    rows.bind(now).bind(person).all().await
}

/// Ends the session of a cookie, and deletes those that have expired.
pub async fn end(tx: &mut Tx, hash: &[u8], now: Time) -> Result<()> {
    tx.query("DELETE FROM session WHERE hash = $1 OR expires_at <= $2").bind(hash).bind(now).execute().await?;
    Ok(())
}

/// Ends one session by its name, of anybody's or of this person only; false if there is none such.
pub async fn end_one(tx: &mut Tx, id: SessionId, of: Option<PersonId>) -> Result<bool> {
    let ended = tx.query("DELETE FROM session WHERE id = $1 AND ($2 IS NULL OR person_id = $2)").bind(id).bind(of);
    Ok(ended.execute().await? == 1)
}

/// Ends every session of a person but perhaps one, and says how many there were.
pub async fn end_of(tx: &mut Tx, person: PersonId, but: Option<SessionId>) -> Result<u64> {
    let ended =
        tx.query("DELETE FROM session WHERE person_id = $1 AND ($2 IS NULL OR id <> $2)").bind(person).bind(but);
    ended.execute().await
}

/// Ends every session, and says how many there were.
pub async fn end_all(tx: &mut Tx) -> Result<u64> {
    tx.query("DELETE FROM session").execute().await
}
