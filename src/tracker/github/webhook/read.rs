//! What to look at. A `GET` then reads the truth (G10, webhooks are hints).
//!
//! Nothing here is a closed list. An event or action that we do not know is [`TrackerHint::Ignored`] by name, and a
//! field that we do not need is not read. So duplicates, another order and new fields do no harm.

use serde_json::Value;

use crate::{
    base::json,
    model::{
        delivery::UnreadableDelivery,
        issue::{IssueRef, Repository},
        release::ReleaseSource,
        tracker::TrackerHint,
    },
    tracker::github::{
        keywords::{at_home, closed_issues},
        pulls::may_write,
        releases::external_id,
    },
};

/// What a verified webhook says.
///
/// # Errors
/// [`UnreadableDelivery`] if the body is not a JSON object or lacks what its event is about.
pub fn read(event: &str, body: &[u8]) -> Result<Vec<TrackerHint>, UnreadableDelivery> {
    let payload: Value = match json::read(body) {
        Ok(payload @ Value::Object(_)) => payload,
        Ok(_) => return Err(UnreadableDelivery("the body is JSON, but no object".to_owned())),
        Err(error) => {
            form(body).ok_or_else(|| UnreadableDelivery(format!("the body cannot be read: {}", json::why(&error))))?
        }
    };
    let payload = Payload(&payload);
    let action = payload.text("/action").unwrap_or_default();
    let hint = match event {
        "issues" => payload.issue(&action),
        "issue_comment" => payload.comment(&action),
        "pull_request" => payload.pull_request(&action),
        "release" => payload.release(&action),
        "create" | "delete" => payload.tag(event),
        "push" => payload.push(),
        "deployment_status" => payload.deployment(),
        "milestone" => payload.milestone(),
        "repository" => payload.repository_change(&action),
        _ => Some(ignored(event, &action)),
    };
    let hint = hint.ok_or_else(|| UnreadableDelivery(format!("a {event:?} webhook without what it is about")))?;
    Ok(vec![hint])
}

/// A webhook that is set to send forms has the JSON in `payload`.
fn form(body: &[u8]) -> Option<Value> {
    let (_, payload) = url::form_urlencoded::parse(body).find(|(name, _)| name == "payload")?;
    json::read(payload.as_bytes()).ok().filter(Value::is_object)
}

fn ignored(event: &str, action: &str) -> TrackerHint {
    let word =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect::<String>();
    let (event, action) = (word(event), word(action));
    TrackerHint::Ignored(if action.is_empty() { event } else { format!("{event}.{action}") })
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

    fn issue(&self, action: &str) -> Option<TrackerHint> {
        let at = IssueRef::new(self.repository()?, self.number("/issue/number")?);
        Some(match action {
            "deleted" | "transferred" => TrackerHint::IssueGone(at),
            _ => TrackerHint::Issue { at, body: self.text("/issue/body").unwrap_or_default() },
        })
    }

    fn comment(&self, action: &str) -> Option<TrackerHint> {
        let at = IssueRef::new(self.repository()?, self.number("/issue/number")?);
        let on_pull_request = self.0.pointer("/issue/pull_request").is_some_and(|value| !value.is_null());
        if on_pull_request || action == "deleted" {
            return Some(ignored("issue_comment", action));
        }
        let new = action == "created";
        Some(TrackerHint::Comment {
            at,
            comment: self.number("/comment/id")?,
            new,
            by_person: !(self.by_bot() || new && self.by_app("/comment")),
            body: self.text("/comment/body").unwrap_or_default(),
        })
    }

    /// Whether an App wrote it.
    fn by_app(&self, path: &str) -> bool {
        self.0.pointer(&format!("{path}/performed_via_github_app/id")).and_then(Value::as_u64).is_some()
    }

    /// Whether a robot did it. If the sender is not named, the author is asked about.
    fn by_bot(&self) -> bool {
        let actor = if self.0.pointer("/sender/login").is_some() { "/sender" } else { "/comment/user" };
        self.text(&format!("{actor}/type")).as_deref() == Some("Bot")
    }

    /// What somebody says who may not write in the repository changes nothing before it is merged, nor after: they could have each of
    /// the issues that they name looked at as often as they like.
    fn pull_request(&self, action: &str) -> Option<TrackerHint> {
        let repository = self.repository()?;
        self.number("/pull_request/number").or_else(|| self.number("/number"))?;
        let (association, kind) = (self.text("/pull_request/author_association"), self.text("/pull_request/user/type"));
        let merged = action == "closed" && self.0.pointer("/pull_request/merged_at").is_some_and(|at| !at.is_null());
        if association.is_some() && !merged && !may_write(association.as_deref(), kind.as_deref()) {
            return Some(ignored("pull_request", action));
        }
        let url = self.text("/pull_request/html_url");
        let body = at_home(&self.text("/pull_request/body").unwrap_or_default(), url.as_deref());
        Some(TrackerHint::PullRequest { closes: closed_issues(&body, &repository), repository })
    }

    fn release(&self, action: &str) -> Option<TrackerHint> {
        let (repository, id) = (self.repository()?, self.number("/release/id")?);
        Some(match action {
            "deleted" | "unpublished" => TrackerHint::ReleaseWithdrawn { repository, external_id: external_id(id) },
            _ => TrackerHint::Release { repository, source: ReleaseSource::Releases },
        })
    }

    fn tag(&self, event: &str) -> Option<TrackerHint> {
        if self.text("/ref_type")? != "tag" {
            return Some(ignored(event, ""));
        }
        Some(TrackerHint::Release { repository: self.repository()?, source: ReleaseSource::Tags })
    }

    fn push(&self) -> Option<TrackerHint> {
        let repository = self.repository()?;
        let of_a_tag = self.text("/ref")?.starts_with("refs/tags/");
        let tag = TrackerHint::Release { repository, source: ReleaseSource::Tags };
        Some(if of_a_tag { tag } else { ignored("push", "") })
    }

    fn deployment(&self) -> Option<TrackerHint> {
        self.text("/deployment/sha")?;
        Some(TrackerHint::Release { repository: self.repository()?, source: ReleaseSource::Deployments })
    }

    fn milestone(&self) -> Option<TrackerHint> {
        Some(TrackerHint::Release { repository: self.repository()?, source: ReleaseSource::Milestone })
    }

    fn repository_change(&self, action: &str) -> Option<TrackerHint> {
        let repository = self.repository()?;
        let renamed_from = match action {
            "renamed" => {
                let from = self.text("/changes/repository/name/from")?;
                Some(Repository::parse(&format!("{}/{from}", repository.owner()))?)
            }
            "transferred" => {
                let owner = ["user", "organization"]
                    .iter()
                    .find_map(|kind| self.text(&format!("/changes/owner/from/{kind}/login")))?;
                Some(Repository::parse(&format!("{owner}/{}", repository.name()))?)
            }
            "publicized" | "privatized" | "archived" | "unarchived" | "deleted" => None,
            _ => return Some(ignored("repository", action)),
        };
        Some(TrackerHint::Repository { repository, renamed_from })
    }
}

#[cfg(test)]
mod tests;
