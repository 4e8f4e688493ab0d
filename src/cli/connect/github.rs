//! `heard connect github`: an App of one's own, or a token; whichever the settings and the environment speak of.

mod app;
mod ending;
mod options;
mod registering;
mod token;

use std::{path::Path, process::ExitCode};

pub use options::ConnectGithub;

use crate::{
    flow::connect::github::{WayToGithub, ground::GithubGround},
    settings::{Settings, environment},
};

impl ConnectGithub {
    /// Connects, or shows how. The result is the exit code.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        let variables = environment();
        let (path, _) = Settings::file(config, &variables);
        let ground = GithubGround::of(self.wanted(), &path, variables)?;
        match WayToGithub::of(ground)? {
            WayToGithub::App(way) if self.remove => app::remove(&self, &way).await,
            WayToGithub::App(way) => app::connect(&self, *way).await,
            WayToGithub::Token(way) if self.remove => token::remove(&self, &way).await,
            WayToGithub::Token(way) => token::connect(&self, &way).await,
        }
    }
}
