//! Who somebody is: by login and password, or by a token for the API.

use super::{
    app::{App, Keys},
    error::Error,
    passwords::Turn,
};
use crate::{
    base::secret::Secret,
    model::{
        api_token::{self, ApiToken, USE_NOTED_EVERY},
        person::{PASSWORD_LONGEST, PersonAccount, login_of, normal_password},
    },
    store::{StoreError, api_tokens, people},
};

/// The person who has this login and this password. Nobody hears, by the answer or by the time it takes, whether the login exists,
/// has a password, or is switched off.
pub async fn with_password(app: &App, login: &str, password: &str, turn: Turn) -> Result<Option<PersonAccount>, Error> {
    let mut conn = app.database.read().await?;
    let found = match login_of(login) {
        Ok(login) => people::with_login(&mut conn, &login).await?.filter(|person| person.active),
        Err(_) => None,
    };
    let hash = match &found {
        Some(person) => people::password(&mut conn, person.id).await?,
        None => None,
    };
    drop(conn);
    let password = normal_password(password);
    // A longer one was never taken.
    let hash = hash.filter(|_| password.chars().count() <= PASSWORD_LONGEST);
    let password = password.chars().take(PASSWORD_LONGEST).collect::<String>();
    let fits = app.passwords.fits(Secret::new(password), hash, turn).await?;
    Ok(found.filter(|_| fits))
}

/// A token that holds, and whoever made it; `None` for the admin token's own.
pub async fn with_token(app: &App, token: &str) -> Result<Option<(ApiToken, Option<PersonAccount>)>, StoreError> {
    if !api_token::is_token(token) {
        return Ok(None);
    }
    let now = app.clock.now();
    let found = api_tokens::open(&mut app.database.read().await?, &Keys::hash(token), now).await?;
    let holds = |(token, owner): &(ApiToken, Option<PersonAccount>)| match owner {
        Some(owner) => owner.active,
        None => token.person.is_none(),
    };
    let Some((token, owner)) = found.filter(holds) else { return Ok(None) };
    if token.used_at.is_none_or(|used| now.since(used) >= USE_NOTED_EVERY) {
        let mut tx = app.database.begin().await?;
        api_tokens::used(&mut tx, token.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some((token, owner)))
}
