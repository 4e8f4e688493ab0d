//! GitHub's webhooks: payloads, headers, signature.
//!
//! docs.github.com, "Webhook events and payloads" and "Validating webhook deliveries".

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::state::{ENGINEER, GithubActor, GithubState};
use crate::hooks::{Delivery, WebhookDraft};

impl GithubState {
    /// Queues a webhook about something that happened in a repository.
    pub(super) fn emit(&mut self, repo_id: u64, actor: &GithubActor, event: &str, action: Option<&str>, more: Value) {
        let Some(repo) = self.repos.get(&repo_id) else {
            return;
        };
        let mut body = match more {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        if let Some(action) = action {
            body.insert("action".to_owned(), json!(action));
        }
        body.insert("repository".to_owned(), self.repo_json(repo));
        body.insert("sender".to_owned(), self.person_json(&actor.login));
        let installation = self.options.installation_id;
        body.insert("installation".to_owned(), json!({"id": installation, "node_id": format!("IN_{installation}")}));
        let owner = self.person(&repo.owner);
        if owner.kind == "Organization" {
            body.insert("organization".to_owned(), json!({"login": owner.login, "id": owner.id}));
        }
        self.queue_webhook(event, action, body);
    }

    /// Queues a webhook about the installation of the app.
    pub(super) fn emit_installation(&mut self, action: &str) {
        let body = json!({
            "action": action,
            "installation": self.installation_json(),
            "sender": self.person_json(ENGINEER),
        });
        if let Value::Object(body) = body {
            self.queue_webhook("installation", Some(action), body);
        }
    }

    fn queue_webhook(&mut self, event: &str, action: Option<&str>, body: Map<String, Value>) {
        let name = action.map_or_else(|| event.to_owned(), |action| format!("{event}.{action}"));
        let guid = self.random.uuid();
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("user-agent".to_owned(), "GitHub-Hookshot/simulator".to_owned()),
            ("x-github-event".to_owned(), event.to_owned()),
            ("x-github-delivery".to_owned(), guid.clone()),
            ("x-github-hook-id".to_owned(), "292430182".to_owned()),
            ("x-github-hook-installation-target-id".to_owned(), self.options.app_id.to_string()),
            ("x-github-hook-installation-target-type".to_owned(), "integration".to_owned()),
        ];
        self.pending_webhooks.push(WebhookDraft {
            guid,
            event: name,
            headers,
            body: Value::Object(body).to_string().into_bytes(),
        });
    }

    /// Queues a webhook about an issue as it is now.
    pub(super) fn emit_issue(&mut self, repo_id: u64, number: u64, actor: &GithubActor, action: &str, more: Value) {
        let Some(issue) = self.current_issue_json(repo_id, number) else {
            return;
        };
        let mut body = more;
        body["issue"] = issue;
        self.emit(repo_id, actor, "issues", Some(action), body);
    }

    /// Queues a webhook about a pull request as it is now.
    pub(super) fn emit_pull_request(
        &mut self,
        repo_id: u64,
        number: u64,
        actor: &GithubActor,
        action: &str,
        more: Value,
    ) {
        let pull = self.repos.get(&repo_id).and_then(|repo| self.pull_json(repo, repo.issues.get(&number)?));
        let Some(pull) = pull else {
            return;
        };
        let mut body = more;
        body["number"] = json!(number);
        body["pull_request"] = pull;
        self.emit(repo_id, actor, "pull_request", Some(action), body);
    }

    pub(super) fn current_issue_json(&self, repo_id: u64, number: u64) -> Option<Value> {
        let repo = self.repos.get(&repo_id)?;
        Some(self.issue_json(repo, repo.issues.get(&number)?))
    }
}

/// GitHub's signature: `sha256=` and the hex of HMAC-SHA256 over the body.
pub(super) fn signed(delivery: &Delivery, secret: &str, _now: i64) -> Vec<(String, String)> {
    vec![("x-hub-signature-256".to_owned(), signature(secret, &delivery.body))]
}

fn signature(secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of docs.github.com, "Validating webhook deliveries".
    #[test]
    fn the_signature_is_githubs() {
        let made = signature("It's a Secret to Everybody", b"Hello, World!");
        assert_eq!(made, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    }
}
