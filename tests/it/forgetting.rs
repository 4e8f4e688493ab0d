//! Whoever asks to be forgotten is forgotten everywhere, and not told twice for it; whoever asks what is kept reads it; and
//! a link can be ended (G4, one update per customer and milestone; G6, nothing private leaves).

mod spelled;

use std::time::Duration;

use heard::store::Session as _;
use reqwest::Method;
use serde_json::Value;

use crate::{
    databases,
    story::{BODY, SUBJECT, page_in, stopped_clock},
    world::{ADMIN, Options, World},
};

/// Words that nobody but the customer uses.
const CANARIES: [&str; 4] = ["zephyrine", "quatermass", "vogelsang", "wolkenheim"];

impl World {
    /// Asks the API to delete something, and gives the status and the answer.
    async fn deletes(&self, path: &str) -> (u16, Value) {
        let request = self.anonymous().request(Method::DELETE, format!("{}{path}", self.url())).bearer_auth(ADMIN);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Every column of every table that holds one of the canaries.
    async fn kept_somewhere(&self) -> Vec<String> {
        self.kept_somewhere_of(&CANARIES).await
    }

    /// Every column of every table that holds one of these words.
    async fn kept_somewhere_of(&self, words: &[&str]) -> Vec<String> {
        const IN_SQLITE: &str = "SELECT sqlite_master.name, columns.name, columns.type FROM sqlite_master
             JOIN pragma_table_info(sqlite_master.name) columns WHERE sqlite_master.type = 'table'";
        const IN_POSTGRES: &str = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT)
             FROM information_schema.columns WHERE table_schema = 'public'";
        let mut conn = self.app().database.read().await.unwrap();
        let columns = match conn.query(IN_SQLITE).all::<(String, String, String)>().await {
            Ok(columns) => columns,
            Err(_) => conn.query(IN_POSTGRES).all().await.unwrap(),
        };
        assert!(columns.len() > 150, "every table is looked at");
        let mut found = Vec::new();
        for (table, column, kind) in columns {
            let text = match kind.as_str() {
                "bytea" => format!("encode(\"{column}\", 'escape')"),
                _ => format!("CAST(\"{column}\" AS TEXT)"),
            };
            let any: Vec<String> = words.iter().map(|word| format!("lower({text}) LIKE '%{word}%'")).collect();
            let any = any.join(" OR ");
            let question = format!("SELECT count(*) FROM \"{table}\" WHERE {any}");
            let (count,) = conn.query(Box::leak(question.into_boxed_str())).one::<(i64,)>().await.unwrap();
            if count > 0 {
                found.push(format!("{table}.{column}"));
            }
        }
        found.sort();
        found
    }
}

/// The copies of a database, and its own files, that hold one of the canaries.
async fn copies_that_hold_canaries(database: &str) -> Vec<String> {
    let copies = [("a backup", databases::backup(database).await), ("a file", databases::files(database))];
    let held = |bytes: &[u8]| CANARIES.iter().any(|canary| databases::stands_in(bytes, canary));
    copies.into_iter().filter(|(_, bytes)| held(bytes)).map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_whoever_asks_to_be_forgotten_and_nothing_comes_back() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let zoe = world.helpdesk.customer("Zephyrine Quatermass").email("zephyrine@wolkenheim.test").add();
        let body = format!("{BODY} It concerns the vogelsang project.");
        let theirs = world.helpdesk.ticket_from(zoe).subject(SUBJECT).body(&body).send();
        let apart =
            world.helpdesk.ticket_from(zoe).subject("Vogelsang: dark theme?").body("I wish for a dark theme.").send();
        world.topic_of(apart).await;
        let topic = world.grouped_into(theirs).await;
        let (_, other) = world.complains("Bob Stone");
        world.topic_of(other).await;
        world.support_says_they_are_the_same(other, theirs).await;
        world.helpdesk.agent_tags(agent, theirs, "escalate");
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        world.clock.advance(Duration::from_mins(1));
        world.ships(issue, "v2.4.0");
        let page = page_in(&world.told_in(theirs).await);
        world.told_in(other).await;
        world.settles().await;
        world.helpdesk.customer_replies(theirs, "It is still broken in vogelsang, I am sorry.");
        world.settles().await;
        assert!(!world.kept_somewhere().await.is_empty(), "it was there");
        assert!(!copies_that_hold_canaries(database).await.is_empty(), "and in the copies");
        let found = world.get("/api/v1/customers?email=Zephyrine@wolkenheim.test").await;
        let id = found["customers"][0]["id"].as_str().unwrap().to_owned();
        let export = world.get(&format!("/api/v1/customers/{id}/export")).await.to_string().to_lowercase();
        for canary in CANARIES {
            assert!(export.contains(canary), "{canary} is in what they may know: {export}");
        }

        assert_eq!(world.deletes(&format!("/api/v1/customers/{id}")).await.0, 200);
        assert_eq!(copies_that_hold_canaries(database).await, Vec::<String>::new());
        world.settles().await;
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new());
        let section = world.body_of(issue).to_lowercase();
        assert!(!CANARIES.iter().any(|canary| section.contains(canary)), "{section}");
        assert_eq!(world.anonymous().get(&page).send().await.unwrap().status().as_u16(), 404);

        // The helpdesk still has everything, and says so.
        world.clock.advance(Duration::from_mins(1));
        world.helpdesk.agent_notes(agent, theirs, "Zephyrine asked us to forget her.");
        world.helpdesk.customer_replies(theirs, "Is vogelsang any better?");
        world.helpdesk.hooks().redeliver_all(1, 3);
        world.settles().await;
        world.sweeps().await;
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new());
        assert_eq!(world.helpdesk.replies_by_heard(theirs).len(), 1, "nothing more is said there");
        assert_eq!(world.helpdesk.replies_by_heard(other).len(), 1);

        // Whoever writes again is somebody new.
        world.clock.advance(Duration::from_mins(1));
        let again = world.helpdesk.ticket_from(zoe).subject(SUBJECT).body(BODY).send();
        let known = world.id_of(again).await;
        let new = world.get(&format!("/api/v1/tickets/{known}")).await;
        assert_ne!(new["customer"].as_str(), Some(id.as_str()));
    })
    .await;
}

/// Somebody in copy of other people's tickets, who once gave a ticket of theirs to somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_wrote_in_tickets_of_others_is_forgotten_with_them() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { clock: stopped_clock(), ..Options::default() }).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let zoe = world.helpdesk.customer("Zephyrine Quatermass").email("zephyrine@wolkenheim.test").add();
        let own = world.helpdesk.ticket_from(zoe).subject("Dark theme").body("I wish for a dark theme.").send();
        world.topic_of(own).await;
        let body = "Signing in leads back to the form since vogelsang.";
        let given = world.helpdesk.ticket_from(zoe).subject("Login loops").body(body).send();
        world.topic_of(given).await;
        let (bob, theirs) = world.complains("Bob Stone");
        let topic = world.topic_of(theirs).await["id"].as_str().unwrap().to_owned();
        world.helpdesk.writes_in_copy(zoe, theirs, "We at wolkenheim see it in vogelsang, too.");
        world.helpdesk.agent_gives_to(agent, given, bob);
        world.helpdesk.agent_tags(agent, theirs, "escalate");
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        let messages = async || {
            world.counts("SELECT count(*) FROM message WHERE author = 'customer' AND body LIKE '%last row%'").await
        };
        assert_eq!(messages().await, 1);
        assert!(world.kept_somewhere().await.contains(&"message.body".to_owned()), "it was there");
        let found = world.get("/api/v1/customers?email=zephyrine@wolkenheim.test").await;
        let id = found["customers"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(world.deletes(&format!("/api/v1/customers/{id}")).await.0, 200);
        world.settles().await;
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new());
        assert_eq!(messages().await, 1, "what Bob wrote stays");
        assert!(world.body_of(issue).contains("last row"), "and is quoted");

        world.clock.advance(Duration::from_mins(1));
        world.helpdesk.agent_notes(agent, theirs, "A look at this again.");
        world.helpdesk.agent_notes(agent, given, "And at this.");
        world.helpdesk.hooks().redeliver_all(1, 3);
        world.settles().await;
        world.sweeps().await;
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new(), "and nothing brings it back");
        world.helpdesk.writes_in_copy(zoe, theirs, "It still is so.");
        world.settles().await;
        let new = world.counts("SELECT count(*) FROM message WHERE body LIKE '%It still is so%'").await;
        assert_eq!(new, 1, "whoever writes again is somebody new");
    })
    .await;
}

/// A note names a topic by its title, which is a ticket's subject.
#[tokio::test(flavor = "multi_thread")]
async fn what_heard_wrote_of_them_in_tickets_of_others_goes_with_them() {
    databases::for_each(async |database| {
        let reviewed = [("default = true\n", "default = true\nreview = true\n")];
        let world = World::with(database, Options { changes: &reviewed, ..Options::default() }).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let zoe = world.helpdesk.customer("Zephyrine Quatermass").email("zephyrine@wolkenheim.test").add();
        let subject = "Since vogelsang the export is short";
        let own = world.helpdesk.ticket_from(zoe).subject(subject).body("The export is short since vogelsang.").send();
        let topic = world.topic_of(own).await["id"].as_str().unwrap().to_owned();
        let (_, theirs) = world.complains("Bob Stone");
        world.support_says_they_are_the_same(theirs, own).await;
        world.helpdesk.agent_tags(agent, theirs, "escalate");
        let waits = async || world.get("/api/v1/issues/in_review").await["issues"][0]["topic"] == topic;
        world.until("it waits", waits).await;
        world.settles().await;
        let shown = world.get(&format!("/api/v1/topics/{topic}/issue")).await;
        world.github.faults().all("POST /repos/acme/product/issues", simulator::Failure::RetryAfter(429, 3_000));
        let filing = serde_json::json!({ "seen": shown["seen"], "introduction": "Somebody sees it since vogelsang." });
        assert_eq!(world.post(&format!("/api/v1/topics/{topic}/issue/file"), &filing).await.0, 200);
        let before = world.kept_somewhere().await;
        assert!(before.contains(&"issue.introduction".to_owned()), "{before:?}");
        let found = world.get("/api/v1/customers?email=zephyrine@wolkenheim.test").await;
        let id = found["customers"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(world.deletes(&format!("/api/v1/customers/{id}")).await.0, 200);
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new());
        world.until("a person looks once more", waits).await;
    })
    .await;
}

/// The step was told before they were forgotten, and is news to everybody who writes in the topic.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_forgotten_and_writes_again_is_not_told_the_same_step_again() {
    databases::for_each(async |database| {
        let tell = "fix_merged = \"send\"\n";
        let world = World::with(database, Options { clock: stopped_clock(), tell, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
        world.update_that_is("fix_merged", "sent").await;
        world.settles().await;
        let id = world.get("/api/v1/customers").await["customers"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(world.deletes(&format!("/api/v1/customers/{id}")).await.0, 200);
        world.clock.advance(Duration::from_mins(1));
        let again = world.helpdesk.ticket_from(complaint.customer).subject(SUBJECT).body(BODY).send();
        let (_, other) = world.complains("Bob Stone");
        for ticket in [again, other] {
            let known = world.id_of(ticket).await;
            world.topic_of(ticket).await;
            let path = format!("/api/v1/tickets/{known}/move");
            world.does(&path, &serde_json::json!({ "topic": complaint.topic })).await;
        }
        world.settles().await;
        assert_eq!(world.helpdesk.replies_by_heard(other).len(), 1, "to whoever is new it is news");
        assert!(world.helpdesk.replies_by_heard(again).is_empty(), "they know it");
        let skipped = world.update_that_is("fix_merged", "skipped").await;
        assert!(skipped["reason"].as_str().unwrap().contains("before they asked to be forgotten"), "{skipped}");
        world.clock.advance(Duration::from_mins(1));
        world.product().release("v2.4.0").at(&fix).publish();
        world.told_in(again).await;
    })
    .await;
}

/// The terms that two tickets share are customers' words. They explain the decision to whoever may read the tickets.
#[tokio::test(flavor = "multi_thread")]
async fn the_words_that_explain_a_decision_are_shown_with_its_ticket_and_go_with_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let first = world.helpdesk.customer("Ana Sousa").add();
        let body = "The vogelsang export is missing its last row since Monday.";
        world.topic_of(world.helpdesk.ticket_from(first).subject("Vogelsang export").body(body).send()).await;
        let second = world.helpdesk.customer("Bob Stone").add();
        let body = "Since the update our vogelsang export has lost the last row of the report.";
        let ticket = world.helpdesk.ticket_from(second).subject("The vogelsang export lost a row").body(body).send();
        let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        let page = world.get(&format!("/api/v1/topics/{topic}")).await.to_string();
        assert!(page.contains("vogelsang"), "{page}");
        let terms = "SELECT count(*) FROM decision WHERE lower(CAST(detail AS TEXT)) LIKE '%vogelsang%'";
        assert_eq!(world.counts(terms).await, 1, "the second ticket was compared with the first");
        let elsewhere = "SELECT count(*) FROM decision WHERE lower(CAST(detail AS TEXT)) LIKE '%vogelsang%'
                         AND verdict NOT IN ('join', 'ask', 'new')";
        assert_eq!(world.counts(elsewhere).await, 0, "what people decide holds ids");
        for path in [format!("/api/v1/topics/{topic}"), format!("/topics/{topic}")] {
            let shown = world.anonymous().get(format!("{}{path}", world.url())).send().await.unwrap();
            assert!(!shown.text().await.unwrap().to_lowercase().contains("vogelsang"), "{path} shows nobody else");
        }
        world.helpdesk.agent_redacts(agent, ticket, "vogelsang");
        world.until("the words are gone", async || world.counts(terms).await == 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_that_a_ticket_was_deleted_is_not_kept_with_its_words() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let bea = world.helpdesk.customer("Bea Roth").add();
        let ticket = world.helpdesk.ticket_from(bea).subject("Vogelsang").body("The vogelsang export is empty.").send();
        world.topic_of(ticket).await;
        world.settles().await;
        world.helpdesk.delete(agent, ticket);
        world.settles().await;
        assert_eq!(world.kept_somewhere().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_forgotten_who_is_not_known() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let nobody = "/api/v1/customers/0197a000-0000-7000-8000-000000000000";
        let (status, problem) = world.deletes(nobody).await;
        assert_eq!(status, 404, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("no customer"), "{problem}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_ended_opens_nothing_and_what_is_sent_later_has_another() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let page = page_in(&world.told_in(complaint.ticket).await);
        let update = world.update_that_is("shipped", "sent").await;
        world.settles().await;
        let opens = async || world.anonymous().get(&page).send().await.unwrap().status().as_u16();
        assert_eq!(opens().await, 200);
        let customer = update["customer"].as_str().unwrap();
        let nobody = "0197a000-0000-7000-8000-000000000000";
        assert_eq!(world.deletes(&format!("/api/v1/customers/{nobody}/links")).await.0, 404);
        assert_eq!(opens().await, 200);
        let (_, ended) = world.deletes(&format!("/api/v1/customers/{customer}/links")).await;
        assert_eq!(ended["revoked"], 1);
        assert_eq!(opens().await, 404);
        let (_, ended) = world.deletes(&format!("/api/v1/updates/{}/links", update["id"].as_str().unwrap())).await;
        assert_eq!(ended["revoked"], 0, "it had ended");
        let (_, ended) = world.deletes("/api/v1/links").await;
        assert_eq!(ended["revoked"], 0);
        world.update_that_is("shipped", "sent").await;
    })
    .await;
}

/// Whoever has a link from an earlier message would read what an engineer wrote before anybody let it be told.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_engineer_wrote_is_on_no_page_before_a_person_let_it_be_told() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        let page = page_in(&world.told_in(complaint.ticket).await);
        world.settles().await;
        for _ in 0..2 {
            world.helpdesk.customer_replies(complaint.ticket, "It is still broken: the last row is missing.");
            world.settles().await;
        }
        world.until("it is open again", async || world.topic_of(complaint.ticket).await["cycle"] == 1).await;
        world.product().comments_on(complaint.issue, "/heard workaround Initech's own table is corrupt.");
        let draft = world.update_that_is("workaround", "draft").await;
        let reads = async || world.anonymous().get(&page).send().await.unwrap().text().await.unwrap();
        assert!(!reads().await.contains("corrupt"), "a draft waits for a person");
        let id = draft["id"].as_str().unwrap();
        world.does(&format!("/api/v1/updates/{id}/cancel"), &serde_json::json!({})).await;
        assert!(!reads().await.contains("corrupt"), "and was taken back");
        let (status, _) = world.post(&format!("/api/v1/updates/{id}/approve"), &serde_json::json!({})).await;
        assert_eq!(status, 409);
    })
    .await;
}

/// Whoever writes the message themselves says what the customer reads.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_a_person_replaced_in_the_message_are_not_on_the_page_either() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().comments_on(complaint.issue, "/heard workaround Initech's own table is corrupt.");
        let draft = world.update_that_is("workaround", "draft").await;
        let id = draft["id"].as_str().unwrap();
        let link = draft["text"].as_str().unwrap().split_whitespace().find(|word| word.contains("/c/")).unwrap();
        let better = serde_json::json!({ "text": format!("Please split the export by month. {link}") });
        world.does(&format!("/api/v1/updates/{id}/edit"), &better).await;
        world.approves(&draft).await;
        let told = world.told_in(complaint.ticket).await;
        assert!(told.contains("by month") && !told.contains("corrupt"), "{told}");
        let page = world.anonymous().get(page_in(&told)).send().await.unwrap().text().await.unwrap();
        assert!(!page.contains("corrupt") && !page.contains("Initech"), "{page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_holds_a_word_of_no_list_while_customers_of_three_organizations_use_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let said = "Every CSV export from the quillbox is missing its last row, and so Rain says.";
        // Somebody else, who is called like a plain word.
        let other = world.helpdesk.customer("Nora Rain").add();
        let elsewhere =
            world.helpdesk.ticket_from(other).subject("Dark mode").body("Please add a dark mode to the phone app.");
        world.topic_of(elsewhere.send()).await;
        let mut tickets = Vec::new();
        for (name, company) in [("Ana Sousa", "Lovelace Ltd"), ("Bea Lund", "Lovelace Ltd"), ("Cyd Ray", "Noether AG")]
        {
            let customer = world.helpdesk.customer(name).of(company).add();
            tickets.push(world.helpdesk.ticket_from(customer).subject(SUBJECT).body(said).send());
            world.topic_of(tickets[tickets.len() - 1]).await;
        }
        world.helpdesk.agent_tags(agent, tickets[0], "escalate");
        let topic = world.topic_of(tickets[0]).await["id"].as_str().unwrap().to_owned();
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        let body = world.body_of(issue);
        assert!(body.contains("from the \\[word\\] is missing"), "two organizations are too few: {body}");
        assert!(body.contains("so \\[name\\] says"), "{body}");

        let third = world.helpdesk.customer("Dan Frey").email("dan@frey.test").add();
        let ticket = world.helpdesk.ticket_from(third).subject(SUBJECT).body(said).send();
        world.topic_of(ticket).await;
        world.until("three use it", async || world.body_of(issue).contains("from the quillbox is missing")).await;

        let id =
            world.get("/api/v1/customers?email=dan@frey.test").await["customers"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(world.deletes(&format!("/api/v1/customers/{id}")).await.0, 200);
        world.until("two are left", async || world.body_of(issue).contains("from the \\[word\\] is missing")).await;
    })
    .await;
}
