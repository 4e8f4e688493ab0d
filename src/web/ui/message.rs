//! A message of ours as the helpdesk shows it: from its HTML, with only what makes paragraphs, quotations and links.
//!
//! What a person wrote was escaped when the HTML was made. It is read here as if it had not been: every text is escaped anew, no
//! attribute but a link's address is kept, and a tag that is not known is left out with its text standing.

use std::{borrow::Cow, fmt::Write as _};

use super::{Html, text};
use crate::wording::page_key::PLACEHOLDER;

/// What may be opened and closed.
const BLOCKS: [&str; 2] = ["p", "blockquote"];

/// The message as it is shown. A link that will have the customer's key leads nowhere here: only they have it.
pub fn message(html: &str) -> Html {
    let mut shown = ShownMessage::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (before, from) = rest.split_at(start);
        shown.text(before);
        let end = from.find('>').map_or(from.len(), |end| end + 1);
        let (tag, after) = from.split_at(end);
        shown.tag(tag.trim_matches(['<', '>']));
        rest = after;
    }
    shown.text(rest);
    shown.ended()
}

/// A text without its key, as far as it is for people to read.
pub fn without_key(text: &str) -> String {
    text.replace(PLACEHOLDER, "…")
}

/// What is written so far, and what of it is open.
#[derive(Default)]
struct ShownMessage {
    html: String,
    open: Vec<&'static str>,
}

impl ShownMessage {
    fn text(&mut self, html: &str) {
        let plain: Cow<'_, str> = html_escape::decode_html_entities(html);
        self.html.push_str(&text(&without_key(&plain)).0);
    }

    fn tag(&mut self, tag: &str) {
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if name == "br" {
            self.html.push_str("<br>");
        } else if name == "a" && !closes {
            self.link(tag);
        } else if name == "a" {
            self.close(&["a", "span"]);
        } else if let Some(block) = BLOCKS.into_iter().find(|block| *block == name) {
            if closes {
                self.close(&[block]);
            } else {
                self.open(block, "");
            }
        }
    }

    /// Opens a link, or what looks like one.
    fn link(&mut self, tag: &str) {
        let quoted = tag.split_once("href=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(address, _)| address);
        let address = html_escape::decode_html_entities(quoted.unwrap_or_default());
        let leads = address.starts_with("https://") || address.starts_with("http://");
        if leads && !address.contains(PLACEHOLDER) {
            self.open("a", &format!(r#" href="{}" rel="noreferrer""#, text(&address)));
        } else {
            self.open("span", &format!(r#" class="link" title="{}""#, text(&without_key(&address))));
        }
    }

    fn open(&mut self, name: &'static str, attributes: &str) {
        let _ = write!(self.html, "<{name}{attributes}>");
        self.open.push(name);
    }

    /// Closes the innermost, if it is one of these.
    fn close(&mut self, names: &[&str]) {
        if let Some(name) = self.open.pop_if(|open| names.contains(open)) {
            let _ = write!(self.html, "</{name}>");
        }
    }

    fn ended(mut self) -> Html {
        while let Some(name) = self.open.pop() {
            let _ = write!(self.html, "</{name}>");
        }
        Html(self.html)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_its_paragraphs_quotations_and_links() {
        let html = "<p>Hi Ana &amp; Bo,</p>\n<blockquote><p>It is<br>not there</p></blockquote>\n\
                    <p><a href=\"https://heard.test/c/PAGE-TOKEN?answer=works\">Yes</a> · <a href=\"https://acme.test/a?b=1&amp;c=2\">News</a></p>\n";
        assert_eq!(
            message(html).0,
            "<p>Hi Ana &amp; Bo,</p>\n<blockquote><p>It is<br>not there</p></blockquote>\n\
             <p><span class=\"link\" title=\"https://heard.test/c/…?answer=works\">Yes</span> · \
             <a href=\"https://acme.test/a?b=1&amp;c=2\" rel=\"noreferrer\">News</a></p>\n"
        );
    }

    #[test]
    fn whatever_is_in_it_nothing_runs_and_nothing_stays_open() {
        for attack in [
            "<script>alert(1)</script>",
            "<p onclick=\"alert(1)\">x</p>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href='https://evil.test' onmouseover=alert(1)>x</a>",
            "<a href=\"https://evil.test/\" onclick=\"alert(1)\">x</a>",
            "<svg/onload=alert(1)>",
            "<style>p { color: red }</style>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "<p><p><blockquote></p></a></blockquote></main>",
            "<",
        ] {
            let shown = message(attack).0;
            for bad in ["<script", "<img", "<svg", "<style", "<main", "onclick", "onerror", "onload", "onmouseover"] {
                assert!(!shown.contains(bad), "{attack}: {shown}");
            }
            assert!(!shown.contains("href=\"javascript"), "{attack}: {shown}");
            for name in ["p", "blockquote", "a", "span"] {
                let opened = shown.matches(&format!("<{name}>")).count() + shown.matches(&format!("<{name} ")).count();
                assert_eq!(opened, shown.matches(&format!("</{name}>")).count(), "{attack}: {shown}");
            }
        }
    }
}
