//! What a person does with an update: approve it, rewrite it, take it back, want it after all, or say that it arrived. Each also with
//! all of a topic at once.

use crate::{
    base::signature::{same, sha256},
    flow::{
        advance::{doubt_about, needs_no_correction, why_it_fell},
        app::App,
        error::Error,
        jobs,
        tell::{arrival, compose, unremembered, waiting},
    },
    model::{
        decision::Actor,
        id::{TopicId, UpdateId},
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
        update::{CANCELLED_BY_A_PERSON, CANCELLED_IN_DOUBT, Update, UpdateStanding, UpdateState},
    },
    store::{Tx, audit, promises, tickets, topics, update_times, updates},
    wording::html,
};

/// What a person has to fill in.
const GAP: &str = "[...]";

/// By which it is known what was read: the text, and what a person has to look at before it is sent.
pub fn seen(update: &Update) -> String {
    let asked: &str = match &update.standing {
        UpdateStanding::Draft(reasons) | UpdateStanding::Failed(reasons) | UpdateStanding::InDoubt(reasons) => reasons,
        _ => "",
    };
    [text_seen(update), hex::encode(sha256(&[b"asked:", asked.as_bytes()]))].concat()
}

/// How [`seen`] begins for every update with this text.
fn text_seen(update: &Update) -> String {
    hex::encode(sha256(&[b"update:", update.text.as_bytes()]))
}

/// A person approves a draft. `read` is what [`seen`] gave of what they read, where it is known: anything else is not approved. False if
/// it is held, approved or not: it goes out without them, so their call came twice or from an old page, and changes nothing, neither
/// its time nor what was approved.
pub async fn approve(app: &App, id: UpdateId, read: Option<&str>, actor: &Actor) -> Result<bool, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let from = update.state();
    if from == UpdateState::Held {
        let is_another = read.is_some_and(|read| !read.starts_with(&text_seen(&update)));
        return if is_another { Err(Refusal::UpdateChanged.into()) } else { Ok(false) };
    }
    if !from.can_be_approved() {
        return Err(Refusal::UpdateNotApprovable(from).into());
    }
    if read.is_some_and(|read| !same(read.as_bytes(), seen(&update).as_bytes())) {
        return Err(Refusal::UpdateChanged.into());
    }
    if unremembered::say(&mut tx, &update).await? {
        tx.commit().await?;
        return Err(Refusal::UpdateChanged.into());
    }
    if update.text.trim().is_empty() {
        return Err(Refusal::TextOutOfBounds.into());
    }
    if update.text.contains(GAP) {
        return Err(Refusal::DraftHasGap.into());
    }
    // Whoever approves it has not held it until later, even if somebody had.
    update_times::let_go(&mut tx, id).await?;
    if !updates::turn(&mut tx, id, from, &UpdateStanding::held(now)).await? {
        return Err(Refusal::UpdateChanged.into());
    }
    // A doubt that they have not read is asked about before it is sent.
    let doubt = doubt_about(&mut tx, &update).await?;
    let doubt_read = doubt.filter(|doubt| waiting::says(&update.standing, doubt));
    updates::approved(&mut tx, id, actor.as_str(), doubt_read.as_deref()).await?;
    if update.kind == MilestoneKind::Shipped
        && let Some(topic) = topics::get(&mut tx, update.topic).await?.filter(|topic| topic.cycle == update.cycle)
    {
        needs_no_correction(&mut tx, &topic).await?;
    }
    if from != UpdateState::Draft {
        // A draft follows what it quotes; what had failed or was in doubt does not.
        compose::quote_anew_unless_written(app, &mut tx, &update).await?;
    }
    let states = (Some(from.as_str()), Some(UpdateState::Held.as_str()));
    audit::change(&mut tx, actor, "approve", &id.to_string(), states, now).await?;
    app.queue.add(&mut tx, jobs::Send { update: id }).await?;
    tx.commit().await?;
    Ok(true)
}

/// A person writes a better text.
pub async fn edit(app: &App, id: UpdateId, text: &str, actor: &Actor) -> Result<(), Error> {
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() || text.chars().count() > 10_000 {
        return Err(Refusal::TextOutOfBounds.into());
    }
    app.for_others(&text)?;
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    // A draft with a gap cannot be approved, and what is held goes out without anybody's approval.
    if update.state() == UpdateState::Held && text.contains(GAP) {
        return Err(Refusal::DraftHasGap.into());
    }
    if !updates::edit(&mut tx, id, text.trim(), &html::of_text(text.trim())).await? {
        return Err(Refusal::UpdateNotEditable.into());
    }
    audit::add(&mut tx, actor, "edit", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// A person takes an update back before it is sent.
pub async fn cancel(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let state = update.state();
    let why = if state == UpdateState::InDoubt { CANCELLED_IN_DOUBT } else { CANCELLED_BY_A_PERSON };
    let cancelled = waiting::cancelled(why, &update.standing);
    if !state.can_be_cancelled() || !updates::turn(&mut tx, id, state, &cancelled).await? {
        return Err(Refusal::UpdateNotCancellable(state).into());
    }
    promises::settle(&mut tx, update.topic, app.clock.now()).await?;
    let states = (Some(state.as_str()), Some(UpdateState::Cancelled.as_str()));
    audit::change(&mut tx, actor, "cancel", &id.to_string(), states, app.clock.now()).await?;
    jobs::is_settled(&app.queue, &mut tx, jobs::Send { update: id }).await?;
    tx.commit().await?;
    Ok(())
}

/// Why an update waits for a person again of which nobody knew whether it was sent when it was cancelled.
const RESTORED_IN_DOUBT: &str =
    "It was cancelled while nobody knew whether it was sent. Look into the ticket before you send it.";

/// A person wants an update after all that a person had cancelled: it waits for approval, for whatever it had waited before as well, as
/// long as what it tells still holds.
pub async fn restore(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let doubt = doubt_about(&mut tx, &update).await?;
    let waits = match &update.standing {
        UpdateStanding::Cancelled(why) if why == CANCELLED_IN_DOUBT => {
            UpdateStanding::InDoubt(waiting::asked(RESTORED_IN_DOUBT, doubt.as_deref()))
        }
        standing => {
            waiting::restored(standing, doubt.as_deref()).ok_or_else(|| Refusal::UpdateNotRestorable(update.state()))?
        }
    };
    if let Some(why) = why_it_fell(app, &mut tx, &update).await? {
        return Err(Refusal::UpdateOvertaken(why).into());
    }
    if !updates::turn(&mut tx, id, UpdateState::Cancelled, &waits).await? {
        return Err(Refusal::UpdateChanged.into());
    }
    // The words that it quotes may be others by now.
    compose::quote_anew_unless_written(app, &mut tx, &update).await?;
    let states = (Some(UpdateState::Cancelled.as_str()), Some(waits.state().as_str()));
    audit::change(&mut tx, actor, "restore", &id.to_string(), states, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// What a person does with the updates of a topic at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithAll {
    /// Approves every draft, but those that have to be looked at by themselves.
    Approve,
    /// Cancels everything that waits to be sent.
    Cancel,
    /// Wants everything after all that a person had cancelled.
    Restore,
}

impl WithAll {
    /// The act of a word: `approve`, `cancel` or `restore`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "approve" => Some(Self::Approve),
            "cancel" => Some(Self::Cancel),
            "restore" => Some(Self::Restore),
            _ => None,
        }
    }

    /// Whether it is for an update in this state.
    pub fn fits(self, standing: &UpdateStanding) -> bool {
        match self {
            Self::Approve => matches!(standing, UpdateStanding::Draft(why) if !waiting::is_looked_at_alone(why)),
            Self::Cancel => standing.state().is_unsent(),
            Self::Restore => waiting::was_taken_back(standing),
        }
    }
}

/// How far that went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoneWithAll {
    /// How many it was done with.
    pub done: u64,
    /// How many could not be, for a reason that each shows by itself: words are missing, or the topic has moved on.
    pub left: u64,
}

/// Does the same with every update of a topic that it fits, or of one of its steps. What somebody else changes meanwhile is left as
/// they have it, and what is in doubt waits for somebody who looks into its ticket.
pub async fn with_all(
    app: &App,
    topic: TopicId,
    step: Option<MilestoneKind>,
    act: WithAll,
    actor: &Actor,
) -> Result<DoneWithAll, Error> {
    let mut conn = app.database.read().await?;
    let topic = topics::current(&mut conn, topic).await?.ok_or(Missing::Topic(topic))?;
    let all = updates::of_topic(&mut conn, topic.id).await?;
    drop(conn);
    let is_meant = |one: &&Update| step.is_none_or(|step| one.kind == step) && act.fits(&one.standing);
    // What says something else by its turn, such as a doubt or that it has to be looked at by itself, is not what was meant.
    let all: Vec<(UpdateId, String)> = all.iter().filter(is_meant).map(|one| (one.id, seen(one))).collect();
    let mut counted = DoneWithAll::default();
    for (id, read) in all {
        let done = match act {
            WithAll::Approve => approve(app, id, Some(&read), actor).await.map(|_| ()),
            WithAll::Cancel => cancel(app, id, actor).await,
            WithAll::Restore => restore(app, id, actor).await,
        };
        match done {
            Ok(()) => counted.done += 1,
            Err(Error::Store(error)) => return Err(error.into()),
            Err(_) => counted.left += 1,
        }
    }
    Ok(counted)
}

/// A person saw in the ticket that the customer has an update of which nobody knew whether it was sent.
pub async fn arrived(app: &App, id: UpdateId, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let update = existing(&mut tx, id).await?;
    let ticket = tickets::get(&mut tx, update.ticket).await?;
    let ticket = ticket.ok_or(Missing::TicketOfUpdate)?;
    if !arrival::arrived(app, &mut tx, &update, &ticket, None).await? {
        return Err(Refusal::UpdateNotInDoubt(update.state()).into());
    }
    audit::add(&mut tx, actor, "arrived", &id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn existing(tx: &mut Tx, id: UpdateId) -> Result<Update, Error> {
    Ok(updates::get(tx, id).await?.ok_or(Missing::Update(id))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::update::WANTS_SILENCE;

    #[test]
    fn what_has_to_be_looked_at_by_itself_is_not_approved_with_all_others() {
        let draft = |why: &str| WithAll::Approve.fits(&UpdateStanding::Draft(why.to_owned()));
        assert!(draft("The policy for this milestone is a draft."));
        for alone in [
            "A ticket of theirs was told of this while it belonged to somebody else; see whether they know it already.",
            "Their ticket was linked after the release was known; see whether it is the same.",
            "Others read their ticket as well, so this was written anew without anything of theirs; please read it.",
            "The release that it told of is not out any more, or has another name; 2.4.1 has the fix. Read the text and approve it.",
        ] {
            assert!(!draft(alone), "{alone}");
        }
        assert!(!WithAll::Cancel.fits(&UpdateStanding::Skipped(WANTS_SILENCE.to_owned())));
        assert!(!WithAll::Restore.fits(&UpdateStanding::Cancelled(CANCELLED_IN_DOUBT.to_owned())));
    }
}
