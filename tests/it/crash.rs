//! `kill -9` at any moment: the same end as without it, nothing twice, nothing missing (G1, G3, G4, G10).
//!
//! One bug is played undisturbed; the others, each interrupted again and again, have to end exactly as it did. The moments
//! are drawn by lot from a seed, counted in requests that Heard makes, and fall between an effect and its answer as well.

mod crowd;
mod inside;
mod lot;
pub mod process;

pub mod scene;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use heard::store::{Session as _, failures};
use serde_json::Value;
use simulator::Delivery;
use tokio::task::JoinHandle;

use crate::{
    chance::Chance,
    databases,
    world::{ADMIN, browserless},
};
use inside::Inside;
use process::Process;
use scene::{BUGS, Journey, Scene};

/// How often it is killed on each database.
const KILLS: usize = 20;
/// At the latest so long after it has started.
const LATEST: Duration = Duration::from_millis(1_500);
/// The most requests that it makes before it is killed.
const REQUESTS: u64 = 24;
/// The most of them that write.
const WRITES: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times_heard_ends_where_it_would_have_ended() {
    let mut chance = Chance::seeded(20_261_122);
    for database in databases::each() {
        eprintln!("on {}", database.name);
        plays_to_the_same_end(&database.url, &mut chance).await;
    }
}

async fn plays_to_the_same_end(database: &str, chance: &mut Chance) {
    let scene = Scene::new();
    let mut heard = Process::prepare(|listen| scene.settings(listen, database));
    scene.helpdesk.send_webhooks_to(&format!("{}/hooks/acme", heard.url));
    scene.github.send_webhooks_to(&format!("{}/hooks/github", heard.url));
    heard.starts().await;
    let seen = Seen { scene: Arc::clone(&scene), inside: Inside::of(database).await };

    let undisturbed = scene.is_reported(BUGS[0]);
    seen.waits_for(tokio::spawn(walk(&scene, &undisturbed)), &heard).await;
    seen.inside.rests(&heard).await;

    let mut journeys = vec![undisturbed];
    let mut under_way = Vec::new();
    let bugs = &BUGS[1..];
    for (place, bug) in bugs.iter().enumerate() {
        let kills = (KILLS * (place + 1) / bugs.len()) - (KILLS * place / bugs.len());
        // Once it is down for so long that the senders give up: only the sweep at its start can know of these tickets.
        let unheard = place == bugs.len() / 2;
        if unheard {
            heard.is_killed();
        }
        let journey = scene.is_reported(bug);
        journeys.push(journey.clone());
        if unheard {
            scene.webhooks_settle().await;
            heard.starts().await;
        }
        under_way.push(tokio::spawn(walk(&scene, &journey)));
        for _ in usize::from(unheard)..kills {
            moment(&scene, chance).await;
            heard.is_killed();
            heard.starts().await;
        }
    }
    for people in under_way {
        seen.waits_for(people, &heard).await;
    }
    seen.inside.rests(&heard).await;
    scene.webhooks_settle().await;
    seen.inside.rests(&heard).await;

    let usual = seen.end_of(&heard, &journeys[0]).await;
    assert_eq!(usual.replies, [1, 1]);
    for journey in &journeys[1..] {
        assert_eq!(seen.end_of(&heard, journey).await, usual, "{:?}, killed on its way", journey.subject);
    }
    assert_eq!(scene.github.issues_filed_by_heard(), journeys.len());
    seen.nothing_was_lost().await;
    for found in ["Found the issue whose", "Found the reply whose", "Took up what a process"] {
        eprintln!("{found} ...: {} times", heard.has_said(found));
    }
    heard.stops().await;
}

/// What people do about a bug, while whatever happens to Heard happens.
fn walk(scene: &Arc<Scene>, journey: &Journey) -> impl Future<Output = ()> + Send + use<> {
    let (scene, journey) = (Arc::clone(scene), journey.clone());
    async move { scene.is_seen_through(&journey).await }
}

/// The next moment that the lot draws: so many requests of Heard's later, or when it seems to have nothing to do.
async fn moment(scene: &Scene, chance: &mut Chance) {
    // Every other time it is a write, which is answered later than it is done.
    let (count, most): (fn(&Scene) -> usize, u64) =
        if chance.below(2) == 0 { (Scene::writes, WRITES) } else { (Scene::calls, REQUESTS) };
    let end = count(scene) + usize::try_from(chance.below(most)).unwrap() + 1;
    let begun = Instant::now();
    while count(scene) < end && begun.elapsed() < LATEST {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// What notes about steps on the way to a release say.
const ON_THE_WAY: [&str; 2] = ["was escalated to engineering", "merged is not shipped"];

/// Where a bug's way has led, in what people can see.
#[derive(Debug, PartialEq, Eq)]
struct End {
    replies: [usize; 2],
    /// But for those about a step on the way: one that better news overtook is not noted any more.
    notes: [usize; 2],
    tags: [BTreeSet<String>; 2],
    /// State, reason and comments of each issue.
    issues: Vec<(String, Option<String>, usize)>,
    state: Value,
    customers: Value,
    told: Value,
    /// In the order of their names: GitHub's clock knows no fractions of a second.
    steps: Vec<String>,
}

/// What can be looked at from outside.
struct Seen {
    scene: Arc<Scene>,
    inside: Inside,
}

impl Seen {
    async fn end_of(&self, heard: &Process, journey: &Journey) -> End {
        let desk = &self.scene.helpdesk;
        for ticket in journey.tickets {
            let notes: Vec<String> = desk.notes_by_heard(ticket).into_iter().map(|note| note.plain_body).collect();
            let different: BTreeSet<&String> = notes.iter().collect();
            assert_eq!(different.len(), notes.len(), "a note stands twice in {:?}: {notes:#?}", journey.subject);
        }
        let topic = topic_of(heard, journey.tickets[0]).await;
        assert_eq!(topic_of(heard, journey.tickets[1]).await["id"], topic["id"], "{:?}", journey.subject);
        let issues = self.scene.issues_of(journey).into_iter();
        let steps = topic["milestones"].as_array().unwrap().iter();
        let steps = steps.map(|step| step["kind"].as_str().unwrap().to_owned());
        let mut steps: Vec<String> = steps.filter(|step| step != "in_progress").collect();
        steps.sort_unstable();
        End {
            replies: journey.tickets.map(|ticket| desk.replies_by_heard(ticket).len()),
            notes: journey.tickets.map(|ticket| {
                let notes = desk.notes_by_heard(ticket).into_iter().map(|note| note.plain_body);
                notes.filter(|note| !ON_THE_WAY.iter().any(|step| note.contains(step))).count()
            }),
            tags: journey.tickets.map(|ticket| desk.ticket(ticket).unwrap().tags),
            issues: issues.map(|issue| (issue.state.to_owned(), issue.state_reason, issue.comments.len())).collect(),
            state: topic["state"].clone(),
            customers: topic["customer_count"].clone(),
            told: topic["updates"].clone(),
            steps,
        }
    }

    async fn waits_for(&self, people: JoinHandle<()>, heard: &Process) {
        if let Err(failed) = people.await {
            panic!("{failed}\n{}\n{}", self.inside.troubles().await, heard.last_words());
        }
    }

    /// What was acknowledged is there (G1), and nothing waits for a person (G11).
    async fn nothing_was_lost(&self) {
        let mut conn = self.inside.database.read().await.unwrap();
        let stored = conn.query("SELECT body FROM delivery").all::<(Vec<u8>,)>().await.unwrap();
        let stored: BTreeSet<&[u8]> = stored.iter().map(|(body,)| body.as_ref()).collect();
        let sent: Vec<Delivery> =
            [self.scene.helpdesk.hooks().log(), self.scene.github.hooks().log()].into_iter().flatten().collect();
        let is_acknowledged = |sent: &&Delivery| sent.attempts.iter().any(|attempt| attempt.outcome == Ok(202));
        let acknowledged: Vec<&Delivery> = sent.iter().filter(is_acknowledged).collect();
        let lost = sent.len() - acknowledged.len();
        eprintln!("{} webhooks were acknowledged, {lost} never arrived", acknowledged.len());
        assert!(lost > 0, "no webhook was lost, so nothing shows that the sweep makes up for it");
        // Once it was read it is kept without the keys to customers' pages, and without what our issues quote.
        let key = regex::bytes::Regex::new("/c/[A-Za-z0-9_-]{43}").unwrap();
        let section = regex::bytes::Regex::new("(?s-u)(<!-- heard:begin -->).*?(<!-- heard:end -->)").unwrap();
        for delivery in acknowledged {
            let masked = key.replace_all(&delivery.body, b"/c/PAGE-TOKEN");
            let masked = section.replace_all(&masked, &b"${1}${2}"[..]);
            let is_kept = stored.contains(delivery.body.as_slice()) || stored.contains(masked.as_ref());
            assert!(is_kept, "{} was acknowledged and is gone", delivery.event);
        }
        let given_up = failures::list(&mut conn, 100).await.unwrap();
        assert!(given_up.is_empty(), "{given_up:#?}");
    }
}

async fn topic_of(heard: &Process, ticket: u64) -> Value {
    let get = async |path: String| {
        let request = browserless().get(format!("{}{path}", heard.url)).bearer_auth(ADMIN);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path} answered {}", answer.status());
        serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap()
    };
    let found = get(format!("/api/v1/tickets?connection=acme&external_id={ticket}")).await;
    let topic = found["tickets"][0]["topic"].as_str().unwrap_or_else(|| panic!("ticket {ticket} has no topic"));
    get(format!("/api/v1/topics/{topic}")).await
}
