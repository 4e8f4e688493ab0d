//! What a clause says, in the language that it is most likely written in.

use super::{
    fold,
    phrase_book::{PhraseBook, PhraseList, Place},
};

/// One thing that a clause says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// It works.
    Works,
    /// It did work, which may have ended.
    Worked,
    /// It works, in part or perhaps.
    WorksInPart,
    /// It is still broken.
    Broken,
    /// Something is wrong, which may be something else.
    PerhapsBroken,
    /// A negation with nothing to deny: "not here".
    BareNot,
    /// The answer yes.
    Yes,
    /// The answer no.
    No,
    /// They have not tried yet, or only suppose.
    Later,
    /// A question.
    Question,
    /// It limits what was said before it.
    Limit,
    /// They are not sure.
    Doubt,
    /// Politeness, the past, or something else.
    Aside,
}

/// How many words may stand between a negation and what it denies.
const REACH: usize = 6;
/// The same for a negation that belongs to a noun.
const NOUN_REACH: usize = 2;
/// A clause of up to so many words that only denies something is an answer.
const BARE: usize = 4;

/// What a clause says in this language; nothing if it cannot be read in it.
pub(super) fn of(book: &PhraseBook, clause: &str, is_question: bool) -> Vec<Signal> {
    let folded = fold::folded(clause);
    let whole = Part::new(book, book.words(&folded), if book.spaced { "" } else { &folded }, false);
    whole.split().iter_mut().flat_map(|part| part.read(is_question)).collect()
}

/// Whether a clause only places the next one in the past: "before, it failed".
pub(super) fn is_only_time(book: &PhraseBook, clause: &str) -> bool {
    let folded = fold::folded(clause);
    let mut whole = Part::new(book, book.words(&folded), if book.spaced { "" } else { &folded }, false);
    !whole.take(&book.past).is_empty() && !whole.taken.contains(&false)
}

/// A part of a clause, between words such as "and" and "but".
struct Part<'b> {
    book: &'b PhraseBook,
    words: Vec<String>,
    /// Of a language without spaces.
    text: String,
    after_but: bool,
    /// Which of its words, or bytes, belong to a phrase.
    taken: Vec<bool>,
}

impl<'b> Part<'b> {
    fn new(book: &'b PhraseBook, words: Vec<String>, text: &str, after_but: bool) -> Self {
        let length = if book.spaced { words.len() } else { text.len() };
        Self { book, words, text: text.to_owned(), after_but, taken: vec![false; length] }
    }

    fn split(&self) -> Vec<Self> {
        let mut cuts: Vec<(Place, bool)> = self.places(&self.book.but).into_iter().map(|place| (place, true)).collect();
        for place in self.places(&self.book.and) {
            if cuts.iter().all(|(other, _)| other.end <= place.start || place.end <= other.start) {
                cuts.push((place, false));
            }
        }
        cuts.sort_by_key(|(place, _)| place.start);
        let mut parts = Vec::new();
        let (mut start, mut after_but) = (0, false);
        for (place, is_but) in cuts {
            parts.push(self.part(start, place.start, after_but));
            after_but = is_but || after_but && place.start <= start;
            start = place.end;
        }
        parts.push(self.part(start, self.taken.len(), after_but));
        parts.retain(|part| !part.taken.is_empty());
        parts
    }

    fn part(&self, start: usize, end: usize, after_but: bool) -> Self {
        if self.book.spaced {
            Self::new(self.book, self.words[start..end].to_vec(), "", after_but)
        } else {
            Self::new(self.book, Vec::new(), &self.text[start..end], after_but)
        }
    }

    fn places(&self, list: &PhraseList) -> Vec<Place> {
        list.places(&self.words, &self.text)
    }

    /// The places of a list that belong to no other phrase yet.
    fn free(&self, list: &PhraseList) -> Vec<Place> {
        list.free_places(&self.words, &self.text, &self.taken)
    }

    fn take(&mut self, list: &PhraseList) -> Vec<Place> {
        let places = self.free(list);
        for place in &places {
            self.taken[place.start..place.end].fill(true);
        }
        places
    }

    fn read(&mut self, is_question: bool) -> Vec<Signal> {
        let book = self.book;
        let mut said = Vec::new();
        let fine = self.take(&book.fine);
        let later = !self.take(&book.later).is_empty();
        let broken = self.take(&book.broken);
        let aside = !self.take(&book.elsewhere).is_empty();
        let doubt = !self.take(&book.doubt).is_empty();
        let same = self.take(&book.same);
        let answer = self.answer();
        let limits = self.free(&book.limits);
        let supposing = self.free(&book.supposing);
        let past = !self.free(&book.past).is_empty();
        let why = !self.free(&book.why).is_empty();
        let negations = Negations::of(self);
        let mut found = self.verdicts(&fine, &broken, &same, &negations);
        let denied_by_first = !found.is_empty() && negations.is_first();
        let bare = found.is_empty() && answer.is_none() && !later && !doubt && self.is_bare(&negations);
        if aside || !self.take(&book.courtesy).is_empty() {
            said.push(Signal::Aside);
        }
        let supposed = |place: usize| supposing.iter().any(|one| one.start < place);
        let is_limited = |place: usize| !limits.is_empty() || supposing.iter().any(|one| one.start > place);
        let count = found.len();
        found.retain(|(_, place)| !supposed(*place));
        if later || found.len() < count {
            said.push(Signal::Later);
        }
        if past {
            said.push(Signal::Aside);
            found.clear();
        }
        let found = found.into_iter().filter(|_| !later).map(|(signal, place)| match signal {
            Signal::Works | Signal::Worked if doubt || is_limited(place) => Signal::WorksInPart,
            Signal::Broken if doubt => Signal::PerhapsBroken,
            other => other,
        });
        let found: Vec<Signal> = found.collect();
        match answer {
            Some(Signal::No) if denied_by_first => {}
            Some(answer) => said.push(answer),
            None => {}
        }
        if found.is_empty() && !later {
            let starts = |places: &[Place]| places.iter().any(|place| place.start == 0);
            if bare && !past {
                said.push(Signal::BareNot);
            } else if doubt {
                said.push(Signal::Doubt);
            } else if starts(&limits) || starts(&supposing) || self.after_but && said.is_empty() {
                said.push(Signal::Limit);
            }
        }
        said.extend(found);
        if is_question { asked(&said, why) } else { said }
    }

    /// What stands in the clause, with the place of each: phrases, and words with their negations.
    fn verdicts(
        &mut self,
        fine: &[Place],
        broken: &[Place],
        same: &[Place],
        negations: &Negations,
    ) -> Vec<(Signal, usize)> {
        let book = self.book;
        let at = |signal: Signal| move |place: &Place| (signal, place.start);
        let mut found: Vec<(Signal, usize)> = broken.iter().map(at(Signal::Broken)).collect();
        let as_before = if !self.places(&book.ended).is_empty() {
            Signal::Works
        } else if same.iter().any(|one| negations.of_noun(one).is_some()) {
            Signal::PerhapsBroken
        } else {
            Signal::Broken
        };
        found.extend(same.iter().map(at(as_before)));
        if !broken.is_empty() {
            return found;
        }
        found.extend(fine.iter().map(at(Signal::Works)));
        let works = self.take(&book.works);
        let worked = self.take(&book.worked);
        let trouble = self.take(&book.trouble);
        let relief = if trouble.is_empty() { Vec::new() } else { self.take(&book.relief) };
        let denied = |place: &Place| negations.of_verb(place).is_some();
        let is_or_not = |place: &Place, plain| (if denied(place) { Signal::Broken } else { plain }, place.start);
        found.extend(works.iter().chain(&relief).map(|place| is_or_not(place, Signal::Works)));
        found.extend(worked.iter().map(|place| is_or_not(place, Signal::Worked)));
        if found.is_empty() {
            found = self.troubles(&trouble, negations);
        } else if found.iter().any(|(signal, _)| *signal == Signal::Broken) {
            // "The fix does not work" has a plain word beside the denied one.
            found.retain(|(signal, _)| *signal == Signal::Broken);
        }
        found
    }

    /// Words for trouble: it goes on, it is over, or it may be something else.
    fn troubles(&self, trouble: &[Place], negations: &Negations) -> Vec<(Signal, usize)> {
        let goes_on = !self.places(&self.book.still).is_empty();
        let plain = if goes_on { Signal::Broken } else { Signal::PerhapsBroken };
        // The verb between them decides: who does not see a problem has none, what does not solve it leaves it.
        let is_met = |denied: &Place, negation: &Place| {
            let between = self.words.get(negation.end..denied.start).unwrap_or_default();
            between.iter().all(|word| self.book.between.knows(word))
        };
        let read = |place: &Place| match negations.of_noun(place) {
            Some(negation) if is_met(place, &negation) => Signal::Works,
            Some(_) => Signal::PerhapsBroken,
            None => plain,
        };
        let mut found: Vec<(Signal, usize)> = trouble.iter().map(|place| (read(place), place.start)).collect();
        if let Some(place) = trouble.first()
            && self.free(&self.book.arises).iter().any(|verb| negations.of_verb(verb).is_some())
        {
            found.push((Signal::Works, place.start));
        }
        if found.iter().any(|(signal, _)| *signal == Signal::Works) {
            // "The error does not appear": what is denied is the error's appearance.
            found.retain(|(signal, _)| *signal == Signal::Works);
        }
        found
    }

    /// A yes or no that begins the clause.
    fn answer(&mut self) -> Option<Signal> {
        let first = |part: &Self, list: &PhraseList| part.free(list).into_iter().find(|place| place.start == 0);
        if let Some(place) = first(self, &self.book.yes) {
            // "It does not" is no yes. And "si" is yes in Spanish, but "if" before other words.
            let denied = self.places(&self.book.not).iter().any(|not| not.start <= place.end && not.end > place.end);
            let supposes = self.places(&self.book.supposing).iter().any(|one| one.start == 0);
            let is_if = supposes && place.end < self.taken.len();
            if !denied && !is_if {
                self.taken[place.start..place.end].fill(true);
                return Some(Signal::Yes);
            }
        }
        // A word such as the Spanish "no" may also deny what follows, so it is not taken.
        first(self, &self.book.no).map(|_| Signal::No)
    }

    fn is_bare(&self, negations: &Negations) -> bool {
        let all = [&negations.before[..], &negations.behind[..]].concat();
        let at_the_end = all.iter().any(|place| place.end == self.taken.len());
        !all.is_empty() && (self.after_but || at_the_end || self.words.len() <= BARE)
    }
}

/// The negations of a part, as they stood before its other words were read.
struct Negations {
    before: Vec<Place>,
    behind: Vec<Place>,
    without: Vec<Place>,
    still: Vec<Place>,
}

impl Negations {
    fn of(part: &Part<'_>) -> Self {
        Self {
            before: part.free(&part.book.not),
            behind: part.free(&part.book.not_after),
            without: part.free(&part.book.without),
            still: part.places(&part.book.still),
        }
    }

    fn is_first(&self) -> bool {
        self.before.iter().chain(&self.without).any(|place| place.start == 0)
    }

    /// What denies a verb.
    fn of_verb(&self, verb: &Place) -> Option<Place> {
        let near = |one: &&Place| one.end <= verb.start && verb.start - one.end < REACH;
        let behind = |one: &&Place| one.start >= verb.end && one.start - verb.end < REACH;
        self.before.iter().rfind(near).or_else(|| self.behind.iter().find(behind)).copied()
    }

    /// What denies a noun, or an expression with a negation inside.
    fn of_noun(&self, noun: &Place) -> Option<Place> {
        let goes_on = |one: &Place| self.still.iter().any(|still| one.end <= still.start && still.end <= noun.start);
        let near = |one: &&Place| one.end <= noun.start && noun.start - one.end < NOUN_REACH && !goes_on(one);
        let inside = |one: &&Place| noun.start < one.start && one.end < noun.end;
        let without = || self.without.iter().find(near).copied();
        self.of_verb(noun).or_else(without).or_else(|| self.before.iter().find(inside).copied())
    }
}

/// What is left of a clause that asks. A question is no answer, but "why is it still broken?" is a complaint.
fn asked(said: &[Signal], why: bool) -> Vec<Signal> {
    let still = said.contains(&Signal::Broken);
    match (still, why) {
        (true, true) => vec![Signal::Broken],
        (true, false) => vec![Signal::PerhapsBroken],
        (false, _) => vec![Signal::Question],
    }
}
