//! The words that take something back: reverts, backouts and rollbacks, as git, trackers and people write them.
//!
//! Pure reading of one commit's message. It says whether the message takes something back, or puts back what was taken
//! back, and what it names. Whether what it names is a fix, [`super::standing`] finds out. A reading that is wrong the
//! one way costs a person a look, and the other way tells customers what is not so; so in doubt it takes something back.

mod names;
mod verbs;

#[cfg(test)]
mod tests;

pub(super) use names::{hashes, numbers, plain, same_title, without_own_number};

use names::quoted;
use verbs::{SubjectOpening, opening, says_inside};

use crate::model::issue::Repository;

/// A message that takes something back, or puts it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Undoing {
    /// Whether it puts back what was taken back: "Reapply", "Reland".
    pub restores: bool,
    /// The hashes that git's own sentence names: `This reverts commit <sha>.` What they name is taken back for sure.
    pub commits: Vec<String>,
    /// The numbers of pull requests that a tracker's own sentence names: `Reverts owner/name#12`.
    pub pulls: Vec<i64>,
    /// Other hashes in it, perhaps shortened.
    pub hashes: Vec<String>,
    /// Other numbers in it, without its own.
    pub numbers: Vec<i64>,
    /// The titles that it quotes.
    pub titles: Vec<String>,
    /// What it says after the verb, where it quotes nothing.
    pub words: Option<String>,
}

impl Undoing {
    /// Whether it names nothing that could be looked up.
    pub fn is_nameless(&self) -> bool {
        let Self { commits, pulls, hashes, numbers, titles, .. } = self;
        commits.is_empty() && pulls.is_empty() && hashes.is_empty() && numbers.is_empty() && titles.is_empty()
    }
}

/// Reads a commit's message, or a pull request's title and text. `None` if it takes nothing back.
pub(super) fn undone(message: &str, home: &Repository) -> Option<Undoing> {
    let text = message.replace("\r\n", "\n");
    let (subject, own) = without_own_number(text.lines().next().unwrap_or_default().trim());
    let body: Vec<&str> = text.lines().skip(1).map(str::trim).filter(|line| !is_trailer(line)).collect();
    let mut found = Undoing::default();
    for line in std::iter::once(subject).chain(body.iter().copied()) {
        read_formula(line, home, &mut found);
    }
    let by_branch = merged_revert(subject);
    // A merge's own title is the first line of its text.
    let titled = if is_merge(subject) {
        body.iter().copied().find(|line| !line.is_empty()).unwrap_or_default()
    } else {
        subject
    };
    let titled = without_own_number(titled).0;
    let opened = opening(titled);
    let formula = !found.commits.is_empty() || !found.pulls.is_empty();
    let inside = std::iter::once(titled).chain(body.iter().copied()).any(says_inside);
    match &opened {
        Some(SubjectOpening::TakesBack(rest) | SubjectOpening::PutsBack(rest)) => {
            found.titles = quoted(rest);
            found.words = Some((*rest).to_owned()).filter(|_| found.titles.is_empty());
        }
        None if formula || inside || by_branch.is_some() => {
            found.titles = quoted(titled);
        }
        None => return None,
    }
    found.restores = matches!(opened, Some(SubjectOpening::PutsBack(_)));
    let all = std::iter::once(titled).chain(body.iter().copied()).collect::<Vec<_>>().join("\n");
    found.hashes = hashes(&all).into_iter().filter(|hash| !found.commits.contains(hash)).collect();
    let others = numbers(&all, home).into_iter().chain(by_branch);
    found.numbers = others.filter(|number| Some(*number) != own && !found.pulls.contains(number)).collect();
    found.numbers.dedup();
    Some(found)
}

/// How the sentences begin that tools write.
const FORMULAS: &[&str] =
    &["this reverts ", "this commit reverts ", "this backs out ", "this undoes ", "reverts ", "backs out "];

/// The sentences that tools write, and people after them: `This reverts commit <sha>.`, `Reverts owner/name#12`.
fn read_formula(line: &str, home: &Repository, found: &mut Undoing) {
    let lower = line.trim_start_matches(['-', '*', '>', ' ']).to_lowercase();
    let Some(rest) = FORMULAS.iter().find_map(|start| lower.strip_prefix(start)) else { return };
    let object = rest.split(['.', ';', ':']).next().unwrap_or_default();
    let shas = hashes(object);
    // Only a whole hash after git's own words is beyond doubt.
    let exact = object.trim_start().starts_with("commit")
        || object.trim_start().chars().next().is_some_and(|c| c.is_ascii_hexdigit());
    if exact {
        found.commits.extend(shas.into_iter().filter(|sha| sha.len() >= 40));
    }
    // A tracker's own sentence ends with the number.
    let whole = lower.strip_prefix("reverts ").map(|whole| whole.trim().trim_end_matches('.'));
    if let Some(one) = whole.filter(|whole| !whole.contains(char::is_whitespace)) {
        found.pulls.extend(numbers(one, home));
    }
}

fn is_merge(subject: &str) -> bool {
    subject.starts_with("Merge ")
}

/// The pull request that a branch of a revert names, as a tracker calls it: `Merge ... from acme/revert-2-work`.
fn merged_revert(subject: &str) -> Option<i64> {
    let branch = subject.strip_prefix("Merge ")?.split("revert-").nth(1)?;
    branch.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A line that people or tools add below a text, and that is about something else.
fn is_trailer(line: &str) -> bool {
    const TRAILERS: &[&str] = &[
        "signed-off-by:",
        "co-authored-by:",
        "reviewed-by:",
        "acked-by:",
        "tested-by:",
        "change-id:",
        "fixes:",
        "link:",
        "see-also:",
        "cc:",
        "(cherry picked from",
        "git-svn-id:",
        "reported-by:",
        "bug:",
        "closes:",
        "refs:",
    ];
    let lower = line.to_ascii_lowercase();
    TRAILERS.iter().any(|start| lower.starts_with(start))
}
