//! What customers hear when their topic is merged into another.

use heard::{model::id::TopicId, store::Session as _};
use serde_json::json;

use crate::{
    databases,
    story::{BODY, SUBJECT},
    world::{Options, World},
};

/// A customer with a ticket in a topic.
struct Raised {
    customer: u64,
    ticket: u64,
    topic: String,
}

impl World {
    async fn raises(&self, name: &str, subject: &str, body: &str) -> Raised {
        let customer = self.helpdesk.customer(name).add();
        let ticket = self.helpdesk.ticket_from(customer).subject(subject).body(body).send();
        let topic = self.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        Raised { customer, ticket, topic }
    }

    /// Three customers with three different topics.
    async fn three_topics(&self) -> [Raised; 3] {
        [
            self.raises("Ana Sousa", SUBJECT, BODY).await,
            self.raises("Bob Stone", "Totals look odd", "The sum under the report is too small.").await,
            self.raises("Cyd Lund", "Login with a key", "Please let us sign in with a security key.").await,
        ]
    }

    async fn merges_topics(&self, from: &Raised, into: &Raised) {
        self.does(&format!("/api/v1/topics/{}/merge", from.topic), &json!({ "into": into.topic })).await;
        self.settles().await;
    }

    fn heard(&self, one: &Raised) -> Vec<String> {
        self.helpdesk.heard_by(one.customer).into_iter().map(|comment| comment.plain_body).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_topic_was_merged_is_told_as_its_policy_says() {
    for (policy, sent, drafted, noted) in
        [("silent", 0, 0, 0), ("note", 0, 0, 1), ("draft", 0, 1, 0), ("send", 1, 0, 0)]
    {
        let database = databases::sqlite();
        let tell = format!("joined = \"{policy}\"\n");
        let world = World::with(&database.url, Options { tell: &tell, ..Options::default() }).await;
        let [ana, bob, _] = world.three_topics().await;
        // Somebody works on it: else nobody is there for a note.
        let agent = world.helpdesk.agent("Sam Okafor");
        world.helpdesk.agent_replies(agent, ana.ticket, "Thank you, we look into it.");
        world.settles().await;
        world.merges_topics(&ana, &bob).await;
        assert_eq!(world.heard(&ana).len(), sent, "{policy}");
        let drafts = world.updates().await.into_iter().filter(|update| update["state"] == "draft").count();
        assert_eq!(drafts, drafted, "{policy}");
        let notes = world.helpdesk.notes_by_heard(ana.ticket);
        let notes = notes.iter().filter(|note| note.plain_body.contains("was merged into another topic")).count();
        assert_eq!(notes, noted, "{policy}");
        assert!(world.heard(&bob).is_empty(), "nothing has changed for those who were there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_once_that_their_topic_was_merged_and_never_that_it_is_fixed() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: "joined = \"send\"\n", ..Options::default() }).await;
        let [ana, bob, cyd] = world.three_topics().await;
        world.merges_topics(&ana, &bob).await;
        let told = world.told_in(ana.ticket).await;
        assert!(told.contains("we have put the two together") && told.contains("missing its last row"), "{told}");
        assert!(!told.contains("fixed") && !told.contains("version"), "{told}");
        // It is taken back and done again, and then everything becomes part of a third topic.
        world.does(&format!("/api/v1/topics/{}/undo", bob.topic), &json!({})).await;
        world.settles().await;
        world.merges_topics(&ana, &bob).await;
        world.merges_topics(&bob, &cyd).await;
        assert_eq!(world.heard(&ana).len(), 1, "{:#?}", world.heard(&ana));
        assert_eq!(world.heard(&bob).len(), 1, "now theirs was merged too");
        assert!(world.heard(&cyd).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_into_a_finished_topic_tells_of_the_fix_and_of_no_merge() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: "joined = \"send\"\n", ..Options::default() }).await;
        let [ana, bob, cyd] = world.three_topics().await;
        world.does(&format!("/api/v1/topics/{}/escalate", bob.topic), &json!({})).await;
        let issue = world.issue_of(&bob.topic).await;
        world.settles().await;
        world.ships(issue, "v2.4.0");
        world.told_in(bob.ticket).await;
        world.merges_topics(&ana, &bob).await;
        let joined = world.updates().await.into_iter().filter(|update| update["milestone"] == "joined").count();
        assert_eq!(joined, 0);
        let told = world.told_in(ana.ticket).await;
        assert!(told.contains("2.4.0") && !told.contains("we have put the two together"), "{told}");
        assert_eq!(world.heard(&ana).len(), 1, "{:#?}", world.heard(&ana));
        // And those who were told of a fix do not hear that somebody is still looking at it.
        world.merges_topics(&bob, &cyd).await;
        assert_eq!(world.heard(&bob).len(), 1, "{:#?}", world.heard(&bob));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_of_a_merged_topic_is_no_news_once_the_other_has_shipped() {
    databases::for_each(async |database| {
        let tell = "joined = \"draft\"\nescalated = \"draft\"\n";
        let world = World::with(database, Options { tell, ..Options::default() }).await;
        let [ana, bob, _] = world.three_topics().await;
        for one in [&ana, &bob] {
            world.does(&format!("/api/v1/topics/{}/escalate", one.topic), &json!({})).await;
        }
        let issue = world.issue_of(&bob.topic).await;
        world.settles().await;
        world.merges_topics(&ana, &bob).await;
        let waiting = async || {
            let drafts = world.updates().await.into_iter().filter(|update| update["state"] == "draft");
            let mut kinds: Vec<_> = drafts.map(|update| update["milestone"].as_str().unwrap().to_owned()).collect();
            kinds.sort_unstable();
            kinds
        };
        assert_eq!(waiting().await, ["escalated", "escalated", "joined"]);
        world.ships(issue, "v2.4.0");
        world.becomes(&bob.topic, "shipped").await;
        world.settles().await;
        let left = waiting().await;
        assert!(!left.contains(&"escalated".to_owned()) && !left.contains(&"joined".to_owned()), "{left:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_merge_that_was_undone_nobody_hears_and_of_two_merges_everybody_hears_once() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: "joined = \"send\"\n", ..Options::default() }).await;
        let [ana, bob, cyd] = world.three_topics().await;
        world.merges_topics(&ana, &bob).await;
        assert_eq!(world.heard(&ana).len(), 1);
        world.does(&format!("/api/v1/topics/{}/undo", bob.topic), &json!({})).await;
        world.settles().await;
        // The parted topic goes on its own way: the merge that was undone is no step of it.
        world.does(&format!("/api/v1/topics/{}/escalate", ana.topic), &json!({})).await;
        world.issue_of(&ana.topic).await;
        world.settles().await;
        world.merges_topics(&ana, &cyd).await;
        assert_eq!(world.heard(&ana).len(), 1, "{:#?}", world.heard(&ana));
        let joined = world.updates().await.into_iter().filter(|update| update["milestone"] == "joined").count();
        assert_eq!(joined, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_of_a_fix_hears_of_no_merge_however_many_there_are() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { tell: "joined = \"send\"\n", ..Options::default() }).await;
        let [ana, bob, cyd] = world.three_topics().await;
        world.does(&format!("/api/v1/topics/{}/escalate", ana.topic), &json!({})).await;
        let issue = world.issue_of(&ana.topic).await;
        world.settles().await;
        world.ships(issue, "v2.4.0");
        world.told_in(ana.ticket).await;
        world.merges_topics(&ana, &bob).await;
        world.merges_topics(&bob, &cyd).await;
        assert_eq!(world.heard(&ana).len(), 1, "{:#?}", world.heard(&ana));
        assert_eq!(world.heard(&bob).len(), 1, "theirs was merged");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_waits_to_be_told_is_not_told_once_its_topic_is_part_of_one_that_shipped() {
    databases::for_each(async |database| {
        let tell = "joined = \"draft\"\n";
        let world = World::with(database, Options { tell, ..Options::default() }).await;
        let [ana, bob, cyd] = world.three_topics().await;
        world.does(&format!("/api/v1/topics/{}/escalate", cyd.topic), &json!({})).await;
        let issue = world.issue_of(&cyd.topic).await;
        world.settles().await;
        world.merges_topics(&ana, &bob).await;
        world.ships(issue, "v2.4.0");
        world.told_in(cyd.ticket).await;
        world.merges_topics(&bob, &cyd).await;
        let drafts = world.updates().await.into_iter();
        let draft =
            drafts.filter(|update| update["milestone"] == "joined" && update["state"] == "draft").collect::<Vec<_>>();
        for update in &draft {
            world.approves(update).await;
        }
        world.settles().await;
        let heard = world.heard(&ana);
        assert!(!heard.iter().any(|text| text.contains("put the two together")), "{heard:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_goes_back_with_its_topic_step_by_step_when_a_merge_of_a_merge_is_undone() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let [ana, bob, cyd] = world.three_topics().await;
        world.does(&format!("/api/v1/topics/{}/escalate", ana.topic), &json!({})).await;
        world.ships(world.issue_of(&ana.topic).await, "v2.4.0");
        world.told_in(ana.ticket).await;
        world.settles().await;
        let told_in = async || world.update_that_is("shipped", "sent").await["topic"].as_str().unwrap().to_owned();
        world.merges_topics(&ana, &bob).await;
        world.merges_topics(&bob, &cyd).await;
        assert_eq!(told_in().await, cyd.topic);
        assert_eq!(world.post(&format!("/api/v1/topics/{}/undo", cyd.topic), &json!({})).await.0, 204);
        assert_eq!(told_in().await, bob.topic, "to the topic that left, as it was");
        assert_eq!(world.post(&format!("/api/v1/topics/{}/undo", bob.topic), &json!({})).await.0, 204);
        assert_eq!(told_in().await, ana.topic);
        world.settles().await;
        assert_eq!(world.heard(&ana).len(), 1, "and nobody was told again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_before_a_merge_is_not_sent_to_whoever_has_it_from_the_other_topic() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let [ana, _, cyd] = world.three_topics().await;
        let also =
            world.helpdesk.ticket_from(ana.customer).subject("Login with a key").body("A security key, please.").send();
        world.topic_of(also).await;
        let id = world.id_of(also).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": cyd.topic })).await;
        for (topic, version) in [(&ana.topic, "v2.4.0"), (&cyd.topic, "v2.5.0")] {
            world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
            world.ships(world.issue_of(topic).await, version);
            world.settles().await;
        }
        assert_eq!(world.heard(&ana).len(), 2, "one of each");
        let first = world.updates().await.into_iter().find(|update| update["topic"] == ana.topic.as_str()).unwrap();
        let mut tx = world.app().database.begin().await.unwrap();
        let failed = r#"UPDATE "update" SET state = 'failed', sent_at = NULL, reason = 'Refused.' WHERE topic_id = $1"#;
        tx.query(failed).bind(TopicId::parse(&ana.topic).unwrap()).execute().await.unwrap();
        tx.commit().await.unwrap();
        world.merges_topics(&ana, &cyd).await;
        let id = first["id"].as_str().unwrap();
        world.does(&format!("/api/v1/updates/{id}/approve"), &json!({})).await;
        world.settles().await;
        assert_eq!(world.heard(&ana).len(), 2, "nothing was sent again");
        assert_eq!(world.get(&format!("/api/v1/updates/{id}")).await["state"], "cancelled");
    })
    .await;
}
