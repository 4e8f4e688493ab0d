//! HTML for a text that a person wrote or edited. It has paragraphs and links and nothing else.

use std::fmt::Write;

use super::text::escape_html;

/// The text as HTML. Everything is escaped, an empty line separates paragraphs, and a web address becomes a link.
pub fn of_text(text: &str) -> String {
    let mut html = String::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let lines: Vec<String> = paragraph.lines().map(line).collect();
        html.push_str("<p>");
        html.push_str(&lines.join("<br>"));
        html.push_str("</p>");
    }
    html
}

fn line(line: &str) -> String {
    let mut html = String::new();
    for (at, word) in line.split(' ').enumerate() {
        if at > 0 {
            html.push(' ');
        }
        let bare = word.trim_end_matches(['.', ',', ';', ')', '!', '?']);
        if bare.starts_with("https://") || bare.starts_with("http://") {
            let (address, rest) = (escape_html(bare), escape_html(&word[bare.len()..]));
            // Writing to a String cannot fail.
            let _ = write!(html, "<a href=\"{address}\">{address}</a>{rest}");
        } else {
            html.push_str(&escape_html(word));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_text_keeps_its_paragraphs_and_loses_its_markup() {
        assert_eq!(
            of_text("Hi Ana,\n\nit is <b>fixed</b>: https://acme.test/c/x?a=1&b=2.\nSam"),
            "<p>Hi Ana,</p><p>it is &lt;b&gt;fixed&lt;/b&gt;: <a href=\"https://acme.test/c/x?a=1&amp;b=2\">https://acme.test/c/x?a=1&amp;b=2</a>.<br>Sam</p>"
        );
    }
}
