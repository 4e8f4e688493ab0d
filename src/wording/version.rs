//! A version as customers know it. A tag may say more: a customer's name, a branch, a component that nobody outside knows.

use std::sync::LazyLock;

use regex::Regex;

use super::{pattern::pattern, text};

/// The numbers of a version or a date, and what says for whom it is.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^\p{L}\d.]|[^\p{L}]v|^\p{L}{1,12})
        (?P<version>\d{4}-\d{2}-\d{2} | \d+(?:\.\d+)*
            (?:-?(?:rc|beta|alpha|preview|pre|dev|nightly|canary)(?:[.-]?\d+)?|[a-z]\d{0,2})?)
        (?:$|[^\p{L}\d.])",
    )
});

/// The most characters of a version.
const LONGEST: usize = 40;

/// The part of a tag that is a version; `None` if there is none, or if it is a commit's hash.
#[must_use]
pub fn spoken(tag: &str) -> Option<String> {
    let tag = text::one_line(tag);
    let bare = tag.strip_prefix(['v', 'V']).unwrap_or(&tag);
    let is_hash = bare.len() >= 7 && bare.chars().all(|c| c.is_ascii_hexdigit()) && !bare.contains('.');
    let is_plain = tag.chars().all(|c| c.is_alphanumeric() || ".-+_ /@()".contains(c));
    if is_hash || !is_plain {
        return None;
    }
    // The first with a point, as in `5 (5.1.0)`; a lone number is a version only if nothing else is.
    let found = all(&tag).into_iter().fold(None, |best: Option<&str>, next| match best {
        Some(best) if best.contains(['.', '-']) || !next.contains(['.', '-']) => Some(best),
        _ => Some(next),
    });
    found.filter(|version| version.len() <= LONGEST).map(str::to_owned)
}

/// Everything in a tag that looks like a version. What ends one may begin the next, as in `log4j-2.17.1`.
fn all(tag: &str) -> Vec<&str> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(version) = VERSION.captures_at(tag, from).and_then(|next| next.name("version")) {
        found.push(version.as_str());
        from = version.end();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_said_as_customers_know_it() {
        for (tag, version) in [
            ("v2.4.0", "2.4.0"),
            ("V2.4.0", "2.4.0"),
            ("2026.11", "2026.11"),
            ("2026-11-28", "2026-11-28"),
            ("2.4.0-rc.1", "2.4.0-rc.1"),
            ("v3.0.0-beta2", "3.0.0-beta2"),
            ("1.1.1w", "1.1.1w"),
            ("v7", "7"),
            ("desktop-5.1", "5.1"),
            ("@acme/ui@2.4.0", "2.4.0"),
            ("release/2.4", "2.4"),
            ("v2.4.0-initech-hotfix", "2.4.0"),
            ("2.4.0_initech", "2.4.0"),
            ("initech-2.4.0+build.7", "2.4.0"),
            ("release2.4.0", "2.4.0"),
            ("5 (5.1.0)", "5.1.0"),
            ("log4j-2.17.1", "2.17.1"),
            ("h2-2.1.214", "2.1.214"),
            ("k8s-1.2.0", "1.2.0"),
            ("oauth2-2.4.0", "2.4.0"),
            ("win32-2.4.0", "2.4.0"),
            ("sdk-v2-1.5.0", "1.5.0"),
        ] {
            assert_eq!(spoken(tag).as_deref(), Some(version), "{tag}");
        }
        for not_for_customers in ["", "4f2a9c1d7e", "refs/heads/main", "<b>1</b>", "latest", "initech-hotfix"] {
            assert_eq!(spoken(not_for_customers), None, "{not_for_customers}");
        }
    }
}
