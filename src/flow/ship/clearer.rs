//! Of a fix that has shipped more is known now: what was likely is proven, what was proven is doubted, or the release that was
//! named does not have it any more and another one has it.

use tracing::info;

use crate::{
    flow::{
        advance::{needs_no_correction, sync_issue},
        app::App,
        error::Error,
        jobs,
        tell::{certain, named_anew},
    },
    model::{
        id::ReleaseId,
        milestone::{Confidence, Milestone, MilestoneKind},
        topic::Topic,
    },
    store::{Tx, milestones, releases},
};

/// What is known of a shipment.
pub(super) struct FoundShipment {
    /// The release that has the fix.
    pub release: ReleaseId,
    /// How sure that is.
    pub confidence: Confidence,
    /// What is not certain about it.
    pub doubt: Option<String>,
}

/// Whether a topic has shipped in its cycle by a step that is only likely.
pub(super) async fn is_only_likely(tx: &mut Tx, topic: &Topic) -> Result<bool, Error> {
    let shipped = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await?;
    Ok(shipped.is_some_and(|shipped| shipped.confidence == Some(Confidence::Likely)))
}

/// Takes over what is known by now of a topic that has shipped in its cycle. `fallen` are the releases that do not have the fix, or
/// do not count any more: they were withdrawn, or made a prerelease, or stand at another commit. What a person stated stays.
pub(super) async fn take_over(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    found: FoundShipment,
    fallen: &[ReleaseId],
) -> Result<(), Error> {
    let shipped = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await?;
    let Some(shipped) = shipped else { return Ok(()) };
    let has_fallen = |named: ReleaseId| named != found.release && fallen.contains(&named);
    let is_another = shipped.release.is_some_and(has_fallen);
    match shipped.confidence {
        Some(Confidence::Likely) => now_clearer(app, tx, topic, &shipped, found, is_another).await,
        Some(Confidence::Proven) if is_another => in_another_release(app, tx, topic, shipped, found).await,
        Some(Confidence::Proven) if found.confidence == Confidence::Likely => {
            less_clear(tx, topic, shipped, found.doubt).await
        }
        _ => Ok(()),
    }
}

/// A fix that was only likely to be out is proven by now, or another release is likelier to have it. Drafts that nobody has
/// approved are written anew, and go out as if it had been known at once.
async fn now_clearer(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    shipped: &Milestone,
    found: FoundShipment,
    is_another: bool,
) -> Result<(), Error> {
    let FoundShipment { release, confidence, doubt } = found;
    if confidence == Confidence::Likely && (shipped.release, &shipped.doubt) == (Some(release), &doubt) {
        return Ok(());
    }
    let at = releases::get(tx, release).await?.map_or(shipped.at, |release| release.published_at);
    let after = Milestone { at, release: Some(release), confidence: Some(confidence), doubt, ..shipped.clone() };
    milestones::settle(tx, &after).await?;
    if confidence != Confidence::Likely {
        needs_no_correction(tx, topic).await?;
    }
    let settings = topic.repository.as_deref().and_then(|name| app.repository(name));
    let hold = settings.map_or(app.settings.tell.hold, |one| one.hold);
    certain::let_go(app, tx, topic, (shipped, &after), hold).await?;
    if is_another {
        named_anew::run(app, tx, topic, &after).await?;
    }
    // Whoever first wrote between the two releases was not told of the first.
    app.queue.add(tx, jobs::Tell { topic: topic.id }).await?;
    info!(topic.id = %topic.id, %confidence, "What was likely to be out is clearer now");
    Ok(())
}

/// The release that was proven to have the fix does not stand any more, and another one has it. Whoever was not told yet is told of
/// that one. When it came out counts from the first: whoever wrote after that is asked about as before.
async fn in_another_release(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    shipped: Milestone,
    found: FoundShipment,
) -> Result<(), Error> {
    let FoundShipment { release, confidence, doubt } = found;
    let after = Milestone { release: Some(release), confidence: Some(confidence), doubt, ..shipped };
    milestones::settle(tx, &after).await?;
    named_anew::run(app, tx, topic, &after).await?;
    if confidence == Confidence::Likely {
        certain::hold_back(tx, topic, &after).await?;
    }
    sync_issue(app, tx, topic.id).await?;
    app.queue.add(tx, jobs::Tell { topic: topic.id }).await?;
    info!(topic.id = %topic.id, %confidence, "The release that was named is gone, and another one has the fix");
    Ok(())
}

/// A fix that was proven to be out is doubted by now. Whoever was not told yet waits for a person, who reads the doubt first;
/// what a person stated is not doubted.
async fn less_clear(tx: &mut Tx, topic: &Topic, shipped: Milestone, doubt: Option<String>) -> Result<(), Error> {
    let waits = certain::somebody_waits(tx, topic.id).await?;
    if let Some(doubt) = doubt.filter(|_| waits) {
        info!(topic.id = %topic.id, doubt, "What was proven to be out is doubted before everybody was told");
        let after = Milestone { confidence: Some(Confidence::Likely), doubt: Some(doubt), ..shipped };
        milestones::settle(tx, &after).await?;
        certain::hold_back(tx, topic, &after).await?;
    }
    Ok(())
}
