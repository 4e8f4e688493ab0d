//! Confirm: the customer says whether it works now, and a "still broken" reopens the topic.
//!
//! The verdict comes from the customer's own page, from a plain reply, or from a rating. A page's GET changes nothing.
//! Every answer is kept for its update, whatever the topic has become. "Still broken" tells support in the ticket, and
//! engineers in the issue, with counts and without a name (G6, nothing private leaves). Once enough say so, as the settings
//! have it, the topic opens again and what was not sent yet waits for a person.

pub mod answer;

use tracing::info;

use super::{
    advance,
    app::{App, Connection, Keys},
    error::Error,
    outbox,
    tell::{arrival, first_told},
};
use crate::{
    model::{
        decision::Actor,
        id::{CustomerId, UpdateId},
        milestone::MilestoneKind,
        refusal::{Missing, Refusal},
        ticket::Ticket,
        topic::{Topic, TopicState},
        update::{CustomerVerdict, Update, UpdateState, Via},
    },
    store::{
        Session, Tx, audit, confirmations, customers, milestones, opt_outs, pages, releases, tickets, topics, updates,
    },
    wording::{issue as words, note, redact},
};

/// Whose page a link's secret part opens. `None` if it is unknown or has expired.
pub async fn page(app: &App, session: &mut impl Session, token: &str) -> Result<Option<pages::Page>, Error> {
    Ok(pages::open(session, &Keys::hash(token), app.clock.now()).await?)
}

/// What a customer said of one update.
#[derive(Clone, Debug)]
pub struct CustomerAnswer {
    /// The verdict.
    pub verdict: CustomerVerdict,
    /// One to five.
    pub feeling: Option<i64>,
    /// In their own words.
    pub words: Option<String>,
    /// How it reached us.
    pub via: Via,
}

/// A customer answers on their page about one of their updates. The latest verdict counts.
pub async fn confirm(app: &App, token: &str, update: UpdateId, said: CustomerAnswer) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let page = page(app, &mut tx, token).await?.ok_or(Missing::Link)?;
    let linked = match page.update {
        Some(linked) => updates::get(&mut tx, linked).await?,
        None => None,
    };
    // A link opens only the topic that it was sent about (G6, nothing private leaves).
    let opens = |update: &Update| {
        update.customer == page.customer && linked.as_ref().is_some_and(|linked| linked.topic == update.topic)
    };
    let mut answered = updates::get(&mut tx, update).await?.filter(opens);
    if let Some(doubtful) =
        answered.as_ref().filter(|one| page.update == Some(one.id) && one.state() != UpdateState::Sent)
    {
        // Only the message itself has this link, so they have the message.
        let ticket = tickets::get(&mut tx, doubtful.ticket).await?.ok_or(Missing::Link)?;
        arrival::arrived(app, &mut tx, doubtful, &ticket, None).await?;
        answered = updates::get(&mut tx, update).await?;
    }
    let answered = answered.filter(|update| update.state() == UpdateState::Sent).ok_or(Missing::Link)?;
    record(app, &mut tx, &answered, said).await?;
    tx.commit().await?;
    Ok(())
}

/// The customer wants no more updates from the helpdesk whose message has this link, or changed their mind. Whoever holds a
/// link speaks for them there, and nowhere else.
pub async fn opt_out(app: &App, token: &str, out: bool) -> Result<CustomerId, Error> {
    let mut tx = app.database.begin().await?;
    let page = page(app, &mut tx, token).await?.ok_or(Missing::Link)?;
    let update = updates::get(&mut tx, page.update.ok_or(Missing::Link)?).await?.ok_or(Missing::Link)?;
    let ticket = tickets::get(&mut tx, update.ticket).await?.ok_or(Missing::Link)?;
    // Nobody makes this customer one with another meanwhile.
    customers::hold(&mut tx, page.customer).await?;
    opt_outs::set(&mut tx, page.customer, &ticket.connection, out.then(|| app.clock.now())).await?;
    tx.commit().await?;
    Ok(page.customer)
}

/// The most that is kept of their own words.
const WORDS_CHARACTERS: usize = 4_000;

async fn record(app: &App, tx: &mut Tx, update: &Update, said: CustomerAnswer) -> Result<(), Error> {
    let now = app.clock.now();
    let words = said.words.map(|words| words.trim().chars().take(WORDS_CHARACTERS).collect::<String>());
    let words = words.filter(|words| !words.is_empty());
    let confirmation = confirmations::Confirmation {
        customer: update.customer,
        topic: update.topic,
        cycle: update.cycle,
        update: Some(update.id),
        ticket: Some(update.ticket),
        verdict: said.verdict,
        via: said.via,
        feeling: said.feeling.filter(|feeling| (1..=5).contains(feeling)),
        words: words.clone(),
        confirmed_at: now,
    };
    if said.verdict == CustomerVerdict::StillBroken && said.via != Via::Agent && is_not_sure(tx, update).await? {
        // That it works, as they may have said before, does not hold any more.
        confirmations::retract_opposite(tx, &confirmation).await?;
        may_be_another(app, tx, update, words.as_deref()).await?;
        return advance::sync_issue(app, tx, update.topic).await;
    }
    updates::set_unclear(tx, update.id, None).await?;
    let before = confirmations::of_customer(tx, update.customer, update.topic, update.cycle).await?;
    let new = confirmations::add(tx, &confirmation).await?;
    confirmations::retract_opposite(tx, &confirmation).await?;
    match said.verdict {
        CustomerVerdict::Works => first_told::somebody_is_content(app, tx, update).await?,
        CustomerVerdict::StillBroken => first_told::somebody_complained(app, tx, update).await?,
    }
    // The button says little. Whoever adds words to it has said something new.
    let adds_words = said.verdict == CustomerVerdict::StillBroken
        && words.is_some()
        && before.is_some_and(|before| before.words.is_none());
    if !new && !adds_words {
        return Ok(());
    }
    metrics::counter!("heard_confirmations_total", "verdict" => said.verdict.as_str()).increment(1);
    info!(update.id = %update.id, topic.id = %update.topic, verdict = %said.verdict, via = %said.via, "A customer answered");
    let Some(topic) = topics::lock_current(tx, update.topic).await? else { return Ok(()) };
    let Some(ticket) = tickets::get(tx, update.ticket).await? else { return Ok(()) };
    match said.verdict {
        CustomerVerdict::Works => {
            let text = note::write(&note::Note::Confirmed { via: said.via, words: words.as_deref() });
            outbox::note(app, tx, &ticket, &format!("confirmed:{}", update.id), &text).await?;
        }
        CustomerVerdict::StillBroken => {
            still_broken(app, tx, update, &topic, &ticket, said.via, words.as_deref()).await?;
        }
    }
    advance::sync_issue(app, tx, topic.id).await
}

/// Whether an update was told to a likely member, and still nobody has said that theirs is the same.
async fn is_not_sure(tx: &mut Tx, update: &Update) -> Result<bool, Error> {
    Ok(update.likely && tickets::of_customer(tx, update.customer, update.topic).await?.is_empty())
}

/// A likely member was not helped: theirs may be something else, which says nothing against the fix. A person has to look.
async fn may_be_another(app: &App, tx: &mut Tx, update: &Update, words: Option<&str>) -> Result<(), Error> {
    let Some(topic) = topics::current(tx, update.topic).await? else { return Ok(()) };
    let Some(ticket) = tickets::get(tx, update.ticket).await? else { return Ok(()) };
    updates::set_unclear(tx, update.id, Some(words.unwrap_or("They pressed the button, and wrote nothing."))).await?;
    first_told::somebody_has_to_read(app, tx, update).await?;
    let topic_url = app.link(&format!("/topics/{}", topic.id));
    let update_url = app.link(&format!("/updates?state=unclear&id={}", update.id));
    let note = note::Note::MayBeAnother { title: &topic.title, topic_url: &topic_url, words, update_url: &update_url };
    let said = if words.is_some() { "may_be_another_in_words" } else { "may_be_another" };
    outbox::note(app, tx, &ticket, &format!("{said}:{}", update.id), &note::write(&note)).await?;
    outbox::reopen(app, tx, &ticket, &format!("may_be_another:{}", update.id)).await
}

async fn still_broken(
    app: &App,
    tx: &mut Tx,
    update: &Update,
    topic: &Topic,
    ticket: &Ticket,
    via: Via,
    words: Option<&str>,
) -> Result<(), Error> {
    let version = match milestones::get(tx, update.milestone).await?.and_then(|step| step.release) {
        Some(release) => releases::get(tx, release).await?.map(|release| release.version),
        None => None,
    };
    let told = updates::told(tx, topic.id, update.cycle).await?;
    // What an agent notes, a person has judged.
    let is_enough = app.settings.tell.reopen.is_met(&told, words.is_some() || via == Via::Agent);
    let is_of_the_fix =
        update.kind == MilestoneKind::Shipped && topic.state == TopicState::Shipped && topic.cycle == update.cycle;
    let topic_url = app.link(&format!("/topics/{}", topic.id));
    let text = note::write(&note::Note::StillBroken {
        title: &topic.title,
        topic_url: &topic_url,
        via,
        words,
        version: version.as_deref(),
        effect: match (is_of_the_fix, is_enough) {
            (true, true) => note::StillBrokenEffect::Reopened,
            (true, false) => note::StillBrokenEffect::WaitsForMore,
            (false, _) => note::StillBrokenEffect::Noted,
        },
    });
    let said = if words.is_some() { "still_broken_in_words" } else { "still_broken" };
    outbox::note(app, tx, ticket, &format!("{said}:{}", update.id), &text).await?;
    outbox::reopen(app, tx, ticket, &format!("still_broken:{}", update.id)).await?;
    if update.kind != MilestoneKind::Shipped {
        return Ok(());
    }
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let comment = words::IssueComment::StillBroken {
        still_broken_count: count(told.still_broken),
        told_count: count(told.told),
        version: version.as_deref(),
    };
    let key = format!("still_broken:{}:{}:{}", topic.id, update.cycle, told.still_broken);
    outbox::comment(app, tx, topic.id, &key, &words::comment(&comment, &redact::KnownPeople::default())).await?;
    if is_of_the_fix && is_enough {
        advance::reopen(app, tx, topic, "customer").await?;
    }
    Ok(())
}

/// A satisfied rating after a customer was told confirms the fix. An unsatisfied one may be about anything and is left
/// to the agent.
pub async fn rated(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    external_id: &str,
    good: bool,
) -> Result<(), Error> {
    let Some(ticket) = tickets::find(tx, &connection.settings.name, external_id).await? else { return Ok(()) };
    let told = updates::last_told(tx, ticket.id, app.clock.now()).await?;
    // The ticket may be another customer's by now, who was told nothing.
    let Some(update) = told.filter(|update| good && update.customer == ticket.customer) else { return Ok(()) };
    // A rating is of the service. It never counts against what they said of the fix in their own words.
    if confirmations::of_customer(tx, update.customer, update.topic, update.cycle).await?.is_some() {
        return Ok(());
    }
    record(
        app,
        tx,
        &update,
        CustomerAnswer { verdict: CustomerVerdict::Works, feeling: None, words: None, via: Via::Rating },
    )
    .await
}

/// An agent records a verdict that reached them another way: on the phone, in another thread.
pub async fn on_behalf(
    app: &App,
    update: UpdateId,
    verdict: CustomerVerdict,
    words: Option<String>,
    actor: &Actor,
) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    let found = updates::get(&mut tx, update).await?.ok_or(Missing::Update(update))?;
    if found.state() != UpdateState::Sent {
        return Err(Refusal::UpdateNotSent(found.state()).into());
    }
    record(app, &mut tx, &found, CustomerAnswer { verdict, feeling: None, words, via: Via::Agent }).await?;
    audit::add(&mut tx, actor, "confirm", &update.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
