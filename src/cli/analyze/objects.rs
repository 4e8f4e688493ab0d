//! JSON objects that span several lines or are in a list, such as the saved answer of a helpdesk's API.

use std::io::BufRead;

use serde_json::Value;

use super::columns::NamedColumn;
use super::shape::{ListSkim, named_list};
use super::source::{LINE_LIMIT_BYTES, TextSource};

/// Where the tickets of a file of JSON are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonPlace {
    /// They are its outermost objects, which span several lines or are in a list.
    Outermost,
    /// They are in the list with this name.
    Listed(Vec<u8>),
}

impl JsonPlace {
    /// `None` if a file with this beginning has one object in each line, or none at all.
    pub(super) fn in_text(head: &[u8], named: &[NamedColumn]) -> Option<Self> {
        let text = head.trim_ascii_start();
        if !matches!(text.first(), Some(b'[' | b'{')) {
            return None;
        }
        if let Some(name) = named_list(text, named) {
            return Some(Self::Listed(name));
        }
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
        let is_cut_off = || line.len() < text.len() && serde_json::from_slice::<Value>(line).is_err();
        (text[0] == b'[' || is_cut_off()).then_some(Self::Outermost)
    }
}

/// Splits a file into its outermost objects, or those of its outermost list.
pub(super) struct Objects {
    source: TextSource,
    /// Where the last object began.
    line: u64,
    /// The current position.
    at_line: u64,
    read_bytes: u64,
    /// What finds the list that they are in.
    list: Option<ListSkim>,
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
    pub(super) fn new(source: TextSource, place: &JsonPlace) -> Self {
        let list = match place {
            JsonPlace::Outermost => None,
            JsonPlace::Listed(name) => Some(ListSkim::new(name.clone())),
        };
        Self { source, line: 1, at_line: 1, read_bytes: 0, list }
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
            let found = match &mut self.list {
                None => ready.iter().position(|byte| *byte == b'{'),
                Some(list) => ready.iter().position(|byte| list.begins_an_object(*byte)),
            };
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
        let place = JsonPlace::in_text(text.as_bytes(), &[]).unwrap();
        let mut objects = Objects::new(Box::new(text.as_bytes()), &place);
        std::iter::from_fn(|| objects.next().map(|object| (objects.line(), object))).collect()
    }

    #[test]
    fn a_list_of_objects_is_cut_at_their_outermost_braces() {
        let found = objects("[\n {\"a\": \"}{\\\"\"},\n {\"b\": {\"c\": 1}}\n]");
        assert_eq!(found, [(2, Ok("{\"a\": \"}{\\\"\"}".into())), (3, Ok("{\"b\": {\"c\": 1}}".into()))]);
    }

    #[test]
    fn what_a_helpdesk_answered_is_cut_into_its_tickets() {
        let found = objects("{\"tickets\": [{\"title\": 1}, {\"title\": 2}], \"next\": null}");
        assert_eq!(found, [(1, Ok("{\"title\": 1}".into())), (1, Ok("{\"title\": 2}".into()))]);
    }

    #[test]
    fn an_object_that_never_ends_is_told() {
        assert_eq!(objects("[{\"id\": 1},\n{\"id\": ")[1], (2, Err("the file ends within it".into())));
    }

    #[test]
    fn one_object_a_line_is_not_cut_here() {
        assert_eq!(JsonPlace::in_text(b"{\"id\": 1}\n{\"id\": 2}\n", &[]), None);
        assert_eq!(JsonPlace::in_text(b"{\"id\": 1, \"tags\": [{}]}", &[]), None);
    }
}
