//! Tries what was set up: whether Heard would start with these settings, and whether it takes what the other side signs.

use std::path::Path;

use anyhow::anyhow;

use super::kept_files::folder_of;
use crate::{
    base::http::{CallError, Origin, Outgoing, Request},
    settings::{Settings, Variables},
};

/// What was found out by trying, in sentences, and what will not work.
#[derive(Clone, Debug, Default)]
pub struct TriedConnection {
    /// What was found out.
    pub sentences: Vec<String>,
    /// What is wrong although everything was done.
    pub wrong: Option<String>,
}

/// What Heard would not start with, in a sentence.
pub fn try_settings(path: &Path, variables: &Variables) -> Option<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let name = path.display().to_string();
    let error = Settings::parse(&text, &name, folder_of(path), variables.clone()).err()?;
    Some(format!("Before Heard starts: {error}."))
}

/// Sends a signed delivery to Heard's own address. The sentence says whether it was taken, and what to do next.
///
/// # Errors
/// Nothing can be sent.
pub async fn try_delivery(public_url: &Origin, delivery: Request) -> anyhow::Result<String> {
    let outgoing = Outgoing::new().map_err(|error| anyhow!(error))?;
    let url = public_url.as_str();
    Ok(match outgoing.send(public_url, delivery).await {
        Ok(answer) => match answer.status {
            200..=299 => format!("Heard at {url} took a signed test delivery. Next: `heard check`."),
            401 | 404 => format!(
                "{url} answered {} to a signed test delivery. If Heard runs there, restart it, so that it reads its settings again; \
                 then `heard check`.",
                answer.status
            ),
            502..=504 => format!(
                "{url} answered {} to a signed test delivery, so Heard does not run behind it yet. Next: `heard serve`, then \
                 `heard check`.",
                answer.status
            ),
            status => {
                format!("{url} answered {status} to a signed test delivery: does that address lead to Heard?")
            }
        },
        Err(CallError::NotSent(_)) => {
            format!("Nothing answers at {url} yet. Next: `heard serve`, then `heard check`.")
        }
        Err(error) => {
            format!("No answer to a signed test delivery: {error}. Next: `heard serve`, then `heard check`.")
        }
    })
}
