//! The part of a Markdown text that is said: not code, fenced blocks or HTML comments.

/// The text without HTML comments, fenced blocks, and code between backticks.
pub(crate) fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut without_comments = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<!--") {
        without_comments.push_str(before);
        without_comments.push(' ');
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    without_comments.push_str(rest);

    let mut kept = String::with_capacity(without_comments.len());
    let mut fence: Option<&str> = None;
    for line in without_comments.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => {
                push_without_code(&mut kept, line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

/// Leaves out what is between two backticks of one line.
fn push_without_code(kept: &mut String, line: &str) {
    let mut parts = line.split('`').peekable();
    let mut code = false;
    while let Some(part) = parts.next() {
        if !code || parts.peek().is_none() {
            kept.push_str(part);
        } else {
            kept.push('\u{fffc}');
        }
        code = !code;
    }
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
}
