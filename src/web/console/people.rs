//! The team: who has an account and what they may do, who is signed in, and which tokens there are.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    account::{SessionLine, TokenLine, see_other, session_id, token_id},
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    base::secret::Secret,
    flow::{
        App,
        people::{
            accounts::{self, Invited},
            sessions as ended, tokens,
        },
        sign_on,
    },
    model::{
        api_token::ApiToken,
        id::PersonId,
        person::PersonAccount,
        role::{Privilege, Role, right},
    },
    store::{
        api_tokens, people,
        sessions::{self, ConsoleSession},
    },
    web::{
        caller::Caller,
        may::May,
        ui::{self, Html},
    },
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/people", web::get().to(show))
        .route("/people", web::post().to(invite))
        .route("/people/{id}/invite", web::post().to(invite_again))
        .route("/people/{id}/role", web::post().to(set_role))
        .route("/people/{id}/off", web::post().to(switch_off))
        .route("/people/{id}/on", web::post().to(switch_on))
        .route("/people/sessions/{id}/end", web::post().to(end_session))
        .route("/people/tokens/{id}/revoke", web::post().to(revoke_token));
}

struct PersonLine {
    id: String,
    initials: Html,
    name: String,
    login: String,
    role: Role,
    active: bool,
    state: String,
    is_reader: bool,
}

/// An invitation that was just made: for whom, its link, and until when. It is shown this once.
struct InvitationLink {
    name: String,
    link: Secret,
    ends: Html,
}

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage {
    shell: Shell,
    people: Vec<PersonLine>,
    roles: Vec<(&'static str, &'static str)>,
    /// What each role may do, for whoever gives one.
    table: Vec<(&'static str, Vec<bool>)>,
    role_names: Vec<&'static str>,
    invitation: Option<InvitationLink>,
    sessions: Vec<SessionLine>,
    tokens: Vec<TokenLine>,
}

async fn show(May { app, caller, .. }: May<right::People>, said: web::Query<FlashQuery>) -> Answer {
    page(&app, &caller, &said, None).await
}

async fn page(app: &App, caller: &Caller, said: &FlashQuery, invited: Option<Invited>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(app, caller, "people", said).await?;
    let accounts = people::all(&mut conn).await?;
    let invitations = people::invitations(&mut conn).await?;
    let called = |id: Option<PersonId>| match id {
        Some(id) => accounts.iter().find(|one| one.id == id).map_or_else(String::new, |one| one.name.clone()),
        None => "Admin token".to_owned(),
    };
    let open = sessions::list(&mut conn, None, now).await?.into_iter();
    let tokens = api_tokens::list(&mut conn, None).await?.into_iter();
    let session_line = |one: ConsoleSession| {
        let who = called(one.person);
        SessionLine::new(one, who, caller, now)
    };
    let token_line = |one: ApiToken| {
        let who = called(one.person);
        TokenLine::new(one, who, now)
    };
    let line = |one: &PersonAccount| {
        let until = invitations.iter().find(|(person, _)| *person == one.id).map(|(_, until)| *until);
        let state = match (one.active, one.has_password, until) {
            (false, ..) => "switched off".to_owned(),
            (true, _, Some(until)) if until > now => format!("invited, the link ends {}", ui::said(until, now)),
            (true, true, _) => "can sign in".to_owned(),
            (true, false, _) => by_provider(app, one),
        };
        PersonLine {
            id: one.id.to_string(),
            initials: ui::person(&one.name),
            name: one.name.clone(),
            login: one.login.clone(),
            role: one.role,
            active: one.active,
            state,
            is_reader: caller.person_id() == Some(one.id),
        }
    };
    let table = |privilege: &Privilege| {
        (privilege.sentence(), Role::ALL.iter().map(|role| role.may(*privilege)).collect::<Vec<bool>>())
    };
    Ok(ui::page(&PeoplePage {
        people: accounts.iter().map(line).collect(),
        roles: Role::ALL.iter().map(|role| (role.as_str(), role.name())).collect(),
        table: Privilege::ALL.iter().map(table).collect(),
        role_names: Role::ALL.iter().map(|role| role.name()).collect(),
        sessions: open.map(session_line).collect(),
        tokens: tokens.map(token_line).collect(),
        invitation: invited.map(|invited| InvitationLink {
            link: Secret::new(link(app, &invited)),
            name: invited.person.name,
            ends: ui::when(invited.expires_at, now),
        }),
        shell,
    }))
}

/// How somebody without a password comes in.
fn by_provider(app: &App, person: &PersonAccount) -> String {
    let provider = app.settings.sign_on.as_ref().filter(|_| sign_on::brings_in(app, person));
    provider.map_or_else(|| "the invitation has ended".to_owned(), |settings| format!("comes by {}", settings.name))
}

fn link(app: &App, invited: &Invited) -> String {
    app.link(&format!("/invitation/{}", invited.token.expose()))
}

#[derive(Deserialize)]
struct InviteForm {
    name: String,
    login: String,
    role: String,
}

/// Invites somebody and shows the link. Whoever makes the first account is led to it: it is their own.
async fn invite(May { app, by, caller, .. }: May<right::People>, form: web::Form<InviteForm>) -> Answer {
    let is_first = !people::are_there(&mut app.database.read().await?).await?;
    let role = role(&form.role)?;
    if is_first && role != Role::Admin {
        return Err(ConsoleError::refused("The first account is an admin's: somebody has to invite the others."));
    }
    let invited = accounts::invite(&app, &form.name, &form.login, role, &by).await?;
    if is_first {
        return Ok(see_other(&format!("/invitation/{}", invited.token.expose())));
    }
    page(&app, &caller, &FlashQuery::default(), Some(invited)).await
}

async fn invite_again(May { app, by, caller, .. }: May<right::People>, path: web::Path<String>) -> Answer {
    let invited = accounts::invite_again(&app, person_id(&path)?, &by).await?;
    page(&app, &caller, &FlashQuery::default(), Some(invited)).await
}

#[derive(Deserialize)]
struct RoleForm {
    role: String,
}

async fn set_role(
    May { app, by, .. }: May<right::People>,
    path: web::Path<String>,
    form: web::Form<RoleForm>,
) -> Answer {
    accounts::set_role(&app, person_id(&path)?, role(&form.role)?, &by).await?;
    Ok(back("/people", "role"))
}

async fn switch_off(May { app, by, .. }: May<right::People>, path: web::Path<String>) -> Answer {
    accounts::switch(&app, person_id(&path)?, false, &by).await?;
    Ok(back("/people", "switched-off"))
}

async fn switch_on(May { app, by, .. }: May<right::People>, path: web::Path<String>) -> Answer {
    accounts::switch(&app, person_id(&path)?, true, &by).await?;
    Ok(back("/people", "switched-on"))
}

async fn end_session(May { app, by, .. }: May<right::People>, path: web::Path<String>) -> Answer {
    ended::end(&app, session_id(&path)?, None, &by).await?;
    Ok(back("/people", "session-ended"))
}

async fn revoke_token(May { app, by, .. }: May<right::People>, path: web::Path<String>) -> Answer {
    tokens::revoke(&app, token_id(&path)?, None, &by).await?;
    Ok(back("/people", "token-ended"))
}

fn person_id(text: &str) -> Result<PersonId, ConsoleError> {
    PersonId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such account."))
}

fn role(word: &str) -> Result<Role, ConsoleError> {
    Role::parse(word).ok_or_else(|| ConsoleError::refused("That is not a role."))
}
