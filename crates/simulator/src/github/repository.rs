//! A repository: its history, its issues and pull requests (they share their numbers), releases and deployments.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::commits::History;
use super::deployment::Deployment;
use super::issue::{Issue, IssueComment};
use super::person::Person;
use super::release::Release;
use crate::clock::seconds_text;

/// Where an issue went that is no longer in the repository.
#[derive(Debug, Clone)]
pub(super) enum DepartedIssue {
    /// Moved to this repository and number.
    Transferred(u64, u64),
    /// Deleted for good.
    Deleted,
}

/// A milestone in GitHub's sense: a target that issues are planned for.
#[derive(Debug, Clone)]
pub(super) struct RepositoryMilestone {
    pub(super) id: u64,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) closed_at: Option<i64>,
    pub(super) created_at: i64,
}

/// A repository.
#[derive(Debug)]
pub(super) struct RepositoryState {
    pub(super) id: u64,
    pub(super) owner: String,
    pub(super) name: String,
    /// Its former names, which redirect.
    pub(super) old_names: Vec<String>,
    pub(super) private: bool,
    pub(super) archived: bool,
    pub(super) has_issues: bool,
    pub(super) default_branch: String,
    pub(super) history: History,
    pub(super) issues: BTreeMap<u64, Issue>,
    pub(super) gone: BTreeMap<u64, DepartedIssue>,
    pub(super) comments: BTreeMap<u64, IssueComment>,
    pub(super) labels: BTreeMap<String, u64>,
    pub(super) milestones: BTreeMap<u64, RepositoryMilestone>,
    pub(super) releases: BTreeMap<u64, Release>,
    pub(super) deployments: BTreeMap<u64, Deployment>,
    /// Login -> `admin`, `write` or `read`.
    pub(super) collaborators: BTreeMap<String, &'static str>,
    pub(super) created_at: i64,
    pub(super) next_number: u64,
}

impl RepositoryState {
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Its address in the API.
    pub(super) fn url(&self, base: &str) -> String {
        format!("{base}/repos/{}", self.full_name())
    }

    pub(super) fn html_url(&self, base: &str) -> String {
        format!("{base}/{}", self.full_name())
    }

    pub(super) fn json(&self, base: &str, owner: &Person) -> Value {
        let url = self.url(base);
        let html = self.html_url(base);
        let open = self.issues.values().filter(|issue| issue.is_open()).count();
        let mut shown = json!({
            "id": self.id,
            "node_id": format!("R_{}", self.id),
            "name": self.name,
            "full_name": self.full_name(),
            "private": self.private,
            "visibility": if self.private { "private" } else { "public" },
            "owner": owner.json(base),
            "html_url": html,
            "url": url,
            "description": null,
            "fork": false,
            "archived": self.archived,
            "disabled": false,
            "has_issues": self.has_issues,
            "has_projects": true, "has_downloads": true, "has_wiki": true, "has_pages": false, "has_discussions": false,
            "default_branch": self.default_branch,
            "homepage": null, "language": null, "license": null, "mirror_url": null, "topics": [], "size": 1,
            "open_issues_count": open, "open_issues": open,
            "created_at": seconds_text(self.created_at),
            "updated_at": seconds_text(self.created_at),
            "pushed_at": seconds_text(self.created_at),
            "permissions": {"admin": false, "maintain": false, "push": true, "triage": true, "pull": true},
        });
        for (name, path) in ADDRESSES {
            shown[name] = json!(format!("{url}/{path}"));
        }
        for name in ["clone_url", "git_url", "ssh_url", "svn_url"] {
            shown[name] = json!(format!("{html}.git"));
        }
        for name in COUNTS {
            shown[name] = json!(0);
        }
        shown
    }

    pub(super) fn milestone_json(&self, milestone: &RepositoryMilestone, base: &str, creator: &Person) -> Value {
        let in_it = |open: bool| {
            self.issues
                .values()
                .filter(|issue| issue.milestone == Some(milestone.number) && issue.is_open() == open)
                .count()
        };
        let number = milestone.number;
        json!({
            "id": milestone.id,
            "node_id": format!("MI_{}", milestone.id),
            "number": number,
            "url": format!("{}/milestones/{number}", self.url(base)),
            "labels_url": format!("{}/milestones/{number}/labels", self.url(base)),
            "html_url": format!("{}/milestone/{number}", self.html_url(base)),
            "title": milestone.title,
            "description": null,
            "state": if milestone.closed_at.is_some() { "closed" } else { "open" },
            "creator": creator.json(base),
            "open_issues": in_it(true),
            "closed_issues": in_it(false),
            "created_at": seconds_text(milestone.created_at),
            "updated_at": seconds_text(milestone.closed_at.unwrap_or(milestone.created_at)),
            "closed_at": milestone.closed_at.map(seconds_text),
            "due_on": null,
        })
    }
}

/// Counts that are always zero here.
const COUNTS: [&str; 7] =
    ["forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "network_count", "subscribers_count"];

/// The addresses that the API shows for a repository, relative to its own.
const ADDRESSES: [(&str, &str); 36] = [
    ("archive_url", "{archive_format}{/ref}"),
    ("assignees_url", "assignees{/user}"),
    ("blobs_url", "git/blobs{/sha}"),
    ("branches_url", "branches{/branch}"),
    ("collaborators_url", "collaborators{/collaborator}"),
    ("comments_url", "comments{/number}"),
    ("commits_url", "commits{/sha}"),
    ("compare_url", "compare/{base}...{head}"),
    ("contents_url", "contents/{+path}"),
    ("contributors_url", "contributors"),
    ("deployments_url", "deployments"),
    ("downloads_url", "downloads"),
    ("events_url", "events"),
    ("forks_url", "forks"),
    ("git_commits_url", "git/commits{/sha}"),
    ("git_refs_url", "git/refs{/sha}"),
    ("git_tags_url", "git/tags{/sha}"),
    ("hooks_url", "hooks"),
    ("issue_comment_url", "issues/comments{/number}"),
    ("issue_events_url", "issues/events{/number}"),
    ("issues_url", "issues{/number}"),
    ("keys_url", "keys{/key_id}"),
    ("labels_url", "labels{/name}"),
    ("languages_url", "languages"),
    ("merges_url", "merges"),
    ("milestones_url", "milestones{/number}"),
    ("notifications_url", "notifications{?since,all,participating}"),
    ("pulls_url", "pulls{/number}"),
    ("releases_url", "releases{/id}"),
    ("stargazers_url", "stargazers"),
    ("statuses_url", "statuses/{sha}"),
    ("subscribers_url", "subscribers"),
    ("subscription_url", "subscription"),
    ("tags_url", "tags"),
    ("teams_url", "teams"),
    ("trees_url", "git/trees{/sha}"),
];
