//! Numbers that identify somebody: cards, telephones, bank accounts, and any long number.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    private::PrivateKind,
    spans::{Span, tail},
};
use crate::wording::pattern::{Pattern, pattern};

/// Cards, telephone numbers and other long runs of digits.
pub(super) fn digits(text: &str) -> Vec<Span> {
    static RUN: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"(\+|\b|\()\(?\+?\(?\d[\d\ ().\-/\t]*\d"));
    let runs = RUN.find_iter(text).filter_map(|run| {
        let run_text = run.as_str();
        let kind = kind_of_digits(run_text, tail(text, run.start()), &text[run.end()..])?;
        Some(Span { at: run.range(), kind })
    });
    runs.collect()
}

fn kind_of_digits(run: &str, before: &str, after: &str) -> Option<PrivateKind> {
    static PHONE_WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(phone|tel|mobile|mobil|cell|call\ (me|us)(\ (at|on|under))?|whatsapp|fax|fon|rufnummer|handy|téléphone|portable|teléfono|móvil|telefone|celular|telefoon|cellulare|電話) (\ ?(number|no|nr))? [.:\s]{0,3} $",
        )
    });
    static DATE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\(?(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2}))(\b|$)"));
    static NATIONAL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^( \(?0\d{1,5}\)?([\ ./-]{1,3}\(?\d{2,9}\)?){1,5} | \(?\d{3}\)?[\ .-]{1,2}\d{3}[\ .-]\d{4} | 1[\ .-]\(?\d{3}\)?[\ .-]\d{3}[\ .-]\d{4} )$",
        )
    });
    let figures: Vec<u32> = run.chars().filter_map(|c| c.to_digit(10)).collect();
    let number = figures.len();
    let international =
        run.contains('+') || before.ends_with('+') || run.trim_start_matches('(').starts_with("00") && number > 8;
    if number >= 13 && holds_card(&figures) {
        return Some(PrivateKind::Card);
    }
    if (7..=20).contains(&number) && international || number >= 5 && PHONE_WORD.is_match(before) {
        return Some(PrivateKind::Phone);
    }
    if DATE.is_match(run) && number <= 14 {
        return None;
    }
    if (8..=14).contains(&number) && NATIONAL.is_match(run) {
        return Some(PrivateKind::Phone);
    }
    let longest = run.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let decimal = run.contains('.') && !run.contains(['-', ' ', '/']) || after.starts_with('%');
    (!decimal && (longest >= 9 || number >= 12)).then_some(PrivateKind::Number)
}

/// Whether 13 to 19 digits in a row pass Luhn's check. All zeros would pass, but are no card.
fn holds_card(figures: &[u32]) -> bool {
    let lengths = 13..=figures.len().min(19);
    lengths
        .into_iter()
        .any(|length| figures.windows(length).any(|card| luhn(card) && card.iter().any(|figure| *figure > 0)))
}

fn luhn(card: &[u32]) -> bool {
    let sum: u32 = card
        .iter()
        .rev()
        .enumerate()
        .map(|(at, figure)| match (at % 2, figure * 2) {
            (0, _) => *figure,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// IBANs. Other words may follow the last group, so the longest start with the right check digits is taken.
pub(super) fn accounts(text: &str) -> Vec<Span> {
    static IBAN: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"\b[a-z]{2}\d{2}([\ -]?[a-z0-9]){11,40}"));
    let found = IBAN.find_iter(text).filter_map(|found| {
        let length = account_length(found.as_str())?;
        Some(Span { at: found.start()..found.start() + length, kind: PrivateKind::Iban })
    });
    found.collect()
}

/// ISO 13616: move the first four characters to the end, count letters from 10, and the remainder by 97 is 1.
fn account_length(text: &str) -> Option<usize> {
    let figures: Vec<(usize, u32)> =
        text.char_indices().filter_map(|(at, c)| Some((at + 1, c.to_digit(36)?))).collect();
    (15..=figures.len().min(34)).rev().find_map(|length| {
        let (head, tail) = figures.get(..length)?.split_at_checked(4)?;
        let rest = tail
            .iter()
            .chain(head)
            .fold(0_u64, |rest, (_, figure)| (rest * if *figure > 9 { 100 } else { 10 } + u64::from(*figure)) % 97);
        (rest == 1).then(|| figures.get(length - 1).map(|(end, _)| *end)).flatten()
    })
}
