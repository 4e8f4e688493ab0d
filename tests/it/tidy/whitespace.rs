//! Whitespace is kept in order.

use super::{Finding, expect_none, read};
use crate::source::files;

#[test]
fn whitespace_is_kept_in_order() {
    const KINDS: &[&str] = &["rs", "toml", "sql", "md", "html", "yaml", "css", "txt"];
    let mut findings = Vec::new();
    for path in files(&["src", "crates", "tests", "migrations", "templates", "docs", "openapi", "benches"], KINDS) {
        let found = disorder(&read(&path)).into_iter();
        findings.extend(found.map(|(line, sentence)| Finding {
            path: path.clone(),
            line,
            sentence: sentence.to_owned(),
        }));
    }
    expect_none("Whitespace is not in order:", &findings);
}

fn disorder(text: &str) -> Vec<(usize, &'static str)> {
    let of_line = |(i, line): (usize, &str)| match line {
        line if line.contains('\t') => Some((i + 1, "a tab; expected spaces")),
        line if line.ends_with([' ', '\r']) => Some((i + 1, "a space at the end of the line")),
        _ => None,
    };
    let mut found: Vec<_> = text.split('\n').enumerate().filter_map(of_line).collect();
    if !text.is_empty() && !text.ends_with('\n') {
        found.push((text.lines().count(), "no line end at the end of the file"));
    }
    found
}

#[test]
fn disorder_is_seen_line_by_line() {
    assert_eq!(disorder("a\nb\n"), []);
    let lines: Vec<_> = disorder("a\tb\nc \nd\r\ne").into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [1, 2, 3, 4]);
}
