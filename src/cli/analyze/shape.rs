//! In which list of an answer of an API the tickets are, whatever it is called and wherever it lies.

use serde_json::Value;

use super::column_words::ExportColumn;
use super::columns::{NamedColumn, of_path};
use super::fields::columns_of;

/// Deeper lists are parts of something else.
const DEEPEST: usize = 8;

/// The name of the list that has the tickets, as it is written. `None` if the outermost objects are the tickets.
pub(super) fn named_list(head: &[u8], named: &[NamedColumn]) -> Option<Vec<u8>> {
    let mut scan = JsonScan { head, at: 0, named, lists: Vec::new(), outermost: Vec::new() };
    // Where the beginning of the file ends within something, what was seen before counts.
    let ended = scan.value(None, 0, true);
    let are_several = head.first() == Some(&b'[') || ended.is_some() && scan.peek() == Some(b'{');
    let list = scan.lists.iter().find(|list| list.has_subjects).or_else(|| scan.lists.first())?;
    let has = |column: ExportColumn| scan.outermost.contains(&column);
    // Conversations have no subject: each lists its messages, and is told from the others.
    let told_apart = [ExportColumn::Id, ExportColumn::CreatedAt, ExportColumn::Customer];
    let is_a_conversation = are_several && told_apart.into_iter().any(has);
    let is_a_part = has(ExportColumn::Subject) || !list.has_subjects && (has(ExportColumn::Body) || is_a_conversation);
    (!is_a_part).then(|| list.name.to_vec())
}

/// A list of objects that look like tickets.
#[derive(Debug, Clone, Copy)]
struct FoundList<'h> {
    /// The name in front of it.
    name: &'h [u8],
    has_subjects: bool,
}

/// Reads the beginning of a file of JSON as far as is needed to know its shape. `None` is where it ends.
struct JsonScan<'h> {
    head: &'h [u8],
    at: usize,
    named: &'h [NamedColumn],
    lists: Vec<FoundList<'h>>,
    /// Which columns of a ticket the outermost object names.
    outermost: Vec<ExportColumn>,
}

impl<'h> JsonScan<'h> {
    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while self.head.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.head.get(self.at).copied()
    }

    /// Moves behind the next value.
    fn value(&mut self, name: Option<&'h [u8]>, depth: usize, is_outermost: bool) -> Option<()> {
        match self.peek()? {
            b'{' if depth < DEEPEST => self.object(depth, is_outermost),
            b'[' if depth < DEEPEST => self.list(name, depth, is_outermost),
            b'{' | b'[' => self.skip(),
            b'"' => self.string().map(|_| ()),
            _ => {
                while !matches!(self.head.get(self.at)?, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
                    self.at += 1;
                }
                Some(())
            }
        }
    }

    fn object(&mut self, depth: usize, is_outermost: bool) -> Option<()> {
        self.at += 1;
        while self.peek()? == b'"' {
            let name = self.string()?;
            if self.peek()? != b':' {
                return None;
            }
            self.at += 1;
            if is_outermost && matches!(self.peek()?, b'"' | b'0'..=b'9') {
                let meaning = of_path(&String::from_utf8_lossy(name), self.named);
                self.outermost.extend(meaning.fit.map(|fit| fit.column));
            }
            self.value(Some(name), depth + 1, false)?;
            if self.peek()? != b',' {
                break;
            }
            self.at += 1;
        }
        if self.peek()? != b'}' {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn list(&mut self, name: Option<&'h [u8]>, depth: usize, is_outermost: bool) -> Option<()> {
        let begun = self.at;
        self.at += 1;
        if self.peek()? == b'{'
            && let Some(name) = name
        {
            let from = self.at;
            self.skip()?;
            let columns = match serde_json::from_slice(&self.head[from..self.at]) {
                Ok(Value::Object(fields)) => columns_of(&fields, self.named),
                _ => Vec::new(),
            };
            let has_subjects = columns.contains(&ExportColumn::Subject);
            if has_subjects || columns.contains(&ExportColumn::Body) {
                self.lists.push(FoundList { name, has_subjects });
                self.at = begun;
                return self.skip();
            }
            self.at = from;
        }
        while self.peek()? != b']' {
            let from = self.at;
            self.value(None, depth + 1, is_outermost)?;
            if is_outermost {
                // The other objects of the outermost list look like its first.
                return None;
            }
            if self.peek()? == b',' {
                self.at += 1;
            }
            if self.at == from {
                // This is no JSON: nothing begins here.
                return None;
            }
        }
        self.at += 1;
        Some(())
    }

    /// Moves behind an object or a list without a look at it.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Moves behind a string, and gives what stands in it.
    fn string(&mut self) -> Option<&'h [u8]> {
        let from = self.at + 1;
        let mut at = from;
        loop {
            match self.head.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        self.head.get(from..at)
    }
}

/// Finds the objects of the list with one name, wherever in a file it stands, and as often as it stands there: answers of several
/// pages may follow each other.
#[derive(Debug)]
pub(super) struct ListSkim {
    name: Vec<u8>,
    inside: StringPlace,
    /// The string that was read last, as far as it may be the name.
    last: Vec<u8>,
    /// Whether the next value is the one with this name.
    is_named: bool,
    in_list: bool,
}

/// Whether a byte is within a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StringPlace {
    Outside,
    Inside,
    Escaped,
}

impl ListSkim {
    pub(super) fn new(name: Vec<u8>) -> Self {
        Self { name, inside: StringPlace::Outside, last: Vec::new(), is_named: false, in_list: false }
    }

    /// Takes the next byte outside of the list's objects, and says whether one of them begins with it.
    pub(super) fn begins_an_object(&mut self, byte: u8) -> bool {
        if self.inside != StringPlace::Outside {
            self.inside = match (self.inside, byte) {
                (StringPlace::Inside, b'\\') => StringPlace::Escaped,
                (StringPlace::Inside, b'"') => StringPlace::Outside,
                _ => StringPlace::Inside,
            };
            if self.inside != StringPlace::Outside && self.last.len() <= self.name.len() {
                self.last.push(byte);
            }
            return false;
        }
        match byte {
            b'"' => {
                self.inside = StringPlace::Inside;
                self.last.clear();
                self.is_named = false;
            }
            b':' => self.is_named = self.last == self.name,
            b'[' if self.is_named => self.in_list = true,
            b']' => self.in_list = false,
            b'{' => {
                self.is_named = false;
                return self.in_list;
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => self.is_named = false,
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(head: &str) -> Option<String> {
        named_list(head.as_bytes(), &[]).map(|name| String::from_utf8(name).unwrap())
    }

    #[test]
    fn the_list_with_the_tickets_is_known_by_what_is_in_it() {
        for (head, name) in [
            (r#"{"tickets": [{"id": 1, "subject": "a"}], "count": 1}"#, Some("tickets")),
            (
                r#"{"total_count": 2, "incomplete_results": false, "items": [{"title": "a", "labels": [{"name": "x"}]}]}"#,
                Some("items"),
            ),
            (
                r#"{"type": "list", "pages": {"next": null}, "conversations": [{"source": {"body": "a"}}]}"#,
                Some("conversations"),
            ),
            (r#"{"expand": "names", "issues": [{"key": "A-1", "fields": {"summary": "a"}}]}"#, Some("issues")),
            (r#"{"users": [{"id": 1, "name": "Ada"}], "tickets": [{"subject": "a"}]}"#, Some("tickets")),
            (r#"{"data": {"search": {"nodes": [{"title": "a", "body": "b"}]}}}"#, Some("nodes")),
            (r#"{"message": "ok", "data": [{"subject": "a"}]}"#, Some("data")),
            (r#"[{"tickets": [{"subject": "a"}]}, {"tickets": []}]"#, Some("tickets")),
            (r#"[{"subject": "a", "comments": [{"body": "b"}]}]"#, None),
            (r#"{"subject": "a", "comments": [{"body": "b"}]}"#, None),
            (r#"{"description": "a", "comments": [{"body": "b"}]}"#, None),
            (r#"{"id": 1, "tags": [{}]}"#, None),
            (r#"{"id": 1, "tickets": [{"subj"#, None),
            (r#"[{"id": 1, "messages": [{"body": "a"}, {"body": "b"}]}, {"id": 2, "messages": []}]"#, None),
            ("{\"customer\": \"a@x.test\", \"messages\": [{\"text\": \"a\"}]}\n{\"customer\": \"b@x.test\"}", None),
            (r#"{"id": 7, "ok": true, "messages": [{"user": "U1", "text": "a"}]}"#, Some("messages")),
            (r#"{"a": ["x", }]}"#, None),
            (r#"{"a": [}"#, None),
            ("nonsense", None),
        ] {
            assert_eq!(list(head).as_deref(), name, "{head}");
        }
    }

    #[test]
    fn the_objects_of_a_list_are_found_on_every_page() {
        let pages = r#"{"a": "\"tickets\": [{", "users": [{}], "tickets": [{}, {}], "n": [{}]} {"tickets": [{}]}"#;
        let mut skim = ListSkim::new(b"tickets".to_vec());
        let found: Vec<usize> =
            pages.bytes().enumerate().filter(|(_, byte)| skim.begins_an_object(*byte)).map(|(at, _)| at).collect();
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
