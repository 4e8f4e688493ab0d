//! What two tickets have in common, in their own words, and what speaks against their being about the same: for a person who has to
//! say whether they are.

use std::{collections::BTreeSet, time::Duration};

use super::reason;
use crate::base::clock::Time;

/// How many reasons a person reads.
const REASONS: usize = 3;
/// The longest text that is compared, in words of it.
const WORDS: usize = 400;
/// How long a phrase is that is worth quoting, and how long one may be.
const PHRASE: std::ops::RangeInclusive<usize> = 3..=12;
/// What was written so close together is remarkable, and so far apart too.
const TOGETHER: Duration = Duration::from_hours(48);
const APART: Duration = Duration::from_hours(60 * 24);

/// One of the two tickets.
#[derive(Clone, Copy, Debug)]
pub struct ComparedText<'t> {
    /// Its subject.
    pub subject: &'t str,
    /// What its customer wrote.
    pub words: &'t str,
    /// When.
    pub written_at: Time,
}

/// What the grouping found in both.
#[derive(Clone, Copy, Debug, Default)]
pub struct FoundInBoth<'t> {
    /// Telling words that both have, as they are written.
    pub words: &'t [String],
    /// Codes that both have.
    pub codes: &'t [String],
    /// The terms of the decision, each with its weight.
    pub terms: &'t [(&'t str, f64)],
    /// Whether one customer wrote both.
    pub same_customer: bool,
    /// Whether people of one organization wrote both.
    pub same_organization: bool,
}

/// Why two tickets may be about the same, and what speaks against it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Likeness {
    /// At most three sentences, the most telling first.
    pub alike: Vec<String>,
    /// The strongest objection, if there is one.
    pub against: Option<String>,
}

/// Compares two tickets for a person.
pub fn compare(new: ComparedText<'_>, known: ComparedText<'_>, found: FoundInBoth<'_>) -> Likeness {
    let says = |feature: &str| found.terms.iter().any(|(name, weight)| *name == feature && *weight > 0.0);
    let phrase = phrase(new, known, found.words);
    let quoted: BTreeSet<String> = phrase.iter().flat_map(|phrase| words(phrase)).map(str::to_lowercase).collect();
    let others: Vec<&str> =
        found.words.iter().map(String::as_str).filter(|word| !quoted.contains(&word.to_lowercase())).take(3).collect();
    let span = new.written_at.since(known.written_at).max(known.written_at.since(new.written_at));
    let reasons = [
        says("same_text").then(|| "Both texts are the same.".to_owned()),
        found.codes.first().map(|code| format!("Both name {code}.")),
        phrase.map(|phrase| format!("Both say “{phrase}”.")),
        found.same_customer.then(|| "The same customer wrote both.".to_owned()),
        (!others.is_empty()).then(|| format!("Both speak of {}.", listed(&others))),
        (span <= TOGETHER).then(|| format!("Written within {} of each other.", spoken(span))),
        (found.same_organization && !found.same_customer).then(|| "People of one company wrote them.".to_owned()),
    ];
    let objections = found.terms.iter().filter(|(name, weight)| *weight < 0.0 && reason::is_a_difference(name));
    let objections = objections.map(|(name, weight)| (*weight, reason::explain(name, *weight)));
    let strongest = objections.min_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, sentence)| sentence);
    let far = || (span >= APART).then(|| format!("Written {} apart.", spoken(span)));
    Likeness { alike: reasons.into_iter().flatten().take(REASONS).collect(), against: strongest.or_else(far) }
}

/// The longest run of words that both say within a sentence, as the new one writes it. It has a telling word that both have, or is
/// nothing to quote.
fn phrase(new: ComparedText<'_>, known: ComparedText<'_>, telling: &[String]) -> Option<String> {
    let (new, known) = (spans(new), spans(known));
    let key = |span: &Option<String>| span.as_ref().map(|word| word.to_lowercase());
    let (one, other): (Vec<_>, Vec<_>) = (new.iter().map(key).collect(), known.iter().map(key).collect());
    let telling: BTreeSet<String> = telling.iter().map(|word| word.to_lowercase()).collect();
    // How long the run is that ends at each word of the other text, for the word before and for this one.
    let mut before = vec![0_usize; other.len() + 1];
    let mut best: Option<(usize, usize)> = None;
    for (at, word) in one.iter().enumerate() {
        let mut here = vec![0_usize; other.len() + 1];
        for (place, theirs) in other.iter().enumerate() {
            if word.is_some() && word == theirs {
                here[place + 1] = before[place] + 1;
                let length = here[place + 1].min(*PHRASE.end());
                let begins = at + 1 - length;
                let tells = one[begins..=at].iter().flatten().any(|word| telling.contains(word));
                if PHRASE.contains(&length) && tells && best.is_none_or(|(_, longest)| length > longest) {
                    best = Some((begins, length));
                }
            }
        }
        before = here;
    }
    let (begins, length) = best?;
    Some(new[begins..begins + length].iter().flatten().cloned().collect::<Vec<_>>().join(" "))
}

/// The words of a ticket, with a gap where a sentence ends: no phrase goes over it.
fn spans(ticket: ComparedText<'_>) -> Vec<Option<String>> {
    let mut spans = vec![];
    for sentence in [ticket.subject, ticket.words].iter().flat_map(|text| text.split(['.', '!', '?', ':', ';', '\n'])) {
        spans.extend(words(sentence).map(|word| Some(word.to_owned())));
        spans.push(None);
        if spans.len() >= WORDS {
            break;
        }
    }
    spans.truncate(WORDS);
    spans
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’' | '-' | '_' | '/'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn spoken(span: Duration) -> String {
    let hours = span.as_secs() / 3_600;
    match hours {
        0 => "an hour".to_owned(),
        1..=47 => format!("{} hours", hours + 1),
        48..=1_439 => format!("{} days", hours / 24),
        _ => format!("{} months", hours / (24 * 30)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Time {
        Time::from_micros(hours * 3_600_000_000)
    }

    fn text<'t>(subject: &'t str, words: &'t str, hours: i64) -> ComparedText<'t> {
        ComparedText { subject, words, written_at: at(hours) }
    }

    #[test]
    fn two_tickets_are_compared_in_their_own_words() {
        let new = text("CSV export", "Hello, since Monday the export loses the last row. Error E1042!", 5);
        let known = text("Export broken", "For us the export loses the last row, too. It says E1042.", 4);
        let (words, codes) = (["export", "row", "broken"].map(String::from), ["E1042".to_owned()]);
        let found = FoundInBoth { words: &words, codes: &codes, ..FoundInBoth::default() };
        let likeness = compare(new, known, found);
        assert_eq!(
            likeness.alike,
            ["Both name E1042.", "Both say “the export loses the last row”.", "Both speak of broken."]
        );
        assert_eq!(likeness.against, None);
    }

    #[test]
    fn a_phrase_ends_with_its_sentence_and_says_something() {
        let new = text("Help", "Thank you very much for your help. The invoice is wrong", 0);
        let known = text("Help", "Thank you very much for your help. Dark mode please", 0);
        let likeness = compare(new, known, FoundInBoth { words: &["invoice".to_owned()], ..FoundInBoth::default() });
        assert_eq!(likeness.alike, ["Both speak of invoice.", "Written within an hour of each other."]);
    }

    #[test]
    fn what_speaks_against_is_a_difference_between_the_two() {
        let (new, known) = (text("Export", "", 0), text("Export", "", 24 * 300));
        let terms = [("lead", -3.0), ("version_conflict", -0.5), ("codes_conflict", -1.5), ("words", 2.0)];
        let likeness = compare(new, known, FoundInBoth { terms: &terms, ..FoundInBoth::default() });
        assert_eq!(likeness.against.as_deref(), Some("The two tickets name different errors."));
        assert_eq!(likeness.alike, Vec::<String>::new());
        let likeness = compare(new, known, FoundInBoth::default());
        assert_eq!(likeness.against.as_deref(), Some("Written 10 months apart."));
    }
}
