//! What is wrong with the settings, in one sentence that names the place, the setting, and what was expected.
//!
//! Invariant: the sentence never holds a secret's value.

use std::fmt;

/// A setting that stops the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    place: String,
    sentence: String,
}

impl Wrong {
    /// What is wrong, and where: `heard.toml line 3` or `environment HEARD_LISTEN`.
    pub fn new(place: impl fmt::Display, sentence: impl Into<String>) -> Self {
        Self { place: place.to_string(), sentence: sentence.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}

impl std::error::Error for Wrong {}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The settings file, by the name it was asked for.
    File {
        /// The file.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name} line {line}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
        }
    }
}

/// The known word that was most likely meant, if one is near enough to be worth a question.
pub fn nearest<'w>(written: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let near = |word: &&str| {
        let far = distance(written, word);
        far <= 2 && far * 3 <= word.len().max(3)
    };
    known.into_iter().filter(near).min_by_key(|word| distance(written, word))
}

/// How many letters have to be added, dropped or replaced (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (b, above) in right.iter().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(a != *b)).min(before + 1).min(*above + 1);
            diagonal = std::mem::replace(above, here);
            before = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_counted_in_letters() {
        for (left, right, far) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("listen", "lisen", 1), ("token", "tokne", 2)]
        {
            assert_eq!(distance(left, right), far, "{left} {right}");
            assert_eq!(distance(right, left), far, "{right} {left}");
        }
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        assert_eq!(nearest("webhok_secret", ["token", "webhook_secret"]), Some("webhook_secret"));
        assert_eq!(nearest("mapping", ["name", "url", "user", "token"]), None);
        assert_eq!(nearest("use", ["url", "user"]), Some("user"));
    }
}
