//! What the console's pages that connect ask for: the plan that an admin is shown, and what is done once they agree.
//!
//! An admin of the console is not always somebody who may read the settings. So a secret that stands there already goes nowhere but
//! where it went before, and no secret is shown but one that nobody has yet and that cannot be kept here.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use super::{
    copied::CopiedSettings,
    github::{
        WayToGithub,
        app::ByApp,
        ground::{Advised as _, GithubGround, WantedGithub},
        registering::{self, AppOwner, KeptApp, NoApp, exchange},
        token::ByToken,
    },
    held::{HeldPlan, NoPlan},
    kept_files,
    shown::ShownWork,
    trying::TriedConnection,
    zendesk::{ConnectingZendesk, WantedZendesk},
};
use crate::{
    base::{http::Origin, secret::Secret},
    flow::{
        App,
        check::{self, Finding},
    },
    model::{decision::Actor, id::SessionId, tracker::TrackerAccess},
    settings::{Settings, Variables, environment, variable_name},
    store::audit,
};

/// Where GitHub sends the browser back to.
pub const BACK: &str = "/connect/github/back";

/// What an admin is shown before anything is done.
#[derive(Clone, Debug)]
pub struct OfferedWork {
    /// What was found, and what is to be done.
    pub shown: ShownWork,
    /// Why nothing can be written here, so that the admin will copy it.
    pub unwritable: Option<String>,
    /// What the button does.
    pub button: OfferedButton,
    /// Where the App is installed, where it is installed nowhere.
    pub installing: Option<String>,
}

/// What the button below a plan does.
#[derive(Clone, Debug)]
pub enum OfferedButton {
    /// There is none: everything is there.
    Nothing,
    /// It does what was shown; the plan's name.
    Agree(String),
    /// It sends a manifest to GitHub.
    Register(OfferedRegistration),
}

/// A form that registers an App at GitHub.
#[derive(Clone, Debug)]
pub struct OfferedRegistration {
    /// The origin that the form goes to.
    pub site: String,
    /// The address that the form goes to.
    pub address: String,
    /// What it sends.
    pub manifest: String,
    /// Where the browser comes back to.
    pub back: String,
}

/// What came of a button.
#[derive(Clone, Debug)]
pub enum CarriedOut {
    /// Something else is there by now, and nothing was done: the new plan.
    Changed(Box<OfferedWork>),
    /// It was done.
    Done(Box<DoneWork>),
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct DoneWork {
    /// What is to be said of it.
    pub notes: Vec<String>,
    /// What was tried, and what is wrong although everything was done.
    pub tried: TriedConnection,
    /// What the admin has to copy, where it could not be written.
    pub copied: Option<CopiedSettings>,
    /// What `heard check` says of it by now.
    pub findings: Vec<Finding>,
    /// Where the new App is installed.
    pub installing: Option<String>,
}

/// Looks at a Zendesk, and says what is to be done. Nothing is changed.
///
/// # Errors
/// What is wrong, in a sentence.
pub async fn offer_zendesk(
    app: &App,
    session: SessionId,
    wanted: WantedZendesk,
    token: Option<Secret>,
) -> anyhow::Result<OfferedWork> {
    for address in wanted.url.iter().chain(&wanted.public_url) {
        leads_out(app, address)?;
    }
    if token.is_none() {
        let known = app.settings.connection(&wanted.name).map(|known| known.url.as_str());
        let is_known = known.is_some_and(|known| wanted.url.as_ref().is_none_or(|url| url.as_str() == known));
        if !is_known {
            bail!(
                "the API token is missing: only where Heard runs with the connection already is the one of the settings used"
            );
        }
    }
    let path = file_of(app)?;
    let seen = zendesk(&path, &wanted, token.as_ref())?.look().await?;
    let shown = seen.shown.clone();
    offered(app, session, &path, seen.shown, HeldPlan::Zendesk { wanted, token, shown })
}

/// Looks at GitHub, and says what is to be done. Nothing is changed.
///
/// # Errors
/// What is wrong, in a sentence.
pub async fn offer_github(
    app: &App,
    session: SessionId,
    wanted: WantedGithub,
    token: Option<Secret>,
) -> anyhow::Result<OfferedWork> {
    for address in wanted.url.iter().chain(&wanted.public_url) {
        leads_out(app, address)?;
    }
    let path = file_of(app)?;
    let ground = github(&path, &wanted, token.as_ref())?;
    if ground.repositories.is_empty() {
        bail!("the repository is missing: where issues are filed, such as acme/product");
    }
    match WayToGithub::of(ground)? {
        WayToGithub::Token(way) => {
            let shown = way.look().await?.shown;
            offered(app, session, &path, shown.clone(), HeldPlan::Github { wanted, token, shown })
        }
        WayToGithub::App(way) => match (way.of_settings()?, way.before()) {
            (Some(access), _) => {
                let known = way.know(access, None).await?;
                let installations = known.installations().await.advised("Reading where the App is installed")?;
                let shown = way.look(&known, &installations).await?.shown;
                let held = HeldPlan::Github { wanted, token, shown: shown.clone() };
                let mut offered = offered(app, session, &path, shown, held)?;
                offered.installing = installations.is_empty().then(|| known.app.installing());
                Ok(offered)
            }
            (None, Some(made)) => {
                let shown = way.registration(Some(&made), &AppOwner::default());
                offered(app, session, &path, shown.clone(), HeldPlan::Github { wanted, token, shown })
            }
            (None, None) => offer_registration(app, session, &way, wanted).await,
        },
    }
}

/// Shows what registering an App will do, with the form that leads to GitHub.
async fn offer_registration(
    app: &App,
    session: SessionId,
    way: &ByApp,
    wanted: WantedGithub,
) -> anyhow::Result<OfferedWork> {
    let owner = registering::owner(&way.ground).await?;
    let mut shown = way.registration(None, &owner);
    let back = app.link(BACK);
    if app.settings.public_url.is_readable_on_the_way() {
        shown.look_at.push(format!(
            "GitHub leads back to {back}, and others on the way can read the code that it brings: better give Heard an address with \
             https:// first"
        ));
    }
    let organization = owner.organization;
    let manifest = registering::wanted(&way.ground, organization.as_deref()).manifest(&back).to_string();
    let plan = HeldPlan::Registration { wanted, organization: organization.clone() };
    let state = app.held_plans.keep(session, plan, app.clock.now()).map_err(|error| anyhow!(error))?;
    let registration = OfferedRegistration {
        site: site_of(way.ground.site.web())?,
        address: way.ground.site.registration(organization.as_deref(), &state),
        manifest,
        back,
    };
    let unwritable = kept_files::unwritable(&way.ground.file.path);
    Ok(OfferedWork { shown, unwritable, button: OfferedButton::Register(registration), installing: None })
}

/// Does what somebody was shown, unless something else is there by now.
///
/// # Errors
/// What is wrong, in a sentence. What was done until then is found by the next look.
pub async fn carry_out(app: &App, session: SessionId, name: &str, by: &Actor) -> anyhow::Result<CarriedOut> {
    match take(app, session, name)? {
        HeldPlan::Zendesk { wanted, token, shown } => do_zendesk(app, session, (wanted, token, shown), by).await,
        HeldPlan::Github { wanted, token, shown } => do_github(app, session, (wanted, token, shown), by).await,
        HeldPlan::Registration { .. } => bail!("an App is registered at GitHub, and not here: begin again"),
    }
}

async fn do_zendesk(
    app: &App,
    session: SessionId,
    (wanted, token, shown): (WantedZendesk, Option<Secret>, ShownWork),
    by: &Actor,
) -> anyhow::Result<CarriedOut> {
    let path = file_of(app)?;
    let connecting = zendesk(&path, &wanted, token.as_ref())?;
    let seen = connecting.look().await?;
    if seen.shown != shown {
        let shown = seen.shown.clone();
        let offered = offered(app, session, &path, seen.shown, HeldPlan::Zendesk { wanted, token, shown })?;
        return Ok(CarriedOut::Changed(Box::new(offered)));
    }
    note(app, by, &wanted.name).await?;
    let (secret, notes) = connecting.change_account(&seen).await?;
    let copied = unwritten(&path, || connecting.keep(&seen, &secret));
    let copied = copied.map(|why| connecting.copied(&seen, &secret, format!("{why:#}")));
    let tried = connecting.try_out(&secret, app.clock.now()).await?;
    let findings = match (&copied, Settings::load(Some(&path))) {
        (None, Ok(loaded)) => check::connection(app, &loaded.settings, &wanted.name).await,
        _ => Vec::new(),
    };
    Ok(CarriedOut::Done(Box::new(DoneWork { notes, tried, copied, findings, installing: None })))
}

async fn do_github(
    app: &App,
    session: SessionId,
    (wanted, token, shown): (WantedGithub, Option<Secret>, ShownWork),
    by: &Actor,
) -> anyhow::Result<CarriedOut> {
    let path = file_of(app)?;
    let way = WayToGithub::of(github(&path, &wanted, token.as_ref())?)?;
    let done = match way {
        WayToGithub::Token(way) => do_by_token(app, &way, &shown, by).await?,
        WayToGithub::App(way) => do_by_app(app, *way, &shown, by).await?,
    };
    match done {
        Some(done) => Ok(CarriedOut::Done(Box::new(checked(app, &path, done).await))),
        None => Ok(CarriedOut::Changed(Box::new(offer_github(app, session, wanted, token).await?))),
    }
}

/// The result is nothing where something else is there than was shown.
async fn do_by_token(app: &App, way: &ByToken, shown: &ShownWork, by: &Actor) -> anyhow::Result<Option<DoneWork>> {
    let seen = way.look().await?;
    if seen.shown != *shown {
        return Ok(None);
    }
    note(app, by, "github").await?;
    let unkept = unwritten(&way.ground.file.path, || way.keep_secrets(&seen));
    let (signs, notes) = way.change(&seen).await?;
    let copied = unkept.or_else(|| way.write(signs).err());
    let copied = copied.map(|why| way.copied(&seen, signs, format!("{why:#}")));
    let tried = way.ground.try_out(Some(&seen.secret).filter(|_| signs)).await?;
    Ok(Some(DoneWork { notes, tried, copied, ..DoneWork::default() }))
}

/// The same with an App.
async fn do_by_app(app: &App, mut way: ByApp, shown: &ShownWork, by: &Actor) -> anyhow::Result<Option<DoneWork>> {
    let Some(access) = way.of_settings()? else {
        let Some(made) = way.before() else { return Ok(None) };
        if way.registration(Some(&made), &AppOwner::default()) != *shown {
            return Ok(None);
        }
        note(app, by, "github").await?;
        return keep_new(way, made).await.map(Some);
    };
    let known = way.know(access, None).await?;
    let installations = known.installations().await.advised("Reading where the App is installed")?;
    let seen = way.look(&known, &installations).await?;
    if seen.shown != *shown {
        return Ok(None);
    }
    note(app, by, "github").await?;
    let unkept = unwritten(&way.ground.file.path, || way.keep_secret(&known));
    way.mend(&known).await?;
    let copied = match unkept {
        Some(why) => Some(why),
        None => way.write_seen(&seen).err(),
    };
    let copied = copied.map(|why| way.copied(&known, &seen, format!("{why:#}")));
    let tried = way.ground.try_out(known.secret()).await?;
    let installing = installations.is_empty().then(|| known.app.installing());
    Ok(Some(DoneWork { tried, copied, installing, ..DoneWork::default() }))
}

/// Takes the code with which a browser came back from GitHub, and keeps the App that comes for it.
///
/// # Errors
/// What is wrong, in a sentence.
pub async fn come_back(
    app: &App,
    session: SessionId,
    (state, code): (&str, &str),
    by: &Actor,
) -> anyhow::Result<DoneWork> {
    let (wanted, organization) = match take(app, session, state)? {
        HeldPlan::Registration { wanted, organization } => (wanted, organization),
        HeldPlan::Zendesk { .. } | HeldPlan::Github { .. } => {
            bail!("nothing of this was registered at GitHub: begin again")
        }
    };
    if code.is_empty() {
        bail!("GitHub sent no code: begin again");
    }
    let path = file_of(app)?;
    let ground = github(&path, &wanted, None)?;
    // The key comes once, and nothing may stand between it and where it is kept: who connects is noted before.
    if let Err(not_noted) = note(app, by, "github").await {
        // The code is good for a while, for the same page.
        let plan = HeldPlan::Registration { wanted, organization };
        app.held_plans.keep_as(state.to_owned(), session, plan, app.clock.now());
        return Err(not_noted);
    }
    let made = match exchange(&ground, organization.as_deref(), code).await {
        Ok(made) => made,
        Err(failed) => {
            if matches!(failed, NoApp::Later(_)) {
                // The code may be good in a while, for the same page.
                let plan = HeldPlan::Registration { wanted, organization: organization.clone() };
                app.held_plans.keep_as(state.to_owned(), session, plan, app.clock.now());
            }
            bail!("{}", failed.sentence(&ground, organization.as_deref()));
        }
    };
    let done = keep_new(ByApp::new(ground), made).await?;
    Ok(checked(app, &path, done).await)
}

/// Keeps a new App, and tries it.
async fn keep_new(mut way: ByApp, made: KeptApp) -> anyhow::Result<DoneWork> {
    let path = way.ground.file.path.clone();
    let copied = unwritten(&path, || made.write(&way.kept_file).and_then(|()| way.keep(&made)));
    let copied = copied.map(|why| way.copied_new(&made, format!("{why:#}")));
    let access = TrackerAccess::App { id: made.app_id, private_key: Secret::new(made.private_key.clone()) };
    let secret = made.webhook_secret.clone().map(Secret::new);
    let tried = way.ground.try_out(secret.as_ref()).await?;
    let notes = match way.know(access, None).await {
        Ok(known) => vec![format!("The App is registered as {} ({}).", known.app.name, known.app.page)],
        Err(error) => vec![format!("The App is registered. {error:#}.")],
    };
    let installing = Some(made.installing());
    Ok(DoneWork { notes, tried, copied, installing, ..DoneWork::default() })
}

/// Why something could not be written, if it could not. It is not tried where it would be lost.
fn unwritten(path: &Path, write: impl FnOnce() -> anyhow::Result<()>) -> Option<anyhow::Error> {
    match kept_files::unwritable(path) {
        Some(why) => Some(anyhow!(why)),
        None => write().err(),
    }
}

/// Adds what `heard check` says of GitHub, with the settings as they were written.
async fn checked(app: &App, path: &Path, mut done: DoneWork) -> DoneWork {
    if let (None, Ok(loaded)) = (&done.copied, Settings::load(Some(path))) {
        done.findings = check::tracker(app, &loaded.settings).await;
    }
    done
}

/// Keeps a plan for whoever was shown it.
fn offered(
    app: &App,
    session: SessionId,
    path: &Path,
    shown: ShownWork,
    plan: HeldPlan,
) -> anyhow::Result<OfferedWork> {
    let button = if shown.is_anything() {
        let name = app.held_plans.keep(session, plan, app.clock.now());
        OfferedButton::Agree(name.map_err(|error| anyhow!(error))?)
    } else {
        OfferedButton::Nothing
    };
    let unwritable = kept_files::unwritable(path).filter(|_| shown.is_anything());
    Ok(OfferedWork { shown, unwritable, button, installing: None })
}

fn take(app: &App, session: SessionId, name: &str) -> anyhow::Result<HeldPlan> {
    app.held_plans.take(name, session, app.clock.now()).map_err(|why| match why {
        NoPlan::Unknown => anyhow!(
            "this was done already, or somebody else was shown it, or Heard was started again meanwhile. Nothing was changed now: look \
             again at what is there"
        ),
        NoPlan::Ended => {
            anyhow!("this was shown more than an hour ago, and nothing was changed: look again at what is there")
        }
    })
}

/// Writes down who connects what, before it is done.
async fn note(app: &App, by: &Actor, what: &str) -> anyhow::Result<()> {
    let written = async {
        let mut tx = app.database.begin().await?;
        audit::add(&mut tx, by, "connect", what, app.clock.now()).await?;
        tx.commit().await
    };
    written.await.map_err(|error| {
        tracing::error!(%error, "Nobody could note who connects what");
        anyhow!("the database could not note who does this, just now: try again in a moment")
    })
}

/// The settings file.
fn file_of(app: &App) -> anyhow::Result<PathBuf> {
    let file = app.settings.file.clone();
    file.context("this Heard runs without a settings file, as a demo does: there is nothing to write into")
}

fn with_token(section: &str, token: Option<&Secret>) -> Variables {
    let mut variables = environment();
    if let Some(token) = token {
        variables.insert(variable_name(section, "token"), token.expose().trim().to_owned());
    }
    variables
}

fn zendesk(path: &Path, wanted: &WantedZendesk, token: Option<&Secret>) -> anyhow::Result<ConnectingZendesk> {
    ConnectingZendesk::of(wanted, path, with_token(&format!("connections.{}", wanted.name), token))
}

/// What is known before GitHub is asked. What the settings have of it already is for the GitHub that they name.
fn github(path: &Path, wanted: &WantedGithub, token: Option<&Secret>) -> anyhow::Result<GithubGround> {
    let ground = GithubGround::of(wanted.clone(), path, with_token("github", token))?;
    if wanted.url.is_some() {
        let written = GithubGround::of(WantedGithub { url: None, ..wanted.clone() }, path, environment())?;
        let mut secrets = ["app_id", "token", "webhook_secret"].into_iter();
        if written.site != ground.site && secrets.any(|key| written.setting(key).is_some()) {
            bail!(
                "{} connects {} already, and what it has for it goes nowhere else: take that out first",
                path.display(),
                written.site.web().as_str()
            );
        }
    }
    Ok(ground)
}

/// Whether a person may name this address on a page. This machine's own services are for whoever may sign in to it.
fn leads_out(app: &App, address: &Origin) -> anyhow::Result<()> {
    if address.is_on_this_machine() && !app.settings.public_url.is_on_this_machine() {
        bail!("{} is an address of the machine that Heard runs on: give one that others reach it by", address.as_str());
    }
    Ok(())
}

/// The origin for the policy of a page. Nothing but an origin is written into a header.
fn site_of(web: &Origin) -> anyhow::Result<String> {
    let site = web.as_str();
    let is_plain = site.chars().all(|c| c.is_ascii_alphanumeric() || ":/.-_[]".contains(c));
    is_plain.then(|| site.to_owned()).with_context(|| format!("{site} is no address that a page may send a form to"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_settings_have_goes_to_no_other_github() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.toml");
        let text = "public_url = \"https://heard.test\"\n[github]\ntoken = \"ghp_ours\"\n";
        std::fs::write(&path, text).unwrap();
        let at = |url: &str| WantedGithub { url: Some(Origin::parse(url).unwrap()), ..WantedGithub::default() };
        for typed in [None, Some(Secret::new("ghp_typed"))] {
            let refused = github(&path, &at("https://github.evil.test"), typed.as_ref()).err().unwrap();
            assert!(refused.to_string().contains("goes nowhere else"), "{refused}");
            assert!(github(&path, &at("https://github.com"), typed.as_ref()).is_ok());
        }
        std::fs::write(&path, "public_url = \"https://heard.test\"\n").unwrap();
        assert!(github(&path, &at("https://github.acme.test"), None).is_ok(), "nothing is connected yet");
    }

    #[test]
    fn only_an_origin_is_written_into_a_pages_policy() {
        let site = |url: &str| site_of(&Origin::parse(url).unwrap());
        assert_eq!(site("https://github.acme.test:8443").unwrap(), "https://github.acme.test:8443");
        assert!(site("https://evil.test;script-src").is_err());
    }
}
