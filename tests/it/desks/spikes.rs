//! Far more customers than usual raise a topic within hours: it is said once, and where people look.

use heard::{
    flow::{App, watch},
    store::{Database, Session as _},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{connection, server::Desk, ticket};
use crate::{
    databases,
    world::{Options, World},
};

/// Somebody's complaint, written so many minutes ago.
fn complaint(world: &World, id: u32, minutes_ago: u64) -> Value {
    let who = json!({"id": format!("c{id}"), "name": "", "email": format!("c{id}@org{id}.test")});
    let mut said = ticket(id, &id.to_string(), &who, "Nobody can sign in, the page says error 503", &json!({}));
    let at = json!(world.clock.now().minus(std::time::Duration::from_mins(minutes_ago)).to_string());
    for place in ["created_at", "changed_at"] {
        said["ticket"][place] = at.clone();
    }
    said["ticket"]["subject"] = json!("Nobody can sign in");
    said["messages"][0]["created_at"] = at;
    said["id"] = json!(format!("e{id}"));
    said
}

impl World {
    async fn spike_of(&self, ticket: u32) -> Value {
        let topic = self.desks(&ticket.to_string()).await["topic"].as_str().unwrap().to_owned();
        self.get(&format!("/api/v1/topics/{topic}")).await["spike"].clone()
    }

    /// A desk that has had a ticket for a week.
    async fn with_a_past(database: &str, desk: &Desk) -> Self {
        let world = Self::with(database, Options { tell: &connection(desk), ..Options::default() }).await;
        let mut old = complaint(&world, 1, 10 * 24 * 60);
        old["ticket"]["subject"] = json!("Dark colours for the editor");
        old["messages"][0]["body"] = json!("Please add a dark theme to the editor.");
        world.desk_says(&old).await;
        world
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spike_is_said_once_in_the_ticket_that_makes_it_so_and_shown_while_it_goes_on() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with_a_past(database, &desk).await;
        for id in 2..6 {
            world.desk_says(&complaint(&world, id, 40 - u64::from(id))).await;
        }
        let spike = world
            .until_some("the spike is seen", async || {
                Some(world.spike_of(2).await).filter(|spike| spike["customer_count"] == 4)
            })
            .await;
        assert!(spike["usual_per_week"].as_f64().unwrap() < 0.1, "{spike}");
        world.settles().await;
        let notes: Vec<_> =
            desk.notes().into_iter().filter(|note| note.body.to_string().contains("within an hour")).collect();
        let [note] = &notes[..] else { panic!("{notes:#?}") };
        let text = note.body["text"].as_str().unwrap();
        assert!(text.starts_with("Heard: ") && text.contains("usually hardly anybody"), "{text}");
        assert!(text.contains("escalate this ticket"), "{text}");

        let (address, cookie) = (format!("{}/topics", world.url()), crate::web::session(&world).await);
        let board = world.anonymous().get(address).header("cookie", cookie).send().await.unwrap().text().await.unwrap();
        assert!(
            board.contains("Spike:") && board.contains("4 customers within an hour, usually hardly anybody"),
            "{board}"
        );

        world.desk_says(&complaint(&world, 6, 1)).await;
        world.until("it goes on", async || world.spike_of(2).await["customer_count"] == 5).await;
        world.settles().await;
        let again =
            desk.notes().into_iter().filter(|note| note.body.to_string().contains("usually hardly anybody")).count();
        assert_eq!(again, 1, "it is said once");
    })
    .await;
}

/// What is brought in was written long ago, and one customer who writes five times is one.
#[tokio::test(flavor = "multi_thread")]
async fn neither_an_import_nor_one_loud_customer_is_a_spike() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with_a_past(database, &desk).await;
        for id in 2..7 {
            world.desk_says(&complaint(&world, id, 3 * 24 * 60)).await;
        }
        for id in 7..12 {
            let mut loud = complaint(&world, id, 20);
            loud["ticket"]["requester"] = json!({"id": "loud", "name": "", "email": "loud@org.test"});
            loud["messages"][0]["author_id"] = json!("loud");
            world.desk_says(&loud).await;
        }
        heard::flow::watch::run(world.app()).await.unwrap();
        assert_eq!(world.spike_of(2).await, json!(null));
        assert_eq!(world.counts("SELECT count(*) FROM spike").await, 0);
    })
    .await;
}

/// A helpdesk is moved, and says of all its tickets that they were written today.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_tickets_are_dated_today_is_no_spike() {
    /// Two words for each of 45 tickets, which have nothing to do with each other.
    const WORDS: &str = "invoice calendar printer avatar password voucher keyboard backup newsletter map subtitle warehouse \
        thermostat dictionary playlist glossary turbine ferry harvest orchid piano sleeve tunnel umbrella \
        vitamin walnut yacht zebra anchor bakery candle desert engine forest garden hammer island jacket \
        kettle ladder magnet needle oyster pencil quarry ribbon saddle temple uniform violin window amber \
        button carpet dolphin eagle fabric goblet honey icicle jungle kitten lantern marble nectar olive \
        parrot quilt rocket spider tomato urchin velvet whisper yogurt zipper acorn bishop cactus donkey \
        ember fiddle geyser hermit insect jasmine kayak lemon mirror nugget";
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with_a_past(database, &desk).await;
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        for (id, two) in (100..).zip(words.chunks(2)) {
            let mut another = complaint(&world, id, 30);
            another["ticket"]["subject"] = json!(two[0]);
            another["messages"][0]["body"] = json!(two.join(" "));
            world.desk_says(&another).await;
        }
        for id in 2..10 {
            world.desk_says(&complaint(&world, id, 40 - u64::from(id))).await;
        }
        world.settles().await;
        heard::flow::watch::run(world.app()).await.unwrap();
        assert_eq!(world.counts("SELECT count(*) FROM spike").await, 0);
    })
    .await;
}

/// A helpdesk that gives its own time without its zone.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_dated_ahead_of_the_clock_is_no_spike_before_it_is_that_late() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let world = World::with_a_past(database, &desk).await;
        for id in 2..7 {
            let mut ahead = complaint(&world, id, 0);
            let at = json!(world.clock.now().plus(std::time::Duration::from_hours(10)).to_string());
            for place in ["created_at", "changed_at"] {
                ahead["ticket"][place] = at.clone();
            }
            ahead["messages"][0]["created_at"] = at;
            world.desk_says(&ahead).await;
        }
        world.settles().await;
        heard::flow::watch::run(world.app()).await.unwrap();
        assert_eq!(world.counts("SELECT count(*) FROM spike").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spike_is_counted_once_however_long_it_goes_on() {
    databases::for_each(async |database| {
        let desk = Desk::start();
        let mut world = World::with_a_past(database, &desk).await;
        for id in 2..6 {
            world.desk_says(&complaint(&world, id, 40 - u64::from(id))).await;
        }
        world.until("the spike is seen", async || world.spike_of(2).await["customer_count"] == 4).await;
        world.settles().await;
        let settings = world.app().settings.clone();
        world.stops().await;
        let kept = Database::open(database).await.unwrap();
        let write = async |statement: &'static str| {
            let mut tx = kept.begin().await.unwrap();
            assert_eq!(tx.query(statement).execute().await.unwrap(), 1, "{statement}");
            tx.commit().await.unwrap();
        };
        // The recorder of this process is every test's, so another Heard on the same database counts for one of its own.
        let recorder = PrometheusBuilder::new().build_recorder();
        let shown = recorder.handle();
        let looks = async || {
            let (app, _) = App::start(settings.clone(), kept.clone(), world.clock.clone()).await.unwrap();
            tokio::task::block_in_place(|| {
                metrics::with_local_recorder(&recorder, || Handle::current().block_on(watch::run(&app)).unwrap());
            });
        };
        let counted = |times: &str| shown.render().lines().any(|line| line == format!("heard_spikes_total {times}"));
        write("DELETE FROM spike").await;
        looks().await;
        assert!(counted("1"), "{}", shown.render());
        write("UPDATE spike SET customers = 3").await;
        looks().await;
        assert!(counted("1"), "it goes on: {}", shown.render());
        // It turns out that the topic most probably belongs to another one.
        let stands_in = "UPDATE topic SET likely_in = (SELECT topic_id FROM link JOIN ticket ON ticket.id = link.ticket_id
            WHERE ticket.external_id = '1') WHERE id = (SELECT topic_id FROM spike)";
        write(stands_in).await;
        write("UPDATE spike SET customers = 3").await;
        looks().await;
        assert!(counted("1"), "of the other one it is said already: {}", shown.render());
        write("UPDATE topic SET likely_in = NULL WHERE likely_in IS NOT NULL").await;
        write("DELETE FROM spike WHERE topic_id = (SELECT topic_id FROM link JOIN ticket ON ticket.id = link.ticket_id
            WHERE ticket.external_id = '1')").await;
        write("UPDATE spike SET last_at = (SELECT min(created_at) FROM ticket), began_at = (SELECT min(created_at) FROM ticket)").await;
        looks().await;
        assert!(counted("2"), "the other one was over long ago: {}", shown.render());
    })
    .await;
}
