//! What `heard settings` prints, and docs/settings.md.

use std::fmt::Write as _;

use serde_json::json;

use super::{
    SECTIONS,
    fields::{ListedSetting, variable_name},
    spec::{Fallback, Section, SettingSpec, SettingVisibility},
};

/// One line for each setting: its name, its value, and the source of the value or what applies without one.
pub fn as_text(listed: &[ListedSetting]) -> String {
    let lines: Vec<_> = listed.iter().map(|one| (one.name.as_str(), shown(one), source(one))).collect();
    let name = lines.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or_default();
    let value = lines.iter().map(|(_, value, _)| value.chars().count()).max().unwrap_or_default().min(VALUE_WIDTH);
    lines.into_iter().fold(String::new(), |mut text, (one, shown, source)| {
        let _ = writeln!(text, "{one:name$}  {shown:value$}  {source}");
        text
    })
}

/// Longer values push the next column aside.
const VALUE_WIDTH: usize = 40;

fn shown(one: &ListedSetting) -> String {
    match one.value.as_deref() {
        None => "(not set)".to_owned(),
        Some("") => "(none)".to_owned(),
        Some(value) => value.to_owned(),
    }
}

fn source(one: &ListedSetting) -> String {
    one.without.map_or_else(|| one.source.clone(), |means| means.replace('`', ""))
}

/// The same as JSON.
pub fn as_json(listed: &[ListedSetting]) -> serde_json::Value {
    let one = |one: &ListedSetting| json!({"name": one.name, "value": one.value, "source": one.source});
    json!({"settings": listed.iter().map(one).collect::<Vec<_>>()})
}

/// The text of docs/settings.md.
pub fn as_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for section in SECTIONS {
        let _ = write!(text, "\n## {}\n\n", title(section));
        if !section.about.is_empty() {
            let _ = write!(text, "{}\n\n", section.about);
        }
        text.push_str("| setting | takes | default | what it is for |\n|---|---|---|---|\n");
        for spec in section.settings {
            let _ = writeln!(text, "| `{}` | {} | {} | {} |", spec.name, spec.expected, default(spec), about(spec));
        }
        if let Some(example) = variable(section) {
            let _ = write!(text, "\nFrom the environment: {example}.\n");
        }
    }
    text
}

const INTRODUCTION: &str = "\
# Settings

<!-- Written by `UPDATE=1 cargo test --test it` from the table in src/settings/. Change it there. -->

Heard reads `heard.toml` in its folder, or the file that `--config` or `HEARD_CONFIG` names. Without a file every
setting has its default. Mistakes stop the start, all at once, each with the setting's name, its line and what was expected;
`heard settings` fails where `heard serve` would.

- **From the environment.** A variable overrides a setting. It is called `HEARD_`, then the section and the name in
  capitals: `HEARD_LISTEN`, `HEARD_GITHUB_TOKEN`, `HEARD_TELL_QUIET_HOURS`. For one of several sections, its name goes in
  between: `HEARD_CONNECTIONS_ACME_EU_TOKEN` for the connection `acme-eu`, `HEARD_REPOSITORIES_ACME_PRODUCT_RELEASE` for
  `acme/product`. Commas separate the values of a list. An empty variable counts as not set.
- **Secrets** are `env:NAME` (an environment variable), `file:PATH` (relative to the settings file) or the secret
  itself. They are never shown.
- `heard settings` shows every setting with its value and where it comes from.
";

fn title(section: &Section) -> String {
    match (section.name, section.many) {
        ("", _) => "At the top".to_owned(),
        (name, true) => format!("`[[{name}]]`"),
        (name, false) => format!("`[{name}]`"),
    }
}

fn default(spec: &SettingSpec) -> String {
    match spec.fallback {
        Fallback::Required => "has to be set".to_owned(),
        Fallback::Value("") => "none".to_owned(),
        Fallback::Value(value) => format!("`{value}`"),
        Fallback::Unset(means) => format!("not set: {means}"),
    }
}

fn about(spec: &SettingSpec) -> String {
    let secret = if spec.visibility == SettingVisibility::Secret { " **Secret.**" } else { "" };
    format!("{}{secret}", spec.about)
}

/// An example of its environment variables; sections inside another section have none.
fn variable(section: &Section) -> Option<String> {
    if section.name.contains('.') {
        return None;
    }
    let prefix = if section.many { format!("{}.NAME", section.name) } else { section.name.to_owned() };
    Some(format!("`{}` and so on", variable_name(&prefix, section.settings.first()?.name)))
}
