//! What somebody wrote: in paragraphs, shortened, and with the words marked that two tickets share.

use std::fmt::Write as _;

use super::{Html, text};

/// Text of at most `most` characters, cut at a word and marked as cut.
pub fn shortened(outside: &str, most: usize) -> String {
    let trimmed = outside.trim();
    match trimmed.char_indices().nth(most) {
        None => trimmed.to_owned(),
        Some((end, _)) => {
            let whole = trimmed.get(..end).unwrap_or(trimmed);
            let words = whole.rfind(char::is_whitespace).map_or(whole, |end| whole.get(..end).unwrap_or(whole));
            format!("{} …", words.trim_end())
        }
    }
}

/// What somebody wrote, on one line, shortened, with the words and codes marked that two tickets share.
pub fn marked(outside: &str, words: &[String], codes: &[String], most: usize) -> Html {
    let cut = shortened(outside, most);
    let mut html = String::new();
    let mut rest = cut.as_str();
    while let Some(start) = rest.find(|c: char| c.is_alphanumeric()) {
        let (before, from) = rest.split_at(start);
        html.push_str(&text(before).0);
        let inside = |c: char| c.is_alphanumeric() || "-_./'".contains(c);
        let end = from.find(|c| !inside(c)).unwrap_or(from.len());
        let word = from.get(..end).unwrap_or(from);
        let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let after = from.get(word.len()..).unwrap_or_default();
        let plain = word.to_lowercase();
        let _ = if codes.iter().any(|code| code.to_lowercase() == plain) {
            write!(html, r#"<mark class="code">{}</mark>"#, text(word))
        } else if words.iter().any(|term| is_form_of(&plain, term)) {
            write!(html, "<mark>{}</mark>", text(word))
        } else {
            write!(html, "{}", text(word))
        };
        rest = after;
    }
    html.push_str(&text(rest).0);
    Html(html)
}

/// As [`marked`], in paragraphs.
pub fn marked_paragraphs(outside: &str, words: &[String], codes: &[String], most: usize) -> Html {
    let cut = shortened(outside, most);
    let mut html = String::new();
    for paragraph in cut.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let _ = write!(html, "<p>{}</p>", marked(paragraph, words, codes, usize::MAX).0.replace('\n', "<br>"));
    }
    Html(html)
}

/// The words of a text that are forms of the terms, as the text has them, each once.
pub fn found(outside: &str, terms: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in outside.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase) {
        let is_new = found.iter().all(|known| known.trim_end_matches('s') != word.trim_end_matches('s'));
        if word.chars().count() > 2 && is_new && terms.iter().any(|term| is_form_of(&word, term)) {
            found.push(word);
        }
    }
    found
}

/// A letter as its reader sees it: paragraphs, and quotations where lines begin with `>`.
pub fn letter(outside: &str) -> Html {
    let mut html = String::new();
    for paragraph in outside.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let quoted = paragraph.lines().all(|line| line.starts_with('>'));
        let lines: Vec<String> = paragraph
            .lines()
            .map(|line| text(if quoted { line.trim_start_matches(['>', ' ']) } else { line }).0)
            .collect();
        let (open, close) = if quoted { ("<blockquote>", "</blockquote>") } else { ("<p>", "</p>") };
        let _ = write!(html, "{open}{}{close}", lines.join("<br>"));
    }
    Html(html)
}

/// Whether a word is a form of a term, which may be a stem: `exports` of `export`, `days` of `day`.
fn is_form_of(word: &str, term: &str) -> bool {
    let term = term.to_lowercase();
    let ending = match term.chars().count() {
        0..=2 => 0,
        3 => 1,
        _ => 4,
    };
    word == term || (word.starts_with(&term) && word.len() <= term.len() + ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_common_are_marked_in_their_forms() {
        let html = marked("Exports of TS-EXP-7 fail.", &["export".into()], &["TS-EXP-7".into()], 100);
        assert_eq!(html.0, r#"<mark>Exports</mark> of <mark class="code">TS-EXP-7</mark> fail."#);
    }

    #[test]
    fn the_words_that_are_shown_stand_in_the_text() {
        let terms = ["octob".to_owned(), "export".to_owned(), "day".to_owned()];
        assert_eq!(found("Exports of October, of one export and two days", &terms), ["exports", "october", "days"]);
    }

    #[test]
    fn a_letter_shows_quotations() {
        let html = letter("Hi <Ben>,\n\n> It is\n> not there.\n\nFixed.");
        assert_eq!(html.0, "<p>Hi &lt;Ben&gt;,</p><blockquote>It is<br>not there.</blockquote><p>Fixed.</p>");
    }

    #[test]
    fn text_is_cut_at_a_word() {
        assert_eq!(shortened("one two three", 9), "one two …");
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüä", 3), "äöü …");
    }
}
