//! How Heard speaks to its operator.

use super::{
    fields::Reader,
    row::{Row, Section},
    value::{parsed, text},
    wrong::Wrong,
};
use crate::base::telemetry::{Format, valid_level};

/// `[log]`.
pub const SECTION: Section = Section {
    name: "log",
    many: false,
    about: "",
    rows: &[
        Row::value("format", "auto", "auto, text or json", "`auto` is text on a terminal and JSON elsewhere."),
        Row::value(
            "level",
            "info",
            "error, warn, info, debug or trace, or directives such as info,heard::flow=debug",
            "How much is said.",
        ),
    ],
};

/// How Heard speaks to its operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// In which form.
    pub format: Format,
    /// How much: directives of `tracing_subscriber::EnvFilter`.
    pub level: String,
}

/// Reads `[log]`.
pub fn read(reader: &Reader) -> Result<LogSettings, Wrong> {
    let fields = reader.open(&SECTION, reader.only(&SECTION)?, &[])?;
    Ok(LogSettings {
        format: fields.need("format", parsed(Format::parse))?,
        level: fields.need("level", |value| text(value).filter(|level| valid_level(level)))?,
    })
}
