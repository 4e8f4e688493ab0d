//! Guesses which known name somebody meant who made a typo.

use strsim::levenshtein;

/// The known word that was probably meant, if one is close enough to suggest.
pub fn nearest<'w>(written: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let near = |word: &&str| {
        let far = levenshtein(written, word);
        far <= 2 && far * 3 <= word.len().max(3)
    };
    known.into_iter().filter(near).min_by_key(|word| levenshtein(written, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_word_is_suggested() {
        assert_eq!(nearest("webhok_secret", ["token", "webhook_secret"]), Some("webhook_secret"));
        assert_eq!(nearest("mapping", ["name", "url", "user", "token"]), None);
        assert_eq!(nearest("use", ["url", "user"]), Some("user"));
    }
}
