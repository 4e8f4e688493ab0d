//! What is wrong with the settings, in sentences that name the place, the setting and what was expected.
//!
//! They never contain a secret's value.

use std::fmt;

/// Mistakes in the settings that stop the start: one, and the others that were found after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    place: String,
    sentence: String,
    about: Option<Box<MistakenSetting>>,
    others: Vec<ConfigError>,
}

/// The setting that a mistake is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MistakenSetting {
    /// Where it is or would be in the file: `connections.0.token`.
    path: String,
    /// What has to be passed over to read on.
    passed_over: PassedOver,
    /// Whether the mistake is one whatever else is set.
    alone: bool,
}

/// What is passed over after a mistake, so that the mistakes after it are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassedOver {
    /// What the file says at this path: a value, or a section of which something is missing.
    Path(String),
    /// An environment variable.
    Variable(String),
}

impl ConfigError {
    /// A mistake and its place: `heard.toml line 3` or `environment HEARD_LISTEN`. Nothing can be read after it.
    pub fn new(place: impl fmt::Display, sentence: impl Into<String>) -> Self {
        Self { place: place.to_string(), sentence: sentence.into(), about: None, others: Vec::new() }
    }

    /// The same, about the setting at this path. With it passed over, others can be read.
    pub fn about(self, path: String, passed_over: PassedOver) -> Self {
        Self { about: Some(Box::new(MistakenSetting { path, passed_over, alone: false })), ..self }
    }

    /// The same, whatever else is set. Any other mistake is of several settings together, and may follow from one of another.
    pub fn alone(mut self) -> Self {
        if let Some(about) = &mut self.about {
            about.alone = true;
        }
        self
    }

    /// What has to be passed over to read on.
    pub fn passed_over(&self) -> Option<&PassedOver> {
        self.about.as_deref().map(|about| &about.passed_over)
    }

    /// Whether it does not follow from mistakes that are known: from what was passed over for them, too.
    pub fn is_news(&self, known: Option<&Self>) -> bool {
        let Some(known) = known else { return true };
        let Some(about) = &self.about else { return false };
        let part = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
        let others = known.others.iter().filter_map(|other| other.about.as_deref());
        known.about.as_deref().into_iter().chain(others).all(|other| {
            let is_of_another_part = part(&other.path) != part(&about.path);
            other.path != about.path && (about.alone || is_of_another_part)
        })
    }

    /// All that is known, and one more.
    pub fn and(known: Option<Self>, more: Self) -> Self {
        match known {
            Some(mut known) => {
                known.others.push(more);
                known
            }
            None => more,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)?;
        self.others.iter().try_for_each(|other| write!(f, "\n{other}"))
    }
}

impl std::error::Error for ConfigError {}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingSource {
    /// Nobody set it.
    Default,
    /// The settings file, as it was named.
    File {
        /// The file.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name} line {line}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
        }
    }
}
