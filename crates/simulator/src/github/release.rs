//! A release.

/// A release. A draft is only visible to those who may push, and its tag does not exist yet.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) id: u64,
    pub(super) tag: String,
    /// The branch or SHA to tag if the tag does not exist when the release is published.
    pub(super) target: String,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) author: String,
    pub(super) draft: bool,
    pub(super) prerelease: bool,
    pub(super) created_at: i64,
    pub(super) published_at: Option<i64>,
    /// How many files it has.
    pub(super) files: usize,
}
