//! What became of the recurring topics: escalations, issues, fixes, releases, what customers were told, and what they said.

use std::collections::BTreeSet;

use heard::{base::clock::Time, model::audit::AuditAct};
use uuid::Uuid;

use crate::{
    rows::Cell,
    tickets::{CONNECTION, HOUR, History, REPOSITORY, Recurring, agent},
};

/// How many releases there were.
const RELEASES: usize = 120;
/// So many customers in a hundred say that it works. Whoever said that it does not would have opened the topic again.
const ANSWER_PERCENT: u64 = 30;
const DAY: i64 = 24 * HOUR;
/// By whom steps are recorded that Heard learned of.
const HEARD: &str = "heard";

/// A release.
struct Release {
    id: Uuid,
    version: String,
    at: i64,
}

/// Adds what became of every recurring topic.
pub fn add(history: &mut History) {
    let topics = std::mem::take(&mut history.recurring);
    let first = topics.first().map_or(history.end, |topic| topic.opened_at);
    let releases = releases(history, first);
    for (place, topic) in topics.iter().enumerate().filter(|(_, topic)| topic.state != "open") {
        of_topic(history, topic, place, &releases);
    }
    history.recurring = topics;
}

fn releases(history: &mut History, first: i64) -> Vec<Release> {
    let apart = (history.end - first) / i64::try_from(RELEASES + 1).unwrap_or(1);
    let mut releases = Vec::with_capacity(RELEASES);
    let mut at = first;
    for place in 0..RELEASES {
        at += apart;
        let (id, version) = (history.id(at), format!("v{}.{}.0", 1 + place / 20, place % 20));
        let sha = commit(history);
        history.tables.release.add([
            id.into(),
            REPOSITORY.into(),
            "releases".into(),
            (40_000 + place).to_string().into(),
            version.as_str().into(),
            sha.into(),
            format!("https://github.com/{REPOSITORY}/releases/tag/{version}").into(),
            false.into(),
            false.into(),
            false.into(),
            false.into(),
            Cell::Time(at),
            Cell::Number(i64::try_from(place).unwrap_or(0) + 1),
        ]);
        releases.push(Release { id, version, at });
    }
    releases
}

/// A commit's name.
fn commit(history: &mut History) -> String {
    hex::encode(&history.hash()[..20])
}

fn of_topic(history: &mut History, topic: &Recurring, place: usize, releases: &[Release]) {
    let escalated_at = topic.opened_at + DAY / 2;
    let (by, _) = agent(place);
    let by = format!("agent:{CONNECTION}:{by}");
    history.tables.escalation.add([
        topic.topic.into(),
        topic.first_ticket.into(),
        by.as_str().into(),
        "tag".into(),
        Cell::Time(escalated_at),
    ]);
    write_down(history, &by, "escalate", topic.topic, escalated_at);
    step(history, topic, "escalated", escalated_at, None);
    let release = releases.iter().find(|release| release.at > escalated_at + 3 * DAY);
    // What is out, or turned down, went the whole way.
    let way: &[&str] = match topic.state {
        "planned" | "declined" => &["planned"],
        "in_progress" => &["planned", "in_progress"],
        "fix_merged" | "shipped" => &["planned", "in_progress", "fix_merged"],
        _ => &[],
    };
    for (nth, kind) in way.iter().enumerate() {
        step(history, topic, kind, escalated_at + (i64::try_from(nth).unwrap_or(0) + 1) * DAY / 2, None);
    }
    let mut answered_at = None;
    let mut closed = None;
    match (topic.state, release) {
        ("shipped", Some(release)) => {
            ships(history, topic, place, release);
            (answered_at, closed) = (Some(release.at + HOUR), Some("completed"));
        }
        ("declined", _) => {
            step(history, topic, "declined", escalated_at + 2 * DAY, None);
            (answered_at, closed) = (Some(escalated_at + 2 * DAY), Some("not_planned"));
        }
        ("fix_merged", _) => fix(history, topic, place),
        _ => {}
    }
    issue(history, topic, place, escalated_at, closed);
    let promise = history.id(escalated_at);
    let due_at = history.end + 14 * DAY;
    history.tables.promise.add([
        promise.into(),
        topic.topic.into(),
        "Answer its customers".into(),
        Cell::Time(due_at),
        answered_at.map_or(Cell::Null, Cell::Time),
        by.into(),
    ]);
}

/// A row of the audit log, which follows from the one before.
fn write_down(history: &mut History, by: &str, action: &str, subject: Uuid, at: i64) {
    let act = AuditAct {
        actor: by.to_owned(),
        name: None,
        address: None,
        action: action.to_owned(),
        subject: subject.to_string(),
        was: None,
        became: None,
        at: Time::from_micros(at),
    };
    let (seq, before) = &history.audited;
    let (seq, hash) = (seq + 1, act.hash(seq + 1, before).to_vec());
    history.tables.audit.add([
        Cell::Number(seq),
        act.actor.into(),
        act.action.into(),
        act.subject.into(),
        Cell::Time(at),
        Cell::Bytes(hash.clone()),
    ]);
    history.audited = (seq, hash);
}

fn step(history: &mut History, topic: &Recurring, kind: &str, at: i64, release: Option<Uuid>) -> Uuid {
    let id = history.id(at);
    history.tables.milestone.add([
        id.into(),
        topic.topic.into(),
        kind.into(),
        Cell::Number(0),
        Cell::Time(at),
        release.into(),
        release.map(|_| "proven").into(),
        HEARD.into(),
        Cell::Time(at),
    ]);
    id
}

fn issue(history: &mut History, topic: &Recurring, place: usize, at: i64, closed: Option<&str>) {
    let number = i64::try_from(place).unwrap_or(0) + 1;
    history.tables.issue.add([
        topic.topic.into(),
        REPOSITORY.into(),
        "filed".into(),
        Cell::Number(number),
        Cell::Number(9_000_000 + number),
        Cell::Number(77),
        format!("https://github.com/{REPOSITORY}/issues/{number}").into(),
        topic.title.as_str().into(),
        closed.map_or("open", |_| "closed").into(),
        closed.into(),
        false.into(),
        false.into(),
        Cell::Time(at),
        Cell::Time(history.end),
    ]);
}

fn fix(history: &mut History, topic: &Recurring, place: usize) {
    let sha = commit(history);
    history.tables.fix.add([
        topic.topic.into(),
        REPOSITORY.into(),
        sha.into(),
        Cell::Number(i64::try_from(place).unwrap_or(0) + 100_000),
        format!("Fix: {}", topic.title).into(),
        "closing_pull_request".into(),
        true.into(),
        Cell::Time(topic.opened_at + 2 * DAY),
    ]);
}

/// A release brought the fix, and everybody who had asked by then was told.
fn ships(history: &mut History, topic: &Recurring, place: usize, release: &Release) {
    fix(history, topic, place);
    history.tables.proof.add([
        topic.topic.into(),
        Cell::Number(0),
        format!("{} contains every commit of the fix.", release.version).into(),
        format!("https://github.com/{REPOSITORY}/releases/tag/{}", release.version).into(),
    ]);
    let milestone = step(history, topic, "shipped", release.at, Some(release.id));
    let mut told = BTreeSet::new();
    let asked = topic.raised.iter().filter(|(_, _, at)| *at < release.at);
    for (customer, ticket, _) in asked {
        if told.insert(*customer) {
            tell(history, topic, milestone, release, (*customer, *ticket));
        }
    }
}

fn tell(
    history: &mut History,
    topic: &Recurring,
    milestone: Uuid,
    release: &Release,
    (customer, ticket): (Uuid, Uuid),
) {
    let at = release.at + HOUR;
    let (update, token) = (history.id(at), history.hash());
    let text = format!(
        "Hello,\n\nwhat you wrote to us about is fixed in {}. Does it work for you now?\n\nThank you for telling us.",
        release.version
    );
    let written = format!("u{update}");
    history.tables.update.add([
        update.into(),
        customer.into(),
        topic.topic.into(),
        topic.topic.into(),
        milestone.into(),
        "shipped".into(),
        Cell::Number(0),
        ticket.into(),
        "sent".into(),
        text.as_str().into(),
        format!("<p>{}</p>", text.replace("\n\n", "</p><p>")).into(),
        Cell::Number(1),
        Cell::Time(at),
        Cell::Time(at),
        written.as_str().into(),
        Cell::Time(release.at),
    ]);
    history.tables.page_token.add([Cell::Bytes(token), customer.into(), update.into(), Cell::Time(at + 365 * DAY)]);
    history.tables.own_write.add([CONNECTION.into(), written.into(), Cell::Time(at)]);
    if !history.random.percent(ANSWER_PERCENT) {
        return;
    }
    let confirmation = history.id(at + DAY);
    history.tables.confirmation.add([
        confirmation.into(),
        customer.into(),
        topic.topic.into(),
        Cell::Number(0),
        update.into(),
        ticket.into(),
        "works".into(),
        "page".into(),
        Cell::Time(at + DAY),
    ]);
}
