//! A value as written, and the ways to read one. TOML keeps its types; the environment and the defaults are text.

use std::{net::SocketAddr, time::Duration};

use regex::Regex;

use super::wrong::Source;
use crate::base::http::Origin;

/// One setting's value with its source.
#[derive(Clone, Debug)]
pub struct Value {
    /// As written.
    pub raw: Raw,
    /// Where.
    pub source: Source,
}

/// As written.
#[derive(Clone, Debug)]
pub enum Raw {
    /// In the file.
    Toml(toml::Value),
    /// In the environment, or our default: everything is text, and a list is separated by commas.
    Text(String),
}

impl Value {
    /// As people would write it.
    pub fn show(&self) -> String {
        match &self.raw {
            Raw::Toml(toml::Value::String(text)) | Raw::Text(text) => text.clone(),
            Raw::Toml(value) => value.to_string(),
        }
    }
}

/// Text that is not empty, without blanks around it.
pub fn text(value: &Value) -> Option<String> {
    let text = match &value.raw {
        Raw::Toml(value) => value.as_str()?,
        Raw::Text(text) => text,
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Several texts, none of them empty.
pub fn texts(value: &Value) -> Option<Vec<String>> {
    let trimmed = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    match &value.raw {
        Raw::Toml(value) => value.as_array()?.iter().map(|one| trimmed(one.as_str()?)).collect(),
        Raw::Text(text) => Some(text.split(',').filter_map(trimmed).collect()),
    }
}

/// `true` or `false`.
pub fn flag(value: &Value) -> Option<bool> {
    match &value.raw {
        Raw::Toml(value) => value.as_bool(),
        Raw::Text(text) => text.trim().parse().ok(),
    }
}

/// A whole number from `least` to `most`.
pub fn whole(least: u64, most: u64) -> impl Fn(&Value) -> Option<u64> {
    move |value| {
        let number = match &value.raw {
            Raw::Toml(value) => u64::try_from(value.as_integer()?).ok()?,
            Raw::Text(text) => text.trim().parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    }
}

/// A whole number of minutes, `least` to `most`.
pub fn minutes(least: u64, most: u64) -> impl Fn(&Value) -> Option<Duration> {
    move |value| whole(least, most)(value).map(Duration::from_mins)
}

/// A whole number of days up to `most`; 0 is none.
pub fn days(most: u64) -> impl Fn(&Value) -> Option<Option<Duration>> {
    move |value| whole(0, most)(value).map(|days| (days > 0).then(|| Duration::from_hours(24 * days)))
}

/// A number from `least` to `most`.
pub fn number(least: f64, most: f64) -> impl Fn(&Value) -> Option<f64> {
    move |value| {
        let number = match &value.raw {
            Raw::Toml(toml::Value::Integer(whole)) => f64::from(i32::try_from(*whole).ok()?),
            Raw::Toml(value) => value.as_float()?,
            Raw::Text(text) => text.trim().parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    }
}

/// Whatever `parse` makes of the text.
pub fn parsed<T>(parse: impl Fn(&str) -> Option<T>) -> impl Fn(&Value) -> Option<T> {
    move |value| parse(&text(value)?)
}

/// The scheme, host and base path of a place on the web.
pub fn origin(value: &Value) -> Option<Origin> {
    Origin::parse(&text(value)?).ok()
}

/// An address and a port; `localhost` stands for 127.0.0.1.
pub fn address(value: &Value) -> Option<SocketAddr> {
    text(value)?.replacen("localhost:", "127.0.0.1:", 1).parse().ok()
}

/// A regular expression, limited in size by the crate's own default.
pub fn pattern(value: &Value) -> Option<Regex> {
    Regex::new(&text(value)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Value {
        Value { raw: Raw::Text(text.to_owned()), source: Source::Default }
    }

    fn toml(text: &str) -> Value {
        let table: toml::Table = toml::from_str(&format!("x = {text}")).unwrap();
        Value { raw: Raw::Toml(table["x"].clone()), source: Source::Default }
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
