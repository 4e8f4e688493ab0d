//! The fix set of an issue: every commit that a release must contain before it may be called a fix (G5).
//!
//! The calls only gather evidence; [`assemble`] weighs it and is pure. Where GraphQL answers, GitHub itself says which
//! pull request closed the issue; elsewhere the same is read from the timeline, from closing keywords and from merges.

mod assemble;
pub(super) mod fix;
mod graph;

use serde::Deserialize;

use super::{
    Found, Github, Issue, PullRequest, issues::same_name, keywords::parse_closing_keywords, transport::As,
    trouble::Trouble, wire,
};
use crate::{
    base::clock::Time,
    model::issue::{CloseReason, Repository},
};
pub use fix::{Fix, FixSet, How};

use assemble::{Closer, Evidence, assemble};

/// How many pages of a hundred timeline events of one issue are read.
const TIMELINE_PAGES: usize = 10;
/// How many pull requests of other repositories are asked about one issue.
const ELSEWHERE: usize = 20;

/// One event of an issue's timeline, with kinds we do not know left to themselves.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event")]
    kind: Option<String>,
    commit_id: Option<String>,
    commit_url: Option<String>,
    #[serde(default, deserialize_with = "wire::time")]
    created_at: Option<Time>,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    issue: Option<wire::Issue>,
}

impl Github {
    /// What has to be out before this issue is fixed for customers.
    ///
    /// # Errors
    /// [`Trouble`]; an issue that is gone has an empty set.
    pub async fn fix_set(&self, repository: &Repository, number: i64) -> Result<FixSet, Trouble> {
        let (repository, issue) = match self.issue(repository, number).await? {
            Found::Here(issue) => (repository.clone(), issue),
            Found::Moved { repository, number } => match self.issue(&repository, number).await? {
                Found::Here(issue) => (repository, issue),
                _ => return Ok(gone()),
            },
            Found::Gone => return Ok(gone()),
        };
        if let Some(closed @ (CloseReason::NotPlanned | CloseReason::Duplicate)) = issue.closed_as() {
            let doubts = vec![format!("the issue was closed as {closed}, which is no fix")];
            return Ok(FixSet { doubts, ..FixSet::default() });
        }
        let evidence = self.evidence(&repository, &issue).await?;
        Ok(assemble(&evidence))
    }

    async fn evidence(&self, repository: &Repository, issue: &Issue) -> Result<Evidence, Trouble> {
        let path = format!("/repos/{repository}/issues/{}/timeline?per_page=100", issue.number);
        let doing = "reading an issue's timeline";
        let timeline = self.transport().list::<Event>(As::In(repository), path, TIMELINE_PAGES, doing, |_| false).await;
        let (events, timeline_complete) = match timeline {
            Ok(read) => read,
            Err(Trouble::NotFound(_)) => (Vec::new(), true),
            Err(trouble) => return Err(trouble),
        };
        let (mut pulls, pulls_complete) = self.pull_requests_since(repository, issue.created_at).await?;
        let graph = self.graph(repository, issue.number).await?;
        let known = graph.is_some();
        let mut evidence = Evidence::new(repository.clone(), issue.number);
        if let Some(graph) = graph {
            evidence.closers = graph.closers;
            evidence.linked = graph.linked;
            merge_pulls(&mut pulls, graph.pulls);
        }
        evidence.read_timeline(&events);
        let (elsewhere, doubts) = self.elsewhere(issue, &events, &pulls).await?;
        pulls.extend(elsewhere);
        evidence.doubts = doubts;
        if !timeline_complete || (!pulls_complete && !known && evidence.closers.is_empty()) {
            evidence.doubts.push("there are more events or pull requests than Heard reads".to_owned());
        }
        evidence.default_branch = match pulls.iter().find_map(|pull| home_branch(pull, repository)) {
            Some(branch) => branch,
            None => self.repository(repository).await?.default_branch,
        };
        for pull in pulls.iter_mut().filter(|pull| pull.merged_at.is_some() && pull.merge_sha.is_none()) {
            if evidence.claim(pull).is_some() {
                pull.merge_sha = self.merge_commit(&pull.repository, pull.number).await?;
            }
        }
        evidence.pulls = pulls;
        Ok(evidence)
    }

    /// The pull requests of the owner's other repositories that say they close the issue.
    ///
    /// Anybody can mention an issue from a repository of their own, and must not be able to add to what it needs.
    async fn elsewhere(
        &self,
        issue: &Issue,
        events: &[Event],
        at_hand: &[PullRequest],
    ) -> Result<(Vec<PullRequest>, Vec<String>), Trouble> {
        let mentions = events.iter().filter(|event| event.kind.as_deref() == Some("cross-referenced"));
        let sources = mentions.filter_map(|event| event.source.as_ref()?.issue.as_ref());
        let mut asked: Vec<(Repository, i64)> = Vec::new();
        for source in sources.filter(|source| source.pull_request.is_some()) {
            let Some(home) = source.repository() else { continue };
            let known = at_hand.iter().any(|pull| pull.number == source.number && same_name(&pull.repository, &home));
            let ours = home.owner().eq_ignore_ascii_case(issue.repository.owner());
            let one = (home, source.number);
            if ours && !known && says_it_closes(source, &one.0, issue) && !asked.contains(&one) {
                asked.push(one);
            }
        }
        let (mut pulls, mut doubts) = (Vec::new(), Vec::new());
        if asked.len() > ELSEWHERE {
            doubts.push("more pull requests speak of the issue than Heard reads".to_owned());
        }
        for (home, number) in asked.into_iter().take(ELSEWHERE) {
            match self.pull_request(&home, number).await {
                Ok(Some(pull)) => pulls.push(pull),
                Ok(None) | Err(Trouble::Unauthorized(_)) => {
                    doubts.push(format!("Heard may not read {home}#{number}, which says that it closes the issue"));
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok((pulls, doubts))
    }
}

/// Whether a pull request's text closes the issue; without a text it has to be read to know.
fn says_it_closes(source: &wire::Issue, home: &Repository, issue: &Issue) -> bool {
    let Some(body) = &source.body else { return true };
    let named = parse_closing_keywords(&format!("{}\n\n{body}", source.title), home);
    named.iter().any(|(name, number)| *number == issue.number && same_name(name, &issue.repository))
}

fn home_branch(pull: &PullRequest, repository: &Repository) -> Option<String> {
    pull.default_branch.clone().filter(|_| same_name(&pull.repository, repository))
}

/// Adds what GraphQL knows: the merge commit above all, and pull requests the listing did not reach.
fn merge_pulls(pulls: &mut Vec<PullRequest>, more: Vec<PullRequest>) {
    for pull in more {
        let known = pulls
            .iter_mut()
            .find(|known| known.number == pull.number && same_name(&known.repository, &pull.repository));
        match known {
            Some(known) => {
                known.merge_sha = pull.merge_sha.or(known.merge_sha.take());
                known.merged_at = pull.merged_at.or(known.merged_at);
            }
            None => pulls.push(pull),
        }
    }
}

impl Evidence {
    fn read_timeline(&mut self, events: &[Event]) {
        for event in events {
            match event.kind.as_deref() {
                Some("reopened") => self.reopened_at = self.reopened_at.max(event.created_at),
                Some("closed") => {
                    let Some(sha) = event.commit_id.clone() else { continue };
                    // `.../repos/owner/name/commits/SHA`: the commit may be in another repository.
                    let named = event.commit_url.as_deref().and_then(|url| url.split_once("/commits/"));
                    let repository = named.and_then(|(url, _)| wire::tail(url, 2));
                    self.closers.push(Closer::Commit {
                        repository: repository.unwrap_or_else(|| self.repository.clone()),
                        sha,
                        at: event.created_at,
                    });
                }
                _ => {}
            }
        }
    }
}

fn gone() -> FixSet {
    FixSet { doubts: vec!["the issue is gone".to_owned()], ..FixSet::default() }
}
