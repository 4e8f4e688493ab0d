//! Output while an analysis runs: its progress, and the lines that are no tickets. Ctrl-C ends it in good order.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// The exit code that shells expect of a command ended by Ctrl-C.
pub(super) const STOPPED: u8 = 130;

/// How many lines that are no tickets are reported one by one.
const SKIPPED_TOLD: usize = 10;
const REDRAWN_PER_SECOND: u8 = 4;

/// A progress bar with the remaining time, only on a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    tickets: Arc<AtomicUsize>,
}

impl Progress {
    /// For this much text, or for an unknown amount if it is 0.
    pub(super) fn new(text_bytes: u64, is_hidden: bool) -> Self {
        let target = if std::io::stderr().is_terminal() && !is_hidden {
            ProgressDrawTarget::stderr_with_hz(REDRAWN_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target((text_bytes > 0).then_some(text_bytes), target);
        let template = if text_bytes > 0 {
            "{bar:24} {percent} %, {tickets} tickets, {eta} left, Ctrl-C: report now"
        } else {
            "{spinner} {tickets} tickets in {elapsed}, Ctrl-C: report now"
        };
        let tickets = Arc::new(AtomicUsize::new(0));
        let decided = Arc::clone(&tickets);
        let tell = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _full = write!(out, "{}", decided.load(Ordering::Relaxed));
        };
        let bar = match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style.with_key("tickets", tell)),
            Err(_) => bar,
        };
        Self { bar, tickets }
    }

    /// Another ticket was decided; `read` is how much text was read up to its end.
    pub(super) fn decided(&self, read_bytes: u64) {
        self.tickets.fetch_add(1, Ordering::Relaxed);
        self.bar.set_position(read_bytes);
    }

    /// Writes something else without disturbing the bar.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The lines that were no tickets.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    pub(super) count: usize,
    pub(super) first: Option<String>,
}

impl Skipped {
    /// Reports a line; only the first few are shown.
    pub(super) fn tell(&mut self, line: u64, why: &str) {
        self.count += 1;
        if self.count <= SKIPPED_TOLD {
            note(&format!("line {line} was skipped: {why}"));
        }
        self.first.get_or_insert_with(|| format!("line {line}, {why}"));
    }

    /// Reports how many more there were.
    pub(super) fn tell_rest(&self) {
        match self.count.saturating_sub(SKIPPED_TOLD) {
            0 => {}
            1 => note("and 1 more line was skipped"),
            more => note(&format!("and {more} more lines were skipped")),
        }
    }
}

/// The lines of a table whose cells do not fit its heading.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MisfitLines {
    pub(super) count: usize,
    pub(super) first: u64,
}

impl MisfitLines {
    /// Counts a line, if it is one.
    pub(super) fn add(&mut self, line: Option<u64>) {
        let Some(line) = line else { return };
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
    }
}

/// Writes a line to standard error, which may be closed.
pub(super) fn note(text: &str) {
    let _closed = writeln!(std::io::stderr(), "{text}");
}

/// Becomes true at Ctrl-C. Then the run ends after the current ticket, and the findings so far are shown. A second Ctrl-C
/// ends the process at once.
pub(super) fn stopped_by_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&stop);
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            heard.store(true, Ordering::Relaxed);
            note("\nstopping; what was found so far follows");
        }
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            std::process::exit(i32::from(STOPPED));
        }
    });
    stop
}
