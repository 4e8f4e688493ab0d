//! Zendesk's own shapes. What every vendor must do is in `conformance`.

use http::Method;
use serde_json::{Value, json};

use super::{super::*, *};
use crate::{
    base::signature::{Hash, hmac},
    helpdesk::conformance::{Specimen, answer, conformance, now},
    model::{
        delivery::Headers,
        ticket::{MessageAuthor, TicketChannel, TicketStatus},
    },
};

mod webhooks;

conformance!(specimen);

fn specimen() -> Specimen {
    Specimen {
        word: "zendesk",
        credentials: credentials(""),
        secrets: ["c2VjcmV0LW5ldw==", "c2VjcmV0LW9sZA==", "c2VjcmV0LW5ldmVy"],
        send: |secret, body, at| {
            let at = at.to_string();
            let signature = hmac(Hash::Sha256, secret.as_bytes(), &[at.as_bytes(), body]);
            let headers = [
                ("x-zendesk-account-id", "22129848".to_owned()),
                ("x-zendesk-webhook-invocation-id", "01INVOCATION".to_owned()),
                ("x-zendesk-webhook-signature", BASE64_STANDARD.encode(signature)),
                ("x-zendesk-webhook-signature-timestamp", at),
            ];
            (headers.map(|(name, value)| (name.to_owned(), value)).into(), None)
        },
        deliveries: &[
            ("ticket_created", include_str!("fixtures/ticket_created.json")),
            ("comment_added", include_str!("fixtures/comment_added.json")),
            ("tags_changed", include_str!("fixtures/tags_changed.json")),
            ("merged", include_str!("fixtures/merged.json")),
            ("soft_deleted", include_str!("fixtures/soft_deleted.json")),
            ("csat_received", include_str!("fixtures/csat_received.json")),
            ("trigger", include_str!("fixtures/trigger.json")),
        ],
        unknown: include_str!("fixtures/sla_changed.json"),
        answers: &[
            ("identity", include_str!("fixtures/me.json")),
            ("ticket", include_str!("fixtures/ticket.json")),
            ("tickets", include_str!("fixtures/tickets.json")),
            ("messages", include_str!("fixtures/comments.json")),
            ("merged_into", include_str!("fixtures/comments.json")),
            ("changed_since", include_str!("fixtures/export.json")),
            ("reply", include_str!("fixtures/updated.json")),
            ("note", include_str!("fixtures/updated.json")),
            ("reopen", include_str!("fixtures/updated.json")),
            ("follow_up", include_str!("fixtures/updated.json")),
            ("webhooks", include_str!("fixtures/webhooks.json")),
        ],
    }
}

fn credentials(options: &str) -> HelpdeskCredentials {
    HelpdeskCredentials {
        connection: "acme".into(),
        user: Some("heard@acme.test".into()),
        token: Some(Secret::new("api-token-1")),
        webhook_secrets: Vec::new(),
        path_secret: None,
        options: toml::from_str(options).unwrap(),
    }
}

fn open_with(options: &str) -> Box<dyn Helpdesk> {
    Specimen { credentials: credentials(options), ..specimen() }.open()
}

fn refusal_of(credentials: HelpdeskCredentials) -> String {
    registry::open("zendesk", credentials).err().unwrap()
}

fn events(body: &str) -> Vec<HelpdeskEvent> {
    specimen().open().read(&specimen().receive(body)).unwrap()
}

fn body_of<T>(call: &Call<T>) -> Value {
    serde_json::from_slice(&call.request.body.as_ref().unwrap().1).unwrap()
}

const REPLY: Reply<'_> =
    Reply { text: "Hi", html: "<p>Hi</p>", author: None, idempotency_key: "update-1", seen_at: None };

/// A vector that circulates in public, made with the secret Zendesk published for tests.
#[test]
fn the_published_vector_verifies() {
    let headers: Headers = [
        ("x-zendesk-webhook-signature", "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="),
        ("x-zendesk-webhook-signature-timestamp", "2021-03-25T05:09:27Z"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let body = bytes::Bytes::from_static(b"{\"event\":\"ticket.updated\",\"id\":123}");
    let request = Incoming { headers: &headers, path_secret: None, body: &body };
    let secrets = [Secret::new(webhook::PUBLISHED_TEST_SECRET)];
    let at = Time::parse("2021-03-25T05:10:00Z").unwrap();
    assert!(webhook::verify(&secrets, None, &request, at).is_ok());
    assert!(matches!(webhook::verify(&secrets, None, &request, now()), Err(Forged::Stale)));
}

#[test]
fn wrong_settings_are_named_in_one_sentence() {
    let good = || HelpdeskCredentials { webhook_secrets: vec![Secret::new("s")], ..credentials("") };
    for (credentials, expected) in [
        (credentials(""), "webhook_secret is missing"),
        (HelpdeskCredentials { webhook_secrets: vec![Secret::new(" ")], ..good() }, "webhook_secret is empty"),
        (
            HelpdeskCredentials { webhook_secrets: vec![Secret::new(webhook::PUBLISHED_TEST_SECRET)], ..good() },
            "published for tests",
        ),
        (HelpdeskCredentials { token: None, ..good() }, "token is missing"),
        (HelpdeskCredentials { path_secret: Some(Secret::new("x")), ..good() }, "path_secret"),
        (HelpdeskCredentials { options: toml::from_str("acount_id = 5").unwrap(), ..good() }, "acount_id"),
        (HelpdeskCredentials { options: toml::from_str("[fields]\nplans = 'x'").unwrap(), ..good() }, "plans"),
    ] {
        let said = refusal_of(credentials);
        assert!(said.contains("\"acme\"") && said.contains(expected) && !said.contains('\n'), "{said}");
    }
    assert!(registry::open("zendesc", good()).err().unwrap().contains("known are"));
}

#[test]
fn another_accounts_delivery_is_refused_where_the_account_is_known() {
    let body = include_str!("fixtures/ticket_created.json");
    let (headers, _) = (specimen().send)(specimen().secrets[0], body.as_bytes(), now());
    let body = bytes::Bytes::from_static(body.as_bytes());
    let request = Incoming { headers: &headers, path_secret: None, body: &body };
    assert!(open_with("account_id = 22129848").verify(&request, now()).is_ok());
    assert!(matches!(open_with("account_id = '5'").verify(&request, now()), Err(Forged::Wrong)));
}

#[test]
fn the_key_is_the_events_id_or_else_the_invocations() {
    let key = |body: &str| specimen().receive(body).key.unwrap();
    assert_eq!(key(include_str!("fixtures/ticket_created.json")), "cbe4028c-7239-495d-b020-f22348516046");
    assert_eq!(key(include_str!("fixtures/trigger.json")), "01INVOCATION");
}

#[test]
fn events_say_which_ticket_to_look_at() {
    let change = |body: &str| match &events(body)[..] {
        [HelpdeskEvent::Ticket(change)] => (change.ticket.clone(), change.actor.clone().unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!(change(include_str!("fixtures/comment_added.json")), ("5158".into(), "8447388090495".into()));
    assert_eq!(change(include_str!("fixtures/tags_changed.json")), ("5158".into(), "8447388090500".into()));
    assert_eq!(change(include_str!("fixtures/trigger.json")), ("5158".into(), "8447388090500".into()));
    assert_eq!(
        events(include_str!("fixtures/merged.json")),
        [HelpdeskEvent::Merged { ticket: "5158".into(), into: "5200".into() }]
    );
    assert_eq!(events(include_str!("fixtures/soft_deleted.json")), [HelpdeskEvent::Deleted { ticket: "5158".into() }]);
    assert_eq!(
        events(include_str!("fixtures/csat_received.json")),
        [HelpdeskEvent::Rated { ticket: "5158".into(), good: true }]
    );
}

#[test]
fn a_ticket_may_stand_in_the_subject_only() {
    let body =
        r#"{"type":"zen:event-type:messaging_ticket.message_added","subject":"zen:messaging_ticket:7","id":"x"}"#;
    assert!(matches!(&events(body)[..], [HelpdeskEvent::Ticket(change)] if change.ticket == "7"));
}

#[test]
fn a_body_that_is_not_zendesks_is_unreadable_with_a_reason() {
    for (body, reason) in [
        ("", "no JSON"),
        ("[]", "neither"),
        (r#"{"event":"ticket.updated","id":123}"#, "neither"),
        (r#"{"heard":1,"ticket_id":"{{ticket.id}}"}"#, "placeholder"),
        (r#"{"heard":1,"ticket_id":"../users/1"}"#, "placeholder"),
        (r#"{"type":"zen:event-type:ticket.created","detail":{}}"#, "names no ticket"),
    ] {
        let refused = specimen().open().read(&specimen().receive(body)).unwrap_err();
        assert!(refused.0.contains(reason), "{body}: {refused}");
    }
}

#[test]
fn a_rating_is_good_bad_or_not_clear() {
    let rated = |event: Value| {
        let body = json!({"type": "zen:event-type:ticket.csat_received", "detail": {"id": "1"}, "event": event});
        match &events(&body.to_string())[..] {
            [HelpdeskEvent::Rated { good, .. }] => Some(*good),
            [HelpdeskEvent::Ticket(_)] => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(rated(json!({"satisfaction_score": "bad_with_comment"})), Some(false));
    assert_eq!(rated(json!({"current": {"rating": 5}})), Some(true));
    assert_eq!(rated(json!({"rating": {"id": "1", "score": "BAD"}})), Some(false));
    assert_eq!(rated(json!({"rating": 3})), None);
    assert_eq!(rated(json!({})), None);
}

#[test]
fn a_ticket_comes_with_its_customer_and_what_the_organization_is_worth() {
    let call = specimen().open().ticket("5158").unwrap();
    assert_eq!(call.request.path, "/api/v2/tickets/5158?include=users,organizations");
    let (name, credential) = call.request.credential.clone().unwrap();
    assert_eq!(name, "authorization");
    assert_eq!(credential.expose(), "Basic aGVhcmRAYWNtZS50ZXN0L3Rva2VuOmFwaS10b2tlbi0x");
    let ticket = call.read_whole(&answer(200, include_str!("fixtures/ticket.json"))).unwrap();
    assert_eq!(ticket.external_id, "5158");
    assert_eq!(ticket.url.as_deref(), Some("https://acme.zendesk.com/agent/tickets/5158"));
    assert_eq!(ticket.brand.as_deref(), Some("8447346621310"));
    assert_eq!((ticket.status, ticket.tags.len()), (TicketStatus::Open, 2));
    assert_eq!(ticket.description.as_deref(), Some("Error 500 when I export a report.\n\nAnn"));
    assert_eq!(ticket.requester.email.as_deref(), Some("ann@acme.test"));
    assert_eq!(ticket.requester.locale.as_deref(), Some("pt-BR"));
    assert_eq!(ticket.agent.unwrap().name, "Sam Hill");
    assert_eq!(ticket.changed_at, Time::parse("2026-11-22T03:37:00Z").unwrap());
    let organization = ticket.organization.unwrap();
    assert_eq!((organization.name.as_str(), organization.plan.as_deref()), ("Acme", Some("enterprise")));
    assert_eq!(organization.revenue_cents, Some(41_200_000));
    assert_eq!(organization.renewal_at, Time::parse("2027-03-31T00:00:00Z"));
    assert_eq!(organization.segment, None);
}

/// What Zendesk leaves out, calls deleted or sends without its people is not known: it is asked for by itself.
#[test]
fn of_many_tickets_those_that_are_whole_are_taken() {
    let call = specimen().open().tickets(&["5156", "5157", "../7", "5158", ""]).unwrap();
    assert_eq!(call.request.path, "/api/v2/tickets/show_many?ids=5156,5157,5158&include=users,organizations");
    let tickets = call.read_whole(&answer(200, include_str!("fixtures/tickets.json"))).unwrap();
    let alone = specimen().open().ticket("5158").unwrap();
    let alone = alone.read_whole(&answer(200, include_str!("fixtures/ticket.json"))).unwrap();
    assert_eq!(tickets, [alone], "as it is by itself");
    let too_many: Vec<String> = (0..150).map(|number| number.to_string()).collect();
    let too_many: Vec<&str> = too_many.iter().map(String::as_str).collect();
    let path = specimen().open().tickets(&too_many).unwrap().request.path;
    assert!(path.contains(",99&") && !path.contains(",100"), "{path}");
}

/// Every public comment is mailed to those in copy as well.
#[test]
fn a_ticket_with_people_in_copy_is_read_by_others_than_its_requester() {
    let call = specimen().open().ticket("7").unwrap();
    let reaches_others = |copied: Value| {
        let body = json!({"ticket": {"id": 7, "requester_id": 1, "email_cc_ids": copied,
            "updated_at": "2026-01-01T00:00:00Z"}});
        call.read_whole(&answer(200, &body.to_string())).unwrap().reaches_others
    };
    assert!(reaches_others(json!([1, 8])));
    assert!(!reaches_others(json!([1])), "the requester in copy of their own ticket");
    assert!(!reaches_others(json!([])) && !reaches_others(Value::Null));
}

/// <https://developer.zendesk.com/documentation/ticketing/reference-guides/via-object-reference/>: the channel's word alone does not
/// say whether a post or a message is meant.
#[test]
fn only_what_is_said_to_be_a_message_is_one() {
    let call = specimen().open().ticket("7").unwrap();
    let read = |channel: &str, rel: Value| {
        let body = json!({"ticket": {"id": 7, "requester_id": 1, "updated_at": "2026-01-01T00:00:00Z",
            "via": {"channel": channel, "source": {"from": {}, "to": {}, "rel": rel}}}});
        let ticket = call.read_whole(&answer(200, &body.to_string())).unwrap();
        (ticket.channel, ticket.reaches_others)
    };
    assert_eq!(read("facebook", json!("message")), (TicketChannel::Messaging, false));
    assert_eq!(read("twitter", json!("direct_message")), (TicketChannel::Messaging, false));
    assert_eq!(read("whatsapp", Value::Null), (TicketChannel::Messaging, false));
    assert_eq!(read("email", Value::Null), (TicketChannel::Mail, false));
    for (channel, rel) in [("facebook", json!("post")), ("facebook", Value::Null), ("twitter", json!("mention"))] {
        assert_eq!(read(channel, rel), (TicketChannel::Unknown, true), "{channel}");
    }
}

#[test]
fn a_ticket_is_read_without_its_sideloads() {
    let bare = json!({"ticket": {"id": "7", "status": "CLOSED", "tags": "a closed_by_merge", "requester_id": 1,
        "organization_id": 2, "created_at": "2026-01-01T00:00:00Z"}});
    let call = open_with("[fields]\nplan = 'user:tier'").ticket("7").unwrap();
    let ticket = call.read_whole(&answer(200, &bare.to_string())).unwrap();
    assert_eq!((ticket.status, ticket.requester.external_id.as_str()), (TicketStatus::Merged, "1"));
    assert_eq!(ticket.organization.unwrap().external_id, "2");
    for (word, status) in [
        ("new", TicketStatus::Open),
        ("HOLD", TicketStatus::Pending),
        ("solved", TicketStatus::Solved),
        ("closed", TicketStatus::Closed),
        ("deleted", TicketStatus::Deleted),
        ("snoozed", TicketStatus::Open),
    ] {
        let body =
            json!({"ticket": {"id": 7, "status": word, "requester_id": 1, "updated_at": "2026-01-01T00:00:00Z"}});
        assert_eq!(call.read_whole(&answer(200, &body.to_string())).unwrap().status, status, "{word}");
    }
}

#[test]
fn messages_tell_customers_from_agents() {
    let call = specimen().open().messages("5158", Some("x&y")).unwrap();
    assert_eq!(
        call.request.path,
        "/api/v2/tickets/5158/comments?include=users&page%5Bsize%5D=100&page%5Bafter%5D=x%26y"
    );
    let page = call.read_whole(&answer(200, include_str!("fixtures/comments.json"))).unwrap();
    let seen: Vec<_> = page.rows.iter().map(|row| (row.author, row.public, row.body.as_str())).collect();
    assert_eq!(
        seen,
        [
            (MessageAuthor::Customer, true, "Error 500"),
            (MessageAuthor::Agent, false, "Looks like the export bug"),
            (MessageAuthor::Agent, true, "Merged"),
            (MessageAuthor::Customer, true, "me too"),
        ]
    );
    assert_eq!(page.next.as_deref(), Some("xyz=="));
}

#[test]
fn the_sweep_starts_early_and_goes_on_by_cursor() {
    let desk = specimen().open();
    let first = desk.changed_since(Time::from_seconds(1_000_000), None).unwrap();
    assert_eq!(first.request.path, "/api/v2/incremental/tickets/cursor?per_page=500&start_time=999880");
    let changes = first.read_whole(&answer(200, include_str!("fixtures/export.json"))).unwrap();
    assert_eq!(changes.tickets.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["5157", "5158"]);
    assert!(changes.more);
    let next = desk.changed_since(now(), changes.cursor.as_deref()).unwrap();
    assert!(next.request.path.ends_with("&cursor=MTU3NjYxMzUzOS4wfHw0Njd8"), "{}", next.request.path);
    let end = next.read_whole(&answer(200, r#"{"tickets":[],"after_cursor":null,"end_of_stream":true}"#)).unwrap();
    assert_eq!((end.more, end.cursor.as_deref()), (false, Some("MTU3NjYxMzUzOS4wfHw0Njd8")));
}

#[test]
fn a_reply_is_public_carries_the_agent_and_leaves_the_status() {
    let desk = specimen().open();
    let call = desk.reply("5158", &Reply { author: Some("84"), ..REPLY }).unwrap();
    assert_eq!((call.request.method.clone(), call.request.path.as_str()), (Method::PUT, "/api/v2/tickets/5158"));
    assert_eq!(
        body_of(&call),
        json!({"ticket": {"comment": {"html_body": "<p>Hi</p>", "public": true, "author_id": 84},
            "metadata": {"heard": "update-1"}}})
    );
    let written = call.read_whole(&answer(200, include_str!("fixtures/updated.json"))).unwrap();
    assert_eq!(written.external_ids, ["2127301148", "2127301143"]);
    assert_eq!(written.ticket, "5158");
    let text_only = desk.reply("5158", &Reply { html: "", text: "a < b", author: Some("sam"), ..REPLY }).unwrap();
    let comment = &body_of(&text_only)["ticket"]["comment"];
    assert_eq!(*comment, json!({"html_body": "<p>a &lt; b</p>", "public": true}));
}

#[test]
fn a_note_is_internal_and_its_text_cannot_inject() {
    let call = specimen().open().note("5158", "<img src=x>\nsecond", "note-1").unwrap();
    let comment = &body_of(&call)["ticket"]["comment"];
    assert_eq!(*comment, json!({"html_body": "<p>&lt;img src=x&gt;<br>second</p>", "public": false}));
}

#[test]
fn no_words_of_a_customer_are_filled_in_by_zendesk() {
    let desk = specimen().open();
    let words = "It shows {{{ticket.latest_comment}}} and {% if 1 %}.";
    let reply = desk.reply("5158", &Reply { html: words, text: words, ..REPLY }).unwrap();
    for call in [reply, desk.note("5158", words, "note-1").unwrap()] {
        let written = body_of(&call)["ticket"]["comment"]["html_body"].as_str().unwrap().to_owned();
        assert!(!written.contains("{{") && !written.contains("{%"), "{written}");
        assert!(written.replace('\u{200b}', "").contains(words), "{written}");
    }
}

/// What Zendesk's documentation says of a key that it knows with another body.
#[test]
fn a_ticket_that_was_opened_in_other_words_is_neither_opened_nor_refused() {
    let desk = specimen().open();
    let known = r#"{"error":"IdempotentRequestError","description":"Request parameters do not match the given idempotency key"}"#;
    let call = desk.follow_up("5158", Some("42"), "Re: export", &REPLY, true).unwrap();
    assert!(matches!(call.read_whole(&answer(400, known)), Err(HelpdeskRefusal::Repeated(_))));
    assert!(matches!(call.read_whole(&answer(400, "{}")), Err(HelpdeskRefusal::Invalid(_))));
}

#[test]
fn a_closed_ticket_refuses_and_its_follow_up_keeps_the_requester() {
    let desk = specimen().open();
    let closed = r#"{"error":"RecordInvalid","description":"Record validation errors","details":{"status":[{"description":"Status: closed prevents ticket update"}]}}"#;
    let reply = desk.reply("5158", &REPLY).unwrap();
    assert!(matches!(reply.read_whole(&answer(422, closed)), Err(HelpdeskRefusal::Closed(_))));
    let other = r#"{"error":"RecordInvalid","details":{"base":[{"description":"Author is invalid"}]}}"#;
    assert!(matches!(reply.read_whole(&answer(422, other)), Err(HelpdeskRefusal::Invalid(_))));
    let call = desk.follow_up("5158", Some("42"), "Re: export", &Reply { author: Some("84"), ..REPLY }, true).unwrap();
    assert_eq!((call.request.method.clone(), call.request.path.as_str()), (Method::POST, "/api/v2/tickets"));
    assert_eq!(call.request.headers.iter().find(|(name, _)| *name == "idempotency-key").unwrap().1, "update-1");
    assert_eq!(
        body_of(&call)["ticket"],
        json!({"via_followup_source_id": 5158, "subject": "Re: export", "status": "solved", "requester_id": 42,
            "submitter_id": 84, "tags": ["heard_follow_up"], "metadata": {"heard": "update-1"},
            "comment": {"html_body": "<p>Hi</p>", "public": true, "author_id": 84}})
    );
    let written = call.read_whole(&answer(201, r#"{"ticket":{"id":6000},"audit":{"id":1,"events":[]}}"#)).unwrap();
    assert_eq!((written.ticket.as_str(), written.external_ids.as_slice()), ("6000", ["1".to_owned()].as_slice()));
}

#[test]
fn tags_are_added_without_spaces_and_reopening_sets_the_status() {
    let desk = specimen().open();
    let tag = desk.tag("5158", &["heard linked", "bug"]).unwrap();
    assert_eq!((tag.request.method.clone(), body_of(&tag)), (Method::PUT, json!({"tags": ["heard_linked", "bug"]})));
    assert_eq!(body_of(&desk.reopen("5158").unwrap()), json!({"ticket": {"status": "open"}}));
}

#[test]
fn a_merged_tickets_target_is_named_only_by_zendesks_own_sentence() {
    let call = specimen().open().merged_into("5158").unwrap();
    let target = |text: &str| {
        let body = json!({"comments": [{"id": 1, "plain_body": text}]});
        call.read_whole(&answer(200, &body.to_string())).unwrap()
    };
    let sentence = "This request was closed and merged into request #5200 \"Export\".";
    assert_eq!(target(sentence).as_deref(), Some("5200"));
    for other in ["duplicate of #12", "closed and merged into request #5158", "closed and merged into request #", ""] {
        assert_eq!(target(other), None, "{other}");
    }
}

#[test]
fn identity_says_what_the_account_lacks() {
    let call = specimen().open().identity().unwrap();
    let me = |user: Value| call.read_whole(&answer(200, &json!({ "user": user }).to_string()));
    let admin = call.read_whole(&answer(200, include_str!("fixtures/me.json"))).unwrap();
    assert_eq!((admin.external_id.as_str(), admin.lacks), ("8447388090900", None));
    let anonymous = me(json!({"id": null, "name": "Anonymous user", "role": "end-user"}));
    assert!(matches!(anonymous, Err(HelpdeskRefusal::Unauthorized(_))));
    for (user, lacking) in [
        (json!({"id": 1, "role": "end-user"}), "must be an admin"),
        (json!({"id": 1, "role": "agent"}), "sweep"),
        (json!({"id": 1, "role": "admin", "suspended": true}), "suspended"),
        (json!({"id": 1, "role": "agent", "only_private_comments": true}), "internal notes"),
        (json!({"id": 1, "role": "agent", "ticket_restriction": "groups"}), "groups"),
    ] {
        assert!(me(user).unwrap().lacks.unwrap().contains(lacking), "{lacking}");
    }
}

#[test]
fn the_addresses_of_many_are_told_apart_by_whose_they_are() {
    let call = specimen().open().addresses_of_many(&["7", "8", "9/.."]).unwrap();
    assert_eq!(
        call.request.path,
        format!("/api/v2/users/show_many?ids=7,8,{}&include=identities", path::segment("9/.."))
    );
    let of = |user: u64, kind: &str, state: &str| json!({"user_id": user, "type": kind, "value": format!("{user}@customer.test"), "deliverable_state": state});
    let all = [of(7, "email", "undeliverable"), of(7, "email", "deliverable"), of(8, "phone_number", "deliverable")];
    let found = call.read_whole(&answer(200, &json!({"users": [], "identities": all}).to_string())).unwrap();
    let undeliverable: Vec<bool> = found["7"].iter().map(|one| one.undeliverable).collect();
    assert_eq!(undeliverable, [true, false]);
    assert!(found["8"].is_empty(), "a number is no address");
    assert!(!found.contains_key("9/.."), "nothing is said of who is not there");
    assert!(call.read_whole(&answer(200, r#"{"users": []}"#)).unwrap().is_empty());
}
