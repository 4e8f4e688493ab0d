//! What GitHub sends, as far as we read it. Every field except the identity may be absent, and every word may be new.

use serde::{Deserialize, Deserializer};

use crate::{
    base::{clock::Time, json},
    model::issue::{IssueState, Repository},
};

/// A user; absent for deleted accounts.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct UserWire {
    pub login: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

impl UserWire {
    pub fn is_bot(&self) -> bool {
        self.kind.as_deref() == Some("Bot")
    }

    /// Whether it is a robot by its type or, where it has a person's account, by its name: `k8s-ci-robot`, `stale-bot`.
    pub fn is_machine(&self) -> bool {
        let named = |login: &str| {
            let login = login.to_ascii_lowercase();
            let mut words = login.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            words.any(|word| matches!(word, "bot" | "robot" | "stale"))
                || login.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with("bot")
        };
        self.is_bot() || self.login.as_deref().is_some_and(named)
    }
}

/// The App that did something.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AppWire {
    pub id: Option<u64>,
}

/// Anything with a `name`, or a plain string.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Named {
    Text(String),
    Object { name: Option<String> },
}

impl Named {
    pub fn name(self) -> Option<String> {
        match self {
            Self::Text(name) | Self::Object { name: Some(name) } => Some(name),
            Self::Object { name: None } => None,
        }
    }
}

/// A milestone of an issue.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MilestoneWire {
    #[serde(default)]
    pub number: i64,
    pub title: Option<String>,
    pub html_url: Option<String>,
    pub state: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub closed_at: Option<Time>,
}

/// An issue, or a pull request as the endpoints of issues show it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct IssueWire {
    pub number: i64,
    #[serde(default)]
    pub id: i64,
    pub html_url: Option<String>,
    pub repository_url: Option<String>,
    #[serde(default)]
    pub title: String,
    pub body: Option<String>,
    pub state: Option<String>,
    pub state_reason: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub labels: Vec<Named>,
    pub user: Option<UserWire>,
    pub author_association: Option<String>,
    pub closed_by: Option<UserWire>,
    #[serde(default, deserialize_with = "list")]
    pub assignees: Vec<UserWire>,
    pub milestone: Option<MilestoneWire>,
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<Time>,
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<Time>,
    #[serde(default, deserialize_with = "time")]
    pub closed_at: Option<Time>,
    pub pull_request: Option<serde_json::Value>,
}

impl IssueWire {
    /// The repository it is in now.
    pub fn repository(&self) -> Option<Repository> {
        let named = self.repository_url.as_deref().and_then(|url| tail(url, 2));
        named.or_else(|| self.html_url.as_deref().and_then(in_html_url))
    }
}

/// An instant; absent if there is none.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(value.as_ref().and_then(serde_json::Value::as_str).and_then(Time::parse))
}

/// One of a list, unless it cannot be read.
pub(super) fn readable<T: serde::de::DeserializeOwned>(element: serde_json::Value, doing: &str) -> Option<T> {
    serde_json::from_value(element)
        .inspect_err(|error| tracing::warn!(why = json::why(error), "Left out what could not be read while {doing}"))
        .ok()
}

/// A list. If it is null it is empty, and unreadable elements are left out.
pub(super) fn list<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let values = Option::<Vec<serde_json::Value>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}

/// The state. A word that we do not know is neither a close nor a fix.
pub(super) fn state(word: Option<&str>) -> IssueState {
    word.and_then(IssueState::parse).unwrap_or(IssueState::Open)
}

/// An instant as GitHub reads it in a query: without fractions, and never later than intended.
pub(super) fn seconds(at: Time) -> Time {
    Time::from_seconds(at.as_seconds())
}

/// `owner/name` at the end of a URL.
pub(super) fn tail(url: &str, parts: usize) -> Option<Repository> {
    let mut segments: Vec<&str> = url.trim_end_matches('/').rsplit('/').take(parts).collect();
    segments.reverse();
    Repository::parse(&segments.join("/"))
}

/// `owner/name` of `https://HOST/owner/name/issues/7`.
pub(super) fn in_html_url(url: &str) -> Option<Repository> {
    let mut segments = url.split_once("://")?.1.split('/').skip(1);
    let (owner, name) = (segments.next()?, segments.next()?);
    Repository::parse(&format!("{owner}/{name}"))
}
