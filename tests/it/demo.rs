//! `heard demo --fast`, as the README's first command plays it: it ends with 0 only when every step of the loop happened.

use std::process::Command;

#[test]
fn the_demo_plays_the_whole_loop() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
    command.args(["demo", "--fast"]).current_dir(folder.path()).env_clear().env("TMPDIR", folder.path());
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{complaints}\n{told}");
    let mut rest = told.as_str();
    for milestone in [
        "Ana Sousa writes",
        "Maria Lindqvist writes",
        "Support escalates",
        "acme/product#1: CSV export is missing its last row",
        "Internal note in Ana's ticket",
        "Merged is not shipped.",
        "A closed issue is not shipped either.",
        "To Ana Sousa",
        "To Ben Carter",
        "To Chloe Martin",
        "Messages to customers: 3, one each",
        "Heard: the customer says that it works",
        "Told 3, confirmed 1.",
        "The topic is open again",
        "still broken",
        "2 messages wait until Sam resumes",
        "Ole Dahl writes",
        "Heard asks: is this \"CSV export is missing its last row\"?",
        "Ingrid Berg writes",
        "Heard asks: is this \"Password reset mail never arrives\"?",
        "What product sees",
    ] {
        let Some((_, after)) = rest.split_once(milestone) else {
            panic!("{milestone:?} is not told, or not in its place:\n{told}");
        };
        rest = after;
    }
    let longest = told.lines().filter(|line| !line.contains("http://")).map(|line| line.chars().count()).max();
    assert!(longest <= Some(100), "a line is {longest:?} columns long:\n{told}");
    assert!(!told.contains('\x1b'), "colour belongs on a terminal only");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the demo leaves nothing behind");
}

#[test]
fn a_port_that_is_taken_is_told_in_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
    let output = command.args(["demo", "--fast", "--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with(&format!("heard: cannot listen on port {port}")), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
