//! The fuzz targets of `fuzz/`, for a moment: bytes by lot, and real deliveries of which some bytes are others. `.ci/long` runs
//! them for minutes where cargo-fuzz and a nightly toolchain are there.

#[path = "../../fuzz/src/lib.rs"]
mod bodies;

use std::path::Path;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// How many inputs each target gets.
const INPUTS: u32 = 300;

/// Texts that decoders have stumbled over, put between others.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "1e999",
    "-0",
    "\\ud800",
    "\\u0000",
    "\0",
    "\r\n",
    "\n\n",
    "> ",
    "-- \n",
    "=?utf-8?q?x?=",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "<script>",
    "</",
    "&amp;#x41;",
    "\u{202e}",
    "\u{200b}",
    "\u{fffd}",
    "\u{1f600}",
    "@",
    "://",
    "/c/",
    "key",
    "\t",
    ";",
];

/// The files of a folder, to begin with.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(files) = std::fs::read_dir(&folder) else { return Vec::new() };
    let mut paths: Vec<_> = files.flatten().map(|file| file.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has something to begin with", folder.display());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Some bytes of a file are others, and pieces stand between.
fn changed(bases: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>(), prop::option::of(prop::sample::select(PIECES)));
    (prop::sample::select(bases), prop::collection::vec(change, 0..12)).prop_map(|(mut bytes, changes)| {
        for (at, byte, piece) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match piece {
                Some(piece) => drop(bytes.splice(at..at, piece.bytes())),
                None => bytes[at] = byte,
            }
        }
        bytes
    })
}

fn by_lot() -> impl Strategy<Value = Vec<u8>> {
    let pieces =
        prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![prop::collection::vec(any::<u8>(), 0..400), pieces]
}

fn holds(body: fn(&[u8]), bases: Vec<Vec<u8>>) {
    let bases = if bases.is_empty() { vec![Vec::new()] } else { bases };
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(INPUTS) });
    let inputs = prop_oneof![changed(bases), by_lot()];
    let ran = runner.run(&inputs, |bytes| {
        body(&bytes);
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn no_bytes_harm_what_reads_zendesks_webhooks() {
    holds(bodies::zendesk, files("src/helpdesk/zendesk/fixtures"));
}

#[test]
fn no_bytes_harm_what_reads_the_webhooks_of_any_helpdesk() {
    holds(bodies::generic, files("src/helpdesk/generic/fixtures"));
}

#[test]
fn no_bytes_harm_what_reads_githubs_webhooks() {
    let begun = ["issues", "issue_comment", "pull_request", "release", "push"].map(|event| {
        let body = r#"{"action":"opened","issue":{"number":1,"body":"/heard ask x"},"repository":{"full_name":"a/b"}}"#;
        format!("{event}\n{body}").into_bytes()
    });
    holds(bodies::github, begun.to_vec());
}

#[test]
fn no_bytes_harm_what_reads_mail() {
    let mail = "Re: Export\nIt works, thank you.\n\nOn Monday, Sam <sam@acme.test> wrote:\n> Does it?\n-- \nAna";
    holds(bodies::mail, vec![mail.into()]);
}

#[test]
fn no_bytes_harm_the_redactor() {
    let text = "I am Ana Sousa <ana@lovelace.test>, my password is hunter2, call +44 20 7946 0018 or see https://a.test/x?y=1.";
    holds(bodies::redaction, vec![text.into()]);
}

#[test]
fn no_bytes_harm_what_reads_templates() {
    holds(bodies::template, files("templates/messages/shipped"));
}

#[test]
fn no_bytes_harm_what_reads_exports() {
    let table = "id;created_at;subject;body\n1;2026-01-02;Export;\"It loses\n a row\"\n";
    let lines = "{\"id\":\"1\",\"created_at\":\"2026-01-02\",\"subject\":\"Export\",\"body\":\"x\"}\n";
    holds(bodies::export, vec![table.into(), lines.into()]);
}
