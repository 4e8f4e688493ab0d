//! `/connect/github`: forms that take what `heard connect github` takes, the plan, the button, and the way to GitHub and back.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    connect::{self, AgreedForm, ConnectSide, session_of, to_its_end},
    shell::{self, Answer, FlashQuery, Shell},
};
use crate::{
    flow::{
        App,
        connect::{
            by_page,
            fields::{GithubFields, typed},
        },
    },
    model::role::right,
    web::{caller::Caller, may::May, ui},
};

const SIDE: ConnectSide = ConnectSide { path: "/connect/github", name: "GitHub" };

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/connect/github", web::get().to(show))
        .route("/connect/github/plan", web::post().to(plan))
        .route("/connect/github/do", web::post().to(carry_out))
        .route("/connect/github/back", web::get().to(come_back));
}

/// What the form takes. It is shown again where something is wrong, but for the token.
#[derive(Clone, Default, Deserialize)]
struct GithubForm {
    repositories: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    url: String,
    public_url: String,
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "console/connect_github.html")]
struct GithubPage {
    shell: Shell,
    form: GithubForm,
    /// Whether Heard runs with a GitHub already.
    is_connected: bool,
    /// What is wrong.
    wrong: Option<String>,
}

async fn show(May { app, caller, .. }: May<right::Connect>) -> Answer {
    let repositories = app.settings.repositories.iter().map(|one| one.name.as_str());
    let form = GithubForm {
        repositories: repositories.collect::<Vec<_>>().join("\n"),
        public_url: app.settings.public_url.as_str().to_owned(),
        ..GithubForm::default()
    };
    page(&app, &caller, form, None).await
}

async fn page(app: &App, caller: &Caller, form: GithubForm, wrong: Option<String>) -> Answer {
    let (_, shell) = shell::open(app, caller, "connect", &FlashQuery::default()).await?;
    let is_wrong = wrong.is_some();
    let is_connected = app.settings.tracker.is_some();
    Ok(connect::form(&GithubPage { shell, form, is_connected, wrong }, is_wrong))
}

async fn plan(May { app, caller, .. }: May<right::Connect>, form: web::Form<GithubForm>) -> Answer {
    let session = session_of(&caller)?;
    let fields = GithubFields {
        repositories: &form.repositories,
        organization: &form.organization,
        url: &form.url,
        public_url: &form.public_url,
    };
    let offered = match fields.read() {
        Ok(wanted) => by_page::offer_github(&app, session, wanted, typed(&form.token)).await,
        Err(wrong) => Err(wrong),
    };
    match offered {
        Ok(work) => connect::plan(&app, &caller, SIDE, work, false).await,
        Err(wrong) => page(&app, &caller, form.into_inner(), Some(format!("{wrong:#}"))).await,
    }
}

async fn carry_out(May { app, by, caller, .. }: May<right::Connect>, form: web::Form<AgreedForm>) -> Answer {
    connect::agreed(&app, (&caller, by), SIDE, form.into_inner()).await
}

/// With what GitHub sends a browser back.
#[derive(Deserialize)]
struct RegisteredQuery {
    code: Option<String>,
    state: Option<String>,
}

/// A GET that keeps something: only the session that set out has the state, and it has it once.
async fn come_back(May { app, by, caller, .. }: May<right::Connect>, brought: web::Query<RegisteredQuery>) -> Answer {
    let session = session_of(&caller)?;
    let RegisteredQuery { code, state } = brought.into_inner();
    let (running, code, state) = (app.clone(), code.unwrap_or_default(), state.unwrap_or_default());
    let done =
        to_its_end(async move { by_page::come_back(&running, session, (state.as_str(), code.as_str()), &by).await })
            .await;
    match done {
        Ok(done) => connect::done(&app, &caller, SIDE, done).await,
        Err(error) => connect::failed(&app, &caller, SIDE, &error).await,
    }
}
