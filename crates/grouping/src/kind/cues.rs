//! What a text says outright, in eight languages: that something is broken, that something is wished for, or that its writer
//! wants to know something. `assets/cues` has the phrases.
//!
//! Customers and developers say these things with the same phrases, and everything else in different words. So the cues
//! carry over to products that nothing was learned from.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::phrases::{PhraseIndex, PhraseLine, is_unspaced};
use crate::analysis::languages_of;

/// The lists of a file.
const LISTS: [&str; 10] = ["broken", "amiss", "wish", "hint", "opening", "asks", "question", "why", "if", "named"];
const BROKEN: usize = 0;
const AMISS: usize = 1;
const WISH: usize = 2;
const HINT: usize = 3;
const OPENING: usize = 4;
const ASKS: usize = 5;
const QUESTION: usize = 6;
const WHY: usize = 7;
const IF: usize = 8;
const NAMED: usize = 9;

/// Where the measures of a part have what these three lists found.
const BROKEN_CUE: usize = 0;
const AMISS_CUE: usize = 1;
const WISH_CUE: usize = 4;
/// How many measures a part of a text has.
const PART_CUES: usize = 10;
/// How many measures a text has: those of its three parts, its length, and whether it has no body.
pub(crate) const CUES: usize = 3 * PART_CUES + 2;
/// More cues of one list say no more.
const MOST: usize = 3;
/// What somebody wants is usually said within this many words of a body.
const LEAD_WORDS: usize = 60;
/// Words of a body that are read; more is a pasted log.
const BODY_WORDS: usize = 300;
/// Where there is no subject, this many words of the body are read as one.
const SUBJECT_WORDS: usize = 25;
/// Within this many words after "why" stands what somebody asks the reason of.
const WHY_WORDS: usize = 9;
/// Stands before the first word of a part.
const START: &str = "^";

/// A language's phrases.
struct Book {
    /// Its place among the languages of stop words. None where it is told by its script.
    stop_words: Option<u8>,
    phrases: PhraseIndex,
}

static BOOKS: LazyLock<Vec<Book>> = LazyLock::new(|| {
    let book = |stop_words, source| Book {
        stop_words,
        phrases: PhraseIndex::read(source, &LISTS).unwrap_or_default(), // a test reads each
    };
    vec![
        book(Some(0), include_str!("../../assets/cues/en.txt")),
        book(Some(1), include_str!("../../assets/cues/de.txt")),
        book(Some(2), include_str!("../../assets/cues/fr.txt")),
        book(Some(3), include_str!("../../assets/cues/es.txt")),
        book(Some(4), include_str!("../../assets/cues/it.txt")),
        book(Some(5), include_str!("../../assets/cues/pt.txt")),
        book(Some(6), include_str!("../../assets/cues/nl.txt")),
        book(None, include_str!("../../assets/cues/ja.txt")),
    ]
});

/// The measures of a text, each between 0 and 1.
pub(crate) fn measures(subject: &str, body: &str) -> [f32; CUES] {
    let (subject, body) = (words(subject), words(body));
    let body = &body[..body.len().min(BODY_WORDS)];
    let book = book_of(&subject.iter().chain(body).map(AsRef::as_ref).collect::<Vec<_>>());
    let (subject, lead) =
        if subject.is_empty() { body.split_at(body.len().min(SUBJECT_WORDS)) } else { (&subject[..], body) };
    let (lead, rest) = lead.split_at(lead.len().min(LEAD_WORDS));
    let mut parts = [subject, lead, rest].map(|part| part_cues(&book.phrases, part));
    let is_broken = parts.iter().any(|(cues, _)| cues[BROKEN_CUE] > 0.0);
    for (cues, names_a_wish) in &mut parts {
        // "Dark mode" is wished for. "Dark mode is not saved" is not.
        if *names_a_wish && !is_broken && cues[AMISS_CUE] <= 0.0 {
            cues[WISH_CUE] = 1.0;
        }
    }
    let mut measures = [0.0; CUES];
    for ((cues, _), into) in parts.iter().zip(measures.chunks_exact_mut(PART_CUES)) {
        into.copy_from_slice(cues);
    }
    measures[CUES - 2] = (share(body.len(), BODY_WORDS).sqrt()).min(1.0);
    measures[CUES - 1] = f32::from(u8::from(lead.is_empty()));
    measures
}

/// Whether anything is said outright.
pub(crate) fn says_something(measures: &[f32; CUES]) -> bool {
    measures[..3 * PART_CUES].iter().any(|measure| *measure > 0.0)
}

/// The measures of a part, and whether it names what many wish for.
fn part_cues(phrases: &PhraseIndex, part: &[Cow<'_, str>]) -> ([f32; PART_CUES], bool) {
    let marks = part.iter().filter(|word| *word == "?").count();
    let words: Vec<&str> =
        std::iter::once(START).chain(part.iter().map(AsRef::as_ref).filter(|word| *word != "?")).collect();
    let mut found = phrases.found(&words);
    let asks_why = found.iter().any(|(why, of)| {
        let after = why + 1..=why + WHY_WORDS;
        of.list == WHY && found.iter().any(|(at, of)| of.list <= AMISS && after.contains(at))
    });
    found.sort_unstable_by_key(|(_, of)| *of);
    found.dedup_by_key(|(_, of)| *of);
    let of = |list: usize| found.iter().filter(|(_, of): &&(usize, PhraseLine)| of.list == list).count();
    let yes = |is: bool| usize::from(is) * MOST;
    let counts = [
        of(BROKEN),
        of(AMISS),
        of(HINT),
        of(ASKS),
        yes(of(WISH) > 0),
        yes(of(OPENING) > 0),
        yes(of(QUESTION) > 0),
        yes(of(IF) > 0),
        yes(asks_why),
        marks,
    ];
    (counts.map(|count| share(count, MOST).min(1.0)), of(NAMED) > 0)
}

#[expect(clippy::cast_precision_loss, reason = "some hundred words")]
fn share(part: usize, of: usize) -> f32 {
    part as f32 / of as f32
}

/// The book of a text's language: of those with most stop words, or one less, the one with most phrases. English, where that
/// is unclear too.
fn book_of(words: &[&str]) -> &'static Book {
    let mut votes = vec![0usize; BOOKS.len()];
    for word in words {
        let languages = languages_of(word);
        for (book, votes) in BOOKS.iter().zip(&mut votes) {
            *votes += match book.stop_words {
                Some(bit) => usize::from(languages >> bit & 1),
                None => usize::from(word.chars().any(is_unspaced)) * 2,
            };
        }
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let leading = BOOKS.iter().zip(votes).filter(|(_, votes)| *votes + 1 >= most).map(|(book, _)| book);
    leading.rev().max_by_key(|book| book.phrases.found(words).len()).unwrap_or(&BOOKS[0])
}

/// The words of a text in lower case, with what an apostrophe hides written out, and question marks as words of their own.
fn words(text: &str) -> Vec<Cow<'static, str>> {
    let lower = text.to_lowercase().replace(['\u{2019}', '\u{2018}', '`'], "'").replace('\u{ff1f}', "?");
    let mut words: Vec<Cow<'static, str>> = Vec::new();
    for piece in lower.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'') {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '\'').trim_matches('\'');
        match word {
            "" => {}
            // "does nt" is what is left of "doesn't" where somebody took the marks out.
            "nt" => {
                if let Some(before) = words.last_mut().and_then(|before| shortened(before)) {
                    words.pop();
                    words.push(before.into());
                }
                words.push("not".into());
            }
            _ => words.extend(written_out(word)),
        }
        if piece.ends_with('?') {
            words.push("?".into());
        }
    }
    words
}

/// The verb before "n't", where it is shortened.
fn shortened(verb: &str) -> Option<&'static str> {
    match verb {
        "ca" => Some("can"),
        "wo" => Some("will"),
        _ => None,
    }
}

/// A word with an apostrophe, or one that people write without, as words.
fn written_out(word: &str) -> Vec<Cow<'static, str>> {
    const BARE: [(&str, &str); 14] = [
        ("cannot", "can"),
        ("cant", "can"),
        ("wont", "will"),
        ("doesnt", "does"),
        ("dont", "do"),
        ("didnt", "did"),
        ("isnt", "is"),
        ("arent", "are"),
        ("wasnt", "was"),
        ("werent", "were"),
        ("hasnt", "has"),
        ("havent", "have"),
        ("couldnt", "could"),
        ("shouldnt", "should"),
    ];
    if let Some((_, verb)) = BARE.iter().find(|(bare, _)| *bare == word) {
        return vec![(*verb).into(), "not".into()];
    }
    if let Some(verb) = word.strip_suffix("n't") {
        let verb = shortened(verb).map_or_else(|| verb.to_owned().into(), Cow::Borrowed);
        return vec![verb, "not".into()];
    }
    let Some((before, after)) = word.split_once('\'') else { return vec![word.to_owned().into()] };
    let after = match after {
        "d" => "would",
        "s" => "is",
        "m" => "am",
        "re" => "are",
        "ve" => "have",
        "ll" => "will",
        other => other,
    };
    let before = if before == "n" { "ne" } else { before };
    [before, after].into_iter().filter(|word| !word.is_empty()).map(|word| word.to_owned().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        for name in ["en", "de", "fr", "es", "it", "pt", "nl", "ja"] {
            let path = format!("{}/assets/cues/{name}.txt", env!("CARGO_MANIFEST_DIR"));
            let source = std::fs::read_to_string(path).unwrap();
            let read = PhraseIndex::read(&source, &LISTS);
            assert!(read.is_ok(), "{name}: {read:?}");
            for (at, line) in source.lines().enumerate() {
                let odd = line.matches('(').count() != line.matches(')').count() || line.contains("( ");
                assert!(!odd && (line.starts_with('#') || *line == line.to_lowercase()), "{name}, line {}", at + 1);
            }
        }
    }

    #[test]
    fn what_an_apostrophe_hides_is_written_out() {
        assert_eq!(words("I can't, it won\u{2019}t!"), ["i", "can", "not", "it", "will", "not"]);
        assert_eq!(words("it ca nt and does nt"), ["it", "can", "not", "and", "does", "not"]);
        assert_eq!(words("l'export n'arrive pas ?"), ["l", "export", "ne", "arrive", "pas", "?"]);
    }

    #[test]
    fn why_counts_where_something_is_amiss_after_it() {
        let asks_why = |text: &str| measures(text, "")[8] > 0.0;
        assert!(asks_why("Why won't my virtual card work?"));
        assert!(asks_why("Warum kommt die E-Mail nicht an?"));
        assert!(!asks_why("Why do you need so much information about my identity?"));
    }

    #[test]
    fn the_name_of_what_many_wish_for_is_a_wish_only_where_nothing_is_said_to_be_broken() {
        let wishes = |subject: &str, body: &str| measures(subject, body)[WISH_CUE] > 0.0;
        assert!(wishes("Dark mode", ""));
        assert!(!wishes("Dark mode is not saved", ""));
        assert!(!wishes("Dark mode", "The setting is lost whenever I close the app."));
        assert!(
            wishes("Please add a dark mode", "The white page is wrong for night work."),
            "that is a wish without the name"
        );
    }

    #[test]
    fn the_book_is_that_of_the_text() {
        let broken = |text: &str| measures(text, "")[0] > 0.0;
        for text in [
            "Die letzte Zeile fehlt im Export",
            "La dernière ligne manque dans mon export",
            "La última fila ha desaparecido del informe",
            "L'ultima riga è sparita dal report",
            "A última linha sumiu do meu relatório",
            "De laatste regel is verdwenen uit het rapport",
            "最後の行が消えました",
            "The last row disappeared",
        ] {
            assert!(broken(text), "{text}");
        }
    }
}
