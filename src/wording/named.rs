//! Versions and platforms that customers name, which tell engineers where to look.
//!
//! Only what is surely one is listed: a version needs a word before it that says so, because "12.50" alone is more often a
//! price.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::pattern::pattern;

/// Names of platforms as they are written.
const PLATFORMS: &[&str] = &[
    "Windows", "macOS", "iOS", "iPadOS", "Android", "Linux", "Ubuntu", "ChromeOS", "Chrome", "Firefox", "Safari",
    "Edge",
];

/// Names that are also everyday words: they count only with a version behind them.
const NEEDS_A_VERSION: &[&str] = &["Windows", "Chrome", "Edge"];

/// The versions that these texts name, those in most texts first.
pub fn versions<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    static VERSION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b( (version|release|build) \s? [:=]? \s? v? | v ) (?<name> [0-9]{1,4} (\.[0-9]{1,5}){1,3} (-(alpha|beta|rc|pre|dev) \.? [0-9]{0,3})? ) \b",
        )
    });
    most_named(texts, |text| {
        let named = VERSION.captures_iter(text).filter_map(|found| Some(found.name("name")?.as_str().to_owned()));
        named.filter(|name| !is_date(name)).collect()
    })
}

/// The platforms that these texts name, those in most texts first.
pub fn platforms<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    static PLATFORM: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"\b (?<name> {} ) \b (\s (?<version> \d{{1,3}} (\.\d{{1,3}}){{0,2}} ) \b )?",
            PLATFORMS.join("|")
        ))
    });
    most_named(texts, |text| {
        let found = PLATFORM.captures_iter(text).filter_map(|found| {
            let written = found.name("name")?.as_str();
            let name = PLATFORMS.iter().find(|name| name.eq_ignore_ascii_case(written))?;
            match found.name("version") {
                Some(version) => Some(format!("{name} {}", version.as_str())),
                None => (!NEEDS_A_VERSION.contains(name)).then(|| (*name).to_owned()),
            }
        });
        found.collect()
    })
}

/// Whether it reads as a day, such as 24.12.2024 or 2024.12.24.
fn is_date(name: &str) -> bool {
    let parts: Vec<Option<u32>> = name.split('.').map(|part| part.parse().ok()).collect();
    let is_year = |part: Option<u32>| part.is_some_and(|year| (1_990..2_100).contains(&year));
    let is_small = |part: Option<u32>| part.is_some_and(|small| (1..=31).contains(&small));
    match parts[..] {
        [day, month, year] => is_small(month) && (is_year(year) && is_small(day) || is_year(day) && is_small(year)),
        _ => false,
    }
}

/// What is found, each once, in the order of how many texts name it; alphabetical where as many do.
fn most_named<'t>(texts: impl Iterator<Item = &'t str>, find: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts {
        let mut names = find(text);
        names.sort_unstable();
        names.dedup();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    names.into_iter().map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_customers_name_comes_first() {
        let texts = [
            "Since version 2.4.0 the export is empty, it was fine in v2.3.1",
            "Export empty (Version: 2.4.0-rc1) on Windows 11",
            "v2.4.0, macOS 14.2 and windows 11, 2.4.0 twice: v2.4.0",
        ];
        assert_eq!(versions(texts.into_iter()), ["2.4.0", "2.3.1", "2.4.0-rc1"]);
        assert_eq!(platforms(texts.into_iter()), ["Windows 11", "macOS 14.2"]);
    }

    #[test]
    fn a_price_a_date_and_an_everyday_word_are_neither_version_nor_platform() {
        let texts =
            ["It costs 12.50 since 03.11., and closing two windows on the edge of the chrome desk helps. IP 10.0.0.1"];
        assert_eq!(versions(texts.into_iter()), [""; 0]);
        assert_eq!(platforms(texts.into_iter()), [""; 0]);
        assert_eq!(versions(["release 24.12.2024, build 2024.12.24"].into_iter()), [""; 0]);
    }

    #[test]
    fn what_a_customer_hangs_on_a_version_is_not_listed() {
        let texts = ["version 5.2-contosobank, v1.1-beta2 and v2.0+zebralabs"];
        assert_eq!(versions(texts.into_iter()), ["1.1-beta2", "2.0", "5.2"]);
        assert_eq!(platforms(["on my ANDROID phone"].into_iter()), ["Android"]);
    }
}
