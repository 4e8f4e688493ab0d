//! Many customers of one fix: told together, each once, before any note is written (G4, one update per customer and milestone).

mod plain;

use serde_json::json;
use simulator::Failure;

use super::identity::TwoDesks;
use crate::{
    databases,
    story::{BODY, SUBJECT},
    world::{ADMIN, Options, World},
};

/// More than are told each by itself.
const SOME: usize = 12;

/// No notes on the way: what they change in a ticket has to be read before it can be answered.
const NO_NOTES: &str = "in_progress = \"silent\"\nfix_merged = \"silent\"\n";

/// Where replies and notes go.
const WRITES: &str = "PUT /api/v2/tickets/*";

/// Somebody who wrote.
struct Complainant {
    customer: u64,
    ticket: u64,
}

/// Many people who wrote the same, in tickets that an agent looks after, in a topic with an issue.
struct Crowd {
    agent: u64,
    people: Vec<Complainant>,
    topic: String,
    issue: u64,
}

impl World {
    /// Each of them writes, and the first one's ticket is escalated.
    async fn a_crowd_complains(&self, size: usize) -> Crowd {
        let agent = self.helpdesk.agent("Sam Okafor");
        let writes = |nth| {
            let name = format!("Customer {nth}");
            let customer = self.helpdesk.customer(&name).email(&format!("c{nth}@customer.test")).add();
            let ticket = self.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).assigned_to(agent).send();
            Complainant { customer, ticket }
        };
        let people: Vec<Complainant> = (0..size).map(writes).collect();
        let all = i64::try_from(size).unwrap();
        self.until("all are grouped", async || self.counts("SELECT count(*) FROM link").await == all).await;
        assert_eq!(self.counts("SELECT count(DISTINCT topic_id) FROM link").await, 1);
        let topic = self.topic_of(people[0].ticket).await["id"].as_str().unwrap().to_owned();
        self.helpdesk.agent_tags(agent, people[0].ticket, "escalate");
        let issue = self.issue_of(&topic).await;
        self.settles().await;
        Crowd { agent, people, topic, issue }
    }

    fn told_times(&self, one: &Complainant) -> usize {
        self.helpdesk.heard_by(one.customer).len()
    }

    fn notes_that_say(&self, one: &Complainant, words: &str) -> usize {
        self.helpdesk.notes_by_heard(one.ticket).iter().filter(|note| note.plain_body.contains(words)).count()
    }

    /// Waits until each of these has heard of the fix, and whether nobody hears of it twice.
    async fn each_is_told_once(&self, people: &[Complainant]) {
        self.until("everybody is told", async || people.iter().all(|one| self.told_times(one) > 0)).await;
        self.settles().await;
        for one in people {
            assert_eq!(self.told_times(one), 1, "{:#?}", self.helpdesk.heard_by(one.customer));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_told_together_each_once_and_the_helpdesk_is_asked_once_for_all_their_addresses() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.ships(crowd.issue, "v2.4.0");
        world.each_is_told_once(&crowd.people).await;
        let together =
            world.counts("SELECT count(*) FROM river_job WHERE kind = 'send_many' AND queue = 'replies-acme'").await;
        assert_eq!(together, 1, "one job for all of them");
        assert_eq!(world.counts("SELECT count(*) FROM river_job WHERE kind = 'send'").await, 0);
        let faults = world.helpdesk.faults();
        assert_eq!(faults.count("GET /api/v2/users/*/identities"), 0);
        assert_eq!(faults.count("GET /api/v2/users/show_many"), 1);
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_unusual_among_many_is_looked_at_alone_and_holds_up_nobody() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        let [bounces, silent, twice, usual @ ..] = &crowd.people[..] else { panic!("there are more") };
        world.helpdesk.mail_bounces(bounces.customer, true);
        assert!(world.is_grouped(silent.ticket).await);
        let found = world.get("/api/v1/customers?email=c1@customer.test").await;
        let customer = found["customers"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("{}/api/v1/customers/{customer}", world.url());
        let request = world.anonymous().patch(path).bearer_auth(ADMIN).json(&json!({ "opted_out": true }));
        assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
        let other = world.helpdesk.ticket_from(twice.customer).subject(SUBJECT).body(BODY).send();
        assert_eq!(world.topic_of(other).await["id"], crowd.topic.as_str());
        world.settles().await;
        world.ships(crowd.issue, "v2.4.0");
        world.each_is_told_once(usual).await;
        world.update_that_is("shipped", "failed").await;
        world.update_that_is("shipped", "skipped").await;
        world.settles().await;
        assert_eq!((world.told_times(bounces), world.told_times(silent), world.told_times(twice)), (0, 0, 1));
        assert_eq!(world.updates().await.len(), SOME, "one for each");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_helpdesk_does_not_tell_many_addresses_at_once_each_is_asked_for() {
    for failure in [Failure::Status(403), Failure::Says(r#"{"users": [], "count": 0}"#.to_owned())] {
        databases::for_each(async |database| {
            let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
            let crowd = world.a_crowd_complains(SOME).await;
            world.helpdesk.faults().all("GET /api/v2/users/show_many", failure.clone());
            world.ships(crowd.issue, "v2.4.0");
            world.each_is_told_once(&crowd.people).await;
            assert!(world.helpdesk.faults().count("GET /api/v2/users/*/identities") >= SOME);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_helpdesk_fails_over_one_of_many_whom_it_is_asked_about_each_is_told_alone_at_once() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.helpdesk.faults().all("GET /api/v2/users/show_many", Failure::Status(500));
        world.ships(crowd.issue, "v2.4.0");
        world.each_is_told_once(&crowd.people).await;
        assert!(world.helpdesk.faults().count("GET /api/v2/users/*/identities") >= SOME);
        let waits = "SELECT count(*) FROM river_job WHERE kind = 'send_many' AND finalized_at IS NULL";
        assert_eq!(world.counts(waits).await, 0, "nothing is left that others would wait for");
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_helpdesk_says_nothing_of_anybody_many_stay_one_job_that_tells_them_together_later() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.helpdesk.faults().all("GET /api/v2/users/**", Failure::Status(500));
        world.ships(crowd.issue, "v2.4.0");
        world.fails("send_many", "acme").await;
        assert_eq!(world.counts("SELECT count(*) FROM river_job WHERE kind = 'send'").await, 0);
        world.helpdesk.faults().heal();
        world.each_is_told_once(&crowd.people).await;
        assert_eq!(world.counts("SELECT count(*) FROM river_job WHERE kind = 'send'").await, 0);
    })
    .await;
}

/// More than all workers of one helpdesk's replies take at once.
const THREE_JOBS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_helpdesk_whose_calls_hang_holds_up_the_many_of_no_other() {
    databases::for_each(async |database| {
        let desks = TwoDesks::told_by(database, "", NO_NOTES).await;
        let (world, beta) = (&desks.world, &desks.beta);
        let crowd = world.a_crowd_complains(THREE_JOBS).await;
        let writes = |nth| {
            let customer = beta.customer(&format!("Other {nth}")).email(&format!("o{nth}@customer.test")).add();
            desks.complains(customer);
            customer
        };
        let others: Vec<u64> = (0..SOME).map(writes).collect();
        let all = i64::try_from(THREE_JOBS + SOME).unwrap();
        world.until("all are grouped", async || world.counts("SELECT count(*) FROM link").await == all).await;
        assert_eq!(world.counts("SELECT count(DISTINCT topic_id) FROM link").await, 1);
        desks.settles().await;
        world.helpdesk.faults().all("GET /api/v2/users/show_many", Failure::NeverAnswers);
        world.ships(crowd.issue, "v2.4.0");
        let told = async || others.iter().all(|customer| beta.heard_by(*customer).len() == 1);
        world.until("everybody in the other helpdesk is told", told).await;
        assert!(crowd.people.iter().all(|one| world.told_times(one) == 0));
        assert!(world.failures().await.is_empty(), "and no call that hangs had to end for that");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_wait_for_is_not_left_where_nobody_works_once_their_helpdesk_is_called_otherwise() {
    databases::for_each(async |database| {
        let mut world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.helpdesk.faults().all("GET /api/v2/users/show_many", Failure::RetryAfter(429, 600));
        world.ships(crowd.issue, "v2.4.0");
        let waits = "SELECT count(*) FROM river_job WHERE queue = 'replies-acme' AND state = 'scheduled'";
        world.until("the job waits", async || world.counts(waits).await == 1).await;
        world.stops().await;
        world.settings_change("name = \"acme\"\n", "name = \"elsewhere\"\n");
        world.starts_again().await;
        assert_eq!(world.counts(waits).await, 0);
        let handed_on = "SELECT count(*) FROM river_job WHERE queue = 'replies' AND finalized_at IS NULL";
        assert_eq!(world.counts(handed_on).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_among_many_whose_answer_is_lost_is_found_and_holds_up_no_other() {
    databases::for_each(async |database| {
        let options = Options { tell: NO_NOTES, clock: crate::story::stopped_clock(), ..Options::default() };
        let world = World::with(database, options).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.helpdesk.hooks().drop_all(true);
        world.helpdesk.faults().next(1, WRITES, Failure::ResponseLost);
        world.ships(crowd.issue, "v2.4.0");
        world.update_that_is("shipped", "sending").await;
        let sent = r#"SELECT count(*) FROM "update" WHERE state = 'sent'"#;
        world.until("the others are told", async || world.counts(sent).await == i64::try_from(SOME).unwrap() - 1).await;
        world.fails("send", "looking for the reply").await;
        world.clock.advance(std::time::Duration::from_secs(21));
        world.until("it is found", async || world.counts(sent).await == i64::try_from(SOME).unwrap()).await;
        world.rests().await;
        for one in &crowd.people {
            assert_eq!(world.told_times(one), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_wait_for_no_note_and_a_note_that_they_overtake_is_not_written() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let crowd = world.a_crowd_complains(SOME).await;
        let behind = "SELECT count(*) FROM river_job WHERE kind = 'write' AND queue = 'afterwards'";
        let before = world.counts(behind).await;
        assert!(before > 0, "that it was escalated is noted in the others' tickets");
        world.helpdesk.faults().all(WRITES, Failure::RetryAfter(429, 3));
        let fix = world.an_engineer_merges_the_fix_of(crowd.issue);
        world.becomes(&crowd.topic, "fix_merged").await;
        let all = i64::try_from(SOME).unwrap();
        world.until("the notes wait", async || world.counts(behind).await >= before + all).await;
        world.product().release("v2.4.0").at(&fix).publish();
        world.becomes(&crowd.topic, "shipped").await;
        world.helpdesk.faults().heal();
        world.each_is_told_once(&crowd.people).await;
        world.until("nothing is left to be written", async || world.failures().await.is_empty()).await;
        let written: usize = crowd.people.iter().map(|one| world.notes_that_say(one, "merged is not shipped")).sum();
        assert!(written <= 2, "{written} were written; only what is under way just then cannot be called back");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_works_on_a_ticket_reads_a_note_in_it_and_of_several_steps_the_newest() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let crowd = world.a_crowd_complains(2).await;
        let fix = world.an_engineer_merges_the_fix_of(crowd.issue);
        world.becomes(&crowd.topic, "fix_merged").await;
        let noted = async || crowd.people.iter().all(|one| world.notes_that_say(one, "merged is not shipped") == 1);
        world.until("each agent reads it", noted).await;
        world.settles().await;
        assert!(noted().await, "once");
        // One whom nobody looks after, one who is done, and one whom an agent has answered.
        let (customer, unseen) = world.complains("Dora Lind");
        let nobodys = Complainant { customer, ticket: unseen };
        let customer = world.helpdesk.customer("Ed Moss").add();
        let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).assigned_to(crowd.agent).send();
        let seen = Complainant { customer, ticket };
        for one in [&nobodys, &seen] {
            assert_eq!(world.topic_of(one.ticket).await["id"], crowd.topic.as_str());
        }
        world.settles().await;
        assert!(world.helpdesk.notes_by_heard(nobodys.ticket).is_empty(), "nobody is there to read it");
        assert_eq!(world.notes_that_say(&seen, "merged is not shipped"), 1);
        assert_eq!(world.helpdesk.notes_by_heard(seen.ticket).len(), 1, "and not every step before it");
        world.product().release("v2.4.0").at(&fix).publish();
        for one in [&nobodys, &seen] {
            world.told_in(one.ticket).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_helpdesk_asks_to_wait_among_many_the_same_job_tells_the_others_then() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.helpdesk.faults().next(5, WRITES, Failure::RetryAfter(429, 1));
        world.ships(crowd.issue, "v2.4.0");
        world.each_is_told_once(&crowd.people).await;
        assert_eq!(world.counts("SELECT count(*) FROM river_job WHERE kind = 'send'").await, 0);
        let again = r#"SELECT count(*) FROM "update" WHERE attempt > 1"#;
        assert_eq!(world.counts(again).await, 0, "whoever was refused for now keeps the link of the attempt");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_wait_for_the_brake_as_one_does() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.does("/api/v1/pauses", &json!({ "topic": crowd.topic })).await;
        world.ships(crowd.issue, "v2.4.0");
        world.becomes(&crowd.topic, "shipped").await;
        world.settles().await;
        assert!(crowd.people.iter().all(|one| world.told_times(one) == 0));
        assert_eq!(
            world.counts(r#"SELECT count(*) FROM "update" WHERE state = 'held'"#).await,
            i64::try_from(SOME).unwrap()
        );
        world.does("/api/v1/pauses/end", &json!({ "topic": crowd.topic })).await;
        world.each_is_told_once(&crowd.people).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_whose_hold_is_over_are_told_together() {
    databases::for_each(async |database| {
        let options =
            Options { tell: NO_NOTES, clock: crate::story::stopped_clock(), hold_minutes: 30, ..Options::default() };
        let world = World::with(database, options).await;
        let crowd = world.a_crowd_complains(SOME).await;
        world.ships(crowd.issue, "v2.4.0");
        let held = r#"SELECT count(*) FROM "update" WHERE state = 'held'"#;
        let all = i64::try_from(SOME).unwrap();
        world.until("all are held", async || world.counts(held).await == all).await;
        world.settles().await;
        assert!(crowd.people.iter().all(|one| world.told_times(one) == 0));
        world.clock.advance(std::time::Duration::from_mins(31));
        world.each_is_told_once(&crowd.people).await;
        assert_eq!(world.counts("SELECT count(*) FROM river_job WHERE kind = 'send'").await, 0);
    })
    .await;
}

/// A call that opens a ticket notes that first, while the replies of others are settled: neither waits for the other.
#[tokio::test(flavor = "multi_thread")]
async fn many_whose_tickets_are_closed_are_answered_in_new_ones_beside_those_that_are_open() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(2 * SOME).await;
        for one in crowd.people.iter().skip(1).step_by(2) {
            world.helpdesk.agent_sets_status(crowd.agent, one.ticket, "solved");
            world.helpdesk.close(one.ticket);
        }
        let closed = "SELECT count(*) FROM ticket WHERE status = 'closed'";
        world.until("they are closed", async || world.counts(closed).await == i64::try_from(SOME).unwrap()).await;
        world.settles().await;
        // That a reply came is heard from its answer alone.
        world.helpdesk.hooks().drop_all(true);
        world.ships(crowd.issue, "v2.4.0");
        world.each_is_told_once(&crowd.people).await;
        let looked_up = "SELECT count(*) FROM river_job WHERE kind = 'send'";
        assert_eq!(world.counts(looked_up).await, 0, "how each call ended is stored at once, and none is looked up");
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

/// More than are planned at first.
const MANY: usize = 130;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_many_are_on_their_way_while_the_others_are_planned() {
    let database = databases::sqlite();
    let world = World::with(&database.url, Options { tell: NO_NOTES, ..Options::default() }).await;
    let crowd = world.a_crowd_complains(MANY).await;
    world.ships(crowd.issue, "v2.4.0");
    world.each_is_told_once(&crowd.people).await;
    let planned_at = r#"SELECT count(DISTINCT created_at) FROM "update""#;
    assert!(world.counts(planned_at).await > 1, "the first are stored with their jobs before the others are planned");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customers_of_two_topics_that_ship_in_one_release_are_told_of_each_once() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: NO_NOTES, ..Options::default() }).await;
        let crowd = world.a_crowd_complains(SOME).await;
        let wish = |one: &Complainant| {
            let ticket = world.helpdesk.ticket_from(one.customer).subject("Dark colours");
            ticket.body("I would like dark colours at night.").assigned_to(crowd.agent).send()
        };
        let wishes: Vec<u64> = crowd.people.iter().map(wish).collect();
        let all = i64::try_from(2 * SOME).unwrap();
        world.until("all are grouped", async || world.counts("SELECT count(*) FROM link").await == all).await;
        assert_eq!(world.counts("SELECT count(DISTINCT topic_id) FROM link").await, 2);
        let other = world.topic_of(wishes[0]).await["id"].as_str().unwrap().to_owned();
        world.helpdesk.agent_tags(crowd.agent, wishes[0], "escalate");
        let issue = world.issue_of(&other).await;
        world.settles().await;
        world.an_engineer_merges_the_fix_of(crowd.issue);
        let both = world.an_engineer_merges_the_fix_of(issue);
        for topic in [&crowd.topic, &other] {
            world.becomes(topic, "fix_merged").await;
        }
        world.product().release("v2.4.0").at(&both).publish();
        let told = async || crowd.people.iter().all(|one| world.told_times(one) >= 2);
        world.until("everybody is told of both", told).await;
        world.settles().await;
        assert!(crowd.people.iter().all(|one| world.told_times(one) == 2), "nobody is told more");
        assert_eq!(world.counts("SELECT count(*) FROM river_job WHERE kind = 'send'").await, 0, "all go together");
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}
