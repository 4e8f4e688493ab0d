//! What an App of ours is allowed, and what it is told: the one list. The manifest asks for it, `heard check` compares with it, and
//! docs/github.md shows it.
//!
//! An event stands on a permission: GitHub refuses a manifest with one that does not (cyrus#1406), and sends `installation` to
//! every App unasked and refuses to be asked for it (tuist#10709).

use std::{collections::HashMap, hash::BuildHasher};

/// One permission.
#[derive(Debug, PartialEq, Eq)]
pub struct AppPermission {
    /// As GitHub's API names it.
    pub name: &'static str,
    /// `read` or `write`.
    pub level: &'static str,
    /// What for: it follows "the App needs issues: write".
    pub why: &'static str,
}

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub struct AppEvent {
    /// As GitHub names it.
    pub name: &'static str,
    /// The permission that it stands on.
    pub permission: &'static str,
}

/// What the App is allowed.
pub const PERMISSIONS: &[AppPermission] = &[
    AppPermission { name: "issues", level: "write", why: "to file issues" },
    AppPermission { name: "contents", level: "read", why: "to see which release contains a fix" },
    AppPermission { name: "pull_requests", level: "read", why: "to see which pull request closes an issue" },
    AppPermission { name: "deployments", level: "read", why: "to see what was deployed" },
    AppPermission { name: "metadata", level: "read", why: "to see the repository at all" },
];

/// What the App is told. A tag that is pushed is `create`; `push` would bring every push of every branch.
pub const EVENTS: &[AppEvent] = &[
    AppEvent { name: "issues", permission: "issues" },
    // Of issues too, and not of pull requests (derive-to/derive#269).
    AppEvent { name: "issue_comment", permission: "issues" },
    AppEvent { name: "milestone", permission: "issues" },
    AppEvent { name: "pull_request", permission: "pull_requests" },
    AppEvent { name: "release", permission: "contents" },
    AppEvent { name: "create", permission: "contents" },
    AppEvent { name: "delete", permission: "contents" },
    AppEvent { name: "deployment_status", permission: "deployments" },
    AppEvent { name: "repository", permission: "metadata" },
];

/// What a token needs to read: a list of a repository, and the permission without which GitHub refuses it. What a token may do is said
/// nowhere, so each is tried.
pub const READ_BY_TOKEN: &[(&str, &str)] =
    &[("issues", "issues"), ("releases", "contents"), ("pulls", "pull_requests")];

/// What is not allowed of what is needed.
pub fn lacking_permissions<S: BuildHasher>(granted: &HashMap<String, String, S>) -> Vec<&'static AppPermission> {
    let allowed = |needed: &AppPermission| {
        granted.get(needed.name).is_some_and(|has| has == needed.level || has == "write" || has == "admin")
    };
    PERMISSIONS.iter().filter(|needed| !allowed(needed)).collect()
}

/// What is not told of what is needed.
pub fn lacking_events(subscribed: &[String]) -> Vec<&'static str> {
    let told = |event: &AppEvent| subscribed.iter().any(|one| one == event.name || one == "*");
    EVENTS.iter().filter(|event| !told(event)).map(|event| event.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/github.md");

    #[test]
    fn every_event_stands_on_a_permission_and_is_read() {
        for event in EVENTS {
            assert!(PERMISSIONS.iter().any(|one| one.name == event.permission), "{}", event.name);
        }
    }

    #[test]
    fn the_page_names_exactly_what_the_app_is_allowed_and_told() {
        let rows = |head: &str| -> Vec<String> {
            let table = PAGE.split(head).nth(1).expect(head);
            let rows =
                table.lines().skip_while(|line| !line.starts_with("| `")).take_while(|line| line.starts_with("| `"));
            rows.map(|line| line.split(" |").next().unwrap_or_default().trim_start_matches("| ").to_owned()).collect()
        };
        let permissions: Vec<_> = PERMISSIONS.iter().map(|one| format!("`{}: {}`", one.name, one.level)).collect();
        assert_eq!(rows("### Permissions"), permissions);
        let events: Vec<_> = EVENTS.iter().map(|one| format!("`{}`", one.name)).collect();
        assert_eq!(rows("### Events"), events);
    }

    #[test]
    fn more_than_is_needed_is_enough_and_less_is_named() {
        let granted = |rights: &[(&str, &str)]| -> HashMap<String, String> {
            rights.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect()
        };
        let all = granted(&[
            ("issues", "write"),
            ("contents", "write"),
            ("pull_requests", "read"),
            ("deployments", "admin"),
            ("metadata", "read"),
        ]);
        assert_eq!(lacking_permissions(&all), Vec::<&AppPermission>::new());
        let less: Vec<_> = lacking_permissions(&granted(&[("issues", "read")])).iter().map(|one| one.name).collect();
        assert_eq!(less, ["issues", "contents", "pull_requests", "deployments", "metadata"]);
    }
}
