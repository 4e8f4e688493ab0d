//! Asking for a page again and again, as somebody who signed in or as a program with a token.

use std::time::{Duration, Instant};

use super::{AIM, routes, service::TOKEN};

/// A page is asked for so often,
const TIMES: usize = 100;
/// or so often at least, until that took this time. What takes longer than all of it is asked for no more than that.
const FEWEST_TIMES: usize = 5;
const LONG_ENOUGH: Duration = Duration::from_secs(5);
/// A list that is written as a whole is asked for so often.
const TIMES_WHOLE: usize = 3;
/// Nobody waits longer for an answer.
const GIVES_UP: Duration = Duration::from_mins(2);

/// What was seen of a page.
pub struct Asked {
    pub address: String,
    /// The status of the last answer; 0 if there was none.
    pub status: u16,
    pub bytes: usize,
    /// Sorted.
    pub times: Vec<Duration>,
    /// Whether it is a list without an end, for which there is no aim.
    pub is_whole: bool,
}

impl Asked {
    fn at(&self, percent: usize) -> Duration {
        let place = (self.times.len() * percent).div_ceil(100).saturating_sub(1);
        self.times.get(place).copied().unwrap_or(GIVES_UP)
    }

    /// Whether it misses the aim.
    pub fn is_slow(&self) -> bool {
        !self.is_whole && self.at(99) > AIM
    }

    /// Its row in the table.
    pub fn line(&self, statements: &str) -> String {
        let millis = |span: Duration| format!("{:.1} ms", span.as_secs_f64() * 1_000.0);
        let [p50, p99, longest] = [50, 99, 100].map(|percent| millis(self.at(percent)));
        let p99 = if self.is_slow() { format!("**{p99}**") } else { p99 };
        format!(
            "| `{}` | {} | {p50} | {p99} | {longest} | {} | {statements} |",
            self.address.replace('|', "\\|"),
            self.status,
            self.bytes
        )
    }
}

/// Who asks.
pub struct Visitor {
    http: reqwest::Client,
    url: String,
    cookie: String,
}

impl Visitor {
    /// Signs in with the admin token.
    pub async fn sign_in(url: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "who asks is not Heard")]
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(GIVES_UP);
        let http = http.build().unwrap();
        let entry = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", TOKEN).finish();
        let entered = http
            .post(format!("{url}/login"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(entry)
            .send()
            .await
            .expect("an answer to signing in");
        let cookie = entered.headers().get("set-cookie").expect("a session").to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self { http, url: url.to_owned(), cookie }
    }

    /// Asks once and reads all of the answer: its status and its length.
    pub async fn ask(&self, address: &str) -> Option<(u16, usize)> {
        let request = self.http.get(format!("{}{address}", self.url));
        let by_token = address.starts_with("/api/") || address == "/metrics";
        let request = if by_token { request.bearer_auth(TOKEN) } else { request.header("cookie", &self.cookie) };
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.bytes().await.ok()?.len()))
    }

    /// Asks again and again.
    pub async fn asks(&self, route: &str, address: String) -> Asked {
        let is_whole = routes::is_whole(route);
        let most = if is_whole { TIMES_WHOLE } else { TIMES };
        let (mut status, mut bytes) = self.ask(&address).await.unwrap_or_default();
        let mut times = Vec::with_capacity(most);
        let begun = Instant::now();
        while times.len() < most && (times.len() < FEWEST_TIMES || begun.elapsed() < LONG_ENOUGH) {
            let asked = Instant::now();
            (status, bytes) = self.ask(&address).await.unwrap_or_default();
            times.push(asked.elapsed());
        }
        times.sort_unstable();
        Asked { address, status, bytes, times, is_whole }
    }
}
