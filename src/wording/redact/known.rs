//! Known names: of the customer, of colleagues, of the company.
//!
//! The full name and each of its parts are searched as whole words, ignoring case and accents ("Léa" is "LEA"). A part that is
//! also a common word ("Mark", "May") counts only with a capital letter. In scripts without spaces, a name is found anywhere.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    plain::plain,
    private::{KnownPeople, PrivateKind},
    spans::Span,
};

/// Names of people that are also everyday words.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "will", "may", "mark", "rose", "grace", "bill", "rich", "art", "april", "june", "august", "hope", "joy", "faith", "frank", "grant",
    "chase", "drew", "jack", "max", "page", "price", "penny", "ray", "rob", "sue", "pat", "dean", "king", "white", "black", "brown", "green",
    "young", "long", "short", "small", "field", "day", "bug", "man", "an", "in", "on", "so", "do", "my", "he", "we", "so", "lee", "van", "von",
    "der", "den", "de", "la", "le", "du", "da", "dos", "di", "del", "al", "el", "bin", "ben", "the", "of", "and", "und", "et", "y", "zu",
    "export", "report", "data", "file", "test", "sample", "case", "major", "summer", "winter", "star", "sun", "love", "best", "berg",
];

/// Words that say what kind of company it is, but not which one.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "gmbh", "ag", "kg", "ug", "ohg", "mbh", "se", "inc", "incorporated", "ltd", "limited", "llc", "llp", "plc", "corp", "corporation", "co",
    "company", "bv", "nv", "sa", "sas", "sarl", "srl", "spa", "sl", "oy", "ab", "as", "aps", "pty", "kk", "the", "of", "and", "und", "et",
    "group", "gruppe", "groupe", "holding", "international", "global", "services", "service", "solutions", "systems", "software",
    "technologies", "technology", "tech", "digital", "media", "consulting", "partners", "bank", "hotel", "hotels", "restaurant", "school",
    "university", "hospital", "clinic", "foundation", "institute", "club", "shop", "store", "online", "labs", "studio", "studios", "data",
    "cloud", "health", "energy", "export", "import", "report", "print", "calendar", "travel", "food", "house", "home", "city", "north",
    "south", "east", "west", "new", "first", "one", "team", "office", "customer", "customers", "support", "product", "company", "test",
];

/// Mail providers for everybody, whose domain says nothing about the company.
#[rustfmt::skip]
const PUBLIC_MAIL: &[&str] = &[
    "gmail", "googlemail", "outlook", "hotmail", "live", "msn", "yahoo", "icloud", "me", "mac", "aol", "gmx", "web", "proton", "protonmail",
    "mail", "posteo", "orange", "free", "libero", "t-online", "qq", "163", "naver", "yandex", "zoho", "fastmail", "example", "test",
];

pub(super) fn find(text: &str, known: &KnownPeople) -> Vec<Span> {
    let folded = FoldedText::of(text);
    let mut spans = Vec::new();
    let mut seek = |words: &str, kind, as_name| {
        let found = folded.find(words, as_name);
        spans.extend(found.into_iter().map(|at| Span { at, kind }));
    };
    for name in known.names {
        seek(name, PrivateKind::Name, false);
        seek(&joined(name), PrivateKind::Name, false);
        for part in parts(name) {
            seek(part, PrivateKind::Name, part.chars().count() < 3 && part.is_ascii() || is_one_of(COMMON, part));
        }
    }
    for organization in known.organizations {
        seek(organization, PrivateKind::Organization, false);
        seek(&joined(organization), PrivateKind::Organization, false);
        let own = parts(organization).filter(|part| part.chars().count() > 2 && !is_one_of(GENERIC, part));
        own.for_each(|part| seek(part, PrivateKind::Organization, part.chars().count() < 5 || is_one_of(COMMON, part)));
    }
    for email in known.emails {
        let Some((local, domain)) = email.split_once('@') else { continue };
        seek(email, PrivateKind::Email, false);
        let is_role =
            ["support", "info", "sales", "admin", "office", "billing", "hello", "contact", "service"].contains(&local);
        if local.chars().count() > 3 && !is_role {
            seek(local, PrivateKind::Name, is_one_of(COMMON, local) || is_one_of(GENERIC, local));
        }
        let company = domain.split('.').next().unwrap_or_default();
        if company.chars().count() > 2 && !is_one_of(PUBLIC_MAIL, company) {
            seek(domain, PrivateKind::Organization, false);
            seek(company, PrivateKind::Organization, is_one_of(COMMON, company) || is_one_of(GENERIC, company));
        }
    }
    spans
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c) && c != '\'' && c != '’')
        .filter(|part| part.chars().count() > 1)
}

fn joined(name: &str) -> String {
    parts(name).collect()
}

fn is_one_of(words: &[&str], word: &str) -> bool {
    words.contains(&word.to_lowercase().as_str())
}

/// A text without case and accents. Each character knows where it came from.
struct FoldedText<'t> {
    text: &'t str,
    chars: Vec<(char, Range<usize>)>,
}

impl<'t> FoldedText<'t> {
    fn of(text: &'t str) -> Self {
        let chars = text.char_indices().flat_map(|(at, c)| fold(c).map(move |folded| (folded, at..at + c.len_utf8())));
        Self { text, chars: chars.collect() }
    }

    /// Every place where these words stand alone. `as_name` asks for a capital first letter.
    fn find(&self, words: &str, as_name: bool) -> Vec<Range<usize>> {
        let sought: Vec<char> = plain(words).trim().chars().flat_map(fold).collect();
        let Some(first) = sought.first() else { return Vec::new() };
        if sought.len() < 2 || !sought.iter().any(|c| c.is_alphanumeric()) {
            return Vec::new();
        }
        let spaceless = sought.iter().all(|c| is_spaceless(*c));
        let starts = (0..self.chars.len()).filter(|at| self.chars[*at].0 == *first);
        let places = starts.filter_map(|at| {
            let place = self.chars.get(at..at + sought.len())?;
            let same = place
                .iter()
                .zip(&sought)
                .all(|((c, _), sought)| c == sought || c.is_whitespace() && sought.is_whitespace());
            let alone = spaceless || !self.is_word(at.checked_sub(1)) && !self.is_word(Some(at + sought.len()));
            let (from, to) = (place.first()?.1.start, self.end_of(at + sought.len() - 1));
            let large = || self.text[from..].chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
            (same && alone && (!as_name || large())).then_some(from..to)
        });
        places.collect()
    }

    fn is_word(&self, at: Option<usize>) -> bool {
        at.and_then(|at| self.chars.get(at)).is_some_and(|(c, _)| c.is_alphanumeric() && !is_spaceless(*c))
    }

    /// The end of a character with its combining marks.
    fn end_of(&self, at: usize) -> usize {
        let end = self.chars[at].1.end;
        let marks = self.text[end..].chars().take_while(|c| is_combining_mark(*c)).map(char::len_utf8);
        end + marks.sum::<usize>()
    }
}

fn fold(c: char) -> impl Iterator<Item = char> {
    let twin: &[char] = match c {
        'ß' => &['s', 's'],
        'ø' | 'Ø' => &['o'],
        'ł' | 'Ł' => &['l'],
        'đ' | 'Đ' => &['d'],
        'ı' => &['i'],
        'æ' | 'Æ' => &['a', 'e'],
        'œ' | 'Œ' => &['o', 'e'],
        '’' | '`' | '´' => &['\''],
        _ => &[],
    };
    let plain = std::iter::once(c).filter(|_| twin.is_empty()).nfd().filter(|c| !is_combining_mark(*c));
    twin.iter()
        .copied()
        .chain(plain.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)))
        .collect::<Vec<_>>()
        .into_iter()
}

/// Han, kana, hangul and Thai are written without spaces around a name.
fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}
