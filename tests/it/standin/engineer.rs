//! The engineer: fixes, merges and releases through the stand-in's API, as a person with a token of their own.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{ENGINEER, REPOSITORY, StandIn};
use crate::world::browserless;

/// An engineer at work.
pub struct Engineer {
    http: reqwest::Client,
    home: String,
}

impl Engineer {
    /// An engineer of the stand-in's repository.
    pub fn of(standin: &StandIn) -> Self {
        Self { http: browserless(), home: format!("{}/repos/{REPOSITORY}", standin.url) }
    }

    /// Every issue, oldest first, as the stand-in has it.
    pub async fn issues(&self) -> Vec<Value> {
        let mut issues = self.asks("/issues?state=all&per_page=100").await.as_array().unwrap().clone();
        issues.retain(|issue| issue.get("pull_request").is_none_or(Value::is_null));
        issues.sort_by_key(|issue| issue["number"].as_u64());
        issues
    }

    /// The comments of an issue.
    pub async fn comments(&self, issue: u64) -> Value {
        self.asks(&format!("/issues/{issue}/comments?per_page=100")).await
    }

    /// Fixes an issue on a branch and merges the pull request, which says so. Gives the commit on main.
    pub async fn merges_a_fix_of(&self, issue: u64) -> String {
        let head = self.asks("/git/ref/heads/main").await["object"]["sha"].clone();
        let commit = self.asks(&format!("/git/commits/{}", word(&head))).await;
        let branch = format!("last-row-{issue}");
        self.does(Method::POST, "/git/refs", json!({ "ref": format!("refs/heads/{branch}"), "sha": head })).await;
        let file = json!({ "path": "src/export.rs", "mode": "100644", "type": "blob", "content": "rows.chain(last)" });
        let tree = json!({ "base_tree": commit["tree"]["sha"], "tree": [file] });
        let tree = self.does(Method::POST, "/git/trees", tree).await["sha"].clone();
        let commit = json!({ "message": "Write the last row too", "tree": tree, "parents": [head] });
        let commit = self.does(Method::POST, "/git/commits", commit).await["sha"].clone();
        self.does(Method::PATCH, &format!("/git/refs/heads/{branch}"), json!({ "sha": commit })).await;
        let pull = json!({
            "title": "Write the last row too", "body": format!("Fixes #{issue}"), "head": branch, "base": "main",
        });
        let pull = self.does(Method::POST, "/pulls", pull).await["number"].clone();
        let merged = self.does(Method::PUT, &format!("/pulls/{pull}/merge"), json!({ "merge_method": "squash" })).await;
        word(&merged["sha"]).to_owned()
    }

    /// Closes an issue as `completed` or `not_planned`.
    pub async fn closes(&self, issue: u64, reason: &str) {
        let closed = json!({ "state": "closed", "state_reason": reason });
        self.does(Method::PATCH, &format!("/issues/{issue}"), closed).await;
    }

    /// Tags a commit and publishes the release.
    pub async fn releases(&self, tag: &str, commit: &str) {
        self.does(Method::POST, "/git/refs", json!({ "ref": format!("refs/tags/{tag}"), "sha": commit })).await;
        let release = json!({ "tag_name": tag, "name": tag, "target_commitish": "main" });
        self.does(Method::POST, "/releases", release).await;
    }

    async fn asks(&self, path: &str) -> Value {
        answered(path, self.http.get(format!("{}{path}", self.home))).await
    }

    async fn does(&self, method: Method, path: &str, what: Value) -> Value {
        answered(path, self.http.request(method, format!("{}{path}", self.home)).json(&what)).await
    }
}

async fn answered(path: &str, request: reqwest::RequestBuilder) -> Value {
    let answer = request.bearer_auth(ENGINEER).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{path} answered {status}: {text}");
    serde_json::from_str(&text).unwrap()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
