//! How the source is kept: the rules of ARCHITECTURE.md that the compiler does not check.
//!
//! Each rule is a file below `tidy/`. It lists every place where it is broken, and a test of its own shows that it sees
//! what it looks for. Rules read the code without comments and the contents of strings, so that a sentence may say
//! anything.

mod circles;
mod files;
mod imports;
mod later;
mod layers;
mod logs;
mod names;
mod outside_worlds;
mod sql;
mod syntax;
mod types;
mod web;
mod whitespace;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use crate::source::{code_of, files};

/// Where Rust code lies.
const EVERYWHERE: &[&str] = &["src", "crates", "tests", "benches"];

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

/// The folders with the sources of our crates.
fn crate_folders() -> Vec<PathBuf> {
    let crates = files(&["crates"], &["toml"]).into_iter().filter(|path| path.ends_with("Cargo.toml"));
    let below = crates.filter_map(|path| Some(path.parent()?.join("src")));
    std::iter::once(PathBuf::from("src")).chain(below).collect()
}

fn is_start(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
}

fn line_at(code: &str, at: usize) -> usize {
    1 + code.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
