//! Tickets and issues as pages for people, so that links into a simulator lead somewhere.
//!
//! Invariant: everything except the HTML that a simulator made itself is escaped here, and a page runs no script.

use super::message::Response;
use super::text::escaped;

/// One entry on a page.
pub(super) struct PageEntry<'a> {
    pub(super) author: &'a str,
    /// `internal note`, `opened this issue` and so on, in small letters beside the name.
    pub(super) remark: &'a str,
    pub(super) html: String,
}

/// A page with a heading, a status and its entries in order.
pub(super) fn page(site: &str, heading: &str, status: &str, entries: &[PageEntry<'_>]) -> Response {
    let (site, heading) = (escaped(site), escaped(heading));
    let mut body = String::new();
    for PageEntry { author, remark, html } in entries {
        let (author, remark) = (escaped(author), escaped(remark));
        body.extend(["<article><h2>", &author, " <small>", &remark, "</small></h2>", html, "</article>"]);
    }
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading} - {site}</title><style>{STYLE}</style>\
         <p>{site}</p><h1>{heading}</h1><p><b>{}</b></p>{body}",
        escaped(status)
    );
    Response::html(200, page)
        .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; img-src *")
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
color:#1d2433;background:#fff}article{border:1px solid #d5dae3;border-radius:8px;padding:.25rem 1rem;margin:1rem 0}\
h1{font-size:1.5rem}h2{font-size:1rem}small{font-weight:400;color:#5a6478}pre{white-space:pre-wrap;font:inherit}\
@media(prefers-color-scheme:dark){body{color:#e4e8f0;background:#14171d}article{border-color:#343b48}small{color:#9aa4b5}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_headings_cannot_bring_markup_in() {
        let entry = PageEntry { author: "<i>Ann", remark: "", html: "<p>made by us</p>".to_owned() };
        let answer = page("Practice", "<script>", "open", &[entry]);
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.contains("<h1>&lt;script&gt;</h1>") && text.contains("&lt;i&gt;Ann"));
        assert!(text.contains("<p>made by us</p>"));
    }
}
