//! Each crate that leads to the outside world is known to one layer, and each layer that may know it does.

use std::{collections::BTreeSet, path::PathBuf};

use super::{Finding, expect_none, is_start, lines, module_of};
use crate::source::{code_of, files};

/// Crates that only some modules may know.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("actix_web", &["web"]),
    ("grouping", &["flow", "cli"]),
    ("simulator", &["cli"]),
    ("octocrab", &["tracker"]),
    ("reqwest", &["base"]),
    ("clap", &["cli"]),
];

#[test]
fn each_outside_world_is_known_to_one_layer() {
    let own_modules = own_modules();
    let findings = lines(&["src"], |path, line| {
        let module = module_of(path);
        let named = CRATES
            .iter()
            .filter(|(name, _)| names_crate(line, name) && !own_modules.contains(&(path.to_owned(), *name)));
        let broken = named.filter(|(_, homes)| !homes.contains(&module.as_str()));
        broken.map(|(name, homes)| format!("{module} names {name}, which belongs to {}", homes.join(" and "))).collect()
    });
    expect_none("A crate is named outside of the layer that hides it:", &findings);
}

/// The files that have a module with the name of a crate, which is what they mean by it.
fn own_modules() -> BTreeSet<(PathBuf, &'static str)> {
    let declared = |path: PathBuf| {
        let code = code_of(&path);
        let has =
            |name: &str| code.lines().any(|line| line.trim_start_matches("pub ").trim() == format!("mod {name};"));
        CRATES.iter().filter(|(name, _)| has(name)).map(|(name, _)| (path.clone(), *name)).collect::<Vec<_>>()
    };
    files(&["src"], &["rs"]).into_iter().flat_map(declared).collect()
}

fn names_crate(line: &str, name: &str) -> bool {
    let found = line.match_indices(name).any(|(at, _)| {
        let after = line.get(at + name.len()..).unwrap_or_default();
        is_start(line, at) && (after.starts_with("::") || after.starts_with(';') || after.starts_with(" as "))
    });
    found && !line.trim_start().starts_with("mod ")
}

#[test]
fn every_layer_that_may_know_a_crate_does() {
    let mut known = BTreeSet::new();
    for path in files(&["src"], &["rs"]) {
        let code = code_of(&path);
        for (name, _) in CRATES.iter().filter(|(name, _)| code.lines().any(|line| names_crate(line, name))) {
            known.insert((*name, module_of(&path)));
        }
    }
    let allowed = CRATES.iter().flat_map(|(name, homes)| homes.iter().map(move |home| (*name, (*home).to_owned())));
    let unused = allowed.filter(|one| !known.contains(one)).map(|(name, home)| Finding {
        path: file!().into(),
        line: 1,
        sentence: format!("{home} may name {name} and never does"),
    });
    expect_none("The table allows a crate that nobody names:", &unused.collect::<Vec<_>>());
}

#[test]
fn the_name_of_a_crate_is_told_from_what_only_contains_it() {
    assert!(names_crate("use sqlx::Row;", "sqlx") && names_crate("let x: reqwest::Url;", "reqwest"));
    assert!(!names_crate("let my_sqlx::x", "sqlx") && !names_crate("jiff_sqlx::Timestamp", "sqlx"));
}
