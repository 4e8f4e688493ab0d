//! One fix in one release, and whether a release counts at all.

use super::{
    contents::{ComponentFix, FixStanding, ReleaseContents, ReleasePolicy},
    version::version,
};
use crate::model::{
    commit::short,
    fix::{Containment, Fix},
    milestone::Confidence,
    release::{Release, ReleaseSource},
};

/// What a release has of a fix, or of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FixPresence {
    /// It is in.
    In(Grounds),
    /// It is in, but so is the commit that takes it back. The sentence says which.
    Reverted(String),
    /// It is not in. The sentence says what is missing.
    Missing(String),
    /// Nobody knows.
    Unknown,
    /// The release does not count. The sentence says why.
    Refused(String),
}

/// What a presence rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grounds {
    /// Whether a part of it was stated instead of compared.
    pub stated: bool,
    /// What is not certain about it, each as a part of a sentence. If there is anything, a person has to say.
    pub doubts: Vec<String>,
}

impl Grounds {
    /// It rests on something that is not certain.
    pub fn doubted(why: String) -> Self {
        Self { stated: false, doubts: vec![why] }
    }

    /// Both are needed.
    pub fn add(&mut self, other: Self) {
        self.stated |= other.stated;
        for doubt in other.doubts {
            if !self.doubts.contains(&doubt) {
                self.doubts.push(doubt);
            }
        }
    }

    /// How sure it is.
    pub fn confidence(&self) -> Confidence {
        match (self.doubts.is_empty(), self.stated) {
            (false, _) => Confidence::Likely,
            (true, true) => Confidence::Stated,
            (true, false) => Confidence::Proven,
        }
    }
}

/// Whether a release has a fix: the fix itself, or a backport of it.
pub(super) fn presence(fix: &Fix, contents: &ReleaseContents, all: &[ComponentFix]) -> FixPresence {
    let own = one(fix, contents);
    if matches!(&own, FixPresence::In(grounds) if grounds.doubts.is_empty()) {
        return own;
    }
    let backports =
        all.iter().map(|part| &part.fix).filter(|other| other.stands_for.as_deref() == Some(fix.sha.as_str()));
    let carried = backports.map(|backport| one(backport, contents)).chain(std::iter::once(own.clone()));
    let surest = carried.filter_map(|found| if let FixPresence::In(grounds) = found { Some(grounds) } else { None });
    surest.min_by_key(|grounds| grounds.doubts.len()).map_or(own, FixPresence::In)
}

fn one(fix: &Fix, contents: &ReleaseContents) -> FixPresence {
    let known = |sha: &str| contents.contains.get(sha).copied().unwrap_or(Containment::Unknown);
    let (version, since) = (&contents.release.version, &contents.since);
    let mut grounds = Grounds::default();
    match known(&fix.sha) {
        Containment::Contained => {}
        Containment::NotContained => {
            let carriers = since.carriers.iter().filter(|carrier| carrier.fix == fix.sha);
            let Some(carrier) = carriers.min_by_key(|carrier| carrier.doubt.is_some()) else {
                return FixPresence::Missing(String::new());
            };
            grounds.doubts.extend(carrier.doubt.clone());
        }
        Containment::Unknown => return FixPresence::Unknown,
    }
    match since.standing.get(&fix.sha) {
        Some(FixStanding::TakenBack(says)) => return FixPresence::Reverted(says.clone()),
        Some(FixStanding::Doubted(says)) => grounds.doubts.push(format!("{version} has the fix, but {says}")),
        None if fix.reverted_by.as_deref().map(known) == Some(Containment::Contained) => {
            return FixPresence::Reverted(format!(
                "commit {} reverts it",
                short(fix.reverted_by.as_deref().unwrap_or_default())
            ));
        }
        Some(FixStanding::Stands) | None => {}
    }
    if !fix.sure {
        let why = fix.doubt.clone().unwrap_or_else(|| format!("commit {} may not be all of the fix", short(&fix.sha)));
        grounds.doubts.push(why);
    }
    if let Some(by) = fix.reverted_by.as_deref().filter(|by| known(by) == Containment::Unknown) {
        let by = short(by);
        grounds.doubts.push(format!("it is not known whether {version} has commit {by}, which reverts the fix"));
    }
    if contents.release.moved {
        grounds.doubts.push(format!("{version} was moved to another commit after it was first seen"));
    }
    if !since.complete {
        grounds
            .doubts
            .push(format!("not every commit between the fix and {version} could be read, and one may take it back"));
    }
    FixPresence::In(grounds)
}

/// Why a release does not count, whatever it contains.
pub(crate) fn refused(release: &Release, policy: &ReleasePolicy) -> Option<String> {
    let name = &release.version;
    let stated = release.source == ReleaseSource::Stated;
    if release.withdrawn_at.is_some() && release.environment.is_some() {
        return Some(format!("the deployment of {name} failed after it had succeeded, or was taken down"));
    }
    if release.withdrawn_at.is_some() {
        return Some(format!("{name} was withdrawn"));
    }
    if release.prerelease && !policy.prereleases {
        return Some(format!("{name} is a prerelease"));
    }
    if release.source == ReleaseSource::Tags && version(name).is_none() {
        return Some(format!("the tag {name} names no version"));
    }
    match &release.environment {
        Some(environment) if !environment.eq_ignore_ascii_case(&policy.environment) => {
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
