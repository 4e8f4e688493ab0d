//! Text conversions that both simulators need.

/// Decodes `%2F` and the like in one segment of a path.
pub(super) fn percent_decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// Encodes a query value.
pub(super) fn percent_encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Escapes text for HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Plain text as the HTML that a helpdesk turns it into: paragraphs and line breaks.
pub(super) fn as_html(text: &str) -> String {
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| format!("<p dir=\"auto\">{}</p>", escaped(paragraph).replace('\n', "<br>")))
        .collect();
    format!("<div class=\"zd-comment\" dir=\"auto\">{}</div>", paragraphs.concat())
}

/// HTML without its comments. Helpdesks remove them, so nothing may rely on them.
pub(super) fn without_comments(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::with_capacity(html.len());
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        rest = rest[start..].find("-->").map_or("", |end| &rest[start + end + 3..]);
    }
    kept.push_str(rest);
    kept
}

/// HTML as Zendesk's `plain_body` has it: as [`as_plain`], but a link is only its text. Zendesk's
/// reference calls it the comment "as plain text", and parsers of it report that addresses are dropped.
pub(super) fn without_addresses(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("<a ") {
        kept.push_str(&rest[..start]);
        rest = rest[start..].find('>').map_or("", |end| &rest[start + end + 1..]);
    }
    kept.push_str(rest);
    as_plain(&kept)
}

/// HTML as a reader sees it: without tags, each block on its own line, common character references resolved.
/// A link keeps its address after its text and a quotation its mark, as in the plain part of an email.
pub(super) fn as_plain(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut address = None;
    let source = without_comments(html);
    let mut rest = source.as_str();
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('>') else {
            rest = "";
            break;
        };
        let tag = &rest[start + 1..start + end];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default().to_ascii_lowercase();
        match name.as_str() {
            "a" if tag.starts_with('/') => {
                if let Some(address) = address.take().filter(|address: &String| !plain.ends_with(address.as_str())) {
                    plain.push_str(" (");
                    plain.push_str(&address);
                    plain.push(')');
                }
            }
            "a" => address = attribute(tag, "href"),
            "br" => plain.push('\n'),
            "blockquote" if !tag.starts_with('/') => plain.push_str("> "),
            "p" | "div" | "li" | "blockquote" | "ul" | "ol" if tag.starts_with('/') && !plain.ends_with('\n') => {
                plain.push('\n');
            }
            _ => {}
        }
        rest = &rest[start + end + 1..];
    }
    plain.push_str(rest);
    let resolved = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    resolved.replace("&nbsp;", " ").replace("&amp;", "&").trim().to_owned()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!("{name}=\""))?.1;
    value.split_once('"').map(|(value, _)| value.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_keeps_words_lines_and_addresses() {
        let html = "<p>Hi Ann &amp; Bob,</p><!-- hidden --><p>see <a href=\"http://h/c/1\">here</a>.<br>Thanks</p>\
                    <blockquote><p>it breaks</p></blockquote>";
        assert_eq!(as_plain(html), "Hi Ann & Bob,\nsee here (http://h/c/1).\nThanks\n> it breaks");
    }

    #[test]
    fn unfinished_html_is_survived() {
        assert_eq!(as_plain("<p>half <a href"), "half");
        assert_eq!(without_comments("a<!-- b"), "a");
    }

    #[test]
    fn text_becomes_html_that_reads_back() {
        assert_eq!(as_plain(&as_html("1 < 2\nthree\n\nfour")), "1 < 2\nthree\nfour");
    }
}
