//! Updates: what each customer is told. Drafts wait for a person, held ones for their time.

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    all_of_topic::{self, StepActs},
    first_steps::{self, FirstStepLine},
    reasons, refused,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
    times::{self, HoldForm},
    written_for::WrittenFor,
};
use crate::{
    base::clock::Time,
    flow::{
        App, confirm as answers,
        people::updates::{self as people, WithAll},
    },
    model::{
        customer::Customer,
        id::{TopicId, UpdateId},
        milestone::MilestoneTone,
        person::ActorNames,
        role::right,
        topic::Topic,
        update::{CustomerVerdict, Update, UpdateState},
    },
    store::{
        Conn, StoreError, actor_names, customers,
        listed::{self, ListedUpdate, UpdatesOf},
        milestones, pauses, releases, tickets, topics, updates,
    },
    web::{
        may::May,
        ui::{
            self, Html,
            states::{self, Banner},
        },
    },
};

/// The word in the address for updates whose answer a person has to read.
const UNCLEAR: &str = "unclear";

/// How many updates one page lists.
const LISTED: i64 = 200;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/updates", web::get().to(show))
        .route("/updates/{id}/approve", web::post().to(approve))
        .route("/updates/{id}/edit", web::post().to(edit))
        .route("/updates/{id}/cancel", web::post().to(cancel))
        .route("/updates/{id}/restore", web::post().to(restore))
        .route("/updates/{id}/arrived", web::post().to(arrived))
        .route("/updates/{id}/confirm", web::post().to(confirm));
}

#[derive(Deserialize)]
struct UpdatesQuery {
    state: Option<String>,
    topic: Option<String>,
    id: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

struct StateTab {
    name: &'static str,
    address: String,
    count: i64,
    current: bool,
}

struct UpdateLine {
    address: String,
    current: bool,
    ring: &'static str,
    tone: &'static str,
    step: &'static str,
    name: String,
    topic: String,
    state: &'static str,
    /// Whether it is for a likely member.
    likely: bool,
    when: Html,
}

#[expect(clippy::struct_excessive_bools, reason = "one for each button")]
struct ShownUpdate {
    id: String,
    ring: Html,
    topic: (String, String),
    name: String,
    person: Html,
    ticket: (String, String),
    /// As the helpdesk shows it.
    message: Html,
    /// As a mail program shows it that has no HTML.
    plain: String,
    text: String,
    /// By which it is known that this was read.
    seen: String,
    banner: Banner,
    state_name: &'static str,
    when: Html,
    confidence: Option<String>,
    reason: Option<String>,
    can_edit: bool,
    can_approve: bool,
    can_cancel: bool,
    can_answer: bool,
    can_restore: bool,
    /// Whether it waits because messages about this are paused.
    is_paused: bool,
    /// Until when it is held and by whom, if a person does.
    held: Option<(String, String)>,
    /// The forms that hold it, if it is held.
    hold: Option<HoldForm>,
    /// What the customer answered, if a person has to say what it means.
    unclear: Option<String>,
    /// Whether it is for a likely member.
    likely: bool,
    /// For which kind of topic its text was written, as long as that can change.
    written_for: Option<WrittenFor>,
}

#[derive(Template)]
#[template(path = "console/updates.html")]
struct UpdatesPage {
    shell: Shell,
    csv: String,
    jsonl: String,
    /// What is to be done first, until that is done.
    first_steps: Option<Vec<FirstStepLine>>,
    tabs: Vec<StateTab>,
    of_topic: Option<(String, String)>,
    /// What can be done with a topic's updates, by step.
    steps: Vec<StepActs>,
    list: Vec<UpdateLine>,
    shown: Option<ShownUpdate>,
    more: bool,
}

async fn show(May { app, caller, .. }: May<right::ReadCustomers>, asked: web::Query<UpdatesQuery>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "updates", &asked.said).await?;
    let counts = updates::counts(&mut conn).await?;
    let of = |state: UpdateState| counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
    let topic = match asked.topic.as_deref().and_then(TopicId::parse) {
        Some(topic) => topics::current(&mut conn, topic).await?,
        None => None,
    };
    let unclear_count = updates::unclear_count(&mut conn).await?;
    let is_unclear = topic.is_none() && asked.state.as_deref() == Some(UNCLEAR);
    let named = asked.state.as_deref().and_then(UpdateState::parse);
    // Without a state in the address: the first that has any, in the order in which people care.
    let [first, ..] = UpdateState::BY_CONCERN;
    let waiting = UpdateState::BY_CONCERN.into_iter().find(|state| of(*state) > 0).unwrap_or(first);
    let state = named.unwrap_or(waiting);
    let rows = match &topic {
        Some(topic) => updates::newest_of_topic(&mut conn, topic.id, LISTED).await?,
        None if is_unclear => updates::unclear(&mut conn, LISTED).await?,
        None => updates::list(&mut conn, Some(state), None, LISTED).await?,
    };
    let steps = match &topic {
        Some(topic) => all_of_topic::steps(&app, topic.id, &updates::standings(&mut conn, topic.id).await?),
        None => Vec::new(),
    };
    let open = open(&mut conn, &rows, asked.id.as_deref(), topic.as_ref()).await?;
    let query = match &topic {
        Some(topic) => format!("topic={}", topic.id),
        None if is_unclear => format!("state={UNCLEAR}"),
        None => format!("state={state}"),
    };
    let ids: Vec<UpdateId> = rows.iter().map(|update| update.id).collect();
    let named = listed::updates_of(&mut conn, &ids).await?;
    let is_open = |update: &Update| open.as_ref().is_some_and(|open| open.id == update.id);
    let list = rows.iter().map(|update| line(update, named.get(&update.id), &query, is_open(update), now)).collect();
    let shown = match open {
        Some(update) => Some(shown(&app, &mut conn, update, now).await?),
        None => None,
    };
    let offered = UpdateState::BY_CONCERN.into_iter().filter(|one| of(*one) > 0 || states::is_always_offered(*one));
    let unclear_tab = (unclear_count > 0 || is_unclear).then(|| StateTab {
        name: "Answered, unclear",
        address: format!("/updates?state={UNCLEAR}"),
        count: unclear_count,
        current: is_unclear,
    });
    let tab = |one| StateTab {
        name: states::updates_in(one),
        address: format!("/updates?state={one}"),
        count: of(one),
        current: topic.is_none() && !is_unclear && one == state,
    };
    Ok(ui::page(&UpdatesPage {
        shell,
        csv: format!("/export/updates?{query}&format=csv"),
        jsonl: format!("/export/updates?{query}&format=jsonl"),
        first_steps: first_steps::left(&app, &mut conn, &caller).await?,
        tabs: unclear_tab.into_iter().chain(offered.map(tab)).collect(),
        of_topic: topic.map(|topic| (topic.id.to_string(), topic.title)),
        steps,
        more: rows.len() >= usize::try_from(LISTED).unwrap_or(usize::MAX),
        list,
        shown,
    }))
}

/// The update that is shown beside the list: the one that was chosen, if it is in it, or among those of the topic that are not
/// listed any more; or else the first.
async fn open(
    conn: &mut Conn,
    rows: &[Update],
    chosen: Option<&str>,
    topic: Option<&Topic>,
) -> Result<Option<Update>, StoreError> {
    let chosen = chosen.and_then(UpdateId::parse);
    let mut found = rows.iter().find(|update| Some(update.id) == chosen).cloned();
    if let (None, Some(chosen), Some(topic)) = (&found, chosen, topic) {
        found = updates::get(conn, chosen).await?.filter(|update| update.topic == topic.id);
    }
    Ok(found.or_else(|| rows.first().cloned()))
}

/// Which updates an address asks for; `None` where it names none.
pub(super) fn updates_of(state: Option<&str>, topic: Option<&str>) -> Option<UpdatesOf> {
    match (topic, state) {
        (Some(topic), _) => TopicId::parse(topic).map(UpdatesOf::Topic),
        (None, Some(UNCLEAR)) => Some(UpdatesOf::Unclear),
        (None, state) => UpdateState::parse(state?).map(UpdatesOf::State),
    }
}

/// The time that people look for.
fn when(update: &Update, now: Time) -> Html {
    update.standing.sent_at().or(update.standing.due_at()).map(|at| ui::when(at, now)).unwrap_or_default()
}

fn line(update: &Update, named: Option<&ListedUpdate>, query: &str, current: bool, now: Time) -> UpdateLine {
    let rules = update.kind.rules();
    UpdateLine {
        address: format!("/updates?{query}&id={}", update.id),
        current,
        ring: rules.icon,
        tone: rules.tone.as_str(),
        step: rules.label,
        name: ui::name(named.map_or("", |one| one.customer_name.as_str())).to_owned(),
        topic: named.map(|one| one.topic_title.clone()).unwrap_or_default(),
        likely: update.likely,
        state: if update.unclear.is_some() { states::ANSWERED_UNCLEAR } else { states::of_update(update) },
        when: when(update, now),
    }
}

async fn shown(app: &App, conn: &mut Conn, update: Update, now: Time) -> Result<ShownUpdate, StoreError> {
    let customer = customers::get(conn, update.customer).await?;
    let customer = customer.as_ref().map_or("", Customer::called);
    let topic = topics::get(conn, update.topic).await?;
    let ticket = tickets::get(conn, update.ticket).await?;
    let is_paused = match &ticket {
        Some(ticket) if update.state().can_be_timed() => pauses::stop(conn, update.topic, &ticket.connection).await?,
        _ => false,
    };
    let milestone = milestones::get(conn, update.milestone).await?;
    let release = match milestone.as_ref().and_then(|milestone| milestone.release) {
        Some(release) => releases::get(conn, release).await?,
        None => None,
    };
    let confidence = milestone.and_then(|milestone| milestone.confidence).map(|confidence| match release {
        Some(release) => format!("{confidence}, {}", ui::version(&release.version)),
        None => confidence.to_string(),
    });
    let names = if update.held_by().is_some() { actor_names::all(conn).await? } else { ActorNames::default() };
    let is_heards = update.state().is_unsent() && !updates::is_edited(conn, update.id).await?;
    let written_for =
        topic.as_ref().filter(|_| is_heards).map(|topic| WrittenFor::new(topic, Some(update.id.to_string())));
    let rules = update.kind.rules();
    let good = if rules.tone == MilestoneTone::Done { " good" } else { "" };
    Ok(ShownUpdate {
        id: update.id.to_string(),
        ring: ui::ring_and_word(rules.icon, rules.label, good),
        topic: (update.topic.to_string(), topic.map(|topic| topic.title).unwrap_or_default()),
        person: ui::person(customer),
        name: ui::name(customer).to_owned(),
        ticket: (
            update.ticket.to_string(),
            ticket.map(|ticket| format!("{} {}", ticket.connection, ticket.external_id)).unwrap_or_default(),
        ),
        plain: ui::without_key(&update.text),
        message: if update.html.trim().is_empty() {
            ui::letter(&ui::without_key(&update.text))
        } else {
            ui::message(&update.html)
        },
        state_name: states::of_update(&update),
        when: when(&update, now),
        confidence,
        can_edit: update.state().is_unsent(),
        can_approve: update.state().can_be_approved(),
        can_cancel: update.state().can_be_cancelled(),
        can_answer: update.state().can_be_answered(),
        can_restore: WithAll::Restore.fits(&update.standing),
        is_paused,
        held: update
            .held_by()
            .zip(update.standing.due_at())
            .map(|(by, until)| (times::in_words(app, until), reasons::actor(by, &names))),
        hold: update
            .state()
            .can_be_timed()
            .then(|| HoldForm::new(app, format!("/updates/{}/hold", update.id), update.id.to_string())),
        unclear: update.unclear.clone(),
        likely: update.likely,
        written_for,
        banner: states::banner(update.state()),
        reason: update.standing.says_why(),
        seen: people::seen(&update),
        text: update.text,
    })
}

fn update_id(text: &str) -> Result<UpdateId, ConsoleError> {
    UpdateId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such update."))
}

#[derive(Deserialize)]
struct ReadText {
    /// What was read.
    seen: Option<String>,
}

async fn approve(May { app, by, .. }: May<right::Tell>, path: web::Path<String>, read: web::Form<ReadText>) -> Answer {
    let update = update_id(&path)?;
    if people::approve(&app, update, read.seen.as_deref(), &by).await? {
        return Ok(back("/updates?state=draft", "approved"));
    }
    Ok(back(&format!("/updates?state=held&id={update}"), "held-already"))
}

#[derive(Deserialize)]
struct BetterText {
    text: String,
}

async fn edit(May { app, by, .. }: May<right::Tell>, path: web::Path<String>, better: web::Form<BetterText>) -> Answer {
    let update = update_id(&path)?;
    // Browsers send line ends as CR LF.
    let text = better.text.replace("\r\n", "\n");
    let kept = people::edit(&app, update, text.trim(), &by).await.map_err(ConsoleError::from);
    if let Err(why) = kept {
        let (action, back) = (format!("/updates/{update}/edit"), format!("/updates?id={update}"));
        return if why.is_refusal() { Ok(refused::by_itself(&why, &text, &action, &[], &back)) } else { Err(why) };
    }
    let edited = updates::get(&mut app.database.read().await?, update).await?;
    let state = edited.map(|edited| format!("state={}&", edited.state())).unwrap_or_default();
    Ok(back(&format!("/updates?{state}id={update}"), "edited"))
}

async fn cancel(May { app, by, .. }: May<right::Tell>, path: web::Path<String>) -> Answer {
    let update = update_id(&path)?;
    people::cancel(&app, update, &by).await?;
    Ok(back(&format!("/updates?state=cancelled&id={update}"), "cancelled"))
}

async fn restore(May { app, by, .. }: May<right::Tell>, path: web::Path<String>) -> Answer {
    let update = update_id(&path)?;
    people::restore(&app, update, &by).await?;
    Ok(back(&format!("/updates?state=draft&id={update}"), "restored"))
}

/// Somebody saw the message in the ticket.
async fn arrived(May { app, by, .. }: May<right::Tell>, path: web::Path<String>) -> Answer {
    let update = update_id(&path)?;
    people::arrived(&app, update, &by).await?;
    Ok(back(&format!("/updates?state=sent&id={update}"), "arrived"))
}

#[derive(Deserialize)]
struct AnswerForm {
    verdict: CustomerVerdict,
    words: String,
}

/// What the customer told one of our people.
async fn confirm(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    answered: web::Form<AnswerForm>,
) -> Answer {
    let update = update_id(&path)?;
    let AnswerForm { verdict, words } = answered.into_inner();
    answers::on_behalf(&app, update, verdict, Some(words), &by).await?;
    Ok(back(&format!("/updates?state=sent&id={update}"), "answered"))
}
