//! The settings at the top of the file: address, database, admin token, metrics.

use std::{net::SocketAddr, time::Duration};

use super::{
    error::ConfigError,
    fields::{SectionFields, SectionPlace, SettingsReader},
    spec::{Section, SettingSpec, SettingVisibility},
    value::{address, days, networks, origin, parsed, text},
};
use crate::{
    base::{http::Origin, network::Network, secret::Secret},
    model::currency::Currency,
};

/// The top of the file.
pub const SECTION: Section = Section {
    name: "",
    many: false,
    about: "At the top of the file, before the first section.",
    settings: &[
        SettingSpec::value(
            "listen",
            "127.0.0.1:8080",
            "an address and a port such as 127.0.0.1:8080",
            "Where Heard listens for webhooks, the console and the API.",
        ),
        SettingSpec::unset(
            "public_url",
            "`http://` and the address of `listen`",
            "a URL such as https://heard.example.com, without user, query or fragment",
            "Where helpdesks, GitHub and customers reach Heard. Webhook addresses and the links in messages to customers \
             begin with it.",
        ),
        SettingSpec::value(
            "database",
            "sqlite:heard.db",
            "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME (also as env:NAME or file:PATH)",
            "Where Heard stores everything. SQLite for one process, PostgreSQL for several. A pooler such as PgBouncer has to \
             run in session mode, because Heard holds advisory locks.",
        )
        .shown(SettingVisibility::WithoutPassword),
        SettingSpec::secret(
            "admin_token",
            "one is made at first start and printed once",
            "The bearer token with every role, for scripts, for the first sign-in to the console, and for when nobody else can sign in. At \
             least 20 characters.",
        ),
        SettingSpec::value(
            "trusted_proxies",
            "",
            "addresses and networks such as 10.0.0.0/8, in a list",
            "The proxies in front of Heard. Only theirs is what `X-Forwarded-For` says, by which Heard tells apart who uses \
             wrong tokens and passwords, and writes down from where somebody acts.",
        ),
        SettingSpec::unset(
            "currency",
            "amounts are shown and added up as they are written, without a currency",
            "a code of ISO 4217 such as EUR",
            "The currency of what organizations pay. It stands beside each amount. An amount that a helpdesk writes in another \
             currency is left out from then on, because nothing is converted; one that is written without any is of this one.",
        ),
        SettingSpec::value(
            "keep_deliveries_days",
            "30",
            "a whole number of days from 0 to 3650",
            "How long the text of a webhook is kept after it was read, so that it can be read again. One that cannot be read \
             is kept until a person deals with it. 0 keeps everything forever.",
        ),
        SettingSpec::unset(
            "metrics_listen",
            "`/metrics` is served on `listen` and asks for the admin token",
            "an address and a port such as 127.0.0.1:9090",
            "Also serves `/metrics` at this address, without a token, for a collector inside your network.",
        ),
    ],
};

/// What the top of the file says.
#[derive(Clone, Debug)]
pub struct ServerSettings {
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
    /// The currency of what organizations pay.
    pub currency: Option<Currency>,
    /// How long the text of a delivery is kept once it was read.
    pub keep_deliveries: Option<Duration>,
    /// An address that serves metrics without a token.
    pub metrics_listen: Option<SocketAddr>,
}

/// How a running Heard is reached.
#[derive(Clone, Debug)]
pub struct ServerReach {
    /// Where it is.
    pub public_url: Origin,
    /// The bearer token with every role; `None` if the settings have none.
    pub admin_token: Option<Secret>,
}

/// Reads how a running Heard is reached, and nothing else.
pub fn read_reach(reader: &SettingsReader) -> Result<ServerReach, ConfigError> {
    let fields = reader.open_lenient(&SECTION, place(reader));
    let public_url = match fields.get("public_url", origin)? {
        Some(url) => url,
        None => public_url(&fields, fields.need("listen", address)?)?,
    };
    Ok(ServerReach { public_url, admin_token: fields.long_secret("admin_token")? })
}

/// Reads the database's URL, and nothing else.
pub fn read_database(reader: &SettingsReader) -> Result<Secret, ConfigError> {
    database(&reader.open_lenient(&SECTION, place(reader)))
}

fn place(reader: &SettingsReader) -> SectionPlace<'_> {
    let table = Some(reader.document.values());
    SectionPlace { path: String::new(), label: String::new(), variables: Some(String::new()), table }
}

/// Reads the top of the file; `sections` are the names of the sections that may follow.
pub fn read(reader: &SettingsReader, sections: &[&'static str]) -> Result<ServerSettings, ConfigError> {
    let fields = reader.open(&SECTION, place(reader), sections)?;
    let listen = fields.need("listen", address)?;
    Ok(ServerSettings {
        listen,
        public_url: public_url(&fields, listen)?,
        database: database(&fields)?,
        admin_token: fields.long_secret("admin_token")?,
        trusted_proxies: fields.need("trusted_proxies", networks)?,
        currency: fields.get("currency", parsed(Currency::parse))?,
        keep_deliveries: fields.need("keep_deliveries_days", days(3_650))?,
        metrics_listen: fields.get("metrics_listen", address)?,
    })
}

fn public_url(fields: &SectionFields<'_>, listen: SocketAddr) -> Result<Origin, ConfigError> {
    if let Some(url) = fields.get("public_url", origin)? {
        return Ok(url);
    }
    let host = if listen.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], listen.port())) } else { listen };
    Origin::parse(&format!("http://{host}")).map_err(|error| fields.error("public_url", error))
}

fn database(fields: &SectionFields<'_>) -> Result<Secret, ConfigError> {
    fields.need("database", text)?;
    let missing = || fields.error("database", "is missing");
    let url = fields.secret("database")?.ok_or_else(missing)?;
    let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme));
    let expected = SECTION.spec("database").map_or("", |spec| spec.expected);
    known
        .then_some(url)
        .ok_or_else(|| fields.error("database", format!("is not a database; expected {expected}")).alone())
}
