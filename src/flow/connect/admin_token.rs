//! The admin token, where the settings have none: made once, kept beside the other secrets, and named in the settings. So whoever connected
//! Heard can sign in, and pull the brake, without having caught the one that `heard serve` prints.

use std::path::Path;

use anyhow::{anyhow, bail};

use super::{
    kept_files::SecretFile,
    settings_file::{LackingSettings, WrittenSettings},
};
use crate::{
    base::{random, secret::Secret},
    settings::{SECRET_CHARACTERS, Variables, variable_name},
};

const NAME: &str = "admin_token";

fn token_file(settings: &Path) -> SecretFile {
    SecretFile::new(settings, "admin-token")
}

/// What lacks, with an admin token where something is written and neither the settings nor the environment have one.
pub fn with_admin_token(file: &WrittenSettings, variables: &Variables, lacking: LackingSettings) -> LackingSettings {
    let is_set = variables.get(&variable_name("", NAME)).is_some_and(|value| !value.trim().is_empty());
    if lacking.is_empty() || is_set || file.has_top(NAME) {
        return lacking;
    }
    LackingSettings { admin_token: Some(token_file(&file.path).reference()), ..lacking }
}

/// What will be done, where an admin token lacks.
pub fn sentence(file: &WrittenSettings, lacking: &LackingSettings) -> Option<String> {
    lacking.admin_token.as_ref()?;
    let (kept, settings) = (token_file(&file.path), file.path.display());
    let verb = if kept.read().is_some() { "use the" } else { "make an" };
    Some(format!(
        "{verb} admin token in {}, beside {settings}, for its owner alone: you sign in with it, and `heard pause` needs it. From Heard's next \
         start it counts in place of one that `heard serve` has printed",
        kept.path()
    ))
}

/// Refuses to name an admin token that is kept already and can be guessed. Heard would not start with it, and what is made elsewhere by
/// then would be there for nothing. A file that is empty holds none: a new one is made.
///
/// # Errors
/// There is such a token.
pub fn must_be_long(file: &WrittenSettings, lacking: &LackingSettings) -> anyhow::Result<()> {
    let kept = token_file(&file.path);
    let is_short = |token: Secret| token.expose().chars().count() < SECRET_CHARACTERS;
    if lacking.admin_token.is_some() && kept.read().is_some_and(is_short) {
        bail!(
            "the admin token in {} can be guessed: take the file away, and a new one is made, or put one of at least {SECRET_CHARACTERS} \
             characters there",
            kept.path()
        );
    }
    Ok(())
}

/// Keeps a new admin token where one lacks. One that is kept already stays.
///
/// # Errors
/// It cannot be made or written, or the one that is kept can be guessed.
pub fn keep(file: &WrittenSettings, lacking: &LackingSettings) -> anyhow::Result<()> {
    must_be_long(file, lacking)?;
    let kept = token_file(&file.path);
    if lacking.admin_token.is_none() || kept.read().is_some() {
        return Ok(());
    }
    let token = random::token().map_err(|error| anyhow!(error.to_string()))?;
    kept.write(&Secret::new(token))
}
