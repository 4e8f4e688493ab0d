//! One section with all its values: from the environment, else from the file, else the default.
//!
//! Opening a section refuses unknown keys. Reading from it refuses values that are not as expected. `heard settings` lists
//! every section that was opened.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    document::{Document, Variables, join},
    error::{ConfigError, PassedOver, SettingSource},
    nearest::nearest,
    spec::{Fallback, Section, SettingSpec, SettingVisibility},
    value::{RawValue, SettingValue, text},
};
use crate::base::secret::Secret;

/// How long a secret is at least that anybody who can reach Heard can try to guess. No helpdesk makes shorter ones.
pub const SECRET_CHARACTERS: usize = 20;

/// One setting as `heard settings` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSetting {
    /// With its section: `connections.acme.token`.
    pub name: String,
    /// The value, with `***` for a secret; `None` if it is not set.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: String,
    /// What applies when it is not set.
    pub without: Option<&'static str>,
}

/// Reads sections from a document and remembers them for `heard settings`.
#[derive(Debug)]
pub struct SettingsReader {
    /// The settings as written.
    pub document: Document,
    listed: RefCell<Vec<ListedSetting>>,
    referred: RefCell<BTreeSet<String>>,
}

/// Where a section is.
#[derive(Debug)]
pub struct SectionPlace<'d> {
    /// In the file: `connections.0`.
    pub path: String,
    /// For people: `connections.acme`.
    pub label: String,
    /// What the environment variables of its settings begin with; `None` if it has none.
    pub variables: Option<String>,
    /// What the file says; `None` if it does not have the section.
    pub table: Option<&'d toml::Table>,
}

/// A section, opened.
#[derive(Debug)]
pub struct SectionFields<'r> {
    section: &'static Section,
    place: SectionPlace<'r>,
    values: BTreeMap<&'static str, SettingValue>,
    reader: &'r SettingsReader,
}

impl SettingsReader {
    /// Starts with a document.
    pub fn new(document: Document) -> Self {
        Self { document, listed: RefCell::default(), referred: RefCell::default() }
    }

    /// The document, to be read once more.
    pub fn into_document(self) -> Document {
        self.document
    }

    /// Whether a setting has named this environment variable as where its secret is.
    pub fn is_referred_to(&self, variable: &str) -> bool {
        self.referred.borrow().contains(variable)
    }

    /// Everything listed, in the order it was read.
    pub fn into_listed(self) -> Vec<ListedSetting> {
        self.listed.into_inner()
    }

    /// The names of everything listed so far.
    pub fn listed_names(&self) -> Vec<String> {
        self.listed.borrow().iter().map(|one| one.name.clone()).collect()
    }

    /// Adds a setting that no table knows: one of a vendor's own.
    pub fn list(&self, listed: ListedSetting) {
        self.listed.borrow_mut().push(listed);
    }

    /// The place of a section that may occur once.
    ///
    /// # Errors
    /// The value there is not a section.
    pub fn only(&self, section: &Section) -> Result<SectionPlace<'_>, ConfigError> {
        let name = section.name.to_owned();
        let table = self.document.section(&name)?;
        Ok(SectionPlace { path: name.clone(), label: name.clone(), variables: Some(name), table })
    }

    /// The places of a section that may occur several times, each labelled with the `name` inside it.
    ///
    /// # Errors
    /// The value there is not a list of sections.
    pub fn several(&self, section: &Section) -> Result<Vec<SectionPlace<'_>>, ConfigError> {
        let sections = self.document.sections(self.document.values(), "", section.name)?;
        let placed = sections.into_iter().map(|(path, table)| {
            let name = table.get("name").and_then(toml::Value::as_str);
            let label = name.map_or_else(|| path.clone(), |name| join(section.name, name));
            SectionPlace { path, variables: Some(label.clone()), label, table: Some(table) }
        });
        Ok(placed.collect())
    }

    /// Opens a section and refuses unknown keys. `inner` are the names of the sections inside it.
    ///
    /// # Errors
    /// An unknown key.
    pub fn open<'r>(
        &'r self,
        section: &'static Section,
        place: SectionPlace<'r>,
        inner: &[&'static str],
    ) -> Result<SectionFields<'r>, ConfigError> {
        let fields = self.open_lenient(section, place);
        for key in fields.place.table.into_iter().flat_map(toml::Table::keys) {
            let is_passed_over = self.document.is_passed_over(&join(&fields.place.path, key));
            if section.spec(key).is_none() && !inner.contains(&key.as_str()) && !is_passed_over {
                let known = section.settings.iter().map(|spec| spec.name).chain(inner.iter().copied());
                return Err(fields.unknown(key, nearest(key, known)));
            }
        }
        Ok(fields)
    }

    /// Opens a section that may also contain keys we do not know.
    pub fn open_lenient<'r>(&'r self, section: &'static Section, place: SectionPlace<'r>) -> SectionFields<'r> {
        let mut values = BTreeMap::new();
        for spec in section.settings {
            let variable = place.variables.as_ref().map(|prefix| variable_name(prefix, spec.name));
            let from_environment = variable.and_then(|name| {
                let text = self.document.variable(&name)?.to_owned();
                Some(SettingValue { raw: RawValue::Text(text), source: SettingSource::Environment(name) })
            });
            let from_file = || {
                let path = join(&place.path, spec.name);
                let raw = RawValue::Toml(place.table?.get(spec.name)?.clone());
                let value = SettingValue { raw, source: self.document.source(&path) };
                Some(value).filter(|_| !self.document.is_passed_over(&path))
            };
            let by_default = || match spec.fallback {
                Fallback::Value(text) => {
                    Some(SettingValue { raw: RawValue::Text(text.to_owned()), source: SettingSource::Default })
                }
                Fallback::Unset(_) | Fallback::Required => None,
            };
            let value = from_environment.or_else(from_file).or_else(by_default);
            self.list(listed(join(&place.label, spec.name), value.as_ref(), spec));
            values.extend(value.map(|value| (spec.name, value)));
        }
        SectionFields { section, place, values, reader: self }
    }

    /// The secret that `written` refers to, or is.
    ///
    /// # Errors
    /// Why there is none, to follow the setting's name in a sentence.
    pub fn secret(&self, written: &str) -> Result<Secret, String> {
        let value = if let Some(name) = written.strip_prefix("env:") {
            self.referred.borrow_mut().insert(name.to_owned());
            let value = self.document.variable(name);
            value.ok_or_else(|| format!("names the environment variable {name}, which is not set"))?.to_owned()
        } else if let Some(path) = written.strip_prefix("file:") {
            let read = self.document.read(path);
            read.map_err(|error| format!("names the file {path}, which could not be read: {error}"))?
        } else {
            written.to_owned()
        };
        match value.trim() {
            "" => Err("is empty".to_owned()),
            value => Ok(Secret::new(value)),
        }
    }
}

impl SectionFields<'_> {
    /// The setting's value, if it has one.
    ///
    /// # Errors
    /// The value is not as expected.
    pub fn get<T>(&self, name: &str, read: impl FnOnce(&SettingValue) -> Option<T>) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let expected = || self.section.spec(name).map_or("", |spec| spec.expected);
        let got = || match self.section.spec(name).map(|spec| spec.visibility) {
            Some(SettingVisibility::Plain) => format!("is {:?}", value.show()),
            _ => "is not that".to_owned(),
        };
        read(value).map(Some).ok_or_else(|| self.error(name, format!("{}; expected {}", got(), expected())).alone())
    }

    /// The value of a setting that has to have one.
    ///
    /// # Errors
    /// It is missing, or not as expected.
    pub fn need<T>(&self, name: &str, read: impl FnOnce(&SettingValue) -> Option<T>) -> Result<T, ConfigError> {
        self.get(name, read)?.ok_or_else(|| {
            let expected = self.section.spec(name).map_or("", |spec| spec.expected);
            self.error(name, format!("is missing; expected {expected}")).alone()
        })
    }

    /// A secret, resolved.
    ///
    /// # Errors
    /// It refers to a variable or file that does not exist or is empty.
    pub fn secret(&self, name: &str) -> Result<Option<Secret>, ConfigError> {
        let written = self.get(name, text)?;
        let resolve = |written: String| self.reader.secret(&written).map_err(|why| self.error(name, why).alone());
        written.map(resolve).transpose()
    }

    /// A secret that anybody who can reach Heard can try to guess.
    ///
    /// # Errors
    /// As [`Self::secret`], or it is short enough to be guessed.
    pub fn long_secret(&self, name: &str) -> Result<Option<Secret>, ConfigError> {
        let secret = self.secret(name)?;
        match &secret {
            Some(short) if short.expose().chars().count() < SECRET_CHARACTERS => {
                let sentence = format!(
                    "can be guessed; expected at least {SECRET_CHARACTERS} characters, such as `openssl rand -hex 32` makes"
                );
                Err(self.error(name, sentence).alone())
            }
            _ => Ok(secret),
        }
    }

    /// Whether somebody set it.
    pub fn is_set(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value.source != SettingSource::Default)
    }

    /// An error about a setting; `sentence` follows its name.
    pub fn error(&self, name: &str, sentence: impl AsRef<str>) -> ConfigError {
        let label = join(&self.place.label, name);
        let sentence = format!("{label} {}", sentence.as_ref());
        let document = &self.reader.document;
        let path = join(&self.place.path, name);
        let in_file = self.place.table.is_some_and(|table| table.contains_key(name)) && !document.is_passed_over(&path);
        match self.values.get(name).map(|value| &value.source) {
            Some(source @ SettingSource::Environment(variable)) => {
                ConfigError::new(source, sentence).about(path, PassedOver::Variable(variable.clone()))
            }
            _ if in_file => {
                ConfigError::new(document.source(&path), sentence).about(path.clone(), PassedOver::Path(path))
            }
            _ if self.place.table.is_some() && !self.place.path.is_empty() => {
                let section = self.place.path.clone();
                ConfigError::new(document.source(&section), sentence).about(path, PassedOver::Path(section))
            }
            _ => ConfigError::new(document.name(), sentence),
        }
    }

    /// An error about an unknown key.
    pub fn unknown(&self, key: &str, meant: Option<&str>) -> ConfigError {
        let path = join(&self.place.path, key);
        let place = self.reader.document.source(&path);
        let meant = meant.map_or_else(
            || {
                format!(
                    "expected one of {}",
                    self.section.settings.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ")
                )
            },
            |meant| format!("did you mean {}?", join(&self.place.label, meant)),
        );
        let sentence = format!("there is no setting {}; {meant}", join(&self.place.label, key));
        ConfigError::new(place, sentence).about(path.clone(), PassedOver::Path(path)).alone()
    }

    /// Where the section is.
    pub fn place(&self) -> &SectionPlace<'_> {
        &self.place
    }

    /// The reader, for sections inside this one.
    pub fn reader(&self) -> &SettingsReader {
        self.reader
    }
}

fn listed(name: String, value: Option<&SettingValue>, spec: &SettingSpec) -> ListedSetting {
    let Some(value) = value else {
        let without = match spec.fallback {
            Fallback::Unset(means) => Some(means),
            Fallback::Value(_) | Fallback::Required => None,
        };
        return ListedSetting { name, value: None, source: SettingSource::Default.to_string(), without };
    };
    let written = value.show();
    let reference = written.starts_with("env:") || written.starts_with("file:");
    let secret = spec.visibility != SettingVisibility::Plain;
    let shown = match spec.visibility {
        SettingVisibility::Plain => written.clone(),
        SettingVisibility::WithoutPassword if !reference => without_password(&written),
        SettingVisibility::Secret | SettingVisibility::WithoutPassword => "***".to_owned(),
    };
    let source = if secret && reference { format!("{}, {written}", value.source) } else { value.source.to_string() };
    ListedSetting { name, value: Some(shown), source, without: None }
}

/// A database's URL without its password.
fn without_password(url: &str) -> String {
    let hidden = || "***".to_owned();
    let Ok(mut parsed) = url::Url::parse(url) else { return hidden() };
    if parsed.query().is_some_and(|query| query.contains("password")) {
        return hidden();
    }
    if parsed.password().is_none() {
        return url.to_owned();
    }
    parsed.set_password(Some("***")).map_or_else(|()| hidden(), |()| parsed.to_string())
}

/// `HEARD_GITHUB_TOKEN` for `github` and `token`.
pub fn variable_name(prefix: &str, name: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    join(prefix, name).chars().map(word).fold("HEARD_".to_owned(), |mut variable, c| {
        variable.push(c);
        variable
    })
}

/// The variables of this process, except those that are not valid text.
pub fn environment() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_for_its_section() {
        assert_eq!(variable_name("", "listen"), "HEARD_LISTEN");
        assert_eq!(variable_name("github", "api_url"), "HEARD_GITHUB_API_URL");
        assert_eq!(variable_name("connections.acme-eu", "token"), "HEARD_CONNECTIONS_ACME_EU_TOKEN");
        assert_eq!(variable_name("repositories.acme/product", "release"), "HEARD_REPOSITORIES_ACME_PRODUCT_RELEASE");
    }

    #[test]
    fn a_databases_password_is_not_shown() {
        assert_eq!(without_password("sqlite:heard.db"), "sqlite:heard.db");
        assert_eq!(without_password("postgres://heard@db/heard"), "postgres://heard@db/heard");
        assert_eq!(without_password("postgres://heard:hunter2@db/heard"), "postgres://heard:***@db/heard");
        assert_eq!(without_password("postgres://db/heard?user=heard&password=hunter2"), "***");
    }
}
