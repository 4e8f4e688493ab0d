//! The reading of a whole reply, from what its clauses say.

use super::{
    clause::Sentence,
    fold,
    phrase_book::{self, PhraseBook},
    reading::ReplyReading,
    signals::{self, Signal},
};
use crate::wording::text;

/// A clause that says that it works counts only in a reply of up to so many clauses: a longer one is about more.
const CLAUSES: usize = 14;

/// How much of the words for a reading a person is shown.
const WORDS: usize = 300;

/// One thing that was said, and where.
struct Said<'s> {
    signal: Signal,
    sentence: usize,
    clause: &'s str,
}

/// Everything that was said.
struct ReplyInClauses<'s> {
    said: Vec<Said<'s>>,
    /// Clauses that could not be read in any language.
    unread: usize,
    clauses: usize,
}

/// What the sentences mean together.
pub(super) fn of(sentences: &[Sentence]) -> ReplyReading {
    let answer = ReplyInClauses::of(sentences);
    match answer.meaning() {
        Meaning::Works => ReplyReading::Works,
        Meaning::Broken => ReplyReading::StillBroken,
        Meaning::Nothing => ReplyReading::Nothing,
        Meaning::Unclear => answer.unclear(),
    }
}

/// Left to a person, with the words for both readings.
pub(super) fn unclear(sentences: &[Sentence]) -> ReplyReading {
    ReplyInClauses::of(sentences).unclear()
}

enum Meaning {
    Works,
    Broken,
    Unclear,
    Nothing,
}

impl<'s> ReplyInClauses<'s> {
    fn of(sentences: &'s [Sentence]) -> Self {
        let books = phrase_book::all();
        let whole = sentences.iter().map(Sentence::folded).collect::<Vec<_>>().join(" ");
        let overall: Vec<usize> = books.iter().map(|book| book.familiarity(&whole)).collect();
        let mut answer = Self { said: Vec::new(), unread: 0, clauses: 0 };
        for (at, sentence) in sentences.iter().enumerate() {
            let mut when = String::new();
            for clause in &sentence.clauses {
                answer.clauses += 1;
                let mut signals = Vec::new();
                let spoken = format!("{when}{clause}");
                let likely = likely(books, &overall, &spoken);
                let is_time = likely.iter().any(|book| signals::is_only_time(book, clause));
                when = if is_time { format!("{clause} ") } else { String::new() };
                for book in likely {
                    signals.extend(signals::of(book, &spoken, sentence.is_question));
                }
                if signals.is_empty() && !sentence.is_question && !is_name(clause) {
                    answer.unread += 1;
                }
                answer.said.extend(signals.into_iter().map(|signal| Said { signal, sentence: at, clause }));
                if sentence.is_question {
                    answer.said.push(Said { signal: Signal::Question, sentence: at, clause });
                }
            }
        }
        answer
    }

    fn meaning(&self) -> Meaning {
        let has = |signal| self.said.iter().any(|said| said.signal == signal);
        let no = has(Signal::No);
        let works = has(Signal::Works) || has(Signal::Worked) && !has(Signal::Broken);
        let partly = has(Signal::WorksInPart) || self.limited();
        let yes = has(Signal::Yes);
        if has(Signal::Broken) {
            let also_works = has(Signal::Works) || has(Signal::WorksInPart) || yes && self.limited_yes();
            return if also_works || has(Signal::Doubt) { Meaning::Unclear } else { Meaning::Broken };
        }
        let perhaps_broken = has(Signal::PerhapsBroken);
        let claims = works || partly || yes;
        match (no, claims) {
            (true, true) => return Meaning::Unclear,
            (true, false) if has(Signal::Later) || has(Signal::Doubt) => return Meaning::Unclear,
            (true, false) => return Meaning::Broken,
            (false, _) => {}
        }
        if has(Signal::BareNot) && !claims && !perhaps_broken && !has(Signal::Later) {
            return Meaning::Broken;
        }
        if perhaps_broken || has(Signal::BareNot) || partly || has(Signal::Doubt) {
            return Meaning::Unclear;
        }
        if works {
            return if self.clauses <= CLAUSES { Meaning::Works } else { Meaning::Unclear };
        }
        match yes {
            true if has(Signal::Later) => Meaning::Nothing,
            true if self.unread == 0 && !has(Signal::Question) => Meaning::Works,
            false if self.unread == 0 || has(Signal::Later) || has(Signal::Question) => Meaning::Nothing,
            _ => Meaning::Unclear,
        }
    }

    /// Whether something limits a "works" or a "yes" in the same sentence.
    fn limited(&self) -> bool {
        self.said.iter().any(|limit| {
            limit.signal == Signal::Limit
                && self.said.iter().any(|said| said.sentence == limit.sentence && claims(said.signal))
        })
    }

    /// Whether what follows a "yes" contradicts it, rather than being what it agrees to.
    fn limited_yes(&self) -> bool {
        let contrary = |clause: &str| {
            let folded = fold::folded(clause);
            phrase_book::all().iter().any(|book| {
                let words = book.words(&folded);
                let text = if book.spaced { "" } else { folded.as_str() };
                book.but.places(&words, text).iter().any(|place| place.start == 0)
            })
        };
        self.said.iter().any(|said| said.signal == Signal::Broken && contrary(said.clause))
    }

    fn unclear(&self) -> ReplyReading {
        ReplyReading::Unclear {
            works: self.words(claims),
            still_broken: self.words(|signal| {
                matches!(signal, Signal::Broken | Signal::PerhapsBroken | Signal::BareNot | Signal::No | Signal::Limit)
            }),
        }
    }

    fn words(&self, counts: impl Fn(Signal) -> bool) -> String {
        let mut clauses: Vec<&str> =
            self.said.iter().filter(|said| counts(said.signal)).map(|said| said.clause).collect();
        clauses.dedup();
        text::cut(&text::one_line(&clauses.join(" … ")), WORDS)
    }
}

fn claims(signal: Signal) -> bool {
    matches!(signal, Signal::Works | Signal::Worked | Signal::WorksInPart | Signal::Yes)
}

/// The languages that know most of a clause. Of equals, those that know most of the whole.
fn likely<'b>(books: &'b [PhraseBook], overall: &[usize], clause: &str) -> Vec<&'b PhraseBook> {
    let folded = fold::folded(clause);
    let known: Vec<(usize, usize)> =
        books.iter().zip(overall).map(|(book, overall)| (book.familiarity(&folded), *overall)).collect();
    let Some(best) = known.iter().max().filter(|(here, _)| *here > 0) else { return Vec::new() };
    books.iter().zip(&known).filter(|(_, known)| *known == best).map(|(book, _)| book).collect()
}

/// Up to three words that all begin with a capital letter: a name below a reply.
fn is_name(clause: &str) -> bool {
    let words: Vec<&str> = clause.split_whitespace().collect();
    words.len() <= 3 && words.iter().all(|word| word.starts_with(char::is_uppercase))
}
