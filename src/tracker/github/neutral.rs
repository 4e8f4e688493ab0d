//! A customer's words, made harmless for GitHub.
//!
//! What a customer writes must not notify a person, link to an issue, close one, hide itself in a comment, open or end
//! a block, or load a picture. Escaping is not enough, because GitHub looks for mentions and references in the
//! *rendered* text. They are broken by an invisible character (U+200B) that leaves the words readable.

use crate::base::characters::is_invisible;

/// The invisible character that separates what GitHub would join.
const BREAK: char = '\u{200b}';

/// The longest title. GitHub refuses more than 256 characters, and each break is one of them.
const TITLE: usize = 200;

/// One line of text that can be anywhere: in a sentence, a title, a table's cell.
pub(super) fn inline(text: &str) -> String {
    escape(&seen(text))
}

/// A title. GitHub does not render titles, so nothing is escaped and only the breaks are put in.
pub(super) fn title(text: &str) -> String {
    let seen: Vec<char> = seen(text).chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, c) in seen.iter().copied().enumerate().take(TITLE) {
        out.push(c);
        let next = seen.get(at + 1).copied();
        if c == '@' || (c == '#' && next.is_some_and(|next| next.is_ascii_digit())) {
            out.push(BREAK);
        }
    }
    out.trim_end().to_owned()
}

/// The text in one line, without invisible characters.
fn seen(text: &str) -> String {
    let seen: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ")
}

fn escape(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (at, c) in text.iter().copied().enumerate() {
        let next = text.get(at + 1).copied();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A mention, a team, an address.
            '@' => out.extend(['@', BREAK]),
            // A reference: #7, owner/name#7.
            '#' => out.extend(['\\', '#', BREAK]),
            // A URL. GitHub links it, and turns it into a reference if it is an issue's.
            ':' if next == Some('/') => out.extend([':', BREAK]),
            '.' if ends_with(&text, at, "www") => out.extend(['.', BREAK]),
            // GH-7.
            '-' if ends_with(&text, at, "gh") && next.is_some_and(|next| next.is_ascii_digit()) => {
                out.extend(['\\', '-', BREAK]);
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => out.extend(['\\', c]),
            // A list, a rule, a heading's underline: only at the start of a line.
            '-' | '+' | '=' if at == 0 => out.extend(['\\', c]),
            '.' if begins_with_number(&text, at) => out.extend(['\\', '.']),
            c => out.push(c),
        }
    }
    out
}

/// Whether the word just before `at` is this one.
fn ends_with(text: &[char], at: usize, word: &str) -> bool {
    let Some(start) = at.checked_sub(word.len()) else { return false };
    let same = text
        .get(start..at)
        .is_some_and(|found| found.iter().zip(word.chars()).all(|(found, wanted)| found.eq_ignore_ascii_case(&wanted)));
    let alone = start.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|before| !before.is_alphanumeric());
    same && alone
}

/// Whether everything before `at` is a number, as in `1.`: the start of a list. (`1)` is escaped anyway.)
fn begins_with_number(text: &[char], at: usize) -> bool {
    at > 0 && text.get(..at).is_some_and(|before| before.iter().all(char::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::issue::Repository, tracker::github::keywords::closed_issues};

    /// The text as a person reads it.
    fn read(text: &str) -> String {
        text.replace([BREAK, '\\'], "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }

    #[test]
    fn no_character_that_hides_text_reaches_an_issue() {
        for hidden in ['\u{61c}', '\u{34f}', '\u{3164}', '\u{ffa0}', '\u{fff9}', '\u{202e}', '\u{e0100}'] {
            assert_eq!(inline(&format!("re{hidden}port")), "report", "{hidden:?}");
        }
    }

    #[test]
    fn nobody_is_notified_and_nothing_is_linked() {
        for text in
            ["@octocat", "@acme/team", "#7", "acme/product#7", "GH-7", "https://github.com/a/b/issues/7", "www.a.test"]
        {
            let made = inline(text);
            assert!(made.contains(BREAK), "{made}");
            assert_eq!(read(&made), text);
        }
    }

    #[test]
    fn no_block_begins_and_none_ends() {
        assert_eq!(inline("</details><!-- heard:end -->"), "&lt;/details&gt;&lt;\\!-- heard:end --&gt;");
        let lines = [
            ("# Title", "\\#\u{200b} Title"),
            ("- one", "\\- one"),
            ("1. two", "1\\. two"),
            ("===", "\\==="),
            ("> deep", "&gt; deep"),
        ];
        for (line, harmless) in lines {
            assert_eq!(inline(line), harmless);
        }
        assert_eq!(inline("![x](http://a.test/p.png)"), "\\!\\[x\\]\\(http:\u{200b}//a.test/p.png\\)");
        assert_eq!(inline("```"), "\\`\\`\\`");
    }

    #[test]
    fn a_title_stays_as_it_is_but_for_what_github_joins() {
        assert_eq!(title("Export  *fails*\nfor @ana (#7, #top)"), "Export *fails* for @\u{200b}ana (#\u{200b}7, #top)");
        assert_eq!(title(&"x".repeat(999)).len(), TITLE);
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(inline("a\u{202e}b\u{0}c\u{feff}\td"), "abc d");
        assert_eq!(inline("\u{200b} - one"), "\\- one");
    }

    proptest::proptest! {
        #[test]
        fn no_words_of_a_customer_mean_anything_to_github(
            text in "\\PC{0,60}|[@#<>!`a-z0-9/:.\\-\\[\\]()*_~|$ \\n\\r\\\\]{0,120}|(fixes|closes) [a-z]{0,3}#[0-9]{1,3}",
        ) {
            let home = Repository::parse("acme/product").unwrap();
            let made = inline(&text);
            proptest::prop_assert!(!made.contains('<') && !made.contains('>'), "{}", made);
            let chars: Vec<char> = made.chars().collect();
            for (at, c) in chars.iter().enumerate() {
                let before = at.checked_sub(1).and_then(|before| chars.get(before));
                let after = chars.get(at + 1);
                match c {
                    '@' | '#' => proptest::prop_assert_eq!(after, Some(&BREAK)),
                    '`' | '[' | ']' | '!' => proptest::prop_assert_eq!(before, Some(&'\\')),
                    ':' => proptest::prop_assert_ne!(after, Some(&'/')),
                    _ => {}
                }
            }
            proptest::prop_assert!(closed_issues(&made, &home).is_empty());
            proptest::prop_assert_eq!(made.lines().count(), usize::from(!made.is_empty()));
        }
    }
}
