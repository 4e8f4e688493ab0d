//! What the marks on a ticket say of its place, where they have proven themselves.
//!
//! A mark never joins a ticket to a topic: it makes it a likely member, which nobody is told of before a person has said so. A mark
//! that an agent puts on later, or takes off, is a further decision of the machine about the ticket.

use serde_json::value::to_raw_value;

use super::{
    keys::{key, ranked, ticket_key, topic_id},
    turns::{LEASE, TURN, corrupt, turn},
};
use crate::{
    flow::{advance, app::App, error::Stop},
    model::{
        decision::{Actor, Decided, Grouped, GroupedPlacement, GroupingOutcome, Maker, RankedTopic},
        id::{TicketId, TopicId},
        ticket::Ticket,
    },
    store::{
        Conn, Result as Stored, decisions, leases, likely_members,
        marks::{self, Marked},
        tickets, ties,
    },
};
use grouping::{CHOICES, MachineVerdict, MarkedTicket, TicketDecision, expected, proven_share};

/// A decision, with what the marks of the ticket say of it. `own` is the topic that it is in already.
pub(super) async fn weigh(
    conn: &mut Conn,
    ticket: &Ticket,
    mut decision: TicketDecision,
    own: Option<TopicId>,
) -> Stored<TicketDecision> {
    let brand = ticket.brand.as_deref();
    let on_it = marks::of(conn, ticket.id).await?;
    if on_it.is_empty() || decision.verdict == MachineVerdict::Join {
        return Ok(decision);
    }
    let of_all = history(&marks::all(conn, brand, ticket.id).await?);
    let party = ticket.organization.map_or_else(|| ticket.customer.to_string(), |party| party.to_string());
    for mark in on_it {
        let marked = marks::with(conn, &mark, brand, ticket.id).await?;
        let with = history(&marked);
        let (Some(share), Some(earlier)) = (proven_share(&with, &of_all), expected(&with, &party)) else { continue };
        let Some(at) = with.iter().position(|one| std::ptr::eq(one, earlier)) else { continue };
        let Marked { ticket: by, topic, .. } = marked[at];
        if let Some(own) = own
            && (own == topic || ties::are_parted(conn, ticket.id, (own, topic), Some(by)).await?)
        {
            continue;
        }
        decision.mark(&mark, &earlier.topic, &ticket_key(by), share);
    }
    Ok(decision)
}

fn history(rows: &[Marked]) -> Vec<MarkedTicket> {
    let marked = |row: &Marked| MarkedTicket {
        topic: key(row.topic),
        party: row.organization.map_or_else(|| row.customer.to_string(), |party| party.to_string()),
        answered: row.answered,
        waits: row.waits,
    };
    rows.iter().map(marked).collect()
}

/// The choices of the question about a ticket: what its mark says first.
pub(super) fn choices(decision: &TicketDecision) -> Vec<RankedTopic> {
    let said = decision.said_by_a_mark();
    let others = decision.candidates.iter().filter(|other| said.as_ref().is_none_or(|said| said.topic != other.topic));
    said.iter().chain(others).take(CHOICES).filter_map(ranked).collect()
}

/// The marks of a ticket that was grouped have changed. Nobody has said yet where it belongs.
pub(super) async fn again(app: &App, ticket: TicketId) -> Result<(), Stop> {
    let mut conn = app.database.read().await?;
    let Some(ticket) = tickets::get(&mut conn, ticket).await? else { return Ok(()) };
    let found =
        (decisions::first_of_machine(&mut conn, ticket.id).await?, decisions::of_machine(&mut conn, ticket.id).await?);
    let (Some(first), Some(latest)) = found else { return Ok(()) };
    let is_theirs = tickets::may_be_written_to(&mut conn, ticket.id).await?;
    let read = |grouped: &Grouped| serde_json::from_str::<TicketDecision>(grouped.reasons.get()).ok();
    let (Some(decision), Some(before)) = (read(&first), read(&latest)) else { return Ok(()) };
    if !is_theirs || first.outcome == GroupingOutcome::Join || ticket.follow_up_of.is_some() {
        return Ok(());
    }
    let decision = weigh(&mut conn, &ticket, decision, Some(first.topic)).await?;
    drop(conn);
    if (&decision.mark, &decision.topic) == (&before.mark, &before.topic) {
        return Ok(());
    }
    turn(app).await?;
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    if !leases::holds(&mut tx, LEASE, app.holder, now).await? {
        return Err(Stop::Wait(TURN));
    }
    let Some(link) = decisions::link(&mut tx, ticket.id).await? else { return Ok(()) };
    let answered = decisions::question(&mut tx, ticket.id).await?.is_some_and(|asked| asked.answered_at.is_some());
    if link.maker != Maker::Machine || link.topic != first.topic || answered {
        return Ok(());
    }
    let likely = decision.likely_topic().and_then(topic_id).filter(|likely| *likely != link.topic);
    let outcome = if decision.verdict == MachineVerdict::Ask { GroupingOutcome::Ask } else { GroupingOutcome::New };
    // The match log-odds were counted when the ticket came.
    let placement = GroupedPlacement { match_log_odds: None, likely, kind: first.placement.kind };
    let grouped = Decided::Grouped(Grouped {
        outcome,
        ticket: ticket.id,
        topic: link.topic,
        score: decision.score,
        placement,
        reasons: to_raw_value(&decision).map_err(corrupt)?,
    });
    let (id, _) = decisions::add(&mut tx, &grouped, &Actor::machine(), now).await?;
    decisions::place(&mut tx, ticket.id, link.topic, Maker::Machine, id, now).await?;
    decisions::do_not_ask(&mut tx, ticket.id).await?;
    if outcome == GroupingOutcome::Ask {
        decisions::ask(&mut tx, ticket.id, &choices(&decision), now).await?;
    }
    let before = likely_members::stands_in(&mut tx, link.topic).await?;
    likely_members::settle(&mut tx, link.topic).await?;
    let after = likely_members::stands_in(&mut tx, link.topic).await?;
    for place in [before, after].into_iter().flatten() {
        advance::likely_changed(app, &mut tx, place).await?;
    }
    tx.commit().await?;
    Ok(())
}
