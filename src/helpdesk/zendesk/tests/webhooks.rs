//! What `heard check` says of an account's webhooks.

use super::*;

const ADDRESS: &str = "https://heard.test/hooks/acme";

/// What is found with this list of webhooks, each of which signs with `secret`.
fn found(list: &str, secret: &str) -> Vec<String> {
    whole(specimen().open().webhooks(ADDRESS).unwrap().read(&answer(200, list)).unwrap(), 200, secret)
}

/// What is found at last: whoever asks for a secret is answered with `status`.
fn whole(mut read: CallAnswer<Vec<String>>, status: u16, secret: &str) -> Vec<String> {
    let signed = json!({"signing_secret": {"algorithm": "SHA256", "secret": secret}}).to_string();
    loop {
        match read {
            CallAnswer::Whole(found) => return found,
            CallAnswer::More(next) => {
                assert!(next.request.path.ends_with("/signing_secret"), "{}", next.request.path);
                read = next.read(&answer(status, &signed)).unwrap();
            }
        }
    }
}

#[test]
fn findings_say_what_is_wrong_with_a_webhook() {
    let findings = |list: &str| found(list, specimen().secrets[0]);
    let good = include_str!("../fixtures/webhooks.json");
    assert!(findings(good).is_empty());
    assert!(findings(r#"{"webhooks":[]}"#)[0].contains("no webhook in Zendesk sends to https://heard.test/hooks/acme"));
    let inactive = good.replace("\"active\"", "\"inactive\"");
    assert!(findings(&inactive)[0].contains("\"Heard\" in Zendesk is not active"));
    let partial = good.replace("\"zen:event-type:ticket.merged\",", "");
    assert_eq!(findings(&partial), ["the webhook \"Heard\" in Zendesk is not subscribed to ticket.merged"]);
    let by_trigger = json!({"webhooks": [{"name": "T", "endpoint": ADDRESS, "status": "active", "http_method": "GET",
        "request_format": "json", "subscriptions": ["conditional_ticket_events"]}]});
    assert_eq!(findings(&by_trigger.to_string()), ["the webhook \"T\" in Zendesk must send JSON with POST"]);
}

#[test]
fn a_webhook_that_signs_with_another_secret_is_found() {
    let list = include_str!("../fixtures/webhooks.json");
    let [new, before, another] = specimen().secrets;
    assert_eq!(found(list, new), Vec::<String>::new());
    assert_eq!(found(list, before), Vec::<String>::new(), "both hold while one takes the place of the other");
    let said = found(list, another);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("the webhook \"Heard\" in Zendesk signs with another secret"), "{said:?}");
    assert!(said[0].contains("`heard connect zendesk`") && !said[0].contains(another), "{said:?}");
    for status in [403, 404, 500] {
        let first = specimen().open().webhooks(ADDRESS).unwrap().read(&answer(200, list)).unwrap();
        assert_eq!(whole(first, status, another), Vec::<String>::new(), "nobody knows after {status}");
    }
}

#[test]
fn a_webhook_that_only_triggers_call_needs_one_that_is_active() {
    let by_trigger = json!({"webhooks": [{"id": "w1", "name": "T", "endpoint": ADDRESS, "status": "active",
        "http_method": "POST", "request_format": "json", "subscriptions": ["conditional_ticket_events"]}]});
    let call = specimen().open().webhooks(ADDRESS).unwrap();
    let Ok(CallAnswer::More(triggers)) = call.read(&answer(200, &by_trigger.to_string())) else {
        panic!("the triggers are looked at, too")
    };
    assert!(triggers.request.path.starts_with("/api/v2/triggers"), "{}", triggers.request.path);
    let findings = |status: u16, body: &Value| {
        whole(triggers.read(&answer(status, &body.to_string())).unwrap(), 200, specimen().secrets[0])
    };
    let with = |webhook: &str, active: bool| {
        let action = json!({"field": "notification_webhook", "value": [webhook, "{}"]});
        json!({"triggers": [{"id": 7, "title": "Ours", "active": active, "actions": [action]}]})
    };
    assert_eq!(findings(200, &with("w1", true)), Vec::<String>::new());
    let none = "no active trigger in Zendesk calls the webhook \"T\" in Zendesk: `heard connect zendesk` makes one";
    for without in [with("w1", false), with("another", true), json!({"triggers": []})] {
        assert_eq!(findings(200, &without), [none], "{without}");
    }
    assert_eq!(findings(403, &json!({})), Vec::<String>::new(), "whoever may not see triggers may be told by one");
}
