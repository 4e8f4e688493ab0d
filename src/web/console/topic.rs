//! A topic's page: what customers wrote, how far it is on its way back to them, and what can be done.

use std::collections::HashSet;

use actix_web::{http::StatusCode, web};
use askama::Template;

use super::{
    asked::ChosenTickets,
    entry::TicketEntry,
    reasons,
    refused::FormRefusal,
    shell::{self, Answer, ConsoleError, FindQuery, Shell},
    track::{TrackStep, notes, track},
};
use crate::{
    base::clock::Time,
    flow::{
        App,
        cycles::{self, TopicCycle},
        ranking::{ScoredTopic, others_of_brand},
        twins,
    },
    model::{
        currency::Currency,
        customer::Customer,
        fix::Proof,
        id::TopicId,
        impact::Impact,
        issue::{IssueFiling, TopicIssue},
        pause::PausedPart,
        person::ActorNames,
        progress::ToldCounts,
        role::{Privilege, right},
        score::{Score, ScoreTerm},
        topic::{Topic, TopicKind},
        update::CustomerVerdict,
    },
    store::{
        Conn, StoreError, actor_names, board, confirmations, customers, decisions, fixes, impacts, issues,
        likely_members, milestones, promises, proofs, raised, recipients, ticket_views, topics, updates,
    },
    web::{
        caller::Caller,
        may::May,
        ui::{self, Html},
    },
    wording,
};

/// How many tickets one page shows. Of the others it says how many there are.
const TICKETS: i64 = 200;
/// How many topics are offered to merge with.
const OFFERED: usize = 200;
/// How many decisions are shown.
const DECISIONS: i64 = 12;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/topics/{id}", web::get().to(show));
}

/// A topic that may be the same.
struct TwinLine {
    id: String,
    title: String,
    kind: Html,
    likelihood: String,
    customers: i64,
    issue: Option<i64>,
}

struct ScoreLine {
    label: String,
    bar: Html,
    points: i64,
}

struct LogLine {
    sentence: String,
    when: Html,
    can_undo: bool,
    undone: bool,
}

struct CycleLine {
    version: String,
    when: Html,
    told: i64,
    confirmed: i64,
    still_broken: i64,
    reopened: Option<Html>,
}

struct AnswerLine {
    works: bool,
    name: String,
    words: Option<String>,
    when: Html,
}

#[derive(Template)]
#[template(path = "console/topic.html")]
struct TopicView {
    shell: Shell,
    id: String,
    /// What pauses messages about it.
    pause_key: String,
    topic: Topic,
    state: Html,
    impact: Impact,
    revenue: String,
    first: Html,
    last: Html,
    track: Vec<TrackStep>,
    notes: Vec<(&'static str, &'static str, String)>,
    tickets: Vec<TicketEntry>,
    /// Those whose boxes are ticked, because somebody who has no script looked for a topic meanwhile.
    chosen: ChosenTickets,
    /// The form that was just refused, if one was.
    refused: FormRefusal,
    hidden: i64,
    /// Its likely members, to be answered about at once, each with whether they are told by themselves.
    likely: Vec<(TicketEntry, bool)>,
    /// From how many percent on they are told of a fix by themselves.
    likely_told_from: Option<u64>,
    /// Other topics that may be the same.
    twins: Vec<TwinLine>,
    /// The topic in which its tickets are likely members, and its name.
    likely_in: Option<(String, String)>,
    /// How many customers raise it just now, where they are far more than usual.
    spike: Option<String>,
    issue: Option<TopicIssue>,
    fixes: Vec<String>,
    evidence: Vec<Proof>,
    score: i64,
    terms: Vec<ScoreLine>,
    told: ToldCounts,
    silent: i64,
    untold: i64,
    shares: Html,
    /// What was told and answered in the round before, if it was opened again since.
    before: Option<ToldCounts>,
    spoken: Vec<AnswerLine>,
    cycles: Vec<CycleLine>,
    log: Vec<LogLine>,
    /// The words by which a topic to merge with is looked for.
    find: String,
    others: Vec<(String, String)>,
    finished: bool,
    kinds: Vec<(&'static str, &'static str, bool)>,
    /// Whether the answer that is owed is late, and when it is due.
    owed: Option<(bool, Html)>,
}

async fn show(
    May { app, caller, .. }: May<right::ReadTopics>,
    path: web::Path<String>,
    asked: web::Query<FindQuery>,
    pairs: web::Query<Vec<(String, String)>>,
) -> Answer {
    page_of(&app, &caller, &path, &asked, ChosenTickets::of(&pairs), FormRefusal::default()).await
}

/// The page again, with a form of it that was refused: which one, and what was written in it.
pub(super) async fn again(
    app: &App,
    caller: &Caller,
    id: &str,
    chosen: ChosenTickets,
    (act, words): (&str, &str),
    why: ConsoleError,
) -> Answer {
    let refused = FormRefusal::new(act, words, &why);
    let mut page = page_of(app, caller, id, &FindQuery::default(), chosen, refused).await?;
    // Its tickets are elsewhere by now, and so are its readers.
    if page.status() != StatusCode::OK {
        return Err(why);
    }
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

async fn page_of(
    app: &App,
    caller: &Caller,
    id: &str,
    asked: &FindQuery,
    chosen: ChosenTickets,
    refused: FormRefusal,
) -> Answer {
    let missing = || {
        ConsoleError::missing(
            "There is no such topic, or nobody raises it any more: its tickets were moved, merged or deleted.",
        )
    };
    let find = asked.words();
    let wanted = TopicId::parse(id).ok_or_else(missing)?;
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(app, caller, "topics", &asked.said).await?;
    let found = board::topic(&mut conn, wanted, now).await?;
    let carries_on = found.as_ref().map_or(wanted, |(topic, _)| topic.id);
    // An issue goes on without its tickets, and people read here what became of it.
    let has_issue = issues::of_topic(&mut conn, carries_on).await?.is_some();
    if !has_issue && !raised::is_raised(&mut conn, carries_on).await? {
        return match raised::went_to(&mut conn, carries_on).await?.as_slice() {
            [only] => Ok(shell::elsewhere(&asked.said.carried_to(&format!("/topics/{only}")))),
            _ => Err(missing()),
        };
    }
    let (topic, weighed) = found.ok_or_else(missing)?;
    // Whoever may not know customers sees how many there are, and nothing of them.
    let knows_customers = caller.may(Privilege::ReadCustomers);
    if !knows_customers && !raised::is_for_everybody(&mut conn, topic.id).await? {
        return Err(missing());
    }
    let ScoredTopic { weighed, score } = ScoredTopic::new(weighed, knows_customers, now);
    let impact = weighed.impact;
    let names = actor_names::all(&mut conn).await?;
    let shown = if knows_customers { TICKETS } else { 0 };
    let tickets = ticket_views::of_topic(&mut conn, topic.id, shown).await?;
    let likely = ticket_views::likely_of_topic(&mut conn, topic.id, shown).await?;
    let by_themselves = match app.settings.tell.likely_above.filter(|_| !likely.is_empty()) {
        Some(least) => recipients::likely_tickets(&mut conn, topic.id, least).await?,
        None => HashSet::new(),
    };
    let twins = twin_lines(&mut conn, &topic, &tickets, now).await?;
    let steps = milestones::of_topic(&mut conn, topic.id).await?;
    let told = updates::told(&mut conn, topic.id, topic.cycle).await?;
    let (silent, untold) = (told.silent(), told.untold(impact.customers));
    let track = track(&mut conn, &topic, &steps, &told, now).await?;
    let cycles = cycles::of_topic(&mut conn, topic.id, &steps).await?;
    let owed = promises::of_topic(&mut conn, topic.id).await?;
    Ok(ui::page(&TopicView {
        owed: owed.map(|owed| (owed.due_at <= now, ui::when(owed.due_at, now))),
        id: topic.id.to_string(),
        pause_key: PausedPart::Topic(topic.id).key(),
        state: ui::states::topic_state(topic.state, topic.cycle),
        impact,
        revenue: ui::amount(if knows_customers { impact.revenue_cents } else { 0 }, app.settings.currency),
        first: ui::when(topic.first_seen_at, now),
        last: ui::when(topic.last_seen_at, now),
        track,
        notes: notes(&steps, topic.cycle),
        hidden: if knows_customers { (impact.tickets - TICKETS).max(0) } else { 0 },
        chosen,
        refused,
        twins,
        likely: likely
            .iter()
            .map(|view| (TicketEntry::new(view, &names, now), by_themselves.contains(&view.ticket)))
            .collect(),
        likely_told_from: app.settings.tell.likely_percent(),
        likely_in: match likely_members::stands_in(&mut conn, topic.id).await? {
            Some(place) => topics::get(&mut conn, place).await?.map(|place| (place.id.to_string(), place.title)),
            None => None,
        },
        spike: weighed.spike.map(|spike| wording::spike::said(&spike)),
        tickets: tickets.iter().map(|view| TicketEntry::new(view, &names, now)).collect(),
        issue: issues::of_topic(&mut conn, topic.id).await?,
        fixes: fixed(&mut conn, topic.id).await?,
        evidence: proofs::of_topic(&mut conn, topic.id).await?,
        score: score.total,
        terms: facts(&score, knows_customers, app.settings.currency),
        told,
        silent,
        untold,
        shares: ui::shares(told.confirmed, told.still_broken, silent, untold),
        before: cycles.iter().rfind(|cycle| cycle.cycle < topic.cycle).map(|cycle| cycle.told),
        cycles: cycles.into_iter().map(|cycle| CycleLine::new(&cycle, now)).collect(),
        spoken: if knows_customers { spoken(&mut conn, topic.id, now).await? } else { Vec::new() },
        log: log(&mut conn, topic.id, &names, now).await?,
        others: others(&mut conn, &topic, find, knows_customers, now).await?,
        find: find.to_owned(),
        finished: topic.state.is_finished(),
        kinds: kinds(topic.kind),
        shell,
        topic,
    }))
}

impl CycleLine {
    fn new(cycle: &TopicCycle, now: Time) -> Self {
        Self {
            version: cycle.version.as_deref().map_or_else(String::new, |version| ui::version(version).to_owned()),
            when: ui::when(cycle.shipped_at, now),
            told: cycle.told.told,
            confirmed: cycle.told.confirmed,
            still_broken: cycle.told.still_broken,
            reopened: cycle.reopened_at.map(|at| ui::when(at, now)),
        }
    }
}

/// Nobody needs to know of what is over.
async fn twin_lines(
    conn: &mut Conn,
    topic: &Topic,
    tickets: &[ticket_views::TicketView],
    now: Time,
) -> Result<Vec<TwinLine>, StoreError> {
    let found = if topic.state.is_finished() { Vec::new() } else { twins::of_topic(conn, topic, tickets).await? };
    let mut lines = Vec::new();
    for twin in found {
        lines.push(TwinLine {
            id: twin.topic.id.to_string(),
            kind: ui::kind(twin.topic.kind),
            likelihood: ui::percent(twin.score),
            customers: impacts::get(conn, twin.topic.id, now).await?.customers,
            issue: twin.issue.as_ref().and_then(TopicIssue::seen).map(|seen| seen.number),
            title: twin.topic.title,
        });
    }
    Ok(lines)
}

async fn fixed(conn: &mut Conn, topic: TopicId) -> Result<Vec<String>, StoreError> {
    let mut merged: Vec<String> = Vec::new();
    for fix in fixes::of_topic(conn, topic).await? {
        let short = fix.sha.get(..7).unwrap_or(&fix.sha);
        let name = fix.pull_request.map_or_else(|| short.to_owned(), |number| format!("#{number}"));
        if !merged.contains(&name) {
            merged.push(name);
        }
    }
    Ok(merged)
}

fn facts(score: &Score, with_amounts: bool, currency: Option<Currency>) -> Vec<ScoreLine> {
    let shown = score.terms.iter().filter(|term| term.points > 0 && (with_amounts || term.name != "revenue"));
    shown
        .map(|term| ScoreLine {
            label: label(term, currency),
            bar: ui::meter(term.points, term.most, "f-told"),
            points: term.points,
        })
        .collect()
}

fn label(term: &ScoreTerm, currency: Option<Currency>) -> String {
    match term.name {
        "customers" => ui::count(term.value, "customer", "customers"),
        "organizations" => ui::count(term.value, "organization", "organizations"),
        "revenue" => format!("{} revenue a year", ui::amount(term.value, currency)),
        "renewals" => ui::count(term.value, "renewal near", "renewals near"),
        "growth" => format!("Growing, {}.{} times", term.value / 100, term.value % 100 / 10),
        _ => format!("Waiting {}", ui::count(term.value, "day", "days")),
    }
}

async fn spoken(conn: &mut Conn, topic: TopicId, now: Time) -> Result<Vec<AnswerLine>, StoreError> {
    const SHOWN: i64 = 20;
    let mut spoken = Vec::new();
    for said in confirmations::of_topic(conn, topic, SHOWN).await? {
        let customer = customers::get(conn, said.customer).await?;
        spoken.push(AnswerLine {
            works: said.verdict == CustomerVerdict::Works,
            name: ui::name(customer.as_ref().map_or("", Customer::called)).to_owned(),
            words: said.words.filter(|words| !words.trim().is_empty()),
            when: ui::when(said.confirmed_at, now),
        });
    }
    Ok(spoken)
}

async fn log(conn: &mut Conn, topic: TopicId, names: &ActorNames, now: Time) -> Result<Vec<LogLine>, StoreError> {
    use crate::model::{decision::Decided, tie::Tie};
    let last = decisions::last_of_a_person(conn, topic).await?.map(|decision| decision.id);
    let mut log = Vec::new();
    for decision in decisions::of_people(conn, topic, DECISIONS).await? {
        let did = match decision.decided {
            Decided::Merged { from, .. } if from != topic => match topics::get(conn, from).await? {
                Some(merged) => format!("merged “{}”", ui::shortened(&merged.title, 60)),
                None => "merged it".to_owned(),
            },
            Decided::Merged { .. } => "merged it".to_owned(),
            Decided::Moved { .. } => "moved a ticket".to_owned(),
            Decided::Tied { tie, .. } => match tie {
                Tie::Incident => "linked a ticket to a problem ticket".to_owned(),
                Tie::MergedTicket => "merged a ticket into another customer's".to_owned(),
                Tie::SameIssue => "noted the same issue in a ticket".to_owned(),
            },
            Decided::Split { .. } => "split tickets off".to_owned(),
            Decided::NotSame { .. } => "said: not the same".to_owned(),
            Decided::KindSet { .. } => "set its kind".to_owned(),
            Decided::Titled { .. } => "renamed it".to_owned(),
            Decided::Undone { .. } => "undid the decision before".to_owned(),
            Decided::Grouped(_) => continue,
        };
        log.push(LogLine {
            sentence: format!("{} {did}", reasons::actor(decision.actor.as_str(), names)),
            when: ui::when(decision.made_at, now),
            can_undo: Some(decision.id) == last,
            undone: decision.is_undone,
        });
    }
    Ok(log)
}

/// The topics this one may be merged into: of its brand, the most heard first.
async fn others(
    conn: &mut Conn,
    topic: &Topic,
    find: &str,
    knows_customers: bool,
    now: Time,
) -> Result<Vec<(String, String)>, StoreError> {
    let brand = topic.brand.as_deref();
    let others = others_of_brand(conn, brand, Some(topic.id), Some(find), knows_customers, now).await?;
    let named = others.into_iter().take(OFFERED).map(|other| {
        let title = ui::shortened(&other.title, 90);
        let customers = ui::count(other.customers, "customer", "customers");
        (other.id.to_string(), format!("{title} ({customers})"))
    });
    Ok(named.collect())
}

/// Which kind a topic's kind is offered as.
fn kinds(chosen: TopicKind) -> Vec<(&'static str, &'static str, bool)> {
    TopicKind::ALL.iter().map(|kind| (kind.as_str(), ui::kind_word(*kind).0, *kind == chosen)).collect()
}
