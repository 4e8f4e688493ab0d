//! Layers import downward only, and every permission in ARCHITECTURE's map is used.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{Finding, expect_none, is_start, line_at, module_of, read};
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

#[test]
fn every_permission_to_import_is_used() {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&["src"], &["rs"]) {
        let names = imports(&path, &code_of(&path)).into_iter().map(|(_, name)| name);
        used.entry(module_of(&path)).or_default().extend(names);
    }
    let findings: Vec<_> = unused(&layers(), &used)
        .into_iter()
        .map(|(module, allowed)| Finding {
            path: PathBuf::from("ARCHITECTURE.md"),
            line: line_of_row(&module),
            sentence: format!("{module} may import {allowed} and never does"),
        })
        .collect();
    expect_none("The map allows an import that nobody needs:", &findings);
}

/// What the map allows and no file of the module imports.
fn unused(layers: &BTreeMap<String, Vec<String>>, used: &BTreeMap<String, BTreeSet<String>>) -> Vec<(String, String)> {
    let known = |name: &&String| layers.contains_key(*name);
    let of_module = |(module, allowed): (&String, &Vec<String>)| {
        let of_it = used.get(module);
        let never = allowed.iter().filter(known).filter(|name| of_it.is_none_or(|names| !names.contains(*name)));
        never.map(|name| (module.clone(), name.clone())).collect::<Vec<_>>()
    };
    layers.iter().flat_map(of_module).collect()
}

fn line_of_row(module: &str) -> usize {
    let map = read(Path::new("ARCHITECTURE.md"));
    1 + map.lines().position(|line| line.contains(&format!("| `{module}` |"))).unwrap_or_default()
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
fn the_map_and_the_imports_are_read() {
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
}

#[test]
fn a_permission_that_nobody_uses_is_seen() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let layers = BTreeMap::from([
        ("base".to_owned(), names(&[])),
        ("model".to_owned(), names(&["base"])),
        ("flow".to_owned(), names(&["base", "model"])),
    ]);
    let used = BTreeMap::from([
        ("model".to_owned(), BTreeSet::from(["base".to_owned()])),
        ("flow".to_owned(), BTreeSet::from(["model".to_owned()])),
    ]);
    assert_eq!(unused(&layers, &used), [("flow".to_owned(), "base".to_owned())]);
}
