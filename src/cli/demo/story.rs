//! The story: one complaint on its way to a fix and back, scene by scene.
//!
//! Each scene lets people act, waits for what must follow, and tells it. Nothing is told that was not seen.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{
    customer::OwnPage,
    grouped::Placed,
    people::{self, PEOPLE, Person, Subject},
    stage::{REPOSITORY, Stage},
    voice::{self, Voice},
};
use crate::{base::clock::Time, cli::api::encoded};
use simulator::MergeMethod;

/// How long ago the story begins; it ends today.
pub const LENGTH: Duration = days(9);
const VERSION: &str = "v2.4.0";
const NEXT_VERSION: &str = "v2.4.1";

const fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}

const fn days(count: u64) -> Duration {
    hours(24 * count)
}

/// The story as it is played.
pub struct Story<'s> {
    stage: &'s Stage,
    voice: Voice,
    /// Each customer's ticket.
    tickets: Vec<(&'static Person, u64)>,
    sam: u64,
    issue: u64,
    fix: String,
}

impl<'s> Story<'s> {
    /// A story about to begin.
    pub fn new(stage: &'s Stage, voice: Voice) -> Self {
        Self { stage, voice, tickets: Vec::new(), sam: 0, issue: 0, fix: String::new() }
    }

    /// Plays all scenes.
    pub async fn play(mut self) -> anyhow::Result<()> {
        self.opening()?;
        self.customers_write().await?;
        self.support_escalates().await?;
        self.engineers_merge_a_fix().await?;
        self.nobody_is_told_yet().await?;
        self.release_is_published().await?;
        self.one_says_that_it_works().await?;
        self.one_says_that_it_is_still_broken().await?;
        self.support_pulls_the_brake().await?;
        self.two_more_write().await?;
        self.product_looks().await?;
        voice::say("Every step of this really happened: over HTTP, signed, and waited for.")
    }

    fn opening(&self) -> anyhow::Result<()> {
        voice::say("Heard: a customer asks, an engineer fixes it, the customer hears of it.")?;
        voice::say(&format!(
            "Running on this machine: Heard at {}, a simulated helpdesk that speaks Zendesk's API at {}, a simulated \
             GitHub at {}. Nothing leaves the machine. The story takes nine days and ends today; its clock is moved \
             on between the scenes. In production a shipped update waits 30 minutes before it is sent; here it does not.",
            self.stage.origin.as_str(),
            self.stage.helpdesk.url(),
            self.stage.github.url(),
        ))?;
        if self.voice.waits_for_the_reader() {
            voice::say("Enter goes on from scene to scene.")?;
        }
        Ok(())
    }

    async fn scene(&self, title: &str) -> anyhow::Result<()> {
        self.voice.scene(self.stage.clock.now(), title).await
    }

    /// The tickets about one thing, in the order in which they came.
    fn about(&self, about: Subject) -> impl Iterator<Item = (&'static Person, u64)> {
        self.tickets.iter().copied().filter(move |(person, _)| person.about == about)
    }

    fn ticket_of(&self, name: &str) -> anyhow::Result<(&'static Person, u64)> {
        let found = self.tickets.iter().copied().find(|(person, _)| person.name == name);
        found.with_context(|| format!("{name} has written no ticket"))
    }

    /// Fails unless exactly this many messages have gone out to customers, in all.
    fn replies_are(&self, wanted: usize) -> anyhow::Result<()> {
        let count = self.stage.reply_count();
        ensure!(count == wanted, "customers were sent {count} messages where there should be {wanted}");
        Ok(())
    }

    /// A customer opens a ticket. Their contract renews so many days after `from`.
    fn writes(&self, person: &Person, from: Time) -> anyhow::Result<u64> {
        let desk = &self.stage.helpdesk;
        let renews = from.plus(days(person.renews_in_days)).date().to_string();
        let customer = desk.customer(person.name).of(person.company).plan(person.plan);
        let customer = customer.revenue(person.revenue).renewal(&renews).add();
        let written = desk.ticket_from(customer).subject(person.subject).body(person.words);
        let ticket = written.assigned_to(self.sam).send();
        let about = format!("{}, {}, {} a year, renews {renews}", person.company, person.plan, euros(person.revenue));
        self.voice.letter(&format!("\"{}\" ({about})", person.subject), person.words)?;
        Ok(ticket)
    }

    async fn customers_write(&mut self) -> anyhow::Result<()> {
        let (stage, now) = (self.stage, self.stage.clock.now());
        self.sam = stage.helpdesk.agent("Sam Okafor");
        for (place, person) in PEOPLE.iter().enumerate() {
            if place > 0 {
                stage.later(hours(5)).await?;
            }
            self.scene(&format!("{} writes", person.name)).await?;
            let ticket = self.writes(person, now)?;
            let earlier = self.about(person.about).next();
            let wanted = match earlier {
                Some((_, earlier)) => stage.topic_of(earlier).await?["id"].as_str().map(str::to_owned),
                None => None,
            };
            self.tickets.push((person, ticket));
            let placed = Placed::read(stage, ticket, person).await?;
            placed.tell(stage, &self.voice, wanted.as_deref()).await?;
        }
        for about in [Subject::Export, Subject::Reset, Subject::Reports] {
            let mut topics = Vec::new();
            for (_, ticket) in self.about(about) {
                topics.push(stage.topic_of(ticket).await?["id"].clone());
            }
            ensure!(
                topics.windows(2).all(|pair| pair[0] == pair[1]),
                "the tickets about one thing are not in one topic"
            );
        }
        Ok(())
    }

    async fn support_escalates(&mut self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(hours(3)).await?;
        self.scene("Support escalates with one tag").await?;
        let (_, ticket) = self.ticket_of(people::SATISFIED)?;
        stage.helpdesk.agent_replies(self.sam, ticket, people::FIRST_ANSWER);
        stage.helpdesk.agent_tags(self.sam, ticket, "escalate");
        voice::say("Sam answers Ana and puts the tag \"escalate\" on her ticket, in the helpdesk. That is all.")?;
        let topic = stage.topic_when(ticket, "the issue is filed", |topic| topic["issue"]["number"].is_u64()).await?;
        self.issue = topic["issue"]["number"].as_u64().context("the issue has no number")?;
        let issue = stage.product().issue(self.issue).context("GitHub does not have the issue")?;
        let filed = stage.github.issues_filed_by_heard();
        ensure!(filed == 1, "{filed} issues were filed where there should be one");
        self.voice.letter(&format!("{REPOSITORY}#{}: {}", self.issue, issue.title), &visible(&issue.body))?;
        let note = stage.note(ticket, "Heard: escalated").await?;
        self.voice.letter("Internal note in Ana's ticket, which Ana does not see", &note)?;
        let filed = stage.note(ticket, "the issue is filed as").await?;
        self.voice.letter("And, once GitHub has the issue", &filed)?;
        self.replies_are(0)
    }

    async fn engineers_merge_a_fix(&mut self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(days(4)).await?;
        self.scene("An engineer merges a fix").await?;
        let product = stage.product();
        let pull_request = product.pull_request("Flush the writer after the last row").fixing(self.issue).open();
        self.fix = product.merge(pull_request, MergeMethod::Squash).context("the pull request cannot be merged")?;
        let short = self.fix.get(..7).unwrap_or(&self.fix);
        voice::say(&format!("Pull request #{pull_request}, \"Fixes #{}\", is merged as {short}.", self.issue))?;
        let (_, ticket) = self.ticket_of(people::SATISFIED)?;
        let merged = |topic: &Value| topic["state"] == "fix_merged";
        stage.topic_when(ticket, "Heard knows that the fix is merged", merged).await?;
        let note = stage.note(ticket, "merged is not shipped").await?;
        self.voice.letter("Internal note in Ana's ticket", &note)?;
        self.replies_are(0)?;
        self.voice.done("Messages to customers: 0. Merged is not shipped.")
    }

    async fn nobody_is_told_yet(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        let (_, ticket) = self.ticket_of(people::SATISFIED)?;
        let closed = |topic: &Value| topic["issue"]["state"] == "closed";
        stage.topic_when(ticket, "Heard knows that the issue is closed", closed).await?;
        stage.later(days(1)).await?;
        self.scene("A day later").await?;
        voice::say(&format!("The merge closed issue #{}, and Heard has seen that.", self.issue))?;
        let topic = stage.topic_of(ticket).await?;
        self.replies_are(0)?;
        ensure!(topic["state"] == "fix_merged", "the topic is {} before anything was released", topic["state"]);
        self.voice.done("Messages to customers: 0. A closed issue is not shipped either.")
    }

    async fn release_is_published(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(days(1)).await?;
        self.scene(&format!("{VERSION} is released")).await?;
        let (_, first) = self.ticket_of(people::SATISFIED)?;
        let topic = stage.topic_of(first).await?;
        let id = topic["id"].as_str().context("a topic has no id")?;
        stage.api.patch(&format!("topics/{}", encoded(id)), &json!({"summary": people::SUMMARY})).await?;
        voice::say(
            "Sam has written one sentence that customers may read about the fix. Now the release comes out; \
                        it contains the commit.",
        )?;
        stage.product().release(VERSION).at(&self.fix).notes("Exports hold their last row again.").publish();
        let mut count = 0;
        for (person, ticket) in self.about(Subject::Export) {
            let told = stage
                .until(&format!("{} is told that the fix is out", person.name), async || {
                    Ok(stage.helpdesk.replies_by_heard(ticket).pop())
                })
                .await?;
            let title = format!("To {}, in ticket {ticket}, from {}", person.name, told.author);
            self.voice.letter(&title, &told.plain_body)?;
            self.voice.pause().await;
            count += 1;
        }
        let shipped = |topic: &Value| topic["state"] == "shipped" && topic["updates"]["told"] == 3;
        stage.topic_when(first, "the topic shows that three customers were told", shipped).await?;
        self.replies_are(count)?;
        self.voice.done(&format!(
            "Messages to customers: {count}, one each to those who had asked for this, and none to the other {}.",
            PEOPLE.len() - count
        ))?;
        for (_, ticket) in self.about(Subject::Export) {
            stage.helpdesk.agent_sets_status(self.sam, ticket, "solved");
        }
        Ok(())
    }

    /// The message that Heard sent to somebody.
    fn message_to(&self, name: &str) -> anyhow::Result<(u64, String)> {
        let (_, ticket) = self.ticket_of(name)?;
        let message = self.stage.helpdesk.replies_by_heard(ticket).pop();
        Ok((ticket, message.with_context(|| format!("{name} was told nothing"))?.plain_body))
    }

    async fn one_says_that_it_works(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(hours(20)).await?;
        self.scene("Ana says that it works").await?;
        let (ticket, message) = self.message_to(people::SATISFIED)?;
        let before = stage.topic_of(ticket).await?;
        if before["updates"]["confirmed"] == 0 {
            let page = OwnPage::open(stage, &message, "works").await?;
            let before = stage.topic_of(ticket).await?;
            ensure!(before["updates"]["confirmed"] == 0, "opening the page has confirmed the fix");
            voice::say(
                "Ana follows the link to her own page. Opening it changes nothing: mail scanners follow links \
                 too. She presses \"Yes, it works\".",
            )?;
            page.press(stage, "works", "").await?;
        } else {
            voice::say("Somebody has pressed \"Yes, it works\" on the page that the message leads to.")?;
        }
        let confirmed = |topic: &Value| topic["updates"]["confirmed"] == 1;
        stage.topic_when(ticket, "Ana's confirmation counts", confirmed).await?;
        let note = stage.note(ticket, "says that it works").await?;
        self.voice.letter("Internal note in Ana's ticket", &note)?;
        self.voice.done("Told 3, confirmed 1.")
    }

    async fn one_says_that_it_is_still_broken(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(hours(1)).await?;
        self.scene("Ben says that it is still broken").await?;
        let (ticket, message) = self.message_to(people::UNLUCKY)?;
        let again = |topic: &Value| topic["cycle"] == 1 && topic["state"] == "escalated";
        if again(&stage.topic_of(ticket).await?) {
            voice::say("Somebody has said so on the page that the message leads to.")?;
        } else {
            let page = OwnPage::open(stage, &message, "still_broken").await?;
            page.press(stage, "still_broken", people::STILL_BROKEN).await?;
            self.voice.letter("Ben, on his page", people::STILL_BROKEN)?;
        }
        stage.topic_when(ticket, "the topic is open again", again).await?;
        let product = stage.product();
        let comment = stage
            .until("the issue is open again and told with counts", async || {
                let Some(issue) = product.issue(self.issue).filter(|issue| issue.state == "open") else {
                    return Ok(None);
                };
                let mut texts = issue.comments.into_iter().map(|(_, text)| text);
                Ok(texts.find(|text| text.contains("still broken")))
            })
            .await?;
        let note = stage.note(ticket, "is still broken").await?;
        stage
            .until("Ben's ticket is open again", async || {
                Ok(stage.helpdesk.ticket(ticket).filter(|ticket| ticket.status == "open"))
            })
            .await?;
        self.voice.done("The topic is open again, and so are its issue and Ben's ticket, which Sam had solved.")?;
        self.voice.letter(&format!("Comment on {REPOSITORY}#{}, without names", self.issue), &visible(&comment))?;
        self.voice.letter("Internal note in Ben's ticket", &note)?;
        self.replies_are(3)
    }

    async fn support_pulls_the_brake(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(hours(2)).await?;
        self.scene("The mails are repaired, and Sam pulls the brake").await?;
        let (_, ticket) = self.about(Subject::Reset).next().context("nobody misses a mail")?;
        stage.helpdesk.agent_tags(self.sam, ticket, "escalate");
        let topic = stage.topic_when(ticket, "the second issue is filed", |topic| topic["issue"]["number"].is_u64());
        let topic = topic.await?;
        let issue = topic["issue"]["number"].as_u64().context("the issue has no number")?;
        stage.api.post("pauses", &json!({"topic": topic["id"]})).await?;
        voice::say(&format!(
            "Sam escalates the missing reset mails as well: {REPOSITORY}#{issue}. Before anybody is told of a fix, Sam wants to \
             hear from the mail provider, and pauses the messages about this topic."
        ))?;
        let product = stage.product();
        let pull_request = product.pull_request("Send reset mails from the new domain").fixing(issue).open();
        let fix = product.merge(pull_request, MergeMethod::Squash).context("the pull request cannot be merged")?;
        stage.topic_when(ticket, "Heard knows that it is merged", |topic| topic["state"] == "fix_merged").await?;
        stage.later(hours(3)).await?;
        product.release(NEXT_VERSION).at(&fix).notes("Reset mails arrive again.").publish();
        stage.topic_when(ticket, "it has shipped", |topic| topic["state"] == "shipped").await?;
        let waiting = stage
            .until("two messages wait", async || {
                let held = stage.api.get("updates?state=held").await?;
                let count = held["updates"].as_array().map_or(0, Vec::len);
                Ok((count == 2).then_some(count))
            })
            .await?;
        self.replies_are(3)?;
        self.voice.done(&format!(
            "{NEXT_VERSION} is out, and {waiting} messages wait until Sam resumes. Nothing goes out, and nothing is forgotten."
        ))
    }

    /// Nobody answers for Heard what these two are about: that is left to the reader.
    async fn two_more_write(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        for person in &people::LATECOMERS {
            stage.later(hours(1)).await?;
            self.scene(&format!("{} writes", person.name)).await?;
            let ticket = self.writes(person, stage.clock.now())?;
            let placed = Placed::read(stage, ticket, person).await?;
            placed.tell_what_was_decided(&self.voice)?;
        }
        voice::say(
            "Until somebody answers, such a ticket counts as likely where it most probably belongs, and its customer is told \
             nothing by itself.",
        )
    }

    async fn product_looks(&self) -> anyhow::Result<()> {
        let stage = self.stage;
        stage.later(LENGTH).await?;
        self.scene("What product sees").await?;
        let list = stage.api.get("topics?sort=score").await?;
        let topics = list["topics"].as_array().context("there is no list of topics")?;
        ensure!(topics.len() == 3, "{} topics are left where there should be 3", topics.len());
        let mut lines = vec![format!(
            "{:<35} {:>9} {:>6} {:>9} {:>11} {:>5}  {}",
            "topic", "customers", "likely", "companies", "revenue", "score", "state"
        )];
        for topic in topics {
            let number = |name: &str| topic[name].as_i64().unwrap_or_default();
            let title: String = topic["title"].as_str().unwrap_or_default().chars().take(35).collect();
            let revenue = euros(u64::try_from(number("revenue_cents") / 100).unwrap_or_default());
            lines.push(format!(
                "{title:<35} {:>9} {:>6} {:>9} {revenue:>11} {:>5}  {}",
                number("customer_count"),
                format!("+{}", topic["likely"]["customer_count"].as_i64().unwrap_or_default()),
                number("organization_count"),
                number("score"),
                topic["state"].as_str().unwrap_or_default(),
            ));
        }
        voice::table(&lines)
    }
}

/// Without what GitHub does not show: HTML comments.
fn visible(markdown: &str) -> String {
    let mut shown = String::new();
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    shown.trim().to_owned()
}

/// Whole euros with their thousands apart.
fn euros(amount: u64) -> String {
    let digits = amount.to_string();
    let mut text = String::from("EUR ");
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_its_thousands_apart() {
        assert_eq!([0, 900, 4_800, 1_234_567].map(euros), ["EUR 0", "EUR 900", "EUR 4,800", "EUR 1,234,567"]);
    }

    #[test]
    fn what_github_hides_is_not_shown() {
        assert_eq!(visible("<!-- heard -->\nThree customers.<!-- end -->\n"), "Three customers.");
    }
}
