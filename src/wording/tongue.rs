//! In which language a person wrote a sentence for customers. One in another language than the message is left out of it.
//!
//! Whoever writes for customers of several languages writes a line for each, which begins with its code: `de: Der Export ist
//! wieder vollständig.` A line without a code is in the language that its small words are of, and English where that cannot be
//! told, as everything of ours is.

use std::{collections::HashMap, sync::LazyLock};

use super::language::Language;

/// The small words by which a language is known, and which are no words of another one here.
const SMALL_WORDS: [(Language, &[&str]); 7] = [
    (
        Language::English,
        &[
            "the", "and", "is", "are", "was", "with", "of", "to", "it", "that", "this", "your", "you", "now", "again",
            "we", "can", "not", "have", "has", "for", "from", "which", "until", "before", "when", "stands", "please",
        ],
    ),
    (
        Language::German,
        &[
            "der", "das", "und", "ist", "sind", "mit", "nicht", "ein", "eine", "einen", "wieder", "für", "auf", "sie",
            "wir", "jetzt", "bitte", "im", "zum", "zur", "wird", "werden", "kann", "können", "bis", "den", "dem",
            "nun", "auch", "von",
        ],
    ),
    (
        Language::French,
        &[
            "le",
            "les",
            "des",
            "est",
            "sont",
            "avec",
            "et",
            "une",
            "pour",
            "dans",
            "vous",
            "nous",
            "votre",
            "vos",
            "sur",
            "peut",
            "maintenant",
            "désormais",
            "du",
            "au",
            "aux",
            "jusque",
            "nouveau",
            "veuillez",
            "cette",
        ],
    ),
    (
        Language::Spanish,
        &[
            "el", "los", "las", "y", "está", "están", "su", "sus", "usted", "ahora", "nuevo", "del", "al", "puede",
            "hasta", "por", "ya", "una", "cuando", "también", "hay", "pueden",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "o", "os", "as", "um", "uma", "e", "está", "estão", "com", "não", "você", "seu", "sua", "agora", "do",
            "da", "dos", "das", "ao", "em", "até", "pode", "pelo", "pela", "já",
        ],
    ),
    (
        Language::Dutch,
        &[
            "de", "het", "een", "en", "zijn", "met", "niet", "voor", "op", "u", "uw", "wij", "we", "nu", "weer", "kan",
            "kunt", "van", "naar", "wordt", "tot", "dat", "deze", "staat", "ook",
        ],
    ),
    (
        Language::Italian,
        &[
            "il", "lo", "gli", "e", "è", "sono", "con", "non", "un", "una", "per", "suo", "sua", "ora", "di", "della",
            "del", "dei", "nel", "nella", "può", "fino", "alla", "che", "adesso", "ed",
        ],
    ),
];

/// What a person wrote for customers who read this language; `None` if they wrote nothing in it.
#[must_use]
pub fn said_in(words: &str, language: Language) -> Option<String> {
    let mut said: Vec<&str> = Vec::new();
    let mut current = None;
    for line in words.lines() {
        let (marked, line) = marked(line);
        current = marked.or(current);
        // Lines of a text without any mark are one text.
        if current.unwrap_or_else(|| written_in(unmarked(words))) == language {
            said.push(line);
        }
    }
    let said = said.join("\n").trim().to_owned();
    (!said.is_empty()).then_some(said)
}

/// The text before the first mark.
fn unmarked(words: &str) -> &str {
    let at = words.lines().find(|line| marked(line).0.is_some());
    let end = at.and_then(|line| words.find(line)).unwrap_or(words.len());
    words.get(..end).unwrap_or(words)
}

/// The language that a line is marked with, and the line without the mark.
fn marked(line: &str) -> (Option<Language>, &str) {
    let trimmed = line.trim_start();
    for language in Language::ALL {
        let rest = trimmed.get(..2).filter(|code| code.eq_ignore_ascii_case(language.code())).and(trimmed.get(2..));
        if let Some(said) = rest.and_then(|rest| rest.strip_prefix(':')) {
            return (Some(*language), said.trim_start());
        }
    }
    (None, line)
}

/// Of which languages each small word is, by their place in the list.
fn small_words() -> &'static HashMap<&'static str, Vec<usize>> {
    static WORDS: LazyLock<HashMap<&str, Vec<usize>>> = LazyLock::new(|| {
        let mut words: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (_, small)) in SMALL_WORDS.iter().enumerate() {
            small.iter().for_each(|word| words.entry(word).or_default().push(at));
        }
        words
    });
    &WORDS
}

/// Whether a word in small letters is one of the small words of any language.
pub(super) fn is_small_word(word: &str) -> bool {
    small_words().contains_key(word)
}

/// How many small words a language needs in a customer's text before it is taken for theirs.
const SURE: usize = 3;

/// The language in which to answer somebody: that of their locale, as the helpdesk says. Where it says nothing it is the
/// language of what they wrote, if that is clear, and else English.
#[must_use]
pub fn of_reader(locale: Option<&str>, wrote: &str) -> Language {
    if locale.is_some_and(|locale| !locale.trim().is_empty()) {
        return Language::for_locale(locale);
    }
    let counts = counts(wrote);
    let best = written_in(wrote);
    let count = |of: Language| counts.iter().find(|(_, language)| *language == of).map_or(0, |(count, _)| *count);
    let second = Language::ALL.iter().filter(|other| **other != best).map(|other| count(*other)).max();
    let is_clear = best == Language::Japanese || (count(best) >= SURE && count(best) > 2 * second.unwrap_or(0));
    if is_clear { best } else { Language::English }
}

/// The language of a text, by its small words.
pub(super) fn written_in(text: &str) -> Language {
    let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}');
    if text.chars().any(is_kana) {
        return Language::Japanese;
    }
    // Of two that are as likely, the earlier in the list: English first.
    let best =
        counts(text).into_iter().fold((0, Language::English), |best, next| if next.0 > best.0 { next } else { best });
    best.1
}

/// How many small words of each language a text has.
fn counts(text: &str) -> [(usize, Language); SMALL_WORDS.len()] {
    let lower = text.to_lowercase();
    let mut counts = SMALL_WORDS.each_ref().map(|(language, _)| (0, *language));
    for word in lower.split(|c: char| !c.is_alphabetic()) {
        for at in small_words().get(word).into_iter().flatten() {
            counts[*at].0 += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_said_in_the_language_that_it_is_in() {
        for (language, text) in [
            (Language::English, "The export writes the last row again."),
            (Language::English, "Clear the cache."),
            (Language::English, "Set TIMEOUT=30."),
            (Language::German, "Der Export schreibt jetzt die ganze Datei."),
            (Language::German, "Bitte Cache leeren."),
            (Language::French, "L'export écrit de nouveau le fichier complet."),
            (Language::Spanish, "La exportación ya escribe el archivo completo."),
            (Language::Portuguese, "A exportação agora grava o arquivo completo."),
            (Language::Dutch, "De export schrijft nu het volledige bestand."),
            (Language::Italian, "L'esportazione scrive ora il file completo."),
            (Language::Japanese, "エクスポートは完全なファイルを書き出します。"),
        ] {
            for other in Language::ALL {
                assert_eq!(said_in(text, *other).is_some(), *other == language, "{text} in {other:?}");
            }
        }
    }

    #[test]
    fn who_has_no_locale_is_answered_in_the_language_that_they_clearly_wrote_in() {
        let german = "Guten Tag,\n\nder CSV-Export bricht seit gestern mit Fehler 500 ab. Können Sie das bitte prüfen?";
        assert_eq!(of_reader(None, german), Language::German);
        assert_eq!(of_reader(Some(""), german), Language::German);
        assert_eq!(of_reader(Some("fr-CA"), german), Language::French, "the helpdesk knows better");
        assert_eq!(of_reader(Some("sv"), german), Language::English, "and so where we have no texts");
        assert_eq!(of_reader(None, "エクスポートが失敗します。"), Language::Japanese);
        for unclear in [
            "",
            "Export broken",
            "Los Angeles office: the map of El Dorado is blank, and las rutas too",
            "SELECT o, e FROM as_of WHERE do = 1",
            "The dialog says 'Der Export ist nicht mit dem Server verbunden' and I do not know what it is",
        ] {
            assert_eq!(of_reader(None, unclear), Language::English, "{unclear}");
        }
    }

    #[test]
    fn a_line_for_each_language_is_read_by_those_who_read_it() {
        let words = "The last row is written.\nIt is in every export.\nde: Die letzte Zeile ist da.\nFR: La dernière ligne y est.";
        assert_eq!(
            said_in(words, Language::English).as_deref(),
            Some("The last row is written.\nIt is in every export.")
        );
        assert_eq!(said_in(words, Language::German).as_deref(), Some("Die letzte Zeile ist da."));
        assert_eq!(said_in(words, Language::French).as_deref(), Some("La dernière ligne y est."));
        assert_eq!(said_in(words, Language::Italian), None);
        assert_eq!(said_in("", Language::English), None);
    }
}
