//! `heard connect`: makes in a helpdesk what Heard needs there, and writes the connection into the settings.
//!
//! It looks first, shows what it will do, and asks. The order of what it does is such that whatever was done when it ended in the
//! middle is found by the next run: webhook, trigger, macro, secrets, settings. A webhook's secret can be read again at any time.

mod account;
mod kept_files;
mod settings_file;

use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};

use self::{
    account::ReachedAccount,
    kept_files::{SecretFile, folder_of},
    settings_file::{LackingSettings, WrittenSettings},
};
use super::output;
use crate::{
    base::{
        clock::Clock,
        http::{CallError, Origin, Outgoing},
        random,
        secret::Secret,
    },
    helpdesk::{
        Identity,
        zendesk::{
            admin::{ZendeskAdmin, test_delivery},
            connect::{ConnectStep, ConnectionPlan, FoundInAccount, WantedConnection, plan, removals},
        },
    },
    settings::{Settings, Variables, connection::connection_name, environment, variable_name},
};

/// Connect a helpdesk: make its webhook and macro, and write the settings
///
/// Shows what it will do, and asks before it does it. It can be run again: what is there stays, and what lacks is made.
#[derive(Debug, Args)]
pub struct Connect {
    #[command(subcommand)]
    helpdesk: ConnectedHelpdesk,
}

#[derive(Debug, Subcommand)]
enum ConnectedHelpdesk {
    Zendesk(ConnectZendesk),
}

/// Connect Zendesk with an administrator's address and API token
///
/// The token is never given on the command line, where everybody on the machine can read it. It is read from the environment
/// (`HEARD_CONNECTIONS_ACME_TOKEN` for --name acme), else from the settings where the connection is there already. Secrets are kept
/// in files beside the settings that only their owner can read. Exits with 2 if nobody can be asked and --yes is not given.
#[derive(Debug, Args)]
struct ConnectZendesk {
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

impl Connect {
    /// Connects, or shows how. The result is the exit code.
    pub async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        let ConnectedHelpdesk::Zendesk(command) = self.helpdesk;
        let connecting = Connecting::of(command, config)?;
        if connecting.options.remove { connecting.remove().await } else { connecting.connect().await }
    }
}

/// Everything that is known before Zendesk is asked.
struct Connecting {
    options: ConnectZendesk,
    variables: Variables,
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
        let of_file = |key: &str| file.of_connection(&name, key);
        let of_environment = |section: &str, key: &str| {
            variables.get(&variable_name(section, key)).filter(|value| !value.trim().is_empty()).cloned()
        };
        let section = format!("connections.{name}");
        if let Some(other) = of_file("helpdesk").filter(|word| word != "zendesk") {
            bail!("{} has the connection {name} for another helpdesk, {other}: give another --name", path.display());
        }
        let agreed = |option: &str, given: Option<String>, written: Option<String>| match (given, written) {
            (Some(given), Some(written)) if given != written => Err(anyhow!(
                "{} says {written} where --{option} says {given}: leave the option out, or change the file",
                path.display()
            )),
            (given, written) => Ok(given.or(written)),
        };
        let url =
            |text: Option<String>| text.map(|text| Origin::parse(&text)).transpose().map_err(|error| anyhow!(error));
        let same = |origin: Option<Origin>| origin.map(|origin| origin.as_str().to_owned());
        let account = agreed("url", same(options.url.clone()), same(url(of_file("url"))?))?;
        let account =
            url(account)?.context("--url is missing: the account's own address, such as https://acme.zendesk.com")?;
        if account.is_readable_on_the_way() {
            bail!("{} would carry the administrator's token unencrypted: give it as https://", account.as_str());
        }
        let written = of_environment("", "public_url").or_else(|| file.top("public_url"));
        let public_url = agreed("public-url", same(options.public_url.clone()), same(url(written)?))?;
        let public_url = url(public_url)?
            .context("--public-url is missing: where Zendesk reaches Heard, such as https://heard.example.com")?;
        let user = agreed("user", options.user.clone(), of_environment(&section, "user").or_else(|| of_file("user")))?;
        // A tag with a space would become two tags.
        let one_word = |tag: String| tag.split_whitespace().collect::<Vec<_>>().join("_");
        let tag = agreed("escalate-tag", options.escalate_tag.clone().map(one_word), of_file("escalate_tag"))?;
        let tag = one_word(tag.unwrap_or_else(|| "escalate".to_owned()));

        let token_file = SecretFile::new(&path, &name, "token");
        let webhook_secret_file = SecretFile::new(&path, &name, "webhook-secret");
        let token = match of_environment(&section, "token").map(Secret::new) {
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
        let lacking = file.lacking(&name, Some(public_url.as_str().to_owned()), settings);
        let endpoint = format!("{}/hooks/{name}", public_url.as_str());
        Ok(Self {
            wanted: WantedConnection { name, endpoint, tag },
            account: ReachedAccount::new(account.clone())?,
            admin: ZendeskAdmin::new(user.as_deref(), &token),
            url: account,
            options,
            variables,
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
            output::line("Nothing was done, because of --dry-run.")?;
            return Ok(ExitCode::SUCCESS);
        }
        if anything {
            if let Some(code) = self.asked()? {
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
                self.file.replace(&self.file.with(&self.wanted.name, &self.lacking))?;
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
        self.lacking.has(key) || self.file.of_connection(&self.wanted.name, key) == Some(file.reference())
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
                let written = self.file.of_connection(&self.wanted.name, "webhook_secret").unwrap_or_default();
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

    /// Whether a person agrees; the exit code if not.
    fn asked(&self) -> anyhow::Result<Option<ExitCode>> {
        if self.options.yes {
            return Ok(None);
        }
        if !std::io::stdin().is_terminal() {
            eprintln!("heard: nobody can be asked here: run it at a terminal, or with --yes");
            return Ok(Some(ExitCode::from(2)));
        }
        output::print("Do this? [y/N] ")?;
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Ok(None);
        }
        output::line("Nothing was done.")?;
        Ok(Some(ExitCode::FAILURE))
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
        let text = std::fs::read_to_string(&self.file.path).unwrap_or_default();
        let name = self.file.path.display().to_string();
        if let Err(error) = Settings::parse(&text, &name, folder_of(&self.file.path), self.variables.clone()) {
            output::line(&format!("Before Heard starts: {error}."))?;
        }
        output::line(&self.try_out(secret).await?)?;
        match self.standing(secret) {
            SecretStanding::Other(sentence) => bail!("{sentence}"),
            SecretStanding::Unread(sentence) => output::line(&format!("To look at: {sentence}."))?,
            SecretStanding::Same | SecretStanding::ToWrite => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn try_out(&self, secret: &Secret) -> anyhow::Result<String> {
        let id = random::token().map_err(|error| anyhow!(error.to_string()))?;
        let request = test_delivery(secret, &self.wanted.name, &id, Clock::system().now());
        let outgoing = Outgoing::new().map_err(|error| anyhow!(error))?;
        let url = self.public_url.as_str();
        Ok(match outgoing.send(&self.public_url, request).await {
            Ok(answer) => match answer.status {
                200..=299 => format!("Heard at {url} took a signed test delivery. Next: `heard check`."),
                401 | 404 => format!(
                    "{url} answered {} to a signed test delivery. If Heard runs there, restart it, so that it reads its settings again; \
                     then `heard check`.",
                    answer.status
                ),
                502..=504 => format!(
                    "{url} answered {} to a signed test delivery, so Heard does not run behind it yet. Next: `heard serve`, then \
                     `heard check`.",
                    answer.status
                ),
                status => {
                    format!("{url} answered {status} to a signed test delivery: does that address lead to Heard?")
                }
            },
            Err(CallError::NotSent(_)) => {
                format!("Nothing answers at {url} yet. Next: `heard serve`, then `heard check`.")
            }
            Err(error) => {
                format!("No answer to a signed test delivery: {error}. Next: `heard serve`, then `heard check`.")
            }
        })
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
            output::line("Nothing was done, because of --dry-run.")?;
            return Ok(ExitCode::SUCCESS);
        } else {
            if let Some(code) = self.asked()? {
                return Ok(code);
            }
            for removal in &gone {
                self.account.send(&format!("Trying to {}", removal.sentence), self.admin.delete(removal)).await?;
            }
            output::line("Done.")?;
        }
        if self.file.knows(&self.wanted.name) {
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
