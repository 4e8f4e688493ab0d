//! From evidence to the fix set: pure, and in doubt never sure.

use super::fix::{Fix, FixSet, How, OpenPullRequest};
use crate::github::{issues::same_name, pulls::PullRequest};
use crate::{
    base::clock::Time,
    github::{
        commits::is_prefix,
        keywords::{backported, parse_closing_keywords, picked_from, reverted_pull_requests},
    },
    model::issue::Repository,
};

/// What GitHub says closed the issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closer {
    PullRequest { repository: Repository, number: i64 },
    Commit { repository: Repository, sha: String, at: Option<Time> },
}

/// Everything that was read about one issue.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub repository: Repository,
    pub number: i64,
    pub default_branch: String,
    pub reopened_at: Option<Time>,
    pub closers: Vec<Closer>,
    /// Pull requests that GitHub lists as closing the issue, by keyword or by hand.
    pub linked: Vec<(Repository, i64)>,
    pub pulls: Vec<PullRequest>,
    pub doubts: Vec<String>,
}

impl Evidence {
    pub fn new(repository: Repository, number: i64) -> Self {
        Self {
            repository,
            number,
            default_branch: "main".to_owned(),
            reopened_at: None,
            closers: Vec::new(),
            linked: Vec::new(),
            pulls: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// How a pull request claims to close the issue: `None` when it does not. With it, whether that is proof.
    pub fn claim(&self, pull: &PullRequest) -> Option<(How, bool)> {
        let is =
            |repository: &Repository, number: i64| number == pull.number && same_name(repository, &pull.repository);
        let closer = self
            .closers
            .iter()
            .any(|closer| matches!(closer, Closer::PullRequest { repository, number } if is(repository, *number)));
        if closer {
            return Some((How::ClosingPullRequest, true));
        }
        // GitHub acts on a keyword, and on a link, when the default branch takes the merge.
        let on_default = pull.base == pull.default_branch.as_deref().unwrap_or(&self.default_branch);
        if self.linked.iter().any(|(repository, number)| is(repository, *number)) {
            return Some((How::ClosingPullRequest, on_default));
        }
        let text = format!("{}\n\n{}", pull.title, pull.body);
        let named = parse_closing_keywords(&text, &pull.repository);
        let names_it = named.iter().any(|(name, number)| *number == self.number && same_name(name, &self.repository));
        names_it.then_some((How::Keyword, on_default))
    }
}

/// Weighs the evidence.
pub(super) fn assemble(evidence: &Evidence) -> FixSet {
    let mut set = FixSet { doubts: evidence.doubts.clone(), reopened_at: evidence.reopened_at, ..FixSet::default() };
    for pull in &evidence.pulls {
        let Some((how, sure)) = evidence.claim(pull) else { continue };
        if pull.open {
            set.open_pull_requests.push(OpenPullRequest {
                repository: pull.repository.clone(),
                number: pull.number,
                draft: pull.draft,
                author_login: pull.author_login.clone(),
            });
        } else if pull.merged_at.is_some() {
            add_merged(&mut set, pull, how, sure);
        }
    }
    add_closing_commits(&mut set, evidence);
    set.fixes.retain(|fix| !(evidence.reopened_at.is_some() && fix.merged_at <= evidence.reopened_at));
    part_lines(&mut set.fixes, evidence);
    add_backports(&mut set, &evidence.pulls);
    note_reverts(&mut set.fixes, &evidence.pulls);
    set
}

fn add_merged(set: &mut FixSet, pull: &PullRequest, how: How, sure: bool) {
    let Some(sha) = pull.merge_sha.clone() else {
        set.doubts.push(format!("GitHub does not say which commit merged {}#{}", pull.repository, pull.number));
        return;
    };
    if set.fixes.iter().any(|fix| fix.sha == sha) {
        return;
    }
    set.fixes.push(fix(pull, sha, how, sure, None));
}

fn fix(pull: &PullRequest, sha: String, how: How, sure: bool, stands_for: Option<String>) -> Fix {
    let (repository, pull_request) = (pull.repository.clone(), Some(pull.number));
    Fix { repository, sha, pull_request, merged_at: pull.merged_at, how, sure, stands_for, reverted_by: None }
}

fn add_closing_commits(set: &mut FixSet, evidence: &Evidence) {
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
            how: How::ClosingCommit,
            sure: true,
            stands_for: None,
            reverted_by: None,
        });
    }
}

/// A claim merged into a release line while the fix itself is on the default branch is that fix on another line.
fn part_lines(fixes: &mut [Fix], evidence: &Evidence) {
    let Some(main) = fixes.iter().find(|fix| fix.sure).map(|fix| (fix.sha.clone(), fix.repository.clone())) else {
        return;
    };
    for fix in fixes.iter_mut().filter(|fix| !fix.sure && fix.repository == main.1) {
        let pull = evidence
            .pulls
            .iter()
            .find(|pull| Some(pull.number) == fix.pull_request && same_name(&pull.repository, &fix.repository));
        if pull.is_some_and(|pull| is_release_line(&pull.base)) {
            fix.how = How::Backport;
            fix.stands_for = Some(main.0.clone());
        }
    }
}

/// Whether a branch's name is that of a release line: `release/2.x`, `1.4-stable`, `v3`, `lts`.
///
/// In doubt it is not: then what was merged there is one more commit that has to be out.
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

/// Merged pull requests that carry a fix over. Git's own trailer is proof; "Backport of #12" is likely.
fn add_backports(set: &mut FixSet, pulls: &[PullRequest]) {
    for pull in pulls.iter().filter(|pull| pull.merged_at.is_some()) {
        let Some(sha) = pull.merge_sha.clone().filter(|sha| set.fixes.iter().all(|fix| fix.sha != *sha)) else {
            continue;
        };
        let text = format!("{}\n\n{}", pull.title, pull.body);
        let (picked, carried) = (picked_from(&text), backported(&text, &pull.repository));
        let originals = set.fixes.iter().filter(|fix| fix.stands_for.is_none());
        let of = originals.filter_map(|original| {
            let proven = picked.iter().any(|hash| is_prefix(hash, &original.sha));
            let said = carried
                .iter()
                .any(|(name, number)| same_name(name, &original.repository) && Some(*number) == original.pull_request);
            (proven || said).then(|| (original.sha.clone(), proven && original.sure))
        });
        let found: Vec<Fix> = of.map(|(of, sure)| fix(pull, sha.clone(), How::Backport, sure, Some(of))).collect();
        set.fixes.extend(found);
    }
}

/// Merged pull requests that take a fix back, unless they were taken back themselves.
fn note_reverts(fixes: &mut [Fix], pulls: &[PullRequest]) {
    let reverting = |repository: &Repository, number: i64| {
        pulls.iter().filter(|pull| pull.merged_at.is_some()).find(|pull| {
            reverted_pull_requests(&pull.body, &pull.repository)
                .iter()
                .any(|(name, reverted)| *reverted == number && same_name(name, repository))
        })
    };
    for fix in fixes {
        let Some(number) = fix.pull_request else { continue };
        let Some(revert) = reverting(&fix.repository, number) else { continue };
        if reverting(&revert.repository, revert.number).is_none() {
            fix.reverted_by.clone_from(&revert.merge_sha);
        } else {
            // Taken back and put in again: which releases have it is for a person to say.
            fix.sure = false;
        }
    }
}

#[cfg(test)]
mod tests;
