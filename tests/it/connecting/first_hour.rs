//! What an operator has and does in the first hour after `heard connect`, and what a command leaves to others.

use std::{
    fs,
    process::{Command, Stdio},
};

use super::{Office, Served, mode, said, wrong};
use crate::world::ADMIN;

/// `heard connect zendesk` for a connection of this name.
fn connecting(office: &Office, name: &str, more: &[&str]) -> Command {
    let always = ["connect", "zendesk", "--name", name, "--url", office.desk.url(), "--public-url", &office.url];
    let user = ["--user", "heard@acme.test"];
    let arguments: Vec<&str> = always.into_iter().chain(user).chain(more.iter().copied()).collect();
    let mut command = office.heard(&arguments);
    command.env(format!("HEARD_CONNECTIONS_{}_TOKEN", name.to_uppercase()), "zendesk-token");
    command
}

/// A Heard that has no admin token from its environment.
fn serves(office: &Office) -> Served {
    let mut command = office.heard(&["serve"]);
    command.env("HEARD_LISTEN", &office.address).env("HEARD_GROUPING_MODEL", "none");
    Served(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_quick_start_the_brake_works_by_the_admin_token_that_connect_has_kept() {
    let office = Office::new();
    // Somebody started Heard before, and did not write down what it printed.
    let before = serves(&office);
    office.answers().await;
    drop(before);

    let plan = said(&office.connect(&["--dry-run"]));
    assert!(plan.contains("To do: make an admin token in heard-secrets/admin-token, beside heard.toml"), "{plan}");
    assert!(plan.contains("    admin_token = \"file:heard-secrets/admin-token\""), "{plan}");
    let first = said(&office.connect(&["--yes"]));
    let path = office.path("heard-secrets/admin-token");
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.trim().len() >= 20 && mode(&path) == 0o600);
    assert!(!first.contains(kept.trim()) && !office.settings().contains(kept.trim()), "it is shown nowhere");

    let _served = serves(&office);
    office.answers().await;
    let paused = said(&office.heard(&["pause"]).output().unwrap());
    assert_eq!(paused, "Messages to customers wait until you resume them.\n");
    assert_eq!(said(&office.heard(&["resume"]).output().unwrap()), "Messages to customers go on.\n");
    let again = said(&office.connect(&["--yes"]));
    assert!(again.contains("Nothing was changed."), "{again}");
    assert_eq!(fs::read_to_string(&path).unwrap(), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_token_that_is_set_stays_the_only_one() {
    for (written, variable) in [("admin_token = \"env:OURS\"\n", "OURS"), ("", "HEARD_ADMIN_TOKEN")] {
        let office = Office::new();
        fs::write(office.path("heard.toml"), written).unwrap();
        let shown = said(&connecting(&office, "acme", &["--yes"]).env(variable, ADMIN).output().unwrap());
        assert!(shown.contains("Done.") && !shown.contains("admin token"), "{variable}: {shown}");
        assert_eq!(office.settings().matches("admin_token").count(), written.lines().count(), "{variable}");
        assert!(!office.path("heard-secrets/admin-token").exists(), "{variable}");
    }
}

/// It was named in the settings, and then Heard did not start.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_admin_token_that_can_be_guessed_is_refused_before_anything_is_made() {
    let office = Office::new();
    let path = office.path("heard-secrets/admin-token");
    fs::create_dir(office.path("heard-secrets")).unwrap();
    for short in ["hush", "only-19-characters-", "  nineteen-with-room \n"] {
        fs::write(&path, short).unwrap();
        let refused = wrong(&office.connect(&["--yes"]));
        assert!(refused.contains("the admin token in heard-secrets/admin-token can be guessed"), "{refused}");
        assert!(refused.contains("take the file away") && !refused.contains(short.trim()), "{refused}");
        assert_eq!((office.writes(), office.settings()), (0, String::new()), "{short}");
        assert_eq!(fs::read_to_string(&path).unwrap(), short, "it is nobody else's to change");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_tokens_file_that_is_empty_holds_none_and_opens_nothing() {
    let office = Office::new();
    let path = office.path("heard-secrets/admin-token");
    fs::create_dir(office.path("heard-secrets")).unwrap();
    fs::write(&path, " \n\n").unwrap();
    said(&office.connect(&["--yes"]));
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.trim().len() >= 20 && mode(&path) == 0o600, "a new one is made");
    // Somebody empties it, or cuts it off, later on.
    for (written, says) in [(" \n", "admin_token is empty"), ("short\n", "admin_token can be guessed")] {
        fs::write(&path, written).unwrap();
        let refused = wrong(&office.heard(&["serve"]).env("HEARD_LISTEN", &office.address).output().unwrap());
        assert!(refused.contains(says), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_connection_uses_is_not_removed_with_this_one() {
    let office = Office::new();
    let connects = |name: &str, more: &[&str]| said(&connecting(&office, name, more).output().unwrap());
    connects("acme", &["--yes"]);
    assert!(connects("acme2", &["--yes"]).contains("There already: the macro"));
    // By another tag it has a macro of its own.
    connects("eu", &["--yes", "--escalate-tag", "to_eu"]);
    assert_eq!((office.desk.webhooks().len(), office.desk.macros().len()), (3, 2));

    let removed = connects("acme2", &["--remove", "--yes"]);
    let kept = "To look at: the macro \"Escalate to engineering\" stays, because the settings have acme as well, which uses it.";
    assert!(removed.contains(kept) && !removed.contains("delete the macro"), "{removed}");
    assert!(connects("eu", &["--remove", "--yes"]).contains("To do: delete the macro"));
    assert_eq!((office.webhooks().len(), office.desk.webhooks().len(), office.desk.macros().len()), (1, 1, 1));

    // The others are in another account by now.
    let elsewhere = office.settings().replace(office.desk.url(), "https://other.zendesk.com");
    let settings = elsewhere.replacen("https://other.zendesk.com", office.desk.url(), 1);
    fs::write(office.path("heard.toml"), settings).unwrap();
    assert!(connects("acme", &["--remove", "--yes"]).contains("To do: delete the macro"));
    assert_eq!((office.desk.webhooks().len(), office.desk.macros().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_kept_nothing_is_made_in_the_account() {
    let office = Office::new();
    // In place of a folder that somebody else owns, which keeps no root out.
    fs::write(office.path("heard-secrets"), "").unwrap();
    let refused = wrong(&office.connect(&["--yes"]));
    assert!(refused.contains("nothing can be written into ./heard-secrets"), "{refused}");
    assert!(refused.contains("and nothing was done"), "{refused}");
    assert_eq!((office.writes(), office.settings()), (0, String::new()));
}
