//! Small charts as inline SVG, drawn at the size they are shown. Each has its figures in words, too.

use std::{borrow::Borrow, fmt::Write as _};

use super::Html;
use crate::model::impact::{LATEST_WEEKS, is_rising};

/// Twelve weeks of tickets as bars. The last four are red when they rise.
pub fn spark(weeks: &[i64]) -> Html {
    let most = weeks.iter().copied().max().unwrap_or(0).max(4);
    let rising = is_rising(weeks);
    let latest_from = weeks.len().saturating_sub(LATEST_WEEKS);
    let mut bars = String::new();
    for (place, count) in weeks.iter().enumerate() {
        let height = (count * 18 / most).max(1);
        let class = if rising && place >= latest_from { r#" class="on""# } else { "" };
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

/// How many customers confirmed, said that it is still broken, did not answer, or were not told.
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
