//! Two updates to one customer as one message, in which the beginning and the end that both share are said once.

/// Two plain texts as one.
pub fn text(first: &str, second: &str) -> String {
    let paragraphs = |text| str::split(text, "\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect();
    joined(paragraphs(first), paragraphs(second)).join("\n\n") + "\n"
}

/// The same two as HTML.
pub fn html(first: &str, second: &str) -> String {
    joined(blocks(first), blocks(second)).join("\n") + "\n"
}

/// The paragraphs and quotations of a message.
fn blocks(html: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut rest = html.trim();
    while !rest.is_empty() {
        let closing = if rest.starts_with("<blockquote>") { "</blockquote>" } else { "</p>" };
        let (block, after) = rest.split_at(rest.find(closing).map_or(rest.len(), |at| at + closing.len()));
        blocks.push(block);
        rest = after.trim_start();
    }
    blocks
}

/// The shared beginning, what only the first says, what only the second says, and the shared end.
fn joined<'t>(first: Vec<&'t str>, second: Vec<&'t str>) -> Vec<&'t str> {
    let begin = first.iter().zip(&second).take_while(|(one, other)| one == other).count();
    let shorter = first.len().min(second.len()) - begin;
    let end = first.iter().rev().zip(second.iter().rev()).take(shorter).take_while(|(one, other)| one == other).count();
    let mut all = first;
    all.truncate(all.len() - end);
    all.extend(second.into_iter().skip(begin));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_messages_share_is_said_once() {
        let first = "Hi Ana,\n\n> It fails\n\nThere is a way around.\n\nAcme support\n";
        let second = "Hi Ana,\n\n> It fails\n\nSomebody works on it.\n\nIt is no small thing.\n\nAcme support\n";
        assert_eq!(
            text(first, second),
            "Hi Ana,\n\n> It fails\n\nThere is a way around.\n\nSomebody works on it.\n\nIt is no small thing.\n\nAcme support\n"
        );
        assert_eq!(text(first, first), first);
        assert_eq!(text("One", "Another"), "One\n\nAnother\n");
        assert_eq!(text("", second), second);
    }

    #[test]
    fn a_quotation_is_not_torn_apart() {
        let quote = "<blockquote><p>It fails</p></blockquote>";
        let first = format!("<p>Hi</p>\n{quote}\n<p>One</p>\n<p>Bye</p>\n");
        let second = format!("<p>Hi</p>{quote}<p>Other</p><p>Bye</p>");
        assert_eq!(html(&first, &second), format!("<p>Hi</p>\n{quote}\n<p>One</p>\n<p>Other</p>\n<p>Bye</p>\n"));
        assert_eq!(html("no markup", "<p>Hi</p>"), "no markup\n<p>Hi</p>\n");
    }
}
