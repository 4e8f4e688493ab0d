//! Counts what an analysis finds, ticket by ticket.
//!
//! It stays small for a million tickets: only numbers for each ticket and customer, texts only for the titles of topics, and
//! quotes only for topics with more than one ticket.

use std::collections::HashMap;

use super::quotes::{quote, title};
use super::run::DecidedTicket;
use grouping::{MachineVerdict, TicketKey, TicketKind, TopicKey};

/// How many subjects a topic's title is chosen from.
const TITLES_KEPT: usize = 8;
/// How many quotes are kept for a topic.
const QUOTES_KEPT: usize = 2;
/// How many questions are kept.
const QUESTIONS_KEPT: usize = 8;
/// The number for a customer without a name.
const NOBODY: u32 = u32::MAX;

/// How a ticket came to its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// No earlier ticket is about the same.
    First,
    /// It is at least as likely as not about the same as an earlier ticket.
    Likely,
    /// It is sure enough that it joined by itself.
    Joined,
}

/// What is kept of a ticket.
#[derive(Debug, Clone, Copy)]
pub(super) struct TalliedTicket {
    pub(super) time_us: i64,
    pub(super) topic: u32,
    pub(super) customer: u32,
    pub(super) organization: u32,
    pub(super) way: Arrival,
}

/// A subject that may become the topic's title.
#[derive(Debug)]
struct Title {
    ticket: TicketKey,
    words: String,
    /// How many later tickets resemble this one most.
    named: usize,
}

/// What a customer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) ticket: String,
    pub(super) words: String,
}

/// A topic so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) tickets: usize,
    kinds: [usize; 3],
    titles: Vec<Title>,
    pub(super) quotes: Vec<Quote>,
}

impl Tally {
    /// The subject that most later tickets resemble; of several, the earliest.
    pub(super) fn title(&self) -> &str {
        self.titles.iter().rev().max_by_key(|title| title.named).map_or("", |title| &title.words)
    }

    /// The kind of most of its tickets.
    pub(super) fn kind(&self) -> TicketKind {
        let most = (0..3).rev().max_by_key(|at| self.kinds[*at]).unwrap_or(0);
        TicketKind::ALL[most]
    }
}

/// A question that a person would be asked.
#[derive(Debug, Clone)]
pub(super) struct AskedQuestion {
    pub(super) subject: String,
    /// The topic it may belong to, by its title when the ticket came.
    pub(super) topic_title: String,
    pub(super) score: f64,
}

/// Assigns numbers to names.
#[derive(Debug, Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    fn of(&mut self, name: Option<&str>) -> u32 {
        let Some(name) = name else { return NOBODY };
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(NOBODY);
        self.0.insert(name.to_owned(), number);
        number
    }
}

/// Whether a customer or organization has a name.
pub(super) fn is_known(number: u32) -> bool {
    number != NOBODY
}

/// All tickets that were decided.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) seen: Vec<TalliedTicket>,
    pub(super) topics: Vec<Tally>,
    pub(super) kinds: [usize; 3],
    pub(super) asked: usize,
    questions: Vec<AskedQuestion>,
    numbers: HashMap<TopicKey, u32>,
    customers: Numbers,
    organizations: Numbers,
}

impl Totals {
    /// Adds a decided ticket.
    pub(super) fn add(&mut self, decided: &DecidedTicket) {
        let text = &decided.text;
        let known = self.numbers.get(&decided.topic).copied();
        let topic = known.unwrap_or_else(|| self.open(&decided.topic));
        let way = match (known, decided.decision) {
            (None, _) => Arrival::First,
            (Some(_), MachineVerdict::Join) => Arrival::Joined,
            (Some(_), _) => Arrival::Likely,
        };
        let kind = TicketKind::ALL.iter().position(|kind| *kind == decided.kind).unwrap_or(0);
        self.kinds[kind] += 1;
        let title = title(text, &decided.people);
        self.ask(decided, &title);
        let tally = &mut self.topics[topic as usize];
        tally.tickets += 1;
        tally.kinds[kind] += 1;
        if way != Arrival::First {
            if tally.quotes.len() < QUOTES_KEPT
                && let Some(words) = quote(text, &decided.people, &decided.words)
                && tally.quotes.iter().all(|quote| quote.words != words)
            {
                tally.quotes.push(Quote { ticket: decided.id.to_string(), words });
            }
            if let Some(best) = decided.candidates.first()
                && let Some(named) = tally.titles.iter_mut().find(|title| title.ticket == best.ticket)
            {
                named.named += 1;
            }
        }
        if tally.titles.len() < TITLES_KEPT {
            tally.titles.push(Title { ticket: decided.id.clone(), words: title, named: 0 });
        }
        self.seen.push(TalliedTicket {
            time_us: text.created_at_us,
            topic,
            customer: self.customers.of(text.customer.as_deref()),
            organization: self.organizations.of(text.organization.as_deref()),
            way,
        });
    }

    fn open(&mut self, topic: &TopicKey) -> u32 {
        let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
        self.numbers.insert(topic.clone(), number);
        self.topics.push(Tally::default());
        number
    }

    /// Keeps the least certain questions.
    fn ask(&mut self, decided: &DecidedTicket, subject: &str) {
        let Some(best) = decided.candidates.first().filter(|_| decided.decision == MachineVerdict::Ask) else {
            return;
        };
        self.asked += 1;
        let topic = decided.asked_about.as_ref().unwrap_or(&best.topic);
        let Some(topic) = self.numbers.get(topic).copied() else {
            return;
        };
        let topic_title = self.topics[topic as usize].title().to_owned();
        self.questions.push(AskedQuestion { subject: subject.to_owned(), topic_title, score: decided.score });
        if self.questions.len() > 8 * QUESTIONS_KEPT {
            self.keep_questions();
        }
    }

    fn keep_questions(&mut self) {
        self.questions.sort_by(|a, b| (a.score - 0.5).abs().total_cmp(&(b.score - 0.5).abs()));
        self.questions.truncate(QUESTIONS_KEPT);
    }

    /// The least certain questions, least certain first.
    pub(super) fn questions(&mut self) -> &[AskedQuestion] {
        self.keep_questions();
        &self.questions
    }

    /// How many customers and organizations have a name.
    pub(super) fn people(&self) -> (usize, usize) {
        (self.customers.0.len(), self.organizations.0.len())
    }
}
