//! The judgement: which release has every fix.

use std::collections::BTreeSet;

use super::{
    contents::{ComponentFix, ReleaseContents, ReleasePolicy},
    presence::{FixPresence, presence, refused, short},
    version::version,
};
use crate::model::{
    fix::Fix,
    id::ReleaseId,
    issue::Repository,
    milestone::Confidence,
    release::{Release, ReleaseSource},
};

/// The answer, with its reason in a sentence for the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShippingVerdict {
    /// It is out.
    Shipped {
        /// The earliest release that has everything.
        release: ReleaseId,
        /// How sure that is. Only proven and stated may send.
        confidence: Confidence,
        /// Why.
        why: String,
    },
    /// It is not out. The sentence says what is missing.
    NotYet(String),
    /// It was out and no longer is: reverted, or rolled back.
    TakenBack(String),
}

/// Which release ships these fixes, or why none does yet.
///
/// Every repository that holds a fix must have a release with all of its fixes, and so must every component that is
/// released separately. The last of those releases ships the whole.
pub(crate) fn judge(fixes: &[ComponentFix], releases: &[ReleaseContents], policy: &ReleasePolicy) -> ShippingVerdict {
    let required = required(fixes);
    let place = |part: &&ComponentFix| (part.fix.repository.clone(), part.component.clone());
    let mut places: Vec<(Repository, Option<String>)> = required.iter().map(place).collect();
    places.sort_unstable();
    places.dedup();

    let mut last: Option<Shipment<'_>> = None;
    let mut sure = true;
    for here in places {
        let own: Vec<&ComponentFix> = required.iter().copied().filter(|part| place(part) == here).collect();
        let shipment = match ship(&here.0, &own, fixes, releases, policy) {
            Ok(shipment) => shipment,
            Err(verdict) => return verdict,
        };
        sure &= shipment.confidence != Confidence::Likely;
        let later = last.as_ref().is_none_or(|last| shipment.release.published_at > last.release.published_at);
        if later {
            last = Some(shipment);
        }
    }
    let commits: BTreeSet<&str> = required.iter().map(|part| part.fix.sha.as_str()).collect();
    match last {
        Some(shipment) => shipment.verdict(sure, commits.len()),
        None => ShippingVerdict::NotYet("no commit is known that fixes this, so no release can prove it".to_owned()),
    }
}

/// The fixes that must be in: all except the backports of a fix that is itself required.
fn required(fixes: &[ComponentFix]) -> Vec<&ComponentFix> {
    let original = |sha: &str| fixes.iter().any(|part| part.fix.sha == sha && part.fix.stands_for.is_none());
    fixes.iter().filter(|part| part.fix.stands_for.as_deref().is_none_or(|of| !original(of))).collect()
}

struct Shipment<'r> {
    release: &'r Release,
    confidence: Confidence,
}

impl Shipment<'_> {
    fn verdict(self, sure: bool, commits: usize) -> ShippingVerdict {
        let name = &self.release.version;
        let confidence = if sure { self.confidence } else { Confidence::Likely };
        let why = match (confidence, commits) {
            (Confidence::Likely, _) => format!("{name} looks as if it had the fix; a person has to say"),
            (Confidence::Stated, _) => format!("it was stated that {name} has the fix"),
            (Confidence::Proven, 1) => format!("{name} contains the commit of the fix"),
            (Confidence::Proven, commits) => format!("{name} contains all {commits} commits of the fix"),
        };
        ShippingVerdict::Shipped { release: self.release.id, confidence, why }
    }
}

/// The release that ships one repository's fixes.
fn ship<'r>(
    repository: &Repository,
    own: &[&ComponentFix],
    all: &[ComponentFix],
    releases: &'r [ReleaseContents],
    policy: &ReleasePolicy,
) -> Result<Shipment<'r>, ShippingVerdict> {
    let mut here: Vec<&ReleaseContents> =
        releases.iter().filter(|contents| contents.release.repository == repository.as_str()).collect();
    here.sort_by(|left, right| {
        let (left, right) = (&left.release, &right.release);
        let order = left.published_at.cmp(&right.published_at);
        order.then_with(|| version(&left.version).cmp(&version(&right.version))).then_with(|| left.id.cmp(&right.id))
    });
    let judged: Vec<JudgedRelease<'_>> =
        here.iter().map(|contents| (&contents.release, has_all(contents, own, all, policy))).collect();
    let having = judged.iter().find_map(|(release, presence)| match presence {
        FixPresence::In(confidence) => Some((*release, *confidence)),
        _ => None,
    });
    let Some((release, confidence)) = having else {
        return Err(not_yet(repository, own, &judged));
    };
    if let Some(why) = taken_back(release, &judged) {
        return Err(ShippingVerdict::TakenBack(why));
    }
    Ok(Shipment { release, confidence })
}

/// A release, and whether it has every fix of its repository.
type JudgedRelease<'r> = (&'r Release, FixPresence);

/// Whether a release has every fix of its repository, and how sure that is.
fn has_all(
    contents: &ReleaseContents,
    own: &[&ComponentFix],
    all: &[ComponentFix],
    policy: &ReleasePolicy,
) -> FixPresence {
    let release = &contents.release;
    if let Some(why) = refused(release, policy) {
        return FixPresence::Refused(why);
    }
    let mut confidence = Confidence::Proven;
    let (mut missing, mut unknown, mut reverted) = (0, Vec::new(), 0);
    for part in own {
        match (&part.component, &release.component) {
            (Some(changed), Some(component)) if changed != component => {
                return FixPresence::Refused(format!(
                    "{} is of {component}, and the fix is in {changed}",
                    release.version
                ));
            }
            (Some(changed), None) if !contents.stated() => {
                let version = &release.version;
                return FixPresence::Refused(format!(
                    "{version} is of no component of the repository, and the fix is in {changed}"
                ));
            }
            _ => {}
        }
        // If components are released separately, every tag contains every commit, so ancestry alone proves nothing
        // about one component.
        if release.component.is_some() && part.component.is_none() {
            confidence = Confidence::Likely;
        }
        match presence(&part.fix, contents, all) {
            FixPresence::In(how) => confidence = confidence.max(how),
            FixPresence::Reverted => reverted += 1,
            FixPresence::Unknown
                if policy.source == ReleaseSource::Stated && contents.stated() && merged_before(&part.fix, release) =>
            {
                confidence = confidence.max(Confidence::Stated);
            }
            FixPresence::Unknown => unknown.push(short(&part.fix.sha)),
            FixPresence::Missing(_) | FixPresence::Refused(_) => missing += 1,
        }
    }
    let (name, count) = (&release.version, own.len());
    if reverted > 0 {
        return FixPresence::Missing(format!("{name} contains the fix and the commit that takes it back"));
    }
    if missing > 0 {
        let commits = if count == 1 { "the commit".to_owned() } else { format!("{missing} of {count} commits") };
        return FixPresence::Missing(format!("{name} lacks {commits}"));
    }
    if !unknown.is_empty() {
        let commits = unknown.join(", ");
        return FixPresence::Missing(format!(
            "{commits} cannot be compared with {name} (rewritten history?); a person has to say"
        ));
    }
    FixPresence::In(confidence)
}

fn merged_before(fix: &Fix, release: &Release) -> bool {
    fix.merged_at.is_some_and(|at| at <= release.published_at)
}

/// Why nothing ships yet, according to the newest release that counts.
fn not_yet(repository: &Repository, own: &[&ComponentFix], judged: &[JudgedRelease<'_>]) -> ShippingVerdict {
    let why = |wanted: fn(&FixPresence) -> Option<&String>| {
        judged.iter().rev().find_map(|(release, presence)| wanted(presence).map(|why| (*release, why)))
    };
    let missing = why(|presence| if let FixPresence::Missing(why) = presence { Some(why) } else { None });
    let refused = why(|presence| if let FixPresence::Refused(why) = presence { Some(why) } else { None });
    let merged_at = own.iter().filter_map(|part| part.fix.merged_at).max();
    ShippingVerdict::NotYet(match (missing, refused) {
        (Some((older, missing)), Some((newer, refused))) if newer.published_at > older.published_at => {
            format!("{missing}; {refused}")
        }
        (Some((_, missing)), _) => missing.clone(),
        (None, Some((_, refused))) => refused.clone(),
        (None, None) if merged_at.is_some() => format!("{repository} has released nothing since the fix was merged"),
        (None, None) => format!("no release of {repository} is known"),
    })
}

/// Why users lost the fix again: a later release or deployment, which they got instead, does not have it.
fn taken_back(first: &Release, judged: &[JudgedRelease<'_>]) -> Option<String> {
    let after = judged.iter().skip_while(|(release, _)| release.id != first.id).skip(1);
    let replaces = |release: &Release| {
        if first.environment.is_some() && release.environment.is_some() {
            return true;
        }
        let (old, new) = (version(&first.version), version(&release.version));
        old.zip(new).is_some_and(|(old, new)| old.major == new.major && new > old)
    };
    let later = after.filter(|(release, presence)| replaces(release) && !matches!(presence, FixPresence::Refused(_)));
    match later.last() {
        Some((_, FixPresence::Missing(why))) => Some(format!("{} had the fix, but {why}", first.version)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
