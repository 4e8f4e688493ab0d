//! A person pulls the brake, or lets go of it. Nothing goes to customers meanwhile; tickets are read, and issues and internal notes
//! go on.

use tracing::info;

use crate::{
    base::clock::Time,
    flow::{app::App, error::Error, jobs},
    model::{
        decision::Actor,
        pause::{Pause, PausedPart},
        refusal::{Missing, Refusal},
    },
    store::{Database, StoreError, audit, issues, pauses, topics},
};

/// Pauses messages to customers, from the next one on. Pausing twice changes nothing. What is being sent in this moment cannot be
/// called back.
pub async fn begin(app: &App, part: PausedPart, actor: &Actor) -> Result<Pause, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let part = match part {
        PausedPart::Everything => part,
        PausedPart::Connection(ref name) => app.connection(name).map(|_| part)?,
        PausedPart::Repository(name) => {
            // The settings have its old name until a person changes it there, and its issues are shown with the new one.
            let named = app.repository(name.as_str()).map(|named| named.name.clone());
            let has_issues = !issues::of_repository(&mut tx, name.as_str()).await?.is_empty();
            let known = named.or_else(|| has_issues.then(|| name.clone()));
            PausedPart::Repository(known.ok_or_else(|| Refusal::RepositoryUnknown(name.to_string()))?)
        }
        PausedPart::Topic(id) => {
            PausedPart::Topic(topics::lock_current(&mut tx, id).await?.ok_or(Missing::Topic(id))?.id)
        }
    };
    let pause = Pause { part, since: now, by: actor.as_str().to_owned() };
    if pauses::begin(&mut tx, &pause).await? {
        audit::add(&mut tx, actor, "pause", &pause.part.key(), now).await?;
        info!(part = %pause.part.key(), by = %actor.as_str(), "Messages to customers wait");
    }
    let known = pauses::all(&mut tx).await?.into_iter().find(|one| one.part.key() == pause.part.key());
    tx.commit().await?;
    Ok(known.unwrap_or(pause))
}

/// Pauses everything in the database itself. Each message asks there in the transaction that sends it, so a Heard that runs sends nothing
/// more, and one that starts later sends nothing. Pausing twice changes nothing.
pub async fn begin_in_database(database: &Database, now: Time, actor: &Actor) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    let pause = Pause { part: PausedPart::Everything, since: now, by: actor.as_str().to_owned() };
    if pauses::begin(&mut tx, &pause).await? {
        audit::add(&mut tx, actor, "pause", &pause.part.key(), now).await?;
    }
    tx.commit().await
}

/// Messages to customers go on. What is still true of those that waited goes out now; false if nothing was paused.
pub async fn end(app: &App, part: &PausedPart, actor: &Actor) -> Result<bool, Error> {
    let mut tx = app.database.begin().await?;
    let ended = pauses::end(&mut tx, part).await?;
    if ended {
        audit::add(&mut tx, actor, "resume", &part.key(), app.clock.now()).await?;
        info!(part = %part.key(), by = %actor.as_str(), "Messages to customers go on");
        app.queue.add_once(&mut tx, jobs::Watch {}).await?;
    }
    tx.commit().await?;
    Ok(ended)
}
