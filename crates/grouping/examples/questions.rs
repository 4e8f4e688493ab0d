//! How much people are asked, and how right the machine is by itself:
//! `cargo run --release -p grouping --example questions -- [--words] [--replay] [--halves N] [--from N]
//! FILE...`.
//!
//! Each FILE has one JSON object per line in arrival order, with `id, created_at, subject, body` and `group`, the true topic. It is
//! played as a stream in twenty blocks: whatever was asked in a block is answered before the next begins, by somebody who knows the
//! truth and is offered five topics. Prints questions per 100 tickets, the share of tickets that join by themselves and how many of
//! those are right, and how much of the twenty largest topics stands in one topic each, likely members included; the last once more
//! for the same stream without any answer. `--halves N` plays N halves of the topics instead of the whole, drawn by lot, and prints
//! them together, beginning with the one numbered `--from N`.
//!
//! With `--replay`, a block is reached by playing all before it once more from the first ticket, with each answer that was given so
//! far right after its ticket. That is what `heard analyze --answers` does. Joins are then those of the last time.

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;

use anyhow::Context as _;
use grouping::{
    AnalyzedTicket, CHOICES, Correction, Engine, EngineOptions, MachineVerdict, SentenceModel, TicketDecision,
    TicketKey, TicketText, TopicKey,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Plays a stream, answered or not.
type Player = fn(&Stream, &SentenceModel, bool, &mut Played) -> anyhow::Result<()>;

const BLOCKS: usize = 20;
const LARGEST: usize = 20;

/// Tickets with their true topics.
struct Stream {
    tickets: Vec<(TicketKey, AnalyzedTicket)>,
    truth: HashMap<TicketKey, String>,
}

/// What happened in a stream, or in several.
#[derive(Default)]
struct Played {
    tickets: usize,
    asked: usize,
    joined: usize,
    right: usize,
    /// How many tickets the largest topics have, and how many of them stand in one topic each.
    of_the_largest: usize,
    together: usize,
}

fn main() -> anyhow::Result<()> {
    let (mut model, mut files) = (SentenceModel::Builtin, Vec::new());
    let (mut halves, mut from, mut play): (usize, usize, Player) = (0, 0, play_on);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--words" => model = SentenceModel::None,
            "--replay" => play = play_anew,
            "--from" => from = arguments.next().context("--from takes a number")?.parse()?,
            "--halves" => halves = arguments.next().context("--halves takes a number")?.parse()?,
            _ => files.push(argument),
        }
    }
    let mut out = std::io::stdout();
    for file in &files {
        let whole = read(file, &model)?;
        let (mut answered, mut unanswered) = (Played::default(), Played::default());
        if halves == 0 {
            play(&whole, &model, true, &mut answered)?;
            play(&whole, &model, false, &mut unanswered)?;
        }
        for number in from..from + halves {
            let half = whole.half(number);
            play(&half, &model, true, &mut answered)?;
            play(&half, &model, false, &mut unanswered)?;
        }
        let Played { tickets, asked, joined, right, of_the_largest, together } = answered;
        writeln!(
            out,
            "{file}: {tickets} tickets, {:.1} questions per 100, {:.3} join, {:.3} of them right; of the largest topics {:.3} stand \
             together, without answers {:.3}",
            100.0 * share(asked, tickets),
            share(joined, tickets),
            share(right, joined),
            share(together, of_the_largest),
            share(unanswered.together, unanswered.of_the_largest),
        )?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "some thousand tickets")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn read(file: &str, model: &SentenceModel) -> anyhow::Result<Stream> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let lines: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let word = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let ticket = |line: &Value| {
        let at = word(line, "created_at").parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_microsecond);
        let text = TicketText::new(word(line, "id").as_str(), &word(line, "subject"), &word(line, "body"));
        TicketText { created_at_us: at, ..text }
    };
    let texts: Vec<TicketText> = lines.iter().map(ticket).collect();
    let truth = texts.iter().zip(&lines).map(|(text, line)| (text.id.clone(), word(line, "group"))).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let analyzed = engine(model)?.stream_analyzer(threads).analyze_all(&texts);
    Ok(Stream { tickets: texts.into_iter().map(|text| text.id).zip(analyzed).collect(), truth })
}

fn engine(model: &SentenceModel) -> anyhow::Result<Engine> {
    Ok(Engine::new(EngineOptions { model: model.clone(), ..EngineOptions::default() })?)
}

impl Stream {
    /// Every second topic, drawn by lot; of two halves in a row, the second has the others.
    fn half(&self, number: usize) -> Self {
        let is_in = |id: &TicketKey| {
            let lot = Sha256::digest(format!("{}:{}", number / 2, self.truth[id]));
            usize::from(lot[0]) % 2 == number % 2
        };
        let tickets = self.tickets.iter().filter(|(id, _)| is_in(id)).cloned().collect();
        Self { tickets, truth: self.truth.clone() }
    }

    fn is_same(&self, one: &TicketKey, other: &TicketKey) -> bool {
        self.truth[one] == self.truth[other]
    }

    /// What a person says who knows the truth: the ticket of the right topic, if it is among those offered.
    fn answer(&self, asked: &TicketDecision) -> Option<TicketKey> {
        let mut offered = asked.candidates.iter().take(CHOICES).map(|one| &one.ticket);
        offered.find(|one| self.is_same(one, &asked.ticket)).cloned()
    }

    /// The tickets of a block, by their places, as they were counted through `heard analyze`.
    fn block(&self, number: usize) -> std::ops::Range<usize> {
        self.tickets.len() * number / BLOCKS..self.tickets.len() * (number + 1) / BLOCKS
    }
}

/// Decides and places a ticket. Whether the best candidate was right is counted if it joined.
fn place(stream: &Stream, engine: &mut Engine, ticket: &AnalyzedTicket, played: &mut Played) -> TicketDecision {
    let decision = engine.decide_analyzed(ticket);
    let mut topic = TopicKey::from(decision.ticket.as_str());
    if let (MachineVerdict::Join, Some(into)) = (decision.verdict, &decision.topic) {
        topic = into.clone();
        played.joined += 1;
        played.right += usize::from(stream.is_same(&decision.candidates[0].ticket, &decision.ticket));
    }
    engine.place_analyzed(ticket, topic, Some(&decision));
    decision
}

fn learn(engine: &mut Engine, asked: &TicketDecision, same_as: Option<&TicketKey>) {
    let own = TopicKey::from(asked.ticket.as_str());
    let topic = same_as.and_then(|same_as| engine.topic_of(same_as).cloned()).unwrap_or(own);
    let said = Correction::Same { ticket: asked.ticket.clone(), topic };
    engine.learn(asked.ticket.as_str(), &said, Some(asked));
}

/// Each block goes on from the one before.
fn play_on(stream: &Stream, model: &SentenceModel, answering: bool, played: &mut Played) -> anyhow::Result<()> {
    let mut engine = engine(model)?;
    for block in stream.tickets.chunks(stream.tickets.len().div_ceil(BLOCKS).max(1)) {
        let mut open: Vec<TicketDecision> = Vec::new();
        for (_, ticket) in block {
            let decision = place(stream, &mut engine, ticket, played);
            if decision.verdict == MachineVerdict::Ask {
                open.push(decision);
            }
        }
        played.asked += open.len();
        for asked in open.into_iter().filter(|_| answering) {
            learn(&mut engine, &asked, stream.answer(&asked).as_ref());
        }
    }
    played.count(stream, &engine);
    Ok(())
}

/// Each block is reached from the first ticket on, with the answers so far.
fn play_anew(stream: &Stream, model: &SentenceModel, answering: bool, played: &mut Played) -> anyhow::Result<()> {
    if !answering {
        return play_on(stream, model, answering, played);
    }
    let mut answers: HashMap<TicketKey, Option<TicketKey>> = HashMap::new();
    for number in 0..BLOCKS {
        let mut engine = engine(model)?;
        let (block, mut now) = (stream.block(number), Played::default());
        for (at, (id, ticket)) in stream.tickets[..block.end].iter().enumerate() {
            let decision = place(stream, &mut engine, ticket, &mut now);
            if let Some(same_as) = answers.get(id) {
                learn(&mut engine, &decision, same_as.as_ref());
            } else if at >= block.start && decision.verdict == MachineVerdict::Ask {
                played.asked += 1;
                answers.insert(id.clone(), stream.answer(&decision));
            }
        }
        if number + 1 == BLOCKS {
            played.joined += now.joined;
            played.right += now.right;
            played.count(stream, &engine);
        }
    }
    Ok(())
}

impl Played {
    /// Counts the tickets of a stream that was played, and how they stand together.
    fn count(&mut self, stream: &Stream, engine: &Engine) {
        self.tickets += stream.tickets.len();
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        let mut found: BTreeMap<(&str, TopicKey), usize> = BTreeMap::new();
        for (id, _) in &stream.tickets {
            let truth = stream.truth[id].as_str();
            *sizes.entry(truth).or_default() += 1;
            if let Some(topic) = engine.topic_of(id) {
                let shown = engine.cluster_of(topic).unwrap_or(topic).clone();
                *found.entry((truth, shown)).or_default() += 1;
            }
        }
        let mut largest: Vec<(&str, usize)> = sizes.into_iter().collect();
        largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        for (truth, size) in largest.into_iter().take(LARGEST) {
            self.of_the_largest += size;
            let most = found.iter().filter(|((of, _), _)| *of == truth).map(|(_, count)| *count).max();
            self.together += most.unwrap_or(0);
        }
    }
}
