//! One fix in one release, and whether a release counts at all.

use super::contents::{ComponentFix, ReleaseContents, ReleasePolicy};
use crate::model::{
    fix::{Containment, Fix},
    milestone::Confidence,
    release::{Release, ReleaseSource},
};

/// What a release has of a fix, or of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FixPresence {
    /// It is in.
    In(Confidence),
    /// It is in, but so is the commit that reverts it.
    Reverted,
    /// It is not in. The sentence says what is missing.
    Missing(String),
    /// Nobody knows.
    Unknown,
    /// The release does not count. The sentence says why.
    Refused(String),
}

/// Whether a release has a fix: the fix itself, or a backport of it.
pub(super) fn presence(fix: &Fix, contents: &ReleaseContents, all: &[ComponentFix]) -> FixPresence {
    let own = one(fix, contents);
    if matches!(own, FixPresence::In(_)) {
        return own;
    }
    let backports =
        all.iter().map(|part| &part.fix).filter(|other| other.stands_for.as_deref() == Some(fix.sha.as_str()));
    let carried = backports.map(|backport| one(backport, contents)).filter(|found| matches!(found, FixPresence::In(_)));
    let surest = carried.min_by_key(|found| if let FixPresence::In(how) = found { *how } else { Confidence::Likely });
    surest.unwrap_or(own)
}

fn one(fix: &Fix, contents: &ReleaseContents) -> FixPresence {
    let known = |sha: &str| contents.contains.get(sha).copied().unwrap_or(Containment::Unknown);
    match known(&fix.sha) {
        Containment::Contained => {}
        Containment::NotContained => return FixPresence::Missing(String::new()),
        Containment::Unknown => return FixPresence::Unknown,
    }
    let taken_back = fix.reverted_by.as_deref().map(known);
    if contents.reverts.reverted.contains(&fix.sha) || taken_back == Some(Containment::Contained) {
        return FixPresence::Reverted;
    }
    if !fix.sure || taken_back == Some(Containment::Unknown) || !contents.reverts.complete {
        return FixPresence::In(Confidence::Likely);
    }
    FixPresence::In(Confidence::Proven)
}

/// Why a release does not count, whatever it contains.
pub(super) fn refused(release: &Release, policy: &ReleasePolicy) -> Option<String> {
    let name = &release.version;
    let stated = release.source == ReleaseSource::Stated;
    if release.withdrawn_at.is_some() {
        return Some(format!("{name} was withdrawn"));
    }
    if release.prerelease && !policy.prereleases {
        return Some(format!("{name} is a prerelease"));
    }
    match &release.environment {
        Some(environment) if *environment != policy.environment => {
            Some(format!("{name} went to {environment}, not to {}", policy.environment))
        }
        None if policy.source == ReleaseSource::Deployments && !stated => {
            Some(format!("{name} is a release, and only deployments to {} count", policy.environment))
        }
        Some(_) if policy.source != ReleaseSource::Deployments && !stated => {
            Some(format!("{name} is a deployment, and only {} count", policy.source))
        }
        _ if matches!(policy.source, ReleaseSource::Stated | ReleaseSource::Milestone) && !stated => {
            Some(format!("nobody stated that {name} is out"))
        }
        _ => None,
    }
}

/// A hash, shortened as people read it.
pub(super) fn short(sha: &str) -> String {
    sha.chars().take(8).collect()
}
