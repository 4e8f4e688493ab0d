//! What engineers read: the issue's title, the section that Heard keeps current in its body, and the few comments.
//!
//! Everything is a function of the facts, so an unchanged topic gives an unchanged text. A public repository gets counts and
//! neutral facts only (G6, nothing private leaves). A private one also gets up to three quotations. The caller has let them
//! through [`super::permit`] and made them harmless as Markdown, because this module does not know how GitHub reads text.

use super::{
    dates,
    language::Language,
    permit::{self, Allowed, Placeholders, Vocabulary},
    redact::{self, KnownPeople},
    text,
};
use crate::{base::clock::Time, model::topic::TopicKind};

/// The longest title, in characters. GitHub's lists cut longer ones.
const TITLE_MAX: usize = 79;

/// How many quotations the section shows at most.
pub const QUOTES_MAX: usize = 3;

/// The heading above the quotations.
const IN_THEIR_WORDS: &str = "\n**In customers' words** (redacted)\n";

/// The heading above what those say for whom it is still broken.
const STILL_BROKEN: &str = "\n**What is still broken, in customers' words** (redacted)\n";

/// Whether an issue's text quotes customers.
pub fn quotes_somebody(body: &str) -> bool {
    [IN_THEIR_WORDS, STILL_BROKEN].iter().any(|heading| body.contains(heading.trim()))
}

/// Our own words around what customers name.
const NAMED: &str = "Versions named: Platforms named: more";

/// How many versions, and how many platforms, are listed at most.
const LISTED_MAX: usize = 8;

/// Who can read the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryVisibility {
    /// Only the company.
    Private,
    /// Everybody, or we do not know.
    Public,
}

/// How the number of tickets develops.
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
    /// Its title: a ticket's subject, or what a person wrote instead.
    pub title: &'a str,
    /// Whether a person wrote it.
    pub title_is_written: bool,
    /// Who must not be named in the title, in versions or in platforms.
    pub known: KnownPeople<'a>,
    /// What its customers call things, and how people are called.
    pub vocabulary: &'a Vocabulary,
    /// How many customers raise it.
    pub customer_count: u64,
    /// How many more most probably raise it, too.
    pub likely_customer_count: u64,
    /// How many companies they belong to.
    pub organization_count: u64,
    /// How many tickets raise it.
    pub ticket_count: u64,
    /// `None` where there are too few tickets to say.
    pub trend: Option<Trend>,
    /// When the first ticket was written.
    pub first_seen_at: Time,
    /// When the newest ticket was written.
    pub last_seen_at: Time,
    /// Versions that customers name.
    pub versions: &'a [&'a str],
    /// Platforms that customers name.
    pub platforms: &'a [&'a str],
    /// Quotations, redacted and harmless as Markdown. At most [`QUOTES_MAX`] are shown, and none in a public repository.
    pub quotes: &'a [String],
    /// The topic in the console.
    pub console_url: &'a str,
    /// How many customers said that it works.
    pub confirmed_count: u64,
    /// How many customers said that it is still broken.
    pub still_broken_count: u64,
    /// What they see instead, redacted and harmless like `quotes`, and as few.
    pub still_broken_quotes: &'a [String],
}

/// The title: the symptom in under 80 characters, without names, urgency or mail prefixes.
///
/// A ticket's subject gives way to a neutral title in a public repository, and elsewhere its words leave by permission. A title
/// that a person wrote stands as it is, unless something in it looks private: that is taken out, and in public all of it, also where
/// it names a customer or an agent of another topic.
pub fn title(facts: &IssueFacts, visibility: RepositoryVisibility) -> String {
    let public = visibility == RepositoryVisibility::Public;
    let allowed = Allowed { vocabulary: facts.vocabulary, known: &facts.known };
    let shown = if facts.title_is_written {
        let redacted = redact::redact(facts.title, &facts.known);
        // What begins the title gets its capital below, and may be a name only then.
        let names_somebody = || {
            let near = &facts.vocabulary.near;
            [facts.title, neutral(facts.title).as_str()].iter().any(|title| permit::names_somebody(title, near))
        };
        Some(redacted.text).filter(|_| !public || (redacted.found.is_empty() && !names_somebody()))
    } else {
        Some(permit::permit(facts.title, &allowed, &mut Placeholders::default()).text).filter(|_| !public)
    };
    let title = neutral(&shown.unwrap_or_default());
    let words = title.split(' ').filter(|word| !word.starts_with('[') && word.chars().any(char::is_alphabetic)).count();
    if words == 0 { nameless(facts.kind).to_owned() } else { text::cut(&title, TITLE_MAX) }
}

/// The part of an issue that is our own words, whoever the customers are and whatever they wrote.
pub fn our_own_words(facts: &IssueFacts, visibility: RepositoryVisibility) -> String {
    let without = IssueFacts { quotes: &[], still_broken_quotes: &[], versions: &[], platforms: &[], ..facts.clone() };
    format!("{}\n{IN_THEIR_WORDS}\n{STILL_BROKEN}\n{NAMED}\n{}", nameless(facts.kind), section(&without, visibility))
}

/// The managed section, in GitHub's Markdown, without the markers around it.
pub fn section(facts: &IssueFacts, visibility: RepositoryVisibility) -> String {
    let mut section = head(facts);
    let quoted = |section: &mut String, heading: &str, quotes: &[String]| {
        let shown = if visibility == RepositoryVisibility::Private { quotes } else { &[] };
        if !shown.is_empty() {
            section.push_str(heading);
        }
        for quote in shown.iter().take(QUOTES_MAX) {
            line(section, &format!("\n> {}", text::one_line(quote)));
        }
    };
    quoted(&mut section, IN_THEIR_WORDS, facts.quotes);
    quoted(&mut section, STILL_BROKEN, facts.still_broken_quotes);
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

/// A comment. Each notifies every subscriber, so there are few occasions for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueComment<'a> {
    /// The number of customers has passed a threshold.
    Customers {
        /// How many raise it now.
        customer_count: u64,
        /// How many companies they belong to.
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

/// The numbers of customers that are worth a comment: rare enough that nobody unsubscribes.
const THRESHOLDS: &[u64] = &[10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// The highest number worth a comment that `now` customers have reached and `before` had not.
pub fn passed_threshold(before: u64, now: u64) -> Option<u64> {
    THRESHOLDS.iter().rev().copied().find(|threshold| (before + 1..=now).contains(threshold))
}

/// The text of a comment. It holds only counts and versions, so it is the same in public and private repositories.
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
    let likely = match facts.likely_customer_count {
        0 => String::new(),
        1 => "; 1 more is likely to mean it".to_owned(),
        more => format!("; {more} more are likely to mean it"),
    };
    format!("**{kind}**, raised by {customers}{organizations} in {tickets}{likely}. {seen}{trend}.\n")
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

/// The names that can be listed: short, in plain characters, with nothing to redact, each once.
fn names_of(names: &[&str], known: &KnownPeople) -> Vec<String> {
    let mut fit: Vec<String> = Vec::new();
    for name in names.iter().map(|name| text::one_line(name)) {
        let plain = name.chars().all(|c| c.is_alphanumeric() || " .-+/".contains(c))
            && (1..=40).contains(&name.chars().count());
        if plain && redact::check(&name, known).is_ok() && !fit.contains(&name) {
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

/// A subject as a title: without mail prefixes, shouting, or punctuation at the end.
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

/// A title that says nothing but the kind.
pub fn nameless(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Bug => "A bug that customers report",
        TopicKind::FeatureRequest => "A feature that customers ask for",
        TopicKind::Question => "A question that customers ask",
    }
}

/// An address without characters that would end its Markdown link.
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
