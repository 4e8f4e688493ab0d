//! Everything that is known before GitHub is asked: what was given, what the settings say, and where things are kept.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use toml::Value;

use crate::{
    base::{http::Origin, random, secret::Secret},
    flow::connect::{
        admin_token,
        given::{Given, parsed, same},
        kept_files::{SecretFile, folder_of},
        settings_file::{LackingSettings, WrittenSection, WrittenSettings},
        shown::WrittenLines,
        trying::{TriedConnection, try_delivery, try_settings},
    },
    model::{
        issue::Repository,
        tracker::{TrackerAccess, error::TrackerError},
    },
    settings::{Settings, Variables},
    tracker::{
        TrackerCredentials,
        github::{
            admin::{GithubAdmin, test_delivery},
            site::GithubSite,
        },
    },
};

/// What somebody wants connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedGithub {
    /// The repositories where issues are filed, besides those of the settings.
    pub repositories: Vec<Repository>,
    /// The organization that the App belongs to, unless it is the owner of the repositories.
    pub organization: Option<String>,
    /// The address of an Enterprise Server, unless the settings say it or it is github.com.
    pub url: Option<Origin>,
    /// Where GitHub reaches Heard, unless the settings say it.
    pub public_url: Option<Origin>,
    /// Whether an admin token is made where there is none. Who connects from the console has signed in with one.
    pub makes_admin_token: bool,
}

/// The name of an organization. A whole address instead of the name makes GitHub answer with "Cookies must be enabled" (runs-on#15).
///
/// # Errors
/// It is none.
pub fn organization_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    is_name.then(|| text.to_owned()).ok_or_else(|| "expected the organization's name alone, such as acme".to_owned())
}

/// How many repositories are named where one has to be chosen.
pub const NAMED: usize = 20;

/// `[github]`.
const SECTION: WrittenSection = WrittenSection::Only("github");

/// Everything that is known before GitHub is asked.
pub struct GithubGround {
    /// What was given.
    pub wanted: WantedGithub,
    /// The environment.
    pub variables: Variables,
    /// The settings, as they were when they were read.
    pub file: WrittenSettings,
    /// Which GitHub.
    pub site: GithubSite,
    /// Where it reaches Heard.
    pub public_url: Origin,
    /// The repositories of the settings, and those that were given.
    pub repositories: Vec<Repository>,
    /// Where the webhook's secret is kept.
    pub webhook_secret_file: SecretFile,
}

impl GithubGround {
    /// Reads what is given and written.
    ///
    /// # Errors
    /// What is missing or contradicts itself.
    pub fn of(wanted: WantedGithub, path: &Path, variables: Variables) -> anyhow::Result<Self> {
        let file = WrittenSettings::read(path)?;
        let given = Given { file: &file, variables: &variables };
        let written = given.of_environment("github", "api_url").or_else(|| file.get(&SECTION, "api_url"));
        let site = |url: &Origin| GithubSite::at(url).map_err(|error| anyhow!(error));
        let written = parsed(written)?.as_ref().map(site).transpose()?;
        let asked = wanted.url.as_ref().map(site).transpose()?;
        let web = |site: Option<&GithubSite>| site.map(|site| same(site.web()));
        let agreed = parsed(given.agreed("url", web(asked.as_ref()), web(written.as_ref()))?)?;
        let site =
            site(&agreed.map_or_else(|| Origin::parse("https://github.com").map_err(|error| anyhow!(error)), Ok)?)?;
        if site.web().is_readable_on_the_way() {
            bail!("{} would carry the App's key or the token unencrypted: give it as https://", site.web().as_str());
        }
        let public_url = given.public_url(wanted.public_url.as_ref(), "GitHub")?;
        let mut repositories: Vec<Repository> =
            file.names("repositories").iter().filter_map(|name| Repository::parse(name)).collect();
        for one in &wanted.repositories {
            if !repositories.iter().any(|known| known.is(one)) {
                repositories.push(one.clone());
            }
        }
        let webhook_secret_file = SecretFile::new(path, "github-webhook-secret");
        Ok(Self { wanted, variables, file, site, public_url, repositories, webhook_secret_file })
    }

    /// Reads the settings again: a person may have changed them meanwhile.
    ///
    /// # Errors
    /// They cannot be read any more.
    pub fn read_again(&mut self) -> anyhow::Result<()> {
        self.file = WrittenSettings::read(&self.file.path.clone())?;
        Ok(())
    }

    /// What the environment or the settings say of `[github]`.
    pub fn setting(&self, key: &str) -> Option<String> {
        let given = Given { file: &self.file, variables: &self.variables };
        given.of_environment("github", key).or_else(|| self.file.get(&SECTION, key))
    }

    /// A secret that the environment or the settings name.
    ///
    /// # Errors
    /// It is named, and cannot be read.
    pub fn secret(&self, key: &str) -> anyhow::Result<Option<Secret>> {
        let read = |written: String| Settings::secret(&written, folder_of(&self.file.path), self.variables.clone());
        self.setting(key).map(read).transpose().map_err(|why| anyhow!("github.{key} {why}"))
    }

    /// Whether a secret of `[github]` is kept in this file, once what lacks is written.
    pub fn keeps(&self, lacking: &LackingSettings, key: &str, file: &SecretFile) -> bool {
        lacking.has(&SECTION, key) || self.file.get(&SECTION, key) == Some(file.reference())
    }

    /// Whether the settings have this repository already.
    pub fn has(&self, repository: &Repository) -> bool {
        self.file.names("repositories").iter().any(|name| name.eq_ignore_ascii_case(repository.as_str()))
    }

    /// Where webhooks go.
    pub fn endpoint(&self) -> String {
        format!("{}/hooks/github", self.public_url.as_str())
    }

    /// Whether this GitHub can reach Heard: github.com refuses an address of this machine.
    pub fn is_reachable(&self) -> bool {
        !self.public_url.is_on_this_machine() || self.site.web().is_on_this_machine()
    }

    /// GitHub, signed in.
    ///
    /// # Errors
    /// The credentials cannot be right.
    pub fn sign_in(&self, access: TrackerAccess) -> anyhow::Result<GithubAdmin> {
        let credentials = TrackerCredentials { api_url: self.site.api().clone(), access, webhook_secrets: Vec::new() };
        GithubAdmin::new(credentials).map_err(|error| anyhow!(error))
    }

    /// The webhook's secret that the settings name; else the one that is kept, or a new one. The second says that the settings do not
    /// name it yet, so that a webhook may sign with another.
    ///
    /// # Errors
    /// It is named, and cannot be read.
    pub fn webhook_secret(&self) -> anyhow::Result<(Secret, bool)> {
        let named = match self.secret("webhook_secret") {
            // It is our file, and somebody took it away: it is made anew.
            Err(_) if self.setting("webhook_secret") == Some(self.webhook_secret_file.reference()) => None,
            named => named?,
        };
        if let Some(secret) = named {
            return Ok((secret, false));
        }
        let kept = self.webhook_secret_file.read();
        let new = || random::token().map(Secret::new).map_err(|error| anyhow!(error.to_string()));
        Ok((kept.map_or_else(new, Ok)?, true))
    }

    /// What the settings lack: `[github]` with this, and each repository.
    pub fn lacking(&self, mut github: Vec<(&'static str, Value)>, repositories: &[Repository]) -> LackingSettings {
        if !self.site.is_public() {
            github.insert(0, ("api_url", Value::from(self.site.api().as_str())));
        }
        // What the environment says is not written a second time; a token there is for this command, and Heard needs it later too.
        let given = Given { file: &self.file, variables: &self.variables };
        github.retain(|(key, _)| *key == "token" || given.of_environment("github", key).is_none());
        let mut wanted = vec![(SECTION, github)];
        wanted.extend(self.repository_sections(repositories));
        let lacking = self.file.lacking(Some(same(&self.public_url)), wanted);
        if self.wanted.makes_admin_token {
            admin_token::with_admin_token(&self.file, &self.variables, lacking)
        } else {
            lacking
        }
    }

    /// What will be done about the admin token, where it lacks.
    pub fn admin_token(&self, lacking: &LackingSettings) -> Option<String> {
        admin_token::sentence(&self.file, lacking)
    }

    /// Refuses to go on with an admin token that is kept already and can be guessed.
    ///
    /// # Errors
    /// There is such a token.
    pub fn must_have_a_long_admin_token(&self, lacking: &LackingSettings) -> anyhow::Result<()> {
        admin_token::must_be_long(&self.file, lacking)
    }

    /// Writes what the settings lack.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self, lacking: &LackingSettings) -> anyhow::Result<()> {
        if lacking.is_empty() {
            return Ok(());
        }
        admin_token::keep(&self.file, lacking)?;
        self.file.replace(&self.file.with(lacking))
    }

    /// The sections of the repositories that are new. Of several one has to be the default: then it is the first.
    fn repository_sections(&self, wanted: &[Repository]) -> Vec<(WrittenSection, Vec<(&'static str, Value)>)> {
        let named = |name: &str| WrittenSection::Named("repositories", name.to_owned());
        let written = self.file.names("repositories");
        let new: Vec<&Repository> = wanted.iter().filter(|one| !self.has(one)).collect();
        if new.is_empty() {
            return Vec::new();
        }
        let has_default = written.iter().any(|name| self.file.get(&named(name), "default").as_deref() == Some("true"));
        let first = (written.len() + new.len() > 1 && !has_default).then(|| ("default", Value::from(true)));
        let old = written.first().filter(|_| first.is_some()).map(|name| named(name));
        let mut sections: Vec<(WrittenSection, Vec<(&'static str, Value)>)> = Vec::new();
        let mut default = first;
        if let Some(old) = old {
            sections.push((old, default.take().into_iter().collect()));
        }
        for one in new {
            let mut settings = vec![("name", Value::from(one.as_str()))];
            settings.extend(default.take());
            sections.push((named(one.as_str()), settings));
        }
        sections
    }

    /// What the settings lack, as it is written.
    pub fn written(&self, lacking: &LackingSettings) -> Option<WrittenLines> {
        let file = self.file.path.display().to_string();
        (!lacking.is_empty()).then(|| WrittenLines { file, lines: lacking.lines() })
    }

    /// Tries whether Heard would start, and whether it takes what GitHub signs.
    ///
    /// # Errors
    /// Nothing can be sent.
    pub async fn try_out(&self, secret: Option<&Secret>) -> anyhow::Result<TriedConnection> {
        let mut tried = TriedConnection::default();
        tried.sentences.extend(try_settings(&self.file.path, &self.variables));
        tried.sentences.push(match secret {
            Some(secret) => {
                let id = random::token().map_err(|error| anyhow!(error.to_string()))?;
                try_delivery(&self.public_url, test_delivery(secret, &id)).await?
            }
            None => "Next: `heard check`.".to_owned(),
        });
        Ok(tried)
    }
}

/// The end of a sentence about a repository that is not seen: those that are, where they are few enough to find a slip among them.
pub fn but(sees: &str, seen: &[Repository]) -> String {
    if seen.is_empty() || seen.len() > NAMED {
        return String::new();
    }
    format!("; {sees} {}", seen.iter().map(Repository::as_str).collect::<Vec<_>>().join(", "))
}

/// What went wrong with a call, and what to do.
pub fn why(doing: &str, error: &TrackerError) -> anyhow::Error {
    let advice = match error {
        TrackerError::Limited { .. } => "try again later",
        TrackerError::Unauthorized(_) => {
            "check the number of the App and its key, or the token, and what they may do; an App's key also fails when this \
             machine's clock is wrong"
        }
        TrackerError::NotFound(_) => "check the name, and whether we may see it",
        TrackerError::NotSent(_) => "check the address, the name server, the certificate and the network",
        TrackerError::Unclear(_) => "it may have been done; try again: what is there is looked at first",
        TrackerError::Moved { .. } => "give its new name",
        TrackerError::Invalid(_) => "GitHub would refuse the same again",
    };
    anyhow!("{doing} failed: {error}; {advice}")
}

/// Adds what to do to the error of a call.
pub trait Advised<T> {
    /// The same, as a sentence that begins with `doing`.
    ///
    /// # Errors
    /// The call's error.
    fn advised(self, doing: &str) -> anyhow::Result<T>;
}

impl<T> Advised<T> for Result<T, TrackerError> {
    fn advised(self, doing: &str) -> anyhow::Result<T> {
        self.map_err(|error| why(doing, &error))
    }
}

/// The owner that all repositories have in common.
///
/// # Errors
/// They have several: an App that is not public is installed with its owner and nowhere else.
pub fn one_owner(repositories: &[Repository]) -> anyhow::Result<Option<&str>> {
    let Some(first) = repositories.first() else { return Ok(None) };
    match repositories.iter().find(|one| !one.owner().eq_ignore_ascii_case(first.owner())) {
        None => Ok(Some(first.owner())),
        Some(other) => bail!(
            "{first} and {other} have two owners, and an App of your own is installed with its owner only: connect one owner's, or \
             use a token"
        ),
    }
}

/// The number of the App that the settings name.
///
/// # Errors
/// It is no number.
pub fn app_number(text: &str) -> anyhow::Result<u64> {
    text.trim().parse().context("github.app_id is no number")
}
