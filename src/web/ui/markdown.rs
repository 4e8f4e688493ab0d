//! Markdown, as its reader will see it.

use pulldown_cmark::{Event, Parser, html};

use super::Html;

/// What Heard writes into an issue, as GitHub shows it. Markup that stands in it is shown as text, so nothing of it acts here.
pub fn markdown(written: &str) -> Html {
    let events = Parser::new(written).map(|event| match event {
        Event::Html(markup) | Event::InlineHtml(markup) => Event::Text(markup),
        other => other,
    });
    let mut shown = String::with_capacity(written.len() * 2);
    html::push_html(&mut shown, events);
    Html(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_shown_as_its_reader_sees_it_and_nothing_in_it_acts() {
        let shown =
            markdown("**Bug**, raised by 2\n\n> For two \\[word\\] &lt;b&gt; <script>alert(1)</script>\n\n<img src=x>")
                .0;
        assert!(shown.contains("<strong>Bug</strong>, raised by 2"), "{shown}");
        assert!(shown.contains("For two [word] &lt;b&gt; &lt;script&gt;alert(1)&lt;/script&gt;"), "{shown}");
        assert!(!shown.contains("<img") && !shown.contains("<script"), "{shown}");
    }
}
