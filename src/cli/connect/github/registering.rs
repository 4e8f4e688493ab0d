//! Registers an App: a page on this machine, whose button sends the manifest to GitHub, and the key that comes for the code with
//! which the browser comes back.
//!
//! The key comes once, so it is on disk before anybody is told. Whatever fails after that, the next run goes on with it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ground::{GithubGround, one_owner};
use crate::{
    base::{
        http::{CallError, Outgoing},
        json, random,
        secret::Secret,
    },
    cli::{connect::kept_files::SecretFile, output},
    tracker::github::{
        admin::kind_of_owner,
        manifest::{NewApp, Unconverted, WantedApp, conversion, converted},
    },
    web::loopback::{CameBack, LoopbackAnswer, LoopbackForm, LoopbackPage},
};

/// How long the page waits: a code is good for as long.
const PAGE_OPEN: Duration = Duration::from_hours(1);
/// How often a code is tried, and how long between: GitHub refuses one now and then that it takes later (go-github#3717).
const TRIES: u32 = 4;
const BETWEEN_TRIES: Duration = Duration::from_secs(2);

/// A new App, as it is kept until the settings name it.
#[derive(Deserialize, Serialize)]
pub struct KeptApp {
    /// Its number.
    pub app_id: u64,
    /// Its page for people.
    pub page: String,
    /// Its private key.
    pub private_key: String,
    /// What its webhooks are signed with.
    pub webhook_secret: Option<String>,
}

/// The App that was registered and is not in the settings yet.
pub fn kept(file: &SecretFile) -> Option<KeptApp> {
    json::read(file.read()?.expose().as_bytes()).ok()
}

/// Why a code brought no App.
enum NoApp {
    /// It was used, or is too old.
    UsedUp,
    /// It may have brought one, whose key did not arrive.
    Lost,
    /// It may bring one later.
    Later(String),
    /// It brought one that belongs to this other account.
    OfAnother(String),
}

/// Who the new App belongs to: an organization, or whoever is signed in. What is not sure is said.
///
/// # Errors
/// What was given contradicts itself.
pub async fn organization(ground: &GithubGround) -> anyhow::Result<Option<String>> {
    let owner = one_owner(&ground.repositories)?;
    match (&ground.options.organization, owner) {
        (Some(organization), Some(owner)) if !organization.eq_ignore_ascii_case(owner) => bail!(
            "the repositories belong to {owner} and not to {organization}, and an App of your own is installed with its owner only"
        ),
        (Some(organization), _) => Ok(Some(organization.clone())),
        (None, Some(owner)) => match kind(ground, owner).await.as_deref() {
            Some("Organization") => Ok(Some(owner.to_owned())),
            Some(_) => Ok(None),
            None => {
                let sentence = format!(
                    "To look at: GitHub does not say whether {owner} is an organization. If it is, give --organization {owner}, or the \
                     App cannot be installed there."
                );
                output::line(&sentence)?;
                Ok(None)
            }
        },
        (None, None) => {
            output::line(
                "To look at: the App will belong to your own account, and can be installed there only. For the repositories of an \
                 organization give --organization.",
            )?;
            Ok(None)
        }
    }
}

async fn kind(ground: &GithubGround, owner: &str) -> Option<String> {
    let answer = Outgoing::new().ok()?.send(ground.site.api(), kind_of_owner(owner)).await.ok()?;
    let account: Value = json::read(&answer.body).ok()?;
    account["type"].as_str().map(str::to_owned)
}

/// What the new App is to be.
pub fn wanted(ground: &GithubGround, organization: Option<&str>) -> WantedApp {
    let host = ground.public_url.host();
    WantedApp {
        whose: organization.unwrap_or(host).to_owned(),
        home: ground.public_url.as_str().to_owned(),
        webhook: ground.is_reachable().then(|| ground.endpoint()),
    }
}

/// Registers an App, and keeps it in `file`.
///
/// # Errors
/// Nobody came back, or nothing can be kept here.
pub async fn register(ground: &GithubGround, organization: Option<&str>, file: &SecretFile) -> anyhow::Result<KeptApp> {
    // A key that comes and cannot be kept would be lost.
    file.write(&Secret::new("{}"))?;
    let at = ground.options.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let listener = TcpListener::bind(at).with_context(|| format!("the page cannot listen at {at}"))?;
    let at = listener.local_addr()?;
    let (address, port, web) = (format!("http://{at}"), at.port(), ground.site.web().as_str());
    let lot = || random::token().map_err(|error| anyhow!(error.to_string()));
    let (state, path) = (lot()?, lot()?);
    let shown = format!("{address}/{path}");
    let wanted = wanted(ground, organization);
    let whose = organization.map_or_else(|| "your own account".to_owned(), |name| format!("the organization {name}"));
    let form = LoopbackForm {
        heading: "Register Heard's App at GitHub".to_owned(),
        sentences: vec![
            format!(
                "The button leads to {web}, which shows what the App may do and asks for its name. Be signed in there first, in this browser."
            ),
            format!(
                "The App will belong to {whose}, and nobody else can install it. If its name is taken, choose another one there."
            ),
            "Then GitHub leads back here, and the command in your terminal goes on.".to_owned(),
        ],
        site: web.to_owned(),
        action: ground.site.registration(organization, &state),
        field: ("manifest", wanted.manifest(&LoopbackPage::back(&address)).to_string()),
        button: "Go on at GitHub".to_owned(),
        state,
        path,
    };
    let mut page = LoopbackPage::start(form, listener).context("the page cannot be served")?;
    output::line(&format!("Open {shown} in a browser on this machine, in which you are signed in at {web}."))?;
    output::line(&format!(
        "From another machine: `ssh -L {port}:{at} USER@THIS-MACHINE`, and the same address there. Ctrl C ends it, and nothing was done."
    ))?;
    let came = tokio::time::timeout(PAGE_OPEN, first_app(ground, organization, &mut page, file)).await;
    page.close().await;
    came.unwrap_or_else(|_| {
        Err(anyhow!(
            "nobody came back from GitHub within an hour; run the command again. If GitHub shows an App by now, delete it there: its \
             key is gone"
        ))
    })
}

/// Waits for a browser that brings a good code.
async fn first_app(
    ground: &GithubGround,
    organization: Option<&str>,
    page: &mut LoopbackPage,
    file: &SecretFile,
) -> anyhow::Result<KeptApp> {
    loop {
        let CameBack { code, answer } = page.next().await.context("the page has ended")?;
        let is_of_another = |app: &NewApp| {
            let owner = app.owner.clone().unwrap_or_default();
            organization.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&owner)).then_some(owner)
        };
        let came = app_for(ground, &code).await;
        let failed = match came
            .and_then(|app| is_of_another(&app).map_or(Ok(app), |owner| Err(NoApp::OfAnother(owner))))
        {
            Ok(app) => {
                let kept = KeptApp {
                    app_id: app.id,
                    private_key: app.private_key.expose().to_owned(),
                    webhook_secret: app.webhook_secret.map(|secret| secret.expose().to_owned()),
                    page: app.page,
                };
                file.write(&Secret::new(serde_json::to_string(&kept)?))?;
                let next = format!("{}/installations/new", kept.page.trim_end_matches('/'));
                // A browser that is gone by now has missed a link that stands in the terminal too.
                let _ = answer.send(LoopbackAnswer {
                    heading: "The App is registered".to_owned(),
                    sentences: vec![
                        "Its key is kept beside the settings, for their owner alone.".to_owned(),
                        "Install it now, and choose the repositories where issues are filed. The command in your terminal waits for that."
                            .to_owned(),
                    ],
                    next: Some(("Install the App".to_owned(), next)),
                });
                return Ok(kept);
            }
            Err(failed) => failed,
        };
        let sentence = match failed {
            NoApp::UsedUp => {
                "GitHub does not know this code any more: it was used, or is older than an hour. Begin again."
                    .to_owned()
            }
            NoApp::Lost => format!(
                "The App may have been registered, and its key did not arrive. Delete it at {}, and begin again.",
                ground.site.web().as_str()
            ),
            NoApp::OfAnother(owner) => format!(
                "The App belongs to {}, and not to {}. It was not kept: delete it at {}, and begin again.",
                if owner.is_empty() { "somebody else" } else { &owner },
                organization.unwrap_or("you"),
                ground.site.web().as_str()
            ),
            NoApp::Later(why) => format!("GitHub gave no App for the code: {why}. Load this page again in a while."),
        };
        output::line(&format!("To look at: {sentence}"))?;
        let sentences = vec![sentence];
        let _ = answer.send(LoopbackAnswer { heading: "No App yet".to_owned(), sentences, next: None });
    }
}

/// Exchanges a code, and tries again where that can help.
async fn app_for(ground: &GithubGround, code: &str) -> Result<NewApp, NoApp> {
    let outgoing = Outgoing::new().map_err(NoApp::Later)?;
    let (mut unclear, mut why) = (false, String::new());
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        match outgoing.send(ground.site.api(), conversion(code)).await {
            Ok(answer) => match converted(&answer) {
                Ok(app) => return Ok(app),
                Err(Unconverted::UsedUp) if unclear => return Err(NoApp::Lost),
                Err(Unconverted::UsedUp) => return Err(NoApp::UsedUp),
                Err(Unconverted::Unreadable(_)) => return Err(NoApp::Lost),
                Err(Unconverted::Later(status)) => {
                    unclear |= status >= 500;
                    why = format!("it answered {status}");
                }
            },
            Err(CallError::NotSent(said)) => why = said,
            Err(CallError::Unclear(said) | CallError::TooLong(said)) => {
                unclear = true;
                why = said;
            }
        }
    }
    Err(NoApp::Later(why))
}
