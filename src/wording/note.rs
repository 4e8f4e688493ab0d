//! Internal notes: what Heard tells an agent inside a ticket. Customers never see them.
//!
//! Each says what was done and ends with what happens next, so that nobody has to ask whether the ball is with them. They are
//! in English, and plain text: every helpdesk shows that.

use super::say;
use crate::model::{milestone::MilestoneKind, update};

/// A topic or an issue that may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likely<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Where to look at it.
    pub url: &'a str,
    /// How many customers raise it.
    pub customer_count: u64,
}

/// What there is to say to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note<'a> {
    /// The ticket's topic was escalated by an agent's one action.
    Escalated {
        /// What the topic is called.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// How many customers raise it.
        customer_count: u64,
        /// The issue, where there is one already.
        issue_url: Option<&'a str>,
        /// What may be the same.
        likely: &'a [Likely<'a>],
    },
    /// Somebody pressed again.
    AlreadyEscalated {
        /// What the topic is called.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// The issue, where there is one already.
        issue_url: Option<&'a str>,
    },
    /// The issue was created.
    Filed {
        /// The issue.
        issue_url: &'a str,
        /// `owner/name#number`.
        issue: &'a str,
    },
    /// The topic was connected with an issue that engineers had already.
    Linked {
        /// The issue.
        issue_url: &'a str,
        /// `owner/name#number`.
        issue: &'a str,
    },
    /// The topic took a step, and the policy for it is a note.
    Reached {
        /// The step.
        milestone: MilestoneKind,
        /// What the topic is called.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// The version, for what shipped.
        version: Option<&'a str>,
        /// A person's words: the workaround, the reason.
        words: Option<&'a str>,
    },
    /// The customer was told in another ticket of theirs.
    ToldElsewhere {
        /// The ticket that has the reply.
        ticket_url: &'a str,
        /// What the customer was told of.
        milestone: MilestoneKind,
    },
    /// The customer said that it is still broken.
    StillBroken {
        /// What the topic is called.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// How they said so.
        via: update::Via,
        /// Their own words.
        words: Option<&'a str>,
        /// In which version it should have been right.
        version: Option<&'a str>,
    },
    /// The customer said that it works.
    Confirmed {
        /// How they said so.
        via: update::Via,
        /// Their own words.
        words: Option<&'a str>,
    },
    /// A ticket written after the fix had shipped speaks of the same thing.
    Regression {
        /// What the topic is called.
        title: &'a str,
        /// The topic in the console.
        topic_url: &'a str,
        /// In which version it had shipped.
        version: Option<&'a str>,
    },
}

/// The text of a note.
pub fn write(note: &Note) -> String {
    let lines = match *note {
        Note::Escalated { title, topic_url, customer_count, issue_url, likely } => {
            escalated(title, topic_url, customer_count, issue_url, likely)
        }
        Note::AlreadyEscalated { title, topic_url, issue_url } => vec![
            format!("Heard: {} is escalated already; nothing was done twice. {topic_url}", titled(title)),
            issue_url.map_or_else(|| "Its issue is being filed.".to_owned(), |url| format!("Its issue: {url}")),
            format!("Next: {WAIT}"),
        ],
        Note::Filed { issue_url, issue } => vec![
            format!("Heard: the issue is filed as {}: {issue_url}", say::one_line(issue)),
            "Next: engineering decides. Every step is noted here, and the customer is told when it has shipped.".to_owned(),
        ],
        Note::Linked { issue_url, issue } => vec![
            format!("Heard: this is now followed by {}, which engineering had already: {issue_url}", say::one_line(issue)),
            format!("Next: {WAIT}"),
        ],
        Note::Reached { milestone, title, topic_url, version, words } => reached(milestone, title, topic_url, version, words),
        Note::ToldElsewhere { ticket_url, milestone } => vec![
            format!("Heard: this customer has asked twice, and was told ({}) in the other ticket: {ticket_url}", step(milestone)),
            "Next: nothing to do here, unless this ticket asks for something else as well.".to_owned(),
        ],
        Note::StillBroken { title, topic_url, via, words, version } => vec![
            format!("Heard: the customer says that {} is still broken{}, {}.", titled(title), within(version), how(via)),
            quoted(words),
            format!("The topic is open again and the issue has been told, with counts and without names: {topic_url}"),
            "Next: please answer the customer, and ask what they see instead if they have not said it.".to_owned(),
        ],
        Note::Confirmed { via, words } => vec![
            format!("Heard: the customer says that it works, {}.", how(via)),
            quoted(words),
            "Next: nothing to do. The ticket may be solved.".to_owned(),
        ],
        Note::Regression { title, topic_url, version } => vec![
            format!("Heard: this reads like {}, which had shipped{}. {topic_url}", titled(title), within(version)),
            "It was written after that, so it may have come back, or this customer may not have the version yet.".to_owned(),
            "Next: please find out which version they use. If it has come back, escalate this ticket; if it is something else, \
             move it to a topic of its own."
                .to_owned(),
        ],
    };
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n\n")
}

const WAIT: &str = "nothing to do. Every step is noted here, and the customer is told when it has shipped.";

/// How many likely ones an agent is asked to look at.
const LIKELY_MAX: usize = 5;

fn escalated(
    title: &str,
    topic_url: &str,
    customer_count: u64,
    issue_url: Option<&str>,
    likely: &[Likely],
) -> Vec<String> {
    let customers = say::count(customer_count, "customer raises it", "customers raise it");
    let mut lines = vec![format!("Heard: escalated {} to engineering; {customers}. {topic_url}", titled(title))];
    if let Some(url) = issue_url {
        lines.push(format!("Its issue: {url}"));
    }
    if likely.is_empty() {
        lines.push("No other topic or issue looks like the same.".to_owned());
        let filed = if issue_url.is_some() { "" } else { "the issue is filed and noted here. " };
        lines.push(format!("Next: {filed}You need not do anything; the customer is told when it has shipped."));
    } else {
        lines.push("It may be the same as:".to_owned());
        let listed = likely.iter().take(LIKELY_MAX).map(|likely| {
            let customers = say::count(likely.customer_count, "customer", "customers");
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

fn reached(
    milestone: MilestoneKind,
    title: &str,
    topic_url: &str,
    version: Option<&str>,
    words: Option<&str>,
) -> Vec<String> {
    let title = titled(title);
    let (what, next) = match milestone {
        MilestoneKind::Escalated => (format!("{title} was escalated to engineering."), WAIT),
        MilestoneKind::Planned => (format!("engineering means to do {title}. There is no date."), WAIT),
        MilestoneKind::InProgress => {
            (format!("somebody in engineering is working on {title}. There is no date."), WAIT)
        }
        MilestoneKind::FixMerged => (
            format!("the change for {title} is merged. No customer has it yet: merged is not shipped."),
            "please do not promise it yet. The customer is told when a release has it.",
        ),
        MilestoneKind::Workaround => (
            format!("there is a way around {title} until it is fixed."),
            "pass it on if it fits this customer. They are told when the fix itself has shipped.",
        ),
        MilestoneKind::Shipped => (
            format!("{title} has shipped{}.", within(version)),
            "the settings leave telling the customer to you. Please ask them whether it works for them now.",
        ),
        MilestoneKind::Declined => (
            format!("it was decided not to do {title}."),
            "the customer has not been told. A draft for them waits for a person's approval in Heard.",
        ),
        MilestoneKind::Joined => (format!("{title} was merged into another topic, which carries on."), WAIT),
        MilestoneKind::Reopened => (format!("{title} is open again."), WAIT),
        MilestoneKind::Correction => (
            format!("what the customer was told of {title} is not true any more: the change was taken back."),
            "a correction waits for a person's approval in Heard. Please do not send them to the new version.",
        ),
        MilestoneKind::Silence => (
            format!("nothing has been heard of {title} for long."),
            "please tell the customer how it stands, also if nothing has changed.",
        ),
    };
    let words = words.map(say::sentence).filter(|words| !words.is_empty());
    let words = words.map_or_else(String::new, |words| format!("In words for customers: {words}"));
    vec![format!("Heard: {what} {topic_url}"), words, format!("Next: {next}")]
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
        .map(say::one_line)
        .filter(|version| !version.is_empty())
        .map_or_else(String::new, |version| format!(" in {version}"))
}

fn titled(title: &str) -> String {
    format!("“{}”", say::cut(&say::one_line(title), 100))
}

fn quoted(words: Option<&str>) -> String {
    let words = words.map(say::one_line).filter(|words| !words.is_empty());
    words.map_or_else(String::new, |words| format!("In their words: “{}”", say::cut(&words, 600)))
}
