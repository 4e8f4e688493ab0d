//! `heard connect github`: an App of one's own, or a token; whichever the settings and the environment speak of.

mod app;
mod ground;
mod registering;
mod token;

use std::{path::Path, process::ExitCode};

use anyhow::bail;

pub use ground::ConnectGithub;

use self::{app::ByApp, ground::GithubGround, token::ByToken};

impl ConnectGithub {
    /// Connects, or shows how. The result is the exit code.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        let remove = self.remove;
        let ground = GithubGround::of(self, config)?;
        if ground.setting("token").is_none() {
            let way = ByApp::new(ground);
            return if remove { way.remove().await } else { way.connect().await };
        }
        if ground.setting("app_id").is_some() {
            bail!(
                "there is an App in {} and a token beside it, and Heard takes one of them: take one away, HEARD_GITHUB_TOKEN too",
                ground.file.path.display()
            );
        }
        let way = ByToken::new(ground)?;
        if remove { way.remove().await } else { way.connect().await }
    }
}
