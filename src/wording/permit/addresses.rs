//! Addresses that are written so that no shape knows them: spaced out, in words, or with a street of another country.

use std::sync::LazyLock;

use regex::Regex;

use super::{gap::Gap, ledger::Hole};
use crate::wording::{
    pattern::{Pattern, pattern},
    redact::PrivateKind,
};

pub(super) fn find(text: &str) -> Vec<Gap> {
    static MAIL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"[\w.+-]+ \s* (@|\(at\)|\[at\]|\{at\}|\s(at|arroba|arobase|chiocciola|apenstaartje|klammeraffe|アットマーク)\s) \s* [\w-]+
              (\s* (\(dot\)|\[dot\]|\{dot\}|\s(dot|punkt|point|punto|ponto|punt|ドット)\s) \s* [\w-]+)+
            | [\w.+-]+ \s* (@|\(at\)|\[at\]|\{at\}) \s* [\w-]+(\s*\.\s*[\w-]+)*",
        )
    });
    static STREET: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r"(?-i:\b(?:[Rr]ua|[Aa]v(?:enida|\.)|[Tt]ravessa|[Cc]alle|C/|[Pp]laza|[Pp]aseo|[Vv]ia|[Vv]iale|[Cc]orso|[Pp]iazza|[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Aa]llée|[Pp]raça|[Qq]uai|Am|An\ der|Im|Auf\ der|Unter\ den|Zum|Zur)\s+
              (?:\p{Ll}{1,5}['’]?\s*){0,2}(?:\p{Lu}[\p{L}'’.-]*[\s,]*)(?:(?:\p{Ll}{1,4}\s+)?\p{Lu}[\p{L}'’.-]*[\s,]*){0,3}(?:n[º°.]\s*|no\.\s*)?\d{1,4}\s?[a-zA-Z]?\b
            | \b\d{1,4}(?:\s?(?:bis|ter))?[\s,]+(?:\p{Ll}{2,4}\s+)?(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Pp]lace|[Qq]uai|[Aa]llée)\s+(?:\p{Ll}{1,3}['’]?\s*){0,3}\p{Lu}[\p{L}'’-]*(?:\s\p{Lu}[\p{L}'’-]*)*
            | \b\p{Lu}[\p{L}-]*(?:straße|strasse|str\.|weg|platz|gasse|allee|damm|ring|ufer|straat|laan|plein|gracht|kade|dijk|singel|steeg|hof)\s+\d{1,4}\s?[a-zA-Z]?\b
            | \b\d{1,5}[A-Za-z]?\s+(?:\p{Lu}[\p{L}'’-]+\s+){1,3}(?:Street|St|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Close|Place|Pl|Avenue|Ave|Way|Square|Sq|Terrace|Crescent|Gardens|Boulevard|Blvd|Mews|Row|Grove|Hill|Park|Walk)\b\.?
            | (?:\p{Han}|[ァ-ヶー]){1,6}[都道府県](?:\p{Han}|[ァ-ヶー]){1,8}[市区町村郡][^\s。、]* | \p{Han}{1,6}[市区]\p{Han}{1,8}[0-9０-９\-丁目番地]+[^\s。、]*
            | 〒?\s?\d{3}-\d{4}\b)",
        )
    });
    let mail = MAIL.find_iter(text).map(|found| (found.range(), PrivateKind::Email));
    let street = STREET.find_iter(text).map(|found| (found.range(), PrivateKind::Address));
    mail.chain(street).map(|(at, kind)| Gap { at, hole: Hole::Private(kind) }).collect()
}
