//! With an App of one's own: registered once, kept, installed, and held against what Heard needs at every look.

use anyhow::{Context as _, bail};
use toml::Value;

use super::{
    ground::{Advised as _, GithubGround, NAMED, app_number, but},
    registering::{self, AppOwner, KeptApp, kept},
};
use crate::{
    base::secret::Secret,
    flow::connect::{
        copied::{CopiedSecret, CopiedSettings},
        kept_files::{SecretFile, must_be_writable},
        settings_file::LackingSettings,
        shown::ShownWork,
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

/// The way by an App.
pub struct ByApp {
    /// What is known.
    pub ground: GithubGround,
    /// Where its private key is kept.
    pub key_file: SecretFile,
    /// What was registered and is not in the settings yet.
    pub kept_file: SecretFile,
}

/// An App that GitHub knows.
pub struct KnownApp {
    /// What GitHub says of it.
    pub app: RegisteredApp,
    number: u64,
    admin: GithubAdmin,
    secret: Secret,
    is_new: bool,
    step: AppWebhookStep,
}

impl KnownApp {
    /// Where it is installed.
    ///
    /// # Errors
    /// GitHub does not say.
    pub async fn installations(&self) -> Result<Vec<AppInstallation>, TrackerError> {
        self.admin.installations().await
    }

    /// Takes it out of an account.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn leave(&self, installation: u64) -> anyhow::Result<()> {
        self.admin.remove_installation(installation).await.advised("Removing an installation")
    }

    /// Whether its webhooks come, signed.
    pub fn signs(&self) -> bool {
        self.step != AppWebhookStep::ByHand
    }

    /// What its webhooks are signed with.
    pub fn secret(&self) -> Option<&Secret> {
        Some(&self.secret).filter(|_| self.signs())
    }

    fn is_mended(&self) -> bool {
        self.step == AppWebhookStep::Mend
    }
}

/// What was found of an App, and what follows from it.
pub struct SeenByApp {
    repositories: Vec<Repository>,
    lacking: LackingSettings,
    /// How many things only a person can do.
    pub left: usize,
    /// All of it in sentences.
    pub shown: ShownWork,
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

impl ByApp {
    /// With what is known before GitHub is asked.
    pub fn new(ground: GithubGround) -> Self {
        let key_file = SecretFile::new(&ground.file.path, "github-app.pem");
        let kept_file = SecretFile::new(&ground.file.path, "github-app-new.json");
        Self { ground, key_file, kept_file }
    }

    /// The App of the settings.
    ///
    /// # Errors
    /// They name one, and not its key.
    pub fn of_settings(&self) -> anyhow::Result<Option<TrackerAccess>> {
        let Some(number) = self.ground.setting("app_id") else { return Ok(None) };
        let key = self.ground.secret("private_key")?.or_else(|| self.key_file.read());
        let private_key = key.with_context(|| {
            format!("{} names an App and no private_key: make one on the App's page", self.ground.file.path.display())
        })?;
        Ok(Some(TrackerAccess::App { id: app_number(&number)?, private_key }))
    }

    /// The App that was registered and is not in the settings yet.
    pub fn before(&self) -> Option<KeptApp> {
        kept(&self.kept_file)
    }

    /// What registering will do, or what is left of it where an App was registered `before`.
    pub fn registration(&self, before: Option<&KeptApp>, owner: &AppOwner) -> ShownWork {
        let settings = self.ground.file.path.display();
        let mut shown = ShownWork::default();
        match before {
            Some(made) => shown.there.push(format!("an App that {settings} does not name yet, {}", made.page)),
            None => {
                let organization = owner.organization.as_deref();
                let wanted = registering::wanted(&self.ground, organization);
                let whose = organization.unwrap_or("your own account");
                let rights: Vec<_> = PERMISSIONS.iter().map(|one| format!("{}: {}", one.name, one.level)).collect();
                shown.to_do.push(format!(
                    "register the App {:?} at {} for {whose}, by one click in a browser. It is allowed {}",
                    wanted.name(),
                    self.ground.site.web().as_str(),
                    rights.join(", ")
                ));
            }
        }
        shown.look_at.extend(owner.doubt.clone());
        shown.look_at.extend(self.unreachable());
        let webhook_secret =
            self.ground.is_reachable().then_some(("the webhook's secret", &self.ground.webhook_secret_file));
        let files = [("the App's private key", &self.key_file)].into_iter().chain(webhook_secret);
        shown.to_do.extend(
            files.map(|(whose, file)| {
                format!("keep {whose} in {}, beside {settings}, for its owner alone", file.path())
            }),
        );
        let section = self.section(before.map(|made| made.app_id), self.ground.is_reachable());
        let lacking = self.ground.lacking(section, &self.ground.repositories);
        shown.to_do.extend(self.ground.admin_token(&lacking));
        shown.written = self.ground.written(&lacking);
        shown
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
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn keep(&mut self, made: &KeptApp) -> anyhow::Result<()> {
        self.ground.read_again()?;
        self.key_file.write(&Secret::new(made.private_key.clone()))?;
        if let Some(secret) = &made.webhook_secret {
            self.ground.webhook_secret_file.write(&Secret::new(secret.clone()))?;
        }
        let section = self.section(Some(made.app_id), made.webhook_secret.is_some());
        let lacking = self.ground.lacking(section, &self.ground.repositories);
        self.write(&lacking)?;
        self.kept_file.remove()
    }

    /// What a person keeps of a new App where [`keep`](Self::keep) cannot.
    pub fn copied_new(&self, made: &KeptApp, why: String) -> CopiedSettings {
        let section = self.section(Some(made.app_id), made.webhook_secret.is_some());
        let lacking = self.ground.lacking(section, &self.ground.repositories);
        let (what, key) = ("the App\u{2019}s private key", ("github", "private_key"));
        let private_key = Secret::new(made.private_key.clone());
        let mut secrets: Vec<_> =
            CopiedSecret::of(&self.key_file, key, what, &private_key, false).into_iter().collect();
        if let Some(secret) = made.webhook_secret.clone().map(Secret::new) {
            let (what, key) = ("what GitHub signs its webhooks with", ("github", "webhook_secret"));
            secrets.extend(CopiedSecret::of(&self.ground.webhook_secret_file, key, what, &secret, false));
        }
        CopiedSettings { why, written: self.ground.written(&lacking), secrets }
    }

    /// Writes what the settings lack.
    fn write(&mut self, lacking: &LackingSettings) -> anyhow::Result<()> {
        if !lacking.is_empty() {
            self.ground.write(lacking)?;
            self.ground.read_again()?;
        }
        Ok(())
    }

    /// That webhooks do not come, where that is so.
    pub fn unreachable(&self) -> Option<String> {
        (!self.ground.is_reachable()).then(|| {
            format!(
                "GitHub cannot reach {}, so Heard asks GitHub every few minutes instead. Nothing is lost but time",
                self.ground.public_url.as_str()
            )
        })
    }

    /// What GitHub says of the App. `new_secret` is what a new one signs with.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn know(&self, access: TrackerAccess, new_secret: Option<Secret>) -> anyhow::Result<KnownApp> {
        let number = match &access {
            TrackerAccess::App { id, .. } => *id,
            TrackerAccess::Token(_) => bail!("a token is no App"),
        };
        let admin = self.ground.sign_in(access)?;
        let app = admin.app().await.advised("Reading the App")?;
        // A secret is new where the settings name none. Then the webhook is told.
        let (secret, is_new) = self.ground.webhook_secret()?;
        let step = self.webhook(&admin, is_new || new_secret.is_some_and(|new| new != secret)).await?;
        Ok(KnownApp { app, number, admin, secret, is_new, step })
    }

    /// Holds everything against what is needed, and says what is to be done. Nothing is changed.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn look(&self, known: &KnownApp, installations: &[AppInstallation]) -> anyhow::Result<SeenByApp> {
        let app = &known.app;
        let mut report = self.reach(&known.admin, app, installations).await?;
        if self.ground.is_reachable() {
            match known.step {
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
        let lacking = self.ground.lacking(self.section(Some(known.number), known.signs()), &report.repositories);
        let mended = known
            .is_mended()
            .then(|| format!("let the App's webhook send JSON to {}, signed with our secret", self.ground.endpoint()));
        let shown = ShownWork {
            known: vec![format!("GitHub knows us as the App {} ({}).", app.name, app.page)],
            there: report.there,
            look_at: report.wrong.clone(),
            to_do: mended.into_iter().chain(self.ground.admin_token(&lacking)).collect(),
            written: self.ground.written(&lacking),
        };
        Ok(SeenByApp { repositories: report.repositories, lacking, left: report.wrong.len(), shown })
    }

    /// Refuses to go on where something is to be kept, and cannot be. A new App has a key.
    ///
    /// # Errors
    /// It cannot be written, or the admin token that is kept can be guessed.
    pub fn must_be_kept(&self, of: Option<(&KnownApp, &SeenByApp)>) -> anyhow::Result<()> {
        let of_a_new_app = || self.ground.lacking(self.section(None, true), &self.ground.repositories);
        let lacking = of.map_or_else(of_a_new_app, |(_, seen)| seen.lacking.clone());
        self.ground.must_have_a_long_admin_token(&lacking)?;
        let keeps = of.is_none_or(|(known, seen)| (known.is_mended() && known.is_new) || !seen.lacking.is_empty());
        if keeps { must_be_writable(&self.ground.file.path) } else { Ok(()) }
    }

    /// Keeps the secret that the webhook is going to sign with, where there is a new one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_secret(&self, known: &KnownApp) -> anyhow::Result<()> {
        if known.is_mended() && known.is_new { self.ground.webhook_secret_file.write(&known.secret) } else { Ok(()) }
    }

    /// Mends the App's webhook, where that is to be done.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn mend(&self, known: &KnownApp) -> anyhow::Result<()> {
        if !known.is_mended() {
            return Ok(());
        }
        let endpoint = self.ground.endpoint();
        known.admin.change_webhook(&endpoint, &known.secret).await.advised("Changing the App's webhook")
    }

    /// Writes what the settings lack.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write_seen(&mut self, seen: &SeenByApp) -> anyhow::Result<()> {
        self.write(&seen.lacking)
    }

    /// What a person keeps of it where nothing can be written.
    pub fn copied(&self, known: &KnownApp, seen: &SeenByApp, why: String) -> CopiedSettings {
        let mut secrets = Vec::new();
        if known.is_mended() && known.is_new {
            let (what, key) = ("what GitHub signs its webhooks with", ("github", "webhook_secret"));
            secrets.extend(CopiedSecret::of(&self.ground.webhook_secret_file, key, what, &known.secret, false));
        }
        let section = self.section(Some(known.number), known.signs());
        let lacking = self.ground.lacking(section, &seen.repositories);
        CopiedSettings { why, written: self.ground.written(&lacking), secrets }
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
                    let sentence = unreached(repository, app, installations);
                    if !self.ground.has(repository) {
                        // Once it were written, it would be in the way of the right one.
                        let seen = self.all_reached(admin, installations).await.unwrap_or_default();
                        bail!("{sentence}{}. Nothing was written: check the name too", but("it reaches", &seen));
                    }
                    report.wrong.push(sentence);
                }
            }
        }
        let of_all = if looked_at.is_empty() { installations } else { looked_at.as_slice() };
        report.wrong.extend(of_all.iter().flat_map(|one| app.lacks(&self.ground.site, one)));
        Ok(report)
    }

    /// Every repository that the App reaches.
    async fn all_reached(
        &self,
        admin: &GithubAdmin,
        installations: &[AppInstallation],
    ) -> anyhow::Result<Vec<Repository>> {
        let mut all = Vec::new();
        for one in installations.iter().filter(|one| !one.is_suspended) {
            all.extend(admin.reached(one.id).await.advised("Reading which repositories the App reaches")?);
        }
        Ok(all)
    }

    /// The repository, where nobody named one and the App reaches one.
    async fn choose(
        &self,
        admin: &GithubAdmin,
        installations: &[AppInstallation],
        report: &mut AppReport,
    ) -> anyhow::Result<()> {
        match self.all_reached(admin, installations).await?.as_slice() {
            [only] => report.repositories.push(only.clone()),
            [] => {
                let pages: Vec<_> = installations.iter().map(|one| one.page.as_str()).collect();
                report.wrong.push(format!("the App reaches no repository: choose some at {}", pages.join(", ")));
            }
            several => {
                let names: Vec<_> = several.iter().take(NAMED).map(Repository::as_str).collect();
                report.wrong.push(format!(
                    "the App reaches {} repositories: name the one where issues are filed ({})",
                    several.len(),
                    names.join(", ")
                ));
            }
        }
        Ok(())
    }
}

/// Why the App does not reach a repository, and what to do.
fn unreached(repository: &Repository, app: &RegisteredApp, installations: &[AppInstallation]) -> String {
    match installations.iter().find(|one| one.account.eq_ignore_ascii_case(repository.owner())) {
        Some(one) => format!("the App does not reach {repository}: add it to its repositories at {}", one.page),
        None => format!(
            "the App does not reach {repository}: it is not installed with {}. Install it at {}; an App is installed with its owner only",
            repository.owner(),
            app.installing()
        ),
    }
}
