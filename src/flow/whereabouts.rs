//! Whereabouts: where a topic's issue is now, and whether a name still means the issue or the repository that it did.
//!
//! A tracker leads from a repository's old name to its present one until somebody gives the old name to another repository; GitHub says
//! so of its redirects, and the owner's name can be taken as well (`packagecontrol/thecrawl#22`). From then on that repository's issues
//! have the names and numbers of ours. So an issue is known by its id (G5, shipped means in users' hands; G6, nothing private leaves).

use tracing::warn;

use super::{
    app::App,
    error::{Error, Stop},
    quota,
};
use crate::{
    model::{
        issue::{IssueIdentity, IssueLookup, IssueRef, IssueSnapshot, Repository},
        tracker::RepositoryFacts,
    },
    store::{Session, Tx, failures, known_repositories},
    tracker::Tracker,
};

/// Under which name it is shown that another repository has a name of the settings.
pub const REPLACED: &str = "replaced";

/// Where a topic's issue is.
pub enum Whereabouts {
    /// Where it was.
    Here(IssueSnapshot),
    /// Elsewhere: it was transferred, or its repository has another name.
    Moved(IssueSnapshot),
    /// Nowhere: it was deleted, or we may not see it any more.
    Gone,
    /// Nowhere that is known, and what has its name and number is another issue.
    Taken,
}

/// Looks for the issue of a topic where it was last, and wherever the tracker leads from there. The first call has to be admitted.
pub async fn find(
    app: &App,
    tracker: &dyn Tracker,
    identity: IssueIdentity,
    at: &IssueRef,
) -> Result<Whereabouts, Stop> {
    match quota::call(app, tracker.issue(at)).await? {
        IssueLookup::Here(found) if !identity.is_another(&found) => Ok(Whereabouts::Here(found)),
        IssueLookup::Here(found) => {
            warn!(issue = %at, id = found.external_id, "An issue of another repository has the name and number of a topic's");
            by_its_repository(app, tracker, identity, at, Whereabouts::Taken).await
        }
        IssueLookup::Moved(there) => {
            let IssueLookup::Here(found) = quota::call(app, tracker.issue(&there)).await? else {
                return Ok(Whereabouts::Gone);
            };
            // A transferred issue gets another id. Whoever took the name may have transferred one of theirs.
            if !identity.is_another(&found) || has_its_name_still(app, tracker, identity, at).await? {
                return Ok(Whereabouts::Moved(found));
            }
            by_its_repository(app, tracker, identity, at, Whereabouts::Taken).await
        }
        IssueLookup::Gone => by_its_repository(app, tracker, identity, at, Whereabouts::Gone).await,
    }
}

/// Whether the name still leads to the repository that the issue is in. Where its id is not known, nobody can tell otherwise.
async fn has_its_name_still(
    app: &App,
    tracker: &dyn Tracker,
    identity: IssueIdentity,
    at: &IssueRef,
) -> Result<bool, Stop> {
    let Some(repository) = identity.repository else { return Ok(true) };
    let facts = quota::call(app, tracker.repository(&at.repository)).await?;
    Ok(facts.external_id.is_none_or(|id| id == repository))
}

/// Looks for the issue by the id of its repository, because by its name it is not found.
async fn by_its_repository(
    app: &App,
    tracker: &dyn Tracker,
    identity: IssueIdentity,
    at: &IssueRef,
    otherwise: Whereabouts,
) -> Result<Whereabouts, Stop> {
    let Some(repository) = identity.repository else { return Ok(otherwise) };
    let name = quota::call(app, tracker.name_of(repository, &at.repository)).await?;
    let Some(name) = name.filter(|name| !name.is(&at.repository)) else { return Ok(otherwise) };
    let mut lookup = quota::call(app, tracker.issue(&IssueRef::new(name, at.number))).await?;
    let is_transferred = matches!(lookup, IssueLookup::Moved(_));
    if let IssueLookup::Moved(there) = lookup {
        lookup = quota::call(app, tracker.issue(&there)).await?;
    }
    match lookup {
        IssueLookup::Here(found) if is_transferred || !identity.is_another(&found) => Ok(Whereabouts::Moved(found)),
        _ => Ok(otherwise),
    }
}

/// Whether a person is asked just now whether the repository of this name is meant.
pub async fn is_replaced(session: &mut impl Session, name: &Repository) -> Result<bool, Error> {
    Ok(failures::is_given_up(session, REPLACED, &name.as_str().to_lowercase()).await?)
}

/// Whether what the tracker has under a name of the settings is the repository that is meant. Where another one has the name by now, a
/// person is asked (G11, nothing fails silently): nothing is filed there, and nothing that it releases is told. What cannot be asked
/// now is as it was.
pub async fn is_meant(
    app: &App,
    tx: &mut Tx,
    name: &Repository,
    facts: Option<&RepositoryFacts>,
) -> Result<bool, Error> {
    let Some(id) = facts.and_then(|facts| facts.external_id) else { return Ok(!is_replaced(tx, name).await?) };
    let subject = name.as_str().to_lowercase();
    if known_repositories::is_known(tx, name, id).await? {
        failures::solved(tx, REPLACED, &subject).await?;
        return Ok(true);
    }
    let sentence = format!(
        "{name} is another repository than before: it was made anew, or somebody else took the name after a rename. Nothing is filed there, and nothing that it releases is told. If that one is meant, try again; if not, write the new name of yours into the settings and restart."
    );
    failures::note(tx, REPLACED, &subject, &sentence, None, app.clock.now()).await?;
    Ok(false)
}
