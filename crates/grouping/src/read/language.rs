//! Which language a text is written in, as far as stop words and stemming need it.
//!
//! Short texts defeat general detectors, so the stop words vote first and `whatlang` is asked
//! only about long texts without a winner. What stays unclear is read as English: stemming it so
//! is harmless, because all short texts of an installation meet the same rule.

use rust_stemmers::Algorithm;

/// From this many letters on a detector's reliable verdict is believed.
const DETECTOR_FROM_BYTES: usize = 120;

/// A language that is stemmed and whose stop words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Swedish,
    Other,
}

impl Language {
    pub(super) const SPOKEN: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
        Self::Swedish,
    ];

    /// Whether it is one of those, by the bits that [`super::stopwords::languages_of`] gives.
    pub(super) fn is_among(self, languages: u8) -> bool {
        Self::SPOKEN.iter().position(|spoken| *spoken == self).is_some_and(|at| languages >> at & 1 == 1)
    }

    pub(super) fn stemming(self) -> Option<Algorithm> {
        match self {
            Self::English => Some(Algorithm::English),
            Self::German => Some(Algorithm::German),
            Self::French => Some(Algorithm::French),
            Self::Spanish => Some(Algorithm::Spanish),
            Self::Italian => Some(Algorithm::Italian),
            Self::Portuguese => Some(Algorithm::Portuguese),
            Self::Dutch => Some(Algorithm::Dutch),
            Self::Swedish => Some(Algorithm::Swedish),
            Self::Other => None,
        }
    }
}

/// The language of a text, given of which languages each of its words is a stop word.
pub(super) fn language(stops: impl Iterator<Item = u8>, text: &str) -> Language {
    let mut votes = [0usize; Language::SPOKEN.len()];
    for languages in stops.filter(|languages| *languages != 0) {
        for (at, vote) in votes.iter_mut().enumerate() {
            *vote += usize::from(languages >> at & 1);
        }
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let leaders = votes.iter().filter(|vote| **vote == most).count();
    if most > 0 && leaders == 1 {
        return Language::SPOKEN
            .into_iter()
            .zip(votes)
            .find(|(_, vote)| *vote == most)
            .map_or(Language::English, |(language, _)| language);
    }
    if text.len() >= DETECTOR_FROM_BYTES
        && let Some(verdict) = whatlang::detect(text).filter(whatlang::Info::is_reliable)
    {
        return spoken(verdict.lang());
    }
    Language::English
}

fn spoken(lang: whatlang::Lang) -> Language {
    match lang {
        whatlang::Lang::Eng => Language::English,
        whatlang::Lang::Deu => Language::German,
        whatlang::Lang::Fra => Language::French,
        whatlang::Lang::Spa => Language::Spanish,
        whatlang::Lang::Ita => Language::Italian,
        whatlang::Lang::Por => Language::Portuguese,
        whatlang::Lang::Nld => Language::Dutch,
        whatlang::Lang::Swe => Language::Swedish,
        _ => Language::Other,
    }
}
