//! Takes out one safeguard at a time, and shows that a test fails: a test that never fails holds nothing.
//!
//! The tree is copied, each safeguard gets a switch there, and everything is built once. Then the tests run with one switch
//! on. It takes a while, so only `.ci/long` does it:
//!
//! ```text
//! HEARD_MUTATE=1 cargo test --test it -- mutants --nocapture
//! ```
//!
//! With another word than 1, only the safeguards run whose names have it.
//!
//! In the usual run only this is checked: that each safeguard stands where it would be taken out.

mod grouping;
mod issues_and_updates;
mod likely_members;
mod people;
mod plain_updates;
mod privacy;
mod shipping;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    time::Instant,
};

use crate::documents::expect_document;

/// A safeguard, how it is taken out, and the test that fails without it.
pub struct Mutant {
    /// What its switch is called.
    pub name: &'static str,
    /// Which guarantee it is for.
    pub guarantee: &'static str,
    /// What it does.
    pub safeguard: &'static str,
    /// File, what stands there once, and what stands there instead. `OUT` is true where the safeguard is taken out.
    pub changes: &'static [(&'static str, &'static str, &'static str)],
    /// The test that fails.
    pub fails: (Binary, &'static str),
}

/// Where a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// Next to the code.
    Library,
    /// In `tests/it`.
    Whole,
}

/// How many run at a time.
const AT_ONCE: usize = 3;
/// How long one may take, in seconds: without a safeguard a test may wait for what never comes.
const SECONDS: &str = "300";

fn all() -> impl Iterator<Item = &'static Mutant> {
    [
        issues_and_updates::MUTANTS,
        likely_members::MUTANTS,
        plain_updates::MUTANTS,
        shipping::MUTANTS,
        privacy::MUTANTS,
        grouping::MUTANTS,
        people::MUTANTS,
    ]
    .into_iter()
    .flatten()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text with each safeguard behind its switch.
fn mutate(mutant: &Mutant, read: impl Fn(&str) -> String, mut write: impl FnMut(&str, &str)) {
    for (file, stands, becomes) in mutant.changes {
        let text = read(file);
        let found = text.matches(stands).count();
        assert_eq!(found, 1, "{}: {file} has this {found} times, and it has to be there once: {stands}", mutant.name);
        let switch = format!("crate::base::mutated({:?})", mutant.name);
        write(file, &text.replacen(stands, &becomes.replace("OUT", &switch), 1));
    }
}

#[test]
fn every_safeguard_stands_where_it_would_be_taken_out() {
    let mut names = BTreeSet::new();
    for mutant in all() {
        assert!(names.insert(mutant.name), "{} is there twice", mutant.name);
        let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
        let mut has_switch = false;
        mutate(mutant, read, |_, changed| has_switch |= changed.contains("crate::base::mutated"));
        assert!(has_switch, "{} has no switch", mutant.name);
        let (binary, test) = mutant.fails;
        let (path, name) = test.rsplit_once("::").unwrap();
        let stands = match binary {
            Binary::Library => format!("src/{}", path.trim_end_matches("::tests").replace("::", "/")),
            Binary::Whole => format!("tests/it/{}", path.replace("::", "/")),
        };
        let known = [format!("{stands}.rs"), format!("{stands}/tests.rs")];
        let has = |file: &String| {
            fs::read_to_string(root().join(file)).is_ok_and(|text| text.contains(&format!("fn {name}(")))
        };
        assert!(known.iter().any(has), "{}: there is no test {test}", mutant.name);
    }
}

#[test]
fn the_page_lists_every_safeguard_that_is_taken_out() {
    let mut page = String::from(
        "# Mutations\n\nA test that never fails holds nothing. So each safeguard below is taken out in a copy of the source, \
         and the test beside it has to fail.\n\n```\nHEARD_MUTATE=1 cargo test --test it -- mutants --nocapture\n```\n\n\
         `.ci/long` runs it. It is made from `tests/it/mutants/`: a safeguard that is not where it would be taken out fails \
         the usual run.\n\n| guarantee | safeguard | without it fails |\n|---|---|---|\n",
    );
    for Mutant { guarantee, safeguard, fails: (_, test), .. } in all() {
        writeln!(page, "| {guarantee} | {safeguard} | `{test}` |").unwrap();
    }
    expect_document("docs/mutations.md", &page);
}

/// The programs of the tests, built from the changed copy.
struct Built {
    tree: PathBuf,
    library: PathBuf,
    whole: PathBuf,
}

fn build() -> Built {
    let tree = root().join("target/mutants/tree");
    let _ = fs::remove_dir_all(&tree);
    fs::create_dir_all(&tree).unwrap();
    let copied = Command::new("sh")
        .args(["-c", "git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t \"$0\""])
        .arg(&tree)
        .current_dir(root())
        .status();
    assert!(copied.unwrap().success(), "the source cannot be copied");
    for mutant in all() {
        let read = |file: &str| fs::read_to_string(tree.join(file)).unwrap();
        mutate(mutant, read, |file, text| fs::write(tree.join(file), text).unwrap());
    }
    let base = tree.join("src/base/mod.rs");
    let switch = "\n/// Whether a safeguard is taken out.\npub fn mutated(name: &str) -> bool {\n    std::env::var_os(\"HEARD_MUTANT\").is_some_and(|out| out == name)\n}\n";
    fs::write(&base, fs::read_to_string(&base).unwrap() + switch).unwrap();
    let target =
        std::env::var_os("HEARD_MUTANTS_TARGET").map_or_else(|| root().join("target/mutants/build"), PathBuf::from);
    let built = Command::new(env!("CARGO"))
        .args([
            "test",
            "--locked",
            "--package",
            "heard",
            "--no-run",
            "--lib",
            "--test",
            "it",
            "--message-format",
            "json",
        ])
        .current_dir(&tree)
        .env("CARGO_TARGET_DIR", target)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stdout);
    let program = |kind: &str| {
        let artifacts = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let made = artifacts.filter(|one| one["target"]["kind"][0] == kind && one["profile"]["test"] == true);
        made.filter_map(|one| one["executable"].as_str().map(PathBuf::from)).next_back()
    };
    let rendered = || {
        let messages = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let errors = messages.filter(|one| one["message"]["level"] == "error");
        errors.filter_map(|one| one["message"]["rendered"].as_str().map(str::to_owned)).collect::<String>()
    };
    assert!(built.status.success(), "a mutant does not compile:\n{}", rendered());
    Built { library: program("lib").unwrap(), whole: program("test").unwrap(), tree }
}

impl Built {
    /// Whether a test passes with a safeguard taken out, and what it said.
    fn passes(&self, (binary, test): (Binary, &str), out: &str) -> (bool, String) {
        let program = if binary == Binary::Library { &self.library } else { &self.whole };
        let ran = Command::new("timeout")
            .args([SECONDS, &program.to_string_lossy(), "--exact", test, "--test-threads", "1"])
            .current_dir(&self.tree)
            .env("HEARD_MUTANT", out)
            .env_remove("RUST_BACKTRACE")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        let ran_it = said.contains("running 1 test");
        assert!(ran_it, "{test} did not run:\n{said}");
        (ran.status.success(), said)
    }
}

#[test]
fn without_a_safeguard_its_test_fails() {
    let Some(word) = std::env::var_os("HEARD_MUTATE").and_then(|word| word.into_string().ok()) else { return };
    let wanted = all().filter(|mutant| word == "1" || mutant.name.contains(&word));
    let built = build();
    let left: Mutex<Vec<&Mutant>> = Mutex::new(wanted.collect::<Vec<_>>().into_iter().rev().collect());
    let wrong: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(mutant) = left.lock().unwrap().pop() else { break };
                    let begun = Instant::now();
                    let (whole, said) = built.passes(mutant.fails, "");
                    let (survives, _) = built.passes(mutant.fails, mutant.name);
                    let verdict = match (whole, survives) {
                        (true, false) => "is missed",
                        (true, true) => "SURVIVES",
                        (false, _) => "its test fails with it, too",
                    };
                    eprintln!("{} {}: {verdict} ({:.0?})", mutant.guarantee, mutant.name, begun.elapsed());
                    if (whole, survives) != (true, false) {
                        let said = if whole { String::new() } else { said };
                        wrong.lock().unwrap().push(format!("{}: {verdict}\n{said}", mutant.name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
