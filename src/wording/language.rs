//! The languages we write in.

/// A language that we have every text in: `templates/messages/*/CODE.txt` and `templates/languages/CODE.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English, as written everywhere.
    English,
    /// German, with Sie.
    German,
    /// French, with vous.
    French,
    /// Spanish, with usted.
    Spanish,
    /// Portuguese, with você.
    Portuguese,
    /// Dutch, with u.
    Dutch,
    /// Italian, with Lei.
    Italian,
    /// Japanese, in the polite form.
    Japanese,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] = &[
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Portuguese,
        Self::Dutch,
        Self::Italian,
        Self::Japanese,
    ];

    /// The primary subtag of BCP 47, which is also the name of the language's files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Dutch => "nl",
            Self::Italian => "it",
            Self::Japanese => "ja",
        }
    }

    /// Whether somebody fluent has read our texts. Where nobody has, an update is only a draft.
    pub const fn is_reviewed(self) -> bool {
        matches!(self, Self::English)
    }

    /// The language of this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|language| language.code() == code)
    }

    /// What it is called in English.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "German",
            Self::French => "French",
            Self::Spanish => "Spanish",
            Self::Portuguese => "Portuguese",
            Self::Dutch => "Dutch",
            Self::Italian => "Italian",
            Self::Japanese => "Japanese",
        }
    }

    /// The language for a helpdesk's locale such as `de`, `pt-BR` or `fr_CA`; English where we have none.
    pub fn for_locale(locale: Option<&str>) -> Self {
        let primary = locale.unwrap_or_default().trim().split(['-', '_']).next().unwrap_or_default().to_lowercase();
        Self::parse(&primary).unwrap_or(Self::English)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_picks_a_language() {
        for (locale, language) in [
            (Some("de"), Language::German),
            (Some("pt-BR"), Language::Portuguese),
            (Some("FR_ca"), Language::French),
            (Some("xx"), Language::English),
            (Some(""), Language::English),
            (None, Language::English),
        ] {
            assert_eq!(Language::for_locale(locale), language, "{locale:?}");
        }
    }
}
