//! Releases and the tags they make.

use serde_json::{Value, json};

use super::person::Person;
use super::urls::RepoUrls;
use crate::clock::seconds_text;

/// A release; as long as it is a draft, nobody but its makers sees it and its tag does not exist.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) id: u64,
    pub(super) tag: String,
    /// A branch or a SHA: where the tag is made if it does not exist at publication.
    pub(super) target: String,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) author: String,
    pub(super) draft: bool,
    pub(super) prerelease: bool,
    pub(super) created_at: i64,
    pub(super) published_at: Option<i64>,
}

impl Release {
    pub(super) fn json(&self, repo: &RepoUrls, base: &str, author: &Person) -> Value {
        let url = format!("{}/releases/{}", repo.api, self.id);
        let shown = if self.draft { format!("untagged-{:020x}", self.id) } else { self.tag.clone() };
        json!({
            "id": self.id,
            "node_id": format!("RE_{}", self.id),
            "url": url,
            "html_url": format!("{}/releases/tag/{shown}", repo.html),
            "assets_url": format!("{url}/assets"),
            "upload_url": format!("{url}/assets{{?name,label}}"),
            "tarball_url": (!self.draft).then(|| format!("{}/tarball/{}", repo.api, self.tag)),
            "zipball_url": (!self.draft).then(|| format!("{}/zipball/{}", repo.api, self.tag)),
            "tag_name": self.tag,
            "target_commitish": self.target,
            "name": self.name,
            "body": self.body,
            "draft": self.draft,
            "prerelease": self.prerelease,
            "immutable": false,
            "created_at": seconds_text(self.created_at),
            "published_at": self.published_at.map(seconds_text),
            "author": author.json(base),
            "assets": [],
        })
    }
}
