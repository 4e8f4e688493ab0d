//! Vectors from an embeddings endpoint: asked for in order, kept with their model, and never done without.

mod endpoint;

use std::process::{Command, Output};

use grouping::SentenceVector;
use heard::{
    base::{http::Outgoing, secret::Secret},
    flow::{check, embeddings::Embeddings},
    settings::EndpointSettings,
};

use crate::{databases, world::World};
use endpoint::{Answer, Endpoint, embedding};

fn embeddings(endpoint: &Endpoint) -> Embeddings {
    let settings = EndpointSettings::parse(&endpoint.url, Some("small"), Some(Secret::new("a-key"))).unwrap();
    Embeddings::new(Outgoing::new().unwrap(), settings)
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("the {number}th ticket is about thing {}", number * 7)).collect()
}

#[tokio::test]
async fn every_text_gets_its_own_vector_however_the_answer_is_ordered() {
    let endpoint = Endpoint::start();
    let mut texts = texts(130);
    texts[3] = " -- ".to_owned();
    let vectors = embeddings(&endpoint).vectors(&texts).await.unwrap();
    for (at, (text, vector)) in texts.iter().zip(vectors).enumerate() {
        let wanted = (at != 3).then(|| SentenceVector::quantise(&embedding(text, 16)));
        assert_eq!(vector, wanted, "{text}");
    }
    let asked = endpoint.asked();
    assert_eq!(
        asked.iter().map(|asked| asked.texts.len()).collect::<Vec<_>>(),
        [64, 64, 1],
        "the blank one is not sent"
    );
    assert!(asked.iter().all(|asked| asked.model == "small" && asked.key.as_deref() == Some("Bearer a-key")));
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_no_answer() {
    let endpoint = Endpoint::start();
    let embeddings = embeddings(&endpoint);
    for (answer, says) in [
        (Answer::OneTooFew, "answered 3 texts with 2 embeddings"),
        (Answer::Nonsense, "what is no list of embeddings"),
        (Answer::Status(401), "refuses our key (401); check embeddings_key"),
        (Answer::Status(404), "refuses the request (404); check model and embeddings_model"),
        (Answer::Status(503), "cannot answer now (503)"),
    ] {
        endpoint.answers(&[answer]);
        let failed = embeddings.vectors(&texts(3)).await.unwrap_err();
        assert!(failed.sentence.contains(says), "{failed}");
        assert!(failed.sentence.starts_with("The embeddings endpoint at 127.0.0.1 "), "{failed}");
        assert_eq!(failed.may_pass, answer == Answer::Status(503), "{failed}");
    }
    assert!(embeddings.vectors(&texts(3)).await.is_ok());
}

#[tokio::test]
async fn vectors_of_another_length_are_refused() {
    let endpoint = Endpoint::start();
    let embeddings = embeddings(&endpoint);
    embeddings.vectors(&texts(2)).await.unwrap();
    endpoint.dimensions(24);
    let failed = embeddings.vectors(&texts(2)).await.unwrap_err();
    assert!(failed.sentence.contains("vectors of 24 numbers where those before have 16"), "{failed}");
}

#[tokio::test]
async fn who_is_patient_outlasts_a_limit_and_an_outage() {
    let endpoint = Endpoint::start();
    endpoint.answers(&[Answer::Status(429), Answer::Status(500)]);
    let vectors = embeddings(&endpoint).patiently(&texts(1)).await.unwrap();
    assert_eq!((vectors.len(), endpoint.asked().len()), (1, 3));
}

impl World {
    /// The grouping compares by this endpoint's vectors from the next start on.
    fn compares_by(&mut self, endpoint: &Endpoint, model: &str) {
        let by = format!("model = {:?}\nembeddings_model = {model:?}", endpoint.url);
        self.settings_change("model = \"none\"", &by);
    }

    fn sends(&self, name: &str, subject: &str, body: &str) -> u64 {
        let customer = self.helpdesk.customer(name).add();
        self.helpdesk.ticket_from(customer).subject(subject).body(body).send()
    }
}

const SUBJECT: &str = "Export to CSV crashes";
const BODY: &str = "It stops at half of the rows.";

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_waits_for_an_endpoint_that_fails_and_the_health_page_says_so() {
    databases::for_each(async |database| {
        let endpoint = Endpoint::start();
        let mut world = World::new(database).await;
        world.stops().await;
        world.compares_by(&endpoint, "small");
        world.starts_again().await;
        endpoint.always(Some(Answer::Status(503)));
        let ticket = world.sends("Ana Sousa", SUBJECT, BODY);
        let failure = world.fails("group", "The embeddings endpoint at 127.0.0.1 cannot answer now (503)").await;
        assert!(failure.sentence.contains("tickets wait to be grouped until then") && !failure.given_up, "{failure:?}");
        assert_eq!(world.counts("SELECT count(*) FROM decision").await, 0, "nothing was decided without it");
        let wrong = check::run(world.app()).await.into_iter().find(|finding| finding.about == "grouping").unwrap();
        assert!(!wrong.ok && wrong.sentence.contains("(503)."), "{wrong:?}");

        endpoint.always(None);
        world.topic_of(ticket).await;
        assert_eq!(world.counts("SELECT count(*) FROM embedding").await, 1);
        let fine = check::run(world.app()).await.into_iter().find(|finding| finding.about == "grouping").unwrap();
        assert!(fine.ok && fine.sentence.contains("vectors of 16 numbers"), "{fine:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_are_kept_with_their_model_and_those_of_another_are_made_anew() {
    databases::for_each(async |database| {
        let endpoint = Endpoint::start();
        let mut world = World::new(database).await;
        let first = world.sends("Ana Sousa", SUBJECT, BODY);
        world.topic_of(first).await;
        world.stops().await;
        world.compares_by(&endpoint, "small");
        world.starts_again().await;
        let second = world.sends("Bob Stone", "The map is upside down", "North is below.");
        world.topic_of(second).await;
        let asked: Vec<String> = endpoint.asked().into_iter().flat_map(|asked| asked.texts).collect();
        assert_eq!(asked, [format!("{SUBJECT}. {BODY}"), "The map is upside down. North is below.".to_owned()]);

        world.stops().await;
        world.starts_again().await;
        let third = world.sends("Chloé Petit", "Dark mode", "Please add one.");
        world.topic_of(third).await;
        let asked: Vec<String> = endpoint.asked().into_iter().flat_map(|asked| asked.texts).collect();
        assert_eq!(asked, ["Dark mode. Please add one."], "what was kept is not asked for again");

        world.stops().await;
        world.settings_change("embeddings_model = \"small\"", "embeddings_model = \"large\"");
        endpoint.dimensions(24);
        world.starts_again().await;
        let fourth = world.sends("Dan Wu", SUBJECT, BODY);
        let topic = world.topic_of(fourth).await;
        assert_eq!(topic["id"], world.topic_of(first).await["id"], "the same text joins whatever compares meanings");
        let asked: usize = endpoint.asked().iter().map(|asked| asked.texts.len()).sum();
        assert_eq!(asked, 4, "every ticket is read anew by the other model");
        assert_eq!(world.counts("SELECT count(*) FROM embedding WHERE model LIKE '% large'").await, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_model_reads_many_tickets_anew_they_are_grouped_by_their_words() {
    const MANY: u64 = 60;
    databases::for_each(async |database| {
        let endpoint = Endpoint::start();
        let mut world = World::new(database).await;
        let first = world.sends("Ana Sousa", SUBJECT, BODY);
        for number in 1..MANY {
            world.sends("Bob Stone", &format!("Thing {number} is upside down"), &format!("It is the {number}th time."));
        }
        let grouped = async |world: &World, tickets: u64| {
            let grouped = async || world.counts("SELECT count(*) FROM link").await == i64::try_from(tickets).unwrap();
            world.until(&format!("{tickets} tickets are grouped"), grouped).await;
        };
        grouped(&world, MANY).await;
        world.stops().await;

        world.compares_by(&endpoint, "small");
        endpoint.always(Some(Answer::Status(503)));
        world.starts_again().await;
        let again = world.sends("Chloé Petit", SUBJECT, BODY);
        let topic = world.topic_of(again).await;
        assert_eq!(topic["id"], world.topic_of(first).await["id"], "words are enough for the same text");
        assert_eq!(world.counts("SELECT count(*) FROM embedding").await, 0, "nothing could be read anew yet");
        let waiting = async |world: &World| {
            let findings = check::run(world.app()).await.into_iter();
            let sentences: Vec<String> = findings.map(|finding| finding.sentence).collect();
            sentences.into_iter().find(|sentence| sentence.contains("tickets are grouped by their words"))
        };
        assert!(waiting(&world).await.is_some_and(|sentence| sentence.contains("61 of 61 tickets")));

        endpoint.always(None);
        let all = MANY + 1;
        let read = async || world.counts("SELECT count(*) FROM embedding").await == i64::try_from(all).unwrap();
        world.until("every ticket was read anew, the latest among them", read).await;
        assert_eq!(waiting(&world).await, None);
        endpoint.asked();
        let later = async || {
            let next = world.sends("Dan Wu", "Dark mode", "Please add one.");
            world.topic_of(next).await;
            !endpoint.asked().is_empty()
        };
        world.until("the next tickets are compared by meaning, too", later).await;
    })
    .await;
}

fn analyze(endpoint: &Endpoint, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tickets.jsonl");
    let line = |number: usize| {
        let subject = ["Export crashes", "Login fails", "Map is upside down"][number % 3];
        serde_json::json!({ "id": number.to_string(), "subject": subject, "body": format!("It is the {number}th time.") })
            .to_string()
            + "\n"
    };
    std::fs::write(&path, (0..100).map(line).collect::<String>()).unwrap();
    Command::new(env!("CARGO_BIN_EXE_heard"))
        .args(["analyze", path.to_str().unwrap(), "--json", "--model", &endpoint.url])
        .args(more)
        .env("HEARD_GROUPING_EMBEDDINGS_KEY", "a-key")
        .output()
        .unwrap()
}

#[test]
fn an_export_is_analyzed_by_an_endpoint() {
    let endpoint = Endpoint::start();
    endpoint.answers(&[Answer::Status(429)]);
    let output = analyze(&endpoint, &["--embeddings-model", "small"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 100);
    let asked = endpoint.asked();
    assert_eq!(asked.iter().map(|asked| asked.texts.len()).collect::<Vec<_>>(), [64, 64, 36]);
    assert_eq!(asked[1].texts[1], "Login fails. It is the 1th time.");
    assert!(asked.iter().all(|asked| asked.key.as_deref() == Some("Bearer a-key")));
    assert_eq!(analyze(&endpoint, &["--embeddings-model", "small", "--threads", "1"]).stdout, output.stdout);
}

#[test]
fn an_analysis_ends_with_a_sentence_where_its_endpoint_refuses() {
    let endpoint = Endpoint::start();
    endpoint.always(Some(Answer::Status(404)));
    let output = analyze(&endpoint, &["--embeddings-model", "small"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("refuses the request (404); check model and"), "{said}");
    let output = analyze(&endpoint, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("needs --embeddings-model beside it"), "{said}");
}
