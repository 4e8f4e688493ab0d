//! The files of this repository as the tidy tests read them.

use std::path::{Path, PathBuf};

/// Every file below the folders with one of these endings, by its path in the repository, sorted.
pub fn files(folders: &[&str], endings: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)) {
                found.push(path.strip_prefix(root).unwrap_or(&path).to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The code of a Rust file, line by line where it was: comments and the contents of strings are blanks.
pub fn code_of(path: &Path) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    without_words(&text)
}

/// As many as the longest character has bytes.
const BLANKS: &str = "    ";

/// Blanks out comments and the contents of strings and characters; line ends and byte offsets stay.
fn without_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_words(&chars, at);
        if end > at {
            for c in &chars[at..end] {
                code.push_str(if *c == '\n' { "\n" } else { &BLANKS[..c.len_utf8()] });
            }
            at = end;
        } else {
            code.push(chars[at]);
            at += 1;
        }
    }
    code
}

/// Where the comment, string or character that begins here ends; `at` itself where none begins.
fn end_of_words(chars: &[char], at: usize) -> usize {
    let next = |by: usize| chars.get(at + by).copied();
    let in_a_name = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if next(1) == Some('/') => find(chars, at, |i| chars[i] == '\n'),
        '/' if next(1) == Some('*') => find(chars, at + 2, |i| chars[i] == '/' && chars[i - 1] == '*') + 1,
        '"' => end_of_text(chars, at + 1, '"'),
        'r' if !in_a_name || chars[at - 1] == 'b' => end_of_raw_text(chars, at),
        '\'' if next(1) == Some('\\') || next(2) == Some('\'') => end_of_text(chars, at + 1, '\''),
        _ => at,
    }
    .min(chars.len())
}

fn find(chars: &[char], from: usize, found: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|i| found(*i)).unwrap_or(chars.len())
}

/// After the closing mark; a backslash hides the next character.
fn end_of_text(chars: &[char], from: usize, mark: char) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != mark {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// After `r#"..."#` with any number of signs; `at` where it is a name that begins with r.
fn end_of_raw_text(chars: &[char], at: usize) -> usize {
    let signs = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + signs) != Some(&'"') {
        return at;
    }
    let closes =
        |i: usize| chars[i] == '"' && chars[i + 1..].iter().take(signs).filter(|c| **c == '#').count() == signs;
    find(chars, at + 2 + signs, closes) + 1 + signs
}

#[test]
fn words_are_blanked_and_code_stays() {
    let text = "let a = \"crate::x \\\" y\"; // crate::z … é\nlet b = r#\"crate::\"q\"#; /* crate::w */ let c = '\"'; fn f<'a>() {}\n";
    let code = without_words(text);
    assert!(!code.contains("crate::"), "{code}");
    assert_eq!(code.lines().count(), 2);
    assert_eq!(code.find("fn f"), text.find("fn f"));
    assert!(code.contains("let c =") && code.contains("fn f<'a>() {}"), "{code}");
}
