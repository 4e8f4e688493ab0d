//! Makes up a helpdesk's export, the same for the same arguments, so that anyone can repeat what docs/benchmarks.md says:
//! `cargo run --release --example made_up_export -- TICKETS [BODY_BYTES] [REPEATS_PERCENT] > export.jsonl`.

#[path = "../benches/made_up/mod.rs"]
mod made_up;

use std::io::{BufWriter, Write};

use made_up::Export;

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut number_or = |usual: u64| numbers.next().transpose().map(|given| given.unwrap_or(usual));
    let tickets = number_or(100_000)?;
    let body_bytes = usize::try_from(number_or(900)?)?;
    let export = Export::new(tickets, body_bytes, number_or(20)?);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for ticket in export.all() {
        serde_json::to_writer(&mut out, &ticket)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
