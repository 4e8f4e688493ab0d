//! Tokens for the API. Only hashes are kept.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        api_token::ApiToken,
        id::{ApiTokenId, PersonId},
        person::PersonAccount,
    },
};

record!(ApiToken { id, person = "person_id", name, role, scope, created_at, expires_at, used_at });

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, person_id, name, role, scope, created_at, expires_at, used_at FROM api_token ", $rest)
    };
}

/// Adds a token.
pub async fn add(tx: &mut Tx, token: &ApiToken, hash: &[u8]) -> Result<()> {
    tx.query(
        "INSERT INTO api_token (id, hash, person_id, name, role, scope, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(token.id)
    .bind(hash)
    .bind(token.person)
    .bind(token.name.as_str())
    .bind(token.role)
    .bind(token.scope)
    .bind(token.created_at)
    .bind(token.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// The token of this hash, while it lasts, with whoever made it.
pub async fn open(
    session: &mut impl Session,
    hash: &[u8],
    now: Time,
) -> Result<Option<(ApiToken, Option<PersonAccount>)>> {
    let found =
        session.query(select!("WHERE hash = $1 AND expires_at > $2 AND revoked_at IS NULL")).bind(hash).bind(now);
    let Some(token) = found.optional::<ApiToken>().await? else { return Ok(None) };
    let person = match token.person {
        Some(person) => super::people::get(session, person).await?,
        None => None,
    };
    Ok(Some((token, person)))
}

/// One token that was not revoked.
pub async fn get(session: &mut impl Session, id: ApiTokenId) -> Result<Option<ApiToken>> {
    session.query(select!("WHERE id = $1 AND revoked_at IS NULL")).bind(id).optional().await
}

/// The tokens that were not revoked, the newest first: a person's, or all.
pub async fn list(session: &mut impl Session, person: Option<PersonId>) -> Result<Vec<ApiToken>> {
    let rows = session.query(select!("WHERE revoked_at IS NULL AND ($1 IS NULL OR person_id = $1) ORDER BY id DESC"));
    rows.bind(person).all().await
}

/// Notes that a token was used.
pub async fn used(tx: &mut Tx, id: ApiTokenId, now: Time) -> Result<()> {
    tx.query("UPDATE api_token SET used_at = $2 WHERE id = $1").bind(id).bind(now).execute().await?;
    Ok(())
}

/// Ends a token; false if it had ended.
pub async fn revoke(tx: &mut Tx, id: ApiTokenId, now: Time) -> Result<bool> {
    let ended =
        tx.query("UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL").bind(id).bind(now);
    Ok(ended.execute().await? == 1)
}

/// Ends every token of a person, and says how many there were.
pub async fn revoke_of(tx: &mut Tx, person: PersonId, now: Time) -> Result<u64> {
    let ended = tx.query("UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL");
    ended.bind(person).bind(now).execute().await
}
