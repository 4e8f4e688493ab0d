//! Whether everything is set up: one sentence for each finding, with what to do about it.

use std::time::Duration;

use serde::Deserialize;

use super::{Github, transport::As, trouble::Trouble};
use crate::{base::clock::Time, model::issue::Repository};

/// A clock that is further off than this makes GitHub refuse an App's signature.
const SKEW: Duration = Duration::from_secs(30);
/// What the App must be allowed, and for what.
const PERMISSIONS: &[(&str, &str, &str)] = &[
    ("issues", "write", "to file issues"),
    ("contents", "read", "to see which release contains a fix"),
    ("pull_requests", "read", "to see which pull request closes an issue"),
];

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found and, where it is not as it should be, what to do.
    pub sentence: String,
}

impl Finding {
    fn good(sentence: impl Into<String>) -> Self {
        Self { ok: true, sentence: sentence.into() }
    }

    fn bad(sentence: impl Into<String>) -> Self {
        Self { ok: false, sentence: sentence.into() }
    }
}

#[derive(Deserialize)]
struct HookConfig {
    url: Option<String>,
    content_type: Option<String>,
}

impl Github {
    /// Looks at the credentials, the clock, every repository and the budget. It writes nothing.
    pub async fn check(&self, repositories: &[Repository], now: Time) -> Vec<Finding> {
        let mut findings = vec![self.check_credentials().await];
        if findings.iter().all(|finding| finding.ok) {
            findings.extend(self.check_webhook().await);
            for repository in repositories {
                findings.extend(self.check_repository(repository).await);
            }
        }
        findings.extend(self.check_clock(now));
        findings.extend(self.check_budget());
        findings
    }

    async fn check_credentials(&self) -> Finding {
        match self.login().await {
            Ok(login) => Finding::good(format!("GitHub knows us as {login}.")),
            Err(Trouble::Unauthorized(why)) => Finding::bad(format!(
                "{why}. Check github.app_id and github.private_key, or github.token; an App's key also fails when this \
                 machine's clock is wrong."
            )),
            Err(trouble) => Finding::bad(format!("{trouble}. Check github.api_url and the way out of this network.")),
        }
    }

    async fn check_webhook(&self) -> Option<Finding> {
        if !self.transport().is_app() {
            return None;
        }
        let path = "/app/hook/config".to_owned();
        let config: HookConfig = self.transport().get(As::Ourselves, path, "reading the App's webhook").await.ok()?;
        let Some(url) = config.url.filter(|url| !url.is_empty()) else {
            return Some(Finding::bad(
                "The App has no webhook: Heard learns of changes only by its sweep. Set the webhook to \
                 <public_url>/hooks/github.",
            ));
        };
        Some(match config.content_type.as_deref() {
            Some("form") => Finding::bad("The App's webhook sends forms. Set its content type to application/json."),
            _ if !url.trim_end_matches('/').ends_with("/hooks/github") => {
                Finding::bad(format!("The App's webhook goes to {url}. Set it to <public_url>/hooks/github."))
            }
            _ => Finding::good(format!("The App's webhook goes to {url}.")),
        })
    }

    async fn check_repository(&self, name: &Repository) -> Vec<Finding> {
        let facts = match self.repository(name).await {
            Ok(facts) => facts,
            Err(Trouble::NotFound(_)) => {
                return vec![Finding::bad(format!(
                    "{name} does not exist, or we may not see it. Check its name, and give the App or the token access."
                ))];
            }
            Err(Trouble::Unauthorized(why)) => {
                return vec![Finding::bad(format!("{why}. Install the App there, or give the token access."))];
            }
            Err(trouble) => return vec![Finding::bad(format!("{name}: {trouble}."))],
        };
        let mut findings = Vec::new();
        if !super::issues::same_name(&facts.full_name, name) {
            findings.push(Finding::bad(format!("{name} is called {} now. Change it in heard.toml.", facts.full_name)));
        }
        if facts.archived {
            findings.push(Finding::bad(format!("{name} is archived: nothing can be written there.")));
        } else if !facts.issues_enabled {
            findings.push(Finding::bad(format!("{name} has its issues turned off. Turn them on in its settings.")));
        }
        findings.extend(self.check_permissions(name, facts.may_write_issues).await);
        if findings.is_empty() {
            let who = if facts.private { "private" } else { "public: issues carry counts and neutral facts only" };
            findings.push(Finding::good(format!("{name} can be written ({who}).")));
        }
        findings
    }

    async fn check_permissions(&self, name: &Repository, may_write: Option<bool>) -> Vec<Finding> {
        let Ok(installation) = self.transport().installation(name).await else {
            let allowed = may_write != Some(false);
            let denied = format!("The token may not write issues in {name}. Give it write access to Issues there.");
            return if allowed { Vec::new() } else { vec![Finding::bad(denied)] };
        };
        let allowed = |permission: &str, level: &str| {
            installation.permissions.get(permission).is_some_and(|has| has == level || has == "write" || has == "admin")
        };
        let missing = PERMISSIONS.iter().filter(|(permission, level, _)| !allowed(permission, level));
        missing
            .map(|(permission, level, why)| {
                Finding::bad(format!(
                    "In {name} the App needs {permission}: {level}, {why}. Grant it in the App's settings."
                ))
            })
            .collect()
    }

    fn check_clock(&self, now: Time) -> Option<Finding> {
        let theirs = self.meter().date?;
        let (behind, ahead) = (theirs.since(now), now.since(theirs));
        let off = behind.max(ahead);
        if off <= SKEW {
            return Some(Finding::good("This machine's clock agrees with GitHub's."));
        }
        let way = if behind > ahead { "behind" } else { "ahead of" };
        Some(Finding::bad(format!(
            "This machine's clock is {} seconds {way} GitHub's. Turn on time synchronisation; signatures depend on it.",
            off.as_secs()
        )))
    }

    fn check_budget(&self) -> Option<Finding> {
        let meter = self.meter();
        let core = meter.budgets.get("core")?;
        let sentence =
            format!("{} of {} calls to GitHub are left until {}.", core.remaining, core.limit, core.reset_at);
        Some(if core.remaining * 10 >= core.limit {
            Finding::good(sentence)
        } else {
            Finding::bad(format!("{sentence} Something else may be using the same credentials."))
        })
    }
}
