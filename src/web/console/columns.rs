//! Which columns of a table are shown. It stands in the address and nowhere else, so that a link shows what its sender saw.

/// A column: its word in an address, and its name.
pub(super) type ColumnName = (&'static str, &'static str);

/// The columns that somebody chose of a table; all of them where nothing was chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct ChosenColumns {
    all: &'static [ColumnName],
    chosen: Vec<&'static str>,
}

impl ChosenColumns {
    /// Reads them from an address in which `column` stands once for each. Unknown ones are left out.
    pub fn of(all: &'static [ColumnName], pairs: &[(String, String)]) -> Self {
        let is_asked = |word: &str| pairs.iter().any(|(name, value)| name == "column" && value == word);
        let chosen: Vec<_> = all.iter().map(|(word, _)| *word).filter(|word| is_asked(word)).collect();
        // What is the same has the same address.
        Self { all, chosen: if chosen.len() == all.len() { Vec::new() } else { chosen } }
    }

    /// Whether a column is shown.
    pub fn has(&self, word: &str) -> bool {
        self.chosen.is_empty() || self.chosen.contains(&word)
    }

    /// What can be chosen: word, name, and whether it is shown.
    pub fn choices(&self) -> Vec<(&'static str, &'static str, bool)> {
        self.all.iter().map(|(word, name)| (*word, *name, self.has(word))).collect()
    }

    /// As an address says it.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.chosen.iter().map(|word| ("column", (*word).to_owned()))
    }
}

/// An address of ours with a query.
pub(super) fn address(path: &str, pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[ColumnName] = &[("one", "One"), ("two", "Two")];

    fn chosen(words: &[&str]) -> ChosenColumns {
        let pairs: Vec<_> = words.iter().map(|word| ("column".to_owned(), (*word).to_owned())).collect();
        ChosenColumns::of(ALL, &pairs)
    }

    #[test]
    fn an_address_says_which_columns_are_shown_unless_all_are() {
        assert_eq!(address("/topics", chosen(&["two", "three"]).pairs()), "/topics?column=two");
        for all in [chosen(&[]), chosen(&["two", "one"]), chosen(&["<b>"])] {
            assert!(all.has("one") && all.has("two"));
            assert_eq!(address("/topics", all.pairs()), "/topics");
        }
        assert_eq!(chosen(&["two"]).choices(), [("one", "One", false), ("two", "Two", true)]);
    }
}
