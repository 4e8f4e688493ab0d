//! What an analysis adds up to, as it is told on the terminal and on the page.

use std::collections::{HashMap, HashSet};

use super::tally::{Quote, Seen, Totals, Way, is_known};
use super::timeline::{Timeline, day};
use grouping::Kind;

/// The largest topics whose share of all tickets is told.
const LARGEST: usize = 10;
/// The latest part of the tickets that risers are looked for in: a fifth.
const LATEST_SHARE: usize = 5;
/// Fewer tickets are no trend.
const RISER_TICKETS: usize = 3;
const RISERS_SHOWN: usize = 5;

/// A topic as it is shown.
#[derive(Debug, Clone)]
pub(super) struct TopicLine {
    pub(super) title: String,
    pub(super) kind: Kind,
    pub(super) tickets: usize,
    /// Customers and organizations, where the file names them.
    pub(super) customers: usize,
    pub(super) organizations: usize,
    /// Tickets in each part of the time.
    pub(super) parts: Vec<usize>,
    /// How many of its tickets came lately.
    pub(super) latest: usize,
    pub(super) quotes: Vec<Quote>,
}

/// The tickets of a part of the time.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) label: String,
    pub(super) tickets: usize,
    /// Those that tell of a topic that came up before.
    pub(super) explained: usize,
}

/// A question that a person would have been asked.
#[derive(Debug, Clone)]
pub(super) struct Unsure {
    pub(super) subject: String,
    pub(super) topic_title: String,
    pub(super) percent: usize,
}

/// The analysis as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    pub(super) tickets: usize,
    /// How many were named; none when the file does not name them.
    pub(super) customers: usize,
    pub(super) organizations: usize,
    pub(super) recurring: usize,
    /// Tickets of topics that came up more than once.
    pub(super) explained: usize,
    /// Those that came to a known topic, surely and likely.
    pub(super) joined: usize,
    pub(super) likely: usize,
    pub(super) asked: usize,
    /// How many tickets, customers and organizations the largest topics have.
    pub(super) largest: Largest,
    pub(super) kinds: Vec<(Kind, usize)>,
    pub(super) top: Vec<TopicLine>,
    pub(super) risers: Vec<TopicLine>,
    /// When the latest part began that risers were looked for in.
    pub(super) lately_since: Option<String>,
    pub(super) unsure: Vec<Unsure>,
    pub(super) timeline: Timeline,
    pub(super) parts: Vec<Part>,
    pub(super) span: Option<(String, String)>,
    /// Whether later lines tell of earlier days: the grouping goes by the order of the file.
    pub(super) is_backwards: bool,
}

/// The largest topics together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Largest {
    pub(super) topics: usize,
    pub(super) tickets: usize,
    pub(super) customers: usize,
}

/// What is counted of a topic that may be shown.
#[derive(Debug, Default)]
struct Counted {
    customers: HashSet<u32>,
    organizations: HashSet<u32>,
    latest: usize,
}

impl Findings {
    /// Adds everything up; `shown` topics at most are listed.
    pub(super) fn of(mut totals: Totals, shown: usize) -> Self {
        let unsure = unsure(&mut totals);
        let tickets = totals.seen.len();
        let times: Vec<i64> = totals.seen.iter().map(|seen| seen.time_us).collect();
        let timeline = Timeline::of(&times);
        let counted = counted(&totals);
        let mut recurring: Vec<u32> = counted.keys().copied().collect();
        recurring.sort_unstable();
        recurring.sort_by_key(|topic| {
            let tally = &totals.topics[*topic as usize];
            std::cmp::Reverse((counted[topic].customers.len(), tally.tickets))
        });
        let line = |topic: &u32| line(&totals, &timeline, *topic, &counted[topic]);
        let of_way = |way: Way| totals.seen.iter().filter(|seen| seen.way == way).count();
        let (joined, likely) = (of_way(Way::Joined), of_way(Way::Likely));
        let largest = &recurring[..recurring.len().min(LARGEST)];
        let mut kinds: Vec<(Kind, usize)> = Kind::ALL.into_iter().zip(totals.kinds).collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let dated = times.iter().copied().filter(|time| *time != 0);
        let (customers, organizations) = totals.people();
        Self {
            tickets,
            customers,
            organizations,
            recurring: recurring.len(),
            explained: recurring.iter().map(|topic| totals.topics[*topic as usize].tickets).sum(),
            joined,
            likely,
            asked: totals.asked,
            largest: Largest {
                topics: largest.len(),
                tickets: largest.iter().map(|topic| totals.topics[*topic as usize].tickets).sum(),
                customers: largest.iter().flat_map(|topic| &counted[topic].customers).collect::<HashSet<_>>().len(),
            },
            kinds,
            top: recurring.iter().take(shown).map(line).collect(),
            risers: rising(&totals, &counted, &recurring).iter().map(line).collect(),
            lately_since: times.get(tickets - tickets / LATEST_SHARE).copied().filter(|time| *time != 0).and_then(day),
            unsure,
            parts: parts(&totals.seen, &timeline),
            span: dated.clone().min().and_then(day).zip(dated.max().and_then(day)),
            is_backwards: is_backwards(&times),
            timeline,
        }
    }
}

/// The topics that came up more than once.
fn counted(totals: &Totals) -> HashMap<u32, Counted> {
    let latest_from = totals.seen.len() - totals.seen.len() / LATEST_SHARE;
    let mut counted: HashMap<u32, Counted> = HashMap::new();
    for (place, seen) in totals.seen.iter().enumerate() {
        if totals.topics[seen.topic as usize].tickets < 2 {
            continue;
        }
        let topic = counted.entry(seen.topic).or_default();
        topic.latest += usize::from(place >= latest_from);
        if is_known(seen.customer) {
            topic.customers.insert(seen.customer);
        }
        if is_known(seen.organization) {
            topic.organizations.insert(seen.organization);
        }
    }
    counted
}

fn line(totals: &Totals, timeline: &Timeline, topic: u32, counted: &Counted) -> TopicLine {
    let tally = &totals.topics[topic as usize];
    let mut parts = vec![0; timeline.len()];
    for (place, seen) in totals.seen.iter().enumerate().filter(|(_, seen)| seen.topic == topic) {
        if let Some(part) = timeline.part(place, seen.time_us) {
            parts[part] += 1;
        }
    }
    let title = tally.title().to_owned();
    TopicLine {
        quotes: tally.quotes.iter().filter(|quote| quote.words != title).cloned().collect(),
        title,
        kind: tally.kind(),
        tickets: tally.tickets,
        customers: counted.customers.len(),
        organizations: counted.organizations.len(),
        parts,
        latest: counted.latest,
    }
}

/// Topics most of whose tickets came lately, first those that exceed their share furthest.
fn rising(totals: &Totals, counted: &HashMap<u32, Counted>, recurring: &[u32]) -> Vec<u32> {
    let tickets = |topic: &u32| totals.topics[*topic as usize].tickets;
    let excess = |topic: &u32| LATEST_SHARE * counted[topic].latest * counted[topic].latest / tickets(topic);
    let is_riser = |topic: &&u32| {
        let latest = counted[*topic].latest;
        latest >= RISER_TICKETS && latest * 2 >= tickets(topic)
    };
    let mut rising: Vec<u32> = recurring.iter().filter(is_riser).copied().collect();
    rising.sort_by_key(|topic| std::cmp::Reverse(excess(topic)));
    rising.truncate(RISERS_SHOWN);
    rising
}

fn parts(seen: &[Seen], timeline: &Timeline) -> Vec<Part> {
    let labelled = timeline.labels().into_iter().map(|label| Part { label, ..Part::default() });
    let mut parts: Vec<Part> = labelled.collect();
    for (place, seen) in seen.iter().enumerate() {
        if let Some(part) = timeline.part(place, seen.time_us) {
            parts[part].tickets += 1;
            parts[part].explained += usize::from(seen.way != Way::First);
        }
    }
    parts
}

fn unsure(totals: &mut Totals) -> Vec<Unsure> {
    let asked = totals.questions().iter().map(|question| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
        let percent = (question.score * 100.0).round() as usize;
        Unsure { subject: question.subject.clone(), topic_title: question.topic_title.clone(), percent }
    });
    asked.collect()
}

/// Whether most steps from one ticket to the next go back in time.
fn is_backwards(times_us: &[i64]) -> bool {
    let steps = |back: bool| times_us.windows(2).filter(|two| two[0] != two[1] && (two[1] < two[0]) == back).count();
    steps(true) > steps(false)
}

/// A share in percent, rounded.
pub(super) fn percent(part: usize, whole: usize) -> usize {
    let rounded = (part * 100 + whole / 2) / whole.max(1);
    // What is missing from all is never rounded away.
    if part < whole { rounded.min(99) } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_them_are_a_hundred_percent() {
        assert_eq!((percent(2_698, 2_710), percent(2_710, 2_710), percent(1, 2), percent(0, 0)), (99, 100, 50, 0));
    }
}
