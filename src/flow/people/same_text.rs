//! A person writes one text for all updates of a topic's step that are not sent yet, in one language. What surrounds it (greeting,
//! quotation, signature, links) stays each customer's own. Who was written to one by one keeps those words (G8, a person's decision
//! beats the machine's).

use std::collections::{BTreeMap, BTreeSet};

use tracing::info;

use crate::{
    base::signature::{same, sha256},
    flow::{
        app::App,
        error::Error,
        tell::{compose, waiting::written_for_all},
    },
    model::{
        customer::Customer,
        decision::Actor,
        id::{CustomerId, MilestoneId, TopicId, UpdateId},
        milestone::{Milestone, MilestoneKind},
        refusal::{Missing, Refusal},
        release::Release,
        ticket::Ticket,
        topic::Topic,
        update::{Update, UpdateStanding, UpdateState},
    },
    store::{Session, StoreError, audit, milestones, recipients, releases, topics, updates},
    wording::{
        language::Language,
        page_key,
        templates::{MessageTemplates, TemplateError},
        update::{self as words, UpdateFacts, UpdateText},
    },
};

/// How many recipients are loaded at a time.
const RECIPIENTS_AT_ONCE: i64 = 200;
/// How many recipients see the text before it is kept.
const SHOWN: usize = 3;
/// The longest text of an update.
const CHARACTERS_MAX: usize = 10_000;

/// One text for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameText {
    /// For the updates of this step.
    step: MilestoneKind,
    /// That are in this language.
    language: Language,
    /// As the texts of `tell.templates` are written. It may use the customer's name as well.
    text: String,
}

/// What a person begins with.
#[derive(Clone, Debug)]
pub struct SameTextBegun {
    /// The languages of what waits, each with how many updates are in it, the most frequent first.
    pub languages: Vec<(Language, u64)>,
    /// The one of these that the text is in.
    pub language: Language,
    /// What they are told as it stands, with what differs between them as facts.
    pub text: String,
}

/// What becomes of the updates of a step by one text for all.
#[derive(Clone, Debug)]
pub struct SameTextPreview {
    /// The first of those who would read it.
    pub letters: Vec<SameTextLetter>,
    /// How many get the text.
    pub count: u64,
    /// How many a person wrote to one by one, in this language. They keep those words.
    pub edited_alone: u64,
    /// How many are in other languages.
    pub in_other_languages: u64,
    /// By which it is known that the text was looked at.
    pub seen: String,
}

/// What one customer would read.
#[derive(Clone, Debug)]
pub struct SameTextLetter {
    /// Who.
    pub customer: Customer,
    /// In which ticket.
    pub ticket: Ticket,
    /// The whole message.
    pub text: String,
}

/// How many updates have the text now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SameTextKept {
    /// Those that have it.
    pub done: u64,
    /// Those that a person wrote one by one, and that stay.
    pub edited_alone: u64,
}

impl SameText {
    /// A text as a form or a program sends it.
    pub fn new(step: MilestoneKind, language: Language, text: &str) -> Self {
        Self { step, language, text: text.replace("\r\n", "\n").trim().to_owned() }
    }

    /// By which it is known that this text was looked at for this topic.
    fn seen(&self, topic: TopicId) -> String {
        let place = format!("{topic} {} {}", self.step, self.language.code());
        hex::encode(sha256(&[b"same text:", place.as_bytes(), b"\n", self.text.as_bytes()]))
    }

    /// Our texts with this in the place of one.
    fn templates(&self, app: &App) -> Result<MessageTemplates, Error> {
        if self.text.contains("[...]") {
            return Err(Refusal::DraftHasGap.into());
        }
        // Whoever writes the placeholder of a link means the word.
        let text = page_key::defused(app.for_others(&self.text)?);
        let unusable = |refused: TemplateError| Refusal::TextUnusable(refused.wrong().to_owned()).into();
        app.templates.with_one(self.step, self.language, &text).map_err(unusable)
    }
}

/// What a person begins with who writes one text for all of a step. Without a language, it is the most frequent one.
pub async fn begin(
    app: &App,
    topic: TopicId,
    step: MilestoneKind,
    language: Option<Language>,
) -> Result<SameTextBegun, Error> {
    let mut conn = app.database.read().await?;
    let topic = topics::current(&mut conn, topic).await?.ok_or(Missing::Topic(topic))?;
    let waiting = waiting(app, &mut conn, &topic, step, |facts| words::outline(&app.templates, facts)).await?;
    let mut counts: BTreeMap<Language, u64> = BTreeMap::new();
    for one in &waiting {
        *counts.entry(one.language).or_default() += 1;
    }
    let mut languages: Vec<(Language, u64)> = counts.into_iter().collect();
    languages.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let language = language.or(languages.first().map(|(language, _)| *language)).ok_or(Refusal::NothingWaits)?;
    let first = waiting.into_iter().find(|one| one.language == language).ok_or(Refusal::NothingWaits)?;
    Ok(SameTextBegun { languages, language, text: filled_in(first.written)? })
}

/// What three customers would read, and for how many the text is. Nothing is stored.
pub async fn preview(app: &App, topic: TopicId, same_text: &SameText) -> Result<SameTextPreview, Error> {
    let templates = same_text.templates(app)?;
    let mut conn = app.database.read().await?;
    let topic = topics::current(&mut conn, topic).await?.ok_or(Missing::Topic(topic))?;
    let sorted = sorted(app, &mut conn, &topic, same_text, &templates).await?;
    let letter = |(one, text): &(UnsentUpdate<()>, UpdateText)| SameTextLetter {
        customer: one.customer.clone(),
        ticket: one.ticket.clone(),
        text: text.text.clone(),
    };
    Ok(SameTextPreview {
        letters: sorted.gets_it.iter().take(SHOWN).map(letter).collect(),
        count: counted(sorted.gets_it.len()),
        edited_alone: sorted.edited_alone,
        in_other_languages: sorted.in_other_languages,
        seen: same_text.seen(topic.id),
    })
}

/// Keeps a text for all that was looked at. Who approved one of them, and until when one is held, stays.
pub async fn keep(
    app: &App,
    topic: TopicId,
    same_text: &SameText,
    seen: &str,
    actor: &Actor,
) -> Result<SameTextKept, Error> {
    let templates = same_text.templates(app)?;
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let topic = topics::lock_current(&mut tx, topic).await?.ok_or(Missing::Topic(topic))?;
    if !same(same_text.seen(topic.id).as_bytes(), seen.as_bytes()) {
        return Err(Refusal::TextNotSeen.into());
    }
    let sorted = sorted(app, &mut tx, &topic, same_text, &templates).await?;
    let mut done = 0;
    for (one, text) in &sorted.gets_it {
        // What is being sent by now is not changed.
        if updates::edit(&mut tx, one.update, &text.text, &text.html).await? {
            audit::add(&mut tx, actor, "edit_all", &one.update.to_string(), now).await?;
            let kept = updates::get(&mut tx, one.update).await?.map(|update| update.standing);
            if let Some(UpdateStanding::Draft(reasons)) = kept {
                updates::explain(&mut tx, one.update, UpdateState::Draft, &written_for_all(&reasons)).await?;
            }
            done += 1;
        }
    }
    tx.commit().await?;
    info!(topic.id = %topic.id, milestone = %same_text.step, count = done, "A person wrote to all customers of a step");
    Ok(SameTextKept { done, edited_alone: sorted.edited_alone })
}

/// The updates of a step by what becomes of them.
struct SortedUpdates {
    gets_it: Vec<(UnsentUpdate<()>, UpdateText)>,
    edited_alone: u64,
    in_other_languages: u64,
}

async fn sorted(
    app: &App,
    session: &mut impl Session,
    topic: &Topic,
    same_text: &SameText,
    templates: &MessageTemplates,
) -> Result<SortedUpdates, Error> {
    let mut sorted = SortedUpdates { gets_it: Vec::new(), edited_alone: 0, in_other_languages: 0 };
    for one in waiting(app, session, topic, same_text.step, |facts| words::write(templates, facts)).await? {
        let UnsentUpdate { update, customer, ticket, language, written } = one;
        if language != same_text.language {
            sorted.in_other_languages += 1;
        } else if updates::is_edited_alone(session, update).await? {
            sorted.edited_alone += 1;
        } else {
            let text = filled_in(written)?;
            if text.text.chars().count() > CHARACTERS_MAX {
                return Err(Refusal::TextOutOfBounds.into());
            }
            sorted.gets_it.push((UnsentUpdate { update, customer, ticket, language, written: () }, text));
        }
    }
    if sorted.gets_it.is_empty() && sorted.edited_alone == 0 {
        return Err(Refusal::NothingWaits.into());
    }
    Ok(sorted)
}

/// An update that is not sent yet, and what was written of its facts.
struct UnsentUpdate<T> {
    update: UpdateId,
    customer: Customer,
    ticket: Ticket,
    language: Language,
    written: T,
}

/// The unsent updates of a topic's step, whichever topic planned them. Not those for likely members: a text for all claims to know.
async fn waiting<T>(
    app: &App,
    session: &mut impl Session,
    topic: &Topic,
    step: MilestoneKind,
    write: impl Fn(&UpdateFacts<'_>) -> T,
) -> Result<Vec<UnsentUpdate<T>>, StoreError> {
    let mut all = updates::of_topic(session, topic.id).await?;
    all.retain(|update| update.kind == step && update.state().is_unsent() && !update.likely);
    let mut steps: BTreeMap<MilestoneId, (Milestone, Option<Release>)> = BTreeMap::new();
    for id in all.iter().map(|update| update.milestone).collect::<BTreeSet<_>>() {
        if let Some(step) = milestones::get(session, id).await? {
            let release = releases::of_step(session, &step).await?;
            steps.insert(id, (step, release));
        }
    }
    let mut unsent: BTreeMap<CustomerId, Vec<Update>> = BTreeMap::new();
    for update in all {
        unsent.entry(update.customer).or_default().push(update);
    }
    let mut found = Vec::new();
    let mut after = None;
    while !unsent.is_empty() {
        let page = recipients::page(session, topic.id, after, RECIPIENTS_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.customer.id);
        for recipient in &page {
            for update in unsent.remove(&recipient.customer.id).unwrap_or_default() {
                let planned_for = recipient.reachable().find(|one| one.ticket.id == update.ticket);
                let ticket = planned_for.or_else(|| recipient.reachable().next());
                let (Some(one), Some((step, release))) = (ticket, steps.get(&update.milestone)) else { continue };
                let (language, written) = compose::with_facts(
                    app,
                    topic,
                    (step, release.as_ref()),
                    recipient,
                    (one, one.is_likely()),
                    |facts| (words::language(facts), write(facts)),
                );
                let (customer, ticket) = (recipient.customer.clone(), one.ticket.clone());
                found.push(UnsentUpdate { update: update.id, customer, ticket, language, written });
            }
        }
    }
    Ok(found)
}

fn filled_in<T>(written: Result<T, TemplateError>) -> Result<T, Error> {
    written.map_err(|refused| Refusal::TemplateFailed(refused.to_string()).into())
}

fn counted(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
