//! How the grouping takes up decisions: all of them at a start, later those of other replicas and of people.
//!
//! Three chunks are in hand at a time, however many there are: one is fetched, the tickets of the one before it are
//! read, and those of the one before that are placed. Only placing has to wait for everything before it. Invariant: a
//! ticket is read and placed as it was by the process that decided about it.

use std::{collections::BTreeSet, sync::Arc};

use tokio::{sync::OwnedMutexGuard, task::spawn_blocking};

use super::{
    keys::{grouping_kind, key, text_opened, ticket_key},
    memory::Grouping,
};
use crate::{
    flow::{
        app::App,
        error::{Error, Stop},
        vectors,
    },
    model::{
        decision::{Decided, Grouped, GroupedPlacement},
        id::{DecisionId, TicketId, TopicId},
        refusal::Refusal,
    },
    store::{
        Conn, Result as Stored,
        decision_log::{self, Logged},
        decisions,
        tickets::Opening,
    },
};
use grouping::{
    AnalyzedTicket, Analyzer, Correction, Engine, Placement, SentenceVector, StreamAnalyzer, TicketDecision,
    TicketText, TopicKey,
};

/// Takes up the decisions since the last look, in their order.
pub async fn follow(app: &App, mut memory: OwnedMutexGuard<Grouping>) -> Result<OwnedMutexGuard<Grouping>, Stop> {
    if memory.is_unloaded() {
        memory = load(app, memory).await?;
    }
    let wanted = Wanted { known: memory.ahead.clone(), vectors_of: memory.vectors_of.clone(), asks: memory.asks };
    let mut fetched = fetch(app, &wanted, Some(memory.seq)).await?;
    if fetched.is_none() {
        return Ok(memory);
    }
    let mut analyzer = memory.engine.stream_analyzer(memory.threads);
    let mut read = None;
    while fetched.is_some() || read.is_some() {
        let next = fetched.as_ref().filter(|chunk| chunk.is_full).map(|chunk| chunk.last);
        (fetched, (analyzer, read), memory) = tokio::try_join!(
            fetch(app, &wanted, next),
            read_chunk(app, &wanted, analyzer, fetched),
            take_up(memory, read)
        )?;
    }
    Ok(memory)
}

/// Loads the sentence model on a thread that serves no requests.
async fn load(app: &App, mut memory: OwnedMutexGuard<Grouping>) -> Result<OwnedMutexGuard<Grouping>, Stop> {
    let settings = app.settings.grouping.clone();
    let loaded = spawn_blocking(move || memory.load(&settings).map(|()| memory)).await;
    loaded.map_err(|_| Stop::later("the sentence model broke off; it is loaded again"))?.map_err(Stop::later)
}

/// An analyzer with everything that the grouping has learned so far, if its vectors come from the endpoint.
pub async fn analyzer_for_endpoint(app: &App) -> Result<Option<Analyzer>, Stop> {
    let memory = Arc::clone(&app.grouping).lock_owned().await;
    if !memory.asks {
        return Ok(None);
    }
    Ok(Some(follow(app, memory).await?.engine.analyzer()))
}

/// A ticket's vector from the endpoint, if one is set. It is asked for before anything is locked, with the text that a
/// sentence model would read of the ticket now.
pub async fn given(app: &App, text: &TicketText) -> Result<Option<SentenceVector>, Stop> {
    let Some(embeddings) = &app.embeddings else { return Ok(None) };
    let Some(analyzer) = analyzer_for_endpoint(app).await? else { return Ok(None) };
    let (_, sentence) = analyzer.analyze_words(text);
    Ok(embeddings.vector(sentence).await?)
}

/// What stopped a look, for a person who waits for it.
pub(super) fn refused(stop: Stop) -> Error {
    match stop {
        Stop::Store(error) => Error::Store(error),
        Stop::Later { sentence, .. } => Refusal::GroupingUnavailable(sentence).into(),
        _ => Refusal::GroupingBusy.into(),
    }
}

/// From how many tickets of one split the grouping learns.
const SPLIT_TEACHES: usize = 100;

/// Which decisions a grouping takes up, and with which vectors.
struct Wanted {
    /// Decisions that it already knows.
    known: BTreeSet<i64>,
    vectors_of: String,
    asks: bool,
}

/// What the engine takes from one decision.
enum Lesson {
    /// The next ticket is in this topic.
    Place(TopicKey, Placement),
    Said(String, Correction, Vec<TicketDecision>),
}

/// Consecutive decisions, up to and including `last`.
#[derive(Default)]
struct Fetched {
    last: i64,
    /// Whether there may be more after them.
    is_full: bool,
    lessons: Vec<Lesson>,
    /// The placed tickets, and their vectors if they were kept.
    texts: Vec<TicketText>,
    vectors: Vec<Option<SentenceVector>>,
}

/// The same, with its tickets read.
struct Read {
    last: i64,
    lessons: Vec<Lesson>,
    analyzed: Vec<AnalyzedTicket>,
}

/// The decisions after one, except those that are known. None if there is nothing to come after.
async fn fetch(app: &App, wanted: &Wanted, after: Option<i64>) -> Result<Option<Fetched>, Stop> {
    let Some(after) = after else { return Ok(None) };
    let mut conn = app.database.read().await?;
    let log = decision_log::since(&mut conn, after, &wanted.vectors_of).await?;
    let Some(last) = log.last().map(|decision| decision.seq) else { return Ok(None) };
    let mut fetched = Fetched { last, is_full: log.len() == decision_log::CHUNK, ..Fetched::default() };
    for decision in log.into_iter().filter(|decision| !wanted.known.contains(&decision.seq)) {
        match decision.logged {
            Logged::Placed { topic, placement, opening } => {
                fetched.add(&opening, key(topic), placement_of(placement));
            }
            Logged::Said(decided) => fetched.lessons.extend(said(&mut conn, decision.id, decided).await?),
        }
    }
    Ok(Some(fetched))
}

impl Fetched {
    fn add(&mut self, opening: &Opening, topic: TopicKey, made: Placement) {
        self.texts.push(TicketText { kind: made.kind, ..text_opened(opening) });
        self.vectors.push(opening.vector.as_deref().and_then(|bytes| SentenceVector::from_bytes(bytes).ok()));
        self.lessons.push(Lesson::Place(topic, made));
    }
}

fn placement_of(placement: GroupedPlacement) -> Placement {
    Placement {
        match_log_odds: placement.match_log_odds,
        likely: placement.likely.map(key),
        kind: Some(grouping_kind(placement.kind)),
    }
}

/// Reads the tickets of a chunk as if the tickets before it were placed.
async fn read_chunk(
    app: &App,
    wanted: &Wanted,
    mut analyzer: StreamAnalyzer,
    fetched: Option<Fetched>,
) -> Result<(StreamAnalyzer, Option<Read>), Stop> {
    let Some(Fetched { last, lessons, texts, mut vectors, .. }) = fetched else { return Ok((analyzer, None)) };
    let analyzed;
    if wanted.asks {
        let tickets;
        (analyzer, tickets) = blocking(move || {
            let tickets = analyzer.analyze_words(&texts);
            (analyzer, tickets)
        })
        .await?;
        vectors::fill(app, &tickets, &mut vectors).await?;
        let with_vector = |((analyzed, _), vector)| analyzer.analyzer().with_vector(analyzed, vector);
        analyzed = tickets.into_iter().zip(vectors).map(with_vector).collect();
    } else {
        let made: Vec<(TicketId, SentenceVector)>;
        (analyzer, analyzed, made) = blocking(move || {
            let analyzed = analyzer.analyze_with(&texts, &vectors);
            let lacked = analyzed.iter().zip(vectors).filter(|(_, kept)| kept.is_none());
            let made = lacked.filter_map(|(analyzed, _)| vectors::made_of(analyzed)).collect();
            (analyzer, analyzed, made)
        })
        .await?;
        vectors::keep(app, &made).await?;
    }
    Ok((analyzer, Some(Read { last, lessons, analyzed })))
}

/// Places the tickets of a chunk, and learns in between what people said.
async fn take_up(mut memory: OwnedMutexGuard<Grouping>, read: Option<Read>) -> Result<OwnedMutexGuard<Grouping>, Stop> {
    let Some(read) = read else { return Ok(memory) };
    blocking(move || {
        let last = read.last;
        read.teach(&mut memory.engine);
        memory.seq = last;
        memory.ahead.retain(|seq| *seq > last);
        memory
    })
    .await
}

impl Read {
    fn teach(self, engine: &mut Engine) {
        let mut analyzed = self.analyzed.iter();
        for lesson in self.lessons {
            match lesson {
                Lesson::Place(topic, made) => {
                    if let Some(analyzed) = analyzed.next() {
                        engine.place_as_before(analyzed, topic, &made);
                    }
                }
                Lesson::Said(key, correction, shown) => engine.learn(&key, &correction, &shown),
            }
        }
    }
}

/// Runs work on a thread that serves no requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
    spawn_blocking(work).await.map_err(|_| Stop::later("the grouping broke off; it starts anew"))
}

/// What a person said, with what they had been shown.
async fn said(conn: &mut Conn, id: DecisionId, decided: Decided) -> Result<Option<Lesson>, Stop> {
    let keys = |tickets: Vec<TicketId>| tickets.into_iter().map(ticket_key).collect();
    let (correction, shown) = match decided {
        Decided::Moved { ticket, from: Some(from), to } if from != to => {
            let moved = Correction::Move { ticket: ticket_key(ticket), from: key(from), to: key(to) };
            (moved, shown(conn, ticket).await?)
        }
        Decided::Moved { ticket, to, .. } => {
            (Correction::Same { ticket: ticket_key(ticket), topic: key(to) }, shown(conn, ticket).await?)
        }
        // Agents tie what they come across, so it teaches no more than a move.
        Decided::Tied { ticket, from, to, .. } => {
            let moved = Correction::Move { ticket: ticket_key(ticket), from: key(from), to: key(to) };
            (moved, shown(conn, ticket).await?)
        }
        Decided::NotSame { ticket, topic } => {
            (Correction::NotSame { ticket: ticket_key(ticket), topic: key(topic) }, shown(conn, ticket).await?)
        }
        Decided::Merged { from, into, tickets, .. } => {
            (Correction::Merge { from: key(from), into: key(into) }, asked_of(conn, from, &tickets).await?)
        }
        Decided::Split { from, to, tickets, stay } => {
            let mut left = Vec::new();
            for ticket in tickets.iter().take(SPLIT_TEACHES) {
                left.extend(shown(conn, *ticket).await?);
            }
            (Correction::Split { tickets: keys(tickets), from: key(from), to: key(to), stay: keys(stay) }, left)
        }
        Decided::Undone { decision, .. } => (Correction::Undo { correction: decision.to_string() }, Vec::new()),
        Decided::KindSet { .. } | Decided::Titled { .. } | Decided::Grouped(_) => return Ok(None),
    };
    Ok(Some(Lesson::Said(id.to_string(), correction, shown)))
}

/// What was shown about the ticket that had opened a topic which is now merged: the merge answers its question.
async fn asked_of(conn: &mut Conn, from: TopicId, tickets: &[TicketId]) -> Stored<Vec<TicketDecision>> {
    let Some(first) = tickets.first() else { return Ok(Vec::new()) };
    let opened = decisions::of_machine(conn, *first).await?.filter(|grouped| grouped.topic == from);
    Ok(opened.iter().filter_map(as_found).collect())
}

async fn shown(conn: &mut Conn, ticket: TicketId) -> Stored<Vec<TicketDecision>> {
    Ok(decisions::of_machine(conn, ticket).await?.iter().filter_map(as_found).collect())
}

/// What the grouping found, if this version can read it.
fn as_found(grouped: &Grouped) -> Option<TicketDecision> {
    serde_json::from_str(grouped.reasons.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::clock::Time,
        model::decision::GroupingReasons,
        settings::{GroupingSettings, Model},
    };

    const HOUR_US: i64 = 3_600_000_000;
    /// Four chunks: the three that are in hand at a time, and one more.
    const CHUNK: usize = 64;

    fn engine() -> Engine {
        let settings = GroupingSettings { model: Model::None, precision: 0.95 };
        Grouping::new(&settings).expect("words need no model").engine
    }

    /// One of many tickets, each written into the contact form of a shop.
    fn ticket(number: i64) -> TicketText {
        let thing =
            ["basket", "voucher", "parcel", "newsletter", "receipt"][usize::try_from(number % 5).expect("small")];
        let words = format!("My {thing} is gone since {number} hours and nobody could help me with it");
        let form = "Please describe your issue below in some words:\nSubmitted by the contact form of Acme";
        let mut text = TicketText::new(number.to_string(), thing, &format!("{form}\n{words}"));
        text.created_at_us = (1 + number) * HOUR_US;
        text
    }

    #[test]
    fn a_restart_reads_every_ticket_as_it_was_read_before() {
        let (mut live, mut restarted) = (engine(), engine());
        let vector = |number: i64| (number % 2 == 0).then(|| SentenceVector::quantise(&[0.6, 0.8]));
        let mut stored = Vec::new();
        for number in 0..256 {
            let mut text = ticket(number);
            let analyzed = live.analyzer().analyze(&text).with_vector(vector(number));
            let decision = live.decide_analyzed(&analyzed);
            let topic = TopicKey::from(number.to_string());
            live.place_analyzed(&analyzed, topic.clone(), Some(&decision));
            text.kind = decision.placement().kind;
            stored.push((text, vector(number), Lesson::Place(topic, decision.placement())));
        }
        let mut analyzer = restarted.stream_analyzer(2);
        let mut stored = stored.into_iter().peekable();
        while stored.peek().is_some() {
            let mut fetched = Fetched::default();
            for (text, vector, lesson) in stored.by_ref().take(CHUNK) {
                fetched.texts.push(text);
                fetched.vectors.push(vector);
                fetched.lessons.push(lesson);
            }
            let analyzed = analyzer.analyze_with(&fetched.texts, &fetched.vectors);
            Read { last: 0, lessons: fetched.lessons, analyzed }.teach(&mut restarted);
        }
        let next = ticket(256);
        assert_eq!(restarted.decide(&next), live.decide(&next));
        let terms: Vec<String> = live.decide(&next).words.into_iter().map(|word| word.term).collect();
        assert!(!terms.is_empty() && terms.iter().all(|term| !term.starts_with("submit")), "{terms:?}");
    }

    #[test]
    fn what_people_are_shown_is_read_from_what_the_grouping_stores() {
        let mut engine = engine();
        let text = |words: &str| {
            let id = TicketId::generate(Time::from_seconds(1_000)).to_string();
            TicketText::new(id, "Export TS-EXP-7 fails", words)
        };
        let first = text("The export fails with TS-EXP-7 since today");
        engine.place(&first, TopicId::generate(Time::from_seconds(1_000)).to_string());
        let decision = engine.decide(&text("With TS-EXP-7 the export fails here, too"));
        let stored = serde_json::value::to_raw_value(&decision).expect("JSON");
        let shown = GroupingReasons::read(&stored);
        assert!(!shown.candidates.is_empty() && !shown.reasons.is_empty() && !shown.words.is_empty(), "{decision:?}");
        let of = |found: &TicketDecision| {
            [found.candidates.len(), found.reasons.len(), found.words.len(), found.codes.len()]
        };
        let lengths = [shown.candidates.len(), shown.reasons.len(), shown.words.len(), shown.codes.len()];
        assert_eq!(lengths, of(&decision));
    }
}
