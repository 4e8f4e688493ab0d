//! What Heard writes into an issue, and what it leaves alone (G3, G6).

use serde_json::json;
use simulator::Failure;

use crate::{
    databases,
    story::{BODY, Complaint, SUBJECT},
    world::{Options, World},
};

/// Everything in the complaint below that must not be read in an issue, in any spelling that could slip through.
const IDENTITY: [&str; 10] = [
    "Quillon",
    "Ferreira",
    "quillon@zebra-labs.test",
    "zebra-labs",
    "Zebra Labs",
    "415-555-0132",
    "Okonkwo",
    "sk_live_",
    "4242 4242",
    "10.11.12.13",
];
/// Words of the complaint that tell nobody apart, but are the customer's own.
const QUOTE: &str = "purple elephants march";

/// A complaint full of things that are nobody else's business, escalated.
async fn a_telling_complaint(world: &World) -> Complaint {
    let agent = world.helpdesk.agent("Ngozi Okonkwo");
    let customer = world.helpdesk.customer("Quillon Ferreira").email("quillon@zebra-labs.test").of("Zebra Labs").add();
    let body = "Hello Ngozi,\n\nwhen I export the report as CSV, purple elephants march over the last row and it is missing from the \
                file that Quillon Ferreira of Zebra Labs downloads.\n\nCall me at +1 415-555-0132 or write to quillon@zebra-labs.test. Our key is sk_live_51H8xYzAbCdEfGhIjKlMnOpQ, \
                the card is 4242 4242 4242 4242 and the server 10.11.12.13.\n\nRegards,\nQuillon Ferreira\nZebra Labs";
    let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(body).assigned_to(agent).send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_notes(agent, ticket, "Quillon Ferreira is about to leave us, be nice.");
    world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
    let issue = world.issue_of(&topic).await;
    world.settles().await;
    Complaint { agent, customer, ticket, topic, issue }
}

impl World {
    /// The body of an issue in `acme/product`.
    pub fn body_of(&self, issue: u64) -> String {
        self.product().issue(issue).unwrap().body
    }

    /// Another customer writes the same, so that the issue has something new to say.
    async fn one_more(&self, topic: &str, name: &str) {
        let before = self.get(&format!("/api/v1/topics/{topic}")).await["ticket_count"].as_i64().unwrap();
        self.complains(name);
        let path = format!("/api/v1/topics/{topic}");
        self.until("one more ticket counts", async || self.get(&path).await["ticket_count"] == before + 1).await;
        self.settles().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_public_repository_there_are_counts_and_nothing_that_anybody_said() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { public: true, ..Options::default() }).await;
        let complaint = a_telling_complaint(&world).await;
        world.ships(complaint.issue, "v2.4.0");
        let page = crate::story::page_in(&world.told_in(complaint.ticket).await);
        let update = world.update_that_is("shipped", "sent").await["id"].as_str().unwrap().to_owned();
        let said = [("act", "still_broken"), ("update", &*update), ("words", "purple elephants march again, Quillon")];
        assert_eq!(world.says_on(&page, &said).await, 303);
        world.until("the topic is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        world.settles().await;
        let everything = world.said_to_github();
        assert!(everything.contains("customer"), "the issue does say something: {everything}");
        for private in IDENTITY.iter().chain(&[QUOTE]) {
            assert!(!everything.to_lowercase().contains(&private.to_lowercase()), "{private} in {everything}");
        }
        assert_eq!(world.product().issue(complaint.issue).unwrap().title, "A bug that customers report");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_private_repository_there_are_quotes_without_anybody_in_them() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = a_telling_complaint(&world).await;
        let everything = world.said_to_github();
        assert!(everything.contains(QUOTE), "engineers read what happens: {everything}");
        for private in IDENTITY {
            assert!(!everything.to_lowercase().contains(&private.to_lowercase()), "{private} in {everything}");
        }
        assert!(!everything.contains("about to leave"), "an internal note stays internal");
        // It becomes public: the next thing written there is as strict as if it had always been.
        world.product().becomes_private(false);
        world.until("the quote is gone", async || !world.body_of(complaint.issue).contains(QUOTE)).await;
        world.settles().await;
        assert!(world.body_of(complaint.issue).contains("customer"), "the counts still stand there");
        assert_eq!(world.product().issue(complaint.issue).unwrap().title, "A bug that customers report");
        let health =
            format!("{:?}", world.failures().await.iter().map(|failure| &failure.sentence).collect::<Vec<_>>());
        assert!(health.contains("can be read by everybody"), "{health}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_name_is_a_word_of_ours_has_their_issue_too() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { public: true, ..Options::default() }).await;
        let (_, ticket) = world.complains("Customer Week");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        let issue = world.issue_of(&topic).await;
        assert!(world.body_of(issue).contains("1 customer"), "{}", world.body_of(issue));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_around_the_section_stays_and_what_they_take_out_stays_out() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let body = world.body_of(complaint.issue);
        let ours = format!("Reproduced in CI.\n\n{body}\n\nSee also the exporter's **TODO**.");
        world.product().rewrites(complaint.issue, &ours);
        world.one_more(&complaint.topic, "Bob Stone").await;
        world.until("the section says something new", async || world.body_of(complaint.issue) != ours).await;
        let now = world.body_of(complaint.issue);
        assert!(
            now.starts_with("Reproduced in CI.\n\n") && now.ends_with("\n\nSee also the exporter's **TODO**."),
            "{now}"
        );

        world.product().rewrites(complaint.issue, "We keep this one by hand.");
        world.settles().await;
        world.complains("Cyd Ray");
        let path = format!("/api/v1/topics/{}", complaint.topic);
        world.until("a third ticket counts", async || world.get(&path).await["ticket_count"] == 3).await;
        world.settles().await;
        assert_eq!(world.body_of(complaint.issue), "We keep this one by hand.");
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        assert_eq!(world.body_of(complaint.issue), "We keep this one by hand.", "it is followed, and not written to");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_with_the_label_no_heard_is_left_alone() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().labels(complaint.issue, "no-heard");
        world.settles().await;
        let before = world.body_of(complaint.issue);
        world.one_more(&complaint.topic, "Bob Stone").await;
        world.product().with_engineer("mona", "write").comments_on(complaint.issue, "/heard merge #4711");
        world.settles().await;
        assert_eq!(world.body_of(complaint.issue), before);
        assert_eq!(world.github.comments_by_heard(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_people_made_is_adopted_and_not_filed_again() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let found = world.product().files_issue("Last row lost", "Off by one in `writer.rs`.");
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let id = world.id_of(ticket).await;
        let (status, why) =
            world.post(&format!("/api/v1/tickets/{id}/link_issue"), &json!({"url": "https://evil.test/x"})).await;
        assert_eq!(status, 409, "{why}");
        world
            .does(&format!("/api/v1/tickets/{id}/link_issue"), &json!({ "url": format!("acme/product#{found}") }))
            .await;
        assert_eq!(world.issue_of(&topic).await, found);
        world.until("our section stands in it", async || world.body_of(found).contains("customer")).await;
        world.settles().await;
        let body = world.body_of(found);
        assert!(body.starts_with("Off by one in `writer.rs`."), "{body}");
        assert_eq!(world.product().issue(found).unwrap().title, "Last row lost", "its title is theirs");
        assert_eq!(world.github.issues_filed_by_heard(), 0);
        world
            .does(&format!("/api/v1/tickets/{id}/link_issue"), &json!({ "url": format!("acme/product#{found}") }))
            .await;
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        world.settles().await;
        assert_eq!(world.body_of(found), body, "saying it again changes nothing");
        world.ships(found, "v2.4.0");
        assert!(world.told_in(ticket).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_issue_that_is_to_be_left_alone_is_followed_all_the_same() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let found = world.product().files_issue("Last row lost", "Off by one in `writer.rs`.");
        world.product().labels(found, "no-heard");
        let (_, ticket) = world.complains("Ana Sousa");
        world.topic_of(ticket).await;
        let id = world.id_of(ticket).await;
        let link = json!({ "url": format!("acme/product#{found}") });
        world.does(&format!("/api/v1/tickets/{id}/link_issue"), &link).await;
        world.settles().await;
        world.ships(found, "v2.4.0");
        assert!(world.told_in(ticket).await.contains("2.4.0"));
        assert_eq!(world.body_of(found), "Off by one in `writer.rs`.", "and nothing was written into it");
        assert_eq!(world.github.comments_by_heard(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_engineers_are_obeyed_and_those_of_strangers_are_not() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let topic = format!("/api/v1/topics/{}", complaint.topic);
        let stranger = world.product().with_stranger("eve");
        let reader = world.product().with_engineer("rae", "read");
        for command in ["/heard shipped v6.6.6", "/heard kind question", "/heard workaround Send me your password"] {
            stranger.comments_on(complaint.issue, command);
            reader.comments_on(complaint.issue, command);
        }
        world.settles().await;
        let seen = world.get(&topic).await;
        assert_eq!((&seen["state"], &seen["kind"]), (&json!("escalated"), &json!("bug")), "{seen}");
        assert!(world.updates().await.is_empty());

        let engineer = world.product().with_engineer("mona", "write");
        engineer.comments_on(complaint.issue, "/heard kind feature_request");
        world.until("its kind is what they say", async || world.get(&topic).await["kind"] == "feature_request").await;
        engineer.comments_on(complaint.issue, "/heard workaround Export to XLSX instead.");
        let draft = world.update_that_is("workaround", "draft").await;
        assert!(draft["text"].as_str().unwrap().contains("Export to XLSX instead."), "support approves it first");
        engineer.comments_on(complaint.issue, "/heard shipped v2.4.0");
        assert!(world.told_in(complaint.ticket).await.contains("2.4.0"), "what a person states is sent");
        world.github.hooks().redeliver_all(3, 1);
        world.settles().await;
        assert_eq!(world.helpdesk.heard_by(complaint.customer).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_merges_two_topics_by_their_issues() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let bob = world.helpdesk.customer("Bob Stone").add();
        let other = world
            .helpdesk
            .ticket_from(bob)
            .subject("Totals look odd")
            .body("The sum under the report is too small.")
            .send();
        let second = world.topic_of(other).await["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{second}/escalate"), &json!({})).await;
        let duplicate = world.issue_of(&second).await;
        world.settles().await;
        let engineer = world.product().with_engineer("mona", "write");
        engineer.comments_on(duplicate, &format!("/heard merge #{}", complaint.issue));
        world.until("they are one topic", async || world.topic_of(other).await["id"] == complaint.topic.as_str()).await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.told_in(other).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_write_to_one_repository_commands_no_topic_of_another() {
    databases::for_each(async |database| {
        let second = "[[repositories]]\nname = \"acme/vault\"\nrelease = \"stated\"\nroute = [{ tag = \"vault\" }]\n";
        let world = World::with(database, Options { tell: second, ..Options::default() }).await;
        world.github.add_repository(&simulator::RepositoryOptions::private("acme/vault"));
        let complaint = world.an_escalated_complaint().await;
        let bob = world.helpdesk.customer("Bob Stone").add();
        let secret = world
            .helpdesk
            .ticket_from(bob)
            .subject("Totals look odd")
            .body("The sum is too small.")
            .tag("vault")
            .send();
        let topic = world.topic_of(secret).await["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        world.settles().await;
        let found = world.topic_of(secret).await["issue"].clone();
        assert_eq!(found["repository"], "acme/vault");
        let engineer = world.product().with_engineer("mona", "write");

        engineer.comments_on(complaint.issue, &format!("/heard merge acme/vault#{}", found["number"]));
        world.settles().await;
        assert_eq!(world.topic_of(complaint.ticket).await["id"], complaint.topic.as_str());
        let answers = world.product().issue(complaint.issue).unwrap().comments;
        assert!(answers.iter().any(|(_, text)| text.contains("is not an issue of a topic")), "{answers:?}");

        // Support merges them, and the issue that is left behind commands nothing there.
        world.does(&format!("/api/v1/topics/{}/merge", complaint.topic), &json!({ "into": topic })).await;
        engineer.comments_on(complaint.issue, "/heard shipped v6.6.6");
        world.settles().await;
        assert_eq!(world.topic_of(secret).await["state"], "escalated");
        assert!(world.helpdesk.heard_by(bob).is_empty());

        world.github.repository("acme/vault").with_engineer("mona", "write");
        engineer.comments_on(complaint.issue, "/heard shipped v2.4.0");
        assert!(world.told_in(secret).await.contains("2.4.0"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engineers_read_which_versions_and_platforms_customers_name() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { public: true, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        assert!(!world.body_of(complaint.issue).contains("named"), "nobody named one");
        world.helpdesk.customer_replies(complaint.ticket, "I forgot: we run version 9.9.9.");
        let bob = world.helpdesk.customer("Bob Stone").add();
        let body = "Since version 2.3.1 every CSV export of our monthly report is missing its last row, on Windows 11. It cost us 12.50.";
        let ticket = world.helpdesk.ticket_from(bob).subject(SUBJECT).body(body).send();
        world.support_says_they_are_the_same(ticket, complaint.ticket).await;
        world.until("the issue names them", async || world.body_of(complaint.issue).contains("**Versions named:**")).await;
        let text = world.body_of(complaint.issue);
        assert!(text.contains("**Versions named:** 2.3.1. **Platforms named:** Windows 11."), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engineers_are_told_once_that_ten_customers_raise_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        for customer in 2..=11 {
            world.one_more(&complaint.topic, &format!("Customer Number{customer}")).await;
            let comments = world.product().issue(complaint.issue).unwrap().comments;
            let said = comments.iter().filter(|(_, text)| text.contains("have raised this by now")).count();
            assert_eq!(said, usize::from(customer >= 10), "after {customer} customers: {comments:?}");
        }
        let comments = world.product().issue(complaint.issue).unwrap().comments;
        let tenth = comments.iter().filter(|(_, text)| text.starts_with("10 customers have raised this by now."));
        assert_eq!(tenth.count(), 1, "{comments:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_linked_while_another_is_about_to_be_filed_stays_the_only_one() {
    const LOOKS_AT_REPOSITORY: &str = "GET /repos/acme/product";
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let found = world.product().files_issue("Last row lost", "Off by one in `writer.rs`.");
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let id = world.id_of(ticket).await;
        world.settles().await;
        world.github.faults().next(1, LOOKS_AT_REPOSITORY, Failure::Held);
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        world.until("it is about to file one", async || world.github.faults().count(LOOKS_AT_REPOSITORY) > 0).await;
        let link = json!({ "url": format!("acme/product#{found}") });
        world.does(&format!("/api/v1/tickets/{id}/link_issue"), &link).await;
        world.github.faults().let_go();
        assert_eq!(world.issue_of(&topic).await, found);
        world.settles().await;
        assert_eq!(world.github.issues_filed_by_heard(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_of_another_repository_is_linked_in_that_repository() {
    databases::for_each(async |database| {
        let toml = "\n[[repositories]]\nname = \"acme/website\"\n";
        let world = World::with(database, Options { tell: toml, ..Options::default() }).await;
        let (_, ticket) = world.complains("Ana Sousa");
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let id = world.id_of(ticket).await;
        world.settles().await;
        // Its filing in the product's repository is wanted, and GitHub does not answer.
        world.github.faults().all("* /**", Failure::Status(503));
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        let link = json!({ "url": "acme/website#7" });
        world.does(&format!("/api/v1/tickets/{id}/link_issue"), &link).await;
        let linked = "SELECT count(*) FROM issue WHERE repository = 'acme/website' AND number = 7";
        assert_eq!(world.counts(linked).await, 1);
        let held_as_there = "SELECT count(*) FROM topic WHERE repository = 'acme/website'";
        assert_eq!(world.counts(held_as_there).await, 1, "its fix is held for as long as that repository says");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_about_a_secret_leave_out_their_sentence_and_never_the_issue() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for (name, aside) in [("Ada Quill", "token: zzz999yyy"), ("Bob Stone", "user: x"), ("Cyd Ray", "PIN: 4711")] {
            let customer = world.helpdesk.customer(name).add();
            let body = format!("{BODY}\n\n{aside}.");
            let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(&body).send();
            let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
            if world.get(&format!("/api/v1/topics/{topic}")).await["issue"].is_null() {
                world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
            }
            world.issue_of(&topic).await;
        }
        world.settles().await;
        assert!(world.failures().await.is_empty(), "each issue was filed");
        for secret in ["zzz999yyy", "4711"] {
            assert!(!world.said_to_github().contains(secret), "{secret}");
        }
    })
    .await;
}
