//! The simulated helpdesk against Zendesk's documented behaviour.

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use simulator::{WebhookMode, Zendesk, ZendeskOptions};

use super::{Hand, Receiver, client};

/// A helpdesk, the product's client for it, and the receiver of its webhooks.
pub(super) struct Desk {
    pub(super) helpdesk: Zendesk,
    pub(super) hand: Hand,
    pub(super) receiver: Receiver,
    client: Client,
}

impl Desk {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut ZendeskOptions)) -> Self {
        let hand = Hand::new();
        let mut options = ZendeskOptions::new(hand.clock());
        change(&mut options);
        let helpdesk = Zendesk::start(options).unwrap();
        let receiver = Receiver::start().await;
        helpdesk.send_webhooks_to(&receiver.url);
        Self { helpdesk, hand, receiver, client: client() }
    }

    pub(super) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let (status, body) = self.try_call(method, path, body).await.unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    pub(super) async fn try_call(&self, method: Method, path: &str, body: Value) -> reqwest::Result<(u16, String)> {
        let request = self.client.request(method, format!("{}/api/v2/{path}", self.helpdesk.url()));
        let request = request.basic_auth("heard@acme.test/token", Some("zendesk-token"));
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The types of the events that came in, without their prefix, in order.
    async fn events(&self) -> Vec<String> {
        self.helpdesk.hooks().settled().await;
        let types = self.receiver.received().into_iter().map(|one| one.json()["type"].as_str().unwrap().to_owned());
        types.map(|kind| kind.replace("zen:event-type:ticket.", "")).collect()
    }
}

pub(super) fn zendesk_signature(secret: &str, timestamp: &str, body: &str) -> String {
    use base64::Engine as _;
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}{body}").as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_customers_ticket_is_announced_with_zendesks_signature() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada Lovelace").of("Lovelace Ltd").plan("enterprise").revenue(48_000).add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Export fails").body("It says 500").tag("export").send();
    assert_eq!(desk.events().await, ["created"]);
    let received = desk.receiver.received().remove(0);
    let timestamp = received.header("x-zendesk-webhook-signature-timestamp").unwrap();
    assert_eq!(timestamp, "2025-06-01T12:00:00Z");
    let expected = zendesk_signature("zendesk-webhook-secret", &timestamp, &received.body);
    assert_eq!(received.header("x-zendesk-webhook-signature"), Some(expected));
    assert_eq!(received.header("x-zendesk-account-id").as_deref(), Some("22129848"));
    let detail = received.json()["detail"].clone();
    assert_eq!(detail["id"], json!(ticket.to_string()));
    assert_eq!(detail["requester_id"], json!(ada.to_string()));
    assert_eq!(detail["status"], "NEW");
    assert_eq!(detail["tags"], json!(["export"]));
}

#[tokio::test]
async fn the_same_story_gives_the_same_bytes() {
    async fn story() -> Vec<String> {
        let desk = Desk::new().await;
        let ada = desk.helpdesk.customer("Ada").add();
        let ticket = desk.helpdesk.ticket_from(ada).subject("One").body("Two").send();
        desk.helpdesk.customer_replies(ticket, "Three");
        desk.events().await;
        desk.receiver.received().into_iter().map(|one| one.body).collect()
    }
    assert_eq!(story().await, story().await);
}

#[tokio::test]
async fn a_reply_through_the_api_is_seen_by_the_customer_and_comes_back_as_a_webhook() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    let reply = json!({"ticket": {"comment": {"html_body": "<p>Hi Ada,<br>fixed.</p><!-- mark -->", "public": true}}});
    let (status, answer) = desk.call(Method::PUT, &format!("tickets/{ticket}.json"), reply).await;
    assert_eq!(status, 200);
    let replies = desk.helpdesk.replies_by_heard(ticket);
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].plain_body, "Hi Ada,\nfixed.");
    assert_eq!(replies[0].html_body, "<p>Hi Ada,<br>fixed.</p>");
    assert_eq!(answer["audit"]["events"][0]["id"], json!(replies[0].id));
    assert_eq!(answer["audit"]["id"], json!(replies[0].audit_id));
    assert_eq!(answer["audit"]["author_id"], json!(desk.helpdesk.heard_user()));
    assert_eq!(desk.events().await, ["created", "comment_added"]);
    let echo = desk.receiver.received()[1].json();
    assert_eq!(echo["event"]["comment"]["id"], json!(replies[0].id.to_string()));
    assert_eq!(echo["event"]["comment"]["author"]["is_staff"], true);
    assert_eq!(echo["detail"]["actor_id"], json!(desk.helpdesk.heard_user().to_string()));
}

#[tokio::test]
async fn an_internal_note_never_reaches_the_customer() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    let note = json!({"ticket": {"comment": {"body": "Escalated", "public": false}}});
    desk.call(Method::PUT, &format!("tickets/{ticket}"), note).await;
    assert_eq!(desk.helpdesk.customer_sees(ticket).len(), 1);
    assert_eq!(desk.helpdesk.notes_by_heard(ticket).len(), 1);
    assert!(desk.helpdesk.heard_by(ada).is_empty());
}

#[tokio::test]
async fn comments_come_in_pages_by_cursor() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("0").send();
    for number in 1..5 {
        desk.helpdesk.customer_replies(ticket, &number.to_string());
    }
    let mut path = format!("tickets/{ticket}/comments?page[size]=2");
    let mut bodies = Vec::new();
    loop {
        let page = desk.get(&path).await;
        bodies.extend(
            page["comments"].as_array().unwrap().iter().map(|one| one["plain_body"].as_str().unwrap().to_owned()),
        );
        if page["meta"]["has_more"] == false {
            break;
        }
        let next = page["links"]["next"].as_str().unwrap();
        path = next.split_once("/api/v2/").unwrap().1.to_owned();
    }
    assert_eq!(bodies, ["0", "1", "2", "3", "4"]);
}

#[tokio::test]
async fn tags_are_added_without_losing_those_of_others() {
    let desk = Desk::new().await;
    let (ada, agent) = (desk.helpdesk.customer("Ada").add(), desk.helpdesk.agent("Sam"));
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    desk.helpdesk.agent_tags(agent, ticket, "vip");
    let (status, body) = desk.call(Method::PUT, &format!("tickets/{ticket}/tags"), json!({"tags": ["heard"]})).await;
    assert_eq!((status, body["tags"].clone()), (200, json!(["heard", "vip"])));
    let (status, _) = desk.call(Method::DELETE, &format!("tickets/{ticket}/tags"), json!({"tags": ["vip"]})).await;
    assert_eq!(status, 204);
    assert_eq!(desk.events().await, ["created", "tags_changed", "tags_changed", "tags_changed"]);
    let last = desk.receiver.received()[3].json();
    assert_eq!(last["event"], json!({"tags_added": [], "tags_removed": ["vip"]}));
}

#[tokio::test]
async fn a_safe_update_loses_against_a_newer_change() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    let seen = desk.get(&format!("tickets/{ticket}")).await["ticket"]["updated_at"].clone();
    desk.hand.passes_s(5);
    desk.helpdesk.customer_replies(ticket, "Hello?");
    let change = json!({"ticket": {"status": "open", "safe_update": true, "updated_stamp": seen}});
    let (status, body) = desk.call(Method::PUT, &format!("tickets/{ticket}"), change.clone()).await;
    assert_eq!((status, body["error"].as_str()), (409, Some("UpdateConflict")));
    let now = desk.get(&format!("tickets/{ticket}")).await["ticket"]["updated_at"].clone();
    let change = json!({"ticket": {"status": "open", "safe_update": true, "updated_stamp": now}});
    assert_eq!(desk.call(Method::PUT, &format!("tickets/{ticket}"), change).await.0, 200);
}

#[tokio::test]
async fn a_closed_ticket_takes_nothing_but_a_follow_up() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").tag("export").send();
    desk.helpdesk.close(ticket);
    let reply = json!({"ticket": {"comment": {"body": "Fixed", "public": true}}});
    let (status, body) = desk.call(Method::PUT, &format!("tickets/{ticket}"), reply).await;
    assert_eq!((status, body["error"].as_str()), (422, Some("RecordInvalid")));
    let follow_up =
        json!({"ticket": {"via_followup_source_id": ticket, "comment": {"body": "Fixed"}, "status": "solved"}});
    let (status, body) = desk.call(Method::POST, "tickets", follow_up).await;
    assert_eq!(status, 201);
    let made = body["ticket"]["id"].as_u64().unwrap();
    assert_eq!(body["ticket"]["via"]["source"]["rel"], "follow_up");
    assert_eq!(body["ticket"]["requester_id"], json!(ada));
    assert_eq!(desk.helpdesk.ticket(ticket).unwrap().followup_ids, [made]);
    assert_eq!(desk.helpdesk.heard_by(ada).len(), 1);
}

#[tokio::test]
async fn creating_twice_with_one_key_creates_once() {
    let desk = Desk::new().await;
    let body = json!({"ticket": {"subject": "One", "comment": {"body": "Two"}}});
    let create = |body: Value| {
        let request = desk.client.post(format!("{}/api/v2/tickets.json", desk.helpdesk.url()));
        request.bearer_auth("zendesk-token").header("idempotency-key", "k1").json(&body).send()
    };
    let first = create(body.clone()).await.unwrap();
    assert_eq!(first.headers()["x-idempotency-lookup"], "miss");
    let second = create(body).await.unwrap();
    assert_eq!(second.headers()["x-idempotency-lookup"], "hit");
    assert_eq!(desk.helpdesk.tickets().len(), 1);
    let other = create(json!({"ticket": {"subject": "Else", "comment": {"body": "Two"}}})).await.unwrap();
    assert_eq!(other.status().as_u16(), 400);
}

#[tokio::test]
async fn a_merged_ticket_names_its_target_and_a_deleted_one_is_gone() {
    let desk = Desk::new().await;
    let (ada, agent) = (desk.helpdesk.customer("Ada").add(), desk.helpdesk.agent("Sam"));
    let open = |subject: &str| desk.helpdesk.ticket_from(ada).subject(subject).body("Please").send();
    let (one, two, three) = (open("One"), open("Two"), open("Three"));
    desk.helpdesk.merge(agent, one, two);
    assert_eq!(desk.helpdesk.ticket(one).unwrap().status, "closed");
    desk.helpdesk.delete(agent, three);
    assert_eq!(desk.call(Method::GET, &format!("tickets/{three}"), Value::Null).await.0, 404);
    let kinds = desk.events().await;
    assert!(kinds.contains(&"merged".to_owned()));
    assert_eq!(kinds.last().map(String::as_str), Some("soft_deleted"));
    let merged = desk
        .receiver
        .received()
        .into_iter()
        .map(|one| one.json())
        .find(|one| one["type"].as_str().unwrap().ends_with("merged"));
    assert_eq!(merged.unwrap()["event"]["target_ticket_id"], json!(two.to_string()));
}

#[tokio::test]
async fn the_export_gives_every_change_once_and_withholds_the_last_minute() {
    let desk = Desk::new().await;
    let (ada, agent) = (desk.helpdesk.customer("Ada").add(), desk.helpdesk.agent("Sam"));
    let start_s = 1_748_779_200 - 60;
    for number in 0..3 {
        desk.helpdesk.ticket_from(ada).subject(&number.to_string()).body("x").send();
    }
    let deleted = desk.helpdesk.tickets()[0];
    desk.helpdesk.delete(agent, deleted);
    let empty = desk.get(&format!("incremental/tickets/cursor.json?start_time={start_s}")).await;
    assert_eq!(empty["tickets"], json!([]));
    desk.hand.passes_s(60);
    let page = desk.get(&format!("incremental/tickets/cursor?start_time={start_s}&per_page=2&include=users")).await;
    assert_eq!(page["end_of_stream"], false);
    assert_eq!(page["users"].as_array().unwrap().len(), 1);
    let after = page["after_cursor"].as_str().unwrap();
    let rest = desk.get(&format!("incremental/tickets/cursor?cursor={after}")).await;
    assert_eq!(rest["end_of_stream"], true);
    assert_eq!(rest["tickets"][0]["status"], "deleted");
    assert_eq!(rest["tickets"].as_array().unwrap().len(), 1);
    let after = rest["after_cursor"].as_str().unwrap();
    let nothing = desk.get(&format!("incremental/tickets/cursor?cursor={after}")).await;
    assert_eq!(nothing["tickets"], json!([]));
    let now_s = 1_748_779_200 + 60;
    let (status, _) =
        desk.call(Method::GET, &format!("incremental/tickets/cursor?start_time={now_s}"), Value::Null).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn people_and_companies_are_shown_with_their_fields() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").of("Lovelace Ltd").plan("pro").renewal("2026-01-31").locale("de").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    let shown = desk.get(&format!("tickets/{ticket}?include=users,organizations")).await;
    assert_eq!(shown["users"][0]["locale"], "de");
    assert_eq!(shown["organizations"][0]["organization_fields"], json!({"plan": "pro", "renewal_date": "2026-01-31"}));
    assert_eq!(desk.get("users/me").await["user"]["id"], json!(desk.helpdesk.heard_user()));
    let id = shown["organizations"][0]["id"].clone();
    assert_eq!(desk.get(&format!("organizations/{id}.json")).await["organization"]["name"], "Lovelace Ltd");
    assert_eq!(desk.get(&format!("users/{ada}")).await["user"]["role"], "end-user");
}

#[tokio::test]
async fn a_wrong_token_is_refused_as_zendesk_does() {
    let desk = Desk::new().await;
    desk.helpdesk.rotate_token("another");
    let (status, body) = desk.call(Method::GET, "users/me", Value::Null).await;
    assert_eq!((status, body), (401, json!({"error": "Couldn't authenticate you"})));
}

#[tokio::test]
async fn a_trigger_sends_one_thin_webhook_per_update() {
    let desk = Desk::with(|options| options.webhook_mode = WebhookMode::Trigger).await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help \"me\"").body("Please").send();
    let change = json!({"ticket": {"status": "open", "comment": {"body": "Hi"}}});
    desk.call(Method::PUT, &format!("tickets/{ticket}"), change).await;
    desk.helpdesk.hooks().settled().await;
    let bodies: Vec<Value> = desk.receiver.received().into_iter().map(|one| one.json()).collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[1]["event"], "updated");
    assert_eq!(bodies[1]["ticket_id"], json!(ticket.to_string()));
    assert_eq!(bodies[1]["current_user_id"], json!(desk.helpdesk.heard_user().to_string()));
}

#[tokio::test]
async fn a_webhook_can_be_made_through_the_api_and_its_secret_read() {
    let desk = Desk::new().await;
    let made = json!({"webhook": {"name": "Heard", "endpoint": desk.receiver.url, "http_method": "POST",
        "request_format": "json", "status": "active", "subscriptions": ["zen:event-type:ticket.created"]}});
    let (status, body) = desk.call(Method::POST, "webhooks", made).await;
    assert_eq!(status, 201);
    let id = body["webhook"]["id"].as_str().unwrap();
    assert_eq!(desk.get("webhooks").await["webhooks"][1]["id"], json!(id));
    let secret = desk.get(&format!("webhooks/{id}/signing_secret")).await;
    assert_eq!(secret["signing_secret"]["algorithm"], "sha256");
    assert_ne!(secret["signing_secret"]["secret"], "zendesk-webhook-secret", "each webhook has a secret of its own");
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    desk.helpdesk.customer_replies(ticket, "not subscribed");
    assert_eq!(desk.events().await, ["created"]);
}

#[tokio::test]
async fn a_webhook_is_refused_as_zendesk_says() {
    let desk = Desk::new().await;
    let with = |changed: Value| {
        let mut webhook = json!({"name": "Heard", "endpoint": "https://heard.test/hooks/acme", "http_method": "POST",
            "request_format": "json", "status": "active", "subscriptions": ["zen:event-type:ticket.created"]});
        for (name, value) in changed.as_object().unwrap() {
            webhook[name] = value.clone();
        }
        json!({ "webhook": webhook })
    };
    for wrong in [
        json!({"name": ""}),
        json!({"http_method": "GET"}),
        json!({"subscriptions": ["conditional_ticket_events", "zen:event-type:ticket.created"]}),
        json!({"subscriptions": ["zen:event-type:ticket.updated"]}),
    ] {
        let (status, body) = desk.call(Method::POST, "webhooks", with(wrong.clone())).await;
        assert_eq!((status, &body["errors"][0]["code"]), (400, &json!("InvalidWebhook")), "{wrong}");
    }
    let (status, made) = desk.call(Method::POST, "webhooks", with(json!({}))).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let by_trigger = json!({"webhook": {"subscriptions": ["conditional_ticket_events"]}});
    assert_eq!(desk.call(Method::PATCH, &path, by_trigger).await.0, 400, "its connection method stays");
    assert_eq!(desk.call(Method::PATCH, &path, json!({"webhook": {"status": "inactive"}})).await.0, 204);
    assert_eq!(desk.get(&path).await["webhook"]["status"], "inactive");
    assert_eq!(desk.call(Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(desk.call(Method::GET, &path, Value::Null).await.0, 404);
    desk.helpdesk.has_room_for_webhooks(1);
    assert_eq!(desk.call(Method::POST, "webhooks", with(json!({}))).await.0, 403);
}

#[tokio::test]
async fn a_trigger_calls_its_webhook_which_cannot_be_deleted_before_it() {
    let desk = Desk::new().await;
    let webhook = json!({"webhook": {"name": "Heard", "endpoint": desk.receiver.url, "http_method": "POST",
        "request_format": "json", "status": "active", "subscriptions": ["conditional_ticket_events"]}});
    let (_, made) = desk.call(Method::POST, "webhooks", webhook).await;
    let id = made["webhook"]["id"].as_str().unwrap();
    let trigger = json!({"title": "Tell", "conditions": {"all": [], "any": [
        {"field": "update_type", "operator": "is", "value": "Create"}]},
        "actions": [{"field": "notification_webhook", "value": [id, "{\"ticket\": \"{{ticket.id}}\"}"]}]});
    let (status, _) = desk.call(Method::POST, "triggers", json!({ "trigger": trigger })).await;
    assert_eq!(status, 422, "it has no category");
    let category = desk.get("trigger_categories").await["trigger_categories"][0]["id"].clone();
    let mut whole = trigger;
    whole["category_id"] = category;
    let (status, made) = desk.call(Method::POST, "triggers", json!({ "trigger": whole })).await;
    assert_eq!(status, 201);
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    desk.helpdesk.hooks().settled().await;
    assert_eq!(desk.receiver.received().remove(0).json(), json!({"ticket": ticket.to_string()}));
    assert_eq!(desk.call(Method::DELETE, &format!("webhooks/{id}"), Value::Null).await.0, 400);
    let trigger = format!("triggers/{}", made["trigger"]["id"]);
    assert_eq!(desk.call(Method::DELETE, &trigger, Value::Null).await.0, 204);
    assert_eq!(desk.call(Method::DELETE, &format!("webhooks/{id}"), Value::Null).await.0, 204);
}

#[tokio::test]
async fn a_customer_who_answers_reopens_the_ticket_or_begins_a_follow_up() {
    let desk = Desk::new().await;
    let (ada, agent) = (desk.helpdesk.customer("Ada").add(), desk.helpdesk.agent("Sam"));
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    desk.helpdesk.agent_sets_status(agent, ticket, "solved");
    assert_eq!(desk.helpdesk.customer_replies(ticket, "Still broken"), ticket);
    assert_eq!(desk.helpdesk.ticket(ticket).unwrap().status, "open");
    desk.helpdesk.close(ticket);
    let follow_up = desk.helpdesk.customer_replies(ticket, "And again");
    assert_eq!(desk.helpdesk.ticket(follow_up).unwrap().followup_of, Some(ticket));
}

#[tokio::test]
async fn a_rating_stands_on_the_ticket_and_is_announced() {
    let desk = Desk::new().await;
    let ada = desk.helpdesk.customer("Ada").add();
    let ticket = desk.helpdesk.ticket_from(ada).subject("Help").body("Please").send();
    desk.helpdesk.customer_rates(ticket, "bad", Some("Too slow"));
    let shown = desk.get(&format!("tickets/{ticket}")).await;
    assert_eq!(shown["ticket"]["satisfaction_rating"], json!({"score": "bad", "comment": "Too slow"}));
    assert_eq!(desk.get("satisfaction_ratings").await["satisfaction_ratings"][0]["ticket_id"], json!(ticket));
    assert_eq!(desk.events().await, ["created", "csat_received"]);
}
