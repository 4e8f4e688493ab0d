//! The findings of an analysis, as the terminal and the page show them.

use std::collections::{HashMap, HashSet};

use super::tally::{Arrival, Quote, TalliedTicket, Totals, is_known};
use super::timeline::{Timeline, day};
use grouping::TicketKind;

/// How many of the largest topics somebody is told to fix or build first.
const FIRST: usize = 5;
/// How many of the largest topics are counted together.
const LARGEST: usize = 10;
/// The last part of the tickets, in which rising topics are looked for, is a fifth.
const LATEST_SHARE: usize = 5;
/// Fewer tickets than this are no trend.
const RISER_TICKETS: usize = 3;
const RISERS_SHOWN: usize = 5;

/// A topic as it is shown.
#[derive(Debug, Clone)]
pub(super) struct TopicLine {
    pub(super) title: String,
    pub(super) kind: TicketKind,
    pub(super) tickets: usize,
    /// How many of them are likely about it, and not sure.
    pub(super) likely: usize,
    /// Customers and organizations, if the file names them.
    pub(super) customers: usize,
    pub(super) organizations: usize,
    /// Tickets in each period.
    pub(super) parts: Vec<usize>,
    /// How many of its tickets are in the last part.
    pub(super) latest: usize,
    pub(super) quotes: Vec<Quote>,
}

/// The tickets of a period.
#[derive(Debug, Clone, Default)]
pub(super) struct PeriodCounts {
    pub(super) label: String,
    pub(super) tickets: usize,
    /// Those about a topic that was known before.
    pub(super) explained: usize,
}

/// A question that a person would be asked.
#[derive(Debug, Clone)]
pub(super) struct OpenQuestion {
    pub(super) subject: String,
    pub(super) topic_title: String,
    pub(super) percent: usize,
}

/// The result of an analysis.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    pub(super) tickets: usize,
    /// How many are named; zero if the file names none.
    pub(super) customers: usize,
    pub(super) organizations: usize,
    pub(super) recurring: usize,
    /// Tickets of topics with more than one ticket.
    pub(super) explained: usize,
    /// Those that joined a known topic: surely, and likely.
    pub(super) joined: usize,
    pub(super) likely: usize,
    pub(super) asked: usize,
    /// How many tickets, customers and organizations the largest topics have together.
    pub(super) largest: Largest,
    /// What pays most: the largest topics that one can fix or build.
    pub(super) first: FirstToDo,
    pub(super) kinds: Vec<(TicketKind, usize)>,
    pub(super) top: Vec<TopicLine>,
    pub(super) risers: Vec<TopicLine>,
    /// When the last part began, in which rising topics were looked for.
    pub(super) lately_since: Option<String>,
    pub(super) unsure: Vec<OpenQuestion>,
    pub(super) timeline: Timeline,
    pub(super) parts: Vec<PeriodCounts>,
    pub(super) span: Option<(String, String)>,
    /// Whether the file goes back in time. The grouping follows the order of the file.
    pub(super) is_backwards: bool,
}

/// The largest topics together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Largest {
    pub(super) topics: usize,
    pub(super) tickets: usize,
    pub(super) customers: usize,
}

/// The largest topics that one can fix or build, and who hears of it.
#[derive(Debug, Clone, Default)]
pub(super) struct FirstToDo {
    pub(super) topics: Vec<TopicLine>,
    pub(super) tickets: usize,
    pub(super) customers: usize,
}

/// What is counted for a topic that may be shown.
#[derive(Debug, Default)]
struct Counted {
    customers: HashSet<u32>,
    organizations: HashSet<u32>,
    latest: usize,
    likely: usize,
}

impl Findings {
    /// Computes the findings; at most `shown` topics are listed.
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
        let of_way = |way: Arrival| totals.seen.iter().filter(|seen| seen.way == way).count();
        let (joined, likely) = (of_way(Arrival::Joined), of_way(Arrival::Likely));
        let is_work = |topic: &&u32| totals.topics[**topic as usize].kind() != TicketKind::Question;
        let first: Vec<u32> = recurring.iter().filter(is_work).take(FIRST).copied().collect();
        let of_all =
            |topics: &[u32]| topics.iter().flat_map(|topic| &counted[topic].customers).collect::<HashSet<_>>().len();
        let tickets_of =
            |topics: &[u32]| topics.iter().map(|topic| totals.topics[*topic as usize].tickets).sum::<usize>();
        let largest = &recurring[..recurring.len().min(LARGEST)];
        let mut kinds: Vec<(TicketKind, usize)> = TicketKind::ALL.into_iter().zip(totals.kinds).collect();
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
            largest: Largest { topics: largest.len(), tickets: tickets_of(largest), customers: of_all(largest) },
            first: FirstToDo {
                topics: first.iter().map(line).collect(),
                tickets: tickets_of(&first),
                customers: of_all(&first),
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

/// The topics with more than one ticket.
fn counted(totals: &Totals) -> HashMap<u32, Counted> {
    let latest_from = totals.seen.len() - totals.seen.len() / LATEST_SHARE;
    let mut counted: HashMap<u32, Counted> = HashMap::new();
    for (place, seen) in totals.seen.iter().enumerate() {
        if totals.topics[seen.topic as usize].tickets < 2 {
            continue;
        }
        let topic = counted.entry(seen.topic).or_default();
        topic.latest += usize::from(place >= latest_from);
        topic.likely += usize::from(seen.way == Arrival::Likely);
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
        likely: counted.likely,
        customers: counted.customers.len(),
        organizations: counted.organizations.len(),
        parts,
        latest: counted.latest,
    }
}

/// Topics with more of their tickets in the last part than its share, the fastest rising first.
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

fn parts(seen: &[TalliedTicket], timeline: &Timeline) -> Vec<PeriodCounts> {
    let labelled = timeline.labels().into_iter().map(|label| PeriodCounts { label, ..PeriodCounts::default() });
    let mut parts: Vec<PeriodCounts> = labelled.collect();
    for (place, seen) in seen.iter().enumerate() {
        if let Some(part) = timeline.part(place, seen.time_us) {
            parts[part].tickets += 1;
            parts[part].explained += usize::from(seen.way != Arrival::First);
        }
    }
    parts
}

fn unsure(totals: &mut Totals) -> Vec<OpenQuestion> {
    let asked = totals.questions().iter().map(|question| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
        let percent = (question.score * 100.0).round() as usize;
        OpenQuestion { subject: question.subject.clone(), topic_title: question.topic_title.clone(), percent }
    });
    asked.collect()
}

/// Whether most tickets are older than the one before.
fn is_backwards(times_us: &[i64]) -> bool {
    let steps = |back: bool| times_us.windows(2).filter(|two| two[0] != two[1] && (two[1] < two[0]) == back).count();
    steps(true) > steps(false)
}

/// A share in percent, rounded.
pub(super) fn percent(part: usize, whole: usize) -> usize {
    let rounded = (part * 100 + whole / 2) / whole.max(1);
    // Less than all is never rounded to 100 percent.
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
