//! Small things that every text needs: counts with their noun, and text from outside that has to fit into one line of ours.

use crate::base::characters::is_invisible;

/// `1 customer`, `12 customers`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A text of ours with each `{name}` replaced by its value. Values themselves are not searched for names.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        rest = match named {
            Some((value, behind)) => {
                filled.push_str(value);
                behind
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled + rest
}

/// Text as HTML, also inside a quoted attribute.
pub(super) fn escape_html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// One line: each run of white space becomes one space, and nothing invisible or reserved for our own marks is kept.
///
/// Control, zero-width and bidirectional characters could hide or reorder what the reader sees. Private-use characters are
/// how [`super::blocks`] marks structure, so no text from outside may bring its own.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if !is_invisible(c) && !is_private_use(c) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

fn is_private_use(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// The first `max` characters.
pub(super) fn head(text: &str, max: usize) -> &str {
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

/// At most `max` characters, cut after a whole word, with an ellipsis if something was left out.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let end = text.char_indices().nth(max.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    let inside_a_word = text[end..].starts_with(|c: char| !c.is_whitespace());
    let whole = match head.rfind(char::is_whitespace) {
        Some(space) if inside_a_word && space * 2 > end => &head[..space],
        _ => head,
    };
    format!("{}…", whole.trim_end().trim_end_matches([',', ';', ':', '-', '(', '–']))
}

/// With a capital first letter.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// With a full stop, unless it already ends like a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = capital(&one_line(text));
    if text.is_empty() || text.ends_with(['.', '!', '?', '…', '。', '？', '！']) { text } else { text + "." }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_after_a_word() {
        assert_eq!(cut("the export drops rows", 100), "the export drops rows");
        assert_eq!(cut("the export drops rows", 14), "the export…");
        assert_eq!(cut("the export, drops rows", 13), "the export…");
        assert_eq!(cut(&"長".repeat(30), 10).chars().count(), 10);
    }

    #[test]
    fn a_filled_in_value_is_not_read_again() {
        let values = [("a", "{b}"), ("b", "x")];
        assert_eq!(fill("{a} and {b}, {c} {", &values), "{b} and x, {c} {");
    }

    #[test]
    fn nothing_invisible_stays_in_a_line() {
        assert_eq!(one_line(" a\u{200b}b \n\t c\u{e000}\u{202e}d\u{7} "), "ab cd");
    }
}
