//! A person sees what Heard would file, and lets it go (G6).

mod switched_off;

use reqwest::header;
use serde_json::{Value, json};
use simulator::Failure;

use crate::{
    databases,
    story::{BODY, SUBJECT},
    web::{filled, session},
    world::{ADMIN, Options, World},
};

/// The settings where a person reviews.
const REVIEWED: [(&str, &str); 1] = [("default = true\n", "default = true\nreview = true\n")];

/// A complaint that an agent has escalated, and whose issue waits.
struct Waiting {
    agent: u64,
    ticket: u64,
    topic: String,
}

impl World {
    async fn reviewed(database: &str) -> Self {
        Self::with(database, Options { changes: &REVIEWED, ..Options::default() }).await
    }

    async fn a_complaint_in_review(&self) -> Waiting {
        let agent = self.helpdesk.agent("Sam Okafor");
        let (_, ticket) = self.complains("Ana Sousa");
        let topic = self.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
        self.helpdesk.agent_tags(agent, ticket, "escalate");
        self.until("its issue waits", async || self.in_review().await == [topic.as_str()]).await;
        self.settles().await;
        Waiting { agent, ticket, topic }
    }

    /// The topics whose issue waits.
    async fn in_review(&self) -> Vec<String> {
        let waiting = self.get("/api/v1/issues/in_review").await["issues"].as_array().unwrap().clone();
        waiting.iter().map(|issue| issue["topic"].as_str().unwrap().to_owned()).collect()
    }

    async fn preview(&self, topic: &str) -> Value {
        self.get(&format!("/api/v1/topics/{topic}/issue")).await
    }

    /// Lets the issue go as it was shown.
    async fn files(&self, topic: &str, shown: &Value, introduction: Option<&str>) -> (u16, Value) {
        let filing = json!({ "seen": shown["seen"], "introduction": introduction });
        self.post(&format!("/api/v1/topics/{topic}/issue/file"), &filing).await
    }

    /// What a person says of whether a ticket may be quoted.
    async fn may_quote(&self, ticket: u64, quoted: bool) {
        let path = format!("{}/api/v1/tickets/{}", self.url(), self.id_of(ticket).await);
        let request = self.anonymous().patch(path).bearer_auth(ADMIN).json(&json!({ "quoted": quoted }));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_filed_before_a_person_saw_it_and_then_exactly_that() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { ticket, topic, .. } = world.a_complaint_in_review().await;
        assert_eq!(world.github.issues_filed_by_heard(), 0, "nobody let it go");
        let note = world.helpdesk.notes(ticket).iter().map(|note| note.plain_body.as_str()).collect::<String>();
        assert!(note.contains("somebody looks at the issue first"), "{note}");

        let shown = world.preview(&topic).await;
        assert_eq!((shown["public"].clone(), shown["repository"].clone()), (json!(false), json!("acme/product")));
        assert!(shown["quotes"][0]["words"].as_str().unwrap().contains("missing its last row"), "{shown}");
        let above = "Look at **the writer** first. <!-- heard -->";
        assert_eq!(world.files(&topic, &shown, Some(above)).await.0, 200);
        let issue = world.product().issue(world.issue_of(&topic).await).unwrap();
        assert_eq!(json!(issue.title), shown["title"]);
        assert!(issue.body.starts_with("Look at **the writer** first. <\\!-- heard -->\n\n"), "{}", issue.body);
        assert!(issue.body.contains(shown["section"].as_str().unwrap().trim()), "{}\n{shown}", issue.body);
        world.settles().await;
        assert_eq!((world.in_review().await, world.github.issues_filed_by_heard()), (vec![], 1));
        let (status, said) = world.files(&topic, &shown, None).await;
        assert_eq!((status, &said["type"]), (409, &json!("urn:heard:problem:refused:issue-not-in-review")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_nobody_saw_wait_again() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { topic, ticket, .. } = world.a_complaint_in_review().await;
        let before = world.preview(&topic).await;
        let another = world.helpdesk.customer("Bob Stone").add();
        let said = "The CSV export of our monthly report is missing its last row since the purple elephants came.";
        let second = world.helpdesk.ticket_from(another).subject(SUBJECT).body(said).send();
        world.support_says_they_are_the_same(second, ticket).await;
        world.settles().await;
        let (status, refused) = world.files(&topic, &before, None).await;
        assert_eq!((status, &refused["type"]), (409, &json!("urn:heard:problem:refused:issue-changed")), "{refused}");

        // GitHub asks us to wait when it is let go, and the words change before we may call.
        let shown = world.preview(&topic).await;
        assert_eq!(shown["quotes"].as_array().unwrap().len(), 2, "{shown}");
        world.github.faults().all("POST /repos/acme/product/issues", Failure::RetryAfter(429, 2));
        assert_eq!(world.files(&topic, &shown, None).await.0, 200);
        world.until("GitHub was asked", async || world.github.faults().count("POST /repos/*/*/issues") > 0).await;
        world.may_quote(second, false).await;
        world.github.faults().heal();
        world.until("it waits again", async || world.in_review().await == [topic.as_str()]).await;
        assert_eq!(world.github.issues_filed_by_heard(), 0, "nobody saw it without the second quotation");
        let shown = world.preview(&topic).await;
        assert_eq!(shown["quotes"].as_array().unwrap().len(), 1, "{shown}");
        assert_eq!(world.files(&topic, &shown, None).await.0, 200);
        let issue = world.product().issue(world.issue_of(&topic).await).unwrap();
        assert!(!issue.body.contains("elephants"), "{}", issue.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_left_out_is_taken_out_of_an_issue_that_is_filed() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let body = || world.product().issue(complaint.issue).unwrap().body;
        assert!(body().contains("missing its last row. Can you") || body().contains("monthly report"), "{}", body());
        world.may_quote(complaint.ticket, false).await;
        world.until("the words are out", async || !body().contains("monthly report")).await;
        world.may_quote(complaint.ticket, true).await;
        world.until("and in again", async || body().contains("monthly report")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_writes_above_it_names_nobody() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        let shown = world.preview(&topic).await;
        for (above, kind) in [
            ("Ask Ana Sousa.", "[name]"),
            ("Write to ana@example.org.", "[e-mail]"),
            ("Call +1 415-555-0132.", "[phone]"),
        ] {
            let (status, said) = world.files(&topic, &shown, Some(above)).await;
            assert_eq!((status, &said["type"]), (409, &json!("urn:heard:problem:refused:introduction-private")));
            assert!(said["detail"].as_str().unwrap().contains(kind), "{said}");
        }
        let (status, said) = world.files(&topic, &shown, Some(&"row ".repeat(1_001))).await;
        assert_eq!((status, &said["type"]), (409, &json!("urn:heard:problem:refused:introduction-too-long")));
        assert_eq!((world.in_review().await, world.github.issues_filed_by_heard()), (vec![topic], 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_repository_gets_the_title_that_a_person_wrote_and_no_customers_words() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { changes: &REVIEWED, public: true, ..Options::default() }).await;
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        let shown = world.preview(&topic).await;
        assert_eq!((&shown["public"], &shown["quotes"]), (&json!(true), &json!([])));
        assert!(!shown.to_string().contains("last row"), "{shown}");
        let cookie = session(&world).await;
        let path = format!("{}/topics/{topic}/issue/title", world.url());
        let request = world.anonymous().post(path).header(header::COOKIE, &cookie);
        assert_eq!(filled(request, &[("text", "Export ends one row early")]).send().await.unwrap().status(), 303);
        let shown = world.preview(&topic).await;
        assert_eq!(shown["title"], "Export ends one row early");
        assert_eq!(world.files(&topic, &shown, None).await.0, 200);
        let issue = world.product().issue(world.issue_of(&topic).await).unwrap();
        assert_eq!(issue.title, "Export ends one row early");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_filed_once_nobody_is_asked_to_review_any_more() {
    databases::for_each(async |database| {
        let mut world = World::reviewed(database).await;
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        world.stops().await;
        world.settings_change("review = true", "review = false");
        world.starts_again().await;
        world.is_swept().await;
        world.issue_of(&topic).await;
        assert_eq!(world.in_review().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalated_topic_that_is_merged_before_it_was_filed_asks_for_the_one_that_carries_on() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        let customer = world.helpdesk.customer("Bob Stone").add();
        let other = world.helpdesk.ticket_from(customer).subject("Dark colours").body("Dark colours, please.").send();
        let other = world.topic_of(other).await["id"].as_str().unwrap().to_owned();
        world.does(&format!("/api/v1/topics/{topic}/merge"), &json!({ "into": other })).await;
        assert_eq!(world.in_review().await, [other.as_str()]);
        let shown = world.preview(&topic).await;
        assert_eq!(shown["topic"], json!(other), "whoever has the old address sees the one that carries on");
        assert_eq!(world.files(&other, &shown, None).await.0, 200);
        world.issue_of(&other).await;
        world.settles().await;
        assert_eq!(world.github.issues_filed_by_heard(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_refused_or_deleted_is_filed_anew_when_a_person_escalates_again() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().deletes(complaint.issue);
        world.fails("gone", "").await;
        let again = world.does(&format!("/api/v1/topics/{}/escalate", complaint.topic), &json!({})).await;
        assert_eq!(again["again"], false, "{again}");
        let path = format!("/api/v1/topics/{}", complaint.topic);
        let number = async || world.get(&path).await["issue"]["number"].as_u64();
        world.until("there is a new one", async || number().await.is_some_and(|now| now != complaint.issue)).await;
        let again = world.does(&format!("/api/v1/topics/{}/escalate", complaint.topic), &json!({})).await;
        assert_eq!(again["again"], true, "one that exists is not filed anew: {again}");
        assert!(world.failures().await.is_empty(), "and nothing says any more that it is gone");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_what_would_be_filed_and_files_it() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { agent, topic, ticket } = world.a_complaint_in_review().await;
        let cookie = session(&world).await;
        let page = async |path: String| {
            let request = world.anonymous().get(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            request.send().await.unwrap().text().await.unwrap()
        };
        let send = async |path: String, fields: &[(&str, &str)]| {
            let request = world.anonymous().post(format!("{}{path}", world.url())).header(header::COOKIE, &cookie);
            filled(request, fields).send().await.unwrap().status().as_u16()
        };
        let review = format!("/topics/{topic}/issue");
        for place in ["/topics".to_owned(), format!("/topics/{topic}")] {
            assert!(page(place).await.contains(&review));
        }
        let shown = page(review.clone()).await;
        assert!(shown.contains("only your company can read") && shown.contains("missing its last row"), "{shown}");
        let id = world.id_of(ticket).await;
        assert_eq!(send(format!("{review}/unquote"), &[("ticket", &id)]).await, 303);
        let shown = page(review.clone()).await;
        assert!(!shown.contains("monthly report"), "{shown}");
        let seen = world.preview(&topic).await["seen"].as_str().unwrap().to_owned();
        assert_eq!(send(format!("{review}/file"), &[("seen", "other"), ("introduction", "")]).await, 409);
        assert_eq!(send(format!("{review}/file"), &[("seen", &seen), ("introduction", "By the writer.")]).await, 303);
        let issue = world.product().issue(world.issue_of(&topic).await).unwrap();
        assert!(
            issue.body.starts_with("By the writer.\n\n") && !issue.body.contains("monthly report"),
            "{}",
            issue.body
        );
        assert!(!page("/topics".to_owned()).await.contains(&review), "nothing waits any more");
        // Whoever asks once more hears that engineering has it.
        world.helpdesk.agent_tags(agent, ticket, "escalate");
        world.settles().await;
        assert!(BODY.contains("monthly report") && world.github.issues_filed_by_heard() == 1);
    })
    .await;
}

/// Somebody who is in no ticket of the topics below.
async fn somebody_elsewhere(world: &World) {
    let other = world.helpdesk.customer("Quillon Ferreira").add();
    let ticket =
        world.helpdesk.ticket_from(other).subject("Dark colours").body("Dark colours at night, please.").send();
    world.topic_of(ticket).await;
    world.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_named_whatever_topic_they_are_of() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { changes: &REVIEWED, public: true, ..Options::default() }).await;
        somebody_elsewhere(&world).await;
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        let path = format!("{}/api/v1/topics/{topic}", world.url());
        let named = json!({ "title": "Export of Quillon ends one row early" });
        let request = world.anonymous().patch(path).bearer_auth(ADMIN).json(&named);
        assert_eq!(request.send().await.unwrap().status(), 200);
        let shown = world.preview(&topic).await;
        assert!(!shown["title"].as_str().unwrap().contains("Quillon"), "{shown}");
        let (status, said) = world.files(&topic, &shown, Some("Ask Ferreira.")).await;
        assert_eq!((status, &said["type"]), (409, &json!("urn:heard:problem:refused:introduction-private")), "{said}");
    })
    .await;
}

/// Names without capitals, without their accents, joined to other words, and in scripts that have no capitals or no spaces.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_named_in_public_however_the_name_is_written() {
    databases::for_each(async |database| {
        let world = World::with(database, Options { changes: &REVIEWED, public: true, ..Options::default() }).await;
        let people = [
            "山田花子",
            "김민수",
            "محمد الأحمدي",
            "दीपिका शर्मन",
            "Zéphyrine Quatermässe",
            "Jean-Loup Vandermolen",
            "Wu Bo",
            "D'Artagnoux",
            "Rose MacGillavry2",
        ];
        for (nth, name) in people.iter().enumerate() {
            let other = world.helpdesk.customer(name).email(&format!("p{nth}@elsewhere.test")).add();
            let ticket =
                world.helpdesk.ticket_from(other).subject("Dark colours").body("Dark colours at night, please.");
            world.topic_of(ticket.send()).await;
        }
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        let path = format!("{}/api/v1/topics/{topic}", world.url());
        let named = async |title: &str| {
            let request = world.anonymous().patch(&path).bearer_auth(ADMIN).json(&json!({ "title": title }));
            assert_eq!(request.send().await.unwrap().status(), 200);
            world.preview(&topic).await["title"].as_str().unwrap().to_owned()
        };
        for title in [
            "山田花子さんのエクスポートが壊れる",
            "山田さんのエクスポート",
            "김민수님의 내보내기가 실패합니다",
            "تصدير محمد الأحمدي لا يعمل",
            "दीपिका शर्मन का निर्यात",
            "Zephyrine loses rows",
            "Quatermasse loses rows",
            "vandermolen loses rows",
            "Vandermolens export",
            "Vandermolen_export loses rows",
            "JeanLoup export",
            "Wu Bo loses rows",
            "DArtagnoux export",
            "MacGillavry2 export",
            "rose loses rows",
        ] {
            assert_eq!(named(title).await, "A bug that customers report", "{title}");
        }
        assert_eq!(named("Export ends one row early").await, "Export ends one row early");
        let shown = world.preview(&topic).await;
        for above in [
            "山田花子さんの会社で起きます。",
            "ملف محمد الأحمدي هنا",
            "See the file of zephyrine.",
            "Ask vandermolen's team.",
        ] {
            let (status, said) = world.files(&topic, &shown, Some(above)).await;
            assert_eq!(
                (status, &said["type"]),
                (409, &json!("urn:heard:problem:refused:introduction-private")),
                "{above}"
            );
        }
        assert_eq!(world.files(&topic, &shown, Some("The writer of the file closes it too early.")).await.0, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_linked_where_a_person_reviews_gets_no_words_that_nobody_saw() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { topic, ticket, .. } = world.a_complaint_in_review().await;
        let linked = world.product().files_issue("Exports are short", "Seen by us, too.");
        let id = world.id_of(ticket).await;
        let link = json!({ "url": format!("acme/product#{linked}") });
        world.does(&format!("/api/v1/tickets/{id}/link_issue"), &link).await;
        world.issue_of(&topic).await;
        world.settles().await;
        let body = world.product().issue(linked).unwrap().body;
        assert!(body.contains("raised by 1 customer") && !body.contains("monthly report"), "{body}");
    })
    .await;
}

/// A renamed repository is one that the settings do not name.
#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_renamed_is_reviewed_still() {
    databases::for_each(async |database| {
        let world = World::reviewed(database).await;
        let Waiting { topic, .. } = world.a_complaint_in_review().await;
        let shown = world.preview(&topic).await;
        assert_eq!(world.files(&topic, &shown, None).await.0, 200);
        let issue = world.issue_of(&topic).await;
        world.settles().await;
        world.product().renames_to("wares");
        world.fails("renamed", "acme/product is called acme/wares now").await;
        let wares = world.github.repository("acme/wares");
        wares.deletes(issue);
        world.fails("gone", "is gone").await;
        world.does(&format!("/api/v1/topics/{topic}/escalate"), &json!({})).await;
        world.until("the new one waits", async || world.in_review().await == [topic.as_str()]).await;
        world.settles().await;
        assert_eq!(wares.issues().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_they_see_instead_of_a_fix_leaves_the_issue_with_their_ticket() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.told_in(complaint.ticket).await;
        world.settles().await;
        world.helpdesk.customer_replies(complaint.ticket, "It is still broken: the row before the last is lost now.");
        let body = || world.product().issue(complaint.issue).unwrap().body;
        world.until("engineers read it", async || body().contains("before the last is lost")).await;
        world.may_quote(complaint.ticket, false).await;
        world.until("it is out", async || !body().contains("before the last")).await;
        world.may_quote(complaint.ticket, true).await;
        world.until("it is in again", async || body().contains("before the last is lost")).await;
        let id = world.id_of(complaint.ticket).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": null })).await;
        world.until("it went with its ticket", async || !body().contains("before the last")).await;
    })
    .await;
}

/// Whoever has two tickets in a topic says it in one of them.
#[tokio::test(flavor = "multi_thread")]
async fn what_they_see_instead_of_a_fix_goes_with_the_ticket_in_which_they_said_so() {
    for is_moved in [false, true] {
        databases::for_each(async |database| {
            let world = World::new(database).await;
            let complaint = world.an_escalated_complaint().await;
            let second = world.helpdesk.ticket_from(complaint.customer).subject(SUBJECT).body(BODY).send();
            world.topic_of(second).await;
            world.support_says_they_are_the_same(second, complaint.ticket).await;
            world.settles().await;
            world.ships(complaint.issue, "v2.4.0");
            let replied_in = [complaint.ticket, second];
            let told = || replied_in.into_iter().find(|ticket| !world.helpdesk.replies_by_heard(*ticket).is_empty());
            let ticket = world.until_some("they are told", async || told()).await;
            let other = if ticket == second { complaint.ticket } else { second };
            world.update_that_is("shipped", "sent").await;
            world.settles().await;
            world.helpdesk.customer_replies(ticket, "It is still broken: the row before the last is lost now.");
            let said = || world.body_of(complaint.issue).contains("before the last");
            world.until("engineers read of it", async || said()).await;
            world.settles().await;
            world.may_quote(other, false).await;
            world.settles().await;
            assert!(said(), "it was said in the other one");
            if is_moved {
                let path = format!("/api/v1/tickets/{}/move", world.id_of(ticket).await);
                world.does(&path, &json!({ "topic": null })).await;
            } else {
                world.may_quote(ticket, false).await;
            }
            world.until("it is out of the issue", async || !said()).await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_taken_back_from_an_issue_that_is_left_alone_are_a_persons_to_take_out() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        world.product().labels(complaint.issue, "no-heard");
        world.settles().await;
        let (_, other) = world.complains("Bob Stone");
        world.topic_of(other).await;
        world.settles().await;
        world.may_quote(complaint.ticket, false).await;
        let said = world.fails("left_alone", "may quote a customer's words that were taken back since").await;
        assert!(said.given_up && said.sentence.contains(&format!("acme/product#{}", complaint.issue)), "{said:?}");
    })
    .await;
}
