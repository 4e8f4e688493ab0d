//! With a token: a webhook in each repository, or none where the token may not make it. Then Heard asks from time to time.

use anyhow::{Context as _, anyhow, bail};
use toml::Value;

use super::ground::{Advised as _, GithubGround, NAMED, but, why};
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
        connect::{WebhookStep, webhook_body, webhook_step, webhooks_to},
        needs::EVENTS,
    },
};

/// The way by a token.
pub struct ByToken {
    /// What is known.
    pub ground: GithubGround,
    token: Secret,
    /// Where the token is kept.
    pub token_file: SecretFile,
    admin: GithubAdmin,
}

/// What was found with a token, and what follows from it.
pub struct SeenByToken {
    report: TokenReport,
    /// What the webhooks sign with.
    pub secret: Secret,
    lacking: LackingSettings,
    writes_token: bool,
    writes_secret: bool,
    /// All of it in sentences.
    pub shown: ShownWork,
}

impl SeenByToken {
    /// Whether any repository has a webhook, or will have one.
    pub fn signs(&self) -> bool {
        self.report.signs
    }

    /// How many things only a person can do.
    pub fn left(&self) -> usize {
        self.report.wrong.len()
    }
}

/// What was found of the repositories.
#[derive(Default)]
struct TokenReport {
    there: Vec<String>,
    /// Where Heard only asks, and why.
    asks: Vec<String>,
    wrong: Vec<String>,
    steps: Vec<(Repository, WebhookStep)>,
    /// Whether any repository has a webhook, or will have one.
    signs: bool,
}

impl ByToken {
    /// With what is known before GitHub is asked.
    ///
    /// # Errors
    /// There is no token, or no repository.
    pub fn new(ground: GithubGround) -> anyhow::Result<Self> {
        let token = ground.secret("token")?.context("HEARD_GITHUB_TOKEN is empty")?;
        if ground.repositories.is_empty() {
            bail!("--repository is missing: where issues are filed, such as acme/product");
        }
        let token_file = SecretFile::new(&ground.file.path, "github-token");
        let admin = ground.sign_in(TrackerAccess::Token(token.clone()))?;
        Ok(Self { ground, token, token_file, admin })
    }

    /// Looks at what is there, and says what is to be done. Nothing is changed.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn look(&self) -> anyhow::Result<SeenByToken> {
        let us = self.admin.login().await.advised("Signing in")?;
        let (secret, is_new) = self.ground.webhook_secret()?;
        let report = self.report(is_new).await?;
        let lacking = self.lacking(report.signs);
        let writes_token = self.ground.keeps(&lacking, "token", &self.token_file)
            && self.token_file.read().as_ref() != Some(&self.token);
        let writes_secret = report.signs && is_new;
        let mut seen =
            SeenByToken { report, secret, lacking, writes_token, writes_secret, shown: ShownWork::default() };
        seen.shown = self.show(&seen, &us);
        Ok(seen)
    }

    /// Refuses to go on where something is to be kept, and cannot be.
    ///
    /// # Errors
    /// It cannot be written, or the admin token that is kept can be guessed.
    pub fn must_be_kept(&self, seen: &SeenByToken) -> anyhow::Result<()> {
        self.ground.must_have_a_long_admin_token(&seen.lacking)?;
        let keeps = seen.writes_token || seen.writes_secret || !seen.lacking.is_empty();
        if keeps { must_be_writable(&self.ground.file.path) } else { Ok(()) }
    }

    /// Keeps the secrets. They come first: a webhook that signs with one that nobody kept would have to be mended.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn keep_secrets(&self, seen: &SeenByToken) -> anyhow::Result<()> {
        if seen.writes_token {
            self.token_file.write(&self.token)?;
        }
        if seen.writes_secret {
            self.ground.webhook_secret_file.write(&seen.secret)?;
        }
        Ok(())
    }

    /// Makes or mends the webhooks. The result says whether any signs, and where there is none, why.
    ///
    /// # Errors
    /// What failed, and what to do. What was done until then is found by the next look.
    pub async fn change(&self, seen: &SeenByToken) -> anyhow::Result<(bool, Vec<String>)> {
        let refused = self.carry_out(&seen.report, &seen.secret).await?;
        let signs = seen.report.steps.len() + seen.report.there.len() > refused.len();
        Ok((signs, refused.iter().map(|repository| format!("{}.", asks(repository))).collect()))
    }

    /// Writes what the settings lack.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self, signs: bool) -> anyhow::Result<()> {
        self.ground.write(&self.lacking(signs))
    }

    /// What a person keeps where nothing can be written.
    pub fn copied(&self, seen: &SeenByToken, signs: bool, why: String) -> CopiedSettings {
        let mut secrets = Vec::new();
        if seen.writes_token {
            let (what, key) = ("the token that you typed", ("github", "token"));
            secrets.extend(CopiedSecret::of(&self.token_file, key, what, &self.token, true));
        }
        if seen.writes_secret && signs {
            let (what, key) = ("what GitHub signs its webhooks with", ("github", "webhook_secret"));
            secrets.extend(CopiedSecret::of(&self.ground.webhook_secret_file, key, what, &seen.secret, false));
        }
        CopiedSettings { why, written: self.ground.written(&self.lacking(signs)), secrets }
    }

    /// What is there in each repository.
    async fn report(&self, is_new: bool) -> anyhow::Result<TokenReport> {
        let mut report = TokenReport::default();
        let endpoint = self.ground.endpoint();
        for repository in &self.ground.repositories {
            match self.admin.repository(repository).await {
                Ok(facts) if facts.may_write_issues == Some(false) => {
                    report.wrong.push(format!("the token may not write issues in {repository}: give it that right"));
                }
                Ok(_) => {}
                Err(TrackerError::NotFound(_)) if !self.ground.has(repository) => {
                    return Err(self.unseen(repository).await);
                }
                Err(TrackerError::NotFound(_)) => {
                    report.wrong.push(format!("{repository} does not exist, or the token may not see it"));
                    continue;
                }
                Err(error) => return Err(why("Reading a repository", &error)),
            }
            if !self.ground.is_reachable() {
                report.asks.push(format!(
                    "GitHub cannot reach {}, so Heard asks for changes in {repository} every few minutes. Nothing is lost but time",
                    self.ground.public_url.as_str()
                ));
                continue;
            }
            let Some(found) = self.admin.webhooks_of(repository).await.advised("Reading the webhooks")? else {
                report.asks.push(asks(repository));
                continue;
            };
            match webhook_step(&found, &endpoint, is_new) {
                WebhookStep::Stays => report.there.push(format!("a webhook of {repository} goes to {endpoint}")),
                step => report.steps.push((repository.clone(), step)),
            }
        }
        report.signs = !report.steps.is_empty() || !report.there.is_empty();
        Ok(report)
    }

    /// That a repository that the settings do not have yet is not there. Once it were written, it would be in the way of the right one.
    async fn unseen(&self, repository: &Repository) -> anyhow::Error {
        // A list that does not come is no help, and no other mistake.
        let seen = self.admin.seen(NAMED + 1).await.unwrap_or_default();
        anyhow!(
            "{repository} does not exist, or the token may not see it{}. Nothing was written: check the name, and whether the token is for \
             this repository",
            but("it sees", &seen)
        )
    }

    fn lacking(&self, signs: bool) -> LackingSettings {
        let mut section = vec![("token", Value::from(self.token_file.reference()))];
        if signs {
            section.push(("webhook_secret", Value::from(self.ground.webhook_secret_file.reference())));
        }
        self.ground.lacking(section, &self.ground.repositories)
    }

    fn show(&self, seen: &SeenByToken, us: &str) -> ShownWork {
        let (endpoint, settings) = (self.ground.endpoint(), self.ground.file.path.display());
        let steps = seen.report.steps.iter().map(|(repository, step)| match step {
            WebhookStep::Mend { sentence, .. } => format!("mend the webhook of {repository}: {sentence}"),
            WebhookStep::Make | WebhookStep::Stays => {
                format!("make a webhook in {repository}, which tells {} kinds of events to {endpoint}", EVENTS.len())
            }
        });
        let secrets = [
            (seen.writes_token, "the token", &self.token_file),
            (seen.writes_secret, "the webhook's secret", &self.ground.webhook_secret_file),
        ];
        let kept = secrets.iter().filter(|(writes, ..)| *writes);
        let kept = kept
            .map(|(_, whose, file)| format!("keep {whose} in {}, beside {settings}, for its owner alone", file.path()));
        ShownWork {
            known: vec![format!("Signed in at {} as {us}.", self.ground.site.web().as_str())],
            there: seen.report.there.clone(),
            look_at: seen.report.asks.iter().chain(&seen.report.wrong).cloned().collect(),
            to_do: steps.chain(kept).chain(self.ground.admin_token(&seen.lacking)).collect(),
            written: self.ground.written(&seen.lacking),
        }
    }

    /// Does what is to be done at GitHub. The result is the repositories where we may not.
    async fn carry_out(&self, report: &TokenReport, secret: &Secret) -> anyhow::Result<Vec<Repository>> {
        let mut refused = Vec::new();
        for (repository, step) in &report.steps {
            let done = match step {
                WebhookStep::Make => self.make(repository, secret).await?,
                WebhookStep::Mend { id, events, .. } => self.mend(repository, *id, events, secret).await?,
                WebhookStep::Stays => true,
            };
            if !done {
                refused.push(repository.clone());
            }
        }
        Ok(refused)
    }

    /// Makes a webhook, or mends the one that GitHub says is there although it did not list it (readthedocs.org#2561).
    async fn make(&self, repository: &Repository, secret: &Secret) -> anyhow::Result<bool> {
        let endpoint = self.ground.endpoint();
        match self.admin.make_webhook_of(repository, &webhook_body(&endpoint, secret, None)).await {
            Ok(made) => Ok(made),
            Err(error @ TrackerError::Invalid(_)) => {
                let found =
                    self.admin.webhooks_of(repository).await.advised("Reading the webhooks")?.unwrap_or_default();
                match webhook_step(&found, &endpoint, true) {
                    WebhookStep::Mend { id, events, .. } => self.mend(repository, id, &events, secret).await,
                    WebhookStep::Make | WebhookStep::Stays => Err(why("Making the webhook", &error)),
                }
            }
            Err(error) => Err(why("Making the webhook", &error)),
        }
    }

    async fn mend(&self, repository: &Repository, id: u64, events: &[String], secret: &Secret) -> anyhow::Result<bool> {
        let body = webhook_body(&self.ground.endpoint(), secret, Some(events));
        match self.admin.change_webhook_of(repository, id, &body).await {
            Ok(()) => Ok(true),
            Err(TrackerError::NotFound(_) | TrackerError::Unauthorized(_)) => Ok(false),
            Err(error) => Err(why("Changing the webhook", &error)),
        }
    }

    /// The webhooks that go to Heard, and the repositories whose webhooks the token may not see.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn removals(&self) -> anyhow::Result<(Vec<(&Repository, u64)>, Vec<&Repository>)> {
        let endpoint = self.ground.endpoint();
        let (mut gone, mut unseen) = (Vec::new(), Vec::new());
        for repository in &self.ground.repositories {
            match self.admin.webhooks_of(repository).await.advised("Reading the webhooks")? {
                Some(found) => gone.extend(webhooks_to(&found, &endpoint).map(|id| (repository, id))),
                None => unseen.push(repository),
            }
        }
        Ok((gone, unseen))
    }

    /// Deletes a webhook.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn remove(&self, repository: &Repository, id: u64) -> anyhow::Result<()> {
        self.admin.delete_webhook_of(repository, id).await.advised("Deleting the webhook")
    }
}

/// Where we may make no webhook.
fn asks(repository: &Repository) -> String {
    format!(
        "the token may make no webhook in {repository}, so Heard asks for changes there every few minutes, and nothing is lost but time. \
         Who administers the repository may, with a token that has Webhooks: write"
    )
}
