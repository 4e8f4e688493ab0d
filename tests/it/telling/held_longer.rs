//! When a person says that messages go out: held until a time, or now.

use std::time::Duration;

use heard::{
    base::clock::{Clock, Time},
    store::Session,
};
use serde_json::{Value, json};

use crate::{
    databases,
    story::{Complaint, stopped_clock},
    web::{filled, session},
    world::{Options, World},
};

/// A Saturday at noon.
const SATURDAY: &str = "2026-11-21T12:00:00Z";
const DENIES: &str = "This does NOT fix #1, sorry; only the log is written.";
const FIXES: &str = "Fixes #1";

fn options(tell: &str) -> Options<'_> {
    Options { clock: stopped_clock(), hold_minutes: 30, graphql: true, tell, ..Options::default() }
}

fn on_saturday(tell: &str) -> Options<'_> {
    Options { clock: Clock::at(Time::parse(SATURDAY).unwrap()), ..options(tell) }
}

/// A fix that shipped, of which Ana and Bob are to hear. Gives Bob's ticket.
async fn two_are_held(world: &World) -> (Complaint, u64) {
    let complaint = world.an_escalated_complaint().await;
    let (_, bobs) = world.complains("Bob Stone");
    world.support_says_they_are_the_same(bobs, complaint.ticket).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(complaint.issue, "v2.4.0");
    world.until("both are held", async || held(world).await.len() == 2).await;
    world.settles().await;
    (complaint, bobs)
}

async fn held(world: &World) -> Vec<Value> {
    world.updates().await.into_iter().filter(|one| one["state"] == "held").collect()
}

fn of(update: &Value) -> String {
    format!("/api/v1/updates/{}", update["id"].as_str().unwrap())
}

fn due(update: &Value) -> Time {
    Time::parse(update["due_at"].as_str().unwrap()).unwrap()
}

/// A time to come.
fn hours_from_now(world: &World, hours: u64) -> Time {
    world.clock.now().plus(Duration::from_hours(hours))
}

/// Time passes, and whatever is due by then is looked for and done.
async fn hours_pass(world: &World, hours: u64) {
    let looks =
        async || world.counts("SELECT count(*) FROM river_job WHERE kind = 'watch' AND state = 'completed'").await;
    world.clock.advance(Duration::from_hours(hours));
    world.sweeps().await;
    let before = looks().await;
    // One may have begun before that.
    world.until("what is due was looked for", async || looks().await >= before + 2).await;
    world.settles().await;
}

fn told(world: &World, tickets: &[u64]) -> usize {
    tickets.iter().map(|ticket| world.helpdesk.replies_by_heard(*ticket).len()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_holds_waits_until_then_and_goes_out_once() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let update = world.update_that_is("shipped", "held").await;
        world.settles().await;
        assert_eq!(update["held_by"], Value::Null);
        let until = hours_from_now(&world, 5);
        let update = world.does(&format!("{}/hold", of(&update)), &json!({ "until": until })).await;
        assert_eq!((due(&update), &update["held_by"]), (until, &json!("admin")), "{update:#}");
        hours_pass(&world, 4).await;
        assert_eq!(told(&world, &[complaint.ticket]), 0);
        hours_pass(&world, 1).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
        hours_pass(&world, 5).await;
        assert_eq!(told(&world, &[complaint.ticket]), 1);
    })
    .await;
}

/// A call that came twice, or a button of a page that was loaded before: it made what a person had held due at once.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_what_is_held_already_changes_nothing() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"draft\"\n")).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        world.settles().await;
        world.does("/api/v1/pauses", &json!({})).await;
        let approve = format!("{}/approve", of(&draft));
        assert_eq!(world.does(&approve, &json!({})).await["state"], "held");
        let until = hours_from_now(&world, 5);
        world.does(&format!("{}/hold", of(&draft)), &json!({ "until": until })).await;
        let seen = draft["seen"].as_str().unwrap();
        for again in [approve.clone(), format!("{approve}?seen={seen}")] {
            let update = world.does(&again, &json!({})).await;
            let stands = (&update["state"], due(&update), &update["held_by"]);
            assert_eq!(stands, (&json!("held"), until, &json!("admin")), "{again}: {update:#}");
        }
        let (status, _) = world.post(&format!("{approve}?seen={}", "ab".repeat(64)), &json!({})).await;
        assert_eq!(status, 409, "they read something else");
        let cookie = session(&world).await;
        let id = draft["id"].as_str().unwrap();
        let pressed = world.anonymous().post(format!("{}/updates/{id}/approve", world.url()));
        let pressed = pressed.header("cookie", &cookie).header("origin", world.url());
        let answer = filled(pressed, &[("seen", seen)]).send().await.unwrap();
        let to = answer.headers()["location"].to_str().unwrap();
        assert!(answer.status() == 303 && to.contains("held-already"), "{to}");
        assert_eq!(due(&held(&world).await[0]), until);
        assert_eq!(world.counts("SELECT count(*) FROM audit WHERE action = 'approve'").await, 1);
        world.does("/api/v1/pauses/end", &json!({})).await;
        hours_pass(&world, 4).await;
        assert_eq!(told(&world, &[complaint.ticket]), 0);
        hours_pass(&world, 2).await;
        assert_eq!(told(&world, &[complaint.ticket]), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_step_are_held_at_once_and_told_earlier_again() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let (complaint, bobs) = two_are_held(&world).await;
        let path = format!("/api/v1/topics/{}/updates", complaint.topic);
        let hold = async |milestone: &str, until: Time| {
            world.does(&path, &json!({ "act": "hold", "milestone": milestone, "until": until })).await
        };
        let nothing = hold("workaround", hours_from_now(&world, 40)).await;
        assert_eq!(nothing, json!({"done": 0, "left": 0}), "another step is not meant");
        let long = hours_from_now(&world, 20);
        assert_eq!(hold("shipped", long).await, json!({"done": 2, "left": 0}));
        assert!(held(&world).await.iter().all(|one| due(one) == long && one["held_by"] == "admin"));
        hours_pass(&world, 2).await;
        assert_eq!(told(&world, &[complaint.ticket, bobs]), 0);
        hold("shipped", hours_from_now(&world, 1)).await;
        hours_pass(&world, 1).await;
        assert_eq!(told(&world, &[complaint.ticket, bobs]), 2);
        assert_eq!(hold("shipped", hours_from_now(&world, 1)).await["done"], 0, "what was told stays told");
        assert_eq!(world.counts("SELECT count(*) FROM audit WHERE action = 'hold'").await, 4);
    })
    .await;
}

/// The release's facts are looked at again: what was held because of a doubt goes on when it is settled, and not before the person
/// wanted.
#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_that_comes_and_goes_does_not_shorten_a_persons_hold() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let pull = world.ships_saying(&complaint, FIXES).await;
        let update = world.update_that_is("shipped", "held").await;
        let until = hours_from_now(&world, 5);
        world.does(&format!("{}/hold", of(&update)), &json!({ "until": until })).await;
        world.product().rewrites(pull, DENIES);
        world.is_doubted_now(&complaint, true).await;
        world.update_that_is("shipped", "draft").await;
        let (status, refused) = world.post(&format!("{}/send_now", of(&update)), &json!({})).await;
        assert_eq!(status, 409, "a doubt is for a person to read: {refused}");
        world.clock.advance(Duration::from_secs(10));
        world.product().rewrites(pull, FIXES);
        world.is_doubted_now(&complaint, false).await;
        let update = world.update_that_is("shipped", "held").await;
        assert_eq!((due(&update), &update["held_by"]), (until, &json!("admin")), "{update:#}");
        hours_pass(&world, 2).await;
        assert_eq!(told(&world, &[complaint.ticket]), 0);
        hours_pass(&world, 3).await;
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_taken_back_while_a_person_holds_it() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let release = world.ships(complaint.issue, "v2.4.0");
        let update = world.update_that_is("shipped", "held").await;
        world.settles().await;
        world.does(&format!("{}/hold", of(&update)), &json!({ "until": hours_from_now(&world, 5) })).await;
        world.product().delete_release(release);
        world.update_that_is("shipped", "cancelled").await;
        hours_pass(&world, 6).await;
        assert_eq!(told(&world, &[complaint.ticket]), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_stays_approved_while_it_is_held() {
    databases::for_each(async |database| {
        let world = World::with(database, options("shipped = \"draft\"\n")).await;
        let complaint = world.an_escalated_complaint().await;
        world.does("/api/v1/pauses", &json!({})).await;
        world.ships(complaint.issue, "v2.4.0");
        let draft = world.update_that_is("shipped", "draft").await;
        let (status, refused) =
            world.post(&format!("{}/hold", of(&draft)), &json!({ "until": hours_from_now(&world, 5) })).await;
        assert_eq!(status, 409, "a draft waits for a person anyway: {refused}");
        world.approves(&draft).await;
        world.does(&format!("{}/hold", of(&draft)), &json!({ "until": hours_from_now(&world, 5) })).await;
        world.does("/api/v1/pauses/end", &json!({})).await;
        hours_pass(&world, 2).await;
        world.update_that_is("shipped", "held").await;
        assert_eq!(world.counts(r#"SELECT count(*) FROM "update" WHERE approved_by = 'admin'"#).await, 1);
        hours_pass(&world, 3).await;
        world.told_in(complaint.ticket).await;
    })
    .await;
}

/// Whoever says now has looked at the clock.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_sends_now_goes_out_in_quiet_hours_too() {
    databases::for_each(async |database| {
        let world = World::with(database, on_saturday("quiet_hours = \"11:00-14:00\"\nweekends = false\n")).await;
        let (complaint, bobs) = two_are_held(&world).await;
        let until = hours_from_now(&world, 48);
        let path = format!("/api/v1/topics/{}/updates", complaint.topic);
        world.does(&path, &json!({ "act": "hold", "until": until })).await;
        assert_eq!(world.does(&path, &json!({ "act": "send_now", "milestone": "shipped" })).await["done"], 2);
        world.settles().await;
        assert_eq!(told(&world, &[complaint.ticket, bobs]), 2, "the hold is over, and the hour does not count");
        assert_eq!(world.counts("SELECT count(*) FROM audit WHERE action = 'send_now'").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_and_a_doubt_stop_what_a_person_sends_now() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let update = world.update_that_is("shipped", "held").await;
        world.settles().await;
        world.does("/api/v1/pauses", &json!({})).await;
        world.does(&format!("{}/send_now", of(&update)), &json!({})).await;
        hours_pass(&world, 1).await;
        assert_eq!(told(&world, &[complaint.ticket]), 0, "it is paused");
        let mut tx = world.app().database.begin().await.unwrap();
        let doubted = "UPDATE milestone SET confidence = 'likely', doubt = 'commit 0123456 may take it back' WHERE kind = 'shipped'";
        assert_eq!(tx.query(doubted).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        world.does("/api/v1/pauses/end", &json!({})).await;
        let draft = world.update_that_is("shipped", "draft").await;
        assert!(draft["reason"].as_str().unwrap().contains("may take it back"), "{draft:#}");
        assert_eq!(told(&world, &[complaint.ticket]), 0, "nobody has read the doubt");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_is_told_alone_also_after_a_person_held_all() {
    databases::for_each(async |database| {
        let world = World::with(database, options("canary_minutes = 120\n")).await;
        let (complaint, bobs) = two_are_held(&world).await;
        let path = format!("/api/v1/topics/{}/updates", complaint.topic);
        let hold = json!({ "act": "hold", "until": hours_from_now(&world, 5) });
        for _ in 0..2 {
            assert_eq!(world.does(&path, &hold).await["done"], 2);
        }
        let tickets = [complaint.ticket, bobs];
        hours_pass(&world, 5).await;
        assert_eq!(told(&world, &tickets), 1);
        let hold = json!({ "act": "hold", "until": hours_from_now(&world, 5) });
        assert_eq!(world.does(&path, &hold).await["done"], 1);
        hours_pass(&world, 5).await;
        // The first was told, so the wait after them is over.
        world.until("the other is told", async || told(&world, &tickets) == 2).await;
    })
    .await;
}

/// With batching, an update goes out with the next one that is due soon enough; what a person holds does not.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_holds_is_not_told_early_together_with_another_step() {
    databases::for_each(async |database| {
        let tell = "in_progress = \"send\"\nworkaround = \"send\"\nbatch_minutes = 30\n";
        let world = World::with(database, on_saturday(tell)).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().comments_on(complaint.issue, "/heard workaround Export to XLSX instead; it has every row.");
        let workaround = world.update_that_is("workaround", "held").await;
        let until = world.clock.now().plus(Duration::from_mins(50));
        world.does(&format!("{}/hold", of(&workaround)), &json!({ "until": until })).await;
        world.clock.advance(Duration::from_mins(5));
        world.product().assigns(complaint.issue, "octocat");
        world.update_that_is("in_progress", "held").await;
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        let all = world.helpdesk.replies_by_heard(complaint.ticket);
        assert_eq!(all.len(), 1, "{all:#?}");
        assert!(!all[0].plain_body.contains("XLSX"), "{}", all[0].plain_body);
        hours_pass(&world, 1).await;
        assert!(world.told_in(complaint.ticket).await.contains("XLSX"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_cannot_be_kept_is_refused_with_a_sentence() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let update = world.update_that_is("shipped", "held").await;
        let (one, all) = (format!("{}/hold", of(&update)), format!("/api/v1/topics/{}/updates", complaint.topic));
        for (path, body, status, says) in [
            (&one, json!({ "until": world.clock.now() }), 409, "at most 30 days"),
            (&one, json!({ "until": hours_from_now(&world, 31 * 24) }), 409, "at most 30 days"),
            (&one, json!({ "until": "tomorrow" }), 400, ""),
            (&all, json!({ "act": "hold", "until": hours_from_now(&world, 31 * 24) }), 409, "at most 30 days"),
            (&all, json!({ "act": "hold" }), 409, "needs `until`"),
            (&all, json!({ "act": "approve", "until": hours_from_now(&world, 1) }), 409, "only for `hold`"),
        ] {
            let (code, problem) = world.post(path, &body).await;
            assert_eq!(code, status, "{body}: {problem}");
            assert!(problem["detail"].as_str().unwrap_or_default().contains(says), "{body}: {problem}");
        }
        assert_eq!(held(&world).await[0]["due_at"], update["due_at"], "nothing was changed");
        world.does(&format!("{}/send_now", of(&update)), &json!({})).await;
        world.told_in(complaint.ticket).await;
        let sent = world.update_that_is("shipped", "sent").await;
        let (code, problem) = world.post(&one, &json!({ "until": hours_from_now(&world, 1) })).await;
        assert_eq!(
            (code, problem["type"].as_str()),
            (409, Some("urn:heard:problem:refused:update-not-held")),
            "{sent}"
        );
    })
    .await;
}

/// By forms alone: no script runs here.
#[tokio::test(flavor = "multi_thread")]
async fn the_console_holds_until_a_time_that_is_typed_or_chosen_and_sends_now() {
    databases::for_each(async |database| {
        let world = World::with(database, on_saturday("time_zone = \"Europe/Berlin\"\n")).await;
        let (complaint, bobs) = two_are_held(&world).await;
        let cookie = session(&world).await;
        let page = async |path: &str| {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header("cookie", &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let press = async |path: &str, fields: &[(&str, &str)]| {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header("cookie", &cookie);
            let request = request.header("origin", world.url());
            filled(request, fields).send().await.unwrap().status().as_u16()
        };
        let id = held(&world).await[0]["id"].as_str().unwrap().to_owned();
        let of_one = format!("/updates?state=held&id={id}");
        let shown = page(&of_one).await;
        for words in ["Hold until…", "For an hour", "Tomorrow, 22 Nov 09:00", "Monday, 23 Nov 09:00", "Europe/Berlin"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert_eq!(press(&format!("/updates/{id}/hold"), &[("until", "2026-11-24T09:00")]).await, 303);
        let at = |text: &str| Time::parse(text).unwrap();
        assert_eq!(due(&held(&world).await[0]), at("2026-11-24T08:00:00Z"), "nine in Berlin");
        let shown = page(&of_one).await;
        for words in
            ["held by a person", "Held until Tuesday 24 November 2026, 09:00 (Europe/Berlin) by the admin token"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert_eq!(press(&format!("/updates/{id}/hold"), &[("until", "soon")]).await, 409);
        let (list, all) =
            (format!("/updates?topic={}", complaint.topic), format!("/topics/{}/updates", complaint.topic));
        let shown = page(&list).await;
        assert!(shown.contains("Send 2 updates now") && shown.contains("Cancel 2 updates"), "{shown}");
        let fields = [("act", "hold"), ("milestone", "shipped"), ("until", "hour")];
        assert_eq!(press(&all, &fields).await, 303);
        assert!(held(&world).await.iter().all(|one| due(one) == hours_from_now(&world, 1)));
        assert_eq!(press(&all, &[("act", "send_now"), ("milestone", "shipped")]).await, 303);
        world.settles().await;
        assert_eq!(told(&world, &[complaint.ticket, bobs]), 2);
    })
    .await;
}

/// One customer, a ticket in each of two topics with the same fix. The held one yields to the other, which nobody holds.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_holds_is_held_on_by_the_topic_that_carries_on() {
    databases::for_each(async |database| {
        let world = World::with(database, options("")).await;
        let complaint = world.an_escalated_complaint().await;
        let second = world.helpdesk.ticket_from(complaint.customer).subject("Totals look odd");
        let second = second.body("The sum under the report is too small.").send();
        let into = world.topic_of(second).await["id"].as_str().unwrap().to_owned();
        assert_ne!(into, complaint.topic);
        world.does(&format!("/api/v1/topics/{into}/escalate"), &json!({})).await;
        let other = world.issue_of(&into).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        let both = format!("Fixes #{}\nFixes #{other}", complaint.issue);
        let pull = world.product().pull_request("Write and sum").saying(&both).open();
        let fix = world.product().merge(pull, simulator::MergeMethod::Squash).unwrap();
        world.settles().await;
        world.product().release("v2.4.0").at(&fix).publish();
        world.until("both are held", async || held(&world).await.len() == 2).await;
        world.settles().await;
        let goes = held(&world).await.into_iter().find(|one| one["topic"] == complaint.topic.as_str()).unwrap();
        let until = hours_from_now(&world, 5);
        world.does(&format!("{}/hold", of(&goes)), &json!({ "until": until })).await;
        world.does(&format!("/api/v1/topics/{}/merge", complaint.topic), &json!({ "into": into })).await;
        world.settles().await;
        hours_pass(&world, 4).await;
        assert_eq!(told(&world, &[complaint.ticket, second]), 0, "they wait for the announcement");
        hours_pass(&world, 2).await;
        world.settles().await;
        assert_eq!(told(&world, &[complaint.ticket, second]), 1, "{:#?}", world.updates().await);
    })
    .await;
}
