//! The settings file as people wrote it: what it says of a connection, and the same text with what lacks. Comments, order and
//! everything that is not added stay as they were.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use toml_edit::{DocumentMut, Item, Table, value};

use super::kept_files;

/// The list of connections.
const CONNECTIONS: &str = "connections";

/// A settings file that may not be there yet.
pub struct WrittenSettings {
    /// Where it is.
    pub path: PathBuf,
    text: String,
    document: DocumentMut,
}

/// What a connection lacks in it.
#[derive(Clone, Debug, Default)]
pub struct LackingSettings {
    /// The public address, where the file has none.
    pub public_url: Option<String>,
    /// The connection's settings that are not there.
    pub of_connection: Vec<(&'static str, String)>,
    /// Whether the connection is not there at all.
    pub whole: bool,
}

impl LackingSettings {
    /// Whether nothing lacks.
    pub fn is_empty(&self) -> bool {
        self.public_url.is_none() && self.of_connection.is_empty()
    }

    /// Whether this setting of the connection is to be written.
    pub fn has(&self, key: &str) -> bool {
        self.of_connection.iter().any(|(name, _)| *name == key)
    }

    /// What will be written, line by line.
    pub fn lines(&self) -> Vec<String> {
        let public_url = self.public_url.as_ref().map(|url| line("public_url", url));
        let head = self.whole.then(|| format!("[[{CONNECTIONS}]]"));
        public_url.into_iter().chain(head).chain(self.of_connection.iter().map(|(key, text)| line(key, text))).collect()
    }
}

fn line(key: &str, text: &str) -> String {
    format!("{key} = {}", toml::Value::from(text))
}

impl WrittenSettings {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or is not TOML. The sentence quotes nothing of it.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        };
        let document = text.parse::<DocumentMut>();
        let document =
            document.map_err(|_| anyhow::anyhow!("{} is not TOML: `heard settings` says where", path.display()))?;
        if document.get(CONNECTIONS).is_some_and(|list| !list.is_array_of_tables()) {
            bail!("{} has its connections on one line: write each as a section [[{CONNECTIONS}]]", path.display());
        }
        Ok(Self { path: path.to_owned(), text, document })
    }

    /// A setting at the top of the file.
    pub fn top(&self, key: &str) -> Option<String> {
        self.document.get(key)?.as_str().map(str::to_owned)
    }

    /// Whether the connection is there.
    pub fn knows(&self, connection: &str) -> bool {
        self.section(connection).is_some()
    }

    /// What the file says of a connection.
    pub fn of_connection(&self, connection: &str, key: &str) -> Option<String> {
        self.section(connection)?.get(key)?.as_str().map(str::to_owned)
    }

    fn section(&self, connection: &str) -> Option<&Table> {
        let list = self.document.get(CONNECTIONS)?.as_array_of_tables()?;
        list.iter().find(|section| section.get("name").and_then(Item::as_str) == Some(connection))
    }

    /// What of this is not there.
    pub fn lacking(
        &self,
        connection: &str,
        public_url: Option<String>,
        wanted: Vec<(&'static str, String)>,
    ) -> LackingSettings {
        let section = self.section(connection);
        let of_connection =
            wanted.into_iter().filter(|(key, _)| section.is_none_or(|section| !section.contains_key(key))).collect();
        let public_url = public_url.filter(|_| !self.document.contains_key("public_url"));
        LackingSettings { public_url, of_connection, whole: section.is_none() }
    }

    /// The file's text with what lacks. A new section comes to the end, as text, so that no comment changes its place.
    pub fn with(&self, connection: &str, lacking: &LackingSettings) -> String {
        if lacking.is_empty() {
            return self.text.clone();
        }
        let mut document = self.document.clone();
        if let Some(list) = document.get_mut(CONNECTIONS).and_then(Item::as_array_of_tables_mut) {
            let named = |section: &&mut Table| section.get("name").and_then(Item::as_str) == Some(connection);
            if let Some(section) = list.iter_mut().find(named) {
                for (key, text) in &lacking.of_connection {
                    section.insert(key, value(text.as_str()));
                }
            }
        }
        let has_top = document.iter().any(|(_, top)| top.is_value());
        if let (Some(url), true) = (&lacking.public_url, has_top) {
            document.insert("public_url", value(url.as_str()));
        }
        let mut text = document.to_string();
        if let (Some(url), false) = (&lacking.public_url, has_top) {
            text = format!("{}\n\n{}", line("public_url", url), text.trim_start_matches('\n'));
        }
        if lacking.whole {
            let section = LackingSettings { public_url: None, ..lacking.clone() }.lines().join("\n");
            let before = text.trim_end();
            let joint = if before.is_empty() { "" } else { "\n\n" };
            text = format!("{before}{joint}{section}\n");
        }
        text
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// It cannot be written, or somebody has changed it since it was read. Then it is there as it was.
    pub fn replace(&self, text: &str) -> anyhow::Result<()> {
        if fs::read_to_string(&self.path).unwrap_or_default() != self.text {
            bail!("{} was changed meanwhile, and stays as it is: run the command again", self.path.display());
        }
        kept_files::replace(&self.path, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> WrittenSettings {
        WrittenSettings { path: PathBuf::from("heard.toml"), text: text.to_owned(), document: text.parse().unwrap() }
    }

    fn lacking(settings: &WrittenSettings) -> LackingSettings {
        let wanted = vec![("name", "acme".to_owned()), ("helpdesk", "zendesk".to_owned()), ("user", "a\"b".to_owned())];
        settings.lacking("acme", Some("https://heard.test".to_owned()), wanted)
    }

    #[test]
    fn a_new_file_has_the_section_and_nothing_else() {
        let settings = written("");
        let text = settings.with("acme", &lacking(&settings));
        let section = "[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nuser = 'a\"b'\n";
        assert_eq!(text, format!("public_url = \"https://heard.test\"\n\n{section}"));
        assert!(lacking(&written(&text)).is_empty(), "{text}");
    }

    #[test]
    fn comments_and_order_stay_and_a_section_comes_to_the_end() {
        let before = "# ours\nlisten = \"127.0.0.1:1\" # here\n\n[[connections]] # the other\nname = \"eu\"\n\n[log]\n# level = \"debug\"\n";
        let settings = written(before);
        let text = settings.with("acme", &lacking(&settings));
        let (top, rest) = before.split_once("\n\n").unwrap();
        assert!(text.starts_with(&format!("{top}\npublic_url = \"https://heard.test\"\n")), "{text}");
        assert!(text.contains(rest.trim_end()), "{text}");
        assert!(text.ends_with("user = 'a\"b'\n") && text.matches("[[connections]]").count() == 2, "{text}");
        let again = written(&text);
        assert!(lacking(&again).is_empty() && again.knows("acme") && again.knows("eu"), "{text}");
        assert_eq!(again.with("acme", &lacking(&again)), text);
    }

    #[test]
    fn a_section_that_is_there_gets_what_it_lacks() {
        let before =
            "[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\" # ours\n# the rest\n\n[tell]\nquiet = 1\n";
        let settings = written(before);
        let text = settings.with("acme", &lacking(&settings));
        assert!(text.contains("helpdesk = \"zendesk\" # ours\n") && text.contains("# the rest\n"), "{text}");
        let again = written(&text);
        assert_eq!(again.of_connection("acme", "user").as_deref(), Some("a\"b"));
        assert_eq!(again.top("public_url").as_deref(), Some("https://heard.test"));
    }

    #[test]
    fn what_somebody_wrote_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.toml");
        let settings = WrittenSettings::read(&path).unwrap();
        fs::write(&path, "listen = \"127.0.0.1:1\"\n").unwrap();
        let refused = settings.replace("public_url = \"https://heard.test\"\n").unwrap_err().to_string();
        assert!(refused.ends_with("was changed meanwhile, and stays as it is: run the command again"), "{refused}");
        let again = WrittenSettings::read(&path).unwrap();
        again.replace("listen = \"127.0.0.1:2\"\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "listen = \"127.0.0.1:2\"\n");
    }
}
