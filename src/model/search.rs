//! What somebody looks for, and the words by which something is found.
//!
//! Texts and what is typed are taken apart in the same way, so that accents, case and signs make no difference. Where a script puts no
//! spaces between words, each sign is kept with the one after it: what is typed is found within, too, and two signs that stand apart
//! are not.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;
use uuid::Uuid;

use super::{issue::Repository, words::words};
use crate::base::limits::SEARCH_TEXT_WORDS;

/// How many letters of a word count.
const LETTERS: usize = 40;
/// How many words of a name or a title are kept.
const WORDS_KEPT: usize = 60;
/// How many characters of each text of a ticket are read.
const TEXT_CHARACTERS: usize = 20_000;
/// A word of fewer bytes is looked for as a whole in the index of texts: too many words begin with it.
const BEGINNING_BYTES: usize = 3;
/// How many words of what is typed count.
pub const WORDS_ASKED: usize = 4;
/// How many characters of what is typed are read.
const CHARACTERS: usize = 300;

words! {
    /// What is found by the words of its name.
    pub enum SearchNoun {
        /// A topic, by its title.
        Topic = "topic",
        /// A customer, by their name and addresses.
        Customer = "customer",
        /// An organization, by its name.
        Organization = "organization",
    }
}

/// Which words are made of a row of signs without spaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OfSigns {
    /// Each sign with the next one, and the last by itself, so that every sign begins a word.
    Kept,
    /// Each sign with the next one.
    Asked,
}

/// The words of a text in its order, without case and accents.
fn words_of(text: &str, of: OfSigns) -> Vec<String> {
    let plain: String = text.to_lowercase().nfkd().filter(|c| !is_combining_mark(*c)).collect();
    plain.split(|c: char| !c.is_alphanumeric()).flat_map(|part| words_in(part, of)).collect()
}

/// The words of what has neither spaces nor marks between them.
fn words_in(part: &str, of: OfSigns) -> Vec<String> {
    let mut words = Vec::new();
    let mut signs = Vec::new();
    for word in part.unicode_words() {
        if let Some(sign) = sign(word) {
            signs.push(sign);
            continue;
        }
        pair(&signs, of, &mut words);
        signs.clear();
        words.push(word.chars().take(LETTERS).collect());
    }
    pair(&signs, of, &mut words);
    words
}

/// The sign of a word that is one sign of a script with many.
fn sign(word: &str) -> Option<char> {
    let mut characters = word.chars();
    let first = characters.next().filter(|c| !c.is_ascii())?;
    characters.next().is_none().then_some(first)
}

fn pair(signs: &[char], of: OfSigns, words: &mut Vec<String>) {
    words.extend(signs.windows(2).map(String::from_iter));
    if (of == OfSigns::Kept || signs.len() == 1)
        && let Some(last) = signs.last()
    {
        words.push(last.to_string());
    }
}

/// The words by which something with these names is found, each once.
pub fn kept_words(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().flat_map(|text| words_of(text, OfSigns::Kept)).take(WORDS_KEPT).collect()
}

/// The words by which a ticket with these texts is found: each once, with a space between them, no more than
/// [`SEARCH_TEXT_WORDS`].
pub fn text_words<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut words = BTreeSet::new();
    for text in texts {
        let end = text.char_indices().nth(TEXT_CHARACTERS).map_or(text.len(), |(place, _)| place);
        for word in words_of(text.get(..end).unwrap_or_default(), OfSigns::Kept) {
            if words.len() == SEARCH_TEXT_WORDS {
                break;
            }
            words.insert(word);
        }
    }
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// The words that begin with some letters, as a range that a database finds in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRange {
    /// The letters, which are the first such word.
    pub from: String,
    /// After every such word.
    pub to: String,
}

impl WordRange {
    fn of(letters: &str) -> Self {
        Self { from: letters.to_owned(), to: format!("{letters}{}", char::MAX) }
    }
}

/// The beginnings of the words that somebody typed, no more than [`WORDS_ASKED`], each once.
pub fn asked_words(typed: &str) -> Vec<WordRange> {
    let text: String = typed.chars().take(CHARACTERS).collect();
    let mut words: Vec<WordRange> = Vec::new();
    for word in words_of(&text, OfSigns::Asked).iter().map(|word| WordRange::of(word)) {
        if words.len() < WORDS_ASKED && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The words that a ticket's text has to have, as each place is asked for them. A word has letters and digits only, so it needs no
/// escape in any of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextQuery {
    /// One pattern for `LIKE` for each word, over the kept words with a space before them.
    pub patterns: Vec<String>,
    /// What SQLite's FTS5 is asked.
    pub fts5: String,
    /// What PostgreSQL's `tsquery` asks.
    pub tsquery: String,
}

impl TextQuery {
    /// Of the beginnings of words; `None` if there are none.
    pub fn of(words: &[WordRange]) -> Option<Self> {
        if words.is_empty() { None } else { Some(Self::by(words, &words.iter().collect::<Vec<_>>())) }
    }

    /// The same, where the index is asked only for the words that few have: it reads all that have a word, and the others are looked
    /// for in what it finds. `shares` says how many of some tickets have each word, and `few` how many few are. Where none is that
    /// rare, it is asked for the rarest.
    pub fn by_rare(words: &[WordRange], shares: &[i64], few: i64) -> Option<Self> {
        let fewest = words.iter().zip(shares).map(|(_, share)| *share).min()?;
        let most = few.max(fewest);
        let mut rare: Vec<&WordRange> =
            words.iter().zip(shares).filter(|(_, share)| **share <= most).map(|(word, _)| word).collect();
        if fewest > few {
            rare.truncate(1);
        }
        Some(Self::by(words, &rare))
    }

    /// Whether the index is asked for each of the words, and for all that begin with it.
    pub fn asks_beginnings(&self) -> bool {
        self.fts5.matches('*').count() == self.patterns.len()
    }

    fn by(words: &[WordRange], indexed: &[&WordRange]) -> Self {
        let all = |one: fn(&str, bool) -> String, and: &str| {
            let words = indexed.iter().map(|word| one(&word.from, word.from.len() >= BEGINNING_BYTES));
            words.collect::<Vec<_>>().join(and)
        };
        Self {
            patterns: words.iter().map(|word| format!("% {}%", word.from)).collect(),
            fts5: all(|word, begins| format!("\"{word}\"{}", if begins { "*" } else { "" }), " AND "),
            tsquery: all(|word, begins| format!("'{word}'{}", if begins { ":*" } else { "" }), " & "),
        }
    }
}

/// Which issue is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedIssue {
    /// Its repository, if that was said.
    pub repository: Option<Repository>,
    /// Its number.
    pub number: i64,
}

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// The beginnings of the words that all have to be there.
    pub words: Vec<WordRange>,
    /// A ticket's number in the helpdesk, if it may be one.
    pub number: Option<String>,
    /// The host of the address that was pasted.
    pub host: Option<String>,
    /// An issue, if it may be one.
    pub issue: Option<AskedIssue>,
    /// Our own id of something.
    pub id: Option<Uuid>,
}

impl SearchQuery {
    /// Reads what somebody typed or pasted: words, `12`, `#12`, `acme/product#12`, or the address of a ticket, of an issue, or of a page
    /// of ours.
    pub fn read(typed: &str) -> Self {
        let text: String = typed.trim().chars().take(CHARACTERS).collect();
        if let Some(address) = address(&text) {
            return Self::of_address(&address);
        }
        if let Ok(id) = Uuid::parse_str(&text) {
            return Self { id: Some(id), ..Self::default() };
        }
        if let Some((repository, number)) = text.rsplit_once('#')
            && let Some(number) = positive(number)
            && (repository.is_empty() || Repository::parse(repository).is_some())
        {
            let ticket = repository.is_empty().then(|| number.to_string());
            let issue = AskedIssue { repository: Repository::parse(repository), number };
            return Self { number: ticket, issue: Some(issue), ..Self::default() };
        }
        let issue = positive(&text).map(|number| AskedIssue { repository: None, number });
        let is_one_word = !text.is_empty() && !text.contains(char::is_whitespace);
        let words = asked_words(&text);
        Self { words, number: is_one_word.then_some(text), issue, ..Self::default() }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.number.is_none() && self.issue.is_none() && self.id.is_none()
    }

    fn of_address(address: &Url) -> Self {
        let parts: Vec<&str> = address.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect();
        if let Some(id) = parts.iter().find_map(|part| Uuid::parse_str(part).ok()) {
            return Self { id: Some(id), ..Self::default() };
        }
        let host = address.host_str().map(str::to_owned);
        if let [.., owner, name, "issues", number] = parts.as_slice()
            && let (Some(repository), Some(number)) = (Repository::parse(&format!("{owner}/{name}")), positive(number))
        {
            return Self { issue: Some(AskedIssue { repository: Some(repository), number }), ..Self::default() };
        }
        let in_query = address.query_pairs().find(|(name, _)| matches!(name.as_ref(), "id" | "ticket" | "ticket_id"));
        let in_path = || parts.iter().rev().find(|part| positive(part).is_some()).map(|part| (*part).to_owned());
        let number = in_query.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty()).or_else(in_path);
        Self { number, host, ..Self::default() }
    }
}

fn address(text: &str) -> Option<Url> {
    let is_one = text.starts_with("http://") || text.starts_with("https://");
    if is_one { Url::parse(text).ok() } else { None }
}

fn positive(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok().filter(|number| *number > 0) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> (Option<String>, Option<String>) {
        let query = SearchQuery::read(typed);
        let issue = query.issue.map(|issue| match issue.repository {
            Some(repository) => format!("{repository}#{}", issue.number),
            None => format!("#{}", issue.number),
        });
        (query.number, issue)
    }

    #[test]
    fn words_are_found_without_case_accents_and_signs() {
        let kept = |text: &str| kept_words(&[text]).into_iter().collect::<Vec<_>>();
        assert_eq!(kept("Žofie Müller-Lüdenscheidt"), ["ludenscheidt", "muller", "zofie"]);
        assert_eq!(kept("ana.lima@example.test"), ["ana", "example", "lima", "test"]);
        assert_eq!(kept("Export, EXPORT & export!"), ["export"]);
        assert!(kept("100%_\\").contains(&"100".to_owned()));
        assert_eq!(kept("請求書"), ["書", "求書", "請求"], "each sign is kept with the next one");
        assert_eq!(kept("エラーE1042が"), ["e1042", "か", "エラー"]);
        assert!(kept_words(&["word"; 2]).len() == 1 && kept("").is_empty());
    }

    #[test]
    fn every_word_with_the_same_beginning_is_in_its_range() {
        let range = WordRange::of("expo");
        for word in ["expo", "export", "exposé", "expo\u{10fffe}"] {
            assert!(word >= range.from.as_str() && word < range.to.as_str(), "{word:?}");
        }
        for word in ["exp", "exq", "expn"] {
            assert!(word < range.from.as_str() || word >= range.to.as_str(), "{word:?}");
        }
    }

    #[test]
    fn numbers_and_addresses_are_read_as_people_paste_them() {
        let is = |number: Option<&str>, issue: Option<&str>| (number.map(str::to_owned), issue.map(str::to_owned));
        for (typed, expected) in [
            ("12", is(Some("12"), Some("#12"))),
            (" #12 ", is(Some("12"), Some("#12"))),
            ("acme/product#12", is(None, Some("acme/product#12"))),
            ("https://github.test/acme/product/issues/12#issuecomment-1", is(None, Some("acme/product#12"))),
            ("https://acme.zendesk.test/agent/tickets/4711", is(Some("4711"), None)),
            ("https://rt.test/Ticket/Display.html?id=88", is(Some("88"), None)),
            ("https://desk.test/helpdesk/tickets/9/", is(Some("9"), None)),
            ("export row", is(None, None)),
            ("not/a repo#12", is(None, None)),
            ("INC-7", is(Some("INC-7"), None)),
            ("99999999999999999999", is(Some("99999999999999999999"), None)),
        ] {
            assert_eq!(asked(typed), expected, "{typed:?}");
        }
        let id = "0197a000-0000-7000-8000-000000000000";
        let ours = SearchQuery::read(&format!("http://heard.test/topics/{id}?said=merged"));
        assert_eq!(ours.id.map(|id| id.to_string()).as_deref(), Some(id));
        assert!(SearchQuery::read("  ").is_empty() && SearchQuery::read("%%").words.is_empty());
    }

    #[test]
    fn signs_without_spaces_are_asked_for_in_pairs() {
        let asked = |typed: &str| SearchQuery::read(typed).words.into_iter().map(|word| word.from).collect::<Vec<_>>();
        assert_eq!(asked("請求書"), ["請求", "求書"]);
        assert_eq!(asked("書"), ["書"]);
        assert_eq!(asked("請求 書"), ["請求", "書"]);
    }

    #[test]
    fn a_text_is_kept_as_its_words_and_asked_for_in_each_engines_way() {
        let kept = text_words(["Export loses a row", "E1042: the EXPORT \"lost\" it's row\0%_\\"]);
        assert_eq!(kept, "a e1042 export it loses lost row s the");
        let long = (0..10_000).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
        assert_eq!(text_words([long.as_str()]).split(' ').count(), SEARCH_TEXT_WORDS);
        assert_eq!(text_words([""]), "");

        let asked = |typed: &str| TextQuery::of(&SearchQuery::read(typed).words);
        let query = asked("Expo UI AND \"'x").unwrap();
        assert_eq!(query.fts5, r#""expo"* AND "ui" AND "and"* AND "x""#);
        assert_eq!(query.tsquery, "'expo':* & 'ui' & 'and':* & 'x'");
        assert_eq!(query.patterns, ["% expo%", "% ui%", "% and%", "% x%"]);
        assert_eq!(asked("%% \"' ()"), None);
        let beginnings = ["expo", "ui", "expo row", "expo ui"].map(|typed| asked(typed).unwrap().asks_beginnings());
        assert_eq!(beginnings, [true, false, true, false]);
    }

    #[test]
    fn the_index_is_asked_for_rare_words_and_for_the_rarest_where_none_is() {
        let words = SearchQuery::read("export row e1042").words;
        let indexed = |shares: [i64; 3]| TextQuery::by_rare(&words, &shares, 30).unwrap().fts5;
        assert_eq!(indexed([400, 30, 0]), r#""row"* AND "e1042"*"#);
        assert_eq!(indexed([400, 300, 31]), r#""e1042"*"#);
        assert_eq!(indexed([300, 300, 300]), r#""export"*"#);
        assert_eq!(TextQuery::by_rare(&words, &[0, 0, 0], 30), TextQuery::of(&words));
        assert_eq!(TextQuery::by_rare(&words, &[400, 300, 0], 30).unwrap().patterns.len(), 3);
        assert_eq!(TextQuery::by_rare(&[], &[], 30), None);
    }

    #[test]
    fn no_more_words_count_than_are_looked_up() {
        assert_eq!(SearchQuery::read("a b a c d e f g").words.len(), WORDS_ASKED);
        assert!(SearchQuery::read(&"x".repeat(10_000)).words.iter().all(|word| word.from.len() <= LETTERS));
    }
}
