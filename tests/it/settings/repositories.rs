//! What `[github]` and `[[repositories]]` change.

use std::{path::Path, sync::Arc, time::Duration};

use heard::{
    base::clock::{Clock, Time},
    store::sweeps,
};
use simulator::{Github, GithubOptions, Repository, RepositoryOptions};

use crate::{
    databases,
    story::{BODY, SUBJECT, stopped_clock},
    world::{Options, World, simulator_section},
};

/// A second simulated GitHub on the machine's clock.
fn another_github() -> Github {
    Github::start(GithubOptions::new(Arc::new(|| Clock::system().now().as_micros()))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_are_filed_at_the_github_of_the_api_url() {
    let database = databases::sqlite();
    let other = another_github();
    let github = Some(simulator_section(&other));
    let world = World::with(&database.url, Options { github, ..Options::default() }).await;
    world.an_escalated_complaint().await;
    assert_eq!((other.issues_filed_by_heard(), world.github.issues_filed_by_heard()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn heard_is_at_github_who_its_credentials_say() {
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/github/app.pem");
    let app = format!("app_id = 12345\nprivate_key = {:?}", format!("file:{}", key.display()));
    for (credentials, login) in [(app.as_str(), "heard[bot]"), ("token = \"github-token\"", "heard-bot")] {
        let database = databases::sqlite();
        let other = another_github();
        let github = Some(format!("api_url = {:?}\n{credentials}", other.url()));
        let world = World::with(&database.url, Options { github, ..Options::default() }).await;
        let complaint = world.an_escalated_complaint().await;
        assert_eq!(other.repository("acme/product").issue(complaint.issue).unwrap().author, login);
    }
}

/// When the source whose name begins so was swept last.
async fn swept_at(world: &World, source: &str) -> Option<Time> {
    let mut conn = world.app().database.read().await.unwrap();
    let all = sweeps::list(&mut conn).await.unwrap();
    all.into_iter().find(|sweep| sweep.source.starts_with(source)).and_then(|sweep| sweep.swept_at)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_is_swept_as_often_as_its_settings_say() {
    for (patient, eager, follows) in
        [("github:", "helpdesk:", "[[repositories]]"), ("helpdesk:", "github:", "[grouping]")]
    {
        let database = databases::sqlite();
        let (often, seldom) = (format!("sweep_minutes = 5\n{follows}"), format!("sweep_minutes = 60\n{follows}"));
        let changes = [(often.as_str(), seldom.as_str())];
        let options = Options { changes: &changes, clock: stopped_clock(), ..Options::default() };
        let world = World::with(&database.url, options).await;
        world.is_swept().await;
        world.settles().await;
        let before = (swept_at(&world, patient).await, swept_at(&world, eager).await);
        world.clock.advance(Duration::from_mins(6));
        // Both are looked at together, so the time of the patient one has not come when the other was swept.
        world.until("the eager one is swept again", async || swept_at(&world, eager).await > before.1).await;
        world.settles().await;
        assert_eq!(swept_at(&world, patient).await, before.0, "{patient} waits for an hour");
    }
}

/// A second repository, after everything else in the settings.
fn mobile(more: &str) -> String {
    format!("[[repositories]]\nname = \"acme/mobile\"\n{more}\n")
}

/// In which repository the issue of a complaint with a tag is filed.
async fn filed_in(changes: &[(&str, &str)], more: &str) -> String {
    let database = databases::sqlite();
    let tell = mobile(more);
    let world = World::with(&database.url, Options { changes, tell: &tell, ..Options::default() }).await;
    world.github.add_repository(&RepositoryOptions::private("acme/mobile"));
    let agent = world.helpdesk.agent("Sam Okafor");
    let customer = world.helpdesk.customer("Ana Sousa").add();
    let ticket = world.helpdesk.ticket_from(customer).subject(SUBJECT).body(BODY).tag("ios").send();
    let topic = world.topic_of(ticket).await["id"].as_str().unwrap().to_owned();
    world.helpdesk.agent_tags(agent, ticket, "escalate");
    world.issue_of(&topic).await;
    world.topic_of(ticket).await["issue"]["repository"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_goes_to_the_default_but_where_a_route_sends_it_elsewhere() {
    let brand = [("helpdesk = \"zendesk\"", "helpdesk = \"zendesk\"\nbrand = \"mobile\"")];
    for (rule, changes, expected) in [
        ("tag = \"android\"", &[][..], "acme/product"),
        ("tag = \"ios\"", &[], "acme/mobile"),
        ("kind = \"question\"", &[], "acme/product"),
        ("kind = \"bug\"", &[], "acme/mobile"),
        ("brand = \"mobile\"", &[], "acme/product"),
        ("brand = \"mobile\"", &brand, "acme/mobile"),
    ] {
        assert_eq!(filed_in(changes, &format!("route = [{{ {rule} }}]")).await, expected, "{rule} {changes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_no_route_sends_goes_to_the_default() {
    let other = [("product\"\ndefault = true", "product\"\ndefault = false")];
    assert_eq!(filed_in(&[], "").await, "acme/product");
    assert_eq!(filed_in(&other, "default = true").await, "acme/mobile");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_issue_of_heard_has_the_labels_of_its_repository() {
    let database = databases::sqlite();
    let changes = [("default = true", "default = true\nlabels = [\"from-customers\"]")];
    let world = World::with(&database.url, Options { changes: &changes, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    let labels = world.product().issue(complaint.issue).unwrap().labels;
    assert!(labels.contains(&"from-customers".to_owned()), "{labels:?}");
}

/// What brings a fix to users: the repository, and the commit of the fix.
type Brings = fn(&Repository<'_>, &str);

/// Whether the customer was told after each of these in turn.
async fn told_after(release: &str, changes: &[(&str, &str)], steps: &[Brings]) -> Vec<bool> {
    let database = databases::sqlite();
    let world = World::with(&database.url, Options { changes, release, ..Options::default() }).await;
    let complaint = world.an_escalated_complaint().await;
    let fix = world.an_engineer_merges_the_fix_of(complaint.issue);
    world.becomes(&complaint.topic, "fix_merged").await;
    let mut told = Vec::new();
    for brings in steps {
        brings(&world.product(), &fix);
        world.settles().await;
        world.settles().await;
        told.push(!world.helpdesk.replies_by_heard(complaint.ticket).is_empty());
    }
    told
}

const RELEASED: Brings = |product, fix| {
    product.release("v2.4.0").at(fix).publish();
};
const TAGGED: Brings = |product, fix| {
    product.tag("v2.4.1", fix);
};
const CANDIDATE: Brings = |product, fix| {
    product.release("v2.4.2-rc.1").at(fix).prerelease().publish();
};
const STAGED: Brings = |product, fix| {
    product.deploy("staging", fix);
};
const DEPLOYED: Brings = |product, fix| {
    product.deploy("production", fix);
};

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_is_out_with_what_the_repository_releases_by() {
    assert_eq!(told_after("releases", &[], &[DEPLOYED, CANDIDATE, RELEASED]).await, [false, false, true]);
    assert_eq!(told_after("tags", &[], &[DEPLOYED, TAGGED]).await, [false, true]);
    assert_eq!(told_after("deployments", &[], &[RELEASED, STAGED, DEPLOYED]).await, [false, false, true]);
    assert_eq!(told_after("stated", &[], &[RELEASED, TAGGED, DEPLOYED]).await, [false, false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_that_counts_is_the_one_of_the_settings() {
    let staging = [("default = true", "default = true\nenvironment = \"staging\"")];
    assert_eq!(told_after("deployments", &staging, &[DEPLOYED, STAGED]).await, [false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prerelease_counts_where_the_settings_say_so() {
    let candidates = [("default = true", "default = true\ninclude_prereleases = true")];
    assert_eq!(told_after("releases", &candidates, &[CANDIDATE]).await, [true]);
}
