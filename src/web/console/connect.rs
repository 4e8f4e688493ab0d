//! Connecting a helpdesk or GitHub on a page, for who has no shell: what is connected, the plan that is shown before anything is done,
//! and what was done. The steps are those of `heard connect`.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::shell::{self, Answer, ConsoleError, FlashQuery, Shell};
use crate::{
    flow::{
        App,
        connect::{
            by_page::{self, CarriedOut, DoneWork, OfferedButton, OfferedWork},
            overview::{self, ConnectOverview},
        },
    },
    model::{decision::Actor, id::SessionId, role::right},
    web::{caller::Caller, guard, may::May, ui},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/connect", web::get().to(show));
}

#[derive(Template)]
#[template(path = "console/connect.html")]
struct ConnectPage {
    shell: Shell,
    overview: ConnectOverview,
}

async fn show(May { app, caller, .. }: May<right::Connect>, said: web::Query<FlashQuery>) -> Answer {
    let (_, shell) = shell::open(&app, &caller, "connect", &said).await?;
    Ok(ui::page(&ConnectPage { shell, overview: overview::read(&app) }))
}

/// The page of one side: where it is, and what it is called.
#[derive(Clone, Copy)]
pub(super) struct ConnectSide {
    pub path: &'static str,
    pub name: &'static str,
}

#[derive(Template)]
#[template(path = "console/connect_plan.html")]
struct PlanPage {
    shell: Shell,
    side: ConnectSide,
    work: OfferedWork,
    /// Whether it is another plan than the one that was agreed to.
    changed: bool,
}

/// Shows what is to be done, and the button that does it.
pub(super) async fn plan(app: &App, caller: &Caller, side: ConnectSide, work: OfferedWork, changed: bool) -> Answer {
    let (_, shell) = shell::open(app, caller, "connect", &FlashQuery::default()).await?;
    let site = match &work.button {
        OfferedButton::Register(registration) => Some(registration.site.clone()),
        OfferedButton::Nothing | OfferedButton::Agree(_) => None,
    };
    let mut page = ui::page(&PlanPage { shell, side, work, changed });
    if let Some(site) = site {
        guard::lets_form_lead_to(&mut page, &site);
    }
    Ok(page)
}

#[derive(Template)]
#[template(path = "console/connect_done.html")]
struct DonePage {
    shell: Shell,
    side: ConnectSide,
    done: DoneWork,
}

/// Shows what was done. It is an answer and no redirect: what is shown once has no address.
pub(super) async fn done(app: &App, caller: &Caller, side: ConnectSide, done: DoneWork) -> Answer {
    let (_, shell) = shell::open(app, caller, "connect", &FlashQuery::default()).await?;
    Ok(ui::page(&DonePage { shell, side, done }))
}

#[derive(Template)]
#[template(path = "console/connect_failed.html")]
struct FailedPage {
    shell: Shell,
    side: ConnectSide,
    sentence: String,
}

/// Shows why something was not done, or not to its end.
pub(super) async fn failed(app: &App, caller: &Caller, side: ConnectSide, error: &anyhow::Error) -> Answer {
    let (_, shell) = shell::open(app, caller, "connect", &FlashQuery::default()).await?;
    let mut page = ui::page(&FailedPage { shell, side, sentence: format!("{error:#}") });
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

/// A form again, with what is wrong in it if something is.
pub(super) fn form(page: &impl Template, is_wrong: bool) -> HttpResponse {
    let mut page = ui::page(page);
    if is_wrong {
        *page.status_mut() = StatusCode::CONFLICT;
    }
    page
}

/// The button below a plan.
#[derive(Deserialize)]
pub(super) struct AgreedForm {
    plan: String,
}

/// Does what was shown.
pub(super) async fn agreed(
    app: &Arc<App>,
    (caller, by): (&Caller, Actor),
    side: ConnectSide,
    form: AgreedForm,
) -> Answer {
    let session = session_of(caller)?;
    let running = Arc::clone(app);
    match to_its_end(async move { by_page::carry_out(&running, session, &form.plan, &by).await }).await {
        Ok(CarriedOut::Done(work)) => done(app, caller, side, *work).await,
        Ok(CarriedOut::Changed(work)) => plan(app, caller, side, *work, true).await,
        Err(error) => failed(app, caller, side, &error).await,
    }
}

/// The session that a plan is kept for.
pub(super) fn session_of(caller: &Caller) -> Result<SessionId, ConsoleError> {
    caller.session().ok_or_else(|| ConsoleError::refused("This is for who signed in here."))
}

/// Goes on to the end although the browser hangs up: what GitHub or a helpdesk gave has to be kept.
pub(super) async fn to_its_end<T: 'static>(
    work: impl Future<Output = anyhow::Result<T>> + 'static,
) -> anyhow::Result<T> {
    actix_web::rt::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "Connecting has ended in the middle");
        Err(anyhow::anyhow!("something of ours failed in the middle, and it is logged: look again at what is there"))
    })
}
