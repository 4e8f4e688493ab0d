//! What people and tokens are called now, by how they are stored as actors: to show who decided what.

use super::{Result, Session};
use crate::model::{
    id::{ApiTokenId, PersonId},
    person::{ActorNames, token_called},
};

/// Everybody's, also of those who are switched off, and of tokens that ended.
pub async fn all(session: &mut impl Session) -> Result<ActorNames> {
    let people = session.query("SELECT id, name FROM person").all::<(PersonId, String)>().await?;
    let tokens = session
        .query(
            "SELECT api_token.id, api_token.name, person.name FROM api_token
             LEFT JOIN person ON person.id = api_token.person_id",
        )
        .all::<(ApiTokenId, String, Option<String>)>()
        .await?;
    let people = people.into_iter().map(|(id, name)| (format!("person:{id}"), name));
    let called = |(id, name, owner): (ApiTokenId, String, Option<String>)| {
        (format!("token:{id}"), token_called(&name, owner.as_deref()))
    };
    let tokens = tokens.into_iter().map(called);
    Ok(people.chain(tokens).collect())
}
