//! What is private by its shape alone: addresses, credentials, cards, accounts, numbers that name somebody.

use std::{net::Ipv6Addr, ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::{Kind, spans::Span};
use crate::wording::pattern::pattern;

/// Everything found by shape, in any order, possibly overlapping.
pub(super) fn find(text: &str, own_urls: &[&str]) -> Vec<Span> {
    let mut spans = links(text, own_urls);
    let own = super::spans::own_addresses(text, own_urls);
    let more =
        SIMPLE.iter().flat_map(|(kind, shape)| shape.captures_iter(text).filter_map(|found| place(*kind, &found)));
    let found =
        more.chain(passwords(text)).chain(keys(text)).chain(digits(text)).chain(accounts(text)).chain(networks(text));
    spans.extend(found.filter(|span| !own.iter().any(|own| own.contains(&span.at.start))));
    spans
}

/// The group `it` where a shape has one, otherwise the whole.
fn place(kind: Kind, found: &Captures) -> Option<Span> {
    let it = found.name("it").or_else(|| found.get(0))?;
    Some(Span { at: it.range(), kind })
}

/// Shapes that need no second look.
static SIMPLE: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
    [
        (Kind::Email, r"[\p{L}\p{N}\p{M}.!\#$%&'*+/=?^_`{|}~-]*[\p{L}\p{N}\p{M}_+-] (@|%40) [\p{L}\p{N}\p{M}-]+ (\.[\p{L}\p{N}\p{M}-]+)*"),
        (Kind::Email, r"[\p{L}\p{N}._+-]+ \s? [\(\[\{<] \s? (at|@|ät) \s? [\)\]\}>] \s? [\p{L}\p{N}.-]+ (\s? [\(\[\{<] \s? (dot|punkt|\.) \s? [\)\]\}>] \s? [\p{L}\p{N}]+)*"),
        (Kind::Email, r"\b[\p{L}\p{N}._+-]+ \s at \s [\p{L}\p{N}-]+ \s dot \s [\p{L}]{2,}\b"),
        (Kind::Name, r"(^|[\s(,;:]) (?<it> @ [a-z0-9_][a-z0-9_.-]+ ) "),
        (Kind::Name, r"\b(user\ ?name|login\ ?name|login|user|benutzername|benutzer|identifiant|usuario|utente|usuário|gebruikersnaam) \s? [:=] \s* (?<it> [^\s\[]\S* )"),
        (Kind::Key, r"-----BEGIN\ [^-]+----- [\s\S]*? (-----END\ [^-]+----- | \z)"),
        (Kind::Key, r"\b(eyJ[\w-]{6,} (\.[\w-]+){1,4})"),
        (Kind::Key, r"\b((AKIA|ASIA|AIza)[\w-]{12,} | (gh[pousr]|github_pat|glpat|xox[abeoprs]|xapp|sk|pk|rk|whsec|npm|pypi|shpat|dop_v1|hf|ya29)[_.-][\w.-]{10,} | SG\.[\w-]{10,}\.[\w-]{10,} )"),
        (Kind::Key, r"\b(bearer|basic) \s+ (?<it> [a-z0-9._~+/=-]{8,} )"),
        (Kind::Key, r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
        (Kind::Number, r"\b\d{3}-\d{2}-\d{4}\b"),
        (Kind::Number, r"\b(order|invoice|customer|client|account|contract|booking|reservation|reference|ref|policy|member|membership|tax|vat|passport|purchase|
            bestell|auftrags|rechnungs|kunden|vertrags|konto|buchungs|steuer|
            commande|facture|contrat|compte|dossier|pedido|factura|cliente|contrato|cuenta|fatura|conta|
            bestelling|factuur|klant|ordine|fattura|conto) (nummer|nr\.?|no\.?)? \s? (id|number|no\.?|nr\.?|nummer|n[°º.]|num[eé]ro|número|numero|code|\#)? \s? (is|ist|est|es|[:=\#])? \s? \#? (?<it> [a-z]{0,6}[-/]?\d[\da-z/-]*\d{2}[\da-z/-]* )"),
        (Kind::Address, r"\b\d{1,5}[a-z]?,?\ ([\p{L}'.-]+\ ){1,3}(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|square|court|terrace|crescent)\b\.?"),
        (Kind::Address, r"\b[\p{L}-]+(straße|strasse|str\.|gasse|allee|straat|laan|gracht)\ ?\d{1,4}\ ?[a-z]?\b (,?\s*(D-|NL-)?\d{4,5}(\ [A-Z]{2}\b)?\s\p{L}+)?"),
        (Kind::Address, r"\b\d{1,4}(\ ?(bis|ter))?,?\ (rue|avenue|boulevard|place|chemin|allée|impasse|quai)\ [\p{L}'’\ -]{2,40} (,?\s*\d{5}\s\p{L}+)?"),
        (Kind::Address, r"\b(calle|rua|via|viale|piazza|avenida|plaza|paseo)\ [\p{L}'’\ .-]{2,40},?\ (n[.°º]\ ?)?\d{1,4}\b"),
        (Kind::Address, r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]?\ \d[A-Z]{2}\b | \b[A-Z]{2}\ \d{5}(-\d{4})?\b | \bD-\d{5}\b) | 〒?\b\d{3}-\d{4}\s?(東京都|北海道|(京都|大阪)府|\p{Han}{2,3}県)"),
        (Kind::Network, r"\b([0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"),
    ]
    .map(|(kind, shape)| (kind, pattern(shape)))
    .into()
});

/// Web addresses, with or without `https://`, that do not begin as one of ours.
fn links(text: &str, own_urls: &[&str]) -> Vec<Span> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>"\]]+ | \bwww\.[^\s<>"\]]+ | \b([\p{L}\p{N}-]+\.)+\p{L}{2,20}/[^\s<>"\]]+"#,
        )
    });
    let end = |link: &str| link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*', '_']).len();
    let found = LINK.find_iter(text).filter(|link| !is_ours(link.as_str(), own_urls));
    found.map(|link| Span { at: link.start()..link.start() + end(link.as_str()), kind: Kind::Link }).collect()
}

/// Whether a link begins as one of ours and goes no further than a path: `https://ours.test.evil` does not.
fn is_ours(link: &str, own_urls: &[&str]) -> bool {
    own_urls.iter().filter(|own| !own.is_empty()).any(|own| {
        let rest = link.strip_prefix(own);
        rest.is_some_and(|rest| {
            own.ends_with('/')
                || rest.is_empty()
                || rest.starts_with(['/', '?', '#', ')', '.', ',']) && !is_longer_host(rest)
        })
    })
}

fn is_longer_host(rest: &str) -> bool {
    rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_alphanumeric())
}

/// What stands behind "password:". Behind a colon a passphrase of several words, to the end of the clause; behind "is" one
/// word that looks like a password.
fn passwords(text: &str) -> Vec<Span> {
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
        spans.push(Span { at: from..to, kind: Kind::Password });
    }
    spans
}

/// To the end of the clause, at most six words.
fn end_of_passphrase(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    if rest.starts_with('[') {
        return from; // redacted already
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

/// One word with a digit or a sign in it; "my password is not accepted" keeps its words.
fn end_of_password(text: &str, from: usize) -> usize {
    let word = text[from..].split_whitespace().next().unwrap_or_default();
    let bare = word.trim_matches(['.', ',', ';', '!', '?', '"', '\'', '`', '“', '”', '„', '(', ')', '*']);
    let quoted = word.starts_with(['"', '\'', '`', '“', '„']);
    let mixed = bare.chars().skip(1).any(char::is_uppercase) && bare.chars().any(char::is_lowercase);
    let telling = bare.chars().any(|c| c.is_numeric() || "!@#$%^&*+=_~".contains(c)) || mixed || quoted;
    if telling && !word.starts_with('[') { from + word.len() } else { from }
}

/// Long words that no person writes: letters and digits mixed without pattern.
fn keys(text: &str) -> Vec<Span> {
    static LONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"[a-z0-9_+/=-]{20,}"));
    LONG.find_iter(text)
        .filter(|word| is_key(word.as_str()))
        .map(|word| Span { at: word.range(), kind: Kind::Key })
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

/// Cards, telephone numbers and other long runs of digits.
fn digits(text: &str) -> Vec<Span> {
    static RUN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\+|\b|\()\(?\+?\(?\d[\d\ ().\-/\t]*\d"));
    let runs = RUN.find_iter(text).filter_map(|run| {
        let run_text = run.as_str();
        let kind = kind_of_digits(run_text, &text[..run.start()], &text[run.end()..])?;
        Some(Span { at: run.range(), kind })
    });
    runs.collect()
}

fn kind_of_digits(run: &str, before: &str, after: &str) -> Option<Kind> {
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
        return Some(Kind::Card);
    }
    if (7..=20).contains(&number) && international || number >= 5 && PHONE_WORD.is_match(before) {
        return Some(Kind::Phone);
    }
    if DATE.is_match(run) && number <= 14 {
        return None;
    }
    if (8..=14).contains(&number) && NATIONAL.is_match(run) {
        return Some(Kind::Phone);
    }
    let longest = run.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let decimal = run.contains('.') && !run.contains(['-', ' ', '/']) || after.starts_with('%');
    (longest >= 9 && !decimal || number >= 12 && !decimal).then_some(Kind::Number)
}

/// Whether 13 to 19 digits in a row pass Luhn's check. All zeros pass it too and are nobody's card.
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

/// IBANs, whose last group may be followed by other words: the longest beginning with the right check digits is taken.
fn accounts(text: &str) -> Vec<Span> {
    static IBAN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[a-z]{2}\d{2}([\ -]?[a-z0-9]){11,40}"));
    let found = IBAN.find_iter(text).filter_map(|found| {
        let length = account_length(found.as_str())?;
        Some(Span { at: found.start()..found.start() + length, kind: Kind::Iban })
    });
    found.collect()
}

/// ISO 13616: the first four characters go to the end, letters count from 10, and the rest by 97 is 1.
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

/// IPv4, unless it is a version of four parts, and IPv6.
fn networks(text: &str) -> Vec<Span> {
    static FOUR: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}\b"));
    static SIX: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*"));
    static VERSION: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(version|release|firmware|build|driver|update|\bv|\bver\.?) \s? [:=]? \s? $"));
    let four =
        FOUR.find_iter(text).filter(|found| !VERSION.is_match(&text[..found.start()])).map(|found| found.range());
    let six = SIX.find_iter(text).filter_map(|found| six(found.as_str(), found.start()));
    four.chain(six).map(|at| Span { at, kind: Kind::Network }).collect()
}

fn six(found: &str, start: usize) -> Option<Range<usize>> {
    let end = found.trim_end_matches(['.', ':']).len();
    let begin = found.len() - found.trim_start_matches(':').len();
    let bare = [found, found.get(..end)?, found.get(begin..end).unwrap_or_default()]
        .into_iter()
        .find(|text| text.parse::<Ipv6Addr>().is_ok())?;
    let groups = bare.split(':').filter(|group| !group.is_empty()).count();
    (groups > 1 && bare.contains(|c: char| c.is_ascii_digit())).then(|| start..start + found.len())
}
