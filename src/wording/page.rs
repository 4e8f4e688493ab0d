//! The words of a customer's own page. The page lays out; every sentence on it comes from here, in the customer's language.
//!
//! A sentence that names something takes it as an argument, so that no page glues words together.

pub use super::phrases::PagePhrases;
use super::{
    dates::SpokenDate,
    language::Language,
    phrases::{PhraseByKind, phrases},
    text, version,
};
use crate::{
    base::clock::Time,
    model::{
        topic::{TopicKind, TopicState},
        update::CustomerVerdict,
    },
};

/// What stands on the page of a language, whatever the customer asked.
pub fn labels(language: Language) -> &'static PagePhrases {
    &phrases(language).page
}

/// The heading: who reads it, and that this is all of theirs.
pub fn heading(name: Option<&str>, language: Language) -> String {
    let page = labels(language);
    match name.map(text::one_line).filter(|name| !name.is_empty()) {
        Some(name) => text::fill(&page.heading, &[("name", &name)]),
        None => page.heading_nameless.clone(),
    }
}

/// When they wrote, above their own words.
pub fn asked(at: Time, now: Time, language: Language) -> String {
    text::fill(&labels(language).asked, &[("when", &SpokenDate::of(at, now).in_words(language))])
}

/// Who reads what is written here.
pub fn read_by(reader: &str, language: Language) -> String {
    text::fill(&labels(language).read_by, &[("reader", &text::one_line(reader))])
}

/// Where one topic stands for this customer.
#[derive(Clone, Copy, Debug)]
pub struct TopicStanding<'a> {
    /// The topic's state.
    pub state: TopicState,
    /// What the topic is about.
    pub kind: TopicKind,
    /// Whether there is a workaround.
    pub has_workaround: bool,
    /// The version that has it, for [`TopicState::Shipped`].
    pub version: Option<&'a str>,
    /// What this customer said of it.
    pub verdict: Option<CustomerVerdict>,
}

/// The state in a few words, beside its icon.
pub fn state(standing: &TopicStanding, language: Language) -> String {
    let words = &phrases(language).state;
    let said = match (standing.state, standing.verdict) {
        (TopicState::Shipped, Some(CustomerVerdict::Works)) => &words.you_said_works,
        (TopicState::Shipped, Some(CustomerVerdict::StillBroken)) => &words.you_said_broken,
        (TopicState::Shipped, None) => match standing.version.and_then(version::spoken) {
            Some(version) => return text::fill(&words.out_in, &[("version", &version)]),
            None => &words.out,
        },
        (TopicState::Declined, _) => &words.declined,
        _ if standing.has_workaround => &words.workaround,
        (TopicState::Open, _) => &words.open,
        (TopicState::Escalated | TopicState::Merged, _) => &words.escalated,
        (TopicState::Planned, _) => &words.planned,
        (TopicState::InProgress, _) => &words.in_progress,
        (TopicState::FixMerged, _) => &words.fix_merged,
    };
    said.clone()
}

/// What that means for them, in one sentence. Only what shipped is called fixed or there (G5, truthful "shipped").
pub fn meaning(standing: &TopicStanding, language: Language) -> &'static str {
    let meaning = &phrases(language).meaning;
    let PhraseByKind { bug, feature_request, question } = match standing.state {
        TopicState::Shipped => &meaning.shipped,
        TopicState::Declined => &meaning.declined,
        TopicState::FixMerged => &meaning.fix_merged,
        TopicState::InProgress => &meaning.in_progress,
        TopicState::Planned => &meaning.planned,
        TopicState::Open | TopicState::Escalated | TopicState::Merged => &meaning.waiting,
    };
    match standing.kind {
        TopicKind::Bug => bug,
        TopicKind::FeatureRequest => feature_request,
        TopicKind::Question => question,
    }
}
