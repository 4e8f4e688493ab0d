//! Whether what says that it carries a fix over to another release line carries all of it, as far as files show.

use std::collections::BTreeSet;

use super::remembered;
use crate::{
    flow::{app::App, error::Stop},
    model::{
        commit::{CommitWords, short},
        fix::Fix,
    },
    tracker::Tracker,
};

/// How many commits' files are compared to see whether one fix was carried over whole.
const COMPARED: usize = 20;

/// The fix that a backport says it carries over, if it would prove that.
pub(super) fn carried_by<'f>(all: &'f [Fix], fix: &Fix) -> Option<&'f Fix> {
    let of = fix.stands_for.as_deref().filter(|_| fix.sure)?;
    all.iter().find(|original| original.sha == of && original.repository == fix.repository)
}

/// The backport, doubted unless it is known to change every file of the original. Robots that carry changes over make
/// empty commits, and leave out what conflicts.
pub(super) async fn compared(
    app: &App,
    tracker: &dyn Tracker,
    fix: Fix,
    made_of: &[CommitWords],
    original: &Fix,
) -> Result<Fix, Stop> {
    let whole = remembered::made_of(app, tracker, original).await?.map(|list| list.commits).unwrap_or_default();
    // A rebase puts several commits on the branch, which stand after the last of them.
    let own = made_of.iter().map(|commit| &commit.sha).skip_while(|sha| **sha != fix.sha);
    let by: Vec<&str> = std::iter::once(fix.sha.as_str()).chain(own.skip(1).map(String::as_str)).collect();
    let lacking = lacking(app, tracker, original, &whole, &by).await?;
    Ok(lacking.into_iter().fold(fix, |fix, why| fix.doubted(&why)))
}

/// Why these commits may not carry all of a fix, as a part of a sentence. `None` if they change all of its files.
pub(super) async fn lacking(
    app: &App,
    tracker: &dyn Tracker,
    fix: &Fix,
    made_of: &[CommitWords],
    by: &[&str],
) -> Result<Option<String>, Stop> {
    let merges = |commit: &&CommitWords| commit.subject().starts_with("Merge ") && commit.sha != fix.sha;
    let mut whole = vec![fix.sha.as_str()];
    whole.extend(made_of.iter().filter(|commit| !merges(commit)).map(|commit| commit.sha.as_str()));
    let names = by.iter().map(|sha| short(sha)).collect::<Vec<_>>().join(", ");
    let unknown =
        format!("it is not known which files commit {names} changes, which says that it carries the fix over");
    if whole.len() > COMPARED || by.len() > COMPARED {
        return Ok(Some(unknown));
    }
    let mut sets = [BTreeSet::new(), BTreeSet::new()];
    for (set, commits) in sets.iter_mut().zip([whole.as_slice(), by]) {
        for sha in commits {
            match remembered::files(app, tracker, &fix.repository, sha).await? {
                Some(changed) => set.extend(changed),
                None => return Ok(Some(unknown)),
            }
        }
    }
    let [whole, carried] = sets;
    let there = whole.intersection(&carried).count();
    Ok(match (there, whole.len()) {
        (_, 0) => Some(unknown),
        (0, _) => Some(format!("commit {names} says that it carries the fix over, and changes none of its files")),
        (there, all) if there < all => Some(format!(
            "commit {names} says that it carries the fix over, and changes only {there} of its {all} files"
        )),
        _ => None,
    })
}
