//! With a token: a webhook in each repository, or none where the token may not make it. Then Heard asks from time to time.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use toml::Value;

use super::ground::{Advised as _, GithubGround, left_to_a_person, why};
use crate::{
    base::secret::Secret,
    cli::{
        connect::{
            asking::{asked, dry},
            kept_files::SecretFile,
            settings_file::LackingSettings,
        },
        output,
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
    ground: GithubGround,
    token: Secret,
    token_file: SecretFile,
    admin: GithubAdmin,
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

    /// Makes or mends a webhook in each repository.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn connect(self) -> anyhow::Result<ExitCode> {
        let us = self.admin.login().await.advised("Signing in")?;
        output::line(&format!("Signed in at {} as {us}.", self.ground.site.web().as_str()))?;
        let (secret, is_new) = self.ground.webhook_secret()?;
        let report = self.look(is_new).await?;
        let lacking = self.lacking(report.signs);
        let keeps_token = self.ground.keeps(&lacking, "token", &self.token_file)
            && self.token_file.read().as_ref() != Some(&self.token);
        let keeps_secret = report.signs && is_new;
        let secrets = [
            (keeps_token, "the token", &self.token_file),
            (keeps_secret, "the webhook's secret", &self.ground.webhook_secret_file),
        ];
        let secrets: Vec<(&str, &SecretFile)> =
            secrets.into_iter().filter_map(|(keeps, whose, file)| keeps.then_some((whose, file))).collect();
        let anything = self.show(&report, &lacking, &secrets)?;
        if self.ground.options.dry_run {
            return dry();
        }
        let mut signs = report.signs;
        if anything {
            if let Some(code) = asked(self.ground.options.yes)? {
                return Ok(code);
            }
            // The secret comes first: a webhook that signs with one that nobody kept would have to be mended.
            if keeps_token {
                self.token_file.write(&self.token)?;
            }
            if keeps_secret {
                self.ground.webhook_secret_file.write(&secret)?;
            }
            let refused = self.change(&report, &secret).await?;
            signs = report.steps.len() + report.there.len() > refused.len();
            for repository in &refused {
                output::line(&format!("{}.", asks(repository)))?;
            }
            let lacking = self.lacking(signs);
            if !lacking.is_empty() {
                self.ground.file.replace(&self.ground.file.with(&lacking))?;
            }
            output::line("Done.")?;
        } else {
            output::line("Everything is there already. Nothing was changed.")?;
        }
        self.ground.end(Some(&secret).filter(|_| signs)).await?;
        left_to_a_person(report.wrong.len())
    }

    /// What is there in each repository. Nothing is changed.
    async fn look(&self, is_new: bool) -> anyhow::Result<TokenReport> {
        let mut report = TokenReport::default();
        let endpoint = self.ground.endpoint();
        for repository in &self.ground.repositories {
            match self.admin.repository(repository).await {
                Ok(facts) if facts.may_write_issues == Some(false) => {
                    report.wrong.push(format!("the token may not write issues in {repository}: give it that right"));
                }
                Ok(_) => {}
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

    fn lacking(&self, signs: bool) -> LackingSettings {
        let mut section = vec![("token", Value::from(self.token_file.reference()))];
        if signs {
            section.push(("webhook_secret", Value::from(self.ground.webhook_secret_file.reference())));
        }
        self.ground.lacking(section, &self.ground.repositories)
    }

    /// Shows what was found and what will be done. The result says whether there is anything to do.
    fn show(
        &self,
        report: &TokenReport,
        lacking: &LackingSettings,
        secrets: &[(&str, &SecretFile)],
    ) -> anyhow::Result<bool> {
        let (endpoint, settings) = (self.ground.endpoint(), self.ground.file.path.display());
        for there in &report.there {
            output::line(&format!("There already: {there}."))?;
        }
        for sentence in report.asks.iter().chain(&report.wrong) {
            output::line(&format!("To look at: {sentence}."))?;
        }
        let mut sentences: Vec<String> = Vec::new();
        for (repository, step) in &report.steps {
            sentences.push(match step {
                WebhookStep::Mend { sentence, .. } => format!("mend the webhook of {repository}: {sentence}"),
                WebhookStep::Make | WebhookStep::Stays => {
                    format!(
                        "make a webhook in {repository}, which tells {} kinds of events to {endpoint}",
                        EVENTS.len()
                    )
                }
            });
        }
        for (whose, file) in secrets {
            sentences.push(format!("keep {whose} in {}, beside {settings}, for its owner alone", file.path()));
        }
        if !lacking.is_empty() {
            sentences.push(format!("write into {settings}:\n    {}", lacking.lines().join("\n    ")));
        }
        for sentence in &sentences {
            output::line(&format!("To do: {sentence}"))?;
        }
        Ok(!sentences.is_empty())
    }

    /// Does what is to be done at GitHub. The result is the repositories where we may not.
    async fn change(&self, report: &TokenReport, secret: &Secret) -> anyhow::Result<Vec<Repository>> {
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

    /// Deletes the webhooks that go to Heard.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn remove(self) -> anyhow::Result<ExitCode> {
        let endpoint = self.ground.endpoint();
        let mut gone: Vec<(&Repository, u64)> = Vec::new();
        for repository in &self.ground.repositories {
            let found = self.admin.webhooks_of(repository).await.advised("Reading the webhooks")?;
            match found {
                Some(found) => gone.extend(webhooks_to(&found, &endpoint).map(|id| (repository, id))),
                None => output::line(&format!("To look at: the token may not see the webhooks of {repository}."))?,
            }
        }
        for (repository, _) in &gone {
            output::line(&format!("To do: delete the webhook of {repository} to {endpoint}"))?;
        }
        if gone.is_empty() {
            output::line(&format!("No webhook goes to {endpoint}."))?;
        } else if self.ground.options.dry_run {
            return dry();
        } else {
            if let Some(code) = asked(self.ground.options.yes)? {
                return Ok(code);
            }
            for (repository, id) in gone {
                self.admin.delete_webhook_of(repository, id).await.advised("Deleting the webhook")?;
            }
            output::line("Done.")?;
        }
        output::line(&format!(
            "{} was left alone: take the section [github] and the [[repositories]] out of it, and delete {} and {}.",
            self.ground.file.path.display(),
            self.token_file.path(),
            self.ground.webhook_secret_file.path()
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Where we may make no webhook.
fn asks(repository: &Repository) -> String {
    format!(
        "the token may make no webhook in {repository}, so Heard asks for changes there every few minutes, and nothing is lost but time. \
         Who administers the repository may, with a token that has Webhooks: write"
    )
}
