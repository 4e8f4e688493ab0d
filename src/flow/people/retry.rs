//! A person tries again what was given up, or has a delivery read again.

use crate::{
    flow::{
        advance,
        app::App,
        error::Error,
        file, follow, jobs, outbox,
        tell::{compose, waiting},
        whereabouts,
    },
    model::{
        decision::Actor,
        id::{DeliveryId, FailureId, OutboxMessageId, TopicId, UpdateId},
        refusal::{Missing, Refusal},
        update::UpdateState,
    },
    store::{audit, deliveries, failures, known_repositories, updates},
};

/// A person tries failed work again.
pub async fn retry(app: &App, failure: FailureId, actor: &Actor) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let taken = failures::take(&mut tx, failure).await?;
    let taken = taken.ok_or(Missing::FailedWork)?;
    let topic = match taken.work.as_str() {
        "file" => topic_in(&taken.subject),
        follow::GONE => TopicId::parse(&taken.subject),
        _ => None,
    };
    if let Some(topic) = topic {
        // For a refused or deleted issue, trying again means filing it anew.
        file::intend_again(app, &mut tx, topic).await?;
        advance::sync_issue(app, &mut tx, topic).await?;
    }
    if let ("send", Some(update)) = (taken.work.as_str(), update_in(&taken.subject))
        && let Some(update) = updates::get(&mut tx, update).await?
    {
        if update.state() == UpdateState::InDoubt {
            // Somebody who presses a button on the health page has not looked into the ticket.
            return Err(Refusal::InDoubt.into());
        }
        // An update that was given up waited for a person, and here one is. Nor have they read it.
        let again = waiting::tried_again(&update.standing, now);
        updates::turn(&mut tx, update.id, UpdateState::Failed, &again).await?;
        compose::quote_anew_unless_written(app, &mut tx, &update).await?;
    }
    if taken.work == whereabouts::REPLACED {
        // What waits to be filed there is found by the pass over what was left behind.
        known_repositories::forget(&mut tx, &taken.subject).await?;
        app.queue.add(&mut tx, jobs::Releases { repository: taken.subject.clone() }).await?;
    }
    if let ("write", Some(message)) = (taken.work.as_str(), message_in(&taken.subject)) {
        outbox::again(app, &mut tx, message).await?;
    }
    jobs::enqueue_again(&app.queue, &mut tx, &taken.work, &taken.subject).await?;
    audit::add(&mut tx, actor, "retry", &failure.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}

/// How much work is tried again by one press.
const RETRIED_AT_ONCE: i64 = 1_000;

/// A person tries all work again that failed for one cause. Gives how much could not be, because somebody has to look at it by itself.
pub async fn retry_all(app: &App, work: &str, sentence: &str, actor: &Actor) -> Result<u64, Error> {
    let mut conn = app.database.read().await?;
    let all = failures::of_cause(&mut conn, work, sentence, RETRIED_AT_ONCE).await?;
    drop(conn);
    let mut left = 0;
    for failure in all {
        match retry(app, failure, actor).await {
            // It works by now, or somebody else has just pressed the button.
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(Error::Refused(_)) => left += 1,
            Err(Error::Store(error)) => return Err(error.into()),
        }
    }
    Ok(left)
}

/// A person has a delivery read again.
pub async fn replay(app: &App, delivery: DeliveryId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    if !deliveries::replay(&mut tx, delivery).await? {
        deliveries::summary(&mut tx, delivery).await?.ok_or(Missing::Delivery(delivery))?;
        return Err(Refusal::DeliveryNotKept.into());
    }
    audit::add(&mut tx, actor, "replay", &delivery.to_string(), app.clock.now()).await?;
    app.queue.add(&mut tx, jobs::Understand {}).await?;
    tx.commit().await?;
    Ok(())
}

fn topic_in(subject: &str) -> Option<TopicId> {
    let job: serde_json::Value = serde_json::from_str(subject).ok()?;
    TopicId::parse(job.get("topic")?.as_str()?)
}

fn message_in(subject: &str) -> Option<OutboxMessageId> {
    let job: serde_json::Value = serde_json::from_str(subject).ok()?;
    OutboxMessageId::parse(job.get("message")?.as_str()?)
}

fn update_in(subject: &str) -> Option<UpdateId> {
    let job: serde_json::Value = serde_json::from_str(subject).ok()?;
    UpdateId::parse(job.get("update")?.as_str()?)
}
