//! Registers an App: what is asked for, whose it will be, and the key that comes for the code with which the browser comes back from
//! GitHub.
//!
//! The key comes once, so it is on disk before anybody is told. Whatever fails after that, the next run goes on with it.

use std::time::Duration;

use anyhow::bail;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ground::{GithubGround, one_owner};
use crate::{
    base::{
        http::{CallError, Outgoing},
        json,
        secret::Secret,
    },
    flow::connect::kept_files::SecretFile,
    tracker::github::{
        admin::kind_of_owner,
        manifest::{NewApp, Unconverted, WantedApp, conversion, converted},
    },
};

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

impl KeptApp {
    /// Where it is installed by its owner.
    pub fn installing(&self) -> String {
        format!("{}/installations/new", self.page.trim_end_matches('/'))
    }

    /// Keeps it until the settings name it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, file: &SecretFile) -> anyhow::Result<()> {
        file.write(&Secret::new(serde_json::to_string(self)?))
    }
}

/// Why a code brought no App.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoApp {
    /// It was used, or is too old.
    UsedUp,
    /// It may have brought one, whose key did not arrive, for this reason.
    Lost(String),
    /// It may bring one later.
    Later(String),
    /// It brought one that belongs to this other account.
    OfAnother(String),
}

impl NoApp {
    /// The same in a sentence, with what to do.
    pub fn sentence(&self, ground: &GithubGround, organization: Option<&str>) -> String {
        let web = ground.site.web().as_str();
        match self {
            Self::UsedUp => {
                "GitHub does not know this code any more: it was used, or is older than an hour. Begin again."
                    .to_owned()
            }
            Self::Lost(why) => format!(
                "The App may have been registered, and its key did not arrive: {why}. Delete it at {}, and begin again.",
                ground.site.apps_of(organization),
            ),
            Self::OfAnother(owner) => format!(
                "The App belongs to {}, and not to {}. It was not kept: delete it at {web}, and begin again.",
                if owner.is_empty() { "somebody else" } else { owner.as_str() },
                organization.unwrap_or("you"),
            ),
            Self::Later(why) => format!("GitHub gave no App for the code: {why}. Load this page again in a while."),
        }
    }
}

/// Who a new App belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppOwner {
    /// The organization; `None` for whoever is signed in at GitHub.
    pub organization: Option<String>,
    /// What is not sure, in a sentence.
    pub doubt: Option<String>,
}

/// Who a new App will belong to: an organization, or whoever is signed in.
///
/// # Errors
/// What was given contradicts itself.
pub async fn owner(ground: &GithubGround) -> anyhow::Result<AppOwner> {
    let owner = one_owner(&ground.repositories)?;
    let of = |organization: &str| AppOwner { organization: Some(organization.to_owned()), doubt: None };
    match (&ground.wanted.organization, owner) {
        (Some(organization), Some(owner)) if !organization.eq_ignore_ascii_case(owner) => bail!(
            "the repositories belong to {owner} and not to {organization}, and an App of your own is installed with its owner only"
        ),
        (Some(organization), _) => Ok(of(organization)),
        (None, Some(owner)) => Ok(match kind(ground, owner).await.as_deref() {
            Some("Organization") => of(owner),
            Some(_) => AppOwner::default(),
            None => {
                let doubt = format!(
                    "GitHub does not say whether {owner} is an organization. If it is, name it as the organization too, or the App \
                     cannot be installed there"
                );
                AppOwner { organization: None, doubt: Some(doubt) }
            }
        }),
        (None, None) => {
            let doubt = "the App will belong to your own account, and can be installed there only. For the repositories of an \
                         organization name the organization";
            Ok(AppOwner { organization: None, doubt: Some(doubt.to_owned()) })
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

/// Exchanges a code for the App, which has to belong to the organization that was wanted. Nothing is kept.
///
/// # Errors
/// [`NoApp`].
pub async fn exchange(ground: &GithubGround, organization: Option<&str>, code: &str) -> Result<KeptApp, NoApp> {
    let app = app_for(ground, code).await?;
    let owner = app.owner.unwrap_or_default();
    if organization.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&owner)) {
        return Err(NoApp::OfAnother(owner));
    }
    Ok(KeptApp {
        app_id: app.id,
        page: app.page,
        private_key: app.private_key.expose().to_owned(),
        webhook_secret: app.webhook_secret.map(|secret| secret.expose().to_owned()),
    })
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
                Err(Unconverted::UsedUp) if unclear => return Err(NoApp::Lost(why)),
                Err(Unconverted::UsedUp) => return Err(NoApp::UsedUp),
                Err(Unconverted::Unreadable(said)) => return Err(NoApp::Lost(said)),
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
