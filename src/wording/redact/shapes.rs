//! What is private by its shape alone: addresses, credentials, cards, accounts, numbers that identify somebody.

use std::{net::Ipv6Addr, ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    credentials, numbers,
    private::PrivateKind,
    spans::{self, Span, tail},
};
use crate::wording::pattern::{Pattern, pattern};

/// Everything found by shape, in any order. Places may overlap.
pub(super) fn find(text: &str, own_urls: &[&str]) -> Vec<Span> {
    let (own, others): (Vec<_>, Vec<_>) = links(text).into_iter().partition(|at| is_ours(&text[at.clone()], own_urls));
    let in_any = |links: &[Range<usize>], span: &Span| spans::is_within(links, span.at.start);
    let simple = SIMPLE.iter().flat_map(|(kind, shape)| shape.places(text).map(|at| Span { at, kind: *kind }));
    let numbers = numbers::digits(text).into_iter().chain(numbers::accounts(text)).chain(networks(text));
    // Our own addresses are full of ids, which are no keys, telephones or cards. A mail address in one still counts.
    let found = simple.chain(credentials::keys(text)).chain(numbers);
    let found = found.filter(|span| span.kind == PrivateKind::Email || !in_any(&own, span));
    let passwords = credentials::passwords(text).into_iter().filter(|span| !in_any(&others, span));
    let mut spans: Vec<Span> = found.chain(passwords).collect();
    spans.extend(others.iter().map(|at| Span { at: at.clone(), kind: PrivateKind::Link }));
    spans
}

/// Shapes that need no further check.
static SIMPLE: LazyLock<Vec<(PrivateKind, Pattern)>> = LazyLock::new(|| {
    [
        (PrivateKind::Email, r"[\p{L}\p{N}\p{M}.!\#$%&'*+/=?^_`{|}~-]*[\p{L}\p{N}\p{M}_+-] (@|%40) [\p{L}\p{N}\p{M}-]+ (\.[\p{L}\p{N}\p{M}-]+)*"),
        (PrivateKind::Email, r"[\p{L}\p{N}._+-]+ \s? [\(\[\{<] \s? (at|@|ät) \s? [\)\]\}>] \s? [\p{L}\p{N}.-]+ (\s? [\(\[\{<] \s? (dot|punkt|\.) \s? [\)\]\}>] \s? [\p{L}\p{N}]+)*"),
        (PrivateKind::Email, r"\b[\p{L}\p{N}._+-]+ \s at \s [\p{L}\p{N}-]+ \s dot \s [\p{L}]{2,}\b"),
        (PrivateKind::Name, r"(^|[\s(,;:]) (?<it> @ [a-z0-9_][a-z0-9_.-]+ ) "),
        (PrivateKind::Name, r"\b(user\ ?name|login\ ?name|login|user|benutzername|benutzer|identifiant|usuario|utente|usuário|gebruikersnaam) \s? [:=] \s* (?<it> [^\s\[]\S* )"),
        (PrivateKind::Key, r"-----BEGIN\ [^-]+----- [\s\S]*? (-----END\ [^-]+----- | \z)"),
        (PrivateKind::Key, r"\b(eyJ[\w-]{6,} (\.[\w-]+){1,4})"),
        (PrivateKind::Key, r"\b((AKIA|ASIA|AIza)[\w-]{12,} | (gh[pousr]|github_pat|glpat|xox[abeoprs]|xapp|sk|pk|rk|whsec|npm|pypi|shpat|dop_v1|hf|ya29)[_.-][\w.-]{10,} | SG\.[\w-]{10,}\.[\w-]{10,} )"),
        (PrivateKind::Key, r"\b(bearer|basic) \s+ (?<it> [a-z0-9._~+/=-]{8,} )"),
        (PrivateKind::Key, r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
        (PrivateKind::Number, r"\b\d{3}-\d{2}-\d{4}\b"),
        (PrivateKind::Number, r"\b(order|invoice|customer|client|account|contract|booking|reservation|reference|ref|policy|member|membership|tax|vat|passport|purchase|
            bestell|auftrags|rechnungs|kunden|vertrags|konto|buchungs|steuer|
            commande|facture|contrat|compte|dossier|pedido|factura|cliente|contrato|cuenta|fatura|conta|
            bestelling|factuur|klant|ordine|fattura|conto) (nummer|nr\.?|no\.?)? \s? (id|number|no\.?|nr\.?|nummer|n[°º.]|num[eé]ro|número|numero|code|\#)? \s? (is|ist|est|es|[:=\#])? \s? \#? (?<it> [a-z]{0,6}[-/]?\d[\da-z/-]*\d{2}[\da-z/-]* )"),
        (PrivateKind::Address, r"\b\d{1,5}[a-z]?,?\ ([\p{L}'.-]+\ ){1,3}(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|square|court|terrace|crescent)\b\.?"),
        (PrivateKind::Address, r"\b[\p{L}-]+(straße|strasse|str\.|gasse|allee|straat|laan|gracht)\ ?\d{1,4}\ ?[a-z]?\b (,?\s*(D-|NL-)?\d{4,5}(\ [A-Z]{2}\b)?\s\p{L}+)?"),
        (PrivateKind::Address, r"\b\d{1,4}(\ ?(bis|ter))?,?\ (rue|avenue|boulevard|place|chemin|allée|impasse|quai)\ [\p{L}'’\ -]{2,40} (,?\s*\d{5}\s\p{L}+)?"),
        (PrivateKind::Address, r"\b(calle|rua|via|viale|piazza|avenida|plaza|paseo)\ [\p{L}'’\ .-]{2,40},?\ (n[.°º]\ ?)?\d{1,4}\b"),
        (PrivateKind::Address, r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]?\ \d[A-Z]{2}\b | \b[A-Z]{2}\ \d{5}(-\d{4})?\b | \bD-\d{5}\b) | 〒?\b\d{3}-\d{4}\s?(東京都|北海道|(京都|大阪)府|\p{Han}{2,3}県)"),
        (PrivateKind::Network, r"\b([0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"),
    ]
    .map(|(kind, shape)| (kind, Pattern::new(shape)))
    .into()
});

/// Web addresses, with or without a scheme.
fn links(text: &str) -> Vec<Range<usize>> {
    static LINK: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r#"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>"\]]+ | \bwww\.[^\s<>"\]]+ | \b([\p{L}\p{N}-]+\.)+\p{L}{2,20}/[^\s<>"\]]+"#,
        )
    });
    let end = |link: &str| link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*', '_']).len();
    LINK.find_iter(text).map(|link| link.start()..link.start() + end(link.as_str())).collect()
}

/// Whether a link starts like one of ours and only adds a path. `https://ours.test.evil` does not.
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

/// IPv6, and IPv4 unless it is a version with four parts.
fn networks(text: &str) -> Vec<Span> {
    static FOUR: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}"));
    static SIX: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*"));
    static VERSION: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(version|release|firmware|build|driver|update|\bv|\bver\.?) \s? [:=]? \s? $"));
    let is_address = |at: &Range<usize>| {
        let (before, after) = (tail(text, at.start), &text[at.end..]);
        let longer = before.ends_with(figure) || after.starts_with(figure);
        let dotted = before.strip_suffix('.').is_some_and(|before| before.ends_with(figure))
            || after.strip_prefix('.').is_some_and(|after| after.starts_with(figure));
        !longer && !dotted && !VERSION.is_match(before)
    };
    let four = FOUR.find_iter(text).map(|found| found.range()).filter(is_address);
    let six = SIX.find_iter(text).filter_map(|found| six(found.as_str(), found.start()));
    four.chain(six).map(|at| Span { at, kind: PrivateKind::Network }).collect()
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

fn figure(c: char) -> bool {
    c.is_ascii_digit()
}
