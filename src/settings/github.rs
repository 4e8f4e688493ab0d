//! How Heard connects to GitHub: as an app or with a token.

use super::{
    error::ConfigError,
    fields::{SectionFields, SettingsReader},
    spec::{Section, SettingSpec},
    tracker::TrackerSettings,
    value::{minutes, origin, whole},
};
use crate::model::tracker::TrackerAccess;

/// `[github]`.
pub const SECTION: Section = Section {
    name: "github",
    many: false,
    about: "Without this section no issues are filed or followed. It needs `app_id` and `private_key` (a GitHub App) or \
            `token` (a personal access token), and at least one of `[[repositories]]`.",
    settings: &[
        SettingSpec::value(
            "api_url",
            "https://api.github.com",
            "a URL such as https://api.github.com or https://github.example.com/api/v3",
            "The URL of GitHub's API.",
        ),
        SettingSpec::unset(
            "app_id",
            "`token` is used",
            "the App's number, as its page on GitHub shows it",
            "The GitHub App.",
        ),
        SettingSpec::secret(
            "private_key",
            "`token` is used",
            "The App's private key (PEM), usually `file:github-app.pem`.",
        )
        .taking("a private key in PEM, such as file:github-app.pem"),
        SettingSpec::secret("token", "the App is used", "A personal access token that may read and write issues."),
        SettingSpec::secret(
            "webhook_secret",
            "there is no `/hooks/github`, and Heard only learns of changes when it asks",
            "The secret of GitHub's webhook.",
        ),
        SettingSpec::secret(
            "webhook_secret_previous",
            "only `webhook_secret` holds",
            "The previous secret, which is still accepted while you change it on GitHub.",
        ),
        SettingSpec::value(
            "sweep_minutes",
            "5",
            "a whole number of minutes from 1 to 1440",
            "How often Heard asks GitHub for changes that no webhook reported. It also does so at start.",
        ),
    ],
};

/// Reads `[github]`. A variable with credentials is enough to create the section; other variables only change it.
pub fn read(reader: &SettingsReader) -> Result<Option<TrackerSettings>, ConfigError> {
    let place = reader.only(&SECTION)?;
    let named = ["HEARD_GITHUB_APP_ID", "HEARD_GITHUB_TOKEN"];
    if place.table.is_none() && named.iter().all(|name| reader.document.variable(name).is_none()) {
        return Ok(None);
    }
    let fields = reader.open(&SECTION, place, &[])?;
    let secrets = [fields.long_secret("webhook_secret")?, fields.long_secret("webhook_secret_previous")?];
    Ok(Some(TrackerSettings {
        word: SECTION.name,
        api_url: fields.need("api_url", origin)?,
        access: access(&fields)?,
        webhook_secrets: secrets.into_iter().flatten().collect(),
        sweep: fields.need("sweep_minutes", minutes(1, 1440))?,
    }))
}

fn access(fields: &SectionFields<'_>) -> Result<TrackerAccess, ConfigError> {
    let id = fields.get("app_id", whole(1, u64::MAX))?;
    match (id, fields.secret("private_key")?, fields.secret("token")?) {
        (Some(id), Some(private_key), None) if private_key.expose().contains("PRIVATE KEY-----") => {
            Ok(TrackerAccess::App { id, private_key })
        }
        (Some(_), Some(_), None) => {
            Err(fields.error("private_key", "is not a private key; expected PEM, such as file:github-app.pem"))
        }
        (None, None, Some(token)) => Ok(TrackerAccess::Token(token)),
        (Some(_), None, None) => Err(fields.error("private_key", "is missing; an App has an app_id and a private_key")),
        (None, Some(_), None) => Err(fields.error("app_id", "is missing; an App has an app_id and a private_key")),
        (None, None, None) => Err(fields.error("token", "is missing; expected a token, or app_id and private_key")),
        (_, _, Some(_)) => {
            Err(fields.error("token", "stands beside app_id or private_key; expected one way, not both"))
        }
    }
}
