//! A fix: the commits that a release must contain before its issue may be called fixed (G5, shipped means in users'
//! hands).
//!
//! What a tracker knows is [`FixEvidence`]. `shipping` weighs it into the [`FixSet`], and later asks which release
//! contains each of its commits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    commit::is_start,
    issue::{CloseReason, IssueRef, Repository},
    words::words,
};
use crate::base::clock::Time;

words! {
    /// How a commit is known to be a fix.
    pub enum FixSource {
        /// The tracker says that this pull request closed the issue.
        ClosingPullRequest = "closing_pull_request",
        /// The tracker says that this commit closed the issue.
        ClosingCommit = "closing_commit",
        /// The pull request says so in its text.
        Keyword = "keyword",
        /// A text says so that proves nothing: its author may not write in the repository, or it denies what its keyword says.
        Claim = "claim",
        /// It carries another fix over to another release line.
        Backport = "backport",
        /// It was merged into a branch that an open pull request would bring on.
        Stacked = "stacked",
        /// It was merged into a branch that does not reach customers by itself.
        OtherBranch = "other_branch",
    }
}

/// A commit that belongs to a fix, or replaces one on another release line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The commit's repository, which may not be the issue's.
    pub repository: Repository,
    /// The commit on the branch that the fix was merged into.
    pub sha: String,
    /// The pull request that brought it.
    pub pull_request: Option<i64>,
    /// That pull request's title.
    pub title: Option<String>,
    /// When it was merged.
    pub merged_at: Option<Time>,
    /// How we know of it.
    pub source: FixSource,
    /// Whether that is proof. Otherwise a person has to confirm.
    pub sure: bool,
    /// Why it is no proof, as a part of a sentence.
    pub doubt: Option<String>,
    /// For a backport: the fix that it carries over to another release line. Either of the two is enough.
    pub stands_for: Option<String>,
    /// The merged commit that reverts this fix. A release with both does not have the fix.
    pub reverted_by: Option<String>,
}

impl Fix {
    /// Whether this hash, which may be shortened, is the fix's commit.
    pub fn is(&self, hash: &str) -> bool {
        is_start(hash, &self.sha)
    }

    /// Whether it is on a branch from which releases are made, as far as it is known.
    pub fn is_on_its_way_out(&self) -> bool {
        !matches!(self.source, FixSource::Stacked | FixSource::OtherBranch)
    }

    /// Whether more than a text says that it is one.
    pub fn is_more_than_claimed(&self) -> bool {
        self.source != FixSource::Claim
    }

    /// Why it is not certain that this fixes the issue. A backport has none of its own: the fix that it carries over has.
    pub fn own_doubt(&self) -> Option<&str> {
        self.doubt.as_deref().filter(|_| !self.sure && self.stands_for.is_none())
    }

    /// The same fix, of which something is not known.
    #[must_use]
    pub fn doubted(self, why: &str) -> Self {
        let doubt = Some(self.doubt.unwrap_or_else(|| why.to_owned()));
        Self { sure: false, doubt, ..self }
    }
}

/// Everything that has to be out before the issue is fixed for customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixSet {
    /// The commits. If there are none, nothing can be proven and a person is asked.
    pub fixes: Vec<Fix>,
    /// Whether a pull request that intends to close the issue is open.
    pub under_way: bool,
    /// What could not be found out. If there is a doubt, nothing is more than likely.
    pub doubts: Vec<FixDoubt>,
    /// Whether the tracker said itself what closes the issue.
    pub links_known: bool,
    /// When the issue was last reopened: what was merged before that did not fix it.
    pub reopened_at: Option<Time>,
}

impl FixSet {
    /// Keeps the fixes that were known before and are missing only because a source did not answer: a fix set never
    /// shrinks by silence (G5, shipped means in users' hands). If there is any doubt, nothing is more than likely.
    pub fn keep_known(&mut self, before: &[Fix]) {
        let silent = self.doubts.iter().any(|doubt| matches!(doubt, FixDoubt::HalfAnswer | FixDoubt::MoreThanRead));
        for known in before {
            let counts = self.reopened_at.is_none_or(|at| known.merged_at.is_some_and(|merged| merged > at));
            let linked = matches!(known.source, FixSource::ClosingPullRequest | FixSource::OtherBranch);
            let unsaid = silent || (!self.links_known && linked);
            if counts && unsaid && self.fixes.iter().all(|fix| fix.sha != known.sha) {
                self.fixes
                    .push(known.clone().doubted("the tracker did not say again that this commit belongs to the fix"));
                if !self.doubts.contains(&FixDoubt::HalfAnswer) {
                    self.doubts.push(FixDoubt::HalfAnswer);
                }
            }
        }
        let doubts: Vec<String> = self.doubts.iter().map(ToString::to_string).collect();
        if !doubts.is_empty() {
            let why = doubts.join("; ");
            self.fixes = std::mem::take(&mut self.fixes).into_iter().map(|fix| fix.doubted(&why)).collect();
        }
    }
}

/// Something that could not be found out about a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FixDoubt {
    /// The issue was closed for a reason that is not a fix.
    ClosedAs(CloseReason),
    /// The issue is gone.
    IssueGone,
    /// The issue has more events or pull requests than we read.
    MoreThanRead,
    /// The tracker did not say, or not in full, which pull requests close the issue.
    HalfAnswer,
    /// More pull requests of other repositories mention the issue than we read.
    MoreMentionsThanRead,
    /// This pull request says that it closes the issue, but we may not read it.
    Unreadable(PullRequestRef),
    /// The tracker does not say which commit merged this pull request.
    UnknownMerge(PullRequestRef),
}

impl std::fmt::Display for FixDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ClosedAs(reason) => write!(f, "the issue was closed as {reason}, which is no fix"),
            Self::IssueGone => f.write_str("the issue is gone"),
            Self::MoreThanRead => f.write_str("there are more events or pull requests than Heard reads"),
            Self::HalfAnswer => f.write_str("the tracker did not answer in full which pull requests close the issue"),
            Self::MoreMentionsThanRead => f.write_str("more pull requests mention the issue than Heard reads"),
            Self::Unreadable(at) => write!(f, "Heard may not read {at}, which says that it closes the issue"),
            Self::UnknownMerge(at) => write!(f, "the tracker does not say which commit merged {at}"),
        }
    }
}

/// Which pull request. Some trackers number them separately from issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestRef {
    /// The repository that it wants to change.
    pub repository: Repository,
    /// Its number there.
    pub number: i64,
}

impl PullRequestRef {
    /// Whether both mean the same pull request.
    pub fn is(&self, other: &Self) -> bool {
        self.number == other.number && self.repository.is(&other.repository)
    }
}

impl std::fmt::Display for PullRequestRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.repository, self.number)
    }
}

/// What a tracker knows about a pull request, or a merge request, as far as fixes are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Which one.
    pub at: PullRequestRef,
    /// Whether it is open.
    pub open: bool,
    /// When it was merged. A closed one without this was not merged: some merge bots close it instead.
    pub merged_at: Option<Time>,
    /// The commit that the merge put on the base branch. Only for merged ones.
    pub merge_sha: Option<String>,
    /// Its title.
    pub title: String,
    /// The branch that it was or would be merged into.
    pub base: String,
    /// The branch of the same repository that it merges. `None` for one of a fork, and where it is not known.
    pub head: Option<String>,
    /// The repository's default branch, if the answer had it.
    pub default_branch: Option<String>,
    /// What its title and text say. Whoever wrote them may change them at any time, also after the merge.
    pub says: PullRequestClaims,
    /// Whether whoever wrote them may write in the repository, or is a program that somebody installed there. What others say is
    /// believed only as far as the tracker acted on it.
    pub by_writer: bool,
}

/// What a pull request says about itself, in the words of its tracker and of git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequestClaims {
    /// The issues that it closes.
    pub closes: Vec<IssueRef>,
    /// The issues that it names with a closing keyword while it denies or limits that it closes them: "does not fix #7".
    pub denies: Vec<IssueRef>,
    /// The lines that say what it closes, without marks and in small letters, to tell a template from its own words.
    pub closing_lines: Vec<String>,
    /// The pull requests that it carries over to another release line.
    pub backports: Vec<PullRequestRef>,
    /// The commits that it was picked from, perhaps shortened.
    pub picked_from: Vec<String>,
    /// The pull requests that it reverts.
    pub reverts: Vec<PullRequestRef>,
}

/// What closed an issue, according to the tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closer {
    /// A pull request.
    PullRequest(PullRequestRef),
    /// A commit.
    Commit {
        /// Its repository.
        repository: Repository,
        /// Its hash.
        sha: String,
        /// When it closed the issue.
        at: Option<Time>,
    },
}

/// An issue was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: Time,
    /// By whom. Unknown for deleted accounts.
    pub by: Option<String>,
}

impl Closing {
    /// Whether it came so soon after a merge as when the tracker closes what the merge names.
    fn follows(&self, merged: Time) -> bool {
        self.at >= merged && self.at.since(merged) <= CLOSED_WITH
    }
}

/// Everything that was read about what fixes one issue.
#[derive(Clone, Debug)]
pub struct FixEvidence {
    /// The issue.
    pub issue: IssueRef,
    /// The default branch of its repository.
    pub default_branch: String,
    /// When it was last reopened. What was merged before that did not fix it.
    pub reopened_at: Option<Time>,
    /// When it was written: what was merged before did not fix it.
    pub opened_at: Option<Time>,
    /// Who wrote it. They may close it, whoever they are.
    pub author: Option<String>,
    /// The pull requests of outsiders that they merged themselves, as a person: who merges may write, and the tracker closes in their name.
    pub merged_by_author: Vec<PullRequestRef>,
    /// Each time that it was closed.
    pub closings: Vec<Closing>,
    /// What closed it, according to the tracker.
    pub closers: Vec<Closer>,
    /// The pull requests that the tracker lists as closing it, because of a keyword or by hand.
    pub linked: Vec<PullRequestRef>,
    /// The pull requests that may have to do with it.
    pub pulls: Vec<PullRequest>,
    /// What could not be found out.
    pub doubts: Vec<FixDoubt>,
    /// Whether the tracker said itself which pull requests closed the issue or are linked to it.
    pub links_known: bool,
}

impl FixEvidence {
    /// Evidence about an issue of which nothing is known yet.
    pub fn new(issue: IssueRef) -> Self {
        Self {
            issue,
            default_branch: "main".to_owned(),
            reopened_at: None,
            opened_at: None,
            author: None,
            merged_by_author: Vec::new(),
            closings: Vec::new(),
            closers: Vec::new(),
            linked: Vec::new(),
            pulls: Vec::new(),
            doubts: Vec::new(),
            links_known: false,
        }
    }

    /// Evidence about an issue for which nothing can be proven.
    pub fn doubtful(issue: IssueRef, doubt: FixDoubt) -> Self {
        Self { doubts: vec![doubt], ..Self::new(issue) }
    }

    /// How a pull request claims to close the issue. `None` if it does not claim it.
    pub fn claim(&self, pull: &PullRequest) -> Option<FixClaim> {
        if self.closers.iter().any(|closer| matches!(closer, Closer::PullRequest(at) if at.is(&pull.at))) {
            return Some(FixClaim { source: FixSource::ClosingPullRequest, doubt: None });
        }
        let linked = self.linked.iter().any(|at| at.is(&pull.at));
        let closes_it = pull.says.closes.iter().any(|issue| issue.is(&self.issue));
        let source = if linked { FixSource::ClosingPullRequest } else { FixSource::Keyword };
        // A tracker acts on a keyword or a link when the change is merged into the default branch. Who says it comes first: into a
        // branch of their own, too, an outsider's text is an outsider's text.
        let doubt = if !pull.by_writer && !self.was_closed_with(pull) {
            Some(ClaimDoubt::NotByAWriter)
        } else if !self.is_on_default(pull) {
            Some(ClaimDoubt::OtherBranch)
        } else {
            None
        };
        (linked || closes_it).then_some(FixClaim { source, doubt })
    }

    /// Whether the issue was closed when a pull request was merged, as the tracker does by its keyword in the name of whoever merges.
    /// Its author may close it at any time, whatever they may do in the repository, and proves nothing by it unless they merged the pull
    /// request. Where the tracker says itself what closed it, time says nothing.
    fn was_closed_with(&self, pull: &PullRequest) -> bool {
        let Some(merged) = pull.merged_at.filter(|_| !self.links_known) else { return false };
        let by_author_too = self.merged_by_author.iter().any(|at| at.is(&pull.at));
        self.closings.iter().any(|closing| {
            let follows = |merged: Time| closing.follows(merged);
            let may_be_by_it =
                closing.by.is_some() && self.author.is_some() && (by_author_too || closing.by != self.author);
            // What a writer merged in the same minute explains it.
            let explained = self.pulls.iter().any(|other| {
                other.by_writer
                    && other.merged_at.is_some_and(follows)
                    && other.says.closes.iter().any(|one| one.is(&self.issue))
            });
            may_be_by_it && !explained && follows(merged)
        })
    }

    /// Whether the issue was closed within a minute of a merge, by whomever. That alone proves nothing.
    pub fn was_closed_at_the_merge_of(&self, pull: &PullRequest) -> bool {
        pull.merged_at.is_some_and(|merged| self.closings.iter().any(|closing| closing.follows(merged)))
    }

    /// Whether it matters who merged a pull request: an outsider says that it closes the issue, and the issue's author closed it then.
    pub fn asks_who_merged(&self, pull: &PullRequest) -> bool {
        let Some(merged) = pull.merged_at.filter(|_| !self.links_known && self.author.is_some()) else { return false };
        let is_claimed = self.claim(pull).is_some_and(|claim| claim.doubt == Some(ClaimDoubt::NotByAWriter));
        is_claimed && self.closings.iter().any(|closing| closing.by == self.author && closing.follows(merged))
    }

    /// Whether a pull request was merged before the issue was written.
    pub fn is_older(&self, pull: &PullRequest) -> bool {
        pull.merged_at.is_some_and(|merged| self.opened_at.is_some_and(|opened| merged < opened))
    }

    /// Whether a pull request was or would be merged into the default branch.
    pub fn is_on_default(&self, pull: &PullRequest) -> bool {
        pull.base == pull.default_branch.as_deref().unwrap_or(&self.default_branch)
    }
}

/// How a pull request claims to close an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixClaim {
    /// By what.
    pub source: FixSource,
    /// Why that is no proof.
    pub doubt: Option<ClaimDoubt>,
}

/// Why a claim to close an issue is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimDoubt {
    /// It was merged into a branch from which a tracker closes nothing.
    OtherBranch,
    /// Its author may not write in the repository, and the tracker did not close the issue by it. A text can be changed after the
    /// merge.
    NotByAWriter,
}

/// How soon after a merge the tracker closes the issue that it names.
const CLOSED_WITH: Duration = Duration::from_mins(1);

/// Whether a release's tip contains a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containment {
    /// It does: the commit is the tip or an ancestor of it.
    Contained,
    /// It does not.
    NotContained,
    /// The tracker does not know one of the two: history was rewritten, or the commit is in another repository.
    Unknown,
}

/// One thing that a judgement rests on, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The sentence.
    pub says: String,
    /// Where to see it.
    pub url: Option<String>,
}
