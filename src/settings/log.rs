//! Format and level of the log.

use super::{
    error::ConfigError,
    fields::SettingsReader,
    spec::{Section, SettingSpec},
    value::{parsed, text},
};
use crate::base::telemetry::{LogFormat, valid_level};

/// `[log]`.
pub const SECTION: Section = Section {
    name: "log",
    many: false,
    about: "",
    settings: &[
        SettingSpec::value("format", "auto", "auto, text or json", "`auto` is text on a terminal and JSON elsewhere."),
        SettingSpec::value(
            "level",
            "info",
            "error, warn, info, debug or trace, or directives such as info,heard::flow=debug",
            "How much is logged.",
        ),
    ],
};

/// Format and level of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The format.
    pub format: LogFormat,
    /// The level, as directives of `tracing_subscriber::EnvFilter`.
    pub level: String,
}

/// Reads `[log]`.
pub fn read(reader: &SettingsReader) -> Result<LogSettings, ConfigError> {
    let fields = reader.open(&SECTION, reader.only(&SECTION)?, &[])?;
    Ok(LogSettings {
        format: fields.need("format", parsed(LogFormat::parse))?,
        level: fields.need("level", |value| text(value).filter(|level| valid_level(level)))?,
    })
}
