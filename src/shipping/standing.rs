//! What became of a fix between its merge and a release: whether it was taken back, put back, or carried over.
//!
//! Takings-back are followed to their end: what takes back a taking-back counts as well, however long the chain. A chain
//! of git's own sentences with whole hashes is certain. Anything else that names the fix is a doubt, which a person
//! settles.

use std::collections::BTreeMap;

use super::{
    carrying::{carried_over, picked_from, speaks_of_carrying},
    contents::{Carrier, CommitsSince, ComponentFix, FixStanding},
    undoing::{Undoing, plain, same_title, undone, without_own_number},
};
use crate::model::{
    commit::{CommitList, CommitWords, is_start, short},
    issue::Repository,
};

/// Whether a message says anything that [`commits_since`] listens to.
pub(crate) fn speaks_of_fixes(message: &str, home: &Repository) -> bool {
    undone(message, home).is_some() || !picked_from(message).is_empty() || speaks_of_carrying(message)
}

/// The commits that take something back without naming it. Which files they change says whether it may be a fix.
pub(crate) fn nameless(between: &CommitList, home: &Repository) -> Vec<String> {
    let takes_back = |commit: &&CommitWords| {
        undone(&commit.message, home).is_some_and(|found| found.is_nameless() && !found.restores)
    };
    between.commits.iter().filter(takes_back).map(|commit| commit.sha.clone()).collect()
}

/// A commit that takes something back.
struct Taking<'c> {
    sha: &'c str,
    subject: &'c str,
    own: Option<i64>,
    says: Undoing,
}

/// Whether a taking-back still holds at the tip.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Yes,
    Maybe,
    No,
}

/// How certainly one thing takes back another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// By git's own sentence, all of it.
    Certain,
    /// By a part of it, or by words.
    Perhaps,
}

/// Reads what the commits say that a release has beyond the fixes. `files` are those that commits change, where it is
/// known.
pub(crate) fn commits_since(
    fixes: &[ComponentFix],
    between: &CommitList,
    files: &BTreeMap<String, Vec<String>>,
    home: &Repository,
) -> CommitsSince {
    let carriers = carriers(fixes, between, home);
    let mut takings: Vec<Taking<'_>> = between.commits.iter().filter_map(|commit| taking(commit, home)).collect();
    for fix in fixes.iter().map(|part| &part.fix) {
        add_known(&mut takings, fix.reverted_by.as_deref(), fix.pull_request, between);
    }
    let effects = effects(&takings);
    let mut standing = BTreeMap::new();
    for part in fixes {
        let names = FixNames::new(part, &carriers);
        let mut found = FixStanding::Stands;
        for (taking, effect) in takings.iter().zip(&effects).filter(|(_, effect)| **effect != Effect::No) {
            let Some(aim) = names.aim(taking, files) else { continue };
            let says = format!("commit {} in it says \u{201c}{}\u{201d}", short(taking.sha), taking.subject);
            if (aim, *effect) == (Aim::Certain, Effect::Yes) {
                found = FixStanding::TakenBack(says);
                break;
            }
            found = FixStanding::Doubted(says);
        }
        let read = part.fix.reverted_by.as_deref().is_none_or(|by| takings.iter().any(|taking| taking.sha == by));
        if read || found != FixStanding::Stands {
            standing.insert(part.fix.sha.clone(), found);
        }
    }
    CommitsSince { standing, carriers, complete: between.complete }
}

fn taking<'c>(commit: &'c CommitWords, home: &Repository) -> Option<Taking<'c>> {
    let says = undone(&commit.message, home)?;
    let subject = commit.subject();
    let merge = subject.strip_prefix("Merge pull request #").and_then(|rest| rest.split(' ').next()?.parse().ok());
    Some(Taking { sha: &commit.sha, subject, own: without_own_number(subject).1.or(merge), says })
}

/// Adds what the tracker knows: the merge of a pull request that says it reverts this one.
fn add_known<'c>(takings: &mut Vec<Taking<'c>>, by: Option<&'c str>, pull: Option<i64>, between: &'c CommitList) {
    let (Some(by), Some(pull)) = (by, pull) else { return };
    if let Some(known) = takings.iter_mut().find(|taking| taking.sha == by) {
        known.says.pulls.push(pull);
    } else if between.commits.iter().any(|commit| commit.sha == by) {
        let says = Undoing { pulls: vec![pull], ..Undoing::default() };
        takings.insert(0, Taking { sha: by, subject: "a pull request that reverts it", own: None, says });
    }
}

/// Whether each taking-back holds, from the last to the first: a later one may take it back in turn.
fn effects(takings: &[Taking<'_>]) -> Vec<Effect> {
    let mut effects = vec![Effect::Yes; takings.len()];
    for (at, earlier) in takings.iter().enumerate().rev() {
        let mut holds = Effect::Yes;
        for (later, effect) in takings.iter().zip(&effects).skip(at + 1) {
            holds = match (aim_at(later, earlier), *effect) {
                (None, _) | (_, Effect::No) => holds,
                (Some(Aim::Certain), Effect::Yes) => Effect::No,
                (Some(_), _) if holds == Effect::No => Effect::No,
                (Some(_), _) => Effect::Maybe,
            };
        }
        if let Some(effect) = effects.get_mut(at) {
            *effect = holds;
        }
    }
    effects
}

/// How a later taking-back takes back an earlier one.
fn aim_at(later: &Taking<'_>, earlier: &Taking<'_>) -> Option<Aim> {
    let says = &later.says;
    let is = |hash: &String| is_start(hash, earlier.sha);
    let own = |numbers: &[i64]| earlier.own.is_some_and(|own| numbers.contains(&own));
    if says.commits.iter().any(is) || own(&says.pulls) {
        return Some(Aim::Certain);
    }
    let subject = without_own_number(earlier.subject).0;
    let titled = says.titles.iter().any(|title| same_title(title, subject));
    // "Reapply X" puts back what "Revert X" took.
    let same = |ours: &[i64], theirs: &[i64]| ours.iter().any(|number| theirs.contains(number));
    let puts_back = says.restores
        && (says.titles.iter().any(|title| earlier.says.titles.iter().any(|theirs| same_title(title, theirs)))
            || same(&says.numbers, &earlier.says.numbers)
            || same(&says.numbers, &earlier.says.pulls));
    (says.hashes.iter().any(is) || own(&says.numbers) || titled || puts_back).then_some(Aim::Perhaps)
}

/// Everything that a message can call a fix by.
struct FixNames<'f> {
    part: &'f ComponentFix,
    whole: Vec<&'f str>,
    parts: Vec<&'f str>,
    titles: Vec<&'f str>,
}

impl<'f> FixNames<'f> {
    fn new(part: &'f ComponentFix, carriers: &'f [Carrier]) -> Self {
        let carried = carriers.iter().filter(|carrier| carrier.fix == part.fix.sha);
        let whole = std::iter::once(part.fix.sha.as_str()).chain(carried.map(|carrier| carrier.by.as_str())).collect();
        let parts = part.made_of.iter().map(|commit| commit.sha.as_str()).collect();
        let subjects = part.made_of.iter().map(CommitWords::subject).filter(|subject| !subject.starts_with("Merge "));
        Self { part, whole, parts, titles: part.fix.title.as_deref().into_iter().chain(subjects).collect() }
    }

    /// How a taking-back takes this fix back.
    fn aim(&self, taking: &Taking<'_>, files: &BTreeMap<String, Vec<String>>) -> Option<Aim> {
        let says = &taking.says;
        if says.restores || taking.sha == self.part.fix.sha || self.parts.contains(&taking.sha) {
            return None;
        }
        let any =
            |hashes: &[String], shas: &[&str]| hashes.iter().any(|hash| shas.iter().any(|sha| is_start(hash, sha)));
        let numbered = |numbers: &[i64]| self.part.fix.pull_request.is_some_and(|number| numbers.contains(&number));
        if any(&says.commits, &self.whole) || numbered(&says.pulls) {
            return Some(Aim::Certain);
        }
        let hashed =
            any(&says.commits, &self.parts) || any(&says.hashes, &self.whole) || any(&says.hashes, &self.parts);
        let quoted = says.titles.iter().any(|title| self.titles.iter().any(|ours| same_title(title, ours)));
        let worded = says.words.as_deref().is_some_and(|words| self.titles.iter().any(|ours| names_title(words, ours)));
        let nameless = says.is_nameless() && self.may_touch(taking.sha, files);
        (hashed || numbered(&says.numbers) || quoted || worded || nameless).then_some(Aim::Perhaps)
    }

    /// Whether a commit changes a file that the fix changes, as far as it is known.
    fn may_touch(&self, sha: &str, files: &BTreeMap<String, Vec<String>>) -> bool {
        match (files.get(sha), files.get(&self.part.fix.sha)) {
            (Some(theirs), Some(ours)) => theirs.iter().any(|file| ours.contains(file)),
            _ => true,
        }
    }
}

/// Whether words name a title: they hold all of it, and it is more than a word.
fn names_title(words: &str, title: &str) -> bool {
    let (words, title) = (plain(words), plain(title));
    title.contains(' ') && format!(" {words} ").contains(&format!(" {title} "))
}

/// The commits that carry a fix over to another release line.
fn carriers(fixes: &[ComponentFix], between: &CommitList, home: &Repository) -> Vec<Carrier> {
    let mut found: Vec<Carrier> = Vec::new();
    for part in fixes {
        let fix = &part.fix;
        let own: Vec<&str> =
            part.made_of.iter().map(|commit| commit.sha.as_str()).filter(|sha| *sha != fix.sha).collect();
        let mut picked: Vec<&str> = Vec::new();
        let mut candidates: Vec<Carrier> = Vec::new();
        for commit in
            between.commits.iter().filter(|commit| commit.sha != fix.sha && !own.contains(&commit.sha.as_str()))
        {
            if undone(&commit.message, home).is_some() {
                continue;
            }
            let carrier = |doubt: Option<String>| Carrier { fix: fix.sha.clone(), by: commit.sha.clone(), doubt };
            let says = format!(
                "commit {} says \u{201c}{}\u{201d}, which does not prove that it carries all of the fix",
                short(&commit.sha),
                commit.subject()
            );
            let from = picked_from(&commit.message);
            if from.iter().any(|hash| fix.is(hash)) {
                let whole = from.iter().any(|hash| hash.len() >= 40 && fix.is(hash));
                candidates.push(carrier((!whole).then_some(says)));
                continue;
            }
            let parts: Vec<&str> =
                own.iter().copied().filter(|sha| from.iter().any(|hash| is_start(hash, sha))).collect();
            let (numbers, hashes) = carried_over(&commit.message, home);
            let named = fix.pull_request.is_some_and(|number| numbers.contains(&number))
                || hashes.iter().any(|hash| fix.is(hash));
            if !parts.is_empty() || named {
                candidates.push(carrier(Some(says)));
                picked.extend(parts);
            }
        }
        let all_parts = !own.is_empty() && own.iter().all(|sha| picked.contains(sha));
        if all_parts && let Some(last) = candidates.last_mut() {
            last.doubt = None;
        }
        found.extend(candidates);
    }
    found
}

#[cfg(test)]
mod tests;
