//! The documents that speak of the source, held against it.

use std::{fmt::Write as _, path::Path};

use heard::{
    helpdesk::registry,
    settings::{Settings, Variables},
};

use crate::source::files;

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// Compares a document with what it should be, or writes it with `UPDATE=1`.
#[track_caller]
pub fn expect_document(path: &str, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, expected).unwrap();
    }
    assert!(read(path) == expected, "{path} is not what the source says: `UPDATE=1 cargo test --test it` writes it");
}

#[test]
fn every_limit_is_listed_for_operators() {
    let mut text = "# Limits\n\n\
        <!-- Written by `UPDATE=1 cargo test --test it` from src/base/limits.rs. Change it there. -->\n\n\
        Nothing in Heard is unbounded. These are the limits that people outside can meet; none of them is a setting.\n\n\
        | limit | value | what it is |\n|---|---|---|\n"
        .to_owned();
    let mut about = Vec::new();
    for line in read("src/base/limits.rs").lines() {
        if let Some(sentence) = line.strip_prefix("/// ") {
            about.push(sentence.to_owned());
        } else if let Some((name, value)) = line.strip_prefix("pub const ").and_then(|line| line.split_once(": ")) {
            let (_, value) = value.trim_end_matches(';').split_once(" = ").unwrap();
            writeln!(text, "| `{name}` | {} | {} |", shown(name, value), about.join(" ")).unwrap();
            about.clear();
        }
    }
    expect_document("docs/limits.md", &text);
}

/// A constant's value for people: `1 MiB` of `1024 * 1024` where the name counts bytes.
fn shown(name: &str, expression: &str) -> String {
    let product = |factors: &str| -> u64 {
        let factors = factors.replace('_', "");
        factors.split('*').map(|factor| factor.trim().parse::<u64>().unwrap()).product()
    };
    if let Some((unit, factors)) = expression.strip_prefix("Duration::from_").and_then(|rest| rest.split_once('(')) {
        let amount = product(factors.trim_end_matches(')'));
        return match (unit, amount) {
            ("millis", amount) => format!("{} s", f64::from(u32::try_from(amount).unwrap()) / 1_000.0),
            ("secs", amount) if amount < 120 => format!("{amount} s"),
            ("secs", amount) => format!("{} minutes", amount / 60),
            ("mins", amount) => format!("{amount} minutes"),
            ("hours", amount) => format!("{amount} hours"),
            ("days", amount) => format!("{amount} days"),
            (unit, _) => panic!("{unit} is a unit of time that this test does not know"),
        };
    }
    let amount = product(expression);
    if name.contains("BYTES") && amount % (1024 * 1024) == 0 {
        format!("{} MiB", amount / (1024 * 1024))
    } else if name.contains("BYTES") && amount % 1024 == 0 {
        format!("{} KiB", amount / 1024)
    } else {
        amount.to_string()
    }
}

/// docs/guarantees.md names a test as `tests/it/journey.rs: name_of_the_test`.
#[test]
fn every_guarantee_is_there_and_names_tests_that_exist() {
    let guarantees = read("docs/guarantees.md");
    for number in 1..=12 {
        assert!(guarantees.contains(&format!("## G{number}. ")), "docs/guarantees.md says nothing of G{number}");
    }
    let named = guarantees.split('`').skip(1).step_by(2).filter_map(|code| code.split_once(".rs: "));
    let missing: Vec<_> = named
        .filter(|(file, test)| !read(&format!("{file}.rs")).contains(&format!("fn {test}(")))
        .map(|(file, test)| format!("{file}.rs: {test}"))
        .collect();
    assert!(missing.is_empty(), "docs/guarantees.md names tests that do not exist: {missing:#?}");
}

/// docs/security.md names tests as `doors::guesses` or `doors::guesses::name_of_the_test`.
#[test]
fn every_test_that_the_security_page_names_exists() {
    let page = read("docs/security.md");
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect();
    assert!(named.len() > 20, "it names its tests");
    let found = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(path).is_file().then(|| read(path));
    let exists = |name: &str| {
        let path = name.replace("::", "/");
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", &path));
        let is_file = ["tests/it", "src"].iter().any(|root| found(&format!("{root}/{path}.rs")).is_some());
        let files = ["tests/it", "src"].iter().flat_map(|root| {
            [format!("{root}/{folder}.rs"), format!("{root}/{folder}/mod.rs"), format!("{root}/{folder}/tests.rs")]
        });
        is_file || files.filter_map(|file| found(&file)).any(|text| text.contains(&format!("fn {last}(")))
    };
    let missing: Vec<_> = named.into_iter().filter(|name| !exists(name)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that do not exist: {missing:#?}");
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(std::path::PathBuf::from);
    for path in top.into_iter().chain(files(&["docs"], &["md"])) {
        let text = read(&path.display().to_string());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
            let folder = path.parent().unwrap_or(Path::new(""));
            if !outside && !Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target).exists() {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere: {broken:#?}");
}

/// What stands between the fences of a page's TOML examples, one after the other.
fn toml_examples(page: &str) -> String {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_helpdesk_has_a_page_whose_examples_are_read() {
    let named = ["ZENDESK_TOKEN", "DESK_TOKEN", "RT_TOKEN", "HELPDESK_BASIC", "ZENDESK_WEBHOOK_SECRET"];
    let secrets = ["DESK_WEBHOOK_SECRET", "RT_WEBHOOK_SECRET", "HELPDESK_PATH_SECRET"];
    let variables: Variables =
        named.into_iter().chain(secrets).map(|name| (name.to_owned(), "a-secret-of-the-tests".to_owned())).collect();
    let index = read("docs/README.md");
    for word in registry::words() {
        let page = format!("docs/helpdesks/{word}.md");
        let examples = toml_examples(&read(&page));
        let settings = Settings::parse(&examples, &page, Path::new("."), variables.clone()).unwrap().settings;
        assert!(settings.connections.iter().any(|one| one.helpdesk == word), "{page} shows no connection of {word}");
        assert!(index.contains(&format!("(helpdesks/{word}.md)")), "docs/README.md has no link to {page}");
    }
}

#[test]
fn the_index_links_to_every_page() {
    let index = read("docs/README.md");
    for page in files(&["docs"], &["md"]) {
        let name = page.strip_prefix("docs").unwrap().display().to_string();
        assert!(name == "README.md" || index.contains(&format!("({name})")), "docs/README.md has no link to {name}");
    }
}
