//! Tokens for the API: somebody makes one for a program of theirs, and ends it.

use std::time::Duration;

use crate::{
    base::{random, secret::Secret},
    flow::{
        app::{App, Keys},
        error::Error,
    },
    model::{
        api_token::{ApiToken, LASTS_DAYS, LASTS_DAYS_MOST, token_of},
        decision::Actor,
        id::{ApiTokenId, PersonId},
        person::person_called,
        refusal::{Missing, Refusal},
        role::{Role, Scope},
    },
    store::{api_tokens, audit},
};

/// What somebody wants a token to be.
#[derive(Clone, Debug)]
pub struct WantedToken<'w> {
    /// Whose it will be; `None` for the admin token's own.
    pub person: Option<PersonId>,
    /// What they may do themselves.
    pub own_role: Role,
    /// What it is for.
    pub name: &'w str,
    /// What it may do at most.
    pub role: Role,
    /// What of that.
    pub scope: Scope,
    /// For how many days; [`LASTS_DAYS`] where nobody says.
    pub days: Option<u32>,
}

/// Makes a token, which is known to nobody but whoever is answered.
pub async fn make(app: &App, wanted: &WantedToken<'_>, actor: &Actor) -> Result<(ApiToken, Secret), Error> {
    let days = wanted.days.unwrap_or(LASTS_DAYS);
    if days == 0 || days > LASTS_DAYS_MOST {
        return Err(Refusal::TokenLastsOutOfBounds { most: LASTS_DAYS_MOST }.into());
    }
    if !wanted.role.is_within(wanted.own_role) {
        return Err(Refusal::RoleAboveOwn.into());
    }
    let now = app.clock.now();
    let token = ApiToken {
        id: ApiTokenId::generate(now),
        person: wanted.person,
        name: person_called(wanted.name).map_err(Refusal::CredentialUnfit)?,
        role: wanted.role,
        scope: wanted.scope,
        created_at: now,
        expires_at: now.plus(Duration::from_hours(24 * u64::from(days))),
        used_at: None,
    };
    let secret = random::bytes().map(token_of).map_err(|error| {
        tracing::error!(%error, "The system gives no randomness");
        Refusal::PasswordsBusy
    })?;
    let mut tx = app.database.begin().await?;
    api_tokens::add(&mut tx, &token, &Keys::hash(&secret)).await?;
    let may = format!("{} {}", token.role, token.scope);
    audit::change(&mut tx, actor, "make_token", &token.id.to_string(), (None, Some(may.as_str())), now).await?;
    tx.commit().await?;
    Ok((token, Secret::new(secret)))
}

/// Ends a token at once: one's own, or anybody's.
pub async fn revoke(app: &App, id: ApiTokenId, of: Option<PersonId>, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let token = api_tokens::get(&mut tx, id).await?.filter(|token| of.is_none() || token.person == of);
    token.ok_or(Missing::ApiToken(id))?;
    api_tokens::revoke(&mut tx, id, now).await?;
    audit::add(&mut tx, actor, "revoke_token", &id.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}
