//! What goes on around a Heard that is killed again and again: customers, an agent and an engineer, who never notice.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use simulator::{Failure, Faults, Github, GithubOptions, IssueSnapshot, MergeMethod, Zendesk, ZendeskOptions};

use crate::world::simulator_section;

/// How long anything may take to become true: what is unclear after a kill is looked up for two minutes.
pub const PATIENCE: Duration = Duration::from_mins(4);
/// How much later than their effect answers come, so that a kill can fall between the two.
const ANSWERS_LATER: Duration = Duration::from_millis(30);

/// The requests that write.
const WRITES: [&str; 3] = ["PUT /**", "POST /**", "PATCH /**"];

/// The simulators, which outlive every kill.
pub struct Scene {
    /// The helpdesk.
    pub helpdesk: Zendesk,
    /// GitHub.
    pub github: Github,
    sam: u64,
}

/// One bug on its way: two customers wrote about it.
#[derive(Clone, Debug)]
pub struct Journey {
    /// The bug, in the words of both.
    pub subject: &'static str,
    /// Their tickets; the first is escalated.
    pub tickets: [u64; 2],
}

/// A different bug for each journey: the first is played undisturbed.
pub const BUGS: [&str; 6] = [
    "CSV export is missing its last row",
    "Password reset mail never arrives",
    "Calendar shows meetings on the wrong weekday",
    "Avatar upload turns pictures upside down",
    "Search forgets umlauts in street names",
    "Invoice totals ignore the discount code",
];

impl Scene {
    /// Both sites, quiet so far.
    pub fn new() -> Arc<Self> {
        let clock = heard::base::clock::Clock::system();
        let micros: simulator::Clock = Arc::new(move || clock.now().as_micros());
        let mut desk = ZendeskOptions::new(micros.clone());
        desk.export_lag_s = 0;
        let helpdesk = Zendesk::start(desk).unwrap();
        let mut hub = GithubOptions::new(micros);
        hub.repositories[0].private = true;
        let github = Github::start(hub).unwrap();
        let sam = helpdesk.agent("Sam Okafor");
        for write in WRITES {
            helpdesk.faults().all(write, Failure::Slow(ANSWERS_LATER));
            github.faults().all(write, Failure::Slow(ANSWERS_LATER));
        }
        Arc::new(Self { helpdesk, github, sam })
    }

    /// Heard's settings for these sites.
    pub fn settings(&self, listen: &str, database: &str) -> String {
        // Whether anybody looks while the pull request is open is a matter of luck.
        settings((&self.helpdesk, &self.github), listen, database, "in_progress = \"silent\"")
    }

    /// Two customers write about the same bug.
    pub fn is_reported(&self, subject: &'static str) -> Journey {
        let report = |name: &str| {
            let place = BUGS.iter().position(|bug| *bug == subject).unwrap();
            let customer = self.helpdesk.customer(name).email(&format!("{name}@customer-{place}.test")).add();
            let ticket = self.helpdesk.ticket_from(customer).subject(subject);
            ticket.body(&format!("Hello, {subject}, and that every single time.")).assigned_to(self.sam).send()
        };
        Journey { subject, tickets: [report("Ana"), report("Bob")] }
    }

    /// The rest of the way, as far as people walk it: escalated, filed, fixed, released, told.
    pub async fn is_seen_through(&self, journey: &Journey) {
        self.helpdesk.agent_tags(self.sam, journey.tickets[0], "escalate");
        let what = format!("an issue says {:?}", journey.subject);
        let issue = until_some(&what, || self.issues_of(journey).first().map(|issue| issue.number)).await;
        let product = self.github.repository("acme/product");
        let pull_request = product.pull_request("Mend it").fixing(issue).open();
        let fix = product.merge(pull_request, MergeMethod::Squash).expect("it can be merged");
        product.release(&format!("v1.{issue}.0")).at(&fix).publish();
        let [first, second] = journey.tickets;
        let what = format!("everybody who wrote {:?} is told", journey.subject);
        until(&what, || [first, second].iter().all(|ticket| !self.helpdesk.replies_by_heard(*ticket).is_empty())).await;
    }

    /// The issues that Heard filed for a bug: one, if all is well.
    pub fn issues_of(&self, journey: &Journey) -> Vec<IssueSnapshot> {
        let issues = self.github.repository("acme/product").issues();
        issues.into_iter().filter(|issue| issue.title == journey.subject).collect()
    }

    /// How many requests Heard has made of both sites.
    pub fn calls(&self) -> usize {
        self.helpdesk.faults().count("* /**") + self.github.faults().count("* /**")
    }

    /// How many of them wrote something.
    pub fn writes(&self) -> usize {
        let of = |faults: &Faults| WRITES.iter().map(|write| faults.count(write)).sum::<usize>();
        of(self.helpdesk.faults()) + of(self.github.faults())
    }

    /// Waits until no webhook is under way: delivered, or given up.
    pub async fn webhooks_settle(&self) {
        self.helpdesk.hooks().settled().await;
        self.github.hooks().settled().await;
    }
}

/// Heard's settings for two sites, with more about telling.
pub fn settings((helpdesk, github): (&Zendesk, &Github), listen: &str, database: &str, tell: &str) -> String {
    let desk = helpdesk.options();
    format!(
        r#"
listen = "{listen}"
public_url = "http://{listen}"
database = "{database}"
admin_token = "{}"
[log]
level = "info"
format = "text"
[github]
{}
sweep_minutes = 1
[[repositories]]
name = "acme/product"
default = true
hold_minutes = 0
[[connections]]
name = "acme"
helpdesk = "zendesk"
url = "{}"
user = "{}"
token = "{}"
webhook_secret = "{}"
escalate_tag = "escalate"
sweep_minutes = 1
[grouping]
model = "none"
[tell]
team = "Acme support"
hold_minutes = 0
{tell}
"#,
        crate::world::ADMIN,
        simulator_section(github),
        helpdesk.url(),
        desk.user,
        desk.token,
        desk.webhook_secret,
    )
}

/// Waits until something is true.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    until_some(what, || is_so().then_some(())).await;
}

/// Waits until there is something.
pub async fn until_some<T>(what: &str, find: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "It never came true that {what}.");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
