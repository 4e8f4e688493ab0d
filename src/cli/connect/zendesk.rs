//! `heard connect zendesk`: makes in Zendesk what Heard needs there, and writes the connection into the settings.
//!
//! It goes on in the order webhook, trigger, macro, secrets, settings. A webhook's secret can be read again at any time.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use super::{
    account::ReachedAccount,
    asking::{asked, dry},
    given::{Given, parsed, same},
    kept_files::{SecretFile, folder_of},
    settings_file::{LackingSettings, WrittenSection, WrittenSettings},
    trying::{try_delivery, try_settings},
};
use crate::{
    base::{clock::Clock, http::Origin, random, secret::Secret},
    cli::output,
    helpdesk::{
        Identity,
        zendesk::{
            admin::{ZendeskAdmin, test_delivery},
            connect::{ConnectStep, ConnectionPlan, FoundInAccount, WantedConnection, plan, removals},
        },
    },
    settings::{Settings, Variables, connection::connection_name, environment, variable_name},
};

/// Connect Zendesk with an administrator's address and API token
///
/// The token is never given on the command line, where everybody on the machine can read it. It is read from the environment
/// (`HEARD_CONNECTIONS_ACME_TOKEN` for --name acme), else from the settings where the connection is there already. Secrets are kept
/// in files beside the settings that only their owner can read. Exits with 2 if nobody can be asked and --yes is not given.
#[derive(Debug, Args)]
pub struct ConnectZendesk {
    /// The connection's name: webhooks come to /hooks/NAME
    #[arg(long, value_parser = named)]
    name: String,
    #[arg(
        long,
        value_name = "URL",
        value_parser = Origin::parse,
        help = "The account's own address, such as https://acme.zendesk.com [default: what the settings say]"
    )]
    url: Option<Origin>,
    /// Where Zendesk reaches Heard [default: what the settings say]
    #[arg(long, value_name = "URL", value_parser = Origin::parse)]
    public_url: Option<Origin>,
    /// The administrator's e-mail address. Without it, the token is taken for an OAuth access token
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// The tag by which an agent escalates [default: escalate]
    #[arg(long, value_name = "TAG")]
    escalate_tag: Option<String>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Take away what Heard made in Zendesk. The settings stay
    #[arg(long)]
    remove: bool,
}

fn named(text: &str) -> Result<String, String> {
    connection_name(text)
        .ok_or_else(|| "expected lower-case letters, digits and hyphens, up to 40, and not github".to_owned())
}

impl ConnectZendesk {
    /// Connects, or shows how. The result is the exit code.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        let connecting = Connecting::of(self, config)?;
        if connecting.options.remove { connecting.remove().await } else { connecting.connect().await }
    }
}

/// Everything that is known before Zendesk is asked.
struct Connecting {
    options: ConnectZendesk,
    variables: Variables,
    section: WrittenSection,
    file: WrittenSettings,
    url: Origin,
    public_url: Origin,
    token: Secret,
    wanted: WantedConnection,
    lacking: LackingSettings,
    token_file: SecretFile,
    webhook_secret_file: SecretFile,
    account: ReachedAccount,
    admin: ZendeskAdmin,
}

/// What the settings say of the webhook's secret, held against Zendesk's.
enum SecretStanding {
    /// It is the same.
    Same,
    /// It is in our file, and is to be written there.
    ToWrite,
    /// It is somewhere else, and another one: what to do.
    Other(String),
    /// It is somewhere else, and cannot be read here.
    Unread(String),
}

impl Connecting {
    fn of(options: ConnectZendesk, config: Option<&Path>) -> anyhow::Result<Self> {
        let variables = environment();
        let (path, _) = Settings::file(config, &variables);
        let file = WrittenSettings::read(&path)?;
        let name = options.name.clone();
        let in_file = WrittenSection::connection(&name);
        let of_file = |key: &str| file.get(&in_file, key);
        let given = Given { file: &file, variables: &variables };
        let section = format!("connections.{name}");
        if let Some(other) = of_file("helpdesk").filter(|word| word != "zendesk") {
            bail!("{} has the connection {name} for another helpdesk, {other}: give another --name", path.display());
        }
        let written = parsed(of_file("url"))?.as_ref().map(same);
        let account = given.agreed("url", options.url.as_ref().map(same), written)?;
        let account = parsed(account)?
            .context("--url is missing: the account's own address, such as https://acme.zendesk.com")?;
        if account.is_readable_on_the_way() {
            bail!("{} would carry the administrator's token unencrypted: give it as https://", account.as_str());
        }
        let public_url = given.public_url(options.public_url.as_ref(), "Zendesk")?;
        let written = given.of_environment(&section, "user").or_else(|| of_file("user"));
        let user = given.agreed("user", options.user.clone(), written)?;
        // A tag with a space would become two tags.
        let one_word = |tag: String| tag.split_whitespace().collect::<Vec<_>>().join("_");
        let tag = given.agreed("escalate-tag", options.escalate_tag.clone().map(one_word), of_file("escalate_tag"))?;
        let tag = one_word(tag.unwrap_or_else(|| "escalate".to_owned()));

        let token_file = SecretFile::new(&path, &format!("{name}-token"));
        let webhook_secret_file = SecretFile::new(&path, &format!("{name}-webhook-secret"));
        let token = match given.of_environment(&section, "token").map(Secret::new) {
            Some(token) => Some(token),
            None => of_file("token")
                .map(|written| Settings::secret(&written, folder_of(&path), variables.clone()))
                .transpose()
                .map_err(|why| anyhow!("{}: {section}.token {why}", path.display()))?
                .or_else(|| token_file.read()),
        };
        let variable = variable_name(&section, "token");
        let token = token.with_context(|| {
            format!("the API token is missing: put it into {variable}, for example by `read -rs {variable}; export {variable}`")
        })?;

        let mut settings =
            vec![("name", name.clone()), ("helpdesk", "zendesk".to_owned()), ("url", account.as_str().to_owned())];
        settings.extend(user.clone().map(|user| ("user", user)));
        settings.push(("token", token_file.reference()));
        settings.push(("webhook_secret", webhook_secret_file.reference()));
        settings.push(("escalate_tag", tag.clone()));
        let settings = settings.into_iter().map(|(key, text)| (key, text.into())).collect();
        let lacking = file.lacking(Some(public_url.as_str().to_owned()), vec![(in_file.clone(), settings)]);
        let endpoint = format!("{}/hooks/{name}", public_url.as_str());
        Ok(Self {
            wanted: WantedConnection { name, endpoint, tag },
            account: ReachedAccount::new(account.clone())?,
            admin: ZendeskAdmin::new(user.as_deref(), &token),
            url: account,
            options,
            variables,
            section: in_file,
            file,
            public_url,
            token,
            lacking,
            token_file,
            webhook_secret_file,
        })
    }

    /// Who we are and what is there. Nothing is changed.
    async fn look(&self) -> anyhow::Result<(Identity, FoundInAccount)> {
        let us = self.account.send("Signing in", self.admin.identity()).await?;
        if let Some(lacks) = &us.lacks {
            bail!("{lacks}");
        }
        let found = FoundInAccount {
            webhooks: self.account.send("Reading the webhooks", self.admin.webhooks()).await?,
            triggers: self.account.send("Reading the triggers", self.admin.triggers()).await?,
            macros: self.account.send("Reading the macros", self.admin.macros()).await?,
        };
        Ok((us, found))
    }

    async fn connect(&self) -> anyhow::Result<ExitCode> {
        let (us, found) = self.look().await?;
        let plan = plan(&found, &self.wanted);
        let secret = match &plan.webhook {
            Some(id) => Some(self.account.send("Reading the webhook's secret", self.admin.signing_secret(id)).await?),
            None => None,
        };
        let standing = secret.as_ref().map(|secret| self.standing(secret));
        let writes_secret = match &standing {
            None => self.keeps("webhook_secret", &self.webhook_secret_file),
            Some(standing) => matches!(standing, SecretStanding::ToWrite),
        };
        let writes_token =
            self.keeps("token", &self.token_file) && self.token_file.read().as_ref() != Some(&self.token);
        let secrets: Vec<&SecretFile> = [(writes_token, &self.token_file), (writes_secret, &self.webhook_secret_file)]
            .into_iter()
            .filter_map(|(writes, file)| writes.then_some(file))
            .collect();

        output::line(&format!("Signed in at {} as {}.", self.url.as_str(), us.name))?;
        let anything = self.show(&plan, &secrets)?;
        if self.options.dry_run {
            return dry();
        }
        if anything {
            if let Some(code) = asked(self.options.yes)? {
                return Ok(code);
            }
            let webhook = self.change_account(&plan, &us).await?;
            let secret = match secret {
                Some(secret) => secret,
                None => self.account.send("Reading the webhook's secret", self.admin.signing_secret(&webhook)).await?,
            };
            if writes_token {
                self.token_file.write(&self.token)?;
            }
            if writes_secret {
                self.webhook_secret_file.write(&secret)?;
            }
            if !self.lacking.is_empty() {
                self.file.replace(&self.file.with(&self.lacking))?;
            }
            output::line("Done.")?;
            return self.end(&secret).await;
        }
        output::line("Everything is there already. Nothing was changed.")?;
        match secret {
            Some(secret) => self.end(&secret).await,
            None => Ok(ExitCode::SUCCESS),
        }
    }

    /// Whether a secret of the connection is kept in our file.
    fn keeps(&self, key: &str, file: &SecretFile) -> bool {
        self.lacking.has(&self.section, key) || self.file.get(&self.section, key) == Some(file.reference())
    }

    /// Holds what the settings say against Zendesk's secret.
    fn standing(&self, secret: &Secret) -> SecretStanding {
        let section = format!("connections.{}", self.wanted.name);
        let variable = variable_name(&section, "webhook_secret");
        let (place, written) = match self.variables.get(&variable).filter(|value| !value.trim().is_empty()) {
            Some(value) => (variable, Ok(Secret::new(value.trim()))),
            None if self.keeps("webhook_secret", &self.webhook_secret_file) => {
                let same = self.webhook_secret_file.read().as_ref() == Some(secret);
                return if same { SecretStanding::Same } else { SecretStanding::ToWrite };
            }
            None => {
                let written = self.file.get(&self.section, "webhook_secret").unwrap_or_default();
                let folder = folder_of(&self.file.path);
                (format!("{section}.webhook_secret"), Settings::secret(&written, folder, self.variables.clone()))
            }
        };
        match written {
            Ok(written) if written == *secret => SecretStanding::Same,
            Ok(_) => SecretStanding::Other(format!(
                "{place} is not what Zendesk signs with, so Heard will refuse its webhooks: take it out and run the command again, or \
                 put in what *Reveal secret* shows on the webhook's page"
            )),
            Err(why) => SecretStanding::Unread(format!("{place} {why}, so it was not held against Zendesk's secret")),
        }
    }

    /// Shows the plan. The result says whether there is anything to do.
    fn show(&self, plan: &ConnectionPlan, secrets: &[&SecretFile]) -> anyhow::Result<bool> {
        for there in &plan.there {
            output::line(&format!("There already: {there}."))?;
        }
        for doubt in &plan.doubts {
            output::line(&format!("To look at: {doubt}."))?;
        }
        if self.public_url.is_on_this_machine() {
            output::line(&format!("To look at: Zendesk cannot reach {}.", self.public_url.as_str()))?;
        }
        let settings = self.file.path.display();
        let steps = plan.steps.iter().map(|step| step.sentence(&self.wanted));
        let secrets = secrets.iter().map(|file| {
            let whose = if *file == &self.token_file { "the API token" } else { "the webhook's secret" };
            format!("keep {whose} in {}, beside {settings}, for its owner alone", file.path())
        });
        let mut sentences: Vec<String> = steps.chain(secrets).collect();
        if !self.lacking.is_empty() {
            sentences.push(format!("write into {settings}:\n    {}", self.lacking.lines().join("\n    ")));
        }
        for sentence in &sentences {
            output::line(&format!("To do: {sentence}"))?;
        }
        Ok(!sentences.is_empty())
    }

    /// Does what is to be done in the account. The result is the webhook's id.
    async fn change_account(&self, plan: &ConnectionPlan, us: &Identity) -> anyhow::Result<String> {
        let mut webhook = plan.webhook.clone();
        for step in &plan.steps {
            match step {
                ConnectStep::MakeWebhook => {
                    let made = self.account.send("Making the webhook", self.admin.make_webhook(&self.wanted)).await?;
                    webhook = Some(match made {
                        Some(id) => id,
                        None => self.connect_by_trigger(us).await?,
                    });
                }
                ConnectStep::MendWebhook { id, changes, .. } => {
                    self.account.send("Mending the webhook", self.admin.change_webhook(id, changes)).await?;
                }
                ConnectStep::MakeTrigger => {
                    let id = webhook.as_deref().context("there is no webhook for the trigger")?;
                    self.make_trigger(id, us).await?;
                }
                ConnectStep::SwitchTriggerOn { id, .. } => {
                    self.account.send("Switching the trigger on", self.admin.switch_trigger_on(id)).await?;
                }
                ConnectStep::MakeMacro => {
                    self.account.send("Making the macro", self.admin.make_macro(&self.wanted)).await?;
                }
                ConnectStep::SwitchMacroOn { id, .. } => {
                    self.account.send("Switching the macro on", self.admin.switch_macro_on(id)).await?;
                }
            }
        }
        webhook.context("there is no webhook")
    }

    /// For accounts without events of tickets.
    async fn connect_by_trigger(&self, us: &Identity) -> anyhow::Result<String> {
        output::line("This account has no events of tickets, so a trigger calls the webhook.")?;
        let call = self.admin.make_webhook_for_triggers(&self.wanted);
        let id = self.account.send("Making the webhook for triggers", call).await?;
        self.make_trigger(&id, us).await?;
        Ok(id)
    }

    async fn make_trigger(&self, webhook: &str, us: &Identity) -> anyhow::Result<()> {
        let call = self.admin.make_trigger(&self.wanted, webhook, us);
        self.account.send("Making the trigger", call).await.map(|_| ())
    }

    /// Tries whether Heard takes what Zendesk signs, and says what to do next.
    async fn end(&self, secret: &Secret) -> anyhow::Result<ExitCode> {
        try_settings(&self.file.path, &self.variables)?;
        let id = random::token().map_err(|error| anyhow!(error.to_string()))?;
        let delivery = test_delivery(secret, &self.wanted.name, &id, Clock::system().now());
        output::line(&try_delivery(&self.public_url, delivery).await?)?;
        match self.standing(secret) {
            SecretStanding::Other(sentence) => bail!("{sentence}"),
            SecretStanding::Unread(sentence) => output::line(&format!("To look at: {sentence}."))?,
            SecretStanding::Same | SecretStanding::ToWrite => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn remove(&self) -> anyhow::Result<ExitCode> {
        let (_, found) = self.look().await?;
        let (gone, kept) = removals(&found, &self.wanted);
        for sentence in &kept {
            output::line(&format!("To look at: {sentence}."))?;
        }
        for removal in &gone {
            output::line(&format!("To do: {}", removal.sentence))?;
        }
        if gone.is_empty() {
            output::line(&format!("Zendesk has nothing that Heard made for {}.", self.wanted.name))?;
        } else if self.options.dry_run {
            return dry();
        } else {
            if let Some(code) = asked(self.options.yes)? {
                return Ok(code);
            }
            for removal in &gone {
                self.account.send(&format!("Trying to {}", removal.sentence), self.admin.delete(removal)).await?;
            }
            output::line("Done.")?;
        }
        if self.file.knows(&self.section) {
            output::line(&format!(
                "{} was left alone: take the section [[connections]] with name = {:?} out of it, and delete the connection's files in \
                 the folder of secrets.",
                self.file.path.display(),
                self.wanted.name
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
