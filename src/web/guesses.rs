//! Wrong tokens and passwords: counted, logged once a minute, and slowed down for the address they come from. The right token is
//! never refused, so nobody can lock the owner out.
//!
//! Passwords are chosen by people, so they are slowed down for each account, too, from whatever addresses they come. To compare one
//! takes a processor and memory, right or wrong, so how many are is limited before, for each address and for all together. A browser
//! that somebody has signed in with before counts for itself: it has a cookie that says so, so that whoever guesses keeps nobody out
//! who uses their own machine (OWASP, Slow Down Online Guessing Attacks with Device Cookies).

use std::{
    hash::Hash as Key,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration as CookieDuration},
    web,
};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::{
    base::{
        network::{Network, subscriber},
        random,
        signature::{Hash, hmac, same, sha256},
    },
    flow::{App, passwords::Turn},
    model::id::PersonId,
};

/// How many wrong tokens of one address are answered as such at once, and after that in each minute.
const TRIES: NonZeroU32 = NonZeroU32::MIN.saturating_add(7);
/// Once a limit knows more than this many addresses or accounts, it forgets those that were quiet.
const KNOWN: usize = 10_000;
/// How often the log speaks of them.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// How many passwords are compared for one account at once, and how many more in an hour.
const PASSWORDS_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
const PASSWORDS_AN_HOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
/// How many are compared for one address at once, and how many more in a minute: an office may have one.
const OF_AN_ADDRESS: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);
/// How many are compared at once for all whose browser nobody knows, and how many more in a minute.
const TOGETHER_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
const TOGETHER_A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);
/// The cookie of a browser that somebody has signed in with.
const KNOWN_BROWSER: &str = "heard_known";
/// How long it is one.
const KNOWN_FOR: CookieDuration = CookieDuration::days(180);

/// Whose address is not known counts as one.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What became of a wrong token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongToken {
    /// It is wrong.
    Counted,
    /// This address has to wait before it is told more.
    TooMany,
}

/// Why a password is not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCompared {
    /// Some were too often, for this account or from this address.
    TooOften,
    /// Too many come from everywhere.
    TooMany,
}

/// The wrong tokens of this process, and the passwords that it compared.
pub struct Guesses {
    wrong: LimitForEach<IpAddr>,
    accounts: LimitForEach<[u8; 32]>,
    addresses: LimitForEach<IpAddr>,
    together: DefaultDirectRateLimiter,
    said: Mutex<GuessLog>,
}

/// A limit for each of many.
struct LimitForEach<K: Key + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    /// How many it knows when it next forgets those that were quiet. To look at all of them each time would be a way to keep a
    /// processor busy.
    forgets_at: AtomicUsize,
}

impl<K: Key + Eq + Clone> LimitForEach<K> {
    fn new(quota: Quota) -> Self {
        Self { limiter: RateLimiter::keyed(quota), forgets_at: AtomicUsize::new(KNOWN) }
    }

    /// Counts one; false if it is too many.
    fn check(&self, key: &K) -> bool {
        if self.limiter.len() > self.forgets_at.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            self.forgets_at.store(KNOWN.max(self.limiter.len().saturating_mul(2)), Ordering::Relaxed);
        }
        self.limiter.check_key(key).is_ok()
    }
}

#[derive(Default)]
struct GuessLog {
    last: Option<Instant>,
    unsaid: u64,
}

impl Guesses {
    /// Nobody has guessed yet.
    pub fn new() -> Self {
        let passwords = Quota::per_hour(PASSWORDS_AN_HOUR).allow_burst(PASSWORDS_AT_ONCE);
        Self {
            wrong: LimitForEach::new(Quota::per_minute(TRIES)),
            accounts: LimitForEach::new(passwords),
            addresses: LimitForEach::new(Quota::per_minute(OF_AN_ADDRESS)),
            together: RateLimiter::direct(Quota::per_minute(TOGETHER_A_MINUTE).allow_burst(TOGETHER_AT_ONCE)),
            said: Mutex::default(),
        }
    }

    /// Counts a wrong token of whoever sent this request.
    pub fn wrong(request: &HttpRequest, door: &'static str) -> WrongToken {
        let Some(guesses) = request.app_data::<web::Data<Self>>() else { return WrongToken::Counted };
        guesses.count(caller(request), door)
    }

    /// In whose turn a password is compared for this login. It is asked before anything is computed, and makes no difference whether
    /// anybody has the login.
    pub fn turn(request: &HttpRequest, login: &str) -> Result<Turn, NotCompared> {
        let (Some(guesses), Some(app)) = (request.app_data::<web::Data<Self>>(), request.app_data::<web::Data<App>>())
        else {
            return Err(NotCompared::TooOften);
        };
        let login = login.trim().to_lowercase();
        match request.cookie(KNOWN_BROWSER).filter(|cookie| is_known(app, cookie.value(), &login)) {
            // Every sign-in makes a browser known, and whoever uses one after its owner has the cookie, too.
            Some(browser) => {
                let may_try =
                    guesses.try_account("browser", browser.value()) && guesses.try_account("browsers", &login);
                if may_try { Ok(Turn::Known) } else { Err(NotCompared::TooOften) }
            }
            None => guesses.turn_of_stranger(caller(request), &login),
        }
    }

    /// An address that floods uses up nothing but its own share.
    fn turn_of_stranger(&self, address: Option<IpAddr>, login: &str) -> Result<Turn, NotCompared> {
        let address = subscriber(address.unwrap_or(UNKNOWN));
        if !self.addresses.check(&address) || !self.try_account("login", login) {
            return Err(NotCompared::TooOften);
        }
        if self.together.check().is_ok() { Ok(Turn::Stranger) } else { Err(NotCompared::TooMany) }
    }

    /// Whether the password of somebody who is signed in is compared, or was too often.
    pub fn may_try(request: &HttpRequest, person: PersonId) -> bool {
        let guesses = request.app_data::<web::Data<Self>>();
        guesses.is_some_and(|guesses| guesses.try_account("change", &person.to_string()))
    }

    /// The kind keeps a login from counting as what it was made to look like.
    fn try_account(&self, kind: &str, who: &str) -> bool {
        self.accounts.check(&sha256(&[kind.as_bytes(), b":", who.as_bytes()]))
    }

    fn count(&self, address: Option<IpAddr>, door: &'static str) -> WrongToken {
        metrics::counter!("heard_wrong_tokens_total", "door" => door).increment(1);
        if let Some(guesses) = self.to_log() {
            let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
            tracing::warn!(guesses, %address, "Somebody used a wrong token or password; this was the last address");
        }
        let address = subscriber(address.unwrap_or(UNKNOWN));
        if self.wrong.check(&address) { WrongToken::Counted } else { WrongToken::TooMany }
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
fn caller(request: &HttpRequest) -> Option<IpAddr> {
    let proxies = request.app_data::<web::Data<App>>().map(|app| app.settings.trusted_proxies.as_slice());
    let peer = request.peer_addr()?.ip().to_canonical();
    let lines: Vec<&str> = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok()).collect();
    Some(forwarded(peer, &lines, proxies.unwrap_or_default()))
}

/// From which address somebody calls, as it is written down.
pub fn address_of(request: &HttpRequest) -> Option<String> {
    caller(request).map(|address| address.to_string())
}

/// The cookie of a browser in which somebody with this login has just signed in; none if the system gives no randomness.
pub fn known_browser(app: &App, login: &str, secure: bool) -> Option<Cookie<'static>> {
    let chance = random::token().ok()?;
    let value = format!("{chance}.{}", hex::encode(mark(app, &chance, login)));
    let cookie = Cookie::build(KNOWN_BROWSER, value).path("/login").http_only(true).same_site(SameSite::Strict);
    Some(cookie.secure(secure).max_age(KNOWN_FOR).finish())
}

fn is_known(app: &App, cookie: &str, login: &str) -> bool {
    let Some((chance, sign)) = cookie.split_once('.') else { return false };
    // As it was written: each is counted by its text, and digits in base 16 may be small or large.
    same(sign.as_bytes(), hex::encode(mark(app, chance, login)).as_bytes())
}

fn mark(app: &App, chance: &str, login: &str) -> Vec<u8> {
    let parts: [&[u8]; 4] = [b"known:", chance.as_bytes(), b":", login.as_bytes()];
    hmac(Hash::Sha256, app.keys.admin.expose().as_bytes(), &parts)
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
    fn an_account_at_which_somebody_keeps_guessing_waits_and_others_do_not() {
        let guesses = Guesses::new();
        assert!((0..PASSWORDS_AT_ONCE.get()).all(|_| guesses.try_account("login", "maya@acme.test")));
        assert!(!guesses.try_account("login", "maya@acme.test"));
        assert!(guesses.try_account("login", "ben@acme.test") && guesses.try_account("browser", "maya@acme.test"));
    }

    #[test]
    fn an_address_has_its_share_of_passwords_and_all_together_have_theirs() {
        let guesses = Guesses::new();
        let of = |address: &str, login: u32| guesses.turn_of_stranger(Some(ip(address)), &login.to_string());
        assert!((0..OF_AN_ADDRESS.get()).all(|login| of("10.0.0.1", login) == Ok(Turn::Stranger)));
        assert_eq!(of("10.0.0.1", 1_000), Err(NotCompared::TooOften), "whatever login it tries");
        assert_eq!(of("10.0.0.2", 1_000), Ok(Turn::Stranger));
        let left = TOGETHER_AT_ONCE.get() - OF_AN_ADDRESS.get();
        let come: Vec<_> = (0..left * 2).map(|nth| of(&format!("10.0.1.{nth}"), 2_000 + nth)).collect();
        assert_eq!(come.last(), Some(&Err(NotCompared::TooMany)), "from ever new addresses");
    }

    #[test]
    fn who_was_quiet_is_not_looked_for_at_each_of_many() {
        let guesses = Guesses::new();
        assert!((0..=KNOWN + 1).all(|nth| guesses.try_account("login", &nth.to_string())));
        assert_eq!(guesses.accounts.forgets_at.load(Ordering::Relaxed), 2 * (KNOWN + 1), "nobody was");
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
