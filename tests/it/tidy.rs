//! How the source is kept: the rules of ARCHITECTURE.md that a compiler does not check.
//!
//! Each rule is one test that lists every place where it is broken. What a rule reads is the code without comments and
//! the contents of strings, so that a sentence may say anything.

mod circles;
mod imports;
mod web;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use crate::source::{code_of, files};

/// Modules that put everything together.
const ABOVE_ALL: &[&str] = &["cli", "main", "lib"];

/// Which modules a module may import, as the map of ARCHITECTURE.md has them.
fn layers() -> BTreeMap<String, Vec<String>> {
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        cells.next()?.parse::<u8>().ok()?;
        let name = words(cells.next()?).pop()?;
        Some((name, words(cells.last()?)))
    };
    read(Path::new("ARCHITECTURE.md")).lines().filter_map(row).collect()
}

/// Crates that only some modules may know.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("actix_web", &["web"]),
    ("simulator", &["cli"]),
    ("octocrab", &["tracker"]),
    ("reqwest", &["base"]),
    ("clap", &["cli"]),
];

/// Words that say nothing about what they name.
const EMPTY_WORDS: &[&str] = &[
    "item", "items", "entity", "entities", "data", "info", "manager", "service", "helper", "helpers", "util", "utils",
];

/// Names that a trait of another crate prescribes.
const FOREIGN_NAMES: &[&str] = &["Item", "type_info", "visit_item"];

const LINES_MAX: usize = 500;

/// One broken rule.
struct Finding {
    path: PathBuf,
    line: usize,
    sentence: String,
}

#[track_caller]
fn expect_none(rule: &str, findings: &[Finding]) {
    let list = findings.iter().fold(String::new(), |mut list, Finding { path, line, sentence }| {
        write!(list, "\n  {}:{line}: {sentence}", path.display()).unwrap();
        list
    });
    assert!(findings.is_empty(), "{rule}{list}\n");
}

/// What `check` says of each line of each Rust file below the folders.
fn lines(folders: &[&str], check: impl Fn(&Path, &str) -> Vec<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in files(folders, &["rs"]) {
        for (i, line) in code_of(&path).lines().enumerate() {
            let of_line = check(&path, line).into_iter();
            findings.extend(of_line.map(|sentence| Finding { path: path.clone(), line: i + 1, sentence }));
        }
    }
    findings
}

/// The module at the top of `src` that a file belongs to.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap_or(path);
    let first = inside.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    first.unwrap_or_default().trim_end_matches(".rs").to_owned()
}

#[test]
fn layers_import_downward_only() {
    let layers = layers();
    let mut findings = Vec::new();
    for path in files(&["src"], &["rs"]) {
        let module = module_of(&path);
        if ABOVE_ALL.contains(&module.as_str()) {
            continue;
        }
        let Some(allowed) = layers.get(&module) else {
            let sentence = format!("{module} has no place on the map of ARCHITECTURE.md");
            findings.push(Finding { path, line: 1, sentence });
            continue;
        };
        for (line, imported) in imports(&path, &code_of(&path)) {
            if imported != module && !allowed.contains(&imported) && starts_a_module(&imported) {
                let sentence = format!("{module} may not import {imported}; it may import [{}]", allowed.join(", "));
                findings.push(Finding { path: path.clone(), line, sentence });
            }
        }
    }
    expect_none("A layer imports what stands beside or above it:", &findings);
}

/// Types and macros that lib.rs itself might hold begin otherwise.
fn starts_a_module(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The modules at the top of the crate that a file names, each with its line: `crate::x`, `crate::{x::.., y}`, and as
/// many `super::` as lead there.
fn imports(path: &Path, code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let depth = depth_of(path);
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| is_start(code, *at)) {
        let names = first_names(code.get(at + "crate::".len()..).unwrap_or_default());
        found.extend(names.into_iter().map(|name| (line_at(code, at), name)));
    }
    let ups = "super::".repeat(depth);
    for (at, _) in code.match_indices(&ups).filter(|(at, _)| depth > 0 && is_start(code, *at)) {
        let inside_a_module_of_the_file = code.get(..at).unwrap_or_default().contains("mod tests {");
        let names = first_names(code.get(at + ups.len()..).unwrap_or_default());
        let names = names.into_iter().filter(|name| !inside_a_module_of_the_file && name != "super");
        found.extend(names.map(|name| (line_at(code, at), name)));
    }
    found
}

/// How many `super::` lead from a file to the top of the crate.
fn depth_of(path: &Path) -> usize {
    let parts = path.strip_prefix("src").unwrap_or(path).components().count();
    if path.ends_with("mod.rs") { parts - 1 } else { parts }
}

fn is_start(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
}

fn line_at(code: &str, at: usize) -> usize {
    1 + code.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// `x` of `x::y`; `x` and `z` of `{x::y, z}`.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut names = Vec::new();
    let (mut depth, mut fresh) = (1_usize, true);
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                names.push(name(group.get(i..).unwrap_or_default()));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn each_outside_world_is_known_to_one_layer() {
    let findings = lines(&["src"], |path, line| {
        let module = module_of(path);
        let broken = CRATES.iter().filter(|(name, homes)| names_crate(line, name) && !homes.contains(&module.as_str()));
        broken.map(|(name, homes)| format!("{module} names {name}, which belongs to {}", homes.join(" and "))).collect()
    });
    expect_none("A crate is named outside of the layer that hides it:", &findings);
}

fn names_crate(line: &str, name: &str) -> bool {
    let found = line.match_indices(name).any(|(at, _)| {
        let after = line.get(at + name.len()..).unwrap_or_default();
        is_start(line, at) && (after.starts_with("::") || after.starts_with(';') || after.starts_with(" as "))
    });
    found && !line.trim_start().starts_with("mod ")
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long = files(&["src", "crates", "tests", "benches"], &["rs"]).into_iter().filter_map(|path| {
        let count = read(&path).lines().count();
        let sentence = format!("{count} lines; divide it by what it is about ({LINES_MAX} at most)");
        (count > LINES_MAX).then_some(Finding { path, line: count, sentence })
    });
    expect_none("A file is too long:", &long.collect::<Vec<_>>());
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let silent = files(&["src", "crates", "tests", "benches"], &["rs"])
        .into_iter()
        .filter(|path| !read(path).starts_with("//! "));
    let sentence = "begin with //! and say what this is, why, and what always holds";
    let findings: Vec<_> = silent.map(|path| Finding { path, line: 1, sentence: sentence.to_owned() }).collect();
    expect_none("A file does not say what it is:", &findings);
}

#[test]
fn every_name_says_what_it_names() {
    let findings = lines(&["src", "crates", "tests"], |_, line| {
        let empty = |name: &str| words(name).into_iter().find(|word| EMPTY_WORDS.contains(&word.as_str()));
        declared(line)
            .filter(|(_, name)| !FOREIGN_NAMES.contains(&name.as_str()))
            .filter_map(|(keyword, name)| match (keyword, name.as_str()) {
                ("fn", "process" | "handle") => Some(format!("{name}() says nothing: which verb is it?")),
                _ => {
                    empty(&name).map(|word| format!("{name} holds the empty word {word:?}: which noun of ours is it?"))
                }
            })
            .collect()
    });
    expect_none("A name says nothing (ARCHITECTURE.md has the words):", &findings);
}

/// What a line declares, with its keyword.
fn declared(line: &str) -> impl Iterator<Item = (&str, String)> {
    const KEYWORDS: &[&str] = &["fn", "struct", "enum", "trait", "mod", "type", "const", "static", "let"];
    let mut parts = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|part| !part.is_empty());
    let mut found = Vec::new();
    while let Some(part) = parts.next() {
        if KEYWORDS.contains(&part) {
            let name = parts.find(|name| !["mut", "fn", "ref"].contains(name));
            found.extend(name.map(|name| (part, name.to_owned())));
        }
    }
    found.into_iter()
}

/// `ticket` and `count` of `TicketCount` and of `ticket_count`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c != '_', words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[test]
fn nothing_is_left_for_later() {
    let findings = lines(&["src", "crates", "tests", "benches"], |_, line| {
        let left = ["todo!", "unimplemented!", "dbg!", "#[ignore"].into_iter().filter(|word| line.contains(word));
        left.map(|word| format!("{word} does not belong into what lands")).collect()
    });
    expect_none("Something is left for later:", &findings);
}

/// Fields and variables that may hold what a customer wrote, or who they are.
const CUSTOMERS_WORDS: &[&str] =
    &["body", "text", "html", "email", "quote", "title", "summary", "message", "customer_name", "token"];

#[test]
fn no_log_line_holds_what_a_customer_wrote() {
    let mut findings = Vec::new();
    for path in files(&["src"], &["rs"]) {
        let text = read(&path);
        for (at, call) in log_calls(&code_of(&path), &text) {
            let mut named = call.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let of_a_ticket = call.contains(".subject").then_some("subject");
            if let Some(word) = named.find(|word| CUSTOMERS_WORDS.contains(word)).or(of_a_ticket) {
                let sentence = format!("a log line names {word:?}; log ids, counts and reasons of ours");
                findings.push(Finding { path: path.clone(), line: line_at(&text, at), sentence });
            }
        }
    }
    expect_none("A log line may hold what a customer wrote:", &findings);
}

/// Each call of a logging macro: where it begins, and what it logs, which is its code and whatever its sentence takes
/// in between braces.
fn log_calls(code: &str, text: &str) -> Vec<(usize, String)> {
    let mut calls = Vec::new();
    for macro_name in ["trace!(", "debug!(", "info!(", "warn!(", "error!("] {
        for (at, _) in code.match_indices(macro_name).filter(|(at, _)| is_start(code, *at)) {
            let end = end_of_brackets(code, at + macro_name.len());
            let inside = text.get(at..end).unwrap_or_default();
            let braced = inside.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next());
            let braced = braced.collect::<Vec<_>>().join(" ");
            calls.push((at, format!("{} {braced}", code.get(at..end).unwrap_or_default())));
        }
    }
    calls
}

/// After the bracket that closes what was opened just before `from`.
fn end_of_brackets(code: &str, from: usize) -> usize {
    let mut depth = 1_usize;
    for (i, c) in code.char_indices().skip_while(|(i, _)| *i < from) {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return i,
            ')' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn blanks_are_kept_in_order() {
    const KINDS: &[&str] = &["rs", "toml", "sql", "md", "html", "yaml", "css", "txt"];
    let mut findings = Vec::new();
    for path in files(&["src", "crates", "tests", "migrations", "templates", "docs", "openapi", "benches"], KINDS) {
        let text = read(&path);
        for (i, line) in text.lines().enumerate() {
            let sentence = match line {
                line if line.contains('\t') => "a tab; expected blanks",
                line if line.ends_with([' ', '\r']) => "a blank at the end of the line",
                _ => continue,
            };
            findings.push(Finding { path: path.clone(), line: i + 1, sentence: sentence.to_owned() });
        }
        if !text.is_empty() && !text.ends_with('\n') {
            let line = text.lines().count();
            findings.push(Finding { path, line, sentence: "no line end at the end of the file".to_owned() });
        }
    }
    expect_none("Blanks are not in order:", &findings);
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_rules_see_what_they_look_for() {
    let layers = layers();
    assert_eq!(layers["base"], [""; 0]);
    assert_eq!(layers["model"], ["base"]);
    assert!(layers["flow"].contains(&"store".to_owned()) && layers.len() > 8, "{layers:?}");

    let code = "use crate::{base::clock, store::{self, ticket}, web};\nlet x = crate::flow::tell();\n";
    let names: Vec<_> = imports(Path::new("src/model/topic.rs"), code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["base", "store", "web", "flow"]);
    let up = imports(Path::new("src/model/topic.rs"), "use super::id;\nuse super::super::store;\n");
    assert_eq!(up, [(2, "store".to_owned())]);
    assert_eq!(imports(Path::new("src/model/mod.rs"), "use super::store;"), [(1, "store".to_owned())]);

    assert!(names_crate("use sqlx::Row;", "sqlx") && names_crate("let x: reqwest::Url;", "reqwest"));
    assert!(!names_crate("let my_sqlx::x", "sqlx") && !names_crate("jiff_sqlx::Timestamp", "sqlx"));

    let logs = "warn!(ticket.id = %id, \"Read {subject} as {id:?}\"); info!(\"the text\");";
    let blanked = "warn!(ticket.id = %id, \"                       \"); info!(\"        \");";
    let called: Vec<_> = log_calls(blanked, logs).into_iter().map(|(_, call)| call).collect();
    assert!(called[1].contains("subject") && called[1].contains("ticket") && !called[0].contains("text"), "{called:?}");

    let all: Vec<_> = declared("pub async fn handle(x: u8) { let mut item = 1;").collect();
    assert_eq!(all, [("fn", "handle".to_owned()), ("let", "item".to_owned())]);
    assert_eq!(words("TicketManager"), ["", "ticket", "manager"]);
    assert_eq!(words("metadata_of"), ["metadata", "of"]);
}
