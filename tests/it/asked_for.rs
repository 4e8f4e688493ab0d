//! What a person may ask for, as operators do it: with the built binary, against a Heard that runs.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{
    databases,
    story::page_in,
    world::{ADMIN, World},
};

/// The command, at the Heard of this world.
async fn heard(world: &World, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
    command.args(arguments).args(["--server", world.url()]).current_dir(folder).env_clear();
    command.env("HEARD_ADMIN_TOKEN", ADMIN);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// What it printed. It has to have done what it was asked.
async fn prints(world: &World, folder: &Path, arguments: &[&str]) -> String {
    let output = heard(world, folder, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The one sentence in which it says why it did not.
async fn refuses(world: &World, folder: &Path, arguments: &[&str]) -> String {
    let output = heard(world, folder, arguments).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_shown_what_is_kept_and_is_forgotten_from_the_command_line() {
    databases::for_each(async |database| {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.complains("Bob Stone");
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        let customers = world.get("/api/v1/customers").await["customers"].as_array().unwrap().clone();
        let ana = customers.iter().find(|one| one["name"] == "Ana Sousa").unwrap();
        let (id, email) = (ana["id"].as_str().unwrap(), ana["email"].as_str().unwrap());

        let export = prints(&world, folder.path(), &["export", email]).await;
        let kept: Value = serde_json::from_str(&export).unwrap();
        assert_eq!(kept["customer"]["id"], ana["id"]);
        assert_eq!((kept["tickets"].as_array().unwrap().len(), kept["updates"].as_array().unwrap().len()), (1, 1));
        assert!(export.contains("its last row") && !export.contains("Bob"), "{export}");
        assert_eq!(prints(&world, folder.path(), &["export", id]).await, export, "by their id, too");

        let asks = prints(&world, folder.path(), &["erase", email]).await;
        assert!(asks.contains("Ana Sousa") && asks.contains("1 tickets") && asks.contains("--yes"), "{asks}");
        assert_eq!(world.get(&format!("/api/v1/customers/{id}")).await["name"], "Ana Sousa", "nothing happened yet");
        let done = prints(&world, folder.path(), &["erase", email, "--yes"]).await;
        assert!(done.starts_with("Forgotten.") && done.contains(id), "{done}");
        assert_eq!(world.get(&format!("/api/v1/customers/{id}")).await["name"], "");
        assert_eq!(world.counts("SELECT count(*) FROM message WHERE author = 'customer'").await, 1, "Bob's stays");

        let unknown = refuses(&world, folder.path(), &["erase", email, "--yes"]).await;
        assert!(unknown.contains("knows no customer"), "{unknown}");
        let nobody = "0197a000-0000-7000-8000-000000000000";
        assert!(refuses(&world, folder.path(), &["export", nobody]).await.contains("no customer"));
        let two = refuses(&world, folder.path(), &["erase", nobody, "--yes"]).await;
        assert!(two.contains("no customer"), "{two}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_ended_from_the_command_line() {
    databases::for_each(async |database| {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, other) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(other, complaint.ticket).await;
        world.ships(complaint.issue, "v2.4.0");
        let (ana, bob) = (page_in(&world.told_in(complaint.ticket).await), page_in(&world.told_in(other).await));
        world.settles().await;
        let opens = async |page: &str| world.anonymous().get(page).send().await.unwrap().status().as_u16();
        assert_eq!((opens(&ana).await, opens(&bob).await), (200, 200));
        let unsaid = heard(&world, folder.path(), &["links", "revoke"]).await;
        assert_eq!(unsaid.status.code(), Some(2), "whose is not said");
        let customers = world.get("/api/v1/customers").await["customers"].as_array().unwrap().clone();
        let email = customers.iter().find(|one| one["name"] == "Ana Sousa").unwrap()["email"].as_str().unwrap();
        let ended = prints(&world, folder.path(), &["links", "revoke", "--customer", email]).await;
        assert_eq!(ended, "1 links open nothing any more.\n");
        assert_eq!((opens(&ana).await, opens(&bob).await), (404, 200), "hers only");
        let updates = world.updates().await;
        let of_ana = updates.iter().find(|one| one["ticket"].is_string()).unwrap()["id"].as_str().unwrap();
        prints(&world, folder.path(), &["links", "revoke", "--update", of_ana]).await;
        let ended = prints(&world, folder.path(), &["links", "revoke", "--all"]).await;
        assert!(ended == "1 links open nothing any more.\n" || ended == "0 links open nothing any more.\n", "{ended}");
        assert_eq!((opens(&ana).await, opens(&bob).await), (404, 404));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_paused_and_go_on_from_the_command_line() {
    databases::for_each(async |database| {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(database).await;
        let said = prints(&world, folder.path(), &["pause"]).await;
        assert!(said.contains("Messages to customers wait until you resume them."), "{said}");
        prints(&world, folder.path(), &["pause", "--connection", "acme"]).await;
        let said = prints(&world, folder.path(), &["resume"]).await;
        assert!(said.contains("Messages to customers go on.") && said.contains("Still paused since"), "{said}");
        assert!(said.contains("connection acme"), "{said}");
        let said = prints(&world, folder.path(), &["resume", "--connection", "acme"]).await;
        assert_eq!(said.trim(), "Messages in acme go on.");
        let unknown = refuses(&world, folder.path(), &["pause", "--connection", "acne"]).await;
        assert!(unknown.contains("There is no connection"), "{unknown}");
    })
    .await;
}
