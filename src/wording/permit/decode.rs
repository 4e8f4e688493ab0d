//! A text as its reader will see it: entities, percent signs and look-alikes are undone before anything is judged.

use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization;

use crate::wording::{pattern::pattern, redact};

/// How often entities are undone: `&amp;#64;` is `&#64;` is `@`.
const ROUNDS: usize = 3;

pub(super) fn decode(text: &str) -> String {
    let mut text = redact::plain(text);
    for _ in 0..ROUNDS {
        let decoded = percent(&unescaped(&text));
        if decoded == text {
            break;
        }
        text = redact::plain(&decoded);
    }
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| show(c, &mut shown));
    if !shown.contains(has_twin) {
        return shown;
    }
    shown.split_inclusive(|c: char| !c.is_alphabetic()).map(one_script).collect()
}

fn unescaped(text: &str) -> String {
    static ENTITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(\#x[0-9a-f]{1,6}|\#[0-9]{1,7}|[a-z]{2,8});?"));
    let replaced = ENTITY.replace_all(text, |found: &Captures| {
        let name = found[1].to_lowercase();
        let number = name.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16));
        let number = number.or_else(|| name.strip_prefix('#').map(str::parse));
        let shown = match number {
            Some(number) => number.ok().and_then(char::from_u32),
            None => named(&name),
        };
        shown.map_or_else(|| found[0].to_owned(), String::from)
    });
    replaced.into_owned()
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "commat" => '@',
        "period" => '.',
        "colon" => ':',
        "sol" => '/',
        "bsol" => '\\',
        "lowbar" => '_',
        "hyphen" | "dash" => '-',
        "equals" => '=',
        "num" => '#',
        "plus" => '+',
        "shy" => '\u{ad}',
        _ => return None,
    })
}

/// `%40` is `@`. What is no text afterwards stays as it was.
fn percent(text: &str) -> String {
    static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(%[0-9a-f]{2})+"));
    let replaced = RUN.replace_all(text, |run: &Captures| {
        let bytes = run[0].split('%').skip(1).map(|hex| u8::from_str_radix(hex, 16));
        let bytes: Result<Vec<u8>, _> = bytes.collect();
        bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| run[0].to_owned())
    });
    replaced.into_owned()
}

/// Letters that are drawn in another way, such as 𝐚 and ⓐ.
fn show(c: char, shown: &mut String) {
    if matches!(c, '\u{1d400}'..='\u{1d7ff}' | '\u{2460}'..='\u{24ff}' | '\u{fb00}'..='\u{fb06}' | '\u{1f100}'..='\u{1f1ff}')
    {
        shown.extend(c.nfkc());
    } else {
        shown.push(c);
    }
}

/// A word that mixes Latin with look-alikes of other scripts, in Latin.
fn one_script(word: &str) -> Cow<'_, str> {
    let mixed = word.contains(has_twin) && word.contains(|c: char| c.is_ascii_alphabetic());
    if mixed { word.chars().map(twin).collect() } else { Cow::Borrowed(word) }
}

fn has_twin(c: char) -> bool {
    twin(c) != c
}

fn twin(c: char) -> char {
    const TWINS: &[(&str, &str)] =
        &[("аеорсухіјѕԁԛԝһ", "aeopcyxijsdqwh"), ("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS"), ("αοερνικτυ", "aoepviktu")];
    // Whatever is neither Greek nor Cyrillic is none of them.
    if !matches!(c, '\u{370}'..='\u{52f}') {
        return c;
    }
    let found = TWINS.iter().find_map(|(from, to)| {
        let at = from.chars().position(|twin| twin == c)?;
        to.chars().nth(at)
    });
    found.unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_looks_alike_is_read_alike() {
        for written in
            ["jane@x.test", "jane&#64;x.test", "jane&amp;#x40;x.test", "jane%40x.test", "jаne@x.test", "𝐣ane＠x.test"]
        {
            assert_eq!(decode(written), "jane@x.test", "{written}");
        }
        assert_eq!(decode("100 % of it, AT&T, %zz"), "100 % of it, AT&T, %zz");
    }
}
