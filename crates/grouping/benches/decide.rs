//! How long it takes to rank the topics of a ticket, by the number of tickets before it, with words and with vectors:
//! `cargo bench -p grouping --bench decide -- [LARGEST]`. The texts are made up and the vectors random, so this measures
//! searching and scoring. The sentence model's own time comes on top.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers, small and positive"
)]

#[path = "../../../benches/made_up/random.rs"]
#[expect(dead_code, reason = "the made-up export uses more of it")]
mod random;

use std::io::Write;
use std::time::{Duration, Instant};

use grouping::{AnalyzedTicket, Engine, EngineOptions, SentenceModel, SentenceVector, TicketText};

use random::Random;

/// How many tickets are timed at each size.
const TIMED: usize = 200;
/// Made-up words; the n-th is used in proportion to 1/n.
const WORDS: u64 = 40_000;

/// Makes up what tickets say.
struct MadeUp(Random);

impl MadeUp {
    fn words(&mut self, count: usize) -> String {
        let mut word = || format!("w{}", (WORDS as f64).powf(self.0.share()) as u64);
        (0..count).map(|_| word()).collect::<Vec<_>>().join(" ")
    }

    fn analyzed(&mut self, number: usize, with_vector: bool) -> AnalyzedTicket {
        let text = TicketText::new(number.to_string(), &self.words(8), &self.words(50));
        let vector = with_vector.then(|| {
            let raw: Vec<f32> = (0..384).map(|_| self.0.share() as f32 - 0.5).collect();
            SentenceVector::quantise(&raw)
        });
        AnalyzedTicket::of(&text).with_vector(vector)
    }
}

fn main() -> anyhow::Result<()> {
    let largest = std::env::args().filter_map(|a| a.parse().ok()).next_back().unwrap_or(100_000);
    let mut out = std::io::stdout();
    writeln!(out, "vectors  tickets   median      p95   placing all")?;
    for with_vector in [false, true] {
        let mut engine = Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() })?;
        let mut made_up = MadeUp(Random(7));
        let mut placing = Duration::ZERO;
        let mut size = 1_000;
        while size <= largest {
            while engine.len() < size {
                let analyzed = made_up.analyzed(engine.len(), with_vector);
                let topic = format!("topic{}", made_up.0.next() % (1 + engine.len() as u64 / 2));
                let started = Instant::now();
                engine.place_analyzed(&analyzed, topic, None);
                placing += started.elapsed();
            }
            let mut times: Vec<Duration> = (0..TIMED)
                .map(|_| {
                    let analyzed = made_up.analyzed(usize::MAX, with_vector);
                    let started = Instant::now();
                    std::hint::black_box(engine.decide_analyzed(&analyzed));
                    started.elapsed()
                })
                .collect();
            times.sort_unstable();
            let (median, late) = (times[TIMED / 2], times[TIMED * 95 / 100]);
            writeln!(out, "{with_vector:>7}  {size:>7}  {median:>7.2?}  {late:>7.2?}   {placing:.1?}")?;
            size *= 10;
        }
    }
    Ok(())
}
