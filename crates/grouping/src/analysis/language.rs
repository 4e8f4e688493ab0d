//! The language of a text, as far as stop words and stemming need it.
//!
//! General detectors fail on short texts. So stop words vote first, and `whatlang` decides only about long texts
//! without a winner. Unclear texts are treated as English. That is harmless, because all short texts of an installation
//! get the same treatment.

use rust_stemmers::Algorithm;

/// From this many bytes on the detector is trusted when it says that it is sure.
const DETECTOR_FROM_BYTES: usize = 120;

/// A language with a stemmer and a list of stop words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextLanguage {
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

impl TextLanguage {
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

    /// Whether it is among those in the bits that [`super::stopwords::languages_of`] returns.
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

/// The language of a text, given for each word the languages in which it is a stop word.
pub(super) fn language(stops: impl Iterator<Item = u8>, text: &str) -> TextLanguage {
    let mut votes = [0usize; TextLanguage::SPOKEN.len()];
    for languages in stops.filter(|languages| *languages != 0) {
        for (at, vote) in votes.iter_mut().enumerate() {
            *vote += usize::from(languages >> at & 1);
        }
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let leaders = votes.iter().filter(|vote| **vote == most).count();
    if most > 0 && leaders == 1 {
        return TextLanguage::SPOKEN
            .into_iter()
            .zip(votes)
            .find(|(_, vote)| *vote == most)
            .map_or(TextLanguage::English, |(language, _)| language);
    }
    if text.len() >= DETECTOR_FROM_BYTES
        && let Some(verdict) = whatlang::detect(text).filter(whatlang::Info::is_reliable)
    {
        return spoken(verdict.lang());
    }
    TextLanguage::English
}

fn spoken(lang: whatlang::Lang) -> TextLanguage {
    match lang {
        whatlang::Lang::Eng => TextLanguage::English,
        whatlang::Lang::Deu => TextLanguage::German,
        whatlang::Lang::Fra => TextLanguage::French,
        whatlang::Lang::Spa => TextLanguage::Spanish,
        whatlang::Lang::Ita => TextLanguage::Italian,
        whatlang::Lang::Por => TextLanguage::Portuguese,
        whatlang::Lang::Nld => TextLanguage::Dutch,
        whatlang::Lang::Swe => TextLanguage::Swedish,
        _ => TextLanguage::Other,
    }
}
