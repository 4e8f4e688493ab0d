//! With an App of one's own: registered once, kept, installed, and held against what Heard needs at every run.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use tokio::time::Instant;
use toml::Value;

use super::{
    ground::{Advised as _, GithubGround, app_number, left_to_a_person, why},
    registering::{self, KeptApp, kept},
};
use crate::{
    base::secret::Secret,
    cli::{
        connect::{
            asking::{asked, dry},
            kept_files::SecretFile,
        },
        output,
    },
    model::{
        issue::Repository,
        tracker::{TrackerAccess, error::TrackerError},
    },
    tracker::github::{
        admin::GithubAdmin,
        connect::{AppInstallation, AppWebhookStep, RegisteredApp, app_webhook_step},
        needs::PERMISSIONS,
    },
};

/// How long somebody has to install the App.
const INSTALLED_WITHIN: Duration = Duration::from_mins(10);
/// How often is asked whether somebody has.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// How many repositories are named where one has to be chosen.
const NAMED: usize = 20;

/// The way by an App.
pub struct ByApp {
    ground: GithubGround,
    key_file: SecretFile,
    /// What was registered and is not in the settings yet.
    kept_file: SecretFile,
}

/// What was found of the App, in sentences.
#[derive(Default)]
struct AppReport {
    there: Vec<String>,
    /// What only a person can do.
    wrong: Vec<String>,
    /// The repositories that the settings are to name.
    repositories: Vec<Repository>,
}

impl AppReport {
    fn say(&self) -> anyhow::Result<()> {
        for there in &self.there {
            output::line(&format!("There already: {there}."))?;
        }
        for wrong in &self.wrong {
            output::line(&format!("To look at: {wrong}."))?;
        }
        Ok(())
    }
}

impl ByApp {
    /// With what is known before GitHub is asked.
    pub fn new(ground: GithubGround) -> Self {
        let key_file = SecretFile::new(&ground.file.path, "github-app.pem");
        let kept_file = SecretFile::new(&ground.file.path, "github-app-new.json");
        Self { ground, key_file, kept_file }
    }

    /// Registers an App where there is none, and looks after the one that is there.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn connect(mut self) -> anyhow::Result<ExitCode> {
        if let Some(access) = self.known()? {
            return self.look_after(access, None, false).await;
        }
        let before = kept(&self.kept_file);
        let organization = match before {
            Some(_) => None,
            None => registering::organization(&self.ground).await?,
        };
        self.show(before.as_ref(), organization.as_deref())?;
        if self.ground.options.dry_run {
            return dry();
        }
        if let Some(code) = asked(self.ground.options.yes)? {
            return Ok(code);
        }
        let made = match before {
            Some(made) => made,
            None => registering::register(&self.ground, organization.as_deref(), &self.kept_file).await?,
        };
        self.keep(&made)?;
        output::line(&format!("The App is registered, and its key is kept in {}.", self.key_file.path()))?;
        let access = TrackerAccess::App { id: made.app_id, private_key: Secret::new(made.private_key) };
        self.look_after(access, made.webhook_secret.map(Secret::new), true).await
    }

    /// The App of the settings.
    fn known(&self) -> anyhow::Result<Option<TrackerAccess>> {
        let Some(number) = self.ground.setting("app_id") else { return Ok(None) };
        let key = self.ground.secret("private_key")?.or_else(|| self.key_file.read());
        let private_key = key.with_context(|| {
            format!("{} names an App and no private_key: make one on the App's page", self.ground.file.path.display())
        })?;
        Ok(Some(TrackerAccess::App { id: app_number(&number)?, private_key }))
    }

    /// Shows what registering will do.
    fn show(&self, before: Option<&KeptApp>, organization: Option<&str>) -> anyhow::Result<()> {
        let settings = self.ground.file.path.display();
        match before {
            Some(made) => {
                output::line(&format!("There already: an App that {settings} does not name yet, {}.", made.page))?;
            }
            None => {
                let wanted = registering::wanted(&self.ground, organization);
                let whose = organization.unwrap_or("your own account");
                let rights: Vec<_> = PERMISSIONS.iter().map(|one| format!("{}: {}", one.name, one.level)).collect();
                output::line(&format!(
                    "To do: register the App {:?} at {} for {whose}, by one click in a browser. It is allowed {}",
                    wanted.name(),
                    self.ground.site.web().as_str(),
                    rights.join(", ")
                ))?;
            }
        }
        self.unreachable()?;
        let webhook_secret =
            self.ground.is_reachable().then_some(("the webhook's secret", &self.ground.webhook_secret_file));
        for (whose, file) in [("the App's private key", &self.key_file)].into_iter().chain(webhook_secret) {
            output::line(&format!("To do: keep {whose} in {}, beside {settings}, for its owner alone", file.path()))?;
        }
        let number = before.map(|made| made.app_id);
        let section = self.section(number, self.ground.is_reachable());
        let lacking = self.ground.lacking(section, &self.ground.repositories);
        output::line(&format!("To do: write into {settings}:\n    {}", lacking.lines().join("\n    ")))
    }

    /// `[github]`; the number is not known before there is an App. `signs` says whether webhooks come, signed.
    fn section(&self, number: Option<u64>, signs: bool) -> Vec<(&'static str, Value)> {
        let number = number.map_or_else(
            || Value::from("the App's number"),
            |number| Value::from(i64::try_from(number).unwrap_or(i64::MAX)),
        );
        let mut section = vec![("app_id", number), ("private_key", Value::from(self.key_file.reference()))];
        if signs {
            section.push(("webhook_secret", Value::from(self.ground.webhook_secret_file.reference())));
        }
        section
    }

    /// Keeps a new App: its key and secret, then the settings that name them.
    fn keep(&mut self, made: &KeptApp) -> anyhow::Result<()> {
        self.ground.read_again()?;
        self.key_file.write(&Secret::new(made.private_key.clone()))?;
        if let Some(secret) = &made.webhook_secret {
            self.ground.webhook_secret_file.write(&Secret::new(secret.clone()))?;
        }
        let section = self.section(Some(made.app_id), made.webhook_secret.is_some());
        self.write(section, &self.ground.repositories.clone())?;
        self.kept_file.remove()
    }

    /// Writes what the settings lack.
    fn write(&mut self, section: Vec<(&'static str, Value)>, repositories: &[Repository]) -> anyhow::Result<()> {
        let lacking = self.ground.lacking(section, repositories);
        if !lacking.is_empty() {
            self.ground.file.replace(&self.ground.file.with(&lacking))?;
            self.ground.read_again()?;
        }
        Ok(())
    }

    fn unreachable(&self) -> anyhow::Result<()> {
        if self.ground.is_reachable() {
            return Ok(());
        }
        output::line(&format!(
            "To look at: GitHub cannot reach {}, so Heard asks GitHub every few minutes instead. Nothing is lost but time.",
            self.ground.public_url.as_str()
        ))
    }

    /// Waits for the installation, and holds everything against what is needed. `new_secret` is what a new App signs with.
    async fn look_after(
        mut self,
        access: TrackerAccess,
        new_secret: Option<Secret>,
        agreed: bool,
    ) -> anyhow::Result<ExitCode> {
        let number = match &access {
            TrackerAccess::App { id, .. } => *id,
            TrackerAccess::Token(_) => bail!("a token is no App"),
        };
        let admin = self.ground.sign_in(access)?;
        let app = admin.app().await.advised("Reading the App")?;
        output::line(&format!("GitHub knows us as the App {} ({}).", app.name, app.page))?;
        if !agreed {
            self.unreachable()?;
        }
        // A secret is new where the settings name none. Then the webhook is told.
        let (secret, is_new) = self.ground.webhook_secret()?;
        let step = self.webhook(&admin, is_new || new_secret.is_some_and(|new| new != secret)).await?;
        let (signs, mends) = (step != AppWebhookStep::ByHand, step == AppWebhookStep::Mend);
        let installations = self.installed(&admin, &app).await?;
        let mut report = self.reach(&admin, &app, &installations).await?;
        if self.ground.is_reachable() {
            match step {
                AppWebhookStep::Stays => report.there.push(format!("the App's webhook goes to {}", self.ground.endpoint())),
                AppWebhookStep::ByHand => report.wrong.push(format!(
                    "the App has no webhook: switch it on at {}, with the address {} and a long secret, and name that in the settings \
                     as github.webhook_secret",
                    app.settings(&self.ground.site, ""),
                    self.ground.endpoint()
                )),
                AppWebhookStep::Mend => {}
            }
            report.wrong.extend(app.is_not_told(&self.ground.site));
        }
        let section = self.section(Some(number), signs);
        let lacking = self.ground.lacking(section.clone(), &report.repositories);
        report.say()?;
        if mends {
            output::line(&format!(
                "To do: let the App's webhook send JSON to {}, signed with our secret",
                self.ground.endpoint()
            ))?;
        }
        if !lacking.is_empty() {
            let settings = self.ground.file.path.display();
            output::line(&format!("To do: write into {settings}:\n    {}", lacking.lines().join("\n    ")))?;
        }
        if self.ground.options.dry_run {
            return dry();
        }
        if mends || !lacking.is_empty() {
            if !agreed && let Some(code) = asked(self.ground.options.yes)? {
                return Ok(code);
            }
            if mends {
                if is_new {
                    self.ground.webhook_secret_file.write(&secret)?;
                }
                let endpoint = self.ground.endpoint();
                admin.change_webhook(&endpoint, &secret).await.advised("Changing the App's webhook")?;
            }
            self.write(section, &report.repositories)?;
            output::line("Done.")?;
        } else if !agreed {
            output::line("Everything is there already. Nothing was changed.")?;
        }
        self.ground.end(Some(&secret).filter(|_| signs)).await?;
        left_to_a_person(report.wrong.len())
    }

    /// What becomes of the App's webhook. Where GitHub cannot reach Heard, nothing.
    async fn webhook(&self, admin: &GithubAdmin, differs: bool) -> anyhow::Result<AppWebhookStep> {
        if !self.ground.is_reachable() {
            return Ok(AppWebhookStep::ByHand);
        }
        let found = admin.webhook().await.advised("Reading the App's webhook")?;
        Ok(match app_webhook_step(found.as_ref(), &self.ground.endpoint()) {
            AppWebhookStep::Stays if differs => AppWebhookStep::Mend,
            step => step,
        })
    }

    /// Where the App is installed. Waits until it is somewhere.
    async fn installed(&self, admin: &GithubAdmin, app: &RegisteredApp) -> anyhow::Result<Vec<AppInstallation>> {
        let found = admin.installations().await.advised("Reading where the App is installed")?;
        if !found.is_empty() || self.ground.options.dry_run {
            return Ok(found);
        }
        output::line(&format!("To do by you: install the App, at {}", app.installing()))?;
        output::line("This waits for it. Ctrl C is fine: the next run goes on here.")?;
        let begun = Instant::now();
        while begun.elapsed() < INSTALLED_WITHIN {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            match admin.installations().await {
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

    /// Which repositories the App reaches, and what it may not do there.
    async fn reach(
        &self,
        admin: &GithubAdmin,
        app: &RegisteredApp,
        installations: &[AppInstallation],
    ) -> anyhow::Result<AppReport> {
        let mut report = AppReport { repositories: self.ground.repositories.clone(), ..AppReport::default() };
        if installations.is_empty() {
            report.wrong.push(format!("the App is installed nowhere: install it at {}", app.installing()));
            return Ok(report);
        }
        if report.repositories.is_empty() {
            self.choose(admin, installations, &mut report).await?;
        }
        let mut looked_at: Vec<AppInstallation> = Vec::new();
        for repository in &report.repositories {
            match admin.installation_in(repository).await.advised("Looking for the App's installation")? {
                Some(installation) => {
                    report.there.push(format!("the App reaches {repository}"));
                    if !looked_at.iter().any(|one| one.id == installation.id) {
                        looked_at.push(installation);
                    }
                }
                None => {
                    let owner = installations.iter().find(|one| one.account.eq_ignore_ascii_case(repository.owner()));
                    report.wrong.push(match owner {
                        Some(one) => format!("the App does not reach {repository}: add it to its repositories at {}", one.page),
                        None => format!(
                            "the App does not reach {repository}: it is not installed with {}. Install it at {}; an App is installed \
                             with its owner only",
                            repository.owner(),
                            app.installing()
                        ),
                    });
                }
            }
        }
        let of_all = if looked_at.is_empty() { installations } else { looked_at.as_slice() };
        report.wrong.extend(of_all.iter().flat_map(|one| app.lacks(&self.ground.site, one)));
        Ok(report)
    }

    /// The repository, where nobody named one and the App reaches one.
    async fn choose(
        &self,
        admin: &GithubAdmin,
        installations: &[AppInstallation],
        report: &mut AppReport,
    ) -> anyhow::Result<()> {
        let mut all = Vec::new();
        for one in installations.iter().filter(|one| !one.is_suspended) {
            all.extend(admin.reached(one.id).await.advised("Reading which repositories the App reaches")?);
        }
        match all.as_slice() {
            [only] => report.repositories.push(only.clone()),
            [] => {
                let pages: Vec<_> = installations.iter().map(|one| one.page.as_str()).collect();
                report.wrong.push(format!("the App reaches no repository: choose some at {}", pages.join(", ")));
            }
            several => {
                let names: Vec<_> = several.iter().take(NAMED).map(Repository::as_str).collect();
                report.wrong.push(format!(
                    "the App reaches {} repositories: say with --repository where issues are filed ({})",
                    several.len(),
                    names.join(", ")
                ));
            }
        }
        Ok(())
    }

    /// Takes the App out of every account where it is installed.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn remove(self) -> anyhow::Result<ExitCode> {
        let settings = self.ground.file.path.display();
        let Some(access) = self.known()? else {
            output::line(&format!("{settings} names no App: there is nothing to take away."))?;
            return Ok(ExitCode::SUCCESS);
        };
        let admin = self.ground.sign_in(access)?;
        let app = admin.app().await.advised("Reading the App")?;
        let installations = admin.installations().await.advised("Reading where the App is installed")?;
        for one in &installations {
            output::line(&format!("To do: take the App {} out of {}", app.name, one.account))?;
        }
        if installations.is_empty() {
            output::line(&format!("The App {} is installed nowhere.", app.name))?;
        } else if self.ground.options.dry_run {
            return dry();
        } else {
            if let Some(code) = asked(self.ground.options.yes)? {
                return Ok(code);
            }
            for one in &installations {
                admin.remove_installation(one.id).await.advised("Removing an installation")?;
            }
            output::line("Done.")?;
        }
        output::line(&format!(
            "Only a person can delete the App itself: at {}",
            app.settings(&self.ground.site, "/advanced")
        ))?;
        output::line(&format!(
            "{settings} was left alone: take the section [github] and the [[repositories]] out of it, and delete {} and {}.",
            self.key_file.path(),
            self.ground.webhook_secret_file.path()
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
