//! The helpdesk accounts. A connection without a secret is refused: there is no unauthenticated mode (G9, no secret, no
//! route).

use std::time::Duration;

use super::{
    error::ConfigError,
    fields::{ListedSetting, SectionFields, SettingsReader},
    nearest::nearest,
    spec::{Section, SettingSpec},
    value::{minutes, origin, parsed, text},
};
use crate::base::{http::Origin, secret::Secret};

/// `[[connections]]`.
pub const SECTION: Section = Section {
    name: "connections",
    many: true,
    about: "One for each helpdesk account. It needs `webhook_secret`, or `path_secret` if the helpdesk cannot sign. A \
            helpdesk may have settings of its own; its page under docs/helpdesks/ lists them. Text in them that begins with \
            `env:` or `file:` is looked up like a secret.",
    settings: &[
        SettingSpec::required(
            "name",
            "lower-case letters, digits and hyphens, up to 40, and not github",
            "The connection's name. Webhooks come to `/hooks/NAME`.",
        ),
        SettingSpec::unset(
            "brand",
            "no brand",
            "a name",
            "The brand of this account. Tickets of different brands never share a topic.",
        ),
        SettingSpec::unset(
            "customer_ids",
            "an id in this helpdesk says nothing about another",
            "a word, such as crm",
            "Who gives customers the ids that your own company put into the helpdesk (Zendesk's `external_id` of a user). \
             Where two connections have the same word, records with the same id are one customer.",
        ),
        SettingSpec::required("helpdesk", "the helpdesk's word, such as zendesk", "The helpdesk."),
        SettingSpec::required("url", "a URL such as https://acme.zendesk.com", "The URL of the helpdesk's API."),
        SettingSpec::unset(
            "user",
            "the helpdesk needs none",
            "a user's name or address",
            "The user that Heard acts as.",
        ),
        SettingSpec::secret("token", "Heard can read what arrives, and write nothing", "The API token."),
        SettingSpec::secret(
            "webhook_secret",
            "`path_secret` is used",
            "The secret the helpdesk signs its webhooks with.",
        ),
        SettingSpec::secret(
            "webhook_secret_previous",
            "only `webhook_secret` holds",
            "The previous secret, which is still accepted while you change it in the helpdesk.",
        ),
        SettingSpec::secret(
            "path_secret",
            "webhooks are signed",
            "Only for senders that cannot sign: the last part of the webhook's URL, `/hooks/NAME/SECRET`.",
        ),
        SettingSpec::value("escalate_tag", "escalate", "a tag", "The tag by which an agent escalates a ticket."),
        SettingSpec::value(
            "sweep_minutes",
            "5",
            "a whole number of minutes from 1 to 1440",
            "How often Heard asks the helpdesk for changes that no webhook reported. It also does so at start.",
        ),
    ],
};

/// One helpdesk account.
#[derive(Clone)]
pub struct ConnectionSettings {
    /// Its name: webhooks come to `/hooks/NAME`.
    pub name: String,
    /// The brand it speaks for.
    pub brand: Option<String>,
    /// Who gives customers the company's own ids. Connections with the same word mean the same ids.
    pub customer_ids: Option<String>,
    /// The vendor, by its word in `helpdesk::registry`.
    pub helpdesk: String,
    /// The vendor's API.
    pub url: Origin,
    /// The user Heard acts as.
    pub user: Option<String>,
    /// The API token.
    pub token: Option<Secret>,
    /// The secrets that deliveries may be signed with, newest first.
    pub webhook_secrets: Vec<Secret>,
    /// The secret in the webhook's URL, for senders that cannot sign.
    pub path_secret: Option<Secret>,
    /// The tag by which an agent escalates.
    pub escalate_tag: String,
    /// How often the helpdesk is asked for what webhooks missed.
    pub sweep: Duration,
    /// The vendor's own settings, with `env:` and `file:` resolved.
    pub options: toml::Table,
}

impl std::fmt::Debug for ConnectionSettings {
    /// Shows only the names of the vendor's own settings, because their values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionSettings")
            .field("name", &self.name)
            .field("helpdesk", &self.helpdesk)
            .field("url", &self.url.as_str())
            .field("options", &self.options.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Reads every `[[connections]]`.
pub fn read(reader: &SettingsReader) -> Result<Vec<ConnectionSettings>, ConfigError> {
    let mut connections: Vec<ConnectionSettings> = Vec::new();
    for place in reader.several(&SECTION)? {
        let fields = reader.open_lenient(&SECTION, place);
        let one = connection(&fields)?;
        if connections.iter().any(|other| other.name == one.name) {
            return Err(fields.error("name", format!("is {:?} a second time; expected each name once", one.name)));
        }
        // Each would read every ticket of the account, and answer in it. A generic helpdesk sends what it wants read.
        let same = |other: &&ConnectionSettings| {
            one.helpdesk != "generic" && other.helpdesk == one.helpdesk && other.url.as_str() == one.url.as_str()
        };
        if let Some(other) = connections.iter().find(same) {
            return Err(fields.error(
                "url",
                format!(
                    "is the account of {:?} as well, so its customers would be told twice; expected each account once (brands within one are told apart)",
                    other.name
                ),
            ));
        }
        connections.push(one);
    }
    Ok(connections)
}

fn connection(fields: &SectionFields<'_>) -> Result<ConnectionSettings, ConfigError> {
    let secrets = [fields.long_secret("webhook_secret")?, fields.long_secret("webhook_secret_previous")?];
    let one = ConnectionSettings {
        name: fields.need("name", parsed(connection_name))?,
        brand: fields.get("brand", text)?,
        customer_ids: fields.get("customer_ids", text)?,
        helpdesk: fields.need("helpdesk", text)?,
        url: fields.need("url", origin)?,
        user: fields.get("user", text)?,
        token: fields.secret("token")?,
        webhook_secrets: secrets.into_iter().flatten().collect(),
        path_secret: fields.long_secret("path_secret")?,
        escalate_tag: fields.need("escalate_tag", text)?,
        sweep: fields.need("sweep_minutes", minutes(1, 1440))?,
        options: options(fields)?,
    };
    if one.helpdesk == "zendesk" && is_of_a_page(one.url.as_str()) {
        let sentence = format!(
            "is {:?}, a page of it; expected the account alone, such as https://acme.zendesk.com",
            one.url.as_str()
        );
        return Err(fields.error("url", sentence).alone());
    }
    if one.path_secret.is_none() && one.webhook_secrets.is_empty() {
        return Err(fields.error(
            "webhook_secret",
            "is missing; nothing is accepted unsigned, so expected what the helpdesk signs its webhooks with \
             (or path_secret where it cannot sign)",
        ));
    }
    Ok(one)
}

/// Whether an address was copied from where agents work or from the reference of the API, and leads to nothing else below it.
pub fn is_of_a_page(url: &str) -> bool {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    matches!(path.split('/').next(), Some("agent" | "api" | "admin" | "hc"))
}

/// A name that a connection may have.
pub fn connection_name(name: &str) -> Option<String> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (name.len() <= 40 && name.chars().all(fine) && name != "github").then(|| name.to_owned())
}

/// The vendor's own settings: every key that is not one of ours. A key that looks like a typo of ours is refused.
fn options(fields: &SectionFields<'_>) -> Result<toml::Table, ConfigError> {
    let place = fields.place();
    let mut options = toml::Table::new();
    for (key, value) in place.table.into_iter().flatten().filter(|(key, _)| SECTION.spec(key).is_none()) {
        if fields.reader().document.is_passed_over(&format!("{}.{key}", place.path)) {
            continue;
        }
        if let Some(meant) = nearest(key, SECTION.settings.iter().map(|spec| spec.name)) {
            return Err(fields.unknown(key, Some(meant)));
        }
        let resolved = resolve(fields, key, value)?;
        // Any text may be a secret, or hold one: a header, a path, a query.
        let hidden = holds_text(value);
        fields.reader().list(ListedSetting {
            name: format!("{}.{key}", place.label),
            value: Some(if hidden { "***".to_owned() } else { value.to_string() }),
            source: fields.reader().document.source(&format!("{}.{key}", place.path)).to_string(),
            without: None,
        });
        options.insert(key.clone(), resolved);
    }
    Ok(options)
}

/// Whether there is text anywhere in a value.
fn holds_text(value: &toml::Value) -> bool {
    match value {
        toml::Value::String(_) => true,
        toml::Value::Array(list) => list.iter().any(holds_text),
        toml::Value::Table(table) => table.values().any(holds_text),
        _ => false,
    }
}

/// The same value, with every `env:` and `file:` text replaced by what it refers to.
fn resolve(fields: &SectionFields<'_>, key: &str, value: &toml::Value) -> Result<toml::Value, ConfigError> {
    Ok(match value {
        toml::Value::String(text) if text.starts_with("env:") || text.starts_with("file:") => {
            let secret = fields.reader().secret(text).map_err(|why| fields.error(key, why).alone())?;
            toml::Value::String(secret.expose().to_owned())
        }
        toml::Value::Array(list) => {
            toml::Value::Array(list.iter().map(|one| resolve(fields, key, one)).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let resolved = table.iter().map(|(name, one)| Ok((name.clone(), resolve(fields, key, one)?)));
            toml::Value::Table(resolved.collect::<Result<_, ConfigError>>()?)
        }
        other => other.clone(),
    })
}
