//! The team's accounts.

use actix_web::{get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::request::id;
use crate::{
    base::clock::Time,
    flow::{
        App,
        people::accounts::{self, Invited},
    },
    model::{
        id::PersonId,
        person::PersonAccount,
        role::{self, right},
    },
    store::people,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_people).service(invite_person).service(change_person).service(invite_person_again);
}

/// Somebody of the team.
#[derive(Serialize, ToSchema)]
struct Person {
    /// Their id.
    id: PersonId,
    /// What they are called.
    name: String,
    /// Their address, by which they sign in.
    login: String,
    /// What they may do.
    role: role::Role,
    /// Whether they may sign in.
    active: bool,
    /// Whether they have set a password.
    has_password: bool,
    /// Whether they have come in by the company's own sign-in.
    known_to_provider: bool,
    /// When they were invited first.
    created_at: Time,
}

impl From<PersonAccount> for Person {
    fn from(person: PersonAccount) -> Self {
        let PersonAccount { id, name, login, role, active, has_password, subject, created_at } = person;
        Self { id, name, login, role, active, has_password, known_to_provider: subject.is_some(), created_at }
    }
}

#[derive(Serialize, ToSchema)]
struct PersonList {
    people: Vec<Person>,
    /// Always null: all of them are listed.
    next: Option<String>,
}

/// List the people who have an account, in the order of their names.
#[utoipa::path(tag = "people", responses((status = 200, description = "People", body = PersonList)))]
#[get("/people")]
async fn list_people(May { app, .. }: May<right::People>) -> Result<web::Json<PersonList>, Problem> {
    let all = people::all(&mut app.database.read().await?).await?;
    Ok(web::Json(PersonList { people: all.into_iter().map(Person::from).collect(), next: None }))
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    /// What they are called.
    name: String,
    /// Their address, by which they will sign in.
    login: String,
    /// What they may do: `agent`, `product`, `engineer` or `admin`.
    role: role::Role,
}

/// An invitation. Its link is shown this once.
#[derive(Serialize, ToSchema)]
struct Invitation {
    /// Who is invited.
    person: Person,
    /// Where they set their password, once.
    url: String,
    /// Until when.
    expires_at: Time,
}

impl Invitation {
    fn of(app: &App, invited: Invited) -> Self {
        Self {
            url: app.link(&format!("/invitation/{}", invited.token.expose())),
            expires_at: invited.expires_at,
            person: invited.person.into(),
        }
    }
}

/// Invite somebody. Nothing is sent: give them the link yourself.
#[utoipa::path(tag = "people", request_body = NewPerson,
    responses((status = 200, description = "The invitation", body = Invitation)))]
#[post("/people")]
async fn invite_person(
    May { app, by, .. }: May<right::People>,
    person: web::Json<NewPerson>,
) -> Result<web::Json<Invitation>, Problem> {
    let NewPerson { name, login, role } = person.into_inner();
    let invited = accounts::invite(&app, &name, &login, role, &by).await?;
    Ok(web::Json(Invitation::of(&app, invited)))
}

/// Invite somebody again, who lost the invitation or the password. Until they follow it, everything stays as it is.
#[utoipa::path(tag = "people", params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "The invitation", body = Invitation)))]
#[post("/people/{id}/invite")]
async fn invite_person_again(
    May { app, by, .. }: May<right::People>,
    path: web::Path<String>,
) -> Result<web::Json<Invitation>, Problem> {
    let invited = accounts::invite_again(&app, id(&path, PersonId::parse, "person")?, &by).await?;
    Ok(web::Json(Invitation::of(&app, invited)))
}

/// What changes about an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonChange {
    /// What they may do.
    role: Option<role::Role>,
    /// Whether they may sign in. Switching off ends their sessions and tokens at once.
    active: Option<bool>,
}

/// Give somebody another role, or switch their account off or on. They have to sign in again.
#[utoipa::path(tag = "people", request_body = PersonChange, params(("id" = String, Path, description = "The person's id")),
    responses((status = 200, description = "The person", body = Person)))]
#[patch("/people/{id}")]
async fn change_person(
    May { app, by, .. }: May<right::People>,
    path: web::Path<String>,
    change: web::Json<PersonChange>,
) -> Result<web::Json<Person>, Problem> {
    let asked = id(&path, PersonId::parse, "person")?;
    if let Some(role) = change.role {
        accounts::set_role(&app, asked, role, &by).await?;
    }
    if let Some(active) = change.active {
        accounts::switch(&app, asked, active, &by).await?;
    }
    let found = people::get(&mut app.database.read().await?, asked).await?;
    let missing = || Problem::saying(ProblemType::NotFound, format!("Nobody here has the id {asked}."));
    Ok(web::Json(found.ok_or_else(missing)?.into()))
}
