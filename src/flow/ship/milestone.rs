//! Where a repository's releases are closed milestones of the tracker: a closed milestone that has the issue makes its fix
//! likely, and a person confirms it. It proves nothing (G5, shipped means in users' hands).

use crate::{
    base::clock::Time,
    flow::{app::App, error::Stop, follow, quota},
    model::{
        id::ReleaseId,
        issue::{CloseReason, IssueSnapshot, TopicIssue},
        milestone::Confidence,
        release::{Release, ReleaseSource},
    },
    shipping::{FoundProof, Judgement, ProofPlace, ShippingVerdict},
    store::releases,
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// Judges by the milestone that the issue is in now. `begun` is when the topic last came back: what was closed before that
/// did not fix it.
pub(super) async fn judge(
    app: &App,
    tracker: &dyn Tracker,
    known: Option<&TopicIssue>,
    begun: Option<Time>,
) -> Result<Judgement, Stop> {
    let Some((known, at)) = known.and_then(|known| Some((known, known.at()?))) else {
        return Ok(not_yet("there is no issue, so no milestone of it is known".to_owned(), None));
    };
    quota::admit(app, TrackerCall::Read).await?;
    // Where it is not where it was, that is taken over, and it is judged once it has been looked at there.
    let issue = follow::here(app, tracker, known, &at).await?;
    if issue.closed_as != Some(CloseReason::Completed) {
        return Ok(not_yet(format!("{at} is not closed as done"), None));
    }
    if begun.is_some_and(|begun| issue.closed_at.is_none_or(|closed| closed <= begun)) {
        return Ok(not_yet(format!("{at} was closed before it came back"), None));
    }
    let Some(milestone) = &issue.milestone else {
        return Ok(not_yet(
            format!("{at} is closed as done and is in no milestone, so none says that it is out"),
            None,
        ));
    };
    let (title, url) = (&milestone.title, milestone.url.clone());
    let Some(closed_at) = milestone.closed_at else {
        return Ok(not_yet(format!("the milestone \u{201c}{title}\u{201d} of {at} is still open"), url));
    };
    let doubt = format!(
        "the milestone \u{201c}{title}\u{201d} is closed and has {at}, which does not prove that customers have it"
    );
    let release = stored(app, &issue, milestone.number, title, closed_at, url.clone()).await?;
    let why = format!("the milestone {title} is closed; a person has to say");
    let verdict = ShippingVerdict::Shipped { release, confidence: Confidence::Likely, why, doubt: Some(doubt.clone()) };
    Ok(Judgement { verdict, proofs: vec![proof(&doubt, url)], fallen: Vec::new() })
}

/// The milestone, kept as what carries the fix.
async fn stored(
    app: &App,
    issue: &IssueSnapshot,
    number: i64,
    title: &str,
    closed_at: Time,
    url: Option<String>,
) -> Result<ReleaseId, Stop> {
    let release = Release {
        url,
        source: ReleaseSource::Milestone,
        published_at: closed_at,
        ..Release::stated(app.spelled(&issue.at.repository).to_string(), title, app.clock.now())
    };
    let mut tx = app.database.begin().await?;
    let (id, _) = releases::put(&mut tx, &release, &format!("milestone:{number}")).await?;
    tx.commit().await?;
    Ok(id)
}

fn not_yet(why: String, url: Option<String>) -> Judgement {
    let proofs = vec![proof(&why, url)];
    Judgement { verdict: ShippingVerdict::NotYet(why), proofs, fallen: Vec::new() }
}

fn proof(says: &str, url: Option<String>) -> FoundProof {
    FoundProof::new(says, url.map_or(ProofPlace::Nowhere, ProofPlace::Page))
}
