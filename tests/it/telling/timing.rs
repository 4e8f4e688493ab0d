//! When a message goes out that is ready to go: the settings that spread messages over time, each switched on alone.

use std::time::Duration;

use heard::base::clock::{Clock, Time};

use crate::{
    databases,
    story::{BODY, Complaint, SUBJECT},
    world::{Options, World},
};

/// A Saturday at noon.
const SATURDAY: &str = "2026-11-21T12:00:00Z";

/// A world whose clock stands at a time until the test moves it.
async fn at(database: &str, time: &str, tell: &str) -> World {
    let clock = Clock::at(Time::parse(time).unwrap());
    World::with(database, Options { tell, clock, ..Options::default() }).await
}

/// A fix ships, and whatever is due by now is sent.
async fn a_fix_ships(world: &World) -> Complaint {
    let complaint = world.an_escalated_complaint().await;
    world.clock.advance(Duration::from_mins(1));
    world.ships(complaint.issue, "v2.4.0");
    world.becomes(&complaint.topic, "shipped").await;
    world.settles().await;
    complaint
}

/// How many messages are in a ticket, now and once this much time has passed.
async fn told_now_and_after(world: &World, ticket: u64, wait: Duration) -> (usize, usize) {
    let now = world.helpdesk.replies_by_heard(ticket).len();
    world.clock.advance(wait);
    world.sweeps().await;
    // What is due is looked for every second, and one look may have begun before.
    let looks = async || {
        world.counts("SELECT count(*) FROM river_job WHERE kind = 'watch' AND CAST(state AS TEXT) = 'completed'").await
    };
    let before = looks().await;
    world.until("what is due was looked for", async || looks().await > before + 1).await;
    world.settles().await;
    (now, world.helpdesk.replies_by_heard(ticket).len())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_in_quiet_hours() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, "quiet_hours = \"11:00-14:00\"\n").await;
        let complaint = a_fix_ships(&world).await;
        let told = told_now_and_after(&world, complaint.ticket, Duration::from_mins(130)).await;
        assert_eq!(told, (0, 1));
    })
    .await;
}

/// Somebody in this time zone complains, and it is escalated. Gives who, the ticket and the issue.
async fn somebody_in(world: &World, zone: &str) -> (u64, u64, u64) {
    let customer = world.helpdesk.customer("Ana Sousa").zone(zone).add();
    complaint_of(world, customer).await
}

async fn complaint_of(world: &World, customer: u64) -> (u64, u64, u64) {
    let agent = world.helpdesk.agent("Sam Okafor");
    let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(agent, ticket, "escalate");
    let issue = world.issue_of(&topic).await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(1));
    (customer, ticket, issue)
}

async fn it_ships(world: &World, issue: u64) {
    world.ships(issue, "v2.4.0");
    world.until("there is an update", async || !world.updates().await.is_empty()).await;
    world.settles().await;
}

/// The helpdesk says nothing of a zone that anybody knows.
#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_are_those_of_the_time_zone() {
    databases::for_each_case(["Etc/Unknown", "Eastern Time (Atlantis)", ""], async |database, zone| {
        // Noon is 21:00 in Tokyo.
        let world = at(database, SATURDAY, "quiet_hours = \"20:00-22:00\"\ntime_zone = \"Asia/Tokyo\"\n").await;
        let customer = world.helpdesk.customer("Ana Sousa").zone(zone).zone_named(zone).add();
        let (_, ticket, issue) = complaint_of(&world, customer).await;
        it_ships(&world, issue).await;
        let told = told_now_and_after(&world, ticket, Duration::from_mins(70)).await;
        assert_eq!(told, (0, 1), "{zone:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_and_weekends_are_those_of_where_the_customer_is() {
    let cases = [
        // Noon is 21:00 in Tokyo, and 07:00 in New York.
        ("quiet_hours = \"20:00-22:00\"\n", "Asia/Tokyo", (0, 1)),
        ("quiet_hours = \"20:00-22:00\"\n", "America/New_York", (1, 1)),
        // The week has ended in Tokyo, and goes on for a while after it has begun in Auckland.
        ("weekends = false\n", "Asia/Tokyo", (0, 0)),
    ];
    databases::for_each_case(cases, async |database, (tell, zone, expected)| {
        let world = at(database, SATURDAY, tell).await;
        let (_, ticket, issue) = somebody_in(&world, zone).await;
        it_ships(&world, issue).await;
        let told = told_now_and_after(&world, ticket, Duration::from_mins(70)).await;
        assert_eq!(told, expected, "{tell} {zone}");
    })
    .await;
}

/// Where the helpdesk gives no IANA name, it may give the one that Rails has for the zone.
#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_are_those_of_a_zone_that_is_called_as_rails_calls_it() {
    let cases = [("Osaka", (0, 1)), ("Eastern Time (US & Canada)", (1, 1))];
    databases::for_each_case(cases, async |database, (name, expected)| {
        let world = at(database, SATURDAY, "quiet_hours = \"20:00-22:00\"\n").await;
        let customer = world.helpdesk.customer("Ana Sousa").zone_named(name).add();
        let (_, ticket, issue) = complaint_of(&world, customer).await;
        it_ships(&world, issue).await;
        let told = told_now_and_after(&world, ticket, Duration::from_mins(70)).await;
        assert_eq!(told, expected, "{name}");
    })
    .await;
}

/// Somebody moved between the plan and the message.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_customer_is_counts_when_the_message_goes_out() {
    databases::for_each(async |database| {
        let clock = Clock::at(Time::parse(SATURDAY).unwrap());
        let tell = "quiet_hours = \"20:00-22:00\"\n";
        let world = World::with(database, Options { tell, clock, hold_minutes: 30, ..Options::default() }).await;
        let (customer, ticket, issue) = somebody_in(&world, "America/New_York").await;
        it_ships(&world, issue).await;
        world.helpdesk.moves_to(customer, "Asia/Tokyo");
        world.settles().await;
        world.clock.advance(Duration::from_mins(31));
        world.sweeps().await;
        let held = world.update_that_is("shipped", "held").await;
        assert!(held["reason"].as_str().unwrap().contains("Asia/Tokyo"), "{held:#}");
        let told = told_now_and_after(&world, ticket, Duration::from_mins(40)).await;
        assert_eq!(told, (0, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_at_the_weekend_where_the_settings_say_so() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, "weekends = false\n").await;
        let complaint = a_fix_ships(&world).await;
        let told = told_now_and_after(&world, complaint.ticket, Duration::from_hours(36)).await;
        assert_eq!(told, (0, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_such_settings_a_message_goes_at_any_time() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, "").await;
        let complaint = a_fix_ships(&world).await;
        let told = told_now_and_after(&world, complaint.ticket, Duration::from_hours(36)).await;
        assert_eq!(told, (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_customer_is_told_alone_and_the_rest_later() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, "canary_minutes = 60\n").await;
        let complaint = world.an_escalated_complaint().await;
        let (_, other) = world.complains("Bob Stone");
        assert_eq!(world.topic_of(other).await["id"], complaint.topic.as_str());
        world.clock.advance(Duration::from_mins(1));
        world.ships(complaint.issue, "v2.4.0");
        let told = || [complaint.ticket, other].map(|ticket| world.helpdesk.replies_by_heard(ticket).len());
        world.until("the first is told", async || told().iter().sum::<usize>() == 1).await;
        world.settles().await;
        assert_eq!(told().iter().sum::<usize>(), 1, "and nobody else");
        world.clock.advance(Duration::from_hours(1));
        world.sweeps().await;
        assert_eq!(told(), [1, 1]);
    })
    .await;
}

/// Planned and in progress, ten minutes apart: two messages where each is sent.
async fn two_steps(world: &World) -> Complaint {
    let complaint = world.an_escalated_complaint().await;
    let product = world.product();
    product.plans(complaint.issue, product.milestone("Next"));
    world.becomes(&complaint.topic, "planned").await;
    world.settles().await;
    world.clock.advance(Duration::from_mins(4));
    world.sweeps().await;
    product.assigns(complaint.issue, "octocat");
    world.becomes(&complaint.topic, "in_progress").await;
    world.settles().await;
    complaint
}

const STEPS: &str = "planned = \"send\"\nin_progress = \"send\"\nworkaround = \"send\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_cap_reaches_a_customer_in_a_day() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, &format!("{STEPS}daily_cap = 1\n")).await;
        let complaint = two_steps(&world).await;
        let told = told_now_and_after(&world, complaint.ticket, Duration::from_hours(24)).await;
        assert_eq!(told, (1, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_batching_each_step_is_a_message_of_its_own() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, STEPS).await;
        let complaint = two_steps(&world).await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_batching_the_newer_of_two_steps_is_told_for_both() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, &format!("{STEPS}batch_minutes = 30\n")).await;
        let complaint = two_steps(&world).await;
        let told = told_now_and_after(&world, complaint.ticket, Duration::from_mins(21)).await;
        assert_eq!(told, (0, 1), "once, when the first had waited long enough");
        let text = world.told_in(complaint.ticket).await;
        assert!(text.contains("Somebody is working on this now.") && !text.contains("We mean to"), "{text}");
        let skipped = world.update_that_is("planned", "skipped").await;
        assert_eq!(skipped["reason"], "Told together with the next update, in_progress.");
        world.clock.advance(Duration::from_hours(2));
        world.sweeps().await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1, "and never again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_batching_a_workaround_and_the_next_step_are_told_in_one_message() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, &format!("{STEPS}batch_minutes = 30\n")).await;
        let complaint = world.an_escalated_complaint().await;
        let product = world.product();
        product.comments_on(complaint.issue, "/heard workaround Export to XLSX instead; it has every row.");
        world.update_that_is("workaround", "held").await;
        world.clock.advance(Duration::from_mins(5));
        product.assigns(complaint.issue, "octocat");
        world.update_that_is("in_progress", "held").await;
        world.clock.advance(Duration::from_mins(26));
        world.sweeps().await;
        let all = world.helpdesk.replies_by_heard(complaint.ticket);
        assert_eq!(all.len(), 1, "{all:#?}");
        let text = &all[0].plain_body;
        for (words, times) in [
            ("Hi Ana,", 1),
            ("Export to XLSX instead; it has every row.", 1),
            ("Somebody is working on this now.", 1),
            ("How it stands", 1),
        ] {
            assert_eq!(text.matches(words).count(), times, "{words:?} in {text}");
        }
        assert!(!text.contains("PAGE-TOKEN"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_fix_does_not_wait_for_company() {
    databases::for_each(async |database| {
        let world = at(database, SATURDAY, "batch_minutes = 30\n").await;
        let complaint = a_fix_ships(&world).await;
        assert_eq!(world.helpdesk.replies_by_heard(complaint.ticket).len(), 1);
    })
    .await;
}
