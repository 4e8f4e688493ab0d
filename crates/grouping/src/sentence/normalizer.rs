//! What a `tokenizer.json` does to a text before it is cut into pieces. A step that we do not take is refused by name:
//! with it left out, every vector would be a little wrong, and nobody would see it.

use serde_json::Value;

use super::error::ModelError;

/// What is done to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BertNormalizer {
    /// Whether case is taken off.
    pub(super) lower_case: bool,
    /// Whether accents are taken off.
    pub(super) strip_accents: bool,
}

impl BertNormalizer {
    /// Case and accents off, as uncased models want it.
    pub(super) const UNCASED: Self = Self { lower_case: true, strip_accents: true };

    /// The normalizer of a `WordPiece` tokenizer. Where nothing is said of accents, they go with the case, as in BERT.
    pub(super) fn from_json(described: &Value) -> Result<Self, ModelError> {
        if described.is_null() {
            return Ok(Self { lower_case: false, strip_accents: false });
        }
        match kind(described) {
            "BertNormalizer" => {
                let lower_case = described["lowercase"].as_bool().unwrap_or(true);
                Ok(Self { lower_case, strip_accents: described["strip_accents"].as_bool().unwrap_or(lower_case) })
            }
            other => Err(refused(other, "BertNormalizer")),
        }
    }
}

/// Checks the normalizer of a Unigram tokenizer: a character map, NFKC, and the joining of spaces are what we do.
pub(super) fn check_unigram(described: &Value) -> Result<(), ModelError> {
    const TAKEN: [&str; 4] = ["Precompiled", "NFKC", "Nmt", "Strip"];
    if described.is_null() {
        return Ok(());
    }
    match kind(described) {
        "Sequence" => described["normalizers"].as_array().into_iter().flatten().try_for_each(check_unigram),
        // Several spaces become one, which cutting at spaces does by itself.
        "Replace" if described["content"].as_str().is_some_and(|text| text.trim().is_empty() || text == "\u{2581}") => {
            Ok(())
        }
        taken if TAKEN.contains(&taken) => Ok(()),
        other => Err(refused(other, "Precompiled, NFKC, Strip and the joining of spaces")),
    }
}

fn kind(described: &Value) -> &str {
    described["type"].as_str().unwrap_or("without a type")
}

fn refused(kind: &str, understood: &str) -> ModelError {
    ModelError::NotUnderstood(format!("the normalizer in tokenizer.json is {kind}; {understood} is understood"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accents_go_with_the_case_unless_the_file_says_otherwise() {
        let read = |described| BertNormalizer::from_json(&described).unwrap();
        assert_eq!(
            read(json!({"type": "BertNormalizer", "lowercase": true, "strip_accents": null})),
            BertNormalizer::UNCASED
        );
        let cased = BertNormalizer { lower_case: false, strip_accents: false };
        assert_eq!(read(json!({"type": "BertNormalizer", "lowercase": false})), cased);
        assert_eq!(read(json!(null)), cased);
        let german = BertNormalizer { lower_case: true, strip_accents: false };
        assert_eq!(read(json!({"type": "BertNormalizer", "lowercase": true, "strip_accents": false})), german);
    }

    #[test]
    fn the_normalizers_of_multilingual_models_are_known() {
        let spaces = json!({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "});
        for known in [
            json!(null),
            json!({"type": "Precompiled", "precompiled_charsmap": ""}),
            json!({"type": "Sequence", "normalizers": [{"type": "Precompiled"}, {"type": "Strip"}, spaces]}),
        ] {
            check_unigram(&known).unwrap();
        }
    }

    #[test]
    fn a_step_that_we_do_not_take_is_refused_by_name() {
        let lower = json!({"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]});
        assert!(check_unigram(&lower).unwrap_err().to_string().contains("is Lowercase"));
        let prepended = json!({"type": "Prepend", "prepend": "x"});
        assert!(BertNormalizer::from_json(&prepended).unwrap_err().to_string().contains("is Prepend"));
    }
}
