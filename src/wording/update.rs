//! What we tell one customer about one milestone of one topic: personal, short, and true.
//!
//! The text greets by name where there is one, recalls what this customer wrote in their own words and when, says what
//! happened in a person's sentence, and asks one question. What is not known is left out; nothing is made up in its place.

use jiff::tz::TimeZone;

use super::{
    blocks::{self, Message},
    language::{self, Language, When},
    quote, redact, say,
    templates::{Refused, Templates},
};
use crate::{
    base::clock::Time,
    model::{
        customer,
        milestone::{self, Confidence},
        topic,
    },
};

/// The most characters of a customer's own words in an update.
const QUOTE_MAX: usize = 180;

/// What an update is made of.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The step we write about.
    pub milestone: milestone::MilestoneKind,
    /// What the topic is about.
    pub kind: topic::TopicKind,
    /// What the topic is called. Never shown, as it may be another customer's words; it says which of theirs to quote.
    pub title: &'a str,
    /// The name as the helpdesk has it; may be empty or unusable.
    pub customer_name: &'a str,
    /// Their company, so that its name is never taken for a person's.
    pub organization_name: Option<&'a str>,
    /// BCP 47.
    pub locale: Option<&'a str>,
    /// The customer's own time zone, where the helpdesk knows it; without it no part of a day is named.
    pub zone: Option<&'a TimeZone>,
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
    /// Whether what this customer sent is what showed us the cause.
    pub helped: bool,
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
    pub earlier: Option<Earlier>,
}

/// What a customer made of the fix before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// They told us, at this time, that it did not do it for them.
    StillBroken(Time),
    /// We told them of it at this time, and they never said how it is.
    Unanswered(Time),
}

/// An update as it may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
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
pub fn write(templates: &Templates, facts: &Facts) -> Result<Text, Refused> {
    let language = language::pick(facts.locale);
    let mut values = values(facts, language);
    let body = templates.render(Some(facts.milestone), language, &values)?;
    values.push(("body", body));
    let message = Message::read(&templates.render(None, language, &values)?);
    Ok(Text {
        text: message.text(),
        html: message.html(),
        language: language.code().to_owned(),
        reviewed: (language.reviewed() || templates.are_theirs(facts.milestone, language)) && is_complete(facts),
    })
}

/// Whether everything is there that only a person can give.
fn is_complete(facts: &Facts) -> bool {
    let spoken = facts.words.is_some_and(|words| !say::one_line(words).is_empty());
    match facts.milestone {
        milestone::MilestoneKind::Shipped => facts.certain != Confidence::Likely,
        milestone::MilestoneKind::Workaround | milestone::MilestoneKind::Declined => spoken,
        _ => true,
    }
}

fn values(facts: &Facts, language: Language) -> Vec<(&'static str, String)> {
    let when = |at: Time| When::of(at, facts.now, facts.zone).say(language);
    let name = greeting_name(facts);
    let (still_broken_at, told_at) = match facts.earlier {
        Some(Earlier::StillBroken(at)) => (Some(at), None),
        Some(Earlier::Unanswered(at)) => (None, Some(at)),
        None => (None, None),
    };
    let words = |words: &str| blocks::with_addresses(&say::cut(&say::sentence(words), 1_200));
    let mut values = vec![
        ("kind", facts.kind.as_str().to_owned()),
        ("team", team(facts)),
        ("asked_when", when(facts.asked_at)),
        ("elapsed", language::elapsed(facts.asked_at, facts.now, language)),
        ("signature", agent(facts).map_or_else(|| team(facts), |agent| format!("{agent}, {}", team(facts)))),
        ("works_url", address_or_empty(facts.works_url)),
        ("still_broken_url", address_or_empty(facts.still_broken_url)),
        ("page_url", address_or_empty(facts.page_url)),
    ];
    let optional = [
        ("name", name.map(|(first, _)| first)),
        ("full_name", name_in_full(facts)),
        ("quote", own_words(facts.asked, facts.title)),
        ("summary", facts.summary.filter(|text| !say::one_line(text).is_empty()).map(words)),
        ("words", facts.words.filter(|text| !say::one_line(text).is_empty()).map(words)),
        ("version", facts.version.and_then(version)),
        ("released_when", facts.released_at.map(when)),
        ("release_url", facts.release_url.and_then(blocks::address)),
        ("stop_url", facts.stop_url.and_then(blocks::address)),
        ("agent", agent(facts)),
        ("helped", facts.helped.then(|| "helped".to_owned())),
        ("still_broken_when", still_broken_at.map(when)),
        ("told_when", told_at.map(when)),
    ];
    values.extend(optional.into_iter().filter_map(|(fact, value)| Some((fact, value?))));
    values
}

/// What they wrote, in one short quotation, without what should never stand in a mail: passwords, cards, keys.
fn own_words(asked: &str, title: &str) -> Option<String> {
    let safe = redact::secrets(asked);
    quote::best(&safe.text, title, QUOTE_MAX).map(|quote| say::one_line(&quote))
}

/// First and full name, where they look like a person's.
fn greeting_name(facts: &Facts) -> Option<(String, String)> {
    let full = say::one_line(facts.customer_name);
    let first = customer::first_name(&full, facts.organization_name)?;
    let plain = |c: char| c.is_alphabetic() || is_mark(c) || " '’-.·ー".contains(c);
    (full.chars().all(plain) && full.chars().count() <= 60).then(|| (first.to_owned(), full.clone()))
}

fn name_in_full(facts: &Facts) -> Option<String> {
    greeting_name(facts).map(|(_, full)| full)
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The first name of the agent who cared for them.
fn agent(facts: &Facts) -> Option<String> {
    let agent = say::one_line(facts.agent_name?);
    customer::first_name(&agent, None).map(str::to_owned)
}

fn team(facts: &Facts) -> String {
    say::cut(&say::one_line(facts.team), 80)
}

/// A version as customers know it: without a tag's `v`, and not at all where it is a commit's hash or a build's name.
fn version(tag: &str) -> Option<String> {
    let tag = say::one_line(tag);
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
