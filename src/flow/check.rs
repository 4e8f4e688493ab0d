//! Check: whether everything is set up so that it will work. Each finding says what to do.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;

use super::{
    app::{App, Connection, open_tracker},
    calls,
    error::CallFailed,
    vectors::{self, Lacking},
};
use crate::{
    helpdesk::HelpdeskRefusal, model::release::ReleaseSource, settings::Settings, shipping, store, tracker::Tracker,
};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked: `database`, `github`, `connection NAME`, or `grouping`.
    pub about: String,
    /// Whether it is fine.
    pub ok: bool,
    /// What was found, and what to do about it.
    pub sentence: String,
}

/// Checks the database, GitHub, every connection, and the embeddings endpoint if there is one.
pub async fn run(app: &App) -> Vec<Finding> {
    let mut findings = vec![database(app, &app.settings).await];
    match &app.tracker {
        None => findings.push(found("github", true, "GitHub is not set up; topics are kept and no issue is filed.")),
        Some(tracker) => findings.extend(of_tracker(app, tracker.as_ref(), &app.settings).await),
    }
    for connection in app.connections.values() {
        findings.extend(of_connection(app, connection, &app.settings).await);
    }
    if let Some(embeddings) = &app.embeddings {
        findings.push(match embeddings.check().await {
            Ok(dimensions) => {
                let sentence = format!("The embeddings endpoint answers with vectors of {dimensions} numbers.");
                found("grouping", true, &sentence)
            }
            Err(failed) => found("grouping", false, &format!("{failed}.")),
        });
    }
    if let Ok(lacking) = vectors::lacking(app).await
        && lacking.are_many()
    {
        let Lacking { count, placed } = lacking;
        let sentence = format!(
            "The sentence model has still to read {count} of {placed} tickets, which it does while Heard runs; until then \
             tickets are grouped by their words."
        );
        findings.push(found("grouping", true, &sentence));
    }
    findings
}

/// Checks a connection of these settings, with which Heard may not have been started yet.
pub async fn connection(app: &App, settings: &Settings, name: &str) -> Vec<Finding> {
    let Some(named) = settings.connection(name) else { return Vec::new() };
    match Connection::open(named) {
        Ok(connection) => of_connection(app, &connection, settings).await,
        Err(why) => vec![found(&format!("connection {name}"), false, &format!("{why}."))],
    }
}

/// Checks the tracker of these settings, with which Heard may not have been started yet.
pub async fn tracker(app: &App, settings: &Settings) -> Vec<Finding> {
    let Some(named) = &settings.tracker else { return Vec::new() };
    match open_tracker(named) {
        Ok(tracker) => of_tracker(app, tracker.as_ref(), settings).await,
        Err(why) => vec![found(named.word, false, &format!("{why}."))],
    }
}

async fn of_tracker(app: &App, tracker: &dyn Tracker, settings: &Settings) -> Vec<Finding> {
    let repositories: Vec<_> = settings.repositories.iter().map(|one| one.name.clone()).collect();
    let checked = tracker.check(&repositories, app.clock.now()).await;
    let word = tracker.about().word;
    let mut findings: Vec<_> = checked.into_iter().map(|one| found(word, one.ok, &one.sentence)).collect();
    findings.extend(environments(app, tracker, settings).await);
    findings.extend(packages(app, tracker, settings).await);
    // Each repository is asked about by itself, and what hinders all of them is said once.
    let mut said = BTreeSet::new();
    findings.retain(|one| said.insert(one.sentence.clone()));
    findings
}

/// Where deployments count, whether there are any to the environment of the settings, and else which ones there are.
async fn environments(app: &App, tracker: &dyn Tracker, all: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for settings in all.repositories.iter().filter(|one| one.release == ReleaseSource::Deployments) {
        let (name, wanted) = (&settings.name, settings.environment.as_str());
        let since = app.clock.now().minus(Duration::from_hours(30 * 24));
        let listed = match tracker.releases(name, settings.release, wanted, since).await {
            Ok(listed) => listed,
            Err(why) => {
                let sentence = format!(
                    "{why}. Only deployments of {name} count, so Heard has to read them (`deployments: read`)."
                );
                findings.push(found(tracker.about().word, false, &sentence));
                continue;
            }
        };
        let mut seen: Vec<String> =
            listed.found.into_iter().filter(|one| !one.draft).filter_map(|one| one.environment).collect();
        seen.sort_unstable();
        seen.dedup();
        let there = seen.iter().any(|one| one.eq_ignore_ascii_case(wanted));
        let word = tracker.about().word;
        findings.push(if there {
            found(word, true, &format!("{name} has deployments to {wanted}."))
        } else if seen.is_empty() {
            found(word, false, &format!("{name} has no deployment that succeeded, and only those to {wanted} count. Set `release` to what carries fixes to users."))
        } else {
            let seen = seen.join(", ");
            found(word, false, &format!("{name} has no deployment to {wanted}, which is the only one that counts. Those to {seen} were seen; set `environment` to the one that customers use."))
        });
    }
    findings
}

/// The repositories whose tags are of several packages, although the settings name no components: every release there is a
/// doubt.
async fn packages(app: &App, tracker: &dyn Tracker, all: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let by_name = |source| matches!(source, ReleaseSource::Releases | ReleaseSource::Tags);
    for settings in all.repositories.iter().filter(|one| one.components.is_empty() && by_name(one.release)) {
        let name = &settings.name;
        let since = app.clock.now().minus(Duration::from_hours(30 * 24));
        let Ok(listed) = tracker.releases(name, settings.release, &settings.environment, since).await else { continue };
        let stable = listed.found.iter().filter(|one| !one.draft && !one.prerelease && !one.named_early);
        let packages: BTreeSet<String> =
            stable.filter_map(|one| shipping::package(&one.version, name.as_str())).collect();
        if packages.len() > 1 {
            let called = packages.iter().map(|one| if one.is_empty() { "the whole" } else { one.as_str() });
            let called = called.collect::<Vec<_>>().join(", ");
            findings.push(found(tracker.about().word, false, &format!("{name} has releases of several packages ({called}), and the settings name no components. Every release there waits for a person until they do.")));
        }
    }
    findings
}

fn found(about: &str, ok: bool, sentence: &str) -> Finding {
    Finding { about: about.to_owned(), ok, sentence: sentence.to_owned() }
}

async fn database(app: &App, settings: &Settings) -> Finding {
    if app.database.answers(Duration::from_secs(2)).await {
        let named = store::in_words(settings.database.expose());
        found("database", true, &format!("The database answers and is migrated: {named}."))
    } else {
        found(
            "database",
            false,
            "The database does not answer; check its URL and that it runs, then run `heard migrate`.",
        )
    }
}

async fn of_connection(app: &App, connection: &Connection, settings: &Settings) -> Vec<Finding> {
    let name = &connection.settings.name;
    let about = format!("connection {name}");
    let mut findings = Vec::new();
    match calls::identity(app, connection).await {
        Ok(Some(us)) => findings.push(match &us.lacks {
            None => found(&about, true, &format!("Signed in as {}.", us.name)),
            Some(lacks) => found(&about, false, lacks),
        }),
        Ok(None) => {
            findings.push(found(
                &about,
                true,
                "This helpdesk has no way to ask who we are; the first reply will tell.",
            ));
        }
        // Whatever else is asked would fail for the same reason.
        Err(failed) => return vec![found(&about, false, &why(connection, failed))],
    }
    let address = format!("{}/hooks/{name}", settings.public_url.as_str());
    if let Some(call) = connection.helpdesk.webhooks(&address) {
        match calls::send(app, connection, call).await {
            Ok(wrong) if wrong.is_empty() => findings.push(found(&about, true, "Its webhook is set up.")),
            Ok(wrong) => findings.extend(wrong.iter().map(|sentence| found(&about, false, sentence))),
            Err(failed) => findings.push(found(&about, false, &why(connection, failed))),
        }
    }
    findings
}

/// What went wrong, where, and what to do.
fn why(connection: &Connection, failed: CallFailed) -> String {
    let url = connection.settings.url.as_str();
    match failed {
        CallFailed::NotSent(why) | CallFailed::Unclear(why) => {
            format!("{why}; check the connection's url and the network.")
        }
        CallFailed::Paused(after, why) => format!("It {why} for {} seconds.", after.as_secs()),
        CallFailed::Refused(HelpdeskRefusal::Unauthorized(why)) => format!(
            "{url} does not let us in ({why}); check the connection's user and token, that the token still stands there, \
             and what its user may do."
        ),
        CallFailed::Refused(refusal) => format!("{url} {refusal}; check the connection's url."),
    }
}
