//! The part of a Markdown text that is said: not code, fenced blocks or HTML comments.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

/// The text without HTML comments and code, by Markdown's own reading of what is code. Code within a line leaves a mark behind.
pub(crate) fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for (code, mark) in code_in(&text) {
        // A block in a quotation or a list comes once for itself and is within another.
        let begins = code.start.max(at);
        if begins < code.end {
            kept.push_str(&text[at..begins]);
            kept.push(mark);
            at = code.end;
        }
    }
    kept.push_str(&text[at..]);
    without_comments(&kept)
}

/// Where there is code, in the order of the text, and what stands in its place.
fn code_in(text: &str) -> impl Iterator<Item = (Range<usize>, char)> {
    Parser::new(text).into_offset_iter().filter_map(|(event, range)| match event {
        Event::Code(_) => Some((range, '\u{fffc}')),
        Event::Start(Tag::CodeBlock(_)) => Some((range, '\n')),
        _ => None,
    })
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_code_and_fences_say_nothing() {
        let text = "one <!-- two -->`three`\n```\nfour\n```\n~~~\nfive\n~~~\nsix\n<!-- open\nseven";
        let words: Vec<String> = visible(text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["one", "\u{fffc}", "six"]);
    }

    #[test]
    fn code_is_what_markdown_takes_for_code() {
        for text in [
            "````\n```\nin\n```\n````",
            "`` in ``",
            "    in",
            "`in\nhere`",
            "> ```\n> in\n> ```",
            "- ```\n  in\n  ```",
            "```\nin",
        ] {
            assert!(!visible(text).contains("in"), "{text}: {}", visible(text));
        }
        assert_eq!(visible("a `b` c\n\nd").trim(), "a \u{fffc} c\n\nd");
        assert!(visible("1. A list\n\n   with text\n2. more").contains("with text"));
    }
}
