//! Credentials: what follows "password:", and long words that nobody would write by hand.

use std::sync::LazyLock;

use regex::Regex;

use super::{private::PrivateKind, spans::Span};
use crate::wording::pattern::pattern;

/// What follows "password:". After a colon, a passphrase of several words up to the end of the clause. After "is", one word
/// that looks like a password.
pub(super) fn passwords(text: &str) -> Vec<Span> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(\b|_)(password|passwort|kennwort|passwd|pwd|passphrase|passcode|pass|mot\ de\ passe|mdp|contraseña|clave|senha|wachtwoord|parola|pin(\ code)?|otp|cvv|cvc|
               (api|access|secret|private|client|license|security|verification)[\ _-]?(key|token|secret|code)|client[\ _-]secret|secret|token|authorization|credentials)
               | パスワード | 暗証番号",
        )
    });
    static BOUND: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"^ ["']? \s{0,3} ([:=：→]|=>|->) \s{0,3} | ^ \s+ (is|was|ist|war|lautet|est|es|é|è)\b \s* :? \s* | ^ は\s?"#,
        )
    });
    let mut spans = Vec::new();
    for word in WORD.find_iter(text) {
        let Some(bound) = BOUND.find(&text[word.end()..]) else { continue };
        let from = word.end() + bound.end();
        let strict = bound.as_str().contains([':', '=', '：', '→', '>', 'は']);
        let to = if strict { end_of_passphrase(text, from) } else { end_of_password(text, from) };
        spans.push(Span { at: from..to, kind: PrivateKind::Password });
    }
    spans
}

/// Whether this was redacted already.
fn is_redacted(rest: &str) -> bool {
    PrivateKind::ALL.iter().any(|kind| rest.starts_with(kind.word()))
}

/// The end of the clause, at most six words later.
fn end_of_passphrase(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    if is_redacted(rest) {
        return from;
    }
    if let Some(quote) = rest.chars().next().filter(|c| "\"'`“„«".contains(*c)) {
        let close = match quote {
            '“' | '„' => '”',
            '«' => '»',
            quote => quote,
        };
        if let Some(end) = rest[quote.len_utf8()..].find([close, '\n']) {
            return from + quote.len_utf8() + end;
        }
    }
    let line = rest.split('\n').next().unwrap_or_default();
    let mut end = 0;
    for word in line.split_inclusive(' ').take(6) {
        end += word.len();
        if word.trim_end().ends_with([',', ';', '.', '!', '?', ')']) && end > word.len()
            || word.trim_end().ends_with([',', ';'])
        {
            break;
        }
    }
    from + line[..end].trim_end().len()
}

/// The end of one word that looks like a password. "My password is not accepted" stays as it is.
fn end_of_password(text: &str, from: usize) -> usize {
    let word = text[from..].split_whitespace().next().unwrap_or_default();
    let bare = word.trim_matches(['.', ',', ';', '!', '?', '"', '\'', '`', '“', '”', '„', '(', ')', '*']);
    let quoted = word.starts_with(['"', '\'', '`', '“', '„']);
    let mixed = bare.chars().skip(1).any(char::is_uppercase) && bare.chars().any(char::is_lowercase);
    let telling = bare.chars().any(|c| c.is_numeric() || "!@#$%^&*+=_~".contains(c)) || mixed || quoted;
    if telling && !is_redacted(word) { from + word.len() } else { from }
}

/// Long words that nobody would write by hand: letters and digits in no order.
pub(super) fn keys(text: &str) -> Vec<Span> {
    static LONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"[a-z0-9_+/=-]{20,}"));
    LONG.find_iter(text)
        .filter(|word| is_key(word.as_str()))
        .map(|word| Span { at: word.range(), kind: PrivateKind::Key })
        .collect()
}

fn is_key(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(char::is_ascii_alphabetic).count();
    let class = |c: char| {
        if c.is_ascii_digit() {
            0
        } else if c.is_ascii_lowercase() {
            1
        } else if c.is_ascii_uppercase() {
            2
        } else {
            3
        }
    };
    let turns = word
        .chars()
        .zip(word.chars().skip(1))
        .filter(|(a, b)| class(*a) != class(*b) && class(*a) < 3 && class(*b) < 3)
        .count();
    let hex = word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit());
    letters > 0 && digits > 1 && (hex || turns >= 5)
}
