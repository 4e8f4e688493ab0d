//! The shapes of the set-up page. The settings are read from the page itself, so what it says works.

use serde_json::{Value, json};

use super::{super::*, *};
use crate::{
    base::signature::{Hash, hmac},
    helpdesk::conformance::{Specimen, answer, conformance},
    model::{
        delivery::Headers,
        ticket::{MessageAuthor, TicketStatus},
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};

const OWN_DELIVERY: &str = include_str!("fixtures/own.json");
const PAGE: &str = include_str!("../../../docs/helpdesks/generic.md");
/// Mappings that the page once said to use. They go on working.
const MAPPED_REQUEST_TRACKER: &str = include_str!("fixtures/mapped_request_tracker.toml");
const MAPPED_DJANGO: &str = include_str!("fixtures/mapped_django.toml");
const MAPPED_DJANGO_READ: &str = include_str!("fixtures/mapped_django_read.toml");
const SIGNING: [&str; 3] = [
    "whsec_bmV3LXNlY3JldC1vZi0yNC1ieXRlcyEh",
    "whsec_b2xkLXNlY3JldC1vZi0yNC1ieXRlcyEh",
    "whsec_YmFkLXNlY3JldC1vZi0yNC1ieXRlcyEh",
];
const IN_THE_PATH: [&str; 3] = ["4f0c6a9be2d1837755aa", "11111111111111111111", "00000000000000000000"];

mod real;

mod own {
    super::conformance!(super::own);
}
mod request_tracker {
    super::conformance!(super::request_tracker);
}
mod django {
    super::conformance!(super::django);
}
mod django_read {
    super::conformance!(super::django_read);
}
mod request_tracker_as_run {
    super::conformance!(super::real::request_tracker_as_run);
}
mod django_as_run {
    super::conformance!(super::real::django_as_run);
}

/// The code block of the set-up page that begins with this line.
fn block(first_line: &str) -> &'static str {
    let from = PAGE.find(first_line).unwrap();
    PAGE[from..].split("```").next().unwrap()
}

/// The options of an example's connection: what is left when every connection's own settings are taken out.
fn options(example: &str) -> toml::Table {
    let mut settings: toml::Table = toml::from_str(example).unwrap();
    let mut options = settings.remove("connections").unwrap().as_array_mut().unwrap().remove(0);
    let options = options.as_table_mut().unwrap();
    for shared in ["name", "helpdesk", "url", "token", "webhook_secret", "path_secret", "escalate_tag"] {
        options.remove(shared);
    }
    options.clone()
}

fn credentials(options: toml::Table) -> HelpdeskCredentials {
    let token = Some(Secret::new("api-token-1"));
    let webhook_secrets = Vec::new();
    HelpdeskCredentials { connection: "desk".into(), user: None, token, webhook_secrets, path_secret: None, options }
}

fn sign(secret: &str, body: &[u8], at: Time) -> (Headers, Option<String>) {
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let at = at.as_seconds().to_string();
    let signature = BASE64_STANDARD.encode(hmac(Hash::Sha256, &key, &[b"msg_1.", at.as_bytes(), b".", body]));
    let signatures = format!("v1a,AAAA v1,bm90IHRoaXM= v1,{signature}");
    let headers = [("webhook-id", "msg_1"), ("webhook-timestamp", &at), ("webhook-signature", &signatures)];
    (headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), None)
}

fn signed(example: &str) -> Specimen {
    Specimen {
        word: "generic",
        credentials: credentials(options(example)),
        secrets: SIGNING,
        send: sign,
        deliveries: &[],
        unknown: "",
        answers: &[],
    }
}

fn own() -> Specimen {
    Specimen {
        deliveries: &[("the page's example", OWN_DELIVERY)],
        unknown: include_str!("fixtures/no_ticket.json"),
        answers: &[
            ("reply", r#"{"reply":{"id":"r1"}}"#),
            ("note", r#"{"note":{"id":"n1"}}"#),
            ("follow_up", r#"{"ticket":{"id":6000}}"#),
        ],
        ..signed(block("# own shape"))
    }
}

fn request_tracker() -> Specimen {
    Specimen {
        deliveries: &[
            ("create", include_str!("fixtures/rt_create.json")),
            ("status", include_str!("fixtures/rt_status.json")),
            ("correspond", include_str!("fixtures/rt_correspond.json")),
            ("comment", include_str!("fixtures/rt_comment.json")),
        ],
        unknown: include_str!("fixtures/rt_email_record.json"),
        answers: &[("identity", r#"{"id":27,"Name":"heard","RealName":"Heard"}"#)],
        ..signed(MAPPED_REQUEST_TRACKER)
    }
}

fn django() -> Specimen {
    let options = options(MAPPED_DJANGO);
    Specimen {
        word: "generic",
        credentials: HelpdeskCredentials { path_secret: Some(Secret::new(IN_THE_PATH[0])), ..credentials(options) },
        secrets: IN_THE_PATH,
        send: |secret, _, _| (Headers::new(), Some(secret.to_owned())),
        deliveries: &[
            ("new", include_str!("fixtures/django_new.json")),
            ("followup", include_str!("fixtures/django_followup.json")),
            ("merged", include_str!("fixtures/django_merged.json")),
        ],
        unknown: include_str!("fixtures/django_empty.json"),
        answers: &[
            ("identity", r#"{"count":1,"next":null,"previous":null,"results":[]}"#),
            ("reply", r#"{"id":6,"ticket":1}"#),
            ("reopen", r#"{"id":7,"ticket":1}"#),
        ],
    }
}

fn django_read() -> Specimen {
    let example = [MAPPED_DJANGO, MAPPED_DJANGO_READ].concat();
    let django = django();
    let credentials = HelpdeskCredentials { options: options(&example), ..django.credentials };
    let answers: &[(&str, &str)] = &[
        ("identity", r#"{"count":1,"next":null,"previous":null,"results":[]}"#),
        ("ticket", include_str!("fixtures/django_ticket.json")),
        ("messages", include_str!("fixtures/django_ticket.json")),
    ];
    Specimen { credentials, answers, ..django }
}

fn change(specimen: &Specimen, body: &str) -> TicketChange {
    match specimen.open().read(&specimen.receive(body)).unwrap().remove(0) {
        HelpdeskEvent::Ticket(change) => *change,
        other => panic!("{other:?}"),
    }
}

fn body_of<T>(call: &Call<T>) -> Value {
    serde_json::from_slice(&call.request.body.as_ref().unwrap().1).unwrap()
}

const REPLY: Reply<'_> =
    Reply { text: "Hi", html: "<p>Hi</p>", author: None, idempotency_key: "update-1", seen_at: None };

#[test]
fn the_example_on_the_set_up_page_is_the_one_that_is_tested() {
    let shown: Value = serde_json::from_str(block("{\n  \"id\": \"evt_1001\"")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(OWN_DELIVERY).unwrap(), shown);
}

/// Vector of the Standard Webhooks specification.
#[test]
fn the_published_vector_verifies() {
    let headers: Headers = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let body = bytes::Bytes::from_static(b"{\"test\": 2432232314}");
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let sender = WebhookSender::new(vec![secret], None).unwrap();
    let verified = |headers: &Headers| {
        let request = Incoming { headers, path_secret: None, body: &body };
        sender.verify(&request, Time::from_seconds(1_614_265_400), |_| None)
    };
    assert_eq!(verified(&headers).unwrap().key.as_deref(), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
    let svix: Headers = headers.iter().map(|(name, value)| (name.replace("webhook", "svix"), value.clone())).collect();
    assert!(verified(&svix).is_ok());
}

#[test]
fn wrong_settings_are_named_in_one_sentence() {
    let good =
        || HelpdeskCredentials { webhook_secrets: vec![Secret::new(SIGNING[0])], ..credentials(toml::Table::new()) };
    let with = |options: &str| HelpdeskCredentials { options: toml::from_str(options).unwrap(), ..good() };
    assert!(registry::open("generic", good()).is_ok());
    for (credentials, expected) in [
        (HelpdeskCredentials { webhook_secrets: Vec::new(), ..good() }, "webhook_secret is missing"),
        (HelpdeskCredentials { webhook_secrets: vec![Secret::new("whsec_c2hvcnQ=")], ..good() }, "openssl rand"),
        (HelpdeskCredentials { path_secret: Some(Secret::new(IN_THE_PATH[0])), ..good() }, "exclude each other"),
        (
            HelpdeskCredentials { webhook_secrets: Vec::new(), path_secret: Some(Secret::new("short")), ..good() },
            "at least 16 characters",
        ),
        (HelpdeskCredentials { token: None, ..with("note = { path = '/x' }") }, "token is missing"),
        (with("replies = { path = '/x' }"), "replies"),
        (with("reply = { path = 'x' }"), "reply: path"),
        (with("reply = { path = '//evil.test/' }"), "reply: path"),
        (with("reply = { path = '/{nobody}' }"), "{nobody} stands for nothing"),
        (with("note = { path = '/x', json = { a = '{author}' } }"), "note: {author}"),
        (with("reply = { path = '/x', json = { a = '{text' } }"), "brace"),
        (with("reply = { path = '/x', json = {}, form = {} }"), "exclude"),
        (with("reply = { path = '/x', method = 'FETCH' }"), "FETCH"),
        (with("reply = { path = '/x', headers = { Host = 'y' } }"), "Host"),
        (with("follow_up = { path = '/x', json = { s = '{subject}' } }"), "follow_up: id_in_body"),
        (with("authentication = { header = 'a b' }"), "authentication"),
        (with("[map.ticket]\nid = 'a b'"), "no place"),
        (with("[map]\nevent = 'type'"), "ticket"),
        (with("[read]\nticket = '/t'\nmessages = '/m'\nnext = 'next'\n[read.map.ticket]\nid = 'id'"), "{after}"),
        (with("[map.ticket]\nid = '$.fields[?@.name = 1]'"), "JSONPath"),
        (with("[map.ticket]\nid = { at = [] }"), "list of places"),
        (
            with("look_up = { messages = '/m?page={page}', next = 'n', map = { each = 'a', id = 'b', body = 'c' } }"),
            "exclude",
        ),
        (
            with(
                "look_up = { messages = '/m', map = { each = 'a', id = 'b', body = 'c' }, join = [{ path = '/h', as = 'h', by = 'i' }] }",
            ),
            "look_up.join: each",
        ),
        (
            with(
                "look_up = { messages = '/m', map = { each = 'a', id = 'b', body = 'c' }, join = [{ path = '/h', as = 'h', by = 'i', each = 'x' }] }",
            ),
            "each and key",
        ),
        (with("look_up = { messages = '/m', next = 'n', map = { each = 'a', id = 'b', body = 'c' } }"), "{after}"),
    ] {
        let said = registry::open("generic", credentials).err().unwrap_or_else(|| panic!("{expected} was accepted"));
        assert!(said.contains("\"desk\"") && said.contains(expected) && !said.contains('\n'), "{said}");
    }
}

#[test]
fn our_own_shape_is_taken_whole() {
    let change = change(&own(), OWN_DELIVERY);
    assert_eq!((change.ticket.as_str(), change.actor.as_deref()), ("5158", Some("84")));
    let ticket = change.snapshot.unwrap();
    assert_eq!((ticket.status, ticket.tags.as_slice()), (TicketStatus::Open, ["export".to_owned()].as_slice()));
    assert_eq!(ticket.requester.email.as_deref(), Some("ann@acme.test"));
    assert_eq!(ticket.agent.unwrap().name, "Sam Hill");
    let organization = ticket.organization.unwrap();
    assert_eq!((organization.revenue_cents, organization.plan.as_deref()), (Some(41_200_000), Some("enterprise")));
    assert_eq!(change.messages.len(), 1);
    assert_eq!((change.messages[0].author, change.messages[0].public), (MessageAuthor::Customer, true));
}

#[test]
fn our_own_shape_also_ends_merges_and_rates_tickets() {
    let event = |ticket: Value, rating: Value| {
        let body = json!({"id": "e", "event": "x", "ticket": ticket, "rating": rating}).to_string();
        own().open().read(&own().receive(&body)).unwrap().remove(0)
    };
    assert_eq!(
        event(json!({"id": 1, "status": "deleted"}), Value::Null),
        HelpdeskEvent::Deleted { ticket: "1".into() }
    );
    assert_eq!(
        event(json!({"id": 1, "merged_into": 2}), Value::Null),
        HelpdeskEvent::Merged { ticket: "1".into(), into: "2".into() }
    );
    assert_eq!(event(json!({"id": 1}), json!("bad")), HelpdeskEvent::Rated { ticket: "1".into(), good: false });
}

#[test]
fn a_body_that_lacks_what_is_needed_says_what() {
    let unreadable = |ticket: Value| {
        let body = json!({ "ticket": ticket }).to_string();
        own().open().read(&own().receive(&body)).unwrap_err().0
    };
    assert!(unreadable(json!({"subject": "x"})).contains("no ticket's id"));
    assert!(unreadable(json!({"id": 1})).contains("no requester"));
    assert!(unreadable(json!({"id": 1, "requester": {"id": 5}})).contains("created_at or changed_at"));
}

#[test]
fn a_delivery_may_be_about_a_message_alone() {
    let body = json!({"id": "e", "event": "message.created", "ticket": {"id": 1},
        "messages": [{"id": 5, "author": "customer", "public": true, "body": "again", "created_at": "2026-11-22"}]});
    let change = change(&own(), &body.to_string());
    assert_eq!((change.snapshot, change.messages[0].body.as_str()), (None, "again"));
}

#[test]
fn request_tracker_is_understood_through_its_mapping() {
    let seen = |body: &str| {
        let mut change = change(&request_tracker(), body);
        let message = change.messages.pop().map(|row| (row.external_id, row.author, row.public, row.body));
        (change.actor.unwrap(), change.snapshot.unwrap(), message)
    };
    let (actor, ticket, message) = seen(include_str!("fixtures/rt_create.json"));
    assert_eq!((actor.as_str(), ticket.external_id.as_str(), ticket.status), ("ann", "1", TicketStatus::Open));
    assert_eq!(ticket.url.as_deref(), Some("https://rt.acme.test/Ticket/Display.html?id=1"));
    assert_eq!(ticket.changed_at, Time::parse("2026-11-22T03:35:08Z").unwrap());
    assert_eq!(ticket.created_at, Time::parse("2026-11-22T03:35:07Z").unwrap());
    assert_eq!((&*ticket.requester.external_id, &*ticket.requester.name), ("33", "Ann Doe"));
    assert_eq!((ticket.requester.email.as_deref(), ticket.agent), (Some("ann@acme.test"), None));
    assert_eq!(message, Some(("34".into(), MessageAuthor::Customer, true, "Error 500".into())));
    let (_, ticket, message) = seen(include_str!("fixtures/rt_status.json"));
    assert_eq!((ticket.status, message), (TicketStatus::Pending, None));
    let (actor, ticket, message) = seen(include_str!("fixtures/rt_correspond.json"));
    assert_eq!((actor.as_str(), ticket.agent.unwrap().name.as_str()), ("heard", "Sam Okafor"));
    assert_eq!(ticket.tags, ["escalate", "export"]);
    assert_eq!(message, Some(("36".into(), MessageAuthor::Agent, true, "We found it.".into())));
    let (_, _, message) = seen(include_str!("fixtures/rt_comment.json"));
    assert_eq!(message, Some(("39".into(), MessageAuthor::Agent, false, "Linked to acme/app#12".into())));
}

#[test]
fn request_trackers_reply_is_known_again_by_its_location() {
    let call = request_tracker().open().reply("1", &REPLY).unwrap();
    assert_eq!(call.request.path, "/REST/2.0/ticket/1/correspond");
    assert_eq!(call.request.credential.clone().unwrap().1.expose(), "token api-token-1");
    assert_eq!(body_of(&call), json!({"Content": "Hi", "ContentType": "text/plain"}));
    let mut created = answer(201, r#"["Correspondence added"]"#);
    assert!(matches!(call.read_whole(&created), Err(HelpdeskRefusal::Unavailable(_))), "no id: nobody knows");
    created.headers.insert("location", http::HeaderValue::from_static("https://rt.acme.test/REST/2.0/transaction/36"));
    assert_eq!(
        call.read_whole(&created).unwrap(),
        WriteReceipt { external_ids: vec!["36".into()], ticket: "1".into() }
    );
    assert!(matches!(call.read_whole(&answer(423, "locked")), Err(HelpdeskRefusal::Closed(_))));
}

#[test]
fn django_helpdesk_is_understood_through_its_mapping() {
    let change = change(&django(), include_str!("fixtures/django_followup.json"));
    let ticket = change.snapshot.unwrap();
    assert_eq!((ticket.subject.as_str(), ticket.status), ("Export to CSV fails", TicketStatus::Open));
    assert_eq!(
        (ticket.requester.name.as_str(), ticket.tags.as_slice()),
        ("Ann Doe", ["escalate".into(), "export".into()].as_slice())
    );
    assert_eq!(ticket.created_at, Time::parse("2026-11-22T03:32:16.790288Z").unwrap());
    assert_eq!(ticket.changed_at, Time::parse("2026-11-22T03:32:25.790288Z").unwrap());
    let messages: Vec<_> = change.messages.iter().map(|row| (row.author, row.public, row.body.as_str())).collect();
    assert_eq!(
        messages,
        [
            (MessageAuthor::Customer, true, "Error 500 when exporting"),
            (MessageAuthor::Agent, true, "We found the cause."),
            (MessageAuthor::Agent, false, "Linked to acme/app#12"),
            (MessageAuthor::Customer, true, "still broken"),
        ]
    );
    let key = |body: &str| django().receive(body).key;
    assert_eq!(key(include_str!("fixtures/django_new.json")).as_deref(), Some("1"));
    assert_eq!(key(include_str!("fixtures/django_followup.json")).as_deref(), Some("4"));
    let merged = django().open().read(&django().receive(include_str!("fixtures/django_merged.json"))).unwrap();
    assert_eq!(merged, [HelpdeskEvent::Merged { ticket: "1".into(), into: "9".into() }]);
}

#[test]
fn words_of_a_customer_are_not_evaluated_by_django() {
    let call = django().open().reply("1", &Reply { text: "{{ settings }} {{{ {% x %}", ..REPLY }).unwrap();
    let body = body_of(&call);
    assert_eq!((&body["ticket"], &body["public"]), (&json!(1), &json!(true)));
    let comment = body["comment"].as_str().unwrap();
    for sequence in ["{{", "}}", "{%", "%}"] {
        assert!(!comment.contains(sequence), "{comment}");
    }
    assert_eq!(comment.replace('\u{200b}', ""), "{{ settings }} {{{ {% x %}");
    let written = call.read_whole(&answer(201, r#"{"id":6}"#)).unwrap();
    assert_eq!(written.external_ids, ["6"]);
}

#[test]
fn with_a_read_template_deliveries_only_say_where_to_look() {
    let specimen = django_read();
    let seen = change(&specimen, include_str!("fixtures/django_followup.json"));
    assert_eq!((seen.snapshot, seen.messages.len(), seen.ticket.as_str()), (None, 0, "1"));
    let answered = answer(200, include_str!("fixtures/django_ticket.json"));
    let ticket = specimen.open().ticket("1").unwrap();
    assert_eq!(ticket.request.path, "/api/tickets/1/");
    assert_eq!(ticket.read_whole(&answered).unwrap().status, TicketStatus::Solved);
    let page = specimen.open().messages("1", None).unwrap().read_whole(&answered).unwrap();
    assert_eq!((page.rows.len(), page.next), (4, None));
}

#[test]
fn a_template_fills_in_without_being_broken_by_what_it_fills_in() {
    let reply = "reply = { path = '/t/{ticket}?k={key}', headers = { X-Ref = '{key}' }, form = { b = 'x{{{text}}}', a = '{author}' } }";
    let settings = HelpdeskCredentials { options: toml::from_str(reply).unwrap(), ..own().credentials };
    let desk = Specimen { credentials: settings, ..own() }.open();
    let sent = Reply { text: "{ticket}\n&b=\"2\"", idempotency_key: "k&1\r\n", ..REPLY };
    let request = desk.reply("a/b", &sent).unwrap().request;
    assert_eq!(request.path, "/t/a%2Fb?k=k%261%0D%0A");
    assert!(request.headers.contains(&("x-ref".into(), "k&1".into())), "{:?}", request.headers);
    let (kind, body) = request.body.unwrap();
    assert_eq!(kind, "application/x-www-form-urlencoded");
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    assert_eq!(pairs, [("a".into(), String::new()), ("b".into(), "x{{ticket}\n&b=\"2\"}".into())]);
    let own = own().open().reply("5158", &Reply { author: None, text: "\"quoted\"", ..REPLY }).unwrap();
    assert_eq!(body_of(&own), json!({"html": "<p>Hi</p>", "text": "\"quoted\"", "reference": "update-1"}));
    let tags = super::tests::own().open().tag("1", &["a b", "c"]).unwrap();
    assert_eq!(body_of(&tags), json!({"add": ["a b", "c"]}));
}
