//! Steps that a person reports: a workaround, a decline, a fix that is out.

use crate::{
    flow::{
        advance::{Step, take_step},
        app::App,
        error::Error,
        tell::compose,
    },
    model::{
        decision::Actor,
        id::TopicId,
        milestone::{Confidence, MilestoneKind},
        refusal::{Missing, Refusal},
        release::Release,
        topic::{Topic, TopicState},
    },
    store::{Tx, audit, milestones, releases, topics},
};

/// A person knows a workaround. It waits for support's approval unless the policy sends it.
pub async fn workaround(app: &App, topic: TopicId, words: &str, actor: &Actor) -> Result<TopicId, Error> {
    let words = sentence(app.for_others(words)?)?;
    let (mut tx, found) = lock(app, topic).await?;
    let step = Step { words: Some(words), ..Step::now(MilestoneKind::Workaround, app.clock.now(), actor.as_str()) };
    if !take_step(app, &mut tx, &found, step).await? {
        return Err(Refusal::WorkaroundExists.into());
    }
    audit::add(&mut tx, actor, "workaround", &found.id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(found.id)
}

/// A person declines it, with the reason that customers will read. Each text waits for approval.
pub async fn decline(app: &App, topic: TopicId, words: &str, actor: &Actor) -> Result<TopicId, Error> {
    let words = sentence(app.for_others(words)?)?;
    let (mut tx, found) = lock(app, topic).await?;
    if found.state == TopicState::Declined {
        // GitHub said so first, without words. Its drafts were waiting for these.
        if let Some(declined) = milestones::find(&mut tx, found.id, MilestoneKind::Declined, found.cycle).await? {
            milestones::set_words(&mut tx, declined.id, &words).await?;
            compose::write_anew(app, &mut tx, declined.id).await?;
        }
    } else {
        let step = Step { words: Some(words), ..Step::now(MilestoneKind::Declined, app.clock.now(), actor.as_str()) };
        if !take_step(app, &mut tx, &found, step).await? {
            return Err(Refusal::AlreadyShipped.into());
        }
    }
    audit::add(&mut tx, actor, "decline", &found.id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(found.id)
}

/// A person states that the fix itself is out in a version. Nothing is compared.
pub async fn state_shipped(app: &App, topic: TopicId, version: &str, actor: &Actor) -> Result<TopicId, Error> {
    let version = version.trim();
    if version.is_empty() || version.chars().count() > 80 {
        return Err(Refusal::VersionOutOfBounds.into());
    }
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let found = topics::lock_current(&mut tx, topic).await?.ok_or(Missing::Topic(topic))?;
    let release = Release::stated(found.repository.clone().unwrap_or_default(), version, now);
    let (id, _) = releases::put(&mut tx, &release, &format!("person:{}:{}:{version}", found.id, found.cycle)).await?;
    let step = Step {
        release: Some(id),
        confidence: Some(Confidence::Stated),
        ..Step::now(MilestoneKind::Shipped, now, actor.as_str())
    };
    if !take_step(app, &mut tx, &found, step).await? {
        return Err(Refusal::AlreadyClosed.into());
    }
    audit::change(&mut tx, actor, "state_shipped", &found.id.to_string(), (None, Some(version)), now).await?;
    tx.commit().await?;
    Ok(found.id)
}

async fn lock(app: &App, topic: TopicId) -> Result<(Tx, Topic), Error> {
    let mut tx = app.database.begin().await?;
    let found = topics::lock_current(&mut tx, topic).await?.ok_or(Missing::Topic(topic))?;
    Ok((tx, found))
}

fn sentence(words: &str) -> Result<String, Error> {
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(1_000).collect();
    if words.is_empty() {
        return Err(Refusal::SentenceEmpty.into());
    }
    Ok(words)
}
