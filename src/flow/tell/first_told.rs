//! Where one customer of a fix is told before the others (`tell.canary_minutes`), the others are told only if nobody complains
//! meanwhile. A "still broken" has them wait for a person, and an answer that only a person can read has them wait until it was read.
//!
//! They are held back in the transaction that records the answer, so nothing has to be asked when they are sent.

use super::waiting::{ANSWER_UNREAD, STILL_BROKEN, together};
use crate::{
    flow::{app::App, error::Error},
    model::{
        id::TopicId,
        milestone::MilestoneKind,
        topic::Topic,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Tx, confirmations, topics, updates},
};

/// Somebody who was told says that it is still broken: the others wait for a person.
pub async fn somebody_complained(app: &App, tx: &mut Tx, answered: &Update) -> Result<(), Error> {
    for other in others(app, tx, answered).await?.1 {
        match &other.standing {
            UpdateStanding::Held { .. } => waits(tx, &other, STILL_BROKEN).await?,
            UpdateStanding::Draft(reasons) if is_unread(reasons) => {
                let reasons = together([STILL_BROKEN, &without_unread(reasons)]);
                updates::explain(tx, other.id, UpdateState::Draft, &reasons).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Somebody who was told answered, and only a person can say what it means: the others wait until it was read.
pub async fn somebody_has_to_read(app: &App, tx: &mut Tx, answered: &Update) -> Result<(), Error> {
    for other in others(app, tx, answered).await?.1 {
        if other.state() == UpdateState::Held {
            waits(tx, &other, ANSWER_UNREAD).await?;
        }
    }
    Ok(())
}

/// An answer was read, and is no complaint: unless another one has to be read, the others are told after the same wait once more. What
/// else they wait for they go on waiting for.
pub async fn somebody_is_content(app: &App, tx: &mut Tx, answered: &Update) -> Result<(), Error> {
    let (topic, others) = others(app, tx, answered).await?;
    if others.is_empty() || confirmations::any_unread_answer(tx, topic, answered.cycle).await? {
        return Ok(());
    }
    let due = app.clock.now().plus(app.settings.tell.canary.unwrap_or_default());
    for other in others {
        let UpdateStanding::Draft(reasons) = &other.standing else { continue };
        if !is_unread(reasons) {
            continue;
        }
        let left = without_unread(reasons);
        if left.is_empty() {
            updates::turn(tx, other.id, UpdateState::Draft, &UpdateStanding::held(due)).await?;
        } else {
            updates::explain(tx, other.id, UpdateState::Draft, &left).await?;
        }
    }
    Ok(())
}

/// Planned updates as they are stored: somebody may have answered while the others were planned.
pub(super) async fn weigh(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    mut planned: Vec<Update>,
) -> Result<Vec<Update>, Error> {
    if app.settings.tell.canary.is_none() || !planned.iter().any(|one| one.kind == MilestoneKind::Shipped) {
        return Ok(planned);
    }
    let why = if confirmations::any_still_broken(tx, topic.id, topic.cycle).await? {
        STILL_BROKEN
    } else if confirmations::any_unread_answer(tx, topic.id, topic.cycle).await? {
        ANSWER_UNREAD
    } else {
        return Ok(planned);
    };
    let is_of_the_fix = |one: &&mut Update| one.kind == MilestoneKind::Shipped && one.state() == UpdateState::Held;
    for one in planned.iter_mut().filter(is_of_the_fix) {
        one.standing = UpdateStanding::Draft(why.to_owned());
    }
    Ok(planned)
}

/// The topic of a fix, and the others who wait to be told of it. Nobody where the settings have all told at once.
async fn others(app: &App, tx: &mut Tx, answered: &Update) -> Result<(TopicId, Vec<Update>), Error> {
    if app.settings.tell.canary.is_none() || answered.kind != MilestoneKind::Shipped {
        return Ok((answered.topic, Vec::new()));
    }
    let Some(topic) = topics::lock_current(tx, answered.topic).await? else { return Ok((answered.topic, Vec::new())) };
    let waiting = updates::waiting_for_the_fix(tx, topic.id, answered.cycle).await?;
    Ok((topic.id, waiting))
}

async fn waits(tx: &mut Tx, other: &Update, why: &str) -> Result<(), Error> {
    updates::turn(tx, other.id, UpdateState::Held, &UpdateStanding::Draft(why.to_owned())).await?;
    Ok(())
}

fn is_unread(reasons: &str) -> bool {
    reasons.lines().any(|line| line == ANSWER_UNREAD)
}

fn without_unread(reasons: &str) -> String {
    together(reasons.lines().filter(|line| *line != ANSWER_UNREAD))
}
