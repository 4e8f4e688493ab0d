//! What the columns of an export hold, by the words of their names.
//!
//! Helpdesks call the same thing `Created At (UTC)`, `createdAt` and `Date/Time Opened`. So a name is read as words, and what
//! it means follows from these: who wrote, when, what about.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::column_words::{
    AGENTS, DATED, DETAILS, ExportColumn, MADE, NAME_PARTS, OBJECTS, ORGANIZATIONS, OUTER, PEOPLE, PHRASES, QUALIFIERS,
    TRANSPARENT,
};

/// How well a name fits a column: of several, the lowest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ColumnFit {
    pub(super) column: ExportColumn,
    /// Whose: a requester comes before whoever typed the ticket.
    group: u8,
    /// How deep it lies in JSON.
    depth: u8,
    /// By what: an address comes before a number, and that before a name.
    rank: u8,
}

/// What a name says of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct NameMeaning {
    /// The column that it is, if it is one of a ticket's.
    pub(super) fit: Option<ColumnFit>,
    /// Whether it holds people or companies, who are not to be named in what is shown.
    pub(super) is_of_people: bool,
}

/// What somebody said a column is: `--column subject=Betreff`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedColumn {
    pub(super) column: ExportColumn,
    pub(super) name: String,
    words: Vec<String>,
}

impl NamedColumn {
    /// Reads `WHAT=NAME`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let known = || ExportColumn::ALL.map(ExportColumn::word).join(", ");
        let (what, name) =
            text.split_once('=').ok_or_else(|| format!("write WHAT=NAME; WHAT is one of {}", known()))?;
        let column = ExportColumn::ALL.into_iter().find(|column| column.word() == what.trim());
        let column = column.ok_or_else(|| format!("{what} is none of {}", known()))?;
        let words = words_of(name);
        if words.is_empty() {
            return Err("the name of the column is missing".into());
        }
        Ok(Self { column, name: name.trim().to_owned(), words })
    }

    /// Whether it speaks of the column with this name, or of the field at this path.
    pub(super) fn is(&self, name: &str) -> bool {
        words_of(name) == self.words
    }
}

/// What the heading of a table says.
pub(super) fn of_heading(name: &str, named: &[NamedColumn]) -> NameMeaning {
    meaning(&words_of(name), 0, name, named)
}

/// What the path to a field of JSON says, its names with dots in between.
pub(super) fn of_path(path: &str, named: &[NamedColumn]) -> NameMeaning {
    let segments: Vec<&str> = path.split('.').collect();
    let (outer, last) = segments.split_at(segments.len().saturating_sub(1));
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0;
    for segment in outer {
        if TRANSPARENT.contains(segment) {
            depth += 1;
        } else {
            words.extend(words_of(segment));
        }
    }
    words.extend(last.iter().flat_map(|segment| words_of(segment)));
    // `contacts.contacts.id` says it twice.
    words.dedup();
    meaning(&words, depth, path, named)
}

fn meaning(words: &[String], depth: u8, name: &str, named: &[NamedColumn]) -> NameMeaning {
    let last = words.last().map_or("", String::as_str);
    let is_of_team = words.iter().any(|word| AGENTS.contains(&word.as_str()))
        && (AGENTS.contains(&last) || ["name", "email", "mail", "to"].contains(&last));
    let said = named.iter().find(|said| said.is(name));
    let own = match said {
        Some(said) => Some(ColumnFit { column: said.column, group: 0, depth: 0, rank: 0 }),
        None => fit(words, depth),
    };
    // Where somebody said which column tells the customer, the others hold people all the same.
    let is_of_customers =
        own.is_some_and(|fit| matches!(fit.column, ExportColumn::Customer | ExportColumn::Organization));
    let is_left = |fit: &ColumnFit| said.is_some() || named.iter().all(|said| said.column != fit.column);
    NameMeaning { fit: own.filter(is_left), is_of_people: is_of_customers || is_of_team || is_of_a_name(words) }
}

/// Whether it is a part of somebody's name: `Contact First Name`, `Vorname`.
fn is_of_a_name(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [.., part, "name"] => ["first", "last", "middle", "given", "family"].contains(part),
        [.., part] => NAME_PARTS.contains(part),
        [] => false,
    }
}

/// The columns in the order in which a ticket takes them: the first that holds something counts.
pub(super) fn in_order(fits: impl IntoIterator<Item = (usize, ColumnFit)>) -> Vec<(usize, ExportColumn)> {
    let mut order: Vec<(usize, ColumnFit)> = fits.into_iter().collect();
    order.sort_by(|(one, fit), (other, than)| fit.cmp(than).then(one.cmp(other)));
    order.into_iter().map(|(at, fit)| (at, fit.column)).collect()
}

/// The words of a name, in lower case and without accents. What stands in brackets is left out, and `createdAt` is two words. Jira writes
/// what somebody called a field into brackets.
pub(super) fn words_of(name: &str) -> Vec<String> {
    let own = name.trim().strip_prefix("Custom field (").and_then(|name| name.strip_suffix(')'));
    let name = own.unwrap_or(name);
    let bare = without_brackets(name);
    let shown = if bare.chars().any(is_of_a_word) { bare.as_str() } else { name };
    let letters: Vec<char> = shown.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        if !is_of_a_word(*letter) {
            words.push(String::new());
            continue;
        }
        if *letter == '#' || begins_a_word(&letters, at) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(folded(*letter));
        }
    }
    // The "s" of "Component/s".
    words.retain(|word| !word.is_empty() && word != "s");
    words
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '#' || is_combining_mark(letter)
}

/// Whether a capital letter begins another word: that of `createdAt` and the second of `HTTPStatus`, but none of `IDs`.
fn begins_a_word(letters: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| letters[before]) else { return false };
    let is_small = |at: usize| letters.get(at).is_some_and(|letter| letter.is_lowercase());
    if !letters[at].is_uppercase() {
        return false;
    }
    let ends_a_run =
        before.is_uppercase() && is_small(at + 1) && (letters.get(at + 1) != Some(&'s') || is_small(at + 2));
    before.is_lowercase() || before.is_ascii_digit() || ends_a_run
}

/// In lower case, and Latin letters without their accents.
fn folded(letter: char) -> impl Iterator<Item = char> {
    let is_latin = letter < '\u{250}';
    let bare = letter.to_lowercase().flat_map(move |small| match small {
        'ł' => vec!['l'],
        small if is_latin => std::iter::once(small).nfd().collect(),
        small => vec![small],
    });
    bare.filter(|letter| !('\u{300}'..='\u{36f}').contains(letter))
}

fn without_brackets(name: &str) -> String {
    let mut depth = 0_usize;
    let kept = name.chars().filter(|letter| match letter {
        '(' | '[' | '（' => {
            depth += 1;
            false
        }
        ')' | ']' | '）' => {
            depth = depth.saturating_sub(1);
            false
        }
        _ => depth == 0,
    });
    kept.collect()
}

/// The column that these words mean.
fn fit(words: &[String], depth: u8) -> Option<ColumnFit> {
    let outer = words.iter().take_while(|word| OUTER.contains(&word.as_str())).count();
    let said: Vec<&str> = words[outer.min(words.len().saturating_sub(1))..].iter().map(String::as_str).collect();
    let bare = if said.len() > 1 && OBJECTS.contains(&said[0]) { &said[1..] } else { &said[..] };
    let found = phrase(&said)
        .or_else(|| phrase(bare))
        .or_else(|| (bare.len() < said.len() && *bare == ["name"]).then_some((ExportColumn::Subject, 1, 0)))
        .or_else(|| named_after(bare))
        .or_else(|| made_at(&said))
        .or_else(|| organization(bare))
        .or_else(|| person(bare));
    found.map(|(column, group, rank)| ColumnFit { column, group, depth, rank })
}

/// A column with its group and its rank.
type Placed = (ExportColumn, u8, u8);

/// What a whole name means.
fn phrase(words: &[&str]) -> Option<Placed> {
    let said = words.join(" ");
    PHRASES.iter().find_map(|(column, group, phrases)| {
        let rank = phrases.iter().position(|phrase| *phrase == said)?;
        Some((*column, *group, u8::try_from(rank).unwrap_or(u8::MAX)))
    })
}

/// `components.name`, `issuetype.name`, `Category name`.
fn named_after(words: &[&str]) -> Option<Placed> {
    let (last, before) = words.split_last()?;
    let found = phrase(before).filter(|_| ["name", "title", "label"].contains(last));
    found.filter(|(column, ..)| matches!(column, ExportColumn::Kind | ExportColumn::Area | ExportColumn::Brand))
}

/// When it was created, opened, submitted: no other word may stand beside it, as in "First response created by".
fn made_at(words: &[&str]) -> Option<Placed> {
    let rank = words.iter().find_map(|word| MADE.iter().position(|made| made == word))?;
    let is_only_that = words.iter().all(|word| MADE.contains(word) || DATED.contains(word) || OBJECTS.contains(word));
    is_only_that.then_some((ExportColumn::CreatedAt, 0, u8::try_from(rank).unwrap_or(u8::MAX)))
}

/// `Account Name`, `company_id`, `Associated Company`.
fn organization(words: &[&str]) -> Option<Placed> {
    let at = words.iter().position(|word| ORGANIZATIONS.contains(word))?;
    let rank = detail(&deduplicated(&words[at + 1..], words[at]))?;
    let is_qualified = words[..at].iter().all(|word| QUALIFIERS.contains(word) || PEOPLE[0].contains(word));
    is_qualified.then_some((ExportColumn::Organization, 0, rank))
}

/// `Requester email`, `customerId`, `Associated Contact`, `reporter.displayName`.
fn person(words: &[&str]) -> Option<Placed> {
    let words = &words[words.iter().take_while(|word| QUALIFIERS.contains(word)).count()..];
    if detail(words) == Some(0) && words.iter().any(|word| word.contains("mail")) {
        return Some((ExportColumn::Customer, 0, 0));
    }
    for (group, people) in (0_u8..).zip(PEOPLE) {
        for (length, said) in [(2, words.get(..2)), (1, words.get(..1))] {
            let Some(said) = said.map(|said| said.join(" ")) else { continue };
            if people.contains(&said.as_str())
                && let Some(rank) = detail(&deduplicated(&words[length..], words[0]))
            {
                return Some((ExportColumn::Customer, group, rank));
            }
        }
    }
    None
}

/// `Account: Account Name` says it twice.
fn deduplicated<'w>(words: &[&'w str], of: &str) -> Vec<&'w str> {
    words.iter().copied().filter(|word| *word != of).collect()
}

/// By what somebody is told, best first: an address, a number, a name to sign in with, nothing said, a name.
fn detail(words: &[&str]) -> Option<u8> {
    let said = words.join(" ");
    let rank = DETAILS.iter().position(|details| details.contains(&said.as_str()))?;
    u8::try_from(rank).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<ExportColumn> {
        of_heading(name, &[]).fit.map(|fit| fit.column)
    }

    /// The columns that are taken, in the order in which they count.
    fn taken<'n>(names: &[&'n str]) -> Vec<(ExportColumn, &'n str)> {
        let fits = names.iter().enumerate().filter_map(|(at, name)| Some((at, of_heading(name, &[]).fit?)));
        in_order(fits).into_iter().map(|(at, column)| (column, names[at])).collect()
    }

    #[test]
    fn columns_are_known_in_any_spelling() {
        for (name, column) in [
            ("Ticket ID", ExportColumn::Id),
            ("#", ExportColumn::Id),
            ("Bug ID", ExportColumn::Id),
            ("Case Number", ExportColumn::Id),
            ("Issue key", ExportColumn::Id),
            ("Component/s", ExportColumn::Area),
            ("created-at", ExportColumn::CreatedAt),
            ("Created At (UTC)", ExportColumn::CreatedAt),
            ("createdAt", ExportColumn::CreatedAt),
            ("Create date", ExportColumn::CreatedAt),
            ("Date/Time Opened", ExportColumn::CreatedAt),
            ("sys_created_on", ExportColumn::CreatedAt),
            ("Requested", ExportColumn::CreatedAt),
            ("Erstellt am", ExportColumn::CreatedAt),
            ("Ticket name", ExportColumn::Subject),
            ("short_description", ExportColumn::Subject),
            ("Betreff", ExportColumn::Subject),
            ("件名", ExportColumn::Subject),
            ("Předmět", ExportColumn::Subject),
            ("Issue description", ExportColumn::Body),
            ("Treść", ExportColumn::Body),
            (" Requester email ", ExportColumn::Customer),
            ("Requestors", ExportColumn::Customer),
            ("Contact Name", ExportColumn::Customer),
            ("Associated Contact", ExportColumn::Customer),
            ("E-Mail", ExportColumn::Customer),
            ("Submitted by", ExportColumn::Customer),
            ("Company Name", ExportColumn::Organization),
            ("Associated Company IDs", ExportColumn::Organization),
            ("Account: Account Name", ExportColumn::Organization),
            ("Requester organization", ExportColumn::Organization),
            ("Custom field (Organizations)", ExportColumn::Organization),
        ] {
            assert_eq!(of(name), Some(column), "{name}: {:?}", words_of(name));
        }
    }

    #[test]
    fn what_only_sounds_like_a_column_of_a_ticket_is_left_out() {
        for name in [
            "Satisfaction",
            "Updated at",
            "Last Modified Date",
            "Closed Date",
            "Due date",
            "Case Owner",
            "Assignee email",
            "Account Owner",
            "Created by team",
            "Time spent",
            "User agent",
            "Contact phone",
            "Job title",
            "Work notes",
            "Custom field (Story Points)",
            "",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn an_address_comes_before_a_number_and_that_before_a_name() {
        let names = ["Requester", "Requester name", "Requester id", "Requester email"];
        assert_eq!(
            taken(&names).iter().map(|(_, name)| *name).collect::<Vec<_>>(),
            ["Requester email", "Requester id", "Requester", "Requester name"]
        );
        let who = taken(&["Submitter email", "Requester id"]);
        assert_eq!(who[0], (ExportColumn::Customer, "Requester id"), "whoever typed it may be an agent");
    }

    #[test]
    fn a_field_is_known_where_its_tracker_keeps_it() {
        let of = |path: &str| of_path(path, &[]).fit.map(|fit| fit.column);
        assert_eq!(of("fields.summary"), Some(ExportColumn::Subject));
        assert_eq!(of("fields.reporter.emailAddress"), Some(ExportColumn::Customer));
        assert_eq!(of("fields.issuetype.name"), Some(ExportColumn::Kind));
        assert_eq!(of("fields.components.name"), Some(ExportColumn::Area));
        assert_eq!(of("source.author.email"), Some(ExportColumn::Customer));
        assert_eq!(of("contacts.contacts.id"), Some(ExportColumn::Customer));
        assert_eq!(of("user.login"), Some(ExportColumn::Customer));
        assert_eq!(of("assignee.email"), None);
        assert_eq!(of("via.source.from.address"), None);
        assert_eq!(of("satisfaction_rating.comment"), None);
    }

    #[test]
    fn what_somebody_says_of_a_column_holds_and_no_other_takes_its_place() {
        let named = [NamedColumn::parse("subject=Worum geht es?").unwrap()];
        let fit = |name: &str| of_heading(name, &named).fit.map(|fit| fit.column);
        assert_eq!(fit("worum_geht_es"), Some(ExportColumn::Subject));
        assert_eq!(fit("Subject"), None);
        assert_eq!(fit("Description"), Some(ExportColumn::Body));
        let named = [NamedColumn::parse("customer=Requester id").unwrap()];
        let meaning = of_heading("Requester name", &named);
        assert!(meaning.fit.is_none() && meaning.is_of_people, "it tells nobody apart, and names somebody");
        assert!(NamedColumn::parse("subjekt=x").unwrap_err().contains("subject, body"));
        assert!(NamedColumn::parse("subject").is_err() && NamedColumn::parse("subject=").is_err());
    }

    #[test]
    fn a_part_of_somebodys_name_is_of_people() {
        for name in ["First name", "Contact Last Name", "customer.firstName", "Vorname", "Surname", "Prénom"] {
            assert!(of_path(name, &[]).is_of_people, "{name}");
        }
        for name in ["Product name", "First response", "Last name change", ""] {
            assert!(!of_heading(name, &[]).is_of_people, "{name}");
        }
    }

    #[test]
    fn the_words_of_a_name_are_its_words() {
        for (name, words) in [
            ("ticketIDs", "ticket ids"),
            ("HTTPStatus", "http status"),
            ("Comment(s)", "comment"),
            ("[Subject]", "subject"),
            ("Ticket #", "ticket #"),
            ("Création", "creation"),
        ] {
            assert_eq!(words_of(name).join(" "), words, "{name}");
        }
    }
}
