//! Watch: what is due is sent, whoever waits for long is told how it stands, and what a lost job left behind is picked up.
//! And a person's "try again".

use std::time::Duration;

use tracing::info;

use super::{
    App, Error, Stop, file,
    follow::{self, Reached},
    group, jobs, tell,
};
use crate::{
    base::limits,
    model::{
        decision::Actor,
        delivery::DeliveryState,
        id::{DeliveryId, FailureId, PromiseId, TopicId, UpdateId},
        milestone::{Milestone, MilestoneKind},
        update::UpdateState,
    },
    store::{
        Tx, deliveries, effects as stored, failures, issues,
        promises::{self, Promise},
        topics, updates,
    },
};

/// How many of each are picked up at a time.
const CHUNK: i64 = 200;
/// What waits for longer than this was left behind by a lost job: those that are under way are done well before.
const LEFT_BEHIND: Duration = Duration::from_mins(1);

/// One look around.
pub async fn run(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let due = updates::due(&mut conn, now, now.minus(tell::send::CUT_OFF), CHUNK).await?;
    let stranded = stored::stranded(&mut conn, now.minus(LEFT_BEHIND), CHUNK).await?;
    let (waiting, oldest) = deliveries::count(&mut conn, DeliveryState::Received).await?;
    drop(conn);
    metrics::gauge!("heard_deliveries_waiting").set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
    metrics::gauge!("heard_deliveries_oldest_seconds")
        .set(oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64()));
    let unread = oldest.is_some_and(|oldest| now.since(oldest) > limits::JOB_TIMEOUT);
    if !due.is_empty() || !stranded.is_empty() || unread {
        let mut tx = app.database.begin().await?;
        for update in due {
            app.queue.add(&mut tx, jobs::Send { update }).await?;
        }
        for effect in stranded {
            app.queue.add(&mut tx, jobs::Effect { effect }).await?;
        }
        if unread {
            app.queue.add(&mut tx, jobs::Understand {}).await?;
        }
        tx.commit().await?;
    }
    silence(app).await?;
    forget(app).await?;
    group::stranded(app).await?;
    file::stranded(app).await
}

/// The customers of a topic that was escalated, or came back, are owed an answer. Harmless twice.
pub async fn promise(app: &App, tx: &mut Tx, step: &Milestone) -> Result<(), Error> {
    let Some(silence) = app.settings.tell.silence else { return Ok(()) };
    let now = app.clock.now();
    let what = match step.cycle {
        0 => "Answer its customers".to_owned(),
        1 => "Answer its customers after it came back".to_owned(),
        times => format!("Answer its customers after it came back {times} times"),
    };
    let promise = Promise {
        id: PromiseId::generate(now),
        topic: step.topic,
        what,
        due_at: now.plus(silence),
        kept_at: None,
        made_by: step.by.clone(),
    };
    Ok(promises::make(tx, &promise).await?)
}

/// Where an answer is due and there is none, the customers are told how it stands, as the policy for silence says.
async fn silence(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let due = promises::due_count(&mut conn, now).await?;
    let silent = promises::silent(&mut conn, now, CHUNK).await?;
    drop(conn);
    metrics::gauge!("heard_promises_due").set(f64::from(u32::try_from(due).unwrap_or(u32::MAX)));
    for topic in silent {
        let mut tx = app.database.begin().await?;
        if let Some(found) = topics::lock(&mut tx, topic).await? {
            follow::reached(app, &mut tx, &found, Reached::now(MilestoneKind::Silence, now, "watch")).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// What deliveries said long ago is forgotten: it was taken over, and holds more of customers than anybody needs.
async fn forget(app: &App) -> Result<(), Stop> {
    let Some(kept) = app.settings.keep_deliveries else { return Ok(()) };
    let mut conn = app.database.read().await?;
    let old = deliveries::old(&mut conn, app.clock.now().minus(kept), CHUNK).await?;
    drop(conn);
    if old.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for delivery in &old {
        deliveries::forget(&mut tx, *delivery).await?;
    }
    tx.commit().await?;
    info!(forgotten = old.len(), "Forgot what old deliveries said");
    Ok(())
}

/// A person tries failed work again.
pub async fn retry(app: &App, failure: FailureId, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let taken = failures::take(&mut tx, failure).await?;
    let taken =
        taken.ok_or_else(|| Error::NotFound("It works by now, or somebody else tries it again already.".to_owned()))?;
    let topic = match taken.work.as_str() {
        "file" | "follow" => topic_in(&taken.subject),
        "look" => topic_of_issue(&mut tx, &taken.subject).await?,
        _ => None,
    };
    if let Some(topic) = topic {
        // A refused or deleted issue is filed anew: that is what trying again means for it.
        if let Some(repository) = topics::get(&mut tx, topic).await?.and_then(|topic| topic.repository) {
            issues::want_again(&mut tx, topic, &repository).await?;
            topics::want(&mut tx, topic).await?;
            app.queue.add(&mut tx, jobs::File { topic }).await?;
        }
    }
    if let ("send", Some(update)) = (taken.work.as_str(), update_in(&taken.subject)) {
        let doubtful = updates::get(&mut tx, update).await?.and_then(|update| update.reason);
        if doubtful.as_deref() == Some(tell::send::IN_DOUBT) {
            // Whoever presses a button on the health page has not looked into the ticket.
            return Err(Error::Refused(tell::send::IN_DOUBT.to_owned()));
        }
        // An update that was given up waits for a person: this is the person.
        updates::turn(&mut tx, update, UpdateState::Failed, UpdateState::Held, None, Some(now)).await?;
    }
    jobs::again(app, &mut tx, &taken.work, &taken.subject).await?;
    failures::audit(&mut tx, actor.as_str(), "retry", &failure.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}

fn topic_in(subject: &str) -> Option<TopicId> {
    let job: serde_json::Value = serde_json::from_str(subject).ok()?;
    TopicId::parse(job.get("topic")?.as_str()?)
}

/// The topic of the issue that a look was about.
async fn topic_of_issue(tx: &mut Tx, subject: &str) -> Result<Option<TopicId>, Error> {
    let Ok(job) = serde_json::from_str::<jobs::Look>(subject) else { return Ok(None) };
    Ok(issues::find(tx, &job.repository, job.number).await?.map(|issue| issue.topic))
}

fn update_in(subject: &str) -> Option<UpdateId> {
    let job: serde_json::Value = serde_json::from_str(subject).ok()?;
    UpdateId::parse(job.get("update")?.as_str()?)
}

/// A person has a delivery read again.
pub async fn replay(app: &App, delivery: DeliveryId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    if !deliveries::replay(&mut tx, delivery).await? {
        let missing = || Error::NotFound(format!("There is no delivery {delivery}."));
        deliveries::summary(&mut tx, delivery).await?.ok_or_else(missing)?;
        return Err(Error::Refused(
            "What the delivery said is not kept any more (see `keep_deliveries_days`); the sweep reads what changed anyway."
                .to_owned(),
        ));
    }
    failures::audit(&mut tx, actor.as_str(), "replay", &delivery.to_string(), app.clock.now()).await?;
    app.queue.add(&mut tx, jobs::Understand {}).await?;
    tx.commit().await?;
    Ok(())
}
