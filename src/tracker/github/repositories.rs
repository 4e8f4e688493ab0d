//! A repository's facts, and who may write in it.

use serde::Deserialize;

use super::{client::Github, path::segment, transport::As};
use crate::model::{
    issue::Repository,
    tracker::{Permission, RepositoryFacts, error::TrackerError},
};

#[derive(Deserialize)]
struct RepositoryWire {
    id: Option<i64>,
    full_name: Option<String>,
    private: Option<bool>,
    visibility: Option<String>,
    default_branch: Option<String>,
    has_issues: Option<bool>,
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "GitHub's own shape")]
struct Permissions {
    push: bool,
    triage: bool,
    maintain: bool,
    admin: bool,
}

#[derive(Deserialize)]
struct PermissionWire {
    permission: Option<String>,
    role_name: Option<String>,
}

impl Github {
    /// The repository under its present name. Renames are followed.
    pub async fn read_repository(&self, name: &Repository) -> Result<RepositoryFacts, TrackerError> {
        let path = format!("/repos/{name}");
        let wire: RepositoryWire = self.transport().get(As::In(name), path, "reading a repository").await?;
        let may_write_issues = if self.transport().is_app() {
            let installation = self.transport().installation(name).await?;
            Some(installation.permissions.get("issues").is_some_and(|level| level == "write"))
        } else {
            wire.permissions.map(|may| may.push || may.triage || may.maintain || may.admin)
        };
        Ok(RepositoryFacts {
            name: wire.full_name.as_deref().and_then(Repository::parse).unwrap_or_else(|| name.clone()),
            external_id: wire.id,
            private: match (wire.private, wire.visibility.as_deref()) {
                (Some(false), Some("private" | "internal")) => None,
                (private, _) => private,
            },
            default_branch: wire.default_branch.unwrap_or_else(|| "main".to_owned()),
            issues_enabled: wire.has_issues.unwrap_or(true),
            archived: wire.archived,
            may_write_issues,
        })
    }

    /// What the repository of this id is called now, asked by whoever may act in what was called `before`.
    pub async fn read_name(&self, id: i64, before: &Repository) -> Result<Option<Repository>, TrackerError> {
        let path = format!("/repositories/{id}");
        match self.transport().get::<RepositoryWire>(As::In(before), path, "reading a repository by its id").await {
            Ok(wire) => Ok(wire.full_name.as_deref().and_then(Repository::parse)),
            Err(TrackerError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What this person may do in the repository.
    pub async fn read_permission(&self, repository: &Repository, login: &str) -> Result<Permission, TrackerError> {
        let path = format!("/repos/{repository}/collaborators/{}/permission", segment(login));
        let doing = "reading a person's permission";
        match self.transport().get::<PermissionWire>(As::In(repository), path, doing).await {
            Ok(wire) => Ok(match (wire.permission.as_deref(), wire.role_name.as_deref()) {
                (Some("admin"), _) => Permission::Admin,
                (Some("write" | "maintain"), _) | (None, Some("write" | "maintain" | "admin")) => Permission::Write,
                (Some("read" | "triage"), _) => Permission::Read,
                _ => Permission::None,
            }),
            Err(TrackerError::NotFound(_)) => Ok(Permission::None),
            Err(error) => Err(error),
        }
    }
}
