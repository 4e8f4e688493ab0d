//! Tags and ready-made answers say what a ticket is about only where that has proven itself here, and never surely.

use serde_json::{Value, json};

use crate::{databases, world::World};

/// What customers with one problem write of which each sees another end.
const ENDS: [&str; 12] = [
    "The last row is gone",
    "My accountant got a file that is short",
    "Totals of March do not add up in Excel",
    "CSV without December",
    "Where is the sum line",
    "Import into DATEV complains",
    "One customer is lacking from the list",
    "Report cut off at the bottom",
    "Fewer lines than on the screen",
    "The download stops early",
    "Our nightly job finds 99 of 100",
    "Newest order never arrives in the sheet",
];
/// What others write.
const OTHERS: [&str; 12] = [
    "Invoice shows no tax",
    "Please change our logo",
    "Password mail does not come",
    "Dark colours at night",
    "How do I add a colleague",
    "Delete my account",
    "Phone app crashes on start",
    "Refund for August",
    "Webhook signature differs",
    "Printer prints grey",
    "Calendar is off by one hour",
    "Wrong language in the menu",
];
/// What support answers to those with the problem, and what it answers to everybody.
const KNOWN: &str = "we know of this and are at work on it. You get the missing line from us by mail today.";
const ANYTHING: &str = "thank you for your message. Somebody looks into it and comes back to you soon.";

impl World {
    async fn is_written(&self, company: &str, subject: &str, tags: &[&str]) -> u64 {
        let customer = self.helpdesk.customer(&format!("Somebody of {company}")).of(company).add();
        let ticket = self.helpdesk.ticket_from(customer).subject(subject).body(&format!("{subject}."));
        let ticket = tags.iter().fold(ticket, |ticket, tag| ticket.tag(tag)).send();
        self.topic_of(ticket).await;
        ticket
    }

    /// A person says where a ticket belongs; `None` is a topic of its own.
    async fn is_put(&self, ticket: u64, topic: Option<&str>) {
        let id = self.id_of(ticket).await;
        self.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": topic })).await;
    }

    /// The likely members of a topic, each with why.
    async fn likely_of(&self, topic: &str) -> Vec<(String, String)> {
        let page = self.get(&format!("/api/v1/topics/{topic}")).await;
        let says = |link: &Value| link["reasons"]["reasons"][0]["says"].as_str().unwrap_or_default().to_owned();
        let likely = page["likely_links"].as_array().unwrap().iter();
        likely.map(|link| (link["ticket"].as_str().unwrap().to_owned(), says(link))).collect()
    }

    async fn becomes_likely(&self, ticket: u64, topic: &str) -> String {
        let id = self.id_of(ticket).await;
        self.until_some("the ticket is a likely member", async || {
            self.likely_of(topic).await.into_iter().find(|(likely, _)| *likely == id).map(|(_, why)| why)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_agents_tag_and_answer_alike_is_likely_the_same_once_that_has_proven_itself_and_never_sure() {
    databases::for_each(async |database| {
        let mut world = World::new(database).await;
        let agent = world.helpdesk.agent("Tess");
        let mut topic = String::new();
        for (number, (end, other)) in ENDS.iter().zip(OTHERS).enumerate() {
            // "vip" is on the tickets of whoever pays much (support.zendesk.com, 203662006), and the form puts "web" on all.
            let one = world.is_written(&format!("Quarry {number}"), end, &["web", "vip", "export_short"]).await;
            if number == 0 {
                topic = world.topic_of(one).await["id"].as_str().unwrap().to_owned();
            }
            world.is_put(one, Some(&topic)).await;
            let another = world.is_written(&format!("Mill {number}"), other, &["web", "vip"]).await;
            world.is_put(another, None).await;
            for ticket in [one, another] {
                world.helpdesk.agent_replies(agent, ticket, &format!("Hello,\n\n{ANYTHING}\n\nBest regards\nTess"));
            }
            world.helpdesk.agent_replies(agent, one, &format!("Hello,\n\n{KNOWN}\n\nBest regards\nTess"));
        }
        world.settles().await;
        let sure = world.get(&format!("/api/v1/topics/{topic}")).await["ticket_count"].clone();
        assert_eq!(sure, 12);

        let tagged = world.is_written("Bosporus", "Nobody here can close the books", &["web", "export_short"]).await;
        let why = world.becomes_likely(tagged, &topic).await;
        assert!(why.starts_with("Both are tagged \u{201c}export_short\u{201d}"), "{why}");
        let paying = world.is_written("Night", "Our intern has left", &["web", "vip"]).await;
        let later = world.is_written("Lovelace", "It is Friday and this again", &[]).await;
        let answered = world.is_written("Tower", "What shall I tell my boss", &[]).await;
        world.helpdesk.agent_tags(agent, later, "export_short");
        world.becomes_likely(later, &topic).await;
        world.helpdesk.agent_replies(agent, answered, &format!("Dear Sir or Madam,\n\n{ANYTHING}\n\nRegards\nTom"));
        world.settles().await;
        let likely = world.likely_of(&topic).await;
        for ticket in [paying, answered] {
            let id = world.id_of(ticket).await;
            assert!(likely.iter().all(|(likely, _)| *likely != id), "what everybody gets says nothing: {likely:?}");
        }
        world.helpdesk.agent_replies(agent, answered, &format!("Dear Sir or Madam,\n\n{KNOWN}\n\nRegards\nTom"));
        let why = world.becomes_likely(answered, &topic).await;
        assert!(why.starts_with("An agent gave both the same answer"), "{why}");
        world.stops().await;
        world.starts_again().await;
        let after = world.get(&format!("/api/v1/topics/{topic}")).await;
        assert_eq!((&after["ticket_count"], &after["likely"]["ticket_count"]), (&sure, &json!(3)), "nobody is sure");
    })
    .await;
}
