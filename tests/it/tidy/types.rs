//! A type's name stands once in a crate, so that one word means one thing.
//!
//! The shapes of the API are counted by themselves. Their names stand in its description, so they are the nouns of the
//! contract: the API's `Topic` is what programs see of the topic.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use syn::{Item, visit::Visit};

use super::{
    crate_folders, read,
    syntax::{is_for_tests, modules_for_tests},
};
use crate::source::files;

/// Names that stand for more than one type of a crate, each with the reason. A name leaves this list with its doubles.
const DOUBLES: &[(&str, &str, &str)] = &[];

/// The folder whose types are counted by themselves.
const API_SHAPES: &str = "src/web/api";

#[test]
fn every_type_has_a_name_of_its_own() {
    let mut wrong = Vec::new();
    let crates = crate_folders().into_iter().map(|folder| folder.display().to_string());
    for folder in crates.chain([API_SHAPES.to_owned()]) {
        let listed =
            DOUBLES.iter().filter(|(home, ..)| *home == folder).map(|(_, name, _)| (*name).to_owned()).collect();
        let is_apart = |path: &PathBuf| folder != API_SHAPES && path.starts_with(API_SHAPES);
        let counted = files(&[&folder], &["rs"]).into_iter().filter(|path| !is_apart(path));
        let texts = counted.map(|path| (path.clone(), read(&path))).collect();
        wrong.extend(doubles_but(&listed, &texts).into_iter().map(|sentence| format!("{folder}: {sentence}")));
    }
    assert!(wrong.is_empty(), "A type's name does not stand once in its crate:\n  {}\n", wrong.join("\n  "));
}

/// The names that stand twice and are not listed, and those that are listed and stand once.
fn doubles_but(listed: &BTreeSet<String>, texts: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let doubles: BTreeMap<_, _> = homes(texts).into_iter().filter(|(_, homes)| homes.len() > 1).collect();
    let unlisted = doubles.iter().filter(|(name, _)| !listed.contains(*name)).map(|(name, homes)| {
        let homes: Vec<_> = homes.iter().map(|home| home.display().to_string()).collect();
        format!("{name} is the name of {} types: {}; name each by what it is", homes.len(), homes.join(", "))
    });
    let settled = listed.iter().filter(|name| !doubles.contains_key(*name));
    unlisted
        .chain(settled.map(|name| format!("{name} stands once by now; take it off the list in this test")))
        .collect()
}

/// The files in which each name stands for a type, test code left out.
fn homes(texts: &BTreeMap<PathBuf, String>) -> BTreeMap<String, Vec<PathBuf>> {
    let parsed: Vec<_> = texts.iter().map(|(path, text)| (path, syn::parse_file(text).unwrap())).collect();
    let only_tests: BTreeSet<PathBuf> = parsed
        .iter()
        .flat_map(|(path, file)| modules_for_tests(file).into_iter().map(|name| module(path, &name)))
        .collect();
    let mut homes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, file) in parsed {
        let place = path.with_extension("");
        let place = if place.ends_with("mod") { place.parent().unwrap_or(&place).to_owned() } else { place };
        if place.ancestors().any(|one| only_tests.contains(one)) {
            continue;
        }
        let mut types = Types::default();
        types.visit_file(&file);
        for name in types.names {
            homes.entry(name).or_default().push(path.clone());
        }
    }
    homes
}

/// Where a module lies that the file at `path` declares, without `.rs` or `mod.rs`.
fn module(path: &Path, name: &str) -> PathBuf {
    let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|root| path.ends_with(root));
    let folder = if is_root { path.parent().unwrap_or(path).to_owned() } else { path.with_extension("") };
    folder.join(name)
}

#[derive(Default)]
struct Types {
    names: Vec<String>,
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(item) {
            return;
        }
        self.names.extend(match item {
            Item::Enum(one) => Some(one.ident.to_string()),
            Item::Struct(one) => Some(one.ident.to_string()),
            Item::Trait(one) => Some(one.ident.to_string()),
            _ => None,
        });
        syn::visit::visit_item(self, item);
    }
}

#[test]
fn a_name_that_stands_twice_is_seen_and_so_is_one_that_does_not_any_more() {
    let text = |path: &str, text: &str| (PathBuf::from(path), text.to_owned());
    let texts = BTreeMap::from([
        text("src/lib.rs", "mod a; mod b; #[cfg(test)] mod fixtures;"),
        text("src/a.rs", "struct State; struct Row; enum Kind { A }"),
        text("src/b/mod.rs", "trait State {} fn f() { struct Row; } #[cfg(test)] mod tests { struct Kind; }"),
        text("src/fixtures.rs", "struct Kind;"),
    ]);
    let listed = BTreeSet::from(["Row".to_owned(), "Page".to_owned()]);
    let found = doubles_but(&listed, &texts);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("State is the name of 2 types: src/a.rs, src/b/mod.rs"), "{found:?}");
    assert!(found[1].starts_with("Page stands once by now"), "{found:?}");
}
