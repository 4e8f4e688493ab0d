//! The brake: messages to customers wait, all or a part, until somebody lets them go on.

use std::time::Duration;

use heard::{
    flow::people::milestones,
    model::{decision::Actor, id::TopicId},
};
use serde_json::{Value, json};
use simulator::{MergeMethod, RepositoryOptions};

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    web::{filled, session},
    world::{Options, World},
};

/// A fix that is out while everything that `part` names is paused.
async fn shipped_while_paused(world: &World, complaint: &Complaint, part: &Value) {
    world.does("/api/v1/pauses", part).await;
    world.ships(complaint.issue, "v2.4.0");
    world.update_that_is("shipped", "held").await;
    time_goes_by(world).await;
    assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "paused: {part}");
    world.update_that_is("shipped", "held").await;
}

/// A release that is out while everything is paused, for whoever takes it back.
async fn released_while_paused(world: &World, complaint: &Complaint) -> u64 {
    world.does("/api/v1/pauses", &json!({})).await;
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    world.clock.advance(Duration::from_mins(1));
    world.product().release("v2.4.0").at(&fix).publish()
}

async fn time_goes_by(world: &World) {
    world.clock.advance(Duration::from_mins(10));
    world.sweeps().await;
    world.settles().await;
}

/// A clock that stands still, so that what waits waits for the brake alone.
async fn with_a_complaint(database: &str) -> (World, Complaint) {
    let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    (world, complaint)
}

/// Bob asks for something else.
async fn another_topic(world: &World, complaint: &Complaint) -> String {
    let bob = world.helpdesk.customer("Bob Stone").add();
    let ticket =
        world.helpdesk.ticket_from(bob).subject("Dark mode").body("Please add a dark theme to the editor.").send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    assert_ne!(topic, complaint.topic);
    topic
}

fn parts(complaint: &Complaint) -> [Value; 4] {
    [json!({}), json!({"connection": "acme"}), json!({"repository": "Acme/Product"}), json!({"topic": complaint.topic})]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_waits_and_is_told_once_when_it_goes_on() {
    databases::for_each_case(0..4, async |database, nth: usize| {
        let (world, complaint) = with_a_complaint(database).await;
        let part = &parts(&complaint)[nth];
        shipped_while_paused(&world, &complaint, part).await;
        assert_eq!(world.does("/api/v1/pauses/end", part).await["ended"], true);
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        time_goes_by(&world).await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
        assert_eq!(world.does("/api/v1/pauses/end", part).await["ended"], false, "it is over already");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_something_else_stops_nothing() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let other = another_topic(&world, &complaint).await;
        world.does("/api/v1/pauses", &json!({ "topic": other })).await;
        world.ships(complaint.issue, "v2.4.0");
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_outlives_a_restart_and_stops_what_is_approved_meanwhile() {
    databases::for_each(async |database| {
        let tell = "shipped = \"draft\"\n";
        let options = Options { clock: stopped_clock(), tell, ..Options::default() };
        let mut world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.does("/api/v1/pauses", &json!({})).await;
        world.stops().await;
        world.starts_again().await;
        world.ships(complaint.issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        world.approves(&draft).await;
        time_goes_by(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        let listed = world.get("/api/v1/pauses").await;
        assert_eq!((&listed["pauses"][0]["part"], &listed["pauses"][0]["by"]), (&json!("everything"), &json!("admin")));
        world.does("/api/v1/pauses/end", &json!({})).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// What was taken back while it waited is not told when sending goes on (G5, shipped means in users' hands).
#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_was_taken_back_during_a_pause_is_not_told() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let release = released_while_paused(&world, &complaint).await;
        world.update_that_is("shipped", "held").await;
        world.settles().await;
        world.product().delete_release(release);
        world.update_that_is("shipped", "cancelled").await;
        world.does("/api/v1/pauses/end", &json!({})).await;
        time_goes_by(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pause_of_a_topic_goes_along_when_it_is_merged() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let other = another_topic(&world, &complaint).await;
        world.does("/api/v1/pauses", &json!({ "topic": other })).await;
        world.does(&format!("/api/v1/topics/{other}/merge"), &json!({ "into": complaint.topic })).await;
        world.ships(complaint.issue, "v2.4.0");
        time_goes_by(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        world.does("/api/v1/pauses/end", &json!({ "topic": complaint.topic })).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// What is paused, as the API says it.
async fn paused(world: &World) -> Vec<(String, Value)> {
    let all = world.get("/api/v1/pauses").await["pauses"].as_array().unwrap().clone();
    let part = |one: &Value| one["part"].as_str().unwrap().to_owned();
    let mut paused: Vec<_> = all.iter().map(|one| (part(one), one[part(one)].clone())).collect();
    paused.sort_by_key(|(part, what)| (part.clone(), what.to_string()));
    paused
}

/// The issue has another name then, and every page said still that its repository was paused.
#[tokio::test(flavor = "multi_thread")]
async fn the_pause_of_a_repository_holds_when_it_is_renamed() {
    for is_told in [true, false] {
        databases::for_each(async |database| {
            let (world, complaint) = with_a_complaint(database).await;
            let product = json!({"repository": "acme/product"});
            if is_told {
                shipped_while_paused(&world, &complaint, &product).await;
            } else {
                world.does("/api/v1/pauses", &product).await;
            }
            world.github.hooks().drop_all(!is_told);
            world.product().renames_to("goods");
            world
                .until("its new name is known", async || {
                    time_goes_by(&world).await;
                    let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
                    topic["issue"]["repository"] == "acme/goods"
                })
                .await;
            time_goes_by(&world).await;
            assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
            let goods = json!({"repository": "acme/goods"});
            let both = [&goods, &product].map(|name| ("repository".to_owned(), name["repository"].clone()));
            assert_eq!(paused(&world).await, both, "and that is said");
            assert_eq!(world.does("/api/v1/pauses/end", &goods).await["ended"], true);
        })
        .await;
    }
}

/// The settings have its old name until somebody changes it there, and its issues are shown with the new one: whoever pulls the brake
/// takes one or the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_begins_after_a_rename_holds_by_either_name() {
    for (name, is_told) in [("acme/product", true), ("acme/goods", true), ("Acme/Product", false)] {
        databases::for_each(async |database| {
            let (world, complaint) = with_a_complaint(database).await;
            world.github.hooks().drop_all(!is_told);
            world.product().renames_to("goods");
            world
                .until("its new name is known", async || {
                    time_goes_by(&world).await;
                    let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
                    topic["issue"]["repository"] == "acme/goods"
                })
                .await;
            let part = json!({ "repository": name });
            world.does("/api/v1/pauses", &part).await;
            let topic = TopicId::parse(&complaint.topic).unwrap();
            milestones::state_shipped(world.app(), topic, "v2.4.0", &Actor::admin()).await.unwrap();
            world.update_that_is("shipped", "held").await;
            time_goes_by(&world).await;
            assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty(), "{name}");
            assert_eq!(world.does("/api/v1/pauses/end", &part).await["ended"], true);
            assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pause_of_a_repository_goes_along_with_an_issue_that_is_transferred() {
    databases::for_each(async |database| {
        let more = "[[repositories]]\nname = \"acme/exporter\"\nhold_minutes = 0\n";
        let options = Options { clock: stopped_clock(), tell: more, ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.does("/api/v1/pauses", &json!({"repository": "acme/product"})).await;
        let exporter = world.github.add_repository(&RepositoryOptions::private("acme/exporter"));
        let moved = world.product().transfers(complaint.issue, &exporter).unwrap();
        world
            .until("it is known where it is", async || {
                let topic = world.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
                topic["issue"]["repository"] == "acme/exporter"
            })
            .await;
        let pull_request = exporter.pull_request("Write the last row too").fixing(moved).open();
        let fix = exporter.merge(pull_request, MergeMethod::Squash).unwrap();
        exporter.release("v7.0.0").at(&fix).publish();
        world.update_that_is("shipped", "held").await;
        time_goes_by(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        assert!(paused(&world).await.contains(&("topic".to_owned(), json!(complaint.topic))), "and that is said");
        world.does("/api/v1/pauses/end", &json!({ "topic": complaint.topic })).await;
        assert!(world.told_in(complaint.ticket).await.contains("7.0.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_paused_is_refused_with_a_sentence() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (part, status, says) in [
            (json!({"connection": "acne"}), 404, "no connection"),
            (json!({"repository": "acme/none"}), 409, "not among the repositories"),
            (json!({"repository": "acme"}), 409, "not among the repositories"),
            (json!({"topic": "7"}), 404, "no topic"),
            (json!({"connection": "acme", "topic": "7"}), 409, "Name one of"),
            (json!({"conection": "acme"}), 400, "conection"),
        ] {
            let (code, problem) = world.post("/api/v1/pauses", &part).await;
            assert_eq!(code, status, "{part}: {problem}");
            assert!(problem["detail"].as_str().unwrap_or_default().contains(says), "{part}: {problem}");
        }
        assert_eq!(world.get("/api/v1/pauses").await["pauses"], json!([]));
    })
    .await;
}

/// Whoever looks at any page sees it, and ends it there.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_says_whether_sending_is_on_and_has_the_button() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let cookie = session(&world).await;
        let page = async |path: &str| {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header("cookie", &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let press = async |path: &str, part: &str| {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header("cookie", &cookie);
            let request = request.header("origin", world.url());
            let answer = filled(request, &[("part", part)]).send().await.unwrap();
            assert_eq!(answer.status(), 303, "{path} {part}");
        };
        let topic = format!("/topics/{}", complaint.topic);
        let pages = ["/topics", "/triage", "/updates", "/health", topic.as_str()];
        for path in pages {
            assert!(page(path).await.contains("Sending is on"), "{path}");
        }
        press("/pauses", "everything").await;
        for path in pages {
            let shown = page(path).await;
            assert!(
                shown.contains("Sending is paused") && shown.contains("by the admin token") && shown.contains("Resume"),
                "{path}"
            );
        }
        press("/pauses/end", "everything").await;
        press("/pauses", &format!("topic:{}", complaint.topic)).await;
        press("/pauses", "connection:acme").await;
        let shown = page("/health").await;
        assert!(shown.contains("Paused in part") && shown.contains("messages in acme"), "{shown}");
        assert!(!shown.contains("Sending is paused"), "{shown}");
        let request = world.anonymous().post(format!("{}/pauses", world.url())).header("cookie", &cookie);
        let request = request.header("origin", world.url());
        assert_eq!(filled(request, &[("part", "letter:7")]).send().await.unwrap().status(), 404);
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        let shown = page("/updates?state=held").await;
        assert!(shown.contains("Paused: it goes out once somebody resumes.") && !shown.contains("Goes out"), "{shown}");
    })
    .await;
}

/// Fifteen wrong messages had to be cancelled one by one, without a way back.
#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_topic_are_cancelled_at_once_and_told_after_all() {
    databases::for_each(async |database| {
        let tell = "shipped = \"draft\"\n";
        let world = World::with(database, Options { clock: stopped_clock(), tell, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let (_, second) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(second, complaint.ticket).await;
        world.ships(complaint.issue, "v2.4.0");
        let drafts = async || {
            let updates = world.updates().await;
            updates.iter().filter(|one| one["milestone"] == "shipped" && one["state"] == "draft").count()
        };
        world.until("both are drafts", async || drafts().await == 2).await;
        let path = format!("/api/v1/topics/{}/updates", complaint.topic);
        let act = async |act: &str| world.does(&path, &json!({ "act": act })).await;
        assert_eq!(act("cancel").await, json!({"done": 2, "left": 0}));
        time_goes_by(&world).await;
        assert_eq!(act("restore").await, json!({"done": 2, "left": 0}));
        assert_eq!(drafts().await, 2, "they wait for approval, and nothing goes out by itself");
        assert_eq!(act("approve").await, json!({"done": 2, "left": 0}));
        for ticket in [complaint.ticket, second] {
            assert!(world.told_in(ticket).await.contains("2.4.0"));
        }
        time_goes_by(&world).await;
        for ticket in [complaint.ticket, second] {
            assert_eq!(world.helpdesk.replies_by_heard(ticket).len(), 1);
        }
        assert_eq!(act("cancel").await, json!({"done": 0, "left": 0}), "what was told stays told");
        assert_eq!(world.post(&path, &json!({ "act": "shout" })).await.0, 400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_any_more_is_not_told_after_all() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let release = released_while_paused(&world, &complaint).await;
        let held = world.update_that_is("shipped", "held").await;
        let path = format!("/api/v1/updates/{}", held["id"].as_str().unwrap());
        let (status, refused) = world.post(&format!("{path}/restore"), &json!({})).await;
        assert_eq!(status, 409, "nobody had cancelled it: {refused}");
        world.does(&format!("{path}/cancel"), &json!({})).await;
        world.settles().await;
        world.product().delete_release(release);
        world
            .until("the fix is taken back", async || {
                world.get(&format!("/api/v1/topics/{}", complaint.topic)).await["state"] != "shipped"
            })
            .await;
        world.settles().await;
        let (status, refused) = world.post(&format!("{path}/restore"), &json!({})).await;
        assert_eq!(status, 409, "{refused}");
        assert!(refused["detail"].as_str().unwrap_or_default().contains("It stays cancelled"), "{refused}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_paused_and_resumed_on_the_health_page() {
    databases::for_each(async |database| {
        let (world, complaint) = with_a_complaint(database).await;
        let cookie = session(&world).await;
        let page = async || {
            let request = world.anonymous().get(format!("{}/health", world.url())).header("cookie", &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let presses = async |act: &str| {
            let request = world.anonymous().post(format!("{}{act}", world.url())).header("cookie", &cookie);
            let request = request.header("origin", world.url());
            let answer = filled(request, &[("part", "repository:acme/product")]).send().await.unwrap();
            assert_eq!(answer.status(), 303, "{act}");
            answer.headers()["location"].to_str().unwrap().to_owned()
        };
        let button = "name=\"part\" value=\"repository:acme/product\"><button";
        let before = page().await;
        assert!(before.contains(&format!("action=\"/pauses\"><input type=\"hidden\" {button}")), "{before}");
        assert!(presses("/pauses").await.starts_with("/health?"));
        let paused = page().await;
        assert!(paused.contains("topics of acme/product"), "{paused}");
        assert!(!paused.contains(&format!("action=\"/pauses\"><input type=\"hidden\" {button}")), "{paused}");
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "held").await;
        time_goes_by(&world).await;
        assert!(world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
        presses("/pauses/end").await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}
