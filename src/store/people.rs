//! The team's accounts, and the invitations by which people set their passwords.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{id::PersonId, person::PersonAccount, role::Role},
};

record!(PersonAccount { id, name, login, role, active, has_password, subject, created_at });

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT person.id, person.name, person.login, person.role, person.active,
                    person.password IS NOT NULL AS has_password, person.subject, person.created_at
             FROM person ",
            $rest
        )
    };
}

/// Adds an account. Somebody else may have the login already: see [`super::StoreError::is_duplicate`].
pub async fn add(tx: &mut Tx, person: &PersonAccount) -> Result<()> {
    tx.query("INSERT INTO person (id, name, login, role, active, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(person.id)
        .bind(person.name.as_str())
        .bind(person.login.as_str())
        .bind(person.role)
        .bind(person.active)
        .bind(person.created_at)
        .execute()
        .await?;
    Ok(())
}

/// One account.
pub async fn get(session: &mut impl Session, id: PersonId) -> Result<Option<PersonAccount>> {
    session.query(select!("WHERE id = $1")).bind(id).optional().await
}

/// The account of a login.
pub async fn with_login(session: &mut impl Session, login: &str) -> Result<Option<PersonAccount>> {
    session.query(select!("WHERE login = $1")).bind(login).optional().await
}

/// The account of somebody whom the company's own sign-in knows by this word.
pub async fn with_subject(session: &mut impl Session, subject: &str) -> Result<Option<PersonAccount>> {
    session.query(select!("WHERE subject = $1")).bind(subject).optional().await
}

/// Notes by which word the company's own sign-in knows somebody; false if it knows them by another one already, or if they are switched
/// off.
pub async fn set_subject(tx: &mut Tx, id: PersonId, subject: &str) -> Result<bool> {
    let set = tx.query("UPDATE person SET subject = $2 WHERE id = $1 AND subject IS NULL AND active").bind(id);
    Ok(set.bind(subject).execute().await? == 1)
}

/// Forgets by which word the company's own sign-in knows somebody.
pub async fn forget_subject(tx: &mut Tx, id: PersonId) -> Result<()> {
    tx.query("UPDATE person SET subject = NULL WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// Every account, in the order of names.
pub async fn all(session: &mut impl Session) -> Result<Vec<PersonAccount>> {
    session.query(select!("ORDER BY lower(name), id")).all().await
}

/// Whether there is any account.
pub async fn are_there(session: &mut impl Session) -> Result<bool> {
    Ok(session.query("SELECT 1 FROM person LIMIT 1").optional::<(i32,)>().await?.is_some())
}

/// The password's hash, if one is set.
pub async fn password(session: &mut impl Session, id: PersonId) -> Result<Option<String>> {
    let row =
        session.query("SELECT password FROM person WHERE id = $1").bind(id).optional::<(Option<String>,)>().await?;
    Ok(row.and_then(|(password,)| password))
}

/// Sets the password's hash.
pub async fn set_password(tx: &mut Tx, id: PersonId, hash: &str) -> Result<()> {
    tx.query("UPDATE person SET password = $2 WHERE id = $1").bind(id).bind(hash).execute().await?;
    Ok(())
}

/// Says what somebody may do.
pub async fn set_role(tx: &mut Tx, id: PersonId, role: Role) -> Result<()> {
    tx.query("UPDATE person SET role = $2 WHERE id = $1").bind(id).bind(role).execute().await?;
    Ok(())
}

/// Switches an account on or off.
pub async fn set_active(tx: &mut Tx, id: PersonId, active: bool) -> Result<()> {
    tx.query("UPDATE person SET active = $2 WHERE id = $1").bind(id).bind(active).execute().await?;
    Ok(())
}

/// Holds every account that could be an admin's until the transaction ends, so that two admins do not switch each other off at once,
/// and gives those that are one's and switched on, whether or not they can sign in.
pub async fn hold_admins(tx: &mut Tx) -> Result<Vec<PersonAccount>> {
    // A change of nothing, because SQLite has no FOR UPDATE. The order keeps two of these from waiting for each other.
    tx.query("UPDATE counter SET value = value WHERE name = 'audit'").execute().await?;
    tx.query(select!("WHERE role = 'admin' AND active ORDER BY id")).all().await
}

/// Gives a person an invitation, which takes the place of an earlier one.
pub async fn invite(tx: &mut Tx, person: PersonId, hash: &[u8], expires_at: Time) -> Result<()> {
    tx.query(
        "INSERT INTO invitation (person_id, hash, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (person_id) DO UPDATE SET hash = $2, expires_at = $3",
    )
    .bind(person)
    .bind(hash)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

/// Whose invitation this is, unless it has ended or the account is switched off.
pub async fn invited(session: &mut impl Session, hash: &[u8], now: Time) -> Result<Option<PersonAccount>> {
    session
        .query(select!(
            "JOIN invitation ON invitation.person_id = person.id
             WHERE invitation.hash = $1 AND invitation.expires_at > $2 AND person.active"
        ))
        .bind(hash)
        .bind(now)
        .optional()
        .await
}

/// Takes an invitation, so that nobody can use it again; false if somebody did.
pub async fn take_invitation(tx: &mut Tx, hash: &[u8], now: Time) -> Result<bool> {
    let taken = tx.query("DELETE FROM invitation WHERE hash = $1 AND expires_at > $2").bind(hash).bind(now);
    Ok(taken.execute().await? == 1)
}

/// Ends a person's invitation, if there is one.
pub async fn end_invitation(tx: &mut Tx, person: PersonId) -> Result<()> {
    tx.query("DELETE FROM invitation WHERE person_id = $1").bind(person).execute().await?;
    Ok(())
}

/// Who is still to follow an invitation, and until when they can.
pub async fn invitations(session: &mut impl Session) -> Result<Vec<(PersonId, Time)>> {
    session.query("SELECT person_id, expires_at FROM invitation").all().await
}
