//! A value as written, and the ways to read one. Values from TOML have types; those from the environment and the defaults
//! are text.

use std::{net::SocketAddr, time::Duration};

use regex::Regex;

use super::error::SettingSource;
use crate::base::{http::Origin, network::Network};

/// One setting's value with its source.
#[derive(Clone, Debug)]
pub struct SettingValue {
    /// The value as written.
    pub raw: RawValue,
    /// Where it comes from.
    pub source: SettingSource,
}

/// A value as written.
#[derive(Clone, Debug)]
pub enum RawValue {
    /// From the file.
    Toml(toml::Value),
    /// From the environment or a default. Everything is text; commas separate the values of a list.
    Text(String),
}

impl SettingValue {
    /// The value as people would write it.
    pub fn show(&self) -> String {
        match &self.raw {
            RawValue::Toml(toml::Value::String(text)) | RawValue::Text(text) => text.clone(),
            RawValue::Toml(value) => value.to_string(),
        }
    }
}

/// Text that is not empty, trimmed.
pub fn text(value: &SettingValue) -> Option<String> {
    let text = match &value.raw {
        RawValue::Toml(value) => value.as_str()?,
        RawValue::Text(text) => text,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Several texts, none of them empty.
pub fn texts(value: &SettingValue) -> Option<Vec<String>> {
    let trimmed = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    match &value.raw {
        RawValue::Toml(value) => value.as_array()?.iter().map(|one| trimmed(one.as_str()?)).collect(),
        RawValue::Text(text) => Some(text.split(',').filter_map(trimmed).collect()),
    }
}

/// `true` or `false`.
pub fn flag(value: &SettingValue) -> Option<bool> {
    match &value.raw {
        RawValue::Toml(value) => value.as_bool(),
        RawValue::Text(text) => text.trim().parse().ok(),
    }
}

/// A whole number from `least` to `most`.
pub fn whole(least: u64, most: u64) -> impl Fn(&SettingValue) -> Option<u64> {
    move |value| {
        let number = match &value.raw {
            RawValue::Toml(value) => u64::try_from(value.as_integer()?).ok()?,
            RawValue::Text(text) => text.trim().parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    }
}

/// A whole number of minutes, `least` to `most`.
pub fn minutes(least: u64, most: u64) -> impl Fn(&SettingValue) -> Option<Duration> {
    move |value| whole(least, most)(value).map(Duration::from_mins)
}

/// A whole number of days up to `most`; 0 gives `None`.
pub fn days(most: u64) -> impl Fn(&SettingValue) -> Option<Option<Duration>> {
    move |value| whole(0, most)(value).map(|days| (days > 0).then(|| Duration::from_hours(24 * days)))
}

/// A number from `least` to `most`.
pub fn number(least: f64, most: f64) -> impl Fn(&SettingValue) -> Option<f64> {
    move |value| {
        let number = match &value.raw {
            RawValue::Toml(toml::Value::Integer(whole)) => f64::from(i32::try_from(*whole).ok()?),
            RawValue::Toml(value) => value.as_float()?,
            RawValue::Text(text) => text.trim().parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    }
}

/// What `parse` makes of the text.
pub fn parsed<T>(parse: impl Fn(&str) -> Option<T>) -> impl Fn(&SettingValue) -> Option<T> {
    move |value| parse(&text(value)?)
}

/// Scheme, host and base path of a URL.
pub fn origin(value: &SettingValue) -> Option<Origin> {
    Origin::parse(&text(value)?).ok()
}

/// An address and a port; `localhost` means 127.0.0.1.
pub fn address(value: &SettingValue) -> Option<SocketAddr> {
    text(value)?.replacen("localhost:", "127.0.0.1:", 1).parse().ok()
}

/// Networks, each by its address and the bits that it shares.
pub fn networks(value: &SettingValue) -> Option<Vec<Network>> {
    texts(value)?.iter().map(|one| Network::parse(one)).collect()
}

/// A regular expression; the crate limits its size.
pub fn pattern(value: &SettingValue) -> Option<Regex> {
    Regex::new(&text(value)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> SettingValue {
        SettingValue { raw: RawValue::Text(text.to_owned()), source: SettingSource::Default }
    }

    fn toml(text: &str) -> SettingValue {
        let table: toml::Table = toml::from_str(&format!("x = {text}")).unwrap();
        SettingValue { raw: RawValue::Toml(table["x"].clone()), source: SettingSource::Default }
    }

    #[test]
    fn the_file_keeps_its_types_and_the_environment_is_text() {
        assert_eq!(whole(1, 10)(&toml("5")), Some(5));
        assert_eq!(whole(1, 10)(&written("5")), Some(5));
        assert_eq!(whole(1, 10)(&toml("\"5\"")), None);
        assert_eq!(whole(1, 10)(&toml("0")), None);
        assert_eq!(whole(0, 10)(&toml("-1")), None);
        assert_eq!(flag(&toml("true")), Some(true));
        assert_eq!(flag(&written("yes")), None);
        assert_eq!(number(0.5, 0.999)(&toml("0.95")), Some(0.95));
        assert_eq!(number(0.5, 0.999)(&toml("nan")), None);
        assert_eq!(texts(&toml("[\"a\", \" b \"]")), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(texts(&written("a, b,")), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(texts(&toml("[1]")), None);
        assert_eq!(text(&toml("\"  \"")), None);
    }

    #[test]
    fn an_address_may_say_localhost() {
        assert_eq!(address(&written("localhost:8080")), address(&written("127.0.0.1:8080")));
        assert!(address(&written("[::1]:8080")).is_some());
        assert_eq!(address(&written("8080")), None);
    }
}
