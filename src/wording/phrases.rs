//! The phrases of one language, read from `templates/languages/CODE.toml`: the customer's page, dates, and how long somebody
//! has waited.
//!
//! A file that lacks a phrase, or has one that is never used, is refused. A test reads every file.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::{files, language::Language};

/// A language's file. Places such as `{name}` are filled in where the phrase is used.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    pub(super) page: PagePhrases,
    pub(super) state: StatePhrases,
    pub(super) meaning: MeaningPhrases,
    pub(super) dates: DatePhrases,
    pub(super) waited: WaitedPhrases,
}

/// The customer's own page, apart from what they asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagePhrases {
    pub(super) heading: String,
    pub(super) heading_nameless: String,
    pub(super) asked: String,
    pub(super) read_by: String,
    /// The page's title.
    pub title: String,
    /// While nothing is on it yet.
    pub nothing: String,
    /// The question about a fix.
    pub does_it_work: String,
    /// The button that says yes.
    pub works: String,
    /// The button that says no.
    pub still_broken: String,
    /// The field under it.
    pub what_instead: String,
    /// The button under any field.
    pub send: String,
    /// The question after a verdict. One tap answers it, and nobody has to.
    pub how_do_you_feel: String,
    /// The answers to it, from bad to good.
    pub feelings: [String; 3],
    /// The field for a word of their own.
    pub own_word: String,
    /// The heading above what is finished.
    pub earlier: String,
    /// Above a person's words: the workaround, or why it was declined.
    pub from_us: String,
    /// That only they have this page, and that it shows nobody else.
    pub only_you: String,
    /// The link, and the button, that stop updates.
    pub stop: String,
    /// What stopping means, shown above the button.
    pub stop_means: String,
    /// After they stopped them.
    pub stopped: String,
    /// Where support noted that they want to be told nothing at all.
    pub told_nothing: String,
    /// The button that starts them again.
    pub resume: String,
    /// What it means that it works for them, while others say that it does not.
    pub works_not_for_all: String,
    /// After they said that it works.
    pub thanks_works: String,
    /// After they said that it does not.
    pub thanks_still_broken: String,
    /// After a word of their own.
    pub thanks_word: String,
    /// When the link is too old or was never ours.
    pub unknown_link: String,
    /// When something failed on our side.
    pub failed: String,
}

/// Where a topic stands, in a few words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatePhrases {
    pub(super) you_said_works: String,
    pub(super) you_said_broken: String,
    pub(super) out_in: String,
    pub(super) out: String,
    pub(super) declined: String,
    pub(super) workaround: String,
    pub(super) open: String,
    pub(super) escalated: String,
    pub(super) planned: String,
    pub(super) in_progress: String,
    pub(super) fix_merged: String,
}

/// What that means for them, in a sentence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeaningPhrases {
    pub(super) waiting: PhraseByKind,
    pub(super) planned: PhraseByKind,
    pub(super) in_progress: PhraseByKind,
    pub(super) fix_merged: PhraseByKind,
    pub(super) shipped: PhraseByKind,
    pub(super) declined: PhraseByKind,
}

/// A sentence for each kind of topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhraseByKind {
    pub(super) bug: String,
    pub(super) feature_request: String,
    pub(super) question: String,
}

/// What dates are made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DatePhrases {
    pub(super) moment: String,
    pub(super) hours: String,
    pub(super) day: String,
    pub(super) full_date: String,
    /// How the number of a month's first day is written.
    pub(super) first_of_month: String,
    pub(super) in_month_of_year: String,
    pub(super) months: [String; 12],
    pub(super) in_month: [String; 12],
    /// From Monday.
    pub(super) weekdays: [String; 7],
}

/// What lengths of time are made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitedPhrases {
    /// From zero.
    pub(super) numbers: [String; 13],
    pub(super) pattern: String,
    pub(super) days: OneAndMany,
    pub(super) weeks: OneAndMany,
    pub(super) months: OneAndMany,
    pub(super) under_a_day: String,
    pub(super) over_a_year: String,
}

/// A noun after one, and after any other number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneAndMany {
    pub(super) one: String,
    pub(super) many: String,
}

/// The phrases of a language.
///
/// # Panics
/// On a file of ours that lacks a phrase. That is a mistake in the source, and a test finds it.
#[expect(clippy::expect_used, reason = "the files are part of the source, and a test reads each")]
pub(super) fn phrases(language: Language) -> &'static Phrases {
    static PHRASES: LazyLock<BTreeMap<Language, Phrases>> = LazyLock::new(|| {
        let read = |language: &Language| (*language, read(*language).expect("a file of ours has every phrase"));
        Language::ALL.iter().map(read).collect()
    });
    PHRASES.get(&language).expect("every language has a file")
}

fn read(language: Language) -> Result<Phrases, String> {
    let path = format!("templates/languages/{}.toml", language.code());
    let source = files::language(language.code()).ok_or_else(|| format!("{path} is missing"))?;
    toml::from_str(&source).map_err(|error| format!("{path}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of a file by its key.
    fn texts(key: &str, value: &toml::Value, found: &mut BTreeMap<String, String>) {
        match value {
            toml::Value::String(text) => drop(found.insert(key.to_owned(), text.clone())),
            toml::Value::Table(table) => {
                table.iter().for_each(|(name, value)| texts(&format!("{key}.{name}"), value, found));
            }
            toml::Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, value)| texts(&format!("{key}.{at}"), value, found));
            }
            other => panic!("{key} is {other}, which is no text"),
        }
    }

    fn texts_of(language: Language) -> BTreeMap<String, String> {
        let source = files::language(language.code()).expect("the language has a file");
        let mut found = BTreeMap::new();
        texts("", &source.parse::<toml::Table>().expect("the file is TOML").into(), &mut found);
        found
    }

    #[test]
    fn every_language_has_every_phrase() {
        for language in Language::ALL {
            read(*language).expect("every phrase, and no other");
            assert!(texts_of(*language).values().all(|text| !text.trim().is_empty()), "{language:?}");
        }
    }

    #[test]
    fn every_language_names_what_the_english_phrase_names() {
        let places = |text: &str| {
            text.split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>()
        };
        let english = texts_of(Language::English);
        for language in Language::ALL {
            for (key, text) in texts_of(*language).into_iter().filter(|(key, _)| !key.starts_with(".dates")) {
                let (mut here, mut there) = (places(&text), places(&english[&key]));
                here.sort_unstable();
                there.sort_unstable();
                assert_eq!(here, there, "{key} of {language:?}");
            }
        }
    }
}
