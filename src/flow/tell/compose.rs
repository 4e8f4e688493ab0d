//! The text of one update: what we know of the customer, their ticket and the step becomes the facts that wording writes from.

use super::{PAGE, release_of};
use crate::{
    flow::{App, Error},
    model::{
        customer::Customer,
        id::{CustomerId, MilestoneId},
        milestone::{Confidence, Milestone, MilestoneKind},
        release::Release,
        ticket::Ticket,
        topic::Topic,
        update::{CustomerVerdict, UpdateState},
    },
    store::{Tx, customers, milestones, tickets, topics, updates},
    wording::update as words,
};

/// Writes the text for one customer.
pub(super) async fn text(
    app: &App,
    tx: &mut Tx,
    topic: &Topic,
    step: &Milestone,
    release: Option<&Release>,
    person: &Customer,
    ticket: &Ticket,
) -> Result<words::UpdateText, Error> {
    let organization = match ticket.organization {
        Some(organization) => customers::get_organization(tx, organization).await?,
        None => None,
    };
    let asked = tickets::first_words(tx, ticket.id).await?.unwrap_or_else(|| ticket.subject.clone());
    let cared_for = tickets::was_cared_for(tx, ticket.id).await?;
    let page = app.link(&format!("/c/{PAGE}"));
    let team = app.settings.tell.team.as_deref().unwrap_or("Support");
    let facts = words::UpdateFacts {
        milestone: step.kind,
        kind: topic.kind,
        title: &topic.title,
        customer_name: &person.name,
        organization_name: organization.as_ref().map(|organization| organization.name.as_str()),
        locale: person.locale.as_deref(),
        asked: &asked,
        asked_at: ticket.created_at,
        now: app.clock.now(),
        version: release.map(|release| release.version.as_str()),
        release_url: release.and_then(|release| release.url.as_deref()),
        released_at: release.map(|release| release.published_at),
        summary: topic.summary.as_deref(),
        words: step.words.as_deref(),
        agent_name: ticket.agent_name.as_deref().filter(|_| cared_for),
        team,
        works_url: &format!("{page}?answer=works"),
        still_broken_url: &format!("{page}?answer=still_broken"),
        page_url: &page,
        stop_url: Some(&format!("{page}?answer=stop")),
        certain: step.confidence.unwrap_or(Confidence::Stated),
        earlier: earlier(tx, step, person.id).await?,
    };
    words::write(&app.templates, &facts).map_err(|refused| Error::Refused(refused.to_string()))
}

/// What waits of a milestone is written anew: a person gave it words.
pub async fn write_anew(app: &App, tx: &mut Tx, milestone: MilestoneId) -> Result<(), Error> {
    let Some(step) = milestones::get(tx, milestone).await? else { return Ok(()) };
    let Some(topic) = topics::get(tx, step.topic).await? else { return Ok(()) };
    let release = release_of(tx, &step).await?;
    for update in updates::of_milestone(tx, milestone).await? {
        if !update.state.is_unsent() {
            continue;
        }
        let (Some(person), Some(ticket)) =
            (customers::get(tx, update.customer).await?, tickets::get(tx, update.ticket).await?)
        else {
            continue;
        };
        let text = text(app, tx, &topic, &step, release.as_ref(), &person, &ticket).await?;
        updates::edit(tx, update.id, &text.text, &text.html).await?;
    }
    Ok(())
}

/// What came of an earlier fix that this customer was told of: theirs to answer, and the last they said of it counts.
async fn earlier(tx: &mut Tx, step: &Milestone, customer: CustomerId) -> Result<Option<words::EarlierFix>, Error> {
    if step.kind != MilestoneKind::Shipped {
        return Ok(None);
    }
    let said = updates::confirmations(tx, step.topic).await?;
    if let Some(newest) = said.iter().find(|one| one.customer == customer && one.cycle < step.cycle) {
        let broken = newest.verdict == CustomerVerdict::StillBroken;
        return Ok(broken.then_some(words::EarlierFix::StillBroken(newest.confirmed_at)));
    }
    let told = updates::of_customer(tx, customer).await?;
    let before = told.iter().filter(|update| {
        update.topic == step.topic
            && update.cycle < step.cycle
            && update.kind == MilestoneKind::Shipped
            && update.state == UpdateState::Sent
    });
    Ok(before.filter_map(|update| update.sent_at).max().map(words::EarlierFix::Unanswered))
}
