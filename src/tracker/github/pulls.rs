//! Pull requests, as far as they carry fixes.

use serde::Deserialize;

use super::{client::Github, keywords, transport::As, wire};
use crate::{
    base::clock::Time,
    model::{
        fix::{PullRequest, PullRequestRef},
        issue::Repository,
        tracker::error::TrackerError,
    },
};

/// How many pages of a hundred closed pull requests are read, back towards an issue's creation.
const CLOSED_PAGES: usize = 5;

#[derive(Deserialize)]
struct PullRequestWire {
    number: i64,
    #[serde(default)]
    title: String,
    body: Option<String>,
    state: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    merged_at: Option<Time>,
    merge_commit_sha: Option<String>,
    base: Option<PullBranch>,
    head: Option<PullBranch>,
    author_association: Option<String>,
    html_url: Option<String>,
    user: Option<PullAuthor>,
    #[serde(default, deserialize_with = "wire::time")]
    updated_at: Option<Time>,
}

#[derive(Deserialize)]
struct PullAuthor {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Whether GitHub's word for an author, in either API, is one of who may write in the repository, or the author is an App that was
/// installed there. A member whose membership is hidden may be called a contributor: then the tracker's own act decides.
pub(super) fn may_write(association: Option<&str>, kind: Option<&str>) -> bool {
    matches!(association, Some("OWNER" | "MEMBER" | "COLLABORATOR")) || kind == Some("Bot")
}

#[derive(Deserialize)]
struct PullBranch {
    #[serde(rename = "ref")]
    name: Option<String>,
    repo: Option<PullRepository>,
}

#[derive(Deserialize)]
struct PullRepository {
    full_name: Option<String>,
    default_branch: Option<String>,
}

fn read(wire: PullRequestWire, asked: &Repository) -> PullRequest {
    let base = wire.base;
    let name = base.as_ref().and_then(|base| base.name.clone()).unwrap_or_default();
    let home = base.and_then(|base| base.repo);
    let full_name = home.as_ref().and_then(|home| home.full_name.as_deref());
    let repository = full_name.and_then(Repository::parse).unwrap_or_else(|| asked.clone());
    let own = |head: &PullBranch| {
        let of = head.repo.as_ref().and_then(|repo| repo.full_name.as_deref()).and_then(Repository::parse);
        of.is_some_and(|of| of.is(&repository))
    };
    let head = wire.head.filter(own).and_then(|head| head.name);
    PullRequest {
        by_writer: may_write(
            wire.author_association.as_deref(),
            wire.user.as_ref().and_then(|user| user.kind.as_deref()),
        ),
        says: keywords::claims(&wire.title, &wire.body.unwrap_or_default(), &repository, wire.html_url.as_deref()),
        at: PullRequestRef { repository, number: wire.number },
        title: wire.title,
        open: wire.state.as_deref() == Some("open"),
        merged_at: wire.merged_at,
        // Before a pull request is merged, this field is a test merge that never reaches the branch.
        merge_sha: wire.merged_at.and(wire.merge_commit_sha).filter(|sha| !sha.is_empty()),
        base: name,
        head,
        default_branch: home.and_then(|home| home.default_branch),
    }
}

impl Github {
    /// A pull request. `None` if it does not exist or we may not see it.
    pub async fn pull_request(&self, at: &PullRequestRef) -> Result<Option<PullRequest>, TrackerError> {
        let path = format!("/repos/{}/pulls/{}", at.repository, at.number);
        match self.transport().get::<PullRequestWire>(As::In(&at.repository), path, "reading a pull request").await {
            Ok(wire) => {
                let mut pull = read(wire, &at.repository);
                if pull.merged_at.is_some() && pull.merge_sha.is_none() {
                    pull.merge_sha = self.merge_commit(at).await?;
                }
                Ok(Some(pull))
            }
            Err(TrackerError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The person who merged a pull request. `None` for a machine, which may close an issue at a merge without the merge having to do with
    /// it, for a deleted account, and where it is not known.
    pub async fn merger(&self, at: &PullRequestRef) -> Result<Option<String>, TrackerError> {
        #[derive(Deserialize)]
        struct MergedPull {
            merged_by: Option<wire::UserWire>,
        }
        let path = format!("/repos/{}/pulls/{}", at.repository, at.number);
        match self.transport().get::<MergedPull>(As::In(&at.repository), path, "reading a pull request").await {
            Ok(wire) => Ok(wire.merged_by.filter(|user| !user.is_machine()).and_then(|user| user.login)),
            Err(TrackerError::NotFound(_) | TrackerError::Unauthorized(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The pull requests that can have to do with an issue of that age: the open ones, and the closed ones that changed
    /// since. The second value says whether all of them were read.
    pub async fn pull_requests_since(
        &self,
        repository: &Repository,
        since: Time,
    ) -> Result<(Vec<PullRequest>, bool), TrackerError> {
        let list = async |state: &str| {
            let query = format!("state={state}&sort=updated&direction=desc&per_page=100");
            let path = format!("/repos/{repository}/pulls?{query}");
            let older =
                |page: &[PullRequestWire]| page.last().is_some_and(|last| last.updated_at.is_some_and(|at| at < since));
            let recent =
                |wire: PullRequestWire| wire.updated_at.is_some_and(|at| at >= since).then(|| read(wire, repository));
            let doing = "listing pull requests";
            self.transport().list_whole(As::In(repository), path, CLOSED_PAGES, doing, older, recent).await
        };
        let (mut all, closed_complete) = list("closed").await?;
        let (open, open_complete) = list("open").await?;
        all.extend(open);
        Ok((all, closed_complete && open_complete))
    }

    /// The merge commit, from the pull request's `merged` event. Newer versions of the API leave it out elsewhere.
    pub async fn merge_commit(&self, at: &PullRequestRef) -> Result<Option<String>, TrackerError> {
        #[derive(Deserialize)]
        struct MergeEvent {
            event: Option<String>,
            commit_id: Option<String>,
        }
        let path = format!("/repos/{}/issues/{}/events?per_page=100", at.repository, at.number);
        let doing = "reading a pull request's events";
        let (events, _) =
            self.transport().list::<MergeEvent>(As::In(&at.repository), path, 3, doing, |_| false).await?;
        let merged = events.into_iter().rfind(|event| event.event.as_deref() == Some("merged"));
        Ok(merged.and_then(|event| event.commit_id))
    }
}
