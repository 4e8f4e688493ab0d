//! Converts plain text to HTML and back, for helpdesks that only take the other of the two.

use crate::base::limits;

/// HTML that shows exactly these characters, with paragraphs and line breaks. The text cannot inject markup.
pub(super) fn html(text: &str) -> String {
    let paragraphs = html_escape::encode_text(text.trim()).replace("\r\n", "\n");
    let paragraphs = paragraphs.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let lines = paragraphs.map(|paragraph| paragraph.replace('\n', "<br>")).collect::<Vec<_>>();
    if lines.is_empty() { String::new() } else { format!("<p>{}</p>", lines.join("</p><p>")) }
}

/// The text of an HTML message. A very long one is cut first.
///
/// The crate takes quadratic time if tags or quotes are never closed, and customers can write such messages. The cut
/// limits the worst case to a fraction of a second.
pub(crate) fn plain(html: &str) -> String {
    let cut = html.char_indices().nth(limits::GROUPING_CHARACTERS).map_or(html.len(), |(at, _)| at);
    tidy(&nanohtml2text::html2text(&html[..cut]))
}

/// Plain text as helpdesks store it, without what is left over from its conversion from HTML.
pub(super) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace("&nbsp;", " ").replace('\u{a0}', " ");
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        let doubled = line.is_empty() && lines.last().is_none_or(|last| last.is_empty());
        if !doubled {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_inject_html() {
        let made = html("Hi <script>alert('x')</script>\nTom & Ann\r\n\r\n\"bye\"");
        assert!(!made.contains("<script"), "{made}");
        assert_eq!(made.matches("<p>").count(), 2);
        assert_eq!(made.matches("<br>").count(), 1);
        assert_eq!(plain(&made), "Hi <script>alert('x')</script>\nTom & Ann\n\n\"bye\"");
    }

    #[test]
    fn html_reads_as_its_words() {
        let made = plain(
            "<div dir=\"auto\"><p>Hello&nbsp;there,</p><p>it <b>fails</b><br>again &amp; again</p><style>p{}</style></div>",
        );
        assert_eq!(made, "Hello there,\n\nit fails\nagain & again");
    }

    #[test]
    fn blank_lines_do_not_pile_up() {
        assert_eq!(tidy("\n\na \r\n\r\n\r\n\r\nb&nbsp;c\n"), "a\n\nb c");
    }

    #[test]
    fn a_long_message_is_cut_before_it_is_read() {
        let long = "ü".repeat(limits::GROUPING_CHARACTERS + 5);
        assert_eq!(plain(&long).chars().count(), limits::GROUPING_CHARACTERS);
    }

    proptest::proptest! {
        #[test]
        fn no_html_makes_it_panic(text in "\\PC{0,200}", pieces in proptest::collection::vec("(<[a-z/!-]{0,4}|[>\"'&;#x0-9=]|&[a-z]{1,5};?|ü|[ \n])", 0..60)) {
            plain(&text);
            plain(&pieces.concat());
            html(&text);
        }
    }
}
