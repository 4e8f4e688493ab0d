//! Wrong admin tokens: counted, logged once a minute, and slowed down for the address they come from. The right token is
//! never refused, so nobody can lock the owner out.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::Mutex,
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, web};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::{
    base::network::{Network, subscriber},
    flow::App,
};

/// How many wrong tokens of one address are answered as such at once, and after that in each minute.
const TRIES: NonZeroU32 = NonZeroU32::MIN.saturating_add(7);
/// Once the limit knows this many addresses, it forgets those that were quiet.
const ADDRESSES: usize = 10_000;
/// How often the log speaks of them.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// What became of a wrong token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongToken {
    /// It is wrong.
    Counted,
    /// This address has to wait before it is told more.
    TooMany,
}

/// The wrong tokens of this process.
pub struct Guesses {
    limit: DefaultKeyedRateLimiter<IpAddr>,
    said: Mutex<GuessLog>,
}

#[derive(Default)]
struct GuessLog {
    last: Option<Instant>,
    unsaid: u64,
}

impl Guesses {
    /// Nobody has guessed yet.
    pub fn new() -> Self {
        Self { limit: RateLimiter::keyed(Quota::per_minute(TRIES)), said: Mutex::default() }
    }

    /// Counts a wrong token of whoever sent this request.
    pub fn wrong(request: &HttpRequest, door: &'static str) -> WrongToken {
        let Some(guesses) = request.app_data::<web::Data<Self>>() else { return WrongToken::Counted };
        let proxies = request.app_data::<web::Data<App>>().map(|app| app.settings.trusted_proxies.as_slice());
        guesses.count(caller(request, proxies.unwrap_or_default()), door)
    }

    fn count(&self, address: Option<IpAddr>, door: &'static str) -> WrongToken {
        metrics::counter!("heard_wrong_tokens_total", "door" => door).increment(1);
        if let Some(guesses) = self.to_log() {
            let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
            tracing::warn!(guesses, %address, "Somebody used a wrong admin token; this was the last address");
        }
        if self.limit.len() > ADDRESSES {
            self.limit.retain_recent();
        }
        let key = subscriber(address.unwrap_or(IpAddr::from([0, 0, 0, 0])));
        if self.limit.check_key(&key).is_ok() { WrongToken::Counted } else { WrongToken::TooMany }
    }

    /// How many there were since the log spoke of them, if it is time to speak again.
    fn to_log(&self) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        said.unsaid += 1;
        if said.last.is_some_and(|last| last.elapsed() < LOG_EVERY) {
            return None;
        }
        said.last = Some(Instant::now());
        Some(std::mem::take(&mut said.unsaid))
    }
}

/// Who called: the address of the connection, or where that is a trusted proxy, the last one in `X-Forwarded-For` that is
/// none. What stands before that could have been written by anybody.
fn caller(request: &HttpRequest, proxies: &[Network]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let lines: Vec<&str> = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok()).collect();
    Some(forwarded(peer, &lines, proxies))
}

fn forwarded(peer: IpAddr, lines: &[&str], proxies: &[Network]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut nearest = peer;
    for said in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_proxy(nearest) {
            break;
        }
        // What is no address ends the walk: whoever wrote it may have written the rest too.
        let Some(before) = address(said.trim()) else { break };
        nearest = before;
    }
    nearest
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').split(']').next().unwrap_or_default();
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|with_port| with_port.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_that_keeps_guessing_has_to_wait_and_others_do_not() {
        let guesses = Guesses::new();
        let of = |address: &str| guesses.count(Some(ip(address)), "api");
        assert!((0..TRIES.get()).all(|_| of("10.0.0.1") == WrongToken::Counted));
        assert_eq!(of("10.0.0.1"), WrongToken::TooMany);
        assert_eq!(of("10.0.0.2"), WrongToken::Counted);
        assert!((0..TRIES.get()).all(|nth| of(&format!("2001:db8::{nth}")) == WrongToken::Counted));
        assert_eq!(of("2001:db8::ffff"), WrongToken::TooMany, "another address of the same subscriber");
    }

    #[test]
    fn the_log_speaks_of_guesses_once_a_minute() {
        let guesses = Guesses::new();
        assert_eq!(guesses.to_log(), Some(1));
        assert_eq!(guesses.to_log(), None);
        guesses.said.lock().unwrap().last = Instant::now().checked_sub(LOG_EVERY);
        assert_eq!(guesses.to_log(), Some(2), "with all that there were meanwhile");
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_speaks() {
        let trusted: Vec<Network> = ["10.0.0.0/8", "fd00::/8"].into_iter().filter_map(Network::parse).collect();
        let of = |peer: &str, lines: &[&str], proxies: &[Network]| forwarded(ip(peer), lines, proxies);
        assert_eq!(of("10.0.0.1", &["203.0.113.9"], &trusted), ip("203.0.113.9"));
        assert_eq!(of("10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.2.3.4"], &trusted), ip("203.0.113.9"));
        assert_eq!(of("10.0.0.1", &["6.6.6.6", "203.0.113.9"], &trusted), ip("203.0.113.9"), "in two lines");
        assert_eq!(of("10.0.0.1", &["203.0.113.9:4711"], &trusted), ip("203.0.113.9"));
        assert_eq!(of("10.0.0.1", &["[2001:db8::1]:4711"], &trusted), ip("2001:db8::1"));
        assert_eq!(of("203.0.113.9", &["6.6.6.6"], &trusted), ip("203.0.113.9"), "who is no proxy speaks for itself");
        assert_eq!(of("10.0.0.1", &["6.6.6.6"], &[]), ip("10.0.0.1"), "no proxy is trusted by itself");
        assert_eq!(of("10.0.0.1", &["6.6.6.6, unknown"], &trusted), ip("10.0.0.1"));
        assert_eq!(of("10.0.0.1", &[], &trusted), ip("10.0.0.1"));
    }
}
