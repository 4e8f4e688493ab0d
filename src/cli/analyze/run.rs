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
use super::records::{Records, Skipped};
use crate::flow::embeddings::Embeddings;
use crate::grouping::{Correction, Decision, Engine, Kind, ReadAhead, Reading, Text, TicketKey, TopicKey, Verdict};

/// So many tickets are read at once; so many such blocks wait to be decided.
const BLOCK_TICKETS: usize = 64;
const BLOCKS_AHEAD: usize = 4;

/// One line of the file, done with.
pub(super) enum Outcome {
    /// A ticket was decided and placed.
    Decided(Box<Decided>),
    /// A line was no ticket.
    Skipped(Skipped),
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
}

/// One of a ticket's candidates as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct Ranked {
    pub(super) topic: TopicKey,
    pub(super) ticket: TicketKey,
    pub(super) score: f64,
}

/// Tickets read ahead, or why none can be read any more.
type Block = anyhow::Result<Vec<Result<(Text, Reading), Skipped>>>;

/// An analysis under way.
pub(super) struct Run {
    engine: Engine,
    /// Where vectors come from, if not from the engine's own model.
    endpoint: Option<Arc<Embeddings>>,
    answers: Answers,
    threads: usize,
    stop: Arc<AtomicBool>,
    seen: HashSet<TicketKey>,
}

impl Run {
    pub(super) fn new(
        engine: Engine,
        endpoint: Option<Embeddings>,
        answers: Answers,
        threads: usize,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self { engine, endpoint: endpoint.map(Arc::new), answers, threads, stop, seen: HashSet::new() }
    }

    /// How many tickets were decided.
    pub(super) fn decided_count(&self) -> usize {
        self.seen.len()
    }

    /// Decides every ticket of the file and hands each line's outcome on, in file order.
    pub(super) fn over(
        &mut self,
        records: Records,
        mut each: impl FnMut(Outcome) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (sender, blocks) = sync_channel::<Block>(BLOCKS_AHEAD);
        let (mut reader, threads, endpoint) = (self.engine.read_ahead(), self.threads, self.endpoint.clone());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut records = records;
                loop {
                    let lines: Vec<Result<Text, Skipped>> = records.by_ref().take(BLOCK_TICKETS).collect();
                    let texts: Vec<Text> = lines.iter().filter_map(|line| line.as_ref().ok().cloned()).collect();
                    let ended = lines.is_empty();
                    let read = match &endpoint {
                        Some(endpoint) => read_by(endpoint, &mut reader, &texts),
                        None => Ok(reader.read_all(&texts, threads)),
                    };
                    let mut readings = match read {
                        Ok(readings) => readings.into_iter(),
                        // Nobody waits for it any more where this fails.
                        Err(failed) => return drop(sender.send(Err(failed))),
                    };
                    let block = lines
                        .into_iter()
                        .filter_map(|line| match line {
                            Ok(text) => readings.next().map(|reading| Ok((text, reading))),
                            Err(skipped) => Some(Err(skipped)),
                        })
                        .collect();
                    if ended || sender.send(Ok(block)).is_err() {
                        return;
                    }
                }
            });
            for block in blocks {
                for line in block? {
                    if self.stop.load(Ordering::Relaxed) {
                        return Ok(());
                    }
                    match line {
                        Ok((text, reading)) if self.seen.insert(text.id.clone()) => {
                            each(Outcome::Decided(Box::new(self.decide(text, &reading))))?;
                        }
                        Ok((text, _)) => {
                            let why = format!("a ticket {} came before", text.id);
                            each(Outcome::Skipped(Skipped { line: 0, why }))?;
                        }
                        Err(skipped) => each(Outcome::Skipped(skipped))?,
                    }
                }
            }
            Ok(())
        })
    }

    fn decide(&mut self, text: Text, reading: &Reading) -> Decided {
        let decision = self.engine.decide_reading(reading);
        let own = TopicKey::from(text.id.as_str());
        let placed = match (&decision.topic, decision.verdict) {
            (Some(topic), Verdict::Join) => topic.clone(),
            _ => own.clone(),
        };
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
