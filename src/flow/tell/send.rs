//! Sending one update: at most once, and never forgotten (G4, one update per customer and milestone).
//!
//! An update goes from held to sending before the call. A call whose outcome is unclear leaves it at sending. Once that
//! call has ended, we look for the update's own link, and send again only if it is not there. Where a helpdesk cannot be
//! read, the link may turn up in a webhook, in a quotation, or when the customer opens their page.

use std::time::{Duration, Instant};

use tracing::warn;

use super::{
    arrival,
    batch::{self, Batched},
    certain, compose,
    look_up::{self, CUT_OFF, LOOK_AGAIN},
    members, plan, quiet, reach, unremembered, waiting,
};
use crate::{
    base::{clock::Time, random, secret::Secret},
    flow::{
        advance,
        app::{App, Connection, Keys},
        calls,
        error::{CallFailed, Error, Stop},
        jobs,
    },
    helpdesk::{HelpdeskRefusal, Reply, WriteReceipt},
    model::{
        attempt::{Attempt, write_key},
        customer::Customer,
        id::UpdateId,
        standing::{Doubt, Undelivered},
        ticket::{Ticket, TicketStatus},
        update::{TimeWish, Update, UpdateStanding, UpdateState},
    },
    store::{
        StoreError, Tx, attempts, customers, opt_outs, pages, pauses, rate_limits, recipients, tickets, topics, updates,
    },
    wording::{doubt, page_key::PLACEHOLDER, undelivered},
};

/// An update whose call has not begun within this time of the claim is left to be looked up.
pub(super) const BEGIN_WITHIN: Duration = Duration::from_secs(5);
/// How soon a reply is tried again after its ticket had changed and is being read.
const READ_AGAIN_WITHIN: Duration = Duration::from_secs(1);
/// How long a customer's link works.
pub(super) const LINK_SPAN: Duration = Duration::from_hours(180 * 24);

/// Sends one update if its time has come.
pub async fn run(app: &App, id: UpdateId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(update) = updates::get(&mut conn, id).await? else { return Ok(()) };
    drop(conn);
    match update.standing {
        UpdateStanding::Held { until, .. } if until <= app.clock.now() => send_held(app, update, Asked(false)).await,
        UpdateStanding::Sending => look_up::look_up(app, update).await,
        // It waits for a person, and goes on standing on the health page.
        UpdateStanding::Failed(_) | UpdateStanding::InDoubt(_) | UpdateStanding::Held { .. } => Err(Stop::Nothing),
        // It is settled, or waits for a person among the drafts.
        _ => Ok(()),
    }
}

/// Whether the helpdesk was asked if mail to the customer comes back.
#[derive(Clone, Copy)]
struct Asked(bool);

async fn send_held(app: &App, update: Update, Asked(asked): Asked) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    // They do not become one with another customer until the claim is stored.
    customers::hold(&mut tx, update.customer).await?;
    let known = updates::get(&mut tx, update.id).await?;
    let same = |known: &Update| (known.customer, known.state()) == (update.customer, UpdateState::Held);
    let Some(update) = known.filter(same) else { return Err(Stop::Wait(LOOK_AGAIN)) };
    if let Some(instead) = overtaken(app, &mut tx, &update).await? {
        return becomes(tx, &update, &instead).await;
    }
    let Some(person) = customers::get(&mut tx, update.customer).await? else {
        let why = "Its customer is not known any more.".to_owned();
        return becomes(tx, &update, &UpdateStanding::Cancelled(why)).await;
    };
    let writable = writable(app, &mut tx, &update).await?;
    let silent = opt_outs::connections(&mut tx, update.customer).await?;
    let (unwanted, wanted): (Vec<_>, Vec<_>) =
        writable.into_iter().partition(|ticket| silent.contains(&ticket.connection));
    if person.opted_out_at.is_some() || (wanted.is_empty() && !unwanted.is_empty()) {
        let why = plan::SkipReason::OptedOut.sentence().to_owned();
        return becomes(tx, &update, &UpdateStanding::Skipped(why)).await;
    }
    if let Some(later) = not_now(app, &mut tx, &update, &person, now).await? {
        return becomes(tx, &update, &later).await;
    }
    let Some((ticket, unreached)) = ticket_for(&mut tx, wanted, now).await? else {
        if let Some(why) = carried_on_elsewhere(&mut tx, &update).await? {
            // They may be reached there or not, and only a person can see that.
            updates::turn(&mut tx, update.id, UpdateState::Held, &UpdateStanding::Failed(why.clone())).await?;
            tx.commit().await?;
            return Err(Stop::GiveUp(why));
        }
        let why = nowhere(app, &mut tx, &update).await?.to_owned();
        return becomes(tx, &update, &UpdateStanding::Cancelled(why)).await;
    };
    let others_read = recipients::read_along(&mut tx, ticket.id).await?;
    if others_read && update.text.contains(PLACEHOLDER) {
        let may_go = compose::for_everybody(app, &mut tx, &update, &ticket).await?;
        if !may_go {
            let waits = UpdateStanding::Draft(waiting::OTHERS_READ.to_owned());
            updates::turn(&mut tx, update.id, UpdateState::Held, &waits).await?;
        }
        tx.commit().await?;
        return if may_go { Err(Stop::Wait(LOOK_AGAIN)) } else { Ok(()) };
    }
    if others_read && is_one_persons(&mut tx, &update).await? {
        let waits = UpdateStanding::Draft(waiting::WRITTEN_FOR_ONE.to_owned());
        return becomes(tx, &update, &waits).await;
    }
    if updates::was_told_in(&mut tx, ticket.id, &update).await? {
        let why = "Their ticket has been told of this already.".to_owned();
        return becomes(tx, &update, &UpdateStanding::Cancelled(why)).await;
    }
    if unremembered::waits(&mut tx, &update).await? {
        let waits = UpdateStanding::Draft(waiting::NOT_REMEMBERED.to_owned());
        return becomes(tx, &update, &waits).await;
    }
    if let Some(why) = unreached
        && !(why == Undelivered::NotKnown && updates::is_approved(&mut tx, update.id).await?)
    {
        return not_reached(app, tx, &update, &ticket, why).await;
    }
    if !asked {
        // Nothing is asked while the rows are held.
        drop(tx);
        reach::ask(app, &ticket).await?;
        return Box::pin(send_held(app, update, Asked(true))).await;
    }
    match batch::join(app, &mut tx, &update, now).await? {
        Batched::Alone => {}
        Batched::Together => {
            tx.commit().await?;
            return Ok(());
        }
        Batched::Changed => return Err(Stop::Wait(LOOK_AGAIN)),
    }
    if attempts::is_lost_elsewhere(&mut tx, update.id, ticket.id).await? {
        let why = doubt::sentence(Doubt::InOtherWords);
        updates::turn(&mut tx, update.id, UpdateState::Held, &UpdateStanding::InDoubt(why.to_owned())).await?;
        tx.commit().await?;
        return Err(Stop::GiveUp(why.to_owned()));
    }
    let connection = app.connection(&ticket.connection)?;
    if let Some(stop) = nobody_writes(&mut tx, &update, connection, now).await? {
        return Err(stop);
    }
    let fresh = random::token().map_err(|error| Stop::later(format!("A link could not be made: {error}")))?;
    let Some(attempt) = attempts::claim(&mut tx, update.id, ticket.id, &Secret::new(fresh), now).await? else {
        // Somebody else is at it, and whoever settles it says how it ended (G11, nothing fails silently).
        return Err(Stop::Nothing);
    };
    let hash = Keys::hash(attempt.page_key.expose());
    pages::add(&mut tx, &hash, update.customer, update.id, now.plus(LINK_SPAN)).await?;
    // Its words may have changed since it was read. From now on they cannot.
    let Some(update) = updates::get(&mut tx, update.id).await? else { return Ok(()) };
    let claimed = Instant::now();
    tx.commit().await?;
    deliver(app, connection, &update, &ticket, &attempt, claimed).await
}

/// Nothing is sent now: the update becomes this.
async fn becomes(mut tx: Tx, update: &Update, standing: &UpdateStanding) -> Result<(), Stop> {
    updates::turn(&mut tx, update.id, UpdateState::Held, standing).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether a person wrote it to one customer, and nobody has approved those words.
async fn is_one_persons(tx: &mut Tx, update: &Update) -> Result<bool, Error> {
    Ok(updates::is_edited(tx, update.id).await? && !updates::is_approved(tx, update.id).await?)
}

/// Why nobody but a person can tell them, if their ticket was merged into one in which they are not written to.
async fn carried_on_elsewhere(tx: &mut Tx, update: &Update) -> Result<Option<String>, Error> {
    let merged = tickets::of_customer(tx, update.customer, update.topic).await?;
    let merged = merged.into_iter().find(|ticket| ticket.status == TicketStatus::Merged);
    Ok(merged.map(|ticket| {
        let into = ticket.merged_into.map_or_else(|| "another".to_owned(), |into| format!("ticket {into}"));
        format!(
            "Their ticket {} was merged into {into}, in which Heard does not write to them; see there whether they were told, \
             tell them yourself if not, and cancel this.",
            ticket.external_id
        )
    }))
}

/// Where an update goes that is overtaken by what became known since it was planned.
async fn overtaken(app: &App, tx: &mut Tx, update: &Update) -> Result<Option<UpdateStanding>, Error> {
    if let Some(why) = why_not_any_more(app, tx, update).await? {
        let cancelled = UpdateStanding::Cancelled(why);
        if advance::fell_with_its_release(&cancelled) {
            // The topic that it is in by now may tell them of another release.
            app.queue.add(tx, jobs::Tell { topic: update.topic }).await?;
        }
        return Ok(Some(cancelled));
    }
    Ok(certain::unread_doubt(tx, update).await?.map(|doubt| UpdateStanding::Draft(waiting::doubted(&doubt))))
}

/// Why nobody is written to just now: somebody has paused it, or the helpdesk asked us to wait.
async fn nobody_writes(
    tx: &mut Tx,
    update: &Update,
    connection: &Connection,
    now: Time,
) -> Result<Option<Stop>, StoreError> {
    if pauses::stop(tx, update.topic, &connection.settings.name).await? {
        // Whoever lets it go on has it sent.
        return Ok(Some(Stop::Nothing));
    }
    let blocked = rate_limits::blocked_until(tx, &connection.gate(), now).await?;
    Ok(blocked.map(|until| Stop::Wait(until.since(now).max(Duration::from_millis(200)))))
}

/// Why an update is no longer true, or no longer news.
async fn why_not_any_more(app: &App, tx: &mut Tx, update: &Update) -> Result<Option<String>, Error> {
    // When topics are merged, an update goes along unless the other topic has told the same customer the same.
    if topics::get(tx, update.topic).await?.is_some_and(|topic| topic.merged_into.is_some()) {
        return Ok(Some("They have this update from the topic that theirs was merged into.".to_owned()));
    }
    advance::why_it_fell(app, tx, update).await
}

/// Quiet hours, weekends and the daily cap: until when it is held, and why. Whoever wants it sent at once has looked at the hour, and
/// not at what else this customer got.
async fn not_now(
    app: &App,
    tx: &mut Tx,
    update: &Update,
    person: &Customer,
    now: Time,
) -> Result<Option<UpdateStanding>, Error> {
    let tell = &app.settings.tell;
    let at_once = update.wish == Some(TimeWish::AtOnce);
    if let Some(quiet) = quiet::around(tell, person.time_zone.as_deref(), now).filter(|_| !at_once) {
        return Ok(Some(UpdateStanding::Held { until: quiet.until, why: Some(quiet.why) }));
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

/// A reply would reach nobody: a person is asked, and the ticket is read again, because its customer may be reached by now.
async fn not_reached(app: &App, mut tx: Tx, update: &Update, ticket: &Ticket, why: Undelivered) -> Result<(), Stop> {
    let sentence = undelivered::sentence(why).to_owned();
    let (is_doubt, to) = match why {
        Undelivered::NotKnown => (true, UpdateStanding::Draft(sentence.clone())),
        _ => (false, UpdateStanding::Failed(sentence.clone())),
    };
    updates::turn(&mut tx, update.id, UpdateState::Held, &to).await?;
    app.queue.add(&mut tx, jobs::Refresh::of(ticket)).await?;
    tx.commit().await?;
    if is_doubt { Ok(()) } else { Err(Stop::GiveUp(sentence)) }
}

/// The first of these tickets in which they are reached; otherwise the first one, with why they are not.
async fn ticket_for(
    tx: &mut Tx,
    writable: Vec<Ticket>,
    now: Time,
) -> Result<Option<(Ticket, Option<Undelivered>)>, Error> {
    let mut unreached = None;
    for ticket in writable {
        match reach::why_not(tx, &ticket, now).await? {
            None => return Ok(Some((ticket, None))),
            why => {
                unreached.get_or_insert((ticket, why));
            }
        }
    }
    Ok(unreached)
}

/// Why there is no ticket to tell them in. Those that were gone are read once more, and whoever finds them gone forgets what they said.
async fn nowhere(app: &App, tx: &mut Tx, update: &Update) -> Result<&'static str, Error> {
    let theirs = tickets::of_customer(tx, update.customer, update.topic).await?;
    for gone in theirs.iter().filter(|ticket| ticket.status == TicketStatus::Deleted) {
        app.queue.add(tx, jobs::Refresh::of(gone)).await?;
    }
    if update.likely && theirs.is_empty() {
        return Ok(waiting::NOT_LIKELY);
    }
    Ok(
        "No ticket of theirs in this topic can be written to: it was deleted, given to somebody else, or has nothing public of \
        theirs.",
    )
}

/// Their tickets that can still be written in, the most recently active first. For a merged ticket, that is the one it was
/// merged into.
async fn writable(app: &App, tx: &mut Tx, update: &Update) -> Result<Vec<Ticket>, Error> {
    let mut writable = Vec::new();
    for ticket in members::theirs(app, tx, update).await? {
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
                    writable.push(target);
                }
            }
            _ if ticket.internal || !tickets::may_be_written_to(tx, ticket.id).await? => {}
            _ => writable.push(ticket),
        }
    }
    Ok(writable)
}

async fn deliver(
    app: &App,
    connection: &Connection,
    update: &Update,
    ticket: &Ticket,
    attempt: &Attempt,
    claimed: Instant,
) -> Result<(), Stop> {
    if claimed.elapsed() > BEGIN_WITHIN {
        return Err(Stop::Wait(CUT_OFF));
    }
    match reply(app, connection, update, ticket, attempt).await {
        Ok(written) => arrival::sent(app, connection, update, ticket, &written).await,
        Err(failed) => not_written(app, connection, update, ticket, failed).await,
    }
}

/// Makes the calls of an attempt that was claimed.
pub(super) async fn reply(
    app: &App,
    connection: &Connection,
    update: &Update,
    ticket: &Ticket,
    attempt: &Attempt,
) -> Result<WriteReceipt, CallFailed> {
    // Whoever wrote the placeholder themselves was not taken at their word when the text was made.
    let (open, link) = (format!("/c/{PLACEHOLDER}"), format!("/c/{}", attempt.page_key.expose()));
    let with_link = |text: &str| text.replace(&open, &link);
    let (text, html) = (with_link(&update.text), with_link(&update.html));
    let key = write_key(update.id, attempt.number);
    let reply = Reply {
        text: &text,
        html: &html,
        author: ticket.agent_external_id.as_deref(),
        idempotency_key: &key,
        seen_at: Some(ticket.changed_at),
    };
    write(app, connection, update, ticket, &reply).await
}

/// What becomes of an update whose reply was not written, or not clearly.
pub(super) async fn not_written(
    app: &App,
    connection: &Connection,
    update: &Update,
    ticket: &Ticket,
    failed: CallFailed,
) -> Result<(), Stop> {
    match failed {
        CallFailed::Unclear(why) => {
            warn!(update.id = %update.id, %why, "It is unclear whether the customer has the update; looking for it");
            Err(Stop::Later {
                after: Some(CUT_OFF),
                sentence: format!("{}: {why}; looking for the reply", connection.settings.name),
            })
        }
        CallFailed::Refused(HelpdeskRefusal::Gone(_)) => {
            let mut tx = app.database.begin().await?;
            tickets::ended(&mut tx, ticket.id, TicketStatus::Deleted, None).await?;
            // Another of their tickets may do; the next try finds out.
            let again = UpdateStanding::held(app.clock.now());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &again).await?;
            tx.commit().await?;
            Err(Stop::Wait(Duration::from_millis(200)))
        }
        CallFailed::Refused(HelpdeskRefusal::Conflict(_)) => {
            // Somebody changed the ticket since it was read: it may be another person's now. It is read again first.
            let mut tx = app.database.begin().await?;
            let again = UpdateStanding::held(app.clock.now());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &again).await?;
            app.queue.add(&mut tx, jobs::Refresh::of(ticket)).await?;
            tx.commit().await?;
            let sentence = format!("{}: the ticket has changed since it was read; reading it again", ticket.connection);
            Err(Stop::Later { after: Some(READ_AGAIN_WITHIN), sentence })
        }
        CallFailed::Refused(HelpdeskRefusal::Repeated(why)) => {
            warn!(update.id = %update.id, %why, "The helpdesk has taken this attempt before, in other words");
            look_up::in_doubt(app, update, Doubt::InOtherWords).await
        }
        CallFailed::Refused(HelpdeskRefusal::Invalid(why) | HelpdeskRefusal::Closed(why)) => {
            let sentence = format!("{} {why}", connection.settings.name);
            let mut tx = app.database.begin().await?;
            let failed = UpdateStanding::Failed(sentence.clone());
            updates::turn(&mut tx, update.id, UpdateState::Sending, &failed).await?;
            tx.commit().await?;
            Err(Stop::GiveUp(format!("An update could not be sent: {sentence}")))
        }
        failed => {
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
    update: &Update,
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
    // Where there are no follow-ups, closed is a word of the settings, and the helpdesk says whether it takes a reply.
    if ticket.status != TicketStatus::Closed || !connection.helpdesk.about().follows_up {
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
    let opens = follow_up(reply, true).ok_or_else(cannot)?;
    // Whoever looks for it later may know the ticket as open, or as merged: what is opened now is not in it.
    let noted = async |may_be_elsewhere: bool| {
        let stored = async {
            let mut tx = app.database.begin().await?;
            let before = attempts::note_where(&mut tx, update.id, may_be_elsewhere).await?;
            tx.commit().await?;
            Ok(before)
        };
        stored.await.map_err(|error: StoreError| CallFailed::Unclear(format!("the database failed: {error}")))
    };
    let before = noted(true).await?;
    let opened = match calls::send(app, connection, opens).await {
        // Nothing was made. Some accounts want fields filled in before a ticket is solved, so this one stays open; and the
        // agent may have left.
        Err(CallFailed::Refused(HelpdeskRefusal::Invalid(why))) => match follow_up(&unsigned, false) {
            Some(call) => calls::send(app, connection, call).await,
            None => Err(CallFailed::Refused(HelpdeskRefusal::Invalid(why))),
        },
        other => other,
    };
    if !matches!(opened, Ok(_) | Err(CallFailed::Unclear(_))) {
        // This call has opened nothing.
        noted(before).await?;
    }
    opened
}
