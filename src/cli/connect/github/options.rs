//! What `heard connect github` takes on the command line.

use std::net::SocketAddr;

use clap::Args;

use crate::{
    base::http::Origin,
    flow::connect::github::ground::{WantedGithub, organization_name},
    model::issue::Repository,
};

/// Connect GitHub with an App of your own, or with a token
///
/// Without a token it registers an App: it opens a page on this machine, whose one button leads to GitHub, and keeps the key that comes
/// back in files beside the settings that only their owner can read. With a token in `HEARD_GITHUB_TOKEN` it makes a webhook in each
/// repository, or says that Heard asks from time to time. The token is never given on the command line, where everybody on the machine
/// can read it. Exits with 2 if nobody can be asked and --yes is not given.
#[derive(Debug, Args)]
pub struct ConnectGithub {
    /// A repository where issues are filed, as OWNER/NAME. Can be given several times [default: what the settings say]
    #[arg(long = "repository", value_name = "OWNER/NAME", value_parser = repository)]
    pub repositories: Vec<Repository>,
    /// The organization that the App belongs to [default: the owner of the repositories]
    #[arg(long, value_name = "NAME", value_parser = organization_name)]
    pub organization: Option<String>,
    #[arg(
        long,
        value_name = "URL",
        value_parser = Origin::parse,
        help = "The address of an Enterprise Server, such as https://github.example.com [default: what the settings say, else https://github.com]"
    )]
    pub url: Option<Origin>,
    /// Where GitHub reaches Heard [default: what the settings say]
    #[arg(long, value_name = "URL", value_parser = Origin::parse)]
    pub public_url: Option<Origin>,
    /// Where the page listens on this machine [default: a free port]
    #[arg(long, value_name = "127.0.0.1:PORT", value_parser = on_this_machine)]
    pub listen: Option<SocketAddr>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// Take the App out of the accounts where it is installed, or delete the webhooks. The settings stay
    #[arg(long)]
    pub remove: bool,
}

fn repository(text: &str) -> Result<Repository, String> {
    Repository::parse(text).ok_or_else(|| "expected OWNER/NAME, such as acme/product".to_owned())
}

fn on_this_machine(text: &str) -> Result<SocketAddr, String> {
    let at: SocketAddr = text.parse().map_err(|_| "expected an address such as 127.0.0.1:4000".to_owned())?;
    if at.ip().is_loopback() {
        Ok(at)
    } else {
        Err("expected an address of this machine, such as 127.0.0.1:4000".to_owned())
    }
}

impl ConnectGithub {
    /// What is wanted, without how it is asked for.
    pub fn wanted(&self) -> WantedGithub {
        WantedGithub {
            repositories: self.repositories.clone(),
            organization: self.organization.clone(),
            url: self.url.clone(),
            public_url: self.public_url.clone(),
            makes_admin_token: true,
        }
    }
}
