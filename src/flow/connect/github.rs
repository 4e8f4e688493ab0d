//! Connects GitHub: with an App of one's own, or with a token; whichever the settings and the environment speak of.

pub mod app;
pub mod ground;
pub mod registering;
pub mod token;

use anyhow::bail;

use self::{app::ByApp, ground::GithubGround, token::ByToken};

/// The way in which GitHub is connected.
pub enum WayToGithub {
    /// By an App.
    App(Box<ByApp>),
    /// By a token.
    Token(Box<ByToken>),
}

impl WayToGithub {
    /// The way that the settings, the environment and what was given speak of.
    ///
    /// # Errors
    /// They speak of both, or something is missing.
    pub fn of(ground: GithubGround) -> anyhow::Result<Self> {
        if ground.setting("token").is_none() {
            return Ok(Self::App(Box::new(ByApp::new(ground))));
        }
        if ground.setting("app_id").is_some() {
            bail!(
                "there is an App in {} and a token beside it, and Heard takes one of them: take one away, HEARD_GITHUB_TOKEN too",
                ground.file.path.display()
            );
        }
        Ok(Self::Token(Box::new(ByToken::new(ground)?)))
    }
}
