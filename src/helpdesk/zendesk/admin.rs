//! The calls of an administrator by which `heard connect zendesk` makes what `connect` plans, each as a value.
//!
//! Shapes: <https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/>, and `TriggerWithCategoryRequest` and
//! `MacroInput` of Zendesk's "Support API" 2.0.0 description. How the API of webhooks refuses is not said there, so the words of
//! its refusals are looked at.

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    authorization,
    calls::{PAGE, identity, unexpected},
    check::BY_TRIGGER,
    connect::{MACRO_TITLE, Removal, TRIGGER_BODY, WantedConnection},
    webhook::{self, SUBSCRIBED},
    wire::{
        CategoriesAnswer, MadeAnswer, MeAnswer, NewRecord, RulesAnswer, SigningSecretAnswer, WebhooksAnswer,
        ZendeskRule, ZendeskWebhook,
    },
};
use crate::{
    base::{
        characters,
        clock::Time,
        http::{Request, Response},
        limits,
        secret::Secret,
    },
    helpdesk::{Call, CallAnswer, HelpdeskRefusal, Identity, expect_json, outcome, path::segment},
};

/// What a delivery says that is only there to be taken, and signed as Zendesk signs. Heard ignores what it says.
pub fn test_delivery(secret: &Secret, connection: &str, id: &str, now: Time) -> Request {
    let body = json!({"type": format!("{SUBSCRIBED}heard.test"), "id": id, "subject": "zen:heard:test",
        "time": now.to_string(), "zendesk_event_version": "2022-11-06", "detail": {}, "event": {}});
    let body = Bytes::from(body.to_string());
    let mut request = Request::get(format!("/hooks/{}", segment(connection)));
    for (name, value) in webhook::signed(secret, &body, now) {
        request = request.header(name, value);
    }
    Request { method: Method::POST, body: Some(("application/json", body)), ..request }
}

/// An account, and an administrator of it.
pub struct ZendeskAdmin {
    credential: Secret,
}

impl ZendeskAdmin {
    /// With a user, the token is an API token. Without one, it is an OAuth access token.
    pub fn new(user: Option<&str>, token: &Secret) -> Self {
        Self { credential: authorization(user, token) }
    }

    /// Who we are, and whether that is enough.
    pub fn identity(&self) -> Call<Identity> {
        Call::new(self.get("/api/v2/users/me"), |response| {
            let MeAnswer { user } = expected(response)?;
            let is_agent = user.role.as_deref() == Some("agent");
            let us = identity(user)?;
            if !is_agent {
                return Ok(us);
            }
            let lacks = format!(
                "{} is an agent in Zendesk, and only an administrator may make webhooks: use the address and a token of one",
                us.name
            );
            Ok(Identity { lacks: Some(lacks), ..us })
        })
    }

    /// Every webhook.
    pub fn webhooks(&self) -> Call<Vec<ZendeskWebhook>> {
        self.list("/api/v2/webhooks", |answer: WebhooksAnswer| Some((answer.webhooks?, answer.meta.next())))
    }

    /// Every trigger.
    pub fn triggers(&self) -> Call<Vec<ZendeskRule>> {
        self.list("/api/v2/triggers", |answer: RulesAnswer| Some((answer.rules?, answer.meta.next())))
    }

    /// Every macro that is not somebody's own.
    pub fn macros(&self) -> Call<Vec<ZendeskRule>> {
        self.list("/api/v2/macros?access=shared", |answer: RulesAnswer| Some((answer.rules?, answer.meta.next())))
    }

    /// Makes the webhook that is sent every event. `None` if the account has no events of tickets.
    pub fn make_webhook(&self, wanted: &WantedConnection) -> Call<Option<String>> {
        let all: Vec<String> = webhook::subscriptions().map(|(event, _)| format!("{SUBSCRIBED}{event}")).collect();
        Call::new(self.new_webhook(wanted, &json!(all)), |response| {
            // The guide on making webhooks has no events of tickets, the list of events has.
            let text = String::from_utf8_lossy(&response.body).to_lowercase();
            let speaks_of_events = ["subscription", "event-type", " event"].iter().any(|word| text.contains(word));
            match response.status {
                400 | 403 | 422 if speaks_of_events && !is_full(response) => Ok(None),
                _ => made(response, "webhooks").map(Some),
            }
        })
    }

    /// Makes the webhook that triggers call.
    pub fn make_webhook_for_triggers(&self, wanted: &WantedConnection) -> Call<String> {
        Call::new(self.new_webhook(wanted, &json!([BY_TRIGGER])), |response| made(response, "webhooks"))
    }

    fn new_webhook(&self, wanted: &WantedConnection, subscriptions: &Value) -> Request {
        let webhook = json!({
            "name": wanted.webhook_title(),
            "description": "Made by heard connect. Heard hears of tickets by it.",
            "endpoint": wanted.endpoint,
            "http_method": "POST",
            "request_format": "json",
            "status": "active",
            "subscriptions": subscriptions,
        });
        self.write(Method::POST, "/api/v2/webhooks", &json!({ "webhook": webhook }))
    }

    /// Changes a webhook.
    pub fn change_webhook(&self, id: &str, changes: &Value) -> Call<()> {
        let path = format!("/api/v2/webhooks/{}", segment(id));
        Call::new(self.write(Method::PATCH, &path, &json!({ "webhook": changes })), done)
    }

    /// What a webhook signs with. It can be asked for at any time.
    pub fn signing_secret(&self, id: &str) -> Call<Secret> {
        Call::new(self.get(&format!("/api/v2/webhooks/{}/signing_secret", segment(id))), |response| {
            let answer: SigningSecretAnswer = expected(response)?;
            answer.signing_secret.secret.map(Secret::new).ok_or_else(|| unexpected(response, "signing secret"))
        })
    }

    /// Makes the trigger that calls the webhook, in the account's first category where there are any: each trigger needs one then
    /// (PipedreamHQ/pipedream#17497). `us` is left out, because Heard knows what it does itself.
    pub fn make_trigger(&self, wanted: &WantedConnection, webhook: &str, us: &Identity) -> Call<String> {
        let trigger = json!({
            "title": wanted.trigger_title(),
            "description": "Made by heard connect.",
            "active": true,
            "conditions": {
                "all": [{"field": "current_user_id", "operator": "is_not", "value": us.external_id}],
                "any": [
                    {"field": "update_type", "operator": "is", "value": "Create"},
                    {"field": "update_type", "operator": "is", "value": "Change"},
                ],
            },
            "actions": [{"field": "notification_webhook", "value": [webhook, TRIGGER_BODY]}],
        });
        let credential = self.credential.clone();
        Call::leading(self.get("/api/v2/trigger_categories?page%5Bsize%5D=1"), move |response| {
            let mut trigger = trigger.clone();
            // 403 says that this account's triggers have no categories, and 404 that nobody's have.
            if !matches!(response.status, 403 | 404) {
                let CategoriesAnswer { trigger_categories } = expected(response)?;
                let first = trigger_categories.into_iter().flatten().find_map(|category| category.id);
                match first {
                    Some(id) => trigger["category_id"] = json!(id),
                    None => trigger["category"] = json!({"name": "Heard", "position": 0}),
                }
            }
            let admin = Self { credential: credential.clone() };
            let request = admin.write(Method::POST, "/api/v2/triggers", &json!({ "trigger": trigger }));
            Ok(CallAnswer::More(Box::new(Call::new(request, |response| made(response, "triggers")))))
        })
    }

    /// Switches a trigger on.
    pub fn switch_trigger_on(&self, id: &str) -> Call<()> {
        let path = format!("/api/v2/triggers/{}", segment(id));
        Call::new(self.write(Method::PUT, &path, &json!({"trigger": {"active": true}})), done)
    }

    /// Makes the macro by which agents escalate.
    pub fn make_macro(&self, wanted: &WantedConnection) -> Call<String> {
        let body = json!({"macro": {
            "title": MACRO_TITLE,
            "description": "Made by heard connect. Heard answers with an internal note.",
            "active": true,
            "actions": [{"field": "current_tags", "value": wanted.tag}],
        }});
        Call::new(self.write(Method::POST, "/api/v2/macros", &body), |response| made(response, "macros"))
    }

    /// Switches a macro on.
    pub fn switch_macro_on(&self, id: &str) -> Call<()> {
        let path = format!("/api/v2/macros/{}", segment(id));
        Call::new(self.write(Method::PUT, &path, &json!({"macro": {"active": true}})), done)
    }

    /// Deletes something of ours. What is gone already is fine.
    pub fn delete(&self, removal: &Removal) -> Call<()> {
        let request = Request { method: Method::DELETE, ..self.get(&removal.path) };
        Call::new(request, |response| if response.status == 404 { Ok(()) } else { done(response) })
    }

    fn list<A: DeserializeOwned + 'static, T: Clone + Send + Sync + 'static>(
        &self,
        path: &'static str,
        rows: RowsOfPage<A, T>,
    ) -> Call<Vec<T>> {
        page(&self.credential, path, rows, None, Vec::new(), limits::PAGES_PER_LIST)
    }

    fn get(&self, path: &str) -> Request {
        signed(Request::get(path), &self.credential)
    }

    fn write(&self, method: Method, path: &str, body: &Value) -> Request {
        signed(Request::json(method, path, body), &self.credential)
    }
}

/// What a page lists, and the cursor of the page after it.
type RowsOfPage<A, T> = fn(A) -> Option<(Vec<T>, Option<String>)>;

/// One page of a list, and those after it.
fn page<A: DeserializeOwned + 'static, T: Clone + Send + Sync + 'static>(
    credential: &Secret,
    path: &'static str,
    rows: RowsOfPage<A, T>,
    after: Option<&str>,
    before: Vec<T>,
    pages: usize,
) -> Call<Vec<T>> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let cursor = after.map(|cursor| format!("&page%5Bafter%5D={}", segment(cursor))).unwrap_or_default();
    let request = signed(Request::get(format!("{path}{joint}page%5Bsize%5D={PAGE}{cursor}")), credential);
    let credential = credential.clone();
    Call::leading(request, move |response| {
        let (found, next) = rows(expected(response)?).ok_or_else(|| unexpected(response, "list"))?;
        let all: Vec<T> = before.iter().cloned().chain(found).collect();
        Ok(match next {
            Some(next) if pages > 1 => {
                CallAnswer::More(Box::new(page(&credential, path, rows, Some(&next), all, pages - 1)))
            }
            _ => CallAnswer::Whole(all),
        })
    })
}

fn signed(request: Request, credential: &Secret) -> Request {
    request.header("accept", "application/json").credential("authorization", credential.clone())
}

/// As [`expect_json`]; tells a page for people, which is what a sign-in page or another address answers with.
fn expected<T: DeserializeOwned>(response: &Response) -> Result<T, HelpdeskRefusal> {
    done(response)?;
    expect_json(response)
}

fn done(response: &Response) -> Result<(), HelpdeskRefusal> {
    let is_page = response.header("content-type").is_some_and(|kind| kind.contains("html"));
    match response.status {
        300..=399 => Err(HelpdeskRefusal::Gone(format!("sends us to another address (answered {})", response.status))),
        200..=299 | 404 if is_page => {
            Err(HelpdeskRefusal::Gone(format!("answered {} with a page for people", response.status)))
        }
        400 | 422 => Err(HelpdeskRefusal::Invalid(said(response))),
        _ => outcome(response),
    }
}

/// The id of what was made, or that there is no room for it.
fn made(response: &Response, what: &str) -> Result<String, HelpdeskRefusal> {
    if is_full(response) {
        let sentence = format!("has no room for more {what} ({}): delete one that nobody needs", said(response));
        return Err(HelpdeskRefusal::Invalid(sentence));
    }
    let MadeAnswer { made: NewRecord { id } } = expected(response)?;
    id.ok_or_else(|| unexpected(response, "new record"))
}

/// Whether a refusal speaks of a limit.
fn is_full(response: &Response) -> bool {
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    matches!(response.status, 400 | 403 | 422) && ["limit", "maximum", "exceed"].iter().any(|word| text.contains(word))
}

/// What Zendesk says of a webhook or a rule that it refuses: it is about what we sent, and no customer's.
fn said(response: &Response) -> String {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let details =
        body["details"].as_object().into_iter().flat_map(Map::values).map(|of_field| &of_field[0]["description"]);
    let places = [&body["errors"][0]["title"], &body["error"]["message"], &body["description"]];
    let sentence =
        details.chain(places).find_map(Value::as_str).map(characters::without_particulars).unwrap_or_default();
    let sentence: String = sentence.chars().take(160).collect();
    if sentence.is_empty() {
        format!("answered {}", response.status)
    } else {
        format!("answered {}: {sentence}", response.status)
    }
}
