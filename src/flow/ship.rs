//! Ship: whether a fix is in customers' hands, and since which version (G5, shipped means in users' hands).
//!
//! The judgement is pure (`shipping::judge`). Its evidence is gathered in `ship/evidence.rs`: the releases of every
//! repository that holds a commit of the fix, and whether each contains each commit. Whenever we learn of a release,
//! the fix sets of that repository's unfinished topics are read again.

mod carried;
mod clearer;
mod evidence;
mod gone;
mod milestone;
mod remembered;

use std::{collections::BTreeSet, time::Duration};

use tracing::info;

use self::clearer::FoundShipment;
use super::{
    advance::{CLOSED_WITHOUT_CODE, Step, fixes_count_from, gone_again, take_step},
    app::App,
    error::{Error, Stop},
    jobs, quota,
    tell::named_anew,
    whereabouts,
};
use crate::{
    base::clock::Time,
    model::{
        fix::{Fix, Proof},
        id::{ReleaseId, TopicId},
        issue::{CloseReason, IssueRef, Repository, TopicIssue},
        milestone::{BY_HEARD, Confidence, MilestoneKind},
        release::{FoundReleases, Release, ReleaseCandidate, ReleaseSource},
        topic::{Topic, TopicState},
    },
    settings::RepositorySettings,
    shipping::{self, FoundProof, Judgement, ProofPlace, ReleasePolicy, ShippingVerdict},
    store::{Tx, failures, fixes, issues, milestones, proofs, releases, topics, update_moves},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// How far back releases are read if nothing has waited longer.
const LOOK_BACK: Duration = Duration::from_hours(30 * 24);
/// How soon a topic that moved on while it was judged is judged again.
const JUDGE_AGAIN: Duration = Duration::from_millis(200);
/// How many numbers the tag of one release has, as opposed to one that goes along with several.
const EXACT: usize = 3;

/// Reads a repository's releases, tags or deployments, whichever count according to its settings.
pub async fn releases(app: &App, name: &str) -> Result<(), Stop> {
    let (Some(tracker), Some(repository)) = (app.tracker.as_deref(), Repository::parse(name)) else { return Ok(()) };
    let Some(settings) = app.repository(name) else { return Ok(()) };
    quota::admit(app, TrackerCall::Read).await?;
    let since = app.clock.now().minus(LOOK_BACK);
    let listed = tracker.releases(&repository, settings.release, &settings.environment, since);
    let FoundReleases { found, complete } = quota::call(app, listed).await?;
    let vanished = gone::vanished(app, tracker, settings, &found, complete).await?;
    // Who can read the repository decides whether customers get a link into it. What cannot be asked now is as it was.
    let is_asked = !found.is_empty() || !vanished.is_empty();
    let facts = if is_asked { quota::call(app, tracker.repository(&settings.name)).await.ok() } else { None };
    let mut tx = app.database.begin().await?;
    failures::solved(&mut tx, "renamed", settings.name.as_str()).await?;
    if !whereabouts::is_meant(app, &mut tx, &settings.name, facts.as_ref()).await? {
        return Ok(tx.commit().await?);
    }
    say_if_not_all(app, &mut tx, settings, complete).await?;
    // Tags that are learned in one look are of one time.
    let (mut news, now, is_known) = (false, app.clock.now(), facts.is_some());
    if let Some(facts) = facts {
        releases::set_readable(&mut tx, settings.name.as_str(), facts.private == Some(false)).await?;
    }
    for candidate in found {
        news |= keep(app, &mut tx, settings, candidate, now).await?;
    }
    // Another repository may have the name by now, and not have our releases: where nobody can tell, the next look does.
    for id in vanished.into_iter().filter(|_| is_known) {
        news |= releases::withdraw(&mut tx, settings.name.as_str(), settings.release, &id, app.clock.now()).await?;
    }
    if news {
        reconsider(app, &mut tx, &repository).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A fix may be out in what was not read: then that is shown (G11, nothing fails silently).
async fn say_if_not_all(app: &App, tx: &mut Tx, settings: &RepositorySettings, complete: bool) -> Result<(), Error> {
    const WORK: &str = "more_than_read";
    let (name, source) = (settings.name.as_str(), settings.release);
    if complete {
        failures::solved(tx, WORK, name).await?;
        return Ok(());
    }
    let sentence = format!(
        "{name} has more {source} than Heard reads, or some that it cannot read, so a fix may be out and nobody is told. State what is out from CI (`release = \"stated\"`), or delete those that nobody needs."
    );
    failures::note(tx, WORK, name, &sentence, None, app.clock.now()).await?;
    Ok(())
}

/// Stores a release that is out. True if that is news. Drafts, and tags without a commit, are not out.
async fn keep(
    app: &App,
    tx: &mut Tx,
    settings: &RepositorySettings,
    found: ReleaseCandidate,
    now: Time,
) -> Result<bool, Error> {
    let Some(sha) = found.sha.filter(|_| !found.draft) else { return Ok(false) };
    let known = releases::known(tx, settings.name.as_str(), settings.release, &found.external_id).await?;
    let moved = known.as_ref().is_some_and(|known| known.version == found.version && known.sha.as_ref() != Some(&sha));
    // A tag that was deleted and pushed again is out since now.
    let is_back = known.as_ref().is_some_and(|known| known.withdrawn_at.is_some());
    if found.published_at.is_none()
        && known.is_some()
        && !is_back
        // `v2` goes along with every release; `v2.4.0` is not meant to move.
        && (!moved || shipping::exactness(&found.version) < EXACT)
    {
        return Ok(false);
    }
    let was_called_otherwise = known.as_ref().is_some_and(|known| known.version != found.version);
    // Who takes the mark of a prerelease away says that it is for everybody now, whatever its name says.
    let promoted =
        known.as_ref().is_some_and(|known| known.version == found.version && (known.marked || !known.prerelease));
    let prerelease = found.prerelease || (found.named_early && !promoted);
    // A tag has no date, so the time when we learned of it counts; and what was a prerelease until now, or was moved to another
    // commit, is out since now, whatever its page says.
    let published_at = match &known {
        Some(_) if moved || is_back && found.published_at.is_none() => now,
        Some(known) if known.prerelease && !prerelease => now,
        Some(known) => known.published_at.max(found.published_at.unwrap_or(known.published_at)),
        None => found.published_at.unwrap_or(now),
    };
    let component = settings.components.iter().find(|one| one.tag.is_match(&found.version)).map(|one| one.name.clone());
    let release = Release {
        id: ReleaseId::generate(now),
        repository: settings.name.to_string(),
        version: found.version,
        sha: Some(sha),
        url: found.url,
        component,
        environment: found.environment,
        prerelease,
        marked: found.prerelease,
        moved: moved || known.is_some_and(|known| known.moved),
        bare: found.bare,
        source: settings.release,
        published_at,
        withdrawn_at: None,
    };
    let (id, is_news) = releases::put(tx, &release, &found.external_id).await?;
    if was_called_otherwise {
        for step in milestones::of_release(tx, id).await? {
            if let Some(topic) = topics::get(tx, step.topic).await? {
                named_anew::run(app, tx, &topic, &step).await?;
            }
        }
    }
    Ok(is_news)
}

/// Judges again everything in a repository that may have shipped or been taken back. Each fix set is read again first: a
/// judgement waits for a look that began after the release was learned (G5).
pub async fn reconsider(app: &App, tx: &mut Tx, repository: &Repository) -> Result<(), Error> {
    for topic in topics::waiting_in(tx, repository.as_str()).await? {
        app.queue.add(tx, jobs::Follow { topic }).await?;
    }
    let (named, (since, lying_since)) = (app.spelled(repository), gone::watched_since(app));
    let mut looked_at = BTreeSet::new();
    for shipped in milestones::shipped_since(tx, named.as_str(), since, lying_since).await? {
        // What a merge carried over is watched by the topic that carries on.
        let Some(current) = topics::current(tx, shipped.topic).await? else { continue };
        let topic = current.id;
        if !looked_at.insert(topic) {
            continue;
        }
        app.queue.add(tx, jobs::Ship { topic }).await?;
        if current.state == TopicState::Shipped {
            app.queue.add(tx, jobs::Follow { topic }).await?;
        }
    }
    Ok(())
}

/// Judges whether a topic's fix has shipped.
pub async fn run(app: &App, id: TopicId) -> Result<(), Stop> {
    let Some(tracker) = app.tracker.as_deref() else { return Ok(()) };
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::get(&mut tx, id).await? else { return Ok(()) };
    let begun = fixes_count_from(&mut tx, &topic).await?;
    let issue = issues::of_topic(&mut tx, id).await?;
    let set = fixes::of_topic(&mut tx, id).await?;
    for fix in &set {
        if releases::unlooked(&mut tx, fix.repository.as_str(), id).await? {
            // Whoever learned of the release has asked for a look, and the look asks for this judgement.
            return Ok(());
        }
    }
    drop(tx);
    if matches!(topic.state, TopicState::Merged | TopicState::Declined) {
        return Ok(());
    }
    let known_fixes = set.len();
    let counts = |fix: &Fix| begun.is_none_or(|begun| fix.merged_at.is_some_and(|at| at > begun));
    let counting: Vec<Fix> = set.into_iter().filter(counts).collect();
    let at = issue.as_ref().and_then(TopicIssue::at);
    if let Some(at) = at.as_ref().filter(|at| {
        app.repository(at.repository.as_str()).is_some_and(|settings| settings.release == ReleaseSource::Milestone)
    }) {
        let stated = proven(app, tracker, counting, at).await?;
        let judgement = match stated {
            Some(judgement) => judgement,
            None => milestone::judge(app, tracker, issue.as_ref(), begun).await?,
        };
        if matches!(judgement.verdict, ShippingVerdict::NotYet(_)) && was_told(app, &topic).await? {
            // A person confirmed it. That the milestone is edited afterwards says nothing against the fix.
            return Ok(());
        }
        return conclude(app, tracker, &topic, issue.as_ref(), judgement).await;
    }
    if counting.is_empty() {
        return ask(app, &topic, issue.as_ref(), known_fixes > 0).await;
    }
    let Some(mut judgement) = judged(app, tracker, counting.clone(), at.as_ref()).await? else { return Ok(()) };
    if topic.state == TopicState::Shipped
        && let ShippingVerdict::NotYet(why) | ShippingVerdict::PassedBy { doubt: why, .. } = &judgement.verdict
    {
        // What is only said to belong to the fix takes nothing back that was proven. Whoever was not told yet is asked about.
        let sure: Vec<Fix> = counting.iter().filter(|fix| fix.sure).cloned().collect();
        let rests_on = if sure.len() < counting.len() && !sure.is_empty() {
            judged(app, tracker, sure, at.as_ref()).await?.map(|proven| proven.verdict)
        } else {
            None
        };
        if let Some(ShippingVerdict::Shipped { release, confidence, why: proof, .. }) = rests_on
            && confidence != Confidence::Likely
        {
            let doubt = Some(why.clone());
            judgement.verdict = ShippingVerdict::Shipped { release, confidence: Confidence::Likely, why: proof, doubt };
        }
    }
    conclude(app, tracker, &topic, issue.as_ref(), judgement).await
}

/// Whether anybody was told, or may have been, that a topic shipped in its cycle.
async fn was_told(app: &App, topic: &Topic) -> Result<bool, Stop> {
    let mut conn = app.database.read().await?;
    let shipped = milestones::find(&mut conn, topic.id, MilestoneKind::Shipped, topic.cycle).await?;
    let Some(shipped) = shipped else { return Ok(false) };
    Ok(update_moves::was_told(&mut conn, &shipped).await?)
}

/// Judges these fixes by the releases that are known. `None` where no repository of theirs is in the settings.
async fn judged(
    app: &App,
    tracker: &dyn Tracker,
    counting: Vec<Fix>,
    at: Option<&IssueRef>,
) -> Result<Option<Judgement>, Stop> {
    let Some(settings) = counting.iter().find_map(|fix| app.repository(fix.repository.as_str())) else {
        return Ok(None);
    };
    let policy = ReleasePolicy {
        source: settings.release,
        prereleases: settings.include_prereleases,
        environment: settings.environment.clone(),
    };
    let since = counting.iter().filter_map(|fix| fix.merged_at).min().unwrap_or(app.clock.now().minus(LOOK_BACK));
    let fixes = evidence::components(app, tracker, counting, at).await?;
    let known = evidence::releases(app, tracker, &fixes, since, &policy).await?;
    let verdict = shipping::judge(&fixes, &known, &policy);
    let proofs = shipping::proofs(&fixes, &known, &verdict);
    let fallen = shipping::fallen(&fixes, &known, &policy);
    Ok(Some(Judgement { verdict, proofs, fallen }))
}

/// What CI or a person stated and the fixes prove, where a milestone would only make it likely.
async fn proven(
    app: &App,
    tracker: &dyn Tracker,
    counting: Vec<Fix>,
    at: &IssueRef,
) -> Result<Option<Judgement>, Stop> {
    if counting.is_empty() {
        return Ok(None);
    }
    let certain = |judgement: &Judgement| match &judgement.verdict {
        ShippingVerdict::Shipped { confidence, .. } => *confidence != Confidence::Likely,
        // Whatever a milestone says, what was taken back is not out.
        ShippingVerdict::TakenBack(_) => true,
        ShippingVerdict::PassedBy { .. } | ShippingVerdict::NotYet(_) => false,
    };
    Ok(judged(app, tracker, counting, Some(at)).await?.filter(certain))
}

/// There is no commit that could prove anything: where the issue was closed as done, a person is asked once. `before` says
/// whether a fix is known from before it came back.
async fn ask(app: &App, topic: &Topic, issue: Option<&TopicIssue>, before: bool) -> Result<(), Stop> {
    let closed = issue.and_then(TopicIssue::seen).is_some_and(|seen| seen.closed_as == Some(CloseReason::Completed));
    let subject = topic.id.to_string();
    let mut tx = app.database.begin().await?;
    if closed && !topic.state.is_finished() {
        let known = if before {
            "every fix that is known was merged before it came back"
        } else {
            "no commit says what fixed it"
        };
        let sentence = format!(
            "The issue of the topic {} was closed as done, and {known}. Say in which version it is out, or that nothing was shipped; nobody is told meanwhile.",
            app.link(&format!("/topics/{}", topic.id))
        );
        failures::note(&mut tx, CLOSED_WITHOUT_CODE, &subject, &sentence, None, app.clock.now()).await?;
    } else {
        failures::solved(&mut tx, CLOSED_WITHOUT_CODE, &subject).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Acts on the verdict, unless the topic has moved on meanwhile. A customer's "still broken" may have begun the next
/// cycle while the tracker was asked, and proof of one cycle's fix says nothing about the next (G4, one update per
/// customer and milestone; G5).
async fn conclude(
    app: &App,
    tracker: &dyn Tracker,
    judged: &Topic,
    issue: Option<&TopicIssue>,
    judgement: Judgement,
) -> Result<(), Stop> {
    let (id, by) = (judged.id, tracker.about().word);
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock(&mut tx, id).await? else { return Ok(()) };
    if (topic.cycle, topic.state) != (judged.cycle, judged.state) {
        return Err(Stop::Wait(JUDGE_AGAIN));
    }
    failures::solved(&mut tx, CLOSED_WITHOUT_CODE, &id.to_string()).await?;
    let page = issue.and_then(TopicIssue::seen).map_or("", |seen| seen.url.as_str());
    let shown: Vec<Proof> = judgement.proofs.into_iter().map(|found| shown(found, tracker, page)).collect();
    proofs::replace(&mut tx, id, &shown).await?;
    match judgement.verdict {
        ShippingVerdict::Shipped { release, confidence, why, doubt } => {
            let found = FoundShipment { release, confidence, doubt };
            if ships(app, &mut tx, &topic, &found, by).await? {
                info!(topic.id = %id, %confidence, why, "Shipped");
            } else {
                clearer::take_over(app, &mut tx, &topic, found, &judgement.fallen).await?;
            }
        }
        ShippingVerdict::PassedBy { release, .. } if !came_after_it_went_away(&mut tx, &topic, release).await? => {
            info!(topic.id = %id, "Its release went away, and those that passed it by were out before");
        }
        ShippingVerdict::PassedBy { release, doubt } => {
            let why = doubt.clone();
            let found = FoundShipment { release, confidence: Confidence::Likely, doubt: Some(doubt) };
            if ships(app, &mut tx, &topic, &found, by).await? {
                info!(topic.id = %id, why, "No release contains the fix, and a person is asked");
            } else if !clearer::is_only_likely(&mut tx, &topic).await? {
                take_back(app, &mut tx, &topic, by, &why).await?;
            }
        }
        ShippingVerdict::TakenBack(why) => take_back(app, &mut tx, &topic, by, &why).await?,
        ShippingVerdict::NotYet(why) => {
            info!(topic.id = %id, why, "Not shipped yet");
            take_back(app, &mut tx, &topic, by, &why).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The topic ships by this. False if it has shipped in its cycle.
async fn ships(app: &App, tx: &mut Tx, topic: &Topic, found: &FoundShipment, by: &str) -> Result<bool, Error> {
    let release = releases::get(tx, found.release).await?;
    let at = release.map_or(app.clock.now(), |release| release.published_at);
    let step = Step {
        release: Some(found.release),
        confidence: Some(found.confidence),
        doubt: found.doubt.clone(),
        ..Step::now(MilestoneKind::Shipped, at, by)
    };
    if !take_step(app, tx, topic, step).await? {
        return Ok(false);
    }
    failures::solved(tx, "taken_back", &topic.id.to_string()).await?;
    Ok(true)
}

/// Whether a release that has no fix is news: where the fix's own release went away, those before that are none. Nobody
/// wonders whether it is in them, since customers had it from elsewhere.
async fn came_after_it_went_away(tx: &mut Tx, topic: &Topic, release: ReleaseId) -> Result<bool, Error> {
    let Some(gone) = gone_again(tx, topic).await? else { return Ok(true) };
    Ok(releases::get(tx, release).await?.is_some_and(|release| release.published_at > gone.at))
}

/// A fix that was proven to be out no longer is. Customers who were not told yet are not told, and those who were get a
/// correction, which a person approves. What a person stated is not doubted.
async fn take_back(app: &App, tx: &mut Tx, topic: &Topic, by: &str, why: &str) -> Result<(), Error> {
    if topic.state != TopicState::Shipped {
        return Ok(());
    }
    let Some(shipped) = milestones::find(tx, topic.id, MilestoneKind::Shipped, topic.cycle).await? else {
        return Ok(());
    };
    if shipped.confidence == Some(Confidence::Stated) {
        return Ok(());
    }
    let why_not = "The fix was taken back before this was sent.";
    update_moves::cancel_unsent_of_any_cycle(tx, topic.id, MilestoneKind::Shipped, why_not).await?;
    if update_moves::was_told(tx, &shipped).await? {
        take_step(app, tx, topic, Step::now(MilestoneKind::Correction, app.clock.now(), by)).await?;
    }
    // The release went away, and nobody said anything against the fix: it counts again where it is out again.
    take_step(app, tx, topic, Step::now(MilestoneKind::Reopened, app.clock.now(), BY_HEARD)).await?;
    let sentence = format!(
        "What had shipped of the topic {} is not out any more: {why}.",
        app.link(&format!("/topics/{}", topic.id))
    );
    failures::note(tx, "taken_back", &topic.id.to_string(), &sentence, None, app.clock.now()).await?;
    Ok(())
}

/// A proof as people see it, with where to look. `page` is the address of the topic's issue.
fn shown(found: FoundProof, tracker: &dyn Tracker, page: &str) -> Proof {
    let url = match found.place {
        ProofPlace::Nowhere => None,
        ProofPlace::Page(url) => Some(url),
        ProofPlace::Comparison { repository, base, head } => tracker.comparison_url(page, &repository, &base, &head),
        ProofPlace::Commit { repository, sha } => tracker.commit_url(page, &repository, &sha),
    };
    Proof { says: found.says, url }
}
