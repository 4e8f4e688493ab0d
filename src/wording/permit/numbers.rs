//! Which numbers and codes may stay: dates of today's world, versions, sizes, counts of few digits, and error codes.

use std::sync::LazyLock;

use regex::Regex;

use crate::wording::pattern::pattern;

/// A number of more digits is somebody's, unless a word beside it says what it counts.
const FEW: usize = 3;

/// The same where a word beside it says so.
const COUNTED: usize = 6;

/// What a number may stand beside, in small letters.
#[rustfmt::skip]
const COUNTING: &[&str] = &[
    "line", "lines", "row", "rows", "record", "records", "error", "errors", "status", "port", "exit", "build", "bytes", "byte", "kb", "mb", "gb", "ms", "px", "pixels", "items", "entries", "files",
    "users", "times", "seconds", "minutes", "characters", "pages", "tickets", "requests", "messages", "zeile", "zeilen", "fehler", "fehlercode", "einträge", "einträgen", "zeichen", "dateien",
    "ligne", "lignes", "erreur", "octets", "fichiers", "línea", "líneas", "filas", "registros", "caracteres", "linha", "linhas", "erro", "arquivos", "linhas", "riga", "righe", "errore", "caratteri",
    "regel", "regels", "rijen", "fout", "foutcode", "tekens", "bestanden", "http",
];

/// What stands before a version.
#[rustfmt::skip]
const VERSIONS: &[&str] = &["version", "versión", "versão", "versie", "versione", "v", "ver", "release", "firmware", "build", "driver", "update", "windows", "ios", "android", "macos"];

/// Whether a number or code may stay between these neighbours, which are in small letters.
pub(super) fn may_stay(text: &str, before: &str, after: &str) -> bool {
    static CODE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^( 0x[0-9a-f]{1,8} | ORA-\d{4,5} | E\d{2,5} | ERR(OR)?[-_]?\d{2,5} | HTTP[/-]?\d(\.\d)? | HTTP-?[1-5]\d\d
            | (TS|CS|KB|SQL|DB|MSB|NU|AADSTS|SQLSTATE|WS|DB2|LNK|PGRST|WSAE?|EC|ERR)-?\d{2,7} | CVE-\d{4}-\d{4,7} | ES20\d\d | UTF-?(8|16|32) | ISO-?\d{4,5}(-\d{1,2})?
            | RFC-?\d{3,4} | F\d{1,2} | [A-Z]?\d{1,2}[A-Z]? | S3 | x(86|64)(_64)? | (amd|arm)64 | sha-?(1|256|384|512) | md5 | base(32|64) | i18n | l10n | utf8(mb4)? | win(7|8|10|11|32|64)
            | h26[45] | mp[34] | ipv[46] | java\d{1,2} | python\d | (php|node|ios|android|windows|ie|office)\d{1,3} | oauth2 | http2 | log4j2? | (web|http)s?[23] | q[1-4] | [0-9a-f]{7} )$",
        )
    });
    static TAGGED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Z]{1,5}[-_]?\d{2,5}$"));
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let hash = text.len() == 7 && digits > 0 && text.chars().all(|c| c.is_ascii_hexdigit()) && before != "commit";
    (CODE.is_match(text) && !hash)
        || is_of_a_date(text)
        || is_version(text, before)
        || is_amount(text)
        || (ERROR.contains(&before) && TAGGED.is_match(text))
        || is_count(text, before, after)
}

/// Words right before the code of an error.
const ERROR: &[&str] = &[
    "error",
    "errors",
    "fehler",
    "fehlercode",
    "erreur",
    "errore",
    "erro",
    "fout",
    "foutcode",
    "exception",
    "エラー",
    "エラーコード",
];

fn is_count(text: &str, before: &str, after: &str) -> bool {
    static COUNT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^[~±<>≤≥$€£¥+-]{0,2}(?P<figures>\d+)(\.|th|st|nd|rd|e|º|ª|er|x|%|°c?|€|\$|£|[kmgt]i?b|k|m|s|h|d|ms|px|pt|em|rem|mm|cm|km|kg|g|v|w|dpi|fps|bit|min|sec|mins|secs|hz|khz|mhz|ghz|mbps|am|pm|uhr|円|件|行|回|秒|分|時|日|月|年|個|人)?$",
        )
    });
    let Some(found) = COUNT.captures(text) else { return false };
    let figures = &found["figures"];
    let bare = figures.len() + 1 >= text.len() && !text.starts_with('+');
    let year = figures.len() == 4 && figures.starts_with("20") && figures < "2100";
    let beside = COUNTING.contains(&before) || COUNTING.contains(&after) || ["code", "fehlercode"].contains(&before);
    figures.len() <= FEW && !text.starts_with('+')
        || year
        || beside && bare && figures.len() <= COUNTED
        || !bare && figures.len() <= 5 && !text.starts_with('+')
}

/// A date since 2010, or a time.
fn is_of_a_date(text: &str) -> bool {
    static DATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^( 20[1-9]\d[-/.](0?\d|1[0-2])([-/.]([0-2]?\d|3[01]))?(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)? | ([0-2]?\d|3[01])[-/.]([0-2]?\d|3[01])[-/.](20[1-9]\d|[1-9]\d)
            | ([0-2]?\d|3[01])[-/.](0?\d|1[0-2])\.? | [0-2]?\d[:.h][0-5]\d(:[0-5]\d([.,]\d{1,6})?)?(am|pm|h|z)? | 20[1-9]\d年 | \d{1,2}月(\d{1,2}日)? | 20[1-9]\d年\d{1,2}月(\d{1,2}日)? )$",
        )
    });
    static SHORT_YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{1,2}[-/.]\d{1,2}[-/.](?P<year>\d\d)$"));
    let old = SHORT_YEAR.captures(text).is_some_and(|found| !("10".."35").contains(&&found["year"]));
    DATE.is_match(text) && !old
}

fn is_version(text: &str, before: &str) -> bool {
    static VERSION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^v?\d{1,4}(\.\d{1,5}){1,3}([-_+]?(a|b|rc|alpha|beta|dev|pre|preview|snapshot|final|lts)\.?\d{0,3})?(\.x)?$",
        )
    });
    let bare = text.trim_start_matches(['v', 'V']);
    let parts: Vec<u32> = bare.split('.').filter_map(|part| part.parse().ok()).collect();
    let said = bare.len() < text.len() || VERSIONS.contains(&before);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let network = parts.len() == 4 && parts.iter().all(|part| *part < 256);
    let local = network && (matches!(parts[0], 10 | 127 | 169 | 172 | 192 | 100) || !said);
    let large = parts.first().is_some_and(|first| *first > 99 && !(2010..2100).contains(first));
    // `12.03.84` is a birthday, `52.52001` half a place on the map.
    let led = bare.split('.').any(|part| part.len() > 1 && part.starts_with('0'));
    let place = parts.len() == 2 && bare.split('.').nth(1).is_some_and(|part| part.len() > 3);
    let short = digits <= 7 && !large && parts.len() > 1 && !led && !place;
    VERSION.is_match(text) && !local && !bare.starts_with("00") && (said && digits <= 13 || short)
}

/// A sum or a share, of at most seven digits and no more than three behind the point.
fn is_amount(text: &str) -> bool {
    static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^[$€£¥~-]?(\d{1,3}([.,'’]\d{3}){0,2}([.,]\d{1,2})?|\d{1,4}[.,]\d{1,3})(%|€|\$|£|[kmgt]b|ms|s|px|k|m|x|mm|cm)?$",
        )
    });
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let figures = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let zero = figures.starts_with('0') && !figures.starts_with("0.") && !figures.starts_with("0,");
    AMOUNT.is_match(text) && digits <= 7 && !zero
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engineers_need_stays_and_what_is_somebodys_goes() {
        for (text, before) in [
            ("400", ""),
            ("E1042", ""),
            ("ORA-00942", ""),
            ("0x80070005", ""),
            ("2.4.0", ""),
            ("10.0.19041.1", "version"),
            ("v3", ""),
            ("12,500.00", ""),
            ("2026-03-03", ""),
            ("09:00", ""),
            ("05.03.2026", ""),
            ("1048", "line"),
            ("10MB", ""),
            ("2026", ""),
            ("99.9%", ""),
            ("TS2322", ""),
            ("HTTP/2", ""),
            ("XY-1234", "error"),
        ] {
            assert!(may_stay(text, before, ""), "{text}");
        }
        for (text, before) in [
            ("4711", ""),
            ("10969", ""),
            ("10.1.2.3", "version"),
            ("203.0.113.7", ""),
            ("1984-03-12", ""),
            ("12.03.1984", ""),
            ("12.03.84", ""),
            ("555.123.4567", ""),
            ("030.901.820", ""),
            ("52.52001", ""),
            ("+4930", ""),
            ("INV-2026-00123", ""),
            ("12.345.678", ""),
            ("123.456.789", ""),
            ("WVWZZZ1JZXW000001", ""),
            ("ab12cd3", ""),
            ("XY-1234", ""),
            ("1234567", "row"),
        ] {
            assert!(!may_stay(text, before, ""), "{text}");
        }
    }
}
