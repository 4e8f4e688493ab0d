//! A ticket's page: the conversation, why it is in its topic, and where else it may belong.

use actix_web::web;
use askama::Template;

use super::{
    acts,
    reasons::{self, Reasons},
    shell::{self, Answer, Said, Shell, Sorry},
    topic::days_until,
};
use crate::{
    flow::{App, likely, tell::compose::PAGE},
    model::ticket::MessageAuthor,
    store::{board, decisions, ticket_views, tickets, topics},
    web::{
        rank::{self, Order},
        ui::{self, Html},
    },
};

/// How many topics are offered to move a ticket to, besides those that are likely.
const OFFERED: usize = 200;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/tickets/{id}", web::get().to(show));
}

struct Entry {
    who: &'static str,
    customer: bool,
    private: bool,
    when: Html,
    body: Html,
}

struct Choice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "console/ticket.html")]
struct Page {
    shell: Shell,
    view: ticket_views::TicketView,
    person: Html,
    name: String,
    renews_in: Option<i64>,
    written: Html,
    messages: Vec<Entry>,
    message_count: i64,
    topic: Option<(String, String, Html)>,
    placed: String,
    reasons: Reasons,
    open_question: bool,
    likely: Vec<Choice>,
    others: Vec<Choice>,
}

async fn show(app: web::Data<App>, path: web::Path<String>, said: web::Query<Said>) -> Answer {
    let id = acts::ticket_id(&path)?;
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, "topics", &said).await?;
    let view = ticket_views::get(&mut conn, id).await?.ok_or_else(|| Sorry::missing("There is no such ticket."))?;
    let ticket = tickets::get(&mut conn, id).await?.ok_or_else(|| Sorry::missing("There is no such ticket."))?;
    let messages = tickets::messages(&mut conn, id).await?;
    let question = decisions::question(&mut conn, id).await?;
    let topic = match view.topic {
        Some(topic) => topics::get(&mut conn, topic).await?,
        None => None,
    };
    let all = rank::ranked(&mut conn, &board::Wanted::default(), Order::Customers, now).await?;
    drop(conn);
    let mut reasons = Reasons::of(&view);
    let body = messages.first().map(|message| message.body.as_str()).unwrap_or_default();
    reasons.words = ui::found(&format!("{} {body}", view.subject), &reasons.words);
    let likely: Vec<Choice> = likely::candidates(&app, id)
        .await?
        .into_iter()
        .filter(|one| Some(one.topic.id) != view.topic)
        .map(|one| Choice {
            id: one.topic.id.to_string(),
            name: format!("{} ({})", ui::shortened(&one.topic.title, 80), ui::percent(one.score)),
        })
        .collect();
    let fitting = all.into_iter().map(|(row, _)| row.topic).filter(|other| other.brand == ticket.brand);
    let others: Vec<Choice> = fitting
        .filter(|other| Some(other.id) != view.topic && likely.iter().all(|one| one.id != other.id.to_string()))
        .take(OFFERED)
        .map(|other| Choice { id: other.id.to_string(), name: ui::shortened(&other.title, 90) })
        .collect();
    Ok(ui::page(&Page {
        shell,
        person: ui::person(&view.customer_name),
        name: ui::name(&view.customer_name).to_owned(),
        renews_in: view.renewal_at.and_then(|at| days_until(at, now)),
        written: ui::when(view.created_at, now),
        message_count: i64::try_from(messages.len()).unwrap_or(i64::MAX),
        messages: messages
            .iter()
            .map(|message| Entry {
                who: match message.author {
                    MessageAuthor::Customer => "Customer",
                    MessageAuthor::Agent => "Agent",
                    MessageAuthor::Heard => "Heard",
                },
                customer: message.author == MessageAuthor::Customer,
                private: !message.public,
                when: ui::when(message.created_at, now),
                body: ui::paragraphs(&message.body.replace(PAGE, "…"), 8_000),
            })
            .collect(),
        topic: topic.map(|topic| (topic.id.to_string(), topic.title, ui::state(topic.state, topic.cycle))),
        placed: reasons::placed(&view),
        reasons,
        open_question: question.is_some_and(|question| question.answered_at.is_none()),
        likely,
        others,
        view,
    }))
}
