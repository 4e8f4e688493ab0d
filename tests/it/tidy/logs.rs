//! No log line holds what a customer wrote or who they are.

use super::{Finding, expect_none, is_start, line_at, read};
use crate::source::{code_of, files};

/// Fields and variables that may hold what a customer wrote, or who they are.
const CUSTOMERS_WORDS: &[&str] =
    &["body", "text", "html", "email", "quote", "title", "summary", "message", "customer_name", "token"];

#[test]
fn no_log_line_holds_what_a_customer_wrote() {
    let mut findings = Vec::new();
    for path in files(&["src"], &["rs"]) {
        let text = read(&path);
        for (at, call) in log_calls(&code_of(&path), &text) {
            let mut named = call.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let of_a_ticket = call.contains(".subject").then_some("subject");
            if let Some(word) = named.find(|word| CUSTOMERS_WORDS.contains(word)).or(of_a_ticket) {
                let sentence = format!("a log line names {word:?}; log ids, counts and reasons of ours");
                findings.push(Finding { path: path.clone(), line: line_at(&text, at), sentence });
            }
        }
    }
    expect_none("A log line may hold what a customer wrote:", &findings);
}

/// Each call of a logging macro: where it begins, and what it logs, which is its code and whatever its sentence takes
/// in between braces.
fn log_calls(code: &str, text: &str) -> Vec<(usize, String)> {
    let mut calls = Vec::new();
    for macro_name in ["trace!(", "debug!(", "info!(", "warn!(", "error!("] {
        for (at, _) in code.match_indices(macro_name).filter(|(at, _)| is_start(code, *at)) {
            let end = end_of_brackets(code, at + macro_name.len());
            let inside = text.get(at..end).unwrap_or_default();
            let braced = inside.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next());
            let braced = braced.collect::<Vec<_>>().join(" ");
            calls.push((at, format!("{} {braced}", code.get(at..end).unwrap_or_default())));
        }
    }
    calls
}

/// After the bracket that closes what was opened just before `from`.
fn end_of_brackets(code: &str, from: usize) -> usize {
    let mut depth = 1_usize;
    for (i, c) in code.char_indices().skip_while(|(i, _)| *i < from) {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return i,
            ')' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn what_a_log_line_takes_in_is_read_from_its_code_and_its_sentence() {
    let logs = "warn!(ticket.id = %id, \"Read {subject} as {id:?}\"); info!(\"the text\");";
    let blanked = "warn!(ticket.id = %id, \"                       \"); info!(\"        \");";
    let called: Vec<_> = log_calls(blanked, logs).into_iter().map(|(_, call)| call).collect();
    assert!(called[1].contains("subject") && called[1].contains("ticket") && !called[0].contains("text"), "{called:?}");
}
