//! The way of a complaint in rough weather: whatever is lost, doubled, late, limited, half answered, taken back or merged
//! on the way, each customer is told once, truly, and nothing private leaves (G2 to G7, G10, G11).
//!
//! Each seed is a story of its own, drawn by lot: its weather, and what people do meanwhile. `HEARD_SEEDS=1000` plays
//! that many on each database, `HEARD_SEED=7` begins with that one; the seed of a story that fails is printed.

mod people;
mod story;

use std::sync::Arc;

use tokio::{runtime::Builder, sync::Semaphore, task::JoinSet};

use crate::{chance::number, databases};

/// How many stories are played on each database, unless the environment says more.
const STORIES: u64 = 6;
/// How many are played at once, unless the environment (`HEARD_AT_ONCE`) says more: most of the time each of them waits.
const AT_ONCE: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_weather_each_customer_is_told_once_and_truly() {
    let first = number("HEARD_SEED").unwrap_or(1);
    let stories = number("HEARD_SEEDS").unwrap_or(STORIES);
    let at_once = number("HEARD_AT_ONCE").unwrap_or(AT_ONCE);
    let turns = Arc::new(Semaphore::new(usize::try_from(at_once).unwrap()));
    let mut playing = JoinSet::new();
    let mut failed = 0;
    for seed in first..first + stories {
        for database in databases::each() {
            let turn = Arc::clone(&turns).acquire_owned().await.unwrap();
            // On a thread and a runtime of its own: what stories wait for may not leave its thread, and what a story's world
            // still does ends with its runtime.
            playing.spawn_blocking(move || {
                let _turn = turn;
                let _seed = Seed(seed, database.name);
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(story::plays(seed, &database.url));
            });
        }
        while let Some(ended) = playing.try_join_next() {
            failed += u64::from(ended.is_err());
        }
    }
    while let Some(ended) = playing.join_next().await {
        failed += u64::from(ended.is_err());
    }
    assert_eq!(failed, 0, "of {} stories fail: what fails and their seeds stand above", stories * 2);
}

/// Says how to play the story again, if it fails.
struct Seed(u64, &'static str);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("On {}: HEARD_SEED={} HEARD_SEEDS=1 plays this story again.", self.1, self.0);
        }
    }
}
