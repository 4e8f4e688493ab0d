//! The settings: `heard.toml`, changed by the environment, read once at the start.
//!
//! [`SECTIONS`] is the one table of what can be set. A file that says anything else stops the start with one
//! sentence ([`ConfigError`]); what is read is typed, with every secret resolved and every default applied, so that nothing
//! behind this module asks "and if it is not set?".

pub mod connection;
mod document;
mod error;
mod fields;
pub mod github;
pub mod grouping;
pub mod log;
mod nearest;
pub mod repository;
pub mod server;
pub mod show;
pub mod spec;
pub mod tell;
mod value;

use std::{net::SocketAddr, path::Path, time::Duration};

pub use self::{
    connection::ConnectionSettings,
    document::Variables,
    error::ConfigError,
    fields::{ListedSetting, environment},
    github::{GithubAccess, GithubSettings},
    grouping::{EndpointSettings, GroupingSettings, Model},
    log::LogSettings,
    repository::{Component, RepositorySettings, RouteRule, RoutedTopic},
    tell::{QuietHours, TellSettings},
};
use self::{document::Document, fields::SettingsReader, nearest::nearest, spec::Section};
use crate::base::{http::Origin, secret::Secret};

/// The file that is read where nobody names another.
const FILE: &str = "heard.toml";
/// Names the settings file.
const CONFIG_VARIABLE: &str = "HEARD_CONFIG";

/// Every section, in the order in which people should read them. A name with a dot stands inside the one before it.
pub const SECTIONS: &[&Section] = &[
    &server::SECTION,
    &github::SECTION,
    &repository::SECTION,
    &repository::COMPONENTS,
    &repository::ROUTE,
    &connection::SECTION,
    &tell::SECTION,
    &grouping::SECTION,
    &log::SECTION,
];

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where Heard listens.
    pub listen: SocketAddr,
    /// Where the world reaches it.
    pub public_url: Origin,
    /// The database's URL, which may hold a password.
    pub database: Secret,
    /// The bearer token with every role; `None` where one is to be made.
    pub admin_token: Option<Secret>,
    /// How long the text of a delivery is kept that was read; `None` is for ever.
    pub keep_deliveries: Option<Duration>,
    /// Where metrics are served without a token.
    pub metrics_listen: Option<SocketAddr>,
    /// How Heard speaks to its operator.
    pub log: LogSettings,
    /// GitHub; `None` where nothing is filed.
    pub github: Option<GithubSettings>,
    /// The repositories; exactly one is the default where there are any.
    pub repositories: Vec<RepositorySettings>,
    /// The helpdesk accounts, by unique names.
    pub connections: Vec<ConnectionSettings>,
    /// How customers are told.
    pub tell: TellSettings,
    /// How tickets are grouped.
    pub grouping: GroupingSettings,
}

/// The settings with what people may want to know about them.
#[derive(Clone, Debug)]
pub struct LoadedSettings {
    /// The settings.
    pub settings: Settings,
    /// Each setting, its value and where it comes from.
    pub listed: Vec<ListedSetting>,
    /// What is not wrong, and still most likely not meant: each a sentence for the log.
    pub notices: Vec<String>,
}

impl Settings {
    /// Reads the file that `config` or `HEARD_CONFIG` names, else `heard.toml` where there is one, and the environment.
    ///
    /// # Errors
    /// The first thing that is wrong, in one sentence.
    pub fn load(config: Option<&Path>) -> Result<LoadedSettings, ConfigError> {
        let variables = environment();
        let named = config.or_else(|| variables.get(CONFIG_VARIABLE).filter(|name| !name.is_empty()).map(Path::new));
        let path = named.unwrap_or(Path::new(FILE)).to_owned();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(ConfigError::new(path.display(), format!("the settings could not be read: {error}")));
            }
        };
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&text, &path.display().to_string(), &folder, variables)
    }

    /// Reads the text of a settings file. `name` is what messages call it; a `file:PATH` is relative to `folder`.
    ///
    /// # Errors
    /// The first thing that is wrong, in one sentence.
    pub fn parse(text: &str, name: &str, folder: &Path, variables: Variables) -> Result<LoadedSettings, ConfigError> {
        let reader = SettingsReader::new(Document::parse(text, name, folder, variables)?);
        let settings = read(&reader)?;
        let notices = notices(&reader, &settings);
        Ok(LoadedSettings { settings, listed: reader.into_listed(), notices })
    }

    /// The repository a topic's issue belongs into: by the first rule that holds, else the default.
    pub fn repository_for(&self, asked: &RoutedTopic<'_>) -> Option<&RepositorySettings> {
        repository::choose(&self.repositories, asked)
    }

    /// The connection of this name.
    pub fn connection(&self, name: &str) -> Option<&ConnectionSettings> {
        self.connections.iter().find(|connection| connection.name == name)
    }
}

fn read(reader: &SettingsReader) -> Result<Settings, ConfigError> {
    let sections: Vec<&'static str> =
        SECTIONS.iter().map(|section| section.name).filter(|name| !name.is_empty() && !name.contains('.')).collect();
    let server = server::read(reader, &sections)?;
    let github = github::read(reader)?;
    let tell = tell::read(reader)?;
    let repositories = repository::read(reader, tell.hold)?;
    let connections = connection::read(reader)?;
    let settings = Settings {
        listen: server.listen,
        public_url: server.public_url,
        database: server.database,
        admin_token: server.admin_token,
        metrics_listen: server.metrics_listen,
        keep_deliveries: server.keep_deliveries,
        github,
        repositories,
        connections,
        tell,
        grouping: grouping::read(reader)?,
        log: log::read(reader)?,
    };
    let missing = match (&settings.github, settings.repositories.is_empty()) {
        (Some(_), true) => Some(("github", "[github] has nowhere to file; expected at least one [[repositories]]")),
        (None, false) => Some(("repositories.0", "[[repositories]] cannot be reached; expected a section [github]")),
        _ => None,
    };
    missing.map_or(Ok(settings), |(path, sentence)| Err(ConfigError::new(reader.document.source(path), sentence)))
}

/// What is most likely not meant.
fn notices(reader: &SettingsReader, settings: &Settings) -> Vec<String> {
    let one_of_a_kind = SECTIONS.iter().filter(|section| !section.many);
    let names = one_of_a_kind.flat_map(|section| section.settings.iter().map(|spec| (section.name, spec.name)));
    let mut known: Vec<String> = names.map(|(section, name)| fields::variable_name(section, name)).collect();
    known.extend(reader.listed_names().iter().map(|name| fields::variable_name("", name)));
    known.push(CONFIG_VARIABLE.to_owned());

    let mut notices = Vec::new();
    for variable in reader.document.variables().filter(|name| name.starts_with("HEARD_")) {
        if let Some(meant) = nearest(variable, known.iter().map(String::as_str)).filter(|meant| *meant != variable) {
            notices.push(format!("the environment variable {variable} sets nothing; did you mean {meant}?"));
        }
    }
    if !settings.connections.is_empty() && settings.listen.ip().is_unspecified() && is_loopback(&settings.public_url) {
        let url = settings.public_url.as_str();
        notices.push(format!("public_url is {url}: customers cannot open the links in their messages"));
    }
    notices
}

fn is_loopback(url: &Origin) -> bool {
    matches!(url.host(), "localhost" | "127.0.0.1" | "[::1]")
}
