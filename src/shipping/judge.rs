//! The judgement: which release has every fix.

use std::{collections::BTreeSet, time::Duration};

use super::{
    contents::{ComponentFix, ReleaseContents, ReleasePolicy},
    presence::{FixPresence, Grounds, presence, refused},
    version::{NamedChannel, exactness, named_channel, package, version},
};
use crate::model::{
    commit::short,
    fix::{Fix, FixSource},
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
        /// What is not certain, as a part of a sentence, if it is only likely.
        doubt: Option<String>,
    },
    /// Releases came out after the fix, and it is in none of them: it may have gone another way, so a person has to say.
    PassedBy {
        /// The release that would have it.
        release: ReleaseId,
        /// Why that is not known, as a part of a sentence.
        doubt: String,
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
    let mut last: Option<Shipment<'_>> = None;
    let mut whole = Grounds::default();
    let mut passed_by: Option<ShippingVerdict> = None;
    for here in places(&required) {
        let own = of_place(&required, &here);
        let shipment = match ship(&here.0, &own, fixes, releases, policy) {
            Ok(shipment) => shipment,
            Err(passed @ ShippingVerdict::PassedBy { .. }) => {
                passed_by.get_or_insert(passed);
                continue;
            }
            Err(verdict) => return verdict,
        };
        whole.add(shipment.grounds.clone());
        let later = last.as_ref().is_none_or(|last| shipment.release.published_at > last.release.published_at);
        if later {
            last = Some(shipment);
        }
    }
    if let Some(passed) = passed_by {
        return passed;
    }
    let commits: BTreeSet<&str> = required.iter().map(|part| part.fix.sha.as_str()).collect();
    match last {
        Some(shipment) => shipment.verdict(&whole, commits.len()),
        None => ShippingVerdict::NotYet("no commit is known that fixes this, so no release can prove it".to_owned()),
    }
}

/// The releases that do not have the fixes of any place, or do not count, whatever was true of them before.
pub(crate) fn fallen(fixes: &[ComponentFix], releases: &[ReleaseContents], policy: &ReleasePolicy) -> Vec<ReleaseId> {
    let required = required(fixes);
    let places = places(&required);
    let stands = |contents: &ReleaseContents| {
        let mut here = places.iter().filter(|place| place.0.as_str() == contents.release.repository);
        here.any(|place| matches!(has_all(contents, &of_place(&required, place), fixes, policy), FixPresence::In(_)))
    };
    releases.iter().filter(|contents| !stands(contents)).map(|contents| contents.release.id).collect()
}

/// A repository, and the component where it is released by components.
type Place = (Repository, Option<String>);

/// Where the fixes have to be released, each place once.
fn places(required: &[&ComponentFix]) -> Vec<Place> {
    let mut places: Vec<Place> = required.iter().map(|part| place(part)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn place(part: &ComponentFix) -> Place {
    (part.fix.repository.clone(), part.component.clone())
}

fn of_place<'f>(required: &[&'f ComponentFix], here: &Place) -> Vec<&'f ComponentFix> {
    required.iter().copied().filter(|part| place(part) == *here).collect()
}

/// The fixes that must be in: all except the backports of a fix that is itself required.
fn required(fixes: &[ComponentFix]) -> Vec<&ComponentFix> {
    let original = |sha: &str| fixes.iter().any(|part| part.fix.sha == sha && part.fix.stands_for.is_none());
    fixes.iter().filter(|part| part.fix.stands_for.as_deref().is_none_or(|of| !original(of))).collect()
}

struct Shipment<'r> {
    release: &'r Release,
    grounds: Grounds,
}

impl Shipment<'_> {
    fn verdict(self, whole: &Grounds, commits: usize) -> ShippingVerdict {
        let name = &self.release.version;
        let confidence = match (whole.confidence(), self.grounds.confidence()) {
            (Confidence::Likely, _) => Confidence::Likely,
            (_, own) => own,
        };
        let why = match (confidence, commits) {
            (Confidence::Likely, _) => format!("{name} looks as if it had the fix; a person has to say"),
            (Confidence::Stated, _) => format!("it was stated that {name} has the fix"),
            (Confidence::Proven, 1) => format!("{name} contains the commit of the fix"),
            (Confidence::Proven, commits) => format!("{name} contains all {commits} commits of the fix"),
        };
        let doubt = (!whole.doubts.is_empty()).then(|| whole.doubts.join("; "));
        ShippingVerdict::Shipped { release: self.release.id, confidence, why, doubt }
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
    let has = |(release, presence): &JudgedRelease<'r>| match presence {
        FixPresence::In(grounds) => Some(Shipment { release, grounds: grounds.clone() }),
        _ => None,
    };
    // An earlier release that only may have it does not stand before a later one that has it.
    let proven = judged.iter().filter_map(has).find(|shipment| shipment.grounds.doubts.is_empty());
    let Some(first) = proven.or_else(|| judged.iter().find_map(has)) else {
        return Err(never_contained(own, &judged).unwrap_or_else(|| not_yet(repository, own, &judged)));
    };
    if let Some(why) = taken_back(first.release, &judged) {
        return Err(ShippingVerdict::TakenBack(why));
    }
    // Of several names of one commit, such as `v2` and `v2.4.0`, the most exact one is told.
    let alike = judged.iter().filter_map(has).filter(|other| {
        first.release.sha.is_some()
            && other.release.sha == first.release.sha
            && other.release.environment == first.release.environment
            && other.grounds == first.grounds
    });
    let exact = alike.max_by_key(|other| (exactness(&other.release.version), other.release.id == first.release.id));
    Ok(exact.unwrap_or(first))
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
    let name = &release.version;
    let mut grounds = Grounds::default();
    // A deployment is called by its commit or branch, which says nothing about whom it is for.
    let is_named = matches!(release.source, ReleaseSource::Releases | ReleaseSource::Tags) && !contents.stated();
    if is_named && named_channel(name) == NamedChannel::Unclear {
        grounds.add(Grounds::doubted(format!("it is not known whether {name}, by its name, is for everybody")));
    }
    if release.bare {
        grounds.add(Grounds::doubted(format!("{name} has no files yet, and the releases before it have some")));
    }
    if is_named && contents.packages.len() > 1 {
        grounds.add(Grounds::doubted(of_one_package(release, &contents.packages)));
    }
    let (mut missing, mut unknown, mut reverted) = (0, Vec::new(), None);
    for part in own {
        match (&part.component, &release.component) {
            (Some(changed), Some(component)) if changed != component => {
                return FixPresence::Refused(format!("{name} is of {component}, and the fix is in {changed}"));
            }
            (Some(changed), None) if !contents.stated() => {
                return FixPresence::Refused(format!(
                    "{name} is of no component of the repository, and the fix is in {changed}"
                ));
            }
            // If components are released separately, every tag contains every commit, so ancestry alone proves nothing
            // about one component.
            (None, Some(component)) => {
                grounds.add(Grounds::doubted(format!(
                    "{name} is a release of {component}, and it is not known whether the fix is a part of it"
                )));
            }
            _ => {}
        }
        match presence(&part.fix, contents, all) {
            FixPresence::In(found) => grounds.add(found),
            FixPresence::Reverted(says) => reverted = Some(says),
            FixPresence::Missing(_) if is_elsewhere(&part.fix, all) && merged_before(&part.fix, release) => {
                let (why, commit) = (part.fix.doubt.as_deref().unwrap_or_default(), short(&part.fix.sha));
                grounds.add(Grounds::doubted(format!("{why}, and {name} does not contain commit {commit}")));
            }
            FixPresence::Unknown
                if policy.source == ReleaseSource::Stated && contents.stated() && merged_before(&part.fix, release) =>
            {
                grounds.stated = true;
            }
            FixPresence::Unknown if release.sha.is_some() && merged_before(&part.fix, release) => {
                unknown.push(short(&part.fix.sha));
            }
            FixPresence::Unknown | FixPresence::Missing(_) | FixPresence::Refused(_) => missing += 1,
        }
    }
    let count = own.len();
    if let Some(says) = reverted {
        return FixPresence::Reverted(format!("{name} contains the fix and the commit that takes it back: {says}"));
    }
    if missing > 0 {
        let commits = if count == 1 { "the commit".to_owned() } else { format!("{missing} of {count} commits") };
        return FixPresence::Missing(format!("{name} lacks {commits}"));
    }
    if !unknown.is_empty() {
        let commits = unknown.join(", ");
        grounds.add(Grounds::doubted(format!("{commits} cannot be compared with {name} (rewritten history?)")));
    }
    FixPresence::In(grounds)
}

/// That a release may be of another part of the repository than the fix. Every tag of a repository contains every commit
/// before it.
fn of_one_package(release: &Release, packages: &[String]) -> String {
    let called = |package: &str| if package.is_empty() { "the whole".to_owned() } else { package.to_owned() };
    let own = package(&release.version, &release.repository).unwrap_or_default();
    let others: Vec<String> = packages.iter().filter(|other| **other != own).map(|other| called(other)).collect();
    format!(
        "{} is a release of {}, {} has tags of {} too, and the settings name no components",
        release.version,
        called(&own),
        release.repository,
        others.join(" and of ")
    )
}

fn merged_before(fix: &Fix, release: &Release) -> bool {
    fix.merged_at.is_some_and(|at| at <= release.published_at)
}

/// Whether a fix was merged into a branch that nothing brings to customers, as far as it is known.
fn is_elsewhere(fix: &Fix, all: &[ComponentFix]) -> bool {
    let carried = |other: &ComponentFix| other.fix.stands_for.as_deref() == Some(fix.sha.as_str());
    fix.source == FixSource::OtherBranch && !all.iter().any(carried)
}

/// After how many releases without the fix a person is asked. One may have been cut before it was merged.
const PASSED_BY: usize = 2;
/// How long after a fix the deployments count that lack it. Those of the first hours were often begun before it.
const DEPLOYED_WITHOUT: Duration = Duration::from_hours(24);
/// How many tags are learned in one look at most that say when they were made. Where there are more, they are older.
const TAGS_AT_ONCE: usize = 3;

/// That releases came out after the fix, and none of them contains it: a release line to which it was picked without a word,
/// or a history that was rewritten. Nothing would ever contain it, and nobody would be asked.
fn never_contained(own: &[&ComponentFix], judged: &[JudgedRelease<'_>]) -> Option<ShippingVerdict> {
    let merged_at = own.iter().map(|part| part.fix.merged_at).collect::<Option<Vec<_>>>()?.into_iter().max()?;
    if judged.iter().any(|(_, presence)| matches!(presence, FixPresence::Reverted(_))) {
        return None;
    }
    let dated = |release: &Release| {
        let at_once = judged.iter().filter(|(other, _)| other.published_at == release.published_at).count();
        match release.source {
            ReleaseSource::Deployments => release.published_at >= merged_at.plus(DEPLOYED_WITHOUT),
            ReleaseSource::Tags => release.published_at > merged_at && at_once <= TAGS_AT_ONCE,
            _ => release.published_at > merged_at,
        }
    };
    let mut without: Vec<&Release> = Vec::new();
    for (release, presence) in judged {
        let lacks = matches!(presence, FixPresence::Missing(_)) && dated(release);
        if lacks && release.sha.is_some() && without.iter().all(|other| other.sha != release.sha) {
            without.push(release);
        }
    }
    let (last, before) = without.get(..PASSED_BY)?.split_last()?;
    let names = before.iter().map(|release| release.version.as_str()).collect::<Vec<_>>().join(", ");
    let doubt = format!(
        "{names} and {} came out after the fix was merged, and its commit is in none of them, so it may have got there another way or not at all",
        last.version
    );
    Some(ShippingVerdict::PassedBy { release: last.id, doubt })
}

/// Why nothing ships yet, according to the newest release that counts.
fn not_yet(repository: &Repository, own: &[&ComponentFix], judged: &[JudgedRelease<'_>]) -> ShippingVerdict {
    let why = |wanted: fn(&FixPresence) -> Option<&String>| {
        judged.iter().rev().find_map(|(release, presence)| wanted(presence).map(|why| (*release, why)))
    };
    let missing = why(|presence| match presence {
        FixPresence::Missing(why) | FixPresence::Reverted(why) => Some(why),
        _ => None,
    });
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
        Some((_, FixPresence::Missing(why) | FixPresence::Reverted(why))) => {
            Some(format!("{} had the fix, but {why}", first.version))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
