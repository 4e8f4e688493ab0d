//! JSON objects that span several lines or are in a list, such as the saved answer of a helpdesk's API.

use std::io::BufRead;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::source::{LINE_LIMIT_BYTES, TextSource};

/// Matches `{"tickets": [` and similar beginnings.
static WRAPPED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^\s*\{\s*"\w{1,40}"\s*:\s*\[\s*\{"#).ok());

/// Whether a file with this beginning has objects that span several lines or are in a list.
pub(super) fn begins_with_objects(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    match text.first() {
        Some(b'[') => true,
        Some(b'{') => {
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
            is_wrapped(text) || (line.len() < text.len() && serde_json::from_slice::<Value>(line).is_err())
        }
        _ => false,
    }
}

fn is_wrapped(head: &[u8]) -> bool {
    WRAPPED.as_ref().is_some_and(|wrapped| wrapped.is_match(head))
}

/// Splits a file into its outermost objects, or those of its outermost list.
pub(super) struct Objects {
    source: TextSource,
    /// Where the last object began.
    line: u64,
    /// The current position.
    at_line: u64,
    read_bytes: u64,
    begun: bool,
}

/// The position inside an object.
#[derive(Default)]
struct Inside {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Inside {
    /// Takes the next byte of an object and says whether the object ends with it.
    fn ends_with(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = self.in_string,
            b'"' => self.in_string = !self.in_string,
            b'{' if !self.in_string => self.depth += 1,
            b'}' if !self.in_string => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

impl Objects {
    pub(super) fn new(source: TextSource) -> Self {
        Self { source, line: 1, at_line: 1, read_bytes: 0, begun: false }
    }

    /// The line where the last object began.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// How much was read.
    pub(super) fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    fn consume(&mut self, bytes: usize, lines: usize) {
        self.source.consume(bytes);
        self.read_bytes += bytes as u64;
        self.at_line += lines as u64;
    }

    /// Moves to the start of the next object; `None` at the end of the file.
    fn find(&mut self) -> Option<()> {
        loop {
            let ready = self.source.fill_buf().ok()?;
            if ready.is_empty() {
                return None;
            }
            // The object that contains the list is no ticket.
            let skipped =
                if !self.begun && is_wrapped(ready) { ready.iter().position(|b| *b == b'[') } else { Some(0) };
            self.begun = true;
            let from = skipped.unwrap_or(0);
            let found = ready[from..].iter().position(|byte| *byte == b'{').map(|at| from + at);
            let end = found.unwrap_or(ready.len());
            let lines = count_lines(&ready[..end]);
            self.consume(end, lines);
            if found.is_some() {
                return Some(());
            }
        }
    }
}

impl Iterator for Objects {
    type Item = Result<String, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.find()?;
        self.line = self.at_line;
        let (mut inside, mut text) = (Inside::default(), Vec::new());
        loop {
            let ready = self.source.fill_buf().ok()?;
            if ready.is_empty() {
                return Some(Err("the file ends within it".into()));
            }
            let end = ready.iter().position(|byte| inside.ends_with(*byte)).map(|at| at + 1);
            let count = end.unwrap_or(ready.len());
            if text.len() <= LINE_LIMIT_BYTES {
                text.extend_from_slice(&ready[..count]);
            }
            let lines = count_lines(&ready[..count]);
            self.consume(count, lines);
            if end.is_some() {
                let whole = text.len() <= LINE_LIMIT_BYTES;
                let text = String::from_utf8_lossy(&text).into_owned();
                return Some(if whole { Ok(text) } else { Err("it is longer than 16 MiB".into()) });
            }
        }
    }
}

fn count_lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &'static str) -> Vec<(u64, Result<String, String>)> {
        assert!(begins_with_objects(text.as_bytes()), "{text}");
        let mut objects = Objects::new(Box::new(text.as_bytes()));
        std::iter::from_fn(|| objects.next().map(|object| (objects.line(), object))).collect()
    }

    #[test]
    fn a_list_of_objects_is_cut_at_their_outermost_braces() {
        let found = objects("[\n {\"a\": \"}{\\\"\"},\n {\"b\": {\"c\": 1}}\n]");
        assert_eq!(found, [(2, Ok("{\"a\": \"}{\\\"\"}".into())), (3, Ok("{\"b\": {\"c\": 1}}".into()))]);
    }

    #[test]
    fn what_a_helpdesk_answered_is_cut_into_its_tickets() {
        let found = objects("{\"tickets\": [{\"id\": 1}, {\"id\": 2}], \"next\": null}");
        assert_eq!(found, [(1, Ok("{\"id\": 1}".into())), (1, Ok("{\"id\": 2}".into()))]);
    }

    #[test]
    fn an_object_that_never_ends_is_told() {
        assert_eq!(objects("[{\"id\": 1},\n{\"id\": ")[1], (2, Err("the file ends within it".into())));
    }

    #[test]
    fn one_object_a_line_is_not_cut_here() {
        assert!(!begins_with_objects(b"{\"id\": 1}\n{\"id\": 2}\n"));
        assert!(!begins_with_objects(b"{\"id\": 1, \"tags\": [{}]}"));
    }
}
