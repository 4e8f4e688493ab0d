//! What `heard connect github` finds, held against what Heard needs: what it can mend, and what only a person can. The calls are in
//! `admin`.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    needs::{EVENTS, lacking_events, lacking_permissions},
    site::GithubSite,
};
use crate::base::secret::Secret;

/// An App of ours.
#[derive(Clone, Debug)]
pub struct RegisteredApp {
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its page for people.
    pub page: String,
    /// The organization that it belongs to, if it belongs to one.
    pub organization: Option<String>,
    /// What it asks to be allowed.
    pub permissions: HashMap<String, String>,
    /// What it is told.
    pub events: Vec<String>,
}

/// Where an App is installed.
#[derive(Clone, Debug)]
pub struct AppInstallation {
    /// Its number.
    pub id: u64,
    /// The account.
    pub account: String,
    /// Its page for its owner.
    pub page: String,
    /// Whether its owner has suspended it: it is listed, and nobody signs in by it (allstar#314).
    pub is_suspended: bool,
    /// What its owner has allowed.
    pub permissions: HashMap<String, String>,
    /// What it is told.
    pub events: Vec<String>,
}

/// An App's webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppWebhook {
    /// Where it goes.
    pub url: String,
    /// Whether it sends JSON, and no form.
    pub sends_json: bool,
}

/// A repository's own webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of GitHub's, and set by itself")]
pub struct RepositoryWebhook {
    /// Its number.
    pub id: u64,
    /// Where it goes.
    pub url: String,
    /// Whether it is switched on.
    pub is_active: bool,
    /// Whether it sends JSON, and no form.
    pub sends_json: bool,
    /// Whether it looks whether the address is really ours.
    pub checks_certificates: bool,
    /// Whether it signs. What with, nobody is shown.
    pub is_signed: bool,
    /// What it tells.
    pub events: Vec<String>,
}

/// Whether two addresses are one.
pub fn goes_to(url: &str, endpoint: &str) -> bool {
    url.trim_end_matches('/').eq_ignore_ascii_case(endpoint.trim_end_matches('/'))
}

impl RegisteredApp {
    /// A page of its settings.
    pub fn settings(&self, site: &GithubSite, part: &str) -> String {
        site.settings_of(self.organization.as_deref(), &self.slug, part)
    }

    /// Where it is installed by its owner.
    pub fn installing(&self) -> String {
        format!("{}/installations/new", self.page.trim_end_matches('/'))
    }

    /// What only a person can change, in sentences: what the App is allowed and told is set on its page, and each owner has to accept
    /// what was added (fullsend#570).
    pub fn lacks(&self, site: &GithubSite, installation: &AppInstallation) -> Vec<String> {
        let mut sentences = Vec::new();
        if installation.is_suspended {
            sentences.push(format!(
                "the App is suspended in {}, and does nothing there until its owner resumes it at {}",
                installation.account, installation.page
            ));
        }
        let of_app = lacking_permissions(&self.permissions);
        for needed in lacking_permissions(&installation.permissions) {
            let (name, level, why) = (needed.name, needed.level, needed.why);
            sentences.push(if of_app.contains(&needed) {
                format!(
                    "the App needs the permission {name}: {level}, {why}: grant it at {}, and accept it at {}",
                    self.settings(site, "/permissions"),
                    installation.page
                )
            } else {
                format!(
                    "{name}: {level} is not accepted yet in {}: accept it at {}",
                    installation.account, installation.page
                )
            });
        }
        sentences
    }

    /// The same of its events.
    pub fn is_not_told(&self, site: &GithubSite) -> Option<String> {
        let lacking = lacking_events(&self.events);
        (!lacking.is_empty()).then(|| {
            let page = self.settings(site, "/permissions");
            format!("the App is not told of {}: subscribe it at {page}, below the permissions", lacking.join(", "))
        })
    }
}

/// What becomes of an App's webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppWebhookStep {
    /// It is right.
    Stays,
    /// It goes elsewhere, or sends forms.
    Mend,
    /// There is none, and only a person can make it, on the App's page.
    ByHand,
}

/// Holds an App's webhook against where it has to go.
pub fn app_webhook_step(found: Option<&AppWebhook>, endpoint: &str) -> AppWebhookStep {
    match found {
        None => AppWebhookStep::ByHand,
        Some(webhook) if goes_to(&webhook.url, endpoint) && webhook.sends_json => AppWebhookStep::Stays,
        Some(_) => AppWebhookStep::Mend,
    }
}

/// What becomes of a repository's webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookStep {
    /// It is right.
    Stays,
    /// There is none to our address.
    Make,
    /// It lacks something.
    Mend {
        /// Its number.
        id: u64,
        /// What is done with it.
        sentence: String,
        /// What it tells by then.
        events: Vec<String>,
    },
}

/// Holds a repository's webhooks against what is needed. `is_new` says that the secret is, so that a webhook signs with another.
pub fn webhook_step(found: &[RepositoryWebhook], endpoint: &str, is_new: bool) -> WebhookStep {
    let ours = found.iter().filter(|one| goes_to(&one.url, endpoint));
    let Some(webhook) = ours.max_by_key(|one| one.is_active) else { return WebhookStep::Make };
    let mut done = Vec::new();
    if !webhook.is_active {
        done.push("switch it on".to_owned());
    }
    if !webhook.sends_json {
        done.push("let it send JSON".to_owned());
    }
    if !webhook.checks_certificates {
        done.push("let it check certificates".to_owned());
    }
    if !webhook.is_signed || is_new {
        done.push("let it sign with our secret".to_owned());
    }
    let all = webhook.events.iter().any(|event| event == "*");
    let lacking = if all { Vec::new() } else { lacking_events(&webhook.events) };
    if !lacking.is_empty() {
        done.push(format!("let it tell of {}", lacking.join(", ")));
    }
    if done.is_empty() {
        return WebhookStep::Stays;
    }
    let events = webhook.events.iter().cloned().chain(lacking.into_iter().map(str::to_owned)).collect();
    WebhookStep::Mend { id: webhook.id, sentence: done.join("; "), events }
}

/// The numbers of the webhooks to our address.
pub fn webhooks_to<'w>(found: &'w [RepositoryWebhook], endpoint: &'w str) -> impl Iterator<Item = u64> + 'w {
    found.iter().filter(move |one| goes_to(&one.url, endpoint)).map(|one| one.id)
}

/// A repository's webhook as it is to be, whole: what `config` does not say is gone.
pub fn webhook_body(endpoint: &str, secret: &Secret, events: Option<&[String]>) -> Value {
    let needed: Vec<String> = EVENTS.iter().map(|event| event.name.to_owned()).collect();
    let config = json!({"url": endpoint, "content_type": "json", "insecure_ssl": "0", "secret": secret.expose()});
    json!({"active": true, "events": events.unwrap_or(&needed), "config": config})
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://heard.test/hooks/github";

    fn webhook(events: &[&str]) -> RepositoryWebhook {
        RepositoryWebhook {
            id: 7,
            url: format!("{ENDPOINT}/"),
            is_active: true,
            sends_json: true,
            checks_certificates: true,
            is_signed: true,
            events: events.iter().map(|event| (*event).to_owned()).collect(),
        }
    }

    fn needed() -> Vec<&'static str> {
        EVENTS.iter().map(|event| event.name).collect()
    }

    #[test]
    fn a_webhook_of_a_repository_is_mended_and_not_made_twice() {
        assert_eq!(webhook_step(&[], ENDPOINT, false), WebhookStep::Make);
        assert_eq!(webhook_step(&[webhook(&needed())], ENDPOINT, false), WebhookStep::Stays);
        assert_eq!(webhook_step(&[webhook(&["*"])], ENDPOINT, false), WebhookStep::Stays);
        let WebhookStep::Mend { sentence, .. } = webhook_step(&[webhook(&needed())], ENDPOINT, true) else {
            panic!("another secret is told")
        };
        assert_eq!(sentence, "let it sign with our secret");
        let half = RepositoryWebhook { is_active: false, sends_json: false, ..webhook(&["push", "issues"]) };
        let WebhookStep::Mend { id, sentence, events } = webhook_step(&[half], ENDPOINT, false) else {
            panic!("it lacks something")
        };
        assert!(sentence.starts_with("switch it on; let it send JSON; let it tell of issue_comment"), "{sentence}");
        assert_eq!((id, events[0].as_str(), events.len()), (7, "push", needed().len() + 1));
        let elsewhere = RepositoryWebhook { url: "https://other.test/hooks/github".to_owned(), ..webhook(&[]) };
        assert_eq!(webhook_step(&[elsewhere], ENDPOINT, false), WebhookStep::Make);
    }

    #[test]
    fn an_apps_webhook_is_mended_where_there_is_one() {
        let found = |url: &str, sends_json| AppWebhook { url: url.to_owned(), sends_json };
        assert_eq!(app_webhook_step(None, ENDPOINT), AppWebhookStep::ByHand);
        assert_eq!(app_webhook_step(Some(&found(ENDPOINT, true)), ENDPOINT), AppWebhookStep::Stays);
        assert_eq!(app_webhook_step(Some(&found(ENDPOINT, false)), ENDPOINT), AppWebhookStep::Mend);
        assert_eq!(
            app_webhook_step(Some(&found("https://old.test/hooks/github", true)), ENDPOINT),
            AppWebhookStep::Mend
        );
    }
}
