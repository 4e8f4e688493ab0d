//! Sending one update: at most once, and never forgotten (G4, one update per customer and milestone).
//!
//! An update goes from held to sending before the call. A call whose outcome is unclear leaves it at sending. Once that
//! call cannot be under way any more, we look in the thread for the update's own link, and send the reply again only if
//! it is not there. If a helpdesk cannot be read, the link may still turn up: in the webhook of our own reply, in an
//! answer that quotes it, or when the customer opens their page. Just before the call, everything that would make the
//! update wrong is checked once more.

use std::time::{Duration, Instant};

use jiff::civil::Weekday;
use tracing::{info, warn};

use super::{
    batch::{self, Batched},
    compose::PAGE,
    plan,
};
use crate::{
    base::{clock::Time, limits},
    flow::{
        advance,
        app::{App, Connection, Keys},
        calls::{self, WriteLookup},
        error::{CallFailed, Error, Stop},
        jobs, outbox,
    },
    helpdesk::{HelpdeskRefusal, MessageSnapshot, Reply, WriteReceipt},
    model::{
        id::UpdateId,
        ticket::{Ticket, TicketStatus},
        update::{Update, UpdateStanding, UpdateState},
    },
    settings::TellSettings,
    store::{Tx, customers, own_writes, pages, promises, rate_limits, tickets, topics, updates},
    wording::{note, refusal},
};

/// The longest a job may run: an update that has been at sending for longer is not being sent any more.
pub const CUT_OFF: Duration = limits::JOB_TIMEOUT;
/// An update whose call has not begun within this time of the claim is left to be looked up.
const BEGIN_WITHIN: Duration = Duration::from_secs(5);
/// How often an update is looked for before it counts as not sent, and how long a list may lag behind what was written.
const LOOK_UPS: i64 = 2;
const LISTS_LAG: Duration = Duration::from_secs(10);
/// How soon an update that changed while it was looked at is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How soon a reply is tried again after its ticket had changed and is being read.
const READ_AGAIN_WITHIN: Duration = Duration::from_secs(1);
/// How long a customer's link works.
const LINK_SPAN: Duration = Duration::from_hours(180 * 24);

/// Sends one update if its time has come.
pub async fn run(app: &App, id: UpdateId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(update) = updates::get(&mut conn, id).await? else { return Ok(()) };
    drop(conn);
    match update.standing {
        UpdateStanding::Held { until, .. } if until <= app.clock.now() => send_held(app, update).await,
        UpdateStanding::Sending => look_up(app, update).await,
        _ => Ok(()),
    }
}

async fn send_held(app: &App, update: Update) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if let Some(why) = why_not_any_more(&mut tx, &update).await? {
        updates::turn(&mut tx, update.id, UpdateState::Held, &UpdateStanding::Cancelled(why)).await?;
        tx.commit().await?;
        return Ok(());
    }
    let Some(person) = customers::get(&mut tx, update.customer).await? else { return Ok(()) };
    if person.opted_out_at.is_some() {
        let why = plan::SkipReason::OptedOut.sentence().to_owned();
        updates::turn(&mut tx, update.id, UpdateState::Held, &UpdateStanding::Skipped(why)).await?;
        tx.commit().await?;
        return Ok(());
    }
    if let Some(later) = not_now(app, &mut tx, &update, now).await? {
        updates::turn(&mut tx, update.id, UpdateState::Held, &later).await?;
        tx.commit().await?;
        return Ok(());
    }
    let Some(ticket) = ticket_for(&mut tx, &update).await? else {
        let why = "No ticket of theirs in this topic can be written to: it was deleted, merged away, given to somebody else, or \
                   has nothing public of theirs."
            .to_owned();
        updates::turn(&mut tx, update.id, UpdateState::Held, &UpdateStanding::Cancelled(why)).await?;
        tx.commit().await?;
        return Ok(());
    };
    if updates::was_told_in(&mut tx, ticket.id, &update).await? {
        let why = "Their ticket has been told of this already.".to_owned();
        updates::turn(&mut tx, update.id, UpdateState::Held, &UpdateStanding::Cancelled(why)).await?;
        tx.commit().await?;
        return Ok(());
    }
    match batch::join(app, &mut tx, &update, now).await? {
        Batched::Alone => {}
        Batched::Together => {
            tx.commit().await?;
            return Ok(());
        }
        Batched::Changed => return Err(Stop::Wait(LOOK_AGAIN)),
    }
    let connection = app.connection(&ticket.connection)?;
    if let Some(until) = rate_limits::blocked_until(&mut tx, &connection.gate(), now).await? {
        return Err(Stop::Wait(until.since(now).max(Duration::from_millis(200))));
    }
    let token = app.keys.page_token(update.id);
    let page = pages::Page { customer: update.customer, update: Some(update.id) };
    pages::add(&mut tx, &Keys::hash(&token), page, now.plus(LINK_SPAN)).await?;
    if !updates::claim(&mut tx, update.id, now).await? {
        return Ok(());
    }
    // Its words may have changed since it was read. From now on they cannot.
    let Some(update) = updates::get(&mut tx, update.id).await? else { return Ok(()) };
    let claimed = Instant::now();
    tx.commit().await?;
    deliver(app, connection, &update, &ticket, &token, claimed).await
}

/// Why an update is no longer true, or no longer news.
async fn why_not_any_more(tx: &mut Tx, update: &Update) -> Result<Option<String>, Error> {
    // When topics are merged, an update goes along unless the other topic has told the same customer the same.
    if topics::get(tx, update.topic).await?.is_some_and(|topic| topic.merged_into.is_some()) {
        return Ok(Some("They have this update from the topic that theirs was merged into.".to_owned()));
    }
    advance::why_it_fell(tx, update.milestone).await
}

/// Quiet hours, weekends and the daily cap: until when it is held, and why.
async fn not_now(app: &App, tx: &mut Tx, update: &Update, now: Time) -> Result<Option<UpdateStanding>, Error> {
    let tell = &app.settings.tell;
    if let Some(until) = quiet_until(tell, now) {
        let why = "It is outside the hours in which customers are written to.".to_owned();
        return Ok(Some(UpdateStanding::Held { until, why: Some(why) }));
    }
    if let Some(cap) = tell.daily_cap {
        let day = Duration::from_hours(24);
        let (sent, first) = updates::sent_since(tx, update.customer, now.minus(day)).await?;
        if sent >= i64::from(cap) {
            let until = first.unwrap_or(now).plus(day);
            let why = format!("They had {sent} updates within a day, which is the cap.");
            return Ok(Some(UpdateStanding::Held { until, why: Some(why) }));
        }
    }
    Ok(None)
}

/// The end of the quiet time around `now`.
fn quiet_until(tell: &TellSettings, now: Time) -> Option<Time> {
    const STEP: Duration = Duration::from_mins(15);
    const STEPS_MAX: usize = 4 * 24 * 4;
    let quiet = |at: Time| {
        let local = at.timestamp().to_zoned(tell.time_zone.clone());
        let weekend = matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
        (weekend && !tell.weekends) || tell.quiet_hours.is_some_and(|hours| hours.contains(local.time()))
    };
    if !quiet(now) {
        return None;
    }
    let mut at = now;
    for _ in 0..STEPS_MAX {
        at = at.plus(STEP);
        if !quiet(at) {
            break;
        }
    }
    Some(at)
}

/// Their most recently active ticket that can still be written in. For a merged ticket, that is the one it was merged
/// into.
async fn ticket_for(tx: &mut Tx, update: &Update) -> Result<Option<Ticket>, Error> {
    for ticket in tickets::of_customer(tx, update.customer, update.topic).await? {
        match (ticket.status, &ticket.merged_into) {
            (TicketStatus::Deleted, _) => {}
            (TicketStatus::Merged, Some(into)) => {
                let target = tickets::find(tx, &ticket.connection, into).await?;
                // They must not be answered in another person's ticket, nor in one that they do not know of.
                let is_theirs = |one: &Ticket| {
                    one.customer == update.customer
                        && !one.internal
                        && !matches!(one.status, TicketStatus::Deleted | TicketStatus::Merged)
                };
                if let Some(target) = target.filter(is_theirs)
                    && tickets::may_be_written_to(tx, target.id).await?
                {
                    return Ok(Some(target));
                }
            }
            _ if ticket.internal || !tickets::may_be_written_to(tx, ticket.id).await? => {}
            _ => return Ok(Some(ticket)),
        }
    }
    Ok(None)
}

async fn deliver(
    app: &App,
    connection: &Connection,
    update: &Update,
    ticket: &Ticket,
    token: &str,
    claimed: Instant,
) -> Result<(), Stop> {
    let (text, html) = (update.text.replace(PAGE, token), update.html.replace(PAGE, token));
    let key = key(update.id);
    let reply = Reply {
        text: &text,
        html: &html,
        author: ticket.agent_external_id.as_deref(),
        idempotency_key: &key,
        seen_at: Some(ticket.changed_at),
    };
    if claimed.elapsed() > BEGIN_WITHIN {
        return Err(Stop::Wait(CUT_OFF));
    }
    let answered = write(app, connection, ticket, &reply).await;
    match answered {
        Ok(written) => sent(app, connection, update, ticket, &written).await,
        Err(CallFailed::Unclear(why)) => {
            warn!(update.id = %update.id, %why, "It is unclear whether the customer has the update; looking for it");
            Err(Stop::Later {
                after: Some(CUT_OFF),
                sentence: format!("{}: {why}; looking for the reply", connection.settings.name),
            })
        }
        Err(CallFailed::Refused(HelpdeskRefusal::Gone(_))) => {
            let mut tx = app.database.begin().await?;
            tickets::ended(&mut tx, ticket.id, TicketStatus::Deleted, None).await?;
            // Another of their tickets may do; the next try finds out.
            let again = UpdateStanding::held(app.clock.now());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &again).await?;
            tx.commit().await?;
            Err(Stop::Wait(Duration::from_millis(200)))
        }
        Err(CallFailed::Refused(HelpdeskRefusal::Conflict(_))) => {
            // Somebody changed the ticket since it was read: it may be another person's now. It is read again first.
            let mut tx = app.database.begin().await?;
            let again = UpdateStanding::held(app.clock.now());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &again).await?;
            let job = jobs::Refresh { connection: ticket.connection.clone(), ticket: ticket.external_id.clone() };
            app.queue.add(&mut tx, job).await?;
            tx.commit().await?;
            let sentence = format!("{}: the ticket has changed since it was read; reading it again", ticket.connection);
            Err(Stop::Later { after: Some(READ_AGAIN_WITHIN), sentence })
        }
        Err(CallFailed::Refused(HelpdeskRefusal::Invalid(why) | HelpdeskRefusal::Closed(why))) => {
            let sentence = format!("{} {why}", connection.settings.name);
            let mut tx = app.database.begin().await?;
            let failed = UpdateStanding::Failed(sentence.clone());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &failed).await?;
            tx.commit().await?;
            Err(Stop::GiveUp(format!("An update could not be sent: {sentence}")))
        }
        Err(failed) => {
            // Nothing happened there, so it is held again and due at once.
            let mut tx = app.database.begin().await?;
            let again = UpdateStanding::held(app.clock.now());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &again).await?;
            tx.commit().await?;
            Err(failed.stop(&connection.settings.name))
        }
    }
}

/// Replies in the ticket, or in a follow-up of a closed one.
async fn write(
    app: &App,
    connection: &Connection,
    ticket: &Ticket,
    reply: &Reply<'_>,
) -> Result<WriteReceipt, CallFailed> {
    let subject = format!("Re: {}", ticket.subject);
    let requester = Some(ticket.requester_external_id.as_str());
    let unsigned = Reply { author: None, ..*reply };
    let follow_up =
        |reply, solved| connection.helpdesk.follow_up(&ticket.external_id, requester, &subject, reply, solved);
    let cannot = || {
        CallFailed::Refused(HelpdeskRefusal::Closed(
            "cannot be written to: the ticket is closed, and this helpdesk has no follow-ups".to_owned(),
        ))
    };
    if ticket.status != TicketStatus::Closed {
        let call = connection.helpdesk.reply(&ticket.external_id, reply);
        let call =
            call.ok_or_else(|| CallFailed::Refused(HelpdeskRefusal::Invalid("has no way to reply set up".to_owned())))?;
        match calls::send(app, connection, call).await {
            Err(CallFailed::Refused(HelpdeskRefusal::Closed(_))) => {}
            Err(CallFailed::Refused(HelpdeskRefusal::Invalid(_))) if reply.author.is_some() => {
                // The agent may have left. The text still has its signature.
                let call = connection.helpdesk.reply(&ticket.external_id, &unsigned);
                let call = call.ok_or_else(|| {
                    CallFailed::Refused(HelpdeskRefusal::Invalid("has no way to reply set up".to_owned()))
                })?;
                match calls::send(app, connection, call).await {
                    Err(CallFailed::Refused(HelpdeskRefusal::Closed(_))) => {}
                    other => return other,
                }
            }
            other => return other,
        }
    }
    match calls::send(app, connection, follow_up(reply, true).ok_or_else(cannot)?).await {
        // Nothing was made. Some accounts want fields filled in before a ticket is solved, so this one stays open; and the
        // agent may have left.
        Err(CallFailed::Refused(HelpdeskRefusal::Invalid(why))) => match follow_up(&unsigned, false) {
            Some(call) => calls::send(app, connection, call).await,
            None => Err(CallFailed::Refused(HelpdeskRefusal::Invalid(why))),
        },
        other => other,
    }
}

/// The customer has it. The reply's ids are recorded as ours, and the agents of their other tickets hear of it.
async fn sent(
    app: &App,
    connection: &Connection,
    update: &Update,
    ticket: &Ticket,
    written: &WriteReceipt,
) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    own_writes::add(&mut tx, &connection.settings.name, &written.external_ids, now).await?;
    let external_id = written.external_ids.first().map(String::as_str);
    if updates::sent(&mut tx, update.id, ticket.id, external_id, now).await? {
        told(app, &mut tx, update, ticket).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes in their other tickets that they were told, and settles the promise.
async fn told(app: &App, tx: &mut Tx, update: &Update, ticket: &Ticket) -> Result<(), Error> {
    let url = ticket.url.clone().unwrap_or_else(|| app.link(&format!("/tickets/{}", ticket.id)));
    for other in tickets::of_customer(tx, update.customer, update.topic).await? {
        if other.id != ticket.id
            && matches!(other.status, TicketStatus::Open | TicketStatus::Pending | TicketStatus::Solved)
        {
            let text = note::write(&note::Note::ToldElsewhere { ticket_url: &url, milestone: update.kind });
            outbox::note(app, tx, &other, &format!("told:{}:{}", update.id, other.id), &text).await?;
        }
    }
    promises::settle(tx, update.topic, app.clock.now()).await?;
    metrics::counter!("heard_updates_sent_total", "milestone" => update.kind.as_str()).increment(1);
    info!(update.id = %update.id, topic.id = %update.topic, milestone = %update.kind, "Told a customer");
    Ok(())
}

/// Records that the customer has an update whose sending was unclear. False if there was no doubt. `external_id` is our
/// reply's, if it was seen.
pub async fn arrived(
    app: &App,
    tx: &mut Tx,
    update: &Update,
    ticket: &Ticket,
    external_id: Option<&str>,
) -> Result<bool, Error> {
    if !updates::arrived(tx, update.id, ticket.id, external_id).await? {
        return Ok(false);
    }
    let ours: Vec<String> = external_id.map(str::to_owned).into_iter().collect();
    own_writes::add(tx, &ticket.connection, &ours, app.clock.now()).await?;
    told(app, tx, update, ticket).await?;
    // Who turns out to have it may be owed a correction that was planned for those who were known to have it.
    advance::replan_updates(app, tx, update.topic).await?;
    // Nothing is left to do for it, and doing nothing takes what had failed off the health page.
    app.queue.add(tx, jobs::Send { update: update.id }).await?;
    Ok(true)
}

/// The key of a customer's page is in a public message of a ticket. Whoever wrote the message, the update with that key
/// has arrived.
pub async fn seen(app: &App, tx: &mut Tx, key: &str, ticket: &Ticket, external_id: Option<&str>) -> Result<(), Error> {
    let page = pages::open(tx, &Keys::hash(key), app.clock.now()).await?;
    let Some(update) = page.and_then(|page| page.update) else { return Ok(()) };
    if let Some(update) = updates::get(tx, update).await?.filter(|update| update.customer == ticket.customer) {
        arrived(app, tx, &update, ticket, external_id).await?;
    }
    Ok(())
}

/// A sending was cut off. The thread tells whether the customer has it.
async fn look_up(app: &App, update: Update) -> Result<(), Stop> {
    let now = app.clock.now();
    let unclear_before = now.minus(CUT_OFF);
    let mut tx = app.database.begin().await?;
    let Some(looked_up) = updates::reclaim(&mut tx, update.id, unclear_before, now).await? else {
        // Another job may still be sending it.
        return Err(Stop::Wait(CUT_OFF));
    };
    let claimed = Instant::now();
    let Some(ticket) = ticket_for(&mut tx, &update).await? else {
        let why = "Their ticket was deleted.".to_owned();
        updates::turn(&mut tx, update.id, UpdateState::Sending, &UpdateStanding::Cancelled(why)).await?;
        tx.commit().await?;
        return Ok(());
    };
    tx.commit().await?;
    let connection = app.connection(&ticket.connection)?;
    let token = app.keys.page_token(update.id);
    if connection.helpdesk.about().reads_tickets {
        let is_ours = |message: &MessageSnapshot| message.public && message.as_shown.contains(&token);
        match calls::find_written(app, connection, &ticket.external_id, &key(update.id), is_ours).await? {
            WriteLookup::Found(external_ids) => {
                info!(update.id = %update.id, "Found the reply whose sending had been unclear");
                let written = WriteReceipt { external_ids, ticket: ticket.external_id.clone() };
                return sent(app, connection, &update, &ticket, &written).await;
            }
            WriteLookup::Absent if looked_up % LOOK_UPS != 0 => {
                // A list may lag behind what was written.
                let mut tx = app.database.begin().await?;
                updates::look_up_again(&mut tx, update.id, now.minus(CUT_OFF).plus(LISTS_LAG)).await?;
                tx.commit().await?;
                return Err(Stop::Wait(LISTS_LAG));
            }
            WriteLookup::Absent => return deliver(app, connection, &update, &ticket, &token, claimed).await,
            WriteLookup::Unknown => {}
        }
    }
    // The helpdesk cannot be read, or not all of it, so nobody knows. Asking a person is better than telling the customer
    // twice (G4).
    let mut tx = app.database.begin().await?;
    let doubt = UpdateStanding::InDoubt(refusal::IN_DOUBT.to_owned());
    updates::turn(&mut tx, update.id, UpdateState::Sending, &doubt).await?;
    tx.commit().await?;
    Err(Stop::GiveUp(refusal::IN_DOUBT.to_owned()))
}

/// Our key for the reply, the same for every attempt.
fn key(update: UpdateId) -> String {
    format!("heard-{update}")
}
