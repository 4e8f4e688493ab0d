//! Whether everything is set up: a sentence for each finding, with what to do about it.

use std::time::Duration;

use serde::{Deserialize, de::IgnoredAny};

use super::{client::Github, needs, transport::As};
use crate::{
    base::clock::Time,
    model::{
        issue::Repository,
        tracker::{TrackerFinding, error::TrackerError},
    },
};

/// If our clock is off by more than this, GitHub refuses an App's signature.
const SKEW: Duration = Duration::from_secs(30);

fn good(sentence: impl Into<String>) -> TrackerFinding {
    TrackerFinding { ok: true, sentence: sentence.into() }
}

fn bad(sentence: impl Into<String>) -> TrackerFinding {
    TrackerFinding { ok: false, sentence: sentence.into() }
}

#[derive(Deserialize)]
struct HookConfig {
    url: Option<String>,
    content_type: Option<String>,
}

#[derive(Deserialize)]
struct Subscriptions {
    events: Option<Vec<String>>,
}

/// A webhook of one repository, as a token has them.
#[derive(Deserialize)]
struct ListedWebhook {
    active: Option<bool>,
    events: Option<Vec<String>>,
    config: Option<HookConfig>,
}

impl ListedWebhook {
    fn goes_to_heard(&self) -> bool {
        let url = self.config.as_ref().and_then(|config| config.url.as_deref());
        url.is_some_and(|url| url.trim_end_matches('/').ends_with("/hooks/github"))
    }
}

impl Github {
    /// Checks the credentials, the webhook, every repository, the clock and the quota. It writes nothing.
    pub async fn findings(&self, repositories: &[Repository], now: Time) -> Vec<TrackerFinding> {
        let mut findings = vec![self.check_credentials().await];
        if findings.iter().all(|finding| finding.ok) {
            findings.extend(self.check_webhook().await);
            findings.extend(self.check_events().await);
            for repository in repositories {
                findings.extend(self.check_repository(repository).await);
                findings.extend(self.check_repository_webhook(repository).await);
            }
        }
        findings.extend(self.check_clock(now));
        findings.extend(self.check_quota());
        findings
    }

    async fn check_credentials(&self) -> TrackerFinding {
        match self.login().await {
            Ok(login) => good(format!("GitHub knows us as {login}.")),
            Err(TrackerError::Unauthorized(why)) => bad(format!(
                "{why}. Check github.app_id and github.private_key, or github.token; an App's key also fails when this \
                 machine's clock is wrong."
            )),
            Err(error) => bad(format!("{error}. Check github.api_url and the way out of this network.")),
        }
    }

    async fn check_webhook(&self) -> Option<TrackerFinding> {
        if !self.transport().is_app() {
            return None;
        }
        let path = "/app/hook/config".to_owned();
        let config: HookConfig = self.transport().get(As::Ourselves, path, "reading the App's webhook").await.ok()?;
        let Some(url) = config.url.filter(|url| !url.is_empty()) else {
            return Some(bad("The App has no webhook: Heard learns of changes only by its sweep. Set the webhook to \
                 <public_url>/hooks/github."));
        };
        Some(match config.content_type.as_deref() {
            Some("form") => bad("The App's webhook sends forms. Set its content type to application/json."),
            _ if !url.trim_end_matches('/').ends_with("/hooks/github") => {
                bad(format!("The App's webhook goes to {url}. Set it to <public_url>/hooks/github."))
            }
            _ => good(format!("The App's webhook goes to {url}.")),
        })
    }

    /// What the App is not told of.
    async fn check_events(&self) -> Option<TrackerFinding> {
        if !self.transport().is_app() {
            return None;
        }
        let app: Subscriptions =
            self.transport().get(As::Ourselves, "/app".to_owned(), "reading the App").await.ok()?;
        let lacking = needs::lacking_events(&app.events?);
        (!lacking.is_empty()).then(|| {
            bad(format!(
                "The App is not told of {}: Heard learns of these only by its sweep. Subscribe it in the App's settings.",
                lacking.join(", ")
            ))
        })
    }

    async fn check_repository(&self, name: &Repository) -> Vec<TrackerFinding> {
        let facts = match self.read_repository(name).await {
            Ok(facts) => facts,
            Err(TrackerError::NotFound(_)) => {
                return vec![bad(format!(
                    "{name} does not exist, or we may not see it. Check its name, and give the App or the token access."
                ))];
            }
            Err(TrackerError::Unauthorized(why)) => {
                return vec![bad(format!("{why}. Install the App there, or give the token access."))];
            }
            Err(error) => return vec![bad(format!("{name}: {error}."))],
        };
        let mut findings = Vec::new();
        if !facts.name.is(name) {
            findings.push(bad(format!("{name} is called {} now. Change it in heard.toml.", facts.name)));
        }
        if facts.archived {
            findings.push(bad(format!("{name} is archived: nothing can be written there.")));
        } else if !facts.issues_enabled {
            findings.push(bad(format!("{name} has its issues turned off. Turn them on in its settings.")));
        }
        findings.extend(self.check_permissions(name, facts.may_write_issues).await);
        if findings.is_empty() {
            let who = if facts.private == Some(true) {
                "private"
            } else {
                "public: issues carry counts and neutral facts only"
            };
            findings.push(good(format!("{name} can be written ({who}).")));
        }
        findings
    }

    async fn check_permissions(&self, name: &Repository, may_write: Option<bool>) -> Vec<TrackerFinding> {
        let Ok(installation) = self.transport().installation(name).await else {
            let denied = format!("The token may not write issues in {name}. Give it write access to Issues there.");
            let denied = (may_write == Some(false)).then(|| bad(denied));
            return denied.into_iter().chain(self.check_token(name).await).collect();
        };
        let missing = needs::lacking_permissions(&installation.permissions).into_iter();
        missing
            .map(|needed| {
                let needs::AppPermission { name: permission, level, why } = needed;
                bad(format!("In {name} the App needs {permission}: {level}, {why}. Grant it in the App's settings."))
            })
            .collect()
    }

    /// What a token may not read.
    async fn check_token(&self, name: &Repository) -> Vec<TrackerFinding> {
        let mut findings = Vec::new();
        for (list, permission) in needs::READ_BY_TOKEN.iter().filter(|_| !self.transport().is_app()) {
            let path = format!("/repos/{name}/{list}?per_page=1");
            let doing = "reading what the token may";
            let read: Result<IgnoredAny, _> = self.transport().get(As::In(name), path, doing).await;
            if let Err(TrackerError::Unauthorized(why)) = read {
                findings.push(bad(format!("{why}. In {name} the token needs {permission}: read. Grant it there.")));
            }
        }
        findings
    }

    /// What is wrong with a repository's own webhook to us. Where there is none, or we may not see it, Heard asks for changes.
    async fn check_repository_webhook(&self, name: &Repository) -> Option<TrackerFinding> {
        if self.transport().is_app() {
            return None;
        }
        let path = format!("/repos/{name}/hooks?per_page=100");
        let doing = "reading the repository's webhooks";
        let all: Vec<ListedWebhook> = self.transport().get(As::In(name), path, doing).await.ok()?;
        let ours: Vec<ListedWebhook> = all.into_iter().filter(ListedWebhook::goes_to_heard).collect();
        let Some(working) = ours.iter().find(|webhook| webhook.active != Some(false)) else {
            return ours.first().map(|_| {
                bad(format!("The webhook of {name} to Heard is not active. `heard connect github` mends it."))
            });
        };
        let config = working.config.as_ref();
        if config.and_then(|config| config.content_type.as_deref()) == Some("form") {
            return Some(bad(format!("The webhook of {name} to Heard sends forms. `heard connect github` mends it.")));
        }
        let lacking = needs::lacking_events(working.events.as_deref().unwrap_or_default());
        (!lacking.is_empty()).then(|| {
            bad(format!(
                "The webhook of {name} to Heard does not tell of {}: Heard learns of these only by its sweep. `heard connect \
                 github` mends it.",
                lacking.join(", ")
            ))
        })
    }

    fn check_clock(&self, now: Time) -> Option<TrackerFinding> {
        let theirs = self.rate_limits().date?;
        let (behind, ahead) = (theirs.since(now), now.since(theirs));
        let off = behind.max(ahead);
        if off <= SKEW {
            return Some(good("This machine's clock agrees with GitHub's."));
        }
        let way = if behind > ahead { "behind" } else { "ahead of" };
        Some(bad(format!(
            "This machine's clock is {} seconds {way} GitHub's. Turn on time synchronisation; signatures depend on it.",
            off.as_secs()
        )))
    }

    fn check_quota(&self) -> Option<TrackerFinding> {
        let core = self.rate_limits().core()?;
        let sentence =
            format!("{} of {} calls to GitHub are left until {}.", core.remaining, core.limit, core.reset_at);
        Some(if core.remaining * 10 >= core.limit {
            good(sentence)
        } else {
            bad(format!("{sentence} Something else may be using the same credentials."))
        })
    }
}
