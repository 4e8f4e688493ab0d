//! Comments on issues: written once, found again by their marker, read for commands.

use serde::Deserialize;
use serde_json::json;

use super::{Github, Marker, transport::As, trouble::Trouble, wire};
use crate::{base::clock::Time, model::issue::Repository};

/// How many pages of a hundred comments of one issue are read.
const PAGES: usize = 30;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// GitHub's id.
    pub id: i64,
    /// Where people read it.
    pub url: String,
    /// Who wrote it; absent for deleted accounts.
    pub author_login: Option<String>,
    /// Through which GitHub App.
    pub author_app_id: Option<u64>,
    /// Whether a robot wrote it.
    pub author_is_bot: bool,
    /// The text.
    pub body: String,
    /// When.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

#[derive(Deserialize)]
struct Wire {
    id: i64,
    html_url: Option<String>,
    user: Option<wire::User>,
    performed_via_github_app: Option<wire::App>,
    body: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
    #[serde(default, deserialize_with = "wire::time")]
    updated_at: Option<Time>,
}

impl From<Wire> for Comment {
    fn from(wire: Wire) -> Self {
        let created_at = wire.created_at.unwrap_or(Time::from_seconds(0));
        Self {
            id: wire.id,
            url: wire.html_url.unwrap_or_default(),
            author_is_bot: wire.user.as_ref().is_some_and(wire::User::is_bot),
            author_login: wire.user.and_then(|user| user.login),
            author_app_id: wire.performed_via_github_app.and_then(|app| app.id),
            body: wire.body.unwrap_or_default(),
            created_at,
            updated_at: wire.updated_at.unwrap_or(created_at),
        }
    }
}

impl Github {
    /// Writes a comment with exactly one `POST`; the answer is its id.
    ///
    /// # Errors
    /// After [`Trouble::Unclear`] it may exist: [`Github::find_comment`] says.
    pub async fn comment(&self, repository: &Repository, number: i64, body: &str) -> Result<i64, Trouble> {
        let path = format!("/repos/{repository}/issues/{number}/comments");
        let written: Wire = self.post(repository, path, &json!({ "body": body }), "writing a comment").await?;
        Ok(written.id)
    }

    /// The id of the comment that carries this marker of ours: the oldest of them, ours before a copy.
    ///
    /// # Errors
    /// [`Trouble::Unclear`] also when there were too many comments to be sure.
    pub async fn find_comment(
        &self,
        repository: &Repository,
        number: i64,
        marker: &Marker,
        since: Time,
    ) -> Result<Option<i64>, Trouble> {
        let (comments, complete) = self.comments(repository, number, since).await?;
        let mut carriers: Vec<Comment> = comments.into_iter().filter(|comment| marker.is_in(&comment.body)).collect();
        if carriers.len() > 1 {
            let us = self.login().await?;
            carriers
                .sort_by_key(|comment| (comment.author_login.as_deref() != Some(us), comment.created_at, comment.id));
        }
        let found = carriers.into_iter().next();
        if found.is_none() && !complete {
            return Err(Trouble::Unclear(format!("{repository}#{number} has too many comments to look for one")));
        }
        Ok(found.map(|comment| comment.id))
    }

    /// The comments written or changed since then, oldest first.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn comments_since(
        &self,
        repository: &Repository,
        number: i64,
        since: Time,
    ) -> Result<Vec<Comment>, Trouble> {
        Ok(self.comments(repository, number, since).await?.0)
    }

    async fn comments(
        &self,
        repository: &Repository,
        number: i64,
        since: Time,
    ) -> Result<(Vec<Comment>, bool), Trouble> {
        let path = format!(
            "/repos/{repository}/issues/{number}/comments?per_page=100&since={}",
            super::issues::seconds(since)
        );
        let doing = "listing comments";
        let (all, complete) = self.transport().list::<Wire>(As::In(repository), path, PAGES, doing, |_| false).await?;
        let mut comments: Vec<Comment> = all.into_iter().map(Comment::from).collect();
        comments.sort_by_key(|comment| (comment.created_at, comment.id));
        Ok((comments, complete))
    }
}
