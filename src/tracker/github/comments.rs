//! Comments on issues: written once, found again by their marker, and read for commands.

use serde::Deserialize;
use serde_json::json;

use super::{classify::failed, client::Github, transport::As, wire};
use crate::{
    base::clock::Time,
    model::{
        issue::{CommentSnapshot, IssueRef},
        tracker::error::{CallFault, TrackerError},
    },
    tracker::Marker,
};

/// How many pages of a hundred comments are read of one issue.
const PAGES: usize = 30;

#[derive(Deserialize)]
struct CommentWire {
    id: i64,
    user: Option<wire::UserWire>,
    performed_via_github_app: Option<wire::AppWire>,
    body: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
}

impl From<CommentWire> for CommentSnapshot {
    fn from(wire: CommentWire) -> Self {
        let by_bot = wire.user.as_ref().is_some_and(wire::UserWire::is_bot);
        let by_app = wire.performed_via_github_app.is_some_and(|app| app.id.is_some());
        Self {
            external_id: wire.id,
            author: wire.user.and_then(|user| user.login),
            by_person: !by_bot && !by_app,
            body: wire.body.unwrap_or_default(),
            created_at: wire.created_at.unwrap_or(Time::from_seconds(0)),
        }
    }
}

impl Github {
    /// Writes a comment with exactly one `POST`, and returns its id.
    pub async fn post_comment(&self, at: &IssueRef, body: &str) -> Result<i64, TrackerError> {
        let path = format!("/repos/{}/issues/{}/comments", at.repository, at.number);
        let written: CommentWire =
            self.post(&at.repository, path, &json!({ "body": body }), "writing a comment").await?;
        Ok(written.id)
    }

    /// The id of the comment with this marker of ours: what we wrote comes before a copy, then the oldest.
    pub async fn search_comment(
        &self,
        at: &IssueRef,
        marker: &Marker,
        since: Time,
    ) -> Result<Option<i64>, TrackerError> {
        let (comments, complete) = self.list_comments(at, since).await?;
        let mut carriers: Vec<CommentSnapshot> =
            comments.into_iter().filter(|comment| marker.is_in(&comment.body)).collect();
        if carriers.len() > 1 {
            let us = self.login().await?;
            carriers.sort_by_key(|comment| {
                (comment.author.as_deref() != Some(us), comment.created_at, comment.external_id)
            });
        }
        let found = carriers.into_iter().next();
        if found.is_none() && !complete {
            let fault = CallFault::TooManyComments(at.clone());
            return Err(TrackerError::Unclear(failed("looking for a comment by its marker", fault)));
        }
        Ok(found.map(|comment| comment.external_id))
    }

    /// The comments written or changed since then, oldest first, and whether that is all of them.
    pub async fn list_comments(
        &self,
        at: &IssueRef,
        since: Time,
    ) -> Result<(Vec<CommentSnapshot>, bool), TrackerError> {
        let IssueRef { repository, number } = at;
        let since = wire::seconds(since);
        let path = format!("/repos/{repository}/issues/{number}/comments?per_page=100&since={since}");
        let doing = "listing comments";
        let (all, complete) =
            self.transport().list::<CommentWire>(As::In(repository), path, PAGES, doing, |_| false).await?;
        let mut comments: Vec<CommentSnapshot> = all.into_iter().map(CommentSnapshot::from).collect();
        comments.sort_by_key(|comment| (comment.created_at, comment.external_id));
        Ok((comments, complete))
    }
}
