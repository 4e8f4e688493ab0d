//! A repository's facts, and who may write in it.

use serde::Deserialize;

use super::{Github, segment, transport::As, trouble::Trouble};
use crate::model::issue::Repository;

/// What decides how we write into a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// GitHub's id: the same after a rename or a transfer.
    pub id: i64,
    /// Its name now; not the one asked for where it was renamed.
    pub full_name: Repository,
    /// Whether only its members can read it. Unknown counts as public: nothing private leaves by mistake (G6).
    pub private: bool,
    /// The branch that closing keywords act on.
    pub default_branch: String,
    /// Whether it has issues.
    pub issues_enabled: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// Whether we may write issues there, where GitHub says.
    pub may_write_issues: Option<bool>,
    /// Where people read it.
    pub url: String,
}

/// What a person may do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Everything.
    Admin,
    /// Push, and so give commands.
    Write,
    /// Read and comment.
    Read,
    /// Nothing.
    None,
}

impl Permission {
    /// Whether commands in comments are taken from them.
    pub fn may_write(self) -> bool {
        matches!(self, Self::Admin | Self::Write)
    }
}

#[derive(Deserialize)]
struct Wire {
    id: i64,
    full_name: Option<String>,
    html_url: Option<String>,
    #[serde(default)]
    private: bool,
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
    /// The repository, under its present name: renames are followed.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn repository(&self, name: &Repository) -> Result<RepositoryFacts, Trouble> {
        let path = format!("/repos/{name}");
        let wire: Wire = self.transport().get(As::In(name), path, "reading a repository").await?;
        let may_write_issues = if self.transport().is_app() {
            let installation = self.transport().installation(name).await?;
            Some(installation.permissions.get("issues").is_some_and(|level| level == "write"))
        } else {
            wire.permissions.map(|may| may.push || may.triage || may.maintain || may.admin)
        };
        Ok(RepositoryFacts {
            id: wire.id,
            full_name: wire.full_name.as_deref().and_then(Repository::parse).unwrap_or_else(|| name.clone()),
            private: wire.private,
            default_branch: wire.default_branch.unwrap_or_else(|| "main".to_owned()),
            issues_enabled: wire.has_issues.unwrap_or(true),
            archived: wire.archived,
            may_write_issues,
            url: wire.html_url.unwrap_or_default(),
        })
    }

    /// What this person may do in the repository.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn permission(&self, repository: &Repository, login: &str) -> Result<Permission, Trouble> {
        let path = format!("/repos/{repository}/collaborators/{}/permission", segment(login));
        let doing = "reading a person's permission";
        match self.transport().get::<PermissionWire>(As::In(repository), path, doing).await {
            Ok(wire) => Ok(match (wire.permission.as_deref(), wire.role_name.as_deref()) {
                (Some("admin"), _) => Permission::Admin,
                (Some("write" | "maintain"), _) | (None, Some("write" | "maintain" | "admin")) => Permission::Write,
                (Some("read" | "triage"), _) => Permission::Read,
                _ => Permission::None,
            }),
            Err(Trouble::NotFound(_)) => Ok(Permission::None),
            Err(trouble) => Err(trouble),
        }
    }
}
