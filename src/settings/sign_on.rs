//! The company's own sign-in for the team, by `OpenID` Connect.

use super::{
    error::ConfigError,
    fields::SettingsReader,
    spec::{Section, SettingSpec},
    value::{origin, text},
};
use crate::base::{http::Origin, secret::Secret};

/// `[sign_on]`.
pub const SECTION: Section = Section {
    name: "sign_on",
    many: false,
    about: "The company's own sign-in for the team, by OpenID Connect. Only people who were invited come in by it, and they may still use \
            a password. The provider has to know `/login/provider/back` of `public_url` as the address to send people back to. \
            docs/people.md has more.",
    settings: &[
        SettingSpec::unset(
            "issuer",
            "people sign in with passwords",
            "an https URL such as https://login.example.com",
            "The provider. Its description is read from `/.well-known/openid-configuration` below this URL.",
        ),
        SettingSpec::unset(
            "client_id",
            "there is no `issuer`",
            "the id that the provider has for Heard",
            "Heard's id at the provider. It has to be set with `issuer`.",
        ),
        SettingSpec::secret("client_secret", "Heard is a public client there", "Heard's secret at the provider."),
        SettingSpec::value(
            "name",
            "your company's account",
            "a name such as Okta",
            "What the button on the sign-in page calls it: *Sign in with* and this.",
        ),
    ],
};

/// The provider that says who somebody is.
#[derive(Clone, Debug, PartialEq)]
pub struct SignOnSettings {
    /// Where its description is, and how it calls itself but for a slash at the end.
    pub issuer: Origin,
    /// Our id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Option<Secret>,
    /// What people call it.
    pub name: String,
}

/// Reads `[sign_on]`.
pub fn read(reader: &SettingsReader) -> Result<Option<SignOnSettings>, ConfigError> {
    let fields = reader.open(&SECTION, reader.only(&SECTION)?, &[])?;
    let issuer = fields.get("issuer", |value| origin(value).filter(|origin| !origin.is_readable_on_the_way()))?;
    let (client_id, client_secret) = (fields.get("client_id", text)?, fields.secret("client_secret")?);
    let name = fields.need("name", text)?;
    match (issuer, client_id, client_secret) {
        (Some(issuer), Some(client_id), client_secret) => {
            Ok(Some(SignOnSettings { issuer, client_id, client_secret, name }))
        }
        (Some(_), None, _) => {
            Err(fields.error("client_id", "is missing; expected the id that the provider has for Heard"))
        }
        (None, Some(_), _) => Err(fields.error("client_id", "is for a provider; expected its URL in issuer")),
        (None, None, Some(_)) => Err(fields.error("client_secret", "is for a provider; expected its URL in issuer")),
        (None, None, None) => Ok(None),
    }
}
