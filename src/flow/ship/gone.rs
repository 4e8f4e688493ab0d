//! What counted as out and is not listed any more, though no webhook said so (G10, webhooks are hints).

use std::time::Duration;

use tracing::info;

use crate::{
    base::clock::Time,
    flow::{app::App, error::Stop, quota},
    model::release::{ReleaseCandidate, ReleaseSource},
    settings::RepositorySettings,
    store::releases,
    tracker::Tracker,
};

/// How long after shipping we still watch for a revert or a withdrawn release.
const SECOND_THOUGHTS: Duration = Duration::from_hours(14 * 24);
/// How long what waits for a person has its release watched beyond that. A draft that nobody looks at is not watched for ever.
const LEFT_LYING: Duration = Duration::from_hours(90 * 24);
/// How many are looked at by themselves in one look.
const LOOKED_AT: i64 = 50;
/// How many where only a part was listed, so that any of them may be in the rest.
const LOOKED_AT_OF_MANY: i64 = 5;

/// Since when releases are watched that are out, and since when those of which a draft, or what could not be sent, is left lying.
pub(super) fn watched_since(app: &App) -> (Time, Time) {
    let now = app.clock.now();
    (now.minus(SECOND_THOUGHTS), now.minus(LEFT_LYING))
}

/// The releases and tags that counted as out and are not listed any more. A list can lag or be cut off, so each is looked at by
/// itself before it counts as withdrawn. `complete` says whether everything was listed.
pub(super) async fn vanished(
    app: &App,
    tracker: &dyn Tracker,
    settings: &RepositorySettings,
    found: &[ReleaseCandidate],
    complete: bool,
) -> Result<Vec<String>, Stop> {
    let limit = match settings.release {
        // One that failed after it had succeeded is listed, and says so.
        ReleaseSource::Deployments => {
            return Ok(found.iter().filter(|one| one.draft).map(|one| one.external_id.clone()).collect());
        }
        ReleaseSource::Releases => LOOKED_AT,
        ReleaseSource::Tags if complete => LOOKED_AT,
        ReleaseSource::Tags => LOOKED_AT_OF_MANY,
        ReleaseSource::Milestone | ReleaseSource::Stated => return Ok(Vec::new()),
    };
    let since = watched_since(app);
    let mut conn = app.database.read().await?;
    let standing = releases::standing(&mut conn, settings.name.as_str(), settings.release, since, limit).await?;
    drop(conn);
    let mut vanished = Vec::new();
    for external_id in standing {
        if found.iter().any(|one| one.external_id == external_id && !one.draft) {
            continue;
        }
        let out = quota::call(app, tracker.is_out(&settings.name, &external_id)).await?;
        if !out {
            info!(repository = %settings.name, release = external_id, "A release is not out any more, and no webhook had said so");
            vanished.push(external_id);
        }
    }
    Ok(vanished)
}
