//! Closing keywords and mentions of issues in texts.
//!
//! docs.github.com, "Linking a pull request to an issue": close, fix, resolve in their forms, before `#1`,
//! `owner/repository#1` or the URL.

const CLOSING: [&str; 9] = ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];

/// A mention of an issue: the repository, if the text names one, and the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) repository: Option<String>,
    pub(super) number: u64,
}

/// The issues that a text closes.
pub(super) fn closed_by(text: &str) -> Vec<Mention> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for pair in words.windows(2) {
        let keyword = pair[0].trim_end_matches(':').trim_start_matches(['(', '*', '-']).to_ascii_lowercase();
        if CLOSING.contains(&keyword.as_str()) {
            keep(&mut found, mention(pair[1]));
        }
    }
    found
}

/// Every issue that a text mentions.
pub(super) fn mentioned_in(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        keep(&mut found, mention(word));
    }
    found
}

fn keep(found: &mut Vec<Mention>, mention: Option<Mention>) {
    if let Some(mention) = mention.filter(|mention| !found.contains(mention)) {
        found.push(mention);
    }
}

fn mention(word: &str) -> Option<Mention> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#' && c != '/');
    if let Some((path, number)) = word.split_once("/issues/") {
        let mut parts = path.rsplit('/');
        let (name, owner) = (parts.next()?, parts.next()?);
        return Some(Mention { repository: Some(format!("{owner}/{name}")), number: number.parse().ok()? });
    }
    let (repository, number) = word.split_once('#')?;
    let repository = match repository {
        "" => None,
        named if named.split('/').count() == 2 => Some(named.to_owned()),
        _ => return None,
    };
    Some(Mention { repository, number: number.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(number: u64) -> Mention {
        Mention { repository: None, number }
    }

    #[test]
    fn keywords_close_in_all_their_forms() {
        assert_eq!(closed_by("Fixes #1, and closes: #2.\nRESOLVED #3"), [here(1), here(2), here(3)]);
        let elsewhere = Mention { repository: Some("acme/app".to_owned()), number: 7 };
        assert_eq!(closed_by("fix acme/app#7"), std::slice::from_ref(&elsewhere));
        assert_eq!(closed_by("Closes http://127.0.0.1:1/acme/app/issues/7"), [elsewhere]);
    }

    #[test]
    fn a_mention_alone_closes_nothing() {
        assert_eq!(closed_by("see #1, fixing #2 later, prefixes #3"), []);
        assert_eq!(mentioned_in("see #1, and (#2), not a#b or C#"), [here(1), here(2)]);
    }
}
