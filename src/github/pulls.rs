//! Pull requests, as far as they carry fixes.

use serde::Deserialize;

use super::{Github, transport::As, trouble::Trouble, wire};
use crate::{base::clock::Time, model::issue::Repository};

/// How many pages of a hundred closed pull requests are read back towards an issue's creation.
const CLOSED_PAGES: usize = 5;

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// The repository it wants to change.
    pub repository: Repository,
    /// Its number there.
    pub number: i64,
    /// Where people read it.
    pub url: String,
    /// The title.
    pub title: String,
    /// The text, where the closing keywords stand.
    pub body: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is only a draft.
    pub draft: bool,
    /// When it was merged. A closed one without this was not: foreign merge bots close instead.
    pub merged_at: Option<Time>,
    /// The commit that the merge put on the base branch; only for merged ones.
    pub merge_sha: Option<String>,
    /// The branch it was merged into, or wants to be.
    pub base: String,
    /// The repository's default branch, where the answer said it.
    pub default_branch: Option<String>,
    /// Who wrote it.
    pub author_login: Option<String>,
    /// When it last changed.
    pub updated_at: Time,
}

#[derive(Deserialize)]
pub(super) struct Wire {
    number: i64,
    html_url: Option<String>,
    #[serde(default)]
    title: String,
    body: Option<String>,
    state: Option<String>,
    draft: Option<bool>,
    #[serde(default, deserialize_with = "wire::time")]
    merged_at: Option<Time>,
    merge_commit_sha: Option<String>,
    base: Option<Branch>,
    user: Option<wire::User>,
    #[serde(default, deserialize_with = "wire::time")]
    updated_at: Option<Time>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "ref")]
    name: Option<String>,
    repo: Option<BranchRepository>,
}

#[derive(Deserialize)]
struct BranchRepository {
    full_name: Option<String>,
    default_branch: Option<String>,
}

impl PullRequest {
    fn read(wire: Wire, asked: &Repository) -> Self {
        let base = wire.base;
        let name = base.as_ref().and_then(|base| base.name.clone()).unwrap_or_default();
        let home = base.and_then(|base| base.repo);
        let full_name = home.as_ref().and_then(|home| home.full_name.as_deref());
        Self {
            repository: full_name.and_then(Repository::parse).unwrap_or_else(|| asked.clone()),
            number: wire.number,
            url: wire.html_url.unwrap_or_default(),
            title: wire.title,
            body: wire.body.unwrap_or_default(),
            open: wire.state.as_deref() == Some("open"),
            draft: wire.draft.unwrap_or(false),
            merged_at: wire.merged_at,
            // While a pull request is not merged, this field is a test merge that never reaches the branch.
            merge_sha: wire.merged_at.and(wire.merge_commit_sha).filter(|sha| !sha.is_empty()),
            base: name,
            default_branch: home.and_then(|home| home.default_branch),
            author_login: wire.user.and_then(|user| user.login),
            updated_at: wire.updated_at.unwrap_or(Time::from_seconds(0)),
        }
    }
}

impl Github {
    /// A pull request; `None` where there is none, or we may not see it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn pull_request(&self, repository: &Repository, number: i64) -> Result<Option<PullRequest>, Trouble> {
        let path = format!("/repos/{repository}/pulls/{number}");
        match self.transport().get::<Wire>(As::In(repository), path, "reading a pull request").await {
            Ok(wire) => {
                let mut pull = PullRequest::read(wire, repository);
                if pull.merged_at.is_some() && pull.merge_sha.is_none() {
                    pull.merge_sha = self.merge_commit(repository, number).await?;
                }
                Ok(Some(pull))
            }
            Err(Trouble::NotFound(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// The pull requests that can have to do with an issue of that age: the open ones, and the closed ones that changed
    /// since. The second value says whether all of them were read.
    pub(super) async fn pull_requests_since(
        &self,
        repository: &Repository,
        since: Time,
    ) -> Result<(Vec<PullRequest>, bool), Trouble> {
        let list = async |state: &str| {
            let query = format!("state={state}&sort=updated&direction=desc&per_page=100");
            let path = format!("/repos/{repository}/pulls?{query}");
            let older = |page: &[Wire]| page.last().is_some_and(|last| last.updated_at.is_some_and(|at| at < since));
            self.transport().list::<Wire>(As::In(repository), path, CLOSED_PAGES, "listing pull requests", older).await
        };
        let (mut all, closed_complete) = list("closed").await?;
        let (open, open_complete) = list("open").await?;
        all.extend(open);
        let pulls = all.into_iter().map(|wire| PullRequest::read(wire, repository));
        Ok((pulls.filter(|pull| pull.updated_at >= since).collect(), closed_complete && open_complete))
    }

    /// The merge commit from the pull request's `merged` event: newer versions of the API leave it out elsewhere.
    pub(super) async fn merge_commit(&self, repository: &Repository, number: i64) -> Result<Option<String>, Trouble> {
        #[derive(Deserialize)]
        struct Event {
            event: Option<String>,
            commit_id: Option<String>,
        }
        let path = format!("/repos/{repository}/issues/{number}/events?per_page=100");
        let doing = "reading a pull request's events";
        let (events, _) = self.transport().list::<Event>(As::In(repository), path, 3, doing, |_| false).await?;
        let merged = events.into_iter().rfind(|event| event.event.as_deref() == Some("merged"));
        Ok(merged.and_then(|event| event.commit_id))
    }
}
