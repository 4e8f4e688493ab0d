//! How tickets are grouped.

use std::path::PathBuf;

use url::Url;

use super::{
    error::ConfigError,
    fields::{SectionFields, SettingsReader},
    spec::{Section, SettingSpec},
    value::{number, text},
};
use crate::base::{
    http::{Origin, is_on_this_machine},
    secret::Secret,
};

/// `[grouping]`.
pub const SECTION: Section = Section {
    name: "grouping",
    many: false,
    about: "",
    settings: &[
        SettingSpec::value(
            "model",
            "builtin",
            "none, builtin, a folder with a sentence model (ONNX), or the https URL of an embeddings endpoint",
            "What compares the meaning of tickets: only their words (none), the model inside Heard (builtin), or another \
             model. An endpoint is sent the text of every ticket.",
        ),
        SettingSpec::unset(
            "embeddings_model",
            "`model` is no endpoint",
            "the name by which the endpoint knows its model, such as text-embedding-3-small",
            "The model to ask the embeddings endpoint for.",
        ),
        SettingSpec::secret(
            "embeddings_key",
            "the endpoint is asked without a key",
            "The key of the embeddings endpoint, sent as a bearer token.",
        ),
        SettingSpec::value(
            "precision",
            "0.95",
            "a number from 0.5 to 0.999",
            "How many of the tickets that join a topic by themselves have to be right. If Heard is less sure, it asks a person.",
        ),
    ],
};

/// How tickets are grouped.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupingSettings {
    /// What compares meaning.
    pub model: Model,
    /// The precision that joining by itself has to reach.
    pub precision: f64,
}

/// What compares the meaning of tickets.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Only the words.
    None,
    /// The model built into the binary.
    Builtin,
    /// Another model, in this folder.
    Folder(PathBuf),
    /// Another model, behind this endpoint.
    Endpoint(EndpointSettings),
}

/// An endpoint that turns texts into vectors, with the API that `OpenAI` defined.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointSettings {
    /// Its URL without the last part of the path.
    pub origin: Origin,
    /// The last part of the path, with the query.
    pub path: String,
    /// The model's name there.
    pub model: String,
    /// Our key.
    pub key: Option<Secret>,
}

impl EndpointSettings {
    /// Reads the URL of an endpoint and the name of its model.
    ///
    /// # Errors
    /// What is wrong, to follow the setting's name in a sentence.
    pub fn parse(url: &str, model: Option<&str>, key: Option<Secret>) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!("is {url:?}, which {why}; expected a URL such as https://api.example.com/v1/embeddings")
        };
        let parsed = Url::parse(url).map_err(|_| wrong("is not a URL"))?;
        if parsed.host().is_none() {
            return Err(wrong("names no host"));
        }
        if parsed.scheme() != "https" && !is_on_this_machine(&parsed) {
            return Err(wrong("would carry the text of tickets unencrypted"));
        }
        let whole = url.split('?').next().unwrap_or_default();
        let (base, _) = whole.rsplit_once('/').ok_or_else(|| wrong("has no path"))?;
        let origin = Origin::parse(base).map_err(|_| wrong("has no path"))?;
        let model = model.ok_or("needs embeddings_model beside it: the name by which the endpoint knows its model")?;
        Ok(Self { origin, path: url[base.len()..].trim_start_matches('/').to_owned(), model: model.to_owned(), key })
    }
}

impl Model {
    /// Whether the text is the URL of an endpoint rather than a folder.
    pub fn is_endpoint(word: &str) -> bool {
        word.starts_with("https://") || word.starts_with("http://")
    }

    /// Reads `none`, `builtin`, or a folder.
    fn of_this_machine(word: &str) -> Self {
        match word {
            "none" => Self::None,
            "builtin" => Self::Builtin,
            folder => Self::Folder(PathBuf::from(folder)),
        }
    }
}

/// Reads `[grouping]`.
pub fn read(reader: &SettingsReader) -> Result<GroupingSettings, ConfigError> {
    let fields = reader.open(&SECTION, reader.only(&SECTION)?, &[])?;
    let model = model(&fields)?;
    if let Model::Folder(folder) = &model
        && !folder.is_dir()
    {
        let sentence = format!(
            "is {:?}, which is not a folder; expected none, builtin, a folder, or the https URL of an endpoint",
            folder.display()
        );
        return Err(fields.error("model", sentence));
    }
    Ok(GroupingSettings { model, precision: fields.need("precision", number(0.5, 0.999))? })
}

fn model(fields: &SectionFields<'_>) -> Result<Model, ConfigError> {
    let word = fields.need("model", text)?;
    let (name, key) = (fields.get("embeddings_model", text)?, fields.secret("embeddings_key")?);
    if Model::is_endpoint(&word) {
        let endpoint = EndpointSettings::parse(&word, name.as_deref(), key);
        return endpoint.map(Model::Endpoint).map_err(|why| fields.error("model", why));
    }
    match (name, key) {
        (None, None) => Ok(Model::of_this_machine(&word)),
        (Some(_), _) => Err(fields.error("embeddings_model", "is for an endpoint; expected its URL in model")),
        (None, Some(_)) => Err(fields.error("embeddings_key", "is for an endpoint; expected its URL in model")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_parted_into_where_and_what() {
        let url = "https://api.example.com/openai/v1/embeddings?api-version=2";
        let endpoint = EndpointSettings::parse(url, Some("small"), None).expect("a URL");
        assert_eq!(
            (endpoint.origin.as_str(), endpoint.path.as_str()),
            ("https://api.example.com/openai/v1", "embeddings?api-version=2")
        );
        for local in
            ["http://127.0.0.1:9/v1/embeddings", "http://[::1]:9/v1/embeddings", "http://localhost/v1/embeddings"]
        {
            assert!(EndpointSettings::parse(local, Some("small"), None).is_ok(), "{local}");
        }
    }

    #[test]
    fn text_of_tickets_does_not_travel_unencrypted() {
        for far in ["http://api.example.com/v1/embeddings", "http://10.0.0.7/v1/embeddings"] {
            let why = EndpointSettings::parse(far, Some("small"), None).expect_err("not encrypted");
            assert!(why.contains("unencrypted"), "{why}");
        }
        assert!(EndpointSettings::parse("https://user:pw@example.com/v1/embeddings", Some("small"), None).is_err());
        assert!(EndpointSettings::parse("https://example.com/v1/embeddings", None, None).is_err());
    }
}
