//! A repository's own webhook, as a person or a token makes it.

use serde_json::{Value, json};

/// One webhook of a repository.
#[derive(Debug, Clone)]
pub(super) struct RepositoryHook {
    pub(super) id: u64,
    pub(super) active: bool,
    pub(super) events: Vec<String>,
    pub(super) url: String,
    pub(super) content_type: String,
    pub(super) insecure_ssl: String,
    pub(super) secret: Option<String>,
}

impl RepositoryHook {
    pub(super) const fn new(id: u64) -> Self {
        Self {
            id,
            active: true,
            events: Vec::new(),
            url: String::new(),
            content_type: String::new(),
            insecure_ssl: String::new(),
            secret: None,
        }
    }

    /// Takes what is given. A `config` replaces the whole one: without a secret in it there is none from then on
    /// (looper#647, PyGithub#2906).
    pub(super) fn write(&mut self, body: &Value) {
        let word = |value: &Value, default: &str| value.as_str().unwrap_or(default).to_owned();
        self.active = body["active"].as_bool().unwrap_or(self.active);
        if let Some(events) = body["events"].as_array() {
            self.events = events.iter().filter_map(|event| event.as_str().map(str::to_owned)).collect();
        }
        let config = &body["config"];
        if config.is_object() {
            self.url = word(&config["url"], "");
            self.content_type = word(&config["content_type"], "form");
            self.insecure_ssl = word(&config["insecure_ssl"], "0");
            self.secret = config["secret"].as_str().map(str::to_owned);
        }
    }

    /// As the API shows it. Nobody sees a secret again.
    pub(super) fn json(&self, repository: &str) -> Value {
        let mut config = json!({"url": self.url, "content_type": self.content_type, "insecure_ssl": self.insecure_ssl});
        if self.secret.is_some() {
            config["secret"] = json!("********");
        }
        json!({
            "type": "Repository", "id": self.id, "name": "web", "active": self.active, "events": self.events,
            "config": config, "url": format!("{repository}/hooks/{}", self.id),
            "ping_url": format!("{repository}/hooks/{}/pings", self.id),
            "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z",
            "last_response": {"code": null, "status": "unused", "message": null},
        })
    }
}
