//! The settings file with the line number of every value, and the environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
};

use toml::{Spanned, de::DeTable, de::DeValue};

use super::error::{ConfigError, PassedOver, SettingSource};

/// Environment variables by name. They are passed in so that tests can use their own.
pub type Variables = BTreeMap<String, String>;

/// The settings as written, before they are interpreted.
#[derive(Debug)]
pub struct Document {
    name: String,
    folder: PathBuf,
    values: toml::Table,
    lines: BTreeMap<String, usize>,
    variables: Variables,
    passed_over: BTreeSet<String>,
}

impl Document {
    /// Reads the text of a settings file. Messages call it `name`; a `file:PATH` in it is relative to `folder`.
    ///
    /// # Errors
    /// The text is not TOML. The sentence names the line but quotes nothing, because it might be a secret.
    pub fn parse(text: &str, name: &str, folder: &Path, variables: Variables) -> Result<Self, ConfigError> {
        let not_toml = |message: &str, span: Option<Range<usize>>| {
            let line = span.map_or(1, |span| line_of(text, span.start));
            ConfigError::new(
                SettingSource::File { name: name.to_owned(), line },
                format!("this is not TOML: {message}"),
            )
        };
        let located = DeTable::parse(text).map_err(|error| not_toml(error.message(), error.span()))?;
        let values: toml::Table = toml::from_str(text).map_err(|error| not_toml(error.message(), error.span()))?;
        let mut lines = BTreeMap::new();
        locate(text, "", located.get_ref(), &mut lines);
        let passed_over = BTreeSet::new();
        Ok(Self { name: name.to_owned(), folder: folder.to_owned(), values, lines, variables, passed_over })
    }

    /// Reads from now on as if this had not been set. False if it was passed over before.
    pub fn pass_over(&mut self, what: &PassedOver) -> bool {
        match what {
            PassedOver::Path(path) => self.passed_over.insert(path.clone()),
            PassedOver::Variable(name) => self.variables.remove(name).is_some(),
        }
    }

    /// Whether what the file says there is passed over.
    pub fn is_passed_over(&self, path: &str) -> bool {
        self.passed_over.contains(path)
    }

    /// Everything at the top of the file.
    pub fn values(&self) -> &toml::Table {
        &self.values
    }

    /// Where `path` (`github.token`, `connections.0`) was written.
    pub fn source(&self, path: &str) -> SettingSource {
        let line = self.lines.get(path).copied().unwrap_or(1);
        SettingSource::File { name: self.name.clone(), line }
    }

    /// The file's name, for messages about what is missing from it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An environment variable; an empty one counts as not set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The names of all environment variables that are set.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The section called `name`, with its path.
    ///
    /// # Errors
    /// The value there is not a section.
    pub fn section(&self, name: &str) -> Result<Option<&toml::Table>, ConfigError> {
        match self.values.get(name) {
            None => Ok(None),
            Some(_) if self.is_passed_over(name) => Ok(None),
            Some(toml::Value::Table(table)) => Ok(Some(table)),
            Some(_) => Err(ConfigError::new(
                self.source(name),
                format!("{name} is one section; expected [{name}] on a line of its own"),
            )),
        }
    }

    /// The sections called `name` inside `table`, each with its own path. `path` is the path of `table`.
    ///
    /// # Errors
    /// The value there is not a list of sections.
    pub fn sections<'d>(
        &self,
        table: &'d toml::Table,
        path: &str,
        name: &str,
    ) -> Result<Vec<(String, &'d toml::Table)>, ConfigError> {
        let path = join(path, name);
        let several = || {
            ConfigError::new(
                self.source(&path),
                format!("there may be several {name}; expected [[{}]]", without_numbers(&path)),
            )
        };
        match table.get(name) {
            None => Ok(Vec::new()),
            Some(toml::Value::Array(list)) => list
                .iter()
                .enumerate()
                .filter(|(i, _)| !self.is_passed_over(&format!("{path}.{i}")))
                .map(|(i, one)| Ok((format!("{path}.{i}"), one.as_table().ok_or_else(several)?)))
                .collect(),
            Some(_) => Err(several()),
        }
    }

    /// A path from the settings, which is relative to the folder of the settings file.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The content of the file that a `file:PATH` refers to.
    ///
    /// # Errors
    /// Why it could not be read.
    pub fn read(&self, path: &str) -> Result<String, std::io::Error> {
        std::fs::read_to_string(self.path(path))
    }
}

/// `a.b` for `a` and `b`; only `b` at the top.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn without_numbers(path: &str) -> String {
    path.split('.').filter(|part| part.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
}

fn locate(text: &str, path: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = join(path, key.get_ref());
        lines.insert(path.clone(), line_of(text, key.span().start));
        locate_inside(text, &path, value, lines);
    }
}

fn locate_inside(text: &str, path: &str, value: &Spanned<DeValue<'_>>, lines: &mut BTreeMap<String, usize>) {
    match value.get_ref() {
        DeValue::Table(table) => locate(text, path, table, lines),
        DeValue::Array(list) => {
            for (i, one) in list.iter().enumerate() {
                let path = format!("{path}.{i}");
                lines.insert(path.clone(), line_of(text, one.span().start));
                locate_inside(text, &path, one, lines);
            }
        }
        _ => {}
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "listen = 1\n\n[github]\ntoken = 2\n\n[[connections]]\nname = 3\n[[connections]]\nname = 4\n\
        route = [\n  { tag = 5 },\n  { tag = 6 },\n]\n";

    #[test]
    fn every_value_knows_its_line() {
        let document = Document::parse(TEXT, "heard.toml", Path::new("."), Variables::new()).unwrap();
        for (path, line) in [
            ("listen", 1),
            ("github.token", 4),
            ("connections.0.name", 7),
            ("connections.1", 8),
            ("connections.1.name", 9),
            ("connections.1.route.1.tag", 12),
        ] {
            assert_eq!(document.source(path), SettingSource::File { name: "heard.toml".to_owned(), line }, "{path}");
        }
    }

    #[test]
    fn what_is_not_toml_is_refused_by_its_line_without_a_quote() {
        for text in ["a = 1\nsecret = hunter2\n", "a = 1\nsecret = \"hunter2\nb = 1", "a = 1\na = \"hunter2\""] {
            let wrong = Document::parse(text, "heard.toml", Path::new("."), Variables::new()).unwrap_err().to_string();
            assert!(wrong.starts_with("heard.toml line 2: this is not TOML"), "{wrong}");
            assert!(!wrong.contains("hunter2") && !wrong.contains('\n'), "{wrong}");
        }
    }
}
