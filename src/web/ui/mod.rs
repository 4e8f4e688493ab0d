//! The parts every page is made of: icons, states, people, times, small charts. Templates call these as `ui::icon("bug")`.
//!
//! Text from outside goes through [`text`], which escapes it; there is no other way into an [`Html`].

mod chart;
mod markdown;
mod message;
mod quote;
mod say;
pub mod states;

use std::fmt;

use actix_web::HttpResponse;
use askama::{Template, filters::HtmlSafe};

pub use self::{
    chart::{meter, shares, spark, swatch},
    markdown::markdown,
    message::{message, without_key},
    quote::{found, letter, marked, marked_paragraphs, shortened},
    say::{age, amount, brand, count, likely, money, name, percent, revenue, said, version, when},
};
use super::assets;
use crate::{base::characters, model::topic::TopicKind};

/// Markup that is ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Text from outside, with everything escaped that could end a text or an attribute.
pub fn text(outside: &str) -> Html {
    Html(html_escape::encode_quoted_attribute(outside).into_owned())
}

/// A sentence in which commands stand between backticks.
pub fn with_code(sentence: &str) -> Html {
    let parts = sentence.split('`').enumerate();
    Html(
        parts
            .map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", text(part)) } else { text(part).0 })
            .collect(),
    )
}

/// One after the other.
pub fn join(first: &Html, second: &Html) -> Html {
    Html(format!("{first}{second}"))
}

/// A page as an answer. A page that cannot be rendered is our bug: it is logged and answered with 500.
pub fn page(page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(unturned(html)),
        Err(error) => {
            tracing::error!(%error, "A page cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The page without the characters by which a subject or a name could turn round the line it stands in. The stylesheet keeps what
/// is written from right to left to itself.
fn unturned(html: String) -> String {
    if html.contains(characters::turns_text) { html.replace(characters::turns_text, "") } else { html }
}

/// The address of the stylesheet or another file of ours.
pub fn asset(name: &str) -> String {
    assets::url(name)
}

/// An icon of assets/web/icons.svg; a word stands beside it, so screen readers skip it.
pub fn icon(name: &str) -> Html {
    icon_with(name, "")
}

/// A small icon.
pub fn small_icon(name: &str) -> Html {
    icon_with(name, " s")
}

fn icon_with(name: &str, class: &str) -> Html {
    let file = assets::url("icons.svg");
    Html(format!(r#"<svg class="i{class}" viewBox="0 0 16 16" aria-hidden="true"><use href="{file}#{name}"/></svg>"#))
}

/// A ring with a word of the page's own.
pub fn ring_and_word(ring: &str, word: &str, tone: &str) -> Html {
    Html(format!(r#"<span class="state{tone}">{}{}</span>"#, icon(ring), text(word)))
}

/// What a kind is called and its tone.
pub fn kind_word(kind: TopicKind) -> (&'static str, &'static str) {
    match kind {
        TopicKind::Bug => ("Bug", "red"),
        TopicKind::FeatureRequest => ("Feature request", "violet"),
        TopicKind::Question => ("Question", "teal"),
    }
}

/// A topic's kind as an icon.
pub fn kind(kind: TopicKind) -> Html {
    let (word, tone) = kind_word(kind);
    let icon = icon(kind.as_str());
    Html(format!(r#"<span class="ic {tone}" title="{word}">{icon}<span class="vh">{word}</span></span>"#))
}

/// A topic's kind as a badge.
pub fn kind_badge(kind: TopicKind) -> Html {
    let (word, tone) = kind_word(kind);
    Html(format!(r#"<span class="badge {tone}">{}{word}</span>"#, icon(kind.as_str())))
}

/// Somebody's initials, in a tone that their name always gets.
pub fn person(name: &str) -> Html {
    const TONES: [&str; 6] = ["", " red", " green", " violet", " amber", " teal"];
    let letters: String =
        name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).collect();
    let mut initials: String = letters.chars().take(1).collect();
    initials.extend(letters.chars().skip(1).last());
    if initials.is_empty() {
        initials.push('?');
    }
    let sum = name.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let tone = TONES.get(sum % TONES.len()).copied().unwrap_or_default();
    Html(format!(r#"<span class="av{tone}" aria-hidden="true">{}</span>"#, text(&initials.to_uppercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_a_sentence_are_marked_and_everything_is_escaped() {
        let html = with_code("Next: `heard check`. <b>`<i>`").to_string();
        assert_eq!(html, "Next: <code>heard check</code>. &lt;b&gt;<code>&lt;i&gt;</code>");
    }

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let attack = r#"<script>alert("1")</script> ' onload=x"#;
        for html in [
            text(attack),
            letter(attack),
            message(attack),
            marked(attack, &["script".into()], &["alert".into()], 100),
            person(attack),
        ] {
            assert!(!html.0.contains("<script") && !html.0.contains("' onload"), "{html}");
        }
    }
}
