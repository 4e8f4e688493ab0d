//! Sentences that several stories share: a complaint that was escalated, a fix that ships, and what came of it.

use std::time::Duration;

use heard::{
    base::clock::Clock,
    flow::people::retry,
    model::decision::Actor,
    store::{
        Session as _,
        failures::{self, Failure},
    },
};
use serde_json::{Value, json};
use simulator::MergeMethod;

use crate::{weather, world::World};

/// A clock that stands still until a test moves it; in rough weather it leaps.
pub fn stopped_clock() -> Clock {
    if weather::seed().is_some() { weather::clock() } else { Clock::at(Clock::system().now()) }
}

/// A complaint with its customer, in the helpdesk and as Heard knows it.
pub struct Complaint {
    /// The agent who cares for it.
    pub agent: u64,
    /// Who wrote it.
    pub customer: u64,
    /// The helpdesk's number of it.
    pub ticket: u64,
    /// Heard's id of its topic.
    pub topic: String,
    /// Its topic's issue in `acme/product`.
    pub issue: u64,
}

/// What every complaint of these stories is about.
pub const SUBJECT: &str = "CSV export is missing its last row";
/// And how it is said.
pub const BODY: &str = "Hello, every CSV export of our monthly report is missing its last row. Can you look at it?";

impl World {
    /// Somebody writes the usual complaint.
    pub fn complains(&self, name: &str) -> (u64, u64) {
        let customer = self.helpdesk.customer(name).add();
        (customer, self.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).send())
    }

    /// Somebody complains, and an agent escalates it: the topic has its issue.
    pub async fn an_escalated_complaint(&self) -> Complaint {
        let agent = self.helpdesk.agent("Sam Okafor");
        let (customer, ticket) = self.complains("Ana Sousa");
        let topic = self.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        self.helpdesk.agent_tags(agent, ticket, "escalate");
        let issue = self.issue_of(&topic).await;
        self.settles().await;
        Complaint { agent, customer, ticket, topic, issue }
    }

    /// The number of a topic's issue, once there is one.
    pub async fn issue_of(&self, topic: &str) -> u64 {
        let path = format!("/api/v1/topics/{topic}");
        self.until_some("the topic has an issue", async || self.get(&path).await["issue"]["number"].as_u64()).await
    }

    /// The fix of an issue is merged and released.
    pub fn ships(&self, issue: u64, version: &str) -> u64 {
        let fix = self.an_engineer_merges_the_fix_of(issue);
        self.product().release(version).at(&fix).publish()
    }

    /// An engineer merges a pull request that fixes an issue, under a title of its own.
    pub fn merges(&self, title: &str, issue: u64) -> String {
        let pull_request = self.product().pull_request(title).fixing(issue).open();
        self.product().merge(pull_request, MergeMethod::Squash).expect("it can be merged")
    }

    /// Waits until a topic is in a state.
    pub async fn becomes(&self, topic: &str, state: &str) {
        let path = format!("/api/v1/topics/{topic}");
        self.until(&format!("the topic is {state}"), async || self.get(&path).await["state"] == state).await;
    }

    /// Waits until no webhook is under way and no job is left to run, on either side.
    pub async fn settles(&self) {
        loop {
            let sent = || self.helpdesk.hooks().log().len() + self.github.hooks().log().len();
            let before = sent();
            self.helpdesk.hooks().settled().await;
            self.github.hooks().settled().await;
            self.rests().await;
            if sent() == before {
                return;
            }
        }
    }

    /// Heard's own id of a ticket of the helpdesk.
    pub async fn id_of(&self, ticket: u64) -> String {
        let path = format!("/api/v1/tickets?connection=acme&external_id={ticket}");
        let what = format!("ticket {ticket} is known");
        self.until_some(&what, async || self.get(&path).await["tickets"][0]["id"].as_str().map(str::to_owned)).await
    }

    /// Every update there is, oldest first.
    pub async fn updates(&self) -> Vec<Value> {
        self.get("/api/v1/updates?limit=200").await["updates"].as_array().unwrap().clone()
    }

    /// The first update of a milestone, once it is in a state.
    pub async fn update_that_is(&self, milestone: &str, state: &str) -> Value {
        let what = format!("an update about {milestone} is {state}");
        self.until_some(&what, async || {
            let all = self.updates().await;
            all.into_iter().find(|update| update["milestone"] == milestone && update["state"] == state)
        })
        .await
    }

    /// Tells the API to do something to one thing, which it does.
    pub async fn does(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert!((200..300).contains(&status), "POST {path} answered {status}: {answer}");
        answer
    }

    /// A person lets an update go: they approve a draft, and send at once what is held.
    pub async fn approves(&self, update: &Value) {
        let act = if update["state"] == "held" { "send_now" } else { "approve" };
        self.does(&format!("/api/v1/updates/{}/{act}", update["id"].as_str().unwrap()), &json!({})).await;
    }

    /// What stands on the health page.
    pub async fn failures(&self) -> Vec<Failure> {
        failures::list(&mut self.app().database.read().await.unwrap(), 50).await.unwrap()
    }

    /// Waits until this kind of work stands on the health page with a sentence that says `words`.
    pub async fn fails(&self, work: &str, words: &str) -> Failure {
        let what = format!("{work} stands on the health page, saying {words:?}");
        self.until_some(&what, async || {
            self.failures().await.into_iter().find(|failure| failure.work == work && failure.sentence.contains(words))
        })
        .await
    }

    /// A person presses the button beside a failure.
    pub async fn tries_again(&self, failure: &Failure) {
        retry::retry(self.app(), failure.id, &Actor::admin()).await.unwrap();
    }

    /// A person presses the button beside a failure, which may just have solved itself.
    pub async fn tries_again_unless_done(&self, failure: &Failure) {
        let tried = retry::retry(self.app(), failure.id, &Actor::admin()).await;
        let is_done = self.failures().await.iter().all(|standing| standing.id != failure.id);
        assert!(tried.is_ok() || is_done, "{tried:?}");
    }

    /// Waits for the sweep of both sides that every start begins with.
    pub async fn is_swept(&self) {
        self.until("both sides were swept", async || {
            self.counts("SELECT count(*) FROM sweep WHERE swept_at IS NOT NULL").await >= 2
        })
        .await;
    }

    /// Time passes until every source is swept once more. Needs a clock that the test moves.
    pub async fn sweeps(&self) {
        self.is_swept().await;
        let began = self.clock.now();
        self.clock.advance(Duration::from_mins(6));
        let settings = &self.app().settings;
        // A source that the settings name no more is not swept.
        let sources = i64::try_from(settings.connections.len() + settings.repositories.len()).unwrap();
        self.until("both sides were swept", async || {
            let mut conn = self.app().database.read().await.unwrap();
            let row = conn.query("SELECT count(*) FROM sweep WHERE swept_at > $1").bind(began);
            row.one::<(i64,)>().await.unwrap().0 >= sources
        })
        .await;
        self.settles().await;
    }

    /// A customer sends a form of their own page. Gives the status.
    pub async fn says_on(&self, page: &str, fields: &[(&str, &str)]) -> u16 {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.anonymous().post(page).header("content-type", "application/x-www-form-urlencoded");
        request.body(form).send().await.unwrap().status().as_u16()
    }

    /// Everything that Heard ever sent to GitHub, as one text.
    pub fn said_to_github(&self) -> String {
        let calls = self.github.faults().calls();
        let written = calls.iter().filter(|call| call.method != "GET");
        written.map(|call| format!("{} {}", call.path, call.body)).collect::<Vec<_>>().join("\n")
    }

    /// A number from the database.
    pub async fn counts(&self, question: &'static str) -> i64 {
        let mut conn = self.app().database.read().await.unwrap();
        conn.query(question).one::<(i64,)>().await.unwrap().0
    }
}

/// The address of the customer's own page that a message links to, without what a link asks there.
pub fn page_in(message: &str) -> String {
    let at = message.find("/c/").expect("the message links to the customer's page");
    let begins = message[..at].rfind("http").expect("by a whole address");
    let link: String =
        message[begins..].chars().take_while(|c| !c.is_whitespace() && !"?<>\")]".contains(*c)).collect();
    link
}
