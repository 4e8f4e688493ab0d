//! The settings file as people wrote it: what it says in a section, and the same text with what lacks. Comments, order and
//! everything that is not added stay as they were.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use toml::Value;
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use super::kept_files;

/// The lists of sections that are written.
const LISTS: [&str; 2] = ["connections", "repositories"];

/// A section of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenSection {
    /// `[section]`, of which there is one.
    Only(&'static str),
    /// The section of a list, `[[list]]`, that has this name.
    Named(&'static str, String),
}

impl WrittenSection {
    /// A connection.
    pub fn connection(name: &str) -> Self {
        Self::Named("connections", name.to_owned())
    }

    fn head(&self) -> String {
        match self {
            Self::Only(section) => format!("[{section}]"),
            Self::Named(list, _) => format!("[[{list}]]"),
        }
    }
}

/// A settings file that may not be there yet.
pub struct WrittenSettings {
    /// Where it is.
    pub path: PathBuf,
    text: String,
    document: DocumentMut,
}

/// What is to be written into it.
#[derive(Clone, Debug, Default)]
pub struct LackingSettings {
    /// The public address, where the file has none.
    pub public_url: Option<String>,
    /// The file of the admin token, as the settings name it, where they have none.
    pub admin_token: Option<String>,
    /// What sections lack, in the order in which it is written.
    pub sections: Vec<LackingSection>,
}

/// What a section lacks.
#[derive(Clone, Debug)]
pub struct LackingSection {
    section: WrittenSection,
    /// Whether the section is not there at all.
    whole: bool,
    settings: Vec<(&'static str, Value)>,
}

impl LackingSettings {
    /// Whether nothing lacks.
    pub fn is_empty(&self) -> bool {
        self.top().is_empty() && self.sections.is_empty()
    }

    /// What lacks at the top of the file.
    fn top(&self) -> Vec<(&'static str, &str)> {
        let all = [("public_url", &self.public_url), ("admin_token", &self.admin_token)];
        all.into_iter().filter_map(|(key, text)| Some((key, text.as_deref()?))).collect()
    }

    /// Whether this setting of a section is to be written.
    pub fn has(&self, section: &WrittenSection, key: &str) -> bool {
        let in_it = |one: &&LackingSection| one.section == *section;
        self.sections.iter().filter(in_it).any(|one| one.settings.iter().any(|(name, _)| *name == key))
    }

    /// What will be written, line by line.
    pub fn lines(&self) -> Vec<String> {
        self.top_lines().chain(self.sections.iter().flat_map(LackingSection::lines)).collect()
    }

    fn top_lines(&self) -> impl Iterator<Item = String> {
        self.top().into_iter().map(|(key, text)| line(key, &Value::from(text)))
    }
}

impl LackingSection {
    fn lines(&self) -> Vec<String> {
        let named = match &self.section {
            WrittenSection::Named(_, name) if !self.whole => Some(format!("# of {name}")),
            WrittenSection::Named(..) | WrittenSection::Only(_) => None,
        };
        let settings = self.settings.iter().map(|(key, setting)| line(key, setting));
        std::iter::once(self.section.head()).chain(named).chain(settings).collect()
    }
}

fn line(key: &str, setting: &Value) -> String {
    format!("{key} = {setting}")
}

fn edited(setting: &Value) -> Item {
    match setting {
        Value::Integer(number) => value(*number),
        Value::Boolean(flag) => value(*flag),
        other => value(other.as_str().unwrap_or_default()),
    }
}

fn text_of(item: &Item) -> Option<String> {
    let text = item.as_str().map(str::to_owned);
    text.or_else(|| Some(item.as_integer()?.to_string())).or_else(|| Some(item.as_bool()?.to_string()))
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
        for list in LISTS {
            if document.get(list).is_some_and(|written| !written.is_array_of_tables()) {
                bail!("{} has its {list} on one line: write each as a section [[{list}]]", path.display());
            }
        }
        Ok(Self { path: path.to_owned(), text, document })
    }

    /// A setting at the top of the file.
    pub fn top(&self, key: &str) -> Option<String> {
        text_of(self.document.get(key)?)
    }

    /// Whether the top of the file says something of this.
    pub fn has_top(&self, key: &str) -> bool {
        self.document.contains_key(key)
    }

    /// Whether the section is there.
    pub fn knows(&self, section: &WrittenSection) -> bool {
        self.section(section).is_some()
    }

    /// What the file says in a section.
    pub fn get(&self, section: &WrittenSection, key: &str) -> Option<String> {
        text_of(self.section(section)?.get(key)?)
    }

    /// The names in a list of sections.
    pub fn names(&self, list: &str) -> Vec<String> {
        let sections = self.document.get(list).and_then(Item::as_array_of_tables);
        sections.into_iter().flatten().filter_map(|section| text_of(section.get("name")?)).collect()
    }

    fn section(&self, section: &WrittenSection) -> Option<&dyn TableLike> {
        match section {
            WrittenSection::Only(section) => self.document.get(section)?.as_table_like(),
            WrittenSection::Named(list, name) => {
                let list = self.document.get(list)?.as_array_of_tables()?;
                let found = list.iter().find(|section| is_named(section, name))?;
                Some(found)
            }
        }
    }

    /// What of this is not there.
    pub fn lacking(
        &self,
        public_url: Option<String>,
        wanted: Vec<(WrittenSection, Vec<(&'static str, Value)>)>,
    ) -> LackingSettings {
        let lacking = wanted.into_iter().map(|(section, settings)| {
            let there = self.section(&section);
            let settings = settings.into_iter().filter(|(key, _)| there.is_none_or(|there| !there.contains_key(key)));
            LackingSection { settings: settings.collect(), whole: there.is_none(), section }
        });
        let sections = lacking.filter(|one| !one.settings.is_empty()).collect();
        LackingSettings { public_url: public_url.filter(|_| !self.has_top("public_url")), admin_token: None, sections }
    }

    /// The file's text with what lacks. A new section comes to the end, as text, so that no comment changes its place.
    pub fn with(&self, lacking: &LackingSettings) -> String {
        if lacking.is_empty() {
            return self.text.clone();
        }
        let mut document = self.document.clone();
        for LackingSection { section, settings, .. } in lacking.sections.iter().filter(|one| !one.whole) {
            if let Some(table) = section_of(&mut document, section) {
                for (key, setting) in settings {
                    table.insert(key, edited(setting));
                }
            }
        }
        let has_top = document.iter().any(|(_, top)| top.is_value());
        let top = lacking.top();
        for (key, text) in top.iter().filter(|_| has_top) {
            document.insert(key, value(*text));
        }
        let mut text = document.to_string();
        if !top.is_empty() && !has_top {
            let first = lacking.top_lines().collect::<Vec<_>>().join("\n");
            text = format!("{first}\n\n{}", text.trim_start_matches('\n'));
        }
        for whole in lacking.sections.iter().filter(|one| one.whole) {
            let section = whole.lines().join("\n");
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
            bail!("{} was changed meanwhile, and stays as it is: try again", self.path.display());
        }
        kept_files::replace(&self.path, text)
    }
}

fn is_named(section: &Table, name: &str) -> bool {
    section.get("name").and_then(Item::as_str) == Some(name)
}

fn section_of<'d>(document: &'d mut DocumentMut, section: &WrittenSection) -> Option<&'d mut dyn TableLike> {
    match section {
        WrittenSection::Only(section) => document.get_mut(section)?.as_table_like_mut(),
        WrittenSection::Named(list, name) => {
            let list = document.get_mut(list)?.as_array_of_tables_mut()?;
            let found = list.iter_mut().find(|section| is_named(section, name))?;
            Some(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> WrittenSettings {
        WrittenSettings { path: PathBuf::from("heard.toml"), text: text.to_owned(), document: text.parse().unwrap() }
    }

    fn acme() -> WrittenSection {
        WrittenSection::connection("acme")
    }

    fn lacking(settings: &WrittenSettings) -> LackingSettings {
        let wanted = vec![("name", "acme".into()), ("helpdesk", "zendesk".into()), ("user", "a\"b".into())];
        settings.lacking(Some("https://heard.test".to_owned()), vec![(acme(), wanted)])
    }

    #[test]
    fn a_new_file_has_the_section_and_nothing_else() {
        let settings = written("");
        let text = settings.with(&lacking(&settings));
        let section = "[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nuser = 'a\"b'\n";
        assert_eq!(text, format!("public_url = \"https://heard.test\"\n\n{section}"));
        assert!(lacking(&written(&text)).is_empty(), "{text}");
    }

    #[test]
    fn comments_and_order_stay_and_a_section_comes_to_the_end() {
        let before = "# ours\nlisten = \"127.0.0.1:1\" # here\n\n[[connections]] # the other\nname = \"eu\"\n\n[log]\n# level = \"debug\"\n";
        let settings = written(before);
        let text = settings.with(&lacking(&settings));
        let (top, rest) = before.split_once("\n\n").unwrap();
        assert!(text.starts_with(&format!("{top}\npublic_url = \"https://heard.test\"\n")), "{text}");
        assert!(text.contains(rest.trim_end()), "{text}");
        assert!(text.ends_with("user = 'a\"b'\n") && text.matches("[[connections]]").count() == 2, "{text}");
        let again = written(&text);
        assert!(
            lacking(&again).is_empty() && again.knows(&acme()) && again.knows(&WrittenSection::connection("eu")),
            "{text}"
        );
        assert_eq!(again.with(&lacking(&again)), text);
    }

    #[test]
    fn what_lacks_at_the_top_comes_to_the_top() {
        let admin_token = Some("file:heard-secrets/admin-token".to_owned());
        for before in ["", "listen = \"127.0.0.1:1\"\n\n[log]\nlevel = \"debug\"\n", "[log]\nlevel = \"debug\"\n"] {
            let settings = written(before);
            let text = settings.with(&LackingSettings { admin_token: admin_token.clone(), ..lacking(&settings) });
            let again = written(&text);
            assert_eq!(again.top("admin_token"), admin_token, "{text}");
            assert_eq!(again.top("public_url").as_deref(), Some("https://heard.test"), "{text}");
            assert!(text.contains("\nadmin_token = \"file:heard-secrets/admin-token\"\n"), "{text}");
        }
    }

    #[test]
    fn a_section_that_is_there_gets_what_it_lacks() {
        let before =
            "[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\" # ours\n# the rest\n\n[tell]\nquiet = 1\n";
        let settings = written(before);
        let text = settings.with(&lacking(&settings));
        assert!(text.contains("helpdesk = \"zendesk\" # ours\n") && text.contains("# the rest\n"), "{text}");
        let again = written(&text);
        assert_eq!(again.get(&acme(), "user").as_deref(), Some("a\"b"));
        assert_eq!(again.top("public_url").as_deref(), Some("https://heard.test"));
    }

    #[test]
    fn what_somebody_wrote_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.toml");
        let settings = WrittenSettings::read(&path).unwrap();
        fs::write(&path, "listen = \"127.0.0.1:1\"\n").unwrap();
        let refused = settings.replace("public_url = \"https://heard.test\"\n").unwrap_err().to_string();
        assert!(refused.ends_with("was changed meanwhile, and stays as it is: try again"), "{refused}");
        let again = WrittenSettings::read(&path).unwrap();
        again.replace("listen = \"127.0.0.1:2\"\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "listen = \"127.0.0.1:2\"\n");
    }

    #[test]
    fn one_section_and_a_list_are_written_beside_what_is_there() {
        let before = "# ours\n[github] # for all\nsweep_minutes = 7\n\n[[repositories]]\nname = \"acme/product\"\n";
        let settings = written(before);
        let repository = |name: &str| WrittenSection::Named("repositories", name.to_owned());
        let wanted = vec![
            (WrittenSection::Only("github"), vec![("app_id", Value::from(12_345)), ("sweep_minutes", Value::from(1))]),
            (repository("acme/product"), vec![("default", Value::from(true))]),
            (repository("acme/docs"), vec![("name", Value::from("acme/docs"))]),
        ];
        let text = settings.with(&settings.lacking(None, wanted.clone()));
        let expected = "# ours\n[github] # for all\nsweep_minutes = 7\napp_id = 12345\n\n[[repositories]]\n\
            name = \"acme/product\"\ndefault = true\n\n[[repositories]]\nname = \"acme/docs\"\n";
        assert_eq!(text, expected);
        let again = written(&text);
        assert!(again.lacking(None, wanted).is_empty(), "{text}");
        assert_eq!(again.get(&WrittenSection::Only("github"), "app_id").as_deref(), Some("12345"));
        assert_eq!(again.names("repositories"), ["acme/product", "acme/docs"]);
    }
}
