//! Internal notes: what Heard tells an agent inside a ticket. Customers never see them.
//!
//! Each says what happened and what happens next, so that agents know whether they have to do something. They are in English
//! and in plain text, which every helpdesk shows.

use super::{files, text};
use crate::model::{milestone::MilestoneKind, update};

/// Another topic that may be about the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PossibleDuplicate<'a> {
    /// Its title.
    pub title: &'a str,
    /// Where to see it.
    pub url: &'a str,
    /// How many customers raise it.
    pub customer_count: u64,
}

/// What an agent is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note<'a> {
    /// An agent escalated the ticket's topic.
    Escalated {
        /// The topic's title.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// How many customers raise it.
        customer_count: u64,
        /// How many more most probably raise it, too.
        likely_customer_count: u64,
        /// From how many percent on those are told by themselves, where the settings say so.
        likely_told_from: Option<u64>,
        /// The issue, if there is one already.
        issue_url: Option<&'a str>,
        /// Whether a person looks at the issue before it is filed.
        in_review: bool,
        /// What may be the same.
        likely: &'a [PossibleDuplicate<'a>],
    },
    /// The issue was created.
    Filed {
        /// The issue.
        issue_url: &'a str,
        /// `owner/name#number`.
        issue: &'a str,
    },
    /// The topic reached a milestone whose policy is a note.
    Reached {
        /// The milestone.
        milestone: MilestoneKind,
        /// The topic's title.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// The version that has it, if it shipped.
        version: Option<&'a str>,
        /// A person's words: the workaround, or the reason.
        words: Option<&'a str>,
        /// Why it is not certain that this is the fix, as a part of a sentence.
        doubt: Option<&'a str>,
    },
    /// The customer was told in another of their tickets.
    ToldElsewhere {
        /// The ticket that has the reply.
        ticket_url: &'a str,
        /// What they were told about.
        milestone: MilestoneKind,
    },
    /// What we told the customer came back.
    CameBack {
        /// Where it stands in the console.
        update_url: &'a str,
    },
    /// Somebody else says that what we told the customer came back.
    SaidToHaveComeBack,
    /// The customer said that it is still broken.
    StillBroken {
        /// The topic's title.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// How they said so.
        via: update::Via,
        /// Their own words.
        words: Option<&'a str>,
        /// The version that should have fixed it.
        version: Option<&'a str>,
        /// What becomes of the topic.
        effect: StillBrokenEffect,
    },
    /// The customer said that it works.
    Confirmed {
        /// How they said so.
        via: update::Via,
        /// Their own words.
        words: Option<&'a str>,
    },
    /// The customer answered, and only a person can say what it means.
    UnclearAnswer {
        /// The words that say that it works.
        works: &'a str,
        /// The words that say that it does not.
        still_broken: &'a str,
        /// The update in the console, with a button for each.
        update_url: &'a str,
    },
    /// A customer who was told because theirs is most probably the same was not helped.
    MayBeAnother {
        /// The title of the topic that they were told of.
        title: &'a str,
        /// That topic in the console.
        topic_url: &'a str,
        /// Their own words.
        words: Option<&'a str>,
        /// The update in the console, where an agent can note the customer's answer.
        update_url: &'a str,
    },
    /// Somebody else who reads the ticket says that it is still broken.
    AnotherSaysStillBroken {
        /// Their words.
        words: &'a str,
        /// The update in the console, where an agent can note the customer's answer.
        update_url: &'a str,
    },
    /// A ticket about the same thing was written after the fix had shipped.
    Regression {
        /// The topic's title.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// The version it had shipped in.
        version: Option<&'a str>,
    },
    /// Far more customers than usual raise the ticket's topic.
    Spike {
        /// The topic's title.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// How many, within how long, and what is usual.
        customers: &'a str,
        /// The issue, if there is one.
        issue_url: Option<&'a str>,
    },
}

/// What a customer's "still broken" does to its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StillBrokenEffect {
    /// It opens the topic again.
    Reopened,
    /// This alone does not.
    WaitsForMore,
    /// The topic is open already, or it was about something other than a fix.
    Noted,
}

/// The text of a note.
pub fn write(note: &Note) -> String {
    let lines = match *note {
        Note::Escalated {
            title,
            topic_url,
            customer_count,
            likely_customer_count,
            likely_told_from,
            issue_url,
            in_review,
            likely,
        } => {
            let counts = (customer_count, likely_customer_count, likely_told_from);
            escalated(title, topic_url, counts, issue_url, in_review, likely)
        }
        Note::Filed { issue_url, issue } => vec![
            format!("Heard: the issue is filed as {}: {issue_url}", text::one_line(issue)),
            "Next: engineering decides. Later steps are noted here while somebody works on this ticket, and the customer is told when it has shipped.".to_owned(),
        ],
        Note::Reached { milestone, title, topic_url, version, words, doubt } => {
            with_doubt(reached(milestone, title, topic_url, version, words), doubt)
        }
        Note::ToldElsewhere { ticket_url, milestone } => vec![
            format!("Heard: this customer has asked twice, and was told ({}) in the other ticket: {ticket_url}", step(milestone)),
            "Next: nothing to do here, unless this ticket asks for something else as well.".to_owned(),
        ],
        Note::CameBack { update_url } => vec![
            "Heard: the mail with our last message to this customer came back, so they were not told.".to_owned(),
            format!("Next: correct their address and send it again, or tell them in another way and cancel it: {update_url}"),
        ],
        Note::SaidToHaveComeBack => vec![
            "Heard: a message here reads as if our last message to this customer had come back, but neither a mail system nor the \
             customer wrote it. So nothing was changed: they count as told."
                .to_owned(),
            "Next: please look who wrote it. If the customer has heard nothing, tell them in another way.".to_owned(),
        ],
        Note::StillBroken { title, topic_url, via, words, version, effect } => vec![
            format!("Heard: the customer says that {} is still broken{}, {}.", titled(title), within(version), how(via)),
            quoted(words),
            match effect {
                StillBrokenEffect::Reopened => format!("The topic is open again: {topic_url}"),
                StillBrokenEffect::WaitsForMore => format!(
                    "The topic opens again once another customer says so, or this one says what they see: {topic_url}"
                ),
                StillBrokenEffect::Noted => format!("It is noted in the topic: {topic_url}"),
            },
            "Next: please answer the customer, and ask what they see instead if they have not said it.".to_owned(),
        ],
        Note::Confirmed { via, words } => vec![
            format!("Heard: the customer says that it works, {}.", how(via)),
            quoted(words),
            "Next: nothing to do. The ticket may be solved.".to_owned(),
        ],
        Note::UnclearAnswer { works, still_broken, update_url } => vec![
            "Heard: the customer has answered, and it is not clear whether it works for them.".to_owned(),
            reading("it works", works),
            reading("it is still broken", still_broken),
            format!("Next: please say which it is: {update_url}"),
        ],
        Note::MayBeAnother { title, topic_url, words, update_url } => vec![
            format!(
                "Heard: the customer was told of {}, which theirs most probably is, and says that it does not help them. It was not \
                 counted, because theirs may be something else.",
                titled(title)
            ),
            quoted(words),
            format!(
                "Next: please answer the customer. If theirs is the same, note what they say as the customer's answer: {update_url} If it \
                 is something else, say “Not these” in the topic: {topic_url}"
            ),
        ],
        Note::AnotherSaysStillBroken { words, update_url } => vec![
            "Heard: somebody else in this ticket says that it is still broken. The customer themselves has not answered, so it was not \
             counted."
                .to_owned(),
            quoted(Some(words)),
            format!("Next: please answer them. If they speak for the customer, note it as the customer's answer: {update_url}"),
        ],
        Note::Regression { title, topic_url, version } => vec![
            format!("Heard: this reads like {}, which had shipped{}. {topic_url}", titled(title), within(version)),
            "It was written after that, so it may have come back, or this customer may not have the version yet.".to_owned(),
            "Next: please find out which version they use. If it has come back, escalate this ticket; if it is something else, \
             move it to a topic of its own."
                .to_owned(),
        ],
        Note::Spike { title, topic_url, customers, issue_url } => vec![
            format!("Heard: {customers}, write about {}. {topic_url}", titled(title)),
            match issue_url {
                Some(url) => format!("Next: engineers may not know yet that it has become more. Its issue: {url}"),
                None => "Next: if engineers should see it now, escalate this ticket. It counts for all of them.".to_owned(),
            },
        ],
    };
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Whether an internal message is a note of ours. Each begins so.
pub fn is_one(body: &str) -> bool {
    body.starts_with("Heard: ")
}

/// A note without what it quotes of somebody's own words. It still says what happened and what to do.
pub fn without_words(note: &str) -> String {
    let quotes = |paragraph: &&str| paragraph.starts_with(IN_THEIR_WORDS) || paragraph.starts_with(READ_AS);
    note.split("\n\n").filter(|paragraph| !quotes(paragraph)).collect::<Vec<_>>().join("\n\n")
}

/// A note that calls a topic by another title.
pub fn retitled(note: &str, old: &str, new: &str) -> String {
    note.replace(&titled(old), &titled(new))
}

/// How many possible duplicates an agent is asked to look at.
const LIKELY_MAX: usize = 5;

fn escalated(
    title: &str,
    topic_url: &str,
    (customer_count, likely_customer_count, likely_told_from): (u64, u64, Option<u64>),
    issue_url: Option<&str>,
    in_review: bool,
    likely: &[PossibleDuplicate],
) -> Vec<String> {
    let customers = text::count(customer_count, "customer raises it", "customers raise it");
    let mut lines = vec![format!("Heard: escalated {} to engineering; {customers}. {topic_url}", titled(title))];
    if let Some(url) = issue_url {
        lines.push(format!("Its issue: {url}"));
    }
    if likely_customer_count > 0 {
        let more =
            text::count(likely_customer_count, "more customer most probably asks", "more customers most probably ask");
        let told = match likely_told_from {
            Some(percent) => format!(
                "Where that is at least {percent} % sure, they are told by themselves; the others once somebody says there which of them do."
            ),
            None => "Nobody tells them before somebody says there which of them do.".to_owned(),
        };
        lines.push(format!("{more} for it too. {told}"));
    }
    if likely.is_empty() {
        // Issues that engineers filed themselves are not looked through, so nothing is said of them.
        lines.push("No other topic looks like the same.".to_owned());
        let filed = match (issue_url, in_review) {
            (Some(_), _) => "",
            (None, true) => "somebody looks at the issue first; once it is filed, that is noted here. ",
            (None, false) => "the issue is filed and noted here. ",
        };
        lines.push(format!("Next: {filed}You need not do anything; the customer is told when it has shipped."));
    } else {
        lines.push("It may be the same as:".to_owned());
        let listed = likely.iter().take(LIKELY_MAX).map(|likely| {
            let customers = text::count(likely.customer_count, "customer", "customers");
            format!("- {} ({customers}): {}", titled(likely.title), likely.url)
        });
        lines.push(listed.collect::<Vec<_>>().join("\n"));
        lines.push(
            "Next: if one of these is the same, open it and merge; otherwise there is nothing to do, and the customer is told when \
             it has shipped."
                .to_owned(),
        );
    }
    lines
}

/// The milestone's note from `templates/notes/`, filled in.
fn reached(
    milestone: MilestoneKind,
    title: &str,
    topic_url: &str,
    version: Option<&str>,
    words: Option<&str>,
) -> Vec<String> {
    let words = words.map(text::sentence).filter(|words| !words.is_empty());
    let words = words.map_or_else(String::new, |words| format!("In words for customers: {words}"));
    let note = files::note(milestone.as_str()).unwrap_or_default();
    let values = [
        ("title", titled(title)),
        ("topic_url", topic_url.to_owned()),
        ("in_version", within(version)),
        ("words", words),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    text::fill(&note, &values).split("\n\n").map(|line| line.trim().to_owned()).collect()
}

/// A note that says before what is next that it is not certain.
fn with_doubt(mut lines: Vec<String>, doubt: Option<&str>) -> Vec<String> {
    if let Some(doubt) = doubt {
        let why = text::one_line(doubt);
        let says = format!(
            "It is not certain that this is the fix: {}. A person is asked before any customer is told.",
            why.trim_end_matches('.')
        );
        lines.insert(lines.len().saturating_sub(1), says);
    }
    lines
}

fn step(milestone: MilestoneKind) -> String {
    milestone.as_str().replace('_', " ")
}

fn how(via: update::Via) -> &'static str {
    match via {
        update::Via::Page => "on their own page",
        update::Via::Reply => "in a reply",
        update::Via::Rating => "by a rating",
        update::Via::Agent => "as an agent has noted",
    }
}

fn within(version: Option<&str>) -> String {
    version
        .map(text::one_line)
        .filter(|version| !version.is_empty())
        .map_or_else(String::new, |version| format!(" in {version}"))
}

fn titled(title: &str) -> String {
    format!("“{}”", text::cut(&text::one_line(title), 100))
}

fn quoted(words: Option<&str>) -> String {
    let words = words.map(text::one_line).filter(|words| !words.is_empty());
    words.map_or_else(String::new, |words| format!("{IN_THEIR_WORDS}“{}”", text::cut(&words, 600)))
}

fn reading(meaning: &str, words: &str) -> String {
    let words = text::one_line(words);
    if words.is_empty() { String::new() } else { format!("{READ_AS}“{meaning}”: “{}”", text::cut(&words, 300)) }
}

/// How a paragraph that quotes somebody begins.
const IN_THEIR_WORDS: &str = "In their words: ";
/// How a paragraph that quotes what may be meant begins.
const READ_AS: &str = "Read as ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_without_their_words_quotes_nothing_and_says_the_rest() {
        let (words, update_url) = ("The vogelsang row is missing.\n\nStill.", "https://heard.test/updates?id=1");
        let notes = [
            Note::AnotherSaysStillBroken { words, update_url },
            Note::MayBeAnother {
                title: "Export is empty",
                topic_url: "https://heard.test/topics/1",
                words: Some(words),
                update_url,
            },
            Note::UnclearAnswer { works: words, still_broken: words, update_url },
            Note::Confirmed { via: update::Via::Reply, words: Some(words) },
            Note::StillBroken {
                title: "Export is empty",
                topic_url: "https://heard.test/topics/1",
                via: update::Via::Reply,
                words: Some(words),
                version: Some("2.4.0"),
                effect: StillBrokenEffect::Reopened,
            },
        ];
        for note in notes.map(|note| write(&note)) {
            let without = without_words(&note);
            assert!(note.contains("vogelsang") && !without.contains("vogelsang"), "{without}");
            let left = note.split("\n\n").filter(|paragraph| !paragraph.contains("vogelsang"));
            assert_eq!(without.split("\n\n").collect::<Vec<_>>(), left.collect::<Vec<_>>());
        }
        let reached = write(&Note::Regression { title: "Vogelsang", topic_url: "https://heard.test/1", version: None });
        assert_eq!(without_words(&reached), reached);
        assert!(retitled(&reached, "Vogelsang", "Export").contains("“Export”"));
        assert!(!retitled(&reached, "Vogelsang", "Export").contains("Vogelsang"));
    }

    #[test]
    fn every_milestone_has_a_note_that_says_what_happens_next() {
        for milestone in MilestoneKind::ALL {
            let note = write(&Note::Reached {
                milestone: *milestone,
                title: "Export is empty",
                topic_url: "https://heard.test/topics/1",
                version: None,
                words: Some("choose A4"),
                doubt: None,
            });
            assert!(
                note.starts_with("Heard: ") && note.contains("\n\nNext: "),
                "templates/notes/{milestone}.txt: {note}"
            );
            assert!(
                note.contains("“Export is empty”") && note.contains("In words for customers: Choose A4."),
                "{note}"
            );
            assert!(!note.contains(['{', '}']), "{note}");
        }
    }
}
