//! What fixes an issue: every pull request and commit that may have to do with it.
//!
//! The calls only gather evidence, which `shipping` weighs. If GraphQL answers, GitHub itself says which pull request
//! closed the issue. Otherwise the same is read from the timeline, from closing keywords and from merges.

mod graph;

use serde::Deserialize;

use super::{
    client::Github,
    keywords::{at_home, closed_issues},
    pulls,
    transport::As,
    wire,
};
use crate::{
    base::clock::Time,
    model::{
        fix::{Closer, Closing, FixDoubt, FixEvidence, PullRequest, PullRequestRef},
        issue::{CloseReason, IssueLookup, IssueRef, IssueSnapshot, Repository},
        tracker::error::TrackerError,
    },
};

/// How many pages of a hundred timeline events are read of one issue.
const TIMELINE_PAGES: usize = 10;
/// How many pull requests in other repositories are asked about for one issue.
const ELSEWHERE: usize = 20;

/// One event in an issue's timeline. Kinds that we do not know are ignored.
#[derive(Deserialize)]
struct TimelineEvent {
    #[serde(rename = "event")]
    kind: Option<String>,
    commit_id: Option<String>,
    commit_url: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
    source: Option<MentionSource>,
    actor: Option<wire::UserWire>,
}

#[derive(Deserialize)]
struct MentionSource {
    issue: Option<wire::IssueWire>,
}

/// What is kept of an event: whoever mentions an issue shows the whole text in which they do.
struct Happened {
    event: TimelineEvent,
    /// The pull request of the owner's that says it closes the issue, and whether it is somebody's who may not write there.
    claimed: Option<(PullRequestRef, bool)>,
}

impl Github {
    /// Everything that may fix this issue.
    pub async fn gather_evidence(&self, at: &IssueRef) -> Result<FixEvidence, TrackerError> {
        let issue = match self.read_issue(at).await? {
            IssueLookup::Here(issue) => issue,
            IssueLookup::Moved(there) => match self.read_issue(&there).await? {
                IssueLookup::Here(issue) => issue,
                _ => return Ok(FixEvidence::doubtful(there, FixDoubt::IssueGone)),
            },
            IssueLookup::Gone => return Ok(FixEvidence::doubtful(at.clone(), FixDoubt::IssueGone)),
        };
        let undated = issue.closed_as == Some(CloseReason::NotPlanned) && issue.closed_at.is_none();
        if let Some(reason) = issue.closed_as.filter(|reason| *reason == CloseReason::Duplicate || undated) {
            return Ok(FixEvidence::doubtful(issue.at, FixDoubt::ClosedAs(reason)));
        }
        let mut evidence = self.evidence(&issue).await?;
        if issue.closed_as == Some(CloseReason::NotPlanned) && !issue.closed_by_machine {
            // Whoever decided against it did not think that it was fixed; what is merged afterwards may do it all the same.
            evidence.doubts.push(FixDoubt::ClosedAs(CloseReason::NotPlanned));
            evidence.closers.clear();
            evidence.pulls.retain(|pull| pull.open || pull.merged_at > issue.closed_at);
        }
        Ok(evidence)
    }

    async fn evidence(&self, issue: &IssueSnapshot) -> Result<FixEvidence, TrackerError> {
        let IssueRef { repository, number } = &issue.at;
        let path = format!("/repos/{repository}/issues/{number}/timeline?per_page=100");
        let doing = "reading an issue's timeline";
        let timeline = self
            .transport()
            .list_whole(As::In(repository), path, TIMELINE_PAGES, doing, |_| false, |event| Some(kept(event, issue)))
            .await;
        let (events, timeline_complete) = match timeline {
            Ok(read) => read,
            Err(TrackerError::NotFound(_)) => (Vec::new(), false),
            Err(error) => return Err(error),
        };
        let (mut pulls, pulls_complete) = self.pull_requests_since(repository, issue.created_at).await?;
        let graph = self.graph(&issue.at).await?;
        let known = graph.as_ref().is_some_and(|graph| graph.whole);
        let silent = graph.is_some() && !known;
        let knows_reopenings = known && graph.as_ref().is_some_and(|graph| graph.knows_reopenings);
        let mut evidence = FixEvidence::new(issue.at.clone());
        evidence.author.clone_from(&issue.author);
        evidence.opened_at = Some(issue.created_at);
        if let Some(graph) = graph {
            evidence.closers = graph.closers;
            evidence.linked = graph.linked;
            evidence.reopened_at = graph.reopened_at;
            merge_pulls(&mut pulls, graph.pulls);
        }
        read_timeline(&mut evidence, &events);
        let (elsewhere, doubts) = self.elsewhere(&events, &pulls, known).await?;
        pulls.extend(elsewhere);
        evidence.doubts = doubts;
        evidence.links_known = known;
        if silent {
            evidence.doubts.push(FixDoubt::HalfAnswer);
        }
        // Anybody fills a timeline by naming the issue in commits of their own. Where GitHub itself said what closed it, and when it
        // was reopened, the rest of it is not needed.
        if (!timeline_complete && !knows_reopenings) || (!pulls_complete && !known && evidence.closers.is_empty()) {
            evidence.doubts.push(FixDoubt::MoreThanRead);
        }
        leave_out_foreign(&mut evidence, &mut pulls);
        evidence.default_branch = match pulls.iter().find_map(|pull| home_branch(pull, repository)) {
            Some(branch) => branch,
            None => self.read_repository(repository).await?.default_branch,
        };
        for pull in pulls.iter_mut().filter(|pull| pull.merged_at.is_some() && pull.merge_sha.is_none()) {
            if evidence.claim(pull).is_some() {
                pull.merge_sha = self.merge_commit(&pull.at).await?;
            }
        }
        evidence.pulls = pulls;
        evidence.merged_by_author = self.merged_by_author(&evidence).await?;
        Ok(evidence)
    }

    /// The pull requests that the issue's author merged, where that matters. Each is read, since lists do not say who merged
    /// (objectstack-ai/objectstack#17589), and the issue only says what its author is: a member or a collaborator may often only read
    /// (amplifthq/opentag#69).
    async fn merged_by_author(&self, evidence: &FixEvidence) -> Result<Vec<PullRequestRef>, TrackerError> {
        let mut merged = Vec::new();
        for pull in evidence.pulls.iter().filter(|pull| evidence.asks_who_merged(pull)).take(ELSEWHERE) {
            let by = self.merger(&pull.at).await?;
            if by.is_some() && by == evidence.author {
                merged.push(pull.at.clone());
            }
        }
        Ok(merged)
    }

    /// The pull requests in the owner's other repositories that say they close the issue.
    ///
    /// Anybody can mention an issue, in a repository of their own and in a pull request to any of the owner's, and may write so into
    /// one that was merged long ago. They must not be able to add to what the issue needs, nor to what has to be asked. So what
    /// outsiders wrote is read only where GitHub does not say itself what closes the issue, and what cannot be read of it is no doubt.
    async fn elsewhere(
        &self,
        events: &[Happened],
        at_hand: &[PullRequest],
        known: bool,
    ) -> Result<(Vec<PullRequest>, Vec<FixDoubt>), TrackerError> {
        let (mut asked, mut by_outsiders): (Vec<&PullRequestRef>, Vec<&PullRequestRef>) = (Vec::new(), Vec::new());
        for (one, by_an_outsider) in events.iter().filter_map(|happened| happened.claimed.as_ref()) {
            let list = if *by_an_outsider { &mut by_outsiders } else { &mut asked };
            if !at_hand.iter().any(|pull| pull.at.is(one)) && !list.contains(&one) {
                list.push(one);
            }
        }
        let (mut pulls, mut doubts) = (Vec::new(), Vec::new());
        if asked.len() > ELSEWHERE {
            doubts.push(FixDoubt::MoreMentionsThanRead);
        }
        let outsiders = by_outsiders.into_iter().filter(|_| !known).map(|one| (one, true));
        for (one, by_an_outsider) in asked.into_iter().map(|one| (one, false)).chain(outsiders).take(ELSEWHERE) {
            match self.pull_request(one).await {
                Ok(Some(pull)) => pulls.push(pull),
                Ok(None) | Err(TrackerError::Unauthorized(_)) if by_an_outsider => {}
                Ok(None) | Err(TrackerError::Unauthorized(_)) => doubts.push(FixDoubt::Unreadable(one.clone())),
                Err(error) => return Err(error),
            }
        }
        Ok((pulls, doubts))
    }
}

/// What is needed of an event, without the texts in which the issue is mentioned.
fn kept(mut event: TimelineEvent, issue: &IssueSnapshot) -> Happened {
    let source = event.source.take().and_then(|source| source.issue);
    let source = source.filter(|_| event.kind.as_deref() == Some("cross-referenced"));
    let claimed = source.filter(|source| source.pull_request.is_some()).and_then(|source| {
        let repository = source.repository()?;
        let ours = repository.owner().eq_ignore_ascii_case(issue.at.repository.owner());
        let counts = ours && !is_proposed_by_an_outsider(&source) && says_it_closes(&source, &repository, issue);
        counts.then(|| (PullRequestRef { number: source.number, repository }, is_by_an_outsider(&source)))
    });
    Happened { event, claimed }
}

/// Whether whoever wrote a pull request may not write where it is. Where the event does not say, it is asked.
fn is_by_an_outsider(source: &wire::IssueWire) -> bool {
    let by = source.user.as_ref().and_then(|user| user.kind.as_deref());
    let association = source.author_association.as_deref();
    association.is_some() && !pulls::may_write(association, by)
}

/// Whether a pull request is nothing more than what somebody proposes who may not write there. Of what is merged the pull request says
/// more, and so it is asked of whatever the event does not say.
fn is_proposed_by_an_outsider(source: &wire::IssueWire) -> bool {
    let merged = source.pull_request.as_ref().and_then(|pull| pull.get("merged_at"));
    is_by_an_outsider(source) && merged.is_some_and(serde_json::Value::is_null)
}

/// Whether a pull request's text closes the issue. If the text is missing, the pull request has to be read to find out.
fn says_it_closes(source: &wire::IssueWire, home: &Repository, issue: &IssueSnapshot) -> bool {
    let Some(body) = &source.body else { return true };
    let said = at_home(&format!("{}\n\n{body}", source.title), source.html_url.as_deref());
    closed_issues(&said, home).iter().any(|closed| closed.is(&issue.at))
}

/// Leaves out what other owners' repositories say of the issue. GitHub lists their pull requests as closing it, with what their authors
/// may do *there* (entrius/gittensor#1038), and a push to a fork closes it (gitlabhq#9704). None of that is in our releases.
fn leave_out_foreign(evidence: &mut FixEvidence, pulls: &mut Vec<PullRequest>) {
    let owner = evidence.issue.repository.owner().to_owned();
    let is_ours = |repository: &Repository| repository.owner().eq_ignore_ascii_case(&owner);
    pulls.retain(|pull| is_ours(&pull.at.repository));
    evidence.linked.retain(|at| is_ours(&at.repository));
    evidence.closers.retain(|closer| match closer {
        Closer::PullRequest(at) => is_ours(&at.repository),
        Closer::Commit { repository, .. } => is_ours(repository),
    });
}

fn home_branch(pull: &PullRequest, repository: &Repository) -> Option<String> {
    pull.default_branch.clone().filter(|_| pull.at.repository.is(repository))
}

/// Adds what GraphQL knows: above all the merge commit, and pull requests that the listing did not reach.
fn merge_pulls(pulls: &mut Vec<PullRequest>, more: Vec<PullRequest>) {
    for pull in more {
        match pulls.iter_mut().find(|known| known.at.is(&pull.at)) {
            Some(known) => {
                known.merge_sha = pull.merge_sha.or(known.merge_sha.take());
                known.merged_at = pull.merged_at.or(known.merged_at);
            }
            None => pulls.push(pull),
        }
    }
}

fn read_timeline(evidence: &mut FixEvidence, events: &[Happened]) {
    for Happened { event, .. } in events {
        match event.kind.as_deref() {
            Some("reopened") => evidence.reopened_at = evidence.reopened_at.max(event.created_at),
            Some("closed") => {
                let by = event.actor.as_ref().and_then(|actor| actor.login.clone());
                evidence.closings.extend(event.created_at.map(|at| Closing { at, by }));
                let Some(sha) = event.commit_id.clone() else { continue };
                // `.../repos/owner/name/commits/SHA`: the commit may be in another repository.
                let named = event.commit_url.as_deref().and_then(|url| url.split_once("/commits/"));
                let repository = named.and_then(|(url, _)| wire::tail(url, 2));
                let repository = repository.unwrap_or_else(|| evidence.issue.repository.clone());
                evidence.closers.push(Closer::Commit { repository, sha, at: event.created_at });
            }
            _ => {}
        }
    }
}
