//! What an analysis adds up to: topics, how much they explain, what rises, what was unsure.
//!
//! Kept small for a million tickets: numbers for each ticket, texts only for topics' titles.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::run::Decided;
use crate::grouping::{Kind, TicketKey, TopicKey, Verdict};

/// Time is cut into so many equal parts, by tickets.
pub(super) const PARTS: usize = 12;
/// The latest part of the tickets that risers are looked for in: a fifth.
const LATEST_SHARE: usize = 5;
/// Fewer tickets are no trend.
const RISER_TICKETS: usize = 3;
/// Subjects that a topic's title is chosen from.
const TITLES_KEPT: usize = 8;
/// Longest title shown, in characters.
const TITLE_CHARS: usize = 90;
const QUESTIONS_KEPT: usize = 10;

/// One topic so far.
#[derive(Debug)]
struct Tally {
    /// When its tickets came, as their place among all tickets.
    places: Vec<usize>,
    customers: HashSet<String>,
    kinds: [usize; 3],
    titles: Vec<(TicketKey, String, usize)>,
}

/// A question that a person should answer.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) subject: String,
    pub(super) topic_title: String,
    pub(super) percent: u32,
    topic: TopicKey,
    score: f64,
}

/// All tickets that were decided.
#[derive(Debug, Default)]
pub(super) struct Totals {
    topics: HashMap<TopicKey, Tally>,
    order: Vec<TopicKey>,
    times_us: Vec<i64>,
    explained: Vec<bool>,
    customers: BTreeSet<String>,
    joined: usize,
    asked: usize,
    kinds: [usize; 3],
    questions: Vec<Question>,
}

/// A topic as it is shown.
#[derive(Debug, Clone)]
pub(super) struct TopicLine {
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) tickets: usize,
    pub(super) customers: usize,
    /// Tickets in each part of the time.
    pub(super) parts: [usize; PARTS],
    /// How many of its tickets came lately.
    pub(super) latest: usize,
}

/// The analysis as it is shown, on the terminal and on the page.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    pub(super) tickets: usize,
    pub(super) customers: Option<usize>,
    pub(super) topics: usize,
    pub(super) recurring: usize,
    pub(super) explained_percent: u32,
    pub(super) joined: usize,
    pub(super) asked: usize,
    pub(super) kinds: [(&'static str, usize, u32); 3],
    pub(super) top: Vec<TopicLine>,
    pub(super) risers: Vec<TopicLine>,
    pub(super) questions: Vec<Question>,
    /// Tickets and explained tickets in each part of the time.
    pub(super) parts: [(usize, usize); PARTS],
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

impl Totals {
    /// Adds a decided ticket.
    pub(super) fn add(&mut self, decided: &Decided) {
        let place = self.times_us.len();
        let text = &decided.text;
        self.times_us.push(text.created_at_us);
        let title = title_of(if text.subject.trim().is_empty() { &text.body } else { &text.subject });
        let kind = Kind::ALL.iter().position(|kind| *kind == decided.kind).unwrap_or(0);
        self.kinds[kind] += 1;
        self.joined += usize::from(decided.decision == Verdict::Join);
        self.asked += usize::from(decided.decision == Verdict::Ask);
        self.ask(decided, &title);
        let known = self.topics.contains_key(&decided.topic);
        self.explained.push(known);
        if !known {
            self.order.push(decided.topic.clone());
        }
        let tally = self.topics.entry(decided.topic.clone()).or_insert_with(|| Tally {
            places: Vec::new(),
            customers: HashSet::new(),
            kinds: [0; 3],
            titles: Vec::new(),
        });
        tally.places.push(place);
        tally.kinds[kind] += 1;
        if let Some(customer) = &text.customer {
            tally.customers.insert(customer.clone());
            self.customers.insert(customer.clone());
        }
        if let Some(best) = decided.candidates.first()
            && let Some(named) = tally.titles.iter_mut().find(|(ticket, ..)| *ticket == best.ticket)
        {
            named.2 += 1;
        }
        if tally.titles.len() < TITLES_KEPT {
            tally.titles.push((decided.id.clone(), title, 0));
        }
    }

    /// Keeps the questions whose answer is least certain.
    fn ask(&mut self, decided: &Decided, subject: &str) {
        let Some(best) = decided.candidates.first().filter(|_| decided.decision == Verdict::Ask) else {
            return;
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
        let percent = (decided.score * 100.0).round() as u32;
        self.questions.push(Question {
            subject: subject.to_owned(),
            topic_title: String::new(),
            percent,
            topic: best.topic.clone(),
            score: decided.score,
        });
        if self.questions.len() > 4 * QUESTIONS_KEPT {
            self.keep_questions();
        }
    }

    fn keep_questions(&mut self) {
        self.questions.sort_by(|a, b| (a.score - 0.5).abs().total_cmp(&(b.score - 0.5).abs()));
        self.questions.truncate(QUESTIONS_KEPT);
    }

    /// Adds everything up; `shown` topics at most are listed.
    pub(super) fn findings(mut self, shown: usize) -> Findings {
        self.keep_questions();
        let tickets = self.times_us.len();
        let lines: Vec<TopicLine> = self.order.iter().filter_map(|key| self.line(key)).collect();
        let questions = self
            .questions
            .iter()
            .filter_map(|q| Some(Question { topic_title: self.line(&q.topic)?.title, ..q.clone() }))
            .collect();
        let mut parts = [(0, 0); PARTS];
        for (place, explained) in self.explained.iter().enumerate() {
            let part = &mut parts[place * PARTS / tickets.max(1)];
            part.0 += 1;
            part.1 += usize::from(*explained);
        }
        let in_recurring: usize = lines.iter().filter(|t| t.tickets > 1).map(|t| t.tickets).sum();
        let mut top: Vec<TopicLine> = lines.iter().filter(|t| t.tickets > 1).cloned().collect();
        top.sort_by(|a, b| b.customers.cmp(&a.customers).then(b.tickets.cmp(&a.tickets)).then(a.title.cmp(&b.title)));
        let recurring = top.len();
        top.truncate(shown);
        let named = |at: usize| (Kind::ALL[at].as_str(), self.kinds[at], percent(self.kinds[at], tickets));
        let dated = self.times_us.iter().copied().filter(|t| *t != 0);
        Findings {
            tickets,
            customers: (!self.customers.is_empty()).then_some(self.customers.len()),
            topics: lines.len(),
            recurring,
            explained_percent: percent(in_recurring, tickets),
            joined: self.joined,
            asked: self.asked,
            kinds: [named(0), named(1), named(2)],
            risers: risers(&lines, shown),
            top,
            questions,
            parts,
            from: dated.clone().min().and_then(day),
            to: dated.max().and_then(day),
        }
    }

    fn line(&self, key: &TopicKey) -> Option<TopicLine> {
        let tally = self.topics.get(key)?;
        let tickets = self.times_us.len();
        let mut parts = [0; PARTS];
        for place in &tally.places {
            parts[place * PARTS / tickets.max(1)] += 1;
        }
        let latest_from = tickets - tickets / LATEST_SHARE;
        let kind = (0..3).rev().max_by_key(|at| tally.kinds[*at]).unwrap_or(0);
        let title = tally.titles.iter().rev().max_by_key(|(_, _, named)| *named)?.1.clone();
        Some(TopicLine {
            title,
            kind: Kind::ALL[kind].as_str(),
            tickets: tally.places.len(),
            customers: if tally.customers.is_empty() { tally.places.len() } else { tally.customers.len() },
            parts,
            latest: tally.places.iter().filter(|place| **place >= latest_from).count(),
        })
    }
}

/// Topics that most of whose tickets came lately, newest first by how far they exceed their share.
fn risers(lines: &[TopicLine], shown: usize) -> Vec<TopicLine> {
    let excess = |t: &TopicLine| LATEST_SHARE * t.latest * t.latest / t.tickets;
    let mut rising: Vec<TopicLine> =
        lines.iter().filter(|t| t.latest >= RISER_TICKETS && t.latest * 2 >= t.tickets).cloned().collect();
    rising.sort_by(|a, b| excess(b).cmp(&excess(a)).then(a.title.cmp(&b.title)));
    rising.truncate(shown.min(5));
    rising
}

#[expect(clippy::cast_possible_truncation, reason = "at most a hundred")]
fn percent(part: usize, whole: usize) -> u32 {
    ((part * 100 + whole / 2) / whole.max(1)) as u32
}

fn day(us: i64) -> Option<String> {
    Some(jiff::Timestamp::from_microsecond(us).ok()?.strftime("%Y-%m-%d").to_string())
}

fn title_of(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= TITLE_CHARS {
        return words;
    }
    let cut: String = words.chars().take(TITLE_CHARS - 1).collect();
    format!("{}…", cut.trim_end())
}
