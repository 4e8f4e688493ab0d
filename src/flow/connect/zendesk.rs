//! Connects Zendesk: makes there what Heard needs, and writes the connection into the settings.
//!
//! It goes on in the order webhook, trigger, macro, secrets, settings. A webhook's secret can be read again at any time.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use super::{
    account::ReachedAccount,
    admin_token,
    copied::{CopiedSecret, CopiedSettings},
    given::{Given, parsed, same},
    kept_files::{SecretFile, folder_of, must_be_writable},
    settings_file::{LackingSettings, WrittenSection, WrittenSettings},
    shown::{ShownWork, WrittenLines},
    trying::{TriedConnection, try_delivery, try_settings},
};
use crate::{
    base::{clock::Time, http::Origin, random, secret::Secret},
    helpdesk::{
        Identity,
        zendesk::{
            admin::{ZendeskAdmin, test_delivery},
            connect::{ConnectStep, ConnectionPlan, FoundInAccount, Removal, WantedConnection, plan, removals},
        },
    },
    settings::{Settings, Variables, connection::is_of_a_page, variable_name},
};

/// The tag by which an agent escalates, where nobody says another.
const ESCALATE: &str = "escalate";

/// What somebody wants connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedZendesk {
    /// The connection's name.
    pub name: String,
    /// The account's own address, unless the settings say it.
    pub url: Option<Origin>,
    /// Where Zendesk reaches Heard, unless the settings say it.
    pub public_url: Option<Origin>,
    /// The administrator's e-mail address. Without it, the token is taken for an OAuth access token.
    pub user: Option<String>,
    /// The tag by which an agent escalates, unless the settings say it.
    pub escalate_tag: Option<String>,
    /// Whether an admin token is made where there is none. Who connects from the console has signed in with one.
    pub makes_admin_token: bool,
}

/// Everything that is known before Zendesk is asked.
pub struct ConnectingZendesk {
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

/// What was found in the account, and what follows from it.
pub struct SeenZendesk {
    us: Identity,
    plan: ConnectionPlan,
    /// What the webhook signs with, where there is one already.
    pub secret: Option<Secret>,
    writes_secret: bool,
    writes_token: bool,
    /// All of it in sentences.
    pub shown: ShownWork,
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

impl ConnectingZendesk {
    /// Reads what is given, and what the settings at `path` and the environment say.
    ///
    /// # Errors
    /// What is missing or contradicts itself.
    pub fn of(asked: &WantedZendesk, path: &Path, variables: Variables) -> anyhow::Result<Self> {
        let file = WrittenSettings::read(path)?;
        let name = asked.name.clone();
        let in_file = WrittenSection::connection(&name);
        let of_file = |key: &str| file.get(&in_file, key);
        let given = Given { file: &file, variables: &variables };
        let section = format!("connections.{name}");
        if let Some(other) = of_file("helpdesk").filter(|word| word != "zendesk") {
            bail!("{} has the connection {name} for another helpdesk, {other}: give another name", path.display());
        }
        let written = parsed(of_file("url"))?.as_ref().map(same);
        let account = given.agreed("url", asked.url.as_ref().map(same), written)?;
        let account = parsed(account)?
            .context("--url is missing: the account's own address, such as https://acme.zendesk.com")?;
        if account.is_readable_on_the_way() {
            bail!("{} would carry the administrator's token unencrypted: give it as https://", account.as_str());
        }
        if is_of_a_page(account.as_str()) {
            bail!(
                "{} is a page of the account: give the account alone, such as https://acme.zendesk.com",
                account.as_str()
            );
        }
        let public_url = given.public_url(asked.public_url.as_ref(), "Zendesk")?;
        let written = given.of_environment(&section, "user").or_else(|| of_file("user"));
        let user = given.agreed("user", asked.user.clone(), written)?;
        // A tag with a space would become two tags.
        let one_word = |tag: String| tag.split_whitespace().collect::<Vec<_>>().join("_");
        let tag = given.agreed("escalate-tag", asked.escalate_tag.clone().map(one_word), of_file("escalate_tag"))?;
        let tag = one_word(tag.unwrap_or_else(|| ESCALATE.to_owned()));

        let token_file = SecretFile::new(path, &format!("{name}-token"));
        let webhook_secret_file = SecretFile::new(path, &format!("{name}-webhook-secret"));
        let token = match given.of_environment(&section, "token").map(Secret::new) {
            Some(token) => Some(token),
            None => of_file("token")
                .map(|written| Settings::secret(&written, folder_of(path), variables.clone()))
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
        let mut lacking = file.lacking(Some(public_url.as_str().to_owned()), vec![(in_file.clone(), settings)]);
        if asked.makes_admin_token {
            lacking = admin_token::with_admin_token(&file, &variables, lacking);
        }
        let endpoint = format!("{}/hooks/{name}", public_url.as_str());
        Ok(Self {
            wanted: WantedConnection { name, endpoint, tag },
            account: ReachedAccount::new(account.clone())?,
            admin: ZendeskAdmin::new(user.as_deref(), &token),
            url: account,
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
    async fn find(&self) -> anyhow::Result<(Identity, FoundInAccount)> {
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

    /// Looks at what is there, and says what is to be done. Nothing is changed.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn look(&self) -> anyhow::Result<SeenZendesk> {
        let (us, found) = self.find().await?;
        let plan = plan(&found, &self.wanted);
        let secret = match &plan.webhook {
            Some(id) => Some(self.account.send("Reading the webhook's secret", self.admin.signing_secret(id)).await?),
            None => None,
        };
        let writes_secret = match &secret {
            None => self.keeps("webhook_secret", &self.webhook_secret_file),
            Some(secret) => matches!(self.standing(secret), SecretStanding::ToWrite),
        };
        let writes_token =
            self.keeps("token", &self.token_file) && self.token_file.read().as_ref() != Some(&self.token);
        let shown = self.show(&us, &plan, writes_token, writes_secret);
        Ok(SeenZendesk { us, plan, secret, writes_secret, writes_token, shown })
    }

    /// Refuses to go on where something is to be kept, and cannot be.
    ///
    /// # Errors
    /// It cannot be written, or the admin token that is kept can be guessed.
    pub fn must_be_kept(&self, seen: &SeenZendesk) -> anyhow::Result<()> {
        admin_token::must_be_long(&self.file, &self.lacking)?;
        let keeps = seen.writes_token || seen.writes_secret || !self.lacking.is_empty();
        if keeps { must_be_writable(&self.file.path) } else { Ok(()) }
    }

    /// Does in the account what is to be done there. The result is what the webhook signs with, and what else is to be said.
    ///
    /// # Errors
    /// What failed, and what to do. What was done until then is found by the next look.
    pub async fn change_account(&self, seen: &SeenZendesk) -> anyhow::Result<(Secret, Vec<String>)> {
        let (webhook, notes) = self.carry_out(&seen.plan, &seen.us).await?;
        let secret = match &seen.secret {
            Some(secret) => secret.clone(),
            None => self.account.send("Reading the webhook's secret", self.admin.signing_secret(&webhook)).await?,
        };
        Ok((secret, notes))
    }

    /// Keeps the secrets, then the settings that name them.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn keep(&self, seen: &SeenZendesk, secret: &Secret) -> anyhow::Result<()> {
        if seen.writes_token {
            self.token_file.write(&self.token)?;
        }
        if seen.writes_secret {
            self.webhook_secret_file.write(secret)?;
        }
        if !self.lacking.is_empty() {
            admin_token::keep(&self.file, &self.lacking)?;
            self.file.replace(&self.file.with(&self.lacking))?;
        }
        Ok(())
    }

    /// What a person keeps where [`keep`](Self::keep) cannot.
    pub fn copied(&self, seen: &SeenZendesk, secret: &Secret, why: String) -> CopiedSettings {
        let section = format!("connections.{}", self.wanted.name);
        let mut secrets = Vec::new();
        if seen.writes_token {
            let what = "the token that you typed";
            secrets.extend(CopiedSecret::of(&self.token_file, (section.as_str(), "token"), what, &self.token, true));
        }
        if seen.writes_secret {
            let (what, key) = ("what Zendesk signs its webhooks with", (section.as_str(), "webhook_secret"));
            secrets.extend(CopiedSecret::of(&self.webhook_secret_file, key, what, secret, false));
        }
        CopiedSettings { why, written: self.written(), secrets }
    }

    /// What the settings lack, as it is written.
    fn written(&self) -> Option<WrittenLines> {
        let file = self.file.path.display().to_string();
        (!self.lacking.is_empty()).then(|| WrittenLines { file, lines: self.lacking.lines() })
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
                "{place} is not what Zendesk signs with, so Heard will refuse its webhooks: take it out and connect again, or \
                 put in what *Reveal secret* shows on the webhook's page"
            )),
            Err(why) => SecretStanding::Unread(format!("{place} {why}, so it was not held against Zendesk's secret")),
        }
    }

    fn show(&self, us: &Identity, plan: &ConnectionPlan, writes_token: bool, writes_secret: bool) -> ShownWork {
        let settings = self.file.path.display();
        let mut look_at = plan.doubts.clone();
        if self.public_url.is_on_this_machine() {
            look_at.push(format!("Zendesk cannot reach {}", self.public_url.as_str()));
        }
        let secrets = [
            (writes_token, "the API token", &self.token_file),
            (writes_secret, "the webhook's secret", &self.webhook_secret_file),
        ];
        let kept = secrets
            .iter()
            .filter(|(writes, ..)| *writes)
            .map(|(_, whose, file)| format!("keep {whose} in {}, beside {settings}, for its owner alone", file.path()));
        let kept = kept.chain(admin_token::sentence(&self.file, &self.lacking));
        ShownWork {
            known: vec![format!("Signed in at {} as {}.", self.url.as_str(), us.name)],
            there: plan.there.clone(),
            look_at,
            to_do: plan.steps.iter().map(|step| step.sentence(&self.wanted)).chain(kept).collect(),
            written: self.written(),
        }
    }

    /// Does what is to be done in the account. The result is the webhook's id, and what else is to be said.
    async fn carry_out(&self, plan: &ConnectionPlan, us: &Identity) -> anyhow::Result<(String, Vec<String>)> {
        let mut webhook = plan.webhook.clone();
        let mut notes = Vec::new();
        for step in &plan.steps {
            match step {
                ConnectStep::MakeWebhook => {
                    let made = self.account.send("Making the webhook", self.admin.make_webhook(&self.wanted)).await?;
                    webhook = Some(match made {
                        Some(id) => id,
                        None => {
                            notes.push(
                                "This account has no events of tickets, so a trigger calls the webhook.".to_owned(),
                            );
                            self.connect_by_trigger(us).await?
                        }
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
        Ok((webhook.context("there is no webhook")?, notes))
    }

    /// For accounts without events of tickets.
    async fn connect_by_trigger(&self, us: &Identity) -> anyhow::Result<String> {
        let call = self.admin.make_webhook_for_triggers(&self.wanted);
        let id = self.account.send("Making the webhook for triggers", call).await?;
        self.make_trigger(&id, us).await?;
        Ok(id)
    }

    async fn make_trigger(&self, webhook: &str, us: &Identity) -> anyhow::Result<()> {
        let call = self.admin.make_trigger(&self.wanted, webhook, us);
        self.account.send("Making the trigger", call).await.map(|_| ())
    }

    /// Tries whether Heard takes what Zendesk signs.
    ///
    /// # Errors
    /// Nothing can be sent.
    pub async fn try_out(&self, secret: &Secret, now: Time) -> anyhow::Result<TriedConnection> {
        let mut tried = TriedConnection::default();
        tried.sentences.extend(try_settings(&self.file.path, &self.variables));
        let id = random::token().map_err(|error| anyhow!(error.to_string()))?;
        let delivery = test_delivery(secret, &self.wanted.name, &id, now);
        tried.sentences.push(try_delivery(&self.public_url, delivery).await?);
        match self.standing(secret) {
            SecretStanding::Other(sentence) => tried.wrong = Some(sentence),
            SecretStanding::Unread(sentence) => tried.sentences.push(format!("To look at: {sentence}.")),
            SecretStanding::Same | SecretStanding::ToWrite => {}
        }
        Ok(tried)
    }

    /// What of ours is in the account, and what stays although it belongs to the connection.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn removals(&self) -> anyhow::Result<(Vec<Removal>, Vec<String>)> {
        let (_, found) = self.find().await?;
        Ok(removals(&found, &self.wanted, &self.sharing()))
    }

    /// The other connections of the settings that escalate in the same account by the same tag.
    fn sharing(&self) -> Vec<String> {
        let shares = |name: &String| {
            let (section, in_file) = (format!("connections.{name}"), WrittenSection::connection(name));
            let given = Given { file: &self.file, variables: &self.variables };
            let setting = |key: &str| given.of_environment(&section, key).or_else(|| self.file.get(&in_file, key));
            let account = setting("url").and_then(|url| Origin::parse(&url).ok());
            setting("helpdesk").as_deref() == Some("zendesk")
                && account.is_some_and(|account| account.as_str() == self.url.as_str())
                && setting("escalate_tag").as_deref().unwrap_or(ESCALATE).eq_ignore_ascii_case(&self.wanted.tag)
        };
        let names = self.file.names("connections").into_iter();
        names.filter(|name| *name != self.wanted.name).filter(shares).collect()
    }

    /// Takes something of ours away.
    ///
    /// # Errors
    /// What failed, and what to do.
    pub async fn remove(&self, removal: &Removal) -> anyhow::Result<()> {
        let doing = format!("Trying to {}", removal.sentence);
        self.account.send(&doing, self.admin.delete(removal)).await
    }

    /// What a person takes out of the settings once the connection is gone; `None` where they do not name it.
    pub fn left_alone(&self) -> Option<String> {
        self.file.knows(&self.section).then(|| {
            format!(
                "{} was left alone: take the section [[connections]] with name = {:?} out of it, and delete the connection's files in \
                 the folder of secrets.",
                self.file.path.display(),
                self.wanted.name
            )
        })
    }
}
