//! A text as its reader will see it: entities, percent signs and look-alikes are undone before anything is judged.

use std::sync::LazyLock;

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
    text = text.chars().flat_map(shown_as).collect();
    text.split_inclusive(|c: char| !c.is_alphabetic()).map(one_script).collect()
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
fn shown_as(c: char) -> Vec<char> {
    if matches!(c, '\u{1d400}'..='\u{1d7ff}' | '\u{2460}'..='\u{24ff}' | '\u{fb00}'..='\u{fb06}' | '\u{1f100}'..='\u{1f1ff}')
    {
        c.nfkc().collect()
    } else {
        vec![c]
    }
}

/// A word that mixes Latin with look-alikes of other scripts, in Latin.
fn one_script(word: &str) -> String {
    let mixed = word.chars().any(|c| c.is_ascii_alphabetic()) && word.chars().any(|c| twin(c) != c);
    if mixed { word.chars().map(twin).collect() } else { word.to_owned() }
}

fn twin(c: char) -> char {
    const TWINS: &[(&str, &str)] =
        &[("аеорсухіјѕԁԛԝһ", "aeopcyxijsdqwh"), ("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS"), ("αοερνικτυ", "aoepviktu")];
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
