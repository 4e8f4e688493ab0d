//! Known names: of the customer, of colleagues, of the company.
//!
//! The full name and each of its parts are searched as whole words, ignoring case and accents ("Léa" is "LEA"). A part that is
//! also a common word ("Mark", "May") counts only with a capital letter. In scripts without spaces, a name is found anywhere.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

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
    let mut sought = Sought::default();
    let mut seek = |words: &str, kind, as_name| sought.add(words, kind, as_name);
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
    sought.find(text)
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

/// What is looked for, by its first two characters: of a thousand names, only those that begin like a place of the text are
/// held against it.
#[derive(Default)]
struct Sought {
    by_start: HashMap<[char; 2], HashSet<Words>>,
    /// The first characters of all of them, as a set of their last six bits.
    firsts: u64,
}

/// Words without case and accents, and what they would be.
#[derive(PartialEq, Eq, Hash)]
struct Words {
    folded: Vec<char>,
    kind: PrivateKind,
    /// Whether they count only with a capital first letter.
    as_name: bool,
    /// Whether they are found inside other words, too.
    spaceless: bool,
}

impl Sought {
    fn add(&mut self, words: &str, kind: PrivateKind, as_name: bool) {
        let mut folded = Vec::new();
        plain(words).trim().chars().for_each(|c| fold(c, &mut folded));
        let [first, second, ..] = folded.as_slice() else { return };
        if !folded.iter().any(|c| c.is_alphanumeric()) {
            return;
        }
        self.firsts |= bit(*first);
        let alike = self.by_start.entry([spaced(*first), spaced(*second)]).or_default();
        let spaceless = folded.iter().all(|c| is_spaceless(*c));
        alike.insert(Words { folded, kind, as_name, spaceless });
    }

    /// Every place where one of them stands alone.
    fn find(&self, text: &str) -> Vec<Span> {
        if self.by_start.is_empty() {
            return Vec::new();
        }
        let text = FoldedText::of(text);
        let pairs = text.chars.windows(2).enumerate().filter(|(_, pair)| self.firsts & bit(pair[0].0) != 0);
        let begun = pairs.filter_map(|(at, pair)| {
            let alike = self.by_start.get(&[spaced(pair[0].0), spaced(pair[1].0)])?;
            Some(alike.iter().map(move |words| (words, at)))
        });
        begun.flatten().filter_map(|(words, at)| Some(Span { at: text.place(words, at)?, kind: words.kind })).collect()
    }
}

/// One of 64 for each character.
fn bit(c: char) -> u64 {
    1 << (u32::from(c) % u64::BITS)
}

/// A text without case and accents. Each character knows where it came from.
struct FoldedText<'t> {
    text: &'t str,
    chars: Vec<(char, Range<usize>)>,
}

impl<'t> FoldedText<'t> {
    fn of(text: &'t str) -> Self {
        let mut chars = Vec::with_capacity(text.len());
        let mut folded = Vec::new();
        for (at, c) in text.char_indices() {
            fold(c, &mut folded);
            chars.extend(folded.drain(..).map(|folded| (folded, at..at + c.len_utf8())));
        }
        Self { text, chars }
    }

    /// The place of these words, if they stand alone from this character on.
    fn place(&self, words: &Words, at: usize) -> Option<Range<usize>> {
        let end = at + words.folded.len();
        let place = self.chars.get(at..end)?;
        let same = place.iter().zip(&words.folded).all(|((c, _), sought)| spaced(*c) == spaced(*sought));
        let alone = words.spaceless || !self.is_word(at.checked_sub(1)) && !self.is_word(Some(end));
        if !same || !alone {
            return None;
        }
        let (from, to) = (place.first()?.1.start, self.end_of(end - 1));
        let large = || self.text[from..].chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
        (!words.as_name || large()).then_some(from..to)
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

/// A space of any kind is a space.
fn spaced(c: char) -> char {
    if c.is_whitespace() { ' ' } else { c }
}

/// A text without case and accents.
pub(in crate::wording) fn folded(text: &str) -> String {
    let mut folded = Vec::new();
    plain(text).chars().for_each(|c| fold(c, &mut folded));
    folded.into_iter().collect()
}

/// The character without case and accents, as one or more.
fn fold(c: char, folded: &mut Vec<char>) {
    let twin: &[char] = match c {
        '’' | '`' | '´' => &['\''],
        _ if c.is_ascii() => &[c.to_ascii_lowercase()],
        'ß' => &['s', 's'],
        'ø' | 'Ø' => &['o'],
        'ł' | 'Ł' => &['l'],
        'đ' | 'Đ' => &['d'],
        'ı' => &['i'],
        'æ' | 'Æ' => &['a', 'e'],
        'œ' | 'Œ' => &['o', 'e'],
        _ => &[],
    };
    if !twin.is_empty() {
        folded.extend(twin);
        return;
    }
    let plain = std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c));
    folded.extend(plain.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)));
}

/// Han, kana, hangul and Thai are written without spaces around a name.
pub(in crate::wording) fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}
