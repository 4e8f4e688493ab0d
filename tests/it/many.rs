//! Many tickets are read with few calls, kept in few transactions and grouped in few turns. Whatever is wrong with one of them, or with
//! asking for many, each is known and grouped as if it had been read by itself (G2, twice, late or out of order changes nothing; G10,
//! webhooks are hints; G12, intake never stops).

use std::time::Duration;

use heard::{
    flow::jobs,
    store::{Session as _, Urgency},
};
use reqwest::Method;
use simulator::Failure;

use crate::{
    databases,
    story::{BODY, SUBJECT, stopped_clock},
    world::{ADMIN, Options, World},
};

/// One call for several tickets.
const MANY: &str = "GET /api/v2/tickets/show_many";
/// That, and each call for one ticket.
const TICKETS: &str = "GET /api/v2/tickets/*";
const THREADS: &str = "GET /api/v2/tickets/*/comments";

/// A world in which no webhook arrives: what was missed is found by the sweep, all at once.
async fn unheard(database: &str) -> World {
    let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
    world.is_swept().await;
    world.helpdesk.hooks().drop_all(true);
    world
}

impl World {
    /// So many customers write one ticket each.
    fn are_written(&self, tickets: usize) -> Vec<u64> {
        (0..tickets).map(|number| self.complains(&format!("Customer {number}")).1).collect()
    }

    /// How often the helpdesk was asked.
    fn asked(&self, what: &str) -> usize {
        self.helpdesk.faults().count(what)
    }

    /// Waits until so many tickets are known and have a topic, and nothing stands on the health page.
    async fn all_are_grouped(&self, tickets: i64) {
        self.until("every ticket has a topic", async || {
            self.counts("SELECT count(*) FROM link JOIN ticket ON ticket.id = link.ticket_id").await == tickets
        })
        .await;
        self.settles().await;
        assert_eq!(self.counts("SELECT count(*) FROM message").await, tickets);
        assert!(self.failures().await.is_empty(), "{:?}", self.failures().await);
    }

    /// The database refuses one ticket.
    async fn refuses_to_keep(&self, ticket: u64) {
        let is_sqlite = matches!(self.app().database.read().await.unwrap(), heard::store::Conn::Sqlite(_));
        let mut tx = self.app().database.begin().await.unwrap();
        if is_sqlite {
            tx.query("CREATE TABLE refused (external_id TEXT)").execute().await.unwrap();
            tx.query(
                "CREATE TRIGGER refuses BEFORE INSERT ON ticket WHEN NEW.external_id IN (SELECT external_id FROM refused)
                 BEGIN SELECT json('{'); END",
            )
            .execute()
            .await
            .unwrap();
        } else {
            tx.query("CREATE TABLE refused (external_id TEXT)").execute().await.unwrap();
            tx.query(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF NEW.external_id IN (SELECT external_id FROM refused) THEN RAISE EXCEPTION 'not today'; END IF;
                 RETURN NEW; END $$",
            )
            .execute()
            .await
            .unwrap();
            tx.query("CREATE TRIGGER refuses BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION refuse()")
                .execute()
                .await
                .unwrap();
        }
        tx.query("INSERT INTO refused (external_id) VALUES ($1)").bind(ticket.to_string()).execute().await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_tickets_are_read_with_few_calls_and_one_for_each_thread() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        world.are_written(120);
        world.sweeps().await;
        world.all_are_grouped(120).await;
        // What is not read within seconds is read in another turn, and a machine that is busy with other things reads few in a turn.
        let (many, tickets, threads) = (world.asked(MANY), world.asked(TICKETS), world.asked(THREADS));
        assert!((2..=30).contains(&many) && tickets < many + 30, "{many} calls for many, {tickets} for tickets");
        assert!((120..=240).contains(&threads), "{threads} threads");
        let jobs = world.counts("SELECT count(*) FROM river_job WHERE kind IN ('refresh', 'group')").await;
        assert!(jobs < 30, "{jobs} jobs for one of them alone");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_zendesk_leaves_out_of_many_is_asked_for_by_itself() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let tickets = world.are_written(20);
        world.helpdesk.leaves_out_of_many(tickets[3]);
        world.helpdesk.delete(agent, tickets[7]);
        world.sweeps().await;
        world.all_are_grouped(19).await;
        assert_eq!((world.asked(MANY), world.asked(TICKETS)), (1, 3), "the two that are missing, by themselves");
    })
    .await;
}

/// A ticket that was known and is not among many any more was deleted, and nothing else says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_ticket_that_is_gone_from_among_many_is_deleted_here_too() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let tickets = world.are_written(12);
        world.sweeps().await;
        world.all_are_grouped(12).await;
        world.clock.advance(Duration::from_mins(1));
        for ticket in &tickets {
            world.helpdesk.agent_tags(agent, *ticket, "seen");
        }
        world.helpdesk.delete(agent, tickets[5]);
        world.sweeps().await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket WHERE status = 'deleted'").await, 1);
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_sent_beside_many_each_is_read_by_itself_and_nobody_is_without_a_name() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        world.helpdesk.sends_nobody_beside_many();
        world.are_written(20);
        world.sweeps().await;
        world.all_are_grouped(20).await;
        assert_eq!(world.counts("SELECT count(*) FROM customer WHERE name = ''").await, 0);
        assert_eq!(world.asked(TICKETS), 21);
    })
    .await;
}

/// Each half is asked for by itself until it is known which one it is.
#[tokio::test(flavor = "multi_thread")]
async fn one_over_which_zendesk_breaks_holds_up_none_of_its_neighbours() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        let tickets = world.are_written(64);
        world.helpdesk.breaks_over(tickets[20]);
        world.sweeps().await;
        world.all_are_grouped(64).await;
        // 64, 32, 16 and eight break with it, and their other halves do not; the last eight are read by themselves.
        assert!(world.asked(TICKETS) < 64, "{} calls for tickets", world.asked(TICKETS));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_many_cannot_be_asked_for_each_is_read_by_itself() {
    for failure in
        [Failure::Status(400), Failure::Status(403), Failure::Status(404), Failure::Garbage, Failure::ResponseCut]
    {
        databases::for_each(async |database| {
            let world = unheard(database).await;
            world.helpdesk.faults().all(MANY, failure.clone());
            world.are_written(20);
            world.sweeps().await;
            world.all_are_grouped(20).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_asked_to_wait_asks_for_all_of_them_once_more_and_says_so_once() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        world.helpdesk.faults().next(1, MANY, Failure::RetryAfter(429, 2));
        world.are_written(20);
        world.clock.advance(Duration::from_mins(6));
        world.fails("refresh_many", "asked us to wait").await;
        assert_eq!(world.failures().await.len(), 1);
        world.clock.advance(Duration::from_secs(3));
        world.all_are_grouped(20).await;
        assert_eq!((world.asked(MANY), world.asked(TICKETS)), (2, 2));
        assert_eq!(world.helpdesk.faults().violations(), Vec::<String>::new());
    })
    .await;
}

/// Zendesk may refuse one ticket's thread alone (airbytehq/airbyte#84353).
#[tokio::test(flavor = "multi_thread")]
async fn one_whose_thread_cannot_be_read_is_read_later_and_the_others_now() {
    for status in [500, 403] {
        databases::for_each(async |database| {
            let world = unheard(database).await;
            let tickets = world.are_written(20);
            let thread = format!("GET /api/v2/tickets/{}/comments", tickets[4]);
            world.helpdesk.faults().all(&thread, Failure::Status(status));
            world.clock.advance(Duration::from_mins(6));
            let failed = world.fails("refresh", "acme").await;
            assert!(failed.subject.contains(&tickets[4].to_string()), "{failed:?}");
            let known = "SELECT count(*) FROM link";
            world.until("the others have their topics", async || world.counts(known).await == 19).await;
            world.helpdesk.faults().heal();
            world.tries_again_unless_done(&failed).await;
            world.all_are_grouped(20).await;
        })
        .await;
    }
}

/// However often it is interrupted, what was found by looking back goes before nothing that was just said.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_looking_back_is_read_behind_what_was_just_said() {
    // The helpdesk asks to wait in the middle of it, cannot be asked for many, or gives some of them alone.
    for (what, failure) in
        [(THREADS, Failure::RetryAfter(429, 1)), (MANY, Failure::Status(400)), (THREADS, Failure::Status(500))]
    {
        databases::for_each(async |database| {
            let world = unheard(database).await;
            world.helpdesk.faults().next(1, what, failure.clone());
            world.are_written(40);
            world.clock.advance(Duration::from_mins(6));
            let known = "SELECT count(*) FROM link";
            let waits = async || {
                world.clock.advance(Duration::from_secs(2));
                world.counts(known).await == 40
            };
            world.until("all have their topics", waits).await;
            let reads = "SELECT count(*) FROM river_job WHERE kind IN ('refresh', 'refresh_many')";
            assert!(world.counts(reads).await > 1, "some of it was left to another job");
            let usual = "SELECT count(*) FROM river_job WHERE kind IN ('refresh', 'refresh_many') AND priority <> 2";
            assert_eq!(world.counts(usual).await, 0);
        })
        .await;
    }
}

/// What it has given is kept, and nothing is asked for twice.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_slow_helpdesk_many_are_read_in_several_turns_and_each_once() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        world.helpdesk.faults().all(THREADS, Failure::Slow(Duration::from_millis(2_400)));
        // Eight at a time, this takes longer than one job may.
        let all = 56;
        let tickets = world.are_written(all);
        world.clock.advance(Duration::from_mins(6));
        let known = "SELECT count(*) FROM link";
        world.until("all have their topics", async || world.counts(known).await == i64::try_from(all).unwrap()).await;
        assert_eq!(world.asked(THREADS), tickets.len());
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_the_database_refuses_fails_alone() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        let tickets = world.are_written(20);
        world.refuses_to_keep(tickets[11]).await;
        world.clock.advance(Duration::from_mins(6));
        let failed = world.fails("refresh", "The database").await;
        assert!(failed.subject.contains(&tickets[11].to_string()), "{failed:?}");
        let known = "SELECT count(*) FROM link";
        world.until("the others have their topics", async || world.counts(known).await == 19).await;
        let neighbour = format!("GET /api/v2/tickets/{}/comments", tickets[10]);
        assert_eq!((world.asked(MANY), world.asked(&neighbour)), (1, 1), "the others are not read a second time");
        let mut tx = world.app().database.begin().await.unwrap();
        tx.query("DELETE FROM refused").execute().await.unwrap();
        tx.commit().await.unwrap();
        world.tries_again_unless_done(&failed).await;
        world.all_are_grouped(20).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_forgotten_is_not_asked_for_among_many() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        let tickets = world.are_written(12);
        world.sweeps().await;
        world.all_are_grouped(12).await;
        let id = world.id_of(tickets[2]).await;
        let customer = world.get(&format!("/api/v1/tickets/{id}")).await["customer"].as_str().unwrap().to_owned();
        let forgets = format!("{}/api/v1/customers/{customer}", world.url());
        let answer = world.anonymous().request(Method::DELETE, forgets).bearer_auth(ADMIN).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        world.settles().await;
        let before = world.helpdesk.faults().calls().len();
        let names = tickets.iter().map(ToString::to_string).collect();
        let mut tx = world.app().database.begin().await.unwrap();
        let job = jobs::RefreshMany { connection: "acme".to_owned(), tickets: names, urgency: Urgency::Usual };
        world.app().queue.add(&mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
        world.settles().await;
        let asked: Vec<String> =
            world.helpdesk.faults().calls().split_off(before).into_iter().map(|call| call.query).collect();
        assert!(asked.iter().any(|query| query.contains(&tickets[3].to_string())), "{asked:?}");
        assert!(!asked.iter().any(|query| query.contains(&tickets[2].to_string())), "{asked:?}");
        assert!(world.failures().await.is_empty(), "{:?}", world.failures().await);
    })
    .await;
}

/// What somebody else has decided or read meanwhile does not happen twice.
#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_are_read_and_grouped_twice_are_what_they_are_once() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        let tickets = world.are_written(30);
        let names: Vec<String> = tickets.iter().map(ToString::to_string).collect();
        let mut tx = world.app().database.begin().await.unwrap();
        for some in [&names[..], &names[10..], &names[..20]] {
            let job =
                jobs::RefreshMany { connection: "acme".to_owned(), tickets: some.to_vec(), urgency: Urgency::Usual };
            world.app().queue.add(&mut tx, job).await.unwrap();
        }
        tx.commit().await.unwrap();
        world.all_are_grouped(30).await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 30);
        assert_eq!(world.counts("SELECT count(*) FROM decision WHERE maker = 'machine'").await, 30);
    })
    .await;
}

/// The subject and the words are those of each ticket, and not of its neighbour.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_keeps_its_own_words_and_people() {
    databases::for_each(async |database| {
        let world = unheard(database).await;
        for number in 0..15 {
            let customer = world.helpdesk.customer(&format!("Person {number}")).of("Initech").add();
            let (subject, body) = (format!("{SUBJECT} ({number})"), format!("{BODY} It is report {number}."));
            world.helpdesk.ticket_from(customer).subject(&subject).body(&body).send();
        }
        world.sweeps().await;
        world.all_are_grouped(15).await;
        let right = "SELECT count(*) FROM ticket JOIN message ON message.ticket_id = ticket.id
                     JOIN customer ON customer.id = ticket.customer_id
                     WHERE message.body LIKE '%report ' || replace(customer.name, 'Person ', '') || '.'
                       AND ticket.subject LIKE '%(' || replace(customer.name, 'Person ', '') || ')'";
        assert_eq!(world.counts(right).await, 15);
        assert_eq!(world.counts("SELECT count(*) FROM organization").await, 1);
    })
    .await;
}
