//! `heard replay`: reads deliveries again that could not be read, after an update or a change of the settings.

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{
    api::{Api, ServerAddress, encoded},
    output,
};
use crate::settings::ServerReach;

/// Read deliveries again that could not be read
///
/// Heard keeps webhooks as they came. One that could not be read, because the helpdesk sent something new or a setting was
/// wrong, can be read again at any time. One that was understood already changes nothing.
#[derive(Debug, Args)]
pub struct Replay {
    /// The ids of the deliveries, from the health page
    #[arg(required_unless_present = "unreadable", conflicts_with = "unreadable", value_name = "DELIVERY")]
    deliveries: Vec<String>,
    /// All deliveries that could not be read
    #[arg(long)]
    unreadable: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerAddress,
}

impl Replay {
    /// Asks Heard to read each delivery again.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let api = self.server.api(reach)?;
        let deliveries = if self.unreadable { unreadable(&api).await? } else { self.deliveries };
        let mut refused = Vec::new();
        let progress = progress(deliveries.len());
        for id in &deliveries {
            if let Err(error) = api.post(&format!("deliveries/{}/replay", encoded(id)), &json!({})).await {
                refused.push(json!({"id": id, "why": format!("{error:#}")}));
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        let replayed = deliveries.len() - refused.len();
        if self.json {
            output::json(&json!({"replayed": replayed, "refused": refused}))?;
        } else {
            output::line(&format!("{replayed} of {} deliveries are being read again.", deliveries.len()))?;
        }
        match refused.first() {
            Some(first) => bail!("{} were refused, the first because {}", refused.len(), first["why"]),
            None => Ok(()),
        }
    }
}

/// The ids of all deliveries that could not be read.
async fn unreadable(api: &Api) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = api.get(&format!("deliveries?state=unreadable{after}")).await?;
        let deliveries = page["deliveries"].as_array().context("the service did not answer with deliveries")?;
        found.extend(deliveries.iter().filter_map(|delivery| Some(delivery["id"].as_str()?.to_owned())));
        match &page["next"] {
            Value::String(next) => after = format!("&after={}", encoded(next)),
            _ => return Ok(found),
        }
    }
}

/// A progress bar, but only on a terminal.
fn progress(count: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} deliveries").ok();
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
