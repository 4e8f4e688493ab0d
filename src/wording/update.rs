//! What we tell one customer about one milestone of one topic: personal, short, and true.
//!
//! The text greets them by name, recalls what they wrote and when, says what happened, and asks one question. What is not known
//! is left out, and nothing is made up in its place.

use super::{
    blocks::{self, RenderedMessage},
    dates::{self, SpokenDate},
    language::Language,
    page_key, quote, redact,
    templates::{MessageTemplates, TemplateError},
    text, tongue, version,
};
use crate::{
    base::clock::Time,
    model::{
        customer::{self, PersonName},
        milestone::{Confidence, MessageFact, MilestoneKind},
        topic::TopicKind,
    },
};

/// How many characters of a customer's own words an update quotes at most.
const QUOTE_MAX: usize = 180;

/// What an update is made of.
#[derive(Clone, Debug)]
pub struct UpdateFacts<'a> {
    /// The milestone we write about.
    pub milestone: MilestoneKind,
    /// What the topic is about.
    pub kind: TopicKind,
    /// The topic's title. It may be another customer's words, so it is never shown. It helps to choose what to quote.
    pub title: &'a str,
    /// The name in the helpdesk, which may be empty or unusable.
    pub customer_name: &'a str,
    /// Their company, so that its name is not mistaken for a person's.
    pub organization_name: Option<&'a str>,
    /// Their locale as BCP 47. Without one, the language of what they asked decides.
    pub locale: Option<&'a str>,
    /// Their first message, or its subject. Never anybody else's.
    pub asked: &'a str,
    /// When they wrote it.
    pub asked_at: Time,
    /// The present.
    pub now: Time,
    /// The version with the fix, as the release names it.
    pub version: Option<&'a str>,
    /// Where to read about that release.
    pub release_url: Option<&'a str>,
    /// When it came out.
    pub released_at: Option<Time>,
    /// A person's sentence for customers about what was done, in one language or a line for each.
    pub summary: Option<&'a str>,
    /// A person's words: the workaround, the reason of a decline or a correction, a word on where it stands.
    pub words: Option<&'a str>,
    /// The agent who cared for them.
    pub agent_name: Option<&'a str>,
    /// Who signs, such as `Acme support`.
    pub team: &'a str,
    /// Where they say that it works.
    pub works_url: &'a str,
    /// Where they say that it is still broken.
    pub still_broken_url: &'a str,
    /// Their own page.
    pub page_url: &'a str,
    /// Where they ask not to be told anything more.
    pub stop_url: Option<&'a str>,
    /// How sure we are that it shipped.
    pub certain: Confidence,
    /// What came of the fix before this one, if they were told of one.
    pub earlier: Option<EarlierFix>,
    /// Whether others read the ticket as well. They are told what happened, and nothing of this customer's: no name, no words,
    /// no link (G6, nothing private leaves).
    pub shared: bool,
    /// Whether nobody has said that theirs is the same: what is written does not claim to know.
    pub likely: bool,
}

/// What a customer made of the fix before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierFix {
    /// They told us at this time that it did not help them.
    StillBroken(Time),
    /// We told them of it at this time, and they never answered.
    Unanswered(Time),
}

/// An update as it may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateText {
    /// Plain text.
    pub text: String,
    /// The same as HTML: paragraphs, one quotation, links. It is a fragment, not a document.
    pub html: String,
    /// The language it is in, as BCP 47.
    pub language: String,
    /// Whether it may go out by itself. It may not if nobody fluent has reviewed the language, if the text needs a person's
    /// words and has none, or if the release is only likely to contain the fix (G5, truthful "shipped").
    pub reviewed: bool,
}

/// Writes what this customer is told about the milestone. Only an operator's own template can make it fail.
pub fn write(templates: &MessageTemplates, facts: &UpdateFacts) -> Result<UpdateText, TemplateError> {
    let language = language(facts);
    // An operator's text that does not tell the two apart claims to know.
    let is_careful = !facts.likely || templates.names(MessageFact::Likely, facts.milestone, language);
    let bodies = if is_careful { templates } else { MessageTemplates::builtin() };
    let body = bodies.render(Some(facts.milestone), language, |fact| value(fact, facts, language))?;
    let framed = templates.render(None, language, |fact| match fact {
        MessageFact::Body => Some(body.clone()),
        fact => value(fact, facts, language),
    })?;
    let message = RenderedMessage::read(&framed);
    let reviewed = language.is_reviewed() || bodies.are_theirs(facts.milestone, language);
    Ok(UpdateText {
        text: message.text(),
        html: message.html(),
        language: language.code().to_owned(),
        reviewed: reviewed && is_complete(facts, language),
    })
}

/// The language in which this customer is written to.
pub fn language(facts: &UpdateFacts) -> Language {
    tongue::of_reader(facts.locale, facts.asked)
}

/// The milestone's text for a person who writes one for all: what is the same for all customers is written out.
pub fn outline(templates: &MessageTemplates, facts: &UpdateFacts) -> Result<String, TemplateError> {
    let language = language(facts);
    templates.outline(facts.milestone, language, |fact| match fact {
        MessageFact::Kind
        | MessageFact::Team
        | MessageFact::Summary
        | MessageFact::Version
        | MessageFact::ReleaseUrl
        | MessageFact::Words => value(fact, facts, language),
        _ => None,
    })
}

/// Whether nothing is missing or in doubt that only a person can add or decide.
fn is_complete(facts: &UpdateFacts, language: Language) -> bool {
    let has_words = facts.words.is_some_and(|said| words(said, language).is_some());
    facts.certain != Confidence::Likely && (has_words || !facts.milestone.rules().needs_words)
}

/// What a template shows for a fact; `None` if it is not known. The body exists only inside the frame, which adds it.
fn value(fact: MessageFact, facts: &UpdateFacts, language: Language) -> Option<String> {
    match fact {
        MessageFact::Shared => facts.shared.then(|| fact.as_str().to_owned()),
        MessageFact::Likely => facts.likely.then(|| fact.as_str().to_owned()),
        MessageFact::Name
        | MessageFact::FullName
        | MessageFact::Quote
        | MessageFact::StillBrokenWhen
        | MessageFact::ToldWhen
        | MessageFact::StopUrl
            if facts.shared =>
        {
            None
        }
        MessageFact::WorksUrl | MessageFact::StillBrokenUrl | MessageFact::PageUrl if facts.shared => {
            Some(blocks::NO_ADDRESS.to_owned())
        }
        // Only our own addresses are given a key when they are sent: whoever writes its placeholder is not.
        MessageFact::WorksUrl | MessageFact::StillBrokenUrl | MessageFact::PageUrl | MessageFact::StopUrl => {
            personal_value(fact, facts, language)
        }
        fact => personal_value(fact, facts, language).map(|said| page_key::defused(&said)),
    }
}

/// The same in a ticket that nobody else reads.
fn personal_value(fact: MessageFact, facts: &UpdateFacts, language: Language) -> Option<String> {
    let when = |at: Time| SpokenDate::of(at, facts.now).in_words(language);
    match fact {
        MessageFact::Kind => Some(facts.kind.as_str().to_owned()),
        MessageFact::Team => Some(team(facts)),
        MessageFact::Agent => agent(facts),
        MessageFact::Summary => facts.summary.and_then(|said| words(said, language)),
        MessageFact::Version => facts.version.and_then(version::spoken),
        // What came out a moment ago "is out now": the complaint may be a moment old, too, and nobody says that twice in a breath.
        MessageFact::ReleasedWhen => {
            let released = facts.released_at.map(|at| SpokenDate::of(at, facts.now));
            released.filter(|date| *date != SpokenDate::Moment).map(|date| date.in_words(language))
        }
        MessageFact::ReleaseUrl => facts.release_url.and_then(blocks::address),
        MessageFact::StillBrokenWhen => match facts.earlier {
            Some(EarlierFix::StillBroken(at)) => Some(when(at)),
            Some(EarlierFix::Unanswered(_)) | None => None,
        },
        MessageFact::ToldWhen => match facts.earlier {
            Some(EarlierFix::Unanswered(at)) => Some(when(at)),
            Some(EarlierFix::StillBroken(_)) | None => None,
        },
        MessageFact::WorksUrl => Some(address_or_empty(facts.works_url)),
        MessageFact::StillBrokenUrl => Some(address_or_empty(facts.still_broken_url)),
        MessageFact::Words => facts.words.and_then(|said| words(said, language)),
        MessageFact::Elapsed => Some(dates::elapsed(facts.asked_at, facts.now, language)),
        MessageFact::Name => greeting_name(facts).and_then(|name| name.first),
        MessageFact::FullName => greeting_name(facts).map(|name| name.full),
        MessageFact::Quote => own_words(facts.asked, facts.title),
        MessageFact::AskedWhen => Some(when(facts.asked_at)),
        MessageFact::Signature => {
            Some(agent(facts).map_or_else(|| team(facts), |agent| format!("{agent}, {}", team(facts))))
        }
        MessageFact::Body | MessageFact::Shared | MessageFact::Likely => None,
        MessageFact::PageUrl => Some(address_or_empty(facts.page_url)),
        MessageFact::StopUrl => facts.stop_url.and_then(blocks::address),
    }
}

/// A person's words as a sentence, with its links; `None` if there are none in this language.
fn words(words: &str, language: Language) -> Option<String> {
    let said = tongue::said_in(words, language).filter(|said| !text::one_line(said).is_empty())?;
    Some(blocks::with_addresses(&text::cut(&text::sentence(&said), 1_200)))
}

/// What they wrote, in one short quotation, without passwords, cards and keys, which have no place in a mail.
fn own_words(asked: &str, title: &str) -> Option<String> {
    let safe = redact::secrets(asked);
    quote::best(&safe.text, title, QUOTE_MAX).map(|quote| text::one_line(&quote))
}

/// First and full name, if they look like a person's.
fn greeting_name(facts: &UpdateFacts) -> Option<PersonName> {
    let name = customer::person_name(&text::one_line(facts.customer_name), facts.organization_name)?;
    (name.full.chars().count() <= 60).then_some(name)
}

/// The first name of the agent who cared for them.
fn agent(facts: &UpdateFacts) -> Option<String> {
    let agent = text::one_line(facts.agent_name?);
    customer::person_name(&agent, None).and_then(|name| name.first)
}

fn team(facts: &UpdateFacts) -> String {
    text::cut(&text::one_line(facts.team), 80)
}

fn address_or_empty(url: &str) -> String {
    blocks::address(url).unwrap_or_default()
}
