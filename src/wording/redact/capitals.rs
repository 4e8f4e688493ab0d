//! Words that may be names because they are capitalized inside a sentence.

/// What stands in the place of one.
const HOLE: &str = "[name]";

/// The text without capitalized words that neither begin a sentence nor stand in `known`, which is text of ours or of the
/// product. What somebody writes in anger is about people more often than a first report, so less of it leaves.
pub fn without_capitals(text: &str, known: &str) -> String {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let known: Vec<String> = known.split_whitespace().map(bare).collect();
    let mut begins = true;
    let kept = text.split(' ').map(|word| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_name = letters.starts_with(char::is_uppercase) && letters.chars().any(char::is_lowercase);
        let hides = is_name && !begins && !word.starts_with('[') && !known.contains(&bare(word));
        begins = word.ends_with(['.', '!', '?', ':', '…']);
        if hides { word.replace(letters, HOLE) } else { word.to_owned() }
    });
    kept.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capitalized_word_inside_a_sentence_is_taken_for_a_name_unless_the_topic_has_it() {
        let said = "Row 400 is lost, says Kim from Lovelace. The PDF Export fails.";
        let left = "Row 400 is lost, says [name] from [name]. The PDF Export fails.";
        assert_eq!(without_capitals(said, "CSV export is missing its last row"), left);
    }
}
