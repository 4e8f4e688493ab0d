//! What engineers read: the issue's title, the section that Heard keeps current in its body, and the few comments.
//!
//! Everything is a function of the facts, so that an unchanged topic gives an unchanged text. In a public repository there
//! are counts and neutral facts only (G6); in a private one up to three redacted quotations, which the caller has redacted
//! with [`super::redact`] and made harmless as Markdown, because how GitHub reads text is not known here.

use super::{
    dates,
    language::Language,
    redact::{self, KnownPeople},
    text,
};
use crate::{base::clock::Time, model::topic::TopicKind};

/// The most characters of a title; GitHub's lists cut longer ones.
const TITLE_MAX: usize = 79;

/// The most quotations in the section.
pub const QUOTES_MAX: usize = 3;

/// What stands above the quotations.
const IN_THEIR_WORDS: &str = "\n**In customers' words** (redacted)\n";

/// The most versions and platforms that are listed.
const LISTED_MAX: usize = 8;

/// Who can read the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryVisibility {
    /// Only the company.
    Private,
    /// Everybody; also where it is not known.
    Public,
}

/// Where the number of tickets goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// More tickets than in the weeks before.
    Rising,
    /// About as many.
    Steady,
    /// Fewer.
    Falling,
}

/// What an issue says of its topic.
#[derive(Clone, Debug)]
pub struct IssueFacts<'a> {
    /// What the topic is about.
    pub kind: TopicKind,
    /// What people call it: a ticket's subject, or a title that a person wrote.
    pub title: &'a str,
    /// What must not stand in the title, versions and platforms.
    pub known: KnownPeople<'a>,
    /// How many customers raise it.
    pub customer_count: u64,
    /// How many companies they are of.
    pub organization_count: u64,
    /// In how many tickets.
    pub ticket_count: u64,
    /// Whether it grows; absent where there are too few tickets to say.
    pub trend: Option<Trend>,
    /// When the first ticket was written.
    pub first_seen_at: Time,
    /// When the newest ticket was written.
    pub last_seen_at: Time,
    /// Versions that customers name.
    pub versions: &'a [&'a str],
    /// Platforms that customers name.
    pub platforms: &'a [&'a str],
    /// Quotations, redacted and harmless as Markdown; at most [`QUOTES_MAX`] are shown, in a public repository none.
    pub quotes: &'a [String],
    /// The topic in the console.
    pub console_url: &'a str,
    /// How many customers said that it works.
    pub confirmed_count: u64,
    /// How many customers said that it is still broken.
    pub still_broken_count: u64,
}

/// The title: the symptom, without names, urgency and mail prefixes, in under 80 characters.
///
/// In a public repository a title in which something had to be redacted is not shown with holes: a neutral one takes its
/// place, until a person writes a better one.
pub fn title(facts: &IssueFacts, visibility: RepositoryVisibility) -> String {
    let redacted = redact::redact(facts.title, &facts.known);
    let neutral = neutral(&redacted.text);
    let has_holes = visibility == RepositoryVisibility::Public && !redacted.found.is_empty();
    let words =
        neutral.split(' ').filter(|word| !word.starts_with('[') && word.chars().any(char::is_alphabetic)).count();
    if has_holes || words == 0 { nameless(facts.kind).to_owned() } else { text::cut(&neutral, TITLE_MAX) }
}

/// What stands in an issue of these facts whoever the customers are and whatever they wrote.
pub fn ours(facts: &IssueFacts, visibility: RepositoryVisibility) -> String {
    let without = IssueFacts { quotes: &[], versions: &[], platforms: &[], ..facts.clone() };
    format!("{}\n{IN_THEIR_WORDS}\n{}", nameless(facts.kind), section(&without, visibility))
}

/// The managed section, in GitHub's Markdown, without the markers around it.
pub fn section(facts: &IssueFacts, visibility: RepositoryVisibility) -> String {
    let mut section = head(facts);
    let quotes = if visibility == RepositoryVisibility::Private { facts.quotes } else { &[] };
    if !quotes.is_empty() {
        section.push_str(IN_THEIR_WORDS);
        for quote in quotes.iter().take(QUOTES_MAX) {
            line(&mut section, &format!("\n> {}", text::one_line(quote)));
        }
    }
    let named = [("Versions", facts.versions), ("Platforms", facts.platforms)];
    let named = named.map(|(what, names)| (what, names_of(names, &facts.known)));
    let named = named.iter().filter(|(_, names)| !names.is_empty());
    let named: Vec<_> = named.map(|(what, names)| format!("**{what} named:** {}.", names.join(", "))).collect();
    if !named.is_empty() {
        line(&mut section, &format!("\n{}", named.join(" ")));
    }
    section.push_str(&verdicts(facts.confirmed_count, facts.still_broken_count));
    line(&mut section, &format!("\n[The whole topic in Heard]({}), for those with access.", url(facts.console_url)));
    section
}

/// A comment: the rare occasions on which subscribers are worth a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueComment<'a> {
    /// A number of customers worth mentioning was reached.
    Customers {
        /// How many raise it now.
        customer_count: u64,
        /// Of how many companies.
        organization_count: u64,
    },
    /// Customers say that the fix does not work for them.
    StillBroken {
        /// How many say so.
        still_broken_count: u64,
        /// How many were told.
        told_count: u64,
        /// In which version.
        version: Option<&'a str>,
    },
}

/// The text of a comment: counts and names of versions only, so it is the same for public and private repositories.
pub fn comment(comment: &IssueComment, known: &KnownPeople) -> String {
    match comment {
        IssueComment::Customers { customer_count, organization_count } => {
            let customers = text::count(*customer_count, "customer", "customers");
            let verb = if *customer_count == 1 { "has" } else { "have" };
            format!("{customers}{} {verb} raised this by now.", of_organizations(*organization_count))
        }
        IssueComment::StillBroken { still_broken_count, told_count, version } => {
            let told = match told_count {
                1 => "The one customer who was told of the fix".to_owned(),
                told => format!("Of {told} customers who were told of the fix, {still_broken_count}"),
            };
            let verb = if *still_broken_count == 1 || *told_count == 1 { "says" } else { "say" };
            let version = names_of(version.as_slice(), known);
            let place = version.first().map_or_else(String::new, |version| format!(" in {version}"));
            format!("{told} {verb} that it is still broken{place}.")
        }
    }
}

fn head(facts: &IssueFacts) -> String {
    let kind = match facts.kind {
        TopicKind::Bug => "Bug",
        TopicKind::FeatureRequest => "Feature request",
        TopicKind::Question => "Question",
    };
    let customers = text::count(facts.customer_count, "customer", "customers");
    let tickets = text::count(facts.ticket_count, "ticket", "tickets");
    let date = |at: Time| dates::full_date(at.date(), Language::English);
    let (first, last) = (date(facts.first_seen_at), date(facts.last_seen_at.max(facts.first_seen_at)));
    let seen = if first == last { format!("Seen on {first}") } else { format!("First seen {first}, last {last}") };
    let trend = match facts.trend {
        Some(Trend::Rising) => ", rising",
        Some(Trend::Steady) => ", steady",
        Some(Trend::Falling) => ", falling",
        None => "",
    };
    let organizations = of_organizations(facts.organization_count);
    format!("**{kind}**, raised by {customers}{organizations} in {tickets}. {seen}{trend}.\n")
}

fn of_organizations(count: u64) -> String {
    if count == 0 { String::new() } else { format!(" of {}", text::count(count, "organization", "organizations")) }
}

fn verdicts(confirmed: u64, still_broken: u64) -> String {
    let works = text::count(confirmed, "customer says that it works", "customers say that it works");
    match (confirmed, still_broken) {
        (0, 0) => String::new(),
        (_, 0) => format!("\n{works}.\n"),
        (0, 1) => "\n**1 customer says that it is still broken.**\n".to_owned(),
        (0, _) => format!("\n**{still_broken} customers say that it is still broken.**\n"),
        _ => format!("\n{works}, **{still_broken} that it is still broken.**\n"),
    }
}

/// Names fit to be listed: short, of plain characters, with nothing to redact in them; each once.
fn names_of(names: &[&str], known: &KnownPeople) -> Vec<String> {
    let mut fit: Vec<String> = Vec::new();
    for name in names.iter().map(|name| text::one_line(name)) {
        let plain = name.chars().all(|c| c.is_alphanumeric() || " .-+/".contains(c))
            && (1..=40).contains(&name.chars().count());
        if plain && redact::gate(&name, known).is_ok() && !fit.contains(&name) {
            fit.push(name);
        }
    }
    let more = fit.len().saturating_sub(LISTED_MAX);
    fit.truncate(LISTED_MAX);
    if more > 0 {
        fit.push(format!("{more} more"));
    }
    fit
}

/// A subject as a title: without mail prefixes, shouting and punctuation at its end.
fn neutral(subject: &str) -> String {
    let mut title = text::one_line(subject);
    loop {
        let lower = title.to_lowercase();
        let prefix = PREFIXES.iter().find(|prefix| lower.starts_with(**prefix));
        let Some(rest) = prefix.and_then(|prefix| title.get(prefix.len()..)) else { break };
        title = rest.trim_start_matches([':', '-', '!', ' ', ',']).to_owned();
    }
    let title = title.replace(['!', '！'], "");
    let title = title.trim_end_matches(['.', ' ', ',', ';', ':', '-', '…']).trim();
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    let shouted = letters > 12 && !title.chars().any(char::is_lowercase) && title.chars().any(char::is_uppercase);
    text::capital(&if shouted { title.to_lowercase() } else { title.to_owned() })
}

#[rustfmt::skip]
const PREFIXES: &[&str] = &[
    "re:", "fw:", "fwd:", "aw:", "wg:", "sv:", "tr:", "rv:", "antw:", "urgent:", "urgent!", "urgent -", "dringend:", "dringend!", "important:",
    "asap:", "[urgent]", "help:", "help!", "hilfe:", "hilfe!", "please help:", "hi,", "hello,", "hallo,",
];

fn nameless(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Bug => "A bug that customers report",
        TopicKind::FeatureRequest => "A feature that customers ask for",
        TopicKind::Question => "A question that customers ask",
    }
}

/// An address that cannot end the Markdown link it stands in.
fn url(url: &str) -> String {
    text::one_line(url)
        .replace(' ', "%20")
        .replace('(', "%28")
        .replace(')', "%29")
        .replace('<', "%3C")
        .replace('>', "%3E")
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
