//! The two helpdesks that were run: what they send, what is written to them, and what their mappings could not say before.

use super::*;

/// What the pages of the two helpdesks that were run say to use, with deliveries of theirs.
const REQUEST_TRACKER: &str = include_str!("../../../../examples/request-tracker/connection.toml");
const DJANGO: &str = include_str!("../../../../examples/django-helpdesk/connection.toml");
pub(super) fn request_tracker_as_run() -> Specimen {
    Specimen {
        deliveries: &[
            ("whole", include_str!("../fixtures/rt_whole.json")),
            ("merged", include_str!("../fixtures/rt_merged.json")),
        ],
        unknown: include_str!("../fixtures/no_ticket.json"),
        answers: &[
            ("identity", r#"{"id":27,"Name":"heard","RealName":"Heard"}"#),
            ("messages", r#"{"items":[{"id":"5","TransactionId":"36","Content":"<p>We found it.</p>"}]}"#),
        ],
        ..signed(REQUEST_TRACKER)
    }
}

pub(super) fn django_as_run() -> Specimen {
    Specimen {
        deliveries: &[
            ("whole", include_str!("../fixtures/django_whole.json")),
            ("merged", include_str!("../fixtures/django_merged_away.json")),
        ],
        unknown: include_str!("../fixtures/no_ticket.json"),
        answers: &[
            ("identity", r#"{"count":1,"next":null,"previous":null,"results":[]}"#),
            ("reply", r#"{"id":6,"ticket":1}"#),
            ("note", r#"{"id":8,"ticket":1}"#),
            ("reopen", r#"{"id":7,"ticket":1}"#),
        ],
        ..signed(DJANGO)
    }
}

/// What the settings could not say of two real helpdesks: a row by its name, several places for one field, a few requesters,
/// one mail that is HTML and another that is not.
#[test]
fn a_mapping_says_what_real_helpdesks_need() {
    let map: Mapping = toml::from_str(
        r#"
        ignore = [{ at = "subject", begins_with = ["[Auto]"] }, { at = "to", contains = ["@noreply."] }]
        [ticket]
        id = "id"
        subject = "subject"
        tags = "$.fields[?@.name == 'tags'].values[*]"
        created_at = "created"
        requester = { name = { all = ["people[0].first", "people[0].last"] }, email = "people[0].mail" }
        organization = { name = { at = ["company", "$.fields[?@.name == 'company'].values[0]"] } }
        shared_when = [{ at = "people[1]" }, { at = "cc[0]" }]
        [messages]
        each = "$.threads[*].messages[*]"
        id = "id"
        body = "body"
        public = { text = "true" }
        html = [{ at = "type", in = ["text/html"] }]
        "#,
    )
    .unwrap();
    let body = |people: Value, cc: Value, subject: &str| {
        json!({"id": 5, "subject": subject, "created": "2026-11-22T03:00:00Z", "people": people, "cc": cc,
            "fields": [{"name": "company", "values": ["Acme"]}, {"name": "tags", "values": ["escalate", "export"]}],
            "threads": [{"messages": [{"id": 1, "type": "text/html", "body": "<p>It is <b>still</b> broken</p>"}]},
                        {"messages": [{"id": 2, "type": "text/plain", "body": "1 < 2"}]}]})
    };
    let ann = json!({"first": "Ann", "last": "Doe", "mail": "ann@acme.test"});
    let alone = map.ticket(&body(json!([ann]), json!([]), "Export")).unwrap();
    assert_eq!((alone.requester.name.as_str(), alone.reaches_others), ("Ann Doe", false));
    assert_eq!(alone.tags, ["escalate", "export"]);
    assert_eq!(alone.organization.unwrap().name, "Acme");
    let two = json!([{"first": "Ann", "mail": "ann@acme.test"}, {"first": "Ben", "mail": "ben@other.test"}]);
    let both = body(two, json!([]), "Export");
    let shared = map.ticket(&both).unwrap();
    assert_eq!((shared.requester.name.as_str(), shared.reaches_others), ("Ann", true));
    assert!(map.ticket(&body(json!([ann]), json!(["carl@acme.test"]), "Export")).unwrap().reaches_others);
    let messages: Vec<_> = map.messages(&both).into_iter().map(|one| (one.external_id, one.body)).collect();
    assert_eq!(messages, [("1".into(), "It is still broken".into()), ("2".into(), "1 < 2".into())]);
    let ignored = map.events(&body(json!([ann]), json!([]), "[Auto] out of office"), false).unwrap();
    assert!(matches!(ignored[..], [HelpdeskEvent::Ignored(_)]));
}

/// A list of pages that are counted is read to its end, whatever the answers say of it.
#[test]
fn a_list_is_looked_through_page_by_page_until_one_is_empty() {
    let look_up = "look_up = { messages = '/t/{ticket}/a?page={page}', map = { each = 'items', id = 'id', body = 'text', \
                   public = { text = 'true' } } }";
    let options = toml::from_str(look_up).unwrap();
    let desk = HelpdeskCredentials { webhook_secrets: vec![Secret::new(SIGNING[0])], ..credentials(options) };
    let desk = registry::open("generic", desk).unwrap();
    assert_eq!((desk.about().reads_tickets, desk.about().finds_replies), (false, true));
    let first = desk.messages("7", None).unwrap();
    assert_eq!(first.request.path, "/t/7/a?page=1");
    let page = first.read_whole(&answer(200, r#"{"items":[{"id":1,"text":"a"},{"id":2}]}"#)).unwrap();
    assert_eq!((page.rows.len(), page.next.as_deref()), (1, Some("2")));
    let second = desk.messages("7", page.next.as_deref()).unwrap();
    assert_eq!(second.request.path, "/t/7/a?page=2");
    assert_eq!(second.read_whole(&answer(200, r#"{"items":[]}"#)).unwrap().next, None);
}

/// Asks and answers until all is read: each request's path, and what was read. What says nothing is not there.
fn asked<T>(call: Option<Call<T>>, says: impl Fn(&str) -> Value) -> (Vec<String>, Result<T, HelpdeskRefusal>) {
    let (mut paths, mut call) = (Vec::new(), call.unwrap());
    loop {
        paths.push(call.request.path.clone());
        assert!(call.request.credential.is_some(), "{}", call.request.path);
        let said = says(&call.request.path);
        let status = if said.is_null() { 404 } else { 200 };
        match call.read(&answer(status, &said.to_string())) {
            Ok(CallAnswer::Whole(value)) => return (paths, Ok(value)),
            Ok(CallAnswer::More(next)) => call = *next,
            Err(refusal) => return (paths, Err(refusal)),
        }
    }
}

/// Request Tracker says in one answer what was written, and in another whether it was for the customer; elsewhere a ticket
/// names its customer by an id.
#[test]
fn two_answers_are_joined() {
    let options = toml::from_str(
        r#"
        [read]
        ticket = "/tickets/{ticket}"
        messages = "/tickets/{ticket}/texts"
        [[read.join_ticket]]
        path = "/users/{by}"
        as = "user"
        by = "user_id"
        [[read.join]]
        path = "/tickets/{ticket}/history?page={page}"
        as = "entry"
        by = "entry_id"
        each = "items"
        key = "id"
        [read.map.ticket]
        id = "id"
        created_at = "created"
        requester = { id = "user_id", name = "user.name" }
        [read.map.messages]
        each = "texts"
        id = "entry_id"
        body = "text"
        created_at = "entry.at"
        author_id = "entry.by"
        public = { at = "entry.type", words = { reply = "true" }, default = "false" }
        "#,
    )
    .unwrap();
    let desk = HelpdeskCredentials { webhook_secrets: vec![Secret::new(SIGNING[0])], ..credentials(options) };
    let desk = registry::open("generic", desk).unwrap();
    let entry = |id: u32, of: &str| json!({"id": id, "type": of, "by": "9", "at": "2026-11-22T03:00:00Z"});
    let says = |path: &str| match path {
        "/tickets/7" => json!({"id": 7, "user_id": 42, "created": "2026-11-22T03:00:00Z"}),
        "/users/42" => json!({"name": "Ann Doe"}),
        "/tickets/7/texts" => json!({"texts": [{"entry_id": "1", "text": "a"}, {"entry_id": 3, "text": "b"}]}),
        "/tickets/7/history?page=1" => json!({"items": [entry(1, "reply"), entry(2, "reply")]}),
        "/tickets/7/history?page=2" => json!({"items": [entry(3, "comment"), entry(4, "reply")]}),
        other => panic!("{other} is not needed"),
    };
    let (paths, ticket) = asked(desk.ticket("7"), says);
    assert_eq!((paths.len(), ticket.unwrap().requester.name.as_str()), (2, "Ann Doe"));
    let (paths, page) = asked(desk.messages("7", None), says);
    assert_eq!(paths.len(), 3, "{paths:?}");
    let rows: Vec<_> =
        page.unwrap().rows.into_iter().map(|row| (row.body, row.public, row.author_external_id)).collect();
    assert_eq!(rows, [("a".into(), true, Some("9".into())), ("b".into(), false, Some("9".into()))]);

    let gone = |of: &'static str| move |path: &str| if path.starts_with(of) { Value::Null } else { says(path) };
    let (_, ticket) = asked(desk.ticket("7"), gone("/users/"));
    assert_eq!(ticket.unwrap().requester.name, "", "a customer who was deleted leaves the ticket where it is");
    assert!(matches!(asked(desk.ticket("7"), gone("/tickets/7")).1, Err(HelpdeskRefusal::Gone(_))));
    let (_, messages) = asked(desk.messages("7", None), gone("/tickets/7/history"));
    assert!(matches!(messages, Err(HelpdeskRefusal::Unavailable(_))), "and a list that is not there deletes no ticket");

    let endless = |path: &str| match path {
        "/tickets/7/texts" => says(path),
        _ => json!({"items": [entry(2, "reply")]}),
    };
    let (paths, half) = asked(desk.messages("7", None), endless);
    assert!(matches!(half, Err(HelpdeskRefusal::Unavailable(_))), "half an answer is none");
    assert_eq!(paths.len(), 1 + crate::base::limits::PAGES_PER_LIST);
    let over = |path: &str| match path {
        "/tickets/7/texts" => says(path),
        _ => json!({"items": []}),
    };
    let (_, none) = asked(desk.messages("7", None), over);
    assert!(
        matches!(none, Err(HelpdeskRefusal::Unavailable(_))),
        "lists lag, and who reads it may stand in what is missing"
    );
}

/// A note of ours named `acme/product#13`, and django-helpdesk wrote "Referenced in ticket #19" into its own ticket 13.
#[test]
fn a_number_of_an_issue_is_no_ticket_of_django_helpdesk() {
    let note = django_as_run().open().note("19", "Filed as acme/product#13, {{ settings }}", "note-1").unwrap();
    let said = body_of(&note)["comment"].as_str().unwrap().to_owned();
    assert!(!said.contains("#13") && !said.contains("{{"), "{said}");
    assert_eq!(said.replace('\u{200b}', ""), "Filed as acme/product#13, {{ settings }}", "to a reader it is the same");
}

#[test]
fn what_the_two_real_helpdesks_send_is_taken_whole() {
    for (specimen, whole, merged) in [
        (
            request_tracker_as_run(),
            include_str!("../fixtures/rt_whole.json"),
            include_str!("../fixtures/rt_merged.json"),
        ),
        (
            django_as_run(),
            include_str!("../fixtures/django_whole.json"),
            include_str!("../fixtures/django_merged_away.json"),
        ),
    ] {
        let change = change(&specimen, whole);
        let ticket = change.snapshot.unwrap();
        assert_eq!((ticket.external_id.as_str(), ticket.reaches_others), ("1", true));
        assert_eq!((ticket.status, ticket.tags.as_slice()), (TicketStatus::Open, ["escalate".to_owned()].as_slice()));
        assert_eq!(ticket.requester.email.as_deref(), Some("ann@lovelace.test"));
        let requester = Some(ticket.requester.external_id.as_str());
        let customers: Vec<_> = change.messages.iter().filter(|one| one.author == MessageAuthor::Customer).collect();
        assert_eq!(customers.len(), 2, "Ann's words and Ben's, which a merge brought here");
        let anns = customers.iter().filter(|one| one.author_external_id.as_deref() == requester).count();
        assert_eq!(anns, 1, "Ben's are not hers");
        let notes = change.messages.iter().filter(|one| one.author == MessageAuthor::Agent).count();
        assert!(notes > 0 && change.messages.iter().all(|one| one.public == (one.author == MessageAuthor::Customer)));
        let event = specimen.open().read(&specimen.receive(merged)).unwrap().remove(0);
        assert_eq!(event, HelpdeskEvent::Merged { ticket: "2".into(), into: "1".into() });
    }
}

/// `GET /api/tickets/` and a single ticket walk every ticket that there is: 8.7 seconds where there are 5,000.
#[test]
fn nothing_is_asked_of_django_helpdesk_that_walks_all_its_tickets() {
    let desk = django_as_run().open();
    assert!(desk.ticket("1").is_none() && desk.messages("1", None).is_none());
    assert_eq!(desk.identity().unwrap().request.path, "/api/followups/?page_size=1");
}

#[test]
fn a_connection_says_what_its_helpdesk_is_called_and_the_two_that_were_run_are_no_preview() {
    for (example, name) in [(REQUEST_TRACKER, "Request Tracker"), (DJANGO, "django-helpdesk")] {
        let desk = signed(example).open();
        assert_eq!((desk.about().name.as_ref(), desk.about().is_preview()), (name, false));
    }
    let desk = Specimen { credentials: credentials(toml::from_str("program = 'Our own'").unwrap()), ..own() }.open();
    assert_eq!((desk.about().name.as_ref(), desk.about().is_preview()), ("Our own", true));
    let desk = own().open();
    assert_eq!((desk.about().name.as_ref(), desk.about().is_preview()), ("your helpdesk", true));
}
