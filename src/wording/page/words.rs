//! The page's words, one table a language: a language that lacks a sentence does not compile.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod ja;
mod nl;
mod pt;

use super::{Labels, Language};

/// Everything that [`super`] says, with `{name}`-like places for what is named.
pub(super) struct Words {
    pub(super) labels: Labels,
    pub(super) heading: &'static str,
    pub(super) heading_nameless: &'static str,
    pub(super) asked: &'static str,
    pub(super) link_until: &'static str,
    pub(super) read_by: &'static str,
    pub(super) you_said_works: &'static str,
    pub(super) you_said_broken: &'static str,
    pub(super) out_in: &'static str,
    pub(super) out: &'static str,
    pub(super) declined: &'static str,
    pub(super) workaround: &'static str,
    pub(super) open: &'static str,
    pub(super) escalated: &'static str,
    pub(super) planned: &'static str,
    pub(super) in_progress: &'static str,
    pub(super) fix_merged: &'static str,
    /// By kind: bug, feature request, question; so are the following.
    pub(super) shipped_means: [&'static str; 3],
    pub(super) declined_means: [&'static str; 3],
    pub(super) merged_means: [&'static str; 3],
    pub(super) in_progress_means: [&'static str; 3],
    pub(super) planned_means: [&'static str; 3],
    pub(super) waiting_means: [&'static str; 3],
}

/// The table of a language.
pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &en::WORDS,
        Language::German => &de::WORDS,
        Language::French => &fr::WORDS,
        Language::Spanish => &es::WORDS,
        Language::Portuguese => &pt::WORDS,
        Language::Dutch => &nl::WORDS,
        Language::Italian => &it::WORDS,
        Language::Japanese => &ja::WORDS,
    }
}
