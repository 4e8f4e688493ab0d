//! From evidence to the fix set. It is pure, and never sure if there is doubt.

use crate::{
    base::clock::Time,
    model::fix::{
        ClaimDoubt, Closer, Fix, FixClaim, FixDoubt, FixEvidence, FixSet, FixSource, PullRequest, PullRequestRef,
    },
};

/// Weighs the evidence.
pub fn assemble(evidence: &FixEvidence) -> FixSet {
    let mut set = FixSet {
        doubts: evidence.doubts.clone(),
        links_known: evidence.links_known,
        reopened_at: evidence.reopened_at,
        ..FixSet::default()
    };
    for pull in &evidence.pulls {
        let Some(claim) = evidence.claim(pull) else { continue };
        if pull.open {
            // Anybody may open one and say what it will fix.
            set.under_way |= pull.by_writer;
        } else if pull.merged_at.is_some() && claim.doubt != Some(ClaimDoubt::NotByAWriter) {
            add_merged(&mut set, pull, evidence, claim);
        }
    }
    add_closing_commits(&mut set, evidence);
    add_claims_of_strangers(&mut set, evidence);
    set.fixes.retain(|fix| !(evidence.reopened_at.is_some() && fix.merged_at <= evidence.reopened_at));
    part_lines(&mut set.fixes, evidence);
    follow_stacks(&mut set, evidence);
    add_backports(&mut set, &evidence.pulls);
    note_reverts(&mut set.fixes, &evidence.pulls);
    set
}

/// What somebody says who may not write in the repository, where nobody else fixed it: then a person looks. Beside a fix of somebody
/// else it says nothing, or whoever edits a text of theirs holds up, or takes back, what is told of every issue.
fn add_claims_of_strangers(set: &mut FixSet, evidence: &FixEvidence) {
    if !set.fixes.is_empty() {
        return;
    }
    let may_be =
        |pull: &&PullRequest| pull.merged_at.is_some() && evidence.is_on_default(pull) && !evidence.is_older(pull);
    for pull in evidence.pulls.iter().filter(may_be) {
        let Some(claim) = evidence.claim(pull) else { continue };
        if claim.doubt == Some(ClaimDoubt::NotByAWriter) {
            add_merged(set, pull, evidence, claim);
        }
    }
}

fn add_merged(set: &mut FixSet, pull: &PullRequest, evidence: &FixEvidence, claim: FixClaim) {
    let Some(sha) = pull.merge_sha.clone() else {
        set.doubts.push(FixDoubt::UnknownMerge(pull.at.clone()));
        return;
    };
    if set.fixes.iter().any(|fix| fix.sha == sha) {
        return;
    }
    let denies = pull.says.denies.iter().any(|issue| issue.is(&evidence.issue));
    let only_claimed = denies || claim.doubt == Some(ClaimDoubt::NotByAWriter);
    let source = if only_claimed { FixSource::Claim } else { claim.source };
    let found = fix(pull, sha, source, claim.doubt.is_none(), None);
    if let Some(line) = said_by_a_template(pull, evidence).filter(|_| !denies) {
        let others =
            format!("several pull requests say \u{201c}{line}\u{201d} as {} does, as a template would", pull.at);
        set.fixes.push(found.doubted(&others));
        return;
    }
    set.fixes.push(match (denies, claim.doubt) {
        (true, _) => found.doubted(&format!("the text of {} denies or limits that it fixes the issue", pull.at)),
        (false, Some(ClaimDoubt::OtherBranch)) => {
            found.doubted(&format!("{} was merged into {}, which is not the default branch", pull.at, pull.base))
        }
        (false, Some(ClaimDoubt::NotByAWriter)) => {
            let closed = if evidence.was_closed_at_the_merge_of(pull) {
                "the issue may have been closed by something else"
            } else {
                "the issue was not closed when it was merged"
            };
            found.doubted(&format!(
                "{} says that it fixes the issue, but its author may not write in the repository, and {closed}",
                pull.at
            ))
        }
        (false, None) => found,
    });
}

/// The line that closes the issue, if other pull requests into the same branch say it in the same words. "Fixes #7" alone
/// is what two halves of a fix may both say. What was not merged, or was written by somebody who may not write in the repository, is
/// no template's: anybody may copy a line.
fn said_by_a_template<'p>(pull: &'p PullRequest, evidence: &FixEvidence) -> Option<&'p str> {
    const OWN_WORDS: usize = 2;
    let closes = |pull: &PullRequest| pull.says.closes.iter().any(|issue| issue.is(&evidence.issue));
    let same = |line: &str| {
        let alike = evidence.pulls.iter().filter(|other| {
            !other.at.is(&pull.at)
                && other.by_writer
                && other.merged_at.is_some()
                && other.base == pull.base
                && closes(other)
                && other.says.closing_lines.iter().any(|one| one == line)
        });
        1 + alike.count()
    };
    let usual = |line: &str| if line.split(' ').count() <= OWN_WORDS { 3 } else { 2 };
    pull.says.closing_lines.iter().map(String::as_str).find(|line| same(line) >= usual(line))
}

fn fix(pull: &PullRequest, sha: String, source: FixSource, sure: bool, stands_for: Option<String>) -> Fix {
    let (repository, pull_request) = (pull.at.repository.clone(), Some(pull.at.number));
    let title = Some(pull.title.clone()).filter(|title| !title.is_empty());
    let merged_at = pull.merged_at;
    Fix { repository, sha, pull_request, title, merged_at, source, sure, doubt: None, stands_for, reverted_by: None }
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
            title: None,
            merged_at: *at,
            source: FixSource::ClosingCommit,
            sure: true,
            doubt: None,
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
    let unsure = |fix: &&mut Fix| !fix.sure && fix.is_more_than_claimed() && fix.repository == main.1;
    for fix in fixes.iter_mut().filter(unsure) {
        let by = brought(fix);
        let pull = evidence.pulls.iter().find(|pull| by.as_ref().is_some_and(|by| by.is(&pull.at)));
        if pull.is_some_and(|pull| is_release_line(&pull.base)) {
            fix.source = FixSource::Backport;
            fix.stands_for = Some(main.0.clone());
            fix.doubt = Some(format!(
                "commit {} was merged into a release line, and it is not known whether it is the same fix",
                fix.sha.get(..8).unwrap_or(&fix.sha)
            ));
        }
    }
}

/// What was merged into a branch of its own comes to customers only with what that branch is merged into.
///
/// Its commit is lost on the way where the branch is squashed or rebased, and a keyword of a pull request that was not
/// merged into the default branch closes nothing. So it is never required for ever, and never proof.
fn follow_stacks(set: &mut FixSet, evidence: &FixEvidence) {
    let mut carried: Vec<Fix> = Vec::new();
    let unsure = |fix: &&mut Fix| !fix.sure && fix.is_more_than_claimed() && fix.stands_for.is_none();
    for fix in set.fixes.iter_mut().filter(unsure) {
        let by = brought(fix);
        let Some(pull) = evidence.pulls.iter().find(|pull| by.as_ref().is_some_and(|by| by.is(&pull.at))) else {
            continue;
        };
        if evidence.is_on_default(pull) || is_release_line(&pull.base) || is_long_lived(&pull.base) {
            continue;
        }
        let (mut top, mut stack) = (pull, vec![&pull.at]);
        let above = |top: &PullRequest, stack: &[&PullRequestRef]| {
            evidence.pulls.iter().find(|upper| brings_on(upper, top) && !stack.contains(&&upper.at))
        };
        while let Some(upper) = above(top, &stack) {
            top = upper;
            stack.push(&upper.at);
            if upper.open || evidence.is_on_default(upper) {
                break;
            }
        }
        fix.source = if top.open { FixSource::Stacked } else { FixSource::OtherBranch };
        set.under_way |= top.open && top.by_writer;
        let Some(sha) = top.merge_sha.clone().filter(|_| !top.open && evidence.is_on_default(top)) else { continue };
        carried.push(self::fix(top, sha, FixSource::Backport, false, Some(fix.sha.clone())).doubted(&format!(
            "{} was merged into {}, which {} brought to {}, and its commit is not there",
            pull.at, pull.base, top.at, top.base
        )));
    }
    for one in carried {
        if set.fixes.iter().all(|fix| fix.sha != one.sha) {
            set.fixes.push(one);
        }
    }
}

/// Whether a pull request brings on the branch that another was merged into.
fn brings_on(upper: &PullRequest, lower: &PullRequest) -> bool {
    let same = upper.at.repository.is(&lower.at.repository) && upper.head.as_deref() == Some(lower.base.as_str());
    let after = upper.merged_at.is_some() && upper.merged_at >= lower.merged_at;
    same && (upper.open || after)
}

/// Whether a branch is one that a team merges into its default branch as it is, and not a branch of one change.
fn is_long_lived(branch: &str) -> bool {
    const NAMES: &[&str] =
        &["main", "master", "trunk", "develop", "development", "dev", "devel", "next", "integration", "staging"];
    NAMES.contains(&branch.to_ascii_lowercase().as_str())
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

/// Adds merged pull requests that carry a fix over. Git's own trailer is proof; "Backport of #12" is likely. What outsiders write says
/// nothing, because they may write it at any time; what their commits say is read from the commits.
fn add_backports(set: &mut FixSet, pulls: &[PullRequest]) {
    for pull in pulls.iter().filter(|pull| pull.by_writer && pull.merged_at.is_some()) {
        let Some(sha) = pull.merge_sha.clone().filter(|sha| set.fixes.iter().all(|fix| fix.sha != *sha)) else {
            continue;
        };
        let originals = set.fixes.iter().filter(|fix| fix.stands_for.is_none());
        let of = originals.filter_map(|original| {
            let picked = pull.says.picked_from.iter().any(|hash| original.is(hash));
            let said = brought(original).is_some_and(|by| pull.says.backports.iter().any(|at| at.is(&by)));
            (picked || said).then(|| (original.sha.clone(), picked && original.sure))
        });
        let found: Vec<Fix> = of
            .map(|(of, sure)| {
                let found = fix(pull, sha.clone(), FixSource::Backport, sure, Some(of));
                if sure {
                    found
                } else {
                    found.doubted(&format!("{} says that it carries the fix over, which is no proof", pull.at))
                }
            })
            .collect();
        set.fixes.extend(found);
    }
}

/// Notes merged pull requests that revert a fix, and follows what reverts those to its end. A revert is merged after what it reverts.
/// What outsiders write says nothing, because they may write it at any time; what their commits take back is read from the commits.
fn note_reverts(fixes: &mut [Fix], pulls: &[PullRequest]) {
    let reverting = |at: &PullRequestRef, since: Option<Time>| {
        let mut merged =
            pulls.iter().filter(|pull| pull.by_writer && pull.merged_at.is_some() && pull.merged_at >= since);
        merged.find(|pull| pull.says.reverts.iter().any(|reverted| reverted.is(at)))
    };
    for fix in fixes {
        let mut chain: Vec<&PullRequest> = Vec::new();
        let (mut at, mut since) = (brought(fix), fix.merged_at);
        while let Some(revert) = at
            .as_ref()
            .and_then(|at| reverting(at, since))
            .filter(|revert| chain.iter().all(|one| !one.at.is(&revert.at)))
        {
            chain.push(revert);
            (at, since) = (Some(revert.at.clone()), revert.merged_at);
        }
        let Some(last) = chain.last() else { continue };
        if chain.len() % 2 == 1 {
            fix.reverted_by.clone_from(&last.merge_sha);
        }
        if chain.len() > 1 {
            // Reverted and put back: a person has to say which releases have it.
            fix.sure = false;
            fix.doubt = Some(format!(
                "it was reverted by {} and then taken up again or reverted anew, last by {}",
                chain[0].at, last.at
            ));
        }
    }
}

#[cfg(test)]
mod tests;
