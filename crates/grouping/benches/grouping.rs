//! How long a ticket takes to its ranked topics, by how many came before, by words and by vectors:
//! `cargo bench --bench grouping -- [LARGEST]`. The texts are made up, the vectors random, so this
//! measures searching and judging; the sentence model's own time comes on top.
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

use grouping::{Engine, Options, Reading, SentenceModel, Text, Vector};

use random::Random;

/// Tickets that are timed at each size.
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

    fn reading(&mut self, number: usize, with_vector: bool) -> Reading {
        let text = Text::new(number.to_string(), &self.words(8), &self.words(50));
        let vector = with_vector.then(|| {
            let raw: Vec<f32> = (0..384).map(|_| self.0.share() as f32 - 0.5).collect();
            Vector::quantise(&raw)
        });
        Reading::of(&text).with_vector(vector)
    }
}

fn main() -> anyhow::Result<()> {
    let largest = std::env::args().filter_map(|a| a.parse().ok()).next_back().unwrap_or(100_000);
    let mut out = std::io::stdout();
    writeln!(out, "vectors  tickets   median      p95   placing all")?;
    for with_vector in [false, true] {
        let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() })?;
        let mut made_up = MadeUp(Random(7));
        let mut placing = Duration::ZERO;
        let mut size = 1_000;
        while size <= largest {
            while engine.len() < size {
                let reading = made_up.reading(engine.len(), with_vector);
                let topic = format!("topic{}", made_up.0.next() % (1 + engine.len() as u64 / 2));
                let begun = Instant::now();
                engine.place_reading(&reading, topic, None);
                placing += begun.elapsed();
            }
            let mut times: Vec<Duration> = (0..TIMED)
                .map(|_| {
                    let reading = made_up.reading(usize::MAX, with_vector);
                    let begun = Instant::now();
                    std::hint::black_box(engine.decide_reading(&reading));
                    begun.elapsed()
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
