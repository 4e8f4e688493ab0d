//! Triage: the open questions of the grouping, one at a time. Is this the same problem?

use actix_web::web;
use askama::Template;
use serde::Deserialize;

use super::{
    acts::{self, ticket_id, topic_id},
    reasons::Reasons,
    shell::{self, Answer, ConsoleError, FlashQuery, Shell, back},
};
use crate::{
    base::clock::Time,
    flow::{
        App,
        people::{topics as people, triage},
        questions::{self, CandidateTopic},
    },
    model::id::{TicketId, TopicId},
    store::{
        Conn, StoreError, decisions,
        ticket_views::{self, MachineGuess, TicketView},
        topics,
    },
    web::ui::{self, Html},
    wording::alike::{self, ComparedText, FoundInBoth, Likeness},
};

/// How many open questions are offered: nobody answers more in one sitting.
const QUESTIONS: i64 = 200;
/// How many characters of a ticket are shown.
const WORDS: usize = 1_600;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/triage", web::get().to(show)).route("/triage/{ticket}", web::post().to(answer));
}

#[derive(Deserialize)]
struct TriageQuery {
    ticket: Option<String>,
    topic: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

/// One of two tickets that are compared.
struct ComparedTicket {
    id: String,
    person: Html,
    name: String,
    organization: Option<String>,
    note: String,
    subject: String,
    lang: Option<String>,
    words: Html,
}

/// A topic the ticket may belong to.
struct CandidateLine {
    title: String,
    kind: Html,
    bar: Html,
    likelihood: String,
    address: String,
    chosen: bool,
}

struct ShownQuestion {
    ticket: String,
    place: usize,
    likelihood: String,
    verbal: &'static str,
    new: ComparedTicket,
    known: Option<ComparedTicket>,
    customers: i64,
    tickets: i64,
    title: String,
    topic: String,
    /// What the two tickets have in common, and what speaks against it.
    likeness: Likeness,
    /// How often such guesses were right here.
    record: Option<String>,
    candidates: Vec<CandidateLine>,
    later: Option<String>,
}

#[derive(Template)]
#[template(path = "console/triage.html")]
struct TriagePage {
    shell: Shell,
    total: usize,
    question: Option<ShownQuestion>,
}

async fn show(app: web::Data<App>, asked: web::Query<TriageQuery>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, "triage", &asked.said).await?;
    let open = decisions::open_questions(&mut conn, QUESTIONS).await?;
    let wanted = asked.ticket.as_deref().and_then(TicketId::parse);
    let place = wanted.and_then(|ticket| open.iter().position(|question| question.ticket == ticket)).unwrap_or(0);
    let next = open.get((place + 1) % open.len().max(1)).map(|question| question.ticket);
    let question = match open.get(place) {
        Some(question) => {
            let chosen = asked.topic.as_deref().and_then(TopicId::parse);
            let later = next.filter(|next| *next != question.ticket);
            asking(&mut conn, question, chosen, place, later, now).await?
        }
        None => None,
    };
    Ok(ui::page(&TriagePage { shell, total: open.len(), question }))
}

async fn asking(
    conn: &mut Conn,
    question: &decisions::Question,
    chosen: Option<TopicId>,
    place: usize,
    later: Option<TicketId>,
    now: Time,
) -> Result<Option<ShownQuestion>, StoreError> {
    let Some(view) = ticket_views::get(conn, question.ticket).await? else { return Ok(None) };
    let candidates = questions::candidates(conn, question, view.topic).await?;
    let at = chosen.and_then(|chosen| candidates.iter().position(|one| one.topic.id == chosen)).unwrap_or(0);
    let Some(CandidateTopic { topic, ticket, likelihood }) = candidates.get(at) else { return Ok(None) };
    let guess = view.guess.as_ref().filter(|_| at == 0);
    let reasons = guess.map(|guess| Reasons::of(&guess.reasons)).unwrap_or_default();
    let known = ticket_views::get(conn, *ticket).await?;
    let likeness = known.as_ref().map(|known| likeness(&view, known, &reasons, guess)).unwrap_or_default();
    let record = record(conn, *likelihood).await?;
    let impact = topics::impact(conn, topic.id, now).await?;
    Ok(Some(ShownQuestion {
        ticket: question.ticket.to_string(),
        place,
        likelihood: ui::percent(*likelihood),
        verbal: ui::likely(*likelihood),
        new: ComparedTicket::new(&view, &reasons, now),
        known: known.map(|known| ComparedTicket::new(&known, &reasons, now)),
        customers: impact.customers,
        tickets: impact.tickets,
        title: topic.title.clone(),
        topic: topic.id.to_string(),
        candidates: candidates
            .iter()
            .enumerate()
            .map(|(place, found)| CandidateLine::new(question.ticket, found, place == at))
            .collect(),
        likeness,
        record,
        later: later.map(|ticket| format!("/triage?ticket={ticket}")),
    }))
}

/// What the two tickets have in common, and what speaks against it, for whoever has to say whether they are about the same.
fn likeness(new: &TicketView, known: &TicketView, reasons: &Reasons, guess: Option<&MachineGuess>) -> Likeness {
    fn compared(view: &TicketView) -> ComparedText<'_> {
        let words = view.words.as_deref().unwrap_or_default();
        ComparedText { subject: &view.subject, words, written_at: view.created_at }
    }
    let said = format!("{} {}", new.subject, new.words.as_deref().unwrap_or_default());
    let words = ui::found(&said, &reasons.words);
    let terms: Vec<(&str, f64)> = guess
        .map(|guess| guess.reasons.reasons.iter().map(|term| (term.name.as_str(), term.weight)).collect())
        .unwrap_or_default();
    let found = FoundInBoth {
        words: &words,
        codes: &reasons.codes,
        terms: &terms,
        same_customer: new.customer == known.customer,
        same_organization: new.organization.is_some() && new.organization == known.organization,
    };
    alike::compare(compared(new), compared(known), found)
}

/// How often guesses of about this likelihood were right here, once enough were answered to say so.
async fn record(conn: &mut Conn, likelihood: f64) -> Result<Option<String>, StoreError> {
    const ENOUGH: i64 = 5;
    const BANDS: [f64; 5] = [0.0, 0.5, 0.8, 0.95, 1.1];
    let band = BANDS.windows(2).find(|band| (band[0]..band[1]).contains(&likelihood));
    let Some(&[from, to]) = band else { return Ok(None) };
    let (asked, right) = decisions::answered_guesses(conn, from, to).await?;
    Ok((asked >= ENOUGH).then(|| format!("Of {asked} guesses like this here, people confirmed {right}.")))
}

impl ComparedTicket {
    fn new(view: &TicketView, reasons: &Reasons, now: Time) -> Self {
        let words = view.words.as_deref().unwrap_or_default();
        let mut note = format!("{} {}", view.connection, view.external_id);
        if let Some(plan) = &view.plan {
            note = format!("{note} · {plan}");
        }
        Self {
            id: view.ticket.to_string(),
            person: ui::person(&view.customer_name),
            name: ui::name(&view.customer_name).to_owned(),
            organization: view.organization_name.clone(),
            note: format!("{note} · written {}", ui::said(view.created_at, now)),
            subject: view.subject.clone(),
            lang: view.locale.clone(),
            words: ui::marked_paragraphs(words, &reasons.words, &reasons.codes, WORDS),
        }
    }
}

impl CandidateLine {
    fn new(ticket: TicketId, CandidateTopic { topic, likelihood, .. }: &CandidateTopic, chosen: bool) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
        let percent = (likelihood.clamp(0.0, 1.0) * 100.0).round() as i64;
        Self {
            title: topic.title.clone(),
            kind: ui::kind(topic.kind),
            bar: ui::meter(percent, 100, if chosen { "f-told" } else { "f-wait" }),
            likelihood: ui::percent(*likelihood),
            address: format!("/triage?ticket={ticket}&topic={}", topic.id),
            chosen,
        }
    }
}

#[derive(Deserialize)]
struct TriageAnswer {
    answer: String,
    topic: String,
}

/// Same: its topic merges into the candidate. Not the same: never these two. New: nobody said this before.
async fn answer(app: web::Data<App>, path: web::Path<String>, form: web::Form<TriageAnswer>) -> Answer {
    let ticket = ticket_id(&path)?;
    let by = acts::actor();
    let done = match form.answer.as_str() {
        "same" => {
            triage::same(&app, ticket, topic_id(&form.topic)?, &by).await?;
            "same"
        }
        "not_same" => {
            people::not_same(&app, ticket, topic_id(&form.topic)?, &by).await?;
            "not-same"
        }
        "new" => {
            people::move_ticket(&app, ticket, None, &by).await?;
            "new"
        }
        _ => return Err(ConsoleError::refused("That is not an answer to this question.")),
    };
    Ok(back("/triage", done))
}
