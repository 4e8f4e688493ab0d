//! `heard connect github` with an App: registers one where there is none, waits until it is installed, and looks after it.

use std::{process::ExitCode, time::Duration};

use anyhow::bail;
use tokio::time::Instant;

use super::{
    ending::{end, left_to_a_person},
    options::ConnectGithub,
    registering::register,
};
use crate::{
    base::secret::Secret,
    cli::{
        connect::asking::{asked, dry},
        output,
    },
    flow::connect::github::{
        app::{ByApp, KnownApp},
        ground::{Advised as _, why},
        registering::{AppOwner, owner},
    },
    model::tracker::{TrackerAccess, error::TrackerError},
    tracker::github::connect::AppInstallation,
};

/// How long somebody has to install the App.
const INSTALLED_WITHIN: Duration = Duration::from_mins(10);
/// How often is asked whether somebody has.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Registers an App where there is none, and looks after the one that is there.
pub async fn connect(options: &ConnectGithub, mut way: ByApp) -> anyhow::Result<ExitCode> {
    if let Some(access) = way.of_settings()? {
        return look_after(options, way, access, None, false).await;
    }
    let before = way.before();
    let owner = match before {
        Some(_) => AppOwner::default(),
        None => owner(&way.ground).await?,
    };
    for line in way.registration(before.as_ref(), &owner).lines() {
        output::line(&line)?;
    }
    if options.dry_run {
        return dry();
    }
    way.must_be_kept(None)?;
    if let Some(code) = asked(options.yes)? {
        return Ok(code);
    }
    let made = match before {
        Some(made) => made,
        None => register(&way.ground, options.listen, owner.organization.as_deref(), &way.kept_file).await?,
    };
    way.keep(&made)?;
    output::line(&format!("The App is registered, and its key is kept in {}.", way.key_file.path()))?;
    let access = TrackerAccess::App { id: made.app_id, private_key: Secret::new(made.private_key) };
    look_after(options, way, access, made.webhook_secret.map(Secret::new), true).await
}

/// Waits for the installation, and holds everything against what is needed. `new_secret` is what a new App signs with.
async fn look_after(
    options: &ConnectGithub,
    mut way: ByApp,
    access: TrackerAccess,
    new_secret: Option<Secret>,
    agreed: bool,
) -> anyhow::Result<ExitCode> {
    let known = way.know(access, new_secret).await?;
    let installations = installed(options, &known).await?;
    let seen = way.look(&known, &installations).await?;
    for line in seen.shown.lines() {
        output::line(&line)?;
    }
    if let Some(sentence) = way.unreachable().filter(|_| !agreed) {
        output::line(&format!("To look at: {sentence}."))?;
    }
    if options.dry_run {
        return dry();
    }
    if seen.shown.is_anything() {
        way.must_be_kept(Some((&known, &seen)))?;
        if !agreed && let Some(code) = asked(options.yes)? {
            return Ok(code);
        }
        way.keep_secret(&known)?;
        way.mend(&known).await?;
        way.write_seen(&seen)?;
        output::line("Done.")?;
    } else if !agreed {
        output::line("Everything is there already. Nothing was changed.")?;
    }
    end(&way.ground, known.secret()).await?;
    left_to_a_person(seen.left)
}

/// Where the App is installed. Waits until it is somewhere.
async fn installed(options: &ConnectGithub, known: &KnownApp) -> anyhow::Result<Vec<AppInstallation>> {
    let found = known.installations().await.advised("Reading where the App is installed")?;
    if !found.is_empty() || options.dry_run {
        return Ok(found);
    }
    output::line(&format!("To do by you: install the App, at {}", known.app.installing()))?;
    output::line("This waits for it. Ctrl C is fine: the next run goes on here.")?;
    let begun = Instant::now();
    while begun.elapsed() < INSTALLED_WITHIN {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        match known.installations().await {
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                let accounts: Vec<_> = found.iter().map(|one| one.account.as_str()).collect();
                output::line(&format!("The App is installed in {}.", accounts.join(", ")))?;
                return Ok(found);
            }
            Err(TrackerError::Limited { .. } | TrackerError::NotSent(_) | TrackerError::Unclear(_)) => {}
            Err(error) => return Err(why("Reading where the App is installed", &error)),
        }
    }
    // Whoever owns nothing there only asks for it (matrix-hookshot#711).
    bail!(
        "nobody has installed the App within ten minutes. If you are no owner of the account, an owner has to approve what you \
         asked for. Then run the command again: it goes on here"
    )
}

/// Takes the App out of every account where it is installed.
pub async fn remove(options: &ConnectGithub, way: &ByApp) -> anyhow::Result<ExitCode> {
    let settings = way.ground.file.path.display();
    let Some(access) = way.of_settings()? else {
        output::line(&format!("{settings} names no App: there is nothing to take away."))?;
        return Ok(ExitCode::SUCCESS);
    };
    let known = way.know(access, None).await?;
    let installations = known.installations().await.advised("Reading where the App is installed")?;
    for one in &installations {
        output::line(&format!("To do: take the App {} out of {}", known.app.name, one.account))?;
    }
    if installations.is_empty() {
        output::line(&format!("The App {} is installed nowhere.", known.app.name))?;
    } else if options.dry_run {
        return dry();
    } else {
        if let Some(code) = asked(options.yes)? {
            return Ok(code);
        }
        for one in &installations {
            known.leave(one.id).await?;
        }
        output::line("Done.")?;
    }
    output::line(&format!(
        "Only a person can delete the App itself: at {}",
        known.app.settings(&way.ground.site, "/advanced")
    ))?;
    output::line(&format!(
        "{settings} was left alone: take the section [github] and the [[repositories]] out of it, and delete {} and {}.",
        way.key_file.path(),
        way.ground.webhook_secret_file.path()
    ))?;
    Ok(ExitCode::SUCCESS)
}
