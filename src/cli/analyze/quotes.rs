//! Short quotes of what customers wrote that may be shown to others.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::model::customer::person_name;
use crate::wording::redact::{self, KnownPeople};
use grouping::{MatchedTerm, TicketText, cleaned, passage};

/// The maximum length of a title and of a quote, in characters.
const TITLE_CHARS: usize = 90;
const QUOTE_CHARS: usize = 220;
/// A shorter quote says nothing.
const QUOTED_FROM_CHARS: usize = 16;

/// What may identify a person: addresses, and the numbers of phones, cards and accounts.
static PERSONAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d(?:[ ()./-]{0,2}\d){8,}").ok());

/// Where somebody says their own name, or that of whom they greet: what follows is a name.
static SPOKEN_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"((?i:\bmy name is|\bi am called|\bmein name ist|\bich heiße|\bje m['’]appelle|\bme llamo|\bmi chiamo",
        r"|\bregards,?|\bsincerely,?|\bcheers,|\bthanks,|\bgrüße,?|\bgruß,?|\bcordialement,?|\bsaludos,?",
        r"|^hi|^hello|^hey|^dear|^hallo|^liebe[rs]?|^bonjour|^hola)\s+)\p{Lu}[\p{L}'’-]*(?:\s\p{Lu}[\p{L}'’-]*){0,2}",
    ))
    .ok()
});
/// What stands for whatever is not shown.
const HOLE: &str = "[…]";

/// The ticket's subject, or the beginning of its body, without these people.
pub(super) fn title(text: &TicketText, people: &[String]) -> String {
    let title = shown(if text.subject.trim().is_empty() { &text.body } else { &text.subject }, people, TITLE_CHARS);
    if title.is_empty() { "(no words)".to_owned() } else { title }
}

/// The passage of the body with the words by which it was recognised, else its beginning, without these people. `None` if there is
/// no body.
pub(super) fn quote(text: &TicketText, people: &[String], words: &[MatchedTerm]) -> Option<String> {
    // Before a passage is cut out: a name may lose what it is known by.
    let body = nameless(&cleaned(&text.body), people);
    let terms: Vec<String> = words.iter().map(|word| word.term.clone()).collect();
    let quote = passage(&body, &terms).map_or_else(|| body.clone(), |found| in_whole_words(&body, &found.text));
    let quote = shown(&quote, people, QUOTE_CHARS);
    (quote.chars().count() >= QUOTED_FROM_CHARS).then_some(quote)
}

/// A part of a text without words that were cut at its ends, and with dots where the text continues.
fn in_whole_words(text: &str, piece: &str) -> String {
    let Some(from) = text.find(piece) else { return piece.to_owned() };
    let (before, after) = (&text[..from], &text[from + piece.len()..]);
    let begins_within = before.chars().next_back().is_some_and(char::is_alphanumeric);
    let goes_on = after.chars().next().is_some_and(|next| next.is_alphanumeric() || next == ' ');
    let first = if begins_within { piece.find(char::is_whitespace).map_or(0, |at| at + 1) } else { 0 };
    let is_inner = begins_within || before.trim_end().chars().next_back().is_some_and(char::is_alphanumeric);
    match (is_inner, goes_on && !piece.ends_with(['.', '!', '?'])) {
        (false, false) => piece.to_owned(),
        (true, false) => format!("… {}", &piece[first..]),
        (false, true) => format!("{piece} …"),
        (true, true) => format!("… {} …", &piece[first..]),
    }
}

/// One line, without anything that identifies who wrote it.
fn shown(text: &str, people: &[String], limit_chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = PERSONAL.as_ref().map_or(Cow::Borrowed(line.as_str()), |personal| personal.replace_all(&line, masked));
    let line = nameless(&line, people);
    if line.chars().count() <= limit_chars {
        return line;
    }
    let cut: String = line.chars().take(limit_chars - 1).collect();
    let whole_words = cut.rfind(' ').filter(|at| *at > cut.len() / 2).map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}…", whole_words.trim_end_matches([' ', ',', ';', ':']))
}

/// The text without the names of these people, and without those that are said as such.
fn nameless(text: &str, people: &[String]) -> String {
    // Some exports write `Ada Lovelace <ada@example.com>`.
    let parts: Vec<&str> = people.iter().flat_map(|one| one.split(['<', '>', '"'])).map(str::trim).collect();
    let (emails, others): (Vec<&str>, Vec<&str>) = parts.into_iter().partition(|part| part.contains('@'));
    let (names, others): (Vec<&str>, Vec<&str>) =
        others.into_iter().partition(|part| person_name(part, None).is_some());
    // What may be no person's name is a company's, or one in capitals. What a team is called gives nobody away.
    let has_letters = |part: &str| part.chars().filter(|c| c.is_alphabetic()).count() > 2;
    let organizations: Vec<&str> = others.into_iter().filter(|part| has_letters(part) && !is_nobody(part)).collect();
    let known = KnownPeople { names: &names, emails: &emails, organizations: &organizations, ..KnownPeople::default() };
    let mut text = text.to_owned();
    if !names.is_empty() || !emails.is_empty() || !organizations.is_empty() {
        text = redact::names(&text, &known).text;
        for word in ["[name]", "[organization]", "[e-mail]"] {
            text = text.replace(word, HOLE);
        }
    }
    match SPOKEN_NAME.as_ref() {
        Some(spoken) => spoken.replace_all(&text, |found: &Captures<'_>| format!("{}{HOLE}", &found[1])).into_owned(),
        None => text,
    }
}

/// Whether this is what a team is called, or says that nobody is.
fn is_nobody(name: &str) -> bool {
    const TEAMS: [&str; 8] = ["team", "support", "desk", "helpdesk", "queue", "group", "tier", "level"];
    const NOBODY: [&str; 9] =
        ["unknown", "none", "null", "undefined", "anonymous", "other", "internal", "default", "guest"];
    let name = name.to_lowercase();
    NOBODY.contains(&name.as_str()) || name.split_whitespace().any(|word| TEAMS.contains(&word))
}

/// A date with a time has as many digits as a telephone number, but may stay.
fn masked(found: &Captures<'_>) -> String {
    let is_date = matches!(found[0].as_bytes(), [_, _, _, _, b'-' | b'/', _, _, b'-' | b'/', ..])
        || matches!(found[0].as_bytes(), [_, _, b'.' | b'/', _, _, b'.' | b'/', ..]);
    if is_date { found[0].to_owned() } else { HOLE.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_long_numbers_are_not_shown() {
        let text = TicketText::new(
            "1",
            "Refund ada@example.com, card 4111 1111 1111 1111, error 50012 since 2025-01-01 10:00",
            "",
        );
        assert_eq!(title(&text, &[]), "Refund […], card […], error 50012 since 2025-01-01 10:00");
    }

    #[test]
    fn a_long_title_ends_with_a_whole_word() {
        let title = title(&TicketText::new("1", &"invoice ".repeat(40), ""), &[]);
        assert!(title.ends_with("invoice…") && title.chars().count() <= TITLE_CHARS, "{title}");
    }

    #[test]
    fn the_quote_is_where_the_shared_words_stand_and_without_courtesies() {
        let body = format!(
            "Hello,\n\nI love your product. {}\nThe export stops at half.\n\nThanks,\nAda",
            "So much. ".repeat(40)
        );
        let words = [MatchedTerm { term: "export".into(), weight: 1.0 }];
        assert_eq!(quote(&TicketText::new("1", "", &body), &[], &words).as_deref(), Some("The export stops at half."));
    }

    #[test]
    fn a_quote_from_within_a_text_has_whole_words_and_dots() {
        assert_eq!(in_whole_words("before and after", "ore and"), "… and …");
        assert_eq!(in_whole_words("It fails. Why? Now.", "Why?"), "Why?");
    }

    #[test]
    fn a_ticket_without_a_body_has_no_quote() {
        assert_eq!(quote(&TicketText::new("1", "Export", ""), &[], &[]), None);
    }

    #[test]
    fn nobody_is_named_who_is_known_or_says_their_name() {
        let people = ["Ada Lovelace", "ada@initech.test", "42"].map(str::to_owned);
        let title = |subject: &str| title(&TicketText::new("1", subject, ""), &people);
        assert_eq!(title("Export of Ada fails"), "Export of […] fails");
        assert_eq!(
            title("Hello Tess, my name is Kim Roe and the export fails"),
            "Hello […], my name is […] and the export fails"
        );
        assert_eq!(title("The export fails. Regards, Bob"), "The export fails. Regards, […]");
        assert_eq!(title("Hello, the Export of 42 rows fails"), "Hello, the Export of 42 rows fails");
    }

    #[test]
    fn no_company_is_named_and_nobody_whose_name_is_written_in_capitals() {
        let people = ["Initech GmbH", "KIM ROE", "Support team", "Unknown"].map(str::to_owned);
        let title = |subject: &str| title(&TicketText::new("1", subject, ""), &people);
        assert_eq!(title("Export of Initech fails"), "Export of […] fails");
        assert_eq!(title("Export of Initech GmbH fails"), "Export of […] fails");
        assert_eq!(title("Kim Roe cannot sign in"), "[…] cannot sign in");
        assert_eq!(title("The support has an unknown error"), "The support has an unknown error");
    }
}
