//! Sessions of the console that somebody ends: one, those of a person, or all.

use crate::{
    flow::{app::App, error::Error},
    model::{
        decision::Actor,
        id::{PersonId, SessionId},
        refusal::Missing,
    },
    store::{audit, sessions},
};

/// Ends a session: one's own, or anybody's.
pub async fn end(app: &App, id: SessionId, of: Option<PersonId>, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    if !sessions::end_one(&mut tx, id, of).await? {
        return Err(Missing::Session.into());
    }
    audit::add(&mut tx, actor, "end_session", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every session of a person but perhaps the one that they are in, and says how many there were.
pub async fn end_of(app: &App, person: PersonId, but: Option<SessionId>, actor: &Actor) -> Result<u64, Error> {
    let mut tx = app.database.begin().await?;
    let ended = sessions::end_of(&mut tx, person, but).await?;
    audit::add(&mut tx, actor, "end_sessions", &person.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends every session of everybody, and says how many there were.
pub async fn end_all(app: &App, actor: &Actor) -> Result<u64, Error> {
    let mut tx = app.database.begin().await?;
    let ended = sessions::end_all(&mut tx).await?;
    audit::add(&mut tx, actor, "end_sessions", "all", app.clock.now()).await?;
    tx.commit().await?;
    Ok(ended)
}
