//! Who takes part in a story, and what they do whenever they like.

use heard::store::Session as _;
use serde_json::Value;

use super::story::said_of;
use crate::{
    chance::Chance,
    story::{BODY, SUBJECT},
    world::World,
};

/// What a customer should not have written, and an agent may redact.
pub const REDACTED: &str = "the code of our door is quokka seven";

/// A person with the helpdesk's ids of their profiles, and their tickets.
struct Person {
    profiles: Vec<u64>,
    tickets: Vec<u64>,
}

/// What may happen to the customers' tickets, each once at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    /// An agent redacts what Ana should not have written.
    Redaction,
    /// Ana's two tickets are merged.
    TicketMerge,
    /// Bob's two profiles are merged.
    ProfileMerge,
    /// Every webhook comes once more.
    Redelivery,
    /// An agent answers.
    AgentReplies,
    /// The last ticket is deleted as spam.
    Deletion,
}

/// Everybody in the helpdesk.
pub struct People {
    /// The agent who cares for them.
    pub agent: u64,
    persons: Vec<Person>,
    coming: Vec<Happening>,
    happened: Vec<Happening>,
}

impl People {
    /// Three people complain of the same, the first in two tickets, the second under two names of an account.
    pub fn write(world: &World, chance: &mut Chance) -> Self {
        let desk = &world.helpdesk;
        let agent = desk.agent("Sam Okafor");
        let says =
            |profile: u64, body: &str| desk.ticket_from(profile).subject(SUBJECT).body(body).assigned_to(agent).send();
        let ana = desk.customer("Ana Sousa").add();
        let (bob, also_bob) = (desk.customer("Bob Stone").add(), desk.customer("Bob Stone").add());
        let eve = desk.customer("Eve Adler").add();
        let persons = vec![
            Person {
                profiles: vec![ana],
                tickets: vec![says(ana, &format!("{BODY} And {REDACTED}.")), says(ana, BODY)],
            },
            Person { profiles: vec![bob, also_bob], tickets: vec![says(bob, BODY), says(also_bob, BODY)] },
            Person { profiles: vec![eve], tickets: vec![says(eve, BODY)] },
        ];
        let mut coming = vec![
            Happening::Redaction,
            Happening::TicketMerge,
            Happening::ProfileMerge,
            Happening::Redelivery,
            Happening::AgentReplies,
            Happening::Deletion,
        ];
        chance.shuffle(&mut coming);
        Self { agent, persons, coming, happened: Vec::new() }
    }

    /// The ticket that is escalated.
    pub fn first(&self) -> u64 {
        self.persons[0].tickets[0]
    }

    fn tickets(&self) -> impl Iterator<Item = u64> {
        self.persons.iter().flat_map(|person| person.tickets.iter().copied())
    }

    /// The next thing happens, or nothing.
    pub fn something_happens(&mut self, world: &World, chance: &mut Chance) {
        if chance.below(3) == 0 {
            return;
        }
        let Some(what) = self.coming.pop() else { return };
        eprintln!("{what:?}");
        let desk = &world.helpdesk;
        match what {
            Happening::Redaction => desk.agent_redacts(self.agent, self.first(), REDACTED),
            Happening::TicketMerge => desk.merge(self.agent, self.persons[0].tickets[1], self.first()),
            Happening::ProfileMerge => {
                let bob = &self.persons[1];
                desk.agent_merges_profiles(self.agent, bob.profiles[1], bob.profiles[0]);
            }
            Happening::Redelivery => {
                desk.hooks().redeliver_all(1, chance.below(1_000));
                world.github.hooks().redeliver_all(1, chance.below(1_000));
            }
            Happening::AgentReplies => {
                desk.agent_replies(self.agent, self.first(), "Thank you, we are looking into it.");
            }
            Happening::Deletion => desk.delete(self.agent, self.persons[2].tickets[0]),
        }
        self.happened.push(what);
    }

    /// Support says that all of them speak of one topic. Gives its id.
    pub async fn speak_of_one_topic(&self, world: &World) -> String {
        let topic = world.topic_of(self.first()).await["id"].as_str().unwrap().to_owned();
        for ticket in self.tickets().filter(|ticket| !self.is_gone(*ticket)) {
            world.support_says_they_are_the_same(ticket, self.first()).await;
        }
        topic
    }

    /// Whether a ticket was deleted or merged away: nothing has to become of it.
    fn is_gone(&self, ticket: u64) -> bool {
        let was = |what| self.happened.contains(&what);
        (was(Happening::Deletion) && ticket == self.persons[2].tickets[0])
            || (was(Happening::TicketMerge) && ticket == self.persons[0].tickets[1])
    }

    /// How many messages about a version customers have.
    pub fn told(&self, world: &World, version: &str) -> usize {
        self.persons.iter().map(|person| person.told(world, version)).sum()
    }

    /// Each person has one message about the fix at the most, and so has each ticket.
    pub fn was_told_once_at_most(&self, world: &World, updates: &[Value]) {
        for person in &self.persons {
            // Who had two profiles when they were told was two people to everybody: then there is one for each.
            let told = person.told(world, "2.4.0");
            let happened = &self.happened;
            assert!(
                told <= person.profiles.len(),
                "{:?} was told {told} times after {happened:?}: {updates:#?}\nIn the helpdesk: {:#?}",
                person.tickets,
                person.profiles.iter().map(|profile| world.helpdesk.heard_by(*profile)).collect::<Vec<_>>()
            );
        }
        for ticket in world.helpdesk.tickets() {
            let replies = world.helpdesk.replies_by_heard(ticket);
            let told = replies.iter().filter(|reply| reply.plain_body.contains("2.4.0")).count();
            assert!(told <= 1, "ticket {ticket} has {told} messages about the fix");
        }
    }

    /// Each person has their message, or stands with a reason where a person looks.
    pub async fn nobody_is_forgotten(&self, world: &World, updates: &[Value]) {
        for person in self.persons.iter().filter(|person| person.tickets.iter().any(|ticket| !self.is_gone(*ticket))) {
            let shown = updates.iter().any(|update| {
                let (state, reason) = said_of(update);
                update["milestone"] == "shipped"
                    && matches!(state, "draft" | "failed" | "cancelled" | "skipped" | "in_doubt")
                    && !reason.is_empty()
            });
            let told = person.told(world, "2.4.0");
            let known = world.known_of_tickets().await;
            assert!(told > 0 || shown, "{:?} was forgotten: {updates:#?}\nKnown: {known:#?}", person.tickets);
        }
    }

    /// What was redacted is nowhere any more.
    pub async fn what_was_taken_back_is_gone(&self, world: &World, issue: u64) {
        if !self.happened.contains(&Happening::Redaction) {
            return;
        }
        let issue = world.product().issue(issue).unwrap();
        assert!(!issue.body.contains("quokka"), "the issue quotes what was redacted: {}", issue.body);
        let kept = "SELECT (SELECT count(*) FROM message WHERE body LIKE '%quokka%') + (SELECT count(*) FROM \"update\" WHERE text LIKE '%quokka%' AND state <> 'sent')";
        assert_eq!(world.counts(kept).await, 0, "what was redacted is still kept");
    }
}

impl World {
    /// What is known of each message, for whoever looks why somebody was forgotten.
    async fn known_of_tickets(&self) -> Vec<String> {
        type Row = (String, String, bool, Option<String>, Option<String>, Option<bool>, Option<String>);
        let mut conn = self.app().database.read().await.unwrap();
        let rows = conn.query(
            "SELECT ticket.external_id, ticket.status, ticket.internal, topic.state, message.author, message.public, message.external_id
             FROM ticket LEFT JOIN link ON link.ticket_id = ticket.id LEFT JOIN topic ON topic.id = link.topic_id
             LEFT JOIN message ON message.ticket_id = ticket.id ORDER BY ticket.external_id, message.created_at",
        );
        rows.all::<Row>().await.unwrap().into_iter().map(|row| format!("{row:?}")).collect()
    }
}

impl Person {
    /// Their messages about a version, in whatever ticket: the answer to a closed one is a new one.
    fn told(&self, world: &World, version: &str) -> usize {
        let heard = self.profiles.iter().flat_map(|profile| world.helpdesk.heard_by(*profile));
        heard.filter(|reply| reply.plain_body.contains(version)).count()
    }
}
