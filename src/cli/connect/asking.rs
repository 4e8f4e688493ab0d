//! Whether a person agrees to what was shown.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use crate::cli::output;

/// Whether a person agrees, or nobody has to be asked; the exit code if not.
///
/// # Errors
/// The terminal cannot be written to or read.
pub fn asked(yes: bool) -> anyhow::Result<Option<ExitCode>> {
    if yes {
        return Ok(None);
    }
    if !std::io::stdin().is_terminal() {
        eprintln!("heard: nobody can be asked here: run it at a terminal, or with --yes");
        return Ok(Some(ExitCode::from(2)));
    }
    output::print("Do this? [y/N] ")?;
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(None);
    }
    output::line("Nothing was done.")?;
    Ok(Some(ExitCode::FAILURE))
}

/// Says that nothing is done because nothing was to be.
pub fn dry() -> anyhow::Result<ExitCode> {
    output::line("Nothing was done, because of --dry-run.")?;
    Ok(ExitCode::SUCCESS)
}
