//! One fix in one release, and whether a release counts at all.

use super::evidence::{FixState, Policy, ReleaseState};
use crate::{
    github::Containment,
    model::{milestone::Confidence, release::ReleaseSource},
};

/// What a release has of a fix, or of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is in.
    In(Confidence),
    /// It is in, and so is the commit that takes it back.
    Reverted,
    /// It is not in; the sentence says what is missing.
    Missing(String),
    /// Nobody knows.
    Unknown,
    /// The release does not count; the sentence says why.
    Refused(String),
}

/// Whether a release has a fix: itself, or by a backport that stands for it.
pub(super) fn presence(fix: &FixState, release: &ReleaseState, all: &[FixState]) -> Presence {
    let own = one(fix, release);
    if matches!(own, Presence::In(_)) {
        return own;
    }
    let backports = all.iter().filter(|other| other.stands_for.as_deref() == Some(fix.sha.as_str()));
    let carried = backports.map(|backport| one(backport, release)).filter(|found| matches!(found, Presence::In(_)));
    let surest = carried.min_by_key(|found| if let Presence::In(how) = found { *how } else { Confidence::Likely });
    surest.unwrap_or(own)
}

fn one(fix: &FixState, release: &ReleaseState) -> Presence {
    let known = |sha: &str| release.contains.get(sha).copied().unwrap_or(Containment::Unknown);
    match known(&fix.sha) {
        Containment::Contained => {}
        Containment::NotContained => return Presence::Missing(String::new()),
        Containment::Unknown => return Presence::Unknown,
    }
    let taken_back = fix.reverted_by.as_deref().map(known);
    if release.reverted.contains(&fix.sha) || taken_back == Some(Containment::Contained) {
        return Presence::Reverted;
    }
    if !fix.sure || taken_back == Some(Containment::Unknown) {
        return Presence::In(Confidence::Likely);
    }
    Presence::In(Confidence::Proven)
}

/// Why a release does not count, whatever it contains.
pub(super) fn refused(release: &ReleaseState, policy: &Policy) -> Option<String> {
    let name = &release.version;
    if release.draft {
        return Some(format!("{name} is a draft"));
    }
    if release.withdrawn {
        return Some(format!("{name} was withdrawn"));
    }
    if release.prerelease && !policy.prereleases {
        return Some(format!("{name} is a prerelease"));
    }
    match &release.environment {
        Some(environment) if *environment != policy.environment => {
            Some(format!("{name} went to {environment}, not to {}", policy.environment))
        }
        None if policy.source == ReleaseSource::Deployments && !release.stated => {
            Some(format!("{name} is a release, and only deployments to {} count", policy.environment))
        }
        Some(_) if policy.source != ReleaseSource::Deployments && !release.stated => {
            Some(format!("{name} is a deployment, and only {} count", policy.source))
        }
        _ if matches!(policy.source, ReleaseSource::Stated | ReleaseSource::Milestone) && !release.stated => {
            Some(format!("nobody stated that {name} is out"))
        }
        _ => None,
    }
}

/// A hash as people read it.
pub(super) fn short(sha: &str) -> String {
    sha.chars().take(8).collect()
}
