//! The table of settings: the name of each, what it takes, and what applies if it is not set.
//!
//! The parser, `heard settings` and docs/settings.md all use this table, so none of them can know a setting that the others
//! do not.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingSpec {
    /// Its name in its section.
    pub name: &'static str,
    /// Completes "expected ...".
    pub expected: &'static str,
    /// What applies if nobody set it.
    pub fallback: Fallback,
    /// How much of it may be shown.
    pub visibility: SettingVisibility,
    /// What it is for, in full sentences.
    pub about: &'static str,
}

/// What applies if a setting is not set.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// This value, written as in an environment variable.
    Value(&'static str),
    /// Nothing; the text says what that means.
    Unset(&'static str),
    /// It has to be set.
    Required,
}

/// How much of a value people may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingVisibility {
    /// All of it.
    Plain,
    /// None of it. The value may be `env:NAME`, `file:PATH`, or the secret itself.
    Secret,
    /// A URL without its password. The value may be `env:NAME`, `file:PATH`, or the URL itself.
    WithoutPassword,
}

impl SettingSpec {
    /// A setting with a default.
    pub const fn value(name: &'static str, default: &'static str, expected: &'static str, about: &'static str) -> Self {
        Self { name, expected, fallback: Fallback::Value(default), visibility: SettingVisibility::Plain, about }
    }

    /// A setting that may be absent; `without` says what applies then.
    pub const fn unset(name: &'static str, without: &'static str, expected: &'static str, about: &'static str) -> Self {
        Self { name, expected, fallback: Fallback::Unset(without), visibility: SettingVisibility::Plain, about }
    }

    /// A setting that has to be set.
    pub const fn required(name: &'static str, expected: &'static str, about: &'static str) -> Self {
        Self { name, expected, fallback: Fallback::Required, visibility: SettingVisibility::Plain, about }
    }

    /// A secret that may be absent.
    pub const fn secret(name: &'static str, without: &'static str, about: &'static str) -> Self {
        let expected = "a secret: env:NAME, file:PATH, or the secret itself";
        Self { name, expected, fallback: Fallback::Unset(without), visibility: SettingVisibility::Secret, about }
    }

    /// The same setting with another visibility.
    pub const fn shown(mut self, visibility: SettingVisibility) -> Self {
        self.visibility = visibility;
        self
    }

    /// The same setting with another description of what it takes.
    pub const fn taking(mut self, expected: &'static str) -> Self {
        self.expected = expected;
        self
    }
}

/// A section of the settings.
#[derive(Debug)]
pub struct Section {
    /// Its name in the file; empty for the settings at the top.
    pub name: &'static str,
    /// Whether it may occur several times, like `[[connections]]`.
    pub many: bool,
    /// What the section is for.
    pub about: &'static str,
    /// Its settings.
    pub settings: &'static [SettingSpec],
}

impl Section {
    /// The setting with this name.
    pub fn spec(&self, name: &str) -> Option<&'static SettingSpec> {
        self.settings.iter().find(|spec| spec.name == name)
    }
}
