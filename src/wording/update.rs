//! What we tell one customer about one milestone of one topic: personal, short, and true.
//!
//! The text greets by name where there is one, recalls what this customer wrote in their own words and when, says what
//! happened in a person's sentence, and asks one question. What is not known is left out; nothing is made up in its place.

use super::{
    blocks::{self, RenderedMessage},
    dates::{self, SpokenDate},
    language::Language,
    quote, redact,
    templates::{MessageTemplates, TemplateError},
    text,
};
use crate::{
    base::clock::Time,
    model::{
        customer,
        milestone::{Confidence, MessageFact, MilestoneKind},
        topic::TopicKind,
    },
};

/// The most characters of a customer's own words in an update.
const QUOTE_MAX: usize = 180;

/// What an update is made of.
#[derive(Clone, Debug)]
pub struct UpdateFacts<'a> {
    /// The step we write about.
    pub milestone: MilestoneKind,
    /// What the topic is about.
    pub kind: TopicKind,
    /// What the topic is called. Never shown, as it may be another customer's words; it says which of theirs to quote.
    pub title: &'a str,
    /// The name as the helpdesk has it; may be empty or unusable.
    pub customer_name: &'a str,
    /// Their company, so that its name is never taken for a person's.
    pub organization_name: Option<&'a str>,
    /// BCP 47.
    pub locale: Option<&'a str>,
    /// Their own first message, or its subject. Never anybody else's.
    pub asked: &'a str,
    /// When they wrote it.
    pub asked_at: Time,
    /// The present.
    pub now: Time,
    /// The version that carries the fix, as the release names it.
    pub version: Option<&'a str>,
    /// Where to read about that release.
    pub release_url: Option<&'a str>,
    /// When it came out.
    pub released_at: Option<Time>,
    /// One sentence for customers about what was done, from a person.
    pub summary: Option<&'a str>,
    /// The workaround, the reason of a decline or a correction, a word on where it stands; from a person.
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
    /// What came of an earlier fix that they were told of, where this is another one.
    pub earlier: Option<EarlierFix>,
}

/// What a customer made of the fix before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlierFix {
    /// They told us, at this time, that it did not do it for them.
    StillBroken(Time),
    /// We told them of it at this time, and they never said how it is.
    Unanswered(Time),
}

/// An update as it may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateText {
    /// Plain text.
    pub text: String,
    /// The same as HTML: paragraphs, one quotation, links. No document around it.
    pub html: String,
    /// The language it is in, as BCP 47.
    pub language: String,
    /// Whether it may go out by itself. If not, it is a draft for a person: nobody fluent has reviewed the language, a person's
    /// words are missing where the text needs them, or the release is only likely to hold the fix (G5).
    pub reviewed: bool,
}

/// Writes what this customer is told about the milestone. Fails only with an operator's template that misbehaves.
pub fn write(templates: &MessageTemplates, facts: &UpdateFacts) -> Result<UpdateText, TemplateError> {
    let language = Language::for_locale(facts.locale);
    let body = templates.render(Some(facts.milestone), language, |fact| value(fact, facts, language))?;
    let framed = templates.render(None, language, |fact| match fact {
        MessageFact::Body => Some(body.clone()),
        fact => value(fact, facts, language),
    })?;
    let message = RenderedMessage::read(&framed);
    let reviewed = language.is_reviewed() || templates.are_theirs(facts.milestone, language);
    Ok(UpdateText {
        text: message.text(),
        html: message.html(),
        language: language.code().to_owned(),
        reviewed: reviewed && is_complete(facts),
    })
}

/// Whether everything is there that only a person can give, and nothing is in doubt that only a person can settle.
fn is_complete(facts: &UpdateFacts) -> bool {
    let has_words = facts.words.is_some_and(|words| !text::one_line(words).is_empty());
    facts.certain != Confidence::Likely && (has_words || !facts.milestone.rules().needs_words)
}

/// What a template shows for a fact; `None` where it is not known. The body is known to the frame alone.
fn value(fact: MessageFact, facts: &UpdateFacts, language: Language) -> Option<String> {
    let when = |at: Time| SpokenDate::of(at, facts.now).in_words(language);
    match fact {
        MessageFact::Kind => Some(facts.kind.as_str().to_owned()),
        MessageFact::Team => Some(team(facts)),
        MessageFact::Agent => agent(facts),
        MessageFact::Summary => facts.summary.and_then(words),
        MessageFact::Version => facts.version.and_then(version),
        MessageFact::ReleasedWhen => facts.released_at.map(when),
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
        MessageFact::Words => facts.words.and_then(words),
        MessageFact::Elapsed => Some(dates::elapsed(facts.asked_at, facts.now, language)),
        MessageFact::Name => greeting_name(facts).map(|(first, _)| first),
        MessageFact::FullName => greeting_name(facts).map(|(_, full)| full),
        MessageFact::Quote => own_words(facts.asked, facts.title),
        MessageFact::AskedWhen => Some(when(facts.asked_at)),
        MessageFact::Signature => {
            Some(agent(facts).map_or_else(|| team(facts), |agent| format!("{agent}, {}", team(facts))))
        }
        MessageFact::Body => None,
        MessageFact::PageUrl => Some(address_or_empty(facts.page_url)),
        MessageFact::StopUrl => facts.stop_url.and_then(blocks::address),
    }
}

/// A person's words as a sentence with its links; `None` where they say nothing.
fn words(words: &str) -> Option<String> {
    let said = !text::one_line(words).is_empty();
    said.then(|| blocks::with_addresses(&text::cut(&text::sentence(words), 1_200)))
}

/// What they wrote, in one short quotation, without what should never stand in a mail: passwords, cards, keys.
fn own_words(asked: &str, title: &str) -> Option<String> {
    let safe = redact::secrets(asked);
    quote::best(&safe.text, title, QUOTE_MAX).map(|quote| text::one_line(&quote))
}

/// First and full name, where they look like a person's.
fn greeting_name(facts: &UpdateFacts) -> Option<(String, String)> {
    let full = text::one_line(facts.customer_name);
    let first = customer::first_name(&full, facts.organization_name)?;
    let plain = |c: char| c.is_alphabetic() || is_mark(c) || " '’-.·ー".contains(c);
    (full.chars().all(plain) && full.chars().count() <= 60).then(|| (first.to_owned(), full.clone()))
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The first name of the agent who cared for them.
fn agent(facts: &UpdateFacts) -> Option<String> {
    let agent = text::one_line(facts.agent_name?);
    customer::first_name(&agent, None).map(str::to_owned)
}

fn team(facts: &UpdateFacts) -> String {
    text::cut(&text::one_line(facts.team), 80)
}

/// A version as customers know it: without a tag's `v`, and not at all where it is a commit's hash or a build's name.
fn version(tag: &str) -> Option<String> {
    let tag = text::one_line(tag);
    let version =
        tag.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&tag);
    let is_hash = version.len() >= 7 && version.chars().all(|c| c.is_ascii_hexdigit()) && !version.contains('.');
    let is_plain = version.chars().all(|c| c.is_alphanumeric() || ".-+_ ".contains(c));
    let fits = (1..=40).contains(&version.chars().count()) && version.contains(|c: char| c.is_ascii_digit());
    (fits && is_plain && !is_hash).then(|| version.to_owned())
}

fn address_or_empty(url: &str) -> String {
    blocks::address(url).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_said_as_customers_know_it() {
        assert_eq!(version("v2.4.0").as_deref(), Some("2.4.0"));
        assert_eq!(version("2026.11").as_deref(), Some("2026.11"));
        assert_eq!(version("desktop-5.1").as_deref(), Some("desktop-5.1"));
        for not_for_customers in ["", "4f2a9c1d7e", "refs/heads/main", "<b>1</b>", "latest"] {
            assert_eq!(version(not_for_customers), None, "{not_for_customers}");
        }
    }
}
