//! What is judged: fixes, releases with what they contain, and what counts as out.

use std::collections::BTreeMap;

use crate::model::{
    commit::CommitWords,
    fix::{Containment, Fix},
    release::{Release, ReleaseSource},
};

/// A fix, in one of the components that it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComponentFix {
    /// The fix.
    pub fix: Fix,
    /// The component, if its repository releases components separately and the component is known.
    pub component: Option<String>,
    /// The commits that it is made of, itself among them, as far as they are known.
    pub made_of: Vec<CommitWords>,
}

/// A release, with what is known of what it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseContents {
    /// The release.
    pub release: Release,
    /// Whether it contains each commit: of every fix, backport and revert that [`commits_to_compare`] names.
    pub contains: BTreeMap<String, Containment>,
    /// What the commits since the fixes say of them.
    pub since: CommitsSince,
    /// The packages that the tags of its repository name, if they are several and the settings name no components.
    pub packages: Vec<String>,
}

impl ReleaseContents {
    /// Whether CI or a person said that it is out.
    pub(super) fn stated(&self) -> bool {
        self.release.source == ReleaseSource::Stated
    }
}

/// What became of one fix in one release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum FixStanding {
    /// Nothing takes it back.
    #[default]
    Stands,
    /// It was taken back for certain. The sentence says by what.
    TakenBack(String),
    /// Something may have taken it back. The sentence says what.
    Doubted(String),
}

/// A commit of another release line that carries a fix over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carrier {
    /// The fix that it carries.
    pub fix: String,
    /// The commit.
    pub by: String,
    /// Why that is not certain. `None` if git's own trailer says so of all of the fix.
    pub doubt: Option<String>,
}

/// What the commits since the fixes say of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommitsSince {
    /// What became of each fix, by its commit. One that is not here stands.
    pub standing: BTreeMap<String, FixStanding>,
    /// The commits that carry fixes over.
    pub carriers: Vec<Carrier>,
    /// Whether every commit was read.
    pub complete: bool,
}

/// What counts as out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleasePolicy {
    /// What carries fixes to users.
    pub source: ReleaseSource,
    /// Whether a prerelease counts.
    pub prereleases: bool,
    /// For deployments: the environment that customers use.
    pub environment: String,
}

/// The commits whose containment [`judge`] needs to know, each once.
pub(crate) fn commits_to_compare(fixes: &[ComponentFix]) -> Vec<&str> {
    let named = fixes.iter().flat_map(|part| [Some(part.fix.sha.as_str()), part.fix.reverted_by.as_deref()]);
    let mut commits: Vec<&str> = named.flatten().collect();
    commits.sort_unstable();
    commits.dedup();
    commits
}
