//! Every name says what it names.

use super::{expect_none, lines};

/// Words that say nothing about what they name.
const EMPTY_WORDS: &[&str] = &[
    "item", "items", "entity", "entities", "data", "info", "manager", "service", "helper", "helpers", "util", "utils",
];

/// Names that a trait of another crate prescribes.
const FOREIGN_NAMES: &[&str] = &["Item", "type_info", "visit_item", "visit_impl_item"];

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
fn declarations_and_the_words_in_them_are_read() {
    let all: Vec<_> = declared("pub async fn handle(x: u8) { let mut item = 1;").collect();
    assert_eq!(all, [("fn", "handle".to_owned()), ("let", "item".to_owned())]);
    assert_eq!(words("TicketManager"), ["", "ticket", "manager"]);
    assert_eq!(words("metadata_of"), ["metadata", "of"]);
}
