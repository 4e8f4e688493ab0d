//! The parts every page is made of: icons, states, people, times, small charts. Templates call these as `ui::icon("bug")`.
//!
//! Whatever comes from outside goes through [`text`] and is escaped; there is no other way into an [`Html`].

use std::{
    borrow::Borrow,
    fmt::{self, Write as _},
};

use actix_web::HttpResponse;
use askama::{Template, filters::HtmlSafe};

use super::assets;
use crate::{
    base::clock::Time,
    model::{
        milestone,
        topic::{Kind, State},
    },
};

/// Markup that is ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Text from outside, escaped.
pub fn text(outside: &str) -> Html {
    let mut html = String::with_capacity(outside.len());
    for c in outside.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    Html(html)
}

/// One after the other.
pub fn join(first: &Html, second: &Html) -> Html {
    Html(format!("{first}{second}"))
}

/// A page as an answer. A page that cannot be written is ours to mend: it is logged and answered 500.
pub fn page(page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "A page cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The address of the stylesheet or another file of ours.
pub fn asset(name: &str) -> String {
    assets::url(name)
}

/// An icon of assets/icons.svg; a word stands beside it, so readers of the page aloud skip it.
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

/// A topic's state: its ring and its word.
pub fn state(state: State, cycle: i64) -> Html {
    let (ring, word, tone) = match (state, cycle) {
        (State::Escalated, 1..) => ("reopened", "Reopened", " bad"),
        (State::Open, _) => ("new", "New", " off"),
        (State::Escalated, _) => ("escalated", "Escalated", ""),
        (State::Planned, _) => ("planned", "Planned", ""),
        (State::InProgress, _) => ("in_progress", "In progress", ""),
        (State::FixMerged, _) => ("fix_merged", "Fix merged", ""),
        (State::Shipped, _) => ("shipped", "Shipped", " good"),
        (State::Declined, _) => ("declined", "Declined", " off"),
        (State::Merged, _) => ("merge", "Merged", " off"),
    };
    ring_and_word(ring, word, tone)
}

/// A ring with a word of the page's own.
pub fn ring_and_word(ring: &str, word: &str, tone: &str) -> Html {
    Html(format!(r#"<span class="state{tone}">{}{}</span>"#, icon(ring), text(word)))
}

/// A milestone's ring and word.
pub fn step(kind: milestone::Kind) -> (&'static str, &'static str) {
    match kind {
        milestone::Kind::Escalated => ("escalated", "Escalated"),
        milestone::Kind::Planned => ("planned", "Planned"),
        milestone::Kind::InProgress => ("in_progress", "In progress"),
        milestone::Kind::FixMerged => ("fix_merged", "Fix merged"),
        milestone::Kind::Workaround => ("workaround", "Workaround"),
        milestone::Kind::Shipped => ("shipped", "Shipped"),
        milestone::Kind::Declined => ("declined", "Declined"),
        milestone::Kind::Joined => ("merge", "Joined"),
        milestone::Kind::Reopened => ("reopened", "Reopened"),
        milestone::Kind::Correction => ("undo", "Correction"),
    }
}

/// What a kind is called and its tone.
pub fn kind_word(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bug => ("Bug", "red"),
        Kind::FeatureRequest => ("Feature request", "violet"),
        Kind::Question => ("Question", "teal"),
    }
}

/// A topic's kind as a sign.
pub fn kind(kind: Kind) -> Html {
    let (word, tone) = kind_word(kind);
    let icon = icon(kind.as_str());
    Html(format!(r#"<span class="ic {tone}" title="{word}">{icon}<span class="vh">{word}</span></span>"#))
}

/// A topic's kind as a badge.
pub fn kind_badge(kind: Kind) -> Html {
    let (word, tone) = kind_word(kind);
    Html(format!(r#"<span class="badge {tone}">{}{word}</span>"#, icon(kind.as_str())))
}

/// Somebody's initials in the tone of their name.
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

/// A name to show for a customer, also where the helpdesk knows none.
pub fn name(name: &str) -> &str {
    if name.trim().is_empty() { "A customer without a name" } else { name.trim() }
}

/// A brand to show; a helpdesk's bare number says nothing to people.
pub fn brand(brand: Option<&str>) -> Option<&str> {
    brand.filter(|brand| brand.chars().any(|c| !c.is_ascii_digit()))
}

/// A version as customers know it: `4.18.0` of the tag `v4.18.0`.
pub fn version(tag: &str) -> &str {
    let bare = tag.trim().trim_start_matches(['v', 'V']);
    if bare.starts_with(|c: char| c.is_ascii_digit()) { bare } else { tag.trim() }
}

/// When: near times as people say them, far ones as dates; the full time on hovering.
pub fn when(at: Time, now: Time) -> Html {
    Html(format!(r#"<time datetime="{at}" title="{}">{}</time>"#, full(at), said(at, now)))
}

fn full(at: Time) -> String {
    at.timestamp().strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// A time as people say it.
pub fn said(at: Time, now: Time) -> String {
    let (day, today) = (at.date(), now.date());
    let clock = at.timestamp().strftime("%H:%M");
    if at > now {
        let minutes = at.since(now).as_secs().div_ceil(60);
        return match minutes {
            0..=90 => format!("in {minutes} min"),
            91..=1_440 => format!("in {} h", minutes.div_ceil(60)),
            _ => day.strftime("%-d %b %Y").to_string(),
        };
    }
    if day == today {
        format!("today {clock}")
    } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        format!("yesterday {clock}")
    } else if day.year() == today.year() {
        day.strftime("%a %-d %b").to_string()
    } else {
        day.strftime("%-d %b %Y").to_string()
    }
}

/// How long ago, in one unit: `8 d`, `5 wk`, `7 mo`.
pub fn age(since: Time, now: Time) -> String {
    let hours = now.since(since).as_secs() / 3_600;
    match hours {
        0 => "now".to_owned(),
        1..48 => format!("{hours} h"),
        48..720 => format!("{} d", hours / 24),
        720..2_160 => format!("{} wk", hours / 168),
        2_160..17_520 => format!("{} mo", hours / 730),
        _ => format!("{} y", hours / 8_760),
    }
}

/// Money, rounded as people say it: `412k`, `1.2M`. Nothing is a dash.
pub fn money(cents: i64) -> String {
    let units = cents / 100;
    match units {
        0 => "–".to_owned(),
        1..1_000 => units.to_string(),
        1_000..1_000_000 => format!("{}k", (units + 500) / 1_000),
        _ => format!("{}.{}M", units / 1_000_000, units % 1_000_000 / 100_000),
    }
}

/// A likelihood: in percent.
pub fn percent(likelihood: f64) -> String {
    format!("{:.0} %", (likelihood * 100.0).clamp(0.0, 100.0))
}

/// `one` or `many`, with the number.
pub fn count(number: impl Borrow<i64>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Twelve weeks of tickets as bars; the last four are red where they rise.
pub fn spark(weeks: &[i64]) -> Html {
    let most = weeks.iter().copied().max().unwrap_or(0).max(4);
    let sum = |range: &[i64]| range.iter().sum::<i64>();
    let (earlier, late) = weeks.split_at(weeks.len().saturating_sub(4));
    let rising = sum(late) >= 4 && sum(late) * 2 > sum(earlier);
    let mut bars = String::new();
    for (place, count) in weeks.iter().enumerate() {
        let height = (count * 18 / most).max(1);
        let class = if rising && place >= earlier.len() { r#" class="on""# } else { "" };
        let _ = write!(bars, r#"<rect x="{}" y="{}" width="4" height="{height}"{class}/>"#, place * 6, 20 - height);
    }
    let list: Vec<String> = weeks.iter().map(ToString::to_string).collect();
    Html(format!(
        r#"<svg class="spark" viewBox="0 0 70 20" role="img" aria-label="Tickets per week, oldest first: {}">{bars}</svg>"#,
        list.join(", ")
    ))
}

/// A part of a whole as a small bar.
pub fn meter(part: impl Borrow<i64>, whole: impl Borrow<i64>, class: &str) -> Html {
    let (part, whole) = (*part.borrow(), *whole.borrow());
    let width = if whole > 0 { (part * 100 / whole).clamp(0, 100) } else { 0 };
    Html(format!(
        r#"<svg class="m" viewBox="0 0 100 4" width="48" height="4" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="4" rx="2" class="f-none"/><rect width="{width}" height="4" rx="2" class="{class}"/></svg>"#
    ))
}

/// Confirmed, still broken, told without an answer, not told: of how many customers each.
pub fn shares(confirmed: i64, broken: i64, silent: i64, untold: i64) -> Html {
    let whole = (confirmed + broken + silent + untold).max(1);
    let mut bars = String::new();
    let mut from = 0;
    for (count, class) in [(confirmed, "f-ok"), (broken, "f-bad"), (silent, "f-soft"), (untold, "f-wait")] {
        let width = count * 1_000 / whole;
        if count > 0 {
            let _ = write!(bars, r#"<rect x="{from}" width="{}" height="8" class="{class}"/>"#, (width - 5).max(2));
        }
        from += width;
    }
    Html(format!(
        r#"<svg class="shares" viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label="{confirmed} confirmed, {broken} still broken, {silent} told, no answer yet, {untold} not told">{bars}</svg>"#
    ))
}

/// A small square in a chart's colour, for its legend.
pub fn swatch(class: &str) -> Html {
    Html(format!(
        r#"<svg viewBox="0 0 8 8" aria-hidden="true"><rect width="8" height="8" rx="2" class="{class}"/></svg>"#
    ))
}

/// What somebody wrote, in paragraphs; at most `most` characters, cut at a word.
pub fn paragraphs(outside: &str, most: usize) -> Html {
    let cut = shortened(outside, most);
    let mut html = String::new();
    for paragraph in cut.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let _ = write!(html, "<p>{}</p>", text(paragraph).0.replace('\n', "<br>"));
    }
    Html(html)
}

/// Text of at most `most` characters, cut at a word and marked as cut.
pub fn shortened(outside: &str, most: usize) -> String {
    let trimmed = outside.trim();
    match trimmed.char_indices().nth(most) {
        None => trimmed.to_owned(),
        Some((end, _)) => {
            let whole = trimmed.get(..end).unwrap_or(trimmed);
            let words = whole.rfind(char::is_whitespace).map_or(whole, |end| whole.get(..end).unwrap_or(whole));
            format!("{} …", words.trim_end())
        }
    }
}

/// What somebody wrote, on one line, shortened, with the words and codes marked that two tickets have in common.
pub fn marked(outside: &str, words: &[String], codes: &[String], most: usize) -> Html {
    let cut = shortened(outside, most);
    let mut html = String::new();
    let mut rest = cut.as_str();
    while let Some(start) = rest.find(|c: char| c.is_alphanumeric()) {
        let (before, from) = rest.split_at(start);
        html.push_str(&text(before).0);
        let inside = |c: char| c.is_alphanumeric() || "-_./'".contains(c);
        let end = from.find(|c| !inside(c)).unwrap_or(from.len());
        let word = from.get(..end).unwrap_or(from);
        let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let after = from.get(word.len()..).unwrap_or_default();
        let plain = word.to_lowercase();
        let _ = if codes.iter().any(|code| code.to_lowercase() == plain) {
            write!(html, r#"<mark class="code">{}</mark>"#, text(word))
        } else if words.iter().any(|term| is_form_of(&plain, term)) {
            write!(html, "<mark>{}</mark>", text(word))
        } else {
            write!(html, "{}", text(word))
        };
        rest = after;
    }
    html.push_str(&text(rest).0);
    Html(html)
}

/// As [`marked`], in paragraphs.
pub fn marked_paragraphs(outside: &str, words: &[String], codes: &[String], most: usize) -> Html {
    let cut = shortened(outside, most);
    let mut html = String::new();
    for paragraph in cut.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let _ = write!(html, "<p>{}</p>", marked(paragraph, words, codes, usize::MAX).0.replace('\n', "<br>"));
    }
    Html(html)
}

/// The words of a text that are forms of the terms, as they stand there, each once.
pub fn found(outside: &str, terms: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in outside.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase) {
        let is_new = found.iter().all(|known| known.trim_end_matches('s') != word.trim_end_matches('s'));
        if word.chars().count() > 2 && is_new && terms.iter().any(|term| is_form_of(&word, term)) {
            found.push(word);
        }
    }
    found
}

/// A letter as its reader sees it: paragraphs, and quotations where lines begin with `>`.
pub fn letter(outside: &str) -> Html {
    let mut html = String::new();
    for paragraph in outside.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        let quoted = paragraph.lines().all(|line| line.starts_with('>'));
        let lines: Vec<String> = paragraph
            .lines()
            .map(|line| text(if quoted { line.trim_start_matches(['>', ' ']) } else { line }).0)
            .collect();
        let (open, close) = if quoted { ("<blockquote>", "</blockquote>") } else { ("<p>", "</p>") };
        let _ = write!(html, "{open}{}{close}", lines.join("<br>"));
    }
    Html(html)
}

/// Whether a word is a form of a term, which may be a stem: `exports` of `export`, `days` of `day`.
fn is_form_of(word: &str, term: &str) -> bool {
    let term = term.to_lowercase();
    let ending = match term.chars().count() {
        0..=2 => 0,
        3 => 1,
        _ => 4,
    };
    word == term || (word.starts_with(&term) && word.len() <= term.len() + ending)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let attack = r#"<script>alert("1")</script>"#;
        for html in [
            text(attack),
            paragraphs(attack, 100),
            marked(attack, &["script".into()], &["alert".into()], 100),
            person(attack),
        ] {
            assert!(!html.0.contains("<script"), "{html}");
        }
    }

    #[test]
    fn words_in_common_are_marked_in_their_forms() {
        let html = marked("Exports of TS-EXP-7 fail.", &["export".into()], &["TS-EXP-7".into()], 100);
        assert_eq!(html.0, r#"<mark>Exports</mark> of <mark class="code">TS-EXP-7</mark> fail."#);
    }

    #[test]
    fn the_words_that_are_shown_stand_in_the_text() {
        let terms = ["octob".to_owned(), "export".to_owned(), "day".to_owned()];
        assert_eq!(found("Exports of October, of one export and two days", &terms), ["exports", "october", "days"]);
    }

    #[test]
    fn a_letter_shows_quotations() {
        let html = letter("Hi <Ben>,\n\n> It is\n> not there.\n\nFixed.");
        assert_eq!(html.0, "<p>Hi &lt;Ben&gt;,</p><blockquote>It is<br>not there.</blockquote><p>Fixed.</p>");
    }

    #[test]
    fn text_is_cut_at_a_word() {
        assert_eq!(shortened("one two three", 9), "one two …");
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüä", 3), "äöü …");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let now = Time::parse("2026-11-22T15:00:00Z").unwrap();
        for (at, expected) in [
            ("2026-11-22T08:20:00Z", "today 08:20"),
            ("2026-11-21T16:41:00Z", "yesterday 16:41"),
            ("2026-10-09T16:41:00Z", "Fri 9 Oct"),
            ("2025-10-09T16:41:00Z", "9 Oct 2025"),
            ("2026-11-22T15:30:00Z", "in 30 min"),
        ] {
            assert_eq!(said(Time::parse(at).unwrap(), now), expected);
        }
        assert_eq!(age(now.minus(Duration::from_hours(24 * 8)), now), "8 d");
    }

    #[test]
    fn money_is_rounded_as_people_say_it() {
        let said = [0, 9_900, 41_240_000, 12_345_678_900].map(money);
        assert_eq!(said, ["–", "99", "412k", "123.4M"]);
    }
}
