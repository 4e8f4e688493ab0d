//! Prints to standard output. If the reader closes it early, as in `heard settings | head`, that is no error.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write as _},
    path::Path,
};

use serde_json::Value;

use crate::base::characters::is_invisible;

/// Prints text as it is.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints one line, or a few, without what could move the cursor or colour the screen: they may hold somebody's name.
pub fn line(text: &str) -> anyhow::Result<()> {
    print(&format!("{}\n", harmless(text)))
}

/// The text without what could move the cursor, colour the screen, or turn a line round.
pub fn harmless(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !is_invisible(*c)).collect()
}

/// Prints JSON.
pub fn json(value: &Value) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// A new file that only its owner can read, whatever stood there before: customers' words go into it.
///
/// # Errors
/// It cannot be written.
pub fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}
