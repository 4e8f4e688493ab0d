//! SQLite is for one Heard at a time: a second one is refused while the first runs, and starts as soon as it is gone.
#![cfg(unix)]

use std::process::{Command, Output};

use crate::{crash::process::Process, databases, world::ADMIN};

/// The program on a database of the test, beside the one that runs there.
fn heard(database: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
    command.args(arguments).current_dir(folder.path()).env_clear();
    let environment = [("HEARD_DATABASE", database), ("HEARD_LISTEN", "127.0.0.1:0"), ("HEARD_GROUPING_MODEL", "none")];
    command.envs(environment).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A Heard of its own on a database, with nothing to do.
fn prepared(database: &str) -> Process {
    Process::prepare(|listen| {
        format!(
            "listen = \"{listen}\"\npublic_url = \"http://{listen}\"\ndatabase = \"{database}\"\nadmin_token = \"{ADMIN}\"\n\
             [grouping]\nmodel = \"none\"\n"
        )
    })
}

/// Elsewhere the file that says who runs outlives a process that was killed, and nobody can start any more (elizaOS/eliza#11222,
/// ipfs/kubo#1537).
#[tokio::test(flavor = "multi_thread")]
async fn a_second_heard_on_one_sqlite_file_is_refused_until_the_first_is_gone_however_it_went() {
    let database = databases::sqlite();
    let path = database.url.trim_start_matches("sqlite:").to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("linked.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut first = prepared(&database.url);
    first.starts().await;

    for url in [database.url.clone(), format!("sqlite:{}", link.display())] {
        let second = heard(&url, &["serve"]);
        let said = said(&second);
        assert_eq!(second.status.code(), Some(1), "{said}");
        let last = said.lines().last().unwrap_or_default();
        let file = std::fs::canonicalize(&path).unwrap();
        assert!(last.starts_with(&format!("heard: another Heard runs on {} already; ", file.display())), "{said}");
    }
    // What is meant to be run beside it goes on.
    for command in [["migrate"].as_slice(), &["check"], &["pause", "--stopped"]] {
        let beside = heard(&database.url, command);
        assert!(beside.status.success(), "{command:?}: {}", said(&beside));
    }

    first.is_killed();
    assert!(std::fs::exists(format!("{path}.lock")).unwrap(), "the file stays, and its lock does not");
    let mut next = prepared(&database.url);
    next.starts().await;
    assert_eq!(heard(&database.url, &["serve"]).status.code(), Some(1));
    next.stops().await;
    let mut last = prepared(&database.url);
    last.starts().await;
    last.stops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_run_on_one_postgresql() {
    for database in databases::each().into_iter().filter(|database| database.name == "PostgreSQL") {
        let (mut one, mut other) = (prepared(&database.url), prepared(&database.url));
        one.starts().await;
        other.starts().await;
        one.stops().await;
        other.stops().await;
    }
}
