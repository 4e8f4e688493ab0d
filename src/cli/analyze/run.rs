//! The run: read ahead in parallel, decide one after another, place, learn.
//!
//! Decisions are those of production, where questions stay open; the topic that is printed is the one
//! if each is answered by its likelihood.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use serde::Serialize;

use super::answers::{Answer, Answers};
use super::records::{Record, Records};
use crate::flow::embeddings::Embeddings;
use grouping::{
    Correction, Decision, Engine, Glance, Kind, Match, ReadAhead, Reading, Text, TicketKey, TopicKey, Verdict,
};

/// So many tickets are read at once; so many such blocks wait to be decided.
const BLOCK_TICKETS: usize = 64;
const BLOCKS_AHEAD: usize = 4;

/// One line of the file, done with.
pub(super) struct Done {
    /// How much of the file, as text, was read up to its end.
    pub(super) read_bytes: u64,
    pub(super) outcome: Outcome,
}

/// What became of a line.
pub(super) enum Outcome {
    /// A ticket was decided and placed.
    Decided(Box<Decided>),
    /// It was no ticket.
    Skipped { line: u64, why: String },
}

/// What is printed for a ticket.
#[derive(Debug, Serialize)]
pub(super) struct Decided {
    pub(super) id: TicketKey,
    pub(super) topic: TopicKey,
    pub(super) decision: Verdict,
    pub(super) score: f64,
    pub(super) candidates: Vec<Ranked>,
    pub(super) kind: Kind,
    #[serde(skip)]
    pub(super) text: Text,
    /// Words in common with the best candidate's ticket.
    #[serde(skip)]
    pub(super) words: Vec<Match>,
    /// The topic that the best candidate is in, if every open question is answered by its likelihood.
    #[serde(skip)]
    pub(super) asked_about: Option<TopicKey>,
}

/// One of a ticket's candidates as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Ranked {
    pub(super) topic: TopicKey,
    pub(super) ticket: TicketKey,
    pub(super) score: f64,
}

/// Lines read ahead, or why none can be read any more.
type Block = anyhow::Result<Vec<(Record, Option<Reading>)>>;

/// An analysis under way.
pub(super) struct Run {
    engine: Engine,
    /// Where vectors come from, if not from the engine's own model.
    endpoint: Option<Arc<Embeddings>>,
    answers: Answers,
    threads: usize,
    stop: Arc<AtomicBool>,
    seen: HashSet<TicketKey>,
    stopped: bool,
}

/// The next lines, with what was read of those that are tickets.
fn read_block(records: &mut Records, reader: &mut ReadAhead, endpoint: Option<&Embeddings>) -> Block {
    let lines: Vec<Record> = records.by_ref().take(BLOCK_TICKETS).collect();
    let texts: Vec<Text> = lines.iter().filter_map(|record| record.ticket.as_ref().ok().cloned()).collect();
    let mut readings = match endpoint {
        Some(endpoint) => read_by(endpoint, reader, &texts)?,
        None => reader.read_all(&texts),
    }
    .into_iter();
    let reading_of = |record: &Record| record.ticket.as_ref().ok().and_then(|_| readings.next());
    let readings: Vec<Option<Reading>> = lines.iter().map(reading_of).collect();
    Ok(lines.into_iter().zip(readings).collect())
}

impl Run {
    pub(super) fn new(
        engine: Engine,
        endpoint: Option<Embeddings>,
        answers: Answers,
        threads: usize,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let endpoint = endpoint.map(Arc::new);
        Self { engine, endpoint, answers, threads, stop, seen: HashSet::new(), stopped: false }
    }

    /// How many tickets were decided.
    pub(super) fn decided_count(&self) -> usize {
        self.seen.len()
    }

    /// Whether it was told to stop before the file ended.
    pub(super) fn was_stopped(&self) -> bool {
        self.stopped
    }

    /// Decides every ticket of the file and hands each line's outcome on, in file order.
    pub(super) fn over(
        &mut self,
        records: Records,
        mut each: impl FnMut(Done) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (sender, blocks) = sync_channel::<Block>(BLOCKS_AHEAD);
        let (mut reader, endpoint) = (self.engine.read_ahead(self.threads), self.endpoint.clone());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut records = records;
                loop {
                    let block = read_block(&mut records, &mut reader, endpoint.as_deref());
                    let ended = block.as_ref().map_or(true, Vec::is_empty);
                    // What ended the reading is told; that there is nothing left is not.
                    let told = block.is_err() || !ended;
                    if (told && sender.send(block).is_err()) || ended {
                        return;
                    }
                }
            });
            for block in blocks {
                let block = block?;
                let readings: Vec<&Reading> = block.iter().filter_map(|(_, reading)| reading.as_ref()).collect();
                let mut glances = self.engine.glance(&readings).into_iter();
                for (record, reading) in block {
                    if self.stop.load(Ordering::Relaxed) {
                        self.stopped = true;
                        return Ok(());
                    }
                    let reading = reading.map(|reading| (reading, glances.next().flatten()));
                    each(self.done(record, reading))?;
                }
            }
            Ok(())
        })
    }

    fn done(&mut self, record: Record, reading: Option<(Reading, Option<Glance>)>) -> Done {
        let Record { line, read_bytes, ticket } = record;
        let outcome = match (ticket, reading) {
            (Ok(text), Some((reading, glance))) if self.seen.insert(text.id.clone()) => {
                Outcome::Decided(Box::new(self.decide(text, &reading, glance)))
            }
            (Ok(text), _) => Outcome::Skipped { line, why: format!("a ticket with the id {} came before", text.id) },
            (Err(why), _) => Outcome::Skipped { line, why },
        };
        Done { read_bytes, outcome }
    }

    fn decide(&mut self, text: Text, reading: &Reading, glance: Option<Glance>) -> Decided {
        let decision = self.engine.decide_glanced(reading, glance);
        let own = TopicKey::from(text.id.as_str());
        let placed = match (&decision.topic, decision.verdict) {
            (Some(topic), Verdict::Join) => topic.clone(),
            _ => own.clone(),
        };
        let asked_about = decision.topic.as_ref().and_then(|topic| self.engine.family_of(topic)).cloned();
        self.engine.place_reading(reading, placed.clone(), Some(&decision));
        let placed = self.reveal(&decision, &own).unwrap_or(placed);
        let topic = self.engine.family_of(&placed).cloned().unwrap_or(placed);
        Decided {
            topic,
            decision: decision.verdict,
            score: decision.score,
            kind: decision.kind,
            candidates: decision
                .candidates
                .into_iter()
                .map(|c| Ranked { topic: c.topic, ticket: c.ticket, score: c.score })
                .collect(),
            id: text.id.clone(),
            text,
            words: decision.words,
            asked_about,
        }
    }

    /// Lets a person answer about the ticket, if there is an answer; gives where it is then.
    fn reveal(&mut self, decision: &Decision, own: &TopicKey) -> Option<TopicKey> {
        let ticket = &decision.ticket;
        let topic = match self.answers.about(ticket)? {
            Answer::SameAs(same_as) => self.engine.topic_of(same_as)?.clone(),
            Answer::Alone => own.clone(),
        };
        let said = Correction::Same { ticket: ticket.clone(), topic };
        self.engine.learn(ticket.as_str(), &said, Some(decision));
        self.engine.topic_of(ticket).cloned()
    }
}

/// Reads tickets with vectors from an endpoint; waits and asks again while that may help.
fn read_by(endpoint: &Embeddings, reader: &mut ReadAhead, texts: &[Text]) -> anyhow::Result<Vec<Reading>> {
    let (readings, sentences): (Vec<Reading>, Vec<String>) = reader.drafts(texts).into_iter().unzip();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let vectors = runtime.block_on(endpoint.patiently(&sentences))?;
    Ok(readings
        .into_iter()
        .zip(vectors)
        .map(|(reading, vector)| reader.reader().with_vector(reading, vector))
        .collect())
}
