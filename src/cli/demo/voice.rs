//! How the demo speaks: plain text within 88 columns, letters set apart by a bar, colour only on a terminal.

use std::{io::IsTerminal as _, time::Duration};

use tokio::sync::{Mutex, mpsc};

use crate::{base::clock::Time, cli::output};

/// The longest line; an address that is longer stands whole.
const WIDTH: usize = 88;
/// What stands before each line of a text that somebody reads elsewhere.
const BAR: &str = "    | ";

/// The narrator.
pub struct Voice {
    colour: bool,
    pace: Pace,
}

/// What the narrator waits for between scenes.
pub enum Pace {
    /// Nothing.
    Fast,
    /// So long.
    Every(Duration),
    /// The reader, who presses Enter.
    Reader(Mutex<mpsc::UnboundedReceiver<()>>),
}

impl Pace {
    /// Waits for Enter. The thread that reads the lines ends with the program: nothing can wake it before.
    pub fn of_the_reader() -> Self {
        let (pressed, presses) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines() {
                if line.is_err() || pressed.send(()).is_err() {
                    break;
                }
            }
        });
        Self::Reader(Mutex::new(presses))
    }
}

/// How words stand out on a terminal, by their ANSI code.
#[derive(Clone, Copy)]
enum Tone {
    Bold = 1,
    Dim = 2,
    Green = 32,
}

impl Voice {
    /// A narrator with this pace.
    pub fn new(pace: Pace) -> Self {
        Self { colour: std::io::stdout().is_terminal(), pace }
    }

    /// Whether the reader has to press Enter.
    pub fn waits_for_the_reader(&self) -> bool {
        matches!(self.pace, Pace::Reader(_))
    }

    /// Begins a scene.
    pub async fn scene(&self, at: Time, title: &str) -> anyhow::Result<()> {
        self.pause().await;
        let day = at.timestamp().strftime("%A %-d %B, %H:%M UTC").to_string();
        let rule = "-".repeat(WIDTH.saturating_sub(title.chars().count() + day.chars().count() + 2));
        block(&format!("{} {rule} {}", self.toned(Tone::Bold, title), self.toned(Tone::Dim, &day)))
    }

    /// Gives the reader a moment.
    pub async fn pause(&self) {
        match &self.pace {
            Pace::Fast => {}
            Pace::Every(pause) => tokio::time::sleep(*pause).await,
            // Where nobody can press anything any more, it goes on.
            Pace::Reader(presses) => drop(presses.lock().await.recv().await),
        }
    }

    /// Tells what was seen to have happened.
    pub fn done(&self, text: &str) -> anyhow::Result<()> {
        let text = wrapped(text, "    ", WIDTH);
        block(&format!("  {} {}", self.toned(Tone::Green, ">"), text.trim_start()))
    }

    /// Shows a text that somebody reads elsewhere, whole.
    pub fn letter(&self, title: &str, text: &str) -> anyhow::Result<()> {
        let title = wrapped(title, BAR, WIDTH);
        let body: Vec<String> = text.trim().lines().map(|line| wrapped(line, BAR, WIDTH)).collect();
        block(&format!("{}\n{}\n{}", self.toned(Tone::Bold, &title), BAR.trim_end(), body.join("\n")))
    }

    fn toned(&self, tone: Tone, text: &str) -> String {
        if self.colour { format!("\x1b[{}m{text}\x1b[0m", tone as u8) } else { text.to_owned() }
    }
}

/// Tells what happens.
pub fn say(text: &str) -> anyhow::Result<()> {
    block(&wrapped(text, "", WIDTH))
}

/// Shows lines as they are.
pub fn table(lines: &[String]) -> anyhow::Result<()> {
    block(&lines.join("\n"))
}

/// Prints a piece with an empty line after it.
fn block(text: &str) -> anyhow::Result<()> {
    output::print(&format!("{text}\n\n"))
}

/// Breaks one paragraph between words, each line after `before`.
fn wrapped(text: &str, before: &str, width: usize) -> String {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = before.chars().count() + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && needed > width {
            lines.push(format!("{before}{line}"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(format!("{before}{line}").trim_end().to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_breaks_between_words_and_an_address_stays_whole() {
        assert_eq!(wrapped("one two three", "| ", 9), "| one two\n| three");
        assert_eq!(wrapped("at http://127.0.0.1/long", "", 5), "at\nhttp://127.0.0.1/long");
        assert_eq!(wrapped("", "    | ", 20), "    |");
    }
}
