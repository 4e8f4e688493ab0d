//! The words of a customer's own page. The page lays out; every sentence on it comes from here, in the customer's language.
//!
//! A sentence that names something takes it as an argument, so that no page glues words together.

mod words;

use super::{
    language::{self, Language, When},
    say,
};
use crate::{
    base::clock::Time,
    model::{
        topic::{self, TopicState},
        update::CustomerVerdict,
    },
};

/// What stands on a page whatever was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The page's title.
    pub title: &'static str,
    /// Where nothing is on it yet.
    pub nothing: &'static str,
    /// The question about a fix.
    pub does_it_work: &'static str,
    /// The button that says yes.
    pub works: &'static str,
    /// The button that says no.
    pub still_broken: &'static str,
    /// The field under it.
    pub what_instead: &'static str,
    /// The button under that field, and under any other.
    pub send: &'static str,
    /// The question after a verdict, answered by one tap or not at all.
    pub how_do_you_feel: &'static str,
    /// The taps, from bad to good.
    pub feelings: [&'static str; 3],
    /// The field for a word of their own.
    pub own_word: &'static str,
    /// The heading above what is finished.
    pub earlier: &'static str,
    /// Above the reason of a decline or the way around.
    pub from_us: &'static str,
    /// The link that opens [`Labels::workaround_fails_what`].
    pub workaround_fails: &'static str,
    /// The field about a way around that does not help.
    pub workaround_fails_what: &'static str,
    /// That nobody else sees this, and it shows nobody else.
    pub only_you: &'static str,
    /// The link, and the button, that stop updates.
    pub stop: &'static str,
    /// What stopping means, above the button.
    pub stop_means: &'static str,
    /// After it.
    pub stopped: &'static str,
    /// The button that starts them again.
    pub resume: &'static str,
    /// After they said that it works.
    pub thanks_works: &'static str,
    /// After they said that it does not.
    pub thanks_still_broken: &'static str,
    /// After a word of their own.
    pub thanks_word: &'static str,
    /// When the link is too old or was never ours.
    pub unknown_link: &'static str,
    /// When something failed on our side.
    pub failed: &'static str,
}

/// The labels of a language.
pub fn labels(language: Language) -> &'static Labels {
    &words::words(language).labels
}

/// The heading: who reads it, and that this is all of theirs.
pub fn heading(name: Option<&str>, language: Language) -> String {
    let words = words::words(language);
    match name.map(say::one_line).filter(|name| !name.is_empty()) {
        Some(name) => words.heading.replace("{name}", &name),
        None => words.heading_nameless.to_owned(),
    }
}

/// When they wrote, above their own words.
pub fn asked(at: Time, now: Time, zone: Option<&jiff::tz::TimeZone>, language: Language) -> String {
    words::words(language).asked.replace("{when}", &When::of(at, now, zone).say(language))
}

/// Until when the link works.
pub fn link_until(until: Time, language: Language) -> String {
    words::words(language).link_until.replace("{date}", &language::full_date(until.date(), language))
}

/// Who reads what is written here.
pub fn read_by(reader: &str, language: Language) -> String {
    words::words(language).read_by.replace("{reader}", &say::one_line(reader))
}

/// Where one topic stands for this customer.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The topic's state.
    pub state: TopicState,
    /// What the topic is about.
    pub kind: topic::TopicKind,
    /// Whether there is a way around.
    pub has_workaround: bool,
    /// The version that has it, for [`TopicState::Shipped`].
    pub version: Option<&'a str>,
    /// What this customer said of it.
    pub verdict: Option<CustomerVerdict>,
}

/// The state in one short sentence, beside its sign.
pub fn state(standing: &Standing, language: Language) -> String {
    let words = words::words(language);
    match (standing.state, standing.verdict) {
        (TopicState::Shipped, Some(CustomerVerdict::Works)) => words.you_said_works.to_owned(),
        (TopicState::Shipped, Some(CustomerVerdict::StillBroken)) => words.you_said_broken.to_owned(),
        (TopicState::Shipped, None) => {
            match standing.version.map(say::one_line).filter(|version| !version.is_empty()) {
                Some(version) => words.out_in.replace("{version}", &version),
                None => words.out.to_owned(),
            }
        }
        (TopicState::Declined, _) => words.declined.to_owned(),
        _ if standing.has_workaround => words.workaround.to_owned(),
        (TopicState::Open, _) => words.open.to_owned(),
        (TopicState::Escalated | TopicState::Merged, _) => words.escalated.to_owned(),
        (TopicState::Planned, _) => words.planned.to_owned(),
        (TopicState::InProgress, _) => words.in_progress.to_owned(),
        (TopicState::FixMerged, _) => words.fix_merged.to_owned(),
    }
}

/// What that means for them, in one sentence. Only what shipped is called fixed or there (G5).
pub fn meaning(standing: &Standing, language: Language) -> &'static str {
    let words = words::words(language);
    let by_kind = match standing.state {
        TopicState::Shipped => words.shipped_means,
        TopicState::Declined => words.declined_means,
        TopicState::FixMerged => words.merged_means,
        TopicState::InProgress => words.in_progress_means,
        TopicState::Planned => words.planned_means,
        TopicState::Open | TopicState::Escalated | TopicState::Merged => words.waiting_means,
    };
    match standing.kind {
        topic::TopicKind::Bug => by_kind[0],
        topic::TopicKind::FeatureRequest => by_kind[1],
        topic::TopicKind::Question => by_kind[2],
    }
}
