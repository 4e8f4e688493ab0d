//! What git itself writes into a commit's message, whichever tracker it is.

/// The commits that a message says it was picked from: `(cherry picked from commit <sha>)`.
pub(crate) fn picked_from(message: &str) -> Vec<String> {
    hashes_after(message, "(cherry picked from commit ")
}

/// The commits that a message reverts: `This reverts commit <sha>`.
pub(crate) fn reverted_commits(message: &str) -> Vec<String> {
    hashes_after(message, "This reverts commit ")
}

fn hashes_after(text: &str, words: &str) -> Vec<String> {
    let ends = text.split(words).skip(1);
    let hashes = ends.map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>());
    hashes.filter(|hash| hash.len() >= 7).map(|hash| hash.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_names_what_was_picked_and_what_was_reverted() {
        let sha = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(picked_from(&format!("Fix\n\n(cherry picked from commit {sha})")), [sha]);
        assert_eq!(reverted_commits(&format!("Revert \"Fix\"\n\nThis reverts commit {sha}.")), [sha]);
        assert!(reverted_commits("This reverts commit abc.").is_empty(), "too short to mean one commit");
    }
}
