//! `/connect/zendesk`: a form that takes what `heard connect zendesk` takes, the plan, and the button.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    connect::{self, AgreedForm, ConnectSide, session_of},
    shell::{self, Answer, FlashQuery, Shell},
};
use crate::{
    flow::{
        App,
        connect::{
            by_page,
            fields::{ZendeskFields, typed},
        },
    },
    model::role::right,
    web::{caller::Caller, may::May, ui},
};

const SIDE: ConnectSide = ConnectSide { path: "/connect/zendesk", name: "Zendesk" };

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/connect/zendesk", web::get().to(show))
        .route("/connect/zendesk/plan", web::post().to(plan))
        .route("/connect/zendesk/do", web::post().to(carry_out));
}

#[derive(Deserialize)]
struct ConnectionQuery {
    /// The connection that is looked at again.
    name: Option<String>,
}

/// What the form takes. It is shown again where something is wrong, but for the token.
#[derive(Clone, Default, Deserialize)]
struct ZendeskForm {
    name: String,
    url: String,
    user: String,
    #[serde(default)]
    token: String,
    public_url: String,
    #[serde(default)]
    escalate_tag: String,
}

#[derive(Template)]
#[template(path = "console/connect_zendesk.html")]
struct ZendeskPage {
    shell: Shell,
    form: ZendeskForm,
    /// Whether the settings have its token already.
    has_token: bool,
    /// What is wrong.
    wrong: Option<String>,
}

async fn show(May { app, caller, .. }: May<right::Connect>, asked: web::Query<ConnectionQuery>) -> Answer {
    let named = asked.name.as_deref().and_then(|name| app.settings.connection(name));
    let form = match named.filter(|known| known.helpdesk == "zendesk") {
        Some(known) => ZendeskForm {
            name: known.name.clone(),
            url: known.url.as_str().to_owned(),
            user: known.user.clone().unwrap_or_default(),
            ..empty(&app)
        },
        None => empty(&app),
    };
    page(&app, &caller, form, None).await
}

fn empty(app: &App) -> ZendeskForm {
    ZendeskForm { public_url: app.settings.public_url.as_str().to_owned(), ..ZendeskForm::default() }
}

async fn page(app: &App, caller: &Caller, form: ZendeskForm, wrong: Option<String>) -> Answer {
    let (_, shell) = shell::open(app, caller, "connect", &FlashQuery::default()).await?;
    let has_token = app.settings.connection(&form.name).is_some();
    let is_wrong = wrong.is_some();
    Ok(connect::form(&ZendeskPage { shell, form, has_token, wrong }, is_wrong))
}

async fn plan(May { app, caller, .. }: May<right::Connect>, form: web::Form<ZendeskForm>) -> Answer {
    let session = session_of(&caller)?;
    let fields = ZendeskFields {
        name: &form.name,
        url: &form.url,
        public_url: &form.public_url,
        user: &form.user,
        escalate_tag: &form.escalate_tag,
    };
    let offered = match fields.read() {
        Ok(wanted) => by_page::offer_zendesk(&app, session, wanted, typed(&form.token)).await,
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
