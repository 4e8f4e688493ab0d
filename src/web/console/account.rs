//! One's own account: the password, where one is signed in, and the tokens that one has made.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use askama::Template;
use serde::Deserialize;

use super::{
    login::add_cookie,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    base::{clock::Time, secret::Secret},
    flow::{
        App,
        people::{
            accounts, sessions as ended,
            tokens::{self, WantedToken},
        },
    },
    model::{
        api_token::{ApiToken, LASTS_DAYS, LASTS_DAYS_MOST},
        id::{ApiTokenId, PersonId, SessionId},
        person::{PASSWORD_LONGEST, PASSWORD_SHORTEST},
        role::{Role, Scope, right},
    },
    store::{
        api_tokens,
        sessions::{self, ConsoleSession},
    },
    web::{
        auth,
        caller::Caller,
        guesses::Guesses,
        may::May,
        ui::{self, Html},
    },
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/account", web::get().to(show))
        .route("/account/password", web::post().to(change_password))
        .route("/account/sessions/end", web::post().to(end_others))
        .route("/account/sessions/{id}/end", web::post().to(end_session))
        .route("/account/tokens", web::post().to(make_token))
        .route("/account/tokens/{id}/revoke", web::post().to(revoke_token));
}

/// A session in a list.
pub(super) struct SessionLine {
    pub id: String,
    pub who: String,
    pub began: Html,
    pub address: String,
    pub ends: Html,
    pub this: bool,
}

impl SessionLine {
    pub fn new(session: ConsoleSession, who: String, caller: &Caller, now: Time) -> Self {
        Self {
            this: caller.session() == Some(session.id),
            id: session.id.to_string(),
            who,
            began: ui::when(session.began_at, now),
            address: session.address.unwrap_or_else(|| "unknown".to_owned()),
            ends: ui::when(session.expires_at, now),
        }
    }
}

/// A token in a list.
pub(super) struct TokenLine {
    pub id: String,
    pub name: String,
    pub who: String,
    pub may: String,
    pub ends: Html,
    pub ended: bool,
    pub used: Html,
}

impl TokenLine {
    pub fn new(token: ApiToken, who: String, now: Time) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            who,
            may: format!("{}, {}", token.role.name(), token.scope),
            ends: ui::when(token.expires_at, now),
            ended: token.expires_at <= now,
            used: token.used_at.map_or_else(|| ui::text("never"), |at| ui::when(at, now)),
        }
    }
}

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage {
    shell: Shell,
    /// The login; `None` for whoever signed in with the admin token.
    login: Option<String>,
    sessions: Vec<SessionLine>,
    tokens: Vec<TokenLine>,
    /// The token that was just made; it is shown this once.
    made: Option<(String, Secret)>,
    roles: Vec<(&'static str, &'static str)>,
    shortest: usize,
    longest: usize,
    days: u32,
    days_most: u32,
}

async fn show(May { app, caller, .. }: May<right::Own>, said: web::Query<FlashQuery>) -> Answer {
    page(&app, &caller, &said, None).await
}

async fn page(app: &App, caller: &Caller, said: &FlashQuery, made: Option<(String, Secret)>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(app, caller, "account", said).await?;
    // The admin token's own are those that belong to nobody.
    let person = caller.person_id();
    let is_own = |owner: Option<PersonId>| owner == person;
    let open = sessions::list(&mut conn, person, now).await?.into_iter().filter(|session| is_own(session.person));
    let tokens = api_tokens::list(&mut conn, person).await?.into_iter().filter(|token| is_own(token.person));
    Ok(ui::page(&AccountPage {
        login: caller.person().map(|person| person.login.clone()),
        sessions: open.map(|session| SessionLine::new(session, String::new(), caller, now)).collect(),
        tokens: tokens.map(|token| TokenLine::new(token, String::new(), now)).collect(),
        made,
        roles: Role::ALL
            .iter()
            .filter(|role| role.is_within(caller.role()))
            .map(|role| (role.as_str(), role.name()))
            .collect(),
        shortest: PASSWORD_SHORTEST,
        longest: PASSWORD_LONGEST,
        days: LASTS_DAYS,
        days_most: LASTS_DAYS_MOST,
        shell,
    }))
}

#[derive(Deserialize)]
struct PasswordForm {
    old: String,
    password: String,
    again: String,
}

async fn change_password(
    May { app, by, caller, .. }: May<right::Own>,
    request: HttpRequest,
    form: web::Form<PasswordForm>,
) -> Answer {
    let person = caller.person().ok_or_else(|| {
        ConsoleError::refused("The admin token has no password; it is changed in heard.toml. Make an account instead.")
    })?;
    if form.password != form.again {
        return Err(ConsoleError::refused("The two new passwords are not the same. Please write it twice."));
    }
    if !Guesses::may_try(&request, person.id) {
        return Err(ConsoleError::refused("That was wrong too often. Please wait a minute."));
    }
    accounts::change_password(&app, person.id, &form.old, &form.password, &by).await?;
    let mut response = back("/account", "password");
    let cookie = auth::begin(&request, &app, Some(person.clone())).await;
    let cookie = cookie.map_err(|_| ConsoleError::refused("Your password is changed. Please sign in with it."))?;
    add_cookie(&mut response, &cookie);
    Ok(response)
}

async fn end_session(May { app, by, caller, .. }: May<right::Own>, path: web::Path<String>) -> Answer {
    let id = session_id(&path)?;
    ended::end(&app, id, caller.person_id(), &by).await?;
    Ok(back("/account", "session-ended"))
}

async fn end_others(May { app, by, caller, .. }: May<right::Own>) -> Answer {
    let person = caller.person_id().ok_or_else(|| {
        ConsoleError::refused(
            "Whoever signed in with the admin token is ended by `heard sessions end`, with all others.",
        )
    })?;
    ended::end_of(&app, person, caller.session(), &by).await?;
    Ok(back("/account", "sessions-ended"))
}

#[derive(Deserialize)]
struct TokenForm {
    name: String,
    role: String,
    scope: String,
    days: String,
}

/// Makes a token and shows it. The page is an answer and no redirect: what is shown once has no address.
async fn make_token(May { app, by, caller, .. }: May<right::Own>, form: web::Form<TokenForm>) -> Answer {
    let wanted = WantedToken {
        person: caller.person_id(),
        own_role: caller.role(),
        name: &form.name,
        role: Role::parse(&form.role).ok_or_else(|| ConsoleError::refused("That is not a role."))?,
        scope: Scope::parse(&form.scope).ok_or_else(|| ConsoleError::refused("A token reads, or reads and writes."))?,
        days: Some(form.days.trim().parse().map_err(|_| ConsoleError::refused("Say for how many days it lasts."))?),
    };
    let (token, secret) = tokens::make(&app, &wanted, &by).await?;
    page(&app, &caller, &FlashQuery::default(), Some((token.name, secret))).await
}

async fn revoke_token(May { app, by, caller, .. }: May<right::Own>, path: web::Path<String>) -> Answer {
    tokens::revoke(&app, token_id(&path)?, caller.person_id(), &by).await?;
    Ok(back("/account", "token-ended"))
}

pub(super) fn session_id(text: &str) -> Result<SessionId, ConsoleError> {
    SessionId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such session."))
}

pub(super) fn token_id(text: &str) -> Result<ApiTokenId, ConsoleError> {
    ApiTokenId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such token."))
}

/// Where somebody goes on.
pub(super) fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path.to_owned())).finish()
}
