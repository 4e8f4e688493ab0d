//! One text for all who wait for a step: looked at for three of them, then kept, with what is each customer's own.

use std::time::Duration;

use heard::{
    flow::{
        Error,
        people::{milestones, topics},
    },
    model::{decision::Actor, id::TopicId, refusal::Refusal},
};
use serde_json::{Value, json};

use crate::{
    databases,
    story::{Complaint, page_in, stopped_clock},
    web::{filled, session},
    world::{Options, World},
};

const TEXT: &str =
    "{% if name %}{{ name }}, the{% else %}The{% endif %} export is whole again: https://acme.test/export.

=> {{ works_url }} Yes, it is
=> {{ still_broken_url }} No, it is not";

async fn held(database: &str) -> (World, Complaint) {
    let world = World::with(database, Options { clock: stopped_clock(), hold_minutes: 30, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    (world, complaint)
}

/// Somebody else with the same complaint.
async fn also(world: &World, complaint: &Complaint, name: &str) -> u64 {
    let (_, ticket) = world.complains(name);
    world.support_says_they_are_the_same(ticket, complaint.ticket).await;
    world.settles().await;
    ticket
}

async fn it_ships(world: &World, complaint: &Complaint, updates: usize) {
    world.clock.advance(Duration::from_mins(1));
    world.ships(complaint.issue, "v2.4.0");
    world.until("all are planned", async || world.updates().await.len() == updates).await;
    world.settles().await;
}

fn address(complaint: &Complaint) -> String {
    format!("/api/v1/topics/{}/updates/text", complaint.topic)
}

fn text(text: &str) -> Value {
    json!({ "milestone": "shipped", "language": "en", "text": text })
}

/// Somebody looks at a text, and then keeps it.
async fn keeps(world: &World, complaint: &Complaint, said: &str) -> Value {
    let preview = world.does(&format!("{}/preview", address(complaint)), &text(said)).await;
    let mut kept = text(said);
    kept["seen"] = preview["seen"].clone();
    world.does(&address(complaint), &kept).await
}

async fn all_go_out(world: &World, complaint: &Complaint) {
    world.does(&format!("/api/v1/topics/{}/updates", complaint.topic), &json!({ "act": "send_now" })).await;
    world.settles().await;
}

fn told(world: &World, ticket: u64) -> String {
    let all = world.helpdesk.replies_by_heard(ticket);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].plain_body.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_text_reaches_all_but_those_who_were_written_to_one_by_one() {
    databases::for_each(async |database| {
        let (world, complaint) = held(database).await;
        let bobs = also(&world, &complaint, "Bob Stone").await;
        let cems = also(&world, &complaint, "Cem Kaya").await;
        it_ships(&world, &complaint, 3).await;
        let is_cems = |one: &&Value| one["text"].as_str().unwrap().starts_with("Hi Cem,");
        let one = world.updates().await.iter().find(is_cems).unwrap()["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/updates/{one}/edit"), &json!({ "text": "Hi Cem, we will call you." })).await;
        let begun = world.get(&format!("{}?milestone=shipped", address(&complaint))).await;
        assert_eq!(begun["languages"], json!([{ "language": "en", "count": 3 }]));
        let said = begun["text"].as_str().unwrap();
        assert!(said.contains("2.4.0") && said.contains("=> {{ works_url }}") && !said.contains("{%"), "{said}");
        let preview = world.does(&format!("{}/preview", address(&complaint)), &text(TEXT)).await;
        assert_eq!(
            (&preview["count"], &preview["edited_alone"], &preview["in_other_languages"]),
            (&json!(2), &json!(1), &json!(0))
        );
        for (one, name) in preview["recipients"].as_array().unwrap().iter().zip(["Ana", "Bob"]) {
            let read = one["text"].as_str().unwrap();
            assert!(read.starts_with(&format!("Hi {name},")), "{read}");
            assert!(read.contains(&format!("{name}, the export is whole again: https://acme.test/export.")), "{read}");
        }
        let before = world.updates().await;
        assert!(before.iter().all(|one| !one["text"].as_str().unwrap().contains("whole")), "looking stores nothing");
        assert_eq!(keeps(&world, &complaint, TEXT).await, json!({ "done": 2, "edited_alone": 1 }));
        all_go_out(&world, &complaint).await;
        let all = world.updates().await;
        for (ticket, name) in [(complaint.ticket, "Ana"), (bobs, "Bob")] {
            let read = told(&world, ticket);
            assert!(read.contains(&format!("{name}, the export is whole again")), "{read}");
            assert!(read.contains("Yes, it is") && read.contains("last row"), "links and what they wrote: {read}");
            let is_theirs = |one: &&Value| one["text"].as_str().unwrap().starts_with(&format!("Hi {name},"));
            let update = all.iter().find(is_theirs).unwrap()["id"].as_str().unwrap();
            let said = [("act", "works"), ("update", update)];
            assert_eq!(world.says_on(&page_in(&read), &said).await, 303, "the links lead to their own page");
        }
        assert_eq!(told(&world, cems).trim(), "Hi Cem, we will call you.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_does_not_work_for_all_is_refused_with_what_is_wrong() {
    databases::for_each(async |database| {
        let (world, complaint) = held(database).await;
        it_ships(&world, &complaint, 1).await;
        let path = address(&complaint);
        for (said, says) in [
            (TEXT.replace("works_url", "wroks_url"), "uses \"wroks_url\", which is not known here"),
            ("It is whole again.".to_owned(), "never uses"),
            (String::new(), "This text"),
            (TEXT.replace("{% if name %}{{ name }}, the{% else %}The{% endif %}", "{{ name }}, the"), "`if` first"),
            (TEXT.replace("whole", "[...]"), "gap"),
            (format!("{TEXT}{}", "x".repeat(9_000)), "larger than"),
        ] {
            let mut unseen = text(&said);
            unseen["seen"] = json!("never");
            for (path, body) in [(format!("{path}/preview"), text(&said)), (path.clone(), unseen)] {
                let (status, problem) = world.post(&path, &body).await;
                assert_eq!(status, 409, "{said}: {problem}");
                assert!(problem["detail"].as_str().unwrap().contains(says), "{says}: {problem}");
            }
        }
        let seen = world.does(&format!("{path}/preview"), &text(TEXT)).await["seen"].clone();
        let mut other = text(&TEXT.replace("whole", "all"));
        other["seen"] = seen;
        let (status, problem) = world.post(&path, &other).await;
        assert_eq!((status, problem["type"].as_str()), (409, Some("urn:heard:problem:refused:text-not-seen")));
        let planned = json!({ "milestone": "planned", "language": "en", "text": "We plan it." });
        let (status, problem) = world.post(&format!("{path}/preview"), &planned).await;
        assert_eq!((status, problem["type"].as_str()), (409, Some("urn:heard:problem:refused:nothing-waits")));
        let klingon = json!({ "milestone": "shipped", "language": "tlh", "text": TEXT });
        assert_eq!(world.post(&format!("{path}/preview"), &klingon).await.0, 400);
        assert!(!world.updates().await[0]["text"].as_str().unwrap().contains("whole"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_for_all_is_a_persons_and_gives_way_only_to_another() {
    databases::for_each(async |database| {
        let (world, complaint) = held(database).await;
        it_ships(&world, &complaint, 1).await;
        keeps(&world, &complaint, TEXT).await;
        let change = topics::Change { summary: Some("The last row is written again."), ..topics::Change::default() };
        let topic = TopicId::parse(&complaint.topic).unwrap();
        topics::change(world.app(), topic, &change, &Actor::admin()).await.unwrap();
        world.settles().await;
        let now = async || world.updates().await[0]["text"].as_str().unwrap().to_owned();
        assert!(now().await.contains("whole again"), "{}", now().await);
        assert_eq!(keeps(&world, &complaint, &TEXT.replace("whole", "complete")).await["done"], 1);
        all_go_out(&world, &complaint).await;
        assert!(told(&world, complaint.ticket).contains("complete again"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_written_to_in_another_language_is_not_given_the_text() {
    databases::for_each(async |database| {
        let (world, complaint) = held(database).await;
        let lea = world.helpdesk.customer("Lea Vogt").locale("de").add();
        let leas = world.helpdesk.ticket_from(lea).subject("CSV").body("Im CSV fehlt die letzte Zeile.").send();
        world.support_says_they_are_the_same(leas, complaint.ticket).await;
        world.settles().await;
        it_ships(&world, &complaint, 2).await;
        let preview = world.does(&format!("{}/preview", address(&complaint)), &text(TEXT)).await;
        assert_eq!((&preview["count"], &preview["in_other_languages"]), (&json!(1), &json!(1)));
        let german = world.get(&format!("{}?milestone=shipped&language=de", address(&complaint))).await;
        assert_eq!(german["language"], "de");
        let said = german["text"].as_str().unwrap().replace("2.4.0", "2.4.0 (Januar)");
        let mut body = json!({ "milestone": "shipped", "language": "de", "text": said });
        let preview = world.does(&format!("{}/preview", address(&complaint)), &body).await;
        let read = preview["recipients"][0]["text"].as_str().unwrap();
        assert!(read.starts_with("Guten Tag") && read.contains("2.4.0 (Januar)"), "{read}");
        body["seen"] = preview["seen"].clone();
        assert_eq!(world.does(&address(&complaint), &body).await["done"], 1);
        assert_eq!(keeps(&world, &complaint, TEXT).await["done"], 1);
        let all = world.updates().await;
        let says = |words: &str| all.iter().filter(|one| one["text"].as_str().unwrap().contains(words)).count();
        assert_eq!((says("Januar"), says("whole again")), (1, 1), "{all:#?}");
    })
    .await;
}

/// By forms alone: no script runs here.
#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_what_three_would_read_before_it_keeps_the_text() {
    databases::for_each(async |database| {
        let (world, complaint) = held(database).await;
        also(&world, &complaint, "Bob Stone").await;
        it_ships(&world, &complaint, 2).await;
        let cookie = session(&world).await;
        let path = format!("{}/topics/{}/updates/text", world.url(), complaint.topic);
        let begun = world.anonymous().get(format!("{path}?milestone=shipped")).header("cookie", &cookie);
        let begun = begun.send().await.unwrap().text().await.unwrap();
        assert!(begun.contains("=&#62; {{ works_url }}") || begun.contains("=&gt; {{ works_url }}"), "{begun}");
        let press = async |address: &str, said: &str, seen: &str| {
            let request = world.anonymous().post(address).header("cookie", &cookie).header("origin", world.url());
            let fields = [("milestone", "shipped"), ("language", "en"), ("text", said), ("seen", seen)];
            let answer = filled(request, &fields).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let said = TEXT.replace('\n', "\r\n");
        let (status, shown) = press(&format!("{path}/preview"), &said, "").await;
        assert_eq!(status, 200);
        for words in ["2 customers will read this", "Ana, the export is whole again", "Bob, the export is whole again"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let seen = shown.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (status, shown) = press(&path, &said.replace("whole", "all"), &seen).await;
        assert_eq!(status, 200, "another text than was seen");
        assert!(shown.contains("Ana, the export is all again"), "is shown first: {shown}");
        assert!(world.updates().await.iter().all(|one| !one["text"].as_str().unwrap().contains("all again")));
        let (status, shown) = press(&path, "Sorry, {{ nmae }}", &seen).await;
        assert_eq!(status, 200);
        assert!(shown.contains("Sorry, {{ nmae }}") && shown.contains("which is not known here"), "{shown}");
        assert_eq!(press(&path, &said, &seen).await.0, 303);
        let all = world.updates().await;
        assert!(all.iter().all(|one| one["text"].as_str().unwrap().contains("whole again")), "{all:#?}");
        assert!(all.iter().all(|one| one["state"] == "held"), "when each goes out does not change");
    })
    .await;
}

/// Support copies Ana's link out of her ticket, for it reads as a page about the fault, and means it for everybody.
#[tokio::test(flavor = "multi_thread")]
async fn a_customers_own_link_in_a_persons_text_reaches_nobody_else() {
    databases::for_each(async |database| {
        let tell = "workaround = \"send\"\nshipped = \"draft\"\n";
        let world = World::with(database, Options { clock: stopped_clock(), tell, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let bobs = also(&world, &complaint, "Bob Stone").await;
        let words = "/heard workaround Export it as XLSX.";
        world.product().with_engineer("erin", "write").comments_on(complaint.issue, words);
        let anas = page_in(&world.told_in(complaint.ticket).await);
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        let drafts = async || -> Vec<Value> {
            let all = world.updates().await;
            all.into_iter().filter(|one| one["milestone"] == "shipped" && one["state"] == "draft").collect()
        };
        world.until("both wait", async || drafts().await.len() == 2).await;
        let is_bobs = |one: &Value| one["text"].as_str().unwrap().starts_with("Hi Bob,");
        let bob = drafts().await.into_iter().find(is_bobs).unwrap();
        let path = format!("/api/v1/updates/{}/edit", bob["id"].as_str().unwrap());
        let said = format!("Hi Bob, it is out. You can follow it at {anas}.");
        let (status, problem) = world.post(&path, &json!({ "text": said })).await;
        assert_eq!(status, 409, "it is Ana's page: {problem}");
        // For all at once.
        let said = format!("{TEXT}\n\nYou can follow it at {anas}.");
        let (status, problem) = world.post(&format!("{}/preview", address(&complaint)), &text(&said)).await;
        assert_eq!(status, 409, "it is Ana's page: {problem}");
        let key = anas.rsplit('/').next().unwrap().to_owned();
        assert!(
            world.updates().await.iter().all(|one| !one["text"].as_str().unwrap().contains(&key)),
            "no key is kept"
        );
        for draft in drafts().await {
            world.approves(&draft).await;
        }
        world.settles().await;
        let read = world.helpdesk.replies_by_heard(bobs);
        assert!(read.iter().all(|reply| !reply.plain_body.contains(&key)), "{read:#?}");
    })
    .await;
}

/// These stand in the messages of all others, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_customers_own_link_is_refused_in_a_topics_summary_and_in_the_words_of_a_step() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: "workaround = \"send\"\n", ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let words = "/heard workaround Export it as XLSX.";
        world.product().with_engineer("erin", "write").comments_on(complaint.issue, words);
        let anas = page_in(&world.told_in(complaint.ticket).await);
        world.settles().await;
        let (topic, admin) = (TopicId::parse(&complaint.topic).unwrap(), Actor::admin());
        let said = format!("You can follow it at {anas}.");
        let change = topics::Change { title: None, kind: None, summary: Some(&said) };
        let refused = [
            topics::change(world.app(), topic, &change, &admin).await,
            milestones::workaround(world.app(), topic, &said, &admin).await,
            milestones::decline(world.app(), topic, &said, &admin).await,
        ];
        for one in refused {
            assert!(matches!(&one, Err(Error::Refused(Refusal::TextHasOwnLink))), "{one:?}");
        }
        assert_eq!(world.counts("SELECT count(*) FROM topic WHERE summary IS NOT NULL").await, 0);
        assert_eq!(world.counts("SELECT count(*) FROM milestone WHERE words LIKE '%/c/%'").await, 0);
    })
    .await;
}
