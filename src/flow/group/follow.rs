//! How the grouping takes up what was decided: at a start everything there is, later what other replicas and people decided.
//!
//! Three things are done at a time: decisions are fetched, the tickets of those before them are read, and those before
//! these are placed. Only placing has to wait for all that came before; what is in hand is three chunks, however many
//! there are. Invariant: a ticket is read and placed as by the process that decided about it.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;
use tokio::{sync::OwnedMutexGuard, task::spawn_blocking};

use super::{
    keys::{key, text_opened, ticket_key},
    memory::Grouping,
};
use crate::{
    flow::{
        app::App,
        error::{Error, Stop},
        vectors,
    },
    model::{
        decision::{Maker, Verdict},
        id::{TicketId, TopicId},
    },
    store::{
        Conn, Result as Stored,
        decision_log::{self, LoggedDecision},
        decisions,
        tickets::Opening,
    },
};
use grouping::{
    Correction, Decision, Engine, Gist, Kind, ReadAhead, Reader, Reading, Text, TicketKey, TopicKey, Vector,
};

/// Takes up what was decided since the last look, in its order.
pub async fn follow(app: &App, mut memory: OwnedMutexGuard<Grouping>) -> Result<OwnedMutexGuard<Grouping>, Stop> {
    let wanted = Wanted { known: memory.ahead.clone(), vectors_of: memory.vectors_of.clone(), asks: memory.asks };
    let mut fetched = fetch(app, &wanted, Some(memory.seq)).await?;
    if fetched.is_none() {
        return Ok(memory);
    }
    let mut reader = memory.engine.read_ahead(memory.threads);
    let mut read = None;
    while fetched.is_some() || read.is_some() {
        let next = fetched.as_ref().filter(|chunk| chunk.is_full).map(|chunk| chunk.last);
        (fetched, (reader, read), memory) = tokio::try_join!(
            fetch(app, &wanted, next),
            read_chunk(app, &wanted, reader, fetched),
            take_up(memory, read)
        )?;
    }
    Ok(memory)
}

/// A reader that knows what the grouping has learned by now, where it wants vectors from the endpoint.
pub async fn reader_for_endpoint(app: &App) -> Result<Option<Reader>, Stop> {
    let memory = Arc::clone(&app.grouping).lock_owned().await;
    if !memory.asks {
        return Ok(None);
    }
    Ok(Some(follow(app, memory).await?.engine.reader()))
}

/// A ticket's vector from the endpoint, where one is set. It is asked before anything is locked, for what a sentence model
/// would read of the ticket now.
pub async fn given(app: &App, text: &Text) -> Result<Option<Vector>, Stop> {
    let Some(embeddings) = &app.embeddings else { return Ok(None) };
    let Some(reader) = reader_for_endpoint(app).await? else { return Ok(None) };
    let (_, sentence) = reader.draft(text);
    Ok(embeddings.vector(sentence).await?)
}

/// What stops a look, for a person who waits for it.
pub(super) fn refused(stop: Stop) -> Error {
    match stop {
        Stop::Store(error) => Error::Store(error),
        Stop::Later { sentence, .. } => Error::Refused(format!("The grouping cannot say now: {sentence}.")),
        _ => Error::Refused("The grouping is busy; try again.".to_owned()),
    }
}

/// What a grouping takes up.
struct Wanted {
    /// Decisions that it knows.
    known: BTreeSet<i64>,
    vectors_of: String,
    asks: bool,
}

/// What the engine takes from one decision.
enum Lesson {
    /// The next ticket stands in this topic.
    Place(TopicKey, Gist),
    Said(String, Correction, Option<Box<Decision>>),
}

/// Decisions that follow each other, up to one.
#[derive(Default)]
struct Fetched {
    last: i64,
    /// Whether there may be more after them.
    is_full: bool,
    lessons: Vec<Lesson>,
    /// The tickets that are placed, and their vectors where they were kept.
    texts: Vec<Text>,
    vectors: Vec<Option<Vector>>,
}

/// The same with its tickets read.
struct Read {
    last: i64,
    lessons: Vec<Lesson>,
    readings: Vec<Reading>,
}

/// The decisions after one, but for those that are known; none after nothing.
async fn fetch(app: &App, wanted: &Wanted, after: Option<i64>) -> Result<Option<Fetched>, Stop> {
    let Some(after) = after else { return Ok(None) };
    let mut conn = app.database.read().await?;
    let news = decision_log::since(&mut conn, after, &wanted.vectors_of).await?;
    let Some(last) = news.last().map(|news| news.seq) else { return Ok(None) };
    let mut fetched = Fetched { last, is_full: news.len() == decision_log::CHUNK, ..Fetched::default() };
    for news in news.into_iter().filter(|news| !wanted.known.contains(&news.seq)) {
        match (news.verdict, news.topic, &news.opening) {
            (Verdict::Join | Verdict::Ask | Verdict::New, Some(topic), Some(opening)) => {
                fetched.add(opening, key(topic), gist_of(&news));
            }
            _ => fetched.lessons.extend(said(&mut conn, &news).await?),
        }
    }
    Ok(Some(fetched))
}

impl Fetched {
    fn add(&mut self, opening: &Opening, topic: TopicKey, made: Gist) {
        self.texts.push(Text { kind: made.kind, ..text_opened(opening) });
        self.vectors.push(opening.vector.as_deref().and_then(|bytes| Vector::from_bytes(bytes).ok()));
        self.lessons.push(Lesson::Place(topic, made));
    }
}

/// What was kept of a decision beside its reasons; an earlier version kept nothing, and there the reasons tell.
fn gist_of(news: &LoggedDecision) -> Gist {
    match news.gist {
        Some(gist) => {
            Gist { belief: Some(gist.belief), likely: gist.likely.map(key), kind: Kind::from_word(gist.kind.as_str()) }
        }
        None => serde_json::from_str(news.detail.get()).map(|made: Decision| made.gist()).unwrap_or_default(),
    }
}

/// Reads the tickets of a chunk as if those before it had been placed.
async fn read_chunk(
    app: &App,
    wanted: &Wanted,
    mut reader: ReadAhead,
    fetched: Option<Fetched>,
) -> Result<(ReadAhead, Option<Read>), Stop> {
    let Some(Fetched { last, lessons, texts, mut vectors, .. }) = fetched else { return Ok((reader, None)) };
    let readings;
    if wanted.asks {
        let drafts;
        (reader, drafts) = blocking(move || {
            let drafts = reader.drafts(&texts);
            (reader, drafts)
        })
        .await?;
        vectors::fill(app, &drafts, &mut vectors).await?;
        let with_vector = |((reading, _), vector)| reader.reader().with_vector(reading, vector);
        readings = drafts.into_iter().zip(vectors).map(with_vector).collect();
    } else {
        let made: Vec<(TicketId, Vector)>;
        (reader, readings, made) = blocking(move || {
            let readings = reader.read_with(&texts, &vectors);
            let lacked = readings.iter().zip(vectors).filter(|(_, kept)| kept.is_none());
            let made = lacked.filter_map(|(reading, _)| vectors::made_of(reading)).collect();
            (reader, readings, made)
        })
        .await?;
        vectors::keep(app, &made).await?;
    }
    Ok((reader, Some(Read { last, lessons, readings })))
}

/// Places the tickets of a chunk and learns what people said between them.
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
        let mut readings = self.readings.iter();
        for lesson in self.lessons {
            match lesson {
                Lesson::Place(topic, made) => {
                    if let Some(reading) = readings.next() {
                        engine.place_again(reading, topic, &made);
                    }
                }
                Lesson::Said(key, correction, shown) => engine.learn(&key, &correction, shown.as_deref()),
            }
        }
    }
}

/// Works away from the threads that serve requests.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
    spawn_blocking(work).await.map_err(|_| Stop::later("the grouping broke off; it starts anew"))
}

/// What a person said, with what they had been shown.
async fn said(conn: &mut Conn, news: &LoggedDecision) -> Result<Option<Lesson>, Stop> {
    let detail: Value = serde_json::from_str(news.detail.get()).unwrap_or_default();
    let shown = match news.ticket {
        Some(ticket) if news.maker == Maker::Person => shown(conn, ticket).await?,
        _ => None,
    };
    let (correction, shown) = match (news.verdict, news.ticket, news.topic, news.other) {
        (Verdict::Move, Some(ticket), Some(to), Some(from)) if from != to => {
            (Correction::Move { ticket: ticket_key(ticket), from: key(from), to: key(to) }, shown)
        }
        (Verdict::Move, Some(ticket), Some(to), _) => {
            (Correction::Same { ticket: ticket_key(ticket), topic: key(to) }, shown)
        }
        (Verdict::NotSame, Some(ticket), Some(topic), _) => {
            (Correction::NotSame { ticket: ticket_key(ticket), topic: key(topic) }, shown)
        }
        (Verdict::Merge, _, Some(into), Some(from)) => {
            let shown = asked_of(conn, news, &detail, from).await?;
            (Correction::Merge { from: key(from), into: key(into) }, shown)
        }
        (Verdict::Split, _, Some(to), Some(from)) => {
            let list = |name: &str| -> Vec<TicketKey> {
                let rows = detail.get(name).and_then(Value::as_array);
                rows.into_iter().flatten().filter_map(Value::as_str).map(TicketKey::from).collect()
            };
            let (tickets, stay) = (list("tickets"), list("stay"));
            (Correction::Split { tickets, from: key(from), to: key(to), stay }, None)
        }
        (Verdict::Undo, ..) => match detail.get("undoes").and_then(Value::as_str) {
            Some(id) => (Correction::Undo { correction: id.to_owned() }, None),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Lesson::Said(news.id.to_string(), correction, shown)))
}

/// What was shown of the ticket that had opened a topic, which was now merged: with that its question is answered.
async fn asked_of(
    conn: &mut Conn,
    merge: &LoggedDecision,
    detail: &Value,
    from: TopicId,
) -> Stored<Option<Box<Decision>>> {
    let first = detail.get("tickets").and_then(|tickets| tickets.get(0)?.as_str()).and_then(TicketId::parse);
    let Some(first) = first.filter(|_| merge.maker == Maker::Person) else { return Ok(None) };
    let opened = decisions::of_machine(conn, first).await?.filter(|machine| machine.topic == Some(from));
    Ok(opened.and_then(|machine| serde_json::from_value(machine.detail).ok()).map(Box::new))
}

async fn shown(conn: &mut Conn, ticket: TicketId) -> Stored<Option<Box<Decision>>> {
    let machine = decisions::of_machine(conn, ticket).await?;
    Ok(machine.and_then(|machine| serde_json::from_value(machine.detail).ok()).map(Box::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{GroupingSettings, Model};

    const HOUR_US: i64 = 3_600_000_000;
    /// As many as make three chunks that are in hand at a time, and one more.
    const CHUNK: usize = 64;

    fn engine() -> Engine {
        let settings = GroupingSettings { model: Model::None, precision: 0.95 };
        Grouping::new(&settings).expect("words need no model").engine
    }

    /// A ticket of many, most of them written into the form of a shop.
    fn ticket(number: i64) -> Text {
        let thing =
            ["basket", "voucher", "parcel", "newsletter", "receipt"][usize::try_from(number % 5).expect("small")];
        let words = format!("My {thing} is gone since {number} hours and nobody could help me with it");
        let form = "Please describe your issue below in some words:\nSubmitted by the contact form of Acme";
        let mut text = Text::new(number.to_string(), thing, &format!("{form}\n{words}"));
        text.created_at_us = (1 + number) * HOUR_US;
        text
    }

    #[test]
    fn a_restart_reads_every_ticket_as_it_was_read_before() {
        let (mut live, mut restarted) = (engine(), engine());
        let vector = |number: i64| (number % 2 == 0).then(|| Vector::quantise(&[0.6, 0.8]));
        let mut stored = Vec::new();
        for number in 0..256 {
            let mut text = ticket(number);
            let reading = live.reader().read(&text).with_vector(vector(number));
            let decision = live.decide_reading(&reading);
            let topic = TopicKey::from(number.to_string());
            live.place_reading(&reading, topic.clone(), Some(&decision));
            text.kind = decision.gist().kind;
            stored.push((text, vector(number), Lesson::Place(topic, decision.gist())));
        }
        let mut reader = restarted.read_ahead(2);
        let mut stored = stored.into_iter().peekable();
        while stored.peek().is_some() {
            let mut fetched = Fetched::default();
            for (text, vector, lesson) in stored.by_ref().take(CHUNK) {
                fetched.texts.push(text);
                fetched.vectors.push(vector);
                fetched.lessons.push(lesson);
            }
            let readings = reader.read_with(&fetched.texts, &fetched.vectors);
            Read { last: 0, lessons: fetched.lessons, readings }.teach(&mut restarted);
        }
        let next = ticket(256);
        assert_eq!(restarted.decide(&next), live.decide(&next));
        let terms: Vec<String> = live.decide(&next).words.into_iter().map(|word| word.term).collect();
        assert!(!terms.is_empty() && terms.iter().all(|term| !term.starts_with("submit")), "{terms:?}");
    }
}
