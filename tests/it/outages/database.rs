//! What the database will not have, for whatever reason of its own: a disk that is full, a trigger of an operator, a damaged index.

use heard::store::{Conn, Database, Session as _};

use crate::{databases, world::World};

/// An operator's trigger that fails for work about some tickets, in each engine's words.
const REFUSES_ON_SQLITE: &[&str] = &[
    "CREATE TABLE refused (ticket TEXT)",
    "CREATE TRIGGER refuses BEFORE INSERT ON river_job
     WHEN EXISTS (SELECT 1 FROM refused WHERE ticket = json_extract(NEW.args, '$.ticket'))
     BEGIN SELECT json('{'); END",
];
const REFUSES_ON_POSTGRES: &[&str] = &[
    "CREATE TABLE refused (ticket TEXT)",
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF EXISTS (SELECT 1 FROM refused WHERE ticket = NEW.args->>'ticket') THEN RAISE EXCEPTION 'not today'; END IF;
         RETURN NEW;
     END $$",
    "CREATE TRIGGER refuses BEFORE INSERT ON river_job FOR EACH ROW EXECUTE FUNCTION refuse()",
];

impl World {
    async fn database_refuses_work_about(&self, ticket: u64) {
        let conn = self.app().database.read().await.unwrap();
        let statements = if matches!(conn, Conn::Sqlite(_)) { REFUSES_ON_SQLITE } else { REFUSES_ON_POSTGRES };
        drop(conn);
        let mut tx = self.app().database.begin().await.unwrap();
        for statement in statements {
            tx.query(statement).execute().await.unwrap();
        }
        tx.query("INSERT INTO refused (ticket) VALUES ($1)").bind(ticket.to_string()).execute().await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn database_refuses_nothing(&self) {
        let mut tx = self.app().database.begin().await.unwrap();
        tx.query("DELETE FROM refused").execute().await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_the_database_will_not_have_is_shown_and_holds_up_no_other() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        world.settles().await;
        world.database_refuses_work_about(ticket + 1).await;

        let (_, refused) = world.complains("Ben Rossi");
        assert_eq!(refused, ticket + 1);
        let failure = world.fails("understand", "The database failed").await;
        assert!(!failure.given_up, "it is tried again: {failure:?}");
        let (_, another) = world.complains("Cleo Tan");
        world.topic_of(another).await;
        assert_eq!(world.counts("SELECT count(*) FROM ticket").await, 2, "one waits");

        world.database_refuses_nothing().await;
        world.topic_of(refused).await;
        world.until("nothing fails any more", async || world.failures().await.is_empty()).await;
    })
    .await;
}

/// Elsewhere nothing is stored any more until a restart, because the transaction that SQLite took back by itself still counts as begun
/// (praeclarum/sqlite-net#782, transact-rs/sqlx#3932).
#[tokio::test]
async fn once_a_full_disk_has_room_again_everything_is_stored_without_a_restart() {
    let kept = databases::sqlite();
    let database = Database::open(&kept.url).await.unwrap();
    for is_full in [true, false] {
        let mut tx = database.begin().await.unwrap();
        tx.query("CREATE TABLE filled (bytes BLOB)").execute().await.unwrap();
        if is_full {
            // No page more than there are: what SQLite says then is what it says of a disk.
            tx.query("PRAGMA max_page_count = 1").all::<(i64,)>().await.unwrap();
        }
        let stored = tx.query("INSERT INTO filled (bytes) VALUES (zeroblob(4000000))").execute().await;
        assert_eq!(stored.is_err(), is_full, "{stored:?}");
        if let Err(error) = stored {
            assert!(error.to_string().contains("database or disk is full"), "{error}");
        } else {
            tx.commit().await.unwrap();
        }
    }
    database.close().await;
}
