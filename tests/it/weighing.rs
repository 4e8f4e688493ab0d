//! What topics weigh is kept up as things change. Whatever happened, it is what is found anew from the tickets, and what summing
//! them up says.

mod places;

use std::{process::Command, time::Duration};

use heard::{
    model::{
        decision::Maker,
        id::{DecisionId, TicketId, TopicId},
        ticket::TicketStatus,
        topic::{TopicKind, TopicState},
    },
    store::{Database, Session as _, StoreError, Tx, decisions, impacts, tickets, topics},
};
use serde_json::{Value, json};

use crate::{
    chance::{Chance, number},
    databases,
    story::stopped_clock,
    world::{ADMIN, Options, World},
};

/// Each table that is kept, as text: what is compared, and in which order. Scores are of a moment.
const KEPT: [&str; 3] = [
    "SELECT topic_id, listed, kind || ' ' || state, first_seen_at, last_seen_at, tickets, customers, organizations, revenue_cents,
            all_tickets || ' ' || all_customers || ' ' || all_organizations || ' ' || all_revenue_cents,
            speaking * 1000000 + in_public * 1000 + asked * 10 + asked_alone, likely_customers * 1000000 + likely_revenue_cents
     FROM impact ORDER BY topic_id",
    "SELECT ticket_id, sure, topic_id, coalesce(customer_id, ticket_id), coalesce(organization_id, ticket_id), created_at, speaks * 2 + in_public, asked
     FROM impact_ticket ORDER BY ticket_id, sure",
    "SELECT topic_id, organization_id, sure_tickets, likely_tickets, revenue_cents, renewal_at
     FROM impact_organization ORDER BY topic_id, organization_id",
];

type Uuid = TopicId;
type Time = heard::base::clock::Time;
type Figures = (Uuid, i64, String, Time, Time, i64, i64, i64, i64, String, i64, i64);
type Ticket = (Uuid, i64, Uuid, Uuid, Uuid, Time, i64, i64);
type Organization = (Uuid, Uuid, i64, i64, i64, Option<Time>);

/// What is kept of what topics weigh.
struct Kept {
    topics: Vec<Figures>,
    tickets: Vec<Ticket>,
    organizations: Vec<Organization>,
}

impl Kept {
    async fn read(tx: &mut Tx) -> Result<Self, StoreError> {
        Ok(Self {
            topics: tx.query(KEPT[0]).all().await?,
            tickets: tx.query(KEPT[1]).all().await?,
            organizations: tx.query(KEPT[2]).all().await?,
        })
    }

    /// What is kept, and what is found anew.
    async fn read_both(database: &Database) -> Result<(Self, Self), StoreError> {
        let mut tx = database.begin().await?;
        let kept = Self::read(&mut tx).await?;
        impacts::rebuild(&mut tx).await?;
        Ok((kept, Self::read(&mut tx).await?))
    }
}

impl World {
    /// What is kept is what is found anew. Nothing may go on meanwhile.
    pub async fn weighs_as_found_anew(&self) {
        let app = self.app();
        let (kept, anew) = loop {
            match Kept::read_both(&app.database).await {
                // Scores are looked at meanwhile.
                Err(error) if error.is_momentary() => {}
                read => break read.unwrap(),
            }
        };
        assert_eq!(kept.tickets, anew.tickets);
        assert_eq!(kept.organizations, anew.organizations);
        assert_eq!(kept.topics, anew.topics);
        let mut conn = app.database.read().await.unwrap();
        let now = app.clock.now();
        for (topic, ..) in kept.topics {
            let (kept, summed) = (
                impacts::get(&mut conn, topic, now).await.unwrap(),
                topics::impact(&mut conn, topic, now).await.unwrap(),
            );
            assert_eq!(kept, summed, "{topic}");
        }
    }
}

/// One problem in some people's words, a wish, and a question.
const SAID: [(&str, &str); 6] = [
    (
        "CSV export is missing its last row",
        "Hello, every CSV export of our monthly report is missing its last row. Can you look at it?",
    ),
    ("Last row missing in CSV export", "When I export the monthly report as CSV, the last row is not in the file."),
    ("Monthly report CSV misses a row", "Our monthly report as CSV export misses its last row. Please look at it."),
    (
        "Export of the CSV report: last row",
        "Hi, the last row of each CSV export is missing again in our monthly report.",
    ),
    ("Dark colours", "I would like dark colours at night."),
    ("The invoice shows no tax", "Our invoice shows no tax since May. How is that?"),
];

/// Somebody who does whatever comes to their mind.
struct History<'w> {
    world: &'w World,
    chance: Chance,
    agent: u64,
    customers: Vec<u64>,
    /// Those that can still be written in.
    tickets: Vec<u64>,
    merged: Vec<u64>,
}

impl<'w> History<'w> {
    fn begin(world: &'w World, chance: Chance) -> Self {
        let agent = world.helpdesk.agent("Sam Okafor");
        let mut history = Self { world, chance, agent, customers: Vec::new(), tickets: Vec::new(), merged: Vec::new() };
        for (name, company) in [("Ana Sousa", "Lovelace"), ("Bob Stone", "Quarry"), ("Cem Kaya", "Quarry")] {
            let customer = world.helpdesk.customer(name).of(company).revenue(10_000).renewal("2026-12-24").add();
            history.customers.push(customer);
        }
        history.customers.push(world.helpdesk.customer("Eve Noon").add());
        history
    }

    fn one_of(&mut self, list: &[u64]) -> u64 {
        list[usize::try_from(self.chance.below(list.len() as u64)).unwrap()]
    }

    fn some_ticket(&mut self) -> u64 {
        let tickets = self.tickets.clone();
        self.one_of(&tickets)
    }

    /// A row of a list of the API, if there is any.
    async fn some(&mut self, path: &str, list: &str) -> Option<Value> {
        let rows = self.world.get(path).await[list].as_array().unwrap().clone();
        let end = u64::try_from(rows.len()).unwrap();
        (end > 0).then(|| rows[usize::try_from(self.chance.below(end)).unwrap()].clone())
    }

    async fn some_topic(&mut self) -> Option<String> {
        let topic = self.some("/api/v1/topics?limit=200", "topics").await?;
        topic["id"].as_str().map(str::to_owned)
    }

    /// Somebody writes.
    fn writes(&mut self) {
        let customers = self.customers.clone();
        let customer = self.one_of(&customers);
        let (subject, body) = SAID[usize::try_from(self.chance.below(SAID.len() as u64)).unwrap()];
        self.tickets.push(self.world.helpdesk.ticket_from(customer).subject(subject).body(body).send());
    }

    /// A person presses a button, which may be refused and must not fail.
    async fn presses(&self, path: &str, body: &Value) {
        let (status, answer) = self.world.post(path, body).await;
        assert!(status < 500 || status == 503, "POST {path} answered {status}: {answer}");
    }

    /// Whatever may happen to tickets in the helpdesk.
    fn happens_there(&mut self, what: u64) {
        let world = self.world;
        let (desk, ticket) = (&world.helpdesk, self.some_ticket());
        match what {
            0 | 1 if self.tickets.len() > 2 => {
                self.tickets.retain(|other| *other != ticket);
                if what == 0 {
                    desk.delete(self.agent, ticket);
                } else {
                    let into = self.some_ticket();
                    desk.merge(self.agent, ticket, into);
                    self.merged.push(ticket);
                }
            }
            2 => {
                desk.agent_opens_internally(self.agent, self.customers[0], SAID[0].0, SAID[0].1);
            }
            3 if self.customers.len() > 3 => {
                let twin = self.customers.remove(2);
                desk.agent_merges_profiles(self.agent, twin, self.customers[1]);
            }
            _ => {
                desk.customer_replies(ticket, "Any news?");
            }
        }
    }

    /// Whatever people may decide here.
    async fn is_decided(&mut self, what: u64) {
        let Some(topic) = self.some_topic().await else { return };
        let at = format!("/api/v1/topics/{topic}");
        match what {
            0 => {
                if let Some(into) = self.some_topic().await {
                    self.presses(&format!("{at}/merge"), &json!({ "into": into })).await;
                }
            }
            1 => self.presses(&format!("{at}/undo"), &json!({})).await,
            2 => self.presses(&format!("{at}/escalate"), &json!({})).await,
            3 => {
                let page = self.world.get(&at).await;
                let likely = page["likely_links"].as_array().unwrap().first().cloned();
                if let Some(ticket) = likely.map(|link| link["ticket"].clone()) {
                    let word = if self.chance.below(2) == 0 { "same" } else { "not_same" };
                    self.presses(&format!("{at}/likely"), &json!({ word: [ticket] })).await;
                }
            }
            4 => {
                let page = self.world.get(&at).await;
                let first = page["links"].as_array().unwrap().first().cloned();
                if let Some(ticket) = first.map(|link| link["ticket"].clone()) {
                    self.presses(&format!("{at}/split"), &json!({ "tickets": [ticket] })).await;
                }
            }
            5 => {
                let all = [self.tickets.as_slice(), &self.merged].concat();
                let ticket = self.one_of(&all);
                let into = if self.chance.below(3) == 0 { Value::Null } else { json!(topic) };
                let id = self.world.id_of(ticket).await;
                self.presses(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": into })).await;
            }
            _ => self.is_worth_something_else().await,
        }
    }

    /// Somebody says what an organization pays.
    async fn is_worth_something_else(&mut self) {
        let Some(organization) = self.some("/api/v1/organizations", "organizations").await else { return };
        let path = format!("{}/api/v1/organizations/{}", self.world.url(), organization["id"].as_str().unwrap());
        let worth = json!({ "revenue_cents": self.chance.below(5_000), "renewal_at": "2027-01-02T00:00:00Z" });
        let answer = self.world.anonymous().put(path).bearer_auth(ADMIN).json(&worth).send().await.unwrap();
        assert!(answer.status().as_u16() < 500);
    }
}

/// How many histories are played on each database, unless `HEARD_SEEDS` says more.
const HISTORIES: u64 = 2;
/// How long each is.
const STEPS: u64 = 16;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_topics_weigh_what_is_found_anew() {
    let first = number("HEARD_SEED").unwrap_or(1);
    for seed in first..first + number("HEARD_SEEDS").unwrap_or(HISTORIES) {
        eprintln!("HEARD_SEED={seed}");
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let mut history = History::begin(&world, Chance::of(seed));
            for _ in 0..6 {
                history.writes();
            }
            world.settles().await;
            for _ in 0..STEPS {
                match history.chance.below(4) {
                    0 => history.writes(),
                    1 => {
                        let what = history.chance.below(5);
                        history.happens_there(what);
                    }
                    _ => {
                        let what = history.chance.below(7);
                        history.is_decided(what).await;
                    }
                }
                world.settles().await;
                world.weighs_as_found_anew().await;
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_finds_again_what_was_lost() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let mut history = History::begin(&world, Chance::of(1));
        for _ in 0..4 {
            history.writes();
        }
        world.settles().await;
        let shown = world.get("/api/v1/topics").await;
        assert!(!shown["topics"].as_array().unwrap().is_empty(), "{shown}");
        let mut tx = world.app().database.begin().await.unwrap();
        for lost in ["DELETE FROM impact_ticket", "DELETE FROM impact_organization", "DELETE FROM impact"] {
            tx.query(lost).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(world.get("/api/v1/topics").await["topics"], json!([]));
        world.stops().await;
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
        command.args(["database", "rebuild", "--json"]).current_dir(folder.path()).env_clear();
        let output = command.env("HEARD_DATABASE", database).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world.starts_again().await;
        assert_eq!(world.get("/api/v1/topics").await, shown);
        world.weighs_as_found_anew().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_stand_in_order_of_scores_that_time_alone_has_changed() {
    databases::for_each(async |database| {
        let clock = stopped_clock();
        let world = World::with(database, Options { clock: clock.clone(), ..Options::default() }).await;
        let mut history = History::begin(&world, Chance::of(2));
        for _ in 0..4 {
            history.writes();
        }
        world.settles().await;
        for days in [0, 8, 90, 200] {
            clock.advance(Duration::from_hours(days * 24));
            let (app, now) = (world.app(), clock.now());
            let mut tx = app.database.begin().await.unwrap();
            while impacts::rescore(&mut tx, now, 100).await.unwrap() > 0 {}
            impacts::tally(&mut tx).await.unwrap();
            let tally = "SELECT kind, state, topics FROM impact_count WHERE topics > 0 ORDER BY kind, state";
            let mut seen = impacts::counts(&mut tx).await.unwrap();
            seen.sort_unstable_by_key(|(kind, state, _)| (kind.as_str(), state.as_str()));
            assert_eq!(tx.query(tally).all::<(TopicKind, TopicState, i64)>().await.unwrap(), seen);
            let kept = tx.query("SELECT topic_id, score FROM impact WHERE listed = 1").all::<(TopicId, i64)>().await;
            tx.commit().await.unwrap();
            for (topic, score) in kept.unwrap() {
                assert_eq!(
                    world.get(&format!("/api/v1/topics/{topic}")).await["score"],
                    json!(score),
                    "after {days} days"
                );
            }
        }
    })
    .await;
}

/// Six hundred tickets like one, in its topic.
const LIKE_ONE: [(&str, &str); 2] = [
    (
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, organization_id, channel, created_at, changed_at,
                             read_at, requester_external_id)
         WITH RECURSIVE other (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM other WHERE number < 600)
         SELECT randomblob(16), connection, 'like' || number, '', status, tags, customer_id, organization_id, channel,
                created_at - number, changed_at, read_at, requester_external_id
         FROM ticket CROSS JOIN other WHERE external_id = $1",
        "INSERT INTO ticket (id, connection, external_id, subject, status, tags, customer_id, organization_id, channel, created_at, changed_at,
                             read_at, requester_external_id)
         SELECT gen_random_uuid(), connection, 'like' || number, '', status, tags, customer_id, organization_id, channel,
                created_at - number * interval '1 second', changed_at, read_at, requester_external_id
         FROM ticket CROSS JOIN generate_series(1, 600) AS other (number) WHERE external_id = $1",
    ),
    (LINKED, LINKED),
];
const LINKED: &str = "INSERT INTO link (ticket_id, topic_id, maker, decision_id, linked_at)
    SELECT ticket.id, link.topic_id, link.maker, link.decision_id, link.linked_at
    FROM ticket CROSS JOIN link JOIN ticket one ON one.id = link.ticket_id
    WHERE ticket.external_id LIKE 'like%' AND one.external_id = $1";

/// A topic of more tickets than are counted one by one, and another one.
struct Hundreds {
    topic: TopicId,
    other: TopicId,
    /// The ticket that opened it.
    first: TicketId,
    /// Why that one is there.
    decision: DecisionId,
    /// All of them.
    tickets: Vec<TicketId>,
}

impl World {
    async fn hundreds_write(&self, database: &str) -> Hundreds {
        let ana = self.helpdesk.customer("Ana Sousa").of("Lovelace").revenue(10_000).add();
        let mut written = Vec::new();
        for (subject, body) in [SAID[0], SAID[4]] {
            written.push(self.helpdesk.ticket_from(ana).subject(subject).body(body).send());
        }
        self.settles().await;
        let one = written[0].to_string();
        let mut tx = self.app().database.begin().await.unwrap();
        for (on_sqlite, on_postgres) in LIKE_ONE {
            let sql = if database.starts_with("sqlite:") { on_sqlite } else { on_postgres };
            tx.query(sql).bind(one.as_str()).execute().await.unwrap();
        }
        impacts::rebuild(&mut tx).await.unwrap();
        let own = "SELECT ticket_id, topic_id, decision_id FROM link JOIN ticket ON ticket.id = ticket_id WHERE external_id = $1";
        let own = tx.query(own).bind(one.as_str()).one::<(TicketId, TopicId, DecisionId)>().await;
        let (first, topic, decision) = own.unwrap();
        let other = "SELECT topic.id FROM topic WHERE topic.id <> $1 ORDER BY topic.id LIMIT 1";
        let (other,) = tx.query(other).bind(topic).one::<(TopicId,)>().await.unwrap();
        let all = tx.query("SELECT ticket_id FROM link WHERE topic_id = $1").bind(topic).all::<(TicketId,)>().await;
        let tickets: Vec<TicketId> = all.unwrap().into_iter().map(|(ticket,)| ticket).collect();
        assert!(tickets.len() > 600);
        tx.commit().await.unwrap();
        self.weighs_as_found_anew().await;
        Hundreds { topic, other, first, decision, tickets }
    }
}

/// More than are counted one by one are put into another topic and back, as by a merge and when it is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_that_are_moved_at_once_weigh_what_is_found_anew() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let Hundreds { topic: from, other: into, decision, tickets: moved, .. } = world.hundreds_write(database).await;

        let mut tx = world.app().database.begin().await.unwrap();
        decisions::move_all(&mut tx, from, into).await.unwrap();
        tx.commit().await.unwrap();
        world.weighs_as_found_anew().await;

        let now = world.app().clock.now();
        let mut tx = world.app().database.begin().await.unwrap();
        decisions::place_all(&mut tx, &moved, from, Maker::Person, decision, now).await.unwrap();
        tx.commit().await.unwrap();
        world.weighs_as_found_anew().await;
        let mut conn = world.app().database.read().await.unwrap();
        assert!(impacts::get(&mut conn, from, now).await.unwrap().tickets > 600);
    })
    .await;
}

/// Tickets are put into a topic for the first time while their helpdesk deletes them. Neither sees what the other has not ended yet, and
/// whoever ends last counts what both did.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_it_is_grouped_counts_as_deleted() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ana = world.helpdesk.customer("Ana Sousa").of("Lovelace").revenue(10_000).add();
        let one = world.helpdesk.ticket_from(ana).subject(SAID[0].0).body(SAID[0].1).send().to_string();
        world.settles().await;
        let mut tx = world.app().database.begin().await.unwrap();
        let like_one = if database.starts_with("sqlite:") { LIKE_ONE[0].0 } else { LIKE_ONE[0].1 };
        tx.query(like_one).bind(one.as_str()).execute().await.unwrap();
        // So nobody groups them of themselves.
        let merged = tx.query("UPDATE ticket SET status = 'merged' WHERE external_id LIKE 'like%'");
        merged.execute().await.unwrap();
        let own = "SELECT link.topic_id, link.decision_id FROM link JOIN ticket ON ticket.id = link.ticket_id WHERE ticket.external_id = $1";
        let (topic, decision) = tx.query(own).bind(one.as_str()).one::<(TopicId, DecisionId)>().await.unwrap();
        let some = tx.query("SELECT id FROM ticket WHERE external_id LIKE 'like%' ORDER BY id LIMIT 100");
        let some = some.all::<(TicketId,)>().await.unwrap();
        tx.commit().await.unwrap();
        let (database, now) = (&world.app().database, world.app().clock.now());
        for (ticket,) in some {
            let grouped = async {
                let mut tx = database.begin().await?;
                decisions::place(&mut tx, ticket, topic, Maker::Machine, decision, now).await?;
                tx.commit().await
            };
            let deleted = async {
                let mut tx = database.begin().await?;
                tickets::ended(&mut tx, ticket, TicketStatus::Deleted, None).await?;
                tx.commit().await
            };
            let (grouped, deleted) = tokio::join!(grouped, deleted);
            grouped.unwrap();
            deleted.unwrap();
        }
        world.weighs_as_found_anew().await;
    })
    .await;
}

/// Nobody looks at a ticket that was stored just now and is nowhere. One that was placed as it was stored is somewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_stored_and_placed_at_once_counts() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let ana = world.helpdesk.customer("Ana Sousa").of("Lovelace").revenue(10_000).add();
        let one = world.helpdesk.ticket_from(ana).subject(SAID[0].0).body(SAID[0].1).send().to_string();
        world.settles().await;
        let now = world.app().clock.now();
        let mut tx = world.app().database.begin().await.unwrap();
        let own = "SELECT ticket_id, topic_id, decision_id FROM link JOIN ticket ON ticket.id = ticket_id WHERE external_id = $1";
        let own = tx.query(own).bind(one.as_str()).one::<(TicketId, TopicId, DecisionId)>().await;
        let (first, topic, decision) = own.unwrap();
        let mut another = tickets::get(&mut tx, first).await.unwrap().unwrap();
        another.id = TicketId::generate(now);
        "another".clone_into(&mut another.external_id);
        assert_eq!(tickets::put(&mut tx, &another, now).await.unwrap(), Some(another.id));
        assert!(decisions::place(&mut tx, another.id, topic, Maker::Machine, decision, now).await.unwrap());
        tx.commit().await.unwrap();
        world.weighs_as_found_anew().await;
        let mut conn = world.app().database.read().await.unwrap();
        assert_eq!(impacts::get(&mut conn, topic, now).await.unwrap().tickets, 2);
    })
    .await;
}
