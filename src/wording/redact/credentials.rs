//! Credentials: what follows "password:", and long words that nobody would write by hand.

use std::{cell::OnceCell, collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{private::PrivateKind, spans::Span};
use crate::wording::pattern::{Pattern, pattern};

/// What follows "password:". After a colon, a passphrase of several words up to the end of the clause. After "is", one word
/// that looks like a password.
pub(super) fn passwords(text: &str) -> Vec<Span> {
    static WORD: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
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
    let (mut spans, mut ahead) = (Vec::new(), Ahead::of(text));
    for word in WORD.find_iter(text) {
        let Some(bound) = BOUND.find(&text[word.end()..]) else { continue };
        let from = word.end() + bound.end();
        let strict = bound.as_str().contains([':', '=', '：', '→', '>', 'は']);
        let to = if strict { end_of_passphrase(&mut ahead, from) } else { end_of_password(text, from) };
        spans.push(Span { at: from..to, kind: PrivateKind::Password });
    }
    spans
}

/// Whether this was redacted already.
fn is_redacted(rest: &str) -> bool {
    PrivateKind::ALL.iter().any(|kind| rest.starts_with(kind.word()))
}

/// What comes next in a text, for places that are asked for in order. It is kept, so that a text full of "password:" is read
/// once and not once for each.
struct Ahead<'t> {
    text: &'t str,
    next: BTreeMap<char, usize>,
    spaces: OnceCell<Vec<usize>>,
}

impl<'t> Ahead<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, next: BTreeMap::new(), spaces: OnceCell::new() }
    }

    /// Where this character stands next, or the end of the text.
    fn next(&mut self, sought: char, from: usize) -> usize {
        let known = self.next.get(&sought).copied().filter(|at| *at >= from);
        known.unwrap_or_else(|| {
            let at = self.text[from..].find(sought).map_or(self.text.len(), |at| from + at);
            self.next.insert(sought, at);
            at
        })
    }

    /// Where the next spaces are.
    fn spaces(&self, from: usize) -> &[usize] {
        let spaces = self.spaces.get_or_init(|| self.text.match_indices(' ').map(|(at, _)| at).collect());
        &spaces[spaces.partition_point(|at| *at < from)..]
    }
}

/// The end of the clause, at most six words later.
fn end_of_passphrase(ahead: &mut Ahead, from: usize) -> usize {
    let rest = &ahead.text[from..];
    if is_redacted(rest) {
        return from;
    }
    let line = ahead.next('\n', from);
    if let Some(quote) = rest.chars().next().filter(|c| "\"'`“„«".contains(*c)) {
        let close = match quote {
            '“' | '„' => '”',
            '«' => '»',
            quote => quote,
        };
        let end = ahead.next(close, from + quote.len_utf8()).min(line);
        if end < ahead.text.len() {
            return end;
        }
    }
    let mut end = from;
    for next in ahead.spaces(from).iter().map(|at| at + 1).chain([line]).take(6) {
        let (word, begin) = (&ahead.text[end..next.min(line)], end);
        end += word.len();
        if word.trim_end().ends_with([',', ';', '.', '!', '?', ')']) && begin > from
            || word.trim_end().ends_with([',', ';'])
            || end == line
        {
            break;
        }
    }
    from + ahead.text[from..end].trim_end().len()
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
