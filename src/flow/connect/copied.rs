//! What a person copies by hand where Heard cannot write its settings: the lines, and what belongs into each secret's file.

use super::{kept_files::SecretFile, shown::WrittenLines};
use crate::{base::secret::Secret, settings::variable_name};

/// What is to be copied.
#[derive(Clone, Debug)]
pub struct CopiedSettings {
    /// Why it is not written here.
    pub why: String,
    /// The lines for the settings file; `None` where it says all of it already.
    pub written: Option<WrittenLines>,
    /// The secrets that are not kept yet.
    pub secrets: Vec<CopiedSecret>,
}

/// A secret that a person keeps.
#[derive(Clone, Debug)]
pub struct CopiedSecret {
    /// The file that the settings name, beside them.
    pub path: String,
    /// The variable that may have it instead.
    pub variable: String,
    /// What it is.
    pub what: &'static str,
    /// The secret, where the person does not have it: it is shown this once. `None` for what they typed themselves.
    pub value: Option<Secret>,
}

impl CopiedSecret {
    /// A secret of a section, unless its file has it.
    pub fn of(
        file: &SecretFile,
        (section, key): (&str, &str),
        what: &'static str,
        secret: &Secret,
        is_typed: bool,
    ) -> Option<Self> {
        let is_kept = file.read().as_ref() == Some(secret);
        (!is_kept).then(|| Self {
            path: file.path(),
            variable: variable_name(section, key),
            what,
            value: (!is_typed).then(|| secret.clone()),
        })
    }
}
