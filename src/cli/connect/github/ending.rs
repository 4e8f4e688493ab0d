//! How a run of `heard connect github` ends.

use std::process::ExitCode;

use anyhow::bail;

use crate::{base::secret::Secret, cli::output, flow::connect::github::ground::GithubGround};

/// Says what Heard would not start with, and whether it takes what GitHub signs.
pub async fn end(ground: &GithubGround, secret: Option<&Secret>) -> anyhow::Result<()> {
    for sentence in ground.try_out(secret).await?.sentences {
        output::line(&sentence)?;
    }
    Ok(())
}

/// How a run ends whose findings stand above.
pub fn left_to_a_person(things: usize) -> anyhow::Result<ExitCode> {
    match things {
        0 => Ok(ExitCode::SUCCESS),
        1 => bail!("one thing is left that only a person can do: it stands above"),
        more => bail!("{more} things are left that only a person can do: they stand above"),
    }
}
