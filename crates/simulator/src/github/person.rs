//! An account on GitHub: an engineer, an organization, or an app's bot.

use serde_json::{Value, json};

/// An account.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: u64,
    pub(super) login: String,
    /// `User`, `Organization` or `Bot`.
    pub(super) kind: &'static str,
}

impl Person {
    pub(super) fn json(&self, base: &str) -> Value {
        let login = self.login.as_str();
        let url = format!("{base}/users/{}", login.replace('[', "%5B").replace(']', "%5D"));
        json!({
            "login": login,
            "id": self.id,
            "node_id": format!("U_{}", self.id),
            "avatar_url": format!("{base}/avatars/{}", self.id),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{base}/{login}"),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": self.kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }
}
