//! The webhooks that a simulator sends: in order, signed when they leave, logged with every attempt.
//!
//! They can be lost, held back, delivered again or shuffled on request. One task sends them one after the other; only
//! repeated attempts overtake.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};

use super::clock::Clock;
use super::lock::locked;
use super::post::post;
use super::random::Random;
use super::weather::{Weather, WebhookFate};

/// Returns the headers that authenticate a delivery: (delivery, secret, now in microseconds).
pub(super) type Signer = fn(&Delivery, &str, i64) -> Vec<(String, String)>;

/// Says how long to wait before another attempt, or `None` to give up: (attempts so far, last one, `Retry-After`).
pub(super) type RetryPolicy = fn(usize, &Attempt, Option<u64>) -> Option<Duration>;

/// A webhook to be sent.
#[derive(Debug, Clone)]
pub(super) struct WebhookDraft {
    pub(super) guid: String,
    pub(super) event: String,
    /// Headers that do not depend on the secret.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// One webhook as it was sent, and how its attempts went.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Counts up from 1 over all deliveries of the simulator.
    pub id: u64,
    /// The vendor's id of the delivery. A redelivery keeps it.
    pub guid: String,
    /// What happened: `zen:event-type:ticket.created`, `issues.opened`.
    pub event: String,
    /// The headers apart from the signature.
    pub headers: Vec<(String, String)>,
    /// The bytes that were signed.
    pub body: Vec<u8>,
    /// Whether it repeats an earlier one.
    pub redelivery: bool,
    /// When it was first sent, in microseconds of the simulator's clock. `None` while it waits or is held.
    pub(crate) sent_at: Option<i64>,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt to deliver a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The status that came back, or why none did.
    pub outcome: Result<u16, String>,
}

#[derive(Clone)]
struct HookTarget {
    url: String,
    secret: String,
}

#[derive(Default)]
struct HooksState {
    target: Option<HookTarget>,
    log: Vec<Delivery>,
    dropping: bool,
    holding: bool,
    held: Vec<u64>,
    weather: Option<Weather>,
    /// What is late, and by how many later ones it is still to be overtaken.
    late: Vec<(u64, usize)>,
}

struct Sender {
    clock: Clock,
    signer: Signer,
    retry: RetryPolicy,
    state: Mutex<HooksState>,
    /// Deliveries that are queued or being sent.
    open: AtomicUsize,
    quiet: Notify,
}

/// The webhooks of one simulator.
pub struct Hooks {
    shared: Arc<Sender>,
    queue: mpsc::UnboundedSender<u64>,
}

/// How long a receiver may take. Both vendors document ten seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Hooks {
    /// Starts the sender on this runtime.
    pub(super) fn start(runtime: &Handle, clock: Clock, signer: Signer, retry: RetryPolicy) -> Self {
        let shared = Arc::new(Sender {
            clock,
            signer,
            retry,
            state: Mutex::default(),
            open: AtomicUsize::new(0),
            quiet: Notify::new(),
        });
        let (queue, mut waiting) = mpsc::unbounded_channel();
        let sender = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Some(id) = waiting.recv().await {
                send(&sender, id).await;
            }
        });
        Self { shared, queue }
    }

    /// Sends webhooks to this loopback address, signed with this secret, from now on.
    pub(super) fn send_to(&self, url: &str, secret: &str) {
        locked(&self.shared.state).target = Some(HookTarget { url: url.to_owned(), secret: secret.to_owned() });
    }

    /// Sends no webhooks from now on: there is none.
    pub(super) fn send_nowhere(&self) {
        locked(&self.shared.state).target = None;
    }

    /// Loses every webhook while on, as if the vendor had never sent it. It is not even logged.
    pub fn drop_all(&self, on: bool) {
        locked(&self.shared.state).dropping = on;
    }

    /// Loses, doubles and delays webhooks, as follows from `seed`.
    pub(super) fn rough(&self, seed: u64) {
        locked(&self.shared.state).weather = Some(Weather::new(seed));
    }

    /// The weather is fair again, and what is late is sent.
    pub(super) fn fair(&self) {
        let late = {
            let mut state = locked(&self.shared.state);
            state.weather = None;
            std::mem::take(&mut state.late)
        };
        for (id, _) in late {
            self.enqueue(id);
        }
    }

    /// Holds webhooks back until they are released.
    pub fn hold(&self) {
        locked(&self.shared.state).holding = true;
    }

    /// Sends what was held back, in order, and stops holding.
    pub fn release(&self) {
        self.let_go(|_| {});
    }

    /// Sends what was held back, in an order that follows from `seed`, and stops holding.
    pub fn release_shuffled(&self, seed: u64) {
        self.let_go(|held| Random::new(seed).shuffle(held));
    }

    /// Sends every webhook so far `times` more, in an order that follows from `seed`.
    /// A redelivery keeps its id and its bytes, as with the vendors.
    pub fn redeliver_all(&self, times: usize, seed: u64) {
        let first: Vec<u64> = {
            let state = locked(&self.shared.state);
            state.log.iter().filter(|sent| !sent.redelivery).map(|sent| sent.id).collect()
        };
        let mut ids = first.repeat(times);
        Random::new(seed).shuffle(&mut ids);
        for id in ids {
            self.redeliver(id);
        }
    }

    /// Sends one webhook again. Returns the id of the new delivery, `None` if there was no such webhook.
    pub fn redeliver(&self, id: u64) -> Option<u64> {
        let original = locked(&self.shared.state).log.get(place_of(id)?).cloned()?;
        let new = self.enter(original.guid, original.event, original.headers, original.body, true);
        self.enqueue(new);
        Some(new)
    }

    /// Every webhook so far, in the order in which they were caused.
    pub fn log(&self) -> Vec<Delivery> {
        locked(&self.shared.state).log.clone()
    }

    /// Whether nothing is queued or being sent. What is held back or late does not count.
    pub fn is_quiet(&self) -> bool {
        self.shared.open.load(Ordering::SeqCst) == 0
    }

    /// Waits until nothing is queued or being sent. What is held back does not count.
    pub async fn settled(&self) {
        loop {
            let quiet = self.shared.quiet.notified();
            if self.shared.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            quiet.await;
        }
    }

    pub(super) fn send(&self, draft: WebhookDraft) {
        {
            let state = locked(&self.shared.state);
            if state.dropping || state.target.is_none() {
                return;
            }
        }
        let fate = {
            let mut state = locked(&self.shared.state);
            state.weather.as_mut().map_or(WebhookFate::Sent, |weather| weather.webhook(&draft.event))
        };
        let again = matches!(fate, WebhookFate::Twice(_)).then(|| draft.clone());
        let id = self.enter(draft.guid, draft.event, draft.headers, draft.body, false);
        self.goes(id, fate);
        if let (Some(again), WebhookFate::Twice(later)) = (again, fate) {
            let id = self.enter(again.guid, again.event, again.headers, again.body, true);
            self.goes(id, WebhookFate::Overtaken(later));
        }
    }

    /// Sends a webhook as its fate says, and what it is the last one to overtake.
    fn goes(&self, id: u64, fate: WebhookFate) {
        let mut state = locked(&self.shared.state);
        match fate {
            WebhookFate::Lost => return,
            WebhookFate::Overtaken(later) => {
                state.late.push((id, later));
                return;
            }
            WebhookFate::Sent | WebhookFate::Twice(_) if state.holding => {
                state.held.push(id);
                return;
            }
            WebhookFate::Sent | WebhookFate::Twice(_) => {}
        }
        let mut due = vec![id];
        state.late.retain_mut(|(late, left)| {
            *left -= 1;
            if *left == 0 {
                due.push(*late);
            }
            *left > 0
        });
        drop(state);
        for id in due {
            self.enqueue(id);
        }
    }

    fn enter(
        &self,
        guid: String,
        event: String,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        redelivery: bool,
    ) -> u64 {
        let mut state = locked(&self.shared.state);
        let id = state.log.len() as u64 + 1;
        state.log.push(Delivery { id, guid, event, headers, body, redelivery, sent_at: None, attempts: Vec::new() });
        id
    }

    fn enqueue(&self, id: u64) {
        self.shared.open.fetch_add(1, Ordering::SeqCst);
        if self.queue.send(id).is_err() {
            finished(&self.shared);
        }
    }

    fn let_go(&self, order: impl FnOnce(&mut [u64])) {
        let mut held = {
            let mut state = locked(&self.shared.state);
            state.holding = false;
            std::mem::take(&mut state.held)
        };
        order(&mut held);
        for id in held {
            self.enqueue(id);
        }
    }
}

/// Makes the first attempt. Further ones run beside the queue.
async fn send(shared: &Arc<Sender>, id: u64) {
    match attempt(shared, id).await {
        None => finished(shared),
        Some(first_wait) => {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                let mut wait = Some(first_wait);
                while let Some(pause) = wait {
                    tokio::time::sleep(pause).await;
                    wait = attempt(&shared, id).await;
                }
                finished(&shared);
            });
        }
    }
}

/// Sends once with a fresh signature. Returns how long to wait before the next attempt.
async fn attempt(shared: &Sender, id: u64) -> Option<Duration> {
    let now = (shared.clock)();
    let index = place_of(id)?;
    let (target, delivery) = {
        let mut state = locked(&shared.state);
        let target = state.target.clone()?;
        let delivery = state.log.get_mut(index)?;
        delivery.sent_at.get_or_insert(now);
        (target, delivery.clone())
    };
    let mut headers = delivery.headers.clone();
    headers.extend((shared.signer)(&delivery, &target.secret, now));
    let posted = post(&target.url, &headers, &delivery.body, TIMEOUT).await;
    let retry_after_s = posted.as_ref().ok().and_then(|posted| posted.retry_after_s);
    let made = Attempt { outcome: posted.map(|posted| posted.status) };
    let wait = (shared.retry)(delivery.attempts.len() + 1, &made, retry_after_s);
    if let Some(delivery) = locked(&shared.state).log.get_mut(index) {
        delivery.attempts.push(made);
    }
    wait
}

/// The index of a delivery in the log.
fn place_of(id: u64) -> Option<usize> {
    usize::try_from(id).ok()?.checked_sub(1)
}

fn finished(shared: &Sender) {
    if shared.open.fetch_sub(1, Ordering::SeqCst) == 1 {
        shared.quiet.notify_waiters();
    }
}
