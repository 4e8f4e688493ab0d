//! The analysis itself: reads ahead in parallel, then decides, places and learns one ticket after the other.
//!
//! The decisions are those of production, where questions stay open. The printed topic is the one that results if every
//! question is answered with what is more likely.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use serde::Serialize;

use super::answers::{Answers, RevealedAnswer};
use super::records::{ExportRecord, ExportRecords};
use crate::flow::embeddings::Embeddings;
use grouping::{
    AnalyzedTicket, Correction, Engine, MachineVerdict, MatchedTerm, PartialScan, StreamAnalyzer, TicketDecision,
    TicketKey, TicketKind, TicketText, TopicKey,
};

/// How many tickets are read at a time, and how many such blocks may wait for their decision.
const BLOCK_TICKETS: usize = 64;
const BLOCKS_AHEAD: usize = 4;

/// A line of the file after it was processed.
pub(super) struct ProcessedLine {
    /// How much text was read up to its end.
    pub(super) read_bytes: u64,
    /// Its number, if its cells do not fit the heading.
    pub(super) misfit: Option<u64>,
    pub(super) outcome: LineOutcome,
}

/// The result for a line.
pub(super) enum LineOutcome {
    /// A ticket was decided and placed.
    Decided(Box<DecidedTicket>),
    /// The line was no ticket.
    Skipped { line: u64, why: String },
}

/// What is printed for a ticket.
#[derive(Debug, Serialize)]
pub(super) struct DecidedTicket {
    pub(super) id: TicketKey,
    pub(super) topic: TopicKey,
    pub(super) decision: MachineVerdict,
    pub(super) score: f64,
    pub(super) candidates: Vec<RankedCandidate>,
    pub(super) kind: TicketKind,
    #[serde(skip)]
    pub(super) text: TicketText,
    /// The people and companies that its line names.
    #[serde(skip)]
    pub(super) people: Vec<String>,
    /// The words it shares with the best candidate's ticket.
    #[serde(skip)]
    pub(super) words: Vec<MatchedTerm>,
    /// The topic of the best candidate, if every open question is answered with what is more likely.
    #[serde(skip)]
    pub(super) asked_about: Option<TopicKey>,
}

/// A candidate as it is printed.
#[derive(Debug, Serialize)]
pub(super) struct RankedCandidate {
    pub(super) topic: TopicKey,
    pub(super) ticket: TicketKey,
    pub(super) score: f64,
}

/// Lines that were read ahead, or why no more can be read.
type ReadBlock = anyhow::Result<Vec<(ExportRecord, Option<AnalyzedTicket>)>>;

/// A running analysis.
pub(super) struct Run {
    engine: Engine,
    /// The source of vectors, if it is not the engine's own model.
    endpoint: Option<Arc<Embeddings>>,
    answers: Answers,
    threads: usize,
    stop: Arc<AtomicBool>,
    seen: HashSet<TicketKey>,
    stopped: bool,
}

/// The next lines, with the analyzed text of those that are tickets.
fn analyze_block(
    records: &mut ExportRecords,
    analyzer: &mut StreamAnalyzer,
    endpoint: Option<&Embeddings>,
) -> ReadBlock {
    let lines: Vec<ExportRecord> = records.by_ref().take(BLOCK_TICKETS).collect();
    let texts: Vec<TicketText> = lines.iter().filter_map(|record| record.ticket.as_ref().ok().cloned()).collect();
    let mut analyzed = match endpoint {
        Some(endpoint) => analyze_by(endpoint, analyzer, &texts)?,
        None => analyzer.analyze_all(&texts),
    }
    .into_iter();
    let analyzed_of = |record: &ExportRecord| record.ticket.as_ref().ok().and_then(|_| analyzed.next());
    let analyzed: Vec<Option<AnalyzedTicket>> = lines.iter().map(analyzed_of).collect();
    Ok(lines.into_iter().zip(analyzed).collect())
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

    /// Whether it was stopped before the end of the file.
    pub(super) fn was_stopped(&self) -> bool {
        self.stopped
    }

    /// Decides every ticket of the file and passes on the result of each line, in file order.
    pub(super) fn over(
        &mut self,
        records: ExportRecords,
        mut each: impl FnMut(ProcessedLine) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let (sender, blocks) = sync_channel::<ReadBlock>(BLOCKS_AHEAD);
        let (mut analyzer, endpoint) = (self.engine.stream_analyzer(self.threads), self.endpoint.clone());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut records = records;
                loop {
                    let block = analyze_block(&mut records, &mut analyzer, endpoint.as_deref());
                    let ended = block.as_ref().map_or(true, Vec::is_empty);
                    // An error that ended the reading is reported; the end of the file is not.
                    let told = block.is_err() || !ended;
                    if (told && sender.send(block).is_err()) || ended {
                        return;
                    }
                }
            });
            for block in blocks {
                let block = block?;
                let analyzed: Vec<&AnalyzedTicket> =
                    block.iter().filter_map(|(_, analyzed)| analyzed.as_ref()).collect();
                let mut scans = self.engine.start_scans(&analyzed).into_iter();
                for (record, analyzed) in block {
                    if self.stop.load(Ordering::Relaxed) {
                        self.stopped = true;
                        return Ok(());
                    }
                    let analyzed = analyzed.map(|analyzed| (analyzed, scans.next().flatten()));
                    each(self.done(record, analyzed))?;
                }
            }
            Ok(())
        })
    }

    fn done(&mut self, record: ExportRecord, analyzed: Option<(AnalyzedTicket, Option<PartialScan>)>) -> ProcessedLine {
        let ExportRecord { line, read_bytes, ticket, people, fits } = record;
        let outcome = match (ticket, analyzed) {
            (Ok(text), Some((analyzed, partial))) if self.seen.insert(text.id.clone()) => {
                LineOutcome::Decided(Box::new(DecidedTicket { people, ..self.decide(text, &analyzed, partial) }))
            }
            (Ok(text), _) => {
                LineOutcome::Skipped { line, why: format!("a ticket with the id {} came before", text.id) }
            }
            (Err(why), _) => LineOutcome::Skipped { line, why },
        };
        ProcessedLine { read_bytes, misfit: (!fits).then_some(line), outcome }
    }

    fn decide(&mut self, text: TicketText, analyzed: &AnalyzedTicket, partial: Option<PartialScan>) -> DecidedTicket {
        let decision = self.engine.decide_scanned(analyzed, partial);
        let own = TopicKey::from(text.id.as_str());
        let placed = match (&decision.topic, decision.verdict) {
            (Some(topic), MachineVerdict::Join) => topic.clone(),
            _ => own.clone(),
        };
        let asked_about = decision.topic.as_ref().and_then(|topic| self.engine.cluster_of(topic)).cloned();
        self.engine.place_analyzed(analyzed, placed.clone(), Some(&decision));
        let placed = self.reveal(&decision, &own).unwrap_or(placed);
        let topic = self.engine.cluster_of(&placed).cloned().unwrap_or(placed);
        DecidedTicket {
            topic,
            decision: decision.verdict,
            score: decision.score,
            kind: decision.kind,
            candidates: decision
                .candidates
                .into_iter()
                .map(|c| RankedCandidate { topic: c.topic, ticket: c.ticket, score: c.score })
                .collect(),
            id: text.id.clone(),
            text,
            people: Vec::new(),
            words: decision.words,
            asked_about,
        }
    }

    /// Applies the person's answer about the ticket, if there is one, and returns the topic it is in then.
    fn reveal(&mut self, decision: &TicketDecision, own: &TopicKey) -> Option<TopicKey> {
        let ticket = &decision.ticket;
        let topic = match self.answers.about(ticket)? {
            RevealedAnswer::SameAs(same_as) => self.engine.topic_of(same_as)?.clone(),
            RevealedAnswer::Alone => own.clone(),
        };
        let said = Correction::Same { ticket: ticket.clone(), topic };
        self.engine.learn(ticket.as_str(), &said, Some(decision));
        self.engine.topic_of(ticket).cloned()
    }
}

/// Reads tickets with vectors from an endpoint. It waits and asks again as long as that may help.
fn analyze_by(
    endpoint: &Embeddings,
    analyzer: &mut StreamAnalyzer,
    texts: &[TicketText],
) -> anyhow::Result<Vec<AnalyzedTicket>> {
    let (analyzed, sentences): (Vec<AnalyzedTicket>, Vec<String>) = analyzer.analyze_words(texts).into_iter().unzip();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let vectors = runtime.block_on(endpoint.patiently(&sentences))?;
    Ok(analyzed
        .into_iter()
        .zip(vectors)
        .map(|(analyzed, vector)| analyzer.analyzer().with_vector(analyzed, vector))
        .collect())
}
