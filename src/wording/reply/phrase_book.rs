//! The phrases of one language that answers are read by, from `templates/replies/CODE.toml`. Translators edit these files.
//!
//! A phrase is a row of words. `word*` stands for every word that begins so, and `...` for up to three words in between. In a
//! language that is written without spaces, a phrase is found anywhere.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{LazyLock, OnceLock},
};

use serde::Deserialize;

use super::fold;
use crate::wording::files;

/// A list of phrases, longest first.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub(super) struct PhraseList(Vec<Phrase>);

#[derive(Debug)]
struct Phrase {
    pieces: Vec<Piece>,
    /// As it is looked for where words have no spaces.
    text: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    Beginning(String),
    Gap,
}

/// How many words `...` stands for at most.
const GAP: usize = 3;

/// Where a phrase was found: from this word to before that one. Where words have no spaces, bytes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A language's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhraseBook {
    /// Whether spaces part words.
    pub(super) spaced: bool,
    /// Frequent words that tell this language from others.
    common: PhraseList,
    /// Spellings without accents or apostrophes that people use, and what they stand for.
    #[serde(default)]
    respell: BTreeMap<String, String>,
    /// Answers that mean yes, at the start of a clause.
    pub(super) yes: PhraseList,
    /// Answers that mean no, at the start of a clause.
    pub(super) no: PhraseList,
    /// Words that say that it works. With a negation they say the contrary.
    pub(super) works: PhraseList,
    /// The same in the past: it may have ended since.
    pub(super) worked: PhraseList,
    /// Whole expressions that say that it works, whatever stands before them.
    pub(super) fine: PhraseList,
    /// Trouble that is meant to be over. With a negation, or with `relief`, they say that it works.
    pub(super) trouble: PhraseList,
    /// What trouble does when it comes, and what may also be said of what is missing: "the row does not appear".
    pub(super) arises: PhraseList,
    /// Words that say of trouble that it has ended.
    pub(super) relief: PhraseList,
    /// Whole expressions that say that it is still broken.
    pub(super) broken: PhraseList,
    /// Expressions that say that it is as it was. With a word of `ended` they say the contrary.
    pub(super) same: PhraseList,
    /// Words that say that something happens no more.
    pub(super) ended: PhraseList,
    /// Words that say of trouble that it goes on.
    pub(super) still: PhraseList,
    /// Negations that stand before what they deny.
    pub(super) not: PhraseList,
    /// Negations that stand after it.
    pub(super) not_after: PhraseList,
    /// Negations that belong to the next noun: "no errors".
    pub(super) without: PhraseList,
    /// Words that may stand between a negation and the trouble that it denies.
    pub(super) between: PhraseList,
    /// What makes the rest of a clause a mere thought.
    #[serde(rename = "if")]
    pub(super) supposing: PhraseList,
    /// What makes "it works" true only in part.
    pub(super) limits: PhraseList,
    /// What makes any reading doubtful.
    pub(super) doubt: PhraseList,
    /// What places a clause in the past.
    pub(super) past: PhraseList,
    /// That they have not tried yet.
    pub(super) later: PhraseList,
    /// Questions that complain.
    pub(super) why: PhraseList,
    /// Where a clause begins that limits the one before.
    pub(super) but: PhraseList,
    /// Where another clause begins.
    pub(super) and: PhraseList,
    /// Politeness, which says nothing.
    pub(super) courtesy: PhraseList,
    /// Expressions with such words that are about something else.
    pub(super) elsewhere: PhraseList,
    /// How machines answer.
    pub(super) automatic: AutomaticPhrases,
    #[serde(skip)]
    familiar: OnceLock<FamiliarWords>,
}

/// The words that tell a language from others. A message of a quarter of a megabyte is looked up in it, in every language.
#[derive(Debug, Default)]
struct FamiliarWords {
    words: HashSet<String>,
    beginnings: HashSet<String>,
}

/// How automatic replies begin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AutomaticPhrases {
    /// Subjects, from their start.
    pub(super) subject: PhraseList,
    /// What only a machine writes, or a person for a machine.
    pub(super) certain: PhraseList,
    /// What machines write and people may write too. Two of them are enough, or one that came at once.
    pub(super) likely: PhraseList,
}

/// Every language that answers are read in.
///
/// # Panics
/// On a file of ours that cannot be read. That is a mistake in the source, and a test finds it.
#[expect(clippy::expect_used, reason = "the files are part of the source, and a test reads each")]
pub(super) fn all() -> &'static [PhraseBook] {
    static BOOKS: LazyLock<Vec<PhraseBook>> = LazyLock::new(|| {
        let read = |(name, source): (String, String)| {
            toml::from_str(&source)
                .map_err(|error| format!("templates/replies/{name}.toml: {error}"))
                .expect("a file of ours")
        };
        files::replies().into_iter().map(read).collect()
    });
    &BOOKS
}

impl PhraseBook {
    /// The words of a clause, with this language's short spellings written out.
    pub(super) fn words(&self, folded: &str) -> Vec<String> {
        let written = |word: String| match self.respell.get(&word) {
            Some(full) => full.split(' ').map(str::to_owned).collect(),
            None => vec![word],
        };
        fold::words(folded).into_iter().flat_map(written).collect()
    }

    /// How much of a text is in this language: how many of its words the file has.
    pub(super) fn familiarity(&self, folded: &str) -> usize {
        if !self.spaced {
            return self.telling().iter().map(|list| list.places(&[], folded).len()).sum::<usize>() * 3;
        }
        let familiar = self.familiar.get_or_init(|| FamiliarWords::of(&self.telling()));
        self.words(folded).iter().filter(|word| familiar.has(word)).count()
    }

    /// The lists whose words tell this language from others.
    fn telling(&self) -> [&PhraseList; 16] {
        [
            &self.common,
            &self.yes,
            &self.no,
            &self.works,
            &self.worked,
            &self.fine,
            &self.trouble,
            &self.relief,
            &self.broken,
            &self.still,
            &self.not,
            &self.not_after,
            &self.later,
            &self.limits,
            &self.doubt,
            &self.courtesy,
        ]
    }
}

impl FamiliarWords {
    fn of(lists: &[&PhraseList]) -> Self {
        let mut familiar = Self::default();
        for piece in lists.iter().flat_map(|list| &list.0).flat_map(|phrase| &phrase.pieces) {
            match piece {
                Piece::Word(word) => _ = familiar.words.insert(word.clone()),
                Piece::Beginning(beginning) => _ = familiar.beginnings.insert(beginning.clone()),
                Piece::Gap => {}
            }
        }
        familiar
    }

    fn has(&self, word: &str) -> bool {
        let begins = |(at, letter): (usize, char)| self.beginnings.contains(&word[..at + letter.len_utf8()]);
        self.words.contains(word) || word.char_indices().any(begins)
    }
}

impl From<Vec<String>> for PhraseList {
    fn from(phrases: Vec<String>) -> Self {
        let mut phrases: Vec<Phrase> = phrases.iter().map(|phrase| Phrase::new(phrase)).collect();
        phrases.sort_by_key(|phrase| std::cmp::Reverse((phrase.pieces.len(), phrase.text.len())));
        Self(phrases)
    }
}

impl Phrase {
    fn new(phrase: &str) -> Self {
        let text = fold::folded(phrase);
        let mut pieces = Vec::new();
        for (at, part) in text.split("...").enumerate() {
            if at > 0 {
                pieces.push(Piece::Gap);
            }
            pieces.extend(fold::words(part).into_iter().map(|word| match word.strip_suffix('*') {
                Some(beginning) => Piece::Beginning(beginning.to_owned()),
                None => Piece::Word(word),
            }));
        }
        Self { pieces, text }
    }
}

impl PhraseList {
    /// Where its phrases stand in a clause, without overlaps. A language without spaces is looked for in the text.
    pub(super) fn places(&self, words: &[String], unspaced: &str) -> Vec<Place> {
        self.free_places(words, unspaced, &[])
    }

    /// The same where some words, or bytes, are taken by other phrases.
    pub(super) fn free_places(&self, words: &[String], unspaced: &str, taken: &[bool]) -> Vec<Place> {
        let is_free = |place: &Place| !taken.get(place.start..place.end).is_some_and(|part| part.contains(&true));
        let mut found: Vec<Place> = Vec::new();
        for phrase in &self.0 {
            let places = if unspaced.is_empty() { phrase.in_words(words) } else { phrase.in_text(unspaced) };
            for place in places.into_iter().filter(is_free) {
                if found.iter().all(|other| other.end <= place.start || place.end <= other.start) {
                    found.push(place);
                }
            }
        }
        found.sort_by_key(|place| place.start);
        found
    }

    /// Whether a word is in one of its phrases.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.0.iter().any(|phrase| phrase.pieces.iter().any(|piece| piece.is(word)))
    }
}

impl Phrase {
    fn in_text(&self, text: &str) -> Vec<Place> {
        text.match_indices(&self.text).map(|(start, found)| Place { start, end: start + found.len() }).collect()
    }

    fn in_words(&self, words: &[String]) -> Vec<Place> {
        let ends = |start: usize| Some(Place { start, end: start + length(&self.pieces, &words[start..])? });
        (0..words.len()).filter_map(ends).collect()
    }
}

impl Piece {
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Word(known) => known == word,
            Self::Beginning(beginning) => word.starts_with(beginning),
            Self::Gap => false,
        }
    }
}

/// How many words the pieces take up at the start of these words, if they stand there.
fn length(pieces: &[Piece], words: &[String]) -> Option<usize> {
    match pieces {
        [] => Some(0),
        [Piece::Gap, rest @ ..] => {
            (0..=GAP.min(words.len())).find_map(|skipped| Some(skipped + length(rest, &words[skipped..])?))
        }
        [piece, rest @ ..] => {
            let (first, behind) = words.split_first()?;
            piece.is(first).then(|| length(rest, behind))?.map(|length| length + 1)
        }
    }
}
