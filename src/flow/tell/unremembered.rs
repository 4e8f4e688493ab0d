//! A message of ours that is not remembered: the database is older than what was told, as after a backup was restored. Nobody but a
//! person can say what it was about, so whoever has it is told nothing more before somebody has looked (G4, one update per customer
//! and milestone).

use tracing::warn;

use super::waiting::{NOT_REMEMBERED, together};
use crate::{
    flow::app::{App, Keys},
    model::{
        id::CustomerId,
        ticket::Ticket,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Result, Tx, pages, unremembered, updates},
};

/// A message of an agent's, or of ours, has the shape of a link to a customer's page in it. If the address is ours and we never sent
/// it, whatever is planned for the customer waits for a person, and what waits already says so.
pub async fn seen(app: &App, tx: &mut Tx, key: &str, as_shown: &str, ticket: &Ticket) -> Result<()> {
    let is_ours = is_link(as_shown, &app.link(&format!("/c/{key}")));
    if !is_ours || pages::find(tx, &Keys::hash(key)).await?.is_some() || !unremembered::note(tx, ticket.id).await? {
        return Ok(());
    }
    warn!(ticket.id = %ticket.id, "A reply of Heard's stands there that the database does not know, as after a restored backup; its customer is told nothing more before a person has looked");
    for update in updates::of_customer(tx, ticket.customer).await? {
        let reasons: &str = match &update.standing {
            UpdateStanding::Held { .. } => "",
            UpdateStanding::Draft(reasons) | UpdateStanding::Failed(reasons) | UpdateStanding::InDoubt(reasons) => {
                reasons
            }
            _ => continue,
        };
        let reasons = together([reasons, NOT_REMEMBERED]);
        let is_held = update.state() == UpdateState::Held;
        if is_held || !updates::explain(tx, update.id, update.state(), &reasons).await? {
            // It was held, or somebody has just approved it, who cannot have looked.
            updates::turn(tx, update.id, UpdateState::Held, &UpdateStanding::Draft(reasons)).await?;
        }
    }
    Ok(())
}

/// Whether an address stands in a text, and does not go on as another one.
fn is_link(text: &str, address: &str) -> bool {
    text.match_indices(address).any(|(at, _)| {
        let next = text.get(at + address.len()..).and_then(|rest| rest.chars().next());
        !next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    })
}

/// Planned updates as they are stored: one to somebody who has such a message waits for a person.
pub(super) async fn weigh(tx: &mut Tx, mut planned: Vec<Update>) -> Result<Vec<Update>> {
    let customers: Vec<CustomerId> = planned.iter().map(|one| one.customer).collect();
    let with_one = unremembered::of_many(tx, &customers).await?;
    for one in planned.iter_mut().filter(|one| with_one.contains(&one.customer)) {
        let reasons: &str = match &one.standing {
            UpdateStanding::Held { .. } => "",
            UpdateStanding::Draft(reasons) => reasons,
            _ => continue,
        };
        one.standing = UpdateStanding::Draft(together([reasons, NOT_REMEMBERED]));
    }
    Ok(planned)
}

/// Whether an update that is due has to wait for a person. Whoever approved it has looked.
pub(super) async fn waits(tx: &mut Tx, update: &Update) -> Result<bool> {
    Ok(unremembered::has_one(tx, update.customer).await? && !updates::is_approved(tx, update.id).await?)
}

/// Says of an update that a person is about to approve that there is such a message, if that does not stand there yet: it was planned
/// while the message was read, or wanted after all since. True if it does only now, so that they have not read it.
pub async fn say(tx: &mut Tx, update: &Update) -> Result<bool> {
    let (UpdateStanding::Draft(reasons) | UpdateStanding::Failed(reasons) | UpdateStanding::InDoubt(reasons)) =
        &update.standing
    else {
        return Ok(false);
    };
    if reasons.lines().any(|line| line == NOT_REMEMBERED) || !waits(tx, update).await? {
        return Ok(false);
    }
    updates::explain(tx, update.id, update.state(), &together([reasons.as_str(), NOT_REMEMBERED])).await
}

#[cfg(test)]
mod tests {
    use super::is_link;

    #[test]
    fn a_link_is_the_whole_address_and_nothing_longer() {
        let ours = "https://heard.test/c/q0tBvUAb_h2lL-Ck0RPb2s1T7xDbnXmWnyQ5Vm8sY4E";
        for text in [format!("see {ours}"), format!("<a href=\"{ours}?answer=works\">"), format!("{ours}x {ours}.")] {
            assert!(is_link(&text, ours), "{text}");
        }
        for text in [format!("{ours}-and-more"), ours.replace("heard.test", "help.test"), String::new()] {
            assert!(!is_link(&text, ours), "{text}");
        }
    }
}
