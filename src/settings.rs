//! The settings: `heard.toml` with the environment on top, read once at start.
//!
//! [`SECTIONS`] lists everything that can be set. A file with anything else in it stops the start with a sentence for
//! each mistake ([`ConfigError`]). The result is typed: secrets are resolved and defaults applied, so no other code has to
//! ask what holds when a setting is missing.

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
pub mod sign_on;
pub mod spec;
pub mod tell;
pub mod tracker;
mod value;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{
    connection::ConnectionSettings,
    document::Variables,
    error::ConfigError,
    fields::{ListedSetting, SECRET_CHARACTERS, environment, variable_name},
    grouping::{EndpointSettings, GroupingSettings, Model},
    log::LogSettings,
    repository::{Component, RepositorySettings, RouteRule, RoutedTopic},
    server::ServerReach,
    sign_on::SignOnSettings,
    tell::{QuietHours, TellSettings},
    tracker::TrackerSettings,
};
use self::{document::Document, error::SettingSource, fields::SettingsReader, nearest::nearest, spec::Section};
use crate::{
    base::{http::Origin, network::Network, secret::Secret},
    model::currency::{Currency, WrittenCurrency},
};

/// The file that is read unless another is named.
const FILE: &str = "heard.toml";
/// The variable that names the settings file.
const CONFIG_VARIABLE: &str = "HEARD_CONFIG";

/// Every section, in the order of the documentation. A section with a dot in its name belongs inside the one before it.
pub const SECTIONS: &[&Section] = &[
    &server::SECTION,
    &github::SECTION,
    &repository::SECTION,
    &repository::COMPONENTS,
    &repository::ROUTE,
    &connection::SECTION,
    &tell::SECTION,
    &grouping::SECTION,
    &sign_on::SECTION,
    &log::SECTION,
];

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where Heard listens.
    pub listen: SocketAddr,
    /// Where helpdesks, GitHub and customers reach it.
    pub public_url: Origin,
    /// The database's URL, which may contain a password.
    pub database: Secret,
    /// The bearer token with every role; `None` if Heard makes one.
    pub admin_token: Option<Secret>,
    /// The proxies that say for whom they speak.
    pub trusted_proxies: Vec<Network>,
    /// The currency of what organizations pay; `None` if amounts are shown without one.
    pub currency: Option<Currency>,
    /// How long the text of a delivery is kept once it was read; `None` keeps it forever.
    pub keep_deliveries: Option<Duration>,
    /// An address that serves metrics without a token.
    pub metrics_listen: Option<SocketAddr>,
    /// Format and level of the log.
    pub log: LogSettings,
    /// The tracker; `None` if no issues are filed.
    pub tracker: Option<TrackerSettings>,
    /// The repositories. If there are any, exactly one is the default.
    pub repositories: Vec<RepositorySettings>,
    /// The helpdesk accounts; their names are unique.
    pub connections: Vec<ConnectionSettings>,
    /// What customers are told, and when.
    pub tell: TellSettings,
    /// How tickets are grouped.
    pub grouping: GroupingSettings,
    /// The company's own sign-in; `None` if there are passwords only.
    pub sign_on: Option<SignOnSettings>,
    /// The file that they were read from, or would have been if it were there; `None` if they came from no file.
    pub file: Option<PathBuf>,
}

/// The settings, and what `heard settings` and the log say about them.
#[derive(Clone, Debug)]
pub struct LoadedSettings {
    /// The settings.
    pub settings: Settings,
    /// Each setting with its value and its source.
    pub listed: Vec<ListedSetting>,
    /// Things that are allowed but probably a mistake, each as a sentence for the log.
    pub notices: Vec<String>,
}

impl Settings {
    /// Reads every setting of the environment and a file: the one named by `config` or `HEARD_CONFIG`, else `heard.toml` if it exists.
    /// [`load_reach`](Self::load_reach) and [`load_database`](Self::load_database) read a part of them alone.
    ///
    /// # Errors
    /// The mistakes, each in one sentence on a line of its own.
    pub fn load(config: Option<&Path>) -> Result<LoadedSettings, ConfigError> {
        let variables = environment();
        let (path, text) = written(config, &variables)?;
        let mut loaded = Self::parse(&text, &path.display().to_string(), &folder_of(&path), variables)?;
        loaded.settings.file = Some(path);
        Ok(loaded)
    }

    /// Reads only how a running Heard is reached: who pulls the brake may have no other secret at hand, and a mistake somewhere else can
    /// wait.
    ///
    /// # Errors
    /// The mistakes in that.
    pub fn load_reach(config: Option<&Path>) -> Result<ServerReach, ConfigError> {
        server::read_reach(&Self::open(config)?)
    }

    /// Reads only the database's URL, for the same reason: it is how the brake is pulled while Heard does not run.
    ///
    /// # Errors
    /// The mistake in it.
    pub fn load_database(config: Option<&Path>) -> Result<Secret, ConfigError> {
        server::read_database(&Self::open(config)?)
    }

    fn open(config: Option<&Path>) -> Result<SettingsReader, ConfigError> {
        let variables = environment();
        let (path, text) = written(config, &variables)?;
        Ok(SettingsReader::new(Document::parse(&text, &path.display().to_string(), &folder_of(&path), variables)?))
    }

    /// The settings file, and whether somebody named it: by `config` or `HEARD_CONFIG`.
    pub fn file(config: Option<&Path>, variables: &Variables) -> (PathBuf, bool) {
        let named = config.or_else(|| variables.get(CONFIG_VARIABLE).filter(|name| !name.is_empty()).map(Path::new));
        (named.unwrap_or(Path::new(FILE)).to_owned(), named.is_some())
    }

    /// The secret that a setting refers to (`env:NAME`, `file:PATH` relative to `folder`), or is.
    ///
    /// # Errors
    /// Why there is none, to follow the setting's name in a sentence.
    pub fn secret(written: &str, folder: &Path, variables: Variables) -> Result<Secret, String> {
        let nothing = Document::parse("", FILE, folder, variables).map_err(|error| error.to_string())?;
        SettingsReader::new(nothing).secret(written)
    }

    /// Reads the text of a settings file. Messages call it `name`; a `file:PATH` in it is relative to `folder`.
    ///
    /// # Errors
    /// The mistakes, each in one sentence on a line of its own.
    pub fn parse(text: &str, name: &str, folder: &Path, variables: Variables) -> Result<LoadedSettings, ConfigError> {
        let mut document = Document::parse(text, name, folder, variables)?;
        let mut known: Option<ConfigError> = None;
        loop {
            let reader = SettingsReader::new(document);
            let mistake = match (read(&reader), known.take()) {
                (Ok(_), Some(known)) => return Err(known),
                (Ok(settings), None) => return loaded(reader, settings),
                (Err(mistake), before) => {
                    known = before;
                    mistake
                }
            };
            // Without what is wrong, the mistakes after it are found.
            document = reader.into_document();
            let goes_on = mistake.passed_over().is_some_and(|what| document.pass_over(what));
            let all = if mistake.is_news(known.as_ref()) { Some(ConfigError::and(known, mistake)) } else { known };
            match all {
                Some(all) if !goes_on => return Err(all),
                all => known = all,
            }
        }
    }

    /// The repository for a topic's issue: the first with a matching route, else the default.
    pub fn repository_for(&self, asked: &RoutedTopic<'_>) -> Option<&RepositorySettings> {
        repository::choose(&self.repositories, asked)
    }

    /// Whether an amount that is written with this is added up with others.
    pub fn counts(&self, written: Option<WrittenCurrency>) -> bool {
        written.zip(self.currency).is_none_or(|(written, currency)| written.may_be(currency))
    }

    /// The connection with this name.
    pub fn connection(&self, name: &str) -> Option<&ConnectionSettings> {
        self.connections.iter().find(|connection| connection.name == name)
    }
}

/// The settings file and its text, which is empty where nobody named it and it is not there.
fn written(config: Option<&Path>, variables: &Variables) -> Result<(PathBuf, String), ConfigError> {
    let (path, is_named) = Settings::file(config, variables);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) if !is_named && error.kind() == std::io::ErrorKind::NotFound => Ok((path, String::new())),
        Err(error) => Err(ConfigError::new(path.display(), format!("the settings could not be read: {error}"))),
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

fn read(reader: &SettingsReader) -> Result<Settings, ConfigError> {
    let sections: Vec<&'static str> =
        SECTIONS.iter().map(|section| section.name).filter(|name| !name.is_empty() && !name.contains('.')).collect();
    let server = server::read(reader, &sections)?;
    let tracker = github::read(reader)?;
    let tell = tell::read(reader)?;
    let repositories = repository::read(reader, tell.hold)?;
    let connections = connection::read(reader)?;
    let settings = Settings {
        listen: server.listen,
        public_url: server.public_url,
        database: server.database,
        admin_token: server.admin_token,
        trusted_proxies: server.trusted_proxies,
        metrics_listen: server.metrics_listen,
        currency: server.currency,
        keep_deliveries: server.keep_deliveries,
        tracker,
        repositories,
        connections,
        tell,
        grouping: grouping::read(reader)?,
        sign_on: sign_on::read(reader)?,
        log: log::read(reader)?,
        file: None,
    };
    let missing = match (&settings.tracker, settings.repositories.is_empty()) {
        (Some(_), true) => Some(("github", "[github] has nowhere to file; expected at least one [[repositories]]")),
        (None, false) => Some(("repositories.0", "[[repositories]] cannot be reached; expected a section [github]")),
        _ => None,
    };
    missing.map_or(Ok(settings), |(path, sentence)| Err(ConfigError::new(reader.document.source(path), sentence)))
}

/// What was read, unless an environment variable sets nothing by a slip.
fn loaded(reader: SettingsReader, settings: Settings) -> Result<LoadedSettings, ConfigError> {
    let mut notices = notices(&settings);
    let mut slips = None;
    for SetNothing { variable, meant, may_be_anothers } in set_nothing(&reader) {
        if may_be_anothers {
            notices.push(format!("the environment variable {variable} sets nothing; did you mean {meant}?"));
        } else {
            let place = SettingSource::Environment(variable.clone());
            let slip = ConfigError::new(place, format!("{variable} sets nothing; did you mean {meant}?"));
            slips = Some(ConfigError::and(slips, slip));
        }
    }
    match slips {
        Some(slips) => Err(slips),
        None => Ok(LoadedSettings { settings, listed: reader.into_listed(), notices }),
    }
}

/// An environment variable that sets nothing, and whose name is nearly that of one that does.
struct SetNothing {
    variable: String,
    meant: String,
    /// Whether it may be meant for a connection or a repository that is not in the file: one that was taken out, or is added next.
    may_be_anothers: bool,
}

fn set_nothing(reader: &SettingsReader) -> Vec<SetNothing> {
    let one_of_a_kind = SECTIONS.iter().filter(|section| !section.many);
    let names = one_of_a_kind.flat_map(|section| section.settings.iter().map(|spec| (section.name, spec.name)));
    let mut known: Vec<String> = names.map(|(section, name)| fields::variable_name(section, name)).collect();
    known.push(CONFIG_VARIABLE.to_owned());
    let listed = reader.listed_names();
    let of_many =
        |name: &&String| SECTIONS.iter().any(|section| section.many && name.starts_with(&format!("{}.", section.name)));
    // Each with what it begins with, up to the `_` in front of the setting.
    let named: Vec<(String, String)> = listed
        .iter()
        .filter(of_many)
        .filter_map(|name| Some((fields::variable_name("", name), fields::variable_name(name.rsplit_once('.')?.0, ""))))
        .collect();
    known.extend(listed.iter().map(|name| fields::variable_name("", name)));

    let set = reader.document.variables().filter(|name| name.starts_with("HEARD_") && !reader.is_referred_to(name));
    let meant = set.filter_map(|variable| Some((variable, nearest(variable, known.iter().map(String::as_str))?)));
    meant
        .filter(|(variable, meant)| variable != meant)
        .map(|(variable, meant)| {
            let of_section = named.iter().find(|(name, _)| name == meant);
            SetNothing {
                variable: variable.to_owned(),
                meant: meant.to_owned(),
                // It ends as that one does: only the name of the connection is another.
                may_be_anothers: of_section.is_some_and(|(name, begins)| variable.ends_with(&name[begins.len() - 1..])),
            }
        })
        .collect()
}

/// What is allowed but probably a mistake.
fn notices(settings: &Settings) -> Vec<String> {
    let mut notices = Vec::new();
    if !settings.connections.is_empty()
        && settings.listen.ip().is_unspecified()
        && settings.public_url.is_on_this_machine()
    {
        let url = settings.public_url.as_str();
        notices.push(format!("public_url is {url}: customers cannot open the links in their messages"));
    }
    notices
}
