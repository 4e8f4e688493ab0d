//! The team's accounts: an admin invites somebody, says what they may do, and switches them off; they set and change their password.
//!
//! What takes something from somebody ends their sessions at once, so that nobody goes on with what they no longer have.

use std::time::Duration;

use tracing::info;

use crate::{
    base::{clock::Time, random, secret::Secret},
    flow::{
        app::{App, Keys},
        error::Error,
        passwords::Turn,
        sign_on,
    },
    model::{
        decision::Actor,
        id::PersonId,
        person::{PersonAccount, fit_password, login_of, normal_password, person_called},
        refusal::{Missing, Refusal},
        role::Role,
    },
    store::{Tx, api_tokens, audit, people, sessions},
};

/// How long an invitation can be followed.
const INVITATION: Duration = Duration::from_hours(72);

/// An invitation, as it is handed over once.
#[derive(Debug)]
pub struct Invited {
    /// Who is invited.
    pub person: PersonAccount,
    /// The last part of its link.
    pub token: Secret,
    /// Until when it can be followed.
    pub expires_at: Time,
}

/// Makes an account and its invitation.
pub async fn invite(app: &App, name: &str, login: &str, role: Role, actor: &Actor) -> Result<Invited, Error> {
    let now = app.clock.now();
    let person = PersonAccount {
        id: PersonId::generate(now),
        name: person_called(name).map_err(Refusal::CredentialUnfit)?,
        login: login_of(login).map_err(Refusal::CredentialUnfit)?,
        role,
        active: true,
        has_password: false,
        subject: None,
        created_at: now,
    };
    let mut tx = app.database.begin().await?;
    match people::add(&mut tx, &person).await {
        Err(error) if error.is_duplicate() => return Err(Refusal::LoginTaken.into()),
        added => added?,
    }
    let (token, expires_at) = new_invitation(&mut tx, person.id, now).await?;
    audit::change(&mut tx, actor, "invite", &person.id.to_string(), (None, Some(role.as_str())), now).await?;
    tx.commit().await?;
    info!(person.id = %person.id, %role, by = %actor.as_str(), "Somebody was invited");
    Ok(Invited { person, token, expires_at })
}

/// Makes an account that has one another invitation: they have lost theirs, or their password. Until it is followed, everything
/// stays as it is.
pub async fn invite_again(app: &App, id: PersonId, actor: &Actor) -> Result<Invited, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let person = existing(&mut tx, id).await?;
    if !person.active {
        return Err(Refusal::AccountOff.into());
    }
    let (token, expires_at) = new_invitation(&mut tx, id, now).await?;
    audit::add(&mut tx, actor, "invite_again", &id.to_string(), now).await?;
    tx.commit().await?;
    Ok(Invited { person, token, expires_at })
}

async fn new_invitation(tx: &mut Tx, person: PersonId, now: Time) -> Result<(Secret, Time), Error> {
    let token = random::token().map_err(|error| {
        tracing::error!(%error, "The system gives no randomness");
        Refusal::PasswordsBusy
    })?;
    let expires_at = now.plus(INVITATION);
    people::invite(tx, person, &Keys::hash(&token), expires_at).await?;
    Ok((Secret::new(token), expires_at))
}

/// Whose invitation this is, while it can be followed. Looking changes nothing: mail programs open links, too.
pub async fn invited(app: &App, token: &str) -> Result<PersonAccount, Error> {
    let found = people::invited(&mut app.database.read().await?, &Keys::hash(token), app.clock.now()).await?;
    Ok(found.ok_or(Missing::Invitation)?)
}

/// Somebody follows their invitation and sets their password. It cannot be followed again, whoever was signed in as them is not any
/// more, and the company's own sign-in has to say anew who they are.
pub async fn accept(app: &App, token: &str, password: &str, address: Option<String>) -> Result<PersonAccount, Error> {
    let person = invited(app, token).await?;
    let hash = hashed(app, password, &person).await?;
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if !people::take_invitation(&mut tx, &Keys::hash(token), now).await? {
        return Err(Missing::Invitation.into());
    }
    people::set_password(&mut tx, person.id, &hash).await?;
    people::forget_subject(&mut tx, person.id).await?;
    sessions::end_of(&mut tx, person.id, None).await?;
    let actor = Actor::person(person.id, &person.name).at(address);
    audit::add(&mut tx, &actor, "accept_invitation", &person.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(person)
}

/// Somebody changes their own password. All of their sessions end; whoever calls this begins another one.
pub async fn change_password(app: &App, id: PersonId, old: &str, new: &str, actor: &Actor) -> Result<(), Error> {
    let mut conn = app.database.read().await?;
    let person = people::get(&mut conn, id).await?.ok_or(Missing::Person(id))?;
    let kept = people::password(&mut conn, id).await?;
    drop(conn);
    if !app.passwords.fits(Secret::new(normal_password(old)), kept, Turn::Known).await? {
        return Err(Refusal::PasswordWrong.into());
    }
    let hash = hashed(app, new, &person).await?;
    let mut tx = app.database.begin().await?;
    people::set_password(&mut tx, id, &hash).await?;
    people::end_invitation(&mut tx, id).await?;
    sessions::end_of(&mut tx, id, None).await?;
    audit::add(&mut tx, actor, "change_password", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The hash of a password that somebody sets: whoever does has an invitation or is signed in.
async fn hashed(app: &App, password: &str, person: &PersonAccount) -> Result<String, Error> {
    let password = normal_password(password);
    fit_password(&password, &person.name, &person.login).map_err(Refusal::CredentialUnfit)?;
    app.passwords.hash(Secret::new(password), Turn::Known).await
}

/// Says what somebody may do. They sign in again, and their tokens may no more than they do.
pub async fn set_role(app: &App, id: PersonId, role: Role, actor: &Actor) -> Result<PersonAccount, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let person = existing(&mut tx, id).await?;
    if person.role == role {
        return Ok(person);
    }
    leave_an_admin(app, &mut tx, id).await?;
    people::set_role(&mut tx, id, role).await?;
    sessions::end_of(&mut tx, id, None).await?;
    let changed = (Some(person.role.as_str()), Some(role.as_str()));
    audit::change(&mut tx, actor, "set_role", &id.to_string(), changed, now).await?;
    tx.commit().await?;
    info!(person.id = %id, %role, by = %actor.as_str(), "Somebody has another role");
    Ok(PersonAccount { role, ..person })
}

/// Switches an account off, with every session, token and invitation of it, or on again. It is never deleted, so that what they did
/// keeps its name.
pub async fn switch(app: &App, id: PersonId, on: bool, actor: &Actor) -> Result<PersonAccount, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let person = existing(&mut tx, id).await?;
    if person.active == on {
        return Ok(person);
    }
    if !on {
        leave_an_admin(app, &mut tx, id).await?;
        sessions::end_of(&mut tx, id, None).await?;
        api_tokens::revoke_of(&mut tx, id, now).await?;
        people::end_invitation(&mut tx, id).await?;
    }
    people::set_active(&mut tx, id, on).await?;
    audit::add(&mut tx, actor, if on { "switch_on" } else { "switch_off" }, &id.to_string(), now).await?;
    tx.commit().await?;
    info!(person.id = %id, on, by = %actor.as_str(), "An account was switched");
    Ok(PersonAccount { active: on, ..person })
}

/// Refuses what would leave no admin who can sign in, by whatever way.
async fn leave_an_admin(app: &App, tx: &mut Tx, id: PersonId) -> Result<(), Error> {
    let admins = people::hold_admins(tx).await?.into_iter();
    let can_sign_in = |one: &PersonAccount| one.has_password || sign_on::brings_in(app, one);
    let left: Vec<PersonId> = admins.filter(can_sign_in).map(|one| one.id).collect();
    if left == [id] { Err(Refusal::LastAdmin.into()) } else { Ok(()) }
}

async fn existing(tx: &mut Tx, id: PersonId) -> Result<PersonAccount, Error> {
    Ok(people::get(tx, id).await?.ok_or(Missing::Person(id))?)
}
