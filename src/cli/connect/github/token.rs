//! `heard connect github` with a token: shows what will be done in each repository and in the settings, asks, and does it.

use std::process::ExitCode;

use super::{
    ending::{end, left_to_a_person},
    options::ConnectGithub,
};
use crate::{
    cli::{
        connect::asking::{asked, dry},
        output,
    },
    flow::connect::github::token::ByToken,
};

/// Makes or mends a webhook in each repository.
pub async fn connect(options: &ConnectGithub, way: &ByToken) -> anyhow::Result<ExitCode> {
    let seen = way.look().await?;
    for line in seen.shown.lines() {
        output::line(&line)?;
    }
    if options.dry_run {
        return dry();
    }
    let mut signs = seen.signs();
    if seen.shown.is_anything() {
        way.must_be_kept(&seen)?;
        if let Some(code) = asked(options.yes)? {
            return Ok(code);
        }
        way.keep_secrets(&seen)?;
        let (signs_now, notes) = way.change(&seen).await?;
        signs = signs_now;
        for note in &notes {
            output::line(note)?;
        }
        way.write(signs)?;
        output::line("Done.")?;
    } else {
        output::line("Everything is there already. Nothing was changed.")?;
    }
    end(&way.ground, Some(&seen.secret).filter(|_| signs)).await?;
    left_to_a_person(seen.left())
}

/// Deletes the webhooks that go to Heard.
pub async fn remove(options: &ConnectGithub, way: &ByToken) -> anyhow::Result<ExitCode> {
    let endpoint = way.ground.endpoint();
    let (gone, unseen) = way.removals().await?;
    for repository in unseen {
        output::line(&format!("To look at: the token may not see the webhooks of {repository}."))?;
    }
    for (repository, _) in &gone {
        output::line(&format!("To do: delete the webhook of {repository} to {endpoint}"))?;
    }
    if gone.is_empty() {
        output::line(&format!("No webhook goes to {endpoint}."))?;
    } else if options.dry_run {
        return dry();
    } else {
        if let Some(code) = asked(options.yes)? {
            return Ok(code);
        }
        for (repository, id) in gone {
            way.remove(repository, id).await?;
        }
        output::line("Done.")?;
    }
    output::line(&format!(
        "{} was left alone: take the section [github] and the [[repositories]] out of it, and delete {} and {}.",
        way.ground.file.path.display(),
        way.token_file.path(),
        way.ground.webhook_secret_file.path()
    ))?;
    Ok(ExitCode::SUCCESS)
}
