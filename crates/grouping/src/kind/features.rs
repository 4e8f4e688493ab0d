//! The features that tell a ticket's kind: the word n-grams of each part, and the shape of the text.
//!
//! N-grams are hashed into buckets. The shape is a handful of measures of how a text is written (asking, listing,
//! pasting), whatever the product. Every measure is between 0 and 1, and every part counts the same however long it is,
//! so that no strange text outweighs its own words.

use crate::hash::hash_of;

/// How many buckets the n-grams share.
pub(crate) const BUCKETS: usize = 1 << 18;
/// How many measures a shape has.
pub(crate) const MEASURES: usize = 44;
/// The weights of the parts, chosen by cross-validation.
const SUBJECT_GAIN: f32 = 0.32;
const BODY_GAIN: f32 = 0.56;
const LEAD_GAIN: f32 = 0.41;
const SHAPE_GAIN: f32 = 0.34;
/// How many words of a body are used; more is a pasted log.
const BODY_WORDS: usize = 400;
/// What somebody wants is usually said within this many words.
const LEAD_WORDS: usize = 60;
/// Stands before the first word, so that an n-gram can say "at the beginning".
const START: &str = "^";

/// The kind features of one text.
pub(crate) struct KindFeatures {
    /// Buckets with their values, in a fixed order.
    pub(crate) ngrams: Vec<(usize, f32)>,
    /// The value of each measure of the shape.
    pub(crate) shape: [f32; MEASURES],
}

impl KindFeatures {
    /// Of a subject and a cleaned body.
    pub(crate) fn of(subject: &str, body: &str) -> Self {
        let (subject, body) = (subject.trim(), body.trim());
        let (lower_subject, lower_body) = (subject.to_lowercase(), body.to_lowercase());
        let (subject_words, body_words) = (words(&lower_subject), words(&lower_body));
        let lead = body_words.iter().take(LEAD_WORDS);
        let mut ngrams = ngrams("subject", 3, SUBJECT_GAIN, std::iter::once(&START).chain(&subject_words));
        ngrams.extend(self::ngrams("body", 2, BODY_GAIN, body_words.iter().take(BODY_WORDS)));
        ngrams.extend(self::ngrams("lead", 2, LEAD_GAIN, std::iter::once(&START).chain(lead)));
        let shape =
            WrittenPart { text: subject, words: &subject_words }.shape(&WrittenPart { text: body, words: &body_words });
        Self { ngrams, shape }
    }
}

/// The words of a text in lower case, with question and exclamation marks as words of their own.
fn words(lower: &str) -> Vec<&str> {
    lower
        .split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'')
        .flat_map(|piece| {
            let end =
                piece.chars().next_back().filter(|c| !c.is_alphanumeric() && *c != '\'').map_or(0, char::len_utf8);
            let (word, mark) = piece.split_at(piece.len() - end);
            [word.trim_matches('\''), if matches!(mark, "?" | "!") { mark } else { "" }]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// The buckets of all n-grams of up to `longest` words, each once. Their vector has the length `gain`.
fn ngrams<'a>(part: &str, longest: usize, gain: f32, words: impl Iterator<Item = &'a &'a str>) -> Vec<(usize, f32)> {
    let words: Vec<&str> = words.copied().collect();
    let mut buckets: Vec<usize> =
        (1..=longest).flat_map(|length| words.windows(length)).map(|ngram| bucket(part, ngram)).collect();
    buckets.sort_unstable();
    buckets.dedup();
    #[expect(clippy::cast_precision_loss, reason = "some hundred n-grams")]
    let value = gain / (buckets.len().max(1) as f32).sqrt();
    buckets.into_iter().map(|bucket| (bucket, value)).collect()
}

fn bucket(part: &str, ngram: &[&str]) -> usize {
    let mut parts = [part; 4];
    let length = ngram.len().min(3);
    parts[1..=length].copy_from_slice(&ngram[..length]);
    #[expect(clippy::cast_possible_truncation, reason = "folded into the buckets on purpose")]
    let folded = hash_of(&parts[..=length]) as usize;
    folded % BUCKETS
}

/// Who is speaking, and in which mood: the share of these words tells asking from reporting.
const SPEAKING: [&[&str]; 7] = [
    &["i", "my", "me", "i'm", "i've"],
    &["we", "our", "us"],
    &["you", "your"],
    &["it", "this", "that"],
    &["not", "doesn't", "can't", "cannot", "don't"],
    &["should", "would", "could"],
    &["please", "thanks", "thank", "help"],
];
/// First words of a subject that ask for something new, report, or want to know something.
const OPENING: [&[&str]; 3] = [
    &[
        "add",
        "support",
        "allow",
        "implement",
        "enable",
        "make",
        "provide",
        "introduce",
        "improve",
        "request",
        "feature",
        "option",
    ],
    &["fix", "avoid", "remove", "correct", "prevent", "bug", "use"],
    &["how", "what", "why", "where", "is", "can", "does", "when", "which", "question", "help", "do", "are", "should"],
];
/// Signs of pasted code, pictures, links, forms and stack traces.
const PASTED: [&str; 7] = ["```", "![", "http", "###", "- [", "Traceback", "**"];

/// A subject or a body, as written and as words in lower case.
struct WrittenPart<'a> {
    text: &'a str,
    words: &'a [&'a str],
}

impl WrittenPart<'_> {
    /// The shape of a ticket with this subject and that body.
    fn shape(&self, body: &Self) -> [f32; MEASURES] {
        let (subject, text) = (self.text, body.text);
        let begins = |text: &str, with: fn(char) -> bool| yes(text.starts_with(with));
        let first = self.words.first().copied().unwrap_or_default();
        let query = count(text, |c| c == '?');
        let length = count(text, |_| true);
        let measures = [
            ((1.0 + length).ln() / 7.5).min(1.0),
            ((1.0 + count(subject, |_| true)).ln() / 5.0).min(1.0),
            (query / 3.0).min(1.0),
            (query / (1.0 + length / 300.0) / 2.0).min(1.0),
            yes(subject.contains('?')),
            yes(subject.ends_with('?')),
            yes(subject.ends_with('.')),
            yes(text.ends_with('?')),
            yes(text.chars().take(300).any(|c| c == '?')),
            yes(text.as_bytes().windows(4).any(|w| w[0] == b'#' && w[1..].iter().all(u8::is_ascii_digit))),
            begins(text, |c| c == '#'),
            begins(text, |c| c == '*'),
            begins(text, |c| c == '<'),
            begins(subject, |c| c == '['),
            begins(subject, char::is_lowercase),
            yes(text.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|word| word == "i")),
            yes(body.words.iter().any(|word| word.contains("error"))),
            yes(self.words.iter().any(|word| word.contains("error"))),
            yes(length < 100.0),
            yes(length < 30.0),
            yes(subject.contains('`')),
            yes(subject.contains(|c: char| c.is_ascii_digit())),
            yes(subject.split_once(": ").is_some_and(|(area, _)| !area.contains(char::is_uppercase))),
            body.share_of_characters(|c| !c.is_alphanumeric() && !c.is_whitespace(), 0.3),
            body.share_of_characters(|c| c.is_ascii_digit(), 0.2),
            body.share_of_characters(char::is_uppercase, 0.2),
            body.share_of_characters(char::is_whitespace, 0.4),
        ];
        let speaking = SPEAKING.map(|words| body.share_of_words(words, 0.12));
        let opening = OPENING.map(|words| yes(words.contains(&first)));
        let pasted = PASTED.map(|mark| yes(text.contains(mark)));
        let mut shape = [0.0; MEASURES];
        let all = measures.into_iter().chain(speaking).chain(opening).chain(pasted);
        for (slot, measure) in shape.iter_mut().zip(all) {
            *slot = measure * SHAPE_GAIN;
        }
        shape
    }

    fn share_of_characters(&self, which: impl Fn(char) -> bool, full: f32) -> f32 {
        (count(self.text, which) / count(self.text, |_| true).max(1.0) / full).min(1.0)
    }

    fn share_of_words(&self, of: &[&str], full: f32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "some thousand words")]
        let (found, all) =
            (self.words.iter().filter(|word| of.contains(*word)).count() as f32, self.words.len().max(1) as f32);
        (found / all / full).min(1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "some thousand characters")]
fn count(text: &str, which: impl Fn(char) -> bool) -> f32 {
    text.chars().filter(|c| which(*c)).count() as f32
}

fn yes(is: bool) -> f32 {
    f32::from(u8::from(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_apostrophes_and_marks_stand_alone() {
        assert_eq!(words("'why' doesn't it work?! ok"), ["why", "doesn't", "it", "work", "?", "!", "ok"]);
    }

    #[test]
    fn every_part_counts_the_same_however_long_it_is() {
        for text in ["brief", "a body that goes on and on and on until nobody reads it"] {
            let ngrams = ngrams("body", 2, 0.5, text.split(' ').collect::<Vec<_>>().iter());
            let value = ngrams.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            assert!((value - 0.5).abs() < 1e-4, "{text}: {value}");
        }
    }

    #[test]
    fn all_measures_are_used_and_none_exceeds_its_bound() {
        let code = "```\nTraceback!!! ### ** - [ ![ http #123 i error 1 ABC???\n```".repeat(40);
        let shape = KindFeatures::of("`how`?", &code).shape;
        assert!(shape.iter().all(|measure| (0.0..=SHAPE_GAIN).contains(measure)));
        assert!(shape[MEASURES - 1] > 0.0, "the last measure, bold text, is at its place");
    }
}
