//! Whether a reply in a ticket reaches its customer. A helpdesk takes replies that nobody gets, and what nobody gets was not
//! told (G4, one update per customer and milestone).

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use crate::{
    base::{clock::Time, limits},
    flow::{
        app::{App, Connection},
        calls,
        error::{CallFailed, Error, Stop},
    },
    helpdesk::{HelpdeskRefusal, PEOPLE_AT_ONCE},
    model::{
        standing::{Reached, Standing, Undelivered},
        ticket::{Ticket, TicketChannel, TicketStatus},
    },
    store::{Session, requesters, tickets},
};

/// Asks the helpdesk whether mail to a ticket's customer comes back. Zendesk takes a reply to somebody whose address bounced,
/// sends no mail, and says so of the address alone; it writes to any other address of theirs that still works
/// (support.zendesk.com, 236279987). Where the helpdesk does not let us ask, what the ticket says of its customer stands.
pub(super) async fn ask(app: &App, ticket: &Ticket) -> Result<(), Stop> {
    let connection = app.connection(&ticket.connection)?;
    let person = &ticket.requester_external_id;
    let Some(call) = connection.helpdesk.addresses(person).filter(|_| ticket.channel == TicketChannel::Mail) else {
        return Ok(());
    };
    let addresses = match calls::send(app, connection, call).await {
        Ok(addresses) => addresses,
        Err(CallFailed::Refused(_)) => return Ok(()),
        Err(failed) => return Err(failed.stop(&connection.settings.name)),
    };
    if !addresses.is_empty() && addresses.iter().all(|one| one.undeliverable) {
        let mut tx = app.database.begin().await?;
        requesters::set_standing(&mut tx, &ticket.connection, person, Standing::Undeliverable).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The shortest wait for a helpdesk that asked us to wait.
pub(super) const WAIT_MIN: Duration = Duration::from_millis(200);
/// A helpdesk that takes so long before it fails is asked nothing more in this turn.
const HANGS_FROM: Duration = Duration::from_secs(3);

/// As [`ask`], about the people of many tickets that are answered by mail: one call for a hundred of them. Gives those of whom the
/// helpdesk has said something; whoever else is asked about alone. So is everybody where it fails over one of them.
pub(super) async fn ask_many<'p>(
    app: &App,
    connection: &Connection,
    people: &[&'p str],
) -> Result<BTreeSet<&'p str>, Stop> {
    let mut answered = BTreeSet::new();
    for some in people.chunks(PEOPLE_AT_ONCE) {
        let Some(call) = connection.helpdesk.addresses_of_many(some) else {
            answered.extend(some.iter().copied());
            continue;
        };
        let asked = Instant::now();
        let addresses = match calls::send(app, connection, call).await {
            Ok(addresses) => addresses,
            // Too many calls were made, or it does not let us ask so.
            Err(CallFailed::Refused(HelpdeskRefusal::Limited(after)) | CallFailed::Paused(after, _)) => {
                return Err(Stop::Wait(after.max(WAIT_MIN)));
            }
            Err(CallFailed::Refused(_)) => continue,
            Err(CallFailed::Unclear(_))
                if asked.elapsed() < HANGS_FROM && answers_about_one(app, connection, some).await =>
            {
                continue;
            }
            Err(failed) => return Err(failed.stop(&connection.settings.name)),
        };
        for person in some.iter().copied() {
            let Some(theirs) = addresses.get(person).filter(|theirs| !theirs.is_empty()) else { continue };
            if theirs.iter().all(|one| one.undeliverable) {
                let mut tx = app.database.begin().await?;
                requesters::set_standing(&mut tx, &connection.settings.name, person, Standing::Undeliverable).await?;
                tx.commit().await?;
            }
            answered.insert(person);
        }
    }
    Ok(answered)
}

/// Whether a helpdesk that failed over many people says something of one of them. If it does not, it works for nobody just now, and they
/// are better asked about together later.
async fn answers_about_one(app: &App, connection: &Connection, people: &[&str]) -> bool {
    for person in people.first().into_iter().chain(people.last()) {
        let Some(call) = connection.helpdesk.addresses(person) else { return true };
        match calls::send(app, connection, call).await {
            Err(CallFailed::Refused(HelpdeskRefusal::Limited(_)) | CallFailed::Paused(..)) => return false,
            Ok(_) | Err(CallFailed::Refused(_)) => return true,
            Err(CallFailed::NotSent(_) | CallFailed::Unclear(_)) => {}
        }
    }
    false
}

/// Why a reply in a ticket would not reach its customer. `None` if nothing speaks against it.
pub(super) async fn why_not(
    session: &mut impl Session,
    ticket: &Ticket,
    now: Time,
) -> Result<Option<Undelivered>, Error> {
    let standing = requesters::standing(session, &ticket.connection, &ticket.requester_external_id).await?;
    let last_heard = match ticket.channel {
        TicketChannel::Messaging => tickets::last_heard(session, ticket.id).await?,
        TicketChannel::Mail | TicketChannel::Unknown => None,
    };
    Ok(judge(standing.unwrap_or(Standing::Reachable), ticket.channel, last_heard, now))
}

/// How its customer would be told in a ticket, by what is known now. The helpdesk is not asked.
pub(super) async fn how(app: &App, session: &mut impl Session, ticket: &Ticket, now: Time) -> Result<Reached, Error> {
    let about = app.connections.get(&ticket.connection).map(|connection| connection.helpdesk.about());
    let Some(about) = about.filter(|about| about.replies) else { return Ok(Reached::NoWay) };
    if let Some(why) = why_not(session, ticket, now).await? {
        return Ok(Reached::Not(why));
    }
    Ok(match (ticket.status, ticket.channel) {
        (TicketStatus::Closed, _) if about.follows_up => Reached::FollowUp,
        (_, TicketChannel::Messaging) => Reached::Messenger,
        _ => Reached::Mail,
    })
}

fn judge(standing: Standing, channel: TicketChannel, last_heard: Option<Time>, now: Time) -> Option<Undelivered> {
    match (standing, channel) {
        (Standing::Gone, _) => Some(Undelivered::Gone),
        (Standing::Suspended, _) => Some(Undelivered::Suspended),
        (_, TicketChannel::Messaging) => {
            let is_open = last_heard.is_some_and(|at| now.since(at) <= limits::MESSENGER_WINDOW);
            (!is_open).then_some(Undelivered::WindowOver)
        }
        (_, TicketChannel::Unknown) => Some(Undelivered::NotKnown),
        (Standing::NoAddress, TicketChannel::Mail) => Some(Undelivered::NoAddress),
        (Standing::Undeliverable, TicketChannel::Mail) => Some(Undelivered::Undeliverable),
        (Standing::Reachable, TicketChannel::Mail) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_reached_is_not_taken_for_told() {
        let now = Time::from_seconds(10_000_000);
        let ago = |hours| Some(now.minus(Duration::from_hours(hours)));
        for (standing, channel, heard, expected) in [
            (Standing::Reachable, TicketChannel::Mail, None, None),
            (Standing::Suspended, TicketChannel::Mail, None, Some(Undelivered::Suspended)),
            (Standing::Suspended, TicketChannel::Messaging, ago(1), Some(Undelivered::Suspended)),
            (Standing::NoAddress, TicketChannel::Mail, None, Some(Undelivered::NoAddress)),
            (Standing::NoAddress, TicketChannel::Messaging, ago(1), None),
            (Standing::Reachable, TicketChannel::Messaging, ago(25), Some(Undelivered::WindowOver)),
            (Standing::Reachable, TicketChannel::Messaging, None, Some(Undelivered::WindowOver)),
            (Standing::Undeliverable, TicketChannel::Mail, None, Some(Undelivered::Undeliverable)),
            (Standing::Reachable, TicketChannel::Unknown, ago(1), Some(Undelivered::NotKnown)),
            (Standing::Gone, TicketChannel::Unknown, None, Some(Undelivered::Gone)),
        ] {
            assert_eq!(judge(standing, channel, heard, now), expected, "{standing} {channel} {heard:?}");
        }
    }
}
