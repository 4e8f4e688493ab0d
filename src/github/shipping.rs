//! Which release brought a fix to customers: pure, and the heart of G5.
//!
//! Containment is the only proof. Not the time of a release, not a closed issue, not a merge, not a label. Every fix of
//! the set must be in (AND), a backport stands for the fix it carries over, and what was taken back is not in. Where
//! something is not known, the verdict is at most [`Confidence::Likely`], and a person is asked.

mod evidence;
mod facts;
mod versions;

use std::collections::BTreeSet;

pub use evidence::{FixState, Policy, ReleaseState, Verdict};

use super::FixSet;
use crate::{
    base::clock::Time,
    model::{issue::Repository, milestone::Confidence, release::ReleaseSource},
};
use facts::{Presence, presence, refused, short};
pub use versions::{is_prerelease, version};

/// The commits whose containment [`judge`] wants to know, each once.
pub fn commits_to_compare(fixes: &[FixState]) -> Vec<&str> {
    let mut commits: Vec<&str> =
        fixes.iter().flat_map(|fix| [Some(fix.sha.as_str()), fix.reverted_by.as_deref()]).flatten().collect();
    commits.sort_unstable();
    commits.dedup();
    commits
}

/// The states of a set's fixes, and its doubts for [`judge`].
pub fn states(set: &FixSet) -> Vec<FixState> {
    let state = |fix: &super::Fix| FixState {
        repository: fix.repository.clone(),
        sha: fix.sha.clone(),
        merged_at: fix.merged_at,
        sure: fix.sure && set.doubts.is_empty(),
        stands_for: fix.stands_for.clone(),
        reverted_by: fix.reverted_by.clone(),
        component: None,
    };
    set.fixes.iter().map(state).collect()
}

/// Which release ships these fixes, or why none does yet.
///
/// Every repository that holds a fix, and every component of one that is released by itself, must have a release with all of
/// its fixes; the last of those ships the whole.
pub fn judge(fixes: &[FixState], releases: &[ReleaseState], policy: &Policy, now: Time) -> Verdict {
    let required = required(fixes);
    if required.is_empty() {
        return Verdict::AskAPerson("no commit is known that fixes this, so no release can prove it".to_owned());
    }
    let place = |fix: &&FixState| (fix.repository.clone(), fix.component.clone());
    let mut places: Vec<(Repository, Option<String>)> = required.iter().map(place).collect();
    places.sort_unstable();
    places.dedup();

    let mut last: Option<Shipment<'_>> = None;
    let mut sure = true;
    for here in places {
        let own: Vec<&FixState> = required.iter().copied().filter(|fix| place(fix) == here).collect();
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
    let commits: BTreeSet<&str> = required.iter().map(|fix| fix.sha.as_str()).collect();
    match last {
        Some(shipment) => shipment.verdict(policy, now, sure, commits.len()),
        None => Verdict::NotYet("nothing has been released".to_owned()),
    }
}

/// The fixes that must be in: all but the backports of one that is itself required.
fn required(fixes: &[FixState]) -> Vec<&FixState> {
    let original = |sha: &str| fixes.iter().any(|fix| fix.sha == sha && fix.stands_for.is_none());
    fixes.iter().filter(|fix| fix.stands_for.as_deref().is_none_or(|of| !original(of))).collect()
}

struct Shipment<'r> {
    release: &'r ReleaseState,
    confidence: Confidence,
    lines: Vec<String>,
}

impl Shipment<'_> {
    fn verdict(self, policy: &Policy, now: Time, sure: bool, commits: usize) -> Verdict {
        let release = self.release;
        let until = release.published_at.plus(policy.hold);
        let name = &release.version;
        if now < until {
            let why = format!("{name} has the fix and is held until {until}");
            return Verdict::Holding { release: release.id.clone(), until, why };
        }
        let confidence = if sure { self.confidence } else { Confidence::Likely };
        let why = match (confidence, commits) {
            (Confidence::Likely, _) => format!("{name} looks as if it had the fix; a person has to say"),
            (Confidence::Stated, _) => format!("it was stated that {name} has the fix"),
            (Confidence::Proven, 1) => format!("{name} contains the commit of the fix"),
            (Confidence::Proven, commits) => format!("{name} contains all {commits} commits of the fix"),
        };
        Verdict::Shipped { release: release.id.clone(), confidence, lines: self.lines, why }
    }
}

/// The release that ships one repository's fixes.
fn ship<'r>(
    repository: &Repository,
    own: &[&FixState],
    all: &[FixState],
    releases: &'r [ReleaseState],
    policy: &Policy,
) -> Result<Shipment<'r>, Verdict> {
    let mut here: Vec<&ReleaseState> = releases.iter().filter(|release| release.repository == *repository).collect();
    here.sort_by(|left, right| {
        let order = left.published_at.cmp(&right.published_at);
        order.then_with(|| version(&left.version).cmp(&version(&right.version))).then_with(|| left.id.cmp(&right.id))
    });
    let judged: Vec<(&ReleaseState, Presence)> =
        here.iter().map(|release| (*release, has_all(release, own, all, policy))).collect();
    let having: Vec<&(&ReleaseState, Presence)> =
        judged.iter().filter(|(_, presence)| matches!(presence, Presence::In(_))).collect();
    let Some((first, Presence::In(confidence))) = having.first().map(|(release, presence)| (*release, presence)) else {
        return Err(not_yet(repository, own, &judged));
    };
    if let Some((by, why)) = taken_back(first, &judged) {
        let (release, by) = (first.id.clone(), by.id.clone());
        return Err(Verdict::TakenBack { release, by, why });
    }
    let mut lines: Vec<(Option<u64>, String)> = vec![(line(&first.version), first.id.clone())];
    for (release, _) in having.iter().skip(1) {
        let line = line(&release.version);
        if lines.iter().all(|(known, _)| *known != line) {
            lines.push((line, release.id.clone()));
        }
    }
    let lines = lines.into_iter().skip(1).map(|(_, id)| id).collect();
    Ok(Shipment { release: first, confidence: *confidence, lines })
}

/// Whether a release has every fix of its repository, and how sure that is.
fn has_all(release: &ReleaseState, own: &[&FixState], all: &[FixState], policy: &Policy) -> Presence {
    if let Some(why) = refused(release, policy) {
        return Presence::Refused(why);
    }
    let mut confidence = Confidence::Proven;
    let (mut missing, mut unknown, mut reverted) = (0, Vec::new(), 0);
    for fix in own {
        match (&fix.component, &release.component) {
            (Some(changed), Some(component)) if changed != component => {
                return Presence::Refused(format!(
                    "{} is of {component}, and the fix is in {changed}",
                    release.version
                ));
            }
            (Some(changed), None) if !release.stated => {
                let version = &release.version;
                return Presence::Refused(format!(
                    "{version} is of no component of the repository, and the fix is in {changed}"
                ));
            }
            _ => {}
        }
        // Where components are released one by one every tag contains everything: ancestry alone is no proof for one.
        if release.component.is_some() && fix.component.is_none() {
            confidence = Confidence::Likely;
        }
        match presence(fix, release, all) {
            Presence::In(how) => confidence = confidence.max(how),
            Presence::Reverted => reverted += 1,
            Presence::Unknown
                if policy.source == ReleaseSource::Stated && release.stated && merged_before(fix, release) =>
            {
                confidence = confidence.max(Confidence::Stated);
            }
            Presence::Unknown => unknown.push(short(&fix.sha)),
            Presence::Missing(_) | Presence::Refused(_) => missing += 1,
        }
    }
    let (name, count) = (&release.version, own.len());
    if reverted > 0 {
        return Presence::Missing(format!("{name} contains the fix and the commit that takes it back"));
    }
    if missing > 0 {
        let commits = if count == 1 { "the commit".to_owned() } else { format!("{missing} of {count} commits") };
        return Presence::Missing(format!("{name} lacks {commits}"));
    }
    if !unknown.is_empty() {
        let commits = unknown.join(", ");
        return Presence::Missing(format!(
            "GitHub cannot compare {commits} with {name} (rewritten history?); a person has to say"
        ));
    }
    Presence::In(confidence)
}

fn merged_before(fix: &FixState, release: &ReleaseState) -> bool {
    fix.merged_at.is_some_and(|at| at <= release.published_at)
}

/// Why nothing ships yet: what the newest release that counts says.
fn not_yet(repository: &Repository, own: &[&FixState], judged: &[(&ReleaseState, Presence)]) -> Verdict {
    let why = |wanted: fn(&Presence) -> Option<&String>| {
        judged.iter().rev().find_map(|(release, presence)| wanted(presence).map(|why| (*release, why)))
    };
    let missing = why(|presence| if let Presence::Missing(why) = presence { Some(why) } else { None });
    let refused = why(|presence| if let Presence::Refused(why) = presence { Some(why) } else { None });
    let merged_at = own.iter().filter_map(|fix| fix.merged_at).max();
    Verdict::NotYet(match (missing, refused) {
        (Some((older, missing)), Some((newer, refused))) if newer.published_at > older.published_at => {
            format!("{missing}; {refused}")
        }
        (Some((_, missing)), _) => missing.clone(),
        (None, Some((_, refused))) => refused.clone(),
        (None, None) if merged_at.is_some() => format!("{repository} has released nothing since the fix was merged"),
        (None, None) => format!("no release of {repository} is known"),
    })
}

/// A later release, or deployment, that users got instead and that has the fix no more.
fn taken_back<'r>(first: &ReleaseState, judged: &[(&'r ReleaseState, Presence)]) -> Option<(&'r ReleaseState, String)> {
    let after = judged.iter().skip_while(|(release, _)| release.id != first.id).skip(1);
    let replaces = |release: &ReleaseState| {
        if first.environment.is_some() && release.environment.is_some() {
            return true;
        }
        let (old, new) = (version(&first.version), version(&release.version));
        old.zip(new).is_some_and(|(old, new)| old.major == new.major && new > old)
    };
    let later: Vec<_> =
        after.filter(|(release, presence)| replaces(release) && !matches!(presence, Presence::Refused(_))).collect();
    match later.last() {
        Some((release, Presence::Missing(why))) => {
            Some((*release, format!("{} had the fix, but {why}", first.version)))
        }
        _ => None,
    }
}

fn line(tag: &str) -> Option<u64> {
    version(tag).map(|version| version.major)
}

#[cfg(test)]
mod tests;
