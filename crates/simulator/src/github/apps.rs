//! How an App comes to be: the page that takes its manifest, the code that can be used once, and what its owner does.
//!
//! docs.github.com, "Registering a GitHub App from a manifest". How it refuses is not said there, and is from reports.
//! The page between, on which a person may change the name, is left out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answers::not_found;
use super::instance::Github;
use super::registration::ManifestCode;
use super::state::{ENGINEER, GithubState};
use crate::message::{Request, Response};
use crate::text::escaped;

/// A code is good for an hour.
const CODE_LIFETIME: i64 = 3_600 * 1_000_000;
/// The longest name of an App (github/docs#33265).
const NAME_CHARACTERS: usize = 34;
/// Which permission an event has to stand on: any of these.
const BACKED: &[(&str, &[&str])] = &[
    ("issues", &["issues"]),
    // Of issues only, although pull requests have comments too (derive-to/derive#269).
    ("issue_comment", &["issues"]),
    ("pull_request", &["pull_requests"]),
    // probot#1317.
    ("push", &["contents"]),
    ("release", &["contents"]),
    ("create", &["contents"]),
    ("delete", &["contents"]),
    ("deployment", &["deployments"]),
    ("deployment_status", &["deployments"]),
    ("milestone", &["issues", "pull_requests"]),
    ("repository", &["metadata"]),
    ("label", &["metadata"]),
    ("sub_issues", &["issues"]),
];

impl Github {
    /// The owner installs the App in every repository, or in some.
    pub fn installs_app(&self, chosen: Option<&[&str]>) {
        self.act(|state| {
            let app = &mut state.registration;
            app.installed = true;
            app.chosen = chosen.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            app.granted = app.permissions.clone();
            app.granted_events = app.events.clone();
            state.emit_installation("created");
        });
    }

    /// The App asks for less than it did, and so does its installation.
    pub fn app_lacks(&self, permission: &str, event: &str) {
        self.act(|state| {
            let app = &mut state.registration;
            for granted in [&mut app.permissions, &mut app.granted] {
                if let Some(all) = granted.as_object_mut() {
                    all.remove(permission);
                }
            }
            app.events.retain(|one| one != event);
            app.granted_events.retain(|one| one != event);
        });
    }

    /// The App asks for a permission that its installation has not accepted yet.
    pub fn installation_lacks(&self, permission: &str) {
        self.act(|state| {
            if let Some(all) = state.registration.granted.as_object_mut() {
                all.remove(permission);
            }
        });
    }

    /// Somebody else has an App of this name. Names are unique among all accounts (Dokploy#2265).
    pub fn has_an_app_called(&self, name: &str) {
        self.act(|state| state.registration.taken_names.push(name.to_owned()));
    }

    /// The App as `GET /app` shows it.
    pub fn app(&self) -> Value {
        self.act(|state| state.app_json())
    }

    /// Whether the App is installed.
    pub fn app_is_installed(&self) -> bool {
        self.act(|state| state.registration.installed)
    }

    /// Where webhooks go.
    pub fn webhook_address(&self) -> Option<String> {
        self.act(|state| state.endpoint.clone())
    }
}

impl GithubState {
    /// What nobody has to sign in for here: pages for people, whose cookies are left out, and the code, which is a key by itself.
    pub(super) fn open_route(&mut self, request: &Request, rest: &[&str]) -> Option<Response> {
        match (request.method.as_str(), rest) {
            ("POST", ["settings", "apps", "new"]) => Some(self.take_manifest(request, None)),
            ("POST", ["organizations", organization, "settings", "apps", "new"]) => {
                Some(self.take_manifest(request, Some((*organization).to_owned())))
            }
            ("POST", ["app-manifests", code, "conversions"]) => Some(self.convert(code)),
            ("GET", ["users", login]) if request.header("authorization").is_none() => {
                Some(match self.people.get(*login) {
                    Some(person) => Response::json(200, &person.json(&self.base)),
                    None => not_found(),
                })
            }
            _ => None,
        }
    }

    fn take_manifest(&mut self, request: &Request, owner: Option<String>) -> Response {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let manifest: Value = form.get("manifest").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        if let Some(why) = self.refusal_of(&manifest) {
            let page = format!(
                "<!doctype html><title>Invalid GitHub App configuration</title><p>The configuration does not appear to be a \
                 valid GitHub App manifest.</p><p>Error {}</p>",
                escaped(&why)
            );
            return Response::html(200, page);
        }
        let Some(mut back) = manifest["redirect_url"].as_str().and_then(|text| url::Url::parse(text).ok()) else {
            return Response::html(200, "<p>Error \"redirect_url\" wasn't supplied.</p>".to_owned());
        };
        let code = self.random.uuid().replace('-', "");
        back.query_pairs_mut().append_pair("code", &code);
        if let Some(state) = request.parameter("state") {
            back.query_pairs_mut().append_pair("state", state);
        }
        let at = self.now();
        self.registration.codes.insert(code, ManifestCode { manifest, owner, at, used: false });
        Response::empty(302).header("location", back)
    }

    /// What the page says of a manifest that it does not take. Then nobody comes back.
    fn refusal_of(&self, manifest: &Value) -> Option<String> {
        let name = manifest["name"].as_str().unwrap_or_default();
        if name.chars().count() > NAME_CHARACTERS {
            // fullsend#212, coolify#3821.
            return Some(format!("Name is too long (maximum is {NAME_CHARACTERS} characters)"));
        }
        if self.registration.taken_names.iter().any(|taken| taken.eq_ignore_ascii_case(name)) {
            return Some("Name is already taken".to_owned());
        }
        let hook = &manifest["hook_attributes"];
        // The same words for both: a webhook needs a url whenever it is there, also if it is not active (curia#933).
        if !manifest["url"].is_string() || hook.is_object() && !hook["url"].is_string() {
            return Some("\"url\" wasn't supplied.".to_owned());
        }
        if !hook["secret"].is_null() {
            // pagescms#409.
            return Some("\"secret\" is not a permitted key.".to_owned());
        }
        let events: Vec<&str> =
            manifest["default_events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !hook.is_object() && !events.is_empty() {
            // quickfeed#964.
            return Some("Default events need hook_attributes".to_owned());
        }
        let backing = |event: &str| BACKED.iter().find(|(known, _)| *known == event).map(|(_, by)| *by);
        let unknown: Vec<&str> = events.iter().copied().filter(|event| backing(event).is_none()).collect();
        if !unknown.is_empty() {
            // `installation` is sent always, and nobody may ask for it (tuist#10709, weblate#20301).
            return Some(format!("Default events unsupported: {}", unknown.join(" and ")));
        }
        let allowed = |event: &&str| {
            backing(event)
                .unwrap_or_default()
                .iter()
                .any(|permission| manifest["default_permissions"][*permission].is_string())
        };
        let unbacked: Vec<&str> = events.iter().copied().filter(|event| !allowed(event)).collect();
        // cyrus#1406.
        (!unbacked.is_empty())
            .then(|| format!("Default events are not supported by permissions: {}", unbacked.join(" and ")))
    }

    /// The App in exchange for its code. What it answers is shown this once.
    fn convert(&mut self, code: &str) -> Response {
        let now = self.now();
        let Some(made) =
            self.registration.codes.get_mut(code).filter(|made| !made.used && now - made.at <= CODE_LIFETIME)
        else {
            return not_found();
        };
        made.used = true;
        let (manifest, owner) = (made.manifest.clone(), made.owner.clone());
        let name = manifest["name"].as_str().unwrap_or("an-app").to_owned();
        let slug: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let secret = self.random.uuid();
        let hook = manifest["hook_attributes"]["url"].as_str().map(str::to_owned);
        self.options.app_id = self.new_id();
        self.options.app_slug = slug;
        let bot = self.bot();
        self.ensure_person(&bot, "Bot");
        let app = &mut self.registration;
        app.name = name;
        app.owner = Some(owner.unwrap_or_else(|| ENGINEER.to_owned()));
        app.permissions = manifest["default_permissions"].clone();
        app.events = words(&manifest["default_events"]);
        app.has_webhook = hook.is_some();
        app.installed = false;
        app.chosen = None;
        self.endpoint = hook;
        if self.registration.has_webhook {
            secret.clone_into(&mut self.options.webhook_secret);
        }
        let mut body = self.app_json();
        body["client_secret"] = json!("a-client-secret-that-nobody-needs");
        body["webhook_secret"] = if self.registration.has_webhook { json!(secret) } else { Value::Null };
        body["pem"] = json!(self.options.private_key);
        Response::json(201, &body)
    }
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
