//! From a rendered template to plain text and HTML. Both come from one source, so they can never say different things.
//!
//! A template is paragraphs with empty lines between them. A line that starts with `> ` quotes the customer, and one that
//! starts with `=> ADDRESS LABEL` is a link of its own. [`mark`] replaces both by private-use characters before anything is
//! filled in, and text from outside is stripped of those ([`super::text::one_line`]). So a customer who writes
//! `=> https://evil.test` or `<script>` sees just these characters again.

use std::fmt::Write;

use super::text::escape_html;
use crate::model::milestone::MessageFact;

const QUOTE: char = '\u{e000}';
const LINK: char = '\u{e001}';
const ADDRESS: char = '\u{e002}';
const ADDRESS_END: char = '\u{e003}';
const PARAGRAPH: char = '\u{e004}';
/// An address that is not there: a link to it is left out.
pub(super) const NO_ADDRESS: &str = "\u{e002}\u{e003}";

/// Replaces a template's paragraph breaks and line marks by characters that no text from outside can contain.
///
/// The lines of a paragraph are joined, so a condition can have a line of its own without splitting the paragraph.
pub(super) fn mark(source: &str) -> String {
    let mut marked = String::with_capacity(source.len());
    for line in source.lines().map(str::trim) {
        // A mark may follow a condition: `{% if stop_url %}=> {{ stop_url }} ...`.
        let at = if line.starts_with("{%") { line.find("%}").map_or(0, |end| end + 2) } else { 0 };
        let (condition, rest) = line.split_at(at);
        let part = match (line, rest.strip_prefix("=> "), rest.strip_prefix("> ")) {
            ("", ..) => PARAGRAPH.to_string(),
            (_, Some(link), _) => format!("{condition}\n{LINK}{link}\n"),
            (_, _, Some(quote)) => format!("{condition}\n{QUOTE}{quote}\n"),
            _ => format!("{line} "),
        };
        marked.push_str(&part);
    }
    marked
}

/// An address as a template gets it: plain in text, a link in HTML. `None` for anything but http and https.
pub(super) fn address(url: &str) -> Option<String> {
    let url = url.trim();
    let web = url.starts_with("https://") || url.starts_with("http://");
    let plain = url.chars().all(|c| !c.is_whitespace() && !c.is_control() && !('\u{e000}'..='\u{f8ff}').contains(&c));
    (web && plain && url.len() <= 2_000).then(|| format!("{ADDRESS}{url}{ADDRESS_END}"))
}

/// A line of a template that a person wrote, with the addresses in it as links.
pub(super) fn with_addresses_beside_facts(line: &str) -> String {
    let linked = |word: &str| if word.contains(['{', '}']) { word.to_owned() } else { with_addresses(word) };
    line.split(' ').map(linked).collect::<Vec<_>>().join(" ")
}

/// What stands for a fact that is an address, in a text that a person goes on with.
pub(super) fn stand_in(fact: MessageFact) -> String {
    format!("{ADDRESS}{{{{ {fact} }}}}{ADDRESS_END}")
}

/// A person's words, with the addresses in them as links.
pub(super) fn with_addresses(words: &str) -> String {
    let mut linked = Vec::new();
    for word in words.split(' ') {
        let end = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '。']).len();
        let (url, rest) = word.split_at(end);
        linked.push(address(url).map_or_else(|| word.to_owned(), |url| url + rest));
    }
    linked.join(" ")
}

/// A message as its paragraphs, from which text and HTML are written.
pub(super) struct RenderedMessage(Vec<MessageBlock>);

enum MessageBlock {
    Words(String),
    Quote(String),
    Links(Vec<(String, String)>),
}

impl RenderedMessage {
    /// Reads the output of a marked template.
    pub(super) fn read(rendered: &str) -> Self {
        Self(rendered.split(PARAGRAPH).flat_map(paragraph).collect())
    }

    /// As plain text: `> ` before the quotation, `label: address` for a link.
    pub(super) fn text(&self) -> String {
        let shown = self.0.iter().map(|block| match block {
            MessageBlock::Words(words) => unmarked(words),
            MessageBlock::Quote(quote) => format!("> {}", unmarked(quote)),
            MessageBlock::Links(links) => {
                links.iter().map(|(url, label)| format!("{label}: {url}")).collect::<Vec<_>>().join("\n")
            }
        });
        shown.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    /// As a template that gives the same again.
    pub(super) fn source(&self) -> String {
        let shown = self.0.iter().map(|block| match block {
            MessageBlock::Words(words) => unmarked(words),
            MessageBlock::Quote(quote) => format!("> {}", unmarked(quote)),
            MessageBlock::Links(links) => {
                links.iter().map(|(url, label)| format!("=> {url} {label}")).collect::<Vec<_>>().join("\n")
            }
        });
        shown.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    /// As HTML that every mail program shows: paragraphs, one quotation, links. No style, no class, no image.
    pub(super) fn html(&self) -> String {
        let mut html = String::new();
        for block in &self.0 {
            let written = match block {
                MessageBlock::Words(words) => writeln!(html, "<p>{}</p>", linked(words)),
                MessageBlock::Quote(quote) => writeln!(html, "<blockquote><p>{}</p></blockquote>", linked(quote)),
                MessageBlock::Links(links) => {
                    let links = links.iter().map(|(url, label)| anchor(url, label));
                    writeln!(html, "<p>{}</p>", links.collect::<Vec<_>>().join(" · "))
                }
            };
            debug_assert!(written.is_ok(), "a String takes everything");
        }
        html
    }
}

/// The blocks of one paragraph: words, a quotation, or a run of links.
fn paragraph(rendered: &str) -> Vec<MessageBlock> {
    let mut blocks = Vec::new();
    let leads_somewhere = |line: &String| !(line.starts_with(LINK) && line.contains(NO_ADDRESS));
    let lines = rendered.lines().map(spaced_once).filter(leads_somewhere).map(|line| line.replace(NO_ADDRESS, ""));
    for line in lines.filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix(LINK) {
            match blocks.last_mut() {
                Some(MessageBlock::Links(links)) => links.push(link(rest)),
                _ => blocks.push(MessageBlock::Links(vec![link(rest)])),
            }
        } else if let Some(quote) = line.strip_prefix(QUOTE) {
            blocks.push(MessageBlock::Quote(quote.trim().to_owned()));
        } else {
            blocks.push(MessageBlock::Words(line));
        }
    }
    blocks
}

fn spaced_once(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn link(line: &str) -> (String, String) {
    let (url, label) = line.trim_start_matches([' ', ADDRESS]).split_once(ADDRESS_END).unwrap_or(("", line));
    (url.to_owned(), unmarked(label.trim()))
}

fn unmarked(text: &str) -> String {
    text.replace([QUOTE, LINK, ADDRESS, ADDRESS_END, PARAGRAPH], "")
}

fn linked(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ADDRESS) {
        let (url, behind) = after.split_once(ADDRESS_END).unwrap_or((after, ""));
        html.push_str(&escape(before));
        html.push_str(&anchor(url, url));
        rest = behind;
    }
    html + &escape(rest)
}

fn anchor(url: &str, label: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escape(url), escape(label))
}

fn escape(text: &str) -> String {
    escape_html(&unmarked(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_gives_text_and_html() {
        let url = address("https://a.test/?x=1&y=2").expect("a web address");
        let message =
            RenderedMessage::read(&mark(&format!("Hi\nAna,\n\n> it <b>breaks</b>\n\n\n=> {url} Yes\n=> {url} No\n")));
        assert_eq!(
            message.text(),
            "Hi Ana,\n\n> it <b>breaks</b>\n\nYes: https://a.test/?x=1&y=2\nNo: https://a.test/?x=1&y=2\n"
        );
        assert_eq!(
            message.html(),
            "<p>Hi Ana,</p>\n<blockquote><p>it &lt;b&gt;breaks&lt;/b&gt;</p></blockquote>\n\
             <p><a href=\"https://a.test/?x=1&amp;y=2\">Yes</a> · <a href=\"https://a.test/?x=1&amp;y=2\">No</a></p>\n"
        );
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(address("javascript:alert(1)"), None);
        assert_eq!(address("https://a.test/ onclick=x"), None);
        let words = with_addresses("Choose A4 (see https://a.test/print).");
        let message = RenderedMessage::read(&words);
        assert_eq!(message.text(), "Choose A4 (see https://a.test/print).\n");
        assert!(with_addresses("see https://a.test.").contains(ADDRESS));
        assert_eq!(
            RenderedMessage::read(&with_addresses("see https://a.test/p.")).html(),
            "<p>see <a href=\"https://a.test/p\">https://a.test/p</a>.</p>\n"
        );
    }
}
