//! From evidence to the fix set. It is pure, and never sure if there is doubt.

use crate::model::fix::{Closer, Fix, FixDoubt, FixEvidence, FixSet, FixSource, PullRequest, PullRequestRef};

/// Weighs the evidence.
pub fn assemble(evidence: &FixEvidence) -> FixSet {
    let mut set = FixSet { doubts: evidence.doubts.clone(), ..FixSet::default() };
    for pull in &evidence.pulls {
        let Some((source, sure)) = evidence.claim(pull) else { continue };
        if pull.open {
            set.under_way = true;
        } else if pull.merged_at.is_some() {
            add_merged(&mut set, pull, source, sure);
        }
    }
    add_closing_commits(&mut set, evidence);
    set.fixes.retain(|fix| !(evidence.reopened_at.is_some() && fix.merged_at <= evidence.reopened_at));
    part_lines(&mut set.fixes, evidence);
    add_backports(&mut set, &evidence.pulls);
    note_reverts(&mut set.fixes, &evidence.pulls);
    set
}

fn add_merged(set: &mut FixSet, pull: &PullRequest, source: FixSource, sure: bool) {
    let Some(sha) = pull.merge_sha.clone() else {
        set.doubts.push(FixDoubt::UnknownMerge(pull.at.clone()));
        return;
    };
    if set.fixes.iter().any(|fix| fix.sha == sha) {
        return;
    }
    set.fixes.push(fix(pull, sha, source, sure, None));
}

fn fix(pull: &PullRequest, sha: String, source: FixSource, sure: bool, stands_for: Option<String>) -> Fix {
    let (repository, pull_request) = (pull.at.repository.clone(), Some(pull.at.number));
    Fix { repository, sha, pull_request, merged_at: pull.merged_at, source, sure, stands_for, reverted_by: None }
}

/// The pull request that brought a fix.
fn brought(fix: &Fix) -> Option<PullRequestRef> {
    let number = fix.pull_request?;
    Some(PullRequestRef { repository: fix.repository.clone(), number })
}

fn add_closing_commits(set: &mut FixSet, evidence: &FixEvidence) {
    for closer in &evidence.closers {
        let Closer::Commit { repository, sha, at } = closer else { continue };
        if set.fixes.iter().any(|fix| fix.sha == *sha) {
            continue;
        }
        set.fixes.push(Fix {
            repository: repository.clone(),
            sha: sha.clone(),
            pull_request: None,
            merged_at: *at,
            source: FixSource::ClosingCommit,
            sure: true,
            stands_for: None,
            reverted_by: None,
        });
    }
}

/// A claim that was merged into a release line, while the fix itself is on the default branch, is the same fix on
/// another line.
fn part_lines(fixes: &mut [Fix], evidence: &FixEvidence) {
    let Some(main) = fixes.iter().find(|fix| fix.sure).map(|fix| (fix.sha.clone(), fix.repository.clone())) else {
        return;
    };
    for fix in fixes.iter_mut().filter(|fix| !fix.sure && fix.repository == main.1) {
        let by = brought(fix);
        let pull = evidence.pulls.iter().find(|pull| by.as_ref().is_some_and(|by| by.is(&pull.at)));
        if pull.is_some_and(|pull| is_release_line(&pull.base)) {
            fix.source = FixSource::Backport;
            fix.stands_for = Some(main.0.clone());
        }
    }
}

/// Whether a branch is a release line by its name: `release/2.x`, `1.4-stable`, `v3`, `lts`.
///
/// If in doubt, it is not. Then what was merged there is one more commit that has to be out.
fn is_release_line(branch: &str) -> bool {
    const WORDS: &[&str] =
        &["release", "releases", "stable", "maint", "maintenance", "lts", "hotfix", "hotfixes", "support", "backport"];
    let branch = branch.to_ascii_lowercase();
    if WORDS.contains(&branch.as_str()) {
        return true;
    }
    let numbered = |part: &str| {
        let part = part.strip_prefix('v').unwrap_or(part);
        part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(|c| c.is_ascii_digit() || ".x".contains(c))
    };
    let parts: Vec<&str> = branch.split(['/', '-', '_']).collect();
    let known = |part: &&str| numbered(part) || WORDS.contains(part);
    parts.iter().any(|part| numbered(part)) && parts.iter().all(known)
}

/// Adds merged pull requests that carry a fix over. Git's own trailer is proof; "Backport of #12" is likely.
fn add_backports(set: &mut FixSet, pulls: &[PullRequest]) {
    for pull in pulls.iter().filter(|pull| pull.merged_at.is_some()) {
        let Some(sha) = pull.merge_sha.clone().filter(|sha| set.fixes.iter().all(|fix| fix.sha != *sha)) else {
            continue;
        };
        let originals = set.fixes.iter().filter(|fix| fix.stands_for.is_none());
        let of = originals.filter_map(|original| {
            let proven = pull.says.picked_from.iter().any(|hash| original.is(hash));
            let said = brought(original).is_some_and(|by| pull.says.backports.iter().any(|at| at.is(&by)));
            (proven || said).then(|| (original.sha.clone(), proven && original.sure))
        });
        let found: Vec<Fix> =
            of.map(|(of, sure)| fix(pull, sha.clone(), FixSource::Backport, sure, Some(of))).collect();
        set.fixes.extend(found);
    }
}

/// Notes merged pull requests that revert a fix, unless they were reverted themselves.
fn note_reverts(fixes: &mut [Fix], pulls: &[PullRequest]) {
    let reverting = |at: &PullRequestRef| {
        let mut merged = pulls.iter().filter(|pull| pull.merged_at.is_some());
        merged.find(|pull| pull.says.reverts.iter().any(|reverted| reverted.is(at)))
    };
    for fix in fixes {
        let Some(revert) = brought(fix).and_then(|by| reverting(&by)) else { continue };
        if reverting(&revert.at).is_none() {
            fix.reverted_by.clone_from(&revert.merge_sha);
        } else {
            // Reverted and put back: a person has to say which releases have it.
            fix.sure = false;
        }
    }
}

#[cfg(test)]
mod tests;
