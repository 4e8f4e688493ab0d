//! Learns the weights that ship: `cargo run --release -p grouping --features training --example train_grouping -- OUT FILE[=MODEL]...`.
//!
//! Each FILE holds one JSON object a line in arrival order, with `id, created_at, subject, body` and
//! either `group` (the true topic: trains the judge) or `kind` (trains the kind model). The subjects of a file with bodies
//! make a second stream, of brief tickets. MODEL is the folder of a network that `crates/grouping/training/sentences.py` made without that
//! file: a judge that learns from vectors of texts which their network knows by heart trusts vectors too much; without it
//! the built-in network reads the file. OUT is a folder; `weights.json` belongs into `crates/grouping/src/`, `kind.bin` into
//! `assets/model/`. docs/grouping.md says which files made the weights in the repository.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use grouping::training::{KindExample, Stream, train_judge, train_kind};
use grouping::{Kind, Reader, Reading, SentenceModel, Text};
use serde_json::Value;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().context("usage: train_grouping OUT FILE...")?;
    let (mut streams, mut examples) = (Vec::new(), Vec::new());
    for argument in arguments {
        let (path, model) = match argument.split_once('=') {
            Some((path, folder)) => (path, SentenceModel::Dir(folder.into())),
            None => (argument.as_str(), SentenceModel::Builtin),
        };
        let reader = Reader::new(&model).with_context(|| format!("cannot read {path} with {model:?}"))?;
        let lines: Vec<Value> = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {path}"))?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        let texts: Vec<Text> = lines.iter().map(text).collect();
        let readings = read(&reader, &model, &texts);
        for ((line, text), reading) in lines.iter().zip(&texts).zip(&readings) {
            if let Some(kind) = line["kind"].as_str().and_then(Kind::from_word) {
                let vector = reading.vector().cloned();
                examples.push(KindExample { subject: text.subject.clone(), body: text.body.clone(), vector, kind });
            }
        }
        streams.push(stream(&lines, readings));
        if texts.iter().any(|text| !text.body.is_empty()) {
            let subjects: Vec<Text> = texts.into_iter().map(|text| Text { body: String::new(), ..text }).collect();
            streams.push(stream(&lines, read(&reader, &model, &subjects)));
        }
    }
    streams.retain(|stream| !stream.tickets.is_empty());
    let mut report = std::io::stdout();
    if !streams.is_empty() {
        let version = format!("{} streams", streams.len());
        std::fs::write(Path::new(&out).join("weights.json"), train_judge(&streams, &version)?)?;
        writeln!(report, "weights.json: learned from {version}")?;
    }
    if !examples.is_empty() {
        let (bytes, score) = train_kind(&examples);
        std::fs::write(Path::new(&out).join("kind.bin"), bytes)?;
        writeln!(report, "kind.bin: {} examples, cross-validated macro F1 {score:?}", examples.len())?;
    }
    Ok(())
}

/// Tickets as the built-in model would read them, whose part a network from a folder may play.
fn read(reader: &Reader, model: &SentenceModel, texts: &[Text]) -> Vec<Reading> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let readings = reader.read_all(texts, threads);
    if *model == SentenceModel::Builtin {
        return readings;
    }
    let as_builtin = |reading: Reading| {
        let vector = reading.vector().cloned();
        reading.with_vector(vector)
    };
    readings.into_iter().map(as_builtin).collect()
}

/// The tickets whose true topic is known.
fn stream(lines: &[Value], readings: Vec<Reading>) -> Stream {
    let known = lines.iter().zip(readings);
    Stream { tickets: known.filter_map(|(line, r)| Some((r, line["group"].as_str()?.to_owned()))).collect() }
}

fn text(line: &Value) -> Text {
    let field = |name: &str| line[name].as_str().unwrap_or_default();
    let mut text = Text::new(field("id"), field("subject"), field("body"));
    text.created_at_us = field("created_at").parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_microsecond);
    text.area = line["area"].as_str().map(str::to_owned);
    text
}
