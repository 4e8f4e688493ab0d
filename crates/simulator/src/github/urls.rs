//! Where a repository is found.

/// The two addresses that everything of a repository lies below.
pub(super) struct RepoUrls {
    /// In the API.
    pub(super) api: String,
    /// In the browser.
    pub(super) html: String,
}
