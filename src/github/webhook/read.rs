//! Which thing to look at: a webhook is a hint, and the truth is read with a `GET` (G10).
//!
//! Nothing here is a closed list: an event or action we do not know is [`Hint::Ignored`] by name, and a field we do not
//! need is not read. So duplicates, reordering and new fields are harmless.

use serde_json::Value;

use crate::{
    github::wire::tail,
    model::issue::{IssueState, Repository},
};

/// A body that is no webhook of GitHub's: kept, shown with this reason, replayable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// Who did it, to know our own writing again (G7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// The login; absent for deleted accounts.
    pub login: Option<String>,
    /// The GitHub App through which it was written: only known when something new was written, for an issue keeps its
    /// App when a person closes it.
    pub app: Option<u64>,
    /// Whether it is a robot.
    pub bot: bool,
}

/// Which thing may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// An issue.
    Issue {
        /// Where.
        repository: Repository,
        /// Which.
        number: i64,
        /// GitHub's id of the issue.
        id: i64,
        /// GitHub's word for what happened: `opened`, `closed`, or one that is new.
        action: String,
        /// Who did it.
        by: By,
        /// The body, where our marker may stand: an issue whose creation was unclear is adopted by it (G3).
        body: String,
    },
    /// An issue went elsewhere.
    IssueMoved {
        /// From where.
        from: Repository,
        /// Which, there.
        from_number: i64,
        /// To where.
        to: Repository,
        /// Which, there.
        to_number: i64,
    },
    /// An issue was deleted.
    IssueDeleted {
        /// Where.
        repository: Repository,
        /// Which.
        number: i64,
    },
    /// A comment on an issue was written or changed.
    Comment {
        /// Where.
        repository: Repository,
        /// The issue.
        number: i64,
        /// The comment.
        comment_id: i64,
        /// Whether it is new; a command is taken once, from a new one.
        new: bool,
        /// Who wrote it.
        by: By,
        /// The text.
        body: String,
    },
    /// A pull request.
    PullRequest {
        /// Where.
        repository: Repository,
        /// Which.
        number: i64,
        /// Whether it is merged.
        merged: bool,
        /// Whether it is open.
        open: bool,
        /// Its text, where the closing keywords stand.
        body: String,
    },
    /// A release came out or changed; its flags are read with a `GET`.
    Release {
        /// Where.
        repository: Repository,
        /// GitHub's id.
        id: i64,
        /// Its tag.
        tag: String,
    },
    /// A release was deleted or made a draft again.
    ReleaseWithdrawn {
        /// Where.
        repository: Repository,
        /// GitHub's id.
        id: i64,
        /// Its tag.
        tag: String,
    },
    /// A tag was made, moved or deleted.
    Tag {
        /// Where.
        repository: Repository,
        /// Its name.
        name: String,
        /// Whether it is gone.
        deleted: bool,
    },
    /// Commits reached the default branch: one may carry a closing keyword.
    Push {
        /// Where.
        repository: Repository,
    },
    /// A deployment changed its state.
    Deployment {
        /// Where.
        repository: Repository,
        /// Where to.
        environment: String,
        /// The commit.
        sha: String,
        /// GitHub's word: `success`, `failure`, or one that is new.
        state: String,
    },
    /// A GitHub milestone was closed or reopened.
    Milestone {
        /// Where.
        repository: Repository,
        /// Its number.
        number: i64,
        /// Its title.
        title: String,
        /// Open or closed.
        state: IssueState,
    },
    /// The repository itself changed.
    Repository {
        /// Its name now.
        repository: Repository,
        /// How.
        change: RepositoryChange,
    },
    /// The App was installed, removed or changed somewhere: what we may do has changed.
    Installation {
        /// GitHub's id.
        id: u64,
        /// GitHub's word for what happened.
        action: String,
    },
    /// Nothing that concerns us, by its name: `star.created`.
    Ignored(String),
}

/// How a repository changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryChange {
    /// It had this name.
    Renamed(Repository),
    /// Everybody can read it now: what may stand in its issues has changed (G6).
    Publicized,
    /// Only its members can read it now.
    Privatized,
    /// It is read-only now, or no more.
    Archived(bool),
    /// It is gone.
    Deleted,
}

/// What a verified webhook says.
///
/// # Errors
/// [`Unreadable`] when the body is no JSON object, or lacks what its event is about.
pub fn read(event: &str, body: &[u8]) -> Result<Vec<Hint>, Unreadable> {
    let payload: Value = match serde_json::from_slice(body) {
        Ok(payload @ Value::Object(_)) => payload,
        Ok(_) => return Err(Unreadable("the body is JSON, but no object".to_owned())),
        Err(error) => form(body).ok_or_else(|| Unreadable(format!("the body is no JSON: {error}")))?,
    };
    let payload = Payload(&payload);
    let action = payload.text("/action").unwrap_or_default();
    let hint = match event {
        "issues" => payload.issue(&action),
        "issue_comment" => payload.comment(&action),
        "pull_request" => payload.pull_request(),
        "release" => payload.release(&action),
        "create" | "delete" => payload.tag(event),
        "push" => payload.push(),
        "deployment_status" => payload.deployment(),
        "milestone" => payload.milestone(),
        "repository" => payload.repository_change(&action),
        "installation" | "installation_repositories" | "installation_target" => payload.installation(&action),
        _ => Some(ignored(event, &action)),
    };
    let hint = hint.ok_or_else(|| Unreadable(format!("a {event:?} webhook without what it is about")))?;
    Ok(vec![hint])
}

/// A webhook set to send forms carries the JSON in `payload`.
fn form(body: &[u8]) -> Option<Value> {
    let (_, json) = url::form_urlencoded::parse(body).find(|(name, _)| name == "payload")?;
    serde_json::from_str(&json).ok().filter(Value::is_object)
}

fn ignored(event: &str, action: &str) -> Hint {
    let word =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect::<String>();
    let (event, action) = (word(event), word(action));
    Hint::Ignored(if action.is_empty() { event } else { format!("{event}.{action}") })
}

struct Payload<'p>(&'p Value);

impl Payload<'_> {
    fn text(&self, path: &str) -> Option<String> {
        self.0.pointer(path).and_then(Value::as_str).map(str::to_owned)
    }

    fn number(&self, path: &str) -> Option<i64> {
        self.0.pointer(path).and_then(Value::as_i64)
    }

    fn repository(&self) -> Option<Repository> {
        Repository::parse(&self.text("/repository/full_name")?)
    }

    /// Who did it; the App only where `written` just now.
    fn by(&self, path: &str, written: bool) -> By {
        let app = format!("{path}/performed_via_github_app/id");
        let app = self.0.pointer(&app).and_then(Value::as_u64).filter(|_| written);
        let actor =
            if self.0.pointer("/sender/login").is_some() { "/sender".to_owned() } else { format!("{path}/user") };
        By {
            login: self.text(&format!("{actor}/login")),
            app,
            bot: self.text(&format!("{actor}/type")).as_deref() == Some("Bot"),
        }
    }

    fn issue(&self, action: &str) -> Option<Hint> {
        let repository = self.repository()?;
        let number = self.number("/issue/number")?;
        if action == "deleted" {
            return Some(Hint::IssueDeleted { repository, number });
        }
        if action == "transferred" {
            let to = self.text("/changes/new_repository/full_name").and_then(|name| Repository::parse(&name));
            let to = to.or_else(|| tail(&self.text("/changes/new_issue/repository_url")?, 2));
            let to_number = self.number("/changes/new_issue/number");
            if let (Some(to), Some(to_number)) = (to, to_number) {
                return Some(Hint::IssueMoved { from: repository, from_number: number, to, to_number });
            }
        }
        Some(Hint::Issue {
            repository,
            number,
            id: self.number("/issue/id").unwrap_or_default(),
            action: action.to_owned(),
            by: self.by("/issue", action == "opened"),
            body: self.text("/issue/body").unwrap_or_default(),
        })
    }

    fn comment(&self, action: &str) -> Option<Hint> {
        let repository = self.repository()?;
        let number = self.number("/issue/number")?;
        let on_pull_request = self.0.pointer("/issue/pull_request").is_some_and(|value| !value.is_null());
        if on_pull_request || action == "deleted" {
            return Some(ignored("issue_comment", action));
        }
        Some(Hint::Comment {
            repository,
            number,
            comment_id: self.number("/comment/id")?,
            new: action == "created",
            by: self.by("/comment", action == "created"),
            body: self.text("/comment/body").unwrap_or_default(),
        })
    }

    fn pull_request(&self) -> Option<Hint> {
        Some(Hint::PullRequest {
            repository: self.repository()?,
            number: self.number("/pull_request/number").or_else(|| self.number("/number"))?,
            merged: self.0.pointer("/pull_request/merged").and_then(Value::as_bool).unwrap_or(false)
                || self.text("/pull_request/merged_at").is_some(),
            open: self.text("/pull_request/state").as_deref() == Some("open"),
            body: self.text("/pull_request/body").unwrap_or_default(),
        })
    }

    fn release(&self, action: &str) -> Option<Hint> {
        let (repository, id) = (self.repository()?, self.number("/release/id")?);
        let tag = self.text("/release/tag_name").unwrap_or_default();
        Some(match action {
            "deleted" | "unpublished" => Hint::ReleaseWithdrawn { repository, id, tag },
            _ => Hint::Release { repository, id, tag },
        })
    }

    fn tag(&self, event: &str) -> Option<Hint> {
        if self.text("/ref_type")? != "tag" {
            return Some(ignored(event, ""));
        }
        let deleted = event == "delete";
        Some(Hint::Tag { repository: self.repository()?, name: self.text("/ref")?, deleted })
    }

    fn push(&self) -> Option<Hint> {
        let repository = self.repository()?;
        let reference = self.text("/ref")?;
        if let Some(name) = reference.strip_prefix("refs/tags/") {
            let deleted = self.0.pointer("/deleted").and_then(Value::as_bool).unwrap_or(false);
            return Some(Hint::Tag { repository, name: name.to_owned(), deleted });
        }
        let default = self.text("/repository/default_branch");
        let on_default = default.is_some() && reference.strip_prefix("refs/heads/") == default.as_deref();
        Some(if on_default { Hint::Push { repository } } else { ignored("push", "") })
    }

    fn deployment(&self) -> Option<Hint> {
        Some(Hint::Deployment {
            repository: self.repository()?,
            environment: self
                .text("/deployment_status/environment")
                .or_else(|| self.text("/deployment/environment"))
                .unwrap_or_default(),
            sha: self.text("/deployment/sha")?,
            state: self.text("/deployment_status/state").unwrap_or_default(),
        })
    }

    fn milestone(&self) -> Option<Hint> {
        Some(Hint::Milestone {
            repository: self.repository()?,
            number: self.number("/milestone/number")?,
            title: self.text("/milestone/title").unwrap_or_default(),
            state: crate::github::wire::state(self.text("/milestone/state").as_deref()),
        })
    }

    fn repository_change(&self, action: &str) -> Option<Hint> {
        let repository = self.repository()?;
        let change = match action {
            "renamed" => {
                let from = self.text("/changes/repository/name/from")?;
                RepositoryChange::Renamed(Repository::parse(&format!("{}/{from}", repository.owner()))?)
            }
            "transferred" => {
                let owner = ["user", "organization"]
                    .iter()
                    .find_map(|kind| self.text(&format!("/changes/owner/from/{kind}/login")))?;
                let name = repository.as_str().split_once('/')?.1;
                RepositoryChange::Renamed(Repository::parse(&format!("{owner}/{name}"))?)
            }
            "publicized" => RepositoryChange::Publicized,
            "privatized" => RepositoryChange::Privatized,
            "archived" => RepositoryChange::Archived(true),
            "unarchived" => RepositoryChange::Archived(false),
            "deleted" => RepositoryChange::Deleted,
            _ => return Some(ignored("repository", action)),
        };
        Some(Hint::Repository { repository, change })
    }

    fn installation(&self, action: &str) -> Option<Hint> {
        let id = self.0.pointer("/installation/id").and_then(Value::as_u64)?;
        Some(Hint::Installation { id, action: action.to_owned() })
    }
}

#[cfg(test)]
mod tests;
