//! The text of one update: turns what is known about the recipient, their ticket and the step into the facts that
//! wording writes from.

use std::collections::BTreeMap;

use super::{members::is_written_as_likely, waiting};
use crate::{
    flow::{app::App, error::Error},
    model::{
        id::{CustomerId, MilestoneId},
        milestone::{Confidence, Milestone, MilestoneKind},
        recipient::{Recipient, RecipientTicket},
        refusal::Refusal,
        release::Release,
        ticket::Ticket,
        topic::Topic,
        update::{CustomerVerdict, Update, UpdateStanding, UpdateState},
    },
    store::{
        Tx, milestones,
        recipients::{self, RecipientsWalk},
        releases, topics, updates,
    },
    wording::{page_key::PLACEHOLDER, update as words},
};

/// How many recipients are loaded at a time when texts are written again.
const RECIPIENTS_AT_ONCE: i64 = 200;

/// Writes the text for one recipient, in a ticket, and as for a `likely` member's or not. It can only fail because of an operator's
/// template.
pub(super) fn text(
    app: &App,
    topic: &Topic,
    step: &Milestone,
    release: Option<&Release>,
    recipient: &Recipient,
    (one, likely): (&RecipientTicket, bool),
) -> Result<words::UpdateText, Error> {
    let written =
        with_facts(app, topic, (step, release), recipient, (one, likely), |facts| words::write(&app.templates, facts));
    written.map_err(|refused| Refusal::TemplateFailed(refused.to_string()).into())
}

/// Does something with what is known for the text of one recipient, in a ticket, and as for a `likely` member's or not.
pub fn with_facts<T>(
    app: &App,
    topic: &Topic,
    (step, release): (&Milestone, Option<&Release>),
    recipient: &Recipient,
    (one, likely): (&RecipientTicket, bool),
    write: impl FnOnce(&words::UpdateFacts<'_>) -> T,
) -> T {
    let ticket = &one.ticket;
    let page = app.link(&format!("/c/{PLACEHOLDER}"));
    write(&words::UpdateFacts {
        milestone: step.kind,
        kind: topic.spoken_kind(),
        title: &topic.title,
        customer_name: &recipient.customer.name,
        organization_name: one.organization_name.as_deref(),
        locale: recipient.customer.locale.as_deref(),
        // Whoever sent a picture alone has said it in the subject.
        asked: one.first_words.as_deref().filter(|words| !words.trim().is_empty()).unwrap_or(&ticket.subject),
        asked_at: ticket.created_at,
        now: app.clock.now(),
        version: release.map(|release| release.version.as_str()),
        release_url: release.and_then(|release| release.url.as_deref()),
        released_at: release.map(|release| release.published_at),
        summary: topic.summary.as_deref(),
        words: step.words.as_deref(),
        // An agent only signs if they answered in the ticket.
        agent_name: ticket.agent_name.as_deref().filter(|_| one.answered),
        team: app.settings.tell.team.as_deref().unwrap_or("Support"),
        works_url: &format!("{page}?answer=works"),
        still_broken_url: &format!("{page}?answer=still_broken"),
        page_url: &page,
        stop_url: Some(&format!("{page}?answer=stop")),
        certain: step.confidence.unwrap_or(Confidence::Stated),
        earlier: earlier(step, recipient),
        shared: one.is_shared,
        likely,
    })
}

/// Writes a milestone's unsent updates again, because a person gave it words. Those that a person wrote stay as they are (G8, a person's
/// decision beats the machine's).
pub async fn write_anew(app: &App, tx: &mut Tx, milestone: MilestoneId) -> Result<(), Error> {
    let Some(step) = milestones::get(tx, milestone).await? else { return Ok(()) };
    let Some(topic) = topics::get(tx, step.topic).await? else { return Ok(()) };
    let release = releases::of_step(tx, &step).await?;
    let waiting = updates::of_milestone(tx, milestone).await?.into_iter().filter(|update| update.state().is_unsent());
    let waiting: BTreeMap<CustomerId, Update> = waiting.map(|update| (update.customer, update)).collect();
    let mut walk = RecipientsWalk::default();
    while !waiting.is_empty() {
        let page = recipients::walk_on(tx, topic.id, &mut walk, None, RECIPIENTS_AT_ONCE).await?;
        if page.is_empty() {
            break;
        }
        for recipient in &page {
            let Some(update) = waiting.get(&recipient.customer.id) else { continue };
            if updates::is_edited(tx, update.id).await? {
                continue;
            }
            let planned_for = recipient.tickets.iter().find(|one| one.ticket.id == update.ticket);
            if let Some(ticket) = planned_for.or_else(|| recipient.reachable().next()) {
                let ticket = (ticket, is_written_as_likely(update, ticket));
                let text = text(app, &topic, &step, release.as_ref(), recipient, ticket)?;
                updates::edit(tx, update.id, &text.text, &text.html).await?;
            }
        }
    }
    Ok(())
}

/// Writes an update again that is not told yet, because the words that it quotes are not what they were. Where a person had
/// written it, it waits for a person once more.
pub async fn quote_anew(app: &App, tx: &mut Tx, update: &Update) -> Result<(), Error> {
    let Some(step) = milestones::get(tx, update.milestone).await? else { return Ok(()) };
    let Some(topic) = topics::get(tx, update.topic).await? else { return Ok(()) };
    let release = releases::of_step(tx, &step).await?;
    let recipient = recipients::one(tx, topic.id, update.customer).await?;
    let ticket = recipient.as_ref().and_then(|recipient| {
        let planned_for = recipient.reachable().find(|one| one.ticket.id == update.ticket);
        planned_for.or_else(|| recipient.reachable().next())
    });
    let (Some(recipient), Some(ticket)) = (&recipient, ticket) else {
        let why = "What they had written was deleted in the helpdesk, or is not public any more.".to_owned();
        updates::rewrite(tx, update.id, "", "").await?;
        // Nobody may say of a doubt that nothing was sent.
        if update.state() != UpdateState::InDoubt {
            updates::turn(tx, update.id, update.state(), &UpdateStanding::Cancelled(why)).await?;
        }
        return Ok(());
    };
    let ticket = (ticket, is_written_as_likely(update, ticket));
    let text = text(app, &topic, &step, release.as_ref(), recipient, ticket)?;
    updates::rewrite(tx, update.id, &text.text, &text.html).await?;
    if update.state().is_unsent() && updates::is_edited(tx, update.id).await? {
        let before = if let UpdateStanding::Draft(reasons) = &update.standing { reasons.as_str() } else { "" };
        let waits = UpdateStanding::Draft(waiting::together([before, waiting::WRITTEN_ANEW]));
        updates::turn(tx, update.id, update.state(), &waits).await?;
    }
    Ok(())
}

/// Writes an update again before it may be sent after all, unless a person wrote it: what it quotes may not stand any more.
pub async fn quote_anew_unless_written(app: &App, tx: &mut Tx, update: &Update) -> Result<(), Error> {
    match updates::get(tx, update.id).await? {
        Some(update) if !updates::is_edited(tx, update.id).await? => quote_anew(app, tx, &update).await,
        _ => Ok(()),
    }
}

/// Writes an update without anything of its customer's, because it will be sent where others read along (G6, nothing private
/// leaves). False if a person has to see it first: they had written it, or its words need one.
pub(super) async fn for_everybody(app: &App, tx: &mut Tx, update: &Update, ticket: &Ticket) -> Result<bool, Error> {
    let Some(step) = milestones::get(tx, update.milestone).await? else { return Ok(false) };
    let Some(topic) = topics::get(tx, update.topic).await? else { return Ok(false) };
    let release = releases::of_step(tx, &step).await?;
    let Some(recipient) = recipients::one(tx, topic.id, update.customer).await? else { return Ok(false) };
    let Some(one) = recipient.tickets.first() else { return Ok(false) };
    let shared = RecipientTicket { ticket: ticket.clone(), is_shared: true, ..one.clone() };
    let shared = (&shared, is_written_as_likely(update, one));
    let text = text(app, &topic, &step, release.as_ref(), &recipient, shared)?;
    let was_edited = updates::is_edited(tx, update.id).await?;
    updates::rewrite(tx, update.id, &text.text, &text.html).await?;
    Ok(text.reviewed && !was_edited)
}

/// How an earlier fix went for this customer, if they were told of one. What they said last counts.
fn earlier(step: &Milestone, recipient: &Recipient) -> Option<words::EarlierFix> {
    if step.kind != MilestoneKind::Shipped {
        return None;
    }
    if let Some(newest) = recipient.verdicts.iter().find(|said| said.cycle < step.cycle) {
        let broken = newest.verdict == CustomerVerdict::StillBroken;
        return broken.then_some(words::EarlierFix::StillBroken(newest.said_at));
    }
    let before = recipient.fixes_told().filter(|update| update.cycle <= step.cycle && update.milestone != step.id);
    before.filter_map(|update| update.sent_at).max().map(words::EarlierFix::Unanswered)
}
