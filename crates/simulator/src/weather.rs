//! Rough weather: what vendors do on bad days, drawn by lot from a seed.
//!
//! Each behaviour names the public report of it, or is called a guess. What happens to the nth request of one kind (its
//! method and path) depends on the seed, the kind and n only, so that requests that overtake each other do not change it.
//!
//! Invariant: no kind of request fails more than [`STREAK`] times in a row, so whoever tries again gets through.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use super::failure::Failure;
use super::random::Random;

/// How often one kind of request fails in a row, at most.
const STREAK: u32 = 2;
/// How many of a hundred requests that read, that write, and how many webhooks meet something.
const READS: u64 = 12;
const WRITES: u64 = 30;
const WEBHOOKS: u64 = 35;
/// How long a slow answer takes.
const SLOW: Duration = Duration::from_millis(25);

/// How often requests of one kind came, and failed in a row.
#[derive(Default)]
struct Kind {
    came: u64,
    streak: u32,
}

/// The weather over one vendor.
pub(super) struct Weather {
    seed: u64,
    kinds: HashMap<String, Kind>,
}

/// What happens to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WebhookFate {
    /// It is sent.
    Sent,
    /// It is never sent (yegor256/datum#133, oxidecomputer/buildomat#109).
    Lost,
    /// It is sent once so many later ones have overtaken it (google/go-github#2706, remind101/slashdeploy#97).
    Overtaken(usize),
    /// It is sent, and once more after so many later ones (unkeyed/unkey#4899, zammad/zammad#5841).
    Twice(usize),
}

impl Weather {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, kinds: HashMap::new() }
    }

    /// What happens to the next request of this kind. `None` is fair weather.
    pub(super) fn request(&mut self, method: &str, path: &str) -> Option<Failure> {
        let mut lot = self.lot(&format!("{method} {path}"));
        // Queries of GraphQL are posted, but they read.
        let reads = method == "GET" || path.ends_with("/graphql");
        let meets = lot.next() % 100 < if reads { READS } else { WRITES };
        let kind = self.kinds.entry(format!("{method} {path}")).or_default();
        if !meets || kind.streak >= STREAK {
            kind.streak = 0;
            return None;
        }
        kind.streak += 1;
        Some(if reads { read(&mut lot, path) } else { write(&mut lot) })
    }

    /// What happens to the next webhook about an event.
    pub(super) fn webhook(&mut self, event: &str) -> WebhookFate {
        let mut lot = self.lot(event);
        if lot.next() % 100 >= WEBHOOKS {
            return WebhookFate::Sent;
        }
        let later = usize::try_from(lot.next() % 4).unwrap_or(0) + 1;
        match lot.next() % 3 {
            0 => WebhookFate::Lost,
            1 => WebhookFate::Overtaken(later),
            _ => WebhookFate::Twice(later),
        }
    }

    fn lot(&mut self, kind: &str) -> Random {
        let came = &mut self.kinds.entry(kind.to_owned()).or_default().came;
        *came += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, kind, *came).hash(&mut hasher);
        Random::new(hasher.finish())
    }
}

fn read(lot: &mut Random, path: &str) -> Failure {
    if path.ends_with("/graphql") && lot.next().is_multiple_of(2) {
        // A 200 without data (github/docs#22607).
        return Failure::Says(
            r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#.into(),
        );
    }
    match lot.next() % 7 {
        // MeltanoLabs/tap-github#54.
        0 => Failure::Status(502),
        // A timeout of the way there (zammad/zammad#3381).
        1 => Failure::Reset,
        2 => Failure::ResponseCut,
        3 => Failure::RetryAfter(429, 1),
        // What is behind a webhook is not there yet (rust-lang/highfive#190, python/the-knights-who-say-ni#86).
        4 if ["/pulls/", "/commits/", "/compare/"].iter().any(|part| path.contains(part)) => Failure::Status(404),
        // A gateway's page; that it comes with 200 is a guess.
        5 => Failure::Garbage,
        _ => Failure::Slow(SLOW),
    }
}

fn write(lot: &mut Random) -> Failure {
    match lot.next() % 8 {
        // The comment is there, and the answer says 500 (probot/probot#921).
        0 => Failure::EffectThenStatus(500),
        1 => Failure::EffectThenStatus(504),
        2 => Failure::ResponseLost,
        3 => Failure::ResponseCut,
        4 => Failure::Reset,
        // A limit says for how long, and now and then with a 403 (peter-evans/create-pull-request#855).
        5 => Failure::RetryAfter(if lot.next().is_multiple_of(2) { 429 } else { 403 }, 1),
        6 => Failure::Status(503),
        _ => Failure::Slow(SLOW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_seed_drew_once_it_draws_again_whatever_comes_between() {
        let drawn = |others: usize| {
            let mut weather = Weather::new(7);
            let mut drawn = Vec::new();
            for _ in 0..50 {
                for other in 0..others {
                    weather.request("GET", &format!("/other/{other}"));
                }
                drawn.push(weather.request("PUT", "/api/v2/tickets/1"));
            }
            drawn
        };
        assert_eq!(drawn(0), drawn(3));
        assert!(drawn(0).iter().any(Option::is_some));
    }

    #[test]
    fn whoever_tries_again_gets_through() {
        for seed in 0..200 {
            let mut weather = Weather::new(seed);
            let tries = (0..9).take_while(|_| weather.request("POST", "/repos/acme/product/issues").is_some()).count();
            assert!(tries <= STREAK as usize, "{tries} failures in a row with seed {seed}");
        }
    }

    #[test]
    fn webhooks_are_lost_overtaken_and_doubled() {
        let mut weather = Weather::new(1);
        let fates: Vec<WebhookFate> = (0..300).map(|_| weather.webhook("ticket.created")).collect();
        let some = |is: fn(&WebhookFate) -> bool| fates.iter().any(is);
        assert!(some(|fate| *fate == WebhookFate::Sent) && some(|fate| *fate == WebhookFate::Lost));
        assert!(some(|fate| matches!(fate, WebhookFate::Overtaken(_))));
        assert!(some(|fate| matches!(fate, WebhookFate::Twice(_))));
    }
}
