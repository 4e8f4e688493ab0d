//! Which updates are plain, so that many of them are sent together: none of which anything has to be weighed (G4, one update per customer
//! and milestone; G5; G6).
//!
//! What has to be weighed is known to `flow/tell/send.rs`, and by the statement of `store/many_updates.rs` once more. Here both are held
//! against each other: in each of these states no update is plain, and whoever is not to be told is told by neither of the two.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use heard::{
    base::clock::Time,
    model::id::{MilestoneId, UpdateId},
    store::{Session as _, Tx, many_updates},
};
use simulator::Failure;

use super::NO_NOTES;
use crate::{
    databases,
    story::{BODY, SUBJECT, stopped_clock},
    world::{Options, World},
};

/// How something comes to be so of an update, `$1`.
enum Change {
    /// By this statement.
    By(&'static str),
    /// By this one, where `$2` is tomorrow.
    Tomorrow(&'static str),
    /// By this one, which adds an update, `$2`.
    AddUpdate(&'static str),
    /// By this one, which adds a step, `$2`.
    AddStep(&'static str),
}
use Change::{AddStep, AddUpdate, By, Tomorrow};

/// A statement that sets something in the rows of a table that are of the update `$1`: whose key is one of its ids.
macro_rules! sets {
    ($table:ident.$key:ident = $id:ident, $set:literal) => {
        concat!(
            "UPDATE ",
            stringify!($table),
            " SET ",
            $set,
            " WHERE ",
            stringify!($key),
            " = (SELECT ",
            stringify!($id),
            r#" FROM "update" WHERE id = $1)"#
        )
    };
}

/// What `send.rs` makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// They are not told.
    Not,
    /// They are told, but otherwise than a plain update is.
    Otherwise,
}

/// What may be so of one customer's update. One more customer, who has none, wrote of a dark mode.
const OF_ONE: &[(&str, &[Change], Told)] = &[
    ("a draft", &[By(r#"UPDATE "update" SET state = 'draft', reason = 'A person looks.' WHERE id = $1"#)], Told::Not),
    ("due later", &[Tomorrow(r#"UPDATE "update" SET due_at = $2 WHERE id = $1"#)], Told::Not),
    ("maybe in another ticket", &[By(r#"UPDATE "update" SET may_be_elsewhere = TRUE WHERE id = $1"#)], Told::Not),
    ("of an earlier cycle", &[By(r#"UPDATE "update" SET cycle = cycle - 1 WHERE id = $1"#)], Told::Not),
    (
        "its ticket is in another topic",
        &[By(sets!(
            link.ticket_id = ticket_id,
            "topic_id = (SELECT topic.id FROM topic WHERE topic.id <> link.topic_id)"
        ))],
        Told::Not,
    ),
    (
        "for somebody whom nobody may tell",
        &[By(sets!(customer.id = customer_id, "opted_out_at = created_at"))],
        Told::Not,
    ),
    (
        "for somebody whom this helpdesk may not tell",
        &[By(sets!(
            requester.customer_id = customer_id,
            "opted_out_at = (SELECT created_at FROM customer WHERE customer.id = requester.customer_id)"
        ))],
        Told::Not,
    ),
    (
        "for somebody who is suspended",
        &[By(sets!(requester.customer_id = customer_id, "standing = 'suspended'"))],
        Told::Not,
    ),
    (
        "its ticket is somebody else's",
        &[By(sets!(
            ticket.id = ticket_id,
            "customer_id = (SELECT other.customer_id FROM ticket other WHERE other.subject = 'Dark mode')"
        ))],
        Told::Not,
    ),
    (
        "its ticket was merged into one that nobody knows",
        &[By(sets!(ticket.id = ticket_id, "status = 'merged', merged_into = 'unheard-of'"))],
        Told::Not,
    ),
    (
        "its ticket was deleted",
        &[By(sets!(ticket.id = ticket_id, "status = 'deleted'"))],
        Told::Not,
    ),
    (
        "nobody knows how a reply gets to them",
        &[By(sets!(ticket.id = ticket_id, "channel = 'unknown'"))],
        Told::Not,
    ),
    (
        "its customer knows nothing of the ticket",
        &[By(sets!(ticket.id = ticket_id, "internal = TRUE"))],
        Told::Not,
    ),
    (
        "others read its ticket",
        &[By(sets!(ticket.id = ticket_id, "reaches_others = TRUE"))],
        Told::Otherwise,
    ),
    (
        "they have written nothing in its ticket",
        &[By(sets!(message.ticket_id = ticket_id, "public = FALSE"))],
        Told::Not,
    ),
    (
        "what they have of ours is not remembered",
        &[By(sets!(ticket.id = ticket_id, "unremembered = TRUE"))],
        Told::Not,
    ),
    (
        "somebody else was told in its ticket",
        &[AddUpdate(
            r#"INSERT INTO "update" (id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state, text,
                   html, sent_at, created_at)
               SELECT $2, other.customer_id, ours.topic_id, ours.origin_topic_id, ours.milestone_id, ours.kind, ours.cycle,
                   ours.ticket_id, 'sent', '', '', ours.created_at, ours.created_at
               FROM "update" ours JOIN ticket other ON other.subject = 'Dark mode' WHERE ours.id = $1"#,
        )],
        Told::Not,
    ),
    (
        "they were told by another step of the topic",
        &[
            AddStep(
                "INSERT INTO milestone (id, topic_id, kind, cycle, at, release_id, by_whom, recorded_at)
                 SELECT $2, step.topic_id, step.kind, step.cycle + 7, step.at, step.release_id, step.by_whom, step.recorded_at
                 FROM milestone step WHERE step.id = (SELECT milestone_id FROM \"update\" WHERE id = $1)",
            ),
            AddUpdate(
                r#"INSERT INTO "update" (id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state,
                       text, html, sent_at, created_at)
                   SELECT $2, ours.customer_id, ours.topic_id, ours.origin_topic_id, step.id, ours.kind, ours.cycle, other.id,
                       'sent', '', '', ours.created_at, ours.created_at
                   FROM "update" ours JOIN ticket other ON other.subject = 'Dark mode'
                       JOIN milestone step ON step.topic_id = ours.topic_id AND step.kind = ours.kind AND step.cycle = 7
                   WHERE ours.id = $1"#,
            ),
        ],
        Told::Not,
    ),
];

/// What may be so of the topic of all of them. `telling/` tells of each what becomes of its updates.
const OF_ALL: &[(&str, &str)] = &[
    (
        "their step is another topic's",
        sets!(
            milestone.id = milestone_id,
            "topic_id = (SELECT topic.id FROM topic WHERE topic.id <> milestone.topic_id)"
        ),
    ),
    (
        "their topic was merged into another",
        sets!(topic.id = topic_id, "merged_into = (SELECT other.id FROM topic other WHERE other.id <> topic.id)"),
    ),
    ("the fix is only likely to be out", sets!(milestone.id = milestone_id, "confidence = 'likely'")),
    (
        "the release was withdrawn",
        r#"UPDATE release SET withdrawn_at = published_at
           WHERE id = (SELECT step.release_id FROM milestone step JOIN "update" ours ON ours.milestone_id = step.id WHERE ours.id = $1)"#,
    ),
    (
        "the release is a prerelease",
        r#"UPDATE release SET prerelease = TRUE
           WHERE id = (SELECT step.release_id FROM milestone step JOIN "update" ours ON ours.milestone_id = step.id WHERE ours.id = $1)"#,
    ),
    (
        "somebody pulled the brake",
        r#"INSERT INTO pause (part, topic_id, paused_at, actor)
           SELECT 'topic', ours.topic_id, ours.created_at, 'a test' FROM "update" ours WHERE ours.id = $1"#,
    ),
];

async fn makes(tx: &mut Tx, changes: &[Change], update: UpdateId, now: Time) {
    for change in changes {
        let changed = match change {
            By(statement) => tx.query(statement).bind(update).execute().await,
            Tomorrow(statement) => {
                tx.query(statement).bind(update).bind(now.plus(Duration::from_hours(24))).execute().await
            }
            AddUpdate(statement) => tx.query(statement).bind(update).bind(UpdateId::generate(now)).execute().await,
            AddStep(statement) => tx.query(statement).bind(update).bind(MilestoneId::generate(now)).execute().await,
        };
        assert!(changed.unwrap() > 0);
    }
}

async fn plain(tx: &mut Tx, all: &[UpdateId], at: Time) -> BTreeSet<UpdateId> {
    many_updates::plain(tx, all, at).await.unwrap().into_iter().map(|one| one.id).collect()
}

impl World {
    /// The updates by the tickets that they go to.
    async fn updates_by_ticket(&self) -> BTreeMap<u64, UpdateId> {
        let mut conn = self.app().database.read().await.unwrap();
        let updates = conn
            .query(r#"SELECT ticket.external_id, ours.id FROM "update" ours JOIN ticket ON ticket.id = ours.ticket_id"#)
            .all::<(String, UpdateId)>()
            .await
            .unwrap();
        updates.into_iter().map(|(ticket, update)| (ticket.parse().unwrap(), update)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_has_to_be_weighed_before_it_is_sent_is_not_plain() {
    databases::for_each(async |database| {
        let options = Options { tell: NO_NOTES, clock: stopped_clock(), hold_minutes: 30, ..Options::default() };
        let world = World::with(database, options).await;
        let crowd = world.a_crowd_complains(3 + OF_ONE.len()).await;
        let [first, usual, twice, unusual @ ..] = &crowd.people[..] else { panic!("there are more") };
        let dora = world.helpdesk.customer("Dora Lind").add();
        let other = world.helpdesk.ticket_from(dora).subject("Dark mode").body("Please add a dark theme.").send();
        assert_ne!(world.topic_of(other).await["id"], crowd.topic.as_str());
        let again = world.helpdesk.ticket_from(twice.customer).subject(SUBJECT).body(BODY).send();
        assert_eq!(world.topic_of(again).await["id"], crowd.topic.as_str());
        world.settles().await;
        world.ships(crowd.issue, "v2.4.0");
        let held = r#"SELECT count(*) FROM "update" WHERE state = 'held'"#;
        let all_of_them = i64::try_from(crowd.people.len()).unwrap();
        world.until("all are held", async || world.counts(held).await == all_of_them).await;
        world.settles().await;
        assert_eq!(world.counts("SELECT count(*) FROM topic").await, 2, "so the other one is the other one");

        let (database, now) = (&world.app().database, world.clock.now());
        let over = now.plus(Duration::from_mins(31));
        let of = world.updates_by_ticket().await;
        let all: Vec<UpdateId> = of.values().copied().collect();
        let mut tx = database.begin().await.unwrap();
        let usually = plain(&mut tx, &all, over).await;
        drop(tx);
        let theirs = [twice.ticket, again].into_iter().find_map(|ticket| of.get(&ticket)).unwrap();
        let mut but_theirs: BTreeSet<UpdateId> = all.iter().copied().collect();
        but_theirs.remove(theirs);
        assert_eq!(usually, but_theirs, "all are plain but that of somebody with two tickets in the topic");
        let one = of[&usual.ticket];
        for (what, changes, _) in OF_ONE {
            let mut tx = database.begin().await.unwrap();
            makes(&mut tx, changes, one, now).await;
            let mut others = usually.clone();
            others.remove(&one);
            assert_eq!(plain(&mut tx, &all, over).await, others, "{what}");
        }
        for (what, change) in OF_ALL {
            let mut tx = database.begin().await.unwrap();
            makes(&mut tx, &[By(change)], one, now).await;
            assert!(plain(&mut tx, &all, over).await.is_empty(), "{what}");
        }

        // From here on nobody reads in the helpdesk that it is otherwise.
        world.helpdesk.hooks().drop_all(true);
        for read in ["GET /api/v2/tickets/**", "GET /api/v2/incremental/**"] {
            world.helpdesk.faults().all(read, Failure::Status(500));
        }
        let mut tx = database.begin().await.unwrap();
        for ((_, changes, _), person) in OF_ONE.iter().zip(unusual) {
            makes(&mut tx, changes, of[&person.ticket], now).await;
        }
        tx.commit().await.unwrap();
        world.clock.advance(Duration::from_mins(31));
        let usual_ones = [first, usual];
        world.until("the usual ones are told", async || usual_ones.iter().all(|one| world.told_times(one) > 0)).await;
        world.settles().await;
        assert!(usual_ones.iter().all(|one| world.told_times(one) == 1));
        for ((what, _, told), person) in OF_ONE.iter().zip(unusual) {
            let times = world.told_times(person);
            assert!(times == 0 || (times, *told) == (1, Told::Otherwise), "{what}: told {times} times");
        }
    })
    .await;
}
