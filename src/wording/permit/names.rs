//! Whether a text that everybody will read names somebody who is known here, however the name is written.
//!
//! Case, accents and look-alikes do not count. A name is found in another word (`Vandermolens`, `JeanLoup`), in two words that are one
//! name (`Wu Bo`), and in scripts that know no capitals or no spaces. Only a plain word of the language has to stand with a capital
//! ("Rose"): else no row could be red. When in doubt somebody is named: the title gives way to a neutral one, or a person writes the
//! sentence anew.

use std::collections::BTreeSet;

use unicode_normalization::char::is_combining_mark;

use super::{decode, judge, lists, name_key::name_key, sentence};
use crate::wording::{language::Language, redact, tongue};

/// Parts of names that say nothing of whose they are.
const PARTICLES: &[&str] =
    &["van", "von", "der", "den", "del", "dos", "the", "and", "und", "de", "da", "di", "la", "le", "al", "el"];

/// How many letters of a name are enough to know it within another word.
const WITHIN_A_WORD: usize = 5;

/// How many words beside each other may be one name.
const WORDS_OF_A_NAME: usize = 4;

/// The parts of a person's name, and all of it as one word, as [`name_key`].
#[must_use]
pub fn name_parts(name: &str) -> BTreeSet<String> {
    let words = words_of(&decode::decode(name));
    // Some agents are called "Support Team": that is nobody's name.
    let named = |word: &&str| !lists::is_technical(word) && !sentence::is_honorific(word);
    let words: Vec<String> =
        words.iter().map(|word| word.small.trim_matches(|c: char| c.is_ascii_digit()).to_owned()).collect();
    let own: Vec<&str> = words.iter().map(String::as_str).filter(named).collect();
    let mut parts = BTreeSet::new();
    for word in own.iter().filter(|word| !PARTICLES.contains(word)) {
        let part = name_key(word);
        let characters: Vec<char> = part.chars().collect();
        // Han, kana and Hangul are written without a space between the names, and people are called by one of them.
        if matches!(characters.len(), 3 | 4) && characters.iter().all(|c| redact::is_spaceless(*c)) {
            parts.extend(
                [&characters[..2], &characters[characters.len() - 2..]].map(|half| half.iter().collect::<String>()),
            );
        }
        parts.insert(part);
    }
    if own.len() > 1 {
        parts.insert(name_key(&own.concat()));
    }
    parts.retain(|part| part.chars().count() > 1 && part.chars().any(char::is_alphabetic));
    parts
}

/// The first two letters of whatever in a text may be a name: names that begin otherwise are not in it.
#[must_use]
pub fn beginnings_of(text: &str) -> BTreeSet<String> {
    let letters: Vec<char> = words_of(&decode::decode(text)).iter().flat_map(|word| word.key.chars()).collect();
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// Whether a text names somebody. `names` are as [`name_parts`] has them.
#[must_use]
pub fn names_somebody(text: &str, names: &BTreeSet<String>) -> bool {
    let text = decode::decode(text);
    let language = tongue::written_in(&text);
    let words = words_of(&text);
    let is_unknown = |small: &str| judge::is_unknown(small, language);
    let alone = |word: &Word| {
        let long = word.key.chars().count() > 2;
        names.contains(&word.key)
            && match word.case {
                Case::Capital => long || is_unknown(&word.small),
                Case::Small => long && is_unknown(&word.small),
                Case::None => true,
            }
    };
    let whole = words.iter().chain(words.iter().flat_map(|word| &word.within)).any(alone);
    whole || words.iter().any(|word| holds(word, names, language)) || together(&words, names)
}

/// Whether a word holds a name beside other letters.
fn holds(word: &Word, names: &BTreeSet<String>, language: Language) -> bool {
    if word.case != Case::None && !judge::is_unknown(&word.small, language) {
        return false;
    }
    names.iter().any(|name| {
        let long_enough = match name.chars().next() {
            Some(first) if redact::is_spaceless(first) => true,
            Some(first) if !has_case(first) => name.chars().count() > 2,
            _ => name.chars().count() >= WITHIN_A_WORD && judge::is_unknown(name, language),
        };
        (long_enough && word.key.contains(name.as_str())) || is_declined(&word.key, name)
    })
}

/// Whether a word is a name with the ending of a case, as in `Ottos Export`, `у Ивана`.
fn is_declined(word: &str, name: &str) -> bool {
    const SHORTEST: usize = 2;
    const ENDINGS: &[&str] = &[
        "s", "es", "ns", "n", "en", "a", "u", "e", "i", "y", "om", "em", "ov", "ova", "а", "я", "у", "ю", "е", "и",
        "ы", "ом", "ем", "ой",
    ];
    let ending = word.strip_prefix(name).filter(|_| name.chars().count() >= SHORTEST);
    ending.is_some_and(|ending| ENDINGS.contains(&ending))
}

/// Whether words beside each other are one name.
fn together(words: &[Word], names: &BTreeSet<String>) -> bool {
    const SHORTEST: usize = 4;
    (2..=WORDS_OF_A_NAME).any(|count| {
        words.windows(count).any(|beside| {
            let joined: String = beside.iter().map(|word| word.key.as_str()).collect();
            joined.chars().count() >= SHORTEST && names.contains(&name_key(&joined))
        })
    })
}

/// How a word begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Capital,
    Small,
    /// Its script has none.
    None,
}

struct Word {
    small: String,
    key: String,
    case: Case,
    /// The words that were joined to it: `JeanLoup` is `Jean` and `Loup`.
    within: Vec<Word>,
}

impl Word {
    fn of(written: &str) -> Self {
        let case = match written.chars().next() {
            Some(first) if first.is_uppercase() => Case::Capital,
            Some(first) if has_case(first) => Case::Small,
            _ => Case::None,
        };
        Self { small: written.to_lowercase(), key: name_key(written), case, within: Vec::new() }
    }
}

fn has_case(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || c.is_ascii_digit()
}

fn words_of(text: &str) -> Vec<Word> {
    let runs = text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).filter(|run| !run.is_empty());
    runs.map(|run| {
        let joined = parted(run);
        let within = if joined.len() > 1 { joined.into_iter().map(Word::of).collect() } else { Vec::new() };
        Word { within, ..Word::of(run) }
    })
    .collect()
}

/// A word cut where small letters are followed by a capital, and where digits begin or end.
fn parted(run: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begun, mut last) = (0, None::<char>);
    for (at, c) in run.char_indices() {
        let turns = last
            .is_some_and(|last| last.is_lowercase() && c.is_uppercase() || last.is_ascii_digit() != c.is_ascii_digit());
        if turns {
            parts.extend(run.get(begun..at));
            begun = at;
        }
        last = Some(c);
    }
    parts.extend(run.get(begun..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&str]) -> BTreeSet<String> {
        names.iter().flat_map(|name| name_parts(name)).collect()
    }

    #[test]
    fn the_parts_of_a_name_are_known_without_case_and_accents() {
        let parts = |name: &str| name_parts(name).into_iter().collect::<Vec<_>>();
        assert_eq!(parts("Dr. Rose van der Koch"), ["koch", "rose", "rosevanderkoch"]);
        assert_eq!(parts("Support API"), ["support"]);
        assert_eq!(parts("Zéphyrine Müller"), ["muller", "zephyrine", "zephyrinemuller"]);
        assert_eq!(parts("MacGillavry2"), ["macgillavry"]);
        assert_eq!(parts("山田花子"), ["山田", "山田花子", "花子"]);
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let names = known(&[
            "山田花子",
            "김민수",
            "محمد الأحمدي",
            "दीपिका शर्मन",
            "Zéphyrine Quatermässe",
            "Jean-Loup Vandermolen",
            "Wu Bo",
            "D'Artagnoux",
            "MacGillavry2",
            "Rose Müller",
        ]);
        for title in [
            "山田花子さんのエクスポートが壊れる",
            "山田 様 のエクスポート",
            "김민수님의 내보내기가 실패합니다",
            "تصدير محمد الأحمدي لا يعمل",
            "दीपिका का निर्यात विफल",
            "Zephyrine loses rows",
            "the export of zephyrine loses rows",
            "Quatermasse loses rows",
            "QUATERMÄSSE loses rows",
            "Quatermaesse loses rows",
            "vandermolen loses rows",
            "VanderMolen export",
            "Vandermolens export",
            "Vandermolen_export loses rows",
            "JeanLoup export",
            "Wu Bo loses rows",
            "wu bo loses rows",
            "DArtagnoux export",
            "MacGillavry export",
            "Export of Rose ends early",
            "Mueller loses rows",
        ] {
            assert!(names_somebody(title, &names), "{title}");
            assert!(!names_somebody(title, &BTreeSet::new()), "{title}");
        }
        for title in [
            "The export loses its last row",
            "the rose chart is red",
            "CSV export fails in version 2.4.0",
            "エクスポートが壊れる",
            "내보내기가 실패합니다",
            "Der Export verliert die letzte Zeile",
        ] {
            assert!(!names_somebody(title, &names), "{title}");
        }
    }

    #[test]
    fn every_name_that_is_found_begins_like_something_in_the_text() {
        for (name, title) in [
            ("Jean-Loup", "JeanLoup export"),
            ("Wu Bo", "wu bo"),
            ("山田花子", "この花子さん"),
            ("D'Artagnoux", "xDArtagnoux"),
        ] {
            let begins = beginnings_of(title);
            let near: BTreeSet<String> = name_parts(name)
                .into_iter()
                .filter(|part| begins.contains(&part.chars().take(2).collect::<String>()))
                .collect();
            assert!(names_somebody(title, &near), "{title}: {near:?}");
        }
    }
}
