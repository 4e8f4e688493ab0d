//! Heard.

use clap::Parser;
use heard::cli::analyze::Analyze;

#[derive(Parser)]
enum Command {
    Analyze(Analyze),
}

fn main() -> anyhow::Result<()> {
    let Command::Analyze(analyze) = Command::parse();
    analyze.run()
}
