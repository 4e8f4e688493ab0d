//! What CI states: that a version is out. Whether a fix is in it is still compared.

use crate::{
    base::limits,
    flow::{app::App, error::Error, ship},
    model::{
        decision::Actor,
        id::ReleaseId,
        key,
        refusal::Refusal,
        release::{Release, ReleaseSource},
    },
    store::{audit, releases},
};

/// What CI says about a version.
#[derive(Clone, Debug)]
pub struct StatedRelease {
    /// `owner/name`.
    pub repository: String,
    /// The version in words for people.
    pub version: String,
    /// Its commit.
    pub sha: String,
    /// The component of a repository that is released component by component.
    pub component: Option<String>,
    /// Where it was deployed.
    pub environment: Option<String>,
    /// Where to read about it.
    pub url: Option<String>,
}

/// CI states that a version is out. Whether it contains the fixes is still checked.
pub async fn state_release(app: &App, stated: StatedRelease, actor: &Actor) -> Result<ReleaseId, Error> {
    let settings =
        app.repository(&stated.repository).ok_or_else(|| Refusal::RepositoryUnknown(stated.repository.clone()))?;
    let is_sha = (7..=64).contains(&stated.sha.len()) && stated.sha.chars().all(|c| c.is_ascii_hexdigit());
    if !is_sha || stated.version.trim().is_empty() {
        return Err(Refusal::ReleaseIncomplete.into());
    }
    let now = app.clock.now();
    let external = format!(
        "stated:{}:{}:{}",
        stated.version,
        stated.component.as_deref().unwrap_or_default(),
        stated.environment.as_deref().unwrap_or_default()
    );
    if !key::fits(&external) {
        return Err(Refusal::ReleaseOutOfBounds { most: limits::KEY_CHARACTERS }.into());
    }
    let release = Release {
        id: ReleaseId::generate(now),
        repository: settings.name.to_string(),
        version: stated.version,
        sha: Some(stated.sha.to_lowercase()),
        url: stated.url,
        component: stated.component,
        environment: stated.environment,
        prerelease: false,
        marked: false,
        moved: false,
        bare: false,
        source: ReleaseSource::Stated,
        published_at: now,
        withdrawn_at: None,
    };
    let mut tx = app.database.begin().await?;
    let (id, _) = releases::put(&mut tx, &release, &external).await?;
    ship::reconsider(app, &mut tx, &settings.name).await?;
    let version = (None, Some(release.version.as_str()));
    audit::change(&mut tx, actor, "state_release", &release.repository, version, now).await?;
    tx.commit().await?;
    Ok(id)
}
