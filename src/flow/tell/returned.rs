//! A message that was sent and came back (osTicket/osTicket#4911, chatwoot/chatwoot#11873).

use std::time::Duration;

use tracing::info;

use crate::{
    base::clock::Time,
    flow::{
        app::{App, Keys},
        error::Error,
        jobs, outbox,
    },
    model::{standing::Undelivered, ticket::Ticket},
    store::{Tx, attempts, failures, pages, updates},
    wording::{note, undelivered},
};

/// How long after a reply a report that it came back belongs to it. Mail servers give up after some days.
const REPORTED_WITHIN: Duration = Duration::from_hours(6 * 24);
/// Helpdesks give times in whole seconds, so a report may look older than what came back.
const WHOLE_SECONDS: Duration = Duration::from_secs(10);

/// Somebody who is neither a mail system nor the customer writes what a mail server would. Whoever is in copy has what was sent and
/// can quote it, so the update stays told; a person hears of it once.
pub async fn said_to_have_come_back(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    keys: impl IntoIterator<Item = &str>,
) -> Result<(), Error> {
    for key in keys {
        let Some(update) = pages::find(tx, &Keys::hash(key)).await?.and_then(|page| page.update) else { continue };
        let update = updates::get(tx, update).await?.filter(|update| update.customer == ticket.customer);
        let Some(update) = update.filter(|update| update.standing.sent_at().is_some()) else { continue };
        let text = note::write(&note::Note::SaidToHaveComeBack);
        return outbox::note(app, tx, ticket, &format!("said_to_have_come_back:{}", update.id), &text).await;
    }
    Ok(())
}

/// A report that mail came back is in a ticket. What it quotes, or else what was last told there, was sent and reached nobody:
/// it does not count as told, and is not sent again by itself (G4, one update per customer and milestone).
pub async fn came_back(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    keys: impl IntoIterator<Item = &str>,
    by_mailer: bool,
    at: Time,
) -> Result<(), Error> {
    let mut quoted = None;
    for key in keys {
        let Some(page) = pages::find(tx, &Keys::hash(key)).await? else { continue };
        if page.returned {
            // The same report once more; what was sent since is another message.
            return Ok(());
        }
        quoted = quoted.or(page.update);
    }
    let update = match quoted {
        Some(update) => {
            updates::get(tx, update).await?.filter(|update| by_mailer || update.customer == ticket.customer)
        }
        // A report comes soon.
        None => updates::last_sent(tx, ticket.id, at.plus(WHOLE_SECONDS))
            .await?
            .filter(|update| update.standing.sent_at().is_some_and(|sent| at.since(sent) <= REPORTED_WITHIN)),
    };
    let Some(update) = update else { return Ok(()) };
    let why = undelivered::sentence(Undelivered::CameBack);
    if !attempts::came_back(tx, update.id, why).await? {
        return Ok(());
    }
    let text = note::write(&note::Note::CameBack {
        update_url: &app.link(&format!("/updates?state=failed&id={}", update.id)),
    });
    outbox::note(app, tx, ticket, &format!("came_back:{}", update.id), &text).await?;
    let subject = serde_json::to_string(&jobs::Send { update: update.id }).unwrap_or_default();
    failures::note(tx, "send", &subject, why, None, app.clock.now()).await?;
    info!(update.id = %update.id, "An update came back");
    Ok(())
}
