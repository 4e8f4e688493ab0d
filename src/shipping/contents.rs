//! What is judged: fixes, releases with what they contain, and what counts as out.

use std::collections::BTreeMap;

use crate::model::{
    fix::{Containment, Fix, RevertScan},
    release::{Release, ReleaseSource},
};

/// A fix, in one of the components that it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComponentFix {
    /// The fix.
    pub fix: Fix,
    /// The component, if its repository releases components separately and the component is known.
    pub component: Option<String>,
}

/// A release, with what is known of what it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseContents {
    /// The release.
    pub release: Release,
    /// Whether it contains each commit: of every fix, backport and revert that [`commits_to_compare`] names.
    pub contains: BTreeMap<String, Containment>,
    /// What the commits since the fixes take back.
    pub reverts: RevertScan,
}

impl ReleaseContents {
    /// Whether CI or a person said that it is out.
    pub(super) fn stated(&self) -> bool {
        self.release.source == ReleaseSource::Stated
    }
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
