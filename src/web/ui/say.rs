//! Times, money, likelihoods and names, as people say them.

use std::borrow::Borrow;

use super::Html;
use crate::{base::clock::Time, model::currency::Currency};

/// The name to show for a customer, even when the helpdesk knows none.
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

/// A time: near ones as people say them, far ones as dates. Hovering shows the full time.
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

/// As [`money`], with the currency of the settings, if they say one.
pub fn amount(cents: i64, currency: Option<Currency>) -> String {
    match currency.filter(|_| cents >= 100) {
        Some(currency) => format!("{} {currency}", money(cents)),
        None => money(cents),
    }
}

/// The heading of a column of amounts.
pub fn revenue(currency: Option<Currency>) -> String {
    currency.map_or_else(|| "Revenue".to_owned(), |currency| format!("Revenue, {currency}"))
}

/// A likelihood in percent. A guess is never shown as wholly sure.
pub fn percent(likelihood: f64) -> String {
    match likelihood {
        0.995.. => "over 99 %".to_owned(),
        ..0.005 => "under 1 %".to_owned(),
        _ => format!("{:.0} %", likelihood * 100.0),
    }
}

/// A likelihood as a word.
pub fn likely(likelihood: f64) -> &'static str {
    match likelihood {
        0.6.. => "likely",
        0.4..0.6 => "even",
        _ => "unlikely",
    }
}

/// The number with `one` or `many` after it.
pub fn count(number: impl Borrow<i64>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
        let euro = Currency::parse("EUR");
        assert_eq!([0, 41_240_000].map(|cents| amount(cents, euro)), ["–", "412k EUR"]);
        assert_eq!((amount(41_240_000, None), revenue(None)), ("412k".to_owned(), "Revenue".to_owned()));
    }
}
