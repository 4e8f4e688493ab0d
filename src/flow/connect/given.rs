//! What was given on the command line or in a form, held against what the settings and the environment say.

use anyhow::{Context as _, anyhow};

use super::settings_file::WrittenSettings;
use crate::{
    base::http::Origin,
    settings::{Variables, variable_name},
};

/// Where it can be said besides.
#[derive(Clone, Copy)]
pub struct Given<'g> {
    /// The settings file.
    pub file: &'g WrittenSettings,
    /// The environment.
    pub variables: &'g Variables,
}

impl Given<'_> {
    /// What the environment says of a setting.
    pub fn of_environment(&self, section: &str, key: &str) -> Option<String> {
        self.variables.get(&variable_name(section, key)).filter(|value| !value.trim().is_empty()).cloned()
    }

    /// What was given, or else what was written.
    ///
    /// # Errors
    /// The two differ: nothing overwrites what a person wrote.
    pub fn agreed(
        &self,
        option: &str,
        given: Option<String>,
        written: Option<String>,
    ) -> anyhow::Result<Option<String>> {
        match (given, written) {
            (Some(given), Some(written)) if given != written => Err(anyhow!(
                "{} says {written} for {option}, and {given} was given: leave it out, or change the file",
                self.file.path.display()
            )),
            (given, written) => Ok(given.or(written)),
        }
    }

    /// The address at which `who` reaches Heard.
    ///
    /// # Errors
    /// It is said nowhere, or twice.
    pub fn public_url(&self, given: Option<&Origin>, who: &str) -> anyhow::Result<Origin> {
        let written = self.of_environment("", "public_url").or_else(|| self.file.top("public_url"));
        let agreed = self.agreed("public-url", given.map(same), parsed(written)?.as_ref().map(same))?;
        parsed(agreed)?.with_context(|| {
            format!("--public-url is missing: where {who} reaches Heard, such as https://heard.example.com")
        })
    }
}

/// A URL that was written.
///
/// # Errors
/// It is none.
pub fn parsed(text: Option<String>) -> anyhow::Result<Option<Origin>> {
    text.map(|text| Origin::parse(&text)).transpose().map_err(|error| anyhow!(error))
}

/// A URL as it is compared.
pub fn same(origin: &Origin) -> String {
    origin.as_str().to_owned()
}
