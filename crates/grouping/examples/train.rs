//! Trains the weights that ship:
//! `cargo run --release -p grouping --features training --example train -- OUT FILE[=MODEL]...`.
//!
//! Each FILE has one JSON object per line in arrival order, with `id, created_at, subject, body` and either `group` (the
//! true topic: trains the scorer) or `kind` (a developers' issue: trains the kind model). A ticket whose kind stands in
//! `training/kinds.tsv` is a customer's, and teaches what customers say; `training/own.jsonl` has some that we wrote. The subjects of a file with bodies make a second
//! stream of brief tickets. MODEL is the folder of a network that `training/sentences.py` trained without that file,
//! because a scorer that learns from vectors of texts their network was trained on trusts vectors too much. Without MODEL
//! the built-in network embeds the file. OUT is a folder: `weights.json` belongs into `src/`, `kind.bin` into
//! `assets/model/`. docs/grouping.md says which files trained the weights in the repository.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use grouping::training::{KindExample, LabeledStream, train_kind, train_scorer};
use grouping::{AnalyzedTicket, Analyzer, SentenceModel, TicketKind, TicketText};
use serde_json::Value;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().context("usage: train OUT FILE...")?;
    let (mut streams, mut developers, mut customers, mut own) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for argument in arguments {
        let (path, model) = match argument.split_once('=') {
            Some((path, folder)) => (path, SentenceModel::Dir(folder.into())),
            None => (argument.as_str(), SentenceModel::Builtin),
        };
        let analyzer = Analyzer::new(&model).with_context(|| format!("cannot read {path} with {model:?}"))?;
        let lines: Vec<Value> = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {path}"))?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        let texts: Vec<TicketText> = lines.iter().map(text).collect();
        let tickets = analyze(&analyzer, &model, &texts);
        for ((line, text), analyzed) in lines.iter().zip(&texts).zip(&tickets) {
            let example = |kind| {
                let vector = analyzed.vector().cloned();
                KindExample { subject: text.subject.clone(), body: text.body.clone(), vector, kind }
            };
            developers.extend(line["kind"].as_str().and_then(TicketKind::from_word).map(&example));
            if let Some((id, kind)) = line["id"].as_str().and_then(|id| Some((id, kind_of_customers(id)?))) {
                let kept = if id.starts_with("own-") { &mut own } else { &mut customers };
                kept.push(example(kind));
            }
        }
        streams.push(stream(&lines, tickets));
        if texts.iter().any(|text| !text.body.is_empty()) {
            let subjects: Vec<TicketText> =
                texts.into_iter().map(|text| TicketText { body: String::new(), ..text }).collect();
            streams.push(stream(&lines, analyze(&analyzer, &model, &subjects)));
        }
    }
    streams.retain(|stream| !stream.tickets.is_empty());
    let mut report = std::io::stdout();
    if !streams.is_empty() {
        let version = format!("{} streams", streams.len());
        std::fs::write(Path::new(&out).join("weights.json"), train_scorer(&streams, &version)?)?;
        writeln!(report, "weights.json: trained on {version}")?;
    }
    if !developers.is_empty() {
        let (bytes, score, left) = train_kind(&developers, &customers, &own);
        std::fs::write(Path::new(&out).join("kind.bin"), bytes)?;
        writeln!(report, "kind.bin: {} issues, cross-validated macro F1 {score:?}", developers.len())?;
        writeln!(report, "Tickets of customers, every second one left out: {left:?}")?;
    }
    Ok(())
}

/// The kind that a reader gave to a customer's ticket.
fn kind_of_customers(id: &str) -> Option<TicketKind> {
    let mut rows = include_str!("../training/kinds.tsv").lines().filter_map(|row| row.split_once('\t'));
    rows.find(|(known, _)| *known == id).and_then(|(_, kind)| TicketKind::from_word(kind))
}

/// Analyzes tickets as with the built-in model. A network from a folder may take its place.
fn analyze(analyzer: &Analyzer, model: &SentenceModel, texts: &[TicketText]) -> Vec<AnalyzedTicket> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let tickets = analyzer.analyze_all(texts, threads);
    if *model == SentenceModel::Builtin {
        return tickets;
    }
    let as_builtin = |analyzed: AnalyzedTicket| {
        let vector = analyzed.vector().cloned();
        analyzed.with_vector(vector)
    };
    tickets.into_iter().map(as_builtin).collect()
}

/// The tickets with a known topic.
fn stream(lines: &[Value], tickets: Vec<AnalyzedTicket>) -> LabeledStream {
    let known = lines.iter().zip(tickets);
    LabeledStream { tickets: known.filter_map(|(line, r)| Some((r, line["group"].as_str()?.to_owned()))).collect() }
}

fn text(line: &Value) -> TicketText {
    let field = |name: &str| line[name].as_str().unwrap_or_default();
    let mut text = TicketText::new(field("id"), field("subject"), field("body"));
    text.created_at_us = field("created_at").parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_microsecond);
    text.area = line["area"].as_str().map(str::to_owned);
    text
}
