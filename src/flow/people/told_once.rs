//! Which of two updates stands where two topics become one and a customer has one in each: they are told once (G4, one update per
//! customer and milestone). Whichever of the two topics told them, what was told stays, and what waits yields to it.

use crate::{
    base::clock::Time,
    flow::{app::App, error::Error, jobs, placing, tell::waiting},
    model::{
        id::TopicId,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{
        Tx,
        update_moves::{self, Contested},
        update_times, updates,
    },
};

/// Why an update is cancelled that would contradict the topic that its own was merged into.
pub(super) const CANCELLED_BY_A_MERGE: &str = "Its topic was merged into one of which this is not true, or no news.";
/// Why an update of a topic that was merged is cancelled where the one that carries on tells the same.
const TOLD_BY_THE_OTHER: &str = "Told with the topic it was merged into.";
/// Why an update of the topic that carries on is cancelled where one that was merged into it had told the same.
const TOLD_BY_THE_MERGED: &str = "Told by a topic that was merged into this one.";

/// Which of two updates yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Yields {
    /// Neither: both were told, or only one of them is still meant to be.
    Neither,
    /// The one of the topic that is merged.
    Goes,
    /// The one of the topic that carries on.
    Stays,
    /// None, but what waits is of a newer fix than what was told, so that a person sees to it.
    Asked,
}

/// What decides which of two updates yields.
#[derive(Clone, Copy, Debug)]
struct Side {
    state: UpdateState,
    /// When its step happened.
    at: Time,
}

/// Whatever was told, or may have been, stays. What waits yields to what told the same, or a newer fix. Where nobody was told, the
/// topic that carries on tells them, unless it does not mean to any more because of something that no person decided.
fn yields(goes: Side, stays: Side, is_the_same: bool, was_decided: bool) -> Yields {
    match (goes.state.may_have_arrived(), stays.state.may_have_arrived()) {
        (true, false) if is_the_same || goes.at >= stays.at => Yields::Stays,
        (false, true) if is_the_same || stays.at >= goes.at => Yields::Goes,
        (true, false) | (false, true) => Yields::Asked,
        (true, true) => Yields::Neither,
        (false, false) => {
            let one_tells_them = stays.state.is_owed() || was_decided || !goes.state.is_owed();
            if one_tells_them { Yields::Goes } else { Yields::Neither }
        }
    }
}

/// Brings what was told in `from` into `into`, and settles first what a customer would be told by both.
pub(super) async fn carry_over(app: &App, tx: &mut Tx, from: TopicId, into: TopicId) -> Result<(), Error> {
    let mut stay_behind = Vec::new();
    for pair in update_moves::contested(tx, from, into).await? {
        let Contested { goes, stays, is_the_same, goes_at, stays_at } = pair;
        let (goes, stays) = (updates::get(tx, goes).await?, updates::get(tx, stays).await?);
        let (Some(goes), Some(stays)) = (goes, stays) else { continue };
        let sides = [(&goes, goes_at), (&stays, stays_at)].map(|(one, at)| Side { state: one.state(), at });
        match yields(sides[0], sides[1], is_the_same, was_decided(&stays)) {
            Yields::Goes => {
                if goes.state().is_unsent() {
                    hold_as_long(tx, &goes, &stays).await?;
                    let cancelled = waiting::cancelled(TOLD_BY_THE_OTHER, &goes.standing);
                    updates::turn(tx, goes.id, goes.state(), &cancelled).await?;
                }
                stay_behind.push(goes.id);
            }
            Yields::Stays if stays.state().is_owed() => {
                let cancelled = waiting::cancelled(TOLD_BY_THE_MERGED, &stays.standing);
                updates::turn(tx, stays.id, stays.state(), &cancelled).await?;
                jobs::is_settled(&app.queue, tx, jobs::Send { update: stays.id }).await?;
            }
            Yields::Neither | Yields::Stays => {}
            Yields::Asked => {
                for update in [&goes, &stays].into_iter().filter(|one| one.state().is_unsent()) {
                    let before =
                        if let UpdateStanding::Draft(reasons) = &update.standing { reasons.as_str() } else { "" };
                    let asked = UpdateStanding::Draft(waiting::together([before, waiting::TOLD_IN_MERGED]));
                    updates::turn(tx, update.id, update.state(), &asked).await?;
                }
            }
        }
    }
    update_moves::carry_over(tx, from, into).await?;
    for id in stay_behind {
        update_moves::stay_behind(tx, id, from).await?;
    }
    Ok(())
}

/// Until when a person holds what yields, nothing else tells them by itself.
async fn hold_as_long(tx: &mut Tx, goes: &Update, stays: &Update) -> Result<(), Error> {
    let held = goes.held_by().zip(goes.standing.due_at());
    if let (Some((by, until)), UpdateStanding::Held { until: due, .. }) = (held, &stays.standing)
        && *due < until
    {
        update_times::hold(tx, stays.id, until, by).await?;
    }
    Ok(())
}

/// Whether a person, or the customer, decided that they are not told.
fn was_decided(update: &Update) -> bool {
    let taken_back = waiting::was_taken_back(&update.standing) || waiting::was_taken_back_in_doubt(&update.standing);
    taken_back || update.state() == UpdateState::Skipped
}

/// What was cancelled because of a merge waits for a person once the two topics are parted again and each has its tickets.
pub(super) async fn ask_again(app: &App, tx: &mut Tx, origin: TopicId, from: TopicId) -> Result<(), Error> {
    for update in updates::of_topic(tx, origin).await? {
        for why in [CANCELLED_BY_A_MERGE, TOLD_BY_THE_OTHER] {
            wait_again(app, tx, &update, why).await?;
        }
    }
    let carries_on = updates::of_topic(tx, from).await?;
    let was_told_by_the_other =
        |one: &&Update| waiting::before_it_was_cancelled(&one.standing, TOLD_BY_THE_MERGED).is_some();
    for update in carries_on.iter().filter(was_told_by_the_other) {
        let tells_the_same = |other: &Update| {
            (other.customer, other.kind, other.cycle) == (update.customer, update.kind, update.cycle)
                && (other.state().is_owed() || other.state() == UpdateState::Sent)
        };
        if !carries_on.iter().any(tells_the_same) {
            wait_again(app, tx, update, TOLD_BY_THE_MERGED).await?;
        }
    }
    Ok(())
}

/// What was cancelled for this reason by a merge that is undone waits for a person, for whatever it had waited before as well.
async fn wait_again(app: &App, tx: &mut Tx, update: &Update, cancelled: &str) -> Result<(), Error> {
    let Some(before) = waiting::before_it_was_cancelled(&update.standing, cancelled) else { return Ok(()) };
    let asked = UpdateStanding::Draft(waiting::together([before.as_str(), waiting::MERGE_UNDONE]));
    placing::want_again(app, tx, update.id, &asked).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(state: UpdateState, hour: i64) -> Side {
        Side { state, at: Time::from_seconds(3_600 * hour) }
    }

    #[test]
    fn what_was_told_stays_whichever_topic_told_it() {
        use UpdateState::{Cancelled, Draft, Failed, Held, InDoubt, Sending, Sent, Skipped};
        for told in [Sent, Sending, InDoubt] {
            for other in [Held, Draft, Failed, Cancelled, Skipped] {
                assert_eq!(yields(side(told, 1), side(other, 1), true, false), Yields::Stays, "{told} {other}");
                assert_eq!(yields(side(other, 1), side(told, 1), true, false), Yields::Goes, "{told} {other}");
            }
            assert_eq!(yields(side(told, 1), side(Sent, 1), true, false), Yields::Neither, "both have to be corrected");
        }
    }

    #[test]
    fn whoever_was_told_of_an_older_fix_is_asked_about_and_of_a_newer_one_is_told_nothing_older() {
        let (sent, held) = (UpdateState::Sent, UpdateState::Held);
        assert_eq!(yields(side(sent, 1), side(held, 2), false, false), Yields::Asked);
        assert_eq!(yields(side(held, 2), side(sent, 1), false, false), Yields::Asked);
        assert_eq!(yields(side(sent, 2), side(held, 1), false, false), Yields::Stays);
        assert_eq!(yields(side(held, 1), side(sent, 2), false, false), Yields::Goes);
    }

    #[test]
    fn whoever_was_told_by_none_is_told_by_one() {
        let (held, cancelled) = (side(UpdateState::Held, 1), side(UpdateState::Cancelled, 1));
        assert_eq!(yields(held, held, true, false), Yields::Goes);
        assert_eq!(yields(held, cancelled, true, false), Yields::Neither, "no person said that they are not told");
        assert_eq!(yields(held, cancelled, true, true), Yields::Goes, "a person did");
        assert_eq!(yields(cancelled, cancelled, true, false), Yields::Goes);
    }
}
