//! `heard connect zendesk`: shows what will be done in Zendesk and in the settings, asks, and does it.

use std::{path::Path, process::ExitCode};

use anyhow::bail;
use clap::Args;

use super::asking::{asked, dry};
use crate::{
    base::{clock::Clock, http::Origin, secret::Secret},
    cli::output,
    flow::connect::zendesk::{ConnectingZendesk, WantedZendesk},
    settings::{Settings, connection::connection_name, environment},
};

/// Connect Zendesk with an administrator's address and API token
///
/// The token is never given on the command line, where everybody on the machine can read it. It is read from the environment
/// (`HEARD_CONNECTIONS_ACME_TOKEN` for --name acme), else from the settings where the connection is there already. Secrets are kept
/// in files beside the settings that only their owner can read. Exits with 2 if nobody can be asked and --yes is not given.
#[derive(Debug, Args)]
pub struct ConnectZendesk {
    /// The connection's name: webhooks come to /hooks/NAME
    #[arg(long, value_parser = named)]
    name: String,
    #[arg(
        long,
        value_name = "URL",
        value_parser = Origin::parse,
        help = "The account's own address, such as https://acme.zendesk.com [default: what the settings say]"
    )]
    url: Option<Origin>,
    /// Where Zendesk reaches Heard [default: what the settings say]
    #[arg(long, value_name = "URL", value_parser = Origin::parse)]
    public_url: Option<Origin>,
    /// The administrator's e-mail address. Without it, the token is taken for an OAuth access token
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// The tag by which an agent escalates [default: escalate]
    #[arg(long, value_name = "TAG")]
    escalate_tag: Option<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Take away what Heard made in Zendesk. The settings stay
    #[arg(long)]
    remove: bool,
}

fn named(text: &str) -> Result<String, String> {
    connection_name(text)
        .ok_or_else(|| "expected lower-case letters, digits and hyphens, up to 40, and not github".to_owned())
}

impl ConnectZendesk {
    /// Connects, or shows how. The result is the exit code.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        let variables = environment();
        let (path, _) = Settings::file(config, &variables);
        let wanted = WantedZendesk {
            name: self.name.clone(),
            url: self.url.clone(),
            public_url: self.public_url.clone(),
            user: self.user.clone(),
            escalate_tag: self.escalate_tag.clone(),
            makes_admin_token: true,
        };
        let connecting = ConnectingZendesk::of(&wanted, &path, variables)?;
        if self.remove { self.remove(&connecting).await } else { self.connect(&connecting).await }
    }

    async fn connect(&self, connecting: &ConnectingZendesk) -> anyhow::Result<ExitCode> {
        let seen = connecting.look().await?;
        for line in seen.shown.lines() {
            output::line(&line)?;
        }
        if self.dry_run {
            return dry();
        }
        if seen.shown.is_anything() {
            connecting.must_be_kept(&seen)?;
            if let Some(code) = asked(self.yes)? {
                return Ok(code);
            }
            let (secret, notes) = connecting.change_account(&seen).await?;
            for note in &notes {
                output::line(note)?;
            }
            connecting.keep(&seen, &secret)?;
            output::line("Done.")?;
            return end(connecting, &secret).await;
        }
        output::line("Everything is there already. Nothing was changed.")?;
        match &seen.secret {
            Some(secret) => end(connecting, secret).await,
            None => Ok(ExitCode::SUCCESS),
        }
    }

    async fn remove(&self, connecting: &ConnectingZendesk) -> anyhow::Result<ExitCode> {
        let (gone, kept) = connecting.removals().await?;
        for sentence in &kept {
            output::line(&format!("To look at: {sentence}."))?;
        }
        for removal in &gone {
            output::line(&format!("To do: {}", removal.sentence))?;
        }
        if gone.is_empty() {
            output::line(&format!("Zendesk has nothing that Heard made for {}.", self.name))?;
        } else if self.dry_run {
            return dry();
        } else {
            if let Some(code) = asked(self.yes)? {
                return Ok(code);
            }
            for removal in &gone {
                connecting.remove(removal).await?;
            }
            output::line("Done.")?;
        }
        if let Some(sentence) = connecting.left_alone() {
            output::line(&sentence)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Tries whether Heard takes what Zendesk signs, and says what to do next.
async fn end(connecting: &ConnectingZendesk, secret: &Secret) -> anyhow::Result<ExitCode> {
    let tried = connecting.try_out(secret, Clock::system().now()).await?;
    for sentence in &tried.sentences {
        output::line(sentence)?;
    }
    if let Some(wrong) = tried.wrong {
        bail!("{wrong}");
    }
    Ok(ExitCode::SUCCESS)
}
